//! The RPC signature 1.0 (HMAC-SHA1) of VOD's OpenAPI, the fallback. Works on parameters, not headers.

use http::Method;
use jiff::Timestamp;

use crate::{
    Claim, Credential, Refusal, Secret, digest,
    encode::{canonical_query, percent},
    time,
};

/// Adds the common parameters and `Signature`; `Action` and `Version` are the caller's.
///
/// The result may travel in the query or as a form body.
pub fn sign(
    method: &Method,
    parameters: &mut Vec<(String, String)>,
    credential: &Credential,
    now: Timestamp,
    nonce: &str,
) {
    let common = [
        ("Format", "JSON"),
        ("AccessKeyId", &credential.id),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("SignatureNonce", nonce),
        ("Timestamp", &time::iso(now)),
    ];
    parameters.retain(|(name, _)| {
        name != "Signature" && name != "SecurityToken" && !common.iter().any(|(own, _)| own == name)
    });
    parameters.extend(common.map(|(name, value)| (name.to_owned(), value.to_owned())));
    if let Some(token) = &credential.token {
        parameters.push(("SecurityToken".to_owned(), token.expose().to_owned()));
    }
    let text = string_to_sign(method, parameters);
    let signature =
        digest::hmac1_base64(key(&credential.secret).expose().as_bytes(), text.as_bytes());
    parameters.push(("Signature".to_owned(), signature));
}

/// What the parameters say of themselves, before the secret is known.
pub fn claim(parameters: &[(String, String)]) -> Result<Claim, Refusal> {
    let id = find(parameters, "AccessKeyId").ok_or(Refusal::Missing("AccessKeyId"))?.to_owned();
    let date = find(parameters, "Timestamp").ok_or(Refusal::Missing("Timestamp"))?;
    let at = time::parse_iso(date).ok_or(Refusal::Malformed("Timestamp"))?;
    let nonce = find(parameters, "SignatureNonce").map(str::to_owned);
    let token = find(parameters, "SecurityToken").map(str::to_owned);
    Ok(Claim { id, at, nonce, token, region: None })
}

/// Recomputes the signature over all parameters that arrived, those of the query and of the form.
pub fn verify(
    method: &Method,
    parameters: &[(String, String)],
    secret: &Secret,
) -> Result<Claim, Refusal> {
    let claim = claim(parameters)?;
    if claim.nonce.is_none() {
        return Err(Refusal::Missing("SignatureNonce"));
    }
    if find(parameters, "SignatureMethod") != Some("HMAC-SHA1") {
        return Err(Refusal::Malformed("SignatureMethod"));
    }
    if find(parameters, "SignatureVersion") != Some("1.0") {
        return Err(Refusal::Malformed("SignatureVersion"));
    }
    let signature = find(parameters, "Signature").ok_or(Refusal::Missing("Signature"))?;
    let text = string_to_sign(method, parameters);
    digest::check1_base64(key(secret).expose().as_bytes(), &text, signature)?;
    Ok(claim)
}

fn find<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

fn key(secret: &Secret) -> Secret {
    Secret::new(format!("{}&", secret.expose()))
}

fn string_to_sign(method: &Method, parameters: &[(String, String)]) -> String {
    let signed: Vec<_> =
        parameters.iter().filter(|(name, _)| name != "Signature").cloned().collect();
    format!("{method}&%2F&{}", percent(&canonical_query(&signed)))
}
