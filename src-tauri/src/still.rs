//! Serves what thumbnails are drawn from: bytes of a transfer's own picture or film, named by its id alone. Knows no path
//! that the page could choose.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use tauri::http::{Method, Request, Response, StatusCode, header};
use tauri::{Manager as _, Runtime, UriSchemeContext, UriSchemeResponder};
use vodlift_app::{App, TransferId};

/// `still://localhost/<transfer>`; on Windows `http://still.localhost/<transfer>`.
pub(crate) const SCHEME: &str = "still";

/// The largest file given whole, in bytes. VOD takes no picture near it, and a film is asked for in pieces.
const WHOLE: u64 = 64 << 20;
/// The most of one answer to a range, in bytes; who wants more asks again.
const PIECE: u64 = 4 << 20;

type Answer = Response<Vec<u8>>;

/// Answers a request of the window's page, on a thread that may wait for a disk.
pub(crate) fn serve<R: Runtime>(
    context: &UriSchemeContext<'_, R>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let app = context.app_handle().try_state::<Arc<App>>().map(|app| app.inner().clone());
    let (Some(app), true) = (app, context.webview_label() == crate::MAIN) else {
        return responder.respond(bare(StatusCode::NOT_FOUND));
    };
    tauri::async_runtime::spawn(async move {
        let Some(id) = named(&request) else {
            return responder.respond(bare(StatusCode::NOT_FOUND));
        };
        let Ok(path) = app.path(id).await else {
            return responder.respond(bare(StatusCode::NOT_FOUND));
        };
        let range = request.headers().get(header::RANGE).cloned();
        let read = tauri::async_runtime::spawn_blocking(move || {
            let range = range.as_ref().map(|range| range.to_str().unwrap_or_default());
            answer(&path, range)
        });
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

fn answer(path: &Path, range: Option<&str>) -> Answer {
    let Some(kind) = kind(path) else { return bare(StatusCode::UNSUPPORTED_MEDIA_TYPE) };
    // A pipe would be opened for ever, so what is no plain file is not opened.
    let size = match std::fs::metadata(path) {
        Ok(about) if about.is_file() => about.len(),
        Ok(_) | Err(_) => return bare(StatusCode::NOT_FOUND),
    };
    let built = match range.map(|range| span(range, size)) {
        None if size > WHOLE => return bare(StatusCode::PAYLOAD_TOO_LARGE),
        None => {
            bytes(path, 0, size).map(|body| Response::builder().status(StatusCode::OK).body(body))
        }
        Some(None) => {
            return Response::builder()
                .status(StatusCode::RANGE_NOT_SATISFIABLE)
                .header(header::CONTENT_RANGE, format!("bytes */{size}"))
                .body(Vec::new())
                .unwrap_or_default();
        }
        Some(Some(span)) => bytes(path, *span.start(), span.end() - span.start() + 1).map(|body| {
            Response::builder()
                .status(StatusCode::PARTIAL_CONTENT)
                .header(
                    header::CONTENT_RANGE,
                    format!("bytes {}-{}/{size}", span.start(), span.end()),
                )
                .body(body)
        }),
    };
    let Ok(Ok(mut response)) = built else { return bare(StatusCode::NOT_FOUND) };
    let head = response.headers_mut();
    head.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    head.insert(header::ACCEPT_RANGES, header::HeaderValue::from_static("bytes"));
    head.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    response
}

fn bytes(path: &Path, from: u64, count: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut body = Vec::new();
    file.take(count).read_to_end(&mut body)?;
    // A file that shrank meanwhile must not be given under a length it no longer has.
    if body.len() as u64 == count { Ok(body) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// The bytes that one `Range` means in a file of `size`, at most [`PIECE`]; none when there are none.
fn span(range: &str, size: u64) -> Option<RangeInclusive<u64>> {
    let (from, to) = range.strip_prefix("bytes=")?.trim().split_once('-')?;
    let last = size.checked_sub(1)?;
    let (from, to) = if from.is_empty() {
        (size.saturating_sub(to.parse().ok().filter(|count| *count > 0)?), last)
    } else {
        let to = if to.is_empty() { last } else { to.parse().ok()? };
        (from.parse().ok()?, to.min(last))
    };
    (from <= to).then(|| from..=to.min(from.saturating_add(PIECE - 1)))
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
    fn a_range_is_cut_to_the_file_and_to_a_piece() {
        assert_eq!(span("bytes=0-1", 10), Some(0..=1));
        assert_eq!(span("bytes=4-", 10), Some(4..=9));
        assert_eq!(span("bytes=4-99", 10), Some(4..=9));
        assert_eq!(span("bytes=-3", 10), Some(7..=9));
        assert_eq!(span("bytes=-99", 10), Some(0..=9));
        assert_eq!(span("bytes=0-", 1 << 40), Some(0..=PIECE - 1));
        for none in ["bytes=10-", "bytes=5-4", "bytes=-0", "bytes=-", "bytes=0-1,3-4", "lines=0-1"]
        {
            assert_eq!(span(none, 10), None, "{none}");
        }
        assert_eq!(span("bytes=0-", 0), None);
    }

    #[test]
    fn a_picture_is_given_whole_or_in_part_and_nothing_else_is() {
        let folder = std::env::temp_dir().join(format!("vodlift-still-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let picture = folder.join("雨.JPG");
        std::fs::write(&picture, b"0123456789").unwrap();
        let whole = answer(&picture, None);
        assert_eq!(
            (whole.status(), whole.body().as_slice()),
            (StatusCode::OK, b"0123456789".as_slice())
        );
        assert_eq!(whole.headers()["content-type"], "image/jpeg");
        let part = answer(&picture, Some("bytes=2-4"));
        assert_eq!(
            (part.status(), part.body().as_slice()),
            (StatusCode::PARTIAL_CONTENT, b"234".as_slice())
        );
        assert_eq!(part.headers()["content-range"], "bytes 2-4/10");
        assert_eq!(answer(&picture, Some("bytes=10-")).status(), StatusCode::RANGE_NOT_SATISFIABLE);
        let notes = folder.join("notes.txt");
        std::fs::write(&notes, b"x").unwrap();
        assert_eq!(answer(&notes, None).status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(answer(&folder.join("gone.png"), None).status(), StatusCode::NOT_FOUND);
        // Longer than anybody should hold: in pieces or not at all. The file is a hole, not a gigabyte.
        let film = folder.join("film.mp4");
        File::create(&film).unwrap().set_len(WHOLE + 1).unwrap();
        assert_eq!(answer(&film, None).status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(answer(&film, Some("bytes=0-")).body().len() as u64, PIECE);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
