//! What the service does that a friendly imitation would not: states of the account, permissions, odd shapes, content
//! that is none, limits, and the facts nobody knows.

use std::time::Duration;

use http::Method;
use serde_json::Value;
use vodlift_sandbox::{
    AccountState, Handle, Options, Sandbox, Source, Status, Steps, Unverified, VodState, codes,
};

use vodlift_sign::oss4;

use crate::client::{Answer, Pass, acs3_head, now, sandbox, send, vod};

const FILM: &[u8] = include_bytes!("../../../app/assets/sample.mp4");
const VIDEO: [(&str, &str); 2] = [("Title", "t"), ("FileName", "a.mp4")];

async fn with(other: &[Unverified]) -> Handle {
    Sandbox::start(Options { other: other.to_vec(), ..Options::quick() }).await.unwrap()
}

async fn state(state: AccountState) -> Handle {
    Sandbox::start(Options { account: state, ..Options::quick() }).await.unwrap()
}

fn message(answer: &Answer) -> String {
    answer.json()["Message"].as_str().unwrap_or_default().to_owned()
}

/// A finished video.
async fn stored(cloud: &Handle, bytes: &[u8]) -> Pass {
    let pass = Pass::video(cloud).await;
    assert_eq!(pass.send(cloud, Method::PUT, "", &[], bytes).await.status, 200);
    pass
}

#[tokio::test]
async fn an_account_in_a_bad_state_is_told_which() {
    for (word, status, code, text) in [
        ("suspended", 403, "OperationDenied.Suspended", "suspended"),
        ("suspended-by-text", 403, "OperationDenied", "Your VOD service is suspended."),
        ("not-opened", 403, "OperationDenied", "Your account does not open VOD service yet."),
        ("user-not-found", 403, "UserNotFound", "Your VOD service has not opened."),
        ("set-up-missing", 403, "AuthInfo.NotExist", ""),
        ("init-failed", 403, "Forbidden.InitFailed", ""),
        ("key-inactive", 400, "InvalidAccessKeyId.Inactive", ""),
    ] {
        let cloud = state(AccountState::default().with(word).unwrap()).await;
        for (action, pairs) in [("CreateUploadVideo", &VIDEO[..]), ("GetCategories", &[])] {
            let answer = vod(&cloud, action, pairs).await;
            assert_eq!(answer.refusal(), (status, code.into()), "{word}");
            assert!(message(&answer).contains(text), "{word}: {}", answer.text());
        }
        cloud.set_account(AccountState::default());
        assert_eq!(vod(&cloud, "CreateUploadVideo", &VIDEO).await.status, 200);
    }
    let cloud = with(&[Unverified::AccountCodesAre404]).await;
    let lost = AccountState { vod: VodState::SetUpMissing, ..AccountState::default() };
    cloud.set_account(lost);
    let answer = vod(&cloud, "GetCategories", &[]).await;
    assert_eq!(answer.refusal(), (404, "AuthInfo.NotExist".into()));
}

#[tokio::test]
async fn storage_in_a_bad_state_is_told_which() {
    let cloud = sandbox().await;
    let pass = Pass::video(&cloud).await;
    for (word, status, code, ec) in [
        ("user-disabled", 403, "UserDisable", "0003-00000801"),
        ("in-debt", 403, "InDebt", ""),
        ("bucket-disabled", 403, "BucketDisable", ""),
        ("other-endpoint", 403, "AccessDenied", "0003-00001403"),
        ("not-yours", 403, "AccessDenied", "0003-00000905"),
    ] {
        cloud.set_account(AccountState::default().with(word).unwrap());
        let answer = pass.send(&cloud, Method::PUT, "", &[], b"x").await;
        assert_eq!(answer.refusal(), (status, code.into()), "{word}");
        assert_eq!(answer.leaf("EC").trim(), ec, "{word}");
        assert_eq!(answer.leaf("Endpoint").is_empty(), word != "other-endpoint", "{word}");
    }
    let cloud = with(&[Unverified::EndpointIsRedirect]).await;
    let pass = Pass::video(&cloud).await;
    cloud.set_account(AccountState::default().with("other-endpoint").unwrap());
    let answer = pass.send(&cloud, Method::PUT, "", &[], b"x").await;
    assert_eq!(answer.refusal(), (403, "PermanentRedirect".into()));
}

#[tokio::test]
async fn a_new_account_has_no_bucket() {
    let cloud = state(AccountState::default().with("no-bucket").unwrap()).await;
    let location = cloud.storage_locations()[0].clone();
    let image = [("ImageType", "default"), ("ImageExt", "png")];
    let attached = [("BusinessType", "subtitle"), ("MediaExt", "srt")];
    let cases: [(&str, &[(&str, &str)]); 3] = [
        ("CreateUploadVideo", &VIDEO),
        ("CreateUploadImage", &image),
        ("CreateUploadAttachedMedia", &attached),
    ];
    for (action, pairs) in cases {
        let answer = vod(&cloud, action, pairs).await;
        assert_eq!(answer.refusal(), (404, "InvalidStorage.NotFound".into()), "{action}");
        assert_eq!(message(&answer), "The storage info dose not exist.");
        let mut named = pairs.to_vec();
        named.push(("StorageLocation", &location));
        let answer = vod(&cloud, action, &named).await;
        assert_eq!(answer.refusal(), (404, "InvalidStorage.NotFound".into()), "{action}");
        assert_eq!(message(&answer), "The StorageLocation does not exist.");
    }
    assert!(cloud.live_media().is_empty());
    let cloud = with(&[Unverified::NoBucketIsInitFailed]).await;
    cloud.set_account(AccountState::default().with("no-bucket").unwrap());
    let answer = vod(&cloud, "CreateUploadVideo", &VIDEO).await;
    assert_eq!(answer.refusal(), (403, "Forbidden.InitFailed".into()));
}

#[tokio::test]
async fn a_policy_allows_single_actions() {
    let only = AccountState::default().only(["vod:CreateUploadVideo", "vod:RefreshUploadVideo"]);
    let cloud = state(only.clone()).await;
    let pass = stored(&cloud, FILM).await;
    let id = [("VideoId", pass.media.as_str())];
    assert_eq!(vod(&cloud, "RefreshUploadVideo", &id).await.status, 200);
    for action in ["GetVideoInfo", "GetMezzanineInfo", "DeleteVideo", "SearchMedia"] {
        let refusal = vod(&cloud, action, &id).await.refusal();
        assert_eq!(refusal, (403, "Forbidden.RAM".into()), "{action}");
    }
    let refusal = async |cloud: &Handle| vod(cloud, "CreateUploadImage", &[]).await.refusal().1;
    assert_eq!(refusal(&cloud).await, "Forbidden.RAM", "the permission comes first");
    let cloud = with(&[Unverified::PermissionLast]).await;
    cloud.set_account(only);
    assert_eq!(refusal(&cloud).await, "MissingImageType", "the parameters come first");
    let image = [("ImageType", "default")];
    assert_eq!(vod(&cloud, "CreateUploadImage", &image).await.refusal().1, "Forbidden.RAM");
    assert!(cloud.live_media().is_empty());
}

#[tokio::test]
async fn an_app_can_be_named_where_there_are_apps() {
    let cloud = sandbox().await;
    let mut named = VIDEO.to_vec();
    named.push(("AppId", "app-1000001"));
    assert_eq!(vod(&cloud, "CreateUploadVideo", &named).await.status, 200);
    assert_eq!(vod(&cloud, "ListAppInfo", &[]).await.json()["Total"], 1);
    cloud.set_account(AccountState::default().with("no-apps").unwrap());
    for (action, pairs) in [("CreateUploadVideo", named.as_slice()), ("ListAppInfo", &[])] {
        let refusal = vod(&cloud, action, pairs).await.refusal();
        assert_eq!(refusal, (403, "OperationDenied.NotOpenAppService".into()), "{action}");
    }
    named[2].1 = "app-1000000";
    assert_eq!(vod(&cloud, "CreateUploadVideo", &named).await.status, 200);
}

#[tokio::test]
async fn lists_come_in_two_shapes_and_numbers_as_text() {
    let options = Options { numbers_as_text: true, ..Options::quick() };
    let text = Sandbox::start(options).await.unwrap();
    for (cloud, as_text) in [(sandbox().await, false), (text, true)] {
        let pass = stored(&cloud, FILM).await;
        let one = vod(&cloud, "GetVideoInfo", &[("VideoId", &pass.media)]).await.json();
        let many = vod(&cloud, "GetVideoInfos", &[("VideoIds", &pass.media)]).await.json();
        let list = vod(&cloud, "GetVideoList", &[]).await.json();
        assert!(one["Video"]["Snapshots"]["Snapshot"].is_array(), "wrapped");
        assert!(many["VideoList"][0]["Snapshots"].is_array(), "plain");
        assert!(list["VideoList"]["Video"].is_array(), "wrapped");
        for number in [&one["Video"]["Size"], &many["VideoList"][0]["Duration"], &list["Total"]] {
            assert_eq!((number.is_string(), number.is_number()), (as_text, !as_text), "{number}");
        }
    }
}

#[tokio::test]
async fn a_film_is_reviewed_when_it_plays() {
    let options = Options { steps: Steps::held(), ..Options::quick() };
    let cloud = Sandbox::start(options).await.unwrap();
    let pass = stored(&cloud, FILM).await;
    let id = [("VideoId", pass.media.as_str())];
    let mut seen = Vec::new();
    for _ in 0..4 {
        let video = vod(&cloud, "GetVideoInfo", &id).await.json()["Video"].clone();
        let play = vod(&cloud, "GetPlayInfo", &id).await;
        let played = if play.status == 200 { String::new() } else { message(&play) };
        seen.push((
            video["Status"].as_str().unwrap().to_owned(),
            video["AuditStatus"].clone(),
            played,
        ));
        cloud.advance(Duration::from_hours(1));
    }
    let line = |status: &str, audit: &str, told: &str| {
        (status.to_owned(), Value::from(audit), told.to_owned())
    };
    let told =
        |status: &str| format!("Currently Video Status is {status} and AuditStatus is Init.");
    assert_eq!(
        seen,
        [
            line("Uploading", "Init", &told("Uploading")),
            line("UploadSucc", "Init", &told("UploadSucc")),
            line("Transcoding", "Init", &told("Transcoding")),
            line("Normal", "Normal", ""),
        ]
    );
    let play = vod(&cloud, "GetPlayInfo", &[id[0], ("Formats", "m3u8")]).await;
    assert_eq!(play.refusal(), (404, "InvalidVideo.NoneStream".into()));
    let cloud = Sandbox::start(Options { steps: Steps::held(), ..Options::quick() }).await.unwrap();
    let pass = Pass::video(&cloud).await;
    let play = vod(&cloud, "GetPlayInfo", &[("VideoId", &pass.media)]).await;
    assert_eq!(play.refusal(), (403, "Forbidden.IllegalStatus".into()));
}

#[tokio::test]
async fn what_is_no_film_fails_with_a_reason() {
    let options = || Options { steps: Steps::instant(), ..Options::human() };
    let cloud = Sandbox::start(options()).await.unwrap();
    let ends = async |bytes: &[u8]| {
        let pass = stored(&cloud, bytes).await;
        let media = cloud.live_media().into_iter().find(|it| it.id == pass.media).unwrap();
        (media.status, media.fail_reason)
    };
    assert_eq!(ends(FILM).await, (Status::Normal, String::new()));
    let failed = |why: &str| (Status::TranscodeFail, why.to_owned());
    assert_eq!(ends(b"hello").await, failed("the file is not media"));
    let index = FILM.windows(4).position(|it| it == b"moov").unwrap();
    let mut cut = FILM.to_vec();
    cut[index..index + 4].copy_from_slice(b"free");
    assert_eq!(ends(&cut).await, failed("the file has no index (moov)"));
    let pass = stored(&cloud, b"hello").await;
    assert_eq!(pass.send(&cloud, Method::PUT, "", &[], FILM).await.status, 200);
    assert_eq!(cloud.live_media().last().unwrap().status, Status::Normal, "a better one came");
    // What is not transcoded is not looked into, and neither are pictures.
    let mut pairs = VIDEO.to_vec();
    pairs.push(("TemplateGroupId", "VOD_NO_TRANSCODE"));
    let pass = Pass::read(&vod(&cloud, "CreateUploadVideo", &pairs).await);
    assert_eq!(pass.send(&cloud, Method::PUT, "", &[], b"hello").await.status, 200);
    assert_eq!(cloud.live_media().last().unwrap().status, Status::Normal);
}

#[tokio::test]
async fn a_wrong_region_is_told_without_the_right_one() {
    let cloud = sandbox().await;
    let pass = Pass::video(&cloud).await;
    let mut head = pass.head(Method::PUT, "", &[]);
    let (bucket, key) = (&pass.bucket, &pass.key);
    oss4::sign(&mut head, bucket, key, "cn-beijing", &pass.credential, now()).unwrap();
    let answer = send(&cloud.endpoint(), head, b"x".to_vec()).await.unwrap();
    assert_eq!(answer.refusal(), (400, "InvalidArgument".into()));
    assert_eq!(answer.leaf("Message"), "Invalid signing region in Authorization header.");
    assert_eq!(answer.leaf("EC"), "\n0002-00000226");
    assert!(!answer.text().contains("shanghai"), "{}", answer.text());
}

#[tokio::test]
async fn more_calls_than_allowed_are_throttled_with_400() {
    let cloud = Sandbox::start(Options::human()).await.unwrap();
    let many = (0..60).map(|_| vod(&cloud, "ListTranscodeTemplateGroup", &[]));
    let answers = futures_util::future::join_all(many).await;
    let denied: Vec<_> = answers.iter().filter(|it| it.status != 200).collect();
    // Ten a second: sixty calls in less than five seconds are too many, however they fall.
    assert!(!denied.is_empty());
    for answer in denied {
        assert_eq!(answer.refusal(), (400, "Throttling.User".into()));
    }
}

#[tokio::test]
async fn lists_with_nothing_to_show() {
    let cloud = sandbox().await;
    let list = vod(&cloud, "GetVideoList", &[]).await;
    assert_eq!(list.refusal(), (404, "InvalidVideo.NotFound".into()));
    assert_eq!(vod(&cloud, "SearchMedia", &[]).await.json()["Total"], 0);
    let pass = Pass::video(&cloud).await;
    let bare = vod(&cloud, "SearchMedia", &[]).await.json()["MediaList"][0].clone();
    assert_eq!(bare["MediaId"], pass.media);
    assert_eq!(bare["Video"].as_object().unwrap().len(), 2, "{bare}");
    let pairs =
        [("Fields", "Title,Status"), ("Match", "Title = 'lect' and Status in ('Uploading')")];
    let rows = vod(&cloud, "SearchMedia", &pairs).await.json()["MediaList"].clone();
    assert_eq!(rows[0]["Video"]["Status"], "Uploading");
    let wrong = vod(&cloud, "SearchMedia", &[("Match", "Title like x")]).await;
    assert_eq!(wrong.refusal(), (400, "ErrorMatchSyntax".into()));
}

#[tokio::test]
async fn a_signed_cover_is_signed_anew_or_not() {
    for (cloud, anew) in
        [(sandbox().await, true), (with(&[Unverified::CoverStaysSigned]).await, false)]
    {
        cloud.set_account(AccountState::default());
        let image = [("ImageType", "cover"), ("ImageExt", "png")];
        let made = vod(&cloud, "CreateUploadImage", &image).await.json();
        let (signed, plain) =
            (made["ImageURL"].as_str().unwrap(), made["FileURL"].as_str().unwrap());
        assert!(signed.starts_with(plain) && signed.contains("&Signature="), "{signed}");
        let pairs = [VIDEO[0], VIDEO[1], ("CoverURL", signed)];
        let pass = Pass::read(&vod(&cloud, "CreateUploadVideo", &pairs).await);
        let video = vod(&cloud, "GetVideoInfo", &[("VideoId", &pass.media)]).await.json();
        let told = video["Video"]["CoverURL"].as_str().unwrap().to_owned();
        assert!(told.starts_with(plain));
        assert_eq!(told != signed, anew, "{told}");
    }
}

/// A page of another origin may ask, and may read what an upload needs.
#[tokio::test]
async fn a_browser_may_ask() {
    let cloud = sandbox().await;
    let pass = Pass::video(&cloud).await;
    let uri = format!("/{}/{}?uploads", pass.bucket, pass.key);
    let asked = [
        ("origin", "http://127.0.0.1:1"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,x-oss-date"),
    ];
    let head = crate::client::head(Method::OPTIONS, &uri, &asked);
    let answer = send(&cloud.endpoint(), head, Vec::new()).await.unwrap();
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, "*"));
    assert_eq!(answer.header("access-control-allow-headers"), "authorization,x-oss-date");
    let mut head = acs3_head(&cloud, &cloud.key(), "GetCategories", &[]);
    crate::client::set(&mut head, "origin", "http://127.0.0.1:1");
    let answer = send(&cloud.endpoint(), head, Vec::new()).await.unwrap();
    let exposed = answer.header("access-control-expose-headers");
    for name in ["ETag", "x-oss-request-id", "x-oss-hash-crc64ecma", "x-acs-request-id"] {
        assert!(exposed.contains(name), "{exposed}");
    }
}

#[tokio::test]
async fn a_credential_is_told_in_several_ways() {
    let cloud = with(&[Unverified::ExpirationIsADate, Unverified::ObjectPrefix]).await;
    let made = vod(&cloud, "CreateUploadVideo", &VIDEO).await;
    let auth = Pass::auth(&made);
    assert!(auth["Expiration"].as_str().unwrap().ends_with('Z'));
    assert!(auth["Region"].is_null() && auth["ExpireUTCTime"].is_null());
    let options = Options { expire: Duration::from_hours(1), ..Options::quick() };
    let options = Options { other: vec![Unverified::TokenEndsEarly], ..options };
    let cloud = Sandbox::start(options).await.unwrap();
    let made = vod(&cloud, "CreateUploadVideo", &VIDEO).await;
    assert_eq!(Pass::auth(&made)["Expiration"], "3600");
    let pass = Pass::read(&made);
    cloud.advance(Duration::from_secs(3_001));
    let refusal = pass.send(&cloud, Method::PUT, "", &[], b"x").await.refusal();
    assert_eq!(refusal, (403, "SecurityTokenExpired".into()));
}

#[tokio::test]
async fn a_reference_is_answered_in_several_ways() {
    let pairs = [VIDEO[0], VIDEO[1], ("ReferenceId", "ref-000001")];
    let by = [("ReferenceId", "ref-000001")];
    for (other, again) in [
        (None, (400, "InvalidParameter.ReferenceId")),
        (Some(Unverified::ReferenceTakenInText), (400, "InvalidParameter")),
        (Some(Unverified::ReferenceIgnored), (200, "")),
    ] {
        let cloud = with(other.as_slice()).await;
        let first = Pass::read(&vod(&cloud, "CreateUploadVideo", &pairs).await);
        let second = vod(&cloud, "CreateUploadVideo", &pairs).await;
        assert_eq!(second.refusal(), (again.0, again.1.to_owned()), "{other:?}");
        if again.0 == 400 {
            assert!(message(&second).contains("ReferenceId"));
            assert_eq!(vod(&cloud, "GetVideoInfo", &by).await.status, 200);
            vod(&cloud, "DeleteVideo", &[("VideoIds", &first.media)]).await;
            assert_eq!(vod(&cloud, "CreateUploadVideo", &pairs).await.status, 200, "freed");
        }
    }
    let cloud = with(&[Unverified::ReferenceKept]).await;
    let first = Pass::read(&vod(&cloud, "CreateUploadVideo", &pairs).await);
    vod(&cloud, "DeleteVideo", &[("VideoIds", &first.media)]).await;
    assert_eq!(vod(&cloud, "CreateUploadVideo", &pairs).await.status, 400, "kept");
    let cloud = with(&[Unverified::ReferenceRefused]).await;
    assert_eq!(vod(&cloud, "CreateUploadVideo", &pairs).await.status, 400);
    assert_eq!(vod(&cloud, "CreateUploadVideo", &VIDEO).await.status, 200);
}

/// Every refusal that was ever logged here stands in the table of codes, with its status.
#[tokio::test]
async fn what_is_answered_stands_in_the_table() {
    let cloud = sandbox().await;
    let pass = Pass::video(&cloud).await;
    vod(&cloud, "CreateUploadVideo", &[]).await;
    vod(&cloud, "Nonsense", &[]).await;
    vod(&cloud, "GetVideoInfo", &[("VideoId", "nobody")]).await;
    pass.send(&cloud, Method::GET, "uploadId=none", &[], b"").await;
    pass.send(&cloud, Method::GET, "", &[], b"").await;
    let mut seen = 0;
    for request in cloud.requests().0 {
        let (Some(status), Some(code)) = (request.status, request.code) else { continue };
        assert!(codes().iter().any(|it| it.is(&code) && it.status == status), "{status} {code}");
        seen += 1;
    }
    assert_eq!(seen, 5);
    let guesses = codes().iter().filter(|it| matches!(it.source, Source::Guess(_))).count();
    eprintln!("{} codes with a source, {guesses} guessed", codes().len() - guesses);
}
