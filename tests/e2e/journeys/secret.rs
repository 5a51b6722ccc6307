//! Known secrets, looked for in all that the window shows and gives away: every page, the clipboard, the log, the report, the
//! exports, and every file it leaves. Knows the page by roles and names only.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use thirtyfour::Key;
use vodlift_sandbox::{Options, Sandbox, Weather};
use vodlift_tests::search::{found, issued, search};

use super::{LONG, all_done, open_with, until};
use crate::desktop::Desktop;
use crate::files;
use crate::page::Page;
use crate::stage::{self, Stage};

/// All that is in the document: its markup, and what stands in its fields.
const DRAWN: &str = "return document.documentElement.outerHTML + '\\n' +
    [...document.querySelectorAll('input, textarea')].map(field => field.value).join('\\n')";

/// What was looked at, and whether it told anything.
struct Look {
    secrets: BTreeSet<String>,
    places: Vec<String>,
}

impl Look {
    fn at(&mut self, place: &str, text: &str) -> anyhow::Result<()> {
        ensure!(!text.is_empty(), "{place} is empty");
        ensure!(found(text.as_bytes(), &self.secrets).is_empty(), "{place} tells a secret");
        self.places.push(place.to_owned());
        Ok(())
    }

    async fn page(&mut self, page: &Page, place: &str) -> anyhow::Result<()> {
        let drawn = page.script(DRAWN).await?;
        self.at(place, drawn.as_str().context("a document")?)
    }
}

/// A temporary key with a token, an upload under way and one that is over, a pasted pair that is decoded: nothing of it is
/// anywhere a person or another program could read it.
#[tokio::test]
async fn nothing_tells_a_secret() -> anyhow::Result<()> {
    let mut stage = Stage::set("secret")?;
    let desktop = Desktop::around(&stage)?;
    let data = tempfile::tempdir()?;
    let options = Options { data: Some(data.path().to_owned()), ..Options::quick() };
    let cloud = Sandbox::start(options).await?;
    // A refusal of storage quotes what was signed.
    cloud.weather("part 4-99 403 SignatureDoesNotMatch".parse()?);
    let key = cloud.session_key(Duration::from_mins(30));
    let token = key.token.as_ref().context("a token")?.expose().to_owned();
    let clip = files::video(&stage.path("files/confidential.mp4"), 12)?;
    let page = Page::open(&mut stage, &[]).await?;
    page.click("button", &page.word("first.connect.b", &[])).await?;
    page.fill(&page.word("prof.name", &[]), "Guest").await?;
    page.fill(&page.word("prof.id", &[]), &key.id).await?;
    page.fill(&page.word("prof.secret", &[]), key.secret.expose()).await?;
    page.click("button", &page.word("prof.stsAdd", &[])).await?;
    page.fill(&page.word("prof.sts", &[]), &token).await?;
    page.click("button", &page.word("prof.endpointAdd", &[])).await?;
    page.fill(&page.word("prof.endpoint", &[]), &cloud.endpoint()).await?;
    // The search can find: what is being typed stands in its field.
    let drawn = page.script(DRAWN).await?;
    let typed = BTreeSet::from([token.clone()]);
    ensure!(!found(drawn.to_string().as_bytes(), &typed).is_empty(), "the search finds");
    page.click("button", &page.word("prof.save", &[])).await?;
    page.see("heading", &page.word("empty.title", &[])).await?;
    open_with(&stage, &[&clip])?;
    until(&cloud, |requests| requests.good("UploadPart") >= 3).await?;

    let mut secrets = BTreeSet::from([token, key.secret.expose().to_owned()]);
    issued(data.path(), &mut secrets);
    ensure!(secrets.len() >= 4, "the credential of the upload is among them");
    let mut look = Look { secrets, places: Vec::new() };

    let refused = page.word("fault.oss.denied.cause", &[]);
    page.reads("that storage refuses", LONG, |text| text.contains(&refused)).await?;
    page.row("confidential").await?.click().await?;
    page.keys(Key::Control + "i").await?;
    page.see("complementary", "confidential").await?;
    for tab in ["ins.details", "ins.transfer", "ins.log"] {
        page.click("tab", &page.word(tab, &[])).await?;
        look.page(&page, tab).await?;
    }
    page.picture(&stage, "1-log").await?;
    page.click("button", &page.word("log.copy", &[])).await?;
    look.at("the copied log", &stage.copied()?)?;
    page.click("button", &page.word("fault.oss.denied.act", &[])).await?;
    look.at("the copied details", &stage.copied()?)?;
    cloud.weather(Weather::fair());
    page.row("confidential").await?.click().await?;
    page.keys(Key::Control + "r").await?;
    all_done(&page).await?;
    look.page(&page, "the queue").await?;
    page.row("confidential").await?.click().await?;
    page.keys(Key::Control + "c").await?;
    look.at("the copied media id", &stage.copied()?)?;

    // The pair VOD would hand out, pasted into both places that take one.
    let (address, auth, hidden) = pair(data.path());
    look.secrets.extend(hidden);
    page.keys(Key::Control + "3").await?;
    page.see("heading", &page.word("dec.title", &[])).await?;
    page.paste(&stage, &page.word("prof.pair.address", &[]), &address).await?;
    page.paste(&stage, &page.word("prof.pair.auth", &[]), &auth).await?;
    page.reads("the fields", LONG, |text| text.contains("SecurityToken")).await?;
    look.page(&page, "the decoded pair").await?;
    page.picture(&stage, "2-decoded").await?;
    stage.clip(stage::NOTHING)?;

    page.keys(Key::Control + "2").await?;
    page.see("heading", &page.word("nav.history", &[])).await?;
    page.reads("it has ended", LONG, |text| text.contains("confidential")).await?;
    look.page(&page, "the history").await?;
    page.click("button", &page.word("his.export", &[])).await?;
    let csv = stage.path("files/history.csv");
    stage.answer_dialog(&page.word("dlg.export", &[]), &csv)?;
    stage::until("the file is written", || csv.is_file())?;
    look.at("the exported history", &std::fs::read_to_string(&csv)?)?;

    page.keys(Key::Control + ",").await?;
    for section in ["transfers", "network", "notifications", "appearance", "shortcuts", "profiles"]
    {
        page.click("tab", &page.word(&format!("set.s.{section}"), &[])).await?;
        look.page(&page, section).await?;
    }
    page.click("button", &format!("{}: Guest", page.word("set.prof.edit", &[]))).await?;
    page.see("dialog", &page.word("prof.edit", &[])).await?;
    look.page(&page, "the profile, edited").await?;
    page.click("button", &page.word("prof.ram.link", &[])).await?;
    look.at("the copied policy", &stage.copied()?)?;
    page.keys(Key::Escape).await?;
    page.click("tab", &page.word("set.s.about", &[])).await?;
    page.click("button", &page.word("about.logs.b", &[])).await?;
    stage::until("the report is shown", || desktop.revealed().is_some())?;
    page.picture(&stage, "3-about").await?;
    let shown = desktop.revealed().unwrap_or_default();
    let report = stage.home().join("logs/diagnostics.zip");
    ensure!(shown == format!("file://{}", report.display()), "{shown}");
    let mut report = zip::ZipArchive::new(std::fs::File::open(&report)?)?;
    let names = report.file_names().map(|name| Ok(name?.into_owned()));
    for name in names.collect::<anyhow::Result<Vec<_>>>()? {
        let text = std::io::read_to_string(report.by_name(&name)?)?;
        look.at(&format!("{name} of the report"), &text)?;
    }
    for name in ["about.json", "settings.json", "timelines.json"] {
        ensure!(look.places.iter().any(|place| place.starts_with(name)), "{name} is in the report");
    }
    ensure!(look.places.iter().any(|place| place.starts_with("logs/")), "the log is in the report");
    page.close(&mut stage).await?;

    let guilty = search(&stage.home(), &look.secrets);
    ensure!(guilty.is_empty(), "{guilty:?} hold a secret");
    // WebKit's own folders too: what it may have written of the page.
    for folder in ["data", "cache", "config", "run"] {
        let guilty = search(&stage.path(folder), &look.secrets);
        // The keyring is where they belong; it is encrypted.
        ensure!(guilty.is_empty(), "{guilty:?} hold a secret");
    }
    Ok(())
}

/// A pair as VOD hands it out, made of a credential that the sandbox has issued.
fn pair(data: &std::path::Path) -> (String, String, Vec<String>) {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let mut passes = BTreeSet::new();
    issued(data, &mut passes);
    let mut long: Vec<String> = passes.into_iter().collect();
    long.sort_by_key(|text| std::cmp::Reverse(text.len()));
    let (token, secret) = (long[0].clone(), "pasted+secret/0008=EXAMPLE~NOT-REAL".to_owned());
    let address = serde_json::json!({
        "Endpoint": "https://oss-cn-shanghai.aliyuncs.com", "Bucket": "outin-example", "FileName": "sv/example.mp4",
    });
    let auth = serde_json::json!({
        "SecurityToken": token, "AccessKeyId": "STS.ExampleOfAnId", "AccessKeySecret": secret,
        "ExpireUTCTime": "2099-01-01T00:00:00Z", "Expiration": "3000", "Region": "cn-shanghai",
    });
    let blob = |value: &serde_json::Value| BASE64_STANDARD.encode(value.to_string());
    (blob(&address), blob(&auth), vec![secret, token])
}
