//! Who belongs to whom, by name: a video with its cover and subtitles. Knows names only; opens no file.

pub mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization as _;

use crate::model::Kind;

/// A file as far as pairing looks at it.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Where it is.
    pub path: &'a Path,
    /// What it is.
    pub kind: Kind,
}

/// One main file with what was paired to it, as places in the list that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The video, or a file that stands alone.
    pub main: usize,
    /// Covers and subtitles of it.
    pub attached: Vec<Attached>,
    /// Two videos have this base name, so nothing was attached to either.
    pub ambiguous: bool,
}

/// A cover or a subtitle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The file.
    pub file: usize,
    /// What its name says about its language.
    pub language: Option<String>,
}

/// Pairs files by folder and base name (design/ui.md 7.1, 6). Keeps the order of the main files.
pub fn pair(files: &[File<'_>]) -> Vec<Group> {
    let mut videos: BTreeMap<(PathBuf, String), Vec<usize>> = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        if file.kind == Kind::Video {
            videos.entry((folder(file.path), stem(file.path))).or_default().push(index);
        }
    }
    let mut attached: BTreeMap<usize, Vec<Attached>> = BTreeMap::new();
    let mut covered = BTreeSet::new();
    let mut taken = BTreeSet::new();
    let mut ambiguous = BTreeSet::new();
    for (index, file) in files.iter().enumerate() {
        let bases = match file.kind {
            Kind::Subtitle => subtitle_bases(&stem(file.path)),
            Kind::Image => cover_bases(&stem(file.path)),
            Kind::Video | Kind::Audio | Kind::Watermark | Kind::Material => continue,
        };
        let folder = folder(file.path);
        let found = bases.into_iter().find_map(|(base, language)| {
            videos.get(&(folder.clone(), base)).map(|owners| (owners, language))
        });
        match found {
            Some((owners, language)) if owners.len() == 1 => {
                // A video has one cover: the first by name; another picture stands alone.
                if file.kind == Kind::Image && !covered.insert(owners[0]) {
                    continue;
                }
                attached.entry(owners[0]).or_default().push(Attached { file: index, language });
                taken.insert(index);
            }
            Some((owners, _)) => ambiguous.extend(owners.iter().copied()),
            None => {}
        }
    }
    (0..files.len())
        .filter(|index| !taken.contains(index))
        .map(|index| Group {
            main: index,
            attached: attached.remove(&index).unwrap_or_default(),
            ambiguous: ambiguous.contains(&index),
        })
        .collect()
}

/// The language a subtitle's name carries when its video is not known: `film.en.srt`, `film_zh-CN.vtt`.
pub fn language(path: &Path) -> Option<String> {
    names::alone(&normal(&path.file_stem()?.to_string_lossy()))
}

/// `./in` and `in` are one folder.
fn folder(path: &Path) -> PathBuf {
    let folder = path.parent().unwrap_or(Path::new(""));
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned())
}

/// One spelling for what reads the same: macOS writes names decomposed, others do not, and few mind upper case.
fn normal(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase().nfc().collect()
}

fn stem(path: &Path) -> String {
    normal(&path.file_stem().unwrap_or_default().to_string_lossy())
}

/// The base names a subtitle may belong to: its own, and its own without languages and qualifiers, the longest first.
fn subtitle_bases(stem: &str) -> Vec<(String, Option<String>)> {
    let whole = (stem.to_owned(), None);
    let tagged = names::splits(stem).into_iter().map(|(base, said)| (base, said.language()));
    std::iter::once(whole).chain(tagged).collect()
}

/// The base names a picture may be the cover of.
fn cover_bases(stem: &str) -> Vec<(String, Option<String>)> {
    let mut bases = vec![(stem.to_owned(), None)];
    for word in ["cover", "poster", "thumb", "thumbnail", "封面", "海报", "海報"] {
        if let Some(base) =
            stem.strip_suffix(word).and_then(|rest| rest.strip_suffix(['.', '-', '_', ' ']))
        {
            bases.push((base.trim_end().to_owned(), None));
        }
    }
    bases
}

#[cfg(test)]
mod tests;
