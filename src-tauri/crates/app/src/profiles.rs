//! Accounts of the person: `profiles.toml`, read and written so that what a person wrote there by hand stays.
//! Never sees a secret.

mod parse;

use std::net::IpAddr;
use std::path::PathBuf;

use toml_edit::{DocumentMut, Item, Table, value};
use url::{Host, Url};

use crate::api::{ProfileDraft, Source};
use crate::error::{Error, Unfit};
use crate::flaw::Flaw;
use crate::folders;
pub use crate::profiles::parse::Entry;
use crate::profiles::parse::{Parsed, parse};

/// Region used when nothing names another.
pub const DEFAULT_REGION: &str = "cn-shanghai";

/// One account as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// VOD API region id.
    pub region: String,
    /// Where credentials come from.
    pub source: Source,
    /// Public half of an AccessKey.
    pub access_key_id: Option<String>,
    /// VOD address instead of the region's.
    pub endpoint: Option<String>,
    /// Address of the credential server.
    pub server: Option<String>,
    /// Passed the test since it was last changed.
    pub tested: bool,
    /// Belongs to the embedded sandbox.
    pub sandbox: bool,
}

fn default_region() -> String {
    DEFAULT_REGION.to_owned()
}

/// The file of profiles. Every change is written before it is answered, onto what the file holds by then: other processes
/// write it too.
pub struct Profiles {
    path: PathBuf,
    text: String,
    document: DocumentMut,
    parsed: Parsed,
}

impl Profiles {
    /// Reads the file; none is the same as an empty one. What cannot be understood is a flaw of its profile, or of the
    /// file: it is told to whoever wants to use it, and stays as it is.
    pub fn open(path: PathBuf) -> Result<Profiles, Error> {
        let text = folders::read(&path)?.unwrap_or_default();
        Ok(Profiles::understand(path, text))
    }

    /// Takes in what another process wrote since. A file that cannot be read or understood now (it may be half saved by an
    /// editor) leaves the profiles as they were known last.
    pub fn refresh(&mut self) {
        if let Err(error) = self.reload() {
            tracing::warn!(error = error.chain(), "profiles.toml; the profiles stay as they were");
        }
    }

    fn reload(&mut self) -> Result<(), Error> {
        let text = folders::read(&self.path)?.unwrap_or_default();
        if text != self.text {
            let fresh = Profiles::understand(self.path.clone(), text);
            if let Some(flaw) = fresh.parsed.flaw.as_ref().filter(|flaw| flaw.reason == "syntax") {
                return Err(fresh.flawed(flaw));
            }
            *self = fresh;
        }
        Ok(())
    }

    fn understand(path: PathBuf, text: String) -> Profiles {
        let parsed = parse(&text);
        let document = text.parse().unwrap_or_default();
        Profiles { path, text, document, parsed }
    }

    /// Where the file is.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// What is wrong with the file as a whole.
    pub fn flaw(&self) -> Option<&Flaw> {
        self.parsed.flaw.as_ref()
    }

    /// Why `name`, or else the file, cannot be used.
    pub fn flaw_of(&self, name: &str) -> Option<&Flaw> {
        self.flaw().or_else(|| self.parsed.entries.get(name)?.flaw.as_ref())
    }

    /// The file chooses a profile that is not there.
    pub fn nobody(&self) -> Option<Error> {
        self.parsed.nobody.as_ref().map(|flaw| self.flawed(flaw))
    }

    fn flawed(&self, flaw: &Flaw) -> Error {
        Error::Flawed { path: self.path.clone(), flaw: flaw.clone() }
    }

    /// All of them, by name, with those that cannot be used.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.parsed.entries.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// One of them, when it can be used.
    pub fn get(&self, name: &str) -> Option<&Stored> {
        self.known(name).ok()
    }

    /// One of them as far as it could be understood: to be shown and mended, not to be used.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.parsed.entries.get(name)
    }

    /// The one in use: the chosen one, or the only one when none is chosen.
    pub fn active(&self) -> Option<&str> {
        match &self.parsed.active {
            Some(name) => self.entry(name).map(|_| name.as_str()),
            None if self.parsed.entries.len() == 1 => {
                self.parsed.entries.keys().next().map(String::as_str)
            }
            None => None,
        }
    }

    /// As [`Profiles::active`], for whoever is about to use it. None: none is saved, or none is chosen.
    pub fn chosen(&self) -> Result<Option<&str>, Error> {
        if let Some(flaw) = self.flaw().or(self.parsed.nobody.as_ref()) {
            return Err(self.flawed(flaw));
        }
        let Some(name) = self.active() else { return Ok(None) };
        self.known(name)?;
        Ok(Some(name))
    }

    /// Adds `stored`, or puts it in the place of `replaces`. The first profile becomes the one in use.
    pub fn save(
        &mut self,
        name: &str,
        replaces: Option<&str>,
        stored: &Stored,
    ) -> Result<(), Error> {
        self.change(|this| {
            if let Some(old) = replaces {
                this.there(old)?;
            }
            this.with(name, replaces, stored)
        })
    }

    /// As [`Profiles::save`]; one of this name is replaced.
    pub fn put(&mut self, name: &str, stored: &Stored) -> Result<(), Error> {
        self.change(|this| this.with(name, this.entry(name).map(|_| name), stored))
    }

    /// The file with `stored` in it.
    fn with(
        &self,
        name: &str,
        replaces: Option<&str>,
        stored: &Stored,
    ) -> Result<DocumentMut, Error> {
        if replaces != Some(name) && self.entry(name).is_some() {
            return Err(Error::TakenName { name: name.to_owned() });
        }
        let mut document = self.document.clone();
        let profiles = table(document.as_table_mut(), "profile", true);
        let old = replaces.and_then(|old| profiles.remove(old));
        let mut entry = old.and_then(|old| old.into_table().ok()).unwrap_or_default();
        // Whoever saves a profile was told what is wrong with it: it is whole from now on.
        entry.retain(|key, _| parse::KEYS.contains(&key));
        let mut set = |key: &str, text: Option<&str>| match text {
            Some(text) => put(&mut entry, key, text.into()),
            None => drop(entry.remove(key)),
        };
        set("region", Some(&stored.region));
        set("source", Some(source_text(stored.source)));
        set("access_key_id", stored.access_key_id.as_deref());
        set("endpoint", stored.endpoint.as_deref());
        set("server", stored.server.as_deref());
        for (key, on) in [("tested", stored.tested), ("sandbox", stored.sandbox)] {
            if on {
                put(&mut entry, key, true.into());
            } else {
                entry.remove(key);
            }
        }
        profiles.insert(name, Item::Table(entry));
        let active = self.parsed.active.clone();
        if active.is_none() || active.as_deref() == replaces {
            put(document.as_table_mut(), "active", name.into());
        }
        Ok(document)
    }

    /// Makes `name` the one in use.
    pub fn choose(&mut self, name: &str) -> Result<(), Error> {
        self.change(|this| {
            this.known(name)?;
            let mut document = this.document.clone();
            put(document.as_table_mut(), "active", name.into());
            Ok(document)
        })
    }

    /// Notes whether `name` passed its test.
    pub fn set_tested(&mut self, name: &str, tested: bool) -> Result<(), Error> {
        self.change(|this| {
            let stored = Stored { tested, ..this.known(name)?.clone() };
            this.with(name, Some(name), &stored)
        })
    }

    /// Forgets `name`. Another one is in use only after it is chosen, unless one is left.
    pub fn remove(&mut self, name: &str) -> Result<(), Error> {
        self.change(|this| {
            this.there(name)?;
            let mut document = this.document.clone();
            table(document.as_table_mut(), "profile", true).remove(name);
            if this.parsed.active.as_deref() == Some(name) {
                document.remove("active");
            }
            Ok(document)
        })
    }

    /// The profile, or the error that says there is none or why it cannot be used.
    pub fn known(&self, name: &str) -> Result<&Stored, Error> {
        let entry = self.there(name)?;
        match self.flaw_of(name) {
            Some(flaw) => Err(self.flawed(flaw)),
            None => Ok(&entry.stored),
        }
    }

    fn there(&self, name: &str) -> Result<&Entry, Error> {
        match (self.entry(name), self.flaw()) {
            (Some(entry), _) => Ok(entry),
            (None, Some(flaw)) => Err(self.flawed(flaw)),
            (None, None) => Err(Error::NoProfile { name: name.to_owned() }),
        }
    }

    /// Changes what the file holds now, while nobody else does.
    fn change(
        &mut self,
        edit: impl FnOnce(&Profiles) -> Result<DocumentMut, Error>,
    ) -> Result<(), Error> {
        let _lock = folders::lock_beside(&self.path)?;
        self.reload()?;
        if let Some(flaw) = self.flaw() {
            return Err(self.flawed(flaw));
        }
        let document = edit(self)?;
        self.write(&document)
    }

    fn write(&mut self, document: &DocumentMut) -> Result<(), Error> {
        let text = document.to_string();
        folders::replace(&self.path, &text)?;
        *self = Profiles::understand(self.path.clone(), text);
        Ok(())
    }
}

/// The table `key`, made when it is missing. Inline tables are written out, so that entries can follow.
fn table<'a>(parent: &'a mut Table, key: &str, implicit: bool) -> &'a mut Table {
    let there = parent.remove(key).and_then(|item| item.into_table().ok());
    let mut table = there.unwrap_or_default();
    table.set_implicit(implicit);
    parent.insert(key, Item::Table(table));
    // Just inserted as a table.
    #[expect(clippy::expect_used, reason = "inserted as a table on the line before")]
    parent[key].as_table_mut().expect("a table")
}

/// Sets a value and keeps the comment that stands behind the old one.
fn put(table: &mut Table, key: &str, fresh: toml_edit::Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = fresh;
            *old.decor_mut() = decor;
        }
        None => drop(table.insert(key, value(fresh))),
    }
}

/// The word of the file for a source.
pub fn source_text(source: Source) -> &'static str {
    match source {
        Source::AccessKey => "access-key",
        Source::Sts => "sts",
        Source::Server => "server",
        Source::Environment => "environment",
    }
}

/// The source a word of the file stands for.
fn source_of(text: &str) -> Option<Source> {
    [Source::AccessKey, Source::Sts, Source::Server, Source::Environment]
        .into_iter()
        .find(|source| source_text(*source) == text)
}

/// VOD has such a region; with an own address any is the person's business.
pub(crate) fn is_region(region: &str, own_address: bool, regions: &[&str]) -> bool {
    let word = !region.is_empty()
        && region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    word && (own_address || regions.contains(&region))
}

/// An AccessKey ID holds nothing else.
pub(crate) fn word_of_id(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

/// What a paste or a file of another system brings along at the ends of a value.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}')
}

/// Checks what the person typed, in the order of the dialog, and gives the profile to be stored.
pub fn check(draft: &ProfileDraft, regions: &[&str]) -> Result<(String, Stored), Unfit> {
    let name = draft.name.trim();
    let unfit = |field, reason| Unfit { field, reason };
    if name.is_empty() {
        return Err(unfit("name", "empty"));
    }
    if name.chars().count() > 64 {
        return Err(unfit("name", "long"));
    }
    // The keyring's users are `NAME` and `NAME/token`: a slash would let one profile name another's secret.
    if name.chars().any(|c| c.is_control() || c == '/') {
        return Err(unfit("name", "characters"));
    }
    let text = |text: &Option<String>| {
        text.as_deref().map(trimmed).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let endpoint = text(&draft.endpoint);
    if let Some(endpoint) = &endpoint {
        endpoint_url(endpoint)?;
    }
    let region = draft.region.trim();
    if !is_region(region, endpoint.is_some(), regions) {
        return Err(unfit("region", "region"));
    }
    let access_key_id = match draft.source {
        Source::AccessKey | Source::Sts => {
            let id = text(&draft.access_key_id).ok_or(unfit("access_key_id", "empty"))?;
            if !word_of_id(&id) {
                return Err(unfit("access_key_id", "characters"));
            }
            Some(id)
        }
        Source::Server | Source::Environment => None,
    };
    let server = match draft.source {
        Source::Server => {
            let server = text(&draft.server).ok_or(unfit("server", "empty"))?;
            server_url(&server)?;
            Some(server)
        }
        Source::AccessKey | Source::Sts | Source::Environment => None,
    };
    let stored = Stored {
        region: region.to_owned(),
        source: draft.source,
        access_key_id,
        endpoint,
        server,
        tested: false,
        sandbox: false,
    };
    Ok((name.to_owned(), stored))
}

/// A VOD address: https, or http on this computer; nothing but scheme, host and port.
pub fn endpoint_url(text: &str) -> Result<Url, Unfit> {
    let url = address("endpoint", text)?;
    if url.query().is_some() || !url.path().trim_matches('/').is_empty() {
        return Err(Unfit { field: "endpoint", reason: "address" });
    }
    Ok(url)
}

/// The address of a credential server: https, or http on this computer.
pub fn server_url(text: &str) -> Result<Url, Unfit> {
    address("server", text)
}

fn address(field: &'static str, text: &str) -> Result<Url, Unfit> {
    let wrong = Unfit { field, reason: "address" };
    let url = Url::parse(text).map_err(|_| wrong)?;
    let host = url.host().ok_or(wrong)?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(wrong);
    }
    let here = match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(ip) => IpAddr::V4(ip).is_loopback(),
        Host::Ipv6(ip) => IpAddr::V6(ip).is_loopback(),
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if here => Ok(url),
        _ => Err(Unfit { field, reason: "https" }),
    }
}

#[cfg(test)]
mod tests;
