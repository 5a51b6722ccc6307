//! The formats Vodlift knows: for each the kinds it may be sent as and the extensions VOD is told for them. A table; reads no file.

use crate::model::Kind;

/// A format of media: what it may be sent as, the likeliest first; the first extension of each is what an unfit name gets.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Format {
    /// For people: `AVIF`, `MP4`.
    pub name: &'static str,
    /// Kinds with the extensions VOD takes for them.
    pub kinds: &'static [(Kind, &'static [&'static str])],
    /// Never guessed: sent only when the user says the kind.
    pub asked: bool,
}

impl Format {
    /// The extensions of this format for a kind; none when VOD does not take it as that.
    pub(super) fn extensions(&self, kind: Kind) -> Option<&'static [&'static str]> {
        self.kinds.iter().find(|(known, _)| *known == kind).map(|(_, extensions)| *extensions)
    }
}

// VOD: protocol/vod.md 4.1. The first of each is what an unknown name gets.
const VIDEO: &[&str] = &[
    "mp4", "ts", "3gp", "mpg", "mpeg", "mpe", "dat", "vob", "asf", "avi", "wmv", "flv", "f4v",
    "rm", "rmvb", "mov", "mkv", "m3u8", "dv", "gif", "m2t", "m4v", "mj2", "mjpeg", "mts", "ogg",
    "qt", "swf", "webm",
];
// VOD lists ogg once, under video; sound in it goes by the same call (CreateUploadVideo) and extension.
const AUDIO: &[&str] =
    &["mp3", "wma", "wav", "aac", "ra", "m4a", "flac", "ape", "ac3", "amr", "caf", "acm", "ogg"];
const IMAGE: &[&str] = &["png", "jpg", "jpeg", "gif", "heic", "webp"];
const SUBTITLE: &[&str] = &["srt", "ass", "stl", "ttml", "vtt"];
const WATERMARK: &[&str] = &["png", "gif", "apng", "mov"];
const MATERIAL: &[&str] = &["jpg", "gif", "png", "mp4", "mat", "zip", "apk"];

/// The extensions VOD takes for a kind.
pub const fn extensions(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Video => VIDEO,
        Kind::Audio => AUDIO,
        Kind::Image => IMAGE,
        Kind::Subtitle => SUBTITLE,
        Kind::Watermark => WATERMARK,
        Kind::Material => MATERIAL,
    }
}

/// What an extension alone says. A gif is both an image and a video for VOD: image until the user says otherwise.
pub(super) fn kind_by_extension(extension: &str) -> Option<Kind> {
    match extension {
        "apng" => Some(Kind::Watermark),
        "mat" | "zip" | "apk" => Some(Kind::Material),
        _ => [Kind::Image, Kind::Video, Kind::Audio, Kind::Subtitle]
            .into_iter()
            .find(|kind| extensions(*kind).contains(&extension)),
    }
}

macro_rules! formats {
    ($($name:ident = $label:literal $(($asked:ident))? : $($kind:ident [$($extension:literal)+]),+;)*) => {
        $(pub(super) const $name: &Format = &Format {
            name: $label,
            kinds: &[$((Kind::$kind, &[$($extension),+])),+],
            asked: formats!(@asked $($asked)?),
        };)*
        /// All of them, for the tests and for [`kinds`].
        pub(super) const ALL: &[&Format] = &[$($name),*];
    };
    (@asked asked) => { true };
    (@asked) => { false };
}

formats! {
    MP4 = "MP4": Video ["mp4" "m4v" "mov" "qt" "3gp" "f4v"], Audio ["m4a"], Watermark ["mov"], Material ["mp4"];
    MOV = "MOV": Video ["mov" "qt" "mp4" "m4v"], Audio ["m4a"], Watermark ["mov"];
    M4A = "M4A": Audio ["m4a"], Video ["mp4" "m4v" "mov" "qt" "3gp" "f4v"], Material ["mp4"];
    THREE_GP = "3GP": Video ["3gp" "mp4" "m4v"], Audio ["m4a"];
    F4V = "F4V": Video ["f4v" "mp4" "m4v"], Audio ["m4a"];
    MJ2 = "MJ2": Video ["mj2"];
    AVI = "AVI": Video ["avi"];
    MKV = "MKV": Video ["mkv"];
    WEBM = "WEBM": Video ["webm" "mkv"];
    FLV = "FLV": Video ["flv"];
    MPEG_PS = "MPG": Video ["mpg" "mpeg" "mpe" "vob" "dat"];
    MPEG_ES = "MPG": Video ["mpg" "mpeg" "mpe"];
    VCD = "DAT": Video ["dat"];
    TS = "TS": Video ["ts" "m2t" "mts"];
    M2TS = "M2TS": Video ["mts" "m2t" "ts"];
    WMV = "WMV": Video ["wmv" "asf"], Audio ["wma"];
    WMA = "WMA": Audio ["wma"], Video ["wmv" "asf"];
    OGG_VIDEO = "OGG": Video ["ogg"], Audio ["ogg"];
    OGG_AUDIO = "OGG": Audio ["ogg"], Video ["ogg"];
    REAL = "RM": Video ["rmvb" "rm"], Audio ["ra"];
    REAL_AUDIO = "RA": Audio ["ra"];
    DV = "DV": Video ["dv"];
    SWF = "SWF": Video ["swf"];
    MJPEG = "MJPEG": Video ["mjpeg"];
    MP3 = "MP3": Audio ["mp3"];
    WAV = "WAV": Audio ["wav"];
    AAC = "AAC": Audio ["aac"];
    AC3 = "AC3": Audio ["ac3"];
    AMR = "AMR": Audio ["amr"];
    FLAC = "FLAC": Audio ["flac"];
    APE = "APE": Audio ["ape"];
    CAF = "CAF": Audio ["caf"];
    ACM = "ACM": Audio ["acm"];
    JPG = "JPG": Image ["jpg" "jpeg"], Material ["jpg"];
    PNG = "PNG": Image ["png"], Watermark ["png" "apng"], Material ["png"];
    APNG = "APNG": Image ["png"], Watermark ["apng" "png"], Material ["png"];
    GIF = "GIF": Image ["gif"], Video ["gif"], Watermark ["gif"], Material ["gif"];
    HEIC = "HEIC": Image ["heic"];
    WEBP = "WEBP": Image ["webp"];
    SRT = "SRT": Subtitle ["srt"];
    ASS = "ASS": Subtitle ["ass"];
    STL = "STL": Subtitle ["stl"];
    TTML = "TTML": Subtitle ["ttml"];
    VTT = "VTT": Subtitle ["vtt"];
    MAT = "MAT"(asked): Material ["mat"];
    ZIP = "ZIP"(asked): Material ["zip"];
    APK = "APK"(asked): Material ["apk"];
}

/// The kinds a file of this extension may be sent as, the likeliest first: what the user may choose from.
pub fn kinds(extension: &str) -> Vec<Kind> {
    let likely = ALL.iter().filter(|format| format.kinds[0].1.contains(&extension));
    let mut kinds = Vec::new();
    for (kind, _) in likely.flat_map(|format| format.kinds) {
        if !kinds.contains(kind) {
            kinds.push(*kind);
        }
    }
    kinds
}
