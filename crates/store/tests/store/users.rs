//! Users.

use crate::database::{Database, assert_refused};
use authz::{Level, ResourceType};
use model::user::UserId;
use model::{Error, ErrorCode};
use store::auth::{grants, roles, users};

async fn create(database: &Database, name: &str, is_admin: bool) -> Result<UserId, Error> {
    database
        .write((name.to_owned(), is_admin), |connection, (name, is_admin)| {
            Box::pin(users::create(connection, name, "hash", *is_admin))
        })
        .await
}

async fn delete(database: &Database, name: &str) -> Result<(), Error> {
    database.write(name.to_owned(), |connection, name| Box::pin(users::delete(connection, name))).await
}

async fn set_admin(database: &Database, name: &str, is_admin: bool) -> Result<(), Error> {
    database
        .write((name.to_owned(), is_admin), |connection, (name, is_admin)| {
            Box::pin(users::set_admin(connection, name, *is_admin))
        })
        .await
}

async fn admins(database: &Database) -> Vec<String> {
    let listed = database.read((), |connection, ()| Box::pin(users::list(connection))).await.unwrap();
    listed.into_iter().filter(|user| user.is_admin).map(|user| user.username).collect()
}

#[tokio::test]
async fn a_user_comes_back_as_made_and_the_hash_is_not_shown() {
    let database = Database::users().await;
    let id = create(&database, "ada", true).await.unwrap();
    let found = users::find(&database.db, "ada").await.unwrap().unwrap();
    assert_eq!((found.id, found.username.as_str(), found.is_admin), (id, "ada", true));
    assert_eq!(found.password_hash, "hash");
    assert!(!format!("{found:?}").contains("hash"));
    let got = database.read((), |connection, ()| Box::pin(users::get(connection, "ada"))).await.unwrap();
    assert_eq!(got, found);
}

#[tokio::test]
async fn names_are_told_apart_exactly() {
    let database = Database::users().await;
    for name in ["ada", "Ada", "ada ", "àda"] {
        create(&database, name, false).await.unwrap();
    }
    let words = "User (username=ada) already exists.";
    assert_refused(create(&database, "ada", false).await, ErrorCode::ResourceAlreadyExists, words);
    for other in ["ADA", " ada", "ad%", "", "ada\0"] {
        assert_eq!(users::find(&database.db, other).await.unwrap(), None, "{other:?}");
    }
}

#[tokio::test]
async fn who_is_not_there_is_said_so() {
    let database = Database::users().await;
    create(&database, "ada", true).await.unwrap();
    let refused = |result| {
        assert_refused(result, ErrorCode::ResourceDoesNotExist, "User with username=bob not found");
    };
    refused(delete(&database, "bob").await);
    refused(set_admin(&database, "bob", true).await);
    refused(set_admin(&database, "bob", false).await);
    let changed = database
        .write((), |connection, ()| Box::pin(users::set_password(connection, "bob", "new hash")))
        .await;
    refused(changed);
    refused(database.read((), |connection, ()| Box::pin(users::get(connection, "bob"))).await.map(drop));
}

#[tokio::test]
async fn a_password_is_replaced_for_one_user_alone() {
    let database = Database::users().await;
    create(&database, "ada", false).await.unwrap();
    create(&database, "bob", false).await.unwrap();
    let changed = database
        .write((), |connection, ()| Box::pin(users::set_password(connection, "ada", "new hash")))
        .await;
    changed.unwrap();
    let hash = async |name| users::find(&database.db, name).await.unwrap().unwrap().password_hash;
    assert_eq!((hash("ada").await, hash("bob").await), ("new hash".to_owned(), "hash".to_owned()));
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let database = Database::users().await;
    create(&database, "ada", true).await.unwrap();
    create(&database, "bob", false).await.unwrap();
    let words = "User 'ada' is the last administrator.";
    assert_refused(set_admin(&database, "ada", false).await, ErrorCode::InvalidParameterValue, words);
    assert_refused(delete(&database, "ada").await, ErrorCode::InvalidParameterValue, words);
    // One who is none may be told so again.
    set_admin(&database, "bob", false).await.unwrap();
    set_admin(&database, "bob", true).await.unwrap();
    delete(&database, "ada").await.unwrap();
    assert_eq!(admins(&database).await, ["bob"]);
}

#[tokio::test]
async fn of_two_administrators_who_remove_each_other_at_once_one_stays() {
    let database = Database::users().await;
    create(&database, "ada", true).await.unwrap();
    create(&database, "bob", true).await.unwrap();
    let (first, second) = tokio::join!(set_admin(&database, "ada", false), delete(&database, "bob"));
    assert!(first.is_ok() != second.is_ok());
    assert_eq!(admins(&database).await.len(), 1);
}

#[tokio::test]
async fn a_user_who_gets_the_id_of_an_earlier_one_inherits_nothing() {
    let database = Database::users().await;
    create(&database, "admin", true).await.unwrap();
    let first = create(&database, "ada", false).await.unwrap();
    let grant = |user: UserId| {
        database.write(user, |connection, user| {
            Box::pin(grants::grant(connection, *user, ResourceType::Experiment, "1", Level::Manage))
        })
    };
    grant(first).await.unwrap();
    let fill = async || {
        for table in [
            "scorer_permissions (experiment_id, scorer_name, user_id, permission)",
            "experiment_permissions (experiment_id, user_id, permission)",
        ] {
            let names = if table.starts_with("scorer") { "'1', 'n'" } else { "'1'" };
            database.sql(&format!("INSERT INTO {table} VALUES ({names}, {}, 'READ')", first.0)).await;
        }
    };
    let left = async || {
        let mut rows = 0;
        for table in [
            "roles",
            "role_permissions",
            "user_role_assignments",
            "scorer_permissions",
            "experiment_permissions",
        ] {
            rows += database.number(&format!("SELECT count(*) FROM {table}")).await;
        }
        rows
    };
    // Deleting takes everything along.
    fill().await;
    assert_eq!(left().await, 5);
    delete(&database, "ada").await.unwrap();
    assert_eq!(left().await, 0);
    database.give_ids_again("users").await;

    // What another program left when it deleted the user alone goes when the id comes back.
    let second = create(&database, "eve", false).await.unwrap();
    assert_eq!(second, first);
    grant(second).await.unwrap();
    fill().await;
    database.sql_unchecked(&format!("DELETE FROM users WHERE id = {}", second.0)).await;
    database.give_ids_again("users").await;
    assert_eq!(create(&database, "mallory", false).await.unwrap(), first);
    assert_eq!(left().await, 0);
    assert!(grants::all(&database.db, first, ResourceType::ALL).await.unwrap().is_empty());
}

#[tokio::test]
async fn deleting_a_user_leaves_the_roles_of_others() {
    let database = Database::users().await;
    create(&database, "admin", true).await.unwrap();
    let (ada, bob) =
        (create(&database, "ada", false).await.unwrap(), create(&database, "bob", false).await.unwrap());
    database.sql("INSERT INTO roles (id, name, workspace) VALUES (70, 'readers', 'default')").await;
    for user in [ada, bob] {
        let insert = "INSERT INTO user_role_assignments (user_id, role_id) VALUES";
        database.sql(&format!("{insert} ({}, 70)", user.0)).await;
    }
    delete(&database, "ada").await.unwrap();
    let holders =
        database.read(70, |connection, role| Box::pin(roles::holders(connection, *role))).await.unwrap();
    assert_eq!(holders.iter().map(|held| held.user_id).collect::<Vec<_>>(), [bob.0]);
}
