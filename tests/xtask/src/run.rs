//! `cargo xtask run`: the window on the sandbox, or the same trip without a window. Knows the command line's contract only.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use crate::setup;
use crate::shell::{Outcome, call, cargo, command, program, target, there};

/// Opens the window, or does without.
pub(crate) fn run() -> Outcome {
    if display() {
        setup::run()?;
        setup::page()?;
        call(cargo().args(["run", "-p", "vodlift", "--", "--trial"]))
    } else {
        println!("There is no display here, so no window: the same trip by the command line.");
        trip()
    }
}

fn display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Sandbox, clip, upload, receipt.
fn trip() -> Outcome {
    call(cargo().args(["build", "-p", "vodlift-cli"]))?;
    let home = std::path::absolute(target().join("trip")).map_err(|error| error.to_string())?;
    let _ = std::fs::remove_dir_all(&home);
    make(&home.join("config"))?;
    let data = home.join("objects");

    let mut sandbox = Sandbox(
        command(program("vodlift-cli"))
            .args(["sandbox", "--json", "--data"])
            .arg(&data)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("vodlift-cli sandbox: {error}"))?,
    );
    let said = sandbox.line()?;
    let word = |name: &str| value(&said, name).ok_or(format!("the sandbox said: {said}"));
    let (endpoint, id, secret) =
        (word("endpoint")?, word("access_key_id")?, word("access_key_secret")?);
    println!("sandbox: {endpoint}");
    let profiles = format!(
        "active = \"sandbox\"\n\n[profile.sandbox]\nregion = \"cn-shanghai\"\nsource = \"environment\"\nendpoint = \"{endpoint}\"\n"
    );
    std::fs::write(home.join("config/profiles.toml"), profiles)
        .map_err(|error| error.to_string())?;

    let clip = clip(&home)?;
    call(
        command(program("vodlift-cli"))
            .args(["--profile", "sandbox", "upload", "--wait", "playable"])
            .arg(&clip)
            .env("VODLIFT_HOME", &home)
            .env("ALIBABA_CLOUD_ACCESS_KEY_ID", id)
            .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret),
    )?;
    let arrived = find(&data, &clip).ok_or("no object in the sandbox has the clip's bytes")?;
    println!("\nreceipt: {} arrived as {}", clip.display(), arrived.display());
    Ok(())
}

struct Sandbox(Child);

impl Sandbox {
    fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        let stream = self.0.stdout.take().ok_or("the sandbox has no output")?;
        BufReader::new(stream).read_line(&mut line).map_err(|error| error.to_string())?;
        Ok(line)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A short real clip; without ffmpeg the one that ships with the app.
fn clip(home: &Path) -> Outcome<PathBuf> {
    let clip = home.join("four-mornings.mp4");
    if there("ffmpeg") {
        call(
            command("ffmpeg")
                .args(["-loglevel", "error", "-y", "-f", "lavfi", "-i", "testsrc2=s=1280x720:d=8"])
                .args(["-f", "lavfi", "-i", "sine=d=8", "-c:v", "libx264", "-c:a", "aac"])
                .args(["-pix_fmt", "yuv420p", "-shortest"])
                .arg(&clip),
        )?;
    } else {
        let shipped = shipped().ok_or("there is neither ffmpeg nor the sample clip")?;
        std::fs::copy(&shipped, &clip).map_err(|error| error.to_string())?;
    }
    Ok(clip)
}

fn shipped() -> Option<PathBuf> {
    files(Path::new("src-tauri/crates/app"))
        .into_iter()
        .find(|path| path.extension().is_some_and(|end| end == "mp4"))
}

/// The file below `folder` with exactly the bytes of `original`.
fn find(folder: &Path, original: &Path) -> Option<PathBuf> {
    let wanted = std::fs::read(original).ok()?;
    files(folder).into_iter().find(|path| std::fs::read(path).is_ok_and(|bytes| bytes == wanted))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn make(folder: &Path) -> Outcome {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

/// The text of a field in a flat line of JSON without escapes, as the sandbox prints it.
fn value(line: &str, name: &str) -> Option<String> {
    let rest = line.split_once(&format!("\"{name}\":"))?.1.trim_start().strip_prefix('"')?;
    Some(rest.split_once('"')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn fields_of_the_sandbox_line_are_found() {
        let line = r#"{"event":"sandbox","endpoint":"http://127.0.0.1:1","access_key_id": "a"}"#;
        assert_eq!(value(line, "endpoint").as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(value(line, "access_key_id").as_deref(), Some("a"));
        assert_eq!(value(line, "access_key_secret"), None);
    }
}
