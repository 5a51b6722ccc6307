//! How many calls a second VOD takes of each action. Knows no answers.

use std::collections::HashMap;

/// VOD: calls a second and account; pages `vod` 3.1 and `after` 1.2. Actions that no page names belong to the class of
/// 30 of the limits page of 2021.
fn allowed(action: &str) -> u32 {
    match action {
        "CreateUploadVideo"
        | "RefreshUploadVideo"
        | "CreateUploadImage"
        | "CreateUploadAttachedMedia" => 80,
        "GetPlayInfo" => 360,
        "GetVideoInfo" | "GetMezzanineInfo" | "UpdateVideoInfo" => 100,
        "SearchMedia" | "GetCategories" => 50,
        "DeleteMultipartUpload" | "ListTranscodeTemplateGroup" => 10,
        _ => 30,
    }
}

/// Calls of the running second.
#[derive(Debug, Default)]
pub(crate) struct Limits(HashMap<String, (i64, u32)>);

impl Limits {
    /// Whether one more call of `action` is taken now.
    pub(crate) fn take(&mut self, action: &str, now_ms: i64) -> bool {
        let second = now_ms.div_euclid(1000);
        let (of, count) = self.0.entry(action.to_owned()).or_insert((second, 0));
        if *of != second {
            (*of, *count) = (second, 0);
        }
        *count += 1;
        *count <= allowed(action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_so_many_calls_and_the_next_one_again() {
        let mut limits = Limits::default();
        let taken = |limits: &mut Limits, now| {
            (0..100).filter(|_| limits.take("CreateUploadVideo", now)).count()
        };
        assert_eq!(taken(&mut limits, 5_000), 80);
        assert!(limits.take("GetVideoInfo", 5_999), "each action by itself");
        assert!(!limits.take("CreateUploadVideo", 5_999));
        assert_eq!(taken(&mut limits, 6_000), 80);
    }
}
