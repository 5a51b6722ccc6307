//! The JSON lines about transfers, as the contract has them. Knows no terminal.

use serde::Serialize;
use vodlift_app::{FaultView, TransferId};
use vodlift_engine::model::{Kind, Phase, Transfer};
use vodlift_engine::view::Row;

use crate::voice::FaultLine;

/// A `transfer` line.
#[derive(Serialize)]
pub(crate) struct TransferLine<'a> {
    event: &'static str,
    id: String,
    path: &'a str,
    kind: Option<Kind>,
    phase: Phase,
    media_id: Option<&'a str>,
    bytes_done: u64,
    bytes_total: u64,
    fault: Option<FaultLine>,
}

impl<'a> TransferLine<'a> {
    pub(crate) fn of_row(
        row: &'a Row,
        path: &'a str,
        fault: Option<&FaultView>,
    ) -> TransferLine<'a> {
        TransferLine {
            event: "transfer",
            id: row.id.to_string(),
            path,
            kind: Some(row.kind),
            phase: row.phase,
            media_id: row.media_id.as_deref(),
            bytes_done: row.done_bytes,
            bytes_total: row.size_bytes,
            fault: fault.map(FaultLine::of),
        }
    }

    /// A transfer as the journal has it; `done` of its bytes are stored.
    pub(crate) fn of_transfer(
        transfer: &'a Transfer,
        path: &'a str,
        done: u64,
    ) -> TransferLine<'a> {
        TransferLine {
            event: "transfer",
            id: transfer.id.to_string(),
            path,
            kind: Some(transfer.kind),
            phase: transfer.state.phase,
            media_id: transfer.media.as_deref(),
            bytes_done: done,
            bytes_total: transfer.size(),
            fault: transfer.state.stuck().map(|fault| FaultLine::of(&FaultView::from(fault))),
        }
    }

    /// A file that never became a transfer.
    pub(crate) fn of_refused(item: &'a SummaryItem) -> TransferLine<'a> {
        TransferLine {
            event: "transfer",
            id: item.id.clone(),
            path: &item.path,
            kind: item.kind,
            phase: item.phase,
            media_id: None,
            bytes_done: 0,
            bytes_total: item.bytes,
            fault: item.fault.clone(),
        }
    }
}

/// One transfer in the `summary` line, or a line of the history.
#[derive(Serialize)]
pub(crate) struct SummaryItem {
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) kind: Option<Kind>,
    pub(crate) phase: Phase,
    pub(crate) media_id: Option<String>,
    pub(crate) bytes: u64,
    pub(crate) crc64: Option<String>,
    pub(crate) vod_status: Option<String>,
    pub(crate) request_ids: Vec<String>,
    pub(crate) fault: Option<FaultLine>,
}

impl SummaryItem {
    pub(crate) fn of(transfer: &Transfer, path: &str) -> SummaryItem {
        SummaryItem {
            id: transfer.id.to_string(),
            path: path.to_owned(),
            kind: Some(transfer.kind),
            phase: transfer.state.phase,
            media_id: transfer.media.clone(),
            bytes: transfer.size(),
            crc64: transfer.crc64.or(transfer.object_crc64).map(|crc| crc.to_string()),
            vod_status: transfer.vod.as_ref().map(|(word, _)| word.clone()),
            request_ids: transfer.request_ids.clone(),
            fault: transfer.state.stuck().map(|fault| FaultLine::of(&FaultView::from(fault))),
        }
    }

    /// A file that cannot be uploaded at all.
    pub(crate) fn refused(
        id: TransferId,
        path: &str,
        kind: Option<Kind>,
        fault: &FaultView,
    ) -> SummaryItem {
        SummaryItem {
            id: id.to_string(),
            path: path.to_owned(),
            kind,
            phase: Phase::Found,
            media_id: None,
            bytes: 0,
            crc64: None,
            vod_status: None,
            request_ids: Vec::new(),
            fault: Some(FaultLine::of(fault)),
        }
    }

    pub(crate) fn arrived(&self) -> bool {
        self.phase == Phase::Settled && self.fault.is_none()
    }
}

/// The last line.
#[derive(Serialize)]
pub(crate) struct SummaryLine<'a> {
    pub(crate) event: &'static str,
    pub(crate) done: usize,
    pub(crate) failed: usize,
    pub(crate) transfers: &'a [SummaryItem],
}

/// A transfer of the history.
#[derive(Serialize)]
pub(crate) struct HistoryLine<'a> {
    pub(crate) event: &'static str,
    pub(crate) title: &'a str,
    pub(crate) ended: Option<String>,
    #[serde(flatten)]
    pub(crate) item: SummaryItem,
}
