//! What single users are granted, and what they may do.

use crate::{Answer, Call, Service, given, handle};
use authz::{Action, Key, Level};
use identity::{
    OwnGrant, Principal, checked_kind_for_single_users, checked_level, checked_pattern, no_such_grant,
};
use model::{Error, Result};
use operations::messages::{Done, EffectivePermission, HeldPermission, UserPermissions};
use operations::{
    GetUserPermission, GrantUserPermission, Json, ListCurrentUserPermissions, ListUserPermissions,
    RevokeUserPermission,
};
use store::auth::roles::Role;

handle!(ListCurrentUserPermissions, list_current_user_permissions);
handle!(ListUserPermissions, list_user_permissions);
handle!(GrantUserPermission, grant_user_permission);
handle!(RevokeUserPermission, revoke_user_permission);
handle!(GetUserPermission, get_user_permission);

fn granted_by(roles: Vec<Role>, is_admin: bool) -> UserPermissions {
    let mut permissions = Vec::new();
    for role in roles {
        for permission in role.permissions {
            permissions.push(HeldPermission {
                role_id: role.id,
                role_name: role.name.clone(),
                workspace: role.workspace.clone(),
                resource_type: permission.resource_type,
                resource_pattern: permission.resource_pattern,
                permission: permission.permission,
            });
        }
    }
    UserPermissions { is_admin, permissions }
}

impl Service {
    async fn list_current_user_permissions(
        &self,
        call: Call<ListCurrentUserPermissions>,
    ) -> Answer<ListCurrentUserPermissions> {
        let Some(user) = call.principal().user() else {
            return Err(Error::not_found("Nobody is logged in."));
        };
        let roles = self.people()?.users.roles_of_caller(user).await?;
        Ok(Json(granted_by(roles, user.is_admin)))
    }

    async fn list_user_permissions(&self, call: Call<ListUserPermissions>) -> Answer<ListUserPermissions> {
        let caller = call.principal().clone();
        let (_, input) = call.into_parts();
        let username = given(input.0.username, "username")?;
        Ok(Json(self.permissions_of(&caller, &username).await?))
    }

    /// Every grant of a user's roles, as far as the caller may see the roles.
    async fn permissions_of(&self, caller: &Principal, username: &str) -> Result<UserPermissions> {
        let (user, roles) = self.people()?.users.get_with_roles(username).await?;
        let roles = self.visible_roles(caller, username, roles).await?;
        Ok(granted_by(roles, user.is_admin))
    }

    async fn grant_user_permission(&self, call: Call<GrantUserPermission>) -> Answer<GrantUserPermission> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let username = given(input.0.username, "username")?;
        let kind = given(input.0.resource_type, "resource_type")?;
        let pattern = given(input.0.resource_id, "resource_id")?;
        let permission = given(input.0.permission, "permission")?;
        let people = self.people()?;
        // An unknown user is told before what is wrong with the grant, as in MLflow.
        people.users.get(&username).await?;
        let kind = checked_kind_for_single_users(&kind)?;
        checked_pattern(&pattern, kind)?;
        let level = checked_level(&permission, kind)?;
        people.grants.create(&actor, &username, OwnGrant { kind, pattern, level }).await?;
        Ok(Json(Done {}))
    }

    async fn revoke_user_permission(&self, call: Call<RevokeUserPermission>) -> Answer<RevokeUserPermission> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let username = given(input.0.username, "username")?;
        let kind = given(input.0.resource_type, "resource_type")?;
        let pattern = given(input.0.resource_id, "resource_id")?;
        let people = self.people()?;
        people.users.get(&username).await?;
        let kind = checked_kind_for_single_users(&kind)?;
        let missing = no_such_grant(&username, kind, &pattern);
        people.grants.revoke(&actor, &username, kind, &pattern, missing).await?;
        Ok(Json(Done {}))
    }

    async fn get_user_permission(&self, call: Call<GetUserPermission>) -> Answer<GetUserPermission> {
        let (_, input) = call.into_parts();
        let username = given(input.0.username, "username")?;
        let kind = given(input.0.resource_type, "resource_type")?;
        let pattern = given(input.0.resource_id, "resource_id")?;
        let people = self.people()?;
        let user = people.users.get(&username).await?;
        let kind = checked_kind_for_single_users(&kind)?;
        checked_pattern(&pattern, kind)?;
        let level: Level = people.rights.level_of(&user, &Key::new(kind, pattern)).await?;
        Ok(Json(EffectivePermission { allowed: level.allows(Action::Use), permission: level.as_str() }))
    }
}
