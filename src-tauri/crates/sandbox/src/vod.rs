//! The actions of VOD that create, refresh, change and delete. Knows nothing of signatures and sockets.

mod grant;
mod play;
mod read;
mod rules;
mod search;

use serde_json::{Value, json};

use crate::Options;
use crate::account::AccountState;
use crate::clock::Clock;
use crate::codes;
use crate::life::{Kind, Status, Steps};
use crate::reply::Denial;
use crate::store::{Media, REGION, Store, random_hex};
use crate::unverified::Unverified;
use crate::weather::{Effect, Weather};
pub(crate) use grant::issue;
pub(crate) use rules::{CATEGORIES, NO_TRANSCODE, TEMPLATE_GROUPS};
use rules::{extension, ids, text_rules};

/// VOD: lists of ids hold at most 20.
const MAX_IDS: usize = 20;
/// Unverified: how long a status may lag behind.
const LATE: std::time::Duration = std::time::Duration::from_secs(3);
/// VOD: the application every account has.
const DEFAULT_APP: &str = "app-1000000";

/// One call being answered.
pub(crate) struct Call<'a> {
    pub(crate) store: &'a Store,
    pub(crate) clock: &'a Clock,
    pub(crate) options: &'a Options,
    pub(crate) account: &'a AccountState,
    pub(crate) weather: &'a std::sync::Mutex<Weather>,
    pub(crate) parameters: &'a [(String, String)],
    /// Weather: the address of a refreshed video moves, or the region in UploadAuth is not the bucket's.
    pub(crate) effect: Option<&'a Effect>,
}

impl Call<'_> {
    pub(crate) fn answer(&self, action: &str) -> Result<Value, Denial> {
        match action {
            "CreateUploadVideo" => self.create_video(),
            "RefreshUploadVideo" => self.refresh_video(),
            "CreateUploadImage" => self.create_image(),
            "CreateUploadAttachedMedia" => self.create_attached(),
            "UpdateVideoInfo" => self.update_video(),
            "DeleteVideo" => self.delete_video(),
            "DeleteImage" => self.delete_image(),
            "DeleteAttachedMedia" => self.delete_attached(),
            "DeleteMultipartUpload" => self.delete_parts(),
            other => self.read(other),
        }
    }

    /// What is refused before the permission, where that is asked last: a parameter that is not there.
    pub(crate) fn check(&self, action: &str) -> Result<(), Denial> {
        let needed: &[&str] = match action {
            "CreateUploadVideo" => &["Title", "FileName"],
            "CreateUploadImage" => &["ImageType"],
            "CreateUploadAttachedMedia" => &["BusinessType"],
            "GetImageInfo" => &["ImageId"],
            "GetAttachedMediaInfo" | "DeleteAttachedMedia" => &["MediaIds"],
            "DeleteMultipartUpload" => &["MediaId", "MediaType"],
            "DeleteImage" => &["DeleteImageType"],
            _ => &[],
        };
        needed.iter().try_for_each(|name| self.need(name).map(|_| ()))
    }

    /// A parameter that was sent and is not empty.
    fn get(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    fn need(&self, name: &str) -> Result<&str, Denial> {
        self.get(name).ok_or_else(|| missing(name))
    }

    fn status(&self, media: &Media) -> Status {
        let mut steps = self.options.steps;
        if self.other(Unverified::StatusIsLate) {
            steps.received += LATE;
        }
        let status = status(media, steps, self.clock);
        let as_it_is = media.template_group == NO_TRANSCODE && status == Status::Normal;
        if as_it_is && self.other(Unverified::NoTranscodeIsUploadSucc) {
            return Status::UploadSucc;
        }
        status
    }

    fn other(&self, fact: Unverified) -> bool {
        self.options.other.contains(&fact)
    }

    /// The ReferenceId a call names, where the region knows that there is such a thing.
    fn reference(&self) -> Option<&str> {
        let ignored =
            self.other(Unverified::ReferenceIgnored) || self.other(Unverified::ReferenceRefused);
        self.get("ReferenceId").filter(|_| !ignored)
    }

    fn create_video(&self) -> Result<Value, Denial> {
        let title = self.need("Title")?;
        let file_name = self.need("FileName")?;
        text_rules(self.parameters, self.other(Unverified::TextInBytes))?;
        let extension = extension(file_name).unwrap_or_default();
        let kind = rules::video_kind(&extension)
            .ok_or_else(|| Denial::of(&codes::EXTENSION).fill(&extension))?;
        let mut media = self.media(kind, title, file_name)?;
        media.cover_url = rules::cover(self.get("CoverURL"))?;
        media.template_group = self.template_group()?;
        self.get("WorkflowId").unwrap_or_default().clone_into(&mut media.workflow);
        media.key = {
            let name = format!("{}-{}", &media.id[..8], &media.id[8..19]);
            format!("sv/{name}/{name}.{extension}")
        };
        if let Some(reference) = self.reference() {
            if !rules::is_reference(reference) {
                return Err(Denial::of(&codes::INVALID_PARAMETER).fill("ReferenceId"));
            }
            let books = self.store.books();
            let kept =
                self.other(Unverified::ReferenceKept) && books.references_gone.contains(reference);
            if kept || books.by_reference(reference).is_some() {
                let in_text = self.other(Unverified::ReferenceTakenInText);
                return Err(Denial::of(if in_text {
                    &codes::REFERENCE_TAKEN_IN_TEXT
                } else {
                    &codes::REFERENCE_TAKEN
                }));
            }
            drop(books);
            media.reference_id = Some(reference.to_owned());
        } else if self.other(Unverified::ReferenceRefused) && self.get("ReferenceId").is_some() {
            return Err(Denial::of(&codes::INVALID_PARAMETER).fill("ReferenceId"));
        }
        let answer = json!({"VideoId": media.id});
        Ok(self.granted(&media, answer))
    }

    fn refresh_video(&self) -> Result<Value, Denial> {
        let mut media = self.video()?;
        if self.effect == Some(&Effect::Moved) || self.other(Unverified::RefreshMoves) {
            let (stem, extension) = media.key.rsplit_once('.').unwrap_or((&media.key, "mp4"));
            media.key = format!("{stem}-{}.{extension}", random_hex(4));
        }
        // On a file that VOD already said it has the credential overwrites it.
        if self.status(&media) != Status::Uploading {
            media.overwriting_passes += 1;
        }
        let answer = json!({"VideoId": media.id});
        Ok(self.granted(&media, answer))
    }

    fn create_image(&self) -> Result<Value, Denial> {
        let image_type = self.need("ImageType")?;
        if image_type != "default" && image_type != "cover" {
            return Err(invalid("ImageType"));
        }
        text_rules(self.parameters, false)?;
        let name = self.get("OriginalFileName").unwrap_or_default();
        // VOD: png whatever the file is, unless ImageExt or the name says otherwise.
        let extension = self.get("ImageExt").map(str::to_owned).or_else(|| extension(name));
        let extension = extension.unwrap_or_else(|| "png".into());
        if !rules::IMAGE.contains(&extension.as_str()) {
            return Err(invalid("ImageExt"));
        }
        let mut media = self.media(Kind::Image, self.get("Title").unwrap_or_default(), name)?;
        image_type.clone_into(&mut media.image_type);
        media.key = format!("image/{image_type}/{}-6-2.{extension}", media.id.to_uppercase());
        let answer = json!({
            "ImageId": media.id,
            "ImageURL": self.signed_url(&media),
            "FileURL": self.url(&media),
        });
        Ok(self.granted(&media, answer))
    }

    fn create_attached(&self) -> Result<Value, Denial> {
        let business = self.need("BusinessType")?;
        let kind = Kind::from_word(business)
            .filter(|kind| kind.is_attached())
            .ok_or_else(|| invalid("BusinessType"))?;
        text_rules(self.parameters, true)?;
        let name = self.get("FileName").unwrap_or_default();
        let extension = self.get("MediaExt").map(str::to_owned).or_else(|| extension(name));
        let fits = extension.filter(|it| rules::attached(kind).contains(&it.as_str()));
        let Some(extension) = fits else {
            return Err(invalid("MediaExt"));
        };
        for id in ids(self.get("CateIds").unwrap_or_default()) {
            rules::category(Some(&id))?;
        }
        let mut media = self.media(kind, self.get("Title").unwrap_or_default(), name)?;
        media.key = format!("{business}/{}.{extension}", media.id);
        let url = self.url(&media);
        let answer = json!({"MediaId": media.id, "MediaURL": url, "FileURL": url});
        Ok(self.granted(&media, answer))
    }

    /// A new media id with what all kinds have in common.
    fn media(&self, kind: Kind, title: &str, file_name: &str) -> Result<Media, Denial> {
        let declared_bytes = match self.get("FileSize") {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| invalid("FileSize"))?),
        };
        rules::user_data(self.get("UserData"))?;
        let own = |name: &str| self.get(name).unwrap_or_default().to_owned();
        let now = self.clock.now_ms();
        Ok(Media {
            id: random_hex(32),
            kind,
            title: title.to_owned(),
            description: own("Description"),
            tags: own("Tags"),
            cate_id: rules::category(self.get("CateId"))?,
            cover_url: String::new(),
            user_data: own("UserData"),
            template_group: String::new(),
            workflow: String::new(),
            app_id: self.app_id()?,
            reference_id: None,
            file_name: file_name.to_owned(),
            declared_bytes,
            image_type: String::new(),
            bucket: self.bucket()?,
            key: String::new(),
            created_ms: now,
            modified_ms: now,
            stored_ms: None,
            stored_times: 0,
            overwriting_passes: 0,
            end: Status::Normal,
            fail_reason: String::new(),
            forced: None,
        })
    }

    fn app_id(&self) -> Result<String, Denial> {
        match self.get("AppId") {
            Some(id) if id != DEFAULT_APP && !self.account.apps => Err(Denial::of(&codes::NO_APPS)),
            Some(id) => Ok(id.to_owned()),
            None => Ok(DEFAULT_APP.to_owned()),
        }
    }

    fn bucket(&self) -> Result<String, Denial> {
        let books = self.store.books();
        let Some(wanted) = self.get("StorageLocation") else {
            let init = self.other(Unverified::NoBucketIsInitFailed);
            let none = if init { &codes::INIT_FAILED } else { &codes::NO_BUCKET };
            let bucket = self.account.bucket.then(|| books.account.bucket.clone());
            return bucket.ok_or_else(|| Denial::of(none));
        };
        books
            .buckets()
            .into_iter()
            .find(|bucket| self.account.bucket && location(bucket) == wanted)
            .map(str::to_owned)
            .ok_or_else(|| Denial::of(&codes::NO_STORAGE))
    }

    fn template_group(&self) -> Result<String, Denial> {
        let Some(wanted) = self.get("TemplateGroupId") else {
            return Ok(rules::TEMPLATE_GROUPS[0].0.to_owned());
        };
        if rules::TEMPLATE_GROUPS.iter().any(|(id, _)| *id == wanted) {
            return Ok(wanted.to_owned());
        }
        Err(Denial::of(&codes::NO_TEMPLATE_GROUP))
    }

    /// The video a call names by VideoId or ReferenceId.
    fn video(&self) -> Result<Media, Denial> {
        let books = self.store.books();
        let found = match (self.get("VideoId"), self.reference()) {
            (Some(id), _) => books.media.get(id),
            (None, Some(reference)) => books.by_reference(reference),
            (None, None) => return Err(missing("VideoId")),
        };
        found.filter(|media| media.kind.is_video()).cloned().ok_or_else(|| self.no_video())
    }

    fn no_video(&self) -> Denial {
        let other = self.other(Unverified::GoneIsInvalidMedia);
        Denial::of(if other { &codes::MEDIA_GONE } else { &codes::VIDEO_GONE })
    }

    fn update_video(&self) -> Result<Value, Denial> {
        let mut media = self.video()?;
        text_rules(self.parameters, true)?;
        rules::user_data(self.get("UserData"))?;
        for (name, field) in [
            ("Title", &mut media.title),
            ("Description", &mut media.description),
            ("Tags", &mut media.tags),
            ("UserData", &mut media.user_data),
        ] {
            if let Some(value) = self.get(name) {
                value.clone_into(field);
            }
        }
        if let Some(cover) = self.get("CoverURL") {
            media.cover_url = rules::cover(Some(cover))?;
        }
        if let Some(category) = rules::category(self.get("CateId"))? {
            media.cate_id = Some(category);
        }
        media.modified_ms = self.clock.now_ms();
        self.store.books().put_media(media);
        Ok(json!({}))
    }

    fn delete_video(&self) -> Result<Value, Denial> {
        let references = self.get("ReferenceIds").filter(|_| self.get("VideoIds").is_none());
        let named = match references {
            Some(references) => ids(references),
            None => ids(self.need("VideoIds")?),
        };
        too_many(&named, &codes::TOO_MANY_VIDEOS)?;
        let (found, gone): (Vec<_>, Vec<_>) = {
            let books = self.store.books();
            let find = |name: &String| {
                let by_reference = || books.by_reference(name);
                let media =
                    if references.is_some() { by_reference() } else { books.media.get(name) };
                media.filter(|it| it.kind.is_video()).map(|it| it.id.clone()).ok_or(name.clone())
            };
            let all: Vec<Result<String, String>> = named.iter().map(find).collect();
            let found = all.iter().filter_map(|it| it.clone().ok()).collect();
            (found, all.into_iter().filter_map(Result::err).collect())
        };
        if found.is_empty() {
            return Err(self.no_video());
        }
        for id in &found {
            self.store.delete_media(id);
        }
        let field = if references.is_some() { "NonExistReferenceIds" } else { "NonExistVideoIds" };
        Ok(json!({field: gone, "ForbiddenVideoIds": []}))
    }

    fn delete_image(&self) -> Result<Value, Denial> {
        if self.need("DeleteImageType")? != "ImageId" {
            // The sandbox knows no pictures but those that were uploaded.
            return Err(invalid("DeleteImageType"));
        }
        let named = ids(self.need("ImageIds")?);
        if named.len() > MAX_IDS {
            return Err(invalid("ImageIds"));
        }
        if self.delete_all(&named, |kind| kind == Kind::Image).len() == named.len() {
            return Err(Denial::of(&codes::NO_RESOURCE).fill("image"));
        }
        Ok(json!({}))
    }

    fn delete_attached(&self) -> Result<Value, Denial> {
        let named = ids(self.need("MediaIds")?);
        too_many(&named, &codes::TOO_MANY)?;
        Ok(json!({"NonExistMediaIds": self.delete_all(&named, Kind::is_attached)}))
    }

    /// Deletes those of `named` that are of the right kind; returns the others.
    fn delete_all(&self, named: &[String], right: impl Fn(Kind) -> bool) -> Vec<String> {
        let is_right =
            |id: &str| self.store.books().media.get(id).map(|media| media.kind).is_some_and(&right);
        let mut others = Vec::new();
        for id in named {
            if !is_right(id) || !self.store.delete_media(id) {
                others.push(id.clone());
            }
        }
        others
    }

    fn delete_parts(&self) -> Result<Value, Denial> {
        let id = self.need("MediaId")?;
        if self.need("MediaType")? != "video" {
            return Err(invalid("MediaType"));
        }
        if !self.store.books().media.contains_key(id) {
            // VOD: DeleteMultipartUpload answers its own errors with 400.
            return Err(Denial::of(&codes::PARTS_VIDEO_GONE));
        }
        let open: Vec<String> = {
            let books = self.store.books();
            let mine = books.uploads.values().filter(|upload| upload.media == id);
            mine.map(|upload| upload.id.clone()).collect()
        };
        if open.is_empty() {
            return Err(Denial::of(&codes::PARTS_GONE));
        }
        for upload in open {
            self.store.abort(&upload);
        }
        Ok(json!({}))
    }
}

/// What VOD says of `media` now.
pub(crate) fn status(media: &Media, steps: Steps, clock: &Clock) -> Status {
    match (media.forced, media.stored_ms) {
        (Some(status), _) => status,
        (None, None) => Status::Uploading,
        (None, Some(stored)) => {
            let transcoded = media.template_group != NO_TRANSCODE;
            steps.status(media.kind, transcoded, media.end, clock.now_ms() - stored)
        }
    }
}

/// StorageLocation of a bucket.
pub(crate) fn location(bucket: &str) -> String {
    format!("{bucket}.oss-{REGION}.aliyuncs.com")
}

fn missing(name: &str) -> Denial {
    Denial::of(&codes::MISSING).fill(name).fill(name)
}

fn invalid(name: &str) -> Denial {
    Denial::of(&codes::INVALID_NAMED).fill(name).fill(name)
}

fn too_many(named: &[String], code: &'static codes::Code) -> Result<(), Denial> {
    if named.len() > MAX_IDS { Err(Denial::of(code)) } else { Ok(()) }
}
