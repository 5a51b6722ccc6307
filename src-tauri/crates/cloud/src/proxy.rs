//! The way out of this computer: the proxy of the settings, or the one that an environment variable names.

use url::Url;
use vodlift_sign::Secret;

use crate::{Error, Kind};

/// The way to the network.
#[derive(Clone, Debug)]
pub enum Proxy {
    /// As the system is set.
    System,
    /// Straight.
    None,
    /// An HTTP proxy (CONNECT).
    Http {
        /// Host name or address.
        host: String,
        /// Port.
        port: u16,
        /// User and password, if it asks.
        login: Option<(String, Secret)>,
    },
    /// A SOCKS5 proxy, which also looks names up.
    Socks5 {
        /// Host name or address.
        host: String,
        /// Port.
        port: u16,
        /// User and password, if it asks.
        login: Option<(String, Secret)>,
    },
    /// The proxy of an environment variable.
    Environment(EnvironmentProxy),
    /// A proxy is named that cannot be used: nothing goes past it.
    Unusable {
        /// Who names it and why it cannot be used: `all_proxy: the scheme ftp is not known`. Never its password.
        reason: String,
    },
}

/// A proxy as an environment variable names it.
#[derive(Clone, Debug)]
pub struct EnvironmentProxy {
    scheme: &'static str,
    /// Host and port.
    address: String,
    login: Option<(String, Secret)>,
    /// Whom it is not used for, as `no_proxy` says it.
    except: String,
}

/// The variables that name a proxy for https, first the ones that win. Small letters win over capitals, as with curl.
pub(crate) const VARIABLES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

impl Proxy {
    /// The way that the environment names; [`Proxy::System`] where it names none.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let there = |name: &str| {
            variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let named = VARIABLES.into_iter().find_map(|name| Some((name, there(name)?)));
        let Some((name, value)) = named else { return Self::System };
        let except = there("no_proxy").or_else(|| there("NO_PROXY")).unwrap_or_default();
        match EnvironmentProxy::read(&value, &except) {
            Ok(proxy) => Self::Environment(proxy),
            Err(reason) => Self::Unusable { reason: format!("{name}: {reason}") },
        }
    }

    /// Host and port of the proxy, where they are known.
    pub(crate) fn address(&self) -> Option<String> {
        match self {
            Self::System | Self::None | Self::Unusable { .. } => None,
            Self::Environment(proxy) => Some(proxy.address.clone()),
            Self::Http { host, port, .. } | Self::Socks5 { host, port, .. } => {
                Some(if host.contains(':') {
                    format!("[{host}]:{port}")
                } else {
                    format!("{host}:{port}")
                })
            }
        }
    }

    /// What the connector is told; none: it finds its way itself.
    pub(crate) fn connector(&self) -> Result<Option<reqwest::Proxy>, String> {
        let (scheme, login, except) = match self {
            Self::System | Self::None => return Ok(None),
            Self::Unusable { reason } => return Err(reason.clone()),
            Self::Http { login, .. } => ("http", login, ""),
            // The h: the proxy looks names up, so a network without DNS of its own works too.
            Self::Socks5 { login, .. } => ("socks5h", login, ""),
            Self::Environment(proxy) => (proxy.scheme, &proxy.login, &*proxy.except),
        };
        let address = self.address().unwrap_or_default();
        let proxy = reqwest::Proxy::all(format!("{scheme}://{address}"))
            .map_err(|_| format!("{address} is no address of a proxy"))?;
        let proxy = proxy.no_proxy(reqwest::NoProxy::from_string(except));
        Ok(Some(match login {
            Some((user, password)) => proxy.basic_auth(user, password.expose()),
            None => proxy,
        }))
    }

    /// This host is reached without the proxy.
    pub(crate) fn spares(&self, url: &Url) -> bool {
        match self {
            Self::System | Self::None => true,
            Self::Http { .. } | Self::Socks5 { .. } | Self::Unusable { .. } => false,
            Self::Environment(proxy) => {
                let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
                proxy.except.split(',').any(|entry| {
                    let entry = entry.trim_start_matches('.').to_ascii_lowercase();
                    !entry.is_empty()
                        && (entry == "*"
                            || host == entry
                            || host.strip_suffix(&entry).is_some_and(|left| left.ends_with('.')))
                })
            }
        }
    }
}

impl EnvironmentProxy {
    /// Reads `[scheme://][user:password@]host[:port][/]`. The reason of a refusal never quotes the value.
    fn read(value: &str, except: &str) -> Result<Self, String> {
        let full = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
        let scheme = full.split("://").next().unwrap_or_default().to_ascii_lowercase();
        // `socks` is how desktops write it.
        let (scheme, usual) = match scheme.as_str() {
            "http" => ("http", 80),
            "https" => ("https", 443),
            "socks" | "socks5" | "socks5h" => ("socks5h", 1080),
            "socks4" | "socks4a" => ("socks4a", 1080),
            other if other.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) => {
                return Err(format!("the scheme {other} is not known"));
            }
            _ => return Err("it is no address".to_owned()),
        };
        // The parser leaves out ports that are usual for http alone.
        let rest = full.split_once("://").map_or("", |(_, rest)| rest);
        let url =
            Url::parse(&format!("proxy://{rest}")).map_err(|_| "it is no address".to_owned())?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("it names no host")?;
        if !matches!(url.path(), "" | "/") || url.query().is_some() {
            return Err("it has a path".to_owned());
        }
        let login = (!url.username().is_empty()).then(|| {
            let password = decoded(url.password().unwrap_or_default());
            (decoded(url.username()), Secret::new(password))
        });
        Ok(Self {
            scheme,
            address: format!("{host}:{}", url.port().unwrap_or(usual)),
            login,
            except: spared(except),
        })
    }
}

/// `no_proxy` in the spelling the connector knows: commas, no `*.` and no port.
fn spared(except: &str) -> String {
    let entries = except.split([',', ';', ' ', '\t', '\n']).filter_map(|entry| {
        let entry = entry.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(entry);
        let bare = match entry.rsplit_once(':') {
            // All we ask for by name is asked at 443; another port is another service.
            Some((host, "443")) => host,
            Some((host, port)) if !host.contains(':') && port.parse::<u16>().is_ok() => {
                return None;
            }
            _ => entry,
        };
        let bare = bare.trim_matches(['[', ']']);
        (!bare.is_empty()).then_some(bare)
    });
    entries.collect::<Vec<_>>().join(",")
}

/// Percent-encoding taken out.
fn decoded(text: &str) -> String {
    let pair = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// Nothing is sent past a proxy that was asked for.
pub(crate) fn unusable(reason: &str) -> Error {
    let mut error = Error::new("Settings", Kind::ProxyUnusable);
    error.facts_mut().message = Some(reason.to_owned());
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Proxy {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Proxy::from_environment(move |name| {
            pairs.iter().find(|(it, _)| it == name).map(|(_, value)| value.clone())
        })
    }

    #[test]
    fn every_spelling_of_a_proxy_is_understood() {
        for (value, scheme, address) in [
            ("http://127.0.0.1:3128", "http", "127.0.0.1:3128"),
            ("127.0.0.1:3128", "http", "127.0.0.1:3128"),
            ("proxy.example.com", "http", "proxy.example.com:80"),
            ("HTTP://Proxy.example.com:80/", "http", "Proxy.example.com:80"),
            (" http://a:8080 ", "http", "a:8080"),
            ("https://a", "https", "a:443"),
            ("socks://a", "socks5h", "a:1080"),
            ("socks5://a:9", "socks5h", "a:9"),
            ("socks5h://[::1]:9", "socks5h", "[::1]:9"),
            ("socks4://a:9", "socks4a", "a:9"),
        ] {
            for name in VARIABLES {
                let Proxy::Environment(proxy) = env(&[(name, value)]) else {
                    panic!("{name}={value}")
                };
                assert_eq!(proxy.scheme, scheme, "{value}");
                assert!(proxy.address.eq_ignore_ascii_case(address), "{value}: {}", proxy.address);
                assert!(
                    Proxy::Environment(proxy).connector().is_ok_and(|it| it.is_some()),
                    "{value}"
                );
            }
        }
        let Proxy::Environment(proxy) = env(&[("all_proxy", "http://li%40n:p%3Aw+%20d@a:1")])
        else {
            panic!("a login")
        };
        let login = proxy.login.map(|(user, password)| (user, password.expose().to_owned()));
        assert_eq!(login, Some(("li@n".to_owned(), "p:w+ d".to_owned())));
    }

    #[test]
    fn what_is_no_proxy_is_refused_aloud_and_never_quoted() {
        for (value, said) in [
            ("ftp://u:hidden@a:1", "all_proxy: the scheme ftp is not known"),
            ("socks6://a", "all_proxy: the scheme socks6 is not known"),
            ("http://", "all_proxy: it is no address"),
            ("://a", "all_proxy: the scheme  is not known"),
            ("http://a:99999", "all_proxy: it is no address"),
            ("http://a/path", "all_proxy: it has a path"),
        ] {
            let Proxy::Unusable { reason } = env(&[("all_proxy", value)]) else {
                panic!("{value}")
            };
            assert!(!reason.contains("hidden"));
            if value != "http://" {
                assert_eq!(reason, said, "{value}");
            }
        }
    }

    #[test]
    fn the_most_particular_variable_wins_and_empty_ones_are_not_set() {
        let of = |pairs: &[(&str, &str)]| env(pairs).address();
        assert_eq!(of(&[("HTTPS_PROXY", "a:1"), ("https_proxy", "b:1")]).as_deref(), Some("b:1"));
        assert_eq!(of(&[("all_proxy", "a:1"), ("HTTPS_PROXY", "b:1")]).as_deref(), Some("b:1"));
        assert_eq!(of(&[("https_proxy", " "), ("ALL_PROXY", "b:1")]).as_deref(), Some("b:1"));
        assert!(matches!(env(&[("http_proxy", "a:1")]), Proxy::System), "for plain http alone");
        assert!(matches!(env(&[]), Proxy::System));
    }

    #[test]
    fn hosts_that_need_no_proxy_are_known_in_every_spelling() {
        let host = |text: &str| Url::parse(&format!("https://{text}/")).unwrap();
        for (except, spared, not) in [
            ("example.com", "a.example.com", "notexample.com"),
            (".example.com", "a.example.com", "example.org"),
            ("*.example.com", "a.example.com", "example.org"),
            ("x, example.com:443", "example.com", "y"),
            ("x;example.com  y", "example.com", "z"),
            ("EXAMPLE.com", "example.COM", "z"),
            ("*", "anything", ""),
            ("example.com:8443", "", "example.com"),
        ] {
            for name in ["no_proxy", "NO_PROXY"] {
                let proxy = env(&[("https_proxy", "p:1"), (name, except)]);
                assert!(spared.is_empty() || proxy.spares(&host(spared)), "{except}: {spared}");
                assert!(not.is_empty() || !proxy.spares(&host(not)), "{except}: {not}");
            }
        }
    }
}
