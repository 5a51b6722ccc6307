//! The loop: hear, step, record, act. Owns all transfers and every worker; decides only who may run now.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::config::{Config, Edge, Scope, ms};
use crate::fault::{Class, Code, Fault};
use crate::frames::{self, Gallery};
use crate::journal::{Change, Journal, JournalError};
use crate::lease::Account;
use crate::machine::{self, Command, Effect, Health, Input, Verb, Weather};
use crate::meter::Tap;
use crate::model::{Kind, Line, Method, Millis, Phase, Transfer, TransferId, Wish};
use crate::orders::Order;
use crate::queue::{INSPECT, Live, OTHER, Queue, RESERVE, SEND, Slot};
use crate::verbs::{self, Client};
use crate::view::{Hold, Row, SameAs};
use crate::work::{AUTOMATIC_PARTS, End, Fact, Note, Outcome, Parent, Report, Shared, Work};

/// Short verbs at a time.
const LIGHT: usize = 4;
/// How long `stop` waits for short verbs to finish.
const STOP_WAIT: Duration = Duration::from_secs(5);
/// How often other processes and the schedule are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The one task that owns all transfers.
pub(crate) struct Dispatcher {
    pub config: Arc<Config>,
    pub edge: Edge,
    pub journal: Arc<Journal>,
    pub client: Client,
    pub scope: Scope,
    pub me: Uuid,
    pub queue: Queue,
    pub accounts: HashMap<String, Arc<Account>>,
    /// Accounts that were refused: their other transfers wait until the person acts.
    pub barred: HashSet<String>,
    pub shared: Arc<Shared>,
    pub gallery: Gallery,
    pub visible: bool,
    pub inspected: Option<TransferId>,
    pub notice: Arc<std::sync::Mutex<Option<Fault>>>,
    orders: mpsc::Receiver<Order>,
    reports: (mpsc::Sender<Report>, mpsc::Receiver<Report>),
    running: JoinSet<Outcome>,
    errands: JoinSet<()>,
    tasks: HashMap<tokio::task::Id, TransferId>,
    alarms: BinaryHeap<Reverse<(Instant, Millis, TransferId)>>,
    pub changes: Vec<Change>,
    pub dirty: HashSet<TransferId>,
    effects: Vec<(TransferId, Effect)>,
    /// The journal cannot be written: nothing starts until it can.
    frozen: bool,
    version: i64,
    looked: Instant,
    scheduled_out: bool,
    zone: TimeZone,
}

/// What the loop heard.
enum Event {
    Order(Option<Order>),
    Report(Report),
    Alarm,
    Ended(Result<(tokio::task::Id, Outcome), tokio::task::JoinError>),
    Tick,
}

pub(crate) struct Parts {
    pub config: Config,
    pub edge: Edge,
    pub journal: Arc<Journal>,
    pub client: Client,
    pub scope: Scope,
    pub me: Uuid,
    pub notice: Arc<std::sync::Mutex<Option<Fault>>>,
    pub orders: mpsc::Receiver<Order>,
}

impl Dispatcher {
    /// Loads the queue and takes over what nobody works on.
    pub(crate) async fn new(parts: Parts) -> Result<Self, JournalError> {
        let Parts { config, edge, journal, client, scope, me, notice, orders } = parts;
        let mine: HashSet<TransferId> = match scope {
            Scope::All => journal.claim(None).await?.into_iter().collect(),
            Scope::Asked => HashSet::new(),
        };
        let mut queue = Queue::default();
        for mut t in journal.load().await? {
            let id = t.id;
            let ours = mine.contains(&id) || (scope == Scope::All && t.state.is_final());
            t.owner = mine.contains(&id).then_some(me).or(t.owner);
            queue.insert(loaded(&journal, t, ours).await?);
        }
        let permits = if config.parts == 0 { AUTOMATIC_PARTS } else { config.parts };
        let shared = Shared {
            parts: Semaphore::new(permits),
            tap: Tap::new(None),
            online: AtomicBool::new(true),
            reached: AtomicBool::new(false),
            ping: AtomicU32::new(0),
        };
        let version = journal.version().await?;
        let mut this = Self {
            config: Arc::new(config),
            edge,
            journal,
            client,
            scope,
            me,
            queue,
            accounts: HashMap::new(),
            barred: HashSet::new(),
            shared: Arc::new(shared),
            gallery: Gallery::default(),
            visible: true,
            inspected: None,
            notice,
            orders,
            reports: mpsc::channel(256),
            running: JoinSet::new(),
            errands: JoinSet::new(),
            tasks: HashMap::new(),
            alarms: BinaryHeap::new(),
            changes: vec![],
            dirty: HashSet::new(),
            effects: vec![],
            frozen: false,
            version,
            looked: Instant::now(),
            scheduled_out: false,
            zone: TimeZone::system(),
        };
        for id in this.queue.live.keys().copied().collect::<Vec<_>>() {
            this.arrived(id);
        }
        Ok(this)
    }

    /// Runs until it is told to stop.
    pub(crate) async fn run(mut self) {
        let mut tick = tokio::time::interval(self.config.tick);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut period = self.config.tick;
        self.schedule();
        loop {
            let wanted = match (self.visible, self.inspected) {
                (false, _) => LOOK.max(self.config.tick),
                (true, Some(_)) => self.config.tick.min(Duration::from_millis(100)),
                (true, None) => self.config.tick,
            };
            if wanted != period {
                period = wanted;
                tick = tokio::time::interval(period);
                tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
            }
            let alarm = self.alarms.peek().map(|Reverse((at, _, _))| *at);
            let watched = self.gallery.is_watched();
            let event = tokio::select! {
                order = self.orders.recv() => Event::Order(order),
                Some(report) = self.reports.1.recv() => Event::Report(report),
                () = until(alarm) => Event::Alarm,
                Some(end) = self.running.join_next_with_id() => Event::Ended(end),
                _ = tick.tick(), if watched => Event::Tick,
                _ = look.tick() => Event::Alarm,
            };
            match event {
                Event::Order(Some(Order::Stop(done))) => {
                    self.stop().await;
                    // Nobody waiting for the end is fine.
                    let _ = done.send(());
                    return;
                }
                Event::Order(Some(order)) => self.obey(order).await,
                Event::Order(None) => return self.stop().await,
                Event::Report(report) => {
                    self.hear(report);
                    // What is queued becomes one transaction.
                    for _ in 0..255 {
                        match self.reports.1.try_recv() {
                            Ok(report) => self.hear(report),
                            Err(_) => break,
                        }
                    }
                }
                Event::Alarm => self.alarm().await,
                Event::Ended(end) => self.ended(end).await,
                Event::Tick => self.tick().await,
            }
            self.flush().await;
            self.grant();
            self.flush().await;
        }
    }

    fn weather(&self, now: Millis) -> Weather {
        let rest = self.config.rest;
        Weather {
            now,
            base: ms(rest.base),
            cap: ms(rest.cap),
            attempts: rest.attempts,
            grace: ms(self.config.grace),
            chance: rand::random::<f64>(),
        }
    }

    /// A transfer has just come into memory.
    pub(crate) fn arrived(&mut self, id: TransferId) {
        self.hold(id);
        if let Some(live) = self.queue.live.get(&id)
            && live.mine
            && let Some(grace) = live.t.state.grace
        {
            self.wake_at(id, grace);
        }
        self.gallery.touched.insert(id);
    }

    /// Why a transfer that wants to run may not, apart from its own health.
    pub(crate) fn hold(&mut self, id: TransferId) {
        let Some(live) = self.queue.live.get_mut(&id) else { return };
        let account = &live.t.account;
        let absent = !live.t.pasted
            && (!self.accounts.contains_key(account) || self.barred.contains(account));
        // The file itself needs nobody's account.
        live.hold = (absent && live.t.state.phase > Phase::Found && !live.t.state.is_final())
            .then_some(Hold::Account);
        self.queue.refresh(id);
        self.gallery.touched.insert(id);
    }

    pub(crate) fn line(&mut self, id: TransferId, what: &str, data: &[(&str, String)]) {
        let at_ms = self.edge.now_ms();
        if let Some(live) = self.queue.live.get_mut(&id)
            && live.untold > 0
        {
            // One line for all parts since the last: ten thousand of them would drown what matters.
            let data = [
                ("n".to_owned(), std::mem::take(&mut live.untold).to_string()),
                ("done".to_owned(), live.parts.len().to_string()),
                (
                    "of".to_owned(),
                    crate::plan::part_count(live.t.size(), live.t.part_size).to_string(),
                ),
            ];
            self.changes.push(Change::Line(
                id,
                Line { at_ms, what: "stored".to_owned(), data: data.into() },
            ));
        }
        let data = data.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        self.changes.push(Change::Line(id, Line { at_ms, what: what.to_owned(), data }));
    }

    /// A small task of the dispatcher's own, joined with the rest.
    pub(crate) fn later(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.errands.spawn(task);
    }

    /// The only caller of the machine.
    pub(crate) fn step(&mut self, id: TransferId, input: Input) {
        self.step_at(id, input, self.edge.now_ms());
    }

    fn step_at(&mut self, id: TransferId, input: Input, now: Millis) {
        let weather = self.weather(now);
        let Some(live) = self.queue.live.get_mut(&id) else { return };
        let quiet = matches!(input, Input::Stored | Input::Halted(_) | Input::Pending { .. })
            || (matches!(input, Input::Granted) && live.t.state.next() != Some(Verb::Reserve));
        let before = live.t.state.clone();
        let mut out = vec![];
        machine::step(&mut live.t.state, input, &weather, &mut out);
        let mut lines: Vec<(&str, Vec<(&str, String)>)> = vec![];
        for effect in out {
            match effect {
                Effect::Forget(phase) => {
                    forget(live, phase, &before, &mut self.changes);
                    lines.push(("forgotten", vec![("phase", phase.as_str().to_owned())]));
                }
                Effect::ForgetPass => live.lease.forget(),
                Effect::Start(Verb::Reserve) => {
                    live.asked_before = live.t.asked;
                    live.t.asked = true;
                    self.effects.push((id, effect));
                }
                Effect::Start(_) | Effect::Halt | Effect::WakeAt(_) => {
                    self.effects.push((id, effect))
                }
            }
        }
        let state = live.t.state.clone();
        if state.phase != before.phase {
            live.t.since_ms = now;
            if state.is_final() {
                live.t.ended_ms = Some(now);
                live.t.owner = None;
                live.lease.forget();
                live.lose_all();
                self.changes.push(Change::DropAllParts(id));
            }
            let facts = match state.phase {
                Phase::Planned => vec![
                    ("size", live.t.size().to_string()),
                    ("parts", crate::plan::part_count(live.t.size(), live.t.part_size).to_string()),
                    ("kind", live.t.kind.as_str().to_owned()),
                ],
                Phase::Reserved => vec![("media", live.t.media.clone().unwrap_or_default())],
                Phase::Verified => {
                    vec![("crc64", live.t.crc64.map(|c| c.to_string()).unwrap_or_default())]
                }
                Phase::Settled => {
                    vec![("status", live.t.vod.clone().map(|v| v.0).unwrap_or_default())]
                }
                Phase::Found | Phase::Opened | Phase::Sent | Phase::Sealed | Phase::Discarded => {
                    vec![]
                }
            };
            // A fall was told as `forgotten` already.
            if state.phase > before.phase {
                lines.push((state.phase.as_str(), facts));
            }
        }
        match &state.health {
            Health::Resting { fault: Some(fault), until } if before.health != state.health => lines
                .push((
                    "rest",
                    vec![
                        ("code", fault.code.as_str().to_owned()),
                        ("ms", until.saturating_sub(now).to_string()),
                    ],
                )),
            Health::Stuck(fault) if before.health != state.health => {
                lines.push(("stuck", vec![("code", fault.code.as_str().to_owned())]));
            }
            Health::Well | Health::Resting { .. } | Health::Stuck(_) => {}
        }
        if !quiet {
            self.dirty.insert(id);
        }
        let (phase_changed, barred) = (state.phase != before.phase, bars(&state.health));
        let account = live.t.account.clone();
        for (what, data) in lines {
            self.line(id, what, &data);
        }
        self.hold(id);
        if barred
            && before.health == Health::Well
            && !self.queue.live[&id].t.pasted
            && self.barred.insert(account)
        {
            self.hold_all();
        }
        if phase_changed {
            for child in self.queue.children_of(id) {
                self.wake(child, |health| matches!(health, Health::Resting { fault: None, .. }));
            }
        }
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

    fn wake_at(&mut self, id: TransferId, until: Millis) {
        // Alarms run on the monotonic clock: a wall clock set back by an hour must not make a rest an hour longer.
        let wait = Duration::from_millis(until.saturating_sub(self.edge.now_ms()));
        self.alarms.push(Reverse((Instant::now() + wait, until, id)));
    }

    async fn alarm(&mut self) {
        let now = Instant::now();
        while let Some(Reverse((at, until, id))) = self.alarms.peek().copied() {
            if at > now {
                break;
            }
            self.alarms.pop();
            self.step_at(id, Input::Due, until.max(self.edge.now_ms()));
        }
        if now.duration_since(self.looked) >= LOOK {
            self.looked = now;
            self.schedule();
            if self.frozen {
                self.flush().await;
            } else if self.gallery.is_watched() {
                self.look_around().await;
            }
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
            for live in self.queue.live.values_mut() {
                if let (Some(Slot::Parts | Slot::Put), Some(halt), true) =
                    (live.slot, &live.halt, out)
                {
                    halt.cancel();
                }
                if live.t.state.next() == Some(Verb::Send) || live.slot.is_some() {
                    live.hold = out.then_some(Hold::Schedule);
                    self.gallery.touched.insert(live.t.id);
                }
            }
        }
    }

    /// Another process may have written: take over what it left, show what it changed.
    async fn look_around(&mut self) {
        let Ok(version) = self.journal.version().await else { return };
        let foreign = self.queue.live.values().any(|live| !live.mine && !live.t.state.is_final());
        if version == self.version && !foreign {
            return;
        }
        self.version = version;
        let claimed: HashSet<TransferId> = match self.scope {
            Scope::All => self.journal.claim(None).await.unwrap_or_default().into_iter().collect(),
            Scope::Asked => HashSet::new(),
        };
        let Ok(all) = self.journal.load().await else { return };
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
            if let Ok(live) = loaded(&self.journal, t, ours).await {
                self.gallery.reordered = true;
                self.queue.insert(live);
                self.arrived(id);
            }
        }
    }

    /// Takes a transfer out of memory without telling that it is gone.
    fn forget_row(&mut self, id: TransferId) {
        if let Some(live) = self.queue.live.get(&id) {
            self.gallery.sums.swap(live.share, frames::Share::default());
            self.gallery.moved += live.meter.moved();
        }
        self.queue.remove(id);
    }

    /// Takes a transfer out of the list.
    pub(crate) fn leave(&mut self, id: TransferId) {
        self.forget_row(id);
        self.gallery.touched.remove(&id);
        self.gallery.gone.push(id);
    }

    fn hear(&mut self, report: Report) {
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
                let ids = &mut live.t.request_ids;
                ids.push(request);
                if ids.len() > 20 {
                    ids.remove(0);
                }
                self.dirty.insert(id);
            }
        }
        self.gallery.touched.insert(id);
    }

    fn network_is_there(&mut self) {
        if !self.shared.online.swap(true, Relaxed) {
            self.wake_offline();
        }
    }

    async fn ended(&mut self, end: Result<(tokio::task::Id, Outcome), tokio::task::JoinError>) {
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
            live.t.took_ms += now.saturating_sub(since);
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
                    live.t.request_ids.push(request.clone());
                }
                Input::Failed(verb, fault)
            }
        };
        let changed = matches!(&input, Input::Failed(_, fault) if fault.code == Code::FileChanged);
        let reached = matches!(input, Input::Done(_) | Input::Landed(_) | Input::Pending { .. })
            && !matches!(verb, Verb::Inspect);
        if let Input::Pending { until } = input {
            self.wake_at(id, until);
        }
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

    fn wake_offline_if_any(&mut self) {
        let any = self.queue.live.values().any(|live| {
            matches!(&live.t.state.health, Health::Resting { fault: Some(f), .. } if f.code.class() == Class::Offline)
        });
        if any {
            self.wake_offline();
        }
    }

    /// Writes down what became true. Returns the transfer this one turned out to look like.
    async fn apply(&mut self, id: TransferId, facts: Vec<Fact>, now: Millis) -> Option<Transfer> {
        let mut same = None;
        for fact in facts {
            let Some(live) = self.queue.live.get_mut(&id) else { return None };
            let t = &mut live.t;
            match fact {
                Fact::Planned { look, method, part_size } => {
                    t.kind = look.kind;
                    t.state.renewable = look.kind.renews();
                    t.source = Some(look.source);
                    t.extension = Some(look.extension);
                    t.fingerprint = Some(look.fingerprint);
                    t.method = method;
                    t.part_size = part_size;
                    t.about.title = crate::plan::clean_title(&t.about.title, &t.path);
                    if t.kind == Kind::Subtitle && t.language.is_none() {
                        t.language = crate::bundle::language(&t.path);
                    }
                    let (account, force, pasted) = (t.account.clone(), t.force, t.pasted);
                    if !force && !pasted {
                        same = self
                            .journal
                            .same_content(account, look.fingerprint, id)
                            .await
                            .ok()
                            .flatten();
                    }
                }
                Fact::Reserved { media, url, place, generation } => {
                    t.media = media;
                    t.url = url;
                    t.place = Some(place);
                    t.generation = generation;
                }
                Fact::Place(place) => t.place = Some(place),
                Fact::Opened(upload) => t.upload = Some(upload),
                Fact::Crc(crc) => t.crc64 = Some(crc),
                Fact::ObjectCrc(crc) => t.object_crc64 = crc,
                Fact::Vod(word) => t.vod = Some((word, now)),
                Fact::OldMedia(old) => t.old_media = old,
            }
            self.dirty.insert(id);
        }
        same
    }

    fn looks_the_same(&mut self, id: TransferId, other: Transfer) {
        // A child is sent with every video it is dropped with; two rows of the same path were told apart at `add`.
        let Some(live) = self.queue.live.get_mut(&id) else { return };
        if live.t.parent.is_some() || other.parent.is_some() {
            return;
        }
        live.t.same_as = Some(other.id);
        self.dirty.insert(id);
        self.line(
            id,
            "same",
            &[("id", other.id.to_string()), ("media", other.media.unwrap_or_default())],
        );
        self.queue.refresh(id);
    }

    /// Record, then act: nothing is started before its state is in the journal.
    pub(crate) async fn flush(&mut self) {
        while !self.dirty.is_empty() || !self.changes.is_empty() || !self.effects.is_empty() {
            let mut all: Vec<Change> = vec![];
            for id in std::mem::take(&mut self.dirty) {
                if let Some(live) = self.queue.live.get_mut(&id) {
                    if live.mine && !live.t.state.is_final() {
                        live.t.owner = Some(self.me);
                    }
                    all.push(Change::Transfer(Box::new(live.t.clone())));
                }
            }
            all.append(&mut self.changes);
            if let Err(error) = self.journal.record(all.clone()).await {
                self.freeze(all, &error);
                return;
            }
            if self.frozen {
                self.frozen = false;
                *self.notice.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
            }
            for (id, effect) in std::mem::take(&mut self.effects) {
                self.act(id, effect);
            }
        }
    }

    /// The only fatal error: without a journal nothing may go on. What could not be written is kept and tried again.
    fn freeze(&mut self, unwritten: Vec<Change>, error: &JournalError) {
        self.changes = unwritten;
        if self.frozen {
            return;
        }
        self.frozen = true;
        tracing::error!(%error, "the journal cannot be written; everything is halted");
        let code =
            if matches!(error, JournalError::Full) { Code::DiskFull } else { Code::DbBroken };
        *self.notice.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
            Some(Fault::of(code).with("path", self.journal.file().display()));
        for live in self.queue.live.values() {
            if let Some(halt) = &live.halt {
                halt.cancel();
            }
        }
    }

    fn act(&mut self, id: TransferId, effect: Effect) {
        match effect {
            Effect::Start(verb) => self.start(id, verb),
            Effect::Halt => {
                if let Some(halt) = self.queue.live.get(&id).and_then(|live| live.halt.as_ref()) {
                    halt.cancel();
                }
            }
            Effect::WakeAt(until) => self.wake_at(id, until),
            Effect::Forget(_) | Effect::ForgetPass => {} // done when the step was taken
        }
    }

    fn start(&mut self, id: TransferId, verb: Verb) {
        let parent = self.parent_of(id);
        let Some(live) = self.queue.live.get_mut(&id) else { return };
        let halt = CancellationToken::new();
        live.halt = Some(halt.clone());
        if verb == Verb::Send {
            live.sending_since = Some(self.edge.now_ms());
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
        };
        tracing::debug!(transfer = %id, ?verb, "start");
        let task = self.running.spawn(verbs::run(work, verb));
        self.tasks.insert(task.id(), id);
    }

    fn parent_of(&self, id: TransferId) -> Parent {
        let Some(parent) = self.queue.live.get(&id).and_then(|live| live.t.parent) else {
            return Parent::None;
        };
        match self.queue.live.get(&parent).map(|live| &live.t) {
            None => Parent::None,
            Some(t) if t.state.phase == Phase::Discarded || t.state.wish == Wish::Cancel => {
                Parent::None
            }
            // VOD allows nothing but deleting while it waits for the file (protocol/vod.md 4.3).
            Some(t) => match (&t.media, &t.vod) {
                (Some(media), Some((word, _))) if word != "Uploading" => {
                    Parent::There(media.clone())
                }
                _ if t.state.phase == Phase::Settled => Parent::None,
                _ => Parent::Coming,
            },
        }
    }

    /// Walks the lines in order and gives slots to whoever is ready.
    fn grant(&mut self) {
        if self.frozen {
            return;
        }
        while self.queue.light < LIGHT {
            // Cleaning up and finishing come before beginning.
            let next = self.queue.ready[OTHER]
                .first()
                .or_else(|| self.reservable())
                .or_else(|| self.queue.ready[INSPECT].first());
            let Some((_, id)) = next.copied() else { break };
            self.begin(id);
        }
        if self.scheduled_out {
            return;
        }
        let (sending, puts) =
            (self.config.sending.max(1), self.config.sending.max(AUTOMATIC_PARTS));
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
    fn reservable(&self) -> Option<&(i64, TransferId)> {
        let ahead = self.queue.ahead + self.queue.light;
        (ahead < self.config.sending * 2 + 2 && !self.scheduled_out)
            .then(|| self.queue.ready[RESERVE].first())
            .flatten()
    }

    fn begin(&mut self, id: TransferId) {
        let Some(verb) = self.queue.live.get(&id).and_then(|live| live.t.state.next()) else {
            return self.queue.refresh(id);
        };
        self.queue.take(id, verb);
        self.step(id, Input::Granted);
    }

    async fn tick(&mut self) {
        let now = self.edge.now_ms();
        self.places();
        let mut moved = self.gallery.moved;
        for live in self.queue.live.values_mut() {
            let level = live.meter.moved();
            moved += level;
            if live.sending_since.is_some() {
                live.sampler.note(now, level);
                self.gallery.touched.insert(live.t.id);
            } else if matches!(live.t.state.health, Health::Resting { fault: Some(_), .. }) {
                // Its countdown is part of the row.
                self.gallery.touched.insert(live.t.id);
            }
        }
        if self.queue.parts + self.queue.puts > 0 {
            self.gallery.sampler.note(now, moved);
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
        let totals = self.gallery.totals(online, ping, !online, now);
        self.gallery.drop_closed();
        let all = if self.gallery.someone_is_behind() { self.rows(now) } else { vec![] };
        self.gallery.tell(&changed, &totals, &self.queue, &all);
    }

    /// The first in line know their place; the rest merely wait.
    fn places(&mut self) {
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

    fn row(&mut self, id: TransferId, now: Millis) -> Option<Row> {
        let same = self.same_as(id);
        let live = self.queue.live.get_mut(&id)?;
        let row = frames::row(live, same, &self.config.rest, now);
        let share = frames::share(&row, live.t.shown);
        self.gallery.sums.swap(live.share, share);
        live.share = share;
        live.t.shown.then_some(row)
    }

    fn same_as(&self, id: TransferId) -> Option<SameAs> {
        let other = self.queue.live.get(&id)?.t.same_as?;
        let known = self.queue.live.get(&other).map(|live| &live.t);
        Some(SameAs {
            id: other,
            title: known.map(|t| t.about.title.clone()).unwrap_or_default(),
            ended_ms: known.and_then(|t| t.ended_ms),
        })
    }

    /// Every row that is shown, in order.
    pub(crate) fn rows(&mut self, now: Millis) -> Vec<Row> {
        let ids: Vec<TransferId> = self.queue.line.iter().map(|(_, id)| *id).collect();
        ids.into_iter()
            .filter_map(|id| {
                let same = self.same_as(id);
                let live = self.queue.live.get_mut(&id)?;
                Some(frames::row(live, same, &self.config.rest, now))
            })
            .collect()
    }

    async fn stop(&mut self) {
        for live in self.queue.live.values() {
            if let Some(halt) = &live.halt {
                halt.cancel();
            }
        }
        let deadline = tokio::time::Instant::now() + STOP_WAIT;
        while !self.running.is_empty() {
            let end = tokio::select! {
                Some(report) = self.reports.1.recv() => {
                    self.hear(report);
                    continue;
                }
                end = self.running.join_next_with_id() => end,
                () = tokio::time::sleep_until(deadline) => None,
            };
            match end {
                Some(end) => self.ended(end).await,
                None => break,
            }
        }
        self.running.shutdown().await;
        self.effects.clear();
        self.flush().await;
        if let Err(error) = self.journal.release().await {
            tracing::warn!(%error, "could not let go of the queue");
        }
    }
}

async fn until(alarm: Option<Instant>) {
    match alarm {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// A transfer from the journal, with its parts where they matter.
pub(crate) async fn loaded(
    journal: &Journal,
    t: Transfer,
    mine: bool,
) -> Result<Live, JournalError> {
    let id = t.id;
    let with_parts = matches!(t.state.phase, Phase::Opened | Phase::Sent | Phase::Sealed);
    let mut live = Live::new(t, mine);
    if with_parts {
        for part in journal.parts(id).await? {
            live.store(part);
        }
    }
    Ok(live)
}

/// Faults that every other transfer of the account would meet too.
fn bars(health: &Health) -> bool {
    match health {
        Health::Stuck(fault) => matches!(
            fault.code,
            Code::AuthKey
                | Code::AuthSign
                | Code::AuthSts
                | Code::AuthClosed
                | Code::AuthDebt
                | Code::AuthClock
                | Code::SrvAuth
        ),
        Health::Well | Health::Resting { .. } => false,
    }
}

/// Forgets every fact beyond `phase`.
fn forget(live: &mut Live, phase: Phase, before: &machine::State, changes: &mut Vec<Change>) {
    let t = &mut live.t;
    let id = t.id;
    if phase >= Phase::Opened {
        return; // the parts are counted again, not forgotten
    }
    t.upload = None;
    t.crc64 = None;
    t.object_crc64 = None;
    t.landed = false;
    live.stored = 0;
    live.parts.clear();
    live.doubt = true;
    changes.push(Change::DropAllParts(id));
    if phase >= Phase::Reserved {
        return;
    }
    if t.kind.renews() {
        // After a loss the reference belongs to a video that is gone. When the person starts over it still finds the
        // one that waits for its file.
        if phase == Phase::Planned && before.phase > Phase::Planned {
            t.generation += 1;
            t.asked = false;
        }
        t.media = None;
    } else if let Some(media) = t.media.take() {
        t.old_media = Some(media);
    }
    t.url = None;
    t.vod = None;
    if !t.pasted {
        t.place = None;
    }
    if phase == Phase::Found {
        t.source = None;
        t.part_size = 0;
        t.fingerprint = None;
        t.same_as = None;
        t.took_ms = 0;
    }
}
