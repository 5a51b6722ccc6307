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
    // Another file of the same size and time may have taken its place while it was sent.
    if pump::same_file(w, &w.parts, facts).await?.is_none() {
        return Ok(End::Halted);
    }
    // An answer of an earlier Complete may have been lost: repeating one that worked says NoSuchUpload.
    if w.doubt
        && let Some(status) = status(w).await?.known()
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
    let told = status(w).await?.known();
    let unasked = told.is_none();
    if let Some(status) = told
        && status.received()
    {
        return Err(Stop::Landed(status.word));
    }
    let head = oss(w, |a, p| {
        let client = w.client.clone();
        async move { client.head(&a, &p).await }
    })
    .await?;
    if let Ok(object) = &head
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
    if unasked && head.is_err_and(|error| error.status != Some(404)) {
        // Neither VOD nor storage tells: sending again may overwrite what is there.
        return Err(Fault::of(Code::VodUnasked).into());
    }
    Err(Fault::of(Code::OssNoupload).into())
}

pub(crate) async fn verify(w: &Work, facts: &mut Vec<Fact>) -> Ended {
    let (Some(ours), false) = (w.t.crc64, w.t.landed) else { return Ok(End::Done) };
    let differs = |theirs: &str| {
        Err(Fault::of(Code::OssCrc).with("ours", ours).with("theirs", theirs).into())
    };
    // A checksum that was told and differs stands until another one is told: silence does not overrule it.
    let told = match w.t.object_crc64 {
        Some(theirs) if theirs == ours => return Ok(End::Done),
        told => told.map(|crc| crc.to_string()),
    };
    if w.lease.view().is_none() {
        // Only a new pass could look, and VOD may have the file by now: it would be the right to overwrite it.
        if let Some(theirs) = told {
            return differs(&theirs);
        }
        w.line("verify.unseen", vec![]).await;
        return Ok(End::Done);
    }
    let head = oss(w, |a, p| {
        let client = w.client.clone();
        async move { client.head(&a, &p).await }
    })
    .await;
    let head = match (head, told.as_ref()) {
        (Ok(head), _) => head,
        // The pass ended meanwhile.
        (Err(_), Some(theirs)) => return differs(theirs),
        (Err(Stop::Fault(fault)), None) if fault.code == Code::CredExpired => {
            w.line("verify.unseen", vec![]).await;
            return Ok(End::Done);
        }
        (Err(stop), None) => return Err(stop),
    };
    match head {
        Ok(object) if object.size != w.t.size() => {
            let theirs =
                object.crc64.map_or_else(|| object.size.to_string(), |crc| crc.to_string());
            differs(&theirs)
        }
        Ok(object) => match (object.crc64, told) {
            (Some(crc), _) if crc != ours => {
                facts.push(Fact::ObjectCrc(object.crc64));
                differs(&crc.to_string())
            }
            (None, Some(theirs)) => differs(&theirs),
            (Some(_), _) | (None, None) => {
                facts.push(Fact::ObjectCrc(object.crc64));
                Ok(End::Done)
            }
        },
        Err(error) if error.status.is_some_and(|s| s < 500) && !error.throttled() => {
            if let Some(theirs) = told {
                // It said something else and will not be asked again.
                return differs(&theirs);
            }
            // OSS: the credential may not look; that says nothing about the upload (protocol/oss.md 1.5).
            w.line("verify.unseen", vec![]).await;
            Ok(End::Done)
        }
        Err(error) => Err(fault(w, &error, Side::Oss).into()),
    }
}
