//! Follows transfers until each is over, and says what changes: JSON lines, plain lines or progress bars.
//! Decides nothing.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use vodlift_app::{App, Code, FaultView, Frame, TransferId, words};
use vodlift_engine::fault::Class;
use vodlift_engine::model::Phase;
use vodlift_engine::remark::Remark;
use vodlift_engine::view::{Hold, Row, Status};

use crate::bars::Bars;
use crate::lines::TransferLine;
use crate::voice::Voice;

/// Byte counts are told at most this often.
const BYTES_EVERY: Duration = Duration::from_secs(1);

/// How following ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All are over.
    Over,
    /// The person pressed Ctrl-C.
    Interrupted,
    /// The engine has failed: nothing is followed any more.
    Lost,
}

/// What was last said of a transfer.
struct Told {
    phase: Phase,
    fault: Option<Code>,
    done: u64,
    /// Of so many, with what is on its way.
    size: u64,
    moved: u64,
    at: Instant,
    over: bool,
}

/// Who is followed, under which path.
pub(crate) struct Follow {
    voice: Voice,
    paths: HashMap<TransferId, String>,
    fresh: HashSet<TransferId>,
    /// Rows of those that are under way; of thousands that wait only what was told of them is kept.
    rows: HashMap<TransferId, Row>,
    /// No room to save progress: nothing goes on meanwhile.
    full: Option<FaultView>,
    told: HashMap<TransferId, Told>,
    /// What was remarked of whom: each once.
    noted: HashSet<(TransferId, Remark)>,
    /// Paused by another process that holds them: only there they can be resumed.
    elsewhere: HashSet<TransferId>,
    bars: Option<Bars>,
}

impl Follow {
    /// `fresh` are those that were added just now: each of their phases is told, also one that passed between two
    /// frames.
    pub(crate) fn new(
        voice: Voice,
        paths: HashMap<TransferId, String>,
        fresh: HashSet<TransferId>,
    ) -> Follow {
        let bars = voice.bars().then(|| Bars::new(&voice.words("cli.total", &[]), &paths));
        let (rows, told) = (HashMap::new(), HashMap::new());
        let (noted, elsewhere) = (HashSet::new(), HashSet::new());
        Follow { voice, paths, fresh, rows, full: None, told, noted, elsewhere, bars }
    }

    /// Until all are over or the person has had enough.
    pub(crate) async fn until_over(&mut self, app: &App) -> End {
        let mut frames: mpsc::Receiver<Frame> = app.watch().await;
        let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
        while !self.all_over() {
            let frame = tokio::select! {
                frame = frames.recv() => frame,
                _ = &mut interrupt => return self.leave(End::Interrupted),
            };
            match frame {
                Some(frame) => {
                    for id in self.hear(frame) {
                        // Another file of the same content is a question for a window; here the person has named
                        // this one, and the same path twice was refused before.
                        let _ = app.send_anyway(id).await;
                    }
                }
                None if !app.engine().is_running() => return self.leave(End::Lost),
                // A reader that was too slow is let go; a new watch begins with all rows.
                None => frames = app.watch().await,
            }
        }
        self.leave(End::Over)
    }

    /// The fault that a transfer ended with although the journal has none for it: held for good.
    pub(crate) fn held(&self, id: TransferId) -> Option<FaultView> {
        self.rows.get(&id).and_then(|row| self.held_for_good(row).or_else(|| unfinished(row)))
    }

    fn leave(&mut self, end: End) -> End {
        if let Some(bars) = self.bars.take() {
            bars.clear();
        }
        end
    }

    fn all_over(&self) -> bool {
        self.paths.keys().all(|id| self.told.get(id).is_some_and(|told| told.over))
    }

    /// Takes a frame in. Returns who waits for a decision because another file looks the same.
    fn hear(&mut self, frame: Frame) -> Vec<TransferId> {
        let (rows, gone, totals) = match frame {
            Frame::Snapshot { rows, totals, .. } => (rows, Vec::new(), totals),
            Frame::Delta { changed, gone, totals, .. } => (changed, gone, totals),
        };
        let mut changed: Vec<TransferId> = Vec::new();
        let full = totals.notice.filter(|fault| fault.code == Code::DiskFull);
        if self.full != full {
            if let Some(fault) = &full {
                let text = words::fault(self.voice.language, fault);
                self.aside(|voice| voice.fail("cli.full", &[("fault", &text)]));
            }
            self.full = full;
            changed.extend(self.rows.keys());
        }
        let mut undecided = Vec::new();
        for row in rows {
            if !self.paths.contains_key(&row.id) {
                continue;
            }
            if row.same_as.is_some() {
                undecided.push(row.id);
            }
            if row.status == Status::Waiting && row.parent.is_none() && unfinished(&row).is_none() {
                self.rows.remove(&row.id);
                self.tell(&row);
            } else {
                changed.push(row.id);
                self.rows.insert(row.id, row);
            }
        }
        // A video that failed ends what waits for it, though nothing changed there.
        let failed: Vec<TransferId> = changed.clone();
        changed.extend(
            self.rows
                .values()
                .filter(|row| row.parent.is_some_and(|parent| failed.contains(&parent)))
                .map(|row| row.id),
        );
        for id in changed {
            let Some(row) = self.rows.get(&id).cloned() else { continue };
            self.tell(&row);
            // Thousands arrive, and nothing more is asked of them.
            if row.status == Status::Done {
                self.rows.remove(&id);
            }
        }
        for id in gone {
            // Somebody else took it from the list: there is nothing left to wait for.
            if let Some(told) = self.told.get_mut(&id) {
                told.over = true;
            }
        }
        if let Some(bars) = &mut self.bars {
            let add = |(size, moved), one: &Told| (size + one.size, moved + one.moved);
            let (size, moved) = self.told.values().fold((0, 0), add);
            bars.total(size, moved);
        }
        undecided
    }

    fn tell(&mut self, row: &Row) {
        let Some(path) = self.paths.get(&row.id).cloned() else { return };
        for remark in &row.remarks {
            if self.noted.insert((row.id, remark.clone())) {
                let text = |language| words::remark(language, remark);
                self.aside(|voice| voice.note(&path, remark.code.as_str(), text));
            }
        }
        if row.status == Status::Paused && !row.can.resume {
            if self.elsewhere.insert(row.id) {
                self.aside(|voice| voice.say("cli.elsewhere", &[("path", &path)]));
            }
        } else {
            self.elsewhere.remove(&row.id);
        }
        let stuck =
            row.fault.clone().or_else(|| self.held_for_good(row)).or_else(|| unfinished(row));
        let rests = || row.rest.as_ref().map(|rest| rest.fault.clone());
        let fault = stuck.clone().or_else(rests).or_else(|| self.no_room(row));
        let code = fault.as_ref().map(|fault| fault.code);
        let now = Instant::now();
        let last = self.told.get(&row.id);
        let new_phase = last.is_none_or(|last| last.phase != row.phase);
        let new_fault = last.map_or(code.is_some(), |last| last.fault != code);
        let new_bytes =
            last.is_some_and(|last| last.done != row.done_bytes && now - last.at >= BYTES_EVERY);
        let spoken = new_phase || new_fault || new_bytes;
        let at = last.filter(|_| !spoken).map_or(now, |last| last.at);
        let before = match last {
            Some(last) => Some(last.phase),
            None => self.fresh.contains(&row.id).then_some(Phase::Found),
        };
        let passed = if last.is_none() && before.is_some() && row.phase != Phase::Found {
            std::iter::once(Phase::Found).chain(between(Phase::Found, row.phase)).collect()
        } else {
            before.map(|before| between(before, row.phase)).unwrap_or_default()
        };
        for phase in passed {
            let then = at_phase(row, phase);
            self.voice.line(&TransferLine::of_row(&then, &path, None));
            self.tell_phase(&then, &path);
        }
        if spoken {
            self.voice.line(&TransferLine::of_row(row, &path, fault.as_ref()));
        }
        if new_phase {
            self.tell_phase(row, &path);
        }
        if new_fault && let Some(fault) = &fault {
            self.aside(|voice| {
                if let Some(fault) = &stuck {
                    voice.fault(&path, fault);
                } else if fault.code != Code::DiskFull {
                    let text = words::fault(voice.language, fault);
                    voice.say("cli.rest", &[("path", &path), ("fault", &text)]);
                }
            });
        }
        let ended = matches!(row.status, Status::Done | Status::Failed | Status::Cancelled);
        let over = ended || stuck.is_some();
        if let Some(bars) = &mut self.bars {
            // Thousands of files wait; only those that move have a bar.
            if over {
                let media = row.media_id.as_deref().unwrap_or("-");
                bars.over(row.id, &format!("{path}  {media}"));
            } else if row.status != Status::Waiting {
                bars.moved(row.id, row.size_bytes, row.done_bytes + row.flight_bytes);
            }
        }
        let (done, size) = (row.done_bytes, row.size_bytes);
        let moved = if row.status == Status::Done { size } else { done + row.flight_bytes };
        let told = Told { phase: row.phase, fault: code, done, size, moved, at, over };
        self.told.insert(row.id, told);
    }

    /// A remark that does not break the bars.
    fn aside(&self, say: impl FnOnce(Voice)) {
        match &self.bars {
            Some(bars) => bars.all.suspend(|| say(self.voice)),
            None => say(self.voice),
        }
    }

    /// What was under way is halted while its progress cannot be saved. People are told once for all.
    fn no_room(&self, row: &Row) -> Option<FaultView> {
        self.full.clone().filter(|_| row.phase != Phase::Found && row.status != Status::Done)
    }

    fn tell_phase(&self, row: &Row, path: &str) {
        if self.bars.is_none() {
            let media = row.media_id.as_deref().unwrap_or_default();
            let key = format!("cli.phase.{}", row.phase.as_str());
            let text = self.voice.words(&key, &[("media", media)]);
            self.voice.progress(&self.voice.words("cli.line", &[("path", path), ("text", &text)]));
        }
    }

    /// A hold that only the person can end, as the fault it is: an account that is refused or has no secret, or a
    /// video that failed before its cover.
    fn held_for_good(&self, row: &Row) -> Option<FaultView> {
        let refused = || {
            let faults = self.rows.values().filter_map(|row| row.fault.as_ref());
            faults.into_iter().find(|fault| fault.code.class() == Class::Denied).cloned()
        };
        let no_secret = || vodlift_app::error::fault(Code::KeyNone, &[]);
        match row.hold? {
            Hold::Account if row.status == Status::Held => {
                Some(refused().unwrap_or_else(no_secret))
            }
            Hold::Parent => {
                let parent = self.rows.get(&row.parent?)?;
                let over = matches!(parent.status, Status::Failed | Status::Cancelled);
                let gone = || vodlift_app::error::fault(Code::MediaGone, &[]);
                over.then(|| parent.fault.clone().unwrap_or_else(gone))
            }
            Hold::Account | Hold::Network | Hold::Schedule | Hold::Clock => None,
        }
    }
}

/// What waits for a decision that nobody can be asked for here: a film VOD would fail.
fn unfinished(row: &Row) -> Option<FaultView> {
    let waits = row.undecided && row.same_as.is_none();
    waits.then(|| vodlift_app::error::fault(Code::FileUnfinished, &[]))
}

/// The way of an upload.
const WAY: [Phase; 8] = [
    Phase::Found,
    Phase::Planned,
    Phase::Reserved,
    Phase::Opened,
    Phase::Sent,
    Phase::Sealed,
    Phase::Verified,
    Phase::Settled,
];

/// What became true between two frames, both ends left out. Frames are samples; phases are facts.
fn between(before: Phase, now: Phase) -> Vec<Phase> {
    let now = if now == Phase::Discarded { before } else { now };
    WAY.into_iter().filter(|phase| *phase > before && *phase < now).collect()
}

/// The row as it was at an earlier phase, as far as that can be told.
fn at_phase(row: &Row, phase: Phase) -> Row {
    let media_id = row.media_id.clone().filter(|_| phase >= Phase::Reserved);
    let done_bytes = if phase >= Phase::Sent { row.size_bytes } else { 0 };
    Row { phase, media_id, done_bytes, ..row.clone() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use vodlift_app::edge::Edge;
    use vodlift_app::folders::Folders;
    use vodlift_app::words::Language;
    use vodlift_app::{Scope, Setup};

    use super::*;

    #[tokio::test]
    async fn following_ends_when_the_engine_has_ended_by_itself() {
        let home = tempfile::tempdir().unwrap();
        let edge = Edge { env: Arc::new(|_| None), keyring: None, ..Edge::system() };
        let setup = Setup { scope: Scope::Asked, limit: None, tick: Duration::from_millis(10) };
        let app = App::open_with(Folders::under(home.path()), edge, setup).await.unwrap();
        // As far as its readers can see, one that stops and one that fails are the same.
        app.stop().await;
        let voice = Voice { json: false, verbose: false, quiet: true, language: Language::En };
        let id = serde_json::from_str("\"01900000-0000-7000-8000-000000000001\"").unwrap();
        let paths = HashMap::from([(id, "film.mp4".to_owned())]);
        let mut follow = Follow::new(voice, paths, HashSet::new());
        assert_eq!(follow.until_over(&app).await, End::Lost);
    }
}
