//! Files on their way in: native drag and drop, the clipboard, dialogs, arguments and second launches. Paths end here; the
//! page hears of offers by their ids. Knows nothing of what becomes of an offer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tauri::ipc::Channel;
use tauri::{AppHandle, DragDropEvent, Manager as _, Url, WebviewWindow};
use tauri_plugin_dialog::{DialogExt as _, FilePath};
use tokio::sync::{mpsc, oneshot};
use vodlift_app::App;
use vodlift_app::api::{Desk, Offer};
use vodlift_app::words::t;

/// Everything that reaches the desk, in the order it happened.
enum Event {
    /// The page listens, or listens anew.
    Page(Channel<Desk>),
    Enter(Vec<PathBuf>, Point),
    Move(Point),
    Leave,
    Drop(Vec<PathBuf>, Point),
    /// Arguments, a second launch or a double click in the file browser.
    Given(Vec<PathBuf>),
    Tell(Box<Desk>),
}

#[derive(Clone, Copy)]
struct Point {
    x: f64,
    y: f64,
}

/// The way to the page for what happens outside it.
pub(crate) struct Door(mpsc::UnboundedSender<Event>);

impl Door {
    /// The page listens from now on; what happened before is told now.
    pub(crate) fn page(&self, channel: Channel<Desk>) {
        let _ = self.0.send(Event::Page(channel));
    }

    /// Tells the page something.
    pub(crate) fn tell(&self, desk: Desk) {
        let _ = self.0.send(Event::Tell(Box::new(desk)));
    }
}

/// Starts the one task that turns happenings into words for the page. One task, so that their order stays.
pub(crate) fn serve(handle: &AppHandle, app: Arc<App>) {
    let (say, mut hear) = mpsc::unbounded_channel();
    let again = Door(say.clone());
    tell_of_the_keyring(Door(say.clone()), app.clone());
    handle.manage(Door(say));
    tauri::async_runtime::spawn(async move {
        let mut page: Option<Channel<Desk>> = None;
        let mut early = Vec::new();
        let mut hovering: Option<(Vec<PathBuf>, String)> = None;
        while let Some(event) = hear.recv().await {
            let mut words = Vec::new();
            match event {
                Event::Page(channel) => {
                    page = Some(channel);
                    words.append(&mut early);
                }
                Event::Enter(paths, at) => {
                    let offer = look(&again, &app, paths.clone()).await;
                    hovering = Some((paths, offer.id.clone()));
                    words.push(Desk::Enter { offer, x: at.x, y: at.y });
                }
                Event::Move(at) => words.push(Desk::Move { x: at.x, y: at.y }),
                Event::Leave => {
                    if let Some((_, id)) = hovering.take() {
                        app.drop_offer(&id);
                        words.push(Desk::Leave);
                    }
                }
                Event::Drop(paths, at) => {
                    let known = hovering.take().filter(|(hovered, _)| *hovered == paths);
                    let id = if let Some((_, id)) = known {
                        id
                    } else {
                        let offer = look(&again, &app, paths).await;
                        let id = offer.id.clone();
                        words.push(Desk::Offer { offer });
                        id
                    };
                    words.push(Desk::Drop { offer: id, x: at.x, y: at.y });
                }
                Event::Given(paths) => {
                    let offer = look(&again, &app, paths).await;
                    let id = offer.id.clone();
                    words.push(Desk::Offer { offer });
                    words.push(Desk::Drop { offer: id, x: 0.0, y: 0.0 });
                }
                Event::Tell(desk) => words.push(*desk),
            }
            for desk in words {
                match &page {
                    // A page that went away listens anew when it is back.
                    Some(channel) => drop(channel.send(desk)),
                    None => early.push(desk),
                }
            }
        }
    });
}

/// A keyring that locks, opens or is missing is seen by whoever asks it; the page must know too.
fn tell_of_the_keyring(door: Door, app: Arc<App>) {
    let mut states = app.accounts().secrets.states();
    tauri::async_runtime::spawn(async move {
        while states.changed().await.is_ok() {
            door.tell(Desk::Session { session: app.session().await });
        }
    });
}

/// Makes an offer of paths. A folder is walked on; the page hears how far it got.
async fn look(door: &Door, app: &App, paths: Vec<PathBuf>) -> Offer {
    let offer = app.offer(paths).await;
    if offer.scanning
        && let Some(mut scan) = app.scan(&offer.id)
    {
        let door = Door(door.0.clone());
        tauri::async_runtime::spawn(async move {
            while scan.changed().await.is_ok() {
                let offer = scan.borrow_and_update().clone();
                door.tell(Desk::Offer { offer });
            }
        });
    }
    offer
}

/// A native drag over the window.
pub(crate) fn native(handle: &AppHandle, event: &DragDropEvent) {
    let Some(window) = handle.get_webview_window(crate::MAIN) else { return };
    // On Linux the toolkit already speaks in CSS pixels.
    let scale = if cfg!(target_os = "linux") { 1.0 } else { window.scale_factor().unwrap_or(1.0) };
    let point = |position: &tauri::PhysicalPosition<f64>| Point {
        x: position.x / scale,
        y: position.y / scale,
    };
    let event = match event {
        DragDropEvent::Enter { paths, position } => Event::Enter(paths.clone(), point(position)),
        DragDropEvent::Over { position } => Event::Move(point(position)),
        DragDropEvent::Drop { paths, position } => Event::Drop(paths.clone(), point(position)),
        DragDropEvent::Leave => Event::Leave,
        _ => return,
    };
    say(handle, event);
}

/// A second launch: its files come here, and the window comes forward.
pub(crate) fn launched_again(handle: &AppHandle, args: &[String], folder: &str) {
    crate::show(handle);
    given(handle, paths(args.get(1..).unwrap_or_default(), Path::new(folder)));
}

/// Files opened with Vodlift.
pub(crate) fn given(handle: &AppHandle, paths: Vec<PathBuf>) {
    if !paths.is_empty() {
        say(handle, Event::Given(paths));
    }
}

/// Files that were copied in a file browser. Only the person's own keys ask for it: nothing looks at the clipboard by itself.
pub(crate) async fn paste(handle: &AppHandle) {
    // Whoever copied them may be slow to hand them over, or gone.
    let read = tokio::task::spawn_blocking(|| arboard::Clipboard::new()?.get().file_list()).await;
    match read {
        Ok(Ok(paths)) => given(handle, paths),
        Ok(Err(arboard::Error::ContentNotAvailable)) => {}
        Ok(Err(error)) => tracing::warn!(%error, "read the clipboard"),
        Err(error) => tracing::warn!(%error, "read the clipboard"),
    }
}

/// The paths among the arguments, as the folder of the launch makes them whole. A desktop may give a file by its address;
/// any other address is none of a file.
pub(crate) fn paths(args: &[String], folder: &Path) -> Vec<PathBuf> {
    let path = |arg: &String| match Url::parse(arg) {
        Ok(url) if url.scheme() == "file" => url.to_file_path().ok(),
        // On Windows a drive looks like a scheme of one letter.
        Ok(url) if url.scheme().len() > 1 && !folder.join(arg).exists() => None,
        Ok(_) | Err(_) => Some(folder.join(arg)),
    };
    args.iter().filter(|arg| !arg.starts_with('-')).filter_map(path).collect()
}

/// Addresses that Vodlift was opened with: files, or a page of the window by `vodlift://history`. A link names nothing to be
/// sent, for any web page could hold one.
pub(crate) fn linked(handle: &AppHandle, urls: &[Url]) {
    given(handle, urls.iter().filter_map(|url| url.to_file_path().ok()).collect());
    for page in urls.iter().filter_map(page) {
        crate::show(handle);
        say(handle, Event::Tell(Box::new(Desk::Open { page })));
    }
}

/// The page a link names; the window opens the queue for one it does not know.
fn page(url: &Url) -> Option<String> {
    (url.scheme() == "vodlift").then(|| url.host_str().unwrap_or_default().to_owned())
}

fn say(handle: &AppHandle, event: Event) {
    if let Some(door) = handle.try_state::<Door>() {
        let _ = door.0.send(event);
    }
}

/// What a dialog is for.
#[derive(Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pick {
    File,
    Files,
    Folder,
}

/// The native dialog for a file, files or a folder; none when it was closed without a choice.
pub(crate) async fn pick(
    door: &Door,
    window: &WebviewWindow,
    app: &App,
    what: Pick,
) -> Option<Offer> {
    let language = app.language();
    let (say, hear) = oneshot::channel();
    let dialog = window.dialog().file().set_parent(window);
    let answer = move |chosen: Option<Vec<FilePath>>| drop(say.send(chosen));
    match what {
        Pick::File => dialog
            .set_title(t(language, "dlg.file", &[]))
            .pick_file(|chosen| answer(chosen.map(|one| vec![one]))),
        Pick::Files => dialog.set_title(t(language, "dlg.files", &[])).pick_files(answer),
        Pick::Folder => dialog.set_title(t(language, "dlg.folder", &[])).pick_folders(answer),
    }
    let chosen = hear.await.ok()??;
    let paths: Vec<PathBuf> = chosen.into_iter().filter_map(|path| path.into_path().ok()).collect();
    if paths.is_empty() { None } else { Some(look(door, app, paths).await) }
}

/// The native dialog for one file, with its own title.
pub(crate) async fn pick_one(window: &WebviewWindow, title: String) -> Option<PathBuf> {
    let (say, hear) = oneshot::channel();
    window
        .dialog()
        .file()
        .set_parent(window)
        .set_title(title)
        .pick_file(move |chosen| drop(say.send(chosen)));
    hear.await.ok()??.into_path().ok()
}

/// The native dialog for a place to write to.
pub(crate) async fn pick_place(
    window: &WebviewWindow,
    title: String,
    name: &str,
) -> Option<PathBuf> {
    let (say, hear) = oneshot::channel();
    window
        .dialog()
        .file()
        .set_parent(window)
        .set_title(title)
        .set_file_name(name)
        .save_file(move |chosen| drop(say.send(chosen)));
    hear.await.ok()??.into_path().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_paths_seen_from_the_launching_folder() {
        let args = ["--trial", "a b.mp4", "/media/雨.srt"].map(String::from);
        let folder = Path::new("/films");
        assert_eq!(paths(&args, folder), ["/films/a b.mp4", "/media/雨.srt"].map(PathBuf::from));
    }

    #[test]
    fn an_argument_may_be_the_address_of_a_file_but_not_of_a_page() {
        let args = ["file:///media/%E9%9B%A8%20a.mp4", "vodlift://history", "https://host/a.mp4"]
            .map(String::from);
        assert_eq!(paths(&args, Path::new("/home")), [PathBuf::from("/media/雨 a.mp4")]);
        let named = |url: &str| page(&Url::parse(url).unwrap());
        assert_eq!(named("vodlift://settings/").as_deref(), Some("settings"));
        assert_eq!(named("vodlift:decode").as_deref(), Some(""), "no page is the first one");
        assert_eq!(named("https://settings/"), None);
    }
}
