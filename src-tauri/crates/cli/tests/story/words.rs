//! A person's words and what lies beside media: what is changed or left out is told, in lines for people and in notes.

use serde_json::Value;
#[cfg(unix)]
use serde_json::json;

use crate::world::{Answer, SAMPLE, World, film};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00a picture";
const SRT: &[u8] = b"1\n00:00:00,000 --> 00:00:01,000\nhello\n";

fn notes(answer: &Answer) -> Vec<(String, String)> {
    let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    let lines = answer.lines();
    let notes = lines.iter().filter(|line| line["event"] == "note");
    notes.map(|line| (text(line, "path"), text(line, "code"))).collect()
}

fn titles(world: &World) -> Vec<String> {
    let mut titles: Vec<String> = world.cloud.media().into_iter().map(|m| m.title).collect();
    titles.sort();
    titles
}

#[test]
fn what_nobody_means_is_one_note_and_no_failure() {
    let world = World::new();
    for (name, bytes) in [
        ("in/a.mp4", SAMPLE),
        ("in/a.mp4.aria2.txt", b"x"),
        ("in/film.mp4.part", SAMPLE),
        ("in/@eaDir/a.jpg", JPEG),
        ("in/.hidden.mp4", SAMPLE),
        ("in/contract.pdf", b"%PDF-1.7"),
    ] {
        world.file(name, bytes);
    }
    let answer = world.run(&["--json", "upload", "in"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    assert_eq!(answer.by_name().keys().collect::<Vec<_>>(), ["a.mp4"]);
    assert_eq!(notes(&answer), [("in".to_owned(), "left.out".to_owned())]);
    let note = answer.lines().into_iter().find(|line| line["event"] == "note").unwrap();
    let said = "5 left out of the folder: 1 hidden, 1 of the system, 1 unfinished download, 2 VOD does not take";
    assert_eq!(note["message"], said);
    assert!(answer.err.contains(said), "{}", answer.err);
    let answer = world.run(&["--json", "-v", "upload", "in"]);
    assert_eq!(notes(&answer).len(), 6, "each by its name");
    // Named by hand it is refused, with its own reason.
    let answer = world.run(&["--json", "upload", "in/film.mp4.part"]);
    assert_eq!(answer.code, Some(1));
    assert_eq!(answer.by_name()["film.mp4.part"]["fault"]["code"], "file.partial");
}

#[test]
fn titles_of_a_series_stay_apart_and_shortening_is_told() {
    let world = World::new();
    let name = |end: &str| format!("{}{end}.mp4", "x".repeat(140));
    world.file(&name("第01讲"), &film(1, 1));
    world.file(&name("第02讲"), &film(1, 2));
    let answer = world.run(&["--json", "upload", &name("第01讲"), &name("第02讲")]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    let titles = titles(&world);
    assert!(titles[0].ends_with("第01讲") && titles[1].ends_with("第02讲"), "{titles:?}");
    let codes: Vec<String> = notes(&answer).into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["text.shortened", "text.shortened"]);
    let kept = world.run(&["--json", "upload", "--force", "--keep-title", &name("第01讲")]);
    assert_eq!(kept.code, Some(1));
    assert_eq!(kept.summary()["transfers"][0]["fault"]["code"], "req.title");
}

#[test]
fn only_what_vod_refuses_is_taken_out_and_it_is_told() {
    let world = World::new();
    world.file("a.mp4", SAMPLE);
    let upload = |title: &str| {
        world.run(&["--json", "upload", "--force", "--title", title, "--tags", "x", "a.mp4"])
    };
    let answer = upload("می\u{200c}خواهم ⌘K");
    assert_eq!((answer.code, notes(&answer)), (Some(0), vec![]), "{}", answer.err);
    let answer = upload("best \u{1f389} film");
    assert_eq!(notes(&answer), [("a.mp4".to_owned(), "text.removed".to_owned())]);
    // This cloud refuses a star too: that is learned from its answer.
    let answer = upload("five ★ film");
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    assert_eq!(notes(&answer), [("a.mp4".to_owned(), "text.removed".to_owned())]);
    assert_eq!(titles(&world), ["best film", "five film", "می\u{200c}خواهم ⌘K"]);
    let kept = world.run(&["upload", "--force", "--keep-title", "--title", "five ★ film", "a.mp4"]);
    assert_eq!(kept.code, Some(1), "{}", kept.err);
}

#[test]
fn tags_and_languages_are_right_or_named() {
    let world = World::new();
    world.file("a.mp4", SAMPLE);
    world.file("a.srt", SRT);
    let many = (0..17).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    for (args, said) in [
        (["--tags", many.as_str()], "17 tags"),
        (["--tags", "a,nineteen-letters-and-fourteen-more"], "nineteen-letters"),
        (["--language", "web page"], "web page"),
    ] {
        let answer = world.run(&[&["upload", "a.mp4"][..], &args].concat());
        assert_eq!(answer.code, Some(2), "{args:?}: {}", answer.err);
        assert!(answer.err.contains(said), "{args:?}: {}", answer.err);
    }
    assert_eq!(world.run(&["upload", "a.mp4", "--language", "en"]).code, Some(2), "no subtitle");
    let answer = world.run(&["upload", "a.mp4", "a.srt", "--language", "pt_BR"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
}

#[cfg(unix)]
#[test]
fn a_name_in_other_letters_is_sent_with_its_title_read() {
    use std::os::unix::ffi::OsStrExt as _;
    let world = World::new();
    // 课程第一讲 in GBK.
    let name = std::ffi::OsStr::from_bytes(b"\xbf\xce\xb3\xcc\xb5\xda\xd2\xbb\xbd\xb2.mp4");
    std::fs::write(world.home.path().join(name), SAMPLE).unwrap();
    let upload = || Answer::of(world.command(&["--json", "upload"]).arg(name).output().unwrap());
    let answer = upload();
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    assert_eq!(titles(&world), ["课程第一讲"]);
    assert_eq!(notes(&answer)[0].1, "name.guessed");
    // The journal knows it again.
    let again = upload();
    assert_eq!(again.summary()["transfers"][0]["phase"], "settled");
    assert_eq!(world.cloud.media().len(), 1);
}

#[cfg(unix)]
#[test]
fn what_was_named_and_is_no_file_is_told_as_what_it_is() {
    let world = World::new();
    world.file("my film.mp4", SAMPLE);
    let pipe = world.home.path().join("pipe.mp4");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    let address = format!("file://{}/my%20film.mp4", world.home.path().display());
    let mut cases = vec![
        ("https://example.com/a.mp4", "file.address"),
        ("*.mov", "file.absent"),
        ("never.mp4", "file.absent"),
    ];
    match made {
        Ok(status) if status.success() => cases.push(("pipe.mp4", "file.special")),
        _ => println!("skipped: no mkfifo here"),
    }
    for (name, code) in cases {
        let answer = world.run(&["--json", "upload", name]);
        assert_eq!(answer.code, Some(1), "{name}");
        assert_eq!(answer.summary()["transfers"][0]["fault"]["code"], json!(code), "{name}");
    }
    assert_eq!(world.run(&["upload", &address]).code, Some(0));
}
