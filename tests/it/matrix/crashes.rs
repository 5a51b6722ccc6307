//! Kills, torn journals, neighbours and repetitions.

use vodlift_engine::model::{Again, Ask, Kind, Phase};
use vodlift_engine::view::Status;
use vodlift_engine::{Added, Scope};
use vodlift_sandbox::{Options, Steps};
use vodlift_tests::{World, config};

use super::{ALL, ONE_REQUEST, PUT, SUBTITLE, told};

const PHASES: [Phase; 7] = [
    Phase::Found,
    Phase::Planned,
    Phase::Reserved,
    Phase::Opened,
    Phase::Sent,
    Phase::Sealed,
    Phase::Verified,
];

#[tokio::test]
async fn killed_after_every_fact() {
    for (upload, kind) in [(PUT, Kind::Video), (SUBTITLE, Kind::Subtitle)] {
        for phase in PHASES {
            let steps =
                Steps { received: std::time::Duration::from_millis(20), ..Steps::instant() };
            let mut world = World::new(Options { steps, ..Options::quick() }, config()).await;
            let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
            world.until(id, |row| row.phase >= phase).await;
            world.kill().await;
            world.start().await;
            let row = world.settle(id).await;
            let told = told(&world, id).await;
            assert_eq!(row.status, Status::Done, "{} killed at {phase:?}: {told}", upload.name);
            assert_eq!(world.facts(id).await.kind, kind);
            world.arrived(id).await;
            assert_eq!(
                world.cloud.objects().len(),
                1,
                "{} killed at {phase:?}: {told}",
                upload.name
            );
        }
    }
}

#[tokio::test]
async fn half_a_journal_is_kept_and_told() {
    let mut world = World::quick().await;
    let id = world.add(World::ask(&world.file("a.mp4", 3 << 20))).await;
    world.settle(id).await;
    world.engine().stop().await;
    world.engine = None;
    let folder = world.folder.path().join("data");
    let file = folder.join("journal.db");
    // SQLite takes its log in when the last connection ends.
    while folder.join("journal.db-wal").exists() {
        tokio::task::yield_now().await;
    }
    let whole = std::fs::read(&file).expect("the journal");
    std::fs::write(&file, &whole[..whole.len() / 2]).expect("cut");
    world.start().await;
    let notice = world.engine().notice().expect("it is told");
    assert_eq!(notice.code.as_str(), "db.broken");
    let copy = std::fs::read(&notice.facts["path"]).expect("the copy");
    assert!(copy == whole[..whole.len() / 2], "the copy is what was there");
    // And work goes on.
    let next = world.add(World::ask(&world.file("b.mp4", 3 << 20))).await;
    assert_eq!(world.settle(next).await.status, Status::Done);
}

#[tokio::test]
async fn two_engines_share_and_send_once() {
    let world = World::quick().await;
    let other = world.another(Scope::All).await;
    let mut ids = vec![];
    for (n, upload) in ALL.iter().enumerate() {
        let paths = [
            world.file(&format!("{n}a{}", upload.file), upload.bytes),
            world.file(&format!("{n}b{}", upload.file), upload.bytes),
        ];
        ids.push((
            world.engine().add(vec![World::ask(&paths[0])]).await.expect("added")[0].id(),
            true,
        ));
        ids.push((other.add(vec![World::ask(&paths[1])]).await.expect("added")[0].id(), false));
    }
    for (id, _) in &ids {
        // Each sees what the other does.
        let row = world.until(*id, |row| row.ended_ms.is_some()).await;
        assert_eq!(row.status, Status::Done);
    }
    assert_eq!(world.cloud.objects().len(), ids.len());
    assert_eq!(world.cloud.live_media().len(), ids.len());
    assert!(world.cloud.live_media().iter().all(|media| media.stored_times == 1));
    other.stop().await;
}

#[tokio::test]
async fn the_same_file_again() {
    for upload in ONE_REQUEST {
        let world = World::quick().await;
        let path = world.file(upload.file, upload.bytes);
        let id = world.add(World::ask(&path)).await;
        world.settle(id).await;
        let media_id = world.facts(id).await.media;
        let again = world.engine().add(vec![World::ask(&path)]).await.expect("added");
        assert_eq!(again, [Added::Done { id, media_id }], "{}", upload.name);
        assert_eq!(world.cloud.live_media().len(), 1);
    }
}

#[tokio::test]
async fn a_moved_file_waits_for_a_decision() {
    for upload in ONE_REQUEST {
        let world = World::quick().await;
        let path = world.file(upload.file, upload.bytes);
        let id = world.add(World::ask(&path)).await;
        world.settle(id).await;
        // Elsewhere, under another name, and the first place is empty.
        let moved = world.folder.path().join(format!("moved-{}", upload.file));
        std::fs::rename(&path, &moved).expect("move");
        let again = world.add(Ask { again: Again::Ask, ..World::ask(&moved) }).await;
        let row = world.until(again, |row| row.same_as.is_some()).await;
        assert_eq!(row.same_as.map(|same| same.id), Some(id), "{}", upload.name);
        assert_eq!(world.cloud.live_media().len(), 1, "{}", upload.name);
        world.engine().send_anyway(again).await;
        assert_eq!(world.settle(again).await.status, Status::Done, "{}", upload.name);
        assert_eq!(world.cloud.live_media().len(), 2, "{}", upload.name);
    }
}
