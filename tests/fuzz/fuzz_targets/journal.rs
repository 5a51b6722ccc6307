//! Rows of the journal as a damaged or foreign file may hold them. Knows that reading errs or gives what can be kept.
#![no_main]

use std::cell::LazyCell;

use libfuzzer_sys::fuzz_target;
use rusqlite::{Connection, types::Value};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;
use vodlift_engine::journal::{Change, HistoryQuery, Journal};

struct Desk {
    journal: Journal,
    /// A second connection that writes what the journal itself never would.
    foreign: Connection,
    columns: Vec<String>,
    runtime: Runtime,
    _home: TempDir,
}

thread_local!(static DESK: LazyCell<Desk> = LazyCell::new(|| {
    let home = tempfile::tempdir().unwrap();
    let (journal, copy) = Journal::open(home.path(), Uuid::from_u128(1), 1_767_323_045_000).unwrap();
    assert!(copy.is_none());
    let foreign = Connection::open(journal.file()).unwrap();
    foreign.execute_batch("PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF;").unwrap();
    let columns = foreign
        .prepare("SELECT name FROM pragma_table_info('transfer')")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<Vec<String>, _>>()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    Desk { journal, foreign, columns, runtime, _home: home }
}));

/// What a row holds unless the input says otherwise: a video on its way.
const ROW: &[(&str, &str)] = &[
    ("id", "0192f0c1-0000-7000-8000-000000000001"),
    ("position", "1"),
    ("account", "studio"),
    ("kind", "video"),
    ("forced_kind", "0"),
    ("path", "/videos/a.mp4"),
    ("about", "{}"),
    ("wait", "stored"),
    ("pasted", "0"),
    ("force", "0"),
    ("wish", "run"),
    ("before", "run"),
    ("phase", "found"),
    ("relapses", "0"),
    ("method", "put"),
    ("part_bytes", "0"),
    ("asked", "0"),
    ("generation", "0"),
    ("landed", "0"),
    ("sweep", "0"),
    ("shown", "1"),
    ("took_ms", "0"),
    ("added_ms", "1"),
    ("since_ms", "1"),
    ("request_ids", "[]"),
];

fn value(text: &str) -> Value {
    match text {
        "" => Value::Null,
        text => text.parse().map_or_else(|_| Value::Text(text.to_owned()), Value::Integer),
    }
}

// Lines `column=value` lay over the row; a number is an integer, nothing is NULL.
fuzz_target!(|text: &str| {
    DESK.with(|desk| {
        let mut row: Vec<(String, Value)> =
            ROW.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect();
        for (name, text) in text.lines().filter_map(|line| line.split_once('=')) {
            // Owners are other engines' matter; a huge text tests only SQLite.
            if desk.columns.iter().any(|column| column == name) && text.len() < 4_000 {
                row.retain(|(own, _)| own != name);
                row.push((name.to_owned(), value(text)));
            }
        }
        desk.foreign.execute("DELETE FROM transfer", []).unwrap();
        let names: Vec<&str> = row.iter().map(|(name, _)| name.as_str()).collect();
        let marks: Vec<String> = (1..=row.len()).map(|n| format!("?{n}")).collect();
        let insert =
            format!("INSERT INTO transfer ({}) VALUES ({})", names.join(","), marks.join(","));
        let values = rusqlite::params_from_iter(row.iter().map(|(_, value)| value));
        if desk.foreign.execute(&insert, values).is_err() {
            return;
        }
        desk.runtime.block_on(async {
            let everything = HistoryQuery { limit: 10, ..HistoryQuery::default() };
            let _ = desk.journal.history(everything, 1_767_323_045_000).await;
            let Ok(queue) = desk.journal.load().await else { return };
            for transfer in queue {
                let id = transfer.id;
                let _ = (transfer.name(), transfer.size(), transfer.reference());
                assert_eq!(desk.journal.timeline(id).await.unwrap().len(), 0);
                let face = format!("{transfer:?}");
                // A row the schema would have refused may be read, but not be written once more.
                if desk
                    .journal
                    .record(vec![Change::Transfer(Box::new(transfer))], false)
                    .await
                    .is_ok()
                    && let Some(back) = desk.journal.get(id).await.expect("what was kept is read")
                {
                    assert_eq!(format!("{back:?}"), face);
                }
            }
        });
    });
});
