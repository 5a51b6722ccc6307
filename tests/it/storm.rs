//! A seeded walk through bad weather and kills over mixed files: however it goes, each seed ends in the same few truths.
//! Knows no internals; what it claims, it reads at the far side.
//!
//! `VODLIFT_STORM=17` runs seed 17 alone, `VODLIFT_STORM=1-500` a range; without it the first [`SEEDS`] run.
//!
//! **Waste.** A byte may leave twice only for a reason. With `part` the part size and `size` the file's:
//!
//! * what weather struck or a refusal answered is wasted, once, by that request: nothing else repeats because of it;
//! * what was stored well may be sent again only when a kill fell between the storing and the journal (at most the
//!   parts in flight, 6 · `part`, or one put), or when the upload or the media itself was taken away (`size`).
//!
//! So for each file: well-stored bytes ≤ `size` + kills · in flight + falls · `size`, and all bytes ≤ that + struck.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use vodlift_engine::Command;
use vodlift_engine::model::{Phase, Transfer, TransferId};
use vodlift_engine::view::Status;
use vodlift_sandbox::{Options, Weather};
use vodlift_tests::{World, config};

/// Seeds of an ordinary run; a longer one is asked for.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=500;
/// Worlds at a time: they mostly wait for stalled answers.
const WORLDS: usize = 32;
/// Parts in flight of one engine.
const FLYING: u64 = 6;

/// Dice: the same seed throws the same numbers.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to `n` - 1.
    fn under(&mut self, n: u64) -> u64 {
        self.throw() % n
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.under(of.len() as u64)).expect("few")]
    }
}

/// What may go wrong besides the dice of the sandbox itself.
const MISHAPS: [&str; 32] = [
    "part expired ×1",
    "put expired ×1",
    "complete expired ×1",
    "initiate expired ×1",
    "part 2 corrupt ×1",
    "part 2 corrupt ×3",
    "put corrupt ×1",
    "part forget upload ×1",
    "complete forget upload ×1",
    "part forget media ×1",
    "initiate forget media ×1",
    "create answer lost ×1",
    "create answer lost ×2",
    "initiate answer lost ×1",
    "part answer lost ×2",
    "put answer lost ×1",
    "complete answer lost ×1",
    "complete half ×1",
    "complete 500 InternalError ×2",
    "part 1 wrong etag ×1",
    "status half ×1",
    "status 503 ServiceUnAvailable ×2",
    "refresh 503 ServiceUnAvailable ×1",
    "refresh answer lost ×1",
    "refresh moved ×1",
    "vod 400 Throttling.User ×2",
    "create gateway xml ×1",
    "initiate html ×1",
    "pass expires in 150ms ×1",
    "PUT * early 503 SlowDown ×1",
    "delete 503 ServiceUnAvailable ×1",
    "list half ×1",
];

/// When something happens to the engine.
enum Cue {
    /// So many requests have ended.
    Requests(usize),
    /// A file has come so far.
    Phase(usize, Phase),
}

struct Storm {
    dice: Dice,
    script: String,
    kills: usize,
}

impl Storm {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut script = String::new();
        for _ in 0..dice.under(4) {
            let mishap = dice.one(&MISHAPS);
            let (what, times) = mishap.rsplit_once(' ').expect("a count");
            writeln!(script, "{what} skip {} {times}", dice.under(4)).expect("a text");
        }
        if dice.under(8) == 0 {
            script += dice.one(&["clock +3h\n", "clock -40m\n", "clock +9h\n"]);
        }
        writeln!(script, "seed {seed} intensity {}%", dice.one(&[0, 2, 5, 8, 12])).expect("a text");
        Self { dice, script, kills: 0 }
    }

    fn cue(&mut self, files: usize, soon: usize) -> Cue {
        if self.dice.under(2) == 0 {
            return Cue::Requests(soon + usize::try_from(self.dice.under(25)).expect("few"));
        }
        let phases = [
            Phase::Planned,
            Phase::Reserved,
            Phase::Opened,
            Phase::Sent,
            Phase::Sealed,
            Phase::Verified,
        ];
        let file = usize::try_from(self.dice.under(files as u64)).expect("few");
        Cue::Phase(file, self.dice.one(&phases))
    }
}

/// Waits until every transfer has ended, pressing Retry as a person would.
async fn carry(world: &World, ids: &[TransferId]) {
    for id in ids {
        let mut presses = 0;
        loop {
            let row = world.settle(*id).await;
            if row.status != Status::Failed {
                break;
            }
            presses += 1;
            assert!(presses < 12, "cannot be helped: {}", world.story(*id).await);
            if presses == 4 {
                world.cloud.weather(Weather::fair());
            }
            // A video that was deleted after it was whole is brought back by starting over alone.
            let gone = row.fault.is_some_and(|fault| fault.code.as_str() == "media.gone");
            let command = if gone { Command::Restart } else { Command::Run };
            world.engine().command(&[*id], command).await;
        }
    }
}

async fn reached(world: &World, ids: &[TransferId], cue: &Cue) {
    match cue {
        Cue::Requests(n) => world.cloud.until(|requests| requests.0.len() >= *n).await,
        Cue::Phase(file, phase) => {
            world.until(ids[*file], |row| row.phase >= *phase).await;
        }
    }
}

/// The bytes one seed sent and the bytes it had to.
struct Account {
    size: u64,
    sent: u64,
}

async fn walk(seed: u64) -> Account {
    let mut storm = Storm::new(seed);
    let mut config = config();
    config.part_size = storm.dice.one(&[100 << 10, 128 << 10, 256 << 10, 1 << 20]);
    config.tick = Duration::from_millis(20);
    config.grace = Duration::from_millis(storm.dice.one(&[0, 0, 30]));
    let weather: Weather = storm.script.parse().expect("weather");
    let mut world = World::new(Options { weather, ..Options::quick() }, config).await;
    let part = world.config.part_size;

    let mut asks = vec![];
    let files = 2 + storm.dice.under(3);
    for n in 0..files {
        let more = storm.dice.under(part);
        let (name, size) = match (n + seed) % 4 {
            0 => (format!("{n}.mp4"), part * storm.dice.one(&[1, 2, 3, 5]) + more + 1),
            1 => (format!("{n}-small.mp4"), 1_000 + more.min(part - 1_001)),
            2 => (format!("{n}.png"), 1_000 + more),
            _ => (format!("{n}.srt"), 100 + more % 50_000),
        };
        let path = world.file(&name, usize::try_from(size).expect("small"));
        asks.push(World::ask(&path));
    }
    let ids: Vec<TransferId> = world
        .engine()
        .add(asks)
        .await
        .expect("added")
        .iter()
        .map(vodlift_engine::Added::id)
        .collect();

    let mut cancelled = None;
    let turns = storm.dice.under(5);
    for _ in 0..turns {
        let cue = storm.cue(ids.len(), world.cloud.requests().0.len());
        let over = tokio::select! {
            () = reached(&world, &ids, &cue) => false,
            () = carry(&world, &ids) => true,
        };
        if storm.dice.under(6) == 0 && cancelled.is_none() {
            let id = storm.dice.one(&ids);
            cancelled = Some(id);
            world.engine().command(&[id], Command::Cancel).await;
        } else if !over {
            storm.kills += 1;
            world.kill().await;
            world.start().await;
        }
    }
    carry(&world, &ids).await;
    judge(&world, &storm, &ids).await
}

/// The same few truths, whatever happened.
async fn judge(world: &World, storm: &Storm, ids: &[TransferId]) -> Account {
    let mut told = format!("kills {}\n{}", storm.kills, storm.script);
    let mut all: Vec<Transfer> = vec![];
    for id in ids {
        let transfer = world.facts(*id).await;
        writeln!(told, "{}: {}", transfer.name(), world.story(*id).await).expect("a text");
        all.push(transfer);
    }
    let requests = world.cloud.requests();
    let unclear = |action: &str| {
        requests.of(action).filter(|r| r.struck || r.status.is_none()).count() + storm.kills
    };
    let mut live: HashMap<String, _> =
        world.cloud.live_media().into_iter().map(|media| (media.id.clone(), media)).collect();
    let mut total = Account { size: 0, sent: 0 };

    for t in &all {
        let media = t.media.as_ref().and_then(|id| live.remove(id));
        match t.state.phase {
            Phase::Settled => {
                world.arrived(t.id).await;
                let media = media.unwrap_or_else(|| panic!("{} has no media\n{told}", t.name()));
                assert_eq!(media.stored_times, 1, "{} was overwritten\n{told}", t.name());
                assert_eq!(media.overwriting_passes, 0, "{} was refreshed\n{told}", t.name());
            }
            Phase::Discarded => {
                // Cleaning up is a courtesy: it gives up only where the far side refused every time.
                let refused =
                    unclear("DeleteVideo") + unclear("GetVideoInfo") + unclear("GetVideoInfos");
                assert!(
                    media.is_none_or(|m| m.stored_times == 1 || refused >= 5),
                    "{} was cancelled and is still there\n{told}",
                    t.name()
                );
            }
            phase @ (Phase::Found
            | Phase::Planned
            | Phase::Reserved
            | Phase::Opened
            | Phase::Sent
            | Phase::Sealed
            | Phase::Verified) => panic!("{} rests at {phase:?}\n{told}", t.name()),
        }
        assert_eq!(t.old_media, None, "{} left an id behind\n{told}", t.name());
    }

    // What nobody owns: ids whose answer was lost, of kinds VOD cannot be asked about. Never with a file.
    let lost = unclear("CreateUploadImage") + unclear("CreateUploadAttachedMedia");
    for media in live.values() {
        assert_eq!(media.stored_times, 0, "{} was stored twice: {media:#?}\n{told}", media.id);
        // A video is found by our reference, unless that was refused every time.
        let found = unclear("GetVideoInfo") + unclear("DeleteVideo") < 5;
        assert!(!media.kind.is_video() || !found, "a second video: {media:#?}\n{told}");
    }
    assert!(live.len() <= lost, "{} stray ids, {lost} answers lost\n{told}", live.len());

    // An upload whose id never arrived cannot be known; one that got bytes can, unless its media was deleted or moved.
    let orphans = world.cloud.orphans();
    let keys: HashMap<String, String> =
        world.cloud.live_media().into_iter().map(|media| (media.id, media.key)).collect();
    let orphans: Vec<_> =
        orphans.iter().filter(|o| keys.get(&o.media).is_some_and(|key| *key == o.key)).collect();
    for orphan in &orphans {
        assert!(orphan.parts.is_empty(), "{orphan:?} was left\n{told}");
    }
    assert!(orphans.len() <= unclear("InitiateMultipartUpload"), "{orphans:?}\n{told}");

    for t in all.iter().filter(|t| t.state.phase == Phase::Settled) {
        let (size, name) = (t.size(), t.name());
        let mine: Vec<_> = requests
            .0
            .iter()
            .filter(|r| matches!(r.action.as_str(), "UploadPart" | "PutObject"))
            .filter(|r| r.object.ends_with(&format!("/{name}")) || r.media == t.media)
            .collect();
        let good = |r: &&&vodlift_sandbox::Request| {
            !r.struck && r.status.is_some_and(|status| status < 300)
        };
        let sent: u64 = mine.iter().map(|r| r.bytes).sum();
        let well: u64 = mine.iter().filter(good).map(|r| r.bytes).sum();
        let story = world.story(t.id).await;
        let falls = (story.matches("back to").count() + story.matches("lost").count()) as u64;
        let flying = if t.is_video() && t.upload.is_some() { FLYING * t.part_size } else { size };
        let bound = size + storm.kills as u64 * flying.min(size) + falls * size;
        assert!(well <= bound, "{name}: {well} bytes stored well, {bound} allowed\n{told}");
        total.size += size;
        total.sent += sent;
    }

    world.engine().stop().await;
    total
}

#[expect(clippy::disallowed_methods, reason = "a test is an edge: a seed is asked for by hand")]
fn seeds() -> std::ops::RangeInclusive<u64> {
    let Ok(text) = std::env::var("VODLIFT_STORM") else { return SEEDS };
    let number = |text: &str| text.parse::<u64>().expect("a seed");
    match text.split_once('-') {
        Some((from, to)) => number(from)..=number(to),
        None => number(&text)..=number(&text),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_seed_ends_well() {
    // What an engine says when it cannot go on; another test's subscriber will do as well.
    let _ = tracing_subscriber::fmt().with_max_level(tracing::Level::ERROR).try_init();
    let (seeds, started) = (seeds(), Instant::now());
    let many = seeds.clone().count();
    let permits = Arc::new(tokio::sync::Semaphore::new(WORLDS));
    let (mut walks, mut names) = (JoinSet::new(), HashMap::new());
    let (mut failed, mut size, mut sent) = (vec![], 0_u64, 0_u64);
    for seed in seeds {
        let permits = permits.clone();
        let walk = walks.spawn(async move {
            let _permit = permits.acquire_owned().await;
            walk(seed).await
        });
        names.insert(walk.id(), seed);
    }
    while let Some(end) = walks.join_next_with_id().await {
        match end {
            Ok((_, account)) => {
                size += account.size;
                sent += account.sent;
            }
            Err(error) => failed.push(names[&error.id()]),
        }
    }
    failed.sort_unstable();
    println!(
        "{many} seeds in {:.0?}, {} MiB for files of {} MiB",
        started.elapsed(),
        sent >> 20,
        size >> 20
    );
    assert!(failed.is_empty(), "seeds {failed:?}; VODLIFT_STORM=N runs one alone");
}
