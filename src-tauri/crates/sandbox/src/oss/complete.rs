//! CompleteMultipartUpload: which parts, in which order, and the object they become. Knows no signatures.

use std::sync::Arc;

use serde::Deserialize;

use super::{Desk, MIN_PART, Place, file_name, no_such_upload};
use crate::codes;
use crate::content;
use crate::gate;
use crate::inlet::{End, Inlet};
use crate::reply::{Denial, Reply, Xml};
use crate::store::pieces;
use crate::store::{Object, Part, Store, Upload};

/// 10,000 parts with their tags are about a megabyte.
const MAX_LIST: usize = 5 << 20;

#[derive(Deserialize)]
struct List {
    #[serde(rename = "Part", default)]
    parts: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(rename = "PartNumber")]
    number: u32,
    #[serde(rename = "ETag")]
    etag: String,
}

impl Desk<'_> {
    pub(super) async fn complete(&self, inlet: &mut Inlet) -> Result<Reply, End> {
        let body = inlet.whole(MAX_LIST).await?;
        self.may_overwrite()?;
        let all = gate::header(self.head, "x-oss-complete-all");
        let parts = {
            let books = self.store.books();
            let upload = self.open_upload(&books)?;
            match all {
                "" => chosen(upload, &body)?,
                "yes" if body.is_empty() => every(upload)?,
                _ => {
                    let message = "x-oss-complete-all is yes, and then there is no body.";
                    return Err(Denial::of(&codes::ARGUMENT).fill(message).into());
                }
            }
        };
        let small = parts.iter().rev().skip(1).find(|(_, part)| part.size < MIN_PART);
        if let Some((number, part)) = small {
            return Err(Denial::of(&codes::TOO_SMALL)
                .with("PartNumber", number.to_string())
                .with("ProposedSize", part.size.to_string())
                .with("MinSizeAllowed", MIN_PART.to_string())
                .into());
        }
        let upload = self.ask.get("uploadId").unwrap_or_default().to_owned();
        if let Some(it) = self.store.books().uploads.get_mut(&upload) {
            it.sealing = true;
        }
        let (store, now) = (Arc::clone(self.store), self.clock.now_ms());
        let (check, again) = (self.options.check_content, self.processed_again());
        // OSS goes on with its work when the connection drops: so does this thread.
        let sealed =
            tokio::task::spawn_blocking(move || seal(&store, &upload, &parts, now, check, again));
        let object = sealed.await.map_err(std::io::Error::other)??;
        Ok(self.completed(&object))
    }

    fn completed(&self, object: &Object) -> Reply {
        let Place { bucket, key } = &self.ask.place;
        let mut xml = Xml::open("CompleteMultipartUploadResult");
        self.encoding(&mut xml);
        let location = format!("http://{}/{bucket}/{}", self.form.host, self.ask.text(key));
        xml.leaf("Location", &location);
        xml.leaf("Bucket", bucket);
        xml.leaf("Key", &self.ask.text(key));
        xml.leaf("ETag", &format!("\"{}\"", object.etag));
        Reply::text(200, "application/xml", xml.close("CompleteMultipartUploadResult"))
            .with("etag", format!("\"{}\"", object.etag))
            .with("x-oss-hash-crc64ecma", object.crc.to_string())
    }
}

fn chosen(upload: &Upload, body: &[u8]) -> Result<Vec<(u32, Part)>, Denial> {
    let malformed = || Denial::of(&codes::MALFORMED_XML);
    let text = std::str::from_utf8(body).map_err(|_| malformed())?;
    let list: List = quick_xml::de::from_str(text).map_err(|_| malformed())?;
    if list.parts.is_empty() {
        return Err(malformed());
    }
    if !list.parts.is_sorted_by(|a, b| a.number < b.number) {
        return Err(Denial::of(&codes::PART_ORDER));
    }
    list.parts
        .into_iter()
        .map(|listed| {
            let etag = listed.etag.trim().trim_matches('"').to_ascii_uppercase();
            upload
                .parts
                .get(&listed.number)
                .filter(|part| pieces::hex(&part.md5) == etag)
                .map(|part| (listed.number, part.clone()))
                .ok_or_else(|| {
                    Denial::of(&codes::PART_UNKNOWN).with("PartNumber", listed.number.to_string())
                })
        })
        .collect()
}

fn every(upload: &Upload) -> Result<Vec<(u32, Part)>, Denial> {
    if upload.parts.is_empty() {
        return Err(Denial::of(&codes::PART_UNKNOWN));
    }
    Ok(upload.parts.iter().map(|(number, part)| (*number, part.clone())).collect())
}

/// Makes the object; blocks.
fn seal(
    store: &Store,
    id: &str,
    parts: &[(u32, Part)],
    now: i64,
    check: bool,
    again: bool,
) -> Result<Object, End> {
    let (upload, file) = {
        let books = store.books();
        let upload = books.uploads.get(id).cloned().ok_or_else(|| no_such_upload(id))?;
        let file = file_name(books.media.get(&upload.media), &upload.key);
        (upload, file)
    };
    let assembled = pieces::assemble(&store.parts_folder(id), parts, &store.final_path(&file));
    if let Err(error) = assembled {
        if let Some(upload) = store.books().uploads.get_mut(id) {
            upload.sealing = false;
        }
        return Err(error.into());
    }
    let object = Object {
        bucket: upload.bucket,
        key: upload.key,
        media: upload.media,
        file,
        size: parts.iter().map(|(_, part)| part.size).sum(),
        crc: pieces::combined_crc(parts),
        etag: pieces::combined_etag(parts),
        content_type: upload.content_type,
        modified_ms: now,
        multipart: true,
    };
    if check {
        content::judge(store, &store.final_path(&object.file), &object.media);
    }
    store.finish(object.clone(), again);
    store.abort(id);
    Ok(object)
}
