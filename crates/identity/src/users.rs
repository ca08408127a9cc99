//! Managing users.

use crate::audited::{Change, audited};
use crate::authenticate::AuthenticatedUser;
use crate::passwords::{PasswordPolicy, check_username, unknown_password};
use crate::refusals::Refusals;
use crate::verified::{Verifier, VerifyError};
use futures::FutureExt;
use model::audit::{Outcome, Target};
use model::{Actor, Entropy, Error};
use std::collections::HashMap;
use std::sync::Arc;
use store::Db;
use store::auth::grants;
use store::auth::roles::{self, Role};
use store::auth::users::{self, StoredUser};

/// The users of the authentication database.
#[derive(Clone)]
pub struct Users {
    db: Db,
    /// Where lists are read from.
    lists: Db,
    verifier: Verifier,
    policy: PasswordPolicy,
    entropy: Arc<dyn Entropy>,
    refusals: Refusals,
}

impl Users {
    pub fn new(
        db: Db,
        verifier: Verifier,
        policy: PasswordPolicy,
        entropy: Arc<dyn Entropy>,
        refusals: Refusals,
    ) -> Self {
        Self { lists: db.clone(), db, verifier, policy, entropy, refusals }
    }

    /// Reads lists from a copy of the database that may lag behind. What decides about a right never comes from there.
    #[must_use]
    pub fn listing_from(self, lists: Db) -> Self {
        Self { lists, ..self }
    }

    /// What new passwords must be like.
    pub fn policy(&self) -> PasswordPolicy {
        self.policy
    }

    /// Makes a user.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE for a name or password that the policy refuses, RESOURCE_ALREADY_EXISTS.
    pub async fn create(
        &self,
        actor: &Actor,
        username: &str,
        password: &str,
        is_admin: bool,
    ) -> Result<StoredUser, Error> {
        check_username(username)?;
        let hash = self.new_hash(username, password).await?;
        let detail = if is_admin { "created as an administrator" } else { "created" };
        self.insert(actor, username, hash, is_admin, detail).await
    }

    /// Makes a user whom no password lets in, such as a service account: what is stored is a hash of MLflow's form that no
    /// known password has. Access tokens work, and a password can be set later.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE for a name that the policy refuses, RESOURCE_ALREADY_EXISTS.
    pub async fn create_without_password(
        &self,
        actor: &Actor,
        username: &str,
        is_admin: bool,
    ) -> Result<StoredUser, Error> {
        check_username(username)?;
        let hash = unknown_password(&*self.entropy);
        let detail = if is_admin {
            "created as an administrator without a password"
        } else {
            "created without a password"
        };
        self.insert(actor, username, hash, is_admin, detail).await
    }

    async fn insert(
        &self,
        actor: &Actor,
        username: &str,
        hash: String,
        is_admin: bool,
        detail: &'static str,
    ) -> Result<StoredUser, Error> {
        let username = username.to_owned();
        audited(&self.db, actor, move |connection| {
            let (username, hash) = (username.clone(), hash.clone());
            async move {
                users::create(connection, &username, &hash, is_admin).await?;
                let user = users::get(connection, &username).await?;
                Ok((user, vec![Change::new(Target::user(username), detail)]))
            }
            .boxed()
        })
        .await
    }

    async fn new_hash(&self, username: &str, password: &str) -> Result<String, Error> {
        self.policy.check(password)?;
        Ok(self.verifier.hash(username, password, &*self.entropy).await?)
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

    /// A user by name with the roles that are assigned to them, in all workspaces.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST.
    pub async fn get_with_roles(&self, username: &str) -> Result<(StoredUser, Vec<Role>), Error> {
        let mut snapshot = self.db.snapshot().await?;
        let mut connection = snapshot.connection();
        let user = users::get(&mut connection, username).await?;
        let roles = roles::held_by(&mut connection, user.id).await?;
        Ok((user, roles))
    }

    /// The roles that a caller holds, in all workspaces: those that their credentials bring among them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn roles_of_caller(&self, caller: &AuthenticatedUser) -> Result<Vec<Role>, Error> {
        let mut snapshot = self.db.snapshot().await?;
        Ok(roles::held_by(&mut snapshot.connection(), caller.holder()).await?)
    }

    /// All users, each with the roles that they hold, in all workspaces.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self) -> Result<Vec<(StoredUser, Vec<Role>)>, Error> {
        let mut snapshot = self.lists.snapshot().await?;
        let mut connection = snapshot.connection();
        let roles = roles::list(&mut connection, None).await?;
        let assignments = roles::assignments(&mut connection).await?;
        let users = users::list(&mut connection).await?;
        let by_id = roles.iter().map(|role| (role.id, role)).collect::<HashMap<_, _>>();
        let mut held: HashMap<i64, Vec<Role>> = HashMap::new();
        for assignment in assignments {
            if let Some(role) = by_id.get(&assignment.role_id) {
                held.entry(assignment.user_id).or_default().push((*role).clone());
            }
        }
        Ok(users
            .into_iter()
            .map(|user| {
                let roles = held.remove(&user.id.0).unwrap_or_default();
                (user, roles)
            })
            .collect())
    }

    /// Whether the password is the user's. A wrong one is a failed login.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST, TEMPORARILY_UNAVAILABLE when too many passwords are being checked, REQUEST_LIMIT_EXCEEDED when
    /// too many were wrong.
    pub async fn verify(&self, actor: &Actor, username: &str, password: &str) -> Result<bool, Error> {
        let user = self.get(username).await?;
        let checked = self.verifier.verify(username, &user.password_hash, password, actor.address).await;
        let refused = match &checked {
            Ok(true) | Err(VerifyError::Busy(_)) => None,
            Ok(false) => Some((Outcome::LoginFailed, "wrong current password")),
            Err(VerifyError::Throttled(_)) => Some((Outcome::Throttled, "too many failed logins")),
        };
        if let Some((outcome, detail)) = refused {
            self.refusals.note(actor, outcome, Some(Target::user(username)), detail);
        }
        Ok(checked?)
    }

    /// Replaces a password.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE for a password that the policy refuses, RESOURCE_DOES_NOT_EXIST.
    pub async fn set_password(&self, actor: &Actor, username: &str, password: &str) -> Result<(), Error> {
        let hash = self.new_hash(username, password).await?;
        let username = username.to_owned();
        audited(&self.db, actor, move |connection| {
            let (username, hash) = (username.clone(), hash.clone());
            async move {
                users::set_password(connection, &username, &hash).await?;
                Ok(((), vec![Change::new(Target::user(username), "password changed")]))
            }
            .boxed()
        })
        .await
    }

    /// Makes a user an administrator, or no longer one.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE when no administrator would be left.
    pub async fn set_admin(&self, actor: &Actor, username: &str, is_admin: bool) -> Result<(), Error> {
        let username = username.to_owned();
        audited(&self.db, actor, move |connection| {
            let username = username.clone();
            async move {
                users::set_admin(connection, &username, is_admin).await?;
                let detail = if is_admin { "made an administrator" } else { "no longer an administrator" };
                Ok(((), vec![Change::new(Target::user(username), detail)]))
            }
            .boxed()
        })
        .await
    }

    /// Lets nothing let a user in any more, or lets it again: passwords, access tokens, and who vouches from outside.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE when no administrator would be left who can come in.
    pub async fn set_disabled(&self, actor: &Actor, username: &str, is_disabled: bool) -> Result<(), Error> {
        let (username, now) = (username.to_owned(), actor.at);
        audited(&self.db, actor, move |connection| {
            let username = username.clone();
            async move {
                users::set_disabled(connection, &username, is_disabled, now).await?;
                let detail = if is_disabled { "disabled" } else { "no longer disabled" };
                Ok(((), vec![Change::new(Target::user(username), detail)]))
            }
            .boxed()
        })
        .await
    }

    /// Deletes a user with every grant and access token.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE when no administrator would be left.
    pub async fn delete(&self, actor: &Actor, username: &str) -> Result<(), Error> {
        let username = username.to_owned();
        audited(&self.db, actor, move |connection| {
            let username = username.clone();
            async move {
                users::delete(connection, &username).await?;
                Ok(((), vec![Change::new(Target::user(username), "deleted")]))
            }
            .boxed()
        })
        .await
    }
}
