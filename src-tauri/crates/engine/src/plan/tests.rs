//! What a file is taken for, how it is cut into parts, where its title is cut, and which faults a bad one has.

use super::*;

#[test]
#[cfg(unix)]
fn a_drive_is_told_from_a_moved_file() {
    let code = |path: &str| unreadable(Path::new(path), &ErrorKind::NotFound.into()).code;
    assert_eq!(code("/media/no one/CARD 7/clip.mp4"), Code::FileDrive);
    assert_eq!(code("/no-such.mp4"), Code::FileGone);
    assert_eq!(code("/tmp/no-such-folder/no-such.mp4"), Code::FileGone);
    assert_eq!(volume(Path::new("/run/media/a/B/c.mp4")), Some("/run/media/a/B".into()));
}

#[test]
#[cfg(unix)]
fn what_the_system_said_is_what_is_told() {
    use std::io::Error;
    let path = Path::new("/no-such.mp4");
    for (number, code, reason) in [
        (13, Code::FileDenied, "Permission denied"),
        (1, Code::FileDenied, "Operation not permitted"),
        (24, Code::FileHandles, "Too many open files"),
        (23, Code::FileHandles, "Too many open files in system"),
        (21, Code::FileSpecial, "Is a directory"),
        (5, Code::FileRead, "Input/output error"),
    ] {
        let fault = unreadable(path, &Error::from_raw_os_error(number));
        assert_eq!((fault.code, fault.facts["reason"].as_str()), (code, reason));
    }
}

#[test]
fn parts_cover_every_byte_once_and_never_exceed_the_limits() {
    for size in [1, MIB, 8 * MIB + 1, 5 << 30, 48 << 40, LARGEST] {
        for target in [0, 100_000, 5 * MIB, 64 * MIB] {
            let part = part_size(size, target);
            let count = part_count(size, part);
            assert!(
                count <= 10_000 && (100_000..=5 << 30).contains(&part),
                "{size} {target} {part} {count}"
            );
            let (offset, length) = part_range(count, size, part);
            assert_eq!(offset + length, size);
            assert!(length > 0);
        }
    }
    assert_eq!(cut(Kind::Image, 20 * MIB, 0), (Method::Put, 20 * MIB));
    assert_eq!(cut(Kind::Video, 8 * MIB, 0).0, Method::Put);
    assert_eq!(cut(Kind::Video, 8 * MIB + 1, 0), (Method::Multipart, MIB / 2));
}

#[test]
fn content_wins_over_the_name_and_the_extension_fits_it() {
    let mp4 = b"\0\0\0\x20ftypisom....";
    let png = b"\x89PNG\r\n\x1a\n";
    let yes = |forced, head: &[u8], name| decide(forced, head, name).unwrap();
    assert_eq!(yes(None, mp4, "mp4"), (Kind::Video, "mp4".into()));
    assert_eq!(yes(None, mp4, "bin"), (Kind::Video, "mp4".into()));
    assert_eq!(yes(None, mp4, "mkv"), (Kind::Video, "mkv".into()));
    assert_eq!(yes(None, mp4, "m4a"), (Kind::Audio, "m4a".into()));
    assert_eq!(yes(None, mp4, "txt"), (Kind::Video, "mp4".into()));
    assert_eq!(yes(None, png, "mp4"), (Kind::Image, "png".into()));
    assert_eq!(yes(None, png, "jpg"), (Kind::Image, "png".into()));
    assert_eq!(yes(None, b"\xFF\xD8\xFF", "jpeg"), (Kind::Image, "jpeg".into()));
    assert_eq!(yes(None, b"GIF89a", "gif"), (Kind::Image, "gif".into()));
    assert_eq!(yes(Some(Kind::Video), b"GIF89a", "gif"), (Kind::Video, "gif".into()));
    assert_eq!(yes(Some(Kind::Watermark), png, "png"), (Kind::Watermark, "png".into()));
    assert_eq!(yes(None, b"1\n00:00:01", "srt"), (Kind::Subtitle, "srt".into()));
    assert_eq!(yes(None, b"no known head", "mp4"), (Kind::Video, "mp4".into()));
    for (forced, head, name) in [
        (None, &b"text"[..], "txt"),
        (None, b"text", ""),
        (Some(Kind::Video), png, "png"),
        (Some(Kind::Subtitle), mp4, "srt"),
        (Some(Kind::Image), b"text", "txt"),
    ] {
        assert_eq!(decide(forced, head, name).unwrap_err().code, Code::ReqExt, "{name}");
    }
}

#[test]
fn bad_files_have_their_code() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        look(&path, None).map_err(|f| f.code)
    };
    assert_eq!(at("empty.mp4", b""), Err(Code::FileEmpty));
    assert_eq!(at("note.txt", b"hello"), Err(Code::ReqExt));
    for (name, shown) in [("note.txt", "TXT"), ("README", "README")] {
        std::fs::write(folder.path().join(name), b"hello").unwrap();
        let fault = look(&folder.path().join(name), None).unwrap_err();
        assert_eq!(fault.facts["ext"], shown);
    }
    assert_eq!(look(folder.path(), None).unwrap_err().code, Code::FileSpecial);
    assert_eq!(look(&folder.path().join("none.mp4"), None).unwrap_err().code, Code::FileGone);
    let long = format!("{}.mp4", "夜".repeat(70));
    assert_eq!(long.len(), 214);
    assert!(at(&long, b"x").is_ok());
    let moved = at("one.mp4", b"same bytes").unwrap();
    assert_eq!(moved.fingerprint, at("two.mp4", b"same bytes").unwrap().fingerprint);
    assert_ne!(moved.fingerprint, at("three.mp4", b"other byte").unwrap().fingerprint);
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let odd = folder.path().join(std::ffi::OsStr::from_bytes(b"odd\xFF.mp4"));
        std::fs::write(&odd, b"no known head").unwrap();
        assert!(look(&odd, None).is_ok(), "a name need not be text");
    }
}

#[test]
fn a_file_that_changed_is_seen() {
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
