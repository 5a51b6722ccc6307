//! The V1 header signature of OSS (HMAC-SHA1), the fallback. Never reads a body.

use http::{HeaderName, header, request::Parts};
use jiff::Timestamp;

use crate::{Claim, Credential, Refusal, Secret, digest, encode::parse_query, field, put, time};

const DATE: HeaderName = HeaderName::from_static("x-oss-date");
const TOKEN: HeaderName = HeaderName::from_static("x-oss-security-token");

/// Adds `x-oss-date`, the token and `Authorization: OSS id:signature`.
///
/// `key` is the object's name as it is, not encoded; empty for a call on the bucket. Errors if the
/// credential cannot stand in a header.
pub fn sign(
    head: &mut Parts,
    bucket: &str,
    key: &str,
    credential: &Credential,
    now: Timestamp,
) -> Result<(), Refusal> {
    put(&mut head.headers, DATE, &time::http(now), "date", false)?;
    if let Some(token) = &credential.token {
        put(&mut head.headers, TOKEN, token.expose(), "SecurityToken", true)?;
    }
    let text = string_to_sign(head, bucket, key)?;
    let signature = digest::hmac1_base64(credential.secret.expose().as_bytes(), text.as_bytes());
    let line = format!("OSS {}:{signature}", credential.id);
    put(&mut head.headers, header::AUTHORIZATION, &line, "AccessKeyId", true)
}

/// What the head says of itself, before the secret is known.
pub fn claim(head: &Parts) -> Result<Claim, Refusal> {
    let (id, _) = authorization(head)?;
    let at = time::parse_http(&date(head)?).ok_or(Refusal::Malformed("date"))?;
    let token = field(&head.headers, TOKEN.as_str());
    Ok(Claim { id, at, nonce: None, token, region: None })
}

/// Recomputes the signature from what arrived, dated by `x-oss-date` or by `Date`.
pub fn verify(head: &Parts, bucket: &str, key: &str, secret: &Secret) -> Result<Claim, Refusal> {
    let claim = claim(head)?;
    let (_, signature) = authorization(head)?;
    let text = string_to_sign(head, bucket, key)?;
    digest::check1_base64(secret.expose().as_bytes(), &text, &signature)?;
    Ok(claim)
}

fn authorization(head: &Parts) -> Result<(String, String), Refusal> {
    let line = field(&head.headers, "authorization").ok_or(Refusal::Missing("Authorization"))?;
    let pair = line.strip_prefix("OSS ").and_then(|rest| rest.split_once(':'));
    let (id, signature) = pair.ok_or(Refusal::Malformed("Authorization"))?;
    Ok((id.to_owned(), signature.to_owned()))
}

fn date(head: &Parts) -> Result<String, Refusal> {
    field(&head.headers, DATE.as_str())
        .or_else(|| field(&head.headers, "date"))
        .ok_or(Refusal::Missing("date"))
}

fn string_to_sign(head: &Parts, bucket: &str, key: &str) -> Result<String, Refusal> {
    let mut names: Vec<&str> =
        head.headers.keys().map(HeaderName::as_str).filter(|n| n.starts_with("x-oss-")).collect();
    names.sort_unstable();
    let mut lines = String::new();
    for name in names {
        let value = field(&head.headers, name).ok_or(Refusal::Malformed("an x-oss header"))?;
        lines.extend([name, ":", value.as_str(), "\n"]);
    }
    Ok(format!(
        "{}\n{}\n{}\n{}\n{lines}{}",
        head.method,
        field(&head.headers, "content-md5").unwrap_or_default(),
        field(&head.headers, "content-type").unwrap_or_default(),
        date(head)?,
        resource(head, bucket, key),
    ))
}

/// The raw name of the object and, of the query, only the sub-resources V1 knows; nothing encoded.
fn resource(head: &Parts, bucket: &str, key: &str) -> String {
    let mut parameters = parse_query(head.uri.query().unwrap_or_default());
    parameters.retain(|(name, _)| SUBRESOURCES.contains(&name.as_str()));
    parameters.sort();
    let pairs: Vec<_> = parameters
        .into_iter()
        .map(|(name, value)| if value.is_empty() { name } else { format!("{name}={value}") })
        .collect();
    let mark = if pairs.is_empty() { "" } else { "?" };
    format!("/{bucket}/{key}{mark}{}", pairs.join("&"))
}

/// OSS: the query parameters that V1 signs, as the vendor's Python SDK lists them.
const SUBRESOURCES: &[&str] = &[
    "accessPoint",
    "accessPointPolicy",
    "acl",
    "append",
    "asyncFetch",
    "bucketArchiveDirectRead",
    "bucketInfo",
    "callback",
    "callback-var",
    "cname",
    "comp",
    "continuation-token",
    "cors",
    "delete",
    "encryption",
    "endTime",
    "group",
    "httpsConfig",
    "inventory",
    "inventoryId",
    "lifecycle",
    "link",
    "live",
    "location",
    "logging",
    "metaQuery",
    "objectInfo",
    "objectMeta",
    "partNumber",
    "policy",
    "position",
    "publicAccessBlock",
    "qos",
    "qosInfo",
    "qosRequester",
    "redundancyTransition",
    "referer",
    "regionList",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "requestPayment",
    "requesterQosInfo",
    "resourceGroup",
    "resourcePool",
    "resourcePoolBuckets",
    "resourcePoolInfo",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "security-token",
    "sequential",
    "startTime",
    "stat",
    "status",
    "style",
    "styleName",
    "symlink",
    "tagging",
    "transferAcceleration",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "vod",
    "website",
    "worm",
    "wormExtend",
    "wormId",
    "x-oss-ac-forward-allow",
    "x-oss-ac-source-ip",
    "x-oss-ac-subnet-mask",
    "x-oss-ac-vpc-id",
    "x-oss-access-point-name",
    "x-oss-async-process",
    "x-oss-process",
    "x-oss-redundancy-transition-taskid",
    "x-oss-request-payer",
    "x-oss-target-redundancy-type",
    "x-oss-traffic-limit",
    "x-oss-write-get-object-response",
];
