//! What can go wrong outside an upload, and its face for people: always a code with facts. Knows no language.

use std::path::PathBuf;

use vodlift_engine::fault::Code;
use vodlift_engine::view::FaultView;

use crate::flaw::Flaw;
use crate::words::{self, Language};

/// Why a field is not accepted. Both words are the ends of keys in the catalogues: `field.<field>`, `reason.<reason>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// Name of the field, as the file has it.
    pub field: &'static str,
    /// `empty`, `long`, `characters`, `address`, `https`, `region`, `range`, `used`.
    pub reason: &'static str,
}

impl From<Unfit> for Error {
    fn from(unfit: Unfit) -> Error {
        Error::Unfit(unfit)
    }
}

/// A failure of the app itself: its files, its profiles, its engine.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The platform names no home for this user.
    #[error("find the folders of this user")]
    NoHome,
    /// A file cannot be read.
    #[error("read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of ours says something we do not understand. It is left as it is.
    #[error("understand {}, line {line}: {what}", path.display())]
    Broken {
        /// Which.
        path: PathBuf,
        /// From 1; 0 when no line is to blame.
        line: usize,
        /// What the parser says. Never a secret: these files hold none.
        what: String,
    },
    /// A file of the configuration says something that is not followed, at one place. It is left as it is.
    #[error("understand {}, line {}: {} ({})", path.display(), flaw.line, flaw.key, flaw.reason)]
    Flawed {
        /// Which.
        path: PathBuf,
        /// What.
        flaw: Flaw,
    },
    /// No profile of this name.
    #[error("find the profile {name}")]
    NoProfile {
        /// The name.
        name: String,
    },
    /// The name is taken.
    #[error("name a second profile {name}")]
    TakenName {
        /// The name.
        name: String,
    },
    /// No offer of this id: it was dropped, added already, or never made.
    #[error("find the offer")]
    NoOffer,
    /// The engine cannot start.
    #[error("start the engine")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The trial's cloud cannot start.
    #[error("start the sandbox")]
    Sandbox(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A field of a profile or of the settings is not accepted.
    #[error("accept {}: {}", .0.field, .0.reason)]
    Unfit(Unfit),
    /// Something people already have a sentence for.
    #[error("{}", .0.code.as_str())]
    Fault(Box<FaultView>),
}

impl Error {
    /// A fault with facts.
    pub fn fault(code: Code, facts: &[(&str, &str)]) -> Error {
        Error::Fault(Box::new(fault(code, facts)))
    }

    /// What people are shown.
    pub fn view(&self, language: Language) -> FaultView {
        match self {
            Error::Unfit(unfit) => {
                let field = words::t(language, &format!("field.{}", unfit.field), &[]);
                let reason = words::t(language, &format!("reason.{}", unfit.reason), &[]);
                fault(Code::ReqMeta, &[("field", &field), ("reason", &reason)])
            }
            Error::Fault(view) => (**view).clone(),
            Error::Flawed { path, flaw } => flaw.view(path, language),
            Error::Write { path, source } if source.kind() == std::io::ErrorKind::StorageFull => {
                fault(Code::DiskFull, &[("path", &path.to_string_lossy())])
            }
            Error::NoHome
            | Error::Read { .. }
            | Error::Write { .. }
            | Error::Broken { .. }
            | Error::NoProfile { .. }
            | Error::TakenName { .. }
            | Error::NoOffer
            | Error::Engine(_)
            | Error::Sandbox(_) => fault(Code::Unknown, &[("code", &self.chain())]),
        }
    }

    /// The act and every cause behind it, in one line.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}

/// A fault with facts and nothing of the cloud's.
pub fn fault(code: Code, facts: &[(&str, &str)]) -> FaultView {
    FaultView {
        code,
        facts: facts
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        operation: None,
        cloud_code: None,
        cloud_message: None,
        request_id: None,
    }
}

/// The line, from 1, of a place in a text.
pub(crate) fn line_of(text: &str, at: Option<usize>) -> usize {
    at.map_or(0, |at| text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1)
}
