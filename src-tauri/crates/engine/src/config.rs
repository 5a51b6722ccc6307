//! How an engine behaves: plain numbers, passed in, never global and without a default.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

/// Everything that can be set. The app makes it from the settings, tests make it small.
#[derive(Clone, Debug)]
pub struct Config {
    /// Transfers that send at a time.
    pub sending: usize,
    /// Parts on their way at a time, all transfers together; 0: automatic.
    pub parts: usize,
    /// Bytes of one part; 0: automatic.
    pub part_size: u64,
    /// A file that changed less than this ago is still being written, and is waited for.
    pub still: Duration,
    /// Speed limit.
    pub limit: Option<Limit>,
    /// How faults rest.
    pub rest: Rest,
    /// How VOD is asked.
    pub poll: Poll,
    /// How long a cancel can be taken back.
    pub grace: Duration,
    /// Cancel also deletes the media id at VOD, as long as VOD has no file for it.
    pub remove_at_vod: bool,
    /// A file that changed while it was sent starts over by itself.
    pub restart_changed: bool,
    /// A drive that gives no sign of life for so long does not answer.
    pub patience: Duration,
    /// What ended longer ago is taken out of the history; none: nothing ever.
    pub keep_history: Option<Duration>,
    /// Time between frames; a tenth of a second while something is inspected.
    pub tick: Duration,
}

/// How faults rest: full jitter over a doubling time.
#[derive(Clone, Copy, Debug)]
pub struct Rest {
    /// First rest.
    pub base: Duration,
    /// Longest rest.
    pub cap: Duration,
    /// Counted faults in a row before the person is asked.
    pub attempts: u32,
}

/// How VOD is asked whether it has the file.
#[derive(Clone, Copy, Debug)]
pub struct Poll {
    /// First wait; doubles.
    pub first: Duration,
    /// Longest wait between two looks in the first minutes; of hours of waiting it becomes ten times that.
    pub cap: Duration,
}

/// A speed limit with a weekly schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Bytes per second; 0: no bytes at all.
    pub rate: u64,
    /// When it holds, local time; empty: always.
    pub periods: Vec<Period>,
}

/// A daily period on some days of the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// 0 is Monday.
    pub days: Vec<u8>,
    /// Minutes since midnight.
    pub from_min: u32,
    /// Minutes since midnight; not after `from_min`: ends on the next day.
    pub to_min: u32,
}

impl Limit {
    /// The rate in force at a moment; none: unlimited.
    pub fn at(&self, now: Timestamp, zone: &TimeZone) -> Option<u64> {
        if self.periods.is_empty() {
            return Some(self.rate);
        }
        let local = now.to_zoned(zone.clone());
        let today = local.weekday().to_monday_zero_offset().unsigned_abs();
        let minute =
            u32::from(local.hour().unsigned_abs()) * 60 + u32::from(local.minute().unsigned_abs());
        let holds = self.periods.iter().any(|p| {
            let yesterday = (today + 6) % 7;
            if p.from_min < p.to_min {
                p.days.contains(&today) && (p.from_min..p.to_min).contains(&minute)
            } else {
                (p.days.contains(&today) && minute >= p.from_min)
                    || (p.days.contains(&yesterday) && minute < p.to_min)
            }
        });
        holds.then_some(self.rate)
    }
}

/// Time and ids: the edge hands them in.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// The wall clock.
    pub now: fn() -> Timestamp,
    /// A new UUIDv7.
    pub id: fn() -> Uuid,
}

impl Edge {
    /// Milliseconds since the epoch.
    pub(crate) fn now_ms(self) -> u64 {
        u64::try_from((self.now)().as_millisecond()).unwrap_or(0)
    }
}

/// Which transfers of the journal an engine works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All that nobody else works on: the window.
    All,
    /// Only those it is asked for: the command line.
    Asked,
}

/// Milliseconds of a span.
pub(crate) fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_over_midnight_holds_on_both_sides() {
        let limit = Limit {
            rate: 9,
            periods: vec![Period { days: vec![0], from_min: 22 * 60, to_min: 6 * 60 }],
        };
        let at = |text: &str| limit.at(text.parse().unwrap(), &TimeZone::UTC);
        assert_eq!(at("2026-11-23T23:00:00Z"), Some(9)); // a Monday
        assert_eq!(at("2026-11-24T05:59:00Z"), Some(9));
        assert_eq!(at("2026-11-24T06:00:00Z"), None);
        assert_eq!(at("2026-11-24T23:00:00Z"), None);
        assert_eq!(
            Limit { rate: 5, periods: vec![] }
                .at("2026-11-24T23:00:00Z".parse().unwrap(), &TimeZone::UTC),
            Some(5)
        );
    }
}
