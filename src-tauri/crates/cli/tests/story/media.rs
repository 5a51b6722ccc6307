//! What the command line does with files that are not what they seem.

use crate::world::{SAMPLE, World};

fn codes(answer: &crate::world::Answer) -> Vec<(String, String)> {
    let told = answer.by_name();
    let code = |item: &serde_json::Value| item["fault"]["code"].as_str().unwrap_or("-").to_owned();
    told.iter().map(|(name, item)| (name.clone(), code(item))).collect()
}

#[test]
fn a_film_that_is_not_finished_is_sent_only_by_force() {
    let world = World::new();
    let at = SAMPLE.windows(4).position(|four| four == b"moov").unwrap();
    let data = &SAMPLE[..at - 4];
    world.file("cut.mp4", data);
    let answer = world.run(&["--json", "upload", "cut.mp4"]);
    assert_eq!(answer.code, Some(1), "{}", answer.err);
    assert_eq!(codes(&answer), [("cut.mp4".into(), "file.unfinished".into())]);
    let note = answer.lines().into_iter().find(|line| line["event"] == "note").expect("a note");
    assert_eq!(
        (note["path"].as_str(), note["code"].as_str()),
        (Some("cut.mp4"), Some("film.unfinished"))
    );
    assert_eq!(world.cloud.requests().count("CreateUploadVideo"), 0);
    assert!(world.run(&["--json", "status"]).out.is_empty(), "nothing stays in the queue");
    let answer = world.run(&["--json", "upload", "--force", "cut.mp4"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    let media = answer.by_name()["cut.mp4"]["media_id"].as_str().unwrap().to_owned();
    assert_eq!(world.stored(&media), data);
}

#[test]
fn what_only_seems_to_be_media_never_leaves_the_house() {
    let world = World::new();
    let files: &[(&str, &[u8], &str)] = &[
        ("a.docx", b"PK\x03\x04\x14\0\0\0\0\0[Content_Types].xml and more", "req.ext"),
        ("b.ts", b"import { gate } from './gate';\nexport const on = gate();\n", "req.ext"),
        ("c.mp4", b"<!DOCTYPE html><html><body>502</body></html>", "file.page"),
        ("d.mp4", &[0; 9_000], "file.zeros"),
        ("e.m3u8", b"#EXTM3U\n#EXTINF:6,\na.ts\n", "file.playlist"),
        ("f.jpg", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "req.ext"),
        ("g.srt", b"only words", "file.subtitle"),
        ("h.zip", b"PK\x03\x04\x14\0\0\0\0\0song.txt and more", "req.ext"),
    ];
    for (name, bytes, _) in files {
        world.file(&format!("in/{name}"), bytes);
    }
    world.file("in/film.mp4", SAMPLE);
    let paths: Vec<String> = files.iter().map(|(name, ..)| format!("in/{name}")).collect();
    let mut args = vec!["--json", "upload"];
    args.extend(paths.iter().map(String::as_str));
    let answer = world.run(&args);
    assert_eq!(answer.code, Some(1), "{}", answer.err);
    let wanted: Vec<(String, String)> =
        files.iter().map(|(name, _, code)| ((*name).to_owned(), (*code).to_owned())).collect();
    assert_eq!(codes(&answer), wanted);
    assert_eq!(world.cloud.requests().0.len(), 0, "nobody was asked for anything");
    let answer = world.run(&["--json", "upload", "--kind", "material", "in/h.zip", "in/a.docx"]);
    assert_eq!(codes(&answer), [("a.docx".into(), "req.ext".into()), ("h.zip".into(), "-".into())]);
}
