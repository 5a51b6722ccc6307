//! Files come in: new ones, known ones, pasted pairs.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::dispatcher::{Dispatcher, loaded};
use crate::fault::{Code, Fault};
use crate::file_io::Seen;
use crate::journal::Change;
use crate::lease::{Grant, place_of};
use crate::machine::{Command, Input, State, Verb};
use crate::media;
use crate::model::{Again, Ask, Kind, Line, Method, Phase, Source, Transfer, TransferId, Wish};
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
            fingerprint: None,
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
        let id = t.id;
        let line = Line {
            at_ms: t.added_ms,
            what: "found".to_owned(),
            data: [("name".to_owned(), t.name())].into(),
        };
        self.changes.push(Change::Line(id, line));
        self.queue.insert(Live::new(t, true));
        self.dirty.insert(id);
        self.gallery.reordered = true;
        self.arrived(id);
        id
    }

    /// `seen`: what was seen of each file before it came here, since a drive may not answer and this loop never waits for one.
    pub(crate) async fn add(&mut self, mut asks: Vec<Ask>, seen: Vec<Seen>) -> Vec<Added> {
        text::keep_apart(&mut asks);
        let wanted = asks
            .iter()
            .map(|ask| {
                (
                    ask.account.clone(),
                    if ask.again == Again::Send {
                        String::new()
                    } else {
                        paths::to_text(&ask.path).into_owned()
                    },
                )
            })
            .collect();
        let known = self.journal.same_files(wanted).await.unwrap_or_default();
        let mut batch: HashMap<(String, PathBuf), TransferId> = HashMap::new();
        let mut added = Vec::with_capacity(asks.len());
        let mut known = known.into_iter();
        let mut seen = seen.into_iter();
        for ask in asks {
            let candidates = known.next().unwrap_or_default();
            let seen = seen.next().unwrap_or(Seen::Silent);
            let key = (ask.account.clone(), ask.path.clone());
            if let (Some(id), true) = (batch.get(&key), ask.again != Again::Send) {
                added.push(Added::Continues(*id));
                continue;
            }
            let same = same_file(&ask, seen, candidates);
            let (known, twin) = match same {
                Some(same) if ask.again == Again::Continue => {
                    (Some(self.known(&ask, same).await), None)
                }
                twin => (None, twin),
            };
            // Written as they come: all of them at once would be in memory twice.
            if self.dirty.len() >= AT_ONCE {
                self.flush().await;
            }
            added.push(if let Some(known) = known {
                known
            } else {
                let kept = paths::can_be_kept(&ask.path);
                let id = self.take_in(self.fresh(ask));
                batch.insert(key, id);
                if !kept {
                    // The journal cannot name it, so nothing may be built on it.
                    let fault = Fault::of(Code::FileName);
                    self.step(id, Input::Failed(Verb::Inspect, fault));
                }
                if let Some(twin) = twin {
                    self.looks_the_same(id, twin);
                }
                Added::New(id)
            });
        }
        added
    }

    /// A transfer of this very file goes on, or is over.
    async fn known(&mut self, ask: &Ask, same: Transfer) -> Added {
        let id = same.id;
        if same.state.phase == Phase::Settled {
            return Added::Done { id, media_id: same.media };
        }
        self.adopt(id).await;
        if ask.start {
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

    /// A cancelled transfer starts again as a new one in the same place.
    pub(crate) async fn again(&mut self, id: TransferId) -> TransferId {
        let Some(live) = self.queue.live.get(&id) else { return id };
        let old = live.t.clone();
        let mut t = self.fresh(Ask {
            path: old.path,
            account: old.account,
            kind: old.forced_kind.then_some(old.kind),
            about: old.about,
            parent: old.parent,
            wait: old.wait,
            start: true,
            again: Again::Send,
            language: old.language,
        });
        t.position = old.position;
        self.take_out(vec![id]).await;
        self.take_in(t)
    }
}

/// The same file under the same account: the same path, size and modified time. Of a drive that does not answer the path
/// has to do: what is sent is compared with what was planned before every part.
fn same_file(ask: &Ask, seen: Seen, candidates: Vec<Transfer>) -> Option<Transfer> {
    let same = |was: Source| match seen {
        Seen::There(now) => was.size == now.size && was.modified_ms == now.modified_ms,
        Seen::Gone => false,
        Seen::Silent => true,
    };
    if seen == Seen::Gone {
        return None;
    }
    candidates.into_iter().find(|t| {
        ask.kind.is_none_or(|kind| kind == t.kind)
            && t.source.is_none_or(same)
            && (ask.again == Again::Continue || t.same_as.is_none())
    })
}
