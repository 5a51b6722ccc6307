//! Journals that are torn by a power cut, or for which there is no room. Knows SQLite's files, and no row.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use vodlift_engine::journal::Journal;
use vodlift_engine::model::{Kind, Phase, TransferId};
use vodlift_engine::view::Status;
use vodlift_engine::{Engine, Limit, Scope};
use vodlift_sandbox::{Options, Weather};
use vodlift_tests::{EDGE, World, client, config};

use super::{ALL, PARTS, alone, is_child, told};

/// What a torn journal still says of each transfer: its phase, and how many of its parts are there.
async fn says(folder: &Path) -> BTreeMap<TransferId, (Phase, usize)> {
    let (journal, copy) = Journal::open(folder, (EDGE.id)(), 0).expect("it opens");
    assert_eq!(copy, None, "a torn end is no broken journal");
    let mut all = BTreeMap::new();
    for transfer in journal.load().await.expect("rows") {
        let parts = journal.parts(transfer.id).await.expect("parts");
        let stored: u64 = parts.iter().map(|part| part.length).sum();
        assert!(stored <= transfer.size(), "more parts than bytes");
        all.insert(transfer.id, (transfer.state.phase, parts.len()));
    }
    all
}

/// The files of a journal as they lie on the disk at a moment, with as much of the log as reached it.
fn torn(from: &Path, to: &Path, length: usize, litter: bool) {
    std::fs::create_dir_all(to).expect("folder");
    std::fs::copy(from.join("journal.db"), to.join("journal.db")).expect("copy");
    let log = std::fs::read(from.join("journal.db-wal")).expect("its log");
    let mut kept = log[..length].to_vec();
    if litter {
        // A file may have its new length before it has its bytes.
        kept.resize(log.len(), 0);
    }
    std::fs::write(to.join("journal.db-wal"), kept).expect("write");
}

/// Uploads of every kind that wait in their middle, and their journal as it lies on the disk.
async fn in_the_middle() -> (World, Vec<TransferId>, tempfile::TempDir, usize) {
    let weather: Weather = "part 3 stall ×1\nput stall ×3".parse().expect("weather");
    let world = World::new(Options { weather, ..Options::quick() }, config()).await;
    let mut ids = vec![];
    for (n, upload) in ALL.into_iter().enumerate() {
        let path = world.file(&format!("{n}{}", upload.file), upload.bytes);
        ids.push(world.add(World::ask(&path)).await);
    }
    world.stalled(4).await;
    world.until(ids[0], |row| row.done_bytes == 2 << 20).await;
    let still = tempfile::tempdir().expect("folder");
    for name in ["journal.db", "journal.db-wal"] {
        std::fs::copy(world.data().join(name), still.path().join(name)).expect("copy");
    }
    let length = std::fs::metadata(still.path().join("journal.db-wal")).expect("log").len();
    (world, ids, still, usize::try_from(length).expect("small"))
}

#[tokio::test]
async fn a_power_cut_in_the_middle_of_a_write() {
    let (_world, ids, still, length) = in_the_middle().await;
    assert!(length > 40_000, "a log of {length} bytes is too short to tear");
    // At least twice in every page that was written, cut off and with rubbish behind it.
    let mut before = BTreeMap::new();
    let scratch = tempfile::tempdir().expect("folder");
    for at in (0..length).step_by(1_700).chain([length]) {
        for (at, litter) in [(at, false), ((at + 100).min(length), true)] {
            let place = scratch.path().join(format!("{at}"));
            torn(still.path(), &place, at, litter);
            let now = says(&place).await;
            for (id, was) in &before {
                let is = now.get(id).unwrap_or_else(|| panic!("{id} was there before byte {at}"));
                assert!(is >= was, "with {at} bytes of the log {is:?}, with fewer {was:?}");
            }
            before = now;
        }
    }
    assert_eq!(before.len(), ALL.len(), "the whole log knows all of them");
    assert_eq!(before[&ids[0]].1, 2, "and the parts that were stored");
}

#[tokio::test]
async fn a_torn_journal_comes_to_the_same_end() {
    for eighths in 3..=8 {
        let (mut world, _, still, length) = in_the_middle().await;
        world.kill().await;
        // SQLite removes its log by name when the last connection ends, also one that was put in its place meanwhile.
        while world.data().join("journal.db-wal").exists() {
            tokio::task::yield_now().await;
        }
        world.cloud.weather(Weather::fair());
        let cut = length / 8 * eighths;
        // Another computer, as far as the files of the journal go.
        std::fs::rename(world.data(), world.folder.path().join("before")).expect("aside");
        torn(still.path(), &world.data(), cut, false);
        world.start().await;
        let rows = world.engine().rows().await;
        assert!(eighths < 8 || rows.len() == ALL.len(), "{cut} of {length}: {rows:#?}");
        for row in &rows {
            let row = world.settle(row.id).await;
            let story = world.story(row.id).await;
            assert_eq!(row.status, Status::Done, "{cut} of {length}: {story}");
            world.arrived(row.id).await;
        }
        let live = world.cloud.live_media();
        for media in &live {
            assert!(media.stored_times <= 1 && media.overwriting_passes == 0, "{media:#?}");
        }
        let filled = live.iter().filter(|media| media.stored_times == 1).count();
        assert_eq!(filled, rows.len(), "{cut} of {length}: {live:#?}");
        // A video is found again by the reference it was given, however little is remembered.
        let videos = live.iter().filter(|media| media.kind.is_video()).count();
        let known = rows.iter().filter(|row| row.kind == Kind::Video).count();
        assert!(videos <= known.max(2), "{cut} of {length}: {live:#?}");
    }
}

/// Takes all the room there is; what it took is given back by removing the file.
fn fill(file: &Path) {
    let mut ballast = std::fs::File::create(file).expect("a file");
    for size in [64 << 10, 1] {
        while ballast.write_all(&vec![7; size]).is_ok() {}
    }
}

async fn notice(engine: &Engine, wanted: Option<&str>) {
    for _ in 0..400 {
        if engine.notice().map(|fault| fault.code.as_str()) == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{:?} instead of {wanted:?}\n{}", engine.notice(), engine.describe().await);
}

/// All is halted and what was on its way has ended. Gives the number of requests so far.
async fn halted(world: &World) -> usize {
    for _ in 0..400 {
        let told = world.engine().describe().await;
        if told.contains("frozen true") && told.contains("running 0") {
            return world.cloud.requests().0.len();
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it never halts\n{}", world.engine().describe().await);
}

/// Nothing begins, though the engine has its turns and is asked to go on.
async fn stays_halted(world: &World, asked: usize) {
    for _ in 0..20 {
        world.engine().check_now().await;
        assert_eq!(halted(world).await, asked, "{}", world.engine().describe().await);
    }
}

#[test]
fn no_room_for_the_journal() {
    const NAME: &str = "matrix::room::no_room_for_the_journal";
    let Some(folder) = is_child() else {
        let folder = tempfile::tempdir().expect("folder");
        let told = folder.path().display().to_string();
        return alone(NAME, &told, "mount -t tmpfs -o size=6m none \"$VODLIFT_TEST_CHILD\"");
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (data, ballast) = (Path::new(&folder).join("data"), Path::new(&folder).join("ballast"));
        let more = Path::new(&folder).join("more");
        let mut config = config();
        config.parts = 1;
        config.limit = Some(Limit { rate: 2 << 20, periods: vec![] });
        let mut world = World::still(Options::quick(), config.clone()).await;
        let account = world.account();
        let start = async |config| {
            let engine =
                Engine::start(config, &data, client(), EDGE, Scope::All).await.expect("engine");
            engine.set_account(account.clone()).await;
            engine
        };
        world.engine = Some(start(config.clone()).await);
        let path = world.file(PARTS.file, PARTS.bytes);
        let id = world.add(World::ask(&path)).await;
        world.until(id, |row| row.done_bytes > 0).await;
        fill(&ballast);
        notice(world.engine(), Some("disk.full")).await;
        // All is halted: what was on its way may end, nothing begins.
        let asked = halted(&world).await;
        stays_halted(&world, asked).await;
        let facts = world.facts(id).await;
        assert!(facts.state.phase < Phase::Settled, "it went on without a journal");

        // The same for an engine that begins while there is no room: it shows what there is and touches nothing.
        world.kill().await;
        // What was logged may have been taken in at the end, which leaves a little room.
        tokio::time::sleep(Duration::from_millis(300)).await;
        fill(&more);
        world.engine = Some(start(config).await);
        assert_eq!(world.engine().notice().map(|fault| fault.code.as_str()), Some("disk.full"));
        let rows = world.engine().rows().await;
        assert_eq!((rows.len(), rows[0].phase), (1, Phase::Opened));
        stays_halted(&world, asked).await;

        // Room again: it goes on by itself, with what it had.
        std::fs::remove_file(&ballast).expect("remove");
        std::fs::remove_file(&more).expect("remove");
        notice(world.engine(), None).await;
        let row = world.settle(id).await;
        let told = told(&world, id).await;
        assert_eq!(row.status, Status::Done, "{told}");
        world.arrived(id).await;
        assert_eq!(world.facts(id).await.media, facts.media);
        let sent = world.cloud.requests().bytes(Some("UploadPart"));
        assert!(sent <= PARTS.bytes as u64 + (2 << 20), "{sent} bytes: {told}");
    });
}
