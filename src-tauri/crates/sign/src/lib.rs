//! Signs and verifies requests to VOD and OSS. Pure: knows no socket, no file, no clock, no JSON.
//!
//! Every signer works on the head of a request; time and nonce are arguments. Every module can also
//! [`verify`](acs3::verify) what arrived, recomputing the signature from the received head alone,
//! so that a pretend server needs no code of the client. Verifying says nothing about time: the
//! caller judges [`Claim::at`].

pub mod acs3;
mod digest;
pub mod encode;
pub mod oss1;
pub mod oss4;
pub mod rpc1;
mod time;

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use jiff::Timestamp;
use zeroize::Zeroizing;

/// A text that reaches no log, no error and no file. Wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself, for signing or for the keyring.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

/// An AccessKey, permanent or temporary (then with a token).
#[derive(Clone, Debug)]
pub struct Credential {
    /// AccessKeyId; public by nature.
    pub id: String,
    /// AccessKeySecret.
    pub secret: Secret,
    /// SecurityToken of a temporary credential.
    pub token: Option<Secret>,
}

/// What a signed request says of itself; true only after `verify`.
#[derive(Clone)]
pub struct Claim {
    /// AccessKeyId.
    pub id: String,
    /// When the sender says it signed; not judged here.
    pub at: Timestamp,
    /// The number used once, where the scheme has one (ACS3, RPC).
    pub nonce: Option<String>,
    /// SecurityToken, as sent.
    pub token: Option<String>,
    /// Region of the credential scope (OSS V4 only).
    pub region: Option<String>,
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("id", &self.id)
            .field("at", &self.at)
            .field("nonce", &self.nonce)
            .field("token", &self.token.as_ref().map(|_| "•••"))
            .field("region", &self.region)
            .finish()
    }
}

/// Why a request could not be signed or was not believed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Something the scheme needs is not in the request.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// It is there but cannot be read.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// The scheme asks that this header be signed, and it is not.
    #[error("header {0} is not signed")]
    Unsigned(String),
    /// The hash the sender names is not the hash of the body that arrived.
    #[error("the body differs from its hash")]
    Body,
    /// The recomputed signature differs. The text both should have signed may hold a token.
    #[error("the signature does not match")]
    Mismatch {
        /// StringToSign as the verifier computed it.
        string_to_sign: Secret,
        /// The signature that arrived.
        provided: String,
    },
    /// A part of the credential cannot stand in a header (control characters).
    #[error("{0} cannot be sent in a header")]
    Unsendable(&'static str),
}

/// Value of `name`; several headers of one name are joined as HTTP allows. Bytes outside UTF-8 refuse.
fn field(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let mut text = std::str::from_utf8(values.next()?.as_bytes()).ok()?.trim().to_owned();
    for more in values {
        text.push(',');
        text.push_str(std::str::from_utf8(more.as_bytes()).ok()?.trim());
    }
    Some(text)
}

fn put(
    headers: &mut HeaderMap,
    name: HeaderName,
    value: &str,
    what: &'static str,
    sensitive: bool,
) -> Result<(), Refusal> {
    let mut value =
        HeaderValue::from_bytes(value.as_bytes()).map_err(|_| Refusal::Unsendable(what))?;
    value.set_sensitive(sensitive);
    headers.insert(name, value);
    Ok(())
}

/// The host a request is for: the `Host` header, else the authority of its address.
fn host(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    field(headers, header::HOST.as_str()).or_else(|| uri.authority().map(|a| a.as_str().to_owned()))
}

/// The `key=value` list behind the name of the scheme in `Authorization`, split at commas.
fn parameters<'a>(authorization: &'a str, scheme: &str) -> Option<Vec<(&'a str, &'a str)>> {
    let rest = authorization.strip_prefix(scheme)?.strip_prefix(' ')?;
    rest.split(',').map(|part| part.trim().split_once('=')).collect()
}

fn named<'a>(list: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    list.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_no_face() {
        let credential = Credential {
            id: "id".into(),
            secret: Secret::new("hidden-1".into()),
            token: Some(Secret::new("hidden-2".into())),
        };
        let claim = Claim {
            id: "id".into(),
            at: Timestamp::UNIX_EPOCH,
            nonce: None,
            token: Some("hidden-3".into()),
            region: None,
        };
        let refusal = Refusal::Mismatch {
            string_to_sign: Secret::new("hidden-4".into()),
            provided: String::new(),
        };
        let said = format!("{credential:?} {credential:#?} {claim:?} {refusal:?} {refusal}");
        assert!(!said.contains("hidden"), "{said}");
        assert!(said.contains("•••"));
    }
}
