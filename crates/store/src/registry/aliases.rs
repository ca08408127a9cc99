//! Aliases: names that point to versions.

use crate::Int;
use crate::db::Connection;
use crate::error::StoreError;
use crate::registry::{models, versions};
use crate::schema::DEFAULT_WORKSPACE;
use sea_query::{Expr, ExprTrait, OnConflict, Query};

/// Points an alias to a version, wherever it pointed before.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST when there is no such version.
pub async fn set(
    connection: &mut Connection<'_>,
    name: &str,
    alias: &str,
    version: i64,
) -> Result<(), StoreError> {
    versions::check_exists(connection, name, version).await?;
    let insert = Query::insert()
        .into_table("registered_model_aliases")
        .columns(["workspace", "name", "alias", "version"])
        .values_panic([DEFAULT_WORKSPACE.into(), name.into(), alias.into(), version.into()])
        .on_conflict(OnConflict::columns(["workspace", "name", "alias"]).update_column("version").to_owned())
        .to_owned();
    connection.execute(&insert).await?;
    let exactly = Query::select()
        .column("alias")
        .from("registered_model_aliases")
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("name").eq(name))
        .and_where(Expr::col("alias").eq(alias))
        .to_owned();
    connection.check_no_twin(&exactly, 1).await
}

/// Removes an alias, if there is one.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST when there is no such model.
pub async fn delete(connection: &mut Connection<'_>, name: &str, alias: &str) -> Result<(), StoreError> {
    models::check_exists(connection, name).await?;
    let delete = Query::delete()
        .from_table("registered_model_aliases")
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("name").eq(name))
        .and_where(Expr::col("alias").eq(alias))
        .to_owned();
    connection.execute(&delete).await.map(drop)
}

/// Removes the aliases that point to a version.
pub(crate) async fn delete_of_version(
    connection: &mut Connection<'_>,
    name: &str,
    version: i64,
) -> Result<(), StoreError> {
    let delete = Query::delete()
        .from_table("registered_model_aliases")
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("name").eq(name))
        .and_where(Expr::col("version").eq(version))
        .to_owned();
    connection.execute(&delete).await.map(drop)
}

/// The number of the version that an alias points to.
pub(crate) async fn target(
    connection: &mut Connection<'_>,
    name: &str,
    alias: &str,
) -> Result<Option<i64>, StoreError> {
    let query = Query::select()
        .column("version")
        .from("registered_model_aliases")
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("name").eq(name))
        .and_where(Expr::col("alias").eq(alias))
        .to_owned();
    Ok(connection.fetch_optional::<(Int,)>(&query).await?.map(|(Int(version),)| version))
}
