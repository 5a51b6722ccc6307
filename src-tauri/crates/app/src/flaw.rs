//! What a file of the configuration says that Vodlift does not follow: the line, the key and the reason, never a value.
//! Knows no file.

use vodlift_engine::fault::Code;
use vodlift_engine::view::FaultView;

use crate::error::fault;
use crate::words::{self, Language};

/// One thing that is wrong, found at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// From 1; 0 when no line is to blame.
    pub line: usize,
    /// As the file spells it, shortened and without control characters. Empty when no key is to blame.
    pub key: String,
    /// The end of a key in the catalogues: `flaw.<reason>`.
    pub reason: &'static str,
    /// The key that is like it, or what a value must be.
    pub hint: &'static str,
}

impl Flaw {
    /// A flaw of `key`.
    pub fn new(line: usize, key: &str, reason: &'static str) -> Flaw {
        // Whoever pastes a secret where a key belongs shall not find it in a log.
        let key: String = if key.chars().count() > 40 {
            key.chars().take(12).chain(['…']).collect()
        } else {
            key.to_owned()
        };
        Flaw { line, key: crate::plain::plain(&key).into_owned(), reason, hint: "" }
    }

    /// The reason in words, with the key in it.
    pub fn words(&self, language: Language) -> String {
        let facts = [("key", self.key.as_str()), ("hint", self.hint)];
        words::t(language, &format!("flaw.{}", self.reason), &facts)
    }

    /// What people are shown.
    pub fn view(&self, path: &std::path::Path, language: Language) -> FaultView {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let line = self.line.to_string();
        let why = self.words(language);
        fault(Code::ConfFile, &[("file", &file), ("line", &line), ("why", &why)])
    }
}

/// The one of `known` that was probably meant.
pub fn similar(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let spelled = key.to_ascii_lowercase().replace('-', "_");
    let near = |known: &&&'static str| strsim::damerau_levenshtein(&spelled, known) <= 2;
    known.iter().find(near).copied()
}

/// The key's name says that its value is a secret.
pub fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["secret", "token", "password", "bearer"].iter().any(|word| key.contains(word))
}
