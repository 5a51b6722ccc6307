//! Whether a file is still the same file: by size, modified time and content, never by where it lies or by the number its
//! file system gives it. Knows files; no transfers and no cloud.
//!
//! exFAT, FAT, SMB and SSHFS number a file anew with every mount, FAT rounds times and moves them with summer time, and a
//! copy has a time of its own. So a different time or number decides nothing: it is the reason to look at the content.
//! The fingerprint (a few pieces) tells whether it can be the same file, and the checksums of the stored parts prove it.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use crate::fault::{Code, Fault};
use crate::media::Payload;
use crate::model::{Part, Recoded, Source};
use crate::plan;
use crate::verbs::sums;

/// What is known of a file before it becomes a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Size, time and number.
    pub source: Source,
    /// Hash over head, middle, tail and size.
    pub fingerprint: u64,
}

/// Looks at a file. Blocking: a stat and three short reads. None: it cannot be read, and an upload of it will say why.
pub fn see(path: &Path) -> Option<Seen> {
    let mut file = File::open(path).ok()?;
    let meta = file.metadata().ok().filter(Metadata::is_file)?;
    let source = source(&meta);
    let fingerprint = fingerprint(&mut file, source.size).ok()?;
    Some(Seen { source, fingerprint })
}

/// A path as the transfer keeps it: the user's own, made absolute, but without `..`, which names another file once a folder
/// on the way is gone. Blocking.
pub fn plain_path(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if !whole.components().any(|part| part == std::path::Component::ParentDir) {
        return whole;
    }
    // The folder is resolved, not the file: a link to a film keeps its own name.
    let resolved = || Some(whole.parent()?.canonicalize().ok()?.join(whole.file_name()?));
    resolved().unwrap_or(whole)
}

/// What the file is right now; compared before every part.
pub fn source(meta: &Metadata) -> Source {
    let since = |time: std::time::SystemTime| match time.duration_since(std::time::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    };
    let modified_ms = meta.modified().map_or(0, since);
    #[cfg(unix)]
    let file = Some(number(meta));
    #[cfg(not(unix))]
    let file = None;
    Source { size: meta.len(), modified_ms, file }
}

/// The number of the file together with the moment the file system last saw anything of it change: numbers are used again,
/// and a file that is written over can have its time put back.
#[cfg(unix)]
fn number(meta: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let parts = [meta.ino(), meta.ctime().unsigned_abs(), meta.ctime_nsec().unsigned_abs()];
    parts.iter().flat_map(|part| part.to_le_bytes()).fold(FNV, fnv)
}

const FNV: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a.
fn fnv(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

/// Compares the file with what it was, as cheaply as can be done before every part. `file.changed` means that it must be
/// looked at: [`examine`] tells whether it is another one.
pub(crate) fn check_same(
    path: &Path,
    meta: std::io::Result<Metadata>,
    was: &Source,
) -> Result<(), Fault> {
    let is = source(&meta.map_err(|error| plan::unreadable(path, &error))?);
    // The number may be missing on one side (another system, an old journal, one that proved to mean nothing).
    let other_number = matches!((is.file, was.file), (Some(a), Some(b)) if a != b);
    if is.size != was.size || is.modified_ms != was.modified_ms || other_number {
        return Err(changed(path));
    }
    Ok(())
}

fn changed(path: &Path) -> Fault {
    Fault::of(Code::FileChanged).with("path", path.display())
}

/// What a file was, and what is stored of it.
pub(crate) struct Known {
    pub source: Source,
    pub fingerprint: Option<u64>,
    pub parts: Vec<Part>,
}

/// Whether it is the same file by content: the fingerprint always, every stored part where time or number differ. Returns
/// what it is now; `file.changed` when it is another one. Blocking, and as long as reading what is stored takes; none when
/// `halt` came first. `alive` is called after every read.
pub(crate) fn examine(
    path: &Path,
    known: &Known,
    halt: &CancellationToken,
    alive: &dyn Fn(),
) -> Result<Option<Source>, Fault> {
    let fail = |error: std::io::Error| plan::unreadable(path, &error);
    let mut file = File::open(path).map_err(fail)?;
    let is = source(&file.metadata().map_err(fail)?);
    if is.size != known.source.size {
        return Err(changed(path));
    }
    match known.fingerprint {
        Some(was) if fingerprint(&mut file, is.size).map_err(fail)? != was => {
            return Err(changed(path));
        }
        // Of a very old transfer nothing is known but its time.
        None if is.modified_ms != known.source.modified_ms => return Err(changed(path)),
        Some(_) | None => {}
    }
    let same_number = matches!((is.file, known.source.file), (Some(a), Some(b)) if a == b);
    if is.modified_ms == known.source.modified_ms && (same_number || is.file.is_none()) {
        return Ok(Some(is));
    }
    for part in &known.parts {
        match sums::piece(&mut file, part.offset, part.length, halt, alive).map_err(fail)? {
            None => return Ok(None),
            Some(crc) if crc != part.crc64 => return Err(changed(path)),
            Some(_) => {}
        }
    }
    Ok(Some(is))
}

/// Whether what is sent of the file, whole, has this checksum. Blocking; an unreadable file has not.
pub(crate) fn has_crc64(
    (path, recoded): (&Path, Option<&Recoded>),
    size: u64,
    crc: u64,
    alive: &dyn Fn(),
) -> bool {
    let open = || Payload::open(path, recoded);
    let sum = || sums::piece(&mut open()?, 0, size, &CancellationToken::new(), alive);
    sum().is_ok_and(|found| found == Some(crc))
}

/// Reads as much as there is.
pub(crate) fn read_at(file: &mut File, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
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

/// FNV-1a over the size and 64 KiB of head, middle and tail: tells what can be the same file, proves nothing.
pub(crate) fn fingerprint(file: &mut File, size: u64) -> std::io::Result<u64> {
    const PIECE: u64 = 64 * 1024;
    let mut hash = FNV;
    let mut take = |bytes: &[u8]| hash = bytes.iter().copied().fold(hash, fnv);
    take(&size.to_le_bytes());
    let mut buffer = vec![0; 64 * 1024];
    for offset in [0, (size / 2).saturating_sub(PIECE / 2), size.saturating_sub(PIECE)] {
        let length = read_at(file, offset, &mut buffer)?;
        take(&buffer[..length]);
    }
    Ok(hash)
}

#[cfg(test)]
mod tests;
