//! Reads weather as people write it. Knows the words; knows nothing of what they do.

use std::str::FromStr;
use std::time::Duration;

use super::{ACTIONS, Effect, Rule, Target, Weather, chance::Chance};
use crate::life::{Kind, Status};

/// A line of weather that cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("weather line {line}: {why}")]
pub struct Unreadable {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

impl FromStr for Weather {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let mut weather = Self::default();
        for (index, line) in text.lines().enumerate() {
            let words = words(line);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            read(&mut weather, &words).map_err(|why| Unreadable { line: index + 1, why })?;
        }
        Ok(weather)
    }
}

fn read(weather: &mut Weather, words: &[&str]) -> Result<(), String> {
    match words {
        [] => {}
        ["seed", seed, "intensity", share] => {
            let seed = seed.parse().map_err(|_| format!("no seed: {seed}"))?;
            weather.chance = Some(Chance::new(seed, intensity(share)?));
        }
        ["clock", by] => weather.skew_ms = Some(signed_ms(by)?),
        words => weather.rules.push(rule(words)?),
    }
    Ok(())
}

/// The words of a line; a number and its unit are one word.
fn words(line: &str) -> Vec<String> {
    let line = line.split('#').next().unwrap_or_default().replace('×', " x");
    let mut words: Vec<String> = Vec::new();
    for word in line.split_whitespace() {
        let word = word.strip_suffix(':').unwrap_or(word);
        let unit = UNITS.iter().any(|(unit, _)| unit.eq_ignore_ascii_case(word))
            || TIMES.iter().any(|(unit, _)| *unit == word);
        match words.last_mut() {
            Some(last) if unit && last.bytes().all(|b| b.is_ascii_digit()) => last.push_str(word),
            Some(_) | None => words.push(word.to_owned()),
        }
    }
    words
}

fn rule(words: &[&str]) -> Result<Rule, String> {
    let (target, mut rest) = target(words)?;
    let mut kind = None;
    if let ["on" | "of", word, more @ ..] = rest {
        kind = Some(Kind::from_word(word).ok_or_else(|| format!("no kind: {word}"))?);
        rest = more;
    }
    let (mut skip, mut left, mut percent) = (0, None, None);
    loop {
        match rest {
            [more @ .., "skip", n] => {
                skip = n.parse().map_err(|_| format!("no number: {n}"))?;
                rest = more;
            }
            [more @ .., times] if is_times(times) => {
                let n = &times[1..];
                if let Some(share) = n.strip_suffix('%') {
                    percent = Some(share.parse().map_err(|_| format!("no share: {n}"))?);
                } else {
                    left = Some(n.parse().map_err(|_| format!("no count: {n}"))?);
                }
                rest = more;
            }
            _ => break,
        }
    }
    let effect = effect(rest)?;
    if target == Target::Pass && !matches!(effect, Effect::Expire { .. }) {
        return Err("a pass can only expire".into());
    }
    Ok(Rule { target, kind, effect, skip, left, percent })
}

/// `x3` or `x5%`, but not `xml`.
fn is_times(word: &str) -> bool {
    word.strip_prefix('x').is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit()))
}

fn target<'a>(words: &'a [&'a str]) -> Result<(Target, &'a [&'a str]), String> {
    Ok(match words {
        [method @ ("PUT" | "POST" | "GET" | "DELETE" | "HEAD"), "*", rest @ ..] => {
            (Target::Method((*method).to_owned()), rest)
        }
        ["part", range, rest @ ..] if range.starts_with(|c: char| c.is_ascii_digit()) => {
            // `part 503 SlowDown` is a refusal of every part, not of part 503.
            if rest.first().is_some_and(|word| is_code(word)) {
                return Ok((Target::Actions(vec!["UploadPart"]), &words[1..]));
            }
            let (from, to) = range.split_once('-').unwrap_or((range, range));
            let number = |n: &str| n.parse().map_err(|_| format!("no part number: {n}"));
            (Target::Part { from: number(from)?, to: number(to)? }, rest)
        }
        ["*", rest @ ..] => (Target::Any, rest),
        ["vod", rest @ ..] => (Target::Vod, rest),
        ["oss", rest @ ..] => (Target::Oss, rest),
        ["pass", rest @ ..] => (Target::Pass, rest),
        [name, rest @ ..] => (Target::Actions(actions(name)?), rest),
        [] => return Err("empty".into()),
    })
}

fn is_code(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_uppercase())
}

fn actions(name: &str) -> Result<Vec<&'static str>, String> {
    let named = match name.to_ascii_lowercase().as_str() {
        "put" => vec!["PutObject"],
        "initiate" => vec!["InitiateMultipartUpload"],
        "part" => vec!["UploadPart"],
        "list" => vec!["ListParts"],
        "complete" => vec!["CompleteMultipartUpload"],
        "abort" => vec!["AbortMultipartUpload"],
        "head" => vec!["HeadObject", "GetObjectMeta"],
        "create" => vec!["CreateUploadVideo", "CreateUploadImage", "CreateUploadAttachedMedia"],
        "refresh" => vec!["RefreshUploadVideo"],
        "status" => vec![
            "GetMezzanineInfo",
            "GetVideoInfo",
            "GetVideoInfos",
            "GetImageInfo",
            "GetAttachedMediaInfo",
        ],
        "delete" => vec!["DeleteVideo", "DeleteImage", "DeleteAttachedMedia"],
        other => ACTIONS.into_iter().filter(|it| it.eq_ignore_ascii_case(other)).collect(),
    };
    if named.is_empty() { Err(format!("no such target: {name}")) } else { Ok(named) }
}

fn effect(words: &[&str]) -> Result<Effect, String> {
    Ok(match words {
        ["cut"] => Effect::Cut { after: None },
        ["cut", "after", n] => Effect::Cut { after: Some(bytes(n)?) },
        ["stall"] => Effect::Stall { time: None, after: None },
        ["stall", "after", n] => Effect::Stall { time: None, after: Some(bytes(n)?) },
        ["stall", t] => Effect::Stall { time: Some(time(t)?), after: None },
        ["stall", t, "after", n] => Effect::Stall { time: Some(time(t)?), after: Some(bytes(n)?) },
        ["expired"] => Effect::Expire { within: Duration::ZERO },
        ["expires", "in", t] => Effect::Expire { within: time(t)? },
        ["answer", "lost"] => Effect::AnswerLost,
        ["wrong", "crc"] => Effect::WrongCrc,
        ["wrong", "etag"] => Effect::WrongEtag,
        ["corrupt"] => Effect::Corrupt,
        ["half"] | ["half", "answer"] => Effect::Half,
        ["html"] => Effect::Html { status: 200 },
        ["html", status] => Effect::Html { status: self::status(status)? },
        ["gateway", "xml"] => Effect::GatewayXml,
        ["forget", "upload"] => Effect::ForgetUpload,
        ["forget", "media"] => Effect::ForgetMedia,
        ["redirect"] => Effect::Redirect { to: None },
        ["redirect", to] => Effect::Redirect { to: Some((*to).to_owned()) },
        // A hundred megabytes where a few hundred bytes belong.
        ["huge"] => Effect::Huge { bytes: 100_000_000 },
        ["huge", n] => Effect::Huge { bytes: bytes(n)? },
        ["slow", t] => Effect::Slow { time: time(t)? },
        ["moved"] => Effect::Moved,
        ["no", "v4"] => Effect::NoV4,
        ["no", "v1"] => Effect::NoV1,
        ["other", "region"] => Effect::OtherRegion,
        ["clock", by] => Effect::Clock { ms: signed_ms(by)? },
        ["ends", word] => Effect::Ends {
            status: Status::from_word(word).ok_or_else(|| format!("no status: {word}"))?,
        },
        ["early", status, code] => refuse(status, code, None, true)?,
        [status, code] => refuse(status, code, None, false)?,
        [status, code, "retry", t] => refuse(status, code, Some(time(t)?), false)?,
        other => return Err(format!("no such effect: {}", other.join(" "))),
    })
}

fn refuse(
    status: &str,
    code: &str,
    retry: Option<Duration>,
    early: bool,
) -> Result<Effect, String> {
    Ok(Effect::Refuse { status: self::status(status)?, code: code.to_owned(), retry, early })
}

fn status(word: &str) -> Result<u16, String> {
    word.parse().ok().filter(|it| (200..600).contains(it)).ok_or(format!("no such effect: {word}"))
}

const UNITS: [(&str, u64); 7] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("KB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("B", 1),
];

fn bytes(word: &str) -> Result<u64, String> {
    let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = &word[digits.len()..];
    let factor = if unit.is_empty() {
        Some(1)
    } else {
        UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).map(|(_, factor)| *factor)
    };
    match (digits.parse::<u64>(), factor) {
        (Ok(n), Some(factor)) => n.checked_mul(factor).ok_or(format!("too many bytes: {word}")),
        (Ok(_) | Err(_), _) => Err(format!("no number of bytes: {word}")),
    }
}

const TIMES: [(&str, u64); 4] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

fn time(word: &str) -> Result<Duration, String> {
    let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit());
    let factor = TIMES.iter().find(|(name, _)| *name == &word[digits.len()..]);
    match (digits.parse::<u64>(), factor) {
        (Ok(n), Some((_, factor))) => Ok(Duration::from_millis(n.saturating_mul(*factor))),
        (Ok(_) | Err(_), _) => Err(format!("no time: {word}")),
    }
}

fn signed_ms(word: &str) -> Result<i64, String> {
    let (sign, rest) = match word.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        Some(_) | None => return Err(format!("a clock is off by + or - something: {word}")),
    };
    i64::try_from(time(rest)?.as_millis())
        .map(|ms| sign * ms)
        .map_err(|_| format!("too far off: {word}"))
}

fn intensity(word: &str) -> Result<f64, String> {
    let share = match word.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().map(|it| it / 100.0),
        None => word.parse(),
    };
    share
        .ok()
        .filter(|it| (0.0..=1.0).contains(it))
        .ok_or_else(|| format!("an intensity is from 0 to 1: {word}"))
}

#[cfg(test)]
mod tests;
