//! The story from outside, one binary: an engine against the sandbox, and the rules of the house.

mod contract;
mod lifecycle;
mod resume;
mod tidy;
mod weather;
