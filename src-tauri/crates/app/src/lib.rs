//! What the window and the command line share: profiles, secrets, settings, folders, the trial and the engine of
//! one installation. Knows no window, no terminal and no rule of an upload.
pub mod accounts;
pub mod api;
pub mod decode;
pub mod edge;
pub mod error;
pub mod folders;
pub mod logs;
pub mod offers;
pub mod profiles;
pub mod secrets;
pub mod settings;
pub mod words;
