//! Sends the bytes: a permit first, then the reading, the checksum on the way. Knows parts and passes; no wishes, no rests.
//! Long because a part, its reader and what is done when either fails are read together.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::mpsc::TrySendError;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::{Stream, stream};
use tokio::sync::mpsc;
use vodlift_cloud as cloud;
use vodlift_cloud::crc64::{self, Crc64};

use crate::fault::{Code, Fault, Side};
use crate::file_io::{self, Waiter};
use crate::media::Payload;
use crate::meter::Flight;
use crate::model::{Method, Part, Recoded, Source};
use crate::plan;
use crate::source_identity::{self, Known};
use crate::verbs::{self, Asked, Stop, sums};
use crate::work::{End, Fact, Note, Shared, Work};

/// Large enough that neither hyper nor TLS asks too often, small enough to stay in the cache (speed.md).
const CHUNK: usize = 256 * 1024;
/// Small parts go out many at a time: each holds less, and none is held whole.
const SMALL_CHUNK: usize = CHUNK / 2;
/// Bytes of a part that counts as small.
const SMALL_PART: u64 = 8 * CHUNK as u64;
/// A file whose time changes while it is sent is looked at so often: then somebody writes to it.
const LOOKS: u32 = 3;
/// A part that arrives damaged goes again so often: then it is memory, a proxy or a disk.
const DAMAGED: u32 = 3;

/// The Content-Type of an extension.
pub(crate) fn content_type(extension: &str) -> &'static str {
    match extension {
        "mp4" | "m4v" | "f4v" => "video/mp4",
        "mov" | "qt" => "video/quicktime",
        "webm" => "video/webm",
        "mkv" => "video/x-matroska",
        "avi" => "video/x-msvideo",
        "flv" => "video/x-flv",
        "ts" | "m2t" | "mts" => "video/mp2t",
        "mpg" | "mpeg" | "mpe" => "video/mpeg",
        "3gp" => "video/3gpp",
        "wmv" => "video/x-ms-wmv",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "wav" => "audio/wav",
        "flac" => "audio/flac",
        "aac" => "audio/aac",
        "png" | "apng" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "heic" => "image/heic",
        "vtt" => "text/vtt",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

/// The file is still the one that was planned, by its content, and what is stored is of it. Returns what it is now; none
/// when this was halted on the way.
pub(crate) async fn same_file(
    w: &Work,
    parts: &[Part],
    facts: &mut Vec<Fact>,
) -> Result<Option<Source>, Stop> {
    let was = planned_source(w)?;
    let Some(now) = examine(w, was, parts.to_vec()).await? else { return Ok(None) };
    if now != was {
        facts.push(Fact::Source(now));
    }
    Ok(Some(now))
}

fn planned_source(w: &Work) -> Result<Source, Fault> {
    w.t.source.ok_or_else(|| Fault::of(Code::Unknown).with("code", "no source"))
}

async fn examine(w: &Work, was: Source, parts: Vec<Part>) -> Result<Option<Source>, Stop> {
    let (path, halt) = (w.t.path.clone(), w.halt.clone());
    let known = Known { source: was, fingerprint: w.t.fingerprint, parts };
    let look = move |alive: &dyn Fn()| source_identity::examine(&path, &known, &halt, alive);
    let now = w.shared.files.scan(&w.t.path, look).await??;
    if let Some(now) = now.filter(|now| *now != was) {
        w.line("same.file", vec![("n", w.parts.len().to_string())]).await;
        tracing::info!(transfer = %w.t.id, ?was, ?now, "the same file by its content");
    }
    Ok(now)
}

/// Sends everything that is not there yet.
pub(crate) async fn send(w: &Work, facts: &mut Vec<Fact>) -> Result<End, Stop> {
    match w.t.method {
        Method::Put => {
            let mut looks = 0;
            loop {
                let Some(now) = same_file(w, &[], facts).await? else { return Ok(End::Halted) };
                match put(w, now, facts).await {
                    Err(stop) if is_change(&stop) && looks < LOOKS => looks += 1,
                    end => return end,
                }
            }
        }
        Method::Multipart => multipart(w, facts).await,
    }
}

fn is_change(stop: &Stop) -> bool {
    matches!(stop, Stop::Fault(fault) if fault.code == Code::FileChanged)
}

async fn put(w: &Work, now: Source, facts: &mut Vec<Fact>) -> Result<End, Stop> {
    let size = w.t.size();
    // A put whose answer was lost may have arrived; asking costs less than triggering VOD twice.
    if w.doubt
        && let Some(status) = verbs::status(w).await?.known()
        && status.received()
    {
        return Err(Stop::Landed(status.word));
    }
    if w.doubt
        && let Some((etag, crc)) = arrived(w, size).await?
    {
        w.tell(Note::Stored(Part {
            number: 1,
            offset: 0,
            length: size,
            etag: etag.into(),
            crc64: crc,
        }))
        .await;
        facts.extend([Fact::Crc(crc), Fact::ObjectCrc(Some(crc))]);
        return Ok(End::Done);
    }
    let kind = content_type(w.t.extension.as_deref().unwrap_or_default());
    // VOD works on the object as soon as it is there: one that was damaged on its way must never come into being.
    let md5: Arc<str> = sums::md5(&w.shared.files, &w.t).await?.into();
    let permit = w.shared.parts.acquire().await;
    let flight = Arc::new(w.meter.flight(1));
    // With the MD5 accepted, an answer that names another checksum is for Verify to clear up, not to overwrite.
    let sent = sent(w, now, (0, size), &flight, false, |a, p, body| {
        let (client, md5) = (w.client.clone(), md5.clone());
        async move { client.put_object(&a, &p, size, kind, Some(&md5), body).await }
    })
    .await;
    drop(permit);
    let (stored, crc) = match sent {
        Ok(sent) => sent,
        Err(stop) => return Err(gone(w, stop, facts).await),
    };
    // Recorded before the flight's bytes vanish, so the bar never jumps back.
    w.tell(Note::Stored(Part {
        number: 1,
        offset: 0,
        length: size,
        etag: stored.etag.into(),
        crc64: crc,
    }))
    .await;
    facts.push(Fact::Crc(crc));
    facts.push(Fact::ObjectCrc(stored.crc64));
    Ok(End::Done)
}

async fn multipart(w: &Work, facts: &mut Vec<Fact>) -> Result<End, Stop> {
    let upload = w.t.upload.clone().ok_or_else(|| Fault::of(Code::OssNoupload))?;
    let (size, length) = (w.t.size(), w.t.part_size);
    let count = plan::part_count(size, length);
    let mut have: BTreeMap<u32, Part> = w.parts.iter().map(|p| (p.number, p.clone())).collect();
    if w.doubt {
        reconcile(w, &upload, &mut have, facts).await?;
    }
    let was = planned_source(w)?;
    let stored_of = |have: &BTreeMap<u32, Part>| have.values().cloned().collect();
    let Some(mut now) = examine(w, was, stored_of(&have)).await? else { return Ok(End::Halted) };
    let mut looks = 0;
    let ended = loop {
        match missing_parts(w, &upload, now, count, &mut have).await {
            Ok(()) => break Ok(()),
            Err(stop) if is_change(&stop) && looks < LOOKS => {
                // Only its time or its number may be another one: its content tells.
                match examine(w, now, stored_of(&have)).await {
                    Ok(Some(is)) => {
                        // A number that changes again and again means nothing here.
                        let file = is.file.filter(|_| looks == 0 || is.file == now.file);
                        now = Source { file, ..is };
                    }
                    Ok(None) => return Ok(End::Halted),
                    Err(stop) => break Err(stop),
                }
                looks += 1;
            }
            Err(stop) => break Err(stop),
        }
    };
    if now != was {
        facts.push(Fact::Source(now));
    }
    if let Err(stop) = ended {
        return Err(gone(w, stop, facts).await);
    }
    let crc = have.values().fold(0, |crc, part| crc64::combine(crc, part.crc64, part.length));
    facts.push(Fact::Crc(crc));
    Ok(End::Done)
}

/// Sends what `have` lacks of the parts and adds it there.
async fn missing_parts(
    w: &Work,
    upload: &str,
    now: Source,
    count: u32,
    have: &mut BTreeMap<u32, Part>,
) -> Result<(), Stop> {
    let missing: Vec<u32> = (1..=count).filter(|n| !have.contains_key(n)).collect();
    let mut missing = missing.into_iter();
    let mut running = FuturesUnordered::new();
    let mut first: Option<Stop> = None;
    loop {
        // In order and close together; after the first fault nothing new is issued and what flies may land.
        while first.is_none() && running.len() < w.shared.parts.size() {
            let Some(number) = missing.next() else { break };
            running.push(part(w, upload, now, number));
        }
        match running.next().await {
            Some(Ok(part)) => {
                have.insert(part.number, part);
            }
            Some(Err(stop)) => {
                first.get_or_insert(stop);
            }
            None => return first.map_or(Ok(()), Err),
        }
    }
}

/// What storage has already: VOD notices an object only some time after it is there, and to send it again would
/// overwrite it. None: it is not there, it is another one, or nobody tells.
async fn arrived(w: &Work, size: u64) -> Result<Option<(String, u64)>, Stop> {
    let head = verbs::oss(w, |a, p| {
        let client = w.client.clone();
        async move { client.head(&a, &p).await }
    })
    .await?;
    match head {
        Ok(object) if object.size == size => {
            let (Some(etag), Some(crc)) = (object.etag, object.crc64) else { return Ok(None) };
            let same = sums::crc64(&w.shared.files, &w.t, 0, size).await == Some(crc);
            Ok(same.then_some((etag, crc)))
        }
        Ok(_) => Ok(None),
        Err(error) if error.status.is_some() => Ok(None),
        Err(error) => Err(verbs::fault(w, &error, Side::Oss).into()),
    }
}

/// NoSuchUpload may mean that an earlier Complete worked, or that VOD moved the object with a renewed pass.
pub(crate) async fn gone(w: &Work, stop: Stop, facts: &mut Vec<Fact>) -> Stop {
    match &stop {
        Stop::Fault(fault) if matches!(fault.code, Code::OssNoupload | Code::OssDenied) => {
            match verbs::status(w).await {
                Ok(Asked::Known(status)) if status.received() => {
                    return Stop::Landed(status.word);
                }
                // Without its media the upload would only be begun again in vain.
                Err(fault) if fault.code == Code::MediaGone => return fault.into(),
                // Complete or lost, and VOD may not be asked: storage is (protocol/vod.md 5.2).
                Ok(Asked::Refused(_) | Asked::Nobody)
                    if w.doubt && fault.code == Code::OssNoupload =>
                {
                    if let Some(stop) = is_there(w).await {
                        return stop;
                    }
                }
                Ok(_) | Err(_) => {}
            }
            if let Some(place) = w.lease.take_moved() {
                facts.push(Fact::Place(place));
                return Fault::of(Code::OssNoupload).into();
            }
            stop
        }
        Stop::Fault(_) | Stop::Landed(_) => stop,
    }
}

/// Whether storage has the whole object; none: it has not, and the bytes may be sent again.
async fn is_there(w: &Work) -> Option<Stop> {
    let head = verbs::oss(w, |a, p| {
        let client = w.client.clone();
        async move { client.head(&a, &p).await }
    })
    .await;
    match head {
        Ok(Ok(object)) if object.size == w.t.size() => Some(Stop::Landed(String::new())),
        Ok(Err(error)) if error.status == Some(404) => None,
        Ok(Err(error)) if error.status.is_none() => Some(verbs::fault(w, &error, Side::Oss).into()),
        Ok(_) => Some(Fault::of(Code::VodUnasked).into()),
        Err(stop) => Some(stop),
    }
}

/// What the server has is what counts: the journal only confirms it (protocol/oss.md 4).
async fn reconcile(
    w: &Work,
    upload: &str,
    have: &mut BTreeMap<u32, Part>,
    facts: &mut Vec<Fact>,
) -> Result<(), Stop> {
    let mut there = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = verbs::oss(w, |a, p| {
            let (client, upload) = (w.client.clone(), upload.to_owned());
            async move { client.list_parts(&a, &p, &upload, after).await }
        })
        .await?;
        match page {
            Ok(page) => {
                there.extend(page.parts.into_iter().map(|p| (u32::from(p.number), p)));
                match page.next {
                    Some(next) => after = next,
                    None => break,
                }
            }
            // Not every credential may list: then the journal has to do.
            Err(error) if error.code.as_deref() == Some("AccessDenied") => {
                return match w.lease.take_moved() {
                    Some(place) => {
                        facts.push(Fact::Place(place));
                        Err(Fault::of(Code::OssNoupload).into())
                    }
                    None => Ok(()),
                };
            }
            Err(error) => {
                return Err(gone(w, verbs::fault(w, &error, Side::Oss).into(), facts).await);
            }
        }
    }
    let lost: Vec<u32> = have
        .iter()
        .filter(|(number, part)| {
            there.get(number).is_none_or(|t| {
                t.size != part.length || t.etag.trim_matches('"') != part.etag.trim_matches('"')
            })
        })
        .map(|(number, _)| *number)
        .collect();
    for number in &lost {
        have.remove(number);
    }
    if !lost.is_empty() {
        w.tell(Note::Lost(lost)).await;
    }
    for (number, part) in there {
        if have.contains_key(&number)
            || number == 0
            || number > plan::part_count(w.t.size(), w.t.part_size)
        {
            continue;
        }
        // Stored, but we do not remember it (a crash in between): only the bytes themselves can tell.
        let (offset, length) = plan::part_range(number, w.t.size(), w.t.part_size);
        let (Some(crc), true) = (part.crc64, part.size == length) else { continue };
        if sums::crc64(&w.shared.files, &w.t, offset, length).await == Some(crc) {
            let part = Part { number, offset, length, etag: part.etag.into(), crc64: crc };
            w.tell(Note::Stored(part.clone())).await;
            have.insert(number, part);
        }
    }
    Ok(())
}

async fn part(w: &Work, upload: &str, now: Source, number: u32) -> Result<Part, Stop> {
    // The drive answers first: a permit that waits for a dead one would be missing elsewhere.
    let path = w.t.path.clone();
    let check = move || source_identity::check_same(&path, std::fs::metadata(&path), &now);
    w.shared.files.call(&w.t.path, check).await??;
    let permit = w.shared.parts.acquire().await;
    let (offset, length) = plan::part_range(number, w.t.size(), w.t.part_size);
    let flight = Arc::new(w.meter.flight(number));
    let short = u16::try_from(number).unwrap_or(u16::MAX);
    let (stored, crc) = sent(w, now, (offset, length), &flight, true, |a, p, body| {
        let (client, upload) = (w.client.clone(), upload.to_owned());
        async move { client.put_part(&a, &p, &upload, short, length, body).await }
    })
    .await?;
    if w.config.parts == 0 && w.shared.tap.is_open() {
        w.shared.pace.landed(length, &w.shared.parts);
    }
    drop(permit);
    let part = Part { number, offset, length, etag: stored.etag.into(), crc64: crc };
    w.tell(Note::Stored(part.clone())).await;
    Ok(part)
}

/// One body, sent until it arrives undamaged; other faults are the caller's.
async fn sent<F, R>(
    w: &Work,
    now: Source,
    (offset, length): (u64, u64),
    flight: &Arc<Flight>,
    again: bool,
    call: F,
) -> Result<(cloud::Stored, u64), Stop>
where
    F: Fn(Arc<cloud::Address>, Arc<cloud::Pass>, Body) -> R,
    R: Future<Output = Result<cloud::Stored, cloud::Error>>,
{
    let mut damaged = 0;
    loop {
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let answer = verbs::oss(w, |a, p| {
            flight.again();
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = Seen::default();
            let reading = Reading {
                path: w.t.path.clone(),
                recoded: w.t.recoded.clone(),
                offset,
                length,
                was: Some(now),
                seen: seen.clone(),
                shared: w.shared.clone(),
            };
            call(a, p, body(reading, flight.clone()))
        })
        .await?;
        let Seen { crc, fault } = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let code = match (answer, crc) {
            (Ok(stored), Some(crc)) if !again || stored.crc64.is_none_or(|it| it == crc) => {
                if let Some(id) = &stored.request_id {
                    tracing::debug!(transfer = %w.t.id, offset, request_id = %id, "stored");
                }
                return Ok((stored, crc));
            }
            (Ok(_), _) => "crc64".to_owned(),
            (Err(error), _) => {
                if let Some(fault) = fault {
                    return Err(fault.into());
                }
                if error.code.as_deref() != Some("InvalidDigest") {
                    return Err(verbs::fault(w, &error, Side::Oss).into());
                }
                "InvalidDigest".to_owned()
            }
        };
        damaged += 1;
        w.line("part.again", vec![("offset", offset.to_string()), ("code", code)]).await;
        if damaged >= DAMAGED {
            return Err(Fault::of(Code::OssPart).into());
        }
    }
}

/// What the reader saw: the checksum once everything is read, or why it stopped.
#[derive(Clone, Debug, Default)]
struct Seen {
    crc: Option<u64>,
    fault: Option<Fault>,
}

type Body = std::pin::Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Buffers that rest between two bodies: the allocator never sees them come and go, so memory stays flat
/// from the first part to the last. Never more than the permits ever needed at once.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Vec<Vec<u8>>>);

impl Pool {
    fn take(&self, length: usize) -> Vec<u8> {
        let mut rested = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = rested.iter().rposition(|buffer| buffer.len() == length);
        fits.map_or_else(|| vec![0; length], |at| rested.swap_remove(at))
    }

    fn give(&self, buffer: Vec<u8>) {
        if matches!(buffer.len(), CHUNK | SMALL_CHUNK) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
        }
    }
}

/// A buffer that goes back to its reader when the last of its bytes is written.
struct Loan {
    buffer: Vec<u8>,
    length: usize,
    home: std::sync::mpsc::SyncSender<Vec<u8>>,
    pool: Arc<Pool>,
}

impl AsRef<[u8]> for Loan {
    fn as_ref(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        // A reader that has ended needs no buffer; another one will.
        if let Err(TrySendError::Full(buffer) | TrySendError::Disconnected(buffer)) =
            self.home.try_send(std::mem::take(&mut self.buffer))
        {
            self.pool.give(buffer);
        }
    }
}

/// What one body is read from.
struct Reading {
    path: PathBuf,
    recoded: Option<Recoded>,
    offset: u64,
    length: u64,
    was: Option<Source>,
    seen: Arc<Mutex<Seen>>,
    shared: Arc<Shared>,
}

impl Reading {
    fn fail(&self, fault: Fault) -> io::Error {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).fault = Some(fault);
        io::ErrorKind::InvalidData.into()
    }

    /// One thread per body with two buffers: memory is bounded whatever the network does, and nothing is read twice.
    async fn start(&self) -> Result<Chunks, Fault> {
        let (chunks, source) = mpsc::channel(1);
        let (path, offset, length, was) = (self.path.clone(), self.offset, self.length, self.was);
        let (seen, pool) = (self.seen.clone(), self.shared.pool.clone());
        let recoded = self.recoded.clone();
        let work = move || {
            let (home, free) = std::sync::mpsc::sync_channel::<Vec<u8>>(2);
            let chunk = if length < SMALL_PART { SMALL_CHUNK } else { CHUNK };
            let buffer = usize::try_from(length).unwrap_or(chunk).clamp(1, chunk);
            for _ in 0..2 {
                // Two fit, and the other end stands two lines above.
                let _ = home.send(pool.take(buffer));
            }
            let read_all = || -> Result<(), Fault> {
                let fail = |error: io::Error| plan::unreadable(&path, &error);
                let mut file = Payload::open(&path, recoded.as_ref()).map_err(fail)?;
                file.seek(SeekFrom::Start(offset)).map_err(fail)?;
                let (mut crc, mut left) = (Crc64::new(), length);
                while left > 0 {
                    // The sender keeps `home` alive in its loans; when the body is dropped the loans come back and the
                    // send below ends this thread.
                    let Ok(mut buffer) = free.recv() else { return Ok(()) };
                    let take = usize::try_from(left).unwrap_or(CHUNK).min(buffer.len());
                    match file.read_exact(&mut buffer[..take]) {
                        Ok(()) => {}
                        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                            return Err(Fault::of(Code::FileChanged).with("path", path.display()));
                        }
                        Err(error) => return Err(fail(error)),
                    }
                    crc.update(&buffer[..take]);
                    left -= take as u64;
                    let last = left == 0;
                    if last {
                        if let Some(was) = &was {
                            source_identity::check_same(&path, file.metadata(), was)?;
                        }
                        seen.lock().unwrap_or_else(PoisonError::into_inner).crc = Some(crc.value());
                    }
                    let loan =
                        Loan { buffer, length: take, home: home.clone(), pool: pool.clone() };
                    if chunks.blocking_send(Ok(Bytes::from_owner(loan))).is_err() {
                        return Ok(());
                    }
                }
                Ok(())
            };
            if let Err(fault) = read_all() {
                // A body that was given up hears nothing.
                let _ = chunks.blocking_send(Err(fault));
            }
            for buffer in free.try_iter() {
                pool.give(buffer);
            }
        };
        let waiter = self.shared.files.read(&self.path, work).await?;
        Ok(Chunks { source, waiter, ready: Bytes::new() })
    }
}

/// What comes from the thread of one body.
struct Chunks {
    source: mpsc::Receiver<Result<Bytes, Fault>>,
    waiter: Waiter,
    /// Read, and not let through yet.
    ready: Bytes,
}

impl Chunks {
    /// The next bytes that the limit lets through; none at the end.
    async fn next(&mut self, reading: &Reading) -> Result<Option<Bytes>, Fault> {
        if self.ready.is_empty() {
            match self.waiter.next(self.source.recv()).await {
                Some(Some(read)) => self.ready = read?,
                Some(None) => return Ok(None),
                None => return Err(file_io::silent(&reading.path)),
            }
        }
        let tap = &reading.shared.tap;
        let bytes = self.ready.split_to(tap.slice(self.ready.len(), reading.shared.parts.size()));
        tap.take(bytes.len() as u64).await;
        Ok(Some(bytes))
    }
}

/// The chunks, read from when the first is wanted, let through the tap and counted as they leave.
fn body(reading: Reading, flight: Arc<Flight>) -> Body {
    Box::pin(stream::unfold((reading, None, flight), |(reading, chunks, flight)| async move {
        let mut chunks: Chunks = match chunks {
            Some(chunks) => chunks,
            None => match reading.start().await {
                Ok(chunks) => chunks,
                Err(fault) => return Some((Err(reading.fail(fault)), (reading, None, flight))),
            },
        };
        match chunks.next(&reading).await {
            Ok(Some(bytes)) => {
                flight.add(bytes.len() as u64);
                Some((Ok(bytes), (reading, Some(chunks), flight)))
            }
            Ok(None) => None,
            Err(fault) => Some((Err(reading.fail(fault)), (reading, Some(chunks), flight))),
        }
    }))
}

#[cfg(test)]
mod tests;
