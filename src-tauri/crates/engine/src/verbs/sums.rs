//! Checksums of the bytes that are sent, as they lie here, on threads of their own. Knows files; no transfers.

use std::io::{self, Read, Seek, SeekFrom};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use md5::{Digest, Md5};
use tokio_util::sync::CancellationToken;
use vodlift_cloud::crc64::Crc64;

use crate::fault::Fault;
use crate::file_io::FileIo;
use crate::media::Payload;
use crate::model::Transfer;
use crate::plan;

const BUFFER: usize = 256 * 1024;

/// CRC-64/XZ of a piece of a file; nothing when it cannot be read.
pub(crate) async fn crc64(files: &FileIo, t: &Transfer, offset: u64, length: u64) -> Option<u64> {
    let (file, recoded) = (t.path.clone(), t.recoded.clone());
    let work = move |alive: &dyn Fn()| {
        let mut file = Payload::open(&file, recoded.as_ref())?;
        piece(&mut file, offset, length, &CancellationToken::new(), alive)
    };
    files.scan(&t.path, work).await.ok()?.ok()?
}

/// CRC-64/XZ of a piece of what is open; none when `halt` came first.
pub(crate) fn piece(
    file: &mut (impl Read + Seek),
    offset: u64,
    length: u64,
    halt: &CancellationToken,
    alive: &dyn Fn(),
) -> io::Result<Option<u64>> {
    file.seek(SeekFrom::Start(offset))?;
    let (mut crc, mut buffer, mut left) = (Crc64::new(), vec![0; BUFFER], length);
    while left > 0 {
        if halt.is_cancelled() {
            return Ok(None);
        }
        let take = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
        file.read_exact(&mut buffer[..take])?;
        alive();
        crc.update(&buffer[..take]);
        left -= take as u64;
    }
    Ok(Some(crc.value()))
}

/// The whole file's MD5 as `Content-MD5` wants it.
pub(crate) async fn md5(files: &FileIo, t: &Transfer) -> Result<String, Fault> {
    let (file, recoded) = (t.path.clone(), t.recoded.clone());
    let work = move |alive: &dyn Fn()| -> Result<String, Fault> {
        let fail = |error: io::Error| plan::unreadable(&file, &error);
        let mut open = Payload::open(&file, recoded.as_ref()).map_err(fail)?;
        let (mut md5, mut buffer) = (Md5::new(), vec![0; BUFFER]);
        loop {
            match open.read(&mut buffer).map_err(fail)? {
                0 => return Ok(BASE64_STANDARD.encode(md5.finalize())),
                n => md5.update(&buffer[..n]),
            }
            alive();
        }
    };
    files.scan(&t.path, work).await?
}
