//! Reads JSON as the cloud writes it: numbers as strings and the other way round. Knows no operation.

use serde_json::{Map, Value};

/// A text or a number, as text; empty is as good as absent.
pub(crate) fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    match fields.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// A count or a size, also when it is written as text or with a fraction of zeros.
pub(crate) fn number(fields: &Map<String, Value>, name: &str) -> Option<u64> {
    let text = text(fields, name)?;
    let whole = text.trim();
    let whole = whole.split_once('.').map_or(whole, |(whole, _)| whole);
    whole.parse().ok()
}

/// Seconds with a fraction.
pub(crate) fn float(fields: &Map<String, Value>, name: &str) -> Option<f64> {
    text(fields, name)?.trim().parse().ok().filter(|value: &f64| value.is_finite())
}

/// An object inside.
pub(crate) fn object<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
) -> Option<&'a Map<String, Value>> {
    fields.get(name)?.as_object()
}

/// The objects of an array, which may stand alone in a container (`SubCategories.Category`).
pub(crate) fn objects<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
    inner: &str,
) -> Vec<&'a Map<String, Value>> {
    let named = fields.get(name).and_then(|value| value.get(inner));
    let list = named.or_else(|| fields.get(name).map(unwrapped));
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).collect()
}

/// The texts of an array, in a container or joined with commas as well (`NonExistMediaIds` of one sample).
pub(crate) fn texts(fields: &Map<String, Value>, name: &str) -> Vec<String> {
    let one = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    match fields.get(name).map(unwrapped) {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).filter_map(one).collect(),
        Some(Value::String(text)) => text.split(',').filter_map(one).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => vec![],
    }
}

/// VOD wraps lists of old operations: an object with a single field is what that field holds.
fn unwrapped(value: &Value) -> &Value {
    let only = value.as_object().filter(|fields| fields.len() == 1);
    only.and_then(|fields| fields.values().next()).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_every_shape() {
        for (shape, want) in [
            (r#"{"N":["a","b"]}"#, &["a", "b"][..]),
            (r#"{"N":{"String":["a","b"]}}"#, &["a", "b"]),
            (r#"{"N":"a,b"}"#, &["a", "b"]),
            (r#"{"N":{"VideoId":"a"}}"#, &["a"]),
            (r#"{"N":""}"#, &[]),
            (r#"{"N":null}"#, &[]),
            ("{}", &[]),
        ] {
            let fields: Map<String, Value> = serde_json::from_str(shape).unwrap();
            assert_eq!(texts(&fields, "N"), want, "{shape}");
        }
        for shape in
            [r#"{"L":[{"a":1}]}"#, r#"{"L":{"Video":[{"a":1}]}}"#, r#"{"L":{"X":[{"a":1}]}}"#]
        {
            let fields: Map<String, Value> = serde_json::from_str(shape).unwrap();
            assert_eq!(objects(&fields, "L", "Video").len(), 1, "{shape}");
        }
    }
}
