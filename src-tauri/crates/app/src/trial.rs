//! The embedded sandbox of the first run: started when its profile is wanted, kept until quit. Knows no upload.

use std::path::{Path, PathBuf};

use tokio::sync::Mutex;
use vodlift_engine::private;
use vodlift_sandbox::{Handle, Options, Sandbox};
use vodlift_sign::Credential;

use crate::accounts::Accounts;
use crate::error::Error;
use crate::folders;

/// Name of its profile.
pub(crate) const NAME: &str = "Sandbox";

/// The clip that ships with the app: H.264 and AAC, six seconds.
const SAMPLE: &[u8] = include_bytes!("../assets/sample.mp4");

/// The sandbox, running or not.
pub(crate) struct Trial {
    folder: PathBuf,
    running: Mutex<Option<Handle>>,
}

impl Trial {
    pub(crate) fn new(folder: PathBuf) -> Trial {
        Trial { folder, running: Mutex::default() }
    }

    /// Starts it unless it runs, and writes down where it listens.
    pub(crate) async fn start(&self, accounts: &Accounts) -> Result<Credential, Error> {
        let mut running = self.running.lock().await;
        if let Some(handle) = running.as_ref() {
            return Ok(handle.key());
        }
        if let Err(error) = private::folder(&self.folder) {
            // The sandbox says better what is wrong with it.
            tracing::warn!(%error, "make the folder of the sandbox");
        }
        let options = Options { data: Some(self.folder.clone()), ..Options::human() };
        let handle =
            Sandbox::start(options).await.map_err(|error| Error::Sandbox(Box::new(error)))?;
        let key = handle.key();
        accounts.save_sandbox(NAME, &handle.endpoint(), &key.id)?;
        *running = Some(handle);
        Ok(key)
    }

    /// The sample clip as a file of its own, beside the journal.
    pub(crate) fn sample(data: &Path) -> Result<PathBuf, Error> {
        let path = data.join("Sample clip.mp4");
        // Written again only if it is not there whole: its time is part of what makes it the same file.
        let whole = std::fs::metadata(&path).is_ok_and(|meta| meta.len() == SAMPLE.len() as u64);
        if !whole {
            folders::replace_bytes(&path, SAMPLE)?;
        }
        Ok(path)
    }

    pub(crate) async fn stop(&self) {
        if let Some(handle) = self.running.lock().await.take() {
            handle.stop().await;
        }
    }
}
