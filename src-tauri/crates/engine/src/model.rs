//! What a transfer is: plain data that every other module of the engine speaks. Knows no cloud and no disk.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use crate::fault::Fault;
use crate::machine::State;
use crate::remark::Remark;
use crate::source_identity::Seen;

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
    /// These very words or none: what VOD refuses is an error and not shortened.
    pub keep_title: bool,
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
    /// When the same file is known already.
    pub again: Again,
    /// Language of a subtitle; told by its name when absent.
    pub language: Option<String>,
    /// What is known of the file; looked at when it is added otherwise.
    pub seen: Option<Seen>,
}

/// What becomes of a file that is in the queue already, or was sent before under the same account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// By its content: that transfer goes on, or stays as it is when it is over.
    Continue,
    /// A new transfer, which waits for a decision.
    Ask,
    /// It is sent again.
    Send,
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

/// Milliseconds: of the Unix epoch for moments, plain for spans.
pub type Millis = u64;

/// How the bytes go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// One PutObject.
    Put,
    /// Initiate, parts, complete.
    Multipart,
}

/// What makes a file the same file: looked at before every part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Bytes.
    pub size: u64,
    /// Modified time, milliseconds since the epoch.
    pub modified_ms: i64,
    /// What the file system itself counts by, where it does: the file's number and last change of any kind. Another one is
    /// no other file, it may be another mount: it is the reason to look at the content.
    pub file: Option<u64>,
}

/// A text that is sent as UTF-8 although the file is not: what is uploaded is not what lies on the disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recoded {
    /// The encoding of the file, by its name on the web.
    pub from: String,
    /// Bytes of the text as UTF-8.
    pub size: u64,
}

/// Where the object goes, as VOD named it. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Storage address with scheme.
    pub endpoint: String,
    /// Bucket.
    pub bucket: String,
    /// Object key, not encoded.
    pub object: String,
}

/// One stored part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// From 1.
    pub number: u32,
    /// Where it begins in the file.
    pub offset: u64,
    /// Its bytes.
    pub length: u64,
    /// As the server said it, quotes included. Shared: a large file has thousands of them.
    pub etag: Arc<str>,
    /// CRC-64/XZ of the bytes that were read for it.
    pub crc64: u64,
}

/// One line of the timeline of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When, milliseconds since the epoch.
    pub at_ms: Millis,
    /// A code; the sentence is `log.<what>`.
    pub what: String,
    /// What the sentence names.
    pub data: BTreeMap<String, String>,
}

/// Request ids kept of a transfer.
const REQUESTS: usize = 20;

/// Everything the journal knows of one upload. Plain data: only `machine::step` changes `state`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Its id, and the ReferenceId of its video.
    pub id: TransferId,
    /// Order in the queue.
    pub position: i64,
    /// Name of the profile that pays.
    pub account: String,
    /// What it is; a guess from the name until it is planned.
    pub kind: Kind,
    /// The person said which kind it is.
    pub forced_kind: bool,
    /// The file.
    pub path: PathBuf,
    /// Title and the rest.
    pub about: About,
    /// When it counts as over.
    pub wait: Wait,
    /// The video it belongs to.
    pub parent: Option<TransferId>,
    /// Language tag of a subtitle.
    pub language: Option<String>,
    /// Its credential was pasted: VOD is never asked about it.
    pub pasted: bool,
    /// The user wants it sent although it looks the same as another one, or unfinished.
    pub force: bool,
    /// The transfer it looks the same as: it waits for a decision.
    pub same_as: Option<TransferId>,
    /// The three axes.
    pub state: State,
    /// How the bytes go out.
    pub method: Method,
    /// What the file was when it was planned.
    pub source: Option<Source>,
    /// Hash over a few places of the file and its size: the same file has the same, wherever it lies.
    pub fingerprint: Option<u64>,
    /// Extension without dot, as it is told to VOD; fits the content.
    pub extension: Option<String>,
    /// Bytes of one part.
    pub part_size: u64,
    /// An attempt to reserve may have reached VOD.
    pub asked: bool,
    /// Counts media ids that had to be given up; part of the ReferenceId from 1 on.
    pub generation: u32,
    /// VideoId, ImageId or MediaId.
    pub media: Option<String>,
    /// Media ids that were replaced and are to be deleted when the new one is there; with commas between.
    pub old_media: Option<String>,
    /// Address of an image.
    pub url: Option<String>,
    /// Where the object goes.
    pub place: Option<Place>,
    /// Upload id of the multipart upload.
    pub upload: Option<String>,
    /// VOD said by itself that it has the file.
    pub landed: bool,
    /// CRC-64 of what was read, once it is all sent.
    pub crc64: Option<u64>,
    /// CRC-64 of the object as the cloud answered it.
    pub object_crc64: Option<u64>,
    /// VOD's own word and when it was heard.
    pub vod: Option<(String, Millis)>,
    /// Cancel also removes what was made at VOD.
    pub sweep: bool,
    /// Why it needed the person when it was given up.
    pub failed: Option<Fault>,
    /// In the queue; otherwise only history.
    pub shown: bool,
    /// The running engine that works on it.
    pub owner: Option<Uuid>,
    /// How long bytes moved.
    pub took_ms: Millis,
    /// When it was added.
    pub added_ms: Millis,
    /// When its phase last changed.
    pub since_ms: Millis,
    /// When it ended.
    pub ended_ms: Option<Millis>,
    /// Request ids of the cloud, newest last, at most 20.
    pub request_ids: Vec<String>,
    /// What is worth telling about the file and what was made of the user's words.
    pub remarks: Vec<Remark>,
    /// It is sent as UTF-8, which the file is not.
    pub recoded: Option<Recoded>,
}

impl Transfer {
    /// The ReferenceId: our id, with the generation after a relapse.
    pub fn reference(&self) -> String {
        if self.generation == 0 {
            self.id.0.to_string()
        } else {
            format!("{}-{}", self.id.0, self.generation)
        }
    }

    /// Keeps the cloud's name of a request; the newest are enough for its support.
    pub(crate) fn note_request(&mut self, request: String) {
        self.request_ids.push(request);
        let more = self.request_ids.len().saturating_sub(REQUESTS);
        self.request_ids.drain(..more);
    }

    /// The file's own name.
    pub fn name(&self) -> String {
        crate::paths::name(&self.path)
    }

    /// Bytes that are sent; 0 until planned.
    pub fn size(&self) -> u64 {
        let own = self.source.map_or(0, |s| s.size);
        self.recoded.as_ref().map_or(own, |recoded| recoded.size)
    }

    /// What it is may still be said: VOD has not heard of it, and nobody is looking at it right now.
    pub fn kind_is_open(&self) -> bool {
        self.media.is_none()
            && !self.asked
            && !self.pasted
            && self.state.phase <= Phase::Planned
            && self.state.running.is_none()
            && self.state.wish != Wish::Cancel
    }

    /// Waits for the user's word: it looks the same as another one, or VOD would fail it.
    pub fn is_undecided(&self) -> bool {
        self.same_as.is_some()
            || (!self.force
                && self.state.phase == Phase::Planned
                && self.remarks.iter().any(|remark| remark.code.is_grave()))
    }

    /// Whether VOD renews its credential and finds it by our own id.
    pub fn is_video(&self) -> bool {
        self.kind.renews()
    }
}

impl Kind {
    /// Video and audio can have their credential refreshed; the others must be reserved anew.
    pub const fn renews(self) -> bool {
        match self {
            Kind::Video | Kind::Audio => true,
            Kind::Image | Kind::Subtitle | Kind::Watermark | Kind::Material => false,
        }
    }

    /// The word of the journal and of the credential server.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Video => "video",
            Kind::Audio => "audio",
            Kind::Image => "image",
            Kind::Subtitle => "subtitle",
            Kind::Watermark => "watermark",
            Kind::Material => "material",
        }
    }
}

impl Phase {
    /// The word of the journal and of the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Phase::Found => "found",
            Phase::Planned => "planned",
            Phase::Reserved => "reserved",
            Phase::Opened => "opened",
            Phase::Sent => "sent",
            Phase::Sealed => "sealed",
            Phase::Verified => "verified",
            Phase::Settled => "settled",
            Phase::Discarded => "discarded",
        }
    }
}

impl std::fmt::Display for TransferId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
