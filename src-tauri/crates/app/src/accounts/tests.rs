//! Profiles with their secrets, kept in memory here: the real keyring has its own test.

use std::sync::Arc;

use super::*;
use crate::secrets::tests::FakeKeyring;

const REGIONS: &[&str] = &["cn-shanghai"];

fn accounts(env: &'static [(&'static str, &'static str)]) -> (tempfile::TempDir, Accounts) {
    let home = tempfile::tempdir().unwrap();
    let edge = Edge {
        env: Arc::new(|name| {
            env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        }),
        keyring: None,
        ..Edge::system()
    };
    let accounts = Accounts::open(&Folders::under(home.path()), edge).unwrap();
    (home, accounts)
}

fn draft(name: &str, source: Source) -> ProfileDraft {
    ProfileDraft {
        name: name.into(),
        replaces: None,
        region: "cn-shanghai".into(),
        endpoint: None,
        source,
        access_key_id: Some("LTAIexample0001".into()),
        access_key_secret: Some("hidden-key".into()),
        security_token: Some("hidden-token".into()),
        server: Some("https://example.com/vod".into()),
        server_secret: Some("hidden-server".into()),
    }
}

fn shown(key: Result<Key, SecretState>) -> String {
    match key {
        Ok(Key::Cloud(key)) => {
            let token = key.token.as_ref().map_or("-", Secret::expose);
            format!("{} {} {token}", key.id, key.secret.expose())
        }
        Ok(Key::Server { url, secret }) => {
            format!("{url} {}", secret.as_ref().map_or("-", Secret::expose))
        }
        Err(state) => format!("{state:?}"),
    }
}

#[tokio::test]
async fn each_source_signs_with_its_own_secrets_and_the_file_holds_none() {
    let (home, accounts) = accounts(&[]);
    for (name, source) in
        [("key", Source::AccessKey), ("sts", Source::Sts), ("srv", Source::Server)]
    {
        let profile = accounts.save(&draft(name, source), REGIONS).await.unwrap();
        assert_eq!(profile.secret, SecretState::Memory, "there is no keyring");
        assert_eq!(profile.active, name == "key");
    }
    assert_eq!(shown(accounts.key("key").await), "LTAIexample0001 hidden-key -");
    assert_eq!(shown(accounts.key("sts").await), "LTAIexample0001 hidden-key hidden-token");
    assert_eq!(shown(accounts.key("srv").await), "https://example.com/vod hidden-server");
    let text = std::fs::read_to_string(Folders::under(home.path()).profiles()).unwrap();
    assert!(!text.contains("hidden"), "{text}");
    assert!(text.contains("source = \"sts\""), "{text}");
}

#[tokio::test]
async fn an_edit_keeps_the_secret_moves_it_with_the_name_and_needs_a_new_test() {
    let (_home, accounts) = accounts(&[]);
    accounts.save(&draft("a", Source::AccessKey), REGIONS).await.unwrap();
    accounts.set_tested("a", true).unwrap();
    let mut edit = draft("b", Source::AccessKey);
    edit.replaces = Some("a".into());
    edit.access_key_secret = None;
    edit.security_token = None;
    edit.server_secret = None;
    // The dialog was given the id with its middle masked, and gives it back.
    edit.access_key_id = accounts.list(Language::En)[0].access_key_id.clone();
    assert!(edit.access_key_id.as_deref().is_some_and(|id| id.contains('•')));
    let renamed = accounts.save(&edit, REGIONS).await.unwrap();
    assert!(renamed.active && renamed.tested);
    assert_eq!(shown(accounts.key("b").await), "LTAIexample0001 hidden-key -");
    assert_eq!(shown(accounts.key("a").await), "Missing");
    edit.replaces = Some("b".into());
    edit.access_key_id = Some("LTAIother".into());
    assert!(!accounts.save(&edit, REGIONS).await.unwrap().tested);
}

fn with_keyring() -> (tempfile::TempDir, Accounts, Arc<FakeKeyring>) {
    let home = tempfile::tempdir().unwrap();
    let ring = Arc::new(FakeKeyring::default());
    let edge = Edge { env: Arc::new(|_| None), keyring: Some(ring.clone()), ..Edge::system() };
    let accounts = Accounts::open(&Folders::under(home.path()), edge).unwrap();
    (home, accounts, ring)
}

/// The dialog renames a profile and leaves its secrets as they are.
fn renamed(accounts: &Accounts, from: &str, to: &str, source: Source) -> ProfileDraft {
    let stored = accounts.stored(from).unwrap();
    ProfileDraft {
        replaces: Some(from.into()),
        access_key_id: stored.access_key_id,
        access_key_secret: None,
        security_token: None,
        server_secret: None,
        ..draft(to, source)
    }
}

#[tokio::test]
async fn a_rename_moves_the_secret_in_the_keyring() {
    let (_home, accounts, ring) = with_keyring();
    accounts.save(&draft("a", Source::Sts), REGIONS).await.unwrap();
    accounts.save(&renamed(&accounts, "a", "b", Source::Sts), REGIONS).await.unwrap();
    assert_eq!(ring.kept("b").as_deref(), Some("hidden-key"));
    assert_eq!(ring.kept("b/token").as_deref(), Some("hidden-token"));
    assert_eq!((ring.kept("a"), ring.kept("a/token")), (None, None));
}

#[tokio::test]
async fn a_rename_that_cannot_prove_its_copy_leaves_everything_as_it_was() {
    for source in [Source::AccessKey, Source::Sts, Source::Server] {
        for locked in [true, false] {
            let (home, accounts, ring) = with_keyring();
            accounts.save(&draft("a", source), REGIONS).await.unwrap();
            let before = std::fs::read_to_string(Folders::under(home.path()).profiles()).unwrap();
            // Locked between two questions, or a keyring that says yes and keeps nothing.
            ring.lock(locked);
            ring.swallow(!locked);
            let draft = renamed(&accounts, "a", "b", source);
            let refused = accounts.save(&draft, REGIONS).await;
            let code = match refused {
                Err(Error::Fault(fault)) => Some(fault.code),
                Ok(_) | Err(_) => None,
            };
            assert_eq!(code, Some(Code::KeyLocked), "{source:?}");
            assert_eq!(ring.deleted(), [] as [&str; 0], "{source:?}");
            let after = std::fs::read_to_string(Folders::under(home.path()).profiles()).unwrap();
            assert_eq!(after, before);
            ring.lock(false);
            ring.swallow(false);
            accounts.save(&draft, REGIONS).await.unwrap();
            assert!(accounts.key("b").await.is_ok(), "{source:?}: unlocked, it can be done");
        }
    }
}

#[tokio::test]
async fn a_new_profile_inherits_no_secret_from_an_earlier_one_of_its_name() {
    let (_home, accounts, ring) = with_keyring();
    accounts.save(&draft("a", Source::Server), REGIONS).await.unwrap();
    ring.lock(true);
    assert!(!accounts.forget("a").await.unwrap(), "it may still be there");
    ring.lock(false);
    let fresh = ProfileDraft { server_secret: None, ..draft("a", Source::Server) };
    accounts.save(&fresh, REGIONS).await.unwrap();
    assert_eq!(shown(accounts.key("a").await), "https://example.com/vod -");
}

#[tokio::test]
async fn a_secret_is_asked_for_before_anything_is_written() {
    let (home, accounts) = accounts(&[]);
    let mut bare = draft("a", Source::Sts);
    bare.security_token = Some("  ".into());
    let refused = accounts.save(&bare, REGIONS).await;
    assert!(matches!(
        refused,
        Err(Error::Unfit(Unfit { field: "security_token", reason: "empty" }))
    ));
    assert!(!Folders::under(home.path()).profiles().exists());
    accounts.save(&draft("a", Source::AccessKey), REGIONS).await.unwrap();
    let again = accounts.save(&draft("a", Source::AccessKey), REGIONS).await;
    assert!(matches!(again, Err(Error::TakenName { .. })));
}

#[tokio::test]
async fn forgetting_leaves_no_secret() {
    let (_home, accounts) = accounts(&[]);
    accounts.save(&draft("a", Source::Sts), REGIONS).await.unwrap();
    assert!(accounts.forget("a").await.unwrap());
    for what in What::ALL {
        assert_eq!(accounts.secrets.whereabouts(&what.user("a")).await, SecretState::Missing);
    }
    assert!(accounts.list(Language::En).is_empty());
    assert!(accounts.forget("a").await.is_err());
}

#[tokio::test]
async fn the_environment_is_used_when_nothing_is_saved_and_only_whole() {
    const WHOLE: &[(&str, &str)] = &[
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAIenv"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "hidden-env"),
        ("ALIBABA_CLOUD_REGION_ID", "ap-southeast-1"),
    ];
    let (_home, whole) = accounts(WHOLE);
    assert_eq!(whole.choose(None).unwrap().as_deref(), Some(ENVIRONMENT));
    assert_eq!(whole.stored(ENVIRONMENT).unwrap().region, "ap-southeast-1");
    assert_eq!(shown(whole.key(ENVIRONMENT).await), "LTAIenv hidden-env -");
    whole.save(&draft("a", Source::AccessKey), REGIONS).await.unwrap();
    assert_eq!(whole.choose(None).unwrap().as_deref(), Some("a"), "a saved profile comes first");
    assert!(matches!(whole.choose(Some("b")), Err(Error::NoProfile { .. })));

    let (_home, half) = accounts(&[("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAIenv")]);
    assert_eq!(half.choose(None).unwrap(), None);

    let (_home, named) = accounts(&[
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAIenv"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "hidden-env"),
        ("ALIBABA_CLOUD_SECURITY_TOKEN", "hidden-token"),
    ]);
    named.save(&draft("e", Source::Environment), REGIONS).await.unwrap();
    assert_eq!(shown(named.key("e").await), "LTAIenv hidden-env hidden-token");
    assert_eq!(named.stored("e").unwrap().region, "cn-shanghai");

    // What a file of another system leaves at the ends; and set to nothing is not set.
    let (_home, pasted) = accounts(&[
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "\u{feff}LTAIenv\r\n"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", " hidden-env\r"),
        ("ALIBABA_CLOUD_SECURITY_TOKEN", " \n"),
        ("ALIBABA_CLOUD_REGION_ID", "\r\n"),
    ]);
    assert_eq!(pasted.choose(None).unwrap().as_deref(), Some(ENVIRONMENT));
    assert_eq!(shown(pasted.key(ENVIRONMENT).await), "LTAIenv hidden-env -");
    assert_eq!(pasted.stored(ENVIRONMENT).unwrap().region, "cn-shanghai");

    for (name, value) in [
        ("ALIBABA_CLOUD_REGION_ID", "cn-shangai"),
        ("ALIBABA_CLOUD_REGION_ID", "cn-shanghai.evil.example"),
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI env"),
    ] {
        let (_home, odd) = accounts(Box::leak(Box::new([
            (name, value),
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAIenv"),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "hidden-env"),
        ])));
        match odd.choose(None) {
            Err(Error::Unfit(Unfit { field, .. })) => assert_eq!(field, name, "{value}"),
            other => panic!("{value}: {other:?}"),
        }
        assert_eq!(shown(odd.key(ENVIRONMENT).await), "Missing", "{value}");
    }
}
