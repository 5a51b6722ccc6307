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
            said.skip("letters are drawn in another way here");
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
            said.skip("fuzzing is run on Linux and macOS");
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
            said.skip("the private keyring is a Linux one");
            return Ok(());
        }
        setup::window()?;
        said.run(&mut command("tests/e2e/keyring.sh"))
    }),
    ("e2e", |said| {
        if !cfg!(target_os = "linux") {
            said.skip("the window is driven on Linux only");
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
        said.skip(&format!("the lint for Windows, {words}"));
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

/// What the runners of one ring said at their end, and what they did not run.
#[derive(Default)]
pub(crate) struct Said {
    lines: Vec<String>,
    /// Each with its reason, as far as it was told.
    skipped: Vec<String>,
    /// How many: a runner may tell a number and no reason.
    skips: usize,
}

impl Said {
    fn run(&mut self, command: &mut std::process::Command) -> Outcome {
        let (outcome, lines) = listen(command);
        for line in lines {
            self.hear(plain(&line));
        }
        outcome
    }

    fn hear(&mut self, line: String) {
        if let Some(why) = line.strip_prefix("skipped: ") {
            self.skip(why);
        } else if closes(&line) {
            self.skips += left_out(&line);
            self.lines.push(line);
        }
    }

    fn skip(&mut self, why: &str) {
        self.skips += 1;
        self.skipped.push(format!("skipped: {why}"));
    }
}

/// How many tests a runner's closing line says it left out: cargo's ignored, vitest's skipped.
fn left_out(line: &str) -> usize {
    let words: Vec<&str> =
        line.split([' ', ';', '|', ',']).filter(|word| !word.is_empty()).collect();
    let counted = |pair: &&[&str]| matches!(pair[1], "ignored" | "skipped" | "todo");
    words.windows(2).filter(counted).filter_map(|pair| pair[0].parse::<usize>().ok()).sum()
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
        table.push((*name, outcome, said, start.elapsed()));
    }
    println!("\n{}", draw(&table));
    let failed = table.iter().filter(|(_, outcome, ..)| outcome.is_err()).count();
    let skips: usize = table.iter().map(|(_, _, said, _)| said.skips).sum();
    println!("{}", total(table.len() - failed, failed, skips));
    if failed == 0 { Ok(()) } else { Err("not every ring passed".into()) }
}

/// The closing line of all.
fn total(passed: usize, failed: usize, skips: usize) -> String {
    format!("rings: {passed} passed, {failed} failed; tests not run here: {skips}")
}

fn draw(table: &[(&str, Outcome, Said, Duration)]) -> String {
    let mut out = String::from("ring      result  time    closing lines\n");
    for (name, outcome, said, took) in table {
        let result = if outcome.is_ok() { "ok" } else { "FAILED" };
        let _ = write!(out, "{name:<9} {result:<7} {:>4} s  ", took.as_secs());
        let count = format!("tests not run here: {}", said.skips);
        let mut rows: Vec<&str> = said.lines.iter().map(String::as_str).collect();
        if said.skips > 0 {
            rows.extend(said.skipped.iter().map(String::as_str));
            rows.push(&count);
        }
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
        let lines = vec!["1 passed, 0 failed".to_owned()];
        let table = [
            ("fmt", Ok(()), Said { lines, ..Said::default() }, Duration::from_secs(2)),
            (
                "unit",
                Err("`cargo test`: exit 1".to_owned()),
                Said::default(),
                Duration::from_secs(61),
            ),
        ];
        let drawn = draw(&table);
        assert!(drawn.contains("fmt       ok         2 s  1 passed, 0 failed"), "{drawn}");
        assert!(drawn.contains("unit      FAILED    61 s  `cargo test`: exit 1"), "{drawn}");
    }

    #[test]
    fn what_was_not_run_is_counted_and_told_with_its_reason() {
        let mut said = Said::default();
        for line in [
            "skipped: a_full_disk: nobody may mount anything here",
            "test result: ok. 40 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out",
            "Tests  1 skipped | 4 passed (5)",
            "12 passed, 0 failed",
            "running 3 tests",
        ] {
            said.hear(line.to_owned());
        }
        assert_eq!(said.skips, 4);
        let drawn = draw(&[("unit", Ok(()), said, Duration::from_secs(1))]);
        assert!(drawn.contains("skipped: a_full_disk: nobody may mount"), "{drawn}");
        assert!(drawn.contains("tests not run here: 4"), "{drawn}");
        assert!(total(3, 0, 4).ends_with("tests not run here: 4"));
        assert!(!draw(&[("fmt", Ok(()), Said::default(), Duration::ZERO)]).contains("not run"));
    }
}
