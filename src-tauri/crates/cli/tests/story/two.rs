//! Two processes on one queue, and what is asked of one transfer by its id. Nobody waits for a clock: the cloud holds a part
//! back, and a line of the one process lets the other act.

#[cfg(unix)]
use std::io::{BufRead as _, BufReader, Read};
use std::process::Child;

use serde_json::Value;

use crate::world::{Answer, World, film};

/// Reads a stream until a line says this.
#[cfg(unix)]
fn hear(stream: &mut BufReader<impl Read>, what: &str) -> String {
    let mut all = String::new();
    while !all.contains(what) {
        let read = stream.read_line(&mut all).unwrap();
        assert!(read > 0, "{what:?} was not said: {all}");
    }
    all
}

/// An upload that stands still in the middle: the cloud holds its third part back, once.
fn standing(world: &World, bytes: &[u8]) -> Child {
    world.file("film.mp4", bytes);
    world.weather("part 3 stall ×1");
    let child = world.start(&["--json", "upload", "film.mp4"]);
    world.until(|requests| requests.good("UploadPart") >= 2);
    child
}

fn id_of(world: &World) -> String {
    let status = world.run(&["--json", "status"]);
    assert_eq!((status.code, status.lines().len()), (Some(0), 1), "{}", status.err);
    status.lines()[0]["id"].as_str().unwrap().to_owned()
}

/// It was sent once, whole, under one media id.
fn sent_once(world: &World, bytes: &[u8], answer: &Value) {
    let item = &answer["transfers"][0];
    assert_eq!((&answer["done"], &answer["failed"]), (&1.into(), &0.into()), "{answer}");
    assert_eq!(world.stored(item["media_id"].as_str().unwrap()), bytes);
    assert_eq!(world.cloud.media().len(), 1);
    assert_eq!(world.cloud.requests().good("InitiateMultipartUpload"), 1);
}

#[test]
fn a_file_that_two_are_given_at_once_is_sent_once() {
    let world = World::new();
    let bytes = film(12, 31);
    world.file("film.mp4", &bytes);
    let both = [(); 2].map(|()| world.start(&["--json", "upload", "film.mp4"]));
    for child in both {
        let answer = Answer::of(child.wait_with_output().unwrap());
        assert_eq!(answer.code, Some(0), "{}", answer.err);
        sent_once(&world, &bytes, &answer.summary());
    }
}

#[cfg(unix)]
#[test]
fn what_one_leaves_the_other_that_waits_for_it_finishes() {
    for (signal, ends) in [("-INT", Some(130)), ("-KILL", None)] {
        for command in [&["--json", "upload", "film.mp4"][..], &["--json", "resume"]] {
            let world = World::new();
            let bytes = film(12, 32);
            let first = standing(&world, &bytes);
            let mut second = world.start(command);
            let mut lines = BufReader::new(second.stdout.take().unwrap());
            hear(&mut lines, "\"event\":\"transfer\"");
            let id = first.id().to_string();
            let ended = std::process::Command::new("kill").args([signal, &id]).status();
            assert!(ended.unwrap().success());
            assert_eq!(first.wait_with_output().unwrap().status.code(), ends);
            let mut rest = String::new();
            lines.read_to_string(&mut rest).unwrap();
            let said = second.wait_with_output().unwrap();
            let err = String::from_utf8_lossy(&said.stderr);
            assert_eq!(said.status.code(), Some(0), "{signal} {command:?}: {err}");
            let last = rest.lines().last().unwrap();
            sent_once(&world, &bytes, &serde_json::from_str(last).unwrap());
        }
    }
}

#[test]
fn what_another_works_on_is_shown_and_neither_dropped_nor_started_over() {
    let world = World::new();
    let mut working = standing(&world, &film(12, 33));
    let id = id_of(&world);
    for command in ["drop", "start-over"] {
        let refused = world.run(&["--json", command, &id]);
        assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""), "{command}");
        assert!(refused.err.contains("another Vodlift works on it"), "{}", refused.err);
    }
    assert_eq!(world.cloud.requests().count("AbortMultipartUpload"), 0);
    working.kill().unwrap();
    working.wait().unwrap();

    assert_eq!(world.run(&["drop", "nothing"]).code, Some(2));
    assert_eq!(world.run(&["drop", ""]).code, Some(2));
    let dropped = world.run(&["--json", "drop", &id[..13]]);
    assert_eq!(dropped.code, Some(0), "{}", dropped.err);
    assert_eq!(dropped.lines()[0]["phase"], "discarded", "{}", dropped.out);
    assert_eq!((world.cloud.orphans().len(), world.cloud.live_media().len()), (0, 0));
    let left = world.run(&["--json", "status"]);
    assert_eq!((left.code, left.out.as_str()), (Some(0), ""), "{}", left.err);
    assert_eq!(world.run(&["drop", &id]).code, Some(2), "it is not in the queue any more");
}

#[test]
fn a_file_that_changed_starts_over_where_it_lies_or_elsewhere() {
    for elsewhere in [None, Some("moved.mp4")] {
        let world = World::new();
        let mut first = standing(&world, &film(12, 34));
        first.kill().unwrap();
        first.wait().unwrap();
        let bytes = film(12, 36);
        world.file("film.mp4", &bytes);
        let changed = world.run(&["--json", "resume"]);
        assert_eq!(changed.code, Some(1), "{}", changed.err);
        assert_eq!(changed.by_name()["film.mp4"]["fault"]["code"], "file.changed");
        let id = id_of(&world);
        let mut command = vec!["--json", "start-over", &id[..30]];
        if let Some(name) = elsewhere {
            std::fs::rename(world.home.path().join("film.mp4"), world.home.path().join(name))
                .unwrap();
            command.extend(["--path", name]);
        }
        let answer = world.run(&command);
        assert_eq!(answer.code, Some(0), "{}", answer.err);
        let item = answer.by_name()[elsewhere.unwrap_or("film.mp4")].clone();
        assert_eq!(item["id"], id);
        assert_eq!(world.stored(item["media_id"].as_str().unwrap()), bytes);
        let again = world.run(&["start-over", &id]);
        assert_eq!(again.code, Some(2), "it is at VOD: {}", again.err);
    }
}

#[test]
fn profiles_that_are_added_at_once_are_all_there() {
    let world = World::new();
    let names = ["a", "b", "c", "d", "e", "f"];
    let adding =
        names.map(|name| world.start(&["profile", "add", name, "--source", "environment"]));
    for child in adding {
        let answer = Answer::of(child.wait_with_output().unwrap());
        assert_eq!(answer.code, Some(0), "{}", answer.err);
    }
    let text = std::fs::read_to_string(world.home.path().join("config/profiles.toml")).unwrap();
    for name in names {
        assert!(text.contains(&format!("[profile.{name}]")), "{name} is missing: {text}");
    }
}
