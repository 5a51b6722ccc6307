//! The desktop's panel: whether it shows trays, and how far the uploads are beside the icon. Knows no transfer.

pub(crate) use there::{has_trays, progress};

/// Panels of Linux are spoken to over the session bus. The window's own progress bar needs a library that no desktop brings
/// along today; the signal that library sends is the same.
#[cfg(target_os = "linux")]
mod there {
    use std::collections::HashMap;
    use std::sync::OnceLock;

    use tauri::AppHandle;
    use zbus::blocking::{Connection, fdo::DBusProxy};
    use zbus::zvariant::Value;

    /// As the packages name the file of the app.
    const APP: &str = "application://Vodlift.desktop";

    fn bus() -> zbus::Result<&'static Connection> {
        static BUS: OnceLock<Connection> = OnceLock::new();
        if let Some(bus) = BUS.get() {
            return Ok(bus);
        }
        let bus = Connection::session()?;
        Ok(BUS.get_or_init(|| bus))
    }

    /// Some desktops have no place for an icon. Blocks until the bus has answered.
    pub(crate) fn has_trays() -> bool {
        let asked = || {
            let names = DBusProxy::new(bus()?)?;
            names
                .name_has_owner("org.kde.StatusNotifierWatcher".try_into()?)
                .map_err(zbus::Error::from)
        };
        asked().unwrap_or(false)
    }

    /// Total progress in percent; none when nothing is in progress.
    pub(crate) fn progress(_: &AppHandle, percent: Option<u64>, _online: bool) {
        tauri::async_runtime::spawn_blocking(move || {
            let share = f64::from(u32::try_from(percent.unwrap_or(0)).unwrap_or(0)) / 100.0;
            let facts = HashMap::from([
                ("progress", Value::from(share)),
                ("progress-visible", Value::from(percent.is_some())),
            ]);
            let said = bus().and_then(|bus| {
                bus.emit_signal(
                    None::<&str>,
                    "/dev/vodlift/desktop",
                    "com.canonical.Unity.LauncherEntry",
                    "Update",
                    &(APP, facts),
                )
            });
            if let Err(error) = said {
                tracing::debug!(%error, "progress beside the icon");
            }
        });
    }
}

#[cfg(not(target_os = "linux"))]
mod there {
    use tauri::window::{ProgressBarState, ProgressBarStatus};
    use tauri::{AppHandle, Manager as _};

    /// There always is a place.
    pub(crate) fn has_trays() -> bool {
        true
    }

    /// Total progress in percent; none when nothing is in progress.
    pub(crate) fn progress(handle: &AppHandle, percent: Option<u64>, online: bool) {
        let Some(window) = handle.get_webview_window(crate::MAIN) else { return };
        let status = match (percent, online) {
            (None, _) => ProgressBarStatus::None,
            (Some(_), true) => ProgressBarStatus::Normal,
            (Some(_), false) => ProgressBarStatus::Paused,
        };
        let bar = ProgressBarState { status: Some(status), progress: percent };
        let _ = window.set_progress_bar(bar);
    }
}
