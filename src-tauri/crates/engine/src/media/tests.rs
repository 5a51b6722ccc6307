//! What files prove to be: every format VOD lists, made by hand, under the right name, a wrong one and none; and what is refused.
//! Long because of the table of them.

use std::io::Cursor;

use super::*;

mod real;

fn told(bytes: &[u8], forced: Option<Kind>, name: &str) -> Result<Told, Fault> {
    examine(Cursor::new(bytes), bytes.len() as u64, forced, name).unwrap()
}

fn is(bytes: &[u8], forced: Option<Kind>, name: &str) -> (Kind, String) {
    let told =
        told(bytes, forced, name).unwrap_or_else(|fault| panic!("{name} {forced:?}: {fault:?}"));
    (told.kind, told.extension)
}

fn code(bytes: &[u8], forced: Option<Kind>, name: &str) -> Code {
    match told(bytes, forced, name) {
        Ok(told) => panic!("{name} {forced:?} is taken for {told:?}"),
        Err(fault) => fault.code,
    }
}

fn codes(bytes: &[u8], name: &str) -> Vec<RemarkCode> {
    told(bytes, None, name).unwrap().remarks.iter().map(|remark| remark.code).collect()
}

/// Bytes of no sort, the same each time.
pub(super) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    })
    .take(length)
    .collect()
}

fn with(head: &[u8]) -> Vec<u8> {
    [head, &noise(9_000)].concat()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "b\"moov\" reads best as it is")]
fn piece(kind: &[u8; 4], inside: &[u8]) -> Vec<u8> {
    [&u32::try_from(8 + inside.len()).unwrap().to_be_bytes()[..], kind, inside].concat()
}

fn index(tracks: &[&[u8; 4]]) -> Vec<u8> {
    let track = |kind: &&[u8; 4]| {
        let handler = piece(b"hdlr", &[&[0; 8][..], *kind, &[0; 13]].concat());
        piece(b"trak", &[piece(b"tkhd", &[0; 84]), piece(b"mdia", &handler)].concat())
    };
    let inside: Vec<u8> = std::iter::once(piece(b"mvhd", &[0; 100]))
        .chain(tracks.iter().map(track))
        .flatten()
        .collect();
    piece(b"moov", &inside)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "b\"moov\" reads best as it is")]
fn ftyp(major: &[u8; 4], compatible: &[&[u8; 4]]) -> Vec<u8> {
    let mut inside = [&major[..], &[0, 0, 2, 0]].concat();
    for brand in compatible {
        inside.extend(*brand);
    }
    piece(b"ftyp", &inside)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "b\"moov\" reads best as it is")]
fn film(major: &[u8; 4], compatible: &[&[u8; 4]], tracks: &[&[u8; 4]]) -> Vec<u8> {
    [ftyp(major, compatible), index(tracks), piece(b"mdat", &noise(5_000))].concat()
}

const BOTH: &[&[u8; 4]] = &[b"vide", b"soun"];

/// Packets of a transport stream.
fn transport(distance: usize, first: usize, lead: usize) -> Vec<u8> {
    let mut bytes = noise(lead);
    bytes.retain(|byte| *byte != 0x47);
    for _ in 0..40 {
        let mut packet = noise(distance);
        packet[first] = 0x47;
        bytes.extend(packet);
    }
    bytes
}

/// Frames that begin alike and are as long as they say.
fn frames(head: &[u8], length: usize, count: usize) -> Vec<u8> {
    let mut frame = head.to_vec();
    frame.extend(noise(length - head.len()));
    frame.repeat(count)
}

fn mp3() -> Vec<u8> {
    frames(&[0xFF, 0xFB, 0x90, 0x00], 417, 12) // 128 kbit/s, 44.1 kHz
}

fn id3(room: usize) -> Vec<u8> {
    let size: Vec<u8> =
        (0..4).rev().map(|n| u8::try_from((room >> (7 * n)) & 0x7F).unwrap()).collect();
    [b"ID3\x04\0\0", &size[..], &noise(room)].concat()
}

fn ogg(heads: &[&[u8]]) -> Vec<u8> {
    let page = |flags: u8, body: &[u8]| {
        let mut page = b"OggS\0".to_vec();
        page.push(flags);
        page.extend([0; 20]);
        page.extend([1, u8::try_from(body.len()).unwrap()]);
        page.extend(body);
        page
    };
    let heads = heads.iter().flat_map(|body| page(2, body));
    heads.chain(page(0, &noise(200))).collect()
}

fn asf(streams: &[u8]) -> Vec<u8> {
    let rest = [0x4D, 0x5B, 0xCF, 0x11, 0xA8, 0xFD, 0x00, 0x80, 0x5F, 0x5C, 0x44, 0x2B];
    let mut bytes = b"\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\x00\xAA\x00\x62\xCE\x6C".to_vec();
    for kind in streams {
        bytes.extend(if *kind == b'v' {
            [0xC0, 0xEF, 0x19, 0xBC]
        } else {
            [0x40, 0x9E, 0x69, 0xF8]
        });
        bytes.extend(rest);
    }
    with(&bytes)
}

fn png(animated: bool) -> Vec<u8> {
    let chunk = |kind: &[u8], inside: &[u8]| {
        [&u32::try_from(inside.len()).unwrap().to_be_bytes()[..], kind, inside, &[0; 4]].concat()
    };
    let mut bytes = [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &[1; 13])].concat();
    if animated {
        bytes.extend(chunk(b"acTL", &[1; 8]));
    }
    [bytes, chunk(b"IDAT", &noise(900))].concat()
}

fn dv() -> Vec<u8> {
    let mut bytes = noise(12_000);
    for (at, head) in
        [(0, [0x1F, 7, 0]), (80, [0x3F, 7, 0]), (160, [0x3F, 7, 1]), (240, [0x56, 7, 0])]
    {
        bytes[at..at + 3].copy_from_slice(&head);
    }
    bytes
}

fn ebu() -> Vec<u8> {
    let mut bytes = b"850STL25.01100".to_vec();
    bytes.resize(1_024, b' ');
    [bytes, noise(128 * 4)].concat()
}

const SRT: &str = "1\r\n00:00:01,000 --> 00:00:02,500\r\nRain\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nSnow\r\n";

/// Everything VOD takes: the bytes, the name they have, what they are as by that name, and without a name.
fn real() -> Vec<(&'static str, Vec<u8>, Kind, &'static str)> {
    use Kind::{Audio, Image, Material, Subtitle, Video, Watermark};
    let _ = Material;
    let mov = |parts: &[&[u8]]| parts.concat();
    let data = piece(b"mdat", &noise(3_000));
    let moov = index(BOTH);
    let wide = piece(b"wide", &[]);
    let riff = |kind: &[u8]| with(&[b"RIFF\xF0\x20\0\0", kind].concat());
    vec![
        ("mp4", film(b"isom", &[b"iso2", b"avc1"], BOTH), Video, "mp4"),
        ("mp4", film(b"mp42", &[b"mp41"], BOTH), Video, "mp4"),
        ("mp4", film(b"XAVC", &[b"mp42"], BOTH), Video, "mp4"),
        ("mp4", film(b"MSNV", &[b"isom"], BOTH), Video, "mp4"),
        ("mp4", film(b"zzzz", &[b"isom"], BOTH), Video, "mp4"),
        ("mp4", film(b"iso6", &[], BOTH), Video, "mp4"),
        ("m4v", film(b"M4V ", &[b"isom"], BOTH), Video, "mp4"),
        ("mov", film(b"qt  ", &[], BOTH), Video, "mov"),
        ("qt", film(b"qt  ", &[], BOTH), Video, "mov"),
        ("mov", mov(&[&wide, &data, &moov]), Video, "mov"),
        ("mov", mov(&[&data, &moov]), Video, "mov"),
        ("mov", mov(&[&moov, &data]), Video, "mov"),
        ("mov", mov(&[&piece(b"free", &[0; 40]), &moov, &data]), Video, "mov"),
        ("mov", mov(&[&piece(b"skip", &[0; 40]), &moov, &data]), Video, "mov"),
        (
            "mov",
            mov(&[&piece(b"pnot", &[0; 12]), &piece(b"PICT", &noise(50)), &moov, &data]),
            Video,
            "mov",
        ),
        ("3gp", film(b"3gp5", &[b"isom"], BOTH), Video, "3gp"),
        ("3gp", film(b"3g2a", &[], BOTH), Video, "3gp"),
        ("f4v", film(b"F4V ", &[], BOTH), Video, "f4v"),
        ("mj2", film(b"mjp2", &[], BOTH), Video, "mj2"),
        ("m4a", film(b"M4A ", &[b"isom"], &[b"soun"]), Audio, "m4a"),
        ("m4a", film(b"isom", &[b"iso2"], &[b"soun"]), Audio, "m4a"),
        ("avi", riff(b"AVI LIST"), Video, "avi"),
        ("mkv", with(b"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\x82\x88matroska"), Video, "mkv"),
        ("webm", with(b"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\x82\x84webm"), Video, "webm"),
        ("flv", with(b"FLV\x01\x05\0\0\0\x09"), Video, "flv"),
        ("mpg", with(b"\x00\x00\x01\xBA\x44\x00\x04"), Video, "mpg"),
        ("mpeg", with(b"\x00\x00\x01\xBA\x21\x00\x01"), Video, "mpg"),
        ("vob", with(b"\x00\x00\x01\xBA\x44\x00\x04"), Video, "mpg"),
        ("mpe", with(b"\x00\x00\x01\xB3\x14\x00\xF0"), Video, "mpg"),
        ("dat", riff(b"CDXAfmt "), Video, "dat"),
        ("dat", with(b"\x00\x00\x01\xBA\x21\x00\x01"), Video, "mpg"),
        ("ts", transport(188, 0, 0), Video, "ts"),
        ("m2t", transport(188, 0, 0), Video, "ts"),
        ("mts", transport(192, 4, 0), Video, "mts"),
        ("ts", transport(204, 0, 0), Video, "ts"),
        ("wmv", asf(b"va"), Video, "wmv"),
        ("asf", asf(b"va"), Video, "wmv"),
        ("wma", asf(b"a"), Audio, "wma"),
        ("rm", with(b".RMF\0\0\0\x12"), Video, "rmvb"),
        ("rmvb", with(b".RMF\0\0\0\x12"), Video, "rmvb"),
        ("ra", with(b".ra\xFD\0\x04"), Audio, "ra"),
        ("dv", dv(), Video, "dv"),
        ("swf", with(b"FWS\x05\xFF\x20\0\0"), Video, "swf"),
        ("swf", with(b"CWS\x0A\xFF\x20\0\0"), Video, "swf"),
        ("swf", with(b"ZWS\x0D\xFF\x20\0\0"), Video, "swf"),
        ("ogg", ogg(&[b"fishead\0", b"\x80theora", b"\x01vorbis"]), Video, "ogg"),
        ("ogg", ogg(&[b"OpusHead"]), Audio, "ogg"),
        ("ogg", ogg(&[b"\x01vorbis"]), Audio, "ogg"),
        ("mp3", mp3(), Audio, "mp3"),
        ("mp3", [id3(2_000), mp3()].concat(), Audio, "mp3"),
        ("mp3", [id3(300_000), mp3()].concat(), Audio, "mp3"),
        ("aac", frames(&[0xFF, 0xF1, 0x50, 0x80, 0x20, 0x1F, 0xFC], 256, 12), Audio, "aac"),
        ("aac", frames(&[0x56, 0xE0, 0xFD], 256, 12), Audio, "aac"),
        (
            "aac",
            [id3(60), frames(&[0xFF, 0xF1, 0x50, 0x80, 0x20, 0x1F, 0xFC], 256, 12)].concat(),
            Audio,
            "aac",
        ),
        ("aac", with(b"ADIF"), Audio, "aac"),
        ("ac3", frames(&[0x0B, 0x77, 0x12, 0x34, 0x14, 0x40], 768, 8), Audio, "ac3"),
        ("wav", riff(b"WAVEfmt "), Audio, "wav"),
        ("wav", with(b"RF64\xFF\xFF\xFF\xFFWAVEds64"), Audio, "wav"),
        ("wav", with(b"riff\x2E\x91\xCF\x11\xA5\xD6\x28\xDB\x04\xC1\0\0"), Audio, "wav"),
        ("flac", with(b"fLaC\0\0\0\x22"), Audio, "flac"),
        ("flac", [id3(60), with(b"fLaC\0\0\0\x22")].concat(), Audio, "flac"),
        ("ape", with(b"MAC \x96\x0F"), Audio, "ape"),
        ("amr", with(b"#!AMR\n"), Audio, "amr"),
        ("amr", with(b"#!AMR-WB\n"), Audio, "amr"),
        ("caf", with(b"caff\0\x01\0\0desc"), Audio, "caf"),
        ("acm", with(b"\x97\x28\x03\x01"), Audio, "acm"),
        ("png", png(false), Image, "png"),
        ("jpg", with(b"\xFF\xD8\xFF\xE0\0\x10JFIF"), Image, "jpg"),
        ("jpeg", with(b"\xFF\xD8\xFF\xE1\0\x10Exif"), Image, "jpg"),
        ("gif", with(b"GIF89a"), Image, "gif"),
        ("webp", riff(b"WEBPVP8 "), Image, "webp"),
        ("heic", ftyp(b"heic", &[b"mif1", b"heic"]), Image, "heic"),
        ("heic", ftyp(b"mif1", &[b"mif1", b"heic", b"miaf"]), Image, "heic"),
        ("heic", ftyp(b"heix", &[b"mif1"]), Image, "heic"),
        ("heic", ftyp(b"msf1", &[b"msf1", b"hevc"]), Image, "heic"),
        ("srt", SRT.into(), Subtitle, "srt"),
        ("srt", format!("\u{feff}{SRT}").into(), Subtitle, "srt"),
        ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nRain\n".into(), Subtitle, "vtt"),
        ("vtt", "\u{feff}WEBVTT - with a title\n".into(), Subtitle, "vtt"),
        (
            "ass",
            "[Script Info]\n; by hand\n[Events]\nDialogue: 0,0:00:01.00\n".into(),
            Subtitle,
            "ass",
        ),
        ("ass", "; first a word\r\n[Script Info]\r\n".into(), Subtitle, "ass"),
        (
            "ttml",
            "<?xml version=\"1.0\"?>\n<tt xmlns=\"http://www.w3.org/ns/ttml\">".into(),
            Subtitle,
            "ttml",
        ),
        (
            "ttml",
            "<!-- by hand --><tt:tt xmlns:tt=\"http://www.w3.org/ns/ttml\">".into(),
            Subtitle,
            "ttml",
        ),
        ("stl", ebu(), Subtitle, "stl"),
        ("stl", "$FontName = Arial\n\n00:00:01:00 , 00:00:02:12 , Rain\n".into(), Subtitle, "stl"),
        ("apng", png(true), Watermark, "png"),
    ]
}

#[test]
fn every_format_vod_takes_is_known_by_its_right_name_a_wrong_one_and_none() {
    for (name, bytes, kind, alone) in real() {
        let label = String::from_utf8_lossy(&bytes[..bytes.len().min(24)]).into_owned();
        assert_eq!(is(&bytes, None, name), (kind, name.to_owned()), "{name} {label:?}");
        // An animated picture is one by its bytes; a watermark only by its name.
        let kind = if name == "apng" { Kind::Image } else { kind };
        for wrong in ["", "bin", "pdf", "tmp"] {
            assert_eq!(
                is(&bytes, None, wrong),
                (kind, alone.to_owned()),
                "{name} as {wrong} {label:?}"
            );
        }
        // Another format's name changes nothing but what both may be called.
        let other = if kind == Kind::Subtitle { "mkv" } else { "srt" };
        assert_eq!(is(&bytes, None, other), (kind, alone.to_owned()), "{name} as {other}");
        assert_eq!(
            codes(&bytes, name).iter().find(|code| code.is_grave()),
            None,
            "{name} {label:?}"
        );
    }
}

#[test]
fn every_extension_vod_lists_is_reached_but_that_of_playlists() {
    use Kind::{Audio, Image, Material, Subtitle, Video, Watermark};
    let mut reached: Vec<(Kind, String)> = Vec::new();
    for (name, bytes, kind, _) in real() {
        reached.push(is(&bytes, None, name));
        for forced in [Video, Audio, Image, Subtitle, Watermark, Material] {
            for name in extensions(forced) {
                reached
                    .extend(told(&bytes, Some(forced), name).ok().map(|t| (t.kind, t.extension)));
            }
        }
        let _ = kind;
    }
    let zip = with(b"PK\x03\x04\x14\0\0\0\0\0song.txt");
    let apk = with(b"PK\x03\x04\x14\0\0\0\0\0AndroidManifest.xml");
    reached.push(is(&zip, Some(Material), "zip"));
    reached.push(is(&apk, Some(Material), "apk"));
    reached.push(is(&with(b"MATLAB 5.0 MAT-file"), Some(Material), "mat"));
    reached.push(is(&with(b"\xFF\xD8\xFF\xE0"), None, "mjpeg"));
    for kind in [Video, Audio, Image, Subtitle, Watermark, Material] {
        for extension in extensions(kind).iter().filter(|e| **e != "m3u8") {
            let wanted = (kind, (*extension).to_owned());
            assert!(reached.contains(&wanted), "{wanted:?}");
        }
    }
    for format in format::ALL {
        for (kind, takes) in format.kinds {
            assert!(takes.iter().all(|e| extensions(*kind).contains(e)), "{}", format.name);
        }
    }
}

#[test]
fn the_name_decides_only_what_the_bytes_leave_open() {
    let mp4 = film(b"isom", &[], BOTH);
    assert_eq!(is(&mp4, None, "mov"), (Kind::Video, "mov".into()));
    assert_eq!(is(&mp4, None, "m4a"), (Kind::Audio, "m4a".into()));
    assert_eq!(is(&mp4, None, "mkv"), (Kind::Video, "mp4".into()));
    assert_eq!(is(&mp4, None, "avi"), (Kind::Video, "mp4".into()));
    assert_eq!(is(&film(b"isom", &[], &[b"soun"]), None, "mp4"), (Kind::Video, "mp4".into()));
    assert_eq!(is(&asf(b"va"), None, "wma"), (Kind::Audio, "wma".into()));
    assert_eq!(is(&png(false), None, "jpg"), (Kind::Image, "png".into()));
    assert_eq!(is(&png(false), None, "mp4"), (Kind::Image, "png".into()));
    assert_eq!(is(&transport(192, 4, 0), None, "m2ts"), (Kind::Video, "mts".into()));
    assert_eq!(is(&transport(188, 0, 0), None, "m2ts"), (Kind::Video, "ts".into()));
    assert_eq!(is(&transport(188, 0, 100), None, "ts"), (Kind::Video, "ts".into()));
    assert_eq!(is(&ogg(&[b"OpusHead"]), None, "opus"), (Kind::Audio, "ogg".into()));
    assert_eq!(is(&[noise(700), mp3()].concat(), None, "mp3"), (Kind::Audio, "mp3".into()));
    assert_eq!(is(&[vec![0; 6_000], mp3()].concat(), None, "mp3"), (Kind::Audio, "mp3".into()));
    assert_eq!(is("WEBVTT\n\n".as_bytes(), None, "srt"), (Kind::Subtitle, "vtt".into()));
    assert_eq!(is(SRT.as_bytes(), None, "vtt"), (Kind::Subtitle, "srt".into()));
    assert_eq!(is(format!("Made by hand\n\n{SRT}").as_bytes(), None, "srt").0, Kind::Subtitle);
}

#[test]
fn what_the_user_says_holds_where_vod_would_take_it() {
    let mp4 = film(b"isom", &[], BOTH);
    let gif = with(b"GIF89a");
    let zip = with(b"PK\x03\x04\x14\0\0\0\0\0song.txt");
    for (bytes, kind, name, extension) in [
        (&png(false), Kind::Watermark, "png", "png"),
        (&png(true), Kind::Watermark, "", "apng"),
        (&gif, Kind::Video, "gif", "gif"),
        (&gif, Kind::Watermark, "gif", "gif"),
        (&gif, Kind::Material, "gif", "gif"),
        (&mp4, Kind::Audio, "mp4", "m4a"),
        (&mp4, Kind::Material, "mp4", "mp4"),
        (&film(b"qt  ", &[], BOTH), Kind::Watermark, "mov", "mov"),
        (&zip, Kind::Material, "zip", "zip"),
        (&noise(9_000), Kind::Video, "dat", "dat"),
        (&noise(9_000), Kind::Material, "mat", "mat"),
    ] {
        assert_eq!(is(bytes, Some(kind), name), (kind, extension.to_owned()), "{name}");
    }
    for (bytes, kind, name) in [
        (&b"only words"[..], Kind::Video, "mp4"),
        (b"only words", Kind::Image, "png"),
        (&png(false), Kind::Video, "png"),
        (&png(false), Kind::Video, "mp4"),
        (&mp4, Kind::Subtitle, "srt"),
        (&mp4, Kind::Image, "jpg"),
        (&noise(9_000), Kind::Image, "jpg"),
        (&noise(9_000), Kind::Subtitle, "srt"),
        (&with(b"PK\x03\x04\x14\0\0\0\0\0[Content_Types].xml"), Kind::Material, "docx"),
        (&with(b"PK\x03\x04\x14\0\0\0\0\0[Content_Types].xml"), Kind::Material, "zip"),
        (&ftyp(b"avif", &[b"mif1"]), Kind::Video, "mp4"),
    ] {
        assert!(told(bytes, Some(kind), name).is_err(), "{name} {kind:?}");
    }
    assert_eq!(kinds("png"), [Kind::Image, Kind::Watermark, Kind::Material]);
    assert_eq!(kinds("gif"), [Kind::Image, Kind::Video, Kind::Watermark, Kind::Material]);
    assert_eq!(kinds("srt"), [Kind::Subtitle]);
    assert!(kinds("docx").is_empty());
}

#[test]
fn what_is_no_media_is_refused_for_what_it_is() {
    let crx = with(&ftyp(b"crx ", &[b"crx ", b"isom"]));
    let avif = with(&ftyp(b"avif", &[b"avif", b"mif1", b"miaf"]));
    for name in ["CR3", "mp4", "", "jpg"] {
        assert_eq!(code(&crx, None, &name.to_lowercase()), Code::ReqExt, "{name}");
        assert_eq!(told(&crx, None, name).unwrap_err().facts["ext"], "CR3");
    }
    for forced in [None, Some(Kind::Image), Some(Kind::Video)] {
        for name in ["avif", "jpg", "heic", "mp4", ""] {
            assert_eq!(code(&avif, forced, name), Code::ReqExt, "{name}");
        }
    }
    assert_eq!(code(&ftyp(b"mif1", &[b"avif"]), None, "heic"), Code::ReqExt);
    assert_eq!(code(&with(&ftyp(b"zzzz", &[b"isom"])), None, "mp4"), Code::ReqExt, "no index");
    assert_eq!(code(&with(&ftyp(b"zzzz", &[])), None, "mp4"), Code::ReqExt);
    let inside = |first: &str| with(&[b"PK\x03\x04\x14\0\0\0\0\0", first.as_bytes()].concat());
    for (first, name) in [
        ("[Content_Types].xml", "docx"),
        ("word/document.xml", "docx"),
        ("xl/workbook.xml", "xlsx"),
        ("mimetypeapplication/epub+zip", "epub"),
        ("META-INF/MANIFEST.MF", "jar"),
        ("[Content_Types].xml", ""),
        ("[Content_Types].xml", "zip"),
        ("anything", "zip"),
        ("anything", "mp4"),
        ("AndroidManifest.xml", "apk"),
    ] {
        assert_eq!(code(&inside(first), None, name), Code::ReqExt, "{name}");
    }
    let script = "import { Gate } from './gate';\n\nexport const GG: Gate = open();\n".repeat(40);
    for (bytes, name) in [
        (script.as_bytes(), "ts"),
        (&noise(20_000), "dat"),
        (&noise(20_000), "ts"),
        (&noise(20_000), "mat"),
        (b"only words", "txt"),
        (b"{\"a\": 1}", "json"),
        (b"%PDF-1.7 ...", "mp4"),
        (&noise(20_000), "bin"),
    ] {
        assert_eq!(code(bytes, None, name), Code::ReqExt, "{name}");
    }
    for (bytes, name) in [
        (&noise(20_000)[..], "mp4"),
        (&noise(20_000), "png"),
        (&noise(20_000), "wav"),
        (b"only words", "mp4"),
        (b"{\"error\": \"expired\"}", "mov"),
        (b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "mp4"),
    ] {
        assert_eq!(code(bytes, None, name), Code::FileUnknown, "{name}");
    }
    for page in [
        "<!DOCTYPE html><html>",
        "\u{feff}\r\n  <html lang=\"zh\">",
        "<?xml version=\"1.0\"?>\n<!-- x -->\n<!doctype HTML PUBLIC>",
        "<head><title>404",
    ] {
        for (name, forced) in
            [("mp4", None), ("mp4", Some(Kind::Video)), ("srt", None), ("jpg", None)]
        {
            assert_eq!(code(page.as_bytes(), forced, name), Code::FilePage, "{page}");
        }
    }
    for name in ["m3u8", "mp4", "m3u"] {
        assert_eq!(code(b"#EXTM3U\n#EXTINF:6,\na.ts\n", None, name), Code::FilePlaylist);
    }
    assert_eq!(code(&with(&[0, 5, 0x16, 7, 0, 2, 0, 0]), None, "mp4"), Code::FileFork);
    for size in [40, 5_000, 3_000_000] {
        assert_eq!(code(&vec![0; size], None, "mp4"), Code::FileZeros, "{size}");
    }
    let mut late = vec![0; 3_000_000];
    late[2_900_000..].fill(7);
    assert_ne!(code(&late, None, "mp4"), Code::FileZeros);
    for text in ["only words\n", "", "1\n2\n3\n", "a --> b\n"] {
        let text = format!(" {text}");
        assert_eq!(code(text.as_bytes(), None, "srt"), Code::FileSubtitle, "{text}");
    }
}

#[test]
fn what_is_odd_about_a_film_is_told_before_it_is_sent() {
    use RemarkCode::{FilmCut, FilmHollow, FilmNoPicture, FilmNoSound, FilmUnfinished};
    let whole = film(b"isom", &[], BOTH);
    let last = [ftyp(b"isom", &[]), piece(b"mdat", &noise(9_000)), index(BOTH)].concat();
    assert_eq!(codes(&whole, "mp4"), []);
    assert_eq!(codes(&last, "mp4"), []);
    assert_eq!(codes(&last[..last.len() - 30], "mp4"), [FilmUnfinished], "half an index");
    assert_eq!(codes(&last[..6_000], "mp4"), [FilmUnfinished], "no index");
    assert_eq!(codes(&ftyp(b"isom", &[]), "mp4"), [FilmUnfinished]);
    assert_eq!(codes(&piece(b"mdat", &noise(900)), "mov"), [FilmUnfinished]);
    assert_eq!(codes(&whole[..whole.len() - 100], "mp4"), [FilmCut]);
    assert_eq!(codes(&[whole.clone(), noise(999)].concat(), "mp4"), [], "something behind it");
    assert_eq!(codes(&film(b"isom", &[], &[b"vide"]), "mp4"), [FilmNoSound]);
    assert_eq!(codes(&film(b"isom", &[], &[b"soun"]), "mp4"), [FilmNoPicture]);
    assert_eq!(codes(&film(b"M4A ", &[], &[b"soun"]), "m4a"), []);
    let fragments =
        [ftyp(b"iso5", &[]), index(BOTH), piece(b"moof", &[0; 40]), piece(b"mdat", &noise(99))];
    assert_eq!(codes(&fragments.concat(), "mp4"), []);
    let mut hollow =
        [ftyp(b"isom", &[]), index(BOTH), b"\0\x30\0\0mdat".to_vec(), noise(1 << 20)].concat();
    hollow.resize(3 << 20, 0);
    assert!(codes(&hollow, "mp4").contains(&FilmHollow));
    let end = hollow.len() - 100;
    hollow[end..].fill(9);
    assert!(!codes(&hollow, "mp4").contains(&FilmHollow));
    let mut still = with(b"RIFF\xF0\x20\0\0WAVEfmt ");
    still.resize(4 << 20, 0);
    assert_eq!(codes(&still, "wav"), [], "silence is no hole");
}

#[test]
fn subtitles_in_any_encoding_are_sent_as_utf8_and_their_file_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let chinese = "我们明天早上九点在火车站门口见面，请不要迟到。\n这是一部关于雨的电影，讲的是一个普通家庭的故事。\n";
    let taiwan = "我們明天早上九點在火車站門口見面，請不要遲到。\n這是一部關於雨的電影，講的是一個普通家庭的故事。\n";
    let japanese =
        "明日の朝九時に駅の前で会いましょう。遅れないでください。\nこれは雨についての映画です。\n";
    let korean =
        "내일 아침 아홉 시에 역 앞에서 만납시다. 늦지 마세요.\n이것은 비에 관한 영화입니다.\n";
    let russian = "Встретимся завтра в девять утра у вокзала, не опаздывай, пожалуйста.\n";
    let cue = |words: &str| format!("1\n00:00:01,000 --> 00:00:09,000\n{words}\n");
    for (label, words) in [
        ("GBK", chinese),
        ("Big5", taiwan),
        ("Shift_JIS", japanese),
        ("EUC-JP", japanese),
        ("EUC-KR", korean),
        ("windows-1251", russian),
        ("UTF-16LE", chinese),
        ("UTF-16BE", chinese),
        ("UTF-16LE mark", japanese),
        ("UTF-16BE mark", russian),
    ] {
        let text = cue(words);
        let wide = |order: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
            let mark = mark.then_some(0xFEFF);
            mark.into_iter().chain(text.encode_utf16()).flat_map(order).collect()
        };
        let bytes = match label {
            "UTF-16LE" | "UTF-16LE mark" => wide(u16::to_le_bytes, label.ends_with("mark")),
            "UTF-16BE" | "UTF-16BE mark" => wide(u16::to_be_bytes, label.ends_with("mark")),
            _ => encoding_rs::Encoding::for_label(label.as_bytes())
                .unwrap()
                .encode(&text)
                .0
                .into_owned(),
        };
        let path = folder.path().join("film.srt");
        std::fs::write(&path, &bytes).unwrap();
        let look = look(&path, None).unwrap();
        let recoded = look.recoded.clone().unwrap_or_else(|| panic!("{label} is taken for UTF-8"));
        assert_eq!((look.kind, look.extension.as_str()), (Kind::Subtitle, "srt"), "{label}");
        assert_eq!(look.remarks[0].code, RemarkCode::SubtitleRecoded, "{label}");
        let mut sent = String::new();
        Payload::open(&path, Some(&recoded)).unwrap().read_to_string(&mut sent).unwrap();
        assert_eq!(sent, text, "{label}");
        assert_eq!((recoded.size, look.size()), (sent.len() as u64, sent.len() as u64), "{label}");
        assert_eq!(look.source.size, bytes.len() as u64);
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{label}");
    }
    for text in [cue(chinese), format!("\u{feff}{}", cue(chinese)), cue("plain")] {
        let path = folder.path().join("film.srt");
        std::fs::write(&path, &text).unwrap();
        let look = look(&path, None).unwrap();
        assert_eq!((look.recoded, look.remarks), (None, vec![]));
        let mut sent = String::new();
        Payload::open(&path, None).unwrap().read_to_string(&mut sent).unwrap();
        assert_eq!(sent, text);
    }
    // A few broken letters in UTF-8 are told, not taken for another language.
    let path = folder.path().join("film.srt");
    std::fs::write(&path, [cue(chinese).as_bytes(), b"\xFF\n"].concat()).unwrap();
    let damaged = look(&path, None).unwrap().remarks;
    assert_eq!(
        (damaged[0].code, damaged[0].facts["n"].as_str()),
        (RemarkCode::SubtitleDamaged, "1")
    );
    // XML says in which encoding it is.
    let xml = "<?xml version=\"1.0\" encoding=\"GB2312\"?>\n<tt xmlns=\"http://www.w3.org/ns/ttml\">我们明天见面吧，请不要迟到</tt>";
    let path = folder.path().join("film.ttml");
    std::fs::write(&path, encoding_rs::GBK.encode(xml).0).unwrap();
    let recoded = look(&path, None).unwrap().recoded.unwrap();
    let mut sent = String::new();
    Payload::open(&path, Some(&recoded)).unwrap().read_to_string(&mut sent).unwrap();
    assert_eq!(sent, xml.replace("GB2312", "UTF-8"));
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
    let whole = film(b"isom", &[], BOTH);
    assert!(at(&long, &whole).is_ok());
    let moved = at("one.mp4", &whole).unwrap();
    assert_eq!(moved.fingerprint, at("two.mp4", &whole).unwrap().fingerprint);
    let other = film(b"mp42", &[], BOTH);
    assert_ne!(moved.fingerprint, at("three.mp4", &other).unwrap().fingerprint);
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let odd = folder.path().join(std::ffi::OsStr::from_bytes(b"odd\xFF.mp4"));
        std::fs::write(&odd, &whole).unwrap();
        assert!(look(&odd, None).is_ok(), "a name need not be text");
    }
}

#[test]
fn no_file_however_broken_makes_it_fall() {
    for (name, bytes, ..) in real() {
        for cut in (0..bytes.len().min(700)).step_by(13) {
            let _ = told(&bytes[..cut], None, name);
            let mut odd = bytes.clone();
            odd[cut] = !odd[cut];
            let _ = told(&odd, None, name);
            odd.truncate(cut + 40);
            let _ = told(&odd, None, "");
        }
    }
}
