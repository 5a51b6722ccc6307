//! OSS4-HMAC-SHA256, the signature of OSS. Knows nothing of OpenAPI, and never reads a body.

use http::{HeaderName, header, request::Parts};
use jiff::Timestamp;

use crate::{
    Claim, Credential, Refusal, Secret, digest,
    encode::{canonical_query_oss, parse_query, percent_path},
    field, named, parameters, put, time,
};

const SCHEME: &str = "OSS4-HMAC-SHA256";
const DATE: HeaderName = HeaderName::from_static("x-oss-date");
const HASH: HeaderName = HeaderName::from_static("x-oss-content-sha256");
const TOKEN: HeaderName = HeaderName::from_static("x-oss-security-token");
const END: &str = "oss/aliyun_v4_request";

/// Adds `x-oss-date`, `x-oss-content-sha256: UNSIGNED-PAYLOAD`, the token and `Authorization`.
///
/// `key` is the object's name as it is, not encoded; empty for a call on the bucket. `region` is
/// `cn-shanghai`, never `oss-cn-shanghai`. Nothing may add or change `Content-Type`, `Content-MD5`
/// or an `x-oss-*` header afterwards. Errors if the credential cannot stand in a header.
pub fn sign(
    head: &mut Parts,
    bucket: &str,
    key: &str,
    region: &str,
    credential: &Credential,
    now: Timestamp,
) -> Result<(), Refusal> {
    let date = time::compact(now);
    let headers = &mut head.headers;
    put(headers, DATE, &date, "date", false)?;
    put(headers, HASH, "UNSIGNED-PAYLOAD", "hash", false)?;
    if let Some(token) = &credential.token {
        put(headers, TOKEN, token.expose(), "SecurityToken", true)?;
    }
    let scope = format!("{}/{region}/{END}", day(&date));
    let text = string_to_sign(head, bucket, key, &date, &scope, &[])?;
    let signing = signing_key(&credential.secret, day(&date), region);
    let signature = digest::hex(&digest::hmac256(&signing, text.as_bytes()));
    let line = format!("{SCHEME} Credential={}/{scope},Signature={signature}", credential.id);
    put(&mut head.headers, header::AUTHORIZATION, &line, "AccessKeyId", true)
}

/// What the head says of itself, before the secret is known.
pub fn claim(head: &Parts) -> Result<Claim, Refusal> {
    let line = field(&head.headers, "authorization").ok_or(Refusal::Missing("Authorization"))?;
    let list = parameters(&line, SCHEME).ok_or(Refusal::Malformed("Authorization"))?;
    let credential = named(&list, "Credential").ok_or(Refusal::Missing("Credential"))?;
    let date = field(&head.headers, DATE.as_str()).ok_or(Refusal::Missing("x-oss-date"))?;
    let at = time::parse_compact(&date).ok_or(Refusal::Malformed("x-oss-date"))?;
    // An AccessKeyId has no slash; the scope is its last four fields.
    let fields: Vec<&str> = credential.split('/').collect();
    let &[id, scope_day, region, "oss", "aliyun_v4_request"] = fields.as_slice() else {
        return Err(Refusal::Malformed("Credential"));
    };
    if scope_day != day(&date) {
        return Err(Refusal::Malformed("Credential"));
    }
    let token = field(&head.headers, TOKEN.as_str());
    Ok(Claim { id: id.to_owned(), at, nonce: None, token, region: Some(region.to_owned()) })
}

/// Recomputes the signature from what arrived. Takes both spellings of `Authorization` in use: with
/// and without a space behind the commas, `AdditionalHeaders` before or behind `Signature`.
pub fn verify(head: &Parts, bucket: &str, key: &str, secret: &Secret) -> Result<Claim, Refusal> {
    let claim = claim(head)?;
    let line = field(&head.headers, "authorization").ok_or(Refusal::Missing("Authorization"))?;
    let list = parameters(&line, SCHEME).ok_or(Refusal::Malformed("Authorization"))?;
    let signature = named(&list, "Signature").ok_or(Refusal::Missing("Signature"))?;
    let additional: Vec<&str> = named(&list, "AdditionalHeaders")
        .map(|names| names.split(';').filter(|name| !name.is_empty()).collect())
        .unwrap_or_default();
    let date = field(&head.headers, DATE.as_str()).ok_or(Refusal::Missing("x-oss-date"))?;
    let region = claim.region.as_deref().unwrap_or_default();
    let scope = format!("{}/{region}/{END}", day(&date));
    let text = string_to_sign(head, bucket, key, &date, &scope, &additional)?;
    digest::check256_hex(&signing_key(secret, day(&date), region), &text, signature)?;
    Ok(claim)
}

/// The `YYYYMMDD` of `20260102T030405Z`.
fn day(date: &str) -> &str {
    date.split('T').next().unwrap_or_default()
}

fn signing_key(secret: &Secret, day: &str, region: &str) -> Vec<u8> {
    let first = Secret::new(format!("aliyun_v4{}", secret.expose()));
    [day, region, "oss", "aliyun_v4_request"]
        .iter()
        .fold(first.expose().as_bytes().to_vec(), |key, part| {
            digest::hmac256(&key, part.as_bytes())
        })
}

fn string_to_sign(
    head: &Parts,
    bucket: &str,
    key: &str,
    date: &str,
    scope: &str,
    additional: &[&str],
) -> Result<String, Refusal> {
    let signed_anyway =
        |name: &str| name.starts_with("x-oss-") || name == "content-type" || name == "content-md5";
    let mut more: Vec<String> = additional
        .iter()
        .map(|name| name.to_ascii_lowercase())
        .filter(|name| !signed_anyway(name))
        .collect();
    more.sort();
    let mut names: Vec<String> = head
        .headers
        .keys()
        .map(HeaderName::as_str)
        .filter(|name| signed_anyway(name))
        .map(str::to_owned)
        .collect();
    names.extend(more.iter().cloned());
    names.sort();
    let mut lines = String::new();
    for name in &names {
        let value = field(&head.headers, name).ok_or(Refusal::Missing("a signed header"))?;
        lines.extend([name.as_str(), ":", value.as_str(), "\n"]);
    }
    let hash =
        field(&head.headers, HASH.as_str()).ok_or(Refusal::Missing("x-oss-content-sha256"))?;
    let request = format!(
        "{}\n{}\n{}\n{lines}\n{}\n{hash}",
        head.method,
        percent_path(&format!("/{bucket}/{key}")),
        canonical_query_oss(&parse_query(head.uri.query().unwrap_or_default())),
        more.join(";"),
    );
    Ok(format!("{SCHEME}\n{date}\n{scope}\n{}", digest::sha256_hex(request.as_bytes())))
}
