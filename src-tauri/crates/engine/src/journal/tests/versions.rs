//! A journal of every version that was ever written is opened, and everything in it is found.

use super::*;
use crate::journal::migrations::{STEPS, migrate, taken};
use crate::machine::Health;

/// Files as the versions left them. Kept for good.
const KEPT: [&str; 2] =
    [include_str!("../../../tests/journals/1.sql"), include_str!("../../../tests/journals/2.sql")];

fn named(n: u64) -> TransferId {
    TransferId(format!("01900000-0000-7000-8000-{n:012}").parse().unwrap())
}

/// What is in every kept file, as it is to be read today.
async fn is_all_there(folder: &Path, version: usize) {
    let (journal, mended) = Journal::open(folder, Uuid::from_u128(7), 0).unwrap();
    assert_eq!((mended, journal.set_aside()), (None, 0), "version {version}");
    let queue = journal.load().await.unwrap();
    let ids: Vec<TransferId> = queue.iter().map(|t| t.id).collect();
    let listed = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 13, 14, 15, 16].map(named);
    assert_eq!(ids, listed, "version {version}");
    let of = |n: u64| queue.iter().find(|t| t.id == named(n)).unwrap();
    let phases = [
        Phase::Found,
        Phase::Planned,
        Phase::Reserved,
        Phase::Opened,
        Phase::Sent,
        Phase::Sealed,
        Phase::Verified,
        Phase::Settled,
    ];
    for (n, phase) in (1..).zip(phases) {
        assert_eq!((of(n).state.phase, of(n).state.wish), (phase, Wish::Run));
        assert_eq!(of(n).about.tags, ["a", "b"]);
    }
    assert_eq!(of(6).crc64, Some(9_223_372_036_854_775_809));
    assert_eq!(of(7).object_crc64, of(7).crc64);
    assert_eq!(of(4).fingerprint, Some(17_293_822_569_102_704_640));
    assert_eq!(of(3).request_ids, ["request-1", "request-2"]);
    assert_eq!(of(8).vod, Some(("Normal".to_owned(), 1_767_225_700_000)));
    assert!(
        matches!(&of(10).state.health, Health::Stuck(fault) if fault.code.as_str() == "auth.ram")
    );
    assert_eq!((of(12).kind, of(12).parent), (Kind::Image, Some(named(7))));
    assert_eq!(
        (of(13).language.as_deref(), of(13).old_media.as_deref()),
        (Some("zh-CN"), Some("gone1,gone2"))
    );
    assert_eq!((of(14).state.wish, of(14).state.grace), (Wish::Cancel, Some(1_767_225_999_000)));
    assert_eq!((of(14).generation, of(14).sweep), (2, true));
    assert_eq!((of(15).pasted, of(15).wait), (true, Wait::Playable));
    assert_eq!(of(16).same_as, Some(named(8)));
    assert_eq!(of(1).remarks.len(), usize::from(version >= 2));
    assert_eq!(journal.parts(named(4)).await.unwrap()[0].crc64, u64::MAX);
    assert_eq!(journal.parts(named(5)).await.unwrap().len(), 2);
    let told = journal.timeline(named(8)).await.unwrap();
    assert_eq!(
        told.iter().map(|l| l.what.as_str()).collect::<Vec<_>>(),
        ["found", "settled", "removed"]
    );
    let everything = HistoryQuery { limit: 50, ..HistoryQuery::default() };
    let ended = journal.history(everything, 1_767_226_000_000).await.unwrap();
    let ended: Vec<TransferId> = ended.items.iter().map(|t| t.id).collect();
    assert_eq!(ended, [9, 11, 8, 14].map(named), "version {version}");
    // And it can be written: as a whole row, which knows today's columns.
    let mut edited = of(3).clone();
    edited.about.title = "edited".into();
    journal.record(save(&edited), true).await.unwrap();
    assert_eq!(journal.get(edited.id).await.unwrap(), Some(edited));
}

#[tokio::test]
async fn a_journal_of_every_version_is_opened_with_all_that_is_in_it() {
    for (version, kept) in (1..).zip(KEPT) {
        // As it was kept, and as each version after it would have found it.
        for steps in version..=STEPS.len() {
            let folder = tempfile::tempdir().unwrap();
            let mut file = Connection::open(open::file(folder.path())).unwrap();
            file.execute_batch(kept).unwrap();
            assert_eq!(taken(&file).unwrap(), version);
            migrate(&mut file, &STEPS[..steps]).unwrap();
            assert_eq!(taken(&file).unwrap(), steps);
            drop(file);
            is_all_there(folder.path(), version).await;
        }
    }
}

/// What a file says, without opening it as a journal.
fn says(file: &Path) -> (usize, u32) {
    let connection = Connection::open(file).unwrap();
    let rows = connection.query_row("SELECT count(*) FROM transfer", [], |row| row.get(0)).unwrap();
    (taken(&connection).unwrap(), rows)
}

#[test]
fn a_faulty_step_changes_nothing_and_discards_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = open::file(folder.path());
    let mut file = Connection::open(&path).unwrap();
    file.execute_batch(KEPT[0]).unwrap();
    let faulty = [STEPS[0], STEPS[1], "CREATE TABLE half (a); ALTER TABLE nothing ADD COLUMN b;"];
    let error = migrate(&mut file, &faulty).unwrap_err();
    assert!(!error.is_damage(), "{error:?}");
    drop(file);
    assert_eq!(says(&path), (2, 16), "the step before it holds, and every row");
    let tables = Connection::open(&path).unwrap().query_row(
        "SELECT count(*) FROM sqlite_schema WHERE name = 'half'",
        [],
        |row| row.get::<_, u32>(0),
    );
    assert_eq!(tables.unwrap(), 0);
}

#[test]
fn a_file_of_a_newer_version_and_one_of_another_program_are_left_as_they_are() {
    for foreign in [
        format!("{} PRAGMA user_version = {};", KEPT[1], STEPS.len() + 1),
        "CREATE TABLE transfer (id); INSERT INTO transfer VALUES (1);".to_owned(),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = open::file(folder.path());
        Connection::open(&path).unwrap().execute_batch(&foreign).unwrap();
        let (before, version) = (std::fs::read(&path).unwrap(), says(&path));
        let error = Journal::open(folder.path(), Uuid::from_u128(7), 0).map(drop).unwrap_err();
        assert!(matches!(error, JournalError::Newer | JournalError::Sql(_)), "{error:?}");
        assert_eq!(says(&path), version);
        if matches!(error, JournalError::Newer) {
            assert!(std::fs::read(&path).unwrap() == before, "not a byte is changed");
        }
        assert!(!error.is_damage());
    }
}

#[tokio::test]
async fn a_step_waits_until_no_other_engine_works() {
    let folder = tempfile::tempdir().unwrap();
    Connection::open(open::file(folder.path())).unwrap().execute_batch(KEPT[1]).unwrap();
    // An engine of that version: it holds its lock and knows nothing of turns.
    let lock = locks::hold(folder.path(), Uuid::from_u128(9)).unwrap();
    let refused = Journal::open(folder.path(), Uuid::from_u128(7), 0).map(drop);
    assert!(matches!(refused, Err(JournalError::Busy)), "{refused:?}");
    assert_eq!(says(&open::file(folder.path())).0, 2);
    drop(lock);
    is_all_there(folder.path(), 2).await;
}
