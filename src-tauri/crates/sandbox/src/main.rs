//! `vodlift-sandbox`: the pretend cloud as a program. Knows nothing but its arguments.

use std::process::ExitCode;

use clap::Parser;

/// A pretend ApsaraVideo VOD and OSS on this machine, with weather.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    args: vodlift_sandbox::Args,
}

#[tokio::main]
async fn main() -> ExitCode {
    match vodlift_sandbox::run(Cli::parse().args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vodlift-sandbox: {error}");
            // Wrong usage or configuration, as with the command line.
            ExitCode::from(2)
        }
    }
}
