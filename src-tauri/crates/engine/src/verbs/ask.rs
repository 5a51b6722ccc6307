//! Asks VOD how media are, and lets those who ask at the same time share one question. Knows no fact and no phase.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use vodlift_cloud as cloud;
use vodlift_cloud::vod::By;

use crate::lease::Account;
use crate::work::Work;

use super::{Status, vod};

/// Media in one question.
// VOD: GetVideoInfos and GetAttachedMediaInfo take at most 20 ids.
pub(crate) const TOGETHER: usize = 20;

/// What VOD tells of one media; none when it does not know it.
type Told = Result<Option<Status>, Arc<cloud::Error>>;

/// A media id, and who wants to know.
type Asker = (String, oneshot::Sender<Told>);

/// One desk for each account's videos, one for its attached media.
#[derive(Default)]
pub(crate) struct Desks(Mutex<HashMap<(String, bool), Arc<Desk>>>);

/// Whoever has the turn asks for all who stand in line; those who come meanwhile are the next question.
#[derive(Default)]
struct Desk {
    line: Mutex<Vec<Asker>>,
    turn: tokio::sync::Mutex<()>,
}

impl Desks {
    /// What VOD says of this media.
    pub(crate) async fn ask(
        &self,
        w: &Work,
        account: &Account,
        key: &cloud::Credential,
        media: &str,
    ) -> Told {
        let video = w.t.kind.renews();
        let desk = lock(&self.0).entry((account.name.clone(), video)).or_default().clone();
        let mut hear = desk.join(media);
        loop {
            tokio::select! {
                biased;
                told = &mut hear => match told {
                    Ok(told) => return told,
                    // Whoever asked for us was stopped before there was an answer.
                    Err(_) => hear = desk.join(media),
                },
                turn = desk.turn.lock() => {
                    serve(w, account, key, video, desk.next()).await;
                    drop(turn);
                }
            }
        }
    }
}

impl Desk {
    fn join(&self, media: &str) -> oneshot::Receiver<Told> {
        let (tell, hear) = oneshot::channel();
        lock(&self.line).push((media.to_owned(), tell));
        hear
    }

    /// The first in line, as many as one question takes.
    fn next(&self) -> Vec<Asker> {
        let mut line = lock(&self.line);
        line.retain(|(_, tell)| !tell.is_closed());
        let many = line.len().min(TOGETHER);
        line.drain(..many).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks for all of them and tells each.
async fn serve(
    w: &Work,
    account: &Account,
    key: &cloud::Credential,
    video: bool,
    line: Vec<Asker>,
) {
    let ids: Vec<&str> = line.iter().map(|(id, _)| id.as_str()).collect();
    let told = match ids[..] {
        [] => return,
        [id] if video => one(w, account, key, id).await.map(|status| vec![(id.to_owned(), status)]),
        _ if video => {
            vod(w, || w.client.video_infos(&account.vod, key, &ids)).await.map(|(list, _)| {
                let status = |word| Status { word, video, url: None };
                list.into_iter().map(|it| (it.media_id, status(it.status))).collect()
            })
        }
        _ => vod(w, || w.client.attached_info(&account.vod, key, &ids)).await.map(|(list, _)| {
            list.into_iter()
                .map(|it| (it.media_id, Status { word: it.status, video, url: it.url }))
                .collect()
        }),
    };
    match told {
        Ok(found) => {
            let mut found: HashMap<String, Status> = found.into_iter().collect();
            for (id, tell) in line {
                // Who no longer listens needs no answer; so it is below.
                let _ = tell.send(Ok(found.remove(&id)));
            }
        }
        // A policy of an earlier day allows to ask for one at a time.
        Err(error) if video && line.len() > 1 && error.status == Some(403) => {
            for (id, tell) in line {
                let _ = tell.send(one(w, account, key, &id).await.map(Some).map_err(Arc::new));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for (_, tell) in line {
                let _ = tell.send(Err(error.clone()));
            }
        }
    }
}

async fn one(
    w: &Work,
    account: &Account,
    key: &cloud::Credential,
    id: &str,
) -> Result<Status, cloud::Error> {
    let told = vod(w, || w.client.video_info(&account.vod, key, By::Id(id))).await?;
    Ok(Status { word: told.status, video: true, url: None })
}
