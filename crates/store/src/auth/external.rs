//! Users for whom somebody outside vouches: which user a subject of which source is.

use crate::auth::users::{self, Row, StoredUser};
use crate::db::{Connection, Db};
use crate::error::StoreError;
use model::{Error, Millis, hex};
use sea_query::{Expr, ExprTrait, Query};
use sha2::{Digest, Sha256};

/// Somebody as a source knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Who vouches, such as the issuer of a token. At most 255 characters.
    pub source: String,
    /// Whom for: what the source never gives to anybody else. At most 255 characters.
    pub name: String,
}

impl Subject {
    /// SHA-256 of both in lower-case hexadecimal.
    fn identity(&self) -> String {
        let mut digest = Sha256::new();
        for part in [&self.source, &self.name] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        hex(&digest.finalize())
    }
}

#[derive(sqlx::FromRow)]
struct Linked {
    #[sqlx(flatten)]
    user: Row,
    /// The user's name when the link was made.
    linked_name: String,
}

/// The user whom a subject is linked to, if there is one: the first of the two queries of a request of theirs.
pub async fn find(db: &Db, subject: &Subject) -> Result<Option<StoredUser>, StoreError> {
    let query = users::select()
        .expr_as(Expr::col(("millgate_external_users", "username")), "linked_name")
        .inner_join(
            "millgate_external_users",
            Expr::col(("millgate_external_users", "user_id")).equals(("users", "id")),
        )
        .and_where(Expr::col(("millgate_external_users", "identity")).eq(subject.identity()))
        .to_owned();
    let Some(Linked { user, linked_name }) = db.fetch_optional::<Linked>(&query).await? else {
        return Ok(None);
    };
    let user = StoredUser::from(user);
    // Another program may delete a user without the link, and ids come back.
    Ok(Some(user).filter(|user| user.username == linked_name))
}

/// Links a subject to a user.
///
/// # Errors
/// RESOURCE_ALREADY_EXISTS when the subject is linked to a user, or the user to another subject of the source.
pub async fn link(
    connection: &mut Connection<'_>,
    user: &StoredUser,
    subject: &Subject,
    now: Millis,
) -> Result<(), StoreError> {
    let of_user = Expr::col("user_id").eq(user.id.0);
    // What a former user of the id left is nobody's.
    let left = Query::delete()
        .from_table("millgate_external_users")
        .and_where(of_user.clone())
        .and_where(Expr::col("username").ne(user.username.as_str()))
        .to_owned();
    connection.execute(&left).await?;
    let users = Query::select()
        .expr(Expr::val(1))
        .from("users")
        .and_where(Expr::col(("users", "id")).equals(("millgate_external_users", "user_id")))
        .and_where(Expr::col(("users", "username")).equals(("millgate_external_users", "username")))
        .to_owned();
    let of_nobody = Query::delete()
        .from_table("millgate_external_users")
        .and_where(Expr::col("identity").eq(subject.identity()))
        .and_where(Expr::exists(users).not())
        .to_owned();
    connection.execute(&of_nobody).await?;
    let linked = Query::select()
        .column("identity")
        .from("millgate_external_users")
        .and_where(of_user)
        .and_where(Expr::col("source").eq(subject.source.as_str()))
        .to_owned();
    if connection.fetch_optional::<(String,)>(&linked).await?.is_some() {
        return Err(already_linked());
    }
    let insert = Query::insert()
        .into_table("millgate_external_users")
        .columns(["identity", "user_id", "username", "source", "subject", "created_at"])
        .values_panic([
            subject.identity().into(),
            user.id.0.into(),
            user.username.as_str().into(),
            subject.source.as_str().into(),
            subject.name.as_str().into(),
            now.into(),
        ])
        .to_owned();
    match connection.execute(&insert).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_unique_violation() => Err(already_linked()),
        Err(error) => Err(error),
    }
}

fn already_linked() -> StoreError {
    Error::already_exists("The user or the subject is linked already.").into()
}
