//! The object verbs: part rules, checksums, XML. Knows who was let in, not how; knows nothing of VOD's actions.

mod complete;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use http::request::Parts;
use http::{Method, header};
use vodlift_sign::encode::{decode, parse_query, percent};

use crate::Options;
use crate::account::AccountState;
use crate::clock::{Clock, http_date, timestamp};
use crate::codes;
use crate::content;
use crate::gate;
use crate::inlet::{End, Inlet};
use crate::reply::{Denial, Form, Reply, Xml};
use crate::store::pieces::{self, Piece, Written};
use crate::store::{Media, Object, Part, Pass, Scope, Store, Upload, random_hex};
use crate::unverified::Unverified;

/// OSS: PutObject and UploadPart take at most 5 GB.
const MAX_BODY: u64 = 5 * (1 << 30);
/// OSS: UploadPart, part numbers are 1 to 10,000.
pub(crate) const MAX_PART: u32 = 10_000;
/// OSS: CompleteMultipartUpload, 100 KB for every part but the last.
pub(crate) const MIN_PART: u64 = 100 * 1024;
/// OSS: ListParts, at most 1,000 a page.
const MAX_PAGE: usize = 1000;

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) bucket: String,
    /// As it is, not encoded; empty for the bucket itself.
    pub(crate) key: String,
}

/// Reads bucket and key from a path-style address, or from the host when it names one of `buckets`.
/// `None` is a call of VOD.
pub(crate) fn place(head: &Parts, buckets: &[&str]) -> Option<Place> {
    let path = head.uri.path();
    let host = gate::header(head, "host");
    let label = host.split(['.', ':']).next().unwrap_or_default();
    if buckets.contains(&label) {
        return Some(Place { bucket: label.to_owned(), key: decode(path.strip_prefix('/')?) });
    }
    let rest = path.strip_prefix('/').filter(|rest| !rest.is_empty())?;
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    Some(Place { bucket: decode(bucket), key: decode(key) })
}

/// A request for OSS, taken apart.
pub(crate) struct Ask {
    pub(crate) action: &'static str,
    pub(crate) place: Place,
    pub(crate) query: Vec<(String, String)>,
}

impl Ask {
    pub(crate) fn new(head: &Parts, place: Place) -> Self {
        let query = parse_query(head.uri.query().unwrap_or_default());
        let has = |name: &str| query.iter().any(|(other, _)| other == name);
        let object = !place.key.is_empty();
        let action = match (&head.method, object) {
            (&Method::PUT, true) if has("uploadId") || has("partNumber") => "UploadPart",
            (&Method::PUT, true) => "PutObject",
            (&Method::POST, true) if has("uploads") => "InitiateMultipartUpload",
            (&Method::POST, true) if has("uploadId") => "CompleteMultipartUpload",
            (&Method::POST, true) if has("append") => "AppendObject",
            (&Method::GET, true) if has("uploadId") => "ListParts",
            (&Method::GET, true) => "GetObject",
            (&Method::DELETE, true) if has("uploadId") => "AbortMultipartUpload",
            (&Method::DELETE, true) => "DeleteObject",
            (&Method::HEAD, true) if has("objectMeta") => "GetObjectMeta",
            (&Method::HEAD, true) => "HeadObject",
            (&Method::GET, false) if has("uploads") => "ListMultipartUploads",
            (&Method::GET, false) => "ListObjects",
            (_, _) => "",
        };
        Self { action, place, query }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn part(&self) -> Option<u32> {
        self.get("partNumber").and_then(|number| number.parse().ok())
    }

    fn upload(&self) -> &str {
        self.get("uploadId").unwrap_or_default()
    }

    /// Name and value of a text that may have to be written percent-encoded.
    fn text(&self, text: &str) -> String {
        if self.get("encoding-type") == Some("url") { percent(text) } else { text.to_owned() }
    }
}

/// One request being answered.
pub(crate) struct Desk<'a> {
    pub(crate) store: &'a Arc<Store>,
    pub(crate) clock: &'a Clock,
    pub(crate) form: &'a Form,
    pub(crate) head: &'a Parts,
    pub(crate) ask: &'a Ask,
    pub(crate) options: &'a Options,
    pub(crate) account: &'a AccountState,
}

impl Desk<'_> {
    pub(crate) async fn answer(&self, inlet: &mut Inlet) -> Result<Reply, End> {
        let Place { bucket, key } = &self.ask.place;
        if !self.store.books().buckets().contains(&bucket.as_str()) {
            return Err(Denial::of(&codes::BUCKET_GONE).with("BucketName", bucket).into());
        }
        let other = |fact| self.other(fact);
        if let Some(code) = self.account.storage_refused(other) {
            let denial = Denial::of(code).with("BucketName", bucket);
            // The right place is named here and not in HostId.
            let elsewhere = code.ec == codes::OTHER_ENDPOINT.ec;
            return Err(if elsewhere {
                denial.with("Endpoint", "oss-cn-beijing.aliyuncs.com").into()
            } else {
                denial.into()
            });
        }
        let pass = gate::oss(self.store, self.clock, self.head, bucket, key, other)?;
        let reply = self.verb(&pass, inlet).await?;
        let sent = matches!(self.ask.action, "PutObject" | "UploadPart");
        if sent && self.other(Unverified::RunningPutEnds) && gate::expired(&pass, self.clock) {
            return Err(gate::ended(&pass, self.clock).into());
        }
        Ok(reply)
    }

    fn other(&self, fact: Unverified) -> bool {
        self.options.other.contains(&fact)
    }

    async fn verb(&self, pass: &Pass, inlet: &mut Inlet) -> Result<Reply, End> {
        let closed = match self.ask.action {
            "HeadObject" | "GetObjectMeta" => self.other(Unverified::HeadRefused),
            "ListParts" => self.other(Unverified::ListRefused),
            "AbortMultipartUpload" => self.other(Unverified::AbortRefused),
            _ => false,
        };
        if closed {
            return Err(Denial::of(&codes::ACCESS_DENIED_POLICY).into());
        }
        match self.ask.action {
            "PutObject" => self.put(pass, inlet).await,
            "InitiateMultipartUpload" => Ok(self.initiate(pass)?),
            "UploadPart" => self.part(inlet).await,
            "ListParts" => Ok(self.list()?),
            "CompleteMultipartUpload" => self.complete(inlet).await,
            "AbortMultipartUpload" => Ok(self.abort()?),
            "HeadObject" | "GetObjectMeta" => Ok(self.look()?),
            "" => Err(Denial::of(&codes::NOT_IMPLEMENTED).into()),
            // VOD's policy grants nothing else.
            _ => Err(Denial::of(&codes::ACCESS_DENIED_POLICY).into()),
        }
    }

    async fn put(&self, pass: &Pass, inlet: &mut Inlet) -> Result<Reply, End> {
        self.length()?;
        self.may_overwrite()?;
        let folder = self.store.parts_folder(&format!("put-{}", random_hex(16)));
        let cleanup = Cleanup(&folder);
        let piece = Piece::Own(0);
        let written = inlet.pour(pieces::open(&folder, &piece)?, MAX_BODY).await?;
        self.digest(&written)?;
        let media = media_of(pass);
        let file = file_name(self.store.books().media.get(media), &self.ask.place.key);
        std::fs::rename(pieces::path(&folder, &piece), self.store.final_path(&file))?;
        drop(cleanup);
        let etag = pieces::hex(&written.md5);
        self.judge(&self.store.final_path(&file), media);
        self.store.finish(
            Object {
                bucket: self.ask.place.bucket.clone(),
                key: self.ask.place.key.clone(),
                media: media.to_owned(),
                file,
                size: written.size,
                crc: written.crc,
                etag: etag.clone(),
                content_type: self.content_type(),
                modified_ms: self.clock.now_ms(),
                multipart: false,
            },
            self.processed_again(),
        );
        Ok(stored(&written))
    }

    /// Whether an object under a key that has one starts the processing anew.
    fn processed_again(&self) -> bool {
        !self.other(Unverified::SecondPutIsQuiet)
    }

    /// Looks into what is to become the file of `media`, where that is wanted.
    fn judge(&self, path: &std::path::Path, media: &str) {
        if self.options.check_content {
            content::judge(self.store, path, media);
        }
    }

    fn initiate(&self, pass: &Pass) -> Result<Reply, Denial> {
        self.may_overwrite()?;
        let id = random_hex(32).to_ascii_uppercase();
        let Place { bucket, key } = &self.ask.place;
        self.store.books().put_upload(Upload {
            id: id.clone(),
            bucket: bucket.clone(),
            key: key.clone(),
            media: media_of(pass).to_owned(),
            content_type: self.content_type(),
            initiated_ms: self.clock.now_ms(),
            parts: std::collections::BTreeMap::new(),
            trunk: pieces::Trunk::default(),
            sealing: false,
        });
        let mut xml = Xml::open("InitiateMultipartUploadResult");
        self.encoding(&mut xml);
        xml.leaf("Bucket", bucket);
        xml.leaf("Key", &self.ask.text(key));
        xml.leaf("UploadId", &id);
        let body = xml.close("InitiateMultipartUploadResult");
        Ok(Reply::text(200, "application/xml", body))
    }

    async fn part(&self, inlet: &mut Inlet) -> Result<Reply, End> {
        let number = self.ask.part().filter(|number| (1..=MAX_PART).contains(number));
        let Some(number) = number else {
            let message = "Part number must be an integer between 1 and 10000, inclusive.";
            let value = self.ask.get("partNumber").unwrap_or_default();
            return Err(Denial::of(&codes::ARGUMENT)
                .fill(message)
                .with("ArgumentName", "partNumber")
                .with("ArgumentValue", value)
                .into());
        };
        let length = self.length()?;
        let upload = self.ask.upload();
        let folder = self.store.parts_folder(upload);
        let mut seat = Seat { desk: self, number, piece: self.seat(number, length)?, kept: false };
        let written = inlet.pour(pieces::open(&folder, &seat.piece)?, MAX_BODY).await?;
        self.digest(&written)?;
        let old =
            self.store.books().uploads.get(upload).and_then(|it| it.parts.get(&number).cloned());
        let part = Part {
            size: written.size,
            md5: written.md5,
            crc: written.crc,
            modified_ms: self.clock.now_ms(),
            piece: seat.piece.clone(),
        };
        if !self.store.books().put_part(upload, number, part) {
            return Err(no_such_upload(upload).into());
        }
        seat.kept = true;
        if let Some(old) = old {
            pieces::discard(&folder, &old.piece);
        }
        Ok(stored(&written))
    }

    fn seat(&self, number: u32, length: Option<u64>) -> Result<Piece, Denial> {
        let mut books = self.store.books();
        let upload = self.ask.upload();
        self.open_upload(&books)?;
        let upload = books.uploads.get_mut(upload).ok_or_else(|| no_such_upload(upload))?;
        Ok(upload.trunk.seat(number, length))
    }

    /// The open upload a request names; it must be one of this very object.
    fn open_upload<'b>(&self, books: &'b crate::store::Books) -> Result<&'b Upload, Denial> {
        let Place { bucket, key } = &self.ask.place;
        books
            .uploads
            .get(self.ask.upload())
            .filter(|it| !it.sealing && it.bucket == *bucket && it.key == *key)
            .ok_or_else(|| no_such_upload(self.ask.upload()))
    }

    fn list(&self) -> Result<Reply, Denial> {
        let number = |name: &'static str, or: usize, max: usize| match self.ask.get(name) {
            None | Some("") => Ok(or),
            Some(text) => text.parse().ok().filter(|it| *it <= max).ok_or_else(|| {
                Denial::of(&codes::ARGUMENT)
                    .fill(&format!("Argument {name} is not valid."))
                    .with("ArgumentName", name)
                    .with("ArgumentValue", text)
            }),
        };
        let page = number("max-parts", MAX_PAGE, MAX_PAGE)?;
        let marker = number("part-number-marker", 0, usize::MAX)?;
        let marker = u32::try_from(marker).unwrap_or(u32::MAX);
        let books = self.store.books();
        let upload = self.open_upload(&books)?;
        let later = || upload.parts.range(marker.saturating_add(1)..);
        let last = later().take(page).last().map_or(marker, |(number, _)| *number);
        let more = later().nth(page).is_some();
        let mut xml = Xml::open("ListPartsResult");
        self.encoding(&mut xml);
        xml.leaf("Bucket", &upload.bucket);
        xml.leaf("Key", &self.ask.text(&upload.key));
        xml.leaf("UploadId", &upload.id);
        xml.leaf("StorageClass", "Standard");
        xml.leaf("PartNumberMarker", &marker.to_string());
        xml.leaf("NextPartNumberMarker", &last.to_string());
        xml.leaf("MaxParts", &page.to_string());
        xml.leaf("IsTruncated", if more { "true" } else { "false" });
        for (number, part) in later().take(page) {
            xml.start("Part");
            xml.leaf("PartNumber", &number.to_string());
            let modified = timestamp(part.modified_ms).strftime("%Y-%m-%dT%H:%M:%S.000Z");
            xml.leaf("LastModified", &modified.to_string());
            xml.leaf("ETag", &format!("\"{}\"", pieces::hex(&part.md5)));
            if !self.other(Unverified::PartsWithoutCrc) {
                xml.leaf("HashCrc64ecma", &part.crc.to_string());
            }
            xml.leaf("Size", &part.size.to_string());
            xml.end("Part");
        }
        Ok(Reply::text(200, "application/xml", xml.close("ListPartsResult")))
    }

    fn abort(&self) -> Result<Reply, Denial> {
        self.open_upload(&self.store.books())?;
        self.store.abort(self.ask.upload());
        Ok(Reply::empty(204))
    }

    fn look(&self) -> Result<Reply, Denial> {
        let books = self.store.books();
        let Place { bucket, key } = &self.ask.place;
        let object = books
            .objects
            .get(&(bucket.clone(), key.clone()))
            .ok_or_else(|| Denial::of(&codes::KEY_GONE).with("Key", key))?;
        let reply = Reply::empty(200)
            .with("content-length", object.size.to_string())
            .with("etag", format!("\"{}\"", object.etag))
            .with("last-modified", http_date(timestamp(object.modified_ms)));
        if self.ask.action == "GetObjectMeta" {
            return Ok(reply);
        }
        Ok(reply
            .with("content-type", &object.content_type)
            .with("x-oss-hash-crc64ecma", object.crc.to_string())
            .with("x-oss-object-type", if object.multipart { "Multipart" } else { "Normal" })
            .with("x-oss-storage-class", "Standard")
            .with("accept-ranges", "bytes"))
    }

    fn encoding(&self, xml: &mut Xml) {
        if let Some(encoding) = self.ask.get("encoding-type") {
            xml.leaf("EncodingType", encoding);
        }
    }

    /// Length of the body, when it is told; a body must tell it or come in chunks.
    fn length(&self) -> Result<Option<u64>, Denial> {
        let length = gate::header(self.head, "content-length");
        if length.is_empty() && !self.head.headers.contains_key(header::TRANSFER_ENCODING) {
            return Err(Denial::of(&codes::NO_LENGTH));
        }
        let length = length.parse().ok();
        if length.is_some_and(|length| length > MAX_BODY) {
            return Err(Denial::of(&codes::TOO_LARGE));
        }
        Ok(length)
    }

    fn digest(&self, written: &Written) -> Result<(), Denial> {
        let claimed = gate::header(self.head, "content-md5");
        if claimed.is_empty() || claimed == BASE64_STANDARD.encode(written.md5) {
            return Ok(());
        }
        Err(Denial::of(&codes::DIGEST))
    }

    fn may_overwrite(&self) -> Result<(), Denial> {
        let Place { bucket, key } = &self.ask.place;
        let forbidden = gate::header(self.head, "x-oss-forbid-overwrite") == "true";
        if forbidden && self.store.books().objects.contains_key(&(bucket.clone(), key.clone())) {
            return Err(Denial::of(&codes::EXISTS));
        }
        Ok(())
    }

    fn content_type(&self) -> String {
        match gate::header(self.head, "content-type") {
            "" => "application/octet-stream".into(),
            given => given.into(),
        }
    }
}

/// A place in an upload for a part that is arriving; given back if it does not.
struct Seat<'a> {
    desk: &'a Desk<'a>,
    number: u32,
    piece: Piece,
    kept: bool,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let upload = self.desk.ask.upload();
        let mut books = self.desk.store.books();
        let known =
            books.uploads.get_mut(upload).map(|it| it.trunk.leave(self.number, &self.piece));
        drop(books);
        let folder = self.desk.store.parts_folder(upload);
        match known {
            Some(()) => pieces::discard(&folder, &self.piece),
            // Aborted while this part was on its way.
            None => crate::store::remove(&folder),
        }
    }
}

/// Removes a folder whatever happens to the request.
struct Cleanup<'a>(&'a std::path::Path);

impl Drop for Cleanup<'_> {
    fn drop(&mut self) {
        crate::store::remove(self.0);
    }
}

fn media_of(pass: &Pass) -> &str {
    match &pass.scope {
        Scope::Object { media, .. } => media,
        Scope::Vod => "",
    }
}

fn stored(written: &Written) -> Reply {
    Reply::empty(200)
        .with("etag", format!("\"{}\"", pieces::hex(&written.md5)))
        .with("content-md5", BASE64_STANDARD.encode(written.md5))
        .with("x-oss-hash-crc64ecma", written.crc.to_string())
}

pub(crate) fn no_such_upload(id: &str) -> Denial {
    Denial::of(&codes::UPLOAD_GONE).with("UploadId", id)
}

/// Name of a finished object in the data folder: to be read by people, safe on every system.
pub(crate) fn file_name(media: Option<&Media>, key: &str) -> String {
    let extension = key.rsplit_once('.').map_or("", |(_, extension)| extension);
    let (title, id) = match media {
        Some(media) if media.title.is_empty() => {
            let name = &media.file_name;
            (name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem), media.id.as_str())
        }
        Some(media) => (media.title.as_str(), media.id.as_str()),
        None => ("object", key),
    };
    let mut name = String::new();
    for letter in safe(title).chars() {
        if name.len() + letter.len_utf8() > 100 {
            break;
        }
        name.push(letter);
    }
    name.extend(["-", &safe(id)]);
    if !extension.is_empty() {
        name.extend([".", &safe(extension)]);
    }
    name
}

fn safe(text: &str) -> String {
    let safe: String =
        text.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect();
    // A leading dash is an option to many tools.
    safe.trim_start_matches('-').to_owned()
}
