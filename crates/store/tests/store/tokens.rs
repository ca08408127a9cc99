//! Access tokens.

use crate::database::{Database, NOW, assert_refused};
use authz::{Key, Level, ResourceType};
use model::{Error, ErrorCode};
use store::auth::tokens::{self, FoundToken, MAX_TOKENS, NewToken, StoredToken};
use store::auth::users;
use store::own;
use store::schema::{self, Schema};

async fn user(database: &Database, name: &str) -> i64 {
    let created = database
        .write(name.to_owned(), |connection, name| Box::pin(users::create(connection, name, "hash", false)));
    created.await.unwrap().0
}

fn new(name: &str, hash: &str) -> NewToken {
    NewToken {
        name: name.to_owned(),
        hash: hash.to_owned(),
        level: Level::Edit,
        resources: vec![Key::new(ResourceType::Experiment, "7"), Key::new(ResourceType::Prompt, "a \"b\" ü")],
        created_at: NOW,
        expires_at: Some(NOW + 5),
    }
}

async fn create(database: &Database, username: &str, new: NewToken) -> Result<i64, Error> {
    let created = database.write((username.to_owned(), new), |connection, (username, new)| {
        Box::pin(async move {
            let user = users::get(connection, username).await?;
            tokens::create(connection, &user, new).await
        })
    });
    created.await
}

async fn find(database: &Database, hash: &str) -> Option<FoundToken> {
    tokens::find(&database.db, hash).await.unwrap()
}

async fn listed(database: &Database, username: Option<&str>) -> Vec<StoredToken> {
    let listed = database.read(username.map(str::to_owned), |connection, username| {
        Box::pin(async move {
            let user = match username {
                Some(username) => Some(users::get(connection, username).await?),
                None => None,
            };
            tokens::list(connection, user.as_ref()).await
        })
    });
    listed.await.unwrap()
}

async fn delete(database: &Database, id: i64) -> Result<StoredToken, Error> {
    database.write(id, |connection, id| Box::pin(tokens::delete(connection, *id))).await
}

async fn mark_used(database: &Database, ids: &[i64], at: i64) {
    let marked = database
        .write((ids.to_vec(), at), |connection, (ids, at)| Box::pin(tokens::mark_used(connection, ids, *at)));
    marked.await.unwrap();
}

async fn rows(database: &Database) -> i64 {
    database.number("SELECT count(*) FROM millgate_tokens").await
}

#[tokio::test]
async fn a_token_is_found_by_its_hash_with_its_user_as_they_are_now() {
    let database = Database::users().await;
    let ada = user(&database, "ada").await;
    let id = create(&database, "ada", new("ci", "h1")).await.unwrap();
    let found = find(&database, "h1").await.unwrap();
    let expected = FoundToken {
        id,
        user_id: model::user::UserId(ada),
        username: "ada".to_owned(),
        is_admin: false,
        is_disabled: false,
        level: Level::Edit,
        resources: new("", "").resources,
        expires_at: Some(NOW + 5),
        last_used_at: None,
    };
    assert_eq!(found, expected);
    database.write((), |connection, ()| Box::pin(users::set_admin(connection, "ada", true))).await.unwrap();
    assert_eq!(
        find(&database, "h1").await,
        Some(FoundToken { is_admin: true, is_disabled: false, ..expected })
    );
    for other in ["h2", "", "H1", "h1 ", "h%"] {
        assert_eq!(find(&database, other).await, None, "{other:?}");
    }
}

#[tokio::test]
async fn tokens_are_listed_in_the_order_in_which_they_were_made() {
    let database = Database::users().await;
    user(&database, "ada").await;
    user(&database, "bob").await;
    let plain =
        NewToken { level: Level::Manage, resources: Vec::new(), expires_at: None, ..new("plain", "h2") };
    let first = create(&database, "ada", new("ci", "h1")).await.unwrap();
    let second = create(&database, "bob", plain).await.unwrap();
    let third = create(&database, "ada", new("Ci", "h3")).await.unwrap();
    let ids = |tokens: &[StoredToken]| tokens.iter().map(|token| token.id).collect::<Vec<_>>();
    assert_eq!(ids(&listed(&database, None).await), [first, second, third]);
    assert_eq!(ids(&listed(&database, Some("ada")).await), [first, third]);
    let bobs = listed(&database, Some("bob")).await;
    assert_eq!(
        bobs,
        [StoredToken {
            id: second,
            username: "bob".to_owned(),
            name: "plain".to_owned(),
            level: Level::Manage,
            resources: Vec::new(),
            created_at: NOW,
            expires_at: None,
            last_used_at: None,
        }]
    );
}

#[tokio::test]
async fn a_name_is_one_of_a_users_tokens_and_there_are_so_many() {
    let database = Database::users().await;
    user(&database, "ada").await;
    user(&database, "bob").await;
    create(&database, "ada", new("ci", "h0")).await.unwrap();
    assert_refused(
        create(&database, "ada", new("ci", "other")).await,
        ErrorCode::ResourceAlreadyExists,
        "Access token with name=ci already exists for user=ada.",
    );
    create(&database, "bob", new("ci", "bobs")).await.unwrap();
    for number in 1..MAX_TOKENS {
        create(&database, "ada", new(&format!("ci {number}"), &format!("h{number}"))).await.unwrap();
    }
    assert_refused(
        create(&database, "ada", new("more", "more")).await,
        ErrorCode::InvalidParameterValue,
        "100 access tokens",
    );
    let id = listed(&database, Some("ada")).await[0].id;
    delete(&database, id).await.unwrap();
    create(&database, "ada", new("more", "more")).await.unwrap();
}

#[tokio::test]
async fn of_two_at_once_with_one_name_one_is_made() {
    let database = Database::users().await;
    user(&database, "ada").await;
    let (first, second) =
        tokio::join!(create(&database, "ada", new("ci", "a")), create(&database, "ada", new("ci", "b")));
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    assert_eq!(rows(&database).await, 1);
}

#[tokio::test]
async fn resources_that_no_column_holds_are_refused() {
    let database = Database::users().await;
    user(&database, "ada").await;
    let long = Key::new(ResourceType::Prompt, "\u{1f525}".repeat(255));
    let many = NewToken { resources: vec![long; 100], ..new("ci", "h") };
    assert_refused(
        create(&database, "ada", many).await,
        ErrorCode::InvalidParameterValue,
        "too long together",
    );
}

#[tokio::test]
async fn a_revoked_token_is_gone_and_its_id_does_not_come_back() {
    let database = Database::users().await;
    user(&database, "ada").await;
    let id = create(&database, "ada", new("ci", "h1")).await.unwrap();
    assert_eq!(delete(&database, id).await.unwrap().name, "ci");
    assert_eq!(find(&database, "h1").await, None);
    let missing = format!("Access token with id={id} not found.");
    assert_refused(delete(&database, id).await, ErrorCode::ResourceDoesNotExist, &missing);
    assert!(create(&database, "ada", new("ci", "h2")).await.unwrap() > id);
}

#[tokio::test]
async fn the_last_use_only_moves_forward() {
    let database = Database::users().await;
    user(&database, "ada").await;
    let first = create(&database, "ada", new("one", "h1")).await.unwrap();
    let second = create(&database, "ada", new("two", "h2")).await.unwrap();
    let third = create(&database, "ada", new("three", "h3")).await.unwrap();
    let used = async || {
        listed(&database, None).await.into_iter().map(|token| token.last_used_at).collect::<Vec<_>>()
    };
    mark_used(&database, &[first, second, 9_999], NOW + 60).await;
    assert_eq!(used().await, [Some(NOW + 60), Some(NOW + 60), None]);
    mark_used(&database, &[first, third], NOW).await;
    assert_eq!(used().await, [Some(NOW + 60), Some(NOW + 60), Some(NOW)]);
    mark_used(&database, &[], NOW + 120).await;
    assert_eq!(find(&database, "h1").await.unwrap().last_used_at, Some(NOW + 60));
}

#[tokio::test]
async fn the_owners_of_tokens_are_told_by_their_ids() {
    let database = Database::users().await;
    user(&database, "ada").await;
    user(&database, "bob").await;
    let adas = create(&database, "ada", new("ci", "h1")).await.unwrap();
    let bobs = create(&database, "bob", new("ci", "h2")).await.unwrap();
    let mut owners = tokens::owners(&database.db, &[bobs, adas, 9_999]).await.unwrap();
    owners.sort();
    assert_eq!(owners, [(adas, "ada".to_owned()), (bobs, "bob".to_owned())]);
}

#[tokio::test]
async fn a_deleted_users_tokens_fall_to_nobody() {
    let database = Database::users().await;
    user(&database, "admin").await;
    // Deleting takes them along, by us and by whoever checks references.
    for unchecked in [false, true] {
        user(&database, "ada").await;
        create(&database, "ada", new("ci", "h1")).await.unwrap();
        match unchecked {
            false => {
                database.write((), |connection, ()| Box::pin(users::delete(connection, "ada"))).await.unwrap()
            }
            true => database.sql("DELETE FROM users WHERE username = 'ada'").await,
        }
        // A foreign program need not check references on SQLite.
        if !(unchecked && database.is_file()) {
            assert_eq!(rows(&database).await, 0);
        }
        database.sql("DELETE FROM millgate_tokens").await;
        database.give_ids_again("users").await;
    }
    // What is left when nobody checks counts for no other user of the id,
    let ada = user(&database, "ada").await;
    let id = create(&database, "ada", new("ci", "h1")).await.unwrap();
    let orphan = format!("DELETE FROM users WHERE id = {ada}");
    database.sql_unchecked(&orphan).await;
    assert_eq!((find(&database, "h1").await, rows(&database).await), (None, 1));
    let insert = format!(
        "INSERT INTO users (id, username, password_hash, is_admin) VALUES ({ada}, 'eve', 'hash', false)"
    );
    database.sql_unchecked(&insert).await;
    assert_eq!(find(&database, "h1").await, None);
    assert!(listed(&database, None).await.is_empty() && listed(&database, Some("eve")).await.is_empty());
    assert!(tokens::owners(&database.db, &[id]).await.unwrap().is_empty());
    assert!(delete(&database, id).await.is_err());
    // nor is it in their way,
    create(&database, "eve", new("ci", "h2")).await.unwrap();
    assert_eq!((find(&database, "h1").await, rows(&database).await), (None, 1));
    // and goes where we make the user.
    database.sql_unchecked(&orphan).await;
    database.give_ids_again("users").await;
    assert_eq!(user(&database, "eve").await, ada);
    assert_eq!((find(&database, "h2").await, rows(&database).await), (None, 0));
}

#[tokio::test]
async fn what_cannot_be_read_gives_no_rights() {
    let database = Database::users().await;
    user(&database, "ada").await;
    create(&database, "ada", new("ci", "h1")).await.unwrap();
    database.sql("UPDATE millgate_tokens SET level = 'OWNER'").await;
    assert_eq!(find(&database, "h1").await.unwrap().level, Level::Deny);
    for resources in [
        "",
        "{}",
        "[1]",
        r#"[{"resource_type": "galaxy", "resource_id": "1"}]"#,
        r#"[{"resource_type": "run"}]"#,
    ] {
        database.sql(&format!("UPDATE millgate_tokens SET resources = '{resources}'")).await;
        assert!(tokens::find(&database.db, "h1").await.is_err(), "{resources}");
    }
}

#[tokio::test]
async fn a_database_of_an_earlier_version_gets_the_tables() {
    for (version, without) in [
        (1, &["millgate_tokens", "millgate_disabled_users", "millgate_external_users"][..]),
        (2, &["millgate_disabled_users", "millgate_external_users"]),
    ] {
        becomes_this_version(version, without).await;
    }
}

async fn becomes_this_version(version: i64, without: &[&str]) {
    let database = Database::users().await;
    user(&database, "ada").await;
    for table in without {
        database.sql(&format!("DROP TABLE {table}")).await;
    }
    database.sql(&format!("UPDATE millgate_version SET version = {version}")).await;
    let error = schema::check(&database.db, Schema::Auth, database.uri()).await.unwrap_err();
    let expected = format!("at version {version}; this program works with version 3");
    assert!(error.to_string().contains(&expected), "{error}");
    schema::prepare(&database.db, Schema::Auth, database.uri()).await.unwrap();
    schema::check(&database.db, Schema::Auth, database.uri()).await.unwrap();
    create(&database, "ada", new("ci", "h1")).await.unwrap();
    assert!(store::auth::users::find(&database.db, "ada").await.unwrap().is_some());
    assert_eq!(database.number("SELECT version FROM millgate_version").await, 3);
    assert!(without.iter().all(|table| own::is_own_table(table)));
}

#[tokio::test]
async fn a_token_bound_to_what_has_gone_is_bound_to_the_rest_or_revoked() {
    let database = Database::users().await;
    user(&database, "ada").await;
    let experiment = |id: &str| Key::new(ResourceType::Experiment, id);
    let bound = |name: &str, resources: Vec<Key>| NewToken { resources, ..new(name, name) };
    create(&database, "ada", bound("only", vec![experiment("7")])).await.unwrap();
    create(&database, "ada", bound("both", vec![experiment("7"), experiment("77")])).await.unwrap();
    create(&database, "ada", bound("other", vec![experiment("77"), Key::new(ResourceType::Prompt, "7")]))
        .await
        .unwrap();
    create(&database, "ada", bound("free", Vec::new())).await.unwrap();
    let gone = experiment("7");
    let changed =
        database.write(gone, |connection, gone| Box::pin(tokens::unbind(connection, gone))).await.unwrap();
    let changed: Vec<(&str, bool)> =
        changed.iter().map(|(token, revoked)| (token.name.as_str(), *revoked)).collect();
    assert_eq!(changed, [("only", true), ("both", false)]);
    let left: Vec<(String, usize)> = listed(&database, Some("ada"))
        .await
        .into_iter()
        .map(|token| (token.name, token.resources.len()))
        .collect();
    let left: Vec<(&str, usize)> = left.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(left, [("both", 1), ("other", 2), ("free", 0)]);
}
