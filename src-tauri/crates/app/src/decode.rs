//! Shows what is inside an UploadAddress and an UploadAuth. Stores nothing and lets no secret out.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::Timestamp;
use serde_json::{Map, Value};
use vodlift_cloud::{DecodeError, grant};
use vodlift_engine::fault::Code;
use vodlift_engine::view::FaultView;

use crate::api::{Blob, Decoded, Field};
use crate::error::fault;

/// VOD: a credential lives 3,000 s whatever its own figure says (protocol/oss.md 1.2).
const LIFE_MS: i64 = 3_000_000;

/// As VOD writes it, and as people paste it: without padding, with line breaks.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

struct Shape {
    field: &'static str,
    /// What the upload will read: the verdict shown and the verdict met are the same.
    read: fn(&str) -> Result<(), DecodeError>,
    required: &'static [&'static str],
    documented: &'static [&'static str],
}

const ADDRESS: Shape = Shape {
    field: "UploadAddress",
    read: |text| grant::decode_address(text).map(drop),
    required: &["Endpoint", "Bucket", "FileName"],
    documented: &["Endpoint", "Bucket", "FileName", "ObjectPrefix"],
};

const AUTH: Shape = Shape {
    field: "UploadAuth",
    read: |text| grant::decode_auth(text).map(drop),
    required: &["AccessKeyId", "AccessKeySecret", "SecurityToken"],
    documented: &[
        "AccessKeyId",
        "AccessKeySecret",
        "SecurityToken",
        "Expiration",
        "ExpireUTCTime",
        "Region",
    ],
};

/// Decodes both; an empty text is left out. `now` is the moment of pasting.
pub fn decode(address: &str, auth: &str, now: Timestamp) -> Decoded {
    let (address, _) = blob(address, &ADDRESS, &AUTH);
    let (auth, inside) = blob(auth, &AUTH, &ADDRESS);
    let good = |blob: &Option<Blob>| blob.as_ref().is_some_and(|blob| blob.fault.is_none());
    // A credential that lacks something has no life to count.
    let (left_ms, from_paste) =
        inside.filter(|_| good(&auth)).map_or((None, false), |map| left(&map, now));
    let usable = good(&address) && good(&auth) && left_ms.is_none_or(|left| left > 0);
    Decoded { address, auth, usable, left_ms, from_paste }
}

fn blob(text: &str, shape: &Shape, other: &Shape) -> (Option<Blob>, Option<Map<String, Value>>) {
    let text = grant::pasted(text, shape.field);
    if text.is_empty() {
        return (None, None);
    }
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let (fields, fault, inside) = match open(&text, shape) {
        Err(fault) => (Vec::new(), Some(fault), None),
        Ok(map) => {
            let lacking = |shape: &Shape| {
                shape.required.iter().find(|name| !map.contains_key(**name)).copied()
            };
            // Only a whole blob of the other sort is "swapped"; half of one lacks a field.
            let fault = match lacking(shape) {
                None => (shape.read)(&text).err().map(|error| unread(&error, shape)),
                Some(_) if lacking(other).is_none() => {
                    Some(fault(Code::CredSwapped, &[("field", shape.field)]))
                }
                Some(name) => {
                    Some(fault(Code::CredField, &[("field", shape.field), ("name", name)]))
                }
            };
            (fields(&map, shape), fault, Some(map))
        }
    };
    (Some(Blob { short: short(&text), length, fields, fault }), inside)
}

fn unread(error: &DecodeError, shape: &Shape) -> FaultView {
    let field = ("field", shape.field);
    match error {
        DecodeError::Base64 => fault(Code::CredBase64, &[field]),
        DecodeError::Json => fault(Code::CredJson, &[field]),
        DecodeError::Swapped => fault(Code::CredSwapped, &[field]),
        DecodeError::Field { name } => fault(Code::CredField, &[field, ("name", name)]),
        DecodeError::Endpoint => fault(Code::CredField, &[field, ("name", "Endpoint")]),
    }
}

fn open(text: &str, shape: &Shape) -> Result<Map<String, Value>, FaultView> {
    // Some tools write the alphabet made for addresses.
    let text = text.replace('-', "+").replace('_', "/");
    let bytes =
        LENIENT.decode(text).map_err(|_| fault(Code::CredBase64, &[("field", shape.field)]))?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) | Err(_) => Err(fault(Code::CredJson, &[("field", shape.field)])),
    }
}

/// Documented fields first, in the order of the documentation; then the others.
fn fields(map: &Map<String, Value>, shape: &Shape) -> Vec<Field> {
    let known = shape
        .documented
        .iter()
        .filter_map(|name| map.get_key_value(*name))
        .map(|(n, v)| field(n, v, false));
    let extra = map
        .iter()
        .filter(|(name, _)| !shape.documented.contains(&name.as_str()))
        .map(|(n, v)| field(n, v, true));
    known.chain(extra).collect()
}

fn field(name: &str, value: &Value, extra: bool) -> Field {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    };
    let (value, secret_length) = if is_secret(name, value) {
        (None, Some(u32::try_from(text.chars().count()).unwrap_or(u32::MAX)))
    } else if name == "AccessKeyId" {
        (Some(masked(&text)), None)
    } else {
        (Some(text), None)
    };
    Field { name: name.to_owned(), value, secret_length, extra }
}

/// Secrets by name. What is not a plain value may carry one inside and is hidden whole.
fn is_secret(name: &str, value: &Value) -> bool {
    let name = name.to_ascii_lowercase();
    ["secret", "token", "password", "signature", "credential", "auth"]
        .iter()
        .any(|word| name.contains(word))
        || value.is_object()
        || value.is_array()
}

/// An identifier with its middle masked: enough to compare, too little to use.
pub fn masked(id: &str) -> String {
    let letters: Vec<char> = id.chars().collect();
    if letters.len() <= 8 {
        return "•".repeat(letters.len());
    }
    let head: String = letters.iter().take(4).collect();
    let tail: String = letters.iter().skip(letters.len() - 4).collect();
    format!("{head}••••{tail}")
}

fn short(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= 24 {
        return letters.iter().take(4).collect::<String>() + "…";
    }
    let head: String = letters.iter().take(16).collect();
    let tail: String = letters.iter().skip(letters.len() - 4).collect();
    format!("{head}…{tail}")
}

/// Time left in ms, and whether it counts from the moment of pasting. Digits are seconds, all else is an instant.
fn left(map: &Map<String, Value>, now: Timestamp) -> (Option<i64>, bool) {
    let text = |name: &str| match map.get(name) {
        Some(Value::String(text)) => Some(text.trim().to_owned()),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => None,
    };
    let instant = |text: String| {
        text.parse::<Timestamp>().ok().map(|at| at.as_millisecond() - now.as_millisecond())
    };
    if let Some(left) = text("ExpireUTCTime").and_then(instant) {
        return (Some(left), false);
    }
    let Some(expiration) = text("Expiration") else {
        return (Some(LIFE_MS), true);
    };
    if let Ok(seconds) = expiration.parse::<i64>() {
        return (Some(seconds.saturating_mul(1000).clamp(0, LIFE_MS)), true);
    }
    match instant(expiration) {
        Some(left) => (Some(left), false),
        None => (Some(LIFE_MS), true),
    }
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    const NOW: &str = "2026-01-02T03:34:05Z";

    fn pack(json: &str) -> String {
        BASE64_STANDARD.encode(json)
    }

    fn address() -> String {
        pack(
            r#"{"Endpoint":"https://oss-cn-shanghai.aliyuncs.com","Bucket":"outin-1","FileName":"sv/a.mp4","Odd":{"a":"deep-hidden"}}"#,
        )
    }

    fn auth(rest: &str) -> String {
        pack(&format!(
            r#"{{"SecurityToken":"CAIS-hidden-token","AccessKeyId":"STS.NUEXAMPLEKEY","AccessKeySecret":"hidden-secret"{rest}}}"#
        ))
    }

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    fn codes(decoded: &Decoded) -> [Option<Code>; 2] {
        [&decoded.address, &decoded.auth]
            .map(|blob| blob.as_ref().and_then(|blob| blob.fault.as_ref()).map(|fault| fault.code))
    }

    #[test]
    fn a_pair_is_shown_without_its_secrets() {
        let decoded = decode(
            &address(),
            &auth(r#","ExpireUTCTime":"2026-01-02T04:04:05Z","Expiration":"3600""#),
            now(),
        );
        assert!(decoded.usable);
        assert_eq!((decoded.left_ms, decoded.from_paste), (Some(1_800_000), false));
        let json = serde_json::to_string(&decoded).unwrap();
        assert!(!json.contains("hidden"), "{json}");
        let auth = decoded.auth.unwrap();
        assert_eq!(auth.fields[0].value.as_deref(), Some("STS.••••EKEY"));
        assert_eq!(
            auth.fields[1],
            Field {
                name: "AccessKeySecret".into(),
                value: None,
                secret_length: Some(13),
                extra: false
            }
        );
        let address = decoded.address.unwrap();
        assert_eq!(address.fields.last().map(|f| (f.name.as_str(), f.extra)), Some(("Odd", true)));
    }

    #[test]
    fn padding_and_line_breaks_do_not_matter() {
        let text = auth(r#","Expiration":"3600""#);
        let broken: String = text
            .trim_end_matches('=')
            .chars()
            .enumerate()
            .flat_map(|(i, c)| if i % 20 == 19 { vec![c, '\r', '\n'] } else { vec![c] })
            .collect();
        let decoded = decode("", &broken, now());
        assert_eq!(codes(&decoded), [None, None]);
        assert_eq!((decoded.left_ms, decoded.from_paste), (Some(LIFE_MS), true));
        assert!(!decoded.usable, "there is no address");
    }

    #[test]
    fn every_way_to_be_wrong_has_its_code() {
        let good = auth("");
        assert_eq!(codes(&decode("not base64!", &good, now()))[0], Some(Code::CredBase64));
        assert_eq!(codes(&decode(&pack("hello"), &good, now()))[0], Some(Code::CredJson));
        assert_eq!(codes(&decode(&pack("[1]"), &good, now()))[0], Some(Code::CredJson));
        let half = decode(&pack(r#"{"Endpoint":"https://a","FileName":"b"}"#), &good, now());
        let fault = half.address.unwrap().fault.unwrap();
        assert_eq!((fault.code, fault.facts["name"].as_str()), (Code::CredField, "Bucket"));
        let empty = decode(&address(), &pack("{}"), now());
        assert_eq!((empty.left_ms, empty.from_paste, empty.usable), (None, false, false));
        assert_eq!(codes(&decode(&good, &address(), now())), [Some(Code::CredSwapped); 2]);
    }

    #[test]
    fn what_the_upload_would_refuse_is_not_usable() {
        let good = auth("");
        for (json, name) in [
            (r#"{"Endpoint":null,"Bucket":"b","FileName":"f"}"#, "Endpoint"),
            (r#"{"Endpoint":"ftp://a","Bucket":"b","FileName":"f"}"#, "Endpoint"),
            (r#"{"Endpoint":"https://a","Bucket":"b/c","FileName":"f"}"#, "Bucket"),
            (r#"{"Endpoint":"https://a","Bucket":"b","FileName":"../f"}"#, "FileName"),
        ] {
            let decoded = decode(&pack(json), &good, now());
            assert!(!decoded.usable, "{json}");
            let fault = decoded.address.unwrap().fault.unwrap();
            assert_eq!((fault.code, fault.facts["name"].as_str()), (Code::CredField, name));
        }
        let plain = pack(r#"{"Endpoint":"https://a","Bucket":"b","FileName":"???>>>~~~"}"#);
        let odd = plain.replace('+', "-").replace('/', "_");
        assert_ne!(odd, plain);
        assert!(decode(&odd, &good, now()).usable, "the alphabet made for addresses");
    }

    #[test]
    fn a_pair_that_is_over_is_not_usable() {
        let decoded =
            decode(&address(), &auth(r#","ExpireUTCTime":"2026-01-02T03:04:05Z""#), now());
        assert_eq!(decoded.left_ms, Some(-1_800_000));
        assert!(!decoded.usable);
        let old = decode(&address(), &auth(r#","Expiration":"2017-09-14T15:51:11Z""#), now());
        assert!(!old.usable && !old.from_paste);
        let number = decode(&address(), &auth(r#","Expiration":600"#), now());
        assert_eq!((number.left_ms, number.usable), (Some(600_000), true));
    }
}
