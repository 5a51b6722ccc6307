//! What is worth telling about a file without stopping it: a title that was shortened, a film without sound.
//! Codes with facts, like [`crate::fault`]; the sentences are `remark.<code>` in `ui/src/i18n`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Every remark. The text is the key of its sentence in `ui/src/i18n` (`remark.<code>`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        pub enum RemarkCode { $($(#[$doc])* #[serde(rename = $text)] $name,)* }
        impl RemarkCode {
            /// All of them, for the catalogues' tests.
            pub const ALL: &[RemarkCode] = &[$(RemarkCode::$name,)*];
            /// The key.
            pub const fn as_str(self) -> &'static str { match self { $(RemarkCode::$name => $text,)* } }
        }
    };
}

codes! {
    /// A title or description was cut to what VOD takes; `field` says which.
    TextShortened = "text.shortened",
    /// VOD has the file, which was all that was waited for, but could not work on it; `status` says how it ended.
    VodFailed = "vod.failed",
    /// Characters that VOD refuses were taken out of a title, a description or tags; `field` says which.
    TextRemoved = "text.removed",
    /// The file's name is not Unicode; `name` is what it was read as.
    NameGuessed = "name.guessed",
    /// The file arrived, and whoever uploads may not ask VOD about it; `op` says by which operation.
    VodUnasked = "vod.unasked",
    /// The cover is at VOD, and whoever uploads may not give it to its video; `op` says by which operation.
    CoverRefused = "cover.refused",
    /// A film without its index: it was not finished, or not copied to its end. VOD fails it.
    FilmUnfinished = "film.unfinished",
    /// The end of the file was made room for, and never written. VOD fails it, or plays half of it.
    FilmHollow = "film.hollow",
    /// A film that ends before it says it does.
    FilmCut = "film.cut",
    /// A film without sound.
    FilmNoSound = "film.nosound",
    /// A film without a picture.
    FilmNoPicture = "film.nopicture",
    /// A subtitle is sent as UTF-8; `encoding` says what the file is in.
    SubtitleRecoded = "subtitle.recoded",
    /// A subtitle with `n` characters that nobody can read.
    SubtitleDamaged = "subtitle.damaged",
    /// A subtitle too long to look at its encoding.
    SubtitleUnread = "subtitle.unread",
    /// The picture is at VOD but is no cover: its video is gone.
    CoverAlone = "cover.alone",
    /// The picture is at VOD but is no cover: a credential server cannot give it to its video.
    CoverServer = "cover.server",
}

impl RemarkCode {
    /// Said of the user's words: told anew when they are edited.
    pub const fn is_of_words(self) -> bool {
        matches!(
            self,
            RemarkCode::TextShortened | RemarkCode::TextRemoved | RemarkCode::NameGuessed
        )
    }

    /// What VOD would fail hours later: nothing is sent before the user says so.
    pub const fn is_grave(self) -> bool {
        matches!(self, RemarkCode::FilmUnfinished | RemarkCode::FilmHollow)
    }

    /// Said of the file itself: told anew when it is looked at again.
    pub fn is_of_content(self) -> bool {
        self.as_str().starts_with("film.") || self.as_str().starts_with("subtitle.")
    }
}

/// A remark with the facts its sentence names. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct Remark {
    /// What is remarked.
    pub code: RemarkCode,
    /// What the sentence names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(type = "Record<string, string>")]
    pub facts: BTreeMap<String, String>,
}

impl Remark {
    /// A bare code.
    pub fn of(code: RemarkCode) -> Self {
        Self { code, facts: BTreeMap::new() }
    }

    /// Adds what the sentence names.
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
