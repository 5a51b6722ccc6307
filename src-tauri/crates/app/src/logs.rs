//! Log files: one a day, a week of them, and never a secret, because nothing that is logged can hold one.

use std::path::Path;

use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::EnvFilter;

use crate::error::Error;

/// Days of log files that are kept.
const DAYS: usize = 7;

/// Writes what the app does into `folder`. Libraries below ours are heard only from `warn` on, since some of
/// them print addresses with their queries at finer levels. Once a process; later calls change nothing.
pub fn start(folder: &Path) -> Result<(), Error> {
    let failed = |source: std::io::Error| Error::Write { path: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let files = Builder::new()
        .rotation(Rotation::DAILY)
        .filename_prefix("vodlift")
        .filename_suffix("log")
        .max_log_files(DAYS)
        .build(folder)
        .map_err(|error| failed(std::io::Error::other(error)))?;
    let levels = [
        "warn",
        "vodlift=info",
        "vodlift_app=info",
        "vodlift_cli=info",
        "vodlift_engine=info",
        "vodlift_cloud=info",
        "vodlift_sandbox=info",
    ];
    // A log that is set up already (tests, a second window) stays as it is.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(levels.join(",")))
        .with_ansi(false)
        .with_writer(std::sync::Mutex::new(files))
        .try_init();
    Ok(())
}

/// The log files that are kept, oldest first: their names, and of each the last 500 kB.
pub(crate) fn kept(folder: &Path) -> Vec<(String, String)> {
    const END: usize = 500_000;
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    files.sort();
    let end = |path: &std::path::PathBuf| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        let bytes = std::fs::read(path).ok()?;
        let text = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(END)..]);
        Some((name, text.into_owned()))
    };
    files.iter().filter_map(end).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_logged_reaches_a_file_and_a_secret_does_not() {
        let home = tempfile::tempdir().unwrap();
        super::start(home.path()).unwrap();
        let key = vodlift_sign::Secret::new("hidden-secret".into());
        tracing::info!(target: "vodlift_app", secret = ?key, "fact");
        let file = std::fs::read_dir(home.path()).unwrap().next().unwrap().unwrap().path();
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.contains("fact") && text.contains("•••"), "{text}");
        assert!(!text.contains("hidden"), "{text}");
    }
}
