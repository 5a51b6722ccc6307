//! The computer itself: kept awake while bytes move, and sent to sleep when all is done. Knows no transfer.

use std::process::{Command, Stdio};
use std::sync::mpsc;

/// Keeps the computer awake while it is told so. The system's answers may take their time, so a thread asks.
pub(crate) struct Awake(mpsc::Sender<bool>);

impl Awake {
    /// Nothing is kept awake yet.
    pub(crate) fn new() -> Self {
        let (say, hear) = mpsc::channel::<bool>();
        std::thread::spawn(move || {
            let mut held = None;
            for wanted in hear {
                if !wanted {
                    held = None;
                } else if held.is_none() {
                    // The display may sleep, the computer may not.
                    held = keepawake::Builder::default()
                        .display(false)
                        .idle(true)
                        .app_name("Vodlift")
                        .app_reverse_domain("dev.vodlift.desktop")
                        .reason("uploading")
                        .create()
                        .inspect_err(
                            |error| tracing::debug!(%error, "cannot keep the computer awake"),
                        )
                        .ok();
                }
            }
        });
        Self(say)
    }

    /// From now on, or no longer.
    pub(crate) fn set(&self, wanted: bool) {
        let _ = self.0.send(wanted);
    }
}

/// Asks the system to sleep.
pub(crate) fn sleep() {
    ask(if cfg!(target_os = "macos") {
        &["pmset", "sleepnow"]
    } else if cfg!(windows) {
        &["rundll32.exe", "powrprof.dll,SetSuspendState", "0,1,0"]
    } else {
        &["systemctl", "suspend"]
    });
}

/// Asks the system to shut down, as its own menu would: other programs may object.
pub(crate) fn shut_down() {
    ask(if cfg!(target_os = "macos") {
        &["osascript", "-e", "tell application \"System Events\" to shut down"]
    } else if cfg!(windows) {
        &["shutdown.exe", "/s", "/t", "30"]
    } else {
        &["systemctl", "poweroff"]
    });
}

fn ask(words: &[&str]) {
    let [program, args @ ..] = words else { return };
    let asked = Command::new(program).args(args).stdin(Stdio::null()).spawn();
    if let Err(error) = asked {
        tracing::warn!(%error, program, "the system was not reached");
    }
}
