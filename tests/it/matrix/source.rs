//! Files that are not what they were.

use std::fmt::Write as _;
use std::path::Path;

use expect_test::expect;
use vodlift_engine::model::Phase;
use vodlift_engine::view::Status;
use vodlift_sandbox::{Options, Weather};
use vodlift_tests::{STUDIO, World, bytes, config};

use super::{ALL, told};

/// What happens to a file.
type Change = (&'static str, fn(&Path));

const CHANGES: [Change; 4] = [
    ("replaced", |path| {
        // Same name, same size, another file.
        let size = std::fs::metadata(path).expect("there").len();
        let other = path.with_extension("new");
        std::fs::write(&other, bytes("other.mp4", usize::try_from(size).expect("small")))
            .expect("write");
        std::fs::rename(other, path).expect("rename");
    }),
    ("truncated", |path| {
        let file = std::fs::OpenOptions::new().write(true).open(path).expect("open");
        file.set_len(file.metadata().expect("there").len() / 2).expect("cut");
    }),
    ("grown", |path| {
        use std::io::Write;
        let mut file = std::fs::OpenOptions::new().append(true).open(path).expect("open");
        file.write_all(b"more").expect("write");
    }),
    ("vanished", |path| std::fs::remove_file(path).expect("remove")),
];

#[tokio::test]
async fn a_file_that_is_not_the_same() {
    let mut lines = String::new();
    for (what, change) in CHANGES {
        writeln!(lines, "{what}").expect("a text");
        for upload in ALL {
            let world = World::quick().await;
            world.engine().drop_account(STUDIO).await;
            let path = world.file(upload.file, upload.bytes);
            let id = world.add(World::ask(&path)).await;
            world.until(id, |row| row.phase == Phase::Planned && row.status == Status::Held).await;
            change(&path);
            world.engine().set_account(world.account()).await;
            assert_eq!(world.settle(id).await.status, Status::Failed);
            assert_eq!(world.cloud.objects().len(), 0, "nothing of another file is stored");
            writeln!(lines, "    {}: {}", upload.name, told(&world, id).await).expect("a text");
        }
    }
    expect![[r#"
        replaced
            parts: planned 3 · reserved · stuck file.changed
            put: planned 1 · reserved · stuck file.changed
            image: planned 1 · reserved · stuck file.changed
            subtitle: planned 1 · reserved · stuck file.changed
        truncated
            parts: planned 3 · reserved · stuck file.changed
            put: planned 1 · reserved · stuck file.changed
            image: planned 1 · reserved · stuck file.changed
            subtitle: planned 1 · reserved · stuck file.changed
        grown
            parts: planned 3 · reserved · stuck file.changed
            put: planned 1 · reserved · stuck file.changed
            image: planned 1 · reserved · stuck file.changed
            subtitle: planned 1 · reserved · stuck file.changed
        vanished
            parts: planned 3 · reserved · stuck file.gone
            put: planned 1 · reserved · stuck file.gone
            image: planned 1 · reserved · stuck file.gone
            subtitle: planned 1 · reserved · stuck file.gone
    "#]]
    .assert_eq(&lines);
}

#[tokio::test]
async fn a_file_that_changes_under_the_reader() {
    for (what, change) in CHANGES {
        for upload in ALL {
            // The first try breaks, the file changes, the second try must notice.
            let weather: Weather = "PUT * 503 SlowDown retry 1s ×1".parse().expect("weather");
            let world = World::new(Options { weather, ..Options::quick() }, config()).await;
            let path = world.file(upload.file, upload.bytes);
            let id = world.add(World::ask(&path)).await;
            world.until(id, |row| row.rest.is_some()).await;
            change(&path);
            let row = world.settle(id).await;
            let code = row.fault.map(|fault| fault.code.as_str());
            let expected = if what == "vanished" { "file.gone" } else { "file.changed" };
            assert_eq!(code, Some(expected), "{what}, {}", upload.name);
            assert_eq!(world.cloud.objects().len(), 0, "{what}, {}", upload.name);
        }
    }
}
