//! What each word of the cloud means, word by word. The sources stand in protocol/vod.md 3 and vod-after.md 14.

use super::*;

fn meant(side: Side, operation: &'static str, status: u16, code: &str, message: &str) -> Code {
    Fault::from_cloud(&cloud::Error::refusal(operation, status, code, message), side, true).code
}

#[test]
fn each_word_of_vod_has_its_own_cause() {
    let create = "CreateUploadVideo";
    for (operation, status, code, message, cause) in [
        (create, 403, "Forbidden.RAM", "", Code::AuthRam),
        (create, 403, "Forbidden", "", Code::AuthRam),
        (create, 403, "NoPermission", "", Code::AuthRam),
        (create, 403, "NoPermission.VOD", "", Code::AuthRam),
        (
            "GetPlayInfo",
            403,
            "Forbidden.IllegalStatus",
            "Currently Video Status is Transcoding and AuditStatus is Init.",
            Code::VodNotYet,
        ),
        ("SubmitTranscodeJobs", 400, "Forbidden.IllegalStatus", "", Code::VodNotYet),
        ("GetPlayInfo", 403, "Forbidden.AliyunVoDEncryption", "only encrypted", Code::VodRefused),
        ("x", 403, "Forbidden.LockedTemplateGroup", "locked", Code::VodRefused),
        (create, 403, "Forbidden.InitFailed", "", Code::AuthSetup),
        (create, 400, "AuthInfo.NotExist", "", Code::AuthSetup),
        (create, 403, "OperationDenied", "Your VOD service is suspended.", Code::AuthDebt),
        (
            create,
            403,
            "OperationDenied",
            "Your account does not open VOD service yet.",
            Code::AuthClosed,
        ),
        (create, 403, "OperationDenied.Suspended", "", Code::AuthDebt),
        (create, 404, "UserNotFound", "Your VOD service has not opened.", Code::AuthClosed),
        (create, 403, "OperationDenied.NotOpenAppService", "", Code::ReqApp),
        (
            create,
            404,
            "InvalidStorage.NotFound",
            "The StorageLocation does not exist.",
            Code::ReqStorage,
        ),
        (
            create,
            404,
            "InvalidStorage.NotFound",
            "The storage info dose not exist.",
            Code::AuthBucket,
        ),
        ("GetVideoInfo", 404, "InvalidVideo.NotFound", "", Code::MediaGone),
        ("GetAttachedMediaInfo", 404, "InvalidMedia.NotFound", "", Code::MediaGone),
        ("GetPlayInfo", 404, "InvalidVideo.NoneStream", "", Code::VodNotYet),
        ("GetMezzanineInfo", 404, "InvalidFile.NotFound", "", Code::VodNotYet),
        ("GetImageInfo", 404, "NoSuchResource", "", Code::MediaGone),
        ("DeleteImage", 404, "NoSuchResource", "", Code::MediaGone),
        (
            "SubmitTranscodeJobs",
            404,
            "NoSuchResource",
            "The specified resource x does not exist.",
            Code::VodRefused,
        ),
        ("ListSnapshots", 404, "NoSuchResource", "", Code::VodRefused),
        ("RefreshUploadVideo", 400, "InvalidVideo.Damaged", "", Code::MediaGone),
        ("GetVideoInfo", 400, "InvalidVideo.Damaged", "broken", Code::VodRefused),
        (create, 404, "InvalidApi.NotFound", "", Code::AuthEndpoint),
        (create, 404, "InvalidAction.NotFound", "", Code::AuthEndpoint),
        (create, 400, "InvalidVersion", "", Code::AuthEndpoint),
        (create, 400, "UnsupportedOperation", "", Code::AuthEndpoint),
        (create, 400, "Throttling.User", "", Code::ReqThrottle),
        (create, 503, "ServiceUnAvailable", "", Code::ReqThrottle),
        (create, 503, "AddVideoFailed", "", Code::ReqThrottle),
        (create, 400, "InvalidFileName.Extension", "", Code::ReqExt),
        (create, 400, "InvalidParameter.ImageExt", "", Code::ReqExt),
        (create, 404, "InvalidTemplateGroupId.NotFound", "", Code::ReqTemplate),
        (create, 404, "InvalidTranscodeTemplateGroup.NotFound", "", Code::ReqTemplate),
        (create, 400, "LengthExceededMax", "The Title exceeds 128.", Code::ReqTitle),
        (create, 400, "LengthExceededMax", "The Description exceeds 1024.", Code::ReqMeta),
        (create, 400, "InvalidParameter", "something else", Code::VodRefused),
        (create, 400, "NeverHeardOf", "why", Code::VodRefused),
    ] {
        assert_eq!(meant(Side::Vod, operation, status, code, message), cause, "{code}: {message}");
    }
}

#[test]
fn each_word_of_storage_has_its_own_cause() {
    for (status, code, cause) in [
        (403, "UserDisable", Code::OssDisabled),
        (403, "BucketDisable", Code::OssDisabled),
        (403, "InDebt", Code::AuthDebt),
        (403, "AccessDenied", Code::OssDenied),
        (403, "BucketNotBelongTo", Code::OssDenied),
        (404, "NoSuchBucket", Code::OssDenied),
        (403, "SecurityTokenExpired", Code::CredExpired),
        (503, "UploadTrafficRateLimitExceeded", Code::ReqThrottle),
        (400, "InvalidArgument", Code::Unknown),
    ] {
        assert_eq!(meant(Side::Oss, "UploadPart", status, code, ""), cause, "{code}");
    }
}

#[test]
fn a_credential_server_speaks_for_itself_or_hands_vods_words_on() {
    for (status, code, cause) in [
        (401, "Unauthorized", Code::SrvAuth),
        (403, "nope", Code::SrvAuth),
        (403, "Forbidden.RAM", Code::AuthRam),
        (404, "InvalidVideo.NotFound", Code::MediaGone),
        (403, "OperationDenied.Suspended", Code::AuthDebt),
        (404, "UserNotFound", Code::AuthClosed),
        (400, "what", Code::SrvShape),
        (429, "", Code::ReqThrottle),
        (400, "Throttling.User", Code::ReqThrottle),
        (500, "InternalError", Code::SrvDown),
        (502, "Upstream", Code::SrvDown),
    ] {
        assert_eq!(meant(Side::Server, "status", status, code, ""), cause, "{status} {code}");
    }
}

#[test]
fn only_a_read_that_ram_refuses_says_nothing_about_the_upload() {
    let refused = |operation, code: &str| {
        let error = cloud::Error::refusal(operation, 403, code, "");
        Fault::from_cloud(&error, Side::Vod, true).read_refused()
    };
    for operation in READS {
        assert!(refused(operation, "Forbidden.RAM"), "{operation}");
        assert!(!refused(operation, "OperationDenied"), "{operation}");
        assert!(!refused(operation, "Forbidden.IllegalStatus"), "{operation}");
    }
    for operation in ["CreateUploadVideo", "RefreshUploadVideo", "DeleteVideo", "UpdateVideoInfo"] {
        assert!(!refused(operation, "Forbidden.RAM"), "{operation}");
    }
}

#[test]
fn a_refusal_names_its_field_or_shows_the_services_own_words() {
    let told = |code: &str, message: &str| {
        let error = cloud::Error::refusal("CreateUploadVideo", 400, code, message);
        Fault::from_cloud(&error, Side::Vod, true)
    };
    for field in FIELDS {
        let by_code = told(&format!("InvalidParameter.{field}"), "no");
        let by_text = told("IllegalCharacters", &format!("The {field} has characters."));
        let field_of = |fault: &Fault| fault.facts.get("field").cloned();
        for fault in [by_code, by_text] {
            if fault.code != Code::ReqExt {
                assert_eq!(field_of(&fault).as_deref(), Some(field), "{fault:?}");
                assert!(!fault.facts["reason"].is_empty(), "{fault:?}");
            }
        }
    }
    let unknown = told("IllegalCharacters", "The Colour is odd.");
    assert_eq!((unknown.code, &*unknown.facts["reason"]), (Code::VodRefused, "The Colour is odd."));
    let silent = told("Odd", "");
    assert_eq!((silent.code, &*silent.facts["reason"]), (Code::VodRefused, "Odd"));
}
