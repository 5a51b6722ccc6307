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
//! | an answer without end | `wires::a_hundred_megabytes_are_given_up` | all |
//! | NoSuchUpload | `answers::an_upload_that_is_gone_at_its_end` | parts; at a part: `weather` |
//! | media gone on the way | `answers::media_that_is_gone` | all |
//! | throttling 400 | `network::throttling_is_waited_for` | put, image, subtitle; parts: `weather` |
//! | SlowDown 503 with a time | `network::a_named_time_is_kept` | all |
//! | clock ± days | `network::clocks_that_are_days_off` | all |
//! | offline and back | `network::offline_burns_no_attempts` | put, image, subtitle; parts: `weather` |
//! | DNS failure | `ways::a_name_that_is_not_found_is_a_missing_network_once_there_was_one` | all |
//! | network change | `wires::a_network_that_changed_is_left_for_the_new_one` | all |
//! | sleep and wake | `wires::a_computer_that_slept_goes_on_where_it_was` | all |
//! | slow, not dead | `wires::slow_is_not_dead` | all |
//! | HTTP and SOCKS5 proxy, with password and without | `ways::through_every_proxy` | all |
//! | a proxy that wants another password | `ways::a_proxy_that_wants_another_password_is_told_and_the_right_one_goes_on` | image |
//! | a proxy that goes away midway, and comes back | `ways::a_proxy_that_goes_away_is_a_missing_network` | parts, image |
//! | the system's proxy | `ways::the_proxy_of_the_system_is_used` | parts |
//! | own root, untrusted certificate | `ways::a_certificate_nobody_vouches_for_is_refused_until_its_root_is_named` | all |
//! | a pace for calls | `crowd::calls_keep_their_pace` | subtitle |
//! | shared questions | `crowd::a_hundred_files_share_their_questions`, `crowd::an_old_policy_that_allows_one_question_at_a_time_will_do` | put, subtitle |
//! | removed while VOD is asked | `crowd::what_is_removed_while_vod_is_asked_gives_its_place_back` | put |
//! | crash during every request | `kills::killed_during_every_request` | all |
//! | crash while cleaning up | `kills::killed_during_the_cleaning_up` | all |
//! | crash while a cover is linked | `kills::killed_while_a_cover_is_given_to_its_video` | put and image |
//! | crash after every fact | `crashes::killed_after_every_fact` | put, subtitle; parts, image: `resume` |
//! | journal cut in half | `crashes::half_a_journal_is_kept_and_told` | – |
//! | power cut in a journal write | `room::a_power_cut_in_the_middle_of_a_write`, `room::a_torn_journal_comes_to_the_same_end` | all |
//! | no room for the journal | `room::no_room_for_the_journal` | parts |
//! | two engines on one journal | `crashes::two_engines_share_and_send_once` | all |
//! | same file again | `crashes::the_same_file_again` | put, image, subtitle; parts: `lifecycle` |
//! | a copy or a moved file | `crashes::a_moved_file_waits_for_a_decision` | put, image, subtitle; parts: `lifecycle` |
//! | source replaced, truncated, grown, vanished | `source::a_file_that_is_not_the_same` | all |
//! | source changed on the way | `source::a_file_that_changes_under_the_reader` | all |
//! | source unreadable | `source::a_file_that_may_not_be_read` | all |
//! | source still being written | `crowd::a_file_that_is_still_written_is_waited_for` | all |
//! | cancel: abort, remove at VOD | `cancel::a_cancel_leaves_nothing` | all |
//! | cancel: keep at VOD | `cancel::a_cancel_may_leave_the_id` | all |
//! | cancel: an id that never arrived | `cancel::an_id_that_never_arrived_is_looked_for_until_vod_answers` | video |
//! | cancel: grace | `cancel::a_cancel_is_taken_back` | put, image, subtitle; parts: `lifecycle` |
//! | cancel too late | `cancel::what_is_whole_is_not_cancelled` | all |

#![expect(clippy::needless_raw_string_hashes, reason = "UPDATE_EXPECT=1 writes them")]

mod answers;
mod cancel;
mod crashes;
mod crowd;
pub(crate) mod doors;
mod issuers;
mod kills;
mod network;
mod passes;
mod room;
mod same;
mod source;
mod ways;
mod wires;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Command;

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

/// How a story ends, whoever hands the credentials out.
fn end(story: &str) -> String {
    let last = story.rsplit(" · ").next().unwrap_or_default();
    last.split(" | ").next().unwrap_or_default().to_owned()
}

/// Runs each weather with each kind and compares all the stories; by a credential server each must come to the same end.
async fn check(scripts: &[&str], uploads: &[Upload], expect: Expect) {
    let mut running = JoinSet::new();
    for (line, script) in scripts.iter().enumerate() {
        for (column, upload) in uploads.iter().copied().enumerate() {
            let script = format!("file {} {}\n{script}", upload.file, upload.bytes);
            running.spawn(async move {
                let (world, id, by_key) = run(&script).await;
                let (_by, _, by_server) = run(&format!("issuer server\n{script}")).await;
                assert_eq!(end(&by_server), end(&by_key), "{script}: {by_server}");
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

/// What this process was started for, when it is a child of its own test.
#[expect(clippy::disallowed_methods, reason = "a child's only way to hear from its parent")]
fn is_child() -> Option<String> {
    std::env::var("VODLIFT_TEST_CHILD").ok()
}

/// A child of this process that runs one test alone and is told so.
fn this_test(name: &str, told: &str) -> Command {
    let mut child = Command::new(std::env::current_exe().expect("its own path"));
    child.args(["--exact", name, "--nocapture"]).env("VODLIFT_TEST_CHILD", told);
    child
}

/// Runs one test alone in a child with mounts of its own, which end with it, after a line of shell has made them. Where
/// the system allows no such thing, that is said.
fn alone(name: &str, told: &str, mounts: &str) {
    let may = |how: &&str| {
        let mut tried = Command::new("unshare");
        tried.args([how, "mount", "-t", "tmpfs", "none", "/mnt"]);
        tried.output().is_ok_and(|tried| tried.status.success())
    };
    let Some(how) = ["-m", "-rm"].into_iter().find(may) else {
        return skipped(name, "this system lets nobody mount anything here");
    };
    let test = this_test(name, told);
    let mut child = Command::new("unshare");
    child.args([how, "sh", "-c", &format!("{mounts} && exec \"$0\" \"$@\"")]);
    child.arg(test.get_program()).args(test.get_args()).env("VODLIFT_TEST_CHILD", told);
    let said = child.output().expect("a child");
    let text = String::from_utf8_lossy(&said.stdout);
    let words = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success() && text.contains("1 passed"), "{text}\n{words}");
}

/// Says aloud, past the runner that swallows what a passing test says, that a script did not run.
fn skipped(name: &str, why: &str) {
    let said = writeln!(std::io::stderr(), "skipped: {name}: {why}");
    said.expect("a place to say it");
}
