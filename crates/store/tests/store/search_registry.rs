//! Searching registered models and versions, with the eyes of several callers.

use crate::database::{Database, NOW, assert_refused, tags};
use crate::registry::{new_model, new_version};
use authz::Visibility;
use model::{ErrorCode, Page};
use search::{model_versions, registered_models};
use store::registry::models::NewModel;
use store::registry::search::{Models, Versions, Visible, models, versions};
use store::registry::versions::NewVersion;

const PROMPTS: &str = "tags.`mlflow.prompt.is_prompt` = 'true'";
const EVERYTHING: Visible = Visible { models: Visibility::All, prompts: Visibility::All };

fn only(names: &[&str]) -> Visibility {
    Visibility::Only(names.iter().map(|name| (*name).to_owned()).collect())
}

fn except(names: &[&str]) -> Visibility {
    Visibility::AllExcept(names.iter().map(|name| (*name).to_owned()).collect())
}

/// The models `beech`, `ash`, `Ash` and `cedar` and the prompts `ask` and `tell`, made in this order, each with a version
/// per letter of its name's first half.
async fn forest() -> Database {
    let database = Database::tracking().await;
    for (number, (name, own)) in (0..).zip([
        ("beech", vec![("k", "x"), ("n", "1")]),
        ("ash", vec![("k", "X")]),
        ("Ash", vec![]),
        ("cedar", vec![("k", "x%_")]),
        ("ask", vec![("mlflow.prompt.is_prompt", "true"), ("k", "x")]),
        ("tell", vec![("mlflow.prompt.is_prompt", "true")]),
    ]) {
        let now = NOW + number;
        database.create_model(NewModel { tags: tags(&own), now, ..new_model(name) }).await.unwrap();
        for version in 1..=2 {
            let new = NewVersion {
                source: format!("s3://b/{name}/{version}"),
                run_id: format!("r{version}"),
                tags: tags(&own),
                now,
                ..new_version(name)
            };
            database.create_version(new).await.unwrap();
        }
    }
    database
}

async fn model_page(
    database: &Database,
    filter: &str,
    order_by: &[&str],
    limit: u64,
    token: Option<String>,
    visible: Visible,
) -> Page<String> {
    let search = Models {
        filter: registered_models::parse_filter(filter).unwrap(),
        order_by: registered_models::parse_order_by(order_by).unwrap(),
        limit,
        page_token: token,
    };
    let page = database.read((search, visible), |connection, (search, visible)| {
        Box::pin(models(connection, search, visible))
    });
    page.await.unwrap().map(|model| model.name)
}

async fn found(database: &Database, filter: &str, visible: Visible) -> Vec<String> {
    model_page(database, filter, &[], 1000, None, visible).await.items
}

async fn versions_found(
    database: &Database,
    filter: &str,
    order_by: &[&str],
    visible: Visible,
) -> Vec<String> {
    let search = Versions {
        filter: model_versions::parse_filter(filter).unwrap(),
        order_by: model_versions::parse_order_by(order_by).unwrap(),
        limit: 1000,
        page_token: None,
    };
    let page = database.read((search, visible), |connection, (search, visible)| {
        Box::pin(versions(connection, search, visible))
    });
    page.await.unwrap().map(|version| format!("{}/{}", version.name, version.version)).items
}

#[tokio::test]
async fn models_come_by_name_and_prompts_only_when_they_are_asked_for() {
    let database = forest().await;
    assert_eq!(found(&database, "", EVERYTHING).await, ["Ash", "ash", "beech", "cedar"]);
    for (filter, expected) in [
        (PROMPTS, vec!["ask", "tell"]),
        ("tags.`mlflow.prompt.is_prompt` != 'true'", vec!["Ash", "ash", "beech", "cedar"]),
        ("tags.`mlflow.prompt.is_prompt` = 'false' AND tags.k = 'x'", vec!["beech"]),
        (&format!("{PROMPTS} AND tags.k = 'x'"), vec!["ask"]),
        ("name = 'ash'", vec!["ash"]),
        ("name != 'ash'", vec!["Ash", "beech", "cedar"]),
        ("name LIKE 'a%'", vec!["ash"]),
        ("name ILIKE 'A%'", vec!["Ash", "ash"]),
        ("name IN ('ash', 'cedar', 'ask')", vec!["ash", "cedar"]),
        ("name NOT IN ('ash')", vec!["Ash", "beech", "cedar"]),
        ("tags.k != 'x'", vec!["ash", "cedar"]),
        ("tags.k ILIKE 'x' AND tags.n = '1'", vec!["beech"]),
        ("tags.nobody != 'x'", vec![]),
    ] {
        assert_eq!(found(&database, filter, EVERYTHING).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn pages_are_full_and_end() {
    let database = forest().await;
    let visible = || Visible { models: except(&["ash"]), prompts: Visibility::Nothing };
    let first = model_page(&database, "", &["timestamp DESC"], 2, None, visible()).await;
    assert_eq!(first.items, ["cedar", "Ash"]);
    let second =
        model_page(&database, "", &["timestamp DESC"], 2, first.next_page_token.clone(), visible()).await;
    assert_eq!((second.items, second.next_page_token), (vec!["beech".to_owned()], None));
    let none = model_page(&database, "", &[], 0, None, EVERYTHING).await;
    assert!(none.items.is_empty());
}

#[tokio::test]
async fn models_and_prompts_are_seen_by_grants_of_their_own() {
    let database = forest().await;
    // Whatever the visibility of each family, the search shows what the family of the row says.
    let all = ["Ash", "ash", "ask", "beech", "cedar", "tell"];
    let prompts = ["ask", "tell"];
    let some = [
        Visibility::All,
        Visibility::Nothing,
        only(&["ash", "ask"]),
        except(&["ash", "ask"]),
        only(&["tell", "beech"]),
        except(&["tell", "beech"]),
    ];
    for models in &some {
        for of_prompts in &some {
            let visible = || Visible { models: models.clone(), prompts: of_prompts.clone() };
            let shown = |name: &&&str| {
                if prompts.contains(*name) { of_prompts.shows(name) } else { models.shows(name) }
            };
            let of = |wanted: bool| -> Vec<&str> {
                all.iter().filter(|name| prompts.contains(*name) == wanted).filter(shown).copied().collect()
            };
            let about = format!("{models:?} {of_prompts:?}");
            assert_eq!(found(&database, "", visible()).await, of(false), "{about}");
            assert_eq!(found(&database, PROMPTS, visible()).await, of(true), "{about}");
            for (filter, wanted) in [("", false), (PROMPTS, true)] {
                let order = ["name", "version_number"];
                let shown: Vec<String> =
                    of(wanted).iter().flat_map(|name| [format!("{name}/1"), format!("{name}/2")]).collect();
                assert_eq!(versions_found(&database, filter, &order, visible()).await, shown, "{about}");
            }
        }
    }
}

#[tokio::test]
async fn versions_are_found_by_what_they_are() {
    let database = forest().await;
    for (filter, expected) in [
        ("name = 'ash'", vec!["ash/2", "ash/1"]),
        ("name IN ('ash', 'Ash') AND version_number = 1", vec!["Ash/1", "ash/1"]),
        ("run_id = 'r2' AND name = 'cedar'", vec!["cedar/2"]),
        ("run_id IN ('r1') AND tags.k = 'x'", vec!["beech/1"]),
        ("source_path LIKE '%/cedar/%' AND version_number > '1'", vec!["cedar/2"]),
        ("tags.k LIKE 'x\\%' AND version_number < 0", vec![]),
    ] {
        assert_eq!(versions_found(&database, filter, &[], EVERYTHING).await, expected, "{filter}");
    }
    let newest_first = ["cedar/2", "cedar/1", "Ash/2", "Ash/1", "ash/2", "ash/1", "beech/2", "beech/1"];
    assert_eq!(versions_found(&database, "", &[], EVERYTHING).await, newest_first);
    let by_number = versions_found(&database, "name ILIKE 'ash'", &["version_number"], EVERYTHING).await;
    assert_eq!(by_number, ["Ash/1", "ash/1", "Ash/2", "ash/2"]);
}

#[tokio::test]
async fn a_mark_in_any_case_makes_a_prompt() {
    let database = forest().await;
    let shout = NewModel { tags: tags(&[("mlflow.prompt.is_prompt", "TRUE")]), ..new_model("shout") };
    database.create_model(shout).await.unwrap();
    let visible = Visible { models: Visibility::All, prompts: Visibility::Nothing };
    assert!(!found(&database, "", visible).await.contains(&"shout".to_owned()));
    let asked = "tags.`mlflow.prompt.is_prompt` = 'TRUE'";
    assert_eq!(found(&database, asked, EVERYTHING).await, ["shout"]);
}

#[tokio::test]
async fn a_token_that_is_none_is_refused() {
    let database = forest().await;
    let search = Models {
        filter: registered_models::Filter::default(),
        order_by: Vec::new(),
        limit: 1,
        page_token: Some("x".to_owned()),
    };
    let page = database.read(search, |connection, search| Box::pin(models(connection, search, &EVERYTHING)));
    assert_refused(page.await, ErrorCode::InvalidParameterValue, "Invalid page token");
}

/// A page must cost the page, not the table, for one who may see little of much as for one who may see it all.
#[tokio::test]
async fn few_of_many_are_found_by_name() {
    let database = Database::tracking().await;
    database
        .sql(
            "INSERT INTO registered_models (name, creation_time, last_updated_time, description, workspace)
             WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
             SELECT 'model-' || substr(CAST(100000 + i AS CHAR(6)), 2), 1, 1, '', 'default' FROM n",
        )
        .await;
    database.analyze("registered_models").await;
    let few: Vec<String> = (0..50).map(|number| format!("model-{:05}", number * 199)).collect();
    let visible = || Visible { models: Visibility::Only(few.clone()), prompts: Visibility::Nothing };
    let page = model_page(&database, "", &[], 50, None, visible()).await;
    assert_eq!((page.items, page.next_page_token), (few.clone(), None));
    let many: Vec<String> = (0..20_000).map(|number| format!("model-{number:05}")).collect();
    let rest = Visible { models: Visibility::AllExcept(many), prompts: Visibility::Nothing };
    assert!(model_page(&database, "", &[], 50, None, rest).await.items.is_empty());
}
