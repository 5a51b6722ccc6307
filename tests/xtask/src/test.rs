//! The rings, from style to the driven window. Knows which tool runs each ring; nothing of what they test.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::setup;
use crate::shell::{Outcome, cargo, command, listen, npm, program};

/// A ring's name and how it is run; it answers with what its runners said.
type Ring = (&'static str, fn(&mut Said) -> Outcome);

const RINGS: &[Ring] = &[
    ("fmt", |said| {
        setup::components()?;
        said.run(cargo().args(["fmt", "--all", "--check"]))
    }),
    ("page", |said| {
        setup::page()?;
        said.run(npm().args(["run", "lint"]))?;
        said.run(npm().args(["run", "check"]))?;
        said.run(npm().args(["run", "test"]))?;
        said.run(npm().args(["run", "build"]))
    }),
    ("screens", |said| {
        if !cfg!(target_os = "linux") {
            said.lines.push("skipped: letters are drawn in another way here".into());
            return Ok(());
        }
        setup::screens()?;
        setup::page()?;
        said.run(npm().args(["run", "scenes"]))?;
        said.run(npm().args(["run", "calm"]))?;
        said.run(npm().args(["run", "keys"]))?;
        said.run(npm().args(["run", "slots"]))
    }),
    ("clippy", |said| {
        setup::components()?;
        setup::build()?;
        let lint = ["clippy", "--quiet", "--workspace", "--all-targets", "--all-features"];
        said.run(cargo().args(lint).args(["--", "-D", "warnings"]).env("VODLIFT_SKIP_UI", "1"))?;
        windows(said)
    }),
    ("unit", |said| {
        setup::unit()?;
        said.run(cargo().arg("test"))
    }),
    ("fuzz", |said| {
        if cfg!(windows) {
            said.lines.push("skipped: fuzzing is run on Linux and macOS".into());
            return Ok(());
        }
        setup::build()?;
        said.run(&mut command("tests/fuzz/run.sh"))
    }),
    ("shell", |said| {
        setup::build()?;
        setup::page()?;
        said.run(cargo().args([
            "build",
            "-p",
            "vodlift",
            "-p",
            "vodlift-cli",
            "-p",
            "vodlift-sandbox",
        ]))?;
        said.run(cargo().args(["test", "-p", "vodlift"]))
    }),
    ("interop", |said| {
        setup::interop()?;
        said.run(cargo().args(["build", "-p", "vodlift-cli", "-p", "vodlift-sandbox"]))?;
        let python = if cfg!(windows) { "python" } else { "python3" };
        let sandbox = program("vodlift-sandbox");
        said.run(command(python).args(["tests/interop/run.py", "--sandbox"]).arg(&sandbox))?;
        said.run(command(python).arg("tests/credential-server/test.py").arg(&sandbox))
    }),
    ("keyring", |said| {
        if !cfg!(target_os = "linux") {
            said.lines.push("skipped: the private keyring is a Linux one".into());
            return Ok(());
        }
        setup::window()?;
        said.run(&mut command("tests/e2e/keyring.sh"))
    }),
    ("e2e", |said| {
        if !cfg!(target_os = "linux") {
            said.lines.push("skipped: the window is driven on Linux only".into());
            return Ok(());
        }
        setup::window()?;
        setup::page()?;
        // The build script may have skipped the page for clippy; the driven window needs it inside.
        said.run(cargo().args(["build", "-p", "vodlift", "-p", "vodlift-cli"]))?;
        said.run(cargo().args([
            "test",
            "-p",
            "vodlift-tests",
            "--features",
            "e2e",
            "--test",
            "e2e",
        ]))
    }),
];

/// What people run, as it is compiled for Windows: nobody else sees what stands behind `cfg(windows)` there.
fn windows(said: &mut Said) -> Outcome {
    const TARGET: &str = "x86_64-pc-windows-gnu";
    if cfg!(windows) {
        return Ok(());
    }
    if let Err(words) = setup::windows(TARGET) {
        said.lines.push(format!("skipped: the lint for Windows, {words}"));
        return Ok(());
    }
    let lint = [
        "clippy",
        "--quiet",
        "--target",
        TARGET,
        "-p",
        "vodlift",
        "-p",
        "vodlift-cli",
        "--all-targets",
    ];
    said.run(cargo().args(lint).args(["--", "-D", "warnings"]).env("VODLIFT_SKIP_UI", "1"))?;
    said.lines.push("linted for Windows too".into());
    Ok(())
}

/// What the runners of one ring said at their end.
#[derive(Default)]
pub(crate) struct Said {
    lines: Vec<String>,
}

impl Said {
    fn run(&mut self, command: &mut std::process::Command) -> Outcome {
        let (outcome, lines) = listen(command);
        self.lines.extend(lines.into_iter().map(|line| plain(&line)).filter(|line| closes(line)));
        outcome
    }
}

/// Runs all rings, or those named, and ends with a table. A ring that fails does not stop the next.
pub(crate) fn test(wanted: &[String]) -> Outcome {
    if let Some(odd) = wanted.iter().find(|name| RINGS.iter().all(|(ring, _)| ring != name)) {
        return Err(format!("there is no ring `{odd}`"));
    }
    let mut table = Vec::new();
    for (name, ring) in RINGS {
        if !wanted.is_empty() && !wanted.iter().any(|one| one == name) {
            continue;
        }
        println!("\n── {name} ──");
        let start = Instant::now();
        let mut said = Said::default();
        let outcome = ring(&mut said);
        table.push((*name, outcome, said.lines, start.elapsed()));
    }
    println!("\n{}", draw(&table));
    let failed = table.iter().filter(|(_, outcome, ..)| outcome.is_err()).count();
    println!("rings: {} passed, {failed} failed", table.len() - failed);
    if failed == 0 { Ok(()) } else { Err("not every ring passed".into()) }
}

fn draw(table: &[(&str, Outcome, Vec<String>, Duration)]) -> String {
    let mut out = String::from("ring      result  time    closing lines\n");
    for (name, outcome, lines, took) in table {
        let result = if outcome.is_ok() { "ok" } else { "FAILED" };
        let _ = write!(out, "{name:<9} {result:<7} {:>4} s  ", took.as_secs());
        let mut rows: Vec<&str> = lines.iter().map(String::as_str).collect();
        if let Err(words) = outcome {
            rows.insert(0, words);
        }
        let indent = format!("\n{:25}", "");
        let _ = writeln!(out, "{}", rows.join(&indent));
    }
    out
}

/// The line a runner ends with, when it ran anything.
fn closes(line: &str) -> bool {
    let line = line.trim();
    let cargo = line.starts_with("test result:") && !line.contains(" 0 passed; 0 failed");
    let vitest = line.starts_with("Tests ") && line.contains("passed");
    let svelte = line.contains("svelte-check found");
    let plain = line.split(' ').next().is_some_and(|word| word.parse::<u32>().is_ok())
        && (line.contains(" passed, ") || line.contains(" passed in "));
    cargo || vitest || svelte || plain
}

/// Colours taken out.
fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            letters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            out.push(letter);
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_told_from_talk() {
        assert!(closes("test result: ok. 3 passed; 0 failed; 0 ignored"));
        assert!(!closes("test result: ok. 0 passed; 0 failed; 0 ignored"));
        assert!(closes(&plain("\u{1b}[2m      Tests \u{1b}[22m \u{1b}[32m4 passed\u{1b}[39m (4)")));
        assert!(closes("12 passed, 0 failed"));
        assert!(closes(
            "==> svelte-check found 0 errors and 0 warnings".trim_start_matches("==> ")
        ));
        assert!(!closes("all checks passed, see above"));
        assert!(!closes("running 3 tests"));
    }

    #[test]
    fn the_table_names_every_ring_and_what_failed() {
        let table = [
            ("fmt", Ok(()), vec!["1 passed, 0 failed".to_owned()], Duration::from_secs(2)),
            ("unit", Err("`cargo test`: exit 1".to_owned()), vec![], Duration::from_secs(61)),
        ];
        let drawn = draw(&table);
        assert!(drawn.contains("fmt       ok         2 s  1 passed, 0 failed"), "{drawn}");
        assert!(drawn.contains("unit      FAILED    61 s  `cargo test`: exit 1"), "{drawn}");
    }
}
