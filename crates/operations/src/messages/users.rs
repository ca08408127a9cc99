//! Messages about users. The secrets in them never show in `Debug`.

use super::permissions::{ExperimentPermission, RegisteredModelPermission, ScorerPermission};
use super::roles::Role;
use crate::message::{Given, Kind, Shape, message};
use serde::{Deserialize, Serialize};

/// A password in a request.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[hidden]")
    }
}

impl Shape for Password {
    const KIND: Kind = Kind::Secret;
}

impl Given for Password {
    fn is_given(&self) -> bool {
        !self.0.is_empty()
    }
}

message! {
    CreateUser {
        username: String;
        password: Password;
    }
}

message! {
    Username {
        username: String => required;
    }
}

message! {
    UpdatePassword {
        username: String => required;
        password: Password => required;
        current_password: Password;
    }
}

message! {
    UpdateAdmin {
        username: String => required;
        is_admin: bool => required;
    }
}

message! {
    UpdateDisabled {
        username: String => required;
        is_disabled: bool => required;
    }
}

/// In place of a field that is left out where it is false: clients of MLflow do not know it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
fn is_not(is: &bool) -> bool {
    !is
}

#[derive(Debug, Serialize)]
pub struct User {
    pub id: i64,
    pub username: String,
    pub is_admin: bool,
    /// Whether nothing lets them in. Ours.
    #[serde(skip_serializing_if = "is_not")]
    pub is_disabled: bool,
}

/// A user with what they are granted on single resources, as clients of MLflow 2.5 to 3.11 demand it.
#[derive(Debug, Serialize)]
pub struct UserWithPermissions {
    #[serde(flatten)]
    pub user: User,
    pub experiment_permissions: Vec<ExperimentPermission>,
    pub registered_model_permissions: Vec<RegisteredModelPermission>,
    pub scorer_permissions: Vec<ScorerPermission>,
}

#[derive(Debug, Serialize)]
pub struct UserAnswer {
    pub user: UserWithPermissions,
}

#[derive(Debug, Serialize)]
pub struct CurrentUser {
    pub user: User,
    /// Whether the login was by name and password, which the web interface offers to change.
    pub is_basic_auth: bool,
}

/// A user with the roles that the caller may see.
#[derive(Debug, Serialize)]
pub struct ListedUser {
    pub id: i64,
    pub username: String,
    pub is_admin: bool,
    /// As above.
    #[serde(skip_serializing_if = "is_not")]
    pub is_disabled: bool,
    pub roles: Vec<Role>,
}

#[derive(Debug, Serialize)]
pub struct UserList {
    pub users: Vec<ListedUser>,
}
