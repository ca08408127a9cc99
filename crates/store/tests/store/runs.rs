//! Runs.

use crate::database::{Database, NOW, artifact_uri, assert_refused, pairs, tags};
use model::{Error, ErrorCode, LifecycleStage, RunInfo, RunStatus};
use store::tracking::RUN_NAME_TAG;
use store::tracking::runs::{self, NewRun, RunChange};

async fn update(database: &Database, id: &str, change: RunChange) -> Result<RunInfo, Error> {
    database
        .write((id.to_owned(), change), |connection, (id, change)| {
            Box::pin(runs::update(connection, id, change))
        })
        .await
}

async fn delete_or_restore(database: &Database, id: &str, to: LifecycleStage, now: i64) -> Result<(), Error> {
    database
        .write((id.to_owned(), to, now), |connection, (id, to, now)| {
            Box::pin(runs::delete_or_restore(connection, id, *to, *now))
        })
        .await
}

fn renamed(name: &str) -> RunChange {
    RunChange { name: Some(name.to_owned()), ..RunChange::default() }
}

#[tokio::test]
async fn a_run_comes_back_as_it_was_made() {
    let database = Database::tracking().await;
    let experiment = database.experiment("tea").await;
    let new = NewRun {
        tags: tags(&[(RUN_NAME_TAG, "first"), ("k", "v")]),
        name: "first".to_owned(),
        start_time: 5,
        ..database.new_run(experiment)
    };
    let (id, artifact_uri) = (new.id.clone(), artifact_uri(&new));
    database.create_run(new).await.unwrap();
    let run = database.get_run(&id).await;
    assert_eq!(
        run.info,
        RunInfo {
            run_id: id.clone(),
            run_uuid: id.clone(),
            run_name: Some("first".to_owned()),
            experiment_id: experiment.to_string(),
            user_id: Some("ada".to_owned()),
            status: Some(RunStatus::Running),
            start_time: Some(5),
            end_time: None,
            artifact_uri: Some(artifact_uri),
            lifecycle_stage: LifecycleStage::Active,
        }
    );
    assert_eq!(pairs(&run.data.tags), [("k", "v"), (RUN_NAME_TAG, "first")]);
    // What Python MLflow writes where nothing is known of the source.
    let columns: Vec<(String, String, String, String)> =
        database.rows("SELECT source_type, source_name, entry_point_name, source_version FROM runs").await;
    assert_eq!(columns, [("UNKNOWN".to_owned(), String::new(), String::new(), String::new())]);
}

#[tokio::test]
async fn ids_of_runs_are_told_apart_by_case() {
    let database = Database::tracking().await;
    let experiment = database.experiment("tea").await;
    let new = NewRun { id: "abc".to_owned(), ..database.new_run(experiment) };
    database.create_run(new).await.unwrap();
    for other in ["ABC", "abc ", " abc", "ab", "abc\0", "abc\0x", "%", "a_c"] {
        let id = other.to_owned();
        let read = database.read(id, |connection, id| Box::pin(runs::get(connection, id))).await;
        if other.contains('\0') && !database.takes_nul() {
            assert_refused(read, ErrorCode::InvalidParameterValue, "NUL");
            continue;
        }
        assert_refused(read, ErrorCode::ResourceDoesNotExist, &format!("Run with id={other} not found"));
        assert_eq!(runs::experiment_of(&database.db, other).await.unwrap(), None);
        let known = runs::experiments_of(&database.db, &[other.to_owned()]).await.unwrap();
        assert!(!known.contains_key(other), "{other:?}");
    }
}

#[tokio::test]
async fn the_experiments_of_many_runs_are_found_at_once() {
    let database = Database::tracking().await;
    let (tea, coffee) = (database.experiment("tea").await, database.experiment("coffee").await);
    let (black, green, mocha) =
        (database.run(tea).await, database.run(tea).await, database.run(coffee).await);
    let asked = [black.clone(), green.clone(), mocha.clone(), "none".to_owned(), black.clone()];
    let mut known: Vec<(String, String)> =
        runs::experiments_of(&database.db, &asked).await.unwrap().into_iter().collect();
    known.sort();
    let expected = [(black, tea.to_string()), (green, tea.to_string()), (mocha.clone(), coffee.to_string())];
    assert_eq!(known, expected);
    assert_eq!(runs::experiment_of(&database.db, &mocha).await.unwrap(), Some(coffee.to_string()));
    let many: Vec<String> = (0..50_000).map(|number| format!("{number:032x}")).collect();
    assert_eq!(runs::experiments_of(&database.db, &many).await.unwrap().len(), 3);
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_leaves_the_rest() {
    let database = Database::tracking().await;
    let id = database.run(database.experiment("tea").await).await;
    let before = database.get_run(&id).await.info;
    assert_eq!(update(&database, &id, RunChange::default()).await.unwrap(), before);
    let change = RunChange { status: Some(RunStatus::Finished), end_time: Some(9), name: None };
    let answered = update(&database, &id, change).await.unwrap();
    assert_eq!(answered, RunInfo { status: Some(RunStatus::Finished), end_time: Some(9), ..before.clone() });
    assert_eq!(database.get_run(&id).await.info, answered);
    let back = RunChange { status: Some(RunStatus::Running), ..RunChange::default() };
    let answered = update(&database, &id, back).await.unwrap();
    assert_eq!((answered.status, answered.end_time), (Some(RunStatus::Running), Some(9)));
}

#[tokio::test]
async fn a_name_stands_in_the_column_and_in_the_tag() {
    let database = Database::tracking().await;
    let id = database.run(database.experiment("tea").await).await;
    assert_eq!(update(&database, &id, renamed("a")).await.unwrap().run_name, Some("a".to_owned()));
    let name_and_tag = async || {
        let run = database.get_run(&id).await;
        let tag = run.data.tags.iter().find(|tag| tag.key == RUN_NAME_TAG).map(|tag| tag.value.clone());
        (run.info.run_name, tag)
    };
    assert_eq!(name_and_tag().await, (Some("a".to_owned()), Some("a".to_owned())));
    // An empty name changes nothing.
    update(&database, &id, renamed("")).await.unwrap();
    database.log_tags(&id, &[(RUN_NAME_TAG, "")]).await.unwrap();
    assert_eq!(name_and_tag().await, (Some("a".to_owned()), Some("a".to_owned())));
    database.log_tags(&id, &[(RUN_NAME_TAG, "b"), (RUN_NAME_TAG, "c"), (RUN_NAME_TAG, "")]).await.unwrap();
    assert_eq!(name_and_tag().await, (Some("c".to_owned()), Some("c".to_owned())));
}

#[tokio::test]
async fn a_run_is_deleted_and_restored_as_often_as_asked() {
    let database = Database::tracking().await;
    let id = database.run(database.experiment("tea").await).await;
    let deleted_time = async || database.rows::<(Option<i64>,)>("SELECT deleted_time FROM runs").await[0].0;
    for (to, now, time) in [
        (LifecycleStage::Deleted, NOW, Some(NOW)),
        (LifecycleStage::Deleted, NOW + 1, Some(NOW + 1)),
        (LifecycleStage::Active, NOW + 2, None),
        (LifecycleStage::Active, NOW + 3, None),
    ] {
        delete_or_restore(&database, &id, to, now).await.unwrap();
        assert_eq!(database.get_run(&id).await.info.lifecycle_stage, to);
        assert_eq!(deleted_time().await, time);
    }
}

#[tokio::test]
async fn a_deleted_run_takes_nothing_in() {
    let database = Database::tracking().await;
    let id = database.run(database.experiment("tea").await).await;
    database.log_tags(&id, &[("k", "v")]).await.unwrap();
    delete_or_restore(&database, &id, LifecycleStage::Deleted, NOW).await.unwrap();
    let before = database.get_run(&id).await;
    let words = format!("The run {id} must be in the 'active' state. Current state is deleted.");
    let refused = |result| assert_refused(result, ErrorCode::InvalidParameterValue, &words);
    refused(database.log_params(&id, &[("p", "1")]).await);
    refused(database.log_tags(&id, &[("k", "w")]).await);
    refused(database.log_tags(&id, &[(RUN_NAME_TAG, "x")]).await);
    refused(database.log_metrics(&id, vec![crate::database::metric("m", 1.0, 1, 1)]).await);
    refused(update(&database, &id, renamed("x")).await.map(drop));
    let deleted =
        database.write(id.clone(), |connection, id| Box::pin(runs::delete_tag(connection, id, "k")));
    refused(deleted.await);
    assert_eq!(database.get_run(&id).await, before);
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let database = Database::tracking().await;
    let refused =
        |result| assert_refused(result, ErrorCode::ResourceDoesNotExist, "Run with id=none not found");
    refused(database.log_params("none", &[("p", "1")]).await);
    refused(update(&database, "none", RunChange::default()).await.map(drop));
    for to in [LifecycleStage::Deleted, LifecycleStage::Active] {
        refused(delete_or_restore(&database, "none", to, NOW).await);
    }
}

#[tokio::test]
async fn experiments_of_models_leave_deleted_ones_out() {
    let database = Database::tracking().await;
    let experiment = database.experiment("tea").await;
    for (model, stage) in [("m-1", "'active'"), ("m-2", "'deleted'")] {
        database
            .sql(&format!(
                "INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp_ms, \
                 last_updated_timestamp_ms, status, lifecycle_stage) \
                 VALUES ('{model}', {experiment}, 'n', 'x', 1, 1, 1, {stage})"
            ))
            .await;
    }
    let asked = ["m-1", "m-2", "m-3"].map(str::to_owned);
    let known = runs::experiments_of_models(&database.db, &asked).await.unwrap();
    assert_eq!(known.into_iter().collect::<Vec<_>>(), [("m-1".to_owned(), experiment.to_string())]);
}
