//! The world of a test: a sandbox, a folder of files, an engine between them. Knows no internals of either.

pub mod issuer;
pub mod relay;
pub mod search;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;
use vodlift_cloud as cloud;
use vodlift_engine::meter::Tap;
use vodlift_engine::model::{About, Again, Ask, Kind, Transfer, TransferId, Wait};
use vodlift_engine::view::{Frame, Row, Status};
use vodlift_engine::{Account, Added, Client, Config, Edge, Engine, Issuer, Poll, Rest, Scope};
use vodlift_sandbox::{Handle, Options, Sandbox};

/// Name of the one profile of a test.
pub const STUDIO: &str = "studio";

/// Longest wait for anything that must happen.
const PATIENCE: Duration = Duration::from_secs(40);

#[expect(clippy::disallowed_methods, reason = "a test is an edge")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[expect(clippy::disallowed_methods, reason = "a test is an edge")]
fn id() -> Uuid {
    Uuid::now_v7()
}

fn nonce() -> String {
    id().to_string()
}

/// The clock and the ids of tests.
pub const EDGE: Edge = Edge { now, id };

/// Rests of a few milliseconds, parts of 1 MiB.
pub fn config() -> Config {
    Config {
        sending: 3,
        parts: 6,
        part_size: 1 << 20,
        still: Duration::ZERO,
        limit: None,
        rest: Rest { base: Duration::from_millis(1), cap: Duration::from_millis(5), attempts: 5 },
        poll: Poll { first: Duration::from_millis(1), cap: Duration::from_millis(5) },
        grace: Duration::ZERO,
        remove_at_vod: true,
        restart_changed: false,
        patience: Duration::from_secs(5),
        keep_history: None,
        tick: Duration::from_millis(10),
    }
}

/// A client straight to loopback.
pub fn client() -> Client {
    Arc::new(cloud::Client::new(transport()))
}

/// How that client is set.
pub fn transport() -> cloud::Transport {
    cloud::Transport {
        proxy: cloud::Proxy::None,
        tls_root: None,
        connect_timeout: Duration::from_secs(5),
        idle_timeout: Duration::from_secs(2),
        user_agent: "vodlift-tests".to_owned(),
        oss_signature: cloud::Signature::V4,
        vod_signature: cloud::VodSignature::Acs3,
        now,
        nonce,
    }
}

/// A sandbox, a folder and an engine.
pub struct World {
    /// The pretend cloud.
    pub cloud: Handle,
    /// Files and the journal.
    pub folder: tempfile::TempDir,
    /// The engine under test; `None` between a kill and the next start.
    pub engine: Option<Engine>,
    /// How the engine is set.
    pub config: Config,
    /// How it reaches the cloud.
    pub client: Client,
    /// The address of VOD, when it is not the sandbox's own.
    pub address: Option<String>,
    /// Its clock and its ids.
    pub edge: Edge,
    /// Where credentials come from, when it is not VOD itself.
    pub issuer: Option<issuer::IssuerServer>,
}

impl World {
    /// A sandbox with these options and an engine that knows it as [`STUDIO`].
    pub async fn new(options: Options, config: Config) -> Self {
        let mut world = Self::still(options, config).await;
        world.start().await;
        world
    }

    /// As [`World::new`], before the engine starts.
    pub async fn still(options: Options, config: Config) -> Self {
        let cloud = Sandbox::start(options).await.expect("sandbox");
        let folder = tempfile::tempdir().expect("folder");
        Self {
            cloud,
            folder,
            engine: None,
            config,
            client: client(),
            address: None,
            edge: EDGE,
            issuer: None,
        }
    }

    /// Quick media, fair weather, short rests.
    pub async fn quick() -> Self {
        Self::new(Options::quick(), config()).await
    }

    /// As [`World::new`], with a credential server of this manner in front of VOD.
    pub async fn by_server(options: Options, config: Config, manner: issuer::Manner) -> Self {
        let mut world = Self::still(options, config).await;
        let (port, key) = (world.cloud.port(), world.cloud.key());
        world.issuer = Some(issuer::IssuerServer::new(port, key, manner).await);
        world.start().await;
        world
    }

    /// The credential server.
    pub fn server(&self) -> &issuer::IssuerServer {
        self.issuer.as_ref().expect("a credential server")
    }

    /// The account of this sandbox.
    pub fn account(&self) -> Account {
        let address = self.address.clone().unwrap_or_else(|| self.cloud.endpoint());
        let vod = cloud::vod::Vod::at(&address, self.cloud.region()).expect("address");
        let issuer = match &self.issuer {
            None => Issuer::Key(self.cloud.key()),
            Some(server) => Issuer::Server { url: server.url(), secret: None },
        };
        let calls = Arc::new(Tap::new(None));
        Account { name: STUDIO.to_owned(), vod, issuer, calls }
    }

    /// Starts an engine on the journal of this world.
    pub async fn start(&mut self) {
        let engine = self.another(Scope::All).await;
        self.engine = Some(engine);
    }

    /// One more engine on the same journal, as another process would be.
    pub async fn another(&self, scope: Scope) -> Engine {
        let (config, client) = (self.config.clone(), self.client.clone());
        let engine =
            Engine::start(config, &self.data(), client, self.edge, scope).await.expect("engine");
        engine.set_account(self.account()).await;
        engine
    }

    /// Where the journal is.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        self.engine.as_ref().expect("the engine runs")
    }

    /// Ends the engine in the middle of whatever it does: nothing is said, nothing is recorded.
    pub async fn kill(&mut self) {
        let engine = self.engine.take().expect("the engine runs");
        engine.kill().await;
    }

    /// Writes a file whose content fits its name.
    pub fn file(&self, name: &str, size: usize) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes(name, size)).expect("write");
        path
    }

    /// What is asked for a file when nothing special is.
    pub fn ask(path: &Path) -> Ask {
        Ask {
            path: path.to_owned(),
            account: STUDIO.to_owned(),
            kind: None,
            about: About::default(),
            parent: None,
            wait: Wait::Stored,
            start: true,
            again: Again::Continue,
            language: None,
            seen: None,
        }
    }

    /// Adds one file.
    pub async fn add(&self, ask: Ask) -> TransferId {
        match self.engine().add(vec![ask]).await.expect("added").first() {
            Some(added @ (Added::New(_) | Added::Continues(_))) => added.id(),
            other => panic!("not added: {other:?}"),
        }
    }

    /// A reservation made elsewhere, as somebody who pastes its pair would.
    pub async fn reserve(&self, name: &str) -> cloud::vod::Reservation {
        let new = cloud::vod::CreateVideo {
            title: name.to_owned(),
            file_name: name.to_owned(),
            ..Default::default()
        };
        client().create_video(&self.account().vod, &self.cloud.key(), &new).await.expect("reserved")
    }

    /// A fresh credential for a media id, made elsewhere.
    pub async fn refresh(&self, media: &str) -> cloud::vod::Reservation {
        let by = cloud::vod::By::Id(media);
        client().refresh_video(&self.account().vod, &self.cloud.key(), by).await.expect("refreshed")
    }

    /// Waits until the row of a transfer is as wanted.
    pub async fn until(&self, id: TransferId, wanted: impl Fn(&Row) -> bool) -> Row {
        let mut frames = self.engine().watch().await;
        let mut last = None;
        let search = async {
            while let Some(frame) = frames.recv().await {
                let rows = match frame {
                    Frame::Snapshot { rows, .. } => rows,
                    Frame::Delta { changed, .. } => changed,
                };
                for row in rows.into_iter().filter(|row| row.id == id) {
                    if wanted(&row) {
                        return row;
                    }
                    last = Some(row);
                }
            }
            panic!("the engine went away")
        };
        let found = tokio::time::timeout(PATIENCE, search).await;
        match found {
            Ok(row) => row,
            Err(late) => panic!(
                "waited too long ({late}) for {id}; last seen {last:?}\n{}",
                self.state(id).await
            ),
        }
    }

    /// All that is known of a world in which something does not come to an end. An engine or a journal that does not
    /// answer says so.
    async fn state(&self, id: TransferId) -> String {
        const BRIEFLY: Duration = Duration::from_secs(5);
        let engine = self.engine();
        let notice = engine.notice();
        let story = tokio::time::timeout(BRIEFLY, self.story(id)).await;
        let waits = tokio::time::timeout(BRIEFLY, engine.describe()).await;
        let requests = self.cloud.requests().0;
        let last = requests.iter().rev().take(12).rev().fold(String::new(), |mut out, request| {
            writeln!(out, "{request:?}").expect("a text");
            out
        });
        format!(
            "story: {}\nengine: {}\nnotice: {notice:?}\nlast requests that ended:\n{last}",
            story.as_deref().unwrap_or("the journal does not answer"),
            waits.as_deref().unwrap_or("the dispatcher does not answer"),
        )
    }

    /// Waits until weather keeps or has kept so many requests waiting.
    pub async fn stalled(&self, many: usize) {
        let stalled = tokio::time::timeout(PATIENCE, self.cloud.until_stalled(many)).await;
        stalled.unwrap_or_else(|_| panic!("{many} requests were never kept waiting"));
    }

    /// Waits until a transfer has come to rest: done, failed or cleaned up.
    pub async fn settle(&self, id: TransferId) -> Row {
        self.until(id, |row| row.ended_ms.is_some() || row.status == Status::Failed).await
    }

    /// All facts of a transfer after its engine has stopped.
    pub async fn facts_after_stop(&self, id: TransferId) -> Transfer {
        self.engine().transfer(id).await.expect("journal").expect("known")
    }

    /// All facts of a transfer.
    pub async fn facts(&self, id: TransferId) -> Transfer {
        self.engine().transfer(id).await.expect("journal").expect("known")
    }

    /// The bytes that arrived are the bytes of the file.
    pub async fn arrived(&self, id: TransferId) {
        let facts = self.facts(id).await;
        let media = facts.media.as_deref().expect("a media id");
        let object = self.cloud.object(media).expect("an object");
        let sent = std::fs::read(&facts.path).expect("the file");
        let there = std::fs::read(&object.path).expect("the object");
        assert_eq!(sent.len(), there.len(), "bytes of {}", facts.name());
        assert!(sent == there, "{} arrived with other bytes", facts.name());
        if !facts.landed {
            assert_eq!(facts.crc64, Some(object.crc64));
        }
    }

    /// The timeline in one line: what happened, without times, ids and sizes. Parts stored between two other facts are
    /// counted together: which of them landed first is chance.
    pub async fn story(&self, id: TransferId) -> String {
        let mut told: Vec<String> = vec![];
        let mut stored = 0_u32;
        for line in self.engine().timeline(id).await.expect("journal") {
            let fact = |name: &str| line.data.get(name).cloned().unwrap_or_default();
            let what = match line.what.as_str() {
                "found" => continue,
                "stored" => {
                    stored += fact("n").parse::<u32>().unwrap_or(0);
                    continue;
                }
                "planned" => format!("planned {}", fact("parts")),
                "rest" | "stuck" | "renew.later" => format!("{} {}", line.what, fact("code")),
                "vod" => format!("vod {}", fact("status")),
                "forgotten" => format!("back to {}", fact("phase")),
                what => what.to_owned(),
            };
            if stored > 0 && !matches!(what.as_str(), "renewed" | "part.again") {
                told.push(format!("stored {}", std::mem::take(&mut stored)));
            }
            told.push(what);
        }
        told.join(" · ")
    }
}

impl Drop for World {
    /// Whatever was tested, no secret is left in what an engine wrote.
    fn drop(&mut self) {
        if !std::thread::panicking() && self.data().exists() {
            let secrets = self.cloud.secrets().into_iter().collect();
            let guilty = search::search(&self.data(), &secrets);
            assert!(guilty.is_empty(), "a secret in {guilty:?}");
        }
    }
}

/// Content that fits a name: a head that tells the kind, then bytes that repeat nowhere.
pub fn bytes(name: &str, size: usize) -> Vec<u8> {
    let film = film();
    let head: &[u8] = match name.rsplit('.').next().unwrap_or_default() {
        "mp4" => &film,
        "mp3" => b"ID3\x04\0\0\0\0\0\0",
        "png" => b"\x89PNG\r\n\x1a\n",
        "jpg" => b"\xFF\xD8\xFF\xE0",
        "srt" => return subtitles(name, size),
        _ => b"",
    };
    let mut state = name
        .bytes()
        .fold(0x9E37_79B9_7F4A_7C15_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01B3))
        | 1;
    let mut out = Vec::with_capacity(size + 8);
    out.extend_from_slice(&head[..head.len().min(size)]);
    while out.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out.truncate(size);
    out
}

/// The smallest film whose index names a picture and a sound; whatever follows is its data.
fn film() -> Vec<u8> {
    let piece = |kind: &[u8; 4], inside: &[u8]| -> Vec<u8> {
        let size = u32::try_from(8 + inside.len()).expect("small");
        [&size.to_be_bytes()[..], kind, inside].concat()
    };
    let track = |kind: &[u8; 4]| {
        let handler = piece(b"hdlr", &[&[0; 8][..], kind, &[0; 13]].concat());
        piece(b"trak", &piece(b"mdia", &handler))
    };
    let index = [piece(b"mvhd", &[0; 100]), track(b"vide"), track(b"soun")].concat();
    // The last piece goes on to the end of the file.
    [
        piece(b"ftyp", b"isom\0\0\x02\0isomiso2avc1mp41"),
        piece(b"moov", &index),
        b"\0\0\0\0mdat".to_vec(),
    ]
    .concat()
}

/// Subtitles of exactly so many bytes, like no others.
fn subtitles(name: &str, size: usize) -> Vec<u8> {
    let mut text = format!("1\n00:00:01,000 --> 00:00:02,000\nHello from {name}\n");
    while text.len() < size {
        text.push_str("\n2\n00:00:02,000 --> 00:00:03,000\nand more\n");
    }
    text.truncate(size);
    text.into_bytes()
}

/// Runs a script and returns the story of its file. `file NAME SIZE` names the file, `kind KIND` forces its kind,
/// `expire TIME` sets the life of credentials in milliseconds; `issuer server` puts a credential server in front of VOD; every other line
/// is weather.
pub async fn run(script: &str) -> (World, TransferId, String) {
    let (mut name, mut size, mut kind, mut weather) =
        ("a.mp4".to_owned(), 5 << 20, None, String::new());
    let mut options = Options::quick();
    let mut by_server = false;
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["file", file, bytes] => {
                name = file.to_owned();
                size = size_of(bytes);
            }
            ["issuer", "server"] => by_server = true,
            ["kind", word] => kind = Some(kind_of(word)),
            ["expire", ms] => {
                options.expire = Duration::from_millis(ms.parse().expect("milliseconds"));
            }
            _ => {
                weather.push_str(line);
                weather.push('\n');
            }
        }
    }
    options.weather = weather.parse().unwrap_or_else(|error| panic!("{error:?} in {weather}"));
    let world = if by_server {
        World::by_server(options, config(), issuer::Manner::Faithful).await
    } else {
        World::new(options, config()).await
    };
    let path = world.file(&name, size);
    let id = world.add(Ask { kind, ..World::ask(&path) }).await;
    let row = world.settle(id).await;
    if row.status == Status::Done {
        world.arrived(id).await;
        for media in world.cloud.media() {
            assert_eq!(media.overwriting_passes, 0, "a finished video was refreshed");
        }
    }
    let story = world.story(id).await;
    (world, id, story)
}

fn size_of(text: &str) -> usize {
    let (digits, unit) =
        text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let number: usize = digits.parse().expect("a size");
    match unit {
        "" | "B" => number,
        "KiB" => number << 10,
        "MiB" => number << 20,
        other => panic!("unit {other}"),
    }
}

fn kind_of(word: &str) -> Kind {
    [Kind::Video, Kind::Audio, Kind::Image, Kind::Subtitle, Kind::Watermark, Kind::Material]
        .into_iter()
        .find(|kind| kind.as_str() == word)
        .expect("a kind")
}
