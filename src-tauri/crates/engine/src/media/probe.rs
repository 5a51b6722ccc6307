//! A few pieces of a file, wherever they lie: what every recogniser looks through. Bounded, whatever the file says of itself.

use std::io::{ErrorKind, Read, Seek, SeekFrom};

/// Bytes of the beginning that are always at hand.
pub(super) const HEAD: usize = 64 * 1024;
/// Reads beyond the head, at most.
const READS: usize = 400;
/// Longest piece of one read.
const LONGEST: usize = 64 * 1024;

/// An open file of which little is read.
pub(super) struct Probe<R> {
    file: R,
    /// Bytes of the whole file.
    pub size: u64,
    /// Its beginning.
    pub head: Vec<u8>,
    reads: usize,
}

impl<R: Read + Seek> Probe<R> {
    pub(super) fn new(file: R, size: u64) -> std::io::Result<Self> {
        let mut probe = Self { file, size, head: vec![], reads: 0 };
        probe.head = read_at(&mut probe.file, 0, HEAD)?;
        Ok(probe)
    }

    /// The beginning as far as `length`, which may be less.
    pub(super) fn first(&self, length: usize) -> &[u8] {
        &self.head[..length.min(self.head.len())]
    }

    /// Whether the file has this text there.
    pub(super) fn has(&self, at: usize, text: &[u8]) -> bool {
        self.head.get(at..).is_some_and(|rest| rest.starts_with(text))
    }

    /// Bytes from anywhere: fewer at the end of the file, none when enough has been read.
    pub(super) fn at(&mut self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        let length = length.min(LONGEST);
        if let Ok(from) = usize::try_from(offset)
            && let Some(known) = self.head.get(from..from.saturating_add(length))
        {
            return Ok(known.to_vec());
        }
        self.reads += 1;
        if offset >= self.size || self.reads > READS {
            return Ok(vec![]);
        }
        read_at(&mut self.file, offset, length)
    }
}

/// Reads as much as there is.
pub(super) fn read_at<R: Read + Seek>(
    file: &mut R,
    offset: u64,
    length: usize,
) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let (mut buffer, mut filled) = (vec![0; length], 0);
    while filled < length {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    buffer.truncate(filled);
    Ok(buffer)
}
