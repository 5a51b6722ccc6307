//! Builds the page when it changed and puts it inside the program. Knows npm and Tauri; nothing of uploads.

fn npm(args: &[&str]) {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let done = std::process::Command::new(npm)
        .args(args)
        .current_dir("../ui")
        .status()
        .is_ok_and(|status| status.success());
    assert!(done, "`npm {}` failed in ui/ (Node 20.19 or newer is needed)", args.join(" "));
}

/// The commands the windows are permitted, as the capabilities list them.
fn permitted() -> Vec<String> {
    let read = |name| std::fs::read_to_string(name).expect("the capability is there");
    let text = read("capabilities/main.json") + &read("capabilities/posters.json");
    text.split('"')
        .filter_map(|word| word.strip_prefix("allow-"))
        .map(|name| name.replace('-', "_"))
        .collect()
}

fn main() {
    for part in [
        "src",
        "index.html",
        "posters.html",
        "package-lock.json",
        "vite.config.ts",
        "svelte.config.js",
    ] {
        println!("cargo:rerun-if-changed=../ui/{part}");
    }
    println!("cargo:rerun-if-env-changed=VODLIFT_SKIP_UI");
    #[expect(clippy::disallowed_methods, reason = "a build script is an edge")]
    let skip = std::env::var_os("VODLIFT_SKIP_UI").is_some();
    if skip {
        // Lints and unit tests need only that the folder is there.
        std::fs::create_dir_all("../ui/dist").expect("ui/dist can be made");
    } else {
        if !std::path::Path::new("../ui/node_modules/.package-lock.json").exists() {
            npm(&["ci", "--ignore-scripts"]);
        }
        npm(&["run", "build"]);
    }
    // Without this list Tauri would let the page call every command; with it each must be permitted by name.
    let commands: Vec<&'static str> = permitted().into_iter().map(|name| &*name.leak()).collect();
    let manifest = tauri_build::AppManifest::new().commands(commands.leak());
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
        .expect("the window can be described");
}
