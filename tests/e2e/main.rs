//! The built window from outside: a real display, a real pointer, a real keyring, and bytes compared at the other end.

mod desktop;
mod files;
mod journeys;
mod page;
mod stage;
