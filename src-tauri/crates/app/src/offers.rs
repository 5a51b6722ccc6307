//! What a drop, a dialog or a command line names: folders walked, files looked at, covers and subtitles paired.
//! Adds nothing to the queue and knows no profile.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use vodlift_engine::bundle;
use vodlift_engine::fault::{Code, Fault};
use vodlift_engine::model::Kind;
use vodlift_engine::plan::{self, Look};
use vodlift_engine::view::FaultView;
use walkdir::WalkDir;

use crate::api::{Offer, OfferItem, Paired, Skipped};
use crate::error::Error;

/// Main files and refused files that are listed; the rest is counted.
const LISTED: usize = 50;
/// Files between two reports of a scan.
const REPORT_EVERY: usize = 64;
/// Offers that were never added and not dropped by the page, kept at most.
const KEPT: usize = 16;

/// A file that can be uploaded.
#[derive(Clone, Debug)]
pub struct Found {
    /// As the person named it, or its folder.
    pub path: PathBuf,
    /// What it is.
    pub look: Look,
}

/// A file that cannot.
#[derive(Clone, Debug)]
pub struct Refused {
    /// As the person named it, or its folder.
    pub path: PathBuf,
    /// Why.
    pub fault: Fault,
    /// The person named this very file; otherwise it lay in a folder.
    pub named: bool,
}

/// A main file with what follows it.
#[derive(Clone, Debug)]
pub struct Group {
    /// The video, or a file that stands alone.
    pub main: Found,
    /// Cover and subtitles.
    pub attached: Vec<(Found, Option<String>)>,
    /// Another video has this base name, so nothing was attached to either.
    pub ambiguous: bool,
}

/// What a walk has brought so far.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// In the order they were named; folders by name.
    pub found: Vec<Found>,
    /// In the same order.
    pub refused: Vec<Refused>,
}

impl Walk {
    /// Walks folders and looks at every file. Blocking. `forced` is what the person says they all are; `heard` is
    /// called now and then and stops the walk by false.
    pub fn of(
        paths: &[PathBuf],
        forced: Option<Kind>,
        heard: &mut dyn FnMut(&Walk) -> bool,
    ) -> Walk {
        let mut walk = Walk::default();
        let mut seen = 0_usize;
        for path in paths {
            if !path.is_dir() {
                walk.look(path, forced, true);
                continue;
            }
            let before = walk.found.len() + walk.refused.len();
            let inside = WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter();
            for entry in inside.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.path()))
            {
                match entry {
                    Ok(entry) if entry.file_type().is_dir() => {}
                    Ok(entry) => walk.look(entry.path(), forced, false),
                    Err(error) => {
                        let at = error.path().unwrap_or(path).to_owned();
                        let fault = match error.into_io_error() {
                            Some(error) => plan::unreadable(&at, &error),
                            // A folder that holds itself by a link: what is in it has been seen.
                            None => continue,
                        };
                        walk.refused.push(Refused { path: at, fault, named: true });
                    }
                }
                seen += 1;
                if seen.is_multiple_of(REPORT_EVERY) && !heard(&walk) {
                    return walk;
                }
            }
            let nothing = walk.found.len() + walk.refused.len() == before
                || !walk.found.iter().any(|found| found.path.starts_with(path))
                    && !walk
                        .refused
                        .iter()
                        .any(|refused| refused.named && refused.path.starts_with(path));
            if nothing {
                let fault =
                    Fault::of(Code::FileEmpty).with("path", path.display()).with("folder", true);
                walk.refused.push(Refused { path: path.clone(), fault, named: true });
            }
        }
        walk
    }

    fn look(&mut self, path: &Path, forced: Option<Kind>, named: bool) {
        let path = path.to_owned();
        // The whole path tells a file that is gone from a drive that is.
        let whole = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
        match plan::look(&whole, forced) {
            Ok(look) => self.found.push(Found { path, look }),
            Err(fault) => {
                // In a folder, a file VOD has no use for is nobody's failure; a broken one is.
                let named = named || fault.code != Code::ReqExt;
                self.refused.push(Refused { path, fault, named });
            }
        }
    }

    /// Main files with what follows them by name; without `pair` every file stands alone.
    pub fn groups(&self, pair: bool) -> Vec<Group> {
        if !pair {
            return self
                .found
                .iter()
                .map(|main| Group { main: main.clone(), attached: Vec::new(), ambiguous: false })
                .collect();
        }
        let paths: Vec<PathBuf> = self.found.iter().map(|found| found.path.clone()).collect();
        let by_path: HashMap<&Path, &Found> =
            self.found.iter().map(|found| (found.path.as_path(), found)).collect();
        bundle::pair(&paths)
            .into_iter()
            .filter_map(|bundle| {
                let main = (*by_path.get(bundle.main.as_path())?).clone();
                let attached = bundle
                    .attached
                    .into_iter()
                    .filter_map(|one| {
                        Some(((*by_path.get(one.path.as_path())?).clone(), one.language))
                    })
                    .collect();
                Some(Group { main, attached, ambiguous: bundle.ambiguous })
            })
            .collect()
    }

    fn offer(&self, id: &str, scanning: bool) -> Offer {
        // Pairing needs all names; while the walk goes on, counts are enough for the overlay.
        let groups = self.groups(!scanning);
        let mut kinds = BTreeMap::<String, u32>::new();
        let mut count = |word: &str| *kinds.entry(word.to_owned()).or_default() += 1;
        for group in &groups {
            count(group.main.look.kind.as_str());
            for (found, _) in &group.attached {
                count(if found.look.kind == Kind::Image {
                    "cover"
                } else {
                    found.look.kind.as_str()
                });
            }
        }
        let items: Vec<OfferItem> = groups.iter().take(LISTED).map(item).collect();
        Offer {
            id: id.to_owned(),
            scanning,
            files: number(self.found.len()),
            size_bytes: self.found.iter().map(|found| found.look.source.size).sum(),
            more: number(groups.len() - items.len()),
            items,
            skipped: self.refused.iter().take(LISTED).map(skipped).collect(),
            kinds,
        }
    }

    /// Base names that two videos share, so that what has the same name was attached to neither; at most [`LISTED`].
    pub fn apart(&self) -> Vec<String> {
        let shared = self.groups(true).into_iter().filter(|group| group.ambiguous);
        let stem = |group: Group| Some(group.main.path.file_stem()?.to_string_lossy().into_owned());
        let names: BTreeSet<String> = shared.filter_map(stem).collect();
        names.into_iter().take(LISTED).collect()
    }

    /// What was asked for and cannot be uploaded: at most [`LISTED`], and how many more there are.
    pub fn left_out(&self) -> (Vec<Skipped>, u32) {
        let named = || self.refused.iter().filter(|refused| refused.named);
        let listed: Vec<Skipped> = named().take(LISTED).map(skipped).collect();
        let more = number(named().count() - listed.len());
        (listed, more)
    }
}

fn skipped(refused: &Refused) -> Skipped {
    Skipped { name: name(&refused.path), fault: FaultView::from(&refused.fault) }
}

fn item(group: &Group) -> OfferItem {
    OfferItem {
        name: name(&group.main.path),
        kind: group.main.look.kind,
        size_bytes: group.main.look.source.size,
        paired: group
            .attached
            .iter()
            .map(|(found, language)| Paired {
                name: name(&found.path),
                kind: found.look.kind,
                language: language.clone(),
            })
            .collect(),
        ambiguous: group.ambiguous,
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

struct Open {
    offer: watch::Receiver<Offer>,
    walk: Arc<Mutex<Option<Walk>>>,
}

/// The offers that wait to be added.
#[derive(Default)]
pub struct Offers {
    open: Mutex<Vec<(String, Open)>>,
}

impl Offers {
    /// Begins to look at `paths`, on a thread of its own. The receiver hears how the scan goes on.
    pub fn open(&self, id: String, paths: Vec<PathBuf>) -> watch::Receiver<Offer> {
        let (tell, offer) = watch::channel(Walk::default().offer(&id, true));
        let walk = Arc::new(Mutex::new(None));
        let open = Open { offer: offer.clone(), walk: walk.clone() };
        {
            let mut all = lock(&self.open);
            // A page that was reloaded has forgotten what it was offered.
            if all.len() >= KEPT {
                all.remove(0);
            }
            all.push((id.clone(), open));
        }
        let work = move || {
            let whole = Walk::of(&paths, None, &mut |so_far| {
                tell.send_replace(so_far.offer(&id, true));
                // The other holder is the list of offers: gone from there, nobody wants the rest.
                Arc::strong_count(&walk) > 1
            });
            let last = whole.offer(&id, false);
            *lock(&walk) = Some(whole);
            tell.send_replace(last);
        };
        if std::thread::Builder::new().name("scan".to_owned()).spawn(work).is_err() {
            // The channel has closed: whoever waits for this offer hears that it is gone.
            tracing::error!("no thread for a scan");
        }
        offer
    }

    /// How the scan of an offer goes on.
    pub fn listen(&self, id: &str) -> Option<watch::Receiver<Offer>> {
        lock(&self.open).iter().find(|(name, _)| name == id).map(|(_, open)| open.offer.clone())
    }

    /// Waits for the end of the scan and hands over what it brought.
    pub async fn take(&self, id: &str) -> Result<Walk, Error> {
        let (mut offer, walk) = lock(&self.open)
            .iter()
            .find(|(name, _)| name == id)
            .map(|(_, open)| (open.offer.clone(), open.walk.clone()))
            .ok_or(Error::NoOffer)?;
        offer.wait_for(|offer| !offer.scanning).await.map_err(|_| Error::NoOffer)?;
        self.drop_offer(id);
        lock(&walk).take().ok_or(Error::NoOffer)
    }

    /// Forgets an offer; its scan stops.
    pub fn drop_offer(&self, id: &str) {
        lock(&self.open).retain(|(name, _)| name != id);
    }
}

/// How long a drop waits for a scan before it shows what there is so far.
pub const GLANCE: Duration = Duration::from_millis(60);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SAMPLE: &[u8] = include_bytes!("../assets/sample.mp4");
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00rest of a picture";

    fn folder() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let inside = home.path().join("film/deep");
        fs::create_dir_all(&inside).unwrap();
        fs::write(home.path().join("film/a.mp4"), SAMPLE).unwrap();
        fs::write(home.path().join("film/a.jpg"), JPEG).unwrap();
        fs::write(home.path().join("film/a.zh-CN.srt"), "1\n00:00:00,000 --> 00:00:01,000\nx\n")
            .unwrap();
        fs::write(home.path().join("film/notes.txt"), "not for VOD").unwrap();
        fs::write(home.path().join("film/.hidden.mp4"), SAMPLE).unwrap();
        fs::write(inside.join("b.mp4"), SAMPLE).unwrap();
        fs::write(inside.join("empty.mp4"), "").unwrap();
        home
    }

    fn shown(walk: &Walk) -> Vec<(String, Code, bool)> {
        walk.refused.iter().map(|r| (name(&r.path), r.fault.code, r.named)).collect()
    }

    #[test]
    fn a_folder_is_walked_paired_and_what_does_not_fit_is_told() {
        let home = folder();
        let walk = Walk::of(&[home.path().join("film")], None, &mut |_| true);
        assert_eq!(
            shown(&walk),
            [
                ("empty.mp4".into(), Code::FileEmpty, true),
                ("notes.txt".into(), Code::ReqExt, false)
            ]
        );
        let offer = walk.offer("o", false);
        assert_eq!((offer.files, offer.items.len(), offer.more), (4, 2, 0));
        assert_eq!(offer.items[0].name, "a.mp4");
        let paired: Vec<_> = offer.items[0]
            .paired
            .iter()
            .map(|p| (p.name.as_str(), p.language.as_deref()))
            .collect();
        assert_eq!(paired, [("a.jpg", None), ("a.zh-CN.srt", Some("zh-CN"))]);
        let kinds: Vec<_> = offer.kinds.iter().map(|(k, n)| (k.as_str(), *n)).collect();
        assert_eq!(kinds, [("cover", 1), ("subtitle", 1), ("video", 2)]);
        assert_eq!(walk.groups(false).len(), 4);
        assert!(walk.apart().is_empty());
    }

    #[test]
    fn two_videos_of_one_name_are_told_when_something_would_have_been_theirs() {
        let home = folder();
        fs::write(home.path().join("film/deep/b.mov"), SAMPLE).unwrap();
        let walk = |name: &str| Walk::of(&[home.path().join(name)], None, &mut |_| true);
        assert!(walk("film").apart().is_empty(), "nothing has the name of b");
        fs::write(home.path().join("film/a.mov"), SAMPLE).unwrap();
        let walk = walk("film");
        assert_eq!(walk.apart(), ["a"]);
        let offer = walk.offer("o", false);
        let told: Vec<_> =
            offer.items.iter().filter(|item| item.ambiguous).map(|i| &*i.name).collect();
        assert_eq!(told, ["a.mov", "a.mp4"]);
        assert_eq!(offer.files, 6);
    }

    #[test]
    fn named_files_that_cannot_be_used_each_have_their_fault() {
        let home = folder();
        let at = |name: &str| home.path().join(name);
        fs::create_dir(at("nothing")).unwrap();
        let paths = [at("gone.mp4"), at("film/notes.txt"), at("nothing"), at("film/deep/b.mp4")];
        let walk = Walk::of(&paths, None, &mut |_| true);
        assert_eq!(
            shown(&walk),
            [
                ("gone.mp4".into(), Code::FileGone, true),
                ("notes.txt".into(), Code::ReqExt, true),
                ("nothing".into(), Code::FileEmpty, true),
            ]
        );
        assert_eq!(walk.refused[2].fault.facts["folder"], "true");
        assert_eq!(walk.found.len(), 1);
        assert_eq!(walk.found[0].path, at("film/deep/b.mp4"));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_holds_itself_is_walked_once_and_a_name_that_is_no_text_is_refused() {
        use std::os::unix::ffi::OsStrExt as _;
        let home = folder();
        std::os::unix::fs::symlink(home.path().join("film"), home.path().join("film/deep/loop"))
            .unwrap();
        let odd = home.path().join(std::ffi::OsStr::from_bytes(b"odd\xff.mp4"));
        fs::write(&odd, SAMPLE).unwrap();
        let walk = Walk::of(&[home.path().join("film"), odd], None, &mut |_| true);
        assert_eq!(walk.found.len(), 4);
        assert_eq!(walk.refused.last().map(|r| r.fault.code), Some(Code::FileName));
    }

    #[tokio::test]
    async fn an_offer_is_taken_once_and_hears_its_end() {
        let home = folder();
        let offers = Offers::default();
        let mut heard = offers.open("o".into(), vec![home.path().join("film")]);
        let last = heard.wait_for(|offer| !offer.scanning).await.unwrap().clone();
        assert_eq!(last.files, 4);
        assert_eq!(offers.take("o").await.unwrap().found.len(), 4);
        assert!(matches!(offers.take("o").await, Err(Error::NoOffer)));
        offers.open("p".into(), Vec::new());
        offers.drop_offer("p");
        assert!(matches!(offers.take("p").await, Err(Error::NoOffer)));
    }
}
