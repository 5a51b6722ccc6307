//! What the page and the command line see: rows finished for drawing, and the frames that carry them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::fault::Code;
use crate::model::{Kind, Phase, Transfer, TransferId, Wish};
use crate::remark::Remark;

/// Everything a watcher ever hears about transfers. The first frame is a snapshot; each delta has `rev = last + 1`;
/// a gap means one thing: watch again.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "frame", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Frame {
    /// All rows, in queue order.
    Snapshot {
        /// Number of this frame.
        #[ts(type = "number")]
        rev: u64,
        /// Every transfer that is not history.
        rows: Vec<Row>,
        /// Sums over all of them.
        totals: Totals,
    },
    /// What changed since the last frame.
    Delta {
        /// Number of this frame.
        #[ts(type = "number")]
        rev: u64,
        /// Rows that are new or changed.
        changed: Vec<Row>,
        /// Rows that are no longer in the queue.
        gone: Vec<TransferId>,
        /// The whole order, when it changed.
        order: Option<Vec<TransferId>>,
        /// Sums over all rows.
        totals: Totals,
    },
}

/// What a row says it is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// In line; `place` says where.
    Waiting,
    /// Reading the file.
    Preparing,
    /// Asking VOD for an address and a credential.
    Requesting,
    /// Bytes move.
    Uploading,
    /// Bytes may move; the credential is being renewed.
    Refreshing,
    /// A fault that passes by itself; `rest` says which and until when.
    Resting,
    /// No network, a schedule or the clock holds it; `hold` says which.
    Held,
    /// Completing and comparing checksums.
    Verifying,
    /// VOD has it and works on it; `vod` says how far.
    Processing,
    /// A cover that is being given to its video.
    Linking,
    /// Over, well.
    Done,
    /// The person wants it so.
    Paused,
    /// Needs the person; `fault` says why.
    Failed,
    /// Cancelled. Undo is possible until it is discarded.
    Cancelled,
}

/// One line of the queue, finished for drawing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Names the transfer to every command.
    pub id: TransferId,
    /// The profile it goes out by.
    pub account: String,
    /// The video this one is attached to.
    pub parent: Option<TransferId>,
    /// An image with a parent is a cover.
    pub kind: Kind,
    /// As VOD will show it.
    pub title: String,
    /// The file's own name, for people.
    pub name: String,
    /// Language tag of a subtitle, when its name carries one (`zh-CN`).
    pub language: Option<String>,
    /// What it is doing.
    pub status: Status,
    /// What is true.
    pub phase: Phase,
    /// What the person wants.
    pub wish: Wish,
    /// Bytes of the file; 0 until planned.
    #[ts(type = "number")]
    pub size_bytes: u64,
    /// Bytes the server has confirmed.
    #[ts(type = "number")]
    pub done_bytes: u64,
    /// Bytes on their way, not confirmed.
    #[ts(type = "number")]
    pub flight_bytes: u64,
    /// Bytes per second, average of 5 s.
    #[ts(type = "number")]
    pub rate_bytes: u64,
    /// Time left, when there is an estimate.
    #[ts(type = "number | null")]
    pub left_ms: Option<u64>,
    /// The map of parts, while it means something: none for one request.
    pub parts: Option<Parts>,
    /// The upload credential, while one is held.
    pub credential: Option<CredentialView>,
    /// VideoId, ImageId or MediaId.
    pub media_id: Option<String>,
    /// The cloud's own word for the state of the media, and when it was heard.
    pub vod: Option<VodState>,
    /// Place in line, from 1, while waiting.
    pub place: Option<u32>,
    /// Why it needs the person.
    pub fault: Option<FaultView>,
    /// Why it rests and until when.
    pub rest: Option<RestView>,
    /// Why it is held.
    pub hold: Option<Hold>,
    /// What may be asked of it now.
    pub can: Can,
    /// A finished or queued transfer of the same file, when this one looks the same and waits for a decision.
    pub same_as: Option<SameAs>,
    /// Waits for the user's word, because of `same_as` or of what `remarks` say.
    pub undecided: bool,
    /// When it was added.
    #[ts(type = "number")]
    pub added_ms: u64,
    /// When it ended.
    #[ts(type = "number | null")]
    pub ended_ms: Option<u64>,
    /// How long bytes moved, once it is over.
    #[ts(type = "number | null")]
    pub took_ms: Option<u64>,
    /// What is worth telling about it.
    pub remarks: Vec<Remark>,
}

/// The real parts of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Parts {
    /// How many there are.
    pub total: u32,
    /// How many the server has.
    pub done: u32,
    /// How many are on their way now.
    pub flying: u32,
    /// Bytes of one part (the last may be smaller).
    #[ts(type = "number")]
    pub size_bytes: u64,
    /// At most 240 characters, each an equal run of parts: `2` all stored, `1` some stored or on their way, `0` none.
    pub map: String,
}

/// What may be shown of an upload credential: its time, never its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CredentialView {
    /// Time left when the frame was made.
    #[ts(type = "number")]
    pub left_ms: u64,
    /// Whole life as issued.
    #[ts(type = "number")]
    pub life_ms: u64,
    /// What happens at its end.
    pub renewal: Renewal,
    /// It cannot be renewed and ends before the upload does.
    pub tight: bool,
}

/// How a credential is followed by the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Renewal {
    /// Refreshes itself (video, audio).
    Auto,
    /// Cannot be refreshed; a new one is requested (images, attached media).
    Anew,
    /// Was pasted; cannot be refreshed here.
    Pasted,
}

/// What VOD says about a media id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct VodState {
    /// `Uploading`, `UploadSucc`, `Transcoding`, `Checking`, `Normal` and whatever VOD may say.
    pub status: String,
    /// When it said so.
    #[ts(type = "number")]
    pub at_ms: u64,
}

/// A fault as people meet it: a code with facts. Sentences live in `ui/src/i18n`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FaultView {
    /// Key of the sentences.
    pub code: Code,
    /// What the sentences name.
    #[ts(type = "Record<string, string>")]
    pub facts: BTreeMap<String, String>,
    /// The operation that failed, in the cloud's words.
    pub operation: Option<String>,
    /// The cloud's own code.
    pub cloud_code: Option<String>,
    /// The cloud's own sentence, secrets removed.
    pub cloud_message: Option<String>,
    /// For the cloud's support.
    pub request_id: Option<String>,
}

/// A fault that passes by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RestView {
    /// Why.
    pub fault: FaultView,
    /// Which attempt comes next.
    pub attempt: u32,
    /// After how many a person is asked; 0: never.
    pub of: u32,
    /// Time left until then, when the frame was made.
    #[ts(type = "number")]
    pub left_ms: u64,
}

/// Why a transfer that wants to run does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Hold {
    /// No network.
    Network,
    /// The weekly schedule allows no bytes now.
    Schedule,
    /// The computer's clock is off and could not be corrected.
    Clock,
    /// The profile's secret is not there (locked keyring, signed out).
    Account,
    /// A cover or subtitle waits for its video.
    Parent,
}

/// What may be asked of a transfer now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Can {
    /// Hold still.
    pub pause: bool,
    /// Go on.
    pub resume: bool,
    /// Give up.
    pub cancel: bool,
    /// Try again from the last fact.
    pub retry: bool,
    /// Forget everything and start over.
    pub restart: bool,
    /// Leave the list.
    pub remove: bool,
}

/// The transfer this one looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SameAs {
    /// Its id.
    pub id: TransferId,
    /// Its title.
    pub title: String,
    /// When it ended; none while it is queued.
    #[ts(type = "number | null")]
    pub ended_ms: Option<u64>,
}

impl From<&Transfer> for SameAs {
    fn from(t: &Transfer) -> Self {
        Self { id: t.id, title: t.about.title.clone(), ended_ms: t.ended_ms }
    }
}

/// The one sentence at the top of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Hero {
    /// `left_ms` says how long.
    Left,
    /// Under ten seconds.
    Almost,
    /// No estimate yet.
    Preparing,
    /// All of it is paused.
    Paused,
    /// All that is left is held: for its account, a schedule, the clock, or what it belongs to.
    Held,
    /// Everything has arrived, and VOD works on some of it.
    Processing,
    /// Nothing to do, something was done.
    Idle,
    /// No network.
    Offline,
    /// The queue is empty.
    Empty,
}

/// Sums over the queue. Failed and cancelled transfers are left out of the byte sums.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// The headline.
    pub hero: Hero,
    /// Time left for everything not failed.
    #[ts(type = "number | null")]
    pub left_ms: Option<u64>,
    /// Bytes confirmed.
    #[ts(type = "number")]
    pub done_bytes: u64,
    /// The rest of the transfers in progress.
    #[ts(type = "number")]
    pub open_bytes: u64,
    /// All bytes.
    #[ts(type = "number")]
    pub size_bytes: u64,
    /// Bytes per second, all together.
    #[ts(type = "number")]
    pub rate_bytes: u64,
    /// Rows in each group, children left out.
    pub counts: Counts,
    /// Something can be paused.
    pub can_pause: bool,
    /// Something can go on.
    pub can_resume: bool,
    /// The network is there, as far as the last requests can tell.
    pub online: bool,
    /// Milliseconds the last request to VOD took.
    pub ping_ms: Option<u32>,
    /// What the user must know about the queue's own file: `disk.full` and `db.write` while nothing can go on for it,
    /// `db.broken` with the `path` of the copy that was kept, `db.damaged` and `db.rows`.
    pub notice: Option<FaultView>,
}

/// How many rows stand in each group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Counts {
    /// All of them.
    pub all: u32,
    /// In progress.
    pub active: u32,
    /// Waiting, paused or held.
    pub waiting: u32,
    /// VOD works on them.
    pub processing: u32,
    /// Need the person: failed, or waiting for a decision.
    pub failed: u32,
    /// Done.
    pub done: u32,
    /// Cancelled.
    pub cancelled: u32,
}
