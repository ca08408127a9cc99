//! Metrics: what is kept, what is the latest, and the histories.

use crate::database::{Database, assert_refused, metric};
use model::{ErrorCode, Metric, Point};
use store::tracking::metrics::{self, MeasuredModel, NewMetric};

async fn run(database: &Database) -> String {
    database.run(database.experiment("tea").await).await
}

/// The value as text, so that NaN equals itself and the zeros differ.
fn shown(metric: &Metric) -> (String, i64, i64) {
    let Metric { value, timestamp, step, .. } = *metric;
    seen(&Point { value, timestamp, step })
}

fn seen(point: &Point) -> (String, i64, i64) {
    (format!("{:?}", point.value.0), point.timestamp, point.step)
}

async fn latest(database: &Database, run: &str) -> Vec<(String, String, i64, i64)> {
    let metrics = database.get_run(run).await.data.metrics;
    metrics
        .iter()
        .map(|metric| {
            let (value, timestamp, step) = shown(metric);
            (metric.key.clone(), value, timestamp, step)
        })
        .collect()
}

async fn history(database: &Database, run: &str) -> Vec<(String, i64, i64)> {
    let page = metrics::history(&database.db, run, "m", None, None).await.unwrap();
    assert_eq!(page.next_page_token, None);
    page.items.iter().map(seen).collect()
}

/// Each (value, time, step) before another that is later.
const IN_ORDER: [(f64, i64, i64); 9] = [
    (9.0, 9, -1),
    (f64::NEG_INFINITY, 0, 0),
    (-1.0, 0, 0),
    (f64::NAN, 0, 0),
    (1.0, 0, 0),
    (f64::INFINITY, 0, 0),
    (-5.0, 1, 0),
    (-7.0, 0, 1),
    (f64::NAN, 1, 1),
];

#[tokio::test]
async fn the_latest_is_that_of_the_highest_step_then_time_then_value() {
    let database = Database::tracking().await;
    let experiment = database.experiment("tea").await;
    for (place, earlier) in IN_ORDER.iter().enumerate() {
        for later in &IN_ORDER[place + 1..] {
            let new = |(value, time, step): &(f64, i64, i64)| metric("m", *value, *time, *step);
            let expected = {
                let run = database.run(experiment).await;
                database.log_metrics(&run, vec![new(later)]).await.unwrap();
                latest(&database, &run).await
            };
            for batches in [
                vec![vec![earlier, later]],
                vec![vec![later, earlier]],
                vec![vec![earlier], vec![later]],
                vec![vec![later], vec![earlier]],
            ] {
                let run = database.run(experiment).await;
                for batch in &batches {
                    let batch = batch.iter().map(|values| new(values)).collect();
                    database.log_metrics(&run, batch).await.unwrap();
                }
                assert_eq!(latest(&database, &run).await, expected, "{batches:?}");
            }
        }
    }
}

#[tokio::test]
async fn of_two_that_are_equally_late_the_first_stays() {
    let database = Database::tracking().await;
    let experiment = database.experiment("tea").await;
    // NaN is kept as 0 with a mark: MLflow compares the 0.
    for (first, second) in [(0.0, f64::NAN), (f64::NAN, 0.0), (0.0, -0.0)] {
        let (together, apart) = (database.run(experiment).await, database.run(experiment).await);
        let new = |value| metric("m", value, 1, 1);
        database.log_metrics(&together, vec![new(first), new(second)]).await.unwrap();
        database.log_metrics(&apart, vec![new(first)]).await.unwrap();
        database.log_metrics(&apart, vec![new(second)]).await.unwrap();
        for run in [together, apart] {
            let expected = ("m".to_owned(), format!("{first:?}"), 1, 1);
            assert_eq!(latest(&database, &run).await, [expected], "{first} {second}");
        }
    }
}

#[tokio::test]
async fn infinities_are_kept_as_the_largest_numbers_and_nan_as_itself() {
    let database = Database::tracking().await;
    let run = run(&database).await;
    let values = [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, f64::MIN_POSITIVE, 5e-324, 0.1];
    let batch = values.iter().zip(0..).map(|(value, step)| metric("m", *value, 1, step)).collect();
    database.log_metrics(&run, batch).await.unwrap();
    let kept: Vec<String> = history(&database, &run).await.into_iter().map(|(value, ..)| value).collect();
    let expected = [f64::MAX, f64::MIN, f64::NAN, f64::MIN_POSITIVE, 5e-324, 0.1];
    assert_eq!(kept, expected.map(|value| format!("{value:?}")));
    // As the columns of Python MLflow have them.
    assert_eq!(database.number("SELECT count(*) FROM metrics WHERE is_nan AND value = 0").await, 1);
}

#[tokio::test]
async fn a_value_that_was_logged_before_is_left_out() {
    let database = Database::tracking().await;
    let run = run(&database).await;
    let batch = || {
        vec![
            metric("m", 1.0, 1, 1),
            metric("m", 1.0, 1, 1),
            metric("m", f64::NAN, 1, 1),
            metric("m", f64::NAN, 1, 1),
            metric("m", 0.0, 1, 1),
            metric("m", -0.0, 1, 1),
        ]
    };
    database.log_metrics(&run, batch()).await.unwrap();
    database.log_metrics(&run, batch()).await.unwrap();
    let expected = [("0.0", 1, 1), ("NaN", 1, 1), ("1.0", 1, 1)];
    let kept = history(&database, &run).await;
    assert_eq!(
        kept.iter().map(|(value, time, step)| (value.as_str(), *time, *step)).collect::<Vec<_>>(),
        expected
    );
}

#[tokio::test]
async fn extreme_times_and_steps_are_kept() {
    let database = Database::tracking().await;
    let run = run(&database).await;
    let batch = vec![metric("m", 1.0, i64::MAX, i64::MIN), metric("m", 2.0, 0, i64::MAX)];
    database.log_metrics(&run, batch).await.unwrap();
    let (max, min) = (i64::MAX, i64::MIN);
    assert_eq!(history(&database, &run).await, [("2.0".to_owned(), 0, max), ("1.0".to_owned(), max, min)]);
    assert_eq!(latest(&database, &run).await, [("m".to_owned(), "2.0".to_owned(), 0, max)]);
}

#[tokio::test]
async fn pages_of_a_history_give_each_value_once_and_in_order() {
    let database = Database::tracking().await;
    let run = run(&database).await;
    let values: Vec<NewMetric> = (0..23)
        .map(|number| {
            let value = if number % 5 == 0 { f64::NAN } else { f64::from(number % 3) };
            metric("m", value, i64::from(number % 2), i64::from(number / 10))
        })
        .collect();
    database.log_metrics(&run, values).await.unwrap();
    database.log_metrics(&run, vec![metric("M", 1.0, 1, 1)]).await.unwrap();
    let whole = history(&database, &run).await;
    for limit in [1, 2, 7, 100, u64::MAX] {
        let mut all = Vec::new();
        let mut token = None;
        loop {
            let page =
                metrics::history(&database.db, &run, "m", Some(limit), token.as_deref()).await.unwrap();
            all.extend(page.items.iter().map(seen));
            match page.next_page_token {
                Some(next) => token = Some(next),
                None => break,
            }
        }
        assert_eq!(all, whole, "{limit} a page");
    }
}

#[tokio::test]
async fn a_page_behind_the_end_is_empty_however_far() {
    let database = Database::tracking().await;
    let run = run(&database).await;
    database.log_metrics(&run, vec![metric("m", 1.0, 1, 1)]).await.unwrap();
    for offset in [1, 2, i64::MAX] {
        let token = search::page_token::encode(offset);
        for limit in [Some(1), Some(u64::MAX), None] {
            let page = metrics::history(&database.db, &run, "m", limit, Some(&token)).await.unwrap();
            assert_eq!((page.items.len(), page.next_page_token), (0, None));
        }
    }
    let nonsense = metrics::history(&database.db, &run, "m", None, Some("x")).await;
    assert_refused(nonsense.map_err(Into::into), ErrorCode::InvalidParameterValue, "Invalid page token");
}

#[tokio::test]
async fn histories_of_several_runs_come_run_by_run_up_to_the_limit() {
    let database = Database::tracking().await;
    let experiment = database.experiment("tea").await;
    let runs =
        [database.run(experiment).await, database.run(experiment).await, database.run(experiment).await];
    for (number, run) in (0..).zip(&runs) {
        let batch = (0..3).map(|step| metric("m", 1.0, 5 - step, step + number)).collect();
        database.log_metrics(run, batch).await.unwrap();
    }
    let asked = [runs[2].clone(), runs[0].clone(), "none".to_owned(), runs[0].clone()];
    let of = async |limit| {
        let values = metrics::history_of_runs(&database.db, &asked, "m", limit).await.unwrap();
        values.into_iter().map(|value| (value.run_id.unwrap(), value.timestamp)).collect::<Vec<_>>()
    };
    let all: Vec<(String, i64)> = [(0, 3), (0, 4), (0, 5), (2, 3), (2, 4), (2, 5)]
        .map(|(run, time)| (runs[run].clone(), time))
        .to_vec();
    assert_eq!(of(u64::MAX).await, all);
    assert_eq!(of(4).await, all[..4]);
    assert_eq!(of(0).await, []);
}

#[tokio::test]
async fn a_sample_is_even_and_has_both_ends() {
    let database = Database::tracking().await;
    let experiment = database.experiment("tea").await;
    let (long, short) = (database.run(experiment).await, database.run(experiment).await);
    let steps = |count| (0..count).map(|step| metric("m", f64::from(step), 1, i64::from(step))).collect();
    database.log_metrics(&long, steps(100)).await.unwrap();
    database.log_metrics(&short, steps(3)).await.unwrap();
    let asked = [short.clone(), long.clone()];
    let sample = async |per_run, range| {
        let values = metrics::sample(&database.db, &asked, "m", per_run, range).await.unwrap();
        let of = |run: &str| -> Vec<i64> {
            values
                .iter()
                .filter(|value| value.run_id.as_deref() == Some(run))
                .map(|value| value.step)
                .collect()
        };
        (of(&short), of(&long))
    };
    assert_eq!(sample(4, None).await, (vec![0, 1, 2], vec![0, 25, 50, 99]));
    assert_eq!(sample(1, None).await, (vec![2], vec![99]));
    assert_eq!(sample(2, Some((1, 50))).await, (vec![1, 2], vec![1, 50]));
    assert_eq!(sample(500, Some((98, i64::MAX))).await, (vec![], vec![98, 99]));
    assert_eq!(sample(5, Some((7, 6))).await, (vec![], vec![]));
}

#[tokio::test]
async fn a_sample_of_values_at_one_step_is_bounded_too() {
    let database = Database::tracking().await;
    let run = run(&database).await;
    let batch = (0..50).map(|time| metric("m", if time == 49 { f64::NAN } else { 1.0 }, time, 0)).collect();
    database.log_metrics(&run, batch).await.unwrap();
    let values = metrics::sample(&database.db, &[run], "m", 10, None).await.unwrap();
    assert_eq!(values.len(), 10);
    assert_eq!((values[0].timestamp, values[9].timestamp), (0, 49));
    assert!(values[9].value.0.is_nan());
}

#[tokio::test]
async fn a_metric_of_a_model_is_kept_with_the_model_too() {
    let database = Database::tracking().await;
    let experiment = database.experiment("tea").await;
    let run = database.run(experiment).await;
    database
        .sql(&format!(
            "INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp_ms, \
             last_updated_timestamp_ms, status) VALUES ('m-1', {experiment}, 'n', 'x', 1, 1, 1)"
        ))
        .await;
    let of_model = |id: &str, value| NewMetric {
        model: Some(MeasuredModel {
            id: id.to_owned(),
            dataset_name: Some("tea".to_owned()),
            dataset_digest: Some("123".to_owned()),
        }),
        ..metric("m", value, 1, 2)
    };
    database.log_metrics(&run, vec![of_model("m-1", 1.0), metric("other", 1.0, 1, 1)]).await.unwrap();
    database.log_metrics(&run, vec![of_model("m-1", 1.0)]).await.unwrap();
    let kept: Vec<(String, String, f64, i32, String)> = database
        .rows(
            "SELECT model_id, run_id, metric_value, experiment_id, dataset_digest FROM logged_model_metrics",
        )
        .await;
    assert_eq!(
        kept,
        [("m-1".to_owned(), run.clone(), 1.0, i32::try_from(experiment).unwrap(), "123".to_owned())]
    );

    let unknown = database.log_metrics(&run, vec![metric("new", 1.0, 1, 1), of_model("m-2", 1.0)]).await;
    assert_refused(unknown, ErrorCode::ResourceDoesNotExist, "Logged model with ID 'm-2' not found.");
    assert_eq!(database.number("SELECT count(*) FROM metrics WHERE \"key\" = 'new'").await, 0);
}
