//! What the bytes of a file prove it to be. A name decides only between things whose bytes are the same.

use std::io::{Read, Seek};

use super::boxes::{self, Brand, Layout};
use super::format::{self, Format};
use super::probe::Probe;
use super::{stream, subtitle};

/// Places looked at for something that is not zero.
const SAMPLES: u64 = 16;
/// Bytes looked at there.
const SAMPLE: usize = 4_096;
/// Smaller files are not asked whether their end was ever written.
const HOLLOW_FROM: u64 = 1 << 20;

/// What a file holds.
#[derive(Debug)]
pub(super) enum Content {
    /// Media of a format VOD takes.
    Media(&'static Format),
    /// Something known that VOD has no use for, by its name for people.
    Foreign(String),
    /// An archive of another program's: a document, a program.
    Document,
    /// A web page.
    Page,
    /// A list of pieces that lie elsewhere.
    Playlist,
    /// What macOS keeps beside a file on a foreign drive.
    Fork,
    /// Zeros wherever one looks.
    Nothing,
    /// Text of no known sort.
    Text,
    /// Bytes of no known sort.
    Unknown,
}

/// What is worth knowing of media beside its format.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub layout: Option<Layout>,
    /// The end of the file was never written.
    pub hollow: bool,
}

/// `name` is the extension, lower case.
pub(super) fn sniff<R: Read + Seek>(
    probe: &mut Probe<R>,
    name: &str,
) -> std::io::Result<(Content, Seen)> {
    let mut seen = Seen::default();
    let content = content(probe, name, &mut seen)?;
    if let Content::Media(format) = &content {
        // Uncompressed sound and pictures may well be still to the end.
        let compressed = !matches!(format.name, "WAV" | "CAF" | "AVI" | "DV");
        seen.hollow = compressed && probe.size >= HOLLOW_FROM && written(probe)? <= 3;
    }
    Ok((content, seen))
}

/// In which quarter of the file the last byte lies that is not zero, of the places looked at; 0: there is none.
fn written<R: Read + Seek>(probe: &mut Probe<R>) -> std::io::Result<u64> {
    for n in (0..=SAMPLES).rev() {
        let at = (probe.size.saturating_sub(SAMPLE as u64) / SAMPLES) * n;
        if probe.at(at, SAMPLE)?.iter().any(|byte| *byte != 0) {
            return Ok((4 * n).div_ceil(SAMPLES).max(1));
        }
    }
    Ok(0)
}

fn content<R: Read + Seek>(
    probe: &mut Probe<R>,
    name: &str,
    seen: &mut Seen,
) -> std::io::Result<Content> {
    if probe.first(SAMPLE).iter().all(|byte| *byte == 0) && written(probe)? == 0 {
        return Ok(Content::Nothing);
    }
    if probe.has(4, b"ftyp") {
        return film(probe, name, seen);
    }
    if let Some(format) = fixed(probe, name)? {
        return Ok(Content::Media(format));
    }
    if let Some(other) = foreign(probe) {
        return Ok(other);
    }
    if probe.has(0, b"PK\x03\x04") || probe.has(0, b"PK\x05\x06") {
        return archive(probe, name);
    }
    if boxes::bare(probe)? {
        seen.layout = Some(boxes::layout(probe)?);
        return Ok(Content::Media(format::MOV));
    }
    let tags = stream::after_tags(probe)?;
    if let Some(format) = tagged(probe, tags, name)? {
        return Ok(Content::Media(format));
    }
    if subtitle::is_ebu(&probe.head) {
        return Ok(Content::Media(format::STL));
    }
    if let Some(text) = subtitle::text(&probe.head) {
        return Ok(subtitle::sniff(&text, name));
    }
    let lenient = matches!(name, "ts" | "m2t" | "mts" | "m2ts" | "tp" | "trp");
    if let Some(distance) = stream::transport(probe, lenient) {
        return Ok(Content::Media(if distance == 192 { format::M2TS } else { format::TS }));
    }
    Ok(Content::Unknown)
}

/// A file that begins with `ftyp`: its brand says what it is, its index whether a doubtful one is a film.
fn film<R: Read + Seek>(
    probe: &mut Probe<R>,
    name: &str,
    seen: &mut Seen,
) -> std::io::Result<Content> {
    let brand = boxes::brand(&probe.head, name);
    let known = match brand {
        Brand::Foreign(label) => return Ok(Content::Foreign(label)),
        Brand::Known(format) if *format == *format::HEIC => return Ok(Content::Media(format)),
        Brand::Known(format) => Some(format),
        Brand::Perhaps(_) => None,
    };
    let layout = boxes::layout(probe)?;
    seen.layout = Some(layout);
    let sound_only = layout.sound && !layout.picture;
    Ok(match (known, brand) {
        (Some(format), _) if *format == *format::MP4 && sound_only => Content::Media(format::M4A),
        (Some(format), _) | (None, Brand::Known(format)) => Content::Media(format),
        (None, _) if layout.picture || layout.sound => Content::Media(format::MP4),
        (None, Brand::Perhaps(label) | Brand::Foreign(label)) => Content::Foreign(label),
    })
}

/// Formats with a magic number at a fixed place.
fn fixed<R: Read + Seek>(
    probe: &mut Probe<R>,
    name: &str,
) -> std::io::Result<Option<&'static Format>> {
    use format as f;
    let head = &probe.head;
    let riff = probe.has(0, b"RIFF") || probe.has(0, b"RF64") || probe.has(0, b"BW64");
    if riff {
        return Ok(match head.get(8..12) {
            Some(b"AVI ") => Some(f::AVI),
            Some(b"WAVE") => Some(f::WAV),
            Some(b"WEBP") => Some(f::WEBP),
            Some(b"CDXA") => Some(f::VCD),
            _ => None,
        });
    }
    if probe.has(0, &[0x1A, 0x45, 0xDF, 0xA3]) {
        // The type of document stands in the first element, which is short.
        let start = probe.first(256);
        let holds = |text: &[u8]| start.windows(text.len()).any(|window| window == text);
        return Ok(match () {
            () if holds(b"webm") => Some(f::WEBM),
            () if holds(b"matroska") => Some(f::MKV),
            () => None,
        });
    }
    if probe.has(0, b"\x89PNG\r\n\x1a\n") {
        return Ok(Some(if is_animated(probe)? { f::APNG } else { f::PNG }));
    }
    if probe.has(0, b"\x30\x26\xB2\x75\x8E\x66\xCF\x11") {
        return Ok(Some(windows_media(&probe.head)));
    }
    if probe.has(0, b"OggS") {
        return Ok(Some(ogg(&probe.head)));
    }
    let flash = matches!(head.first_chunk::<3>(), Some(b"FWS" | b"CWS" | b"ZWS"))
        && head.get(3).is_some_and(|version| (1..=60).contains(version));
    if flash {
        return Ok(Some(f::SWF));
    }
    // A pack begins with a clock whose first bits are fixed: MPEG-1 and MPEG-2 differ.
    let pack = probe.has(0, &[0, 0, 1, 0xBA])
        && head.get(4).is_some_and(|byte| byte & 0xC0 == 0x40 || byte & 0xF0 == 0x20);
    if pack {
        return Ok(Some(f::MPEG_PS));
    }
    // DV: the sections of the first sequence (header, subcode, VAUX) are 80 bytes each.
    let section = |at: usize| head.get(at).map_or(0xFF, |byte| byte >> 5);
    if probe.has(0, &[0x1F, 0x07, 0x00]) && section(80) == 1 && section(240) == 2 {
        return Ok(Some(f::DV));
    }
    if probe.has(0, b"\xFF\xD8\xFF") {
        let moving = matches!(name, "mjpeg" | "mjpg");
        return Ok(Some(if moving { f::MJPEG } else { f::JPG }));
    }
    let table: &[(&[u8], &'static Format)] = &[
        (b"GIF87a", f::GIF),
        (b"GIF89a", f::GIF),
        (b"FLV\x01", f::FLV),
        (b"\x00\x00\x01\xB3", f::MPEG_ES),
        (b".RMF\x00\x00\x00", f::REAL),
        (b".ra\xFD", f::REAL_AUDIO),
        (b"riff\x2E\x91\xCF\x11", f::WAV),
        (b"#!AMR", f::AMR),
        (b"caff\x00", f::CAF),
        (b"\x97\x28\x03\x01", f::ACM),
        (b"WAVCV1.0", f::ACM),
        (b"ADIF", f::AAC),
        (b"MATLAB 5.0 MAT-file", f::MAT),
    ];
    Ok(table.iter().find(|(text, _)| probe.has(0, text)).map(|(_, format)| *format))
}

/// An animated PNG says so before its first picture.
fn is_animated<R: Read + Seek>(probe: &mut Probe<R>) -> std::io::Result<bool> {
    let mut at = 8;
    for _ in 0..32 {
        let chunk = probe.at(at, 8)?;
        let (Some(size), Some(kind)) = (chunk.first_chunk::<4>(), chunk.get(4..8)) else {
            break;
        };
        match kind {
            b"acTL" => return Ok(true),
            b"IDAT" | b"IEND" => break,
            _ => at += 12 + u64::from(u32::from_be_bytes(*size)),
        }
    }
    Ok(false)
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// The types of its streams stand in the header object.
fn windows_media(head: &[u8]) -> &'static Format {
    const REST: &[u8] = &[0x4D, 0x5B, 0xCF, 0x11, 0xA8, 0xFD, 0x00, 0x80, 0x5F, 0x5C, 0x44, 0x2B];
    let stream = |first: &[u8]| holds(head, &[first, REST].concat());
    let (sound, video) = (stream(&[0x40, 0x9E, 0x69, 0xF8]), stream(&[0xC0, 0xEF, 0x19, 0xBC]));
    if sound && !video { format::WMA } else { format::WMV }
}

/// Each stream begins with a page of its own, before any other page.
fn ogg(head: &[u8]) -> &'static Format {
    let sounds: [&[u8]; 5] = [b"OpusHead", b"\x01vorbis", b"Speex   ", b"\x7FFLAC", b"fLaC\0"];
    let videos: [&[u8]; 5] = [b"\x80theora", b"BBCD\0", b"\x01video", b"\x80kate", b"OVP80"];
    let (mut at, mut sound, mut video) = (0, false, false);
    while let Some(page) = head.get(at..).filter(|page| page.starts_with(b"OggS")) {
        let (Some(flags), Some(count)) = (page.get(5), page.get(26)) else { break };
        if flags & 2 == 0 {
            break;
        }
        let from = 27 + usize::from(*count);
        let Some(table) = page.get(27..from) else { break };
        let length: usize = table.iter().map(|byte| usize::from(*byte)).sum();
        let body = page.get(from..).unwrap_or_default();
        sound |= sounds.iter().any(|text| body.starts_with(text));
        video |= videos.iter().any(|text| body.starts_with(text));
        at += from + length;
    }
    if sound && !video { format::OGG_AUDIO } else { format::OGG_VIDEO }
}

/// Known to be something else, so that nobody wonders.
fn foreign<R>(probe: &Probe<R>) -> Option<Content> {
    if probe.head.starts_with(&[0, 5, 0x16, 7]) || probe.head.starts_with(&[0, 5, 0x16, 0]) {
        return Some(Content::Fork);
    }
    let table: &[(usize, &[u8], &str)] = &[
        (0, b"%PDF-", "PDF"),
        (0, b"8BPS", "PSD"),
        (0, b"BM", "BMP"),
        (0, b"II*\0", "TIFF"),
        (0, b"MM\0*", "TIFF"),
        (0, b"\0\0\0\x0CjP  \r\n\x87\n", "JP2"),
        (0, b"\x7FELF", "ELF"),
        (0, b"Rar!\x1A\x07", "RAR"),
        (0, b"7z\xBC\xAF\x27\x1C", "7Z"),
        (0, b"\x1F\x8B\x08", "GZIP"),
        (0, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "OLE"),
        (0, b"SQLite format 3\0", "SQLite"),
        (0, b"MThd", "MIDI"),
        (0, b"DSD ", "DSF"),
        (0, b"wvpk", "WavPack"),
        (0, b"TTA1", "TTA"),
        (257, b"ustar", "TAR"),
    ];
    let found = table
        .iter()
        .find(|(at, text, _)| probe.head.get(*at..).is_some_and(|rest| rest.starts_with(text)));
    // Two letters are not enough for a bitmap.
    let found =
        found.filter(|(_, text, _)| *text != b"BM" || probe.head.get(6..10) == Some(&[0, 0, 0, 0]));
    found.map(|(_, _, label)| Content::Foreign((*label).to_owned()))
}

/// What lies in an archive says whether it is one of its own right: office documents, books and programs are archives too.
fn archive<R: Read + Seek>(probe: &mut Probe<R>, name: &str) -> std::io::Result<Content> {
    // The directory stands at the end.
    let tail = 64 * 1024_u64;
    let end = probe.at(probe.size.saturating_sub(tail), 64 * 1024)?;
    let inside = |text: &[u8]| holds(&probe.head, text) || holds(&end, text);
    let android = inside(b"AndroidManifest.xml");
    let document = [
        &b"[Content_Types].xml"[..],
        b"META-INF/container.xml",
        b"META-INF/manifest.xml",
        b"META-INF/MANIFEST.MF",
        b"mimetypeapplication/",
    ];
    if android {
        let apk = matches!(name, "apk" | "");
        return Ok(if apk { Content::Media(format::APK) } else { Content::Document });
    }
    if !matches!(name, "zip" | "") || document.iter().any(|text| inside(text)) {
        return Ok(Content::Document);
    }
    Ok(Content::Media(format::ZIP))
}

/// Sound behind a tag, or behind nothing.
fn tagged<R: Read + Seek>(
    probe: &mut Probe<R>,
    at: u64,
    name: &str,
) -> std::io::Result<Option<&'static Format>> {
    let bytes = probe.at(at, super::probe::HEAD)?;
    if bytes.starts_with(b"fLaC") {
        return Ok(Some(format::FLAC));
    }
    if bytes.starts_with(b"MAC ") || bytes.starts_with(b"MACF") {
        return Ok(Some(format::APE));
    }
    // Some writers leave room behind the tag.
    let start = bytes.iter().position(|byte| *byte != 0).filter(|_| at > 0).unwrap_or(0);
    let whole = at + bytes.len() as u64 >= probe.size;
    Ok(match stream::sound(&bytes[start..], whole, name) {
        Some("mp3") => Some(format::MP3),
        Some("aac") => Some(format::AAC),
        Some("ac3") => Some(format::AC3),
        // What stands behind a tag that large cannot be seen from here; only sound has one.
        _ if at > 0 && (at >= probe.size || bytes.len() < 16) => None,
        _ if at > 0 && name == "mp3" => Some(format::MP3),
        _ => None,
    })
}
