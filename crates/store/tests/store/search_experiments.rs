//! Searching experiments.

use crate::database::{Database, NOW, assert_refused, new_experiment, tags};
use authz::Visibility;
use model::{Error, ErrorCode, LifecycleStage, Page, ViewType};
use store::tracking::experiments::{self, NewExperiment, Search};

struct Asked<'a> {
    filter: &'a str,
    order_by: &'a [&'a str],
    view: ViewType,
    visibility: Visibility,
    limit: u64,
    token: Option<String>,
}

impl Default for Asked<'_> {
    fn default() -> Self {
        Self {
            filter: "",
            order_by: &[],
            view: ViewType::All,
            visibility: Visibility::All,
            limit: 1000,
            token: None,
        }
    }
}

async fn page(database: &Database, asked: Asked<'_>) -> Result<Page<String>, Error> {
    let search = Search {
        view: asked.view,
        filter: search::experiments::parse_filter(asked.filter).unwrap(),
        order_by: search::experiments::parse_order_by(asked.order_by).unwrap(),
        limit: asked.limit,
        page_token: asked.token,
    };
    let page = database.read((search, asked.visibility), |connection, (search, visibility)| {
        Box::pin(experiments::search(connection, search, visibility))
    });
    Ok(page.await?.map(|experiment| experiment.name))
}

async fn names(database: &Database, asked: Asked<'_>) -> Vec<String> {
    page(database, asked).await.unwrap().items
}

/// Experiments `tea`, `Tea`, `coffee` and, deleted, `cocoa`, made in this order.
async fn four() -> (Database, Vec<i64>) {
    let database = Database::tracking().await;
    let mut ids = Vec::new();
    for (number, name) in (0..).zip(["tea", "Tea", "coffee", "cocoa"]) {
        let tags = if number % 2 == 0 { tags(&[("k", name), ("even", "")]) } else { tags(&[("k", "x%_")]) };
        let new = NewExperiment { tags, now: NOW + number, ..new_experiment(name) };
        ids.push(database.create_experiment(new).await.unwrap());
    }
    let deleted = database.write(ids[3], |connection, id| {
        Box::pin(experiments::set_stage(connection, *id, LifecycleStage::Deleted, NOW + 100))
    });
    deleted.await.unwrap();
    (database, ids)
}

#[tokio::test]
async fn the_newest_comes_first() {
    let (database, _) = four().await;
    assert_eq!(names(&database, Asked::default()).await, ["cocoa", "coffee", "Tea", "tea"]);
}

#[tokio::test]
async fn a_view_shows_its_stages() {
    let (database, _) = four().await;
    for (view, expected) in
        [(ViewType::ActiveOnly, vec!["coffee", "Tea", "tea"]), (ViewType::DeletedOnly, vec!["cocoa"])]
    {
        assert_eq!(names(&database, Asked { view, ..Asked::default() }).await, expected);
    }
}

#[tokio::test]
async fn conditions_choose() {
    let (database, ids) = four().await;
    let by_id = format!("experiment_id IN ('{}', ' {}', '99')", ids[0], ids[2]);
    let not_by_id = format!("experiment_id != '{}'", ids[0]);
    for (filter, expected) in [
        ("name = 'tea'", vec!["tea"]),
        ("name != 'tea'", vec!["cocoa", "coffee", "Tea"]),
        ("name LIKE 't%'", vec!["tea"]),
        ("name ILIKE 'T%'", vec!["Tea", "tea"]),
        ("name LIKE '_ea'", vec!["Tea", "tea"]),
        ("tags.k = 'coffee'", vec!["coffee"]),
        ("tags.k != 'coffee'", vec!["cocoa", "Tea", "tea"]),
        ("tags.k LIKE 'x\\%'", vec![]),
        ("tags.k LIKE 'x%'", vec!["cocoa", "Tea"]),
        ("tags.even = ''", vec!["coffee", "tea"]),
        ("tags.even IS NULL", vec!["cocoa", "Tea"]),
        ("tags.even IS NOT NULL AND name = 'tea'", vec!["tea"]),
        ("tags.none != 'x'", vec![]),
        ("creation_time > 1700000000001", vec!["cocoa", "coffee"]),
        ("last_update_time >= 1700000000100", vec!["cocoa"]),
        (by_id.as_str(), vec!["coffee", "tea"]),
        (not_by_id.as_str(), vec!["cocoa", "coffee", "Tea"]),
    ] {
        assert_eq!(names(&database, Asked { filter, ..Asked::default() }).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn experiments_are_ordered_as_asked_and_then_by_id() {
    let (database, ids) = four().await;
    database
        .sql(&format!("UPDATE experiments SET creation_time = NULL WHERE experiment_id = {}", ids[1]))
        .await;
    database.sql("UPDATE experiments SET last_update_time = 5").await;
    for (order_by, expected) in [
        (vec!["name"], ["Tea", "cocoa", "coffee", "tea"]),
        (vec!["name DESC"], ["tea", "coffee", "cocoa", "Tea"]),
        (vec!["last_update_time"], ["cocoa", "coffee", "Tea", "tea"]),
        (vec!["last_update_time", "experiment_id ASC"], ["tea", "Tea", "coffee", "cocoa"]),
        (vec!["last_update_time DESC", "name", "name DESC"], ["Tea", "cocoa", "coffee", "tea"]),
        // Without a time: where the database puts it, as in MLflow.
        match database.puts_nothing_first() {
            true => (vec!["creation_time"], ["Tea", "tea", "coffee", "cocoa"]),
            false => (vec!["creation_time"], ["tea", "coffee", "cocoa", "Tea"]),
        },
        match database.puts_nothing_first() {
            true => (vec![], ["cocoa", "coffee", "tea", "Tea"]),
            false => (vec![], ["Tea", "cocoa", "coffee", "tea"]),
        },
    ] {
        let asked = Asked { order_by: &order_by, ..Asked::default() };
        assert_eq!(names(&database, asked).await, expected, "{order_by:?}");
    }
}

#[tokio::test]
async fn pages_are_full_although_not_everything_may_be_seen() {
    let (database, ids) = four().await;
    let id = |place: usize| ids[place].to_string();
    for (visibility, expected) in [
        (Visibility::All, vec!["cocoa", "coffee", "Tea", "tea"]),
        (Visibility::Nothing, vec![]),
        (Visibility::Only(vec![id(0), id(2), "99".to_owned()]), vec!["coffee", "tea"]),
        (Visibility::AllExcept(vec![id(2), "x".to_owned(), String::new()]), vec!["cocoa", "Tea", "tea"]),
    ] {
        for limit in 1..5 {
            let mut seen = Vec::new();
            let mut token = None;
            loop {
                let asked = Asked { visibility: visibility.clone(), limit, token, ..Asked::default() };
                let page = page(&database, asked).await.unwrap();
                seen.extend(page.items.clone());
                token = page.next_page_token;
                if token.is_none() {
                    break;
                }
                assert_eq!(page.items.len() as u64, limit);
            }
            assert_eq!(seen, expected, "{visibility:?}, {limit} a page");
        }
    }
}

#[tokio::test]
async fn a_grant_on_another_spelling_of_an_id_shows_nothing() {
    let (database, ids) = four().await;
    let spellings = |id: i64| vec![format!("0{id}"), format!("+{id}"), format!(" {id}")];
    let only = Asked { visibility: Visibility::Only(spellings(ids[0])), ..Asked::default() };
    assert_eq!(names(&database, only).await, [""; 0]);
    let except = Asked { visibility: Visibility::AllExcept(spellings(ids[0])), ..Asked::default() };
    assert_eq!(names(&database, except).await.len(), 4);
}

#[tokio::test]
async fn a_page_behind_the_end_is_empty_however_far() {
    let (database, _) = four().await;
    for offset in [4, i64::MAX] {
        for limit in [1, i64::MAX.unsigned_abs(), u64::MAX] {
            let token = Some(search::page_token::encode(offset));
            let page = page(&database, Asked { limit, token, ..Asked::default() }).await.unwrap();
            assert_eq!((page.items.len(), page.next_page_token), (0, None));
        }
    }
    let nonsense = page(&database, Asked { token: Some("x".to_owned()), ..Asked::default() }).await;
    assert_refused(nonsense, ErrorCode::InvalidParameterValue, "Invalid page token");
}

#[tokio::test]
async fn the_longest_filter_that_the_grammar_takes_is_answered() {
    let (database, _) = four().await;
    let conditions: Vec<String> = (0..500).map(|number| format!("tags.k{number} IS NULL")).collect();
    let filter = conditions.join(" AND ");
    assert_eq!(names(&database, Asked { filter: &filter, ..Asked::default() }).await.len(), 4);
    let list: Vec<String> = (0..5000).map(|number| format!("'{number}'")).collect();
    let filter = format!("experiment_id IN ({})", list.join(", "));
    assert_eq!(names(&database, Asked { filter: &filter, ..Asked::default() }).await.len(), 4);
    for comparator in ["LIKE", "ILIKE"] {
        let filter = format!("name {comparator} '{}'", "_".repeat(search::limits::STRING_BYTES));
        assert_eq!(names(&database, Asked { filter: &filter, ..Asked::default() }).await, [""; 0]);
    }
}

/// SQLite goes one call deeper for each `%`, on a thread with 2 MiB of stack.
#[tokio::test]
async fn a_pattern_of_many_wildcards_is_answered_and_one_of_too_many_refused() {
    let database = Database::tracking().await;
    let value = "a".repeat(20_000);
    let new = NewExperiment { tags: tags(&[("long", &value)]), ..new_experiment("tea") };
    database.create_experiment(new).await.unwrap();
    for comparator in ["LIKE", "ILIKE"] {
        for (last, expected) in [("", vec!["tea"]), ("b", vec![])] {
            let filter = format!("tags.long {comparator} '{}{last}'", "%a".repeat(1000));
            assert_eq!(names(&database, Asked { filter: &filter, ..Asked::default() }).await, expected);
        }
        let filter = format!("tags.long {comparator} '{}'", "%a".repeat(1001));
        let refused = page(&database, Asked { filter: &filter, ..Asked::default() }).await;
        assert_refused(refused, ErrorCode::InvalidParameterValue, "more than 1000 wildcards");
    }
}
