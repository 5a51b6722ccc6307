//! What the person and the app ask of the queue. Turns wishes into inputs of the machine; starts nothing itself.

mod add;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::config::{Config, Scope};
use crate::dispatcher::{Dispatcher, loaded};
use crate::fault::Fault;
use crate::lease::{Account, Grant};
use crate::machine::{Command, Input};
use crate::model::{About, Ask, Kind, Phase, Transfer, TransferId, Wish};
use crate::pace;
use crate::text::{self, Rules};
use crate::verbs::Client;
use crate::view::Frame;

/// What became of a file that was to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// A new transfer.
    New(TransferId),
    /// The same file is not finished yet: that transfer goes on.
    Continues(TransferId),
    /// The same file has been sent before, and is not sent again.
    Done {
        /// That transfer.
        id: TransferId,
        /// Its media id; none for a pasted pair.
        media_id: Option<String>,
    },
}

impl Added {
    /// The transfer, new or known.
    pub fn id(&self) -> TransferId {
        match self {
            Added::New(id) | Added::Continues(id) | Added::Done { id, .. } => *id,
        }
    }
}

/// What is to change in many transfers at once; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AboutPatch {
    /// See [`About::title`].
    pub title: Option<String>,
    /// See [`About::description`].
    pub description: Option<String>,
    /// See [`About::tags`].
    pub tags: Option<Vec<String>>,
    /// See [`About::category`].
    #[serde(deserialize_with = "given")]
    pub category: Option<Option<i64>>,
    /// See [`About::template_group`].
    #[serde(deserialize_with = "given")]
    pub template_group: Option<Option<String>>,
    /// See [`About::workflow`].
    #[serde(deserialize_with = "given")]
    pub workflow: Option<Option<String>>,
    /// See [`About::storage`].
    #[serde(deserialize_with = "given")]
    pub storage: Option<Option<String>>,
    /// See [`About::app_id`].
    #[serde(deserialize_with = "given")]
    pub app_id: Option<Option<String>>,
    /// See [`About::user_data`].
    #[serde(deserialize_with = "given")]
    pub user_data: Option<Option<String>>,
    /// See [`About::cover_url`].
    #[serde(deserialize_with = "given")]
    pub cover_url: Option<Option<String>>,
}

/// A field that is there but null clears; one that is not there changes nothing.
#[expect(clippy::option_option, reason = "absent, null and a value are three different things")]
fn given<'de, D, T>(from: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de>,
{
    serde::Deserialize::deserialize(from).map(Some)
}

impl AboutPatch {
    fn apply(self, about: &mut About) {
        fn set<T>(field: &mut T, new: Option<T>) {
            if let Some(new) = new {
                *field = new;
            }
        }
        set(&mut about.title, self.title);
        set(&mut about.description, self.description);
        set(&mut about.tags, self.tags);
        set(&mut about.category, self.category);
        set(&mut about.template_group, self.template_group);
        set(&mut about.workflow, self.workflow);
        set(&mut about.storage, self.storage);
        set(&mut about.app_id, self.app_id);
        set(&mut about.user_data, self.user_data);
        set(&mut about.cover_url, self.cover_url);
    }
}

type Reply<T> = oneshot::Sender<T>;

pub(crate) enum Order {
    Add(Vec<(Ask, Vec<TransferId>)>, Reply<Result<Vec<Added>, Fault>>),
    AddPair(Box<(Ask, Grant)>, Reply<TransferId>),
    GivePair(TransferId, Box<Grant>, Reply<Result<(), Fault>>),
    Command(Vec<TransferId>, Command, Reply<Vec<TransferId>>),
    StartOver(TransferId, Option<PathBuf>, Reply<Vec<TransferId>>),
    Remove(Vec<TransferId>, Reply<()>),
    Restore(Vec<TransferId>, Reply<()>),
    Reorder(Vec<TransferId>, Option<TransferId>, Reply<()>),
    Edit(Vec<TransferId>, Box<AboutPatch>, Reply<()>),
    Attach(Vec<TransferId>, Option<TransferId>, Reply<()>),
    SendAnyway(TransferId, Reply<()>),
    Kind(TransferId, Option<Kind>, Reply<()>),
    Locate(TransferId, PathBuf, Reply<()>),
    Account(Box<Account>, Reply<()>),
    DropAccount(String, Reply<()>),
    Configure(Box<Config>, Reply<()>),
    Client(Client, Reply<()>),
    CheckNow(Reply<()>),
    Watch(mpsc::Sender<Frame>, Reply<()>),
    Visible(bool),
    Inspect(Option<TransferId>),
    Get(Vec<TransferId>, Reply<Vec<Transfer>>),
    List(Reply<Vec<Transfer>>),
    Row(TransferId, Reply<Option<Box<crate::view::Row>>>),
    Rows(Reply<Vec<crate::view::Row>>),
    Search(String, Reply<Vec<TransferId>>),
    Describe(Reply<String>),
    Stop(Reply<()>),
}

impl Dispatcher {
    pub(crate) async fn obey(&mut self, order: Order) {
        // A caller that no longer waits for its answer is fine: the order stands all the same.
        match order {
            Order::Add(asks, reply) => {
                let added = self.add(asks).await;
                self.flush().await;
                let _ = reply.send(added);
            }
            Order::AddPair(pair, reply) => {
                let (ask, grant) = *pair;
                let id = self.add_pair(ask, grant);
                self.flush().await;
                let _ = reply.send(id);
            }
            Order::GivePair(id, grant, reply) => {
                let _ = reply.send(self.give_pair(id, *grant));
            }
            Order::Command(ids, command, reply) => {
                let taken = self.command(ids, command).await;
                self.flush().await;
                let _ = reply.send(taken);
            }
            Order::StartOver(id, path, reply) => {
                let mine = self.queue.live.get(&id).is_some_and(|live| live.mine)
                    || (self.scope == Scope::Asked && self.adopt(id).await);
                if let Some(path) = path
                    && let Some(live) = self.queue.live.get_mut(&id).filter(|_| mine)
                {
                    live.t.path = path;
                    self.line(id, "located", &[]);
                }
                let taken = self.command(vec![id], Command::Restart).await;
                self.flush().await;
                let _ = reply.send(taken);
            }
            Order::Remove(ids, reply) => {
                self.take_out(ids).await;
                let _ = reply.send(());
            }
            Order::Restore(ids, reply) => {
                self.bring_back(ids).await;
                let _ = reply.send(());
            }
            Order::Reorder(ids, before, reply) => {
                self.reorder(&ids, before);
                let _ = reply.send(());
            }
            Order::Edit(ids, patch, reply) => {
                self.edit(&ids, &patch);
                let _ = reply.send(());
            }
            Order::Attach(ids, parent, reply) => {
                self.attach(&ids, parent);
                let _ = reply.send(());
            }
            Order::SendAnyway(id, reply) => {
                if let Some(live) = self.queue.live.get_mut(&id) {
                    live.t.same_as = None;
                    live.t.force = true;
                    self.dirty.insert(id);
                    self.line(id, "anyway", &[]);
                    self.hold(id);
                    for child in self.queue.children_of(id) {
                        self.hold(child);
                    }
                }
                let _ = reply.send(());
            }
            Order::Kind(id, kind, reply) => {
                self.say_kind(id, kind);
                let _ = reply.send(());
            }
            Order::Locate(id, path, reply) => {
                if let Some(live) = self.queue.live.get_mut(&id) {
                    live.t.path = path;
                    self.line(id, "located", &[]);
                    self.step(id, Input::Command(Command::Run));
                }
                let _ = reply.send(());
            }
            Order::Account(account, reply) => {
                self.barred.remove(&account.name);
                self.accounts.insert(account.name.clone(), Arc::new(*account));
                self.hold_all();
                let _ = reply.send(());
            }
            Order::DropAccount(name, reply) => {
                self.accounts.remove(&name);
                for live in self.queue.live.values() {
                    if let (true, Some(halt)) = (live.t.account == name, &live.halt) {
                        halt.cancel();
                    }
                }
                self.hold_all();
                let _ = reply.send(());
            }
            Order::Configure(config, reply) => {
                self.configure(*config);
                let _ = reply.send(());
            }
            Order::Client(client, reply) => {
                self.client = client;
                let _ = reply.send(());
            }
            Order::CheckNow(reply) => {
                self.wake_offline();
                let _ = reply.send(());
            }
            Order::Watch(frames, reply) => {
                self.gallery.watch(frames);
                let _ = reply.send(());
            }
            Order::Visible(visible) => self.visible = visible,
            Order::Inspect(id) => self.inspected = id,
            Order::Get(ids, reply) => {
                let some = ids.iter().filter_map(|id| self.queue.live.get(id));
                let _ = reply.send(some.map(|live| live.t.clone()).collect());
            }
            Order::Row(id, reply) => {
                let row = self.row(id, self.edge.now_ms());
                let _ = reply.send(row.map(Box::new));
            }
            Order::List(reply) => {
                let all = self.queue.line.iter().filter_map(|(_, id)| self.queue.live.get(id));
                let _ = reply.send(all.map(|live| live.t.clone()).collect());
            }
            Order::Rows(reply) => {
                let now = self.edge.now_ms();
                let _ = reply.send(self.rows(now));
            }
            Order::Search(text, reply) => {
                let _ = reply.send(self.queue.search(&text));
            }
            Order::Describe(reply) => {
                let _ = reply.send(self.describe());
            }
            Order::Stop(reply) => drop(reply), // heard by the loop itself
        }
    }

    fn configure(&mut self, config: Config) {
        if self.config.parts != config.parts {
            self.shared.parts.resize(pace::permits(config.parts));
        }
        self.config = Arc::new(config);
        self.schedule();
    }

    /// A parent's action covers its children, unless they are named themselves.
    fn with_children(&self, ids: &[TransferId]) -> Vec<TransferId> {
        let mut all = ids.to_vec();
        for id in ids {
            all.extend(
                self.queue.children_of(*id).into_iter().filter(|child| !ids.contains(child)),
            );
        }
        all
    }

    async fn command(&mut self, ids: Vec<TransferId>, command: Command) -> Vec<TransferId> {
        let ids = match command {
            Command::Restart => ids,
            Command::Run | Command::Pause | Command::Cancel | Command::Uncancel => {
                self.with_children(&ids)
            }
        };
        let mut taken = vec![];
        let mut replaced = HashSet::new();
        for id in ids {
            if replaced.contains(&id) {
                continue;
            }
            let mine = self.queue.live.get(&id).is_some_and(|live| live.mine)
                || (self.scope == Scope::Asked && self.adopt(id).await);
            // Another process works on it: what it leaves undone is done here.
            if command == Command::Run && !mine && self.scope == Scope::Asked {
                self.awaited.insert(id);
            }
            let Some(live) = self.queue.live.get_mut(&id).filter(|_| mine) else { continue };
            if live.t.state.phase == Phase::Discarded && command == Command::Restart {
                for (old, new) in self.again(id).await {
                    replaced.insert(old);
                    taken.push(new);
                }
                continue;
            }
            if command == Command::Cancel {
                live.t.sweep = self.config.remove_at_vod;
            }
            let account = live.t.account.clone();
            let before = live.t.state.wish;
            self.step(id, Input::Command(command));
            let what = match command {
                Command::Run => "resumed",
                Command::Pause => "paused",
                Command::Cancel => "cancelled",
                Command::Uncancel => "uncancelled",
                Command::Restart => "restarted",
            };
            let changed = self.queue.live.get(&id).is_some_and(|live| live.t.state.wish != before);
            if changed || matches!(command, Command::Restart | Command::Run) {
                self.line(id, what, &[]);
            }
            // Asking again is acting: the account gets another chance.
            if command == Command::Run && self.barred.remove(&account) {
                self.hold_all();
            }
            taken.push(id);
        }
        taken
    }

    async fn take_out(&mut self, ids: Vec<TransferId>) {
        for id in self.with_children(&ids) {
            let Some(live) = self.queue.live.get(&id) else { continue };
            let (mine, over) = (live.mine, live.t.state.is_final());
            if !mine && !over {
                continue;
            }
            self.queue.show(id, false);
            self.dirty.insert(id);
            self.line(id, "removed", &[]);
            let phase = self.queue.live.get(&id).map(|live| live.t.state.phase);
            if !over && phase < Some(Phase::Sealed) {
                if let Some(live) = self.queue.live.get_mut(&id) {
                    live.t.sweep = self.config.remove_at_vod;
                }
                self.step(id, Input::Command(Command::Cancel));
                // It stays in memory, unseen, until it is cleaned up.
                if let Some(live) = self.queue.live.get_mut(&id) {
                    self.gallery.sums.swap(live.share, crate::frames::Share::default());
                    live.share = crate::frames::Share::default();
                }
                self.gallery.gone.push(id);
                self.gallery.touched.remove(&id);
                continue;
            }
            self.step(id, Input::Command(Command::Pause));
            self.flush().await;
            self.leave(id);
        }
    }

    async fn bring_back(&mut self, ids: Vec<TransferId>) {
        for id in ids {
            if !self.queue.live.contains_key(&id) {
                let Some(mut t) = self.fetch(id).await else { continue };
                t.shown = true;
                if !t.state.is_final() {
                    t.owner = Some(self.me);
                    t.state.wish =
                        if t.state.wish == Wish::Pause { Wish::Run } else { t.state.wish };
                }
                match loaded(&self.journal, t, true).await {
                    Ok(live) => self.queue.insert(live),
                    Err(error) => {
                        tracing::warn!(transfer = %id, %error, "bring a transfer back");
                        continue;
                    }
                }
            }
            self.queue.show(id, true);
            self.dirty.insert(id);
            self.line(id, "restored", &[]);
            self.step(id, Input::Command(Command::Uncancel));
            self.gallery.reordered = true;
            self.arrived(id);
            for child in self.queue.children_of(id) {
                self.queue.show(child, true);
                self.dirty.insert(child);
                self.step(child, Input::Command(Command::Uncancel));
                self.arrived(child);
            }
        }
    }

    /// A transfer of the history as this engine's own; none when it cannot be, which is in the log.
    async fn fetch(&self, id: TransferId) -> Option<Transfer> {
        let claimed = self.journal.claim(Some(vec![id])).await;
        let found = match claimed {
            Ok(ours) if ours.contains(&id) => self.journal.get(id).await,
            Ok(_) => Ok(None), // another process works on it, or it is gone
            Err(error) => Err(error),
        };
        found.unwrap_or_else(|error| {
            tracing::warn!(transfer = %id, %error, "bring a transfer back");
            None
        })
    }

    fn reorder(&mut self, ids: &[TransferId], before: Option<TransferId>) {
        let mut order: Vec<TransferId> =
            self.queue.line.iter().map(|(_, id)| *id).filter(|id| !ids.contains(id)).collect();
        let at = before.and_then(|b| order.iter().position(|id| *id == b)).unwrap_or(order.len());
        let moved: Vec<TransferId> =
            ids.iter().copied().filter(|id| self.queue.live.contains_key(id)).collect();
        order.splice(at..at, moved.iter().copied());
        let slots = i64::try_from(moved.len()).unwrap_or(i64::MAX - 1) + 1;
        // Between its neighbours when there is room; everything anew when there is none.
        let position = |queue: &crate::queue::Queue, id: &TransferId| {
            queue.live.get(id).map_or(0, |l| l.t.position)
        };
        let low = at.checked_sub(1).map_or(0, |i| position(&self.queue, &order[i]));
        let high = order
            .get(at + moved.len())
            .map_or(low + 1_024 * (slots), |id| position(&self.queue, id));
        let gap = (high - low) / (slots);
        if gap > 0 {
            for (n, id) in (1..).zip(&moved) {
                self.queue.reposition(*id, low + gap * n);
                self.dirty.insert(*id);
            }
        } else {
            for (n, id) in (1..).zip(&order) {
                self.queue.reposition(*id, n * 1_024);
                self.dirty.insert(*id);
            }
        }
        self.gallery.reordered = true;
    }

    fn edit(&mut self, ids: &[TransferId], patch: &AboutPatch) {
        for id in ids {
            let Some(live) = self.queue.live.get_mut(id).filter(|live| live.mine) else { continue };
            patch.clone().apply(&mut live.t.about);
            let t = &mut live.t;
            t.remarks.retain(|remark| !remark.code.is_of_words());
            t.remarks.extend(text::fit_about(Rules::Usual, t.kind, &mut t.about, &t.path));
            self.dirty.insert(*id);
            self.gallery.touched.insert(*id);
            self.line(*id, "edited", &[]);
        }
    }

    /// The user says what a file is, or takes it back: it is looked at again as that.
    fn say_kind(&mut self, id: TransferId, kind: Option<Kind>) {
        let Some(live) =
            self.queue.live.get_mut(&id).filter(|live| live.mine && live.t.kind_is_open())
        else {
            return;
        };
        live.t.forced_kind = kind.is_some();
        if let Some(kind) = kind {
            live.t.kind = kind;
            live.t.state.renewable = kind.renews();
        }
        let paused = live.t.state.wish == Wish::Pause;
        self.line(id, "edited", &[]);
        self.step(id, Input::Command(Command::Restart));
        if paused {
            self.step(id, Input::Command(Command::Pause));
        }
        self.gallery.touched.insert(id);
    }

    fn attach(&mut self, ids: &[TransferId], parent: Option<TransferId>) {
        for id in ids {
            // One level deep, and never to itself.
            let possible = parent.is_none_or(|p| {
                p != *id
                    && self
                        .queue
                        .live
                        .get(&p)
                        .is_some_and(|live| live.t.parent.is_none() && live.t.kind.renews())
            }) && self.queue.children_of(*id).is_empty();
            let Some(live) = self.queue.live.get_mut(id).filter(|_| possible) else { continue };
            if let Some(old) = live.t.parent
                && let Some(siblings) = self.queue.children.get_mut(&old)
            {
                siblings.remove(id);
            }
            live.t.parent = parent;
            if let Some(parent) = parent {
                self.queue.children.entry(parent).or_default().insert(*id);
            }
            self.dirty.insert(*id);
            self.gallery.touched.insert(*id);
            self.line(*id, if parent.is_some() { "attached" } else { "detached" }, &[]);
        }
    }
}
