//! What must be on the machine, and getting it when it is not. Knows packages; not what they are used for beyond a word.

use std::process::Command;
use std::time::Duration;

use crate::shell::{Outcome, call, cargo, npm, there};

/// Linked by the window.
const BUILD: &[&str] =
    &["build-essential", "pkg-config", "libwebkit2gtk-4.1-dev", "libayatana-appindicator3-dev"];

/// What the window needs beyond starting, to look as it does in the README: the decoders of the films' pictures, and
/// letters for Chinese. The packages that are built recommend the decoders.
const LOOKS: &[&str] = &[
    "fonts-noto-cjk",
    "gstreamer1.0-libav",
    "gstreamer1.0-plugins-bad",
    "gstreamer1.0-plugins-good",
];

/// Used by the tests that drive the real window.
const WINDOW: &[&str] = &[
    "adwaita-icon-theme",
    "dbus",
    "ffmpeg",
    "fonts-dejavu-core",
    "fonts-noto-core",
    "gir1.2-gtk-3.0",
    "gnome-keyring",
    "imagemagick",
    "libglib2.0-bin",
    "libsecret-tools",
    "openbox",
    "python3-gi",
    "shared-mime-info",
    "util-linux",
    "webkit2gtk-driver",
    "wmctrl",
    "x11-utils",
    "xauth",
    "xclip",
    "xdotool",
    "xvfb",
];

/// Used to draw every screen of the page.
const SCREENS: &[&str] = &["chromium", "fonts-dejavu-core", "fonts-noto-cjk", "fonts-noto-core"];

/// Used to watch what the command line asks of the system.
const UNIT: &[&str] = &["strace"];

/// Compiles what is C in a program for Windows.
const WINDOWS: &[&str] = &["gcc-mingw-w64-x86-64"];

/// Used by the vendor's SDKs when they talk to the sandbox.
const INTEROP: &[&str] = &["chromium", "openssl", "python3", "python3-venv"];

/// Everything that building needs.
pub(crate) fn build() -> Outcome {
    debian(BUILD)
}

/// Everything that opening the window needs.
pub(crate) fn run() -> Outcome {
    debian(&[BUILD, LOOKS].concat())
}

/// Everything that driving the window needs.
pub(crate) fn window() -> Outcome {
    // The driver and the library must have one version, so they come in one go.
    debian(&[BUILD, LOOKS, WINDOW].concat())
}

/// Everything that drawing the screens needs.
pub(crate) fn screens() -> Outcome {
    debian(SCREENS)
}

/// Everything that the tests without a window need beyond building.
pub(crate) fn unit() -> Outcome {
    debian(UNIT)
}

/// Everything that the vendor's SDKs need.
pub(crate) fn interop() -> Outcome {
    debian(INTEROP)
}

/// The page's packages, as its lock file says.
pub(crate) fn page() -> Outcome {
    let age = |path: &str| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    match (age("ui/node_modules/.package-lock.json"), age("ui/package-lock.json")) {
        (Some(installed), Some(locked)) if installed >= locked => Ok(()),
        _ => call(npm().args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])),
    }
}

/// Rust's own tools for style.
pub(crate) fn components() -> Outcome {
    let has = |tool| {
        cargo().args([tool, "--version"]).output().is_ok_and(|output| output.status.success())
    };
    if has("fmt") && has("clippy") {
        return Ok(());
    }
    call(Command::new("rustup").args(["component", "add", "rustfmt", "clippy"]))
}

/// What a program for Windows is compiled with on Linux. It cannot be linted where this fails; that is no fault of it.
pub(crate) fn windows(target: &str) -> Outcome {
    if !cfg!(target_os = "linux") || !there("apt-get") || !there("rustup") {
        return Err("it takes Debian and rustup".into());
    }
    debian(WINDOWS)?;
    call(Command::new("rustup").args(["target", "add", target]))
}

fn debian(packages: &[&str]) -> Outcome {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if !there("apt-get") {
        println!(
            "not Debian: these packages, by their names here, must be there: {}",
            packages.join(" ")
        );
        return Ok(());
    }
    let missing: Vec<&str> = packages.iter().copied().filter(|name| !installed(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("missing packages: {}", missing.join(" "));
    // `update` does not wait for another apt's lock, so it is asked again.
    let mut tries = 0;
    while let Err(words) = call(root("apt-get").args(["update", "-q"])) {
        tries += 1;
        if tries == 20 {
            return Err(words);
        }
        std::thread::sleep(Duration::from_secs(6));
    }
    call(
        root("apt-get")
            .args(["install", "-q", "-y", "--no-install-recommends"])
            .args(["-o", "DPkg::Lock::Timeout=600", "-o", "Acquire::Retries=3"])
            .args(missing)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

fn installed(package: &str) -> bool {
    Command::new("dpkg-query")
        .args(["-W", "-f", "${db:Status-Status}", package])
        .output()
        .is_ok_and(|output| output.stdout == b"installed")
}

fn root(program: &str) -> Command {
    let me = Command::new("id").arg("-u").output().map(|output| output.stdout).unwrap_or_default();
    if me.trim_ascii() == b"0" || !there("sudo") {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    // sudo clears the environment, this one word must pass.
    sudo.args(["--preserve-env=DEBIAN_FRONTEND", program]);
    sudo
}
