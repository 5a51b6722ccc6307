//! The books as a file of JSON lines, so that a sandbox with a data folder goes on where it was. Knows no rules.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Account, Books, Media, Object, Part, Pass, Upload};

/// One change of the books.
#[derive(Serialize, Deserialize)]
pub(super) enum Entry {
    Account(Account),
    Pass(Pass),
    Media(Box<Media>),
    MediaGone(String),
    Upload(Upload),
    Part(String, u32, Part),
    UploadGone(String),
    Object(Object),
    ObjectGone(String, String),
}

/// The open file. Every line is handed to the system at once: a killed process loses nothing.
pub(super) struct Journal(File);

impl Journal {
    pub(super) fn append(&mut self, entry: &Entry) -> io::Result<()> {
        self.0.write_all(&line(entry)?)
    }
}

fn line(entry: &Entry) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    Ok(line)
}

/// Reads the journal at `path` into `books`, writes it anew in its shortest form and keeps it open.
pub(super) fn load(path: &Path, mut books: Books) -> io::Result<Books> {
    match File::open(path) {
        Ok(file) => {
            for line in BufReader::new(file).lines() {
                // The last line of a killed sandbox may be torn; what came before it counts.
                let Ok(entry) = serde_json::from_str(&line?) else { break };
                apply(&mut books, entry);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let fresh = path.with_extension("new");
    let mut file = private(&fresh)?;
    let mut text = Vec::new();
    for entry in entries(&books) {
        text.extend(line(&entry)?);
    }
    file.write_all(&text)?;
    drop(file);
    std::fs::rename(&fresh, path)?;
    books.journal = Some(Journal(OpenOptions::new().append(true).open(path)?));
    Ok(books)
}

/// The keys in it are pretend ones, but a file of keys is a private file.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn apply(books: &mut Books, entry: Entry) {
    match entry {
        Entry::Account(account) => books.account = account,
        Entry::Pass(pass) => {
            books.passes.insert(pass.id.clone(), pass);
        }
        Entry::Media(media) => books.put_media(*media),
        Entry::MediaGone(id) => {
            books.media.remove(&id);
            books.order.retain(|other| *other != id);
        }
        Entry::Upload(upload) => {
            books.uploads.insert(upload.id.clone(), upload);
        }
        Entry::Part(upload, number, part) => {
            if let Some(upload) = books.uploads.get_mut(&upload) {
                upload.trunk.remember(number, &part.piece, part.size);
                upload.parts.insert(number, part);
            }
        }
        Entry::UploadGone(id) => {
            books.uploads.remove(&id);
        }
        Entry::Object(object) => {
            books.objects.insert((object.bucket.clone(), object.key.clone()), object);
        }
        Entry::ObjectGone(bucket, key) => {
            books.objects.remove(&(bucket, key));
        }
    }
}

fn entries(books: &Books) -> Vec<Entry> {
    let mut entries = vec![Entry::Account(books.account.clone())];
    entries.extend(books.passes.values().cloned().map(Entry::Pass));
    let media = books.order.iter().filter_map(|id| books.media.get(id));
    entries.extend(media.cloned().map(|it| Entry::Media(Box::new(it))));
    for upload in books.uploads.values() {
        entries.push(Entry::Upload(upload.clone()));
        for (number, part) in &upload.parts {
            entries.push(Entry::Part(upload.id.clone(), *number, part.clone()));
        }
    }
    entries.extend(books.objects.values().cloned().map(Entry::Object));
    entries
}
