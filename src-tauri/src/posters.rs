//! Draws the first pictures of films in a hidden window of its own. A film comes from anywhere, and what decodes it takes a
//! hundred megabytes that it never gives back in full: so both are kept out of the window in which the person works, and the
//! hidden one goes when there is nothing to draw. Knows no page and no film.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tauri::ipc::Channel;
use tauri::{AppHandle, Manager as _, WebviewUrl, WebviewWindowBuilder, WindowEvent};
use tokio::sync::oneshot;
use vodlift_app::TransferId;

/// The hidden window.
pub(crate) const LABEL: &str = "posters";

/// How many films are decoded at once.
const AT_ONCE: usize = 2;
/// The hidden window goes when it has had nothing to draw for this long.
const IDLE: Duration = Duration::from_secs(10);
/// The page gives a film up after 20 s, and none waits for more than one; a window that says nothing for longer has ended or
/// hangs.
const PATIENCE: Duration = Duration::from_mins(1);
/// Of a picture of 128 × 72, many times over.
const MOST: usize = 200_000;
const PICTURE: &str = "data:image/jpeg;base64,";

struct Job {
    id: TransferId,
    answer: oneshot::Sender<Option<String>>,
}

#[derive(Default)]
struct Room {
    /// From when the window is asked for until it is gone.
    open: bool,
    /// How many films were asked for.
    asked: u64,
    /// Of the page, once it is there.
    channel: Option<Channel<TransferId>>,
    waiting: Vec<Job>,
    drawing: Vec<Job>,
}

#[derive(Default)]
pub(crate) struct Posters(Mutex<Room>);

fn room(app: &AppHandle) -> MutexGuard<'_, Room> {
    app.state::<Posters>().inner().0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first picture of a film as a `data:` address; none where it cannot be drawn.
pub(crate) async fn of(app: &AppHandle, id: TransferId) -> Option<String> {
    let (answer, drawn) = oneshot::channel();
    {
        let mut room = room(app);
        room.asked += 1;
        room.waiting.push(Job { id, answer });
        if !std::mem::replace(&mut room.open, true) {
            open(app);
        }
        hand_out(&mut room);
    }
    let drawn = tokio::time::timeout(PATIENCE, drawn).await;
    if drawn.is_err() {
        close(app, |room| {
            room.waiting.iter().chain(&room.drawing).any(|job| job.answer.is_closed())
        });
    }
    drawn.ok()?.ok()?
}

/// The page of the hidden window is there and is told what to draw.
pub(crate) fn ready(app: &AppHandle, channel: Channel<TransferId>) {
    let mut room = room(app);
    room.channel = Some(channel);
    hand_out(&mut room);
}

/// The page has drawn a film, or could not. What a film made of the page is not trusted to be a picture.
pub(crate) fn drawn(app: &AppHandle, id: TransferId, picture: Option<String>) {
    let picture = picture.filter(|text| text.starts_with(PICTURE) && text.len() <= MOST);
    let (asked, idle) = {
        let mut room = room(app);
        for job in room.drawing.extract_if(.., |job| job.id == id) {
            let _ = job.answer.send(picture.clone());
        }
        hand_out(&mut room);
        (room.asked, room.drawing.is_empty())
    };
    if idle {
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            tokio::time::sleep(IDLE).await;
            close(&app, |room| room.asked == asked);
        });
    }
}

/// The newest first: what came into sight last is what is looked at.
fn hand_out(room: &mut Room) {
    while room.drawing.len() < AT_ONCE
        && let Some(channel) = &room.channel
        && let Some(job) = room.waiting.pop()
    {
        // A page that is gone is noticed by whoever waits for the picture.
        let _ = channel.send(job.id);
        room.drawing.push(job);
    }
}

fn open(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let page = WebviewUrl::App("posters.html".into());
        let window = WebviewWindowBuilder::new(&app, LABEL, page);
        let window = window.title("Vodlift").visible(false).focused(false).skip_taskbar(true);
        match window.build() {
            Ok(window) => window.on_window_event(move |event| {
                if matches!(event, WindowEvent::Destroyed) {
                    gone(&app);
                }
            }),
            Err(error) => {
                tracing::warn!(%error, "open the window that draws films");
                *room(&app) = Room::default();
            }
        }
    });
}

/// Ends the hidden window and what it was drawing.
fn close(app: &AppHandle, still: impl FnOnce(&Room) -> bool) {
    let mut room = room(app);
    if !still(&room) {
        return;
    }
    room.channel = None;
    room.drawing.clear();
    if let Some(window) = app.get_webview_window(LABEL) {
        let _ = window.destroy();
    }
}

/// What came while the window went is drawn in another.
fn gone(app: &AppHandle) {
    let mut room = room(app);
    room.waiting.retain(|job| !job.answer.is_closed());
    room.open = !room.waiting.is_empty();
    if room.open {
        open(app);
    }
}
