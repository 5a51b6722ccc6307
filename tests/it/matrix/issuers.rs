//! Credential servers, decent and not: whatever one does, a transfer ends well or says why, and one media gets the file.

use std::time::Duration;

use vodlift_engine::Command;
use vodlift_engine::remark::RemarkCode;
use vodlift_engine::view::Status;
use vodlift_sandbox::{Options, Weather};
use vodlift_tests::issuer::{Manner, Misdeed};
use vodlift_tests::{World, config};

use super::{ALL, IMAGE, PARTS, VIDEOS};

async fn world(manner: Manner) -> World {
    World::by_server(Options::quick(), config(), manner).await
}

#[tokio::test]
async fn a_lost_answer_leaves_nothing_that_cannot_be_finished() {
    for manner in [Manner::Faithful, Manner::Refuses, Manner::Forgets] {
        for misdeed in [Misdeed::AnswerLost, Misdeed::Half, Misdeed::Status(500)] {
            for upload in ALL {
                let world = world(manner).await;
                world.server().misbehave("create", misdeed.clone());
                let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
                let row = world.settle(id).await;
                let story = world.story(id).await;
                let what = format!("{manner:?} {misdeed:?} {}: {story}", upload.name);
                assert_eq!(row.status, Status::Done, "{what}");
                world.arrived(id).await;
                assert_eq!(world.cloud.objects().len(), 1, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn a_faithful_server_makes_one_media_whatever_is_lost() {
    for upload in VIDEOS {
        let world = world(Manner::Faithful).await;
        for _ in 0..3 {
            world.server().misbehave("create", Misdeed::AnswerLost);
        }
        let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
        assert_eq!(world.settle(id).await.status, Status::Done, "{}", world.story(id).await);
        assert_eq!(world.cloud.live_media().len(), 1, "{}", upload.name);
    }
}

#[tokio::test]
async fn a_servers_clock_is_its_own_affair() {
    for seconds in [3_700, -3_700, 90_000] {
        for upload in ALL {
            let world = world(Manner::Faithful).await;
            world.server().clock(seconds);
            let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
            let row = world.settle(id).await;
            let story = world.story(id).await;
            assert_eq!(row.status, Status::Done, "{seconds} s, {}: {story}", upload.name);
            assert_eq!(world.cloud.live_media().len(), 1, "{seconds} s, {}: {story}", upload.name);
            assert_eq!(world.server().asked("create"), 1, "{story}");
        }
    }
}

#[tokio::test]
async fn what_a_hostile_server_says_is_refused_with_its_cause_and_retry_goes_on() {
    for (misdeed, code) in [
        (Misdeed::HalfJson, "srv.shape"),
        (Misdeed::Huge, "srv.shape"),
        (Misdeed::Status(401), "srv.auth"),
        (Misdeed::OtherHost("https://10.0.0.7"), "cred.address"),
        (Misdeed::OtherHost("http://storage.example.com.:80/x"), "srv.shape"),
    ] {
        let world = world(Manner::Faithful).await;
        world.server().misbehave("create", misdeed.clone());
        let id = world.add(World::ask(&world.file(PARTS.file, PARTS.bytes))).await;
        let row = world.settle(id).await;
        let told = row.fault.map(|fault| fault.code.as_str());
        assert_eq!(told, Some(code), "{misdeed:?}: {}", world.story(id).await);
        assert_eq!(world.cloud.objects().len(), 0, "{misdeed:?}");
        world.engine().command(&[id], Command::Run).await;
        let row = world.until(id, |row| row.status == Status::Done).await;
        assert_eq!(row.status, Status::Done, "{misdeed:?}");
        world.arrived(id).await;
        assert_eq!(world.cloud.live_media().len(), 1, "{misdeed:?}");
    }
}

#[tokio::test]
async fn a_refresh_for_another_media_or_another_place_is_not_followed() {
    for misdeed in [Misdeed::WrongMedia, Misdeed::OtherHost("https://10.0.0.7")] {
        let weather: Weather = "PUT * expired ×1".parse().expect("weather");
        let options = Options { weather, ..Options::quick() };
        let world = World::by_server(options, config(), Manner::Faithful).await;
        world.server().misbehave("refresh", misdeed.clone());
        let id = world.add(World::ask(&world.file(PARTS.file, PARTS.bytes))).await;
        let row = world.settle(id).await;
        assert_eq!(row.status, Status::Failed, "{misdeed:?}: {}", world.story(id).await);
        world.engine().command(&[id], Command::Run).await;
        world.until(id, |row| row.status == Status::Done).await;
        world.arrived(id).await;
    }
}

#[tokio::test]
async fn a_slow_server_is_waited_for() {
    let world = world(Manner::Faithful).await;
    world.server().misbehave("create", Misdeed::Slow(Duration::from_millis(300)));
    let id = world.add(World::ask(&world.file(IMAGE.file, IMAGE.bytes))).await;
    assert_eq!(world.settle(id).await.status, Status::Done);
    assert_eq!(world.server().asked("create"), 1);
}

#[tokio::test]
async fn reads_that_ram_refuses_never_make_an_upload_fail() {
    for by_server in [false, true] {
        for upload in ALL {
            for more in
                ["", "\nput answer lost ×1", "\ncomplete answer lost ×1", "\nPUT * expired ×1"]
            {
                let weather: Weather =
                    format!("status 403 Forbidden.RAM{more}").parse().expect("weather");
                let options = Options { weather, ..Options::quick() };
                let world = if by_server {
                    World::by_server(options, config(), Manner::Faithful).await
                } else {
                    World::new(options, config()).await
                };
                let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
                let row = world.settle(id).await;
                let what = format!("{by_server} {}{more}: {}", upload.name, world.story(id).await);
                assert_eq!(row.status, Status::Done, "{what}");
                let told: Vec<_> = row.remarks.iter().map(|remark| remark.code).collect();
                assert!(told.contains(&RemarkCode::VodUnasked), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn what_may_not_be_read_is_resumed_and_cleaned_up_all_the_same() {
    for clean_up in [false, true] {
        let weather: Weather =
            "status 403 Forbidden.RAM\npart 2 stall ×1".parse().expect("weather");
        let mut world = World::new(Options { weather, ..Options::quick() }, config()).await;
        let id = world.add(World::ask(&world.file(PARTS.file, PARTS.bytes))).await;
        world.stalled(1).await;
        world.kill().await;
        world.start().await;
        if clean_up {
            world.engine().command(&[id], Command::Cancel).await;
            assert_eq!(world.settle(id).await.status, Status::Cancelled);
            assert_eq!((world.cloud.live_media().len(), world.cloud.orphans().len()), (0, 0));
        } else {
            assert_eq!(world.settle(id).await.status, Status::Done, "{}", world.story(id).await);
            world.arrived(id).await;
            assert_eq!(world.cloud.live_media().len(), 1);
        }
    }
}
