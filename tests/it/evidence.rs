//! What people are shown when something is wrong: certificates and unusable answers, with nothing secret in them, and how
//! the queue is searched. Knows the app and doors, no internals.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use vodlift_app::api::{Distrust, ProfileDraft, Proxy, Settings, Source};
use vodlift_app::edge::Edge;
use vodlift_app::folders::Folders;
use vodlift_app::{App, Code, Command, Row, Status, TransferId};
use vodlift_sandbox::{Options, Sandbox};
use vodlift_tests::World;
use vodlift_tests::search::{found, search};

use crate::matrix::doors::{Company, Speech, VOD, proxy};

const BEARER: &str = "bearer-of-the-company/0005+EXAMPLE~NOT-REAL==";
const TOKEN: &str = "CAIS0010/EXAMPLE+NOT-REAL/of-somebody==";
const WORD: &str = "unknown/0011+EXAMPLE~NOT-REAL";

async fn open(home: &Path) -> App {
    let edge = Edge { env: Arc::new(|_| None), keyring: None, ..Edge::system() };
    App::open(Folders::under(home), edge).await.expect("an app")
}

fn draft(endpoint: Option<&str>, server: Option<&str>) -> ProfileDraft {
    let source = if server.is_some() { Source::Server } else { Source::AccessKey };
    let key = |text: &str| server.is_none().then(|| text.to_owned());
    ProfileDraft {
        name: "studio".into(),
        replaces: None,
        region: "cn-shanghai".into(),
        endpoint: endpoint.map(str::to_owned),
        source,
        access_key_id: key("LTAI-EXAMPLE"),
        access_key_secret: key("example-secret/0012+NOT-REAL"),
        security_token: None,
        server: server.map(str::to_owned),
        server_secret: server.map(|_| BEARER.to_owned()),
    }
}

/// Adds one file and waits until it needs the person.
async fn failed(app: &App, home: &Path) -> Row {
    let path = home.join("film.mp4");
    std::fs::write(&path, vodlift_tests::bytes("film.mp4", 9_000)).expect("a file");
    let offer = app.offer(vec![path]).await;
    let ids = app.add_offer(&offer.id, true, None).await.expect("a transfer").ids;
    stuck(app, ids[0]).await
}

async fn stuck(app: &App, id: TransferId) -> Row {
    for _ in 0..200 {
        let rows = app.engine().rows().await;
        let row = rows.into_iter().find(|row| row.id == id).expect("its row");
        if row.status == Status::Failed {
            return row;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it never failed: {}", app.engine().describe().await);
}

#[tokio::test]
async fn certificates_that_are_not_trusted_are_shown_by_the_way_of_the_settings() {
    let home = tempfile::tempdir().expect("a folder");
    let cloud = Sandbox::start(Options::quick()).await.expect("a sandbox");
    let company = Company::new();
    let front = company.front(cloud.port()).await;
    let (door, seen) = proxy(Speech::Connect, None, front.at).await;
    let app = open(home.path()).await;
    let way = Proxy::Http { address: door.at.to_string(), user: None };
    app.save_settings(Settings { proxy: way, ..app.settings() }).await.expect("settings");
    app.save_profile(draft(Some(VOD), None)).await.expect("a profile");
    let row = failed(&app, home.path()).await;
    assert_eq!(row.fault.map(|fault| fault.code), Some(Code::NetTls));

    let before = seen.targets().len();
    let shown = app.certificates(row.id).await.expect("certificates");
    assert_eq!((&*shown.host, shown.distrust), ("vod.example.test", Some(Distrust::Issuer)));
    assert_eq!(shown.chain.len(), 1);
    assert_eq!(shown.chain[0].sha256.split(':').count(), 32, "{}", shown.chain[0].sha256);
    assert_eq!(seen.targets()[before..], ["vod.example.test:443"], "by the proxy, and once");
    assert_eq!(cloud.requests().0.len(), 0, "nothing was asked");

    // Whoever names the root is shown that they are trusted now.
    let root = home.path().join("root.pem");
    std::fs::write(&root, &company.root).expect("a file");
    let named = Settings { tls_root: Some(root.display().to_string()), ..app.settings() };
    app.save_settings(named).await.expect("settings");
    assert_eq!(app.certificates(row.id).await.expect("certificates").distrust, None);
    app.stop().await;
}

/// Answers whatever is asked with one text.
async fn server(answer: String) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let at = listener.local_addr().expect("an address");
    #[expect(clippy::disallowed_methods, reason = "the one spawn; ended with the test's runtime")]
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked).await;
            let length = answer.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all((head + &answer).as_bytes()).await;
        }
    });
    at
}

#[tokio::test]
async fn an_unusable_answer_is_shown_masked_and_kept_nowhere() {
    let media = "0123456789abcdef0123456789abcdef";
    let answer = format!(
        r#"{{"videoId":"{media}","uploadAuth":"{TOKEN}","note":"sent for {WORD}","you":"{BEARER}","n":3}}"#
    );
    let at = server(answer).await;
    let home = tempfile::tempdir().expect("a folder");
    let app = open(home.path()).await;
    let profile = draft(None, Some(&format!("http://{at}/credentials")));
    app.save_profile(profile.clone()).await.expect("a profile");
    let row = failed(&app, home.path()).await;
    assert_eq!(row.fault.as_ref().map(|fault| fault.code), Some(Code::SrvShape), "{:?}", row.fault);
    let shown = app.answer(row.id).await.expect("a transfer").expect("an answer");
    let secrets = BTreeSet::from([BEARER, TOKEN, WORD].map(str::to_owned));
    assert_eq!(found(shown.as_bytes(), &secrets), BTreeSet::new(), "{shown}");
    for part in ["uploadAuth", "sent for", media, "\"n\": 3"] {
        assert!(shown.contains(part), "{part} is missing in {shown}");
    }
    let told = format!("{:?}{}", row, serde_json::to_string(&row).expect("a row"));
    assert!(!told.contains("uploadAuth"), "told unasked: {told}");
    app.stop().await;
    let kept = |text: &str| search(home.path(), &BTreeSet::from([text.to_owned()]));
    assert_eq!(kept("\"uploadAuth\""), [] as [String; 0]);
    assert!(!kept("/credentials").is_empty(), "the search is blind");
    let app = open(home.path()).await;
    // It waits for its account, which lived in memory only; its fault is known, the answer is not.
    assert_eq!(app.answer(row.id).await.expect("a transfer"), None);
    let replaces = Some(profile.name.clone());
    app.save_profile(ProfileDraft { replaces, ..profile }).await.expect("a profile");
    app.command(&[row.id], Command::Run).await.expect("a transfer");
    let again = stuck(&app, row.id).await;
    assert!(app.answer(again.id).await.expect("a transfer").is_some(), "asked again, shown again");
    app.stop().await;
}

#[tokio::test]
async fn the_queue_is_searched_by_title_name_and_media_and_the_history_by_kind_and_time() {
    let world = World::quick().await;
    let film = world.add(World::ask(&world.file("Kyoto Rain.mp4", 9_000))).await;
    let cover = world.add(World::ask(&world.file("poster.png", 900))).await;
    let talk = world.add(World::ask(&world.file("talk.srt", 900))).await;
    for id in [film, cover, talk] {
        world.until(id, |row| row.status == Status::Done).await;
    }
    let media = world.facts(film).await.media.expect("a media id");
    let engine = world.engine();
    for (text, ids) in [
        ("kyoto", vec![film]),
        ("  RAIN.MP", vec![film]),
        (&media[4..20], vec![film]),
        ("p", vec![film, cover]),
        (".SRT", vec![talk]),
        ("", vec![film, cover, talk]),
        ("%", vec![]),
        ("osaka", vec![]),
    ] {
        assert_eq!(engine.search(text).await, ids, "{text}");
    }
    engine
        .edit(
            &[film],
            vodlift_engine::AboutPatch { title: Some("雨の京都".into()), ..Default::default() },
        )
        .await;
    assert_eq!(engine.search("京都").await, [film]);

    let total = async |kind: &str, since_ms: u64| {
        let query = vodlift_engine::HistoryQuery {
            kind: kind.into(),
            since_ms,
            limit: 9,
            ..Default::default()
        };
        engine.history(query).await.expect("journal").total
    };
    let ended = world.facts(film).await.ended_ms.expect("it ended");
    assert_eq!((total("", 0).await, total("video", 0).await, total("image", 0).await), (3, 1, 1));
    assert_eq!((total("attached", 0).await, total("subtitle", 0).await), (1, 1));
    assert_eq!((total("audio", 0).await, total("video", ended).await), (0, 1));
    assert_eq!(total("", u64::MAX).await, 0);
}
