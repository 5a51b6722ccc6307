//! `settings.toml` as a person may write it. Knows that what is saved holds the next time.
#![no_main]

use std::cell::LazyCell;

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use vodlift_app::api::Settings;
use vodlift_app::settings::File;

thread_local!(static HOME: LazyCell<TempDir> = LazyCell::new(|| tempfile::tempdir().unwrap()));

fn same(a: &Settings, b: &Settings) {
    assert_eq!(serde_json::to_value(a).unwrap(), serde_json::to_value(b).unwrap());
}

fuzz_target!(|text: &str| {
    let path = HOME.with(|home| home.path().join("settings.toml"));
    std::fs::write(&path, text).unwrap();
    let mut file = match File::open(path.clone()) {
        Ok(file) => file,
        Err(error) => {
            let _ = format!("{error} {error:?}");
            return;
        }
    };
    let read = file.settings.clone();
    file.save(&read).expect("what was read makes sense");
    same(&File::open(path.clone()).expect("saved").settings, &read);
    // There and back: no value of the person's file survives where another was chosen, none is lost.
    let first = Settings::first();
    file.save(&first).expect("the first settings make sense");
    same(&File::open(path.clone()).expect("saved").settings, &first);
    file.save(&read).expect("back");
    same(&File::open(path).expect("saved").settings, &read);
});
