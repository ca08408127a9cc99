//! Where experiments keep their artifacts.

use crate::db::Db;
use crate::error::StoreError;
use sea_query::{Expr, Query};

/// The experiments whose location is not the one that their id would give them: `before` and `after` stand around the id
/// in the default location.
pub async fn custom(db: &Db, before: &str, after: &str) -> Result<Vec<(String, String)>, StoreError> {
    let query = Query::select()
        .columns(["experiment_id", "artifact_location"])
        .from("experiments")
        .and_where(Expr::cust_with_values("artifact_location <> (? || experiment_id || ?)", [before, after]))
        .to_owned();
    let rows: Vec<(i64, String)> = db.fetch_all(&query).await?;
    Ok(rows.into_iter().map(|(id, location)| (id.to_string(), location)).collect())
}
