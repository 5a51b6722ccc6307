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

/// What is misspelt or misplaced decides nothing: it is named, and nobody is asked anything.
#[test]
fn a_configuration_that_cannot_be_followed_sends_nothing() {
    let world = World::new();
    world.file("a.mp4", SAMPLE);
    let endpoint = world.cloud.endpoint();
    let profile = |more: &str| format!("[profile.test]\nsource = \"environment\"\n{more}");
    for (text, told) in [
        (
            profile(&format!("endpont = \"{endpoint}\"\n")),
            "line 3: endpont is not known, endpoint is",
        ),
        (format!("endpoint = \"{endpoint}\"\n{}", profile("")), "line 1: endpoint belongs below"),
        (profile("").replace("profile", "profiles"), "line 1: profiles is not known"),
        (profile("access_key_secret = \"HIDDEN\"\n"), "line 3: access_key_secret must not stand"),
        (profile("region = \"cn-shangai\"\n"), "line 3: region names no region"),
        (profile("endpoint = 9001\n"), "line 3: endpoint must be a text"),
        (
            format!("active = \"tset\"\n{}", profile(&format!("endpoint = \"{endpoint}\"\n"))),
            "line 1: active names no profile",
        ),
        (profile("endpoint = \"HIDDEN\n"), "line 3: this line is not TOML"),
    ] {
        world.profiles(&text);
        for args in [&["upload", "a.mp4"][..], &["--json", "resume"], &["profile", "test"]] {
            // Whatever gets past this goes to a closed port and not to the service.
            let mut command = world.command(args);
            command
                .env("HTTPS_PROXY", "http://127.0.0.1:9")
                .env("HTTP_PROXY", "http://127.0.0.1:9");
            let answer = Answer::of(command.output().unwrap());
            assert_eq!(answer.code, Some(2), "{text}: {}", answer.err);
            let place = answer.err.contains("profiles.toml, ") && answer.err.contains(told);
            assert!(place, "{text}: {}", answer.err);
            assert!(
                !(answer.err.clone() + &answer.out).contains("HIDDEN"),
                "{text}: {}",
                answer.err
            );
        }
        for args in [&["status"][..], &["history"]] {
            assert_eq!(world.run(args).code, Some(0), "{text}: what needs no profile goes on");
        }
    }
    world.profiles(&profile(&format!("endpoint = \"{endpoint}\"\n")));
    let settings = world.home.path().join("config/settings.toml");
    for (text, told) in [
        ("[proxy]\nmode = \"htp\"\naddress = \"127.0.0.1:9\"\n", "line 1: the value of proxy"),
        ("files = 2\nproxi = \"none\"\n", "line 2: proxi is not known, proxy is"),
        ("tls_root = 3\n", "line 1: the value of tls_root"),
    ] {
        std::fs::write(&settings, text).unwrap();
        let answer = world.run(&["upload", "a.mp4"]);
        assert_eq!(answer.code, Some(2), "{text}: {}", answer.err);
        assert!(
            answer.err.contains("settings.toml, ") && answer.err.contains(told),
            "{}",
            answer.err
        );
        assert_eq!(world.run(&["profile", "test"]).code, Some(2), "{text}");
    }
    assert_eq!(world.cloud.requests().0.len(), 0);
}

#[test]
fn what_a_paste_leaves_around_a_key_in_the_environment_is_not_of_it() {
    let world = World::new();
    let key = world.cloud.key();
    world.file("a.mp4", SAMPLE);
    let mut upload = world.command(&["--json", "upload", "a.mp4"]);
    upload.env("ALIBABA_CLOUD_ACCESS_KEY_ID", format!("\u{feff}{} ", key.id));
    upload.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", format!("{}\r\n", key.secret.expose()));
    upload.env("ALIBABA_CLOUD_SECURITY_TOKEN", "");
    let answer = Answer::of(upload.output().unwrap());
    assert_eq!(answer.code, Some(0), "{}", answer.err);

    world.profiles("");
    let mut upload = world.command(&["upload", "a.mp4"]);
    upload.env("ALIBABA_CLOUD_REGION_ID", "cn-shangai");
    let answer = Answer::of(upload.output().unwrap());
    assert_eq!(answer.code, Some(2), "{}", answer.err);
    assert!(answer.err.contains("ALIBABA_CLOUD_REGION_ID"), "{}", answer.err);
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
        [
            "clock", "identity", "video", "refresh", "image", "attached", "status", "details",
            "cleanup", "lists"
        ]
        .map(|w| json!(w))
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
        return crate::world::skipped(
            "a_secret_from_standard_input_goes_to_the_keyring_and_signs",
            "no open Secret Service in this session",
        );
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
