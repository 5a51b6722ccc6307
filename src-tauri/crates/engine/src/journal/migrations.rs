//! The steps from an empty file to today's schema. `rusqlite_migration` reads the version outside the transaction of its
//! step, so two processes that start at the same time would both take it; these few lines do not.

use rusqlite::{Connection, TransactionBehavior};

use super::JournalError;

/// In order. A released one is never edited; the number of steps taken is the file's `user_version`.
pub(super) const STEPS: &[&str] = &[
    include_str!("../schema.sql"),
    "ALTER TABLE transfer ADD COLUMN remarks TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(remarks));",
    // What opening reads, found without the rest; and what no version could read, kept for whoever can.
    "CREATE INDEX unfinished ON transfer (position, id) WHERE ended_ms IS NULL;
     CREATE INDEX listed ON transfer (ended_ms, id) WHERE shown = 1 AND ended_ms IS NOT NULL;
     CREATE INDEX owned ON transfer (owner) WHERE owner IS NOT NULL;
     CREATE TABLE quarantine (
       seq    INTEGER PRIMARY KEY,
       reason TEXT NOT NULL,
       data   TEXT NOT NULL CHECK (json_valid(data))  -- {transfer: {column: value}, parts: [...], lines: [...]}
     ) STRICT;",
    "ALTER TABLE transfer ADD COLUMN recoded TEXT CHECK (recoded IS NULL OR json_valid(recoded));",
];

/// How many steps the file has taken. Changes nothing.
pub(super) fn taken(connection: &Connection) -> Result<usize, JournalError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    usize::try_from(version).map_err(|_| JournalError::Newer)
}

/// Takes the steps that are missing, each whole or not at all.
pub(super) fn migrate(connection: &mut Connection, steps: &[&str]) -> Result<(), JournalError> {
    loop {
        let at = taken(connection)?;
        let Some(step) = steps.get(at..).ok_or(JournalError::Newer)?.first() else { return Ok(()) };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Somebody else may have taken it while this one waited.
        if taken(&transaction)? == at {
            transaction.execute_batch(step)?;
            transaction.execute_batch(&format!("PRAGMA user_version = {}", at + 1))?;
            transaction.commit()?;
        }
    }
}
