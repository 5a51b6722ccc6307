//! No secret in anything the command line says or leaves behind, whatever goes wrong. Knows no story.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Stdio;

use vodlift_tests::search::{found, search};

use crate::world::{World, film};

const WRONG: &str = "wrong-secret/0010+EXAMPLE~NOT-REAL";

/// What goes wrong on the way; the last words of each are what a person sees.
const WEATHERS: [&str; 6] = [
    "create 400 SignatureDoesNotMatch",
    "create 403 Forbidden.RAM",
    "part 403 SignatureDoesNotMatch\nput 403 AccessDenied",
    "PUT * expired ×1\nrefresh 403 Forbidden.RAM",
    "create html ×1\nPUT * gateway xml ×1\nput answer lost ×1",
    "seed 7 intensity 20%",
];

#[test]
fn nothing_said_and_nothing_left_holds_one() {
    let world = World::new();
    let mut said = vec![];
    let mut hear = |output: std::process::Output| {
        said.extend(output.stdout);
        said.extend(output.stderr);
    };
    for (n, weather) in WEATHERS.into_iter().enumerate() {
        world.weather(weather);
        let folder = format!("{n}");
        world.file(&format!("{n}/a.mp4"), &film(9, n as u64 + 100));
        world.file(&format!("{n}/b.srt"), b"1\n00:00:01,000 --> 00:00:02,000\nHello\n");
        world.file(&format!("{n}/c.png"), b"\x89PNG\r\n\x1a\n and more");
        let backtrace = |args: &[&str]| {
            let mut command = world.command(args);
            command.env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace");
            command
        };
        let upload = ["--json", "-v", "upload", "--no-pair", &folder];
        hear(backtrace(&upload).output().unwrap());
        let force = ["-v", "upload", "--force", "--no-pair", &folder];
        hear(backtrace(&force).env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", WRONG).output().unwrap());
        // A reader that goes away in the middle of a line.
        let mut child = backtrace(&upload).spawn().unwrap();
        drop(child.stdout.take());
        hear(child.wait_with_output().unwrap());
        hear(backtrace(&["--json", "resume"]).output().unwrap());
        hear(backtrace(&["--json", "profile", "test"]).output().unwrap());
    }
    for args in [
        &["--json", "status"][..],
        &["-v", "status"],
        &["history", "--csv"],
        &["--json", "history"],
    ] {
        hear(world.run_raw(args));
    }
    let mut secrets: BTreeSet<String> = world.cloud.secrets().into_iter().collect();
    secrets.insert(WRONG.to_owned());
    assert!(secrets.len() > 20, "{} secrets are too few to have looked", secrets.len());

    // A pair is pasted, shown and added; its halves are secrets as they stand.
    let (address, auth) = pair(&secrets);
    let mut decode = world.command(&["decode", "--address", &address, "--auth", "-"]);
    let mut child = decode.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(auth.as_bytes()).unwrap();
    let decoded = child.wait_with_output().unwrap();
    assert!(decoded.status.success());
    hear(decoded);
    // A secret typed for a profile where there is no keyring.
    let endpoint = world.cloud.endpoint();
    let args = [
        "profile",
        "add",
        "typed",
        "--region",
        "cn-shanghai",
        "--access-key-id",
        "LTAI-EXAMPLE",
        "--endpoint",
        &endpoint,
    ];
    let mut child = world.command(&args).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(WRONG.as_bytes()).unwrap();
    hear(child.wait_with_output().unwrap());

    let words = String::from_utf8_lossy(&said);
    for heard in ["auth.sign", "summary", "outin-example"] {
        assert!(words.contains(heard), "{heard} was never said");
    }
    assert!(!words.contains("panicked"), "{words}");
    assert_eq!(found(&said, &secrets), BTreeSet::new(), "said: {words}");
    for word in ["Signature=", "HMAC-SHA256 Credential"] {
        assert!(!words.contains(word), "said: {word}");
    }
    let home = world.home.path();
    assert!(home.join("data/journal.db").exists() && home.join("logs").exists());
    assert_eq!(search(home, &secrets), [] as [String; 0], "left behind");
}

/// A pair as VOD hands it out, around one of the secrets.
fn pair(secrets: &BTreeSet<String>) -> (String, String) {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let secret = secrets.iter().next().unwrap();
    let pack = |value: serde_json::Value| BASE64_STANDARD.encode(value.to_string());
    let address = serde_json::json!({
        "Endpoint": "https://oss-cn-shanghai.aliyuncs.com", "Bucket": "outin-example", "FileName": "sv/a.mp4"
    });
    let auth = serde_json::json!({
        "AccessKeyId": "STS.EXAMPLE", "AccessKeySecret": secret, "SecurityToken": WRONG,
        "ExpireUTCTime": "2026-01-02T04:04:05Z", "Expiration": "3600", "Region": "cn-shanghai"
    });
    (pack(address), pack(auth))
}
