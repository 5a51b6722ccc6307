//! The app as window and command line use it: an installation in a folder, a sandbox, no keyring.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};

use vodlift_app::api::{
    Check, CheckWhat, HistoryQuery, Limit, ProfileDraft, Proxy, SecretState, Settings, Source,
};
use vodlift_app::edge::Edge;
use vodlift_app::folders::Folders;
use vodlift_app::secrets::{SecretStore, Silence};
use vodlift_app::{App, Code, Command, Frame, Secret, TransferId};
use vodlift_engine::model::{Kind, Phase, Wait};
use vodlift_engine::view::{Hold, Row, Status};
use vodlift_sandbox::{Handle, Options, Sandbox};

const SAMPLE: &[u8] = include_bytes!("../assets/sample.mp4");
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00a picture";

fn edge() -> Edge {
    Edge { env: Arc::new(|_| None), keyring: None, ..Edge::system() }
}

async fn open(home: &Path) -> App {
    App::open(Folders::under(home), edge()).await.unwrap()
}

fn file(home: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = home.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Rows as they come, until they are as wanted.
async fn until(
    app: &App,
    enough: impl Fn(&BTreeMap<TransferId, Row>) -> bool,
) -> BTreeMap<TransferId, Row> {
    let mut frames = app.watch().await;
    let mut rows = BTreeMap::new();
    while !enough(&rows) {
        match frames.recv().await.unwrap() {
            Frame::Snapshot { rows: all, .. } => {
                rows = all.into_iter().map(|row| (row.id, row)).collect();
            }
            Frame::Delta { changed, gone, .. } => {
                rows.extend(changed.into_iter().map(|row| (row.id, row)));
                rows.retain(|id, _| !gone.contains(id));
            }
        }
    }
    rows
}

async fn until_done(app: &App, ids: &[TransferId]) -> BTreeMap<TransferId, Row> {
    let done = |row: &Row| {
        assert!(row.fault.is_none(), "{:?}", row.fault);
        row.status == Status::Done
    };
    until(app, |rows| ids.iter().all(|id| rows.get(id).is_some_and(done))).await
}

fn draft(cloud: &Handle, name: &str) -> ProfileDraft {
    let key = cloud.key();
    ProfileDraft {
        name: name.into(),
        replaces: None,
        region: "cn-shanghai".into(),
        endpoint: Some(cloud.endpoint()),
        source: Source::AccessKey,
        access_key_id: Some(key.id.clone()),
        access_key_secret: Some(key.secret.expose().to_owned()),
        security_token: None,
        server: None,
        server_secret: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_run_sends_the_sample_to_the_sandbox_and_the_second_finds_it_there() {
    let home = tempfile::tempdir().unwrap();
    let app = open(home.path()).await;
    assert!(app.session().await.profiles.is_empty());
    let profile = app.start_trial().await.unwrap();
    assert!(profile.sandbox && profile.active && profile.secret == SecretState::Stored);
    // Playable takes the sandbox as long as people should see it work.
    app.save_settings(Settings { wait: Wait::Stored, ..app.settings() }).await.unwrap();
    let id = app.trial_sample().await.unwrap();
    let rows = until_done(&app, &[id]).await;
    assert_eq!(rows[&id].name, "Sample clip.mp4");
    let details = app.details(id).await.unwrap();
    assert_eq!((details.account.as_str(), details.method.as_str()), ("Sandbox", "put"));
    assert!(!details.request_ids.is_empty());
    app.stop().await;

    let stored = walk(&home.path().join("data/sandbox"));
    assert!(stored.iter().any(|path| std::fs::read(path).unwrap() == SAMPLE), "{stored:?}");

    let app = open(home.path()).await;
    let profiles = app.session().await.profiles;
    assert!(profiles[0].sandbox && profiles[0].active);
    // A menu of the sandbox proves that it runs again and takes the key.
    assert!(!app.template_groups().await.unwrap().is_empty());
    assert!(!app.categories().await.unwrap().is_empty());
    app.stop().await;
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drop_becomes_transfers_that_can_be_looked_up_when_they_have_ended() {
    let home = tempfile::tempdir().unwrap();
    let cloud = Sandbox::start(Options::quick()).await.unwrap();
    let app = open(home.path()).await;
    assert!(app.add_offer("none", true, None).await.is_err());
    app.save_profile(draft(&cloud, "studio")).await.unwrap();
    let video = file(home.path(), "in/film.mp4", SAMPLE);
    file(home.path(), "in/film.jpg", JPEG);
    let offer = app.offer(vec![video.parent().unwrap().to_owned()]).await;
    let ids = app.add_offer(&offer.id, true, None).await.unwrap().ids;
    assert_eq!(ids.len(), 2);
    let rows = until_done(&app, &ids).await;
    assert_eq!(rows[&ids[1]].parent, Some(ids[0]), "the cover follows its video");
    assert_eq!((rows[&ids[1]].kind, rows[&ids[0]].phase), (Kind::Image, Phase::Settled));

    let media = app.media_ids(&ids[..1]).await.unwrap();
    assert_eq!(std::fs::read(cloud.object(&media[0]).unwrap().path).unwrap(), SAMPLE);
    assert!(app.console(ids[0]).await.unwrap().contains(&media[0]));
    assert_eq!(app.path(ids[0]).await.unwrap(), video);
    let lines: Vec<String> =
        app.timeline(ids[0]).await.unwrap().into_iter().map(|line| line.what).collect();
    for fact in ["found", "reserved", "settled"] {
        assert!(lines.iter().any(|line| line == fact), "{fact} is not in {lines:?}");
    }
    let page =
        app.history(HistoryQuery { text: "film".into(), ..HistoryQuery::default() }).await.unwrap();
    assert!(page.items.iter().any(|item| item.id == ids[0] && item.file_there));
    assert_eq!((page.total, page.items.len()), (2, 2), "what was attached has ended too");
    let csv = home.path().join("history.csv");
    // A page is as long as was asked for; a file is whole.
    for limit in [0, 1] {
        let query = HistoryQuery { limit, offset: 1, ..HistoryQuery::default() };
        app.history_export(query, &csv).await.unwrap();
        let text = std::fs::read_to_string(&csv).unwrap();
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.contains(&media[0]));
    }
    // Should a secret ever get into a log, it still does not get into the report.
    let secret = cloud.key().secret;
    let spilt = format!("before {} after\n", secret.expose());
    std::fs::write(home.path().join("logs/vodlift.2000-01-01.log"), spilt).unwrap();
    let report = app.diagnostics().await.unwrap();
    let report = std::fs::File::open(report).unwrap();
    let mut report = zip::ZipArchive::new(report).unwrap();
    let mut told = BTreeMap::<String, String>::new();
    let names: Vec<String> = report.file_names().map(|name| name.unwrap().into_owned()).collect();
    for name in names {
        let text = std::io::read_to_string(report.by_name(&name).unwrap()).unwrap();
        assert!(!text.contains(secret.expose()), "{name}: {text}");
        told.insert(name, text);
    }
    assert_eq!(told["logs/vodlift.2000-01-01.log"], "before ••• after\n");
    assert!(told["about.json"].contains(env!("CARGO_PKG_VERSION")), "{told:?}");
    assert!(told["settings.json"].contains("whenDone"), "{told:?}");
    assert!(told["timelines.json"].contains(&media[0]), "{told:?}");

    let again = app.history_again(&ids[..1]).await.unwrap();
    until_done(&app, &again).await;
    assert_ne!(app.media_ids(&again).await.unwrap(), media);
    app.stop().await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_for_and_cannot_be_uploaded_is_told_and_the_rest_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let cloud = Sandbox::start(Options::quick()).await.unwrap();
    let app = open(home.path()).await;
    app.save_profile(draft(&cloud, "studio")).await.unwrap();
    let film = file(home.path(), "in/film.mp4", SAMPLE);
    // What merely lies in the folder and is of no use is nobody's failure; what was named is.
    file(home.path(), "in/notes.txt", b"not for VOD");
    let mut paths = vec![film.parent().unwrap().to_owned(), home.path().join("gone.mp4")];
    paths.push(file(home.path(), "tool.exe", b"MZ"));
    paths.extend((0..60).map(|n| file(home.path(), &format!("empty-{n}.mp4"), b"")));
    let offer = app.offer(paths).await;
    let added = app.add_offer(&offer.id, true, None).await.unwrap();
    assert_eq!((added.ids.len(), added.left_out.len(), added.more), (1, 50, 12));
    let first: Vec<(&str, Code)> =
        added.left_out.iter().map(|file| (&*file.name, file.fault.code)).take(3).collect();
    let expected = [Code::FileAbsent, Code::ReqExt, Code::FileEmpty];
    assert_eq!(
        first,
        ["gone.mp4", "tool.exe", "empty-0.mp4"].into_iter().zip(expected).collect::<Vec<_>>()
    );
    until_done(&app, &added.ids).await;
    app.stop().await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transfers_without_a_secret_are_held_and_go_on_when_it_is_there() {
    let home = tempfile::tempdir().unwrap();
    let cloud = Sandbox::start(Options::quick()).await.unwrap();
    let app = open(home.path()).await;
    app.save_profile(draft(&cloud, "studio")).await.unwrap();
    let path = file(home.path(), "film.mp4", SAMPLE);
    let offer = app.offer(vec![path]).await;
    let ids = app.add_offer(&offer.id, false, None).await.unwrap().ids;
    app.stop().await;

    // Memory only: the new process has no secret.
    let app = open(home.path()).await;
    app.command(&ids, Command::Run).await.unwrap();
    let held = |row: &Row| row.status == Status::Held && row.hold == Some(Hold::Account);
    until(&app, |rows| rows.get(&ids[0]).is_some_and(held)).await;
    assert_eq!(app.sign_in("studio").await, Err(Code::KeyNone));
    let mut edit = draft(&cloud, "studio");
    edit.replaces = Some("studio".into());
    edit.name = "other".into();
    assert!(app.save_profile(edit.clone()).await.is_err(), "its transfers know it by its name");
    edit.name = "studio".into();
    app.save_profile(edit).await.unwrap();
    until_done(&app, &ids).await;
    app.forget_profile("studio").await.unwrap();
    assert!(app.profiles().await.is_empty());
    app.stop().await;
    cloud.stop().await;
}

/// A keyring that can be locked while the app runs.
#[derive(Default)]
struct Lockable {
    kept: Mutex<BTreeMap<String, Secret>>,
    locked: AtomicBool,
}

impl Lockable {
    fn open(&self) -> Result<MutexGuard<'_, BTreeMap<String, Secret>>, Silence> {
        if self.locked.load(Relaxed) { Err(Silence::Locked) } else { Ok(self.kept.lock().unwrap()) }
    }
}

impl SecretStore for Lockable {
    fn get(&self, user: &str) -> Result<Option<Secret>, Silence> {
        Ok(self.open()?.get(user).cloned())
    }

    fn put(&self, user: &str, secret: &Secret) -> Result<(), Silence> {
        self.open()?.insert(user.to_owned(), secret.clone());
        Ok(())
    }

    fn delete(&self, user: &str) -> Result<(), Silence> {
        self.open()?.remove(user);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyring_that_is_locked_takes_nothing_from_uploads_under_way() {
    let home = tempfile::tempdir().unwrap();
    let cloud = Sandbox::start(Options::quick()).await.unwrap();
    let ring = Arc::new(Lockable::default());
    let folders = Folders::under(home.path());
    let app = App::open(folders, Edge { keyring: Some(ring.clone()), ..edge() }).await.unwrap();
    app.save_profile(draft(&cloud, "studio")).await.unwrap();
    let slow = Limit { on: true, rate_bytes: 50_000, periods: Vec::new() };
    app.save_settings(Settings { limit: slow, wait: Wait::Stored, ..app.settings() })
        .await
        .unwrap();
    let film = [SAMPLE, &vec![7; 1 << 20]].concat();
    let add = async |name: &str, film: &[u8]| {
        let offer = app.offer(vec![file(home.path(), name, film)]).await;
        app.add_offer(&offer.id, true, None).await.unwrap().ids[0]
    };
    let first = add("first.mp4", &film).await;
    let moves = |rows: &BTreeMap<TransferId, Row>| {
        rows.get(&first).is_some_and(|row| row.status == Status::Uploading && row.flight_bytes > 0)
    };
    until(&app, moves).await;
    ring.locked.store(true, Relaxed);
    let second = add("second.mp4", SAMPLE).await;
    assert_eq!(app.sign_in("studio").await, Err(Code::KeyLocked));
    let mut edit = draft(&cloud, "studio");
    edit.replaces = Some("studio".into());
    edit.access_key_secret = None;
    app.save_profile(edit.clone()).await.unwrap();
    let settings = app.settings();
    let limit = Limit { on: false, ..settings.limit.clone() };
    app.save_settings(Settings { limit, ..settings }).await.unwrap();
    until_done(&app, &[first, second]).await;
    let puts = cloud.requests().count("PutObject");
    assert_eq!(puts, 2, "each was sent once, without a break");

    // A profile that says something else now must not go on by what was.
    edit.region = "cn-beijing".into();
    app.save_profile(edit).await.unwrap();
    let third = add("third.mp4", &[SAMPLE, b"3"].concat()).await;
    let held = |row: &Row| row.status == Status::Held && row.hold == Some(Hold::Account);
    until(&app, |rows| rows.get(&third).is_some_and(held)).await;
    app.stop().await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_is_tested_before_it_is_saved_and_counts_as_tested() {
    let home = tempfile::tempdir().unwrap();
    let cloud = Sandbox::start(Options::quick()).await.unwrap();
    let app = open(home.path()).await;
    let mut wrong = draft(&cloud, "studio");
    wrong.access_key_secret = Some("not-the-secret".into());
    let checks = app.test_profile(wrong).await.unwrap();
    let identity = checks.iter().find(|check| check.what == CheckWhat::Identity).unwrap();
    assert_eq!(identity.fault.as_ref().map(|fault| fault.code), Some(Code::AuthSign));

    let checks = app.test_profile(draft(&cloud, "studio")).await.unwrap();
    let whats: Vec<CheckWhat> = checks.iter().map(|check| check.what).collect();
    assert_eq!(
        whats,
        [
            CheckWhat::Keyring,
            CheckWhat::Clock,
            CheckWhat::Identity,
            CheckWhat::Video,
            CheckWhat::Refresh,
            CheckWhat::Image,
            CheckWhat::Attached,
            CheckWhat::Status,
            CheckWhat::Details,
            CheckWhat::Cleanup,
            CheckWhat::Lists,
        ]
    );
    let failed: Vec<CheckWhat> =
        checks.iter().filter(|check| !check.ok).map(|check| check.what).collect();
    assert_eq!(failed, [CheckWhat::Keyring], "there is no keyring, and everything else is fine");
    assert!(cloud.media().is_empty(), "a test makes no media");
    let saved = app.save_profile(draft(&cloud, "studio")).await.unwrap();
    assert_eq!((saved.secret, saved.tested), (SecretState::Memory, false));
    app.stop().await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_names_each_permission_that_is_missing_and_only_what_uploading_needs_fails_it() {
    let home = tempfile::tempdir().unwrap();
    let cloud = Sandbox::start(Options::quick()).await.unwrap();
    let app = open(home.path()).await;
    let refuse = |actions: &[&str]| {
        let rules: Vec<String> =
            actions.iter().map(|action| format!("{action} 403 Forbidden.RAM")).collect();
        cloud.weather(rules.join("\n").parse().unwrap());
    };
    let missing = |checks: &[Check]| -> Vec<(CheckWhat, String)> {
        let refused = checks.iter().filter(|check| !check.missing.is_empty());
        refused.map(|check| (check.what, check.missing.join(" "))).collect()
    };

    // The policy of public samples: creating and refreshing, and nothing else.
    refuse(&[
        "GetVideoInfo",
        "GetVideoInfos",
        "GetImageInfo",
        "GetAttachedMediaInfo",
        "UpdateVideoInfo",
        "DeleteVideo",
        "DeleteImage",
        "DeleteAttachedMedia",
        "GetCategories",
        "ListTranscodeTemplateGroup",
        "CreateUploadAttachedMedia",
    ]);
    let checks = app.test_profile(draft(&cloud, "studio")).await.unwrap();
    let status = "vod:GetVideoInfo vod:GetVideoInfos vod:GetImageInfo vod:GetAttachedMediaInfo";
    assert_eq!(
        missing(&checks),
        [
            (CheckWhat::Attached, "vod:CreateUploadAttachedMedia".to_owned()),
            (CheckWhat::Status, status.to_owned()),
            (CheckWhat::Details, "vod:UpdateVideoInfo".to_owned()),
            (
                CheckWhat::Cleanup,
                "vod:DeleteVideo vod:DeleteImage vod:DeleteAttachedMedia".to_owned()
            ),
            (CheckWhat::Lists, "vod:GetCategories vod:ListTranscodeTemplateGroup".to_owned()),
        ]
    );
    let uploads = |checks: &[Check]| {
        checks.iter().all(|check| check.ok || !check.needed || check.what == CheckWhat::Keyring)
    };
    assert!(uploads(&checks), "videos can be uploaded with it");

    refuse(&["RefreshUploadVideo"]);
    let checks = app.test_profile(draft(&cloud, "studio")).await.unwrap();
    assert_eq!(missing(&checks), [(CheckWhat::Refresh, "vod:RefreshUploadVideo".to_owned())]);
    assert!(!uploads(&checks));
    assert!(cloud.media().is_empty(), "a test makes no media");
    app.stop().await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_password_of_the_proxy_is_kept_and_forgotten_and_stands_in_no_file() {
    let home = tempfile::tempdir().unwrap();
    let app = open(home.path()).await;
    assert_eq!(app.proxy_password().await, SecretState::Missing);
    let password = vodlift_app::Secret::new("pr0xy pass".to_owned());
    // Without a keyring it lives until quit, which the person is told.
    assert_eq!(app.save_proxy_password(Some(password)).await.unwrap(), SecretState::Memory);
    assert_eq!(app.proxy_password().await, SecretState::Memory);
    let proxy =
        Proxy::Http { address: "proxy.example.com:8080".into(), user: Some("lin".to_owned()) };
    app.save_settings(Settings { proxy, ..app.settings() }).await.unwrap();
    assert!(
        !std::fs::read_to_string(home.path().join("config/settings.toml"))
            .unwrap()
            .contains("pr0xy")
    );
    assert_eq!(app.save_proxy_password(None).await.unwrap(), SecretState::Missing);
    assert_eq!(app.proxy_password().await, SecretState::Missing);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_names_no_root_certificate_that_no_dialog_gave_it() {
    let home = tempfile::tempdir().unwrap();
    let app = open(home.path()).await;
    let root = file(home.path(), "own.pem", b"-----BEGIN CERTIFICATE-----");
    let path = root.to_str().unwrap();
    assert!(app.may_be_root(Some(path)).is_err());
    assert!(app.may_be_root(Some("/dev/zero")).is_err());
    assert!(app.may_be_root(None).is_ok(), "it may always be cleared");
    assert_eq!(app.choose_root(&root).unwrap(), path);
    assert!(app.may_be_root(Some(path)).is_ok());
    let large = file(home.path(), "large.pem", &vec![b'-'; 5 << 20]);
    assert!(app.choose_root(&large).is_err());
    assert!(app.choose_root(home.path()).is_err(), "a folder");
    if cfg!(unix) {
        assert!(app.choose_root(Path::new("/dev/zero")).is_err());
        let endless = Settings { tls_root: Some("/dev/zero".into()), ..app.settings() };
        assert!(app.save_settings(endless).await.is_err(), "nor is it read when the file names it");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_opens_with_a_configuration_it_cannot_follow_and_sends_nothing() {
    for (file_name, text) in [
        (
            "profiles.toml",
            "[profile.studio]\nsource = \"access-key\"\naccess_key_id = \"LTAI\"\nendpont = \"X\"\n",
        ),
        ("profiles.toml", "endpoint = \"X\"\n[profile.studio]\nsource = \"environment\"\n"),
        ("profiles.toml", "active = \"studio\n"),
        ("settings.toml", "[proxy]\nmode = \"htp\"\n"),
    ] {
        let home = tempfile::tempdir().unwrap();
        let cloud = Sandbox::start(Options::quick()).await.unwrap();
        let app = open(home.path()).await;
        app.save_profile(draft(&cloud, "studio")).await.unwrap();
        let film = file(home.path(), "film.mp4", SAMPLE);
        let offer = app.offer(vec![film]).await;
        let ids = app.add_offer(&offer.id, false, None).await.unwrap().ids;
        app.stop().await;
        let before = cloud.requests().0.len();
        let path = home.path().join("config").join(file_name);
        std::fs::write(&path, text.replace('X', &cloud.endpoint())).unwrap();

        let app = open(home.path()).await;
        app.command(&ids, Command::Run).await.unwrap();
        let held = |row: &Row| row.status == Status::Held && row.hold == Some(Hold::Account);
        until(&app, |rows| rows.get(&ids[0]).is_some_and(held)).await;
        assert_eq!(app.sign_in("studio").await, Err(Code::ConfFile), "{text}");
        let session = app.session().await;
        let of_profile = session.profiles.first().and_then(|profile| profile.fault.clone());
        let fault = session.fault.or(of_profile).unwrap();
        assert_eq!((fault.code, fault.facts["file"].as_str()), (Code::ConfFile, file_name));
        assert_eq!(app.config_path(), path);
        assert_eq!(cloud.requests().0.len(), before, "{text}");
        app.stop().await;
        cloud.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_hold_at_once_and_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let app = open(home.path()).await;
    let wanted =
        Settings { files: 7, wait: Wait::Stored, language: "zh-CN".into(), ..app.settings() };
    assert_eq!(app.save_settings(wanted.clone()).await.unwrap(), wanted);
    assert_eq!(app.language(), vodlift_app::words::Language::ZhCn);
    let missing = Settings { tls_root: Some("/no/such/file.pem".into()), ..wanted.clone() };
    assert!(app.save_settings(missing).await.is_err());
    app.stop().await;
    let app = open(home.path()).await;
    assert_eq!(app.settings(), wanted);
    app.stop().await;
}
