//! GetPlayInfo as an account without a domain name sees it. Knows nothing of what the streams hold.

use serde_json::{Value, json};

use super::Call;
use super::read::{audit, time};
use super::rules::{NO_TRANSCODE, extension};
use crate::codes;
use crate::life::Status;
use crate::reply::Denial;

/// VOD: what plays as it is, without transcoding.
const PLAYABLE: [&str; 5] = ["mp4", "flv", "mp3", "m3u8", "webm"];

impl Call<'_> {
    pub(super) fn play_info(&self) -> Result<Value, Denial> {
        let media = self.video()?;
        let status = self.status(&media);
        if status != Status::Normal {
            let told = format!("{} and AuditStatus is {}", status.word(), audit(status));
            return Err(Denial::of(&codes::ILLEGAL_STATUS).fill(&told));
        }
        let format = if media.template_group == NO_TRANSCODE {
            extension(&media.key).filter(|it| PLAYABLE.contains(&it.as_str()))
        } else {
            Some("mp4".to_owned())
        };
        let wanted = self.get("Formats").map(super::ids);
        let fits = format.filter(|it| wanted.is_none_or(|wanted| wanted.contains(it)));
        let format = fits.ok_or_else(|| Denial::of(&codes::NO_STREAM))?;
        let size = self.object(&media).map_or(0, |it| it.size);
        Ok(json!({
            "VideoBase": {
                "VideoId": media.id, "Title": media.title, "Status": status.word(),
                "CoverURL": self.cover_url(&media), "CreationTime": time(media.created_ms),
                "Duration": "12.5", "MediaType": media.kind.word(),
            },
            "PlayInfoList": {"PlayInfo": [{
                "PlayURL": self.signed_url(&media), "Format": format, "Definition": "OD",
                "Size": size, "Duration": "12.5", "Status": "Normal", "StreamType": "video",
                "CreationTime": time(media.modified_ms),
            }]},
        }))
    }
}
