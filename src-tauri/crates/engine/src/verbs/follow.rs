//! Track and Discard: what VOD makes of it, and what is cleaned up when nobody wants it.

use vodlift_cloud::vod::{By, UpdateVideo};

use crate::fault::{Code, Fault, Side};
use crate::lease::Issuer;
use crate::model::{Kind, Phase, Wait};
use crate::remark::{Remark, RemarkCode};
use crate::work::{End, Fact, Parent, Work};

use super::{Asked, Ended, Status, Stop, account, beat, fault, oss, poll, status, vod};

pub(crate) async fn track(w: &Work, facts: &mut Vec<Fact>) -> Ended {
    if w.account.is_none() || w.t.media.is_none() {
        return Ok(End::Done); // nobody to ask: OSS's own answer was the verdict
    }
    let status = match status(w).await? {
        Asked::Known(status) => status,
        Asked::Nobody => return Ok(End::Done),
        // Storage has it, which is what was asked for; that VOD tells nothing is worth a remark and no failure.
        Asked::Refused(fault) => {
            w.line("vod.unasked", vec![]).await;
            facts.push(Fact::Remark(Remark::of(RemarkCode::VodUnasked).with("op", op(&fault))));
            settle_old(w, facts).await?;
            return link(w, None, facts).await;
        }
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
    let over = if playable { is_playable(w, &status.word) } else { status.received() };
    if !over {
        return Ok(End::Pending { after_ms: beat(w) });
    }
    settle_old(w, facts).await?;
    link(w, status.url, facts).await
}

/// People can watch it. Without transcoding that is so at once, and whether VOD then says Normal or stays at UploadSucc is
/// not known (protocol/vod.md 4.3).
fn is_playable(w: &Work, status: &str) -> bool {
    let as_it_is = w.t.about.template_group.as_deref() == Some("VOD_NO_TRANSCODE");
    status == "Normal" || (as_it_is && status == "UploadSucc")
}

/// The RAM action that a refused operation needs.
fn op(fault: &Fault) -> String {
    format!("vod:{}", fault.operation.as_deref().unwrap_or_default())
}

/// The new one is there: those it replaces were ours and never had a file.
async fn settle_old(w: &Work, facts: &mut Vec<Fact>) -> Result<(), Stop> {
    if let Some(old) = &w.t.old_media {
        remove_old(w, old).await?;
        w.line("replaced", vec![("media", old.clone())]).await;
        facts.push(Fact::OldMedia(None));
    }
    Ok(())
}

/// Gives a cover to its video.
pub(crate) async fn link(w: &Work, url: Option<String>, facts: &mut Vec<Fact>) -> Ended {
    if w.t.kind != Kind::Image || w.t.parent.is_none() {
        return Ok(End::Done);
    }
    let video = match &w.parent {
        Parent::None => {
            w.line("link.skipped", vec![]).await;
            facts.push(Fact::Remark(Remark::of(RemarkCode::CoverAlone)));
            return Ok(End::Done);
        }
        // Its video wakes it; one that landed while this look was under way is seen at the next.
        Parent::Coming => return Ok(End::Pending { after_ms: poll(w) }),
        Parent::There(video) => video,
    };
    let Some(Issuer::Key(key)) = w.account.as_deref().map(|a| &a.issuer) else {
        w.line("link.skipped", vec![]).await;
        facts.push(Fact::Remark(Remark::of(RemarkCode::CoverServer)));
        return Ok(End::Done);
    };
    let account = account(w)?;
    let new = UpdateVideo { cover_url: w.t.url.clone().or(url), ..UpdateVideo::default() };
    if let Err(error) =
        vod(w, || w.client.update_video(&account.vod, key, By::Id(video), &new)).await
    {
        let fault = fault(w, &error, Side::Vod);
        if fault.code != Code::AuthRam {
            return Err(fault.into());
        }
        w.line("link.refused", vec![]).await;
        facts.push(Fact::Remark(Remark::of(RemarkCode::CoverRefused).with("op", op(&fault))));
        return Ok(End::Done);
    }
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

/// Deletes an id this app made. Gone already is fine; false when it stays because whoever uploads may not delete.
pub(crate) async fn remove_media(w: &Work, media: &str) -> Result<bool, Stop> {
    let Some(Issuer::Key(key)) = w.account.as_deref().map(|a| &a.issuer) else { return Ok(false) };
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
        Ok(()) => Ok(true),
        Err(error) => {
            let fault = fault(w, &error, Side::Vod);
            if fault.code == Code::AuthRam {
                // It stays, and never gets a file: no reason to call the new one failed.
                w.line("left.vod", vec![("media", media.to_owned())]).await;
                return Ok(false);
            }
            if fault.code == Code::MediaGone { Ok(true) } else { Err(fault.into()) }
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
                    if remove_media(w, &info.media_id).await? {
                        w.line("removed.vod", vec![("media", info.media_id)]).await;
                    }
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
    let told = status(w).await?.known();
    if told.as_ref().is_some_and(Status::received) {
        w.line("kept.vod", vec![("media", media)]).await;
        return Ok(End::Done);
    }
    let aborted = abort(w).await;
    // Where VOD does not tell, an upload that could still be dropped, or was never begun, says that there is no file.
    let begun = w.t.upload.is_some() || w.t.state.phase >= Phase::Opened;
    let empty = told.is_some() || aborted || !begun;
    if w.t.sweep && !empty {
        w.line("kept.vod", vec![("media", media)]).await;
    } else if w.t.sweep && remove_media(w, &media).await? {
        w.line("removed.vod", vec![("media", media)]).await;
    }
    Ok(End::Done)
}

/// Drops the unfinished upload, as well as that is possible: leftovers vanish by themselves after 7 days. Whether there
/// was one that could be dropped.
async fn abort(w: &Work) -> bool {
    let Some(upload) = &w.t.upload else { return false };
    let aborted = oss(w, |a, p| {
        let (client, upload) = (w.client.clone(), upload.clone());
        async move { client.abort(&a, &p, &upload).await }
    })
    .await;
    let aborted = matches!(aborted, Ok(Ok(())));
    w.line(if aborted { "aborted" } else { "left.parts" }, vec![]).await;
    aborted
}
