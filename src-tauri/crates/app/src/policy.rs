//! The RAM policies Vodlift hands out, as the RAM console takes them.

use serde::Deserialize;
use ts_rs::TS;

/// How much a policy allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename = "PolicyScope")]
pub enum Scope {
    /// What uploading needs, the state of what was uploaded and its clean-up included.
    Upload,
    /// Uploading and everything a media ID starts afterwards.
    Full,
}

// VOD: RAM actions are `vod:<Operation>` without resource-level permission (protocol/vod.md 5).
const UPLOAD: &[&str] = &[
    "CreateUploadVideo",
    "RefreshUploadVideo",
    "CreateUploadImage",
    "CreateUploadAttachedMedia",
    "GetVideoInfo",
    "GetVideoInfos",
    "GetMezzanineInfo",
    "GetImageInfo",
    "GetAttachedMediaInfo",
    "UpdateVideoInfo",
    "DeleteVideo",
    "DeleteImage",
    "DeleteAttachedMedia",
    "GetCategories",
    "ListTranscodeTemplateGroup",
];

// VOD: protocol/vod-after.md 15.
const AFTERWARDS: &[&str] = &[
    "SubmitTranscodeJobs",
    "GetTranscodeTask",
    "GetTranscodeSummary",
    "ListTranscodeTask",
    "SubmitSnapshotJob",
    "ListSnapshots",
    "ListJobInfo",
    "GetJobDetail",
    "ListVodTemplate",
    "SubmitAIJob",
    "ListAIJob",
    "GetAIVideoTagResult",
    "GetMediaDNAResult",
    "GetPlayInfo",
    "GetVideoPlayAuth",
    "UploadMediaByURL",
    "GetURLUploadInfos",
    "CancelUrlUploadJobs",
    "RegisterMedia",
    "AddCategory",
    "GetTranscodeTemplateGroup",
    "ListAppInfo",
    "GetVideoList",
    "SearchMedia",
    "BatchGetMediaInfos",
    "AddEditingProject",
    "ProduceEditingProjectVideo",
    "SetEditingProjectMaterials",
    "SubmitWorkflowJob",
];

/// The policy as JSON.
pub fn text(scope: Scope) -> String {
    let more = match scope {
        Scope::Upload => &[][..],
        Scope::Full => AFTERWARDS,
    };
    let actions: Vec<String> =
        UPLOAD.iter().chain(more).map(|operation| format!("vod:{operation}")).collect();
    let policy = serde_json::json!({
        "Version": "1",
        "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }],
    });
    format!("{policy:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_is_json_and_names_each_action_of_vod_once() {
        for scope in [Scope::Upload, Scope::Full] {
            let policy: serde_json::Value = serde_json::from_str(&text(scope)).unwrap();
            let actions = policy["Statement"][0]["Action"].as_array().unwrap();
            let mut names: Vec<&str> = actions.iter().map(|a| a.as_str().unwrap()).collect();
            assert!(names.iter().all(|name| name.starts_with("vod:") && !name.contains('*')));
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), actions.len());
        }
        assert!(text(Scope::Full).contains("vod:SubmitTranscodeJobs"));
        assert!(!text(Scope::Upload).contains("vod:SubmitTranscodeJobs"));
    }
}
