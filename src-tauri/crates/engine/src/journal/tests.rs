//! The journal refuses what cannot be true, and keeps what was written when the power goes.

mod damage;
mod versions;

use std::fs::OpenOptions;

use rusqlite::StatementStatus;

use super::*;
use crate::machine::State;
use crate::model::{About, Kind, Method, Phase, Place, Source, Wait, Wish};
use crate::remark::{Remark, RemarkCode};

pub(crate) fn id(n: u128) -> TransferId {
    TransferId(Uuid::from_u128(n))
}

pub(crate) fn transfer(n: u128) -> Transfer {
    Transfer {
        id: id(n),
        position: 1,
        account: "studio".into(),
        kind: Kind::Video,
        forced_kind: false,
        path: format!("/films/{n}.mp4").into(),
        about: About { title: "a".into(), ..About::default() },
        wait: Wait::Stored,
        parent: None,
        language: None,
        pasted: false,
        force: false,
        same_as: None,
        state: State::new(Wish::Run, true),
        method: Method::Multipart,
        source: None,
        fingerprint: Some(u64::MAX),
        extension: None,
        part_size: 0,
        asked: false,
        generation: 0,
        media: None,
        old_media: None,
        url: None,
        place: None,
        upload: None,
        landed: false,
        crc64: None,
        object_crc64: None,
        vod: None,
        sweep: false,
        failed: None,
        shown: true,
        owner: None,
        took_ms: 0,
        added_ms: 1,
        since_ms: 1,
        ended_ms: None,
        request_ids: vec!["r".into()],
        remarks: vec![Remark::of(RemarkCode::TextShortened).with("field", "title")],
        recoded: Some(crate::model::Recoded { from: "GBK".into(), size: 12 }),
    }
}

pub(crate) fn whole(n: u128) -> Transfer {
    let mut t = transfer(n);
    t.source = Some(Source { size: 10, modified_ms: -5, file: Some(u64::MAX) });
    t.part_size = 5;
    t.media = Some("m".into());
    t.place = Some(Place { endpoint: "e".into(), bucket: "b".into(), object: "o".into() });
    t.upload = Some("u".into());
    t.crc64 = Some(u64::MAX);
    t
}

pub(crate) fn save(t: &Transfer) -> Vec<Change> {
    vec![Change::Transfer(Box::new(t.clone()))]
}

#[tokio::test]
async fn a_phase_without_its_facts_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(folder.path(), Uuid::from_u128(7), 0).unwrap();
    for phase in [Phase::Planned, Phase::Reserved, Phase::Opened, Phase::Sent, Phase::Sealed] {
        let mut t = whole(1);
        t.state.phase = phase;
        journal.record(save(&t), false).await.unwrap();
        match phase {
            Phase::Planned => t.source = None,
            Phase::Reserved => t.place = None,
            Phase::Opened => t.upload = None,
            Phase::Sent | Phase::Sealed => t.crc64 = None,
            Phase::Found | Phase::Verified | Phase::Settled | Phase::Discarded => {}
        }
        assert!(journal.record(save(&t), false).await.is_err(), "{phase:?}");
    }
    let mut ended = whole(2);
    ended.state.phase = Phase::Settled;
    assert!(journal.record(save(&ended), false).await.is_err(), "an end has a time");
    let mut cancelled = whole(3);
    cancelled.state.phase = Phase::Sealed;
    cancelled.state.wish = Wish::Cancel;
    assert!(
        journal.record(save(&cancelled), false).await.is_err(),
        "what is whole is not cancelled"
    );
}

#[tokio::test]
async fn what_was_written_comes_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut t = whole(1);
    t.state.phase = Phase::Opened;
    let part = Part { number: 2, offset: 5, length: 5, etag: "\"E\"".into(), crc64: u64::MAX };
    {
        let (journal, _) = Journal::open(folder.path(), Uuid::from_u128(7), 0).unwrap();
        let mut changes = save(&t);
        changes.push(Change::Part(t.id, part.clone()));
        changes.push(Change::Line(
            t.id,
            Line { at_ms: 3, what: "opened".into(), data: [("a".into(), "b".into())].into() },
        ));
        journal.record(changes, false).await.unwrap();
    }
    let (journal, copy) = Journal::open(folder.path(), Uuid::from_u128(8), 0).unwrap();
    assert_eq!(copy, None);
    assert_eq!(journal.load().await.unwrap(), [t.clone()]);
    assert_eq!(journal.parts(t.id).await.unwrap(), [part]);
    assert_eq!(journal.timeline(t.id).await.unwrap()[0].data["a"], "b");
}

#[tokio::test]
async fn a_torn_write_ahead_log_loses_at_most_its_tail() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(folder.path(), Uuid::from_u128(7), 0).unwrap();
    for n in 0..20 {
        journal.record(save(&whole(n)), false).await.unwrap();
    }
    let torn = tempfile::tempdir().unwrap();
    for name in ["journal.db", "journal.db-wal"] {
        std::fs::copy(folder.path().join(name), torn.path().join(name)).unwrap();
    }
    let wal = OpenOptions::new().write(true).open(torn.path().join("journal.db-wal")).unwrap();
    wal.set_len(wal.metadata().unwrap().len() - 1_000).unwrap();
    let (second, copy) = Journal::open(torn.path(), Uuid::from_u128(8), 0).unwrap();
    assert_eq!(copy, None);
    assert_eq!(second.load().await.unwrap().len(), 19);
}

#[test]
fn of_all_requests_the_newest_twenty_are_kept() {
    let mut t = transfer(1);
    for n in 0..50 {
        t.note_request(n.to_string());
    }
    assert_eq!((t.request_ids.len(), &*t.request_ids[0], &*t.request_ids[19]), (20, "30", "49"));
}

#[tokio::test]
async fn two_engines_never_own_the_same_transfer() {
    let folder = tempfile::tempdir().unwrap();
    let (first, _) = Journal::open(folder.path(), Uuid::from_u128(7), 0).unwrap();
    let (second, _) = Journal::open(folder.path(), Uuid::from_u128(8), 0).unwrap();
    first.record([save(&whole(1)), save(&whole(2))].concat(), false).await.unwrap();
    assert_eq!(first.claim(Some(vec![id(1)])).await.unwrap(), [id(1)]);
    assert_eq!(second.claim(None).await.unwrap(), [id(2)]);
    drop(first);
    assert_eq!(second.claim(Some(vec![id(1)])).await.unwrap(), [id(1)]);
}

/// The plan of a query, as SQLite tells it.
fn plan(connection: &Connection, sql: &str) -> String {
    let mut select = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let lines = select.query_map([], |row| row.get::<_, String>(3)).unwrap();
    lines.map(Result::unwrap).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn opening_reads_the_queue_and_no_history() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(folder.path(), Uuid::from_u128(7), 0).unwrap();
    let mut changes = vec![];
    for n in 0..2_000 {
        let mut t = whole(n);
        t.about.description = "x".repeat(1_000);
        t.state.phase = Phase::Settled;
        (t.ended_ms, t.shown) = (Some(5), false);
        changes.extend(save(&t));
    }
    changes.extend(save(&transfer(5_000)));
    journal.record(changes, false).await.unwrap();
    drop(journal);
    // Each statement that opening and loading run is found by an index of the few it needs.
    let (journal, _) = Journal::open(folder.path(), Uuid::from_u128(8), 0).unwrap();
    assert_eq!(journal.load().await.unwrap().len(), 1);
    assert_eq!(journal.claim(None).await.unwrap(), [id(5_000)]);
    journal
        .ask(|connection| {
            for sql in [
                format!("SELECT rowid, * FROM transfer {UNFINISHED}"),
                format!("SELECT rowid, * FROM transfer {LISTED}"),
                format!("SELECT id FROM transfer {UNFINISHED} AND owner IS NULL"),
                "SELECT DISTINCT owner FROM transfer INDEXED BY owned WHERE owner IS NOT NULL"
                    .to_owned(),
                "UPDATE transfer SET owner = NULL WHERE owner = 'a'".to_owned(),
            ] {
                let plan = plan(connection, &sql);
                assert!(
                    ["unfinished", "listed", "owned"].iter().any(|index| plan.contains(index)),
                    "{sql}: {plan}"
                );
                let mut statement = connection.prepare(&sql)?;
                let mut rows = statement.raw_query();
                while rows.next()?.is_some() {}
                drop(rows);
                let steps = statement.get_status(StatementStatus::VmStep);
                assert!(steps < 300, "{sql}: {steps} steps beside 2,000 that have ended");
            }
            Ok(())
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn what_ended_long_ago_is_taken_out_with_all_that_belongs_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(folder.path(), Uuid::from_u128(7), 0).unwrap();
    let ended = |n: u128, at: u64| {
        let mut t = whole(n);
        t.state.phase = Phase::Settled;
        t.ended_ms = Some(at);
        t
    };
    let mut changes = vec![];
    for n in 0..250 {
        let t = ended(n, 10 + u64::try_from(n).unwrap());
        let data = [("name".into(), "x".repeat(5_000))].into();
        changes.extend(save(&t));
        changes.push(Change::Line(t.id, Line { at_ms: 3, what: "found".into(), data }));
    }
    // A cover still belongs to the first, a decision is about the second, and the rest is young or unfinished.
    let mut cover = transfer(1_000);
    cover.parent = Some(id(0));
    let mut twin = transfer(1_001);
    twin.same_as = Some(id(1));
    changes.extend([save(&cover), save(&twin), save(&ended(1_002, 9_000))].concat());
    journal.record(changes, false).await.unwrap();
    let size = |journal: &Journal| std::fs::metadata(journal.file()).unwrap().len();
    let mut gone = vec![];
    loop {
        let some = journal.prune(9_000).await.unwrap();
        if some.is_empty() {
            break;
        }
        assert!(some.len() <= 100, "a little at a time");
        gone.extend(some);
    }
    gone.sort_unstable();
    assert_eq!(gone, (2..250).map(id).collect::<Vec<_>>());
    assert_eq!(journal.timeline(id(5)).await.unwrap(), []);
    assert_eq!(journal.timeline(id(0)).await.unwrap().len(), 1);
    let left: Vec<_> = journal.load().await.unwrap().iter().map(|t| t.id).collect();
    assert_eq!(left.len(), 5, "{left:?}");
    assert_eq!(journal.prune(0).await.unwrap(), []);
    let file = journal.file();
    drop(journal);
    let shrunk = std::fs::metadata(&file).unwrap().len();
    assert!(shrunk < 400_000, "{shrunk} bytes are left of 1.3 million");
    let (journal, _) = Journal::open(folder.path(), Uuid::from_u128(7), 0).unwrap();
    assert_eq!(size(&journal), shrunk);
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_may_read_it_and_the_dead_leave_no_locks() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("data");
    std::fs::create_dir(&folder).unwrap();
    // As an earlier version left it, with the lock of an engine that was killed.
    let loose = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    std::fs::write(folder.join("journal.db"), "").unwrap();
    loose(&folder.join("journal.db"), 0o644);
    loose(&folder, 0o755);
    let dead = locks::path(&folder, Uuid::from_u128(99));
    std::fs::write(&dead, "").unwrap();
    let (journal, _) = Journal::open(&folder, Uuid::from_u128(7), 0).unwrap();
    journal.record(save(&whole(1)), false).await.unwrap();
    assert!(!dead.exists(), "the lock of a killed engine is removed");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert!(folder.join("journal.db-wal").exists());
    drop(journal);
    let left: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name == "journal.db" || name == "opening.lock"), "{left:?}");
}
