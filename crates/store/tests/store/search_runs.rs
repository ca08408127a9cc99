//! Searching runs, case by case. `properties` compares searches at random with what they mean.

use crate::database::{Database, NOW, assert_refused, metric, tags};
use authz::Visibility;
use model::{DatasetInput, Error, ErrorCode, LifecycleStage, Page, Run, RunStatus, ViewType};
use store::tracking::batch::Batch;
use store::tracking::runs::{self, NewRun, RunChange, Search};
use store::tracking::{RUN_NAME_TAG, inputs};

pub(crate) async fn search(
    database: &Database,
    search: Search,
    visibility: Visibility,
) -> Result<Page<Run>, Error> {
    let found = database.read((search, visibility), |connection, (search, visibility)| {
        Box::pin(runs::search(connection, search, visibility))
    });
    found.await
}

/// Every run of an experiment, whatever its stage.
pub(crate) fn everything(experiment: i64) -> Search {
    Search {
        experiment_ids: vec![experiment],
        view: ViewType::All,
        filter: Vec::new(),
        order_by: Vec::new(),
        limit: 1000,
        page_token: None,
    }
}

async fn found(database: &Database, asked: Search) -> Vec<String> {
    let page = search(database, asked, Visibility::All).await.unwrap();
    page.items.into_iter().map(|run| run.info.user_id.unwrap_or_default()).collect()
}

async fn matching(database: &Database, experiment: i64, filter: &str) -> Result<Vec<String>, Error> {
    let filter = search::runs::parse_filter(filter).unwrap();
    let page = search(database, Search { filter, ..everything(experiment) }, Visibility::All).await?;
    let mut users: Vec<String> = page.items.into_iter().map(|run| run.info.user_id.unwrap()).collect();
    users.sort();
    Ok(users)
}

async fn ordered(database: &Database, experiment: i64, order_by: &[&str]) -> Vec<String> {
    let order_by = search::runs::parse_order_by(order_by).unwrap();
    found(database, Search { order_by, ..everything(experiment) }).await
}

/// Runs of the users `a`, `b`, `c`; `a` is the oldest and has everything, `c` the latest and has nothing.
async fn three() -> (Database, i64, Vec<String>) {
    let database = Database::tracking().await;
    let experiment = database.experiment("tea").await;
    let mut ids = Vec::new();
    for (number, user) in (0..).zip(["a", "b", "c"]) {
        let new = NewRun {
            user_id: user.to_owned(),
            start_time: NOW + number,
            tags: tags(&[(RUN_NAME_TAG, &format!("Run {user}"))]),
            name: format!("column {user}"),
            ..database.new_run(experiment)
        };
        ids.push(new.id.clone());
        database.create_run(new).await.unwrap();
    }
    let log = async |id: &String, value: f64, text: &str| {
        let batch = Batch {
            run_id: id.clone(),
            metrics: vec![metric("m", value, 1, 1)],
            params: tags(&[("p", text)]),
            tags: tags(&[("t", text)]),
        };
        database.log(batch).await.unwrap();
    };
    log(&ids[0], 1.5, "Straße_%").await;
    log(&ids[1], f64::NAN, "x").await;
    let ended = database.write(ids[0].clone(), |connection, id| {
        Box::pin(async move {
            let change =
                RunChange { status: Some(RunStatus::Finished), end_time: Some(NOW + 50), name: None };
            runs::update(connection, id, &change).await
        })
    });
    ended.await.unwrap();
    let input: DatasetInput = serde_json::from_value(serde_json::json!({
        "dataset": {"name": "d", "digest": "1", "source_type": "s", "source": "s"},
        "tags": [{"key": "mlflow.data.context", "value": "train"}, {"key": "other", "value": "eval"}],
    }))
    .unwrap();
    let logged = database.write((ids[0].clone(), [input]), |connection, (id, inputs)| {
        Box::pin(inputs::log(connection, id, inputs, &[], &|| "i".repeat(32)))
    });
    logged.await.unwrap();
    (database, experiment, ids)
}

#[tokio::test]
async fn conditions_choose() {
    let (database, experiment, ids) = three().await;
    let by_id = format!("run_id IN ('{}', '{}', 'none')", ids[0], ids[2]);
    let not_by_id = format!("run_id NOT IN ('{}')", ids[0]);
    for (filter, expected) in [
        ("metrics.m = 1.5", vec!["a"]),
        ("metrics.m > 1", vec!["a"]),
        // NaN stands as 0 in the column and equals nothing.
        ("metrics.m <= 0", vec![]),
        ("metrics.m = 0", vec![]),
        ("metrics.m != 0", vec!["a", "b"]),
        ("metrics.m != 1.5", vec!["b"]),
        ("metrics.M = 1.5", vec![]),
        ("params.p = 'Straße_%'", vec!["a"]),
        ("params.p != 'x'", vec!["a"]),
        ("params.p LIKE 'stra%'", vec![]),
        ("params.p ILIKE 'stra%'", vec!["a"]),
        ("params.p LIKE 'Stra_e__'", vec!["a"]),
        ("params.p IS NULL", vec!["c"]),
        ("tags.t IS NOT NULL", vec!["a", "b"]),
        ("tags.t = 'x' AND params.p = 'x' AND metrics.m != 7", vec!["b"]),
        ("status = 'FINISHED'", vec!["a"]),
        ("status != 'FINISHED'", vec!["b", "c"]),
        ("status LIKE 'finished'", vec![]),
        ("user_id ILIKE 'A'", vec!["a"]),
        ("end_time = 1700000000050", vec!["a"]),
        // What has no end has none that differs.
        ("end_time != 1", vec!["a"]),
        ("start_time > 1700000000000.5", vec!["b", "c"]),
        // The name is that of the tag.
        ("run_name = 'Run a'", vec!["a"]),
        ("run_name = 'column a'", vec![]),
        ("`Run name` ILIKE 'run %'", vec!["a", "b", "c"]),
        ("dataset.name = 'd' AND dataset.digest = '1'", vec!["a"]),
        ("dataset.name NOT IN ('d')", vec![]),
        ("dataset.context = 'train'", vec!["a"]),
        ("dataset.context = 'eval'", vec![]),
        (by_id.as_str(), vec!["a", "c"]),
        (not_by_id.as_str(), vec!["b", "c"]),
    ] {
        assert_eq!(matching(&database, experiment, filter).await.unwrap(), expected, "{filter}");
    }
}

#[tokio::test]
async fn what_has_no_value_comes_last_and_nan_just_before() {
    let (database, experiment, _) = three().await;
    for (order_by, expected) in [
        (vec![], ["c", "b", "a"]),
        (vec!["start_time"], ["a", "b", "c"]),
        (vec!["metrics.m"], ["a", "b", "c"]),
        (vec!["metrics.m DESC"], ["a", "b", "c"]),
        (vec!["params.p"], ["a", "b", "c"]),
        (vec!["params.p DESC"], ["b", "a", "c"]),
        (vec!["end_time DESC"], ["a", "c", "b"]),
        (vec!["end_time", "start_time ASC"], ["a", "b", "c"]),
        (vec!["tags.none", "metrics.none DESC", "user_id DESC"], ["c", "b", "a"]),
        // Ordering by the name is by the column, unlike choosing, as in MLflow.
        (vec!["run_name"], ["a", "b", "c"]),
    ] {
        assert_eq!(ordered(&database, experiment, &order_by).await, expected, "{order_by:?}");
    }
}

#[tokio::test]
async fn a_view_shows_its_stages_and_only_the_experiments_asked_for() {
    let (database, experiment, ids) = three().await;
    let other = database.experiment("coffee").await;
    database.run(other).await;
    let deleted = database.write(ids[1].clone(), |connection, id| {
        Box::pin(runs::delete_or_restore(connection, id, LifecycleStage::Deleted, NOW))
    });
    deleted.await.unwrap();
    for (view, expected) in [
        (ViewType::ActiveOnly, vec!["c", "a"]),
        (ViewType::DeletedOnly, vec!["b"]),
        (ViewType::All, vec!["c", "b", "a"]),
    ] {
        assert_eq!(found(&database, Search { view, ..everything(experiment) }).await, expected);
    }
    for (experiment_ids, count) in
        [(vec![experiment, other, 99], 4), (vec![other, other], 1), (vec![99], 0), (vec![], 0)]
    {
        let asked = Search { experiment_ids, ..everything(experiment) };
        assert_eq!(found(&database, asked).await.len(), count);
    }
}

#[tokio::test]
async fn only_runs_of_experiments_that_may_be_seen_are_found() {
    let database = Database::tracking().await;
    let (tea, coffee) = (database.experiment("tea").await, database.experiment("coffee").await);
    let (black, mocha) = (database.run(tea).await, database.run(coffee).await);
    let asked = || Search { experiment_ids: vec![tea, coffee], ..everything(tea) };
    let ids = async |visibility| {
        let page = search(&database, asked(), visibility).await.unwrap();
        page.items.into_iter().map(|run| run.info.run_id).collect::<Vec<_>>()
    };
    assert_eq!(ids(Visibility::Nothing).await, [""; 0]);
    assert_eq!(ids(Visibility::Only(vec![tea.to_string()])).await.as_slice(), std::slice::from_ref(&black));
    assert_eq!(
        ids(Visibility::AllExcept(vec![tea.to_string()])).await.as_slice(),
        std::slice::from_ref(&mocha)
    );
    assert_eq!(ids(Visibility::Only(vec![format!("0{tea}")])).await, [""; 0]);
    assert_eq!(ids(Visibility::AllExcept(vec![format!("0{tea}")])).await, [black, mocha]);
}

#[tokio::test]
async fn a_found_run_has_what_it_logged_but_not_the_models_that_it_read() {
    let (database, experiment, ids) = three().await;
    let read = database.write(ids[0].clone(), |connection, id| {
        Box::pin(async move {
            let models = [model::ModelInput { model_id: "m-1".to_owned() }];
            inputs::log(connection, id, &[], &models, &|| "j".repeat(32)).await
        })
    });
    read.await.unwrap();
    let filter = search::runs::parse_filter("user_id = 'a'").unwrap();
    let page = search(&database, Search { filter, ..everything(experiment) }, Visibility::All).await.unwrap();
    let mut whole = database.get_run(&ids[0]).await;
    assert_eq!(whole.inputs.model_inputs.len(), 1);
    assert_eq!(whole.inputs.dataset_inputs.len(), 1);
    whole.inputs.model_inputs.clear();
    assert_eq!(page.items, [whole]);
}

#[tokio::test]
async fn the_largest_search_that_the_grammar_takes_is_answered() {
    let (database, experiment, _) = three().await;
    let conditions: Vec<String> = (0..500)
        .map(|number| match number % 5 {
            0 => format!("params.p{number} IS NULL"),
            1 => "metrics.m != 7".to_owned(),
            2 => "tags.t LIKE '%'".to_owned(),
            3 => "run_name ILIKE '%'".to_owned(),
            _ => "dataset.context IN ('train', 'eval')".to_owned(),
        })
        .collect();
    let order_by: Vec<String> = (0..50).map(|number| format!("metrics.m{number} DESC")).collect();
    let asked = Search {
        filter: search::runs::parse_filter(&conditions.join(" AND ")).unwrap(),
        order_by: search::runs::parse_order_by(&order_by).unwrap(),
        ..everything(experiment)
    };
    assert_eq!(found(&database, asked).await, ["a"]);
    let ids: Vec<String> = (0..5000).map(|number| format!("'{number:032x}'")).collect();
    let filter = format!("run_id IN ({})", ids.join(", "));
    assert_eq!(matching(&database, experiment, &filter).await.unwrap(), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_pattern_of_too_many_wildcards_is_refused_whatever_it_is_about() {
    let (database, experiment, _) = three().await;
    for field in ["tags.t", "params.p", "run_name", "user_id", "dataset.name"] {
        for comparator in ["LIKE", "ILIKE"] {
            let filter = format!("{field} {comparator} '{}'", "%".repeat(1001));
            let refused = matching(&database, experiment, &filter).await;
            assert_refused(refused, ErrorCode::InvalidParameterValue, "more than 1000 wildcards");
        }
    }
}

#[tokio::test]
async fn limits_and_offsets_beyond_all_rows_are_answered() {
    let (database, experiment, _) = three().await;
    for limit in [3, i64::MAX.unsigned_abs(), u64::MAX] {
        assert_eq!(found(&database, Search { limit, ..everything(experiment) }).await.len(), 3);
        for offset in [3, i64::MAX] {
            let page_token = Some(search::page_token::encode(offset));
            assert_eq!(
                found(&database, Search { limit, page_token, ..everything(experiment) }).await,
                [""; 0]
            );
        }
    }
    let asked = Search { page_token: Some("x".to_owned()), ..everything(experiment) };
    let refused = search(&database, asked, Visibility::All).await;
    assert_refused(refused, ErrorCode::InvalidParameterValue, "Invalid page token");
}
