//! Deleting for good, over rows as Python MLflow writes them.

use crate::database::{Database, assert_refused};
use model::ErrorCode;
use store::tracking::garbage::{
    Candidate, Chosen, Kind, Named, Removal, check, experiments, has_contents, is_gone, logged_models,
    remove_experiment, remove_logged_model, remove_run, remove_trace, runs, traces,
};

/// `1` is in use with a deleted run and a deleted model; `2` is deleted with all that can be in one; `3` was deleted, and one of
/// its runs restored; `4` was deleted later than its run.
const ROWS: &str = "
INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, last_update_time, workspace)
    VALUES (1, 'one', 'root/1', 'active', 10, 'default'), (2, 'two', 'root/2', 'deleted', 20, 'default'),
           (3, 'three', 'root/3', 'deleted', 30, 'default'), (4, 'four', 'root/4', 'deleted', 40, 'default');
INSERT INTO experiment_tags VALUES ('k', 'v', 2);
INSERT INTO runs (run_uuid, experiment_id, status, lifecycle_stage, deleted_time, artifact_uri)
    VALUES ('r1', 1, 'FINISHED', 'active', NULL, 'root/1/r1/artifacts'),
           ('r1gone', 1, 'FINISHED', 'deleted', 15, 'root/1/r1gone/artifacts'),
           ('r2', 2, 'FINISHED', 'deleted', 20, 'root/2/r2/artifacts'),
           ('r2old', 2, 'FINISHED', 'deleted', NULL, NULL),
           ('r3', 3, 'FINISHED', 'active', NULL, 'root/3/r3/artifacts'),
           ('r4', 4, 'FINISHED', 'deleted', 35, 'root/4/r4/artifacts');
INSERT INTO metrics VALUES ('m', 1.0, 1, 'r1', 1, false), ('m', 1.0, 1, 'r2', 1, false);
INSERT INTO latest_metrics VALUES ('m', 1.0, 1, 1, false, 'r2');
INSERT INTO params VALUES ('p', 'v', 'r2');
INSERT INTO tags VALUES ('t', 'v', 'r2'), ('t', 'v', 'r1');
INSERT INTO datasets (dataset_uuid, experiment_id, name, digest, dataset_source_type, dataset_source)
    VALUES ('d2', 2, 'wine', 'x', 'local', '{}');
INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id, step)
    VALUES ('i1', 'DATASET', 'd2', 'RUN', 'r2', 0), ('i2', 'RUN_OUTPUT', 'r2', 'MODEL_OUTPUT', 'm1', 0),
           ('i3', 'RUN_OUTPUT', 'r1', 'MODEL_OUTPUT', 'm1gone', 0);
INSERT INTO input_tags VALUES ('i1', 'context', 'train'), ('i3', 'k', 'v');
INSERT INTO logged_models VALUES
    ('m1', 1, 'forest', 'root/1/models/m1/artifacts', 5, 5, 2, 'active', NULL, 'r1', NULL),
    ('m1gone', 1, 'forest', 'root/1/models/m1gone/artifacts', 5, 12, 2, 'deleted', NULL, 'r1', NULL),
    ('m2', 2, 'tree', 'root/2/models/m2/artifacts', 5, 5, 2, 'active', NULL, 'r2', NULL);
INSERT INTO logged_model_params VALUES ('m2', 2, 'depth', '3');
INSERT INTO logged_model_tags VALUES ('m2', 2, 'owner', 'alice');
INSERT INTO logged_model_metrics VALUES ('m2', 'acc', 10, 0, 0.9, 2, 'r2', NULL, NULL, NULL),
    ('m1', 'acc', 10, 0, 0.9, 1, 'r2', NULL, NULL, NULL);
INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status)
    VALUES ('t1', 1, 1, 'OK'), ('t2', 2, 1, 'OK'), ('t2bare', 2, 1, 'OK');
INSERT INTO trace_tags VALUES ('mlflow.artifactLocation', 'root/2/traces/t2/artifacts', 't2'), ('k', 'v', 't2');
INSERT INTO trace_request_metadata VALUES ('k', 'v', 't2');
INSERT INTO entity_associations VALUES ('a1', 'run', 'r2', 'trace', 't1', 1), ('a2', 'trace', 't2', 'run', 'r1', 1),
    ('a3', 'evaluation_dataset', 'e', 'experiment', '2', 1), ('a4', 'evaluation_dataset', 'e', 'experiment', '22', 1);
INSERT INTO scorers VALUES (2, 'judge', 's2');
INSERT INTO scorer_versions (scorer_id, scorer_version, serialized_scorer) VALUES ('s2', 1, '{}');
INSERT INTO sql_trace_rollup_rebuild_queue VALUES (2, '2026-01-01', 'trace'), (1, '2026-01-01', 'trace');
";

const ALL: Chosen = Chosen { until: None, named: None };

async fn filled() -> Database {
    let database = Database::tracking().await;
    database.sql(ROWS).await;
    database
}

/// The ids of what can go, by kind.
async fn garbage(database: &Database, chosen: Chosen) -> [Vec<String>; 4] {
    let ids = |candidates: Vec<Candidate>| candidates.into_iter().map(|candidate| candidate.id).collect();
    let found = database.read(chosen, |connection, chosen| {
        Box::pin(async move {
            Ok([
                runs(connection, chosen, "", 10).await?,
                logged_models(connection, chosen, "", 10).await?,
                traces(connection, chosen, "", 10).await?,
                experiments(connection, chosen, None, 10).await?,
            ])
        })
    });
    found.await.unwrap().map(ids)
}

async fn remove(database: &Database, kind: Kind, id: &str) -> Removal {
    let removed = database.write(id.to_owned(), move |connection, id| {
        Box::pin(async move {
            match kind {
                Kind::Run => remove_run(connection, id).await,
                Kind::LoggedModel => remove_logged_model(connection, id).await,
                Kind::Trace => remove_trace(connection, id).await,
                Kind::Experiment => remove_experiment(connection, id).await,
            }
        })
    });
    removed.await.unwrap()
}

fn named(runs: &[&str], logged_models: &[&str], experiments: &[i64]) -> Chosen {
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    let named =
        Named { runs: owned(runs), logged_models: owned(logged_models), experiments: experiments.to_vec() };
    Chosen { until: None, named: Some(named) }
}

#[tokio::test]
async fn what_is_deleted_and_what_lies_in_deleted_experiments_can_go() {
    let database = filled().await;
    let expected: [&[&str]; 4] =
        [&["r1gone", "r2", "r2old", "r4"], &["m1gone", "m2"], &["t2", "t2bare"], &["2", "4"]];
    assert_eq!(garbage(&database, ALL).await, expected);
    // The run whose deletion nobody wrote down is of unknown age, and keeps its experiment.
    let old: [&[&str]; 4] = [&["r1gone", "r2"], &["m1gone"], &[], &[]];
    assert_eq!(garbage(&database, Chosen { until: Some(34), named: None }).await, old);
    let older: [&[&str]; 4] = [&["r1gone", "r2", "r4"], &["m1gone"], &[], &["4"]];
    assert_eq!(garbage(&database, Chosen { until: Some(40), named: None }).await, older);
    let one: [&[&str]; 4] = [&["r1gone", "r2", "r2old"], &["m2"], &["t2", "t2bare"], &["2"]];
    assert_eq!(garbage(&database, named(&["r1gone"], &[], &[2])).await, one);
    let models: [&[&str]; 4] = [&[], &["m1gone"], &[], &[]];
    assert_eq!(garbage(&database, named(&[], &["m1gone", "m1"], &[])).await, models);
    // By its name goes nothing that would not go without, whoever has looked at it before.
    let none: [&[&str]; 4] = [&[], &[], &[], &[]];
    assert_eq!(garbage(&database, named(&["r1"], &["m1"], &[1, 3])).await, none);
    let young = Chosen { until: Some(11), ..named(&["r1gone"], &["m1gone"], &[2, 4]) };
    assert_eq!(garbage(&database, young).await, none);
}

#[tokio::test]
async fn a_list_goes_on_behind_an_id_and_tells_where_artifacts_are() {
    let database = filled().await;
    let page = database.read((), |connection, ()| Box::pin(runs(connection, &ALL, "r1gone", 1)));
    let expected = Candidate {
        id: "r2".to_owned(),
        experiment_id: "2".to_owned(),
        location: Some("root/2/r2/artifacts".to_owned()),
    };
    assert_eq!(page.await.unwrap(), [expected]);
    let found = database.read((), |connection, ()| Box::pin(traces(connection, &ALL, "", 10)));
    let locations: Vec<Option<String>> = found.await.unwrap().into_iter().map(|one| one.location).collect();
    assert_eq!(locations, [Some("root/2/traces/t2/artifacts".to_owned()), None]);
    let found = database.read((), |connection, ()| Box::pin(experiments(connection, &ALL, Some(2), 10)));
    let found = found.await.unwrap();
    assert_eq!((found.len(), found[0].id.as_str()), (1, "4"));
}

#[tokio::test]
async fn what_is_named_must_be_deleted_and_old_enough() {
    let database = filled().await;
    for (chosen, until, code, words) in [
        (named(&["none"], &[], &[]), None, ErrorCode::ResourceDoesNotExist, "no run none"),
        (named(&["r1gone", "r1"], &[], &[]), None, ErrorCode::InvalidParameterValue, "run r1 is not deleted"),
        (named(&["r2"], &[], &[]), Some(19), ErrorCode::InvalidParameterValue, "as long ago"),
        (named(&["r2old"], &[], &[]), Some(1_000), ErrorCode::InvalidParameterValue, "as long ago"),
        (named(&[], &["m1"], &[]), None, ErrorCode::InvalidParameterValue, "model m1 is not deleted"),
        (named(&[], &["m1gone"], &[]), Some(11), ErrorCode::InvalidParameterValue, "as long ago"),
        (named(&[], &[], &[1]), None, ErrorCode::InvalidParameterValue, "experiment 1 is not deleted"),
        (named(&[], &[], &[9]), None, ErrorCode::ResourceDoesNotExist, "no experiment 9"),
        (named(&[], &[], &[3]), None, ErrorCode::InvalidParameterValue, "run r3 of a named experiment"),
        (named(&[], &[], &[4]), Some(39), ErrorCode::InvalidParameterValue, "as long ago"),
    ] {
        let said = format!("{chosen:?}");
        let checked = database
            .read(Chosen { until, ..chosen }, |connection, chosen| Box::pin(check(connection, chosen)));
        let checked = checked.await;
        assert!(checked.is_err(), "{said}");
        assert_refused(checked, code, words);
    }
    let fine = Chosen { until: Some(40), ..named(&["r1gone"], &["m1gone"], &[4]) };
    let checked = database.read(fine, |connection, chosen| Box::pin(check(connection, chosen))).await;
    checked.unwrap();
}

#[tokio::test]
async fn a_row_goes_with_all_that_belongs_to_it_and_nothing_else() {
    let database = filled().await;
    assert_eq!(remove(&database, Kind::Experiment, "2").await, Removal::NotEmpty);
    for run in ["r2", "r2old", "r1gone"] {
        assert_eq!(remove(&database, Kind::Run, run).await, Removal::Removed, "{run}");
    }
    for model in ["m1gone", "m2"] {
        assert_eq!(remove(&database, Kind::LoggedModel, model).await, Removal::Removed, "{model}");
    }
    for trace in ["t2", "t2bare"] {
        assert_eq!(remove(&database, Kind::Trace, trace).await, Removal::Removed, "{trace}");
    }
    let contents = database.read((), |connection, ()| Box::pin(has_contents(connection, "2"))).await;
    assert!(!contents.unwrap());
    assert_eq!(remove(&database, Kind::Experiment, "2").await, Removal::Removed);
    for (left, count) in [
        ("experiments", 3),
        ("experiment_tags", 0),
        ("runs", 3),
        ("metrics", 1),
        ("latest_metrics", 0),
        ("params", 0),
        ("tags", 1),
        ("datasets", 0),
        ("inputs", 0),
        ("input_tags", 0),
        ("logged_models", 1),
        ("logged_model_params", 0),
        ("logged_model_tags", 0),
        ("logged_model_metrics", 0),
        ("trace_info", 1),
        ("trace_tags", 0),
        ("trace_request_metadata", 0),
        ("entity_associations", 1),
        ("scorers", 0),
        ("scorer_versions", 0),
        ("sql_trace_rollup_rebuild_queue", 1),
    ] {
        assert_eq!(database.number(&format!("SELECT COUNT(*) FROM {left}")).await, count, "{left}");
    }
}

#[tokio::test]
async fn what_is_in_use_stays_whatever_is_asked_for() {
    let database = filled().await;
    for (kind, id) in [
        (Kind::Run, "r1"),
        (Kind::Run, "none"),
        (Kind::LoggedModel, "m1"),
        (Kind::Trace, "t1"),
        (Kind::Experiment, "1"),
        (Kind::Experiment, "01"),
    ] {
        assert_eq!(remove(&database, kind, id).await, Removal::NotDeleted, "{id}");
        let gone =
            database.read(id.to_owned(), move |connection, id| Box::pin(is_gone(connection, kind, id))).await;
        assert!(!gone.unwrap(), "{id}");
    }
    assert_eq!(database.number("SELECT COUNT(*) FROM runs").await, 6);
    assert_eq!(database.number("SELECT COUNT(*) FROM tags").await, 2);
}
