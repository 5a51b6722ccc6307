//! What the page asks and is told besides the frames: plain data for settings, profiles, drops, decoding and history.
//! No secret is ever a field of an answer. Long because it is the one list of what both sides say, with its units.

use crate::staging::left_out::Reason;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
pub use vodlift_engine::AboutPatch;
use vodlift_engine::model::{About, Kind, Phase, TransferId, Wait};
use vodlift_engine::view::{FaultView, Parts, Row};

/// What the page must know before its first paint.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// `0.1.0`.
    pub version: String,
    /// `linux`, `macos` or `windows`.
    pub platform: String,
    /// Language of the system, as a BCP 47 tag.
    pub locale: String,
    /// Preferences.
    pub settings: Settings,
    /// All profiles; none means first run.
    pub profiles: Vec<Profile>,
    /// What is wrong with a file of the configuration as a whole, so that nothing is sent.
    pub fault: Option<FaultView>,
    /// Where secrets can be kept.
    pub keyring: Keyring,
    /// The regions that have a VOD service.
    pub regions: Vec<String>,
}

/// State of the operating system's keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Keyring {
    /// Not asked yet.
    Unknown,
    /// Works.
    Open,
    /// Is there, but locked.
    Locked,
    /// Is not there: secrets are kept in memory until quit.
    None,
}

/// Where upload credentials come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A long-lived AccessKey in the keyring.
    AccessKey,
    /// AccessKey with SecurityToken.
    Sts,
    /// An HTTPS address of the person's company.
    Server,
    /// The environment variables of the vendor's own tools.
    Environment,
}

/// A profile as the page sees it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Its name and its key.
    pub name: String,
    /// VOD API region id.
    pub region: String,
    /// Free VOD address, when it is not the region's.
    pub endpoint: Option<String>,
    /// Where credentials come from.
    pub source: Source,
    /// An identifier, not a secret; shown with its middle masked.
    pub access_key_id: Option<String>,
    /// Address of the credential server.
    pub server: Option<String>,
    /// The one in use.
    pub active: bool,
    /// The embedded sandbox.
    pub sandbox: bool,
    /// Its secret is there.
    pub secret: SecretState,
    /// It passed the test since it was last changed.
    pub tested: bool,
    /// Why it cannot be used as it stands in the file.
    pub fault: Option<FaultView>,
}

/// Where a profile's secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum SecretState {
    /// In the keyring.
    Stored,
    /// In memory until quit.
    Memory,
    /// The keyring is locked.
    Locked,
    /// Nowhere.
    Missing,
}

/// What the person typed into the profile dialog.
#[derive(Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProfileDraft {
    /// Its name.
    pub name: String,
    /// The profile it replaces, when it is an edit.
    pub replaces: Option<String>,
    /// VOD API region id.
    pub region: String,
    /// Free VOD address; http only for loopback.
    pub endpoint: Option<String>,
    /// Where credentials come from.
    pub source: Source,
    /// Public half.
    pub access_key_id: Option<String>,
    /// Secret half; absent keeps the stored one.
    pub access_key_secret: Option<String>,
    /// STS token; absent keeps the stored one.
    pub security_token: Option<String>,
    /// Address of the credential server.
    pub server: Option<String>,
    /// Bearer secret of the credential server; absent keeps the stored one.
    pub server_secret: Option<String>,
}

/// One line of the connection test.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What was looked at.
    pub what: CheckWhat,
    /// Passed.
    pub ok: bool,
    /// Without it no video can be uploaded. Otherwise `check.cost.<what>` says what is lost.
    pub needed: bool,
    /// The RAM actions that are refused, `vod:GetVideoInfo`.
    pub missing: Vec<String>,
    /// Why not.
    pub fault: Option<FaultView>,
    /// Seconds the clock is off, for the clock; milliseconds the answer took, for identity.
    pub figure: Option<i32>,
}

/// What the connection test looks at, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum CheckWhat {
    /// The keyring takes and gives a secret.
    Keyring,
    /// The clock is within 15 minutes of the cloud's.
    Clock,
    /// The key is known and its secret right.
    Identity,
    /// May create uploads of video and audio.
    Video,
    /// May refresh the credential of an upload.
    Refresh,
    /// May create uploads of images.
    Image,
    /// May create uploads of subtitles and watermarks.
    Attached,
    /// May ask for the state of media.
    Status,
    /// May change title, cover and the rest of a video.
    Details,
    /// May delete what a cancelled upload left.
    Cleanup,
    /// May list categories and template groups.
    Lists,
}

impl CheckWhat {
    /// The word of the page and of the sentences' keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            CheckWhat::Keyring => "keyring",
            CheckWhat::Clock => "clock",
            CheckWhat::Identity => "identity",
            CheckWhat::Video => "video",
            CheckWhat::Refresh => "refresh",
            CheckWhat::Image => "image",
            CheckWhat::Attached => "attached",
            CheckWhat::Status => "status",
            CheckWhat::Details => "details",
            CheckWhat::Cleanup => "cleanup",
            CheckWhat::Lists => "lists",
        }
    }
}

/// Preferences. Every change is written at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Transfers that send at a time, 1 to 10.
    pub files: u32,
    /// Parts on their way at a time; 0: automatic.
    pub parts: u32,
    /// MiB of one part; 0: automatic.
    pub part_mib: u32,
    /// When a transfer counts as over.
    pub wait: Wait,
    /// Start again by itself when a file changed; otherwise ask.
    pub restart_changed: bool,
    /// Days until what ended is taken out of the history with its timeline; 0: never.
    pub keep_history: u32,
    /// Keep the computer awake while bytes move.
    pub awake: bool,
    /// Speed limit.
    pub limit: Limit,
    /// Proxy.
    pub proxy: Proxy,
    /// PEM file of an own root certificate.
    pub tls_root: Option<String>,
    /// Sign with HMAC-SHA1 (RPC 1.0 at VOD, V1 at OSS) where a service takes nothing newer. Only in the file, not in the window.
    pub hmac_sha1: bool,
    /// Which notifications.
    pub notify: Notify,
    /// Theme.
    pub theme: Theme,
    /// `system`, `en` or `zh-CN`.
    pub language: String,
    /// Row height.
    pub density: Density,
    /// Follow the system, or less motion always.
    pub reduce_motion: bool,
    /// Single-character shortcuts are on.
    pub single_keys: bool,
    /// Which characters those are.
    pub keys: Keys,
    /// What happens when everything is done.
    pub when_done: WhenDone,
    /// Start at login.
    pub autostart: bool,
}

/// The shortcuts that are a single character; each is one character, and no two are the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Keys {
    /// Go to the search.
    pub search: String,
    /// Select the row, or not.
    pub select: String,
    /// Pause or resume.
    pub pause: String,
    /// Show all shortcuts.
    pub help: String,
}

/// Speed limit with a weekly schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Limit {
    /// In force.
    pub on: bool,
    /// Bytes per second.
    #[ts(type = "number")]
    pub rate_bytes: u64,
    /// When it holds; empty: always.
    pub periods: Vec<Period>,
}

/// A daily period on some days of the week, local time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Period {
    /// 0 is Monday.
    pub days: Vec<u8>,
    /// Minutes since midnight.
    pub from_min: u32,
    /// Minutes since midnight; before `from_min`: ends on the next day.
    pub to_min: u32,
}

/// How requests leave this computer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "mode", rename_all = "lowercase")]
pub enum Proxy {
    /// As the system says.
    System,
    /// Straight.
    None,
    /// HTTP(S) proxy; a password is in the keyring.
    Http {
        /// `host:port`.
        address: String,
        /// User name, when the proxy asks.
        user: Option<String>,
    },
    /// SOCKS5 proxy; a password is in the keyring.
    Socks5 {
        /// `host:port`.
        address: String,
        /// User name, when the proxy asks.
        user: Option<String>,
    },
}

/// Which notifications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Notify {
    /// A file is ready.
    pub done: bool,
    /// A file needs the person.
    pub failed: bool,
    /// All are over.
    pub all: bool,
}

/// Theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Row height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Density {
    /// By the window's height.
    Auto,
    /// 56.
    Comfortable,
    /// 44.
    Compact,
}

/// What happens when everything is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum WhenDone {
    /// Nothing.
    Nothing,
    /// Quit.
    Quit,
    /// Sleep.
    Sleep,
    /// Shut down.
    Shutdown,
}

/// What a drop, a dialog or a second launch brought, looked at but not yet added. The page names it by `id` only.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// Names this offer to `add`.
    pub id: String,
    /// Still walking folders.
    pub scanning: bool,
    /// Files found so far.
    pub files: u32,
    /// Sum of their sizes.
    #[ts(type = "number")]
    pub size_bytes: u64,
    /// Main files with what was paired to them; at most 50, `more` says how many are not listed.
    pub items: Vec<OfferItem>,
    /// Main files that are not listed.
    pub more: u32,
    /// What was named and cannot be uploaded, and what is broken in a folder, at most 50.
    pub skipped: Vec<Skipped>,
    /// What lies in folders and is not meant.
    pub omitted: Omitted,
    /// How many of each kind: `video`, `audio`, `image`, `cover`, `subtitle`, `watermark`, `material`.
    #[ts(type = "Record<string, number>")]
    pub kinds: std::collections::BTreeMap<String, u32>,
}

/// One main file of an offer.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OfferItem {
    /// File name.
    pub name: String,
    /// Told by content, then extension.
    pub kind: Kind,
    /// Bytes.
    #[ts(type = "number")]
    pub size_bytes: u64,
    /// Names of the cover and subtitles paired to it.
    pub paired: Vec<Paired>,
    /// Another video has this name, so nothing is paired to either.
    pub ambiguous: bool,
}

/// A cover or subtitle that follows its video.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Paired {
    /// File name.
    pub name: String,
    /// `image` is the cover.
    pub kind: Kind,
    /// Language tag in its name.
    pub language: Option<String>,
}

/// What became of an offer.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Added {
    /// The new transfers, videos before what follows them.
    pub ids: Vec<TransferId>,
    /// What was asked for and cannot be uploaded, at most 50. A file that merely lay in a folder and that VOD has no use
    /// for is not among them.
    pub left_out: Vec<Skipped>,
    /// Those that are not listed.
    pub more: u32,
    /// What lay in folders and was not meant.
    pub omitted: Omitted,
    /// Names that two videos share, so that a cover or subtitle of that name was attached to neither; at most 50.
    pub apart: Vec<String>,
}

/// A file that is left out, and why.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Skipped {
    /// File name.
    pub name: String,
    /// Why.
    pub fault: FaultView,
}

/// What lies in folders and is not meant: told in one line, with the list behind it.
#[derive(Clone, Debug, Default, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Omitted {
    /// How many in all.
    pub total: u32,
    /// How many for each reason.
    pub reasons: Vec<OmittedReason>,
    /// At most 50 of them.
    pub files: Vec<OmittedFile>,
}

/// How many are left out for one reason.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OmittedReason {
    /// Why.
    pub reason: Reason,
    /// How many.
    pub count: u32,
}

/// One that is left out.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OmittedFile {
    /// File name.
    pub name: String,
    /// Why.
    pub reason: Reason,
}

/// A decoded blob, secrets left out.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Decoded {
    /// Fields of the UploadAddress.
    pub address: Option<Blob>,
    /// Fields of the UploadAuth.
    pub auth: Option<Blob>,
    /// Both are good and belong together: an upload can start.
    pub usable: bool,
    /// Time left of the credential.
    #[ts(type = "number | null")]
    pub left_ms: Option<i64>,
    /// The time was counted from the moment of pasting, because the blob names no instant.
    pub from_paste: bool,
}

/// One decoded blob.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Blob {
    /// First 16 and last 4 characters, and how many there were.
    pub short: String,
    /// Characters pasted.
    pub length: u32,
    /// Documented fields first.
    pub fields: Vec<Field>,
    /// What is wrong with it (`cred.base64`, `cred.json`, `cred.field`, `cred.swapped`).
    pub fault: Option<FaultView>,
}

/// One field of a decoded blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// Its name in the JSON.
    pub name: String,
    /// Its value; absent when it is a secret.
    pub value: Option<String>,
    /// Characters of a secret.
    pub secret_length: Option<u32>,
    /// Not one of the documented fields.
    pub extra: bool,
}

/// Everything the inspector shows of one transfer.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// The row itself.
    pub row: Row,
    /// Title and the rest.
    pub about: About,
    /// The folder of the file, to be shown.
    pub folder: String,
    /// The profile.
    pub account: String,
    /// `multipart` or `put`.
    pub method: String,
    /// Storage host.
    pub endpoint: Option<String>,
    /// Bucket.
    pub bucket: Option<String>,
    /// Object name.
    pub object: Option<String>,
    /// Upload id of the multipart upload.
    pub upload_id: Option<String>,
    /// CRC-64 of the file, decimal.
    pub crc64: Option<String>,
    /// Attempts of the verb in hand.
    pub attempts: u32,
    /// Request ids of this transfer, newest last, at most 20.
    pub request_ids: Vec<String>,
    /// Parts.
    pub parts: Option<Parts>,
    /// Fields that can no longer change (`storage`, `processing`).
    pub locked: bool,
    /// What it may be sent as, the likeliest first, while that can still be said.
    pub kinds: Vec<Kind>,
    /// The user said what it is.
    pub forced: bool,
    /// What an MP4 or MOV says of itself; none for other files, or one that is not there.
    pub film: Option<Film>,
}

/// What is to be changed of one of many transfers.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Described {
    /// The transfer.
    pub id: TransferId,
    /// The file's own name.
    pub name: String,
    /// The folder of the file, to be shown.
    pub folder: String,
    /// Title and the rest.
    pub about: About,
    /// Fields that can no longer change (`storage`, `processing`).
    pub locked: bool,
}

/// What a film says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Film {
    /// How long it plays.
    #[ts(type = "number")]
    pub duration_ms: u64,
    /// Lines of its picture, the shorter side of it; none for sound.
    pub lines: Option<u32>,
}

/// One line of the timeline of a transfer: a code and facts; the sentence is `log.<what>` in `ui/src/i18n`.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// When.
    #[ts(type = "number")]
    pub at_ms: u64,
    /// `found`, `planned`, `reserved`, `opened`, `stored`, `renewed`, `rest`, `sent`, `sealed`, `verified`, `vod`, …
    pub what: String,
    /// What the sentence names.
    #[ts(type = "Record<string, string>")]
    pub facts: std::collections::BTreeMap<String, String>,
}

/// What of the history is asked for.
#[derive(Clone, Debug, Default, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct HistoryQuery {
    /// Part of a title, a file name or a media id.
    pub text: String,
    /// `all`, `done`, `failed` or `cancelled`.
    pub outcome: String,
    /// One kind (`video`, `image`, …), a cover being an image; `attached`: subtitles, watermarks and materials; empty:
    /// all.
    pub kind: String,
    /// Ended not before then; 0: all.
    #[ts(type = "number")]
    pub since_ms: u64,
    /// Skip so many.
    pub offset: u32,
    /// At most so many, up to 500, which 0 means too. An export takes everything.
    pub limit: u32,
}

/// A page of the history.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HistoryPage {
    /// How many match.
    pub total: u32,
    /// Newest first.
    pub items: Vec<HistoryItem>,
    /// Bytes sent on each of the last 30 days, oldest first.
    #[ts(type = "Array<number>")]
    pub days: Vec<u64>,
    /// Bytes of all that match.
    #[ts(type = "number")]
    pub size_bytes: u64,
    /// Average bytes per second of all that match.
    #[ts(type = "number")]
    pub rate_bytes: u64,
}

/// One transfer that has ended.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HistoryItem {
    /// Its id.
    pub id: TransferId,
    /// Its kind.
    pub kind: Kind,
    /// Title.
    pub title: String,
    /// File name.
    pub name: String,
    /// Bytes.
    #[ts(type = "number")]
    pub size_bytes: u64,
    /// Bytes per second.
    #[ts(type = "number")]
    pub rate_bytes: u64,
    /// How long.
    #[ts(type = "number | null")]
    pub took_ms: Option<u64>,
    /// VideoId, ImageId or MediaId.
    pub media_id: Option<String>,
    /// How it ended: `settled` or `discarded`, or where it stood when it was removed.
    pub phase: Phase,
    /// Share that had been sent, in percent, when it was cancelled.
    pub percent: u32,
    /// Why it failed.
    pub fault: Option<FaultView>,
    /// When.
    #[ts(type = "number")]
    pub ended_ms: u64,
    /// The file is still where it was.
    pub file_there: bool,
}

/// The certificates a far side shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Certificates {
    /// Whom was asked, with the port where it is not the usual one.
    pub host: String,
    /// Its own first, then those that vouch for it, as they were sent.
    pub chain: Vec<Certificate>,
    /// Why they are not believed here; none: they are.
    pub distrust: Option<Distrust>,
}

/// One certificate of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// Whom it speaks for.
    pub subject: String,
    /// Who says so.
    pub issuer: String,
    /// Good from then on.
    #[ts(type = "number")]
    pub from_ms: i64,
    /// Good until then.
    #[ts(type = "number")]
    pub until_ms: i64,
    /// SHA-256 of the whole, two digits a byte, colons between.
    pub sha256: String,
}

/// Why certificates are not believed; the end of a key in the catalogues: `cert.<distrust>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Distrust {
    /// Nobody this computer knows vouches for them.
    Issuer,
    /// Their time is over.
    Expired,
    /// Their time has not come.
    Early,
    /// They speak for another name.
    Name,
    /// They were taken back.
    Revoked,
    /// Something else.
    Other,
}

/// A choice VOD offers for a field: a category, a template group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown, parents first: `Travel / Japan`.
    pub label: String,
}

/// What the desktop tells the page, in order, over one channel: things that happen outside the page.
/// Positions are CSS pixels of the page.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(tag = "desk", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(clippy::large_enum_variant, reason = "one at a time, on its way to the page")]
pub enum Desk {
    /// Files hover over the window.
    Enter {
        /// What they are, as far as is known.
        offer: Offer,
        /// Where the pointer is.
        x: f64,
        /// Where the pointer is.
        y: f64,
    },
    /// The pointer moved.
    Move {
        /// Where the pointer is.
        x: f64,
        /// Where the pointer is.
        y: f64,
    },
    /// They left.
    Leave,
    /// They were let go, or a second launch handed files over: the page calls `add`.
    Drop {
        /// Which offer.
        offer: String,
        /// Where the pointer is.
        x: f64,
        /// Where the pointer is.
        y: f64,
    },
    /// A folder scan went on.
    Offer {
        /// The same offer, further.
        offer: Offer,
    },
    /// Go to a page: `queue`, `history`, `decode`, `settings`.
    Open {
        /// Which.
        page: String,
    },
    /// Profiles, settings or the keyring changed.
    Session {
        /// All of it anew.
        session: Session,
    },
    /// Everything is done, and what the settings ask for then happens soon unless the person says no.
    Ending {
        /// What; `nothing` when it was stopped.
        what: WhenDone,
        /// Time until then, counted from this word.
        #[ts(type = "number")]
        left_ms: u64,
    },
}
