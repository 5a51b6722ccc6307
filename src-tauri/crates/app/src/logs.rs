//! Log files: bounded in size and number, and never a secret, because nothing that is logged can hold one. And what a panic
//! leaves there.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tracing_subscriber::EnvFilter;
use vodlift_engine::private;

use crate::error::Error;

/// Bytes of one log file.
const SIZE: u64 = 2_000_000;
/// Files that are kept beside the one that is written.
const KEPT: usize = 7;

/// Writes what the app does into `folder`. Libraries below ours are heard only from `warn` on, since some of
/// them print addresses with their queries at finer levels. Once a process; later calls change nothing.
pub fn start(folder: &Path) -> Result<(), Error> {
    let failed = |source: io::Error| Error::Write { path: folder.to_owned(), source };
    let log = Rotating::open(folder, SIZE, KEPT).map_err(failed)?;
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
        .with_writer(std::sync::Mutex::new(log))
        .try_init();
    Ok(())
}

/// From now on a panic of any thread reaches the log and standard error in one line each: where, and what was said there,
/// cleaned like everything that others wrote.
pub fn tell_panics() {
    std::panic::set_hook(Box::new(|info| {
        let text = panic_line(info.location(), info.payload());
        tracing::error!(target: "vodlift_app", "{text}\n{}", std::backtrace::Backtrace::capture());
        // A terminal that is gone hears nothing; the log has it.
        let _ = writeln!(io::stderr(), "vodlift: {text}");
    }));
}

fn panic_line(at: Option<&std::panic::Location<'_>>, payload: &dyn std::any::Any) -> String {
    let said = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let said = said.or_else(|| payload.downcast_ref::<String>().cloned());
    let said = vodlift_cloud::clean(said.as_deref().unwrap_or("no text"), &[]);
    let thread = std::thread::current();
    let at = at.map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    format!("thread {} panicked at {at}: {said}", thread.name().unwrap_or("without a name"))
}

/// A log that several processes write: `vodlift.log`, and `vodlift.1.log` and so on before it. Each process appends whole
/// lines; whoever finds the file full gives it the next name, one of them at a time.
struct Rotating {
    folder: PathBuf,
    size: u64,
    kept: usize,
    file: File,
}

impl Rotating {
    fn open(folder: &Path, size: u64, kept: usize) -> io::Result<Rotating> {
        private::folder(folder)?;
        for path in files(folder) {
            private::file(&path);
        }
        Ok(Rotating { folder: folder.to_owned(), size, kept, file: current(folder)? })
    }

    fn named(&self, n: usize) -> PathBuf {
        if n == 0 { newest(&self.folder) } else { self.folder.join(format!("vodlift.{n}.log")) }
    }

    /// Opens the file anew, after giving the full one another name unless another process has done so.
    fn rotate(&mut self) -> io::Result<()> {
        let turn = private::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.folder.join("rotating.lock"))?;
        if turn.try_lock().is_err() {
            return Ok(()); // somebody is at it: this line still goes where it went
        }
        if std::fs::metadata(self.named(0)).is_ok_and(|meta| meta.len() >= self.size) {
            for n in (0..self.kept).rev() {
                match std::fs::rename(self.named(n), self.named(n + 1)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    Ok(()) | Err(_) => {}
                }
            }
            // An earlier version wrote a file a day, of any size.
            for path in files(&self.folder).into_iter().filter(|path| is_of_a_day(path)) {
                std::fs::remove_file(path)?;
            }
        }
        self.file = current(&self.folder)?;
        Ok(())
    }
}

fn newest(folder: &Path) -> PathBuf {
    folder.join("vodlift.log")
}

fn current(folder: &Path) -> io::Result<File> {
    private::options().create(true).append(true).open(newest(folder))
}

/// `vodlift.2026-11-23.log`
fn is_of_a_day(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| {
        let day = name.strip_prefix("vodlift.").and_then(|rest| rest.strip_suffix(".log"));
        day.is_some_and(|day| day.len() == 10 && day.split('-').count() == 3)
    })
}

impl Write for Rotating {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.file.metadata().is_ok_and(|meta| meta.len() >= self.size)
            && let Err(error) = self.rotate()
        {
            // There is no other place to tell it, and a log that cannot grow must not stop an upload.
            self.file.write_all(format!("rotate the log: {error}\n").as_bytes())?;
        }
        self.file.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            tracing::warn!(%error, "look for log files");
            return Vec::new();
        }
    };
    // What cannot even be named is none of ours.
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "log")).collect()
}

/// The log files that are kept, oldest first: their names, and of each the last 500 kB.
pub(crate) fn kept(folder: &Path) -> Vec<(String, String)> {
    const END: u64 = 500_000;
    let mut files = files(folder);
    files.sort_by_key(|path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok());
    let end = |path: &PathBuf| -> io::Result<(String, String)> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let mut file = OpenOptions::new().read(true).open(path)?;
        file.seek(SeekFrom::Start(file.metadata()?.len().saturating_sub(END)))?;
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut file, &mut bytes)?;
        Ok((name, String::from_utf8_lossy(&bytes).into_owned()))
    };
    let told = |path: &PathBuf| {
        end(path).unwrap_or_else(|error| (path.to_string_lossy().into_owned(), error.to_string()))
    };
    files.iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_logged_reaches_a_file_and_a_secret_does_not() {
        let home = tempfile::tempdir().unwrap();
        start(home.path()).unwrap();
        tell_panics();
        let key = vodlift_sign::Secret::new("hidden-secret".into());
        tracing::info!(target: "vodlift_app", secret = ?key, "fact");
        let died = std::thread::Builder::new().name("reader".into()).spawn(|| {
            panic!("no such thing: Signature=hidden-secret&SecurityToken=hidden-token");
        });
        died.unwrap().join().unwrap_err();
        let text = std::fs::read_to_string(newest(home.path())).unwrap();
        assert!(text.contains("fact") && text.contains("•••"), "{text}");
        assert!(text.contains("thread reader panicked at") && text.contains("logs.rs:"), "{text}");
        assert!(!text.contains("hidden"), "{text}");
    }

    #[test]
    fn a_log_stays_within_its_bound_however_many_write() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("vodlift.2026-11-23.log"), vec![b'x'; 50_000]).unwrap();
        let mut one = Rotating::open(home.path(), 1_000, 3).unwrap();
        let mut other = Rotating::open(home.path(), 1_000, 3).unwrap();
        for n in 0..500 {
            for log in [&mut one, &mut other] {
                log.write_all(format!("the same warning for the {n}th time\n").as_bytes()).unwrap();
            }
        }
        let all = kept(home.path());
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(all.len(), 4, "{names:?}");
        let size: usize = all.iter().map(|(_, text)| text.len()).sum();
        assert!(size < 4 * 1_100, "{size} bytes");
        // Nothing is lost of the newest.
        let newest = std::fs::read_to_string(newest(home.path())).unwrap();
        assert!(newest.ends_with("the same warning for the 499th time\n"), "{newest}");
        assert_eq!(newest.matches("499th").count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let old = home.path().join("vodlift.3.log");
        std::fs::write(&old, "old").unwrap();
        std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o644)).unwrap();
        let mut log = Rotating::open(home.path(), 10, 3).unwrap();
        log.write_all(b"0123456789\n").unwrap();
        log.write_all(b"0123456789\n").unwrap();
        for path in files(home.path()) {
            let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", path.display());
        }
    }
}
