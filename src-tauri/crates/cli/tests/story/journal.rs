//! Two processes and one journal that is damaged, and what a killed process leaves behind.

use crate::world::{Answer, World, film};

#[test]
fn a_damaged_journal_is_left_alone_while_another_process_works_with_it() {
    let world = World::new();
    world.file("film.mp4", &film(48, 1));
    world.weather("part 2 stall ×1");
    let mut working = world.start(&["upload", "film.mp4"]);
    world.until(|requests| requests.good("UploadPart") >= 1);
    let data = world.home.path().join("data");
    let copies = || {
        let names = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with("journal-broken-")).count()
    };
    // As a process does that meets damage.
    std::fs::write(data.join("journal-damaged"), "").unwrap();
    let refused = world.run(&["status"]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(refused.err.contains("Another Vodlift has the queue"), "{}", refused.err);
    assert_eq!(copies(), 0);
    working.kill().unwrap();
    working.wait().unwrap();
    // Its lock outlived it, and stands in nobody's way. The file turns out to be sound.
    let alone = world.run(&["--json", "status"]);
    assert_eq!(alone.code, Some(0), "{}", alone.err);
    assert_eq!(alone.lines().len(), 1);
    let left = || {
        let names = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    assert!(!left().iter().any(|name| name.starts_with("engine-")), "{:?}", left());
    assert!(!data.join("journal-damaged").exists());
    // And one that is not is kept, told and replaced.
    std::fs::write(data.join("journal.db"), vec![7; 20_000]).unwrap();
    for beside in ["journal.db-wal", "journal.db-shm"] {
        assert!(!data.join(beside).exists(), "the last process took its log in");
    }
    let told = world.run(&["status"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.err.contains("A copy was kept at"), "{}", told.err);
    assert_eq!(copies(), 1);
    let answer: Answer = world.run(&["--json", "upload", "film.mp4"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_what_is_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    world.file("film.mp4", &film(1, 2));
    let answer = world.run(&["upload", "film.mp4"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for folder in ["config", "data", "logs"] {
        let folder = world.home.path().join(folder);
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }
}
