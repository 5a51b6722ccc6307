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
