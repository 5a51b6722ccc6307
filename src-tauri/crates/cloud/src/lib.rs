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
mod redact;
pub mod server;
pub mod vod;

use std::{sync::OnceLock, sync::atomic::AtomicI64, time::Duration};

use jiff::{SignedDuration, Timestamp};

pub use crate::{
    certificate::{Certificate, Distrust, Shown},
    error::{Error, Facts, Kind},
    grant::{Address, DecodeError, Grant, Pass},
    oss::{Object, Page, Stored, StoredPart},
    redact::clean,
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

/// The way to the network.
#[derive(Clone, Debug)]
pub enum Proxy {
    /// As the system is set.
    System,
    /// Straight.
    None,
    /// An HTTP proxy (CONNECT).
    Http {
        /// Host name or address.
        host: String,
        /// Port.
        port: u16,
        /// User and password, if it asks.
        login: Option<(String, Secret)>,
    },
    /// A SOCKS5 proxy, which also looks names up.
    Socks5 {
        /// Host name or address.
        host: String,
        /// Port.
        port: u16,
        /// User and password, if it asks.
        login: Option<(String, Secret)>,
    },
}

/// Everything about connections.
#[derive(Clone, Debug)]
pub struct Transport {
    /// The way out.
    pub proxy: Proxy,
    /// A root certificate (PEM, one or more) trusted besides the system's.
    pub tls_root: Option<Vec<u8>>,
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
    roots: Vec<reqwest::Certificate>,
    proxy: Option<reqwest::Proxy>,
    plain: OnceLock<reqwest::Client>,
    secure: OnceLock<reqwest::Client>,
    offset_s: AtomicI64,
}

impl Client {
    /// Checks the settings (`Kind::Settings` if unusable). TLS is set up at the first https request,
    /// or by [`Client::warm`].
    pub fn new(transport: Transport) -> Result<Self, Error> {
        let settings =
            |e: reqwest::Error| Error::new("Settings", Kind::Settings).because(e.without_url());
        let roots = match &transport.tls_root {
            Some(pem) => reqwest::Certificate::from_pem_bundle(pem).map_err(settings)?,
            None => Vec::new(),
        };
        if transport.tls_root.is_some() && roots.is_empty() {
            return Err(Error::new("Settings", Kind::Settings).because("no certificate inside"));
        }
        let proxy = http::proxy(&transport.proxy).map_err(settings)?;
        Ok(Self {
            transport,
            roots,
            proxy,
            plain: OnceLock::new(),
            secure: OnceLock::new(),
            offset_s: AtomicI64::new(0),
        })
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

    /// Server's clock minus ours, learned from `Date` headers; zero while they are within 5 s.
    pub fn clock(&self) -> SignedDuration {
        SignedDuration::from_secs(self.offset_s.load(std::sync::atomic::Ordering::Relaxed))
    }

    /// The time to sign with: ours, corrected by what was learned.
    pub fn now(&self) -> Timestamp {
        let now = (self.transport.now)();
        now.saturating_add(self.clock()).unwrap_or(now)
    }
}
