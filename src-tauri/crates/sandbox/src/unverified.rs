//! The facts no source settles, each with the answer taken for likely and the other one. Pure; knows no requests.

macro_rules! facts {
    ($($name:ident $word:literal $page:literal $likely:literal / $other:literal;)*) => {
        /// A fact no source settles, answered in the less likely way. Without it the sandbox answers in the likely one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Unverified {
            $(#[doc = $other] $name,)*
        }

        impl Unverified {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name on a command line.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// Page and section that leave it open.
            pub fn page(self) -> &'static str {
                match self { $(Self::$name => $page),* }
            }

            /// What the sandbox does without it.
            pub fn likely(self) -> &'static str {
                match self { $(Self::$name => $likely),* }
            }

            /// What the sandbox does with it.
            pub fn other(self) -> &'static str {
                match self { $(Self::$name => $other),* }
            }

            /// The fact called `word`.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|fact| fact.word() == word)
            }
        }
    };
}

facts! {
    RefreshMoves "refresh-moves" "vod 10.1"
        "RefreshUploadVideo names the object as before" / "RefreshUploadVideo names another object.";
    ReferenceTakenInText "reference-taken-in-text" "vod 10.2"
        "a ReferenceId in use: the code names it" / "A ReferenceId in use: only the text names it.";
    ReferenceIgnored "reference-ignored" "vod 5.1"
        "ReferenceId is known everywhere" / "An older region ignores ReferenceId.";
    ReferenceRefused "reference-refused" "vod 5.1"
        "ReferenceId is known everywhere" / "An older region refuses ReferenceId.";
    ReferenceKept "reference-kept" "vod 10.2"
        "a deleted video frees its ReferenceId" / "A deleted video keeps its ReferenceId.";
    VodV1Refused "vod-v1-refused" "vod 10.3"
        "VOD takes signature version 1" / "VOD refuses signature version 1.";
    TextInBytes "text-in-bytes" "vod 10.4"
        "CreateUploadVideo counts characters" / "CreateUploadVideo counts bytes.";
    StatusIsLate "status-is-late" "vod 10.5"
        "the status changes as the options say" / "The status stays Uploading for three more seconds.";
    NoTranscodeIsUploadSucc "no-transcode-is-upload-succ" "vod 10.5"
        "a video that is not transcoded becomes Normal" / "A video that is not transcoded stays UploadSucc.";
    LongQueryRefused "long-query-refused" "vod 10.7"
        "any length of a query is taken" / "A query of more than 8 KiB is refused with 414 and a page.";
    NoBucketIsInitFailed "no-bucket-is-init-failed" "vod 10.8"
        "no bucket: InvalidStorage.NotFound" / "No bucket: Forbidden.InitFailed.";
    CoverStaysSigned "cover-stays-signed" "vod 10.9"
        "a signed CoverURL is signed anew when read" / "A signed CoverURL is told as it was given.";
    AccountCodesAre404 "account-codes-are-404" "vod 10.11"
        "UserNotFound and AuthInfo.NotExist are 403" / "UserNotFound and AuthInfo.NotExist are 404.";
    GoneIsInvalidMedia "gone-is-invalid-media" "vod 10.11"
        "a video that is gone: InvalidVideo.NotFound" / "A video that is gone: InvalidMedia.NotFound.";
    UploadingHasNoFile "uploading-has-no-file" "vod 6"
        "GetMezzanineInfo of an unfinished upload: Status Uploading"
        / "GetMezzanineInfo of an unfinished upload: InvalidFile.NotFound.";
    NoneIsNoError "none-is-no-error" "vod 6"
        "GetVideoInfos, none of the ids exists: InvalidVideo.NotFound"
        / "GetVideoInfos, none of the ids exists: an empty list.";
    PermissionLast "permission-last" "after 18.8"
        "the permission is checked before the parameters" / "The permission is checked after the parameters.";
    IndexIsLate "index-is-late" "after 18.6"
        "SearchMedia finds a new video at once" / "SearchMedia finds a new video after a minute.";
    Md5OfParts "md5-of-parts" "after 18.4"
        "FileMD5 is absent after a multipart upload" / "FileMD5 is told after a multipart upload.";
    HeadRefused "head-refused" "oss 8.1"
        "the credential allows HEAD" / "The credential does not allow HEAD.";
    ListRefused "list-refused" "oss 8.1"
        "the credential allows ListParts" / "The credential does not allow ListParts.";
    AbortRefused "abort-refused" "oss 1.5"
        "the credential allows AbortMultipartUpload" / "The credential does not allow AbortMultipartUpload.";
    TokenEndsEarly "token-ends-early" "oss 8.2"
        "a credential lives as long as it says" / "A credential ends after five sixths of the time it says.";
    ExpirationIsADate "expiration-is-a-date" "oss 1.2"
        "Expiration is a number of seconds" / "Expiration is a date, and ExpireUTCTime and Region are absent.";
    RunningPutEnds "running-put-ends" "oss 8.3"
        "a credential is checked when a request begins" / "A credential is checked when a body begins and again when it ends.";
    SecondPutIsQuiet "second-put-is-quiet" "oss 8.4"
        "a second object under the same key is processed again" / "A second object under the same key is not processed again.";
    OssV1Refused "oss-v1-refused" "oss 8.7"
        "OSS takes signature version 1" / "OSS refuses signature version 1.";
    OssV4Refused "oss-v4-refused" "oss 8.7"
        "OSS takes signature version 4" / "OSS refuses signature version 4 with the answer about the region.";
    PartsWithoutCrc "parts-without-crc" "oss 4"
        "ListParts has the checksum of each part" / "ListParts has no checksums.";
    ObjectPrefix "object-prefix" "oss 1.1"
        "UploadAddress has three fields" / "UploadAddress has an ObjectPrefix.";
    EndpointIsRedirect "endpoint-is-redirect" "oss 6"
        "a wrong endpoint: AccessDenied" / "A wrong endpoint: PermanentRedirect.";
}
