//! Secrets of the profiles: in the operating system's keyring, or in memory until quit where there is none.
//! Never in a file, a log or an error; knows no profile but by the name it is given.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use vodlift_sign::Secret;
use zeroize::Zeroizing;

use crate::api::{Keyring, SecretState};

/// Name under which the keyring files everything of ours.
pub const SERVICE: &str = "vodlift";

/// A keyring that asks nobody answers in milliseconds; one that shows a prompt waits for a person without limit.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a person may take to unlock it, when that is what was asked for.
const PERSON: Duration = Duration::from_mins(2);

/// What of a profile is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// AccessKeySecret; the keyring's user is the profile's name.
    Key,
    /// SecurityToken of the person's own STS credential.
    Token,
    /// Bearer secret of the credential server.
    Server,
}

impl What {
    /// All of them.
    pub const ALL: [What; 3] = [What::Key, What::Token, What::Server];

    /// The keyring's user for this secret of `profile`.
    pub fn user(self, profile: &str) -> String {
        match self {
            What::Key => profile.to_owned(),
            What::Token => format!("{profile}/token"),
            What::Server => format!("{profile}/server"),
        }
    }
}

/// The keyring's user for the password of the proxy. No profile has a slash in its name.
pub const PROXY: &str = "/proxy";
const PROBE: &str = "/check";

/// Why the keyring gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It is there, but locked.
    Locked,
    /// It is not there, or does not work.
    None,
}

/// Where secrets outlive the process. Each call may block for as long as a user takes to answer a prompt.
pub trait SecretStore: Send + Sync {
    /// The secret kept for `user`, or that there is none.
    fn get(&self, user: &str) -> Result<Option<Secret>, Silence>;
    /// Keeps `secret` for `user` in place of any other.
    fn put(&self, user: &str, secret: &Secret) -> Result<(), Silence>;
    /// Deletes the secret of `user`; none is as good as deleted.
    fn delete(&self, user: &str) -> Result<(), Silence>;
}

enum Order {
    Get,
    Put(Secret),
    Forget,
}

struct Job {
    user: String,
    order: Order,
    answer: Answer,
}

/// Keeper of all secrets. Asks the keyring only when a secret is wanted: nothing at start-up.
pub struct Secrets {
    memory: Mutex<HashMap<String, Secret>>,
    /// Users of whom the keyring said that it holds nothing.
    absent: Mutex<HashSet<String>>,
    state: watch::Sender<Keyring>,
    ring: Mutex<Option<mpsc::Sender<Job>>>,
    store: Option<Arc<dyn SecretStore>>,
}

impl Secrets {
    /// With a keyring; without one everything stays in memory.
    pub fn new(store: Option<Arc<dyn SecretStore>>) -> Secrets {
        let state = if store.is_some() { Keyring::Unknown } else { Keyring::None };
        Secrets {
            memory: Mutex::default(),
            absent: Mutex::default(),
            state: watch::Sender::new(state),
            ring: Mutex::default(),
            store,
        }
    }

    /// What is known of the keyring without asking it.
    pub fn state(&self) -> Keyring {
        *self.state.borrow()
    }

    /// What is known of it from now on.
    pub fn states(&self) -> watch::Receiver<Keyring> {
        self.state.subscribe()
    }

    /// Every secret of these profiles and of the proxy that can be had without asking a person: to look for, not to use.
    pub(crate) async fn all(&self, profiles: &[String]) -> Vec<Secret> {
        let mut users: Vec<String> =
            profiles.iter().flat_map(|profile| What::ALL.map(|what| what.user(profile))).collect();
        users.push(PROXY.to_owned());
        if self.state() == Keyring::Locked {
            let memory = lock(&self.memory);
            return users.iter().filter_map(|user| memory.get(user).cloned()).collect();
        }
        let mut found = Vec::new();
        for user in &users {
            found.extend(self.get(user).await.ok());
        }
        found
    }

    /// The secret of `user`, or where it is not.
    pub async fn get(&self, user: &str) -> Result<Secret, SecretState> {
        if let Some(secret) = lock(&self.memory).get(user) {
            return Ok(secret.clone());
        }
        match self.ask(user, Order::Get, PATIENCE).await {
            Ok(Some(secret)) => Ok(secret),
            Ok(None) => {
                lock(&self.absent).insert(user.to_owned());
                Err(SecretState::Missing)
            }
            Err(Silence::None) => Err(SecretState::Missing),
            Err(Silence::Locked) => Err(SecretState::Locked),
        }
    }

    /// Where the secret of `user` was last seen; believed to be in the keyring until that is asked.
    pub fn known(&self, user: &str) -> SecretState {
        if lock(&self.memory).contains_key(user) {
            return SecretState::Memory;
        }
        match self.state() {
            Keyring::None => SecretState::Missing,
            Keyring::Locked => SecretState::Locked,
            Keyring::Unknown | Keyring::Open if lock(&self.absent).contains(user) => {
                SecretState::Missing
            }
            Keyring::Unknown | Keyring::Open => SecretState::Stored,
        }
    }

    /// Where the secret of `user` is. Asks the keyring, and hands over what it could not take before.
    pub async fn whereabouts(&self, user: &str) -> SecretState {
        let memory = lock(&self.memory).get(user).cloned();
        if let Some(secret) = memory {
            return match self.state() {
                Keyring::Open => self.put(user, secret).await,
                Keyring::Unknown | Keyring::Locked | Keyring::None => SecretState::Memory,
            };
        }
        match self.get(user).await {
            Ok(_) => SecretState::Stored,
            Err(state) => state,
        }
    }

    /// Keeps `secret`: in the keyring, else in memory until quit. Says where, so that people can be told.
    pub async fn put(&self, user: &str, secret: Secret) -> SecretState {
        let kept = self.ask(user, Order::Put(secret.clone()), PATIENCE).await.is_ok();
        if kept {
            lock(&self.memory).remove(user);
            lock(&self.absent).remove(user);
            SecretState::Stored
        } else {
            lock(&self.memory).insert(user.to_owned(), secret);
            SecretState::Memory
        }
    }

    /// Copies the secret of `from` to `to` and reads it back from where it is kept: only after `true` may the first one
    /// go. `Locked` when the keyring holds it and does not give it, or does not take the copy.
    pub async fn copy(&self, from: &str, to: &str) -> Result<bool, SecretState> {
        let in_memory = lock(&self.memory).contains_key(from);
        let secret = match self.get(from).await {
            Ok(secret) => secret,
            Err(SecretState::Locked) => return Err(SecretState::Locked),
            Err(_) => return Ok(false),
        };
        let kept = self.put(to, secret.clone()).await;
        if in_memory {
            return Ok(true);
        }
        // Memory is as good as lost here: the keyring would be left with the name that is about to go.
        let back = match kept {
            SecretState::Stored => self.ask(to, Order::Get, PATIENCE).await.ok().flatten(),
            SecretState::Memory | SecretState::Locked | SecretState::Missing => None,
        };
        if back.is_some_and(|back| back.expose() == secret.expose()) {
            return Ok(true);
        }
        lock(&self.memory).remove(to);
        Err(SecretState::Locked)
    }

    /// Forgets the secret of `user` everywhere. False: a locked keyring may still hold it.
    pub async fn forget(&self, user: &str) -> bool {
        lock(&self.memory).remove(user);
        !matches!(self.ask(user, Order::Forget, PATIENCE).await, Err(Silence::Locked))
    }

    /// Forgets everything of `profile`.
    pub async fn forget_profile(&self, profile: &str) -> bool {
        let mut gone = true;
        for what in What::ALL {
            gone &= self.forget(&what.user(profile)).await;
        }
        gone
    }

    /// Gives, takes back and forgets a secret that is none: the only proof that a keyring works.
    pub async fn probe(&self) -> Keyring {
        self.probe_within(PATIENCE).await
    }

    /// As [`Secrets::probe`], but leaves a person the time to type the keyring's password.
    pub async fn unlock(&self) -> Keyring {
        self.probe_within(PERSON).await
    }

    async fn probe_within(&self, limit: Duration) -> Keyring {
        let put = Order::Put(Secret::new("vodlift".to_owned()));
        let kept = match self.ask(PROBE, put, limit).await {
            Ok(_) => self.ask(PROBE, Order::Get, limit).await,
            Err(silence) => Err(silence),
        };
        let state = match kept {
            Ok(Some(_)) => {
                // It has answered twice; whether it also forgets decides nothing.
                let _ = self.ask(PROBE, Order::Forget, limit).await;
                Keyring::Open
            }
            Ok(None) | Err(Silence::None) => Keyring::None,
            Err(Silence::Locked) => Keyring::Locked,
        };
        self.note(state);
        state
    }

    /// Whoever listens hears of changes only.
    fn note(&self, state: Keyring) {
        self.state.send_if_modified(|known| std::mem::replace(known, state) != state);
    }

    async fn ask(
        &self,
        user: &str,
        order: Order,
        limit: Duration,
    ) -> Result<Option<Secret>, Silence> {
        let Some(store) = &self.store else {
            return Err(Silence::None);
        };
        let (answer, heard) = oneshot::channel();
        self.send(store, Job { user: user.to_owned(), order, answer })?;
        let result = match tokio::time::timeout(limit, heard).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Silence::None),
            // A prompt waits for a person. Its answer will find the thread, and the next question an open keyring.
            Err(_) => Err(Silence::Locked),
        };
        self.note(match &result {
            Ok(_) => Keyring::Open,
            Err(Silence::Locked) => Keyring::Locked,
            Err(Silence::None) => Keyring::None,
        });
        result
    }

    /// Gives the job to the keyring's own thread, started with the first job. Its calls block, and would panic
    /// inside an async runtime.
    fn send(&self, store: &Arc<dyn SecretStore>, job: Job) -> Result<(), Silence> {
        let mut ring = lock(&self.ring);
        let job = match ring.as_ref() {
            Some(there) => match there.send(job) {
                Ok(()) => return Ok(()),
                Err(mpsc::SendError(job)) => job,
            },
            None => job,
        };
        let (sender, jobs) = mpsc::channel::<Job>();
        let store = store.clone();
        std::thread::Builder::new()
            .name("keyring".to_owned())
            .spawn(move || {
                for Job { user, order, answer } in jobs {
                    if let Some(result) = carry_out(&*store, &user, order, &answer) {
                        // Who asked may have stopped waiting in this very moment; the answer has no reader then.
                        let _ = answer.send(result);
                    }
                }
            })
            .map_err(|_| Silence::None)?;
        sender.send(job).map_err(|_| Silence::None)?;
        *ring = Some(sender);
        Ok(())
    }
}

type Answer = oneshot::Sender<Result<Option<Secret>, Silence>>;

/// None: who asked has stopped waiting, and was told that nothing was done, so nothing is. What may wait for the user is
/// always a reading, which comes before each change.
fn carry_out(
    store: &dyn SecretStore,
    user: &str,
    order: Order,
    answer: &Answer,
) -> Option<Result<Option<Secret>, Silence>> {
    if answer.is_closed() {
        return None;
    }
    let there = store.get(user);
    if answer.is_closed() {
        return None;
    }
    Some(match (order, there) {
        (_, Err(silence)) => Err(silence),
        (Order::Get, there) => there,
        (Order::Put(secret), _) => store.put(user, &secret).map(|()| None),
        (Order::Forget, Ok(None)) => Ok(None),
        (Order::Forget, Ok(Some(_))) => store.delete(user).map(|()| None),
    })
}

/// The operating system's keyring.
pub struct SystemKeyring;

impl SystemKeyring {
    fn entry(user: &str) -> Result<keyring::v1::Entry, Silence> {
        keyring::v1::Entry::new(SERVICE, user).map_err(|error| told(&error))
    }
}

impl SecretStore for SystemKeyring {
    // Bytes, not text: Windows counts text twice, and a SecurityToken of 1,300 characters would not fit.
    fn get(&self, user: &str) -> Result<Option<Secret>, Silence> {
        let bytes = match SystemKeyring::entry(user)?.get_secret() {
            Ok(bytes) => bytes,
            Err(keyring::v1::Error::NoEntry) => return Ok(None),
            Err(error) => return Err(told(&error)),
        };
        String::from_utf8(bytes)
            .map(|text| Some(Secret::new(text)))
            .map_err(|wrong| told(&keyring::v1::Error::BadEncoding(wrong.into_bytes())))
    }

    fn put(&self, user: &str, secret: &Secret) -> Result<(), Silence> {
        let bytes = Zeroizing::new(secret.expose().as_bytes().to_vec());
        SystemKeyring::entry(user)?.set_secret(&bytes).map_err(|error| told(&error))
    }

    fn delete(&self, user: &str) -> Result<(), Silence> {
        match SystemKeyring::entry(user)?.delete_credential() {
            Ok(()) | Err(keyring::v1::Error::NoEntry) => Ok(()),
            Err(error) => Err(told(&error)),
        }
    }
}

fn told(error: &keyring::v1::Error) -> Silence {
    // The error's own text may quote what was stored.
    tracing::warn!(keyring = kind(error), "keyring");
    silence(error)
}

fn silence(error: &keyring::v1::Error) -> Silence {
    if matches!(error, keyring::v1::Error::NoStorageAccess(_)) {
        Silence::Locked
    } else {
        Silence::None
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "another crate's enum; the rest needs no name in a log"
)]
fn kind(error: &keyring::v1::Error) -> &'static str {
    use keyring::v1::Error;
    match error {
        Error::NoStorageAccess(_) => "no access",
        Error::PlatformFailure(_) => "platform failure",
        Error::NoDefaultStore => "no store",
        Error::TooLong(..) => "too long",
        Error::Ambiguous(_) => "ambiguous",
        _ => "other",
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing here panics while it holds one of these; what it holds stays good.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
pub(crate) mod tests;
