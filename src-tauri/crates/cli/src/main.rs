//! Vodlift without a window: arguments, JSON lines, progress bars, exit codes. Knows no rule of an upload.

mod args;
mod bars;
mod decode;
mod follow;
mod given;
mod lines;
mod one;
mod profile;
mod upload;
mod voice;

use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory as _, Parser as _};
use vodlift_app::accounts::Accounts;
use vodlift_app::api::Source;
use vodlift_app::edge::Edge;
use vodlift_app::error::Error;
use vodlift_app::folders::Folders;
use vodlift_app::plain::plain;
use vodlift_app::words::Language;
use vodlift_app::{
    App, Code, FaultView, SandboxArgs, Scope, Setup, connection_test, network, settings,
};

use crate::args::{Cli, Command};
use crate::voice::Voice;

/// Wrong usage or configuration.
const USAGE: u8 = 2;
/// Often enough that no phase of an ordinary upload is missed by a reader of the JSON lines.
const TICK: Duration = Duration::from_millis(50);

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let edge = Edge::system();
    let voice = Voice {
        json: cli.json,
        verbose: cli.verbose,
        quiet: cli.quiet,
        language: Language::of(&edge.locale()),
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(run(voice, &edge, cli));
            // A thread that waits for a person's answer to a prompt must not keep the process.
            runtime.shutdown_timeout(Duration::from_secs(1));
            outcome
        }
        Err(source) => Err(Error::Read { path: "runtime".into(), source }),
    };
    let code = outcome.unwrap_or_else(|error| {
        told(voice, &error);
        ExitCode::from(USAGE)
    });
    // An answer that did not get to where it was asked to go is none.
    match voice::lost() {
        Some(error) => {
            voice.fail("cli.failed", &[("what", &format!("write the answer: {error}"))]);
            ExitCode::FAILURE
        }
        None => code,
    }
}

/// Help, version, or what is wrong with the arguments. They may hold anything, so they are shown plain.
fn usage(error: &clap::Error) -> ExitCode {
    let shown = std::env::args_os().map(|arg| plain(&arg.to_string_lossy()).into_owned());
    let again = Cli::try_parse_from(shown).err();
    // Printing fails when nobody reads: the status tells all the same.
    let _ = again.as_ref().unwrap_or(error).print();
    ExitCode::from(if error.use_stderr() { USAGE } else { 0 })
}

async fn run(voice: Voice, edge: &Edge, cli: Cli) -> Result<ExitCode, Error> {
    let asked = cli.profile.as_deref();
    match cli.command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "vodlift-cli", &mut script);
            voice::out(&String::from_utf8_lossy(&script));
            Ok(ExitCode::SUCCESS)
        }
        Command::Decode { address, auth } => Ok(decode::run(voice, edge, address, auth)),
        Command::Sandbox(behaviour) => {
            let args = SandboxArgs { behaviour, json: cli.json };
            match vodlift_app::run_sandbox(args).await {
                Ok(()) => Ok(ExitCode::SUCCESS),
                Err(error) => Err(Error::Sandbox(Box::new(error))),
            }
        }
        Command::Profile { command } => {
            let folders = Folders::from_env(&*edge.env)?;
            folders.prepare();
            let accounts = Accounts::open(&folders, edge.clone())?;
            let settings = settings::File::open(folders.settings())?;
            if let (args::Profile::Test { .. }, Some(flaw)) = (&command, settings.flawed()) {
                return Err(flaw);
            }
            let client = network::client(&settings.settings, edge, &accounts.secrets).await;
            profile::run(
                voice,
                &accounts,
                connection_test::Network { client: &client },
                command,
                asked,
            )
            .await
        }
        Command::Upload(args) => {
            let limit = args.limit;
            let pair = match upload::pair(voice, &args) {
                Ok(pair) => pair,
                Err(code) => return Ok(code),
            };
            let pasted = pair.is_some();
            let app = open(voice, edge, limit).await?;
            let outcome = match account(voice, &app, asked, pasted).await? {
                Some(name) => upload::upload(voice, edge, &app, &name, *args, pair).await,
                None => Ok(ExitCode::from(USAGE)),
            };
            over(voice, &app, outcome).await
        }
        Command::Resume => {
            let app = open(voice, edge, None).await?;
            let outcome = match account(voice, &app, asked, false).await? {
                Some(name) => upload::resume(voice, &app, &name).await,
                None => Ok(ExitCode::from(USAGE)),
            };
            over(voice, &app, outcome).await
        }
        Command::StartOver { id, path } => {
            let app = open(voice, edge, None).await?;
            let outcome = one::start_over(voice, &app, asked, &id, path).await;
            over(voice, &app, outcome).await
        }
        Command::Drop { id } => {
            let app = open(voice, edge, None).await?;
            let outcome = one::take_out(voice, &app, asked, &id).await;
            over(voice, &app, outcome).await
        }
        Command::Status => {
            let app = open(voice, edge, None).await?;
            if let Some(name) = asked {
                app.accounts().choose(Some(name))?;
            }
            let outcome = upload::status(voice, &app, asked).await;
            over(voice, &app, outcome).await
        }
        Command::History { csv } => {
            let app = open(voice, edge, None).await?;
            let outcome = upload::history(voice, &app, csv).await;
            over(voice, &app, outcome).await
        }
    }
}

/// Stops what runs. An engine that has failed has answered with nothing: that is no success, whatever it looks like.
async fn over(
    voice: Voice,
    app: &App,
    outcome: Result<ExitCode, Error>,
) -> Result<ExitCode, Error> {
    let failed = !app.engine().is_running();
    app.stop().await;
    if failed {
        voice.fail("cli.lost", &[]);
        return Ok(ExitCode::FAILURE);
    }
    outcome
}

async fn open(voice: Voice, edge: &Edge, limit: Option<u64>) -> Result<App, Error> {
    let folders = Folders::from_env(&*edge.env)?;
    let file = folders.settings().to_string_lossy().into_owned();
    let setup = Setup { scope: Scope::Asked, limit, tick: TICK };
    let app = App::open_with(folders, edge.clone(), setup).await?;
    for ignored in app.ignored_settings() {
        voice.say("cli.ignored", &[("path", &file), ("key", &ignored.key)]);
    }
    // What is not used now may be all the same; what is used and cannot be ends this.
    for flaw in app.accounts().flaws().iter().chain(app.passable().err().iter()) {
        told(voice, flaw);
    }
    // Of a full disk hears who waits for something.
    if let Some(notice) = app.engine().notice() {
        let fact = |name| notice.facts.get(name).map_or("", String::as_str);
        if notice.code == Code::DbBroken {
            voice.fail("cli.copied", &[("path", fact("path")), ("n", fact("n"))]);
        } else if matches!(notice.code, Code::DbRows | Code::DbDamaged) {
            let text = vodlift_app::words::fault(voice.language, &FaultView::from(&notice));
            voice.fail("cli.line", &[("path", "vodlift-cli"), ("text", &text)]);
        }
    }
    Ok(app)
}

/// The account to work for, signed in. None: what is missing has been said. A pasted pair needs none.
async fn account(
    voice: Voice,
    app: &App,
    asked: Option<&str>,
    pasted: bool,
) -> Result<Option<String>, Error> {
    if let Err(flaw) = app.passable().and_then(|()| app.accounts().choose(asked).map(drop)) {
        // Said already when it was opened.
        return if matches!(flaw, Error::Flawed { .. }) { Ok(None) } else { Err(flaw) };
    }
    let Some(name) = app.accounts().choose(asked)? else {
        if pasted {
            return Ok(Some(String::new()));
        }
        voice.fail("cli.noProfile", &[]);
        return Ok(None);
    };
    match app.sign_in(&name).await {
        Ok(()) => Ok(Some(name)),
        Err(_) if pasted => Ok(Some(name)),
        Err(code) => {
            not_signed_in(voice, app, &name, code);
            Ok(None)
        }
    }
}

/// Says why an account cannot be used.
fn not_signed_in(voice: Voice, app: &App, name: &str, code: Code) {
    let stored = app.accounts().stored(name);
    let environment = stored.is_some_and(|stored| stored.source == Source::Environment);
    upload::account_fault(voice, name, code, environment);
}

/// Says what is wrong with the configuration.
fn told(voice: Voice, error: &Error) {
    match error {
        Error::NoProfile { name } => voice.fail("cli.unknownProfile", &[("name", name)]),
        Error::TakenName { name } => voice.fail("cli.taken", &[("name", name)]),
        Error::Broken { path, line, what } => {
            let (path, line) = (path.to_string_lossy(), line.to_string());
            let key = if line == "0" { "cli.brokenFile" } else { "cli.broken" };
            voice.fail(key, &[("path", &path), ("line", &line), ("what", what)]);
        }
        Error::Flawed { path, flaw } => {
            let (path, line) = (path.to_string_lossy(), flaw.line.to_string());
            let what = flaw.words(voice.language);
            voice.fail("cli.broken", &[("path", &path), ("line", &line), ("what", &what)]);
        }
        Error::Fault(_) | Error::Unfit(_) => {
            let text = vodlift_app::words::fault(voice.language, &error.view(voice.language));
            voice.fail("cli.line", &[("path", "vodlift-cli"), ("text", &text)]);
        }
        Error::NoHome
        | Error::Read { .. }
        | Error::Write { .. }
        | Error::NoOffer
        | Error::Engine(_)
        | Error::Sandbox(_) => voice.fail("cli.failed", &[("what", &error.chain())]),
    }
}
