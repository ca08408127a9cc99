//! Users for whom somebody outside vouches, and users whom nothing lets in.

use crate::database::{Database, assert_refused};
use model::{Error, ErrorCode};
use store::auth::external::{self, Subject};
use store::auth::users::{self, StoredUser};

const NOW: i64 = 1_700_000_000_000;

async fn user(database: &Database, name: &str, is_admin: bool) -> StoredUser {
    let made = database.write((name.to_owned(), is_admin), |connection, (name, is_admin)| {
        Box::pin(users::create(connection, name, "hash", *is_admin))
    });
    made.await.unwrap();
    users::find(&database.db, name).await.unwrap().unwrap()
}

fn subject(source: &str, name: &str) -> Subject {
    Subject { source: source.to_owned(), name: name.to_owned() }
}

async fn link(database: &Database, user: &StoredUser, subject: &Subject) -> Result<(), Error> {
    database
        .write((user.clone(), subject.clone()), |connection, (user, subject)| {
            Box::pin(external::link(connection, user, subject, NOW))
        })
        .await
}

async fn find(database: &Database, subject: &Subject) -> Option<String> {
    external::find(&database.db, subject).await.unwrap().map(|user| user.username)
}

async fn set_disabled(database: &Database, name: &str, is_disabled: bool) -> Result<(), Error> {
    database
        .write((name.to_owned(), is_disabled), |connection, (name, is_disabled)| {
            Box::pin(users::set_disabled(connection, name, *is_disabled, NOW))
        })
        .await
}

async fn delete(database: &Database, name: &str) -> Result<(), Error> {
    database.write(name.to_owned(), |connection, name| Box::pin(users::delete(connection, name))).await
}

#[tokio::test]
async fn a_subject_is_one_user_letter_by_letter() {
    let database = Database::users().await;
    let (ada, bob) = (user(&database, "ada", false).await, user(&database, "bob", false).await);
    let of_ada = subject("https://a", "Subject");
    link(&database, &ada, &of_ada).await.unwrap();
    assert_eq!(find(&database, &of_ada).await.as_deref(), Some("ada"));
    let found = external::find(&database.db, &of_ada).await.unwrap().unwrap();
    assert_eq!(found, ada);
    for other in [
        subject("https://a", "subject"),
        subject("https://a", "Subject "),
        subject("https://b", "Subject"),
        subject("https://aS", "ubject"),
        subject("", "https://aSubject"),
    ] {
        assert_eq!(find(&database, &other).await, None, "{other:?}");
    }
    let exists = ErrorCode::ResourceAlreadyExists;
    assert_refused(link(&database, &bob, &of_ada).await, exists, "linked");
    assert_refused(link(&database, &ada, &subject("https://a", "other")).await, exists, "linked");
    link(&database, &ada, &subject("https://b", "other")).await.unwrap();
    link(&database, &bob, &subject("https://a", "subject")).await.unwrap();
    assert_eq!(find(&database, &of_ada).await.as_deref(), Some("ada"));
    let long = subject(&"s".repeat(255), &"ü".repeat(255));
    link(&database, &bob, &long).await.unwrap();
    assert_eq!(find(&database, &long).await.as_deref(), Some("bob"));
}

#[tokio::test]
async fn what_a_deleted_user_was_linked_to_is_nobodys() {
    let database = Database::users().await;
    let ada = user(&database, "ada", false).await;
    let first = subject("a", "1");
    link(&database, &ada, &first).await.unwrap();
    delete(&database, "ada").await.unwrap();
    assert_eq!(find(&database, &first).await, None);
    assert_eq!(database.number("SELECT count(*) FROM millgate_external_users").await, 0);
    // Another program may leave the link behind, and the id may come back.
    let bob = user(&database, "bob", false).await;
    link(&database, &bob, &first).await.unwrap();
    database.sql_unchecked("UPDATE users SET username = 'eve' WHERE username = 'bob'").await;
    assert_eq!(find(&database, &first).await, None);
    let carol = user(&database, "carol", false).await;
    link(&database, &carol, &first).await.unwrap();
    assert_eq!(find(&database, &first).await.as_deref(), Some("carol"));
}

#[tokio::test]
async fn a_disabled_user_is_known_as_one_until_enabled_again() {
    let database = Database::users().await;
    user(&database, "root", true).await;
    let ada = user(&database, "ada", false).await;
    link(&database, &ada, &subject("a", "1")).await.unwrap();
    for is_disabled in [true, true, false, false] {
        set_disabled(&database, "ada", is_disabled).await.unwrap();
        let found = users::find(&database.db, "ada").await.unwrap().unwrap();
        let linked = external::find(&database.db, &subject("a", "1")).await.unwrap().unwrap();
        assert_eq!((found.is_disabled, linked.is_disabled), (is_disabled, is_disabled));
        assert!(!users::find(&database.db, "root").await.unwrap().unwrap().is_disabled);
    }
    assert_refused(
        set_disabled(&database, "nobody", true).await,
        ErrorCode::ResourceDoesNotExist,
        "username=nobody",
    );
    set_disabled(&database, "ada", true).await.unwrap();
    delete(&database, "ada").await.unwrap();
    database.give_ids_again("users").await;
    assert!(!user(&database, "ada", false).await.is_disabled);
}

#[tokio::test]
async fn an_administrator_who_can_come_in_always_stays() {
    let database = Database::users().await;
    user(&database, "root", true).await;
    let words = "User 'root' is the last administrator.";
    let refused = |done| assert_refused(done, ErrorCode::InvalidParameterValue, words);
    refused(set_disabled(&database, "root", true).await);
    user(&database, "second", true).await;
    set_disabled(&database, "second", true).await.unwrap();
    // One who is disabled is no way in.
    refused(set_disabled(&database, "root", true).await);
    refused(delete(&database, "root").await);
    delete(&database, "second").await.unwrap();
    user(&database, "third", true).await;
    set_disabled(&database, "root", true).await.unwrap();
}
