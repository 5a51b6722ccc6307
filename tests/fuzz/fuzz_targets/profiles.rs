//! `profiles.toml` as a person may write it. Knows that what was read can be written back without loss.
#![no_main]

use std::cell::LazyCell;
use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use vodlift_app::profiles::{Profiles, Stored};

thread_local!(static HOME: LazyCell<TempDir> = LazyCell::new(|| tempfile::tempdir().unwrap()));

/// Those that can be used.
fn all(profiles: &Profiles) -> BTreeMap<String, Stored> {
    let usable = |(name, _)| Some((String::from(name), profiles.get(name)?.clone()));
    profiles.all().filter_map(usable).collect()
}

fuzz_target!(|text: &str| {
    let path = HOME.with(|home| home.path().join("profiles.toml"));
    std::fs::write(&path, text).unwrap();
    let mut profiles = match Profiles::open(path.clone()) {
        Ok(profiles) => profiles,
        Err(error) => {
            let _ = format!("{error} {error:?}");
            assert_eq!(
                std::fs::read_to_string(&path).unwrap(),
                text,
                "a broken file stays as it is"
            );
            return;
        }
    };
    if let Some(flaw) = profiles.flaw() {
        let _ = format!("{flaw:?}");
        assert!(
            all(&profiles).is_empty(),
            "a file that is flawed as a whole has no usable profile"
        );
        return;
    }
    let before = all(&profiles);
    assert!(profiles.active().is_none_or(|name| profiles.entry(name).is_some()));
    // Each profile, saved as it is, changes nothing that is read.
    for (name, stored) in &before {
        profiles.save(name, Some(name), stored).expect("saved as it was");
        let again = Profiles::open(path.clone()).expect("what was written can be read");
        assert_eq!(all(&again), before);
        assert_eq!(all(&profiles), before);
    }
    if let Some((name, _)) = before.first_key_value() {
        profiles.choose(name).expect("chosen");
        assert_eq!(Profiles::open(path.clone()).unwrap().active(), Some(name.as_str()));
        profiles.remove(name).expect("forgotten");
        let mut left = before.clone();
        left.remove(name);
        assert_eq!(all(&Profiles::open(path).unwrap()), left);
    }
});
