//! `start-over` and `drop`: what is asked of one transfer by its id. No rule of an upload lives here.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use vodlift_app::error::Error;
use vodlift_app::{App, Command};
use vodlift_engine::model::{Phase, Transfer};

use crate::USAGE;
use crate::lines::TransferLine;
use crate::upload::{Entry, follow, given};
use crate::voice::Voice;

/// How often it is looked whether a dropped transfer is cleaned up, and how many times: a network may be away.
const LOOK: Duration = Duration::from_millis(50);
const LOOKS: u32 = 200;

/// Sends a transfer from the beginning and waits for the end.
pub(crate) async fn start_over(
    voice: Voice,
    app: &App,
    account: Option<&str>,
    id: &str,
    path: Option<PathBuf>,
) -> Result<ExitCode, Error> {
    let Some(t) = find(voice, app, account, id).await else { return Ok(ExitCode::from(USAGE)) };
    if t.state.phase == Phase::Settled {
        voice.fail("cli.finished", &[("path", &given(&t.path))]);
        return Ok(ExitCode::from(USAGE));
    }
    let path = match path {
        Some(path) => match std::path::absolute(&path) {
            Ok(path) => Some(path),
            Err(source) => return Err(Error::Read { path, source }),
        },
        None => None,
    };
    if let (false, Err(code)) = (t.pasted, app.sign_in(&t.account).await) {
        crate::not_signed_in(voice, app, &t.account, code);
        return Ok(ExitCode::from(USAGE));
    }
    let taken = app.engine().start_over(t.id, path).await;
    if taken.is_empty() {
        voice.fail("cli.owned", &[("path", &given(&t.path))]);
        return Ok(ExitCode::FAILURE);
    }
    let mut entries = Vec::new();
    for id in taken {
        let path = given(&app.transfer(id).await?.path);
        entries.push(Entry::Transfer { id, path, fresh: false });
    }
    follow(voice, app, entries).await
}

/// Takes a transfer out of the queue.
pub(crate) async fn take_out(
    voice: Voice,
    app: &App,
    account: Option<&str>,
    id: &str,
) -> Result<ExitCode, Error> {
    let Some(t) = find(voice, app, account, id).await else { return Ok(ExitCode::from(USAGE)) };
    let path = given(&t.path);
    // Cleaning up needs its account; without one it is out of the queue all the same.
    if let (false, Err(code)) = (t.pasted, app.sign_in(&t.account).await) {
        crate::not_signed_in(voice, app, &t.account, code);
    }
    if app.engine().command(&[t.id], Command::Pause).await.is_empty() {
        voice.fail("cli.owned", &[("path", &path)]);
        return Ok(ExitCode::FAILURE);
    }
    app.remove(&[t.id]).await?;
    for _ in 0..LOOKS {
        if app.engine().some(&[t.id]).await.iter().all(|t| t.state.is_final()) {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    let t = app.transfer(t.id).await?;
    voice.line(&TransferLine::of_transfer(&t, &path, 0));
    voice.progress(&voice.words("cli.dropped", &[("path", &path)]));
    Ok(ExitCode::SUCCESS)
}

/// The one transfer of the queue whose id begins so. None: why there is none has been said.
async fn find(voice: Voice, app: &App, account: Option<&str>, id: &str) -> Option<Transfer> {
    let wanted = id.trim().to_ascii_lowercase();
    let mut all = app.engine().transfers(account).await;
    all.retain(|t| !wanted.is_empty() && t.id.to_string().starts_with(&wanted));
    let found = all.pop();
    match (found, all.is_empty()) {
        (Some(found), true) => Some(found),
        (Some(_), false) => {
            voice.fail("cli.id.many", &[("id", id)]);
            None
        }
        (None, _) => {
            voice.fail("cli.id.none", &[("id", id)]);
            None
        }
    }
}
