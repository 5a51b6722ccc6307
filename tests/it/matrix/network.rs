//! Far sides that are busy, clocks that are wrong, networks that are away.

use expect_test::expect;
use vodlift_engine::view::Status;
use vodlift_sandbox::{Options, Sandbox};
use vodlift_tests::{World, config, run};

use super::{ALL, ONE_REQUEST, check};

#[tokio::test]
async fn throttling_is_waited_for() {
    check(&["vod 400 Throttling.User ×2", "status 400 Throttling.Api ×1"], &ONE_REQUEST, expect![[r#"
        vod 400 Throttling.User ×2
            put: planned 1 · rest req.throttle · rest req.throttle · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
            image: planned 1 · rest req.throttle · rest req.throttle · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
            subtitle: planned 1 · rest req.throttle · rest req.throttle · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
        status 400 Throttling.Api ×1
            put: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · rest req.throttle · vod Normal · settled
            image: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · rest req.throttle · vod Normal · settled
            subtitle: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · rest req.throttle · vod Normal · settled
    "#]])
        .await;
}

#[tokio::test]
async fn a_named_time_is_kept() {
    for upload in ALL {
        let script =
            format!("file {} {}\nPUT * 503 SlowDown retry 1s ×1", upload.file, upload.bytes);
        let (world, id, story) = run(&script).await;
        let lines = world.engine().timeline(id).await.expect("journal");
        let rest = lines.iter().find(|line| line.what == "rest").expect("a rest");
        // What the machine decided; then what the sandbox saw: however slow this computer is, never early.
        let rested: u64 = rest.data["ms"].parse().expect("a time");
        assert!(rested <= 1_100, "{}: {rested} ms in {story}", upload.name);
        let requests = world.cloud.requests();
        let puts: Vec<_> = requests.0.iter().filter(|request| request.method == "PUT").collect();
        let refused = puts.iter().find(|put| put.status == Some(503)).expect("it was refused");
        let again = |put: &&&vodlift_sandbox::Request| {
            put.part == refused.part && put.object == refused.object && put.at_ms > refused.at_ms
        };
        let again = puts.iter().find(again).expect("it goes on");
        assert!(again.at_ms >= refused.at_ms + 999, "{}: went on early", upload.name);
    }
}

#[tokio::test]
async fn clocks_that_are_days_off() {
    check(&["clock +72h", "clock -72h"], &ALL, expect![[r#"
        clock +72h
            parts: planned 3 · reserved · opened · stored 3 · sent · sealed · verified · vod Normal · settled
            put: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
            image: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
            subtitle: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
        clock -72h
            parts: planned 3 · reserved · opened · stored 3 · sent · sealed · verified · vod Normal · settled
            put: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
            image: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
            subtitle: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
    "#]]).await;
}

#[tokio::test]
async fn offline_burns_no_attempts() {
    for upload in ONE_REQUEST {
        let data = tempfile::tempdir().expect("folder");
        let options = || Options { data: Some(data.path().to_owned()), ..Options::quick() };
        let mut world = World::new(options(), config()).await;
        // The network is known: what fails now is its fault.
        let known = world.add(World::ask(&world.file("known.srt", 500))).await;
        world.settle(known).await;
        let port = world.cloud.port();
        let elsewhere = Sandbox::start(Options::quick()).await.expect("sandbox");
        std::mem::replace(&mut world.cloud, elsewhere).stop().await;
        let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
        let rests = async {
            // Far more than the five that are ever counted.
            while world.story(id).await.matches("rest net.offline").count() < 12 {
                world.until(id, |row| row.status == Status::Held).await;
            }
        };
        rests.await;
        world.cloud =
            Sandbox::start(Options { port: Some(port), ..options() }).await.expect("sandbox");
        assert_eq!(world.settle(id).await.status, Status::Done, "{}", upload.name);
        world.arrived(id).await;
    }
}
