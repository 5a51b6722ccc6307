//! VOD's answers, decent and not, over a real socket.

use std::{error::Error as _, time::Duration};

use crate::wire::{Reply, SECRET, TOKEN, Wire, answer, client, key, now, transport};
use http::Method;
use vodlift_cloud::{
    Client, Error, Kind, VodSignature,
    vod::{By, CreateVideo, REGIONS, VideoInfo, Vod},
};
use vodlift_sign::{Secret, acs3, encode::parse_query, rpc1};

const JSON: &str = "Content-Type: application/json";
const INFO: &str = r#"{"RequestId":"R1","Video":{"VideoId":"v1","Status":"Uploading","Size":"12.0","Duration":"1.5","Title":"T"}}"#;

async fn info(client: &Client, wire: &Wire) -> Result<VideoInfo, Error> {
    let vod = Vod::at(&wire.url(), "cn-shanghai").unwrap();
    client.video_info(&vod, &key(), By::Id("v1")).await
}

/// What the client believes of the clock there.
fn clock(client: &Client, wire: &Wire) -> Option<i64> {
    client.clock(&wire.at.to_string()).map(|clock| clock.as_secs())
}

/// One odd answer to one harmless question.
async fn refused(reply: Reply) -> Error {
    let wire = Wire::new(vec![reply]);
    let error = info(&client(), &wire).await.unwrap_err();
    assert_eq!(error.operation, "GetVideoInfo");
    wire.seen();
    wire.finish();
    quiet(&error);
    error
}

/// Nothing secret and no query in anything an error can be made to say.
fn quiet(error: &Error) {
    let mut said = format!("{error} {error:?}");
    let mut next = error.source();
    while let Some(cause) = next {
        said.extend([cause.to_string(), format!("{cause:?}")]);
        next = cause.source();
    }
    for secret in [SECRET, TOKEN, "CAIS", "VideoId=", "bearer-secret"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decent_answer() {
    let wire = Wire::new(vec![answer("200 OK", &[JSON], INFO)]);
    let info = info(&client(), &wire).await.unwrap();
    assert_eq!((info.media_id.as_str(), info.status.as_str()), ("v1", "Uploading"));
    assert_eq!((info.size, info.duration_s), (Some(12), Some(1.5)));
    assert_eq!(info.request_id.as_deref(), Some("R1"));
    let seen = wire.seen();
    assert_eq!(seen.head.method, Method::POST);
    assert_eq!(seen.head.uri, "/?VideoId=v1");
    assert_eq!(seen.header("accept"), Some("application/json"));
    assert_eq!(seen.header("content-type"), None);
    assert_eq!(seen.header("user-agent"), Some("Vodlift/test"));
    let claim = acs3::verify(&seen.head, &seen.body, &key().secret).unwrap();
    assert_eq!((claim.at, claim.nonce.as_deref()), (now(), Some("nonce-1")));
    wire.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_page() {
    let page = "\n <!DOCTYPE html><html><body>Please sign in</body></html>";
    for headers in [&["Content-Type: text/html"][..], &[JSON], &[]] {
        assert_eq!(refused(answer("200 OK", headers, page)).await.kind, Kind::Portal);
    }
    let asked = answer("511 Network Authentication Required", &[], page);
    assert_eq!(refused(asked).await.kind, Kind::Portal);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_answer_is_given_up() {
    assert_eq!(refused(Reply::Flood).await.kind, Kind::TooLarge);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_not_followed() {
    let elsewhere = Wire::new(vec![]);
    let location = format!("Location: {}/", elsewhere.url());
    let error = refused(answer("302 Found", &[&location], "")).await;
    assert_eq!((error.kind, error.status), (Kind::Redirect, Some(302)));
    elsewhere.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_answers() {
    let error = refused(Reply::Hang).await;
    assert_eq!((error.kind, error.unsent()), (Kind::Cut, false));
    let half = Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"Vid".to_vec());
    let error = refused(half).await;
    assert_eq!((error.kind, error.status), (Kind::Cut, Some(200)));
    assert_eq!(refused(Reply::Raw(b"HTTP/1.1 20".to_vec())).await.kind, Kind::Cut);
    assert_eq!(refused(Reply::Raw(b"SSH-2.0-x\r\n\r\n".to_vec())).await.kind, Kind::Cut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_json_and_other_shapes() {
    for body in
        ["{\"Video\":{\"VideoId\":\"v1\"", "", "[]", "\"x\"", "{}", "{\"Video\":7}", "\u{0}"]
    {
        let error = refused(answer("200 OK", &[JSON], body)).await;
        assert_eq!(error.kind, Kind::Shape, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_in_json() {
    let body = r#"{"RequestId":"R2","HostId":"h","Code":"InvalidVideo.NotFound","Message":"The video does not exist.","Recommend":"https://x"}"#;
    for status in ["404 Not Found", "200 OK"] {
        let error = refused(answer(status, &[JSON], body)).await;
        assert_eq!(error.kind, Kind::Status);
        assert_eq!(error.code.as_deref(), Some("InvalidVideo.NotFound"));
        assert_eq!(error.message.as_deref(), Some("The video does not exist."));
        assert_eq!(error.request_id.as_deref(), Some("R2"));
        assert!(!error.throttled() && !error.unsent());
    }
    let fine = INFO.replacen('{', "{\"Code\":\"200\",", 1);
    let wire = Wire::new(vec![answer("200 OK", &[JSON], &fine)]);
    info(&client(), &wire).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn throttling_wears_status_400() {
    let body = r#"{"RequestId":"R3","Code":"Throttling.User","Message":"slow down"}"#;
    let error = refused(answer("400 Bad Request", &[JSON, "x-acs-retry-after: 1500"], body)).await;
    assert!(error.throttled());
    assert_eq!(error.status, Some(400));
    assert_eq!(error.retry_after, Some(Duration::from_millis(1500)));
    let error = refused(answer("503 Busy", &["Retry-After: 7"], "")).await;
    assert!(error.throttled());
    assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
    let dates =
        ["Date: Fri, 02 Jan 2026 03:04:05 GMT", "Retry-After: Fri, 02 Jan 2026 03:04:35 GMT"];
    let error = refused(answer("503 Busy", &dates, "")).await;
    assert_eq!(error.retry_after, Some(Duration::from_secs(30)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_speaks_xml() {
    let body = "<?xml version='1.0' encoding='UTF-8'?>\n<Error><RequestId>R4</RequestId><HostId>h</HostId>\
        <Code> ServiceUnavailable </Code><Message>Try &amp; wait</Message></Error>";
    for status in ["503 Service Unavailable", "200 OK"] {
        let error = refused(answer(status, &["Content-Type: text/xml;charset=utf-8"], body)).await;
        assert_eq!(error.kind, Kind::Status);
        assert_eq!(error.code.as_deref(), Some("ServiceUnavailable"));
        assert_eq!(error.message.as_deref(), Some("Try & wait"));
        assert_eq!(error.request_id.as_deref(), Some("R4"));
    }
    let error = refused(answer("502 Bad Gateway", &[], "<html>nginx</html>")).await;
    assert_eq!((error.kind, error.status, error.code.clone()), (Kind::Status, Some(502), None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_clock_is_learned_and_used() {
    let date = "Date: Fri, 02 Jan 2026 04:04:05 GMT";
    let body = r#"{"RequestId":"R","Code":"InvalidTimeStamp.Expired","Message":"m"}"#;
    let wire = Wire::new(vec![
        answer("400 Bad Request", &[JSON, date], body),
        answer("200 OK", &[JSON, date], INFO),
        answer("200 OK", &["Content-Type: text/html", "Date: Fri, 02 Jan 1970 04:04:05 GMT"], "x"),
        answer("200 OK", &[JSON, "Date: Fri, 02 Jan 2026 03:04:08 GMT"], INFO),
    ]);
    let client = client();
    let error = info(&client, &wire).await.unwrap_err();
    assert!(error.clock());
    assert_eq!(error.skew_s, Some(3600));
    assert_eq!(clock(&client, &wire), Some(3600));
    assert_eq!(wire.seen().header("x-acs-date"), Some("2026-01-02T03:04:05Z"));
    info(&client, &wire).await.unwrap();
    assert_eq!(wire.seen().header("x-acs-date"), Some("2026-01-02T04:04:05Z"));
    // A web page's clock is nobody's business; a few seconds are none either.
    info(&client, &wire).await.unwrap_err();
    assert_eq!(clock(&client, &wire), Some(3600));
    info(&client, &wire).await.unwrap();
    assert_eq!(clock(&client, &wire), Some(0));

    // Another server's clock is its own affair.
    let other = Wire::new(vec![answer("200 OK", &[JSON], INFO)]);
    assert_eq!(clock(&client, &other), None);
    let wire = Wire::new(vec![answer("200 OK", &[JSON, date], INFO)]);
    info(&client, &wire).await.unwrap();
    info(&client, &other).await.unwrap();
    assert_eq!(other.seen().header("x-acs-date"), Some("2026-01-02T03:04:05Z"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_do_not_come_back() {
    let echo = format!(
        "bad: SecurityToken={TOKEN}&Signature=abc and {SECRET}; server string to sign is:POST {TOKEN}"
    );
    let body =
        serde_json::json!({ "Code": "SignatureDoesNotMatch", "Message": echo, "RequestId": TOKEN });
    let error = refused(answer("400 Bad Request", &[JSON], &body.to_string())).await;
    assert_eq!(error.code.as_deref(), Some("SignatureDoesNotMatch"));
    assert!(!error.message.as_deref().unwrap().contains("abc"));

    // The signature just made is not repeated either.
    let error = refused(Reply::Quote).await;
    assert_eq!(error.message.as_deref(), Some("you sent •••."));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_is_noticed() {
    let wire = Wire::new(vec![Reply::Silence]);
    let mut transport = transport();
    transport.connect_timeout = Duration::from_millis(50);
    transport.idle_timeout = Duration::from_millis(100);
    let error = info(&Client::new(transport), &wire).await.unwrap_err();
    assert_eq!((error.kind, error.unsent()), (Kind::Timeout, false));
    wire.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_there() {
    let wire = Wire::new(vec![]);
    let url = wire.url();
    wire.finish();
    let vod = Vod::at(&url, "cn-shanghai").unwrap();
    let error = client().video_info(&vod, &key(), By::Id("v1")).await.unwrap_err();
    assert_eq!((error.kind, error.unsent()), (Kind::Connect, true));
    assert_eq!(error.host.as_deref(), url.strip_prefix("http://"));
    quiet(&error);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_with_somebody_who_has_none() {
    let wire = Wire::new(vec![Reply::Hang]);
    let vod = Vod::at(&wire.url().replace("http:", "https:"), "cn-shanghai").unwrap();
    let error = client().video_info(&vod, &key(), By::Id("v1")).await.unwrap_err();
    assert_eq!((error.kind, error.unsent()), (Kind::Tls, true), "{error:?}");
    wire.finish();
    quiet(&error);
}

#[test]
fn plain_http_is_for_loopback() {
    assert_eq!(
        Vod::at("http://vod.example.com", "r").unwrap().endpoint(),
        "https://vod.example.com"
    );
    assert_eq!(Vod::at("vod.example.com", "r").unwrap().endpoint(), "https://vod.example.com");
    assert_eq!(Vod::at("http://[::1]:8080/", "r").unwrap().endpoint(), "http://[::1]:8080");
    for bad in
        ["ftp://x", "", "https://", "https://a/b", "https://u:p@a", "https://a?b", "http://a b"]
    {
        assert_eq!(Vod::at(bad, "r").unwrap_err().kind, Kind::Address, "{bad}");
    }
    assert_eq!(REGIONS.len(), 11);
    for region in REGIONS {
        let vod = Vod::for_region(region).unwrap();
        assert_eq!(vod.endpoint(), format!("https://vod.{region}.aliyuncs.com"));
    }
    assert_eq!(Vod::for_region("cn-hangzhou").unwrap(), Vod::for_region("cn-shanghai").unwrap());
    assert!(Vod::for_region("evil.example.com/").is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_question_becomes_a_form() {
    let (_, auth) = blobs();
    let reserved =
        format!(r#"{{"VideoId":"v","UploadAddress":"{}","UploadAuth":"{auth}"}}"#, blobs().0);
    for version in [VodSignature::Acs3, VodSignature::Rpc1] {
        let wire = Wire::new(vec![
            answer("200 OK", &[JSON], &reserved),
            answer("200 OK", &[JSON], &reserved),
        ]);
        let client =
            Client::new(vodlift_cloud::Transport { vod_signature: version, ..transport() });
        let vod = Vod::at(&wire.url(), "cn-shanghai").unwrap();
        let mut new = CreateVideo {
            title: "视频 *~+/!'()".to_owned(),
            file_name: "a b.mp4".to_owned(),
            file_size: 12,
            ..CreateVideo::default()
        };
        let reservation = client.create_video(&vod, &key(), &new).await.unwrap();
        assert_eq!(reservation.media_id, "v");
        let short = wire.seen();
        assert!(short.body.is_empty() && short.head.uri.query().unwrap().contains("FileSize=12"));
        new.description = Some("字".repeat(1_000));
        client.create_video(&vod, &key(), &new).await.unwrap();
        let long = wire.seen();
        assert_eq!(long.head.uri, "/");
        assert_eq!(long.header("content-type"), Some("application/x-www-form-urlencoded"));
        for seen in [short, long] {
            match version {
                VodSignature::Acs3 => {
                    acs3::verify(&seen.head, &seen.body, &key().secret).unwrap();
                }
                VodSignature::Rpc1 => {
                    let mut all = parse_query(seen.head.uri.query().unwrap_or_default());
                    all.extend(parse_query(std::str::from_utf8(&seen.body).unwrap()));
                    rpc1::verify(&seen.head.method, &all, &key().secret).unwrap();
                    assert!(all.iter().any(|(n, v)| n == "Title" && *v == new.title));
                    assert!(all.iter().any(|(n, v)| n == "Action" && v == "CreateUploadVideo"));
                }
            }
        }
        wire.finish();
    }
}

fn blobs() -> (String, String) {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../vectors/upload_blobs.json")).unwrap();
    let sample = &file["samples"][0];
    let text = |name: &str| sample[name].as_str().unwrap().to_owned();
    (text("uploadAddress"), text("uploadAuth"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_and_deletes() {
    let wire = Wire::new(vec![
        answer(
            "200 OK",
            &[JSON],
            r#"{"AttachedMediaList":[{"MediaId":"m","Status":"Normal"}],"NonExistMediaIds":["x"]}"#,
        ),
        answer(
            "200 OK",
            &[JSON],
            r#"{"SubTotal":"3","SubCategories":{"Category":[{"CateId":7,"CateName":"C","SubTotal":2}]}}"#,
        ),
        answer(
            "200 OK",
            &[JSON],
            r#"{"TranscodeTemplateGroupList":[{"TranscodeTemplateGroupId":"t","Name":"N","IsDefault":"Default"}]}"#,
        ),
        answer(
            "200 OK",
            &[JSON],
            r#"{"RequestId":"r","NonExistVideoIds":["a"],"ForbiddenVideoIds":["b"]}"#,
        ),
        answer(
            "200 OK",
            &[JSON],
            r#"{"Mezzanine":{"VideoId":"v","Status":"Normal","Size":9,"FileMD5":""}}"#,
        ),
        answer(
            "200 OK",
            &[JSON],
            r#"{"VideoList":[{"VideoId":"v","Status":"Normal"}],"NonExistVideoIds":["x"]}"#,
        ),
    ]);
    let (client, key) = (client(), key());
    let vod = Vod::at(&wire.url(), "cn-shanghai").unwrap();
    let (found, absent) = client.attached_info(&vod, &key, &["m", "x"]).await.unwrap();
    assert_eq!((found[0].media_id.as_str(), absent.missing), ("m", vec!["x".to_owned()]));
    assert_eq!(wire.seen().head.uri, "/?MediaIds=m%2Cx");
    let (categories, total) = client.categories(&vod, &key, None, 1).await.unwrap();
    assert_eq!((categories[0].id.as_str(), categories[0].children, total), ("7", 2, 3));
    assert!(client.template_groups(&vod, &key).await.unwrap()[0].default);
    let absent = client.delete_video(&vod, &key, &["a", "b"]).await.unwrap();
    assert_eq!((absent.missing, absent.forbidden), (vec!["a".to_owned()], vec!["b".to_owned()]));
    let file = client.mezzanine(&vod, &key, By::Reference("ref-123")).await.unwrap();
    assert_eq!((file.size, file.md5), (Some(9), None));
    let (found, absent) = client.video_infos(&vod, &key, &["v", "x"]).await.unwrap();
    assert_eq!((found[0].media_id.as_str(), absent.missing), ("v", vec!["x".to_owned()]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_with_a_line_break_is_not_sent() {
    let vod = Vod::for_region("cn-shanghai").unwrap();
    let mut key = key();
    key.token = Some(Secret::new(format!("{TOKEN}\n")));
    let error = client().video_info(&vod, &key, By::Id("v1")).await.unwrap_err();
    assert_eq!((error.kind, error.unsent()), (Kind::Credential, true));
    quiet(&error);
}
