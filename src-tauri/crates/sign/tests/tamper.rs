//! Whatever is signed is believed; whatever is changed on the way is not.
#![expect(clippy::unwrap_used, reason = "a test says so by panicking")]

use http::{HeaderName, HeaderValue, Method, Request, request::Parts};
use jiff::{Timestamp, ToSpan};
use vodlift_sign::{
    Claim, Credential, Refusal, Secret, acs3,
    encode::{percent, percent_path},
    oss1, oss4, rpc1,
};

/// A small deterministic source of odd texts, so that a failure repeats.
struct Odd(u64);

impl Odd {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    fn text(&mut self) -> String {
        const PIECES: [&str; 16] =
            ["a", "Z", "9", " ", "+", "/", "%", "%25", "&", "=", "?", "*", "~", "视频", "🎬", "\""];
        (0..=self.next(8)).map(|_| PIECES[self.next(PIECES.len())]).collect()
    }

    fn pairs(&mut self) -> Vec<(String, String)> {
        (0..=self.next(4)).map(|at| (format!("p{at}{}", self.text()), self.text())).collect()
    }

    fn credential(&mut self) -> Credential {
        let token = (self.next(2) == 0).then(|| Secret::new(format!("CAIS+/={}", self.next(1000))));
        let secret = Secret::new(format!("secret-{}", self.next(1_000_000)));
        Credential { id: format!("STS.{}", self.next(1_000_000)), secret, token }
    }
}

fn head(method: &Method, path: &str, query: &[(String, String)]) -> Parts {
    let query: Vec<_> =
        query.iter().map(|(n, v)| format!("{}={}", percent(n), percent(v))).collect();
    let uri = format!("https://host.example.com{path}?{}", query.join("&"));
    Request::builder().method(method).uri(uri).body(()).unwrap().into_parts().0
}

/// Every way to change a head without breaking its syntax.
fn changes(head: &Parts) -> Vec<(String, Parts)> {
    let mut all = Vec::new();
    let mut method = head.clone();
    method.method = Method::PATCH;
    all.push(("method".to_owned(), method));
    let mut query = head.clone();
    let text = head.uri.to_string();
    query.uri = format!("{text}&extra=1").parse().unwrap();
    // V1 of OSS signs only the parameters it knows.
    all.push(("query".to_owned(), query));
    for (name, value) in &head.headers {
        let mut gone = head.clone();
        gone.headers.remove(name);
        all.push((format!("{name} gone"), gone));
        let mut bytes = value.as_bytes().to_vec();
        let last = bytes.last_mut().unwrap();
        *last = if *last == b'0' { b'1' } else { b'0' };
        let mut other = head.clone();
        other.headers.insert(name, HeaderValue::from_bytes(&bytes).unwrap());
        all.push((format!("{name} changed"), other));
    }
    all
}

fn refused(what: &str, result: &Result<Claim, Refusal>) {
    assert!(result.is_err(), "believed although changed: {what}");
}

fn wrong(credential: &Credential) -> Secret {
    Secret::new(format!("{}x", credential.secret.expose()))
}

#[test]
fn openapi() {
    let mut odd = Odd(1);
    for round in 0..100 {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse::<Timestamp>().unwrap() + round.minutes();
        let (credential, nonce) = (odd.credential(), format!("nonce-{round}"));
        let body = odd.text();
        let mut signed = head(&Method::POST, "/", &odd.pairs());
        acs3::sign(&mut signed, "Do", "v", body.as_bytes(), &credential, now, &nonce).unwrap();
        let claim = acs3::verify(&signed, body.as_bytes(), &credential.secret).unwrap();
        assert_eq!((claim.at, claim.nonce), (now, Some(nonce.clone())));
        refused("secret", &acs3::verify(&signed, body.as_bytes(), &wrong(&credential)));
        refused("body", &acs3::verify(&signed, b"other", &credential.secret));
        for (what, changed) in changes(&signed) {
            if what == "host gone" {
                continue; // the address still names it
            }
            refused(&what, &acs3::verify(&changed, body.as_bytes(), &credential.secret));
        }
        let mut added = signed.clone();
        added.headers.insert("x-acs-more", HeaderValue::from_static("1"));
        refused("x-acs-more", &acs3::verify(&added, body.as_bytes(), &credential.secret));

        let mut parameters = odd.pairs();
        rpc1::sign(&Method::POST, &mut parameters, &credential, now, &nonce);
        let claim = rpc1::verify(&Method::POST, &parameters, &credential.secret).unwrap();
        assert_eq!((claim.at, claim.id.as_str()), (now, credential.id.as_str()));
        refused("method", &rpc1::verify(&Method::GET, &parameters, &credential.secret));
        refused("secret", &rpc1::verify(&Method::POST, &parameters, &wrong(&credential)));
        for at in 0..parameters.len() {
            let mut changed = parameters.clone();
            changed[at].1.push('0');
            let name = &parameters[at].0;
            refused(name, &rpc1::verify(&Method::POST, &changed, &credential.secret));
        }
    }
}

#[test]
fn storage() {
    let mut odd = Odd(2);
    for round in 0..100 {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse::<Timestamp>().unwrap() + round.minutes();
        let (credential, key) = (odd.credential(), odd.text());
        let mut query = odd.pairs();
        query.push(("uploadId".to_owned(), odd.text()));
        let mut plain = head(&Method::PUT, &format!("/{}", percent_path(&key)), &query);
        plain.headers.insert("content-type", HeaderValue::from_static("video/mp4"));
        plain.headers.insert(HeaderName::from_static("x-oss-meta"), HeaderValue::from_static("1"));

        let mut signed = plain.clone();
        oss4::sign(&mut signed, "b", &key, "cn-beijing", &credential, now).unwrap();
        let claim = oss4::verify(&signed, "b", &key, &credential.secret).unwrap();
        assert_eq!((claim.at, claim.region.as_deref()), (now, Some("cn-beijing")));
        refused("key", &oss4::verify(&signed, "b", "other", &credential.secret));
        refused("bucket", &oss4::verify(&signed, "c", &key, &credential.secret));
        refused("secret", &oss4::verify(&signed, "b", &key, &wrong(&credential)));
        for (what, changed) in changes(&signed) {
            refused(&what, &oss4::verify(&changed, "b", &key, &credential.secret));
        }

        let mut signed = plain;
        oss1::sign(&mut signed, "b", &key, &credential, now).unwrap();
        let claim = oss1::verify(&signed, "b", &key, &credential.secret).unwrap();
        assert_eq!(claim.at, now);
        refused("key", &oss1::verify(&signed, "b", "other", &credential.secret));
        refused("bucket", &oss1::verify(&signed, "c", &key, &credential.secret));
        refused("secret", &oss1::verify(&signed, "b", &key, &wrong(&credential)));
        for (what, changed) in changes(&signed) {
            if what == "query" {
                oss1::verify(&changed, "b", &key, &credential.secret).unwrap();
            } else {
                refused(&what, &oss1::verify(&changed, "b", &key, &credential.secret));
            }
        }
        let mut part = signed.clone();
        part.uri = format!("{}&partNumber=2", signed.uri).parse().unwrap();
        refused("sub-resource", &oss1::verify(&part, "b", &key, &credential.secret));
    }
}

#[test]
fn a_credential_that_no_header_holds() {
    let credential = Credential {
        id: "id\n".to_owned(),
        secret: Secret::new("s".to_owned()),
        token: Some(Secret::new("t\r\nHost: x".to_owned())),
    };
    let now = Timestamp::UNIX_EPOCH;
    let plain = head(&Method::GET, "/", &[]);
    let mut signed = plain.clone();
    assert!(acs3::sign(&mut signed, "Do", "v", b"", &credential, now, "n").is_err());
    assert!(oss4::sign(&mut signed, "b", "k", "r", &credential, now).is_err());
    assert!(oss1::sign(&mut signed, "b", "k", &credential, now).is_err());
}

#[test]
fn signing_again_replaces_what_an_earlier_signature_added() {
    let mut odd = Odd(7);
    let own = vec![("Action".to_owned(), "GetVideoInfo".to_owned())];
    let (mut once, mut twice) = (own.clone(), own);
    let now = Timestamp::UNIX_EPOCH;
    let old = Credential { token: Some(Secret::new("old".into())), ..odd.credential() };
    rpc1::sign(&Method::POST, &mut twice, &old, now - 1.hour(), "nonce-0");
    let new = Credential { token: None, ..odd.credential() };
    for parameters in [&mut once, &mut twice] {
        rpc1::sign(&Method::POST, parameters, &new, now, "nonce-1");
    }
    assert_eq!(once, twice);
    assert_eq!(twice.iter().filter(|(name, _)| name == "Action").count(), 1);
}

#[test]
fn what_is_shown_of_a_secret_says_only_that_it_is_one() {
    let secret = Secret::new("very secret".into());
    assert_eq!(format!("{secret:?}"), "•••");
    let credential = Credential { id: "id".into(), secret, token: Some(Secret::new("t".into())) };
    let mut parameters = vec![];
    rpc1::sign(&Method::GET, &mut parameters, &credential, Timestamp::UNIX_EPOCH, "once");
    let shown = format!("{:?}", rpc1::claim(&parameters).unwrap());
    assert!(shown.contains("token: Some(\"•••\")") && shown.contains("id: \"id\""), "{shown}");
}
