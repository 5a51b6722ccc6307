//! The rules of the pretend cloud, each at least once, over real sockets and with its own small client.

#![expect(clippy::unwrap_used, reason = "a test ends where something is wrong")]

mod client;
mod oss;
mod restart;
mod signatures;
mod strict;
mod vod;
mod weather;
