//! Reserve: a media id, an address and a pass, and never a second video for the same transfer.

use vodlift_cloud as cloud;
use vodlift_cloud::server::{Create, Server};
use vodlift_cloud::vod::{By, CreateAttached, CreateImage, CreateVideo, Reservation};

use crate::fault::{Code, Fault, Side};
use crate::lease::{Account, Issuer, place_of};
use crate::model::Kind;
use crate::plan;
use crate::work::{End, Fact, Note, Work};

use super::{Ended, Stop, account, fault, some, vod};

/// The file's base name with the extension VOD is told.
pub(crate) fn file_name(w: &Work) -> String {
    let extension = w.t.extension.as_deref().unwrap_or_default();
    let name = plan::clean(&w.t.name(), 255);
    if plan::extension(std::path::Path::new(&name)) == extension {
        return name;
    }
    let stem = w.t.path.file_stem().unwrap_or_default().to_string_lossy();
    format!("{}.{extension}", plan::clean_title(&stem, &w.t.path))
}

pub(crate) async fn reserve(w: &Work, facts: &mut Vec<Fact>) -> Ended {
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

pub(crate) fn tags(w: &Work) -> Option<String> {
    some(&plan::clean_tags(&w.t.about.tags).join(","))
}

pub(crate) fn create_video(w: &Work, generation: u32) -> CreateVideo {
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

pub(crate) fn create_image(w: &Work) -> CreateImage {
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

pub(crate) fn create_attached(w: &Work) -> CreateAttached {
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

pub(crate) fn server_create(w: &Work) -> Create {
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
