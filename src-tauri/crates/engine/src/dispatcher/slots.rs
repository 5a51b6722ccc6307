//! Who may run now: holds, the schedule, and the slots in order of the queue. Knows no request.

use crate::fault::Class;
use crate::machine::{Health, Input};
use crate::model::{Kind, Method, Phase, TransferId};
use crate::pace;
use crate::queue::{INSPECT, OTHER, RESERVE, SEND, Slot, TRACK};
use crate::verbs::TOGETHER;
use crate::view::Hold;
use crate::work::Parent;

use super::{Dispatcher, LIGHT};

impl Dispatcher {
    /// Why a transfer that wants to run may not, apart from its own health.
    pub(crate) fn hold(&mut self, id: TransferId) {
        let waits_for_video = matches!(self.parent_of(id), Parent::Coming);
        let scheduled_out = self.scheduled_out;
        let Some(live) = self.queue.live.get_mut(&id) else { return };
        let account = &live.t.account;
        let absent = !live.t.pasted
            && (!self.accounts.contains_key(account) || self.barred.contains(account));
        let phase = live.t.state.phase;
        let bytes_next = matches!(phase, Phase::Planned | Phase::Reserved | Phase::Opened);
        live.hold = if live.t.state.is_final() || phase == Phase::Found {
            None // the file itself needs nobody
        } else if absent {
            Some(Hold::Account)
        } else if scheduled_out && bytes_next {
            Some(Hold::Schedule)
        } else {
            let linking = live.t.kind == Kind::Image && phase == Phase::Verified;
            (linking && waits_for_video).then_some(Hold::Parent)
        };
        self.queue.refresh(id);
        self.gallery.touched.insert(id);
    }

    pub(crate) fn hold_all(&mut self) {
        for id in self.queue.live.keys().copied().collect::<Vec<_>>() {
            self.hold(id);
        }
    }

    /// Ends a rest early.
    pub(crate) fn wake(&mut self, id: TransferId, which: impl Fn(&Health) -> bool) {
        if let Some(live) = self.queue.live.get(&id)
            && let Health::Resting { until, .. } = live.t.state.health
            && which(&live.t.state.health)
            && live.t.state.grace.is_none()
        {
            self.step_at(id, Input::Due, until.max(self.edge.now_ms()));
        }
    }

    /// The network is back: whoever waits for it goes on.
    pub(crate) fn wake_offline(&mut self) {
        for id in self.queue.live.keys().copied().collect::<Vec<_>>() {
            self.wake(id, |health| match health {
                Health::Resting { fault: Some(fault), .. } => fault.code.class() == Class::Offline,
                Health::Well | Health::Resting { .. } | Health::Stuck(_) => false,
            });
        }
    }

    /// The weekly schedule may open or close the tap.
    pub(crate) fn schedule(&mut self) {
        let rate =
            self.config.limit.as_ref().and_then(|limit| limit.at((self.edge.now)(), &self.zone));
        self.shared.tap.set(rate);
        let out = rate == Some(0);
        if out != self.scheduled_out {
            self.scheduled_out = out;
            for live in self.queue.live.values().filter(|_| out) {
                if let (Some(Slot::Parts | Slot::Put), Some(halt)) = (live.slot, &live.halt) {
                    halt.cancel();
                }
            }
            self.hold_all();
        }
    }

    /// Walks the lines in order and gives slots to whoever is ready.
    pub(crate) fn grant(&mut self) {
        if self.frozen {
            return;
        }
        while self.queue.light < LIGHT {
            // Cleaning up and finishing come before beginning.
            let next = self.queue.ready[OTHER].first().or_else(|| self.reservable());
            let Some((_, id)) = next.copied() else { break };
            self.begin(id);
        }
        // Apart from requests: a drive that does not answer must not keep those waiting whose file was seen.
        while self.queue.inspects < LIGHT {
            let Some((_, id)) = self.queue.ready[INSPECT].first().copied() else { break };
            self.begin(id);
        }
        // Those who wait for VOD's word share its answers, so that many cost what one does.
        while self.queue.tracks < TOGETHER {
            let Some((_, id)) = self.queue.ready[TRACK].first().copied() else { break };
            self.begin(id);
        }
        if self.scheduled_out {
            return;
        }
        let (sending, puts) = (self.config.sending.max(1), self.config.sending.max(pace::FEW));
        let mut waiting: Vec<TransferId> = vec![];
        for (_, id) in self.queue.ready[SEND].iter().take(sending + puts) {
            waiting.push(*id);
        }
        for id in waiting {
            let method = self.queue.live.get(&id).map(|live| live.t.method);
            let free = match method {
                Some(Method::Multipart) => self.queue.parts < sending,
                // Small files are round trips, not bytes: more of them at a time.
                Some(Method::Put) => self.queue.parts + self.queue.puts < puts,
                None => false,
            };
            if free {
                self.begin(id);
            }
        }
    }

    /// Credentials are asked for shortly before they are used: they end, and an id nobody fills is litter.
    pub(crate) fn reservable(&self) -> Option<&(i64, TransferId)> {
        let ahead = self.queue.ahead + self.queue.light;
        (ahead < self.config.sending * 2 + 2 && !self.scheduled_out)
            .then(|| self.queue.ready[RESERVE].first())
            .flatten()
    }

    pub(crate) fn begin(&mut self, id: TransferId) {
        let Some(verb) = self.queue.live.get(&id).and_then(|live| live.t.state.next()) else {
            return self.queue.refresh(id);
        };
        self.queue.take(id, verb);
        self.step(id, Input::Granted);
    }
}
