//! ACS3-HMAC-SHA256, the signature of VOD's OpenAPI. Knows nothing of OSS.

use http::{HeaderName, header, request::Parts};
use jiff::Timestamp;

use crate::{
    Claim, Credential, Refusal, Secret, digest,
    encode::{canonical_query, parse_query},
    field, host, named, parameters, put, time,
};

const SCHEME: &str = "ACS3-HMAC-SHA256";
const ACTION: HeaderName = HeaderName::from_static("x-acs-action");
const VERSION: HeaderName = HeaderName::from_static("x-acs-version");
const DATE: HeaderName = HeaderName::from_static("x-acs-date");
const NONCE: HeaderName = HeaderName::from_static("x-acs-signature-nonce");
const HASH: HeaderName = HeaderName::from_static("x-acs-content-sha256");
const KEY_ID: HeaderName = HeaderName::from_static("x-acs-accesskey-id");
const TOKEN: HeaderName = HeaderName::from_static("x-acs-security-token");

/// Adds `host`, the `x-acs-*` headers and `Authorization`.
///
/// Signs the small set: `host`, `content-type` if there, every `x-acs-*`; proxies may rewrite others.
/// Errors if the address has no host or the credential cannot stand in a header.
pub fn sign(
    head: &mut Parts,
    action: &str,
    version: &str,
    body: &[u8],
    credential: &Credential,
    now: Timestamp,
    nonce: &str,
) -> Result<(), Refusal> {
    let host = host(&head.headers, &head.uri).ok_or(Refusal::Missing("host"))?;
    let headers = &mut head.headers;
    put(headers, header::HOST, &host, "host", false)?;
    put(headers, ACTION, action, "action", false)?;
    put(headers, VERSION, version, "version", false)?;
    put(headers, DATE, &time::iso(now), "date", false)?;
    put(headers, NONCE, nonce, "nonce", false)?;
    put(headers, HASH, &digest::sha256_hex(body), "hash", false)?;
    if let Some(token) = &credential.token {
        put(headers, KEY_ID, &credential.id, "AccessKeyId", false)?;
        put(headers, TOKEN, token.expose(), "SecurityToken", true)?;
    }
    let mut names: Vec<String> = headers
        .keys()
        .map(HeaderName::as_str)
        .filter(|name| *name == "host" || *name == "content-type" || name.starts_with("x-acs-"))
        .map(str::to_owned)
        .collect();
    names.sort();
    let text = string_to_sign(head, &names)?;
    let signature =
        digest::hex(&digest::hmac256(credential.secret.expose().as_bytes(), text.as_bytes()));
    let line = format!(
        "{SCHEME} Credential={},SignedHeaders={},Signature={signature}",
        credential.id,
        names.join(";"),
    );
    put(&mut head.headers, header::AUTHORIZATION, &line, "AccessKeyId", true)
}

/// What the head says of itself, before the secret is known.
pub fn claim(head: &Parts) -> Result<Claim, Refusal> {
    let line = field(&head.headers, "authorization").ok_or(Refusal::Missing("Authorization"))?;
    let list = parameters(&line, SCHEME).ok_or(Refusal::Malformed("Authorization"))?;
    let id = named(&list, "Credential").ok_or(Refusal::Missing("Credential"))?.to_owned();
    let date = field(&head.headers, DATE.as_str()).ok_or(Refusal::Missing("x-acs-date"))?;
    let at = time::parse_iso(&date).ok_or(Refusal::Malformed("x-acs-date"))?;
    let nonce = field(&head.headers, NONCE.as_str());
    let token = field(&head.headers, TOKEN.as_str());
    Ok(Claim { id, at, nonce, token, region: None })
}

/// Recomputes the signature over the headers the sender named, which must include the host, the
/// content type and every `x-acs-*` header that arrived.
pub fn verify(head: &Parts, body: &[u8], secret: &Secret) -> Result<Claim, Refusal> {
    let claim = claim(head)?;
    if claim.nonce.is_none() {
        return Err(Refusal::Missing("x-acs-signature-nonce"));
    }
    let line = field(&head.headers, "authorization").ok_or(Refusal::Missing("Authorization"))?;
    let list = parameters(&line, SCHEME).ok_or(Refusal::Malformed("Authorization"))?;
    let signature = named(&list, "Signature").ok_or(Refusal::Missing("Signature"))?;
    let names: Vec<String> = named(&list, "SignedHeaders")
        .ok_or(Refusal::Missing("SignedHeaders"))?
        .split(';')
        .map(str::to_owned)
        .collect();
    let must = head.headers.keys().map(HeaderName::as_str);
    for name in must.filter(|n| n.starts_with("x-acs-") || *n == "content-type").chain(["host"]) {
        if !names.iter().any(|signed| signed == name) {
            return Err(Refusal::Unsigned(name.to_owned()));
        }
    }
    let hash =
        field(&head.headers, HASH.as_str()).ok_or(Refusal::Missing("x-acs-content-sha256"))?;
    if hash != digest::sha256_hex(body) {
        return Err(Refusal::Body);
    }
    let text = string_to_sign(head, &names)?;
    digest::check256_hex(secret.expose().as_bytes(), &text, signature)?;
    Ok(claim)
}

fn string_to_sign(head: &Parts, names: &[String]) -> Result<String, Refusal> {
    let mut lines = String::new();
    for name in names {
        let value = if name == "host" {
            host(&head.headers, &head.uri)
        } else {
            field(&head.headers, name)
        };
        let value = value.ok_or(Refusal::Missing("a signed header"))?;
        lines.extend([name.as_str(), ":", value.as_str(), "\n"]);
    }
    let hash =
        field(&head.headers, HASH.as_str()).ok_or(Refusal::Missing("x-acs-content-sha256"))?;
    let path = if head.uri.path().is_empty() { "/" } else { head.uri.path() };
    let request = format!(
        "{}\n{path}\n{}\n{lines}\n{}\n{hash}",
        head.method,
        canonical_query(&parse_query(head.uri.query().unwrap_or_default())),
        names.join(";"),
    );
    Ok(format!("{SCHEME}\n{}", digest::sha256_hex(request.as_bytes())))
}
