//! Managing roles: named sets of grants in a workspace.

use crate::audited::{Change, audited};
use authz::{Level, ResourceType};
use futures::FutureExt;
use model::audit::Target;
use model::{Actor, Error};
use store::Db;
use store::auth::roles::{self, Assignment, Role, RolePermission};
use store::auth::users;

/// Characters of a role's name, a workspace's name and a description: the sizes of MLflow's columns.
const MAX_NAME_CHARS: usize = 255;
const MAX_WORKSPACE_CHARS: usize = 63;
const MAX_DESCRIPTION_CHARS: usize = 1024;

/// The roles of the authentication database.
#[derive(Clone, Debug)]
pub struct Roles {
    db: Db,
    /// Where lists are read from.
    lists: Db,
}

/// A role in an event's words.
fn named(role: &Role) -> String {
    format!("role {} '{}' of workspace '{}'", role.id, role.name, role.workspace)
}

fn check_name(name: &str) -> Result<(), Error> {
    check_text("Role name", name, MAX_NAME_CHARS)
}

/// Checks that a workspace can have this name.
///
/// # Errors
/// INVALID_PARAMETER_VALUE for white space alone, a NUL and more than 63 characters.
pub fn check_workspace(name: &str) -> Result<(), Error> {
    check_text("Workspace", name, MAX_WORKSPACE_CHARS)
}

fn check_description(description: Option<&str>) -> Result<(), Error> {
    check_length("Role description", description.unwrap_or_default(), MAX_DESCRIPTION_CHARS)
}

fn check_text(what: &str, text: &str, max_chars: usize) -> Result<(), Error> {
    if text.trim().is_empty() {
        return Err(Error::invalid(format!("{what} cannot be empty.")));
    }
    check_length(what, text, max_chars)
}

fn check_length(what: &str, text: &str, max_chars: usize) -> Result<(), Error> {
    if text.chars().count() > max_chars || text.contains('\0') {
        return Err(Error::invalid(format!("{what} has at most {max_chars} characters, none of them NUL.")));
    }
    Ok(())
}

fn target(permission: &RolePermission) -> Target {
    Target::new(permission.resource_type.clone(), permission.resource_pattern.clone())
}

impl Roles {
    pub fn new(db: Db) -> Self {
        Self { lists: db.clone(), db }
    }

    /// Reads lists from a copy of the database that may lag behind. What decides about a right never comes from there.
    #[must_use]
    pub fn listing_from(self, lists: Db) -> Self {
        Self { lists, ..self }
    }

    /// Makes a role without any grant.
    ///
    /// # Errors
    /// RESOURCE_ALREADY_EXISTS; INVALID_PARAMETER_VALUE for a reserved name and texts that are empty or too long.
    pub async fn create(
        &self,
        actor: &Actor,
        workspace: &str,
        name: &str,
        description: Option<&str>,
    ) -> Result<Role, Error> {
        check_name(name)?;
        check_workspace(workspace)?;
        check_description(description)?;
        let workspace = workspace.to_owned();
        let (name, description) = (name.to_owned(), description.map(str::to_owned));
        audited(&self.db, actor, move |connection| {
            let (workspace, name, description) = (workspace.clone(), name.clone(), description.clone());
            async move {
                let role = roles::create(connection, &workspace, &name, description.as_deref()).await?;
                let change = Change::new(Target::role(role.id), format!("created {}", named(&role)));
                Ok((role, vec![change]))
            }
            .boxed()
        })
        .await
    }

    /// A role by id.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST.
    pub async fn get(&self, id: i64) -> Result<Role, Error> {
        let mut snapshot = self.db.snapshot().await?;
        Ok(roles::get(&mut snapshot.connection(), id).await?)
    }

    /// A role by its name.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST.
    pub async fn get_by_name(&self, workspace: &str, name: &str) -> Result<Role, Error> {
        let mut snapshot = self.db.snapshot().await?;
        Ok(roles::get_by_name(&mut snapshot.connection(), workspace, name).await?)
    }

    /// The roles of some workspaces, or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self, workspaces: Option<&[String]>) -> Result<Vec<Role>, Error> {
        let mut snapshot = self.lists.snapshot().await?;
        Ok(roles::list(&mut snapshot.connection(), workspaces).await?)
    }

    /// Renames or describes a role; what is `None` stays.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST, RESOURCE_ALREADY_EXISTS; INVALID_PARAMETER_VALUE for a reserved name and texts that are empty
    /// or too long.
    pub async fn update(
        &self,
        actor: &Actor,
        id: i64,
        name: Option<&str>,
        description: Option<&str>,
    ) -> Result<Role, Error> {
        name.map_or(Ok(()), check_name)?;
        check_description(description)?;
        let (name, description) = (name.map(str::to_owned), description.map(str::to_owned));
        audited(&self.db, actor, move |connection| {
            let (name, description) = (name.clone(), description.clone());
            async move {
                let role = roles::update(connection, id, name.as_deref(), description.as_deref()).await?;
                let change = Change::new(Target::role(id), format!("changed to {}", named(&role)));
                Ok((role, vec![change]))
            }
            .boxed()
        })
        .await
    }

    /// Deletes a role with its grants and assignments.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST.
    pub async fn delete(&self, actor: &Actor, id: i64) -> Result<(), Error> {
        audited(&self.db, actor, move |connection| {
            async move {
                let role = roles::delete(connection, id).await?;
                Ok(((), vec![Change::new(Target::role(id), format!("deleted {}", named(&role)))]))
            }
            .boxed()
        })
        .await
    }

    /// Gives a role a level on a resource, or on all of its type. That the level suits the type is checked before
    /// ([`crate::checked_level`]).
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST, RESOURCE_ALREADY_EXISTS.
    pub async fn add_permission(
        &self,
        actor: &Actor,
        role: i64,
        kind: ResourceType,
        pattern: &str,
        level: Level,
    ) -> Result<RolePermission, Error> {
        let pattern = pattern.to_owned();
        audited(&self.db, actor, move |connection| {
            let pattern = pattern.clone();
            async move {
                let added = roles::add_permission(connection, role, kind, &pattern, level).await?;
                let change = Change::new(target(&added), format!("role {role}: {level}"));
                Ok((added, vec![change]))
            }
            .boxed()
        })
        .await
    }

    /// A grant of a role, by its own id.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST.
    pub async fn get_permission(&self, id: i64) -> Result<RolePermission, Error> {
        let mut snapshot = self.db.snapshot().await?;
        Ok(roles::get_permission(&mut snapshot.connection(), id).await?)
    }

    /// Changes the level of a grant.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST.
    pub async fn update_permission(
        &self,
        actor: &Actor,
        id: i64,
        level: Level,
    ) -> Result<RolePermission, Error> {
        audited(&self.db, actor, move |connection| {
            async move {
                let updated = roles::update_permission(connection, id, level).await?;
                let change = Change::new(target(&updated), format!("role {}: {level}", updated.role_id));
                Ok((updated, vec![change]))
            }
            .boxed()
        })
        .await
    }

    /// Removes a grant.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST.
    pub async fn remove_permission(&self, actor: &Actor, id: i64) -> Result<(), Error> {
        audited(&self.db, actor, move |connection| {
            async move {
                let removed = roles::remove_permission(connection, id).await?;
                let detail = format!("role {}: {} removed", removed.role_id, removed.permission);
                Ok(((), vec![Change::new(target(&removed), detail)]))
            }
            .boxed()
        })
        .await
    }

    /// Gives a user a role.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST, RESOURCE_ALREADY_EXISTS; INVALID_PARAMETER_VALUE for the role of another user's own grants.
    pub async fn assign(&self, actor: &Actor, username: &str, role: i64) -> Result<Assignment, Error> {
        let username = username.to_owned();
        audited(&self.db, actor, move |connection| {
            let username = username.clone();
            async move {
                let user = users::get(connection, &username).await?;
                let assignment = roles::assign(connection, user.id, role).await?;
                let change = Change::new(Target::user(username), format!("role {role} assigned"));
                Ok((assignment, vec![change]))
            }
            .boxed()
        })
        .await
    }

    /// Takes a role from a user.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST.
    pub async fn unassign(&self, actor: &Actor, username: &str, role: i64) -> Result<(), Error> {
        let username = username.to_owned();
        audited(&self.db, actor, move |connection| {
            let username = username.clone();
            async move {
                let user = users::get(connection, &username).await?;
                roles::unassign(connection, user.id, role).await?;
                Ok(((), vec![Change::new(Target::user(username), format!("role {role} unassigned"))]))
            }
            .boxed()
        })
        .await
    }

    /// Who holds a role.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST.
    pub async fn holders(&self, role: i64) -> Result<Vec<Assignment>, Error> {
        let mut snapshot = self.db.snapshot().await?;
        Ok(roles::holders(&mut snapshot.connection(), role).await?)
    }
}
