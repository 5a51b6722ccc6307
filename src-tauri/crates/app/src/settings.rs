//! Preferences: `settings.toml`, read key by key so that one bad line costs one default, never the rest.
//! Knows no secret and no engine.

use std::path::PathBuf;

use serde_json::{Map, Value};
use toml_edit::DocumentMut;
use vodlift_engine::model::Wait;

use crate::api::{Density, Keys, Limit, Notify, Proxy, Settings, Theme, WhenDone};
use crate::error::{Error, Unfit, line_of};
use crate::flaw::{Flaw, similar};
use crate::folders;

impl Settings {
    /// What holds until the person says otherwise.
    pub fn first() -> Settings {
        Settings {
            files: 3,
            parts: 0,
            part_mib: 0,
            wait: Wait::Playable,
            restart_changed: false,
            keep_history: 365,
            awake: true,
            limit: Limit { on: false, rate_bytes: 20_000_000, periods: Vec::new() },
            proxy: Proxy::System,
            tls_root: None,
            hmac_sha1: false,
            notify: Notify { done: true, failed: true, all: true },
            theme: Theme::System,
            language: "system".to_owned(),
            density: Density::Auto,
            reduce_motion: false,
            single_keys: true,
            keys: Keys {
                search: "/".to_owned(),
                select: "x".to_owned(),
                pause: " ".to_owned(),
                help: "?".to_owned(),
            },
            when_done: WhenDone::Nothing,
            autostart: false,
        }
    }

    /// The first key whose value makes no sense, as the file spells it.
    fn unfit(&self) -> Option<&'static str> {
        let day = |minute: u32| minute <= 24 * 60;
        let periods_fit = self.limit.periods.iter().all(|period| {
            period.days.iter().all(|day| *day < 7) && day(period.from_min) && day(period.to_min)
        });
        let proxied = match &self.proxy {
            Proxy::System | Proxy::None => true,
            Proxy::Http { address, .. } | Proxy::Socks5 { address, .. } => host_and_port(address),
        };
        let keys = [&self.keys.search, &self.keys.select, &self.keys.pause, &self.keys.help];
        let keys_fit = keys.iter().enumerate().all(|(i, key)| {
            let mut letters = key.chars();
            let one =
                letters.next().is_some_and(|c| c == ' ' || !(c.is_whitespace() || c.is_control()));
            one && letters.next().is_none() && !keys[..i].contains(key)
        });
        [
            ("files", (1..=10).contains(&self.files)),
            ("parts", self.parts <= 16),
            // OSS: UploadPart, at most 5 GB; a part is buffered nowhere, yet one that large never survives a bad link.
            ("part_mib", self.part_mib <= 1024),
            // A hundred years.
            ("keep_history", self.keep_history <= 36_500),
            ("limit", (!self.limit.on || self.limit.rate_bytes >= 1000) && periods_fit),
            ("proxy", proxied),
            ("keys", keys_fit),
            ("language", ["system", "en", "zh-CN"].contains(&self.language.as_str())),
        ]
        .into_iter()
        .find(|(_, fits)| !fits)
        .map(|(key, _)| key)
    }
}

fn host_and_port(address: &str) -> bool {
    address.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && !host.contains(['/', '@', ' ']) && port.parse::<u16>().is_ok()
    })
}

/// A key of the file that is not followed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// As the file spells it.
    pub key: String,
    /// The key is ours, its value is not.
    pub known: bool,
}

/// The file of preferences.
pub struct File {
    path: PathBuf,
    document: DocumentMut,
    /// What holds.
    pub settings: Settings,
    /// Keys that are not followed. They stay in the file.
    pub ignored: Vec<Ignored>,
    flaw: Option<Flaw>,
}

/// Settings that decide by which way bytes leave, and to whom they may go: without them nothing is sent.
const WAY: &[&str] = &["proxy", "tls_root"];

impl File {
    /// Reads the file; none means the first settings. A file that is no TOML at all is an error and stays as it is.
    pub fn open(path: PathBuf) -> Result<File, Error> {
        let text = folders::read(&path)?.unwrap_or_default();
        let broken = |at: Option<std::ops::Range<usize>>, what: &str| Error::Broken {
            path: path.clone(),
            line: line_of(&text, at.map(|at| at.start)),
            what: what.trim().to_owned(),
        };
        let document: DocumentMut = text
            .parse()
            .map_err(|error: toml_edit::TomlError| broken(error.span(), error.message()))?;
        let there: Map<String, Value> =
            toml::from_str(&text).map_err(|error| broken(error.span(), error.message()))?;
        let (settings, ignored) = understand(there);
        let flaw = way(&text, &ignored);
        Ok(File { path, document, settings, ignored, flaw })
    }

    /// A setting of the way cannot be understood: nothing may be sent by any other.
    pub fn flawed(&self) -> Option<Error> {
        self.flaw.clone().map(|flaw| Error::Flawed { path: self.path.clone(), flaw })
    }

    /// What would hold after [`File::save`]: what the person changed, on top of what the file holds by now.
    pub fn merged(&self, settings: &Settings) -> Result<Settings, Error> {
        Ok(self.changed(settings)?.settings)
    }

    /// Writes what the person changed, and keeps everything else in the file as it is by now: other processes write it
    /// too. Refuses values that make no sense.
    pub fn save(&mut self, settings: &Settings) -> Result<(), Error> {
        let _lock = folders::lock_beside(&self.path)?;
        let changed = self.changed(settings)?;
        folders::replace(&self.path, &changed.document.to_string())?;
        *self = changed;
        Ok(())
    }

    /// The file as it is now with what differs between these settings and those that were known.
    fn changed(&self, settings: &Settings) -> Result<File, Error> {
        if let Some(field) = settings.unfit() {
            return Err(Unfit { field, reason: "range" }.into());
        }
        let mut now = File::open(self.path.clone())?;
        let (known, there) = (object(&self.settings), object(&now.settings));
        for (key, fresh) in object(settings) {
            if known.get(&key) == Some(&fresh) || there.get(&key) == Some(&fresh) {
                continue;
            }
            match edited(&fresh) {
                Some(item) => now.document[&snake(&key)] = toml_edit::Item::Value(item),
                None => drop(now.document.remove(&snake(&key))),
            }
        }
        let there: Map<String, Value> =
            toml::from_str(&now.document.to_string()).map_err(|error| Error::Broken {
                path: self.path.clone(),
                line: 0,
                what: error.message().to_owned(),
            })?;
        (now.settings, now.ignored) = understand(there);
        now.flaw = way(&now.document.to_string(), &now.ignored);
        Ok(now)
    }
}

/// The first ignored key that would have decided where bytes go, or was probably meant to.
fn way(text: &str, ignored: &[Ignored]) -> Option<Flaw> {
    let document = toml_edit::Document::parse(text).ok()?;
    let flaw = |key: &str| {
        let span = document.as_table().key(key).and_then(toml_edit::Key::span);
        let span = span.or_else(|| document.as_table().get(key)?.span());
        let line = line_of(text, span.map(|at| at.start));
        if WAY.contains(&key) {
            return Some(Flaw::new(line, key, "value"));
        }
        similar(key, WAY).map(|hint| Flaw { hint, ..Flaw::new(line, key, "similar") })
    };
    ignored.iter().filter_map(|ignored| flaw(&ignored.key)).min_by_key(|flaw| flaw.line)
}

/// Takes every key that makes sense by itself; the others are told and their defaults hold.
fn understand(there: Map<String, Value>) -> (Settings, Vec<Ignored>) {
    let mut settings = Settings::first();
    let mut ignored = Vec::new();
    for (key, value) in there {
        let mut tried = object(&settings);
        let name = camel(&key);
        if snake(&name) != key || !tried.contains_key(&name) {
            ignored.push(Ignored { key, known: false });
            continue;
        }
        let fresh = respell(value, &camel);
        let merged = match (tried.remove(&name), fresh) {
            // A table of the file may leave keys out.
            (Some(Value::Object(mut base)), Value::Object(more)) if !more.contains_key("mode") => {
                base.extend(more);
                Value::Object(base)
            }
            (_, fresh) => fresh,
        };
        tried.insert(name, merged);
        match serde_json::from_value::<Settings>(Value::Object(tried)) {
            Ok(better) if better.unfit().is_none() => settings = better,
            Ok(_) | Err(_) => ignored.push(Ignored { key, known: true }),
        }
    }
    (settings, ignored)
}

/// The settings as JSON, keys as the page spells them.
fn object(settings: &Settings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(map)) => map,
        // A plain struct of plain fields always becomes an object.
        Ok(_) | Err(_) => Map::new(),
    }
}

fn edited(value: &Value) -> Option<toml_edit::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(on) => (*on).into(),
        Value::Number(number) => number.as_i64()?.into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => {
            toml_edit::Value::Array(items.iter().filter_map(edited).collect::<toml_edit::Array>())
        }
        Value::Object(map) => {
            let mut table = toml_edit::InlineTable::new();
            for (key, value) in map {
                if let Some(value) = edited(value) {
                    table.insert(snake(key), value);
                }
            }
            toml_edit::Value::InlineTable(table)
        }
    })
}

fn respell(value: Value, spell: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter().map(|(key, value)| (spell(&key), respell(value, spell))).collect(),
        ),
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| respell(item, spell)).collect())
        }
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain,
    }
}

/// `part_mib` → `partMib`.
fn camel(key: &str) -> String {
    let mut up = false;
    key.chars()
        .filter_map(|c| {
            if c == '_' {
                up = true;
                return None;
            }
            Some(if std::mem::take(&mut up) { c.to_ascii_uppercase() } else { c })
        })
        .collect()
}

/// `partMib` → `part_mib`.
fn snake(key: &str) -> String {
    let mut text = String::new();
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Period;

    fn open(text: &str) -> (tempfile::TempDir, File) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("settings.toml");
        std::fs::write(&path, text).unwrap();
        let file = File::open(path).unwrap();
        (home, file)
    }

    #[test]
    fn the_first_settings_make_sense() {
        assert_eq!(Settings::first().unfit(), None);
        let (_home, file) = open("");
        assert_eq!(file.settings, Settings::first());
        assert_eq!(file.ignored, []);
    }

    #[test]
    fn a_file_by_hand_is_followed_key_by_key() {
        let (_home, file) = open(
            "tls_root = \"/etc/own.pem\"\nfiles = 99\nparts = 4\nflavour = 1\nwhen_done = \"explode\"\n\
             theme = \"dark\"\npartMib = 3\n[limit]\non = true\n[keys]\nselect = \"v\"\n[proxy]\nmode = \"socks5\"\naddress = \"127.0.0.1:1080\"\n",
        );
        let held = &file.settings;
        assert_eq!(held.tls_root.as_deref(), Some("/etc/own.pem"));
        assert_eq!((held.files, held.parts, held.theme), (3, 4, Theme::Dark));
        assert_eq!((held.limit.on, held.limit.rate_bytes), (true, 20_000_000));
        assert_eq!((held.keys.select.as_str(), held.keys.help.as_str()), ("v", "?"));
        assert_eq!(held.proxy, Proxy::Socks5 { address: "127.0.0.1:1080".into(), user: None });
        let ignored: Vec<(&str, bool)> =
            file.ignored.iter().map(|i| (i.key.as_str(), i.known)).collect();
        let mut sorted = ignored.clone();
        sorted.sort_unstable();
        assert_eq!(
            sorted,
            [("files", true), ("flavour", false), ("partMib", false), ("when_done", true)]
        );
    }

    #[test]
    fn saving_writes_what_changed_and_keeps_the_rest() {
        let (home, mut file) =
            open("# mine\nflavour = 1\nfiles = 99\ntheme = \"dark\" # at night\n");
        let fresh = Settings {
            files: 5,
            limit: Limit {
                on: true,
                rate_bytes: 5_000_000,
                periods: vec![Period { days: vec![0, 4], from_min: 540, to_min: 1080 }],
            },
            proxy: Proxy::Http {
                address: "proxy.example.com:8080".into(),
                user: Some("me".into()),
            },
            tls_root: Some("/etc/own.pem".into()),
            ..file.settings.clone()
        };
        file.save(&fresh).unwrap();
        let path = home.path().join("settings.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        for kept in ["# mine", "flavour = 1", "theme = \"dark\" # at night", "from_min = 540"] {
            assert!(text.contains(kept), "{kept} is not in\n{text}");
        }
        assert_eq!(File::open(path.clone()).unwrap().settings, fresh);
        file.save(&Settings { tls_root: None, ..fresh.clone() }).unwrap();
        assert_eq!(File::open(path).unwrap().settings.tls_root, None);
    }

    #[test]
    fn two_processes_lose_nothing_of_each_other() {
        let (home, mut one) = open("theme = \"dark\"\n");
        let path = home.path().join("settings.toml");
        let mut other = File::open(path.clone()).unwrap();
        one.save(&Settings { files: 5, ..one.settings.clone() }).unwrap();
        let hand = std::fs::read_to_string(&path).unwrap() + "# by hand\nparts = 4\n";
        std::fs::write(&path, hand).unwrap();
        other.save(&Settings { theme: Theme::Light, ..other.settings.clone() }).unwrap();
        let held = &other.settings;
        assert_eq!((held.files, held.parts, held.theme), (5, 4, Theme::Light));
        assert_eq!(File::open(path.clone()).unwrap().settings, *held);
        assert!(std::fs::read_to_string(&path).unwrap().contains("# by hand"));
    }

    #[test]
    fn values_that_make_no_sense_are_not_saved() {
        let (_home, mut file) = open("");
        let bad = Settings { files: 0, ..Settings::first() };
        assert!(matches!(file.save(&bad), Err(Error::Unfit(_))));
        let bad = Settings {
            proxy: Proxy::Http { address: "x".into(), user: None },
            ..Settings::first()
        };
        assert!(matches!(file.save(&bad), Err(Error::Unfit(_))));
        for keys in [["/", "/"], ["", "x"], ["ab", "x"], ["\n", "x"]] {
            let [search, select] = keys.map(str::to_owned);
            let keys = Keys { search, select, ..Settings::first().keys };
            assert!(file.save(&Settings { keys, ..Settings::first() }).is_err());
        }
        assert_eq!(file.settings, Settings::first());
    }

    #[test]
    fn what_decides_where_bytes_go_is_followed_or_refused() {
        for (text, wrong) in [
            ("files = 3\nproxy = \"http://127.0.0.1:1\"\n", Some((2, "proxy", "value"))),
            ("[proxy]\nmode = \"htp\"\naddress = \"127.0.0.1:1\"\n", Some((1, "proxy", "value"))),
            ("[proxy]\nmode = \"http\"\nadress = \"127.0.0.1:1\"\n", Some((1, "proxy", "value"))),
            ("theme = \"dark\"\n[proxi]\nmode = \"none\"\n", Some((2, "proxi", "similar"))),
            ("tls_root = 3\n", Some((1, "tls_root", "value"))),
            ("tlsroot = \"/own.pem\"\n", Some((1, "tlsroot", "similar"))),
            ("tls-root = \"/own.pem\"\n", Some((1, "tls-root", "similar"))),
            ("files = 99\nflavour = 1\n", None),
        ] {
            let (_home, mut file) = open(text);
            let flaw = match file.flawed() {
                Some(Error::Flawed { flaw, .. }) => Some(flaw),
                _ => None,
            };
            let told = flaw.as_ref().map(|flaw| (flaw.line, flaw.key.as_str(), flaw.reason));
            assert_eq!(told, wrong, "{text}");
            if told.is_some_and(|(.., reason)| reason == "value") {
                let proxy = Proxy::Http { address: "127.0.0.1:2".into(), user: None };
                let tls_root = Some("/other.pem".to_owned());
                file.save(&Settings { proxy, tls_root, ..file.settings.clone() }).unwrap();
                assert!(file.flawed().is_none(), "the window has mended it: {text}");
            }
        }
    }

    #[test]
    fn a_file_that_is_no_toml_is_told_and_kept() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("settings.toml");
        std::fs::write(&path, "files = 3\nfiles =\n").unwrap();
        assert!(matches!(File::open(path.clone()), Err(Error::Broken { line: 2, .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "files = 3\nfiles =\n");
    }
}
