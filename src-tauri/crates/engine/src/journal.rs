//! What survives: SQLite on one thread. Opens, records, loads. Decides nothing.

mod history;

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};
use tokio::sync::oneshot;
use uuid::Uuid;

pub use history::{HistoryPage, HistoryQuery};

use crate::model::{Line, Millis, Part, Transfer, TransferId};
use crate::rows;

/// The steps from an empty file to today's schema, in order. A released one is never edited; the number of steps taken is
/// the file's `user_version`.
const STEPS: &[&str] = &[
    include_str!("schema.sql"),
    "ALTER TABLE transfer ADD COLUMN remarks TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(remarks));",
];

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A newer Vodlift wrote it.
    #[error("journal of a newer version")]
    Newer,
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
    jobs: mpsc::Sender<Job>,
    folder: PathBuf,
    me: Uuid,
    _lock: File,
}

impl Journal {
    /// Opens or makes `journal.db` in `folder` for the engine `me`. A file that cannot be read is kept as a copy, whose
    /// path is returned, and an empty one is opened.
    pub fn open(
        folder: &Path,
        me: Uuid,
        now: Millis,
    ) -> Result<(Self, Option<PathBuf>), JournalError> {
        std::fs::create_dir_all(folder)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(lock_path(folder, me))?;
        lock.try_lock().map_err(|error| match error {
            std::fs::TryLockError::Error(error) => error,
            std::fs::TryLockError::WouldBlock => std::io::ErrorKind::WouldBlock.into(),
        })?;
        let file = folder.join("journal.db");
        let (connection, copy) = match connect(&file, Sharing::Others) {
            Ok(connection) => (connection, None),
            Err(JournalError::Sql(error)) if is_broken(&error) => {
                tracing::error!(%error, "the journal cannot be read; a copy is kept");
                let copy = set_aside(&file, now)?;
                (connect(&file, Sharing::Others)?, Some(copy))
            }
            // What is shared with other processes takes up room that is not there: it is opened to be looked at.
            Err(error) if lacks_room(&error) => (connect(&file, Sharing::Nobody)?, None),
            Err(error) => return Err(error),
        };
        let (jobs, queue) = mpsc::channel::<Job>();
        std::thread::Builder::new().name("journal".to_owned()).spawn(move || {
            let mut connection = connection;
            while let Ok(job) = queue.recv() {
                job(&mut connection);
            }
        })?;
        Ok((Self { jobs, folder: folder.to_owned(), me, _lock: lock }, copy))
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, JournalError> {
        let (answer, wait) = oneshot::channel();
        self.jobs
            .send(Box::new(move |connection| {
                // Nobody waiting any more is not an error: the work is done all the same.
                let _ = answer.send(work(connection));
            }))
            .map_err(|_| JournalError::Closed)?;
        Ok(wait.await.map_err(|_| JournalError::Closed)??)
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
        self.ask(all).await.unwrap_or_else(|error| Err(Unwritten { changes: vec![], error }))
    }

    /// Everything that belongs to the queue: what is shown, and what is not at its end yet.
    pub async fn load(&self) -> Result<Vec<Transfer>, JournalError> {
        self.ask(|connection| {
            connection
                .prepare_cached(
                    "SELECT * FROM transfer WHERE shown = 1 OR (wish = 'cancel' AND ended_ms IS NULL)
                     ORDER BY position, id",
                )?
                .query_map([], rows::read)?
                .collect()
        })
        .await
    }

    /// One transfer, wherever it is.
    pub async fn get(&self, id: TransferId) -> Result<Option<Transfer>, JournalError> {
        self.ask(move |connection| {
            connection
                .prepare_cached("SELECT * FROM transfer WHERE id = ?1")?
                .query_row([id.0.to_string()], rows::read)
                .optional()
        })
        .await
    }

    /// The stored parts of one transfer, in order.
    pub async fn parts(&self, id: TransferId) -> Result<Vec<Part>, JournalError> {
        self.ask(move |connection| {
            connection
                .prepare_cached("SELECT * FROM part WHERE transfer = ?1 ORDER BY number")?
                .query_map([id.0.to_string()], rows::read_part)?
                .collect()
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
                        data: data
                            .and_then(|text| serde_json::from_str(&text).ok())
                            .unwrap_or_default(),
                    })
                })?
                .collect()
        })
        .await
    }

    /// For each account and path: its transfers that were not discarded, newest first.
    pub async fn same_files(
        &self,
        wanted: Vec<(String, String)>,
    ) -> Result<Vec<Vec<Transfer>>, JournalError> {
        self.ask(move |connection| {
            let mut find = connection.prepare_cached(
                "SELECT * FROM transfer WHERE path = ?1 AND account = ?2 AND phase <> 'discarded'
                   AND wish <> 'cancel' AND (shown = 1 OR phase = 'settled') ORDER BY id DESC LIMIT 20",
            )?;
            wanted
                .iter()
                .map(|(account, path)| find.query_map(params![path, account], rows::read)?.collect())
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
        self.ask(move |connection| {
            connection
                .prepare_cached(
                    "SELECT * FROM transfer WHERE fingerprint = ?1 AND account = ?2 AND id <> ?3 AND same_as IS NULL
                       AND phase <> 'discarded' AND wish <> 'cancel' AND (shown = 1 OR phase = 'settled')
                     ORDER BY phase = 'settled' DESC, id DESC LIMIT 1",
                )?
                .query_row(
                    params![fingerprint.to_string(), account, not.0.to_string()],
                    rows::read,
                )
                .optional()
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
                .prepare("SELECT DISTINCT owner FROM transfer WHERE owner IS NOT NULL AND ended_ms IS NULL")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            for owner in owners.iter().filter_map(|text| text.parse::<Uuid>().ok()) {
                if owner != me && is_dead(&folder, owner) {
                    transaction.execute(
                        "UPDATE transfer SET owner = NULL WHERE owner = ?1",
                        [owner.to_string()],
                    )?;
                }
            }
            let mut mine = vec![];
            {
                let wanted: Vec<String> = match ids {
                    Some(ids) => ids.iter().map(|id| id.0.to_string()).collect(),
                    None => transaction
                        .prepare("SELECT id FROM transfer WHERE owner IS NULL AND ended_ms IS NULL AND (shown = 1 OR wish = 'cancel')")?
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
        self.folder.join("journal.db")
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
    fn drop(&mut self) {
        // The lock ends with the file; the empty file is only litter.
        let _ = std::fs::remove_file(lock_path(&self.folder, self.me));
    }
}

fn lock_path(folder: &Path, engine: Uuid) -> PathBuf {
    folder.join(format!("engine-{engine}.lock"))
}

/// An engine holds its lock file while it lives, so one that can be locked (or is gone) belongs to nobody.
fn is_dead(folder: &Path, engine: Uuid) -> bool {
    let path = lock_path(folder, engine);
    match OpenOptions::new().write(true).open(&path) {
        Ok(file) => {
            let dead = file.try_lock().is_ok();
            if dead {
                let _ = std::fs::remove_file(path);
            }
            dead
        }
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// With whom an open journal is shared.
#[derive(Clone, Copy)]
enum Sharing {
    /// Other processes.
    Others,
    /// Nobody: then SQLite needs no file for what they would share.
    Nobody,
}

fn connect(file: &Path, sharing: Sharing) -> Result<Connection, JournalError> {
    let mut connection = Connection::open(file)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    if let Sharing::Nobody = sharing {
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -512)?; // KiB: one writer of small rows needs no more
    let fine: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if fine != "ok" {
        return Err(JournalError::Sql(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
            Some(fine),
        )));
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let taken = usize::try_from(version).unwrap_or(usize::MAX);
    let steps = STEPS.get(taken..).ok_or(JournalError::Newer)?;
    if !steps.is_empty() {
        steps.iter().try_for_each(|step| transaction.execute_batch(step))?;
        transaction.execute_batch(&format!("PRAGMA user_version = {}", STEPS.len()))?;
    }
    if version > 0 {
        // Every row must be readable before anything is built on it: one that is not would fail each start.
        transaction
            .prepare("SELECT * FROM transfer")?
            .query_map([], rows::read)?
            .try_for_each(|row| row.map(drop))?;
    }
    transaction.commit()?;
    Ok(connection)
}

fn lacks_room(error: &JournalError) -> bool {
    match error {
        JournalError::Full => true,
        JournalError::Sql(error) => error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure),
        JournalError::Newer | JournalError::Io(_) | JournalError::Closed => false,
    }
}

fn is_broken(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(code) => {
            matches!(
                code,
                ErrorCode::DatabaseCorrupt
                    | ErrorCode::NotADatabase
                    | ErrorCode::Unknown
                    | ErrorCode::TypeMismatch
            ) || error.sqlite_error().is_some_and(|error| {
                // Its end is missing.
                error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHORT_READ
            })
        }
        None => true, // a row we wrote but cannot read
    }
}

fn set_aside(file: &Path, now: Millis) -> std::io::Result<PathBuf> {
    let copy = file.with_file_name(format!("journal-broken-{now}.db"));
    std::fs::rename(file, &copy)?;
    for tail in ["-wal", "-shm"] {
        let side = |base: &Path| {
            let mut name = base.as_os_str().to_owned();
            name.push(tail);
            PathBuf::from(name)
        };
        if side(file).exists() {
            std::fs::rename(side(file), side(&copy))?;
        }
    }
    Ok(copy)
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
