//! Whether a stored file is a film or a sound at all, by the marks of its container. Knows no requests and plays nothing.
//!
//! VOD finds out by transcoding and answers TranscodeFail. Here the container's own marks decide; what is broken inside
//! a good container passes.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::life::Status;
use crate::store::Store;

/// How much of a file's beginning is looked at.
const HEAD: u64 = 4096;
/// An index is read up to this size.
const MAX_INDEX: u64 = 64 << 20;

/// Looks into `path`, which becomes the file of `media`, and sets how the life of a video ends.
pub(crate) fn judge(store: &Store, path: &Path, media: &str) {
    let mut books = store.books();
    let transcoded = books
        .media
        .get(media)
        .is_some_and(|it| it.kind.is_video() && it.template_group != crate::vod::NO_TRANSCODE);
    if !transcoded {
        return;
    }
    let fault = match fault(path) {
        Ok(fault) => fault,
        Err(error) => {
            tracing::error!(%error, "the sandbox cannot read what it stored");
            return;
        }
    };
    books.change_media(media, |media| {
        if let Some(reason) = fault {
            media.end = Status::TranscodeFail;
            reason.clone_into(&mut media.fail_reason);
            tracing::info!(media = media.id, reason, "this file will not be transcoded");
        } else if !media.fail_reason.is_empty() {
            // Overwritten by something better.
            media.end = Status::Normal;
            media.fail_reason.clear();
        }
    });
}

/// Why nothing can be made of a file; `None` when nothing speaks against it.
fn fault(path: &Path) -> io::Result<Option<&'static str>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut head = Vec::new();
    (&mut file).take(HEAD).read_to_end(&mut head)?;
    if head.is_empty() {
        return Ok(Some("the file is empty"));
    }
    if has(&head, 4, b"ftyp") || has(&head, 4, b"moov") || has(&head, 4, b"mdat") {
        return boxes(&mut file, length);
    }
    Ok(if is_media(&head) { None } else { Some("the file is not media") })
}

fn has(head: &[u8], at: usize, mark: &[u8]) -> bool {
    head.get(at..).is_some_and(|rest| rest.starts_with(mark))
}

/// Marks of the containers VOD takes, MP4 and its kin aside.
fn is_media(head: &[u8]) -> bool {
    const MARKS: [(usize, &[u8]); 17] = [
        (0, b"\x1A\x45\xDF\xA3"), // Matroska, WebM
        (8, b"AVI "),
        (8, b"WAVE"),
        (8, b"CDXA"),
        (0, b"FLV"),
        (0, b"\x30\x26\xB2\x75\x8E\x66\xCF\x11"), // ASF
        (0, b"\0\0\x01\xBA"),                     // MPEG program stream
        (0, b"\0\0\x01\xB3"),                     // MPEG video
        (0, b"OggS"),
        (0, b"fLaC"),
        (0, b"#!AMR"),
        (0, b"MAC "),
        (0, b"caff"),
        (0, b".RMF"),
        (0, b"GIF8"),
        (0, b"ID3"),
        (0, b"#EXTM3U"),
    ];
    let transport = [(0, 188), (4, 192)].into_iter().any(|(first, step)| {
        (0..4).all(|n| head.get(first + n * step).is_some_and(|byte| *byte == 0x47))
    });
    let flash = [b"FWS", b"CWS", b"ZWS"].into_iter().any(|mark| head.starts_with(mark));
    MARKS.iter().any(|(at, mark)| has(head, *at, mark)) || transport || flash || is_frames(head)
}

/// Bare frames of AAC, AC-3, DV or MPEG audio.
fn is_frames(head: &[u8]) -> bool {
    match head {
        [0x0B, 0x77, ..] | [0x1F, 0x07, 0x00, ..] => true,
        // A sync word of twelve bits is chance enough in random bytes: the layer must be one that exists, too.
        [0xFF, second, third, ..] => {
            let aac = second & 0xF6 == 0xF0 && (third >> 2) & 0x0F < 13;
            let layer = second & 0xE0 == 0xE0 && (second >> 1) & 3 != 0;
            aac || (layer && third >> 4 != 0x0F && third >> 4 != 0 && (third >> 2) & 3 != 3)
        }
        _ => false,
    }
}

/// MP4 and its kin: an index that names a picture or a sound, and something it can point at.
fn boxes(file: &mut File, length: u64) -> io::Result<Option<&'static str>> {
    let (mut at, mut index, mut bytes) = (0, None, false);
    while at + 8 <= length {
        file.seek(SeekFrom::Start(at))?;
        let Some((kind, header, size)) = header(file, length - at)? else { break };
        if size > length - at {
            return Ok(Some("the file is cut off"));
        }
        match &kind {
            b"moov" => {
                let mut content = Vec::new();
                file.take((size - header).min(MAX_INDEX)).read_to_end(&mut content)?;
                index = Some(content);
            }
            b"mdat" => bytes = true,
            _ => {}
        }
        at += size;
    }
    let Some(index) = index else { return Ok(Some("the file has no index (moov)")) };
    let track =
        |kind: &[u8]| index.windows(16).any(|it| it.starts_with(b"hdlr") && it.ends_with(kind));
    Ok(match track(b"vide") || track(b"soun") {
        false => Some("the file has no stream"),
        true if !bytes => Some("the file has no samples (mdat)"),
        true => None,
    })
}

/// Kind, length of the header and length of the box that begins here; `None` when it is none.
fn header(file: &mut File, rest: u64) -> io::Result<Option<([u8; 4], u64, u64)>> {
    let mut head = [0; 8];
    file.read_exact(&mut head)?;
    let [a, b, c, d, kind @ ..] = head;
    Ok(match u64::from(u32::from_be_bytes([a, b, c, d])) {
        0 => Some((kind, 8, rest)),
        1 if rest >= 16 => {
            let mut large = [0; 8];
            file.read_exact(&mut large)?;
            Some((kind, 16, u64::from_be_bytes(large))).filter(|(_, _, size)| *size >= 16)
        }
        size if size >= 8 => Some((kind, 8, size)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILM: &[u8] = include_bytes!("../../app/assets/sample.mp4");

    fn told(bytes: &[u8]) -> Option<&'static str> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, bytes).unwrap();
        fault(&path).unwrap()
    }

    #[test]
    fn a_film_is_told_from_what_is_none() {
        assert_eq!(told(FILM), None);
        assert_eq!(told(b""), Some("the file is empty"));
        assert_eq!(told(&[0; 5000]), Some("the file is not media"));
        assert_eq!(told(b"<!DOCTYPE html><html>"), Some("the file is not media"));
        let only_type = b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom\0\0\0\x08free";
        assert_eq!(told(only_type), Some("the file has no index (moov)"));
        assert_eq!(told(&FILM[..FILM.len() - 10]), Some("the file is cut off"));
        let no_stream = b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08moov\0\0\0\x08mdat";
        assert_eq!(told(no_stream), Some("the file has no stream"));
    }

    #[test]
    fn containers_are_known_by_their_marks() {
        assert_eq!(told(b"\x1A\x45\xDF\xA3...."), None);
        assert_eq!(told(b"RIFF\0\0\0\0AVI LIST"), None);
        assert_eq!(told(b"ID3\x04\0\0\0\0\0\0"), None);
        assert_eq!(told(b"\xFF\xFB\x90\x64"), None);
        let mut stream = vec![0; 188 * 5];
        (0..5).for_each(|n| stream[n * 188] = 0x47);
        assert_eq!(told(&stream), None);
        assert_eq!(told(b"G is for letters"), Some("the file is not media"));
    }
}
