//! File system calls on threads of their own, a few for each device: a drive that stops answering holds up its own files
//! only. Such a call cannot be ended, so it is left behind: tokio's blocking threads would be used up by it, and a
//! runtime waits for them at its end.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use crate::fault::{Code, Fault};
use crate::plan;
use crate::source_identity::{self, Seen};

/// Short calls on one device at a time.
const CALLS: usize = 4;
/// The table of mounts is read again after this long.
const MOUNTS_FOR: Duration = Duration::from_secs(2);

/// All file system calls of the engine.
#[derive(Debug)]
pub(crate) struct FileIo {
    /// A call that takes longer counts as not answered. A disk that spins up may take longer; it is asked again.
    patience: Duration,
    devices: Mutex<HashMap<PathBuf, Arc<Device>>>,
    /// The device of each folder that was asked for: links are followed once.
    folders: Mutex<HashMap<PathBuf, PathBuf>>,
    mounts: Mutex<Option<(Instant, Arc<[PathBuf]>)>>,
}

#[derive(Debug)]
struct Device {
    places: Arc<Semaphore>,
    /// When calls began that nobody waits for any more and that have not come back.
    left: Mutex<HashMap<u64, Instant>>,
    next: AtomicU64,
    /// When it last answered anything.
    sign: Mutex<Option<Instant>>,
}

impl Default for Device {
    fn default() -> Self {
        let places = Arc::new(Semaphore::new(CALLS));
        Self { places, left: Mutex::default(), next: AtomicU64::default(), sign: Mutex::default() }
    }
}

impl Device {
    /// So many calls hang that another would only hang too.
    fn is_silent(&self, patience: Duration) -> bool {
        !self.is_alive(patience)
            && lock(&self.left).values().filter(|since| since.elapsed() >= patience).count()
                >= CALLS
    }

    fn is_alive(&self, patience: Duration) -> bool {
        lock(&self.sign).is_some_and(|sign| sign.elapsed() < patience)
    }

    /// Notes a call: who waits for it, and the call itself.
    fn note(self: &Arc<Self>, patience: Duration) -> (Waiter, Running) {
        let id = self.next.fetch_add(1, Relaxed);
        let over = Arc::new(AtomicBool::new(false));
        let (device, since) = (self.clone(), Instant::now());
        let waiter = Waiter { device, id, since, over: over.clone(), patience };
        (waiter, Running { device: self.clone(), id, over })
    }
}

/// Held by whoever waits for a call; dropped before its end, the call is left behind.
#[derive(Debug)]
pub(crate) struct Waiter {
    device: Arc<Device>,
    id: u64,
    since: Instant,
    over: Arc<AtomicBool>,
    patience: Duration,
}

impl Waiter {
    /// The next sign of life; none when neither this call nor any other on the device gives one. While others are
    /// answered the device is only slow, or this very file is brought from a tape: that is waited for longer.
    pub(crate) async fn next<T>(&self, sign: impl Future<Output = T>) -> Option<T> {
        const SLOW: usize = 12;
        let mut sign = pin!(sign);
        for _ in 0..SLOW {
            if let Ok(sign) = timeout(self.patience, &mut sign).await {
                *lock(&self.device.sign) = Some(Instant::now());
                return Some(sign);
            }
            if !self.device.is_alive(self.patience) {
                break;
            }
        }
        None
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut left = lock(&self.device.left);
        if !self.over.load(Relaxed) {
            left.insert(self.id, self.since);
        }
    }
}

/// Held by the thread of a call.
struct Running {
    device: Arc<Device>,
    id: u64,
    over: Arc<AtomicBool>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut left = lock(&self.device.left);
        self.over.store(true, Relaxed);
        left.remove(&self.id);
        *lock(&self.device.sign) = Some(Instant::now());
    }
}

impl FileIo {
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            patience,
            devices: Mutex::default(),
            folders: Mutex::default(),
            mounts: Mutex::default(),
        }
    }

    /// A short call (a stat, a few reads) on the device of `path`.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        path: &Path,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let device = self.device(path).await;
        let place = async {
            if device.is_silent(self.patience) {
                None
            } else {
                device.places.clone().acquire_owned().await.ok()
            }
        };
        let Ok(Some(place)) = timeout(self.patience, place).await else { return Err(silent(path)) };
        let (answer, heard) = oneshot::channel();
        let (waiter, running) = device.note(self.patience);
        spawn(path, move || {
            let answered = work();
            drop((place, running));
            // Nobody may wait any more.
            let _ = answer.send(answered);
        })?;
        match waiter.next(heard).await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(_)) => Err(Fault::of(Code::Unknown).with("code", "file")),
            None => Err(silent(path)),
        }
    }

    /// A thread that reads for as long as it takes; whoever waits for it holds the [`Waiter`] and looks for signs of life.
    pub(crate) async fn read(
        &self,
        path: &Path,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<Waiter, Fault> {
        let device = self.device(path).await;
        if device.is_silent(self.patience) {
            return Err(silent(path));
        }
        let (waiter, running) = device.note(self.patience);
        spawn(path, move || {
            work();
            drop(running);
        })?;
        Ok(waiter)
    }

    /// Reads through a file, or through a piece of it; `work` calls its argument after every read.
    pub(crate) async fn scan<T: Send + 'static>(
        &self,
        path: &Path,
        work: impl FnOnce(&dyn Fn()) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let (alive, mut signs) = mpsc::channel::<()>(1);
        let (answer, heard) = oneshot::channel();
        let waiter = self
            .read(path, move || {
                // One sign in the channel says as much as many.
                let answered = work(&|| {
                    let _ = alive.try_send(());
                });
                // Nobody may wait any more.
                let _ = answer.send(answered);
                drop(alive);
            })
            .await?;
        loop {
            match waiter.next(signs.recv()).await {
                Some(Some(())) => {}
                // The thread is at its end: the answer is there or never comes.
                Some(None) => {
                    return heard.await.map_err(|_| Fault::of(Code::Unknown).with("code", "file"));
                }
                None => return Err(silent(path)),
            }
        }
    }

    /// Looks at many files that are to be added, each device on its own: ten thousand files of one drive are one trip. What
    /// is known of one already is not looked at again. None: its drive does not answer.
    pub(crate) async fn see(
        &self,
        files: &[(PathBuf, Option<Seen>)],
    ) -> Vec<Option<(PathBuf, Option<Seen>)>> {
        let mut by_device: HashMap<PathBuf, Vec<usize>> = HashMap::new();
        for (at, (path, _)) in files.iter().enumerate() {
            by_device.entry(self.device_of(path).await).or_default().push(at);
        }
        let looks = by_device.into_values().map(|places| async {
            let wanted: Vec<_> = places.iter().map(|at| files[*at].clone()).collect();
            let (seen, mut heard) = mpsc::unbounded_channel();
            let first = wanted.first().map(|(path, _)| path.clone()).unwrap_or_default();
            let looked = self
                .read(&first, move || {
                    for (path, known) in wanted {
                        let path = source_identity::plain_path(&path);
                        let known = known.or_else(|| source_identity::see(&path));
                        if seen.send(Some((path, known))).is_err() {
                            break;
                        }
                    }
                })
                .await;
            let mut all = Vec::with_capacity(places.len());
            if let Ok(waiter) = looked {
                while let Some(Some(one)) = waiter.next(heard.recv()).await {
                    all.push(one);
                }
            }
            all.resize(places.len(), None);
            places.into_iter().zip(all).collect::<Vec<_>>()
        });
        let mut out = vec![None; files.len()];
        for (at, seen) in future::join_all(looks).await.into_iter().flatten() {
            out[at] = seen;
        }
        out
    }

    async fn device(&self, path: &Path) -> Arc<Device> {
        let key = self.device_of(path).await;
        lock(&self.devices).entry(key).or_default().clone()
    }

    /// Where the device of a path is mounted. A folder under the root may be a link to another drive.
    async fn device_of(&self, path: &Path) -> PathBuf {
        let mount = self.mount(path);
        let folder = path.parent().unwrap_or(path).to_owned();
        if !is_root(&mount) {
            return mount;
        }
        if let Some(known) = lock(&self.folders).get(&folder) {
            return known.clone();
        }
        let (answer, heard) = oneshot::channel();
        let asked = folder.clone();
        let spawned = spawn(path, move || {
            // Nobody may wait any more.
            let _ = answer.send(std::fs::canonicalize(asked));
        });
        let device = match timeout(self.patience, heard).await {
            Ok(Ok(Ok(real))) if spawned.is_ok() => self.mount(&real),
            // What is not there hangs nowhere.
            Ok(_) => return mount,
            Err(_) => folder.clone(),
        };
        lock(&self.folders).insert(folder, device.clone());
        device
    }

    fn mount(&self, path: &Path) -> PathBuf {
        let mounts = {
            let mut mounts = lock(&self.mounts);
            match &*mounts {
                Some((read, mounts)) if read.elapsed() < MOUNTS_FOR => mounts.clone(),
                Some(_) | None => mounts.insert((Instant::now(), table())).1.clone(),
            }
        };
        mount_of(path, &mounts)
    }
}

/// The drive that does not answer.
pub(crate) fn silent(path: &Path) -> Fault {
    let volume = plan::volume(path).unwrap_or_else(|| path.parent().unwrap_or(path).to_owned());
    Fault::of(Code::FileSilent).with("path", path.display()).with("volume", volume.display())
}

fn spawn(path: &Path, work: impl FnOnce() + Send + 'static) -> Result<(), Fault> {
    let spawned = std::thread::Builder::new().name("file".to_owned()).spawn(work);
    spawned.map(drop).map_err(|error| plan::unreadable(path, &error))
}

fn is_root(mount: &Path) -> bool {
    mount.parent().is_none() && cfg!(unix)
}

/// The mount points of the system; none where a path itself names its drive.
fn table() -> Arc<[PathBuf]> {
    // Reading it asks no mounted file system anything.
    let text = if cfg!(target_os = "linux") {
        std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default()
    } else {
        String::new()
    };
    text.lines().filter_map(|line| line.split(' ').nth(4)).map(unescaped).collect()
}

/// The kernel writes spaces, tabs, line ends and backslashes of a mount point as three octal digits.
fn unescaped(text: &str) -> PathBuf {
    let mut out = text.to_owned();
    for (octal, plain) in [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")] {
        out = out.replace(octal, plain);
    }
    PathBuf::from(out)
}

/// The longest mount point above a path; on other systems the volume it names.
fn mount_of(path: &Path, mounts: &[PathBuf]) -> PathBuf {
    let above = mounts.iter().filter(|mount| path.starts_with(mount));
    if let Some(mount) = above.max_by_key(|mount| mount.components().count()) {
        return mount.clone();
    }
    // A drive letter or a share is one component; of /Volumes/NAME it takes three.
    let named = if path.starts_with("/Volumes") { 3 } else { 1 };
    path.components().take(named).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing here panics while it holds one of these.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn a_path_belongs_to_the_longest_mount_above_it() {
        let mounts = ["/", "/mnt/nas", "/mnt/nas/inner", "/mnt/na"].map(PathBuf::from);
        let of = |path: &str| mount_of(Path::new(path), &mounts);
        assert_eq!(of("/mnt/nas/inner/a.mp4"), Path::new("/mnt/nas/inner"));
        assert_eq!(of("/mnt/nas2/a.mp4"), Path::new("/"));
        assert_eq!(unescaped("/media/my\\040disk"), Path::new("/media/my disk"));
    }

    #[tokio::test]
    async fn a_folder_that_is_a_link_belongs_to_the_drive_it_points_to() {
        let folder = tempfile::tempdir().unwrap();
        let (io, file) = (FileIo::new(LONG), folder.path().join("a"));
        std::fs::write(&file, "x").unwrap();
        let real = io.device_of(&file.canonicalize().unwrap()).await;
        assert_eq!(io.device_of(&file).await, real);
    }

    #[tokio::test]
    async fn calls_that_hang_are_left_and_the_device_is_silent_until_they_return() {
        let folder = tempfile::tempdir().unwrap();
        let (io, path) = (FileIo::new(Duration::from_millis(20)), folder.path().join("a"));
        let device = io.device(&path).await;
        let (release, gate) = std::sync::mpsc::channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        for _ in 0..CALLS {
            let gate = gate.clone();
            let hung = io.call(&path, move || lock(&gate).recv().is_err()).await;
            assert_eq!(hung.unwrap_err().code, Code::FileSilent);
        }
        assert_eq!(lock(&device.left).len(), CALLS);
        // Its places are taken: nobody else gets further than the door, and no thread more is started.
        assert_eq!(io.call(&path, || ()).await.unwrap_err().code, Code::FileSilent);
        drop(release);
        let back = async {
            while !lock(&device.left).is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        back.await;
        let io = FileIo { patience: LONG, ..io };
        assert!(io.call(&path, || 7).await.is_ok_and(|seven| seven == 7));
    }

    #[tokio::test]
    async fn many_paths_are_looked_at_in_one_trip_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("a");
        std::fs::write(&there, "abc").unwrap();
        let paths = [folder.path().join("none"), there.clone(), folder.path().join("none")];
        let files = paths.map(|path| (path, None));
        let seen = FileIo::new(LONG).see(&files).await;
        let sizes: Vec<Option<u64>> = seen
            .into_iter()
            .map(|file| file.expect("it answers").1.map(|seen| seen.source.size))
            .collect();
        assert_eq!(sizes, [None, Some(3), None]);
    }
}
