//! The sentences for people, read from the catalogues that the page uses too. Knows no key by name.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;
use vodlift_engine::remark::Remark;
use vodlift_engine::view::FaultView;

/// A language the app speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Simplified Chinese.
    ZhCn,
}

impl Language {
    /// From a BCP 47 tag or a POSIX locale (`zh_CN.UTF-8`); English for everything but Chinese.
    pub fn of(tag: &str) -> Language {
        let language = tag.split(['-', '_', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("zh") { Language::ZhCn } else { Language::En }
    }

    /// The choice of the settings (`system`, `en`, `zh-CN`) with what the system says.
    pub fn chosen(setting: &str, system: &str) -> Language {
        Language::of(if setting == "system" { system } else { setting })
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Plain(String),
    Plural { one: String, other: String },
}

type Catalogue = HashMap<String, Text>;

static EN: LazyLock<Catalogue> =
    LazyLock::new(|| parse(include_str!("../../../../ui/src/i18n/en.json")));
static ZH_CN: LazyLock<Catalogue> =
    LazyLock::new(|| parse(include_str!("../../../../ui/src/i18n/zh-CN.json")));

fn parse(text: &str) -> Catalogue {
    // Only a broken build gets here with a broken catalogue; a test reads both. Keys are shown in that case.
    serde_json::from_str(text).unwrap_or_default()
}

/// The sentence of `key` with each `{fact}` replaced; the key itself when there is no such sentence.
/// A sentence with two forms is chosen by the fact `n`; Chinese has only one.
pub fn t(language: Language, key: &str, facts: &[(&str, &str)]) -> String {
    let catalogue = match language {
        Language::En => &EN,
        Language::ZhCn => &ZH_CN,
    };
    let Some(text) = catalogue.get(key).or_else(|| EN.get(key)) else {
        return key.to_owned();
    };
    let pattern = match text {
        Text::Plain(text) => text,
        Text::Plural { one, other } => {
            let single = facts.iter().any(|(name, value)| *name == "n" && *value == "1");
            if single && language == Language::En { one } else { other }
        }
    };
    fill(pattern, facts)
}

/// True when the catalogues have this key.
pub fn has(key: &str) -> bool {
    EN.contains_key(key)
}

/// What happened, in one line: the cause, then the explanation.
pub fn fault(language: Language, fault: &FaultView) -> String {
    let facts: Vec<(&str, String)> =
        fault.facts.iter().map(|(name, value)| (name.as_str(), readable(name, value))).collect();
    let facts: Vec<(&str, &str)> =
        facts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let code = fault.code.as_str();
    let cause = whole(language, &format!("fault.{code}.cause"), &facts).unwrap_or_default();
    let why = whole(language, &format!("fault.{code}.why"), &facts).unwrap_or_default();
    match (why.is_empty(), language) {
        (true, _) => cause,
        (false, Language::En) => format!("{cause}. {why}"),
        (false, Language::ZhCn) => format!("{cause}。{why}"),
    }
}

/// A sentence without holes: the one of `key` when every fact it names is there, else its form `.bare`, which names
/// fewer; none when that lacks something too.
fn whole(language: Language, key: &str, facts: &[(&str, &str)]) -> Option<String> {
    let given =
        |name: &String| facts.iter().any(|(fact, value)| fact == name && !value.trim().is_empty());
    [key.to_owned(), format!("{key}.bare")]
        .into_iter()
        .find(|key| has(key) && needs(key).iter().all(given))
        .map(|key| t(language, &key, facts))
}

/// The facts an English sentence names; a test holds the Chinese one to the same.
fn needs(key: &str) -> Vec<String> {
    let pattern = match EN.get(key) {
        Some(Text::Plain(text) | Text::Plural { other: text, .. }) => text.as_str(),
        None => "",
    };
    let pieces = pattern.split('{').skip(1).filter_map(|piece| piece.split_once('}'));
    pieces.map(|(name, _)| name.to_owned()).collect()
}

/// The core's figures are raw: bytes and seconds.
fn readable(name: &str, value: &str) -> String {
    match (name, value.parse::<u64>(), value.parse::<i64>()) {
        ("size" | "limit", Ok(bytes), _) => size(bytes),
        ("d", _, Ok(seconds)) => span(seconds.unsigned_abs()),
        ("minutes", Ok(minutes), _) => span(minutes * 60),
        (_, _, _) => value.to_owned(),
    }
}

/// Decimal units, three digits.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in ["KB", "MB", "GB", "TB"] {
        if value < 1000.0 {
            break;
        }
        (value, unit) = (value / 1000.0, next);
    }
    let digits = usize::from(value < 100.0 && unit != "B");
    format!("{value:.digits$} {unit}")
}

fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// A remark in one line.
pub fn remark(language: Language, remark: &Remark) -> String {
    let mut facts = remark.facts.clone();
    if let Some(field) = facts.get_mut("field") {
        *field = t(language, &format!("remark.field.{field}"), &[]);
    }
    let facts: Vec<(&str, &str)> =
        facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    t(language, &format!("remark.{}", remark.code.as_str()), &facts)
}

/// Replaces in one pass, so that a fact's own braces are never read as a name.
fn fill(pattern: &str, facts: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        text.push_str(before);
        let named = from[1..].find('}').and_then(|close| {
            let name = &from[1..=close];
            facts.iter().find(|(fact, _)| *fact == name).map(|(_, value)| (close + 2, *value))
        });
        if let Some((length, value)) = named {
            text.push_str(value);
            rest = &from[length..];
        } else {
            text.push('{');
            rest = &from[1..];
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_put_in_once_and_unknown_names_stay() {
        assert_eq!(fill("{a} of {b}, {c}", &[("a", "{b}"), ("b", "2")]), "{b} of 2, {c}");
        assert_eq!(fill("open { and }", &[]), "open { and }");
        assert_eq!(fill("{名}!", &[("名", "x")]), "x!");
    }

    #[test]
    fn both_catalogues_can_be_read_and_have_the_same_keys() {
        let en: Catalogue =
            serde_json::from_str(include_str!("../../../../ui/src/i18n/en.json")).unwrap();
        let zh: Catalogue =
            serde_json::from_str(include_str!("../../../../ui/src/i18n/zh-CN.json")).unwrap();
        let mut missing: Vec<&String> = en.keys().filter(|key| !zh.contains_key(*key)).collect();
        missing.extend(zh.keys().filter(|key| !en.contains_key(*key)));
        assert!(missing.is_empty(), "only in one language: {missing:?}");
    }

    #[test]
    fn a_fault_without_facts_has_no_hole() {
        for code in vodlift_engine::fault::Code::ALL {
            for language in [Language::En, Language::ZhCn] {
                let bare = fault(language, &crate::error::fault(*code, &[]));
                assert!(!bare.is_empty() && !bare.contains(['{', '}', '…']), "{code:?}: {bare}");
                // An empty fact is as good as none.
                let mut view = crate::error::fault(*code, &[]);
                for part in ["cause", "why"] {
                    for name in needs(&format!("fault.{}.{part}", code.as_str())) {
                        view.facts.insert(name, " ".to_owned());
                    }
                }
                assert_eq!(fault(language, &view), bare, "{code:?}");
            }
        }
    }

    #[test]
    fn a_fault_on_a_terminal_names_nothing_of_the_window() {
        for code in vodlift_engine::fault::Code::ALL {
            for part in ["cause", "cause.bare", "why", "why.bare"] {
                let key = format!("fault.{}.{part}", code.as_str());
                for language in [Language::En, Language::ZhCn] {
                    let text = t(language, &key, &[]).to_lowercase();
                    for word in [
                        " tab ", "click", "button", "window", "drop it", "页", "点击", "按钮",
                        "窗口",
                    ] {
                        assert!(!has(&key) || !text.contains(word), "{key}: {text}");
                    }
                }
            }
        }
    }

    #[test]
    fn figures_are_for_people() {
        for (name, value, shown) in [
            ("size", "5000000001", "5.0 GB"),
            ("limit", "812", "812 B"),
            ("d", "-3700", "1 h 1 min"),
            ("d", "900", "15 min"),
            ("minutes", "3", "3 min"),
            ("path", "12", "12"),
        ] {
            assert_eq!(readable(name, value), shown);
        }
    }

    #[test]
    fn a_locale_names_a_language() {
        assert_eq!(Language::of("zh_CN.UTF-8"), Language::ZhCn);
        assert_eq!(Language::of("zh-Hans-CN"), Language::ZhCn);
        assert_eq!(Language::of("C"), Language::En);
        assert_eq!(Language::of("de_DE"), Language::En);
        assert_eq!(Language::chosen("system", "zh"), Language::ZhCn);
        assert_eq!(Language::chosen("en", "zh"), Language::En);
    }

    #[test]
    fn plurals_follow_the_fact_n() {
        // `drop.title` has two forms in English.
        let one = t(Language::En, "drop.title", &[("n", "1")]);
        let two = t(Language::En, "drop.title", &[("n", "2")]);
        assert!(one.ends_with("1 file"), "{one}");
        assert!(two.ends_with("2 files"), "{two}");
        assert_eq!(t(Language::En, "no.such.key", &[]), "no.such.key");
    }
}
