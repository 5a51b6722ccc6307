//! OSS's answers, decent and not, over a real socket.

use std::{error::Error as _, io, time::Duration};

use crate::wire::{Reply, SECRET, TOKEN, Wire, answer, client, key, now, transport};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use vodlift_cloud::{Address, Client, Error, Kind, Pass, Signature, Transport};
use vodlift_sign::{oss1, oss4};

const OBJECT: &str = "sv/视频 1/a+b~c*d!.mp4";
const CRC: &str = "x-oss-hash-crc64ecma: 11051210869376104954";
const ID: &str = "x-oss-request-id: O1";

fn address(wire: &Wire) -> Address {
    Address::new(&wire.url(), "outin-1", OBJECT).unwrap()
}

fn pass() -> Pass {
    let mut pass = Pass::new(key());
    pass.region = Some("cn-shanghai".to_owned());
    pass
}

fn chunks(text: &'static str) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send {
    stream::iter(text.as_bytes().chunks(4).map(|chunk| Ok(Bytes::from_static(chunk))))
}

async fn put(client: &Client, wire: &Wire) -> Result<vodlift_cloud::Stored, Error> {
    client.put_part(&address(wire), &pass(), "U", 3, 9, chunks("123456789")).await
}

async fn refused(reply: Reply) -> Error {
    let wire = Wire::new(vec![reply]);
    let error = put(&client(), &wire).await.unwrap_err();
    assert_eq!(error.operation, "UploadPart");
    let said = format!("{error} {error:?} {:?}", error.source());
    for secret in [SECRET, TOKEN, "CAIS", "uploadId"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
    error
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_goes_out_as_it_should() {
    for signature in [Signature::V4, Signature::V1] {
        let wire = Wire::new(vec![answer("200 OK", &["ETag: \"E\"", CRC, ID], "")]);
        let client = Client::new(Transport { oss_signature: signature, ..transport() });
        let stored = put(&client, &wire).await.unwrap();
        assert_eq!(stored.etag, "\"E\"");
        assert_eq!(stored.crc64, Some(11_051_210_869_376_104_954));
        assert_eq!(stored.request_id.as_deref(), Some("O1"));
        let seen = wire.seen();
        assert_eq!(seen.body, b"123456789");
        assert_eq!(seen.header("content-length"), Some("9"));
        assert_eq!(seen.header("transfer-encoding"), None);
        assert_eq!(seen.header("content-type"), None);
        assert_eq!(seen.header("x-oss-security-token"), Some(TOKEN));
        let path = "/outin-1/sv/%E8%A7%86%E9%A2%91%201/a%2Bb~c%2Ad%21.mp4?partNumber=3&uploadId=U";
        assert_eq!(seen.head.uri, path);
        let secret = key().secret;
        let claim = match signature {
            Signature::V4 => oss4::verify(&seen.head, "outin-1", OBJECT, &secret).unwrap(),
            Signature::V1 => oss1::verify(&seen.head, "outin-1", OBJECT, &secret).unwrap(),
        };
        assert_eq!(claim.at, now());
        wire.finish();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_object_carries_its_type_and_md5() {
    let wire = Wire::new(vec![answer("200 OK", &["ETag: \"E\""], "")]);
    let (md5, body) = ("JfnnlDI7RTiF9RgfG2JNCw==", chunks("123456789"));
    let stored =
        client().put_object(&address(&wire), &pass(), 9, "video/mp4", Some(md5), body).await;
    assert_eq!(stored.unwrap().crc64, None);
    let seen = wire.seen();
    assert_eq!(seen.header("content-md5"), Some(md5));
    assert_eq!(seen.header("content-type"), Some("video/mp4"));
    oss4::verify(&seen.head, "outin-1", OBJECT, &key().secret).unwrap();
    wire.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_is_opened_listed_and_completed() {
    let part = |n: u16| {
        format!(
            "<Part><PartNumber>{n}</PartNumber><LastModified>x</LastModified><ETag>&quot;E{n}&quot;</ETag><Size>{n}00</Size><HashCrc64ecma>{n}</HashCrc64ecma></Part>"
        )
    };
    let list = |parts: &str, more: bool, next: u16| {
        format!(
            "<?xml version=\"1.0\"?>\n<ListPartsResult xmlns=\"http://doc.oss-cn-hangzhou.aliyuncs.com\"><Bucket>b</Bucket><Key>k</Key><NextPartNumberMarker>{next}</NextPartNumberMarker><IsTruncated>{more}</IsTruncated>{parts}</ListPartsResult>"
        )
    };
    let done = "<CompleteMultipartUploadResult><Location>l</Location><Bucket>b</Bucket><Key>k</Key><ETag>\"E-2\"</ETag></CompleteMultipartUploadResult>";
    let wire = Wire::new(vec![
        answer(
            "200 OK",
            &[ID],
            "<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId> U1\n</UploadId></InitiateMultipartUploadResult>",
        ),
        answer("200 OK", &[ID], &list(&(part(1) + &part(2)), true, 2)),
        answer("200 OK", &[ID], &list("", false, 0)),
        answer("200 OK", &[ID], &list("", true, 2)),
        answer("200 OK", &[ID, CRC], done),
        answer("204 No Content", &[ID], ""),
    ]);
    let (client, address, pass) = (client(), address(&wire), pass());
    let upload = client.initiate(&address, &pass, "video/mp4").await.unwrap();
    assert_eq!(upload, "U1");
    let seen = wire.seen();
    assert_eq!(seen.head.uri.query(), Some("uploads"));
    assert_eq!(
        (seen.header("content-length"), seen.header("content-type")),
        (Some("0"), Some("video/mp4"))
    );
    let page = client.list_parts(&address, &pass, &upload, 0).await.unwrap();
    assert_eq!(page.next, Some(2));
    assert_eq!((page.parts[1].number, page.parts[1].size, page.parts[1].crc64), (2, 200, Some(2)));
    assert_eq!(page.parts[1].etag, "\"E2\"");
    assert_eq!(wire.seen().head.uri.query(), Some("max-parts=1000&uploadId=U1"));
    let page = client.list_parts(&address, &pass, &upload, 2).await.unwrap();
    assert_eq!((page.next, page.parts.len()), (None, 0));
    assert_eq!(
        wire.seen().head.uri.query(),
        Some("max-parts=1000&part-number-marker=2&uploadId=U1")
    );
    let stuck = client.list_parts(&address, &pass, &upload, 2).await.unwrap_err();
    assert_eq!(stuck.kind, Kind::Shape);
    wire.seen();
    let parts = [(1, "\"E1\""), (2, "E2")];
    let stored = client.complete(&address, &pass, &upload, &parts).await.unwrap();
    assert_eq!(stored.etag, "\"E-2\"");
    assert_eq!(stored.crc64, Some(11_051_210_869_376_104_954));
    let body = String::from_utf8(wire.seen().body).unwrap();
    assert_eq!(
        body,
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"E1\"</ETag></Part><Part><PartNumber>2</PartNumber><ETag>\"E2\"</ETag></Part></CompleteMultipartUpload>"
    );
    client.abort(&address, &pass, &upload).await.unwrap();
    assert_eq!(wire.seen().head.method, "DELETE");
    wire.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_in_xml() {
    let body = format!(
        "<Error><Code>SecurityTokenExpired</Code><Message>The token {TOKEN} is over</Message>\
         <RequestId>O2</RequestId><EC>0002-00000007</EC><StringToSign>{TOKEN}</StringToSign></Error>"
    );
    let error = refused(answer("403 Forbidden", &[ID], &body)).await;
    assert_eq!(error.kind, Kind::Status);
    assert_eq!(error.code.as_deref(), Some("SecurityTokenExpired"));
    assert_eq!(error.ec.as_deref(), Some("0002-00000007"));
    assert_eq!(error.request_id.as_deref(), Some("O2"));
    assert_eq!(error.message.as_deref(), Some("The token ••• is over"));

    let busy = "<Error><Code>UploadTrafficRateLimitExceeded</Code></Error>";
    let error = refused(answer("503 Busy", &["x-oss-qos-delay-time: 250"], busy)).await;
    assert!(error.throttled());
    assert_eq!(error.retry_after, Some(Duration::from_millis(250)));

    let skewed = "<Error><Code>RequestTimeTooSkewed</Code><ServerTime>2026-01-02T05:04:05.000Z</ServerTime></Error>";
    let error = refused(answer("403 Forbidden", &[], skewed)).await;
    assert!(error.clock());
    assert_eq!(error.server_time, Some("2026-01-02T05:04:05Z".parse().unwrap()));

    let half = "<Error><Code>InternalError</Code><Mess";
    assert_eq!(refused(answer("500 Oops", &[], half)).await.status, Some(500));
    assert_eq!(refused(answer("504 Gateway Timeout", &[], "gateway")).await.kind, Kind::Status);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_region_is_known_and_no_region_is_read_out_of_it() {
    for body in [
        "<Error><Code>InvalidArgument</Code><Message>Invalid signing region in Authorization header.</Message><EC>0002-00000226</EC><Region>oss-cn-beijing</Region></Error>",
        "<Error><Code>InvalidArgument</Code><Message>Invalid signing region 'cn-shanghai', expected 'cn-beijing'.</Message><EC>0002-00000228</EC></Error>",
        "<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message><EC>0002-00000715</EC><StringToSign>OSS4-HMAC-SHA256\n20260102T030405Z\n20260102/cn-beijing/oss/aliyun_v4_request\nabc</StringToSign></Error>",
    ] {
        let error = refused(answer("403 Forbidden", &[], body)).await;
        assert!(error.wrong_region());
        assert!(!error.signature_unknown(), "{body}");
    }
    let moved = "<Error><Code>AccessDenied</Code><Message>The bucket must be addressed using the specified endpoint.</Message><Endpoint>oss-cn-beijing.aliyuncs.com</Endpoint></Error>";
    let error = refused(answer("403 Forbidden", &[], moved)).await;
    assert_eq!(error.endpoint.as_deref(), Some("oss-cn-beijing.aliyuncs.com"));
    let error = refused(answer("307 Elsewhere", &["Location: https://x/"], moved)).await;
    assert_eq!(error.kind, Kind::Redirect);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_no_success() {
    assert_eq!(
        refused(answer("200 OK", &["Content-Type: text/html"], "<html>hi</html>")).await.kind,
        Kind::Portal
    );
    assert_eq!(refused(answer("200 OK", &[ID], "")).await.kind, Kind::Shape); // no ETag
    assert_eq!(refused(Reply::Hang).await.kind, Kind::Cut);
    assert_eq!(refused(Reply::Flood).await.kind, Kind::TooLarge);
    let complete = |body: &'static str| async move {
        let wire = Wire::new(vec![answer("200 OK", &[ID], body)]);
        client().complete(&address(&wire), &pass(), "U", &[(1, "E")]).await.unwrap_err()
    };
    let error = complete("<Error><Code>InternalError</Code><Message>m</Message></Error>").await;
    assert_eq!((error.kind, error.code.as_deref()), (Kind::Status, Some("InternalError")));
    for body in [
        "",
        "<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>",
        "<CompleteMultipartUploadResult>",
        "<X><ETag>\"E\"</ETag></X>",
    ] {
        assert_eq!(complete(body).await.kind, Kind::Shape, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_answer_is_not_quoted_with_its_secrets() {
    let body = format!("<ListPartsResult><Odd{SECRET}<{TOKEN}></ListPartsResult>");
    let wire = Wire::new(vec![answer("200 OK", &[ID], &body)]);
    let error = client().list_parts(&address(&wire), &pass(), "U", 0).await.unwrap_err();
    assert_eq!(error.kind, Kind::Shape);
    let said = format!("{error:?}");
    assert!(said.contains("Odd•••") && !said.contains(SECRET) && !said.contains(TOKEN), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_at_the_object() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let hidden = STANDARD.encode("<Error><Code>AccessDenied</Code><Message>m</Message></Error>");
    let hidden = format!("x-oss-err: {hidden}");
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 987654321\r\nETag: \"E\"\r\n\
        x-oss-hash-crc64ecma: 42\r\n\r\n";
    let wire = Wire::new(vec![
        Reply::Raw(head.as_bytes().to_vec()),
        answer("403 Forbidden", &[&hidden, "x-oss-ec: 0003-00000001"], ""),
        answer("404 Not Found", &[ID], ""),
    ]);
    let (client, address, pass) = (client(), address(&wire), pass());
    let object = client.head(&address, &pass).await.unwrap();
    assert_eq!((object.size, object.crc64), (987_654_321, Some(42)));
    assert_eq!(wire.seen().head.method, "HEAD");
    let error = client.head(&address, &pass).await.unwrap_err();
    assert_eq!(error.code.as_deref(), Some("AccessDenied"));
    assert_eq!(error.ec.as_deref(), Some("0003-00000001"));
    let error = client.head(&address, &pass).await.unwrap_err();
    assert_eq!((error.kind, error.status), (Kind::Status, Some(404)));
    assert_eq!(error.request_id.as_deref(), Some("O1"));
}

fn hasty() -> Client {
    let idle = Duration::from_millis(600);
    Client::new(Transport { connect_timeout: idle, idle_timeout: idle, ..transport() })
}

const LONG: usize = 48 * 1024 * 1024;

fn long_body() -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send {
    let chunk = Bytes::from(vec![7; 256 * 1024]);
    stream::repeat_with(move || Ok(chunk.clone())).take(LONG / (256 * 1024))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_is_not_dead() {
    // The wire takes far longer than the idle time, but never stands still for so long.
    let Reply::Raw(fine) = answer("200 OK", &["ETag: \"E\""], "") else { return };
    let wire = Wire::new(vec![Reply::Slowly(256 * 1024, fine)]);
    let (client, address) = (hasty(), address(&wire));
    let begun = std::time::Instant::now();
    client.put_part(&address, &pass(), "U", 1, LONG as u64, long_body()).await.unwrap();
    assert!(begun.elapsed() > Duration::from_millis(1_200), "the wire was not slow at all");
    assert_eq!(wire.seen().body.len(), LONG);
    wire.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_may_take_its_time() {
    let wire = Wire::new(vec![answer("200 OK", &["ETag: \"E\""], "")]);
    let body = chunks("123456789").then(|chunk| async {
        tokio::time::sleep(Duration::from_millis(800)).await; // longer than the idle time
        chunk
    });
    let done = hasty().put_part(&address(&wire), &pass(), "U", 1, 9, body).await;
    assert_eq!(done.unwrap().etag, "\"E\"");
    wire.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wire_that_stands_still() {
    let wire = Wire::new(vec![Reply::Silence]);
    let done = hasty().put_part(&address(&wire), &pass(), "U", 1, LONG as u64, long_body()).await;
    assert_eq!(done.unwrap_err().kind, Kind::Timeout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_before_the_body_is_through() {
    let Reply::Raw(no) = answer("403 Forbidden", &[], "<Error><Code>AccessDenied</Code></Error>")
    else {
        return;
    };
    let wire = Wire::new(vec![Reply::Early(no)]);
    let done = client().put_part(&address(&wire), &pass(), "U", 1, LONG as u64, long_body()).await;
    // The answer if it made it through, else a cut: never a success and never a hang.
    let error = done.unwrap_err();
    assert!(matches!(error.kind, Kind::Status | Kind::Cut), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_fails() {
    let failing = || {
        let first = Ok(Bytes::from_static(b"1234"));
        stream::iter([first, Err(io::Error::new(io::ErrorKind::NotFound, "gone"))])
    };
    let wire = Wire::new(vec![Reply::Early(Vec::new())]);
    let error =
        client().put_part(&address(&wire), &pass(), "U", 1, 9, failing()).await.unwrap_err();
    assert_eq!(error.kind, Kind::Body);
    let cause = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(cause.kind(), io::ErrorKind::NotFound);

    for (length, kind) in [(10, io::ErrorKind::UnexpectedEof), (5, io::ErrorKind::Other)] {
        let wire = Wire::new(vec![Reply::Early(Vec::new())]);
        let body = chunks("123456789");
        let done = client().put_part(&address(&wire), &pass(), "U", 1, length, body).await;
        let error = done.unwrap_err();
        assert_eq!(error.kind, Kind::Body, "{length}");
        let cause = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
        assert_eq!(cause.kind(), kind);
    }
}
