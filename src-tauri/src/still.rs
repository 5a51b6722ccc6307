//! Serves what thumbnails are drawn from, named by a transfer's id alone: its own picture to the window, the opening of its film
//! to the hidden one that draws it. Knows no path that a page could choose.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use tauri::http::{Method, Request, Response, StatusCode, header};
use tauri::{Manager as _, Runtime, UriSchemeContext, UriSchemeResponder};
use vodlift_app::{App, TransferId};

use crate::{opening, posters};

/// `still://localhost/<transfer>`; on Windows `http://still.localhost/<transfer>`.
pub(crate) const SCHEME: &str = "still";

/// The largest picture given, in bytes. VOD takes none near it; of a film only the opening is given.
const WHOLE: u64 = 64 << 20;

type Answer = Response<Vec<u8>>;

/// Answers a request of a page, on a thread that may wait for a disk.
pub(crate) fn serve<R: Runtime>(
    context: &UriSchemeContext<'_, R>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let app = context.app_handle().try_state::<Arc<App>>().map(|app| app.inner().clone());
    let films = context.webview_label() == posters::LABEL;
    let known = films || context.webview_label() == crate::MAIN;
    let (Some(app), true) = (app, known) else {
        return responder.respond(bare(StatusCode::NOT_FOUND));
    };
    tauri::async_runtime::spawn(async move {
        let Some(id) = named(&request) else {
            return responder.respond(bare(StatusCode::NOT_FOUND));
        };
        let Ok(path) = app.path(id).await else {
            return responder.respond(bare(StatusCode::NOT_FOUND));
        };
        let read = tauri::async_runtime::spawn_blocking(move || answer(&path, films));
        responder.respond(read.await.unwrap_or_else(|_| bare(StatusCode::INTERNAL_SERVER_ERROR)));
    });
}

/// The transfer a request names: its path is one id and nothing else.
fn named<B>(request: &Request<B>) -> Option<TransferId> {
    if request.method() != Method::GET || request.uri().query().is_some() {
        return None;
    }
    let id = request.uri().path().strip_prefix('/')?;
    uuid::Uuid::try_parse(id).ok().map(TransferId)
}

fn answer(path: &Path, films: bool) -> Answer {
    let Some(kind) = kind(path).filter(|kind| kind.starts_with("video/") == films) else {
        return bare(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    };
    // A pipe would be opened for ever, so what is no plain file is not opened.
    let size = match std::fs::metadata(path) {
        Ok(about) if about.is_file() => about.len(),
        Ok(_) | Err(_) => return bare(StatusCode::NOT_FOUND),
    };
    if !films && size > WHOLE {
        return bare(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let read = File::open(path).and_then(|mut file| match kind {
        "video/mp4" | "video/quicktime" | "video/3gpp" => opening::of_boxes(&mut file),
        _ if films => opening::of_stream(&mut file).map(Some),
        _ => opening::read(&mut file, 0, size).map(Some),
    });
    let body = match read {
        Ok(Some(body)) => body,
        Ok(None) => return bare(StatusCode::UNSUPPORTED_MEDIA_TYPE),
        Err(_) => return bare(StatusCode::NOT_FOUND),
    };
    let mut response = Response::new(body);
    let head = response.headers_mut();
    head.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    head.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    // The page has another origin than this scheme, which answers nobody else.
    head.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
    response
}

/// What a web view may be able to draw, by the file's name.
fn kind(path: &Path) -> Option<&'static str> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "bmp" => "image/bmp",
        "webp" => "image/webp",
        "mp4" | "m4v" => "video/mp4",
        "mov" => "video/quicktime",
        "webm" => "video/webm",
        "ogv" => "video/ogg",
        "mkv" => "video/x-matroska",
        "3gp" => "video/3gpp",
        _ => return None,
    })
}

fn bare(status: StatusCode) -> Answer {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(method: &str, uri: &str) -> Option<TransferId> {
        named(&Request::builder().method(method).uri(uri).body(()).unwrap())
    }

    #[test]
    fn an_id_is_all_that_can_be_named() {
        let id = "01937c5e-8a3b-7c21-9d4e-0123456789ab";
        let there = Some(TransferId(uuid::Uuid::try_parse(id).unwrap()));
        assert_eq!(asks("GET", &format!("still://localhost/{id}")), there);
        assert_eq!(asks("GET", &format!("http://still.localhost/{id}")), there);
        assert_eq!(asks("POST", &format!("still://localhost/{id}")), None);
        for other in
            ["", "etc/passwd", "../x", "%2e%2e/x", &format!("{id}/.."), &format!("{id}?a=b")]
        {
            assert_eq!(asks("GET", &format!("still://localhost/{other}")), None, "{other}");
        }
    }

    #[test]
    fn a_picture_is_given_whole_and_nothing_else_is() {
        let folder = std::env::temp_dir().join(format!("vodlift-still-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let picture = folder.join("雨.JPG");
        std::fs::write(&picture, b"0123456789").unwrap();
        let whole = answer(&picture, false);
        assert_eq!(
            (whole.status(), whole.body().as_slice()),
            (StatusCode::OK, b"0123456789".as_slice())
        );
        assert_eq!(whole.headers()["content-type"], "image/jpeg");
        let notes = folder.join("notes.txt");
        std::fs::write(&notes, b"x").unwrap();
        assert_eq!(answer(&notes, false).status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(answer(&folder.join("gone.png"), false).status(), StatusCode::NOT_FOUND);
        // Larger than anybody should hold. The file is a hole, not a gigabyte.
        let large = folder.join("large.png");
        File::create(&large).unwrap().set_len(WHOLE + 1).unwrap();
        assert_eq!(answer(&large, false).status(), StatusCode::PAYLOAD_TOO_LARGE);
        let film = folder.join("film.mkv");
        File::create(&film).unwrap().set_len(WHOLE + 1).unwrap();
        let opening = answer(&film, true);
        assert_eq!(opening.headers()["content-type"], "video/x-matroska");
        assert!(opening.status() == StatusCode::OK && opening.body().len() <= 2 << 20);
        // To each window what it is for.
        assert_eq!(answer(&film, false).status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(answer(&picture, true).status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let none = folder.join("none.mp4");
        File::create(&none).unwrap().set_len(WHOLE + 1).unwrap();
        assert_eq!(answer(&none, true).status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
