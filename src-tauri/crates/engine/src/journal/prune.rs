//! Takes out what ended long ago, a little at a time, and gives its room back.

use rusqlite::TransactionBehavior;
use uuid::Uuid;

use super::{Journal, JournalError};
use crate::model::{Millis, TransferId};

/// Transfers at a time: some tens of milliseconds on a slow disk.
const BATCH: u32 = 100;
/// Pages given back at a time.
const PAGES: u32 = 500;

impl Journal {
    /// Removes the oldest transfers that ended before then, with their timelines. Those that something unfinished still
    /// belongs to, or waits for a decision about, stay. Returns which are gone; none: there was nothing to do.
    pub async fn prune(&self, before: Millis) -> Result<Vec<TransferId>, JournalError> {
        self.ask(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let gone: Vec<String> = transaction
                .prepare_cached(
                    "DELETE FROM transfer WHERE rowid IN (
                       SELECT rowid FROM transfer INDEXED BY history WHERE ended_ms IS NOT NULL AND ended_ms < ?1
                         AND id NOT IN (SELECT parent FROM transfer INDEXED BY unfinished
                                        WHERE ended_ms IS NULL AND parent IS NOT NULL)
                         AND id NOT IN (SELECT same_as FROM transfer INDEXED BY unfinished
                                        WHERE ended_ms IS NULL AND same_as IS NOT NULL)
                       ORDER BY ended_ms LIMIT ?2)
                     RETURNING id",
                )?
                .query_map((i64::try_from(before).unwrap_or(i64::MAX), BATCH), |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            transaction.commit()?;
            if !gone.is_empty() {
                // A file of an earlier version keeps its size; its empty pages are used again.
                let mut vacuum =
                    connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
                let mut pages = vacuum.query([])?;
                while pages.next()?.is_some() {}
            }
            // One that has no proper id is not in memory either.
            Ok(gone.iter().filter_map(|id| id.parse::<Uuid>().ok().map(TransferId)).collect())
        })
        .await
    }
}
