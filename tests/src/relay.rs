//! A wire of loopback between two ends that can be slowed, or that falls silent as a network does which has changed.
//! Knows no protocol.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

/// Carries what comes to [`Relay::at`] to another port. Ends when it is dropped.
pub struct Relay {
    at: SocketAddr,
    wire: Arc<Wire>,
    serving: JoinHandle<()>,
}

struct Wire {
    to: Mutex<Option<SocketAddr>>,
    /// Connections of an earlier epoch are silent for good.
    epoch: watch::Sender<u64>,
    /// Bytes per second towards the far end; 0: as they come.
    rate: AtomicU64,
    down: AtomicU64,
}

impl Relay {
    /// Listens on a port of its own; what comes before [`Relay::lead`] is hung up on.
    pub async fn new() -> Self {
        Self::on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// Listens there.
    pub async fn on(at: SocketAddr) -> Self {
        let listener = TcpListener::bind(at).await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let wire = Arc::new(Wire {
            to: Mutex::default(),
            epoch: watch::Sender::new(0),
            rate: AtomicU64::new(0),
            down: AtomicU64::new(0),
        });
        let of = wire.clone();
        #[expect(clippy::disallowed_methods, reason = "the one spawn; ended with the relay")]
        let serving = tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                open.spawn(carry(near, of.clone()));
                while open.try_join_next().is_some() {}
            }
        });
        Self { at, wire, serving }
    }

    /// Leads to this port from now on.
    pub fn lead(&self, port: u16) {
        let to = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        *self.wire.to.lock().unwrap_or_else(PoisonError::into_inner) = Some(to);
    }

    /// Where it listens.
    pub fn at(&self) -> SocketAddr {
        self.at
    }

    /// Its address as a cloud would name it.
    pub fn address(&self) -> String {
        format!("http://{}", self.at)
    }

    /// Every connection there is falls silent, and neither end is told. New ones are carried.
    pub fn fall_silent(&self) {
        self.wire.epoch.send_modify(|epoch| *epoch += 1);
    }

    /// Bytes per second towards the far end, for each connection. What is sent faster is held, as a system does.
    pub fn slow(&self, rate: u64) {
        self.wire.rate.store(rate, Relaxed);
    }

    /// Bytes that came back from the far end.
    pub fn down(&self) -> u64 {
        self.wire.down.load(Relaxed)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn carry(near: TcpStream, wire: Arc<Wire>) {
    let to = *wire.to.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(to) = to else { return };
    let Ok(far) = TcpStream::connect(to).await else { return };
    let mut epoch = wire.epoch.subscribe();
    let now = *epoch.borrow_and_update();
    // Answers are small and must not wait for Nagle's timer.
    let quick = near.set_nodelay(true).and_then(|()| far.set_nodelay(true));
    let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
    let (held, waiting) = mpsc::unbounded_channel();
    let carrying = async {
        tokio::join!(
            take(from_near, held),
            give(waiting, to_far, &wire),
            back(from_far, to_near, &wire)
        )
    };
    let mut carrying = std::pin::pin!(carrying);
    let silence = async {
        // The relay keeps the other end for as long as it is there.
        let _ = epoch.wait_for(|epoch| *epoch > now).await.map(|_| ());
    };
    tokio::select! {
        _ = &mut carrying, if quick.is_ok() => {}
        // The sockets stay open: whoever holds their other ends learns nothing.
        () = silence => std::future::pending().await,
    }
}

async fn take(mut near: OwnedReadHalf, held: mpsc::UnboundedSender<Vec<u8>>) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(n @ 1..) = near.read(&mut buffer).await {
        if held.send(buffer[..n].to_vec()).is_err() {
            return;
        }
    }
}

async fn give(mut held: mpsc::UnboundedReceiver<Vec<u8>>, mut far: OwnedWriteHalf, wire: &Wire) {
    while let Some(bytes) = held.recv().await {
        let rate = wire.rate.load(Relaxed);
        if let Some(micros) = (bytes.len() as u64 * 1_000_000).checked_div(rate) {
            tokio::time::sleep(Duration::from_micros(micros)).await;
        }
        if far.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

async fn back(mut far: OwnedReadHalf, mut near: OwnedWriteHalf, wire: &Wire) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(n @ 1..) = far.read(&mut buffer).await {
        wire.down.fetch_add(n as u64, Relaxed);
        if near.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}
