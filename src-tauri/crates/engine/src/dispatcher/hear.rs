//! What workers report, turned into inputs of the machine. Starts nothing.

use std::sync::atomic::Ordering::Relaxed;

use crate::config::ms;
use crate::fault::{Class, Code, Fault};
use crate::journal::Change;
use crate::machine::{Command, Health, Input, Verb};
use crate::model::{Kind, Millis, Transfer, TransferId};
use crate::remark::Remark;
use crate::text::{self, Rules};
use crate::view::SameAs;
use crate::work::{End, Fact, Note, Outcome, Report};

use super::Dispatcher;

impl Dispatcher {
    pub(crate) fn hear(&mut self, report: Report) {
        let Report { id, note } = report;
        let Some(live) = self.queue.live.get_mut(&id) else { return };
        match note {
            Note::Stored(part) => {
                self.changes.push(Change::Part(id, part.clone()));
                live.store(part);
                live.untold += 1;
                self.step(id, Input::Stored);
                self.network_is_there();
            }
            Note::Lost(numbers) => {
                for number in &numbers {
                    live.lose(*number);
                }
                self.line(id, "lost", &[("n", numbers.len().to_string())]);
                self.changes.push(Change::DropParts(id, numbers));
            }
            Note::Line(what, data) => self.line(id, what, &data),
            Note::Request(request) => {
                live.t.note_request(request);
                self.dirty.insert(id);
            }
        }
        self.gallery.touched.insert(id);
    }

    pub(crate) fn network_is_there(&mut self) {
        if !self.shared.online.swap(true, Relaxed) {
            self.wake_offline();
        }
    }

    pub(crate) async fn ended(
        &mut self,
        end: Result<(tokio::task::Id, Outcome), tokio::task::JoinError>,
    ) {
        // A worker's last words come before its end.
        while let Ok(report) = self.reports.1.try_recv() {
            self.hear(report);
        }
        let (task, outcome) = match end {
            Ok((task, outcome)) => (task, Some(outcome)),
            Err(error) => (error.id(), None),
        };
        let Some(id) = self.tasks.remove(&task) else { return };
        self.queue.give_back(id);
        let now = self.edge.now_ms();
        let Some(live) = self.queue.live.get_mut(&id) else { return };
        live.halt = None;
        if let Some(since) = live.sending_since.take() {
            live.t.took_ms += ms(since.elapsed());
            live.sampler.stop();
            self.dirty.insert(id);
        }
        let Some(Outcome { verb, end, facts }) = outcome else {
            let verb = live.t.state.running.unwrap_or(Verb::Inspect);
            tracing::error!(transfer = %id, ?verb, "a worker ended without an answer");
            let fault = Fault::of(Code::Unknown).with("code", "worker");
            return self.step(id, Input::Failed(verb, fault));
        };
        let live_t_same = self.apply(id, facts, now).await;
        let Some(live) = self.queue.live.get_mut(&id) else { return };
        // What was asked for and answered is certain now; after a fault an answer may be missing.
        live.doubt = match &end {
            End::Done => !matches!(
                verb,
                Verb::Reserve | Verb::Open | Verb::Inspect | Verb::Send | Verb::Seal
            ),
            End::Landed | End::Pending { .. } | End::Recount | End::Halted | End::Failed(_) => true,
        };
        let input = match end {
            End::Done => Input::Done(verb),
            End::Landed => {
                live.t.landed = true;
                self.line(id, "landed", &[]);
                Input::Landed(verb)
            }
            End::Pending { after_ms } => Input::Pending { until: now + after_ms },
            End::Recount => Input::Recount,
            End::Halted => Input::Halted(verb),
            End::Failed(fault) => {
                if let Some(request) = &fault.request_id {
                    live.t.note_request(request.clone());
                }
                Input::Failed(verb, fault)
            }
        };
        let changed = matches!(&input, Input::Failed(_, fault) if fault.code == Code::FileChanged);
        let reached = matches!(input, Input::Done(_) | Input::Landed(_) | Input::Pending { .. })
            && !matches!(verb, Verb::Inspect);
        self.step(id, input);
        if let Some(same) = live_t_same {
            self.looks_the_same(id, same);
        }
        if reached && self.shared.online.load(Relaxed) {
            self.wake_offline_if_any();
        }
        if changed && self.config.restart_changed {
            self.line(id, "restarted", &[]);
            self.step(id, Input::Command(Command::Restart));
        }
        let hidden =
            self.queue.live.get(&id).is_some_and(|live| live.t.state.is_final() && !live.t.shown);
        if hidden {
            self.flush().await;
            self.leave(id);
        }
    }

    pub(crate) fn wake_offline_if_any(&mut self) {
        let any = self.queue.live.values().any(|live| {
            matches!(&live.t.state.health, Health::Resting { fault: Some(f), .. } if f.code.class() == Class::Offline)
        });
        if any {
            self.wake_offline();
        }
    }

    /// Writes down what became true. Returns the transfer this one turned out to look like.
    pub(crate) async fn apply(
        &mut self,
        id: TransferId,
        facts: Vec<Fact>,
        now: Millis,
    ) -> Option<Transfer> {
        let mut same = None;
        for fact in facts {
            let live = self.queue.live.get_mut(&id)?;
            let t = &mut live.t;
            match fact {
                Fact::Planned { look, method, part_size } => {
                    t.kind = look.kind;
                    t.state.renewable = look.kind.renews();
                    t.source = Some(look.source);
                    t.extension = Some(look.extension);
                    t.remarks.retain(|remark| !remark.code.is_of_content());
                    t.remarks.extend(look.remarks);
                    t.recoded = look.recoded;
                    t.fingerprint = Some(look.fingerprint);
                    t.method = method;
                    t.part_size = part_size;
                    if !t.about.keep_title {
                        let remarks = text::fit_about(Rules::Usual, t.kind, &mut t.about, &t.path);
                        remember(t, remarks);
                    }
                    if t.kind == Kind::Subtitle && t.language.is_none() {
                        t.language = crate::pairing::language(&t.path);
                    }
                    let (account, force, pasted) = (t.account.clone(), t.force, t.pasted);
                    if !force && !pasted {
                        let asked = self.journal.same_content(account, look.fingerprint, id).await;
                        same = asked.unwrap_or_else(|error| {
                            // Sent twice is better than never: what cannot be read now says nothing against it.
                            tracing::warn!(transfer = %id, %error, "look for the same content");
                            None
                        });
                    }
                }
                Fact::Reserved { media, url, place, generation } => {
                    t.media = media;
                    t.url = url;
                    t.place = Some(place);
                    t.generation = generation;
                }
                Fact::Source(source) => t.source = Some(source),
                Fact::Place(place) => t.place = Some(place),
                Fact::Opened(upload) => t.upload = Some(upload),
                Fact::Crc(crc) => t.crc64 = Some(crc),
                Fact::ObjectCrc(crc) => t.object_crc64 = crc,
                Fact::Vod(word) => t.vod = Some((word, now)),
                Fact::OldMedia(old) => t.old_media = old,
                Fact::Remark(remark) => {
                    if !t.remarks.contains(&remark) {
                        t.remarks.push(remark);
                    }
                }
                Fact::Words { about, remarks } => {
                    t.about = *about;
                    remember(t, remarks);
                }
            }
            self.dirty.insert(id);
        }
        same
    }

    pub(crate) fn looks_the_same(&mut self, id: TransferId, other: Transfer) {
        // A child is sent with every video it is dropped with; of an attached file there may be many.
        let Some(live) = self.queue.live.get_mut(&id) else { return };
        if live.t.parent.is_some() || other.parent.is_some() {
            return;
        }
        live.t.same_as = Some(other.id);
        live.same = Some(SameAs::from(&other));
        self.dirty.insert(id);
        self.line(
            id,
            "same",
            &[("id", other.id.to_string()), ("media", other.media.unwrap_or_default())],
        );
        self.queue.refresh(id);
        for child in self.queue.children_of(id) {
            self.queue.refresh(child);
        }
    }
}

/// Each remark once.
fn remember(t: &mut Transfer, remarks: Vec<Remark>) {
    for remark in remarks {
        if !t.remarks.contains(&remark) {
            t.remarks.push(remark);
        }
    }
}
