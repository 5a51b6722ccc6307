//! Each kind of media to each of its ends, in fair weather.

use std::time::Duration;

use expect_test::{Expect, expect};
use vodlift_engine::model::{Ask, Kind, Phase, TransferId, Wait};
use vodlift_engine::view::Status;
use vodlift_engine::{Added, Command, Scope};
use vodlift_sandbox::{Options, Steps};
use vodlift_tests::{World, config, run};

async fn check(script: &str, expect: Expect) {
    let (_world, _id, story) = run(script).await;
    expect.assert_eq(&story);
}

#[tokio::test]
async fn a_video_goes_up_in_parts() {
    check(
        "file a.mp4 5MiB",
        expect!["planned 5 · reserved · opened · stored 5 · sent · sealed · verified · vod Normal · settled"],
    )
    .await;
}

#[tokio::test]
async fn a_small_video_is_one_request() {
    let (world, _, story) = run("file a.mp4 900KiB").await;
    expect![
        "planned 1 · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled"
    ]
    .assert_eq(&story);
    let requests = world.cloud.requests();
    assert_eq!((requests.count("PutObject"), requests.count("InitiateMultipartUpload")), (1, 0));
}

#[tokio::test]
async fn every_kind_has_its_own_way() {
    for (file, kind, action) in [
        ("a.mp3", None, "CreateUploadVideo"),
        ("a.png", None, "CreateUploadImage"),
        ("a.srt", None, "CreateUploadAttachedMedia"),
        ("a.png", Some(Kind::Watermark), "CreateUploadAttachedMedia"),
        ("a.jpg", Some(Kind::Material), "CreateUploadAttachedMedia"),
    ] {
        let kind = kind.map(|k| format!("kind {}", k.as_str())).unwrap_or_default();
        let (world, id, _) = run(&format!("file {file} 300KiB\n{kind}")).await;
        let facts = world.facts(id).await;
        assert_eq!(facts.state.phase, Phase::Settled, "{file} {kind}");
        assert_eq!(world.cloud.requests().good(action), 1, "{file} {kind}");
    }
}

#[tokio::test]
async fn playable_waits_for_the_end_of_transcoding() {
    let steps = Steps {
        received: Duration::from_millis(5),
        queued: Duration::from_millis(20),
        transcoding: Duration::from_millis(40),
    };
    let world = World::new(Options { steps, ..Options::quick() }, config()).await;
    let path = world.file("a.mp4", 2 << 20);
    let id = world.add(Ask { wait: Wait::Playable, ..World::ask(&path) }).await;
    let row = world.settle(id).await;
    assert_eq!((row.status, row.vod.map(|v| v.status).as_deref()), (Status::Done, Some("Normal")));
    world.arrived(id).await;
}

#[tokio::test]
async fn stored_settles_as_soon_as_vod_has_the_file() {
    let steps = Steps {
        received: Duration::ZERO,
        queued: Duration::from_secs(60),
        transcoding: Duration::from_secs(60),
    };
    let world = World::new(Options { steps, ..Options::quick() }, config()).await;
    let id = world.add(World::ask(&world.file("a.mp4", 2 << 20))).await;
    let row = world.settle(id).await;
    assert_eq!(
        (row.status, row.vod.map(|v| v.status).as_deref()),
        (Status::Done, Some("UploadSucc"))
    );
}

#[tokio::test]
async fn a_cover_is_given_to_its_video() {
    let world = World::quick().await;
    let video = world.add(World::ask(&world.file("a.mp4", 3 << 20))).await;
    let cover =
        world.add(Ask { parent: Some(video), ..World::ask(&world.file("a.jpg", 1_000)) }).await;
    assert_eq!(world.settle(video).await.status, Status::Done);
    assert_eq!(world.settle(cover).await.status, Status::Done);
    let media = world.facts(video).await.media;
    let url = world.facts(cover).await.url.expect("an address");
    let there =
        world.cloud.media().into_iter().find(|m| Some(&m.id) == media.as_ref()).expect("the video");
    assert_eq!(there.cover_url, url);
}

#[tokio::test]
async fn a_cancel_cleans_up_and_leaves_nothing_at_vod() {
    let mut config = config();
    config.limit = Some(vodlift_engine::Limit { rate: 3 << 20, periods: vec![] });
    let world = World::new(Options::quick(), config).await;
    let id = world.add(World::ask(&world.file("a.mp4", 6 << 20))).await;
    world.until(id, |row| row.done_bytes > 0).await;
    world.engine().command(&[id], Command::Cancel).await;
    let row = world.settle(id).await;
    assert_eq!((row.status, row.phase), (Status::Cancelled, Phase::Discarded));
    assert_eq!(world.cloud.orphans().len(), 0);
    assert_eq!(world.cloud.live_media().len(), 0);
}

#[tokio::test]
async fn a_cancel_within_its_grace_is_taken_back_and_loses_nothing() {
    let mut config = config();
    config.grace = Duration::from_secs(3_600);
    config.limit = Some(vodlift_engine::Limit { rate: 4 << 20, periods: vec![] });
    let world = World::new(Options::quick(), config).await;
    let id = world.add(World::ask(&world.file("a.mp4", 4 << 20))).await;
    let before = world.until(id, |row| row.done_bytes > 0).await;
    world.engine().command(&[id], Command::Cancel).await;
    let row = world.until(id, |row| row.status == Status::Cancelled).await;
    assert!(row.ended_ms.is_none() && row.done_bytes >= before.done_bytes);
    world.engine().uncancel(&[id]).await;
    assert_eq!(world.settle(id).await.status, Status::Done);
    world.arrived(id).await;
    assert_eq!(world.cloud.requests().count("AbortMultipartUpload"), 0);
}

#[tokio::test]
async fn a_pause_stops_the_bytes_and_keeps_what_is_there() {
    let mut config = config();
    config.limit = Some(vodlift_engine::Limit { rate: 4 << 20, periods: vec![] });
    let world = World::new(Options::quick(), config).await;
    let id = world.add(World::ask(&world.file("a.mp4", 4 << 20))).await;
    world.until(id, |row| row.done_bytes > 0).await;
    world.engine().command(&[id], Command::Pause).await;
    let row = world.until(id, |row| row.status == Status::Paused && row.flight_bytes == 0).await;
    assert!(row.done_bytes > 0 && row.can.resume && !row.can.pause);
    world.engine().command(&[id], Command::Run).await;
    assert_eq!(world.settle(id).await.status, Status::Done);
    world.arrived(id).await;
    assert_eq!(world.cloud.requests().good("InitiateMultipartUpload"), 1);
}

#[tokio::test]
async fn the_same_file_is_sent_once() {
    let world = World::quick().await;
    let path = world.file("a.mp4", 2 << 20);
    let id = world.add(World::ask(&path)).await;
    world.settle(id).await;
    let media = world.facts(id).await.media;
    let again = world.engine().add(vec![World::ask(&path)]).await;
    assert_eq!(again, [Added::Done { id, media_id: media }]);
    let forced = world.add(Ask { force: true, ..World::ask(&path) }).await;
    assert_ne!(forced, id);
    assert_eq!(world.settle(forced).await.status, Status::Done);
    assert_eq!(world.cloud.requests().good("CreateUploadVideo"), 2);
}

#[tokio::test]
async fn an_unfinished_file_continues_and_one_batch_adds_it_once() {
    let world = World::quick().await;
    let path = world.file("a.mp4", 2 << 20);
    let paused = Ask { start: false, ..World::ask(&path) };
    let added = world.engine().add(vec![paused.clone(), paused.clone()]).await;
    let Added::New(id) = added[0] else { panic!("{added:?}") };
    assert_eq!(added[1], Added::Continues(id));
    assert_eq!(world.engine().add(vec![World::ask(&path)]).await, [Added::Continues(id)]);
    assert_eq!(world.settle(id).await.status, Status::Done);
}

#[tokio::test]
async fn a_moved_copy_waits_for_a_decision() {
    let world = World::quick().await;
    let path = world.file("a.mp4", 2 << 20);
    let first = world.add(World::ask(&path)).await;
    world.settle(first).await;
    let copy = world.folder.path().join("b.mp4");
    std::fs::copy(&path, &copy).expect("copy");
    let second = world.add(World::ask(&copy)).await;
    let row = world.until(second, |row| row.same_as.is_some()).await;
    assert_eq!(row.same_as.map(|s| s.id), Some(first));
    assert_eq!(world.cloud.requests().good("CreateUploadVideo"), 1);
    world.engine().send_anyway(second).await;
    assert_eq!(world.settle(second).await.status, Status::Done);
}

#[tokio::test]
async fn bad_files_say_what_is_wrong_with_them() {
    let world = World::quick().await;
    let folder = world.folder.path().join("folder.mp4");
    std::fs::create_dir(&folder).expect("folder");
    let cases = [
        (world.file("empty.mp4", 0), "file.empty"),
        (world.file("note.txt", 100), "req.ext"),
        (folder, "file.read"),
        (world.folder.path().join("none.mp4"), "file.gone"),
    ];
    for (path, code) in cases {
        let id = world.add(World::ask(&path)).await;
        let row = world.settle(id).await;
        assert_eq!(row.fault.map(|f| f.code.as_str()), Some(code), "{}", path.display());
    }
    assert_eq!(world.cloud.requests().0.len(), 0, "nothing bad reaches the cloud");
}

#[tokio::test]
async fn a_name_of_214_bytes_and_content_under_a_wrong_name_arrive() {
    let world = World::quick().await;
    let long = world.file(&format!("{}.mp4", "夜".repeat(70)), 2 << 20);
    let id = world.add(World::ask(&long)).await;
    assert_eq!(world.settle(id).await.status, Status::Done);
    world.arrived(id).await;
    let odd = world.folder.path().join("film.bin");
    std::fs::write(&odd, vodlift_tests::bytes("x.mp4", 70_000)).expect("write");
    let id = world.add(World::ask(&odd)).await;
    assert_eq!(world.settle(id).await.status, Status::Done);
    assert_eq!(world.facts(id).await.extension.as_deref(), Some("mp4"));
}

#[tokio::test]
async fn a_missing_account_holds_and_does_not_fail() {
    let world = World::quick().await;
    world.engine().drop_account(vodlift_tests::STUDIO).await;
    let id = world.add(World::ask(&world.file("a.mp4", 2 << 20))).await;
    let row = world.until(id, |row| row.status == Status::Held).await;
    assert_eq!(row.phase, Phase::Planned);
    world.engine().set_account(world.account()).await;
    assert_eq!(world.settle(id).await.status, Status::Done);
}

#[tokio::test]
async fn two_processes_never_send_the_same_transfer() {
    let world = World::quick().await;
    let path = world.file("a.mp4", 2 << 20);
    let id = world.add(Ask { start: false, ..World::ask(&path) }).await;
    let other = world.another(Scope::Asked).await;
    assert_eq!(other.command(&[id], Command::Run).await, [] as [TransferId; 0]);
    assert_eq!(other.add(vec![World::ask(&path)]).await, [Added::Continues(id)]);
    assert_eq!(world.cloud.requests().0.len(), 0);
    // What the command line adds is seen in the window, and taken over when the command line is gone.
    let mine =
        other.add(vec![Ask { start: false, ..World::ask(&world.file("b.mp4", 2 << 20)) }]).await[0]
            .id();
    let row = world.until(mine, |_| true).await;
    assert!(!row.can.resume);
    other.stop().await;
    world.until(mine, |row| row.can.resume).await;
    world.engine().command(&[mine], Command::Run).await;
    assert_eq!(world.settle(mine).await.status, Status::Done);
}

#[tokio::test]
async fn a_refused_key_stops_the_account_once() {
    let world = World::new(
        Options {
            weather: "create 404 InvalidAccessKeyId.NotFound".parse().expect("weather"),
            ..Options::quick()
        },
        config(),
    )
    .await;
    let mut ids = vec![];
    for n in 0..12 {
        ids.push(world.add(World::ask(&world.file(&format!("{n}.mp4"), 9_000))).await);
    }
    let mut failed = 0;
    for id in &ids {
        let row = world.until(*id, |row| matches!(row.status, Status::Failed | Status::Held)).await;
        failed += usize::from(row.status == Status::Failed);
    }
    assert!((1..=4).contains(&failed), "{failed} asked with a key that was refused");
    world.cloud.weather(vodlift_sandbox::Weather::fair());
    world.engine().command(&ids, Command::Run).await;
    for id in ids {
        assert_eq!(world.settle(id).await.status, Status::Done);
    }
}

#[tokio::test]
async fn ten_thousand_rows_are_added_and_ticked_cheaply() {
    let world = World::quick().await;
    world.engine().drop_account(vodlift_tests::STUDIO).await;
    let asks: Vec<Ask> = (0..10_000)
        .map(|n| Ask { start: false, ..World::ask(&world.folder.path().join(format!("{n}.mp4"))) })
        .collect();
    let started = std::time::Instant::now();
    assert_eq!(world.engine().add(asks).await.len(), 10_000);
    let took = started.elapsed();
    assert!(took < Duration::from_secs(8), "adding took {took:?}");
    assert_eq!(world.engine().rows().await.len(), 10_000);
}
