//! The story from outside, one binary: an engine against the sandbox, and the rules of the house.

mod contract;
mod either;
mod evidence;
mod lifecycle;
mod matrix;
mod media;
mod resume;
mod secrets;
mod signing;
mod storm;
mod tidy;
mod weather;
