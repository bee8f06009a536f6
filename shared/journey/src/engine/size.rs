//! How large a value is when it is stored. Parts are shared in memory, so a value that costs nothing to hold can be
//! enormous to write down: looking stops at the limit.

use expression::Value;

/// The bytes of the value as JSON, about; `None` beyond `limit`, or when it cannot be read back: it nests too deeply, or
/// there is a function in it.
pub(crate) fn stored_size(value: &Value, limit: usize) -> Option<usize> {
    let mut left = limit;
    visit(value, Value::MAX_DEPTH, &mut left).then(|| limit - left)
}

/// Whether the value nests no more deeply than expressions can work with.
pub(crate) fn is_shallow(value: &Value) -> bool {
    visit(value, Value::MAX_DEPTH, &mut usize::MAX.clone())
}

fn visit(value: &Value, levels: usize, left: &mut usize) -> bool {
    let own = match value {
        Value::Text(text) => written(text) + 3,
        Value::List(_) | Value::Map(_) => 2,
        Value::Int(number) => digits(*number) + 2,
        Value::Float(_) => 20,
        Value::Null | Value::Bool(_) => 5,
        Value::Lambda(_) => return false,
        Value::Date(_) | Value::Time(_) | Value::DateTime(_) | Value::Range(_) => 40,
    };
    let Some(rest) = left.checked_sub(own) else { return false };
    *left = rest;
    match value {
        Value::List(items) => levels > 0 && items.iter().all(|item| visit(item, levels - 1, left)),
        Value::Map(map) => {
            levels > 0
                && map.iter().all(|(key, item)| {
                    *left = left.saturating_sub(written(key) + 4);
                    visit(item, levels - 1, left)
                })
        }
        _ => true,
    }
}

fn digits(number: i64) -> usize {
    number.unsigned_abs().checked_ilog10().map_or(1, |power| power as usize + 1)
}

/// The bytes of a text in JSON, without its quotes.
fn written(text: &str) -> usize {
    let escape = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 1,
        0..=0x1f => 5,
        _ => 0,
    };
    text.len() + text.bytes().map(escape).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_or_too_deep_is_found() {
        let mut shared = Value::from("x".repeat(100));
        for _ in 0..40 {
            shared = Value::list(vec![shared.clone(), shared]);
        }
        assert_eq!(stored_size(&shared, 32 * 1024), None, "more parts than there are atoms in a drop");
        let mut deep = Value::Null;
        for _ in 0..=Value::MAX_DEPTH {
            deep = Value::list(vec![deep]);
        }
        assert_eq!(stored_size(&deep, 32 * 1024), None);
        assert!(!is_shallow(&deep));
    }

    #[test]
    fn the_size_is_about_that_of_the_json() {
        let json = serde_json::json!({"results": (0..50).map(|n| serde_json::json!({"id": n, "title": "Alimentación"})).collect::<Vec<_>>()});
        let written = json.to_string().len();
        let size = stored_size(&Value::from(json), 32 * 1024).unwrap();
        assert!(size.abs_diff(written) < written / 3, "{size} {written}");
        assert_eq!(stored_size(&Value::from("abc"), 6), Some(6));
        assert_eq!(stored_size(&Value::from("abcd"), 6), None);
    }
}
