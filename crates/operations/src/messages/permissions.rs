//! Messages of the permission APIs of MLflow 2.5 to 3.11: one user's level on one resource.

use crate::message::message;
use serde::Serialize;

message! {
    ExperimentPermissionOf {
        experiment_id: String => required;
        username: String => required;
    }
}

message! {
    SetExperimentPermission {
        experiment_id: String => required;
        username: String => required;
        permission: String => required;
    }
}

message! {
    RegisteredModelPermissionOf {
        name: String => required;
        username: String => required;
    }
}

message! {
    SetRegisteredModelPermission {
        name: String => required;
        username: String => required;
        permission: String => required;
    }
}

message! {
    ScorerPermissionOf {
        experiment_id: String => required;
        scorer_name: String => required;
        username: String => required;
    }
}

message! {
    SetScorerPermission {
        experiment_id: String => required;
        scorer_name: String => required;
        username: String => required;
        permission: String => required;
    }
}

#[derive(Debug, Serialize)]
pub struct ExperimentPermission {
    pub experiment_id: String,
    pub user_id: i64,
    pub permission: String,
}

#[derive(Debug, Serialize)]
pub struct RegisteredModelPermission {
    pub workspace: &'static str,
    pub name: String,
    pub user_id: i64,
    pub permission: String,
}

#[derive(Debug, Serialize)]
pub struct ScorerPermission {
    pub experiment_id: String,
    pub scorer_name: String,
    pub user_id: i64,
    pub permission: String,
}

#[derive(Debug, Serialize)]
pub struct ExperimentPermissionAnswer {
    pub experiment_permission: ExperimentPermission,
}

#[derive(Debug, Serialize)]
pub struct RegisteredModelPermissionAnswer {
    pub registered_model_permission: RegisteredModelPermission,
}

#[derive(Debug, Serialize)]
pub struct ScorerPermissionAnswer {
    pub scorer_permission: ScorerPermission,
}
