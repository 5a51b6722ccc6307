//! The rules of the pretend cloud, each at least once, over real sockets and with its own small client.

mod client;
mod oss;
mod restart;
mod signatures;
mod vod;
mod weather;
