//! Who is told of frames: the newest watcher of the page, and no other.

use std::sync::{Mutex, PoisonError};

use tauri::async_runtime::JoinHandle;

/// The task that passes frames on.
#[derive(Default)]
pub(crate) struct Watching(Mutex<Option<JoinHandle<()>>>);

impl Watching {
    /// From now on this one; the one before ends, and with it what the engine kept for it.
    pub(crate) fn begin(&self, task: JoinHandle<()>) {
        let older = self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(task);
        if let Some(older) = older {
            older.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    #[test]
    fn each_watcher_ends_the_one_before() {
        let watching = Watching::default();
        let watch = || {
            let (frames, mut heard) = mpsc::channel::<()>(1);
            watching.begin(tauri::async_runtime::spawn(async move {
                while heard.recv().await.is_some() {}
            }));
            frames
        };
        let all: Vec<_> = std::iter::repeat_with(watch).take(5).collect();
        let (newest, older) = all.split_last().unwrap();
        tauri::async_runtime::block_on(async {
            for frames in older {
                frames.closed().await;
            }
            newest.send(()).await.unwrap();
        });
        assert!(!newest.is_closed());
    }
}
