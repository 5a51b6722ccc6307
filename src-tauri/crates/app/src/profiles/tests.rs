//! The file of profiles against what people and programs do to it.

use super::*;

const BY_HAND: &str = r#"# mine
active = "studio"   # the big one

[profile.studio]
region = "cn-shanghai"
source = "access-key"   # from the console
access_key_id = "LTAIexample"
# note = "kept"

[profile."back room"]
source = "environment"
endpoint = "http://127.0.0.1:9001"
"#;

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("profiles.toml");
    std::fs::write(&path, text).unwrap();
    (home, path)
}

fn draft(name: &str) -> ProfileDraft {
    ProfileDraft {
        name: name.to_owned(),
        replaces: None,
        region: "cn-shanghai".to_owned(),
        endpoint: None,
        source: Source::AccessKey,
        access_key_id: Some("LTAIexample".to_owned()),
        access_key_secret: None,
        security_token: None,
        server: None,
        server_secret: None,
    }
}

const REGIONS: &[&str] = &["cn-shanghai", "cn-beijing"];

#[test]
fn no_file_is_no_profile() {
    let home = tempfile::tempdir().unwrap();
    let profiles = Profiles::open(home.path().join("none/profiles.toml")).unwrap();
    assert_eq!(profiles.all().count(), 0);
    assert_eq!(profiles.active(), None);
}

#[test]
fn what_was_written_by_hand_is_read_and_kept() {
    let (_home, path) = file(BY_HAND);
    let mut profiles = Profiles::open(path.clone()).unwrap();
    assert_eq!(profiles.active(), Some("studio"));
    let room = profiles.get("back room").unwrap();
    assert_eq!((room.region.as_str(), room.source), ("cn-shanghai", Source::Environment));

    let (name, stored) = check(&draft("new"), REGIONS).unwrap();
    profiles.save(&name, None, &stored).unwrap();
    profiles.choose("back room").unwrap();
    let studio =
        Stored { region: "cn-beijing".to_owned(), ..profiles.get("studio").unwrap().clone() };
    profiles.save("studio", Some("studio"), &studio).unwrap();

    let text = std::fs::read_to_string(&path).unwrap();
    for kept in ["# mine", "# the big one", "# from the console"] {
        assert!(text.contains(kept), "{kept} is gone from\n{text}");
    }
    let again = Profiles::open(path).unwrap();
    assert_eq!(again.active(), Some("back room"));
    assert_eq!(again.get("studio"), Some(&studio));
    assert_eq!(again.get("new"), Some(&stored));
}

#[test]
fn a_profile_is_renamed_in_its_place_and_stays_in_use() {
    let (_home, path) = file(BY_HAND);
    let mut profiles = Profiles::open(path.clone()).unwrap();
    let stored = profiles.get("studio").unwrap().clone();
    profiles.save("north", Some("studio"), &stored).unwrap();
    assert_eq!(profiles.get("studio"), None);
    assert_eq!(profiles.active(), Some("north"));
    assert!(std::fs::read_to_string(&path).unwrap().contains("# from the console"));
    let taken = profiles.save("back room", Some("north"), &stored);
    assert!(matches!(taken, Err(Error::TakenName { .. })));
}

#[test]
fn a_removed_profile_is_no_longer_in_use() {
    let (_home, path) = file(BY_HAND);
    let mut profiles = Profiles::open(path).unwrap();
    profiles.remove("studio").unwrap();
    assert_eq!(profiles.active(), Some("back room"), "the only one left is in use");
    profiles.remove("back room").unwrap();
    assert_eq!(profiles.active(), None);
    assert!(matches!(profiles.remove("studio"), Err(Error::NoProfile { .. })));
}

/// Each wrong file, and line, key and reason told of it; `*` is the file as a whole.
const WRONG: &[(&str, &str, (usize, &str, &str))] = &[
    ("active = \"a\"\n[profile.a\n", "*", (2, "", "syntax")),
    ("[profile.a]\naccess_key_secret = HIDDEN\n", "*", (2, "", "syntax")),
    ("[profile.a]\naccess_key_secret = \"HIDDEN\n", "*", (2, "", "syntax")),
    (
        "endpoint = \"http://127.0.0.1:9\"\n[profile.a]\nsource = \"environment\"\n",
        "*",
        (1, "endpoint", "place"),
    ),
    ("[profiles.a]\nsource = \"environment\"\n", "*", (1, "profiles", "noTable")),
    ("[Profile.a]\nsource = \"environment\"\n", "*", (1, "Profile", "noTable")),
    ("[[profile]]\nsource = \"environment\"\n", "*", (1, "profile", "table")),
    ("acitve = \"a\"\n", "*", (1, "acitve", "similar")),
    ("active = 1\n", "*", (1, "active", "text")),
    ("security_token = \"HIDDEN\"\n", "*", (1, "security_token", "secret")),
    ("active = \"a\"\n\ncolour = 3\n", "*", (3, "colour", "unknown")),
    (
        "[profile.a]\nsource = \"environment\"\nendpont = \"http://127.0.0.1:9\"\n",
        "a",
        (3, "endpont", "similar"),
    ),
    (
        "[profile.a]\nsource = \"environment\"\nendPoint = \"http://127.0.0.1:9\"\n",
        "a",
        (3, "endPoint", "similar"),
    ),
    (
        "[profile.a]\nsource = \"environment\"\nurl = \"http://127.0.0.1:9\"\n",
        "a",
        (3, "url", "unknown"),
    ),
    (
        "[profile.a]\nsource = \"environment\"\n[profile.a.endpoint]\nurl = \"http://127.0.0.1:9\"\n",
        "a",
        (3, "endpoint", "text"),
    ),
    (
        "[profile.a]\nsource = \"access-key\"\naccess_key_secret = \"HIDDEN\"\n",
        "a",
        (3, "access_key_secret", "secret"),
    ),
    (
        "profile.a = { source = \"environment\", secret = \"HIDDEN\" }\n",
        "a",
        (1, "secret", "secret"),
    ),
    ("[profile.a]\nsource = \"HIDDEN\"\n", "a", (2, "source", "source")),
    ("[profile.a]\nregion = \"cn-shanghai\"\n", "a", (1, "source", "missing")),
    ("[profile.a]\nsource = \"server\"\n", "a", (1, "server", "missing")),
    ("[profile.a]\nsource = \"sts\"\n", "a", (1, "access_key_id", "missing")),
    (
        "[profile.a]\nsource = \"sts\"\naccess_key_id = \"HIDDEN =\"\n",
        "a",
        (3, "access_key_id", "characters"),
    ),
    (
        "[profile.a]\nsource = \"environment\"\nregion = \"cn-shangai\"\n",
        "a",
        (3, "region", "region"),
    ),
    ("[profile.a]\nsource = \"environment\"\nregion = 3\n", "a", (3, "region", "text")),
    (
        "[profile.a]\nsource = \"environment\"\nendpoint = \"http://example.com\"\n",
        "a",
        (3, "endpoint", "https"),
    ),
    ("[profile.a]\nsource = \"environment\"\nendpoint = \"\"\n", "a", (3, "endpoint", "address")),
    ("[profile.a]\nsource = \"environment\"\nsandbox = \"yes\"\n", "a", (3, "sandbox", "switch")),
    ("[profile.\"a/token\"]\nsource = \"environment\"\n", "a/token", (1, "a/token", "characters")),
    ("profile.a = 3\n", "a", (1, "a", "table")),
];

#[test]
fn what_is_not_followed_is_told_by_line_and_key_and_kept() {
    for (text, whose, told) in WRONG {
        let (_home, path) = file(text);
        let mut profiles = Profiles::open(path.clone()).unwrap();
        let flaw = if *whose == "*" { profiles.flaw() } else { profiles.flaw_of(whose) };
        let flaw = flaw.unwrap_or_else(|| panic!("{text} was followed")).clone();
        assert_eq!((flaw.line, flaw.key.as_str(), flaw.reason), *told, "{text}");
        for (name, _) in profiles.all() {
            assert_eq!(profiles.get(name), None, "{text}");
        }
        assert!(profiles.chosen().is_err(), "{text}: the environment must not step in");
        for language in [crate::words::Language::En, crate::words::Language::ZhCn] {
            let error = Error::Flawed { path: path.clone(), flaw: flaw.clone() };
            let shown = format!("{:?} {} {:?}", error.view(language), error.chain(), flaw);
            assert!(!shown.contains("HIDDEN"), "{shown}");
            assert!(!flaw.words(language).contains("flaw."), "{}", flaw.words(language));
        }
        if *whose == "*" {
            let (name, stored) = check(&draft("new"), REGIONS).unwrap();
            assert!(profiles.save(&name, None, &stored).is_err(), "{text}");
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), *text);
    }
}

#[test]
fn one_profile_that_cannot_be_used_leaves_the_others_and_is_mended_by_saving_it() {
    let text = "active = \"a\"\n[profile.a]\nsource = \"environment\"\nendpont = \"x\"\naccess_key_secret = \"HIDDEN\"\n\
                [profile.b]\nsource = \"environment\"\n";
    let (_home, path) = file(text);
    let mut profiles = Profiles::open(path.clone()).unwrap();
    assert_eq!((profiles.flaw(), profiles.get("a"), profiles.active()), (None, None, Some("a")));
    assert!(profiles.get("b").is_some());
    assert!(matches!(profiles.known("a"), Err(Error::Flawed { .. })));
    let stored = profiles.entry("a").unwrap().stored.clone();
    profiles.save("a", Some("a"), &stored).unwrap();
    assert_eq!(profiles.get("a"), Some(&stored));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("endpont") && !text.contains("HIDDEN"), "{text}");
}

#[test]
fn a_name_that_nobody_has_is_nobody_and_not_the_only_one() {
    let (_home, path) = file("active = \"stduio\"\n[profile.studio]\nsource = \"environment\"\n");
    let profiles = Profiles::open(path).unwrap();
    assert_eq!(profiles.active(), None);
    match profiles.chosen() {
        Err(Error::Flawed { flaw, .. }) => assert_eq!((flaw.line, flaw.reason), (1, "nobody")),
        other => panic!("{other:?}"),
    }
    assert!(profiles.get("studio").is_some(), "named, it can be used");
}

#[test]
fn a_draft_is_checked_field_by_field() {
    let unfit = |change: &dyn Fn(&mut ProfileDraft)| {
        let mut draft = draft("a");
        change(&mut draft);
        check(&draft, REGIONS).map(|_| ()).map_err(|unfit| (unfit.field, unfit.reason))
    };
    assert_eq!(unfit(&|_| ()), Ok(()));
    assert_eq!(unfit(&|d| d.name = "  ".into()), Err(("name", "empty")));
    assert_eq!(unfit(&|d| d.name = "a/token".into()), Err(("name", "characters")));
    assert_eq!(unfit(&|d| d.name = "长".repeat(65)), Err(("name", "long")));
    assert_eq!(unfit(&|d| d.name = "Studio 北".into()), Ok(()));
    assert_eq!(unfit(&|d| d.region = "mars".into()), Err(("region", "region")));
    assert_eq!(unfit(&|d| d.access_key_id = None), Err(("access_key_id", "empty")));
    assert_eq!(
        unfit(&|d| d.access_key_id = Some("a b".into())),
        Err(("access_key_id", "characters"))
    );
    assert_eq!(unfit(&|d| d.source = Source::Server), Err(("server", "empty")));
    let endpoint = |text: &str| unfit(&|d: &mut ProfileDraft| d.endpoint = Some(text.to_owned()));
    assert_eq!(endpoint("http://127.0.0.1:9001"), Ok(()));
    assert_eq!(endpoint("http://[::1]:9001/"), Ok(()));
    assert_eq!(endpoint("https://vod.example.com"), Ok(()));
    assert_eq!(endpoint("http://vod.example.com"), Err(("endpoint", "https")));
    assert_eq!(endpoint("http://127.0.0.1.example.com"), Err(("endpoint", "https")));
    assert_eq!(endpoint("ftp://127.0.0.1"), Err(("endpoint", "https")));
    assert_eq!(endpoint("https://a:b@vod.example.com"), Err(("endpoint", "address")));
    assert_eq!(endpoint("https://vod.example.com/path"), Err(("endpoint", "address")));
    assert_eq!(endpoint("vod.example.com"), Err(("endpoint", "address")));
    assert_eq!(
        unfit(&|d| {
            d.endpoint = Some("https://vod.example.com".into());
            d.region = "mars-1".into();
        }),
        Ok(()),
        "with an own address any region is the person's business"
    );
}

#[test]
fn two_processes_lose_nothing_of_each_other() {
    let (_home, path) = file(BY_HAND);
    let [mut one, mut other] = [(); 2].map(|()| Profiles::open(path.clone()).unwrap());
    let (name, stored) = check(&draft("new"), REGIONS).unwrap();
    one.save(&name, None, &stored).unwrap();
    other.set_tested("studio", true).unwrap();
    one.choose("back room").unwrap();
    other.refresh();
    assert_eq!(other.active(), Some("back room"));
    assert!(other.get("new").is_some() && other.get("studio").unwrap().tested);
    // What is gone by now is not brought back by a change to it.
    one.remove("new").unwrap();
    assert!(matches!(other.set_tested("new", true), Err(Error::NoProfile { .. })));
    assert!(matches!(other.save("new", Some("new"), &stored), Err(Error::NoProfile { .. })));
    let mut taken = Profiles::open(path.clone()).unwrap();
    one.save("new", None, &stored).unwrap();
    assert!(matches!(taken.save("new", None, &stored), Err(Error::TakenName { .. })));
    // Half of a file, as an editor may show it: known last stays, and nothing is written over it.
    std::fs::write(&path, "active = \"stu").unwrap();
    one.refresh();
    assert!(one.get("studio").is_some());
    assert!(matches!(one.choose("studio"), Err(Error::Flawed { .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "active = \"stu");
}

/// Many changes at once from threads that share nothing but the file, as processes do.
#[test]
fn changes_at_the_same_time_all_stay() {
    let (_home, path) = file("");
    let (_, stored) = check(&draft("new"), REGIONS).unwrap();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (path, stored) = (path.clone(), stored.clone());
            scope.spawn(move || {
                let mut profiles = Profiles::open(path).unwrap();
                profiles.save(&format!("profile {n}"), None, &stored).unwrap();
            });
        }
    });
    assert_eq!(Profiles::open(path).unwrap().all().count(), 8);
}
