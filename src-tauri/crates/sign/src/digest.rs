//! HMAC and hashes as hex or Base64. Knows no request.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::{Refusal, Secret};

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]])
        .map(char::from)
        .collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    digits.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn keyed<M: KeyInit + Mac>(key: &[u8], text: &[u8]) -> M {
    // HMAC hashes keys that are too long and pads short ones: no length is refused.
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text);
    mac
}

pub(crate) fn hmac256(key: &[u8], text: &[u8]) -> Vec<u8> {
    keyed::<Hmac<Sha256>>(key, text).finalize().into_bytes().to_vec()
}

pub(crate) fn hmac1_base64(key: &[u8], text: &[u8]) -> String {
    STANDARD.encode(keyed::<Hmac<Sha1>>(key, text).finalize().into_bytes())
}

fn mismatch(text: &str, provided: &str) -> Refusal {
    Refusal::Mismatch {
        string_to_sign: Secret::new(text.to_owned()),
        provided: provided.to_owned(),
    }
}

/// Compares in constant time (`Mac::verify_slice`).
pub(crate) fn check256_hex(key: &[u8], text: &str, provided: &str) -> Result<(), Refusal> {
    let bytes = unhex(provided).ok_or(Refusal::Malformed("signature"))?;
    keyed::<Hmac<Sha256>>(key, text.as_bytes())
        .verify_slice(&bytes)
        .map_err(|_| mismatch(text, provided))
}

/// Compares in constant time (`Mac::verify_slice`).
pub(crate) fn check1_base64(key: &[u8], text: &str, provided: &str) -> Result<(), Refusal> {
    let bytes = STANDARD.decode(provided).map_err(|_| Refusal::Malformed("signature"))?;
    keyed::<Hmac<Sha1>>(key, text.as_bytes())
        .verify_slice(&bytes)
        .map_err(|_| mismatch(text, provided))
}
