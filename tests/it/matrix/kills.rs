//! Killed in the middle of every request there is: the same end, whatever it was. Knows no internals.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use expect_test::expect;
use tokio::task::JoinSet;
use vodlift_engine::Command;
use vodlift_engine::fault::Code;
use vodlift_engine::model::{Ask, Phase};
use vodlift_engine::view::Status;
use vodlift_sandbox::{Options, Weather};
use vodlift_tests::{World, config};

use super::{ALL, IMAGE, ONE_REQUEST, PARTS, PUT, SUBTITLE, Upload, VIDEOS, told};

/// Weather under which the last line keeps a request waiting, and whom it meets.
const REQUESTS: [(&str, &[Upload]); 12] = [
    ("create stall ×1", &ALL),
    ("create answer lost ×1\nGetVideoInfo stall ×1", &VIDEOS),
    ("create answer lost ×1\nrefresh stall ×1", &VIDEOS),
    ("initiate stall ×1", &[PARTS]),
    ("part 2 stall ×1", &[PARTS]),
    ("part 2 cut ×1\nlist stall ×1", &[PARTS]),
    ("put stall ×1", &ONE_REQUEST),
    ("PUT * expired ×1\nrefresh stall ×1", &VIDEOS),
    ("put expired ×1\ncreate stall skip 1 ×1", &[IMAGE, SUBTITLE]),
    ("put expired ×1\ndelete stall ×1", &[IMAGE, SUBTITLE]),
    ("complete stall ×1", &[PARTS]),
    ("status stall ×1", &ALL),
];

/// An engine that is ended while the cloud holds its request; the one after it.
async fn killed_while_held(rules: &str, upload: Upload) -> String {
    let weather: Weather = rules.parse().expect("weather");
    let mut world = World::new(Options { weather, ..Options::quick() }, config()).await;
    let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
    world.stalled(1).await;
    world.kill().await;
    world.start().await;
    let row = world.settle(id).await;
    let told = told(&world, id).await;
    assert_eq!(row.status, Status::Done, "{rules}, {}: {told}", upload.name);
    world.arrived(id).await;
    assert_eq!(world.cloud.objects().len(), 1, "{rules}, {}: {told}", upload.name);
    assert_eq!(world.facts(id).await.old_media, None, "{rules}, {}: {told}", upload.name);
    let sent: u64 =
        world.cloud.requests().0.iter().filter(|r| r.method == "PUT").map(|r| r.bytes).sum();
    assert!(sent <= 3 * upload.bytes as u64, "{rules}, {}: {sent} bytes", upload.name);
    told
}

#[tokio::test]
async fn killed_during_every_request() {
    let mut running = JoinSet::new();
    for (line, (rules, uploads)) in REQUESTS.into_iter().enumerate() {
        for (column, upload) in uploads.iter().copied().enumerate() {
            running.spawn(async move {
                ((line, column), (upload.name, killed_while_held(rules, upload).await))
            });
        }
    }
    let stories: BTreeMap<_, _> = running.join_all().await.into_iter().collect();
    let mut lines = String::new();
    for ((line, column), (name, story)) in stories {
        if column == 0 {
            writeln!(lines, "{}", REQUESTS[line].0.replace('\n', " & ")).expect("a text");
        }
        // How many parts had landed when it ended is chance.
        let stored = story.split(" · ").filter(|word| !word.starts_with("stored"));
        writeln!(lines, "    {name}: {}", stored.collect::<Vec<_>>().join(" · ")).expect("a text");
    }
    expect![[r#"
        create stall ×1
            parts: planned 3 · reserved · opened · sent · sealed · verified · vod Normal · settled
            put: planned 1 · reserved · opened · sent · sealed · verified · vod Normal · settled
            image: planned 1 · reserved · opened · sent · sealed · verified · vod Normal · settled
            subtitle: planned 1 · reserved · opened · sent · sealed · verified · vod Normal · settled
        create answer lost ×1 & GetVideoInfo stall ×1
            parts: planned 3 · rest net.timeout · found.again · reserved · opened · sent · sealed · verified · vod Normal · settled
            put: planned 1 · rest net.timeout · found.again · reserved · opened · sent · sealed · verified · vod Normal · settled
        create answer lost ×1 & refresh stall ×1
            parts: planned 3 · rest net.timeout · found.again · found.again · reserved · opened · sent · sealed · verified · vod Normal · settled
            put: planned 1 · rest net.timeout · found.again · found.again · reserved · opened · sent · sealed · verified · vod Normal · settled
        initiate stall ×1
            parts: planned 3 · reserved · renewed · opened · sent · sealed · verified · vod Normal · settled
        part 2 stall ×1
            parts: planned 3 · reserved · opened · renewed · sent · sealed · verified · vod Normal · settled
        part 2 cut ×1 & list stall ×1
            parts: planned 3 · reserved · opened · rest net.timeout · renewed · sent · sealed · verified · vod Normal · settled
        put stall ×1
            put: planned 1 · reserved · opened · renewed · sent · sealed · verified · vod Normal · settled
            image: planned 1 · reserved · opened · back to planned · reserved · opened · sent · sealed · verified · vod Normal · replaced · settled
            subtitle: planned 1 · reserved · opened · back to planned · reserved · opened · sent · sealed · verified · vod Normal · replaced · settled
        PUT * expired ×1 & refresh stall ×1
            parts: planned 3 · reserved · opened · renewed · sent · sealed · verified · vod Normal · settled
            put: planned 1 · reserved · opened · renewed · sent · sealed · verified · vod Normal · settled
        put expired ×1 & create stall skip 1 ×1
            image: planned 1 · reserved · opened · back to planned · reserved · opened · sent · sealed · verified · vod Normal · replaced · settled
            subtitle: planned 1 · reserved · opened · back to planned · reserved · opened · sent · sealed · verified · vod Normal · replaced · settled
        put expired ×1 & delete stall ×1
            image: planned 1 · reserved · opened · back to planned · reserved · opened · sent · sealed · verified · vod Normal · vod Normal · replaced · settled
            subtitle: planned 1 · reserved · opened · back to planned · reserved · opened · sent · sealed · verified · vod Normal · vod Normal · replaced · settled
        complete stall ×1
            parts: planned 3 · reserved · opened · sent · renewed · sealed · verified · vod Normal · settled
        status stall ×1
            parts: planned 3 · reserved · opened · sent · sealed · verified · vod Normal · settled
            put: planned 1 · reserved · opened · sent · sealed · verified · vod Normal · settled
            image: planned 1 · reserved · opened · sent · sealed · verified · vod Normal · settled
            subtitle: planned 1 · reserved · opened · sent · sealed · verified · vod Normal · settled
    "#]].assert_eq(&lines);
}

#[tokio::test]
async fn killed_during_the_cleaning_up() {
    for (rules, uploads) in [
        ("PUT * stall ×1\nstatus stall ×1", &ALL[..]),
        ("PUT * stall ×1\nabort stall ×1", &[PARTS]),
        ("PUT * stall ×1\ndelete stall ×1", &ALL),
    ] {
        for upload in uploads.iter().copied() {
            let weather: Weather = rules.parse().expect("weather");
            let mut world = World::new(Options { weather, ..Options::quick() }, config()).await;
            let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
            world.stalled(1).await;
            world.engine().command(&[id], Command::Cancel).await;
            world.stalled(2).await;
            world.kill().await;
            world.start().await;
            let row = world.settle(id).await;
            let ends = (row.status, row.phase);
            assert_eq!(ends, (Status::Cancelled, Phase::Discarded), "{rules}, {}", upload.name);
            let left = (world.cloud.live_media().len(), world.cloud.orphans().len());
            assert_eq!(left, (0, 0), "{rules}, {}", upload.name);
        }
    }
}

#[tokio::test]
async fn killed_while_a_cover_is_given_to_its_video() {
    let weather: Weather = "UpdateVideoInfo stall ×1".parse().expect("weather");
    let mut world = World::new(Options { weather, ..Options::quick() }, config()).await;
    let video = world.add(World::ask(&world.file(PUT.file, PUT.bytes))).await;
    let path = world.file(IMAGE.file, IMAGE.bytes);
    let cover = world.add(Ask { parent: Some(video), ..World::ask(&path) }).await;
    world.stalled(1).await;
    world.kill().await;
    world.start().await;
    for id in [video, cover] {
        assert_eq!(world.settle(id).await.status, Status::Done);
        world.arrived(id).await;
    }
    let (media, url) = (world.facts(video).await.media, world.facts(cover).await.url);
    let live = world.cloud.live_media();
    let there = live.iter().find(|it| Some(&it.id) == media.as_ref()).expect("the video");
    assert_eq!((Some(&there.cover_url), live.len()), (url.as_ref(), 2));
}

#[tokio::test]
async fn a_checksum_that_differs_is_not_overruled_by_a_kill() {
    for upload in ALL {
        let rules = "PUT * wrong crc ×1\ncomplete wrong crc ×1\nhead stall ×1";
        let weather: Weather = rules.parse().expect("weather");
        let mut world = World::new(Options { weather, ..Options::quick() }, config()).await;
        let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
        world.stalled(1).await;
        world.kill().await;
        world.start().await;
        // Its credential is gone, and another would be the right to overwrite: nobody can say that it is whole.
        let row = world.settle(id).await;
        assert_eq!(row.fault.map(|fault| fault.code), Some(Code::OssCrc), "{}", upload.name);
    }
}
