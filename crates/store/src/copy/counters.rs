//! The numbers that databases give to new rows: they go on where the source's would, so that no id comes back.

use super::catalogue::Table;
use crate::dialect::{Sql, quoted};
use crate::driver::Driver;
use crate::error::StoreError;
use crate::int::Int;
use sea_query_sqlx::SqlxValues;

/// Sets them for all tables.
pub(super) async fn set(from: &mut Driver, to: &mut Driver, tables: &[Table]) -> Result<(), StoreError> {
    for table in tables {
        let Some(column) = table.number() else { continue };
        let greatest = greatest(to, &table.name, &column.name).await?;
        let given = last_given(from, &table.name, &column.name).await?.unwrap_or(0);
        set_last(to, &table.name, &column.name, greatest.max(given)).await?;
    }
    Ok(())
}

async fn one(
    driver: &mut Driver,
    query: String,
    values: Vec<sea_query::Value>,
) -> Result<Option<i64>, StoreError> {
    let found: Option<(Option<Int>,)> =
        driver.fetch_optional(query, SqlxValues(sea_query::Values(values))).await?;
    Ok(found.and_then(|(number,)| number).map(|number| number.0))
}

async fn greatest(driver: &mut Driver, table: &str, column: &str) -> Result<i64, StoreError> {
    let sql = driver.sql();
    let query = format!("SELECT MAX({}) FROM {}", quoted(sql, column), quoted(sql, table));
    Ok(one(driver, query, vec![]).await?.unwrap_or(0))
}

/// The last number that the database has given, whether its row is there or not; `None` where it gives none or forgets.
async fn last_given(driver: &mut Driver, table: &str, column: &str) -> Result<Option<i64>, StoreError> {
    match driver.sql() {
        Sql::Sqlite => {
            if !numbers_for_good(driver, table).await? {
                return Ok(None);
            }
            one(
                driver,
                "SELECT CAST(seq AS INTEGER) FROM sqlite_sequence WHERE name = ?".to_owned(),
                vec![table.into()],
            )
            .await
        }
        Sql::Postgresql => {
            let Some(sequence) = sequence(driver, table, column).await? else { return Ok(None) };
            one(
                driver,
                format!("SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {sequence}"),
                vec![],
            )
            .await
        }
        Sql::MariaDb | Sql::Mysql => {
            if driver.sql() == Sql::Mysql {
                // Else it may say what was a day ago.
                driver.run("SET SESSION information_schema_stats_expiry = 0").await?;
            }
            let query = "SELECT CAST(auto_increment - 1 AS SIGNED) FROM information_schema.tables \
                         WHERE table_schema = DATABASE() AND table_name = ?";
            one(driver, query.to_owned(), vec![table.into()]).await
        }
    }
}

async fn set_last(driver: &mut Driver, table: &str, column: &str, last: i64) -> Result<(), StoreError> {
    match driver.sql() {
        Sql::Sqlite => {
            if numbers_for_good(driver, table).await? {
                let values = SqlxValues(sea_query::Values(vec![table.into()]));
                driver.execute("DELETE FROM sqlite_sequence WHERE name = ?".to_owned(), values).await?;
                let values = SqlxValues(sea_query::Values(vec![table.into(), last.into()]));
                driver
                    .execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)".to_owned(), values)
                    .await?;
            }
        }
        Sql::Postgresql => {
            if let Some(sequence) = sequence(driver, table, column).await? {
                // A sequence begins at 1.
                let (number, is_called) = if last < 1 { (1, false) } else { (last, true) };
                let query = format!("SELECT setval('{sequence}', {number}, {is_called})");
                one(driver, query, vec![]).await?;
            }
        }
        Sql::MariaDb | Sql::Mysql => {
            if last_given(driver, table, column).await?.is_some() {
                let next = last.max(0).saturating_add(1);
                driver
                    .run(&format!("ALTER TABLE {} AUTO_INCREMENT = {next}", quoted(driver.sql(), table)))
                    .await?;
            }
        }
    }
    Ok(())
}

/// Whether SQLite never gives a number of the table twice.
async fn numbers_for_good(driver: &mut Driver, table: &str) -> Result<bool, StoreError> {
    let query = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ? AND upper(sql) LIKE '%AUTOINCREMENT%'";
    Ok(one(driver, query.to_owned(), vec![table.into()]).await? == Some(1))
}

/// The sequence of PostgreSQL's that numbers the rows, quoted as it must be.
async fn sequence(driver: &mut Driver, table: &str, column: &str) -> Result<Option<String>, StoreError> {
    let query = "SELECT pg_get_serial_sequence(quote_ident($1), $2)";
    let values = SqlxValues(sea_query::Values(vec![table.into(), column.into()]));
    let found: Option<(Option<String>,)> = driver.fetch_optional(query.to_owned(), values).await?;
    Ok(found.and_then(|(name,)| name))
}
