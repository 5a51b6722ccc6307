//! Weather as people write it, line by line.

use super::*;
use crate::weather::Scene;

fn scene(action: &'static str, part: Option<u32>) -> Scene<'static> {
    let method = if action == "UploadPart" || action == "PutObject" { "PUT" } else { "POST" };
    let oss = !action.contains("Video");
    Scene { action, oss, method, object: "k", part, kind: Some(Kind::Video), signed: "OSS" }
}

fn strike(text: &str, action: &'static str, part: Option<u32>) -> Option<Effect> {
    text.parse::<Weather>().unwrap().strike(scene(action, part))
}

#[test]
fn the_example_of_the_house_reads_as_it_means() {
    let mut weather: Weather = "
        part 3          cut after 64 KiB        ×1
        PUT *           503 SlowDown            ×2
        pass            expires in 1s
        complete        answer lost             ×1
        head            wrong crc               ×1
    "
    .parse()
    .unwrap();
    let part = scene("UploadPart", Some(3));
    assert_eq!(weather.strike(part), Some(Effect::Cut { after: Some(65536) }));
    for _ in 0..2 {
        assert!(matches!(weather.strike(part), Some(Effect::Refuse { status: 503, .. })));
    }
    assert_eq!(weather.strike(part), None, "both counts are used up");
    assert_eq!(weather.strike(scene("CompleteMultipartUpload", None)), Some(Effect::AnswerLost));
    assert_eq!(weather.strike(scene("CreateUploadVideo", None)), None);
    for _ in 0..3 {
        assert_eq!(weather.pass_life(Kind::Video), Some(Duration::from_secs(1)));
    }
}

#[test]
fn every_effect_can_be_written() {
    for (text, want) in [
        ("cut", Effect::Cut { after: None }),
        ("stall", Effect::Stall { time: None, after: None }),
        ("stall 200 ms", Effect::Stall { time: Some(Duration::from_millis(200)), after: None }),
        (
            "stall 2s after 1MiB",
            Effect::Stall { time: Some(Duration::from_secs(2)), after: Some(1 << 20) },
        ),
        (
            "429 QpsLimitExceeded retry 3s",
            Effect::Refuse {
                status: 429,
                code: "QpsLimitExceeded".into(),
                retry: Some(Duration::from_secs(3)),
                early: false,
            },
        ),
        (
            "early 403 AccessDenied",
            Effect::Refuse { status: 403, code: "AccessDenied".into(), retry: None, early: true },
        ),
        ("expired", Effect::Expire { within: Duration::ZERO }),
        ("wrong etag", Effect::WrongEtag),
        ("corrupt", Effect::Corrupt),
        ("half", Effect::Half),
        ("html", Effect::Html { status: 200 }),
        ("html 502", Effect::Html { status: 502 }),
        ("gateway xml", Effect::GatewayXml),
        ("forget upload", Effect::ForgetUpload),
        ("forget media", Effect::ForgetMedia),
        ("redirect", Effect::Redirect { to: None }),
        ("redirect http://elsewhere/", Effect::Redirect { to: Some("http://elsewhere/".into()) }),
        ("huge", Effect::Huge { bytes: 100_000_000 }),
        ("slow 4 s", Effect::Slow { time: Duration::from_secs(4) }),
        ("moved", Effect::Moved),
        ("no v1", Effect::NoV1),
        ("other region", Effect::OtherRegion),
        ("clock -20m", Effect::Clock { ms: -1_200_000 }),
        ("ends TranscodeFail", Effect::Ends { status: Status::TranscodeFail }),
    ] {
        assert_eq!(strike(&format!("*: {text} x1"), "PutObject", None), Some(want), "{text}");
    }
}

#[test]
fn targets_choose() {
    let hit = |text: &str, action, part| strike(text, action, part).is_some();
    assert!(hit("part 2-4 cut", "UploadPart", Some(4)));
    assert!(!hit("part 2-4 cut", "UploadPart", Some(5)));
    assert!(hit("part 503 SlowDown", "UploadPart", Some(9)), "a refusal, not part 503");
    assert!(hit("create: 400 Throttling", "CreateUploadVideo", None));
    assert!(hit("getvideoinfo cut", "GetVideoInfo", None));
    assert!(hit("vod cut", "GetVideoInfo", None) && !hit("vod cut", "PutObject", None));
    assert!(hit("oss cut", "PutObject", None) && !hit("oss cut", "GetVideoInfo", None));
    assert!(hit("oss no v1", "PutObject", None) && !hit("oss no v4", "PutObject", None));
    assert!(hit("put on video cut", "PutObject", None));
    assert!(!hit("put on image cut", "PutObject", None));
    assert!(!hit("put cut x0", "PutObject", None));
    let mut third: Weather = "put cut skip 2 ×1 # the third".parse().unwrap();
    let fates: Vec<bool> =
        (0..4).map(|_| third.strike(scene("PutObject", None)).is_some()).collect();
    assert_eq!(fates, [false, false, true, false]);
    assert!(hit("put cut ×100%", "PutObject", None) && !hit("put cut ×0%", "PutObject", None));
}

#[test]
fn a_misspelt_line_is_named() {
    for bad in [
        "prat 3 cut",
        "part 3 cutt",
        "put cut after many",
        "put 999 SlowDown",
        "put cut ×often",
        "put on pony cut",
        "clock 20m",
        "seed x intensity 1",
        "seed 1 intensity 2",
        "put ends Happily",
        "put",
        "pass 503 SlowDown",
    ] {
        let error = format!("* cut x1\n{bad}").parse::<Weather>().expect_err(bad);
        assert_eq!(error.line, 2, "{bad}");
    }
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let story = |order: &[u32]| {
        let mut weather: Weather = "seed 42 intensity 30%".parse().unwrap();
        let mut fates: Vec<(u32, Option<Effect>)> = order
            .iter()
            .map(|part| (*part, weather.strike(scene("UploadPart", Some(*part)))))
            .collect();
        fates.sort_by_key(|(part, _)| *part);
        fates
    };
    let forward: Vec<u32> = (1..=100).collect();
    let backward: Vec<u32> = (1..=100).rev().collect();
    assert_eq!(story(&forward), story(&backward));
    let struck = story(&forward).iter().filter(|(_, fate)| fate.is_some()).count();
    assert!((10..60).contains(&struck), "{struck} of 100");
    assert_eq!("clock +20m".parse::<Weather>().unwrap().skew_ms(), Some(1_200_000));
}
