//! Many at once: questions that are shared, places that come back, calls that keep their pace, files still growing.
//! Knows no internals.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use vodlift_engine::meter::Tap;
use vodlift_engine::model::{Phase, TransferId};
use vodlift_engine::view::Status;
use vodlift_engine::{Account, Poll};
use vodlift_sandbox::{Options, Steps, Weather};
use vodlift_tests::{World, config};

use super::ALL;

async fn add(world: &World, many: usize, name: &str) -> Vec<TransferId> {
    let asks = (0..many).map(|n| World::ask(&world.file(&format!("{n}-{name}"), 9_000 + n)));
    world
        .engine()
        .add(asks.collect())
        .await
        .expect("added")
        .iter()
        .map(vodlift_engine::Added::id)
        .collect()
}

#[tokio::test]
async fn a_hundred_files_share_their_questions() {
    let mut config = config();
    config.sending = 8;
    let beat = Duration::from_millis(100);
    config.poll = Poll { first: beat, cap: beat };
    for (name, actions) in [
        ("a.mp4", &["GetVideoInfo", "GetVideoInfos"][..]),
        ("a.srt", &["GetAttachedMediaInfo"][..]),
    ] {
        let options = Options { steps: Steps::held(), ..Options::quick() };
        let world = World::new(options, config.clone()).await;
        let ids = add(&world, 100, name).await;
        for id in &ids {
            world.until(*id, |row| row.phase == Phase::Verified).await;
        }
        let asked = || -> usize {
            let requests = world.cloud.requests();
            actions.iter().map(|action| requests.count(action)).sum()
        };
        // Each of them asks ten times a second: alone that were a thousand questions.
        let before = asked();
        let more = |requests: &vodlift_sandbox::Requests| {
            actions.iter().map(|action| requests.count(action)).sum::<usize>() >= before + 40
        };
        world.cloud.until(more).await;
        let requests = world.cloud.requests();
        let mut at: Vec<u64> =
            actions.iter().flat_map(|action| requests.of(action)).map(|it| it.at_ms).collect();
        at.sort_unstable();
        for (n, since) in at.iter().enumerate() {
            let many = at[n..].iter().take_while(|it| **it < since + 1_000).count();
            assert!(many < 250, "{name}: {many} questions in a second");
        }
        world.cloud.advance(Duration::from_hours(4));
        for id in ids {
            assert_eq!(world.settle(id).await.status, Status::Done);
        }
    }
}

#[tokio::test]
async fn an_old_policy_that_allows_one_question_at_a_time_will_do() {
    let mut config = config();
    let beat = Duration::from_millis(100);
    config.poll = Poll { first: beat, cap: beat };
    let weather: Weather = "GetVideoInfos 403 Forbidden.RAM".parse().expect("weather");
    // None goes on before all of them ask.
    let options = Options { weather, steps: Steps::held(), ..Options::quick() };
    let world = World::new(options, config).await;
    let ids = add(&world, 30, "a.mp4").await;
    for id in &ids {
        world.until(*id, |row| row.phase == Phase::Verified).await;
    }
    let together = async {
        while world.cloud.requests().count("GetVideoInfos") == 0 {
            tokio::time::sleep(beat).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), together).await.expect("they come together");
    world.cloud.advance(Duration::from_hours(4));
    for id in ids {
        assert_eq!(world.settle(id).await.status, Status::Done);
    }
}

#[tokio::test]
async fn what_is_removed_while_vod_is_asked_gives_its_place_back() {
    let weather: Weather = "status stall".parse().expect("weather");
    let world = World::new(Options { weather, ..Options::quick() }, config()).await;
    // More than are ever asked about at a time.
    let ids = add(&world, 24, "a.mp4").await;
    for id in &ids {
        world.until(*id, |row| row.phase == Phase::Verified).await;
    }
    world.engine().remove(&ids).await;
    world.cloud.weather(Weather::fair());
    let next = world.add(World::ask(&world.file("next.mp4", 9_000))).await;
    assert_eq!(world.settle(next).await.status, Status::Done);
}

#[tokio::test]
async fn calls_keep_their_pace() {
    let world = World::quick().await;
    let calls = Arc::new(Tap::new(Some(10)));
    world.engine().set_account(Account { calls, ..world.account() }).await;
    for id in add(&world, 12, "a.srt").await {
        assert_eq!(world.settle(id).await.status, Status::Done);
    }
    let requests = world.cloud.requests();
    let is_vod = |action: &str| action.starts_with("Create") || action.starts_with("Get");
    let mut at: Vec<u64> =
        requests.0.iter().filter(|r| is_vod(&r.action)).map(|r| r.at_ms).collect();
    at.sort_unstable();
    assert!(at.len() > 12, "{at:?}");
    // Never more than a second's worth and what a tenth of a second had saved up.
    for (n, since) in at.iter().enumerate() {
        let within = at[n..].iter().take_while(|it| **it < since + 1_000).count();
        assert!(within <= 12, "{within} calls in a second: {at:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_still_written_is_waited_for() {
    for upload in ALL {
        let mut config = config();
        // Far longer than a busy computer keeps the writer from its next bytes.
        config.still = Duration::from_secs(3);
        let world = World::new(Options::quick(), config).await;
        let path = world.file(upload.file, upload.bytes);
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).expect("open");
        let writer = std::thread::spawn(move || {
            for _ in 0..20 {
                std::thread::sleep(Duration::from_millis(60));
                file.write_all(&[b'\n'; 1_000]).expect("write");
            }
        });
        let id = world.add(World::ask(&path)).await;
        let row = world.settle(id).await;
        writer.join().expect("it wrote");
        let story = world.story(id).await;
        assert_eq!(row.status, Status::Done, "{}: {story}", upload.name);
        assert_eq!(row.size_bytes, upload.bytes as u64 + 20_000, "{}: {story}", upload.name);
        assert!(!story.contains("file.changed"), "{}: {story}", upload.name);
        world.arrived(id).await;
    }
}
