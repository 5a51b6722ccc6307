//! The four ways to credentials, in the window: an AccessKey, a temporary one, a credential server, a pasted pair; and where
//! the secrets are. Knows the page by roles and names only.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use vodlift_sandbox::{Handle, Options, Sandbox, Weather};

use super::{LONG, all_done, arrived, open_studio, open_with, profile, until};
use crate::files;
use crate::page::Page;
use crate::stage::{KEYRING, Stage};

/// What the keyring holds for a user; nothing when it has no such entry.
fn kept(stage: &Stage, user: &str) -> Option<String> {
    let found = stage.say(&["secret-tool", "lookup", "service", "vodlift", "username", user]);
    found.ok().map(|secret| secret.trim_end().to_owned()).filter(|secret| !secret.is_empty())
}

async fn fill_key(page: &Page, cloud: &Handle, name: &str) -> anyhow::Result<()> {
    let key = cloud.key();
    page.see("dialog", &page.word("prof.title", &[])).await?;
    page.fill(&page.word("prof.name", &[]), name).await?;
    page.fill(&page.word("prof.id", &[]), &key.id).await?;
    page.fill(&page.word("prof.secret", &[]), key.secret.expose()).await?;
    page.click("button", &page.word("prof.endpointAdd", &[])).await?;
    page.fill(&page.word("prof.endpoint", &[]), &cloud.endpoint()).await
}

/// An account by its AccessKey: the test names what is not permitted, the secret goes to the keyring and into no file, an
/// edit keeps it, a second account is switched to, and signing out forgets every secret.
#[tokio::test]
async fn accounts_and_their_secrets() -> anyhow::Result<()> {
    let mut stage = Stage::set("account")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    let secret = cloud.key().secret.expose().to_owned();
    let clip = files::video(&stage.path("files/signed.mp4"), 2)?;
    let page = Page::open(&mut stage, &[]).await?;
    page.click("button", &page.word("first.connect.b", &[])).await?;
    fill_key(&page, &cloud, "Studio North").await?;

    cloud.weather(
        "CreateUploadImage 403 Forbidden.RAM\nCreateUploadAttachedMedia 403 Forbidden.RAM"
            .parse()?,
    );
    page.click("button", &page.word("prof.test", &[])).await?;
    let limits = page.word("prof.limits", &[]);
    page.reads("the outcome", LONG, |text| text.contains(&limits)).await?;
    let text = page.text().await?;
    for (right, action) in
        [("image", "CreateUploadImage"), ("attached", "CreateUploadAttachedMedia")]
    {
        let cost = page.word(&format!("check.cost.{right}"), &[]);
        ensure!(text.contains(&cost) && text.contains(&format!("vod:{action}")), "{right}: {text}");
    }
    let kept_back = page.word("check.cost.status", &[]);
    ensure!(!text.contains(&kept_back), "what is allowed costs nothing: {text}");
    page.picture(&stage, "1-not-permitted").await?;
    ensure!(cloud.media().is_empty(), "the test makes no media: {:?}", cloud.media());
    cloud.weather(Weather::fair());
    page.click("button", &page.word("prof.again", &[])).await?;
    let works = page.word("prof.ok", &[]);
    page.reads("it works", LONG, |text| text.contains(&works)).await?;
    ensure!(cloud.media().is_empty(), "nor does one that passes");
    page.picture(&stage, "2-works").await?;
    page.click("button", &page.word("prof.save", &[])).await?;
    page.see("heading", &page.word("empty.title", &[])).await?;
    ensure!(kept(&stage, "Studio North").as_ref() == Some(&secret), "the keyring holds the secret");

    // A fresh start reads it from there.
    page.close(&mut stage).await?;
    let page = Page::open(&mut stage, &[]).await?;
    page.see("heading", &page.word("empty.title", &[])).await?;
    open_with(&stage, &[&clip])?;
    all_done(&page).await?;
    arrived(&cloud, &clip)?;

    // An edit that touches neither the id nor the secret leaves both as they are.
    page.click("link", &page.word("nav.settings", &[])).await?;
    page.click("tab", &page.word("set.s.profiles", &[])).await?;
    page.click("button", &format!("{}: Studio North", page.word("set.prof.edit", &[]))).await?;
    page.see("dialog", &page.word("prof.edit", &[])).await?;
    page.fill(&page.word("prof.name", &[]), "Studio East").await?;
    page.picture(&stage, "3-edit").await?;
    page.click("button", &page.word("prof.save", &[])).await?;
    page.reads("the new name", LONG, |text| text.contains("Studio East")).await?;
    ensure!(kept(&stage, "Studio East").as_ref() == Some(&secret), "the secret moves along");
    ensure!(kept(&stage, "Studio North").is_none(), "and is not left behind");
    let file = std::fs::read_to_string(stage.home().join("config/profiles.toml"))?;
    ensure!(file.contains(&cloud.key().id), "the id is kept whole: {file}");

    page.click("button", &page.word("app.menu.new", &[])).await?;
    fill_key(&page, &cloud, "Studio South").await?;
    page.click("button", &page.word("prof.save", &[])).await?;
    let use_east = format!("{}: Studio East", page.word("set.prof.use", &[]));
    page.see("button", &use_east).await?;
    page.picture(&stage, "4-profiles").await?;
    page.click("button", &use_east).await?;
    page.see("button", &format!("{}: Studio South", page.word("set.prof.use", &[]))).await?;
    page.click("button", &format!("{}: Studio South", page.word("set.prof.out", &[]))).await?;
    page.gone("button", &format!("{}: Studio South", page.word("set.prof.out", &[]))).await?;
    ensure!(kept(&stage, "Studio South").is_none(), "signing out forgets the secret");
    page.click("button", &format!("{}: Studio East", page.word("set.prof.out", &[]))).await?;
    let nobody = page.word("app.menu.none", &[]);
    page.reads("nobody is connected", LONG, |text| text.contains(&nobody)).await?;
    ensure!(kept(&stage, "Studio East").is_none(), "signing out forgets the secret");
    page.close(&mut stage).await
}

/// A temporary AccessKey ends in the middle of an upload. Its successor takes over where it was; the queue stays.
#[tokio::test]
async fn a_token_that_ends_is_replaced() -> anyhow::Result<()> {
    let mut stage = Stage::set("sts")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    cloud.weather("part 4-99 stall 5s after 64 KiB".parse()?);
    let short = cloud.session_key(Duration::from_mins(30));
    let clip = files::video(&stage.path("files/temporary.mp4"), 12)?;
    let page = Page::open(&mut stage, &[]).await?;
    page.click("button", &page.word("first.connect.b", &[])).await?;
    fill_key(&page, &cloud, "Guest").await?;
    let enter = async |key: &vodlift_sign::Credential| -> anyhow::Result<()> {
        let token = key.token.as_ref().context("it is temporary")?;
        page.fill(&page.word("prof.id", &[]), &key.id).await?;
        page.fill(&page.word("prof.secret", &[]), key.secret.expose()).await?;
        page.fill(&page.word("prof.sts", &[]), token.expose()).await?;
        page.click("button", &page.word("prof.save", &[])).await
    };
    page.click("button", &page.word("prof.stsAdd", &[])).await?;
    enter(&short).await?;
    page.see("heading", &page.word("empty.title", &[])).await?;
    ensure!(kept(&stage, "Guest/token").is_some(), "the token is in the keyring");
    open_with(&stage, &[&clip])?;
    until(&cloud, |requests| requests.good("UploadPart") >= 3).await?;
    // Both end: the pass of the upload, and the key that could have renewed it.
    cloud.expire_passes();
    cloud.weather(Weather::fair());

    let cause = page.word("fault.auth.sts.cause", &[]);
    page.reads("the end of the token", LONG, |text| text.contains(&cause)).await?;
    page.picture(&stage, "1-ended").await?;
    ensure!(cloud.objects().is_empty(), "it ended in the middle");
    page.click("button", &page.word("fault.auth.sts.act", &[])).await?;
    page.see("dialog", &page.word("prof.edit", &[])).await?;
    page.click("button", &page.word("prof.replace", &[])).await?;
    page.picture(&stage, "2-replace").await?;
    enter(&cloud.session_key(Duration::from_mins(30))).await?;
    all_done(&page).await?;
    arrived(&cloud, &clip)?;
    let requests = cloud.requests();
    ensure!(requests.good("CreateUploadVideo") == 1, "under the same media id");
    let stored = requests.of("UploadPart").filter(|part| part.status == Some(200));
    let mut parts: Vec<_> = stored.filter_map(|part| part.part).collect();
    parts.sort_unstable();
    ensure!(parts.windows(2).all(|two| two[0] != two[1]), "no stored part went twice: {parts:?}");
    page.close(&mut stage).await
}

/// The example server of `tests/credential-server`, asking a sandbox. It ends with this.
struct Server {
    process: Child,
    address: String,
}

const BEARER: &str = "bearer-of-the-journey-0001";

impl Server {
    fn start(cloud: &Handle) -> anyhow::Result<Server> {
        let key = cloud.key();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("credential-server/server.py");
        let mut process = Command::new("python3")
            .arg(script)
            .args(["--port", "0", "--endpoint", &cloud.endpoint()])
            .env("ALIBABA_CLOUD_ACCESS_KEY_ID", key.id)
            .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", key.secret.expose())
            .env("VODLIFT_SERVER_SECRET", BEARER)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut address = String::new();
        BufReader::new(process.stdout.take().context("its words")?).read_line(&mut address)?;
        Ok(Server { process, address: address.trim().to_owned() })
    }

    /// Asks it as somebody would who is to send a pair to somebody else. Blocks a thread that the sandbox must not need.
    fn ask(&self, question: &Value) -> anyhow::Result<Value> {
        let host = self.address.trim_start_matches("http://").trim_end_matches('/');
        let body = question.to_string();
        let mut line = TcpStream::connect(host)?;
        write!(
            line,
            "POST / HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {BEARER}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        line.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").context("an answer with a body")?;
        Ok(serde_json::from_str(body)?)
    }

    fn pair(&self, name: &str, size: u64) -> anyhow::Result<(String, String)> {
        let answer = self.ask(&json!({
            "operation": "create", "kind": "video", "title": name, "fileName": name, "fileSize": size,
        }))?;
        let half = |half: &str| {
            let text = answer[half].as_str().with_context(|| format!("{half} in {answer}"));
            Ok::<_, anyhow::Error>(text?.to_owned())
        };
        Ok((half("uploadAddress")?, half("uploadAuth")?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The company's credential server instead of a key: a video with its cover and subtitles, and a credential that has to be
/// renewed there on the way.
#[tokio::test]
async fn a_credential_server() -> anyhow::Result<()> {
    let mut stage = Stage::set("server")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    cloud.weather("part 2 expired ×1".parse()?);
    let server = Server::start(&cloud)?;
    let bundle = super::bundle(&stage, 12)?;
    let page = Page::open(&mut stage, &[]).await?;
    page.click("button", &page.word("first.connect.b", &[])).await?;
    page.click("radio", &page.word("prof.m.server", &[])).await?;
    page.fill(&page.word("prof.name", &[]), "Company").await?;
    page.fill(&page.word("prof.url", &[]), &server.address).await?;
    page.fill(&page.word("prof.bearer", &[]), "not the one").await?;
    page.click("button", &page.word("prof.test", &[])).await?;
    let refused = page.word("fault.srv.auth.cause", &[]);
    page.reads("a wrong secret", LONG, |text| text.contains(&refused)).await?;
    page.fill(&page.word("prof.bearer", &[]), BEARER).await?;
    page.click("button", &page.word("prof.again", &[])).await?;
    let works = page.word("prof.ok", &[]);
    page.reads("it works", LONG, |text| text.contains(&works)).await?;
    page.picture(&stage, "1-server").await?;
    page.click("button", &page.word("prof.save", &[])).await?;
    page.see("heading", &page.word("empty.title", &[])).await?;
    ensure!(kept(&stage, "Company/server").as_deref() == Some(BEARER), "its secret is kept");
    let paths = bundle.each_ref().map(PathBuf::as_path);
    open_with(&stage, &paths)?;
    all_done(&page).await?;
    for file in &bundle {
        arrived(&cloud, file)?;
    }
    ensure!(cloud.requests().good("RefreshUploadVideo") >= 1, "the server renewed the credential");
    page.close(&mut stage).await
}

/// A pair that somebody sent: no account, one file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pasted_pair() -> anyhow::Result<()> {
    let mut stage = Stage::set("pair")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    let server = Server::start(&cloud)?;
    let clip = files::video(&stage.path("files/sent to me.mp4"), 12)?;
    let (address, auth) = server.pair("sent to me.mp4", std::fs::metadata(&clip)?.len())?;
    let page = Page::open(&mut stage, &[]).await?;
    page.click("button", &page.word("first.pair.link", &[])).await?;
    page.see("dialog", &page.word("prof.title", &[])).await?;
    page.paste(&stage, &page.word("prof.pair.address", &[]), &address).await?;
    page.paste(&stage, &page.word("prof.pair.auth", &[]), &auth).await?;
    let drawn = page.script("return document.documentElement.outerHTML + [...document.querySelectorAll('textarea')].map(a => a.value)").await?;
    ensure!(!drawn.to_string().contains(&auth), "the pasted credential is not drawn");
    page.picture(&stage, "1-pasted").await?;
    page.click("button", &page.word("prof.pair.go", &[])).await?;
    stage.answer_dialog(&page.word("dlg.file", &[]), &clip)?;
    page.see("heading", &page.word("nav.queue", &[])).await?;
    all_done(&page).await?;
    page.picture(&stage, "2-done").await?;
    arrived(&cloud, &clip)?;
    ensure!(cloud.requests().count("CreateUploadVideo") == 1, "only the sender reserved");
    page.close(&mut stage).await?;
    // What was sent without an account is still in the list at the next start.
    let page = Page::open(&mut stage, &[]).await?;
    page.row("sent to me").await?;
    page.close(&mut stage).await
}

/// A locked keyring is asked to be opened, and nothing is lost while the person does not want to.
#[tokio::test]
async fn a_locked_keyring() -> anyhow::Result<()> {
    let mut stage = Stage::set("locked")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    let clip = files::video(&stage.path("files/locked in.mp4"), 2)?;
    let page = Page::open(&mut stage, &[]).await?;
    page.click("button", &page.word("first.connect.b", &[])).await?;
    fill_key(&page, &cloud, "Vault").await?;
    page.click("button", &page.word("prof.save", &[])).await?;
    page.see("heading", &page.word("empty.title", &[])).await?;
    page.close(&mut stage).await?;
    stage.lock_keyring()?;

    let page = Page::open(&mut stage, &[]).await?;
    open_with(&stage, &[&clip])?;
    let prompt = "Unlock.*";
    let window = stage.window(prompt)?;
    stage.screen("1-prompt")?;
    stage.xdotool(&format!("windowfocus --sync {window} key Escape"))?;
    let locked = page.word("ban.locked", &[]);
    page.reads("that the keyring is locked", LONG, |text| text.contains(&locked)).await?;
    page.picture(&stage, "2-locked").await?;
    page.row("locked in").await?;
    ensure!(cloud.requests().0.is_empty(), "nothing can be signed: {:?}", cloud.requests());
    page.click("button", &page.word("ban.locked.b", &[])).await?;
    let window = stage.window(prompt)?;
    stage.xdotool(&format!("windowfocus --sync {window} type {KEYRING}"))?;
    stage.xdotool("key Return")?;
    all_done(&page).await?;
    page.reads("no banner", LONG, |text| !text.contains(&locked)).await?;
    arrived(&cloud, &clip)?;
    page.close(&mut stage).await
}

/// No keyring at all: the secret is kept until quit, which is said; the next start asks for it and the queue is there.
#[tokio::test]
async fn no_keyring() -> anyhow::Result<()> {
    let mut stage = Stage::without_keyring("no_keyring")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    let clip = files::video(&stage.path("files/passing.mp4"), 2)?;
    let page = Page::open(&mut stage, &[]).await?;
    page.click("button", &page.word("first.connect.b", &[])).await?;
    fill_key(&page, &cloud, "Passing").await?;
    page.click("button", &page.word("prof.test", &[])).await?;
    let memory = page.word("prof.memory", &[]);
    page.reads("where the secret will be", LONG, |text| text.contains(&memory)).await?;
    page.picture(&stage, "1-memory").await?;
    page.click("button", &page.word("prof.save", &[])).await?;
    page.see("heading", &page.word("empty.title", &[])).await?;
    open_with(&stage, &[&clip])?;
    all_done(&page).await?;
    arrived(&cloud, &clip)?;
    page.close(&mut stage).await?;
    let secret = cloud.key().secret.expose().to_owned();
    for file in files::below(&stage.home()) {
        let bytes = std::fs::read(&file)?;
        let there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        ensure!(!there, "{} holds the secret", file.display());
    }
    let page = Page::open(&mut stage, &[]).await?;
    page.click("link", &page.word("nav.settings", &[])).await?;
    page.click("tab", &page.word("set.s.profiles", &[])).await?;
    let missing = page.word("set.sec.missing", &[]);
    page.reads("that it is gone", LONG, |text| text.contains(&missing)).await?;
    page.close(&mut stage).await
}

/// A misspelt key would have sent the file to the real service: the window opens, says which it is, and sends nothing.
#[tokio::test]
async fn a_configuration_that_cannot_be_followed_is_told_and_sends_nothing() -> anyhow::Result<()> {
    let mut stage = Stage::set("flaw")?;
    let cloud = Sandbox::start(Options::quick()).await?;
    let key = profile(&stage, &cloud)?;
    let file = stage.home().join("config/profiles.toml");
    std::fs::write(&file, std::fs::read_to_string(&file)?.replace("endpoint", "endpont"))?;
    let clip = files::video(&stage.path("files/harbour.mp4"), 2)?;
    let page = open_studio(&mut stage, &key).await?;
    let told = page.word("flaw.similar", &[("key", "endpont"), ("hint", "endpoint")]);
    page.reads("what is wrong", LONG, |text| text.contains(&told)).await?;
    open_with(&stage, &[&clip])?;
    page.see("button", &page.word("fault.conf.file.act", &[])).await?;
    page.picture(&stage, "1-told").await?;
    ensure!(cloud.requests().0.is_empty(), "asked: {:?}", cloud.requests());
    page.close(&mut stage).await
}
