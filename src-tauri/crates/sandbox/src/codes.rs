//! Every code the sandbox answers, with its status, its text and where that is written. Knows no rule.
//!
//! A refusal can be made of an entry of this table only. The source is that of code and status; a text that is quoted
//! there is given as it is (spelling mistakes are the service's own), the others say the same in our words. `%s` stands
//! for a name or value put in when it is used. Pages are those of the project's notes on the protocol: `vod` is VOD
//! OpenAPI, `after` what follows an upload, `oss` the storage.

/// Where a code and its status are known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Page and section that names them with their own source.
    Page(&'static str),
    /// No source names them for this case; the reason for the choice.
    Guess(&'static str),
}

/// One refusal of the cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// HTTP status.
    pub status: u16,
    /// `Code` of the answer.
    pub code: &'static str,
    /// `Message` of the answer.
    pub message: &'static str,
    /// `EC` of OSS, where a source gives one.
    pub ec: Option<&'static str>,
    /// Where it is known from.
    pub source: Source,
}

impl Code {
    /// Whether an answered `code` is this one: `MissingTitle` is `Missing%s`.
    pub fn is(&self, code: &str) -> bool {
        match self.code.split_once("%s") {
            None => self.code == code,
            Some((before, after)) => {
                code.strip_prefix(before).is_some_and(|rest| rest.ends_with(after))
            }
        }
    }
}

/// All of them.
pub fn codes() -> &'static [Code] {
    ALL
}

macro_rules! ec {
    () => {
        None
    };
    ($ec:literal) => {
        Some($ec)
    };
}

macro_rules! table {
    ($($name:ident: $status:literal $code:literal $(ec $ec:literal)? $message:literal $source:ident $at:literal;)*) => {
        $(pub(crate) const $name: Code = Code {
            status: $status,
            code: $code,
            message: $message,
            ec: ec!($($ec)?),
            source: Source::$source($at),
        };)*
        const ALL: &[Code] = &[$($name),*];
    };
}

table! {
    // What every call of VOD can be answered.
    MISSING: 400 "Missing%s" "%s is mandatory for this action." Page "vod 3";
    INVALID_NAMED: 400 "Invalid%s" "The specified parameter %s is not valid." Page "vod 3";
    INVALID_PARAMETER: 400 "InvalidParameter" "The specified parameter %s is not valid." Page "vod 3";
    INCOMPLETE_SIGNATURE: 400 "IncompleteSignature" "The request signature does not conform to Aliyun standards: %s." Page "vod 3";
    SIGNATURE: 400 "SignatureDoesNotMatch" "Specified signature is not matched with our calculation. server string to sign is:%s" Page "vod 3";
    KEY_UNKNOWN: 404 "InvalidAccessKeyId.NotFound" "Specified access key is not found." Page "vod 3";
    KEY_INACTIVE: 400 "InvalidAccessKeyId.Inactive" "Specified access key is disabled." Page "vod 3";
    TOKEN_EXPIRED: 400 "InvalidSecurityToken.Expired" "Specified SecurityToken is expired." Page "vod 3";
    TOKEN_MALFORMED: 400 "InvalidSecurityToken.Malformed" "Specified SecurityToken is malformed." Page "vod 3";
    TIME_EXPIRED: 400 "InvalidTimeStamp.Expired" "Specified time stamp or date value is expired. Server time: %s" Page "vod 3";
    TIME_FORMAT: 400 "InvalidTimeStamp.Format" "Specified time stamp or date value is not well formatted." Page "vod 3";
    NONCE_USED: 400 "SignatureNonceUsed" "Specified signature nonce was used already." Page "vod 3";
    V1_REFUSED: 400 "IncompleteSignature" "The signature version of the request is not supported." Guess "vod 2.2 fears it, nobody has seen it";
    THROTTLING_USER: 400 "Throttling.User" "Request was denied due to user flow throttling." Page "vod 3";
    THROTTLING: 503 "Throttling" "Request was denied due to request throttling." Page "vod 3";
    THROTTLING_API: 400 "Throttling.Api" "Request was denied due to api flow throttling." Page "vod 3";
    SUSPENDED_TEXT: 403 "OperationDenied" "Your VOD service is suspended." Page "vod 3";
    NOT_OPENED: 403 "OperationDenied" "Your account does not open VOD service yet." Page "vod 3";
    SUSPENDED: 403 "OperationDenied.Suspended" "Your VOD service is suspended." Page "vod 3";
    NO_APPS: 403 "OperationDenied.NotOpenAppService" "The app service has not been opened." Page "vod 3";
    USER_NOT_FOUND: 403 "UserNotFound" "Your VOD service has not opened." Guess "vod 3 names the code, no source its status";
    USER_NOT_FOUND_404: 404 "UserNotFound" "Your VOD service has not opened." Guess "vod 3 names the code, no source its status";
    SET_UP_MISSING: 403 "AuthInfo.NotExist" "The auth info does not exist." Guess "vod 3 names the code, no source its status";
    SET_UP_MISSING_404: 404 "AuthInfo.NotExist" "The auth info does not exist." Guess "vod 3 names the code, no source its status";
    INIT_FAILED: 403 "Forbidden.InitFailed" "Account initialization of VOD failed." Page "vod 3";
    FORBIDDEN_RAM: 403 "Forbidden.RAM" "User not authorized to operate on the specified resource, or this API doesn't support RAM." Page "vod 3";
    FORBIDDEN: 403 "Forbidden" "You are not authorized to operate on the specified resource." Page "vod 3";
    NO_PERMISSION: 403 "NoPermission" "You are not authorized to do this action." Page "vod 3";
    ILLEGAL_STATUS: 403 "Forbidden.IllegalStatus" "Currently Video Status is %s." Page "after 1.1";
    ILLEGAL_STATUS_JOB: 400 "Forbidden.IllegalStatus" "Status of the video is illegal." Page "after 1.1";
    NO_BUCKET: 404 "InvalidStorage.NotFound" "The storage info dose not exist." Page "vod 3, after 14";
    NO_STORAGE: 404 "InvalidStorage.NotFound" "The StorageLocation does not exist." Page "vod 3";
    HTTP_METHOD: 405 "UnsupportedHTTPMethod" "This http method is not supported." Page "vod 3";
    API_UNKNOWN: 404 "InvalidApi.NotFound" "Specified api is not found, please check your url and method." Page "vod 3";
    ACTION_UNKNOWN: 404 "InvalidAction.NotFound" "Specified api is not found, please check your url and method." Page "after 14";
    VERSION: 400 "InvalidVersion" "Specified parameter Version is not valid." Page "vod 3";
    INTERNAL: 500 "InternalError" "The request processing has failed due to some unknown error." Page "vod 3, oss 6";
    VOD_UNAVAILABLE: 503 "ServiceUnAvailable" "The request has failed due to a temporary failure of the server." Page "vod 3";
    // Creating, reading, changing and deleting media.
    VIDEO_GONE: 404 "InvalidVideo.NotFound" "The video does not exist." Page "vod 3";
    MEDIA_GONE: 404 "InvalidMedia.NotFound" "The media does not exist." Guess "vod 3: found in no public source";
    VIDEO_DAMAGED: 400 "InvalidVideo.Damaged" "The video has been created failed, or damaged." Page "vod 5.2";
    NO_STREAM: 404 "InvalidVideo.NoneStream" "The video has no stream to play by your request." Page "vod 3";
    NO_FILE: 404 "InvalidFile.NotFound" "The file does not exist." Page "vod 6";
    NO_RESOURCE: 404 "NoSuchResource" "The specified resource %s does not exist." Page "vod 3";
    EXTENSION: 400 "InvalidFileName.Extension" "The specified FileName's extension is illegal: %s." Page "vod 5.1";
    ILLEGAL_CHARACTERS: 400 "IllegalCharacters" "The specified %s contains illegal emoticon or special characters." Page "vod 5.1";
    TOO_LONG: 400 "LengthExceededMax" "The specified %s length has exceeded %s bytes." Page "vod 5.1";
    TOO_MANY_TAGS: 400 "TagsExceededMax" "The specified Tags count has exceeded 16." Page "vod 5.1";
    NO_TEMPLATE_GROUP: 404 "InvalidTemplateGroupId.NotFound" "The TemplateGroupId does not exist." Page "vod 5.1";
    ADD_VIDEO: 503 "AddVideoFailed" "The video is added failed." Page "vod 5.1";
    REFERENCE_TAKEN: 400 "InvalidParameter.ReferenceId" "The specified ReferenceId is used already." Guess "vod 10.2: found in no source; the common form for a bad value";
    REFERENCE_TAKEN_IN_TEXT: 400 "InvalidParameter" "The specified ReferenceId is used already." Guess "vod 10.2: found in no source";
    NO_CATEGORY: 404 "InvalidCateId.NotFound" "The category does not exist." Page "vod 6";
    TOO_MANY_VIDEOS: 400 "VideoIdsExceededMax" "The VideoIds exceeds the maximum." Page "vod 7.2";
    TOO_MANY: 400 "ExceededMax" "The MediaIds exceeds the maximum." Page "vod 6";
    VIDEO_LIST: 400 "VideoListExceededMax" "The video list exceeds the maximum." Page "after 10.1";
    MATCH_SYNTAX: 400 "ErrorMatchSyntax" "The syntax of Match is wrong." Page "after 10.2";
    TOO_MANY_SORTS: 400 "SortByExceededMax" "The SortBy exceeds the maximum." Page "after 10.2";
    SCROLL_TOKEN: 400 "InvalidScrollToken.Expired" "The ScrollToken is expired." Page "after 10.2";
    DELETE_VIDEO: 503 "DeleteVideoFailed" "The video is deleted failed." Page "vod 7.2";
    PARTS_GONE: 400 "InvalidMultipartUpload.NotFound" "The media has no multipart upload." Page "vod 7.2";
    PARTS_VIDEO_GONE: 400 "InvalidVideo.NotFound" "The video does not exist." Page "vod 7.2";
    CALL_TOO_LARGE: 400 "InvalidParameter" "The request body is too large." Guess "no source names a limit of the form body";
    // OSS.
    ACCESS_DENIED: 403 "AccessDenied" "You have no right to access this object because of bucket acl." Page "oss 6";
    ACCESS_DENIED_POLICY: 403 "AccessDenied" "Access denied by authorizer's policy." Page "oss 6";
    DATE: 403 "AccessDenied" "OSS authentication requires a valid Date." Guess "oss 6 has the code, not this case";
    OTHER_ENDPOINT: 403 "AccessDenied" ec "0003-00001403" "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint." Page "oss 6";
    OTHER_ENDPOINT_NEW: 403 "PermanentRedirect" ec "0003-00001403" "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint." Page "oss 6";
    NOT_YOURS: 403 "AccessDenied" ec "0003-00000905" "The bucket you access does not belong to you." Page "oss 6";
    OSS_V1_REFUSED: 403 "AccessDenied" ec "0002-00000080" "Signature version 1 is not supported." Page "oss 3.1";
    REGION: 400 "InvalidArgument" ec "0002-00000226" "Invalid signing region in Authorization header." Page "oss 1.3";
    PRODUCT: 400 "InvalidArgument" ec "0002-00000227" "Invalid signing product in Authorization header." Page "oss 1.3";
    ARGUMENT: 400 "InvalidArgument" "%s" Page "oss 6";
    SKEWED: 403 "RequestTimeTooSkewed" ec "0002-00000504" "The difference between the request time and the current time is too large." Page "oss 6";
    OSS_KEY_UNKNOWN: 403 "InvalidAccessKeyId" "The OSS Access Key Id you provided does not exist in our records." Page "oss 6";
    OSS_TOKEN: 403 "InvalidSecurityToken" ec "0002-00000006" "The security token you provided is invalid." Page "oss 6";
    OSS_TOKEN_EXPIRED: 403 "SecurityTokenExpired" ec "0002-00000007" "The security token you provided has expired." Page "oss 6";
    OSS_SIGNATURE: 403 "SignatureDoesNotMatch" "The request signature we calculated does not match the signature you provided. Check your key and signing method." Page "oss 6";
    OSS_SIGNATURE_V4: 403 "SignatureDoesNotMatch" ec "0002-00000201" "The request signature we calculated does not match the signature you provided. Check your key and signing method." Page "oss 6";
    USER_DISABLE: 403 "UserDisable" ec "0003-00000801" "UserDisable" Page "oss 6";
    IN_DEBT: 403 "InDebt" "Your account is in debt." Page "oss 6";
    BUCKET_DISABLE: 403 "BucketDisable" "The bucket is disabled." Page "oss 6";
    BUCKET_GONE: 404 "NoSuchBucket" "The specified bucket does not exist." Page "oss 6";
    UPLOAD_GONE: 404 "NoSuchUpload" "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed." Page "oss 6";
    KEY_GONE: 404 "NoSuchKey" "The specified key does not exist." Page "oss 6";
    PART_UNKNOWN: 400 "InvalidPart" "One or more of the specified parts could not be found or the specified entity tag might not have matched." Page "oss 6";
    PART_ORDER: 400 "InvalidPartOrder" "The list of parts was not in ascending order." Page "oss 6";
    TOO_SMALL: 400 "EntityTooSmall" ec "0042-00000213" "Your proposed upload is smaller than the minimum allowed size." Page "oss 6";
    TOO_LARGE: 400 "EntityTooLarge" "Your proposed upload exceeds the maximum allowed object size." Page "oss 6";
    DIGEST: 400 "InvalidDigest" "The Content-MD5 you specified was invalid." Page "oss 6";
    MALFORMED_XML: 400 "MalformedXML" "The XML you provided was not well-formed or did not validate against our published schema." Page "oss 6";
    NO_LENGTH: 411 "MissingContentLength" "You must provide the Content-Length HTTP header." Page "oss 6";
    NOT_IMPLEMENTED: 501 "NotImplemented" "A header or query you provided implies functionality that is not implemented." Page "oss 6";
    EXISTS: 409 "FileAlreadyExists" "The object you specified already exists and can not be overwritten." Page "oss 4.3";
    IMMUTABLE: 409 "FileImmutable" "The object you specified is immutable." Page "oss 6";
    REQUEST_TIMEOUT: 400 "RequestTimeout" "Your socket connection to the server was not read from or written to within the timeout period." Page "oss 6";
    QPS: 429 "QpsLimitExceeded" "The request rate of the user exceeds the limit." Page "oss 6";
    TRAFFIC: 503 "UploadTrafficRateLimitExceeded" "The upload traffic of the user exceeds the limit." Page "oss 6";
    TOTAL_QPS: 503 "TotalQpsLimitExceeded" "The total request rate of the user exceeds the limit." Page "oss 6";
    ACTIVE: 503 "ActiveRequestLimitExceeded" "The number of active requests of the user exceeds the limit." Page "oss 6";
    OSS_UNAVAILABLE: 503 "ServiceUnavailable" "Please reduce your request rate." Page "oss 6";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_in_the_table_once_for_each_meaning() {
        for (at, code) in ALL.iter().enumerate() {
            let twin = ALL[..at].iter().find(|it| {
                (it.code, it.status, it.message, it.ec)
                    == (code.code, code.status, code.message, code.ec)
            });
            assert!(twin.is_none(), "{code:?} and {twin:?}");
            assert!((400..600).contains(&code.status), "{code:?}");
        }
    }

    #[test]
    fn a_family_of_codes_is_one_entry() {
        assert!(MISSING.is("MissingTitle") && !MISSING.is("InvalidTitle"));
        assert!(VIDEO_GONE.is("InvalidVideo.NotFound") && !VIDEO_GONE.is("InvalidVideo"));
    }

    /// The list of guesses is short and known: another one is a decision.
    #[test]
    fn what_is_guessed_is_said() {
        let mut guesses: Vec<&str> = ALL
            .iter()
            .filter(|it| matches!(it.source, Source::Guess(_)))
            .map(|it| it.code)
            .collect();
        guesses.dedup();
        let known = [
            "IncompleteSignature",
            "UserNotFound",
            "AuthInfo.NotExist",
            "InvalidMedia.NotFound",
            "InvalidParameter.ReferenceId",
            "InvalidParameter",
            "AccessDenied",
        ];
        guesses.sort_unstable();
        guesses.dedup();
        let mut known = known.to_vec();
        known.sort_unstable();
        assert_eq!(guesses, known);
    }
}
