//! The loop: hear, step, record, act. Owns all transfers and every worker; decides only who may run now.
//! Long because it is the one struct that owns it all: what it does with it lies in the modules below.

mod act;
mod hear;
mod others;
mod show;
mod slots;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::config::{Config, Edge, Scope, ms};
use crate::fault::{Code, Fault};
use crate::file_io::FileIo;
use crate::frames::Gallery;
use crate::journal::{Change, Journal, JournalError};
use crate::lease::Account;
use crate::machine::{self, Effect, Health, Input, Verb, Weather};
use crate::model::{Line, Millis, Phase, Transfer, TransferId, Wish};
use crate::orders::Order;
use crate::pace;
use crate::queue::{Live, Queue};
use crate::verbs::{self, Client};
use crate::view::SameAs;
use crate::work::{Outcome, Report, Shared};

/// Short verbs at a time.
const LIGHT: usize = 4;
/// How long `stop` waits for what was told to halt. Most of it ends at once.
const STOP_WAIT: Duration = Duration::from_millis(200);
/// How long `stop` waits for the answer to a request that makes an id: unheard, it would be left at VOD.
const STOP_ID: Duration = Duration::from_secs(2);
/// How often other processes and the schedule are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// When nothing had to be taken out of the history, how long until it is looked at again.
const PRUNE: Duration = Duration::from_hours(1);

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
    /// Asked for while another process works on them: ours as soon as it lets go of them.
    pub awaited: HashSet<TransferId>,
    pub notice: Arc<std::sync::Mutex<Option<Fault>>>,
    orders: mpsc::Receiver<Order>,
    reports: (mpsc::Sender<Report>, mpsc::Receiver<Report>),
    running: JoinSet<Outcome>,
    pub tasks: HashMap<tokio::task::Id, TransferId>,
    alarms: BinaryHeap<Reverse<(Instant, Millis, TransferId)>>,
    pub changes: Vec<Change>,
    /// What the journal did not take, older than everything in `changes` and `dirty`.
    unwritten: Vec<Change>,
    /// Among what is to be written is something that a power cut must not take back.
    lasting: bool,
    pub dirty: HashSet<TransferId>,
    effects: Vec<(TransferId, Effect)>,
    /// The journal cannot be written: nothing starts until it can.
    pub frozen: bool,
    version: i64,
    looked: Instant,
    /// The history is looked at then.
    prune_at: Instant,
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
    pub files: Arc<FileIo>,
    pub orders: mpsc::Receiver<Order>,
}

impl Dispatcher {
    /// Loads the queue and takes over what nobody works on.
    pub(crate) async fn new(parts: Parts) -> Result<Self, JournalError> {
        let Parts { config, edge, journal, client, scope, me, notice, files, orders } = parts;
        let claimed = match scope {
            Scope::All => journal.claim(None).await,
            Scope::Asked => Ok(vec![]),
        };
        // Without room nothing can be taken over yet, but what there is can be shown.
        let frozen = matches!(claimed, Err(JournalError::Full));
        let mine: HashSet<TransferId> =
            if frozen { HashSet::new() } else { claimed?.into_iter().collect() };
        let mut queue = Queue::default();
        for mut t in journal.load().await? {
            let id = t.id;
            let ours = mine.contains(&id) || (scope == Scope::All && t.state.is_final());
            t.owner = mine.contains(&id).then_some(me).or(t.owner);
            queue.insert(loaded(&journal, t, ours).await?);
        }
        let shared = Shared::new(pace::permits(config.parts), files);
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
            awaited: HashSet::new(),
            notice,
            orders,
            reports: mpsc::channel(256),
            running: JoinSet::new(),
            tasks: HashMap::new(),
            alarms: BinaryHeap::new(),
            changes: vec![],
            unwritten: vec![],
            lasting: false,
            dirty: HashSet::new(),
            effects: vec![],
            frozen,
            version,
            looked: Instant::now(),
            prune_at: Instant::now(),
            scheduled_out: false,
            zone: TimeZone::system(),
        };
        for id in this.queue.live.keys().copied().collect::<Vec<_>>() {
            this.arrived(id);
        }
        this.tell_unreadable();
        if frozen {
            this.tell_frozen(Code::DiskFull);
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
                Event::Tick => self.tick(),
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
                    self.effects.push((id, effect));
                }
            }
        }
        match (&before.health, before.wish, live.t.state.wish) {
            (Health::Stuck(fault), Wish::Run | Wish::Pause, Wish::Cancel) => {
                live.t.failed = Some(fault.clone());
            }
            (_, Wish::Cancel, Wish::Run | Wish::Pause) => live.t.failed = None,
            (Health::Well | Health::Resting { .. } | Health::Stuck(_), ..) => {}
        }
        let state = live.t.state.clone();
        // What makes the cloud remember must not be forgotten here: that it was asked for an id, which one it gave, and
        // what the person wants. Everything after that the cloud itself can tell.
        let asks = self.effects.last() == Some(&(id, Effect::Start(Verb::Reserve)));
        self.lasting |= asks
            || state.wish != before.wish
            || (state.phase == Phase::Reserved && before.phase < Phase::Reserved);
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
        if phase_changed && state.is_final() {
            // Those that look the same say when it ended.
            let same = self.queue.live.values().filter(|live| live.t.same_as == Some(id));
            self.gallery.touched.extend(same.map(|live| live.t.id));
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
            self.tell_unreadable();
            if self.frozen {
                self.flush().await;
                // It began without room: whether there is some by now, only taking over tells.
                if self.frozen && self.unwritten.is_empty() {
                    self.look_around().await;
                }
            } else if self.gallery.is_watched() {
                self.look_around().await;
            }
            if !self.frozen && now >= self.prune_at && !self.prune().await {
                self.prune_at = now + PRUNE;
            }
        }
    }

    async fn stop(&mut self) {
        for live in self.queue.live.values() {
            if let Some(halt) = &live.halt {
                halt.cancel();
            }
        }
        let makes_id = self.queue.live.values().any(|live| {
            let account = self.accounts.get(&live.t.account).map(|account| &**account);
            let running = live.t.state.running;
            running.is_some_and(|verb| !verbs::repeatable(verb, &live.t, account))
        });
        let deadline = tokio::time::Instant::now() + if makes_id { STOP_ID } else { STOP_WAIT };
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
        // A command line is over before the history's turn comes.
        if self.scope == Scope::Asked && !self.frozen {
            self.prune().await;
        }
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

/// A transfer from the journal, with its parts where they matter and what it looks the same as.
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
    if let Some(other) = live.t.same_as {
        live.same = journal.get(other).await?.as_ref().map(SameAs::from);
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
                | Code::AuthSetup
                | Code::AuthEndpoint
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
        // Another one may be waiting to be deleted already.
        t.old_media = Some(match t.old_media.take() {
            Some(older) => format!("{older},{media}"),
            None => media,
        });
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
        t.recoded = None;
        t.took_ms = 0;
    }
}
