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

/// The objects of an array, which may stand in a container of its own (`SubCategories.Category`).
pub(crate) fn objects<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
    inner: &str,
) -> Vec<&'a Map<String, Value>> {
    let list = fields.get(name).map(|value| value.get(inner).unwrap_or(value));
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).collect()
}

/// The texts of an array.
pub(crate) fn texts(fields: &Map<String, Value>, name: &str) -> Vec<String> {
    let list = fields.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
