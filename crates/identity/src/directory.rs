//! The users of the database, for authenticators that find out by other means who is calling.

use crate::authenticate::{AuthenticatedUser, CredentialKind};
use model::Error;
use store::Db;
use store::auth::users;

/// The users who can come in, by their names. They are read at every request.
#[derive(Clone, Debug)]
pub struct Directory {
    db: Db,
}

impl Directory {
    #[doc(hidden)]
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// The user of that name, with all of their rights; `None` for one who does not exist or is disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&self, username: &str) -> Result<Option<AuthenticatedUser>, Error> {
        // However the database compares names.
        let found = users::find(&self.db, username).await?;
        let user = found.filter(|user| user.username == username && !user.is_disabled);
        Ok(user.map(|user| AuthenticatedUser {
            id: user.id,
            username: user.username,
            is_admin: user.is_admin,
            roles: Vec::new(),
            scope: None,
            credentials: CredentialKind::External,
        }))
    }
}
