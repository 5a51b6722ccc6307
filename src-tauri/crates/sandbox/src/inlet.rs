//! A request body on its way in, with the mishaps weather asks of it. Knows no store and no rules.

use std::fs::File;
use std::io;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::task::JoinHandle;

use crate::codes;
use crate::line::Line;
use crate::reply::Denial;
use crate::store::pieces::{Writer, Written};

/// Why a request ends before its work is done.
#[derive(Debug)]
pub(crate) enum End {
    /// It is answered with a refusal.
    Denied(Denial),
    /// There is nobody left to answer.
    Cut,
}

impl From<Denial> for End {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        tracing::error!(%error, "the sandbox cannot use its folder");
        Self::Denied(Denial::of(&codes::INTERNAL))
    }
}

/// What weather does to a body.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Care {
    pub(crate) cut_after: Option<u64>,
    pub(crate) stall: Option<(u64, Option<Duration>)>,
    pub(crate) corrupt: bool,
}

/// The body, counted.
pub(crate) struct Inlet {
    body: BodyDataStream,
    care: Care,
    line: Line,
    pub(crate) seen: u64,
    ended: bool,
}

/// Handed to the disk at once: hashing and writing less than this costs less than another thread.
const BATCH: usize = 256 * 1024;

impl Inlet {
    pub(crate) fn new(body: Body, line: Line) -> Self {
        let body = body.into_data_stream();
        Self { body, care: Care::default(), line, seen: 0, ended: false }
    }

    pub(crate) fn mind(&mut self, care: Care) {
        self.care = care;
    }

    /// Whether all of it has been read.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    async fn next(&mut self) -> Result<Option<Bytes>, End> {
        if self.ended {
            return Ok(None);
        }
        let bytes = match self.body.next().await {
            Some(Ok(bytes)) => bytes,
            Some(Err(_)) => return Err(End::Cut),
            None => {
                self.ended = true;
                if self.care.cut_after.is_some() {
                    self.line.cut();
                    return Err(End::Cut);
                }
                return Ok(None);
            }
        };
        self.seen += u64::try_from(bytes.len()).unwrap_or(0);
        if let Some((after, time)) = self.care.stall
            && self.seen >= after
        {
            self.care.stall = None;
            stall(&self.line, time).await?;
        }
        if self.care.cut_after.is_some_and(|after| self.seen >= after) {
            self.line.cut();
            return Err(End::Cut);
        }
        if std::mem::take(&mut self.care.corrupt) && !bytes.is_empty() {
            let mut changed = bytes.to_vec();
            changed[0] ^= 1;
            return Ok(Some(changed.into()));
        }
        Ok(Some(bytes))
    }

    /// The whole body, which must not be longer than `limit` bytes.
    pub(crate) async fn whole(&mut self, limit: usize) -> Result<Vec<u8>, End> {
        let mut all = Vec::new();
        while let Some(bytes) = self.next().await? {
            if all.len() + bytes.len() > limit {
                return Err(Denial::of(&codes::CALL_TOO_LARGE).into());
            }
            all.extend_from_slice(&bytes);
        }
        Ok(all)
    }

    /// Reads what is left, so that the sender hears the answer instead of a reset.
    pub(crate) async fn drain(&mut self) -> Result<(), End> {
        while self.next().await?.is_some() {}
        Ok(())
    }

    /// Writes the body into `file`, at most `limit` bytes, and hashes it on the way.
    pub(crate) async fn pour(&mut self, file: File, limit: u64) -> Result<Written, End> {
        let mut writer = Turn::Here(Box::new(Writer::new(file)));
        let mut batch = Vec::new();
        let mut held = 0;
        while let Some(bytes) = self.next().await? {
            if self.seen > limit {
                return Err(Denial::of(&codes::TOO_LARGE).into());
            }
            held += bytes.len();
            batch.push(bytes);
            if held >= BATCH {
                // One batch is written while the next one arrives.
                let mut own = writer.back().await?;
                let full = std::mem::take(&mut batch);
                held = 0;
                writer = Turn::There(tokio::task::spawn_blocking(move || {
                    own.take(&full)?;
                    Ok(own)
                }));
            }
        }
        let mut writer = writer.back().await?;
        writer.take(&batch)?;
        Ok(writer.finish()?)
    }
}

/// Who has the writer: this task, or a blocking thread.
enum Turn {
    Here(Box<Writer>),
    There(JoinHandle<io::Result<Box<Writer>>>),
}

impl Turn {
    async fn back(self) -> io::Result<Box<Writer>> {
        match self {
            Self::Here(writer) => Ok(writer),
            Self::There(task) => task.await.map_err(io::Error::other)?,
        }
    }
}

/// Waits for `time`, or for as long as the connection lasts.
pub(crate) async fn stall(line: &Line, time: Option<Duration>) -> Result<(), End> {
    let Some(time) = time else {
        line.ended().await;
        return Err(End::Cut);
    };
    tokio::select! {
        () = tokio::time::sleep(time) => Ok(()),
        () = line.ended() => Err(End::Cut),
    }
}
