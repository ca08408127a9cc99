//! What users are granted.

use crate::database::{Database, assert_refused};
use authz::{Grant, Level, ResourceType};
use model::user::UserId;
use model::{Error, ErrorCode};
use store::auth::{grants, users};

use ResourceType::{Experiment, RegisteredModel, Workspace};

async fn user(database: &Database, name: &str) -> UserId {
    let created = database
        .write(name.to_owned(), |connection, name| Box::pin(users::create(connection, name, "hash", false)));
    created.await.unwrap()
}

async fn give(
    database: &Database,
    user: UserId,
    kind: ResourceType,
    pattern: &str,
    level: Level,
) -> Result<(), Error> {
    database
        .write((pattern.to_owned(),), move |connection, (pattern,)| {
            Box::pin(grants::grant(connection, user, kind, pattern, level))
        })
        .await
}

/// A role that an administrator made, held by the users.
async fn role(
    database: &Database,
    id: i64,
    workspace: &str,
    holders: &[UserId],
    grants: &[(&str, &str, &str)],
) {
    database
        .sql(&format!("INSERT INTO roles (id, name, workspace) VALUES ({id}, 'role {id}', '{workspace}')"))
        .await;
    for holder in holders {
        let insert = "INSERT INTO user_role_assignments (user_id, role_id) VALUES";
        database.sql(&format!("{insert} ({}, {id})", holder.0)).await;
    }
    for (kind, pattern, level) in grants {
        database
            .sql(&format!(
                "INSERT INTO role_permissions (role_id, resource_type, resource_pattern, permission) \
                 VALUES ({id}, '{kind}', '{pattern}', '{level}')"
            ))
            .await;
    }
}

fn sorted(grants: Vec<Grant>) -> Vec<(ResourceType, String, Level)> {
    let mut grants: Vec<_> =
        grants.into_iter().map(|grant| (grant.kind, grant.pattern, grant.level)).collect();
    grants.sort_by(|a, b| (a.0, &a.1, a.2.as_str()).cmp(&(b.0, &b.1, b.2.as_str())));
    grants
}

fn grant(kind: ResourceType, pattern: &str, level: Level) -> (ResourceType, String, Level) {
    (kind, pattern.to_owned(), level)
}

async fn all(database: &Database, user: UserId) -> Vec<(ResourceType, String, Level)> {
    sorted(grants::all(&database.db, user, ResourceType::ALL).await.unwrap())
}

#[tokio::test]
async fn a_grant_takes_the_place_of_the_one_before() {
    let database = Database::users().await;
    let ada = user(&database, "ada").await;
    let bob = user(&database, "bob").await;
    for level in [Level::Read, Level::Manage, Level::Deny] {
        give(&database, ada, Experiment, "1", level).await.unwrap();
        assert_eq!(all(&database, ada).await, [grant(Experiment, "1", level)]);
    }
    assert_eq!(all(&database, bob).await, []);
    assert_eq!(database.number("SELECT count(*) FROM roles").await, 1);
}

#[tokio::test]
async fn grants_are_asked_by_type_and_id_with_those_on_all_and_on_the_workspace() {
    let database = Database::users().await;
    let ada = user(&database, "ada").await;
    let every = [
        (Experiment, "1", Level::Read),
        (Experiment, "2", Level::Edit),
        (Experiment, "*", Level::Use),
        (RegisteredModel, "1", Level::Manage),
        (Workspace, "*", Level::Read),
    ];
    for (kind, pattern, level) in every {
        give(&database, ada, kind, pattern, level).await.unwrap();
    }
    let on = async |kinds: &[ResourceType], ids: &[&str]| {
        sorted(grants::on(&database.db, ada, kinds, ids).await.unwrap())
    };
    let workspace = grant(Workspace, "*", Level::Read);
    let expected =
        [workspace.clone(), grant(Experiment, "*", Level::Use), grant(Experiment, "1", Level::Read)];
    assert_eq!(on(&[Experiment], &["1"]).await, expected);
    assert_eq!(on(&[], &[]).await.as_slice(), std::slice::from_ref(&workspace));
    assert_eq!(on(&[RegisteredModel], &["2", "x"]).await.as_slice(), std::slice::from_ref(&workspace));
    let listing = sorted(grants::all(&database.db, ada, &[RegisteredModel]).await.unwrap());
    assert_eq!(listing, [workspace, grant(RegisteredModel, "1", Level::Manage)]);
}

#[tokio::test]
async fn grants_come_from_every_role_of_the_workspace_that_is_served() {
    let database = Database::users().await;
    let (ada, bob) = (user(&database, "ada").await, user(&database, "bob").await);
    give(&database, ada, Experiment, "1", Level::Read).await.unwrap();
    role(&database, 70, "default", &[ada, bob], &[("experiment", "1", "DENY")]).await;
    role(&database, 71, "other", &[ada], &[("experiment", "1", "MANAGE")]).await;
    role(&database, 72, "default", &[], &[("experiment", "1", "MANAGE")]).await;
    let expected = [grant(Experiment, "1", Level::Deny), grant(Experiment, "1", Level::Read)];
    assert_eq!(all(&database, ada).await, expected);
    assert_eq!(all(&database, bob).await, [grant(Experiment, "1", Level::Deny)]);
}

#[tokio::test]
async fn a_level_that_nobody_knows_denies_and_a_type_that_nobody_knows_is_not_served() {
    let database = Database::users().await;
    let ada = user(&database, "ada").await;
    let odd = [("experiment", "1", "OWNER"), ("experiment", "2", "read"), ("spaceship", "1", "MANAGE")];
    role(&database, 70, "default", &[ada], &odd).await;
    let expected = [grant(Experiment, "1", Level::Deny), grant(Experiment, "2", Level::Deny)];
    assert_eq!(all(&database, ada).await, expected);
}

#[tokio::test]
async fn ids_of_grants_are_told_apart_exactly() {
    let database = Database::users().await;
    let ada = user(&database, "ada").await;
    for pattern in ["1", "01", " 1", "1 ", "model", "Model", "%", "_"] {
        give(&database, ada, RegisteredModel, pattern, Level::Read).await.unwrap();
    }
    for pattern in ["1", "01", "model", "Model", "%"] {
        let found = sorted(grants::on(&database.db, ada, &[RegisteredModel], &[pattern]).await.unwrap());
        assert_eq!(found, [grant(RegisteredModel, pattern, Level::Read)]);
    }
    assert_eq!(grants::on(&database.db, ada, &[RegisteredModel], &["MODEL", "+1"]).await.unwrap(), []);
}

#[tokio::test]
async fn a_sweep_takes_every_grant_on_one_resource_and_no_other() {
    let database = Database::users().await;
    let (ada, bob) = (user(&database, "ada").await, user(&database, "bob").await);
    for (who, kind, pattern) in
        [(ada, Experiment, "1"), (bob, Experiment, "1"), (ada, Experiment, "11"), (ada, RegisteredModel, "1")]
    {
        give(&database, who, kind, pattern, Level::Manage).await.unwrap();
    }
    role(&database, 70, "default", &[bob], &[("experiment", "1", "READ"), ("experiment", "*", "READ")]).await;
    let swept = database.write((), |connection, ()| Box::pin(grants::sweep(connection, Experiment, "1")));
    swept.await.unwrap();
    let expected = [grant(Experiment, "11", Level::Manage), grant(RegisteredModel, "1", Level::Manage)];
    assert_eq!(all(&database, ada).await, expected);
    assert_eq!(all(&database, bob).await, [grant(Experiment, "*", Level::Read)]);
}

#[tokio::test]
async fn grants_are_carried_from_one_name_to_another_in_place_of_those_there() {
    let database = Database::users().await;
    let ada = user(&database, "ada").await;
    let bob = user(&database, "bob").await;
    role(&database, 70, "default", &[bob], &[("registered_model", "old", "EDIT")]).await;
    give(&database, ada, RegisteredModel, "old", Level::Manage).await.unwrap();
    give(&database, ada, RegisteredModel, "new", Level::Read).await.unwrap();
    give(&database, bob, RegisteredModel, "new", Level::Manage).await.unwrap();
    give(&database, bob, Experiment, "old", Level::Read).await.unwrap();
    give(&database, bob, RegisteredModel, "*", Level::Read).await.unwrap();
    let carried = database
        .write((), |connection, ()| Box::pin(grants::carry(connection, RegisteredModel, "old", "new")));
    assert_eq!(carried.await.unwrap(), 2);
    assert_eq!(all(&database, ada).await, [grant(RegisteredModel, "new", Level::Manage)]);
    assert_eq!(
        all(&database, bob).await,
        [
            grant(Experiment, "old", Level::Read),
            grant(RegisteredModel, "*", Level::Read),
            grant(RegisteredModel, "new", Level::Edit),
        ]
    );
}

#[tokio::test]
async fn nobody_is_granted_through_a_role_that_somebody_else_holds() {
    let database = Database::users().await;
    let (ada, bob) = (user(&database, "ada").await, user(&database, "bob").await);
    let own = format!("__user_{}__", ada.0);
    database.sql(&format!("INSERT INTO roles (id, name, workspace) VALUES (70, '{own}', 'default')")).await;
    let insert = "INSERT INTO user_role_assignments (user_id, role_id) VALUES";
    database.sql(&format!("{insert} ({}, 70)", bob.0)).await;
    let given = give(&database, ada, Experiment, "1", Level::Manage).await;
    assert_refused(
        given,
        ErrorCode::InvalidParameterValue,
        &format!("The role {own} is assigned to other users."),
    );
    assert_eq!(all(&database, ada).await, []);
    assert_eq!(all(&database, bob).await, []);

    // A role of the name in another workspace is another role.
    database.sql("UPDATE roles SET workspace = 'other' WHERE id = 70").await;
    give(&database, ada, Experiment, "1", Level::Manage).await.unwrap();
    assert_eq!(all(&database, ada).await, [grant(Experiment, "1", Level::Manage)]);
    assert_eq!(all(&database, bob).await, []);
}

#[tokio::test]
async fn nobody_who_is_not_there_is_granted_anything() {
    let database = Database::users().await;
    assert!(give(&database, UserId(99), Experiment, "1", Level::Manage).await.is_err());
    assert_eq!(database.number("SELECT count(*) FROM roles").await, 0);
    assert_eq!(database.number("SELECT count(*) FROM role_permissions").await, 0);
}

#[tokio::test]
async fn a_grant_on_a_name_of_any_script_is_found_by_that_name() {
    let database = Database::users().await;
    let ada = user(&database, "ada").await;
    let names = ["größe", "x🚀", "模型/1", "a\"b\\c", "ü".repeat(200).as_str()].map(str::to_owned);
    for name in names.clone() {
        let given = database.write(name, move |connection, name| {
            Box::pin(grants::grant(connection, ada, ResourceType::RegisteredModel, name, Level::Edit))
        });
        given.await.unwrap();
    }
    let mut all: Vec<String> = grants::all(&database.db, ada, &[ResourceType::RegisteredModel])
        .await
        .unwrap()
        .into_iter()
        .map(|grant| grant.pattern)
        .collect();
    all.sort_unstable();
    let mut expected = names.to_vec();
    expected.sort_unstable();
    assert_eq!(all, expected);
    for name in &names {
        let found = grants::on(&database.db, ada, &[ResourceType::RegisteredModel], &[name]).await.unwrap();
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(&found[0].pattern, name);
    }
}

#[tokio::test]
async fn nothing_that_was_granted_on_an_experiment_is_left_when_it_goes() {
    let database = Database::users().await;
    let ada = user(&database, "ada").await;
    for (kind, pattern) in [
        (Experiment, "7"),
        (Experiment, "77"),
        (Experiment, "*"),
        (ResourceType::Scorer, "7/judge"),
        (ResourceType::Scorer, "77/judge"),
        (RegisteredModel, "7"),
    ] {
        give(&database, ada, kind, pattern, Level::Edit).await.unwrap();
    }
    role(&database, 90, "default", &[ada], &[("experiment", "7", "READ")]).await;
    role(&database, 91, "other", &[], &[("experiment", "7", "READ")]).await;
    let id = ada.0;
    database
        .sql(&format!(
            "INSERT INTO experiment_permissions (id, experiment_id, user_id, permission)
                 VALUES (1, '7', {id}, 'READ'), (2, '77', {id}, 'READ')"
        ))
        .await;
    let swept =
        database.write((), |connection, ()| Box::pin(grants::sweep_experiment(connection, "7"))).await;
    assert_eq!(swept.unwrap(), 4);
    let left: Vec<(String, String)> = database
        .rows("SELECT resource_type, resource_pattern FROM role_permissions ORDER BY resource_type, resource_pattern")
        .await;
    let left: Vec<String> = left.into_iter().map(|(kind, pattern)| format!("{kind} {pattern}")).collect();
    assert_eq!(left, ["experiment *", "experiment 77", "registered_model 7", "scorer 77/judge"]);
    assert_eq!(database.number("SELECT COUNT(*) FROM experiment_permissions").await, 1);
}
