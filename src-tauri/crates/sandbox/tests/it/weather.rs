//! Every mishap, as a client meets it.

use std::time::{Duration, Instant};

use http::Method;
use vodlift_sandbox::Status;

use crate::client::{Answer, Pass, crc64, stormy, vod};

static BODY: [u8; 300_000] = [7; 300_000];

async fn put(cloud: &vodlift_sandbox::Handle, pass: &Pass) -> reqwest::Result<Answer> {
    pass.try_send(cloud, Method::PUT, "", &[], &BODY).await
}

#[tokio::test]
async fn a_cut_connection_leaves_nothing_and_counts_the_bytes() {
    let cloud = stormy("put cut after 64 KiB ×1\nput cut ×1").await;
    let pass = Pass::video(&cloud).await;
    assert!(put(&cloud, &pass).await.is_err());
    assert!(put(&cloud, &pass).await.is_err());
    assert!(cloud.objects().is_empty());
    assert_eq!(put(&cloud, &pass).await.unwrap().status, 200);
    let log = cloud.requests();
    let puts: Vec<_> = log.of("PutObject").collect();
    assert_eq!(puts.iter().map(|it| it.status).collect::<Vec<_>>(), [None, None, Some(200)]);
    assert!(puts[0].bytes >= 65536 && puts[1].bytes == 0 && puts[2].bytes == 300_000);
    assert_eq!(puts.iter().map(|it| it.struck).collect::<Vec<_>>(), [true, true, false]);
}

#[tokio::test]
async fn a_lost_answer_is_work_done() {
    let cloud = stormy("create answer lost ×1\nput answer lost ×1\ncomplete answer lost ×1").await;
    let pairs = [("Title", "t"), ("FileName", "a.mp4")];
    let head = crate::client::acs3_head(&cloud, &cloud.key(), "CreateUploadVideo", &pairs);
    assert!(crate::client::send(&cloud.endpoint(), head, Vec::new()).await.is_err());
    assert_eq!(cloud.live_media().len(), 1, "an orphan the client does not know of");
    let pass = Pass::video(&cloud).await;
    assert!(put(&cloud, &pass).await.is_err());
    assert_eq!(cloud.object(&pass.media).unwrap().crc64.to_string(), crc64(&BODY));
    let pass = Pass::video(&cloud).await;
    let upload = pass.initiate(&cloud).await;
    let etag = pass.part(&cloud, &upload, 1, &BODY).await;
    let query = format!("uploadId={upload}");
    let list = crate::client::list(&[(1, etag)]);
    assert!(pass.try_send(&cloud, Method::POST, &query, &[], list.as_bytes()).await.is_err());
    assert!(cloud.object(&pass.media).is_some() && cloud.orphans().is_empty());
}

#[tokio::test]
async fn refusals_of_any_kind() {
    let cloud = stormy(
        "put 503 SlowDown retry 2s ×1\nput early 403 AccessDenied ×1\ncreate 400 Throttling retry 1500 ms ×1",
    )
    .await;
    let refused = vod(&cloud, "CreateUploadVideo", &[("Title", "t")]).await;
    assert_eq!(refused.refusal(), (400, "Throttling".into()));
    assert_eq!(refused.header("x-acs-retry-after"), "1500");
    let pass = Pass::video(&cloud).await;
    let slow = put(&cloud, &pass).await.unwrap();
    assert_eq!((slow.refusal(), slow.header("retry-after")), ((503, "SlowDown".into()), "2"));
    // Answered before the body: who still writes may see a reset instead.
    if let Ok(early) = put(&cloud, &pass).await {
        assert_eq!(early.refusal(), (403, "AccessDenied".into()));
    }
    assert!(cloud.requests().of("PutObject").last().unwrap().bytes < 300_000);
    assert_eq!(put(&cloud, &pass).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_credential_can_end_at_any_time() {
    let cloud = stormy("pass on video expires in 1s ×1\nput expired ×1").await;
    let pass = Pass::video(&cloud).await;
    assert_eq!(pass.life, "1");
    let fresh = Pass::read(&vod(&cloud, "RefreshUploadVideo", &[("VideoId", &pass.media)]).await);
    assert_eq!(fresh.life, "3000");
    let expired = (403, "SecurityTokenExpired".to_owned());
    for _ in 0..2 {
        assert_eq!(put(&cloud, &fresh).await.unwrap().refusal(), expired, "it stays expired");
    }
    let fresh = Pass::read(&vod(&cloud, "RefreshUploadVideo", &[("VideoId", &pass.media)]).await);
    assert_eq!(put(&cloud, &fresh).await.unwrap().status, 200);
    cloud.expire_passes();
    assert_eq!(put(&cloud, &fresh).await.unwrap().refusal(), expired);
}

#[tokio::test]
async fn false_checksums_and_damaged_bytes() {
    let cloud =
        stormy("put wrong crc ×1\nput wrong etag ×1\nput corrupt ×1\ncomplete wrong etag").await;
    let pass = Pass::video(&cloud).await;
    let crc = crc64(&BODY);
    let wrong = put(&cloud, &pass).await.unwrap();
    assert_ne!(wrong.header("x-oss-hash-crc64ecma"), crc);
    let wrong = put(&cloud, &pass).await.unwrap();
    assert_eq!(wrong.header("etag"), format!("\"{}\"", "0".repeat(32)));
    assert_eq!(wrong.header("x-oss-hash-crc64ecma"), crc);
    let damaged = put(&cloud, &pass).await.unwrap();
    assert_eq!(damaged.header("x-oss-hash-crc64ecma"), cloud.objects()[0].crc64.to_string());
    assert_ne!(std::fs::read(&cloud.objects()[0].path).unwrap(), BODY, "really damaged");
    let upload = pass.initiate(&cloud).await;
    let etag = pass.part(&cloud, &upload, 1, &BODY).await;
    let done = pass.complete(&cloud, &upload, &[(1, etag)]).await;
    assert_eq!(done.leaf("ETag"), format!("&quot;{}&quot;", "0".repeat(32)));
}

#[tokio::test]
async fn answers_that_are_none() {
    let cloud = stormy(
        "status half ×1\nstatus html ×1\nstatus html 503 ×1\nstatus gateway xml ×1\n\
         status redirect ×1\nstatus huge 1 MB ×1\nput half ×1",
    )
    .await;
    let pass = Pass::video(&cloud).await;
    let pairs = [("VideoId", pass.media.as_str())];
    let ask = async || {
        let head = crate::client::acs3_head(&cloud, &cloud.key(), "GetVideoInfo", &pairs);
        crate::client::send(&cloud.endpoint(), head, Vec::new()).await
    };
    assert!(ask().await.is_err(), "half a JSON");
    let page = ask().await.unwrap();
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!(ask().await.unwrap().status, 503);
    assert_eq!(ask().await.unwrap().refusal(), (502, "ServiceUnavailable".into()));
    let away = ask().await.unwrap();
    assert_eq!((away.status, away.header("location").is_empty()), (307, false));
    assert_eq!(ask().await.unwrap().body.len(), 1_000_000);
    assert!(put(&cloud, &pass).await.is_err(), "an empty answer that promised more");
    assert!(cloud.object(&pass.media).is_some());
}

#[tokio::test]
async fn time_is_lost() {
    let cloud =
        stormy("status stall 300ms ×1\nstatus slow 300ms ×1\nput stall 300ms after 1 KiB ×1").await;
    let pass = Pass::video(&cloud).await;
    let pairs = [("VideoId", pass.media.as_str())];
    for _ in 0..2 {
        let begun = Instant::now();
        assert_eq!(vod(&cloud, "GetVideoInfo", &pairs).await.status, 200);
        assert!(begun.elapsed() >= Duration::from_millis(290));
    }
    let begun = Instant::now();
    assert_eq!(put(&cloud, &pass).await.unwrap().status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(290));
}

#[tokio::test]
async fn a_stall_without_end_ends_with_the_sandbox() {
    let cloud = stormy("put stall after 1 KiB").await;
    let pass = Pass::video(&cloud).await;
    let client = {
        let (pass, endpoint) = (pass.clone(), cloud.endpoint());
        async move {
            let mut head = pass.head(Method::PUT, "", &[]);
            pass.sign(&mut head);
            crate::client::send(&endpoint, head, BODY.to_vec()).await
        }
    };
    let stop = async {
        let waited = tokio::time::timeout(
            Duration::from_millis(200),
            cloud.until(|log| log.count("PutObject") > 0),
        )
        .await;
        assert!(waited.is_err(), "it hangs");
        cloud.stop().await;
    };
    let (answer, ()) = tokio::join!(client, stop);
    assert!(answer.is_err());
}

#[tokio::test]
async fn a_call_can_be_cut_and_stalled_too() {
    let cloud =
        stormy("GetCategories cut after 1 KiB ×1\nGetCategories stall 300ms after 1 B ×1").await;
    let ask = async || {
        let head = crate::client::acs3_head(&cloud, &cloud.key(), "GetCategories", &[]);
        crate::client::send(&cloud.endpoint(), head, Vec::new()).await
    };
    assert!(ask().await.is_err());
    let begun = Instant::now();
    assert_eq!(ask().await.unwrap().status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(290));
}

#[tokio::test]
async fn the_cloud_forgets() {
    let cloud = stormy("part 2 forget upload ×1\nRefreshUploadVideo forget media skip 1 ×1").await;
    let pass = Pass::video(&cloud).await;
    let upload = pass.initiate(&cloud).await;
    pass.part(&cloud, &upload, 1, &BODY).await;
    let query = format!("partNumber=2&uploadId={upload}");
    let lost = pass.send(&cloud, Method::PUT, &query, &[], &BODY).await;
    assert_eq!(lost.refusal(), (404, "NoSuchUpload".into()));
    assert!(cloud.orphans().is_empty());
    let pairs = [("VideoId", pass.media.as_str())];
    assert_eq!(vod(&cloud, "RefreshUploadVideo", &pairs).await.status, 200);
    let gone = vod(&cloud, "RefreshUploadVideo", &pairs).await;
    assert_eq!(gone.refusal(), (404, "InvalidVideo.NotFound".into()));
    let upload = pass.initiate(&cloud).await;
    assert!(cloud.forget_upload(&upload) && !cloud.forget_upload(&upload));
    let pass = Pass::video(&cloud).await;
    assert!(cloud.forget_media(&pass.media) && !cloud.forget_media(&pass.media));
}

#[tokio::test]
async fn an_address_may_move_and_a_life_may_end_badly() {
    let cloud = stormy("refresh moved ×1\nput ends TranscodeFail").await;
    let pass = Pass::video(&cloud).await;
    let pairs = [("VideoId", pass.media.as_str())];
    let moved = Pass::read(&vod(&cloud, "RefreshUploadVideo", &pairs).await);
    assert_ne!(moved.key, pass.key);
    let there = Pass { key: pass.key.clone(), ..moved.clone() };
    assert_eq!(put(&cloud, &there).await.unwrap().refusal(), (403, "AccessDenied".into()));
    assert_eq!(put(&cloud, &moved).await.unwrap().status, 200);
    assert_eq!(cloud.live_media()[0].status, Status::TranscodeFail);
}

#[tokio::test]
async fn weather_changes_while_it_runs_and_may_be_left_to_chance() {
    let cloud = stormy("seed 7 intensity 0.5").await;
    let mut struck = 0;
    for _ in 0..20 {
        let head = crate::client::acs3_head(&cloud, &cloud.key(), "GetCategories", &[]);
        let answer = crate::client::send(&cloud.endpoint(), head, Vec::new()).await;
        struck += u32::from(!answer.is_ok_and(|it| it.status == 200));
    }
    assert!((1..20).contains(&struck), "{struck} of 20");
    cloud.weather("vod 500 InternalError".parse().unwrap());
    assert_eq!(vod(&cloud, "GetCategories", &[]).await.status, 500);
    cloud.weather(vodlift_sandbox::Weather::fair());
    assert_eq!(vod(&cloud, "GetCategories", &[]).await.status, 200);
}
