//! Streams without a magic number: packets and frames that must follow each other at the distance they tell themselves.

use std::io::{Read, Seek};

use super::probe::Probe;

/// Frames in a row that prove a stream, where the file is long enough for them.
const PROOF: usize = 4;
/// How far from the beginning a stream may start: recordings that begin in the middle, players' padding.
const LEAD: usize = 48 * 1024;

/// The distance of the packets of an MPEG transport stream: 188, 192 (with a time before each) or 204 (with check bytes).
pub(super) fn transport<R>(probe: &Probe<R>, lenient: bool) -> Option<usize> {
    let whole = probe.head.len() as u64 == probe.size;
    for (distance, first) in [(188, 0), (192, 4), (204, 0)] {
        if packets(&probe.head, distance, first, whole) {
            return Some(distance);
        }
    }
    // A recording begins anywhere in a packet; only a name that says so is reason enough to search.
    let starts = if lenient { 1..4 * 204 } else { 0..0 };
    for start in starts {
        for distance in [188, 192, 204] {
            if probe.head.len() >= start + 8 * distance
                && packets(&probe.head, distance, start, false)
            {
                return Some(distance);
            }
        }
    }
    None
}

fn packets(head: &[u8], distance: usize, first: usize, whole: bool) -> bool {
    let there = head.len().saturating_sub(first).div_ceil(distance);
    // A file of two packets is the least that can be told from chance, when it ends with a packet.
    if there < 5
        && !(whole && there >= 2 && (head.len() - first + first.min(4)).is_multiple_of(distance))
    {
        return false;
    }
    (0..there.min(8)).all(|n| head.get(first + n * distance) == Some(&0x47))
}

/// A frame's length, from its first bytes; none where no frame begins.
type Length = fn(&[u8]) -> Option<usize>;

/// Whether frames follow each other from the very beginning of `bytes`; `whole`: nothing comes after them.
fn follow(bytes: &[u8], length: Length, whole: bool) -> bool {
    let (mut at, mut seen) = (0, 0);
    while seen < PROOF {
        let Some(size) = bytes.get(at..).and_then(length) else {
            // A file of one or two frames is one all the same when nothing else follows.
            return seen > 0 && whole && at >= bytes.len();
        };
        seen += 1;
        at += size;
    }
    true
}

/// Where frames begin: at once, or within the first bytes when `search` is set.
fn found(bytes: &[u8], length: Length, whole: bool, search: bool) -> bool {
    let last = if search { LEAD.min(bytes.len()) } else { 1 };
    (0..last).any(|at| {
        length(&bytes[at..]).is_some()
            && if at == 0 {
                follow(bytes, length, whole)
            } else {
                follow(&bytes[at..], length, false)
            }
    })
}

/// What a stream of sound is, `bytes` being its beginning after any tag: the usual extension.
pub(super) fn sound(bytes: &[u8], whole: bool, name: &str) -> Option<&'static str> {
    let kinds: [(&str, Length); 4] = [("mp3", mpeg), ("aac", adts), ("aac", loas), ("ac3", ac3)];
    let at_once = kinds.iter().find(|(_, length)| found(bytes, *length, whole, false));
    let later =
        || kinds.iter().find(|(kind, length)| *kind == name && found(bytes, *length, whole, true));
    at_once.or_else(later).map(|(kind, _)| *kind)
}

/// MPEG-1, 2 and 2.5 audio, layer III; layers I and II are no files VOD knows.
fn mpeg(b: &[u8]) -> Option<usize> {
    let [0xFF, b1, b2, _, ..] = *b else { return None };
    let version = (b1 >> 3) & 3; // 0: 2.5, 2: 2, 3: 1
    if b1 & 0xE0 != 0xE0 || version == 1 || (b1 >> 1) & 3 != 1 {
        return None;
    }
    let rates: [u32; 16] = if version == 3 {
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0]
    } else {
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0]
    };
    let rate = rates[usize::from(b2 >> 4)];
    let hertz = [44_100, 48_000, 32_000, 0][usize::from((b2 >> 2) & 3)];
    if rate == 0 || hertz == 0 {
        return None;
    }
    let hertz = hertz >> [2, 0, 1, 0][usize::from(version)];
    let samples = if version == 3 { 144 } else { 72 };
    usize::try_from(samples * rate * 1_000 / hertz + u32::from((b2 >> 1) & 1)).ok()
}

/// AAC with a head before each frame.
fn adts(b: &[u8]) -> Option<usize> {
    let [0xFF, b1, b2, b3, b4, b5, _, ..] = *b else { return None };
    if b1 & 0xF6 != 0xF0 || (b2 >> 2) & 15 > 12 {
        return None;
    }
    let length = (usize::from(b3 & 3) << 11) | (usize::from(b4) << 3) | usize::from(b5 >> 5);
    (length >= 8).then_some(length)
}

/// AAC as broadcast: LATM in LOAS.
fn loas(b: &[u8]) -> Option<usize> {
    let [0x56, b1, b2, _, ..] = *b else { return None };
    let length = (usize::from(b1 & 0x1F) << 8) | usize::from(b2);
    (b1 & 0xE0 == 0xE0 && length >= 8).then_some(length + 3)
}

/// Dolby Digital, and Dolby Digital Plus.
fn ac3(b: &[u8]) -> Option<usize> {
    let [0x0B, 0x77, b2, b3, b4, b5, ..] = *b else { return None };
    let bsid = b5 >> 3;
    if (11..=16).contains(&bsid) {
        return Some(2 * ((usize::from(b2 & 7) << 8) + usize::from(b3) + 1)).filter(|n| *n >= 16);
    }
    if bsid > 10 {
        return None;
    }
    let code = usize::from(b4 & 0x3F);
    let kilobits =
        [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];
    let rate = *kilobits.get(code / 2)?;
    match b4 >> 6 {
        0 => Some(rate * 4),
        1 => Some(2 * (rate * 96_000 / 44_100 + code % 2)),
        2 => Some(rate * 6),
        _ => None,
    }
}

/// Where the content begins after tags in front of it (ID3, any number of them), and after nothing but zeros.
pub(super) fn after_tags<R: Read + Seek>(probe: &mut Probe<R>) -> std::io::Result<u64> {
    let mut at = 0_u64;
    for _ in 0..4 {
        let head = probe.at(at, 10)?;
        let [b'I', b'D', b'3', _, _, flags, a, b, c, d] = *head else { break };
        if [a, b, c, d].iter().any(|byte| *byte >= 0x80) {
            break;
        }
        let size = [a, b, c, d].iter().fold(0_u64, |size, byte| (size << 7) | u64::from(*byte));
        at += 10 + size + if flags & 0x10 == 0 { 0 } else { 10 };
    }
    Ok(at)
}
