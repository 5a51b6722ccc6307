//! Reserve: a media id, an address and a pass, and never a second video for the same transfer.

use vodlift_cloud as cloud;
use vodlift_cloud::server::{Create, Server};
use vodlift_cloud::vod::{By, CreateAttached, CreateImage, CreateVideo, Reservation};

use crate::fault::{Code, Fault, Side};
use crate::lease::{Account, Issuer, place_of};
use crate::model::{About, Kind};
use crate::text::{self, Rules};
use crate::work::{End, Fact, Note, Work};

use super::{Ended, Stop, account, fault, some, vod};

/// The file's base name with the extension VOD is told.
pub(crate) fn file_name(w: &Work) -> String {
    let extension = w.t.extension.as_deref().unwrap_or_default();
    let own = w.t.name();
    let (stem, end) = own.rsplit_once('.').unwrap_or((&own, ""));
    let end = if end.to_lowercase() == extension { end } else { extension };
    format!("{}.{end}", text::file_stem(stem))
}

/// VOD's pages do not agree on what is too long and which characters it refuses: when it refuses the usual reading, the
/// narrow one is tried, and said. Nothing was made by the first request.
pub(crate) async fn reserve(w: &Work, facts: &mut Vec<Fact>) -> Ended {
    match reserve_as(w, &w.t.about, facts).await {
        Err(Stop::Fault(fault)) if refuses_words(&fault) && !w.t.about.keep_title => {
            let mut about = w.t.about.clone();
            let remarks = text::fit_about(Rules::Narrow, w.t.kind, &mut about, &w.t.path);
            if about == w.t.about {
                return Err(Stop::Fault(fault));
            }
            let ended = reserve_as(w, &about, facts).await?;
            facts.push(Fact::Words { about: Box::new(about), remarks });
            Ok(ended)
        }
        ended => ended,
    }
}

// VOD: protocol/vod.md 4.5 and 5.1.
fn refuses_words(fault: &Fault) -> bool {
    let code = fault.cloud_code.as_deref().unwrap_or_default();
    ["IllegalCharacters", "LengthExceededMax"].iter().any(|known| code.starts_with(known))
}

async fn reserve_as(w: &Work, about: &About, facts: &mut Vec<Fact>) -> Ended {
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
            reserve_by_server(w, &server, about, &mut generation).await?
        }
        Issuer::Key(key) => match w.t.kind {
            Kind::Video | Kind::Audio => {
                reserve_video(w, about, account, key, &mut generation).await?
            }
            Kind::Image => {
                let new = create_image(w, about);
                vod(w, || w.client.create_image(&account.vod, key, &new))
                    .await
                    .map_err(|e| fault(w, &e, Side::Vod))?
            }
            Kind::Subtitle | Kind::Watermark | Kind::Material => {
                let new = create_attached(w, about);
                vod(w, || w.client.create_attached(&account.vod, key, &new))
                    .await
                    .map_err(|e| fault(w, &e, Side::Vod))?
            }
        },
    };
    super::fits(w, &reservation.grant.address)?;
    w.lease.take(w, &reservation.grant.address, reservation.grant.pass, received);
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

pub(crate) fn reference(w: &Work, generation: u32) -> String {
    let mut t = w.t.clone();
    t.generation = generation;
    t.reference()
}

/// Whether a refusal names our own reference as one that is used; VOD's code for it is not known (protocol/vod.md 5.1).
fn taken(error: &cloud::Error) -> bool {
    let names = |text: &Option<String>| {
        text.as_deref().is_some_and(|text| text.to_lowercase().contains("referenceid"))
    };
    error.status.is_some_and(|s| s < 500) && (names(&error.code) || names(&error.message))
}

/// A server that keeps its word answers the same reference with the same unfinished media. One that refuses it, because
/// an earlier answer was lost or what it belongs to is finished, is asked with the next.
async fn reserve_by_server(
    w: &Work,
    server: &Server,
    about: &About,
    generation: &mut u32,
) -> Result<Reservation, Stop> {
    for _ in 0..4 {
        let new = server_create(w, about, *generation);
        match w.client.server_create(server, &new).await {
            Ok(reservation) => return Ok(reservation),
            Err(error) if taken(&error) || error.status == Some(409) => {
                w.line("reference.taken", vec![("reference", new.reference_id)]).await;
                *generation += 1;
            }
            Err(error) => return Err(fault(w, &error, Side::Server).into()),
        }
    }
    Err(Fault::of(Code::ReqMeta).with("field", "ReferenceId").into())
}

/// Never a second video: after an unclear answer the first one is looked up by our own reference.
pub(crate) async fn reserve_video(
    w: &Work,
    about: &About,
    account: &Account,
    key: &cloud::Credential,
    generation: &mut u32,
) -> Result<Reservation, Stop> {
    let mut look_up = w.asked;
    let mut refusals = 0;
    // At most: look up, create, be told that the reference is used, look up, create with the next reference, and without.
    for _ in 0..5 {
        let reference = reference(w, *generation);
        if look_up {
            match look_up_by(w, account, key, &reference).await? {
                Found::Waiting(reservation) => return Ok(*reservation),
                // It has a file already, or may have: what the person wants now is another upload.
                Found::Full => *generation += 1,
                Found::Nothing => {}
            }
        }
        let mut new = create_video(w, about, *generation);
        if refusals > 2 {
            // New and old ones alike: this endpoint knows no references.
            new.reference_id = None;
        }
        match vod(w, || w.client.create_video(&account.vod, key, &new)).await {
            Ok(reservation) => return Ok(reservation),
            Err(error) if taken(&error) && new.reference_id.is_some() => {
                refusals += 1;
                if look_up {
                    *generation += 1;
                }
                look_up = true;
            }
            Err(error) => return Err(fault(w, &error, Side::Vod).into()),
        }
    }
    Err(Fault::of(Code::ReqMeta).with("field", "ReferenceId").into())
}

/// What stands behind a reference of ours.
enum Found {
    Nothing,
    /// A video without its file.
    Waiting(Box<Reservation>),
    Full,
}

async fn look_up_by(
    w: &Work,
    account: &Account,
    key: &cloud::Credential,
    reference: &str,
) -> Result<Found, Stop> {
    let refresh = async |by: By<'_>| vod(w, || w.client.refresh_video(&account.vod, key, by)).await;
    let told = vod(w, || w.client.video_info(&account.vod, key, By::Reference(reference))).await;
    let refused = match told {
        Ok(info) if info.status == "Uploading" => {
            w.line("found.again", vec![("media", info.media_id.clone())]).await;
            let again = refresh(By::Id(&info.media_id)).await;
            let again = again.map_err(|e| fault(w, &e, Side::Vod))?;
            if again.media_id != info.media_id {
                return Err(super::elsewhere(w, "media id").into());
            }
            return Ok(Found::Waiting(Box::new(again)));
        }
        Ok(_) => return Ok(Found::Full),
        Err(error) => fault(w, &error, Side::Vod),
    };
    if refused.code == Code::MediaGone {
        return Ok(Found::Nothing);
    }
    if !refused.read_refused() {
        return Err(refused.into());
    }
    // Who may not read may mostly refresh (protocol/vod.md 3.2), also by reference. That would hand out the right to
    // overwrite a finished video, so storage is asked whether something is there.
    let again = match refresh(By::Reference(reference)).await {
        Ok(again) => again,
        Err(error) => {
            let fault = fault(w, &error, Side::Vod);
            if fault.code == Code::MediaGone {
                return Ok(Found::Nothing);
            }
            // Nothing tells: another reference makes another video, and the first one never gets a file.
            let dumb = matches!(fault.code, Code::AuthRam | Code::ReqMeta | Code::VodRefused);
            return if dumb { Ok(Found::Full) } else { Err(fault.into()) };
        }
    };
    let (address, pass) = (&again.grant.address, &again.grant.pass);
    match super::twice(|| w.client.head(address, pass)).await {
        Err(error) if error.status == Some(404) => {
            w.line("found.again", vec![("media", again.media_id.clone())]).await;
            Ok(Found::Waiting(Box::new(again)))
        }
        Err(error) if error.status.is_none() => Err(fault(w, &error, Side::Oss).into()),
        Ok(_) | Err(_) => Ok(Found::Full),
    }
}

pub(crate) fn tags(about: &About) -> Option<String> {
    some(&about.tags.join(","))
}

pub(crate) fn create_video(w: &Work, about: &About, generation: u32) -> CreateVideo {
    CreateVideo {
        title: about.title.clone(),
        file_name: file_name(w),
        file_size: w.t.size(),
        reference_id: Some(reference(w, generation)),
        description: some(&about.description),
        tags: tags(about),
        cate_id: about.category.map(|c| c.to_string()),
        template_group_id: about.template_group.clone(),
        workflow_id: about.workflow.clone(),
        storage_location: about.storage.clone(),
        user_data: about.user_data.clone(),
        app_id: about.app_id.clone(),
        cover_url: about.cover_url.clone(),
    }
}

pub(crate) fn create_image(w: &Work, about: &About) -> CreateImage {
    CreateImage {
        image_type: if w.t.parent.is_some() { "cover" } else { "default" }.to_owned(),
        image_ext: w.t.extension.clone().unwrap_or_default(),
        file_name: file_name(w),
        title: Some(about.title.clone()),
        description: some(&about.description),
        tags: tags(about),
        cate_id: about.category.map(|c| c.to_string()),
        storage_location: about.storage.clone(),
        user_data: about.user_data.clone(),
        app_id: about.app_id.clone(),
    }
}

pub(crate) fn create_attached(w: &Work, about: &About) -> CreateAttached {
    CreateAttached {
        business_type: w.t.kind.as_str().to_owned(),
        media_ext: w.t.extension.clone().unwrap_or_default(),
        file_name: file_name(w),
        file_size: w.t.size(),
        title: Some(about.title.clone()),
        description: some(&about.description),
        tags: tags(about),
        cate_ids: about.category.map(|c| c.to_string()),
        storage_location: about.storage.clone(),
        user_data: about.user_data.clone(),
        app_id: about.app_id.clone(),
    }
}

pub(crate) fn server_create(w: &Work, about: &About, generation: u32) -> Create {
    Create {
        kind: w.t.kind.as_str().to_owned(),
        title: about.title.clone(),
        file_name: file_name(w),
        file_size: w.t.size(),
        reference_id: reference(w, generation),
        description: some(&about.description),
        tags: tags(about),
        cate_id: about.category.map(|c| c.to_string()),
        template_group_id: about.template_group.clone(),
        workflow_id: about.workflow.clone(),
        storage_location: about.storage.clone(),
        user_data: about.user_data.clone(),
        app_id: about.app_id.clone(),
    }
}
