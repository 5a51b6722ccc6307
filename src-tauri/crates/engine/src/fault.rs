//! What can go wrong, as codes with facts. The one mapping from the cloud's errors; knows no sentence in any language.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use vodlift_cloud as cloud;

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
    /// The service asks to wait, or a drive does not answer: rests as long as it takes, never counted.
    Wait,
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
    /// The proxy was not reached, and nothing else was before: a setting is wrong.
    NetProxyDown = "net.proxy.down" => Busy,
    /// The proxy was not reached, which was before.
    NetProxyAway = "net.proxy.away" => Offline,
    /// The proxy was reached and does not carry us on.
    NetProxyRefused = "net.proxy.refused" => Busy,
    /// A proxy is named that cannot be used.
    NetProxyUnusable = "net.proxy.unusable" => Denied,
    /// The own root certificates cannot be used.
    NetRoots = "net.roots" => Denied,
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
    /// VOD lacks a part of the account's own set-up.
    AuthSetup = "auth.setup" => Denied,
    /// The account has no bucket in this region yet.
    AuthBucket = "auth.bucket" => Denied,
    /// What answers is not VOD, or another version of it.
    AuthEndpoint = "auth.endpoint" => Denied,
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
    /// The credential leads to a place that whoever gave it may not name.
    CredAddress = "cred.address" => Denied,
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
    /// The account has no multi-application.
    ReqApp = "req.app" => Rejected,
    /// Throttled.
    ReqThrottle = "req.throttle" => Wait,
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
    /// Storage of this account is switched off.
    OssDisabled = "oss.disabled" => Denied,
    /// The bucket is at another endpoint.
    OssEndpoint = "oss.endpoint" => Denied,
    /// The file is not where it was.
    FileGone = "file.gone" => SourceGone,
    /// Its drive does not answer.
    FileSilent = "file.silent" => Wait,
    /// Its drive is not there.
    FileDrive = "file.drive" => SourceGone,
    /// The file changed while uploading.
    FileChanged = "file.changed" => SourceChanged,
    /// It cannot be read; `reason` is what the system said.
    FileRead = "file.read" => SourceGone,
    /// The system denies reading.
    FileDenied = "file.denied" => SourceGone,
    /// No file descriptor is left.
    FileHandles = "file.handles" => Busy,
    /// Nothing is there, and never was as far as anybody knows.
    FileAbsent = "file.absent" => Rejected,
    /// An address of the web instead of a file.
    FileAddress = "file.address" => Rejected,
    /// A folder, a pipe, a socket or a device.
    FileSpecial = "file.special" => Rejected,
    /// A download that is not finished.
    FilePartial = "file.partial" => Rejected,
    /// A subtitle that holds where a drone flew.
    FileTelemetry = "file.telemetry" => Rejected,
    /// A folder without anything to upload.
    FolderEmpty = "folder.empty" => Rejected,
    /// Empty file.
    FileEmpty = "file.empty" => Rejected,
    /// Too large.
    FileLarge = "file.large" => Rejected,
    /// The name or the path is not Unicode.
    FileName = "file.name" => Rejected,
    /// VOD refuses for a reason of its own, which is shown.
    VodRefused = "vod.refused" => Rejected,
    /// VOD is not that far yet.
    VodNotYet = "vod.notyet" => Busy,
    /// Nobody can say whether the file arrived, and sending it again may overwrite it.
    VodUnasked = "vod.unasked" => Denied,
    /// Named like media, and nobody knows what it holds.
    FileUnknown = "file.unknown" => Rejected,
    /// Holds a web page.
    FilePage = "file.page" => Rejected,
    /// Holds nothing but zeros.
    FileZeros = "file.zeros" => Rejected,
    /// A playlist without its pieces.
    FilePlaylist = "file.playlist" => Rejected,
    /// What macOS keeps beside a file on a foreign drive.
    FileFork = "file.fork" => Rejected,
    /// Named like subtitles, and none in it.
    FileSubtitle = "file.subtitle" => Rejected,
    /// A film that VOD would fail, and nobody said that it is to be sent all the same.
    FileUnfinished = "file.unfinished" => Rejected,
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
    /// A file of the configuration says something that is not followed.
    ConfFile = "conf.file" => Denied,
    /// No room to save progress.
    DiskFull = "disk.full" => Bug,
    /// The queue could not be read.
    DbBroken = "db.broken" => Bug,
    /// The file of the queue is damaged; the next start repairs it.
    DbDamaged = "db.damaged" => Bug,
    /// Some transfers could not be read.
    DbRows = "db.rows" => Bug,
    /// The queue cannot be written.
    DbWrite = "db.write" => Bug,
    /// The queue has to be mended or updated, and another process works with it.
    DbBusy = "db.busy" => Bug,
    /// A newer version wrote the queue.
    DbNewer = "db.newer" => Bug,
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
    /// An answer of a credential server that cannot be used, masked. Kept in memory only, never shown unasked.
    #[serde(skip)]
    pub answer: Option<String>,
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
            answer: None,
        }
    }

    /// Adds what a sentence names.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers and borrowed texts read best as they are"
    )]
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.facts.insert(name.to_owned(), value.to_string());
        self
    }
}

/// Which far side an error came from: the same words mean different things there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// VOD's OpenAPI.
    Vod,
    /// Storage.
    Oss,
    /// A credential server.
    Server,
}

impl Fault {
    /// The one mapping from the cloud's errors. `known`: the far side was reached before, so a lost connection is the
    /// network's fault and waits without end instead of being counted.
    pub fn from_cloud(error: &cloud::Error, side: Side, known: bool) -> Self {
        let code = match error.kind {
            cloud::Kind::Offline => Code::NetOffline,
            cloud::Kind::Dns | cloud::Kind::Connect if known => Code::NetOffline,
            cloud::Kind::ProxyDown if known => Code::NetProxyAway,
            cloud::Kind::ProxyDown => Code::NetProxyDown,
            cloud::Kind::ProxyRefused => Code::NetProxyRefused,
            cloud::Kind::ProxyUnusable => Code::NetProxyUnusable,
            cloud::Kind::Roots => Code::NetRoots,
            _ if side == Side::Server => server_code(error),
            cloud::Kind::Dns => Code::NetDns,
            cloud::Kind::Connect | cloud::Kind::Timeout | cloud::Kind::Cut => Code::NetTimeout,
            cloud::Kind::Tls => Code::NetTls,
            cloud::Kind::Proxy => Code::NetProxy,
            cloud::Kind::Portal => Code::NetPortal,
            cloud::Kind::Body => Code::FileRead,
            cloud::Kind::Credential => Code::AuthKey,
            cloud::Kind::Address | cloud::Kind::Settings => Code::Unknown,
            // OSS: PermanentRedirect, or an AccessDenied that came as one (protocol/oss.md 6).
            cloud::Kind::Redirect if error.endpoint.is_some() => Code::OssEndpoint,
            cloud::Kind::Shape | cloud::Kind::TooLarge | cloud::Kind::Redirect => Code::ReqServer,
            cloud::Kind::Status => match side {
                Side::Vod | Side::Server => vod_code(error),
                Side::Oss => oss_code(error),
            },
        };
        let mut fault = Self::of(code).with("op", error.operation);
        if let Some(host) = &error.host {
            fault = fault.with("host", host).with("url", host);
        }
        if let Some(status) = error.status {
            fault = fault.with("status", status);
        }
        if let Some(skew) = error.skew_s
            && code == Code::AuthClock
        {
            fault = fault.with("d", skew);
        }
        let reason = error.message.as_deref().filter(|text| !text.is_empty());
        if matches!(code, Code::ReqMeta | Code::ReqTitle) {
            fault = fault.with("field", field_of(error)).with("reason", reason.unwrap_or_default());
        }
        if matches!(code, Code::VodRefused | Code::NetRoots | Code::NetProxyUnusable) {
            let said = reason.or(error.code.as_deref()).unwrap_or_default();
            fault = fault.with("reason", said);
        }
        if let (Code::OssEndpoint, Some(endpoint)) = (code, &error.endpoint) {
            fault = fault.with("endpoint", endpoint);
        }
        if code == Code::OssDenied {
            let said = [error.code.as_deref(), error.message.as_deref()];
            let said: Vec<&str> = said.into_iter().flatten().collect();
            fault = fault.with("answer", said.join(": "));
        }
        if code == Code::Unknown {
            fault = fault.with("code", error.code.as_deref().unwrap_or(error.operation));
        }
        fault.operation = Some(error.operation.to_owned());
        fault.status = error.status;
        fault.cloud_code.clone_from(&error.code);
        fault.cloud_message.clone_from(&error.message);
        fault.request_id.clone_from(&error.request_id);
        fault.after_ms = error.retry_after.map(crate::config::ms);
        fault.answer.clone_from(&error.answer);
        fault
    }
}

/// VOD asked by these only reads: a refusal says nothing about the upload (protocol/vod.md 3.2).
const READS: [&str; 6] = [
    "GetVideoInfo",
    "GetVideoInfos",
    "GetMezzanineInfo",
    "GetImageInfo",
    "GetAttachedMediaInfo",
    "status",
];

impl Fault {
    /// Whoever asked may not read; what was asked about may be as it pleases.
    pub fn read_refused(&self) -> bool {
        self.code == Code::AuthRam
            && self.operation.as_deref().is_some_and(|operation| READS.contains(&operation))
    }
}

/// RAM refuses. Exactly these: other words that begin with `Forbidden` speak of states and settings (protocol/vod.md 3).
fn refused_by_ram(code: &str) -> bool {
    matches!(code, "Forbidden" | "Forbidden.RAM") || code.starts_with("NoPermission")
}

fn vod_code(error: &cloud::Error) -> Code {
    let code = error.code.as_deref().unwrap_or_default();
    let is = |start: &str| code.starts_with(start);
    let says = |words: &str| {
        error.message.as_deref().is_some_and(|text| text.to_lowercase().contains(words))
    };
    // VOD: protocol/vod.md 3 and 5, vod-after.md 14; throttling comes with status 400.
    match () {
        () if error.clock() => Code::AuthClock,
        () if asks_to_wait(error) => Code::ReqThrottle,
        () if is("InvalidAccessKeyId") => Code::AuthKey,
        () if is("SignatureDoesNotMatch") || is("IncompleteSignature") => Code::AuthSign,
        () if is("InvalidSecurityToken") || is("MissingSecurityToken") => Code::AuthSts,
        () if is("SignatureNonceUsed") => Code::ReqServer,
        () if code == "OperationDenied.NotOpenAppService" => Code::ReqApp,
        () if is("OperationDenied.Suspended") || code.contains("InDebt") => Code::AuthDebt,
        // One code with two meanings, told apart by the text.
        () if is("OperationDenied") && says("suspended") => Code::AuthDebt,
        () if is("OperationDenied") || code == "UserNotFound" => Code::AuthClosed,
        () if code == "AuthInfo.NotExist" || code == "Forbidden.InitFailed" => Code::AuthSetup,
        () if refused_by_ram(code) => Code::AuthRam,
        () if matches!(code, "Forbidden.IllegalStatus" | "InvalidVideo.NoneStream") => {
            Code::VodNotYet
        }
        // The source has not arrived: not there yet, which is no loss (protocol/vod.md 6).
        () if code == "InvalidFile.NotFound" => Code::VodNotYet,
        () if gone(error) => Code::MediaGone,
        () if is("InvalidFileName") || is("InvalidParameter.FileName") => Code::ReqExt,
        () if names_extension(code) => Code::ReqExt,
        () if is("InvalidTemplateGroupId") || is("InvalidTranscodeTemplateGroup") => {
            Code::ReqTemplate
        }
        () if is("InvalidWorkflow") => Code::ReqWorkflow,
        () if is("InvalidStorage") && says("storage info") => Code::AuthBucket,
        () if is("InvalidStorage") => Code::ReqStorage,
        () if is("InvalidCateId") => Code::ReqCategory,
        () if is("LengthExceededMax") && field_of(error) == "Title" => Code::ReqTitle,
        () if is("UnsupportedOperation")
            || is("InvalidApi")
            || is("InvalidAction")
            || is("InvalidVersion")
            || is("UnsupportedHTTPMethod") =>
        {
            Code::AuthEndpoint
        }
        () if error.status.is_none_or(|s| s >= 500) || is("AddVideoFailed") => Code::ReqServer,
        // Without its field "is not accepted" says nothing: VOD's own words do.
        () if names_values(code) && !field_of(error).is_empty() => Code::ReqMeta,
        () if code.is_empty() && error.message.is_none() => Code::Unknown,
        () => Code::VodRefused,
    }
}

fn names_values(code: &str) -> bool {
    ["IllegalCharacters", "LengthExceededMax", "TagsExceededMax", "Missing", "Invalid"]
        .iter()
        .any(|start| code.starts_with(start))
}

fn names_extension(code: &str) -> bool {
    code.starts_with("Invalid") && (code.contains("MediaExt") || code.contains("ImageExt"))
}

/// The media itself is named as absent. A record that VOD calls broken before its file is there is no use either.
fn gone(error: &cloud::Error) -> bool {
    match error.code.as_deref().unwrap_or_default() {
        "InvalidVideo.NotFound" | "InvalidMedia.NotFound" => true,
        "InvalidVideo.Damaged" => matches!(error.operation, "RefreshUploadVideo" | "refresh"),
        // Of jobs and snapshots it names a template or a task.
        "NoSuchResource" => {
            matches!(error.operation, "GetImageInfo" | "DeleteImage" | "status")
        }
        _ => false,
    }
}

/// 503 is a service that is there and cannot now, with or without a word about when (oss.md 6: `SlowDown`, `…LimitExceeded`).
fn asks_to_wait(error: &cloud::Error) -> bool {
    error.throttled() || (error.kind == cloud::Kind::Status && error.status == Some(503))
}

fn oss_code(error: &cloud::Error) -> Code {
    let code = error.code.as_deref().unwrap_or_default();
    // OSS: protocol/oss.md 6.
    match code {
        _ if error.clock() => Code::AuthClock,
        _ if asks_to_wait(error) => Code::ReqThrottle,
        "SecurityTokenExpired"
        | "InvalidSecurityToken"
        | "InvalidAccessKeyId"
        | "AccessKeyIdAndSecurityTokenNotMatch" => Code::CredExpired,
        "NoSuchUpload" => Code::OssNoupload,
        "InvalidDigest" | "InvalidPart" => Code::OssPart,
        "RequestTimeout" | "BadRequest" => Code::NetTimeout,
        "InDebt" => Code::AuthDebt,
        "UserDisable" | "BucketDisable" => Code::OssDisabled,
        _ if error.status == Some(403) && error.endpoint.is_some() => Code::OssEndpoint,
        "AccessDenied"
        | "SignatureDoesNotMatch"
        | "NoSuchBucket"
        | "BucketNotBelongTo"
        | "PermanentRedirect"
        | "FileImmutable" => Code::OssDenied,
        "EntityTooLarge" => Code::FileLarge,
        _ if error.status.is_none_or(|s| s >= 500) => Code::ReqServer,
        _ if error.status == Some(403) => Code::OssDenied,
        _ => Code::Unknown,
    }
}

fn server_code(error: &cloud::Error) -> Code {
    let code = error.code.as_deref().unwrap_or_default();
    match (error.kind, error.status) {
        (cloud::Kind::Tls, _) => Code::NetTls,
        (cloud::Kind::Proxy, _) => Code::NetProxy,
        (cloud::Kind::Portal, _) => Code::NetPortal,
        _ if error.throttled() => Code::ReqThrottle,
        // Handed on from VOD: the server itself lets us in.
        (cloud::Kind::Status, Some(403)) if refused_by_ram(code) => Code::AuthRam,
        (_, Some(401 | 403)) if !spoken_by_vod(error) => Code::SrvAuth,
        (cloud::Kind::Status, Some(400..=428 | 430..=499)) if spoken_by_vod(error) => {
            vod_code(error)
        }
        (cloud::Kind::Shape | cloud::Kind::TooLarge, _)
        | (cloud::Kind::Status, Some(400..=428 | 430..=499)) => Code::SrvShape,
        _ => Code::SrvDown,
    }
}

/// A credential server may hand VOD's own words on.
fn spoken_by_vod(error: &cloud::Error) -> bool {
    error.code.is_some() && !matches!(vod_code(error), Code::Unknown | Code::VodRefused)
}

/// The parameters that VOD knows, in its own spelling.
const FIELDS: [&str; 25] = [
    "Title",
    "Description",
    "Tags",
    "UserData",
    "CoverURL",
    "AppId",
    "OriginalFileName",
    "FileName",
    "FileSize",
    "ReferenceId",
    "StorageLocation",
    "TemplateGroupId",
    "WorkflowId",
    "CateIds",
    "CateId",
    "ImageType",
    "ImageExt",
    "MediaExt",
    "BusinessType",
    "DeleteImageType",
    "VideoId",
    "ImageId",
    "MediaId",
    "EnableFirstFrameCover",
    "GenerateThumbnail",
];

/// The field a refusal names, in VOD's words: first by its code, then by its sentence.
fn field_of(error: &cloud::Error) -> &'static str {
    let named = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default().to_lowercase();
        // `OriginalFileName` holds `FileName`.
        let named = FIELDS.into_iter().filter(|field| text.contains(&field.to_lowercase()));
        named.max_by_key(|field| field.len())
    };
    named(&error.code).or_else(|| named(&error.message)).unwrap_or("")
}

#[cfg(test)]
mod tests;
