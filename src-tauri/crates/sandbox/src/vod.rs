//! The actions of VOD that create, refresh, change and delete. Knows nothing of signatures and sockets.

mod grant;
mod read;
mod rules;

use serde_json::{Value, json};

use crate::clock::Clock;
use crate::life::{Kind, Status, Steps};
use crate::reply::Denial;
use crate::store::{Media, REGION, Store, random_hex};
use crate::weather::{Effect, Weather};
pub(crate) use grant::issue;
pub(crate) use rules::{CATEGORIES, TEMPLATE_GROUPS};
use rules::{extension, ids, text_rules};

/// VOD: lists of ids hold at most 20.
const MAX_IDS: usize = 20;

/// One call being answered.
pub(crate) struct Call<'a> {
    pub(crate) store: &'a Store,
    pub(crate) clock: &'a Clock,
    pub(crate) steps: Steps,
    pub(crate) weather: &'a std::sync::Mutex<Weather>,
    pub(crate) expire: std::time::Duration,
    pub(crate) address: Option<&'a str>,
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
        status(media, self.steps, self.clock)
    }

    fn create_video(&self) -> Result<Value, Denial> {
        let title = self.need("Title")?;
        let file_name = self.need("FileName")?;
        text_rules(self.parameters, false)?;
        let extension = extension(file_name).unwrap_or_default();
        let kind = rules::video_kind(&extension).ok_or_else(|| {
            let message = format!("The specified FileName's extension is illegal: {extension}.");
            Denial::new(400, "InvalidFileName.Extension", message)
        })?;
        let mut media = self.media(kind, title, file_name)?;
        media.cover_url = rules::cover(self.get("CoverURL"))?;
        media.template_group = self.template_group()?;
        self.get("WorkflowId").unwrap_or_default().clone_into(&mut media.workflow);
        media.key = {
            let name = format!("{}-{}", &media.id[..8], &media.id[8..19]);
            format!("sv/{name}/{name}.{extension}")
        };
        if let Some(reference) = self.get("ReferenceId") {
            if !rules::is_reference(reference) {
                let message = "The ReferenceId must have 6 to 64 letters, digits, - or _.";
                return Err(Denial::new(400, "InvalidReferenceId", message));
            }
            if self.store.books().by_reference(reference).is_some() {
                let message = "The specified ReferenceId already exists.";
                return Err(Denial::new(400, "InvalidReferenceId.AlreadyExist", message));
            }
            media.reference_id = Some(reference.to_owned());
        }
        let answer = json!({"VideoId": media.id});
        Ok(self.granted(&media, answer))
    }

    fn refresh_video(&self) -> Result<Value, Denial> {
        let mut media = self.video()?;
        if self.effect == Some(&Effect::Moved) {
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
            let message = "The specified ImageType is not valid.";
            return Err(Denial::new(400, "InvalidImageType", message));
        }
        text_rules(self.parameters, false)?;
        let name = self.get("OriginalFileName").unwrap_or_default();
        // VOD: png whatever the file is, unless ImageExt or the name says otherwise.
        let extension = self.get("ImageExt").map(str::to_owned).or_else(|| extension(name));
        let extension = extension.unwrap_or_else(|| "png".into());
        if !rules::IMAGE.contains(&extension.as_str()) {
            let message = "The specified ImageExt is not valid.";
            return Err(Denial::new(400, "InvalidImageExt", message));
        }
        let mut media = self.media(Kind::Image, self.get("Title").unwrap_or_default(), name)?;
        image_type.clone_into(&mut media.image_type);
        media.key = format!("image/{image_type}/{}-6-2.{extension}", media.id.to_uppercase());
        let url = self.url(&media);
        let answer = json!({"ImageId": media.id, "ImageURL": url, "FileURL": url});
        Ok(self.granted(&media, answer))
    }

    fn create_attached(&self) -> Result<Value, Denial> {
        let business = self.need("BusinessType")?;
        let kind =
            Kind::from_word(business).filter(|kind| kind.is_attached()).ok_or_else(|| {
                Denial::new(400, "InvalidBusinessType", "The specified BusinessType is not valid.")
            })?;
        text_rules(self.parameters, true)?;
        let name = self.get("FileName").unwrap_or_default();
        let extension = self.get("MediaExt").map(str::to_owned).or_else(|| extension(name));
        let fits = extension.filter(|it| rules::attached(kind).contains(&it.as_str()));
        let Some(extension) = fits else {
            let message = format!("The specified MediaExt does not fit {business}.");
            return Err(Denial::new(400, "InvalidMediaExt", message));
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
            Some(text) => Some(text.parse().map_err(|_| {
                Denial::new(400, "InvalidFileSize", "The specified FileSize is not valid.")
            })?),
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
            app_id: self.get("AppId").unwrap_or("app-1000000").to_owned(),
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
            forced: None,
        })
    }

    fn bucket(&self) -> Result<String, Denial> {
        let books = self.store.books();
        let Some(wanted) = self.get("StorageLocation") else {
            return Ok(books.account.bucket.clone());
        };
        books
            .buckets()
            .into_iter()
            .find(|bucket| location(bucket) == wanted)
            .map(str::to_owned)
            .ok_or_else(|| {
                let message = "The specified StorageLocation does not exist.";
                Denial::new(404, "InvalidStorage.NotFound", message)
            })
    }

    fn template_group(&self) -> Result<String, Denial> {
        let Some(wanted) = self.get("TemplateGroupId") else {
            return Ok(rules::TEMPLATE_GROUPS[0].0.to_owned());
        };
        if rules::TEMPLATE_GROUPS.iter().any(|(id, _)| *id == wanted) {
            return Ok(wanted.to_owned());
        }
        let message = "The specified TemplateGroupId does not exist.";
        Err(Denial::new(404, "InvalidTemplateGroupId.NotFound", message))
    }

    /// The video a call names by VideoId or ReferenceId.
    fn video(&self) -> Result<Media, Denial> {
        let books = self.store.books();
        let found = match (self.get("VideoId"), self.get("ReferenceId")) {
            (Some(id), _) => books.media.get(id),
            (None, Some(reference)) => books.by_reference(reference),
            (None, None) => return Err(missing("VideoId")),
        };
        found.filter(|media| media.kind.is_video()).cloned().ok_or_else(no_video)
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
        too_many(&named, "VideoIdsExceededMax")?;
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
            return Err(no_video());
        }
        for id in &found {
            self.store.delete_media(id);
        }
        let field = if references.is_some() { "NonExistReferenceIds" } else { "NonExistVideoIds" };
        Ok(json!({field: gone, "ForbiddenVideoIds": []}))
    }

    fn delete_image(&self) -> Result<Value, Denial> {
        if self.need("DeleteImageType")? != "ImageId" {
            let message = "The sandbox deletes images by ImageId only.";
            return Err(Denial::new(400, "InvalidDeleteImageType", message));
        }
        let named = ids(self.need("ImageIds")?);
        too_many(&named, "LengthExceededMax")?;
        if self.delete_all(&named, |kind| kind == Kind::Image).len() == named.len() {
            return Err(Denial::new(404, "NoSuchResource", "The specified image does not exist."));
        }
        Ok(json!({}))
    }

    fn delete_attached(&self) -> Result<Value, Denial> {
        let named = ids(self.need("MediaIds")?);
        too_many(&named, "ExceededMax")?;
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
            let message = "The specified MediaType is not valid.";
            return Err(Denial::new(400, "InvalidMediaType", message));
        }
        if !self.store.books().media.contains_key(id) {
            // VOD: DeleteMultipartUpload answers its own errors with 400.
            return Err(Denial { status: 400, ..no_video() });
        }
        let open: Vec<String> = {
            let books = self.store.books();
            let mine = books.uploads.values().filter(|upload| upload.media == id);
            mine.map(|upload| upload.id.clone()).collect()
        };
        if open.is_empty() {
            let message = "The media has no multipart upload.";
            return Err(Denial::new(400, "InvalidMultipartUpload.NotFound", message));
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
            let transcoded = media.template_group != rules::NO_TRANSCODE;
            steps.status(media.kind, transcoded, media.end, clock.now_ms() - stored)
        }
    }
}

/// StorageLocation of a bucket.
pub(crate) fn location(bucket: &str) -> String {
    format!("{bucket}.oss-{REGION}.aliyuncs.com")
}

fn missing(name: &str) -> Denial {
    let message = format!("{name} is mandatory for this action.");
    Denial::new(400, format!("Missing{name}"), message)
}

fn no_video() -> Denial {
    Denial::new(404, "InvalidVideo.NotFound", "The video does not exist.")
}

fn too_many(named: &[String], code: &str) -> Result<(), Denial> {
    if named.len() > MAX_IDS {
        let message = format!("At most {MAX_IDS} ids can be named in one call.");
        return Err(Denial::new(400, code, message));
    }
    Ok(())
}
