//! What differs between SQL databases, as named functions. SQLite's side.

use sea_query::{Expr, ExprTrait, IntoColumnRef, SimpleExpr};

/// Rows of one INSERT. With the columns of the widest table they stay below the fewest parameters that a database takes in
/// a statement (SQLite: 32,766).
pub(crate) const ROWS_PER_INSERT: usize = 1000;

/// Whether the error says that somebody else held the database for longer than the busy time-out.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    // SQLITE_BUSY and SQLITE_LOCKED, whatever their extended code says.
    primary_code(error).is_some_and(|code| matches!(code, 5 | 6))
}

/// Whether the error may have rolled the whole transaction back, not just the statement (sqlite.org, `lang_transaction`):
/// disk full, I/O error, out of memory, busy, interrupted; and what leaves the connection in doubt: corrupt, read-only,
/// cannot open, not a database.
pub(crate) fn loses_transaction(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(_) => {
            primary_code(error).is_none_or(|code| matches!(code, 5..=11 | 13..=14 | 26))
        }
        sqlx::Error::RowNotFound
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::Encode(_) => false,
        // The connection itself is in doubt.
        _ => true,
    }
}

fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let sqlx::Error::Database(error) = error else { return None };
    error.code()?.parse::<u32>().ok().map(|extended| extended & 0xff)
}

/// `column IN (values)` with the values as one parameter, however many they are: the statement stays the same, and no
/// limit on parameters is met.
pub(crate) fn in_list<T: serde::Serialize>(column: impl IntoColumnRef, values: &[T]) -> SimpleExpr {
    // Strings and numbers always serialize.
    let list = serde_json::to_string(values).unwrap_or_else(|_| "[]".to_owned());
    Expr::cust_with_exprs("? IN (SELECT value FROM json_each(?))", [Expr::col(column), Expr::val(list)])
}

/// `(first, second) IN (pairs)` with the pairs as one parameter, however many they are.
pub(crate) fn in_pairs(
    first: impl IntoColumnRef,
    second: impl IntoColumnRef,
    pairs: &[(&str, i64)],
) -> SimpleExpr {
    // Strings and numbers always serialize.
    let list = serde_json::to_string(pairs).unwrap_or_else(|_| "[]".to_owned());
    Expr::cust_with_exprs(
        "(?, ?) IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))",
        [Expr::col(first), Expr::col(second), Expr::val(list)],
    )
}

/// A column of which the database must not think that an index on it leads to few rows.
pub(crate) fn not_by_index(column: impl IntoColumnRef) -> SimpleExpr {
    Expr::cust_with_exprs("+?", [Expr::col(column)])
}

/// All values of a text column in the rows of a group, as one list in JSON.
pub(crate) fn json_list_of(column: impl IntoColumnRef) -> SimpleExpr {
    Expr::cust_with_exprs("json_group_array(?)", [Expr::col(column)])
}

/// The text that a JSON object in `column` has under `key`; NULL where there is none, or no JSON. `key` is our own word.
pub(crate) fn json_text(column: &'static str, key: &'static str) -> SimpleExpr {
    // Only a CASE keeps json_extract away from what is not JSON: the terms of an AND run in any order.
    Expr::cust(format!(r#"CASE WHEN json_valid({column}) THEN json_extract({column}, '$."{key}"') END"#))
}

/// `%` in a LIKE pattern: SQLite goes a call deeper for each, and ends the process where its stack ends.
pub(crate) const PATTERN_WILDCARDS: usize = 1000;

/// `column LIKE pattern`, respecting case: the connections set `case_sensitive_like`, as MLflow does.
pub(crate) fn like(column: SimpleExpr, pattern: &str) -> SimpleExpr {
    column.like(pattern)
}

/// `column LIKE pattern`, ignoring the case of ASCII letters.
pub(crate) fn ilike(column: SimpleExpr, pattern: &str) -> SimpleExpr {
    Expr::cust_with_exprs("lower(?) LIKE lower(?)", [column, Expr::val(pattern)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_query::{Query, SqliteQueryBuilder};

    #[test]
    fn a_list_of_any_length_is_one_parameter_of_the_same_statement() {
        let built = |condition: SimpleExpr| {
            let query = Query::select().column("name").from("t").and_where(condition).to_owned();
            let (sql, values) = query.build(SqliteQueryBuilder);
            (sql, values.0.len())
        };
        for length in [0, 1, 20_000] {
            let names: Vec<String> = (0..length).map(|number| format!("name {number}")).collect();
            assert_eq!(built(in_list("name", &names)), built(in_list("name", &["one"])));
            assert_eq!(built(in_list("name", &names)).1, 1);
            let pairs: Vec<(&str, i64)> = names.iter().map(|name| (name.as_str(), 1)).collect();
            assert_eq!(built(in_pairs("name", "version", &pairs)), built(in_pairs("name", "version", &[])));
            assert_eq!(built(in_pairs("name", "version", &pairs)).1, 1);
        }
    }
}
