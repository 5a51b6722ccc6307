//! What a file is decides what becomes of it: recoded subtitles, films that are not finished, what the user says it is.

use std::path::PathBuf;

use vodlift_engine::model::{Kind, Wait};
use vodlift_engine::remark::RemarkCode;
use vodlift_engine::view::Status;
use vodlift_sandbox::Options;
use vodlift_tests::{World, bytes, config};

fn written(world: &World, name: &str, content: &[u8]) -> PathBuf {
    let path = world.folder.path().join(name);
    std::fs::write(&path, content).expect("write");
    path
}

/// A line of Chinese in GBK.
const GBK: &[u8] = b"1\n00:00:01,000 --> 00:00:09,000\n\xCE\xD2\xC3\xC7\xC3\xF7\xCC\xEC\xD4\xDA\xBB\xF0\xB3\xB5\xD5\xBE\xBC\xFB\xC3\xE6\n";
const SAME: &str = "1\n00:00:01,000 --> 00:00:09,000\n\u{6211}\u{4EEC}\u{660E}\u{5929}\u{5728}\u{706B}\u{8F66}\u{7AD9}\u{89C1}\u{9762}\n";

#[tokio::test]
async fn subtitles_in_another_encoding_arrive_as_utf8_also_when_an_answer_is_lost() {
    for weather in ["", "put answer lost \u{d7}1", "put 503 ServiceUnavailable \u{d7}1"] {
        let world = World::new(Options::quick(), config()).await;
        if !weather.is_empty() {
            world.cloud.weather(weather.parse().expect("weather"));
        }
        let path = written(&world, "film.srt", GBK);
        let id = world.add(World::ask(&path)).await;
        let row = world.settle(id).await;
        assert_eq!(row.status, Status::Done, "{weather}: {}", world.story(id).await);
        assert_eq!((row.kind, row.size_bytes), (Kind::Subtitle, SAME.len() as u64));
        assert_eq!(row.remarks[0].code, RemarkCode::SubtitleRecoded);
        let media = row.media_id.expect("a media id");
        let object = world.cloud.object(&media).expect("an object");
        assert_eq!(std::fs::read_to_string(object.path).expect("text"), SAME, "{weather}");
        assert_eq!(std::fs::read(&path).expect("the file"), GBK);
    }
}

#[tokio::test]
async fn a_film_that_vod_would_fail_waits_for_a_decision_and_nothing_is_created() {
    let world = World::new(Options::quick(), config()).await;
    let whole = bytes("a.mp4", 90_000);
    let at = whole.windows(4).position(|four| four == b"moov").expect("an index");
    let path = written(&world, "cut.mp4", &whole[..at + 40]);
    let id = world.add(World::ask(&path)).await;
    let row = world.until(id, |row| row.undecided).await;
    assert_eq!((row.status, row.same_as), (Status::Waiting, None));
    assert_eq!(row.remarks[0].code, RemarkCode::FilmUnfinished);
    assert!(!row.can.pause);
    // Whatever comes after it goes out meanwhile.
    let next = world.add(World::ask(&world.file("next.mp4", 9_000))).await;
    assert_eq!(world.settle(next).await.status, Status::Done);
    assert_eq!(world.cloud.requests().count("CreateUploadVideo"), 1);
    world.engine().send_anyway(id).await;
    let row = world.settle(id).await;
    assert_eq!((row.status, row.undecided), (Status::Done, false));
    world.arrived(id).await;
}

#[tokio::test]
async fn what_the_user_says_a_file_is_holds_until_vod_has_heard_of_it() {
    let world = World::new(Options::quick(), config()).await;
    let zip = written(&world, "songs.zip", b"PK\x03\x04\x14\0\0\0\0\0song.txt and more");
    let id = world.add(World::ask(&zip)).await;
    let row = world.until(id, |row| row.status == Status::Failed).await;
    assert_eq!(row.fault.map(|fault| fault.code.as_str()), Some("req.ext"));
    world.engine().set_kind(id, Some(Kind::Video)).await;
    let refused =
        world.until(id, |row| row.status == Status::Failed && row.kind == Kind::Video).await;
    assert!(refused.fault.is_some(), "content speaks against it");
    world.engine().set_kind(id, Some(Kind::Material)).await;
    let row = world.settle(id).await;
    assert_eq!((row.status, row.kind), (Status::Done, Kind::Material));
    // Too late.
    world.engine().set_kind(id, Some(Kind::Video)).await;
    assert_eq!(world.facts(id).await.kind, Kind::Material);
    // What is paused stays so.
    let mark = world.file("mark.png", 900);
    let ask = vodlift_engine::model::Ask { start: false, wait: Wait::Stored, ..World::ask(&mark) };
    let id = world.add(ask).await;
    world.engine().set_kind(id, Some(Kind::Watermark)).await;
    let row = world.until(id, |row| row.kind == Kind::Watermark).await;
    assert_eq!(row.status, Status::Paused);
    world.engine().command(&[id], vodlift_engine::Command::Run).await;
    let row = world.settle(id).await;
    assert_eq!((row.status, row.kind), (Status::Done, Kind::Watermark));
}
