//! Start at login, as the system has it: what the user switched there is followed, never switched back.

use std::path::Path;

use tauri::AppHandle;
use tauri_plugin_autostart::ManagerExt as _;
use vodlift_app::App;
use vodlift_app::api::Settings;

/// Switches it, because the user did so in the settings.
pub(crate) fn set(app: &AppHandle, on: bool) {
    let login = app.autolaunch();
    let changed = if on { login.enable() } else { login.disable() };
    if let Err(error) = changed {
        tracing::warn!(%error, "start at login");
    }
}

/// Takes over into the settings what the system says.
pub(crate) async fn follow(app: &AppHandle, vodlift: &App) {
    let on = match app.autolaunch().is_enabled() {
        Ok(on) => on && !switched_off(app),
        Err(error) => {
            tracing::warn!(%error, "start at login");
            return;
        }
    };
    let settings = vodlift.settings();
    if settings.autostart != on
        && let Err(error) = vodlift.save_settings(Settings { autostart: on, ..settings }).await
    {
        tracing::warn!(error = error.chain(), "start at login");
    }
}

/// A desktop leaves the entry and writes into it that it is not to be followed.
fn switched_off(app: &AppHandle) -> bool {
    use tauri::Manager as _;
    let name = format!("{}.desktop", app.package_info().name);
    let entry = app.path().home_dir().map(|home| home.join(".config/autostart").join(name));
    cfg!(target_os = "linux") && entry.is_ok_and(|entry| hidden(&entry))
}

fn hidden(entry: &Path) -> bool {
    let text = std::fs::read_to_string(entry).unwrap_or_default();
    // Desktop Entry Specification: `Hidden`; GNOME and its kin write a key of their own.
    text.lines()
        .map(|line| line.replace(' ', "").to_ascii_lowercase())
        .any(|line| line == "hidden=true" || line == "x-gnome-autostart-enabled=false")
}

#[cfg(test)]
mod tests {
    use super::hidden;

    #[test]
    fn an_entry_that_the_desktop_switched_off_is_off() {
        let folder = tempfile::tempdir().unwrap();
        let entry = folder.path().join("Vodlift.desktop");
        assert!(!hidden(&entry));
        for (line, off) in [
            ("", false),
            ("Hidden=false", false),
            ("Hidden=true", true),
            ("Hidden = true", true),
            ("X-GNOME-Autostart-enabled=false", true),
            ("X-GNOME-Autostart-enabled=true", false),
        ] {
            std::fs::write(&entry, format!("[Desktop Entry]\nExec=vodlift\n{line}\n")).unwrap();
            assert_eq!(hidden(&entry), off, "{line}");
        }
    }
}
