//! What the program does to its disk, seen from the system: what it makes sure of, and what it says when there is no room.
//! Linux.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::world::{World, film, skipped};

fn works(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).output().is_ok_and(|tried| tried.status.success())
}

/// The same run of the program, begun by another one. The environment is taken over.
fn under(program: &str, args: &[&str], ours: &Command) -> Command {
    let mut command = Command::new(program);
    command.args(args).arg(ours.get_program()).args(ours.get_args()).env_clear();
    command.envs(ours.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(ours.get_current_dir().unwrap()).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Fills the file system of a folder. Removing the file gives the room back.
fn fill(folder: &Path) -> PathBuf {
    let path = folder.join("ballast");
    let mut ballast = std::fs::File::create(&path).unwrap();
    for size in [64 << 10, 1] {
        while ballast.write_all(&vec![7; size]).is_ok() {}
    }
    path
}

#[test]
fn a_full_disk_is_told_and_waited_for() {
    let mount = ["mount", "-t", "tmpfs", "none", "/mnt"];
    let may = |how: &&str| works("unshare", &[&[*how], mount.as_slice()].concat());
    let Some(how) = ["-m", "-rm"].into_iter().find(may) else {
        return skipped("a_full_disk_is_told_and_waited_for", "nobody may mount anything here");
    };
    let world = World::new();
    let bytes = film(12, 21);
    world.file("film.mp4", &bytes);
    let data = world.home.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    let script = "mount -t tmpfs -o size=6m none \"$VODLIFT_HOME/data\" && exec \"$0\" \"$@\"";
    let ours = world.command(&["--json", "upload", "film.mp4", "--limit", "2MB/s"]);
    let mut child = under("unshare", &[how, "sh", "-c", script], &ours).spawn().unwrap();
    world.until(|requests| requests.good("UploadPart") >= 2);
    // The folder as the program sees it.
    let inside = Path::new("/proc").join(child.id().to_string()).join("root");
    let ballast = fill(&inside.join(data.strip_prefix("/").unwrap()));
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(|line| {
        let line = line.unwrap();
        serde_json::from_str::<Value>(&line).unwrap_or_else(|_| panic!("not JSON: {line}"))
    });
    let full = |line: &Value| line["fault"]["code"] == "disk.full";
    let told = lines.find(full).expect("a line that tells of it");
    assert_eq!((&told["event"], &told["phase"]), (&"transfer".into(), &"opened".into()));
    std::fs::remove_file(ballast).unwrap();

    let rest: Vec<Value> = lines.collect();
    let mut words = String::new();
    child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{words}");
    assert_eq!(words.matches("No room to save progress").count(), 1, "{words}");
    let after = rest.iter().skip_while(|line| full(line)).collect::<Vec<_>>();
    assert!(after.iter().all(|line| line["fault"].is_null()), "{after:#?}");
    let item = &after.last().unwrap()["transfers"][0];
    assert_eq!(world.stored(item["media_id"].as_str().unwrap()), bytes);
    assert_eq!(world.cloud.media().len(), 1);
}

/// What only the journal knows is on the disk before the next request leaves; a power cut in between loses nothing.
#[test]
fn what_the_cloud_could_not_tell_again_is_on_the_disk_first() {
    const NAME: &str = "what_the_cloud_could_not_tell_again_is_on_the_disk_first";
    if !works("strace", &["-o", "/dev/null", "true"]) {
        return skipped(NAME, "strace is not here, or may watch nobody");
    }
    let world = World::new();
    world.file("film.mp4", &film(12, 22));
    let calls = world.home.path().join("calls");
    let traced =
        ["-f", "-y", "-s", "4096", "-e", "trace=desc,network", "-o", calls.to_str().unwrap()];
    let ours = world.command(&["--json", "upload", "film.mp4"]);
    let said = under("strace", &traced, &ours).output().unwrap();
    assert_eq!(said.status.code(), Some(0), "{}", String::from_utf8_lossy(&said.stderr));
    let calls = String::from_utf8_lossy(&std::fs::read(&calls).unwrap()).into_owned();

    let log = |line: &&str| line.contains("journal.db-wal>");
    let writes = |line: &str| line.contains("pwrite64(") || line.contains(" write(");
    let syncs = |line: &str| line.contains("fdatasync(") || line.contains("fsync(");
    let mut from = 0;
    for (request, mark) in [
        ("CreateUploadVideo", "x-acs-action: CreateUploadVideo"),
        ("InitiateMultipartUpload", "?uploads"),
    ] {
        let leaves = |line: &str| line.contains("<socket:") && line.contains(mark);
        let all: Vec<&str> = calls.lines().skip(from).collect();
        let until = all.iter().position(|line| leaves(line));
        let until = until.unwrap_or_else(|| panic!("{request} was not seen to leave"));
        let last =
            all[..until].iter().copied().filter(log).rfind(|line| writes(line) || syncs(line));
        let last = last.unwrap_or_else(|| panic!("nothing was written before {request}"));
        assert!(
            syncs(last),
            "before {request} the journal was written and not made sure of: {last:.90}"
        );
        from += until + 1;
    }
}
