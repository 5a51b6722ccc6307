//! The transfers in memory, in order, and who is ready for what. Decides nothing about a single one of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::frames::Share;
use crate::lease::Lease;
use crate::machine::Verb;
use crate::meter::{Meter, Sampler};
use crate::model::{Method, Part, Transfer, TransferId};
use crate::view::{Hold, SameAs};

/// One transfer with everything that lives only while the engine does.
pub(crate) struct Live {
    pub t: Transfer,
    pub parts: BTreeMap<u32, Part>,
    pub stored: u64,
    /// Parts stored since the last line of the timeline.
    pub untold: u32,
    pub meter: Arc<Meter>,
    pub lease: Arc<Lease>,
    pub halt: Option<CancellationToken>,
    pub slot: Option<Slot>,
    pub doubt: bool,
    pub asked_before: bool,
    pub hold: Option<Hold>,
    pub sampler: Sampler,
    pub sending_since: Option<Instant>,
    pub share: Share,
    pub place: Option<u32>,
    pub ready: Option<(usize, i64)>,
    /// The transfer it looks the same as, as it was known last: it need not be in memory.
    pub same: Option<SameAs>,
    pub mine: bool,
}

/// What a running verb takes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Looks at a file.
    Inspect,
    /// Short requests.
    Light,
    /// Sends parts.
    Parts,
    /// Sends one request.
    Put,
    /// Waits for VOD's word; many of them share one question.
    Track,
}

/// Kinds of readiness, each its own line: what waits for a sending slot must not hide behind a thousand inspections.
pub(crate) const INSPECT: usize = 0;
pub(crate) const RESERVE: usize = 1;
pub(crate) const SEND: usize = 2;
pub(crate) const OTHER: usize = 3;
pub(crate) const TRACK: usize = 4;

impl Live {
    pub(crate) fn new(t: Transfer, mine: bool) -> Self {
        Self {
            t,
            parts: BTreeMap::new(),
            stored: 0,
            untold: 0,
            meter: Arc::default(),
            lease: Arc::default(),
            halt: None,
            slot: None,
            doubt: true,
            asked_before: false,
            hold: None,
            sampler: Sampler::default(),
            sending_since: None,
            share: Share::default(),
            place: None,
            ready: None,
            same: None,
            mine,
        }
    }

    pub(crate) fn store(&mut self, part: Part) {
        self.stored += part.length;
        if let Some(old) = self.parts.insert(part.number, part) {
            self.stored -= old.length;
        }
    }

    pub(crate) fn lose(&mut self, number: u32) {
        if let Some(part) = self.parts.remove(&number) {
            self.stored -= part.length;
        }
    }

    pub(crate) fn lose_all(&mut self) {
        self.parts.clear();
        self.stored = 0;
    }
}

/// All transfers.
#[derive(Default)]
pub(crate) struct Queue {
    /// Boxed: a table of ten thousand grows by moving what is in it.
    pub live: HashMap<TransferId, Box<Live>>,
    /// What is shown, in order.
    pub line: BTreeSet<(i64, TransferId)>,
    pub ready: [BTreeSet<(i64, TransferId)>; 5],
    pub children: HashMap<TransferId, BTreeSet<TransferId>>,
    pub inspects: usize,
    pub light: usize,
    pub parts: usize,
    pub puts: usize,
    pub tracks: usize,
    /// Transfers with a credential in hand that wait for their turn to send.
    pub ahead: usize,
}

impl Queue {
    pub(crate) fn insert(&mut self, live: Live) {
        let (id, position) = (live.t.id, live.t.position);
        if live.t.shown {
            self.line.insert((position, id));
        }
        if let Some(parent) = live.t.parent {
            self.children.entry(parent).or_default().insert(id);
        }
        self.live.insert(id, Box::new(live));
        self.refresh(id);
    }

    pub(crate) fn remove(&mut self, id: TransferId) {
        if let Some(live) = self.live.remove(&id) {
            self.line.remove(&(live.t.position, id));
            if let Some((class, position)) = live.ready {
                self.ready[class].remove(&(position, id));
                self.ahead -= usize::from(class == SEND);
            }
            if let Some(parent) = live.t.parent
                && let Some(siblings) = self.children.get_mut(&parent)
            {
                siblings.remove(&id);
            }
        }
    }

    /// Puts a transfer into the line it is ready for, or into none.
    pub(crate) fn refresh(&mut self, id: TransferId) {
        // What belongs to a video waits for the decision on it.
        let parent = self.live.get(&id).and_then(|live| self.live.get(&live.t.parent?));
        let undecided = parent.is_some_and(|parent| parent.t.is_undecided());
        let Some(live) = self.live.get_mut(&id) else { return };
        let open = live.mine
            && !live.t.is_undecided()
            && !undecided
            && !matches!(live.hold, Some(Hold::Account | Hold::Clock | Hold::Network));
        let now = live.t.state.next().filter(|_| open).map(|verb| (class(verb), live.t.position));
        if now == live.ready {
            return;
        }
        if let Some((class, position)) = live.ready {
            self.ready[class].remove(&(position, id));
            self.ahead -= usize::from(class == SEND);
        }
        if let Some((class, position)) = now {
            self.ready[class].insert((position, id));
            self.ahead += usize::from(class == SEND);
        }
        live.ready = now;
    }

    pub(crate) fn take(&mut self, id: TransferId, verb: Verb) {
        let Some(live) = self.live.get_mut(&id) else { return };
        let slot = match (verb, live.t.method) {
            (Verb::Send, Method::Multipart) => Slot::Parts,
            (Verb::Send, Method::Put) => Slot::Put,
            (Verb::Track, _) => Slot::Track,
            (Verb::Inspect, _) => Slot::Inspect,
            (Verb::Reserve | Verb::Open | Verb::Seal | Verb::Verify | Verb::Discard, _) => {
                Slot::Light
            }
        };
        live.slot = Some(slot);
        *self.count(slot) += 1;
    }

    pub(crate) fn give_back(&mut self, id: TransferId) {
        if let Some(slot) = self.live.get_mut(&id).and_then(|live| live.slot.take()) {
            *self.count(slot) -= 1;
        }
    }

    fn count(&mut self, slot: Slot) -> &mut usize {
        match slot {
            Slot::Inspect => &mut self.inspects,
            Slot::Light => &mut self.light,
            Slot::Parts => &mut self.parts,
            Slot::Put => &mut self.puts,
            Slot::Track => &mut self.tracks,
        }
    }

    pub(crate) fn reposition(&mut self, id: TransferId, position: i64) {
        if let Some(live) = self.live.get_mut(&id) {
            self.line.remove(&(live.t.position, id));
            live.t.position = position;
            if live.t.shown {
                self.line.insert((position, id));
            }
            self.refresh(id);
        }
    }

    pub(crate) fn show(&mut self, id: TransferId, shown: bool) {
        if let Some(live) = self.live.get_mut(&id) {
            live.t.shown = shown;
            if shown {
                self.line.insert((live.t.position, id));
            } else {
                self.line.remove(&(live.t.position, id));
            }
        }
    }

    /// Those of the list whose title, file name or media id holds the text, whatever its case, in order.
    pub(crate) fn search(&self, text: &str) -> Vec<TransferId> {
        let needle = text.trim().to_lowercase();
        let holds = |text: &str| text.to_lowercase().contains(&needle);
        let found = |t: &Transfer| {
            holds(&t.about.title) || holds(&t.name()) || t.media.as_deref().is_some_and(holds)
        };
        let ids = self.line.iter().map(|(_, id)| *id);
        ids.filter(|id| self.live.get(id).is_some_and(|live| found(&live.t))).collect()
    }

    pub(crate) fn children_of(&self, id: TransferId) -> Vec<TransferId> {
        self.children.get(&id).map(|set| set.iter().copied().collect()).unwrap_or_default()
    }

    /// The first `n` that wait, in order.
    pub(crate) fn waiting(&self, n: usize) -> Vec<TransferId> {
        let mut all: Vec<(i64, TransferId)> = [INSPECT, RESERVE, SEND]
            .iter()
            .flat_map(|class| self.ready[*class].iter().take(n).copied())
            .collect();
        all.sort_unstable();
        all.into_iter().map(|(_, id)| id).take(n).collect()
    }
}

fn class(verb: Verb) -> usize {
    match verb {
        Verb::Inspect => INSPECT,
        Verb::Reserve => RESERVE,
        Verb::Send => SEND,
        Verb::Track => TRACK,
        Verb::Open | Verb::Seal | Verb::Verify | Verb::Discard => OTHER,
    }
}
