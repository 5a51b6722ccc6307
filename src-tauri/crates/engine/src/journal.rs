//! What survives: SQLite on one thread. Records, loads, finds. Decides nothing.

mod adding;
mod history;
mod locks;
mod migrations;
mod open;
mod prune;
mod quarantine;
mod salvage;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, mpsc};

use rusqlite::{Connection, ErrorCode, TransactionBehavior, params};
use tokio::sync::oneshot;
use uuid::Uuid;

pub(crate) use adding::{Entered, New};
pub use history::{HistoryPage, HistoryQuery};
pub use salvage::Mended;

use crate::model::{Line, Millis, Part, Transfer, TransferId};
use crate::rows;

/// Those that are not at their end, and belong to the queue.
const UNFINISHED: &str =
    "INDEXED BY unfinished WHERE ended_ms IS NULL AND (shown = 1 OR wish = 'cancel')";

/// Those at their end that nobody took out of the list, the newest: of more than this the history tells.
const LISTED: &str = "INDEXED BY listed WHERE shown = 1 AND ended_ms IS NOT NULL ORDER BY ended_ms DESC, id DESC LIMIT 2000";

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A newer Vodlift wrote it.
    #[error("journal of a newer version")]
    Newer,
    /// It has to be mended or brought up to date, and another process works with it.
    #[error("mend or update the journal: another process works with it")]
    Busy,
    /// No room on the disk.
    #[error("write the journal: disk is full")]
    Full,
    /// SQLite refuses.
    #[error("use the journal")]
    Sql(#[source] rusqlite::Error),
    /// The file system refuses.
    #[error("open the journal's folder")]
    Io(#[from] std::io::Error),
    /// Its thread has ended.
    #[error("the journal is closed")]
    Closed,
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        if error.sqlite_error_code() == Some(ErrorCode::DiskFull) {
            JournalError::Full
        } else {
            JournalError::Sql(error)
        }
    }
}

/// Changes that were not written, and why.
#[derive(Debug, thiserror::Error)]
#[error("write {} changes", changes.len())]
pub struct Unwritten {
    /// All that was to be written; nothing, if the journal is closed.
    pub changes: Vec<Change>,
    /// Why.
    #[source]
    pub error: JournalError,
}

/// One thing to write. All changes of one call are one transaction.
#[derive(Clone, Debug)]
pub enum Change {
    /// The whole row.
    Transfer(Box<Transfer>),
    /// A stored part.
    Part(TransferId, Part),
    /// These parts are not there after all.
    DropParts(TransferId, Vec<u32>),
    /// No part is there any more.
    DropAllParts(TransferId),
    /// A line of the timeline.
    Line(TransferId, Line),
}

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The open journal. Dropping it ends its thread after what is queued is written.
pub struct Journal {
    /// None once it is being dropped.
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<std::thread::JoinHandle<()>>,
    folder: PathBuf,
    me: Uuid,
    quarantine: Arc<quarantine::Quarantine>,
    damaged: Arc<AtomicBool>,
}

impl Journal {
    /// Opens or makes `journal.db` in `folder` for the engine `me`. A file that SQLite cannot read is kept as a copy and what
    /// can be read of it goes on, which is told; while another engine works with it that is refused.
    pub fn open(
        folder: &Path,
        me: Uuid,
        now: Millis,
    ) -> Result<(Self, Option<Mended>), JournalError> {
        let open::Opened { connection, lock, mended } = open::open(folder, me, now)?;
        let (jobs, queue) = mpsc::channel::<Job>();
        let held = locks::path(folder, me);
        let thread = std::thread::Builder::new().name("journal".to_owned()).spawn(move || {
            let mut connection = connection;
            while let Ok(job) = queue.recv() {
                job(&mut connection);
            }
            // The engine counts as alive until its last change is written.
            drop(connection);
            drop(lock);
            locks::remove(&held);
        })?;
        let quarantine =
            quarantine::Quarantine { folder: folder.to_owned(), me, count: AtomicU32::new(0) };
        let journal = Self {
            jobs: Some(jobs),
            thread: Some(thread),
            folder: folder.to_owned(),
            me,
            quarantine: Arc::new(quarantine),
            damaged: Arc::default(),
        };
        Ok((journal, mended))
    }

    /// How many transfers were set aside since it was opened, because nothing can read them.
    pub fn set_aside(&self) -> u32 {
        self.quarantine.count.load(Relaxed)
    }

    /// SQLite met damage in the file: the next start mends it.
    pub fn is_damaged(&self) -> bool {
        self.damaged.load(Relaxed)
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, JournalError> {
        let (answer, wait) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or(JournalError::Closed)?;
        jobs.send(Box::new(move |connection| {
            // Nobody waiting any more is not an error: the work is done all the same.
            let _ = answer.send(work(connection));
        }))
        .map_err(|_| JournalError::Closed)?;
        let answer = wait.await.map_err(|_| JournalError::Closed)?;
        answer.map_err(|error| self.noted(error.into()))
    }

    /// Damage that is met is mended by the next start, which has to know of it.
    fn noted(&self, error: JournalError) -> JournalError {
        if error.is_damage() && !self.damaged.swap(true, Relaxed) {
            tracing::error!(%error, "the journal is damaged");
            open::note_damage(&self.folder);
        }
        error
    }

    /// Writes all changes or none, and gives them back if it was none. `lasting`: not even a power cut takes them back;
    /// others may be lost with the last seconds before one, and are found out again from the cloud.
    pub async fn record(&self, changes: Vec<Change>, lasting: bool) -> Result<(), Unwritten> {
        if changes.is_empty() {
            return Ok(());
        }
        let all = move |connection: &mut Connection| {
            let mut write_all = || {
                let wait = if lasting { "FULL" } else { "NORMAL" };
                connection.pragma_update(None, "synchronous", wait)?;
                let transaction =
                    connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                changes.iter().try_for_each(|change| write(&transaction, change))?;
                transaction.commit()
            };
            let written = write_all();
            Ok(written.map_err(|error| Unwritten { changes, error: error.into() }))
        };
        let written = self.ask(all).await;
        written
            .unwrap_or_else(|error| Err(Unwritten { changes: vec![], error }))
            .map_err(|Unwritten { changes, error }| Unwritten { changes, error: self.noted(error) })
    }

    /// Everything that belongs to the queue: what is not at its end, and the newest of what is still listed.
    pub async fn load(&self) -> Result<Vec<Transfer>, JournalError> {
        let quarantine = self.quarantine.clone();
        self.ask(move |connection| {
            let mut queue = quarantine.transfers(connection, UNFINISHED, [])?;
            queue.extend(quarantine.transfers(connection, LISTED, [])?);
            queue.sort_by_key(|transfer| (transfer.position, transfer.id));
            Ok(queue)
        })
        .await
    }

    /// One transfer, wherever it is.
    pub async fn get(&self, id: TransferId) -> Result<Option<Transfer>, JournalError> {
        let quarantine = self.quarantine.clone();
        self.ask(move |connection| {
            Ok(quarantine.transfers(connection, "WHERE id = ?1", [id.0.to_string()])?.pop())
        })
        .await
    }

    /// The stored parts of one transfer, in order. One that cannot be read is as good as never stored: storage is asked
    /// before anything is built on it.
    pub async fn parts(&self, id: TransferId) -> Result<Vec<Part>, JournalError> {
        self.ask(move |connection| {
            let mut select = connection
                .prepare_cached("SELECT * FROM part WHERE transfer = ?1 ORDER BY number")?;
            let mut found = select.query([id.0.to_string()])?;
            let mut parts = vec![];
            while let Some(row) = found.next()? {
                match rows::read_part(row) {
                    Err(error) if quarantine::is_of_the_row(&error) => {
                        tracing::warn!(transfer = %id, %error, "a part cannot be read");
                    }
                    part => parts.push(part?),
                }
            }
            Ok(parts)
        })
        .await
    }

    /// The timeline of one transfer, oldest first.
    pub async fn timeline(&self, id: TransferId) -> Result<Vec<Line>, JournalError> {
        self.ask(move |connection| {
            connection
                .prepare_cached(
                    "SELECT at_ms, what, data FROM line WHERE transfer = ?1 ORDER BY seq",
                )?
                .query_map([id.0.to_string()], |row| {
                    let data: Option<String> = row.get(2)?;
                    Ok(Line {
                        at_ms: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
                        what: row.get(1)?,
                        // The sentence of a line without its facts still says what happened.
                        data: data
                            .and_then(|text| serde_json::from_str(&text).ok())
                            .unwrap_or_default(),
                    })
                })?
                .collect()
        })
        .await
    }

    /// Another transfer of the same content under the same account: finished ones first.
    pub async fn same_content(
        &self,
        account: String,
        fingerprint: u64,
        not: TransferId,
    ) -> Result<Option<Transfer>, JournalError> {
        let quarantine = self.quarantine.clone();
        self.ask(move |connection| {
            let rest = "WHERE fingerprint = ?1 AND account = ?2 AND id <> ?3 AND same_as IS NULL
                AND phase <> 'discarded' AND wish <> 'cancel' AND (shown = 1 OR phase = 'settled')
                ORDER BY phase = 'settled' DESC, id DESC LIMIT 1";
            let wanted = [fingerprint.to_string(), account, not.0.to_string()];
            Ok(quarantine.transfers(connection, rest, wanted)?.pop())
        })
        .await
    }

    /// Makes `ids` (or, when none are named, every transfer of the queue that nobody works on) this engine's own.
    /// Those of an engine that died are taken over. Returns which are ours now.
    pub async fn claim(
        &self,
        ids: Option<Vec<TransferId>>,
    ) -> Result<Vec<TransferId>, JournalError> {
        let (folder, me) = (self.folder.clone(), self.me);
        self.ask(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let owners: Vec<String> = transaction
                .prepare("SELECT DISTINCT owner FROM transfer INDEXED BY owned WHERE owner IS NOT NULL")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            for owner in owners {
                // No engine has a name that is no UUID.
                let engine = owner.parse::<Uuid>();
                if engine.map_or(true, |engine| engine != me && locks::is_dead(&folder, engine)) {
                    transaction
                        .execute("UPDATE transfer SET owner = NULL WHERE owner = ?1", [owner])?;
                }
            }
            let mut mine = vec![];
            {
                let wanted: Vec<String> = match ids {
                    Some(ids) => ids.iter().map(|id| id.0.to_string()).collect(),
                    None => transaction
                        .prepare(&format!("SELECT id FROM transfer {UNFINISHED} AND owner IS NULL"))?
                        .query_map([], |row| row.get(0))?
                        .collect::<rusqlite::Result<_>>()?,
                };
                let mut take = transaction.prepare(
                    "UPDATE transfer SET owner = ?1 WHERE id = ?2 AND (owner IS NULL OR owner = ?1)",
                )?;
                for id in wanted {
                    if take.execute(params![me.to_string(), id])? == 1
                        && let Ok(id) = id.parse()
                    {
                        mine.push(TransferId(id));
                    }
                }
            }
            transaction.commit()?;
            Ok(mine)
        })
        .await
    }

    /// The journal's file.
    pub fn file(&self) -> PathBuf {
        open::file(&self.folder)
    }

    /// Lets go of everything this engine worked on.
    pub async fn release(&self) -> Result<(), JournalError> {
        let me = self.me.to_string();
        self.ask(move |connection| {
            connection.execute("UPDATE transfer SET owner = NULL WHERE owner = ?1", [me])?;
            Ok(())
        })
        .await
    }

    /// A number that changes when another process wrote.
    pub async fn version(&self) -> Result<i64, JournalError> {
        self.ask(|connection| connection.query_row("PRAGMA data_version", [], |row| row.get(0)))
            .await
    }
}

impl Drop for Journal {
    /// Waits for what is queued: whoever opens the journal next finds it written, and this engine gone.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's thread has panicked");
        }
    }
}

fn write(connection: &Connection, change: &Change) -> rusqlite::Result<()> {
    match change {
        Change::Transfer(transfer) => {
            rows::write(&mut *connection.prepare_cached(rows::UPSERT)?, transfer)?;
        }
        Change::Part(id, part) => {
            connection
                .prepare_cached("INSERT OR REPLACE INTO part VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
                .execute(params![
                    id.0.to_string(),
                    part.number,
                    i64::try_from(part.offset).unwrap_or(i64::MAX),
                    i64::try_from(part.length).unwrap_or(i64::MAX),
                    part.etag,
                    part.crc64.to_string()
                ])?;
        }
        Change::DropParts(id, numbers) => {
            let mut drop = connection
                .prepare_cached("DELETE FROM part WHERE transfer = ?1 AND number = ?2")?;
            for number in numbers {
                drop.execute(params![id.0.to_string(), number])?;
            }
        }
        Change::DropAllParts(id) => {
            connection
                .prepare_cached("DELETE FROM part WHERE transfer = ?1")?
                .execute([id.0.to_string()])?;
        }
        Change::Line(id, line) => {
            // Texts by text always become JSON.
            let data =
                if line.data.is_empty() { None } else { serde_json::to_string(&line.data).ok() };
            connection
                .prepare_cached(
                    "INSERT INTO line (transfer, at_ms, what, data) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![
                    id.0.to_string(),
                    i64::try_from(line.at_ms).unwrap_or(i64::MAX),
                    line.what,
                    data
                ])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
