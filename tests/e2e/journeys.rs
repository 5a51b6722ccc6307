//! What people do with Vodlift, each from its beginning to the bytes at the other end. Knows the page by roles and names
//! only.

mod accounts;
mod desktop;
mod faults;
mod first;
mod queue;
mod secret;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use vodlift_sandbox::{Handle, Requests};

use crate::files;
use crate::page::Page;
use crate::stage::{Stage, program};

/// The longest a file of some megabytes takes on a busy machine.
const LONG: Duration = Duration::from_mins(1);

/// The first parts arrive, the others hang until the weather changes.
const STUCK: &str = "part 4-99 stall 10m after 64 KiB";

/// The first parts arrive, the others hang for a while.
const HELD: &str = "part 4-99 stall 15s after 64 KiB";

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

/// The headline says so, and no row needs the person.
async fn all_done(page: &Page) -> anyhow::Result<()> {
    let done = page.word("hero.idle", &[]);
    let failed = "return document.querySelector('[role=row][data-status=failed]') !== null";
    let end = Instant::now() + LONG;
    while !page.text().await?.contains(&done) || page.script(failed).await? == true {
        ensure!(Instant::now() < end, "waited in vain for the end:\n{}", page.text().await?);
        tokio::time::sleep(Duration::from_millis(80)).await;
    }
    Ok(())
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
