//! What people look up: everything about one transfer, the history, the choices an account offers. Changes nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::Semaphore;
use vodlift_cloud::vod::Category;
use vodlift_engine::fault::{Fault, Side};
use vodlift_engine::journal::{self, JournalError};
use vodlift_engine::media;
use vodlift_engine::model::{Kind, Method, Phase, Place, Transfer};

use crate::accounts::Key;
use crate::api::{
    Choice, Described, Details, Film, HistoryItem, HistoryPage, HistoryQuery, Line, SecretState,
};
use crate::connection_test;
use crate::error::Error;
use crate::folders;
use crate::plain::plain;
use crate::queue::folder;
use crate::words::t;
use crate::{App, Code, FaultView, TransferId, film, lock};

/// Rows of one page of the history, at most.
const PAGE: u32 = 500;
/// Categories asked for at most, over all pages and parents: people choose from a menu.
const CATEGORIES: usize = 500;

impl App {
    /// All facts of a transfer.
    pub async fn transfer(&self, id: TransferId) -> Result<Transfer, Error> {
        let gone = || Error::fault(Code::Unknown, &[("code", "transfer")]);
        self.engine.transfer(id).await.map_err(unread)?.ok_or_else(gone)
    }

    /// What is to be changed of many, in one question; those that left the list meanwhile are left out.
    pub async fn described(&self, ids: &[TransferId]) -> Vec<Described> {
        let some = self.engine.some(ids).await;
        let described = |transfer: Transfer| Described {
            id: transfer.id,
            name: transfer.name(),
            folder: folder(&transfer.path),
            locked: transfer.media.is_some(),
            about: transfer.about,
        };
        some.into_iter().map(described).collect()
    }

    /// Everything the inspector shows.
    pub async fn details(&self, id: TransferId) -> Result<Details, Error> {
        let gone = || Error::fault(Code::Unknown, &[("code", "transfer")]);
        let row = self.engine.row(id).await.ok_or_else(gone)?;
        let transfer = self.transfer(id).await?;
        let place = transfer.place.as_ref();
        let method = match transfer.method {
            Method::Put => "put",
            Method::Multipart => "multipart",
        };
        let film = self.film(&transfer).await;
        let kinds = if transfer.kind_is_open() && transfer.parent.is_none() {
            let own = media::extension(&transfer.path);
            media::kinds(transfer.extension.as_ref().unwrap_or(&own))
        } else {
            Vec::new()
        };
        Ok(Details {
            film,
            kinds,
            forced: transfer.forced_kind,
            folder: folder(&transfer.path),
            method: method.to_owned(),
            endpoint: place.map(|place| place.endpoint.clone()),
            bucket: place.map(|place| place.bucket.clone()),
            object: place.map(|place| place.object.clone()),
            upload_id: transfer.upload.clone(),
            crc64: transfer.crc64.or(transfer.object_crc64).map(|crc| crc.to_string()),
            attempts: transfer.state.misses + 1,
            request_ids: transfer.request_ids.clone(),
            parts: row.parts.clone(),
            locked: transfer.media.is_some(),
            about: transfer.about,
            account: transfer.account,
            row,
        })
    }

    /// A drive that does not answer soon is not waited for.
    async fn film(&self, transfer: &Transfer) -> Option<Film> {
        const SOON: Duration = Duration::from_millis(500);
        if !matches!(transfer.kind, Kind::Video | Kind::Audio) {
            return None;
        }
        let (path, size) = (transfer.path.clone(), transfer.size());
        if let Some((known, as_long, film)) = &*lock(&self.film)
            && (known, *as_long) == (&path, size)
        {
            return *film;
        }
        let file = path.clone();
        let looked = tokio::task::spawn_blocking(move || film::look(&file));
        let film = tokio::time::timeout(SOON, looked).await.ok()?.ok().flatten();
        *lock(&self.film) = Some((path, size, film));
        film
    }

    /// Bytes of a transfer that storage has, as far as is written down.
    pub async fn stored_bytes(&self, id: TransferId) -> Result<u64, Error> {
        let parts = self.engine.parts(id).await.map_err(unread)?;
        Ok(parts.iter().map(|part| part.length).sum())
    }

    /// What happened to a transfer, oldest first.
    pub async fn timeline(&self, id: TransferId) -> Result<Vec<Line>, Error> {
        let lines = self.engine.timeline(id).await.map_err(unread)?;
        let line = |line: vodlift_engine::model::Line| Line {
            at_ms: line.at_ms,
            what: line.what,
            facts: line.data,
        };
        Ok(lines.into_iter().map(line).collect())
    }

    /// A page of what has ended.
    pub async fn history(&self, query: HistoryQuery) -> Result<HistoryPage, Error> {
        let page = self.engine.history(asked(query)).await.map_err(unread)?;
        let there = are_there(page.items.iter().map(|transfer| transfer.path.clone()).collect());
        let there = there.await.into_iter().chain(std::iter::repeat(false));
        Ok(HistoryPage {
            total: page.total,
            items: page
                .items
                .iter()
                .zip(there)
                .map(|(item, there)| self::item(item, there))
                .collect(),
            days: page.days,
            size_bytes: page.size_bytes,
            rate_bytes: rate(page.size_bytes, page.took_ms),
        })
    }

    /// What the filter shows, as the text of a CSV file.
    pub async fn history_csv(&self, query: HistoryQuery) -> Result<String, Error> {
        let mut text = String::from(
            "id,ended,title,path,kind,profile,bytes,seconds,media_id,vod_status,phase,crc64,fault,request_id\r\n",
        );
        let mut query = HistoryQuery { offset: 0, limit: PAGE, ..query };
        loop {
            let page = self.engine.history(asked(query.clone())).await.map_err(unread)?;
            for transfer in &page.items {
                text.push_str(&csv(transfer));
            }
            query.offset += PAGE;
            if page.items.is_empty() || query.offset >= page.total {
                return Ok(text);
            }
        }
    }

    /// What the filter shows, as a CSV file.
    pub async fn history_export(&self, query: HistoryQuery, path: &Path) -> Result<(), Error> {
        let text = self.history_csv(query).await?;
        // Spreadsheets take a file without this mark for something other than UTF-8.
        folders::replace(path, &format!("\u{feff}{text}"))
    }

    /// Media ids of these transfers, file names where there is none.
    pub async fn media_ids(&self, ids: &[TransferId]) -> Result<Vec<String>, Error> {
        let mut texts = Vec::new();
        for id in ids {
            let transfer = self.transfer(*id).await?;
            texts.push(transfer.media.clone().unwrap_or_else(|| transfer.name()));
        }
        Ok(texts)
    }

    /// The file of a transfer.
    pub async fn path(&self, id: TransferId) -> Result<PathBuf, Error> {
        Ok(self.transfer(id).await?.path)
    }

    /// The address of a transfer's media in the cloud's console.
    pub async fn console(&self, id: TransferId) -> Result<String, Error> {
        let transfer = self.transfer(id).await?;
        let home = "https://vod.console.aliyun.com/";
        Ok(match transfer.media {
            Some(media) if transfer.kind.renews() => format!("{home}#/media/video/detail/{media}"),
            Some(_) | None => home.to_owned(),
        })
    }

    /// Categories of the active account, parents before what is inside them.
    pub async fn categories(&self) -> Result<Vec<Choice>, Error> {
        let Some((vod, credential)) = self.asking().await? else { return Ok(Vec::new()) };
        let client = self.client();
        let mut open: Vec<(Option<String>, String)> = vec![(None, String::new())];
        let mut choices = Vec::new();
        while let Some((parent, above)) = open.pop() {
            let mut page = 1;
            loop {
                let (found, total) = client
                    .categories(&vod, &credential, parent.as_deref(), page)
                    .await
                    .map_err(|error| told(&error))?;
                let last = found.len();
                for Category { id, name, children } in found {
                    let label = if above.is_empty() { name } else { format!("{above} / {name}") };
                    if children > 0 {
                        open.push((Some(id.clone()), label.clone()));
                    }
                    choices.push(Choice { value: id, label });
                }
                if last == 0 || u64::from(page) * 100 >= total || choices.len() >= CATEGORIES {
                    break;
                }
                page += 1;
            }
            if choices.len() >= CATEGORIES {
                break;
            }
        }
        choices.sort_by(|one, other| one.label.cmp(&other.label));
        Ok(choices)
    }

    /// Template groups of the active account, the default first.
    pub async fn template_groups(&self) -> Result<Vec<Choice>, Error> {
        let Some((vod, credential)) = self.asking().await? else { return Ok(Vec::new()) };
        let mut groups =
            self.client().template_groups(&vod, &credential).await.map_err(|error| told(&error))?;
        groups.sort_by_key(|group| !group.default);
        Ok(groups.into_iter().map(|group| Choice { value: group.id, label: group.name }).collect())
    }

    /// Storage the active account was seen to use, as StorageLocation takes it. VOD has no call that lists it: what earlier
    /// uploads got and what was chosen before is all there is to offer.
    pub async fn storages(&self) -> Result<Vec<String>, Error> {
        let account = self.active()?;
        let mut seen = self.engine.transfers(Some(&account)).await;
        let ended =
            self.engine.history(asked(HistoryQuery::default())).await.map_err(unread)?.items;
        seen.extend(ended.into_iter().filter(|transfer| transfer.account == account));
        let chosen = seen.iter().filter_map(|transfer| transfer.about.storage.clone());
        let got = seen.iter().filter_map(|transfer| storage(transfer.place.as_ref()?));
        let all: BTreeSet<String> = chosen.chain(got).collect();
        Ok(all.into_iter().collect())
    }

    /// Whom to ask for choices; none for a credential server, which has no way to answer.
    async fn asking(
        &self,
    ) -> Result<Option<(vodlift_cloud::vod::Vod, vodlift_cloud::Credential)>, Error> {
        let name = self.active()?;
        let stored = self.accounts.stored(&name).ok_or(Error::NoProfile { name: name.clone() })?;
        let key = if stored.sandbox {
            Ok(Key::Cloud(self.trial.start(&self.accounts).await?))
        } else {
            self.accounts.key(&name).await
        };
        match key {
            Ok(Key::Cloud(credential)) => {
                let stored = self.accounts.stored(&name).unwrap_or(stored);
                Ok(Some((connection_test::vod(&stored)?, credential)))
            }
            Ok(Key::Server { .. }) => Ok(None),
            Err(SecretState::Locked) => Err(Error::fault(Code::KeyLocked, &[])),
            Err(SecretState::Missing | SecretState::Stored | SecretState::Memory) => {
                Err(Error::fault(Code::KeyNone, &[]))
            }
        }
    }

    /// A sentence in the language of this installation.
    pub fn say(&self, key: &str, facts: &[(&str, &str)]) -> String {
        t(self.language(), key, facts)
    }
}

fn told(error: &vodlift_cloud::Error) -> Error {
    Error::Fault(Box::new(FaultView::from(&Fault::from_cloud(error, Side::Vod, false))))
}

fn asked(query: HistoryQuery) -> journal::HistoryQuery {
    let outcome = match query.outcome.as_str() {
        "done" => "settled",
        "cancelled" => "discarded",
        "failed" => "failed",
        _ => "",
    };
    let limit = if query.limit == 0 { PAGE } else { query.limit.min(PAGE) };
    journal::HistoryQuery {
        text: query.text,
        outcome: outcome.to_owned(),
        kind: query.kind,
        since_ms: query.since_ms,
        offset: query.offset,
        limit,
    }
}

/// Which of these files are there. A drive that does not answer is not waited for: what is on it counts as gone, as long
/// as it says nothing.
async fn are_there(paths: Vec<PathBuf>) -> Vec<bool> {
    /// As long as people wait for a page without wondering.
    const SOON: Duration = Duration::from_millis(400);
    answers_of(paths, SOON, Path::is_file).await
}

/// The answers that come in time, in order. One thread asks for a page, and does not go on once nobody waits for it.
async fn answers_of(
    paths: Vec<PathBuf>,
    soon: Duration,
    ask: impl Fn(&Path) -> bool + Send + 'static,
) -> Vec<bool> {
    /// Threads that may hang at a time, however often a page is asked for.
    static ASKING: Semaphore = Semaphore::const_new(4);
    let all = paths.len();
    let mut answers = Vec::with_capacity(all);
    let gather = async {
        let (tell, mut hear) = tokio::sync::mpsc::channel(all.max(1));
        let asking = ASKING.acquire().await;
        drop(tokio::task::spawn_blocking(move || {
            let _asking = asking;
            for path in paths {
                if tell.blocking_send(ask(&path)).is_err() {
                    return; // nobody waits any more
                }
            }
        }));
        while let Some(there) = hear.recv().await {
            answers.push(there);
        }
    };
    // What came in time is told; the rest is not known.
    let whole = tokio::time::timeout(soon, gather).await.is_ok();
    if !whole {
        tracing::warn!(of = all, "files of the history do not answer");
    }
    answers
}

/// The journal cannot be read.
pub(crate) fn unread(error: JournalError) -> Error {
    if error.is_damage() {
        return Error::fault(Code::DbDamaged, &[]);
    }
    match error {
        JournalError::Busy => Error::fault(Code::DbBusy, &[]),
        JournalError::Newer => Error::fault(Code::DbNewer, &[]),
        error @ (JournalError::Full
        | JournalError::Sql(_)
        | JournalError::Io(_)
        | JournalError::Closed) => Error::Engine(Box::new(error)),
    }
}

fn item(transfer: &Transfer, file_there: bool) -> HistoryItem {
    let size = transfer.size();
    let whole = transfer.state.phase >= Phase::Sent && transfer.state.phase != Phase::Discarded;
    HistoryItem {
        id: transfer.id,
        kind: transfer.kind,
        title: title(transfer),
        name: transfer.name(),
        size_bytes: size,
        rate_bytes: rate(size, transfer.took_ms),
        took_ms: (transfer.took_ms > 0).then_some(transfer.took_ms),
        media_id: transfer.media.clone(),
        phase: transfer.state.phase,
        percent: if whole { 100 } else { 0 },
        fault: transfer.state.stuck().map(FaultView::from),
        ended_ms: transfer.ended_ms.unwrap_or(transfer.since_ms),
        file_there,
    }
}

fn title(transfer: &Transfer) -> String {
    if transfer.about.title.is_empty() { transfer.name() } else { transfer.about.title.clone() }
}

/// The storage of a place by its name; the sandbox has no such name.
fn storage(place: &Place) -> Option<String> {
    let host = place.endpoint.split_once("://").map_or(&*place.endpoint, |(_, host)| host);
    host.ends_with(".aliyuncs.com").then(|| format!("{}.{host}", place.bucket))
}

fn rate(bytes: u64, took_ms: u64) -> u64 {
    bytes.saturating_mul(1000).checked_div(took_ms).unwrap_or(0)
}

fn csv(transfer: &Transfer) -> String {
    let ended = transfer
        .ended_ms
        .and_then(|ms| jiff::Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok())
        .map(|at| format!("{at:.3}"));
    let seconds = transfer.took_ms / 1000;
    let fault = transfer.state.stuck();
    let cells = [
        transfer.id.to_string(),
        ended.unwrap_or_default(),
        plain(&title(transfer)).into_owned(),
        plain(&transfer.path.to_string_lossy()).into_owned(),
        transfer.kind.as_str().to_owned(),
        transfer.account.clone(),
        transfer.size().to_string(),
        seconds.to_string(),
        transfer.media.clone().unwrap_or_default(),
        transfer.vod.as_ref().map(|(word, _)| word.clone()).unwrap_or_default(),
        transfer.state.phase.as_str().to_owned(),
        transfer.crc64.or(transfer.object_crc64).map(|crc| crc.to_string()).unwrap_or_default(),
        fault.map(|fault| fault.code.as_str().to_owned()).unwrap_or_default(),
        fault.and_then(|fault| fault.request_id.clone()).unwrap_or_default(),
    ];
    let line: Vec<String> = cells.iter().map(|cell| cell_of(cell)).collect();
    format!("{}\r\n", line.join(","))
}

/// RFC 4180. A text that a spreadsheet would take for a formula is kept from being one.
fn cell_of(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_drive_that_does_not_answer_is_not_waited_for() {
        let paths: Vec<PathBuf> = ["a", "b", "dead", "c"].map(PathBuf::from).into();
        let (asked, mut seen) = tokio::sync::mpsc::unbounded_channel();
        let (wake, asleep) = std::sync::mpsc::channel::<()>();
        let ask = move |path: &Path| {
            asked.send(path.to_owned()).unwrap();
            if path == Path::new("dead") {
                // Until the test lets it go.
                asleep.recv().unwrap_err();
            }
            path != Path::new("b")
        };
        let answers = answers_of(paths, Duration::from_millis(50), ask).await;
        assert_eq!(answers, [true, false]);
        drop(wake);
        // And of a page that nobody waits for no more is asked.
        let mut all = vec![];
        while let Some(path) = seen.recv().await {
            all.push(path);
        }
        assert_eq!(all.last().unwrap(), Path::new("dead"));
    }

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        assert_eq!(cell_of("plain"), "plain");
        assert_eq!(cell_of("a,b"), "\"a,b\"");
        assert_eq!(cell_of("say \"hi\""), "\"say \"\"hi\"\"\"");
        assert_eq!(cell_of("=1+1"), "'=1+1");
    }

    #[test]
    fn a_storage_is_named_by_bucket_and_host_and_the_sandbox_is_none() {
        let at = |endpoint: &str| {
            storage(&Place {
                endpoint: endpoint.into(),
                bucket: "outin-a".into(),
                object: "o".into(),
            })
        };
        let host = "outin-a.oss-cn-shanghai.aliyuncs.com";
        assert_eq!(at("https://oss-cn-shanghai.aliyuncs.com").as_deref(), Some(host));
        assert_eq!(at("http://127.0.0.1:4000"), None);
    }
}
