//! How a file is cut into parts, and why one cannot be used. Pure arithmetic; knows no cloud. What a file is, `media` says;
//! whether it is still the same one, `source_identity`.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::fault::{Code, Fault};
use crate::model::{Kind, Method};

const MIB: u64 = 1 << 20;
/// OSS: 10,000 parts of at most 5 GiB (protocol/oss.md 4.1).
pub const LARGEST: u64 = 10_000 * 5 * 1024 * MIB;
/// OSS: PutObject takes 5 GB; images and attached media have no other way.
pub const LARGEST_PUT: u64 = 5_000_000_000;
/// What fits one request goes out in one (protocol/oss.md 7.1).
pub const ONE_REQUEST: u64 = 8 * MIB;

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
