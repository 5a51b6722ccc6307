//! What can go wrong, as codes with facts. The one mapping from the cloud's errors; knows no sentence in any language.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal => $class:ident,)*) => {
        /// Every cause people can meet. The text is the key of its sentences in `ui/src/i18n` (`fault.<code>.…`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        pub enum Code { $($(#[$doc])* #[serde(rename = $text)] $name,)* }
        impl Code {
            /// All of them, for the catalogues' tests.
            pub const ALL: &[Code] = &[$(Code::$name,)*];
            /// The key.
            pub const fn as_str(self) -> &'static str { match self { $(Code::$name => $text,)* } }
            /// How the machine takes it.
            pub const fn class(self) -> Class { match self { $(Code::$name => Class::$class,)* } }
        }
    };
}

/// How the machine takes a fault; see the table in ARCHITECTURE.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// No network: rests until it is back, without counting attempts.
    Offline,
    /// The far side is busy or the wire broke: rests, counted.
    Busy,
    /// The upload credential is refused.
    PassExpired,
    /// The multipart upload is unknown.
    UploadGone,
    /// The media id is unknown.
    MediaGone,
    /// The file cannot be read now.
    SourceGone,
    /// The file is another one now.
    SourceChanged,
    /// The account may not.
    Denied,
    /// The request is refused for what it says.
    Rejected,
    /// Stored bytes differ from sent bytes.
    Corrupt,
    /// Cannot happen.
    Bug,
}

codes! {
    /// No network.
    NetOffline = "net.offline" => Offline,
    /// A name could not be looked up.
    NetDns = "net.dns" => Busy,
    /// No answer, or a connection that broke.
    NetTimeout = "net.timeout" => Busy,
    /// The certificate is not valid here.
    NetTls = "net.tls" => Denied,
    /// The proxy asks for a password.
    NetProxy = "net.proxy" => Denied,
    /// A sign-in page answered instead of the cloud.
    NetPortal = "net.portal" => Offline,
    /// Unknown or disabled AccessKey.
    AuthKey = "auth.key" => Denied,
    /// The secret does not fit the id.
    AuthSign = "auth.sign" => Denied,
    /// The clock is off and correcting for it did not help.
    AuthClock = "auth.clock" => Denied,
    /// No permission.
    AuthRam = "auth.ram" => Denied,
    /// The person's own STS token is over.
    AuthSts = "auth.sts" => Denied,
    /// VOD is not active.
    AuthClosed = "auth.closed" => Denied,
    /// Overdue payment.
    AuthDebt = "auth.debt" => Denied,
    /// A resource of another region.
    AuthRegion = "auth.region" => Denied,
    /// The upload credential is over.
    CredExpired = "cred.expired" => PassExpired,
    /// A pasted credential is over: only the person can bring another.
    CredPastedExpired = "cred.pasted.expired" => Denied,
    /// The credential could not be refreshed.
    CredRefresh = "cred.refresh" => Busy,
    /// Not Base64.
    CredBase64 = "cred.base64" => Rejected,
    /// No JSON inside.
    CredJson = "cred.json" => Rejected,
    /// A field is missing.
    CredField = "cred.field" => Rejected,
    /// Address and auth are swapped.
    CredSwapped = "cred.swapped" => Rejected,
    /// The credential is for another file.
    CredMismatch = "cred.mismatch" => Denied,
    /// The credential server does not answer.
    SrvDown = "srv.down" => Busy,
    /// The credential server refuses.
    SrvAuth = "srv.auth" => Denied,
    /// The credential server's answer is unusable.
    SrvShape = "srv.shape" => Rejected,
    /// Title too long.
    ReqTitle = "req.title" => Rejected,
    /// A field is not accepted.
    ReqMeta = "req.meta" => Rejected,
    /// VOD does not take this extension.
    ReqExt = "req.ext" => Rejected,
    /// Unknown template group.
    ReqTemplate = "req.template" => Rejected,
    /// Unknown workflow.
    ReqWorkflow = "req.workflow" => Rejected,
    /// Unknown storage.
    ReqStorage = "req.storage" => Rejected,
    /// Unknown category.
    ReqCategory = "req.category" => Rejected,
    /// Throttled.
    ReqThrottle = "req.throttle" => Busy,
    /// 5xx.
    ReqServer = "req.server" => Busy,
    /// The media was deleted at VOD.
    MediaGone = "media.gone" => MediaGone,
    /// NoSuchUpload.
    OssNoupload = "oss.noupload" => UploadGone,
    /// A part did not arrive intact.
    OssPart = "oss.part" => Busy,
    /// The stored object differs.
    OssCrc = "oss.crc" => Corrupt,
    /// Storage refused.
    OssDenied = "oss.denied" => Denied,
    /// The file is not where it was.
    FileGone = "file.gone" => SourceGone,
    /// Its drive is not there.
    FileDrive = "file.drive" => SourceGone,
    /// The file changed while uploading.
    FileChanged = "file.changed" => SourceChanged,
    /// The system denies reading.
    FileRead = "file.read" => SourceGone,
    /// Empty file.
    FileEmpty = "file.empty" => Rejected,
    /// Too large.
    FileLarge = "file.large" => Rejected,
    /// The name or the path is not Unicode.
    FileName = "file.name" => Rejected,
    /// VOD did not get the file.
    VodUploadFail = "vod.UploadFail" => Rejected,
    /// Transcoding failed.
    VodTranscodeFail = "vod.TranscodeFail" => Rejected,
    /// Production failed.
    VodProduceFail = "vod.ProduceFail" => Rejected,
    /// Review blocked it.
    VodBlocked = "vod.Blocked" => Rejected,
    /// A word for a failure we do not know.
    VodUnknown = "vod.unknown" => Rejected,
    /// The keyring is locked.
    KeyLocked = "key.locked" => Denied,
    /// There is no keyring and no secret.
    KeyNone = "key.none" => Denied,
    /// No room to save progress.
    DiskFull = "disk.full" => Bug,
    /// The queue could not be read.
    DbBroken = "db.broken" => Bug,
    /// Something unexpected.
    Unknown = "unknown" => Bug,
}

/// A cause with the facts its sentences name. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fault {
    /// What happened.
    pub code: Code,
    /// What the sentences name: `host`, `s`, `op`, `field`, `ext`, `path`, …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
    /// The operation that failed (`CreateUploadVideo`, `UploadPart`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// HTTP status, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The cloud's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_code: Option<String>,
    /// The cloud's own sentence, secrets removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_message: Option<String>,
    /// For the cloud's support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The far side named a time to wait, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_ms: Option<u64>,
}

impl Fault {
    /// A bare code.
    pub fn of(code: Code) -> Self {
        Self {
            code,
            facts: BTreeMap::new(),
            operation: None,
            status: None,
            cloud_code: None,
            cloud_message: None,
            request_id: None,
            after_ms: None,
        }
    }

    /// Adds what a sentence names.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.facts.insert(name.to_owned(), value.to_string());
        self
    }
}
