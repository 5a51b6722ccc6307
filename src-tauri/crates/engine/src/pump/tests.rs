//! A body is read once, with its checksum, and one that shrinks meanwhile is a changed file.

use super::*;

#[tokio::test]
async fn a_body_is_read_once_with_its_checksum() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    let bytes: Vec<u8> = (0..1_000_003_u32).map(|n| (n * 7 % 251) as u8).collect();
    std::fs::write(&path, &bytes).unwrap();
    let was = plan::source(&std::fs::metadata(&path).unwrap());
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let mut chunks = read(path, 100, 900_000, Some(was), seen.clone(), Arc::default());
    let mut got = vec![];
    while let Some(chunk) = chunks.recv().await {
        got.extend_from_slice(&chunk.unwrap());
    }
    assert!(got == bytes[100..900_100]);
    assert_eq!(seen.lock().unwrap().crc, Some(crc64::of(&got)));
}

#[tokio::test]
async fn a_file_that_shrinks_while_it_is_read_is_a_changed_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    std::fs::write(&path, vec![1; 1_000]).unwrap();
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let mut chunks = read(path, 0, 2_000, None, seen.clone(), Arc::default());
    while let Some(chunk) = chunks.recv().await {
        assert!(chunk.is_err());
    }
    assert_eq!(seen.lock().unwrap().fault.as_ref().map(|f| f.code), Some(Code::FileChanged));
}
