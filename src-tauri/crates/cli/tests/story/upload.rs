//! `upload`, `resume`, `status`, `history` and `decode` as a script sees them.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use vodlift_cloud::vod::{CreateVideo, Vod};
use vodlift_cloud::{Client, Proxy, Signature, Transport, VodSignature};

use crate::world::{Answer, SAMPLE, World, film};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00a picture";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR a mark";
const SRT: &[u8] = b"1\n00:00:00,000 --> 00:00:01,000\nhello\n";
const WAV: &[u8] = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00 a sound";
const ZIP: &[u8] = b"PK\x03\x04 a box";

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn each_kind_arrives_as_it_was() {
    let world = World::new();
    let cases: [(&str, &[u8], &str, &[&str]); 6] = [
        ("film.mp4", SAMPLE, "video", &[]),
        ("sound.wav", WAV, "audio", &[]),
        ("picture.jpg", JPEG, "image", &[]),
        ("words.srt", SRT, "subtitle", &[]),
        ("mark.png", PNG, "watermark", &["--kind", "watermark"]),
        ("box.zip", ZIP, "material", &["--kind", "material"]),
    ];
    for (name, bytes, kind, more) in cases {
        world.file(name, bytes);
        let answer = world.run(&[&["--json", "upload", name], more].concat());
        assert_eq!(answer.code, Some(0), "{name}: {}", answer.err);
        let item = answer.by_name()[name].clone();
        assert_eq!((&item["kind"], &item["path"]), (&json!(kind), &json!(name)), "{name}");
        assert_eq!(item["bytes"], json!(bytes.len()));
        let media = item["media_id"].as_str().unwrap();
        assert_eq!(world.stored(media), bytes, "{name}");
        let crc = world.cloud.object(media).unwrap().crc64.to_string();
        assert_eq!(item["crc64"], json!(crc), "{name}");
    }
}

#[test]
fn the_lines_have_the_agreed_shape_and_tell_every_phase() {
    let world = World::new();
    world.file("a.mp4", SAMPLE);
    let answer = world.run(&["upload", "--json", "--title", "A film", "--tags", "x, y", "a.mp4"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    let lines = answer.lines();
    let (summary, transfers) = lines.split_last().unwrap();
    let mut phases = Vec::new();
    for line in transfers {
        assert_eq!(line["event"], "transfer");
        assert_eq!(
            keys(line),
            [
                "bytes_done",
                "bytes_total",
                "event",
                "fault",
                "id",
                "kind",
                "media_id",
                "path",
                "phase"
            ]
        );
        phases.push(line["phase"].as_str().unwrap());
    }
    phases.dedup();
    assert_eq!(
        phases,
        ["found", "planned", "reserved", "opened", "sent", "sealed", "verified", "settled"]
    );
    assert_eq!(keys(summary), ["done", "event", "failed", "transfers"]);
    assert_eq!((&summary["done"], &summary["failed"]), (&json!(1), &json!(0)));
    let item = &summary["transfers"][0];
    assert_eq!(
        keys(item),
        [
            "bytes",
            "crc64",
            "fault",
            "id",
            "kind",
            "media_id",
            "path",
            "phase",
            "request_ids",
            "vod_status"
        ]
    );
    assert_eq!((&item["phase"], &item["fault"]), (&json!("settled"), &Value::Null));
    assert!(!item["request_ids"].as_array().unwrap().is_empty());
    let media = world.cloud.media();
    assert_eq!((media[0].title.as_str(), media[0].tags.as_str()), ("A film", "x,y"));
}

#[test]
fn a_folder_is_paired_by_name_and_a_cover_can_be_named() {
    let world = World::new();
    for (name, bytes) in
        [("a.mp4", SAMPLE), ("a.jpg", JPEG), ("a.en.srt", SRT), ("notes.txt", b"x")]
    {
        world.file(&format!("in/{name}"), bytes);
    }
    let answer = world.run(&["--json", "-v", "upload", "in"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    assert!(answer.err.contains("notes.txt"), "the skipped file is told: {}", answer.err);
    let kinds: BTreeSet<String> =
        answer.by_name().values().map(|item| item["kind"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["image", "subtitle", "video"].map(str::to_owned).into());

    world.file("b.mp4", &film(1, 7));
    world.file("other.png", PNG);
    let answer = world.run(&["--json", "upload", "b.mp4", "--cover", "other.png"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    let b = answer.by_name()["b.mp4"]["media_id"].as_str().unwrap().to_owned();
    let media = world.cloud.media();
    let b = media.iter().find(|media| media.id == b).unwrap();
    assert!(!b.cover_url.is_empty(), "the cover was given to its video");
    assert_eq!(world.run(&["upload", "in", "b.mp4", "--cover", "other.png"]).code, Some(2));
}

#[test]
fn each_bad_file_has_its_fault_and_the_others_go_on() {
    let world = World::new();
    world.file("good.mp4", SAMPLE);
    world.file("empty.mp4", b"");
    world.file("notes.txt", b"not for VOD");
    std::fs::create_dir(world.home.path().join("nothing")).unwrap();
    let answer = world.run(&[
        "--json",
        "upload",
        "gone.mp4",
        "good.mp4",
        "empty.mp4",
        "nothing",
        "notes.txt",
    ]);
    assert_eq!(answer.code, Some(1));
    let all = answer.by_name();
    let code = |name: &str| all[name]["fault"]["code"].clone();
    assert_eq!(code("gone.mp4"), "file.absent");
    assert_eq!(code("empty.mp4"), "file.empty");
    assert_eq!(code("nothing"), "folder.empty");
    assert_eq!(code("notes.txt"), "req.ext");
    assert_eq!(
        (&all["good.mp4"]["phase"], &all["good.mp4"]["fault"]),
        (&json!("settled"), &Value::Null)
    );
    assert_eq!(keys(&all["gone.mp4"]["fault"]), ["code", "message", "request_id", "retryable"]);
    let summary = answer.summary();
    assert_eq!((&summary["done"], &summary["failed"]), (&json!(1), &json!(4)));
    let paths: Vec<&str> = summary["transfers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["gone.mp4", "good.mp4", "empty.mp4", "nothing", "notes.txt"]);
}

#[test]
fn what_was_killed_goes_on_with_the_same_media_and_sends_no_part_twice() {
    let world = World::new();
    let bytes = film(48, 3);
    world.file("film.mp4", &bytes);
    let mut killed = world.start(&["--json", "upload", "film.mp4", "--limit", "12MB/s"]);
    world.until(|requests| requests.good("UploadPart") >= 4);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let before = world.cloud.orphans();
    assert_eq!(before.len(), 1);
    let there: BTreeSet<u32> = before[0].parts.iter().copied().collect();
    let asked = world.cloud.requests().of("UploadPart").count();

    let answer = world.run(&["--json", "upload", "film.mp4"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    let item = answer.by_name()["film.mp4"].clone();
    assert_eq!(item["media_id"], json!(before[0].media));
    assert_eq!(world.cloud.media().len(), 1, "one media id for one file");
    assert_eq!(world.stored(&before[0].media), bytes);
    let requests = world.cloud.requests();
    // What was on its way when the process died may have landed after the parts were counted.
    let again: Vec<u32> =
        requests.of("UploadPart").skip(asked).filter_map(|part| part.part).collect();
    let twice: Vec<&u32> = again.iter().filter(|part| there.contains(part)).collect();
    assert!(twice.is_empty(), "stored parts were sent again: {twice:?} of {there:?}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_saves_and_resume_continues() {
    let world = World::new();
    let bytes = film(40, 5);
    world.file("film.mp4", &bytes);
    let child = world.start(&["--json", "upload", "film.mp4", "--limit", "8MB/s"]);
    world.until(|requests| requests.good("UploadPart") >= 2);
    let killed =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
    let answer = Answer::of(child.wait_with_output().unwrap());
    assert_eq!(answer.code, Some(130), "{}", answer.err);
    assert_eq!(answer.summary()["transfers"][0]["phase"], "opened");
    assert!(answer.err.contains("resume"), "{}", answer.err);

    let status = world.run(&["--json", "status"]).lines();
    assert_eq!(status.len(), 1);
    assert_eq!(status[0]["phase"], "opened");
    assert!(status[0]["bytes_done"].as_u64().unwrap() > 0);

    let answer = world.run(&["--json", "resume"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    let item = answer.by_name()["film.mp4"].clone();
    assert_eq!(world.stored(item["media_id"].as_str().unwrap()), bytes);
    let again = world.run(&["--json", "resume"]);
    assert_eq!((again.code, again.summary()["transfers"].as_array().unwrap().len()), (Some(0), 0));
}

#[test]
fn the_same_file_is_sent_once_unless_forced() {
    let world = World::new();
    world.file("a.mp4", SAMPLE);
    let first = world.run(&["--json", "upload", "a.mp4"]).by_name()["a.mp4"].clone();
    let again = world.run(&["--json", "upload", "a.mp4"]);
    assert_eq!(again.code, Some(0));
    assert_eq!(again.by_name()["a.mp4"]["media_id"], first["media_id"]);
    assert_eq!(world.cloud.media().len(), 1);
    let forced = world.run(&["--json", "upload", "--force", "a.mp4"]);
    assert_ne!(forced.by_name()["a.mp4"]["media_id"], first["media_id"]);
    // It is the same file by its content, wherever it lies.
    world.file("copy.mp4", SAMPLE);
    let copy = world.run(&["--json", "upload", "copy.mp4"]);
    assert_eq!((copy.code, world.cloud.media().len()), (Some(0), 2), "{}", copy.err);
    assert!(copy.err.contains("copy.mp4: was sent before as"), "{}", copy.err);
    let copy = world.run(&["--json", "upload", "--force", "copy.mp4"]);
    assert_eq!((copy.code, world.cloud.media().len()), (Some(0), 3), "{}", copy.err);
    let history = world.run(&["--json", "history"]).lines();
    assert_eq!(history.len(), 3);
    assert!(history.iter().all(|line| line["event"] == "history" && line["phase"] == "settled"));
    let csv = world.run(&["history", "--csv"]).out;
    assert_eq!(csv.lines().count(), 4, "{csv}");
    assert!(csv.contains(first["media_id"].as_str().unwrap()), "{csv}");
}

#[test]
fn what_is_attached_stands_in_the_history_too() {
    let world = World::new();
    world.file("film.mp4", SAMPLE);
    world.file("film.en.srt", b"1\n00:00:00,000 --> 00:00:01,000\nrain\n");
    let sent = world.run(&["--json", "upload", "film.mp4", "film.en.srt"]);
    assert_eq!(sent.code, Some(0), "{}", sent.err);
    let history = world.run(&["--json", "history"]).lines();
    let kinds: Vec<_> = history.iter().filter_map(|line| line["kind"].as_str()).collect();
    assert_eq!(kinds.len(), 2, "{history:?}");
    assert!(kinds.contains(&"video") && kinds.contains(&"subtitle"), "{kinds:?}");
}

#[test]
fn a_storm_is_ridden_out_and_told() {
    let world = World::new();
    let bytes = film(20, 9);
    world.file("film.mp4", &bytes);
    world.weather("part 2 cut after 64 KiB ×1\nPUT * 503 SlowDown ×2");
    let answer = world.run(&["--json", "upload", "film.mp4"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    assert_eq!(world.stored(answer.by_name()["film.mp4"]["media_id"].as_str().unwrap()), bytes);
    let faults: Vec<Value> = answer
        .lines()
        .into_iter()
        .map(|line| line["fault"].clone())
        .filter(Value::is_object)
        .collect();
    assert!(!faults.is_empty(), "a rest is told");
    assert!(faults.iter().all(|fault| fault["retryable"] == true), "{faults:?}");
}

#[test]
fn what_follows_a_video_that_failed_ends_too() {
    let world = World::new();
    world.file("in/film.mp4", SAMPLE);
    world.file("in/film.jpg", JPEG);
    world.weather("CreateUploadVideo 404 InvalidTemplateGroupId.NotFound");
    let answer = world.run(&["--json", "upload", "in"]);
    assert_eq!(answer.code, Some(1), "{}", answer.err);
    let all = answer.by_name();
    assert_eq!(all["film.mp4"]["fault"]["code"], "req.template");
    assert_eq!(all["film.jpg"]["fault"]["code"], "req.template", "its cover waits for nothing");
    world.weather("");
    let answer = world.run(&["--json", "resume"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    assert_eq!(answer.summary()["done"], 2);
}

#[test]
fn an_account_that_is_refused_ends_all_of_its_uploads() {
    let world = World::new();
    for name in ["in/a.mp4", "in/b.mp4", "in/c.mp4", "in/d.mp4", "in/e.mp4", "in/f.mp4"] {
        world.file(name, &film(1, 2 * u64::from(name.as_bytes()[3])));
    }
    world.weather("create 403 Forbidden.RAM");
    let answer = world.run(&["--json", "upload", "in"]);
    assert_eq!(answer.code, Some(1), "{}", answer.err);
    let all = answer.by_name();
    assert_eq!(all.len(), 6);
    for (name, item) in &all {
        assert_eq!(item["fault"]["code"], "auth.ram", "{name}");
    }
    world.weather("");
    assert_eq!(world.run(&["--json", "resume"]).summary()["done"], 6);
}

#[test]
fn waiting_for_playable_ends_at_normal() {
    let world = World::new();
    world.file("a.mp4", SAMPLE);
    let answer = world.run(&["--json", "upload", "--wait", "playable", "a.mp4"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    assert_eq!(answer.by_name()["a.mp4"]["vod_status"], "Normal");
}

/// A pair as somebody else's program would send it.
fn pair(world: &World) -> (String, String, String) {
    #[expect(clippy::disallowed_methods, reason = "the edge of the test")]
    let transport = Transport {
        proxy: Proxy::None,
        tls_root: None,
        connect_timeout: std::time::Duration::from_secs(5),
        idle_timeout: std::time::Duration::from_secs(5),
        user_agent: "test".into(),
        oss_signature: Signature::V4,
        vod_signature: VodSignature::Acs3,
        now: jiff::Timestamp::now,
        nonce: || uuid::Uuid::new_v4().to_string(),
    };
    let client = Client::new(transport);
    let vod = Vod::at(&world.cloud.endpoint(), "cn-shanghai").unwrap();
    let new =
        CreateVideo { title: "a".into(), file_name: "a.mp4".into(), ..CreateVideo::default() };
    let key = world.cloud.key();
    let made = world.runtime.block_on(client.create_video(&vod, &key, &new)).unwrap();
    let (address, pass) = (&made.grant.address, &made.grant.pass.credential);
    let pack = |value: Value| BASE64_STANDARD.encode(value.to_string());
    let token = pass.token.as_ref().unwrap();
    (
        pack(
            json!({ "Endpoint": address.endpoint(), "Bucket": address.bucket(), "FileName": address.object() }),
        ),
        pack(json!({
            "AccessKeyId": pass.id,
            "AccessKeySecret": pass.secret.expose(),
            "SecurityToken": token.expose(),
            "Expiration": "3000",
            "Region": "cn-shanghai",
        })),
        made.media_id,
    )
}

#[test]
fn a_pasted_pair_needs_no_profile_and_serves_one_file() {
    let world = World::new();
    let (address, auth, media) = pair(&world);
    world.profiles("");
    world.file("a.mp4", SAMPLE);
    world.file("b.mp4", &film(1, 2));
    world.file("auth.txt", auth.as_bytes());
    let both = ["--address", &address, "--auth", "@auth.txt"];
    let bare = |args: &[&str]| {
        let mut command = world.command(args);
        command.env_remove("ALIBABA_CLOUD_ACCESS_KEY_ID");
        Answer::of(command.output().unwrap())
    };
    assert_eq!(bare(&[&["upload", "a.mp4", "b.mp4"], &both[..]].concat()).code, Some(2));
    let answer = bare(&[&["--json", "upload", "a.mp4"], &both[..]].concat());
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    assert_eq!(world.stored(&media), SAMPLE);
    assert_eq!(answer.by_name()["a.mp4"]["phase"], "settled");
    world.file("address.txt", address.as_bytes());
    let swapped = bare(&["upload", "a.mp4", "--address", "@auth.txt", "--auth", "@address.txt"]);
    assert_eq!(swapped.code, Some(2), "{}", swapped.err);
    // The credential is no argument: it would be in the list of processes.
    let told = bare(&["upload", "a.mp4", "--address", &address, "--auth", &auth]);
    assert_eq!(told.code, Some(2), "{}", told.err);
    assert!(told.err.contains("standard input") && !told.err.contains(&auth), "{}", told.err);
    let none = bare(&["upload", "a.mp4", "--address", &address, "--auth", "@none.txt"]);
    assert_eq!(none.code, Some(2), "{}", none.err);
}

#[test]
fn decode_shows_fields_and_hides_secrets() {
    let world = World::new();
    let (address, auth, _) = pair(&world);
    let decoded = world.run(&["--json", "decode", "--address", &address, "--auth", &auth]);
    assert_eq!(decoded.code, Some(0), "{}", decoded.err);
    let line = &decoded.lines()[0];
    assert_eq!((&line["event"], &line["usable"]), (&json!("decode"), &json!(true)));
    let raw: Value = serde_json::from_slice(&BASE64_STANDARD.decode(&auth).unwrap()).unwrap();
    for (answer, how) in [(decoded, "json"), (world.run(&["decode", "--auth", &auth]), "text")] {
        for secret in ["AccessKeySecret", "SecurityToken"] {
            let secret = raw[secret].as_str().unwrap();
            assert!(!answer.out.contains(secret) && !answer.err.contains(secret), "{how}");
        }
        assert!(answer.out.contains("AccessKeySecret"), "{how}: {}", answer.out);
    }
    let broken = world.run(&["--json", "decode", "--address", "not base64!"]);
    assert_eq!(broken.code, Some(1));
    assert_eq!(broken.lines()[0]["address"]["fault"]["code"], "cred.base64");
    assert_eq!(world.run(&["decode"]).code, Some(2));
}

#[test]
fn people_are_told_in_their_language_and_no_secret_reaches_a_log() {
    let world = World::new();
    world.file("a.mp4", SAMPLE);
    let mut command = world.command(&["upload", "a.mp4", "gone.mp4"]);
    let answer = Answer::of(command.env("LANG", "zh_CN.UTF-8").output().unwrap());
    assert!(answer.out.contains("已完成"), "{}", answer.out);
    assert!(answer.err.contains("文件"), "{}", answer.err);
    let quiet = world.run(&["-q", "upload", "--force", "a.mp4"]);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
    let key = world.cloud.key();
    let mut read = 0;
    for entry in std::fs::read_dir(world.home.path().join("logs")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains(key.secret.expose()));
        read += 1;
    }
    assert!(read > 0, "there is a log");
    let journal = std::fs::read(world.home.path().join("data/journal.db")).unwrap();
    let secret = key.secret.expose().as_bytes();
    assert!(!journal.windows(secret.len()).any(|window| window == secret));
}

#[test]
fn the_older_signatures_are_asked_for_in_the_settings() {
    let world = World::new();
    let ways = |text: &str, film: &str| {
        let before = world.cloud.requests().0.len();
        std::fs::write(world.home.path().join("config/settings.toml"), text).unwrap();
        world.file(film, &[SAMPLE, film.as_bytes()].concat());
        let answer = world.run(&["upload", film]);
        assert_eq!(answer.code, Some(0), "{}", answer.err);
        let requests = world.cloud.requests();
        requests.0[before..].iter().map(|request| request.signed).collect::<BTreeSet<_>>()
    };
    assert_eq!(ways("", "a.mp4"), BTreeSet::from(["ACS3-HMAC-SHA256", "OSS4-HMAC-SHA256"]));
    assert_eq!(ways("hmac_sha1 = true", "b.mp4"), BTreeSet::from(["HMAC-SHA1", "OSS"]));
    // Where storage takes them no more, the upload goes on with the newer one.
    world.weather("oss no v1");
    let both = BTreeSet::from(["HMAC-SHA1", "OSS", "OSS4-HMAC-SHA256"]);
    assert_eq!(ways("hmac_sha1 = true", "c.mp4"), both);
}
