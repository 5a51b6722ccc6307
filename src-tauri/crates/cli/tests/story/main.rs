//! The built `vodlift-cli` against a sandbox: what outside programs rely on.

mod profile;
mod upload;
mod world;
