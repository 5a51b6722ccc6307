//! Lets in who has signed what arrived: recomputes every signature. Knows no action and no object verb.

use http::request::Parts;
use vodlift_sign::{Claim, Refusal, Secret, acs3, oss1, oss4, rpc1};

use crate::clock::{Clock, http_date, iso};
use crate::codes;
use crate::reply::Denial;
use crate::store::{Books, Pass, REGION, Scope, Store};
use crate::unverified::Unverified;

/// VOD and OSS: requests whose clock is off by more are refused.
const SKEW_S: i64 = 15 * 60;
/// VOD: how long a nonce is remembered.
const NONCE_MS: i64 = 31 * 60 * 1000;

/// Lets a call of VOD in.
pub(crate) fn vod(
    store: &Store,
    clock: &Clock,
    head: &Parts,
    parameters: &[(String, String)],
    body: &[u8],
    other: impl Fn(Unverified) -> bool,
) -> Result<(), Denial> {
    let algorithm = algorithm(head, parameters);
    let acs3 = algorithm == "ACS3-HMAC-SHA256";
    if !acs3 && algorithm != "HMAC-SHA1" {
        return Err(Denial::of(&codes::MISSING).fill("AccessKeyId").fill("AccessKeyId"));
    }
    if !acs3 && other(Unverified::VodV1Refused) {
        return Err(Denial::of(&codes::V1_REFUSED));
    }
    let claim = if acs3 { acs3::claim(head) } else { rpc1::claim(parameters) };
    let claim = claim.map_err(vod_refusal)?;
    let secret = vod_secret(&store.books(), clock, &claim)?;
    if (claim.at.as_second() - clock.shown().as_second()).abs() > SKEW_S {
        return Err(Denial::of(&codes::TIME_EXPIRED).fill(&iso(clock.shown())));
    }
    let verified = if acs3 {
        acs3::verify(head, body, &secret)
    } else {
        rpc1::verify(&head.method, parameters, &secret)
    };
    let claim = verified.map_err(vod_refusal)?;
    nonce(&mut store.books(), clock, &claim)
}

fn vod_secret(books: &Books, clock: &Clock, claim: &Claim) -> Result<Secret, Denial> {
    if claim.id == books.account.id {
        return Ok(Secret::new(books.account.secret.clone()));
    }
    let unknown = || Denial::of(&codes::KEY_UNKNOWN);
    let pass = books.passes.get(&claim.id).ok_or_else(unknown)?;
    match claim.token.as_deref() {
        None => {
            return Err(Denial::of(&codes::MISSING).fill("SecurityToken").fill("SecurityToken"));
        }
        Some(token) if token != pass.token => return Err(Denial::of(&codes::TOKEN_MALFORMED)),
        Some(_) if expired(pass, clock) => return Err(Denial::of(&codes::TOKEN_EXPIRED)),
        Some(_) => {}
    }
    match pass.scope {
        Scope::Vod => Ok(Secret::new(pass.secret.clone())),
        Scope::Object { .. } => Err(Denial::of(&codes::FORBIDDEN_RAM)),
    }
}

fn nonce(books: &mut Books, clock: &Clock, claim: &Claim) -> Result<(), Denial> {
    let now = clock.now_ms();
    books.nonces.retain(|_, seen| now - *seen < NONCE_MS);
    let nonce = format!("{} {}", claim.id, claim.nonce.as_deref().unwrap_or_default());
    if books.nonces.insert(nonce, now).is_some() {
        return Err(Denial::of(&codes::NONCE_USED));
    }
    Ok(())
}

fn vod_refusal(refusal: Refusal) -> Denial {
    match refusal {
        Refusal::Malformed("Timestamp" | "x-acs-date") => Denial::of(&codes::TIME_FORMAT),
        Refusal::Missing(what) => {
            Denial::of(&codes::INCOMPLETE_SIGNATURE).fill(&format!("{what} is missing"))
        }
        Refusal::Mismatch { string_to_sign, .. } => {
            Denial::of(&codes::SIGNATURE).fill(string_to_sign.expose())
        }
        Refusal::Body => Denial::of(&codes::SIGNATURE)
            .fill(" (x-acs-content-sha256 is not the hash of the body)"),
        other @ (Refusal::Malformed(_) | Refusal::Unsigned(_) | Refusal::Unsendable(_)) => {
            Denial::of(&codes::INCOMPLETE_SIGNATURE).fill(&other.to_string())
        }
    }
}

/// Lets a request for `key` of `bucket` in and tells whose pass it was.
pub(crate) fn oss(
    store: &Store,
    clock: &Clock,
    head: &Parts,
    bucket: &str,
    key: &str,
    other: impl Fn(Unverified) -> bool,
) -> Result<Pass, Denial> {
    let algorithm = algorithm(head, &[]);
    let v4 = algorithm == "OSS4-HMAC-SHA256";
    if !v4 && algorithm != "OSS" {
        return Err(Denial::of(&codes::ACCESS_DENIED));
    }
    if v4 && other(Unverified::OssV4Refused) {
        return Err(no_v4());
    }
    if !v4 && other(Unverified::OssV1Refused) {
        return Err(no_v1());
    }
    let claim = if v4 { oss4::claim(head) } else { oss1::claim(head) };
    let claim = claim.map_err(|it| oss_refusal(it, "", v4))?;
    let pass = oss_pass(&store.books(), clock, &claim)?;
    let shown = clock.shown();
    if (claim.at.as_second() - shown.as_second()).abs() > SKEW_S {
        return Err(Denial::of(&codes::SKEWED)
            .with("MaxAllowedSkewMilliseconds", (SKEW_S * 1000).to_string())
            .with("RequestTime", iso(claim.at))
            .with("ServerTime", iso(shown)));
    }
    if claim.region.as_deref().is_some_and(|region| region != REGION) {
        // OSS does not say which region it wants.
        return Err(no_v4());
    }
    let secret = Secret::new(pass.secret.clone());
    let verified = if v4 {
        oss4::verify(head, bucket, key, &secret)
    } else {
        oss1::verify(head, bucket, key, &secret)
    };
    verified.map_err(|it| oss_refusal(it, &pass.id, v4))?;
    let mine =
        matches!(&pass.scope, Scope::Object { bucket: b, key: k, .. } if b == bucket && k == key);
    if !mine {
        return Err(Denial::of(&codes::ACCESS_DENIED));
    }
    Ok(pass)
}

/// The algorithm that a request claims to be signed with, in the words of its header or parameter.
pub(crate) fn algorithm(head: &Parts, parameters: &[(String, String)]) -> &'static str {
    let authorization = header(head, "authorization");
    let by_header = ["OSS4-HMAC-SHA256", "ACS3-HMAC-SHA256", "OSS"];
    let by_header = by_header
        .into_iter()
        .find(|name| authorization.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    let rpc = || parameters.iter().any(|(name, _)| name == "Signature").then_some("HMAC-SHA1");
    by_header.or_else(rpc).unwrap_or_default()
}

/// Another signing region, or a bucket that is signed for in another way only: the answer is the same.
pub(crate) fn no_v4() -> Denial {
    Denial::of(&codes::REGION)
}

/// A bucket that does not take V1.
pub(crate) fn no_v1() -> Denial {
    Denial::of(&codes::OSS_V1_REFUSED)
}

fn oss_pass(books: &Books, clock: &Clock, claim: &Claim) -> Result<Pass, Denial> {
    if claim.id == books.account.id {
        // The bucket belongs to VOD: the account's own key cannot write there.
        return Err(Denial::of(&codes::ACCESS_DENIED));
    }
    let unknown = || Denial::of(&codes::OSS_KEY_UNKNOWN).with("OSSAccessKeyId", &claim.id);
    let pass = books.passes.get(&claim.id).ok_or_else(unknown)?;
    // An STS id without its token is an id nobody has.
    let token = claim.token.as_deref().ok_or_else(unknown)?;
    if token != pass.token {
        return Err(Denial::of(&codes::OSS_TOKEN));
    }
    if expired(pass, clock) {
        return Err(ended(pass, clock));
    }
    Ok(pass.clone())
}

/// A credential that is over. Seen in the wild: the answer repeats the token.
pub(crate) fn ended(pass: &Pass, clock: &Clock) -> Denial {
    Denial::of(&codes::OSS_TOKEN_EXPIRED)
        .with("ServerTime", http_date(clock.shown()))
        .with("SecurityToken", &pass.token)
}

fn oss_refusal(refusal: Refusal, id: &str, v4: bool) -> Denial {
    match refusal {
        Refusal::Mismatch { string_to_sign, provided } => {
            Denial::of(if v4 { &codes::OSS_SIGNATURE_V4 } else { &codes::OSS_SIGNATURE })
                .with("OSSAccessKeyId", id)
                .with("SignatureProvided", provided)
                .with("StringToSign", string_to_sign.expose())
        }
        Refusal::Missing("date" | "x-oss-date") | Refusal::Malformed("date" | "x-oss-date") => {
            Denial::of(&codes::DATE)
        }
        other @ (Refusal::Missing(_)
        | Refusal::Malformed(_)
        | Refusal::Unsigned(_)
        | Refusal::Body
        | Refusal::Unsendable(_)) => {
            Denial::of(&codes::ARGUMENT).fill(&format!("Authorization: {other}."))
        }
    }
}

/// A pass handed out for a number of seconds ends with the last of them.
pub(crate) fn expired(pass: &Pass, clock: &Clock) -> bool {
    clock.now_ms() >= pass.expires_ms
}

pub(crate) fn header<'a>(head: &'a Parts, name: &str) -> &'a str {
    head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
