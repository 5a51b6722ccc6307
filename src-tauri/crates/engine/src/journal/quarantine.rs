//! Rows that cannot be understood: each is set aside as it is, and the others go on.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Params, Row, params};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::locks;
use crate::model::Transfer;
use crate::rows;

/// Who sets rows aside, and how many it were.
#[derive(Debug)]
pub(super) struct Quarantine {
    pub folder: PathBuf,
    pub me: Uuid,
    pub count: AtomicU32,
}

impl Quarantine {
    /// The transfers that `rest` selects (everything after FROM transfer).
    pub(super) fn transfers(
        &self,
        connection: &Connection,
        rest: &str,
        params: impl Params,
    ) -> rusqlite::Result<Vec<Transfer>> {
        let (mut read, mut unreadable) = (vec![], vec![]);
        {
            let mut select =
                connection.prepare_cached(&format!("SELECT rowid, * FROM transfer {rest}"))?;
            let mut found = select.query(params)?;
            while let Some(row) = found.next()? {
                match rows::read(row) {
                    Ok(transfer) => read.push(transfer),
                    Err(error) if is_of_the_row(&error) => {
                        let owner: Option<String> = row.get("owner").unwrap_or_default();
                        unreadable.push((row.get(0)?, owner, error));
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        for (row, owner, error) in unreadable {
            // Another engine works on it: it can read what it wrote.
            let owner = owner.and_then(|owner| owner.parse::<Uuid>().ok());
            if owner.is_some_and(|owner| owner != self.me && !locks::is_dead(&self.folder, owner)) {
                continue;
            }
            tracing::error!(%error, "a transfer cannot be read; it is set aside");
            match set_aside(connection, row, &error.to_string()) {
                Ok(()) => {
                    self.count.fetch_add(1, Relaxed);
                }
                // It stays where it is and is met again: no reason to lose the others.
                Err(error) => tracing::warn!(%error, "set a transfer aside"),
            }
        }
        Ok(read)
    }
}

/// Whether it is the row that is odd, and not the file or the disk.
pub(super) fn is_of_the_row(error: &Error) -> bool {
    matches!(
        error,
        Error::FromSqlConversionFailure(..)
            | Error::InvalidColumnType(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::Utf8Error(..)
    )
}

/// Moves one row of `transfer` with all that belongs to it.
fn set_aside(connection: &Connection, row: i64, reason: &str) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    let all = |sql: &str| -> rusqlite::Result<Value> {
        transaction.prepare(sql)?.query_map([row], raw)?.collect()
    };
    let transfer = transaction.query_row("SELECT * FROM transfer WHERE rowid = ?1", [row], raw)?;
    let of = "(SELECT id FROM transfer WHERE rowid = ?1)";
    let data = Value::Object(Map::from_iter([
        ("transfer".to_owned(), transfer),
        ("parts".to_owned(), all(&format!("SELECT * FROM part WHERE transfer = {of}"))?),
        ("lines".to_owned(), all(&format!("SELECT * FROM line WHERE transfer = {of}"))?),
    ]));
    keep(&transaction, reason, &data)?;
    transaction.execute("DELETE FROM transfer WHERE rowid = ?1", [row])?;
    transaction.commit()
}

/// Writes down what could not be read.
pub(super) fn keep(connection: &Connection, reason: &str, data: &Value) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO quarantine (reason, data) VALUES (?1, ?2)")?
        .execute(params![reason, data.to_string()])?;
    Ok(())
}

/// A row as it is, by the names of its columns.
pub(super) fn raw(row: &Row<'_>) -> rusqlite::Result<Value> {
    let mut values = Map::new();
    for (at, name) in row.as_ref().column_names().enumerate() {
        let value = match row.get_ref(at)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => number.into(),
            ValueRef::Real(number) => number.into(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
            // The schema knows no such column.
            ValueRef::Blob(bytes) => bytes.into(),
        };
        values.insert(name.to_owned(), value);
    }
    Ok(Value::Object(values))
}
