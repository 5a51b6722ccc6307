//! Bytes on their way and bytes that arrived: levels to be sampled, never events. And the tap that limits them.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::config::ms;
use crate::model::Millis;

/// The levels of one transfer.
#[derive(Debug, Default)]
pub struct Meter {
    flight: AtomicU64,
    flying: AtomicU32,
    moved: AtomicU64,
    refreshing: AtomicBool,
    numbers: Mutex<Vec<u32>>,
}

impl Meter {
    /// A part takes off. Its bytes vanish from the level when the guard is dropped, whatever became of them.
    pub fn flight(self: &Arc<Self>, number: u32) -> Flight {
        self.flying.fetch_add(1, Relaxed);
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner).push(number);
        Flight { meter: self.clone(), number, bytes: AtomicU64::new(0) }
    }

    /// Bytes on their way.
    pub fn in_flight(&self) -> u64 {
        self.flight.load(Relaxed)
    }

    /// Parts on their way.
    pub fn flying(&self) -> u32 {
        self.flying.load(Relaxed)
    }

    /// Which parts are on their way.
    pub fn flying_numbers(&self) -> Vec<u32> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every byte that ever went out, also those that have to go again.
    pub fn moved(&self) -> u64 {
        self.moved.load(Relaxed)
    }

    /// The credential is being renewed.
    pub fn refreshing(&self) -> bool {
        self.refreshing.load(Relaxed)
    }

    pub(crate) fn set_refreshing(&self, on: bool) {
        self.refreshing.store(on, Relaxed);
    }
}

/// The bytes of one part on its way.
#[derive(Debug)]
pub struct Flight {
    meter: Arc<Meter>,
    number: u32,
    bytes: AtomicU64,
}

impl Flight {
    /// So many more went out.
    pub fn add(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
        self.meter.flight.fetch_add(bytes, Relaxed);
        self.meter.moved.fetch_add(bytes, Relaxed);
    }

    /// The part begins again.
    pub fn again(&self) {
        self.meter.flight.fetch_sub(self.bytes.swap(0, Relaxed), Relaxed);
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.again();
        self.meter.flying.fetch_sub(1, Relaxed);
        let mut numbers = self.meter.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = numbers.iter().position(|n| *n == self.number) {
            numbers.swap_remove(at);
        }
    }
}

/// A token bucket for all transfers together. Its rate changes while others sleep for it, and zero closes it: a limiter
/// of fixed quotas, as the crates of the field have it, can do neither.
#[derive(Debug)]
pub struct Tap {
    state: Mutex<TapState>,
    changed: Notify,
}

#[derive(Debug)]
struct TapState {
    rate: Option<u64>,
    /// When everything handed out so far will have been earned.
    paid_until: Instant,
}

impl Tap {
    /// Open, or limited to so many bytes per second.
    pub fn new(rate: Option<u64>) -> Self {
        let state = Mutex::new(TapState { rate, paid_until: Instant::now() });
        Self { state, changed: Notify::new() }
    }

    /// Takes effect at once: whoever sleeps for the old rate wakes and asks again.
    pub fn set(&self, rate: Option<u64>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.rate != rate {
            *state = TapState { rate, paid_until: Instant::now() };
            drop(state);
            self.changed.notify_waiters();
        }
    }

    /// Nothing limits it now.
    pub(crate) fn is_open(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).rate.is_none()
    }

    /// How much of so many bytes may be taken at a time when so many take turns: each has its turn every second, so that
    /// no connection falls silent. OSS closes one that is idle for about a minute.
    pub(crate) fn slice(&self, bytes: usize, takers: usize) -> usize {
        let rate = self.state.lock().unwrap_or_else(PoisonError::into_inner).rate;
        let share = rate
            .map_or(usize::MAX, |rate| usize::try_from(rate).unwrap_or(usize::MAX) / takers.max(1));
        bytes.min(share.max(1))
    }

    /// Waits until so many bytes may go.
    pub async fn take(&self, bytes: u64) {
        loop {
            // Listens before it asks: a change in between is not missed.
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            let wait = self.price(bytes, Instant::now());
            if wait.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => return,
                () = changed => {}
            }
        }
    }

    fn price(&self, bytes: u64, now: Instant) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(rate) = state.rate else { return Duration::ZERO };
        // Idle time earns at most a tenth of a second: no burst after a pause.
        let from = state.paid_until.max(now.checked_sub(Duration::from_millis(100)).unwrap_or(now));
        let micros = bytes.saturating_mul(1_000_000) / rate.max(1);
        state.paid_until = from + Duration::from_micros(micros);
        state.paid_until.saturating_duration_since(now)
    }
}

/// Average rate over 5 s and a time left that does not flicker (design/ui.md 6).
#[derive(Clone, Debug, Default)]
pub struct Sampler {
    samples: VecDeque<(Instant, u64)>,
    since: Option<Instant>,
    /// What was shown last, and when.
    shown: Option<(Millis, Instant)>,
    higher_since: Option<Instant>,
}

/// Shorter than this no rate is worth telling.
const SHORT: Duration = Duration::from_millis(100);
/// The average goes over so long, and before that there is no time left.
const SPAN: Duration = Duration::from_secs(5);
/// So long it must stay higher.
const HIGHER: Duration = Duration::from_secs(3);

impl Sampler {
    /// Notes the level at a moment. By the monotonic clock: one that is set is no reason for another speed.
    pub fn note(&mut self, now: Instant, moved: u64) {
        if self.since.is_none() {
            self.since = Some(now);
        }
        self.samples.push_back((now, moved));
        while self.samples.len() > 2 && self.samples[1].0 + SPAN <= now {
            self.samples.pop_front();
        }
    }

    /// Nothing moves any more.
    pub fn stop(&mut self) {
        *self = Self::default();
    }

    /// Whether anything was noted since it last stopped.
    pub fn is_idle(&self) -> bool {
        self.samples.is_empty()
    }

    /// Bytes per second.
    pub fn rate(&self) -> u64 {
        let (Some(first), Some(last)) = (self.samples.front(), self.samples.back()) else {
            return 0;
        };
        let span = last.0.saturating_duration_since(first.0);
        let moved = last.1.saturating_sub(first.1);
        if span < SHORT { 0 } else { moved.saturating_mul(1_000) / ms(span) }
    }

    /// Time left for so many bytes: nothing before 5 s of data, may fall at once, rises only when it stays 15 % higher
    /// for 3 s.
    pub fn left(&mut self, now: Instant, bytes: u64) -> Option<Millis> {
        let rate = self.rate();
        if self.since.is_none_or(|since| now < since + SPAN) || rate == 0 {
            return None;
        }
        let left = bytes.saturating_mul(1_000) / rate;
        // What was shown goes on falling with the clock.
        let expected = self
            .shown
            .map(|(shown, at)| shown.saturating_sub(ms(now.saturating_duration_since(at))));
        let Some(expected) = expected.filter(|expected| left > *expected) else {
            self.higher_since = None;
            self.shown = Some((left, now));
            return Some(left);
        };
        let much = left > expected.saturating_add(expected * 15 / 100);
        let since = *self.higher_since.get_or_insert(now);
        if !much {
            self.higher_since = None;
        } else if now >= since + HIGHER {
            self.higher_since = None;
            self.shown = Some((left, now));
            return Some(left);
        }
        Some(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_arrive_vanishes_from_the_level() {
        let meter = Arc::new(Meter::default());
        let flight = meter.flight(3);
        flight.add(10);
        assert_eq!((meter.in_flight(), meter.flying(), meter.flying_numbers()), (10, 1, vec![3]));
        drop(flight);
        assert_eq!((meter.in_flight(), meter.flying(), meter.moved()), (0, 0, 10));
    }

    #[test]
    fn the_tap_earns_its_bytes_and_allows_no_burst() {
        let tap = Tap::new(Some(1_000));
        let start = Instant::now() + Duration::from_mins(1);
        assert_eq!(tap.price(100, start), Duration::ZERO);
        assert_eq!(tap.price(1_000, start), Duration::from_secs(1));
        tap.set(None);
        assert_eq!(tap.price(1 << 40, start), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn who_sleeps_for_a_limit_wakes_when_it_is_lifted_or_changed() {
        let tap = Arc::new(Tap::new(Some(1)));
        let begun = tokio::time::Instant::now();
        let sleeping = [3_600, 7_200].map(|bytes| {
            let tap = tap.clone();
            tokio::time::timeout(Duration::from_hours(10), async move { tap.take(bytes).await })
        });
        let [first, second] = sleeping;
        let change = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            tap.set(Some(3_600));
            tokio::time::sleep(Duration::from_secs(2)).await;
            tap.set(None);
        };
        let (first, second, ()) = tokio::join!(first, second, change);
        assert!(first.is_ok() && second.is_ok());
        // Seconds of the paused clock, not of the wall.
        assert_eq!(begun.elapsed().as_secs(), 3);
    }

    #[test]
    fn at_a_low_rate_everybody_has_a_turn_every_second() {
        let tap = Tap::new(Some(1_000));
        assert_eq!((tap.slice(262_144, 8), tap.slice(262_144, 2_000)), (125, 1));
        tap.set(Some(100_000_000));
        assert_eq!(tap.slice(262_144, 8), 262_144);
        tap.set(None);
        assert_eq!(tap.slice(262_144, 64), 262_144);
    }

    #[test]
    fn time_left_falls_at_once_and_rises_slowly() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut s = Sampler::default();
        for second in 0..=6 {
            s.note(at(second * 1_000), second * 100);
        }
        assert_eq!(s.rate(), 100);
        assert_eq!(s.left(at(6_000), 1_000), Some(10_000));
        assert_eq!(s.left(at(6_000), 500), Some(5_000));
        assert_eq!(s.left(at(6_000), 1_000), Some(5_000));
        assert_eq!(s.left(at(8_999), 1_000), Some(2_001));
        assert_eq!(s.left(at(9_000), 1_000), Some(10_000));
        assert_eq!(Sampler::default().left(start, 1), None);
    }
}
