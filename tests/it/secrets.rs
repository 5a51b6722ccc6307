//! No secret is ever written: whatever an engine puts on disk, in a log or before somebody's eyes is searched for them,
//! and the search is shown to find. Knows where secrets come from; knows nothing of how they are kept.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Arc, Mutex};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use tracing_subscriber::fmt::MakeWriter;
use vodlift_cloud::grant::Grant;
use vodlift_cloud::vod::{CreateVideo, Vod};
use vodlift_cloud::{Client, Credential, Pass, Proxy, Secret, Transport};
use vodlift_engine::model::{Again, Ask, TransferId};
use vodlift_engine::view::Status;
use vodlift_engine::{Account, Command, HistoryQuery, Issuer};
use vodlift_sandbox::Options;
use vodlift_tests::search::{found, search};
use vodlift_tests::{STUDIO, World, client, config, transport};

const BEARER: &str = "bearer-of-the-company/0005+EXAMPLE~NOT-REAL==";
const WRONG: &str = "wrong-secret/0006+EXAMPLE~NOT-REAL";

/// What the log said, for a look afterwards.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Heard {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Everything this engine would show of a transfer.
async fn shown(world: &World, id: TransferId, out: &mut String) {
    let row = world.settle(id).await;
    *out += &serde_json::to_string(&row).expect("row");
    write!(out, "{row:?}").expect("a text");
    write!(out, "{:?}", world.engine().transfer(id).await).expect("a text");
    *out += &serde_json::to_string(&world.engine().timeline(id).await.expect("journal"))
        .expect("timeline");
    write!(
        out,
        "{:?}",
        world.engine().history(HistoryQuery { limit: 50, ..HistoryQuery::default() }).await
    )
    .expect("a text");
    let mut frames = world.engine().watch().await;
    *out += &serde_json::to_string(&frames.recv().await).expect("frame");
}

const SCRIPTS: [(&str, usize, &str); 16] = [
    ("a.mp4", 2 << 20, ""),
    ("a.mp4", 9_000, ""),
    ("a.png", 9_000, ""),
    ("a.srt", 9_000, ""),
    ("a.mp4", 2 << 20, "part 1 expired ×1"),
    ("a.png", 9_000, "put expired ×1"),
    ("a.mp4", 2 << 20, "create answer lost ×1"),
    ("a.mp4", 2 << 20, "create half ×1"),
    ("a.mp4", 2 << 20, "create 400 SignatureDoesNotMatch"),
    ("a.mp4", 2 << 20, "create 403 Forbidden.RAM"),
    ("a.mp4", 2 << 20, "initiate 403 AccessDenied"),
    ("a.mp4", 2 << 20, "part 403 SignatureDoesNotMatch"),
    ("a.mp4", 2 << 20, "part 403 InvalidAccessKeyId"),
    ("a.mp4", 9_000, "put expired ×1\nrefresh 403 Forbidden.RAM"),
    ("a.mp4", 9_000, "put expired ×1\nrefresh moved ×1"),
    ("a.mp4", 2 << 20, "seed 7 intensity 20%"),
];

#[tokio::test]
async fn no_secret_is_written_anywhere() {
    let heard = Heard::default();
    let log = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(heard.clone())
        .finish();
    let log = tracing::Dispatch::new(log);
    // With a single subscriber, tracing believes a thread without one that nobody listens.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _log = tracing::dispatcher::set_default(&log);
    let (mut secrets, mut seen) =
        (BTreeSet::from([BEARER.to_owned(), WRONG.to_owned()]), String::new());

    for (name, size, script) in SCRIPTS {
        let data = tempfile::tempdir().expect("folder");
        let weather = script.parse().expect("weather");
        let options = Options { weather, data: Some(data.path().to_owned()), ..Options::quick() };
        let mut world = World::new(options, config()).await;
        let id = world.add(World::ask(&world.file(name, size))).await;
        shown(&world, id, &mut seen).await;

        // The same file with a secret that does not fit, and by way of a credential server that is none.
        let key = world.cloud.key();
        for issuer in [
            Issuer::Key(Credential { secret: Secret::new(WRONG.to_owned()), ..key.clone() }),
            Issuer::Server {
                url: world.cloud.endpoint(),
                secret: Some(Secret::new(BEARER.to_owned())),
            },
        ] {
            world.engine().set_account(Account { issuer, ..world.account() }).await;
            let ask = Ask {
                again: Again::Send,
                ..World::ask(&world.file(&format!("other-{name}"), size))
            };
            let other = world.add(ask).await;
            shown(&world, other, &mut seen).await;
            world.engine().command(&[other], Command::Cancel).await;
            world.engine().drop_account(STUDIO).await;
        }

        // A pasted pair, signed for by somebody else.
        let vod = Vod::at(&world.cloud.endpoint(), world.cloud.region()).expect("address");
        let new = CreateVideo {
            title: "pair".into(),
            file_name: "pair.mp4".into(),
            ..CreateVideo::default()
        };
        if let Ok(reservation) = client().create_video(&vod, &key, &new).await {
            let Grant { address, pass } = reservation.grant;
            write!(seen, "{pass:?}").expect("a text");
            let ask = World::ask(&world.file("pair.mp4", 9_000));
            if let Some(pair) = world.engine().add_pair(ask, Grant { address, pass }).await {
                shown(&world, pair, &mut seen).await;
            }
        }
        write!(seen, "{:?}{:?}", world.account(), world.engine().notice()).expect("a text");
        seen += &world.engine().describe().await;

        secrets.extend(world.cloud.secrets());
        // Both while the journal's log is still open, and after it was taken in.
        assert_eq!(
            search(&world.folder.path().join("data"), &secrets),
            [] as [String; 0],
            "running: {script}"
        );
        world.kill().await;
        assert_eq!(
            search(&world.folder.path().join("data"), &secrets),
            [] as [String; 0],
            "killed: {script}"
        );
        // The same search over the sandbox's own books, which hold them all.
        assert!(!search(data.path(), &secrets).is_empty(), "the search is blind");
    }

    assert!(secrets.len() > 40, "{} secrets are too few to have looked", secrets.len());
    assert_eq!(found(seen.as_bytes(), &secrets), BTreeSet::new(), "shown");
    let log = heard.0.lock().expect("log").clone();
    let text = String::from_utf8_lossy(&log);
    assert!(text.contains("vodlift_engine") && text.contains("fault"), "the log was heard");
    assert_eq!(found(&log, &secrets), BTreeSet::new(), "logged");
    for word in [
        "Signature=",
        "OSS4-HMAC-SHA256 Credential",
        "ACS3-HMAC-SHA256 Credential",
        "security-token",
    ] {
        assert!(!text.contains(word), "logged: {word}");
        assert!(!seen.contains(word), "shown: {word}");
    }
}

#[test]
fn the_search_finds_every_spelling() {
    let secret = "planted/secret+0007=EXAMPLE~NOT-REAL".to_owned();
    let secrets = BTreeSet::from([secret.clone()]);
    let percent = secret.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
    let mut hidden = vec![
        secret.clone(),
        percent.clone(),
        percent.replace("%2F", "%2f").replace("%2B", "%2b").replace("%3D", "%3d"),
    ];
    for before in ["", "x", "{\"AccessKeySecret\":\"", "two", "four"] {
        hidden.push(BASE64_STANDARD.encode(format!("{before}{secret}\",\"more\":1}}")));
    }
    for text in hidden {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::create_dir(folder.path().join("deep")).expect("folder");
        let file = folder.path().join("deep/log");
        std::fs::write(&file, format!("before {text} after")).expect("write");
        assert_eq!(search(folder.path(), &secrets), [file.display().to_string()], "{text}");
        assert_eq!(found(b"nothing to see", &secrets), BTreeSet::new());
    }
}

#[tokio::test]
async fn a_refused_transfer_shows_its_cause_without_the_secret() {
    let world = World::quick().await;
    let key = world.cloud.key();
    let issuer = Issuer::Key(Credential { secret: Secret::new(WRONG.to_owned()), ..key });
    world.engine().set_account(Account { issuer, ..world.account() }).await;
    let id = world.add(World::ask(&world.file("a.mp4", 2 << 20))).await;
    let row = world.settle(id).await;
    assert_eq!(row.status, Status::Failed);
    let fault = row.fault.expect("a cause");
    assert_eq!(fault.code.as_str(), "auth.sign");
    let shown = serde_json::to_string(&fault).expect("fault");
    assert_eq!(found(shown.as_bytes(), &BTreeSet::from([WRONG.to_owned()])), BTreeSet::new());
}

/// What a crash would say of everything that holds a secret.
#[test]
fn the_words_of_a_crash_hold_none() {
    const PROXY: &str = "proxy-password/0009+EXAMPLE~NOT-REAL";
    let login = Some(("lin".to_owned(), Secret::new(PROXY.to_owned())));
    let secrets = BTreeSet::from([PROXY.to_owned(), WRONG.to_owned(), BEARER.to_owned()]);
    let key = Credential {
        id: "LTAI-EXAMPLE".to_owned(),
        secret: Secret::new(WRONG.to_owned()),
        token: Some(Secret::new(BEARER.to_owned())),
    };
    let mut words = String::new();
    for socks in [false, true] {
        let (host, port, login) = ("127.0.0.1".to_owned(), 9, login.clone());
        let proxy = if socks {
            Proxy::Socks5 { host, port, login }
        } else {
            Proxy::Http { host, port, login }
        };
        let transport = Transport { proxy, ..transport() };
        let client = Client::new(transport.clone());
        let pass = Pass::new(key.clone());
        let lease = vodlift_engine::lease::Lease::default();
        lease.hold(pass.clone(), jiff::Timestamp::UNIX_EPOCH, None);
        let issuer = Issuer::Server {
            url: "https://example.test".to_owned(),
            secret: Some(Secret::new(BEARER.to_owned())),
        };
        let all = (&transport, &client, &pass, &lease, &key, &issuer);
        let crash =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| panic!("{all:#?} {all:?}")));
        let said = crash.expect_err("it crashed");
        words += said.downcast_ref::<String>().expect("its words");
    }
    assert!(words.contains("lin") && words.contains("LTAI-EXAMPLE"), "they say much: {words}");
    assert_eq!(found(words.as_bytes(), &secrets), BTreeSet::new(), "{words}");
}
