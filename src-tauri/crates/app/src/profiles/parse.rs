//! `profiles.toml` read strictly: what it says decides where files go, so a key that is not known is refused, not passed
//! over, also one that a newer version may know. One flawed profile leaves the others as they are.

use std::collections::BTreeMap;

use toml_edit::{Document, Item, TableLike};

use super::{Stored, default_region, endpoint_url, server_url, word_of_id};
use crate::api::Source;
use crate::error::{Unfit, line_of};
use crate::flaw::{Flaw, is_secret, similar};

pub(super) const KEYS: &[&str] =
    &["region", "source", "access_key_id", "endpoint", "server", "tested", "sandbox"];

/// One profile, and why it cannot be used as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As far as it could be understood.
    pub stored: Stored,
    /// The first thing that is wrong with it.
    pub flaw: Option<Flaw>,
}

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) active: Option<String>,
    pub(super) entries: BTreeMap<String, Entry>,
    /// Wrong with the file as a whole: nothing of it can be used.
    pub(super) flaw: Option<Flaw>,
    /// `active` names nobody: wrong for whoever names no profile.
    pub(super) nobody: Option<Flaw>,
}

struct Reader<'a> {
    text: &'a str,
}

/// Reads the text of the file.
pub(super) fn parse(text: &str) -> Parsed {
    let reader = Reader { text };
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            // The parser's own words may quote the line.
            let line = line_of(text, Some(error.span().map_or(text.len(), |at| at.start)));
            let flaw = Some(Flaw::new(line, "", "syntax"));
            return Parsed { flaw, ..Parsed::default() };
        }
    };
    let mut parsed = Parsed::default();
    let mut flaws = Vec::new();
    let root = document.as_table();
    for (key, item) in root {
        match key {
            "active" => match item.as_str() {
                Some(name) => parsed.active = Some(name.to_owned()),
                None => flaws.push(reader.flaw(root, key, "text")),
            },
            "profile" => match item.as_table_like() {
                Some(profiles) => {
                    for (name, item) in profiles.iter() {
                        let entry = reader.entry(profiles, name, item);
                        parsed.entries.insert(name.to_owned(), entry);
                    }
                }
                None => flaws.push(reader.flaw(root, key, "table")),
            },
            key if is_secret(key) => flaws.push(reader.flaw(root, key, "secret")),
            key if KEYS.contains(&key) => flaws.push(reader.flaw(root, key, "place")),
            key if item.is_table_like() => flaws.push(reader.flaw(root, key, "noTable")),
            key => flaws.push(reader.unknown(root, key, &[&["active"], KEYS].concat())),
        }
    }
    parsed.flaw = first(flaws);
    parsed.nobody = match &parsed.active {
        Some(name) if !parsed.entries.contains_key(name) => {
            Some(reader.flaw(root, "active", "nobody"))
        }
        Some(_) | None => None,
    };
    parsed
}

fn first(flaws: Vec<Flaw>) -> Option<Flaw> {
    flaws.into_iter().min_by_key(|flaw| flaw.line)
}

impl Reader<'_> {
    fn flaw(&self, table: &dyn TableLike, key: &str, reason: &'static str) -> Flaw {
        let spanned = table.key(key).and_then(toml_edit::Key::span);
        let span = spanned.or_else(|| table.get(key).and_then(Item::span));
        Flaw::new(line_of(self.text, span.map(|at| at.start)), key, reason)
    }

    fn unknown(&self, table: &dyn TableLike, key: &str, known: &[&'static str]) -> Flaw {
        match similar(key, known) {
            Some(hint) => Flaw { hint, ..self.flaw(table, key, "similar") },
            None => self.flaw(table, key, "unknown"),
        }
    }

    fn entry(&self, profiles: &dyn TableLike, name: &str, item: &Item) -> Entry {
        let mut stored = Stored {
            region: default_region(),
            source: Source::AccessKey,
            access_key_id: None,
            endpoint: None,
            server: None,
            tested: false,
            sandbox: false,
        };
        let Some(table) = item.as_table_like() else {
            return Entry { stored, flaw: Some(self.flaw(profiles, name, "table")) };
        };
        let mut flaws = Vec::new();
        // The keyring's users are `NAME` and `NAME/token`: a slash would let one profile name another's secret.
        if name.trim().is_empty() || name.chars().any(|c| c.is_control() || c == '/') {
            flaws.push(self.flaw(profiles, name, "characters"));
        }
        let mut source = None;
        for (key, item) in table.iter() {
            let mut flaw = |reason| flaws.push(self.flaw(table, key, reason));
            match (key, item.as_str(), item.as_bool()) {
                ("tested", _, Some(on)) => stored.tested = on,
                ("sandbox", _, Some(on)) => stored.sandbox = on,
                ("tested" | "sandbox", ..) => flaw("switch"),
                ("region", Some(text), _) => text.clone_into(&mut stored.region),
                ("access_key_id", Some(text), _) => {
                    stored.access_key_id = Some(text.to_owned());
                    if !word_of_id(text) {
                        flaw("characters");
                    }
                }
                ("endpoint", Some(text), _) => {
                    stored.endpoint = Some(text.to_owned());
                    if let Err(Unfit { reason, .. }) = endpoint_url(text) {
                        flaw(reason);
                    }
                }
                ("server", Some(text), _) => {
                    stored.server = Some(text.to_owned());
                    if let Err(Unfit { reason, .. }) = server_url(text) {
                        flaw(reason);
                    }
                }
                ("source", Some(text), _) => {
                    source = super::source_of(text);
                    if source.is_none() {
                        flaw("source");
                    }
                    stored.source = source.unwrap_or(Source::AccessKey);
                }
                (key, ..) if KEYS.contains(&key) => flaw("text"),
                (key, ..) if is_secret(key) => flaw("secret"),
                (key, ..) => flaws.push(self.unknown(table, key, KEYS)),
            }
        }
        if !super::is_region(&stored.region, stored.endpoint.is_some(), crate::REGIONS) {
            flaws.push(self.flaw(table, "region", "region"));
        }
        // Said last: a misspelt key says more than the one that is missing for it.
        let mut found = first(flaws);
        let missing =
            |key: &str| Flaw { key: key.to_owned(), ..self.flaw(profiles, name, "missing") };
        if found.is_none() {
            found = match source {
                None => Some(missing("source")),
                Some(Source::Server) if stored.server.is_none() => Some(missing("server")),
                Some(Source::AccessKey | Source::Sts) if stored.access_key_id.is_none() => {
                    Some(missing("access_key_id"))
                }
                Some(_) => None,
            };
        }
        Entry { stored, flaw: found }
    }
}
