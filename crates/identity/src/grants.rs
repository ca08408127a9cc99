//! Managing what single users are granted: the grants of their own roles, in the workspace that is served.

use crate::audited::{Change, audited};
use authz::{Level, ResourceType, WILDCARD};
use futures::FutureExt;
use model::audit::Target;
use model::{Actor, Error};
use store::auth::{grants, users};
use store::{Db, StoreError};

/// Characters of a pattern: the size of MLflow's column.
const MAX_PATTERN_CHARS: usize = 255;

/// The grants of single users.
#[derive(Clone, Debug)]
pub struct Grants {
    db: Db,
}

/// One grant of a user's own role: on what, and what it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnGrant {
    pub kind: ResourceType,
    /// An id or name, or `*`.
    pub pattern: String,
    pub level: Level,
}

impl Grants {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Gives a user a level on a resource, or on all of its type.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST when there is no such user, RESOURCE_ALREADY_EXISTS when they have a level there.
    pub async fn create(&self, actor: &Actor, username: &str, grant: OwnGrant) -> Result<(), Error> {
        let username = username.to_owned();
        audited(&self.db, actor, move |connection| {
            let (username, grant) = (username.clone(), grant.clone());
            async move {
                let user = users::get(connection, &username).await?;
                grants::create(connection, &user, grant.kind, &grant.pattern, grant.level).await?;
                Ok(((), vec![given(&username, &grant)]))
            }
            .boxed()
        })
        .await
    }

    /// Gives a user a level in place of what they had on exactly this pattern, whether they had any or not.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST when there is no such user.
    pub async fn set(&self, actor: &Actor, username: &str, grant: OwnGrant) -> Result<(), Error> {
        self.put(actor, username, grant, None).await
    }

    /// Changes the level that a user has on exactly this pattern.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST when there is no such user; `missing` when they have no level there.
    pub async fn update(
        &self,
        actor: &Actor,
        username: &str,
        grant: OwnGrant,
        missing: Error,
    ) -> Result<(), Error> {
        self.put(actor, username, grant, Some(missing)).await
    }

    async fn put(
        &self,
        actor: &Actor,
        username: &str,
        grant: OwnGrant,
        missing: Option<Error>,
    ) -> Result<(), Error> {
        let username = username.to_owned();
        audited(&self.db, actor, move |connection| {
            let (username, grant, missing) = (username.clone(), grant.clone(), missing.clone());
            async move {
                let user = users::get(connection, &username).await?;
                if let Some(missing) = missing
                    && grants::hold_level(connection, user.id, grant.kind, &grant.pattern).await?.is_none()
                {
                    return Err(StoreError::Refused(missing));
                }
                grants::grant(connection, user.id, grant.kind, &grant.pattern, grant.level).await?;
                Ok(((), vec![given(&username, &grant)]))
            }
            .boxed()
        })
        .await
    }

    /// The level that a user's own role gives on exactly this pattern.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST when there is no such user.
    pub async fn get(
        &self,
        username: &str,
        kind: ResourceType,
        pattern: &str,
    ) -> Result<Option<(users::StoredUser, Level)>, Error> {
        let mut snapshot = self.db.snapshot().await?;
        let mut connection = snapshot.connection();
        let user = users::get(&mut connection, username).await?;
        let level = grants::level(&mut connection, user.id, kind, pattern).await?;
        Ok(level.map(|level| (user, level)))
    }

    /// Takes from a user what their own role gives on exactly this pattern.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST when there is no such user; `missing` when there is nothing to take.
    pub async fn revoke(
        &self,
        actor: &Actor,
        username: &str,
        kind: ResourceType,
        pattern: &str,
        missing: Error,
    ) -> Result<(), Error> {
        let (username, pattern) = (username.to_owned(), pattern.to_owned());
        audited(&self.db, actor, move |connection| {
            let (username, pattern, missing) = (username.clone(), pattern.clone(), missing.clone());
            async move {
                let user = users::get(connection, &username).await?;
                if !grants::revoke(connection, user.id, kind, &pattern).await? {
                    return Err(StoreError::Refused(missing));
                }
                let target = Target::new(kind.as_str(), pattern);
                Ok(((), vec![Change::new(target, format!("user {username}: revoked"))]))
            }
            .boxed()
        })
        .await
    }
}

fn given(username: &str, grant: &OwnGrant) -> Change {
    let target = Target::new(grant.kind.as_str(), grant.pattern.clone());
    Change::new(target, format!("user {username}: {}", grant.level))
}

/// A resource type by its name.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, in MLflow's words.
pub fn checked_kind(name: &str) -> Result<ResourceType, Error> {
    ResourceType::from_name(name).ok_or_else(|| {
        let mut known: Vec<&str> = ResourceType::ALL.iter().map(|kind| kind.as_str()).collect();
        known.sort_unstable();
        Error::invalid(format!("Invalid resource type '{name}'. Valid resource types are: {}", tuple(&known)))
    })
}

/// A resource type that single users can be granted something on, by its name.
///
/// # Errors
/// INVALID_PARAMETER_VALUE for an unknown type and for the workspace.
pub fn checked_kind_for_single_users(name: &str) -> Result<ResourceType, Error> {
    match checked_kind(name)? {
        ResourceType::Workspace => Err(not_for_single_users()),
        kind => Ok(kind),
    }
}

/// MLflow's words for a grant of a user's own role that is not there.
pub fn no_such_grant(username: &str, kind: ResourceType, pattern: &str) -> Error {
    Error::not_found(format!(
        "Permission for user={username} on resource_type={kind}, resource_id={pattern} not found."
    ))
}

/// A grant on the workspace is a matter of roles: it makes a member or an administrator.
fn not_for_single_users() -> Error {
    Error::invalid(
        "resource_type 'workspace' is not supported by the permissions of single users. Give the user a role that has a \
         grant on the workspace.",
    )
}

/// A level that may be granted on a type (MLflow 3.17 `_validate_permission_for_resource_type`): USE or MANAGE on the
/// workspace; elsewhere all but NO_PERMISSIONS, for which DENY is the word.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, in MLflow's words.
pub fn checked_level(name: &str, kind: ResourceType) -> Result<Level, Error> {
    let level = Level::from_name(name).ok_or_else(|| unknown_level(name))?;
    let (scope, allowed): (_, &[Level]) = match kind {
        ResourceType::Workspace => ("Workspace-wide", &[Level::Manage, Level::Use]),
        _ => ("Resource-level", &[Level::Deny, Level::Edit, Level::Manage, Level::Read, Level::Use]),
    };
    if allowed.contains(&level) {
        return Ok(level);
    }
    let allowed: Vec<&str> = allowed.iter().map(|level| level.as_str()).collect();
    Err(Error::invalid(format!(
        "Invalid permission '{name}' for resource_type='{kind}'. {scope} grants accept only: {}.",
        tuple(&allowed)
    )))
}

pub(crate) fn unknown_level(name: &str) -> Error {
    let all: Vec<&str> = Level::ALL.iter().map(|level| level.as_str()).collect();
    Error::invalid(format!("Invalid permission '{name}'. Valid permissions are: {}", tuple(&all)))
}

/// A pattern that a grant on a type may have: `*`, or one id where the type has ids. A grant with any other would be kept and
/// speak of nothing; a DENY would protect nothing.
///
/// # Errors
/// INVALID_PARAMETER_VALUE.
pub fn checked_pattern(pattern: &str, kind: ResourceType) -> Result<(), Error> {
    if pattern == WILDCARD {
        return Ok(());
    }
    if !kind.has_ids() {
        return Err(Error::invalid(format!(
            "Invalid resource_pattern '{pattern}' for resource_type='{kind}'. This resource type supports only wildcard \
             ('*') grants."
        )));
    }
    if pattern.is_empty() {
        return Err(Error::invalid("A resource pattern cannot be empty."));
    }
    if pattern.chars().count() > MAX_PATTERN_CHARS || pattern.contains('\0') {
        return Err(Error::invalid(format!(
            "A resource pattern has at most {MAX_PATTERN_CHARS} characters, none of them NUL."
        )));
    }
    match kind {
        ResourceType::Experiment => checked_experiment_id(pattern),
        ResourceType::Scorer => match pattern.split_once('/') {
            Some((id, name)) if !name.is_empty() => checked_experiment_id(id),
            _ => Err(Error::invalid("Invalid scorer resource_id. Expected '<experiment_id>/<scorer_name>'.")),
        },
        _ => Ok(()),
    }
}

/// An id has one spelling: a grant on `01` would say nothing about the experiment `1`.
fn checked_experiment_id(id: &str) -> Result<(), Error> {
    let number = id.trim().parse::<i128>();
    if number.is_ok_and(|number| number.to_string() != id) {
        return Err(Error::invalid(format!(
            "Invalid experiment ID '{id}'. Experiment ID must be a valid integer in its plain spelling."
        )));
    }
    Ok(())
}

/// A list as MLflow's messages show one.
fn tuple(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    format!("({})", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_must_suit_the_type() {
        assert_eq!(checked_level("DENY", ResourceType::Run), Ok(Level::Deny));
        assert_eq!(checked_level("MANAGE", ResourceType::Workspace), Ok(Level::Manage));
        for (level, kind) in [
            ("READ", ResourceType::Workspace),
            ("DENY", ResourceType::Workspace),
            ("NO_PERMISSIONS", ResourceType::Experiment),
            ("read", ResourceType::Experiment),
            ("", ResourceType::Experiment),
        ] {
            assert!(checked_level(level, kind).is_err(), "{level} {kind}");
        }
    }

    #[test]
    fn a_pattern_must_be_able_to_match() {
        for (pattern, kind) in [
            ("*", ResourceType::Run),
            ("*", ResourceType::Experiment),
            ("12", ResourceType::Experiment),
            ("not a number", ResourceType::Experiment),
            ("my model", ResourceType::RegisteredModel),
            ("12/my%20scorer", ResourceType::Scorer),
        ] {
            assert_eq!(checked_pattern(pattern, kind), Ok(()), "{pattern} {kind}");
        }
        for (pattern, kind) in [
            ("12", ResourceType::Run),
            ("default", ResourceType::Workspace),
            ("", ResourceType::RegisteredModel),
            ("012", ResourceType::Experiment),
            ("+1", ResourceType::Experiment),
            (" 1", ResourceType::Experiment),
            ("1 ", ResourceType::Experiment),
            ("12", ResourceType::Scorer),
            ("12/", ResourceType::Scorer),
            ("012/x", ResourceType::Scorer),
            ("a\0b", ResourceType::Prompt),
        ] {
            assert!(checked_pattern(pattern, kind).is_err(), "{pattern} {kind}");
        }
    }
}
