//! Where experiments keep their artifacts.

use crate::Int;
use crate::db::Db;
use crate::error::StoreError;
use sea_query::{BinOper, Expr, ExprTrait, Query};

/// The experiments whose location is not the one that their id would give them: `before` and `after` stand around the id
/// in the default location.
pub async fn custom(db: &Db, before: &str, after: &str) -> Result<Vec<(String, String)>, StoreError> {
    const JOINED: BinOper = BinOper::Custom("||");
    let default =
        Expr::val(before).binary(JOINED, Expr::col("experiment_id")).binary(JOINED, Expr::val(after));
    let query = Query::select()
        .columns(["experiment_id", "artifact_location"])
        .from("experiments")
        .and_where(Expr::col("artifact_location").ne(default))
        .to_owned();
    let rows: Vec<(Int, String)> = db.fetch_all(&query).await?;
    Ok(rows.into_iter().map(|(id, location)| (id.to_string(), location)).collect())
}
