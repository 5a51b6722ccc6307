//! The actions of VOD that only read. Knows nothing of signatures, and changes nothing.

use serde_json::{Value, json};

use super::rules::{CATEGORIES, TEMPLATE_GROUPS, ids};
use super::{Call, DEFAULT_APP, invalid, location, too_many};
use crate::clock::{iso, timestamp};
use crate::codes;
use crate::life::{Kind, Status};
use crate::reply::Denial;
use crate::store::{Media, Object, REGION};
use crate::unverified::Unverified;

impl Call<'_> {
    pub(super) fn read(&self, action: &str) -> Result<Value, Denial> {
        match action {
            "GetVideoInfo" => self.video_info(),
            "GetVideoInfos" => self.video_infos(),
            "GetMezzanineInfo" => self.mezzanine(),
            "GetImageInfo" => self.image_info(),
            "GetAttachedMediaInfo" => self.attached_info(),
            "GetCategories" => self.categories(),
            "ListTranscodeTemplateGroup" => Ok(template_groups()),
            "ListAppInfo" => self.apps(),
            "GetPlayInfo" => self.play_info(),
            "GetVideoList" => self.video_list(),
            "SearchMedia" => self.search_media(),
            _ => Err(Denial::of(&codes::ACTION_UNKNOWN)),
        }
    }

    pub(super) fn object(&self, media: &Media) -> Option<Object> {
        let place = (media.bucket.clone(), media.key.clone());
        self.store.books().objects.get(&place).cloned()
    }

    fn video_info(&self) -> Result<Value, Denial> {
        let media = self.video()?;
        let mut video = self.about(&media);
        video["RegionId"] = REGION.into();
        video["AuditStatus"] = audit(self.status(&media)).into();
        video["Snapshots"] = json!({"Snapshot": []});
        Ok(json!({"Video": video}))
    }

    pub(super) fn about(&self, media: &Media) -> Value {
        let object = self.object(media);
        // VOD knows a duration once it has looked into the file.
        let seen = !matches!(self.status(media), Status::Uploading | Status::UploadFail);
        let mut video = json!({
            "VideoId": media.id,
            "Title": media.title,
            "Status": self.status(media).word(),
            "Size": if seen { object.map_or(0, |it| it.size) } else { 0 },
            "Duration": if seen { 12.5 } else { 0.0 },
            "Tags": media.tags,
            "Description": media.description,
            "CoverURL": self.cover_url(media),
            "TemplateGroupId": media.template_group,
            "StorageLocation": location(&media.bucket),
            "AppId": media.app_id,
            "CreationTime": time(media.created_ms),
            "ModificationTime": time(media.modified_ms),
            "CreateTime": time(media.created_ms),
            "ModifyTime": time(media.modified_ms),
            "DownloadSwitch": "on",
            "StorageClass": "Standard",
        });
        if let Some(reference) = &media.reference_id {
            video["ReferenceId"] = reference.as_str().into();
        }
        if !media.user_data.is_empty() {
            video["UserData"] = media.user_data.as_str().into();
        }
        if let Some(category) = media.cate_id {
            video["CateId"] = category.into();
            video["CateName"] = category_name(category).into();
        }
        video
    }

    fn video_infos(&self) -> Result<Value, Denial> {
        let references = self.get("ReferenceIds").filter(|_| self.get("VideoIds").is_none());
        let named = match references {
            Some(references) => ids(references),
            None => ids(self.need("VideoIds")?),
        };
        too_many(&named, &codes::TOO_MANY_VIDEOS)?;
        let mut list = Vec::new();
        let mut gone = Vec::new();
        for name in named {
            let found = {
                let books = self.store.books();
                let media = match references {
                    Some(_) => books.by_reference(&name),
                    None => books.media.get(&name),
                };
                media.filter(|media| media.kind.is_video()).cloned()
            };
            match found {
                Some(media) => {
                    let mut video = self.about(&media);
                    // A plain list here, wrapped in GetVideoInfo.
                    video["Snapshots"] = json!([]);
                    list.push(video);
                }
                None => gone.push(name),
            }
        }
        if list.is_empty() && !self.other(Unverified::NoneIsNoError) {
            return Err(self.no_video());
        }
        let field = if references.is_some() { "NonExistReferenceIds" } else { "NonExistVideoIds" };
        Ok(json!({"VideoList": list, field: gone}))
    }

    fn mezzanine(&self) -> Result<Value, Denial> {
        let media = self.video()?;
        // The mezzanine knows fewer words than the video.
        let status = match self.status(&media) {
            Status::Uploading => Status::Uploading,
            Status::UploadFail => Status::UploadFail,
            Status::UploadSucc
            | Status::Transcoding
            | Status::TranscodeFail
            | Status::Checking
            | Status::Blocked
            | Status::Normal => Status::Normal,
        };
        if status == Status::Uploading && self.other(Unverified::UploadingHasNoFile) {
            return Err(Denial::of(&codes::NO_FILE));
        }
        let mut mezzanine = json!({
            "VideoId": media.id,
            "FileName": media.file_name,
            "Status": status.word(),
            "CreationTime": time(media.created_ms),
            "OutputType": self.get("OutputType").unwrap_or("cdn"),
            "PreprocessStatus": "UnPreprocess",
            "StorageClass": "Standard",
        });
        if status == Status::Normal
            && let Some(object) = self.object(&media)
        {
            mezzanine["FileURL"] = self.url(&media).into();
            mezzanine["Size"] = object.size.into();
            if !object.multipart || self.other(Unverified::Md5OfParts) {
                mezzanine["FileMD5"] = object.etag.to_ascii_lowercase().into();
            }
        }
        Ok(json!({"Mezzanine": mezzanine}))
    }

    fn image_info(&self) -> Result<Value, Denial> {
        let id = self.need("ImageId")?;
        let found = self.store.books().media.get(id).cloned();
        let media = found
            .filter(|media| media.kind == Kind::Image)
            .ok_or_else(|| Denial::of(&codes::NO_RESOURCE).fill("image"))?;
        let mut info = self.pictured(&media);
        info["ImageId"] = media.id.as_str().into();
        info["ImageType"] = media.image_type.as_str().into();
        if let Some(category) = media.cate_id {
            info["CateId"] = category.into();
            info["CateName"] = category_name(category).into();
        }
        info["Mezzanine"] = json!({
            "FileURL": self.url(&media),
            "FileSize": self.object(&media).map_or(0, |it| it.size).to_string(),
            "OriginalFileName": media.file_name,
        });
        Ok(json!({"ImageInfo": info}))
    }

    /// What images and attached media have in common.
    fn pictured(&self, media: &Media) -> Value {
        json!({
            "Title": media.title,
            "Description": media.description,
            "Status": self.status(media).word(),
            "URL": self.signed_url(media),
            "Tags": media.tags,
            "StorageLocation": location(&media.bucket),
            "AppId": media.app_id,
            "CreationTime": time(media.created_ms),
        })
    }

    fn attached_info(&self) -> Result<Value, Denial> {
        let named = ids(self.need("MediaIds")?);
        too_many(&named, &codes::TOO_MANY)?;
        let (mut list, mut gone) = (Vec::new(), Vec::new());
        for id in named {
            let found = self.store.books().media.get(&id).cloned();
            match found.filter(|media| media.kind.is_attached()) {
                Some(media) => {
                    let mut info = self.pictured(&media);
                    info["MediaId"] = media.id.as_str().into();
                    info["Type"] = media.kind.word().into();
                    info["ModificationTime"] = time(media.modified_ms).into();
                    info["Categories"] = json!([]);
                    list.push(info);
                }
                None => gone.push(id),
            }
        }
        Ok(json!({"AttachedMediaList": list, "NonExistMediaIds": gone}))
    }

    fn categories(&self) -> Result<Value, Denial> {
        let parent: i64 = match self.get("CateId") {
            None => -1,
            Some(id) => id.parse().map_err(|_| invalid("CateId"))?,
        };
        let known = CATEGORIES.iter().find(|(id, ..)| *id == parent);
        if parent != -1 && known.is_none() {
            return Err(Denial::of(&codes::NO_CATEGORY));
        }
        let (page, size) = self.page()?;
        let children = |of: i64| CATEGORIES.iter().filter(move |(.., parent)| *parent == of);
        let list: Vec<Value> = children(parent)
            .skip((page - 1) * size)
            .take(size)
            .map(|(id, name, parent)| {
                let level = i32::from(*parent != -1);
                json!({"CateId": id, "CateName": name, "ParentId": parent, "Level": level,
                       "Type": "default", "SubTotal": children(*id).count()})
            })
            .collect();
        let mut answer = json!({
            "SubTotal": children(parent).count(),
            "SubCategories": {"Category": list},
        });
        if let Some((id, name, parent)) = known {
            let level = i32::from(*parent != -1);
            answer["Category"] = json!({"CateId": id, "CateName": name, "ParentId": parent,
                                        "Level": level, "Type": "default"});
        }
        Ok(answer)
    }
}

/// Number and size of the page a list is asked for.
impl Call<'_> {
    pub(super) fn page(&self) -> Result<(usize, usize), Denial> {
        let number = |name: &str, or: usize| match self.get(name) {
            None => Ok(or),
            Some(text) => text.parse().ok().filter(|it| *it > 0).ok_or_else(|| invalid(name)),
        };
        Ok((number("PageNo", 1)?, number("PageSize", 10)?.min(100)))
    }

    fn apps(&self) -> Result<Value, Denial> {
        if !self.account.apps {
            return Err(Denial::of(&codes::NO_APPS));
        }
        let app = json!({"AppId": DEFAULT_APP, "AppName": "default", "Type": "System",
                         "Status": "Normal", "RegionId": REGION, "Description": "",
                         "CreationTime": "2026-01-02T03:04:05Z"});
        Ok(json!({"AppInfoList": [app], "Total": 1}))
    }
}

/// VOD: reviewed once it is playable, not before.
pub(super) fn audit(status: Status) -> &'static str {
    match status {
        Status::Normal => "Normal",
        Status::Blocked => "Blocked",
        Status::Uploading
        | Status::UploadFail
        | Status::UploadSucc
        | Status::Transcoding
        | Status::TranscodeFail
        | Status::Checking => "Init",
    }
}

fn template_groups() -> Value {
    let list: Vec<Value> = TEMPLATE_GROUPS
        .iter()
        .enumerate()
        .map(|(index, (id, name))| {
            json!({"TranscodeTemplateGroupId": id, "Name": name,
                   "IsDefault": if index == 0 { "Default" } else { "NotDefault" },
                   "Locked": "Disabled", "AppId": "app-1000000",
                   "CreationTime": "2026-01-02T03:04:05Z", "ModifyTime": "2026-01-02T03:04:05Z"})
        })
        .collect();
    json!({"TranscodeTemplateGroupList": list})
}

fn category_name(id: i64) -> &'static str {
    CATEGORIES.iter().find(|(other, ..)| *other == id).map_or("", |(_, name, _)| name)
}

pub(super) fn time(ms: i64) -> String {
    iso(timestamp(ms))
}
