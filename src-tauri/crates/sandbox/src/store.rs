//! What the pretend cloud remembers: keys, passes, media, open uploads and finished objects. Knows no HTTP.

mod journal;
pub(crate) mod pieces;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::life::{Kind, Status};
use journal::{Entry, Journal};

/// Region of the sandbox, for signature V4 and in every UploadAuth.
pub(crate) const REGION: &str = "cn-shanghai";

/// The account's own key and the bucket VOD made for it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) bucket: String,
    pub(crate) port: u16,
}

/// What a temporary credential may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Scope {
    /// Calls of VOD, as the account's own key.
    Vod,
    /// Writing one object of OSS.
    Object { bucket: String, key: String, media: String },
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Pass {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: String,
    pub(crate) scope: Scope,
    pub(crate) expires_ms: i64,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Media {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) tags: String,
    pub(crate) cate_id: Option<i64>,
    pub(crate) cover_url: String,
    pub(crate) user_data: String,
    pub(crate) template_group: String,
    pub(crate) workflow: String,
    pub(crate) app_id: String,
    pub(crate) reference_id: Option<String>,
    pub(crate) file_name: String,
    /// FileSize as the client declared it.
    pub(crate) declared_bytes: Option<u64>,
    /// ImageType of an image.
    pub(crate) image_type: String,
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) created_ms: i64,
    pub(crate) modified_ms: i64,
    pub(crate) stored_ms: Option<i64>,
    /// How often an object was finished under this id; more than once is an overwrite.
    pub(crate) stored_times: u32,
    /// How often a credential was handed out that could overwrite a finished file.
    pub(crate) overwriting_passes: u32,
    /// Where its life ends.
    pub(crate) end: Status,
    /// Why it ends as TranscodeFail; empty if it does not.
    #[serde(default)]
    pub(crate) fail_reason: String,
    /// A status set from outside, whatever its age.
    pub(crate) forced: Option<Status>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) size: u64,
    pub(crate) md5: [u8; 16],
    pub(crate) crc: u64,
    pub(crate) modified_ms: i64,
    pub(crate) piece: pieces::Piece,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Upload {
    pub(crate) id: String,
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) media: String,
    pub(crate) content_type: String,
    pub(crate) initiated_ms: i64,
    #[serde(skip)]
    pub(crate) parts: BTreeMap<u32, Part>,
    #[serde(skip)]
    pub(crate) trunk: pieces::Trunk,
    /// Being put together: no longer open, not yet an object.
    #[serde(skip)]
    pub(crate) sealing: bool,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) media: String,
    /// Name of its file in the data folder.
    pub(crate) file: String,
    pub(crate) size: u64,
    pub(crate) crc: u64,
    pub(crate) etag: String,
    pub(crate) content_type: String,
    pub(crate) modified_ms: i64,
    pub(crate) multipart: bool,
}

/// Everything the cloud knows, as one thing behind one lock that is never held across an await.
pub(crate) struct Books {
    pub(crate) account: Account,
    pub(crate) passes: HashMap<String, Pass>,
    pub(crate) media: HashMap<String, Media>,
    pub(crate) uploads: HashMap<String, Upload>,
    pub(crate) objects: HashMap<(String, String), Object>,
    /// Nonces of the last half hour, with the time they were seen.
    pub(crate) nonces: HashMap<String, i64>,
    /// Ids of media in the order they were made.
    pub(crate) order: Vec<String>,
    /// ReferenceIds of media that were deleted since the sandbox started.
    pub(crate) references_gone: HashSet<String>,
    /// Signatures of the addresses handed out since the sandbox started.
    pub(crate) signatures: Vec<String>,
    journal: Option<Journal>,
}

/// The books and the folder their objects lie in.
pub(crate) struct Store {
    books: Mutex<Books>,
    folder: PathBuf,
    /// Held as long as the store: two sandboxes in one folder would undo each other's work.
    _lock: File,
    /// Deletes the folder of a sandbox without one of its own.
    _temporary: Option<TempDir>,
}

impl Store {
    /// Opens `data`, or a temporary folder that goes with the store. Errors with `WouldBlock` while
    /// another store has that folder.
    pub(crate) fn open(data: Option<&Path>) -> io::Result<Self> {
        let (folder, temporary) = if let Some(folder) = data {
            (folder.to_owned(), None)
        } else {
            let temporary = tempfile::Builder::new().prefix("vodlift-sandbox-").tempdir()?;
            (temporary.path().to_owned(), Some(temporary))
        };
        std::fs::create_dir_all(folder.join(HIDDEN).join("parts"))?;
        let lock = File::create(folder.join(HIDDEN).join("lock"))?;
        lock.try_lock()?;
        let fresh = Books {
            account: Account {
                id: format!("LTAI{}", random_text(20)),
                secret: random_text(30),
                bucket: format!("outin-{}", random_hex(32)),
                port: 0,
            },
            passes: HashMap::new(),
            media: HashMap::new(),
            uploads: HashMap::new(),
            objects: HashMap::new(),
            nonces: HashMap::new(),
            order: Vec::new(),
            references_gone: HashSet::new(),
            signatures: Vec::new(),
            journal: None,
        };
        let books = match data {
            Some(_) => journal::load(&folder.join(HIDDEN).join("state.jsonl"), fresh)?,
            None => fresh,
        };
        let store = Self { books: Mutex::new(books), folder, _lock: lock, _temporary: temporary };
        store.sweep();
        Ok(store)
    }

    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a finished object lies.
    pub(crate) fn object_path(&self, object: &Object) -> PathBuf {
        self.folder.join(&object.file)
    }

    pub(crate) fn final_path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// Where the parts of an upload lie.
    pub(crate) fn parts_folder(&self, upload: &str) -> PathBuf {
        self.folder.join(HIDDEN).join("parts").join(upload)
    }

    /// Forgets a media id and everything that hangs on it.
    pub(crate) fn delete_media(&self, id: &str) -> bool {
        let mut gone = Vec::new();
        {
            let mut books = self.books();
            let Some(media) = books.media.remove(id) else { return false };
            books.order.retain(|other| other != id);
            books.references_gone.extend(media.reference_id.clone());
            books.write(&Entry::MediaGone(id.to_owned()));
            if let Some(object) = books.objects.remove(&(media.bucket.clone(), media.key.clone())) {
                books.write(&Entry::ObjectGone(object.bucket.clone(), object.key.clone()));
                gone.push(self.object_path(&object));
            }
            let open: Vec<String> = books
                .uploads
                .values()
                .filter(|upload| upload.media == id)
                .map(|upload| upload.id.clone())
                .collect();
            for upload in open {
                books.drop_upload(&upload);
                gone.push(self.parts_folder(&upload));
            }
        }
        for path in gone {
            remove(&path);
        }
        true
    }

    /// Forgets an open upload and its parts.
    pub(crate) fn abort(&self, upload: &str) -> bool {
        let known = self.books().drop_upload(upload);
        if known {
            remove(&self.parts_folder(upload));
        }
        known
    }

    /// Records a finished object whose file is in its place.
    ///
    /// `again`: one in the place of another starts the processing anew.
    pub(crate) fn finish(&self, object: Object, again: bool) {
        let old = self.books().put_object(object, again);
        if let Some(old) = old {
            remove(&self.folder.join(old));
        }
    }

    /// Removes what a killed sandbox left behind and nobody refers to.
    fn sweep(&self) {
        let Ok(found) = std::fs::read_dir(self.folder.join(HIDDEN).join("parts")) else { return };
        let books = self.books();
        for entry in found.flatten() {
            if !entry.file_name().to_str().is_some_and(|name| books.uploads.contains_key(name)) {
                remove(&entry.path());
            }
        }
    }
}

/// Folder of everything in a data folder that is not a finished object.
const HIDDEN: &str = ".sandbox";

/// A bucket of the user's own, which StorageLocation may name.
pub(crate) const OWN_BUCKET: &str = "vodlift-own";

impl Books {
    /// The buckets there are; the first is VOD's own.
    pub(crate) fn buckets(&self) -> [&str; 2] {
        [&self.account.bucket, OWN_BUCKET]
    }

    pub(crate) fn set_port(&mut self, port: u16) {
        self.account.port = port;
        self.write(&Entry::Account(self.account.clone()));
    }

    pub(crate) fn put_pass(&mut self, pass: Pass) {
        self.write(&Entry::Pass(pass.clone()));
        self.passes.insert(pass.id.clone(), pass);
    }

    pub(crate) fn put_media(&mut self, media: Media) {
        self.write(&Entry::Media(Box::new(media.clone())));
        if !self.media.contains_key(&media.id) {
            self.order.push(media.id.clone());
        }
        self.media.insert(media.id.clone(), media);
    }

    /// Changes a media id if it is there.
    pub(crate) fn change_media(&mut self, id: &str, change: impl FnOnce(&mut Media)) {
        if let Some(mut media) = self.media.get(id).cloned() {
            change(&mut media);
            self.put_media(media);
        }
    }

    pub(crate) fn by_reference(&self, reference: &str) -> Option<&Media> {
        self.media.values().find(|media| media.reference_id.as_deref() == Some(reference))
    }

    pub(crate) fn media_at(&self, bucket: &str, key: &str) -> Option<&Media> {
        self.media.values().find(|media| media.bucket == bucket && media.key == key)
    }

    pub(crate) fn put_upload(&mut self, upload: Upload) {
        self.write(&Entry::Upload(upload.clone()));
        self.uploads.insert(upload.id.clone(), upload);
    }

    /// Records a part; `false` when its upload is gone or being sealed.
    pub(crate) fn put_part(&mut self, upload: &str, number: u32, part: Part) -> bool {
        let open = self.uploads.get(upload).is_some_and(|it| !it.sealing);
        if open {
            self.write(&Entry::Part(upload.to_owned(), number, part.clone()));
            if let Some(it) = self.uploads.get_mut(upload) {
                it.parts.insert(number, part);
            }
        }
        open
    }

    pub(crate) fn drop_upload(&mut self, upload: &str) -> bool {
        let known = self.uploads.remove(upload).is_some();
        if known {
            self.write(&Entry::UploadGone(upload.to_owned()));
        }
        known
    }

    /// Records a finished object; its media id begins to ripen. Returns the file it took the place
    /// of, if that has another name.
    pub(crate) fn put_object(&mut self, object: Object, again: bool) -> Option<String> {
        self.write(&Entry::Object(object.clone()));
        let (media, now, file) = (object.media.clone(), object.modified_ms, object.file.clone());
        let place = (object.bucket.clone(), object.key.clone());
        let old = self.objects.insert(place, object).map(|old| old.file);
        self.change_media(&media, |media| {
            if again || media.stored_ms.is_none() {
                media.stored_ms = Some(now);
            }
            media.modified_ms = now;
            media.stored_times += 1;
        });
        old.filter(|old| *old != file)
    }

    fn write(&mut self, entry: &Entry) {
        if let Some(journal) = &mut self.journal
            && let Err(error) = journal.append(entry)
        {
            tracing::error!(%error, "the sandbox cannot write down what it did");
        }
    }
}

/// Removes a file or folder; what is not there is as good as removed.
pub(crate) fn remove(path: &Path) {
    let done =
        if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    if let Err(error) = done
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, path = %path.display(), "left behind");
    }
}

/// `n` letters and digits of chance.
pub(crate) fn random_text(n: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    random(n, LETTERS)
}

/// `n` lower-case hex digits of chance.
pub(crate) fn random_hex(n: usize) -> String {
    random(n, b"0123456789abcdef")
}

fn random(n: usize, letters: &[u8]) -> String {
    use std::hash::BuildHasher;
    // Pretend keys for loopback: the hash map's own randomness is chance enough.
    (0..n)
        .map(|at| {
            let dice = std::collections::hash_map::RandomState::new().hash_one(at);
            let size = u64::try_from(letters.len()).unwrap_or(1);
            let index = usize::try_from(dice % size).unwrap_or(0);
            char::from(letters[index])
        })
        .collect()
}

/// Names of slots being written right now.
pub(crate) type Busy = HashSet<u32>;
