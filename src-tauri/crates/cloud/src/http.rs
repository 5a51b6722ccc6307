//! Sends one signed request and reads its answer under a watchdog. Knows no operation and no error code.

use std::{
    error::Error as StdError,
    io,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use ::http::{HeaderMap, StatusCode, header, request::Parts};
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use jiff::{Timestamp, fmt::rfc2822};
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;
use vodlift_sign::Secret;

use crate::{Client, Error, Kind, Proxy, grant::loopback, proxy, redact::clean, redact::masked};

/// An answer is read to here and then given up: no operation of ours has a longer one.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// A request ready to go: its head is signed, nothing may be added any more.
pub(crate) struct Call {
    pub operation: &'static str,
    pub url: Url,
    pub head: Parts,
    pub body: Body,
    /// What must not appear in any text made from the answer.
    pub secrets: Vec<Secret>,
}

/// A whole answer, of at most 1 MiB.
pub(crate) struct Answer {
    pub operation: &'static str,
    pub host: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub server_time: Option<Timestamp>,
    pub skew_s: Option<i64>,
    secrets: Vec<Secret>,
}

impl Answer {
    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim).filter(|value| !value.is_empty())
    }

    /// The whole answer, fit to be looked at.
    pub(crate) fn masked(&self) -> String {
        masked(&self.body, &self.secrets)
    }

    /// A text of the answer without our secrets in it.
    pub(crate) fn clean(&self, text: &str) -> String {
        clean(text, &self.secrets)
    }

    /// An error that says all that is known without reading the body.
    pub(crate) fn error(&self, kind: Kind) -> Error {
        let mut error = Error::new(self.operation, kind);
        let facts = error.facts_mut();
        facts.host = Some(self.host.clone());
        facts.status = Some(self.status.as_u16());
        facts.server_time = self.server_time;
        facts.skew_s = self.skew_s;
        facts.request_id = self
            .header("x-oss-request-id")
            .or_else(|| self.header("x-acs-request-id"))
            .map(|id| self.clean(id));
        error
    }
}

/// The body of a request.
pub(crate) enum Body {
    Whole(Bytes),
    Stream { length: u64, chunks: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>> },
}

impl Client {
    /// The connections to use: those with TLS, or the plain ones that only loopback gets.
    pub(crate) fn http(&self, secure: bool) -> Result<&reqwest::Client, Error> {
        let cell = if secure { &self.secure } else { &self.plain };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let builder = self.builder(secure)?;
        let builder = if secure {
            let unusable = |_| roots_unusable("a certificate cannot be used");
            let roots = self.roots.as_ref().map_err(|reason| roots_unusable(reason))?;
            let roots = roots.iter().map(|der| reqwest::Certificate::from_der(der));
            builder.tls_certs_merge(roots.collect::<Result<Vec<_>, _>>().map_err(unusable)?)
        } else {
            builder
        };
        let client = builder.build().map_err(unusable)?;
        Ok(cell.get_or_init(|| client))
    }

    /// The way out of the settings, whom it believes left open.
    pub(crate) fn builder(&self, secure: bool) -> Result<reqwest::ClientBuilder, Error> {
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .http1_only()
            .tcp_nodelay(true)
            .tcp_keepalive(Duration::from_secs(30))
            .connect_timeout(self.transport.connect_timeout)
            // OSS closes idle connections after about a minute; a shorter life avoids writing into a closed one.
            .pool_idle_timeout(Duration::from_secs(45))
            .user_agent(&self.transport.user_agent);
        if !secure {
            // No certificates are read for connections that never use them; loopback needs no proxy, and no name server:
            // one that knows `*.localhost` as something else would be believed (RFC 6761).
            return Ok(builder.no_proxy().tls_certs_only([]).dns_resolver(Arc::new(Loopback)));
        }
        let proxy = self.proxy.as_ref().map_err(|reason| proxy::unusable(reason))?;
        Ok(match (proxy, &self.transport.proxy) {
            (Some(proxy), _) => builder.proxy(proxy.clone()),
            (None, Proxy::System) => builder,
            (None, _) => builder.no_proxy(),
        })
    }

    /// Sends one request. Errors only if no whole answer came back; a refusal is an answer.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, Error> {
        let Call { operation, url, head, body, secrets } = call;
        let host = authority(&url);
        let failed = |kind: Kind| {
            let mut error = Error::new(operation, kind);
            error.facts_mut().host = Some(host.clone());
            error
        };
        let secure = url.scheme() == "https";
        if !(secure || (url.scheme() == "http" && loopback(&url))) {
            return Err(failed(Kind::Address));
        }
        let spared = self.transport.proxy.spares(&url);
        let pulse = Pulse::new(self.transport.connect_timeout, self.transport.idle_timeout);
        let wants_body = head.method != ::http::Method::HEAD;
        let mut request = reqwest::Request::new(head.method, url);
        *request.headers_mut() = head.headers;
        let length = match &body {
            Body::Whole(bytes) => bytes.len() as u64,
            Body::Stream { length, .. } => *length,
        };
        if length > 0 || !matches!(*request.method(), reqwest::Method::GET | reqwest::Method::HEAD)
        {
            request.headers_mut().insert(header::CONTENT_LENGTH, length.into());
        }
        *request.body_mut() = match body {
            Body::Whole(bytes) if bytes.is_empty() => None,
            Body::Whole(bytes) => Some(bytes.into()),
            Body::Stream { length, chunks } => Some(reqwest::Body::wrap_stream(Sending {
                chunks,
                left: length,
                pulse: Arc::clone(&pulse),
            })),
        };

        let client = self.http(secure)?;
        let mut sending = pin!(client.execute(request));
        let mut arrived = None;
        while arrived.is_none() {
            let deadline = pulse.deadline();
            match timeout_at(deadline, sending.as_mut()).await {
                Ok(result) => arrived = Some(result),
                // The body moved meanwhile: not silent, only slow.
                Err(_) if pulse.deadline() > deadline => {}
                Err(_) => return Err(failed(Kind::Timeout)),
            }
        }
        let lost = |e: reqwest::Error| {
            if let Some(source) = pulse.source_error() {
                return failed(Kind::Body).because(source);
            }
            let kind = kind_of(&e);
            // Behind a proxy only the proxy itself is looked up and connected to: it is the one who is missing.
            let proxy = self.transport.proxy.address().filter(|_| secure && !spared);
            let missing = matches!(kind, Kind::Dns | Kind::Connect) && proxy.is_some();
            let mut error = failed(if missing { Kind::ProxyDown } else { kind });
            if missing || matches!(kind, Kind::Proxy | Kind::ProxyRefused) {
                error.facts_mut().host = proxy.or_else(|| error.host.clone());
            }
            error.because(e.without_url())
        };
        let mut response = match arrived {
            Some(Ok(response)) => response,
            Some(Err(e)) => return Err(lost(e)),
            None => return Err(failed(Kind::Timeout)),
        };
        let (server_time, skew_s) = self.learn_clock(&host, response.headers());
        let mut answer = Answer {
            operation,
            host: host.clone(),
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body: Bytes::new(),
            server_time,
            skew_s,
            secrets,
        };
        tracing::debug!(operation, %host, status = answer.status.as_u16(), "answer");

        if wants_body {
            let mut body = BytesMut::new();
            while let Some(chunk) =
                match timeout(self.transport.idle_timeout, response.chunk()).await {
                    Ok(Ok(chunk)) => chunk,
                    Ok(Err(e)) => return Err(answer.error(Kind::Cut).because(e.without_url())),
                    Err(_) => return Err(answer.error(Kind::Timeout)),
                }
            {
                if body.len() + chunk.len() > LONGEST_ANSWER {
                    return Err(answer.error(Kind::TooLarge));
                }
                body.extend_from_slice(&chunk);
            }
            answer.body = body.freeze();
        }
        Ok(answer)
    }

    /// Reads `Date`, remembers how far this server's clock is from ours. A web page's word about the time is not taken.
    fn learn_clock(&self, host: &str, headers: &HeaderMap) -> (Option<Timestamp>, Option<i64>) {
        let date = headers.get(header::DATE).and_then(|value| value.to_str().ok());
        let Some(server) = date.and_then(|text| rfc2822::parse(text).ok()) else {
            return (None, None);
        };
        let server = server.timestamp();
        let skew_s = server.duration_since((self.transport.now)()).as_secs();
        let html = headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
        if !html {
            let offset = if skew_s.abs() < 5 { 0 } else { skew_s };
            let mut offsets = self.offsets.lock().unwrap_or_else(PoisonError::into_inner);
            offsets.insert(host.to_owned(), offset);
        }
        (Some(server), Some(skew_s))
    }
}

/// How the connector says that a proxy wants another password; it has no type for that. A proxy that is away says none
/// of these, and is a missing network.
const PROXY_REFUSALS: [&str; 4] = [
    "proxy authorization required",
    "server does not support user/pass authentication",
    "server implements authentication incorrectly",
    "credentials not accepted",
];

/// How it says that a proxy answers and does not carry us on. One that hangs up without an answer is away.
const PROXY_REFUSES: [&str; 2] =
    ["tunnel error: unsuccessful", "tunnel error: proxy response headers too long"];

fn roots_unusable(reason: &str) -> Error {
    let mut error = Error::new("Settings", Kind::Roots);
    error.facts_mut().message = Some(reason.to_owned());
    error
}

/// Every name is this computer.
#[derive(Debug)]
struct Loopback;

impl reqwest::dns::Resolve for Loopback {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let here: [std::net::SocketAddr; 2] =
            [(std::net::Ipv4Addr::LOCALHOST, 0).into(), (std::net::Ipv6Addr::LOCALHOST, 0).into()];
        let here: reqwest::dns::Addrs = Box::new(here.into_iter());
        Box::pin(std::future::ready(Ok(here)))
    }
}

/// Settings no connection can be made from.
pub(crate) fn unusable(e: reqwest::Error) -> Error {
    Error::new("Settings", Kind::Settings).because(e.without_url())
}

/// Host, and the port where it is not the usual one.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// What became of a request that brought no answer.
pub(crate) fn kind_of(e: &reqwest::Error) -> Kind {
    let mut tls = false;
    let mut offline = false;
    let mut words = String::new();
    let mut next: Option<&(dyn StdError + 'static)> = Some(e);
    while let Some(cause) = next {
        words.push_str(&cause.to_string());
        words.push('\n');
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            offline |= matches!(
                io.kind(),
                io::ErrorKind::NetworkUnreachable
                    | io::ErrorKind::NetworkDown
                    | io::ErrorKind::HostUnreachable
            );
        }
        tls |= speaks_tls(cause);
        next = cause.source();
    }
    let words = words.to_lowercase();
    if !e.is_connect() {
        return if e.is_timeout() { Kind::Timeout } else { Kind::Cut };
    }
    if e.is_dns() || words.contains("dns error") {
        Kind::Dns
    } else if tls {
        Kind::Tls
    } else if offline {
        Kind::Offline
    } else if PROXY_REFUSALS.iter().any(|refusal| words.contains(refusal)) {
        Kind::Proxy
    } else if PROXY_REFUSES.iter().any(|refusal| words.contains(refusal)) {
        Kind::ProxyRefused
    } else {
        Kind::Connect
    }
}

/// TLS errors hide in I/O errors, which may lie in one another and do not name them as their source.
fn speaks_tls(cause: &(dyn StdError + 'static)) -> bool {
    let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    cause.is::<rustls::Error>() || inner.is_some_and(|inner| speaks_tls(inner))
}

/// What the watchdog looks at: when did the wire last take something from us.
struct Pulse {
    idle: Duration,
    state: Mutex<Beat>,
}

struct Beat {
    /// The wire showed life; before the first byte, the connection may still take its time.
    last: Instant,
    first: Option<Instant>,
    /// The wire waits for us (a slow disk, a rate limit): no reason to give up.
    ours: bool,
    done: bool,
    failed: Option<io::Error>,
}

impl Pulse {
    fn new(connect: Duration, idle: Duration) -> Arc<Self> {
        let last = Instant::now() + connect;
        let state = Beat { last, first: None, ours: false, done: false, failed: None };
        Arc::new(Self { idle, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, Beat> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deadline(&self) -> Instant {
        let state = self.state();
        if state.ours {
            return Instant::now() + self.idle;
        }
        // The system may hold megabytes when the last byte has left us: a link that took long for
        // the body may take as long again for what is held. 13 s of silence at 300 KB/s is slow, not dead.
        let held = match state.first {
            Some(first) if state.done => state.last.saturating_duration_since(first),
            Some(_) | None => Duration::ZERO,
        };
        state.last + self.idle + held
    }

    fn source_error(&self) -> Option<io::Error> {
        self.state().failed.take()
    }
}

/// The chunks of a body on their way out: counted, and watched.
struct Sending {
    chunks: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>,
    left: u64,
    pulse: Arc<Pulse>,
}

impl Stream for Sending {
    type Item = Result<Bytes, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let now = Instant::now();
        {
            let mut state = self.pulse.state();
            // Being asked for more means that the wire took what it had.
            if !state.ours {
                state.last = now;
            }
            state.first.get_or_insert(now);
        }
        let polled = self.chunks.as_mut().poll_next(cx);
        let left = self.left;
        let (result, left) = match polled {
            Poll::Pending => {
                self.pulse.state().ours = true;
                return Poll::Pending;
            }
            Poll::Ready(Some(Ok(chunk))) => match left.checked_sub(chunk.len() as u64) {
                Some(left) => (Some(Ok(chunk)), left),
                None => (Some(Err(io::Error::other("body is longer than announced"))), left),
            },
            Poll::Ready(None) if left > 0 => (
                Some(Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "body is shorter than announced",
                ))),
                left,
            ),
            Poll::Ready(None) => (None, 0),
            Poll::Ready(Some(Err(e))) => (Some(Err(e)), left),
        };
        self.left = left;
        let mut state = self.pulse.state();
        state.last = now;
        state.ours = false;
        state.done = result.is_none() || left == 0;
        Poll::Ready(match result {
            Some(Err(e)) => {
                let told = io::Error::new(e.kind(), "the source of the body failed");
                state.failed = Some(e);
                Some(Err(told))
            }
            other => other,
        })
    }
}
