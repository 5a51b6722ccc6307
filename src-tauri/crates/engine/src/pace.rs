//! How many parts may be on their way: permits of which there can be more or fewer, and the search for how many make the
//! link faster. Knows no part and no request.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

/// Parts on their way when nobody says how many and the link needs no more.
pub(crate) const FEW: usize = 8;
/// Parts on their way at most. Each holds two buffers and a thread that reads.
const MANY: usize = 64;
/// A connection this fast is not held back by loss or distance: more of them would only share what there is.
const FAST: u64 = 4_000_000;
/// Links change: what was found is looked at again.
const REST: Duration = Duration::from_mins(1);

/// How many permits to begin with when so many were asked for; 0: automatic.
pub(crate) fn permits(parts: usize) -> usize {
    if parts == 0 { FEW } else { parts }
}

/// Permits for parts on their way.
#[derive(Debug)]
pub(crate) struct Permits {
    free: Semaphore,
    size: AtomicUsize,
    /// Permits to take out of use as they come back.
    owed: AtomicUsize,
}

/// The right to have one part on its way.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    permits: &'a Permits,
    inner: Option<SemaphorePermit<'a>>,
}

impl Permits {
    pub(crate) fn new(size: usize) -> Self {
        Self { free: Semaphore::new(size), size: AtomicUsize::new(size), owed: AtomicUsize::new(0) }
    }

    /// How many there are, free or not.
    pub(crate) fn size(&self) -> usize {
        self.size.load(Relaxed)
    }

    /// How many are free now.
    fn free(&self) -> usize {
        self.free.available_permits()
    }

    /// Waits in line for one.
    pub(crate) async fn acquire(&self) -> Permit<'_> {
        // The semaphore lives as long as its permits and is never closed.
        Permit { permits: self, inner: self.free.acquire().await.ok() }
    }

    /// More at once; fewer as those in use come back.
    pub(crate) fn resize(&self, size: usize) {
        let old = self.size.swap(size, Relaxed);
        if size < old {
            let gone = self.free.forget_permits(old - size);
            self.owed.fetch_add(old - size - gone, Relaxed);
        } else {
            let more = size - old;
            let kept =
                self.owed.fetch_update(Relaxed, Relaxed, |owed| Some(owed.saturating_sub(more)));
            self.free.add_permits(more - kept.unwrap_or(0).min(more));
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let owed = &self.permits.owed;
        if owed.fetch_update(Relaxed, Relaxed, |owed| owed.checked_sub(1)).is_ok()
            && let Some(permit) = self.inner.take()
        {
            permit.forget();
        }
    }
}

/// Finds how many parts on their way make the link faster.
///
/// Where packets are lost or far away each connection carries a nearly fixed rate, so their number decides; elsewhere more
/// of them only crowd others out. So they are doubled as long as that makes the whole two fifths faster.
/// Only parts that arrived are counted: bytes given to the system say nothing of the link.
#[derive(Debug)]
pub(crate) struct Pace(Mutex<Search>);

#[derive(Debug)]
struct Search {
    step: Step,
    /// How many there were before, and how fast they were.
    before: Option<(usize, u64)>,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// So many more parts are not counted: they began before the change.
    Settle(usize),
    /// So many parts are counted from a moment on.
    Measure {
        left: usize,
        bytes: u64,
        since: Instant,
    },
    Rest {
        until: Instant,
    },
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Search { step: Step::Settle(FEW), before: None }))
    }

    /// A part of so many bytes arrived; its permit is still held.
    pub(crate) fn landed(&self, bytes: u64, permits: &Permits) {
        let mut search = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A part that has just landed elsewhere leaves its place free for a moment.
        let busy = permits.free() * 4 <= permits.size();
        if let Some(size) = search.landed(Instant::now(), bytes, permits.size(), busy) {
            tracing::debug!(from = permits.size(), to = size, "parts at a time");
            permits.resize(size);
        }
    }
}

impl Search {
    /// `bytes` arrived, with `size` parts at a time; `busy`: all of them are on their way. How many from now on?
    fn landed(&mut self, now: Instant, bytes: u64, size: usize, busy: bool) -> Option<usize> {
        match &mut self.step {
            Step::Rest { until } if now < *until => {}
            Step::Rest { .. } => *self = Self { step: Step::Settle(size), before: None },
            // Too few parts are left to fill what there is: nothing to be learned.
            Step::Settle(_) | Step::Measure { .. } if !busy => self.step = Step::Settle(size),
            Step::Settle(left) if *left > 1 => *left -= 1,
            Step::Settle(_) => self.step = Step::Measure { left: size, bytes: 0, since: now },
            Step::Measure { left, bytes: all, since } => {
                *all += bytes;
                *left -= 1;
                if *left == 0 {
                    let micros = u64::try_from((now - *since).as_micros()).unwrap_or(u64::MAX);
                    let rate = all.saturating_mul(1_000_000) / micros.max(1);
                    return self.decide(now, rate, size);
                }
            }
        }
        None
    }

    fn decide(&mut self, now: Instant, rate: u64, size: usize) -> Option<usize> {
        let rest = Step::Rest { until: now + REST };
        if let Some((fewer, old)) = self.before
            && rate < old + old * 2 / 5
        {
            *self = Self { step: rest, before: None };
            return Some(fewer);
        }
        if size >= MANY || rate / size as u64 >= FAST {
            *self = Self { step: rest, before: None };
            return None;
        }
        let more = (size * 2).min(MANY);
        *self = Self { step: Step::Settle(size), before: Some((size, rate)) };
        Some(more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn permits_can_be_fewer_while_they_are_in_use() {
        let permits = Permits::new(3);
        let (a, b, c) = (permits.acquire().await, permits.acquire().await, permits.acquire().await);
        permits.resize(1);
        drop((a, b));
        assert_eq!((permits.free(), permits.size()), (0, 1));
        drop(c);
        assert_eq!(permits.free(), 1);
        let d = permits.acquire().await;
        permits.resize(0);
        // One comes out of what is owed, the other is new.
        permits.resize(2);
        assert_eq!(permits.free(), 1);
        drop(d);
        assert_eq!(permits.free(), 2);
    }

    /// Forty seconds on a link whose rate depends on the number of parts: how many there were in the end and at most.
    fn forty_seconds(part: u64, link: impl Fn(usize) -> u64) -> (usize, usize) {
        let start = Instant::now();
        let mut search = Search { step: Step::Settle(FEW), before: None };
        let (mut size, mut most, mut now) = (FEW, FEW, start);
        while now < start + Duration::from_secs(40) {
            now += Duration::from_micros(part * 1_000_000 / link(size));
            if let Some(other) = search.landed(now, part, size, true) {
                size = other;
            }
            most = most.max(size);
        }
        (size, most)
    }

    #[test]
    fn where_each_connection_has_its_own_rate_there_are_many() {
        assert_eq!(forty_seconds(500_000, |parts| 325_000 * parts as u64), (MANY, MANY));
        assert_eq!(forty_seconds(500_000, |parts| 140_000 * parts as u64), (MANY, MANY));
        // 32 fill this link, 64 are no faster.
        let full = |parts: usize| (300_000 * parts as u64).min(9_600_000);
        assert_eq!(forty_seconds(500_000, full), (32, MANY));
    }

    #[test]
    fn where_few_fill_the_link_there_are_few() {
        assert_eq!(forty_seconds(500_000, |_| 1_200_000), (FEW, 2 * FEW));
        assert_eq!(forty_seconds(8_000_000, |parts| 500_000_000 + parts as u64), (FEW, FEW));
    }

    #[test]
    fn what_cannot_be_measured_changes_nothing() {
        let start = Instant::now();
        let mut search = Search { step: Step::Settle(FEW), before: None };
        for tick in 1..100 {
            let now = start + Duration::from_millis(tick * 100);
            assert_eq!(search.landed(now, 1_000, FEW, tick % 5 > 0), None);
        }
    }
}
