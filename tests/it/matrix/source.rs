//! Files that are not what they were.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use expect_test::expect;
use vodlift_engine::model::Phase;
use vodlift_engine::view::Status;
use vodlift_sandbox::{Options, Weather};
use vodlift_tests::{STUDIO, World, bytes, config};

use super::{ALL, is_child, skipped, this_test, told};

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

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    const NAME: &str = "matrix::source::a_file_that_may_not_be_read";
    let allow = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
    };
    let folder = tempfile::tempdir().expect("folder");
    let shut = folder.path().join("shut");
    std::fs::write(&shut, b"x").expect("write");
    allow(&shut, 0o000);
    if std::fs::File::open(&shut).is_ok() {
        // Whoever may read everything cannot see this: a child that may not looks.
        if is_child().is_some() {
            return skipped(
                NAME,
                "nothing is hidden from this account, not even without its powers",
            );
        }
        let test = this_test(NAME, "without powers");
        let mut child = Command::new("setpriv");
        child.args(["--bounding-set=-all", "--inh-caps=-all", "--"]);
        child.arg(test.get_program()).args(test.get_args()).env("VODLIFT_TEST_CHILD", "yes");
        return match child.output() {
            Err(why) => skipped(NAME, &format!("setpriv: {why}")),
            Ok(said) => {
                let text = String::from_utf8_lossy(&said.stdout);
                assert!(said.status.success() && text.contains("1 passed"), "{text}");
                let words = String::from_utf8_lossy(&said.stderr);
                assert!(!words.contains("skipped"), "{words}");
            }
        };
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for upload in ALL {
            // From the beginning, and then from the second try on.
            for late in [false, true] {
                let rules = if late { "PUT * 503 SlowDown retry 1s ×1" } else { "" };
                let weather: Weather = rules.parse().expect("weather");
                let world = World::new(Options { weather, ..Options::quick() }, config()).await;
                let path = world.file(upload.file, upload.bytes);
                if !late {
                    allow(&path, 0o000);
                }
                let id = world.add(World::ask(&path)).await;
                if late {
                    world.until(id, |row| row.rest.is_some()).await;
                    allow(&path, 0o000);
                }
                let row = world.settle(id).await;
                let code = row.fault.map(|fault| fault.code.as_str());
                assert_eq!(code, Some("file.denied"), "{}, {late}", upload.name);
                assert_eq!(world.cloud.objects().len(), 0, "{}", upload.name);
                allow(&path, 0o600);
                world.engine().command(&[id], vodlift_engine::Command::Run).await;
                world.until(id, |row| row.status == Status::Done).await;
                world.arrived(id).await;
                assert_eq!(world.cloud.live_media().len(), 1, "{}", upload.name);
            }
        }
    });
}
