//! What kinds of media there are and how one ripens after its bytes arrived. Pure; knows no clock and no requests.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a media id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A video with a picture.
    Video,
    /// A file CreateUploadVideo takes whose extension is one of sound.
    Audio,
    /// A picture.
    Image,
    /// Attached media: watermark.
    Watermark,
    /// Attached media: subtitle.
    Subtitle,
    /// Attached media: material.
    Material,
}

impl Kind {
    /// The word used in weather rules and as BusinessType.
    pub fn word(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Image => "image",
            Self::Watermark => "watermark",
            Self::Subtitle => "subtitle",
            Self::Material => "material",
        }
    }

    /// The kind called `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Video, Self::Audio, Self::Image, Self::Watermark, Self::Subtitle, Self::Material]
            .into_iter()
            .find(|kind| kind.word() == word)
    }

    /// Made by CreateUploadVideo.
    pub fn is_video(self) -> bool {
        matches!(self, Self::Video | Self::Audio)
    }

    /// Made by CreateUploadAttachedMedia.
    pub fn is_attached(self) -> bool {
        matches!(self, Self::Watermark | Self::Subtitle | Self::Material)
    }
}

/// The word VOD answers as `Status`. VOD: GetVideoInfo, basic data types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Status {
    /// The id exists, the file does not.
    Uploading,
    /// Upload failed.
    UploadFail,
    /// File received.
    UploadSucc,
    /// First transcode running.
    Transcoding,
    /// Transcode failed.
    TranscodeFail,
    /// Waiting for review.
    Checking,
    /// Blocked by review.
    Blocked,
    /// Playable.
    Normal,
}

impl Status {
    const ALL: [Self; 8] = [
        Self::Uploading,
        Self::UploadFail,
        Self::UploadSucc,
        Self::Transcoding,
        Self::TranscodeFail,
        Self::Checking,
        Self::Blocked,
        Self::Normal,
    ];

    /// As VOD spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Uploading => "Uploading",
            Self::UploadFail => "UploadFail",
            Self::UploadSucc => "UploadSucc",
            Self::Transcoding => "Transcoding",
            Self::TranscodeFail => "TranscodeFail",
            Self::Checking => "Checking",
            Self::Blocked => "Blocked",
            Self::Normal => "Normal",
        }
    }

    /// The status spelled `word`, whatever its case.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word().eq_ignore_ascii_case(word))
    }
}

/// How long each state lasts once the bytes are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// How long `Uploading` goes on after the object was stored.
    pub received: Duration,
    /// How long `UploadSucc` lasts.
    pub queued: Duration,
    /// How long `Transcoding` lasts.
    pub transcoding: Duration,
}

impl Steps {
    /// Normal as soon as the bytes are stored.
    pub fn instant() -> Self {
        Self { received: Duration::ZERO, queued: Duration::ZERO, transcoding: Duration::ZERO }
    }

    /// Slow enough to be seen, quick enough to be waited for.
    pub fn human() -> Self {
        Self {
            received: Duration::from_millis(600),
            queued: Duration::from_secs(2),
            transcoding: Duration::from_secs(6),
        }
    }

    /// An hour in every state: only the test moves time, with `Handle::advance`.
    pub fn held() -> Self {
        let hour = Duration::from_hours(1);
        Self { received: hour, queued: hour, transcoding: hour }
    }

    /// The status `age_ms` after the bytes of a `kind` were stored, when its life is to end as `end`.
    pub(crate) fn status(self, kind: Kind, transcoded: bool, end: Status, age_ms: i64) -> Status {
        let age = u128::try_from(age_ms).unwrap_or(0);
        let mut until = self.received.as_millis();
        if age < until {
            return Status::Uploading;
        }
        if !kind.is_video() {
            return Status::Normal;
        }
        until += self.queued.as_millis();
        if age < until {
            return Status::UploadSucc;
        }
        until += self.transcoding.as_millis();
        if transcoded && age < until {
            return Status::Transcoding;
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_video_passes_every_state_and_a_picture_only_two() {
        let steps = Steps {
            received: Duration::from_millis(10),
            queued: Duration::from_millis(10),
            transcoding: Duration::from_millis(10),
        };
        let video = |age| steps.status(Kind::Video, true, Status::Normal, age);
        assert_eq!(
            [video(0), video(10), video(20), video(30)],
            [Status::Uploading, Status::UploadSucc, Status::Transcoding, Status::Normal]
        );
        assert_eq!(steps.status(Kind::Video, false, Status::Normal, 20), Status::Normal);
        assert_eq!(steps.status(Kind::Video, true, Status::Blocked, 31), Status::Blocked);
        let image = |age| steps.status(Kind::Image, true, Status::Blocked, age);
        assert_eq!([image(9), image(10)], [Status::Uploading, Status::Normal]);
        assert_eq!(Steps::instant().status(Kind::Audio, true, Status::Normal, 0), Status::Normal);
    }
}
