//! Roles, and who holds them.

use crate::database::{Database, assert_refused};
use authz::{Level, ResourceType};
use model::user::UserId;
use model::{Error, ErrorCode};
use store::auth::holder::Holder;
use store::auth::roles::{self, Role, Standing};
use store::auth::{grants, users};

const EXISTS: ErrorCode = ErrorCode::ResourceAlreadyExists;
const MISSING: ErrorCode = ErrorCode::ResourceDoesNotExist;
const INVALID: ErrorCode = ErrorCode::InvalidParameterValue;

async fn user(database: &Database, name: &str) -> UserId {
    let created = database
        .write(name.to_owned(), |connection, name| Box::pin(users::create(connection, name, "hash", false)));
    created.await.unwrap()
}

async fn create(database: &Database, workspace: &'static str, name: &'static str) -> Result<Role, Error> {
    database
        .write((), move |connection, ()| Box::pin(roles::create(connection, workspace, name, Some("d"))))
        .await
}

async fn assign(database: &Database, user: UserId, role: i64) -> Result<(), Error> {
    let assigned = database.write((), move |connection, ()| Box::pin(roles::assign(connection, user, role)));
    assigned.await.map(drop)
}

async fn add(
    database: &Database,
    role: i64,
    kind: ResourceType,
    pattern: &'static str,
    level: Level,
) -> Result<i64, Error> {
    let added = database.write((), move |connection, ()| {
        Box::pin(roles::add_permission(connection, role, kind, pattern, level))
    });
    added.await.map(|permission| permission.id)
}

#[tokio::test]
async fn a_role_reads_back_with_what_it_grants() {
    let database = Database::users().await;
    let role = create(&database, "default", "reader").await.unwrap();
    let permission = add(&database, role.id, ResourceType::Experiment, "*", Level::Read).await.unwrap();
    let read = database.read((), |connection, ()| Box::pin(roles::get(connection, role.id))).await.unwrap();
    assert_eq!((read.name.as_str(), read.workspace.as_str()), ("reader", "default"));
    assert_eq!(read.description.as_deref(), Some("d"));
    let [granted] = read.permissions.as_slice() else { panic!("{read:?}") };
    assert_eq!(
        (granted.id, granted.resource_type.as_str(), granted.permission.as_str()),
        (permission, "experiment", "READ")
    );
    let named = database
        .read((), |connection, ()| Box::pin(roles::get_by_name(connection, "default", "reader")))
        .await;
    assert_eq!(named.unwrap(), read);
}

#[tokio::test]
async fn names_are_taken_within_a_workspace_and_some_are_reserved() {
    let database = Database::users().await;
    let first = create(&database, "default", "reader").await.unwrap();
    assert_refused(create(&database, "default", "reader").await, EXISTS, "name=reader");
    let elsewhere = create(&database, "other", "reader").await.unwrap();
    assert_ne!(first.id, elsewhere.id);
    assert_refused(create(&database, "default", "__user_7__").await, INVALID, "__user_");
    create(&database, "default", "writer").await.unwrap();
    let rename = async |name: &'static str| {
        database
            .write((), move |connection, ()| Box::pin(roles::update(connection, first.id, Some(name), None)))
            .await
    };
    assert_refused(rename("writer").await, EXISTS, "name=writer");
    assert_refused(rename("__user_7__").await, INVALID, "__user_");
    assert_eq!(rename("viewer").await.unwrap().name, "viewer");
}

#[tokio::test]
async fn the_role_of_a_users_own_grants_is_nobody_elses() {
    let database = Database::users().await;
    let (ada, eve) = (user(&database, "ada").await, user(&database, "eve").await);
    let granted = database.write((), move |connection, ()| {
        Box::pin(grants::grant(connection, ada, ResourceType::Experiment, "1", Level::Manage))
    });
    granted.await.unwrap();
    let held = database.read((), |connection, ()| Box::pin(roles::held_by(connection, ada))).await.unwrap();
    let [own] = held.as_slice() else { panic!("{held:?}") };
    assert!(own.is_a_users_own());
    assert_refused(assign(&database, eve, own.id).await, INVALID, "grants of one user");
    let id = own.id;
    let renamed = database
        .write((), move |connection, ()| Box::pin(roles::update(connection, id, Some("friendly"), None)));
    assert_refused(renamed.await, INVALID, "grants of one user");
}

#[tokio::test]
async fn a_deleted_role_takes_its_grants_and_assignments_along() {
    let database = Database::users().await;
    let ada = user(&database, "ada").await;
    let role = create(&database, "default", "reader").await.unwrap().id;
    add(&database, role, ResourceType::Experiment, "*", Level::Read).await.unwrap();
    assign(&database, ada, role).await.unwrap();
    assert_refused(assign(&database, ada, role).await, EXISTS, "already exists");
    let deleted = database.write((), move |connection, ()| Box::pin(roles::delete(connection, role)));
    assert_eq!(deleted.await.unwrap().permissions.len(), 1);
    assert_eq!(database.number("SELECT count(*) FROM role_permissions").await, 0);
    assert_eq!(database.number("SELECT count(*) FROM user_role_assignments").await, 0);
    let again = database.write((), move |connection, ()| Box::pin(roles::delete(connection, role)));
    assert_refused(again.await, MISSING, "not found");
}

#[tokio::test]
async fn a_role_whose_id_comes_back_gives_nothing_that_was_left_behind() {
    let database = Database::users().await;
    let ada = user(&database, "ada").await;
    let role = create(&database, "default", "reader").await.unwrap().id;
    add(&database, role, ResourceType::Experiment, "*", Level::Manage).await.unwrap();
    assign(&database, ada, role).await.unwrap();
    database.sql_unchecked(&format!("DELETE FROM roles WHERE id = {role}")).await;
    database.give_ids_again("roles").await;
    assert_eq!(create(&database, "default", "another").await.unwrap().id, role);
    assert!(grants::all(&database.db, ada, ResourceType::ALL).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_grant_is_changed_and_removed_by_its_id() {
    let database = Database::users().await;
    let role = create(&database, "default", "reader").await.unwrap().id;
    let id = add(&database, role, ResourceType::Run, "*", Level::Read).await.unwrap();
    assert_refused(add(&database, role, ResourceType::Run, "*", Level::Edit).await, EXISTS, "already exists");
    let update = async |level| {
        database
            .write((), move |connection, ()| Box::pin(roles::update_permission(connection, id, level)))
            .await
    };
    assert_eq!(update(Level::Deny).await.unwrap().permission, "DENY");
    let removed =
        database.write((), move |connection, ()| Box::pin(roles::remove_permission(connection, id)));
    assert_eq!(removed.await.unwrap().permission, "DENY");
    assert_refused(update(Level::Read).await, MISSING, "not found");
}

#[tokio::test]
async fn who_stands_where_follows_from_roles_alone() {
    let database = Database::users().await;
    let ada = user(&database, "ada").await;
    let admins = create(&database, "one", "admins").await.unwrap().id;
    let users_of_two = create(&database, "two", "users").await.unwrap().id;
    add(&database, admins, ResourceType::Workspace, "*", Level::Manage).await.unwrap();
    add(&database, users_of_two, ResourceType::Workspace, "*", Level::Use).await.unwrap();
    for role in [admins, users_of_two] {
        assign(&database, ada, role).await.unwrap();
    }
    let mut joined = roles::workspaces(&database.db, ada, Standing::Member).await.unwrap();
    joined.sort_unstable();
    assert_eq!(joined, ["one", "two"]);
    let administrator = Standing::Administrator;
    assert_eq!(roles::workspaces(&database.db, ada, administrator).await.unwrap(), ["one"]);
    let all = [admins, users_of_two, 999];
    assert_eq!(roles::within(&database.db, ada, administrator, &all).await.unwrap(), [admins]);
    let mut within = roles::within(&database.db, ada, Standing::Member, &all).await.unwrap();
    within.sort_unstable();
    assert_eq!(within, [admins, users_of_two]);
    // Only the served workspace's grants count for resources.
    assert!(grants::all(&database.db, ada, ResourceType::ALL).await.unwrap().is_empty());

    let bob = user(&database, "bob").await;
    assert!(!roles::administers_one_of(&database.db, ada, "bob").await.unwrap());
    assign(&database, bob, users_of_two).await.unwrap();
    assert!(!roles::administers_one_of(&database.db, ada, "bob").await.unwrap());
    let elsewhere_in_one = create(&database, "one", "users").await.unwrap().id;
    assign(&database, bob, elsewhere_in_one).await.unwrap();
    assert!(roles::administers_one_of(&database.db, ada, "bob").await.unwrap());
    assert!(!roles::administers_one_of(&database.db, bob, "ada").await.unwrap());
    assert!(!roles::administers_one_of(&database.db, ada, "nobody").await.unwrap());
}

#[tokio::test]
async fn roles_that_credentials_bring_count_like_those_that_are_assigned() {
    let database = Database::users().await;
    let (ada, eve) = (user(&database, "ada").await, user(&database, "eve").await);
    let granted = database.write((), move |connection, ()| {
        Box::pin(grants::grant(connection, eve, ResourceType::Experiment, "9", Level::Manage))
    });
    granted.await.unwrap();
    let assigned = create(&database, "default", "readers").await.unwrap().id;
    add(&database, assigned, ResourceType::Experiment, "1", Level::Read).await.unwrap();
    assign(&database, ada, assigned).await.unwrap();
    let editors = create(&database, "default", "editors").await.unwrap().id;
    add(&database, editors, ResourceType::Experiment, "2", Level::Edit).await.unwrap();
    let elsewhere = create(&database, "other", "chiefs").await.unwrap().id;
    for kind in [ResourceType::Experiment, ResourceType::Workspace] {
        add(&database, elsewhere, kind, "*", Level::Manage).await.unwrap();
    }
    let ids = async |brought: &[String]| {
        let holder = Holder { user: ada, brought };
        let grants = grants::all(&database.db, holder, &[ResourceType::Experiment]).await.unwrap();
        let mut ids: Vec<String> = grants.into_iter().map(|grant| grant.pattern).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(ids(&[]).await, ["1"]);
    assert_eq!(ids(&["editors".to_owned()]).await, ["1", "2"]);
    assert_eq!(ids(&["readers".to_owned(), "editors".to_owned()]).await, ["1", "2"], "each role once");
    // A role of another workspace, one that there is not, and another user's own grants bring nothing.
    let others = ["chiefs".to_owned(), "nobody's".to_owned(), format!("__user_{}__", eve.0)];
    assert_eq!(ids(&others).await, ["1"]);

    let chief = create(&database, "default", "chiefs").await.unwrap().id;
    add(&database, chief, ResourceType::Workspace, "*", Level::Manage).await.unwrap();
    let holder = Holder { user: ada, brought: &others };
    let administered = roles::workspaces(&database.db, holder, Standing::Administrator).await.unwrap();
    assert_eq!(administered, ["default"]);
    assert!(roles::workspaces(&database.db, ada, Standing::Administrator).await.unwrap().is_empty());
    let names = database.read(others.clone(), |connection, others| {
        Box::pin(roles::held_by(connection, Holder { user: ada, brought: others }))
    });
    let names: Vec<String> = names.await.unwrap().into_iter().map(|role| role.name).collect();
    assert_eq!(names, ["readers", "chiefs"]);
}
