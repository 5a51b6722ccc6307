//! The same file after a copy, a mount and a touch; another one in its place.

use std::time::{Duration, SystemTime};

use super::*;

fn known(path: &Path) -> Known {
    let mut file = File::open(path).unwrap();
    let source = source(&file.metadata().unwrap());
    let halt = CancellationToken::new();
    let half = source.size / 2;
    let parts = [(1, 0, half), (2, half, source.size - half)].map(|(number, offset, length)| {
        let crc64 = sums::piece(&mut file, offset, length, &halt, &|| {}).unwrap().unwrap();
        Part { number, offset, length, etag: "e".into(), crc64 }
    });
    let fingerprint = Some(fingerprint(&mut file, source.size).unwrap());
    Known { source, fingerprint, parts: parts.into() }
}

fn set_time(path: &Path, time: SystemTime) {
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

fn verdict(path: &Path, known: &Known) -> Result<Option<Source>, Code> {
    examine(path, known, &CancellationToken::new(), &|| {}).map_err(|fault| fault.code)
}

#[test]
fn content_decides_and_neither_number_nor_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    let bytes: Vec<u8> =
        (0..1_000_003_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
    std::fs::write(&path, &bytes).unwrap();
    // Numbers of files that are gone are used again: this one stays.
    std::fs::hard_link(&path, folder.path().join("kept")).unwrap();
    let known = known(&path);
    let time = std::fs::metadata(&path).unwrap().modified().unwrap();
    assert_eq!(verdict(&path, &known), Ok(Some(known.source)));

    // As after another mount: another number.
    let copy = folder.path().join("copy");
    std::fs::write(&copy, &bytes).unwrap();
    set_time(&copy, time);
    std::fs::rename(&copy, &path).unwrap();
    let is = verdict(&path, &known).unwrap().unwrap();
    assert_eq!((is.size, is.modified_ms), (known.source.size, known.source.modified_ms));
    // As after summer time on FAT: another time.
    set_time(&path, time + Duration::from_hours(1));
    assert!(check_same(&path, std::fs::metadata(&path), &known.source).is_err(), "looked at");
    assert_eq!(
        verdict(&path, &known).unwrap().unwrap().modified_ms,
        known.source.modified_ms + 3_600_000
    );

    // Another file whose head, middle and tail are the same: what is stored of the first one tells.
    let mut other = bytes.clone();
    other[200_000] ^= 1;
    std::fs::write(&copy, &other).unwrap();
    set_time(&copy, time);
    std::fs::rename(&copy, &path).unwrap();
    if cfg!(unix) {
        assert_eq!(verdict(&path, &known), Err(Code::FileChanged));
    }
    set_time(&path, time + Duration::from_secs(2));
    assert_eq!(verdict(&path, &known), Err(Code::FileChanged));
    // Written over in place with its time put back: the fingerprint tells.
    other.copy_from_slice(&bytes);
    other[7] ^= 1;
    std::fs::write(&path, &other).unwrap();
    set_time(&path, time);
    assert_eq!(verdict(&path, &known), Err(Code::FileChanged));
    std::fs::write(&path, &bytes[1..]).unwrap();
    assert_eq!(verdict(&path, &known), Err(Code::FileChanged));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(verdict(&path, &known), Err(Code::FileGone));
}

#[test]
fn reading_what_is_stored_ends_when_it_is_halted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    std::fs::write(&path, vec![3; 10_000]).unwrap();
    let known = known(&path);
    set_time(&path, SystemTime::UNIX_EPOCH + Duration::from_hours(9_999));
    let halt = CancellationToken::new();
    halt.cancel();
    assert_eq!(examine(&path, &known, &halt, &|| {}), Ok(None));
}

#[test]
fn a_file_that_changed_is_seen_at_a_glance() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    std::fs::write(&path, b"one").unwrap();
    let was = source(&std::fs::metadata(&path).unwrap());
    assert_eq!(check_same(&path, std::fs::metadata(&path), &was), Ok(()));
    std::fs::write(&path, b"four").unwrap();
    let code = check_same(&path, std::fs::metadata(&path), &was).unwrap_err().code;
    assert_eq!(code, Code::FileChanged);
    std::fs::remove_file(&path).unwrap();
    let code = check_same(&path, std::fs::metadata(&path), &was).unwrap_err().code;
    assert_eq!(code, Code::FileGone);
}

#[cfg(unix)]
#[test]
fn a_path_is_plain_and_keeps_the_name_of_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    std::fs::create_dir(root.join("sub")).unwrap();
    std::fs::write(root.join("blob"), b"x").unwrap();
    std::os::unix::fs::symlink(root.join("blob"), root.join("film.mp4")).unwrap();
    assert_eq!(plain_path(&root.join("sub/../film.mp4")), root.join("film.mp4"));
    std::os::unix::fs::symlink(root.join("sub"), root.join("link")).unwrap();
    assert_eq!(plain_path(&root.join("link/a.mp4")), root.join("link/a.mp4"), "the user's own");
    assert_eq!(plain_path(&root.join("none/../a.mp4")), root.join("none/../a.mp4"));
}
