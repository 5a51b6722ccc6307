//! Published vectors: pairs of UploadAddress and UploadAuth, and checksums. Each test counts what it ran.

use std::collections::HashMap;
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use vodlift_cloud::{
    Address, DecodeError,
    crc64::{self, Crc64},
    grant::{decode_address, decode_auth, region_of_host},
};

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| text(value).parse().unwrap())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn pairs() {
    let file: Value = serde_json::from_str(include_str!("../vectors/upload_blobs.json")).unwrap();
    let mut ran = 0;
    for sample in file["samples"].as_array().unwrap() {
        let name = text(&sample["name"]);
        let (address, auth) = (&sample["decodedAddress"], &sample["decodedAuth"]);
        for suffix in ["", "Unpadded"] {
            let one = text(&sample[format!("uploadAddress{suffix}")]);
            let other = text(&sample[format!("uploadAuth{suffix}")]);
            for form in [plain, url_safe, broken_lines] {
                let place = decode_address(&form(one)).unwrap();
                let endpoint = text(&address["Endpoint"]).trim_start_matches("https://");
                assert_eq!(place.endpoint(), format!("https://{endpoint}"), "{name}");
                assert_eq!(place.bucket(), text(&address["Bucket"]));
                assert_eq!(place.object(), text(&address["FileName"]));
                assert_eq!(place.host(), format!("{}.{endpoint}", place.bucket()));

                let pass = decode_auth(&form(other)).unwrap();
                assert_eq!(pass.credential.id, text(&auth["AccessKeyId"]));
                assert_eq!(pass.credential.secret.expose(), text(&auth["AccessKeySecret"]));
                let token = pass.credential.token.as_ref().unwrap().expose();
                assert_eq!(token, text(&auth["SecurityToken"]));
                assert_eq!(pass.region.as_deref(), auth["Region"].as_str());
                let region = match name {
                    "accelerate_endpoint" => "cn-shanghai",
                    "http_endpoint_and_scheme_missing" => "ap-southeast-1",
                    _ => endpoint.split(['-', '.']).nth(2).map_or("", |word| {
                        if word == "beijing" { "cn-beijing" } else { "cn-shanghai" }
                    }),
                };
                assert_eq!(pass.region_for(&place), region, "{name}");
                let shown = format!("{pass:?}");
                assert!(!shown.contains(token) && !shown.contains("SECRET"), "{shown}");

                assert_eq!(decode_auth(&form(one)).unwrap_err(), DecodeError::Swapped);
                assert_eq!(decode_address(&form(other)).unwrap_err(), DecodeError::Swapped);
            }
        }
        ran += 1;
    }
    assert_eq!(ran, 9);
}

fn plain(text: &str) -> String {
    text.to_owned()
}

fn url_safe(text: &str) -> String {
    text.replace('+', "-").replace('/', "_")
}

fn broken_lines(text: &str) -> String {
    let lines: Vec<&str> =
        text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!(" {}\r\n", lines.join("\r\n"))
}

#[test]
fn malformed_pairs() {
    let file: Value = serde_json::from_str(include_str!("../vectors/upload_blobs.json")).unwrap();
    let bucket = DecodeError::Field { name: "Bucket" };
    let id = DecodeError::Field { name: "AccessKeyId" };
    let expected: HashMap<&str, (Option<DecodeError>, Option<DecodeError>)> = HashMap::from([
        ("not_base64", (Some(DecodeError::Base64), Some(DecodeError::Base64))),
        ("base64_not_json", (Some(DecodeError::Json), Some(DecodeError::Json))),
        ("missing_bucket", (Some(bucket), Some(DecodeError::Swapped))),
        ("empty", (Some(DecodeError::Base64), Some(DecodeError::Base64))),
        ("truncated", (None, None)),
    ]);
    let mut ran = 0;
    for sample in file["malformed"].as_array().unwrap() {
        let (address, auth) = &expected[text(&sample["name"])];
        let value = text(&sample["value"]);
        let (one, other) = (decode_address(value).unwrap_err(), decode_auth(value).unwrap_err());
        // Half a text is broken one way or the other.
        let broken = |e: &DecodeError| matches!(e, DecodeError::Json | DecodeError::Base64);
        assert!(address.as_ref().map_or(broken(&one), |a| *a == one), "{one}");
        assert!(auth.as_ref().map_or(broken(&other), |a| *a == other), "{other}");
        ran += 1;
    }
    assert_eq!(ran, 5);
    let pack = |value: Value| STANDARD.encode(value.to_string());
    assert_eq!(decode_auth(&pack(json!({}))).unwrap_err(), id);
    assert_eq!(decode_auth(&pack(json!([1]))).unwrap_err(), DecodeError::Json);
    let lone = pack(json!({ "AccessKeyId": "a", "AccessKeySecret": "b" }));
    let token = DecodeError::Field { name: "SecurityToken" };
    assert_eq!(decode_auth(&lone).unwrap_err(), token);
}

#[test]
fn endpoints() {
    let make = |endpoint: &str| Address::new(endpoint, "b", "k").map(|a| a.endpoint().to_owned());
    for (given, kept) in [
        ("http://oss-cn-shanghai.aliyuncs.com", "https://oss-cn-shanghai.aliyuncs.com"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://10.0.0.1:8080", "https://10.0.0.1:8080"),
        ("OSS-CN-SHANGHAI.aliyuncs.com", "https://oss-cn-shanghai.aliyuncs.com"),
    ] {
        assert_eq!(make(given).unwrap(), kept);
    }
    for bad in
        ["ftp://x", "file:///x", "https://", "https://a/b", "https://u@a", "https://a#b", " "]
    {
        assert_eq!(make(bad), Err(DecodeError::Endpoint), "{bad}");
    }
    let made =
        |bucket, object| Address::new("https://oss-cn-shanghai.aliyuncs.com", bucket, object);
    assert_eq!(made("b", "/a/b").unwrap().object(), "a/b");
    for bucket in ["", "evil.example.com/", "a b", "a@b", "a:1", "a#", "a?"] {
        assert_eq!(made(bucket, "k"), Err(DecodeError::Field { name: "Bucket" }), "{bucket}");
    }
    for object in ["", "/", "a/../b", "./a", ".."] {
        assert_eq!(made("b", object), Err(DecodeError::Field { name: "FileName" }), "{object}");
    }
    let ip = Address::new("http://127.0.0.1:1", "b", "k").unwrap();
    assert_eq!(ip.host(), "127.0.0.1");
}

#[test]
fn regions() {
    for (host, region) in [
        ("oss-cn-shanghai.aliyuncs.com", Some("cn-shanghai")),
        ("oss-cn-shanghai-internal.aliyuncs.com", Some("cn-shanghai")),
        ("vpc100-oss-cn-beijing.aliyuncs.com", Some("cn-beijing")),
        ("ap-southeast-1.oss.aliyuncs.com", Some("ap-southeast-1")),
        ("outin-1.oss-us-west-1.aliyuncs.com", Some("us-west-1")),
        ("oss-accelerate.aliyuncs.com", None),
        ("oss-accelerate-overseas.aliyuncs.com", None),
        ("127.0.0.1", None),
        ("example.com", None),
    ] {
        assert_eq!(region_of_host(host).as_deref(), region, "{host}");
    }
}

#[test]
fn a_pass_ends_at_the_earliest_of_three() {
    let received = at("2026-01-02T03:00:00Z");
    let auth = |fields: Value| {
        let mut all = json!({ "AccessKeyId": "a", "AccessKeySecret": "b", "SecurityToken": "c" });
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        decode_auth(&STANDARD.encode(all.to_string())).unwrap()
    };
    let hour = SignedDuration::from_hours(1);
    for (fields, offset, minutes) in [
        (json!({}), SignedDuration::ZERO, 50),
        (json!({ "Expiration": "3600" }), SignedDuration::ZERO, 50),
        (json!({ "Expiration": "600" }), SignedDuration::ZERO, 10),
        (json!({ "Expiration": 600 }), SignedDuration::ZERO, 10),
        (json!({ "Expiration": "soon", "ExpireUTCTime": "later" }), SignedDuration::ZERO, 50),
        (json!({ "Expiration": "2026-01-02T03:20:00Z" }), SignedDuration::ZERO, 20),
        (
            json!({ "Expiration": "3600", "ExpireUTCTime": "2026-01-02T03:30:00Z" }),
            SignedDuration::ZERO,
            30,
        ),
        // The server is an hour ahead of us: 04:30 there is 03:30 here.
        (json!({ "ExpireUTCTime": "2026-01-02T04:30:00Z" }), hour, 30),
        (json!({ "ExpireUTCTime": "2026-01-02T02:30:00Z" }), -hour, 30),
    ] {
        let life = auth(fields.clone()).life(received, Some(offset));
        assert_eq!(life, Duration::from_mins(minutes), "{fields}");
    }
    // Nobody knows by whose clock it ends; or it ended before it came, which only a wrong clock can make.
    for offset in [None, Some(SignedDuration::ZERO)] {
        let fields = json!({ "Expiration": "1800", "ExpireUTCTime": "2026-01-02T02:00:00Z" });
        assert_eq!(auth(fields).life(received, offset), Duration::from_mins(30));
    }
    let silent = auth(json!({ "Expiration": "0" }));
    assert_eq!(silent.life(received, None), Duration::from_mins(50));
}

#[test]
fn checksums() {
    let file: Value = serde_json::from_str(include_str!("../vectors/crc64.json")).unwrap();
    let mut ran = 0;
    let mut named = HashMap::new();
    for value in file["values"].as_array().unwrap() {
        let name = text(&value["name"]);
        let bytes = match (name, value["utf8"].as_str()) {
            (_, Some(text)) => text.as_bytes().to_vec(),
            ("zeros_1024", None) => vec![0; 1024],
            ("ff_16", None) => vec![0xff; 16],
            _ => lcg(42, 100_000),
        };
        assert_eq!(bytes.len() as u64, number(&value["length"]), "{name}");
        let expected = number(&value["crc64Decimal"]);
        assert_eq!(crc64::of(&bytes), expected, "{name}");
        let mut crc = Crc64::new();
        for chunk in bytes.chunks(7) {
            crc.update(chunk);
        }
        assert_eq!((crc.value(), crc.length()), (expected, bytes.len() as u64), "{name}");
        named.insert(name.to_owned(), bytes);
        ran += 1;
    }
    assert_eq!(ran, 8);

    let mut ran = 0;
    for pair in file["combine"].as_array().unwrap() {
        let (one, other, length) =
            (number(&pair["crc1"]), number(&pair["crc2"]), number(&pair["len2"]));
        assert_eq!(crc64::combine(one, other, length), number(&pair["combined"]));
        let joined = [&named[text(&pair["first"])][..], &named[text(&pair["second"])]].concat();
        assert_eq!(crc64::of(&joined), number(&pair["combined"]));
        ran += 1;
    }
    assert_eq!(ran, 5);

    let mut whole = 0;
    let parts = file["threeParts"]["parts"].as_array().unwrap();
    for part in parts {
        let bytes =
            lcg(number(&part["lcgSeed"]), usize::try_from(number(&part["length"])).unwrap());
        assert_eq!(crc64::of(&bytes), number(&part["crc"]));
        whole = crc64::combine(whole, number(&part["crc"]), number(&part["length"]));
    }
    assert_eq!(parts.len(), 3);
    assert_eq!(whole, number(&file["threeParts"]["object"]));
}

/// The byte stream the vectors describe.
fn lcg(seed: u64, length: usize) -> Vec<u8> {
    let mut x = seed;
    let mut next = || {
        x = (x * 1_103_515_245 + 12_345) % (1 << 31);
        u8::try_from((x >> 16) & 255).unwrap()
    };
    (0..length).map(|_| next()).collect()
}
