//! Files of any content under any name. Knows that what is taken is taken by VOD, and that a text becomes the same UTF-8
//! each time it is read.
#![no_main]

use std::cell::LazyCell;
use std::io::{Cursor, Read as _};

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use vodlift_engine::media::{self, Payload};
use vodlift_engine::model::Kind;

thread_local!(static HOME: LazyCell<TempDir> = LazyCell::new(|| tempfile::tempdir().unwrap()));

const KINDS: [Option<Kind>; 7] = [
    None,
    Some(Kind::Video),
    Some(Kind::Audio),
    Some(Kind::Image),
    Some(Kind::Subtitle),
    Some(Kind::Watermark),
    Some(Kind::Material),
];

fuzz_target!(|bytes: &[u8]| {
    for forced in KINDS {
        for name in ["", "mp4", "ts", "dat", "mp3", "srt", "zip", "mjpeg", "html"] {
            let told = media::examine(Cursor::new(bytes), bytes.len() as u64, forced, name);
            let Ok(told) = told.expect("memory can be read") else { continue };
            let takes = media::extensions(told.kind);
            assert!(takes.contains(&told.extension.as_str()), "{told:?}");
            assert!(forced.is_none_or(|kind| kind == told.kind), "{told:?}");
            assert_ne!(told.extension, "m3u8");
        }
    }
    let path = HOME.with(|home| home.path().join("film.srt"));
    std::fs::write(&path, bytes).unwrap();
    let Ok(look) = media::look(&path, Some(Kind::Subtitle)) else { return };
    let mut sent = Vec::new();
    Payload::open(&path, look.recoded.as_ref()).unwrap().read_to_end(&mut sent).unwrap();
    assert_eq!(sent.len() as u64, look.size());
    if look.extension != "stl" {
        assert!(std::str::from_utf8(&sent).is_ok());
    }
});
