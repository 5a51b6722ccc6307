//! Takes secrets out of texts the cloud sent. Knows no request.

use vodlift_sign::{Secret, encode::percent};

const DOTS: &str = "•••";
/// Longer sentences say nothing more.
const LIMIT: usize = 1_000;

/// Removes the given secrets in every spelling, whatever follows the name of a secret, and the
/// StringToSign that a refused signature brings along (it holds the token). At most 1,000 bytes are left.
pub fn clean(text: &str, secrets: &[Secret]) -> String {
    let mut out = text.trim().to_owned();
    for secret in secrets.iter().map(Secret::expose).filter(|secret| secret.len() >= 4) {
        let encoded = percent(secret);
        out = out.replace(&percent(&encoded), DOTS).replace(&encoded, DOTS).replace(secret, DOTS);
    }
    // VOD: "… is not matched with our calculation. server string to sign is:POST\n/\n…"
    for mark in ["string to sign", "StringToSign", "CanonicalRequest", "canonical request"] {
        if let Some(at) = find(&out, mark) {
            out.truncate(at);
            out.push_str(DOTS);
        }
    }
    for name in [
        "SecurityToken",
        "security-token",
        "SignatureProvided",
        "Signature",
        "AccessKeySecret",
        "Authorization",
    ] {
        out = hide_value(&out, name);
    }
    out = hide_tokens(&out);
    if out.len() > LIMIT {
        let end = (0..=LIMIT).rev().find(|at| out.is_char_boundary(*at)).unwrap_or(0);
        out.truncate(end);
    }
    out
}

/// Position of an ASCII mark, whatever its case.
fn find(text: &str, mark: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(&mark.to_ascii_lowercase())
}

/// Hides what stands behind `name=`, `name:`, `<name>` and the like, up to the next delimiter.
fn hide_value(text: &str, name: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = find(rest, name) {
        let (before, from) = rest.split_at(at + name.len());
        out.push_str(before);
        let value = from.trim_start_matches(['"', '\'', ' ', '=', ':', '>']);
        let skipped = from.len() - value.len();
        let closing = rest[..at].ends_with("</");
        let separated = !closing && from[..skipped].contains(['=', ':', '>']);
        if separated {
            let end = value.find(['&', '<', '"', '\'', ',', ';', '\n', ' ']).unwrap_or(value.len());
            out.push_str(&from[..skipped]);
            out.push_str(DOTS);
            rest = &value[end..];
        } else {
            rest = from;
        }
    }
    out.push_str(rest);
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
}
