//! Files as programs write them: each format ffmpeg can make arrives as what it is.

use std::path::Path;
use std::process::{Command, Stdio};

use super::super::*;
use Kind::{Audio, Image, Subtitle, Video};

/// What ffmpeg reads, each with its options.
type Inputs = &'static [&'static [&'static str]];
/// Name, inputs, options, kind, extension without the name.
type Made = (&'static str, Inputs, &'static str, Kind, &'static str);

const PICTURE: &[&str] = &["-f", "lavfi", "-i", "testsrc=size=176x144:rate=25:duration=1"];
const SOUND: &[&str] = &["-f", "lavfi", "-i", "sine=frequency=440:duration=1"];

/// Runs ffmpeg; false when this one cannot make it.
fn make(path: &Path, inputs: &[&[&str]], options: &str) -> bool {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y"]).stderr(Stdio::null());
    for input in inputs {
        command.args(*input);
    }
    command.args(options.split_whitespace()).arg(path);
    command.status().is_ok_and(|status| status.success()) && path.exists()
}

#[test]
fn what_programs_write_is_known_under_the_right_name_a_wrong_one_and_none() {
    let folder = tempfile::tempdir().unwrap();
    if Command::new("ffmpeg").arg("-version").stdout(Stdio::null()).status().is_err() {
        println!("skipped: there is no ffmpeg here");
        return;
    }
    let both: Inputs = &[PICTURE, SOUND];
    let picture: Inputs = &[PICTURE];
    let sound: Inputs = &[SOUND];
    let table: &[Made] = &[
        ("mp4", both, "-c:v mpeg4 -c:a aac", Video, "mp4"),
        ("mp4", both, "-c:v mpeg4 -c:a aac -movflags +faststart", Video, "mp4"),
        ("mp4", both, "-c:v mpeg4 -c:a aac -movflags frag_keyframe+empty_moov", Video, "mp4"),
        ("m4v", both, "-c:v mpeg4 -c:a aac -f ipod", Video, "mp4"),
        ("mov", both, "-c:v mpeg4 -c:a aac", Video, "mov"),
        ("3gp", both, "-c:v h263 -c:a aac -ar 44100 -f 3gp", Video, "3gp"),
        ("f4v", both, "-c:v libx264 -c:a aac -f f4v", Video, "f4v"),
        ("mkv", both, "-c:v mpeg4 -c:a ac3", Video, "mkv"),
        ("webm", both, "-c:v libvpx -c:a libvorbis", Video, "webm"),
        ("avi", both, "-c:v mpeg4 -c:a mp3", Video, "avi"),
        ("flv", both, "-c:v flv1 -c:a mp3 -ar 44100", Video, "flv"),
        ("wmv", both, "-c:v wmv2 -c:a wmav2", Video, "wmv"),
        ("asf", both, "-c:v wmv2 -c:a wmav2", Video, "wmv"),
        ("ts", both, "-c:v mpeg2video -c:a mp2 -f mpegts", Video, "ts"),
        ("mts", both, "-c:v mpeg2video -c:a ac3 -f mpegts -mpegts_m2ts_mode 1", Video, "mts"),
        ("mpg", both, "-c:v mpeg1video -c:a mp2 -f mpeg", Video, "mpg"),
        ("vob", both, "-c:v mpeg2video -c:a ac3 -f vob", Video, "mpg"),
        ("mpe", picture, "-c:v mpeg1video -f mpeg1video", Video, "mpg"),
        ("dv", both, "-target pal-dv", Video, "dv"),
        ("swf", both, "-c:v flv1 -c:a mp3 -ar 44100", Video, "swf"),
        ("rm", both, "-c:v rv10 -c:a ac3", Video, "rmvb"),
        ("ogg", both, "-c:v libtheora -c:a libvorbis", Video, "ogg"),
        ("ogg", sound, "-c:a libopus -f opus", Audio, "ogg"),
        ("ogg", sound, "-c:a libvorbis", Audio, "ogg"),
        ("mp3", sound, "-c:a mp3", Audio, "mp3"),
        ("mp3", sound, "-c:a mp3 -id3v2_version 0 -write_xing 0", Audio, "mp3"),
        ("wma", sound, "-c:a wmav2 -f asf", Audio, "wma"),
        ("wav", sound, "", Audio, "wav"),
        ("wav", sound, "-rf64 always", Audio, "wav"),
        ("wav", sound, "-f w64", Audio, "wav"),
        ("aac", sound, "-c:a aac -f adts", Audio, "aac"),
        ("aac", sound, "-c:a aac -f latm", Audio, "aac"),
        ("m4a", sound, "-c:a aac -f ipod", Audio, "m4a"),
        ("flac", sound, "", Audio, "flac"),
        ("ac3", sound, "-c:a ac3", Audio, "ac3"),
        ("ac3", sound, "-c:a eac3 -f eac3", Audio, "ac3"),
        ("caf", sound, "-c:a pcm_s16be", Audio, "caf"),
        ("ra", sound, "-c:a real_144 -ar 8000 -ac 1 -f rm", Audio, "rmvb"),
        ("png", picture, "-frames:v 1", Image, "png"),
        ("jpg", picture, "-frames:v 1 -pix_fmt yuvj420p", Image, "jpg"),
        ("gif", picture, "-frames:v 5", Image, "gif"),
        ("webp", picture, "-frames:v 1 -c:v libwebp", Image, "webp"),
    ];
    let mut made = 0;
    for (name, inputs, options, kind, alone) in table {
        let path = folder.path().join(format!("made.{name}"));
        if !make(&path, inputs, options) {
            println!("skipped: this ffmpeg makes no {name} by {options:?}");
            continue;
        }
        made += 1;
        check(folder.path(), &path, name, *kind, alone, options);
    }
    let srt = folder.path().join("words.srt");
    std::fs::write(&srt, "1\n00:00:01,000 --> 00:00:02,000\nRain\n").unwrap();
    for name in ["vtt", "ass", "ttml"] {
        let path = folder.path().join(format!("made.{name}"));
        let input = ["-i", srt.to_str().unwrap()];
        if make(&path, &[&input], "") {
            check(folder.path(), &path, name, Subtitle, name, "");
        } else {
            println!("skipped: this ffmpeg makes no {name}");
        }
    }
    let (apng, mjpeg) = (folder.path().join("made.apng"), folder.path().join("made.mjpeg"));
    if make(&apng, picture, "-frames:v 5") {
        let look = look(&apng, None).unwrap();
        assert_eq!((look.kind, look.extension.as_str()), (Kind::Watermark, "apng"));
    }
    if make(&mjpeg, picture, "-pix_fmt yuvj420p") {
        let look = look(&mjpeg, None).unwrap();
        assert_eq!((look.kind, look.extension.as_str()), (Video, "mjpeg"));
    }
    assert!(made > 20, "this ffmpeg makes {made} of the formats");
}

fn check(folder: &Path, path: &Path, name: &str, kind: Kind, alone: &str, options: &str) {
    let seen = look(path, None).unwrap_or_else(|fault| panic!("{name} {options:?}: {fault:?}"));
    assert_eq!((seen.kind, seen.extension.as_str()), (kind, name), "{options:?}");
    assert_eq!(seen.grave(), None, "{name} {options:?}");
    for other in ["other", "other.bin", "other.jpg.tmp"] {
        let other = folder.join(other);
        std::fs::copy(path, &other).unwrap();
        let seen = look(&other, None)
            .unwrap_or_else(|fault| panic!("{} {options:?}: {fault:?}", other.display()));
        // The same container holds film and sound: without a name it is a film.
        let kind = if name == "ra" { Kind::Video } else { kind };
        assert_eq!((seen.kind, seen.extension.as_str()), (kind, alone), "{name} {options:?}");
    }
}
