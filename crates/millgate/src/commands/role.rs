//! `millgate role`.

use identity::{check_workspace, checked_kind, checked_level, checked_pattern};
use model::Error;
use serde::Serialize;

use super::ask::confirm;
use super::table::{Table, harmless};
use super::{CommandError, Desk, say, say_json};
use crate::cli::{GrantArgs, ResourceArgs, RoleCommand};
use store::auth::roles::{Role, RolePermission};

pub(super) async fn run(desk: &Desk, command: RoleCommand) -> Result<(), CommandError> {
    let roles = &desk.roles;
    match command {
        RoleCommand::Create { name, description, workspace } => {
            let actor = desk.actor("millgate role create");
            let role = roles.create(&actor, &workspace.workspace, &name, description.as_deref()).await?;
            say(&format!("Created the {}.", named(&role)))
        }
        RoleCommand::List { workspace, json } => list(desk, workspace, json).await,
        RoleCommand::Show { name, workspace, json } => {
            show(desk, roles.get_by_name(&workspace.workspace, &name).await?, json).await
        }
        RoleCommand::Rename { name, new_name, workspace } => {
            let role = roles.get_by_name(&workspace.workspace, &name).await?;
            let actor = desk.actor("millgate role rename");
            let renamed = roles.update(&actor, role.id, Some(&new_name), None).await?;
            say(&format!("The {} is '{}'.", named(&role), harmless(&renamed.name)))
        }
        RoleCommand::Delete { name, workspace, yes } => {
            let role = roles.get_by_name(&workspace.workspace, &name).await?;
            confirm(&format!("the {}", named(&role)), yes)?;
            roles.delete(&desk.actor("millgate role delete"), role.id).await?;
            say(&format!("Deleted the {}.", named(&role)))
        }
        RoleCommand::Add { name, grant, replace, workspace } => {
            let role = roles.get_by_name(&workspace.workspace, &name).await?;
            add(desk, &role, &grant, replace).await
        }
        RoleCommand::Remove { name, resource, workspace } => {
            let role = roles.get_by_name(&workspace.workspace, &name).await?;
            let found = granted(&role, &resource).ok_or_else(|| grants_nothing(&role, &resource))?;
            roles.remove_permission(&desk.actor("millgate role remove"), found.id).await?;
            say(&format!("The {} grants nothing on {}.", named(&role), on(&resource)))
        }
        RoleCommand::Assign { name, user, workspace } => {
            let role = roles.get_by_name(&workspace.workspace, &name).await?;
            roles.assign(&desk.actor("millgate role assign"), &user, role.id).await?;
            say(&format!("'{}' holds the {}.", harmless(&user), named(&role)))
        }
        RoleCommand::Unassign { name, user, workspace } => {
            let role = roles.get_by_name(&workspace.workspace, &name).await?;
            roles.unassign(&desk.actor("millgate role unassign"), &user, role.id).await?;
            say(&format!("'{}' no longer holds the {}.", harmless(&user), named(&role)))
        }
    }
}

/// A role in words: roles of the workspace that is served go by their name alone.
fn named(role: &Role) -> String {
    let name = harmless(&role.name);
    match role.workspace.as_str() {
        identity::DEFAULT_WORKSPACE => format!("role '{name}'"),
        workspace => format!("role '{name}' of the workspace '{}'", harmless(workspace)),
    }
}

fn on(resource: &ResourceArgs) -> String {
    format!("{} '{}'", harmless(&resource.kind), harmless(&resource.pattern))
}

/// What a role grants on exactly this.
fn granted<'a>(role: &'a Role, resource: &ResourceArgs) -> Option<&'a RolePermission> {
    role.permissions.iter().find(|permission| {
        permission.resource_type == resource.kind && permission.resource_pattern == resource.pattern
    })
}

fn grants_nothing(role: &Role, resource: &ResourceArgs) -> Error {
    Error::not_found(format!("The {} grants nothing on {}.", named(role), on(resource)))
}

async fn add(desk: &Desk, role: &Role, grant: &GrantArgs, replace: bool) -> Result<(), CommandError> {
    let GrantArgs { resource, level } = grant;
    let kind = checked_kind(&resource.kind)?;
    checked_pattern(&resource.pattern, kind)?;
    let level = checked_level(level, kind)?;
    let actor = desk.actor("millgate role add");
    match granted(role, resource) {
        Some(found) if replace => desk.roles.update_permission(&actor, found.id, level).await?,
        _ => desk.roles.add_permission(&actor, role.id, kind, &resource.pattern, level).await?,
    };
    say(&format!("The {} grants {level} on {}.", named(role), on(resource)))
}

#[derive(Serialize)]
struct ShownRole<'a> {
    id: i64,
    name: &'a str,
    workspace: &'a str,
    description: Option<&'a str>,
    permissions: Vec<ShownPermission<'a>>,
}

#[derive(Serialize)]
struct ShownPermission<'a> {
    resource_type: &'a str,
    resource_pattern: &'a str,
    permission: &'a str,
}

impl<'a> From<&'a Role> for ShownRole<'a> {
    fn from(role: &'a Role) -> Self {
        let Role { id, name, workspace, description, permissions } = role;
        let permissions = permissions.iter().map(|permission| ShownPermission {
            resource_type: &permission.resource_type,
            resource_pattern: &permission.resource_pattern,
            permission: &permission.permission,
        });
        Self {
            id: *id,
            name,
            workspace,
            description: description.as_deref(),
            permissions: permissions.collect(),
        }
    }
}

#[derive(Serialize)]
struct RoleList<'a> {
    roles: Vec<ShownRole<'a>>,
}

async fn list(desk: &Desk, workspace: Option<String>, json: bool) -> Result<(), CommandError> {
    if let Some(workspace) = &workspace {
        check_workspace(workspace)?;
    }
    let workspaces = workspace.map(|workspace| vec![workspace]);
    let mut listed = desk.roles.list(workspaces.as_deref()).await?;
    listed.retain(|role| !role.is_a_users_own());
    if json {
        return say_json(&RoleList { roles: listed.iter().map(ShownRole::from).collect() });
    }
    let mut table = Table::new(["ROLE", "WORKSPACE", "GRANTS", "DESCRIPTION"]);
    for role in &listed {
        let grants = role.permissions.len().to_string();
        table.row([&role.name, &role.workspace, &grants, role.description.as_deref().unwrap_or_default()]);
    }
    say(&table.to_string())
}

#[derive(Serialize)]
struct OneRole<'a> {
    #[serde(flatten)]
    role: ShownRole<'a>,
    users: Vec<&'a str>,
}

async fn show(desk: &Desk, role: Role, json: bool) -> Result<(), CommandError> {
    let everybody = desk.users.list().await?;
    let holds = |roles: &[Role]| roles.iter().any(|held| held.id == role.id);
    let users: Vec<&str> =
        everybody.iter().filter(|(_, roles)| holds(roles)).map(|(user, _)| user.username.as_str()).collect();
    if json {
        return say_json(&OneRole { role: ShownRole::from(&role), users });
    }
    say(&format!("Role:         {}", harmless(&role.name)))?;
    say(&format!("Workspace:    {}", harmless(&role.workspace)))?;
    let description = harmless(role.description.as_deref().unwrap_or_default());
    say(format!("Description:  {description}").trim_end())?;
    say(format!("Users:        {}", harmless(&users.join(", "))).trim_end())?;
    if role.permissions.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(["TYPE", "ID", "LEVEL"]);
    for RolePermission { resource_type, resource_pattern, permission, .. } in &role.permissions {
        table.row([resource_type, resource_pattern, permission]);
    }
    say(&format!("\n{table}"))
}
