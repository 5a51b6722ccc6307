//! Record, then act: the only place where something is started, and only after it is in the journal.

use std::sync::atomic::AtomicU32;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::fault::{Code, Fault};
use crate::journal::{Change, JournalError, Unwritten};
use crate::machine::{Effect, Verb};
use crate::model::{Phase, Transfer, TransferId, Wish};
use crate::verbs;
use crate::work::{Parent, Work};

use super::Dispatcher;

impl Dispatcher {
    /// Record, then act: nothing is started before its state is in the journal.
    pub(crate) async fn flush(&mut self) {
        while !self.dirty.is_empty()
            || !self.changes.is_empty()
            || !self.effects.is_empty()
            || !self.unwritten.is_empty()
        {
            let mut all = std::mem::take(&mut self.unwritten);
            for id in std::mem::take(&mut self.dirty) {
                // What another process works on is only shown here: our copy of it may be old.
                if let Some(live) = self.queue.live.get_mut(&id).filter(|live| live.mine) {
                    if !live.t.state.is_final() {
                        live.t.owner = Some(self.me);
                    }
                    all.push(Change::Transfer(Box::new(live.t.clone())));
                }
            }
            all.append(&mut self.changes);
            let lasting = std::mem::take(&mut self.lasting);
            if let Err(Unwritten { changes, error }) = self.journal.record(all, lasting).await {
                self.lasting = lasting;
                self.freeze(changes, &error);
                return;
            }
            self.thaw();
            for (id, effect) in std::mem::take(&mut self.effects) {
                self.act(id, effect).await;
            }
        }
    }

    /// The only fatal error: without a journal nothing may go on. What could not be written is kept and tried again.
    pub(crate) fn freeze(&mut self, unwritten: Vec<Change>, error: &JournalError) {
        self.unwritten = unwritten;
        if self.frozen {
            return;
        }
        self.frozen = true;
        tracing::error!(%error, "the journal cannot be written; everything is halted");
        let code = match () {
            () if matches!(error, JournalError::Full) => Code::DiskFull,
            () if self.journal.is_damaged() => Code::DbDamaged,
            () => Code::DbWrite,
        };
        self.tell_frozen(code);
        for live in self.queue.live.values() {
            if let Some(halt) = &live.halt {
                halt.cancel();
            }
        }
    }

    pub(crate) fn tell_frozen(&self, code: Code) {
        *self.notice.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
            Some(Fault::of(code).with("path", self.journal.file().display()));
    }

    /// What was met while reading: transfers that nothing can read, and damage to the file.
    pub(crate) fn tell_unreadable(&self) {
        let (aside, damaged) = (self.journal.set_aside(), self.journal.is_damaged());
        let mut notice = self.notice.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let fault = match () {
            () if damaged => Fault::of(Code::DbDamaged),
            () if aside > 0 && notice.as_ref().is_none_or(|told| told.code == Code::DbRows) => {
                Fault::of(Code::DbRows).with("n", aside)
            }
            () => return,
        };
        *notice = Some(fault.with("path", self.journal.file().display()));
    }

    /// The journal can be written again.
    pub(crate) fn thaw(&mut self) {
        if self.frozen {
            self.frozen = false;
            *self.notice.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
        }
    }

    pub(crate) async fn act(&mut self, id: TransferId, effect: Effect) {
        match effect {
            Effect::Start(verb) => self.start(id, verb).await,
            Effect::Halt => {
                if let Some(halt) = self.queue.live.get(&id).and_then(|live| live.halt.as_ref()) {
                    halt.cancel();
                }
            }
            Effect::WakeAt(until) => self.wake_at(id, until),
            Effect::Forget(_) | Effect::ForgetPass => {} // done when the step was taken
        }
    }

    async fn start(&mut self, id: TransferId, verb: Verb) {
        let parent = match self.queue.live.get(&id).and_then(|live| live.t.parent) {
            // Its video may be over and have left the list.
            Some(parent) if verb == Verb::Track && !self.queue.live.contains_key(&parent) => {
                match self.journal.get(parent).await {
                    Ok(Some(t)) if t.state.is_final() => parent_as(&t),
                    Ok(_) => Parent::None,
                    Err(error) => {
                        tracing::warn!(%error, transfer = %id, "look for its video again later");
                        Parent::Coming
                    }
                }
            }
            _ => self.parent_of(id),
        };
        let Some(live) = self.queue.live.get_mut(&id) else { return };
        let halt = CancellationToken::new();
        live.halt = Some(halt.clone());
        if verb == Verb::Send {
            live.sending_since = Some(Instant::now());
        }
        let work = Work {
            t: live.t.clone(),
            parts: match verb {
                Verb::Send | Verb::Seal => live.parts.values().cloned().collect(),
                Verb::Inspect
                | Verb::Reserve
                | Verb::Open
                | Verb::Verify
                | Verb::Track
                | Verb::Discard => vec![],
            },
            client: self.client.clone(),
            account: if live.t.pasted { None } else { self.accounts.get(&live.t.account).cloned() },
            lease: live.lease.clone(),
            meter: live.meter.clone(),
            shared: self.shared.clone(),
            config: self.config.clone(),
            edge: self.edge,
            halt,
            reports: self.reports.0.clone(),
            doubt: live.doubt,
            asked: live.asked_before,
            parent,
            took: AtomicU32::new(0),
        };
        tracing::debug!(transfer = %id, ?verb, "start");
        let task = self.running.spawn(verbs::run(work, verb));
        self.tasks.insert(task.id(), id);
    }

    pub(crate) fn parent_of(&self, id: TransferId) -> Parent {
        let Some(parent) = self.queue.live.get(&id).and_then(|live| live.t.parent) else {
            return Parent::None;
        };
        self.queue.live.get(&parent).map_or(Parent::None, |live| parent_as(&live.t))
    }
}

/// What a child must know of this video.
fn parent_as(t: &Transfer) -> Parent {
    if t.state.phase == Phase::Discarded || t.state.wish == Wish::Cancel {
        return Parent::None;
    }
    // VOD allows nothing but deleting while it waits for the file (protocol/vod.md 4.3).
    match (&t.media, &t.vod) {
        (Some(media), Some((word, _))) if word != "Uploading" => Parent::There(media.clone()),
        _ if t.state.phase == Phase::Settled => Parent::None,
        _ => Parent::Coming,
    }
}
