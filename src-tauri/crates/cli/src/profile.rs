//! `profile …`: accounts by the command line. Secrets come from a prompt or from standard input, never from an
//! argument.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use serde::Serialize;
use vodlift_app::accounts::Accounts;
use vodlift_app::api::{Profile, ProfileDraft, SecretState, Source};
use vodlift_app::error::Error;
use vodlift_app::{connection_test, profiles};

use crate::args;
use crate::voice::{FaultLine, Voice};

#[derive(Serialize)]
struct Line<'a> {
    event: &'a str,
    name: &'a str,
    region: &'a str,
    source: Source,
    access_key_id: Option<&'a str>,
    endpoint: Option<&'a str>,
    server: Option<&'a str>,
    active: bool,
    sandbox: bool,
    secret: SecretState,
    tested: bool,
}

#[derive(Serialize)]
struct CheckLine<'a> {
    event: &'a str,
    profile: &'a str,
    what: vodlift_app::api::CheckWhat,
    ok: bool,
    needed: bool,
    missing: &'a [String],
    figure: Option<i32>,
    fault: Option<FaultLine>,
}

pub(crate) async fn run(
    voice: Voice,
    accounts: &Accounts,
    network: connection_test::Network<'_>,
    command: args::Profile,
    asked: Option<&str>,
) -> Result<ExitCode, Error> {
    match command {
        args::Profile::Add { name, region, access_key_id, source, endpoint, server } => {
            let source = source.map_or_else(
                || if server.is_some() { Source::Server } else { Source::AccessKey },
                Source::from,
            );
            let mut draft = ProfileDraft {
                name,
                replaces: None,
                region,
                endpoint,
                source,
                access_key_id,
                access_key_secret: None,
                security_token: None,
                server,
                server_secret: None,
            };
            // What is wrong already is told before a secret is asked for.
            profiles::check(&draft, vodlift_app::REGIONS)?;
            read_secrets(voice, &mut draft)?;
            add(voice, accounts, &draft).await
        }
        args::Profile::List => {
            let all = accounts.list(voice.language);
            if all.is_empty() {
                voice.say("cli.noProfiles", &[]);
            }
            for profile in &all {
                list(voice, profile);
            }
            let flaws = accounts.flaws();
            for flaw in &flaws {
                crate::told(voice, flaw);
            }
            Ok(ExitCode::from(if flaws.is_empty() { 0 } else { 2 }))
        }
        args::Profile::Test { name } => {
            let Some(name) = accounts.choose(name.as_deref().or(asked))? else {
                voice.fail("cli.noProfile", &[]);
                return Ok(ExitCode::from(2));
            };
            test(voice, accounts, network, &name).await
        }
        args::Profile::Remove { name } => {
            let gone = accounts.forget(&name).await?;
            voice.say(if gone { "cli.removed" } else { "cli.removedLocked" }, &[("name", &name)]);
            Ok(ExitCode::SUCCESS)
        }
        args::Profile::Use { name } => {
            accounts.activate(&name)?;
            voice.say("cli.used", &[("name", &name)]);
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn add(voice: Voice, accounts: &Accounts, draft: &ProfileDraft) -> Result<ExitCode, Error> {
    let saved = accounts.save(draft, vodlift_app::REGIONS).await?;
    let given = [&draft.access_key_secret, &draft.security_token, &draft.server_secret];
    let secret = given.iter().any(|text| text.as_deref().is_some_and(|text| !text.is_empty()));
    if secret && saved.secret == SecretState::Memory {
        // This process ends here and its memory with it: a profile without its secret would only fail later.
        let locked = accounts.secrets.state() == vodlift_app::api::Keyring::Locked;
        accounts.forget(&saved.name).await?;
        voice.fail(if locked { "cli.lockedKeyring" } else { "cli.noKeyring" }, &[]);
        return Ok(ExitCode::from(2));
    }
    voice.say("cli.added", &[("name", &saved.name)]);
    list_json(voice, &saved);
    Ok(ExitCode::SUCCESS)
}

fn list(voice: Voice, profile: &Profile) {
    list_json(voice, profile);
    let mut text =
        format!("{}  {}  {}", profile.name, profile.region, profiles::source_text(profile.source));
    for more in [&profile.access_key_id, &profile.endpoint, &profile.server].into_iter().flatten() {
        text = format!("{text}  {more}");
    }
    if profile.active {
        text = format!("{text}  ({})", voice.words("cli.active", &[]));
    }
    voice.tell(&text);
}

fn list_json(voice: Voice, profile: &Profile) {
    voice.line(&Line {
        event: "profile",
        name: &profile.name,
        region: &profile.region,
        source: profile.source,
        access_key_id: profile.access_key_id.as_deref(),
        endpoint: profile.endpoint.as_deref(),
        server: profile.server.as_deref(),
        active: profile.active,
        sandbox: profile.sandbox,
        secret: profile.secret,
        tested: profile.tested,
    });
}

async fn test(
    voice: Voice,
    accounts: &Accounts,
    network: connection_test::Network<'_>,
    name: &str,
) -> Result<ExitCode, Error> {
    let checks = connection_test::saved(accounts, network, name).await?;
    for check in &checks {
        voice.line(&CheckLine {
            event: "check",
            profile: name,
            what: check.what,
            ok: check.ok,
            needed: check.needed,
            missing: &check.missing,
            figure: check.figure,
            fault: check.fault.as_ref().map(FaultLine::of),
        });
        let name = check.what.as_str();
        let what = voice.words(&format!("cli.check.{name}"), &[]);
        match &check.fault {
            None => voice.tell(&format!("{what}: {}", voice.words("cli.check.ok", &[]))),
            Some(_) if !check.missing.is_empty() => {
                let cost = voice.words(&format!("check.cost.{name}"), &[]);
                let missing = check.missing.join(", ");
                voice.tell(&voice.words(
                    "cli.check.missing",
                    &[("what", &what), ("actions", &missing), ("cost", &cost)],
                ));
            }
            Some(fault) => voice.fault(&what, fault),
        }
    }
    Ok(ExitCode::from(u8::from(!connection_test::passed(&checks))))
}

/// One secret a line: AccessKey Secret, then the STS token; or the secret of the server, which may be empty.
fn read_secrets(voice: Voice, draft: &mut ProfileDraft) -> Result<(), Error> {
    match draft.source {
        Source::AccessKey => draft.access_key_secret = Some(secret(voice, "cli.prompt.secret")?),
        Source::Sts => {
            draft.access_key_secret = Some(secret(voice, "cli.prompt.secret")?);
            draft.security_token = Some(secret(voice, "cli.prompt.token")?);
        }
        Source::Server => draft.server_secret = Some(secret(voice, "cli.prompt.server")?),
        Source::Environment => {}
    }
    Ok(())
}

fn secret(voice: Voice, prompt: &str) -> Result<String, Error> {
    let read = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(voice.words(prompt, &[]))
    } else {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    };
    read.map(|line| line.trim_end_matches(['\r', '\n']).to_owned())
        .map_err(|source| Error::Read { path: "-".into(), source })
}
