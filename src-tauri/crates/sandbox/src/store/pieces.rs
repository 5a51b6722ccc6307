//! Bytes on their way to disk, and parts becoming one file. Knows nothing of requests and signatures.
//!
//! Parts of equal size are written where they will lie in the finished object (`(number - 1) × size`
//! of one file, the trunk), so that completing an upload is a rename. Whatever does not fit (another
//! size, a number sent twice, no length known) gets a file of its own and is copied when completing.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use bytes::Bytes;
use crc_fast::{CrcAlgorithm, Digest as Crc};
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use super::{Busy, Part};

/// Where a part lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Piece {
    /// In the trunk, at this offset.
    Trunk(u64),
    /// In a file of its own.
    Own(u64),
}

/// Plan of the file most parts are written into.
#[derive(Clone, Default)]
pub(crate) struct Trunk {
    /// Size of an ordinary part.
    stride: u64,
    /// Slots that hold a part or are being written.
    taken: Busy,
    serial: u64,
}

impl Trunk {
    /// Where to write part `number` of `size` bytes.
    pub(crate) fn seat(&mut self, number: u32, size: Option<u64>) -> Piece {
        if let Some(size) = size {
            if self.taken.is_empty() {
                self.stride = size;
            }
            // A slot once written stays: the part in it counts until another has fully arrived.
            if size > 0 && size <= self.stride && self.taken.insert(number) {
                return Piece::Trunk(u64::from(number - 1) * self.stride);
            }
        }
        self.serial += 1;
        Piece::Own(self.serial)
    }

    /// Gives a slot back after a part that did not arrive.
    pub(crate) fn leave(&mut self, number: u32, piece: &Piece) {
        if matches!(piece, Piece::Trunk(_)) {
            self.taken.remove(&number);
        }
    }

    /// Learns the plan back from a part read from the journal.
    pub(crate) fn remember(&mut self, number: u32, piece: &Piece, size: u64) {
        match piece {
            Piece::Trunk(offset) => {
                self.taken.insert(number);
                self.stride = match u64::from(number - 1) {
                    0 => self.stride.max(size),
                    before => offset / before,
                };
            }
            Piece::Own(serial) => self.serial = self.serial.max(*serial),
        }
    }
}

fn name(piece: &Piece) -> String {
    match piece {
        Piece::Trunk(_) => "trunk".into(),
        Piece::Own(serial) => format!("own-{serial}"),
    }
}

/// Opens the file of `piece` in `folder`, ready to write at its place.
pub(crate) fn open(folder: &Path, piece: &Piece) -> io::Result<File> {
    std::fs::create_dir_all(folder)?;
    let mut options = OpenOptions::new();
    let mut file =
        options.write(true).create(true).truncate(false).open(folder.join(name(piece)))?;
    if let Piece::Trunk(offset) = piece {
        file.seek(SeekFrom::Start(*offset))?;
    }
    Ok(file)
}

/// The file a piece lies in.
pub(crate) fn path(folder: &Path, piece: &Piece) -> std::path::PathBuf {
    folder.join(name(piece))
}

/// Removes the file of a piece nobody needs any more.
pub(crate) fn discard(folder: &Path, piece: &Piece) {
    if matches!(piece, Piece::Own(_)) {
        super::remove(&folder.join(name(piece)));
    }
}

/// What arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    pub(crate) size: u64,
    pub(crate) crc: u64,
    pub(crate) md5: [u8; 16],
}

/// Zeros to compare with; fewer than these are not worth a hole.
static ZEROS: [u8; 4096] = [0; 4096];

/// Writes and hashes as bytes come. Every call blocks: for a blocking thread, or for little.
///
/// Zeros become holes where the system has them: a sparse file of a hundred gigabytes takes no room here either.
pub(crate) struct Writer {
    file: File,
    /// What came last is a hole, and the file may end before it.
    hole: bool,
    size: u64,
    crc: Crc,
    md5: Md5,
}

impl Writer {
    pub(crate) fn new(file: File) -> Self {
        Self { file, hole: false, size: 0, crc: Crc::new(CrcAlgorithm::Crc64Xz), md5: Md5::new() }
    }

    pub(crate) fn take(&mut self, batch: &[Bytes]) -> io::Result<()> {
        for bytes in batch {
            self.crc.update(bytes);
            self.md5.update(bytes);
            let length = u64::try_from(bytes.len()).unwrap_or(0);
            self.hole = zeros(bytes) && punch(&mut self.file, length)?;
            if !self.hole {
                self.file.write_all(bytes)?;
            }
            self.size += length;
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> io::Result<Written> {
        if self.hole {
            // Others write into the same trunk: its length may only ever grow.
            self.file.seek(SeekFrom::Current(-1))?;
            self.file.write_all(&[0])?;
        }
        Ok(Written { size: self.size, crc: self.crc.finalize(), md5: self.md5.finalize().into() })
    }
}

fn zeros(bytes: &[u8]) -> bool {
    bytes.len() >= ZEROS.len() && bytes.chunks(ZEROS.len()).all(|some| *some == ZEROS[..some.len()])
}

/// Makes the next `length` bytes a hole, whatever a part that did not arrive left there, and steps over them. False
/// where the system or the file system has no holes.
#[cfg(target_os = "linux")]
fn punch(file: &mut File, length: u64) -> io::Result<bool> {
    use rustix::fs::{FallocateFlags, fallocate};
    let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    let at = file.stream_position()?;
    let punched = fallocate(&*file, flags, at, length).is_ok();
    if punched {
        file.seek(SeekFrom::Start(at + length))?;
    }
    Ok(punched)
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "as where there are holes")]
fn punch(_: &mut File, _: u64) -> io::Result<bool> {
    Ok(false)
}

/// Puts `parts` together, in their order, as the file `to`.
pub(crate) fn assemble(folder: &Path, parts: &[(u32, Part)], to: &Path) -> io::Result<()> {
    let mut places = Vec::with_capacity(parts.len());
    let mut total = 0;
    for (_, part) in parts {
        places.push((total, part));
        total += part.size;
    }
    let in_trunk = |part: &Part| matches!(part.piece, Piece::Trunk(_));
    let in_place = places.iter().any(|(_, part)| in_trunk(part))
        && places.iter().all(|(at, part)| !in_trunk(part) || part.piece == Piece::Trunk(*at));
    let target = folder.join(if in_place { "trunk" } else { "whole" });
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(!in_place).open(&target)?;
    for (at, part) in places {
        if in_place && in_trunk(part) {
            continue;
        }
        let mut from = File::open(folder.join(name(&part.piece)))?;
        if let Piece::Trunk(offset) = part.piece {
            from.seek(SeekFrom::Start(offset))?;
        }
        file.seek(SeekFrom::Start(at))?;
        // Between two files the system copies by itself, without a buffer of ours.
        let copied = io::copy(&mut from.take(part.size), &mut file)?;
        if copied != part.size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    file.set_len(total)?;
    drop(file);
    std::fs::rename(&target, to)
}

/// CRC-64 of parts put together, from the CRC-64 of each.
pub(crate) fn combined_crc(parts: &[(u32, Part)]) -> u64 {
    parts.iter().fold(0, |crc, (_, part)| {
        crc_fast::checksum_combine(CrcAlgorithm::Crc64Xz, crc, part.crc, part.size)
    })
}

/// ETag of parts put together: the MD5 of their MD5s and their number.
pub(crate) fn combined_etag(parts: &[(u32, Part)]) -> String {
    let mut md5 = Md5::new();
    for (_, part) in parts {
        md5.update(part.md5);
    }
    format!("{}-{}", hex(&md5.finalize()), parts.len())
}

/// Upper-case hex, as OSS writes its ETags.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(folder: &Path, trunk: &mut Trunk, number: u32, body: &[u8]) -> (u32, Part) {
        let piece = trunk.seat(number, Some(u64::try_from(body.len()).unwrap()));
        let mut writer = Writer::new(open(folder, &piece).unwrap());
        writer.take(&[Bytes::copy_from_slice(body)]).unwrap();
        let Written { size, crc, md5 } = writer.finish().unwrap();
        (number, Part { size, md5, crc, modified_ms: 0, piece })
    }

    fn whole(sizes: &[(u32, usize)]) -> (bool, bool) {
        let folder = tempfile::tempdir().unwrap();
        let (parts, to) = (folder.path().join("parts"), folder.path().join("object"));
        let mut trunk = Trunk::default();
        let mut sent: Vec<_> = sizes
            .iter()
            .map(|(number, size)| {
                let letter = b'a' + u8::try_from(*number).unwrap();
                send(&parts, &mut trunk, *number, &vec![letter; *size])
            })
            .collect();
        sent.sort_by_key(|(number, _)| *number);
        // The last of two parts of the same number counts.
        sent.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same {
                *first = later.clone();
            }
            same
        });
        assemble(&parts, &sent, &to).unwrap();
        let want: Vec<u8> = sent
            .iter()
            .flat_map(|(n, p)| {
                vec![b'a' + u8::try_from(*n).unwrap(); usize::try_from(p.size).unwrap()]
            })
            .collect();
        let got = std::fs::read(&to).unwrap();
        let crc = crc_fast::checksum(CrcAlgorithm::Crc64Xz, &got);
        assert_eq!(crc, combined_crc(&sent));
        (got == want, !parts.join("trunk").exists())
    }

    #[test]
    fn parts_of_any_size_in_any_order_become_their_bytes() {
        assert_eq!(whole(&[(1, 10), (2, 10), (3, 4)]), (true, true), "only renamed");
        assert_eq!(whole(&[(2, 10), (4, 3), (1, 10), (3, 10)]), (true, true));
        assert!(whole(&[(3, 4), (1, 10), (2, 10)]).0, "the short one came first");
        assert!(whole(&[(1, 10), (2, 5), (3, 10), (7, 9)]).0, "short in the middle, with a gap");
        assert!(whole(&[(1, 10), (2, 10), (2, 7), (1, 10)]).0, "sent twice");
    }

    #[test]
    fn zeros_are_zeros_also_over_what_a_lost_part_left() {
        let folder = tempfile::tempdir().unwrap();
        let mut trunk = Trunk::default();
        let size = 3 * ZEROS.len();
        let lost = trunk.seat(1, Some(u64::try_from(size).unwrap()));
        let mut writer = Writer::new(open(folder.path(), &lost).unwrap());
        writer.take(&[Bytes::from(vec![7; size])]).unwrap();
        trunk.leave(1, &lost);
        let parts = [
            send(folder.path(), &mut trunk, 1, &vec![0; size]),
            send(folder.path(), &mut trunk, 2, &vec![0; size]),
        ];
        let to = folder.path().join("object");
        assemble(folder.path(), &parts, &to).unwrap();
        let got = std::fs::read(&to).unwrap();
        assert!(got == vec![0; 2 * size], "{} bytes", got.len());
        assert_eq!(crc_fast::checksum(CrcAlgorithm::Crc64Xz, &got), combined_crc(&parts));
        #[cfg(target_os = "linux")]
        {
            use std::os::unix::fs::MetadataExt;
            let room = to.metadata().unwrap().blocks() * 512;
            assert!(room < u64::try_from(2 * size).unwrap(), "{room} bytes of room");
        }
    }

    #[test]
    fn a_slot_is_free_again_only_when_its_part_did_not_arrive() {
        let mut trunk = Trunk::default();
        let first = trunk.seat(1, Some(10));
        assert_eq!(first, Piece::Trunk(0));
        assert_eq!(trunk.seat(1, Some(10)), Piece::Own(1));
        trunk.leave(1, &first);
        assert_eq!(trunk.seat(1, Some(10)), Piece::Trunk(0));
        assert_eq!(trunk.seat(2, None), Piece::Own(2));
        let mut back = Trunk::default();
        back.remember(3, &Piece::Trunk(20), 4);
        back.remember(9, &Piece::Own(5), 4);
        assert_eq!(back.seat(2, Some(10)), Piece::Trunk(10));
        assert_eq!(back.seat(3, Some(10)), Piece::Own(6));
    }
}
