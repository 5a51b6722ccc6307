//! `decode`: what is inside an UploadAddress and an UploadAuth. Knows no profile and no network.

use std::process::ExitCode;

use serde::Serialize;
use vodlift_app::api::{Blob, Decoded};
use vodlift_app::edge::Edge;
use vodlift_app::words;

use crate::given::Given;
use crate::voice::{FaultLine, Voice};

#[derive(Serialize)]
struct Line<'a> {
    event: &'a str,
    address: Option<Half<'a>>,
    auth: Option<Half<'a>>,
    usable: bool,
    left_seconds: Option<i64>,
    from_paste: bool,
}

#[derive(Serialize)]
struct Half<'a> {
    fields: Vec<Field<'a>>,
    fault: Option<FaultLine>,
}

/// A secret has no value, only a length.
#[derive(Serialize)]
struct Field<'a> {
    name: &'a str,
    value: Option<&'a str>,
    secret: bool,
    length: Option<u32>,
    extra: bool,
}

pub(crate) fn run(
    voice: Voice,
    edge: &Edge,
    address: Option<String>,
    auth: Option<String>,
) -> ExitCode {
    let [address, auth] = [address, auth].map(|text| text.as_deref().map(Given::of));
    if address == Some(Given::Input) && auth == Some(Given::Input) {
        voice.fail("cli.decode.twice", &[]);
        return ExitCode::from(2);
    }
    let read = |given: Option<Given>| given.map_or(Ok(String::new()), Given::read);
    let (address, auth) = match (read(address), read(auth)) {
        (Ok(address), Ok(auth)) => (address, auth),
        (Err(error), _) | (_, Err(error)) => {
            voice.fail("cli.failed", &[("what", &format!("read what was given: {error}"))]);
            return ExitCode::from(2);
        }
    };
    if address.trim().is_empty() && auth.trim().is_empty() {
        voice.fail("cli.decode.none", &[]);
        return ExitCode::from(2);
    }
    let decoded = vodlift_app::decode::decode(&address, &auth, (edge.now)());
    tell(voice, &decoded);
    let broken = [&decoded.address, &decoded.auth]
        .into_iter()
        .any(|blob| blob.as_ref().is_some_and(|blob| blob.fault.is_some()));
    ExitCode::from(u8::from(broken))
}

fn tell(voice: Voice, decoded: &Decoded) {
    voice.line(&Line {
        event: "decode",
        address: decoded.address.as_ref().map(half),
        auth: decoded.auth.as_ref().map(half),
        usable: decoded.usable,
        left_seconds: decoded.left_ms.map(|ms| ms.div_euclid(1000)),
        from_paste: decoded.from_paste,
    });
    for (name, blob) in [("UploadAddress", &decoded.address), ("UploadAuth", &decoded.auth)] {
        let Some(blob) = blob else { continue };
        voice.tell(name);
        for field in &blob.fields {
            let value = match (&field.value, field.secret_length) {
                (Some(value), _) => value.clone(),
                (None, length) => {
                    voice.words("cli.decode.secret", &[("n", &length.unwrap_or(0).to_string())])
                }
            };
            voice.tell(&format!("  {}: {value}", field.name));
        }
        if let Some(fault) = &blob.fault {
            voice.fail(
                "cli.line",
                &[("path", name), ("text", &words::fault(voice.language, fault))],
            );
        }
    }
    if let Some(left) = decoded.left_ms.filter(|_| decoded.auth.is_some()) {
        let (key, seconds) = if left > 0 {
            ("cli.decode.left", left / 1000)
        } else {
            ("cli.decode.over", -left / 1000)
        };
        voice.tell(&voice.words(key, &[("s", &seconds.to_string())]));
        if decoded.from_paste {
            voice.tell(&voice.words("dec.from", &[]));
        }
    }
}

fn half(blob: &Blob) -> Half<'_> {
    Half {
        fields: blob
            .fields
            .iter()
            .map(|field| Field {
                name: &field.name,
                value: field.value.as_deref(),
                secret: field.value.is_none(),
                length: field.secret_length,
                extra: field.extra,
            })
            .collect(),
        fault: blob.fault.as_ref().map(FaultLine::of),
    }
}
