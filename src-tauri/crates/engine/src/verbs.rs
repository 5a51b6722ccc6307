//! One async function per verb, and the few requests they share. Knows the cloud; knows nothing of queues, wishes or rests.

mod ask;
mod finish;
mod follow;
mod reserve;
pub(crate) mod sums;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use vodlift_cloud as cloud;
use vodlift_cloud::server::Server;
use vodlift_cloud::{Address, Pass, Signing};

use crate::config::ms;
use crate::fault::{Class, Code, Fault, Side};
use crate::lease::{Account, Issuer};
use crate::machine::Verb;
use crate::media;
use crate::model::{Kind, Method, Millis, Phase, Transfer};
use crate::plan;
use crate::pump;
use crate::source_identity;
use crate::work::{End, Fact, Outcome, Work};

use ask::Told;
pub(crate) use ask::{Desks, TOGETHER};

/// The shared client.
pub type Client = Arc<cloud::Client>;

/// Why a verb cannot go on.
#[derive(Clone, Debug)]
pub(crate) enum Stop {
    Fault(Fault),
    /// VOD has the file; it used this word.
    Landed(String),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Fault(fault)
    }
}

type Ended = Result<End, Stop>;

/// Runs one verb to its end.
pub(crate) async fn run(w: Work, verb: Verb) -> Outcome {
    let mut facts = vec![];
    let cut = async {
        if repeatable(verb, &w.t, w.account.as_deref()) {
            w.halt.cancelled().await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    let ended = tokio::select! {
        biased;
        () = cut => Ok(End::Halted),
        ended = step(&w, verb, &mut facts) => ended,
    };
    let end = match ended {
        Ok(end) => end,
        Err(Stop::Fault(fault)) => End::Failed(fault),
        Err(Stop::Landed(word)) => {
            // Without a word it was storage that told.
            if !word.is_empty() {
                facts.push(Fact::Vod(word));
            }
            End::Landed
        }
    };
    Outcome { verb, end, facts }
}

async fn step(w: &Work, verb: Verb, facts: &mut Vec<Fact>) -> Ended {
    match verb {
        Verb::Inspect => inspect(w, facts).await,
        Verb::Reserve => reserve::reserve(w, facts).await,
        Verb::Open => open(w, facts).await,
        Verb::Send => pump::send(w, facts).await,
        Verb::Seal => finish::seal(w, facts).await,
        Verb::Verify => finish::verify(w, facts).await,
        Verb::Track => follow::track(w, facts).await,
        Verb::Discard => follow::discard(w, facts).await,
    }
}

/// Whether a step may be cut anywhere: what it did is found again. Only an id that VOD gave to an answer nobody heard, and
/// that has no reference of ours, would be left behind.
pub(crate) fn repeatable(verb: Verb, t: &Transfer, account: Option<&Account>) -> bool {
    let by_key = account.is_none_or(|account| matches!(account.issuer, Issuer::Key(_)));
    verb != Verb::Reserve || t.pasted || (t.kind.renews() && by_key)
}

/// Maps an error, and notes what it says about the network.
pub(crate) fn fault(w: &Work, error: &cloud::Error, side: Side) -> Fault {
    let known = w.t.state.phase >= Phase::Reserved || w.shared.reached.load(Relaxed);
    let mut fault = Fault::from_cloud(error, side, known);
    if fault.code == Code::NetTimeout {
        fault = fault.with("s", w.took.load(Relaxed).div_ceil(1_000));
    } else if fault.code == Code::ReqExt {
        fault = fault.with("ext", w.t.extension.as_deref().unwrap_or_default().to_uppercase());
    } else if fault.code == Code::ReqTitle {
        fault = fault.with("n", w.t.about.title.chars().count());
    } else if fault.code == Code::ReqStorage {
        match w.t.about.storage.as_deref().filter(|storage| !storage.is_empty()) {
            Some(storage) => fault = fault.with("storage", storage),
            // Nobody named one, so the account has none here (protocol/vod.md 3).
            None => fault.code = Code::AuthBucket,
        }
    }
    if matches!(fault.code, Code::ReqStorage | Code::AuthBucket) {
        fault = fault.with("region", w.account.as_deref().map_or("", |a| a.vod.region()));
    }
    if error.status.is_some() {
        w.shared.heard();
    } else if fault.code.class() == Class::Offline {
        w.shared.online.store(false, Relaxed);
    }
    tracing::warn!(transfer = %w.t.id, code = fault.code.as_str(), error = %error, "fault");
    fault
}

/// Once more, signed anew, when only the clock or the nonce was wrong: the answer has corrected our clock.
async fn twice<T, F, R>(call: F) -> Result<T, cloud::Error>
where
    F: Fn() -> R,
    R: Future<Output = Result<T, cloud::Error>>,
{
    match call().await {
        Err(error) if error.clock() || error.code.as_deref() == Some("SignatureNonceUsed") => {
            call().await
        }
        other => other,
    }
}

/// A request to VOD in its turn, timed for the status line.
pub(crate) async fn vod<T, F, R>(w: &Work, call: F) -> Result<T, cloud::Error>
where
    F: Fn() -> R,
    R: Future<Output = Result<T, cloud::Error>>,
{
    if let Some(account) = &w.account {
        account.calls.take(1).await;
    }
    let started = Instant::now();
    let answer = twice(call).await;
    let took = u32::try_from(ms(started.elapsed())).unwrap_or(u32::MAX).max(1);
    w.took.store(took, Relaxed);
    if answer.is_ok() {
        w.shared.heard();
        w.shared.ping.store(took, Relaxed);
    }
    answer
}

pub(crate) fn address(w: &Work) -> Result<Arc<Address>, Stop> {
    let place =
        w.t.place.as_ref().ok_or_else(|| Fault::of(Code::Unknown).with("code", "no address"))?;
    let address = Address::new(&place.endpoint, &place.bucket, &place.object)
        .map_err(|_| Fault::of(Code::Unknown).with("code", "address"))?;
    Ok(Arc::new(address))
}

/// What a credential server or VOD answered belongs to something else.
pub(crate) fn elsewhere(w: &Work, what: &str) -> Fault {
    let server = matches!(w.account.as_deref().map(|a| &a.issuer), Some(Issuer::Server { .. }));
    Fault::of(if server { Code::SrvShape } else { Code::ReqServer }).with("what", what)
}

/// Nobody may send our bytes to a place of their own choice.
pub(crate) fn fits(w: &Work, address: &Address) -> Result<(), Fault> {
    let Some(account) = w.account.as_deref() else { return Ok(()) };
    let good = match &account.issuer {
        Issuer::Key(_) => address.fits(&cloud::grant::Issuer::Vod(&account.vod)),
        Issuer::Server { url, secret } => {
            let server =
                Server::new(url, secret.clone()).map_err(|e| fault(w, &e, Side::Server))?;
            address.fits(&cloud::grant::Issuer::Server(&server, &account.vod))
        }
    };
    if good { Ok(()) } else { Err(Fault::of(Code::CredAddress).with("host", address.host())) }
}

/// Another way to sign after OSS refused this one: for UploadAuth's region, then V1; and V4 where V1 is refused
/// (protocol/oss.md 1.3, 3.1). A refusal names no region. Each once.
fn other_signing(
    error: &cloud::Error,
    address: &Address,
    pass: &Pass,
    tried: &[Signing],
) -> Option<Signing> {
    let v4 = |region: Option<String>| region.map(|region| Signing::V4 { region });
    let ways = if error.wrong_region() {
        [v4(pass.region.clone()), Some(Signing::V1)]
    } else if error.signature_unknown() && tried.iter().all(|way| *way != Signing::V1) {
        [Some(Signing::V1), None]
    } else if error.v1_refused() {
        [v4(Some(pass.region_for(address))), None]
    } else {
        return None;
    };
    ways.into_iter().flatten().find(|way| !tried.contains(way))
}

/// A request to OSS: with a fresh pass, once more after a corrected clock, a corrected signature or a renewed pass.
pub(crate) async fn oss<T, F, R>(w: &Work, call: F) -> Result<Result<T, cloud::Error>, Stop>
where
    F: Fn(Arc<Address>, Arc<Pass>) -> R,
    R: Future<Output = Result<T, cloud::Error>>,
{
    let address = address(w)?;
    let (mut clock, mut renewed, mut tried) = (false, false, vec![]);
    // What storage said before a last way of signing was tried on the chance that it knows no other.
    let mut on_trial: Option<(cloud::Error, Signing)> = None;
    loop {
        let pass = w.lease.pass(w).await?;
        let started = Instant::now();
        let answer = call(address.clone(), pass.clone()).await;
        w.took.store(u32::try_from(ms(started.elapsed())).unwrap_or(u32::MAX), Relaxed);
        let error = match answer {
            Ok(answer) => {
                w.shared.heard();
                return Ok(Ok(answer));
            }
            Err(error) => error,
        };
        let code = error.code.as_deref().unwrap_or_default();
        let old_pass = matches!(
            code,
            "SecurityTokenExpired"
                | "InvalidSecurityToken"
                | "InvalidAccessKeyId"
                | "AccessKeyIdAndSecurityTokenNotMatch"
        );
        // OSS: AccessDenied on a write may mean another pass is due; on reads it says nothing (protocol/oss.md 6).
        tried.push(w.client.signing(&address, &pass));
        if error.signature_unknown()
            && let Some((first, before)) = on_trial.take()
        {
            // The same words for every signature: it is something else that storage does not take.
            w.lease.sign_with(before);
            return Ok(Err(first));
        }
        let signing = other_signing(&error, &address, &pass, &tried);
        let refused = (code == "AccessDenied" || code == "SignatureDoesNotMatch")
            && !error.v1_refused()
            && matches!(
                error.operation,
                "UploadPart" | "InitiateMultipartUpload" | "CompleteMultipartUpload" | "PutObject"
            )
            && w.t.kind.renews()
            && !w.t.pasted;
        if error.clock() && !clock {
            clock = true;
        } else if let Some(signing) = signing {
            if error.signature_unknown() {
                on_trial = Some((error, w.client.signing(&address, &pass)));
            }
            w.lease.sign_with(signing);
        } else if (old_pass || refused) && !renewed {
            renewed = true;
            w.lease.refuse(&pass);
        } else {
            if old_pass {
                w.lease.refuse(&pass);
            }
            return Ok(Err(error));
        }
    }
}

/// What came of asking VOD about the media.
pub(crate) enum Asked {
    Known(Status),
    /// There is nobody to ask, or a credential server that cannot tell.
    Nobody,
    /// Whoever asks may not read; this says nothing about the upload (protocol/vod.md 3.2).
    Refused(Fault),
}

impl Asked {
    /// What VOD said, if it said anything.
    pub(crate) fn known(self) -> Option<Status> {
        match self {
            Self::Known(status) => Some(status),
            Self::Nobody | Self::Refused(_) => None,
        }
    }
}

/// What VOD says about the media, and whether that means it has the file.
pub(crate) struct Status {
    pub word: String,
    video: bool,
    pub url: Option<String>,
}

impl Status {
    pub(crate) fn received(&self) -> bool {
        if self.video {
            !matches!(self.word.as_str(), "Uploading" | "UploadFail" | "")
        } else {
            self.word == "Normal"
        }
    }
}

/// Asks VOD about the media.
pub(crate) async fn status(w: &Work) -> Result<Asked, Fault> {
    match told(w).await {
        Ok(status) => Ok(status.map_or(Asked::Nobody, Asked::Known)),
        Err(fault) if fault.read_refused() || server_keeps_quiet(&fault) => {
            Ok(Asked::Refused(fault))
        }
        Err(fault) => Err(fault),
    }
}

/// A credential server that issues and refuses to tell: the operation is optional.
fn server_keeps_quiet(fault: &Fault) -> bool {
    fault.code == Code::SrvAuth && fault.operation.as_deref() == Some("status")
}

async fn told(w: &Work) -> Result<Option<Status>, Fault> {
    let (Some(account), Some(media)) = (&w.account, &w.t.media) else { return Ok(None) };
    let video = w.t.kind.renews();
    let key = match &account.issuer {
        Issuer::Key(key) => key,
        Issuer::Server { url, secret } => {
            let server =
                Server::new(url, secret.clone()).map_err(|e| fault(w, &e, Side::Server))?;
            let word = w
                .client
                .server_status(&server, w.t.kind.as_str(), media)
                .await
                .map_err(|e| fault(w, &e, Side::Server))?;
            return Ok(word.map(|word| Status { word, video, url: None }));
        }
    };
    match w.t.kind {
        Kind::Image => vod(w, || w.client.image_info(&account.vod, key, media))
            .await
            .map(|i| Some(Status { word: i.status, video, url: i.url }))
            .map_err(|e| fault(w, &e, Side::Vod)),
        Kind::Video | Kind::Audio | Kind::Subtitle | Kind::Watermark | Kind::Material => {
            match w.shared.desks.ask(w, account, key, media).await {
                Ok(Told::Status(status)) => Ok(Some(status)),
                Ok(Told::Absent) => Err(Fault::of(Code::MediaGone)),
                // An answer that leaves out what was asked for has not said that it is gone.
                Ok(Told::Omitted) => Err(Fault::of(Code::ReqServer).with("status", 200)),
                Err(error) => Err(fault(w, &error, Side::Vod)),
            }
        }
    }
}

async fn inspect(w: &Work, facts: &mut Vec<Fact>) -> Ended {
    let (path, forced) = (w.t.path.clone(), w.t.forced_kind.then_some(w.t.kind));
    let (now, still) = (w.edge.now_ms(), ms(w.config.still));
    let looked = w.shared.files.call(&w.t.path, move || {
        if let Ok(meta) = std::fs::metadata(&path) {
            let changed = u64::try_from(source_identity::source(&meta).modified_ms).unwrap_or(0);
            // A time to come says nothing: the clock was another one.
            let since = now.checked_sub(changed);
            let left = since.map_or(0, |since| still.saturating_sub(since));
            if left > 0 {
                return Ok(Err(left));
            }
        }
        media::look(&path, forced).map(Ok)
    });
    let look = match looked.await?? {
        Ok(look) => look,
        Err(left) => return Ok(End::Pending { after_ms: left }),
    };
    let (method, part_size) = plan::cut(look.kind, look.size(), w.config.part_size);
    facts.push(Fact::Planned { look: Box::new(look), method, part_size });
    Ok(End::Done)
}

fn account(w: &Work) -> Result<&Account, Fault> {
    w.account.as_deref().ok_or_else(|| Fault::of(Code::KeyNone))
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

async fn open(w: &Work, facts: &mut Vec<Fact>) -> Ended {
    // An upload begun for a file that is another one by now would be left behind.
    if pump::same_file(w, &[], facts).await?.is_none() {
        return Ok(End::Halted);
    }
    if w.t.method == Method::Put {
        return Ok(End::Done); // one request needs no upload id
    }
    let kind = pump::content_type(w.t.extension.as_deref().unwrap_or_default());
    let opened = oss(w, |a, p| {
        let client = w.client.clone();
        async move { client.initiate(&a, &p, kind).await }
    })
    .await?;
    match opened {
        Ok(upload) => facts.push(Fact::Opened(upload)),
        Err(error) => return Err(pump::gone(w, fault(w, &error, Side::Oss).into(), facts).await),
    }
    Ok(End::Done)
}

/// The next look at VOD, on the beat of the first: those who wait come together and share their questions.
fn beat(w: &Work) -> Millis {
    let (now, first) = (w.edge.now_ms(), ms(w.config.poll.first).max(1));
    (now + poll(w)).next_multiple_of(first) - now
}

/// The time until the next look.
fn poll(w: &Work) -> Millis {
    interval(w.t.state.looks, ms(w.config.poll.first), ms(w.config.poll.cap))
}

/// Doubles to the cap; of what goes on for hours (a queue of transcodes, a review by people) the cap itself grows to ten
/// times that. Nothing ever fails because VOD takes its time.
fn interval(looks: u32, first: Millis, cap: Millis) -> Millis {
    /// So many looks at the cap before it grows: ten minutes of 30 s.
    const STEADY: u32 = 20;
    let cap = cap.saturating_mul(u64::from((looks / STEADY).clamp(1, 10)));
    first.saturating_mul(1 << looks.min(16)).min(cap).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_at_vod_grow_rarer_to_a_cap_of_minutes_and_never_end() {
        let seconds = |looks| interval(looks, 500, 30_000) / 1_000;
        assert_eq!([0, 1, 2, 3, 6, 7, 19].map(seconds), [0, 1, 2, 4, 30, 30, 30]);
        assert_eq!([39, 40, 60, 200, 1_000, u32::MAX].map(seconds), [30, 60, 90, 300, 300, 300]);
    }
}
