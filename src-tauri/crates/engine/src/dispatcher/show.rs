//! Frames on time: only what was touched is drawn again. Changes no transfer.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use crate::frames;
use crate::machine::Health;
use crate::model::{Millis, TransferId};
use crate::view::{FaultView, Row, SameAs};

use super::Dispatcher;

impl Dispatcher {
    pub(crate) fn tick(&mut self) {
        let (now, clock) = (self.edge.now_ms(), Instant::now());
        self.places();
        let mut moved = self.gallery.moved;
        for live in self.queue.live.values_mut() {
            let level = live.meter.moved();
            moved += level;
            if live.sending_since.is_some() {
                live.sampler.note(clock, level);
                self.gallery.touched.insert(live.t.id);
            } else if matches!(live.t.state.health, Health::Resting { fault: Some(_), .. }) {
                // Its countdown is part of the row.
                self.gallery.touched.insert(live.t.id);
            }
        }
        if self.queue.parts + self.queue.puts > 0 {
            self.gallery.sampler.note(clock, moved);
        } else if !self.gallery.sampler.is_idle() {
            self.gallery.sampler.stop();
        }
        let mut changed = vec![];
        for id in std::mem::take(&mut self.gallery.touched) {
            if let Some(row) = self.row(id, now) {
                changed.push(row);
            }
        }
        let ping = Some(self.shared.ping.load(Relaxed)).filter(|ping| *ping > 0);
        let online = self.shared.online.load(Relaxed);
        let notice = self
            .notice
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .map(FaultView::from);
        let totals = self.gallery.totals(online, ping, !online, notice, clock);
        self.gallery.drop_closed();
        let all = if self.gallery.someone_is_behind() { self.rows(now) } else { vec![] };
        self.gallery.tell(&changed, &totals, &self.queue, all);
    }

    /// The first in line know their place; the rest merely wait.
    pub(crate) fn places(&mut self) {
        let first = self.queue.waiting(50);
        let mut place = HashMap::new();
        for (n, id) in (1_u32..).zip(&first) {
            place.insert(*id, n);
        }
        for live in self.queue.live.values_mut() {
            let now = place.get(&live.t.id).copied();
            if live.place != now {
                live.place = now;
                self.gallery.touched.insert(live.t.id);
            }
        }
    }

    pub(crate) fn row(&mut self, id: TransferId, now: Millis) -> Option<Row> {
        let same = self.same_as(id);
        let live = self.queue.live.get_mut(&id)?;
        let row = frames::row(live, same, &self.config.rest, now, Instant::now());
        let share = frames::share(&row, live.t.shown);
        self.gallery.sums.swap(live.share, share);
        live.share = share;
        live.t.shown.then_some(row)
    }

    pub(crate) fn same_as(&self, id: TransferId) -> Option<SameAs> {
        let live = self.queue.live.get(&id)?;
        let other = live.t.same_as?;
        match self.queue.live.get(&other) {
            Some(known) => Some(SameAs::from(&known.t)),
            None => live.same.clone(),
        }
    }

    /// What each transfer waits for, for whoever looks for a fault.
    pub(crate) fn describe(&self) -> String {
        let (now, queue) = (Instant::now(), &self.queue);
        let mut out = format!(
            "frozen {} · shut {} · barred {:?} · inspects {} · light {} · parts {} · puts {} · tracks {} · ahead {} · running {} · \
             permits {} · online {} · unwritten {}\n",
            self.frozen,
            self.scheduled_out,
            self.barred,
            queue.inspects,
            queue.light,
            queue.parts,
            queue.puts,
            queue.tracks,
            queue.ahead,
            self.running.len(),
            self.shared.parts.size(),
            self.shared.online.load(Relaxed),
            self.unwritten.len(),
        );
        for Reverse((at, _, id)) in &self.alarms {
            let late = now.saturating_duration_since(*at);
            let _ = writeln!(
                out,
                "alarm {id} in {:?}, late {late:?}",
                at.saturating_duration_since(now)
            );
        }
        for (id, live) in &queue.live {
            let state = &live.t.state;
            let _ = writeln!(
                out,
                "{id} {} · mine {} · hold {:?} · slot {:?} · ready {:?} · doubt {} · same as {:?} · parts {} · {state:?}",
                live.t.name(),
                live.mine,
                live.hold,
                live.slot,
                live.ready,
                live.doubt,
                live.t.same_as,
                live.parts.len(),
            );
        }
        out
    }

    /// Every row that is shown, in order.
    pub(crate) fn rows(&mut self, now: Millis) -> Vec<Row> {
        let ids: Vec<TransferId> = self.queue.line.iter().map(|(_, id)| *id).collect();
        ids.into_iter()
            .filter_map(|id| {
                let same = self.same_as(id);
                let live = self.queue.live.get_mut(&id)?;
                Some(frames::row(live, same, &self.config.rest, now, Instant::now()))
            })
            .collect()
    }
}
