//! Roles, and who holds them.

use crate::{Answer, Call, Service, given, handle};
use identity::{Principal, check_workspace, checked_kind, checked_level, checked_pattern};
use model::{Error, ErrorCode, Result};
use operations::messages::{
    AssignmentAnswer, AssignmentList, Done, Role, RoleAnswer, RoleAssignment, RoleList, RolePermission,
    RolePermissionAnswer, RolePermissionList,
};
use operations::{
    AddRolePermission, AssignRole, CreateRole, DeleteRole, GetRole, Json, ListRolePermissions, ListRoleUsers,
    ListRoles, ListUserRoles, RemoveRolePermission, UnassignRole, UpdateRole, UpdateRolePermission,
};
use store::auth::roles as stored;

handle!(CreateRole, create_role);
handle!(GetRole, get_role);
handle!(ListRoles, list_roles);
handle!(UpdateRole, update_role);
handle!(DeleteRole, delete_role);
handle!(AddRolePermission, add_role_permission);
handle!(RemoveRolePermission, remove_role_permission);
handle!(ListRolePermissions, list_role_permissions);
handle!(UpdateRolePermission, update_role_permission);
handle!(AssignRole, assign_role);
handle!(UnassignRole, unassign_role);
handle!(ListRoleUsers, list_role_users);
handle!(ListUserRoles, list_user_roles);

pub(crate) fn shown(role: stored::Role) -> Role {
    Role {
        id: role.id,
        name: role.name,
        workspace: role.workspace,
        description: role.description,
        permissions: role.permissions.into_iter().map(shown_permission).collect(),
    }
}

fn shown_permission(permission: stored::RolePermission) -> RolePermission {
    let stored::RolePermission { id, role_id, resource_type, resource_pattern, permission } = permission;
    RolePermission { id, role_id, resource_type, resource_pattern, permission }
}

fn shown_assignment(assignment: stored::Assignment) -> RoleAssignment {
    let stored::Assignment { id, user_id, role_id } = assignment;
    RoleAssignment { id, user_id, role_id }
}

impl Service {
    async fn create_role(&self, call: Call<CreateRole>) -> Answer<CreateRole> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let name = given(input.0.name, "name")?;
        let workspace = given(input.0.workspace, "workspace")?;
        let description = input.0.description;
        let roles = &self.people()?.roles;
        let role = roles.create(&actor, &workspace, &name, description.as_deref()).await?;
        Ok(Json(RoleAnswer { role: shown(role) }))
    }

    async fn get_role(&self, call: Call<GetRole>) -> Answer<GetRole> {
        let (caller, input) = call.into_parts();
        let id = given(input.0.role_id, "role_id")?.0;
        Ok(Json(RoleAnswer { role: shown(self.readable_role(&caller, id).await?) }))
    }

    async fn list_roles(&self, call: Call<ListRoles>) -> Answer<ListRoles> {
        let (caller, input) = call.into_parts();
        let workspaces = input.0.workspace;
        for workspace in workspaces.iter().flatten() {
            check_workspace(workspace)?;
        }
        let roles = self.people()?.roles.list(workspaces.as_deref()).await?;
        let roles = self.without_others_own(&caller, roles).await?;
        Ok(Json(RoleList { roles: roles.into_iter().map(shown).collect() }))
    }

    async fn update_role(&self, call: Call<UpdateRole>) -> Answer<UpdateRole> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let id = given(input.0.role_id, "role_id")?.0;
        let (name, description) = (input.0.name, input.0.description);
        if name.is_none() && description.is_none() {
            return Err(Error::invalid(
                "At least one of 'name' or 'description' must be provided to update a role.",
            ));
        }
        let roles = &self.people()?.roles;
        let role = roles.update(&actor, id, name.as_deref(), description.as_deref()).await?;
        Ok(Json(RoleAnswer { role: shown(role) }))
    }

    async fn delete_role(&self, call: Call<DeleteRole>) -> Answer<DeleteRole> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let id = given(input.0.role_id, "role_id")?.0;
        self.people()?.roles.delete(&actor, id).await?;
        Ok(Json(Done {}))
    }

    async fn add_role_permission(&self, call: Call<AddRolePermission>) -> Answer<AddRolePermission> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let id = given(input.0.role_id, "role_id")?.0;
        let kind = checked_kind(&given(input.0.resource_type, "resource_type")?)?;
        let level = checked_level(&given(input.0.permission, "permission")?, kind)?;
        let pattern = given(input.0.resource_pattern, "resource_pattern")?;
        checked_pattern(&pattern, kind)?;
        let added = self.people()?.roles.add_permission(&actor, id, kind, &pattern, level).await?;
        Ok(Json(RolePermissionAnswer { role_permission: shown_permission(added) }))
    }

    async fn remove_role_permission(&self, call: Call<RemoveRolePermission>) -> Answer<RemoveRolePermission> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let id = given(input.0.role_permission_id, "role_permission_id")?.0;
        self.people()?.roles.remove_permission(&actor, id).await?;
        Ok(Json(Done {}))
    }

    async fn list_role_permissions(&self, call: Call<ListRolePermissions>) -> Answer<ListRolePermissions> {
        let (caller, input) = call.into_parts();
        let id = given(input.0.role_id, "role_id")?.0;
        let role = self.readable_role(&caller, id).await?;
        let role_permissions = role.permissions.into_iter().map(shown_permission).collect();
        Ok(Json(RolePermissionList { role_permissions }))
    }

    async fn update_role_permission(&self, call: Call<UpdateRolePermission>) -> Answer<UpdateRolePermission> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let id = given(input.0.role_permission_id, "role_permission_id")?.0;
        let roles = &self.people()?.roles;
        // A type never changes, so that what suits it here suits it in the change.
        let kind = checked_kind(&roles.get_permission(id).await?.resource_type)?;
        let level = checked_level(&given(input.0.permission, "permission")?, kind)?;
        let updated = roles.update_permission(&actor, id, level).await?;
        Ok(Json(RolePermissionAnswer { role_permission: shown_permission(updated) }))
    }

    async fn assign_role(&self, call: Call<AssignRole>) -> Answer<AssignRole> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let username = given(input.0.username, "username")?;
        let id = given(input.0.role_id, "role_id")?.0;
        let assignment = self.people()?.roles.assign(&actor, &username, id).await?;
        Ok(Json(AssignmentAnswer { assignment: shown_assignment(assignment) }))
    }

    async fn unassign_role(&self, call: Call<UnassignRole>) -> Answer<UnassignRole> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let username = given(input.0.username, "username")?;
        let id = given(input.0.role_id, "role_id")?.0;
        self.people()?.roles.unassign(&actor, &username, id).await?;
        Ok(Json(Done {}))
    }

    async fn list_role_users(&self, call: Call<ListRoleUsers>) -> Answer<ListRoleUsers> {
        let (_, input) = call.into_parts();
        let id = given(input.0.role_id, "role_id")?.0;
        let assignments = self.people()?.roles.holders(id).await?;
        Ok(Json(AssignmentList { assignments: assignments.into_iter().map(shown_assignment).collect() }))
    }

    async fn list_user_roles(&self, call: Call<ListUserRoles>) -> Answer<ListUserRoles> {
        let caller = call.principal().clone();
        let (_, input) = call.into_parts();
        let username = given(input.0.username, "username")?;
        let (_, roles) = self.people()?.users.get_with_roles(&username).await?;
        let roles = self.visible_roles(&caller, &username, roles).await?;
        Ok(Json(RoleList { roles: roles.into_iter().map(shown).collect() }))
    }

    /// A role, unless it is what another user holds in person.
    async fn readable_role(&self, caller: &Principal, id: i64) -> Result<stored::Role> {
        let role = self.people()?.roles.get(id).await?;
        let mut readable = self.without_others_own(caller, vec![role]).await?;
        readable.pop().ok_or_else(|| Error::new(ErrorCode::PermissionDenied, "Permission denied"))
    }

    /// The roles without those that hold another user's own grants, which only who administers the workspace may see: as
    /// with `users/permissions/list`. MLflow 3.17 shows them to whoever has a role in the workspace.
    async fn without_others_own(
        &self,
        caller: &Principal,
        mut roles: Vec<stored::Role>,
    ) -> Result<Vec<stored::Role>> {
        let Some(user) = caller.user() else { return Ok(roles) };
        if roles.iter().all(|role| !role.is_a_users_own() || role.is_own_of(user.id)) {
            return Ok(roles);
        }
        let Some(administered) = self.people()?.rights.administered(caller).await? else { return Ok(roles) };
        roles.retain(|role| {
            !role.is_a_users_own() || role.is_own_of(user.id) || administered.contains(&role.workspace)
        });
        Ok(roles)
    }

    /// Those of a user's roles that the caller may see: all of their own, else those of workspaces that they administer.
    pub(crate) async fn visible_roles(
        &self,
        caller: &Principal,
        username: &str,
        roles: Vec<stored::Role>,
    ) -> Result<Vec<stored::Role>> {
        if caller.username() == Some(username) {
            return Ok(roles);
        }
        let Some(administered) = self.people()?.rights.administered(caller).await? else { return Ok(roles) };
        Ok(roles.into_iter().filter(|role| administered.contains(&role.workspace)).collect())
    }
}
