//! The date settings of the system, opened. Knows which program shows them; knows no clock.

use tauri::AppHandle;

/// Opens them; false where this system has none that we know.
#[cfg(any(target_os = "macos", windows))]
#[expect(clippy::unused_async, reason = "as where the desktop is asked")]
pub(crate) async fn open(handle: &AppHandle) -> bool {
    use tauri_plugin_opener::OpenerExt as _;

    let address = if cfg!(windows) {
        "ms-settings:dateandtime"
    } else {
        "x-apple.systempreferences:com.apple.Date-Time-Settings.extension"
    };
    handle.opener().open_url(address, None::<&str>).is_ok()
}

/// Every desktop has a program of its own: the first that stays, or ends well, is the one.
#[cfg(not(any(target_os = "macos", windows)))]
pub(crate) async fn open(_: &AppHandle) -> bool {
    first_of(PROGRAMS).await
}

/// GNOME, KDE of this and of the last age, Cinnamon, MATE and Xfce.
#[cfg(not(any(target_os = "macos", windows)))]
const PROGRAMS: &[&[&str]] = &[
    &["gnome-control-center", "datetime"],
    &["kcmshell6", "kcm_clock"],
    &["kcmshell5", "clock"],
    &["cinnamon-settings", "calendar"],
    &["time-admin"],
];

#[cfg(not(any(target_os = "macos", windows)))]
async fn first_of(programs: &[&[&str]]) -> bool {
    use std::time::Duration;

    /// A program that cannot show its window has ended by then.
    const SOON: Duration = Duration::from_millis(700);
    for line in programs {
        let [name, arguments @ ..] = *line else { continue };
        let started = tokio::process::Command::new(name)
            .args(arguments)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn();
        let Ok(mut child) = started else { continue };
        match tokio::time::timeout(SOON, child.wait()).await {
            // Some hand the wish to a program that runs already, and end.
            Ok(Ok(status)) if status.success() => return true,
            Ok(_) => tracing::info!(name, "date settings"),
            // The runtime sees to it when it ends later.
            Err(_) => return true,
        }
    }
    false
}

#[cfg(all(test, not(any(target_os = "macos", windows))))]
mod tests {
    use super::first_of;

    #[tokio::test]
    async fn the_first_program_that_is_there_and_stays_or_ends_well_is_taken() {
        assert!(!first_of(&[]).await);
        assert!(!first_of(&[&["vodlift-no-such-program"], &["false"]]).await);
        assert!(first_of(&[&["vodlift-no-such-program"], &["true"]]).await);
        // Not waited for: its end is far beyond the end of this test.
        let stays = tokio::time::timeout(
            std::time::Duration::from_secs(30),
            first_of(&[&["false"], &["sleep", "40"], &["false"]]),
        );
        assert!(stays.await.expect("it waited for the end"));
    }
}
