//! The first administrator.

use crate::audited::{Change, audited};
use crate::passwords::{self, PasswordHash, PasswordPolicy, check_username, is_legacy_default};
use futures::FutureExt;
use model::audit::Target;
use model::{Actor, Entropy, Error};
use std::sync::Arc;
use store::Db;
use store::auth::users;

/// What the configuration says about the administrator.
pub struct Bootstrap {
    pub username: String,
    /// `admin_password` or MLFLOW_AUTH_ADMIN_PASSWORD, if set.
    pub password: Option<String>,
    pub policy: PasswordPolicy,
}

/// What was done. `Debug` does not show the password.
#[derive(PartialEq, Eq)]
pub enum Bootstrapped {
    /// The administrator was there.
    Existing,
    /// Made with the configured password.
    Created,
    /// Made with this password, which nobody else knows: it must be shown once.
    Generated(String),
}

impl std::fmt::Debug for Bootstrapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Existing => "Existing",
            Self::Created => "Created",
            Self::Generated(_) => "Generated([hidden])",
        })
    }
}

/// Makes the administrator in a database that has none of that name. Of several servers that start at once, one does.
///
/// # Errors
/// When the configured name or password does not fit the policy, or the database fails.
pub async fn bootstrap_admin(
    db: &Db,
    bootstrap: &Bootstrap,
    actor: &Actor,
    entropy: Arc<dyn Entropy>,
) -> Result<Bootstrapped, Error> {
    let Bootstrap { username, password, policy } = bootstrap;
    check_username(username)?;
    if users::find(db, username).await?.is_some() {
        return Ok(Bootstrapped::Existing);
    }
    let (password, generated) = match password {
        Some(password) => (password.clone(), false),
        None => (policy.generate(&*entropy), true),
    };
    check_configured(&password, policy)?;
    let hash = hash(password.clone(), entropy).await?;
    let username = username.clone();
    let created = audited(db, actor, move |connection| {
        let (username, hash) = (username.clone(), hash.clone());
        async move {
            users::create(connection, &username, &hash, true).await?;
            Ok(((), vec![Change::new(Target::user(username), "created as an administrator")]))
        }
        .boxed()
    });
    match created.await {
        Ok(()) if generated => Ok(Bootstrapped::Generated(password)),
        Ok(()) => Ok(Bootstrapped::Created),
        // Another server was faster; its password holds.
        Err(error) if error.code == model::ErrorCode::ResourceAlreadyExists => Ok(Bootstrapped::Existing),
        Err(error) => Err(error),
    }
}

/// What became of a password that older versions of MLflow shipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegacyPassword {
    /// The administrator has none.
    None,
    /// It was replaced by the configured one.
    Rotated,
    /// It is still there; logins with it are refused.
    StillThere,
}

/// Looks whether the administrator still has a password that older versions of MLflow shipped, and replaces it by the
/// configured one. It costs a few hashes, so a server does it beside its start.
///
/// # Errors
/// When the configured password does not fit the policy, or the database fails.
pub async fn rotate_legacy_password(
    db: &Db,
    bootstrap: &Bootstrap,
    actor: &Actor,
    entropy: Arc<dyn Entropy>,
) -> Result<LegacyPassword, Error> {
    let Some(known) = users::find(db, &bootstrap.username).await? else { return Ok(LegacyPassword::None) };
    if !has_legacy_password(known.password_hash).await? {
        return Ok(LegacyPassword::None);
    }
    let password = match &bootstrap.password {
        Some(password) if !is_legacy_default(password) => password.clone(),
        _ => return Ok(LegacyPassword::StillThere),
    };
    check_configured(&password, &bootstrap.policy)?;
    let hash = hash(password, entropy).await?;
    let username = bootstrap.username.clone();
    let rotated = audited(db, actor, move |connection| {
        let (username, hash) = (username.clone(), hash.clone());
        async move {
            users::set_password(connection, &username, &hash).await?;
            Ok(((), vec![Change::new(Target::user(username), "password replaced by the configured one")]))
        }
        .boxed()
    });
    rotated.await?;
    Ok(LegacyPassword::Rotated)
}

fn check_configured(password: &str, policy: &PasswordPolicy) -> Result<(), Error> {
    if is_legacy_default(password) {
        return Err(Error::invalid(
            "The configured admin password is one that older versions of MLflow shipped, which everybody knows. Set \
             another one.",
        ));
    }
    policy
        .check(password)
        .map_err(|error| Error::invalid(format!("The configured admin password does not do: {error}")))
}

async fn hash(password: String, entropy: Arc<dyn Entropy>) -> Result<String, Error> {
    off_the_async_threads(move || passwords::hash(&password, &*entropy)).await
}

/// Whether the stored hash is of a password that older versions shipped. Costs a hash each.
async fn has_legacy_password(stored: String) -> Result<bool, Error> {
    off_the_async_threads(move || {
        PasswordHash::parse(&stored)
            .is_ok_and(|hash| passwords::LEGACY_DEFAULTS.iter().any(|legacy| hash.verify(legacy)))
    })
    .await
}

async fn off_the_async_threads<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::internal("Hashing a password failed."))
}
