//! Who belongs to whom, by name: a video with its cover and subtitles. Knows names only; opens no file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::model::Kind;
use crate::plan;

/// One main file with what was paired to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The video, or a file that stands alone.
    pub main: PathBuf,
    /// Covers and subtitles of it.
    pub attached: Vec<Attached>,
    /// Two videos have this base name, so nothing was attached to either.
    pub ambiguous: bool,
}

/// A cover or a subtitle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The file.
    pub path: PathBuf,
    /// `Image` is the cover.
    pub kind: Kind,
    /// Language tag in its name.
    pub language: Option<String>,
}

/// Pairs files by folder and base name (design/ui.md 7.1, 6). Keeps the order of the main files.
pub fn pair(paths: &[PathBuf]) -> Vec<Bundle> {
    let mut videos: BTreeMap<(PathBuf, String), Vec<usize>> = BTreeMap::new();
    for (index, path) in paths.iter().enumerate() {
        if plan::kind_by_name(path) == Some(Kind::Video) {
            videos.entry((folder(path), stem(path))).or_default().push(index);
        }
    }
    let mut attached: BTreeMap<usize, Vec<Attached>> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    let mut ambiguous = BTreeSet::new();
    for (index, path) in paths.iter().enumerate() {
        let (bases, kind) = match plan::kind_by_name(path) {
            Some(Kind::Subtitle) => (subtitle_bases(&stem(path)), Kind::Subtitle),
            Some(Kind::Image) => (cover_bases(&stem(path)), Kind::Image),
            Some(Kind::Video | Kind::Audio | Kind::Watermark | Kind::Material) | None => continue,
        };
        let found = bases.into_iter().find_map(|(base, language)| {
            videos.get(&(folder(path), base)).map(|owners| (owners, language))
        });
        match found {
            Some((owners, language)) if owners.len() == 1 => {
                let list = attached.entry(owners[0]).or_default();
                // A video has one cover: the first by name; another picture stands alone.
                if kind == Kind::Image && list.iter().any(|a| a.kind == Kind::Image) {
                    continue;
                }
                list.push(Attached { path: path.clone(), kind, language });
                taken.insert(index);
            }
            Some((owners, _)) => ambiguous.extend(owners.iter().copied()),
            None => {}
        }
    }
    paths
        .iter()
        .enumerate()
        .filter(|(index, _)| !taken.contains(index))
        .map(|(index, path)| Bundle {
            main: path.clone(),
            attached: attached.remove(&index).unwrap_or_default(),
            ambiguous: ambiguous.contains(&index),
        })
        .collect()
}

/// The language tag a subtitle's name carries: `film.en.srt`, `film_zh-CN.vtt`.
pub fn language(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_string_lossy().into_owned();
    let (_, tag) = stem.rsplit_once(['.', '_', '-']).filter(|(base, _)| !base.is_empty())?;
    if is_language(tag) {
        // `film_zh-CN`: the region is cut off by its own dash.
        let longer =
            stem.rsplit_once(['.', '_']).map(|(_, tag)| tag).filter(|tag| is_language(tag));
        return Some(longer.unwrap_or(tag).to_owned());
    }
    stem.rsplit_once(['.', '_'])
        .map(|(_, tag)| tag)
        .filter(|tag| is_language(tag))
        .map(str::to_owned)
}

fn folder(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// The base names a subtitle may belong to: its own, and its own without a language tag.
fn subtitle_bases(stem: &str) -> Vec<(String, Option<String>)> {
    let mut bases = vec![(stem.to_owned(), None)];
    for (at, _) in stem.match_indices(['.', '_', '-']) {
        let tag = &stem[at + 1..];
        if is_language(tag) {
            bases.push((stem[..at].to_owned(), Some(canonical(tag))));
        }
    }
    bases
}

/// The base names a picture may be the cover of.
fn cover_bases(stem: &str) -> Vec<(String, Option<String>)> {
    let mut bases = vec![(stem.to_owned(), None)];
    for word in ["cover", "poster", "thumb", "thumbnail"] {
        for separator in ['.', '-', '_'] {
            if let Some(base) =
                stem.strip_suffix(word).and_then(|rest| rest.strip_suffix(separator))
            {
                bases.push((base.to_owned(), None));
            }
        }
    }
    bases
}

/// `en`, `zh-CN`, `zh_hans`, `pt-br`: two or three letters, then a script or a region.
fn is_language(tag: &str) -> bool {
    let mut pieces = tag.split(['-', '_']);
    let Some(first) = pieces.next() else { return false };
    (2..=3).contains(&first.len())
        && first.chars().all(|c| c.is_ascii_alphabetic())
        && pieces.all(|p| matches!(p.len(), 2..=4) && p.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// `zh_cn` → `zh-CN`, `zh-hans` → `zh-Hans`.
fn canonical(tag: &str) -> String {
    let mut out = String::new();
    for (index, piece) in tag.split(['-', '_']).enumerate() {
        if index > 0 {
            out.push('-');
        }
        match (index, piece.len()) {
            (0, _) => out.push_str(&piece.to_lowercase()),
            (_, 4) => {
                out.push_str(&piece[..1].to_uppercase());
                out.push_str(&piece[1..].to_lowercase());
            }
            _ => out.push_str(&piece.to_uppercase()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_names() {
        let belongs = |other: &str| {
            let paths = [PathBuf::from("/a/Film.mp4"), PathBuf::from("/a").join(other)];
            let bundles = pair(&paths);
            let first = bundles[0].attached.first().cloned();
            first.map(|a| (a.kind, a.language.unwrap_or_default()))
        };
        let subtitle = |language: &str| Some((Kind::Subtitle, language.to_owned()));
        let cover = Some((Kind::Image, String::new()));
        for (name, expected) in [
            ("Film.srt", subtitle("")),
            ("film.en.srt", subtitle("en")),
            ("Film_zh-CN.vtt", subtitle("zh-CN")),
            ("Film-pt-br.ass", subtitle("pt-BR")),
            ("Film.zh-hans.srt", subtitle("zh-Hans")),
            ("Film.jpg", cover.clone()),
            ("Film.cover.png", cover.clone()),
            ("Film-poster.jpg", cover.clone()),
            ("Film 2.srt", None),
            ("Film.director.srt", None),
            ("Other.jpg", None),
            ("Film.mp3", None),
            ("../b/Film.srt", None),
        ] {
            assert_eq!(belongs(name), expected, "{name}");
        }
    }

    #[test]
    fn two_videos_of_one_name_get_nothing_and_say_so() {
        let paths: Vec<PathBuf> = ["/a/x.mp4", "/a/x.mov", "/a/x.srt"].map(PathBuf::from).into();
        let bundles = pair(&paths);
        assert_eq!(bundles.len(), 3);
        assert!(bundles[0].ambiguous && bundles[1].ambiguous && bundles[0].attached.is_empty());
    }

    #[test]
    fn a_second_cover_stands_alone() {
        let paths: Vec<PathBuf> =
            ["/a/x.mp4", "/a/x.jpg", "/a/x-poster.jpg"].map(PathBuf::from).into();
        let bundles = pair(&paths);
        assert_eq!(bundles.len(), 2);
        assert_eq!(bundles[0].attached.len(), 1);
    }

    #[test]
    fn languages_are_read_from_names() {
        for (name, tag) in
            [("a.en.srt", Some("en")), ("a_zh-CN.vtt", Some("zh-CN")), ("a.srt", None)]
        {
            assert_eq!(language(Path::new(name)).as_deref(), tag, "{name}");
        }
    }
}
