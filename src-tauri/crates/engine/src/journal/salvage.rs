//! A file that SQLite cannot read: what can be read of it goes into a fresh one, and it is kept as a copy.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};
use serde_json::json;

use super::open::{Sharing, connect};
use super::{JournalError, quarantine};
use crate::model::Millis;

/// What opening tells of a file that was damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// The file as it was.
    pub copy: PathBuf,
    /// Transfers that could be read from it.
    pub saved: u32,
}

/// Puts a fresh file in the place of a damaged one, which only a process that is alone may do. Whatever fails before the
/// last two steps leaves the damaged file where it is, for the next try.
pub(super) fn mend(file: &Path, now: Millis) -> Result<Mended, JournalError> {
    let fresh = fresh(file);
    for path in beside(&fresh).iter().chain([&fresh]) {
        unless_missing(std::fs::remove_file(path))?;
    }
    let mut connection = connect(&fresh, Sharing::Nobody)?;
    let saved = salvage(file, &mut connection)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    connection.close().map_err(|(_, error)| error)?;
    let copy = set_aside(file, now)?;
    std::fs::rename(&fresh, file)?;
    Ok(Mended { copy, saved })
}

/// A process that ended between those two steps has left a fresh file and none in its place.
pub(super) fn finish(file: &Path, now: Millis) -> io::Result<()> {
    let fresh = fresh(file);
    if !file.exists() && fresh.exists() {
        // The log belongs to the damaged file: in the fresh one it would do more damage.
        for (from, to) in beside(file).into_iter().zip(beside(&name_of_copy(file, now))) {
            unless_missing(std::fs::rename(from, to))?;
        }
        std::fs::rename(fresh, file)?;
    }
    Ok(())
}

fn fresh(file: &Path) -> PathBuf {
    file.with_file_name("journal-mending.db")
}

fn name_of_copy(file: &Path, now: Millis) -> PathBuf {
    file.with_file_name(format!("journal-broken-{now}.db"))
}

fn unless_missing(done: io::Result<()>) -> io::Result<()> {
    done.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

fn set_aside(file: &Path, now: Millis) -> io::Result<PathBuf> {
    let copy = name_of_copy(file, now);
    std::fs::rename(file, &copy)?;
    for (from, to) in beside(file).into_iter().zip(beside(&copy)) {
        unless_missing(std::fs::rename(from, to))?;
    }
    Ok(copy)
}

/// What SQLite keeps beside a file.
pub(super) fn beside(file: &Path) -> [PathBuf; 2] {
    ["-wal", "-shm"].map(|tail| {
        let mut name: OsString = file.as_os_str().to_owned();
        name.push(tail);
        name.into()
    })
}

/// Copies every transfer that can be read, with its parts and its timeline. Returns how many.
fn salvage(damaged: &Path, fresh: &mut Connection) -> rusqlite::Result<u32> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(damaged, flags).and_then(|old| {
        // Otherwise SQLite refuses all of a file whose end is missing.
        old.pragma_update(None, "writable_schema", true)?;
        Ok(old)
    });
    let old = match opened {
        Ok(old) => old,
        Err(error) => {
            tracing::warn!(%error, "nothing can be read of the damaged journal");
            return Ok(0);
        }
    };
    let into = fresh.transaction()?;
    let (mut seen, mut saved) = (HashSet::new(), 0);
    // A scan ends where the damage begins, so each way round it is tried; the unfinished ones come first.
    for (by, order) in [
        ("INDEXED BY unfinished WHERE ended_ms IS NULL", "position"),
        ("NOT INDEXED", "rowid"),
        ("NOT INDEXED", "rowid DESC"),
    ] {
        saved +=
            scan(&old, &into, &format!("SELECT * FROM transfer {by} ORDER BY {order}"), &mut seen)?;
    }
    into.commit()?;
    Ok(saved)
}

fn scan(
    old: &Connection,
    into: &Connection,
    sql: &str,
    seen: &mut HashSet<String>,
) -> rusqlite::Result<u32> {
    // An earlier version has other indexes, and a damaged schema has no table at all.
    let Ok(mut select) = old.prepare(sql) else { return Ok(0) };
    let columns: Vec<String> = select.column_names().map(str::to_owned).collect();
    let Some(id_at) = columns.iter().position(|name| name == "id") else { return Ok(0) };
    let Ok(mut found) = select.query([]) else { return Ok(0) };
    let mut saved = 0;
    while let Ok(Some(row)) = found.next() {
        let values: rusqlite::Result<Vec<Value>> =
            (0..columns.len()).map(|at| row.get(at)).collect();
        let Ok(values) = values else { continue };
        let Value::Text(id) = values[id_at].clone() else { continue };
        if !seen.insert(id.clone()) {
            continue;
        }
        match insert(into, "transfer", &columns, values) {
            Ok(()) => saved += 1,
            Err(error)
                if matches!(
                    error.sqlite_error_code(),
                    Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure)
                ) =>
            {
                return Err(error);
            }
            // A row that the schema refuses.
            Err(error) => {
                let data = json!({ "transfer": quarantine::raw(row)? });
                quarantine::keep(into, &error.to_string(), &data)?;
                continue;
            }
        }
        into.execute("UPDATE transfer SET owner = NULL WHERE id = ?1", [&id])?;
        for (table, order) in [("part", "number"), ("line", "seq")] {
            rows_of(old, into, table, order, &id);
        }
    }
    Ok(saved)
}

/// Parts that are lost are asked of the cloud again, and a line of a timeline is no reason to lose the rest.
fn rows_of(old: &Connection, into: &Connection, table: &str, order: &str, id: &str) {
    let sql = format!("SELECT * FROM {table} WHERE transfer = ?1 ORDER BY {order}");
    let Ok(mut select) = old.prepare_cached(&sql) else { return };
    let columns: Vec<String> = select.column_names().map(str::to_owned).collect();
    let Ok(mut found) = select.query([id]) else { return };
    while let Ok(Some(row)) = found.next() {
        let values: rusqlite::Result<Vec<Value>> =
            (0..columns.len()).map(|at| row.get(at)).collect();
        if let Err(error) = values.and_then(|values| insert(into, table, &columns, values)) {
            tracing::debug!(%error, table, "a row of the damaged journal is left out");
        }
    }
}

fn insert(
    into: &Connection,
    table: &str,
    columns: &[String],
    values: Vec<Value>,
) -> rusqlite::Result<()> {
    let marks = vec!["?"; columns.len()].join(",");
    let sql = format!("INSERT INTO {table} ({}) VALUES ({marks})", columns.join(","));
    into.prepare_cached(&sql)?.execute(params_from_iter(values))?;
    Ok(())
}
