//! What an upload is: facts, the machine that moves them, the journal that keeps them, the workers that make them.
pub mod bundle;
pub mod fault;
pub mod journal;
pub mod machine;
pub mod model;
pub mod plan;
mod rows;
pub mod view;
