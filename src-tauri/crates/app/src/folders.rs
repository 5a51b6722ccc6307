//! Where things are kept on this computer, and how a small file is replaced whole. Knows no file's content.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use vodlift_engine::private;

use crate::error::Error;

/// The folders of one installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// `profiles.toml` and `settings.toml`.
    pub config: PathBuf,
    /// `journal.db` and the trial's files.
    pub data: PathBuf,
    /// Log files.
    pub logs: PathBuf,
}

impl Folders {
    /// Everything under `VODLIFT_HOME` when `env` has it, else the platform's own folders.
    pub fn from_env(env: &dyn Fn(&str) -> Option<String>) -> Result<Folders, Error> {
        if let Some(home) = env("VODLIFT_HOME").filter(|home| !home.is_empty()) {
            let home = std::path::absolute(&home)
                .map_err(|source| Error::Read { path: PathBuf::from(home), source })?;
            return Ok(Folders::under(&home));
        }
        let dirs =
            directories::ProjectDirs::from("dev", "Vodlift", "Vodlift").ok_or(Error::NoHome)?;
        let state = dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir());
        Ok(Folders {
            config: dirs.config_dir().to_owned(),
            data: dirs.data_local_dir().to_owned(),
            logs: state.join("logs"),
        })
    }

    /// The three folders inside `home`.
    pub fn under(home: &Path) -> Folders {
        Folders { config: home.join("config"), data: home.join("data"), logs: home.join("logs") }
    }

    /// Makes the three, and lets nobody but their owner read what is in them. Where that cannot be done nothing stops: what
    /// cannot be written is told when it is to be written.
    pub fn prepare(&self) {
        for folder in [&self.config, &self.data, &self.logs] {
            if let Err(error) = private::folder(folder) {
                tracing::warn!(path = %folder.display(), %error, "make a folder");
            }
        }
        let lock = self.config.join(".lock");
        let report = self.logs.join("diagnostics.zip");
        for file in [self.profiles(), self.settings(), lock, report] {
            private::file(&file);
        }
    }

    /// The file of profiles.
    pub fn profiles(&self) -> PathBuf {
        self.config.join("profiles.toml")
    }

    /// The file of preferences.
    pub fn settings(&self) -> PathBuf {
        self.config.join("settings.toml")
    }

    /// Where the trial keeps what it was sent.
    pub fn sandbox(&self) -> PathBuf {
        self.data.join("sandbox")
    }
}

/// A file of the user's that is known to be small. Anything but a file is refused before it is opened: a device never
/// ends, a pipe waits for its writer.
pub(crate) fn read_small(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    use std::io::Read as _;
    let refuse = |source| Error::Read { path: path.to_owned(), source };
    let odd = |what: &str| refuse(std::io::Error::new(std::io::ErrorKind::InvalidInput, what));
    if !std::fs::metadata(path).map_err(refuse)?.is_file() {
        return Err(odd("not a file"));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(refuse)?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(refuse)?;
    if bytes.len() as u64 > limit { Err(odd("too large")) } else { Ok(bytes) }
}

/// Text of `path`; `None` when there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<String>, Error> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Read { path: path.to_owned(), source }),
    }
}

/// Keeps other processes from changing the files beside `path` until what is returned is dropped. Whoever holds it reads
/// the file again, changes it and replaces it: a window and a command line on one home lose nothing of each other.
pub(crate) fn lock_beside(path: &Path) -> Result<File, Error> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let lock = folder.join(".lock");
    let failed = |source| Error::Write { path: lock.clone(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let file =
        private::options().create(true).truncate(false).write(true).open(&lock).map_err(failed)?;
    if let Err(error) = file.lock() {
        // Some network folders know no locks: there a change is made without one rather than not at all.
        tracing::warn!(%error, path = %lock.display(), "no lock");
    }
    Ok(file)
}

/// Makes `path` hold exactly `text`, or leaves it as it was: a crash between never shows half of it.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Error> {
    replace_bytes(path, text.as_bytes())
}

/// As [`replace`].
pub(crate) fn replace_bytes(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let failed = |source| Error::Write { path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut fresh = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    fresh.write_all(bytes).map_err(failed)?;
    fresh.as_file().sync_all().map_err(failed)?;
    fresh.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_folder_holds_everything_when_it_is_named() {
        let home = tempfile::tempdir().unwrap();
        let text = home.path().to_str().unwrap().to_owned();
        let folders =
            Folders::from_env(&|name| (name == "VODLIFT_HOME").then(|| text.clone())).unwrap();
        assert_eq!(folders, Folders::under(home.path()));
        assert_eq!(folders.profiles(), home.path().join("config/profiles.toml"));
    }

    #[cfg(unix)]
    #[test]
    fn only_their_owner_may_read_them_also_through_a_link() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let home = tempfile::tempdir().unwrap();
        let (real, link) = (home.path().join("real"), home.path().join("link"));
        std::fs::create_dir_all(real.join("config")).unwrap();
        let loose = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        std::fs::write(real.join("config/profiles.toml"), "").unwrap();
        loose(&real.join("config/profiles.toml"), 0o644);
        loose(&real.join("config"), 0o755);
        symlink(&real, &link).unwrap();
        let folders = Folders::under(&link);
        folders.prepare();
        replace(&folders.settings(), "theme = \"dark\"").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for name in ["config", "data", "logs"] {
            assert_eq!(mode(&real.join(name)), 0o700, "{name}");
        }
        for name in ["profiles.toml", "settings.toml"] {
            assert_eq!(mode(&real.join("config").join(name)), 0o600, "{name}");
        }
    }

    #[test]
    fn an_empty_name_is_no_name() {
        let folders = Folders::from_env(&|_| Some(String::new())).unwrap();
        assert!(folders.config.is_absolute());
    }

    #[test]
    fn a_file_is_replaced_whole_and_leaves_nothing_beside_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("deep/a.toml");
        assert_eq!(read(&path).unwrap(), None);
        replace(&path, "one").unwrap();
        replace(&path, "two").unwrap();
        assert_eq!(read(&path).unwrap().as_deref(), Some("two"));
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
