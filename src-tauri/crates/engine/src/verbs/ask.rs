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

/// What VOD tells of one media.
pub(crate) enum Told {
    Status(Status),
    /// VOD names it as unknown.
    Absent,
    /// The answer does not speak of it, even when it is asked for alone.
    Omitted,
}

type Answer = Result<Told, Arc<cloud::Error>>;

/// A media id, and who wants to know.
type Asker = (String, oneshot::Sender<Answer>);

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
    ) -> Answer {
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
    fn join(&self, media: &str) -> oneshot::Receiver<Answer> {
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
    if ids.is_empty() {
        return;
    }
    let mut found = match several(w, account, key, video, &ids).await {
        Ok(found) => found,
        // A policy of an earlier day allows to ask for one at a time, and one that is gone must not hide the others.
        Err(error) if line.len() > 1 && matches!(error.status, Some(403 | 404)) => HashMap::new(),
        Err(error) => {
            let error = Arc::new(error);
            for (_, tell) in line {
                // Who no longer listens needs no answer; so it is below.
                let _ = tell.send(Err(error.clone()));
            }
            return;
        }
    };
    let alone = line.len() == 1;
    for (id, tell) in line {
        let answer = match found.remove(&id) {
            Some(told) => Ok(told),
            None if alone => Ok(Told::Omitted),
            // Left out is not deleted: asked for alone it is either told or named as unknown.
            None => several(w, account, key, video, &[&id])
                .await
                .map(|mut found| found.remove(&id).unwrap_or(Told::Omitted))
                .map_err(Arc::new),
        };
        let _ = tell.send(answer);
    }
}

/// One question; what its answer does not speak of is not in the map.
async fn several(
    w: &Work,
    account: &Account,
    key: &cloud::Credential,
    video: bool,
    ids: &[&str],
) -> Result<HashMap<String, Told>, cloud::Error> {
    let status = |word, url| Told::Status(Status { word, video, url });
    let (mut found, absent) = match ids {
        [id] if video => {
            let told = vod(w, || w.client.video_info(&account.vod, key, By::Id(id))).await?;
            // Asked for by its id, whatever VOD calls it in the answer.
            return Ok(HashMap::from([((*id).to_owned(), status(told.status, None))]));
        }
        ids if video => {
            let (list, absent) = vod(w, || w.client.video_infos(&account.vod, key, ids)).await?;
            let told = list.into_iter().map(|it| (it.media_id, status(it.status, None)));
            (told.collect::<HashMap<_, _>>(), absent)
        }
        ids => {
            let (list, absent) = vod(w, || w.client.attached_info(&account.vod, key, ids)).await?;
            let told = list.into_iter().map(|it| (it.media_id, status(it.status, it.url)));
            (told.collect(), absent)
        }
    };
    for id in absent.missing {
        found.entry(id).or_insert(Told::Absent);
    }
    Ok(found)
}
