//! What a file is, from its content: kind, extension as VOD is told, and what is worth telling about it. An extension is only
//! a hint: what nobody recognises is no film. Reads a few bounded pieces; knows no cloud and no queue.

mod boxes;
mod encoding;
mod format;
mod probe;
mod sniff;
mod stream;
mod subtitle;

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use crate::fault::{Code, Fault};
use crate::model::{Kind, Recoded, Source};
use crate::plan::{self, LARGEST, LARGEST_PUT};
use crate::remark::{Remark, RemarkCode};
use crate::source_identity;

pub use encoding::Payload;
pub use format::{extensions, kinds};

use format::{Format, kind_by_extension};
use probe::Probe;
use sniff::{Content, Seen};

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Its kind.
    pub kind: Kind,
    /// The extension told to VOD: the name's own where it fits the content, otherwise the content's.
    pub extension: String,
    /// What must not change from now on.
    pub source: Source,
    /// Hash over head, middle, tail and size.
    pub fingerprint: u64,
    /// What is worth telling about it.
    pub remarks: Vec<Remark>,
    /// It is sent as UTF-8, which it is not.
    pub recoded: Option<Recoded>,
}

impl Look {
    /// Bytes that are sent.
    pub fn size(&self) -> u64 {
        self.recoded.as_ref().map_or(self.source.size, |recoded| recoded.size)
    }

    /// Sent as it is, VOD would fail it: somebody has to decide.
    pub fn grave(&self) -> Option<&Remark> {
        self.remarks.iter().find(|remark| remark.code.is_grave())
    }
}

/// The name's extension, lower case, without its dot; empty when there is none.
pub fn extension(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// What a name alone says: for a list, until the file is looked at.
pub fn kind_by_name(path: &Path) -> Option<Kind> {
    kind_by_extension(&extension(path))
}

/// Looks at a file. Blocking: a stat and some short reads.
pub fn look(path: &Path, forced: Option<Kind>) -> Result<Look, Fault> {
    let fail = |error: std::io::Error| plan::unreadable(path, &error);
    if !crate::paths::can_be_kept(path) {
        return Err(Fault::of(Code::FileName).with("path", path.display()));
    }
    let meta = std::fs::metadata(path).map_err(fail)?;
    if !meta.is_file() {
        return Err(Fault::of(Code::FileSpecial).with("path", path.display()));
    }
    let mut file = File::open(path).map_err(fail)?;
    let source = source_identity::source(&meta);
    if source.size == 0 {
        return Err(Fault::of(Code::FileEmpty).with("path", path.display()));
    }
    let name = extension(path);
    let told = examine(&file, source.size, forced, &name).map_err(fail)?.map_err(|fault| {
        // Without an extension the file is called by its name.
        let whole = path.file_name().unwrap_or_default().to_string_lossy();
        let nameless = fault.facts.get("ext").is_some_and(String::is_empty);
        if nameless { fault.with("ext", whole) } else { fault }
    })?;
    let limit = if told.kind.renews() { LARGEST } else { LARGEST_PUT };
    if source.size > limit {
        return Err(Fault::of(Code::FileLarge).with("size", source.size).with("limit", limit));
    }
    let mut look = Look {
        kind: told.kind,
        extension: told.extension,
        source,
        fingerprint: source_identity::fingerprint(&mut file, source.size).map_err(fail)?,
        remarks: told.remarks,
        recoded: None,
    };
    if told.text {
        recode(&file, path, &mut look).map_err(fail)?;
    }
    Ok(look)
}

/// What an open file proves to be.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// Its kind.
    pub kind: Kind,
    /// The extension told to VOD.
    pub extension: String,
    /// What its layout says.
    pub remarks: Vec<Remark>,
    /// It is text, in whatever encoding.
    pub text: bool,
}

/// Looks at an open file of `size` bytes, `name` being its extension. The outer error is the system's.
pub fn examine<R: Read + Seek>(
    file: R,
    size: u64,
    forced: Option<Kind>,
    name: &str,
) -> std::io::Result<Result<Told, Fault>> {
    let mut probe = Probe::new(file, size)?;
    let (content, seen) = sniff::sniff(&mut probe, name)?;
    let (kind, extension) = match decide(forced, &content, name) {
        Ok(decided) => decided,
        Err(fault) => return Ok(Err(fault)),
    };
    let text = match kind {
        Kind::Subtitle => subtitle::text(&probe.head),
        Kind::Video | Kind::Audio | Kind::Image | Kind::Watermark | Kind::Material => None,
    };
    Ok(Ok(Told { kind, extension, remarks: remarks(kind, &seen), text: text.is_some() }))
}

/// Kind and extension, from what the user forced, the content and the name.
fn decide(forced: Option<Kind>, content: &Content, name: &str) -> Result<(Kind, String), Fault> {
    let fault = |code| Fault::of(code).with("ext", name.to_uppercase());
    let refuse = |label: &str| {
        let shown = if name.is_empty() { label.to_owned() } else { name.to_uppercase() };
        let fault = Fault::of(Code::ReqExt).with("ext", shown);
        match forced {
            Some(kind) => fault.with("kind", kind.as_str()),
            None => fault,
        }
    };
    let promised = forced.or_else(|| kind_by_extension(name));
    match content {
        Content::Media(format) => chosen(forced, format, name).ok_or_else(|| refuse(format.name)),
        Content::Foreign(label) => Err(refuse(label).with("ext", label)),
        Content::Document => Err(refuse("ZIP")),
        Content::Page => Err(fault(Code::FilePage)),
        Content::Playlist => Err(fault(Code::FilePlaylist)),
        Content::Fork => Err(fault(Code::FileFork)),
        Content::Nothing => Err(fault(Code::FileZeros)),
        Content::Text if promised == Some(Kind::Subtitle) => Err(fault(Code::FileSubtitle)),
        // MATLAB's files of old have no mark.
        Content::Text | Content::Unknown if forced == Some(Kind::Material) && name == "mat" => {
            Ok((Kind::Material, name.to_owned()))
        }
        // What the user insists on and nothing speaks against.
        Content::Unknown
            if matches!(forced, Some(Kind::Video | Kind::Audio))
                && promised.is_some_and(|kind| extensions(kind).contains(&name)) =>
        {
            Ok((promised.unwrap_or(Kind::Video), name.to_owned()))
        }
        // Programs write such names too: there nobody promised a film.
        Content::Text | Content::Unknown
            if matches!(name, "ts" | "dat" | "mat" | "zip" | "apk") =>
        {
            Err(refuse(""))
        }
        Content::Text | Content::Unknown if kind_by_extension(name).is_some() => {
            Err(fault(Code::FileUnknown))
        }
        Content::Text | Content::Unknown => Err(refuse("")),
    }
}

/// Of the kinds and extensions of a format those that fit best.
fn chosen(forced: Option<Kind>, format: &Format, name: &str) -> Option<(Kind, String)> {
    let (kind, takes) = match forced {
        Some(kind) => (kind, format.extensions(kind)?),
        None if format.asked => return None,
        // The same bytes are a film or its sound, a picture or a watermark: there the name decides.
        None => *format
            .kinds
            .iter()
            .find(|(_, takes)| takes.contains(&name))
            .or_else(|| format.kinds.first())?,
    };
    let fitting = takes.iter().find(|extension| **extension == name).or_else(|| takes.first())?;
    Some((kind, (*fitting).to_owned()))
}

/// What the user should hear before bytes move.
fn remarks(kind: Kind, seen: &Seen) -> Vec<Remark> {
    let mut all = vec![];
    let mut tell = |condition: bool, code| {
        if condition {
            all.push(Remark::of(code));
        }
    };
    let film = kind.renews();
    if let Some(layout) = seen.layout.filter(|_| film) {
        tell(!layout.index, RemarkCode::FilmUnfinished);
        tell(layout.index && layout.cut, RemarkCode::FilmCut);
        let told = layout.index && layout.tracks > 0 && kind == Kind::Video;
        tell(told && !layout.picture, RemarkCode::FilmNoPicture);
        tell(told && !layout.sound, RemarkCode::FilmNoSound);
    }
    let whole = seen.layout.is_none_or(|layout| layout.index);
    tell(film && seen.hollow && whole, RemarkCode::FilmHollow);
    all
}

/// Finds out in which encoding a subtitle is, and what it becomes.
fn recode(file: &File, path: &Path, look: &mut Look) -> std::io::Result<()> {
    if look.source.size > encoding::LARGEST {
        look.remarks.push(Remark::of(RemarkCode::SubtitleUnread));
        return Ok(());
    }
    let length = usize::try_from(look.source.size).unwrap_or(usize::MAX);
    let bytes = probe::read_at(&mut &*file, 0, length)?;
    let Some(from) = encoding::detect(&bytes, place(path)) else { return Ok(()) };
    let (text, broken) = encoding::to_utf8(&bytes, from);
    look.recoded = Some(Recoded { from: from.name().to_owned(), size: text.len() as u64 });
    look.remarks.push(if broken > 0 {
        Remark::of(RemarkCode::SubtitleDamaged).with("n", broken)
    } else {
        Remark::of(RemarkCode::SubtitleRecoded).with("encoding", from.name())
    });
    Ok(())
}

/// Where subtitles of this language come from: the same bytes are different letters in Taipei and in Tokyo.
fn place(path: &Path) -> Option<&'static str> {
    let language = crate::pairing::language(path)?.to_lowercase();
    let ends = |part: &str| language.split(['-', '_']).any(|piece| piece == part);
    match language.split(['-', '_']).next()? {
        "zh" if ends("tw") || ends("hant") => Some("tw"),
        "zh" if ends("hk") || ends("mo") => Some("hk"),
        "zh" | "chs" => Some("cn"),
        "ja" => Some("jp"),
        "ko" => Some("kr"),
        "ru" => Some("ru"),
        "th" => Some("th"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
