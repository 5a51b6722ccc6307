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

/// A box, and where what is in it begins and ends.
type Part = (Header, u64, u64);

fn read<R: Read + Seek>(file: &mut R, end: u64) -> Option<Film> {
    let (_, from, to) = parts(file, 0, end).into_iter().find(|part| is(part, *b"moov"))?;
    let inside = parts(file, from, to);
    let head = inside.iter().find(|part| is(part, *b"mvhd"))?;
    enter(file, head)?;
    let head = Mvhd::read_atom(&head.0, file).ok()?;
    // All ones: the length is not known.
    let known = head.timescale > 0 && head.duration != u64::from(u32::MAX) && head.duration > 0;
    let ms = u128::from(head.duration) * 1000 / u128::from(head.timescale.max(1));
    let mut lines = None;
    for (_, from, to) in inside.iter().filter(|part| is(part, *b"trak")) {
        let track = parts(file, *from, *to).into_iter().find(|part| is(part, *b"tkhd"))?;
        enter(file, &track)?;
        let track = Tkhd::read_atom(&track.0, file).ok()?;
        // The shorter side: a film taken upright is turned by its matrix. Sound has no sides.
        let side = track.width.integer().min(track.height.integer());
        lines = lines.max((side > 0).then_some(u32::from(side)));
    }
    known.then_some(Film { duration_ms: u64::try_from(ms).ok()?, lines })
}

fn is(part: &Part, name: [u8; 4]) -> bool {
    part.0.kind == FourCC::from(name)
}

fn enter<R: Seek>(file: &mut R, (_, from, to): &Part) -> Option<()> {
    if to - from > LONGEST {
        return None;
    }
    file.seek(SeekFrom::Start(*from)).ok().map(|_| ())
}

/// The boxes of a stretch of the file, up to the first that makes no sense.
fn parts<R: Read + Seek>(file: &mut R, from: u64, to: u64) -> Vec<Part> {
    let (mut at, mut all) = (from, Vec::new());
    while at < to && all.len() < BOXES {
        let read = file.seek(SeekFrom::Start(at)).ok().and_then(|_| Header::read_from(file).ok());
        let inside = read.and_then(|head| Some((head, file.stream_position().ok()?)));
        let Some((head, begin)) = inside else { break };
        // Without a size it goes on to the end.
        let size =
            head.size.map_or(Some(to.saturating_sub(begin)), |size| u64::try_from(size).ok());
        let end = size.and_then(|size| begin.checked_add(size)).filter(|end| *end <= to);
        let Some(end) = end else { break };
        all.push((head, begin, end));
        at = end;
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
