//! The one error of this crate: what was asked, what came back. Knows no sentence for people, and holds no secret.

use std::{error::Error as StdError, fmt, ops::Deref, time::Duration};

use jiff::Timestamp;

/// What kind of failure, as far as one request can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The address is refused before anything is sent: plain http beyond loopback, an odd scheme.
    Address,
    /// The credential cannot be used for signing (control characters inside).
    Credential,
    /// The connection settings are unusable: own root certificate, proxy address.
    Settings,
    /// No network at all: nothing is reachable.
    Offline,
    /// The name could not be looked up.
    Dns,
    /// The connection, or the one to the proxy, was refused or not established in time.
    Connect,
    /// The TLS handshake failed, most often for the certificate.
    Tls,
    /// The proxy wants a password, or another one.
    Proxy,
    /// The proxy was reached and does not carry us on; [`Facts::host`] is the proxy.
    ProxyRefused,
    /// The proxy was not reached; [`Facts::host`] is the proxy.
    ProxyDown,
    /// A proxy is named that cannot be used; [`Facts::message`] says who names it and why.
    ProxyUnusable,
    /// The own root certificates cannot be used; [`Facts::message`] says who names them and why.
    Roots,
    /// No progress for the agreed time; the request may have been carried out.
    Timeout,
    /// The connection broke; the request may have been carried out.
    Cut,
    /// The body could not be read from its source; the cause is an `io::Error`.
    Body,
    /// The cloud answered with an error.
    Status,
    /// A web page answered where the cloud should have: a sign-in page.
    Portal,
    /// An answer that cannot be understood.
    Shape,
    /// An answer of more than 1 MiB.
    TooLarge,
    /// A redirect, which is never followed.
    Redirect,
}

/// What is known of a failed request. All texts are free of secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The kind of failure.
    pub kind: Kind,
    /// The operation in the cloud's words: `CreateUploadVideo`, `UploadPart`.
    pub operation: &'static str,
    /// HTTP status, where an answer arrived.
    pub status: Option<u16>,
    /// The cloud's code.
    pub code: Option<String>,
    /// The cloud's sentence.
    pub message: Option<String>,
    /// The cloud's request id.
    pub request_id: Option<String>,
    /// OSS's finer code, such as `0002-00000226`.
    pub ec: Option<String>,
    /// The server's clock, from `Date` or `ServerTime`.
    pub server_time: Option<Timestamp>,
    /// Server's clock minus ours, in seconds.
    pub skew_s: Option<i64>,
    /// How long the far side asks to wait.
    pub retry_after: Option<Duration>,
    /// Whom we asked, with the port where it is not the usual one, or the proxy that could not be reached; never a path or a
    /// query.
    pub host: Option<String>,
    /// The endpoint the answer names as the right one.
    pub endpoint: Option<String>,
    /// An answer of a credential server that cannot be used, with dots for whatever could be a secret.
    pub answer: Option<String>,
}

/// A request that did not do what was asked. Displays as a lowercase fragment; the cause is the source.
pub struct Error {
    facts: Box<Facts>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(operation: &'static str, kind: Kind) -> Self {
        let facts = Facts {
            kind,
            operation,
            status: None,
            code: None,
            message: None,
            request_id: None,
            ec: None,
            server_time: None,
            skew_s: None,
            retry_after: None,
            host: None,
            endpoint: None,
            answer: None,
        };
        Self { facts: Box::new(facts), source: None }
    }

    /// A refusal with these words, as an answer would make it.
    pub fn refusal(operation: &'static str, status: u16, code: &str, message: &str) -> Self {
        let mut error = Self::new(operation, Kind::Status);
        error.facts.status = Some(status);
        error.facts.code = Some(code.to_owned());
        error.facts.message = Some(message.to_owned());
        error
    }

    pub(crate) fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn facts_mut(&mut self) -> &mut Facts {
        &mut self.facts
    }

    /// Nothing reached the far side, so repeating can do no harm.
    pub fn unsent(&self) -> bool {
        match self.kind {
            Kind::Address
            | Kind::Credential
            | Kind::Settings
            | Kind::Offline
            | Kind::Dns
            | Kind::Connect
            | Kind::Tls
            | Kind::Proxy
            | Kind::ProxyRefused
            | Kind::ProxyDown
            | Kind::ProxyUnusable
            | Kind::Roots => true,
            Kind::Timeout
            | Kind::Cut
            | Kind::Body
            | Kind::Status
            | Kind::Portal
            | Kind::Shape
            | Kind::TooLarge
            | Kind::Redirect => false,
        }
    }

    /// The far side asks for fewer requests, whatever status it dressed that in.
    ///
    /// VOD: `Throttling*` comes with HTTP 400. OSS: `QpsLimitExceeded` 429, the `…LimitExceeded` family 503.
    pub fn throttled(&self) -> bool {
        let code = self.code.as_deref().unwrap_or_default();
        code.starts_with("Throttling")
            || code.ends_with("LimitExceeded")
            || code == "SlowDown"
            || self.status == Some(429)
            || (self.kind == Kind::Status && self.retry_after.is_some())
    }

    /// A wrong clock, as far as the code says it. `RequestTimeTooSkewed` (OSS), `InvalidTimeStamp.*` (VOD).
    pub fn clock(&self) -> bool {
        let code = self.code.as_deref().unwrap_or_default();
        code == "RequestTimeTooSkewed" || code.starts_with("InvalidTimeStamp")
    }

    /// OSS refuses the region of the signature: EC 0002-00000226, -228, -715. It names no other one (protocol/oss.md 1.3).
    pub fn wrong_region(&self) -> bool {
        matches!(self.ec.as_deref(), Some("0002-00000226" | "0002-00000228" | "0002-00000715"))
    }

    /// Storage does not understand how the request is signed, as one that knows no V4 says it. EC 0002-00000227 is
    /// another matter: the signature is understood, and for another product.
    pub fn signature_unknown(&self) -> bool {
        self.status == Some(400)
            && self.code.as_deref() == Some("InvalidArgument")
            && !self.wrong_region()
            && self.ec.as_deref() != Some("0002-00000227")
    }

    /// OSS takes no V1 signature here: EC 0002-00000080.
    pub fn v1_refused(&self) -> bool {
        self.ec.as_deref() == Some("0002-00000080")
    }
}

impl Deref for Error {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.facts
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("facts", &self.facts).field("source", &self.source).finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            Kind::Address => "address refused",
            Kind::Credential => "credential cannot be used",
            Kind::Settings => "connection settings cannot be used",
            Kind::Offline => "no network",
            Kind::Dns => "name not found",
            Kind::Connect => "no connection",
            Kind::Tls => "no trusted connection",
            Kind::Proxy => "the proxy wants a password",
            Kind::ProxyRefused => "the proxy refused",
            Kind::ProxyDown => "the proxy does not answer",
            Kind::ProxyUnusable => "no usable proxy",
            Kind::Roots => "no usable root certificate",
            Kind::Timeout => "no progress",
            Kind::Cut => "connection broke",
            Kind::Body => "body could not be read",
            Kind::Status => "refused",
            Kind::Portal => "a web page answered",
            Kind::Shape => "answer not understood",
            Kind::TooLarge => "answer too large",
            Kind::Redirect => "redirected elsewhere",
        };
        write!(f, "{}: {what}", self.operation)?;
        if let Some(host) = &self.host {
            write!(f, " by {host}")?;
        }
        if let Some(status) = self.status {
            write!(f, " with status {status}")?;
        }
        if let Some(code) = &self.code {
            write!(f, ", {code}")?;
        }
        if let (Kind::Roots | Kind::ProxyUnusable, Some(reason)) = (self.kind, &self.message) {
            write!(f, ", {reason}")?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
