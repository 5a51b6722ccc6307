//! The operations of VOD's OpenAPI that an uploader needs, one request each. Knows no order of calls.
//! Long because it is the list of them all.

use ::http::{HeaderValue, Method, Request, header};
use bytes::Bytes;
use serde_json::{Map, Value};
use url::Url;
use vodlift_sign::{Credential, Secret, acs3, encode::canonical_query, rpc1};

mod data;

pub use data::*;

use crate::{
    Client, Error, Grant, Kind, VodSignature, answer, grant,
    http::{Body, Call, authority},
    lenient,
    oss::secrets_of,
};

const VERSION: &str = "2017-03-21";
/// VOD: the longest URL is not documented; beyond this the form body is used.
const LONGEST_QUERY: usize = 8 * 1024;

/// VOD: the eleven service regions. Others may be reached by [`Vod::at`].
pub const REGIONS: &[&str] = &[
    "cn-shanghai",
    "cn-beijing",
    "cn-shenzhen",
    "cn-hongkong",
    "ap-southeast-1",
    "ap-southeast-5",
    "ap-northeast-1",
    "us-west-1",
    "eu-central-1",
    "me-central-1",
    "cn-north-2-gov-1",
];

/// Which VOD is asked. Resources do not cross regions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vod {
    endpoint: Url,
    region: String,
}

impl Vod {
    /// The public endpoint of a region.
    // VOD: vod.<region>.aliyuncs.com; Hangzhou has no service of its own and is served by Shanghai.
    pub fn for_region(region: &str) -> Result<Self, Error> {
        let served = if region == "cn-hangzhou" { "cn-shanghai" } else { region };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if served.is_empty() || !served.chars().all(plain) {
            return Err(Error::new("Settings", Kind::Address));
        }
        Self::at(&format!("https://vod.{served}.aliyuncs.com"), served)
    }

    /// An endpoint as typed; https unless it is loopback.
    pub fn at(endpoint: &str, region: &str) -> Result<Self, Error> {
        let endpoint = grant::check_endpoint(endpoint)
            .map_err(|e| Error::new("Settings", Kind::Address).because(e))?;
        Ok(Self { endpoint, region: region.to_owned() })
    }

    /// `https://vod.cn-shanghai.aliyuncs.com`, without a slash at the end.
    pub fn endpoint(&self) -> &str {
        self.endpoint.as_str().trim_end_matches('/')
    }

    /// It runs on this computer.
    pub fn is_local(&self) -> bool {
        grant::loopback(&self.endpoint)
    }

    /// It is Alibaba Cloud's own.
    pub(crate) fn is_at_home(&self) -> bool {
        self.endpoint.host_str().is_some_and(|host| host.ends_with(grant::AT_HOME))
    }

    /// It is named by a number, as in a network without names.
    pub(crate) fn is_at_number(&self) -> bool {
        self.endpoint.domain().is_none() && !self.is_local()
    }

    /// Its host, with the port where it is not the usual one: by that its clock is known.
    pub fn host(&self) -> String {
        authority(&self.endpoint)
    }

    /// The API region, such as `cn-shanghai`; it says nothing certain about the bucket's.
    pub fn region(&self) -> &str {
        &self.region
    }
}

/// An address without its query, which signs it for a while and so is a secret (protocol/vod.md 5.3).
pub(crate) fn unsigned(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// The parameters of one operation.
#[derive(Default)]
struct Ask(Vec<(String, String)>);

impl Ask {
    fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((name.to_owned(), value));
        }
        self
    }

    fn maybe(self, name: &str, value: Option<&String>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn by(self, by: By<'_>) -> Self {
        match by {
            By::Id(id) => self.with("VideoId", id),
            By::Reference(reference) => self.with("ReferenceId", reference),
        }
    }
}

/// A flat answer of VOD.
struct Told {
    operation: &'static str,
    host: Option<String>,
    fields: Map<String, Value>,
}

impl Told {
    fn text(&self, name: &str) -> Option<String> {
        lenient::text(&self.fields, name)
    }

    fn request_id(&self) -> Option<String> {
        self.text("RequestId")
    }

    fn shapeless(&self) -> Error {
        let mut error = Error::new(self.operation, Kind::Shape);
        let facts = error.facts_mut();
        facts.host.clone_from(&self.host);
        facts.status = Some(200);
        facts.request_id = self.request_id();
        error
    }

    fn need(&self, fields: &Map<String, Value>, name: &str) -> Result<String, Error> {
        lenient::text(fields, name).ok_or_else(|| self.shapeless().because(format!("no {name}")))
    }

    fn inside(&self, name: &str) -> Result<&Map<String, Value>, Error> {
        lenient::object(&self.fields, name)
            .ok_or_else(|| self.shapeless().because(format!("no {name}")))
    }

    fn reservation(&self, vod: &Vod, id: &str, url: &str) -> Result<Reservation, Error> {
        let address = self.need(&self.fields, "UploadAddress")?;
        let auth = self.need(&self.fields, "UploadAuth")?;
        let mut grant = Grant::decode(&address, &auth).map_err(|e| self.shapeless().because(e))?;
        grant.pass.region.get_or_insert_with(|| vod.region.clone());
        Ok(Reservation {
            media_id: self.need(&self.fields, id)?,
            grant,
            url: self.text(url).map(|url| unsigned(&url)),
            request_id: self.request_id(),
        })
    }

    fn video(&self, video: &Map<String, Value>) -> Result<VideoInfo, Error> {
        let text = |name| lenient::text(video, name);
        Ok(VideoInfo {
            media_id: self.need(video, "VideoId")?,
            status: self.need(video, "Status")?,
            title: text("Title"),
            size: lenient::number(video, "Size"),
            duration_s: lenient::float(video, "Duration"),
            cover_url: text("CoverURL").map(|url| unsigned(&url)),
            reference_id: text("ReferenceId"),
            storage_location: text("StorageLocation"),
            request_id: self.request_id(),
        })
    }

    fn absent(&self) -> Absent {
        let list = |names: [&str; 2]| {
            names.iter().flat_map(|name| lenient::texts(&self.fields, name)).collect()
        };
        Absent {
            missing: list(["NonExistVideoIds", "NonExistMediaIds"]),
            forbidden: list(["ForbiddenVideoIds", "ForbiddenMediaIds"]),
        }
    }
}

impl Client {
    /// Makes a video or audio. Not idempotent: after a lost answer look the reference up first.
    // VOD: CreateUploadVideo.
    pub async fn create_video(
        &self,
        vod: &Vod,
        credential: &Credential,
        new: &CreateVideo,
    ) -> Result<Reservation, Error> {
        let ask = Ask::default()
            .with("Title", &new.title)
            .with("FileName", &new.file_name)
            .with("FileSize", new.file_size.to_string())
            .maybe("ReferenceId", new.reference_id.as_ref())
            .maybe("Description", new.description.as_ref())
            .maybe("Tags", new.tags.as_ref())
            .maybe("CateId", new.cate_id.as_ref())
            .maybe("TemplateGroupId", new.template_group_id.as_ref())
            .maybe("WorkflowId", new.workflow_id.as_ref())
            .maybe("StorageLocation", new.storage_location.as_ref())
            .maybe("UserData", new.user_data.as_ref())
            .maybe("AppId", new.app_id.as_ref())
            .maybe("CoverURL", new.cover_url.as_ref());
        let told = self.vod(vod, credential, "CreateUploadVideo", ask).await?;
        told.reservation(vod, "VideoId", "CoverURL")
    }

    /// A fresh pass for an unfinished video. Never for a finished one: it would allow overwriting it.
    // VOD: RefreshUploadVideo.
    pub async fn refresh_video(
        &self,
        vod: &Vod,
        credential: &Credential,
        by: By<'_>,
    ) -> Result<Reservation, Error> {
        let told = self.vod(vod, credential, "RefreshUploadVideo", Ask::default().by(by)).await?;
        told.reservation(vod, "VideoId", "CoverURL")
    }

    /// Makes an image. Its pass cannot be refreshed.
    // VOD: CreateUploadImage.
    pub async fn create_image(
        &self,
        vod: &Vod,
        credential: &Credential,
        new: &CreateImage,
    ) -> Result<Reservation, Error> {
        let ask = Ask::default()
            .with("ImageType", &new.image_type)
            .with("ImageExt", &new.image_ext)
            .with("OriginalFileName", &new.file_name)
            .maybe("Title", new.title.as_ref())
            .maybe("Description", new.description.as_ref())
            .maybe("Tags", new.tags.as_ref())
            .maybe("CateId", new.cate_id.as_ref())
            .maybe("StorageLocation", new.storage_location.as_ref())
            .maybe("UserData", new.user_data.as_ref())
            .maybe("AppId", new.app_id.as_ref());
        let told = self.vod(vod, credential, "CreateUploadImage", ask).await?;
        told.reservation(vod, "ImageId", "ImageURL")
    }

    /// Makes a subtitle, watermark or material. Its pass cannot be refreshed.
    // VOD: CreateUploadAttachedMedia; the size is a string, the categories are plural.
    pub async fn create_attached(
        &self,
        vod: &Vod,
        credential: &Credential,
        new: &CreateAttached,
    ) -> Result<Reservation, Error> {
        let ask = Ask::default()
            .with("BusinessType", &new.business_type)
            .with("MediaExt", &new.media_ext)
            .with("FileName", &new.file_name)
            .with("FileSize", new.file_size.to_string())
            .maybe("Title", new.title.as_ref())
            .maybe("Description", new.description.as_ref())
            .maybe("Tags", new.tags.as_ref())
            .maybe("CateIds", new.cate_ids.as_ref())
            .maybe("StorageLocation", new.storage_location.as_ref())
            .maybe("UserData", new.user_data.as_ref())
            .maybe("AppId", new.app_id.as_ref());
        let told = self.vod(vod, credential, "CreateUploadAttachedMedia", ask).await?;
        told.reservation(vod, "MediaId", "MediaURL")
    }

    /// What VOD knows of a video; `InvalidVideo.NotFound` if nothing.
    // VOD: GetVideoInfo.
    pub async fn video_info(
        &self,
        vod: &Vod,
        credential: &Credential,
        by: By<'_>,
    ) -> Result<VideoInfo, Error> {
        let told = self.vod(vod, credential, "GetVideoInfo", Ask::default().by(by)).await?;
        told.video(told.inside("Video")?)
    }

    /// What VOD knows of videos, at most 20 at once; `InvalidVideo.NotFound` if of none.
    // VOD: GetVideoInfos.
    pub async fn video_infos(
        &self,
        vod: &Vod,
        credential: &Credential,
        ids: &[&str],
    ) -> Result<(Vec<VideoInfo>, Absent), Error> {
        let ask = Ask::default().with("VideoIds", ids.join(","));
        let told = self.vod(vod, credential, "GetVideoInfos", ask).await?;
        let list = lenient::objects(&told.fields, "VideoList", "Video");
        let found =
            list.into_iter().map(|video| told.video(video)).collect::<Result<_, Error>>()?;
        Ok((found, told.absent()))
    }

    /// Whether the source file arrived. While uploading VOD may answer `InvalidFile.NotFound`: not there yet.
    // VOD: GetMezzanineInfo.
    pub async fn mezzanine(
        &self,
        vod: &Vod,
        credential: &Credential,
        by: By<'_>,
    ) -> Result<Mezzanine, Error> {
        let told = self.vod(vod, credential, "GetMezzanineInfo", Ask::default().by(by)).await?;
        let file = told.inside("Mezzanine")?;
        Ok(Mezzanine {
            media_id: told.need(file, "VideoId")?,
            status: told.need(file, "Status")?,
            size: lenient::number(file, "Size"),
            md5: lenient::text(file, "FileMD5"),
            request_id: told.request_id(),
        })
    }

    /// What VOD knows of an image.
    // VOD: GetImageInfo.
    pub async fn image_info(
        &self,
        vod: &Vod,
        credential: &Credential,
        id: &str,
    ) -> Result<MediaInfo, Error> {
        let ask = Ask::default().with("ImageId", id);
        let told = self.vod(vod, credential, "GetImageInfo", ask).await?;
        let image = told.inside("ImageInfo")?;
        Ok(MediaInfo {
            media_id: told.need(image, "ImageId")?,
            status: told.need(image, "Status")?,
            title: lenient::text(image, "Title"),
            url: lenient::text(image, "URL").map(|url| unsigned(&url)),
        })
    }

    /// What VOD knows of subtitles, watermarks and materials, at most 20 at once.
    // VOD: GetAttachedMediaInfo.
    pub async fn attached_info(
        &self,
        vod: &Vod,
        credential: &Credential,
        ids: &[&str],
    ) -> Result<(Vec<MediaInfo>, Absent), Error> {
        let ask = Ask::default().with("MediaIds", ids.join(","));
        let told = self.vod(vod, credential, "GetAttachedMediaInfo", ask).await?;
        let list = lenient::objects(&told.fields, "AttachedMediaList", "AttachedMedia");
        let found = list
            .into_iter()
            .map(|media| {
                Ok(MediaInfo {
                    media_id: told.need(media, "MediaId")?,
                    status: told.need(media, "Status")?,
                    title: lenient::text(media, "Title"),
                    url: lenient::text(media, "URL").map(|url| unsigned(&url)),
                })
            })
            .collect::<Result<_, Error>>()?;
        Ok((found, told.absent()))
    }

    /// Deletes a video for good, with its leftover parts; allowed while it is Uploading.
    // VOD: DeleteVideo, up to 20; final. InvalidVideo.NotFound: all gone already.
    pub async fn delete_video(
        &self,
        vod: &Vod,
        credential: &Credential,
        ids: &[&str],
    ) -> Result<Absent, Error> {
        let ask = Ask::default().with("VideoIds", ids.join(","));
        Ok(self.vod(vod, credential, "DeleteVideo", ask).await?.absent())
    }

    /// Deletes images for good.
    // VOD: DeleteImage, up to 20; NoSuchResource: gone already.
    pub async fn delete_image(
        &self,
        vod: &Vod,
        credential: &Credential,
        ids: &[&str],
    ) -> Result<(), Error> {
        let ask = Ask::default().with("DeleteImageType", "ImageId").with("ImageIds", ids.join(","));
        self.vod(vod, credential, "DeleteImage", ask).await.map(|_| ())
    }

    /// Deletes subtitles, watermarks or materials for good.
    // VOD: DeleteAttachedMedia, up to 20.
    pub async fn delete_attached(
        &self,
        vod: &Vod,
        credential: &Credential,
        ids: &[&str],
    ) -> Result<Absent, Error> {
        let ask = Ask::default().with("MediaIds", ids.join(","));
        Ok(self.vod(vod, credential, "DeleteAttachedMedia", ask).await?.absent())
    }

    /// Changes what is given and leaves the rest; safe to repeat.
    // VOD: UpdateVideoInfo.
    pub async fn update_video(
        &self,
        vod: &Vod,
        credential: &Credential,
        by: By<'_>,
        new: &UpdateVideo,
    ) -> Result<(), Error> {
        let ask = Ask::default()
            .by(by)
            .maybe("Title", new.title.as_ref())
            .maybe("Description", new.description.as_ref())
            .maybe("Tags", new.tags.as_ref())
            .maybe("CoverURL", new.cover_url.as_ref())
            .maybe("CateId", new.cate_id.as_ref());
        self.vod(vod, credential, "UpdateVideoInfo", ask).await.map(|_| ())
    }

    /// One page (from 1, of 100) of the categories inside `parent`, or of the top; and how many there are.
    // VOD: GetCategories, pages of at most 100.
    pub async fn categories(
        &self,
        vod: &Vod,
        credential: &Credential,
        parent: Option<&str>,
        page: u32,
    ) -> Result<(Vec<Category>, u64), Error> {
        let ask = Ask::default()
            .with("CateId", parent.unwrap_or("-1"))
            .with("PageNo", page.to_string())
            .with("PageSize", "100");
        let told = self.vod(vod, credential, "GetCategories", ask).await?;
        let list = lenient::objects(&told.fields, "SubCategories", "Category");
        let found: Vec<Category> = list
            .into_iter()
            .map(|category| {
                Ok(Category {
                    id: told.need(category, "CateId")?,
                    name: told.need(category, "CateName")?,
                    children: lenient::number(category, "SubTotal").unwrap_or(0),
                })
            })
            .collect::<Result<_, Error>>()?;
        let total = lenient::number(&told.fields, "SubTotal").unwrap_or(found.len() as u64);
        Ok((found, total))
    }

    /// The transcoding template groups.
    // VOD: ListTranscodeTemplateGroup.
    pub async fn template_groups(
        &self,
        vod: &Vod,
        credential: &Credential,
    ) -> Result<Vec<TemplateGroup>, Error> {
        let operation = "ListTranscodeTemplateGroup";
        let told = self.vod(vod, credential, operation, Ask::default()).await?;
        let name = "TranscodeTemplateGroupList";
        lenient::objects(&told.fields, name, "TranscodeTemplateGroup")
            .into_iter()
            .map(|group| {
                Ok(TemplateGroup {
                    id: told.need(group, "TranscodeTemplateGroupId")?,
                    name: told.need(group, "Name")?,
                    default: lenient::text(group, "IsDefault").as_deref() == Some("Default"),
                })
            })
            .collect()
    }

    async fn vod(
        &self,
        vod: &Vod,
        credential: &Credential,
        operation: &'static str,
        ask: Ask,
    ) -> Result<Told, Error> {
        let host = vod.endpoint.host_str().map(str::to_owned);
        let failed = |kind: Kind| {
            let mut error = Error::new(operation, kind);
            error.facts_mut().host.clone_from(&host);
            error
        };
        let (now, nonce) = (self.now(&authority(&vod.endpoint)), (self.transport.nonce)());
        let mut parameters = ask.0;
        let mut signature = None;
        if self.transport.vod_signature == VodSignature::Rpc1 {
            parameters.push(("Action".to_owned(), operation.to_owned()));
            parameters.push(("Version".to_owned(), VERSION.to_owned()));
            rpc1::sign(&Method::POST, &mut parameters, credential, now, &nonce);
            signature = parameters.last().map(|(_, value)| Secret::new(value.clone()));
        }
        // VOD: POST with the parameters in the query, as the current SDK does; a long one as a form.
        let encoded = canonical_query(&parameters);
        let form = encoded.len() > LONGEST_QUERY;
        let mut url = vod.endpoint.clone();
        let body = if form {
            Bytes::from(encoded)
        } else {
            url.set_query((!encoded.is_empty()).then_some(encoded.as_str()));
            Bytes::new()
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(url.as_str())
            .header(header::ACCEPT, HeaderValue::from_static("application/json"))
            .body(());
        let mut head =
            request.map_err(|e| failed(Kind::Address).because(e.to_string()))?.into_parts().0;
        if form {
            let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
            head.headers.insert(header::CONTENT_TYPE, kind);
        }
        if self.transport.vod_signature == VodSignature::Acs3 {
            acs3::sign(&mut head, operation, VERSION, &body, credential, now, &nonce)
                .map_err(|e| failed(Kind::Credential).because(e))?;
        }
        let mut secrets = secrets_of(&head.headers, credential);
        secrets.extend(signature);
        let call = Call { operation, url, head, body: Body::Whole(body), secrets };
        let answer = self.send(call).await?;
        let fields = answer::json(&answer)?;
        Ok(Told { operation, host, fields })
    }
}
