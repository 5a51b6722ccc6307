//! What goes into VOD's operations and comes out of them: plain data. Knows no request.

use crate::Grant;

/// How a video is named: VOD's id, or the reference we chose before it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By<'a> {
    /// VideoId.
    Id(&'a str),
    /// ReferenceId: 6 to 64 of `A-Za-z0-9-_`, unique per account.
    Reference(&'a str),
}

/// What a new video or audio shall be. Empty texts are not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreateVideo {
    /// VOD: 128 bytes to be safe, no emoji.
    pub title: String,
    /// Base name with extension.
    pub file_name: String,
    /// Bytes.
    pub file_size: u64,
    /// Ours, to find the video again when the answer was lost.
    pub reference_id: Option<String>,
    /// VOD: 1,024 bytes to be safe.
    pub description: Option<String>,
    /// VOD: at most 16 of 32 bytes, comma-separated.
    pub tags: Option<String>,
    /// One category.
    pub cate_id: Option<String>,
    /// Transcoding template group.
    pub template_group_id: Option<String>,
    /// Wins over the template group.
    pub workflow_id: Option<String>,
    /// Host of the bucket.
    pub storage_location: Option<String>,
    /// JSON text.
    pub user_data: Option<String>,
    /// Multi-application id.
    pub app_id: Option<String>,
    /// Address of a cover image.
    pub cover_url: Option<String>,
}

/// What a new image shall be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreateImage {
    /// VOD: `default` or `cover`; only the former shows in the console.
    pub image_type: String,
    /// VOD: png, jpg, jpeg, gif, heic, webp. Without it every image becomes a png.
    pub image_ext: String,
    /// Base name.
    pub file_name: String,
    /// See [`CreateVideo::title`].
    pub title: Option<String>,
    /// See [`CreateVideo::description`].
    pub description: Option<String>,
    /// See [`CreateVideo::tags`].
    pub tags: Option<String>,
    /// One category.
    pub cate_id: Option<String>,
    /// Host of the bucket.
    pub storage_location: Option<String>,
    /// JSON text.
    pub user_data: Option<String>,
    /// Multi-application id.
    pub app_id: Option<String>,
}

/// What a new subtitle, watermark or material shall be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreateAttached {
    /// VOD: `watermark`, `subtitle` or `material`.
    pub business_type: String,
    /// Must fit the business type; wins over the name's extension.
    pub media_ext: String,
    /// Base name.
    pub file_name: String,
    /// Bytes.
    pub file_size: u64,
    /// See [`CreateVideo::title`]; here VOD counts bytes.
    pub title: Option<String>,
    /// See [`CreateVideo::description`].
    pub description: Option<String>,
    /// See [`CreateVideo::tags`].
    pub tags: Option<String>,
    /// VOD: up to 5 ids, comma-separated.
    pub cate_ids: Option<String>,
    /// Host of the bucket.
    pub storage_location: Option<String>,
    /// JSON text.
    pub user_data: Option<String>,
    /// Multi-application id.
    pub app_id: Option<String>,
}

/// Changes to a video; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateVideo {
    /// New title.
    pub title: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// New tags, all of them.
    pub tags: Option<String>,
    /// New cover.
    pub cover_url: Option<String>,
    /// New category.
    pub cate_id: Option<String>,
}

/// A media id with the grant to fill it.
#[derive(Clone, Debug)]
pub struct Reservation {
    /// VideoId, ImageId or MediaId.
    pub media_id: String,
    /// Where to and signed by what.
    pub grant: Grant,
    /// ImageURL or MediaURL, where VOD gives one.
    pub url: Option<String>,
    /// For the cloud's support.
    pub request_id: Option<String>,
}

/// What VOD knows of a video.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoInfo {
    /// VideoId.
    pub media_id: String,
    /// VOD's word: Uploading, UploadSucc, Transcoding, Normal, … and words we do not know.
    pub status: String,
    /// Title.
    pub title: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// Seconds.
    pub duration_s: Option<f64>,
    /// Cover.
    pub cover_url: Option<String>,
    /// Our reference.
    pub reference_id: Option<String>,
    /// Host of the bucket.
    pub storage_location: Option<String>,
    /// For the cloud's support.
    pub request_id: Option<String>,
}

/// The source file as VOD has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mezzanine {
    /// VideoId.
    pub media_id: String,
    /// Uploading, Normal, UploadFail, Deleted.
    pub status: String,
    /// Bytes.
    pub size: Option<u64>,
    /// Undocumented MD5 of the file, where given.
    pub md5: Option<String>,
    /// For the cloud's support.
    pub request_id: Option<String>,
}

/// An image or an attached media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaInfo {
    /// ImageId or MediaId.
    pub media_id: String,
    /// Uploading, Normal, UploadFail.
    pub status: String,
    /// Title.
    pub title: Option<String>,
    /// Where it is served.
    pub url: Option<String>,
}

/// What a delete or a look-up of several ids did not find or may not touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absent {
    /// Unknown ids: already gone.
    pub missing: Vec<String>,
    /// Ids that may not be deleted.
    pub forbidden: Vec<String>,
}

/// A category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// CateId.
    pub id: String,
    /// Name.
    pub name: String,
    /// How many categories are inside.
    pub children: u64,
}

/// A transcoding template group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateGroup {
    /// TranscodeTemplateGroupId.
    pub id: String,
    /// Name.
    pub name: String,
    /// Used when none is named.
    pub default: bool,
}
