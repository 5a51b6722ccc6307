//! The window, who paints in it (a graphics processor where there is one), and how much its page may waste. Knows nothing of
//! what is painted.

use anyhow::Context as _;
use tauri::utils::config::WindowConfig;
use tauri::{AppHandle, WebviewWindowBuilder};

/// The page's garbage is collected when half as much has been added to what is in use, not several times as much, as is done on
/// a computer with much memory: scrolling through ten thousand rows the view held up to 290 MB without this and 220 with it, and
/// a frame took as long. To be called while this process has one thread; what is set already stays.
///
/// `heapGrowthMaxIncrease` is an option of JavaScriptCore, read as a process of WebKit begins. One that does not know it says so
/// and goes on.
#[cfg(target_os = "linux")]
pub(crate) fn collect_sooner() -> anyhow::Result<()> {
    Ok(gtk::glib::setenv("JSC_heapGrowthMaxIncrease", "0.5", false)?)
}

/// Opens the window as the configuration describes it, hidden until the page can be seen.
pub(crate) fn open(app: &AppHandle) -> anyhow::Result<()> {
    let described = app.config().app.windows.iter().find(|window| window.label == crate::MAIN);
    build(app, described.context("the window is described")?)
}

#[cfg(not(target_os = "linux"))]
fn build(app: &AppHandle, window: &WindowConfig) -> anyhow::Result<()> {
    WebviewWindowBuilder::from_config(app, window)?.build()?;
    Ok(())
}

/// Where no graphics processor is, as on virtual machines and remote desktops, the page goes without layers: WebKit would have
/// them put together by a processor that the cores play, for many times the work and a hundred megabytes. It goes without
/// movement too, as desktops do there: a bar that glides is painted sixty times a second.
///
/// That is said before the page is asked for. Said afterwards, layers have begun, and leaving them ends WebKit's process for
/// some pages (2.50).
#[cfg(target_os = "linux")]
fn build(app: &AppHandle, window: &WindowConfig) -> anyhow::Result<()> {
    use gtk::prelude::GtkSettingsExt as _;
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt as _};

    // For this address nothing is loaded at all.
    let blank = tauri::WebviewUrl::External("about:blank".parse()?);
    let described = WindowConfig { url: blank, ..window.clone() };
    let opened = WebviewWindowBuilder::from_config(app, &described)?.build()?;
    if !renders("/dev/dri".as_ref()) {
        if let Some(desktop) = gtk::Settings::default() {
            // The page hears it as `prefers-reduced-motion`.
            desktop.set_gtk_enable_animations(false);
        }
        opened.with_webview(|view| {
            if let Some(settings) = view.inner().settings() {
                settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
            }
        })?;
    }
    Ok(opened.navigate("tauri://localhost".parse()?)?)
}

/// Whether the kernel offers a processor to render with: a card alone may be no more than a screen.
#[cfg(target_os = "linux")]
fn renders(devices: &std::path::Path) -> bool {
    std::fs::read_dir(devices).is_ok_and(|all| {
        all.flatten().any(|one| one.file_name().to_string_lossy().starts_with("renderD"))
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_screen_alone_does_not_render() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!renders(&folder.path().join("dri")));
        assert!(!renders(folder.path()));
        std::fs::write(folder.path().join("card0"), "").unwrap();
        assert!(!renders(folder.path()));
        std::fs::write(folder.path().join("renderD128"), "").unwrap();
        assert!(renders(folder.path()));
    }
}
