//! CRC-64/XZ, the checksum OSS answers with. Knows no request.

use crc_fast::{CrcAlgorithm, Digest, checksum_combine};

// OSS: x-oss-hash-crc64ecma, an unsigned decimal; polynomial 0x42F0E1EBA9EA3693 reflected, all ones in and out.
const XZ: CrcAlgorithm = CrcAlgorithm::Crc64Xz;

/// A checksum in the making, fed chunk by chunk in the sending loop.
#[derive(Clone, Debug)]
pub struct Crc64 {
    digest: Digest,
    length: u64,
}

impl Default for Crc64 {
    fn default() -> Self {
        Self::new()
    }
}

impl Crc64 {
    /// Of nothing yet: value 0.
    pub fn new() -> Self {
        Self { digest: Digest::new(XZ), length: 0 }
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.length += bytes.len() as u64;
    }

    /// The checksum so far.
    pub fn value(&self) -> u64 {
        self.digest.finalize()
    }

    /// Bytes so far.
    pub fn length(&self) -> u64 {
        self.length
    }
}

/// Checksum of one run of bytes.
pub fn of(bytes: &[u8]) -> u64 {
    crc_fast::checksum(XZ, bytes)
}

/// Checksum of two runs of bytes joined, from their checksums and the length of the second.
pub fn combine(first: u64, second: u64, second_length: u64) -> u64 {
    if second_length == 0 { first } else { checksum_combine(XZ, first, second, second_length) }
}
