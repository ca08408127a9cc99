//! The scripts of the steps: statements, and what the database's catalogue must say for one to be run.
//!
//! A statement ends where a line ends with `;`. Lines before it that begin with `--:` say when it is run:
//!
//! * `if column T.C`, `if index T.I`, `if foreign key T.F`, or `unless` in place of `if`;
//! * `for each foreign key of T to R`, `for each unique of T on C`: once for each that there is, with its name for `{name}`;
//! * `rebuild T`, or `rebuild T without C`: the statement makes the table T of SQLite anew, with the rows that it has.
//!
//! Without being told, a statement that adds a column or an index is passed over where that is there. Other comments are for who
//! reads. What databases call differently stands in braces.

use crate::dialect::Sql;
use std::fmt;

/// A statement of a script.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) conditions: Vec<Condition>,
    pub(super) repeated: Option<Repeated>,
    pub(super) rebuilds: Option<Rebuild>,
    /// As the database at hand writes it, but for `{name}`.
    pub(super) text: String,
}

/// What must hold before a statement is run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) thing: Thing,
    pub(super) is_there: bool,
}

/// What a table can have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Thing {
    pub(super) kind: Kind,
    pub(super) table: String,
    pub(super) name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Column,
    Index,
    ForeignKey,
}

/// What a statement is run for each of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Repeated {
    ForeignKeys { of: String, to: String },
    Uniques { of: String, on: String },
}

/// A table of SQLite that is made anew.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rebuild {
    pub(super) table: String,
    /// The column that is left out, with what is in it.
    pub(super) without: Option<String>,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = if self.is_there { "if" } else { "unless" };
        let kind = match self.thing.kind {
            Kind::Column => "column",
            Kind::Index => "index",
            Kind::ForeignKey => "foreign key",
        };
        write!(f, "{when} there is the {kind} {} of {}", self.thing.name, self.thing.table)
    }
}

impl fmt::Display for Repeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForeignKeys { of, to } => write!(f, "for each foreign key of {of} to {to}"),
            Self::Uniques { of, on } => write!(f, "for each unique key of {of} on {on} alone"),
        }
    }
}

impl fmt::Display for Rebuild {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "in place of {}, with its rows, indexes and triggers", self.table)?;
        match &self.without {
            Some(column) => write!(f, "; without {column}"),
            None => Ok(()),
        }
    }
}

/// Reads a script.
///
/// # Errors
/// A line that begins with `--:` and says nothing known. A test reads every script.
pub(super) fn parse(script: &str, sql: Sql) -> Result<Vec<Statement>, String> {
    let statements = script.split_inclusive(";\n").map(|part| statement(part, sql));
    statements.filter_map(Result::transpose).collect()
}

/// What the first line of a script says that the step is for.
pub(super) fn title(script: &str) -> &str {
    let line = script.lines().next().unwrap_or_default();
    line.split_once(": ").map_or(line, |(_, title)| title.trim_end_matches('.'))
}

fn statement(part: &str, sql: Sql) -> Result<Option<Statement>, String> {
    let mut lines = Vec::new();
    let mut statement =
        Statement { conditions: Vec::new(), repeated: None, rebuilds: None, text: String::new() };
    for line in part.lines() {
        match line.strip_prefix("--:") {
            Some(told) => statement.heed(told)?,
            None if line.starts_with("--") => {}
            None => lines.push(line),
        }
    }
    let text = lines.join("\n");
    if text.trim().is_empty() {
        return Ok(None);
    }
    statement.text = written(text.trim(), sql);
    if statement.rebuilds.is_none() {
        statement.conditions.extend(added_by(text.trim()).map(|thing| Condition { thing, is_there: false }));
    }
    Ok(Some(statement))
}

impl Statement {
    fn heed(&mut self, told: &str) -> Result<(), String> {
        let words: Vec<&str> = told.split_whitespace().collect();
        match words.as_slice() {
            [when @ ("if" | "unless"), kind @ .., place] => {
                let kind = match kind {
                    ["column"] => Kind::Column,
                    ["index"] => Kind::Index,
                    ["foreign", "key"] => Kind::ForeignKey,
                    _ => return Err(format!("`{told}` names no thing of a table")),
                };
                let (table, name) =
                    place.split_once('.').ok_or_else(|| format!("`{told}` names no table"))?;
                let thing = Thing { kind, table: table.to_owned(), name: name.to_owned() };
                self.conditions.push(Condition { thing, is_there: *when == "if" });
            }
            ["for", "each", "foreign", "key", "of", of, "to", to] => {
                self.repeated = Some(Repeated::ForeignKeys { of: (*of).to_owned(), to: (*to).to_owned() });
            }
            ["for", "each", "unique", "of", of, "on", on] => {
                self.repeated = Some(Repeated::Uniques { of: (*of).to_owned(), on: (*on).to_owned() });
            }
            ["rebuild", table] => {
                self.rebuilds = Some(Rebuild { table: (*table).to_owned(), without: None });
            }
            ["rebuild", table, "without", column] => {
                self.rebuilds =
                    Some(Rebuild { table: (*table).to_owned(), without: Some((*column).to_owned()) });
            }
            _ => return Err(format!("`{told}` is not understood")),
        }
        Ok(())
    }
}

/// What a statement adds to a table that is there.
fn added_by(text: &str) -> Option<Thing> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let thing =
        |kind, table: &str, name: &str| Some(Thing { kind, table: table.to_owned(), name: name.to_owned() });
    match words.as_slice() {
        ["ALTER", "TABLE", table, "ADD", "COLUMN", name, ..] => thing(Kind::Column, table, name),
        ["CREATE", "INDEX", name, "ON", table, ..] | ["CREATE", "UNIQUE", "INDEX", name, "ON", table, ..] => {
            thing(Kind::Index, table, name)
        }
        _ => None,
    }
}

/// A statement as the database writes it.
fn written(text: &str, sql: Sql) -> String {
    let (double, long_text, binary, falsehood, identity) = match sql {
        Sql::Sqlite => ("FLOAT", "TEXT", "BLOB", "0", "INTEGER NOT NULL"),
        Sql::Postgresql => {
            ("DOUBLE PRECISION", "TEXT", "BYTEA", "false", "BIGINT GENERATED BY DEFAULT AS IDENTITY")
        }
        Sql::MariaDb | Sql::Mysql => {
            ("DOUBLE", "LONGTEXT", "BLOB", "false", "BIGINT NOT NULL AUTO_INCREMENT")
        }
    };
    let text = text
        .replace("{double}", double)
        .replace("{long-text}", long_text)
        .replace("{binary}", binary)
        .replace("{false}", falsehood)
        .replace("{identity}", identity);
    match sql {
        Sql::Sqlite | Sql::Postgresql => text,
        // No text of the scripts holds a quote of either kind.
        Sql::MariaDb | Sql::Mysql => {
            text.replace('"', "`").replacen("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ", 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(script: &str, sql: Sql) -> Statement {
        let mut statements = parse(script, sql).unwrap();
        assert_eq!(statements.len(), 1);
        statements.remove(0)
    }

    fn thing(kind: Kind, table: &str, name: &str) -> Thing {
        Thing { kind, table: table.to_owned(), name: name.to_owned() }
    }

    #[test]
    fn what_is_said_before_a_statement_is_about_it_alone() {
        let script = "-- To 1: a title.\n--: if column t.a\n--: unless foreign key t.f\nDROP TABLE t;\nDROP TABLE u;\n";
        let statements = parse(script, Sql::Sqlite).unwrap();
        assert_eq!(
            statements[0].conditions,
            [
                Condition { thing: thing(Kind::Column, "t", "a"), is_there: true },
                Condition { thing: thing(Kind::ForeignKey, "t", "f"), is_there: false },
            ]
        );
        assert_eq!((statements[1].conditions.len(), statements[1].text.as_str()), (0, "DROP TABLE u;"));
        assert_eq!(title(script), "a title");
    }

    #[test]
    fn what_is_there_is_not_added_again() {
        for (text, added) in [
            ("ALTER TABLE t ADD COLUMN a TEXT, DROP PRIMARY KEY;\n", thing(Kind::Column, "t", "a")),
            ("CREATE INDEX i ON t (a);\n", thing(Kind::Index, "t", "i")),
            ("CREATE UNIQUE INDEX i ON t (a);\n", thing(Kind::Index, "t", "i")),
        ] {
            assert_eq!(one(text, Sql::Mysql).conditions, [Condition { thing: added, is_there: false }]);
        }
        let text = "CREATE TABLE t (\"key\" {double});\n";
        assert_eq!(one(text, Sql::MariaDb).text, "CREATE TABLE IF NOT EXISTS t (`key` DOUBLE);");
        assert_eq!(one(text, Sql::Postgresql).text, "CREATE TABLE t (\"key\" DOUBLE PRECISION);");
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for told in ["if column t", "if table t.a", "for each key of t", "rebuild", "hurry"] {
            parse(&format!("--: {told}\nDROP TABLE t;\n"), Sql::Sqlite).unwrap_err();
        }
        let rebuilt =
            one("--: rebuild t without a\nCREATE TABLE t (b TEXT);\n", Sql::Sqlite).rebuilds.unwrap();
        assert_eq!((rebuilt.table.as_str(), rebuilt.without.as_deref()), ("t", Some("a")));
    }
}
