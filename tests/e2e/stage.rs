//! Where a journey plays: its own bus, display, keyring, window manager, folders and driver, all gone at its end. Knows
//! the desktop; nothing of the page.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

/// What the keyring of a stage is unlocked with.
pub(crate) const KEYRING: &str = "test";

/// On the clipboard when nobody has copied anything since.
pub(crate) const NOTHING: &str = "nothing";

const SECRETS: &str = "org.freedesktop.secrets";

/// A bus that starts nothing by itself but what lies in a folder of its own.
const RULES: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={}/bus</listen>
  <servicedir>{}/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// Two journeys may play at once: each has everything for itself.
pub(crate) struct Stage {
    name: String,
    folder: tempfile::TempDir,
    display: String,
    bus: String,
    /// Ended in reverse order, each with its output, which must stay open for those who go on talking.
    crew: Vec<(Child, ChildStdout)>,
}

impl Stage {
    /// Starts everything but the window.
    pub(crate) fn set(name: &str) -> anyhow::Result<Stage> {
        let mut stage = Stage::without_keyring(name)?;
        let (mut keyring, said) = stage.hire(
            Command::new("gnome-keyring-daemon")
                .args(["--foreground", "--unlock", "--components=secrets"])
                .stdin(Stdio::piped()),
        )?;
        keyring.stdin.take().context("the keyring listens")?.write_all(KEYRING.as_bytes())?;
        stage.crew.push((keyring, said));
        stage.wait_for_name(SECRETS, true)?;
        Ok(stage)
    }

    /// The same for a desktop that has no keyring and starts none when it is asked for.
    pub(crate) fn without_keyring(name: &str) -> anyhow::Result<Stage> {
        let folder = tempfile::Builder::new().prefix("vodlift-").tempdir()?;
        for part in ["run", "data", "config", "cache", "home", "files", "person"] {
            std::fs::create_dir(folder.path().join(part))?;
        }
        set_private(&folder.path().join("run"))?;
        let mut stage = Stage {
            name: name.into(),
            folder,
            display: String::new(),
            bus: String::new(),
            crew: Vec::new(),
        };
        let _ = std::fs::remove_dir_all(stage.out());
        std::fs::create_dir_all(stage.out())?;

        let (xvfb, mut said) = stage.hire(Command::new("Xvfb").args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1400x1000x24",
            "-nolisten",
            "tcp",
            "-noreset",
        ]))?;
        stage.display = format!(":{}", line(&mut said)?.trim());
        stage.crew.push((xvfb, said));

        // Only what this file starts is on the bus, and the prompt of the keyring, which the keyring itself asks for.
        let rules = stage.path("run/bus.conf");
        std::fs::create_dir(stage.path("run/services"))?;
        std::fs::write(&rules, RULES.replace("{}", &stage.path("run").to_string_lossy()))?;
        let prompter = "org.gnome.keyring.SystemPrompter.service";
        let from = Path::new("/usr/share/dbus-1/services").join(prompter);
        std::fs::copy(from, stage.path("run/services").join(prompter))
            .context("the prompt of the keyring is installed")?;
        let (bus, mut said) = stage.hire(
            Command::new("dbus-daemon")
                .args(["--nofork", "--print-address=1", "--config-file"])
                .arg(rules),
        )?;
        line(&mut said)?.trim().clone_into(&mut stage.bus);
        stage.crew.push((bus, said));
        let manager = stage.hire(&mut Command::new("openbox"))?;
        stage.crew.push(manager);
        Ok(stage)
    }

    /// Locks the keyring, as a desktop does when it goes to sleep.
    pub(crate) fn lock_keyring(&self) -> anyhow::Result<()> {
        let login = "array:objpath:/org/freedesktop/secrets/collection/login";
        let lock = "org.freedesktop.Secret.Service.Lock";
        self.say(&[
            "dbus-send",
            "--print-reply",
            "--dest=org.freedesktop.secrets",
            "/org/freedesktop/secrets",
            lock,
            login,
        ])
        .map(drop)
    }

    /// The address of this stage's bus.
    pub(crate) fn bus(&self) -> &str {
        &self.bus
    }

    /// The folder of this journey's pictures, kept after it.
    pub(crate) fn out(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("out").join(&self.name)
    }

    /// A path in the folder of this journey.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// `VODLIFT_HOME` of the app that plays here.
    pub(crate) fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// A command that sees this stage and nothing of the person's own desktop.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        self.dress(&mut command);
        command
    }

    fn dress(&self, command: &mut Command) {
        command
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("VODLIFT_HOME", self.home())
            .env("HOME", self.path("person"))
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("DBUS_SYSTEM_BUS_ADDRESS", &self.bus)
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .envs([("GTK_USE_PORTAL", "0"), ("NO_AT_BRIDGE", "1"), ("GDK_BACKEND", "x11")])
            .envs([("GSETTINGS_BACKEND", "memory"), ("LANG", "C.UTF-8")])
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES");
    }

    /// Starts a program that ends with this process, whatever happens.
    fn hire(&self, command: &mut Command) -> anyhow::Result<(Child, ChildStdout)> {
        let mut tied = Command::new("setpriv");
        tied.args(["--pdeathsig", "KILL"]).arg(command.get_program()).args(command.get_args());
        self.dress(&mut tied);
        tied.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let listens = command.get_program() == "gnome-keyring-daemon";
        let stdin = if listens { Stdio::piped() } else { Stdio::null() };
        let mut child = tied
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(
                std::fs::File::options()
                    .create(true)
                    .append(true)
                    .open(self.out().join("crew.log"))?,
            )
            .spawn()
            .with_context(|| format!("start {}", command.get_program().display()))?;
        let said = child.stdout.take().context("its output")?;
        Ok((child, said))
    }

    /// Starts a driver; the session it gives starts the app.
    pub(crate) fn driver(&mut self, extra: &[(&str, &str)]) -> anyhow::Result<String> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new("WebKitWebDriver");
        command.arg(format!("--port={port}")).envs(extra.iter().copied());
        let driver = self.hire(&mut command)?;
        self.crew.push(driver);
        until("the driver listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok())?;
        Ok(format!("http://127.0.0.1:{port}"))
    }

    /// The process of the app that plays here.
    pub(crate) fn app(&self) -> Option<u32> {
        let wanted = format!("VODLIFT_HOME={}\0", self.home().display());
        let program = program("vodlift").ok()?;
        std::fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let same = std::fs::read_link(entry.path().join("exe")).ok()? == program;
            let around = std::fs::read(entry.path().join("environ")).ok()?;
            (same && String::from_utf8_lossy(&around).contains(&wanted)).then_some(id)
        })
    }

    /// Ends the app as a crash does, and waits until its name is free.
    pub(crate) fn kill_app(&mut self) -> anyhow::Result<()> {
        let id = self.app().context("the app runs")?;
        ensure!(Command::new("kill").args(["-9", &id.to_string()]).status()?.success());
        self.after_app()
    }

    /// Waits until the app is gone and a next one may start.
    pub(crate) fn after_app(&mut self) -> anyhow::Result<()> {
        until("the app is gone", || self.app().is_none())?;
        until("its name is free", || !self.names().contains("SingleInstance"))
    }

    fn names(&self) -> String {
        self.say(&[
            "dbus-send",
            "--print-reply",
            "--dest=org.freedesktop.DBus",
            "/",
            "org.freedesktop.DBus.ListNames",
        ])
        .unwrap_or_default()
    }

    fn wait_for_name(&self, name: &str, there: bool) -> anyhow::Result<()> {
        until(name, || self.names().contains(name) == there)
    }

    /// What a command prints.
    pub(crate) fn say(&self, words: &[&str]) -> anyhow::Result<String> {
        let [program, args @ ..] = words else { bail!("nothing to run") };
        let output =
            self.command(program).args(args).output().with_context(|| (*program).to_owned())?;
        ensure!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Moves the real pointer, presses real keys.
    pub(crate) fn xdotool(&self, words: &str) -> anyhow::Result<String> {
        let mut all = vec!["xdotool"];
        all.extend(words.split(' '));
        self.say(&all)
    }

    /// Puts text on the clipboard.
    pub(crate) fn clip(&self, text: &str) -> anyhow::Result<()> {
        let mut clip = self
            .command("xclip")
            .args(["-selection", "clipboard"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        clip.stdin.take().context("xclip listens")?.write_all(text.as_bytes())?;
        clip.wait()?;
        Ok(())
    }

    /// Copies files as a file browser does; it holds them until the clipboard gets something else.
    pub(crate) fn copy_files(&mut self, files: &[PathBuf]) -> anyhow::Result<()> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/copy.py");
        let (holder, mut said) =
            self.hire(Command::new("/usr/bin/python3").arg(script).args(files))?;
        ensure!(line(&mut said)?.trim() == "ready", "the files are on the clipboard");
        self.crew.push((holder, said));
        Ok(())
    }

    /// Takes from the clipboard what the app copied, once it has: a click is over before that.
    pub(crate) fn copied(&self) -> anyhow::Result<String> {
        let mut text = String::new();
        until("something is copied", || {
            let look = ["xclip", "-o", "-selection", "clipboard", "-t", "UTF8_STRING"];
            text = self.say(&look).unwrap_or_default();
            !text.is_empty() && text != NOTHING
        })?;
        self.clip(NOTHING)?;
        Ok(text)
    }

    /// Presses real keys in the app's window.
    pub(crate) fn press(&self, keys: &str) -> anyhow::Result<()> {
        let window = self.window("Vodlift")?;
        self.xdotool(&format!("windowfocus --sync {window} key --clearmodifiers {keys}")).map(drop)
    }

    /// The window with this title, once it shows.
    pub(crate) fn window(&self, title: &str) -> anyhow::Result<String> {
        let mut found = None;
        let title = format!("^{title}$");
        let look = "getwindowgeometry --shell %@".split(' ');
        let search: Vec<&str> = ["xdotool", "search", "--onlyvisible", "--name", &title]
            .into_iter()
            .chain(look)
            .collect();
        until("a window shows", || {
            let said = self.say(&search).unwrap_or_default();
            // The toolkit has one of a single pixel beside it, to receive what is dragged.
            let seen =
                said.split("WINDOW=").find(|one| one.contains('\n') && !one.contains("WIDTH=1\n"));
            found = seen.and_then(|one| one.lines().next()).map(str::to_owned);
            found.is_some()
        })?;
        found.context("it has just been there")
    }

    /// Closes a window as its frame's button does, and waits until it no longer shows.
    pub(crate) fn close_window(&self, title: &str) -> anyhow::Result<()> {
        let window = self.window(title)?;
        // As its title bar asks; a keystroke is lost while the focus is on its way.
        self.say(&["wmctrl", "-i", "-c", &window])?;
        let title = format!("^{title}$");
        until("the window closes", || {
            let search = ["xdotool", "search", "--onlyvisible", "--name", &title];
            self.say(&search).unwrap_or_default().trim().is_empty()
        })
    }

    /// Where the app's window stands: left, top, width and height in pixels.
    pub(crate) fn place(&self) -> anyhow::Result<[i32; 4]> {
        let window = self.window("Vodlift")?;
        let said = self.say(&["xwininfo", "-id", &window])?;
        let number = |name: &str| {
            let line = said.lines().find_map(|line| line.trim().strip_prefix(name));
            line.and_then(|text| text.trim().parse().ok()).context("its place")
        };
        let [x, y] = ["Absolute upper-left X:", "Absolute upper-left Y:"].map(number);
        Ok([x?, y?, number("Width:")?, number("Height:")?])
    }

    /// A picture of what the screen shows where the app's window stands, for people.
    pub(crate) fn picture(&self, name: &str) -> anyhow::Result<()> {
        let [x, y, width, height] = self.place()?;
        self.import(&["-crop", &format!("{width}x{height}+{x}+{y}"), "+repage"], name)
    }

    /// A picture of the whole screen, for people.
    pub(crate) fn screen(&self, name: &str) -> anyhow::Result<()> {
        self.import(&[], name)
    }

    /// The part is cut out of the whole: the window itself cannot be read while something is dragged.
    fn import(&self, part: &[&str], name: &str) -> anyhow::Result<()> {
        let file = self.out().join(format!("{name}.png"));
        let whole = ["import", "-window", "root"];
        self.say(&[&whole, part, &[&*file.to_string_lossy()]].concat()).map(drop)
    }

    /// Begins to drag files towards the middle of the app's window, or to a share of its height.
    pub(crate) fn drag(&self, files: &[PathBuf], height: f64) -> anyhow::Result<Drag<'_>> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/drag.py");
        let (source, mut said) =
            self.hire(Command::new("/usr/bin/python3").arg(script).args(files))?;
        ensure!(line(&mut said)?.trim() == "ready", "the source of the drag shows");
        let drag = Drag { stage: self, source, _said: said };
        let [x, y, width, tall] = self.place()?.map(f64::from);
        let (x, y) = (x + width / 2.0, y + tall * height);
        self.xdotool("mousemove 24 24 mousedown 1")?;
        for step in 1..=8 {
            self.xdotool(&format!("mousemove {} {}", 24 + step * 3, 24 + step * 3))?;
            std::thread::sleep(Duration::from_millis(30));
        }
        for step in 1..=10 {
            let share = f64::from(step) / 10.0;
            let (x, y) = (48.0 + (x - 48.0) * share, 48.0 + (y - 48.0) * share);
            self.xdotool(&format!("mousemove {x:.0} {y:.0}"))?;
            std::thread::sleep(Duration::from_millis(30));
        }
        // A hand never rests: where files hang is only told again when the pointer moves, and a slow window misses some.
        for step in 0..6 {
            self.xdotool(&format!("mousemove {:.0} {y:.0}", x + f64::from(step % 2)))?;
            std::thread::sleep(Duration::from_millis(60));
        }
        Ok(drag)
    }

    /// Answers the file dialog of this title with a path.
    pub(crate) fn answer_dialog(&self, title: &str, path: &Path) -> anyhow::Result<()> {
        let window = self.window(title)?;
        self.xdotool(&format!("windowfocus --sync {window}"))?;
        self.xdotool("key ctrl+l")?;
        self.xdotool("key ctrl+a")?;
        self.clip(&path.to_string_lossy())?;
        self.xdotool("key ctrl+v")?;
        // The dialog completes the path while it is pasted; Return before that would open a folder.
        std::thread::sleep(Duration::from_millis(400));
        self.xdotool("key Return")?;
        let title = format!("^{title}$");
        until("the dialog closes", || {
            let search = ["xdotool", "search", "--onlyvisible", "--name", &title];
            self.say(&search).unwrap_or_default().trim().is_empty()
        })?;
        // Only now: a slow dialog pastes late.
        self.clip(NOTHING)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(id) = self.app() {
            let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
        }
        for (mut child, _) in self.crew.drain(..).rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Files that hang on the pointer.
pub(crate) struct Drag<'a> {
    stage: &'a Stage,
    source: Child,
    _said: ChildStdout,
}

impl Drag<'_> {
    /// Lets them go.
    pub(crate) fn drop_here(mut self) -> anyhow::Result<()> {
        self.stage.xdotool("mouseup 1")?;
        let end = Instant::now() + Duration::from_secs(10);
        while self.source.try_wait()?.is_none() {
            ensure!(Instant::now() < end, "the drag ends");
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Drag<'_> {
    fn drop(&mut self) {
        let _ = self.source.kill();
        let _ = self.source.wait();
    }
}

/// A program of this workspace, built before.
pub(crate) fn program(name: &str) -> anyhow::Result<PathBuf> {
    let me = std::env::current_exe()?;
    let folder = me.ancestors().nth(2).context("the target folder")?;
    let program = folder.join(name);
    ensure!(program.is_file(), "{} is not built: cargo build -p {name}", program.display());
    Ok(std::fs::canonicalize(program)?)
}

/// Waits for something the outside world does, and says what did not happen.
pub(crate) fn until(what: &str, mut true_now: impl FnMut() -> bool) -> anyhow::Result<()> {
    let end = Instant::now() + Duration::from_secs(20);
    while !true_now() {
        ensure!(Instant::now() < end, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// The next line, and not a byte more.
fn line(said: &mut ChildStdout) -> anyhow::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while said.read(&mut byte)? == 1 && byte != *b"\n" {
        line.push(byte[0]);
    }
    Ok(String::from_utf8(line)?)
}

fn set_private(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?)
}
