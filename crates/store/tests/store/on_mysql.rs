//! MySQL and MariaDB with tables as Python MLflow makes them there: to their collation `a`, `A` and `a ` are one.

use crate::database::{Database, assert_refused, new_experiment, tag};
use authz::Visibility;
use model::{ErrorCode, ViewType};
use store::auth::users;
use store::registry::models::{self, NewModel};
use store::schema::Schema;
use store::tracking::{experiments, runs};

/// A database whose texts have the collation that a server gives where nothing else is said; `None` where the suite runs on
/// another kind of database.
async fn as_python_makes_it(schema: Schema) -> Option<Database> {
    let script = match schema {
        Schema::Tracking => include_str!("../../schema/mysql/tracking.sql"),
        Schema::Auth => include_str!("../../schema/mysql/auth.sql"),
    };
    Database::made_by_a_script(schema, &script.replace("{collation}", "utf8mb4_general_ci")).await
}

#[tokio::test]
async fn ids_and_names_are_told_apart_by_their_bytes() {
    let Some(database) = as_python_makes_it(Schema::Tracking).await else { return };
    let id = database.experiment("Tea").await;
    for other in ["tea", "TEA", "Tea ", "Téa"] {
        assert_eq!(experiments::id_of_name(&database.db, other).await.unwrap(), None, "{other:?}");
    }
    assert_eq!(experiments::id_of_name(&database.db, "Tea").await.unwrap(), Some(id.to_string()));
    let run = runs::experiment_of(&database.db, &database.run(id).await).await.unwrap();
    assert_eq!(run, Some(id.to_string()));
    let new = runs::NewRun { id: "abc".to_owned(), ..database.new_run(id) };
    database.create_run(new).await.unwrap();
    for other in ["ABC", "abc ", "ábc"] {
        assert_eq!(runs::experiment_of(&database.db, other).await.unwrap(), None, "{other:?}");
        assert!(
            runs::experiments_of(&database.db, &[other.to_owned()]).await.unwrap().is_empty(),
            "{other:?}"
        );
    }
    for (filter, found) in [
        ("name = 'Tea'", 1),
        ("name = 'tea'", 0),
        ("name != 'tea'", 1),
        ("name != 'Tea'", 0),
        ("name LIKE 'Te%'", 1),
        ("name LIKE 'te%'", 0),
        ("name ILIKE 'te%'", 1),
    ] {
        let search = experiments::Search {
            view: ViewType::ActiveOnly,
            filter: search::experiments::parse_filter(filter).unwrap(),
            order_by: Vec::new(),
            limit: 10,
            page_token: None,
        };
        let page = database.read(search, |connection, search| {
            Box::pin(experiments::search(connection, search, &Visibility::All))
        });
        assert_eq!(page.await.unwrap().items.len(), found, "{filter}");
    }
}

#[tokio::test]
async fn a_twin_that_differs_only_in_case_exists_already() {
    let Some(database) = as_python_makes_it(Schema::Tracking).await else { return };
    database.experiment("Tea").await;
    let twin = database.create_experiment(new_experiment("tea")).await;
    assert_refused(twin, ErrorCode::ResourceAlreadyExists, "Experiment(name=tea) already exists.");
    let model = |name: &str| NewModel {
        name: name.to_owned(),
        description: String::new(),
        tags: vec![],
        now: crate::database::NOW,
    };
    let create = async |name: &str| {
        database.write(model(name), |connection, new| Box::pin(models::create(connection, new))).await
    };
    create("Tea").await.unwrap();
    assert_refused(create("tea").await, ErrorCode::ResourceAlreadyExists, "already exists");
    let id = database.experiment("coffee").await;
    let set = async |key: &str, value: &str| {
        let tag = tag(key, value);
        database.write(tag, move |connection, tag| Box::pin(experiments::set_tag(connection, id, tag))).await
    };
    set("Key", "1").await.unwrap();
    set("Key", "2").await.unwrap();
    assert_refused(set("key", "3").await, ErrorCode::ResourceAlreadyExists, "differs only in case");
    let run = database.run(id).await;
    database.log_params(&run, &[("Rate", "1")]).await.unwrap();
    assert_refused(
        database.log_params(&run, &[("rate", "2")]).await,
        ErrorCode::ResourceAlreadyExists,
        "differs only in case",
    );
}

#[tokio::test]
async fn users_are_told_apart_by_their_bytes() {
    let Some(database) = as_python_makes_it(Schema::Auth).await else { return };
    let create = async |name: &'static str| {
        database
            .write(name, |connection, name| Box::pin(users::create(connection, name, "hash", false)))
            .await
    };
    create("Ada").await.unwrap();
    for other in ["ada", "ADA", "Ada ", "Áda"] {
        assert_eq!(users::find(&database.db, other).await.unwrap(), None, "{other:?}");
    }
    assert_refused(
        create("ada").await,
        ErrorCode::ResourceAlreadyExists,
        "User (username=ada) already exists.",
    );
}
