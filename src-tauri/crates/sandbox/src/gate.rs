//! Lets in who has signed what arrived: recomputes every signature. Knows no action and no object verb.

use http::request::Parts;
use vodlift_sign::{Claim, Refusal, Secret, acs3, oss1, oss4, rpc1};

use crate::clock::{Clock, http_date, iso};
use crate::reply::Denial;
use crate::store::{Books, Pass, REGION, Scope, Store};

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
) -> Result<(), Denial> {
    let algorithm = algorithm(head, parameters);
    let acs3 = algorithm == "ACS3-HMAC-SHA256";
    if !acs3 && algorithm != "HMAC-SHA1" {
        let message = "AccessKeyId is mandatory for this action.";
        return Err(Denial::new(400, "MissingAccessKeyId", message));
    }
    let claim = if acs3 { acs3::claim(head) } else { rpc1::claim(parameters) };
    let claim = claim.map_err(vod_refusal)?;
    let secret = vod_secret(&store.books(), clock, &claim)?;
    if (claim.at.as_second() - clock.shown().as_second()).abs() > SKEW_S {
        let message = format!(
            "Specified time stamp or date value is expired. Server time: {}",
            iso(clock.shown())
        );
        return Err(Denial::new(400, "InvalidTimeStamp.Expired", message));
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
    let unknown =
        || Denial::new(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.");
    let pass = books.passes.get(&claim.id).ok_or_else(unknown)?;
    match claim.token.as_deref() {
        None => {
            let message = "SecurityToken is mandatory for this action.";
            return Err(Denial::new(400, "MissingSecurityToken", message));
        }
        Some(token) if token != pass.token => {
            let message = "Specified SecurityToken is malformed.";
            return Err(Denial::new(400, "InvalidSecurityToken.Malformed", message));
        }
        Some(_) if expired(pass, clock) => {
            let message = "Specified SecurityToken is expired.";
            return Err(Denial::new(400, "InvalidSecurityToken.Expired", message));
        }
        Some(_) => {}
    }
    match pass.scope {
        Scope::Vod => Ok(Secret::new(pass.secret.clone())),
        Scope::Object { .. } => {
            let message = "User not authorized to operate on the specified resource.";
            Err(Denial::new(403, "Forbidden.RAM", message))
        }
    }
}

fn nonce(books: &mut Books, clock: &Clock, claim: &Claim) -> Result<(), Denial> {
    let now = clock.now_ms();
    books.nonces.retain(|_, seen| now - *seen < NONCE_MS);
    let nonce = format!("{} {}", claim.id, claim.nonce.as_deref().unwrap_or_default());
    if books.nonces.insert(nonce, now).is_some() {
        let message = "Specified signature nonce was used already.";
        return Err(Denial::new(400, "SignatureNonceUsed", message));
    }
    Ok(())
}

fn vod_refusal(refusal: Refusal) -> Denial {
    match refusal {
        Refusal::Malformed("Timestamp" | "x-acs-date") => {
            let message = "Specified time stamp or date value is not well formatted.";
            Denial::new(400, "InvalidTimeStamp.Format", message)
        }
        Refusal::Missing(what) => {
            let message = format!("The request signature does not conform: {what} is missing.");
            Denial::new(400, "IncompleteSignature", message)
        }
        Refusal::Mismatch { string_to_sign, .. } => Denial::new(
            400,
            "SignatureDoesNotMatch",
            format!(
                "Specified signature is not matched with our calculation. \
                 server string to sign is:{}",
                string_to_sign.expose()
            ),
        ),
        Refusal::Body => {
            let message = "Specified x-acs-content-sha256 is not the hash of the body.";
            Denial::new(400, "SignatureDoesNotMatch", message)
        }
        other @ (Refusal::Malformed(_) | Refusal::Unsigned(_) | Refusal::Unsendable(_)) => {
            let message = format!("The request signature does not conform: {other}.");
            Denial::new(400, "IncompleteSignature", message)
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
) -> Result<Pass, Denial> {
    let algorithm = algorithm(head, &[]);
    let v4 = algorithm == "OSS4-HMAC-SHA256";
    if !v4 && algorithm != "OSS" {
        let message = "You have no right to access this object because of bucket acl.";
        return Err(Denial::new(403, "AccessDenied", message).ec("0003-00000001"));
    }
    let claim = if v4 { oss4::claim(head) } else { oss1::claim(head) };
    let claim = claim.map_err(|it| oss_refusal(it, ""))?;
    let pass = oss_pass(&store.books(), clock, &claim)?;
    let shown = clock.shown();
    if (claim.at.as_second() - shown.as_second()).abs() > SKEW_S {
        let message = "The difference between the request time and the current time is too large.";
        return Err(Denial::new(403, "RequestTimeTooSkewed", message)
            .ec("0002-00000504")
            .with("MaxAllowedSkewMilliseconds", (SKEW_S * 1000).to_string())
            .with("RequestTime", iso(claim.at))
            .with("ServerTime", iso(shown)));
    }
    if claim.region.as_deref().is_some_and(|region| region != REGION) {
        let message = format!("Invalid signing region in Authorization header, expected {REGION}.");
        return Err(Denial::new(400, "InvalidArgument", message)
            .ec("0002-00000226")
            .with("Region", REGION));
    }
    let secret = Secret::new(pass.secret.clone());
    let verified = if v4 {
        oss4::verify(head, bucket, key, &secret)
    } else {
        oss1::verify(head, bucket, key, &secret)
    };
    verified.map_err(|it| oss_refusal(it, &pass.id))?;
    let mine =
        matches!(&pass.scope, Scope::Object { bucket: b, key: k, .. } if b == bucket && k == key);
    if !mine {
        let message = "You have no right to access this object.";
        return Err(Denial::new(403, "AccessDenied", message).ec("0003-00000001"));
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

/// A bucket that is signed for in another way only. OSS does not always name the region it wants.
pub(crate) fn no_v4() -> Denial {
    let message = "Invalid signing region in Authorization header.";
    Denial::new(400, "InvalidArgument", message).ec("0002-00000226")
}

/// A bucket that does not take V1.
pub(crate) fn no_v1() -> Denial {
    let message = "Signature version 1 is not supported for this bucket.";
    Denial::new(403, "AccessDenied", message).ec("0002-00000080")
}

fn oss_pass(books: &Books, clock: &Clock, claim: &Claim) -> Result<Pass, Denial> {
    if claim.id == books.account.id {
        // The bucket belongs to VOD: the account's own key cannot write there.
        let message = "You do not have write acl permission on this object.";
        return Err(Denial::new(403, "AccessDenied", message).ec("0003-00000001"));
    }
    let unknown = || {
        let message = "The OSS Access Key Id you provided does not exist in our records.";
        Denial::new(403, "InvalidAccessKeyId", message)
            .ec("0002-00000902")
            .with("OSSAccessKeyId", &claim.id)
    };
    let pass = books.passes.get(&claim.id).ok_or_else(unknown)?;
    // An STS id without its token is an id nobody has.
    let token = claim.token.as_deref().ok_or_else(unknown)?;
    if token != pass.token {
        let message = "The security token you provided is invalid.";
        return Err(Denial::new(403, "InvalidSecurityToken", message).ec("0002-00000006"));
    }
    if expired(pass, clock) {
        let message = "The security token you provided has expired.";
        return Err(Denial::new(403, "SecurityTokenExpired", message)
            .ec("0002-00000007")
            .with("ServerTime", http_date(clock.shown())));
    }
    Ok(pass.clone())
}

fn oss_refusal(refusal: Refusal, id: &str) -> Denial {
    match refusal {
        Refusal::Mismatch { string_to_sign, provided } => {
            let message = "The request signature we calculated does not match the signature you \
                           provided. Check your key and signing method.";
            Denial::new(403, "SignatureDoesNotMatch", message)
                .ec("0002-00000040")
                .with("OSSAccessKeyId", id)
                .with("SignatureProvided", provided)
                .with("StringToSign", string_to_sign.expose())
        }
        Refusal::Missing("date" | "x-oss-date") | Refusal::Malformed("date" | "x-oss-date") => {
            let message = "OSS authentication requires a valid Date.";
            Denial::new(403, "AccessDenied", message).ec("0002-00000502")
        }
        other @ (Refusal::Missing(_)
        | Refusal::Malformed(_)
        | Refusal::Unsigned(_)
        | Refusal::Body
        | Refusal::Unsendable(_)) => {
            Denial::new(400, "InvalidArgument", format!("Authorization: {other}."))
                .ec("0002-00000211")
        }
    }
}

/// A pass handed out for a number of seconds ends with the last of them.
fn expired(pass: &Pass, clock: &Clock) -> bool {
    clock.now_ms() >= pass.expires_ms
}

pub(crate) fn header<'a>(head: &'a Parts, name: &str) -> &'a str {
    head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
