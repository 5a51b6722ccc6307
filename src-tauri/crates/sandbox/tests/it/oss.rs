//! Objects and parts.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::Method;
use vodlift_sandbox::Status;

use crate::client::{Pass, crc64, list, sandbox};

const SMALL: usize = 100 * 1024;

fn bytes(letter: u8, size: usize) -> Vec<u8> {
    vec![letter; size]
}

#[tokio::test]
async fn a_put_object_is_a_plain_file_with_right_checksums() {
    let cloud = sandbox().await;
    let pass = Pass::video(&cloud).await;
    let body = bytes(b'v', 700_001);
    let answer = pass.send(&cloud, Method::PUT, "", &[("content-type", "video/mp4")], &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("x-oss-hash-crc64ecma"), crc64(&body));
    assert!(!answer.header("x-oss-request-id").is_empty());
    let object = cloud.object(&pass.media).unwrap();
    assert_eq!(std::fs::read(&object.path).unwrap(), body);
    assert_eq!(answer.header("etag"), format!("\"{}\"", object.etag));
    assert!(object.etag.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()));
    assert_eq!((object.content_type.as_str(), object.multipart), ("video/mp4", false));
    let name = object.path.file_name().unwrap().to_str().unwrap();
    assert_eq!(name, format!("A_lecture-{}.mp4", pass.media));
    assert_eq!(cloud.media()[0].status, Status::Normal);
    let head = pass.send(&cloud, Method::HEAD, "", &[], b"").await;
    assert_eq!(head.header("x-oss-hash-crc64ecma"), crc64(&body));
    assert_eq!(head.header("content-length"), "700001");
    assert_eq!(head.header("x-oss-object-type"), "Normal");
    let meta = pass.send(&cloud, Method::HEAD, "objectMeta", &[], b"").await;
    assert_eq!((meta.status, meta.header("x-oss-hash-crc64ecma")), (200, ""));
}

#[tokio::test]
async fn parts_become_an_object_and_the_upload_is_gone() {
    let cloud = sandbox().await;
    let pass = Pass::video(&cloud).await;
    let upload = pass.initiate(&cloud).await;
    assert_eq!(cloud.orphans().len(), 1);
    let (one, two, three) = (bytes(b'1', SMALL), bytes(b'2', SMALL), bytes(b'3', 5));
    let mut parts = Vec::new();
    for (number, body) in [(2, &two), (3, &three), (1, &one)] {
        parts.push((number, pass.part(&cloud, &upload, number, body).await));
    }
    parts.sort();
    let answer = pass.complete(&cloud, &upload, &parts).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let whole = [one, two, three].concat();
    assert_eq!(answer.header("x-oss-hash-crc64ecma"), crc64(&whole));
    assert!(answer.leaf("ETag").ends_with("-3&quot;"), "{}", answer.text());
    let object = cloud.object(&pass.media).unwrap();
    assert_eq!(std::fs::read(&object.path).unwrap(), whole);
    assert!(object.multipart && cloud.orphans().is_empty());
    let again = pass.complete(&cloud, &upload, &parts).await;
    assert_eq!(again.refusal(), (404, "NoSuchUpload".into()));
    assert_eq!(cloud.requests().good("UploadPart"), 3);
    assert_eq!(cloud.requests().bytes(Some("UploadPart")), u64::try_from(whole.len()).unwrap());
}

#[tokio::test]
async fn complete_refuses_what_does_not_fit() {
    let cloud = sandbox().await;
    let pass = Pass::video(&cloud).await;
    let upload = pass.initiate(&cloud).await;
    let one = pass.part(&cloud, &upload, 1, &bytes(b'1', SMALL - 1)).await;
    let two = pass.part(&cloud, &upload, 2, &bytes(b'2', SMALL)).await;
    let (one, two) = ((1, one), (2, two));
    let code =
        async |parts: &[(u32, String)]| pass.complete(&cloud, &upload, parts).await.refusal();
    assert_eq!(code(&[one.clone(), two.clone()]).await, (400, "EntityTooSmall".into()));
    assert_eq!(code(&[two.clone(), one.clone()]).await, (400, "InvalidPartOrder".into()));
    assert_eq!(code(&[one.clone(), one.clone()]).await, (400, "InvalidPartOrder".into()));
    assert_eq!(code(&[(1, two.1.clone())]).await, (400, "InvalidPart".into()));
    assert_eq!(code(&[(7, two.1.clone())]).await, (400, "InvalidPart".into()));
    assert_eq!(code(&[]).await, (400, "MalformedXML".into()));
    let query = format!("uploadId={upload}");
    let rubbish = pass.send(&cloud, Method::POST, &query, &[], b"<Complete").await;
    assert_eq!(rubbish.refusal(), (400, "MalformedXML".into()));
    let all = [("x-oss-complete-all", "yes")];
    let both = pass.send(&cloud, Method::POST, &query, &all, list(&[two]).as_bytes()).await;
    assert_eq!(both.refusal(), (400, "InvalidArgument".into()));
    assert_eq!(cloud.orphans().len(), 1, "a refused completion leaves the upload open");
    pass.part(&cloud, &upload, 1, &bytes(b'1', SMALL)).await;
    let good = pass.send(&cloud, Method::POST, &query, &all, b"").await;
    assert_eq!(good.status, 200, "{}", good.text());
    assert_eq!(cloud.objects()[0].size, u64::try_from(2 * SMALL).unwrap());
}

#[tokio::test]
async fn parts_are_listed_in_pages() {
    let cloud = sandbox().await;
    let pass = Pass::video(&cloud).await;
    let upload = pass.initiate(&cloud).await;
    for number in [1, 2, 5, 10_000] {
        pass.part(&cloud, &upload, number, b"x").await;
    }
    let page = async |more: &str| {
        let query = format!("uploadId={upload}{more}");
        pass.send(&cloud, Method::GET, &query, &[], b"").await
    };
    let first = page("&max-parts=3").await;
    assert_eq!(
        (first.leaf("IsTruncated"), first.leaf("NextPartNumberMarker")),
        ("true".into(), "5".into())
    );
    assert_eq!(first.text().matches("<Part>").count(), 3);
    let last = page("&max-parts=3&part-number-marker=5").await;
    assert_eq!(
        (last.leaf("IsTruncated"), last.leaf("PartNumber")),
        ("false".into(), "10000".into())
    );
    assert_eq!(last.leaf("HashCrc64ecma"), crc64(b"x"));
    assert_eq!(last.leaf("Size"), "1");
    let encoded = page("&encoding-type=url").await;
    assert_eq!(encoded.leaf("Key"), pass.key.replace('/', "%2F"));
    assert_eq!(page("").await.leaf("Key"), pass.key);
    assert_eq!(page("&max-parts=1001").await.refusal(), (400, "InvalidArgument".into()));
}

#[tokio::test]
async fn a_part_has_a_number_and_an_upload() {
    let cloud = sandbox().await;
    let pass = Pass::video(&cloud).await;
    let upload = pass.initiate(&cloud).await;
    for number in ["0", "10001", "x"] {
        let query = format!("partNumber={number}&uploadId={upload}");
        let answer = pass.send(&cloud, Method::PUT, &query, &[], b"x").await;
        assert_eq!(answer.refusal(), (400, "InvalidArgument".into()), "{number}");
    }
    let other = Pass::video(&cloud).await;
    let query = format!("partNumber=1&uploadId={upload}");
    let answer = other.send(&cloud, Method::PUT, &query, &[], b"x").await;
    assert_eq!(answer.refusal(), (404, "NoSuchUpload".into()), "an upload of another object");
    let query = format!("uploadId={upload}");
    let aborted = pass.send(&cloud, Method::DELETE, &query, &[], b"").await;
    assert_eq!((aborted.status, aborted.body.len()), (204, 0));
    let again = pass.send(&cloud, Method::DELETE, &query, &[], b"").await;
    assert_eq!(again.refusal(), (404, "NoSuchUpload".into()));
    assert!(cloud.orphans().is_empty());
}

#[tokio::test]
async fn the_later_of_two_parts_of_one_number_counts() {
    let cloud = sandbox().await;
    let pass = Pass::video(&cloud).await;
    let upload = pass.initiate(&cloud).await;
    let old = pass.part(&cloud, &upload, 1, &bytes(b'o', SMALL)).await;
    let new = pass.part(&cloud, &upload, 1, &bytes(b'n', SMALL)).await;
    let stale = pass.complete(&cloud, &upload, &[(1, old)]).await;
    assert_eq!(stale.refusal(), (400, "InvalidPart".into()));
    assert_eq!(pass.complete(&cloud, &upload, &[(1, new)]).await.status, 200);
    assert_eq!(std::fs::read(&cloud.objects()[0].path).unwrap(), bytes(b'n', SMALL));
}

#[tokio::test]
async fn a_damaged_body_and_a_forbidden_overwrite_are_refused() {
    let cloud = sandbox().await;
    let pass = Pass::video(&cloud).await;
    // MD5 of "hello".
    let md5 =
        BASE64_STANDARD.encode(b"\x5d\x41\x40\x2a\xbc\x4b\x2a\x76\xb9\x71\x9d\x91\x10\x17\xc5\x92");
    let put = async |body: &[u8], headers: &[(&str, &str)]| {
        pass.send(&cloud, Method::PUT, "", headers, body).await
    };
    let damaged = put(b"hellO", &[("content-md5", &md5)]).await;
    assert_eq!(damaged.refusal(), (400, "InvalidDigest".into()));
    assert!(cloud.objects().is_empty());
    let good = put(b"hello", &[("content-md5", &md5)]).await;
    assert_eq!((good.status, good.header("content-md5")), (200, md5.as_str()));
    let forbid = [("x-oss-forbid-overwrite", "true")];
    assert_eq!(put(b"again", &forbid).await.refusal(), (409, "FileAlreadyExists".into()));
    assert_eq!(put(b"again", &[]).await.status, 200);
    assert_eq!(cloud.media()[0].stored_times, 2);
}

#[tokio::test]
async fn a_pass_serves_one_object_and_only_writing() {
    let cloud = sandbox().await;
    let (mine, other) = (Pass::video(&cloud).await, Pass::video(&cloud).await);
    let stranger = Pass { key: other.key.clone(), ..mine.clone() };
    let answer = stranger.send(&cloud, Method::PUT, "", &[], b"x").await;
    assert_eq!(answer.refusal(), (403, "AccessDenied".into()));
    let nowhere = Pass { bucket: "elsewhere".into(), ..mine.clone() };
    let answer = nowhere.send(&cloud, Method::PUT, "", &[], b"x").await;
    assert_eq!(answer.refusal(), (404, "NoSuchBucket".into()));
    for method in [Method::GET, Method::DELETE] {
        let answer = mine.send(&cloud, method, "", &[], b"").await;
        assert_eq!(answer.refusal(), (403, "AccessDenied".into()));
    }
    let bucket = Pass { key: String::new(), ..mine.clone() };
    let answer = bucket.send(&cloud, Method::GET, "uploads", &[], b"").await;
    assert_eq!(answer.refusal(), (403, "AccessDenied".into()));
    let missing = mine.send(&cloud, Method::HEAD, "", &[], b"").await;
    assert_eq!(missing.refusal(), (404, "NoSuchKey".into()));
    assert!(missing.body.is_empty() && !missing.header("x-oss-err").is_empty());
}

#[tokio::test]
async fn the_bucket_may_stand_in_the_host() {
    let cloud = sandbox().await;
    let pass = Pass::video(&cloud).await;
    let host = format!("{}.oss-cn-shanghai.aliyuncs.com", pass.bucket);
    let uri = format!("/{}", pass.key.replace('/', "%2F"));
    let mut head = crate::client::head(Method::PUT, &uri, &[("host", &host)]);
    pass.sign1(&mut head);
    let answer = crate::client::send(&cloud.endpoint(), head, b"x".to_vec()).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(cloud.objects()[0].key, pass.key);
}
