//! What Vodlift says while nobody looks: tray, notifications, progress on the taskbar. It hears the frames the page
//! hears; it changes nothing but by the person's click.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::window::{ProgressBarState, ProgressBarStatus};
use tauri::{AppHandle, Manager as _, Wry};
use tauri_plugin_notification::NotificationExt as _;
use vodlift_app::App;
use vodlift_app::api::{Settings, WhenDone};
use vodlift_app::words::{Language, fault, t};
use vodlift_app::{Frame, Hero, Row, Status, Totals, TransferId};

use crate::power::{self, Awake};

/// Ends and failures of this long are told in one notification.
const BATCH: Duration = Duration::from_secs(10);

/// The tray and everything else that speaks outside the page.
pub(crate) struct Tray {
    app: Arc<App>,
    menu: Option<Lines>,
    awake: Awake,
    focused: AtomicBool,
    active: AtomicU32,
    said_once: AtomicBool,
    heard: Mutex<Heard>,
}

/// The lines of the tray's menu that change.
struct Lines {
    state: MenuItem<Wry>,
    hold: MenuItem<Wry>,
}

/// What the frames have told so far.
#[derive(Default)]
struct Heard {
    rows: HashMap<TransferId, Status>,
    /// Ended since the last notification.
    batch: Batch,
    /// Finished since the queue was last idle.
    finished: u32,
    busy: bool,
    shown: String,
}

#[derive(Debug, Default, PartialEq)]
struct Batch {
    done: Vec<String>,
    failed: Vec<(String, String)>,
    all: Option<u32>,
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
        focused: AtomicBool::new(true),
        active: AtomicU32::new(0),
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
    Ok(Lines { state, hold })
}

fn chosen(handle: &AppHandle, line: &str) {
    match line {
        "open" => crate::show(handle),
        "quit" => crate::quit(handle),
        "hold" => {
            if let Some(tray) = handle.try_state::<Tray>() {
                let app = tray.app.clone();
                let busy = tray.active.load(Ordering::Relaxed) > 0;
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
            built && tauri::async_runtime::spawn_blocking(panel_has_trays).await.unwrap_or(false);
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

/// Some desktops of Linux have no place for an icon; the others always do.
#[cfg(target_os = "linux")]
fn panel_has_trays() -> bool {
    let asked = || {
        let bus = zbus::blocking::Connection::session()?;
        let names = zbus::blocking::fdo::DBusProxy::new(&bus)?;
        names.name_has_owner("org.kde.StatusNotifierWatcher".try_into()?).map_err(zbus::Error::from)
    };
    asked().unwrap_or(false)
}

#[cfg(not(target_os = "linux"))]
fn panel_has_trays() -> bool {
    true
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

    /// Takes notice of what the page is told.
    pub(crate) fn hear(&self, handle: &AppHandle, frame: &Frame) {
        let settings = self.app.settings();
        let (totals, first, ended, line) = {
            let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            let quiet = heard.batch == Batch::default();
            let totals = heard.take(frame, self.app.language());
            let ended = heard.ends(totals);
            let first = quiet && heard.batch != Batch::default();
            let line = state_line(totals, self.app.language());
            let line = (heard.shown != line).then(|| {
                heard.shown.clone_from(&line);
                line
            });
            (totals, first, ended, line)
        };
        self.active.store(totals.counts.active, Ordering::Relaxed);
        self.awake.set(settings.awake && totals.counts.active > 0);
        if let Some(line) = line {
            self.draw(handle, totals, &line);
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
            when_done(handle, settings.when_done);
        }
    }

    fn draw(&self, handle: &AppHandle, totals: &Totals, line: &str) {
        let language = self.app.language();
        let active = totals.counts.active > 0;
        let share = percent(totals);
        if let Some(lines) = &self.menu {
            let key = if active { "tray.pauseAll" } else { "tray.resumeAll" };
            let _ = lines.state.set_text(line);
            let _ = lines.hold.set_text(t(language, key, &[]));
            let _ = lines.hold.set_enabled(active || totals.counts.waiting > 0);
        }
        if let Some(icon) = handle.tray_by_id("vodlift") {
            let _ = icon.set_tooltip(Some(format!("Vodlift · {line}")));
            // On Linux and macOS the text stands beside the icon.
            let _ = icon.set_title(active.then(|| format!("{share} %")));
        }
        if let Some(window) = handle.get_webview_window(crate::MAIN) {
            let status = match (active, totals.online) {
                (false, _) => ProgressBarStatus::None,
                (true, true) => ProgressBarStatus::Normal,
                (true, false) => ProgressBarStatus::Paused,
            };
            let bar = ProgressBarState { status: Some(status), progress: Some(share) };
            let _ = window.set_progress_bar(bar);
        }
    }

    /// One notification for everything of the last ten seconds, unless the person saw it happen.
    fn tell(&self, handle: &AppHandle) {
        let batch = {
            let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut heard.batch)
        };
        if self.focused.load(Ordering::Relaxed) {
            return;
        }
        if let Some(words) = sentence(&batch, &self.app.settings(), self.app.language()) {
            notify(handle, &words);
        }
    }
}

impl Heard {
    /// Notes what ended since the last frame. A snapshot is where things stand, not news.
    fn take<'a>(&mut self, frame: &'a Frame, language: Language) -> &'a Totals {
        match frame {
            Frame::Snapshot { rows, totals, .. } => {
                self.rows = rows.iter().map(|row| (row.id, row.status)).collect();
                totals
            }
            Frame::Delta { changed, gone, totals, .. } => {
                for row in changed {
                    let before = self.rows.insert(row.id, row.status);
                    if before != Some(row.status) {
                        self.note(row, language);
                    }
                }
                for id in gone {
                    self.rows.remove(id);
                }
                totals
            }
        }
    }

    fn note(&mut self, row: &Row, language: Language) {
        if row.status == Status::Done {
            self.finished += 1;
            // A cover or subtitle is news only together with its video.
            if row.parent.is_none() {
                self.batch.done.push(row.title.clone());
            }
        } else if row.status == Status::Failed {
            let cause = row.fault.as_ref().map(|view| fault(language, view)).unwrap_or_default();
            self.batch.failed.push((row.title.clone(), cause));
        }
    }

    /// True once when the queue comes to rest after work.
    fn ends(&mut self, totals: &Totals) -> bool {
        let busy = totals.counts.active + totals.counts.waiting > 0 || !totals.online;
        let ended = self.busy && !busy && self.finished > 0;
        self.busy = busy;
        if ended {
            self.batch.all = Some(std::mem::take(&mut self.finished));
        }
        ended
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

/// One sentence for a batch: what needs the person first, then that all is over, then what is ready.
fn sentence(batch: &Batch, settings: &Settings, language: Language) -> Option<String> {
    let wanted = &settings.notify;
    let count = |n: usize| n.to_string();
    match (&batch.failed[..], &batch.done[..], batch.all) {
        ([(title, cause)], ..) if wanted.failed => {
            Some(t(language, "ntf.fail", &[("title", title), ("cause", cause)]))
        }
        ([_, _, ..], ..) if wanted.failed => {
            Some(t(language, "ntf.failN", &[("n", &count(batch.failed.len()))]))
        }
        (_, _, Some(n)) if wanted.all && n > 1 => {
            Some(t(language, "ntf.all", &[("n", &n.to_string())]))
        }
        (_, [title], _) if wanted.done => Some(t(language, "ntf.done", &[("title", title)])),
        (_, [_, _, ..], _) if wanted.done => {
            Some(t(language, "ntf.doneN", &[("n", &count(batch.done.len()))]))
        }
        (_, _, Some(n)) if wanted.all => Some(t(language, "ntf.all", &[("n", &n.to_string())])),
        _ => None,
    }
}

fn when_done(handle: &AppHandle, what: WhenDone) {
    match what {
        WhenDone::Nothing => {}
        WhenDone::Quit => crate::quit(handle),
        WhenDone::Sleep => power::sleep(),
        WhenDone::Shutdown => {
            power::shut_down();
            crate::quit(handle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(active: u32, waiting: u32) -> Totals {
        serde_json::from_value(serde_json::json!({
            "hero": "left", "leftMs": 125_000, "doneBytes": 30, "openBytes": 0, "sizeBytes": 120, "rateBytes": 0,
            "counts": { "all": 3, "active": active, "waiting": waiting, "processing": 0, "failed": 0, "done": 0,
                        "cancelled": 0 },
            "online": true, "pingMs": null,
        }))
        .unwrap()
    }

    #[test]
    fn the_queue_ends_once_and_only_after_something_was_finished() {
        let mut heard = Heard::default();
        assert!(!heard.ends(&totals(0, 0)), "nothing was done yet");
        assert!(!heard.ends(&totals(1, 1)));
        heard.finished = 2;
        assert!(!heard.ends(&totals(0, 1)), "one still waits");
        assert!(heard.ends(&totals(0, 0)));
        assert_eq!(heard.batch.all, Some(2));
        assert!(!heard.ends(&totals(0, 0)), "told once");
    }

    #[test]
    fn a_batch_is_one_sentence_and_what_needs_the_person_comes_first() {
        let settings = Settings::first();
        let mut batch = Batch { done: vec!["雨".into()], ..Batch::default() };
        let say = |batch: &Batch| sentence(batch, &settings, Language::En);
        assert_eq!(say(&batch).as_deref(), Some("“雨” is ready"));
        batch.all = Some(3);
        assert_eq!(say(&batch).as_deref(), Some("All 3 uploads finished"));
        batch.failed.push(("a".into(), "The file has moved".into()));
        assert_eq!(say(&batch).as_deref(), Some("“a” needs you: The file has moved"));
        assert_eq!(say(&Batch::default()), None);
    }

    #[test]
    fn a_notification_that_is_switched_off_is_not_said() {
        let mut settings = Settings::first();
        settings.notify.done = false;
        let batch = Batch { done: vec!["a".into()], ..Batch::default() };
        assert_eq!(sentence(&batch, &settings, Language::En), None);
    }

    #[test]
    fn the_state_line_counts_and_rounds_as_the_page_does() {
        assert_eq!(percent(&totals(2, 0)), 25);
        assert_eq!(state_line(&totals(2, 0), Language::En), "2 uploads, 3 min left");
        assert_eq!(left(8_000, Language::En), "8 s");
        assert_eq!(left(7_800_000, Language::En), "2 h 10 min");
        assert_eq!(left(200_000_000_000, Language::En), "more than 2 days");
    }
}
