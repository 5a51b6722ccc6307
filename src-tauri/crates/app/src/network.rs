//! How requests leave this computer, made from the settings. Knows no account and no request.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use vodlift_cloud::{Client, Kind, Proxy, Roots, Secret, Signature, Transport, VodSignature};
use vodlift_engine::fault::{Fault, Side};
use vodlift_engine::view::FaultView;

use crate::api::{self, Settings};
use crate::edge::Edge;
use crate::error::Error;
use crate::secrets::{PROXY, Secrets};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest time without a byte either way.
const IDLE: Duration = Duration::from_secs(30);

/// Every certificate of a system together is a quarter of this.
pub const ROOT_LIMIT: u64 = 4 << 20;

/// The client the settings ask for. Reads the own root certificate; asks the keyring only when a proxy wants a password.
/// What is wrong with either is told to what needs it: the window must open to repair it.
pub async fn client(settings: &Settings, edge: &Edge, secrets: &Secrets) -> Client {
    let (oss_signature, vod_signature) = if settings.hmac_sha1 {
        (Signature::V1, VodSignature::Rpc1)
    } else {
        (Signature::V4, VodSignature::Acs3)
    };
    let transport = Transport {
        proxy: proxy(&settings.proxy, edge, secrets).await,
        tls_root: tls_root(settings, edge),
        connect_timeout: CONNECT,
        idle_timeout: IDLE,
        user_agent: concat!("Vodlift/", env!("CARGO_PKG_VERSION")).to_owned(),
        oss_signature,
        vod_signature,
        now: edge.now,
        nonce: edge.nonce,
    };
    Client::new(transport)
}

/// As [`client`], for settings that are about to be kept: an error says what is wrong with them.
pub async fn checked(settings: &Settings, edge: &Edge, secrets: &Secrets) -> Result<Client, Error> {
    let client = client(settings, edge, secrets).await;
    match client.warm() {
        // What the environment says is not what is saved.
        Err(error)
            if (error.kind == Kind::Roots && settings.tls_root.is_some())
                || (error.kind == Kind::ProxyUnusable && settings.proxy != api::Proxy::System) =>
        {
            let fault = Fault::from_cloud(&error, Side::Vod, false);
            Err(Error::Fault(Box::new(FaultView::from(&fault))))
        }
        Ok(()) | Err(_) => Ok(client),
    }
}

async fn proxy(proxy: &api::Proxy, edge: &Edge, secrets: &Secrets) -> Proxy {
    let login = async |user: &Option<String>| match user {
        Some(user) if !user.is_empty() => {
            let password = secrets.get(PROXY).await.unwrap_or(Secret::new(String::new()));
            Some((user.clone(), password))
        }
        Some(_) | None => None,
    };
    // The settings were checked: both halves are there, and the port is a number.
    let split = |address: &str| {
        let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
        (host.trim_matches(['[', ']']).to_owned(), port.parse().unwrap_or(8080))
    };
    match proxy {
        api::Proxy::System => Proxy::from_environment(|name| (edge.env)(name)),
        api::Proxy::None => Proxy::None,
        api::Proxy::Http { address, user } => {
            let (host, port) = split(address);
            Proxy::Http { host, port, login: login(user).await }
        }
        api::Proxy::Socks5 { address, user } => {
            let (host, port) = split(address);
            Proxy::Socks5 { host, port, login: login(user).await }
        }
    }
}

/// The own root certificates: the settings' file, else the one that `SSL_CERT_FILE` names.
fn tls_root(settings: &Settings, edge: &Edge) -> Option<Roots> {
    let there = |path: Option<String>| path.filter(|path| !path.is_empty());
    let (origin, path) = if let Some(path) = there(settings.tls_root.clone()) {
        (path.clone(), path)
    } else {
        let path = there((edge.env)("SSL_CERT_FILE"))?;
        (format!("SSL_CERT_FILE={path}"), path)
    };
    Some(Roots { origin, content: read(Path::new(&path)).map_err(|error| error.to_string()) })
}

/// A file of a decent size: a device or a pipe could be read for ever.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let meta = std::fs::metadata(path)?;
    if !meta.is_file() || meta.len() > ROOT_LIMIT {
        return Err(std::io::Error::other("it is no file of certificates"));
    }
    let mut content = vec![];
    std::fs::File::open(path)?.take(ROOT_LIMIT).read_to_end(&mut content)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_proxy_with_a_user_gets_the_kept_password() {
        let secrets = Secrets::new(None);
        let edge = edge(&[]);
        let address = "proxy.example.com:8080".to_owned();
        let named = api::Proxy::Http { address: address.clone(), user: Some("lin".to_owned()) };
        let login = async |settings: &api::Proxy| {
            let made = proxy(settings, &edge, &secrets).await;
            let Proxy::Http { login, .. } = made else { unreachable!("no HTTP proxy: {made:?}") };
            login.map(|(user, password)| (user, password.expose().to_owned()))
        };
        assert_eq!(login(&named).await, Some(("lin".to_owned(), String::new())));
        secrets.put(PROXY, Secret::new("pass word".to_owned())).await;
        assert_eq!(login(&named).await, Some(("lin".to_owned(), "pass word".to_owned())));
        assert_eq!(login(&api::Proxy::Http { address, user: None }).await, None);
    }

    fn edge(pairs: &[(&'static str, String)]) -> Edge {
        let pairs = pairs.to_vec();
        let env = move |name: &str| {
            pairs.iter().find(|(it, _)| *it == name).map(|(_, value)| value.clone())
        };
        Edge { env: std::sync::Arc::new(env), keyring: None, ..Edge::system() }
    }

    #[tokio::test]
    async fn odd_roots_are_told_by_name_to_what_needs_them_and_refused_when_they_are_saved() {
        let secrets = Secrets::new(None);
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none.pem").display().to_string();
        let said = |client: &Client| client.warm().unwrap_err().message.clone().unwrap();
        let here = |path: &str| edge(&[("SSL_CERT_FILE", path.to_owned())]);
        let plain = Settings::first();

        // The variable: the client is made, and says its name where TLS is wanted.
        let of_variable = client(&plain, &here(&missing), &secrets).await;
        assert!(said(&of_variable).starts_with(&format!("SSL_CERT_FILE={missing}: ")));
        let folder_path = folder.path().display().to_string();
        assert!(said(&client(&plain, &here(&folder_path), &secrets).await).contains("no file"));
        if cfg!(unix) {
            assert!(said(&client(&plain, &here("/dev/zero"), &secrets).await).contains("no file"));
        }
        // Settings are kept all the same: they are not at fault.
        checked(&plain, &here(&missing), &secrets).await.unwrap();

        // The settings' own file is refused when it is chosen, and told when it has gone since.
        let chosen = Settings { tls_root: Some(missing.clone()), ..Settings::first() };
        assert!(checked(&chosen, &edge(&[]), &secrets).await.is_err());
        let client = client(&chosen, &edge(&[]), &secrets).await;
        assert!(said(&client).starts_with(&format!("{missing}: ")), "{}", said(&client));
    }

    #[tokio::test]
    async fn the_proxy_of_the_environment_counts_where_the_settings_say_system() {
        let secrets = Secrets::new(None);
        let edge = edge(&[("ALL_PROXY", "gopher://a".to_owned())]);
        let of = async |settings: &api::Proxy| proxy(settings, &edge, &secrets).await;
        assert!(matches!(of(&api::Proxy::System).await, Proxy::Unusable { .. }));
        assert!(matches!(of(&api::Proxy::None).await, Proxy::None));
    }
}
