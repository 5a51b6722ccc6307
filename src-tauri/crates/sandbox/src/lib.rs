//! A pretend ApsaraVideo VOD and OSS on loopback, with weather. Knows the documents of the cloud and the
//! signatures of `vodlift-sign`; knows nothing of Vodlift's own client and engine, so that the two
//! cannot be wrong together.
//!
//! ```no_run
//! # async fn story() -> std::io::Result<()> {
//! use vodlift_sandbox::{Options, Sandbox};
//! let cloud = Sandbox::start(Options::quick()).await?;
//! cloud.weather("part 3 cut after 64 KiB ×1".parse().expect("weather"));
//! // … upload to cloud.endpoint() with cloud.key() …
//! assert_eq!(cloud.orphans().len(), 0);
//! cloud.stop().await;
//! # Ok(())
//! # }
//! ```

mod account;
mod clock;
mod codes;
mod content;
mod cors;
mod gate;
mod handle;
mod inlet;
mod ledger;
mod life;
mod limits;
mod line;
mod mishap;
mod oss;
mod reply;
mod run;
mod server;
mod store;
mod unverified;
mod vod;
mod weather;

use std::path::PathBuf;
use std::time::Duration;

pub use account::{AccountState, StorageState, VodState};
pub use codes::{Code, Source, codes};
pub use handle::{Handle, MediaFacts, ObjectFacts, Orphan};
pub use ledger::{Request, Requests};
pub use life::{Kind, Status, Steps};
pub use run::{Args, Behaviour, run};
pub use unverified::Unverified;
pub use weather::{Unreadable, Weather};

/// How a sandbox behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port on 127.0.0.1. `None`: the one of last time if the data folder knows it and it is free,
    /// else any.
    pub port: Option<u16>,
    /// The address it hands out for objects, when something stands before it that speaks TLS or can be cut. `None`: its
    /// own.
    pub address: Option<String>,
    /// Folder for finished objects and everything that is to survive a restart. `None`: a temporary
    /// folder, deleted in the end.
    pub data: Option<PathBuf>,
    /// How long an upload credential lives. VOD: 3,000 s.
    pub expire: Duration,
    /// How long the cloud thinks before it answers anything.
    pub think: Duration,
    /// How media ripen once their bytes are there.
    pub steps: Steps,
    /// What goes wrong.
    pub weather: Weather,
    /// In which state the account is.
    pub account: AccountState,
    /// Facts no source settles that are answered in the less likely way.
    pub other: Vec<Unverified>,
    /// Every number in an answer of VOD is text. Seen of single fields in the wild, never of all.
    pub numbers_as_text: bool,
    /// A file that is no film ends as TranscodeFail, as it does with VOD.
    pub check_content: bool,
    /// More calls a second than VOD takes are answered with Throttling.User.
    pub limits: bool,
}

impl Options {
    /// As the service: credentials of 3,000 s, media that ripen in a few seconds and must be films, a limit of calls.
    /// The command line and the window use this one.
    pub fn human() -> Self {
        Self {
            port: None,
            address: None,
            data: None,
            expire: Duration::from_mins(50),
            think: Duration::ZERO,
            steps: Steps::human(),
            weather: Weather::fair(),
            account: AccountState::default(),
            other: Vec::new(),
            numbers_as_text: false,
            check_content: true,
            limits: true,
        }
    }

    /// For tests about bytes: as [`Options::human`], but any bytes become a video that is Normal as soon as it is
    /// stored, calls are not counted, and the account has a domain name.
    pub fn quick() -> Self {
        let account = AccountState { domain: true, ..AccountState::default() };
        let steps = Steps::instant();
        Self { steps, account, check_content: false, limits: false, ..Self::human() }
    }
}

/// Where sandboxes come from.
pub struct Sandbox;
