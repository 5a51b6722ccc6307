//! A credential server for tests: asks the sandbox as the example in `tests/credential-server` does, and misbehaves on
//! demand. Knows no engine.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use vodlift_cloud::Credential;
use vodlift_sign::acs3;

/// What it does wrong, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misdeed {
    /// Carries out what is asked and hangs up without a word.
    AnswerLost,
    /// Carries it out, then says half of it with the right length of the whole.
    Half,
    /// A whole answer whose JSON is not.
    HalfJson,
    /// An answer of 2 MiB.
    Huge,
    /// This status, nothing done.
    Status(u16),
    /// This long without a word, then as usual.
    Slow(Duration),
    /// An answer for another media.
    WrongMedia,
    /// Another host for the bucket.
    OtherHost(&'static str),
}

/// How it treats a reference that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// As the contract says: the same unfinished media again.
    Faithful,
    /// It hands on VOD's refusal.
    Refuses,
    /// It knows no references: each create makes a media.
    Forgets,
}

struct State {
    vod: SocketAddr,
    key: Credential,
    manner: Manner,
    /// `Date` of its answers, seconds from the true time.
    clock_s: Mutex<i64>,
    misdeeds: Mutex<VecDeque<(&'static str, Misdeed)>>,
    asked: Mutex<Vec<String>>,
}

/// A running server; ends when it is dropped.
pub struct IssuerServer {
    at: SocketAddr,
    state: Arc<State>,
    serving: JoinHandle<()>,
}

impl Drop for IssuerServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl IssuerServer {
    /// Asks the VOD on this port of loopback with this key.
    pub async fn new(port: u16, key: Credential, manner: Manner) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let state = Arc::new(State {
            vod: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            key,
            manner,
            clock_s: Mutex::default(),
            misdeeds: Mutex::default(),
            asked: Mutex::default(),
        });
        let of = state.clone();
        #[expect(clippy::disallowed_methods, reason = "the one spawn; ended with the server")]
        let serving = tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let state = of.clone();
                open.spawn(async move {
                    // A client that hangs up ends its own connection.
                    let _ended = serve(stream, &state).await;
                });
                while open.try_join_next().is_some() {}
            }
        });
        Self { at, state, serving }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}/", self.at)
    }

    /// Its clock is so many seconds ahead.
    pub fn clock(&self, seconds: i64) {
        *lock(&self.state.clock_s) = seconds;
    }

    /// Does this at the next question for `operation`.
    pub fn misbehave(&self, operation: &'static str, misdeed: Misdeed) {
        lock(&self.state.misdeeds).push_back((operation, misdeed));
    }

    /// How often it was asked for this.
    pub fn asked(&self, operation: &str) -> usize {
        lock(&self.state.asked).iter().filter(|it| *it == operation).count()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(mut stream: TcpStream, state: &State) -> std::io::Result<()> {
    let body = message(&mut stream).await?.1;
    let ask: Value = serde_json::from_slice(&body).unwrap_or_default();
    let operation = ask["operation"].as_str().unwrap_or_default().to_owned();
    lock(&state.asked).push(operation.clone());
    let misdeed = {
        let mut misdeeds = lock(&state.misdeeds);
        let at = misdeeds.iter().position(|(of, _)| *of == operation);
        at.and_then(|at| misdeeds.remove(at)).map(|(_, misdeed)| misdeed)
    };
    match misdeed {
        Some(Misdeed::Status(status)) => return answer(&mut stream, state, status, b"{}", 2).await,
        Some(Misdeed::Slow(time)) => tokio::time::sleep(time).await,
        _ => {}
    }
    let (status, mut told) = carry_out(state, &operation, &ask).await?;
    match &misdeed {
        Some(Misdeed::WrongMedia) => told["videoId"] = "0123456789abcdef0123456789abcdef".into(),
        Some(Misdeed::OtherHost(host)) => move_to(&mut told, host),
        _ => {}
    }
    let text = told.to_string().into_bytes();
    match misdeed {
        Some(Misdeed::AnswerLost) => Ok(()),
        Some(Misdeed::Half) => {
            let half = &text[..text.len() / 2];
            answer(&mut stream, state, status, half, text.len()).await
        }
        Some(Misdeed::HalfJson) => {
            let half = &text[..text.len() / 2];
            answer(&mut stream, state, status, half, half.len()).await
        }
        Some(Misdeed::Huge) => {
            let huge = vec![b' '; 2 << 20];
            answer(&mut stream, state, status, &huge, huge.len()).await
        }
        _ => answer(&mut stream, state, status, &text, text.len()).await,
    }
}

fn move_to(told: &mut Value, host: &str) {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let address = told["uploadAddress"].as_str().unwrap_or_default();
    let decoded = BASE64_STANDARD.decode(address).unwrap_or_default();
    let mut address: Value = serde_json::from_slice(&decoded).unwrap_or_default();
    address["Endpoint"] = host.into();
    told["uploadAddress"] = BASE64_STANDARD.encode(address.to_string()).into();
}

async fn answer(
    stream: &mut TcpStream,
    state: &State,
    status: u16,
    body: &[u8],
    length: usize,
) -> std::io::Result<()> {
    let now = crate::EDGE.now;
    let date = now() + jiff::SignedDuration::from_secs(*lock(&state.clock_s));
    let date = jiff::fmt::rfc2822::to_string(&date.to_zoned(jiff::tz::TimeZone::UTC));
    let date = date.unwrap_or_default().replace("+0000", "GMT");
    let head = format!(
        "HTTP/1.1 {status} Told\r\nDate: {date}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    stream.shutdown().await
}

/// Head and body of a message with a length.
async fn message(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut head = vec![];
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    Ok((head, body))
}

async fn carry_out(state: &State, operation: &str, ask: &Value) -> std::io::Result<(u16, Value)> {
    let text = |name: &str| match &ask[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            other.to_string()
        }
    };
    let (kind, media) = (text("kind"), text("mediaId"));
    let video = matches!(&*kind, "video" | "audio");
    match operation {
        "create" => {
            let name = text("fileName");
            let extension = name.rsplit('.').next().unwrap_or_default().to_owned();
            let mut with = vec![
                ("Title", text("title")),
                ("Description", text("description")),
                ("Tags", text("tags")),
                ("StorageLocation", text("storageLocation")),
                ("UserData", text("userData")),
            ];
            let action = if video {
                with.extend([("FileName", name), ("FileSize", text("fileSize"))]);
                if state.manner != Manner::Forgets {
                    with.push(("ReferenceId", text("referenceId")));
                }
                "CreateUploadVideo"
            } else if kind == "image" {
                with.extend([("ImageType", "default".into()), ("ImageExt", extension)]);
                with.push(("OriginalFileName", name));
                "CreateUploadImage"
            } else {
                with.extend([("BusinessType", kind), ("MediaExt", extension), ("FileName", name)]);
                with.push(("FileSize", text("fileSize")));
                "CreateUploadAttachedMedia"
            };
            let told = vod(state, action, &with).await?;
            let taken = told.1.to_string().contains("ReferenceId") && told.0 >= 400;
            if !(taken && state.manner == Manner::Faithful) {
                return Ok(given(told));
            }
            let reference = vec![("ReferenceId", text("referenceId"))];
            let (status, info) = vod(state, "GetVideoInfo", &reference).await?;
            if status != 200 || info["Video"]["Status"] != "Uploading" {
                return Ok(given(told));
            }
            let id = info["Video"]["VideoId"].as_str().unwrap_or_default().to_owned();
            Ok(given(vod(state, "RefreshUploadVideo", &[("VideoId", id)]).await?))
        }
        "refresh" => {
            let with = [("VideoId", text("videoId"))];
            Ok(given(vod(state, "RefreshUploadVideo", &with).await?))
        }
        "status" => {
            let (action, id, path) = if video {
                ("GetVideoInfo", "VideoId", "/Video")
            } else if kind == "image" {
                ("GetImageInfo", "ImageId", "/ImageInfo")
            } else {
                ("GetAttachedMediaInfo", "MediaIds", "/AttachedMediaList/0")
            };
            let (status, told) = vod(state, action, &[(id, media)]).await?;
            if status != 200 {
                return Ok(given((status, told)));
            }
            let found = told.pointer(path).and_then(|it| it["Status"].as_str());
            Ok(match found {
                Some(word) => (200, json!({ "status": word })),
                None if told["NonExistMediaIds"].as_array().is_some_and(|all| !all.is_empty()) => {
                    (404, json!({ "code": "InvalidMedia.NotFound" }))
                }
                None => (404, json!({ "code": "NotFound" })),
            })
        }
        _ => Ok((501, json!({ "code": "Operation" }))),
    }
}

/// VOD's answer in the server's words.
fn given((status, told): (u16, Value)) -> (u16, Value) {
    let names = [
        ("VideoId", "videoId"),
        ("ImageId", "imageId"),
        ("MediaId", "mediaId"),
        ("ImageURL", "imageUrl"),
        ("UploadAddress", "uploadAddress"),
        ("UploadAuth", "uploadAuth"),
        ("RequestId", "requestId"),
        ("Code", "code"),
        ("Message", "message"),
    ];
    let fields: Map<String, Value> = names
        .iter()
        .filter_map(|(vods, ours)| Some(((*ours).to_owned(), told.get(*vods)?.clone())))
        .collect();
    (status, Value::Object(fields))
}

/// One signed call, once more by VOD's own clock where VOD refuses ours; 502 when there is no answer that can be read.
async fn vod(
    state: &State,
    action: &str,
    with: &[(&str, String)],
) -> std::io::Result<(u16, Value)> {
    let ours = (crate::EDGE.now)();
    let (status, told, date) = call(state, action, with, ours).await?;
    let late = told["Code"].as_str().is_some_and(|code| code.starts_with("InvalidTimeStamp"));
    match date.filter(|_| late) {
        Some(theirs) => {
            let (status, told, _) = call(state, action, with, theirs).await?;
            Ok((status, told))
        }
        None => Ok((status, told)),
    }
}

/// What VOD said, and what its clock showed.
type Told = (u16, Value, Option<Timestamp>);

/// One call, signed for the moment `now`.
async fn call(
    state: &State,
    action: &str,
    with: &[(&str, String)],
    now: Timestamp,
) -> std::io::Result<Told> {
    let encode = vodlift_sign::encode::percent;
    let mut pairs: Vec<String> = with
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    pairs.sort();
    let uri = format!("http://{}/?{}", state.vod, pairs.join("&"));
    let request = http::Request::builder().method("POST").uri(&uri).body(());
    let mut head = request.map_err(std::io::Error::other)?.into_parts().0;
    let nonce = (crate::EDGE.id)().to_string();
    acs3::sign(&mut head, action, "2017-03-21", b"", &state.key, now, &nonce)
        .map_err(std::io::Error::other)?;
    let mut text = format!("POST /?{} HTTP/1.1\r\n", pairs.join("&"));
    if !head.headers.contains_key("host") {
        let _ = write!(text, "host: {}\r\n", state.vod);
    }
    for (name, value) in &head.headers {
        let _ = write!(text, "{name}: {}\r\n", value.to_str().unwrap_or_default());
    }
    text.push_str("content-length: 0\r\nconnection: close\r\n\r\n");
    let told = async {
        let mut stream = TcpStream::connect(state.vod).await?;
        stream.write_all(text.as_bytes()).await?;
        let (head, body) = message(&mut stream).await?;
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(502);
        let told = serde_json::from_slice::<Value>(&body).map_err(std::io::Error::other)?;
        let date = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let date = name.eq_ignore_ascii_case("date").then_some(value.trim())?;
            Some(rfc2822::parse(date).ok()?.timestamp())
        });
        std::io::Result::Ok((status, told, date))
    };
    Ok(told.await.unwrap_or_else(|_| (502, json!({ "Code": "Upstream" }), None)))
}
