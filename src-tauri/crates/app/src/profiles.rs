//! Accounts of the person: `profiles.toml`, read and written so that what a person wrote there by hand stays.
//! Never sees a secret.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use serde::Deserialize;
use toml_edit::{DocumentMut, Item, Table, value};
use url::{Host, Url};

use crate::api::{ProfileDraft, Source};
use crate::error::{Error, Unfit, line_of};
use crate::folders;

/// Region used when nothing names another.
pub const DEFAULT_REGION: &str = "cn-shanghai";

/// One account as the file has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Stored {
    /// VOD API region id.
    #[serde(default = "default_region")]
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
    #[serde(default)]
    pub tested: bool,
    /// Belongs to the embedded sandbox.
    #[serde(default)]
    pub sandbox: bool,
}

fn default_region() -> String {
    DEFAULT_REGION.to_owned()
}

#[derive(Default, Deserialize)]
struct File {
    active: Option<String>,
    #[serde(default)]
    profile: BTreeMap<String, Stored>,
}

/// The file of profiles. Every change is written before it is answered, onto what the file holds by then: other processes
/// write it too.
pub struct Profiles {
    path: PathBuf,
    text: String,
    document: DocumentMut,
    file: File,
}

impl Profiles {
    /// Reads the file; none is the same as an empty one. A file that cannot be understood is an error and stays as it is.
    pub fn open(path: PathBuf) -> Result<Profiles, Error> {
        let text = folders::read(&path)?.unwrap_or_default();
        Profiles::understand(path, text)
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
            *self = Profiles::understand(self.path.clone(), text)?;
        }
        Ok(())
    }

    fn understand(path: PathBuf, text: String) -> Result<Profiles, Error> {
        let broken = |at: Option<std::ops::Range<usize>>, what: &str| Error::Broken {
            path: path.clone(),
            line: line_of(&text, at.map(|at| at.start)),
            what: what.trim().to_owned(),
        };
        let document: DocumentMut = text
            .parse()
            .map_err(|error: toml_edit::TomlError| broken(error.span(), error.message()))?;
        let file: File =
            toml::from_str(&text).map_err(|error| broken(error.span(), error.message()))?;
        for (name, profile) in &file.profile {
            if let Some(endpoint) = &profile.endpoint {
                endpoint_url(endpoint)
                    .map_err(|why| broken(None, &format!("endpoint of {name}: {}", why.reason)))?;
            }
            if let Some(server) = &profile.server {
                server_url(server)
                    .map_err(|why| broken(None, &format!("server of {name}: {}", why.reason)))?;
            }
        }
        Ok(Profiles { path, text, document, file })
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Stored)> {
        self.file.profile.iter().map(|(name, stored)| (name.as_str(), stored))
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Option<&Stored> {
        self.file.profile.get(name)
    }

    /// The one in use: the chosen one, or the only one.
    pub fn active(&self) -> Option<&str> {
        if let Some(name) = self.file.active.as_deref().filter(|name| self.get(name).is_some()) {
            return Some(name);
        }
        self.file.profile.keys().next().filter(|_| self.file.profile.len() == 1).map(String::as_str)
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
                this.known(old)?;
            }
            this.with(name, replaces, stored)
        })
    }

    /// As [`Profiles::save`]; one of this name is replaced.
    pub fn put(&mut self, name: &str, stored: &Stored) -> Result<(), Error> {
        self.change(|this| this.with(name, this.get(name).map(|_| name), stored))
    }

    /// The file with `stored` in it.
    fn with(
        &self,
        name: &str,
        replaces: Option<&str>,
        stored: &Stored,
    ) -> Result<DocumentMut, Error> {
        if replaces != Some(name) && self.get(name).is_some() {
            return Err(Error::TakenName { name: name.to_owned() });
        }
        let mut document = self.document.clone();
        let profiles = table(document.as_table_mut(), "profile", true);
        let old = replaces.and_then(|old| profiles.remove(old));
        let mut entry = old.and_then(|old| old.into_table().ok()).unwrap_or_default();
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
        let active = self.file.active.clone();
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
            this.known(name)?;
            let mut document = this.document.clone();
            table(document.as_table_mut(), "profile", true).remove(name);
            if this.file.active.as_deref() == Some(name) {
                document.remove("active");
            }
            Ok(document)
        })
    }

    /// The profile, or the error that says there is none.
    pub fn known(&self, name: &str) -> Result<&Stored, Error> {
        self.get(name).ok_or_else(|| Error::NoProfile { name: name.to_owned() })
    }

    /// Changes what the file holds now, while nobody else does.
    fn change(
        &mut self,
        edit: impl FnOnce(&Profiles) -> Result<DocumentMut, Error>,
    ) -> Result<(), Error> {
        let _lock = folders::lock_beside(&self.path)?;
        self.reload()?;
        let document = edit(self)?;
        self.write(document)
    }

    fn write(&mut self, document: DocumentMut) -> Result<(), Error> {
        let text = document.to_string();
        let file: File = toml::from_str(&text).map_err(|error| Error::Broken {
            path: self.path.clone(),
            line: line_of(&text, error.span().map(|at| at.start)),
            what: error.message().to_owned(),
        })?;
        folders::replace(&self.path, &text)?;
        self.text = text;
        self.document = document;
        self.file = file;
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
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let endpoint = text(&draft.endpoint);
    if let Some(endpoint) = &endpoint {
        endpoint_url(endpoint)?;
    }
    let region = draft.region.trim();
    let word = !region.is_empty()
        && region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !(word && (endpoint.is_some() || regions.contains(&region))) {
        return Err(unfit("region", "region"));
    }
    let access_key_id = match draft.source {
        Source::AccessKey | Source::Sts => {
            let id = text(&draft.access_key_id).ok_or(unfit("access_key_id", "empty"))?;
            if !id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')) {
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
