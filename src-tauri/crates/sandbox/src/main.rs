//! `vodlift-sandbox`: the pretend cloud as a program. Knows nothing but its arguments.

use clap::Parser;

/// A pretend ApsaraVideo VOD and OSS on this machine, with weather.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    args: vodlift_sandbox::Args,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    vodlift_sandbox::run(Cli::parse().args).await
}
