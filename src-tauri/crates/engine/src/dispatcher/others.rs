//! Other processes on the same journal, and transfers that leave memory.

use std::collections::HashSet;

use crate::config::{Scope, ms};
use crate::frames;
use crate::machine::{Command, Input};
use crate::model::TransferId;

use super::{Dispatcher, loaded};

impl Dispatcher {
    /// Another process may have written: take over what it left, show what it changed.
    pub(crate) async fn look_around(&mut self) {
        let version = match self.journal.version().await {
            Ok(version) => version,
            Err(error) => return tracing::warn!(%error, "look what other processes wrote"),
        };
        let foreign = self.queue.live.values().any(|live| !live.mine && !live.t.state.is_final());
        if version == self.version && !foreign && !self.frozen {
            return;
        }
        self.version = version;
        let claimed: HashSet<TransferId> = match self.scope {
            Scope::All => match self.journal.claim(None).await {
                Ok(ids) => {
                    self.thaw();
                    ids.into_iter().collect()
                }
                Err(error) => {
                    tracing::debug!(%error, "take over what nobody works on");
                    HashSet::new()
                }
            },
            Scope::Asked if self.awaited.is_empty() => HashSet::new(),
            Scope::Asked => {
                let theirs = |id: &&TransferId| {
                    let live = self.queue.live.get(id);
                    live.is_some_and(|live| !live.mine && !live.t.state.is_final())
                };
                let awaited = self.awaited.iter().filter(theirs).copied().collect();
                match self.journal.claim(Some(awaited)).await {
                    Ok(ids) => ids.into_iter().collect(),
                    Err(error) => {
                        tracing::debug!(%error, "take over what is waited for");
                        HashSet::new()
                    }
                }
            }
        };
        let all = match self.journal.load().await {
            Ok(all) => all,
            Err(error) => return tracing::warn!(%error, "read what other processes wrote"),
        };
        let there: HashSet<TransferId> = all.iter().map(|t| t.id).collect();
        let left: Vec<TransferId> = (self.queue.live.values())
            .filter(|live| !live.mine && !there.contains(&live.t.id))
            .map(|live| live.t.id)
            .collect();
        for id in left {
            self.leave(id);
        }
        for mut t in all {
            let id = t.id;
            let known = self.queue.live.get(&id);
            if known.is_some_and(|live| live.mine) {
                continue;
            }
            let ours = claimed.contains(&id) || (self.scope == Scope::All && t.state.is_final());
            if known.is_some_and(|live| live.t == t && live.mine == ours) {
                continue;
            }
            if claimed.contains(&id) {
                t.owner = Some(self.me);
            }
            self.forget_row(id);
            match loaded(&self.journal, t, ours).await {
                Ok(live) => {
                    self.gallery.reordered = true;
                    self.queue.insert(live);
                    self.arrived(id);
                }
                Err(error) => tracing::warn!(transfer = %id, %error, "read a transfer"),
            }
            if claimed.contains(&id) && self.awaited.remove(&id) {
                self.line(id, "resumed", &[]);
                self.step(id, Input::Command(Command::Run));
            }
        }
    }

    /// Takes some of what ended too long ago out of the history. Returns whether there may be more.
    pub(crate) async fn prune(&mut self) -> bool {
        let Some(keep) = self.config.keep_history else { return false };
        let before = self.edge.now_ms().saturating_sub(ms(keep));
        match self.journal.prune(before).await {
            Ok(gone) => {
                for id in &gone {
                    let ended = self.queue.live.get(id).is_some_and(|live| live.t.state.is_final());
                    if ended {
                        self.leave(*id);
                    }
                }
                !gone.is_empty()
            }
            Err(error) => {
                tracing::warn!(%error, "take out what ended long ago");
                false
            }
        }
    }

    /// Takes a transfer out of memory without telling that it is gone.
    pub(crate) fn forget_row(&mut self, id: TransferId) {
        if let Some(live) = self.queue.live.get(&id) {
            self.gallery.sums.swap(live.share, frames::Share::default());
            self.gallery.moved += live.meter.moved();
        }
        // What still runs for it ends unheard, and takes up no slot.
        self.queue.give_back(id);
        self.tasks.retain(|_, of| *of != id);
        self.queue.remove(id);
    }

    /// Takes a transfer out of the list.
    pub(crate) fn leave(&mut self, id: TransferId) {
        self.forget_row(id);
        self.gallery.touched.remove(&id);
        self.gallery.gone.push(id);
    }
}
