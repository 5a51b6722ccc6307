//! What the page is told of ten thousand rows while three of them upload: bytes and frames a second over the channel
//! between core and page, as JSON. Run by hand: `cargo bench -p vodlift-tests --bench channel`.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::time::{Duration, Instant};

use vodlift_engine::Limit;
use vodlift_engine::model::Ask;
use vodlift_engine::view::{Frame, Status};
use vodlift_sandbox::Options;
use vodlift_tests::{World, config};

const ROWS: usize = 10_000;
const WHILE: Duration = Duration::from_secs(20);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut config = config();
    // As in the window: 4 Hz, and a limit that keeps three uploads busy for as long as it is measured.
    config.tick = Duration::from_millis(250);
    config.limit = Some(Limit { rate: 6_000_000, periods: vec![] });
    let world = World::new(Options::quick(), config).await;
    for n in 0..3 {
        world.add(World::ask(&world.file(&format!("film {n}.mp4"), 64 << 20))).await;
    }
    let others = (0..ROWS - 3).map(|n| {
        let path =
            world.file(&format!("talk {n:05}, as it was given in the great hall.mp4"), 2_000);
        Ask { start: false, ..World::ask(&path) }
    });
    world.engine().add(others.collect()).await.expect("added");

    let mut frames = world.engine().watch().await;
    let first = frames.recv().await.expect("a frame");
    let size = |frame: &Frame| serde_json::to_vec(frame).expect("it is JSON").len();
    let Frame::Snapshot { rows, .. } = &first else { panic!("the first frame is a snapshot") };
    println!("a snapshot of {} rows: {} bytes", rows.len(), size(&first));

    let until = Instant::now() + WHILE;
    let (mut count, mut bytes, mut most) = (0, 0, 0);
    while let Ok(Some(frame)) = tokio::time::timeout_at(until.into(), frames.recv()).await {
        count += 1;
        bytes += size(&frame);
        most = most.max(size(&frame));
    }
    let busy =
        world.engine().rows().await.iter().filter(|row| row.status == Status::Uploading).count();
    println!(
        "{busy} uploading, {} s: {count} frames, {} bytes/s, the longest frame {most} bytes",
        WHILE.as_secs(),
        bytes / usize::try_from(WHILE.as_secs()).expect("small"),
    );
}
