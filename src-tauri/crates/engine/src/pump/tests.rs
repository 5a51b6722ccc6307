//! A body is read once, with its checksum, and one that shrinks meanwhile is a changed file.

use std::time::Duration;

use super::*;
use crate::file_io::FileIo;
use crate::meter::Meter;

/// What is sent of a file, and what the reader saw.
async fn sent(reading: Reading) -> (io::Result<Vec<u8>>, Seen) {
    let (seen, meter) = (reading.seen.clone(), Arc::new(Meter::default()));
    let mut chunks = body(reading, Arc::new(meter.flight(1)));
    let mut got = Ok(vec![]);
    while let (Some(chunk), Ok(all)) = (chunks.next().await, &mut got) {
        match chunk {
            Ok(bytes) => all.extend_from_slice(&bytes),
            Err(error) => got = Err(error),
        }
    }
    let seen = seen.lock().unwrap().clone();
    (got, seen)
}

fn reading(path: PathBuf, offset: u64, length: u64) -> Reading {
    let files = Arc::new(FileIo::new(Duration::from_secs(5)));
    let was = Some(source_identity::source(&std::fs::metadata(&path).unwrap()));
    let shared = Arc::new(Shared::new(4, files));
    Reading { path, recoded: None, offset, length, was, seen: Arc::default(), shared }
}

#[tokio::test]
async fn a_body_is_read_once_with_its_checksum() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    let bytes: Vec<u8> = (0..1_000_003_u32).map(|n| (n * 7 % 251) as u8).collect();
    std::fs::write(&path, &bytes).unwrap();
    let (got, seen) = sent(reading(path, 100, 900_000)).await;
    let got = got.unwrap();
    assert!(got == bytes[100..900_100]);
    assert_eq!(seen.crc, Some(crc64::of(&got)));
}

#[tokio::test]
async fn a_file_that_shrinks_while_it_is_read_is_a_changed_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    std::fs::write(&path, vec![1; 1_000]).unwrap();
    let (got, seen) = sent(reading(path, 0, 2_000)).await;
    assert!(got.is_err());
    assert_eq!(seen.fault.map(|fault| fault.code), Some(Code::FileChanged));
}
