//! What differs between SQL databases, as named functions. Expressions are built without knowing the database; `rendering` says
//! what they are on each.

mod errors;
mod rendering;

pub(crate) use errors::{has_the_index, is_bad_value, is_busy, is_conflict, loses_transaction};
pub(crate) use rendering::Renderer;

use sea_query::{BinOper, Expr, ExprTrait, Func, IntoColumnRef, LockType, SelectStatement, SimpleExpr};

/// A database as its SQL goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sql {
    Sqlite,
    Postgresql,
    MariaDb,
    Mysql,
}

impl Sql {
    /// The collation under which texts are equal where their bytes are, spaces at the end included. `None` where they always are.
    pub(crate) const fn exact_collation(self) -> Option<&'static str> {
        match self {
            Self::Sqlite | Self::Postgresql => None,
            Self::MariaDb => Some("utf8mb4_nopad_bin"),
            Self::Mysql => Some("utf8mb4_0900_bin"),
        }
    }

    /// Begins a transaction. Reads see one state; writes see, statement by statement, what others have committed, and hold what
    /// they change or [`hold`].
    pub(crate) const fn begin(self, purpose: Purpose) -> &'static str {
        match (purpose, self) {
            (Purpose::Read, Self::Sqlite) => "BEGIN",
            (Purpose::Read, Self::Postgresql) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            (Purpose::Read, Self::MariaDb | Self::Mysql) => {
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION READ ONLY"
            }
            (Purpose::Write, Self::Sqlite) => "BEGIN IMMEDIATE",
            (Purpose::Write, Self::Postgresql | Self::MariaDb | Self::Mysql) => "BEGIN",
        }
    }
}

/// A name, as the database quotes it.
pub(crate) fn quoted(sql: Sql, name: &str) -> String {
    match sql {
        Sql::Sqlite | Sql::Postgresql => format!("\"{}\"", name.replace('"', "\"\"")),
        Sql::MariaDb | Sql::Mysql => format!("`{}`", name.replace('`', "``")),
    }
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Read,
    Write,
}

/// Rows of one INSERT. With the columns of the widest table they stay below the fewest parameters that a database takes in
/// a statement (SQLite: 32,766).
pub(crate) const ROWS_PER_INSERT: usize = 1000;

/// An operator that each database writes in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    /// A text is in a list, which is one JSON parameter.
    InTexts,
    /// The same, where the list has texts that are longer than [`SHORT_TEXT`].
    InLongTexts,
    /// A number is in a list.
    InIntegers,
    /// A text and a number are a pair of a list.
    InPairs,
    /// A text is like a pattern; case counts, and no character of the pattern is an escape.
    Like,
    /// The same, where case does not count.
    Ilike,
}

impl Operator {
    const ALL: [Self; 6] =
        [Self::InTexts, Self::InLongTexts, Self::InIntegers, Self::InPairs, Self::Like, Self::Ilike];

    /// The word under which it stands in an expression until that is rendered.
    const fn name(self) -> &'static str {
        match self {
            Self::InTexts => "millgate:in-texts",
            Self::InLongTexts => "millgate:in-long-texts",
            Self::InIntegers => "millgate:in-integers",
            Self::InPairs => "millgate:in-pairs",
            Self::Like => "millgate:like",
            Self::Ilike => "millgate:ilike",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.name() == name)
    }

    fn between(self, left: impl Into<SimpleExpr>, right: impl Into<SimpleExpr>) -> SimpleExpr {
        left.into().binary(BinOper::Custom(self.name()), right.into())
    }
}

/// Characters of what lists on MySQL hold, unless they are longer: the ids and names of every table fit.
const SHORT_TEXT: u32 = 512;
/// Characters that a value may have at the most: the longest column that is searched by lists holds 8,000.
const LONGEST_TEXT: u32 = 16_000;

/// What a list can hold.
pub(crate) trait Listed: serde::Serialize {
    #[doc(hidden)]
    const IS_TEXT: bool;
    /// Its characters.
    #[doc(hidden)]
    fn length(&self) -> usize {
        0
    }
}

impl Listed for i64 {
    const IS_TEXT: bool = false;
}

impl Listed for String {
    const IS_TEXT: bool = true;
    fn length(&self) -> usize {
        self.chars().count()
    }
}

impl Listed for str {
    const IS_TEXT: bool = true;
    fn length(&self) -> usize {
        self.chars().count()
    }
}

impl<T: Listed + ?Sized> Listed for &T {
    const IS_TEXT: bool = T::IS_TEXT;
    fn length(&self) -> usize {
        (**self).length()
    }
}

/// `column IN (values)` with the values as one parameter, however many they are: the statement stays the same, and no
/// limit on parameters is met.
pub(crate) fn in_list<T: Listed>(column: impl IntoColumnRef, values: &[T]) -> SimpleExpr {
    // Strings and numbers always serialize.
    let list = serde_json::to_string(values).unwrap_or_else(|_| "[]".to_owned());
    let operator = match T::IS_TEXT {
        false => Operator::InIntegers,
        true if values.iter().any(|value| value.length() > SHORT_TEXT as usize) => Operator::InLongTexts,
        true => Operator::InTexts,
    };
    operator.between(Expr::col(column), Expr::val(list))
}

/// `(first, second) IN (pairs)` with the pairs as one parameter, however many they are.
pub(crate) fn in_pairs(
    first: impl IntoColumnRef,
    second: impl IntoColumnRef,
    pairs: &[(&str, i64)],
) -> SimpleExpr {
    // Strings and numbers always serialize.
    let list = serde_json::to_string(pairs).unwrap_or_else(|_| "[]".to_owned());
    Operator::InPairs.between(SimpleExpr::Tuple(vec![Expr::col(first), Expr::col(second)]), Expr::val(list))
}

const PLAIN_TEXT: &str = "millgate:plain-text";
const NOT_BY_INDEX: &str = "millgate:not-by-index";
const JSON_LIST: &str = "millgate:json-list";
const LATER: &str = "millgate:later";
const JSON_TEXT: &str = "millgate:json-text";

/// A column of which SQLite must not think that an index on it leads to few rows; the servers count their rows.
pub(crate) fn not_by_index(column: impl IntoColumnRef) -> SimpleExpr {
    Func::cust(NOT_BY_INDEX).arg(Expr::col(column)).into()
}

/// A text that may stand in one column with texts of other tables: on MySQL those can be of another collation.
pub(crate) fn plain_text(text: SimpleExpr) -> SimpleExpr {
    Func::cust(PLAIN_TEXT).arg(text).into()
}

/// All values of a text column in the rows of a group, as one list in JSON.
pub(crate) fn json_list_of(column: impl IntoColumnRef) -> SimpleExpr {
    Func::cust(JSON_LIST).arg(Expr::col(column)).into()
}

/// The text that a JSON object in `column` has under `key`; NULL where there is none, or no JSON. `key` is our own word.
pub(crate) fn json_text(column: &'static str, key: &'static str) -> SimpleExpr {
    Func::cust(JSON_TEXT).args([Expr::col(column), Expr::val(key)]).into()
}

/// In an upsert of `latest_metrics`: the new value of the column, where the new row is later than the one that is there. What
/// makes a row later must be updated from the least to the greatest of step, time and value: MySQL looks at columns that it has
/// updated already.
pub(crate) fn if_later(column: &'static str) -> SimpleExpr {
    Func::cust(LATER).arg(Expr::col(column)).into()
}

/// `%` in a LIKE pattern: SQLite goes a call deeper for each, and ends the process where its stack ends.
pub(crate) const PATTERN_WILDCARDS: usize = 1000;

/// Characters of a LIKE pattern with a wildcard for many: a database may compare each of them with every one of a value.
pub(crate) const PATTERN_CHARS: usize = 2048;

/// `column LIKE pattern`, respecting case: SQLite's connections set `case_sensitive_like`, as MLflow does.
pub(crate) fn like(column: SimpleExpr, pattern: &str) -> SimpleExpr {
    Operator::Like.between(column, Expr::val(pattern))
}

/// `column LIKE pattern`, ignoring case: on SQLite that of ASCII letters, on the others that of all.
pub(crate) fn ilike(column: SimpleExpr, pattern: &str) -> SimpleExpr {
    Operator::Ilike.between(column, Expr::val(pattern))
}

/// Holds the rows that a statement finds until the transaction ends, so that what is decided by them stays true. SQLite's one
/// writer holds all anyway.
pub(crate) fn hold(query: &mut SelectStatement) -> &mut SelectStatement {
    query.lock(LockType::Update)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_query::Query;

    const ALL: [Sql; 4] = [Sql::Sqlite, Sql::Postgresql, Sql::MariaDb, Sql::Mysql];

    #[test]
    fn a_list_of_any_length_is_one_parameter_of_the_same_statement() {
        for sql in ALL {
            let built = |condition: SimpleExpr| {
                let query = Query::select().column("name").from("t").and_where(condition).to_owned();
                let (sql, values) = query.build(Renderer { sql, is_inexact: true });
                (sql, values.0.len())
            };
            for length in [0, 1, 20_000] {
                let names: Vec<String> = (0..length).map(|number| format!("name {number}")).collect();
                assert_eq!(built(in_list("name", &names)), built(in_list("name", &["one"])));
                assert_eq!(built(in_list("name", &names)).1, 1);
                let pairs: Vec<(&str, i64)> = names.iter().map(|name| (name.as_str(), 1)).collect();
                assert_eq!(
                    built(in_pairs("name", "version", &pairs)),
                    built(in_pairs("name", "version", &[]))
                );
                assert_eq!(built(in_pairs("name", "version", &pairs)).1, 1);
            }
        }
    }

    #[test]
    fn no_word_of_ours_is_left_in_a_statement() {
        let conditions = || {
            [
                in_list("name", &["a"]),
                in_list("name", &["a".repeat(600)]),
                in_list("id", &[1_i64]),
                in_pairs("name", "version", &[("a", 1)]),
                like(Expr::col("name"), "a%"),
                ilike(Expr::col("name"), "a%"),
                plain_text(Expr::col("name")).eq("a"),
                not_by_index("name").eq("a"),
                json_list_of("name").eq("a"),
                if_later("name").eq("a"),
                json_text("name", "a.b").eq("a"),
            ]
        };
        for sql in ALL {
            for condition in conditions() {
                for condition in [condition.clone(), condition.not()] {
                    let query = Query::select().column("name").from("t").and_where(condition).to_owned();
                    let built = query.to_string(Renderer { sql, is_inexact: true });
                    assert!(!built.contains("millgate"), "{built}");
                }
            }
        }
    }
}
