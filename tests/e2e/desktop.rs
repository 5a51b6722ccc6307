//! The desktop around the window, imitated on the stage's own bus: what it is told, and the tray that can be clicked. Knows
//! D-Bus; nothing of the page and nothing of uploads.
#![expect(
    clippy::unused_self,
    clippy::used_underscore_binding,
    clippy::needless_pass_by_value,
    reason = "the signatures are those of the desktop's own interfaces"
)]

use std::collections::HashMap;
use std::io::Read as _;
use std::os::fd::OwnedFd as Fd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, ensure};
use zbus::blocking::{Connection, MessageIterator, Proxy, connection};
use zbus::zvariant::{OwnedFd, OwnedObjectPath, OwnedValue, Value};
use zbus::{MatchRule, interface};

use crate::stage::{Stage, until};

/// What the desktop was told so far.
#[derive(Default)]
struct Told {
    /// Bodies of notifications.
    notices: Vec<String>,
    /// Where the app has put an icon into the tray: its connection and its path.
    tray: Option<(String, String)>,
    /// Files to be shown in the file browser.
    revealed: Vec<String>,
    /// Who keeps the computer awake; the other end is held by them.
    awake: Vec<UnixStream>,
    /// Times that the computer was asked to stay awake.
    asked_awake: usize,
    /// What was asked of the computer itself.
    asked: Vec<&'static str>,
    /// Progress beside the icon, as it came: none when it was taken away.
    progress: Vec<Option<f64>>,
}

type Shared = Arc<Mutex<Told>>;

fn lock(told: &Shared) -> MutexGuard<'_, Told> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The imitated desktop. It is there as long as this is held.
pub(crate) struct Desktop {
    bus: Connection,
    told: Shared,
}

/// A line of the tray's menu.
#[derive(Clone, Debug)]
pub(crate) struct MenuLine {
    id: i32,
    /// Its words.
    pub(crate) label: String,
    /// It can be chosen.
    pub(crate) enabled: bool,
}

impl Desktop {
    /// Takes the names of a desktop on this stage's bus. Before the app starts, as on a real one.
    pub(crate) fn around(stage: &Stage) -> anyhow::Result<Desktop> {
        let told = Shared::default();
        let bus = connection::Builder::address(stage.bus())?
            .name("org.freedesktop.Notifications")?
            .name("org.kde.StatusNotifierWatcher")?
            .name("org.freedesktop.FileManager1")?
            .name("org.freedesktop.login1")?
            .serve_at("/org/freedesktop/Notifications", Notices(told.clone()))?
            .serve_at("/StatusNotifierWatcher", Watcher(told.clone()))?
            .serve_at("/org/freedesktop/FileManager1", Browser(told.clone()))?
            .serve_at("/org/freedesktop/login1", Login(told.clone()))?
            .build()?;
        let ears = connection::Builder::address(stage.bus())?.build()?;
        let rule = MatchRule::builder()
            .msg_type(zbus::message::Type::Signal)
            .interface("com.canonical.Unity.LauncherEntry")?
            .build();
        let signals = MessageIterator::for_match_rule(rule, &ears, None)?;
        let heard = told.clone();
        std::thread::spawn(move || {
            for signal in signals.flatten() {
                let body = signal.body();
                let Ok((app, facts)) = body.deserialize::<(String, HashMap<String, OwnedValue>)>()
                else {
                    continue;
                };
                let visible =
                    facts.get("progress-visible").is_some_and(|v| **v == Value::Bool(true));
                let share = facts.get("progress").and_then(|value| f64::try_from(value).ok());
                if app == "application://Vodlift.desktop" {
                    lock(&heard).progress.push(share.filter(|_| visible));
                }
            }
        });
        Ok(Desktop { bus, told })
    }

    /// Notifications so far, oldest first.
    pub(crate) fn notices(&self) -> Vec<String> {
        lock(&self.told).notices.clone()
    }

    /// The newest file that was to be shown in the file browser.
    pub(crate) fn revealed(&self) -> Option<String> {
        lock(&self.told).revealed.last().cloned()
    }

    /// What was asked of the computer itself: to sleep, to shut down.
    pub(crate) fn asked(&self) -> Vec<&'static str> {
        lock(&self.told).asked.clone()
    }

    /// Progress beside the icon, as it came.
    pub(crate) fn progress(&self) -> Vec<Option<f64>> {
        lock(&self.told).progress.clone()
    }

    /// How often the computer was asked to stay awake, and whether it is kept awake now.
    pub(crate) fn awake(&self) -> (usize, bool) {
        let mut told = lock(&self.told);
        // Whoever let go has closed the other end.
        told.awake.retain_mut(|end| {
            let open = end.read(&mut [0]);
            matches!(open, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
        });
        (told.asked_awake, !told.awake.is_empty())
    }

    fn tray(&self, interface: &str) -> anyhow::Result<Proxy<'_>> {
        until("an icon in the tray", || lock(&self.told).tray.is_some())?;
        let (owner, path) = lock(&self.told).tray.clone().context("it has just been there")?;
        let interface = interface.to_owned();
        if interface == "org.kde.StatusNotifierItem" {
            return Ok(Proxy::new(&self.bus, owner, path, interface)?);
        }
        let item = Proxy::new(&self.bus, owner.clone(), path, "org.kde.StatusNotifierItem")?;
        let menu: OwnedObjectPath = item.get_property("Menu")?;
        Ok(Proxy::new(&self.bus, owner, menu, interface)?)
    }

    /// The words beside the icon.
    pub(crate) fn label(&self) -> anyhow::Result<String> {
        Ok(self.tray("org.kde.StatusNotifierItem")?.get_property("XAyatanaLabel")?)
    }

    /// The lines of the tray's menu, without those that only part them.
    pub(crate) fn menu(&self) -> anyhow::Result<Vec<MenuLine>> {
        type Node = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);
        let menu = self.tray("com.canonical.dbusmenu")?;
        let (_, (_, _, children)): (u32, Node) =
            menu.call("GetLayout", &(0_i32, -1_i32, Vec::<&str>::new()))?;
        let mut lines = Vec::new();
        for child in children {
            let (id, facts, _) = Node::try_from(child)?;
            let text = facts.get("label").and_then(|value| <&str>::try_from(value).ok());
            let off = facts.get("enabled").is_some_and(|value| **value == Value::Bool(false));
            if let Some(text) = text {
                lines.push(MenuLine { id, label: text.replace('_', ""), enabled: !off });
            }
        }
        Ok(lines)
    }

    /// Clicks a line of the tray's menu.
    pub(crate) fn choose(&self, label: &str) -> anyhow::Result<()> {
        let lines = self.menu()?;
        let line = lines.iter().find(|line| line.label == label);
        let line = line.with_context(|| format!("no “{label}” in {lines:?}"))?;
        ensure!(line.enabled, "“{label}” can be chosen");
        let menu = self.tray("com.canonical.dbusmenu")?;
        menu.call::<_, _, ()>("Event", &(line.id, "clicked", Value::from(0_i32), 0_u32))?;
        Ok(())
    }
}

struct Notices(Shared);

#[interface(name = "org.freedesktop.Notifications")]
impl Notices {
    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".into(), "actions".into()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("stage".into(), "Vodlift".into(), "1".into(), "1.2".into())
    }

    #[expect(clippy::too_many_arguments, reason = "the desktop's own signature")]
    fn notify(
        &self,
        _app: &str,
        _replaces: u32,
        _icon: &str,
        _summary: &str,
        body: &str,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        lock(&self.0).notices.push(body.to_owned());
        1
    }

    fn close_notification(&self, _id: u32) {}
}

struct Watcher(Shared);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(
        &self,
        item: &str,
        #[zbus(header)] header: zbus::message::Header<'_>,
    ) {
        let owner = header.sender().map(ToString::to_string).unwrap_or_default();
        lock(&self.0).tray = Some((owner, item.to_owned()));
    }

    fn register_status_notifier_host(&self, _host: &str) {}

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        Vec::new()
    }
}

struct Browser(Shared);

#[interface(name = "org.freedesktop.FileManager1")]
impl Browser {
    fn show_items(&self, addresses: Vec<String>, _startup: &str) {
        lock(&self.0).revealed.extend(addresses);
    }
}

struct Login(Shared);

#[interface(name = "org.freedesktop.login1.Manager")]
impl Login {
    fn inhibit(
        &self,
        _what: &str,
        _who: &str,
        _why: &str,
        _mode: &str,
    ) -> zbus::fdo::Result<OwnedFd> {
        let failed = |error: std::io::Error| zbus::fdo::Error::Failed(error.to_string());
        let (here, there) = UnixStream::pair().map_err(failed)?;
        here.set_nonblocking(true).map_err(failed)?;
        let mut told = lock(&self.0);
        told.awake.push(here);
        told.asked_awake += 1;
        Ok(Fd::from(there).into())
    }

    fn suspend(&self, _interactive: bool) {
        lock(&self.0).asked.push("sleep");
    }

    fn power_off(&self, _interactive: bool) {
        lock(&self.0).asked.push("shut down");
    }
}
