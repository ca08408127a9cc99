//! Making a table of SQLite anew, which cannot change constraints and types of one that is there.

use super::catalog;
use super::script::Rebuild;
use crate::db::Connection;
use crate::dialect::{Sql, quoted};
use crate::error::StoreError;

/// The statements that make the table anew with its rows, its indexes and its triggers. `create` is the new table's.
///
/// # Errors
/// [`StoreError::Schema`] when the table has columns that MLflow does not know: what is in them would be lost.
pub(super) async fn statements(
    connection: &mut Connection<'_>,
    rebuild: &Rebuild,
    create: &str,
) -> Result<Vec<String>, StoreError> {
    let Rebuild { table, without } = rebuild;
    let scratch = format!("millgate_new_{table}");
    let created = create.replacen(&format!("CREATE TABLE {table} "), &format!("CREATE TABLE {scratch} "), 1);
    let belongings = catalog::belongings(connection, table).await?;
    // The new table's columns are known to SQLite alone, which has to make it for that; what was made is thrown away.
    let old = catalog::written_columns(connection, table).await?;
    connection.execute_script(&format!("{created}\n")).await?;
    let new = catalog::columns(connection, &scratch).await?;
    let new_written = catalog::written_columns(connection, &scratch).await?;
    connection.execute_script(&format!("DROP TABLE {scratch};\n")).await?;

    let unknown: Vec<&str> = old
        .iter()
        .map(String::as_str)
        .filter(|column| !new.iter().any(|known| known == column) && without.as_deref() != Some(*column))
        .collect();
    if !unknown.is_empty() {
        return Err(StoreError::Schema(format!(
            "the table {table} has columns that MLflow does not know, and what is in them would be lost: {}. Drop them, or \
             keep them elsewhere, first.",
            unknown.join(", ")
        )));
    }
    let kept: Vec<String> = new_written
        .iter()
        .filter(|column| old.contains(column))
        .map(|column| quoted(Sql::Sqlite, column))
        .collect();
    let kept = kept.join(", ");
    let mut statements = vec![
        created,
        format!("INSERT INTO {scratch} ({kept}) SELECT {kept} FROM {table};"),
        format!("DROP TABLE {table};"),
        format!("ALTER TABLE {scratch} RENAME TO {table};"),
    ];
    statements.extend(belongings.into_iter().map(|made| format!("{made};")));
    Ok(statements)
}
