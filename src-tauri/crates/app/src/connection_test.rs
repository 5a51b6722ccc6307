//! The connection test: asks the cloud for things it must refuse, and reads from the refusal what is allowed, permission by
//! permission. Makes no media, keeps nothing.

use std::time::Instant;

use vodlift_cloud::server::Server;
use vodlift_cloud::vod::{By, CreateAttached, CreateImage, CreateVideo, UpdateVideo, Vod};
use vodlift_cloud::{Client, Credential};
use vodlift_engine::fault::{Class, Code, Fault, Side};
use vodlift_engine::view::FaultView;

use crate::accounts::{Accounts, Key};
use crate::api::{Check, CheckWhat, Keyring, ProfileDraft, SecretState, Source};
use crate::error::{Error, fault};
use crate::profiles::{self, Stored};

/// VOD refuses requests whose clock is further off than this (protocol/vod.md 2.5).
const SKEW_S: i64 = 15 * 60;

/// What a test goes out by.
#[derive(Clone, Copy)]
pub struct Network<'a> {
    /// The client of the settings.
    pub client: &'a Client,
}

/// Tests what is typed in the dialog. Secrets that are left out are taken from where they are kept.
pub async fn draft(
    accounts: &Accounts,
    network: Network<'_>,
    draft: &ProfileDraft,
    regions: &[&str],
) -> Result<Vec<Check>, Error> {
    let draft = accounts.meant(draft);
    let (_, stored) = profiles::check(&draft, regions)?;
    let key = accounts.key_of_draft(&draft, &stored).await;
    run(accounts, network, &stored, key).await
}

/// Tests a saved profile and notes the outcome with it.
pub async fn saved(
    accounts: &Accounts,
    network: Network<'_>,
    name: &str,
) -> Result<Vec<Check>, Error> {
    let stored = accounts.stored(name).ok_or(Error::NoProfile { name: name.to_owned() })?;
    let key = accounts.key(name).await;
    let checks = run(accounts, network, &stored, key).await?;
    if accounts.is_saved(name) {
        accounts.set_tested(name, passed(&checks))?;
    }
    Ok(checks)
}

/// Videos can be uploaded. What else is not allowed costs something, which is told, and stops nothing.
pub fn passed(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.ok || !check.needed)
}

/// Where a profile's VOD is.
pub fn vod(stored: &Stored) -> Result<Vod, Error> {
    let vod = match &stored.endpoint {
        Some(endpoint) => Vod::at(endpoint, &stored.region),
        None => Vod::for_region(&stored.region),
    };
    vod.map_err(|_| crate::error::Unfit { field: "endpoint", reason: "address" }.into())
}

async fn run(
    accounts: &Accounts,
    network: Network<'_>,
    stored: &Stored,
    key: Result<Key, SecretState>,
) -> Result<Vec<Check>, Error> {
    let mut checks = Vec::new();
    if stored.source != Source::Environment && !stored.sandbox {
        let state = accounts.secrets.probe().await;
        checks.push(check(CheckWhat::Keyring, keyring_fault(state), None));
    }
    let key = match key {
        Ok(key) => key,
        Err(state) => {
            let code = if state == SecretState::Locked { Code::KeyLocked } else { Code::KeyNone };
            checks.push(check(CheckWhat::Identity, Some(fault(code, &[])), None));
            return Ok(checks);
        }
    };
    let client = network.client;
    let asked = Instant::now();
    let (status, skew_s) = match &key {
        Key::Cloud(credential) => look(client, &vod(stored)?, credential).await,
        Key::Server { url, secret } => {
            let asked = match Server::new(url.as_str(), secret.clone()) {
                Ok(server) => client.server_status(&server, "video", NOBODY).await.map(drop),
                Err(error) => Err(error),
            };
            match asked {
                Ok(()) => (None, None),
                Err(error) => {
                    (refusal(&Fault::from_cloud(&error, Side::Server, false)), error.skew_s)
                }
            }
        }
    };
    let took_ms = i32::try_from(asked.elapsed().as_millis()).unwrap_or(i32::MAX);
    // A credential server signs nothing of ours: its clock is its own affair.
    let skew_s = match &key {
        Key::Cloud(_) => {
            let known = || client.clock(&vod(stored).ok()?.host());
            skew_s.or_else(|| known().map(|clock| clock.as_secs())).unwrap_or_default()
        }
        Key::Server { .. } => 0,
    };
    let off = (skew_s.abs() > SKEW_S)
        .then(|| fault(Code::AuthClock, &[("d", &format!("{} s", skew_s.abs()))]));
    let figure = Some(i32::try_from(skew_s).unwrap_or(i32::MAX));
    checks.push(check(CheckWhat::Clock, off, figure));
    // No permission to ask for a state still means that the key is known.
    let unknown = status.clone().filter(|fault| fault.code != Code::AuthRam);
    let known = unknown.is_none();
    checks.push(check(CheckWhat::Identity, unknown, known.then_some(took_ms)));
    if !known {
        return Ok(checks);
    }
    if let Key::Cloud(credential) = &key {
        // Boxed: a dozen requests at a time are a large future.
        checks.extend(Box::pin(permissions(client, &vod(stored)?, credential)).await);
    } else {
        checks.push(check(CheckWhat::Status, status, None));
    }
    Ok(checks)
}

/// A media id of the right shape that nobody has.
const NOBODY: &str = "00000000000000000000000000000000";

async fn look(
    client: &Client,
    vod: &Vod,
    credential: &Credential,
) -> (Option<FaultView>, Option<i64>) {
    let mut answer = client.video_info(vod, credential, By::Id(NOBODY)).await;
    if answer.as_ref().is_err_and(vodlift_cloud::Error::clock) {
        // The answer has taught the client how far the clocks are apart.
        answer = client.video_info(vod, credential, By::Id(NOBODY)).await;
    }
    match answer {
        Ok(_) => (None, None),
        Err(error) => (refusal(&of(&error)), error.skew_s),
    }
}

/// What an account may do: each operation is asked for something that nobody has or that VOD must refuse.
/// Reads and deletes name media that do not exist. A create is asked with a value that VOD refuses after it has looked at
/// the permission (that it looks first is unverified, protocol/vod-after.md 18.8); should one be carried out all the same,
/// what it made is deleted again.
async fn permissions(client: &Client, vod: &Vod, key: &Credential) -> Vec<Check> {
    let by = By::Id(NOBODY);
    let nothing = UpdateVideo::default();
    // Together: a dozen round trips one after the other are felt.
    let (refresh, video, image, attached) = tokio::join!(
        async { client.refresh_video(vod, key, by).await.map(drop) },
        create_video(client, vod, key),
        create_image(client, vod, key),
        create_attached(client, vod, key),
    );
    let (of_video, of_videos, of_image, of_attached) = tokio::join!(
        async { client.video_info(vod, key, by).await.map(drop) },
        async { client.video_infos(vod, key, &[NOBODY]).await.map(drop) },
        async { client.image_info(vod, key, NOBODY).await.map(drop) },
        async { client.attached_info(vod, key, &[NOBODY]).await.map(drop) },
    );
    let (no_video, no_image, no_attached, update, categories, groups) = tokio::join!(
        async { client.delete_video(vod, key, &[NOBODY]).await.map(drop) },
        async { client.delete_image(vod, key, &[NOBODY]).await.map(drop) },
        async { client.delete_attached(vod, key, &[NOBODY]).await.map(drop) },
        async { client.update_video(vod, key, by, &nothing).await },
        async { client.categories(vod, key, None, 1).await.map(drop) },
        async { client.template_groups(vod, key).await.map(drop) },
    );
    vec![
        permission(CheckWhat::Video, vec![video]),
        permission(CheckWhat::Refresh, vec![refresh]),
        permission(CheckWhat::Image, vec![image]),
        permission(CheckWhat::Attached, vec![attached]),
        permission(CheckWhat::Status, vec![of_video, of_videos, of_image, of_attached]),
        permission(CheckWhat::Details, vec![update]),
        permission(CheckWhat::Cleanup, vec![no_video, no_image, no_attached]),
        permission(CheckWhat::Lists, vec![categories, groups]),
    ]
}

type Answer = Result<(), vodlift_cloud::Error>;

/// One line of the test from the answers to its operations: the first fault, and each action RAM refuses.
fn permission(what: CheckWhat, answers: Vec<Answer>) -> Check {
    let faults: Vec<Fault> = answers.into_iter().filter_map(|a| a.err().map(|e| of(&e))).collect();
    let refused = faults.iter().filter(|fault| fault.code == Code::AuthRam);
    let missing = refused.filter_map(|fault| Some(format!("vod:{}", fault.operation.as_ref()?)));
    Check { missing: missing.collect(), ..check(what, faults.iter().find_map(refusal), None) }
}

async fn create_video(client: &Client, vod: &Vod, key: &Credential) -> Answer {
    // VOD: CreateUploadVideo, a FileName without extension is InvalidFileName.Extension.
    let new = CreateVideo {
        title: PROBE.to_owned(),
        file_name: PROBE.to_owned(),
        ..CreateVideo::default()
    };
    let made = client.create_video(vod, key, &new).await?;
    let gone = client.delete_video(vod, key, &[&made.media_id]).await;
    told_left_behind(&made.media_id, gone.map(drop));
    Ok(())
}

async fn create_image(client: &Client, vod: &Vod, key: &Credential) -> Answer {
    // VOD: CreateUploadImage, ImageType is `default` or `cover`.
    let new = CreateImage { image_type: PROBE.to_owned(), ..CreateImage::default() };
    let made = client.create_image(vod, key, &new).await?;
    told_left_behind(&made.media_id, client.delete_image(vod, key, &[&made.media_id]).await);
    Ok(())
}

async fn create_attached(client: &Client, vod: &Vod, key: &Credential) -> Answer {
    // VOD: CreateUploadAttachedMedia, BusinessType is `watermark`, `subtitle` or `material`.
    let new = CreateAttached { business_type: PROBE.to_owned(), ..CreateAttached::default() };
    let made = client.create_attached(vod, key, &new).await?;
    let gone = client.delete_attached(vod, key, &[&made.media_id]).await;
    told_left_behind(&made.media_id, gone.map(drop));
    Ok(())
}

/// The test is over either way; whoever finds an empty media at VOD finds its reason in the log.
fn told_left_behind(media: &str, gone: Answer) {
    if let Err(error) = gone {
        tracing::warn!(media, %error, "the connection test made a media and could not delete it");
    }
}

const PROBE: &str = "vodlift-check";

fn of(error: &vodlift_cloud::Error) -> Fault {
    Fault::from_cloud(error, Side::Vod, false)
}

/// A refusal for what was asked means that asking is allowed; everything else is a fault.
fn refusal(fault: &Fault) -> Option<FaultView> {
    match fault.code.class() {
        Class::Rejected | Class::MediaGone => None,
        Class::Bug if fault.status.is_some_and(|status| (400..500).contains(&status)) => None,
        Class::Offline
        | Class::Wait
        | Class::Busy
        | Class::PassExpired
        | Class::UploadGone
        | Class::SourceGone
        | Class::SourceChanged
        | Class::Denied
        | Class::Corrupt
        | Class::Bug => Some(FaultView::from(fault)),
    }
}

fn keyring_fault(state: Keyring) -> Option<FaultView> {
    match state {
        Keyring::Open => None,
        Keyring::Locked => Some(fault(Code::KeyLocked, &[])),
        Keyring::None | Keyring::Unknown => Some(fault(Code::KeyNone, &[])),
    }
}

fn check(what: CheckWhat, fault: Option<FaultView>, figure: Option<i32>) -> Check {
    let needed = match what {
        CheckWhat::Keyring
        | CheckWhat::Clock
        | CheckWhat::Identity
        | CheckWhat::Video
        | CheckWhat::Refresh => true,
        CheckWhat::Image
        | CheckWhat::Attached
        | CheckWhat::Status
        | CheckWhat::Details
        | CheckWhat::Cleanup
        | CheckWhat::Lists => false,
    };
    Check { what, ok: fault.is_none(), needed, missing: vec![], fault, figure }
}
