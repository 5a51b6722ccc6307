//! UploadAddress and UploadAuth as anybody may paste them. Knows that whatever is shown as usable must be usable.
#![no_main]

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use vodlift_cloud::grant::{decode_address, decode_auth};
use vodlift_cloud::{Grant, Secret};

fuzz_target!(|text: &str| {
    // Two halves; those that are no Base64 anyway are wrapped, so that the JSON inside is reached.
    let (address, auth) = text.split_once('\n').unwrap_or((text, ""));
    let pack = |half: &str| {
        if half.starts_with('{') { BASE64_STANDARD.encode(half) } else { half.to_owned() }
    };
    let (address, auth) = (pack(address), pack(auth));

    if let Ok(place) = decode_address(&address) {
        let again = json!({ "Endpoint": place.endpoint(), "Bucket": place.bucket(), "FileName": place.object() });
        assert_eq!(decode_address(&BASE64_STANDARD.encode(again.to_string())).as_ref(), Ok(&place));
        assert!(place.endpoint().starts_with("http"), "{place:?}");
        assert!(!place.host().is_empty());
    }
    if let Ok(pass) = decode_auth(&auth) {
        let mut bare = pass.clone();
        bare.credential.secret = Secret::new(String::new());
        bare.credential.token = bare.credential.token.map(|_| Secret::new(String::new()));
        assert_eq!(
            format!("{bare:?} {bare:#?}"),
            format!("{pass:?} {pass:#?}"),
            "Debug shows a secret"
        );
        let received = Timestamp::constant(1_767_323_045, 0);
        let life = pass.life(received, Some(SignedDuration::ZERO));
        assert!(!life.is_zero() && life <= Duration::from_secs(3_000), "{life:?}");
        let _ = pass.life(Timestamp::MAX, Some(SignedDuration::MIN));
        let _ = pass.life(Timestamp::MIN, Some(SignedDuration::MAX));
        let again = json!({ "AccessKeyId": pass.credential.id, "AccessKeySecret": pass.credential.secret.expose(),
            "SecurityToken": pass.credential.token.as_ref().map(Secret::expose), "Region": pass.region });
        let back = decode_auth(&BASE64_STANDARD.encode(again.to_string())).expect("a round trip");
        assert_eq!(back.credential.secret.expose(), pass.credential.secret.expose());
        assert_eq!((&back.credential.id, &back.region), (&pass.credential.id, &pass.region));
    }

    let now = Timestamp::constant(1_767_323_045, 0);
    let shown = vodlift_app::decode::decode(&address, &auth, now);
    let said = serde_json::to_string(&shown).unwrap();
    if let Ok(pass) = decode_auth(&auth) {
        let secret = pass.credential.secret.expose();
        let elsewhere =
            [&address, &auth, &pass.credential.id, &pass.region.clone().unwrap_or_default()];
        // A secret that is itself a public word proves nothing.
        if secret.starts_with("EXAMPLE-SECRET-")
            && !elsewhere.iter().any(|text| text.contains(secret))
        {
            let twice = text.matches(secret).count() > 1;
            assert!(twice || !said.contains(secret), "{said}");
        }
    }
    if shown.usable {
        let grant = Grant::decode(&address, &auth);
        assert!(grant.is_ok(), "shown as usable, refused: {:?}", grant.err());
    }
});
