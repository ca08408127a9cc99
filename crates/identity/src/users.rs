//! Managing users.

use crate::passwords::{PasswordPolicy, check_username};
use crate::verified::Verifier;
use futures::FutureExt;
use model::user::UserId;
use model::{Entropy, Error};
use std::collections::HashMap;
use std::sync::Arc;
use store::Db;
use store::auth::grants;
use store::auth::users::{self, Role, StoredUser};

/// The users of the authentication database.
#[derive(Clone)]
pub struct Users {
    db: Db,
    verifier: Verifier,
    policy: PasswordPolicy,
    entropy: Arc<dyn Entropy>,
}

impl Users {
    pub fn new(db: Db, verifier: Verifier, policy: PasswordPolicy, entropy: Arc<dyn Entropy>) -> Self {
        Self { db, verifier, policy, entropy }
    }

    /// Makes a user who is no administrator.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE for a name or password that the policy refuses, RESOURCE_ALREADY_EXISTS.
    pub async fn create(&self, username: &str, password: &str) -> Result<StoredUser, Error> {
        check_username(username)?;
        let hash = self.new_hash(password).await?;
        let username = username.to_owned();
        let created = self.db.write(move |connection| {
            let (username, hash) = (username.clone(), hash.clone());
            async move {
                users::create(connection, &username, &hash, false).await?;
                users::get(connection, &username).await
            }
            .boxed()
        });
        Ok(created.await?)
    }

    async fn new_hash(&self, password: &str) -> Result<String, Error> {
        self.policy.check(password)?;
        Ok(self.verifier.hash(password, &*self.entropy).await?)
    }

    /// A user by name.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST.
    pub async fn get(&self, username: &str) -> Result<StoredUser, Error> {
        let mut snapshot = self.db.snapshot().await?;
        Ok(users::get(&mut snapshot.connection(), username).await?)
    }

    /// A user by name with the grants of their own role: type, pattern and level of each.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST.
    pub async fn get_with_grants(
        &self,
        username: &str,
    ) -> Result<(StoredUser, Vec<(String, String, String)>), Error> {
        let mut snapshot = self.db.snapshot().await?;
        let mut connection = snapshot.connection();
        let user = users::get(&mut connection, username).await?;
        let grants = grants::own(&mut connection, user.id).await?;
        Ok((user, grants))
    }

    /// All users, and the roles that each holds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self) -> Result<(Vec<StoredUser>, HashMap<UserId, Vec<Role>>), Error> {
        let mut snapshot = self.db.snapshot().await?;
        let mut connection = snapshot.connection();
        Ok((users::list(&mut connection).await?, users::roles_by_user(&mut connection).await?))
    }

    /// Whether the password is the user's.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST, TEMPORARILY_UNAVAILABLE when too many passwords are being checked.
    pub async fn verify(&self, username: &str, password: &str) -> Result<bool, Error> {
        let user = self.get(username).await?;
        Ok(self.verifier.verify(username, &user.password_hash, password).await?)
    }

    /// Replaces a password.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE for a password that the policy refuses, RESOURCE_DOES_NOT_EXIST.
    pub async fn set_password(&self, username: &str, password: &str) -> Result<(), Error> {
        let hash = self.new_hash(password).await?;
        let username = username.to_owned();
        let changed = self.db.write(move |connection| {
            let (username, hash) = (username.clone(), hash.clone());
            async move { users::set_password(connection, &username, &hash).await }.boxed()
        });
        Ok(changed.await?)
    }

    /// Makes a user an administrator, or no longer one.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE when no administrator would be left.
    pub async fn set_admin(&self, username: &str, is_admin: bool) -> Result<(), Error> {
        let username = username.to_owned();
        let changed = self.db.write(move |connection| {
            let username = username.clone();
            async move { users::set_admin(connection, &username, is_admin).await }.boxed()
        });
        Ok(changed.await?)
    }

    /// Deletes a user with every grant.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE when no administrator would be left.
    pub async fn delete(&self, username: &str) -> Result<(), Error> {
        let username = username.to_owned();
        let deleted = self.db.write(move |connection| {
            let username = username.clone();
            async move { users::delete(connection, &username).await }.boxed()
        });
        Ok(deleted.await?)
    }
}
