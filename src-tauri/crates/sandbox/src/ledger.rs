//! The log of requests, so that a test can say "no more than". Holds no secret; knows no rules.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

/// One request that came in.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Action of VOD or operation of OSS (`UploadPart`); empty if it was neither.
    pub action: String,
    /// Key of the object, or empty.
    pub object: String,
    /// Algorithm it claims to be signed with (`OSS4-HMAC-SHA256`, `OSS`, `ACS3-HMAC-SHA256`, `HMAC-SHA1`), or empty.
    pub signed: &'static str,
    /// Media id it concerned, as far as known.
    pub media: Option<String>,
    /// Part number.
    pub part: Option<u32>,
    /// Bytes of body that arrived.
    pub bytes: u64,
    /// Status answered; `None` when the connection ended without an answer.
    pub status: Option<u16>,
    /// Code of a refusal.
    pub code: Option<String>,
    /// Whether weather struck it.
    pub struck: bool,
    /// Milliseconds since the sandbox started.
    pub at_ms: u64,
    /// Milliseconds it took.
    pub took_ms: u64,
}

/// All requests so far, in the order they ended.
#[derive(Clone, Debug, Default)]
pub struct Requests(pub Vec<Request>);

impl Requests {
    /// How many called `action`.
    pub fn count(&self, action: &str) -> usize {
        self.of(action).count()
    }

    /// Those that called `action`.
    pub fn of<'a>(&'a self, action: &'a str) -> impl Iterator<Item = &'a Request> {
        self.0.iter().filter(move |request| request.action == action)
    }

    /// How many called `action` and were answered with success.
    pub fn good(&self, action: &str) -> usize {
        self.of(action).filter(|it| it.status.is_some_and(|status| status < 300)).count()
    }

    /// Bytes of request bodies, of all or of one `action`.
    pub fn bytes(&self, action: Option<&str>) -> u64 {
        self.0
            .iter()
            .filter(|it| action.is_none_or(|action| it.action == action))
            .map(|it| it.bytes)
            .sum()
    }
}

pub(crate) struct Ledger {
    started: Instant,
    lines: Mutex<Vec<Request>>,
    count: watch::Sender<usize>,
    stalls: watch::Sender<usize>,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            lines: Mutex::default(),
            count: watch::Sender::new(0),
            stalls: watch::Sender::new(0),
        }
    }

    pub(crate) fn all(&self) -> Requests {
        Requests(self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Tells whenever a request has ended.
    pub(crate) fn watch(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }

    /// Weather keeps a request waiting.
    pub(crate) fn note_stall(&self) {
        self.stalls.send_modify(|stalls| *stalls += 1);
    }

    /// Tells whenever weather begins to keep a request waiting, and how many there have been.
    pub(crate) fn watch_stalls(&self) -> watch::Receiver<usize> {
        self.stalls.subscribe()
    }

    /// Opens a line; it is written when dropped, whatever became of the request.
    pub(crate) fn open(&self, request: Request) -> Line<'_> {
        Line { ledger: self, begun: Instant::now(), request }
    }
}

/// A request being answered.
pub(crate) struct Line<'a> {
    ledger: &'a Ledger,
    begun: Instant,
    pub(crate) request: Request,
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let ms = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(0);
        let mut request = std::mem::take(&mut self.request);
        request.at_ms = ms(self.begun.duration_since(self.ledger.started));
        request.took_ms = ms(self.begun.elapsed());
        tracing::debug!(
            method = request.method,
            action = request.action,
            part = request.part,
            bytes = request.bytes,
            status = request.status,
            code = request.code,
            struck = request.struck,
            "request"
        );
        let mut lines = self.ledger.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(request);
        let count = lines.len();
        drop(lines);
        self.ledger.count.send_replace(count);
    }
}
