//! The opening of a film: as few of its bytes as a player needs to show a first picture. Knows how films are laid out; nothing
//! of transfers and nothing of the page.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use vodlift_app::film::{self, Part};

/// The most bytes of an opening. WebKitGTK plays nothing but `http` and, unreliably once it is longer than this, `blob`.
const MOST: u64 = 2_000_000;
/// With fewer bytes of picture and sound there is hardly a first picture among them.
const LEAST_MEDIA: u64 = 64 << 10;

/// The opening of a film whose boxes follow one another, as in MP4 and QuickTime: all up to the first of its media, and the
/// index, which many cameras write at the very end. None where that takes too many bytes or makes no sense.
pub(crate) fn of_boxes(file: &mut File) -> io::Result<Option<Vec<u8>>> {
    let parts = film::parts(file, 0, file.metadata()?.len());
    let first = |kind| parts.iter().find(|part| part.is(kind));
    let (Some(index), Some(media)) = (first(*b"moov"), first(*b"mdat")) else { return Ok(None) };
    let behind = index.start > media.start;
    let length = index.to - index.start;
    let Some(room) = MOST.checked_sub(if behind { length } else { 0 }) else { return Ok(None) };
    let cut = media.to.min(room);
    if cut < media.to && cut < media.start + LEAST_MEDIA {
        return Ok(None);
    }
    let mut opening = read(file, 0, cut)?;
    if cut < media.to && !end_at(media, &mut opening, cut) {
        return Ok(None);
    }
    if behind {
        // The index says where media lies from the beginning of the file, so it may itself lie anywhere.
        opening.extend(read(file, index.start, length)?);
    }
    Ok(Some(opening))
}

/// The opening of any other film: its first bytes.
pub(crate) fn of_stream(file: &mut File) -> io::Result<Vec<u8>> {
    let size = file.metadata()?.len();
    read(file, 0, size.min(MOST))
}

/// Writes into the bytes of the file that this box ends earlier. False where it cannot say so.
fn end_at(part: &Part, bytes: &mut [u8], end: u64) -> bool {
    let length = end - part.start;
    let Ok(start) = usize::try_from(part.start) else { return false };
    // Of more than four gigabytes the length stands in eight bytes behind the name.
    let place = if part.from - part.start == 16 {
        bytes
            .get_mut(start + 8..start + 16)
            .map(|place| place.copy_from_slice(&length.to_be_bytes()))
    } else {
        let Ok(length) = u32::try_from(length) else { return false };
        bytes.get_mut(start..start + 4).map(|place| place.copy_from_slice(&length.to_be_bytes()))
    };
    place.is_some()
}

/// Exactly these bytes; a file that shrank meanwhile is an error.
pub(crate) fn read(file: &mut File, from: u64, count: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(count).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == count { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(name: &str, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(8 + body.len()).unwrap();
        [&length.to_be_bytes(), name.as_bytes(), body].concat()
    }

    /// The opening of a film made of these pieces.
    fn opening(pieces: &[Vec<u8>]) -> Option<Vec<u8>> {
        let folder = std::env::temp_dir().join(format!("vodlift-opening-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{:?}", std::thread::current().id()));
        std::fs::write(&path, pieces.concat()).unwrap();
        let opening = of_boxes(&mut File::open(&path).unwrap()).unwrap();
        std::fs::remove_file(&path).unwrap();
        opening
    }

    /// Names and lengths of the pieces of an opening.
    fn pieces(mut opening: &[u8]) -> Vec<(String, usize)> {
        let mut found = Vec::new();
        while let [l0, l1, l2, l3, n0, n1, n2, n3, ..] = *opening {
            let narrow = u32::from_be_bytes([l0, l1, l2, l3]) as usize;
            let length = if narrow == 1 {
                usize::try_from(u64::from_be_bytes(opening[8..16].try_into().unwrap())).unwrap()
            } else {
                narrow
            };
            found.push((String::from_utf8(vec![n0, n1, n2, n3]).unwrap(), length));
            opening = &opening[length..];
        }
        found
    }

    #[test]
    fn a_long_film_ends_early_and_keeps_its_index_wherever_it_lies() {
        let most = usize::try_from(MOST).unwrap();
        let (kind, index) = (piece("ftyp", b"isom"), piece("moov", &[7; 5000]));
        let media = piece("mdat", &vec![1; 3 * most]);
        let named = |all: &[(&str, usize)]| {
            all.iter().map(|(name, length)| ((*name).to_owned(), *length)).collect::<Vec<_>>()
        };
        let first = opening(&[kind.clone(), index.clone(), media.clone()]).unwrap();
        let rest = most - 12 - 5008;
        assert_eq!(pieces(&first), named(&[("ftyp", 12), ("moov", 5008), ("mdat", rest)]));
        let last = opening(&[kind.clone(), media, index.clone()]).unwrap();
        assert_eq!(pieces(&last), named(&[("ftyp", 12), ("mdat", rest), ("moov", 5008)]));
        assert_eq!(last[most - 5000..], [7; 5000]);
        // The length of more than four gigabytes stands elsewhere.
        let mut wide = vec![0, 0, 0, 1];
        wide.extend(b"mdat");
        wide.extend((16 + 3 * MOST).to_be_bytes());
        wide.extend(vec![1; 3 * most]);
        let wide = opening(&[kind.clone(), wide, index.clone()]).unwrap();
        assert_eq!(pieces(&wide), named(&[("ftyp", 12), ("mdat", rest), ("moov", 5008)]));
        // A short film is given as it is.
        let short = [kind, piece("mdat", b"12345678"), index];
        assert_eq!(opening(&short).unwrap(), short.concat());
    }

    #[test]
    fn what_makes_no_sense_has_no_opening() {
        let most = usize::try_from(MOST).unwrap();
        let media = piece("mdat", &vec![1; 2 * most]);
        assert_eq!(opening(&[]), None);
        assert_eq!(opening(&[b"no film at all, only words".to_vec()]), None);
        assert_eq!(opening(std::slice::from_ref(&media)), None, "no index");
        assert_eq!(opening(&[media.clone(), piece("moov", &vec![7; most])]), None, "too long");
        assert_eq!(opening(&[piece("moov", &vec![7; most]), media.clone()]), None, "too long");
        // A box that ends nowhere, and one that would never end.
        assert_eq!(opening(&[media, b"\xff\xff\xff\xffmoov12345678".to_vec()]), None);
        assert_eq!(opening(&[b"\0\0\0\x04moov".repeat(8)]), None);
        assert_eq!(opening(&[b"\0\0\0\x01moov\xff\xff\xff\xff\xff\xff\xff\xff".to_vec()]), None);
    }
}
