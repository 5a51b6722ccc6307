//! The cloud client over real sockets and against published vectors: one binary, many modules.
#![expect(clippy::unwrap_used, reason = "a test says so by panicking")]

mod oss;
mod round;
mod tls;
mod vectors;
mod vod;
mod way;
mod wire;
