//! Searches of large databases by callers who may see little of them, and hold many grants.

use crate::database::Database;
use authz::Visibility;
use model::{Page, ViewType};
use store::registry::search::{Models, Versions, Visible, models, versions};
use store::tracking::experiments;

/// Resources of each kind.
const ALL: usize = 10_000;
/// One in so many is readable: 50 of them.
const STEP: usize = 200;
/// Grants of the caller, most of them on what is not there.
const GRANTS: usize = 20_000;

/// The readable ones, somewhere in each two hundred.
fn readable() -> Vec<usize> {
    (0..ALL).step_by(STEP).map(|start| start + 1 + (start * 7919) % STEP).collect()
}

fn name(prefix: &str, number: usize) -> String {
    format!("{prefix}-{number:05}")
}

/// Grants on the readable ones of a prefix, and on others that do not exist.
fn granted(named: impl Fn(usize) -> String) -> Visibility {
    let mut names: Vec<String> = readable().into_iter().map(&named).collect();
    names.extend((0..GRANTS - names.len()).map(|number| named(ALL + 1 + number)));
    names.sort_unstable();
    Visibility::Only(names)
}

/// Grants on all that is not readable: denials, where all may read.
fn denied(named: impl Fn(usize) -> String) -> Visibility {
    let readable = readable();
    let mut names: Vec<String> =
        (1..=GRANTS).filter(|number| !readable.contains(number)).map(named).collect();
    names.sort_unstable();
    Visibility::AllExcept(names)
}

/// Models `model-00001` and so on with a version each, prompts `prompt-00001` and so on, and experiments by number.
async fn large() -> Database {
    let database = Database::tracking().await;
    let numbers = format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ALL})");
    // Five digits, in words that every database knows.
    let digits = "substr(CAST(100000 + i AS CHAR(6)), 2)";
    for prefix in ["model", "prompt"] {
        database
            .sql(&format!(
                "INSERT INTO registered_models (name, creation_time, last_updated_time)
                 {numbers} SELECT '{prefix}-' || {digits}, i, i FROM n;
                 INSERT INTO model_versions
                     (name, version, creation_time, last_updated_time, current_stage, source, status)
                 {numbers} SELECT '{prefix}-' || {digits}, 1, i, i, 'None', 's3://b', 'READY' FROM n;"
            ))
            .await;
    }
    database
        .sql(&format!(
            "INSERT INTO registered_model_tags (name, \"key\", value)
             {numbers} SELECT 'prompt-' || {digits}, 'mlflow.prompt.is_prompt', 'true' FROM n;
             INSERT INTO experiments
                 (experiment_id, name, lifecycle_stage, creation_time, last_update_time)
             {numbers} SELECT i, 'experiment-' || {digits}, 'active', i, i FROM n;"
        ))
        .await;
    database
}

/// Pages of `limit` rows until there is no next one.
async fn pages(
    limit: u64,
    page: impl AsyncFn(u64, Option<String>) -> Page<String>,
) -> (Vec<usize>, Vec<String>) {
    let (mut sizes, mut all, mut token) = (Vec::new(), Vec::new(), None);
    loop {
        let page = page(limit, token).await;
        sizes.push(page.items.len());
        all.extend(page.items);
        token = page.next_page_token;
        if token.is_none() {
            return (sizes, all);
        }
    }
}

/// A search for models, prompts or versions with either, as the grammar has it.
const PROMPTS: &str = "tags.`mlflow.prompt.is_prompt` = 'true'";

async fn model_page(
    database: &Database,
    filter: &str,
    visible: Visible,
    limit: u64,
    page_token: Option<String>,
) -> Page<String> {
    let filter = search::registered_models::parse_filter(filter).unwrap();
    let search = Models { filter, order_by: Vec::new(), limit, page_token };
    let page = database.read((search, visible), |connection, (search, visible)| {
        Box::pin(models(connection, search, visible))
    });
    page.await.unwrap().map(|model| model.name)
}

async fn version_page(
    database: &Database,
    visible: Visible,
    limit: u64,
    page_token: Option<String>,
) -> Page<String> {
    let search = Versions {
        filter: search::model_versions::parse_filter("").unwrap(),
        order_by: search::model_versions::parse_order_by(&["name"]).unwrap(),
        limit,
        page_token,
    };
    let page = database.read((search, visible), |connection, (search, visible)| {
        Box::pin(versions(connection, search, visible))
    });
    page.await.unwrap().map(|version| version.name)
}

async fn experiment_page(
    database: &Database,
    visibility: Visibility,
    limit: u64,
    page_token: Option<String>,
) -> Page<String> {
    let search = experiments::Search {
        view: ViewType::ActiveOnly,
        filter: search::experiments::parse_filter("").unwrap(),
        order_by: search::experiments::parse_order_by(&["name"]).unwrap(),
        limit,
        page_token,
    };
    let page = database.read((search, visibility), |connection, (search, visibility)| {
        Box::pin(experiments::search(connection, search, visibility))
    });
    page.await.unwrap().map(|experiment| experiment.name)
}

#[tokio::test]
async fn pages_are_full_and_in_order_however_little_the_caller_may_see() {
    let database = large().await;
    let expected =
        |prefix: &str| readable().into_iter().map(|number| name(prefix, number)).collect::<Vec<_>>();
    for (limit, sizes) in [(50, vec![50]), (20, vec![20, 20, 10]), (25, vec![25, 25])] {
        for visible in [granted, denied] as [fn(fn(usize) -> String) -> Visibility; 2] {
            let seen = || Visible {
                models: visible(|number| name("model", number)),
                prompts: visible(|number| name("prompt", number)),
            };
            let found =
                pages(limit, async |limit, token| model_page(&database, "", seen(), limit, token).await);
            assert_eq!(found.await, (sizes.clone(), expected("model")));
            let found =
                pages(limit, async |limit, token| model_page(&database, PROMPTS, seen(), limit, token).await);
            assert_eq!(found.await, (sizes.clone(), expected("prompt")));
            let found =
                pages(limit, async |limit, token| version_page(&database, seen(), limit, token).await);
            assert_eq!(found.await, (sizes.clone(), expected("model")));
            let found = pages(limit, async |limit, token| {
                experiment_page(&database, visible(|number| number.to_string()), limit, token).await
            });
            assert_eq!(found.await, (sizes.clone(), expected("experiment")));
        }
    }
}
