//! Users.

use crate::Int;
use crate::db::{Connection, Db};
use crate::dialect;
use crate::error::StoreError;
use model::user::UserId;
use model::{Error, Millis};
use sea_query::{CaseStatement, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};

/// A user as stored. `Debug` does not show the hash.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredUser {
    pub id: UserId,
    pub username: String,
    pub password_hash: String,
    pub is_admin: bool,
    /// Whether nothing lets them in.
    pub is_disabled: bool,
}

impl std::fmt::Debug for StoredUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredUser")
            .field("id", &self.id)
            .field("username", &self.username)
            .field("is_admin", &self.is_admin)
            .field("is_disabled", &self.is_disabled)
            .finish_non_exhaustive()
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: Int,
    username: Option<String>,
    password_hash: Option<String>,
    is_admin: Option<bool>,
    disabled: Int,
}

impl From<Row> for StoredUser {
    fn from(row: Row) -> Self {
        Self {
            id: UserId(row.id.0),
            username: row.username.unwrap_or_default(),
            // An empty hash matches no password.
            password_hash: row.password_hash.unwrap_or_default(),
            is_admin: row.is_admin.unwrap_or(false),
            is_disabled: row.disabled.0 != 0,
        }
    }
}

/// Users, as [`Row`] reads them.
pub(super) fn select() -> SelectStatement {
    let of_user = |column: &'static str| ("users", column);
    Query::select()
        .columns([of_user("id"), of_user("username"), of_user("password_hash"), of_user("is_admin")])
        .expr_as(is_disabled(), "disabled")
        .from("users")
        .to_owned()
}

/// 1 for a row of `users` that is disabled, else 0.
pub(super) fn is_disabled() -> SimpleExpr {
    // A subquery, not a join: a row of `users` can be held then.
    let disabled = Query::select()
        .expr(Expr::val(1))
        .from("millgate_disabled_users")
        .and_where(Expr::col(("millgate_disabled_users", "user_id")).equals(("users", "id")))
        .and_where(Expr::col(("millgate_disabled_users", "username")).equals(("users", "username")))
        .to_owned();
    CaseStatement::new().case(Expr::exists(disabled), Expr::val(1)).finally(Expr::val(0)).into()
}

fn named(username: &str) -> SelectStatement {
    select().and_where(Expr::col(("users", "username")).eq(username)).to_owned()
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
    let query = select().order_by(("users", "id"), Order::Asc).to_owned();
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

/// Lets nothing let a user in any more, or lets it again.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE when no administrator would be left who can come in.
pub async fn set_disabled(
    connection: &mut Connection<'_>,
    username: &str,
    is_disabled: bool,
    now: Millis,
) -> Result<(), StoreError> {
    let user = get(connection, username).await?;
    if is_disabled {
        check_not_last_admin(connection, username).await?;
    }
    let delete = Query::delete()
        .from_table("millgate_disabled_users")
        .and_where(Expr::col("user_id").eq(user.id.0))
        .to_owned();
    connection.execute(&delete).await?;
    if is_disabled {
        let insert = Query::insert()
            .into_table("millgate_disabled_users")
            .columns(["user_id", "username", "disabled_at"])
            .values_panic([user.id.0.into(), user.username.into(), now.into()])
            .to_owned();
        connection.execute(&insert).await?;
    }
    Ok(())
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
    let mut query = select()
        .and_where(Expr::col(("users", "is_admin")).eq(true))
        .order_by(("users", "id"), Order::Asc)
        .to_owned();
    let admins = connection.fetch_all::<Row>(dialect::hold(&mut query)).await?;
    let mut admins = admins.iter().filter(|admin| admin.disabled.0 == 0).peekable();
    let is_this_one = |admin: &Row| admin.username.as_deref() == Some(username);
    match admins.peek().is_some() && admins.all(is_this_one) {
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

/// Other tables that say something about users.
const OF_USERS: [&str; 4] =
    ["user_role_assignments", "millgate_tokens", "millgate_disabled_users", "millgate_external_users"];

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
    for table in LEGACY_GRANTS.into_iter().chain(OF_USERS) {
        let delete = Query::delete().from_table(table).and_where(Expr::col("user_id").eq(id.0)).to_owned();
        connection.execute(&delete).await?;
    }
    Ok(())
}

/// The role that holds a user's own grants. The name is MLflow 3.17's, and reserved.
pub(crate) fn own_role(id: UserId) -> String {
    format!("__user_{}__", id.0)
}
