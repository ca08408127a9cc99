//! Parameters, which never change, and tags, which do; and batches of both.

use crate::database::{Database, assert_refused, metric, pairs, tags};
use model::ErrorCode;
use store::tracking::batch::Batch;
use store::tracking::runs;

async fn run(database: &Database) -> String {
    database.run(database.experiment("tea").await).await
}

#[tokio::test]
async fn a_parameter_may_be_logged_again_with_the_same_value() {
    let database = Database::tracking().await;
    let id = run(&database).await;
    database.log_params(&id, &[("b", ""), ("a", "1"), ("A", "2")]).await.unwrap();
    database.log_params(&id, &[("a", "1")]).await.unwrap();
    database.log_params(&id, &[("a", "1"), ("c", "3")]).await.unwrap();
    assert_eq!(
        pairs(&database.get_run(&id).await.data.params),
        [("A", "2"), ("a", "1"), ("b", ""), ("c", "3")]
    );
}

#[tokio::test]
async fn a_parameter_keeps_its_first_value() {
    let database = Database::tracking().await;
    let id = run(&database).await;
    database.log_params(&id, &[("a", "1"), ("b", "2")]).await.unwrap();
    assert_refused(
        database.log_params(&id, &[("a", "1 ")]).await,
        ErrorCode::InvalidParameterValue,
        &format!(
            "Changing param values is not allowed. Param with key='a' was already logged with value='1' for run \
             ID='{id}'. Attempted logging new value '1 '."
        ),
    );
    assert_refused(
        database.log_params(&id, &[("new", "1"), ("a", "3"), ("b", "2")]).await,
        ErrorCode::InvalidParameterValue,
        &format!(
            "Changing param values is not allowed. Params were already logged='[{{'key': 'a', 'old_value': '1', \
             'new_value': '3'}}]' for run ID='{id}'."
        ),
    );
    assert_eq!(pairs(&database.get_run(&id).await.data.params), [("a", "1"), ("b", "2")]);
}

#[tokio::test]
async fn a_batch_is_logged_whole_or_not_at_all() {
    let database = Database::tracking().await;
    let id = run(&database).await;
    database.log_params(&id, &[("taken", "1")]).await.unwrap();
    let batch = |params: &[(&str, &str)]| Batch {
        run_id: id.clone(),
        metrics: vec![metric("m", 1.0, 1, 1)],
        params: tags(params),
        tags: tags(&[("t", "1"), ("mlflow.runName", "renamed")]),
    };
    let before = database.get_run(&id).await;
    assert!(database.log(batch(&[("p", "1"), ("taken", "2")])).await.is_err());
    assert_eq!(database.get_run(&id).await, before);
    assert_eq!(database.number("SELECT count(*) FROM metrics").await, 0);

    database.log(batch(&[("p", "1"), ("taken", "1")])).await.unwrap();
    let run = database.get_run(&id).await;
    assert_eq!(run.info.run_name.as_deref(), Some("renamed"));
    assert_eq!(pairs(&run.data.params), [("p", "1"), ("taken", "1")]);
    assert_eq!(pairs(&run.data.tags), [("mlflow.runName", "renamed"), ("t", "1")]);
    assert_eq!(run.data.metrics.len(), 1);
}

#[tokio::test]
async fn the_largest_batch_is_one_write() {
    let database = Database::tracking().await;
    let id = run(&database).await;
    let name = |number: usize| format!("{number:0250}");
    let batch = Batch {
        run_id: id.clone(),
        metrics: (0..1000).map(|number| metric(&name(number), 1.0, 1, 1)).collect(),
        params: (0..100).map(|number| crate::database::tag(&name(number), &"ü".repeat(6000))).collect(),
        tags: (0..100).map(|number| crate::database::tag(&name(number), &"ü".repeat(8000))).collect(),
    };
    database.log(batch).await.unwrap();
    let data = database.get_run(&id).await.data;
    assert_eq!((data.metrics.len(), data.params.len(), data.tags.len()), (1000, 100, 100));
    assert_eq!(data.params[99].value.chars().count(), 6000);
}

#[tokio::test]
async fn an_empty_batch_is_refused_only_where_there_is_no_run() {
    let database = Database::tracking().await;
    let id = run(&database).await;
    database.log(Batch { run_id: id, ..Batch::default() }).await.unwrap();
    let nowhere = database.log(Batch { run_id: "none".to_owned(), ..Batch::default() }).await;
    assert_refused(nowhere, ErrorCode::ResourceDoesNotExist, "Run with id=none not found");
}

#[tokio::test]
async fn the_last_value_of_a_tag_stands() {
    let database = Database::tracking().await;
    let id = run(&database).await;
    database.log_tags(&id, &[("k", "1"), ("K", "x"), ("k", "2")]).await.unwrap();
    database.log_tags(&id, &[("k", "3"), ("new", ""), ("k", "4")]).await.unwrap();
    assert_eq!(pairs(&database.get_run(&id).await.data.tags), [("K", "x"), ("k", "4"), ("new", "")]);
}

#[tokio::test]
async fn a_tag_of_one_run_is_not_one_of_another() {
    let database = Database::tracking().await;
    let experiment = database.experiment("tea").await;
    let (first, second) = (database.run(experiment).await, database.run(experiment).await);
    database.log_tags(&first, &[("k", "1")]).await.unwrap();
    let of = async |run: &str| {
        database
            .read(run.to_owned(), |connection, run| Box::pin(runs::tag(connection, run, "k")))
            .await
            .unwrap()
    };
    assert_eq!((of(&first).await, of(&second).await), (Some("1".to_owned()), None));
    let delete = async |run: &str| {
        let run = run.to_owned();
        database.write(run, |connection, run| Box::pin(runs::delete_tag(connection, run, "k"))).await
    };
    let words = format!("No tag with name: k in run with id {second}");
    assert_refused(delete(&second).await, ErrorCode::ResourceDoesNotExist, &words);
    delete(&first).await.unwrap();
    assert_eq!(of(&first).await, None);
    assert!(delete(&first).await.is_err());
}

#[tokio::test]
async fn values_that_look_like_sql_or_patterns_are_only_values() {
    let database = Database::tracking().await;
    let id = run(&database).await;
    let odd =
        ["'; DROP TABLE runs; --", "%", "_", "?", "?1", "$1", ":a", "\\", "\"", "`", "\n", "😀", "NULL"];
    for value in odd {
        database.log_tags(&id, &[("k", value)]).await.unwrap();
        assert_eq!(pairs(&database.get_run(&id).await.data.tags), [("k", value)]);
    }
}

#[tokio::test]
async fn a_run_may_be_made_with_more_tags_than_a_statement_has_parameters() {
    let database = Database::tracking().await;
    let experiment = database.experiment("tea").await;
    let mut new = database.new_run(experiment);
    new.tags = (0..20_000).map(|number| crate::database::tag(&format!("key-{number}"), "x")).collect();
    let id = new.id.clone();
    database.create_run(new).await.unwrap();
    assert_eq!(database.get_run(&id).await.data.tags.len(), 20_000);
}
