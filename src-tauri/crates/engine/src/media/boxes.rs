//! Films laid out in boxes, MP4 and QuickTime: which brand they are, whether their index is there, what tracks it names.

use std::io::{Read, Seek};

use super::format::{self, Format};
use super::probe::Probe;

/// Boxes looked at on one level, at most: a fragmented film has thousands, all after its index.
const BOXES: usize = 100;
/// Tracks looked at, at most.
const TRACKS: usize = 16;

/// What the boxes told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// The index is there, whole.
    pub index: bool,
    /// A box goes on beyond the end of the file.
    pub cut: bool,
    /// Tracks of any sort that the index names.
    pub tracks: usize,
    /// One of them is a picture.
    pub picture: bool,
    /// One of them is sound.
    pub sound: bool,
}

/// What a file that begins with `ftyp` is: a format, or the name of something VOD does not take.
pub(super) enum Brand {
    Known(&'static Format),
    /// Unknown, with a film's brand among those it is compatible with: a film when its index names tracks.
    Perhaps(String),
    Foreign(String),
}

// Registered at mp4ra.org, and those of cameras that are not.
const FILMS: &[&[u8]] = &[
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"isoa",
    b"isob", b"isoc", b"mp41", b"mp42", b"mp71", b"avc1", b"hvc1", b"hev1", b"av01", b"dash",
    b"dsms", b"msdh", b"msix", b"cmfc", b"cmff", b"cmfs", b"mmp4", b"MSNV", b"XAVC", b"CAEP",
    b"caqv", b"KDDI", b"pana", b"niko", b"LCAG", b"isml", b"piff", b"ccff", b"uvvu", b"dby1",
    b"NDSC", b"NDSH", b"NDSM", b"NDSP", b"NDSS", b"NDXC", b"NDXH", b"NDXM", b"NDXP", b"NDXS",
    b"M4V ", b"M4VH", b"M4VP", b"SDV ", b"MFSM", b"mqt ",
];
const SOUNDS: &[&[u8]] = &[b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "];
/// Camera raw and pictures of other codecs name film brands too.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"crx ", "CR3"),
    (b"avif", "AVIF"),
    (b"avis", "AVIF"),
    (b"jp2 ", "JP2"),
    (b"jpx ", "JPX"),
    (b"jpm ", "JPM"),
];
const HEIC: &[&[u8]] = &[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"];

pub(super) fn brand(head: &[u8], name: &str) -> Brand {
    let size = head.first_chunk::<4>().map_or(0, |size| u32::from_be_bytes(*size) as usize);
    let listed = head.get(16..size.clamp(16, 16 + 4 * 64).min(head.len())).unwrap_or_default();
    let major = head.get(8..12).unwrap_or_default();
    let compatible: Vec<&[u8]> = listed.chunks_exact(4).collect();
    let foreign = |brand: &[u8]| FOREIGN.iter().find(|(known, _)| *known == brand);
    if let Some((_, label)) = foreign(major) {
        return Brand::Foreign((*label).to_owned());
    }
    if HEIC.contains(&major) {
        return Brand::Known(format::HEIC);
    }
    if matches!(major, b"mif1" | b"msf1" | b"miaf" | b"mif2") {
        // A picture of any codec: the brands beside it say which.
        if let Some((_, label)) = compatible.iter().find_map(|brand| foreign(brand)) {
            return Brand::Foreign((*label).to_owned());
        }
        let heic = compatible.iter().any(|brand| HEIC.contains(brand));
        return if heic || matches!(name, "heic" | "heif") {
            Brand::Known(format::HEIC)
        } else {
            Brand::Foreign("HEIF".to_owned())
        };
    }
    match major {
        b"qt  " => return Brand::Known(format::MOV),
        b"mjp2" | b"mj2s" => return Brand::Known(format::MJ2),
        b"f4v " | b"F4V " | b"F4P " => return Brand::Known(format::F4V),
        [b'3', b'g', ..] => return Brand::Known(format::THREE_GP),
        _ if SOUNDS.contains(&major) => return Brand::Known(format::M4A),
        _ if FILMS.contains(&major) => return Brand::Known(format::MP4),
        _ => {}
    }
    let label = String::from_utf8_lossy(major).trim().to_uppercase();
    let film = compatible.iter().any(|brand| FILMS.contains(brand) || *brand == b"qt  ");
    let other = compatible.iter().any(|brand| foreign(brand).is_some() || HEIC.contains(brand));
    if film && !other { Brand::Perhaps(label) } else { Brand::Foreign(label) }
}

/// A QuickTime film of the time before `ftyp`, or one that was cut in front: two boxes that make sense, or one that only
/// a film has.
pub(super) fn bare<R: Read + Seek>(probe: &mut Probe<R>) -> std::io::Result<bool> {
    let Some((first, kind)) = header(&probe.head).filter(|(size, _)| *size != 1) else {
        // A size of 1 says that 64 bits follow; only the data of a film is that long.
        return Ok(probe.has(4, b"mdat") && probe.has(0, &[0, 0, 0, 1]));
    };
    let known = |kind: [u8; 4]| {
        matches!(&kind, b"wide" | b"mdat" | b"moov" | b"free" | b"skip" | b"pnot" | b"PICT")
    };
    if !known(kind) || (first != 0 && first < 8) {
        return Ok(false);
    }
    if kind == *b"moov" {
        return Ok(matches!(
            probe.head.get(12..16),
            Some(b"mvhd" | b"cmov" | b"rmra" | b"udta" | b"prfl" | b"trak" | b"iods")
        ));
    }
    if kind == *b"mdat" {
        // Whatever it holds, nothing else begins so; but a line of text may have the four letters.
        return Ok(first == 0 || probe.head[0] < 0x20);
    }
    let next = probe.at(first, 8)?;
    Ok(header(&next).is_some_and(|(size, kind)| known(kind) && !(2..8).contains(&size)))
}

fn header(bytes: &[u8]) -> Option<(u64, [u8; 4])> {
    let size = u32::from_be_bytes(*bytes.first_chunk::<4>()?);
    Some((u64::from(size), *bytes.get(4..8)?.first_chunk::<4>()?))
}

/// A box: its kind, where its inside begins and where it ends, which may be beyond the file.
struct Part {
    kind: [u8; 4],
    from: u64,
    to: u64,
}

/// The box at a place before `end`; none where nothing makes sense.
fn part<R: Read + Seek>(
    probe: &mut Probe<R>,
    start: u64,
    end: u64,
) -> std::io::Result<Option<Part>> {
    let head = probe.at(start, 16)?;
    let Some((size, kind)) = header(&head) else { return Ok(None) };
    // Apple's own begin with a copyright sign.
    if !kind.iter().all(|byte| (0x20..0x7F).contains(byte) || *byte == 0xA9) {
        return Ok(None);
    }
    let (from, size) = match size {
        0 => (8, end.saturating_sub(start)),
        1 => match head.get(8..16).and_then(<[u8]>::first_chunk::<8>) {
            Some(long) => (16, u64::from_be_bytes(*long)),
            None => return Ok(None),
        },
        size => (8, size),
    };
    let Some(to) = start.checked_add(size).filter(|_| size >= from) else { return Ok(None) };
    Ok(Some(Part { kind, from: start + from, to }))
}

/// Walks the boxes of a film.
pub(super) fn layout<R: Read + Seek>(probe: &mut Probe<R>) -> std::io::Result<Layout> {
    let (mut layout, mut start) = (Layout::default(), 0);
    for _ in 0..BOXES {
        if start >= probe.size {
            break;
        }
        let Some(part) = self::part(probe, start, probe.size)? else { break };
        let film = matches!(&part.kind, b"mdat" | b"moov" | b"moof" | b"free" | b"uuid");
        if part.to > probe.size {
            // What merely follows a film may look like the head of a box.
            layout.cut |= film;
            break;
        }
        if part.kind == *b"moov" {
            layout.index = true;
            tracks(probe, &part, &mut layout)?;
        }
        // After the index of a fragmented film come its fragments, and after a whole one nothing that matters but its data.
        if layout.index && part.kind == *b"moof" {
            break;
        }
        start = part.to;
    }
    Ok(layout)
}

fn tracks<R: Read + Seek>(
    probe: &mut Probe<R>,
    index: &Part,
    layout: &mut Layout,
) -> std::io::Result<()> {
    let mut start = index.from;
    for _ in 0..BOXES {
        let Some(part) = self::part(probe, start, index.to)?.filter(|part| part.to <= index.to)
        else {
            return Ok(());
        };
        if part.kind == *b"trak" {
            layout.tracks += 1;
            match handler(probe, &part)? {
                Some(kind) if kind == *b"vide" => layout.picture = true,
                Some(kind) if kind == *b"soun" => layout.sound = true,
                Some(_) | None => {}
            }
        }
        if layout.tracks >= TRACKS || part.to >= index.to {
            return Ok(());
        }
        start = part.to;
    }
    Ok(())
}

/// What a track is of: `trak/mdia/hdlr`.
fn handler<R: Read + Seek>(probe: &mut Probe<R>, track: &Part) -> std::io::Result<Option<[u8; 4]>> {
    let Some(media) = child(probe, track, *b"mdia")? else { return Ok(None) };
    let Some(handler) = child(probe, &media, *b"hdlr")? else { return Ok(None) };
    Ok(probe.at(handler.from + 8, 4)?.first_chunk::<4>().copied())
}

fn child<R: Read + Seek>(
    probe: &mut Probe<R>,
    parent: &Part,
    kind: [u8; 4],
) -> std::io::Result<Option<Part>> {
    let mut start = parent.from;
    for _ in 0..BOXES {
        if start >= parent.to {
            break;
        }
        let Some(part) = self::part(probe, start, parent.to)? else { break };
        if part.kind == kind {
            return Ok(Some(part));
        }
        start = part.to;
    }
    Ok(None)
}
