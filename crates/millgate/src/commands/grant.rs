//! `millgate grant`.

use std::process::ExitCode;

use authz::{Key, ResourceType};
use identity::{OwnGrant, checked_kind_for_single_users, checked_level, checked_pattern, no_such_grant};
use serde::Serialize;

use super::table::{Table, harmless};
use super::{CommandError, Desk, say, say_json};
use crate::cli::{GrantArgs, GrantCommand, LESS_THAN_ASKED, ResourceArgs};
use store::auth::roles::Role;

pub(super) async fn run(desk: &Desk, command: GrantCommand) -> Result<ExitCode, CommandError> {
    match command {
        GrantCommand::Set { user, grant } => set(desk, &user, grant).await?,
        GrantCommand::Revoke { user, resource } => revoke(desk, &user, &resource).await?,
        GrantCommand::List { user, json } => list(desk, &user, json).await?,
        GrantCommand::Check { user, resource, level } => {
            return check(desk, &user, resource, level.as_deref()).await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A type and pattern that single users can be granted something on.
fn checked(resource: &ResourceArgs) -> Result<ResourceType, CommandError> {
    let kind = checked_kind_for_single_users(&resource.kind)?;
    checked_pattern(&resource.pattern, kind)?;
    Ok(kind)
}

async fn set(desk: &Desk, user: &str, grant: GrantArgs) -> Result<(), CommandError> {
    let kind = checked(&grant.resource)?;
    let level = checked_level(&grant.level, kind)?;
    let pattern = grant.resource.pattern;
    let done = format!("'{}' is granted {level} on {kind} '{}'.", harmless(user), harmless(&pattern));
    desk.grants.set(&desk.actor("millgate grant set"), user, OwnGrant { kind, pattern, level }).await?;
    say(&done)
}

async fn revoke(desk: &Desk, user: &str, resource: &ResourceArgs) -> Result<(), CommandError> {
    // What an older program stored may have a pattern that is refused today, and must be removable.
    let kind = checked_kind_for_single_users(&resource.kind)?;
    let pattern = resource.pattern.as_str();
    let missing = no_such_grant(user, kind, pattern);
    desk.grants.revoke(&desk.actor("millgate grant revoke"), user, kind, pattern, missing).await?;
    say(&format!("Revoked what was granted to '{}' on {kind} '{}'.", harmless(user), harmless(pattern)))
}

/// A grant that a user holds, in the words of MLflow's `users/permissions/list`.
#[derive(Serialize)]
pub(super) struct Held<'a> {
    /// The role that grants it; `None` for a grant to the user alone.
    role_name: Option<&'a str>,
    workspace: &'a str,
    resource_type: &'a str,
    resource_pattern: &'a str,
    permission: &'a str,
}

/// Every grant of some roles.
pub(super) fn held(roles: &[Role]) -> Vec<Held<'_>> {
    roles
        .iter()
        .flat_map(|role| {
            role.permissions.iter().map(|permission| Held {
                role_name: (!role.is_a_users_own()).then_some(role.name.as_str()),
                workspace: &role.workspace,
                resource_type: &permission.resource_type,
                resource_pattern: &permission.resource_pattern,
                permission: &permission.permission,
            })
        })
        .collect()
}

pub(super) fn held_table(permissions: &[Held<'_>]) -> Table {
    let mut table = Table::new(["TYPE", "ID", "LEVEL", "THROUGH ROLE", "WORKSPACE"]);
    for Held { role_name, workspace, resource_type, resource_pattern, permission } in permissions {
        table.row([resource_type, resource_pattern, permission, role_name.unwrap_or("-"), workspace]);
    }
    table
}

#[derive(Serialize)]
struct HeldList<'a> {
    is_admin: bool,
    permissions: Vec<Held<'a>>,
}

async fn list(desk: &Desk, user: &str, json: bool) -> Result<(), CommandError> {
    let (user, roles) = desk.users.get_with_roles(user).await?;
    let permissions = held(&roles);
    if json {
        return say_json(&HeldList { is_admin: user.is_admin, permissions });
    }
    if user.is_admin {
        say(&format!("'{}' is an administrator, whom nothing is forbidden.\n", harmless(&user.username)))?;
    }
    say(&held_table(&permissions).to_string())
}

async fn check(
    desk: &Desk,
    user: &str,
    resource: ResourceArgs,
    asked: Option<&str>,
) -> Result<ExitCode, CommandError> {
    let user = desk.users.get(user).await?;
    let kind = checked(&resource)?;
    let level = desk.rights.level_of(&user, &Key::new(kind, resource.pattern)).await?;
    let suffices = match asked {
        Some(asked) => level.max(checked_level(asked, kind)?) == level,
        None => true,
    };
    say(level.as_str())?;
    Ok(if suffices { ExitCode::SUCCESS } else { ExitCode::from(LESS_THAN_ASKED) })
}
