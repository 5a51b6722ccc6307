//! One transfer as a row of SQL and back. Knows the columns; knows neither the file nor the thread they live in.

use rusqlite::types::Type;
use rusqlite::{Row, Statement, named_params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::Fault;
use crate::machine::{Health, State};
use crate::model::{Millis, Part, Place, Source, Transfer, TransferId, Wish};
use crate::paths;

pub(crate) const UPSERT: &str = "INSERT INTO transfer VALUES (
    :id, :position, :account, :kind, :forced_kind, :path, :about, :wait, :parent, :language, :pasted, :force, :same_as,
    :wish, :before, :grace_ms, :phase, :fault, :relapses, :method, :size_bytes, :modified_ms, :file_id, :fingerprint,
    :extension, :part_bytes, :asked, :generation, :media, :old_media, :url, :endpoint, :bucket, :object, :upload,
    :landed, :crc64, :object_crc64, :vod_status, :vod_ms, :sweep, :shown, :owner, :took_ms, :added_ms, :since_ms,
    :ended_ms, :request_ids, :remarks, :recoded)
  ON CONFLICT (id) DO UPDATE SET
    position = excluded.position, account = excluded.account, kind = excluded.kind, path = excluded.path,
    forced_kind = excluded.forced_kind, about = excluded.about, wait = excluded.wait, parent = excluded.parent,
    language = excluded.language, pasted = excluded.pasted, force = excluded.force, same_as = excluded.same_as,
    wish = excluded.wish, before = excluded.before, grace_ms = excluded.grace_ms, phase = excluded.phase,
    fault = excluded.fault, relapses = excluded.relapses, method = excluded.method, size_bytes = excluded.size_bytes,
    modified_ms = excluded.modified_ms, file_id = excluded.file_id, fingerprint = excluded.fingerprint,
    extension = excluded.extension, part_bytes = excluded.part_bytes, asked = excluded.asked,
    generation = excluded.generation, media = excluded.media, old_media = excluded.old_media, url = excluded.url,
    endpoint = excluded.endpoint, bucket = excluded.bucket, object = excluded.object, upload = excluded.upload,
    landed = excluded.landed, crc64 = excluded.crc64, object_crc64 = excluded.object_crc64,
    vod_status = excluded.vod_status, vod_ms = excluded.vod_ms, sweep = excluded.sweep, shown = excluded.shown,
    owner = excluded.owner, took_ms = excluded.took_ms, since_ms = excluded.since_ms, ended_ms = excluded.ended_ms,
    request_ids = excluded.request_ids, remarks = excluded.remarks, recoded = excluded.recoded";

/// The serde name of a plain enum.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// SQLite's integers are signed; bytes and milliseconds stay far below 2⁶³.
fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(crate) fn write(statement: &mut Statement<'_>, t: &Transfer) -> rusqlite::Result<usize> {
    let path = paths::to_text(&t.path);
    let state = &t.state;
    statement.execute(named_params! {
        ":id": t.id.0.to_string(),
        ":position": t.position,
        ":account": t.account,
        ":kind": t.kind.as_str(),
        ":forced_kind": t.forced_kind,
        ":path": path,
        ":about": json(&t.about),
        ":wait": word(&t.wait),
        ":parent": t.parent.map(|p| p.0.to_string()),
        ":language": t.language,
        ":pasted": t.pasted,
        ":force": t.force,
        ":same_as": t.same_as.map(|p| p.0.to_string()),
        ":wish": word(&state.wish),
        ":before": word(&state.before),
        ":grace_ms": state.grace.map(int),
        ":phase": state.phase.as_str(),
        ":fault": state.stuck().or(t.failed.as_ref()).map(json),
        ":relapses": state.relapses,
        ":method": word(&t.method),
        ":size_bytes": t.source.map(|s| int(s.size)),
        ":modified_ms": t.source.map(|s| s.modified_ms),
        ":file_id": t.source.and_then(|s| s.file).map(|f| f.to_string()),
        ":fingerprint": t.fingerprint.map(|f| f.to_string()),
        ":extension": t.extension,
        ":part_bytes": int(t.part_size),
        ":asked": t.asked,
        ":generation": t.generation,
        ":media": t.media,
        ":old_media": t.old_media,
        ":url": t.url,
        ":endpoint": t.place.as_ref().map(|p| &p.endpoint),
        ":bucket": t.place.as_ref().map(|p| &p.bucket),
        ":object": t.place.as_ref().map(|p| &p.object),
        ":upload": t.upload,
        ":landed": t.landed,
        ":crc64": t.crc64.map(|c| c.to_string()),
        ":object_crc64": t.object_crc64.map(|c| c.to_string()),
        ":vod_status": t.vod.as_ref().map(|v| &v.0),
        ":vod_ms": t.vod.as_ref().map(|v| int(v.1)),
        ":sweep": t.sweep,
        ":shown": t.shown,
        ":owner": t.owner.map(|o| o.to_string()),
        ":took_ms": int(t.took_ms),
        ":added_ms": int(t.added_ms),
        ":since_ms": int(t.since_ms),
        ":ended_ms": t.ended_ms.map(int),
        ":request_ids": json(&t.request_ids),
        ":remarks": json(&t.remarks),
        ":recoded": t.recoded.as_ref().map(json),
    })
}

fn odd(name: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, format!("odd value in {name}").into())
}

fn enumeration<T: DeserializeOwned>(row: &Row<'_>, name: &str) -> rusqlite::Result<T> {
    let text: String = row.get(name)?;
    serde_json::from_value(serde_json::Value::String(text)).map_err(|_| odd(name))
}

fn parsed<T: std::str::FromStr>(row: &Row<'_>, name: &str) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(name)?;
    text.map(|text| text.parse().map_err(|_| odd(name))).transpose()
}

fn document<T: DeserializeOwned>(row: &Row<'_>, name: &str) -> rusqlite::Result<T> {
    let text: String = row.get(name)?;
    serde_json::from_str(&text).map_err(|_| odd(name))
}

fn number(row: &Row<'_>, name: &str) -> rusqlite::Result<Option<u64>> {
    let value: Option<i64> = row.get(name)?;
    value.map(|v| u64::try_from(v).map_err(|_| odd(name))).transpose()
}

fn moment(row: &Row<'_>, name: &str) -> rusqlite::Result<Millis> {
    number(row, name)?.ok_or_else(|| odd(name))
}

pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Transfer> {
    let id = TransferId(parsed(row, "id")?.ok_or_else(|| odd("id"))?);
    let kind: crate::model::Kind = enumeration(row, "kind")?;
    let mut state = State::new(enumeration(row, "wish")?, kind.renews());
    state.phase = enumeration(row, "phase")?;
    state.before = enumeration(row, "before")?;
    state.grace = number(row, "grace_ms")?;
    state.relapses = row.get("relapses")?;
    let fault: Option<String> = row.get("fault")?;
    let fault: Option<Fault> =
        fault.map(|text| serde_json::from_str(&text).map_err(|_| odd("fault"))).transpose()?;
    // A cancel clears the health; what it was cancelled for stays known.
    let mut failed = None;
    match fault {
        Some(fault) if state.wish == Wish::Cancel || state.is_final() => failed = Some(fault),
        Some(fault) => state.health = Health::Stuck(fault),
        None => {}
    }
    let source = match (number(row, "size_bytes")?, row.get::<_, Option<i64>>("modified_ms")?) {
        (Some(size), Some(modified_ms)) => {
            Some(Source { size, modified_ms, file: parsed(row, "file_id")? })
        }
        _ => None,
    };
    let place = match (row.get("endpoint")?, row.get("bucket")?, row.get("object")?) {
        (Some(endpoint), Some(bucket), Some(object)) => Some(Place { endpoint, bucket, object }),
        _ => None,
    };
    let vod: Option<String> = row.get("vod_status")?;
    let recoded: Option<String> = row.get("recoded")?;
    let recoded =
        recoded.map(|text| serde_json::from_str(&text).map_err(|_| odd("recoded"))).transpose()?;
    Ok(Transfer {
        id,
        position: row.get("position")?,
        account: row.get("account")?,
        kind,
        forced_kind: row.get("forced_kind")?,
        path: paths::from_text(&row.get::<_, String>("path")?),
        about: document(row, "about")?,
        wait: enumeration(row, "wait")?,
        parent: parsed(row, "parent")?.map(TransferId),
        language: row.get("language")?,
        pasted: row.get("pasted")?,
        force: row.get("force")?,
        same_as: parsed(row, "same_as")?.map(TransferId),
        state,
        method: enumeration(row, "method")?,
        source,
        fingerprint: parsed(row, "fingerprint")?,
        extension: row.get("extension")?,
        part_size: moment(row, "part_bytes")?,
        asked: row.get("asked")?,
        generation: row.get("generation")?,
        media: row.get("media")?,
        old_media: row.get("old_media")?,
        url: row.get("url")?,
        place,
        upload: row.get("upload")?,
        landed: row.get("landed")?,
        crc64: parsed(row, "crc64")?,
        object_crc64: parsed(row, "object_crc64")?,
        vod: match vod {
            Some(status) => Some((status, moment(row, "vod_ms")?)),
            None => None,
        },
        sweep: row.get("sweep")?,
        failed,
        shown: row.get("shown")?,
        owner: parsed(row, "owner")?,
        took_ms: moment(row, "took_ms")?,
        added_ms: moment(row, "added_ms")?,
        since_ms: moment(row, "since_ms")?,
        ended_ms: number(row, "ended_ms")?,
        request_ids: document(row, "request_ids")?,
        remarks: document(row, "remarks")?,
        recoded,
    })
}

pub(crate) fn read_part(row: &Row<'_>) -> rusqlite::Result<Part> {
    Ok(Part {
        number: row.get("number")?,
        offset: moment(row, "offset_bytes")?,
        length: moment(row, "length_bytes")?,
        etag: row.get("etag")?,
        crc64: parsed(row, "crc64")?.ok_or_else(|| odd("crc64"))?,
    })
}
