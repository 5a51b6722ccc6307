//! Looks for secrets in what was written, however they are spelt. Knows none itself.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};

/// The ways a secret may be spelt: as it is, percent-encoded, and inside any Base64 text.
fn spellings(secret: &str) -> Vec<Vec<u8>> {
    let mut all = vec![secret.as_bytes().to_vec()];
    let (mut upper, mut lower) = (String::new(), String::new());
    for byte in secret.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            upper.push(char::from(byte));
            lower.push(char::from(byte));
        } else {
            write!(upper, "%{byte:02X}").expect("a text");
            write!(lower, "%{byte:02x}").expect("a text");
        }
    }
    all.extend([upper.into_bytes(), lower.into_bytes()]);
    // Three bytes make four letters: what stands before shifts them, so there are three pictures of the middle.
    for shift in 0..3 {
        let mut bytes = vec![0; shift];
        bytes.extend_from_slice(secret.as_bytes());
        bytes.truncate(bytes.len() / 3 * 3);
        let text = BASE64_STANDARD.encode(&bytes);
        let middle = &text[if shift == 0 { 0 } else { 4 }..];
        all.push(middle.as_bytes().to_vec());
        all.push(middle.replace('+', "-").replace('/', "_").into_bytes());
    }
    all.retain(|spelling| spelling.len() >= 12);
    all
}

/// Which of the secrets stand in the bytes, in any spelling.
pub fn found(bytes: &[u8], secrets: &BTreeSet<String>) -> BTreeSet<String> {
    let mut heads: HashMap<[u8; 12], Vec<(Vec<u8>, &String)>> = HashMap::new();
    let mut first = vec![false; 256];
    for secret in secrets {
        for spelling in spellings(secret) {
            first[usize::from(spelling[0])] = true;
            let head = spelling[..12].try_into().expect("long enough");
            heads.entry(head).or_default().push((spelling, secret));
        }
    }
    let mut found = BTreeSet::new();
    for (at, window) in bytes.windows(12).enumerate().filter(|(_, w)| first[usize::from(w[0])]) {
        let Some(likely) = heads.get(<&[u8; 12]>::try_from(window).expect("twelve")) else {
            continue;
        };
        for (spelling, secret) in likely {
            if bytes[at..].starts_with(spelling) {
                found.insert((*secret).clone());
            }
        }
    }
    found
}

/// Searches every file below a folder; the names of those that hold a secret.
pub fn search(folder: &Path, secrets: &BTreeSet<String>) -> Vec<String> {
    let mut guilty = vec![];
    for entry in std::fs::read_dir(folder).expect("folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            guilty.extend(search(&path, secrets));
            continue;
        }
        // SQLite's log may vanish while we look.
        let Ok(bytes) = std::fs::read(&path) else { continue };
        if !found(&bytes, secrets).is_empty() {
            guilty.push(path.display().to_string());
        }
    }
    guilty
}

/// The secrets the sandbox handed out, as it keeps them itself.
pub fn issued(data: &Path, secrets: &mut BTreeSet<String>) {
    let state = std::fs::read_to_string(data.join(".sandbox/state.jsonl")).expect("its books");
    for line in state.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line");
        for name in ["secret", "token"] {
            for kind in ["Pass", "Account"] {
                if let Some(text) = line[kind][name].as_str() {
                    secrets.insert(text.to_owned());
                }
            }
        }
    }
}
