//! What VOD accepts as text, extension, category and template. Pure; knows no media.

use serde_json::Value;

use crate::codes;
use crate::life::Kind;
use crate::reply::Denial;

const VIDEO: [&str; 29] = [
    "mp4", "ts", "3gp", "mpg", "mpeg", "mpe", "dat", "vob", "asf", "avi", "wmv", "flv", "f4v",
    "rm", "rmvb", "mov", "mkv", "m3u8", "dv", "gif", "m2t", "m4v", "mj2", "mjpeg", "mts", "ogg",
    "qt", "swf", "webm",
];
const AUDIO: [&str; 12] =
    ["mp3", "wma", "wav", "aac", "ra", "m4a", "flac", "ape", "ac3", "amr", "caf", "acm"];
/// VOD: CreateUploadImage, ImageExt.
pub(super) const IMAGE: [&str; 6] = ["png", "jpg", "jpeg", "gif", "heic", "webp"];

/// Template group that leaves a video as it is.
pub(crate) const NO_TRANSCODE: &str = "VOD_NO_TRANSCODE";
/// Id and name; the first is the default one.
pub(crate) const TEMPLATE_GROUPS: [(&str, &str); 3] = [
    ("5b5f4e1c8d2a4f6e9c3b7a1d0e2f4c6a", "Standard"),
    ("9f1c2d3e4b5a60718293a4b5c6d7e8f9", "Standard and high"),
    (NO_TRANSCODE, "No transcoding"),
];
/// Id, name, parent.
pub(crate) const CATEGORIES: [(i64, &str, i64); 4] = [
    (1_000_012_345, "Lectures", -1),
    (1_000_012_346, "Clips", -1),
    (1_000_012_347, "Mathematics", 1_000_012_345),
    (1_000_012_348, "短片", -1),
];

/// Video or audio by extension; `None` is none VOD takes.
pub(super) fn video_kind(extension: &str) -> Option<Kind> {
    if VIDEO.contains(&extension) {
        Some(Kind::Video)
    } else if AUDIO.contains(&extension) {
        Some(Kind::Audio)
    } else {
        None
    }
}

/// VOD: CreateUploadAttachedMedia, MediaExt by BusinessType.
pub(super) fn attached(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Watermark => &["png", "gif", "apng", "mov"],
        Kind::Subtitle => &["srt", "ass", "stl", "ttml", "vtt"],
        Kind::Material => &["jpg", "gif", "png", "mp4", "mat", "zip", "apk"],
        Kind::Video | Kind::Audio | Kind::Image => &[],
    }
}

/// Extension of a file name, lower-case, without its dot.
pub(super) fn extension(name: &str) -> Option<String> {
    let (stem, extension) = name.rsplit_once('.')?;
    let good = !stem.is_empty() && !extension.is_empty();
    good.then(|| extension.to_ascii_lowercase())
}

/// Title, Description and Tags. `in_bytes`: the operation counts bytes and not characters.
pub(super) fn text_rules(parameters: &[(String, String)], in_bytes: bool) -> Result<(), Denial> {
    let length = |text: &str| if in_bytes { text.len() } else { text.chars().count() };
    for (name, text) in parameters {
        let limit = match name.as_str() {
            "Title" => 128,
            "Description" => 1024,
            "Tags" => usize::MAX,
            _ => continue,
        };
        if text.chars().any(illegal) {
            return Err(Denial::of(&codes::ILLEGAL_CHARACTERS).fill(name));
        }
        if length(text) > limit {
            return Err(Denial::of(&codes::TOO_LONG).fill(name).fill(&limit.to_string()));
        }
        if name == "Tags" {
            let tags: Vec<&str> = text.split(',').collect();
            if tags.len() > 16 {
                return Err(Denial::of(&codes::TOO_MANY_TAGS));
            }
            if tags.iter().any(|tag| length(tag) > 32) {
                return Err(Denial::of(&codes::TOO_LONG).fill(name).fill("32"));
            }
        }
    }
    Ok(())
}

/// Emoji and control characters.
fn illegal(letter: char) -> bool {
    matches!(u32::from(letter),
        0..=8 | 0xB | 0xC | 0xE..=0x1F | 0x7F   // control characters but tab and line ends
        | 0x2600..=0x27BF | 0x2B50..=0x2B55     // symbols and dingbats
        | 0xFE0E | 0xFE0F | 0x200D              // what makes a sequence of them
        | 0x1_F000..=0x1_FAFF)
}

/// VOD: ReferenceId, 6 to 64 of `A-Za-z0-9-_`.
pub(super) fn is_reference(text: &str) -> bool {
    (6..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

pub(super) fn cover(url: Option<&str>) -> Result<String, Denial> {
    match url {
        None => Ok(String::new()),
        Some(url) if url.starts_with("http://") || url.starts_with("https://") => Ok(url.into()),
        Some(_) => Err(super::invalid("CoverURL")),
    }
}

pub(super) fn category(id: Option<&str>) -> Result<Option<i64>, Denial> {
    let Some(id) = id else { return Ok(None) };
    let known = id.parse().ok().filter(|id| CATEGORIES.iter().any(|(other, ..)| other == id));
    known.map(Some).ok_or_else(|| Denial::of(&codes::NO_CATEGORY))
}

/// UserData is JSON, and its Extend has at most 512 bytes.
pub(super) fn user_data(text: Option<&str>) -> Result<(), Denial> {
    let Some(text) = text else { return Ok(()) };
    let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(text) else {
        return Err(super::invalid("UserData"));
    };
    let extend = fields.get("Extend").map(|it| match it {
        Value::String(text) => text.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            it.to_string().len()
        }
    });
    if extend.is_some_and(|length| length > 512) {
        return Err(super::invalid("UserData"));
    }
    Ok(())
}

/// Ids separated by commas.
pub(super) fn ids(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(name: &str, value: &str, in_bytes: bool) -> Option<String> {
        text_rules(&[(name.into(), value.into())], in_bytes).err().map(|it| it.code)
    }

    #[test]
    fn texts_have_limits_in_characters_or_bytes() {
        let title = "视".repeat(128);
        assert_eq!(code("Title", &title, false), None);
        assert_eq!(code("Title", &title, true).as_deref(), Some("LengthExceededMax"));
        assert_eq!(code("Title", &"a".repeat(129), false).as_deref(), Some("LengthExceededMax"));
        assert_eq!(code("Description", &"a".repeat(1024), true), None);
        assert!(code("Description", &"a".repeat(1025), true).is_some());
        assert_eq!(code("Title", "a 🎬", false).as_deref(), Some("IllegalCharacters"));
        assert_eq!(code("Tags", "a,b,❤", false).as_deref(), Some("IllegalCharacters"));
        let many = vec!["t"; 17].join(",");
        assert_eq!(code("Tags", &many, false).as_deref(), Some("TagsExceededMax"));
        assert_eq!(code("Tags", &"t".repeat(33), false).as_deref(), Some("LengthExceededMax"));
        assert_eq!(code("Tags", &vec!["t"; 16].join(","), false), None);
    }

    #[test]
    fn extensions_and_references() {
        assert_eq!(extension("A.b.MP4").as_deref(), Some("mp4"));
        assert_eq!(extension(".mp4"), None);
        assert_eq!(extension("mp4"), None);
        assert_eq!(video_kind("mkv"), Some(Kind::Video));
        assert_eq!(video_kind("acm"), Some(Kind::Audio));
        assert_eq!(video_kind("exe"), None);
        assert!(is_reference("abc-_9") && !is_reference("short") && !is_reference("a b c d e"));
        assert!(!is_reference(&"x".repeat(65)));
        assert!(user_data(Some("{}")).is_ok() && user_data(Some("x")).is_err());
        let long = format!("{{\"Extend\":\"{}\"}}", "x".repeat(513));
        assert!(user_data(Some(&long)).is_err());
    }
}
