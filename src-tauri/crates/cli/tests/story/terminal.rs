//! What the command line says to a terminal and to a pipe: names cannot drive it, a closed pipe is no failure.

#[cfg(unix)]
use std::io::Read as _;
#[cfg(unix)]
use std::process::Stdio;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::world::{SAMPLE, World};

#[cfg(unix)]
const ODD: &str = "a\u{1b}[2J\r\nb.mp4: done\u{202e}4pm.mp4";

#[cfg(unix)]
#[test]
fn a_name_cannot_drive_the_terminal_nor_fake_a_line() {
    let world = World::new();
    world.file(ODD, SAMPLE);
    let gone = format!("gone\u{1b}]0;x\u{7}{ODD}");
    let mut all = String::new();
    for args in [
        &["upload", ODD, &gone][..],
        &["upload", ODD],
        &["status"],
        &["history"],
        &["history", "--csv"],
        &["--profile", ODD, "status"],
        &["upload", "--kind", ODD, "x"],
        &["upload", "--user-data", ODD, "x"],
        &["decode", "--auth", &format!("@{ODD}")],
    ] {
        let answer = world.run(args);
        let said = format!("{}{}", answer.out, answer.err);
        let odd = said.chars().find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
        assert_eq!(odd, None, "{args:?}: {said:?}");
        assert!(!said.contains("\nb.mp4"), "{args:?}: {said}");
        all.push_str(&said);
    }
    assert!(all.contains("a\\u{1b}[2J\\r\\nb.mp4"), "{all}");
    let json = world.run(&["--json", "status"]);
    assert_eq!(json.lines()[0]["path"].as_str().map(|path| path.ends_with(ODD)), Some(true));
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly() {
    let world = World::new();
    world.file("a.mp4", SAMPLE);
    assert_eq!(world.run(&["upload", "a.mp4"]).code, Some(0));
    for args in [
        &["completions", "bash"][..],
        &["completions", "zsh"],
        &["--help"],
        &["--version"],
        &["status"],
        &["--json", "status"],
        &["history"],
        &["history", "--csv"],
        &["upload", "a.mp4"],
        &["--json", "upload", "--force", "a.mp4"],
        &["sandbox", "--json"],
    ] {
        let mut child = world.start(args);
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{args:?}: {said}");
        assert!(!said.contains("panicked"), "{args:?}: {said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_no_success() {
    let world = World::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output =
        world.command(&["completions", "bash"]).stdout(Stdio::from(full)).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(!output.stderr.is_empty());
}

#[test]
fn a_moment_has_one_form() {
    let world = World::new();
    world.file("a.mp4", SAMPLE);
    assert_eq!(world.run(&["upload", "a.mp4"]).code, Some(0));
    let shape = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
    };
    let wanted = "0000-00-00T00:00:00.000Z";
    let text = world.run(&["history"]).out;
    let csv = world.run(&["history", "--csv"]).out;
    let json = world.run(&["--json", "history"]).lines()[0]["ended"].as_str().unwrap().to_owned();
    assert!(shape(&text).starts_with(&format!("{wanted} ")), "{text}");
    assert!(shape(&csv).contains(&format!(",{wanted},")), "{csv}");
    assert_eq!(shape(&json), wanted);
}

#[test]
fn a_blob_is_taken_as_people_copy_it() {
    let world = World::new();
    let address = BASE64_STANDARD.encode(
        r#"{"Endpoint":"https://oss-cn-shanghai.aliyuncs.com","Bucket":"outin-1","FileName":"sv/a.mp4"}"#,
    );
    for text in [
        format!("\"{address}\""),
        format!(" {address}\n"),
        format!("{{\"UploadAddress\":\"{address}\",\"VideoId\":\"x\"}}"),
    ] {
        let answer = world.run(&["--json", "decode", "--address", &text]);
        assert_eq!(answer.code, Some(0), "{text}: {}", answer.out);
    }
}
