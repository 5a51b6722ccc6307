//! What the dispatcher hands to a worker and what it gets back: plain messages. Knows no queue and no request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Edge};
use crate::fault::Fault;
use crate::file_io::FileIo;
use crate::lease::{Account, Lease};
use crate::machine::Verb;
use crate::media::Look;
use crate::meter::{Meter, Tap};
use crate::model::{About, Method, Part, Place, Source, Transfer, TransferId};
use crate::pace::{Pace, Permits};
use crate::pump::Pool;
use crate::remark::Remark;
use crate::verbs::{Client, Desks};

/// What all transfers share.
pub(crate) struct Shared {
    /// Parts on their way.
    pub parts: Permits,
    /// How many of those there are, when nobody says.
    pub pace: Pace,
    /// Buffers between two bodies.
    pub pool: Arc<Pool>,
    /// File system calls, each device on its own.
    pub files: Arc<FileIo>,
    /// Questions about media that go together.
    pub desks: Desks,
    /// Bytes per second.
    pub tap: Tap,
    /// The last requests found the network.
    pub online: AtomicBool,
    /// Something was reached since the engine started.
    pub reached: AtomicBool,
    /// Milliseconds the last request to VOD took; 0: none yet.
    pub ping: AtomicU32,
}

impl Shared {
    pub(crate) fn new(parts: usize, files: Arc<FileIo>) -> Self {
        Self {
            parts: Permits::new(parts),
            pace: Pace::new(),
            pool: Arc::default(),
            files,
            desks: Desks::default(),
            tap: Tap::new(None),
            online: AtomicBool::new(true),
            reached: AtomicBool::new(false),
            ping: AtomicU32::new(0),
        }
    }

    /// The network is there.
    pub(crate) fn heard(&self) {
        self.online.store(true, Relaxed);
        self.reached.store(true, Relaxed);
    }
}

/// All that one verb may know.
pub(crate) struct Work {
    pub t: Transfer,
    pub parts: Vec<Part>,
    pub client: Client,
    /// None for a pasted pair without a profile.
    pub account: Option<Arc<Account>>,
    pub lease: Arc<Lease>,
    pub meter: Arc<Meter>,
    pub shared: Arc<Shared>,
    pub config: Arc<Config>,
    pub edge: Edge,
    pub halt: CancellationToken,
    pub reports: mpsc::Sender<Report>,
    /// An answer may have been lost, or the engine was started anew: ask VOD before acting on what we remember.
    pub doubt: bool,
    /// An earlier attempt to reserve may have reached VOD.
    pub asked: bool,
    /// The video this one is to be linked to.
    pub parent: Parent,
    /// Milliseconds the last request took.
    pub took: AtomicU32,
}

/// What a child must know of its video.
#[derive(Clone, Debug)]
pub(crate) enum Parent {
    /// There is none, or it will never be there.
    None,
    /// It is not at VOD yet.
    Coming,
    /// VOD has it.
    There(String),
}

/// Something a running verb has to tell.
pub(crate) struct Report {
    pub id: TransferId,
    pub note: Note,
}

pub(crate) enum Note {
    /// A part is safe.
    Stored(Part),
    /// The server does not have these.
    Lost(Vec<u32>),
    /// A line for the timeline.
    Line(&'static str, Vec<(&'static str, String)>),
    /// The cloud's name of a request.
    Request(String),
}

/// What became true.
pub(crate) enum Fact {
    Planned {
        look: Box<Look>,
        method: Method,
        part_size: u64,
    },
    Reserved {
        media: Option<String>,
        url: Option<String>,
        place: Place,
        generation: u32,
    },
    /// Another time or number of the same file.
    Source(Source),
    Place(Place),
    Opened(String),
    Crc(u64),
    ObjectCrc(Option<u64>),
    Vod(String),
    OldMedia(Option<String>),
    Remark(Remark),
    /// VOD took the words in another form.
    Words {
        about: Box<About>,
        remarks: Vec<Remark>,
    },
}

/// How a verb ended.
pub(crate) enum End {
    Done,
    Landed,
    Pending { after_ms: u64 },
    Recount,
    Halted,
    Failed(Fault),
}

pub(crate) struct Outcome {
    pub verb: Verb,
    pub end: End,
    pub facts: Vec<Fact>,
}

impl Work {
    /// Tells the dispatcher; waits when it is behind, so nothing piles up.
    pub(crate) async fn tell(&self, note: Note) {
        // A dispatcher that is gone wants to hear nothing.
        let _ = self.reports.send(Report { id: self.t.id, note }).await;
    }

    pub(crate) async fn line(&self, what: &'static str, data: Vec<(&'static str, String)>) {
        self.tell(Note::Line(what, data)).await;
    }
}
