//! Several servers on one database.

use crate::database::{Database, NOW, assert_refused, metric, tags};
use crate::servers::Home;
use authz::{Level, ResourceType};
use futures::future::join_all;
use model::registry::Stage;
use model::user::UserId;
use model::{Error, ErrorCode};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use store::auth::{grants, users};
use store::registry::models::{self, NewModel};
use store::registry::versions::{self, NewVersion};
use store::schema::{self, Prepared, Schema};
use store::tracking::batch::{self, Batch};
use store::tracking::experiments;
use store::{Db, StoreError, StoreUri};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_ten_servers_that_start_together_one_creates_each_schema() {
    let home = Home::chosen().await;
    let uri: StoreUri = home.uri().parse().unwrap();
    let start = |_| {
        let uri = uri.clone();
        tokio::spawn(async move {
            let db = Db::open(&uri).await.unwrap();
            let tracking = schema::prepare(&db, Schema::Tracking, &uri).await.unwrap();
            let auth = schema::prepare(&db, Schema::Auth, &uri).await.unwrap();
            let made = db.write(|connection| {
                Box::pin(experiments::create_default(connection, "root/0".to_owned(), NOW))
            });
            made.await.unwrap();
            // All see what one has made.
            assert!(experiments::id_of_name(&db, "Default").await.unwrap().is_some());
            db.close().await;
            [tracking, auth]
        })
    };
    let outcomes = join_all((0..10).map(start)).await;
    for schema in 0..2 {
        let created =
            outcomes.iter().filter(|outcome| outcome.as_ref().unwrap()[schema] == Prepared::Created);
        assert_eq!(created.count(), 1);
    }
}

/// Runs the same work on as many handles of the database, all at once.
async fn at_once<T: Send + 'static>(
    database: &Database,
    times: usize,
    work: impl Fn(Db, usize) -> futures::future::BoxFuture<'static, T>,
) -> Vec<T> {
    let mut handles = Vec::new();
    for _ in 0..times {
        handles.push(database.another().await);
    }
    let working = handles.into_iter().enumerate().map(|(number, db)| tokio::spawn(work(db, number)));
    join_all(working).await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_made_at_once_on_several_servers_are_numbered_without_a_gap() {
    let database = Database::tracking().await;
    let model = || NewModel { name: "m".to_owned(), description: String::new(), tags: vec![], now: NOW };
    database.write(model(), |connection, new| Box::pin(models::create(connection, new))).await.unwrap();
    let numbers: Vec<String> = at_once(&database, 6, |db, _| {
        Box::pin(async move {
            let mut numbers = Vec::new();
            for _ in 0..5 {
                let made = db.write(|connection| {
                    Box::pin(async move {
                        let new = NewVersion {
                            name: "m".to_owned(),
                            source: "s3://b".to_owned(),
                            storage_location: "s3://b".to_owned(),
                            run_id: String::new(),
                            run_link: String::new(),
                            description: String::new(),
                            tags: tags(&[("k", "v")]),
                            now: NOW,
                        };
                        versions::create(connection, &new).await
                    })
                });
                numbers.push(made.await.unwrap().version);
            }
            numbers
        })
    })
    .await
    .into_iter()
    .flatten()
    .collect();
    let numbers: BTreeSet<u32> = numbers.iter().map(|number| number.parse().unwrap()).collect();
    assert_eq!(numbers, (1..=30).collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parameter_that_two_servers_log_at_once_has_one_value() {
    let database = Database::tracking().await;
    let run = database.run(database.experiment("tea").await).await;
    for round in 0..5 {
        let outcomes: Vec<Result<(), Error>> = at_once(&database, 4, |db, number| {
            let batch = Batch {
                run_id: run.clone(),
                params: tags(&[("a", "same"), (&format!("p{round}"), &number.to_string())]),
                metrics: (0..50).map(|step| metric(&format!("m{}", 49 - step), 1.0, NOW, step)).collect(),
                tags: tags(&[("t", &number.to_string()), ("u", "1")]),
            };
            let batch = Arc::new(batch);
            Box::pin(async move {
                let logged = db.write(move |connection| {
                    let batch = Arc::clone(&batch);
                    Box::pin(async move { batch::log(connection, &batch).await })
                });
                logged.await.map_err(Error::from)
            })
        })
        .await;
        let kept = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(kept, 1, "{outcomes:?}");
        for refused in outcomes.into_iter().filter(Result::is_err) {
            assert_refused(refused, ErrorCode::InvalidParameterValue, "Changing param values is not allowed");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_administrators_who_step_down_on_two_servers_one_stays() {
    let database = Database::users().await;
    for name in ["ada", "bob"] {
        let made =
            database.write(name, |connection, name| Box::pin(users::create(connection, name, "hash", true)));
        made.await.unwrap();
    }
    for _ in 0..5 {
        let outcomes = at_once(&database, 2, |db, number| {
            Box::pin(async move {
                let name = ["ada", "bob"][number];
                db.write(move |connection| Box::pin(users::set_admin(connection, name, false))).await
            })
        })
        .await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        for name in ["ada", "bob"] {
            let again =
                database.write(name, |connection, name| Box::pin(users::set_admin(connection, name, true)));
            again.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grants_that_several_servers_give_at_once_share_the_users_own_role() {
    let database = Database::users().await;
    let made = database.write((), |connection, ()| Box::pin(users::create(connection, "ada", "hash", false)));
    let ada: UserId = made.await.unwrap();
    let given: Vec<Result<(), StoreError>> = at_once(&database, 8, |db, number| {
        Box::pin(async move {
            let given = db.write(move |connection| {
                Box::pin(async move {
                    let pattern = number.to_string();
                    grants::grant(connection, ada, ResourceType::Experiment, &pattern, Level::Edit).await
                })
            });
            given.await
        })
    })
    .await;
    assert!(given.iter().all(Result::is_ok), "{given:?}");
    assert_eq!(grants::all(&database.db, ada, ResourceType::ALL).await.unwrap().len(), 8);
    assert_eq!(database.number("SELECT count(*) FROM roles").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_is_one_requests_alone_on_all_servers() {
    let database = Database::tracking().await;
    let first = database.another().await;
    // A SQLite file is served by one server.
    let second = if database.is_file() { first.clone() } else { database.another().await };
    let inside = Arc::new(AtomicU32::new(0));
    let working = (0..20).map(|number| {
        let (db, inside) = ([&first, &second][number % 2].clone(), Arc::clone(&inside));
        tokio::spawn(async move {
            db.in_turn(async {
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "somebody else is inside");
                tokio::time::sleep(Duration::from_millis(3)).await;
                inside.fetch_sub(1, Ordering::SeqCst);
                Ok::<(), StoreError>(())
            })
            .await
        })
    });
    for done in join_all(working).await {
        done.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_that_is_given_up_is_the_next_ones() {
    let database = Database::tracking().await;
    for _ in 0..3 {
        let db = database.db.clone();
        let given_up =
            tokio::spawn(async move { db.in_turn(std::future::pending::<Result<(), StoreError>>()).await });
        tokio::time::sleep(Duration::from_millis(50)).await;
        given_up.abort();
        let _ = given_up.await;
        database.db.in_turn(async { Ok::<(), StoreError>(()) }).await.unwrap();
    }
}

/// The server as it treats a database of ours that is not a file; `None` where the suite runs on SQLite.
async fn on_a_server() -> Option<Database> {
    let database = Database::tracking().await;
    (!database.is_file()).then_some(database)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_the_server_has_ended_are_replaced_without_a_failure() {
    let Some(database) = on_a_server().await else { return };
    let id = database.experiment("tea").await.to_string();
    for _ in 0..3 {
        // Several connections are open …
        let read = async || {
            let mut snapshot = database.db.snapshot().await.unwrap();
            experiments::get(&mut snapshot.connection(), &id).await.unwrap()
        };
        join_all([read(), read(), read()]).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        // … and all of them end.
        database.end_connections().await;
        assert_eq!(experiments::id_of_name(&database.db, "tea").await.unwrap(), Some(id.clone()));
        database.end_connections().await;
        read().await;
        database.end_connections().await;
        database
            .experiment(&format!("after {}", database.number("SELECT count(*) FROM experiments").await))
            .await;
        database.end_connections().await;
        assert!(database.db.is_there().await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_connection_ends_in_its_midst_is_not_there_in_part() {
    let Some(database) = on_a_server().await else { return };
    let (asked, done) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let db = database.db.clone();
    let writing = {
        let (asked, done) = (Arc::clone(&asked), Arc::clone(&done));
        tokio::spawn(async move {
            db.write(move |connection| {
                let (asked, done) = (Arc::clone(&asked), Arc::clone(&done));
                Box::pin(async move {
                    experiments::create_default(connection, "root/0".to_owned(), NOW).await?;
                    asked.notify_one();
                    done.notified().await;
                    experiments::set_tag(connection, 0, &crate::database::tag("k", "v")).await
                })
            })
            .await
        })
    };
    asked.notified().await;
    database.end_connections().await;
    done.notify_one();
    let error = Error::from(writing.await.unwrap().unwrap_err());
    assert_eq!(error.code, ErrorCode::TemporarilyUnavailable, "{error}");
    assert_eq!(database.number("SELECT count(*) FROM experiments").await, 0);
    database.experiment("after").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_row_that_another_program_holds_is_answered_in_bounded_time() {
    let Some(database) = on_a_server().await else { return };
    let id = database.experiment("tea").await;
    let mut stranger = database.stranger_on_the_server().await;
    stranger.run("BEGIN").await;
    stranger.run(&format!("UPDATE experiments SET name = 'x' WHERE experiment_id = {id}")).await;
    let renaming =
        database.write(id, |connection, id| Box::pin(experiments::rename(connection, *id, "coffee", NOW)));
    let renamed = tokio::time::timeout(Duration::from_secs(20), renaming).await.expect("an answer in time");
    assert_eq!(renamed.unwrap_err().code, ErrorCode::TemporarilyUnavailable);
    stranger.run("ROLLBACK").await;
    stranger.close().await;
    database
        .write(id, |connection, id| Box::pin(experiments::rename(connection, *id, "coffee", NOW)))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_value_that_the_database_cannot_hold_is_the_clients_mistake() {
    let Some(database) = on_a_server().await else { return };
    let long = database.create_experiment(crate::database::new_experiment(&"x".repeat(300))).await;
    assert_refused(long, ErrorCode::InvalidParameterValue, "too long");
    assert_eq!(database.number("SELECT count(*) FROM experiments").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_searches_leave_connections_for_all_else() {
    let database = Database::tracking().await;
    let id = database.experiment("tea").await.to_string();
    let mut searches = Vec::new();
    let a_moment = Duration::from_millis(200);
    while let Ok(search) = tokio::time::timeout(a_moment, database.db.snapshot_for_search()).await {
        searches.push(search.unwrap());
        assert!(searches.len() < 10, "searches take all connections");
    }
    assert!(searches.len() >= 4, "{}", searches.len());
    // The next search waits, and nothing else does.
    assert_eq!(experiments::id_of_name(&database.db, "tea").await.unwrap(), Some(id));
    database.experiment("coffee").await;
    drop(searches.pop());
    database.db.snapshot_for_search().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_versions_that_come_into_a_stage_at_once_one_stays_in_it() {
    let database = Database::tracking().await;
    let model = NewModel { name: "m".to_owned(), description: String::new(), tags: vec![], now: NOW };
    database.write(model, |connection, new| Box::pin(models::create(connection, new))).await.unwrap();
    for _ in 0..2 {
        let version = NewVersion {
            name: "m".to_owned(),
            source: "s3://b".to_owned(),
            storage_location: "s3://b".to_owned(),
            run_id: String::new(),
            run_link: String::new(),
            description: String::new(),
            tags: vec![],
            now: NOW,
        };
        database.write(version, |connection, new| Box::pin(versions::create(connection, new))).await.unwrap();
    }
    for _ in 0..10 {
        at_once(&database, 2, |db, number| {
            Box::pin(async move {
                let version = i64::try_from(number).unwrap() + 1;
                let moved = db.write(move |connection| {
                    Box::pin(versions::set_stage(connection, "m", version, Stage::Production, true, NOW))
                });
                moved.await.unwrap();
            })
        })
        .await;
        let production = "SELECT count(*) FROM model_versions WHERE current_stage = 'Production'";
        assert_eq!(database.number(production).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_is_revoked_while_it_is_changed_does_not_come_back() {
    let database = Database::users().await;
    let made = database.write((), |connection, ()| Box::pin(users::create(connection, "ada", "hash", false)));
    let ada: UserId = made.await.unwrap();
    const KIND: ResourceType = ResourceType::Experiment;
    for _ in 0..20 {
        let given = database.write((), move |connection, ()| {
            Box::pin(grants::grant(connection, ada, KIND, "1", Level::Read))
        });
        given.await.unwrap();
        at_once(&database, 2, |db, number| {
            Box::pin(async move {
                let done = db.write(move |connection| {
                    Box::pin(async move {
                        if number == 0 {
                            return grants::revoke(connection, ada, KIND, "1").await.map(drop);
                        }
                        match grants::hold_level(connection, ada, KIND, "1").await? {
                            Some(_) => grants::grant(connection, ada, KIND, "1", Level::Manage).await,
                            None => Ok(()),
                        }
                    })
                });
                done.await.unwrap();
            })
        })
        .await;
        assert!(grants::all(&database.db, ada, ResourceType::ALL).await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_ask_whether_the_database_is_there_all_hear_that_it_is() {
    let database = Database::tracking().await;
    let asking = (0..200).map(|_| {
        let db = database.db.clone();
        tokio::spawn(async move { db.is_there().await })
    });
    assert!(join_all(asking).await.into_iter().all(Result::unwrap));
}
