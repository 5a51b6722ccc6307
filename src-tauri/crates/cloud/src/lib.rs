//! ApsaraVideo VOD and OSS, one request per call. Never retries, never rests, never caches, keeps no credential.
//!
//! A call signs, sends, reads the answer and says what it was. What to do about it is the engine's.
//! Time and chance come from [`Transport`]; the only thing remembered is how far the server's clock
//! is from ours ([`Client::clock`]).

mod answer;
mod certificate;
pub mod crc64;
mod error;
pub mod grant;
mod http;
mod lenient;
mod oss;
mod proxy;
mod redact;
mod roots;
pub mod server;
pub mod vod;

use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::CertificateDer;

pub use crate::{
    certificate::{Certificate, Distrust, Shown},
    error::{Error, Facts, Kind},
    grant::{Address, DecodeError, Grant, Pass},
    oss::{Object, Page, Stored, StoredPart},
    proxy::{EnvironmentProxy, Proxy},
    redact::clean,
    roots::Roots,
};
pub use vodlift_sign::{Credential, Secret};

/// How requests to OSS are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signature {
    /// OSS4-HMAC-SHA256, the default.
    V4,
    /// The old header signature, refused by new accounts.
    V1,
}

/// How a request to OSS is signed in full.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Signing {
    /// For this region, `cn-shanghai`.
    V4 {
        /// The bucket's.
        region: String,
    },
    /// Knows no region.
    V1,
}

/// How requests to VOD are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VodSignature {
    /// ACS3-HMAC-SHA256, the default.
    Acs3,
    /// RPC signature 1.0.
    Rpc1,
}

/// Everything about connections.
#[derive(Clone, Debug)]
pub struct Transport {
    /// The way out.
    pub proxy: Proxy,
    /// Root certificates trusted besides the system's.
    pub tls_root: Option<Roots>,
    /// Longest wait for a connection: name, TCP and TLS together.
    pub connect_timeout: Duration,
    /// Longest time without any progress, either way. There is no limit to the whole request.
    pub idle_timeout: Duration,
    /// Sent with every request.
    pub user_agent: String,
    /// For OSS.
    pub oss_signature: Signature,
    /// For VOD.
    pub vod_signature: VodSignature,
    /// Our clock.
    pub now: fn() -> Timestamp,
    /// A text never used before (ACS3 and RPC refuse a repeated nonce), such as a UUID.
    pub nonce: fn() -> String,
}

/// Talks to VOD, OSS and credential servers. Cheap to make; connections are kept and reused.
#[derive(Debug)]
pub struct Client {
    transport: Transport,
    /// Or why the own ones cannot be used, which is told to what needs them and to nothing else.
    roots: Result<Vec<CertificateDer<'static>>, String>,
    proxy: Result<Option<reqwest::Proxy>, String>,
    plain: OnceLock<reqwest::Client>,
    secure: OnceLock<reqwest::Client>,
    /// Seconds that each server's clock is ahead of ours, as its own answers say.
    offsets: Mutex<HashMap<String, i64>>,
}

impl Client {
    /// Takes the settings. What is wrong with them stops only what needs them: own root certificates (`Kind::Roots`) and
    /// proxies (`Kind::ProxyUnusable`) are told by the first https request, or by [`Client::warm`], which also sets TLS up.
    pub fn new(transport: Transport) -> Self {
        let roots = transport.tls_root.as_ref().map_or_else(|| Ok(vec![]), Roots::certificates);
        let proxy = transport.proxy.connector();
        Self {
            transport,
            roots,
            proxy,
            plain: OnceLock::new(),
            secure: OnceLock::new(),
            offsets: Mutex::default(),
        }
    }

    /// How the next request with this pass is signed.
    pub fn signing(&self, address: &Address, pass: &Pass) -> Signing {
        pass.signing.clone().unwrap_or_else(|| match self.transport.oss_signature {
            Signature::V4 => Signing::V4 { region: pass.region_for(address) },
            Signature::V1 => Signing::V1,
        })
    }

    /// Sets TLS up (20 to 30 ms of reading certificates and starting the crypto library). Blocks:
    /// for a background thread after the window stands.
    pub fn warm(&self) -> Result<(), Error> {
        self.http(true).map(|_| ())
    }

    /// The clock of a server minus ours, as its last answer said; zero while they are within 5 s. None before it has
    /// answered. Another server's clock says nothing about it.
    pub fn clock(&self, host: &str) -> Option<SignedDuration> {
        let offsets = self.offsets.lock().unwrap_or_else(PoisonError::into_inner);
        offsets.get(host).copied().map(SignedDuration::from_secs)
    }

    /// The time to sign with for a server: ours, corrected by what was learned from it.
    pub fn now(&self, host: &str) -> Timestamp {
        let now = (self.transport.now)();
        now.saturating_add(self.clock(host).unwrap_or_default()).unwrap_or(now)
    }
}
