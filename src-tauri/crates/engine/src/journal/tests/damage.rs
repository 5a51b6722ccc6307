//! Rows that nothing can read, files that SQLite cannot, and who may do something about it.

use super::*;

/// A second connection that writes what the journal itself never would.
fn foreign(folder: &Path) -> Connection {
    let connection = Connection::open(open::file(folder)).unwrap();
    connection.execute_batch("PRAGMA ignore_check_constraints = ON").unwrap();
    connection
}

/// A journal with three hundred transfers of which the first is on its way.
async fn filled(folder: &Path) {
    let (journal, _) = Journal::open(folder, Uuid::from_u128(7), 0).unwrap();
    let mut changes = vec![];
    for n in 0..300 {
        let mut t = whole(n);
        t.state.phase = if n == 0 { Phase::Opened } else { Phase::Settled };
        t.ended_ms = (n > 0).then_some(5);
        t.shown = n < 150;
        changes.extend(save(&t));
        let data = [("n".into(), "x".repeat(500))].into();
        changes.push(Change::Line(t.id, Line { at_ms: 3, what: "found".into(), data }));
    }
    let part = Part { number: 1, offset: 0, length: 5, etag: "\"E\"".into(), crc64: 1 };
    changes.push(Change::Part(id(0), part));
    journal.record(changes, false).await.unwrap();
}

#[tokio::test]
async fn an_unreadable_row_is_set_aside_and_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).await;
    let odd = [
        ("about = '7'", 0),
        ("wish = 'wants'", 1),
        ("phase = 'sideways'", 2),
        ("id = 'no id'", 3),
        ("fault = '{}'", 4),
        ("took_ms = -1", 5),
        ("fingerprint = 'many'", 200),
    ];
    for (set, n) in odd {
        let sql =
            format!("PRAGMA foreign_keys = OFF; UPDATE transfer SET {set} WHERE id = '{}'", id(n));
        foreign(folder.path()).execute_batch(&sql).unwrap();
    }
    let (journal, mended) = Journal::open(folder.path(), Uuid::from_u128(8), 5).unwrap();
    assert_eq!(mended, None, "the file is none of a row's business");
    assert_eq!(journal.load().await.unwrap().len(), 150 - 6);
    assert_eq!(journal.set_aside(), 6);
    // One that is only history is met when it is looked up.
    let all = HistoryQuery { limit: 500, ..HistoryQuery::default() };
    assert_eq!(journal.history(all, 10).await.unwrap().items.len(), 300 - 7);
    assert_eq!(journal.get(id(200)).await.unwrap(), None);
    assert_eq!(journal.set_aside(), 7);
    drop(journal);
    let kept = foreign(folder.path());
    let first: (String, String) = kept
        .query_row("SELECT reason, data FROM quarantine WHERE reason LIKE '%about%'", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let data: serde_json::Value = serde_json::from_str(&first.1).unwrap();
    assert_eq!(data["transfer"]["about"], "7");
    assert_eq!(data["transfer"]["path"], "/films/0.mp4");
    assert_eq!(data["parts"][0]["etag"], "\"E\"");
    assert_eq!(data["lines"][0]["what"], "found");
    let (journal, _) = Journal::open(folder.path(), Uuid::from_u128(8), 5).unwrap();
    assert_eq!(journal.load().await.unwrap().len(), 150 - 6);
    assert_eq!(journal.set_aside(), 0, "told once");
}

#[tokio::test]
async fn a_row_that_another_engine_works_on_is_not_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let (working, _) = Journal::open(folder.path(), Uuid::from_u128(7), 0).unwrap();
    working.record([save(&whole(1)), save(&whole(2))].concat(), false).await.unwrap();
    working.claim(None).await.unwrap();
    foreign(folder.path())
        .execute("UPDATE transfer SET about = '7' WHERE id = ?1", [id(1).to_string()])
        .unwrap();
    let (other, _) = Journal::open(folder.path(), Uuid::from_u128(8), 0).unwrap();
    assert_eq!(other.load().await.unwrap().len(), 1);
    assert_eq!(other.set_aside(), 0);
    drop(working);
    assert_eq!(other.load().await.unwrap().len(), 1);
    assert_eq!(other.set_aside(), 1);
}

#[tokio::test]
async fn an_unreadable_part_is_as_good_as_never_stored() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).await;
    foreign(folder.path()).execute_batch("UPDATE part SET crc64 = 'odd'").unwrap();
    let (journal, _) = Journal::open(folder.path(), Uuid::from_u128(8), 5).unwrap();
    assert_eq!(journal.parts(id(0)).await.unwrap(), []);
}

/// Overwrites a stretch of the file, in tenths of its length.
fn overwrite(file: &Path, from: usize, to: usize) {
    let mut bytes = std::fs::read(file).unwrap();
    let tenth = bytes.len() / 10;
    bytes[from * tenth..to * tenth].fill(0xA5);
    std::fs::write(file, bytes).unwrap();
}

#[tokio::test]
async fn what_can_be_read_of_a_damaged_file_goes_on_and_the_file_is_kept() {
    for (what, least) in
        [("half", 1), ("no file of SQLite", 0), ("its end", 100), ("its middle", 50)]
    {
        let folder = tempfile::tempdir().unwrap();
        filled(folder.path()).await;
        let file = open::file(folder.path());
        let size = std::fs::metadata(&file).unwrap().len();
        match what {
            "half" => {
                OpenOptions::new().write(true).open(&file).unwrap().set_len(size / 2).unwrap();
            }
            "no file of SQLite" => std::fs::write(&file, vec![7; 20_000]).unwrap(),
            "its end" => overwrite(&file, 7, 10),
            _ => overwrite(&file, 4, 6),
        }
        let damaged = std::fs::read(&file).unwrap();
        open::note_damage(folder.path());
        let (journal, mended) = Journal::open(folder.path(), Uuid::from_u128(8), 5).unwrap();
        let Mended { copy, saved } = mended.unwrap_or_else(|| panic!("{what}: it is told"));
        assert!(std::fs::read(&copy).unwrap() == damaged, "{what}: the copy is what was there");
        assert!(saved >= least, "{what}: {saved} were saved");
        let all = HistoryQuery { limit: 500, ..HistoryQuery::default() };
        let ended = journal.history(all, 10).await.unwrap().total;
        let queue = journal.load().await.unwrap();
        let there =
            ended + u32::try_from(queue.iter().filter(|t| t.ended_ms.is_none()).count()).unwrap();
        assert_eq!(there, saved, "{what}");
        if queue.iter().any(|t| t.id == id(0)) {
            assert_eq!(journal.get(id(0)).await.unwrap().unwrap().media.as_deref(), Some("m"));
        }
        journal.record(save(&whole(900)), true).await.unwrap();
        drop(journal);
        let (journal, mended) = Journal::open(folder.path(), Uuid::from_u128(8), 9).unwrap();
        assert_eq!(mended, None, "{what}: once");
        assert!(journal.get(id(900)).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_damaged_file_is_not_touched_while_another_engine_works_with_it() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).await;
    let file = open::file(folder.path());
    std::fs::write(&file, vec![7; 20_000]).unwrap();
    let lock = locks::hold(folder.path(), Uuid::from_u128(7)).unwrap();
    let refused = Journal::open(folder.path(), Uuid::from_u128(8), 5).map(drop);
    assert!(matches!(refused, Err(JournalError::Busy)), "{refused:?}");
    assert!(std::fs::read(&file).unwrap() == vec![7; 20_000]);
    drop(lock);
    let (_, mended) = Journal::open(folder.path(), Uuid::from_u128(8), 5).unwrap();
    assert_eq!(mended.unwrap().saved, 0);
}

#[tokio::test]
async fn damage_that_is_met_while_working_is_mended_by_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).await;
    // The page of a transfer that is only history.
    let file = open::file(folder.path());
    let mut bytes = std::fs::read(&file).unwrap();
    let holds = |page: &[u8], text: &str| page.windows(text.len()).any(|at| at == text.as_bytes());
    let page = bytes
        .chunks_mut(4_096)
        .find(|page| holds(page, "/films/290.mp4") && holds(page, "\"title\""))
        .unwrap();
    page.fill(0xA5);
    std::fs::write(&file, bytes).unwrap();
    let (journal, mended) = Journal::open(folder.path(), Uuid::from_u128(7), 0).unwrap();
    assert_eq!(mended, None, "what is needed now can be read");
    let all = HistoryQuery { limit: 500, ..HistoryQuery::default() };
    let error = journal.history(all, 10).await.unwrap_err();
    assert!(journal.is_damaged(), "{error:?}");
    let refused = Journal::open(folder.path(), Uuid::from_u128(8), 5).map(drop);
    assert!(matches!(refused, Err(JournalError::Busy)), "{refused:?}");
    drop(journal);
    let (journal, mended) = Journal::open(folder.path(), Uuid::from_u128(8), 5).unwrap();
    assert!(mended.is_some_and(|mended| mended.saved > 0));
    assert!(journal.get(id(0)).await.unwrap().is_some(), "what is on its way comes first");
}

#[tokio::test]
async fn a_mending_that_was_cut_off_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).await;
    let file = open::file(folder.path());
    // Between its last two steps: the damaged file has another name, the fresh one not yet its own.
    std::fs::rename(&file, folder.path().join("journal-mending.db")).unwrap();
    std::fs::write(folder.path().join("journal.db-wal"), "of the damaged file").unwrap();
    let (journal, _) = Journal::open(folder.path(), Uuid::from_u128(8), 5).unwrap();
    assert!(journal.get(id(0)).await.unwrap().is_some());
    assert!(folder.path().join("journal-broken-5.db-wal").exists());
}
