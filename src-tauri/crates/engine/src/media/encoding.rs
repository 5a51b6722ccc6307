//! Texts in any encoding, and the same as UTF-8: what is sent of a subtitle that is not UTF-8. The file stays as it is.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GBK, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252,
};

use crate::model::Recoded;

/// Texts are held in memory to be recoded; longer ones are no subtitles of a film.
pub(super) const LARGEST: u64 = 16 << 20;

/// UTF-16, by its mark or by its zeros.
pub(super) fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] => return None, // UTF-32, which nobody reads
        [0xFF, 0xFE, ..] => return Some(UTF_16LE),
        [0xFE, 0xFF, ..] => return Some(UTF_16BE),
        _ => {}
    }
    // Times and line ends are ASCII: every second byte of them is zero, and hardly ever the other.
    let bytes = &bytes[..bytes.len().min(4_096)];
    let zeros = |odd: usize| bytes.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = bytes.len() / 10;
    let text = |encoding: &'static Encoding| {
        let decoded = encoding.decode_without_bom_handling(bytes).0;
        decoded.chars().filter(|c| c.is_control() && !c.is_whitespace()).count()
            <= decoded.len() / 200
    };
    match () {
        () if bytes.len() < 16 => None,
        () if odd > many && even * 8 < odd && text(UTF_16LE) => Some(UTF_16LE),
        () if even > many && odd * 8 < even && text(UTF_16BE) => Some(UTF_16BE),
        () => None,
    }
}

/// The encoding of a whole text; none for UTF-8. `place` is a hint: the country whose files look like this one's name.
pub(super) fn detect(bytes: &[u8], place: Option<&str>) -> Option<&'static Encoding> {
    if let Some(wide) = wide(bytes) {
        return Some(wide);
    }
    let (as_utf8, damaged) = UTF_8.decode_without_bom_handling(bytes);
    if !damaged {
        return None;
    }
    // UTF-8 with a few broken letters: any other encoding would break all of them.
    let broken = as_utf8.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    let good = as_utf8.chars().filter(|c| !c.is_ascii()).count() - broken;
    if broken * 20 < good {
        return Some(UTF_8);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let guess = detector.guess(place.map(str::as_bytes), Utf8Detection::Deny);
    let fits = |encoding: &&'static Encoding| !encoding.decode_without_bom_handling(bytes).1;
    let others = [GBK, BIG5, SHIFT_JIS, EUC_KR, EUC_JP, WINDOWS_1252];
    Some(std::iter::once(guess).chain(others).find(fits).unwrap_or(guess))
}

/// A text as UTF-8, and how many of its letters could not be read.
pub(super) fn to_utf8(bytes: &[u8], encoding: &'static Encoding) -> (String, usize) {
    let text = encoding.decode_with_bom_removal(bytes).0.into_owned();
    let broken = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    (declare(text), broken)
}

/// XML names its own encoding in its first line.
fn declare(text: String) -> String {
    let Some(end) = text.find("?>").filter(|_| text.starts_with("<?xml")) else { return text };
    let Some(at) = text[..end].find("encoding=") else { return text };
    let value = at + "encoding=".len();
    let Some(quote) = text[value..].chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        return text;
    };
    match text[value + 1..end].find(quote) {
        Some(length) => format!("{}UTF-8{}", &text[..=value], &text[value + 1 + length..]),
        None => text,
    }
}

/// The bytes that are sent of a file: its own, or its text as UTF-8.
#[derive(Debug)]
pub struct Payload {
    file: File,
    text: Option<Cursor<Vec<u8>>>,
}

impl Payload {
    /// Opens a file. Blocking; a text that is recoded is read whole.
    pub fn open(path: &Path, recoded: Option<&Recoded>) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let Some(recoded) = recoded else { return Ok(Self { file, text: None }) };
        let encoding = Encoding::for_label(recoded.from.as_bytes())
            .ok_or_else(|| io::Error::new(io::ErrorKind::Unsupported, "unknown encoding"))?;
        let mut bytes = Vec::new();
        Read::by_ref(&mut file).take(LARGEST).read_to_end(&mut bytes)?;
        let (text, _) = to_utf8(&bytes, encoding);
        Ok(Self { file, text: Some(Cursor::new(text.into_bytes())) })
    }

    /// Of the file itself: what is compared to see whether it changed.
    pub fn metadata(&self) -> io::Result<std::fs::Metadata> {
        self.file.metadata()
    }
}

impl Read for Payload {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.text {
            Some(text) => text.read(buffer),
            None => self.file.read(buffer),
        }
    }
}

impl Seek for Payload {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.text {
            Some(text) => text.seek(to),
            None => self.file.seek(to),
        }
    }
}
