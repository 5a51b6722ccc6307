//! What an upload is: facts, the machine that moves them, the journal that keeps them, the workers that make them.
//!
//! `model`, `fault`, `remark`, `view`: plain data. `machine`: the only place a transfer's state changes. `media`, `plan`, `pairing`,
//! `paths`, `text`, `source_identity`: files, names and words. `journal`, `rows`: what survives. `dispatcher`, `orders`, `queue`,
//! `frames`: the one task that owns everything. `file_io`: files on drives that may hang. `verbs`, `pump`, `lease`: the workers, and
//! with `fault` the only ones that know the cloud.

pub mod config;
mod dispatcher;
mod engine;
pub mod fault;
mod file_io;
mod frames;
pub mod journal;
pub mod lease;
pub mod machine;
pub mod media;
pub mod meter;
pub mod model;
mod orders;
mod pace;
pub mod pairing;
pub mod paths;
pub mod plan;
pub mod private;
mod pump;
mod queue;
pub mod remark;
mod rows;
pub mod source_identity;
pub mod text;
mod verbs;
pub mod view;
mod work;

pub use config::{Config, Edge, Limit, Period, Poll, Rest, Scope};
pub use engine::{Engine, StartError};
pub use journal::{HistoryPage, HistoryQuery};
pub use lease::{Account, Issuer};
pub use machine::Command;
pub use orders::{AboutPatch, Added};
pub use verbs::Client;
