//! Pages through what has ended or left the queue. Records nothing.

use rusqlite::params;

use super::{Journal, JournalError};
use crate::model::{Millis, Transfer};

/// Which transfers of the history are wanted.
#[derive(Clone, Debug, Default)]
pub struct HistoryQuery {
    /// Part of a title, a path or a media id.
    pub text: String,
    /// One phase or `failed` (removed while it needed the person); empty: all.
    pub outcome: String,
    /// One kind, a cover being an image; `attached`: subtitles, watermarks and materials; empty: all.
    pub kind: String,
    /// Not before then; 0: all.
    pub since_ms: Millis,
    /// Skip so many.
    pub offset: u32,
    /// At most so many.
    pub limit: u32,
}

/// A page of transfers that have left or ended, newest first.
#[derive(Clone, Debug, Default)]
pub struct HistoryPage {
    /// How many match.
    pub total: u32,
    /// This page.
    pub items: Vec<Transfer>,
    /// Bytes of all that match and settled.
    pub size_bytes: u64,
    /// Milliseconds bytes moved for all that match and settled.
    pub took_ms: Millis,
    /// Bytes settled on each of the last 30 days before `until`, oldest first.
    pub days: Vec<u64>,
}

impl Journal {
    /// Transfers that have ended or were removed, newest first, with what was attached to them.
    pub async fn history(
        &self,
        query: HistoryQuery,
        until: Millis,
    ) -> Result<HistoryPage, JournalError> {
        const WHERE: &str = "(ended_ms IS NOT NULL OR shown = 0)
            AND (?1 = '' OR path LIKE ?2 ESCAPE '\\' OR media LIKE ?2 ESCAPE '\\'
                 OR iif(json_valid(about), json_extract(about, '$.title'), '') LIKE ?2 ESCAPE '\\')
            AND (?3 = '' OR (phase = ?3 AND fault IS NULL)
                 OR (?3 = 'failed' AND (fault IS NOT NULL OR phase NOT IN ('settled','discarded'))))
            AND (?4 = '' OR kind = ?4
                 OR (?4 = 'attached' AND kind IN ('subtitle','watermark','material')))
            AND coalesce(ended_ms, since_ms) >= ?5";
        let HistoryQuery { text, outcome, kind, since_ms, offset, limit } = query;
        let quarantine = self.quarantine.clone();
        self.ask(move |connection| {
            let like = format!(
                "%{}%",
                text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
            );
            let since = i64::try_from(since_ms).unwrap_or(i64::MAX);
            let (total, size, took): (u32, i64, i64) = connection.query_row(
                &format!(
                    "SELECT count(*), coalesce(sum(iif(phase = 'settled', size_bytes, 0)), 0),
                            coalesce(sum(iif(phase = 'settled', took_ms, 0)), 0) FROM transfer WHERE {WHERE}"
                ),
                params![text, like, outcome, kind, since],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
            let items = quarantine.transfers(
                connection,
                &format!(
                    "WHERE {WHERE} ORDER BY coalesce(ended_ms, since_ms) DESC, id DESC LIMIT ?6 OFFSET ?7"
                ),
                params![text, like, outcome, kind, since, limit, offset],
            )?;
            let day = 86_400_000_i64;
            let end = i64::try_from(until).unwrap_or(i64::MAX);
            let mut days = vec![0_u64; 30];
            let mut by_day = connection.prepare(
                "SELECT (?1 - ended_ms) / ?2, sum(size_bytes) FROM transfer
                 WHERE phase = 'settled' AND ended_ms > ?1 - 30 * ?2 AND ended_ms <= ?1 GROUP BY 1",
            )?;
            for entry in by_day
                .query_map(params![end, day], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<Vec<(i64, i64)>>>()?
            {
                if let Ok(ago @ 0..30) = usize::try_from(entry.0) {
                    days[29 - ago] = u64::try_from(entry.1).unwrap_or(0);
                }
            }
            Ok(HistoryPage {
                total,
                items,
                size_bytes: u64::try_from(size).unwrap_or(0),
                took_ms: u64::try_from(took).unwrap_or(0),
                days,
            })
        })
        .await
    }
}
