//! Every mishap against every kind of media: what each script does to each kind, word for word. Knows no internals.
//!
//! | row | script | kinds |
//! |---|---|---|
//! | renewal before the end | `passes::a_pass_near_its_end_is_renewed_before_it_is_used` | all; parts in flight: `weather` |
//! | pass over in the middle | `passes::a_pass_that_ends_on_the_way` | put, subtitle; parts, image: `weather` |
//! | pass over at initiate, complete | `passes::a_pass_that_ends_between_the_parts` | parts |
//! | refresh 5xx or throttled, the old one lives | `passes::a_refresh_that_is_refused_is_asked_again_later` | parts, put |
//! | refresh 5xx, the old one is over | `passes::a_refresh_that_is_refused_when_it_is_needed_rests` | parts, put |
//! | refreshed address changed | `passes::an_address_that_changed_is_followed` | parts, put |
//! | credential over without renewal, crash in between | `passes::a_replaced_id_is_deleted_even_after_a_kill` | image, subtitle |
//! | two credentials over in a row, cancel | `passes::every_replaced_id_is_deleted` | image, subtitle |
//! | lost answer of create | `answers::lost_answers_of_create` | put, image, subtitle; parts: `weather` |
//! | lost answer of initiate, a part, put | `answers::lost_answers_of_storage` | all; complete, put of an image: `weather` |
//! | early answer | `answers::early_answers` | all |
//! | HTML portal | `answers::sign_in_pages` | all; create of parts: `weather` |
//! | wrong CRC | `answers::wrong_checksums` | all; complete: `weather` |
//! | damaged body | `answers::damaged_bodies` | put, image, subtitle; parts: `weather` |
//! | wrong ETag | `answers::wrong_etags` | all |
//! | half an answer | `answers::half_answers` | all |
//! | gateway XML | `answers::words_of_a_gateway` | all |
//! | NoSuchUpload | `answers::an_upload_that_is_gone_at_its_end` | parts; at a part: `weather` |
//! | media gone on the way | `answers::media_that_is_gone` | all |
//! | throttling 400 | `network::throttling_is_waited_for` | put, image, subtitle; parts: `weather` |
//! | SlowDown 503 with a time | `network::a_named_time_is_kept` | all |
//! | clock ± days | `network::clocks_that_are_days_off` | all |
//! | offline and back | `network::offline_burns_no_attempts` | put, image, subtitle; parts: `weather` |
//! | crash after every fact | `crashes::killed_after_every_fact` | put, subtitle; parts, image: `resume` |
//! | journal cut in half | `crashes::half_a_journal_is_kept_and_told` | – |
//! | two engines on one journal | `crashes::two_engines_share_and_send_once` | all |
//! | same file again | `crashes::the_same_file_again` | put, image, subtitle; parts: `lifecycle` |
//! | source replaced, truncated, grown, vanished | `source::a_file_that_is_not_the_same` | all |
//! | source changed on the way | `source::a_file_that_changes_under_the_reader` | all |
//! | cancel: abort, remove at VOD | `cancel::a_cancel_leaves_nothing` | all |
//! | cancel: keep at VOD | `cancel::a_cancel_may_leave_the_id` | all |
//! | cancel: grace | `cancel::a_cancel_is_taken_back` | put, image, subtitle; parts: `lifecycle` |
//! | cancel too late | `cancel::what_is_whole_is_not_cancelled` | all |

#![expect(clippy::needless_raw_string_hashes, reason = "UPDATE_EXPECT=1 writes them")]

mod answers;
mod cancel;
mod crashes;
mod network;
mod passes;
mod source;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use expect_test::Expect;
use tokio::task::JoinSet;
use vodlift_engine::model::TransferId;
use vodlift_tests::{World, run};

/// A kind of upload and its file.
#[derive(Clone, Copy)]
struct Upload {
    name: &'static str,
    file: &'static str,
    bytes: usize,
}

const PARTS: Upload = Upload { name: "parts", file: "a.mp4", bytes: 3 << 20 };
const PUT: Upload = Upload { name: "put", file: "a.mp4", bytes: 900 << 10 };
const IMAGE: Upload = Upload { name: "image", file: "a.png", bytes: 300 << 10 };
const SUBTITLE: Upload = Upload { name: "subtitle", file: "a.srt", bytes: 20 << 10 };
const ALL: [Upload; 4] = [PARTS, PUT, IMAGE, SUBTITLE];
const ONE_REQUEST: [Upload; 3] = [PUT, IMAGE, SUBTITLE];
const VIDEOS: [Upload; 2] = [PARTS, PUT];

/// The story of one upload and what is left of it in the cloud.
async fn told(world: &World, id: TransferId) -> String {
    let media = world.cloud.live_media();
    for media in &media {
        assert!(media.stored_times <= 1, "overwritten: {media:#?}");
        assert_eq!(media.overwriting_passes, 0, "a finished video was refreshed: {media:#?}");
    }
    let mut told = world.story(id).await;
    if media.len() != 1 {
        write!(told, " | {} ids", media.len()).expect("a text");
    }
    let orphans = world.cloud.orphans().len();
    if orphans > 0 {
        write!(told, " | {orphans} uploads left").expect("a text");
    }
    told
}

/// Runs each weather with each kind and compares all the stories.
async fn check(scripts: &[&str], uploads: &[Upload], expect: Expect) {
    let mut running = JoinSet::new();
    for (line, script) in scripts.iter().enumerate() {
        for (column, upload) in uploads.iter().copied().enumerate() {
            let script = format!("file {} {}\n{script}", upload.file, upload.bytes);
            running.spawn(async move {
                let (world, id, _) = run(&script).await;
                ((line, column), format!("    {}: {}\n", upload.name, told(&world, id).await))
            });
        }
    }
    let stories: BTreeMap<_, _> = running.join_all().await.into_iter().collect();
    let mut lines = String::new();
    for ((line, column), story) in stories {
        if column == 0 {
            writeln!(lines, "{}", scripts[line].replace('\n', " & ")).expect("a text");
        }
        lines += &story;
    }
    expect.assert_eq(&lines);
}
