//! The walk itself: every file that was named and every file in a folder, looked at once.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use url::Url;
use vodlift_engine::fault::{Code, Fault};
use vodlift_engine::media::{self, Look};
use vodlift_engine::model::Kind;
use vodlift_engine::plan;
use walkdir::WalkDir;

use super::left_out::{self, Reason};

/// Files between two reports of a scan.
const REPORT_EVERY: usize = 64;

/// A file that can be uploaded.
#[derive(Clone, Debug)]
pub struct Found {
    /// As it was named, or its folder.
    pub path: PathBuf,
    /// What it is.
    pub look: Look,
}

/// A file that was asked for and cannot be uploaded: named itself, or a broken one in a folder.
#[derive(Clone, Debug)]
pub struct Refused {
    /// As it was named, or its folder.
    pub path: PathBuf,
    /// Why.
    pub fault: Fault,
    /// It could be sent all the same, when somebody asks for exactly this.
    pub possible: Option<Look>,
}

/// What lay in a folder and was not meant.
#[derive(Clone, Debug)]
pub struct LeftOut {
    /// The file, or a whole folder.
    pub path: PathBuf,
    /// Why.
    pub reason: Reason,
    /// The folder that was named.
    pub folder: Arc<Path>,
}

/// What a walk has brought so far.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// In the order they were named; folders by name.
    pub found: Vec<Found>,
    /// In the same order.
    pub refused: Vec<Refused>,
    /// In the same order.
    pub left_out: Vec<LeftOut>,
    pub(super) tally: Tally,
}

/// Sums that grow with the walk, so that a report of it need not count again.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) bytes: u64,
    pub(super) kinds: BTreeMap<&'static str, u32>,
    pub(super) left_out: BTreeMap<Reason, u32>,
}

/// Where a link leads.
enum Target {
    /// To a file that the walk comes to under its own name.
    Known,
    File,
    Folder,
    Special,
    Dead,
    Outside,
}

impl Walk {
    /// Walks folders and looks at every file. Blocking. `forced` is what all of them are said to be; `heard` is
    /// called now and then and stops the walk by false.
    pub fn of(
        paths: &[PathBuf],
        forced: Option<Kind>,
        heard: &mut dyn FnMut(&Walk) -> bool,
    ) -> Walk {
        let mut walk = Walk::default();
        let mut seen = 0_usize;
        for path in paths {
            let path = local(path);
            if !path.is_dir() {
                walk.named(&path, forced);
            } else if !walk.folder(&path, forced, &mut seen, heard) {
                break;
            }
        }
        walk
    }

    /// What was refused although it could be sent is wanted: it was given for exactly this.
    pub fn insist(&mut self) {
        for refused in std::mem::take(&mut self.refused) {
            match refused.possible {
                Some(look) => self.keep(refused.path, look),
                None => self.refused.push(refused),
            }
        }
    }

    fn folder(
        &mut self,
        root: &Path,
        forced: Option<Kind>,
        seen: &mut usize,
        heard: &mut dyn FnMut(&Walk) -> bool,
    ) -> bool {
        let before = (self.found.len(), self.refused.len(), self.left_out.len());
        let folder: Arc<Path> = root.into();
        let whole = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let mut linked = HashSet::new();
        // Files that a half download stands beside.
        let mut halves = HashSet::new();
        let mut starts = vec![root.to_owned()];
        while let Some(start) = starts.pop() {
            let mut inside = WalkDir::new(&start).sort_by_file_name().into_iter();
            while let Some(entry) = inside.next() {
                *seen += 1;
                if seen.is_multiple_of(REPORT_EVERY) && !heard(self) {
                    return false;
                }
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(error) => {
                        let at = error.path().unwrap_or(&start).to_owned();
                        if let Some(error) = error.io_error() {
                            let fault = plan::unreadable(&at, error);
                            self.refused.push(Refused { path: at, fault, possible: None });
                        }
                        continue;
                    }
                };
                if entry.depth() == 0 {
                    continue;
                }
                let (path, kind) = (entry.path(), entry.file_type());
                let leave = |walk: &mut Walk, reason| walk.leave(path, reason, &folder);
                if let Some(reason) = left_out::by_name(entry.file_name(), kind.is_dir()) {
                    if kind.is_dir() {
                        inside.skip_current_dir();
                    }
                    halves.extend(left_out::companion(path).filter(|_| reason == Reason::Partial));
                    leave(self, reason);
                } else if kind.is_file() {
                    self.inside(path, forced, &folder);
                } else if kind.is_symlink() {
                    match target(path, &whole) {
                        Target::Known => {}
                        Target::File => self.inside(path, forced, &folder),
                        Target::Folder => {
                            // Followed once, so that a folder that holds itself ends.
                            if linked.insert(path.canonicalize().unwrap_or_default()) {
                                starts.push(path.to_owned());
                            }
                        }
                        Target::Special => leave(self, Reason::Special),
                        Target::Dead => leave(self, Reason::DeadLink),
                        Target::Outside => leave(self, Reason::Outside),
                    }
                } else if !kind.is_dir() {
                    leave(self, Reason::Special);
                }
            }
        }
        if !halves.is_empty() {
            self.leave_halves(&halves, before, &folder);
        }
        if self.found.len() == before.0 && self.refused.len() == before.1 {
            let fault = Fault::of(Code::FolderEmpty).with("path", root.display());
            self.refused.push(Refused { path: root.to_owned(), fault, possible: None });
        }
        true
    }

    /// A file of a folder.
    fn inside(&mut self, path: &Path, forced: Option<Kind>, folder: &Arc<Path>) {
        match media::look(&whole(path), forced) {
            Ok(look) if flight_record(path, &look, forced) => {
                self.leave(path, Reason::Telemetry, folder);
            }
            Ok(look) => self.keep(path.to_owned(), look),
            // What VOD has no use for is nobody's failure; what is broken is.
            Err(fault) if fault.code == Code::ReqExt => self.leave(path, Reason::Format, folder),
            Err(fault) => {
                self.refused.push(Refused { path: path.to_owned(), fault, possible: None });
            }
        }
    }

    /// A file somebody named.
    fn named(&mut self, path: &Path, forced: Option<Kind>) {
        let half = || left_out::unfinished(path).filter(|_| forced.is_none() && path.is_file());
        let (fault, possible) = match (media::look(&whole(path), forced), half()) {
            (Ok(look), Some(name)) => (Fault::of(Code::FilePartial).with("name", name), Some(look)),
            (Err(_), Some(name)) => (Fault::of(Code::FilePartial).with("name", name), None),
            (Ok(look), None) if flight_record(path, &look, forced) => {
                (Fault::of(Code::FileTelemetry), Some(look))
            }
            (Ok(look), None) => return self.keep(path.to_owned(), look),
            (Err(fault), None) if fault.code == Code::FileGone => (never_was(path), None),
            (Err(fault), None) => (fault, None),
        };
        self.refused.push(Refused { path: path.to_owned(), fault, possible });
    }

    fn keep(&mut self, path: PathBuf, look: Look) {
        self.tally.add(&look);
        self.found.push(Found { path, look });
    }

    fn leave(&mut self, path: &Path, reason: Reason, folder: &Arc<Path>) {
        *self.tally.left_out.entry(reason).or_default() += 1;
        self.left_out.push(LeftOut { path: path.to_owned(), reason, folder: folder.clone() });
    }

    /// Takes out what turned out to be the half of a download.
    fn leave_halves(
        &mut self,
        halves: &HashSet<PathBuf>,
        (found, refused, left_out): (usize, usize, usize),
        folder: &Arc<Path>,
    ) {
        let mut gone: Vec<PathBuf> = Vec::new();
        let mut take = |path: &Path| {
            let half = halves.contains(path);
            if half {
                gone.push(path.to_owned());
            }
            half
        };
        let kept: Vec<Found> = self.found.drain(found..).filter(|one| !take(&one.path)).collect();
        self.found.extend(kept);
        let kept: Vec<Refused> =
            self.refused.drain(refused..).filter(|one| !take(&one.path)).collect();
        self.refused.extend(kept);
        if gone.is_empty() {
            return;
        }
        for path in gone {
            self.leave(&path, Reason::Partial, folder);
        }
        self.left_out[left_out..].sort_by(|one, other| one.path.cmp(&other.path));
        self.tally.bytes = 0;
        self.tally.kinds.clear();
        for found in &self.found {
            self.tally.add(&found.look);
        }
    }
}

impl Tally {
    fn add(&mut self, look: &Look) {
        self.bytes += look.size();
        *self.kinds.entry(look.kind.as_str()).or_default() += 1;
    }
}

/// Where the drone was is sent only when somebody says that the file is a subtitle.
fn flight_record(path: &Path, look: &Look, forced: Option<Kind>) -> bool {
    forced.is_none() && look.kind == Kind::Subtitle && left_out::is_telemetry(path)
}

/// The whole path tells a file that is gone from a drive that is.
fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The path of a `file://` address, as file managers and browsers hand it over; other paths as they are.
fn local(path: &Path) -> PathBuf {
    let address = path
        .to_str()
        .filter(|text| text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:")));
    let file = address
        .filter(|_| std::fs::symlink_metadata(path).is_err())
        .and_then(|text| Url::parse(text).ok()?.to_file_path().ok());
    file.unwrap_or_else(|| path.to_owned())
}

/// What was named and is not there was never there, or is no file at all.
fn never_was(path: &Path) -> Fault {
    let text = path.to_string_lossy();
    let scheme = text.split_once(":/").map_or("", |(scheme, _)| scheme);
    let address =
        scheme.len() > 1 && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c));
    let code = if address { Code::FileAddress } else { Code::FileAbsent };
    Fault::of(code).with("path", text)
}

fn target(link: &Path, whole: &Path) -> Target {
    let Ok(end) = link.canonicalize() else { return Target::Dead };
    let Ok(inside) = end.strip_prefix(whole) else { return Target::Outside };
    let Ok(meta) = std::fs::metadata(&end) else { return Target::Dead };
    // What is walked anyway would be sent twice.
    let depth = inside.components().count();
    let walked = inside.components().enumerate().all(|(at, part)| {
        let folder = meta.is_dir() || at + 1 < depth;
        left_out::by_name(part.as_os_str(), folder).is_none()
    });
    match (meta.is_dir(), meta.is_file()) {
        (_, _) if walked && (meta.is_dir() || meta.is_file()) => Target::Known,
        (true, _) => Target::Folder,
        (_, true) => Target::File,
        (false, false) => Target::Special,
    }
}
