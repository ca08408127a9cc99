//! Grants: what a role gives on a type of resource and a pattern. A user's own grants are those of a role of their own.

use crate::Int;
use crate::auth::holder::Holder;
use crate::auth::users::{StoredUser, own_role};
use crate::db::{Connection, Db};
use crate::dialect;
use crate::error::StoreError;
use crate::schema::DEFAULT_WORKSPACE;
use authz::{Grant, Level, ResourceType, WILDCARD};
use model::Error;
use model::user::UserId;
use sea_query::{Expr, ExprTrait, InsertStatement, OnConflict, Query, SelectStatement};

fn held_by(holder: Holder<'_>, kinds: &[ResourceType]) -> SelectStatement {
    let mut kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    // A grant on the workspace can speak of every type.
    kinds.push(ResourceType::Workspace.as_str());
    // One row for each type and level, however many patterns: a row costs more than a pattern in a list.
    let mut query = Query::select()
        .column(("role_permissions", "resource_type"))
        .column(("role_permissions", "permission"))
        .expr(dialect::json_list_of(("role_permissions", "resource_pattern")))
        .from("roles")
        .inner_join("role_permissions", Expr::col(("roles", "id")).equals(("role_permissions", "role_id")))
        .and_where(Expr::col(("roles", "workspace")).eq(DEFAULT_WORKSPACE))
        .and_where(dialect::in_list(("role_permissions", "resource_type"), &kinds))
        .group_by_columns([("role_permissions", "resource_type"), ("role_permissions", "permission")])
        .to_owned();
    holder.restrict(&mut query);
    query
}

async fn fetch(db: &Db, query: &SelectStatement) -> Result<Vec<Grant>, StoreError> {
    let rows: Vec<(String, String, String)> = db.fetch_all(query).await?;
    let mut grants = Vec::new();
    for (kind, level, patterns) in rows {
        // A type that this version does not know is one that it does not serve.
        let Some(kind) = ResourceType::from_name(&kind) else { continue };
        let level = Level::from_column(&level);
        let patterns: Vec<String> = serde_json::from_str(&patterns).map_err(|error| {
            StoreError::Lost(format!("the patterns of grants could not be read: {error}"))
        })?;
        grants.extend(patterns.into_iter().map(|pattern| Grant { kind, pattern, level }));
    }
    Ok(grants)
}

/// A holder's grants on some types that speak of the given ids or of all.
pub async fn on<'h>(
    db: &Db,
    holder: impl Into<Holder<'h>>,
    kinds: &[ResourceType],
    ids: &[&str],
) -> Result<Vec<Grant>, StoreError> {
    let mut patterns = ids.to_vec();
    patterns.push(WILDCARD);
    let mut query = held_by(holder.into(), kinds);
    query.and_where(dialect::in_list(("role_permissions", "resource_pattern"), &patterns));
    fetch(db, &query).await
}

/// All of a holder's grants on some types, for a listing.
pub async fn all<'h>(
    db: &Db,
    holder: impl Into<Holder<'h>>,
    kinds: &[ResourceType],
) -> Result<Vec<Grant>, StoreError> {
    fetch(db, &held_by(holder.into(), kinds)).await
}

/// The grants of a user's own role, as stored: type, pattern and level.
pub async fn own(
    connection: &mut Connection<'_>,
    user: UserId,
) -> Result<Vec<(String, String, String)>, StoreError> {
    let query = Query::select()
        .column(("role_permissions", "resource_type"))
        .column(("role_permissions", "resource_pattern"))
        .column(("role_permissions", "permission"))
        .from("roles")
        .inner_join("role_permissions", Expr::col(("roles", "id")).equals(("role_permissions", "role_id")))
        .and_where(Expr::col(("roles", "workspace")).eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col(("roles", "name")).eq(own_role(user)))
        .order_by(("role_permissions", "id"), sea_query::Order::Asc)
        .to_owned();
    connection.fetch_all(&query).await
}

/// Gives a user a level on one resource, in place of what their own role gave on it.
pub async fn grant(
    connection: &mut Connection<'_>,
    user: UserId,
    kind: ResourceType,
    pattern: &str,
    level: Level,
) -> Result<(), StoreError> {
    let role = own_role_id(connection, user).await?;
    let mut insert = insertion(role, kind, pattern, level);
    insert.on_conflict(
        OnConflict::columns(["role_id", "resource_type", "resource_pattern"])
            .update_column("permission")
            .to_owned(),
    );
    connection.execute(&insert).await?;
    let exactly = Query::select()
        .column("resource_pattern")
        .from("role_permissions")
        .and_where(Expr::col("role_id").eq(role))
        .and_where(Expr::col("resource_type").eq(kind.as_str()))
        .and_where(Expr::col("resource_pattern").eq(pattern))
        .to_owned();
    connection.check_no_twin(&exactly, 1).await
}

fn insertion(role: i64, kind: ResourceType, pattern: &str, level: Level) -> InsertStatement {
    Query::insert()
        .into_table("role_permissions")
        .columns(["role_id", "resource_type", "resource_pattern", "permission"])
        .values_panic([role.into(), kind.as_str().into(), pattern.into(), level.as_str().into()])
        .to_owned()
}

/// Gives a role a level and tells the grant's id; `None` when the role has a level there already.
pub(crate) async fn insert(
    connection: &mut Connection<'_>,
    role: i64,
    kind: ResourceType,
    pattern: &str,
    level: Level,
) -> Result<Option<i64>, StoreError> {
    match connection.insert(insertion(role, kind, pattern, level), "id").await {
        Ok(id) => Ok(Some(id)),
        Err(error) if error.is_unique_violation() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Gives a user a level on a resource, or on all of its type.
///
/// # Errors
/// RESOURCE_ALREADY_EXISTS when their own role has a level there.
pub async fn create(
    connection: &mut Connection<'_>,
    user: &StoredUser,
    kind: ResourceType,
    pattern: &str,
    level: Level,
) -> Result<(), StoreError> {
    let role = own_role_id(connection, user.id).await?;
    match insert(connection, role, kind, pattern, level).await? {
        Some(_) => Ok(()),
        None => Err(Error::already_exists(format!(
            "Permission for user={} on resource_type={kind}, resource_id={pattern} already exists.",
            user.username
        ))
        .into()),
    }
}

/// The level that a user's own role gives on exactly this pattern.
pub async fn level(
    connection: &mut Connection<'_>,
    user: UserId,
    kind: ResourceType,
    pattern: &str,
) -> Result<Option<Level>, StoreError> {
    let own = own(connection, user).await?;
    let found = own.into_iter().find(|(known, at, _)| known == kind.as_str() && at == pattern);
    Ok(found.map(|(_, _, level)| Level::from_column(&level)))
}

/// As [`level`], and holds the grant until the transaction ends, so that it cannot be revoked in between.
pub async fn hold_level(
    connection: &mut Connection<'_>,
    user: UserId,
    kind: ResourceType,
    pattern: &str,
) -> Result<Option<Level>, StoreError> {
    let role = Query::select()
        .column("id")
        .from("roles")
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("name").eq(own_role(user)))
        .to_owned();
    let mut query = Query::select()
        .column("permission")
        .from("role_permissions")
        .and_where(Expr::col("role_id").in_subquery(role))
        .and_where(Expr::col("resource_type").eq(kind.as_str()))
        .and_where(Expr::col("resource_pattern").eq(pattern))
        .to_owned();
    let found = connection.fetch_optional::<(String,)>(dialect::hold(&mut query)).await?;
    Ok(found.map(|(level,)| Level::from_column(&level)))
}

/// Takes from a user what their own role gives on exactly this pattern, and tells whether it gave any.
pub async fn revoke(
    connection: &mut Connection<'_>,
    user: UserId,
    kind: ResourceType,
    pattern: &str,
) -> Result<bool, StoreError> {
    let role = Query::select()
        .column("id")
        .from("roles")
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("name").eq(own_role(user)))
        .to_owned();
    let delete = Query::delete()
        .from_table("role_permissions")
        .and_where(Expr::col("role_id").in_subquery(role))
        .and_where(Expr::col("resource_type").eq(kind.as_str()))
        .and_where(Expr::col("resource_pattern").eq(pattern))
        .to_owned();
    Ok(connection.execute(&delete).await? > 0)
}

/// The id of the role that holds a user's own grants; it is made when missing.
///
/// # Errors
/// INVALID_PARAMETER_VALUE when somebody else holds a role of that name.
pub(crate) async fn own_role_id(connection: &mut Connection<'_>, user: UserId) -> Result<i64, StoreError> {
    let insert = Query::insert()
        .into_table("roles")
        .columns(["name", "workspace"])
        .values_panic([own_role(user).into(), DEFAULT_WORKSPACE.into()])
        .to_owned();
    connection.insert_if_new(insert, ["workspace", "name"]).await?;
    let query = Query::select()
        .column("id")
        .from("roles")
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("name").eq(own_role(user)))
        .to_owned();
    let (Int(role),) = connection
        .fetch_optional::<(Int,)>(&query)
        .await?
        .ok_or_else(|| StoreError::Lost("a role that was just made is gone".to_owned()))?;
    let assigned_to_others = Query::select()
        .column("user_id")
        .from("user_role_assignments")
        .and_where(Expr::col("role_id").eq(role))
        .and_where(Expr::col("user_id").ne(user.0))
        .to_owned();
    if connection.fetch_optional::<(Int,)>(&assigned_to_others).await?.is_some() {
        // A role of this name that somebody else holds too would hand them this user's rights.
        return Err(Error::invalid(format!(
            "The role {} is assigned to other users. Rename or delete it before granting rights to its owner.",
            own_role(user)
        ))
        .into());
    }
    let assign = Query::insert()
        .into_table("user_role_assignments")
        .columns(["user_id", "role_id"])
        .values_panic([user.0.into(), role.into()])
        .to_owned();
    connection.insert_if_new(assign, ["user_id", "role_id"]).await?;
    Ok(role)
}

/// Removes every role's grants on one resource: it is gone, or its id comes back for a new one. Tells how many there were.
pub async fn sweep(
    connection: &mut Connection<'_>,
    kind: ResourceType,
    pattern: &str,
) -> Result<u64, StoreError> {
    let delete = Query::delete()
        .from_table("role_permissions")
        .and_where(Expr::col("resource_type").eq(kind.as_str()))
        .and_where(Expr::col("resource_pattern").eq(pattern))
        .to_owned();
    connection.execute(&delete).await
}

/// Removes all that is granted on an experiment which is gone for good, to any role, and on the scorers in it; also what the
/// tables hold that were in use before there were roles. Tells how many grants of roles there were.
pub async fn sweep_experiment(connection: &mut Connection<'_>, id: &str) -> Result<u64, StoreError> {
    let mut swept = sweep(connection, ResourceType::Experiment, id).await?;
    // A scorer's id begins with that of its experiment, in which no character is special to LIKE.
    let scorers = Query::delete()
        .from_table("role_permissions")
        .and_where(Expr::col("resource_type").eq(ResourceType::Scorer.as_str()))
        .and_where(dialect::like(Expr::col("resource_pattern"), &format!("{id}/%")))
        .to_owned();
    swept += connection.execute(&scorers).await?;
    for table in ["experiment_permissions", "scorer_permissions"] {
        let old = Query::delete().from_table(table).and_where(Expr::col("experiment_id").eq(id)).to_owned();
        connection.execute(&old).await?;
    }
    Ok(swept)
}

/// Carries every role's grants from one resource to another of the type, in place of those that were on it. Tells
/// how many.
pub async fn carry(
    connection: &mut Connection<'_>,
    kind: ResourceType,
    from: &str,
    to: &str,
) -> Result<u64, StoreError> {
    sweep(connection, kind, to).await?;
    let update = Query::update()
        .table("role_permissions")
        .value("resource_pattern", to)
        .and_where(Expr::col("resource_type").eq(kind.as_str()))
        .and_where(Expr::col("resource_pattern").eq(from))
        .to_owned();
    connection.execute(&update).await
}
