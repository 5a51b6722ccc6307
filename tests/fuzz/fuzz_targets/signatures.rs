//! Signing and verifying arbitrary requests. Knows that what was signed verifies, and nothing else does.
#![no_main]

use http::{Method, Request, Uri, request::Parts};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use vodlift_fuzz::{SECRET, TOKEN, credential};
use vodlift_sign::{Secret, acs3, encode, oss1, oss4, rpc1};

/// `METHOD target`, header lines, an empty line, the body.
fn request(text: &str) -> Option<(Parts, &str)> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, target) = lines.next()?.split_once(' ')?;
    let mut request =
        Request::builder().method(method.parse::<Method>().ok()?).uri(target.parse::<Uri>().ok()?);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        request = request.header(name, value.trim());
    }
    Some((request.body(()).ok()?.into_parts().0, body))
}

fn copy(head: &Parts) -> Parts {
    let mut fresh = Request::new(()).into_parts().0;
    (fresh.method, fresh.uri, fresh.headers) =
        (head.method.clone(), head.uri.clone(), head.headers.clone());
    fresh
}

fn hidden(head: &Parts) {
    let said = format!("{head:?}");
    assert!(!said.contains(SECRET) && !said.contains(TOKEN), "{said}");
}

fuzz_target!(|text: &str| {
    assert_eq!(encode::decode(&encode::percent(text)), text);
    let mut pairs = encode::parse_query(text);
    let mut back = encode::parse_query(&encode::canonical_query(&pairs));
    pairs.sort();
    back.sort();
    // A pair without a name and value is no pair.
    pairs.retain(|(name, value)| !(name.is_empty() && value.is_empty()));
    back.retain(|(name, value)| !(name.is_empty() && value.is_empty()));
    assert_eq!(back, pairs);

    let Some((head, body)) = request(text) else { return };
    if text.contains(SECRET) || text.contains(TOKEN) {
        return;
    }
    let (key, now, other) = (
        credential(),
        Timestamp::constant(1_767_323_045, 0),
        Secret::new("ANOTHER-SECRET-NOT-REAL-0003".to_owned()),
    );
    let secret = &key.secret;
    let name = head.uri.path().trim_start_matches('/').to_owned();

    // As it came: nobody here signed it with this secret.
    assert!(acs3::verify(&head, body.as_bytes(), secret).is_err());
    assert!(oss4::verify(&head, "bucket", &name, secret).is_err());
    assert!(oss1::verify(&head, "bucket", &name, secret).is_err());
    assert!(rpc1::verify(&head.method, &encode::parse_query(body), secret).is_err());

    let mut signed = copy(&head);
    if acs3::sign(&mut signed, "GetVideoInfo", "2017-03-21", body.as_bytes(), &key, now, "n")
        .is_ok()
    {
        hidden(&signed);
        let claim = acs3::verify(&signed, body.as_bytes(), secret).expect("ACS3");
        assert_eq!((claim.id.as_str(), claim.at), (key.id.as_str(), now));
        assert!(acs3::verify(&signed, body.as_bytes(), &other).is_err());
        assert!(acs3::verify(&signed, format!("{body}!").as_bytes(), secret).is_err());
    }
    let mut signed = copy(&head);
    if oss4::sign(&mut signed, "bucket", &name, "cn-shanghai", &key, now).is_ok() {
        hidden(&signed);
        let claim = oss4::verify(&signed, "bucket", &name, secret).expect("OSS V4");
        assert_eq!(claim.region.as_deref(), Some("cn-shanghai"));
        assert!(oss4::verify(&signed, "bucket", &name, &other).is_err());
        assert!(oss4::verify(&signed, "bucket", &format!("{name}!"), secret).is_err());
    }
    let mut signed = copy(&head);
    if oss1::sign(&mut signed, "bucket", &name, &key, now).is_ok() {
        hidden(&signed);
        oss1::verify(&signed, "bucket", &name, secret).expect("OSS V1");
        assert!(oss1::verify(&signed, "bucket", &name, &other).is_err());
        assert!(oss1::verify(&signed, "bucket", &format!("{name}!"), secret).is_err());
    }
    let mut parameters = encode::parse_query(body);
    rpc1::sign(&head.method, &mut parameters, &key, now, "n");
    rpc1::verify(&head.method, &parameters, secret).expect("RPC");
    assert!(rpc1::verify(&head.method, &parameters, &other).is_err());
});
