//! What Vodlift says while nobody looks: tray, notifications, progress on the taskbar. It hears the frames the page
//! hears; it changes nothing but by the person's click.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager as _, Wry};
use tauri_plugin_notification::NotificationExt as _;
use vodlift_app::App;
use vodlift_app::words::{Language, t};
use vodlift_app::{Frame, Hero, Status, Totals};

use crate::news::{BATCH, Heard, sentence};
use crate::power::Awake;
use crate::{ending, panel};

/// The tray and everything else that speaks outside the page.
pub(crate) struct Tray {
    app: Arc<App>,
    menu: Option<Lines>,
    awake: Awake,
    focused: AtomicBool,
    active: AtomicU32,
    can_pause: AtomicBool,
    said_once: AtomicBool,
    heard: Mutex<Heard>,
}

/// The lines of the tray's menu that change.
struct Lines {
    state: MenuItem<Wry>,
    hold: MenuItem<Wry>,
    open: MenuItem<Wry>,
    quit: MenuItem<Wry>,
}

/// Puts the icon into the tray, where there is one.
pub(crate) fn serve(handle: &AppHandle, app: Arc<App>) {
    // The library of the tray is looked for at run time and panics when it is not there.
    let built = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| build(handle, &app)));
    let menu = match built {
        Ok(Ok(lines)) => Some(lines),
        Ok(Err(error)) => {
            tracing::warn!(%error, "no tray");
            None
        }
        Err(_) => None,
    };
    handle.manage(Tray {
        app,
        menu,
        awake: Awake::new(),
        // A window that is shown is told that it has the focus; one that starts in the tray never had it.
        focused: AtomicBool::new(false),
        active: AtomicU32::new(0),
        can_pause: AtomicBool::new(false),
        said_once: AtomicBool::new(false),
        heard: Mutex::default(),
    });
}

fn build(handle: &AppHandle, app: &App) -> tauri::Result<Lines> {
    let language = app.language();
    let word = |key: &str| t(language, key, &[]);
    let state = MenuItem::with_id(handle, "state", word("tray.idle"), false, None::<&str>)?;
    let hold = MenuItem::with_id(handle, "hold", word("tray.pauseAll"), false, None::<&str>)?;
    let open = MenuItem::with_id(handle, "open", word("tray.open"), true, None::<&str>)?;
    let quit = MenuItem::with_id(handle, "quit", word("tray.quit"), true, None::<&str>)?;
    let line = PredefinedMenuItem::separator(handle)?;
    let menu = Menu::with_items(handle, &[&state, &hold, &line, &open, &quit])?;
    let mut tray = TrayIconBuilder::with_id("vodlift")
        .tooltip("Vodlift")
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(|handle, event| chosen(handle, event.id().as_ref()))
        .on_tray_icon_event(|tray, event| {
            let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                ..
            } = event
            else {
                return;
            };
            crate::show(tray.app_handle());
        });
    if let Some(icon) = handle.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(handle)?;
    Ok(Lines { state, hold, open, quit })
}

fn chosen(handle: &AppHandle, line: &str) {
    match line {
        "open" => crate::show(handle),
        "quit" => crate::quit(handle),
        "hold" => {
            if let Some(tray) = handle.try_state::<Tray>() {
                let app = tray.app.clone();
                let busy = tray.can_pause.load(Ordering::Relaxed);
                tauri::async_runtime::spawn(async move {
                    let asked = if busy { app.pause_all().await } else { app.resume_all().await };
                    if let Err(error) = asked {
                        tracing::warn!(error = error.chain(), "tray");
                    }
                });
            }
        }
        _ => {}
    }
}

/// Closing the window must not end what is going on. The engine itself is asked: a frame may be a moment old.
pub(crate) fn close(handle: &AppHandle) {
    let handle = handle.clone();
    tauri::async_runtime::spawn(async move {
        let goes_on = match handle.try_state::<Arc<App>>() {
            Some(app) => app
                .engine()
                .rows()
                .await
                .iter()
                .any(|row| row.can.pause || row.status == Status::Verifying),
            None => false,
        };
        if goes_on {
            hide(&handle);
        } else {
            crate::quit(&handle);
        }
    });
}

/// The window goes, the uploads stay; said once, because the window that could say it is gone.
fn hide(handle: &AppHandle) {
    let Some(tray) = handle.try_state::<Tray>() else { return };
    let (app, built) = (tray.app.clone(), tray.menu.is_some());
    let first = !tray.said_once.swap(true, Ordering::Relaxed);
    let handle = handle.clone();
    tauri::async_runtime::spawn(async move {
        let shown =
            built && tauri::async_runtime::spawn_blocking(panel::has_trays).await.unwrap_or(false);
        if let Some(window) = handle.get_webview_window(crate::MAIN) {
            // Where no panel shows the icon there would be no way back to a hidden window.
            let gone = if shown { window.hide() } else { window.minimize() };
            if let Err(error) = gone {
                tracing::warn!(%error, "hide the window");
            }
        }
        if first {
            notify(&handle, &t(app.language(), "tray.still", &[]));
        }
    });
}

fn notify(handle: &AppHandle, words: &str) {
    if let Err(error) = handle.notification().builder().title("Vodlift").body(words).show() {
        tracing::debug!(%error, "no notification");
    }
}

impl Tray {
    /// The person looks at the window, or no longer.
    pub(crate) fn focused(&self, focused: bool) {
        self.focused.store(focused, Ordering::Relaxed);
    }

    /// The language may have changed: what stands in the menu is said anew, the rest with the next frame.
    pub(crate) fn speak(&self) {
        let language = self.app.language();
        if let Some(lines) = &self.menu {
            let _ = lines.open.set_text(t(language, "tray.open", &[]));
            let _ = lines.quit.set_text(t(language, "tray.quit", &[]));
        }
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = heard.changed(String::new());
    }

    /// Takes notice of what the page is told.
    pub(crate) fn hear(&self, handle: &AppHandle, frame: &Frame) {
        let settings = self.app.settings();
        let (totals, first, ended, moving, line) = {
            let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            let quiet = heard.is_quiet();
            let totals = heard.take(frame, self.app.language());
            let ended = heard.ends(totals);
            let first = quiet && !heard.is_quiet();
            let line = state_line(totals, self.app.language());
            // The share goes on while the words stay the same.
            let holds = (totals.can_pause, totals.can_resume);
            let shown = heard.changed(format!("{line} {} {holds:?}", percent(totals)));
            let line = shown.map(|_| line);
            (totals, first, ended, heard.moving(), line)
        };
        self.active.store(totals.counts.active, Ordering::Relaxed);
        self.can_pause.store(totals.can_pause, Ordering::Relaxed);
        self.awake.set(settings.awake && moving);
        if let Some(line) = line {
            self.draw(handle, totals, &line);
        }
        if totals.counts.active > 0 {
            ending::stop(handle);
        }
        if first {
            let handle = handle.clone();
            tauri::async_runtime::spawn(async move {
                tokio::time::sleep(BATCH).await;
                if let Some(tray) = handle.try_state::<Tray>() {
                    tray.tell(&handle);
                }
            });
        }
        if ended {
            ending::begin(handle, settings.when_done);
        }
    }

    fn draw(&self, handle: &AppHandle, totals: &Totals, line: &str) {
        let language = self.app.language();
        let active = totals.counts.active > 0;
        let share = percent(totals);
        if let Some(lines) = &self.menu {
            let key = if totals.can_resume && !totals.can_pause {
                "tray.resumeAll"
            } else {
                "tray.pauseAll"
            };
            let _ = lines.state.set_text(line);
            let _ = lines.hold.set_text(t(language, key, &[]));
            let _ = lines.hold.set_enabled(totals.can_pause || totals.can_resume);
        }
        if let Some(icon) = handle.tray_by_id("vodlift") {
            let _ = icon.set_tooltip(Some(format!("Vodlift · {line}")));
            // On Linux and macOS the text stands beside the icon.
            let _ = icon.set_title(active.then(|| format!("{share} %")));
        }
        panel::progress(handle, active.then_some(share), totals.online);
    }

    /// One notification for everything of the last ten seconds, unless the person saw it happen.
    fn tell(&self, handle: &AppHandle) {
        let batch = {
            let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            heard.tell()
        };
        if self.focused.load(Ordering::Relaxed) {
            return;
        }
        if let Some(words) = sentence(&batch, &self.app.settings(), self.app.language()) {
            notify(handle, &words);
        }
    }
}

fn percent(totals: &Totals) -> u64 {
    (totals.done_bytes * 100).checked_div(totals.size_bytes).unwrap_or(0).min(100)
}

fn state_line(totals: &Totals, language: Language) -> String {
    let count = totals.counts.active.to_string();
    match totals.hero {
        Hero::Left => {
            let time = left(totals.left_ms.unwrap_or_default(), language);
            t(language, "tray.busy", &[("n", &count), ("time", &time)])
        }
        Hero::Almost => t(language, "hero.almost", &[]),
        Hero::Preparing => t(language, "hero.preparing", &[]),
        Hero::Paused => t(language, "hero.paused", &[]),
        Hero::Offline => t(language, "hero.offline", &[]),
        Hero::Held => t(language, "hero.held", &[]),
        Hero::Processing => t(language, "hero.processing", &[]),
        Hero::Idle if totals.counts.failed > 0 => {
            t(language, "hero.needs", &[("n", &totals.counts.failed.to_string())])
        }
        Hero::Idle | Hero::Empty => t(language, "tray.idle", &[]),
    }
}

/// Time left in the page's own words: seconds under a minute, then whole minutes, then hours and minutes.
fn left(ms: u64, language: Language) -> String {
    let seconds = ms.div_ceil(1000);
    let minutes = seconds.div_ceil(60);
    if seconds < 60 {
        t(language, "u.s", &[("n", &seconds.to_string())])
    } else if minutes < 60 {
        t(language, "u.min", &[("n", &minutes.to_string())])
    } else if minutes < 48 * 60 {
        let (hours, rest) = ((minutes / 60).to_string(), (minutes % 60).to_string());
        t(language, "u.hMin", &[("h", &hours), ("m", &rest)])
    } else {
        t(language, "u.days", &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::news::tests::totals;

    #[test]
    fn the_state_line_counts_and_rounds_as_the_page_does() {
        assert_eq!(percent(&totals(2, 0)), 25);
        assert_eq!(state_line(&totals(2, 0), Language::En), "2 uploads, 3 min left");
        assert_eq!(left(8_000, Language::En), "8 s");
        assert_eq!(left(7_800_000, Language::En), "2 h 10 min");
        assert_eq!(left(200_000_000_000, Language::En), "more than 2 days");
    }
}
