//! The profiles together with their secrets: what the profile dialog and the command line ask for.
//! Knows no engine; hands a secret out only to whoever signs with it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use vodlift_engine::fault::Code;
use vodlift_sign::{Credential, Secret};

use crate::api::{Profile, ProfileDraft, SecretState, Source};
use crate::edge::Edge;
use crate::error::{Error, Unfit};
use crate::folders::Folders;
use crate::profiles::{self, DEFAULT_REGION, Entry, Profiles, Stored};
use crate::secrets::{Secrets, What};
use crate::words::Language;

/// The account that is made of the environment alone, when no profile is saved.
pub const ENVIRONMENT: &str = "environment";

/// What signs the requests of an account.
#[derive(Clone, Debug)]
pub enum Key {
    /// An AccessKey, with a token when it is temporary.
    Cloud(Credential),
    /// The company's credential server and its bearer secret.
    Server {
        /// Its address.
        url: url::Url,
        /// Sent as `Authorization: Bearer`.
        secret: Option<Secret>,
    },
}

/// The profiles and their secrets.
pub struct Accounts {
    edge: Edge,
    profiles: Mutex<Profiles>,
    /// The keeper of the secrets.
    pub secrets: Secrets,
}

impl Accounts {
    /// Reads the profiles. Asks no keyring.
    pub fn open(folders: &Folders, edge: Edge) -> Result<Accounts, Error> {
        let profiles = Mutex::new(Profiles::open(folders.profiles())?);
        let secrets = Secrets::new(edge.keyring.clone());
        Ok(Accounts { edge, profiles, secrets })
    }

    /// All profiles, with what is known of their secrets without asking the keyring.
    pub fn list(&self, language: Language) -> Vec<Profile> {
        let profiles = self.profiles();
        let active = profiles.active();
        profiles
            .all()
            .map(|(name, Entry { stored, .. })| {
                let fault = profiles.flaw_of(name).map(|flaw| flaw.view(profiles.path(), language));
                let state = match stored.source {
                    Source::Environment => self.environment_state(),
                    Source::AccessKey | Source::Sts | Source::Server => {
                        self.secrets.known(&main_secret(stored.source).user(name))
                    }
                };
                Profile { fault, ..view(name, stored, active == Some(name), state) }
            })
            .collect()
    }

    /// All names, those of profiles that cannot be used included.
    pub fn names(&self) -> Vec<String> {
        self.profiles().all().map(|(name, _)| name.to_owned()).collect()
    }

    /// What is wrong with the file as a whole.
    pub fn flawed(&self) -> Option<Error> {
        let profiles = self.profiles();
        profiles
            .flaw()
            .map(|flaw| Error::Flawed { path: profiles.path().to_owned(), flaw: flaw.clone() })
    }

    /// What is wrong, of the file or else of each profile.
    pub fn flaws(&self) -> Vec<Error> {
        if let Some(flaw) = self.flawed() {
            return vec![flaw];
        }
        let profiles = self.profiles();
        let nobody = profiles.nobody().into_iter();
        nobody.chain(profiles.all().filter_map(|(name, _)| profiles.known(name).err())).collect()
    }

    /// The profile `name` cannot be used as it stands in the file.
    pub fn flaw_of(&self, name: &str) -> bool {
        self.profiles().flaw_of(name).is_some()
    }

    /// All profiles, after the keyring was asked for each secret.
    pub async fn look(&self, language: Language) -> Vec<Profile> {
        let mut all = self.list(language);
        for profile in all.iter_mut().filter(|profile| profile.fault.is_none()) {
            if !profile.sandbox && profile.source != Source::Environment {
                let user = main_secret(profile.source).user(&profile.name);
                profile.secret = match self.secrets.whereabouts(&user).await {
                    // A server may ask for no secret at all.
                    SecretState::Missing if profile.source == Source::Server => SecretState::Stored,
                    state @ (SecretState::Stored
                    | SecretState::Memory
                    | SecretState::Locked
                    | SecretState::Missing) => state,
                };
            }
        }
        all
    }

    /// The profile `name` as the file has it.
    pub fn stored(&self, name: &str) -> Option<Stored> {
        let profiles = self.profiles();
        if name == ENVIRONMENT && profiles.all().next().is_none() {
            return if profiles.flaw().is_none() { self.of_environment().ok()? } else { None };
        }
        profiles.get(name).cloned()
    }

    /// A profile of this name stands in the file.
    pub fn is_saved(&self, name: &str) -> bool {
        self.profiles().entry(name).is_some()
    }

    /// The account to be used: the one asked for, else the active one, else what the environment holds when no profile
    /// is saved.
    pub fn choose(&self, asked: Option<&str>) -> Result<Option<String>, Error> {
        let profiles = self.profiles();
        let name = match asked {
            Some(name) => Some(name),
            None => profiles.chosen()?,
        };
        if let Some(name) = name {
            if profiles.known(name)?.source == Source::Environment {
                self.environment()?;
            }
            return Ok(Some(name.to_owned()));
        }
        let none_saved = profiles.all().next().is_none();
        drop(profiles);
        Ok((none_saved && self.of_environment()?.is_some()).then(|| ENVIRONMENT.to_owned()))
    }

    /// Checks, keeps the secrets, then writes the profile. What is absent in the draft stays as it was.
    pub async fn save(&self, draft: &ProfileDraft, regions: &[&str]) -> Result<Profile, Error> {
        let draft = &self.meant(draft);
        let (name, mut stored) = profiles::check(draft, regions)?;
        let replaces = draft.replaces.as_deref();
        let old = match replaces {
            Some(old) => {
                let profiles = self.profiles();
                let known = profiles.known(old).cloned();
                // One that cannot be used is mended by being saved.
                match known {
                    Err(Error::Flawed { .. }) if profiles.flaw().is_none() => None,
                    known => Some(known?),
                }
            }
            None => None,
        };
        if replaces != Some(&name) && self.profiles().entry(&name).is_some() {
            return Err(Error::TakenName { name });
        }
        let given = secrets_of(draft);
        for what in required(stored.source) {
            let there = given.iter().any(|(given, _)| given == what);
            let kept = match replaces {
                Some(old) if !there => self.secrets.whereabouts(&what.user(old)).await,
                Some(_) | None => SecretState::Missing,
            };
            if !there && kept == SecretState::Missing {
                return Err(Unfit { field: field_of(*what), reason: "empty" }.into());
            }
        }
        if let Some(old) = old {
            let fresh = Stored { tested: old.tested, sandbox: old.sandbox, ..stored.clone() };
            stored.tested = old.tested && given.is_empty() && fresh == old;
            stored.sandbox = old.sandbox;
        }
        let used = used(stored.source);
        self.keep(&name, replaces, used, given).await?;
        self.profiles().save(&name, replaces, &stored)?;
        // Only now, with the copies proved and the new name in the file, may what they stand for go.
        let mut gone = true;
        for what in What::ALL.into_iter().filter(|what| !used.contains(what)) {
            gone &= self.secrets.forget(&what.user(&name)).await;
        }
        if let Some(old) = replaces.filter(|old| *old != name) {
            gone &= self.secrets.forget_profile(old).await;
        }
        if !gone {
            tracing::warn!(profile = name, "a locked keyring may still hold a secret of no use");
        }
        self.one(&name)
    }

    /// The draft as it is meant: the id with its masked middle, which is all the dialog was given, is the one that is stored.
    pub fn meant(&self, draft: &ProfileDraft) -> ProfileDraft {
        let stored = draft.replaces.as_deref().and_then(|old| {
            self.profiles().entry(old).and_then(|entry| entry.stored.access_key_id.clone())
        });
        let same =
            |id: &String| draft.access_key_id.as_deref() == Some(&*crate::decode::masked(id));
        match stored.filter(same) {
            Some(id) => ProfileDraft { access_key_id: Some(id), ..draft.clone() },
            None => draft.clone(),
        }
    }

    /// Puts the secrets where they belong: new ones given, old ones copied along with a new name. Deletes none that
    /// the file still names: when a copy cannot be proved, everything stays as it was.
    async fn keep(
        &self,
        name: &str,
        replaces: Option<&str>,
        used: &[What],
        given: Vec<(What, Secret)>,
    ) -> Result<(), Error> {
        let renamed = replaces.filter(|old| *old != name);
        for what in used {
            let user = what.user(name);
            if given.iter().any(|(given, _)| given == what) {
                continue;
            }
            let copied = match renamed {
                Some(old) => self.secrets.copy(&what.user(old), &user).await,
                None if replaces.is_some() => continue,
                None => Ok(false),
            };
            match copied {
                Ok(true) => {}
                // What an earlier profile of this name left behind is not for this one.
                Ok(false) => drop(self.secrets.forget(&user).await),
                Err(_) => return Err(Error::fault(Code::KeyLocked, &[])),
            }
        }
        for (what, secret) in given {
            if used.contains(&what) {
                self.secrets.put(&what.user(name), secret).await;
            }
        }
        Ok(())
    }

    /// Makes `name` the active one.
    pub fn activate(&self, name: &str) -> Result<(), Error> {
        self.profiles().choose(name)
    }

    /// Notes whether `name` passed its test.
    pub fn set_tested(&self, name: &str, tested: bool) -> Result<(), Error> {
        self.profiles().set_tested(name, tested)
    }

    /// Adds or renews the profile of the embedded sandbox.
    pub fn save_sandbox(&self, name: &str, endpoint: &str, id: &str) -> Result<(), Error> {
        let stored = Stored {
            region: DEFAULT_REGION.to_owned(),
            source: Source::AccessKey,
            access_key_id: Some(id.to_owned()),
            endpoint: Some(endpoint.to_owned()),
            server: None,
            tested: true,
            sandbox: true,
        };
        self.profiles().put(name, &stored)
    }

    /// Removes the profile and every secret of it. False: a locked keyring may still hold one.
    pub async fn forget(&self, name: &str) -> Result<bool, Error> {
        if let Some(flaw) = self.flawed() {
            return Err(flaw);
        }
        if !self.is_saved(name) {
            return Err(Error::NoProfile { name: name.to_owned() });
        }
        let gone = self.secrets.forget_profile(name).await;
        self.profiles().remove(name)?;
        Ok(gone)
    }

    /// What signs for `name`. Asks the keyring.
    pub async fn key(&self, name: &str) -> Result<Key, SecretState> {
        let stored = self.stored(name).ok_or(SecretState::Missing)?;
        self.key_of(name, &stored, &[]).await
    }

    /// What would sign for a draft: its own secrets first, the kept ones for what it leaves out.
    pub async fn key_of_draft(
        &self,
        draft: &ProfileDraft,
        stored: &Stored,
    ) -> Result<Key, SecretState> {
        let name = draft.replaces.as_deref().unwrap_or(&draft.name);
        self.key_of(name, stored, &secrets_of(draft)).await
    }

    async fn key_of(
        &self,
        name: &str,
        stored: &Stored,
        given: &[(What, Secret)],
    ) -> Result<Key, SecretState> {
        let secret = async |what: What| match given.iter().find(|(given, _)| *given == what) {
            Some((_, secret)) => Ok(secret.clone()),
            None => self.secrets.get(&what.user(name)).await,
        };
        let id = || stored.access_key_id.clone().ok_or(SecretState::Missing);
        match stored.source {
            Source::AccessKey => Ok(Key::Cloud(Credential {
                id: id()?,
                secret: secret(What::Key).await?,
                token: None,
            })),
            Source::Sts => Ok(Key::Cloud(Credential {
                id: id()?,
                secret: secret(What::Key).await?,
                token: Some(secret(What::Token).await?),
            })),
            Source::Server => {
                let address = stored.server.as_deref().ok_or(SecretState::Missing)?;
                let url = profiles::server_url(address).map_err(|_| SecretState::Missing)?;
                let secret = match secret(What::Server).await {
                    Ok(secret) => Some(secret),
                    Err(SecretState::Locked) => return Err(SecretState::Locked),
                    Err(_) => None,
                };
                Ok(Key::Server { url, secret })
            }
            Source::Environment => {
                let found = self.environment().map_err(|_| SecretState::Missing)?;
                found.map(Key::Cloud).ok_or(SecretState::Missing)
            }
        }
    }

    fn one(&self, name: &str) -> Result<Profile, Error> {
        self.list(Language::En)
            .into_iter()
            .find(|profile| profile.name == name)
            .ok_or_else(|| Error::NoProfile { name: name.to_owned() })
    }

    /// A variable without what a paste or a file of another system leaves at its ends; empty is not set.
    fn variable(&self, name: &str) -> Option<Secret> {
        let text = (self.edge.env)(name).map(Secret::new)?;
        let text = profiles::trimmed(text.expose());
        (!text.is_empty()).then(|| Secret::new(text.to_owned()))
    }

    /// The credential of the environment; none when it is not complete.
    fn environment(&self) -> Result<Option<Credential>, Unfit> {
        const ID: &str = "ALIBABA_CLOUD_ACCESS_KEY_ID";
        let (id, secret) = (self.variable(ID), self.variable("ALIBABA_CLOUD_ACCESS_KEY_SECRET"));
        let (Some(id), Some(secret)) = (id, secret) else { return Ok(None) };
        if !profiles::word_of_id(id.expose()) {
            return Err(Unfit { field: ID, reason: "characters" });
        }
        let token = self.variable("ALIBABA_CLOUD_SECURITY_TOKEN");
        Ok(Some(Credential { id: id.expose().to_owned(), secret, token }))
    }

    fn environment_state(&self) -> SecretState {
        match self.environment() {
            Ok(Some(_)) => SecretState::Stored,
            Ok(None) | Err(_) => SecretState::Missing,
        }
    }

    /// The profile that a complete set in the environment stands for.
    fn of_environment(&self) -> Result<Option<Stored>, Unfit> {
        const REGION: &str = "ALIBABA_CLOUD_REGION_ID";
        let Some(credential) = self.environment()? else { return Ok(None) };
        let named = self.variable(REGION).map(|region| region.expose().to_owned());
        let region = named.unwrap_or_else(|| DEFAULT_REGION.to_owned());
        if !profiles::is_region(&region, false, crate::REGIONS) {
            return Err(Unfit { field: REGION, reason: "region" });
        }
        Ok(Some(Stored {
            region,
            source: Source::Environment,
            access_key_id: Some(credential.id),
            endpoint: None,
            server: None,
            tested: false,
            sandbox: false,
        }))
    }

    /// The profiles as the file has them now: another process may have changed it.
    fn profiles(&self) -> MutexGuard<'_, Profiles> {
        let mut profiles = self.profiles.lock().unwrap_or_else(PoisonError::into_inner);
        profiles.refresh();
        profiles
    }
}

fn view(name: &str, stored: &Stored, active: bool, secret: SecretState) -> Profile {
    Profile {
        name: name.to_owned(),
        region: stored.region.clone(),
        endpoint: stored.endpoint.clone(),
        source: stored.source,
        access_key_id: stored.access_key_id.as_deref().map(crate::decode::masked),
        server: stored.server.clone(),
        active,
        sandbox: stored.sandbox,
        secret: if stored.sandbox { SecretState::Stored } else { secret },
        tested: stored.tested,
        fault: None,
    }
}

fn main_secret(source: Source) -> What {
    match source {
        Source::AccessKey | Source::Sts | Source::Environment => What::Key,
        Source::Server => What::Server,
    }
}

/// Secrets a source may have.
fn used(source: Source) -> &'static [What] {
    match source {
        Source::AccessKey => &[What::Key],
        Source::Sts => &[What::Key, What::Token],
        Source::Server => &[What::Server],
        Source::Environment => &[],
    }
}

/// Secrets without which a source cannot work.
fn required(source: Source) -> &'static [What] {
    match source {
        Source::AccessKey => &[What::Key],
        Source::Sts => &[What::Key, What::Token],
        Source::Server | Source::Environment => &[],
    }
}

fn field_of(what: What) -> &'static str {
    match what {
        What::Key => "access_key_secret",
        What::Token => "security_token",
        What::Server => "server_secret",
    }
}

fn secrets_of(draft: &ProfileDraft) -> Vec<(What, Secret)> {
    [
        (What::Key, &draft.access_key_secret),
        (What::Token, &draft.security_token),
        (What::Server, &draft.server_secret),
    ]
    .into_iter()
    .filter_map(|(what, text)| {
        let text = text.as_deref().map(profiles::trimmed).filter(|text| !text.is_empty())?;
        Some((what, Secret::new(text.to_owned())))
    })
    .collect()
}

#[cfg(test)]
mod tests;
