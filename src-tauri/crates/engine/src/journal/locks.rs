//! Which engines live: each holds a lock file of its own while it does. Opening the journal is one process's turn at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use super::JournalError;
use crate::private;

/// How long another process may take to open the journal.
const TURN: Duration = Duration::from_secs(30);
/// Between two looks whether it is our turn.
const LOOK: Duration = Duration::from_millis(20);

/// The lock file of an engine.
pub(super) fn path(folder: &Path, engine: Uuid) -> PathBuf {
    folder.join(format!("engine-{engine}.lock"))
}

/// Says that this engine lives, until the file is dropped.
pub(super) fn hold(folder: &Path, me: Uuid) -> io::Result<File> {
    let file =
        private::options().create(true).truncate(false).write(true).open(path(folder, me))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::Error(error)) => Err(error),
        Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
    }
}

/// Waits until no other process is opening the journal: what is found then is either whole or ours to mend.
pub(super) fn turn(folder: &Path) -> Result<File, JournalError> {
    let path = folder.join("opening.lock");
    let file = private::options().create(true).truncate(false).write(true).open(path)?;
    for _ in 0..TURN.as_millis() / LOOK.as_millis() {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error.into()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK),
        }
    }
    Err(JournalError::Busy)
}

/// Whether another engine works on this journal. Lock files of those that were killed are removed.
pub(super) fn others(folder: &Path, me: Uuid) -> io::Result<bool> {
    let mut others = false;
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let engine = name.to_str().and_then(|name| {
            name.strip_prefix("engine-")?.strip_suffix(".lock")?.parse::<Uuid>().ok()
        });
        if let Some(engine) = engine.filter(|engine| *engine != me) {
            others |= !is_dead(folder, engine);
        }
    }
    Ok(others)
}

/// An engine holds its lock file while it lives, so one that can be locked (or is gone) belongs to nobody.
pub(super) fn is_dead(folder: &Path, engine: Uuid) -> bool {
    let path = path(folder, engine);
    match OpenOptions::new().write(true).open(&path) {
        Ok(file) => {
            let dead = file.try_lock().is_ok();
            if dead {
                drop(file);
                remove(&path);
            }
            dead
        }
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Removes the lock file of an engine that has ended.
pub(super) fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        // Only litter: nobody holds it, and the next start tries again.
        tracing::debug!(%error, "a lock file stays behind");
    }
}
