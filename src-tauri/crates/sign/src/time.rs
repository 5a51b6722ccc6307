//! The three ways the cloud writes an instant. Knows no clock.

use jiff::{Timestamp, civil::DateTime, fmt::rfc2822, tz::TimeZone};

const ISO: &str = "%Y-%m-%dT%H:%M:%SZ";
const COMPACT: &str = "%Y%m%dT%H%M%SZ";

/// `2026-01-02T03:04:05Z`
pub(crate) fn iso(at: Timestamp) -> String {
    at.strftime(ISO).to_string()
}

/// `20260102T030405Z`
pub(crate) fn compact(at: Timestamp) -> String {
    at.strftime(COMPACT).to_string()
}

/// `Fri, 02 Jan 2026 03:04:05 GMT`
pub(crate) fn http(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn parse(format: &str, text: &str) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(DateTime::strptime(format, text).ok()?).ok()
}

pub(crate) fn parse_iso(text: &str) -> Option<Timestamp> {
    parse(ISO, text)
}

pub(crate) fn parse_compact(text: &str) -> Option<Timestamp> {
    parse(COMPACT, text)
}

pub(crate) fn parse_http(text: &str) -> Option<Timestamp> {
    rfc2822::parse(text).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_comes_back() {
        let at: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        assert_eq!(iso(at), "2026-01-02T03:04:05Z");
        assert_eq!(compact(at), "20260102T030405Z");
        assert_eq!(http(at), "Fri, 02 Jan 2026 03:04:05 GMT");
        assert_eq!(parse_iso(&iso(at)), Some(at));
        assert_eq!(parse_compact(&compact(at)), Some(at));
        assert_eq!(parse_http(&http(at)), Some(at));
        assert_eq!(parse_iso("yesterday"), None);
        assert_eq!(parse_compact("20261302T030405Z"), None);
        assert_eq!(parse_http(""), None);
    }
}
