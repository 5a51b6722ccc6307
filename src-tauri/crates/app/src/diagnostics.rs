//! The report for the people who support this: versions, settings, timelines and logs in one zip beside the logs. What
//! goes in is searched for every secret this installation knows; nothing is sent anywhere.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::path::PathBuf;

use serde_json::json;
use vodlift_cloud::{Secret, clean};
use vodlift_engine::model::Transfer;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::App;
use crate::error::Error;
use crate::folders;

/// Transfers whose timelines go in, the newest ones.
const TIMELINES: usize = 200;

impl App {
    /// Writes the report, in place of an older one, and answers with its path. A title or a file name is in it only where a
    /// log or a timeline tells it.
    pub async fn diagnostics(&self) -> Result<PathBuf, Error> {
        let profiles = self.accounts.list(self.language());
        let names: Vec<String> = profiles.iter().map(|profile| profile.name.clone()).collect();
        let secrets = self.accounts.secrets.all(&names).await;
        let mut queue = BTreeMap::<String, u32>::new();
        for row in self.engine.rows().await {
            let fault = row.fault.as_ref().map_or("", |fault| fault.code.as_str());
            let state = format!("{:?} {:?} {fault}", row.status, row.phase);
            *queue.entry(state.trim_end().to_owned()).or_default() += 1;
        }
        let sources: Vec<_> = profiles
            .iter()
            .map(|profile| {
                json!({
                    "source": profile.source,
                    "region": profile.region,
                    "ownEndpoint": profile.endpoint.is_some(),
                    "secret": profile.secret,
                    "active": profile.active,
                    "sandbox": profile.sandbox,
                    "tested": profile.tested,
                })
            })
            .collect();
        let about = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "system": std::env::consts::OS,
            "architecture": std::env::consts::ARCH,
            "locale": self.edge.locale(),
            "keyring": self.accounts.secrets.state(),
            "profiles": sources,
            "queue": queue,
            "notice": self.engine.notice().map(|fault| fault.code.as_str()),
        });
        let mut files = vec![
            ("about.json".to_owned(), pretty(&about)),
            ("settings.json".to_owned(), pretty(&json!(self.settings()))),
            ("timelines.json".to_owned(), pretty(&self.timelines().await?)),
        ];
        let logs = crate::logs::kept(&self.folders.logs);
        files.extend(logs.into_iter().map(|(name, text)| (format!("logs/{name}"), text)));
        let path = self.folders.logs.join("diagnostics.zip");
        let zipped = zipped(&files, &secrets)
            .map_err(|source| Error::Write { path: path.clone(), source: source.into() })?;
        folders::replace_bytes(&path, &zipped)?;
        Ok(path)
    }

    async fn timelines(&self) -> Result<serde_json::Value, Error> {
        let mut transfers: Vec<Transfer> = self.engine.transfers(None).await;
        transfers.sort_by_key(|transfer| std::cmp::Reverse(transfer.id.0));
        let mut told = Vec::new();
        for transfer in transfers.iter().take(TIMELINES) {
            told.push(json!({
                "id": transfer.id,
                "kind": transfer.kind.as_str(),
                "phase": transfer.state.phase.as_str(),
                "bytes": transfer.size(),
                "media": transfer.media,
                "lines": self.timeline(transfer.id).await?,
            }));
        }
        Ok(told.into())
    }
}

fn pretty(value: &serde_json::Value) -> String {
    // Plain values always become text.
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn zipped(files: &[(String, String)], secrets: &[Secret]) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(name, SimpleFileOptions::default())?;
        for line in text.lines() {
            let indent = &line[..line.len() - line.trim_start().len()];
            writeln!(zip, "{indent}{}", clean(line, secrets))?;
        }
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_zipped_can_be_read_and_a_known_secret_cannot() {
        let text = "{\n  \"sent\": \"https://host/?a=s%2Fcret%3D\",\n  \"plain\": \"s/cret=\"\n}\n";
        let zipped =
            zipped(&[("a.json".into(), text.into())], &[Secret::new("s/cret=".into())]).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(zipped)).unwrap();
        let read = std::io::read_to_string(archive.by_name("a.json").unwrap()).unwrap();
        assert_eq!(read, "{\n  \"sent\": \"https://host/?a=•••\",\n  \"plain\": \"•••\"\n}\n");
    }
}
