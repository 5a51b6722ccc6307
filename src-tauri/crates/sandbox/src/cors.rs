//! What a browser asks before and after a request to another origin. Knows no action and no verb.

use http::request::Parts;

use crate::gate::header;
use crate::reply::Reply;

/// What VOD's buckets and the gateway of the API let a page read.
const EXPOSED: &str = "ETag, Date, x-oss-request-id, x-oss-hash-crc64ecma, x-oss-server-time, x-oss-ec, \
                       x-oss-err, x-acs-request-id";

/// Whether a browser asks if it may.
pub(crate) fn is_preflight(head: &Parts) -> bool {
    head.method == http::Method::OPTIONS
        && !header(head, "origin").is_empty()
        && !header(head, "access-control-request-method").is_empty()
}

/// It may: the rule VOD puts on its buckets allows every origin, method and header.
pub(crate) fn preflight(head: &Parts) -> Reply {
    let asked = header(head, "access-control-request-headers");
    let reply = Reply::empty(200)
        .with("access-control-allow-methods", "GET, PUT, POST, DELETE, HEAD")
        .with("access-control-max-age", "0");
    if asked.is_empty() { reply } else { reply.with("access-control-allow-headers", asked) }
}

/// Headers of every answer to a page of another origin.
pub(crate) fn headers(head: &Parts) -> Vec<(&'static str, &'static str)> {
    if header(head, "origin").is_empty() {
        return Vec::new();
    }
    vec![
        ("access-control-allow-origin", "*"),
        ("access-control-expose-headers", EXPOSED),
        ("vary", "Origin"),
    ]
}
