//! The sandbox's own time: what its clock shows, and how old things are. Knows nothing of requests.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

/// Two hands on one clock: tests move the age of things and the shown time apart from each other,
/// because a client whose own clock is right must not be refused when a test lets an hour pass.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    aged_ms: AtomicI64,
    skew_ms: AtomicI64,
}

impl Clock {
    /// Time by which credentials expire and media ripen, in milliseconds since the epoch.
    pub(crate) fn now_ms(&self) -> i64 {
        real_ms() + self.aged_ms.load(Ordering::Relaxed)
    }

    /// Time the server believes it is: `Date` headers and the check of signed times.
    pub(crate) fn shown(&self) -> Timestamp {
        timestamp(real_ms() + self.skew_ms.load(Ordering::Relaxed))
    }

    /// Time at which something `after_ms` later than `now_ms()` happens, as the server shows it.
    pub(crate) fn shown_at(&self, at_ms: i64) -> Timestamp {
        let aged = self.aged_ms.load(Ordering::Relaxed);
        timestamp(at_ms - aged + self.skew_ms.load(Ordering::Relaxed))
    }

    pub(crate) fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.aged_ms.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) fn skew(&self, ms: i64) {
        self.skew_ms.store(ms, Ordering::Relaxed);
    }
}

/// `ms` since the epoch as a timestamp; the epoch itself if it is out of range.
pub(crate) fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}

/// `2026-01-02T03:04:05Z`.
pub(crate) fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `Fri, 02 Jan 2026 03:04:05 GMT`.
pub(crate) fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[expect(clippy::disallowed_methods, reason = "the one place where the sandbox reads the clock")]
fn real_ms() -> i64 {
    Timestamp::now().as_millisecond()
}
