//! What the command line says: JSON lines on standard output, words for people in their language.
//! Knows no command.

use std::io::{IsTerminal as _, Write as _};
use std::sync::OnceLock;

use serde::Serialize;
use vodlift_app::plain::{plain, plain_lines};
use vodlift_app::words::{self, Language};
use vodlift_engine::fault::{Class, Code};
use vodlift_engine::view::FaultView;

/// How to speak.
#[derive(Clone, Copy)]
pub(crate) struct Voice {
    pub(crate) json: bool,
    pub(crate) verbose: bool,
    pub(crate) quiet: bool,
    pub(crate) language: Language,
}

/// A fault as scripts read it. Its message is English whatever the language, so that it can be searched for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FaultLine {
    pub(crate) code: Code,
    message: String,
    retryable: bool,
    request_id: Option<String>,
}

/// A `note` line. Its message is English, like a fault's.
#[derive(Serialize)]
struct NoteLine<'a> {
    event: &'static str,
    path: &'a str,
    code: &'a str,
    message: &'a str,
}

impl FaultLine {
    pub(crate) fn of(fault: &FaultView) -> FaultLine {
        let mut message = words::fault(Language::En, fault);
        if let Some(said) = &fault.cloud_message {
            let code = fault.cloud_code.as_deref().unwrap_or_default();
            message = format!("{message} ({code}: {said})");
        }
        let retryable = match fault.code.class() {
            Class::Offline
            | Class::Wait
            | Class::Busy
            | Class::PassExpired
            | Class::UploadGone
            | Class::MediaGone
            | Class::Corrupt => true,
            Class::SourceGone
            | Class::SourceChanged
            | Class::Denied
            | Class::Rejected
            | Class::Bug => false,
        };
        FaultLine { code: fault.code, message, retryable, request_id: fault.request_id.clone() }
    }
}

impl Voice {
    /// Progress bars make sense: a person looks at both streams.
    pub(crate) fn bars(self) -> bool {
        !self.json
            && !self.quiet
            && std::io::stdout().is_terminal()
            && std::io::stderr().is_terminal()
    }

    /// One JSON object on a line of its own. Nothing at all without `--json`.
    pub(crate) fn line(self, value: &impl Serialize) {
        if self.json
            && let Ok(text) = serde_json::to_string(value)
        {
            out(&text);
        }
    }

    /// A line of the answer, for people.
    pub(crate) fn tell(self, text: &str) {
        if !self.json {
            out(&plain(text));
        }
    }

    /// An answer of many lines.
    pub(crate) fn tell_lines(self, text: &str) {
        if !self.json {
            out(&plain_lines(text));
        }
    }

    /// A line of the answer that nothing but `--json` and `-q` takes away.
    pub(crate) fn progress(self, text: &str) {
        if !self.json && !self.quiet {
            out(&plain(text));
        }
    }

    /// A remark.
    pub(crate) fn say(self, key: &str, facts: &[(&str, &str)]) {
        if !self.quiet {
            err(&plain(&self.words(key, facts)));
        }
    }

    /// A failure: said even with `-q`.
    pub(crate) fn fail(self, key: &str, facts: &[(&str, &str)]) {
        err(&plain(&self.words(key, facts)));
    }

    /// What was done with a file or a person's words without being asked for, as a line of its own for scripts too.
    pub(crate) fn note(self, path: &str, code: &str, text: impl Fn(Language) -> String) {
        self.line(&NoteLine { event: "note", path, code, message: &text(Language::En) });
        self.say("cli.line", &[("path", path), ("text", &text(self.language))]);
    }

    /// A fault of one file, with the cloud's own words when more is wanted.
    pub(crate) fn fault(self, path: &str, fault: &FaultView) {
        self.fail("cli.line", &[("path", path), ("text", &words::fault(self.language, fault))]);
        if self.verbose || fault.code == Code::Unknown {
            let said = fault.cloud_message.as_deref().unwrap_or_default();
            if let Some(code) = &fault.cloud_code {
                self.fail("cli.cloud", &[("code", code), ("message", said)]);
            }
        }
        if let Some(id) = &fault.request_id {
            self.fail("cli.request", &[("id", id)]);
        }
    }

    pub(crate) fn words(self, key: &str, facts: &[(&str, &str)]) -> String {
        words::t(self.language, key, facts)
    }
}

/// The first answer that could not be written although somebody waits for it.
static LOST: OnceLock<std::io::Error> = OnceLock::new();

/// Why a part of the answer is missing, when its reader did not just stop reading.
pub(crate) fn lost() -> Option<&'static std::io::Error> {
    LOST.get()
}

/// One line on standard output.
pub(crate) fn out(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let line = if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
    if let Err(error) = stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush())
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        // A closed pipe is a reader who has had enough: the upload goes on all the same. A full disk is not.
        let _ = LOST.set(error);
    }
}

/// One line on standard error.
pub(crate) fn err(text: &str) {
    // There is nowhere left to say that this cannot be said.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
