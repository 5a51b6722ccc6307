//! The same file after a mount, a copy, a touch and a move; and another one in its place that looks like it.

use std::path::Path;
use std::time::{Duration, SystemTime};

use vodlift_engine::model::{Again, Ask, TransferId};
use vodlift_engine::view::{Row, Status};
use vodlift_engine::{Added, Command, Limit};
use vodlift_sandbox::Options;
use vodlift_tests::{World, config};

const SIZE: usize = 8 << 20;

fn time_of(path: &Path) -> SystemTime {
    std::fs::metadata(path).expect("there").modified().expect("a time")
}

fn set_time(path: &Path, time: SystemTime) {
    let file = std::fs::File::options().write(true).open(path).expect("open");
    file.set_modified(time).expect("set the time");
}

/// As another mount shows it, or a copy that keeps the time: the same bytes under another number.
fn renumbered(path: &Path) {
    let (time, copy) = (time_of(path), path.with_extension("copy"));
    std::fs::copy(path, &copy).expect("copy");
    set_time(&copy, time);
    std::fs::rename(&copy, path).expect("rename");
}

/// Summer time on FAT.
fn an_hour_later(path: &Path) {
    set_time(path, time_of(path) + Duration::from_hours(1));
}

/// Another file of the same size and time, whose head, middle and end are the same: only what was stored tells.
fn alike(path: &Path) {
    let (time, copy) = (time_of(path), path.with_extension("copy"));
    let mut bytes = std::fs::read(path).expect("read");
    bytes[200_000..900_000].fill(7);
    std::fs::write(&copy, bytes).expect("write");
    set_time(&copy, time);
    std::fs::rename(&copy, path).expect("rename");
}

/// Half sent, and the engine killed.
async fn half_sent(restart_changed: bool) -> (World, TransferId, std::path::PathBuf, u64) {
    let limit = Some(Limit { rate: 4 << 20, periods: vec![] });
    let config = vodlift_engine::Config { limit, parts: 2, restart_changed, ..config() };
    let mut world = World::new(Options::quick(), config).await;
    let path = world.file("a.mp4", SIZE);
    let id = world.add(World::ask(&path)).await;
    let row = world.until(id, |row| row.done_bytes >= 3 << 20).await;
    world.kill().await;
    world.config.limit = None;
    (world, id, path, row.done_bytes)
}

fn sent(world: &World) -> u64 {
    world.cloud.requests().bytes(Some("UploadPart"))
}

#[tokio::test]
async fn goes_on_under_the_same_media_id_and_sends_nothing_twice() {
    for change in [renumbered, an_hour_later] {
        let (mut world, id, path, done) = half_sent(false).await;
        let before = world.cloud.media();
        change(&path);
        world.start().await;
        // As by the command line: the same file is named again.
        let added = world.engine().add(vec![World::ask(&path)]).await.expect("added");
        assert_eq!(added, [Added::Continues(id)]);
        assert_eq!(world.settle(id).await.status, Status::Done, "{}", world.story(id).await);
        world.arrived(id).await;
        assert_eq!(world.cloud.live_media().len(), 1);
        assert_eq!(world.facts(id).await.media.as_deref(), Some(before[0].id.as_str()));
        // At most what was on its way when it was killed goes again.
        assert!(sent(&world) <= SIZE as u64 + (3 << 20), "{} bytes, {done} before", sent(&world));
    }
}

#[tokio::test]
async fn goes_on_where_it_was_moved_to() {
    let (mut world, id, path, _) = half_sent(false).await;
    std::fs::create_dir(world.folder.path().join("sub")).expect("folder");
    let moved = world.folder.path().join("sub/renamed.mp4");
    std::fs::rename(&path, &moved).expect("move");
    world.start().await;
    world.until(id, |row| row.status == Status::Failed).await;
    let spelled = world.folder.path().join("sub/../sub/renamed.mp4");
    let added = world.engine().add(vec![World::ask(&spelled)]).await.expect("added");
    assert_eq!(added, [Added::Continues(id)]);
    assert_eq!(world.settle(id).await.status, Status::Done, "{}", world.story(id).await);
    world.arrived(id).await;
    assert_eq!(world.facts(id).await.path, moved.canonicalize().expect("there"));
    assert_eq!(world.cloud.live_media().len(), 1);
    assert!(sent(&world) <= SIZE as u64 + (3 << 20), "{} bytes", sent(&world));
}

#[tokio::test]
async fn another_file_that_looks_the_same_is_told_or_starts_anew() {
    for by_itself in [false, true] {
        let (mut world, id, path, _) = half_sent(by_itself).await;
        alike(&path);
        world.start().await;
        if !by_itself {
            let row = world.settle(id).await;
            assert_eq!(row.fault.map(|fault| fault.code.as_str()), Some("file.changed"));
            assert!(row.can.restart);
            assert_eq!(world.cloud.objects().len(), 0, "no mixture of two files is stored");
            world.engine().command(&[id], Command::Restart).await;
        }
        world.until(id, |row| row.status == Status::Done).await;
        world.arrived(id).await;
        assert_eq!(world.cloud.live_media().len(), 1, "the same video");
    }
}

/// A change while bytes are on their way, at the given number of stored bytes.
async fn changed_under_way(by_itself: bool, change: fn(&Path)) -> (World, TransferId) {
    let limit = Some(Limit { rate: 8 << 20, periods: vec![] });
    let config = vodlift_engine::Config { limit, parts: 2, restart_changed: by_itself, ..config() };
    let world = World::new(Options::quick(), config).await;
    let path = world.file("a.mp4", SIZE);
    let id = world.add(World::ask(&path)).await;
    world.until(id, |row| row.done_bytes >= 2 << 20).await;
    change(&path);
    (world, id)
}

#[tokio::test]
async fn a_touch_under_way_changes_nothing() {
    for change in [renumbered, an_hour_later] {
        let (world, id) = changed_under_way(false, change).await;
        assert_eq!(world.settle(id).await.status, Status::Done, "{}", world.story(id).await);
        world.arrived(id).await;
        assert!(sent(&world) <= SIZE as u64 + (3 << 20), "{} bytes", sent(&world));
    }
}

#[tokio::test]
async fn a_swap_under_way_is_noticed_by_content() {
    for by_itself in [false, true] {
        let (world, id) = changed_under_way(by_itself, alike).await;
        if !by_itself {
            let row = world.settle(id).await;
            assert_eq!(row.fault.map(|fault| fault.code.as_str()), Some("file.changed"));
            assert!(row.can.restart, "it can be started over");
            assert_eq!(world.cloud.objects().len(), 0);
            world.engine().command(&[id], Command::Restart).await;
        }
        world.until(id, |row| row.status == Status::Done).await;
        world.arrived(id).await;
    }
}

/// The fingerprint is only a few places: a file elsewhere is the finished one only if its checksum says so too.
#[tokio::test]
async fn a_copy_of_a_finished_file_is_the_same_only_byte_for_byte() {
    let world = World::quick().await;
    let path = world.file("a.mp4", SIZE);
    let id = world.add(World::ask(&path)).await;
    world.settle(id).await;
    let copy = world.folder.path().join("copy.mp4");
    std::fs::copy(&path, &copy).expect("copy");
    let added = world.engine().add(vec![World::ask(&copy)]).await.expect("added");
    assert!(matches!(added[0], Added::Done { id: same, .. } if same == id), "{added:?}");
    alike(&copy);
    let added = world.engine().add(vec![World::ask(&copy)]).await.expect("added");
    let Added::New(other) = added[0] else { panic!("{added:?}") };
    let undecided = |row: &Row| row.same_as.is_some() || row.status == Status::Done;
    if world.until(other, undecided).await.same_as.is_some() {
        world.engine().send_anyway(other).await;
    }
    assert_eq!(world.settle(other).await.status, Status::Done);
    world.arrived(other).await;
    let again = Ask { again: Again::Send, ..World::ask(&path) };
    assert!(matches!(world.engine().add(vec![again]).await.expect("added")[0], Added::New(_)));
}
