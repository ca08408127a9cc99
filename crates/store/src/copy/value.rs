//! Values as they travel from one database to another, and what tells rows apart.

use super::catalogue::{Column, Kind};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// A value of a row, whatever the database keeps it as.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Float(f64),
    Bool(bool),
    /// Also JSON, as its text, and a date, as `YYYY-MM-DD`.
    Text(String),
    Bytes(Vec<u8>),
}

impl Value {
    /// Roughly what it takes in memory and on the way, in bytes.
    pub(super) fn size(&self) -> usize {
        16 + match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Null | Self::Int(_) | Self::Float(_) | Self::Bool(_) => 0,
        }
    }

    /// As a parameter of a statement.
    pub(super) fn to_parameter(&self) -> sea_query::Value {
        match self {
            Self::Null => None::<String>.into(),
            Self::Int(number) => (*number).into(),
            Self::Float(number) => (*number).into(),
            Self::Bool(truth) => (*truth).into(),
            Self::Text(text) => text.clone().into(),
            Self::Bytes(bytes) => bytes.clone().into(),
        }
    }

    /// For a person, in an error: the value of a key.
    fn describe(&self, text: &mut String) {
        // Writing to a string does not fail.
        let _ = match self {
            Self::Null => write!(text, "NULL"),
            Self::Int(number) => write!(text, "{number}"),
            Self::Float(number) => write!(text, "{number:?}"),
            Self::Bool(truth) => write!(text, "{truth}"),
            Self::Text(value) => write!(text, "'{}'", value.escape_debug()),
            Self::Bytes(bytes) => write!(text, "{} bytes", bytes.len()),
        };
    }

    fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null | Self::Bytes(_) => serde_json::Value::Null,
            Self::Int(number) => (*number).into(),
            // As its bits: what comes back is the very number.
            Self::Float(number) => format!("{:016x}", number.to_bits()).into(),
            Self::Bool(truth) => (*truth).into(),
            Self::Text(text) => text.as_str().into(),
        }
    }

    fn from_json(kind: Kind, json: &serde_json::Value) -> Option<Self> {
        Some(match kind {
            Kind::Int => Self::Int(json.as_i64()?),
            Kind::Float => Self::Float(f64::from_bits(u64::from_str_radix(json.as_str()?, 16).ok()?)),
            Kind::Bool => Self::Bool(json.as_bool()?),
            Kind::Text | Kind::Json | Kind::Date => Self::Text(json.as_str()?.to_owned()),
            Kind::Bytes => return None,
        })
    }
}

/// The values of a key, to be kept.
pub(super) fn key_to_text(key: &[Value]) -> String {
    serde_json::Value::Array(key.iter().map(Value::to_json).collect()).to_string()
}

/// A key that was kept by [`key_to_text`]; `None` where it is of another table.
pub(super) fn key_from_text(columns: &[&Column], text: &str) -> Option<Vec<Value>> {
    let values: Vec<serde_json::Value> = serde_json::from_str(text).ok()?;
    if values.len() != columns.len() {
        return None;
    }
    columns.iter().zip(&values).map(|(column, value)| Value::from_json(column.kind, value)).collect()
}

/// A key for a person: `run_uuid='…', key='…'`.
pub(super) fn describe_key(columns: &[&Column], key: &[Value]) -> String {
    let mut text = String::new();
    for (column, value) in columns.iter().zip(key) {
        if !text.is_empty() {
            text.push_str(", ");
        }
        let _ = write!(text, "{}=", column.name);
        value.describe(&mut text);
    }
    text
}

/// How many rows there are, and a sum of their hashes, which does not depend on their order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Fingerprint {
    pub(super) rows: u64,
    sum: u128,
}

impl Fingerprint {
    /// Adds a row. `is_single` tells of which columns one of the databases keeps numbers of single precision: the others are
    /// then compared as such.
    pub(super) fn add(&mut self, columns: &[Column], row: &[Value], is_single: impl Fn(usize) -> bool) {
        let mut hash = Sha256::new();
        for (index, (column, value)) in columns.iter().zip(row).enumerate() {
            hash_value(&mut hash, column.kind, value, is_single(index));
        }
        let hash = hash.finalize();
        let mut first = [0; 16];
        for (to, from) in first.iter_mut().zip(hash.iter()) {
            *to = *from;
        }
        self.rows = self.rows.wrapping_add(1);
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(first));
    }
}

fn hash_value(hash: &mut Sha256, kind: Kind, value: &Value, single: bool) {
    match value {
        Value::Null => hash.update([0]),
        Value::Int(number) => {
            hash.update([1]);
            hash.update(number.to_be_bytes());
        }
        Value::Float(number) => {
            hash.update([2]);
            #[expect(clippy::cast_possible_truncation, reason = "the precision that the database has")]
            let number = if single { f64::from(*number as f32) } else { *number };
            // SQLite keeps whole numbers as such, and so no zero with a sign.
            let number = if number == 0.0 { 0.0 } else { number };
            hash.update(number.to_bits().to_be_bytes());
        }
        Value::Bool(truth) => hash.update([3, u8::from(*truth)]),
        Value::Text(text) if kind == Kind::Json => {
            // A database may keep the document and not the text.
            match serde_json::from_str::<serde_json::Value>(text) {
                Ok(document) => hash_json(hash, &document),
                Err(_) => hash_bytes(hash, 4, text.as_bytes()),
            }
        }
        Value::Text(text) => hash_bytes(hash, 4, text.as_bytes()),
        Value::Bytes(bytes) => hash_bytes(hash, 5, bytes),
    }
}

fn hash_bytes(hash: &mut Sha256, tag: u8, bytes: &[u8]) {
    hash.update([tag]);
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

/// A document, whatever the order of its keys. Its depth has a limit, which serde_json sets.
fn hash_json(hash: &mut Sha256, document: &serde_json::Value) {
    match document {
        serde_json::Value::Null => hash.update([6]),
        serde_json::Value::Bool(truth) => hash.update([7, u8::from(*truth)]),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => hash_bytes(hash, 8, &whole.to_be_bytes()),
            None => hash_bytes(hash, 9, &number.as_f64().unwrap_or_default().to_bits().to_be_bytes()),
        },
        serde_json::Value::String(text) => hash_bytes(hash, 10, text.as_bytes()),
        serde_json::Value::Array(items) => {
            hash_bytes(hash, 11, &(items.len() as u64).to_be_bytes());
            for item in items {
                hash_json(hash, item);
            }
        }
        serde_json::Value::Object(entries) => {
            hash_bytes(hash, 12, &(entries.len() as u64).to_be_bytes());
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            for (key, value) in entries {
                hash_bytes(hash, 10, key.as_bytes());
                hash_json(hash, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, kind: Kind) -> Column {
        Column { name: name.to_owned(), kind, longest: None }
    }

    #[test]
    fn a_key_comes_back_as_it_was() {
        let columns = [
            column("a", Kind::Text),
            column("b", Kind::Float),
            column("c", Kind::Int),
            column("d", Kind::Bool),
            column("e", Kind::Date),
        ];
        let columns: Vec<&Column> = columns.iter().collect();
        for float in [0.1, -0.0, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY] {
            let key = vec![
                Value::Text("ü'\"\\\n".to_owned()),
                Value::Float(float),
                Value::Int(i64::MIN),
                Value::Bool(true),
                Value::Text("2026-01-31".to_owned()),
            ];
            assert_eq!(key_from_text(&columns, &key_to_text(&key)), Some(key));
        }
        assert_eq!(key_from_text(&columns, "[1]"), None);
        assert_eq!(key_from_text(&columns, "no"), None);
    }

    #[test]
    fn rows_are_told_apart_and_their_order_is_not() {
        let columns = [column("a", Kind::Text), column("b", Kind::Text)];
        let row = |a: &str, b: &str| [Value::Text(a.to_owned()), Value::Text(b.to_owned())];
        let print = |rows: &[[Value; 2]]| {
            let mut print = Fingerprint::default();
            for row in rows {
                print.add(&columns, row, |_| false);
            }
            print
        };
        assert_eq!(print(&[row("a", "b"), row("c", "d")]), print(&[row("c", "d"), row("a", "b")]));
        assert_ne!(print(&[row("a", "b")]), print(&[row("ab", "")]));
        assert_ne!(print(&[row("a", "b")]), print(&[row("b", "a")]));
        assert_ne!(print(&[row("a", "b")]), print(&[row("a", "b"), row("a", "b")]));
    }

    #[test]
    fn what_a_database_may_change_of_a_value_makes_no_difference() {
        let print = |kind: Kind, value: Value, single: bool| {
            let mut print = Fingerprint::default();
            print.add(&[column("a", kind)], &[value], |_| single);
            print
        };
        let json = |text: &str| print(Kind::Json, Value::Text(text.to_owned()), false);
        assert_eq!(json(r#"{"a": 1.50, "b": [1]}"#), json(r#"{"b":[1],"a":1.5}"#));
        assert_ne!(json(r#"{"a": 1}"#), json(r#"{"a": 2}"#));
        assert_ne!(json("[1, [2]]"), json("[[1], 2]"));
        let float = |number, single| print(Kind::Float, Value::Float(number), single);
        assert_eq!(float(-0.0, false), float(0.0, false));
        assert_eq!(float(0.1, true), float(f64::from(0.1_f32), true));
        assert_ne!(float(0.1, false), float(f64::from(0.1_f32), false));
    }
}
