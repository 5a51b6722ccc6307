//! What the window and the command line share. Skeleton.
pub mod api;
