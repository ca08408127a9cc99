//! Roles: named sets of grants in a workspace, and who holds them.

use crate::Int;
use crate::auth::grants;
use crate::auth::holder::Holder;
use crate::auth::users::own_role;
use crate::db::{Connection, Db};
use crate::dialect;
use crate::error::StoreError;
use authz::{Level, ResourceType, WILDCARD};
use model::Error;
use model::user::UserId;
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use std::collections::HashMap;

/// Names that begin like this are reserved for the roles that hold users' own grants (MLflow 3.17
/// `sqlalchemy_store.py`).
const RESERVED_PREFIX: &str = "__user_";

/// Whether a role of this name holds the grants of one user.
pub fn is_a_users_own(name: &str) -> bool {
    name.starts_with(RESERVED_PREFIX)
}

/// A role with what it grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub id: i64,
    pub name: String,
    pub workspace: String,
    pub description: Option<String>,
    pub permissions: Vec<RolePermission>,
}

impl Role {
    /// Whether the role holds the grants of one user.
    pub fn is_a_users_own(&self) -> bool {
        is_a_users_own(&self.name)
    }

    /// Whether the role holds the grants of this user.
    pub fn is_own_of(&self, user: UserId) -> bool {
        self.name == own_role(user)
    }
}

/// One grant of a role, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RolePermission {
    #[sqlx(try_from = "Int")]
    pub id: i64,
    #[sqlx(try_from = "Int")]
    pub role_id: i64,
    pub resource_type: String,
    pub resource_pattern: String,
    pub permission: String,
}

/// That a user holds a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Assignment {
    #[sqlx(try_from = "Int")]
    pub id: i64,
    #[sqlx(try_from = "Int")]
    pub user_id: i64,
    #[sqlx(try_from = "Int")]
    pub role_id: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "Int")]
    id: i64,
    name: String,
    workspace: String,
    description: Option<String>,
}

impl Row {
    fn with(self, permissions: Vec<RolePermission>) -> Role {
        let Self { id, name, workspace, description } = self;
        Role { id, name, workspace, description, permissions }
    }
}

fn select() -> SelectStatement {
    Query::select()
        .columns([("roles", "id"), ("roles", "name"), ("roles", "workspace"), ("roles", "description")])
        .from("roles")
        .order_by(("roles", "id"), Order::Asc)
        .to_owned()
}

fn select_permissions() -> SelectStatement {
    Query::select()
        .columns(["id", "role_id", "resource_type", "resource_pattern", "permission"])
        .from("role_permissions")
        .order_by("id", Order::Asc)
        .to_owned()
}

async fn with_permissions(connection: &mut Connection<'_>, rows: Vec<Row>) -> Result<Vec<Role>, StoreError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let query = select_permissions().and_where(dialect::in_list("role_id", &ids)).to_owned();
    let mut by_role: HashMap<i64, Vec<RolePermission>> = HashMap::new();
    for permission in connection.fetch_all::<RolePermission>(&query).await? {
        by_role.entry(permission.role_id).or_default().push(permission);
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let permissions = by_role.remove(&row.id).unwrap_or_default();
            row.with(permissions)
        })
        .collect())
}

fn missing(id: i64) -> StoreError {
    Error::not_found(format!("Role with id={id} not found")).into()
}

fn missing_permission(id: i64) -> StoreError {
    Error::not_found(format!("Role permission with id={id} not found")).into()
}

fn check_name(name: &str) -> Result<(), StoreError> {
    if is_a_users_own(name) {
        return Err(Error::invalid(format!(
            "Role name '{name}' begins with '{RESERVED_PREFIX}', which is reserved for the grants of single users. Choose \
             another name."
        ))
        .into());
    }
    Ok(())
}

/// Makes a role without any grant.
///
/// # Errors
/// RESOURCE_ALREADY_EXISTS; INVALID_PARAMETER_VALUE for a reserved name.
pub async fn create(
    connection: &mut Connection<'_>,
    workspace: &str,
    name: &str,
    description: Option<&str>,
) -> Result<Role, StoreError> {
    check_name(name)?;
    let insert = Query::insert()
        .into_table("roles")
        .columns(["name", "workspace", "description"])
        .values_panic([name.into(), workspace.into(), description.into()])
        .to_owned();
    match connection.insert(insert, "id").await {
        Ok(id) => {
            // Ids come back on SQLite: what another program left under this one must not fall to the new role.
            strip(connection, id).await?;
            get(connection, id).await
        }
        Err(error) if error.is_unique_violation() => {
            Err(Error::already_exists(format!("Role (name={name}, workspace={workspace}) already exists."))
                .into())
        }
        Err(error) => Err(error),
    }
}

/// A role by id.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn get(connection: &mut Connection<'_>, id: i64) -> Result<Role, StoreError> {
    let query = select().and_where(Expr::col(("roles", "id")).eq(id)).to_owned();
    let rows = connection.fetch_all::<Row>(&query).await?;
    with_permissions(connection, rows).await?.into_iter().next().ok_or_else(|| missing(id))
}

/// A role by its name.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn get_by_name(
    connection: &mut Connection<'_>,
    workspace: &str,
    name: &str,
) -> Result<Role, StoreError> {
    let query = select()
        .and_where(Expr::col(("roles", "workspace")).eq(workspace))
        .and_where(Expr::col(("roles", "name")).eq(name))
        .to_owned();
    let rows = connection.fetch_all::<Row>(&query).await?;
    with_permissions(connection, rows).await?.into_iter().next().ok_or_else(|| {
        Error::not_found(format!("Role with name={name} in workspace={workspace} not found")).into()
    })
}

/// The roles of some workspaces, or of all, by id.
pub async fn list(
    connection: &mut Connection<'_>,
    workspaces: Option<&[String]>,
) -> Result<Vec<Role>, StoreError> {
    let mut query = select();
    if let Some(workspaces) = workspaces {
        query.and_where(dialect::in_list(("roles", "workspace"), workspaces));
    }
    let rows = connection.fetch_all::<Row>(&query).await?;
    with_permissions(connection, rows).await
}

/// The roles of a holder, in all workspaces, by id.
pub async fn held_by<'h>(
    connection: &mut Connection<'_>,
    holder: impl Into<Holder<'h>>,
) -> Result<Vec<Role>, StoreError> {
    let mut query = select();
    holder.into().restrict(&mut query);
    let rows = connection.fetch_all::<Row>(&query).await?;
    with_permissions(connection, rows).await
}

/// Who holds which role.
pub async fn assignments(connection: &mut Connection<'_>) -> Result<Vec<Assignment>, StoreError> {
    let query = Query::select()
        .columns(["id", "user_id", "role_id"])
        .from("user_role_assignments")
        .order_by("id", Order::Asc)
        .to_owned();
    connection.fetch_all(&query).await
}

/// Who holds a role.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn holders(connection: &mut Connection<'_>, role: i64) -> Result<Vec<Assignment>, StoreError> {
    get(connection, role).await?;
    let query = Query::select()
        .columns(["id", "user_id", "role_id"])
        .from("user_role_assignments")
        .and_where(Expr::col("role_id").eq(role))
        .order_by("id", Order::Asc)
        .to_owned();
    connection.fetch_all(&query).await
}

/// Renames or describes a role; what is `None` stays.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST; RESOURCE_ALREADY_EXISTS when the name is taken; INVALID_PARAMETER_VALUE for a reserved name, and
/// for the role of a user's own grants, which is found by its name.
pub async fn update(
    connection: &mut Connection<'_>,
    id: i64,
    name: Option<&str>,
    description: Option<&str>,
) -> Result<Role, StoreError> {
    let role = get(connection, id).await?;
    let mut update = Query::update().table("roles").and_where(Expr::col("id").eq(id)).to_owned();
    if let Some(name) = name {
        check_name(name)?;
        check_shared(&role)?;
        update.value("name", name);
    }
    if let Some(description) = description {
        update.value("description", description);
    }
    match connection.execute(&update).await {
        Ok(_) => get(connection, id).await,
        Err(error) if error.is_unique_violation() => Err(Error::already_exists(format!(
            "Role with name={} already exists in workspace={}",
            name.unwrap_or_default(),
            role.workspace
        ))
        .into()),
        Err(error) => Err(error),
    }
}

/// The role of one user's own grants is nobody else's, and that user's always.
fn check_shared(role: &Role) -> Result<(), StoreError> {
    if role.is_a_users_own() {
        return Err(Error::invalid(format!(
            "The role {} holds the grants of one user. Change those grants instead.",
            role.name
        ))
        .into());
    }
    Ok(())
}

/// Deletes a role with its grants and assignments, and gives it as it was.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn delete(connection: &mut Connection<'_>, id: i64) -> Result<Role, StoreError> {
    let role = get(connection, id).await?;
    strip(connection, id).await?;
    let delete = Query::delete().from_table("roles").and_where(Expr::col("id").eq(id)).to_owned();
    connection.execute(&delete).await?;
    Ok(role)
}

/// Removes every grant and every assignment of a role.
async fn strip(connection: &mut Connection<'_>, id: i64) -> Result<(), StoreError> {
    for table in ["role_permissions", "user_role_assignments"] {
        let delete = Query::delete().from_table(table).and_where(Expr::col("role_id").eq(id)).to_owned();
        connection.execute(&delete).await?;
    }
    Ok(())
}

/// Gives a role a level on a resource, or on all of its type.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST when there is no such role, RESOURCE_ALREADY_EXISTS when it has a level there.
pub async fn add_permission(
    connection: &mut Connection<'_>,
    role: i64,
    kind: ResourceType,
    pattern: &str,
    level: Level,
) -> Result<RolePermission, StoreError> {
    get(connection, role).await?;
    match grants::insert(connection, role, kind, pattern, level).await? {
        Some(id) => get_permission(connection, id).await,
        None => Err(Error::already_exists(format!(
            "Role permission (role_id={role}, resource_type={kind}, resource_pattern={pattern}) already exists."
        ))
        .into()),
    }
}

/// A grant of a role, by its own id.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn get_permission(connection: &mut Connection<'_>, id: i64) -> Result<RolePermission, StoreError> {
    let query = select_permissions().and_where(Expr::col("id").eq(id)).to_owned();
    connection.fetch_optional(&query).await?.ok_or_else(|| missing_permission(id))
}

/// Changes the level of a grant.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn update_permission(
    connection: &mut Connection<'_>,
    id: i64,
    level: Level,
) -> Result<RolePermission, StoreError> {
    let update = Query::update()
        .table("role_permissions")
        .value("permission", level.as_str())
        .and_where(Expr::col("id").eq(id))
        .to_owned();
    connection.execute(&update).await?;
    get_permission(connection, id).await
}

/// Removes a grant, and gives it as it was.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn remove_permission(
    connection: &mut Connection<'_>,
    id: i64,
) -> Result<RolePermission, StoreError> {
    let permission = get_permission(connection, id).await?;
    let delete = Query::delete().from_table("role_permissions").and_where(Expr::col("id").eq(id)).to_owned();
    connection.execute(&delete).await?;
    Ok(permission)
}

/// Gives a user a role.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST when there is no such role, RESOURCE_ALREADY_EXISTS when the user holds it, INVALID_PARAMETER_VALUE
/// for the role of another user's own grants.
pub async fn assign(
    connection: &mut Connection<'_>,
    user: UserId,
    role: i64,
) -> Result<Assignment, StoreError> {
    let role = get(connection, role).await?;
    if role.name != own_role(user) {
        check_shared(&role)?;
    }
    let insert = Query::insert()
        .into_table("user_role_assignments")
        .columns(["user_id", "role_id"])
        .values_panic([user.0.into(), role.id.into()])
        .to_owned();
    match connection.insert(insert, "id").await {
        Ok(id) => Ok(Assignment { id, user_id: user.0, role_id: role.id }),
        Err(error) if error.is_unique_violation() => Err(Error::already_exists(format!(
            "User role assignment (user_id={}, role_id={}) already exists",
            user.0, role.id
        ))
        .into()),
        Err(error) => Err(error),
    }
}

/// Takes a role from a user.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST when the user does not hold it.
pub async fn unassign(connection: &mut Connection<'_>, user: UserId, role: i64) -> Result<(), StoreError> {
    let delete = Query::delete()
        .from_table("user_role_assignments")
        .and_where(Expr::col("user_id").eq(user.0))
        .and_where(Expr::col("role_id").eq(role))
        .to_owned();
    if connection.execute(&delete).await? == 0 {
        return Err(Error::not_found(format!(
            "User role assignment (user_id={}, role_id={role}) not found",
            user.0
        ))
        .into());
    }
    Ok(())
}

/// How one belongs to a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// By a role in it that gives MANAGE on the workspace.
    Administrator,
    /// By any role in it.
    Member,
}

/// The workspaces to which a holder of roles belongs in the given way.
pub async fn workspaces<'h>(
    db: &Db,
    holder: impl Into<Holder<'h>>,
    standing: Standing,
) -> Result<Vec<String>, StoreError> {
    let rows = db.fetch_all::<(String,)>(belongs_to(holder.into(), standing).distinct()).await?;
    Ok(rows.into_iter().map(|(workspace,)| workspace).collect())
}

/// Those of the roles that are in a workspace to which a holder of roles belongs in the given way.
pub async fn within<'h>(
    db: &Db,
    holder: impl Into<Holder<'h>>,
    standing: Standing,
    roles: &[i64],
) -> Result<Vec<i64>, StoreError> {
    let query = Query::select()
        .column(("roles", "id"))
        .from("roles")
        .and_where(dialect::in_list(("roles", "id"), roles))
        .and_where(Expr::col(("roles", "workspace")).in_subquery(belongs_to(holder.into(), standing)))
        .to_owned();
    Ok(db.fetch_all::<(Int,)>(&query).await?.into_iter().map(|(Int(id),)| id).collect())
}

/// Those of the grants, by their own ids, whose roles are in a workspace to which a holder of roles belongs in the given way.
pub async fn permissions_within<'h>(
    db: &Db,
    holder: impl Into<Holder<'h>>,
    standing: Standing,
    permissions: &[i64],
) -> Result<Vec<i64>, StoreError> {
    let query = Query::select()
        .column(("role_permissions", "id"))
        .from("role_permissions")
        .inner_join("roles", Expr::col(("roles", "id")).equals(("role_permissions", "role_id")))
        .and_where(dialect::in_list(("role_permissions", "id"), permissions))
        .and_where(Expr::col(("roles", "workspace")).in_subquery(belongs_to(holder.into(), standing)))
        .to_owned();
    Ok(db.fetch_all::<(Int,)>(&query).await?.into_iter().map(|(Int(id),)| id).collect())
}

/// Whether a holder of roles administers a workspace in which another user, by name, holds a role.
pub async fn administers_one_of<'h>(
    db: &Db,
    holder: impl Into<Holder<'h>>,
    other: &str,
) -> Result<bool, StoreError> {
    let administered = belongs_to(holder.into(), Standing::Administrator);
    let query = Query::select()
        .column(("roles", "id"))
        .from("roles")
        .inner_join(
            "user_role_assignments",
            Expr::col(("roles", "id")).equals(("user_role_assignments", "role_id")),
        )
        .inner_join("users", Expr::col(("users", "id")).equals(("user_role_assignments", "user_id")))
        .and_where(Expr::col(("users", "username")).eq(other))
        .and_where(Expr::col(("roles", "workspace")).in_subquery(administered))
        .limit(1)
        .to_owned();
    Ok(db.fetch_optional::<(Int,)>(&query).await?.is_some())
}

fn belongs_to(holder: Holder<'_>, standing: Standing) -> SelectStatement {
    let mut query = Query::select().column(("roles", "workspace")).from("roles").to_owned();
    holder.restrict(&mut query);
    if standing == Standing::Administrator {
        query
            .inner_join(
                "role_permissions",
                Expr::col(("roles", "id")).equals(("role_permissions", "role_id")),
            )
            .and_where(Expr::col(("role_permissions", "resource_type")).eq(ResourceType::Workspace.as_str()))
            .and_where(Expr::col(("role_permissions", "resource_pattern")).eq(WILDCARD))
            .and_where(Expr::col(("role_permissions", "permission")).eq(Level::Manage.as_str()));
    }
    query
}
