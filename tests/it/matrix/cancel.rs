//! Cancelled on the way, taken back, or too late.

use std::time::Duration;

use vodlift_engine::Command;
use vodlift_engine::model::Phase;
use vodlift_engine::view::Status;
use vodlift_sandbox::{Options, Steps, Weather};
use vodlift_tests::{World, config};

use super::{ALL, ONE_REQUEST, Upload, VIDEOS};

/// An upload in whose middle nothing moves.
async fn stuck_in_the_middle(
    upload: Upload,
    grace: Duration,
    remove: bool,
) -> (World, vodlift_engine::model::TransferId) {
    let weather: Weather = "PUT * stall ×1\ncomplete stall ×1".parse().expect("weather");
    let mut config = config();
    config.grace = grace;
    config.remove_at_vod = remove;
    let world = World::new(Options { weather, ..Options::quick() }, config).await;
    let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
    world.until(id, |row| row.phase == Phase::Opened && row.status == Status::Uploading).await;
    world.engine().command(&[id], Command::Cancel).await;
    (world, id)
}

#[tokio::test]
async fn a_cancel_leaves_nothing() {
    for upload in ALL {
        let (world, id) = stuck_in_the_middle(upload, Duration::ZERO, true).await;
        let row = world.settle(id).await;
        assert_eq!((row.status, row.phase), (Status::Cancelled, Phase::Discarded));
        assert_eq!(world.cloud.live_media().len(), 0, "{}", upload.name);
        assert_eq!(world.cloud.orphans().len(), 0, "{}", upload.name);
        assert_eq!(world.cloud.objects().len(), 0, "{}", upload.name);
    }
}

#[tokio::test]
async fn a_cancel_may_leave_the_id() {
    for upload in ALL {
        let (world, id) = stuck_in_the_middle(upload, Duration::ZERO, false).await;
        assert_eq!(world.settle(id).await.phase, Phase::Discarded);
        assert_eq!(world.cloud.live_media().len(), 1, "{}", upload.name);
        assert_eq!(world.cloud.orphans().len(), 0, "{}", upload.name);
    }
}

#[tokio::test]
async fn an_id_that_never_arrived_is_looked_for_until_vod_answers() {
    for upload in VIDEOS {
        let weather =
            "create answer lost ×1\nGetVideoInfo stall ×1\nGetVideoInfo 503 ServiceUnAvailable ×2";
        let weather: Weather = weather.parse().expect("weather");
        let mut config = config();
        config.remove_at_vod = true;
        let world = World::new(Options { weather, ..Options::quick() }, config).await;
        let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
        world.cloud.until(|requests| requests.count("GetVideoInfo") == 1).await;
        assert_eq!(world.cloud.live_media().len(), 1, "{}", upload.name);
        world.engine().command(&[id], Command::Cancel).await;
        assert_eq!(world.settle(id).await.phase, Phase::Discarded);
        assert_eq!(world.cloud.live_media().len(), 0, "{}", upload.name);
    }
}

#[tokio::test]
async fn a_cancel_is_taken_back() {
    for upload in ONE_REQUEST {
        let (world, id) = stuck_in_the_middle(upload, Duration::from_hours(1), true).await;
        world.until(id, |row| row.status == Status::Cancelled).await;
        world.engine().uncancel(&[id]).await;
        assert_eq!(world.settle(id).await.status, Status::Done, "{}", upload.name);
        world.arrived(id).await;
        assert_eq!(world.cloud.live_media().len(), 1);
    }
}

#[tokio::test]
async fn what_is_whole_is_not_cancelled() {
    for upload in ALL {
        let steps = Steps { received: Duration::from_millis(300), ..Steps::instant() };
        let world = World::new(Options { steps, ..Options::quick() }, config()).await;
        let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
        world.until(id, |row| row.phase >= Phase::Sealed).await;
        world.engine().command(&[id], Command::Cancel).await;
        assert_eq!(world.settle(id).await.status, Status::Done, "{}", upload.name);
        world.arrived(id).await;
    }
}
