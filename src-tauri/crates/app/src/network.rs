//! How requests leave this computer, made from the settings. Knows no account and no request.

use std::time::Duration;

use vodlift_cloud::{Client, Proxy, Secret, Signature, Transport, VodSignature};
use vodlift_engine::fault::Code;

use crate::api::{self, Settings};
use crate::edge::Edge;
use crate::error::Error;
use crate::folders;
use crate::secrets::{PROXY, Secrets};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest time without a byte either way.
const IDLE: Duration = Duration::from_secs(30);

/// Every certificate of a system together is a quarter of this.
pub const ROOT_LIMIT: u64 = 1 << 20;

/// The client the settings ask for. Reads the own root certificate; asks the keyring only when a proxy wants a password.
pub async fn client(settings: &Settings, edge: &Edge, secrets: &Secrets) -> Result<Client, Error> {
    let (oss_signature, vod_signature) = if settings.hmac_sha1 {
        (Signature::V1, VodSignature::Rpc1)
    } else {
        (Signature::V4, VodSignature::Acs3)
    };
    let transport = Transport {
        proxy: proxy(&settings.proxy, secrets).await,
        tls_root: tls_root(settings, edge)?,
        connect_timeout: CONNECT,
        idle_timeout: IDLE,
        user_agent: concat!("Vodlift/", env!("CARGO_PKG_VERSION")).to_owned(),
        oss_signature,
        vod_signature,
        now: edge.now,
        nonce: edge.nonce,
    };
    Client::new(transport)
        .map_err(|error| Error::fault(Code::Unknown, &[("code", &error.to_string())]))
}

async fn proxy(proxy: &api::Proxy, secrets: &Secrets) -> Proxy {
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
        api::Proxy::System => Proxy::System,
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

/// The own root certificate: the settings' file, else the one that `SSL_CERT_FILE` names.
fn tls_root(settings: &Settings, edge: &Edge) -> Result<Option<Vec<u8>>, Error> {
    let named = settings.tls_root.clone().or_else(|| (edge.env)("SSL_CERT_FILE"));
    let Some(path) = named.filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    folders::read_small(path.as_ref(), ROOT_LIMIT).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_proxy_with_a_user_gets_the_kept_password() {
        let secrets = Secrets::new(None);
        let address = "proxy.example.com:8080".to_owned();
        let named = api::Proxy::Http { address: address.clone(), user: Some("lin".to_owned()) };
        let login = async |settings: &api::Proxy| match proxy(settings, &secrets).await {
            Proxy::Http { login, .. } => {
                login.map(|(user, password)| (user, password.expose().to_owned()))
            }
            Proxy::System | Proxy::None | Proxy::Socks5 { .. } => unreachable!("an HTTP proxy"),
        };
        assert_eq!(login(&named).await, Some(("lin".to_owned(), String::new())));
        secrets.put(PROXY, Secret::new("pass word".to_owned())).await;
        assert_eq!(login(&named).await, Some(("lin".to_owned(), "pass word".to_owned())));
        assert_eq!(login(&api::Proxy::Http { address, user: None }).await, None);
    }
}
