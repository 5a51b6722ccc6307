//! The built `vodlift-cli` against a sandbox: what outside programs rely on.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[cfg(target_os = "linux")]
mod disk;
mod journal;
mod media;
mod profile;
mod secrets;
mod terminal;
mod two;
mod upload;
mod words;
mod world;
