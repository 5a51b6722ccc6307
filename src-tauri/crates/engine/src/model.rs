//! What a transfer is: plain data that every other module of the engine speaks. Knows no cloud and no disk.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

/// Names one transfer for its whole life. A UUIDv7, so ids sort by the time they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(as = "String")]
pub struct TransferId(pub Uuid);

/// The kinds of media VOD knows. A cover is an [`Kind::Image`] with a parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Goes through CreateUploadVideo; its credential can be refreshed.
    Video,
    /// Goes through CreateUploadVideo too; VOD makes no difference.
    Audio,
    /// Goes through CreateUploadImage; its credential cannot be refreshed.
    Image,
    /// CreateUploadAttachedMedia, BusinessType `subtitle`.
    Subtitle,
    /// CreateUploadAttachedMedia, BusinessType `watermark`.
    Watermark,
    /// CreateUploadAttachedMedia, BusinessType `material`.
    Material,
}

/// What the person says about a file. Everything is optional but the title, which defaults to the file's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct About {
    /// VOD: at most 128 UTF-8 bytes, no emoji (protocol/vod.md 4.5).
    pub title: String,
    /// VOD: at most 1,024 UTF-8 bytes.
    pub description: String,
    /// VOD: at most 16 tags of 32 characters, none with a comma.
    pub tags: Vec<String>,
    /// One category.
    #[ts(type = "number | null")]
    pub category: Option<i64>,
    /// Transcoding template group. `workflow` wins over it.
    pub template_group: Option<String>,
    /// Workflow id.
    pub workflow: Option<String>,
    /// Bucket host; the account's default when absent.
    pub storage: Option<String>,
    /// VOD application id.
    pub app_id: Option<String>,
    /// JSON text handed to VOD as UserData.
    pub user_data: Option<String>,
    /// http(s) address of a cover that already exists somewhere.
    pub cover_url: Option<String>,
}

/// When a transfer counts as over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Wait {
    /// VOD itself says that it has the file.
    Stored,
    /// VOD has finished processing; people can watch.
    Playable,
}

/// A file somebody asked to upload.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The file, as the system names it.
    pub path: PathBuf,
    /// Name of the profile that pays.
    pub account: String,
    /// Forced by the person; otherwise told by content, then extension.
    pub kind: Option<Kind>,
    /// Title and the rest.
    pub about: About,
    /// The video this cover or subtitle belongs to.
    pub parent: Option<TransferId>,
    /// When it counts as over.
    pub wait: Wait,
    /// False: added without starting (wish Pause).
    pub start: bool,
    /// Send again what was sent before.
    pub force: bool,
}

/// What the person wants. Only a command changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Wish {
    /// Get it there.
    Run,
    /// Hold still, keep everything.
    Pause,
    /// Give up and clean up.
    Cancel,
}

/// What is true on disk and in the cloud. Only a finished verb changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Somebody asked for it.
    Found,
    /// Size, kind and part size are known.
    Planned,
    /// VOD has issued a media id and an upload address.
    Reserved,
    /// OSS has issued an upload id, or one request is enough.
    Opened,
    /// Every byte is stored.
    Sent,
    /// The object exists.
    Sealed,
    /// The object's checksum is the file's.
    Verified,
    /// VOD says so. The end.
    Settled,
    /// Cancelled and cleaned up. The other end.
    Discarded,
}

/// A moment of the engine's clock, for public signatures.
pub type Moment = Timestamp;
