//! Networks that change, computers that sleep, links that are slow, answers without end. Knows wires, no internals.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use vodlift_cloud::{Client, Transport};
use vodlift_engine::model::TransferId;
use vodlift_engine::view::Status;
use vodlift_engine::{Edge, Limit};
use vodlift_sandbox::{Options, Weather};
use vodlift_tests::relay::Relay;
use vodlift_tests::{EDGE, World, config, transport};

use super::{ALL, Upload, told};

/// A world whose every byte goes over a relay, at 2 MiB a second.
async fn over_a_relay(script: &str) -> (World, Relay) {
    let relay = Relay::new().await;
    let weather: Weather = script.parse().expect("weather");
    let options = Options { address: Some(relay.address()), weather, ..Options::quick() };
    let mut config = config();
    config.limit = Some(Limit { rate: 2 << 20, periods: vec![] });
    config.parts = 2;
    let mut world = World::still(options, config).await;
    relay.lead(world.cloud.port());
    world.address = Some(relay.address());
    (world, relay)
}

/// Starts an upload and returns when the cloud holds one of its requests.
async fn moving(world: &mut World, upload: Upload) -> TransferId {
    world.cloud.weather("part 2 stall ×1\nput stall ×1".parse().expect("weather"));
    world.start().await;
    let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
    world.stalled(1).await;
    id
}

async fn whole(world: &World, id: TransferId, upload: Upload) -> String {
    let row = world.settle(id).await;
    let told = told(world, id).await;
    assert_eq!(row.status, Status::Done, "{}: {told}", upload.name);
    world.arrived(id).await;
    assert_eq!(world.cloud.live_media().len(), 1, "{}: {told}", upload.name);
    told
}

#[tokio::test]
async fn a_network_that_changed_is_left_for_the_new_one() {
    for upload in ALL {
        let (mut world, relay) = over_a_relay("").await;
        let id = moving(&mut world, upload).await;
        relay.fall_silent();
        let told = whole(&world, id, upload).await;
        // One silence is one attempt, however many parts were on their way, and nothing that was stored goes again.
        assert_eq!(told.matches("rest ").count(), 1, "{}: {told}", upload.name);
        assert!(told.contains("rest net.timeout"), "{}: {told}", upload.name);
        let sent = world.cloud.requests().bytes(None);
        let bound = upload.bytes as u64 + 2 * world.config.part_size + 64_000;
        assert!(sent <= bound, "{}: {sent} bytes for {}", upload.name, upload.bytes);
    }
}

static SLEPT_S: AtomicI64 = AtomicI64::new(0);

fn after_sleep() -> Timestamp {
    (EDGE.now)() + SignedDuration::from_secs(SLEPT_S.load(Relaxed))
}

#[tokio::test]
async fn a_computer_that_slept_goes_on_where_it_was() {
    for upload in ALL {
        let (mut world, relay) = over_a_relay("").await;
        // The wall clock jumps, here as there; our other one stands still while the computer sleeps.
        SLEPT_S.store(0, Relaxed);
        world.edge = Edge { now: after_sleep, ..EDGE };
        let transport = Transport { now: after_sleep, ..transport() };
        world.client = Arc::new(Client::new(transport));
        let id = moving(&mut world, upload).await;
        let media = world.facts(id).await.media;
        SLEPT_S.store(7_200, Relaxed);
        world.cloud.weather("clock +2h".parse().expect("weather"));
        world.cloud.advance(Duration::from_hours(2));
        relay.fall_silent();
        let told = whole(&world, id, upload).await;
        // The credential ended meanwhile, though our monotonic clock says otherwise.
        let kept = world.facts(id).await.media == media;
        match upload.name {
            "parts" | "put" => assert!(kept && told.contains("renewed"), "{told}"),
            _ => assert!(told.contains("replaced"), "{}: {told}", upload.name),
        }
    }
}

#[tokio::test]
async fn slow_is_not_dead() {
    for upload in ALL {
        let (mut world, relay) = over_a_relay("").await;
        // What 13 s are to the 30 s of the real watchdog, 0.9 s are to the 2 s of this one: the last byte has left us
        // and nothing is heard for so long.
        world.config.limit = None;
        world.config.parts = 1;
        let longest = (upload.bytes as u64).min(world.config.part_size);
        relay.slow(longest * 10 / 9);
        world.start().await;
        let started = Instant::now();
        let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
        let told = whole(&world, id, upload).await;
        assert!(!told.contains("rest"), "{}: {told}", upload.name);
        assert!(started.elapsed() > Duration::from_millis(800), "{}: it was quick", upload.name);
    }
}

#[tokio::test]
async fn a_hundred_megabytes_are_given_up() {
    for upload in ALL {
        let rules = "create huge 100MiB ×1\nPUT * huge 100MiB ×1\nstatus huge 100MiB ×1";
        let (mut world, relay) = over_a_relay(rules).await;
        world.config.limit = None;
        world.start().await;
        let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
        let row = world.settle(id).await;
        let told = told(&world, id).await;
        assert_eq!(row.status, Status::Done, "{}: {told}", upload.name);
        assert_eq!(told.matches("rest req.server").count(), 3, "{}: {told}", upload.name);
        // Three answers of a mebibyte and what the wire held of each; not three hundred.
        assert!(relay.down() < 48 << 20, "{}: {} bytes of answers", upload.name, relay.down());
    }
}
