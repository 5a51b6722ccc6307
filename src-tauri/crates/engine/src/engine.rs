//! The door of the crate: every method is a question or an order to the one task behind it. Owns no transfer.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::config::{Config, Edge, Scope};
use crate::dispatcher::{Dispatcher, Parts};
use crate::fault::{Code, Fault};
use crate::file_io::FileIo;
use crate::journal::{HistoryPage, HistoryQuery, Journal, JournalError, Mended};
use crate::lease::{Account, Grant};
use crate::machine::Command;
use crate::model::{Again, Ask, Kind, Line, Part, Phase, Transfer, TransferId};
use crate::orders::{AboutPatch, Added, Order};
use crate::source_identity;
use crate::text;
use crate::verbs::Client;
use crate::view::{Frame, Row};

/// Why an engine could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its journal cannot be used.
    #[error("open the journal")]
    Journal(#[from] JournalError),
}

/// A running engine. Dropping it without [`Engine::stop`] halts it without waiting.
pub struct Engine {
    orders: mpsc::Sender<Order>,
    journal: Arc<Journal>,
    edge: Edge,
    notice: Arc<Mutex<Option<Fault>>>,
    files: Arc<FileIo>,
    task: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Engine {
    /// Opens `folder/journal.db` and goes on with what is unfinished there (once its accounts are set). A journal that
    /// cannot be read is kept as a copy, and what can be saved of it goes on: [`Engine::notice`] tells.
    pub async fn start(
        config: Config,
        folder: &Path,
        client: Client,
        edge: Edge,
        scope: Scope,
    ) -> Result<Self, StartError> {
        let me = (edge.id)();
        let (journal, mended) = Journal::open(folder, me, edge.now_ms())?;
        let journal = Arc::new(journal);
        let notice = Arc::new(Mutex::new(mended.map(|Mended { copy, saved }| {
            Fault::of(Code::DbBroken).with("path", copy.display()).with("n", saved)
        })));
        let (orders, heard) = mpsc::channel(64);
        let files = Arc::new(FileIo::new(config.patience));
        let dispatcher = Dispatcher::new(Parts {
            config,
            edge,
            journal: journal.clone(),
            client,
            scope,
            me,
            notice: notice.clone(),
            files: files.clone(),
            orders: heard,
        })
        .await?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the one spawn: the dispatcher itself, joined by stop"
        )]
        let task = tokio::spawn(dispatcher.run());
        Ok(Self { orders, journal, edge, notice, files, task: Mutex::new(Some(task)) })
    }

    /// None from an engine that has stopped: see [`Engine::is_running`].
    async fn ask<T>(&self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.orders.send(order(reply)).await.ok()?;
        answer.await.ok()
    }

    /// Something the user must know about the journal: `db.broken` with the copy's `path` and how many transfers were saved
    /// (`n`), `db.rows` with how many were set aside (`n`), `db.damaged` when the next start has to mend it, `db.write` and
    /// `disk.full` while nothing can be saved.
    pub fn notice(&self) -> Option<Fault> {
        self.notice.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// An account is there, or has changed: its transfers go on.
    pub async fn set_account(&self, account: Account) {
        self.ask(|reply| Order::Account(Box::new(account), reply)).await;
    }

    /// An account is gone (signed out, or another one by now): its transfers are held, not failed.
    pub async fn drop_account(&self, name: &str) {
        self.ask(|reply| Order::DropAccount(name.to_owned(), reply)).await;
    }

    /// Takes effect at once, also for what is running where that is possible.
    pub async fn configure(&self, config: Config) {
        self.ask(|reply| Order::Configure(Box::new(config), reply)).await;
    }

    /// Another proxy or root certificate: for every verb that starts from now on.
    pub async fn set_client(&self, client: Client) {
        self.ask(|reply| Order::Client(client, reply)).await;
    }

    /// Adds files, in order. The same file, by its content, is never sent twice unless forced. `Err`: the journal cannot be
    /// used, and those that are not in the queue by now do not come into it.
    pub async fn add(&self, asks: Vec<Ask>) -> Result<Vec<Added>, Fault> {
        // Looked at here, where a drive that hangs keeps nobody waiting but who named it.
        let mut asks = asks;
        for ask in &mut asks {
            if let Ok(path) = std::path::absolute(&ask.path) {
                ask.path = path;
            }
        }
        let files: Vec<_> = asks.iter().map(|ask| (ask.path.clone(), ask.seen)).collect();
        for (ask, seen) in asks.iter_mut().zip(self.files.see(&files).await) {
            // Of a drive that does not answer the path has to do.
            if let Some((path, seen)) = seen {
                (ask.path, ask.seen) = (path, seen);
            }
        }
        let lost = || Fault::of(Code::Unknown).with("code", "add");
        text::keep_apart(&mut asks);
        let asks = self.told_apart(asks).await?;
        self.ask(|reply| Order::Add(asks, reply)).await.unwrap_or_else(|| Err(lost()))
    }

    /// With each file the finished transfers that have its fingerprint and other bytes. Only one that lies elsewhere or has
    /// another time is read: that is what it costs not to send it again.
    async fn told_apart(&self, asks: Vec<Ask>) -> Result<Vec<(Ask, Vec<TransferId>)>, Fault> {
        let wanted = |ask: &Ask| {
            let print = ask.seen.filter(|_| ask.again == Again::Continue)?.fingerprint;
            let path = crate::paths::to_text(&ask.path).into_owned();
            Some((ask.account.clone(), print, path, ask.parent))
        };
        let (places, wanted): (Vec<usize>, Vec<_>) =
            asks.iter().enumerate().filter_map(|(n, ask)| Some((n, wanted(ask)?))).unzip();
        let mut out: Vec<(Ask, Vec<TransferId>)> =
            asks.into_iter().map(|ask| (ask, vec![])).collect();
        if wanted.is_empty() {
            return Ok(out);
        }
        let same = self.journal.same(wanted).await.map_err(|error| {
            tracing::error!(%error, "nothing is added");
            Fault::of(Code::DbBroken).with("path", self.journal.file().display())
        })?;
        for (place, candidates) in places.into_iter().zip(same) {
            let (ask, other) = &mut out[place];
            let Some(seen) = ask.seen else { continue };
            for one in candidates {
                let (Phase::Settled, Some(crc), Some(was)) =
                    (one.state.phase, one.crc64, one.source)
                else {
                    continue;
                };
                if one.path == ask.path && was.modified_ms == seen.source.modified_ms {
                    break;
                }
                let path = ask.path.clone();
                let (size, recoded) = (one.size(), one.recoded);
                let proof = move |alive: &dyn Fn()| {
                    source_identity::has_crc64((&path, recoded.as_ref()), size, crc, alive)
                };
                if self.files.scan(&ask.path, proof).await.unwrap_or(false) {
                    break;
                }
                other.push(one.id);
            }
        }
        Ok(out)
    }

    /// Adds a file with a pasted credential.
    pub async fn add_pair(&self, ask: Ask, grant: Grant) -> Option<TransferId> {
        self.ask(|reply| Order::AddPair(Box::new((ask, grant)), reply)).await
    }

    /// Brings a new pair to a transfer whose pasted one is over. `cred.mismatch` when it is for another file.
    pub async fn give_pair(&self, id: TransferId, grant: Grant) -> Result<(), Fault> {
        self.ask(|reply| Order::GivePair(id, Box::new(grant), reply))
            .await
            .unwrap_or_else(|| Err(Fault::of(Code::Unknown)))
    }

    /// Asks something of transfers and their children; returns those it reached (not those of another process).
    pub async fn command(&self, ids: &[TransferId], command: Command) -> Vec<TransferId> {
        self.ask(|reply| Order::Command(ids.to_vec(), command, reply)).await.unwrap_or_default()
    }

    /// A transfer from the beginning, with the file that lies there now or elsewhere. Returns what it has become: itself, or
    /// those that are in its place; nothing when another process works on it.
    pub async fn start_over(&self, id: TransferId, path: Option<PathBuf>) -> Vec<TransferId> {
        self.ask(|reply| Order::StartOver(id, path, reply)).await.unwrap_or_default()
    }

    /// Takes a cancel back, until its cleaning up has started.
    pub async fn uncancel(&self, ids: &[TransferId]) {
        self.command(ids, Command::Uncancel).await;
    }

    /// Takes transfers out of the list; what is not finished is cancelled.
    pub async fn remove(&self, ids: &[TransferId]) {
        self.ask(|reply| Order::Remove(ids.to_vec(), reply)).await;
    }

    /// Takes a removal back.
    pub async fn restore(&self, ids: &[TransferId]) {
        self.ask(|reply| Order::Restore(ids.to_vec(), reply)).await;
    }

    /// Moves transfers before another one, or to the end.
    pub async fn reorder(&self, ids: &[TransferId], before: Option<TransferId>) {
        self.ask(|reply| Order::Reorder(ids.to_vec(), before, reply)).await;
    }

    /// Moves transfers to the front.
    pub async fn next(&self, ids: &[TransferId]) {
        let first = self.transfers(None).await.iter().map(|t| t.id).find(|id| !ids.contains(id));
        self.reorder(ids, first).await;
    }

    /// Changes title and the rest; what VOD already knows is not changed there.
    pub async fn edit(&self, ids: &[TransferId], patch: AboutPatch) {
        self.ask(|reply| Order::Edit(ids.to_vec(), Box::new(patch), reply)).await;
    }

    /// Gives transfers to a video, or makes them independent.
    pub async fn attach(&self, ids: &[TransferId], parent: Option<TransferId>) {
        self.ask(|reply| Order::Attach(ids.to_vec(), parent, reply)).await;
    }

    /// The user says what a file is, or leaves it to its content again; nothing happens once VOD has been asked.
    pub async fn set_kind(&self, id: TransferId, kind: Option<Kind>) {
        self.ask(|reply| Order::Kind(id, kind, reply)).await;
    }

    /// Sends a file although it looks the same as another one, or unfinished.
    pub async fn send_anyway(&self, id: TransferId) {
        self.ask(|reply| Order::SendAnyway(id, reply)).await;
    }

    /// The file has moved there.
    pub async fn locate(&self, id: TransferId, path: PathBuf) {
        self.ask(|reply| Order::Locate(id, path, reply)).await;
    }

    /// Tries the network again now.
    pub async fn check_now(&self) {
        self.ask(Order::CheckNow).await;
    }

    /// A stream of frames, the first a snapshot. A watcher that falls behind gets another snapshot.
    pub async fn watch(&self) -> mpsc::Receiver<Frame> {
        let (frames, receiver) = mpsc::channel(64);
        self.ask(|reply| Order::Watch(frames, reply)).await;
        receiver
    }

    /// Somebody looks: frames come at the pace of the eye, otherwise once a second.
    pub async fn visible(&self, visible: bool) {
        // An engine that has stopped shows nothing.
        let _ = self.orders.send(Order::Visible(visible)).await;
    }

    /// One transfer is looked at closely: frames come faster.
    pub async fn inspect(&self, id: Option<TransferId>) {
        // As above.
        let _ = self.orders.send(Order::Inspect(id)).await;
    }

    /// All facts of a transfer, also of one that is only history.
    pub async fn transfer(&self, id: TransferId) -> Result<Option<Transfer>, JournalError> {
        match self.some(&[id]).await.pop() {
            Some(transfer) => Ok(Some(transfer)),
            None => self.journal.get(id).await,
        }
    }

    /// Those of these that are in the queue, in the order they were asked for.
    pub async fn some(&self, ids: &[TransferId]) -> Vec<Transfer> {
        self.ask(|reply| Order::Get(ids.to_vec(), reply)).await.unwrap_or_default()
    }

    /// What is in the queue, in order; of one account or of all.
    pub async fn transfers(&self, account: Option<&str>) -> Vec<Transfer> {
        let mut all = self.ask(Order::List).await.unwrap_or_default();
        all.retain(|t| account.is_none_or(|account| t.account == account));
        all
    }

    /// The rows as they stand now, in order.
    pub async fn rows(&self) -> Vec<Row> {
        self.ask(Order::Rows).await.unwrap_or_default()
    }

    /// One row as it stands now; none when it is not in the list.
    pub async fn row(&self, id: TransferId) -> Option<Row> {
        self.ask(|reply| Order::Row(id, reply)).await.flatten().map(|row| *row)
    }

    /// Which transfers of the queue hold this text in title, file name or media id, in order.
    pub async fn search(&self, text: &str) -> Vec<TransferId> {
        self.ask(|reply| Order::Search(text.to_owned(), reply)).await.unwrap_or_default()
    }

    /// What each transfer waits for, in the engine's own words: for whoever looks for a fault. Holds no secret.
    pub async fn describe(&self) -> String {
        self.ask(Order::Describe).await.unwrap_or_default()
    }

    /// The stored parts of a transfer, in order; none once it has ended.
    pub async fn parts(&self, id: TransferId) -> Result<Vec<Part>, JournalError> {
        self.journal.parts(id).await
    }

    /// The timeline of a transfer, oldest first.
    pub async fn timeline(&self, id: TransferId) -> Result<Vec<Line>, JournalError> {
        self.journal.timeline(id).await
    }

    /// A page of what has ended.
    pub async fn history(&self, query: HistoryQuery) -> Result<HistoryPage, JournalError> {
        self.journal.history(query, self.edge.now_ms()).await
    }

    /// False once it has stopped, or its one task has failed: then it answers with nothing.
    pub fn is_running(&self) -> bool {
        !self.orders.is_closed()
    }

    /// Halts everything, waits up to 5 s for short requests, records, lets go of the queue.
    pub async fn stop(&self) {
        self.ask(Order::Stop).await;
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the engine did not come to its end");
        }
    }

    /// Ends everything in the middle of whatever it does, as a crash would: nothing is said, nothing is recorded.
    pub async fn kill(self) {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            task.abort();
            // Aborted is what it was asked to be.
            let _ = task.await;
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }
}
