//! JSON as Python's `json.dumps` writes it, for values that MLflow's programs compare as text.

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use std::io::{Result, Write};

/// A space behind every comma and colon, and nothing beyond ASCII.
struct Python;

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        self.begin_array_value(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        writer.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> Result<()> {
        for c in fragment.chars() {
            match c.is_ascii() {
                true => write!(writer, "{c}")?,
                false => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        write!(writer, "\\u{unit:04x}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// `json.dumps` with its defaults.
///
/// # Errors
/// When a map has keys that are no strings.
pub(crate) fn dumps(value: &impl Serialize) -> serde_json::Result<String> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Python))?;
    // The formatter writes ASCII.
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_is_as_python_writes_it() {
        let value = json!([{"name": "é 🌲 \"\\\n", "version": 1, "x": null}, {}, [], [1, 2.5, true]]);
        assert_eq!(
            dumps(&value).unwrap(),
            r#"[{"name": "\u00e9 \ud83c\udf32 \"\\\n", "version": 1, "x": null}, {}, [], [1, 2.5, true]]"#
        );
    }
}
