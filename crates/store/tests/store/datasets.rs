//! What runs read and made.

use crate::database::{Database, NOW, assert_refused};
use model::{
    Dataset, DatasetInput, DatasetSummary, Error, ErrorCode, InputTag, Int64, LifecycleStage, ModelInput,
    ModelOutput,
};
use std::sync::atomic::{AtomicU64, Ordering};
use store::tracking::{inputs, runs};

fn new_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{:032x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn dataset(name: &str, digest: &str, tags: &[(&str, &str)]) -> DatasetInput {
    DatasetInput {
        tags: tags
            .iter()
            .map(|(key, value)| InputTag { key: (*key).to_owned(), value: (*value).to_owned() })
            .collect(),
        dataset: Dataset {
            name: name.to_owned(),
            digest: digest.to_owned(),
            source_type: "local".to_owned(),
            source: "file".to_owned(),
            schema: None,
            profile: Some("{}".to_owned()),
        },
    }
}

async fn log(database: &Database, run: &str, datasets: Vec<DatasetInput>) -> Result<(), Error> {
    log_with_models(database, run, datasets, &[]).await
}

async fn log_with_models(
    database: &Database,
    run: &str,
    datasets: Vec<DatasetInput>,
    models: &[&str],
) -> Result<(), Error> {
    let models: Vec<ModelInput> = models.iter().map(|id| ModelInput { model_id: (*id).to_owned() }).collect();
    database
        .write((run.to_owned(), datasets, models), |connection, (run, datasets, models)| {
            Box::pin(inputs::log(connection, run, datasets, models, &new_id))
        })
        .await
}

async fn log_outputs(database: &Database, run: &str, models: &[(&str, i64)]) -> Result<(), Error> {
    let models: Vec<ModelOutput> = models
        .iter()
        .map(|(id, step)| ModelOutput { model_id: (*id).to_owned(), step: Int64(*step) })
        .collect();
    database
        .write((run.to_owned(), models), |connection, (run, models)| {
            Box::pin(inputs::log_outputs(connection, run, models, &new_id))
        })
        .await
}

#[tokio::test]
async fn a_dataset_comes_back_with_its_tags() {
    let database = Database::tracking().await;
    let run = database.run(database.experiment("tea").await).await;
    let logged =
        vec![dataset("b", "1", &[("mlflow.data.context", "train"), ("a", "x")]), dataset("a", "1", &[])];
    log(&database, &run, logged).await.unwrap();
    let expected =
        [dataset("a", "1", &[]), dataset("b", "1", &[("a", "x"), ("mlflow.data.context", "train")])];
    assert_eq!(database.get_run(&run).await.inputs.dataset_inputs, expected);
}

#[tokio::test]
async fn a_dataset_is_known_by_name_and_digest_within_its_experiment() {
    let database = Database::tracking().await;
    let (tea, coffee) = (database.experiment("tea").await, database.experiment("coffee").await);
    let (first, second, other) =
        (database.run(tea).await, database.run(tea).await, database.run(coffee).await);
    for run in [&first, &second, &other] {
        log(&database, run, vec![dataset("a", "1", &[]), dataset("A", "1", &[])]).await.unwrap();
    }
    let changed = DatasetInput {
        dataset: Dataset { source: "elsewhere".to_owned(), ..dataset("a", "1", &[]).dataset },
        tags: Vec::new(),
    };
    log(&database, &second, vec![changed, dataset("a", "2", &[])]).await.unwrap();
    let of = |experiment| format!("SELECT count(*) FROM datasets WHERE experiment_id = {experiment}");
    assert_eq!(database.number(&of(tea)).await, 3);
    assert_eq!(database.number(&of(coffee)).await, 2);
    let inputs = database.get_run(&second).await.inputs.dataset_inputs;
    assert_eq!(inputs, [dataset("A", "1", &[]), dataset("a", "1", &[]), dataset("a", "2", &[])]);
}

#[tokio::test]
async fn of_a_dataset_given_twice_the_first_is_taken_and_of_a_tag_the_last() {
    let database = Database::tracking().await;
    let run = database.run(database.experiment("tea").await).await;
    let twice = vec![dataset("a", "1", &[("k", "1"), ("k", "2")]), dataset("a", "1", &[("k", "3")])];
    log(&database, &run, twice).await.unwrap();
    log(&database, &run, vec![dataset("a", "1", &[("k", "4"), ("new", "1")])]).await.unwrap();
    assert_eq!(database.get_run(&run).await.inputs.dataset_inputs, [dataset("a", "1", &[("k", "2")])]);
    assert_eq!(database.number("SELECT count(*) FROM inputs").await, 1);
}

#[tokio::test]
async fn models_that_a_run_read_and_made_are_edges() {
    let database = Database::tracking().await;
    let experiment = database.experiment("tea").await;
    let (run, other) = (database.run(experiment).await, database.run(experiment).await);
    log_with_models(&database, &run, vec![], &["m-1", "m-1"]).await.unwrap();
    log_with_models(&database, &run, vec![], &["m-1"]).await.unwrap();
    log_outputs(&database, &run, &[("m-2", 3), ("m-3", 0), ("m-2", 3)]).await.unwrap();
    log_outputs(&database, &other, &[("m-2", 1)]).await.unwrap();
    let found = database.get_run(&run).await;
    assert_eq!(found.inputs.model_inputs, [ModelInput { model_id: "m-1".to_owned() }]);
    let output = |id: &str, step| ModelOutput { model_id: id.to_owned(), step: Int64(step) };
    assert_eq!(found.outputs.unwrap().model_outputs, [output("m-2", 3), output("m-3", 0)]);
    assert_eq!(database.get_run(&other).await.outputs.unwrap().model_outputs, [output("m-2", 1)]);
}

#[tokio::test]
async fn only_an_active_run_takes_inputs_and_outputs() {
    let database = Database::tracking().await;
    let run = database.run(database.experiment("tea").await).await;
    let deleted = database.write(run.clone(), |connection, run| {
        Box::pin(runs::delete_or_restore(connection, run, LifecycleStage::Deleted, NOW))
    });
    deleted.await.unwrap();
    for (run, code) in
        [(run.as_str(), ErrorCode::InvalidParameterValue), ("none", ErrorCode::ResourceDoesNotExist)]
    {
        assert_refused(log(&database, run, vec![dataset("a", "1", &[])]).await, code, run);
        assert_refused(log_outputs(&database, run, &[("m-1", 1)]).await, code, run);
    }
    assert_eq!(database.number("SELECT count(*) FROM datasets").await, 0);
    assert_eq!(database.number("SELECT count(*) FROM inputs").await, 0);
}

#[tokio::test]
async fn a_listing_has_each_dataset_once_for_each_context() {
    let database = Database::tracking().await;
    let (tea, coffee) = (database.experiment("tea").await, database.experiment("coffee").await);
    for (experiment, context) in
        [(tea, Some("train")), (tea, Some("train")), (tea, Some("eval")), (tea, None), (coffee, None)]
    {
        let run = database.run(experiment).await;
        let tags: Vec<(&str, &str)> =
            context.map(|context| ("mlflow.data.context", context)).into_iter().chain([("k", "v")]).collect();
        log(&database, &run, vec![dataset("a", "1", &tags)]).await.unwrap();
    }
    let summaries = async |experiments: &[i64]| {
        let mut summaries = inputs::summaries(&database.db, experiments).await.unwrap();
        summaries.sort_by(|a, b| (&a.experiment_id, &a.context).cmp(&(&b.experiment_id, &b.context)));
        summaries
    };
    let summary = |experiment: i64, context: Option<&str>| DatasetSummary {
        experiment_id: experiment.to_string(),
        name: "a".to_owned(),
        digest: "1".to_owned(),
        context: context.map(str::to_owned),
    };
    let of_tea = [summary(tea, None), summary(tea, Some("eval")), summary(tea, Some("train"))];
    assert_eq!(summaries(&[tea]).await, of_tea);
    assert_eq!(summaries(&[coffee, 99]).await, [summary(coffee, None)]);
    assert_eq!(summaries(&[]).await, []);
}
