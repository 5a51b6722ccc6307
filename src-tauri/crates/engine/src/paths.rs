//! Paths as text: lossless for the journal, readable for people. A name need not be Unicode on Unix (GBK bytes from an
//! old disk), and the journal keeps text.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Begins what is no text. A path in the journal is absolute, so none begins like this by itself.
const BYTES: &str = "bytes:";

/// The path as the journal keeps it: itself, or `bytes:` with every byte that is no plain ASCII as `%XX`.
pub fn to_text(path: &Path) -> Cow<'_, str> {
    match path.to_str() {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(escaped(path)),
    }
}

/// The other way round.
pub fn from_text(text: &str) -> PathBuf {
    text.strip_prefix(BYTES).and_then(unescaped).unwrap_or_else(|| PathBuf::from(text))
}

/// Whether the journal can name it without loss: everywhere on Unix, Unicode only elsewhere.
pub fn can_be_kept(path: &Path) -> bool {
    cfg!(unix) || path.to_str().is_some()
}

/// The file's own name, for people and for VOD.
pub fn name(path: &Path) -> String {
    readable(path.file_name().unwrap_or(path.as_os_str())).0
}

/// The name without its extension, and whether its letters had to be guessed.
pub fn stem(path: &Path) -> (String, bool) {
    readable(path.file_stem().unwrap_or_default())
}

#[cfg(unix)]
fn escaped(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    let mut text = BYTES.to_owned();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'%' | 0..=0x1F | 0x7F.. => {
                text.push('%');
                for half in [byte >> 4, byte & 15] {
                    text.extend(char::from_digit(u32::from(half), 16));
                }
            }
            plain => text.push(char::from(*plain)),
        }
    }
    text
}

#[cfg(not(unix))]
fn escaped(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(unix)]
fn unescaped(text: &str) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[2..];
    }
    Some(std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn unescaped(_: &str) -> Option<PathBuf> {
    None
}

/// Text, or the best guess at it: Chinese, where the bytes do not tell otherwise.
fn readable(name: &OsStr) -> (String, bool) {
    match name.to_str() {
        Some(text) => (text.to_owned(), false),
        None => (guessed(name), true),
    }
}

#[cfg(unix)]
fn guessed(name: &OsStr) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    let bytes = name.as_bytes();
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let encoding = detector.guess(Some(b"cn"), chardetng::Utf8Detection::Deny);
    let text = encoding.decode_without_bom_handling(bytes).0;
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}

#[cfg(not(unix))]
fn guessed(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    #[test]
    fn a_path_that_is_no_text_comes_back_as_it_was() {
        for bytes in
            [&b"/a/plain.mp4"[..], "/a/夜 100%.mp4".as_bytes(), b"/a/\xd6\xd0%41\n.mp4", b"/\xff"]
        {
            let path = Path::new(OsStr::from_bytes(bytes));
            assert_eq!(from_text(&to_text(path)), path, "{path:?}");
        }
        assert_eq!(to_text(Path::new("/a/夜%.mp4")), "/a/夜%.mp4");
        assert_eq!(to_text(Path::new(OsStr::from_bytes(b"/a/%\xff"))), "bytes:/a/%25%ff");
        assert_eq!(from_text("bytes:%zz"), Path::new("bytes:%zz"));
    }

    #[test]
    fn a_name_in_the_letters_of_an_old_disk_is_read() {
        // 课程第一讲 in GBK.
        let gbk = b"/a/\xbf\xce\xb3\xcc\xb5\xda\xd2\xbb\xbd\xb2.mp4";
        let path = Path::new(OsStr::from_bytes(gbk));
        assert_eq!(name(path), "课程第一讲.mp4");
        assert_eq!(stem(path), ("课程第一讲".to_owned(), true));
        assert_eq!(stem(Path::new("/a/b.mp4")), ("b".to_owned(), false));
    }
}
