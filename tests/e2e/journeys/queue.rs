//! What people do with a queue: hold, select, edit, order, remove, undo, look up, export. Knows the page by roles and names
//! only.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use thirtyfour::Key;
use vodlift_sandbox::{Options, Sandbox, Weather};

use super::{LONG, all_done, arrived, open_studio, open_with, profile, settings, until};
use crate::files;
use crate::stage::Stage;

/// Four films are dropped on the strip that starts nothing; selected, edited together, put in order, removed and brought back,
/// and only then sent, in the order and under the titles they were given.
#[tokio::test]
async fn held_ordered_and_sent() -> anyhow::Result<()> {
    let mut stage = Stage::set("queue")?;
    // One after the other, and slow enough that all are ready before the first is over.
    settings(&stage, "files = 1\n[limit]\non = true\nrate_bytes = 3000000\n")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    let key = profile(&stage, &cloud)?;
    let first = files::video(&stage.path("files/alps.mp4"), 10)?;
    let mut films = vec![first.clone()];
    for name in ["beach", "city", "dune"] {
        films.push(files::another(&first, &stage.path(&format!("files/{name}.mp4")))?);
    }
    let page = open_studio(&mut stage, &key).await?;
    let drag = stage.drag(&films, 0.955)?;
    let later = page.word("drop.later", &[]);
    page.reads("the strip that holds", LONG, |text| text.contains(&later)).await?;
    page.picture(&stage, "1-hold").await?;
    drag.drop_here()?;
    page.lists(&["alps", "beach", "city", "dune"]).await?;
    for title in ["alps", "dune"] {
        page.row_says(title, &page.word("st.pause", &[])).await?;
    }
    ensure!(cloud.requests().0.is_empty(), "held: {:?}", cloud.requests());

    // Selected by pointer and by keys.
    page.row("alps").await?.click().await?;
    page.click_with("city", Key::Control).await?;
    page.see("toolbar", &page.word("sel.count", &[("n", "2")])).await?;
    page.click_with("beach", Key::Shift).await?;
    page.keys(Key::Control + "a").await?;
    page.see("toolbar", &page.word("sel.count", &[("n", "4")])).await?;
    page.picture(&stage, "2-selected").await?;

    // Edited together, as one step to undo.
    page.keys(Key::Control + "i").await?;
    page.see("heading", &page.word("bulk.title", &[("n", "4")])).await?;
    page.fill(&page.word("f.title", &[]), "Trip {n:02} {title}").await?;
    page.picture(&stage, "3-bulk").await?;
    page.click("button", &page.word("bulk.apply", &[("n", "4")])).await?;
    page.lists(&["Trip 01 alps", "Trip 02 beach", "Trip 03 city", "Trip 04 dune"]).await?;
    page.row("Trip 01 alps").await?.click().await?;
    page.keys(Key::Control + "z").await?;
    page.lists(&["alps", "beach", "city", "dune"]).await?;
    page.keys(Key::Control + Key::Shift + "z").await?;
    page.lists(&["Trip 01 alps", "Trip 02 beach", "Trip 03 city", "Trip 04 dune"]).await?;

    // Put in order by keys, and by the menu.
    page.row("Trip 04 dune").await?.click().await?;
    page.keys(Key::Alt + Key::Up).await?;
    page.lists(&["Trip 01 alps", "Trip 02 beach", "Trip 04 dune", "Trip 03 city"]).await?;
    page.menu_of("Trip 03 city").await?;
    page.picture(&stage, "4-menu").await?;
    page.choose(&page.word("act.next", &[])).await?;
    page.lists(&["Trip 03 city", "Trip 01 alps", "Trip 02 beach", "Trip 04 dune"]).await?;
    page.menu_of("Trip 03 city").await?;
    page.choose(&page.word("act.copyTitle", &[])).await?;
    let title = stage.copied()?;
    ensure!(title == "Trip 03 city", "copied {title}");

    // Removed and brought back; removed and gone.
    page.row("Trip 02 beach").await?.click().await?;
    page.keys(Key::Delete).await?;
    page.lists(&["Trip 03 city", "Trip 01 alps", "Trip 04 dune"]).await?;
    page.picture(&stage, "5-removed").await?;
    page.keys(Key::Control + "z").await?;
    page.lists(&["Trip 03 city", "Trip 01 alps", "Trip 02 beach", "Trip 04 dune"]).await?;
    page.row("Trip 01 alps").await?.click().await?;
    page.keys(Key::Delete).await?;
    page.lists(&["Trip 03 city", "Trip 02 beach", "Trip 04 dune"]).await?;

    page.keys(Key::Control + "i").await?;
    page.row("Trip 03 city").await?.click().await?;
    page.keys(" ").await?;
    until(&cloud, |requests| requests.good("CreateUploadVideo") == 1).await?;
    // The last first: the line decides, not the hand.
    for title in ["Trip 04 dune", "Trip 02 beach"] {
        page.row(title).await?.click().await?;
        page.keys(" ").await?;
    }
    until(&cloud, |requests| requests.good("CreateUploadVideo") == 3).await?;
    ensure!(cloud.objects().is_empty(), "all wait while the first is sent");
    all_done(&page).await?;
    let sent: Vec<String> = cloud
        .requests()
        .of("CompleteMultipartUpload")
        .filter_map(|request| request.media.clone())
        .filter_map(|id| cloud.media().into_iter().find(|media| media.id == id))
        .map(|media| media.title)
        .collect();
    ensure!(sent == ["Trip 03 city", "Trip 02 beach", "Trip 04 dune"], "sent {sent:?}");
    for name in ["city", "beach", "dune"] {
        arrived(&cloud, &stage.path(&format!("files/{name}.mp4")))?;
    }

    // All media ids at once, one a line.
    page.row("Trip 04 dune").await?.click().await?;
    page.keys(Key::Control + "a").await?;
    page.keys(Key::Control + "c").await?;
    let copied = stage.copied()?;
    let ids: Vec<String> = cloud.media().into_iter().map(|media| media.id).collect();
    ensure!(
        copied.lines().count() == 3 && copied.lines().all(|id| ids.iter().any(|known| known == id)),
        "copied {copied}"
    );

    // The history finds one by its title and writes what it shows.
    page.keys(Key::Control + "2").await?;
    page.see("heading", &page.word("nav.history", &[])).await?;
    page.reads("all of them", LONG, |text| text.contains("Trip 03 city")).await?;
    page.picture(&stage, "6-history").await?;
    let search = page.see("searchbox", &page.word("his.search", &[])).await?;
    search.send_keys("dune").await?;
    page.reads("only that one", LONG, |text| !text.contains("Trip 03 city")).await?;
    page.click("button", &page.word("his.export", &[])).await?;
    let csv = stage.path("files/history.csv");
    stage.answer_dialog(&page.word("dlg.export", &[]), &csv)?;
    crate::stage::until("the file is written", || csv.is_file())?;
    let text = std::fs::read_to_string(&csv)?;
    let dune = cloud.media().into_iter().find(|media| media.title == "Trip 04 dune");
    let dune = dune.context("it was sent")?.id;
    ensure!(text.lines().count() == 2 && text.contains(&dune), "{text}");
    page.close(&mut stage).await
}

/// A subtitle of another name is dropped on its film, detached, taken back, and grouped with it; both arrive together. The
/// same film dropped again waits for a decision: left out once, sent once.
#[tokio::test]
async fn grouped_by_hand_and_sent_twice() -> anyhow::Result<()> {
    let mut stage = Stage::set("grouped")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    let key = profile(&stage, &cloud)?;
    let film = files::video(&stage.path("files/film.mp4"), 2)?;
    let words = files::subtitles(&stage.path("files/words.srt"))?;
    let page = open_studio(&mut stage, &key).await?;
    let later = page.word("drop.later", &[]);
    let drag = stage.drag(std::slice::from_ref(&film), 0.955)?;
    page.reads("the strip that holds", LONG, |text| text.contains(&later)).await?;
    drag.drop_here()?;
    page.row_says("film", &page.word("st.pause", &[])).await?;

    let place =
        "const row = document.querySelector('[role=row][data-video]').getBoundingClientRect();
        return (row.top + row.height / 2) / innerHeight";
    let place = page.script(place).await?.as_f64().context("a place")?;
    let drag = stage.drag(std::slice::from_ref(&words), place)?;
    let over = page.word("drop.attach", &[("title", "film")]);
    page.reads("whom it is for", LONG, |text| text.contains(&over)).await?;
    page.picture(&stage, "1-over-row").await?;
    drag.drop_here()?;
    let attached = page.word("att.count", &[("n", "1")]);
    page.row_says("film", &attached).await?;

    page.shows("[role=row][data-parent]").await?;
    page.menu_of("words").await?;
    page.choose(&page.word("act.detach", &[])).await?;
    let alone = |text: &str| !text.contains(&attached);
    page.reads("the film without it", LONG, alone).await?;
    page.keys(Key::Control + "z").await?;
    page.row_says("film", &attached).await?;
    page.keys(Key::Control + Key::Shift + "z").await?;
    page.reads("the film without it", LONG, alone).await?;
    page.row("film").await?.click().await?;
    page.click_with("words", Key::Control).await?;
    page.see("toolbar", &page.word("sel.count", &[("n", "2")])).await?;
    page.click("button", &page.word("sel.group", &[])).await?;
    page.row_says("film", &attached).await?;
    page.picture(&stage, "2-grouped").await?;
    page.click("button", &page.word("act.resumeAll", &[])).await?;
    all_done(&page).await?;
    for file in [&film, &words] {
        arrived(&cloud, file)?;
    }
    let requests = cloud.requests();
    ensure!(requests.good("CreateUploadAttachedMedia") == 1, "{requests:?}");

    // Sent before: it waits, is left out once, and is sent when that is wanted.
    for (choice, films) in [("dup.skip", 1), ("dup.anyway", 2)] {
        let drag = stage.drag(std::slice::from_ref(&film), 0.45)?;
        page.reads("the overlay", LONG, |text| text.contains(&page.word("drop.now", &[]))).await?;
        drag.drop_here()?;
        page.reads("the question", LONG, |text| text.contains(&page.word("dup.short", &[])))
            .await?;
        let asked = page.word("hero.needs", &[("n", "1")]);
        page.reads("nothing goes on by itself", LONG, |text| text.contains(&asked)).await?;
        page.picture(&stage, &format!("3-{choice}")).await?;
        page.click("button", &page.word(choice, &[])).await?;
        page.reads("the answer", LONG, |text| !text.contains(&page.word("dup.short", &[]))).await?;
        all_done(&page).await?;
        let sent = cloud.requests().good("CreateUploadVideo");
        ensure!(sent == films, "after {choice} {sent} were sent");
    }
    page.close(&mut stage).await
}

/// Files copied in a file browser are pasted: they arrive, and the page never learns where they lie. A pasted pair opens
/// Decode, and what is pasted into a field stays there.
#[tokio::test]
async fn pasted() -> anyhow::Result<()> {
    let mut stage = Stage::set("pasted")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    let key = profile(&stage, &cloud)?;
    let files = super::bundle(&stage, 2)?;
    let page = open_studio(&mut stage, &key).await?;
    page.script(
        "window.seen = [];
        addEventListener('paste', event => {
            const given = event.clipboardData;
            seen.push([...given.types], ...[...given.types, 'text/plain', 'text/uri-list'].map(type => given.getData(type)));
        }, true);",
    )
    .await?;
    stage.copy_files(&files)?;
    stage.press("ctrl+v")?;
    page.row("four mornings 雨").await?;
    page.picture(&stage, "1-pasted").await?;
    all_done(&page).await?;
    for file in &files {
        arrived(&cloud, file)?;
    }
    let seen =
        page.script("return JSON.stringify(seen) + document.documentElement.outerHTML").await?;
    let seen = seen.as_str().context("what was seen")?;
    ensure!(!seen.contains(&*stage.path("files").to_string_lossy()), "the page saw a path: {seen}");

    page.see("searchbox", &page.word("search.ph", &[])).await?.click().await?;
    stage.press("ctrl+v")?;
    page.lists(&[]).await?;
    page.keys(Key::Escape + "").await?;
    page.row("four mornings 雨").await?.click().await?;
    ensure!(cloud.requests().count("CreateUploadVideo") == 1, "the field took it");

    stage.clip(r#"{"UploadAddress":"bm90IGpzb24=","UploadAuth":"bm90IGpzb24="}"#)?;
    stage.press("ctrl+v")?;
    page.see("heading", &page.word("dec.title", &[])).await?;
    page.close(&mut stage).await
}

/// Films show a picture of themselves, also long ones and such as cameras write, and the queue does not wait for it.
#[tokio::test]
async fn films_show_themselves() -> anyhow::Result<()> {
    let mut stage = Stage::set("posters")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    let key = profile(&stage, &cloud)?;
    let clip = files::video(&stage.path("files/index first.mp4"), 8)?;
    let films = [
        files::index_last(&clip, &stage.path("files/index last.mov"))?,
        files::index_last(&clip, &stage.path("files/matroska.mkv"))?,
    ];
    let broken = stage.path("files/broken.mp4");
    std::fs::write(&broken, &std::fs::read(&films[0])?[..1 << 20])?;
    let page = open_studio(&mut stage, &key).await?;
    let plays =
        r#"return document.createElement('video').canPlayType('video/mp4; codecs="avc1.42E01E"')"#;
    if page.script(plays).await? == "" {
        // Past the runner, which swallows what a passing test says.
        let why = "skipped: films_show_themselves: this web view has no decoder for H.264";
        std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{why}\n"))?;
        return page.close(&mut stage).await;
    }
    open_with(&stage, &[&clip, &films[0], &films[1], &broken])?;
    // How many colours the small picture of each row has.
    let colours = "return Object.fromEntries([...document.querySelectorAll('[role=row][data-id]')].map(row => {
        const canvas = row.querySelector('.thumb canvas');
        const dots = canvas?.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        return [row.querySelector('.title .cut, .cut').textContent, new Set(new Uint32Array(dots?.buffer ?? 0)).size];
    }))";
    let shown = |seen: &serde_json::Value| {
        ["index first", "index last", "matroska"]
            .iter()
            .all(|title| seen[title].as_u64().is_some_and(|colours| colours > 100))
    };
    let end = Instant::now() + LONG;
    let mut seen = page.script(colours).await?;
    while !shown(&seen) {
        ensure!(Instant::now() < end, "colours of the rows: {seen}");
        tokio::time::sleep(Duration::from_millis(200)).await;
        seen = page.script(colours).await?;
    }
    page.picture(&stage, "1-posters").await?;
    // A film that was cut off is asked about before it is sent.
    page.click("button", &page.word("dup.anyway", &[])).await?;
    all_done(&page).await?;
    for film in [&clip, &films[0], &films[1], &broken] {
        arrived(&cloud, film)?;
    }
    ensure!(page.script(colours).await?["broken"] == 0, "there is nothing to be seen in it");
    page.close(&mut stage).await
}

/// An upload is cancelled and the cancel taken back: it goes on under the same media id. Everything here by keys alone,
/// with the palette where there is no key.
#[tokio::test]
async fn cancelled_and_undone_by_keys() -> anyhow::Result<()> {
    let mut stage = Stage::set("undo")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    cloud.weather(super::HELD.parse()?);
    let key = profile(&stage, &cloud)?;
    let clip = files::video(&stage.path("files/second thoughts.mp4"), 12)?;
    let page = open_studio(&mut stage, &key).await?;
    open_with(&stage, &[&clip])?;
    until(&cloud, |requests| requests.good("UploadPart") >= 3).await?;
    page.row("second thoughts").await?;
    // Region by region to the list.
    let list = "return document.activeElement.closest('[data-region=list]') !== null";
    let mut steps = 0;
    while page.script(list).await? != true {
        page.keys(Key::F6).await?;
        steps += 1;
        ensure!(steps < 6, "F6 reaches the list");
    }
    page.keys(Key::Enter).await?;
    page.see("complementary", "second thoughts").await?;
    page.picture(&stage, "1-inspector").await?;
    let menu = page.script("const e = document.activeElement; e.dispatchEvent(new KeyboardEvent('keydown', {key: 'F10', shiftKey: true, bubbles: true})); return e.getAttribute('role')").await?;
    ensure!(menu == "row", "the row has the focus, not {menu}");
    // The menu is open before it is closed: otherwise these keys are for the inspector and for the menu.
    page.shows("[role=menu]").await?;
    page.keys(Key::Escape).await?;
    page.hides("[role=menu]").await?;
    page.keys(Key::Delete).await?;
    page.lists(&[]).await?;
    page.keys(Key::Control + "z").await?;
    page.lists(&["second thoughts"]).await?;
    ensure!(cloud.requests().count("AbortMultipartUpload") == 0, "its parts were kept");
    cloud.weather(Weather::fair());
    all_done(&page).await?;
    arrived(&cloud, &clip)?;
    let requests = cloud.requests();
    ensure!(requests.count("CreateUploadVideo") == 1, "the same media id");
    let good = requests.of("UploadPart").filter(|request| request.status == Some(200));
    let mut stored: Vec<_> = good.map(|request| request.part).collect();
    stored.sort_unstable();
    let twice = stored.windows(2).any(|pair| pair[0] == pair[1]);
    ensure!(!twice, "stored parts were kept: {stored:?}");

    // The palette reaches every page.
    for (typed, page_name) in
        [("hist", "nav.history"), ("sett", "set.title"), ("deco", "dec.title")]
    {
        page.keys(Key::Control + "k").await?;
        page.see("combobox", &page.word("pal.ph", &[])).await?;
        page.keys(typed).await?;
        if typed == "hist" {
            page.picture(&stage, "2-palette").await?;
        }
        page.keys(Key::Enter).await?;
        page.see("heading", &page.word(page_name, &[])).await?;
    }
    // A broken pair is told as one, a swapped one too.
    page.see("textbox", &page.word("prof.pair.address", &[])).await?;
    page.paste(&stage, &page.word("prof.pair.address", &[]), "bm90IGpzb24=").await?;
    let broken = page.word("fault.cred.json.cause", &[("field", "UploadAddress")]);
    page.reads("what is wrong", LONG, |text| text.contains(&broken)).await?;
    page.picture(&stage, "3-decode").await?;
    page.keys(Key::Control + "1").await?;
    page.see("heading", &page.word("nav.queue", &[])).await?;

    // At 900 x 600 and at 200 % nothing is cut off or scrolls sideways.
    let window = stage.window("Vodlift")?;
    stage.xdotool(&format!("windowsize --sync {window} 900 600"))?;
    let end = Instant::now() + LONG;
    while page.script("return innerWidth").await? != 900 {
        ensure!(Instant::now() < end, "the page never became as narrow as its window");
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    page.picture(&stage, "4-small").await?;
    let sideways =
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    ensure!(page.script(sideways).await? == 0, "no horizontal scroll");
    page.close(&mut stage).await
}
