//! How long a film is and how many lines its picture has, from the head of an MP4 or MOV. Reads some hundred bytes, wherever
//! in the file they lie; knows no transfer.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use mp4_atom::{FourCC, Header, Mvhd, ReadAtom as _, ReadFrom as _, Tkhd};

use crate::api::Film;

/// Boxes looked at, at most, on each level: a real film has about ten.
const BOXES: usize = 200;
/// No box we read is longer.
const LONGEST: u64 = 1024;

/// What the file says of itself; none for another kind of file, or a broken one.
pub(crate) fn look(path: &Path) -> Option<Film> {
    let file = File::open(path).ok()?;
    let end = file.metadata().ok()?.len();
    read(&mut BufReader::with_capacity(256, file), end)
}

/// A box of a film laid out as MP4 and QuickTime are. Places are bytes from the beginning of the file.
#[derive(Debug)]
pub struct Part {
    head: Header,
    /// Where its own length stands.
    pub start: u64,
    /// Where what is in it begins.
    pub from: u64,
    /// Where it ends.
    pub to: u64,
}

impl Part {
    /// It is of this kind.
    pub fn is(&self, kind: [u8; 4]) -> bool {
        self.head.kind == FourCC::from(kind)
    }
}

fn read<R: Read + Seek>(file: &mut R, end: u64) -> Option<Film> {
    let index = parts(file, 0, end).into_iter().find(|part| part.is(*b"moov"))?;
    let inside = parts(file, index.from, index.to);
    let part = inside.iter().find(|part| part.is(*b"mvhd"))?;
    enter(file, part)?;
    let head = Mvhd::read_atom(&part.head, file).ok()?;
    // All ones: the length is not known.
    let known = head.timescale > 0 && head.duration != u64::from(u32::MAX) && head.duration > 0;
    let ms = u128::from(head.duration) * 1000 / u128::from(head.timescale.max(1));
    let mut lines = None;
    for track in inside.iter().filter(|part| part.is(*b"trak")) {
        let part = parts(file, track.from, track.to).into_iter().find(|part| part.is(*b"tkhd"))?;
        enter(file, &part)?;
        let track = Tkhd::read_atom(&part.head, file).ok()?;
        // The shorter side: a film taken upright is turned by its matrix. Sound has no sides.
        let side = track.width.integer().min(track.height.integer());
        lines = lines.max((side > 0).then_some(u32::from(side)));
    }
    known.then_some(Film { duration_ms: u64::try_from(ms).ok()?, lines })
}

fn enter<R: Seek>(file: &mut R, part: &Part) -> Option<()> {
    if part.to - part.from > LONGEST {
        return None;
    }
    file.seek(SeekFrom::Start(part.from)).ok().map(|_| ())
}

/// The boxes of a stretch of the file, up to the first that makes no sense.
pub fn parts<R: Read + Seek>(file: &mut R, from: u64, to: u64) -> Vec<Part> {
    let (mut start, mut all) = (from, Vec::new());
    while start < to && all.len() < BOXES {
        let read =
            file.seek(SeekFrom::Start(start)).ok().and_then(|_| Header::read_from(file).ok());
        let inside = read.and_then(|head| Some((head, file.stream_position().ok()?)));
        let Some((head, from)) = inside else { break };
        // Without a size it goes on to the end.
        let size = head.size.map_or(Some(to.saturating_sub(from)), |size| u64::try_from(size).ok());
        let end = size.and_then(|size| from.checked_add(size)).filter(|end| *end <= to);
        let Some(end) = end else { break };
        all.push(Part { head, start, from, to: end });
        start = end;
    }
    all
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const SAMPLE: &[u8] = include_bytes!("../assets/sample.mp4");

    fn told(bytes: &[u8]) -> Option<Film> {
        read(&mut Cursor::new(bytes), bytes.len() as u64)
    }

    #[test]
    fn a_film_tells_its_length_and_its_lines() {
        let film = told(SAMPLE).unwrap();
        assert_eq!((film.duration_ms, film.lines), (6_000, Some(360)));
    }

    #[test]
    fn what_is_broken_or_something_else_tells_nothing_and_harms_nothing() {
        assert_eq!(told(b""), None);
        assert_eq!(told(b"\xff\xd8\xff\xe0 a picture"), None);
        for cut in (0..SAMPLE.len()).step_by(997) {
            let _ = told(&SAMPLE[..cut]);
        }
        let at = SAMPLE.windows(4).position(|four| four == b"moov").unwrap();
        for byte in at - 4..(at + 400).min(SAMPLE.len()) {
            let mut odd = SAMPLE.to_vec();
            odd[byte] = 0xFF;
            let _ = told(&odd);
            odd[byte] = 0;
            let _ = told(&odd);
        }
    }
}
