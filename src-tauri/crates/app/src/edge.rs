//! Time, ids and the environment: the only things the app takes from its surroundings without being given them.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::secrets::{SecretStore, SystemKeyring};

/// How a variable of the environment is looked up.
pub type Environment = dyn Fn(&str) -> Option<String> + Send + Sync;

/// What the surroundings say. Tests bring their own.
#[derive(Clone)]
pub struct Edge {
    /// The wall clock.
    pub now: fn() -> Timestamp,
    /// A fresh UUIDv7.
    pub id: fn() -> Uuid,
    /// A text never used before, for signatures.
    pub nonce: fn() -> String,
    /// A variable of the environment; none when it is not text.
    pub env: Arc<Environment>,
    /// The system's keyring; without one secrets are kept in memory.
    pub keyring: Option<Arc<dyn SecretStore>>,
}

impl Edge {
    /// The real ones.
    pub fn system() -> Edge {
        Edge {
            now: clock,
            id: fresh,
            nonce: once,
            env: Arc::new(environment),
            keyring: Some(Arc::new(SystemKeyring)),
        }
    }

    /// The language tag of the system: `LC_ALL`, `LC_MESSAGES`, `LANG`, else what the platform says.
    pub fn locale(&self) -> String {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| (self.env)(name).filter(|tag| !tag.is_empty()))
            .or_else(sys_locale::get_locale)
            .unwrap_or_else(|| "en".to_owned())
    }
}

#[expect(clippy::disallowed_methods, reason = "the edge: everything else is given the time")]
fn clock() -> Timestamp {
    Timestamp::now()
}

#[expect(clippy::disallowed_methods, reason = "the edge: everything else is given its ids")]
fn fresh() -> Uuid {
    Uuid::now_v7()
}

#[expect(clippy::disallowed_methods, reason = "the edge: everything else is given its chance")]
fn once() -> String {
    Uuid::new_v4().to_string()
}

#[expect(clippy::disallowed_methods, reason = "the edge: everything else is given the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
