//! A queue of raw answers behind a socket: what no decent server would say. Knows no protocol.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc,
    thread,
    time::Duration,
};

use http::{Request, request::Parts};
use jiff::Timestamp;
use vodlift_cloud::{Client, Proxy, Signature, Transport, VodSignature};
use vodlift_sign::{Credential, Secret};

pub(crate) const NOW: &str = "2026-01-02T03:04:05Z";
pub(crate) const SECRET: &str = "EXAMPLE-SECRET-NOT-REAL-0002";
pub(crate) const TOKEN: &str = "CAISexample+fake/security=token~NOT-REAL==";

/// What to do with one connection.
pub(crate) enum Reply {
    /// Read the request, answer these bytes, close.
    Raw(Vec<u8>),
    /// Read the request, refuse it and quote its `Authorization`.
    Quote,
    /// Read the request, close without a word.
    Hang,
    /// Read the head and no more; say nothing until the other side gives up.
    Silence,
    /// Read the request, answer with a head and then bytes without end, until refused.
    Flood,
    /// Read the body slowly, this many bytes every few milliseconds, then answer.
    Slowly(usize, Vec<u8>),
    /// Answer the head at once and close, whatever body is still to come.
    Early(Vec<u8>),
}

/// One request as it arrived.
pub(crate) struct Seen {
    pub(crate) head: Parts,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub(crate) struct Wire {
    pub(crate) at: SocketAddr,
    seen: mpsc::Receiver<Seen>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Wire {
    pub(crate) fn new(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let (tell, seen) = mpsc::channel();
        let thread = thread::spawn(move || {
            for reply in replies {
                let Ok((stream, _)) = listener.accept() else { return };
                serve(stream, reply, &tell);
            }
        });
        Self { at, seen, thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.at)
    }

    /// The next request that arrived; panics if there was none.
    pub(crate) fn seen(&self) -> Seen {
        self.seen.recv_timeout(Duration::from_secs(10)).unwrap()
    }

    /// Waits until all replies were used; behind them nobody listens any more.
    pub(crate) fn finish(mut self) {
        self.thread.take().unwrap().join().unwrap();
    }
}

fn serve(mut stream: TcpStream, reply: Reply, tell: &mpsc::Sender<Seen>) {
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            return;
        }
        read.push(byte[0]);
        // A TLS greeting has no such end.
        if read.first() == Some(&0x16) {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            return;
        }
    }
    let head = parse(std::str::from_utf8(&read).unwrap());
    let length = head.headers.get("content-length").map(|v| v.to_str().unwrap().parse().unwrap());
    let mut body = vec![0; length.unwrap_or(0)];
    match &reply {
        Reply::Silence | Reply::Early(_) => body.clear(),
        Reply::Slowly(step, _) => {
            for piece in body.chunks_mut(*step) {
                thread::sleep(Duration::from_millis(10));
                stream.read_exact(piece).unwrap();
            }
        }
        Reply::Raw(_) | Reply::Quote | Reply::Hang | Reply::Flood => {
            stream.read_exact(&mut body).unwrap();
        }
    }
    let line = head.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let _ = tell.send(Seen { head, body });
    match reply {
        Reply::Hang => {}
        Reply::Quote => {
            let signature = line.as_deref().and_then(|line| line.rsplit_once('=')).unwrap().1;
            let body = format!("{{\"Code\":\"X\",\"Message\":\"you sent {signature}.\"}}");
            let head = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n";
            let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
        }
        Reply::Silence => {
            // Ends when the client closes.
            let mut sink = vec![0; 65_536];
            let mut left = length.unwrap_or(0).min(1);
            while left > 0 {
                left = stream.read(&mut sink[..1]).unwrap_or(0);
            }
            let _ = stream.read(&mut sink);
        }
        Reply::Raw(answer) | Reply::Slowly(_, answer) | Reply::Early(answer) => {
            let _ = stream.write_all(&answer);
        }
        Reply::Flood => {
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n";
            let chunk = vec![b' '; 65_536];
            let mut sent = stream.write_all(head);
            for _ in 0..1_600 {
                sent = sent.and_then(|()| stream.write_all(&chunk));
            }
        }
    }
}

fn parse(text: &str) -> Parts {
    let mut lines = text.trim_end().split("\r\n");
    let mut first = lines.next().unwrap().split(' ');
    let mut request = Request::builder().method(first.next().unwrap()).uri(first.next().unwrap());
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        request = request.header(name, value.trim());
    }
    request.body(()).unwrap().into_parts().0
}

/// An answer with a right length.
pub(crate) fn answer(status: &str, headers: &[&str], body: &str) -> Reply {
    let mut head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    Reply::Raw(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes())
}

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn transport() -> Transport {
    Transport {
        proxy: Proxy::None,
        tls_root: None,
        connect_timeout: Duration::from_secs(2),
        idle_timeout: Duration::from_secs(5),
        user_agent: "Vodlift/test".to_owned(),
        oss_signature: Signature::V4,
        vod_signature: VodSignature::Acs3,
        now,
        nonce: || "nonce-1".to_owned(),
    }
}

pub(crate) fn client() -> Client {
    Client::new(transport())
}

pub(crate) fn key() -> Credential {
    Credential {
        id: "STS.EXAMPLEKEYID".to_owned(),
        secret: Secret::new(SECRET.to_owned()),
        token: Some(Secret::new(TOKEN.to_owned())),
    }
}
