//! JSON as Python's `json.dumps` writes it: a blank behind each comma and colon, and nothing but ASCII. MLflow's programs
//! compare such texts as they stand, and a receiver that writes a payload again to check its signature gets the bytes that
//! were signed.

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::io::{self, Write};

struct Python;

impl Python {
    fn comma<W: Write + ?Sized>(writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }
}

impl Formatter for Python {
    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        Self::comma(writer, first)
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        Self::comma(writer, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // Control characters, quotes and backslashes are no part of a fragment.
        for run in fragment.split_inclusive(|c: char| !c.is_ascii() || c == '\u{7f}') {
            let plain = run.trim_end_matches(|c: char| !c.is_ascii() || c == '\u{7f}');
            writer.write_all(plain.as_bytes())?;
            for unit in run.get(plain.len()..).unwrap_or_default().encode_utf16() {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

/// `json.dumps` with its defaults.
///
/// # Errors
/// When the value is none of JSON's, such as a map whose keys are no texts.
pub fn dumps(value: &impl Serialize) -> serde_json::Result<String> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Python))?;
    // The formatter writes ASCII.
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What Python 3.11's `json.dumps` gives.
    #[test]
    fn json_is_written_as_python_writes_it() {
        for (value, expected) in [
            (
                json!({"a": "é😀\u{7f}\u{1f}\"\\/\u{8}\u{c}\n\r\t", "f": 100.0, "g": 105.5, "n": 1}),
                r#"{"a": "\u00e9\ud83d\ude00\u007f\u001f\"\\/\b\f\n\r\t", "f": 100.0, "g": 105.5, "n": 1}"#,
            ),
            (json!({"e": {}, "l": [], "m": [1, null, true]}), r#"{"e": {}, "l": [], "m": [1, null, true]}"#),
            (json!("éxé"), r#""\u00e9x\u00e9""#),
            (json!({"é": "plain"}), r#"{"\u00e9": "plain"}"#),
        ] {
            assert_eq!(dumps(&value).unwrap(), expected);
        }
    }
}
