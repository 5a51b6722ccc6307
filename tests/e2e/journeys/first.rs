//! The way in: nothing is set up, the first upload, pause, a crash, both languages, no pointer. Knows the page by roles and
//! names only.

use std::time::Duration;

use anyhow::ensure;
use thirtyfour::Key;
use vodlift_sandbox::{Options, Sandbox, Weather};

use super::{
    LONG, SLOW, STUCK, all_done, arrived, bundle, open_studio, open_with, profile, settings, until,
};
use crate::files;
use crate::page::Page;
use crate::stage::Stage;

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
    stage.screen("3-screen")?;
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
