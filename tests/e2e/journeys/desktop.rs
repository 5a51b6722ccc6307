//! What the desktop sees of Vodlift: tray, notifications, keep-awake, progress, login, links, and how it ends. Knows the
//! page by roles and names only.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use thirtyfour::Key;
use vodlift_sandbox::{Options, Sandbox};

use super::{LONG, SLOW, all_done, arrived, open_studio, open_with, profile, settings, until};
use crate::desktop::Desktop;
use crate::files;
use crate::page::{Page, word};
use crate::stage::{self, Stage, program};

/// Notifications are gathered over ten seconds; two more for a busy machine.
const BATCH: Duration = Duration::from_secs(12);

/// Three films go on while the window is closed; the tray tells how far they are and holds them, and what has ended is said
/// once. While the person looks nothing is said.
// The desktop is waited for on this thread; the sandbox needs another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tray_and_what_it_says() -> anyhow::Result<()> {
    let mut stage = Stage::set("tray")?;
    let desktop = Desktop::around(&stage)?;
    settings(&stage, SLOW)?;
    let cloud = Sandbox::start(Options::quick()).await?;
    let key = profile(&stage, &cloud)?;
    let first = files::video(&stage.path("files/a.mp4"), 11)?;
    let films = [
        first.clone(),
        files::another(&first, &stage.path("files/b.mp4"))?,
        files::another(&first, &stage.path("files/c.mp4"))?,
    ];
    let page = open_studio(&mut stage, &key).await?;
    let line = |key: &str| word("en", key, &[]);
    ensure!(desktop.menu()?.iter().any(|one| one.label == line("tray.idle")), "nothing runs");
    ensure!(desktop.awake() == (0, false), "nothing keeps the computer awake");

    open_with(&stage, &films.each_ref().map(PathBuf::as_path))?;
    until(&cloud, |requests| requests.good("UploadPart") >= 2).await?;
    stage::until("the share beside the icon", || {
        desktop.label().is_ok_and(|label| label.trim_end_matches(" %").parse::<u32>().is_ok())
    })?;
    let says = |what: &str| {
        desktop.menu().is_ok_and(|lines| lines.iter().any(|one| one.label.contains(what)))
    };
    stage::until("the tray counts", || says("3 uploads, "))?;
    stage::until("it is kept awake", || desktop.awake().1)?;
    stage::until("progress moves", || {
        desktop.progress().iter().flatten().any(|share| *share > 0.0)
    })?;

    desktop.choose(&line("tray.pauseAll"))?;
    let paused = page.word("hero.paused", &[]);
    page.reads("paused", LONG, |text| text.contains(&paused)).await?;
    stage::until("a pause lets the computer sleep", || !desktop.awake().1)?;
    stage::until("no progress while paused", || desktop.progress().last() == Some(&None))?;
    stage::until("the menu offers to go on", || says(&line("tray.resumeAll")))?;
    desktop.choose(&line("tray.resumeAll"))?;
    stage::until("it is kept awake again", || desktop.awake().1)?;

    stage.close_window("Vodlift")?;
    stage::until("said once", || desktop.notices() == [line("tray.still")])?;
    until(&cloud, |requests| requests.good("CompleteMultipartUpload") == 3).await?;
    for film in &films {
        arrived(&cloud, film)?;
    }
    let all = word("en", "ntf.all", &[("n", "3")]);
    stage::until("that all is over", || desktop.notices().last() == Some(&all))?;
    // Gathered: one for each file and one for all would be more.
    ensure!(desktop.notices().len() <= 3, "{:?}", desktop.notices());
    let said = desktop.notices().len();
    ensure!(!desktop.awake().1, "nothing moves any more");
    ensure!(desktop.progress().last() == Some(&None), "the progress is taken away");

    desktop.choose(&line("tray.open"))?;
    let window = stage.window("Vodlift")?;
    stage.xdotool(&format!("windowfocus --sync {window}"))?;
    let cover = files::picture(&stage.path("files/poster.jpg"))?;
    open_with(&stage, &[&cover])?;
    until(&cloud, |requests| requests.good("PutObject") == 1).await?;
    all_done(&page).await?;
    // Silence is the thing tested here.
    tokio::time::sleep(BATCH).await;
    ensure!(desktop.notices().len() == said, "said to who looks: {:?}", desktop.notices());
    page.picture(&stage, "done").await?;

    desktop.choose(&line("tray.quit"))?;
    stage.after_app()
}

/// The window comes back where it was, in the theme it had; a link opens a page; started at login it stays in the tray.
#[tokio::test]
async fn kept_from_start_to_start() -> anyhow::Result<()> {
    let mut stage = Stage::set("kept")?;
    let desktop = Desktop::around(&stage)?;
    let page = Page::open(&mut stage, &["--trial"]).await?;
    page.see("heading", &page.word("empty.title", &[])).await?;
    let window = stage.window("Vodlift")?;
    stage.xdotool(&format!("windowsize --sync {window} 1010 690"))?;
    stage.xdotool(&format!("windowmove --sync {window} 150 110"))?;
    let before = stage.place()?;

    // A link opens a page of the window that is there; one to no page of ours does no harm.
    let link = |address: &str| -> anyhow::Result<()> {
        let status = stage.command(program("vodlift")?).arg(address).status()?;
        ensure!(status.success(), "{address}: {status}");
        Ok(())
    };
    // A name that is no text ends neither the launch that hands it over nor the window.
    let odd = OsStr::from_bytes(b"\xd3\xea.mp4");
    let status = stage.command(program("vodlift")?).arg(odd).status()?;
    ensure!(status.success(), "a name that is no text: {status}");
    link("vodlift://history")?;
    page.see("heading", &page.word("nav.history", &[])).await?;
    link("vodlift://settings")?;
    page.see("heading", &page.word("set.title", &[])).await?;

    let entry = stage.path("person/.config/autostart/Vodlift.desktop");
    page.click("switch", &page.word("set.autostart", &[])).await?;
    stage::until("it starts at login", || entry.is_file())?;
    let text = std::fs::read_to_string(&entry)?;
    let exec = format!("Exec={} --quiet", program("vodlift")?.display());
    ensure!(text.lines().any(|line| line == exec), "{text}");
    page.click("tab", &page.word("set.s.appearance", &[])).await?;
    page.click("radio", &page.word("set.theme.dark", &[])).await?;
    page.shows("html[data-theme=dark]").await?;
    page.picture(&stage, "1-settings-dark").await?;
    // The driver forgets the window it drove; the window itself closes as people close it.
    stage.close_window("Vodlift")?;
    stage.after_app()?;

    // Switched off by the desktop's own settings: it is followed, and not switched on again.
    let off = format!("{text}\nHidden=true\n");
    std::fs::write(&entry, &off)?;
    let page = Page::open(&mut stage, &["vodlift://settings"]).await?;
    page.see("heading", &page.word("set.title", &[])).await?;
    page.shows("html[data-theme=dark]").await?;
    let after = stage.place()?;
    let near = before.iter().zip(after).all(|(one, other)| (one - other).abs() <= 2);
    ensure!(near, "the window was at {before:?} and came back at {after:?}");
    ensure!(std::fs::read_to_string(&entry)? == off, "nobody asked for a change");
    page.click("switch", &page.word("set.autostart", &[])).await?;
    let on = || std::fs::read_to_string(&entry).is_ok_and(|text| !text.contains("Hidden"));
    stage::until("it starts at login again", on)?;
    page.click("switch", &page.word("set.autostart", &[])).await?;
    stage::until("it no longer starts at login", || !entry.exists())?;
    stage.close_window("Vodlift")?;
    stage.after_app()?;

    let mut quiet = stage.command(program("vodlift")?).arg("--quiet").arg(odd).spawn()?;
    stage::until("it is in the tray", || desktop.menu().is_ok_and(|lines| !lines.is_empty()))?;
    // Longer than a window takes that cannot ask to be shown.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let shown = stage.say(&["xdotool", "search", "--onlyvisible", "--name", "^Vodlift$"]);
    ensure!(shown.unwrap_or_default().trim().is_empty(), "a start at login shows no window");
    desktop.choose(&word("en", "tray.open", &[]))?;
    stage.window("Vodlift")?;
    desktop.choose(&word("en", "tray.quit", &[]))?;
    ensure!(quiet.wait()?.success(), "it ends well");
    Ok(())
}

/// When all is done the computer shuts down, but not before the person could stop it.
// The desktop is waited for on this thread; the sandbox needs another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_when_all_is_done() -> anyhow::Result<()> {
    let mut stage = Stage::set("ending")?;
    let desktop = Desktop::around(&stage)?;
    settings(&stage, "when_done = \"shutdown\"\n")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    let key = profile(&stage, &cloud)?;
    let clip = files::video(&stage.path("files/last.mp4"), 2)?;
    let again = files::another(&clip, &stage.path("files/very last.mp4"))?;
    let page = open_studio(&mut stage, &key).await?;
    open_with(&stage, &[&clip])?;
    let region = page.word("end.label", &[]);
    page.see("region", &region).await?;
    page.picture(&stage, "countdown").await?;
    page.click("button", &page.word("end.stop", &[])).await?;
    page.gone("region", &region).await?;
    ensure!(desktop.asked().is_empty(), "it was stopped: {:?}", desktop.asked());

    let start = Instant::now();
    open_with(&stage, &[&again])?;
    page.see("region", &region).await?;
    nobody_says_no(&stage, start).await?;
    stage.after_app()?;
    ensure!(desktop.asked() == ["shut down"], "{:?}", desktop.asked());
    arrived(&cloud, &clip)?;
    arrived(&cloud, &again)
}

/// The computer sleeps when all is done, and Vodlift goes on. The next time, it quits: everything is written down.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asleep_or_gone_when_all_is_done() -> anyhow::Result<()> {
    let mut stage = Stage::set("asleep")?;
    let desktop = Desktop::around(&stage)?;
    settings(&stage, "when_done = \"sleep\"\n")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    let key = profile(&stage, &cloud)?;
    let clip = files::video(&stage.path("files/good night.mp4"), 2)?;
    let again = files::another(&clip, &stage.path("files/good bye.mp4"))?;
    let page = open_studio(&mut stage, &key).await?;
    let start = Instant::now();
    open_with(&stage, &[&clip])?;
    nobody_says_no(&stage, start).await?;
    stage::until("the computer sleeps", || desktop.asked() == ["sleep"])?;
    page.gone("region", &page.word("end.label", &[])).await?;
    page.row_says("good night", &page.word("st.done", &[])).await?;

    page.keys(Key::Control + ",").await?;
    page.see("heading", &page.word("set.title", &[])).await?;
    page.click("combobox", &page.word("set.whenDone", &[])).await?;
    page.choose(&page.word("set.whenDone.quit", &[])).await?;
    let start = Instant::now();
    open_with(&stage, &[&again])?;
    page.see("region", &page.word("end.label", &[])).await?;
    page.picture(&stage, "quits").await?;
    nobody_says_no(&stage, start).await?;
    stage.after_app()?;
    ensure!(desktop.asked() == ["sleep"], "nothing more was asked: {:?}", desktop.asked());
    for film in [&clip, &again] {
        arrived(&cloud, film)?;
    }

    let before = cloud.requests().0.len();
    let page = open_studio(&mut stage, &key).await?;
    page.lists(&["good night", "good bye"]).await?;
    all_done(&page).await?;
    let after = cloud.requests();
    ensure!(after.count("UploadPart") + after.count("PutObject") >= 2, "both were sent");
    let more: Vec<_> = after.0.iter().skip(before).map(|request| &request.action).collect();
    ensure!(more.is_empty(), "nothing was left to do, but {more:?}");
    page.close(&mut stage).await
}

/// Waits until the end that was asked for comes, which was asked for once.
async fn nobody_says_no(stage: &Stage, start: Instant) -> anyhow::Result<()> {
    let kept = stage.home().join("config/settings.toml");
    let kept = || std::fs::read_to_string(&kept).unwrap_or_default();
    while kept().contains("when_done = \"") && !kept().contains("when_done = \"nothing\"") {
        ensure!(start.elapsed() < LONG, "the end comes; still {}", kept());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    ensure!(start.elapsed() > Duration::from_secs(29), "after {:?}", start.elapsed());
    Ok(())
}

/// The desktop's own way: the packages' entry is installed, files and links are opened with it, and the window that is there
/// takes them.
#[tokio::test]
async fn opened_by_the_desktop() -> anyhow::Result<()> {
    let mut stage = Stage::set("opened")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    let key = profile(&stage, &cloud)?;
    let clip = files::video(&stage.path("files/100 % 雨 & more.mp4"), 2)?;
    let cover = files::picture(&stage.path("files/100 % 雨 & more.jpg"))?;
    let entry = install(&stage)?;
    let page = open_studio(&mut stage, &key).await?;
    // What the file browser does with files that are dropped on the icon.
    stage.say(&["gio", "launch", &entry, &clip.to_string_lossy(), &cover.to_string_lossy()])?;
    page.row("100 % 雨 & more").await?;
    all_done(&page).await?;
    for file in [&clip, &cover] {
        arrived(&cloud, file)?;
    }
    page.picture(&stage, "1-opened").await?;

    // What it does with a double click, and a browser with a link, once Vodlift is who opens them.
    for kind in ["video/mp4", "x-scheme-handler/vodlift"] {
        stage.say(&["gio", "mime", kind, "Vodlift.desktop"])?;
    }
    let other = files::another(&clip, &stage.path("files/second.mp4"))?;
    stage.say(&["gio", "open", &other.to_string_lossy()])?;
    page.row("second").await?;
    all_done(&page).await?;
    arrived(&cloud, &other)?;
    stage.say(&["gio", "open", "vodlift://history"])?;
    page.see("heading", &page.word("nav.history", &[])).await?;

    // What cannot be uploaded is named with its reason, wherever the person is; the rest goes on.
    let empty = stage.path("files/empty.mp4");
    std::fs::write(&empty, "")?;
    let tool = stage.path("files/tool.exe");
    std::fs::write(&tool, "MZ")?;
    let third = files::another(&clip, &stage.path("files/third.mp4"))?;
    let gone = stage.path("files/gone.mp4");
    let all = [&empty, &tool, &third, &gone].map(|path| path.to_string_lossy().into_owned());
    stage.say(&[&["gio", "launch", &entry][..], &all.each_ref().map(String::as_str)].concat())?;
    page.row("third").await?;
    page.see("region", &page.word("drop.left", &[("n", "3")])).await?;
    for (name, code) in [("empty.mp4", "file.empty"), ("gone.mp4", "file.absent")] {
        let cause = page.word(&format!("fault.{code}.cause"), &[]);
        page.see("listitem", &page.word("drop.skip.why", &[("name", name), ("cause", &cause)]))
            .await?;
    }
    page.see("listitem", &page.word("drop.skip", &[("name", "tool.exe"), ("ext", "EXE")])).await?;
    page.picture(&stage, "2-left-out").await?;
    page.click("button", &page.word("act.dismiss", &[])).await?;
    all_done(&page).await?;
    arrived(&cloud, &third)?;
    page.close(&mut stage).await
}

/// Installs the entry as the packages have it, for the program of this build. Gives back where it lies.
fn install(stage: &Stage) -> anyhow::Result<String> {
    let shell = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../src-tauri");
    let config: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(shell.join("tauri.conf.json"))?)?;
    let kinds = config["bundle"]["fileAssociations"].as_array().context("kinds of files")?;
    let mut kinds: Vec<&str> = kinds.iter().filter_map(|kind| kind["mimeType"].as_str()).collect();
    kinds.push("x-scheme-handler/vodlift");
    let template = std::fs::read_to_string(shell.join("packaging/vodlift.desktop"))?;
    let text = template
        .replace("{{name}}", "Vodlift")
        .replace("{{comment}}", "Uploads to ApsaraVideo VOD")
        .replace("{{icon}}", "vodlift")
        .replace("{{categories}}", "AudioVideo;Video;")
        .replace("{{mime_type}}", &kinds.join(";"))
        .replace("{{exec}}", &program("vodlift")?.to_string_lossy());
    let folder = stage.path("data/applications");
    std::fs::create_dir_all(&folder)?;
    let entry = folder.join("Vodlift.desktop");
    std::fs::write(&entry, text)?;
    Ok(entry.to_string_lossy().into_owned())
}
