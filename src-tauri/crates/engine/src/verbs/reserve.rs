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
            let new = server_create(w, about);
            w.client.server_create(&server, &new).await.map_err(|e| fault(w, &e, Side::Server))?
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
    w.lease.take(w, reservation.grant.pass, received);
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

/// Never a second video: after an unclear answer the first one is looked up by our own reference.
pub(crate) async fn reserve_video(
    w: &Work,
    about: &About,
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
        let new = create_video(w, about, *generation);
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

pub(crate) fn server_create(w: &Work, about: &About) -> Create {
    Create {
        kind: w.t.kind.as_str().to_owned(),
        title: about.title.clone(),
        file_name: file_name(w),
        file_size: w.t.size(),
        reference_id: w.t.reference(),
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
