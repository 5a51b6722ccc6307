//! `profile …` and what is wrong with a configuration.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::world::{Answer, SAMPLE, World, variable};

fn with_input(world: &World, args: &[&str], input: &str, keyring: bool) -> Answer {
    let mut command = world.command(args);
    command.stdin(Stdio::piped());
    if keyring {
        for name in ["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "HOME", "XDG_DATA_HOME"] {
            if let Some(value) = variable(name) {
                command.env(name, value);
            }
        }
    }
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Answer::of(child.wait_with_output().unwrap())
}

#[test]
fn wrong_usage_and_configuration_end_with_two() {
    let world = World::new();
    world.file("a.mp4", SAMPLE);
    for args in [
        &["fly"][..],
        &["upload"],
        &["upload", "a.mp4", "--kind", "sculpture"],
        &["upload", "a.mp4", "--profile", "nobody"],
        &["upload", "a.mp4", "--limit", "fast"],
        &["profile", "use", "nobody"],
        &["profile", "remove", "nobody"],
        &["status", "--profile", "nobody"],
    ] {
        let answer = world.run(args);
        assert_eq!(answer.code, Some(2), "{args:?}: {}", answer.err);
        assert!(!answer.err.is_empty(), "{args:?}");
    }
    let broken = "active = \"a\"\n[profile.a\n";
    world.profiles(broken);
    let answer = world.run(&["upload", "a.mp4"]);
    assert_eq!(answer.code, Some(2));
    assert!(answer.err.contains("profiles.toml, line 2"), "{}", answer.err);
    let kept = std::fs::read_to_string(world.home.path().join("config/profiles.toml")).unwrap();
    assert_eq!(kept, broken);
    assert!(world.cloud.media().is_empty());
    assert_eq!(world.run(&["--version"]).code, Some(0));
    assert!(world.run(&["completions", "bash"]).out.contains("vodlift-cli"));
}

#[test]
fn profiles_are_added_shown_chosen_tested_and_removed() {
    let world = World::new();
    let endpoint = world.cloud.endpoint();
    let add = ["profile", "add", "second", "--source", "environment", "--endpoint", &endpoint];
    let answer = world.run(&add);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    assert_eq!(world.run(&add).code, Some(2), "the name is taken");
    let list = world.run(&["--json", "profile", "list"]).lines();
    let names: Vec<(&str, bool)> = list
        .iter()
        .map(|line| (line["name"].as_str().unwrap(), line["active"].as_bool().unwrap()))
        .collect();
    assert_eq!(names, [("second", false), ("test", true)]);
    assert_eq!(world.run(&["profile", "use", "second"]).code, Some(0));
    let test = world.run(&["--json", "profile", "test"]);
    assert_eq!(test.code, Some(0), "{}", test.err);
    let whats: Vec<Value> = test.lines().into_iter().map(|line| line["what"].clone()).collect();
    assert_eq!(
        whats,
        ["clock", "identity", "video", "image", "attached", "status"].map(|w| json!(w))
    );
    assert!(world.cloud.media().is_empty(), "a test makes no media");
    let tested = world.run(&["--json", "profile", "list"]).lines();
    assert_eq!(tested[0]["tested"], true);
    assert_eq!(world.run(&["profile", "remove", "second"]).code, Some(0));
    assert_eq!(world.run(&["--json", "profile", "list"]).lines().len(), 1);
}

#[test]
fn a_wrong_key_is_told_by_the_test_and_by_an_upload() {
    let world = World::new();
    world.file("a.mp4", SAMPLE);
    let wrong = |args: &[&str]| {
        let mut command = world.command(args);
        command.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "not-the-secret");
        Answer::of(command.output().unwrap())
    };
    let test = wrong(&["--json", "profile", "test"]);
    assert_eq!(test.code, Some(1));
    let identity = test.lines().into_iter().find(|line| line["what"] == "identity").unwrap();
    assert_eq!(identity["fault"]["code"], "auth.sign");
    let upload = wrong(&["--json", "upload", "a.mp4"]);
    assert_eq!(upload.code, Some(1));
    let fault = &upload.summary()["transfers"][0]["fault"];
    assert_eq!((&fault["code"], &fault["retryable"]), (&json!("auth.sign"), &json!(false)));
    assert!(fault["request_id"].is_string());
    assert!(!upload.out.contains("not-the-secret") && !upload.err.contains("not-the-secret"));
}

#[test]
fn without_a_keyring_a_secret_is_refused_and_never_written() {
    let world = World::new();
    let add = ["profile", "add", "studio", "--access-key-id", "LTAIexample"];
    let answer = with_input(&world, &add, "hidden-secret\n", false);
    assert_eq!(answer.code, Some(2), "{}", answer.err);
    assert!(answer.err.contains("keyring"), "{}", answer.err);
    let text = std::fs::read_to_string(world.home.path().join("config/profiles.toml")).unwrap();
    assert!(!text.contains("studio") && !text.contains("hidden"), "{text}");
}

/// The real keyring of this session.
#[test]
fn a_secret_from_standard_input_goes_to_the_keyring_and_signs() {
    let world = World::new();
    let key = world.cloud.key();
    let endpoint = world.cloud.endpoint();
    let name = format!("test {}", std::process::id());
    let add = ["profile", "add", &name, "--access-key-id", &key.id, "--endpoint", &endpoint];
    let input = format!("{}\n", key.secret.expose());
    let answer = with_input(&world, &add, &input, true);
    if answer.code == Some(2) && answer.err.contains("keyring") {
        eprintln!("SKIPPED: no open Secret Service in this session");
        return;
    }
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    let text = std::fs::read_to_string(world.home.path().join("config/profiles.toml")).unwrap();
    assert!(!text.contains(key.secret.expose()), "{text}");
    world.file("a.mp4", SAMPLE);
    let upload = with_input(&world, &["--json", "--profile", &name, "upload", "a.mp4"], "", true);
    assert_eq!(upload.code, Some(0), "{}", upload.err);
    let test = with_input(&world, &["--json", "profile", "test", &name], "", true);
    assert_eq!(
        (test.code, test.lines()[0]["what"].clone()),
        (Some(0), json!("keyring")),
        "{}",
        test.err
    );
    assert_eq!(with_input(&world, &["profile", "remove", &name], "", true).code, Some(0));
    assert_eq!(with_input(&world, &add, "", true).code, Some(2), "no secret, no profile");
}
