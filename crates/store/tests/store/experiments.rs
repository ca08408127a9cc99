//! Experiments and their tags.

use crate::database::{Database, NOW, assert_refused, new_experiment, pairs, tag, tags};
use model::{Error, ErrorCode, Experiment, LifecycleStage};
use store::tracking::experiments::{self, NewExperiment};

async fn get(database: &Database, id: i64) -> Result<Experiment, Error> {
    database.read(id.to_string(), |connection, id| Box::pin(experiments::get(connection, id))).await
}

async fn set_stage(database: &Database, id: i64, to: LifecycleStage) -> Result<(), Error> {
    database
        .write((id, to), |connection, (id, to)| {
            Box::pin(experiments::set_stage(connection, *id, *to, NOW + 5))
        })
        .await
}

async fn rename(database: &Database, id: i64, name: &str) -> Result<(), Error> {
    database
        .write((id, name.to_owned()), |connection, (id, name)| {
            Box::pin(experiments::rename(connection, *id, name, NOW + 7))
        })
        .await
}

async fn set_tag(database: &Database, id: i64, key: &str, value: &str) {
    let set = database.write((id, tag(key, value)), |connection, (id, tag)| {
        Box::pin(experiments::set_tag(connection, *id, tag))
    });
    set.await.unwrap();
}

async fn delete_tag(database: &Database, id: i64, key: &str) -> Result<(), Error> {
    database
        .write((id, key.to_owned()), |connection, (id, key)| {
            Box::pin(experiments::delete_tag(connection, *id, key))
        })
        .await
}

async fn undo_create(database: &Database, id: i64, new: NewExperiment) -> Result<(), Error> {
    database
        .write((id, new), |connection, (id, new)| Box::pin(experiments::undo_create(connection, *id, new)))
        .await
}

#[tokio::test]
async fn an_experiment_comes_back_as_it_was_made() {
    let database = Database::tracking().await;
    let new = NewExperiment {
        artifact_location: Some("s3://bucket/x".to_owned()),
        tags: tags(&[("b", "2"), ("a", "1"), ("b", "3")]),
        ..new_experiment("tea")
    };
    let id = database.create_experiment(new).await.unwrap();
    let experiment = get(&database, id).await.unwrap();
    assert_eq!(
        experiment,
        Experiment {
            experiment_id: id.to_string(),
            name: "tea".to_owned(),
            artifact_location: "s3://bucket/x".to_owned(),
            lifecycle_stage: LifecycleStage::Active,
            last_update_time: Some(NOW),
            creation_time: Some(NOW),
            tags: tags(&[("a", "1"), ("b", "3")]),
            workspace: "default".to_owned(),
        }
    );
    let by_name = database
        .read("tea".to_owned(), |connection, name| Box::pin(experiments::get_by_name(connection, name)))
        .await;
    assert_eq!(by_name.unwrap(), Some(experiment));
    assert_eq!(experiments::id_of_name(&database.db, "tea").await.unwrap(), Some(id.to_string()));
}

#[tokio::test]
async fn an_experiment_without_a_location_gets_the_one_of_its_id() {
    let database = Database::tracking().await;
    let id = database.experiment("tea").await;
    assert_eq!(get(&database, id).await.unwrap().artifact_location, format!("root/{id}"));
}

#[tokio::test]
async fn names_are_told_apart_by_case_and_by_accents() {
    let database = Database::tracking().await;
    for name in ["tea", "Tea", "téa", "te\u{301}a", "tea "] {
        let id = database.experiment(name).await;
        assert_eq!(experiments::id_of_name(&database.db, name).await.unwrap(), Some(id.to_string()));
    }
    assert_eq!(experiments::id_of_name(&database.db, "TEA").await.unwrap(), None);
}

#[tokio::test]
async fn a_name_is_taken_also_by_a_deleted_experiment() {
    let database = Database::tracking().await;
    let id = database.experiment("tea").await;
    let other = database.experiment("coffee").await;
    for stage in [LifecycleStage::Deleted, LifecycleStage::Active] {
        set_stage(&database, id, stage).await.unwrap();
        let again = database.create_experiment(new_experiment("tea")).await;
        assert_refused(again, ErrorCode::ResourceAlreadyExists, "Experiment(name=tea) already exists.");
        let renamed = rename(&database, other, "tea").await;
        assert_refused(renamed, ErrorCode::ResourceAlreadyExists, "Experiment(name=tea) already exists.");
    }
    rename(&database, id, "cocoa").await.unwrap();
    assert!(database.create_experiment(new_experiment("tea")).await.is_ok());
}

#[tokio::test]
async fn a_refused_creation_leaves_nothing_behind() {
    let database = Database::tracking().await;
    database.experiment("tea").await;
    let new = NewExperiment { tags: tags(&[("a", "1")]), ..new_experiment("tea") };
    assert!(database.create_experiment(new).await.is_err());
    assert_eq!(database.number("SELECT count(*) FROM experiments").await, 1);
    assert_eq!(database.number("SELECT count(*) FROM experiment_tags").await, 0);
}

#[tokio::test]
async fn the_default_experiment_is_made_once_and_only_in_an_empty_database() {
    let create_default = async |database: &Database| {
        let made = database.write("root/0".to_owned(), |connection, location| {
            Box::pin(experiments::create_default(connection, location.clone(), NOW))
        });
        made.await.unwrap();
    };
    let database = Database::tracking().await;
    create_default(&database).await;
    create_default(&database).await;
    let experiment = get(&database, experiments::DEFAULT_EXPERIMENT_ID).await.unwrap();
    assert_eq!((experiment.name.as_str(), experiment.artifact_location.as_str()), ("Default", "root/0"));
    assert_eq!(database.number("SELECT count(*) FROM experiments").await, 1);

    let used = Database::tracking().await;
    used.experiment("tea").await;
    create_default(&used).await;
    assert_eq!(used.number("SELECT count(*) FROM experiments").await, 1);
}

#[tokio::test]
async fn a_second_spelling_of_an_id_finds_nothing() {
    let database = Database::tracking().await;
    let id = database.experiment("tea").await;
    for spelling in
        [format!("0{id}"), format!("+{id}"), format!(" {id}"), format!("{id} "), format!("{id}.0")]
    {
        let words = format!("Invalid experiment ID '{spelling}'. Experiment ID must be a valid integer.");
        let found =
            database.read(spelling, |connection, id| Box::pin(experiments::get(connection, id))).await;
        assert_refused(found, ErrorCode::InvalidParameterValue, &words);
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let database = Database::tracking().await;
    let words = "No Experiment with id=7 exists";
    assert_refused(get(&database, 7).await, ErrorCode::ResourceDoesNotExist, words);
    assert_refused(rename(&database, 7, "x").await, ErrorCode::ResourceDoesNotExist, words);
    assert_refused(delete_tag(&database, 7, "x").await, ErrorCode::ResourceDoesNotExist, words);
    for stage in [LifecycleStage::Deleted, LifecycleStage::Active] {
        assert_refused(set_stage(&database, 7, stage).await, ErrorCode::ResourceDoesNotExist, words);
    }
}

#[tokio::test]
async fn deleting_an_experiment_deletes_its_runs_and_restoring_brings_them_all_back() {
    let database = Database::tracking().await;
    let id = database.experiment("tea").await;
    let other = database.experiment("coffee").await;
    let runs = [database.run(id).await, database.run(id).await];
    let stranger = database.run(other).await;
    for (stage, time) in [(LifecycleStage::Deleted, Some(NOW + 5)), (LifecycleStage::Active, None)] {
        set_stage(&database, id, stage).await.unwrap();
        let experiment = get(&database, id).await.unwrap();
        assert_eq!((experiment.lifecycle_stage, experiment.last_update_time), (stage, Some(NOW + 5)));
        for run in &runs {
            assert_eq!(database.get_run(run).await.info.lifecycle_stage, stage);
            let query = format!("SELECT deleted_time FROM runs WHERE run_uuid = '{run}'");
            assert_eq!(database.rows::<(Option<i64>,)>(&query).await, [(time,)]);
        }
        assert_eq!(database.get_run(&stranger).await.info.lifecycle_stage, LifecycleStage::Active);
    }
}

#[tokio::test]
async fn an_experiment_is_deleted_once_and_restored_once() {
    let database = Database::tracking().await;
    let id = database.experiment("tea").await;
    let words = format!("No Experiment with id={id} exists");
    for stage in [LifecycleStage::Deleted, LifecycleStage::Active] {
        set_stage(&database, id, stage).await.unwrap();
        let again = set_stage(&database, id, stage).await;
        assert_refused(again, ErrorCode::ResourceDoesNotExist, &words);
    }
}

#[tokio::test]
async fn deleting_an_experiment_deletes_the_assessments_that_its_runs_made() {
    let database = Database::tracking().await;
    let id = database.experiment("tea").await;
    let other = database.experiment("coffee").await;
    let (run, stranger) = (database.run(id).await, database.run(other).await);
    database
        .sql(&format!(
            "INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status) VALUES ('t', {other}, 1, 'OK')"
        ))
        .await;
    let made_by = |run: &str| format!(r#"'{{"mlflow.assessment.sourceRunId": "{run}", "x": "y"}}'"#);
    for (assessment, metadata) in [
        ("gone", made_by(&run)),
        ("of another run", made_by(&stranger)),
        ("of nobody", r#"'{"x": "y"}'"#.to_owned()),
        ("without metadata", "NULL".to_owned()),
        ("with metadata that is no JSON", "'{x'".to_owned()),
    ] {
        database
            .sql(&format!(
                "INSERT INTO assessments (assessment_id, trace_id, name, assessment_type, value, created_timestamp, \
                 last_updated_timestamp, source_type, valid, assessment_metadata) \
                 VALUES ('{assessment}', 't', 'n', 'feedback', '1', 1, 1, 'HUMAN', TRUE, {metadata})"
            ))
            .await;
    }
    set_stage(&database, id, LifecycleStage::Deleted).await.unwrap();
    let left: Vec<(String,)> = database.rows("SELECT assessment_id FROM assessments ORDER BY 1").await;
    let left: Vec<&str> = left.iter().map(|(id,)| id.as_str()).collect();
    assert_eq!(left, ["of another run", "of nobody", "with metadata that is no JSON", "without metadata"]);
}

#[tokio::test]
async fn only_an_active_experiment_can_be_renamed() {
    let database = Database::tracking().await;
    let id = database.experiment("tea").await;
    rename(&database, id, "chai").await.unwrap();
    let experiment = get(&database, id).await.unwrap();
    assert_eq!((experiment.name.as_str(), experiment.last_update_time), ("chai", Some(NOW + 7)));
    set_stage(&database, id, LifecycleStage::Deleted).await.unwrap();
    let renamed = rename(&database, id, "mate").await;
    assert_refused(renamed, ErrorCode::InvalidState, "Cannot rename a non-active experiment.");
}

#[tokio::test]
async fn a_tag_is_replaced_and_deleted_by_its_exact_key() {
    let database = Database::tracking().await;
    let id = database.experiment("tea").await;
    for (key, value) in [("k", "1"), ("K", "2"), ("k", "3")] {
        set_tag(&database, id, key, value).await;
    }
    assert_eq!(pairs(&get(&database, id).await.unwrap().tags), [("K", "2"), ("k", "3")]);
    delete_tag(&database, id, "k").await.unwrap();
    assert_eq!(pairs(&get(&database, id).await.unwrap().tags), [("K", "2")]);
    let words = format!("No tag with name: k in experiment with id {id}");
    assert_refused(delete_tag(&database, id, "k").await, ErrorCode::ResourceDoesNotExist, &words);
}

#[tokio::test]
async fn tags_of_a_deleted_experiment_stay() {
    let database = Database::tracking().await;
    let id = database.experiment("tea").await;
    set_tag(&database, id, "k", "1").await;
    set_stage(&database, id, LifecycleStage::Deleted).await.unwrap();
    let words = format!("The experiment {id} must be in the 'active' state. Current state is deleted.");
    assert_refused(delete_tag(&database, id, "k").await, ErrorCode::InvalidParameterValue, &words);
    assert_eq!(pairs(&get(&database, id).await.unwrap().tags), [("k", "1")]);
}

#[tokio::test]
async fn a_creation_that_nobody_has_used_can_be_taken_back() {
    let database = Database::tracking().await;
    let new = || NewExperiment { tags: tags(&[("a", "1"), ("a", "2")]), ..new_experiment("tea") };
    let id = database.create_experiment(new()).await.unwrap();
    undo_create(&database, id, new()).await.unwrap();
    assert_eq!(database.number("SELECT count(*) FROM experiments").await, 0);
    assert_eq!(database.number("SELECT count(*) FROM experiment_tags").await, 0);
    assert!(database.create_experiment(new()).await.is_ok());
}

#[tokio::test]
async fn a_creation_that_somebody_has_used_stays_with_all_that_it_holds() {
    let uses = [
        ("a run", "INSERT INTO runs (run_uuid, experiment_id) VALUES ('r', ID)"),
        ("a tag", "INSERT INTO experiment_tags (experiment_id, \"key\", value) VALUES (ID, 'b', '1')"),
        ("a changed tag", "UPDATE experiment_tags SET value = '2' WHERE experiment_id = ID"),
        (
            "a dataset",
            "INSERT INTO datasets (dataset_uuid, experiment_id, name, digest, dataset_source_type, dataset_source) \
             VALUES ('d', ID, 'n', 'x', 't', 's')",
        ),
        (
            "a model",
            "INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp_ms, \
             last_updated_timestamp_ms, status) VALUES ('m', ID, 'n', 'x', 1, 1, 1)",
        ),
        (
            "a trace",
            "INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status) VALUES ('t', ID, 1, 'OK')",
        ),
        ("another name", "UPDATE experiments SET name = 'x' WHERE experiment_id = ID"),
        ("a change", "UPDATE experiments SET last_update_time = 1 WHERE experiment_id = ID"),
        (
            "another experiment of the same id and name",
            "UPDATE experiments SET creation_time = 1, last_update_time = 1 WHERE experiment_id = ID",
        ),
    ];
    for (what, used) in uses {
        let database = Database::tracking().await;
        let new = || NewExperiment { tags: tags(&[("a", "1")]), ..new_experiment("tea") };
        let id = database.create_experiment(new()).await.unwrap();
        database.sql(&used.replace("ID", &id.to_string())).await;
        let undone = undo_create(&database, id, new()).await;
        assert_eq!(undone.unwrap_err().code, ErrorCode::InvalidState, "{what}");
        assert_eq!(database.number("SELECT count(*) FROM experiments").await, 1, "{what}");
        assert!(database.number("SELECT count(*) FROM experiment_tags").await >= 1, "{what}");
    }
}

#[tokio::test]
async fn custom_locations_are_those_that_an_id_does_not_give() {
    let database = Database::tracking().await;
    database.experiment("tea").await;
    let elsewhere =
        NewExperiment { artifact_location: Some("s3://x".to_owned()), ..new_experiment("coffee") };
    let id = database.create_experiment(elsewhere).await.unwrap();
    let custom = store::tracking::locations::custom(&database.db, "root/", "").await.unwrap();
    assert_eq!(custom, [(id.to_string(), "s3://x".to_owned())]);
}
