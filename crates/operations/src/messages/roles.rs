//! Messages about roles, and about what users are granted.

use crate::message::message;
use model::Int64;
use serde::Serialize;

message! {
    CreateRole {
        name: String => required;
        workspace: String => required;
        description: String;
    }
}

message! {
    RoleId {
        role_id: Int64 => required;
    }
}

message! {
    ListRoles {
        /// Roles of these workspaces; of all, for administrators, if there is none.
        workspace: Vec<String>;
    }
}

message! {
    UpdateRole {
        role_id: Int64 => required;
        name: String;
        description: String;
    }
}

message! {
    AddRolePermission {
        role_id: Int64 => required;
        resource_type: String => required;
        resource_pattern: String => required;
        permission: String => required;
    }
}

message! {
    RolePermissionId {
        role_permission_id: Int64 => required;
    }
}

message! {
    UpdateRolePermission {
        role_permission_id: Int64 => required;
        permission: String => required;
    }
}

message! {
    RoleOfUser {
        username: String => required;
        role_id: Int64 => required;
    }
}

message! {
    GrantUserPermission {
        username: String => required;
        resource_type: String => required;
        resource_id: String => required;
        permission: String => required;
    }
}

message! {
    UserPermission {
        username: String => required;
        resource_type: String => required;
        resource_id: String => required;
    }
}

#[derive(Debug, Serialize)]
pub struct Role {
    pub id: i64,
    pub name: String,
    pub workspace: String,
    pub description: Option<String>,
    pub permissions: Vec<RolePermission>,
}

#[derive(Debug, Serialize)]
pub struct RolePermission {
    pub id: i64,
    pub role_id: i64,
    pub resource_type: String,
    pub resource_pattern: String,
    pub permission: String,
}

#[derive(Debug, Serialize)]
pub struct RoleAssignment {
    pub id: i64,
    pub user_id: i64,
    pub role_id: i64,
}

#[derive(Debug, Serialize)]
pub struct RoleAnswer {
    pub role: Role,
}

#[derive(Debug, Serialize)]
pub struct RoleList {
    pub roles: Vec<Role>,
}

#[derive(Debug, Serialize)]
pub struct RolePermissionAnswer {
    pub role_permission: RolePermission,
}

#[derive(Debug, Serialize)]
pub struct RolePermissionList {
    pub role_permissions: Vec<RolePermission>,
}

#[derive(Debug, Serialize)]
pub struct AssignmentAnswer {
    pub assignment: RoleAssignment,
}

#[derive(Debug, Serialize)]
pub struct AssignmentList {
    pub assignments: Vec<RoleAssignment>,
}

/// Every grant of every role that a user holds.
#[derive(Debug, Serialize)]
pub struct UserPermissions {
    pub is_admin: bool,
    pub permissions: Vec<HeldPermission>,
}

/// A grant, and the role that gives it.
#[derive(Debug, Serialize)]
pub struct HeldPermission {
    pub role_id: i64,
    pub role_name: String,
    pub workspace: String,
    pub resource_type: String,
    pub resource_pattern: String,
    pub permission: String,
}

/// What a user may do with a resource.
#[derive(Debug, Serialize)]
pub struct EffectivePermission {
    /// Whether they may use it.
    pub allowed: bool,
    pub permission: &'static str,
}
