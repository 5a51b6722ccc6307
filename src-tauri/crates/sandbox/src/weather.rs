//! Faults on demand: which request meets which mishap, how often. Knows no sockets and does nothing itself.
//!
//! The written form is documented at [`Weather`] and read by `weather/text.rs`.

mod chance;
mod text;

use std::time::Duration;

use crate::life::{Kind, Status};

pub use text::Unreadable;

/// Every action and verb the sandbox knows, so that a misspelt rule is an error and not a silent one; those of VOD first.
pub(crate) const ACTIONS: [&str; 28] = [
    "CreateUploadVideo",
    "RefreshUploadVideo",
    "CreateUploadImage",
    "CreateUploadAttachedMedia",
    "GetMezzanineInfo",
    "GetVideoInfo",
    "GetVideoInfos",
    "GetImageInfo",
    "GetAttachedMediaInfo",
    "DeleteVideo",
    "DeleteImage",
    "DeleteAttachedMedia",
    "UpdateVideoInfo",
    "GetCategories",
    "ListTranscodeTemplateGroup",
    "DeleteMultipartUpload",
    "ListAppInfo",
    "GetPlayInfo",
    "GetVideoList",
    "SearchMedia",
    "PutObject",
    "InitiateMultipartUpload",
    "UploadPart",
    "ListParts",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
    "HeadObject",
    "GetObjectMeta",
];

/// The actions of VOD.
pub(crate) fn vod_actions() -> &'static [&'static str] {
    &ACTIONS[..20]
}

/// Rules for what goes wrong; the first rule that fits a request is the one that acts.
///
/// Its written form has one rule a line, `TARGET [on KIND] EFFECT [skip N] [×N | ×N%]` (`x` will do for
/// `×`, a colon after the target and `#` comments are fine; without a count a rule acts always):
///
/// ```text
/// part 3          cut after 64 KiB      ×1
/// PUT *           503 SlowDown          ×2
/// pass            expires in 1s
/// complete        answer lost           ×1
/// head            wrong crc             ×1
/// part 2-5 on audio  stall 2s after 1 MiB  ×5%
/// clock           +20m
/// seed 42 intensity 10%
/// ```
///
/// Targets: `*`, `vod`, `oss`, `PUT *` (an HTTP method of OSS), `put`, `initiate`, `part [N|N-M]`, `list`,
/// `complete`, `abort`, `head`, `create`, `refresh`, `status`, `delete`, `pass` (the credential being
/// handed out), or the full name of an action.
///
/// Effects: `cut [after BYTES]`, `stall [TIME] [after BYTES]`, `STATUS CODE [retry TIME]`,
/// `early STATUS CODE` (answered before the body is read), `expired`, `expires in TIME`, `answer lost`,
/// `wrong crc`, `wrong etag`, `corrupt`, `half`, `html [STATUS]`, `gateway xml`, `forget upload`,
/// `forget media`, `redirect [URL]`, `huge [BYTES]`, `slow TIME`, `moved`, `clock ±TIME`, `ends STATUS`,
/// `no v4`, `no v1` (OSS does not take signatures of that version), `other region` (the credential
/// handed out names a region that is not the bucket's).
#[derive(Clone, Debug, Default)]
pub struct Weather {
    rules: Vec<Rule>,
    chance: Option<chance::Chance>,
    skew_ms: Option<i64>,
}

/// One line of weather.
#[derive(Clone, Debug, PartialEq)]
struct Rule {
    target: Target,
    kind: Option<Kind>,
    effect: Effect,
    /// How many more requests that fit are let through first.
    skip: u32,
    /// How many more times it acts; `None` is always.
    left: Option<u32>,
    /// In how many of a hundred cases it acts.
    percent: Option<f64>,
}

#[derive(Clone, Debug, PartialEq)]
enum Target {
    Any,
    Vod,
    Oss,
    Method(String),
    Actions(Vec<&'static str>),
    Part { from: u32, to: u32 },
    Pass,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    Cut { after: Option<u64> },
    Stall { time: Option<Duration>, after: Option<u64> },
    Refuse { status: u16, code: String, retry: Option<Duration>, early: bool },
    Expire { within: Duration },
    AnswerLost,
    WrongCrc,
    WrongEtag,
    Corrupt,
    Half,
    Html { status: u16 },
    GatewayXml,
    ForgetUpload,
    ForgetMedia,
    Redirect { to: Option<String> },
    Huge { bytes: u64 },
    Slow { time: Duration },
    Moved,
    NoV4,
    NoV1,
    OtherRegion,
    Clock { ms: i64 },
    Ends { status: Status },
}

/// What weather may look at in a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) action: &'a str,
    pub(crate) oss: bool,
    pub(crate) method: &'a str,
    pub(crate) object: &'a str,
    pub(crate) part: Option<u32>,
    pub(crate) kind: Option<Kind>,
    pub(crate) signed: &'a str,
}

impl Weather {
    /// Nothing goes wrong.
    pub fn fair() -> Self {
        Self::default()
    }

    /// How far the server's clock is off, when a rule says so, in milliseconds.
    pub(crate) fn skew_ms(&self) -> Option<i64> {
        self.skew_ms
    }

    /// What happens to this request; the rule that acts has one time less.
    pub(crate) fn strike(&mut self, scene: Scene<'_>) -> Option<Effect> {
        for rule in &mut self.rules {
            if rule.target != Target::Pass
                && rule.fits(scene)
                && let Some(effect) = rule.act()
            {
                return Some(effect);
            }
        }
        self.chance.as_mut().and_then(|chance| chance.strike(scene))
    }

    /// How long the credential being handed out for a `kind` is to live, when a rule says so.
    pub(crate) fn pass_life(&mut self, kind: Kind) -> Option<Duration> {
        for rule in &mut self.rules {
            if rule.target == Target::Pass
                && rule.kind.is_none_or(|it| it == kind)
                && let Some(Effect::Expire { within }) = rule.act()
            {
                return Some(within);
            }
        }
        None
    }
}

impl Rule {
    fn fits(&self, scene: Scene<'_>) -> bool {
        if self.kind.is_some() && self.kind != scene.kind {
            return false;
        }
        if self.effect == Effect::NoV4 && scene.signed != "OSS4-HMAC-SHA256"
            || self.effect == Effect::NoV1 && scene.signed != "OSS"
        {
            return false;
        }
        match &self.target {
            Target::Any => true,
            Target::Vod => !scene.oss,
            Target::Oss => scene.oss,
            Target::Method(method) => scene.oss && method == scene.method,
            Target::Actions(actions) => actions.contains(&scene.action),
            Target::Part { from, to } => {
                scene.action == "UploadPart"
                    && scene.part.is_some_and(|part| (*from..=*to).contains(&part))
            }
            Target::Pass => false,
        }
    }

    fn act(&mut self) -> Option<Effect> {
        if self.left == Some(0) {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        if let Some(percent) = self.percent
            && chance::roll() * 100.0 >= percent
        {
            return None;
        }
        self.left = self.left.map(|left| left - 1);
        Some(self.effect.clone())
    }
}
