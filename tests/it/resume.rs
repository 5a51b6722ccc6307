//! Killed after every fact and started again: the same end, the same bytes, nothing sent twice.

use vodlift_engine::Command;
use vodlift_engine::model::{Ask, Phase};
use vodlift_engine::view::Status;
use vodlift_sandbox::Options;
use vodlift_tests::{World, config};

/// Kills the engine as soon as `phase` is true, starts another one and lets it finish.
async fn killed_at(name: &str, size: usize, phase: Phase) -> World {
    let mut config = config();
    config.limit = Some(vodlift_engine::Limit { rate: 8 << 20, periods: vec![] });
    let mut world = World::new(Options::quick(), config).await;
    let path = world.file(name, size);
    let id = world.add(World::ask(&path)).await;
    world.until(id, |row| row.phase >= phase).await;
    world.kill().await;
    world.start().await;
    let row = world.settle(id).await;
    assert_eq!(row.status, Status::Done, "{name} killed at {phase:?}: {}", world.story(id).await);
    world.arrived(id).await;
    for media in world.cloud.media() {
        assert_eq!(media.overwriting_passes, 0, "a finished video was refreshed ({phase:?})");
        assert!(media.stored_times <= 1, "a finished object was overwritten ({phase:?})");
    }
    world
}

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
async fn a_video_survives_a_kill_after_every_fact() {
    for phase in PHASES {
        let world = killed_at("a.mp4", 4 << 20, phase).await;
        assert_eq!(
            world.cloud.live_media().len(),
            1,
            "one video, whenever it was killed ({phase:?})"
        );
    }
}

#[tokio::test]
async fn an_image_survives_a_kill_after_every_fact() {
    for phase in PHASES {
        let world = killed_at("a.png", 2 << 20, phase).await;
        // Killed while VOD was asked, an id may be left that never gets a file: images cannot be looked up.
        assert_eq!(world.cloud.objects().len(), 1, "one image, whenever it was killed ({phase:?})");
        let ids = world.cloud.live_media().len();
        assert!(
            ids == 1 || (ids == 2 && phase <= Phase::Planned),
            "{ids} ids, killed at {phase:?}"
        );
    }
}

#[tokio::test]
async fn what_is_stored_is_not_sent_again() {
    let mut config = config();
    config.parts = 2;
    config.limit = Some(vodlift_engine::Limit { rate: 4 << 20, periods: vec![] });
    let mut world = World::new(Options::quick(), config).await;
    let id = world.add(World::ask(&world.file("a.mp4", 8 << 20))).await;
    world.until(id, |row| row.done_bytes >= 4 << 20).await;
    world.kill().await;
    world.config.limit = None;
    world.start().await;
    assert_eq!(world.settle(id).await.status, Status::Done);
    world.arrived(id).await;
    let sent = world.cloud.requests().bytes(Some("UploadPart"));
    assert!(sent <= 10 << 20, "{sent} bytes for a file of 8 MiB");
    assert_eq!(world.cloud.requests().good("ListParts"), 1);
}

#[tokio::test]
async fn a_quiet_stop_lets_go_and_goes_on() {
    let mut config = config();
    config.limit = Some(vodlift_engine::Limit { rate: 4 << 20, periods: vec![] });
    let mut world = World::new(Options::quick(), config).await;
    let id = world.add(World::ask(&world.file("a.mp4", 4 << 20))).await;
    world.until(id, |row| row.done_bytes > 0).await;
    world.engine().stop().await;
    assert_eq!(world.facts_after_stop(id).await.owner, None);
    world.start().await;
    assert_eq!(world.settle(id).await.status, Status::Done);
    world.arrived(id).await;
}

#[tokio::test]
async fn a_file_that_changed_while_nobody_looked_is_asked_about() {
    let mut config = config();
    config.limit = Some(vodlift_engine::Limit { rate: 2 << 20, periods: vec![] });
    let mut world = World::new(Options::quick(), config).await;
    let path = world.file("a.mp4", 4 << 20);
    let id = world.add(World::ask(&path)).await;
    world.until(id, |row| row.done_bytes > 0).await;
    world.kill().await;
    std::fs::write(&path, vodlift_tests::bytes("other.mp4", 3 << 20)).expect("write");
    world.config.limit = None;
    world.start().await;
    let row = world.settle(id).await;
    assert_eq!(row.fault.map(|f| f.code.as_str()), Some("file.changed"));
    assert!(row.can.restart);
    world.engine().command(&[id], Command::Restart).await;
    let row = world.until(id, |row| row.status == Status::Done).await;
    assert_eq!(row.size_bytes, 3 << 20);
    world.arrived(id).await;
    assert_eq!(world.cloud.live_media().len(), 1, "the same video is filled with the new file");
}

#[tokio::test]
async fn a_cancel_survives_a_kill() {
    let mut config = config();
    config.grace = std::time::Duration::from_millis(300);
    config.limit = Some(vodlift_engine::Limit { rate: 2 << 20, periods: vec![] });
    let mut world = World::new(Options::quick(), config).await;
    let id = world.add(World::ask(&world.file("a.mp4", 4 << 20))).await;
    world.until(id, |row| row.done_bytes > 0).await;
    world.engine().command(&[id], Command::Cancel).await;
    world.kill().await;
    world.start().await;
    let row = world.settle(id).await;
    assert_eq!((row.status, row.phase), (Status::Cancelled, Phase::Discarded));
    assert_eq!(world.cloud.orphans().len(), 0);
}

#[tokio::test]
async fn a_paused_transfer_stays_paused() {
    let mut world = World::quick().await;
    let id = world.add(Ask { start: false, ..World::ask(&world.file("a.mp4", 2 << 20)) }).await;
    world.kill().await;
    world.start().await;
    let row = world.until(id, |_| true).await;
    assert_eq!(row.status, Status::Paused);
    assert_eq!(world.cloud.requests().0.len(), 0);
}
