//! What several targets share: a pretend far side that answers with the fuzzer's bytes. Knows no property.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use vodlift_cloud::{Client, Credential, Proxy, Secret, Signature, Transport, VodSignature};

/// Looks like a key, opens nothing.
pub const SECRET: &str = "EXAMPLE-SECRET-NOT-REAL-0002";
/// Looks like a token, opens nothing.
pub const TOKEN: &str = "CAISexample+fake/security=token~NOT-REAL==";
/// Where an answer shall quote the signature of the request it answers.
const SIGNATURE: &str = "%SIGNATURE%";

/// The key every request is signed with.
pub fn credential() -> Credential {
    Credential {
        id: "STS.EXAMPLEKEYID".to_owned(),
        secret: Secret::new(SECRET.to_owned()),
        token: Some(Secret::new(TOKEN.to_owned())),
    }
}

#[derive(Default)]
struct Scene {
    /// Head lines and body of the next answer.
    answer: (String, Vec<u8>),
    /// Signature of the last request.
    signature: String,
}

/// A client and, in the same thread, whom it asks.
pub struct FarSide {
    pub client: Client,
    pub endpoint: String,
    runtime: Runtime,
    scene: Arc<Mutex<Scene>>,
}

fn nonce() -> String {
    "0f8fad5b-d9cb-469f-a165-70867728950e".to_owned()
}

impl Default for FarSide {
    fn default() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let scene = Arc::<Mutex<Scene>>::default();
        let of_server = Arc::clone(&scene);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                #[expect(clippy::disallowed_methods, reason = "ends with its runtime")]
                tokio::spawn(serve(stream, Arc::clone(&of_server)));
            }
        });
        let client = Client::new(Transport {
            proxy: Proxy::None,
            tls_root: None,
            connect_timeout: std::time::Duration::from_secs(5),
            idle_timeout: std::time::Duration::from_secs(5),
            user_agent: "vodlift-fuzz".to_owned(),
            oss_signature: Signature::V4,
            vod_signature: VodSignature::Acs3,
            now: || jiff::Timestamp::constant(1_767_323_045, 0),
            nonce,
        });
        Self { client, endpoint, runtime, scene }
    }
}

impl FarSide {
    /// Runs one call that is answered with `status`, `headers` (one a line) and `body`.
    ///
    /// `%SECRET%`, `%TOKEN%` and `%SIGNATURE%` in the answer are what they say.
    pub fn ask<T>(
        &self,
        status: u16,
        headers: &str,
        body: &[u8],
        call: impl AsyncFnOnce(&Client) -> T,
    ) -> T {
        let mut head = format!("HTTP/1.1 {status} X\r\n");
        for line in headers.lines().filter(|line| acceptable(line)) {
            head.push_str(line.trim());
            head.push_str("\r\n");
        }
        self.scene.lock().unwrap_or_else(PoisonError::into_inner).answer = (head, body.to_vec());
        self.runtime.block_on(call(&self.client))
    }

    /// Panics if one of the secrets of the last request is in `said`.
    pub fn assert_clean(&self, said: &str) {
        assert!(!said.contains(SECRET), "the secret: {said}");
        assert!(!said.contains(TOKEN), "the token: {said}");
        let percent = vodlift_sign::encode::percent(TOKEN);
        assert!(!said.contains(&percent), "the encoded token: {said}");
        let scene = self.scene.lock().unwrap_or_else(PoisonError::into_inner);
        let signature = &scene.signature;
        assert!(signature.is_empty() || !said.contains(signature), "the signature: {said}");
    }
}

/// A line that is a header and does not touch the frame of the message, which is hyper's matter and not ours.
fn acceptable(line: &str) -> bool {
    let Some((name, value)) = line.split_once(':') else { return false };
    let plain = |text: &str| text.bytes().all(|b| (0x20..0x7f).contains(&b));
    let framing = ["content-length", "transfer-encoding", "connection", "upgrade", "trailer"];
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && plain(value)
        && !framing.contains(&name.to_ascii_lowercase().as_str())
}

async fn serve(mut stream: TcpStream, scene: Arc<Mutex<Scene>>) {
    let mut arrived = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = arrived.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if !matches!(stream.read_buf(&mut arrived).await, Ok(1..)) {
                return;
            }
        };
        let head = String::from_utf8_lossy(&arrived[..end]).into_owned();
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse::<usize>().ok())
            .unwrap_or(0);
        while arrived.len() < end + length {
            if !matches!(stream.read_buf(&mut arrived).await, Ok(1..)) {
                return;
            }
        }
        arrived.drain(..end + length);
        let answer = {
            let mut scene = scene.lock().unwrap_or_else(PoisonError::into_inner);
            scene.signature = head
                .lines()
                .find_map(|line| line.split_once("Signature="))
                .map(|(_, value)| value.trim().to_owned())
                .unwrap_or_default();
            message(&scene, head.starts_with("HEAD "))
        };
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}

fn message(scene: &Scene, only_head: bool) -> Vec<u8> {
    let marks = [("%SECRET%", SECRET), ("%TOKEN%", TOKEN), (SIGNATURE, &scene.signature)];
    let mut head = scene.answer.0.clone();
    for (mark, text) in marks {
        head = head.replace(mark, text);
    }
    let body = match std::str::from_utf8(&scene.answer.1) {
        Ok(text) => {
            marks.iter().fold(text.to_owned(), |text, (mark, with)| text.replace(mark, with)).into()
        }
        Err(_) => scene.answer.1.clone(),
    };
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    let mut whole = head.into_bytes();
    if !only_head {
        whole.extend(body);
    }
    whole
}

/// An input of the answer targets: which call, which status, header lines, an empty line, the body.
pub fn answer(data: &[u8]) -> Option<(u8, u16, &str, &[u8])> {
    const STATUSES: [u16; 16] =
        [200, 204, 301, 307, 400, 403, 404, 407, 409, 429, 500, 501, 503, 504, 511, 206];
    let [call @ b'a'..=b'z', status @ b'a'..=b'p', b'\n', rest @ ..] = data else { return None };
    let at = rest.windows(2).position(|two| two == b"\n\n")?;
    let headers = std::str::from_utf8(&rest[..at]).ok()?;
    Some((call - b'a', STATUSES[usize::from(status - b'a')], headers, &rest[at + 2..]))
}

/// Everything an error says, its causes too.
pub fn words(error: &vodlift_cloud::Error) -> String {
    let mut said = format!("{error:?}\n{error:#?}\n{error}");
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        said.push_str(&format!("\n{cause}\n{cause:?}"));
        next = cause.source();
    }
    said
}
