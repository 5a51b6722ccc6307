//! Seal and Verify: make the object whole and make sure that it is the file.

use crate::fault::{Code, Fault, Side};
use crate::model::{Method, Part};
use crate::plan;
use crate::pump;
use crate::work::{End, Fact, Note, Work};

use super::{Ended, Stop, fault, oss, poll, status};

pub(crate) async fn seal(w: &Work, facts: &mut Vec<Fact>) -> Ended {
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
    let number = |part: &Part| u16::try_from(part.number).unwrap_or(u16::MAX);
    let parts: Vec<(u16, &str)> = w.parts.iter().map(|part| (number(part), &*part.etag)).collect();
    let sealed = oss(w, |a, p| {
        let (client, upload, parts) = (w.client.clone(), &upload, &parts);
        async move { client.complete(&a, &p, upload, parts).await }
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
        _ => return Err(pump::gone(w, fault(w, &error, Side::Oss).into(), facts).await),
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

pub(crate) async fn verify(w: &Work, facts: &mut Vec<Fact>) -> Ended {
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
