//! The seam between two languages: writes the page's types from the Rust ones, and checks the catalogues of both tongues.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use ts_rs::{Config, TS, TypeVisitor};
use vodlift_app::api;
use vodlift_engine::fault::Code;
use vodlift_engine::remark::RemarkCode;
use vodlift_engine::view;

use vodlift_tests::World;

use crate::tidy::root;

struct Gather {
    config: Config,
    seen: BTreeSet<TypeId>,
    out: BTreeMap<String, String>,
}

impl Gather {
    fn add<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        // Only types that would get a file of their own are declared; numbers and lists are written in place.
        if T::output_path().is_some() {
            let mut text = T::docs().unwrap_or_default();
            let _ = writeln!(text, "export {}", T::decl(&self.config));
            self.out.insert(T::ident(&self.config), text);
        }
        T::visit_dependencies(self);
    }
}

impl TypeVisitor for Gather {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        self.add::<T>();
    }
}

/// Regenerates `ui/src/host/bindings.ts` and fails when that changed it, so that nobody forgets to commit it.
#[test]
fn the_page_knows_the_types() {
    let mut all = Gather { config: Config::default(), seen: BTreeSet::new(), out: BTreeMap::new() };
    all.add::<view::Frame>();
    all.add::<api::Session>();
    all.add::<api::Desk>();
    all.add::<api::Added>();
    all.add::<api::ProfileDraft>();
    all.add::<api::Check>();
    all.add::<vodlift_app::policy::Scope>();
    all.add::<api::Decoded>();
    all.add::<api::Details>();
    all.add::<api::Described>();
    all.add::<api::Line>();
    all.add::<api::HistoryQuery>();
    all.add::<api::HistoryPage>();
    all.add::<api::Choice>();
    all.add::<api::Certificates>();
    let mut text = String::from(
        "// Written by `cargo test -p vodlift-tests` from the Rust types. Change those, not this.\n\n",
    );
    for declaration in all.out.values() {
        text.push_str(declaration);
        text.push('\n');
    }
    let path = root().join("ui/src/host/bindings.ts");
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    if before != text {
        std::fs::write(&path, &text).unwrap();
        panic!("ui/src/host/bindings.ts was out of date and has been written anew: commit it");
    }
}

fn catalogue(language: &str) -> BTreeMap<String, serde_json::Value> {
    let path = root().join(format!("ui/src/i18n/{language}.json"));
    let text = std::fs::read_to_string(path).expect("a catalogue");
    serde_json::from_str(&text).expect("a catalogue is JSON")
}

/// `{fact}` names of a text, plural or not.
fn facts(text: &serde_json::Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut one = |text: &str| {
        for piece in text.split('{').skip(1) {
            found.insert(piece.split('}').next().unwrap_or_default().to_owned());
        }
    };
    if let Some(forms) = text.as_object() {
        forms.values().filter_map(serde_json::Value::as_str).for_each(one);
    } else {
        one(text.as_str().expect("a text is a string or a set of plural forms"));
    }
    found
}

#[test]
fn both_languages_have_the_same_keys_and_facts() {
    let (en, zh) = (catalogue("en"), catalogue("zh-CN"));
    let keys =
        |all: &BTreeMap<String, serde_json::Value>| all.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(&en), keys(&zh));
    for (key, text) in &en {
        // A translation may leave a fact out (English says "next", Chinese counts), but never invents one.
        let extra: Vec<_> = facts(&zh[key]).difference(&facts(text)).cloned().collect();
        assert!(extra.is_empty(), "{key}: {extra:?} stand only in zh-CN");
        if let serde_json::Value::Object(forms) = text {
            assert!(forms.contains_key("other"), "{key} lacks the form `other`");
        }
    }
}

#[test]
fn every_fault_and_remark_has_words() {
    let en = catalogue("en");
    for code in Code::ALL {
        for part in ["cause", "why", "act"] {
            let key = format!("fault.{}.{part}", code.as_str());
            assert!(en.contains_key(&key), "{key} is missing");
        }
    }
    for code in RemarkCode::ALL {
        let key = format!("remark.{}", code.as_str());
        assert!(en.contains_key(&key), "{key} is missing");
    }
}

/// A session as the engine told it, for the page's tests to replay. It is recorded only when asked (`VODLIFT_RECORD=1`),
/// because ids and times differ each time; that it still has the shape of today's types is checked always.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "whoever records says so in the environment")]
async fn the_recorded_session_is_one_the_engine_could_tell() {
    let path = root().join("ui/src/state/frames.json");
    if std::env::var_os("VODLIFT_RECORD").is_some() {
        let text = serde_json::to_string_pretty(&record().await).unwrap();
        std::fs::write(&path, format!("{text}\n")).unwrap();
    }
    let told: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let frames: Vec<view::Frame> = serde_json::from_value(told.clone()).unwrap();
    assert!(matches!(frames.first(), Some(view::Frame::Snapshot { .. })));
    assert!(matches!(frames.last(), Some(view::Frame::Snapshot { .. })));
    assert!(frames.len() > 4, "a session of {} frames tells nothing", frames.len());
    let same = serde_json::to_value(&frames).unwrap() == told;
    assert!(same, "record it anew: the types changed");
}

async fn record() -> Vec<view::Frame> {
    let world = World::quick().await;
    let mut heard = world.engine().watch().await;
    for (name, size) in [("four mornings.mp4", 5 << 20), ("poster.jpg", 90_000), ("talk.srt", 900)]
    {
        let id = world.add(World::ask(&world.file(name, size))).await;
        world.settle(id).await;
    }
    let mut frames = vec![];
    while let Ok(Some(frame)) =
        tokio::time::timeout(std::time::Duration::from_secs(1), heard.recv()).await
    {
        frames.push(frame);
    }
    let last = world.engine().watch().await.recv().await.expect("a snapshot");
    frames.push(last);
    frames
}

/// Every command the shell offers is one that the page's host or the hidden page calls, and the other way round.
#[test]
fn shell_and_pages_know_the_same_commands() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let shell = read("src-tauri/src/commands.rs");
    let offered: BTreeSet<&str> = shell
        .split("#[tauri::command")
        .skip(1)
        .filter_map(|rest| rest.split("fn ").nth(1))
        .filter_map(|rest| rest.split(['(', '<']).next())
        .collect();
    let page = read("ui/src/host/tauri.ts") + &read("ui/src/posters/main.ts");
    let called: BTreeSet<&str> = page
        .split("invoke")
        .skip(1)
        .filter_map(|rest| rest.split_once('('))
        .filter_map(|(generic, rest)| {
            (generic.is_empty() || generic.starts_with('<')).then_some(rest.trim_start())
        })
        .filter_map(|rest| rest.strip_prefix('\'').or_else(|| rest.strip_prefix('"')))
        .filter_map(|rest| rest.split(['\'', '"']).next())
        .collect();
    assert!(offered.len() > 10, "found only {offered:?}");
    assert_eq!(offered, called);
    assert!(Path::new(&root().join("src-tauri/capabilities/main.json")).exists());
}

/// The entry a Linux desktop starts Vodlift by hands over files and links, and all that is packed beside the programs is
/// there. The licences of what stands in the page come with its packages.
#[test]
fn the_packages_hand_over_what_is_opened_with_them() {
    let place = root().join("src-tauri");
    let text = std::fs::read_to_string(place.join("tauri.conf.json")).unwrap();
    let config: serde_json::Value = serde_json::from_str(&text).unwrap();
    for package in ["deb", "rpm"] {
        let package = &config["bundle"]["linux"][package];
        let template = place.join(package["desktopTemplate"].as_str().unwrap());
        let entry = std::fs::read_to_string(template).unwrap();
        for line in ["Exec={{exec}} %U", "MimeType={{mime_type}}", "StartupWMClass={{exec}}"] {
            assert!(entry.lines().any(|one| one == line), "{line} is missing in:\n{entry}");
        }
        let files = package["files"].as_object().unwrap();
        assert!(files.contains_key("/usr/share/doc/vodlift/copyright"));
        for from in files.values().filter_map(|from| from.as_str()) {
            let installed = from.contains("node_modules");
            assert!(installed || place.join(from).is_file(), "{from} is not there");
        }
    }
    assert_eq!(config["plugins"]["deep-link"]["desktop"]["schemes"][0], "vodlift");
}

/// What the desktop offers to open with Vodlift is what VOD takes.
#[test]
fn files_offered_to_vodlift_are_taken_by_vod() {
    use vodlift_engine::model::Kind;
    let text = std::fs::read_to_string(root().join("src-tauri/tauri.conf.json")).unwrap();
    let config: serde_json::Value = serde_json::from_str(&text).unwrap();
    let kinds = [Kind::Video, Kind::Audio, Kind::Image, Kind::Subtitle];
    let mut offered = 0;
    for association in config["bundle"]["fileAssociations"].as_array().unwrap() {
        for extension in association["ext"].as_array().unwrap() {
            let extension = extension.as_str().unwrap();
            let taken = kinds
                .iter()
                .any(|kind| vodlift_engine::media::extensions(*kind).contains(&extension));
            assert!(taken, "VOD does not take .{extension}");
            offered += 1;
        }
    }
    assert!(offered > 30, "only {offered} are offered");
}
