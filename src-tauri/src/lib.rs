//! The window: what is started, in which order, and how it ends. Knows no rule of an upload.

mod arguments;
mod clock;
mod commands;
mod drop;
mod ending;
mod news;
mod opening;
mod painting;
mod panel;
mod posters;
mod power;
mod start_at_login;
mod still;
mod tray;
mod watching;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use tauri::{AppHandle, Manager as _, RunEvent, WindowEvent};
use tauri_plugin_deep_link::DeepLinkExt as _;
use tauri_plugin_dialog::DialogExt as _;
use vodlift_app::App;
use vodlift_app::api::{Settings, Theme};
use vodlift_app::edge::Edge;
use vodlift_app::folders::Folders;
use vodlift_app::words::{Language, t};

/// The window in which the person works.
pub(crate) const MAIN: &str = "main";

/// The argument that opens the sandbox at once, for a first look.
const TRIAL: &str = "--trial";

/// The argument of a start at login: into the tray, not onto the screen.
const QUIET: &str = "--quiet";

/// Runs Vodlift until it is quit.
pub fn run() -> ExitCode {
    match start() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("vodlift: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> anyhow::Result<ExitCode> {
    vodlift_app::logs::tell_panics();
    #[cfg(unix)]
    arguments::make_text().context("pass on a name that is no text")?;
    #[cfg(target_os = "linux")]
    painting::collect_sooner()?;
    let edge = Edge::system();
    let folders = Folders::from_env(&*edge.env).context("find a place for settings")?;
    let placement = folders.config.join("window.json").to_string_lossy().into_owned();
    let app = tauri::Builder::default()
        // First, so that a second launch hands its files over before it opens anything.
        .plugin(tauri_plugin_single_instance::init(|app, args, folder| {
            drop::launched_again(app, &args, &folder);
        }))
        .plugin(
            tauri_plugin_window_state::Builder::new()
                .with_filename(placement)
                .with_denylist(&[posters::LABEL])
                .with_state_flags(
                    // Whether it shows is decided by the first paint, not by how it was left.
                    tauri_plugin_window_state::StateFlags::all()
                        - tauri_plugin_window_state::StateFlags::VISIBLE,
                )
                .build(),
        )
        .plugin(tauri_plugin_autostart::Builder::new().arg(QUIET).build())
        .plugin(tauri_plugin_clipboard_manager::init())
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_opener::Builder::new().open_js_links_on_click(false).build())
        .register_asynchronous_uri_scheme_protocol(still::SCHEME, |context, request, responder| {
            still::serve(&context, request, responder);
        })
        .invoke_handler(commands::all())
        .setup(move |handle| {
            painting::open(handle.handle())?;
            open(handle.handle(), &folders, edge);
            Ok(())
        })
        .build(tauri::generate_context!())
        .context("open the window")?;
    let code = app.run_return(|app, event| match event {
        RunEvent::ExitRequested { code: None, api, .. } => {
            // The last window went: what runs is saved first, then the process ends by `app.exit`.
            api.prevent_exit();
            quit(app);
        }
        RunEvent::WindowEvent { label, event: WindowEvent::CloseRequested { api, .. }, .. }
            if label == MAIN =>
        {
            api.prevent_close();
            tray::close(app);
        }
        RunEvent::WindowEvent { event: WindowEvent::DragDrop(event), .. } => {
            drop::native(app, &event);
        }
        RunEvent::WindowEvent { event: WindowEvent::Focused(focused), .. } => {
            if let Some(tray) = app.try_state::<tray::Tray>() {
                tray.focused(focused);
            }
        }
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => show(app),
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            drop::given(app, urls.iter().filter_map(|url| url.to_file_path().ok()).collect());
        }
        _ => {}
    });
    Ok(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Opens the installation and everything that watches it. A failure is told in a dialog: there is no page yet.
fn open(handle: &AppHandle, folders: &Folders, edge: Edge) {
    let language = Language::of(&edge.locale());
    let opened = tauri::async_runtime::block_on(App::open(folders.clone(), edge));
    let app = match opened {
        Ok(app) => Arc::new(app),
        Err(error) => {
            let handle_then = handle.clone();
            let words = vodlift_app::words::fault(language, &error.view(language));
            handle
                .dialog()
                .message(format!("{words}\n\n{}", error.chain()))
                .title(t(language, "tray.cannotStart", &[]))
                .kind(tauri_plugin_dialog::MessageDialogKind::Error)
                .show(move |_| handle_then.exit(1));
            return;
        }
    };
    let args = arguments::all();
    let quiet = args.iter().any(|arg| arg == QUIET);
    // Before the page asks who is signed in.
    if args.iter().any(|arg| arg == TRIAL)
        && let Err(error) = tauri::async_runtime::block_on(app.start_trial())
    {
        tracing::warn!(error = error.chain(), "trial");
    }
    tauri::async_runtime::block_on(start_at_login::follow(handle, &app));
    apply(handle, &app.settings());
    handle.manage(app.clone());
    handle.manage(Quitting::default());
    handle.manage(ending::Ending::default());
    handle.manage(posters::Posters::default());
    handle.manage(watching::Watching::default());
    drop::serve(handle, app.clone());
    tray::serve(handle, app);
    leave_on_signal(handle);
    drop::given(handle, drop::paths(&args, &std::env::current_dir().unwrap_or_default()));
    listen_to_links(handle);
    if quiet {
        return;
    }
    let handle = handle.clone();
    tauri::async_runtime::spawn(async move {
        // The page asks for the window once it can be seen; one that cannot ask must not stay hidden.
        tokio::time::sleep(std::time::Duration::from_secs(4)).await;
        show_once(&handle);
    });
}

/// Links to Vodlift: the one of this start, and those of second launches.
fn listen_to_links(handle: &AppHandle) {
    let links = handle.deep_link();
    if let Ok(Some(urls)) = links.get_current() {
        drop::linked(handle, &urls);
    }
    let handle = handle.clone();
    links.on_open_url(move |event| drop::linked(&handle, &event.urls()));
}

/// Preferences that reach beyond the page: the window's own colours, and the tray's language.
pub(crate) fn apply(app: &AppHandle, settings: &Settings) {
    let theme = match settings.theme {
        Theme::System => None,
        Theme::Light => Some(tauri::Theme::Light),
        Theme::Dark => Some(tauri::Theme::Dark),
    };
    if let Some(window) = app.get_webview_window(MAIN) {
        let _ = window.set_theme(theme);
        let dark = window.theme().is_ok_and(|theme| theme == tauri::Theme::Dark);
        // The page's own ground, so that nothing flashes before it has painted.
        let ground = if dark { (0x10, 0x11, 0x14) } else { (0xF3, 0xF4, 0xF6) };
        let _ = window.set_background_color(Some(ground.into()));
    }
    if let Some(tray) = app.try_state::<tray::Tray>() {
        tray.speak();
    }
}

/// Brings the window to the front.
pub(crate) fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        let shown =
            window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
        if let Err(error) = shown {
            tracing::warn!(%error, "show the window");
        }
    }
}

/// Shows the window when the page has painted, unless this was a start at login.
pub(crate) fn show_once(app: &AppHandle) {
    static SHOWN: AtomicBool = AtomicBool::new(false);
    let quiet = std::env::args_os().any(|arg| arg == QUIET);
    if !SHOWN.swap(true, Ordering::Relaxed) && !quiet {
        show(app);
    }
}

/// The engine has failed by itself: a window that goes on without it would only look as if it worked.
pub(crate) fn lost(app: &AppHandle, language: Language) {
    if app.try_state::<Quitting>().is_some_and(|state| state.0.load(Ordering::Relaxed)) {
        return; // it was told to stop
    }
    tracing::error!("the engine has ended by itself");
    let then = app.clone();
    app.dialog()
        .message(t(language, "tray.lost", &[]))
        .title("Vodlift")
        .kind(tauri_plugin_dialog::MessageDialogKind::Error)
        .show(move |_| then.exit(1));
}

#[derive(Default)]
struct Quitting(AtomicBool);

/// Pauses nothing by itself: what runs is halted, written down and joined, and goes on at the next start.
pub(crate) fn quit(app: &AppHandle) {
    let first =
        app.try_state::<Quitting>().is_none_or(|state| !state.0.swap(true, Ordering::Relaxed));
    if !first {
        return;
    }
    if let Some(window) = app.get_webview_window(MAIN) {
        // The person sees it gone at once; saving may take a moment.
        let _ = window.hide();
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if let Some(vodlift) = app.try_state::<Arc<App>>() {
            vodlift.stop().await;
        }
        app.exit(0);
    });
}

/// A session that ends asks politely first.
fn leave_on_signal(app: &AppHandle) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            let (Ok(mut end), Ok(mut interrupt)) =
                (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
            else {
                return;
            };
            tokio::select! {
                _ = end.recv() => {}
                _ = interrupt.recv() => {}
            }
            quit(&app);
        });
    }
    #[cfg(not(unix))]
    let _ = app;
}
