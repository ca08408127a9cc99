//! Access tokens. What is stored of one is its SHA-256: nobody can log in with what the database holds.
//!
//! A token counts only while the user of its `user_id` has its `username`: SQLite gives ids again, and another program may
//! delete a user without the tokens.

use crate::Int;
use crate::auth::users::{StoredUser, is_disabled, missing};
use crate::db::{Connection, Db};
use crate::dialect;
use crate::error::StoreError;
use authz::{Key, Level, ResourceType};
use model::user::UserId;
use model::{Error, Millis};
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use serde::{Deserialize, Serialize};

/// Tokens of one user.
pub const MAX_TOKENS: usize = 100;
/// Bytes of the list of a token's resources: what the smallest column of a database holds.
const MAX_RESOURCES_BYTES: usize = 60_000;

/// A token that is to be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    pub name: String,
    /// SHA-256 of the token's text, in lower-case hexadecimal.
    pub hash: String,
    pub level: Level,
    /// Where its rights hold; everywhere if there are none.
    pub resources: Vec<Key>,
    pub created_at: Millis,
    /// From when on it is refused.
    pub expires_at: Option<Millis>,
}

/// What is known of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredToken {
    pub id: i64,
    pub username: String,
    pub name: String,
    pub level: Level,
    pub resources: Vec<Key>,
    pub created_at: Millis,
    pub expires_at: Option<Millis>,
    /// To the minute; `None` for one that was never used.
    pub last_used_at: Option<Millis>,
}

/// A token that a request brought, with its user as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundToken {
    pub id: i64,
    pub user_id: UserId,
    pub username: String,
    pub is_admin: bool,
    /// Whether nothing lets the user in.
    pub is_disabled: bool,
    pub level: Level,
    pub resources: Vec<Key>,
    pub expires_at: Option<Millis>,
    pub last_used_at: Option<Millis>,
}

/// A resource as the column holds it.
#[derive(Serialize, Deserialize)]
struct Resource {
    resource_type: String,
    resource_id: String,
}

fn to_column(resources: &[Key]) -> Result<String, StoreError> {
    let resources: Vec<Resource> = resources
        .iter()
        .map(|key| Resource { resource_type: key.kind.as_str().to_owned(), resource_id: key.id.clone() })
        .collect();
    // Texts always serialize.
    let column = serde_json::to_string(&resources).unwrap_or_default();
    if column.len() > MAX_RESOURCES_BYTES {
        return Err(Error::invalid("The resources of the token are too long together.").into());
    }
    Ok(column)
}

/// What cannot be read is an error: fewer resources than there were would be more rights.
fn from_column(column: &str) -> Result<Vec<Key>, StoreError> {
    let lost = || StoreError::Lost("the resources of an access token could not be read".to_owned());
    let resources: Vec<Resource> = serde_json::from_str(column).map_err(|_| lost())?;
    let key = |resource: Resource| {
        ResourceType::from_name(&resource.resource_type).map(|kind| Key::new(kind, resource.resource_id))
    };
    resources.into_iter().map(key).collect::<Option<_>>().ok_or_else(lost)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    user_id: Int,
    /// The user's name today.
    user_name: Option<String>,
    is_admin: Option<bool>,
    disabled: Int,
    /// The user's name when the token was made.
    username: String,
    name: String,
    level: String,
    resources: String,
    created_at: Millis,
    expires_at: Option<Millis>,
    last_used_at: Option<Millis>,
}

impl Row {
    /// Whether the user is still the one for whom the token was made. It is asked here because collations of MLflow's tables
    /// need not tell names apart exactly.
    fn counts(&self) -> bool {
        self.user_name.as_ref() == Some(&self.username)
    }

    fn stored(self) -> Result<StoredToken, StoreError> {
        Ok(StoredToken {
            id: self.id,
            level: Level::from_column(&self.level),
            resources: from_column(&self.resources)?,
            username: self.username,
            name: self.name,
            created_at: self.created_at,
            expires_at: self.expires_at,
            last_used_at: self.last_used_at,
        })
    }

    fn found(self) -> Result<FoundToken, StoreError> {
        Ok(FoundToken {
            id: self.id,
            user_id: UserId(self.user_id.0),
            is_admin: self.is_admin.unwrap_or(false),
            is_disabled: self.disabled.0 != 0,
            level: Level::from_column(&self.level),
            resources: from_column(&self.resources)?,
            username: self.username,
            expires_at: self.expires_at,
            last_used_at: self.last_used_at,
        })
    }
}

fn select() -> SelectStatement {
    let of_token = |column: &'static str| ("millgate_tokens", column);
    Query::select()
        .columns([
            of_token("id"),
            of_token("user_id"),
            of_token("username"),
            of_token("name"),
            of_token("level"),
            of_token("resources"),
            of_token("created_at"),
            of_token("expires_at"),
            of_token("last_used_at"),
        ])
        .expr_as(Expr::col(("users", "username")), "user_name")
        .column(("users", "is_admin"))
        .expr_as(is_disabled(), "disabled")
        .from("millgate_tokens")
        .inner_join("users", Expr::col(("users", "id")).equals(("millgate_tokens", "user_id")))
        .to_owned()
}

/// The token with the hash, with its user, if there are both: the first of the two queries of a request that brings one.
/// Whether it has expired the caller sees.
pub async fn find(db: &Db, hash: &str) -> Result<Option<FoundToken>, StoreError> {
    let query = select().and_where(Expr::col(("millgate_tokens", "hash")).eq(hash)).to_owned();
    let row = db.fetch_optional::<Row>(&query).await?.filter(Row::counts);
    row.map(Row::found).transpose()
}

/// The names of the users of some tokens, by the tokens' ids. One that does not exist, or does not count, has none.
pub async fn owners(db: &Db, ids: &[i64]) -> Result<Vec<(i64, String)>, StoreError> {
    let query = select().and_where(dialect::in_list(("millgate_tokens", "id"), ids)).to_owned();
    let rows = db.fetch_all::<Row>(&query).await?;
    Ok(rows.into_iter().filter(Row::counts).map(|row| (row.id, row.username)).collect())
}

/// A user's tokens, or those of all users, by id.
pub async fn list(
    connection: &mut Connection<'_>,
    user: Option<&StoredUser>,
) -> Result<Vec<StoredToken>, StoreError> {
    let mut query = select().order_by(("millgate_tokens", "id"), Order::Asc).to_owned();
    if let Some(user) = user {
        query.and_where(Expr::col(("millgate_tokens", "user_id")).eq(user.id.0));
    }
    let rows = connection.fetch_all::<Row>(&query).await?;
    rows.into_iter().filter(Row::counts).map(Row::stored).collect()
}

/// Makes a token and tells its id.
///
/// # Errors
/// RESOURCE_ALREADY_EXISTS when the user has one of that name; INVALID_PARAMETER_VALUE when they have [`MAX_TOKENS`], or the
/// resources are too long together.
pub async fn create(
    connection: &mut Connection<'_>,
    user: &StoredUser,
    new: &NewToken,
) -> Result<i64, StoreError> {
    // Held, so that of two at once the second counts the first.
    let mut query =
        Query::select().column("id").from("users").and_where(Expr::col("id").eq(user.id.0)).to_owned();
    if connection.fetch_optional::<(Int,)>(dialect::hold(&mut query)).await?.is_none() {
        return Err(missing(&user.username));
    }
    // What a former user of the id left is nobody's.
    let left = Query::delete()
        .from_table("millgate_tokens")
        .and_where(Expr::col("user_id").eq(user.id.0))
        .and_where(Expr::col("username").ne(user.username.as_str()))
        .to_owned();
    connection.execute(&left).await?;
    let known = list(connection, Some(user)).await?;
    if known.iter().any(|token| token.name == new.name) {
        return Err(Error::already_exists(format!(
            "Access token with name={} already exists for user={}.",
            new.name, user.username
        ))
        .into());
    }
    if known.len() >= MAX_TOKENS {
        return Err(Error::invalid(format!(
            "User '{}' has {MAX_TOKENS} access tokens, which is the limit. Revoke one first.",
            user.username
        ))
        .into());
    }
    let insert = Query::insert()
        .into_table("millgate_tokens")
        .columns(["user_id", "username", "name", "hash", "level", "resources", "created_at", "expires_at"])
        .values_panic([
            user.id.0.into(),
            user.username.as_str().into(),
            new.name.as_str().into(),
            new.hash.as_str().into(),
            new.level.as_str().into(),
            to_column(&new.resources)?.into(),
            new.created_at.into(),
            new.expires_at.into(),
        ])
        .to_owned();
    connection.insert(insert, "id").await
}

/// Removes a token, and gives what was known of it.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn delete(connection: &mut Connection<'_>, id: i64) -> Result<StoredToken, StoreError> {
    let query = select().and_where(Expr::col(("millgate_tokens", "id")).eq(id)).to_owned();
    let row = connection.fetch_optional::<Row>(&query).await?.filter(Row::counts);
    let delete = Query::delete().from_table("millgate_tokens").and_where(Expr::col("id").eq(id)).to_owned();
    // Of two who revoke it at once, the second finds nothing.
    match (row, connection.execute(&delete).await?) {
        (Some(row), 1..) => row.stored(),
        _ => Err(Error::not_found(format!("Access token with id={id} not found.")).into()),
    }
}

/// Takes a resource that is gone for good out of the access tokens that are bound to it. A token that is bound to nothing else
/// would be good everywhere then: it is revoked. Gives the tokens, and whether each was revoked.
pub async fn unbind(
    connection: &mut Connection<'_>,
    gone: &Key,
) -> Result<Vec<(StoredToken, bool)>, StoreError> {
    let query = select()
        .and_where(Expr::col(("millgate_tokens", "resources")).ne("[]"))
        .order_by(("millgate_tokens", "id"), Order::Asc)
        .to_owned();
    let mut changed = Vec::new();
    for row in connection.fetch_all::<Row>(&query).await? {
        let id = row.id;
        let mut token = row.stored()?;
        let before = token.resources.len();
        token.resources.retain(|key| key != gone);
        if token.resources.len() == before {
            continue;
        }
        let revoked = token.resources.is_empty();
        if revoked {
            let delete =
                Query::delete().from_table("millgate_tokens").and_where(Expr::col("id").eq(id)).to_owned();
            connection.execute(&delete).await?;
        } else {
            let update = Query::update()
                .table("millgate_tokens")
                .value("resources", to_column(&token.resources)?)
                .and_where(Expr::col("id").eq(id))
                .to_owned();
            connection.execute(&update).await?;
        }
        changed.push((token, revoked));
    }
    Ok(changed)
}

/// Writes down that tokens were used at a time, unless a later one stands there.
pub async fn mark_used(connection: &mut Connection<'_>, ids: &[i64], at: Millis) -> Result<(), StoreError> {
    let update = Query::update()
        .table("millgate_tokens")
        .value("last_used_at", at)
        .and_where(dialect::in_list("id", ids))
        .and_where(Expr::col("last_used_at").is_null().or(Expr::col("last_used_at").lt(at)))
        .to_owned();
    connection.execute(&update).await.map(drop)
}
