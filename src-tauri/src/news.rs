//! What the frames tell a person who does not look: what has ended since the last time, and when all of it has. Knows no
//! tray and no window.

use std::collections::HashMap;
use std::time::Duration;

use vodlift_app::api::Settings;
use vodlift_app::words::{Language, fault, t};
use vodlift_app::{Frame, Row, Status, Totals, TransferId};

/// Ends and failures of this long are told in one notification.
pub(crate) const BATCH: Duration = Duration::from_secs(10);

/// What the frames have told so far.
#[derive(Default)]
pub(crate) struct Heard {
    rows: HashMap<TransferId, Status>,
    /// Ended since the last notification.
    batch: Batch,
    /// Finished since the queue was last idle.
    finished: u32,
    shown: String,
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Batch {
    done: Vec<String>,
    failed: Vec<(String, String)>,
    all: Option<u32>,
}

impl Heard {
    /// Notes what ended since the last frame. A snapshot is where things stand, not news.
    pub(crate) fn take<'a>(&mut self, frame: &'a Frame, language: Language) -> &'a Totals {
        match frame {
            Frame::Snapshot { rows, totals, .. } => {
                self.rows = rows.iter().map(|row| (row.id, row.status)).collect();
                totals
            }
            Frame::Delta { changed, gone, totals, .. } => {
                for row in changed {
                    let before = self.rows.insert(row.id, row.status);
                    if before != Some(row.status) {
                        self.note(row, language);
                    }
                }
                for id in gone {
                    // What has ended is remembered: brought back into the list, it is no news.
                    let ended = |status: &Status| matches!(status, Status::Done | Status::Failed);
                    if !self.rows.get(id).is_some_and(ended) {
                        self.rows.remove(id);
                    }
                }
                totals
            }
        }
    }

    fn note(&mut self, row: &Row, language: Language) {
        if row.status == Status::Done {
            self.finished += 1;
            // A cover or subtitle is news only together with its video.
            if row.parent.is_none() {
                self.batch.done.push(row.title.clone());
            }
        } else if row.status == Status::Failed {
            let cause = row.fault.as_ref().map(|view| fault(language, view)).unwrap_or_default();
            self.batch.failed.push((row.title.clone(), cause));
        }
    }

    /// True once when nothing is left to do and something was finished since the last time. Small files may come and end
    /// between two frames.
    pub(crate) fn ends(&mut self, totals: &Totals) -> bool {
        let counts = totals.counts;
        let busy = counts.active + counts.waiting + counts.processing > 0 || !totals.online;
        let ended = !busy && self.finished > 0;
        if ended {
            self.batch.all = Some(std::mem::take(&mut self.finished));
        }
        ended
    }

    /// Nothing is left to be told.
    pub(crate) fn is_quiet(&self) -> bool {
        self.batch == Batch::default()
    }

    /// What is to be told, which then has been.
    pub(crate) fn tell(&mut self) -> Batch {
        std::mem::take(&mut self.batch)
    }

    /// The line, when it is another than the last one.
    pub(crate) fn changed(&mut self, line: String) -> Option<String> {
        (self.shown != line).then(|| {
            self.shown.clone_from(&line);
            line
        })
    }

    /// Bytes move, or are about to. A transfer that rests, is held or is VOD's turn keeps no computer awake.
    pub(crate) fn moving(&self) -> bool {
        self.rows.values().any(|status| match status {
            Status::Preparing
            | Status::Requesting
            | Status::Uploading
            | Status::Refreshing
            | Status::Verifying
            | Status::Linking => true,
            Status::Waiting
            | Status::Resting
            | Status::Held
            | Status::Processing
            | Status::Done
            | Status::Paused
            | Status::Failed
            | Status::Cancelled => false,
        })
    }
}

/// One sentence for a batch: what needs the person first, then that all is over, then what is ready.
pub(crate) fn sentence(batch: &Batch, settings: &Settings, language: Language) -> Option<String> {
    let wanted = &settings.notify;
    let count = |n: usize| n.to_string();
    match (&batch.failed[..], &batch.done[..], batch.all) {
        ([(title, cause)], ..) if wanted.failed => {
            Some(t(language, "ntf.fail", &[("title", title), ("cause", cause)]))
        }
        ([_, _, ..], ..) if wanted.failed => {
            Some(t(language, "ntf.failN", &[("n", &count(batch.failed.len()))]))
        }
        (_, _, Some(n)) if wanted.all && n > 1 => {
            Some(t(language, "ntf.all", &[("n", &n.to_string())]))
        }
        (_, [title], _) if wanted.done => Some(t(language, "ntf.done", &[("title", title)])),
        (_, [_, _, ..], _) if wanted.done => {
            Some(t(language, "ntf.doneN", &[("n", &count(batch.done.len()))]))
        }
        (_, _, Some(n)) if wanted.all => Some(t(language, "ntf.all", &[("n", &n.to_string())])),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Totals of three files, a quarter of their bytes done.
    pub(crate) fn totals(active: u32, waiting: u32) -> Totals {
        serde_json::from_value(serde_json::json!({
            "hero": "left", "leftMs": 125_000, "doneBytes": 30, "openBytes": 0, "sizeBytes": 120, "rateBytes": 0,
            "counts": { "all": 3, "active": active, "waiting": waiting, "processing": 0, "failed": 0, "done": 0,
                        "cancelled": 0 },
            "canPause": active > 0, "canResume": waiting > 0, "online": true, "pingMs": null,
        }))
        .unwrap()
    }

    #[test]
    fn the_queue_ends_once_and_only_after_something_was_finished() {
        let mut heard = Heard::default();
        assert!(!heard.ends(&totals(0, 0)), "nothing was done yet");
        assert!(!heard.ends(&totals(1, 1)));
        heard.finished = 2;
        assert!(!heard.ends(&totals(0, 1)), "one still waits");
        assert!(heard.ends(&totals(0, 0)));
        assert_eq!(heard.batch.all, Some(2));
        assert!(!heard.ends(&totals(0, 0)), "told once");
    }

    #[test]
    fn a_batch_is_one_sentence_and_what_needs_the_person_comes_first() {
        let settings = Settings::first();
        let mut batch = Batch { done: vec!["雨".into()], ..Batch::default() };
        let say = |batch: &Batch| sentence(batch, &settings, Language::En);
        assert_eq!(say(&batch).as_deref(), Some("“雨” is ready"));
        batch.all = Some(3);
        assert_eq!(say(&batch).as_deref(), Some("All 3 uploads finished"));
        batch.failed.push(("a".into(), "The file has moved".into()));
        assert_eq!(say(&batch).as_deref(), Some("“a” needs you: The file has moved"));
        assert_eq!(say(&Batch::default()), None);
    }

    #[test]
    fn a_notification_that_is_switched_off_is_not_said() {
        let mut settings = Settings::first();
        settings.notify.done = false;
        let batch = Batch { done: vec!["a".into()], ..Batch::default() };
        assert_eq!(sentence(&batch, &settings, Language::En), None);
    }
}
