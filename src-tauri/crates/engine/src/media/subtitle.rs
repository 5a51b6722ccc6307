//! Subtitles, told by their structure, and the other texts that get mistaken for media. Knows no file.

use super::encoding;
use super::format::{self, Format};
use super::sniff::Content;

/// The beginning of a file as text, as far as structure goes; nothing for what is no text. Structure is ASCII in every
/// encoding but UTF-16, so nothing has to be guessed for it.
pub(super) fn text(head: &[u8]) -> Option<String> {
    if let Some(wide) = encoding::wide(head) {
        return Some(wide.decode_with_bom_removal(head).0.into_owned());
    }
    // A few odd bytes are found in files that people edit; pictures and sound are full of them.
    let odd = head
        .iter()
        .filter(|byte| **byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1A | 0x1B))
        .count();
    if odd > head.len() / 200 {
        return None;
    }
    let body = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    // A letter for each byte: the ASCII stays what it is.
    Some(body.iter().map(|byte| char::from(*byte)).collect())
}

/// Binary subtitles: EBU STL begins with a block that names its rate.
pub(super) fn is_ebu(head: &[u8]) -> bool {
    head.len() >= 1_024
        && head.get(3..6) == Some(b"STL")
        && head[6..8].iter().all(u8::is_ascii_digit)
        && head.get(8..11) == Some(b".01")
}

/// What a text is. `name` is the extension; it decides how far from the beginning subtitles are looked for.
pub(super) fn sniff(text: &str, name: &str) -> Content {
    let start = text.trim_start();
    if let Some(other) = page(start) {
        return other;
    }
    if start.starts_with("#EXTM3U") || start.starts_with("[playlist]") {
        return Content::Playlist;
    }
    let named =
        matches!(name, "srt" | "ass" | "ssa" | "stl" | "ttml" | "vtt" | "dfxp" | "txt" | "");
    match subtitle(start, named) {
        Some(format) => Content::Media(format),
        None => Content::Text,
    }
}

/// A page or a document in XML.
fn page(start: &str) -> Option<Content> {
    let mut rest = start;
    // What may stand before the first element.
    while let Some((open, close)) =
        [("<?", "?>"), ("<!--", "-->")].into_iter().find(|(open, _)| rest.starts_with(open))
    {
        rest = rest[open.len()..].split_once(close)?.1.trim_start();
    }
    let is = |tag: &str| {
        rest.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag))
            && rest[tag.len()..].starts_with(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))
    };
    if is("<!doctype html") || ["<html", "<head", "<body", "<script", "<meta"].iter().any(|t| is(t))
    {
        return Some(Content::Page);
    }
    if is("<mpd") || is("<smoothstreamingmedia") {
        return Some(Content::Playlist);
    }
    let element = rest.strip_prefix('<')?;
    let name = element.split([' ', '\t', '\r', '\n', '>', '/']).next().unwrap_or_default();
    let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
    (local == "tt").then_some(Content::Media(format::TTML))
}

fn subtitle(start: &str, named: bool) -> Option<&'static Format> {
    if let Some(rest) = start.strip_prefix("WEBVTT")
        && (rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
    {
        return Some(format::VTT);
    }
    let mut lines = start.lines().map(str::trim).filter(|line| !line.is_empty());
    let styled = |line: &str| line.eq_ignore_ascii_case("[Script Info]");
    if lines.clone().find(|line| !line.starts_with([';', '!'])).is_some_and(styled) {
        return Some(format::ASS);
    }
    // A cue is a number, then its times; some writers leave the number out.
    let numbered =
        lines.clone().next().is_some_and(|first| first.chars().all(|c| c.is_ascii_digit()));
    let near = if numbered { 2 } else { 1 };
    if lines.clone().take(near).any(is_srt_time) {
        return Some(format::SRT);
    }
    if lines.clone().find(|line| !line.starts_with(['$', '/'])).is_some_and(is_spruce_cue) {
        return Some(format::STL);
    }
    // Behind words that do not belong there only under a name that promises it.
    if !named {
        return None;
    }
    let mut all = lines.clone();
    if all
        .clone()
        .any(|line| line.eq_ignore_ascii_case("[Events]") || line.starts_with("Dialogue:"))
    {
        return Some(format::ASS);
    }
    if all.any(is_srt_time) {
        return Some(format::SRT);
    }
    lines.any(is_spruce_cue).then_some(format::STL)
}

/// `00:00:01,000 --> 00:00:02,000`, with a point or without milliseconds as some write it.
fn is_srt_time(line: &str) -> bool {
    let Some((from, to)) = line.split_once("-->") else { return false };
    let to = to.split_whitespace().next().unwrap_or_default();
    is_time(from.trim(), &[',', '.', ':'], 2) && is_time(to, &[',', '.', ':'], 2)
}

/// `00:00:01:12 , 00:00:02:00 , Words`
fn is_spruce_cue(line: &str) -> bool {
    let mut fields = line.splitn(3, [',', '\t']);
    let mut time = || fields.next().is_some_and(|field| is_time(field.trim(), &[':', ';', '.'], 4));
    time() && time() && fields.next().is_some()
}

fn is_time(text: &str, last: &[char], least: usize) -> bool {
    let fields: Vec<&str> =
        text.split(|c: char| c == ':' || last.contains(&c)).map(str::trim).collect();
    (least..=4).contains(&fields.len())
        && fields.iter().all(|field| {
            (1..=4).contains(&field.len()) && field.chars().all(|c| c.is_ascii_digit())
        })
}
