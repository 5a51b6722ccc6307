//! Credentials that end, are refused, or come back for another place.

use expect_test::expect;
use vodlift_engine::Command;
use vodlift_engine::model::Phase;
use vodlift_engine::view::Status;
use vodlift_sandbox::{Options, Weather};
use vodlift_tests::{World, config, run};

use super::{ALL, IMAGE, PARTS, PUT, SUBTITLE, VIDEOS, check, told};

#[tokio::test]
async fn a_pass_near_its_end_is_renewed_before_it_is_used() {
    check(&["expire 17900\nPUT * 503 SlowDown retry 15s ×1"], &ALL, expect![[r#"
        expire 17900 & PUT * 503 SlowDown retry 15s ×1
            parts: planned 3 · reserved · opened · stored 2 · rest req.throttle · renewed · stored 1 · sent · sealed · verified · vod Normal · settled
            put: planned 1 · reserved · opened · rest req.throttle · renewed · stored 1 · sent · sealed · verified · vod Normal · settled
            image: planned 1 · reserved · opened · rest req.throttle · stored 1 · sent · sealed · verified · vod Normal · settled
            subtitle: planned 1 · reserved · opened · rest req.throttle · stored 1 · sent · sealed · verified · vod Normal · settled
    "#]]).await;
}

#[tokio::test]
async fn a_pass_that_ends_on_the_way() {
    check(&["put expired ×1"], &[PUT, SUBTITLE], expect![[r#"
        put expired ×1
            put: planned 1 · reserved · opened · renewed · stored 1 · sent · sealed · verified · vod Normal · settled
            subtitle: planned 1 · reserved · opened · back to planned · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · replaced · settled
    "#]]).await;
}

#[tokio::test]
async fn a_pass_that_ends_between_the_parts() {
    check(&["initiate expired ×1", "complete expired ×1"], &[PARTS], expect![[r#"
        initiate expired ×1
            parts: planned 3 · reserved · renewed · opened · stored 3 · sent · sealed · verified · vod Normal · settled
        complete expired ×1
            parts: planned 3 · reserved · opened · stored 3 · sent · renewed · sealed · verified · vod Normal · settled
    "#]]).await;
}

#[tokio::test]
async fn a_refresh_that_is_refused_is_asked_again_later() {
    let mut running = tokio::task::JoinSet::new();
    for refusal in ["503 ServiceUnAvailable", "400 Throttling.User", "500 InternalError"] {
        for upload in VIDEOS {
            running.spawn(async move {
                let script = format!(
                    "file {} {}\nexpire 17900\nPUT * 503 SlowDown retry 15s ×1\nrefresh {refusal} ×1",
                    upload.file, upload.bytes
                );
                let (world, id, _) = run(&script).await;
                let told = told(&world, id).await;
                // When the next try comes is a matter of milliseconds; that the old one serves until then is not.
                let later = if refusal.starts_with("500") { "cred.refresh" } else { "req.throttle" };
                let waits = format!("rest req.throttle · renew.later {later}");
                assert!(told.contains(&waits), "{told}");
                assert!(told.ends_with("settled"), "{told}");
                assert_eq!(told.matches("rest ").count(), 1, "{told}");
            });
        }
    }
    running.join_all().await;
}

#[tokio::test]
async fn a_refresh_that_is_refused_when_it_is_needed_rests() {
    for (refusal, code) in
        [("503 ServiceUnAvailable", "req.throttle"), ("answer lost", "net.timeout")]
    {
        for upload in VIDEOS {
            let script = format!(
                "file {} {}\nPUT * expired ×1\nrefresh {refusal} ×1",
                upload.file, upload.bytes
            );
            let (world, id, _) = run(&script).await;
            let told = told(&world, id).await;
            // Which parts had landed by then is chance; that those who waited share the failure and rest once is not.
            assert_eq!(told.matches(&format!("rest {code}")).count(), 1, "{told}");
            assert!(told.contains("renewed") && told.ends_with("settled"), "{told}");
        }
    }
}

#[tokio::test]
async fn an_address_that_changed_is_followed() {
    check(&["PUT * expired ×1\nrefresh moved ×1"], &VIDEOS, expect![[r#"
        PUT * expired ×1 & refresh moved ×1
            parts: planned 3 · reserved · opened · renewed · back to reserved · opened · stored 3 · sent · sealed · verified · vod Normal · settled | 1 uploads left
            put: planned 1 · reserved · opened · renewed · back to reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
    "#]]).await;
}

#[tokio::test]
async fn a_replaced_id_is_deleted_even_after_a_kill() {
    for upload in [IMAGE, SUBTITLE] {
        let weather: Weather =
            "put expired ×1\ncreate slow 400ms skip 1 ×1".parse().expect("weather");
        let mut world = World::new(Options { weather, ..Options::quick() }, config()).await;
        let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
        // Back to where it was planned, with the first id still to be deleted.
        world.cloud.until(|requests| requests.count("PutObject") == 1).await;
        world.until(id, |row| row.phase == Phase::Planned).await;
        world.kill().await;
        world.start().await;
        let row = world.settle(id).await;
        assert_eq!(row.status, Status::Done, "{}", upload.name);
        world.arrived(id).await;
        let media = world.facts(id).await.media;
        let live = world.cloud.live_media();
        // The answer of the second create may have been killed: such an id never gets a file.
        let filled: Vec<_> = live.iter().filter(|media| media.stored_times > 0).collect();
        assert_eq!(filled.len(), 1);
        assert_eq!(Some(&filled[0].id), media.as_ref());
        assert_eq!(world.facts(id).await.old_media, None);
        assert!(world.story(id).await.contains("replaced"), "{}", world.story(id).await);
    }
}

#[tokio::test]
async fn every_replaced_id_is_deleted() {
    check(&["put expired ×2"], &[IMAGE, SUBTITLE], expect![[r#"
        put expired ×2
            image: planned 1 · reserved · opened · back to planned · reserved · opened · back to planned · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · replaced · settled
            subtitle: planned 1 · reserved · opened · back to planned · reserved · opened · back to planned · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · replaced · settled
    "#]]).await;
    for upload in [IMAGE, SUBTITLE] {
        // The first id was given up, the second waits for its bytes without end.
        let weather: Weather = "put expired ×1\nput stall".parse().expect("weather");
        let world = World::new(Options { weather, ..Options::quick() }, config()).await;
        let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
        world.cloud.until(|requests| requests.count("PutObject") == 1).await;
        world.until(id, |row| row.phase == Phase::Opened).await;
        world.engine().command(&[id], Command::Cancel).await;
        assert_eq!(world.settle(id).await.status, Status::Cancelled);
        let told = told(&world, id).await;
        assert!(told.ends_with("| 0 ids"), "{told}");
    }
}
