//! Real files to upload, and finding their bytes again. Knows ffmpeg; nothing of the app.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::ensure;

/// An H.264/AAC clip of about `seconds` megabytes: noise, so that it does not shrink.
pub(crate) fn video(path: &Path, seconds: u32) -> anyhow::Result<PathBuf> {
    let picture = format!("testsrc2=s=640x360:r=24:d={seconds},noise=alls=50:allf=t");
    let sound = format!("sine=f=330:d={seconds}");
    ffmpeg(
        path,
        &[
            "-f",
            "lavfi",
            "-i",
            &picture,
            "-f",
            "lavfi",
            "-i",
            &sound,
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-b:v",
            "8M",
            "-minrate",
            "8M",
            "-maxrate",
            "8M",
            "-bufsize",
            "2M",
            "-pix_fmt",
            "yuv420p",
            "-c:a",
            "aac",
            "-movflags",
            "+faststart",
        ],
    )
}

/// The same clip as a camera writes it: what is where stands at its end.
pub(crate) fn index_last(clip: &Path, path: &Path) -> anyhow::Result<PathBuf> {
    ffmpeg(path, &["-i", &clip.to_string_lossy(), "-c", "copy"])
}

/// Another clip with the same picture: what a player skips stands at its end.
pub(crate) fn another(clip: &Path, path: &Path) -> anyhow::Result<PathBuf> {
    let mut bytes = std::fs::read(clip)?;
    let note = path.to_string_lossy().into_owned();
    bytes.extend(u32::try_from(8 + note.len())?.to_be_bytes());
    bytes.extend(b"free");
    bytes.extend(note.as_bytes());
    std::fs::write(path, bytes)?;
    Ok(path.to_owned())
}

/// A JPEG.
pub(crate) fn picture(path: &Path) -> anyhow::Result<PathBuf> {
    ffmpeg(path, &["-f", "lavfi", "-i", "testsrc2=s=1280x720:d=1", "-frames:v", "1", "-q:v", "3"])
}

/// Subtitles in Chinese.
pub(crate) fn subtitles(path: &Path) -> anyhow::Result<PathBuf> {
    let text = "1\n00:00:00,000 --> 00:00:02,000\n四个清晨，一场雨。\n\n2\n00:00:02,000 --> 00:00:04,000\n山还在那里。\n";
    std::fs::write(path, text)?;
    Ok(path.to_owned())
}

fn ffmpeg(path: &Path, args: &[&str]) -> anyhow::Result<PathBuf> {
    let made = Command::new("ffmpeg")
        .args(["-loglevel", "error", "-y"])
        .args(args)
        .arg(path)
        .stdin(std::process::Stdio::null())
        .status()?;
    ensure!(made.success(), "ffmpeg makes {}", path.display());
    Ok(path.to_owned())
}

/// Every file below a folder.
pub(crate) fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// How many files below a folder have exactly these bytes.
pub(crate) fn copies(folder: &Path, original: &Path) -> anyhow::Result<usize> {
    let wanted = std::fs::read(original)?;
    Ok(below(folder)
        .iter()
        .filter(|path| std::fs::read(path).is_ok_and(|bytes| bytes == wanted))
        .count())
}
