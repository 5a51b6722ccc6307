//! The keeper of secrets against keyrings that are locked, slow, false or real.

use std::io::Write as _;
use std::sync::Condvar;

use super::*;

/// A keyring of the test's own: locked or open, at once or by a prompt that waits for the user.
#[derive(Default)]
pub(crate) struct FakeKeyring {
    inside: Mutex<Inside>,
    changed: Condvar,
}

#[derive(Default)]
struct Inside {
    kept: HashMap<String, String>,
    locked: bool,
    /// Readings wait until the prompt is answered.
    prompt: bool,
    /// How many wait.
    waiting: usize,
    /// Changes that are swallowed: told as done, not done.
    swallows: bool,
    deleted: Vec<String>,
}

impl FakeKeyring {
    pub(crate) fn lock(&self, locked: bool) {
        lock(&self.inside).locked = locked;
    }

    pub(crate) fn swallow(&self, swallows: bool) {
        lock(&self.inside).swallows = swallows;
    }

    pub(crate) fn prompt(&self, prompt: bool) {
        lock(&self.inside).prompt = prompt;
        self.changed.notify_all();
    }

    pub(crate) fn kept(&self, user: &str) -> Option<String> {
        lock(&self.inside).kept.get(user).cloned()
    }

    pub(crate) fn deleted(&self) -> Vec<String> {
        lock(&self.inside).deleted.clone()
    }

    /// Blocks until somebody waits at the prompt.
    fn until_asked(&self) {
        let inside = lock(&self.inside);
        drop(self.changed.wait_while(inside, |inside| inside.waiting == 0));
    }

    fn open(&self) -> Result<MutexGuard<'_, Inside>, Silence> {
        let mut inside = lock(&self.inside);
        inside.waiting += 1;
        self.changed.notify_all();
        let mut inside = self.changed.wait_while(inside, |inside| inside.prompt).unwrap();
        inside.waiting -= 1;
        if inside.locked { Err(Silence::Locked) } else { Ok(inside) }
    }
}

impl SecretStore for FakeKeyring {
    fn get(&self, user: &str) -> Result<Option<Secret>, Silence> {
        Ok(self.open()?.kept.get(user).cloned().map(Secret::new))
    }

    fn put(&self, user: &str, secret: &Secret) -> Result<(), Silence> {
        let mut inside = self.open()?;
        if !inside.swallows {
            inside.kept.insert(user.to_owned(), secret.expose().to_owned());
        }
        Ok(())
    }

    fn delete(&self, user: &str) -> Result<(), Silence> {
        let mut inside = self.open()?;
        inside.kept.remove(user);
        inside.deleted.push(user.to_owned());
        Ok(())
    }
}

fn text(secret: Result<Secret, SecretState>) -> Result<String, SecretState> {
    secret.map(|secret| secret.expose().to_owned())
}

#[tokio::test]
async fn without_a_keyring_secrets_live_in_memory_until_forgotten() {
    let secrets = Secrets::new(None);
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

#[tokio::test]
async fn what_was_given_up_is_not_carried_out_when_the_prompt_is_answered_at_last() {
    let ring = Arc::new(FakeKeyring::default());
    let secrets = Secrets::new(Some(ring.clone()));
    assert_eq!(secrets.put("a", Secret::new("one".into())).await, SecretState::Stored);
    ring.prompt(true);
    // The clock stands still but for those who wait: a time-out is over at once, however long the prompt stays.
    let asked = {
        let ring = ring.clone();
        async move {
            tokio::task::spawn_blocking(move || ring.until_asked()).await.unwrap();
            tokio::time::pause();
        }
    };
    let (got, ()) = tokio::join!(secrets.get("a"), asked);
    assert_eq!(text(got), Err(SecretState::Locked));
    assert!(!secrets.forget("a").await, "the keyring may still hold it");
    assert_eq!(secrets.put("a", Secret::new("two".into())).await, SecretState::Memory);
    assert!(!secrets.forget("b").await);
    ring.prompt(false);
    // Answers come in the order of the questions: behind this one nothing is left over.
    tokio::time::resume();
    assert_eq!(text(secrets.get("c").await), Err(SecretState::Missing));
    assert_eq!(ring.deleted(), [] as [&str; 0]);
    assert_eq!(ring.kept("a").as_deref(), Some("one"));
    // What could only be kept in memory is handed over when it is looked for.
    assert_eq!(secrets.whereabouts("a").await, SecretState::Stored);
    assert_eq!(ring.kept("a").as_deref(), Some("two"));
}

#[tokio::test]
async fn a_copy_counts_only_when_it_can_be_read_back() {
    let ring = Arc::new(FakeKeyring::default());
    let secrets = Secrets::new(Some(ring.clone()));
    assert_eq!(secrets.copy("a", "b").await, Ok(false), "there is nothing to copy");
    secrets.put("a", Secret::new("one".into())).await;
    ring.swallow(true);
    assert_eq!(secrets.copy("a", "b").await, Err(SecretState::Locked));
    assert_eq!(text(secrets.get("b").await), Err(SecretState::Missing));
    ring.swallow(false);
    assert_eq!(secrets.copy("a", "b").await, Ok(true));
    ring.lock(true);
    assert_eq!(secrets.copy("a", "c").await, Err(SecretState::Locked));
}

#[test]
fn nothing_is_asked_before_it_is_needed() {
    let secrets = Secrets::new(Some(Arc::new(SystemKeyring)));
    assert_eq!(secrets.state(), Keyring::Unknown);
    assert!(lock(&secrets.ring).is_none());
}

/// The real keyring of this session, under a user that nobody has.
#[tokio::test]
async fn the_real_keyring_takes_gives_and_forgets() {
    let secrets = Secrets::new(Some(Arc::new(SystemKeyring)));
    let state = secrets.probe().await;
    if state != Keyring::Open {
        // Past the runner, which swallows what a passing test says.
        let why =
            "the_real_keyring_takes_gives_and_forgets: no open Secret Service in this session";
        writeln!(std::io::stderr(), "skipped: {why} ({state:?})").unwrap();
        return;
    }
    let user = format!("test {}", std::process::id());
    // As long as a SecurityToken gets, and not ASCII.
    let long = "令牌".repeat(650);
    assert_eq!(text(secrets.get(&user).await), Err(SecretState::Missing));
    assert_eq!(secrets.put(&user, Secret::new(long.clone())).await, SecretState::Stored);
    assert_eq!(secrets.whereabouts(&user).await, SecretState::Stored);
    assert_eq!(text(Secrets::new(Some(Arc::new(SystemKeyring))).get(&user).await), Ok(long));
    assert_eq!(secrets.put(&user, Secret::new("new".into())).await, SecretState::Stored);
    assert_eq!(text(secrets.get(&user).await), Ok("new".into()));
    assert!(secrets.forget_profile(&user).await);
    assert_eq!(text(secrets.get(&user).await), Err(SecretState::Missing));
}
