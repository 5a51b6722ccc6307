//! Track and Discard: what VOD makes of it, and what is cleaned up when nobody wants it.

use vodlift_cloud::vod::{By, UpdateVideo};

use crate::fault::{Code, Fault, Side};
use crate::lease::Issuer;
use crate::model::{Kind, Wait};
use crate::remark::{Remark, RemarkCode};
use crate::work::{End, Fact, Parent, Work};

use super::{Ended, Status, Stop, account, beat, fault, oss, poll, status, vod};

pub(crate) async fn track(w: &Work, facts: &mut Vec<Fact>) -> Ended {
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
    let failed = match status.word.as_str() {
        "TranscodeFail" => Some(Code::VodTranscodeFail),
        "ProduceFail" => Some(Code::VodProduceFail),
        "Blocked" => Some(Code::VodBlocked),
        "UploadFail" => Some(Code::VodUploadFail),
        _ => None,
    };
    let playable = w.t.wait == Wait::Playable && w.t.kind.renews();
    match failed {
        Some(code) if playable || !status.received() => {
            return Err(Fault::of(code).with("status", &status.word).into());
        }
        // What was asked for is reached: the file is there. What became of it later is worth telling.
        Some(_) => {
            facts
                .push(Fact::Remark(Remark::of(RemarkCode::VodFailed).with("status", &status.word)));
        }
        None => {}
    }
    let over = if playable { status.word == "Normal" } else { status.received() };
    if !over {
        return Ok(End::Pending { after_ms: beat(w) });
    }
    if let Some(old) = &w.t.old_media {
        // The new one is there: those it replaces were ours and never had a file.
        remove_old(w, old).await?;
        w.line("replaced", vec![("media", old.clone())]).await;
        facts.push(Fact::OldMedia(None));
    }
    link(w, status).await
}

/// Gives a cover to its video.
pub(crate) async fn link(w: &Work, status: Status) -> Ended {
    if w.t.kind != Kind::Image || w.t.parent.is_none() {
        return Ok(End::Done);
    }
    let video = match &w.parent {
        Parent::None => {
            w.line("link.skipped", vec![]).await;
            return Ok(End::Done);
        }
        // Its video wakes it; one that landed while this look was under way is seen at the next.
        Parent::Coming => return Ok(End::Pending { after_ms: poll(w) }),
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

/// Deletes the ids that were given up on the way.
async fn remove_old(w: &Work, old: &str) -> Result<(), Stop> {
    for media in old.split(',') {
        remove_media(w, media).await?;
    }
    Ok(())
}

/// Deletes an id this app made. Gone already is fine.
pub(crate) async fn remove_media(w: &Work, media: &str) -> Result<(), Stop> {
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
pub(crate) async fn discard(w: &Work, facts: &mut Vec<Fact>) -> Ended {
    if w.t.pasted {
        abort(w).await;
        return Ok(End::Done);
    }
    if let (Some(old), true) = (&w.t.old_media, w.t.sweep) {
        remove_old(w, old).await?;
        facts.push(Fact::OldMedia(None));
    }
    let Some(media) = w.t.media.clone() else {
        // An answer to Reserve may have been lost: the id is found by our reference.
        if w.t.sweep
            && w.t.asked
            && w.t.kind.renews()
            && let Some(Issuer::Key(key)) = w.account.as_deref().map(|a| &a.issuer)
        {
            let (account, reference) = (account(w)?, w.t.reference());
            match vod(w, || w.client.video_info(&account.vod, key, By::Reference(&reference))).await
            {
                Ok(info) if info.status == "Uploading" => {
                    remove_media(w, &info.media_id).await?;
                    w.line("removed.vod", vec![("media", info.media_id)]).await;
                }
                Ok(_) => {}
                Err(error) => {
                    let fault = fault(w, &error, Side::Vod);
                    if fault.code != Code::MediaGone {
                        return Err(fault.into());
                    }
                }
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
    abort(w).await;
    if w.t.sweep {
        remove_media(w, &media).await?;
        w.line("removed.vod", vec![("media", media)]).await;
    }
    Ok(End::Done)
}

/// Drops the unfinished upload, as well as that is possible: leftovers vanish by themselves after 7 days.
async fn abort(w: &Work) {
    let Some(upload) = &w.t.upload else { return };
    let aborted = oss(w, |a, p| {
        let (client, upload) = (w.client.clone(), upload.clone());
        async move { client.abort(&a, &p, &upload).await }
    })
    .await;
    let what = if let Ok(Ok(())) = aborted { "aborted" } else { "left.parts" };
    w.line(what, vec![]).await;
}
