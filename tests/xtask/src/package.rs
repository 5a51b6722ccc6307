//! `cargo xtask package`: what is installed on other computers, window and command line in one. Knows the bundler; nothing
//! of what is inside.

use std::path::{Path, PathBuf};

use crate::setup;
use crate::shell::{Outcome, call, cargo, command, target};

/// The other program of the package.
const CLI: &str = "vodlift-cli";

/// Where the bundler finds it. The window remembers this name, so it leads from the repository, not from this computer's root.
const BESIDE: &str = "target/package/vodlift-cli";

/// Builds the packages of this system.
pub(crate) fn package() -> Outcome {
    setup::build()?;
    setup::page()?;
    let flags = nameless(&[
        (here(Path::new("."))?, "/vodlift"),
        (here(&target())?, "/target"),
        (cargo_home(), "/cargo"),
    ]);
    call(cargo().args(["build", "--release", "-p", CLI]).env(FLAGS, &flags))?;
    beside()?;
    call(
        command("node")
            .args(["ui/node_modules/@tauri-apps/cli/tauri.js", "build", "--config"])
            .arg(format!(r#"{{"bundle":{{"externalBin":["../{BESIDE}"]}}}}"#))
            .env(FLAGS, &flags),
    )?;
    println!("\npackages: {}", target().join("release/bundle").display());
    Ok(())
}

const FLAGS: &str = "CARGO_ENCODED_RUSTFLAGS";

/// Flags under which no path of this computer stands in the programs: the last that fits is taken.
fn nameless(folders: &[(PathBuf, &str)]) -> String {
    let remap =
        |(from, to): &(PathBuf, &str)| format!("--remap-path-prefix={}={to}", from.display());
    folders.iter().map(remap).collect::<Vec<_>>().join("\u{1f}")
}

fn here(path: &Path) -> Outcome<PathBuf> {
    std::fs::create_dir_all(path)
        .and_then(|()| std::fs::canonicalize(path))
        .map_err(|error| error.to_string())
}

fn cargo_home() -> PathBuf {
    let home = || std::env::home_dir().unwrap_or_default().join(".cargo");
    std::env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

/// Puts a copy of the command line where the bundler looks for it.
fn beside() -> Outcome {
    let words = command("rustc").arg("-vV").output().map_err(|error| format!("rustc: {error}"))?;
    let words = String::from_utf8_lossy(&words.stdout);
    let system =
        words.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc names no host")?;
    let end = std::env::consts::EXE_SUFFIX;
    let copy = PathBuf::from(format!("{BESIDE}-{system}{end}"));
    here(copy.parent().unwrap_or(Path::new(".")))?;
    std::fs::copy(target().join("release").join(format!("{CLI}{end}")), &copy)
        .map(drop)
        .map_err(|error| format!("{}: {error}", copy.display()))
}
