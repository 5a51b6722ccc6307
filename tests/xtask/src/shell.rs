//! Starting other programs and reading what they say. Knows nothing of what they are for.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;

/// Words for a person about what failed.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// All paths below are relative to the repository.
pub(crate) fn enter_root() {
    // As it runs, not as it was built: what another clone built may be used again.
    let own = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(Default::default, PathBuf::from);
    let root = own.ancestors().nth(2).unwrap_or(Path::new("."));
    std::env::set_current_dir(root).expect("cargo says where the repository is");
}

/// A clean clone on a build machine shares compiled dependencies with the clone before it.
pub(crate) fn share_cache() {
    println!("target: {}", target().display());
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    if let Some(set) = std::env::var_os("CARGO_TARGET_DIR") {
        return set.into();
    }
    if std::env::var("CI").is_ok_and(|ci| ci == "true") {
        cache().join("target")
    } else {
        "target".into()
    }
}

/// The user's cache folder of this repository.
pub(crate) fn cache() -> PathBuf {
    let home = || std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
    let base = if cfg!(windows) {
        std::env::var_os("LOCALAPPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        home().map(|home| Path::new(&home).join("Library/Caches"))
    } else {
        std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| home().map(|home| Path::new(&home).join(".cache")))
    };
    base.unwrap_or_else(std::env::temp_dir).join("vodlift")
}

/// A built program.
pub(crate) fn program(name: &str) -> PathBuf {
    let path = target().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    std::path::absolute(&path).unwrap_or(path)
}

/// A command that finds the shared target folder, wherever it runs.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    if let Ok(target) = std::path::absolute(target()) {
        command.env("CARGO_TARGET_DIR", target);
    }
    command
}

/// `npm`, by the name it has here.
pub(crate) fn npm() -> Command {
    let mut npm = command(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.current_dir("ui");
    npm
}

/// `cargo`, the one that started this.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A command is on the `PATH`.
pub(crate) fn there(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}

/// Runs it with its words on the terminal.
pub(crate) fn call(command: &mut Command) -> Outcome {
    println!("$ {}", spell(command));
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{}`: {status}", spell(command))),
        Err(error) => Err(format!("`{}`: {error}", spell(command))),
    }
}

/// Runs it with its words on the terminal and hands them over as well.
pub(crate) fn listen(command: &mut Command) -> (Outcome, Vec<String>) {
    println!("$ {}", spell(command));
    let mut child = match command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => return (Err(format!("`{}`: {error}", spell(command))), Vec::new()),
    };
    let (say, hear) = mpsc::channel();
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
    ];
    for stream in streams.into_iter().flatten() {
        let say = say.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                let _ = say.send(String::from_utf8_lossy(&line).into_owned());
            }
        });
    }
    drop(say);
    let lines: Vec<String> = hear.into_iter().inspect(|line| println!("{line}")).collect();
    let outcome = match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{}`: {status}", spell(command))),
        Err(error) => Err(format!("`{}`: {error}", spell(command))),
    };
    (outcome, lines)
}

fn spell(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}
