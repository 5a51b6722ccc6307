//! Opens the file: one process at a time, private to its owner, brought up to date, and mended when SQLite says that it is
//! damaged and nobody else works with it. Reads the queue only: what has ended is found when it is asked for.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, ffi};
use uuid::Uuid;

use super::migrations::{STEPS, migrate, taken};
use super::salvage::{self, Mended};
use super::{JournalError, locks};
use crate::model::Millis;
use crate::private;

/// The journal's file in a folder.
pub(super) fn file(folder: &Path) -> PathBuf {
    folder.join("journal.db")
}

/// Says to the next start that SQLite met damage: then the whole file is checked.
fn mark(folder: &Path) -> PathBuf {
    folder.join("journal-damaged")
}

/// What an open journal consists of.
pub(super) struct Opened {
    pub connection: Connection,
    pub lock: File,
    pub mended: Option<Mended>,
}

pub(super) fn open(folder: &Path, me: Uuid, now: Millis) -> Result<Opened, JournalError> {
    private::folder(folder)?;
    let _turn = locks::turn(folder)?;
    let lock = locks::hold(folder, me)?;
    let others = locks::others(folder, me)?;
    let file = file(folder);
    salvage::finish(&file, now)?;
    for path in salvage::beside(&file).iter().chain([&file]) {
        private::file(path);
    }
    let opened = look(&file, others, mark(folder).exists());
    let (connection, mended) = match opened {
        Ok(connection) => (connection, None),
        Err(error) if error.is_damage() && others => {
            tracing::error!(%error, "the journal is damaged, and another process works with it");
            return Err(JournalError::Busy);
        }
        Err(error) if error.is_damage() => {
            tracing::error!(%error, "the journal is damaged; a copy is kept");
            let mended = salvage::mend(&file, now)?;
            tracing::warn!(copy = %mended.copy.display(), saved = mended.saved, "the journal is mended");
            (connect(&file, Sharing::Others)?, Some(mended))
        }
        // What is shared with other processes takes up room that is not there: it is opened to be looked at.
        Err(error) if error.lacks_room() => (connect(&file, Sharing::Nobody)?, None),
        Err(error) => return Err(error),
    };
    unmark(folder);
    Ok(Opened { connection, lock, mended })
}

/// Opens the file as it is. `marked`: damage was met before.
fn look(file: &Path, others: bool, marked: bool) -> Result<Connection, JournalError> {
    if others && file.exists() {
        // An engine of an earlier version does not know what a step adds.
        let steps = taken(&plain(file)?)?;
        if marked || steps < STEPS.len() {
            return Err(JournalError::Busy);
        }
    }
    let connection = connect(file, Sharing::Others)?;
    if marked {
        let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if found != "ok" {
            let damage = ffi::Error::new(ffi::SQLITE_CORRUPT);
            return Err(rusqlite::Error::SqliteFailure(damage, Some(found)).into());
        }
    }
    // Damage in what is needed now is met now, while it can be mended.
    for part in [super::UNFINISHED, super::LISTED] {
        let mut rows = connection.prepare(&format!("SELECT * FROM transfer {part}"))?;
        let mut rows = rows.query([])?;
        while rows.next()?.is_some() {}
    }
    Ok(connection)
}

/// Notes that SQLite met damage while it worked.
pub(super) fn note_damage(folder: &Path) {
    if let Err(error) =
        private::options().create(true).truncate(true).write(true).open(mark(folder))
    {
        tracing::warn!(%error, "note that the journal is damaged");
    }
}

fn unmark(folder: &Path) {
    if let Err(error) = std::fs::remove_file(mark(folder))
        && error.kind() != std::io::ErrorKind::NotFound
    {
        // The file is checked once more at the next start: slower, never wrong.
        tracing::warn!(%error, "forget that the journal was damaged");
    }
}

/// With whom an open journal is shared.
#[derive(Clone, Copy)]
pub(super) enum Sharing {
    /// Other processes.
    Others,
    /// Nobody: then SQLite needs no file for what they would share.
    Nobody,
}

fn plain(file: &Path) -> Result<Connection, JournalError> {
    // SQLite gives its log the mode of the file.
    private::options().create(true).truncate(false).write(true).open(file)?;
    let connection = Connection::open(file)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    Ok(connection)
}

pub(super) fn connect(file: &Path, sharing: Sharing) -> Result<Connection, JournalError> {
    let mut connection = plain(file)?;
    if let Sharing::Nobody = sharing {
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    }
    match taken(&connection)? {
        // A file of a newer version is left as it is.
        steps if steps > STEPS.len() => return Err(JournalError::Newer),
        // Only before the first table: so that what is pruned gives its room back.
        0 => connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?,
        _ => {}
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "journal_size_limit", 4 << 20)?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -512)?; // KiB: one writer of small rows needs no more
    migrate(&mut connection, STEPS)?;
    Ok(connection)
}

impl JournalError {
    /// SQLite says that the file is damaged or none of its own. A query that fails is no damage.
    pub fn is_damage(&self) -> bool {
        let JournalError::Sql(error) = self else { return false };
        let code = error.sqlite_error();
        matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        ) || code.is_some_and(|error| error.extended_code == ffi::SQLITE_IOERR_SHORT_READ)
    }

    fn lacks_room(&self) -> bool {
        match self {
            JournalError::Full => true,
            JournalError::Sql(error) => {
                error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
            }
            JournalError::Newer
            | JournalError::Busy
            | JournalError::Io(_)
            | JournalError::Closed => false,
        }
    }
}
