//! Credentials that are narrower than their user's rights.

use super::*;

#[tokio::test]
async fn narrow_credentials_never_do_more_than_their_level() {
    let guarded = Guarded::new(Level::Manage).await;
    let user = guarded.user(&[]).await;
    let mut refused = 0;
    for row in ROWS.iter().filter(|row| row.need.least() != Level::Read && row.need != Need::Public) {
        for (method, path) in row.endpoints() {
            let ask = (method.as_str(), &*concrete(&path), "{}");
            for caller in [user.clone(), format!("{user} admin")] {
                let answer = guarded.ask_within(&caller, Some("READ"), ask).await;
                assert_eq!(answer.status, 403, "{caller} {} {path}: {answer:?}", row.name);
                refused += 1;
            }
        }
    }
    assert!(refused > ROWS.len(), "{refused}");
}

const GET_RUN: Ask<'static> = ("GET", "/api/2.0/mlflow/runs/get?run_id=r1", "");
const SET_TAG: Ask<'static> = ("POST", "/api/2.0/mlflow/runs/set-tag", r#"{"run_id": "r1", "key": "k"}"#);
const DELETE_RUN: Ask<'static> = ("POST", "/api/2.0/mlflow/runs/delete", r#"{"run_id": "r1"}"#);
const CREATE_EXPERIMENT: Ask<'static> = ("POST", "/api/2.0/mlflow/experiments/create", r#"{"name": "x"}"#);
const OWN_USER: Ask<'static> = ("GET", "/api/2.0/mlflow/users/get?username=user%201", "");
const PASSWORD: Ask<'static> =
    ("PATCH", "/api/2.0/mlflow/users/update-password", r#"{"username": "user 1", "password": "x"}"#);
const SHARE: Ask<'static> = (
    "POST",
    "/api/3.0/mlflow/users/permissions/grant",
    r#"{"username": "b", "resource_type": "experiment", "resource_id": "1", "permission": "READ"}"#,
);
const CREATE_USER: Ask<'static> =
    ("POST", "/api/2.0/mlflow/users/create", r#"{"username": "b", "password": "x"}"#);

#[tokio::test]
async fn a_scope_takes_from_users_and_administrators_alike_and_gives_nothing() {
    let guarded = Guarded::new(Level::NoPermissions).await;
    let owner = guarded.user(&[(ResourceType::Experiment, "1", Level::Manage)]).await;
    assert_eq!(owner, "1");
    let stranger = guarded.user(&[(ResourceType::Experiment, "2", Level::Manage)]).await;
    for (scope, asks) in [
        ("MANAGE", [true, true, true, true, true, false, true, false]),
        ("EDIT", [true, true, false, true, true, false, false, false]),
        ("READ", [true, false, false, false, true, false, false, false]),
        ("MANAGE experiment/1", [true, true, true, false, false, false, true, false]),
        ("EDIT experiment/2,experiment/1", [true, true, false, false, false, false, false, false]),
        ("MANAGE experiment/2", [false; 8]),
        ("MANAGE registered_model/*", [false; 8]),
        ("NO_PERMISSIONS", [false; 8]),
    ] {
        let all = [GET_RUN, SET_TAG, DELETE_RUN, CREATE_EXPERIMENT, OWN_USER, PASSWORD, SHARE, CREATE_USER];
        for (ask, allowed) in all.into_iter().zip(asks) {
            for caller in [owner.clone(), format!("{owner} admin")] {
                let answer = guarded.ask_within(&caller, Some(scope), ask).await;
                assert_eq!(answer.reached(), allowed, "{scope}: {caller} {ask:?}: {answer:?}");
            }
            let answer = guarded.ask_within(&stranger, Some(scope), ask).await;
            let own = allowed && ask == CREATE_EXPERIMENT;
            assert_eq!(answer.reached(), own, "{scope}: stranger {ask:?}: {answer:?}");
        }
    }
}
