//! Files come in: whether one is known already and the row of one that is not are one transaction, so that two processes
//! can never both take a file for new.

use rusqlite::{Connection, TransactionBehavior, params};

use super::quarantine::Quarantine;
use super::{Change, Journal, JournalError, write};
use crate::model::{Again, Kind, Line, Transfer, TransferId};

/// A file that is to be added.
pub(crate) struct New {
    /// The transfer it becomes if it is not known.
    pub transfer: Transfer,
    /// What becomes of it when it is known.
    pub again: Again,
    /// The user said which kind it is: of another kind it is another file.
    pub kind: Option<Kind>,
    /// Transfers of other content, whatever their fingerprint says.
    pub other: Vec<TransferId>,
    /// First of its timeline.
    pub line: Line,
}

/// What became of it.
pub(crate) enum Entered {
    /// A new transfer; the one it looks the same as waits for a decision.
    New(Box<Transfer>, Option<Box<Transfer>>),
    /// This one goes on, or is over.
    Known(Box<Transfer>),
}

impl Journal {
    /// Adds those that are not known. All or none.
    pub(crate) async fn add(&self, files: Vec<New>) -> Result<Vec<Entered>, JournalError> {
        let quarantine = self.quarantine.clone();
        self.ask(move |connection| {
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let entered = files
                .into_iter()
                .map(|new| enter(&quarantine, &transaction, new))
                .collect::<rusqlite::Result<Vec<_>>>()?;
            transaction.commit()?;
            Ok(entered)
        })
        .await
    }

    /// For each account, fingerprint and video it belongs to: the transfers of that content, those of the same path first.
    pub(crate) async fn same(
        &self,
        wanted: Vec<(String, u64, String, Option<TransferId>)>,
    ) -> Result<Vec<Vec<Transfer>>, JournalError> {
        let quarantine = self.quarantine.clone();
        self.ask(move |connection| {
            wanted
                .iter()
                .map(|(account, print, path, parent)| {
                    candidates(&quarantine, connection, account, *print, path, *parent)
                })
                .collect()
        })
        .await
    }
}

fn enter(quarantine: &Quarantine, connection: &Connection, new: New) -> rusqlite::Result<Entered> {
    let New { transfer: mut t, again, kind, other, line } = new;
    let mut same = match (again, t.fingerprint) {
        (Again::Continue | Again::Ask, Some(print)) => candidates(
            quarantine,
            connection,
            &t.account,
            print,
            &crate::paths::to_text(&t.path),
            t.parent,
        )?,
        (Again::Send, _) => vec![],
        // Its drive does not answer: of an unfinished one the path has to do.
        (Again::Continue | Again::Ask, None) => quarantine.transfers(
            connection,
            "WHERE path = ?1 AND account = ?2 AND parent IS ?3 AND shown = 1 AND wish <> 'cancel'
             AND phase NOT IN ('settled', 'discarded') ORDER BY id DESC LIMIT 20",
            params![
                crate::paths::to_text(&t.path),
                t.account,
                t.parent.map(|parent| parent.0.to_string())
            ],
        )?,
    };
    same.retain(|one| kind.is_none_or(|kind| kind == one.kind) && !other.contains(&one.id));
    if again == Again::Ask {
        same.retain(|one| one.same_as.is_none());
    }
    let same = same.into_iter().next().map(Box::new);
    let (known, twin) = match again {
        Again::Continue => (same, None),
        // What belongs to a video is sent with every video it is dropped with.
        Again::Ask => (None, same.filter(|_| t.parent.is_none())),
        Again::Send => (None, None),
    };
    if let Some(known) = known {
        return Ok(Entered::Known(known));
    }
    t.same_as = twin.as_ref().map(|twin| twin.id);
    write(connection, &Change::Transfer(Box::new(t.clone())))?;
    write(connection, &Change::Line(t.id, line))?;
    Ok(Entered::New(Box::new(t), twin))
}

fn candidates(
    quarantine: &Quarantine,
    connection: &Connection,
    account: &str,
    print: u64,
    path: &str,
    parent: Option<TransferId>,
) -> rusqlite::Result<Vec<Transfer>> {
    const OPEN_OR_DONE: &str = "parent IS ?3 AND phase <> 'discarded' AND wish <> 'cancel' AND (shown = 1 OR phase = 'settled')";
    let parent = parent.map(|parent| parent.0.to_string());
    let by_content = format!(
        "WHERE fingerprint = ?1 AND account = ?2 AND {OPEN_OR_DONE} ORDER BY id DESC LIMIT 20"
    );
    let mut found = quarantine.transfers(
        connection,
        &by_content,
        params![print.to_string(), account, parent],
    )?;
    // Of one that was never looked at only the path is known.
    let by_path = format!(
        "WHERE path = ?1 AND account = ?2 AND fingerprint IS NULL AND {OPEN_OR_DONE} ORDER BY id DESC LIMIT 20"
    );
    found.extend(quarantine.transfers(connection, &by_path, params![path, account, parent])?);
    found.sort_by_key(|one| crate::paths::to_text(&one.path) != path);
    Ok(found)
}
