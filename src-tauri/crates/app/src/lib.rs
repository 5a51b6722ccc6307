//! What the window and the command line share: profiles, secrets, settings, folders, the trial and the engine of
//! one installation. Knows no window, no terminal and no rule of an upload.

pub mod accounts;
pub mod api;
pub mod connection_test;
pub mod decode;
mod diagnostics;
pub mod edge;
pub mod error;
mod evidence;
mod facts;
pub mod film;
pub mod flaw;
pub mod folders;
pub mod logs;
pub mod network;
pub mod plain;
pub mod policy;
pub mod profiles;
mod queue;
pub mod secrets;
pub mod settings;
pub mod staging;
mod trial;
pub mod words;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use vodlift_cloud::Client;
pub use vodlift_cloud::Secret;
pub use vodlift_cloud::vod::REGIONS;
use vodlift_cloud::vod::Vod;
pub use vodlift_engine::config::Scope;
use vodlift_engine::config::{self, Config, Poll, Rest};
pub use vodlift_engine::fault::Code;
pub use vodlift_engine::machine::Command;
use vodlift_engine::meter::Tap;
pub use vodlift_engine::model::{Kind, TransferId};
pub use vodlift_engine::view::{FaultView, Frame, Hero, Row, Status, Totals};
use vodlift_engine::{Account, Issuer, StartError};
pub use vodlift_engine::{Added, Engine};
pub use vodlift_sandbox::{Args as SandboxArgs, Behaviour as SandboxBehaviour, run as run_sandbox};

use crate::accounts::{Accounts, Key};
use crate::api::{Decoded, Keyring, Profile, ProfileDraft, SecretState, Session, Settings};
use crate::edge::Edge;
use crate::error::Error;
use crate::folders::Folders;
use crate::profiles::Stored;
pub use crate::queue::{Addition, Wanted, grant};
use crate::staging::Staging;
use crate::trial::Trial;
use crate::words::Language;

/// How an installation is opened.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Which transfers run.
    pub scope: Scope,
    /// Bytes per second instead of the settings' limit.
    pub limit: Option<u64>,
    /// Time between frames.
    pub tick: Duration,
}

/// One opened installation.
pub struct App {
    folders: Folders,
    edge: Edge,
    setup: Setup,
    accounts: Arc<Accounts>,
    settings: Mutex<settings::File>,
    client: Mutex<Arc<Client>>,
    engine: Arc<Engine>,
    staging: Staging,
    trial: Arc<Trial>,
    /// The draft that passed the test last: saved as it is, it counts as tested.
    passed: Mutex<Option<ProfileDraft>>,
    /// The film that was looked at last: the inspector asks again with every part that is stored.
    film: Mutex<Option<(PathBuf, u64, Option<api::Film>)>>,
    /// Root certificates the user chose in a dialog of this process.
    roots: Mutex<Vec<String>>,
    /// Asks the keyring for the accounts of unfinished transfers while the window paints.
    greeting: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl App {
    /// Opens the installation for a window: everything unfinished goes on.
    pub async fn open(folders: Folders, edge: Edge) -> Result<App, Error> {
        let setup = Setup { scope: Scope::All, limit: None, tick: Duration::from_millis(250) };
        App::open_with(folders, edge, setup).await
    }

    /// Opens the installation. A file that cannot be understood is an error and stays as it is; a queue that cannot
    /// be read is kept as a copy, which the session tells.
    pub async fn open_with(folders: Folders, edge: Edge, setup: Setup) -> Result<App, Error> {
        folders.prepare();
        if let Err(error) = logs::start(&folders.logs) {
            // An upload without a log is better than none.
            tracing::warn!(error = error.chain(), "logs");
        }
        let accounts = Arc::new(Accounts::open(&folders, edge.clone())?);
        let settings = settings::File::open(folders.settings())?;
        let client = Arc::new(network::client(&settings.settings, &edge, &accounts.secrets).await);
        let config = config_of(&settings.settings, setup);
        let engine = Engine::start(
            config,
            &folders.data,
            client.clone(),
            config::Edge { now: edge.now, id: edge.id },
            setup.scope,
        )
        .await
        .map_err(|StartError::Journal(error)| facts::unread(error))?;
        Ok(App {
            trial: Arc::new(Trial::new(folders.sandbox())),
            folders,
            edge,
            setup,
            accounts,
            settings: Mutex::new(settings),
            client: Mutex::new(client),
            engine: Arc::new(engine),
            staging: Staging::default(),
            passed: Mutex::default(),
            film: Mutex::default(),
            roots: Mutex::default(),
            greeting: Mutex::default(),
        })
    }

    /// The language of the settings, or the system's.
    pub fn language(&self) -> Language {
        Language::chosen(&lock(&self.settings).settings.language, &self.edge.locale())
    }

    /// What a page must know before its first paint. Asks no keyring.
    #[expect(
        clippy::unused_async,
        reason = "a seam with the shell, where every question is awaited"
    )]
    pub async fn session(&self) -> Session {
        Session {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            platform: std::env::consts::OS.to_owned(),
            locale: self.edge.locale().split('.').next().unwrap_or_default().replace('_', "-"),
            settings: self.settings(),
            profiles: self.accounts.list(self.language()),
            fault: self.config_fault(),
            keyring: self.accounts.secrets.state(),
            regions: REGIONS.iter().map(|region| (*region).to_owned()).collect(),
        }
    }

    /// Frames from a snapshot on. The first watcher also lets the accounts of unfinished transfers sign in, so that
    /// no keyring is asked before there is something to see.
    pub async fn watch(&self) -> mpsc::Receiver<Frame> {
        let frames = self.engine.watch().await;
        let mut greeting = lock(&self.greeting);
        if greeting.is_none() && self.setup.scope == Scope::All && self.passable().is_ok() {
            let (accounts, engine, trial) =
                (self.accounts.clone(), self.engine.clone(), self.trial.clone());
            #[expect(clippy::disallowed_methods, reason = "the one spawn; `stop` ends it")]
            let task = tokio::spawn(async move {
                for name in unfinished(&accounts, &engine).await {
                    // What keeps an account out is told by its transfers, which are held.
                    let _ = sign_in(&accounts, &engine, &trial, &name).await;
                }
            });
            *greeting = Some(task);
        }
        frames
    }

    /// What is wrong with the configuration as a whole, so that nothing is sent by it.
    fn config_fault(&self) -> Option<FaultView> {
        let language = self.language();
        let settings = lock(&self.settings).flawed();
        settings.or_else(|| self.accounts.flawed()).map(|error| error.view(language))
    }

    /// Settings that decide where bytes go and cannot be understood let none go.
    pub fn passable(&self) -> Result<(), Error> {
        lock(&self.settings).flawed().map_or(Ok(()), Err)
    }

    /// Lets an account's transfers run. `Err` says why they are held instead.
    pub async fn sign_in(&self, name: &str) -> Result<(), Code> {
        self.passable().map_err(|_| Code::ConfFile)?;
        sign_in(&self.accounts, &self.engine, &self.trial, name).await
    }

    /// The engine itself.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The profiles and their secrets.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Preferences.
    pub fn settings(&self) -> Settings {
        lock(&self.settings).settings.clone()
    }

    /// Keys of the settings' file that are not followed.
    pub fn ignored_settings(&self) -> Vec<settings::Ignored> {
        lock(&self.settings).ignored.clone()
    }

    /// Writes preferences; they hold at once.
    pub async fn save_settings(&self, settings: Settings) -> Result<Settings, Error> {
        let before = self.settings();
        let flawed = self.passable().is_err();
        let settings = lock(&self.settings).merged(&settings)?;
        let reroute = before.proxy != settings.proxy
            || before.tls_root != settings.tls_root
            || before.hmac_sha1 != settings.hmac_sha1;
        if reroute {
            let client = network::checked(&settings, &self.edge, &self.accounts.secrets).await?;
            lock(&self.settings).save(&settings)?;
            self.go_by(client).await;
        } else {
            lock(&self.settings).save(&settings)?;
        }
        self.engine.configure(config_of(&settings, self.setup)).await;
        if flawed && self.passable().is_ok() {
            for name in unfinished(&self.accounts, &self.engine).await {
                // What keeps an account out is told by its transfers, which are held.
                let _ = self.sign_in(&name).await;
            }
        }
        Ok(self.settings())
    }

    /// A root certificate was chosen in a dialog: the settings may name it from now on.
    pub fn choose_root(&self, path: &Path) -> Result<String, Error> {
        folders::read_small(path, network::ROOT_LIMIT)?;
        let named =
            path.to_str().ok_or(error::Unfit { field: "tls_root", reason: "characters" })?;
        lock(&self.roots).push(named.to_owned());
        Ok(named.to_owned())
    }

    /// A page may clear the root certificate, keep it, or name one that was chosen in a dialog; no other file.
    pub fn may_be_root(&self, path: Option<&str>) -> Result<(), Error> {
        let Some(path) = path else { return Ok(()) };
        let kept = self.settings().tls_root.as_deref() == Some(path);
        if kept || lock(&self.roots).iter().any(|chosen| chosen == path) {
            Ok(())
        } else {
            Err(error::Unfit { field: "tls_root", reason: "chosen" }.into())
        }
    }

    /// The file of the configuration that is to be mended: the one at fault, else that of the profiles.
    pub fn config_path(&self) -> PathBuf {
        match self.passable() {
            Err(Error::Flawed { path, .. }) => path,
            Ok(()) | Err(_) => self.folders.profiles(),
        }
    }

    /// Where the password of the proxy is. Asks the keyring.
    pub async fn proxy_password(&self) -> SecretState {
        self.accounts.secrets.whereabouts(secrets::PROXY).await
    }

    /// Keeps the password of the proxy in the keyring, or forgets it; what is asked from now on goes by it.
    pub async fn save_proxy_password(
        &self,
        password: Option<Secret>,
    ) -> Result<SecretState, Error> {
        let secrets = &self.accounts.secrets;
        let state = match password {
            Some(password) => secrets.put(secrets::PROXY, password).await,
            None if secrets.forget(secrets::PROXY).await => SecretState::Missing,
            None => return Err(Error::fault(Code::KeyLocked, &[])),
        };
        let client = network::client(&self.settings(), &self.edge, secrets).await;
        self.go_by(client).await;
        Ok(state)
    }

    async fn go_by(&self, client: Client) {
        let client = Arc::new(client);
        *lock(&self.client) = client.clone();
        self.engine.set_client(client).await;
    }

    /// All profiles, each with where its secret is. Asks the keyring.
    pub async fn profiles(&self) -> Vec<Profile> {
        self.accounts.look(self.language()).await
    }

    /// Saves a profile with its secrets; its transfers go on with the new ones.
    pub async fn save_profile(&self, draft: ProfileDraft) -> Result<Profile, Error> {
        // The journal knows accounts by their names: what is under way would be left without one.
        if let Some(old) = draft.replaces.as_deref().filter(|old| *old != draft.name.trim())
            && has_open(&self.engine, old).await
        {
            return Err(error::Unfit { field: "name", reason: "used" }.into());
        }
        let before = self.accounts.stored(draft.replaces.as_deref().unwrap_or(&draft.name));
        let saved = self.accounts.save(&draft, REGIONS).await?;
        let passed = lock(&self.passed).take();
        if passed.is_some_and(|passed| same_draft(&passed, &draft)) {
            self.accounts.set_tested(&saved.name, true)?;
        }
        if let Some(old) = draft.replaces.filter(|old| *old != saved.name) {
            self.engine.drop_account(&old).await;
        }
        // A keyring that refuses now holds the transfers; the profile is saved all the same.
        let aim = |stored: Stored| Stored { tested: false, ..stored };
        if self.sign_in(&saved.name).await.is_ok() {
            self.retry_refused(&saved.name).await;
        } else if before.map(aim) != self.accounts.stored(&saved.name).map(aim) {
            // What is signed in goes to another place or by another key than the profile says from now on.
            self.engine.drop_account(&saved.name).await;
        }
        self.profile(&saved.name)
    }

    /// What was refused with the old secret is tried with the new one.
    async fn retry_refused(&self, account: &str) {
        let refused = |code: Code| code == Code::SrvAuth || code.as_str().starts_with("auth.");
        let transfers = self.engine.transfers(Some(account)).await;
        let ids: Vec<TransferId> = transfers
            .iter()
            .filter(|transfer| transfer.state.stuck().is_some_and(|fault| refused(fault.code)))
            .map(|transfer| transfer.id)
            .collect();
        if !ids.is_empty() {
            self.engine.command(&ids, Command::Run).await;
        }
    }

    /// The checks of the profile dialog.
    pub async fn test_profile(&self, draft: ProfileDraft) -> Result<Vec<api::Check>, Error> {
        self.passable()?;
        let client = self.client();
        let network = connection_test::Network { client: &client };
        let checks = connection_test::draft(&self.accounts, network, &draft, REGIONS).await?;
        if connection_test::passed(&checks) {
            *lock(&self.passed) = Some(draft);
        }
        Ok(checks)
    }

    /// Another profile from now on. What runs goes on under its own.
    pub async fn use_profile(&self, name: &str) -> Result<(), Error> {
        self.accounts.activate(name)?;
        // What keeps the account out is told by its transfers, which are held.
        let _ = self.sign_in(name).await;
        Ok(())
    }

    /// Forgets a profile and its secrets. Its transfers are held.
    pub async fn forget_profile(&self, name: &str) -> Result<(), Error> {
        let gone = self.accounts.forget(name).await?;
        self.engine.drop_account(name).await;
        if gone { Ok(()) } else { Err(Error::fault(Code::KeyLocked, &[])) }
    }

    /// Opens the sandbox on this computer and makes its profile the active one.
    pub async fn start_trial(&self) -> Result<Profile, Error> {
        self.trial.start(&self.accounts).await?;
        self.accounts.activate(trial::NAME)?;
        // What keeps the account out is told by its transfers, which are held.
        let _ = self.sign_in(trial::NAME).await;
        self.profile(trial::NAME)
    }

    /// Asks the system to unlock its keyring, and lets the accounts that waited for it sign in.
    pub async fn unlock_keyring(&self) -> Result<(), Error> {
        match self.accounts.secrets.unlock().await {
            Keyring::Open => {
                for name in unfinished(&self.accounts, &self.engine).await {
                    // What keeps the account out is told by its transfers, which are held.
                    let _ = self.sign_in(&name).await;
                }
                Ok(())
            }
            Keyring::Locked => Err(Error::fault(Code::KeyLocked, &[])),
            Keyring::None | Keyring::Unknown => Err(Error::fault(Code::KeyNone, &[])),
        }
    }

    /// What is inside a pasted pair, secrets left out.
    pub fn decode(&self, address: &str, auth: &str) -> Decoded {
        decode::decode(address, auth, (self.edge.now)())
    }

    /// Halts what runs, writes it down, ends the sandbox.
    pub async fn stop(&self) {
        if let Some(greeting) = lock(&self.greeting).take() {
            greeting.abort();
        }
        self.engine.stop().await;
        self.trial.stop().await;
    }

    fn profile(&self, name: &str) -> Result<Profile, Error> {
        let found =
            self.accounts.list(self.language()).into_iter().find(|profile| profile.name == name);
        found.ok_or_else(|| Error::NoProfile { name: name.to_owned() })
    }

    fn client(&self) -> Arc<Client> {
        lock(&self.client).clone()
    }
}

/// Accounts that have something left to do, the active one first.
async fn unfinished(accounts: &Accounts, engine: &Engine) -> Vec<String> {
    let mut names = Vec::new();
    if let Ok(Some(active)) = accounts.choose(None) {
        names.push(active);
    }
    names.extend(accounts.names());
    let mut waiting = Vec::new();
    for name in names {
        if waiting.contains(&name) {
            continue;
        }
        if has_open(engine, &name).await {
            waiting.push(name);
        }
    }
    waiting
}

/// The account has something that is not over.
async fn has_open(engine: &Engine, name: &str) -> bool {
    engine.transfers(Some(name)).await.iter().any(|transfer| !transfer.state.is_final())
}

/// Lets an account's transfers run, or says why it cannot. What signed in before stays as it is then: a keyring that is
/// locked now takes nothing away from uploads that are under way.
async fn sign_in(
    accounts: &Accounts,
    engine: &Engine,
    trial: &Trial,
    name: &str,
) -> Result<(), Code> {
    if accounts.flaw_of(name) {
        return Err(Code::ConfFile);
    }
    let key = if accounts.stored(name).is_some_and(|stored| stored.sandbox) {
        match trial.start(accounts).await {
            Ok(credential) => Ok(Key::Cloud(credential)),
            Err(error) => {
                tracing::warn!(error = error.chain(), "trial");
                Err(SecretState::Missing)
            }
        }
    } else {
        accounts.key(name).await
    };
    // Read again: the sandbox may listen somewhere else today.
    let stored = accounts.stored(name);
    let vod = stored.and_then(|stored| connection_test::vod(&stored).ok());
    let (Ok(key), Some(vod)) = (&key, vod) else {
        let locked = matches!(key, Err(SecretState::Locked));
        return Err(if locked { Code::KeyLocked } else { Code::KeyNone });
    };
    let issuer = match key {
        Key::Cloud(credential) => Issuer::Key(credential.clone()),
        Key::Server { url, secret } => {
            Issuer::Server { url: url.as_str().to_owned(), secret: secret.clone() }
        }
    };
    let calls = Arc::new(Tap::new(calls_per_second(&vod)));
    engine.set_account(Account { name: name.to_owned(), vod, issuer, calls }).await;
    Ok(())
}

/// Calls this computer may make for an account: half of what its region allows, the rest is for others who share it.
/// A service on this computer shares nothing.
// VOD: protocol/vod.md 3.1, calls that make media, per account and second.
fn calls_per_second(vod: &Vod) -> Option<u64> {
    let roomy =
        ["cn-shanghai", "cn-beijing", "cn-shenzhen", "ap-southeast-1"].contains(&vod.region());
    (!vod.is_local()).then_some(if roomy { 40 } else { 20 })
}

/// The settings as the engine takes them.
fn config_of(settings: &Settings, setup: Setup) -> Config {
    let limit = match setup.limit {
        Some(rate) => Some(config::Limit { rate, periods: Vec::new() }),
        None => settings.limit.on.then(|| config::Limit {
            rate: settings.limit.rate_bytes,
            periods: settings
                .limit
                .periods
                .iter()
                .map(|period| config::Period {
                    days: period.days.clone(),
                    from_min: period.from_min,
                    to_min: period.to_min,
                })
                .collect(),
        }),
    };
    Config {
        sending: settings.files as usize,
        parts: settings.parts as usize,
        part_size: u64::from(settings.part_mib) << 20,
        still: Duration::from_secs(1),
        limit,
        rest: Rest { base: Duration::from_secs(1), cap: Duration::from_mins(1), attempts: 5 },
        // VOD: protocol/vod.md 4.4, up to 30 s apart. The first look is early, because small files are mostly waiting.
        poll: Poll { first: Duration::from_millis(500), cap: Duration::from_secs(30) },
        // A window offers to take it back; a command has been typed.
        grace: if setup.scope == Scope::All { Duration::from_secs(8) } else { Duration::ZERO },
        remove_at_vod: true,
        restart_changed: settings.restart_changed,
        patience: Duration::from_secs(5),
        keep_history: (settings.keep_history > 0)
            .then(|| Duration::from_hours(24) * settings.keep_history),
        tick: setup.tick,
    }
}

fn same_draft(one: &ProfileDraft, other: &ProfileDraft) -> bool {
    one.region == other.region
        && one.endpoint == other.endpoint
        && one.source == other.source
        && one.access_key_id == other.access_key_id
        && one.access_key_secret == other.access_key_secret
        && one.security_token == other.security_token
        && one.server == other.server
        && one.server_secret == other.server_secret
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing here panics while it holds one of these; what it holds stays good.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
