//! Comparing source and target: rows and checksums of every table, read anew on both sides.

use super::catalogue::{Kind, Table};
use super::reader;
use super::roots::ArtifactRoot;
use super::value::Fingerprint;
use super::{Observer, no_values};
use crate::StoreUri;
use crate::dialect::Sql;
use crate::driver::Driver;
use crate::error::StoreError;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Compares all tables, and gives the rows of each.
///
/// # Errors
/// [`StoreError::Schema`] with the tables that differ.
pub(super) async fn compare(
    mut from: Driver,
    to: &mut Driver,
    tables: &Arc<Vec<Table>>,
    roots: &Arc<[ArtifactRoot]>,
    observer: &mut dyn Observer,
    target: &StoreUri,
) -> Result<Vec<u64>, StoreError> {
    let mut single = single_columns(&mut from).await?;
    single.extend(single_columns(to).await?);
    let single: Arc<Vec<Vec<usize>>> =
        Arc::new(tables.iter().map(|table| places_of(table, &single)).collect());

    let (tick, mut ticks) = mpsc::unbounded_channel();
    let source = {
        let (tables, roots, single, tick) =
            (Arc::clone(tables), Arc::clone(roots), Arc::clone(&single), tick.clone());
        tokio::spawn(async move {
            let prints = fingerprints(&mut from, &tables, &roots, &single, &tick).await;
            from.close().await;
            prints
        })
    };
    let reading = fingerprints(to, tables, &[], &single, &tick);
    let (in_target, in_source) = {
        let mut both = std::pin::pin!(async {
            let in_target = reading.await;
            (in_target, source.await)
        });
        loop {
            tokio::select! {
                done = &mut both => break done,
                Some(rows) = ticks.recv() => observer.compared(rows),
            }
        }
    };
    while let Ok(rows) = ticks.try_recv() {
        observer.compared(rows);
    }
    let in_target = in_target?;
    let in_source = in_source.map_err(|_| StoreError::Lost("the reading ended".to_owned()))??;

    let mut differences = Vec::new();
    for (table, (there, here)) in tables.iter().zip(in_source.iter().zip(&in_target)) {
        if there.rows != here.rows {
            differences.push(format!(
                "{} has {} rows in the source and {} in the target",
                table.name, there.rows, here.rows
            ));
        } else if there != here {
            differences.push(format!("the {} rows of {} are not the same", there.rows, table.name));
        }
    }
    if differences.is_empty() {
        return Ok(in_target.iter().map(|print| print.rows).collect());
    }
    Err(StoreError::Schema(format!(
        "The copy is not the source: {}. The source was changed while it was copied: stop the servers on it, empty {target}, \
         and copy again.",
        differences.join("; ")
    )))
}

async fn fingerprints(
    driver: &mut Driver,
    tables: &[Table],
    roots: &[ArtifactRoot],
    single: &[Vec<usize>],
    tick: &mpsc::UnboundedSender<u64>,
) -> Result<Vec<Fingerprint>, StoreError> {
    let mut prints = Vec::with_capacity(tables.len());
    for (table, single) in tables.iter().zip(single) {
        prints.push(reader::fingerprint(driver, table, roots, single, tick).await?);
    }
    Ok(prints)
}

/// The columns of single precision, each with its table.
async fn single_columns(driver: &mut Driver) -> Result<Vec<(String, String)>, StoreError> {
    let query = match driver.sql() {
        Sql::Sqlite => return Ok(Vec::new()),
        Sql::Postgresql => {
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             WHERE table_schema = current_schema() AND data_type = 'real'"
        }
        Sql::MariaDb | Sql::Mysql => {
            "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR) FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND data_type = 'float'"
        }
    };
    Ok(driver.fetch_all(query.to_owned(), no_values()).await?)
}

fn places_of(table: &Table, single: &[(String, String)]) -> Vec<usize> {
    let is_single = |name: &str| single.iter().any(|(of, column)| *of == table.name && column == name);
    let columns = table.columns.iter().enumerate();
    columns
        .filter(|(_, column)| column.kind == Kind::Float && is_single(&column.name))
        .map(|(place, _)| place)
        .collect()
}
