//! What happens when everything is done: quit, sleep or shut down, after a while in which the person can say no. Knows no
//! transfer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tauri::async_runtime::JoinHandle;
use tauri::{AppHandle, Manager as _};
use vodlift_app::App;
use vodlift_app::api::{Desk, Settings, WhenDone};

use crate::drop::Door;
use crate::power;

/// How long the person has to say no.
const NOTICE: Duration = Duration::from_secs(30);

/// The end that is near, if any.
#[derive(Default)]
pub(crate) struct Ending(Mutex<Option<JoinHandle<()>>>);

/// Everything is done. The window comes forward, so that it can be stopped there.
pub(crate) fn begin(handle: &AppHandle, what: WhenDone) {
    let Some(ending) = handle.try_state::<Ending>() else { return };
    if what == WhenDone::Nothing {
        return;
    }
    crate::show(handle);
    tell(handle, what, NOTICE);
    let handle = handle.clone();
    let fresh = tauri::async_runtime::spawn(async move {
        tokio::time::sleep(NOTICE).await;
        // From here on there is nothing to be stopped.
        tell(&handle, WhenDone::Nothing, Duration::ZERO);
        once(&handle).await;
        act(&handle, what).await;
    });
    ending.replace(Some(fresh));
}

/// The person says no, or there is work again.
pub(crate) fn stop(handle: &AppHandle) {
    if handle.try_state::<Ending>().is_some_and(|ending| ending.replace(None)) {
        tell(handle, WhenDone::Nothing, Duration::ZERO);
    }
}

impl Ending {
    /// True when another end was near, which is none any more.
    fn replace(&self, fresh: Option<JoinHandle<()>>) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *held, fresh) {
            Some(near) => {
                let waiting = !near.inner().is_finished();
                near.abort();
                waiting
            }
            None => false,
        }
    }
}

fn tell(handle: &AppHandle, what: WhenDone, left: Duration) {
    if let Some(door) = handle.try_state::<Door>() {
        let left_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        door.tell(Desk::Ending { what, left_ms });
    }
}

/// It was asked for once: the next start of this computer does not end with the next upload.
async fn once(handle: &AppHandle) {
    let (Some(app), Some(door)) = (handle.try_state::<Arc<App>>(), handle.try_state::<Door>())
    else {
        return;
    };
    let settings = Settings { when_done: WhenDone::Nothing, ..app.settings() };
    if let Err(error) = app.save_settings(settings).await {
        tracing::warn!(error = error.chain(), "what happens when all is done");
    }
    door.tell(Desk::Session { session: app.session().await });
}

async fn act(handle: &AppHandle, what: WhenDone) {
    // The system may have to ask the person first.
    let ask = |what: fn()| tauri::async_runtime::spawn_blocking(what);
    match what {
        WhenDone::Nothing => {}
        WhenDone::Quit => crate::quit(handle),
        WhenDone::Sleep => drop(ask(power::sleep).await),
        WhenDone::Shutdown => {
            drop(ask(power::shut_down).await);
            crate::quit(handle);
        }
    }
}
