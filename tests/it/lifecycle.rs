//! Each kind of media to each of its ends, in fair weather.

use std::time::Duration;

use expect_test::{Expect, expect};
use vodlift_engine::model::{Again, Ask, Kind, Phase, TransferId, Wait};
use vodlift_engine::remark::{Remark, RemarkCode};
use vodlift_engine::view::{Hold, Row, Status};
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
        queued: Duration::from_mins(1),
        transcoding: Duration::from_mins(1),
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

/// The picture is the cover of this video.
async fn is_cover(world: &World, video: TransferId, cover: TransferId) {
    let (media, url) = (world.facts(video).await.media, world.facts(cover).await.url);
    let all = world.cloud.media();
    let there = all.iter().find(|one| Some(&one.id) == media.as_ref()).expect("the video");
    assert_eq!(Some(&there.cover_url), url.as_ref());
}

#[tokio::test]
async fn a_cancelled_video_comes_back_with_its_cover() {
    let world = World::quick().await;
    let film = Ask { start: false, ..World::ask(&world.file("a.mp4", 3 << 20)) };
    let video = world.add(film).await;
    let picture = World::ask(&world.file("a.jpg", 1_000));
    let cover = world.add(Ask { start: false, parent: Some(video), ..picture }).await;
    world.engine().command(&[video], Command::Cancel).await;
    for id in [video, cover] {
        assert_eq!(world.settle(id).await.status, Status::Cancelled);
    }
    // Both are named, as they are when both are selected: each comes back once.
    let again = world.engine().command(&[video, cover], Command::Restart).await;
    let [video, cover] = again[..] else { panic!("{again:?}") };
    for id in [video, cover] {
        assert_eq!(world.settle(id).await.status, Status::Done);
    }
    is_cover(&world, video, cover).await;
    assert_eq!(world.engine().transfers(None).await.len(), 2);
}

#[tokio::test]
async fn a_cover_finds_its_video_when_that_has_left_the_list_and_says_when_there_is_none() {
    let world = World::quick().await;
    let video = world.add(World::ask(&world.file("a.mp4", 3 << 20))).await;
    assert_eq!(world.settle(video).await.status, Status::Done);
    let gone = world.add(Ask { start: false, ..World::ask(&world.file("b.mp4", 3 << 20)) }).await;
    world.engine().command(&[gone], Command::Cancel).await;
    assert_eq!(world.settle(gone).await.status, Status::Cancelled);
    world.engine().remove(&[video, gone]).await;
    let of = |name: &str, parent| Ask { parent, ..World::ask(&world.file(name, 1_000)) };
    let cover = world.add(of("a.jpg", Some(video))).await;
    assert_eq!(world.settle(cover).await.status, Status::Done);
    is_cover(&world, video, cover).await;
    assert!(world.facts(cover).await.remarks.is_empty());

    let alone = world.add(of("b.jpg", Some(gone))).await;
    assert_eq!(world.settle(alone).await.status, Status::Done);
    let remarks = world.facts(alone).await.remarks;
    assert_eq!(remarks, [Remark::of(RemarkCode::CoverAlone)]);
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
    config.grace = Duration::from_hours(1);
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
    let again = world.engine().add(vec![World::ask(&path)]).await.expect("added");
    assert_eq!(again, [Added::Done { id, media_id: media }]);
    let forced = world.add(Ask { again: Again::Send, ..World::ask(&path) }).await;
    assert_ne!(forced, id);
    assert_eq!(world.settle(forced).await.status, Status::Done);
    assert_eq!(world.cloud.requests().good("CreateUploadVideo"), 2);
}

#[tokio::test]
async fn the_same_file_waits_for_a_decision_when_somebody_is_there_to_decide() {
    let world = World::quick().await;
    for (name, start) in [("sent.mp4", true), ("queued.mp4", false)] {
        let ask = Ask { start, again: Again::Ask, ..World::ask(&world.file(name, 2 << 20)) };
        let id = world.add(ask.clone()).await;
        world
            .until(id, |row| row.status == if start { Status::Done } else { Status::Paused })
            .await;
        let added =
            world.engine().add(vec![Ask { start: true, ..ask.clone() }, ask]).await.expect("added");
        let Added::New(again) = added[0] else { panic!("{added:?}") };
        assert_eq!(added[1], Added::Continues(again), "named twice, it is one");
        let row = world.until(again, |row| row.same_as.is_some()).await;
        assert_eq!(row.same_as.map(|same| same.id), Some(id), "{name}");
    }
    assert_eq!(world.cloud.requests().count("CreateUploadVideo"), 1);

    // What belongs to it waits for the same decision.
    let path = world.folder.path().join("sent.mp4");
    let film = world.add(Ask { again: Again::Ask, ..World::ask(&path) }).await;
    let cover = world.file("sent.jpg", 4_000);
    let cover = Ask { kind: Some(Kind::Image), parent: Some(film), ..World::ask(&cover) };
    let cover = world.add(cover).await;
    world.until(film, |row| row.same_as.is_some()).await;
    // What came later and waits for nobody has arrived meanwhile: the cover has had its turns.
    let later = Ask { kind: Some(Kind::Image), ..World::ask(&world.file("later.jpg", 5_000)) };
    let later = world.add(later).await;
    assert_eq!(world.settle(later).await.status, Status::Done);
    assert_eq!(world.cloud.requests().count("CreateUploadImage"), 1);
    world.engine().send_anyway(film).await;
    assert_eq!(world.settle(film).await.status, Status::Done);
    assert_eq!(world.settle(cover).await.status, Status::Done);
}

#[tokio::test]
async fn what_a_file_looks_the_same_as_is_told_as_it_is_and_after_it_left_the_queue() {
    let mut world = World::quick().await;
    let ask = Ask { again: Again::Ask, ..World::ask(&world.file("a.mp4", 2 << 20)) };
    let first = world.add(Ask { start: false, ..ask.clone() }).await;
    world.until(first, |row| row.status == Status::Paused).await;
    let second = world.add(ask.clone()).await;
    let row = world.until(second, |row| row.same_as.is_some()).await;
    assert_eq!(row.same_as.and_then(|same| same.ended_ms), None, "it is still in the queue");
    world.engine().command(&[first], Command::Run).await;
    let ended = |row: &Row| row.same_as.as_ref().is_some_and(|same| same.ended_ms.is_some());
    world.until(second, ended).await;

    world.engine().remove(&[first]).await;
    world.kill().await;
    world.start().await;
    let row = world.until(second, ended).await;
    assert_eq!(row.same_as.map(|same| same.title).as_deref(), Some("a"));
    world.engine().remove(&[second]).await;
    let third = world.add(ask).await;
    let row = world.until(third, ended).await;
    assert_eq!(row.same_as.map(|same| same.title).as_deref(), Some("a"));
}

#[tokio::test]
async fn an_unfinished_file_continues_and_one_batch_adds_it_once() {
    let world = World::quick().await;
    let path = world.file("a.mp4", 2 << 20);
    let paused = Ask { start: false, ..World::ask(&path) };
    let added = world.engine().add(vec![paused.clone(), paused.clone()]).await.expect("added");
    let Added::New(id) = added[0] else { panic!("{added:?}") };
    assert_eq!(added[1], Added::Continues(id));
    assert_eq!(
        world.engine().add(vec![World::ask(&path)]).await.expect("added"),
        [Added::Continues(id)]
    );
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
    let again = world.engine().add(vec![World::ask(&copy)]).await.expect("added");
    assert_eq!(again[0].id(), first, "nobody is there to decide: it is the same file");
    let second = world.add(Ask { again: Again::Ask, ..World::ask(&copy) }).await;
    let row = world.until(second, |row| row.same_as.is_some()).await;
    assert!(!row.can.pause, "nothing is on its way");
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
        (folder, "file.special"),
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
    assert_eq!(other.add(vec![World::ask(&path)]).await.expect("added"), [Added::Continues(id)]);
    assert_eq!(world.cloud.requests().0.len(), 0);
    // What the command line adds is seen in the window, and taken over when the command line is gone.
    let mine = other
        .add(vec![Ask { start: false, ..World::ask(&world.file("b.mp4", 2 << 20)) }])
        .await
        .expect("added")[0]
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
async fn ten_thousand_rows_cost_ten_times_a_thousand() {
    let world = World::quick().await;
    world.engine().drop_account(vodlift_tests::STUDIO).await;
    let mut took = vec![];
    for (batch, count) in [("few", 1_000), ("many", 9_000)] {
        let path = |n| world.folder.path().join(format!("{batch}-{n}.mp4"));
        let asks = (0..count).map(|n| Ask { start: false, ..World::ask(&path(n)) }).collect();
        // The work of this thread, on which the engine runs: what else the computer does counts for nothing.
        let started = cpu_time::ThreadTime::now();
        assert_eq!(world.engine().add(asks).await.expect("added").len(), count);
        took.push(started.elapsed());
    }
    // Nine times is what it should be; squared it would be eighty.
    assert!(took[1] < took[0] * 36, "{took:?}");
    assert_eq!(world.engine().rows().await.len(), 10_000);
}

#[tokio::test]
async fn a_pasted_pair_serves_its_file_and_another_pair_its_end() {
    let mut config = config();
    config.limit = Some(vodlift_engine::Limit { rate: 4 << 20, periods: vec![] });
    let world = World::new(Options::quick(), config).await;
    let path = world.file("a.mp4", 4 << 20);
    let reservation = world.reserve("a.mp4").await;
    let id =
        world.engine().add_pair(World::ask(&path), reservation.grant.clone()).await.expect("added");
    world.until(id, |row| row.done_bytes > 0).await;
    world.cloud.expire_passes();
    let row = world.settle(id).await;
    assert_eq!(row.fault.map(|f| f.code.as_str()), Some("cred.pasted.expired"));
    // A pair for another file is refused, one for this file goes on from the parts that are there.
    let other = world.reserve("b.mp4").await;
    let refused = world.engine().give_pair(id, other.grant).await.expect_err("another file");
    assert_eq!(refused.code.as_str(), "cred.mismatch");
    let again = world.refresh(&reservation.media_id).await;
    world.engine().give_pair(id, again.grant).await.expect("the same file");
    let row = world.until(id, |row| row.status == Status::Done).await;
    assert_eq!(row.phase, Phase::Settled);
    let object = world.cloud.object(&reservation.media_id).expect("an object");
    assert!(std::fs::read(object.path).expect("object") == std::fs::read(&path).expect("file"));
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent_never_arrives_mixed() {
    for restart_changed in [false, true] {
        let mut config = config();
        config.parts = 1;
        config.restart_changed = restart_changed;
        config.limit = Some(vodlift_engine::Limit { rate: 4 << 20, periods: vec![] });
        let world = World::new(Options::quick(), config).await;
        let path = world.file("a.mp4", 4 << 20);
        let id = world.add(World::ask(&path)).await;
        world.until(id, |row| row.done_bytes > 0).await;
        std::fs::write(&path, vodlift_tests::bytes("other.mp4", 2 << 20)).expect("write");
        let row = world.settle(id).await;
        if restart_changed {
            assert_eq!(row.status, Status::Done);
            world.arrived(id).await;
        } else {
            assert_eq!(row.fault.map(|f| f.code.as_str()), Some("file.changed"));
            assert_eq!(world.cloud.objects().len(), 0);
        }
    }
}

#[tokio::test]
async fn what_is_removed_can_be_brought_back_and_history_knows_the_rest() {
    let world = World::quick().await;
    let id = world.add(World::ask(&world.file("a.mp4", 90_000))).await;
    world.settle(id).await;
    world.engine().remove(&[id]).await;
    assert_eq!(world.engine().rows().await.len(), 0);
    let query = vodlift_engine::HistoryQuery { limit: 10, ..Default::default() };
    let page = world.engine().history(query.clone()).await.expect("journal");
    assert_eq!((page.total, page.items[0].id, page.size_bytes), (1, id, 90_000));
    world.engine().restore(&[id]).await;
    assert_eq!(world.engine().rows().await.len(), 1);
    let bad = world.add(World::ask(&world.file("empty.mp4", 0))).await;
    world.settle(bad).await;
    let mut frames = world.engine().watch().await;
    world.engine().remove(&[bad]).await;
    while world.facts(bad).await.ended_ms.is_none() {
        frames.recv().await.expect("frames");
    }
    let failed = vodlift_engine::HistoryQuery { outcome: "failed".into(), ..query };
    let page = world.engine().history(failed).await.expect("journal");
    let fault = page.items[0].failed.as_ref().map(|f| f.code.as_str());
    assert_eq!((page.total, page.items[0].id, fault), (1, bad, Some("file.empty")));
}

#[tokio::test]
async fn a_schedule_without_bytes_holds_and_goes_on_when_it_opens() {
    let mut shut = config();
    shut.limit = Some(vodlift_engine::Limit { rate: 0, periods: vec![] });
    let world = World::new(Options::quick(), shut).await;
    let id = world.add(World::ask(&world.file("a.mp4", 2 << 20))).await;
    let row = world.until(id, |row| row.status == Status::Held).await;
    assert_eq!(row.hold, Some(Hold::Schedule));
    world.engine().configure(config()).await;
    assert_eq!(world.settle(id).await.status, Status::Done);
}

#[tokio::test]
async fn the_order_is_the_persons() {
    let world = World::quick().await;
    world.engine().drop_account(vodlift_tests::STUDIO).await;
    let mut ids = vec![];
    for name in ["a.mp4", "b.mp4", "c.mp4", "d.mp4"] {
        ids.push(world.add(World::ask(&world.file(name, 9_000))).await);
    }
    let order = async || world.engine().rows().await.iter().map(|row| row.id).collect::<Vec<_>>();
    world.engine().reorder(&[ids[3]], Some(ids[1])).await;
    assert_eq!(order().await, [ids[0], ids[3], ids[1], ids[2]]);
    world.engine().next(&[ids[2]]).await;
    assert_eq!(order().await, [ids[2], ids[0], ids[3], ids[1]]);
    for _ in 0..40 {
        world.engine().reorder(&[ids[1]], Some(ids[3])).await;
        world.engine().reorder(&[ids[3]], Some(ids[1])).await;
    }
    assert_eq!(order().await, [ids[2], ids[0], ids[3], ids[1]]);
    world.engine().reorder(&[ids[2]], None).await;
    assert_eq!(order().await, [ids[0], ids[3], ids[1], ids[2]]);
}
