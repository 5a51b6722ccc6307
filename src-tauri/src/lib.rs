//! The window: what runs, and how it ends.

/// Runs Vodlift until it is quit.
pub fn run() -> std::process::ExitCode {
    use tauri::Manager as _;
    let ran = tauri::Builder::default()
        .setup(|app| {
            if let Some(window) = app.get_webview_window("main") {
                window.show()?;
            }
            Ok(())
        })
        .run(tauri::generate_context!());
    if ran.is_ok() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
