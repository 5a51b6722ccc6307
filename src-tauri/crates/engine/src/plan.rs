//! Looks at a file: what it is, whether VOD takes it, how it is cut. Pure arithmetic and a few reads; knows no cloud.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::fault::{Code, Fault};
use crate::model::{Kind, Method, Source};

const MIB: u64 = 1 << 20;
/// OSS: 10,000 parts of at most 5 GiB (protocol/oss.md 4.1).
pub const LARGEST: u64 = 10_000 * 5 * 1024 * MIB;
/// OSS: PutObject takes 5 GB; images and attached media have no other way.
pub const LARGEST_PUT: u64 = 5_000_000_000;
/// What fits one request goes out in one (protocol/oss.md 7.1).
pub const ONE_REQUEST: u64 = 8 * MIB;

// VOD: protocol/vod.md 4.1. The first of each is what an unknown name gets.
const VIDEO: &[&str] = &[
    "mp4", "ts", "3gp", "mpg", "mpeg", "mpe", "dat", "vob", "asf", "avi", "wmv", "flv", "f4v",
    "rm", "rmvb", "mov", "mkv", "m3u8", "dv", "gif", "m2t", "m4v", "mj2", "mjpeg", "mts", "ogg",
    "qt", "swf", "webm",
];
const AUDIO: &[&str] =
    &["mp3", "wma", "wav", "aac", "ra", "m4a", "flac", "ape", "ac3", "amr", "caf", "acm"];
const IMAGE: &[&str] = &["png", "jpg", "jpeg", "gif", "heic", "webp"];
const SUBTITLE: &[&str] = &["srt", "ass", "stl", "ttml", "vtt"];
const WATERMARK: &[&str] = &["png", "gif", "apng", "mov"];
const MATERIAL: &[&str] = &["jpg", "gif", "png", "mp4", "mat", "zip", "apk"];

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Its kind.
    pub kind: Kind,
    /// The extension told to VOD: the name's own where it fits, otherwise the content's.
    pub extension: String,
    /// What must not change from now on.
    pub source: Source,
    /// Hash over head, middle, tail and size.
    pub fingerprint: u64,
}

/// The extensions VOD takes for a kind.
pub const fn extensions(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Video => VIDEO,
        Kind::Audio => AUDIO,
        Kind::Image => IMAGE,
        Kind::Subtitle => SUBTITLE,
        Kind::Watermark => WATERMARK,
        Kind::Material => MATERIAL,
    }
}

/// The name's extension, lower case, without its dot; empty when there is none.
pub fn extension(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// What a name alone says.
pub fn kind_by_name(path: &Path) -> Option<Kind> {
    kind_by_extension(&extension(path))
}

fn kind_by_extension(extension: &str) -> Option<Kind> {
    // A gif is both an image and a video for VOD: image until the person says otherwise.
    [Kind::Image, Kind::Video, Kind::Audio, Kind::Subtitle]
        .into_iter()
        .find(|kind| extensions(*kind).contains(&extension))
        .or_else(|| ["apng", "mat", "zip", "apk"].contains(&extension).then_some(Kind::Material))
        .map(|kind| if extension == "apng" { Kind::Watermark } else { kind })
}

/// What the first bytes say: the usual extension of that content.
pub fn sniff(head: &[u8]) -> Option<&'static str> {
    let at = |from: usize, text: &[u8]| head.get(from..from + text.len()) == Some(text);
    if at(4, b"ftyp") {
        let brand = head.get(8..12).unwrap_or_default();
        return Some(match brand {
            b"M4A " | b"M4B " => "m4a",
            b"qt  " => "mov",
            b"heic" | b"heix" | b"mif1" | b"msf1" | b"heim" | b"heis" => "heic",
            b"mjp2" => "mj2",
            b"f4v " => "f4v",
            _ if brand.starts_with(b"3g") => "3gp",
            _ if brand.starts_with(b"M4V") => "m4v",
            _ => "mp4",
        });
    }
    if at(0, b"RIFF") {
        return match head.get(8..12) {
            Some(b"AVI ") => Some("avi"),
            Some(b"WAVE") => Some("wav"),
            Some(b"WEBP") => Some("webp"),
            _ => None,
        };
    }
    if at(0, &[0x1A, 0x45, 0xDF, 0xA3]) {
        let webm = head.windows(4).take(64).any(|w| w == b"webm");
        return Some(if webm { "webm" } else { "mkv" });
    }
    let fixed: &[(usize, &[u8], &str)] = &[
        (0, b"\x89PNG\r\n\x1a\n", "png"),
        (0, b"\xFF\xD8\xFF", "jpg"),
        (0, b"GIF8", "gif"),
        (0, b"FLV\x01", "flv"),
        (0, b"\x00\x00\x01\xBA", "mpg"),
        (0, b"\x00\x00\x01\xB3", "mpg"),
        (0, b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", "wmv"),
        (0, b"OggS", "ogg"),
        (0, b".RMF", "rmvb"),
        (0, b"ID3", "mp3"),
        (0, b"fLaC", "flac"),
        (0, b"#!AMR", "amr"),
        (0, b"MAC ", "ape"),
        (0, b"caff", "caf"),
        (0, b"PK\x03\x04", "zip"),
        (0, b"FWS", "swf"),
        (0, b"CWS", "swf"),
        (4, b"moov", "mov"),
        (4, b"mdat", "mov"),
        (4, b"wide", "mov"),
        (0, b"WEBVTT", "vtt"),
        (0, b"\xEF\xBB\xBFWEBVTT", "vtt"),
        (0, b"[Script Info]", "ass"),
        (0, b"\xEF\xBB\xBF[Script Info]", "ass"),
    ];
    if let Some((_, _, extension)) = fixed.iter().find(|(from, text, _)| at(*from, text)) {
        return Some(extension);
    }
    if head.first() == Some(&0x47) && head.get(188) == Some(&0x47) && head.get(376) == Some(&0x47) {
        return Some("ts");
    }
    match head {
        [0xFF, second, ..] if second & 0xF6 == 0xF0 => Some("aac"),
        [0xFF, second, ..] if second & 0xE6 == 0xE2 => Some("mp3"),
        [0x0B, 0x77, ..] => Some("ac3"),
        _ => None,
    }
}

/// Decides kind and extension from what the person forced, the content and the name.
pub fn decide(forced: Option<Kind>, head: &[u8], name: &str) -> Result<(Kind, String), Fault> {
    let content = sniff(head);
    let refuse = |kind: Option<Kind>| {
        let shown = if name.is_empty() { content.unwrap_or_default() } else { name };
        let fault = Fault::of(Code::ReqExt).with("ext", shown.to_uppercase());
        match kind {
            Some(kind) => fault.with("kind", kind.as_str()),
            None => fault,
        }
    };
    let by_content = content.and_then(kind_by_extension);
    // The same bytes are a Windows video or sound, a picture or a watermark: there the name decides.
    let by_name = kind_by_extension(name);
    let kind = match (forced, by_content, by_name) {
        (Some(kind), _, _) => kind,
        (None, Some(Kind::Video), Some(Kind::Audio))
            if matches!(content, Some("wmv" | "mp4" | "rmvb" | "ogg" | "mov")) =>
        {
            Kind::Audio
        }
        (None, Some(Kind::Image), Some(Kind::Watermark)) => Kind::Watermark,
        (None, Some(content), _) => content,
        (None, None, Some(name)) => name,
        (None, None, None) => return Err(refuse(None)),
    };
    let takes = extensions(kind);
    if let Some(content) = content {
        // A moving picture forced to be a subtitle, a text forced to be a video: it would only fail at VOD.
        let fits = takes.contains(&content)
            || by_content == Some(kind)
            || (kind == Kind::Audio && by_content == Some(Kind::Video))
            || (kind == Kind::Watermark && matches!(content, "mov" | "png" | "gif" | "mp4"))
            || (kind == Kind::Material
                && matches!(content, "jpg" | "png" | "gif" | "mp4" | "zip" | "mov"));
        if !fits {
            return Err(refuse(Some(kind)));
        }
    }
    if takes.contains(&name)
        && (by_content.is_none()
            || by_name == by_content
            || forced.is_some()
            || by_name == Some(kind))
    {
        // Pictures are told apart by their extension at VOD, so there the content wins over the name.
        let content_wins = kind == Kind::Image && content.is_some_and(|c| takes.contains(&c));
        let same = matches!((content, name), (Some("jpg"), "jpeg"));
        if !content_wins || same {
            return Ok((kind, name.to_owned()));
        }
    }
    match content {
        Some(content) if takes.contains(&content) => Ok((kind, content.to_owned())),
        _ => Err(refuse(Some(kind))),
    }
}

/// What the file is right now; compared before every part.
pub fn source(meta: &Metadata) -> Source {
    let since = |time: std::time::SystemTime| match time.duration_since(std::time::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    };
    let modified_ms = meta.modified().map_or(0, since);
    #[cfg(unix)]
    let file = Some(std::os::unix::fs::MetadataExt::ino(meta));
    #[cfg(not(unix))]
    let file = None;
    Source { size: meta.len(), modified_ms, file }
}

/// Why a file cannot be used, from what the system says.
pub fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    let kind = error.kind();
    let code = if matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory) {
        let drive_gone = volume(path).is_some_and(|root| !root.exists());
        if drive_gone { Code::FileDrive } else { Code::FileGone }
    } else if kind == ErrorKind::PermissionDenied {
        Code::FileDenied
    } else if kind == ErrorKind::IsADirectory {
        Code::FileSpecial
    } else if too_many_open(error) {
        Code::FileHandles
    } else {
        Code::FileRead
    };
    Fault::of(code)
        .with("path", path.display())
        .with("volume", volume(path).as_deref().unwrap_or(path).display())
        .with("reason", reason(error))
}

/// The process or the system has no file descriptor left: it passes.
fn too_many_open(error: &std::io::Error) -> bool {
    // EMFILE, ENFILE; ERROR_TOO_MANY_OPEN_FILES. std has no kind for them.
    let codes: &[i32] = if cfg!(windows) { &[4] } else { &[23, 24] };
    error.raw_os_error().is_some_and(|code| codes.contains(&code))
}

/// What the system said, without its number.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.as_str(), |(said, _)| said).to_owned()
}

/// Where the system shows the removable drive of a path: gone while its neighbours stay.
pub(crate) fn volume(path: &Path) -> Option<PathBuf> {
    let depth = match path.components().nth(1)?.as_os_str().to_str()? {
        _ if cfg!(windows) => 2, // the drive letter and its root
        "run" => 5,              // /run/media/NAME/VOLUME
        "media" => 4,
        "mnt" | "Volumes" => 3,
        _ => return None,
    };
    (path.components().count() > depth).then(|| path.components().take(depth).collect())
}

/// Compares the file with what it was. `Err` says what happened to it.
pub fn check_same(path: &Path, meta: std::io::Result<Metadata>, was: &Source) -> Result<(), Fault> {
    let meta = meta.map_err(|error| unreadable(path, &error))?;
    let is = source(&meta);
    // The number may be missing on one side (another system, an old journal); then size and time decide.
    let other_file = matches!((is.file, was.file), (Some(a), Some(b)) if a != b);
    if is.size != was.size || is.modified_ms != was.modified_ms || other_file {
        return Err(Fault::of(Code::FileChanged).with("path", path.display()));
    }
    Ok(())
}

/// Looks at a file. Blocking: a stat and at most four short reads.
pub fn look(path: &Path, forced: Option<Kind>) -> Result<Look, Fault> {
    let fail = |error: std::io::Error| unreadable(path, &error);
    if !crate::paths::can_be_kept(path) {
        return Err(Fault::of(Code::FileName).with("path", path.display()));
    }
    let meta = std::fs::metadata(path).map_err(fail)?;
    if !meta.is_file() {
        return Err(Fault::of(Code::FileSpecial).with("path", path.display()));
    }
    let mut file = File::open(path).map_err(fail)?;
    let source = source(&meta);
    if source.size == 0 {
        return Err(Fault::of(Code::FileEmpty).with("path", path.display()));
    }
    let mut head = vec![0; 4_096];
    let length = read_at(&mut file, 0, &mut head).map_err(fail)?;
    head.truncate(length);
    let name = extension(path);
    let (kind, extension) = decide(forced, &head, &name).map_err(|fault| {
        // Without an extension the file is called by its name.
        let whole = path.file_name().unwrap_or_default().to_string_lossy();
        let nameless = fault.facts.get("ext").is_some_and(String::is_empty);
        if nameless { fault.with("ext", whole) } else { fault }
    })?;
    let limit = if kind.renews() { LARGEST } else { LARGEST_PUT };
    if source.size > limit {
        return Err(Fault::of(Code::FileLarge).with("size", source.size).with("limit", limit));
    }
    let fingerprint = fingerprint(&mut file, source.size).map_err(fail)?;
    Ok(Look { kind, extension, source, fingerprint })
}

/// Reads as much as there is.
fn read_at(file: &mut File, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
    file.seek(SeekFrom::Start(offset))?;
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// FNV-1a over the size and 64 KiB of head, middle and tail: finds a moved file, proves nothing.
fn fingerprint(file: &mut File, size: u64) -> std::io::Result<u64> {
    const PIECE: u64 = 64 * 1024;
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    take(&size.to_le_bytes());
    let mut buffer = vec![0; 64 * 1024];
    for offset in [0, (size / 2).saturating_sub(PIECE / 2), size.saturating_sub(PIECE)] {
        let length = read_at(file, offset, &mut buffer)?;
        take(&buffer[..length]);
    }
    Ok(hash)
}

/// How the bytes go out and the bytes of one part. `target` 0: automatic.
pub fn cut(kind: Kind, size: u64, target: u64) -> (Method, u64) {
    let one = if target == 0 { ONE_REQUEST } else { target.min(ONE_REQUEST) };
    if !kind.renews() || size <= one {
        return (Method::Put, size.max(1));
    }
    (Method::Multipart, part_size(size, target))
}

/// Bytes of one part: the target, or what gives at most 9,000 parts; at the very top what gives 10,000.
pub fn part_size(size: u64, target: u64) -> u64 {
    // OSS: a part has 100 KB to 5 GB, except the last (protocol/oss.md 4.1). Small parts keep many connections busy
    // to the end and cost little when one breaks; large files have enough of them and need fewer answers.
    let target = match target {
        0 if size < 256 * MIB => MIB / 2,
        0 if size < 1_024 * MIB => 2 * MIB,
        0 if size < 4_096 * MIB => 4 * MIB,
        0 if size < 32_768 * MIB => 8 * MIB,
        0 => 16 * MIB,
        chosen => chosen.max(100 * 1024),
    };
    let needed = size.div_ceil(9_000).next_multiple_of(MIB);
    let part = if size.div_ceil(target) > 9_000 { needed } else { target };
    if part > 5 * 1024 * MIB { size.div_ceil(10_000) } else { part }
}

/// How many parts there are.
pub fn part_count(size: u64, part: u64) -> u32 {
    u32::try_from(size.div_ceil(part.max(1))).unwrap_or(u32::MAX)
}

/// Offset and length of a part, counted from 1.
pub fn part_range(number: u32, size: u64, part: u64) -> (u64, u64) {
    let offset = u64::from(number - 1) * part;
    (offset, part.min(size.saturating_sub(offset)))
}

#[cfg(test)]
mod tests;
