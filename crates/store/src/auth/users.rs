//! Users.

use crate::Int;
use crate::db::{Connection, Db};
use crate::dialect;
use crate::error::StoreError;
use model::Error;
use model::user::UserId;
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};

/// A user as stored. `Debug` does not show the hash.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredUser {
    pub id: UserId,
    pub username: String,
    pub password_hash: String,
    pub is_admin: bool,
}

impl std::fmt::Debug for StoredUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredUser")
            .field("id", &self.id)
            .field("username", &self.username)
            .field("is_admin", &self.is_admin)
            .finish_non_exhaustive()
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Int,
    username: Option<String>,
    password_hash: Option<String>,
    is_admin: Option<bool>,
}

impl From<Row> for StoredUser {
    fn from(row: Row) -> Self {
        Self {
            id: UserId(row.id.0),
            username: row.username.unwrap_or_default(),
            // An empty hash matches no password.
            password_hash: row.password_hash.unwrap_or_default(),
            is_admin: row.is_admin.unwrap_or(false),
        }
    }
}

fn select() -> SelectStatement {
    Query::select().columns(["id", "username", "password_hash", "is_admin"]).from("users").to_owned()
}

fn named(username: &str) -> SelectStatement {
    select().and_where(Expr::col("username").eq(username)).to_owned()
}

pub(super) fn missing(username: &str) -> StoreError {
    Error::not_found(format!("User with username={username} not found")).into()
}

/// A user by name, if there is one: the first of the two queries of every request.
pub async fn find(db: &Db, username: &str) -> Result<Option<StoredUser>, StoreError> {
    // No name holds one, and PostgreSQL would not even look.
    if username.contains('\0') {
        return Ok(None);
    }
    Ok(db.fetch_optional::<Row>(&named(username)).await?.map(StoredUser::from))
}

/// A user by name.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn get(connection: &mut Connection<'_>, username: &str) -> Result<StoredUser, StoreError> {
    connection
        .fetch_optional::<Row>(&named(username))
        .await?
        .map(StoredUser::from)
        .ok_or_else(|| missing(username))
}

/// All users, by id.
pub async fn list(connection: &mut Connection<'_>) -> Result<Vec<StoredUser>, StoreError> {
    let query = select().order_by("id", Order::Asc).to_owned();
    Ok(connection.fetch_all::<Row>(&query).await?.into_iter().map(StoredUser::from).collect())
}

/// Makes a user.
///
/// # Errors
/// RESOURCE_ALREADY_EXISTS.
pub async fn create(
    connection: &mut Connection<'_>,
    username: &str,
    password_hash: &str,
    is_admin: bool,
) -> Result<UserId, StoreError> {
    let insert = Query::insert()
        .into_table("users")
        .columns(["username", "password_hash", "is_admin"])
        .values_panic([username.into(), password_hash.into(), is_admin.into()])
        .to_owned();
    match connection.insert(insert, "id").await {
        Ok(id) => {
            // Ids come back on SQLite: what a user who had this id left behind must not fall to the new one.
            scrub(connection, UserId(id)).await?;
            Ok(UserId(id))
        }
        Err(error) if error.is_unique_violation() => {
            Err(Error::already_exists(format!("User (username={username}) already exists.")).into())
        }
        Err(error) => Err(error),
    }
}

/// Replaces the password hash of a user.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn set_password(
    connection: &mut Connection<'_>,
    username: &str,
    password_hash: &str,
) -> Result<(), StoreError> {
    change(connection, username, "password_hash", password_hash.into()).await
}

/// Makes a user an administrator, or no longer one.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE when no administrator would be left.
pub async fn set_admin(
    connection: &mut Connection<'_>,
    username: &str,
    is_admin: bool,
) -> Result<(), StoreError> {
    if !is_admin {
        check_not_last_admin(connection, username).await?;
    }
    change(connection, username, "is_admin", is_admin.into()).await
}

async fn change(
    connection: &mut Connection<'_>,
    username: &str,
    column: &'static str,
    value: sea_query::Value,
) -> Result<(), StoreError> {
    let update = Query::update()
        .table("users")
        .value(column, Expr::val(value))
        .and_where(Expr::col("username").eq(username))
        .to_owned();
    if connection.execute(&update).await? == 0 {
        return Err(missing(username));
    }
    Ok(())
}

/// Deletes a user with every grant and access token.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE when no administrator would be left.
pub async fn delete(connection: &mut Connection<'_>, username: &str) -> Result<(), StoreError> {
    let user = get(connection, username).await?;
    check_not_last_admin(connection, username).await?;
    scrub(connection, user.id).await?;
    let delete = Query::delete().from_table("users").and_where(Expr::col("id").eq(user.id.0)).to_owned();
    connection.execute(&delete).await.map(drop)
}

/// A server without an administrator could not be managed any more.
async fn check_not_last_admin(connection: &mut Connection<'_>, username: &str) -> Result<(), StoreError> {
    // Held in one order, so that of two administrators who step down together the second finds the first gone.
    let mut query = select().and_where(Expr::col("is_admin").eq(true)).order_by("id", Order::Asc).to_owned();
    let admins = connection.fetch_all::<Row>(dialect::hold(&mut query)).await?;
    let is_this_one = |admin: &Row| admin.username.as_deref() == Some(username);
    match admins.iter().any(is_this_one) && admins.iter().all(is_this_one) {
        false => Ok(()),
        true => Err(Error::invalid(format!(
            "User '{username}' is the last administrator. Make another user an administrator first."
        ))
        .into()),
    }
}

/// Tables of MLflow before 3.11 that may still hold grants; nothing reads them.
const LEGACY_GRANTS: [&str; 7] = [
    "experiment_permissions",
    "registered_model_permissions",
    "scorer_permissions",
    "gateway_secret_permissions",
    "gateway_endpoint_permissions",
    "gateway_model_definition_permissions",
    "workspace_permissions",
];

/// Removes every trace of grants and access tokens of a user id.
async fn scrub(connection: &mut Connection<'_>, id: UserId) -> Result<(), StoreError> {
    let own_roles =
        Query::select().column("id").from("roles").and_where(Expr::col("name").eq(own_role(id))).to_owned();
    for table in ["role_permissions", "user_role_assignments"] {
        let delete = Query::delete()
            .from_table(table)
            .and_where(Expr::col("role_id").in_subquery(own_roles.clone()))
            .to_owned();
        connection.execute(&delete).await?;
    }
    let delete = Query::delete().from_table("roles").and_where(Expr::col("name").eq(own_role(id))).to_owned();
    connection.execute(&delete).await?;
    for table in LEGACY_GRANTS.into_iter().chain(["user_role_assignments", "millgate_tokens"]) {
        let delete = Query::delete().from_table(table).and_where(Expr::col("user_id").eq(id.0)).to_owned();
        connection.execute(&delete).await?;
    }
    Ok(())
}

/// The role that holds a user's own grants. The name is MLflow 3.17's, and reserved.
pub(crate) fn own_role(id: UserId) -> String {
    format!("__user_{}__", id.0)
}
