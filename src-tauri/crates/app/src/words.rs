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
    let facts: Vec<(&str, &str)> =
        fault.facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let code = fault.code.as_str();
    let cause = t(language, &format!("fault.{code}.cause"), &facts);
    let why = format!("fault.{code}.why");
    let why = if has(&why) { t(language, &why, &facts) } else { String::new() };
    match (why.is_empty(), language) {
        (true, _) => cause,
        (false, Language::En) => format!("{cause}. {why}"),
        (false, Language::ZhCn) => format!("{cause}。{why}"),
    }
}

/// A remark in one line.
pub fn remark(language: Language, remark: &Remark) -> String {
    let facts: Vec<(&str, &str)> =
        remark.facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
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
