//! The program. Knows nothing but `vodlift::run`.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    vodlift::run()
}
