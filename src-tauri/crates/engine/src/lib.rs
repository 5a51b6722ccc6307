//! What an upload is. Skeleton: see the modules.
pub mod fault;
pub mod model;
pub mod view;
