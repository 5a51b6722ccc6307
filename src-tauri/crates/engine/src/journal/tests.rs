//! The journal refuses what cannot be true, and keeps what was written when the power goes.

use super::*;
use crate::machine::State;
use crate::model::{About, Kind, Method, Phase, Place, Source, Wait, Wish};
use crate::remark::{Remark, RemarkCode};

fn id(n: u128) -> TransferId {
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
    }
}

fn whole(n: u128) -> Transfer {
    let mut t = transfer(n);
    t.source = Some(Source { size: 10, modified_ms: -5, file: Some(u64::MAX) });
    t.part_size = 5;
    t.media = Some("m".into());
    t.place = Some(Place { endpoint: "e".into(), bucket: "b".into(), object: "o".into() });
    t.upload = Some("u".into());
    t.crc64 = Some(u64::MAX);
    t
}

fn save(t: &Transfer) -> Vec<Change> {
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
async fn a_broken_file_is_kept_and_an_empty_one_opened() {
    let folder = tempfile::tempdir().unwrap();
    {
        let (journal, _) = Journal::open(folder.path(), Uuid::from_u128(7), 0).unwrap();
        for n in 0..300 {
            journal.record(save(&whole(n)), false).await.unwrap();
        }
    }
    // Wait until the journal's thread has closed its file: the lock of a second opening needs no sleep, WAL is read.
    let file = folder.path().join("journal.db");
    let size = std::fs::metadata(&file).unwrap().len();
    for tail in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path().join(format!("journal.db{tail}")));
    }
    if size > 8_192 {
        OpenOptions::new().write(true).open(&file).unwrap().set_len(size / 2).unwrap();
    } else {
        std::fs::write(&file, vec![7; 20_000]).unwrap();
    }
    let (journal, copy) = Journal::open(folder.path(), Uuid::from_u128(8), 5).unwrap();
    assert!(copy.is_some_and(|path| path.exists()));
    assert_eq!(journal.load().await.unwrap(), []);
}

#[tokio::test]
async fn one_unreadable_row_does_not_fail_every_start() {
    let folder = tempfile::tempdir().unwrap();
    {
        let (journal, _) = Journal::open(folder.path(), Uuid::from_u128(7), 0).unwrap();
        journal.record(save(&whole(1)), false).await.unwrap();
        journal.record(save(&whole(2)), false).await.unwrap();
    }
    {
        let file = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
        file.execute_batch(
            "PRAGMA ignore_check_constraints = ON;
             UPDATE transfer SET about = '7' WHERE id = (SELECT max(id) FROM transfer);",
        )
        .unwrap();
    }
    let (journal, copy) = Journal::open(folder.path(), Uuid::from_u128(8), 5).unwrap();
    assert!(copy.is_some_and(|path| path.exists()));
    assert_eq!(journal.load().await.unwrap(), []);
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
