//! Whom the client believes: an own root when it is given, the system's otherwise, and only under the right name.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    sync::{Arc, OnceLock},
    thread,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use sha2::{Digest as _, Sha256};
use vodlift_cloud::{
    Client, Distrust, Error, Kind, Roots, Transport,
    vod::{By, Vod},
};

use crate::wire::{key, transport};

/// A root nobody knows, and a server that speaks for 127.0.0.1 in its name.
struct Company {
    root: String,
    /// SHA-256 of the server's certificate, hexadecimal.
    leaf: String,
    server: Arc<rustls::ServerConfig>,
}

fn company() -> &'static Company {
    static COMPANY: OnceLock<Company> = OnceLock::new();
    COMPANY.get_or_init(|| {
        let mut ca = CertificateParams::default();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &ca).unwrap();
        let digest = Sha256::digest(leaf.der());
        let digest: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let server = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .unwrap();
        Company { root: ca.pem(), leaf: digest.concat(), server: Arc::new(server) }
    })
}

/// Answers one request over TLS; a client that hangs up is fine.
fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        let Ok((mut socket, _)) = listener.accept() else { return };
        let mut tls = rustls::ServerConnection::new(company().server.clone()).unwrap();
        let mut stream = rustls::Stream::new(&mut tls, &mut socket);
        let (mut head, mut byte) = (vec![], [0]);
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read(&mut byte).unwrap_or(0) == 0 {
                return;
            }
            head.push(byte[0]);
        }
        let body = r#"{"Video":{"VideoId":"v1","Status":"Normal"}}"#;
        let length = body.len();
        let answer =
            format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
        let _ = stream.write_all((answer + body).as_bytes());
        tls.send_close_notify();
        let _ = tls.complete_io(&mut socket);
    });
    at
}

fn roots(pem: &str) -> Roots {
    Roots { origin: "test".to_owned(), content: Ok(pem.as_bytes().to_vec()) }
}

async fn ask(url: &str, root: Option<&str>) -> Result<String, Error> {
    let client = Client::new(Transport { tls_root: root.map(roots), ..transport() });
    let vod = Vod::at(url, "cn-shanghai").unwrap();
    client.video_info(&vod, &key(), By::Id("v1")).await.map(|video| video.status)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_own_root_is_believed() {
    let url = format!("https://{}", serve());
    assert_eq!(ask(&url, Some(&company().root)).await.unwrap(), "Normal");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_root_a_server_is_refused() {
    let error = ask(&format!("https://{}", serve()), None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Tls);
    assert!(error.unsent(), "nothing that was signed has left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_root_does_not_help() {
    let stranger = CertificateParams::default();
    let stranger = CertifiedIssuer::self_signed(stranger, KeyPair::generate().unwrap()).unwrap();
    let error = ask(&format!("https://{}", serve()), Some(&stranger.pem())).await.unwrap_err();
    assert_eq!(error.kind, Kind::Tls);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_name_is_refused() {
    let url = format!("https://localhost:{}", serve().port());
    let error = ask(&url, Some(&company().root)).await.unwrap_err();
    assert_eq!(error.kind, Kind::Tls);
    let host = url.trim_start_matches("https://");
    assert_eq!(error.host.as_deref(), Some(host), "with the port, for the usual one it is not");
}

/// What is heard of a far side that is asked for its certificates: them, and not one byte after the greeting.
async fn look(host: &str, root: Option<&str>) -> Result<vodlift_cloud::Shown, Error> {
    let client = Client::new(Transport { tls_root: root.map(roots), ..transport() });
    client.certificates(host).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_are_looked_at_with_the_reason_for_distrust() {
    let leaf = company().leaf.clone();
    let (known, at) = (Some(&*company().root), serve());
    for (host, root, distrust) in [
        (at.to_string(), None, Some(Distrust::Issuer)),
        (serve().to_string(), known, None),
        (format!("localhost:{}", serve().port()), known, Some(Distrust::Name)),
    ] {
        let shown = look(&host, root).await.unwrap();
        assert_eq!(shown.distrust, distrust, "{host}");
        let [certificate] = &*shown.chain else { panic!("{:?}", shown.chain) };
        assert!(certificate.subject.contains("CN="), "{certificate:?}");
        assert!(certificate.issuer.contains("CN="), "{certificate:?}");
        assert!(certificate.from < certificate.until, "{certificate:?}");
        assert_eq!(certificate.sha256.replace(':', "").to_lowercase(), leaf, "{host}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_at_certificates_asks_for_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let heard = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut tls = rustls::ServerConnection::new(company().server.clone()).unwrap();
        let mut said = vec![];
        // It hangs up with an alert, which ends the reading with an error.
        let outcome = rustls::Stream::new(&mut tls, &mut socket).read_to_end(&mut said);
        (outcome.is_err(), said)
    });
    assert!(look(&host, None).await.is_ok());
    assert_eq!(heard.join().unwrap(), (true, vec![]));
}

#[tokio::test]
async fn where_no_certificate_is_shown_the_cause_is_told() {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    assert_eq!(look(&unused, None).await.unwrap_err().kind, Kind::Connect);
    for odd in ["", "a b", "host/path", "user@host", "host?q", "host#"] {
        assert_eq!(look(odd, None).await.unwrap_err().kind, Kind::Address, "{odd}");
    }
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let plain = silent.local_addr().unwrap().to_string();
    let talk = thread::spawn(move || {
        let (mut socket, _) = silent.accept().unwrap();
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    assert_eq!(look(&plain, None).await.unwrap_err().kind, Kind::Tls);
    talk.join().unwrap();
}

/// The root of the system can be named by `SSL_CERT_FILE`, as every tool on Linux lets it. Trust is read once a process, so
/// this test starts itself as a child that only asks.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "a child's only way to hear from its parent")]
async fn the_root_of_the_environment_is_believed() {
    if let Ok(url) = std::env::var("VODLIFT_TEST_URL") {
        assert_eq!(ask(&url, None).await.map_err(|error| error.kind), Ok("Normal".to_owned()));
        return;
    }
    let file = std::env::temp_dir().join(format!("vodlift-root-{}.pem", std::process::id()));
    std::fs::write(&file, &company().root).unwrap();
    let child = |root: Option<&std::path::Path>| {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "tls::the_root_of_the_environment_is_believed"]);
        command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
        command.env("VODLIFT_TEST_URL", format!("https://{}", serve()));
        if let Some(root) = root {
            command.env("SSL_CERT_FILE", root);
        }
        command.output().unwrap()
    };
    let (with, without) = (child(Some(&file)), child(None));
    std::fs::remove_file(&file).unwrap();
    let said = String::from_utf8_lossy(&with.stdout);
    assert!(with.status.success() && said.contains("1 passed"), "{said}");
    assert!(!without.status.success(), "an unknown root was believed");
    assert!(String::from_utf8_lossy(&without.stdout).contains("Tls"));
}
