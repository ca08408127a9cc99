//! What is read from the texts that MLflow before 3.17 kept about traces, and how: as MLflow's migration 75868b020152 does. What
//! cannot be understood there is no error, and becomes nothing.

use serde_json::Value;

/// A JSON object, also where Python wrote `NaN` or `Infinity` into it, which are no JSON. Empty when it is none.
pub(super) fn object(text: Option<&str>) -> serde_json::Map<String, Value> {
    match text.map(json) {
        Some(Some(Value::Object(object))) => object,
        _ => serde_json::Map::new(),
    }
}

fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&without_non_numbers(text))).ok()
}

/// Puts `null` in place of what Python writes for numbers that are none.
fn without_non_numbers(text: &str) -> String {
    let (mut result, mut in_string, mut rest) = (String::with_capacity(text.len()), false, text);
    while let Some(character) = rest.chars().next() {
        if !in_string
            && let Some(after) =
                ["NaN", "Infinity", "-Infinity"].into_iter().find_map(|word| rest.strip_prefix(word))
        {
            result.push_str("null");
            rest = after;
            continue;
        }
        let escaped = in_string && character == '\\';
        in_string ^= character == '"';
        for next in rest.chars().take(if escaped { 2 } else { 1 }) {
            result.push(next);
            rest = rest.strip_prefix(next).unwrap_or_default();
        }
    }
    result
}

/// A number of tokens: whole, and of 64 bits.
pub(super) fn tokens(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Number(number) => whole(&number.to_string()),
        Value::String(text) => whole(text.trim()),
        _ => None,
    }
}

/// A number of tokens that is kept as a floating-point number.
pub(super) fn tokens_of_metric(value: Option<f64>) -> Option<i64> {
    whole(&format!("{:e}", value?))
}

/// The whole number that a decimal one is, such as `12`, `12.0` or `1.2e1`.
fn whole(text: &str) -> Option<i64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{before}{after}");
    if all.is_empty() || !all.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let significant = all.trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let removed = i64::try_from(all.len() - significant.len()).ok()?;
    let zeros = i64::from(exponent) - i64::try_from(after.len()).ok()? + removed;
    // More digits than 64 bits hold, or digits after the point.
    let zeros = u32::try_from(zeros).ok().filter(|zeros| *zeros < 20)?;
    let number = significant.parse::<i128>().ok()?.checked_mul(10_i128.pow(zeros))?;
    i64::try_from(if negative { -number } else { number }).ok()
}

/// A cost: a number that is finite.
pub(super) fn cost(value: Option<&Value>) -> Option<f64> {
    let number = match value? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

/// The beginning of a text that fits a column.
pub(super) fn beginning(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

/// What is summed of the value of an assessment, and whether it is a number.
pub(super) fn aggregate(text: &str) -> (Option<f64>, bool) {
    match serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)) {
        Value::Bool(value) => (Some(f64::from(u8::from(value))), false),
        Value::Number(number) => match number.as_f64().filter(|number| number.is_finite()) {
            Some(number) => (Some(number), true),
            None => (None, false),
        },
        Value::String(text) => match text.trim().to_lowercase().as_str() {
            "yes" => (Some(1.0), false),
            "no" => (Some(0.0), false),
            _ => (None, false),
        },
        _ => (None, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_whole_numbers_however_they_are_written() {
        for (text, expected) in [
            ("12", Some(12)),
            ("12.0", Some(12)),
            ("-3", Some(-3)),
            ("1.2e1", Some(12)),
            ("120e-1", Some(12)),
            ("0.0", Some(0)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("1e400", None),
            ("1.5", None),
            ("1e-3", None),
            ("", None),
            (".", None),
            ("NaN", None),
            ("twelve", None),
            ("1 2", None),
        ] {
            assert_eq!(whole(text), expected, "{text}");
            assert_eq!(tokens(Some(&Value::from(format!(" {text} ")))), expected, "{text}");
        }
        for (metric, expected) in [
            (3.0, Some(3)),
            (2e18, Some(2_000_000_000_000_000_000)),
            (1e19, None),
            (0.5, None),
            (f64::NAN, None),
        ] {
            assert_eq!(tokens_of_metric(Some(metric)), expected, "{metric}");
        }
        assert_eq!(tokens_of_metric(Some(f64::INFINITY)), None);
        assert_eq!(tokens(Some(&Value::from(true))), None);
        assert_eq!(tokens(Some(&Value::from(7))), Some(7));
    }

    #[test]
    fn costs_are_finite() {
        let costs = object(Some(
            r#"{"a": 0.5, "b": NaN, "c": "1.25", "d": -Infinity, "e": true, "f": "\" NaN", "g": "inf"}"#,
        ));
        let read: Vec<Option<f64>> =
            ["a", "b", "c", "d", "e", "f", "g", "h"].iter().map(|key| cost(costs.get(*key))).collect();
        assert_eq!(read, [Some(0.5), None, Some(1.25), None, None, None, None, None]);
        assert_eq!(costs["f"], "\" NaN");
        for text in ["[1]", "{", "", "\"a"] {
            assert!(object(Some(text)).is_empty(), "{text}");
        }
        assert!(object(None).is_empty());
    }

    #[test]
    fn a_yes_counts_one_and_is_no_number() {
        for (text, expected) in [
            ("true", (Some(1.0), false)),
            ("false", (Some(0.0), false)),
            ("0.25", (Some(0.25), true)),
            ("3", (Some(3.0), true)),
            ("\"Yes \"", (Some(1.0), false)),
            ("no", (Some(0.0), false)),
            ("\"good\"", (None, false)),
            ("NaN", (None, false)),
            ("1e999", (None, false)),
            ("[1]", (None, false)),
            ("null", (None, false)),
        ] {
            assert_eq!(aggregate(text), expected, "{text}");
        }
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(beginning("äöü", 2), "äö");
        assert_eq!(beginning("a", 2), "a");
    }
}
