//! A person's words as VOD takes them: title, description and tags. Nothing is taken out or shortened but what VOD
//! refuses, and whatever is done is told.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::model::{About, Ask, Kind};
use crate::paths;
use crate::remark::{Remark, RemarkCode};

/// VOD: protocol/vod.md 4.5.
pub const TITLE: usize = 128;
/// VOD: protocol/vod.md 4.5.
pub const DESCRIPTION: usize = 1_024;
/// VOD: protocol/vod.md 4.5.
pub const TAGS: usize = 16;
/// VOD: protocol/vod.md 4.5.
pub const TAG: usize = 32;

/// How much is taken out and how length is counted. VOD's pages do not agree (protocol/vod.md 4.5), so what is likely to
/// pass is tried first and the narrow reading only when VOD has refused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Emoji go; a video's title has characters, any other's bytes.
    Usual,
    /// Symbols and joiners go too; all lengths are bytes.
    Narrow,
}

/// A text that VOD takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// The text.
    pub text: String,
    /// Characters were taken out.
    pub removed: bool,
    /// It was too long.
    pub shortened: bool,
}

impl Rules {
    fn in_bytes(self, kind: Kind) -> bool {
        // VOD: CreateUploadVideo counts characters, the other operations and UpdateVideoInfo bytes.
        self == Rules::Narrow || !kind.renews()
    }
}

/// A title: the text, or the file's name when it is empty. Cut in its middle, for titles of a series differ at their end.
pub fn title(rules: Rules, kind: Kind, text: &str, path: &Path) -> Fitted {
    let (stem, _) = paths::stem(path);
    let given = if text.trim().is_empty() { &stem } else { text };
    let mut fitted = fit(rules, given, TITLE, rules.in_bytes(kind), false);
    // All of it was emoji: the file's name still tells what it is.
    for other in [stem.as_str(), "untitled"] {
        if fitted.text.is_empty() {
            fitted.text = fit(rules, other, TITLE, rules.in_bytes(kind), false).text;
        }
    }
    fitted
}

/// The name of a file without its extension. A request has room for it.
pub fn file_stem(stem: &str) -> String {
    let name = fit(Rules::Usual, stem, 240, true, false).text;
    if name.is_empty() { "untitled".to_owned() } else { name }
}

/// A description: its lines stay, its end goes when it is too long.
pub fn description(rules: Rules, kind: Kind, text: &str) -> Fitted {
    fit(rules, text, DESCRIPTION, rules.in_bytes(kind), true)
}

/// Tags without commas, each once; at most 16.
pub fn tags(rules: Rules, kind: Kind, tags: &[String]) -> (Vec<String>, bool, bool) {
    let (mut removed, mut shortened) = (false, false);
    let mut seen = HashSet::new();
    let mut out: Vec<String> = vec![];
    for tag in tags.iter().flat_map(|tag| tag.split([',', '，'])) {
        let fitted = fit(rules, tag, TAG, rules.in_bytes(kind), false);
        removed |= fitted.removed;
        shortened |= fitted.shortened;
        if !fitted.text.is_empty() && seen.insert(fitted.text.clone()) {
            out.push(fitted.text);
        }
    }
    shortened |= out.len() > TAGS;
    out.truncate(TAGS);
    (out, removed, shortened)
}

/// Makes all words of a file fit and says what was done to them.
pub fn fit_about(rules: Rules, kind: Kind, about: &mut About, path: &Path) -> Vec<Remark> {
    let title = title(rules, kind, &about.title, path);
    let description = description(rules, kind, &about.description);
    let (tags, tags_removed, tags_shortened) = tags(rules, kind, &about.tags);
    let guessed = about.title.trim().is_empty() && paths::stem(path).1;
    let said = [
        ("title", title.removed, title.shortened),
        ("description", description.removed, description.shortened),
        ("tags", tags_removed, tags_shortened),
    ];
    about.title = title.text;
    about.description = description.text;
    about.tags = tags;
    let mut remarks: Vec<Remark> = said
        .into_iter()
        .flat_map(|(field, removed, shortened)| {
            [
                removed.then(|| Remark::of(RemarkCode::TextRemoved).with("field", field)),
                shortened.then(|| Remark::of(RemarkCode::TextShortened).with("field", field)),
            ]
        })
        .flatten()
        .collect();
    if guessed {
        remarks.push(Remark::of(RemarkCode::NameGuessed).with("name", &about.title));
    }
    remarks
}

/// Keeps titles apart that would become equal only because VOD refuses a part of them: they get a number.
pub fn keep_apart(asks: &mut [Ask]) {
    let mut taken: HashMap<String, String> = HashMap::new();
    for ask in asks.iter_mut().filter(|ask| ask.parent.is_none() && !ask.about.keep_title) {
        let kind =
            ask.kind.or_else(|| crate::media::kind_by_name(&ask.path)).unwrap_or(Kind::Video);
        let own = match ask.about.title.trim() {
            "" => paths::stem(&ask.path).0,
            given => given.to_owned(),
        };
        let mut wanted = own.clone();
        for number in 2.. {
            let fitted = title(Rules::Usual, kind, &wanted, &ask.path);
            let changed = fitted.shortened || fitted.removed;
            match taken.get(&fitted.text) {
                Some(other) if *other != own && (changed || number > 2) => {
                    wanted = format!("{own} ({number})");
                }
                Some(_) => break,
                None => {
                    taken.insert(fitted.text, own.clone());
                    break;
                }
            }
        }
        if wanted != own {
            ask.about.title = wanted;
        }
    }
}

fn fit(rules: Rules, text: &str, limit: usize, in_bytes: bool, lines: bool) -> Fitted {
    let whole: String = text.trim().nfc().collect();
    let (clean, removed) = allowed(rules, &whole, lines);
    let long = if in_bytes { clean.len() } else { clean.chars().count() } > limit;
    let text = match (long, lines) {
        (false, _) => clean,
        (true, true) => head(&clean, limit, in_bytes).trim_end().to_owned(),
        (true, false) => middle(&clean, limit, in_bytes),
    };
    Fitted { text, removed, shortened: long }
}

/// The text without what VOD refuses. Control characters become a space, for they stand between words.
fn allowed(rules: Rules, text: &str, lines: bool) -> (String, bool) {
    let mut out = String::with_capacity(text.len());
    let mut removed = false;
    let mut after_gap = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let styled = chars.peek() == Some(&'\u{FE0F}');
        if is_emoji(c) || styled && u32::from(c) >= 0x2190 || rules == Rules::Narrow && is_symbol(c)
        {
            removed = true;
            // What joins or colours an emoji goes with it.
            while chars
                .next_if(|next| matches!(u32::from(*next), 0x200D | 0xFE0E | 0xFE0F | 0x20E3))
                .is_some()
            {}
            after_gap = out.is_empty() || out.ends_with(char::is_whitespace);
            continue;
        }
        if matches!(c, '\u{FE0E}' | '\u{FE0F}' | '\u{20E3}') {
            removed = true;
            continue;
        }
        let c = match c {
            '\n' if lines => c,
            '\r' if lines => continue,
            c if c.is_control() => {
                removed |= !c.is_whitespace();
                ' '
            }
            c => c,
        };
        // The gap an emoji leaves is one space, not two.
        if after_gap && c == ' ' {
            after_gap = false;
            continue;
        }
        after_gap = false;
        out.push(c);
    }
    (out.trim().to_owned(), removed)
}

fn head(text: &str, limit: usize, in_bytes: bool) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        used += if in_bytes { c.len_utf8() } else { 1 };
        used > limit
    });
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

/// Both ends with `…` between, within the limit.
fn middle(text: &str, limit: usize, in_bytes: bool) -> String {
    let room = limit - if in_bytes { '…'.len_utf8() } else { 1 };
    let mut used = 0;
    let from = text.char_indices().rev().take_while(|(_, c)| {
        used += if in_bytes { c.len_utf8() } else { 1 };
        used <= room / 2
    });
    let from = from.last().map_or(text.len(), |(at, _)| at);
    let tail = text[from..].trim_start_matches(is_combining_mark).trim_start();
    let taken = if in_bytes { tail.len() } else { tail.chars().count() };
    format!("{}…{tail}", head(text, room - taken, in_bytes).trim_end())
}

/// What Unicode shows as a picture by itself (Emoji_Presentation), and the planes of nothing but pictures.
fn is_emoji(c: char) -> bool {
    matches!(u32::from(c),
        0x231A..=0x231B | 0x23E9..=0x23EC | 0x23F0 | 0x23F3 | 0x25FD..=0x25FE | 0x2614..=0x2615 | 0x2648..=0x2653
        | 0x267F | 0x2693 | 0x26A1 | 0x26AA..=0x26AB | 0x26BD..=0x26BE | 0x26C4..=0x26C5 | 0x26CE | 0x26D4 | 0x26EA
        | 0x26F2..=0x26F3 | 0x26F5 | 0x26FA | 0x26FD | 0x2705 | 0x270A..=0x270B | 0x2728 | 0x274C | 0x274E
        | 0x2753..=0x2755 | 0x2757 | 0x2795..=0x2797 | 0x27B0 | 0x27BF | 0x2B1B..=0x2B1C | 0x2B50 | 0x2B55
        | 0x1_F000..=0x1_FAFF | 0xE_0020..=0xE_007F)
}

/// What may be meant by "special characters": symbols, and letters that have no shape of their own.
fn is_symbol(c: char) -> bool {
    matches!(u32::from(c),
        0x2190..=0x21FF | 0x2300..=0x23FF | 0x2460..=0x27BF | 0x2900..=0x297F | 0x2B00..=0x2BFF | 0x200B..=0x200F
        | 0x202A..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF0..=0xFFFF | 0xE000..=0xF8FF | 0x1_0000..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Again, Wait};

    fn titled(text: &str) -> (String, bool, bool) {
        let fitted = title(Rules::Usual, Kind::Video, text, Path::new("/a/Film 1.mp4"));
        (fitted.text, fitted.removed, fitted.shortened)
    }

    #[test]
    fn only_what_is_refused_is_taken_out() {
        for (text, fitted, removed) in [
            ("Kyoto by night", "Kyoto by night", false),
            ("می\u{200c}خواهم", "می\u{200c}خواهم", false),
            ("क्\u{200d}ष", "क्\u{200d}ष", false),
            ("⌘K → palette ★ best ✓", "⌘K → palette ★ best ✓", false),
            ("a  b", "a  b", false),
            ("  Kyoto \u{1F389}\u{FE0F} by\tnight ", "Kyoto by night", true),
            ("family \u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}!", "family !", true),
            ("I ❤\u{FE0F} it", "I it", true),
            ("1\u{FE0F}\u{20E3} Intro", "1 Intro", true),
            ("© 2024™", "© 2024™", false),
            ("a\u{1b}b", "a b", true),
            ("Cafe\u{301}", "Caf\u{e9}", false),
            ("𠮷野家 𝄞", "𠮷野家 𝄞", false),
            ("", "Film 1", false),
            ("\u{1F389}", "Film 1", true),
        ] {
            assert_eq!(titled(text), (fitted.to_owned(), removed, false), "{text:?}");
        }
        let narrow = title(Rules::Narrow, Kind::Video, "⌘K → ★ best ✓", Path::new("x"));
        assert_eq!((narrow.text.as_str(), narrow.removed), ("K best", true));
        let none = title(Rules::Usual, Kind::Video, "\u{1F389}", Path::new("\u{1F389}.mp4"));
        assert_eq!(none.text, "untitled");
    }

    #[test]
    fn a_long_title_is_cut_in_its_middle_as_far_as_must_be() {
        let long = |end: &str| format!("{}{end}", "高等数学".repeat(40));
        let [one, two] = ["第01讲", "第02讲"].map(|end| titled(&long(end)));
        assert_ne!(one.0, two.0);
        assert!(one.0.ends_with("第01讲") && one.0.contains('…') && one.2, "{one:?}");
        assert_eq!(one.0.chars().count(), 128);
        assert_eq!(titled(&"夜".repeat(128)), ("夜".repeat(128), false, false));
        for kind in [Kind::Image, Kind::Subtitle] {
            let fitted = title(Rules::Usual, kind, &long("第01讲"), Path::new("x"));
            assert!(fitted.text.len() <= 128 && fitted.text.ends_with("第01讲"), "{fitted:?}");
        }
        let narrow = title(Rules::Narrow, Kind::Video, &long("第01讲"), Path::new("x"));
        assert!(narrow.shortened && narrow.text.len() <= 128);
        let text =
            description(Rules::Usual, Kind::Video, &format!("one\ntwo{}", "é".repeat(2_000)));
        assert_eq!((text.text.chars().count(), text.shortened), (1_024, true));
        assert!(text.text.starts_with("one\ntwo"));
    }

    #[test]
    fn tags_are_whole_or_it_is_told() {
        let of = |all: &[&str]| {
            let all: Vec<String> = all.iter().map(|tag| (*tag).to_owned()).collect();
            tags(Rules::Usual, Kind::Video, &all)
        };
        assert_eq!(
            of(&["a,b", "a", " ", "c，d"]),
            (["a", "b", "c", "d"].map(str::to_owned).into(), false, false)
        );
        let many: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!((of(&many).0.len(), of(&many).2), (16, true));
        assert!(of(&[&"x".repeat(33)]).2);
    }

    #[test]
    fn titles_that_would_become_equal_stay_apart() {
        let ask = |name: &str, title: &str| Ask {
            path: format!("/a/{name}.mp4").into(),
            account: String::new(),
            kind: None,
            about: About { title: title.to_owned(), ..About::default() },
            parent: None,
            wait: Wait::Stored,
            start: true,
            again: Again::Send,
            language: None,
            seen: None,
        };
        let long = |n: u32| format!("{}{n}{}", "a".repeat(100), "b".repeat(100));
        let mut asks = [
            ask(&long(1), ""),
            ask(&long(2), ""),
            ask(&long(3), ""),
            ask("Film", ""),
            ask("Film \u{1F389}", ""),
            ask("x", "One title"),
            ask("y", "One title"),
        ];
        keep_apart(&mut asks);
        let titles: Vec<String> = asks
            .iter()
            .map(|ask| title(Rules::Usual, Kind::Video, &ask.about.title, &ask.path).text)
            .collect();
        let once: HashSet<&String> = titles.iter().collect();
        assert_eq!(once.len(), 6, "{titles:?}");
        assert_eq!(titles[4], "Film (2)");
        assert_eq!(titles[5..], ["One title", "One title"], "wanted equal, and left so");
    }
}
