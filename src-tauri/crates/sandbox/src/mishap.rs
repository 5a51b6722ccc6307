//! What weather does to an answer on its way out. Knows no rule of the cloud.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::request::Parts;
use vodlift_sign::{oss1, oss4};

use crate::line::Line;
use crate::reply::Reply;
use crate::server::Cloud;
use crate::weather::Effect;

/// Ends the credential a request of OSS was signed with, `within` some time.
pub(crate) fn expire(cloud: &Cloud, head: &Parts, within: Duration) {
    let Ok(claim) = oss4::claim(head).or_else(|_| oss1::claim(head)) else { return };
    let at = cloud.clock.now_ms() + i64::try_from(within.as_millis()).unwrap_or(i64::MAX / 2);
    let mut books = cloud.store.books();
    if let Some(mut pass) = books.passes.get(&claim.id).cloned() {
        pass.expires_ms = at;
        books.put_pass(pass);
    }
}

/// The page of a network that wants its terms accepted first.
pub(crate) fn portal(status: u16) -> Reply {
    let page = "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body><h1>Please accept \
                the terms to use this network</h1></body></html>";
    Reply::text(status, "text/html; charset=utf-8", page)
}

/// What the gateway in front of the cloud says when the cloud does not answer it.
pub(crate) fn gateway(host: &str) -> Reply {
    let xml = format!(
        "<?xml version='1.0' encoding='UTF-8'?><Error><RequestId>00000000-0000-0000-0000-\
         000000000000</RequestId><HostId>{host}</HostId><Code>ServiceUnavailable</Code>\
         <Message>The request has failed due to a temporary failure of the server.</Message></Error>"
    );
    Reply::text(502, "text/xml;charset=utf-8", xml)
}

/// The web server in front of the gateway, to an address it finds too long.
pub(crate) fn long_query() -> Reply {
    let page = "<html>\r\n<head><title>414 Request-URI Too Large</title></head>\r\n<body>\r\n\
                <center><h1>414 Request-URI Too Large</h1></center>\r\n<hr><center>tengine</center>\
                \r\n</body>\r\n</html>\r\n";
    Reply::text(414, "text/html", page)
}

/// To `to`, or to a place on loopback where nobody listens.
pub(crate) fn elsewhere(to: Option<&str>) -> Reply {
    Reply::empty(307).with("location", to.unwrap_or("http://127.0.0.1:1/elsewhere"))
}

/// Falsifies what the answer says of the bytes.
pub(crate) fn twist(effect: Option<&Effect>, reply: &mut Reply) {
    match effect {
        Some(Effect::WrongCrc) => reply.set("x-oss-hash-crc64ecma", "1".into()),
        Some(Effect::WrongEtag) => {
            let wrong = format!("\"{}\"", "0".repeat(32));
            if let Some((_, right)) = reply.headers.iter().find(|(name, _)| *name == "etag") {
                let escaped = |it: &str| it.replace('"', "&quot;");
                let body = String::from_utf8_lossy(&reply.body);
                reply.body = body.replace(&escaped(right), &escaped(&wrong)).into_bytes();
            }
            reply.set("etag", wrong);
        }
        Some(_) | None => {}
    }
}

/// Length the answer claims.
pub(crate) fn length(effect: Option<&Effect>, real: usize) -> u64 {
    let real = u64::try_from(real).unwrap_or(u64::MAX);
    match effect {
        // Half of nothing is nothing, but something was promised.
        Some(Effect::Half) => real.max(64),
        Some(Effect::Huge { bytes }) => *bytes,
        Some(_) | None => real,
    }
}

/// The body as it really goes out.
pub(crate) fn body(effect: Option<&Effect>, whole: Vec<u8>, line: &Line) -> Body {
    const CHUNK: u64 = 256 * 1024;
    match effect {
        Some(Effect::Half) => {
            let half = Bytes::copy_from_slice(&whole[..whole.len() / 2]);
            let line = line.clone();
            let cut = stream::once(async move {
                // What was sent must arrive before the connection ends.
                tokio::time::sleep(Duration::from_millis(30)).await;
                line.cut();
                Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted))
            });
            Body::from_stream(stream::iter([Ok(half)]).chain(cut))
        }
        Some(Effect::Huge { bytes }) => {
            let chunk = Bytes::from(vec![b' '; 256 * 1024]);
            let sizes = (0..bytes.div_ceil(CHUNK)).map({
                let bytes = *bytes;
                move |at| usize::try_from(CHUNK.min(bytes - at * CHUNK)).unwrap_or(0)
            });
            let chunks = sizes.map(move |size| Ok::<_, std::io::Error>(chunk.slice(..size)));
            Body::from_stream(stream::iter(chunks.collect::<Vec<_>>()))
        }
        Some(Effect::Slow { time }) => {
            let pieces: Vec<Bytes> =
                whole.chunks(whole.len().div_ceil(10).max(1)).map(Bytes::copy_from_slice).collect();
            let pause = *time / u32::try_from(pieces.len().max(1)).unwrap_or(1);
            let slowly = stream::iter(pieces).then(move |piece| async move {
                tokio::time::sleep(pause).await;
                Ok::<_, std::io::Error>(piece)
            });
            Body::from_stream(slowly)
        }
        Some(_) | None => Body::from(whole),
    }
}
