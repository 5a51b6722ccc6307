//! What people ask of the queue: offers become transfers, transfers are told to run, rest or go. Each wish is one call
//! of the engine.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use tokio::sync::watch;
use vodlift_cloud::{DecodeError, Grant};
use vodlift_engine::fault::Fault;
use vodlift_engine::model::{About, Again, Ask, Kind, Wait};
use vodlift_engine::source_identity::Seen;
use vodlift_engine::view::Can;
use vodlift_engine::{Added, machine};

use crate::App;
use crate::api::{self, AboutPatch, Offer};
use crate::error::Error;
use crate::staging::{Found, GLANCE, Group, Walk};
use crate::trial::{self, Trial};
use crate::{Code, FaultView, TransferId};

/// What is wanted of files, beside what they are.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Profile that pays.
    pub account: String,
    /// The person says what they are.
    pub kind: Option<Kind>,
    /// Title and the rest, for the main files.
    pub about: About,
    /// When they count as over.
    pub wait: Wait,
    /// Start at once, or hold still.
    pub start: bool,
    /// When the same file is known already.
    pub again: Again,
    /// Covers and subtitles follow their video by name.
    pub pair: bool,
    /// All belong to this video.
    pub parent: Option<TransferId>,
    /// Language of the subtitles; told by their names when absent.
    pub language: Option<String>,
}

/// A file that went into the queue, or was there.
#[derive(Clone, Debug)]
pub struct Addition {
    /// As the person named it.
    pub path: PathBuf,
    /// What became of it.
    pub added: Added,
}

impl Addition {
    /// The transfer.
    pub fn id(&self) -> TransferId {
        self.added.id()
    }
}

impl App {
    /// Looks at what was dropped or chosen. Answers after a glance; [`App::scan`] tells how a long scan goes on.
    pub async fn offer(&self, paths: Vec<PathBuf>) -> Offer {
        let id = (self.edge.id)().to_string();
        let mut heard = self.staging.open(id, paths);
        let whole = heard.wait_for(|offer| !offer.scanning);
        // Not whole after a glance: what there is so far is shown.
        let _ = tokio::time::timeout(GLANCE, whole).await.map(|seen| seen.map(|_| ()));
        heard.borrow().clone()
    }

    /// How the scan of an offer goes on; none when it is not open.
    pub fn scan(&self, offer: &str) -> Option<watch::Receiver<Offer>> {
        self.staging.listen(offer)
    }

    /// An offer is not wanted.
    pub fn drop_offer(&self, offer: &str) {
        self.staging.drop_offer(offer);
    }

    /// An offer becomes transfers of the active profile, when its scan is over.
    pub async fn add_offer(
        &self,
        offer: &str,
        start: bool,
        attach_to: Option<TransferId>,
    ) -> Result<api::Added, Error> {
        let account = self.active()?;
        let mut walk = self.staging.take(offer).await?;
        if attach_to.is_some() {
            // Dropped on its video: that is asking for it.
            walk.insist();
        }
        let wanted = Wanted {
            account,
            kind: None,
            language: None,
            about: About::default(),
            wait: self.settings().wait,
            start,
            again: Again::Ask,
            pair: attach_to.is_none(),
            parent: attach_to,
        };
        let added = self.add_walk(&walk, &wanted, &[]).await?;
        let (left_out, more) = walk.unusable();
        let omitted = walk.omitted();
        let apart = if wanted.pair { walk.apart() } else { Vec::new() };
        // The same file named twice is one.
        let mut ids: Vec<TransferId> = added.iter().map(Addition::id).collect();
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(*id));
        Ok(api::Added { ids, left_out, more, omitted, apart })
    }

    /// What a walk found becomes transfers, videos before what follows them. `covers` are given to the first video.
    pub async fn add_walk(
        &self,
        walk: &Walk,
        wanted: &Wanted,
        covers: &[Found],
    ) -> Result<Vec<Addition>, Error> {
        // Without its secret the transfers are held; the queue takes them all the same.
        let _ = self.sign_in(&wanted.account).await;
        let mut groups = walk.groups(wanted.pair && wanted.kind.is_none());
        if let Some(first) = groups.first_mut() {
            first.attached.extend(covers.iter().map(|cover| (cover.clone(), None)));
        }
        let mains = groups
            .iter()
            .map(|group| App::ask(&group.main, wanted, wanted.kind, None))
            .collect::<Result<_, _>>()?;
        let mains = self.engine.add(mains).await.map_err(refused)?;
        let mut additions = Vec::new();
        for (Group { main, attached, .. }, added) in groups.into_iter().zip(mains) {
            let parent = added.id();
            additions.push(Addition { path: main.path, added });
            let bare = Wanted { about: About::default(), parent: Some(parent), ..wanted.clone() };
            let asks = attached
                .iter()
                .map(|(found, said)| App::ask(found, &bare, Some(found.look.kind), said.clone()))
                .collect::<Result<Vec<_>, _>>()?;
            if !asks.is_empty() {
                let added = self.engine.add(asks).await.map_err(refused)?;
                let paths = attached.into_iter().map(|(found, _)| found.path);
                additions.extend(paths.zip(added).map(|(path, added)| Addition { path, added }));
            }
        }
        Ok(additions)
    }

    /// `said` is the language that the name of a subtitle says; what was asked for wins over it.
    fn ask(
        found: &Found,
        wanted: &Wanted,
        kind: Option<Kind>,
        said: Option<String>,
    ) -> Result<Ask, Error> {
        let path = std::path::absolute(&found.path)
            .map_err(|source| Error::Read { path: found.path.clone(), source })?;
        Ok(Ask {
            path,
            account: wanted.account.clone(),
            kind,
            about: wanted.about.clone(),
            parent: wanted.parent,
            wait: wanted.wait,
            start: wanted.start,
            again: wanted.again,
            language: wanted.language.clone().or(said),
            seen: Some(Seen { source: found.look.source, fingerprint: found.look.fingerprint }),
        })
    }

    /// One file with the pair it was sent.
    pub async fn add_pair(
        &self,
        offer: &str,
        address: &str,
        auth: &str,
    ) -> Result<TransferId, Error> {
        self.passable()?;
        let grant = grant(address, auth)?;
        let walk = self.staging.take(offer).await?;
        let wanted = Wanted {
            account: self.accounts.choose(None)?.unwrap_or_default(),
            kind: None,
            language: None,
            about: About::default(),
            wait: Wait::Stored,
            start: true,
            again: Again::Send,
            pair: false,
            parent: None,
        };
        let Some(found) = walk.found.first() else {
            let fault = walk.refused.first().map(|refused| FaultView::from(&refused.fault));
            return Err(fault.map_or(Error::NoOffer, |fault| Error::Fault(Box::new(fault))));
        };
        self.add_with_grant(found, &wanted, grant).await
    }

    /// One file with a grant.
    pub async fn add_with_grant(
        &self,
        found: &Found,
        wanted: &Wanted,
        grant: Grant,
    ) -> Result<TransferId, Error> {
        let ask = App::ask(found, wanted, wanted.kind, None)?;
        self.engine.add_pair(ask, grant).await.ok_or(Error::NoOffer)
    }

    /// A fresh pair for a file whose pair has ended.
    pub async fn give_pair(&self, id: TransferId, address: &str, auth: &str) -> Result<(), Error> {
        self.passable()?;
        let given = self.engine.give_pair(id, grant(address, auth)?).await;
        given.map_err(|fault| Error::Fault(Box::new(FaultView::from(&fault))))
    }

    /// Run, pause, cancel or start over.
    pub async fn command(
        &self,
        ids: &[TransferId],
        command: machine::Command,
    ) -> Result<(), Error> {
        self.engine.command(ids, command).await;
        Ok(())
    }

    /// Takes a cancel back.
    pub async fn uncancel(&self, ids: &[TransferId]) -> Result<(), Error> {
        self.engine.uncancel(ids).await;
        Ok(())
    }

    /// Out of the list; what runs is cancelled.
    pub async fn remove(&self, ids: &[TransferId]) -> Result<(), Error> {
        self.engine.remove(ids).await;
        Ok(())
    }

    /// Back into the list.
    pub async fn restore(&self, ids: &[TransferId]) -> Result<(), Error> {
        self.engine.restore(ids).await;
        Ok(())
    }

    /// To the front of the line.
    pub async fn next(&self, ids: &[TransferId]) -> Result<(), Error> {
        self.engine.next(ids).await;
        Ok(())
    }

    /// Before another one, or to the end.
    pub async fn reorder(
        &self,
        ids: &[TransferId],
        before: Option<TransferId>,
    ) -> Result<(), Error> {
        self.engine.reorder(ids, before).await;
        Ok(())
    }

    /// Gives covers and subtitles to a video, or takes them from it.
    pub async fn attach(
        &self,
        ids: &[TransferId],
        parent: Option<TransferId>,
    ) -> Result<(), Error> {
        self.engine.attach(ids, parent).await;
        Ok(())
    }

    /// The user says what a file is, or leaves it to its content again.
    pub async fn set_kind(&self, id: TransferId, kind: Option<Kind>) -> Result<(), Error> {
        self.engine.set_kind(id, kind).await;
        Ok(())
    }

    /// It looks the same as another, or unfinished, and is wanted all the same.
    pub async fn send_anyway(&self, id: TransferId) -> Result<(), Error> {
        self.engine.send_anyway(id).await;
        Ok(())
    }

    /// Where a moved file is now.
    pub async fn locate(&self, id: TransferId, path: PathBuf) -> Result<(), Error> {
        self.engine.locate(id, path).await;
        Ok(())
    }

    /// Rests and holds end now.
    pub async fn check_now(&self) -> Result<(), Error> {
        self.engine.check_now().await;
        Ok(())
    }

    /// Frames come seldom while nobody looks.
    pub async fn visible(&self, visible: bool) {
        self.engine.visible(visible).await;
    }

    /// Frames of this transfer come faster and with its whole map of parts.
    pub async fn inspect(&self, id: Option<TransferId>) {
        self.engine.inspect(id).await;
    }

    /// Everything holds still that can.
    pub async fn pause_all(&self) -> Result<(), Error> {
        let ids = self.able(|can| can.pause).await;
        self.command(&ids, machine::Command::Pause).await
    }

    /// Everything that holds still goes on.
    pub async fn resume_all(&self) -> Result<(), Error> {
        let ids = self.able(|can| can.resume).await;
        self.command(&ids, machine::Command::Run).await
    }

    async fn able(&self, able: impl Fn(Can) -> bool) -> Vec<TransferId> {
        let rows = self.engine.rows().await;
        rows.iter().filter(|row| able(row.can)).map(|row| row.id).collect()
    }

    /// Files of the history, once more.
    pub async fn history_again(&self, ids: &[TransferId]) -> Result<Vec<TransferId>, Error> {
        let mut asks = Vec::new();
        for id in ids {
            let transfer = self.transfer(*id).await?;
            asks.push(Ask {
                path: transfer.path,
                account: transfer.account,
                kind: transfer.forced_kind.then_some(transfer.kind),
                about: transfer.about,
                parent: None,
                wait: transfer.wait,
                start: true,
                again: Again::Send,
                language: transfer.language,
                seen: None,
            });
        }
        let mut names: Vec<&str> = asks.iter().map(|ask| ask.account.as_str()).collect();
        names.dedup();
        for name in names {
            // What keeps the account out is told by its transfers, which are held.
            let _ = self.sign_in(name).await;
        }
        let added = self.engine.add(asks).await.map_err(refused)?;
        Ok(added.iter().map(Added::id).collect())
    }

    /// Changes title and the rest of several; what the patch does not name stays.
    pub async fn edit(&self, ids: &[TransferId], patch: AboutPatch) -> Result<(), Error> {
        self.engine.edit(ids, patch).await;
        Ok(())
    }

    /// The sample clip goes into the queue of the sandbox.
    pub async fn trial_sample(&self) -> Result<TransferId, Error> {
        let path = Trial::sample(&self.folders.data)?;
        let walk = Walk::of(&[path], None, &mut |_| true);
        let wanted = Wanted {
            account: trial::NAME.to_owned(),
            language: None,
            kind: None,
            about: About::default(),
            wait: self.settings().wait,
            start: true,
            again: Again::Send,
            pair: false,
            parent: None,
        };
        let added = self.add_walk(&walk, &wanted, &[]).await?;
        added.first().map(Addition::id).ok_or(Error::NoOffer)
    }

    /// The profile that new files go to.
    pub(crate) fn active(&self) -> Result<String, Error> {
        self.accounts.choose(None)?.ok_or_else(|| Error::fault(Code::KeyNone, &[]))
    }
}

/// Nothing comes in while the journal cannot be used.
#[expect(clippy::needless_pass_by_value, reason = "maps an error")]
fn refused(fault: Fault) -> Error {
    Error::Fault(Box::new(FaultView::from(&fault)))
}

/// Decodes a pasted pair, as strictly as an upload needs it.
pub fn grant(address: &str, auth: &str) -> Result<Grant, Error> {
    Grant::decode(address, auth).map_err(|error| {
        // Which half is to blame decides what the person is told.
        let field = if vodlift_cloud::grant::decode_address(address).is_err() {
            "UploadAddress"
        } else {
            "UploadAuth"
        };
        match error {
            DecodeError::Base64 => Error::fault(Code::CredBase64, &[("field", field)]),
            DecodeError::Json => Error::fault(Code::CredJson, &[("field", field)]),
            DecodeError::Field { name } => {
                Error::fault(Code::CredField, &[("field", field), ("name", name)])
            }
            DecodeError::Endpoint => {
                Error::fault(Code::CredField, &[("field", field), ("name", "Endpoint")])
            }
            DecodeError::Swapped => Error::fault(Code::CredSwapped, &[("field", field)]),
        }
    })
}

/// Same folder, as it is shown to people.
pub(crate) fn folder(path: &Path) -> String {
    path.parent().unwrap_or(path).to_string_lossy().into_owned()
}
