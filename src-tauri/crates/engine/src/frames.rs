//! Makes rows, totals and frames out of transfers. Reads levels; changes nothing and starts nothing.

use std::collections::HashSet;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::config::Rest;
use crate::fault::{Class, Fault};
use crate::machine::{Health, Verb};
use crate::meter::Sampler;
use crate::model::{Method, Millis, Phase, TransferId, Wish};
use crate::plan;
use crate::queue::{Live, Queue};
use crate::view::{
    Can, Counts, CredentialView, FaultView, Frame, Hero, Hold, Parts, Renewal, RestView, Row,
    SameAs, Status, Totals, VodState,
};

impl From<&Fault> for FaultView {
    fn from(fault: &Fault) -> Self {
        Self {
            code: fault.code,
            facts: fault.facts.clone(),
            operation: fault.operation.clone(),
            cloud_code: fault.cloud_code.clone(),
            cloud_message: fault.cloud_message.clone(),
            request_id: fault.request_id.clone(),
        }
    }
}

/// What one transfer adds to the sums, so that a change costs one subtraction and one addition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    status: Option<Status>,
    child: bool,
    /// Looks the same as another and waits for the user to say whether it is wanted.
    undecided: bool,
    can_pause: bool,
    can_resume: bool,
    /// Not over before VOD itself says that it has the file.
    busy: bool,
    size: u64,
    done: u64,
    open: u64,
}

#[derive(Default)]
pub(crate) struct Sums {
    counts: Counts,
    size: u64,
    done: u64,
    open: u64,
    paused: u32,
    held: u32,
    can_pause: u32,
    can_resume: u32,
    /// Covers and subtitles included: "All done" means all.
    busy: u32,
}

impl Sums {
    pub(crate) fn swap(&mut self, old: Share, new: Share) {
        self.size = self.size - old.size + new.size;
        self.done = self.done - old.done + new.done;
        self.open = self.open - old.open + new.open;
        self.busy = self.busy - u32::from(old.busy) + u32::from(new.busy);
        let count = |sum: &mut u32, one: bool, other: bool| {
            *sum = *sum - u32::from(one) + u32::from(other);
        };
        count(&mut self.can_pause, old.can_pause, new.can_pause);
        count(&mut self.can_resume, old.can_resume, new.can_resume);
        let counted = |share: &Share| share.status.filter(|_| !share.child && !share.undecided);
        for status in [Status::Paused, Status::Held] {
            let sum = if status == Status::Paused { &mut self.paused } else { &mut self.held };
            count(sum, counted(&old) == Some(status), counted(&new) == Some(status));
        }
        if let Some(status) = old.group() {
            self.counts.all -= 1;
            *group(&mut self.counts, status) -= 1;
        }
        if let Some(status) = new.group() {
            self.counts.all += 1;
            *group(&mut self.counts, status) += 1;
        }
    }

    /// What the sums come down to in one phrase. What needs the user is a figure beside it, never the phrase.
    fn hero(&self, online: bool, offline_rests: bool, left: Option<Millis>) -> Hero {
        let Sums { counts, paused, held, busy, .. } = self;
        match () {
            () if counts.all == 0 => Hero::Empty,
            () if *busy == 0 && counts.processing > 0 => Hero::Processing,
            () if *busy == 0 => Hero::Idle,
            () if !online && offline_rests => Hero::Offline,
            () if counts.active == 0 && counts.waiting == 0 => Hero::Almost,
            () if counts.active == 0 && *paused == counts.waiting => Hero::Paused,
            () if counts.active == 0 && paused + held == counts.waiting => Hero::Held,
            () => match left {
                Some(left) if left < 10_000 => Hero::Almost,
                Some(_) => Hero::Left,
                None => Hero::Preparing,
            },
        }
    }
}

impl Share {
    /// The status by whose group a main transfer is counted.
    fn group(&self) -> Option<Status> {
        // It goes on by itself as little as what has failed.
        let status = self.status.map(|status| if self.undecided { Status::Failed } else { status });
        status.filter(|_| !self.child)
    }
}

fn group(counts: &mut Counts, status: Status) -> &mut u32 {
    match status {
        Status::Waiting | Status::Paused | Status::Held => &mut counts.waiting,
        Status::Preparing
        | Status::Requesting
        | Status::Uploading
        | Status::Refreshing
        | Status::Resting
        | Status::Verifying => &mut counts.active,
        Status::Processing | Status::Linking => &mut counts.processing,
        Status::Done => &mut counts.done,
        Status::Failed => &mut counts.failed,
        Status::Cancelled => &mut counts.cancelled,
    }
}

fn status(live: &Live) -> Status {
    let state = &live.t.state;
    match (state.phase, state.wish, &state.health, state.running) {
        (Phase::Settled, ..) => Status::Done,
        (Phase::Discarded, ..) | (_, Wish::Cancel, ..) => Status::Cancelled,
        (_, _, Health::Stuck(_), _) => Status::Failed,
        (_, Wish::Pause, ..) => Status::Paused,
        (_, _, Health::Resting { fault: Some(fault), .. }, _) => match fault.code.class() {
            Class::Offline => Status::Held,
            Class::Wait
            | Class::Busy
            | Class::PassExpired
            | Class::UploadGone
            | Class::MediaGone
            | Class::SourceGone
            | Class::SourceChanged
            | Class::Denied
            | Class::Rejected
            | Class::Corrupt
            | Class::Bug => Status::Resting,
        },
        (_, _, _, Some(Verb::Inspect)) => Status::Preparing,
        (_, _, _, Some(Verb::Reserve | Verb::Open)) => Status::Requesting,
        (_, _, _, Some(Verb::Send)) if live.meter.refreshing() => Status::Refreshing,
        (_, _, _, Some(Verb::Send)) => Status::Uploading,
        (Phase::Verified, ..) if live.t.parent.is_some() && received(live) => Status::Linking,
        (Phase::Verified, ..) => Status::Processing,
        (Phase::Sent | Phase::Sealed, ..) => Status::Verifying,
        _ if live.hold.is_some() => Status::Held,
        _ => Status::Waiting,
    }
}

fn received(live: &Live) -> bool {
    live.t.vod.as_ref().is_some_and(|(word, _)| word != "Uploading")
}

/// After some rests for it a person is asked.
fn counted(fault: &Fault) -> bool {
    !matches!(fault.code.class(), Class::Wait | Class::Offline)
}

/// The row of one transfer: `now` by the wall clock, `clock` by the monotonic one.
pub(crate) fn row(
    live: &mut Live,
    same: Option<SameAs>,
    rest: &Rest,
    now: Millis,
    clock: Instant,
) -> Row {
    let status = status(live);
    let t = &live.t;
    let state = &t.state;
    let size = t.size();
    let whole = state.phase >= Phase::Sent && state.phase != Phase::Discarded;
    let done = if whole { size } else { live.stored.min(size) };
    let flight = if whole { 0 } else { live.meter.in_flight().min(size - done) };
    let moving = matches!(status, Status::Uploading | Status::Refreshing);
    let rate = if moving { live.sampler.rate() } else { 0 };
    let left = if moving { live.sampler.left(clock, size - done - flight) } else { None };
    let credential =
        live.lease.view().filter(|_| !whole && !state.is_final()).map(|(left_ms, life_ms)| {
            let renewal = match (t.pasted, t.kind.renews()) {
                (true, _) => Renewal::Pasted,
                (false, true) => Renewal::Auto,
                (false, false) => Renewal::Anew,
            };
            let tight = renewal != Renewal::Auto && left.is_some_and(|left| left > left_ms);
            CredentialView { left_ms, life_ms, renewal, tight }
        });
    let resting = match &state.health {
        Health::Resting { until, fault: Some(fault) } => Some((until, fault)),
        Health::Well | Health::Resting { .. } | Health::Stuck(_) => None,
    };
    Row {
        id: t.id,
        account: t.account.clone(),
        parent: t.parent,
        kind: t.kind,
        title: t.about.title.clone(),
        name: t.name(),
        language: t.language.clone(),
        status,
        phase: state.phase,
        wish: state.wish,
        size_bytes: size,
        done_bytes: done,
        flight_bytes: flight,
        rate_bytes: rate,
        left_ms: left,
        parts: parts(live, whole),
        credential,
        media_id: t.media.clone(),
        vod: t.vod.as_ref().map(|(status, at)| VodState { status: status.clone(), at_ms: *at }),
        place: live.place,
        fault: state.stuck().map(FaultView::from),
        rest: resting.filter(|_| status == Status::Resting).map(|(until, fault)| RestView {
            fault: fault.into(),
            attempt: if counted(fault) { state.misses } else { state.quiet }.max(1),
            of: if counted(fault) { rest.attempts } else { 0 },
            left_ms: until.saturating_sub(now),
        }),
        hold: if status == Status::Held && resting.is_some() {
            Some(Hold::Network)
        } else {
            live.hold
                .filter(|_| matches!(status, Status::Held | Status::Linking | Status::Processing))
        },
        can: can(live, status),
        same_as: same,
        undecided: t.is_undecided(),
        added_ms: t.added_ms,
        ended_ms: t.ended_ms,
        took_ms: t.ended_ms.map(|_| t.took_ms),
        remarks: t.remarks.clone(),
    }
}

fn can(live: &Live, status: Status) -> Can {
    if !live.mine {
        return Can { remove: live.t.state.is_final(), ..Can::default() };
    }
    let state = &live.t.state;
    let open = !state.is_final() && state.wish != Wish::Cancel;
    let stuck = state.stuck().is_some();
    // What waits for a decision is not on its way: there is nothing to hold.
    let decided = !live.t.is_undecided();
    Can {
        pause: open && state.wish == Wish::Run && !stuck && decided && state.phase < Phase::Sealed,
        resume: open && state.wish == Wish::Pause,
        cancel: open && state.phase < Phase::Sealed,
        retry: open && (stuck || matches!(status, Status::Resting | Status::Held)),
        restart: state.phase == Phase::Discarded
            || (open && state.running.is_none() && (stuck || state.wish == Wish::Pause)),
        remove: true,
    }
}

fn parts(live: &Live, whole: bool) -> Option<Parts> {
    let t = &live.t;
    if t.method == Method::Put || t.part_size == 0 || t.size() == 0 {
        return None;
    }
    let total = plan::part_count(t.size(), t.part_size);
    let flying = live.meter.flying_numbers();
    let cells = total.min(240);
    let mut map = String::with_capacity(cells as usize);
    for cell in 0..u64::from(cells) {
        let first = u32::try_from(cell * u64::from(total) / u64::from(cells)).unwrap_or(0) + 1;
        let end = u32::try_from((cell + 1) * u64::from(total) / u64::from(cells)).unwrap_or(total);
        let have = if whole { end + 1 - first } else { count(live, first, end) };
        map.push(match have {
            n if n == end + 1 - first => '2',
            0 if !flying.iter().any(|n| (first..=end).contains(n)) => '0',
            _ => '1',
        });
    }
    let done = if whole { total } else { u32::try_from(live.parts.len()).unwrap_or(total) };
    Some(Parts { total, done, flying: live.meter.flying(), size_bytes: t.part_size, map })
}

fn count(live: &Live, first: u32, end: u32) -> u32 {
    u32::try_from(live.parts.range(first..=end).count()).unwrap_or(0)
}

pub(crate) fn share(row: &Row, shown: bool) -> Share {
    if !shown {
        return Share::default();
    }
    let undecided = row.undecided && row.status == Status::Waiting;
    let counted = !matches!(row.status, Status::Failed | Status::Cancelled) && !undecided;
    let begun = row.phase > Phase::Planned && row.status != Status::Done;
    Share {
        status: Some(row.status),
        child: row.parent.is_some(),
        undecided,
        can_pause: row.can.pause,
        can_resume: row.can.resume,
        busy: match row.status {
            _ if undecided => false,
            Status::Done | Status::Failed | Status::Cancelled => false,
            Status::Processing => row.vod.as_ref().is_none_or(|vod| vod.status == "Uploading"),
            Status::Waiting
            | Status::Preparing
            | Status::Requesting
            | Status::Uploading
            | Status::Refreshing
            | Status::Resting
            | Status::Held
            | Status::Verifying
            | Status::Linking
            | Status::Paused => true,
        },
        size: if counted { row.size_bytes } else { 0 },
        done: if counted { row.done_bytes } else { 0 },
        open: if counted && begun { row.size_bytes - row.done_bytes } else { 0 },
    }
}

/// Those who watch, and what they have not heard yet.
#[derive(Default)]
pub(crate) struct Gallery {
    watchers: Vec<Watcher>,
    pub touched: HashSet<TransferId>,
    pub gone: Vec<TransferId>,
    pub reordered: bool,
    pub sums: Sums,
    pub sampler: Sampler,
    /// The last totals that were told.
    told: Option<Totals>,
    /// Bytes moved by transfers that have left memory.
    pub moved: u64,
}

struct Watcher {
    frames: mpsc::Sender<Frame>,
    rev: u64,
    /// Missed a frame: the next one is a snapshot.
    behind: bool,
}

impl Gallery {
    pub(crate) fn watch(&mut self, frames: mpsc::Sender<Frame>) {
        self.watchers.push(Watcher { frames, rev: 0, behind: true });
    }

    pub(crate) fn is_watched(&self) -> bool {
        !self.watchers.is_empty()
    }

    pub(crate) fn someone_is_behind(&self) -> bool {
        self.watchers.iter().any(|w| w.behind)
    }

    pub(crate) fn drop_closed(&mut self) {
        self.watchers.retain(|w| !w.frames.is_closed());
    }

    pub(crate) fn totals(
        &mut self,
        online: bool,
        ping_ms: Option<u32>,
        offline_rests: bool,
        notice: Option<FaultView>,
        clock: Instant,
    ) -> Totals {
        let rate = self.sampler.rate();
        let left = self.sampler.left(clock, self.sums.size - self.sums.done);
        let hero = self.sums.hero(online, offline_rests, left);
        let Sums { counts, size, done, open, can_pause, can_resume, .. } = &self.sums;
        Totals {
            hero,
            left_ms: left.filter(|_| matches!(hero, Hero::Left | Hero::Almost)),
            done_bytes: *done,
            open_bytes: *open,
            size_bytes: *size,
            rate_bytes: rate,
            counts: *counts,
            can_pause: *can_pause > 0,
            can_resume: *can_resume > 0,
            online,
            ping_ms,
            notice,
        }
    }

    /// Tells every watcher what changed; those who missed something get everything.
    pub(crate) fn tell(
        &mut self,
        changed: &[Row],
        totals: &Totals,
        queue: &Queue,
        mut all: Vec<Row>,
    ) {
        let mut behind = self.watchers.iter().filter(|w| w.behind).count();
        let news = !changed.is_empty()
            || !self.gone.is_empty()
            || self.reordered
            || self.told.as_ref() != Some(totals);
        let order =
            self.reordered.then(|| queue.line.iter().map(|(_, id)| *id).collect::<Vec<_>>());
        self.watchers.retain_mut(|w| {
            let frame = match w.behind {
                true => {
                    behind -= 1;
                    // Thousands of rows are not copied for the one who is to have them.
                    let rows = if behind == 0 { std::mem::take(&mut all) } else { all.clone() };
                    Frame::Snapshot { rev: w.rev + 1, rows, totals: totals.clone() }
                }
                false if !news => return !w.frames.is_closed(),
                false => Frame::Delta {
                    rev: w.rev + 1,
                    changed: changed.to_vec(),
                    gone: self.gone.clone(),
                    order: order.clone(),
                    totals: totals.clone(),
                },
            };
            match w.frames.try_send(frame) {
                Ok(()) => {
                    w.rev += 1;
                    w.behind = false;
                    true
                }
                Err(TrySendError::Full(_)) => {
                    w.behind = true;
                    true
                }
                Err(TrySendError::Closed(_)) => false,
            }
        });
        self.gone.clear();
        self.reordered = false;
        self.told = Some(totals.clone());
    }
}

#[cfg(test)]
mod tests;
