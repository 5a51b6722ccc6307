//! `cargo xtask run | test [RING…] | package | setup`: installs what is missing, then calls the ordinary tools. Knows how the
//! repository is built; nothing of uploads. Standard library only, so that it is there in seconds.
#![expect(clippy::print_stdout, reason = "it talks to a person at a terminal")]
#![expect(clippy::disallowed_methods, reason = "the environment is what it is about")]

mod package;
mod run;
mod setup;
mod shell;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask run           install what is missing, build, and open the window on the sandbox
                          (without a display: the same trip by the command line)
cargo xtask test [RING…]  install what is missing and run every ring, or those named:
                          fmt page screens clippy unit fuzz shell interop keyring e2e
cargo xtask package       install what is missing and build the packages of this system, window and command line in one
cargo xtask setup         only install what is missing";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    shell::enter_root();
    shell::share_cache();
    let outcome = match command.as_str() {
        "run" => run::run(),
        "test" => test::test(&rest),
        "package" => package::package(),
        "setup" => setup::build()
            .and_then(|()| setup::window())
            .and_then(|()| setup::screens())
            .and_then(|()| setup::page()),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("{words}");
            ExitCode::FAILURE
        }
    }
}
