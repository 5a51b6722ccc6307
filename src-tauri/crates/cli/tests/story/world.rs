//! A sandbox in this process and the built command line outside it, with a home of its own. Knows no story.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tokio::runtime::Runtime;
use vodlift_sandbox::{Handle, Options, Sandbox, Weather};

pub(crate) const SAMPLE: &[u8] = include_bytes!("../../../app/assets/sample.mp4");

/// Says aloud, past the runner that swallows what a passing test says, that a test did not run.
pub(crate) fn skipped(name: &str, why: &str) {
    let said = writeln!(std::io::stderr(), "skipped: {name}: {why}");
    said.unwrap();
}

pub(crate) struct World {
    pub(crate) runtime: Runtime,
    pub(crate) cloud: Handle,
    pub(crate) home: tempfile::TempDir,
}

impl World {
    /// A cloud that is quick, and a profile that takes its key from the environment.
    pub(crate) fn new() -> World {
        let runtime = Runtime::new().unwrap();
        let cloud = runtime.block_on(Sandbox::start(Options::quick())).unwrap();
        let world = World { runtime, cloud, home: tempfile::tempdir().unwrap() };
        world.profiles(&format!(
            "active = \"test\"\n[profile.test]\nsource = \"environment\"\nendpoint = \"{}\"\n",
            world.cloud.endpoint()
        ));
        world
    }

    pub(crate) fn profiles(&self, text: &str) {
        let folder = self.home.path().join("config");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("profiles.toml"), text).unwrap();
    }

    pub(crate) fn weather(&self, rules: &str) {
        self.cloud.weather(rules.parse::<Weather>().unwrap());
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The program with a clean environment: no keyring, no proxy, English.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let key = self.cloud.key();
        let mut command = Command::new(env!("CARGO_BIN_EXE_vodlift-cli"));
        command
            .args(args)
            .current_dir(self.home.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LANG", "C.UTF-8")
            .env("VODLIFT_HOME", self.home.path())
            .env("ALIBABA_CLOUD_ACCESS_KEY_ID", &key.id)
            .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", key.secret.expose())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Windows finds no sockets without these.
        for name in ["SystemRoot", "TEMP", "TMP"] {
            if let Some(value) = variable(name) {
                command.env(name, value);
            }
        }
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Answer {
        Answer::of(self.run_raw(args))
    }

    pub(crate) fn run_raw(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    pub(crate) fn start(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    /// Runs until the cloud's log is as wanted.
    pub(crate) fn until(&self, enough: impl Fn(&vodlift_sandbox::Requests) -> bool) {
        self.runtime.block_on(self.cloud.until(enough));
    }

    /// The bytes the cloud holds under a media id.
    pub(crate) fn stored(&self, media: &str) -> Vec<u8> {
        let object = self.cloud.object(media).unwrap_or_else(|| panic!("no object of {media}"));
        std::fs::read(object.path).unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "the edge of the test")]
pub(crate) fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Answer {
    pub(crate) fn of(output: Output) -> Answer {
        Answer {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Every line of standard output, which must be JSON and nothing else.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| {
                serde_json::from_str(line)
                    .unwrap_or_else(|_| panic!("not JSON: {line}\n{}", self.err))
            })
            .collect()
    }

    /// The last line.
    pub(crate) fn summary(&self) -> Value {
        let last = self.lines().pop().unwrap_or_else(|| panic!("no line; {}", self.err));
        assert_eq!(last["event"], "summary", "{}", self.err);
        last
    }

    /// The transfers of the summary by the end of their path.
    pub(crate) fn by_name(&self) -> BTreeMap<String, Value> {
        let summary = self.summary();
        let all = summary["transfers"].as_array().unwrap();
        all.iter()
            .map(|item| {
                let path = Path::new(item["path"].as_str().unwrap());
                (path.file_name().unwrap().to_str().unwrap().to_owned(), item.clone())
            })
            .collect()
    }
}

/// A film of `mib` MiB that no other film is like.
pub(crate) fn film(mib: usize, seed: u64) -> Vec<u8> {
    let mut bytes = SAMPLE.to_vec();
    let mut state = seed | 1;
    while bytes.len() < mib << 20 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes
}
