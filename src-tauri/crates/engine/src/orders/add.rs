//! Files come in: new ones, known ones, pasted pairs.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::dispatcher::{Dispatcher, loaded};
use crate::fault::{Code, Fault};
use crate::journal::{Change, Entered, New};
use crate::lease::{Grant, place_of};
use crate::machine::{Command, Input, State, Verb};
use crate::media;
use crate::model::{Again, Ask, Kind, Line, Method, Phase, Transfer, TransferId, Wish};
use crate::queue::Live;
use crate::text::{self, Rules};
use crate::{pairing, paths};

use super::Added;

/// New transfers in one transaction of the journal.
const AT_ONCE: usize = 500;

impl Dispatcher {
    pub(crate) fn fresh(&self, ask: Ask) -> Transfer {
        let now = self.edge.now_ms();
        let kind = ask.kind.or_else(|| media::kind_by_name(&ask.path)).unwrap_or(Kind::Video);
        let wish = if ask.start { Wish::Run } else { Wish::Pause };
        let last = self.queue.line.last().map_or(0, |(position, _)| *position);
        let mut about = ask.about;
        let remarks = if about.keep_title {
            vec![]
        } else {
            text::fit_about(Rules::Usual, kind, &mut about, &ask.path)
        };
        Transfer {
            id: TransferId((self.edge.id)()),
            position: last + 1_024,
            account: ask.account,
            kind,
            forced_kind: ask.kind.is_some(),
            language: (kind == Kind::Subtitle)
                .then(|| ask.language.or_else(|| pairing::language(&ask.path)))
                .flatten(),
            path: ask.path,
            about,
            wait: ask.wait,
            parent: ask.parent,
            pasted: false,
            force: ask.again == Again::Send,
            same_as: None,
            state: State::new(wish, kind.renews()),
            method: Method::Multipart,
            source: None,
            fingerprint: ask.seen.map(|seen| seen.fingerprint),
            extension: None,
            part_size: 0,
            asked: false,
            generation: 0,
            media: None,
            old_media: None,
            url: None,
            place: None,
            upload: None,
            landed: false,
            crc64: None,
            object_crc64: None,
            vod: None,
            sweep: false,
            failed: None,
            shown: true,
            owner: Some(self.me),
            took_ms: 0,
            added_ms: now,
            since_ms: now,
            ended_ms: None,
            request_ids: vec![],
            remarks,
            recoded: None,
        }
    }

    pub(crate) fn take_in(&mut self, t: Transfer) -> TransferId {
        self.changes.push(Change::Line(t.id, first_line(&t)));
        self.dirty.insert(t.id);
        self.come_in(t)
    }

    /// A transfer that is in the journal already comes into memory.
    fn come_in(&mut self, t: Transfer) -> TransferId {
        let id = t.id;
        self.queue.insert(Live::new(t, true));
        self.gallery.reordered = true;
        self.arrived(id);
        id
    }

    /// `asks` with the transfers that are proved to be other files. Fails as a whole when the journal cannot be read or
    /// written: a file that may be known already is not taken for new.
    pub(crate) async fn add(
        &mut self,
        asks: Vec<(Ask, Vec<TransferId>)>,
    ) -> Result<Vec<Added>, Fault> {
        // What the journal decides by must be in it.
        self.flush().await;
        let mut batch: HashMap<(String, PathBuf), usize> = HashMap::new();
        let mut added: Vec<Added> = Vec::with_capacity(asks.len());
        let mut asks = asks.into_iter().peekable();
        let mut last = self.queue.line.last().map_or(0, |(position, _)| *position);
        while asks.peek().is_some() {
            if self.frozen {
                return Err(self.unusable());
            }
            // The same file named twice is one.
            let (mut news, mut places) = (vec![], vec![]);
            for (ask, other) in asks.by_ref().take(AT_ONCE) {
                let key = (ask.account.clone(), ask.path.clone());
                let place = added.len() + places.len();
                let first = match ask.again {
                    Again::Send => place,
                    Again::Continue | Again::Ask => *batch.entry(key).or_insert(place),
                };
                places.push((first, ask.start, ask.path.clone()));
                if first == place {
                    let (again, kind) = (ask.again, ask.kind);
                    let mut transfer = self.fresh(ask);
                    last += 1_024;
                    transfer.position = last;
                    let line = first_line(&transfer);
                    news.push(New { transfer, again, kind, other, line });
                }
            }
            let entered = self.journal.add(news).await.map_err(|error| {
                tracing::error!(%error, "nothing is added");
                self.unusable()
            })?;
            let mut entered = entered.into_iter();
            for (first, start, path) in places {
                let one = match added.get(first) {
                    Some(Added::New(id) | Added::Continues(id)) => Added::Continues(*id),
                    Some(done @ Added::Done { .. }) => done.clone(),
                    None => match entered.next() {
                        Some(Entered::Known(same)) => self.known(*same, start, path).await,
                        Some(Entered::New(t, twin)) => Added::New(self.entered(*t, twin)),
                        None => return Err(self.unusable()),
                    },
                };
                added.push(one);
            }
        }
        Ok(added)
    }

    fn unusable(&self) -> Fault {
        let notice = self.notice.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        notice.unwrap_or_else(|| {
            Fault::of(Code::DbBroken).with("path", self.journal.file().display())
        })
    }

    fn entered(&mut self, t: Transfer, twin: Option<Box<Transfer>>) -> TransferId {
        let kept = paths::can_be_kept(&t.path);
        let id = self.come_in(t);
        if !kept {
            // The journal cannot name it, so nothing may be built on it.
            let fault = Fault::of(Code::FileName);
            self.step(id, Input::Failed(Verb::Inspect, fault));
        }
        if let Some(twin) = twin {
            self.looks_the_same(id, *twin);
        }
        id
    }

    /// A transfer of this very file goes on, or is over.
    async fn known(&mut self, same: Transfer, start: bool, path: PathBuf) -> Added {
        let id = same.id;
        if same.state.phase == Phase::Settled {
            return Added::Done { id, media_id: same.media };
        }
        let mine = self.adopt(id).await;
        // Where it was named just now it can be read; where it lay before, who knows.
        if let Some(live) = self.queue.live.get_mut(&id)
            && mine
            && live.t.path != path
            && paths::can_be_kept(&path)
            && live.t.state.running.is_none()
        {
            live.t.path = path;
            self.dirty.insert(id);
            self.line(id, "located", &[]);
        }
        if start {
            self.command(vec![id], Command::Run).await;
        }
        Added::Continues(id)
    }

    /// Makes a transfer nobody works on this engine's own.
    pub(crate) async fn adopt(&mut self, id: TransferId) -> bool {
        if self.queue.live.get(&id).is_some_and(|live| live.mine) {
            return true;
        }
        let ours = self.journal.claim(Some(vec![id])).await.is_ok_and(|ids| ids.contains(&id));
        let Ok(Some(mut t)) = self.journal.get(id).await else { return false };
        if ours {
            t.owner = Some(self.me);
        }
        if let Some(live) = self.queue.live.get(&id) {
            self.gallery.sums.swap(live.share, crate::frames::Share::default());
        }
        self.queue.remove(id);
        if let Ok(live) = loaded(&self.journal, t, ours).await {
            self.queue.insert(live);
            self.arrived(id);
        }
        ours
    }

    pub(crate) fn add_pair(&mut self, ask: Ask, grant: Grant) -> TransferId {
        let mut t = self.fresh(ask);
        t.pasted = true;
        t.place = Some(place_of(&grant.address));
        let id = self.take_in(t);
        if let Some(live) = self.queue.live.get(&id) {
            let clock = self.client.clock(&grant.address.authority());
            live.lease.hold(grant.pass, (self.edge.now)(), clock);
        }
        id
    }

    pub(crate) fn give_pair(&mut self, id: TransferId, grant: Grant) -> Result<(), Fault> {
        let Some(live) = self.queue.live.get_mut(&id) else { return Err(Fault::of(Code::Unknown)) };
        let place = place_of(&grant.address);
        // Bytes are already there: another address would need all of them again, and serves another media.
        if live.t.place.as_ref().is_some_and(|old| *old != place)
            && live.t.state.phase > Phase::Planned
        {
            return Err(Fault::of(Code::CredMismatch));
        }
        live.t.place = Some(place);
        let clock = self.client.clock(&grant.address.authority());
        live.lease.hold(grant.pass, (self.edge.now)(), clock);
        self.dirty.insert(id);
        self.line(id, "pair", &[]);
        self.step(id, Input::Command(Command::Run));
        Ok(())
    }

    /// A cancelled transfer starts again as a new one in the same place. Returns which ones are new, and for whom.
    pub(crate) async fn again(&mut self, id: TransferId) -> Vec<(TransferId, TransferId)> {
        let Some(live) = self.queue.live.get(&id) else { return vec![] };
        let old = live.t.clone();
        let mut again = vec![(old.id, self.copy_of(old, None))];
        let new = again[0].1.id;
        for child in self.queue.children_of(id) {
            let Some(live) = self.queue.live.get(&child) else { continue };
            // What was given up with its video comes back with it; what still stands is given to the new one.
            if live.t.state.phase == Phase::Discarded || live.t.state.wish == Wish::Cancel {
                let copy = self.copy_of(live.t.clone(), Some(new));
                again.push((child, copy));
            } else {
                self.attach_to(child, new);
            }
        }
        self.take_out(again.iter().map(|(old, _)| *old).collect()).await;
        again.into_iter().map(|(old, t)| (old, self.take_in(t))).collect()
    }

    /// The same file anew, in the same place, for another video where it belonged to one.
    fn copy_of(&self, old: Transfer, parent: Option<TransferId>) -> Transfer {
        let position = old.position;
        let t = self.fresh(Ask {
            path: old.path,
            account: old.account,
            kind: old.forced_kind.then_some(old.kind),
            about: old.about,
            parent: parent.or(old.parent),
            wait: old.wait,
            start: true,
            again: Again::Send,
            language: old.language,
            seen: None,
        });
        Transfer { position, ..t }
    }

    fn attach_to(&mut self, child: TransferId, parent: TransferId) {
        let Some(live) = self.queue.live.get_mut(&child) else { return };
        if let Some(siblings) = live.t.parent.and_then(|old| self.queue.children.get_mut(&old)) {
            siblings.remove(&child);
        }
        live.t.parent = Some(parent);
        self.queue.children.entry(parent).or_default().insert(child);
        self.dirty.insert(child);
        self.line(child, "attached", &[]);
    }
}

fn first_line(t: &Transfer) -> Line {
    Line {
        at_ms: t.added_ms,
        what: "found".to_owned(),
        data: [("name".to_owned(), t.name())].into(),
    }
}
