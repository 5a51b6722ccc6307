//! GetVideoList and SearchMedia over what was uploaded. Knows no signatures, and changes nothing.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Call;
use super::read::time;
use crate::codes;
use crate::life::Kind;
use crate::reply::Denial;
use crate::store::Media;
use crate::unverified::Unverified;

/// VOD: rows that can be reached by page.
const REACH: usize = 5000;
/// Unverified: how long the index of SearchMedia may lag behind.
const LAG_MS: i64 = 60_000;

impl Call<'_> {
    pub(super) fn video_list(&self) -> Result<Value, Denial> {
        let (page, size) = self.page()?;
        if page * size > REACH {
            return Err(Denial::of(&codes::VIDEO_LIST));
        }
        let wanted = self.get("Status").map(super::ids);
        let category = self.get("CateId");
        let mut all = self.sorted(|media| {
            media.kind.is_video()
                && wanted
                    .as_ref()
                    .is_none_or(|it| it.iter().any(|word| word == self.status(media).word()))
                && category.is_none_or(|it| media.cate_id.is_some_and(|id| id.to_string() == it))
        })?;
        // Nothing to show is an error here.
        if all.is_empty() {
            return Err(self.no_video());
        }
        let total = all.len();
        all = all.into_iter().skip((page - 1) * size).take(size).collect();
        let rows: Vec<Value> = all
            .iter()
            .map(|media| {
                let mut row = self.about(media);
                row["Snapshots"] = json!({"Snapshot": []});
                row
            })
            .collect();
        Ok(json!({"Total": total, "VideoList": {"Video": rows}}))
    }

    pub(super) fn search_media(&self) -> Result<Value, Denial> {
        let (page, size) = self.page()?;
        let kind = self.get("SearchType").unwrap_or("video");
        let of_kind: fn(Kind) -> bool = match kind {
            "video" => |kind| kind == Kind::Video,
            "audio" => |kind| kind == Kind::Audio,
            "image" => |kind| kind == Kind::Image,
            "attached" => Kind::is_attached,
            _ => return Err(super::invalid("SearchType")),
        };
        if page * size > REACH {
            // Further than this only a scroll token leads, and this sandbox hands out none.
            return Err(Denial::of(&codes::SCROLL_TOKEN));
        }
        let conditions = conditions(self.get("Match").unwrap_or_default())
            .ok_or_else(|| Denial::of(&codes::MATCH_SYNTAX))?;
        let lag = if self.other(Unverified::IndexIsLate) { LAG_MS } else { 0 };
        let now = self.clock.now_ms();
        let found = self.sorted(|media| {
            of_kind(media.kind)
                && media.created_ms + lag <= now
                && conditions.iter().all(|it| self.meets(media, it))
        })?;
        let fields: BTreeSet<String> =
            self.get("Fields").map(super::ids).unwrap_or_default().into_iter().collect();
        let rows = found.iter().skip((page - 1) * size).take(size);
        let rows: Vec<Value> = rows.map(|media| self.row(media, kind, &fields)).collect();
        Ok(json!({"Total": found.len(), "MediaList": rows}))
    }

    /// The media that are wanted, by CreationTime.
    fn sorted(&self, wanted: impl Fn(&Media) -> bool) -> Result<Vec<Media>, Denial> {
        let all: Vec<Media> = {
            let books = self.store.books();
            books.order.iter().filter_map(|id| books.media.get(id)).cloned().collect()
        };
        let mut found: Vec<Media> = all.into_iter().filter(wanted).collect();
        match self.get("SortBy").unwrap_or("CreationTime:Desc") {
            "CreationTime:Asc" => {}
            "CreationTime:Desc" => found.reverse(),
            other if other.split(',').count() > 3 => {
                return Err(Denial::of(&codes::TOO_MANY_SORTS));
            }
            _ => return Err(super::invalid("SortBy")),
        }
        Ok(found)
    }

    /// Without Fields a row has its id, type and CreationTime only.
    fn row(&self, media: &Media, kind: &str, fields: &BTreeSet<String>) -> Value {
        let (part, id) = match kind {
            "image" => ("Image", "ImageId"),
            "audio" => ("Audio", "AudioId"),
            "attached" => ("AttachedMedia", "MediaId"),
            _ => ("Video", "VideoId"),
        };
        let created = time(media.created_ms);
        let mut inner = Map::new();
        if let Value::Object(about) = self.about(media) {
            inner.extend(about.into_iter().filter(|(name, _)| fields.contains(name)));
        }
        inner.insert(id.into(), media.id.as_str().into());
        inner.insert("CreationTime".into(), created.as_str().into());
        let mut row = json!({"MediaId": media.id, "MediaType": kind, "CreationTime": created});
        row[part] = inner.into();
        row
    }

    fn meets(&self, media: &Media, condition: &Condition) -> bool {
        let any = |text: &str| condition.values.iter().any(|it| it == text);
        let fuzzy = |text: &str| condition.values.iter().any(|it| text.contains(it.as_str()));
        match condition.field.as_str() {
            "Title" => fuzzy(&media.title),
            "Tags" => fuzzy(&media.tags),
            "Description" => fuzzy(&media.description),
            "VideoId" | "AudioId" | "ImageId" | "MediaId" => any(&media.id),
            "StorageLocation" => any(&super::location(&media.bucket)),
            "Status" => any(self.status(media).word()),
            _ => media.cate_id.is_some_and(|id| any(&id.to_string())),
        }
    }
}

/// One part of Match: a field and the values it may have.
#[derive(Debug, PartialEq, Eq)]
struct Condition {
    field: String,
    values: Vec<String>,
}

/// Reads the part of Match's grammar that the sandbox knows: `Field = 'value'` and `Field in ('a', 'b')`, joined by `and`.
fn conditions(text: &str) -> Option<Vec<Condition>> {
    const FIELDS: [&str; 10] = [
        "Title",
        "Tags",
        "Description",
        "VideoId",
        "AudioId",
        "ImageId",
        "MediaId",
        "StorageLocation",
        "Status",
        "CateId",
    ];
    let mut rest = text.trim();
    let mut all = Vec::new();
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric())?;
        let field = FIELDS.into_iter().find(|it| *it == &rest[..end])?;
        rest = rest[end..].trim_start();
        let mut values = Vec::new();
        if let Some(after) = rest.strip_prefix('=') {
            let (value, after) = value(after.trim_start())?;
            values.push(value);
            rest = after;
        } else {
            rest = rest.strip_prefix("in")?.trim_start().strip_prefix('(')?;
            loop {
                let (value, after) = value(rest.trim_start())?;
                values.push(value);
                rest = after.trim_start();
                match rest.strip_prefix(',') {
                    Some(after) => rest = after,
                    None => break,
                }
            }
            rest = rest.strip_prefix(')')?;
        }
        all.push(Condition { field: field.to_owned(), values });
        rest = rest.trim();
        if !rest.is_empty() {
            rest = rest.strip_prefix("and ")?.trim_start();
            if rest.is_empty() {
                return None;
            }
        }
    }
    Some(all)
}

/// A quoted text or a number, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    for quote in ['\'', '"'] {
        if let Some(after) = text.strip_prefix(quote) {
            let (value, after) = after.split_once(quote)?;
            return Some((value.to_owned(), after));
        }
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(text.len());
    (end > 0).then(|| (text[..end].to_owned(), &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn match_is_read_or_refused() {
        let one = |field: &str, values: &[&str]| Condition {
            field: field.into(),
            values: values.iter().map(|it| (*it).to_owned()).collect(),
        };
        assert_eq!(conditions(""), Some(vec![]));
        assert_eq!(conditions("Title = '讲座'"), Some(vec![one("Title", &["讲座"])]));
        assert_eq!(
            conditions("Status in ('Normal','Checking') and CateId=1"),
            Some(vec![one("Status", &["Normal", "Checking"]), one("CateId", &["1"])])
        );
        for bad in ["Title", "Title=", "Title='x", "Nobody='x'", "Title='x' or", "Title='x' and "] {
            assert_eq!(conditions(bad), None, "{bad}");
        }
    }
}
