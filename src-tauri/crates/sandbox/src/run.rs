//! The sandbox as a program in the foreground. Knows arguments and standard output; knows no rule of the cloud.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use crate::{AccountState, Options, Sandbox, Unverified, Weather};

/// Arguments of `vodlift-sandbox`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// How it behaves.
    #[command(flatten)]
    pub behaviour: Behaviour,
    /// One JSON line instead of words
    #[arg(long)]
    pub json: bool,
}

/// Arguments that `vodlift-sandbox` and `vodlift-cli sandbox` share.
#[derive(Clone, Debug, clap::Args)]
pub struct Behaviour {
    /// Port on 127.0.0.1 (default: the one of last time in this data folder, else any)
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,
    /// Folder for the uploaded files and everything that is to survive a restart
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// How long an upload credential lives
    #[arg(long, value_name = "SECONDS", default_value_t = 3000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub expire: u64,
    /// File of rules for what goes wrong
    #[arg(long, value_name = "FILE", alias = "faults")]
    pub weather: Option<PathBuf>,
    /// State of the account: suspended, not-opened, no-bucket, in-debt and others; may be repeated
    #[arg(long, value_name = "STATE", value_parser = account_state)]
    pub account: Vec<String>,
    /// The only actions the key may call, comma-separated, as a RAM policy names them
    #[arg(long, value_name = "ACTIONS", value_delimiter = ',')]
    pub allow: Option<Vec<String>>,
    /// Answer a fact that no source settles in the less likely way; may be repeated
    #[arg(long, value_name = "FACT", value_parser = unverified)]
    pub other: Vec<Unverified>,
    /// Write every number in an answer as text
    #[arg(long)]
    pub numbers_as_text: bool,
    /// Take any bytes for a film and process nothing
    #[arg(long)]
    pub quick: bool,
    /// Address handed out for the objects, when something stands before the sandbox (default: its own)
    #[arg(long, value_name = "URL")]
    pub address: Option<String>,
}

/// A word of [`AccountState::with`].
fn account_state(word: &str) -> Result<String, String> {
    match AccountState::default().with(word) {
        Some(_) => Ok(word.to_owned()),
        None => Err(format!("one of {}", AccountState::WORDS.join(", "))),
    }
}

/// A word of [`Unverified::from_word`].
fn unverified(word: &str) -> Result<Unverified, String> {
    Unverified::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = Unverified::ALL.iter().map(|fact| fact.word()).collect();
        format!("one of {}", words.join(", "))
    })
}

/// Runs until interrupted. Prints address and keys once it listens.
///
/// Errors if the port is taken, a folder cannot be used or the weather cannot be read.
pub async fn run(args: Args) -> io::Result<()> {
    let Args { behaviour: args, json } = args;
    let weather = match &args.weather {
        None => Weather::fair(),
        Some(file) => {
            let text = tokio::fs::read_to_string(file).await?;
            text.parse().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?
        }
    };
    let mut account = args
        .account
        .iter()
        .fold(AccountState::default(), |state, word| state.clone().with(word).unwrap_or(state));
    if let Some(actions) = &args.allow {
        account = account.only(actions.iter().map(String::as_str));
    }
    let options = if args.quick { Options::quick() } else { Options::human() };
    let sandbox = Sandbox::start(Options {
        port: args.port,
        data: args.data,
        expire: Duration::from_secs(args.expire),
        weather,
        account,
        other: args.other,
        numbers_as_text: args.numbers_as_text,
        address: args.address,
        ..options
    })
    .await?;
    let (endpoint, key) = (sandbox.endpoint(), sandbox.key());
    let text = if json {
        let line = serde_json::json!({
            "event": "sandbox",
            "endpoint": endpoint,
            "access_key_id": key.id,
            "access_key_secret": key.secret.expose(),
        });
        format!("{line}\n")
    } else {
        format!(
            "Pretend cloud on {endpoint}\n  AccessKey ID      {}\n  AccessKey secret  {}\n\
             Ctrl-C ends it.\n",
            key.id,
            key.secret.expose()
        )
    };
    // The keys are pretend ones, made for whoever reads this.
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    drop(out);
    if let Err(error) = written {
        sandbox.stop().await;
        // Whoever asked reads no more, so nobody can use it.
        return if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) };
    }
    told_to_end().await?;
    sandbox.stop().await;
    Ok(())
}

/// Resolves on Ctrl-C, and on a request to terminate: a temporary folder is not to stay behind.
async fn told_to_end() -> io::Result<()> {
    #[cfg(unix)]
    {
        let kind = tokio::signal::unix::SignalKind::terminate();
        let mut terminate = tokio::signal::unix::signal(kind)?;
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
