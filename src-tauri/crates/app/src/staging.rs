//! What a drop, a dialog or a command line names: folders walked, files looked at, covers and subtitles paired.
//! Adds nothing to the queue and knows no profile.

pub mod left_out;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use vodlift_engine::model::Kind;
use vodlift_engine::pairing;
use vodlift_engine::view::FaultView;

use crate::api::{Offer, OfferItem, Omitted, OmittedFile, OmittedReason, Paired, Skipped};
use crate::error::Error;
pub use walk::{Found, LeftOut, Refused, Walk};

/// Main files, refused files and files left out that are listed; the rest is counted.
const LISTED: usize = 50;
/// Offers that were never added and not dropped by the page, kept at most.
const KEPT: usize = 16;

/// A main file with what follows it.
#[derive(Clone, Debug)]
pub struct Group {
    /// The video, or a file that stands alone.
    pub main: Found,
    /// Cover and subtitles, with the language in their names.
    pub attached: Vec<(Found, Option<String>)>,
    /// Another video has this base name, so nothing was attached to either.
    pub ambiguous: bool,
}

impl Walk {
    /// Main files with what follows them by name; without `pair` every file stands alone.
    pub fn groups(&self, pair: bool) -> Vec<Group> {
        if !pair {
            return self
                .found
                .iter()
                .map(|main| Group { main: main.clone(), attached: Vec::new(), ambiguous: false })
                .collect();
        }
        let files: Vec<pairing::File<'_>> = self
            .found
            .iter()
            .map(|found| pairing::File { path: &found.path, kind: found.look.kind })
            .collect();
        pairing::pair(&files)
            .into_iter()
            .map(|group| Group {
                main: self.found[group.main].clone(),
                attached: group
                    .attached
                    .into_iter()
                    .map(|one| (self.found[one.file].clone(), one.language))
                    .collect(),
                ambiguous: group.ambiguous,
            })
            .collect()
    }

    /// What has been found so far, without pairing: a report costs the same however much there is.
    fn glance(&self, id: &str) -> Offer {
        let alone = |main: &Found| {
            item(&Group { main: main.clone(), attached: Vec::new(), ambiguous: false })
        };
        let items: Vec<OfferItem> = self.found.iter().take(LISTED).map(alone).collect();
        let kinds =
            self.tally.kinds.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
        self.told(id, true, items, self.found.len(), kinds)
    }

    /// The whole of it, paired.
    fn offer(&self, id: &str) -> Offer {
        let groups = self.groups(true);
        let mut kinds = BTreeMap::<String, u32>::new();
        let mut count = |word: &str| *kinds.entry(word.to_owned()).or_default() += 1;
        for group in &groups {
            count(group.main.look.kind.as_str());
            for (found, _) in &group.attached {
                let cover = found.look.kind == Kind::Image;
                count(if cover { "cover" } else { found.look.kind.as_str() });
            }
        }
        let items: Vec<OfferItem> = groups.iter().take(LISTED).map(item).collect();
        self.told(id, false, items, groups.len(), kinds)
    }

    fn told(
        &self,
        id: &str,
        scanning: bool,
        items: Vec<OfferItem>,
        mains: usize,
        kinds: BTreeMap<String, u32>,
    ) -> Offer {
        Offer {
            id: id.to_owned(),
            scanning,
            files: number(self.found.len()),
            size_bytes: self.tally.bytes,
            more: number(mains - items.len()),
            items,
            skipped: self.refused.iter().take(LISTED).map(skipped).collect(),
            omitted: self.omitted(),
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
    pub fn unusable(&self) -> (Vec<Skipped>, u32) {
        let listed: Vec<Skipped> = self.refused.iter().take(LISTED).map(skipped).collect();
        let more = number(self.refused.len() - listed.len());
        (listed, more)
    }

    /// What lay in folders and was not meant: counted by reason, and at most [`LISTED`] by name.
    pub fn omitted(&self) -> Omitted {
        Omitted {
            total: number(self.left_out.len()),
            reasons: self
                .tally
                .left_out
                .iter()
                .map(|(reason, count)| OmittedReason { reason: *reason, count: *count })
                .collect(),
            files: self
                .left_out
                .iter()
                .take(LISTED)
                .map(|one| OmittedFile { name: name(&one.path), reason: one.reason })
                .collect(),
        }
    }
}

fn skipped(refused: &Refused) -> Skipped {
    Skipped { name: name(&refused.path), fault: FaultView::from(&refused.fault) }
}

fn item(group: &Group) -> OfferItem {
    OfferItem {
        name: name(&group.main.path),
        kind: group.main.look.kind,
        size_bytes: group.main.look.size(),
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

struct Open {
    offer: watch::Receiver<Offer>,
    walk: Arc<Mutex<Option<Walk>>>,
}

/// The offers that wait to be added.
#[derive(Default)]
pub struct Staging {
    open: Mutex<Vec<(String, Open)>>,
}

impl Staging {
    /// Begins to look at `paths`, on a thread of its own. The receiver hears how the scan goes on.
    pub fn open(&self, id: String, paths: Vec<PathBuf>) -> watch::Receiver<Offer> {
        let (tell, offer) = watch::channel(Walk::default().glance(&id));
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
                tell.send_replace(so_far.glance(&id));
                // The other holder is the list of offers: gone from there, nobody wants the rest.
                Arc::strong_count(&walk) > 1
            });
            let last = whole.offer(&id);
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
mod tests;
