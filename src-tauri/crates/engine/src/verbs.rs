//! One async function per verb, and the few requests they share. Knows the cloud; knows nothing of queues, wishes or rests.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use vodlift_cloud as cloud;
use vodlift_cloud::server::{Create, Server};
use vodlift_cloud::vod::{By, CreateAttached, CreateImage, CreateVideo, Reservation, UpdateVideo};
use vodlift_cloud::{Address, Pass};

use crate::config::ms;
use crate::fault::{Code, Fault, Side};
use crate::lease::{Account, Issuer, place_of};
use crate::machine::Verb;
use crate::model::{Kind, Method, Millis, Phase, Wait};
use crate::plan;
use crate::pump;
use crate::work::{End, Fact, Note, Outcome, Parent, Work};

/// The shared client.
pub type Client = Arc<cloud::Client>;

/// Why a verb cannot go on.
#[derive(Debug)]
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
    let ended = match verb {
        Verb::Inspect => inspect(&w, &mut facts).await,
        Verb::Reserve => reserve(&w, &mut facts).await,
        Verb::Open => open(&w, &mut facts).await,
        Verb::Send => pump::send(&w, &mut facts).await,
        Verb::Seal => seal(&w, &mut facts).await,
        Verb::Verify => verify(&w, &mut facts).await,
        Verb::Track => track(&w, &mut facts).await,
        Verb::Discard => discard(&w).await,
    };
    let end = match ended {
        Ok(end) => end,
        Err(Stop::Fault(fault)) => End::Failed(fault),
        Err(Stop::Landed(word)) => {
            facts.push(Fact::Vod(word));
            End::Landed
        }
    };
    Outcome { verb, end, facts }
}

/// Maps an error, and notes what it says about the network.
pub(crate) fn fault(w: &Work, error: &cloud::Error, side: Side) -> Fault {
    let known = w.t.state.phase >= Phase::Reserved || w.shared.reached.load(Relaxed);
    let fault = Fault::from_cloud(error, side, known);
    if error.status.is_some() {
        w.shared.heard();
    } else if matches!(fault.code, Code::NetOffline | Code::NetPortal) {
        w.shared.online.store(false, Relaxed);
    }
    tracing::warn!(transfer = %w.t.id, code = fault.code.as_str(), error = %error, "fault");
    fault
}

/// Once more, signed anew, when only the clock or the nonce was wrong: the answer has corrected our clock.
pub(crate) async fn twice<T, F, R>(call: F) -> Result<T, cloud::Error>
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

/// A request to VOD, timed for the status line.
async fn vod<T, F, R>(w: &Work, call: F) -> Result<T, cloud::Error>
where
    F: Fn() -> R,
    R: Future<Output = Result<T, cloud::Error>>,
{
    let started = Instant::now();
    let answer = twice(call).await;
    if answer.is_ok() {
        w.shared.heard();
        let took = u32::try_from(ms(started.elapsed())).unwrap_or(u32::MAX).max(1);
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

/// A request to OSS: with a fresh pass, once more after a corrected clock, a corrected region or a renewed pass.
pub(crate) async fn oss<T, F, R>(w: &Work, call: F) -> Result<Result<T, cloud::Error>, Stop>
where
    F: Fn(Arc<Address>, Arc<Pass>) -> R,
    R: Future<Output = Result<T, cloud::Error>>,
{
    let address = address(w)?;
    let (mut clock, mut region, mut renewed) = (false, false, false);
    loop {
        let pass = w.lease.pass(w).await?;
        let error = match call(address.clone(), pass.clone()).await {
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
        let refused = (code == "AccessDenied" || code == "SignatureDoesNotMatch")
            && matches!(
                error.operation,
                "UploadPart" | "InitiateMultipartUpload" | "CompleteMultipartUpload" | "PutObject"
            )
            && w.t.kind.renews()
            && !w.t.pasted;
        if error.clock() && !clock {
            clock = true;
        } else if error.wrong_region() && !region {
            region = true;
            let other = error.region.clone().or_else(|| pass.region.clone());
            let Some(other) = other else { return Ok(Err(error)) };
            w.lease.set_region(other);
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

/// Asks VOD about the media. None: nobody can be asked, or VOD does not know the id.
pub(crate) async fn status(w: &Work) -> Result<Option<Status>, Fault> {
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
    let told = match w.t.kind {
        Kind::Video | Kind::Audio => {
            vod(w, || w.client.video_info(&account.vod, key, By::Id(media)))
                .await
                .map(|v| Some(Status { word: v.status, video, url: None }))
        }
        Kind::Image => vod(w, || w.client.image_info(&account.vod, key, media))
            .await
            .map(|i| Some(Status { word: i.status, video, url: i.url })),
        Kind::Subtitle | Kind::Watermark | Kind::Material => {
            vod(w, || async { w.client.attached_info(&account.vod, key, &[media]).await })
                .await
                .map(|(list, _)| {
                    list.into_iter().next().map(|i| Status { word: i.status, video, url: i.url })
                })
        }
    };
    told.map_err(|e| fault(w, &e, Side::Vod))
}

async fn inspect(w: &Work, facts: &mut Vec<Fact>) -> Ended {
    let (path, forced) = (w.t.path.clone(), w.t.forced_kind.then_some(w.t.kind));
    let look = tokio::task::spawn_blocking(move || plan::look(&path, forced))
        .await
        .map_err(|_| Fault::of(Code::Unknown).with("code", "inspect"))??;
    let (method, part_size) = plan::cut(look.kind, look.source.size, w.config.part_size);
    facts.push(Fact::Planned { look: Box::new(look), method, part_size });
    Ok(End::Done)
}

fn account(w: &Work) -> Result<&Account, Fault> {
    w.account.as_deref().ok_or_else(|| Fault::of(Code::KeyNone))
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The file's base name with the extension VOD is told.
fn file_name(w: &Work) -> String {
    let extension = w.t.extension.as_deref().unwrap_or_default();
    let name = plan::clean(&w.t.name(), 255);
    if plan::extension(std::path::Path::new(&name)) == extension {
        return name;
    }
    let stem = w.t.path.file_stem().unwrap_or_default().to_string_lossy();
    format!("{}.{extension}", plan::clean_title(&stem, &w.t.path))
}

async fn reserve(w: &Work, facts: &mut Vec<Fact>) -> Ended {
    let received = (w.edge.now)();
    if w.t.pasted {
        // The pair came with its address; without a pass only the person can bring another.
        let place = w.t.place.clone().ok_or_else(|| Fault::of(Code::CredPastedExpired))?;
        w.lease.pass(w).await?;
        facts.push(Fact::Reserved { media: None, url: None, place, generation: w.t.generation });
        return Ok(End::Done);
    }
    let account = account(w)?;
    let mut generation = w.t.generation;
    let reservation = match &account.issuer {
        Issuer::Server { url, secret } => {
            let server =
                Server::new(url, secret.clone()).map_err(|e| fault(w, &e, Side::Server))?;
            let new = server_create(w);
            w.client.server_create(&server, &new).await.map_err(|e| fault(w, &e, Side::Server))?
        }
        Issuer::Key(key) => match w.t.kind {
            Kind::Video | Kind::Audio => reserve_video(w, account, key, &mut generation).await?,
            Kind::Image => {
                let new = create_image(w);
                vod(w, || w.client.create_image(&account.vod, key, &new))
                    .await
                    .map_err(|e| fault(w, &e, Side::Vod))?
            }
            Kind::Subtitle | Kind::Watermark | Kind::Material => {
                let new = create_attached(w);
                vod(w, || w.client.create_attached(&account.vod, key, &new))
                    .await
                    .map_err(|e| fault(w, &e, Side::Vod))?
            }
        },
    };
    w.lease.hold(reservation.grant.pass, received, w.client.clock());
    if let Some(id) = reservation.request_id {
        w.tell(Note::Request(id)).await;
    }
    facts.push(Fact::Reserved {
        media: Some(reservation.media_id),
        url: reservation.url,
        place: place_of(&reservation.grant.address),
        generation,
    });
    Ok(End::Done)
}

fn reference(w: &Work, generation: u32) -> String {
    let mut t = w.t.clone();
    t.generation = generation;
    t.reference()
}

/// Never a second video: after an unclear answer the first one is looked up by our own reference.
async fn reserve_video(
    w: &Work,
    account: &Account,
    key: &cloud::Credential,
    generation: &mut u32,
) -> Result<Reservation, Stop> {
    let mut look_up = w.asked;
    // At most: look up, create, be told that the reference is used, look up, create with the next reference.
    for _ in 0..4 {
        let reference = reference(w, *generation);
        if look_up {
            match vod(w, || w.client.video_info(&account.vod, key, By::Reference(&reference))).await
            {
                Ok(info) if info.status == "Uploading" => {
                    w.line("found.again", vec![("media", info.media_id.clone())]).await;
                    return vod(w, || {
                        w.client.refresh_video(&account.vod, key, By::Id(&info.media_id))
                    })
                    .await
                    .map_err(|e| fault(w, &e, Side::Vod).into());
                }
                // It has a file already: what the person wants now is another upload.
                Ok(_) => *generation += 1,
                Err(error) => {
                    let fault = fault(w, &error, Side::Vod);
                    if fault.code != Code::MediaGone {
                        return Err(fault.into());
                    }
                }
            }
        }
        let new = create_video(w, *generation);
        match vod(w, || w.client.create_video(&account.vod, key, &new)).await {
            Ok(reservation) => return Ok(reservation),
            Err(error) => {
                let text = format!(
                    "{} {}",
                    error.code.as_deref().unwrap_or_default(),
                    error.message.as_deref().unwrap_or_default()
                );
                let taken = error.status.is_some_and(|s| s < 500)
                    && text.to_lowercase().contains("referenceid");
                if !taken {
                    return Err(fault(w, &error, Side::Vod).into());
                }
                if look_up {
                    *generation += 1;
                }
                look_up = true;
            }
        }
    }
    Err(Fault::of(Code::ReqMeta).with("field", "ReferenceId").into())
}

fn tags(w: &Work) -> Option<String> {
    some(&plan::clean_tags(&w.t.about.tags).join(","))
}

fn create_video(w: &Work, generation: u32) -> CreateVideo {
    let about = &w.t.about;
    CreateVideo {
        title: plan::clean_title(&about.title, &w.t.path),
        file_name: file_name(w),
        file_size: w.t.size(),
        reference_id: Some(reference(w, generation)),
        description: some(&plan::clean(&about.description, 1_024)),
        tags: tags(w),
        cate_id: about.category.map(|c| c.to_string()),
        template_group_id: about.template_group.clone(),
        workflow_id: about.workflow.clone(),
        storage_location: about.storage.clone(),
        user_data: about.user_data.clone(),
        app_id: about.app_id.clone(),
        cover_url: about.cover_url.clone(),
    }
}

fn create_image(w: &Work) -> CreateImage {
    let about = &w.t.about;
    CreateImage {
        image_type: if w.t.parent.is_some() { "cover" } else { "default" }.to_owned(),
        image_ext: w.t.extension.clone().unwrap_or_default(),
        file_name: file_name(w),
        title: Some(plan::clean_title(&about.title, &w.t.path)),
        description: some(&plan::clean(&about.description, 1_024)),
        tags: tags(w),
        cate_id: about.category.map(|c| c.to_string()),
        storage_location: about.storage.clone(),
        user_data: about.user_data.clone(),
        app_id: about.app_id.clone(),
    }
}

fn create_attached(w: &Work) -> CreateAttached {
    let about = &w.t.about;
    CreateAttached {
        business_type: w.t.kind.as_str().to_owned(),
        media_ext: w.t.extension.clone().unwrap_or_default(),
        file_name: file_name(w),
        file_size: w.t.size(),
        title: Some(plan::clean_title(&about.title, &w.t.path)),
        description: some(&plan::clean(&about.description, 1_024)),
        tags: tags(w),
        cate_ids: about.category.map(|c| c.to_string()),
        storage_location: about.storage.clone(),
        user_data: about.user_data.clone(),
        app_id: about.app_id.clone(),
    }
}

fn server_create(w: &Work) -> Create {
    let about = &w.t.about;
    Create {
        kind: w.t.kind.as_str().to_owned(),
        title: plan::clean_title(&about.title, &w.t.path),
        file_name: file_name(w),
        file_size: w.t.size(),
        reference_id: w.t.reference(),
        description: some(&plan::clean(&about.description, 1_024)),
        tags: tags(w),
        cate_id: about.category.map(|c| c.to_string()),
        template_group_id: about.template_group.clone(),
        workflow_id: about.workflow.clone(),
        storage_location: about.storage.clone(),
        user_data: about.user_data.clone(),
        app_id: about.app_id.clone(),
    }
}

async fn open(w: &Work, facts: &mut Vec<Fact>) -> Ended {
    if w.t.method == Method::Put {
        return Ok(End::Done); // one request needs no upload id
    }
    let kind = pump::content_type(w.t.extension.as_deref().unwrap_or_default());
    let upload = oss(w, |a, p| {
        let client = w.client.clone();
        async move { client.initiate(&a, &p, kind).await }
    })
    .await?
    .map_err(|e| fault(w, &e, Side::Oss))?;
    facts.push(Fact::Opened(upload));
    Ok(End::Done)
}

async fn seal(w: &Work, facts: &mut Vec<Fact>) -> Ended {
    let (Method::Multipart, Some(upload), false) = (w.t.method, w.t.upload.clone(), w.t.landed)
    else {
        return Ok(End::Done);
    };
    let count = plan::part_count(w.t.size(), w.t.part_size);
    // OSS allows gaps and would make a short object of them: that none is missing is our care.
    if w.parts.len() != count as usize || w.parts.iter().zip(1..).any(|(part, n)| part.number != n)
    {
        return Ok(End::Recount);
    }
    pump::check_source(w).await?;
    // An answer of an earlier Complete may have been lost: repeating one that worked says NoSuchUpload.
    if w.doubt
        && let Some(status) = status(w).await?
        && status.received()
    {
        return Err(Stop::Landed(status.word));
    }
    let parts: Arc<Vec<(u16, String)>> = Arc::new(
        w.parts
            .iter()
            .map(|p| (u16::try_from(p.number).unwrap_or(u16::MAX), p.etag.clone()))
            .collect(),
    );
    let sealed = oss(w, |a, p| {
        let (client, upload, parts) = (w.client.clone(), upload.clone(), parts.clone());
        async move { client.complete(&a, &p, &upload, &parts).await }
    })
    .await?;
    let error = match sealed {
        Ok(stored) => {
            if let Some(id) = stored.request_id {
                w.tell(Note::Request(id)).await;
            }
            facts.push(Fact::ObjectCrc(stored.crc64));
            return Ok(End::Done);
        }
        Err(error) => error,
    };
    match error.code.as_deref() {
        Some("NoSuchUpload" | "FileAlreadyExists" | "ObjectAlreadyExists") => {}
        Some("InvalidPart" | "InvalidPartOrder" | "EntityTooSmall") => {
            w.line("recount", vec![("code", error.code.clone().unwrap_or_default())]).await;
            return Ok(End::Recount);
        }
        _ => return Err(fault(w, &error, Side::Oss).into()),
    }
    // Completed before, or gone: VOD and the object itself know (protocol/oss.md 7.2).
    if let Some(status) = status(w).await?
        && status.received()
    {
        return Err(Stop::Landed(status.word));
    }
    let head = oss(w, |a, p| {
        let client = w.client.clone();
        async move { client.head(&a, &p).await }
    })
    .await?;
    if let Ok(object) = head
        && object.size == w.t.size()
        && (object.crc64.is_none() || object.crc64 == w.t.crc64)
    {
        facts.push(Fact::ObjectCrc(object.crc64));
        return Ok(End::Done);
    }
    // VOD may be late to say so; after a few looks the parts are gone for good.
    if w.t.state.looks < 5 {
        return Ok(End::Pending { after_ms: poll(w) });
    }
    Err(Fault::of(Code::OssNoupload).into())
}

async fn verify(w: &Work, facts: &mut Vec<Fact>) -> Ended {
    let (Some(ours), false) = (w.t.crc64, w.t.landed) else { return Ok(End::Done) };
    if w.t.object_crc64 == Some(ours) {
        return Ok(End::Done);
    }
    if w.t.object_crc64.is_none() && w.lease.view().is_none() {
        // Only a new pass could look, and VOD may have the file by now: its own answer is the verdict.
        w.line("verify.unseen", vec![]).await;
        return Ok(End::Done);
    }
    let head = oss(w, |a, p| {
        let client = w.client.clone();
        async move { client.head(&a, &p).await }
    })
    .await?;
    match head {
        Ok(object) => {
            facts.push(Fact::ObjectCrc(object.crc64));
            let differs = object.size != w.t.size() || object.crc64.is_some_and(|crc| crc != ours);
            if differs {
                return Err(Fault::of(Code::OssCrc)
                    .with("ours", ours)
                    .with(
                        "theirs",
                        object.crc64.map_or_else(|| object.size.to_string(), |c| c.to_string()),
                    )
                    .into());
            }
        }
        Err(error) if error.status.is_some_and(|s| s < 500) && !error.throttled() => {
            if let Some(theirs) = w.t.object_crc64 {
                // It said something else and will not be asked again.
                return Err(Fault::of(Code::OssCrc)
                    .with("ours", ours)
                    .with("theirs", theirs)
                    .into());
            }
            // OSS: the credential may not look; that says nothing about the upload (protocol/oss.md 1.5).
            w.line("verify.unseen", vec![]).await;
        }
        Err(error) => return Err(fault(w, &error, Side::Oss).into()),
    }
    Ok(End::Done)
}

/// 2, 4, 8 … 30 s.
fn poll(w: &Work) -> Millis {
    let first = ms(w.config.poll.first);
    first.saturating_mul(1 << w.t.state.looks.min(16)).min(ms(w.config.poll.cap)).max(1)
}

async fn track(w: &Work, facts: &mut Vec<Fact>) -> Ended {
    if w.account.is_none() || w.t.media.is_none() {
        return Ok(End::Done); // nobody to ask: OSS's own answer was the verdict
    }
    let server = matches!(w.account.as_deref().map(|a| &a.issuer), Some(Issuer::Server { .. }));
    let Some(status) = status(w).await? else {
        if server {
            return Ok(End::Done);
        }
        return Err(Fault::of(Code::MediaGone).into());
    };
    if w.t.vod.as_ref().is_none_or(|(word, _)| *word != status.word) {
        w.line("vod", vec![("status", status.word.clone())]).await;
    }
    facts.push(Fact::Vod(status.word.clone()));
    let failed = |code: Code| Err(Fault::of(code).with("status", &status.word).into());
    match status.word.as_str() {
        "TranscodeFail" => return failed(Code::VodTranscodeFail),
        "ProduceFail" => return failed(Code::VodProduceFail),
        "Blocked" => return failed(Code::VodBlocked),
        "UploadFail" => return failed(Code::VodUploadFail),
        _ => {}
    }
    let over = match (w.t.wait, w.t.kind.renews()) {
        (Wait::Playable, true) => status.word == "Normal",
        (Wait::Stored, _) | (Wait::Playable, false) => status.received(),
    };
    if !over {
        let waited = w.edge.now_ms().saturating_sub(w.t.since_ms);
        if waited > ms(w.config.poll.give_up) {
            return failed(Code::VodUnknown);
        }
        return Ok(End::Pending { after_ms: poll(w) });
    }
    if let Some(old) = &w.t.old_media {
        // The new one is there: the one it replaces was ours and never had a file.
        remove_media(w, old).await?;
        w.line("replaced", vec![("media", old.clone())]).await;
        facts.push(Fact::OldMedia(None));
    }
    link(w, status).await
}

/// Gives a cover to its video.
async fn link(w: &Work, status: Status) -> Ended {
    if w.t.kind != Kind::Image || w.t.parent.is_none() {
        return Ok(End::Done);
    }
    let video = match &w.parent {
        Parent::None => {
            w.line("link.skipped", vec![]).await;
            return Ok(End::Done);
        }
        Parent::Coming => return Ok(End::Pending { after_ms: ms(w.config.poll.cap) }),
        Parent::There(video) => video,
    };
    let Some(Issuer::Key(key)) = w.account.as_deref().map(|a| &a.issuer) else {
        w.line("link.skipped", vec![]).await;
        return Ok(End::Done);
    };
    let account = account(w)?;
    let new = UpdateVideo { cover_url: w.t.url.clone().or(status.url), ..UpdateVideo::default() };
    vod(w, || w.client.update_video(&account.vod, key, By::Id(video), &new))
        .await
        .map_err(|e| fault(w, &e, Side::Vod))?;
    w.line("linked", vec![("media", video.clone())]).await;
    Ok(End::Done)
}

/// Deletes an id this app made. Gone already is fine.
async fn remove_media(w: &Work, media: &str) -> Result<(), Stop> {
    let Some(Issuer::Key(key)) = w.account.as_deref().map(|a| &a.issuer) else { return Ok(()) };
    let account = account(w)?;
    let ids = [media];
    let answer = match w.t.kind {
        Kind::Video | Kind::Audio => {
            vod(w, || async { w.client.delete_video(&account.vod, key, &ids).await.map(drop) })
                .await
        }
        Kind::Image => {
            vod(w, || async { w.client.delete_image(&account.vod, key, &ids).await }).await
        }
        Kind::Subtitle | Kind::Watermark | Kind::Material => {
            vod(w, || async { w.client.delete_attached(&account.vod, key, &ids).await.map(drop) })
                .await
        }
    };
    match answer {
        Ok(()) => Ok(()),
        Err(error) => {
            let fault = fault(w, &error, Side::Vod);
            if fault.code == Code::MediaGone { Ok(()) } else { Err(fault.into()) }
        }
    }
}

/// Cleans up what a cancelled transfer left: its parts, and its media id if the person asked for that too.
async fn discard(w: &Work) -> Ended {
    let Some(media) = w.t.media.clone() else {
        // An answer to Reserve may have been lost: the id is found by our reference.
        if w.t.sweep
            && w.t.asked
            && w.t.kind.renews()
            && let Some(Issuer::Key(key)) = w.account.as_deref().map(|a| &a.issuer)
        {
            let (account, reference) = (account(w)?, w.t.reference());
            if let Ok(info) =
                vod(w, || w.client.video_info(&account.vod, key, By::Reference(&reference))).await
                && info.status == "Uploading"
            {
                remove_media(w, &info.media_id).await?;
                w.line("removed.vod", vec![("media", info.media_id)]).await;
            }
        }
        return Ok(End::Done);
    };
    // Whatever VOD has a file for is never deleted by a cancel.
    let Some(status) = status(w).await? else { return Ok(End::Done) };
    if status.received() {
        w.line("kept.vod", vec![("media", media)]).await;
        return Ok(End::Done);
    }
    if let Some(upload) = &w.t.upload {
        let aborted = oss(w, |a, p| {
            let (client, upload) = (w.client.clone(), upload.clone());
            async move { client.abort(&a, &p, &upload).await }
        })
        .await;
        match aborted {
            Ok(Ok(())) => w.line("aborted", vec![]).await,
            // Leftovers vanish by themselves after 7 days; a cancel is not held up by them.
            Ok(Err(_)) | Err(_) => w.line("left.parts", vec![]).await,
        }
    }
    if w.t.sweep {
        remove_media(w, &media).await?;
        w.line("removed.vod", vec![("media", media)]).await;
    }
    Ok(End::Done)
}
