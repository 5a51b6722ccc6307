//! Takes secrets out of texts the cloud sent. Knows no request.

use aho_corasick::{AhoCorasick, MatchKind};
use serde_json::Value;
use vodlift_sign::{Secret, encode::percent};

const DOTS: &str = "•••";
/// Longer sentences say nothing more.
const LIMIT: usize = 1_000;
/// A whole answer is shown to here, in bytes.
const ANSWER: usize = 4_000;
/// A run of so many characters without a space may be a key or a token; fewer is a word.
const WORD: usize = 20;

/// Removes the given secrets in every spelling, whatever follows the name of a secret, and the
/// StringToSign that a refused signature brings along (it holds the token). At most 1,000 bytes are left.
pub fn clean(text: &str, secrets: &[Secret]) -> String {
    let mut out = text.trim().to_owned();
    for secret in secrets.iter().map(Secret::expose).filter(|secret| secret.len() >= 4) {
        let encoded = percent(secret);
        out = out.replace(&percent(&encoded), DOTS).replace(&encoded, DOTS).replace(secret, DOTS);
    }
    // VOD: "… is not matched with our calculation. server string to sign is:POST\n/\n…"
    if let Some(at) = finder(&SIGNED).find(&out).map(|found| found.start()) {
        out.truncate(at);
        out.push_str(DOTS);
    }
    out = hide_values(&out, &mut 0);
    out = hide_tokens(&out);
    shorten(&mut out, LIMIT);
    out
}

/// What introduces the text that was signed, which holds the token.
const SIGNED: [&str; 4] =
    ["string to sign", "StringToSign", "CanonicalRequest", "canonical request"];

/// What a secret stands behind.
const NAMES: [&str; 6] = [
    "SecurityToken",
    "security-token",
    "SignatureProvided",
    "Signature",
    "AccessKeySecret",
    "Authorization",
];

/// Finds all of these in one walk, whatever their case; of two that begin together the longer.
#[expect(clippy::expect_used, reason = "it fails for millions of words only")]
fn finder(words: &[&str]) -> AhoCorasick {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(words)
        .expect("a few short words")
}

fn shorten(text: &mut String, limit: usize) {
    if text.len() > limit {
        let end = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
}

/// An answer with its names and its shape, fit to be looked at: dots and a length stand for every value under a name that
/// speaks of a secret, and for every long word wherever it stands. Media ids stay. At most 4,000 bytes are left.
pub(crate) fn masked(body: &[u8], secrets: &[Secret]) -> String {
    let mut text = match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            mask(&mut value, false, secrets);
            serde_json::to_string_pretty(&value).unwrap_or_default()
        }
        Err(_) => mask_text(&String::from_utf8_lossy(body), secrets),
    };
    shorten(&mut text, ANSWER);
    text
}

fn mask(value: &mut Value, secret: bool, secrets: &[Secret]) {
    match value {
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) if !secret => {}
        Value::Bool(_) | Value::Number(_) => *value = DOTS.into(),
        Value::String(text) if secret => *text = dots(text),
        Value::String(text) => *text = mask_text(text, secrets),
        Value::Array(all) => all.iter_mut().for_each(|one| mask(one, secret, secrets)),
        Value::Object(fields) => {
            *fields = std::mem::take(fields)
                .into_iter()
                .map(|(name, mut value)| {
                    if !names_media(&name, &value) {
                        mask(&mut value, secret || names_secret(&name), secrets);
                    }
                    (mask_text(&name, secrets), value)
                })
                .collect();
        }
    }
}

fn dots(text: &str) -> String {
    format!("{DOTS}({})", text.chars().count())
}

/// UploadAddress among them: whoever swapped the two has put the UploadAuth there.
fn names_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let marks = ["auth", "address", "token", "secret", "key", "pass", "sign", "cred", "cookie"];
    marks.iter().any(|mark| name.contains(mark))
}

/// An id under the name of one, in the letters of one.
fn names_media(name: &str, value: &Value) -> bool {
    let named = ["videoid", "imageid", "mediaid", "requestid"];
    let id =
        |text: &str| text.len() <= 36 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    named.contains(&&*name.to_ascii_lowercase()) && value.as_str().is_some_and(id)
}

fn mask_text(text: &str, secrets: &[Secret]) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || "+/=%_~-".contains(c);
    let mut text = text.to_owned();
    for secret in secrets.iter().map(Secret::expose).filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, DOTS);
    }
    let (mut out, mut run) = (String::with_capacity(text.len()), String::new());
    for c in text.chars().map(Some).chain([None]) {
        if let Some(c) = c.filter(|c| word(*c)) {
            run.push(c);
            continue;
        }
        out.push_str(&if run.len() < WORD { run.clone() } else { dots(&run) });
        run.clear();
        out.extend(c);
    }
    out
}

/// Hides what stands behind `name=`, `name:`, `<name>` and the like, up to the next delimiter. One walk over the text:
/// an answer is somebody else's, and may be 1 MiB of nothing but such names. `steps` counts what is looked at.
fn hide_values(text: &str, steps: &mut usize) -> String {
    let mut out = String::with_capacity(text.len());
    // All before this is written or hidden.
    let mut done = 0;
    for found in finder(&NAMES).find_iter(text) {
        *steps += found.end() - found.start();
        if found.start() < done {
            continue; // inside of what is hidden
        }
        let from = &text[found.end()..];
        let skipped = from.len() - from.trim_start_matches(['"', '\'', ' ', '=', ':', '>']).len();
        *steps += skipped;
        let closing = text[..found.start()].ends_with("</");
        if closing || !from[..skipped].contains(['=', ':', '>']) {
            continue;
        }
        let value = &from[skipped..];
        let end = value.find(['&', '<', '"', '\'', ',', ';', '\n', ' ']).unwrap_or(value.len());
        *steps += end;
        out.push_str(&text[done..found.end() + skipped]);
        out.push_str(DOTS);
        done = found.end() + skipped + end;
    }
    out.push_str(&text[done..]);
    out
}

/// VOD: a SecurityToken begins with `CAIS` and has hundreds of characters.
fn hide_tokens(text: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || "+/=%._~-".contains(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("CAIS") {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c| !word(c)).unwrap_or(from.len());
        out.push_str(before);
        out.push_str(if end >= 12 { DOTS } else { &from[..end] });
        rest = &from[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_left() {
        let secrets = [Secret::new("s3cr+t/=".to_owned())];
        for (text, left) in [
            ("plain words stay", "plain words stay"),
            ("a s3cr+t/= b s3cr%2Bt%2F%3D c s3cr%252Bt%252F%253D", "a ••• b ••• c •••"),
            ("not matched. server string to sign is:POST&%2F&Secu", "not matched. server •••"),
            ("SecurityToken=CAISabc&x=1", "SecurityToken=•••&x=1"),
            (
                "<SignatureProvided>abc=</SignatureProvided>",
                "<SignatureProvided>•••</SignatureProvided>",
            ),
            ("\"Signature\": \"abc\", more", "\"Signature\": \"•••\", more"),
            ("The signature does not match", "The signature does not match"),
            ("token CAISexample+fake/security=token~X== end", "token ••• end"),
            ("CAISSON", "CAISSON"),
        ] {
            assert_eq!(clean(text, &secrets), left);
        }
        assert!(clean(&"视".repeat(5_000), &[]).len() <= LIMIT);
    }

    #[test]
    fn a_hostile_answer_costs_one_walk() {
        const MIB: usize = 1 << 20;
        for piece in [
            "Signature",
            "Signature=",
            "Signature=a ",
            "signature:   ",
            "</Signature>x",
            "CAIS",
            "\"'= :>",
        ] {
            let text = piece.repeat(MIB / piece.len());
            let mut steps = 0;
            hide_values(&text, &mut steps);
            assert!(steps <= 2 * text.len(), "{piece}: {steps} steps for {} bytes", text.len());
            assert!(clean(&text, &[]).len() <= LIMIT, "{piece}");
        }
    }

    #[test]
    fn an_answer_keeps_its_names_and_loses_its_values() {
        let secrets = [Secret::new("bearer of ours".to_owned())];
        let secret = "eyJBY2Nlc3NLZXlJZCI6IlNUUy5F+/=";
        for (body, left) in [
            (format!(r#"{{"uploadAuth":"{secret}"}}"#), r#"{"uploadAuth":"•••(31)"}"#),
            (format!(r#"{{"UploadAddress":"{secret}"}}"#), r#"{"UploadAddress":"•••(31)"}"#),
            (format!(r#"{{"data":{{"x":["{secret}"]}}}}"#), r#"{"data":{"x":["•••(31)"]}}"#),
            (
                r#"{"credentials":{"a":"pin","b":[1,true,null]}}"#.to_owned(),
                r#"{"credentials":{"a":"•••(3)","b":["•••","•••",null]}}"#,
            ),
            (format!(r#"{{"{secret}":1}}"#), r#"{"•••(31)":1}"#),
            (
                r#"{"videoId":"0123456789abcdef0123456789abcdef"}"#.to_owned(),
                r#"{"videoId":"0123456789abcdef0123456789abcdef"}"#,
            ),
            (format!(r#"{{"videoId":"{secret}"}}"#), r#"{"videoId":"•••(31)"}"#),
            (
                r#"{"message":"lin may not upload, bearer of ours","n":3}"#.to_owned(),
                r#"{"message":"lin may not upload, •••","n":3}"#,
            ),
        ] {
            let shown: Value = serde_json::from_str(&masked(body.as_bytes(), &secrets)).unwrap();
            assert_eq!(shown, serde_json::from_str::<Value>(left).unwrap(), "{body}");
        }
        let page = format!("<h1>Not found</h1> token={secret} bearer of ours");
        assert_eq!(masked(page.as_bytes(), &secrets), "<h1>Not found</h1> •••(37) •••");
        assert_eq!(masked(b"", &[]), "");
        assert!(masked("视 ".repeat(5_000).as_bytes(), &[]).len() <= ANSWER);
        assert!(!masked(&[0xFF, 0xFE, b'a'], &[]).is_empty());
    }
}
