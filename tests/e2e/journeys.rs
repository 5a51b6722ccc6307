//! What people do with Vodlift, each from its beginning to the bytes at the other end. Knows the page by roles and names
//! only.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use thirtyfour::Key;
use vodlift_sandbox::{Handle, Options, Requests, Sandbox, Weather};

use crate::files;
use crate::page::Page;
use crate::stage::{Stage, program};

/// The longest a file of some megabytes takes on a busy machine.
const LONG: Duration = Duration::from_mins(1);

/// The first parts arrive, the others hang until the weather changes.
const STUCK: &str = "part 4-99 stall 10m after 64 KiB";

/// Slow enough to be watched.
const SLOW: &str = "[limit]\non = true\nrate_bytes = 2000000\n";

fn settings(stage: &Stage, text: &str) -> anyhow::Result<()> {
    std::fs::create_dir_all(stage.home().join("config"))?;
    Ok(std::fs::write(stage.home().join("config/settings.toml"), text)?)
}

/// A profile on a sandbox of the test's own, its key in the environment as the vendor's tools have it.
fn profile(stage: &Stage, cloud: &Handle) -> anyhow::Result<[(&'static str, String); 2]> {
    std::fs::create_dir_all(stage.home().join("config"))?;
    let text = format!(
        "active = \"studio\"\n\n[profile.studio]\nregion = \"{}\"\nsource = \"environment\"\nendpoint = \"{}\"\n",
        cloud.region(),
        cloud.endpoint()
    );
    std::fs::write(stage.home().join("config/profiles.toml"), text)?;
    let key = cloud.key();
    Ok([
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", key.id),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", key.secret.expose().to_owned()),
    ])
}

/// Waits for requests as they arrive, but not for ever: a window that died sends none.
async fn until(cloud: &Handle, enough: impl Fn(&Requests) -> bool) -> anyhow::Result<()> {
    let heard = tokio::time::timeout(LONG, cloud.until(enough)).await;
    heard.with_context(|| format!("nothing more came; so far {:?}", cloud.requests()))
}

async fn open_studio(stage: &mut Stage, key: &[(&'static str, String)]) -> anyhow::Result<Page> {
    let key: Vec<(&str, &str)> = key.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = Page::open_in(stage, &[], "en", &key).await?;
    page.see("heading", &page.word("nav.queue", &[])).await?;
    Ok(page)
}

/// Files of one name: a clip, its cover and its subtitles.
fn bundle(stage: &Stage, megabytes: u32) -> anyhow::Result<[PathBuf; 3]> {
    Ok([
        files::video(&stage.path("files/four mornings 雨.mp4"), megabytes)?,
        files::picture(&stage.path("files/four mornings 雨.jpg"))?,
        files::subtitles(&stage.path("files/four mornings 雨.zh-CN.srt"))?,
    ])
}

/// Begins to open a file with Vodlift, as a file browser does: a second launch.
fn open_with(stage: &Stage, paths: &[&Path]) -> anyhow::Result<()> {
    let status = stage.command(program("vodlift")?).args(paths).status()?;
    ensure!(status.success(), "a second launch hands over and ends: {status}");
    Ok(())
}

async fn all_done(page: &Page) -> anyhow::Result<()> {
    let done = page.word("hero.idle", &[]);
    page.reads(&done, LONG, |text| text.contains(&done)).await
}

fn arrived(cloud: &Handle, original: &Path) -> anyhow::Result<()> {
    let wanted = std::fs::read(original)?;
    let found = cloud
        .objects()
        .iter()
        .any(|object| std::fs::read(&object.path).is_ok_and(|bytes| bytes == wanted));
    ensure!(found, "no object has the bytes of {}", original.display());
    Ok(())
}

/// Nothing is set up; the sandbox is one click away; three files are dropped with the real pointer and arrive.
#[tokio::test]
async fn first_run_to_the_first_upload() -> anyhow::Result<()> {
    let mut stage = Stage::set("first_run")?;
    settings(&stage, SLOW)?;
    let bundle = bundle(&stage, 24)?;
    let page = Page::open(&mut stage, &[]).await?;
    page.see("heading", &page.word("first.title", &[])).await?;
    page.picture(&stage, "1-first-run").await?;
    page.click("button", &page.word("first.sandbox.b", &[])).await?;
    page.see("heading", &page.word("empty.title", &[])).await?;
    page.picture(&stage, "2-empty").await?;

    let drag = stage.drag(&bundle, 0.45)?;
    let over = page.word("drop.title", &[("n", "3")]);
    page.reads("the overlay", LONG, |text| text.contains(&over)).await?;
    page.picture(&stage, "3-over").await?;
    stage.picture("3-screen")?;
    drag.drop_here()?;

    let bar = page.see("progressbar", &page.word("hero.total", &[])).await?;
    let mut seen = Vec::new();
    while seen.len() < 2 {
        let now = bar.attr("aria-valuenow").await?.unwrap_or_default();
        let share: f64 = now.parse().unwrap_or_default();
        if share > seen.last().copied().unwrap_or_default() && share < 100.0 {
            seen.push(share);
        }
        let text = page.text().await?;
        ensure!(!text.contains(&page.word("hero.idle", &[])), "seen {seen:?}, now {now}:\n{text}");
    }
    page.picture(&stage, "4-uploading").await?;
    all_done(&page).await?;
    page.picture(&stage, "5-done").await?;
    for file in &bundle {
        let copies = files::copies(&stage.home().join("data/sandbox"), file)?;
        ensure!(copies == 1, "{copies} copies of {} in the sandbox", file.display());
    }
    page.close(&mut stage).await
}

/// The button, the system's own dialog, the file.
#[tokio::test]
async fn a_file_chosen_in_the_dialog() -> anyhow::Result<()> {
    let mut stage = Stage::set("dialog")?;
    let clip = files::video(&stage.path("files/interview 林.mp4"), 2)?;
    let page = Page::open(&mut stage, &["--trial"]).await?;
    page.see("heading", &page.word("empty.title", &[])).await?;
    page.click("button", &page.word("act.add", &[])).await?;
    stage.answer_dialog(&page.word("dlg.files", &[]), &clip)?;
    all_done(&page).await?;
    ensure!(files::copies(&stage.home().join("data/sandbox"), &clip)? == 1, "its bytes arrived");
    page.close(&mut stage).await
}

/// Pause holds the bytes, resume sends only the rest.
#[tokio::test]
async fn pause_and_resume() -> anyhow::Result<()> {
    let mut stage = Stage::set("pause")?;
    settings(&stage, SLOW)?;
    let cloud = Sandbox::start(Options::quick()).await?;
    let key = profile(&stage, &cloud)?;
    let clip = files::video(&stage.path("files/harbour.mp4"), 30)?;
    let page = open_studio(&mut stage, &key).await?;
    open_with(&stage, &[&clip])?;
    until(&cloud, |requests| requests.good("UploadPart") >= 2).await?;
    page.click("button", &page.word("act.pauseAll", &[])).await?;
    let paused = page.word("hero.paused", &[]);
    page.reads("paused", LONG, |text| text.contains(&paused)).await?;
    let held = cloud.requests().bytes(Some("UploadPart"));
    // Time is the thing tested here: nothing may move while it passes.
    tokio::time::sleep(Duration::from_secs(2)).await;
    ensure!(cloud.requests().bytes(Some("UploadPart")) == held, "bytes moved while paused");
    ensure!(cloud.objects().is_empty(), "it was paused in the middle");
    page.picture(&stage, "paused").await?;
    page.click("button", &page.word("act.resumeAll", &[])).await?;
    all_done(&page).await?;
    arrived(&cloud, &clip)?;
    ensure!(cloud.requests().count("CreateUploadVideo") == 1, "one upload, not two");
    page.close(&mut stage).await
}

/// The process is killed in the middle. The next start goes on by itself and sends no stored part again.
#[tokio::test]
async fn killed_and_opened_again() -> anyhow::Result<()> {
    let mut stage = Stage::set("killed")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    cloud.weather(STUCK.parse()?);
    let key = profile(&stage, &cloud)?;
    let clip = files::video(&stage.path("files/dune crossing.mp4"), 12)?;
    open_studio(&mut stage, &key).await?;
    open_with(&stage, &[&clip])?;
    until(&cloud, |requests| requests.good("UploadPart") >= 3).await?;
    stage.kill_app()?;
    let before = cloud.requests().good("UploadPart");
    ensure!(cloud.objects().is_empty(), "it was killed in the middle");
    cloud.weather(Weather::fair());

    let page = open_studio(&mut stage, &key).await?;
    all_done(&page).await?;
    page.picture(&stage, "done").await?;
    arrived(&cloud, &clip)?;
    let requests = cloud.requests();
    ensure!(requests.count("CreateUploadVideo") == 1, "the same media id");
    let mut stored: Vec<_> = requests
        .of("UploadPart")
        .filter(|one| one.status == Some(200))
        .filter_map(|one| one.part)
        .collect();
    let all = stored.len();
    stored.sort_unstable();
    stored.dedup();
    ensure!(
        before >= 3 && all <= stored.len() + 1,
        "{} of {all} parts went twice",
        all - stored.len()
    );
    page.close(&mut stage).await
}

/// The system's language first, the other at a click; both remembered.
#[tokio::test]
async fn both_languages() -> anyhow::Result<()> {
    let mut stage = Stage::set("languages")?;
    let mut page = Page::open_in(&mut stage, &[], "zh-CN", &[("LANG", "zh_CN.UTF-8")]).await?;
    page.see("heading", &page.word("first.title", &[])).await?;
    page.picture(&stage, "1-chinese").await?;
    page.click("button", &page.word("lang.name", &[])).await?;
    page.speaks("en");
    page.see("heading", &page.word("first.title", &[])).await?;
    page.picture(&stage, "2-english").await?;
    page.close(&mut stage).await?;
    let page = Page::open_in(&mut stage, &[], "en", &[("LANG", "zh_CN.UTF-8")]).await?;
    page.see("heading", &page.word("first.title", &[])).await?;
    page.close(&mut stage).await
}

/// From the first run to a finished upload without a pointer.
#[tokio::test]
async fn keyboard_only() -> anyhow::Result<()> {
    let mut stage = Stage::set("keyboard")?;
    let clip = files::video(&stage.path("files/keys.mp4"), 2)?;
    let page = Page::open(&mut stage, &[]).await?;
    let open = page.word("first.sandbox.b", &[]);
    page.see("button", &open).await?;
    let mut steps = 0;
    while page.focus().await? != open {
        page.keys(Key::Tab).await?;
        steps += 1;
        ensure!(steps < 12, "Tab reaches the sandbox");
    }
    page.keys(Key::Enter).await?;
    page.see("heading", &page.word("empty.title", &[])).await?;
    page.keys(Key::Control + "o").await?;
    stage.answer_dialog(&page.word("dlg.files", &[]), &clip)?;
    all_done(&page).await?;
    ensure!(files::copies(&stage.home().join("data/sandbox"), &clip)? == 1, "its bytes arrived");
    page.close(&mut stage).await
}

/// An account by its AccessKey: the secret goes to the keyring and into no file.
#[tokio::test]
async fn an_account_and_its_secret() -> anyhow::Result<()> {
    let mut stage = Stage::set("account")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    let key = cloud.key();
    let secret = key.secret.expose().to_owned();
    let clip = files::video(&stage.path("files/signed.mp4"), 2)?;
    let page = Page::open(&mut stage, &[]).await?;
    page.click("button", &page.word("first.connect.b", &[])).await?;
    page.see("dialog", &page.word("prof.title", &[])).await?;
    page.fill(&page.word("prof.name", &[]), "Studio North").await?;
    page.fill(&page.word("prof.id", &[]), &key.id).await?;
    page.fill(&page.word("prof.secret", &[]), &secret).await?;
    page.picture(&stage, "1-dialog").await?;
    page.click("button", &page.word("prof.save", &[])).await?;
    page.see("heading", &page.word("empty.title", &[])).await?;
    page.picture(&stage, "2-saved").await?;

    let kept =
        stage.say(&["secret-tool", "lookup", "service", "vodlift", "username", "Studio North"])?;
    ensure!(kept.trim_end() == secret, "the keyring holds the secret");

    // A fresh start reads it from there; the address of the sandbox comes by the file, as an own endpoint may.
    page.close(&mut stage).await?;
    let profiles = stage.home().join("config/profiles.toml");
    let text = std::fs::read_to_string(&profiles)?;
    std::fs::write(
        &profiles,
        format!("{}\nendpoint = \"{}\"\n", text.trim_end(), cloud.endpoint()),
    )?;
    let page = Page::open(&mut stage, &[]).await?;
    page.see("heading", &page.word("empty.title", &[])).await?;
    open_with(&stage, &[&clip])?;
    all_done(&page).await?;
    arrived(&cloud, &clip)?;
    let spoken = page.script("return document.documentElement.outerHTML").await?.to_string();
    ensure!(!spoken.contains(&secret), "the page holds the secret");
    page.close(&mut stage).await?;
    for file in files::below(&stage.home()) {
        let bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
        let there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        ensure!(!there, "{} holds the secret", file.display());
    }
    Ok(())
}

/// Closing the window does not end what runs; opening a file with Vodlift brings the window back.
#[tokio::test]
async fn closed_while_uploading() -> anyhow::Result<()> {
    let mut stage = Stage::set("closed")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    cloud.weather("part 4 stall 12s after 64 KiB ×1".parse()?);
    let key = profile(&stage, &cloud)?;
    let clip = files::video(&stage.path("files/night market.mp4"), 12)?;
    let cover = files::picture(&stage.path("files/poster.jpg"))?;
    let page = open_studio(&mut stage, &key).await?;
    open_with(&stage, &[&clip])?;
    until(&cloud, |requests| requests.good("UploadPart") >= 1).await?;
    stage.close_window("Vodlift")?;
    ensure!(cloud.objects().is_empty(), "it was closed in the middle");
    until(&cloud, |requests| requests.good("CompleteMultipartUpload") == 1).await?;
    arrived(&cloud, &clip)?;
    open_with(&stage, &[&cover])?;
    stage.window("Vodlift")?;
    all_done(&page).await?;
    until(&cloud, |requests| requests.good("PutObject") == 1).await?;
    arrived(&cloud, &cover)?;
    page.close(&mut stage).await
}
