//! What stands before a sandbox in a real network: a front that speaks TLS, and proxies that remember what they see.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

/// Names nobody looks up: only a proxy knows the way.
pub(crate) const VOD: &str = "https://vod.example.test";
pub(crate) const STORAGE: &str = "https://oss.example.test";

/// An open door; shut when it is dropped.
pub(crate) struct Door {
    pub(crate) at: SocketAddr,
    serving: JoinHandle<()>,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Door {
    async fn open<F>(guest: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = std::io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let at = listener.local_addr().expect("an address");
        #[expect(clippy::disallowed_methods, reason = "the one spawn; ended with the door")]
        let serving = tokio::spawn(async move {
            let mut inside = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                inside.spawn(guest(stream));
                while inside.try_join_next().is_some() {}
            }
        });
        Self { at, serving }
    }
}

/// A company's own root, and the certificate its front shows.
pub(crate) struct Company {
    /// PEM.
    pub(crate) root: String,
    server: Arc<rustls::ServerConfig>,
}

impl Company {
    pub(crate) fn new() -> Self {
        let mut ca = CertificateParams::default();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().expect("a certificate"))
            .expect("a certificate");
        let key = KeyPair::generate().expect("a certificate");
        let names = ["vod.example.test", "oss.example.test", "*.oss.example.test", "127.0.0.1"];
        let leaf = CertificateParams::new(names.map(str::to_owned)).expect("a certificate");
        let leaf = leaf.signed_by(&key, &ca).expect("a certificate");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let server = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("a certificate")
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .expect("a certificate");
        Self { root: ca.pem(), server: Arc::new(server) }
    }

    /// Speaks TLS for a port of loopback.
    pub(crate) async fn front(&self, port: u16) -> Door {
        let acceptor = TlsAcceptor::from(self.server.clone());
        Door::open(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let mut near = acceptor.accept(stream).await?;
                let mut far = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
                copy_bidirectional(&mut near, &mut far).await.map(|_| ())
            }
        })
        .await
    }
}

/// The language of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speech {
    Connect,
    Socks5,
}

/// What a proxy has seen: every byte that came to it, and where to.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<(Vec<u8>, Vec<String>)>>);

impl Seen {
    fn note(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.extend_from_slice(bytes);
    }

    fn target(&self, name: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.push(name);
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    pub(crate) fn targets(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }
}

/// A proxy that leads everybody to `to`, whatever they ask for; with a login, only those who have it.
pub(crate) async fn proxy(
    speech: Speech,
    login: Option<(&'static str, &'static str)>,
    to: SocketAddr,
) -> (Door, Seen) {
    let seen = Seen::default();
    let of = seen.clone();
    let door = Door::open(move |mut near| {
        let seen = of.clone();
        async move {
            let asked = match speech {
                Speech::Connect => connect(&mut near, login, &seen).await?,
                Speech::Socks5 => socks(&mut near, login, &seen).await?,
            };
            let Some(name) = asked else { return Ok(()) };
            seen.target(name);
            let far = TcpStream::connect(to).await?;
            let ((mut from_near, mut to_near), (mut from_far, mut to_far)) =
                (near.into_split(), far.into_split());
            let out = async {
                let mut buffer = vec![0; 64 << 10];
                while let n @ 1.. = from_near.read(&mut buffer).await? {
                    seen.note(&buffer[..n]);
                    to_far.write_all(&buffer[..n]).await?;
                }
                to_far.shutdown().await
            };
            let back = tokio::io::copy(&mut from_far, &mut to_near);
            tokio::try_join!(out, back).map(|_| ())
        }
    })
    .await;
    (door, seen)
}

/// CONNECT. None: refused.
async fn connect(
    near: &mut TcpStream,
    login: Option<(&str, &str)>,
    seen: &Seen,
) -> std::io::Result<Option<String>> {
    let mut head = vec![];
    while !head.ends_with(b"\r\n\r\n") {
        head.push(near.read_u8().await?);
    }
    seen.note(&head);
    let head = String::from_utf8_lossy(&head).into_owned();
    let wanted = login.map(|(user, password)| {
        format!(
            "proxy-authorization: basic {}",
            BASE64_STANDARD.encode(format!("{user}:{password}"))
        )
    });
    let plain = |line: &str| {
        let (name, value) = line.split_once("asic ").unwrap_or((line, ""));
        format!("{}asic {value}", name.to_lowercase())
    };
    if wanted.is_some_and(|wanted| !head.lines().any(|line| plain(line) == wanted)) {
        let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"company\"\r\n\
                       Content-Length: 0\r\nConnection: close\r\n\r\n";
        near.write_all(refusal.as_bytes()).await?;
        return Ok(None);
    }
    near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next());
    Ok(Some(target.expect("a CONNECT").to_owned()))
}

/// SOCKS 5, with names. None: refused.
async fn socks(
    near: &mut TcpStream,
    login: Option<(&str, &str)>,
    seen: &Seen,
) -> std::io::Result<Option<String>> {
    let text = async |near: &mut TcpStream| {
        let mut text = vec![0; usize::from(near.read_u8().await?)];
        near.read_exact(&mut text).await?;
        seen.note(&text);
        std::io::Result::Ok(String::from_utf8_lossy(&text).into_owned())
    };
    assert_eq!(near.read_u8().await?, 5, "version");
    let mut methods = vec![0; usize::from(near.read_u8().await?)];
    near.read_exact(&mut methods).await?;
    match login {
        None => near.write_all(&[5, 0]).await?,
        Some(_) if !methods.contains(&2) => {
            near.write_all(&[5, 0xFF]).await?;
            return Ok(None);
        }
        Some((user, password)) => {
            near.write_all(&[5, 2]).await?;
            assert_eq!(near.read_u8().await?, 1, "version of the login");
            let known = (text(near).await?, text(near).await?) == (user.into(), password.into());
            near.write_all(&[1, u8::from(!known)]).await?;
            if !known {
                return Ok(None);
            }
        }
    }
    let mut ask = [0; 4];
    near.read_exact(&mut ask).await?;
    assert_eq!(ask, [5, 1, 0, 3], "connect to a name");
    let name = text(near).await?;
    let port = near.read_u16().await?;
    near.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    Ok(Some(format!("{name}:{port}")))
}
