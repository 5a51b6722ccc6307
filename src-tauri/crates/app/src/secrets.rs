//! Secrets of the profiles: in the operating system's keyring, or in memory until quit where there is none.
//! Never in a file, a log or an error; knows no profile but by the name it is given.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc;
use std::sync::{Mutex, MutexGuard, PoisonError};
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
enum Silence {
    Locked,
    None,
}

enum Order {
    Get,
    Put(Secret),
    Forget,
}

struct Job {
    user: String,
    order: Order,
    answer: oneshot::Sender<Result<Option<Secret>, Silence>>,
}

/// Keeper of all secrets. Asks the keyring only when a secret is wanted: nothing at start-up.
pub struct Secrets {
    memory: Mutex<HashMap<String, Secret>>,
    /// Users of whom the keyring said that it holds nothing.
    absent: Mutex<HashSet<String>>,
    state: watch::Sender<Keyring>,
    ring: Mutex<Option<mpsc::Sender<Job>>>,
    use_ring: bool,
}

impl Secrets {
    /// With the system's keyring; `use_ring` false keeps everything in memory.
    pub fn new(use_ring: bool) -> Secrets {
        Secrets {
            memory: Mutex::default(),
            absent: Mutex::default(),
            state: watch::Sender::new(if use_ring { Keyring::Unknown } else { Keyring::None }),
            ring: Mutex::default(),
            use_ring,
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

    /// Where the secret of `user` is. Asks the keyring.
    pub async fn whereabouts(&self, user: &str) -> SecretState {
        if lock(&self.memory).contains_key(user) {
            return SecretState::Memory;
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
        if !self.use_ring {
            return Err(Silence::None);
        }
        let (answer, heard) = oneshot::channel();
        self.send(Job { user: user.to_owned(), order, answer })?;
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
    fn send(&self, job: Job) -> Result<(), Silence> {
        let mut ring = lock(&self.ring);
        let job = match ring.as_ref() {
            Some(there) => match there.send(job) {
                Ok(()) => return Ok(()),
                Err(mpsc::SendError(job)) => job,
            },
            None => job,
        };
        let (sender, jobs) = mpsc::channel::<Job>();
        std::thread::Builder::new()
            .name("keyring".to_owned())
            .spawn(move || {
                for job in jobs {
                    // Who asked may have stopped waiting; then a late order is still carried out, its answer is dropped.
                    let _ = job.answer.send(carry_out(&job.user, job.order));
                }
            })
            .map_err(|_| Silence::None)?;
        sender.send(job).map_err(|_| Silence::None)?;
        *ring = Some(sender);
        Ok(())
    }
}

fn carry_out(user: &str, order: Order) -> Result<Option<Secret>, Silence> {
    let entry = keyring::v1::Entry::new(SERVICE, user).map_err(|error| silence(&error))?;
    // Bytes, not text: Windows counts text twice, and a SecurityToken of 1,300 characters would not fit.
    let result = match order {
        Order::Get => entry.get_secret().and_then(|bytes| {
            String::from_utf8(bytes)
                .map(|text| Some(Secret::new(text)))
                .map_err(|wrong| keyring::v1::Error::BadEncoding(wrong.into_bytes()))
        }),
        Order::Put(secret) => {
            let bytes = Zeroizing::new(secret.expose().as_bytes().to_vec());
            entry.set_secret(&bytes).map(|()| None)
        }
        Order::Forget => entry.delete_credential().map(|()| None),
    };
    match result {
        Err(keyring::v1::Error::NoEntry) => Ok(None),
        Ok(answer) => Ok(answer),
        Err(error) => {
            // The error's own text may quote what was stored.
            tracing::warn!(keyring = kind(&error), "keyring");
            Err(silence(&error))
        }
    }
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
mod tests {
    use super::*;

    fn text(secret: Result<Secret, SecretState>) -> Result<String, SecretState> {
        secret.map(|secret| secret.expose().to_owned())
    }

    #[tokio::test]
    async fn without_a_keyring_secrets_live_in_memory_until_forgotten() {
        let secrets = Secrets::new(false);
        assert_eq!(text(secrets.get("a").await), Err(SecretState::Missing));
        assert_eq!(secrets.put("a", Secret::new("s".into())).await, SecretState::Memory);
        assert_eq!(secrets.put("a/token", Secret::new("t".into())).await, SecretState::Memory);
        assert_eq!(text(secrets.get("a").await), Ok("s".into()));
        assert_eq!(secrets.whereabouts("a").await, SecretState::Memory);
        assert_eq!(secrets.probe().await, Keyring::None);
        assert!(secrets.forget_profile("a").await);
        assert_eq!(text(secrets.get("a").await), Err(SecretState::Missing));
        assert_eq!(text(secrets.get("a/token").await), Err(SecretState::Missing));
    }

    #[test]
    fn nothing_is_asked_before_it_is_needed() {
        let secrets = Secrets::new(true);
        assert_eq!(secrets.state(), Keyring::Unknown);
        assert!(lock(&secrets.ring).is_none());
    }

    /// The real keyring of this session, under a user that nobody has.
    #[tokio::test]
    async fn the_real_keyring_takes_gives_and_forgets() {
        let secrets = Secrets::new(true);
        let state = secrets.probe().await;
        if state != Keyring::Open {
            eprintln!("SKIPPED: no open Secret Service in this session ({state:?})");
            return;
        }
        let user = format!("test {}", std::process::id());
        // As long as a SecurityToken gets, and not ASCII.
        let long = "令牌".repeat(650);
        assert_eq!(text(secrets.get(&user).await), Err(SecretState::Missing));
        assert_eq!(secrets.put(&user, Secret::new(long.clone())).await, SecretState::Stored);
        assert_eq!(secrets.whereabouts(&user).await, SecretState::Stored);
        assert_eq!(text(Secrets::new(true).get(&user).await), Ok(long));
        assert_eq!(secrets.put(&user, Secret::new("new".into())).await, SecretState::Stored);
        assert_eq!(text(secrets.get(&user).await), Ok("new".into()));
        assert!(secrets.forget_profile(&user).await);
        assert_eq!(text(secrets.get(&user).await), Err(SecretState::Missing));
    }
}
