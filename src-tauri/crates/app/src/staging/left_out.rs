//! What a folder holds and nobody means when they hand the folder over: half downloads, what systems and cameras put
//! beside media, links that lead elsewhere. One list for the window and the command line.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use ts_rs::TS;

/// Why a file of a folder is left out. The word is the end of the keys `left.<reason>` and `left.one.<reason>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// Its name begins with a dot.
    Hidden,
    /// A folder or a file that a system or a storage device keeps for itself.
    System,
    /// A download that is not finished.
    Partial,
    /// A small copy or a note that a camera writes beside each recording.
    Sidecar,
    /// A subtitle that holds where a drone flew.
    Telemetry,
    /// A pipe, a socket or a device.
    Special,
    /// A link whose end is not there.
    DeadLink,
    /// A link that leads out of the folder.
    Outside,
    /// VOD has no use for it.
    Format,
}

impl Reason {
    /// All of them, for the catalogues' test.
    pub const ALL: [Reason; 9] = [
        Reason::Hidden,
        Reason::System,
        Reason::Partial,
        Reason::Sidecar,
        Reason::Telemetry,
        Reason::Special,
        Reason::DeadLink,
        Reason::Outside,
        Reason::Format,
    ];

    /// The end of its keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::Hidden => "hidden",
            Reason::System => "system",
            Reason::Partial => "partial",
            Reason::Sidecar => "sidecar",
            Reason::Telemetry => "telemetry",
            Reason::Special => "special",
            Reason::DeadLink => "deadLink",
            Reason::Outside => "outside",
            Reason::Format => "format",
        }
    }
}

/// Folders and files of systems, NAS and archivers, lower case.
const SYSTEM: &[&str] = &[
    "@eadir",
    "@recycle",
    "@recently-snapshot",
    "@tmp",
    "@sharebin",
    "#recycle",
    "#snapshot",
    "$recycle.bin",
    "$extend",
    "recycler",
    "recycled",
    "__macosx",
    "lost+found",
    "lost.dir",
    "found.000",
    "system volume information",
    "network trash folder",
    "temporary items",
    "desktop.ini",
    "thumbs.db",
    "ehthumbs.db",
    "ehthumbs_vista.db",
    "icon\r",
];

/// What download programs append while they work: browsers, aria2, wget and curl, qBittorrent, uTorrent, BitComet,
/// Thunder, FlashGet, Baidu, WinSCP, yt-dlp, Opera, Safari.
const PARTIAL: &[&str] = &[
    "part",
    "partial",
    "crdownload",
    "download",
    "opdownload",
    "aria2",
    "!qb",
    "!ut",
    "bc!",
    "!bt",
    "td",
    "xltd",
    "td.cfg",
    "xltd.cfg",
    "jc!",
    "downloading",
    "baiduyun.p.downloading",
    "filepart",
    "ytdl",
    "tmp",
    "temp",
    "unconfirmed",
];

/// GoPro, Insta360, Canon and Sony pictures and copies of recordings, DJI's copies, notes of editors.
const SIDECAR: &[&str] = &["thm", "lrv", "lrf", "aae", "xmp", "modd", "moff", "scr", "sec"];

/// What the name alone says, for a file or a folder.
pub(crate) fn by_name(name: &OsStr, folder: bool) -> Option<Reason> {
    let name = name.to_string_lossy().to_lowercase();
    if name.starts_with('.') {
        return Some(Reason::Hidden);
    }
    if SYSTEM.contains(&name.as_str()) {
        return Some(Reason::System);
    }
    if partial_of(&name).is_some() {
        // Safari keeps a folder `film.mp4.download`.
        return (!folder || name.ends_with(".download")).then_some(Reason::Partial);
    }
    if folder {
        return None;
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    SIDECAR.contains(&extension).then_some(Reason::Sidecar)
}

/// The length of what a lower-case name is an unfinished download of: `film.mp4` of `film.mp4.part`.
fn partial_of(name: &str) -> Option<usize> {
    PARTIAL
        .iter()
        .filter_map(|end| name.strip_suffix(end)?.strip_suffix('.').map(str::len))
        .min()
        .filter(|length| *length > 0)
}

/// The file that a half download stands beside, as its name tells: aria2 and Firefox keep `film.mp4` next to it.
pub(crate) fn companion(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let length = partial_of(&name.to_lowercase())?;
    Some(path.with_file_name(name.get(..length)?))
}

/// Why a file named by hand is an unfinished download: by its own name, or the name of what lies beside it.
pub(crate) fn unfinished(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy();
    if partial_of(&name.to_lowercase()).is_some() {
        return Some(name.into_owned());
    }
    // What every program may leave behind, `.tmp`, proves nothing about its neighbour.
    let beside = PARTIAL.iter().filter(|end| !matches!(**end, "tmp" | "temp" | "download"));
    beside.map(|end| format!("{name}.{end}")).find(|other| path.with_file_name(other).is_file())
}

/// Where a drone was, frame by frame (DJI): `[latitude: 31.2]`, in older ones `GPS(121.4,31.2,19)`.
pub(crate) fn is_telemetry(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(4_096).read_to_end(&mut head));
    read.is_ok() && says_where(&String::from_utf8_lossy(&head).to_lowercase())
}

fn says_where(head: &str) -> bool {
    let place = |word: &str| {
        head.match_indices(word).any(|(at, _)| {
            let rest = head[at + word.len()..].trim_start();
            let inside = rest.strip_prefix('(').map(str::trim_start);
            inside.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '-'))
        })
    };
    head.contains("[latitude") || head.contains("[longtitude") || place("gps") || place("home")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_nobody_means() {
        for (name, folder, reason) in [
            ("film.mp4", false, None),
            ("film.part1.mp4", false, None),
            ("part", false, None),
            ("film.mp4.part", false, Some(Reason::Partial)),
            ("Unconfirmed 1.crdownload", false, Some(Reason::Partial)),
            ("film.mp4.!qB", false, Some(Reason::Partial)),
            ("film.mp4.TD", false, Some(Reason::Partial)),
            ("film.mp4.xltd.cfg", false, Some(Reason::Partial)),
            ("film.mp4.aria2", false, Some(Reason::Partial)),
            ("film.mp4.download", true, Some(Reason::Partial)),
            ("season.part", true, None),
            ("@eaDir", true, Some(Reason::System)),
            ("#recycle", true, Some(Reason::System)),
            ("$RECYCLE.BIN", true, Some(Reason::System)),
            ("__MACOSX", true, Some(Reason::System)),
            ("lost+found", true, Some(Reason::System)),
            ("System Volume Information", true, Some(Reason::System)),
            ("Thumbs.db", false, Some(Reason::System)),
            (".Trash-1000", true, Some(Reason::Hidden)),
            ("._clip.mp4", false, Some(Reason::Hidden)),
            ("GOPR0001.THM", false, Some(Reason::Sidecar)),
            ("GL010001.LRV", false, Some(Reason::Sidecar)),
            ("DJI_0001.LRF", false, Some(Reason::Sidecar)),
            ("thm", false, None),
        ] {
            assert_eq!(by_name(OsStr::new(name), folder), reason, "{name}");
        }
        assert_eq!(companion(Path::new("/a/x.mp4.aria2")), Some("/a/x.mp4".into()));
        assert_eq!(companion(Path::new("/a/X.MP4.xltd.cfg")), Some("/a/X.MP4".into()));
        assert_eq!(companion(Path::new("/a/x.mp4")), None);
    }

    #[test]
    fn a_flight_record_is_told_from_a_subtitle() {
        for head in [
            "[iso: 100] [latitude: 31.2] [longitude: 121.4]",
            "<font>[longtitude : 121.4]",
            "home(149.02,-20.25) 2017.08.05",
            "gps(149.0204,-20.2533,16) barometer:1.9",
            "f/2.8, ss 206, iso 100, gps (8.6499, 53.2318, 18), d 24.26m",
        ] {
            assert!(says_where(head), "{head}");
        }
        for head in ["i use gps (the old one)", "come home (now)", "latitude: 31"] {
            assert!(!says_where(head), "{head}");
        }
    }
}
