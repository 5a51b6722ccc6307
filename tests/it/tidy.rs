//! Rules of the house that neither the compiler nor clippy can hold, read from the source.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests has a parent").to_path_buf()
}

/// Files git knows or would take, with `/` between folders.
fn files() -> Vec<String> {
    let out = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git is there");
    assert!(out.status.success(), "git ls-files: {}", String::from_utf8_lossy(&out.stderr));
    let mut all: Vec<String> =
        String::from_utf8_lossy(&out.stdout).lines().map(String::from).collect();
    all.retain(|path| root().join(path).is_file());
    assert!(all.len() > 40, "git names only {} files", all.len());
    all
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_default()
}

fn rust() -> Vec<String> {
    files().into_iter().filter(|path| is(path, "rs")).collect()
}

fn is(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|it| it == extension)
}

fn none(broken: &[String], rule: &str) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

#[test]
fn the_top_level_is_the_users() {
    let wanted = ["Cargo.toml", "src-tauri", "ui", "icons", "tests", "README.md"];
    let forced = ["Cargo.lock", "LICENSE-MIT", "LICENSE-APACHE"];
    let mut odd: Vec<String> = files()
        .iter()
        .map(|path| path.split('/').next().unwrap().to_owned())
        .filter(|top| !top.starts_with('.'))
        .filter(|top| !wanted.contains(&top.as_str()) && !forced.contains(&top.as_str()))
        .collect();
    odd.dedup();
    none(&odd, "the top level holds only what the design card names");
}

#[test]
fn a_file_says_what_it_is() {
    let broken: Vec<String> = rust()
        .into_iter()
        .filter(|path| !read(path).trim_start_matches("#![").trim_start().starts_with("//!"))
        .filter(|path| !read(path).starts_with("#!"))
        .collect();
    none(&broken, "the first sentence of a file says what it is");
}

#[test]
fn a_file_is_short_or_says_why() {
    let broken: Vec<String> = files()
        .into_iter()
        .filter(|path| ["rs", "ts", "svelte"].iter().any(|end| is(path, end)))
        .filter(|path| !path.ends_with("bindings.ts"))
        .filter_map(|path| {
            let text = read(&path);
            let code = text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty() && !line.starts_with("//"))
                .count();
            let says = text.lines().take(12).any(|line| line.contains("Long because"));
            (code > 500 && !says).then(|| format!("{path}: {code} lines of code"))
        })
        .collect();
    none(&broken, "over 500 lines of code: split along a seam, or say `Long because …` at the top");
}

#[test]
fn names_are_of_the_field() {
    let banned = ["Manager", "Service", "Helper", "Util", "Handler"];
    let mut broken = Vec::new();
    for path in rust() {
        for line in read(&path).lines() {
            let Some(rest) = ["struct ", "enum ", "trait ", "mod "].iter().find_map(|word| {
                line.trim()
                    .trim_start_matches("pub ")
                    .trim_start_matches("pub(crate) ")
                    .strip_prefix(word)
            }) else {
                continue;
            };
            let name: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if banned.iter().any(|word| name.to_lowercase().contains(&word.to_lowercase())) {
                broken.push(format!("{path}: {name}"));
            }
        }
    }
    none(&broken, "no Manager, Service, Helper, Util, Handler");
}

#[test]
fn floors_see_only_what_is_below() {
    let rules: [(&str, &[&str]); 6] = [
        (
            "sign",
            &["vodlift-cloud", "vodlift-engine", "vodlift-sandbox", "tokio", "reqwest", "serde"],
        ),
        ("cloud", &["vodlift-engine", "vodlift-sandbox", "rusqlite", "axum", "tauri"]),
        ("engine", &["vodlift-sandbox", "vodlift-app", "tauri", "keyring", "axum", "reqwest"]),
        ("sandbox", &["vodlift-cloud", "vodlift-engine", "vodlift-app", "reqwest", "tauri"]),
        ("app", &["tauri", "clap"]),
        ("cli", &["tauri", "vodlift-cloud", "rusqlite", "reqwest"]),
    ];
    let mut broken = Vec::new();
    for (floor, forbidden) in rules {
        let manifest = read(&format!("src-tauri/crates/{floor}/Cargo.toml"));
        let normal = manifest.split("[dev-dependencies]").next().unwrap();
        for name in forbidden {
            if normal.lines().any(|line| {
                line.split(['=', '.', ' ']).next().is_some_and(|key| key.trim() == *name)
            }) {
                broken.push(format!("{floor} may not depend on {name}"));
            }
        }
    }
    none(&broken, "a floor imports only what is below it");
}

#[test]
fn the_engine_meets_the_cloud_in_few_places() {
    let seam = ["verbs.rs", "pump.rs", "lease.rs", "fault.rs", "lib.rs"];
    let broken: Vec<String> = rust()
        .into_iter()
        .filter(|path| path.starts_with("src-tauri/crates/engine/src/"))
        .filter(|path| !seam.iter().any(|name| path.ends_with(name)))
        .filter(|path| !path.contains("/verbs/") && read(path).contains("vodlift_cloud"))
        .collect();
    none(&broken, "only verbs, pump, lease and fault (and the crate's door) name the cloud");
}

#[test]
fn the_client_asks_once() {
    let broken: Vec<String> = rust()
        .into_iter()
        .filter(|path| path.starts_with("src-tauri/crates/cloud/src/"))
        .filter(|path| read(path).contains("sleep("))
        .collect();
    none(&broken, "no waiting in the cloud client: policy lives above it");
}

#[test]
fn nothing_is_silenced_or_unfinished() {
    // The words are put together here so that this file does not hold them.
    let words = [
        format!("#[{}(", "allow"),
        format!("#![{}(", "allow"),
        format!("{}!(", "todo"),
        format!("{}!(", "unimplemented"),
        format!("#[{}", "ignore"),
        format!("{}ME", "FIX"),
    ];
    let mut broken = Vec::new();
    for path in rust() {
        let text = read(&path);
        for word in &words {
            if text.contains(word.as_str()) {
                broken.push(format!("{path}: {word}"));
            }
        }
    }
    none(&broken, "#[expect] with a reason instead of silence; nothing unfinished");
}

#[test]
fn the_page_keeps_its_seams() {
    let mut broken = Vec::new();
    for path in files() {
        let page =
            path.starts_with("ui/src/") && ["ts", "svelte", "css"].iter().any(|end| is(&path, end));
        if !page {
            continue;
        }
        let text = read(&path);
        let desktop = ["ui/src/host/tauri.ts", "ui/src/posters/main.ts"];
        if text.contains("@tauri-apps") && !desktop.contains(&path.as_str()) {
            broken.push(format!("{path}: only {} import the desktop", desktop.join(" and ")));
        }
        let colours = is(&path, "css") || is(&path, "svelte");
        if colours && !path.ends_with("tokens.css") {
            for line in text.lines() {
                let raw = line.split('#').skip(1).any(|rest| {
                    let hex = rest.chars().take_while(char::is_ascii_hexdigit).count();
                    let end = rest.chars().nth(hex);
                    [3, 4, 6, 8].contains(&hex)
                        && matches!(end, None | Some(';' | ' ' | ',' | ')' | '"'))
                });
                if line.contains(':') && (raw || line.contains("rgb(") || line.contains("rgba(")) {
                    broken.push(format!("{path}: raw colour in `{}`", line.trim()));
                }
            }
        }
    }
    none(&broken, "the page's seams");
}

#[test]
fn nothing_names_a_machine() {
    // Put together here so that this file does not hold them.
    let words = [
        format!("/{}/", "root"),
        format!("/{}/main", "work"),
        format!("registry.{}.org", "npmjs"),
        format!("files.{}.org", "pythonhosted"),
        format!("deb.{}.org", "debian"),
        format!("{}.crates.io", "static"),
        format!("{}factory", "arti"),
    ];
    let mut broken = Vec::new();
    for path in files() {
        let text = read(&path);
        for word in &words {
            if text.contains(word.as_str()) {
                broken.push(format!("{path}: {word}"));
            }
        }
    }
    none(&broken, "no path of one machine and no registry's host");
}
