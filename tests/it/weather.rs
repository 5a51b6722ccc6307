//! Every fault of the table has a script: what goes wrong, and how the story goes on.

use std::time::Duration;

use expect_test::{Expect, expect};
use vodlift_engine::Command;
use vodlift_engine::fault::Code;
use vodlift_engine::model::{Ask, Phase, Wait};
use vodlift_engine::remark::RemarkCode;
use vodlift_engine::view::Status;
use vodlift_sandbox::Options;
use vodlift_tests::{World, config, run};

async fn check(script: &str, expect: Expect) -> World {
    let (world, _id, story) = run(script).await;
    expect.assert_eq(&story);
    world
}

#[tokio::test]
async fn a_cut_part_goes_again() {
    check(
        "file a.mp4 5MiB\npart 3 cut after 64 KiB ×1",
        expect!["planned 5 · reserved · opened · stored 4 · rest net.timeout · stored 1 · sent · sealed · verified · vod Normal · settled"],
    )
    .await;
}

#[tokio::test]
async fn busy_storage_is_waited_for() {
    check("file a.mp4 2MiB\nPUT * 503 SlowDown ×1", expect!["planned 2 · reserved · opened · stored 1 · rest req.throttle · stored 1 · sent · sealed · verified · vod Normal · settled"]).await;
}

#[tokio::test]
async fn a_damaged_part_goes_again_at_once() {
    check("file a.mp4 2MiB\npart 2 corrupt ×1", expect!["planned 2 · reserved · opened · part.again · stored 2 · sent · sealed · verified · vod Normal · settled"]).await;
}

#[tokio::test]
async fn a_part_that_is_damaged_three_times_rests() {
    check("file a.mp4 2MiB\npart 2 corrupt ×3", expect!["planned 2 · reserved · opened · part.again · part.again · part.again · stored 1 · rest oss.part · stored 1 · sent · sealed · verified · vod Normal · settled"]).await;
}

#[tokio::test]
async fn a_lost_answer_to_create_makes_no_second_video() {
    let world = check("file a.mp4 2MiB\ncreate answer lost ×1", expect!["planned 2 · rest net.timeout · found.again · reserved · opened · stored 2 · sent · sealed · verified · vod Normal · settled"]).await;
    assert_eq!(world.cloud.live_media().len(), 1);
    assert_eq!(world.cloud.requests().count("CreateUploadVideo"), 1);
}

#[tokio::test]
async fn a_lost_answer_to_complete_is_asked_about() {
    let world = check("file a.mp4 2MiB\ncomplete answer lost ×1", expect!["planned 2 · reserved · opened · stored 2 · sent · rest net.timeout · landed · verified · settled"]).await;
    assert_eq!(world.cloud.requests().good("CompleteMultipartUpload"), 0);
    assert_eq!(world.cloud.requests().count("CompleteMultipartUpload"), 1);
}

#[tokio::test]
async fn a_lost_answer_to_a_put_sends_no_second_object() {
    let world = check(
        "file a.png 200KiB\nput answer lost ×1",
        expect!["planned 1 · reserved · opened · rest net.timeout · landed · verified · settled"],
    )
    .await;
    assert_eq!(world.cloud.live_media().len(), 1);
    assert_eq!(world.cloud.requests().count("PutObject"), 1);
}

#[tokio::test]
async fn a_refused_pass_is_renewed_once_and_only_that_part_goes_again() {
    let world = check("file a.mp4 4MiB\npart 2 expired ×1", expect!["planned 4 · reserved · opened · renewed · stored 4 · sent · sealed · verified · vod Normal · settled"]).await;
    let requests = world.cloud.requests();
    assert_eq!(requests.good("RefreshUploadVideo"), 1);
    assert_eq!(requests.good("UploadPart"), 4);
}

#[tokio::test]
async fn a_short_pass_is_renewed_before_it_ends() {
    let mut config = config();
    config.limit = Some(vodlift_engine::Limit { rate: 2 << 20, periods: vec![] });
    config.parts = 1;
    let world =
        World::new(Options { expire: Duration::from_millis(1_500), ..Options::quick() }, config)
            .await;
    let id = world.add(World::ask(&world.file("a.mp4", 6 << 20))).await;
    assert_eq!(world.settle(id).await.status, Status::Done);
    world.arrived(id).await;
    let requests = world.cloud.requests();
    assert!(requests.good("RefreshUploadVideo") >= 1);
    assert_eq!(
        requests.of("UploadPart").filter(|r| r.status == Some(403)).count(),
        0,
        "never sent with a pass that is over"
    );
}

#[tokio::test]
async fn a_pass_of_an_image_that_ends_is_followed_by_a_new_image() {
    let world = check("file a.png 200KiB\nput expired ×1", expect!["planned 1 · reserved · opened · back to planned · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · replaced · settled"]).await;
    assert_eq!(
        world.cloud.live_media().len(),
        1,
        "the first image is deleted once the second is there"
    );
}

#[tokio::test]
async fn an_upload_that_is_gone_starts_again() {
    check("file a.mp4 3MiB\npart 2 forget upload ×1", expect!["planned 3 · reserved · opened · back to reserved · opened · stored 3 · sent · sealed · verified · vod Normal · settled"]).await;
}

#[tokio::test]
async fn a_media_that_is_gone_is_reserved_anew() {
    let mut config = config();
    config.limit = Some(vodlift_engine::Limit { rate: 2 << 20, periods: vec![] });
    let mut world = World::new(Options::quick(), config).await;
    let id = world.add(World::ask(&world.file("a.mp4", 4 << 20))).await;
    let row = world.until(id, |row| row.done_bytes > 0).await;
    world.kill().await;
    world.cloud.forget_media(&row.media_id.expect("a media id"));
    world.config.limit = None;
    world.start().await;
    assert_eq!(world.settle(id).await.status, Status::Done);
    world.arrived(id).await;
}

#[tokio::test]
async fn a_wrong_checksum_of_the_whole_is_looked_at_again() {
    check("file a.mp4 2MiB\ncomplete wrong crc ×1", expect!["planned 2 · reserved · opened · stored 2 · sent · sealed · verified · vod Normal · settled"]).await;
}

#[tokio::test]
async fn a_wrong_checksum_twice_is_never_called_success() {
    let (world, id, story) = run("file a.mp4 2MiB\ncomplete wrong crc ×1\nhead wrong crc").await;
    expect!["planned 2 · reserved · opened · stored 2 · sent · sealed · stuck oss.crc"]
        .assert_eq(&story);
    assert_eq!(world.settle(id).await.fault.map(|f| f.code.as_str()), Some("oss.crc"));
}

#[tokio::test]
async fn a_clock_that_is_off_is_corrected() {
    check("file a.mp4 2MiB\nclock +40m", expect!["planned 2 · reserved · opened · stored 2 · sent · sealed · verified · vod Normal · settled"]).await;
}

#[tokio::test]
async fn throttling_in_a_400_is_throttling() {
    check("file a.mp4 2MiB\ncreate 400 Throttling.User ×2", expect!["planned 2 · rest req.throttle · rest req.throttle · reserved · opened · stored 2 · sent · sealed · verified · vod Normal · settled"]).await;
}

#[tokio::test]
async fn no_permission_needs_the_person() {
    let (_, _, story) = run("file a.mp4 2MiB\ncreate 403 Forbidden.RAM").await;
    expect!["planned 2 · stuck auth.ram"].assert_eq(&story);
}

#[tokio::test]
async fn a_cloud_that_stays_busy_is_told_after_five_attempts_and_retry_goes_on() {
    let (world, id, story) = run("file a.mp4 2MiB\ninitiate 500 InternalError").await;
    expect!["planned 2 · reserved · rest req.server · rest req.server · rest req.server · rest req.server · rest req.server · stuck req.server"].assert_eq(&story);
    world.cloud.weather(vodlift_sandbox::Weather::fair());
    world.engine().command(&[id], Command::Run).await;
    let row = world.until(id, |row| row.status == Status::Done).await;
    assert!(row.fault.is_none());
}

#[tokio::test]
async fn a_transcode_that_fails_is_told_when_only_the_file_was_waited_for() {
    let (world, id, story) = run("file a.mp4 2MiB\ncomplete ends TranscodeFail").await;
    expect!["planned 2 · reserved · opened · stored 2 · sent · sealed · verified · vod TranscodeFail · settled"].assert_eq(&story);
    let row = world.settle(id).await;
    assert_eq!(row.status, Status::Done);
    let remarks: Vec<_> =
        row.remarks.iter().map(|remark| (remark.code, &*remark.facts["status"])).collect();
    assert_eq!(remarks, [(RemarkCode::VodFailed, "TranscodeFail")]);
}

#[tokio::test]
async fn a_transcode_that_fails_is_a_failure_when_it_was_waited_for() {
    let weather = "complete ends TranscodeFail".parse().expect("weather");
    let world = World::new(Options { weather, ..Options::quick() }, config()).await;
    let ask = Ask { wait: Wait::Playable, ..World::ask(&world.file("a.mp4", 2 << 20)) };
    let id = world.add(ask).await;
    let row = world.settle(id).await;
    assert_eq!(row.fault.map(|fault| fault.code), Some(Code::VodTranscodeFail));
    world.arrived(id).await;
}

#[tokio::test]
async fn a_sign_in_page_is_a_missing_network() {
    check("file a.mp4 2MiB\ncreate html ×2", expect!["planned 2 · rest net.portal · rest net.portal · reserved · opened · stored 2 · sent · sealed · verified · vod Normal · settled"]).await;
}

#[tokio::test]
async fn a_storm_is_survived() {
    for seed in [3, 14, 15] {
        let (world, id, story) = run(&format!("file a.mp4 12MiB\nseed {seed} intensity 8%")).await;
        assert_eq!(world.facts(id).await.state.phase, Phase::Settled, "seed {seed}: {story}");
    }
}

#[tokio::test]
async fn a_network_that_goes_away_for_long_is_waited_for() {
    let data = tempfile::tempdir().expect("folder");
    let options = || Options { data: Some(data.path().to_owned()), ..Options::quick() };
    let mut config = config();
    config.limit = Some(vodlift_engine::Limit { rate: 2 << 20, periods: vec![] });
    let mut world = World::new(options(), config).await;
    let id = world.add(World::ask(&world.file("a.mp4", 4 << 20))).await;
    world.until(id, |row| row.done_bytes > 0).await;
    let fresh = {
        let port = world.cloud.port();
        let elsewhere = vodlift_sandbox::Sandbox::start(Options::quick()).await.expect("sandbox");
        std::mem::replace(&mut world.cloud, elsewhere).stop().await;
        port
    };
    // Far more attempts than are ever counted.
    world.until(id, |row| row.status == Status::Held).await;
    let rests = async {
        loop {
            let story = world.story(id).await;
            if story.matches("rest net.offline").count() > 12 {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    rests.await;
    world.cloud = vodlift_sandbox::Sandbox::start(Options { port: Some(fresh), ..options() })
        .await
        .expect("sandbox");
    assert_eq!(world.settle(id).await.status, Status::Done);
    world.arrived(id).await;
}

#[tokio::test]
async fn an_address_that_moves_with_a_refresh_gets_the_bytes_anew() {
    let (world, _, story) = run("file a.mp4 4MiB\npart 2 expired ×1\nrefresh moved ×1").await;
    assert!(story.contains("back to reserved · opened · stored 4"), "{story}");
    assert_eq!(world.cloud.live_media().len(), 1, "under the same video");
}
