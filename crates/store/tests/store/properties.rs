//! Searches at random over small data at random say what an evaluation of the same conditions in memory says: the same
//! runs, in the same order, each once, whatever the size of the pages.

use crate::database::{Database, NOW, metric, tag};
use crate::search_runs::search;
use authz::Visibility;
use model::{Dataset, DatasetInput, InputTag, LifecycleStage, Run, RunStatus, ViewType};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use search::runs::{Attribute, Condition, DatasetAttribute, Field, OrderBy, SortField};
use search::{Comparator, Value};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use store::tracking::batch::Batch;
use store::tracking::runs::{self, NewRun, RunChange, Search};
use store::tracking::{RUN_NAME_TAG, inputs};

/// A run as it is made, and as the evaluation knows it.
#[derive(Debug, Clone)]
struct Made {
    /// Which of the experiments it is in.
    place: usize,
    user: String,
    name: String,
    status: RunStatus,
    start_time: i64,
    end_time: Option<i64>,
    stage: LifecycleStage,
    metrics: BTreeMap<String, f64>,
    params: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    datasets: Vec<(String, String, Option<String>)>,
}

/// The search of a case; the ids in it stand for places in the list of runs.
#[derive(Debug, Clone)]
struct Asked {
    places: Vec<usize>,
    view: ViewType,
    conditions: Vec<Condition>,
    order_by: Vec<OrderBy>,
    visible: Option<(bool, Vec<usize>)>,
    limit: u64,
}

const EXPERIMENTS: usize = 2;

/// Few keys and texts, so that they meet; among them what patterns and collations could take for something else. No letter beyond
/// ASCII has its other case among them: SQLite and the servers differ in what ILIKE makes of such.
fn key() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "A", "b", "c d"]).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "", "a", "A", "b", "ab", "aB", "a%", "a_", "\\", "é", "ß", "10", "9", "'", "\""
        ])
        .prop_map(str::to_owned),
        "[aAb%_é]{0,4}",
    ]
}

fn time() -> impl Strategy<Value = i64> {
    prop_oneof![Just(NOW), Just(NOW + 1), Just(0), Just(-1), Just(i64::MAX), Just(i64::MIN)]
}

fn number() -> impl Strategy<Value = f64> {
    prop::sample::select(vec![0.0, -0.0, 1.0, 1.5, -2.0, 1e300, 5e-324, f64::MAX, f64::MIN])
}

fn logged() -> impl Strategy<Value = f64> {
    prop_oneof![5 => number(), 2 => Just(f64::NAN), 1 => Just(f64::INFINITY), 1 => Just(f64::NEG_INFINITY)]
}

fn made() -> impl Strategy<Value = Made> {
    let statuses = [RunStatus::Running, RunStatus::Finished, RunStatus::Failed];
    let whole = (
        0..EXPERIMENTS,
        (text(), text(), prop::sample::select(statuses.to_vec())),
        (time(), prop::option::of(time())),
        prop::bool::weighted(0.2),
        prop::collection::btree_map(key(), logged(), 0..4),
        prop::collection::btree_map(key(), text(), 0..4),
        prop::collection::btree_map(key(), text(), 0..4),
        prop::collection::vec((text(), prop::sample::select(vec!["1", "2"]), prop::option::of(text())), 0..3),
    );
    whole.prop_map(
        |(
            place,
            (user, name, status),
            (start_time, end_time),
            deleted,
            metrics,
            params,
            tags,
            mut datasets,
        )| {
            datasets.sort();
            datasets.dedup_by(|a, b| (&a.0, a.1) == (&b.0, b.1));
            Made {
                place,
                user,
                name,
                status,
                start_time,
                end_time,
                stage: if deleted { LifecycleStage::Deleted } else { LifecycleStage::Active },
                metrics,
                params,
                tags,
                datasets: datasets
                    .into_iter()
                    .map(|(name, digest, context)| (name, digest.to_owned(), context))
                    .collect(),
            }
        },
    )
}

fn comparator(among: &[Comparator]) -> impl Strategy<Value = Comparator> + use<> {
    prop::sample::select(among.to_vec())
}

const ORDERED: [Comparator; 6] = [
    Comparator::Equal,
    Comparator::NotEqual,
    Comparator::Greater,
    Comparator::GreaterOrEqual,
    Comparator::Less,
    Comparator::LessOrEqual,
];
const TEXT: [Comparator; 4] = [Comparator::Equal, Comparator::NotEqual, Comparator::Like, Comparator::ILike];

/// A condition on one of `runs` runs. A run's id is not known yet: its place stands for it.
fn condition(runs: usize) -> impl Strategy<Value = Condition> {
    let keyed = || prop_oneof![key().prop_map(Field::Param), key().prop_map(Field::Tag)];
    let texts = prop_oneof![
        keyed(),
        Just(Field::Attribute(Attribute::RunName)),
        Just(Field::Attribute(Attribute::UserId)),
        prop::sample::select(DatasetAttribute::ALL.to_vec()).prop_map(Field::Dataset),
    ];
    let times =
        prop::sample::select(vec![Attribute::StartTime, Attribute::EndTime]).prop_map(Field::Attribute);
    let moment = prop_oneof![
        time().prop_map(Value::Integer),
        prop::sample::select(vec![-0.5, 1e9, NOW as f64 + 0.5, 1e300]).prop_map(Value::Number),
    ];
    let lists = [Comparator::In, Comparator::NotIn];
    let presence = [Comparator::IsNull, Comparator::IsNotNull];
    let condition = |(field, comparator, value)| Condition { field, comparator, value };
    prop_oneof![
        3 => (key().prop_map(Field::Metric), comparator(&ORDERED), number().prop_map(Value::Number)).prop_map(condition),
        4 => (texts, comparator(&TEXT), text().prop_map(Value::Text)).prop_map(condition),
        1 => (times, comparator(&ORDERED), moment).prop_map(condition),
        1 => (keyed(), comparator(&presence), Just(Value::Absent)).prop_map(condition),
        1 => (
            Just(Field::Attribute(Attribute::Status)),
            comparator(&TEXT),
            prop::sample::select(vec!["FINISHED", "finished", "F%"]).prop_map(|text| Value::Text(text.to_owned())),
        )
            .prop_map(condition),
        1 => (
            prop::sample::select(DatasetAttribute::ALL.to_vec()).prop_map(Field::Dataset),
            comparator(&lists),
            prop::collection::vec(text(), 1..4).prop_map(Value::List),
        )
            .prop_map(condition),
        1 => (
            Just(Field::Attribute(Attribute::RunId)),
            comparator(&lists),
            prop::collection::vec((0..runs).prop_map(|place| place.to_string()), 1..4).prop_map(Value::List),
        )
            .prop_map(condition),
    ]
}

fn order_by() -> impl Strategy<Value = Vec<OrderBy>> {
    let field = prop_oneof![
        2 => key().prop_map(SortField::Metric),
        1 => key().prop_map(SortField::Param),
        1 => key().prop_map(SortField::Tag),
        2 => prop::sample::select(vec![
            Attribute::RunName,
            Attribute::UserId,
            Attribute::Status,
            Attribute::StartTime,
            Attribute::EndTime,
            Attribute::RunId,
        ])
        .prop_map(SortField::Attribute),
    ];
    let order = (field, any::<bool>()).prop_map(|(field, ascending)| OrderBy { field, ascending });
    prop::collection::vec(order, 0..4).prop_map(|orders| {
        // The grammar lets no field come twice.
        let mut distinct: Vec<OrderBy> = Vec::new();
        for order in orders {
            if !distinct.iter().any(|earlier| earlier.field == order.field) {
                distinct.push(order);
            }
        }
        distinct
    })
}

fn asked(runs: usize) -> impl Strategy<Value = Asked> {
    let places = || prop::sample::subsequence((0..EXPERIMENTS).collect::<Vec<_>>(), 0..=EXPERIMENTS);
    (
        prop_oneof![4 => Just((0..EXPERIMENTS).collect::<Vec<_>>()), 1 => places()],
        prop::sample::select(vec![ViewType::ActiveOnly, ViewType::DeletedOnly, ViewType::All, ViewType::All]),
        prop::collection::vec(condition(runs), 0..3),
        order_by(),
        prop::option::weighted(0.3, (any::<bool>(), places())),
        1..5u64,
    )
        .prop_map(|(places, view, conditions, order_by, visible, limit)| Asked {
            places,
            view,
            conditions,
            order_by,
            visible,
            limit,
        })
}

/// Runs, and searches of them.
fn case() -> impl Strategy<Value = (Vec<Made>, Vec<Asked>)> {
    prop::collection::vec(made(), 1..7).prop_flat_map(|runs| {
        let searches = prop::collection::vec(asked(runs.len()), 8);
        (Just(runs), searches)
    })
}

// What conditions mean.

/// SQL's LIKE: `%` any text, `_` any character.
fn is_like(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('%', rest)) => (0..=text.len()).any(|skipped| is_like(rest, &text[skipped..])),
        Some((c, rest)) => text
            .split_first()
            .is_some_and(|(first, others)| (*c == '_' || c == first) && is_like(rest, others)),
    }
}

fn text_holds(text: &str, comparator: Comparator, value: &Value) -> bool {
    let like = |pattern: &str, text: &str| {
        is_like(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>())
    };
    match (comparator, value) {
        (Comparator::Equal, Value::Text(other)) => text == other,
        (Comparator::NotEqual, Value::Text(other)) => text != other,
        (Comparator::Like, Value::Text(pattern)) => like(pattern, text),
        (Comparator::ILike, Value::Text(pattern)) => {
            like(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
        }
        (Comparator::In, Value::List(items)) => items.iter().any(|item| item == text),
        (Comparator::NotIn, Value::List(items)) => items.iter().all(|item| item != text),
        other => panic!("the grammar has no {other:?}"),
    }
}

fn order_holds(ordering: Option<Ordering>, comparator: Comparator) -> bool {
    match comparator {
        Comparator::Equal => ordering == Some(Ordering::Equal),
        Comparator::NotEqual => ordering != Some(Ordering::Equal),
        Comparator::Greater => ordering == Some(Ordering::Greater),
        Comparator::GreaterOrEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        Comparator::Less => ordering == Some(Ordering::Less),
        Comparator::LessOrEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        other => panic!("the grammar has no {other:?}"),
    }
}

/// An infinity is kept as the largest number.
fn kept(value: f64) -> f64 {
    if value.is_nan() { value } else { value.clamp(f64::MIN, f64::MAX) }
}

/// Compares without rounding the integer to a float.
fn compare_time(time: i64, value: &Value) -> Option<Ordering> {
    match value {
        Value::Integer(other) => Some(time.cmp(other)),
        Value::Number(other) if *other >= i64::MAX as f64 => Some(Ordering::Less),
        Value::Number(other) if *other < i64::MIN as f64 => Some(Ordering::Greater),
        Value::Number(other) => {
            let whole = other.floor();
            Some(time.cmp(&(whole as i64)).then(if *other > whole {
                Ordering::Less
            } else {
                Ordering::Equal
            }))
        }
        other => panic!("the grammar compares times with no {other:?}"),
    }
}

fn holds(id: &str, run: &Made, condition: &Condition) -> bool {
    let (comparator, value) = (condition.comparator, &condition.value);
    let of_key = |values: &BTreeMap<String, String>, key: &str| match (comparator, values.get(key)) {
        (Comparator::IsNull, found) => found.is_none(),
        (Comparator::IsNotNull, found) => found.is_some(),
        (_, found) => found.is_some_and(|found| text_holds(found, comparator, value)),
    };
    match &condition.field {
        Field::Attribute(Attribute::RunId) => text_holds(id, comparator, value),
        Field::Attribute(Attribute::RunName) => text_holds(&run.name, comparator, value),
        Field::Attribute(Attribute::UserId) => text_holds(&run.user, comparator, value),
        Field::Attribute(Attribute::Status) => text_holds(run.status.as_str(), comparator, value),
        Field::Attribute(Attribute::ArtifactUri) => panic!("not generated"),
        Field::Attribute(Attribute::StartTime) => {
            order_holds(compare_time(run.start_time, value), comparator)
        }
        Field::Attribute(Attribute::EndTime) => {
            run.end_time.is_some_and(|time| order_holds(compare_time(time, value), comparator))
        }
        Field::Metric(key) => {
            let Value::Number(number) = value else { panic!("the grammar compares metrics with numbers") };
            run.metrics
                .get(key)
                .is_some_and(|logged| order_holds(kept(*logged).partial_cmp(number), comparator))
        }
        Field::Param(key) => of_key(&run.params, key),
        Field::Tag(key) => of_key(&run.tags, key),
        Field::Dataset(attribute) => run.datasets.iter().any(|(name, digest, context)| match attribute {
            DatasetAttribute::Name => text_holds(name, comparator, value),
            DatasetAttribute::Digest => text_holds(digest, comparator, value),
            DatasetAttribute::Context => {
                context.as_deref().is_some_and(|context| text_holds(context, comparator, value))
            }
        }),
    }
}

// What an order means.

/// By value in the direction, but what has none last in any.
fn last_without<T>(
    a: Option<T>,
    b: Option<T>,
    ascending: bool,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if ascending => compare(&a, &b),
        (Some(a), Some(b)) => compare(&b, &a),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

fn compare_runs(a: &(String, Made), b: &(String, Made), order_by: &[OrderBy]) -> Ordering {
    let mut ordering = Ordering::Equal;
    let mut by_start_time = false;
    for OrderBy { field, ascending } in order_by {
        let text = |of: &dyn Fn(&(String, Made)) -> Option<String>| {
            last_without(of(a), of(b), *ascending, |a, b| a.as_bytes().cmp(b.as_bytes()))
        };
        ordering = ordering.then_with(|| match field {
            SortField::Attribute(Attribute::StartTime) => {
                last_without(Some(a.1.start_time), Some(b.1.start_time), *ascending, i64::cmp)
            }
            SortField::Attribute(Attribute::EndTime) => {
                last_without(a.1.end_time, b.1.end_time, *ascending, i64::cmp)
            }
            SortField::Attribute(Attribute::RunId) => text(&|run| Some(run.0.clone())),
            SortField::Attribute(Attribute::RunName) => text(&|run| Some(run.1.name.clone())),
            SortField::Attribute(Attribute::UserId) => text(&|run| Some(run.1.user.clone())),
            SortField::Attribute(_) => text(&|run| Some(run.1.status.as_str().to_owned())),
            SortField::Param(key) => text(&|run| run.1.params.get(key).cloned()),
            SortField::Tag(key) => text(&|run| run.1.tags.get(key).cloned()),
            SortField::Metric(key) => {
                let value = |run: &(String, Made)| run.1.metrics.get(key).copied().map(kept);
                let rank = |value: Option<f64>| value.map_or(2, |value| i32::from(value.is_nan()));
                let (a, b) = (value(a), value(b));
                rank(a).cmp(&rank(b)).then_with(|| {
                    let numbers = |a: &f64, b: &f64| a.partial_cmp(b).unwrap_or(Ordering::Equal);
                    last_without(a, b, *ascending, numbers)
                })
            }
        });
        by_start_time |= *field == SortField::Attribute(Attribute::StartTime);
    }
    if !by_start_time {
        ordering = ordering.then_with(|| b.1.start_time.cmp(&a.1.start_time));
    }
    ordering.then_with(|| a.0.cmp(&b.0))
}

// What the database does.

async fn make(database: &Database, experiments: &[i64], run: &Made) -> String {
    let mut tags: Vec<model::Tag> = run.tags.iter().map(|(key, value)| tag(key, value)).collect();
    tags.push(tag(RUN_NAME_TAG, &run.name));
    let new = database.new_run(experiments[run.place]);
    let new = NewRun {
        // Ids in another order than that of the rows.
        id: new.id.chars().rev().collect(),
        name: run.name.clone(),
        user_id: run.user.clone(),
        start_time: run.start_time,
        tags,
        ..new
    };
    let id = new.id.clone();
    database.create_run(new).await.unwrap();
    let batch = Batch {
        run_id: id.clone(),
        metrics: run.metrics.iter().map(|(key, value)| metric(key, *value, 1, 1)).collect(),
        params: run.params.iter().map(|(key, value)| tag(key, value)).collect(),
        tags: Vec::new(),
    };
    let change = RunChange { status: Some(run.status), end_time: run.end_time, name: None };
    let datasets: Vec<DatasetInput> = run.datasets.iter().map(dataset).collect();
    let stage = run.stage;
    let made = database.write((id.clone(), batch, change, datasets), move |connection, all| {
        Box::pin(async move {
            let (id, batch, change, datasets) = all;
            store::tracking::batch::log(connection, batch).await?;
            runs::update(connection, id, change).await?;
            inputs::log(connection, id, datasets, &[], &|| model::ambient::uuid_hex(&model::SystemEntropy))
                .await?;
            runs::delete_or_restore(connection, id, stage, NOW).await
        })
    });
    made.await.unwrap();
    id
}

fn dataset((name, digest, context): &(String, String, Option<String>)) -> DatasetInput {
    DatasetInput {
        tags: context
            .iter()
            .map(|context| InputTag { key: "mlflow.data.context".to_owned(), value: context.clone() })
            .collect(),
        dataset: Dataset {
            name: name.clone(),
            digest: digest.clone(),
            source_type: "s".to_owned(),
            source: "s".to_owned(),
            schema: None,
            profile: None,
        },
    }
}

/// All pages of a search. Each but the last is full.
async fn pages(database: &Database, asked: impl Fn() -> Search, visibility: &Visibility) -> Vec<Run> {
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let asked = Search { page_token: token, ..asked() };
        let limit = asked.limit;
        let page = search(database, asked, visibility.clone()).await.unwrap();
        let rows = page.items.len() as u64;
        found.extend(page.items);
        token = page.next_page_token;
        match token {
            Some(_) => assert_eq!(rows, limit),
            None => return found,
        }
    }
}

async fn check(database: &Database, made: &[Made], searches: &[Asked]) -> Result<(), TestCaseError> {
    let mut experiments = Vec::new();
    for _ in 0..EXPERIMENTS {
        experiments.push(database.experiment(&model::ambient::uuid_hex(&model::SystemEntropy)).await);
    }
    let mut runs = Vec::new();
    for run in made {
        runs.push((make(database, &experiments, run).await, run.clone()));
    }
    for asked in searches {
        let conditions: Vec<Condition> =
            asked.conditions.iter().map(|condition| with_ids(condition, &runs)).collect();
        let visibility = match &asked.visible {
            None => Visibility::All,
            Some((only, places)) => {
                let ids = places.iter().map(|place| experiments[*place].to_string()).collect();
                if *only { Visibility::Only(ids) } else { Visibility::AllExcept(ids) }
            }
        };
        let mut expected: Vec<&(String, Made)> = runs
            .iter()
            .filter(|(id, run)| {
                asked.places.contains(&run.place)
                    && visibility.shows(&experiments[run.place].to_string())
                    && asked.view.stages().contains(&run.stage)
                    && conditions.iter().all(|condition| holds(id, run, condition))
            })
            .collect();
        expected.sort_by(|a, b| compare_runs(a, b, &asked.order_by));
        let expected: Vec<&str> = expected.into_iter().map(|(id, _)| id.as_str()).collect();

        let search = || Search {
            experiment_ids: asked.places.iter().map(|place| experiments[*place]).collect(),
            view: asked.view,
            filter: conditions.clone(),
            order_by: asked.order_by.clone(),
            limit: asked.limit,
            page_token: None,
        };
        let found = pages(database, search, &visibility).await;
        let found: Vec<&str> = found.iter().map(|run| run.info.run_id.as_str()).collect();
        prop_assert_eq!(found, expected, "{:?}", asked);
    }
    Ok(())
}

/// The condition with the ids of the runs at the places that it names.
fn with_ids(condition: &Condition, runs: &[(String, Made)]) -> Condition {
    match (&condition.field, &condition.value) {
        (Field::Attribute(Attribute::RunId), Value::List(places)) => {
            let id = |place: &String| runs[place.parse::<usize>().unwrap()].0.clone();
            Condition { value: Value::List(places.iter().map(id).collect()), ..condition.clone() }
        }
        _ => condition.clone(),
    }
}

#[test]
fn a_search_finds_what_its_conditions_mean_in_the_order_asked_for_on_pages_of_any_size() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let database = runtime.block_on(Database::tracking());
    let mut runner = TestRunner::new(Config { cases: 100, failure_persistence: None, ..Config::default() });
    let checked =
        runner.run(&case(), |(made, searches)| runtime.block_on(check(&database, &made, &searches)));
    checked.unwrap_or_else(|error| panic!("{error}"));
}
