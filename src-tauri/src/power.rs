//! The computer itself: kept awake while bytes move, and sent to sleep when all is done. Knows no transfer.

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
    #[cfg(target_os = "linux")]
    ask("Suspend");
    #[cfg(target_os = "macos")]
    ask(&["pmset", "sleepnow"]);
    #[cfg(windows)]
    ask(&["rundll32.exe", "powrprof.dll,SetSuspendState", "0,1,0"]);
}

/// Asks the system to shut down, as its own menu would: other programs may object.
pub(crate) fn shut_down() {
    #[cfg(target_os = "linux")]
    ask("PowerOff");
    #[cfg(target_os = "macos")]
    ask(&["osascript", "-e", "tell application \"System Events\" to shut down"]);
    #[cfg(windows)]
    ask(&["shutdown.exe", "/s", "/t", "30"]);
}

/// The one who keeps sessions is asked itself, so that it need not be systemd, and may ask the person for a password.
#[cfg(target_os = "linux")]
fn ask(what: &str) {
    const LOGIN: &str = "org.freedesktop.login1";
    let asked = zbus::blocking::Connection::system().and_then(|bus| {
        let manager = Some("org.freedesktop.login1.Manager");
        bus.call_method(Some(LOGIN), "/org/freedesktop/login1", manager, what, &true)
    });
    if let Err(error) = asked {
        tracing::warn!(%error, what, "the system does not do it");
    }
}

#[cfg(not(target_os = "linux"))]
fn ask(words: &[&str]) {
    use std::process::{Command, Stdio};

    let [program, args @ ..] = words else { return };
    let asked = Command::new(program).args(args).stdin(Stdio::null()).spawn();
    if let Err(error) = asked {
        tracing::warn!(%error, program, "the system was not reached");
    }
}
