//! Logged models, over rows as Python MLflow writes them.

use crate::database::Database;
use authz::Visibility;
use model::{ErrorCode, LoggedModel, LoggedModelStatus, Tag};
use search::logged_models::{OrderClause, parse_filter, parse_order_by};
use std::sync::Arc;
use store::tracking::logged_models::{
    Change, Deleted, Found, MeasuredOn, NewLoggedModel, Search, create, delete_tag, get, log_params,
    note_version, origin, search, set_tags, update,
};
use store::{Db, StoreError};

/// Three experiments, two runs, and six models. `a` is the newest, `gone` is deleted; `b` and `c` were made at once.
const ROWS: &str = "
INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, workspace)
    VALUES (1, 'one', 's3://b/1', 'active', 'default'), (2, 'two', 's3://b/2', 'active', 'default'),
           (3, 'three', 's3://b/3', 'active', 'default');
INSERT INTO runs (run_uuid, experiment_id, status, lifecycle_stage)
    VALUES ('r1', 1, 'FINISHED', 'active'), ('r2', 2, 'FINISHED', 'active');
INSERT INTO logged_models VALUES
    ('a', 1, 'forest', 's3://b/1/models/a/artifacts', 500, 510, 2, 'active', 'pyfunc', 'r1', NULL),
    ('b', 1, 'Forest', 's3://b/1/models/b/artifacts', 400, 900, 1, 'active', NULL, NULL, NULL),
    ('c', 2, 'tree', 's3://b/2/models/c/artifacts', 400, 410, 3, 'active', 'agent', 'r2', 'disk full'),
    ('d', 2, 'tree', 's3://b/2/models/d/artifacts', 300, 310, 0, 'active', '', 'r2', NULL),
    ('e', 3, 'shrub', 's3://b/3/models/e/artifacts', 200, 210, 2, 'active', 'pyfunc', NULL, NULL),
    ('gone', 1, 'forest', 's3://b/1/models/gone/artifacts', 600, 600, 2, 'deleted', NULL, 'r1', NULL);
INSERT INTO logged_model_params VALUES
    ('a', 1, 'depth', '3'), ('a', 1, 'a b', 'x'), ('b', 1, 'depth', '10'), ('c', 2, 'depth', 'Auto');
INSERT INTO logged_model_tags VALUES ('a', 1, 'owner', 'alice'), ('d', 2, 'owner', 'Bob');
INSERT INTO logged_model_metrics VALUES
    ('a', 'acc', 10, 0, 0.9, 1, 'r1', NULL, 'wine', 'v1'),
    ('a', 'acc', 20, 0, 0.1, 1, 'r1', NULL, 'wine', 'v2'),
    ('b', 'acc', 20, 5, 0.5, 1, 'r2', NULL, NULL, NULL),
    ('b', 'acc', 20, 5, 0.6, 1, 'r1', NULL, NULL, NULL),
    ('c', 'acc', 20, 1, 0.7, 2, 'r2', NULL, 'beer', 'v1'),
    ('c', 'acc', 20, 2, NULL, 2, 'r2', NULL, 'beer', 'v1'),
    ('d', 'loss', 5, 0, 2.5, 2, 'r2', NULL, 'wine', 'v1'),
    ('e', 'half', 5, 0, 1.0, 3, 'r2', NULL, 'rice', NULL);
";

struct Library {
    db: Db,
    _database: Database,
}

/// What a test asks for: `everything()` with changes.
struct Ask<'a> {
    experiments: &'a [i64],
    filter: &'a str,
    datasets: &'a [(&'a str, Option<&'a str>)],
    order_by: &'a [OrderClause],
    limit: u64,
    offset: u64,
    visibility: Visibility,
}

fn everything() -> Ask<'static> {
    Ask {
        experiments: &[1, 2, 3],
        filter: "",
        datasets: &[],
        order_by: &[],
        limit: 50,
        offset: 0,
        visibility: Visibility::All,
    }
}

fn by(field_name: &str, ascending: bool) -> OrderClause {
    OrderClause { field_name: field_name.to_owned(), ascending, dataset_name: None, dataset_digest: None }
}

impl Library {
    async fn open() -> Self {
        let database = Database::tracking().await;
        database.sql(ROWS).await;
        Self { db: database.db.clone(), _database: database }
    }

    async fn find(&self, ask: Ask<'_>) -> Found {
        let datasets = ask
            .datasets
            .iter()
            .map(|(name, digest)| MeasuredOn { name: (*name).to_owned(), digest: digest.map(str::to_owned) });
        let asked = Search {
            experiment_ids: ask.experiments.to_vec(),
            filter: parse_filter(ask.filter).unwrap(),
            datasets: datasets.collect(),
            order_by: parse_order_by(ask.order_by).unwrap(),
            limit: ask.limit,
            offset: ask.offset,
        };
        let mut snapshot = self.db.snapshot().await.unwrap();
        search(&mut snapshot.connection(), &asked, &ask.visibility).await.unwrap()
    }

    /// The ids of what is found, in order.
    async fn ids(&self, ask: Ask<'_>) -> String {
        let ids: Vec<String> =
            self.find(ask).await.models.into_iter().map(|model| model.info.model_id).collect();
        ids.join(" ")
    }
}

#[tokio::test]
async fn the_newest_models_of_the_experiments_come_first_and_deleted_ones_not_at_all() {
    let library = Library::open().await;
    assert_eq!(library.ids(everything()).await, "a b c d e");
    assert_eq!(library.ids(Ask { experiments: &[2, 9], ..everything() }).await, "c d");
    assert_eq!(library.ids(Ask { experiments: &[], ..everything() }).await, "");
}

#[tokio::test]
async fn a_found_model_holds_all_that_was_logged() {
    let library = Library::open().await;
    let found = library.find(Ask { filter: "name = 'forest'", ..everything() }).await;
    let [LoggedModel { info, data }] = found.models.as_slice() else { panic!("one model") };
    assert_eq!((info.experiment_id.as_str(), info.status), ("1", Some(LoggedModelStatus::Ready)));
    assert_eq!((info.creation_timestamp_ms, info.last_updated_timestamp_ms), (500, 510));
    assert_eq!((info.model_type.as_deref(), info.source_run_id.as_deref()), (Some("pyfunc"), Some("r1")));
    assert_eq!(info.artifact_uri, "s3://b/1/models/a/artifacts");
    assert_eq!(
        info.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect::<Vec<_>>(),
        [("owner", "alice")]
    );
    let params: Vec<_> = data.params.iter().map(|param| (param.key.as_str(), param.value.as_str())).collect();
    assert_eq!(params, [("a b", "x"), ("depth", "3")]);
    let metrics: Vec<_> = data
        .metrics
        .iter()
        .map(|metric| (metric.timestamp, metric.value.0, metric.dataset_digest.as_deref()))
        .collect();
    assert_eq!(metrics, [(10, 0.9, Some("v1")), (20, 0.1, Some("v2"))]);
    assert!(data.metrics.iter().all(|metric| metric.model_id.as_deref() == Some("a")));
}

#[tokio::test]
async fn filters_select_by_attributes_params_tags_and_any_value_of_a_metric() {
    let library = Library::open().await;
    for (filter, ids) in [
        ("name = 'forest'", "a"),
        ("name LIKE 'F%'", "b"),
        ("name ILIKE 'F%'", "a b"),
        ("name NOT IN ('tree', 'shrub')", "a b"),
        ("model_type != 'agent'", "a d e"),
        ("status = 'READY'", "a e"),
        ("status != 2", "b c d"),
        ("status IN ('FAILED', 'UNSPECIFIED')", "c d"),
        ("status_message = 'disk full'", "c"),
        ("source_run_id = 'r2'", "c d"),
        ("experiment_id != '2'", "a b e"),
        ("lifecycle_stage = 'deleted'", ""),
        ("creation_timestamp = 400", "b c"),
        ("creation_time > 399.5 AND last_updated_timestamp < 600", "a c"),
        ("params.depth = 3", "a"),
        ("params.depth != '3'", "b c"),
        ("params.depth ILIKE 'auto'", "c"),
        ("params.`a b` = 'x'", "a"),
        ("tags.owner IN ('alice', 'bob')", "a"),
        ("metrics.acc > 0.8", "a"),
        ("metrics.acc < 0.2", "a"),
        ("metrics.acc != 0.5", "a b c"),
        ("metrics.acc > 0.5 AND metrics.acc < 0.5 AND params.depth = '3'", "a"),
        ("metrics.nothing != 5", ""),
    ] {
        assert_eq!(library.ids(Ask { filter, ..everything() }).await, ids, "{filter}");
    }
}

#[tokio::test]
async fn datasets_bind_the_metrics_of_the_filter_or_else_any_metric() {
    let library = Library::open().await;
    let wine = ("wine", Some("v1"));
    for (datasets, filter, ids) in [
        (&[wine][..], "", "a d"),
        (&[("wine", None)], "", "a d"),
        (&[wine, ("beer", Some("v1"))], "", "a c d"),
        (&[("wine", Some("v3"))], "", ""),
        (&[wine], "metrics.acc > 0.5", "a"),
        (&[wine], "metrics.acc < 0.5", ""),
        (&[("wine", None)], "metrics.acc < 0.5", "a"),
        (&[wine], "params.depth = '10'", ""),
    ] {
        assert_eq!(library.ids(Ask { datasets, filter, ..everything() }).await, ids, "{datasets:?} {filter}");
    }
}

#[tokio::test]
async fn models_without_a_value_come_last_whatever_the_direction() {
    let library = Library::open().await;
    let on_wine = OrderClause { dataset_name: Some("wine".into()), ..by("metrics.acc", true) };
    let on_first_wine = OrderClause { dataset_digest: Some("v1".into()), ..on_wine.clone() };
    for (order_by, ids) in [
        // The latest of `b` is that of the first run; the latest of `c` has no value.
        (vec![by("metrics.acc", true)], "a b c d e"),
        (vec![by("metrics.acc", false)], "b a c d e"),
        (vec![on_wine], "a b c d e"),
        (vec![on_first_wine, by("name", false)], "a c d e b"),
        (vec![by("metrics.loss", false), by("model_id", false)], "d e c b a"),
        (vec![by("model_type", true), by("name", true)], "d c a e b"),
        (vec![by("model_type", false), by("name", false)], "e a c d b"),
        (vec![by("creation_timestamp", true)], "e d b c a"),
        (vec![by("creation_time", false), by("model_id", false)], "a c b d e"),
        (vec![by("last_updated_timestamp", false)], "b a c d e"),
        (vec![by("status", true), by("status", false)], "d b a e c"),
        (vec![by("source_run_id", true), by("metrics.acc", false), by("metrics.loss", true)], "a d c b e"),
    ] {
        assert_eq!(library.ids(Ask { order_by: &order_by, ..everything() }).await, ids, "{order_by:?}");
    }
}

#[tokio::test]
async fn pages_are_full_and_the_last_one_has_no_next() {
    let library = Library::open().await;
    for (offset, ids, next) in [(0, "a b", Some(2)), (2, "c d", Some(4)), (4, "e", None), (9, "", None)] {
        let found = library.find(Ask { limit: 2, offset, ..everything() }).await;
        let found_ids: Vec<&str> = found.models.iter().map(|model| model.info.model_id.as_str()).collect();
        assert_eq!((found_ids.join(" ").as_str(), found.next), (ids, next), "{offset}");
    }
    assert_eq!(library.find(Ask { limit: 5, ..everything() }).await.next, None);
}

#[tokio::test]
async fn only_models_of_visible_experiments_are_found() {
    let library = Library::open().await;
    let some = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    for (visibility, ids) in [
        (Visibility::Nothing, ""),
        (Visibility::Only(some(&["1", "3"])), "a b e"),
        (Visibility::AllExcept(some(&["1"])), "c d e"),
        (Visibility::Only(some(&["*", "x"])), ""),
    ] {
        assert_eq!(library.ids(Ask { visibility, ..everything() }).await, ids);
    }
    let page =
        library.find(Ask { visibility: Visibility::Only(some(&["1", "3"])), limit: 2, ..everything() }).await;
    assert_eq!((page.models.len(), page.next), (2, Some(2)));
}

#[tokio::test]
async fn withheld_runs_leave_no_trace_in_a_model() {
    let library = Library::open().await;
    for mut model in library.find(everything()).await.models {
        model.withhold_runs();
        assert_eq!(model.info.source_run_id, None);
        assert!(model.data.metrics.iter().all(|metric| metric.run_id.is_none()));
    }
}

#[tokio::test]
async fn a_metric_names_its_dataset_whole_or_not_at_all() {
    let library = Library::open().await;
    let found = library.find(Ask { datasets: &[("rice", None)], ..everything() }).await;
    let metric = &found.models[0].data.metrics[0];
    assert_eq!((metric.key.as_str(), &metric.dataset_name, &metric.dataset_digest), ("half", &None, &None));
}

#[tokio::test]
async fn a_model_knows_the_registered_versions_made_from_it() {
    let library = Library::open().await;
    for (name, version) in [("forest", 1), ("forest", 2), ("forest", 1), ("wood", 1)] {
        library
            .db
            .write(move |connection| Box::pin(note_version(connection, "a", name, version)))
            .await
            .unwrap();
    }
    // One that is not there, or whose tag holds something else, stops nothing.
    library.db.write(|connection| Box::pin(note_version(connection, "nobody", "forest", 1))).await.unwrap();
    let versions = async |filter: &str| {
        let found = library.find(Ask { filter, ..everything() }).await;
        let tags = &found.models[0].info.tags;
        tags.iter().find(|tag| tag.key == "mlflow.modelVersions").unwrap().value.clone()
    };
    let expected = r#"[{"name": "forest", "version": 1}, {"name": "forest", "version": 2}, {"name": "wood", "version": 1}]"#;
    assert_eq!(versions("model_id = 'a'").await, expected);
    // What a client noted in its own words stays.
    let by_client = r#"[{"name": "forest", "version": "1"}]"#;
    library.set_tags("a", &[("mlflow.modelVersions", by_client)]).await.unwrap();
    library.db.write(|connection| Box::pin(note_version(connection, "a", "forêt", 3))).await.unwrap();
    let expected = r#"[{"name": "forest", "version": "1"}, {"name": "for\u00eat", "version": 3}]"#;
    assert_eq!(versions("model_id = 'a'").await, expected);
}

#[tokio::test]
async fn the_origin_of_a_model_is_told_unless_it_is_deleted() {
    let library = Library::open().await;
    let mut snapshot = library.db.snapshot().await.unwrap();
    let mut connection = snapshot.connection();
    let found = origin(&mut connection, "a").await.unwrap().unwrap();
    assert_eq!(found.artifact_location, "s3://b/1/models/a/artifacts");
    assert_eq!(found.source_run_id.as_deref(), Some("r1"));
    for id in ["gone", "nobody"] {
        assert_eq!(origin(&mut connection, id).await.unwrap(), None, "{id}");
    }
}

fn pair(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}

/// What of a list of pairs is easily compared.
fn plain(pairs: &[Tag]) -> Vec<(&str, &str)> {
    pairs.iter().map(|pair| (pair.key.as_str(), pair.value.as_str())).collect()
}

fn code(outcome: Result<(), StoreError>) -> ErrorCode {
    model::Error::from(outcome.unwrap_err()).code
}

impl Library {
    async fn get(&self, id: &str, deleted: Deleted) -> Result<LoggedModel, StoreError> {
        let mut snapshot = self.db.snapshot().await.unwrap();
        get(&mut snapshot.connection(), id, deleted).await
    }

    async fn log_params(&self, id: &'static str, params: &[(&str, &str)]) -> Result<(), StoreError> {
        let params: Arc<[Tag]> = params.iter().map(|(key, value)| pair(key, value)).collect();
        let logged = self.db.write(move |connection| {
            let params = Arc::clone(&params);
            Box::pin(async move { log_params(connection, id, &params).await })
        });
        logged.await
    }

    async fn set_tags(&self, id: &'static str, tags: &[(&str, &str)]) -> Result<(), StoreError> {
        let tags: Arc<[Tag]> = tags.iter().map(|(key, value)| pair(key, value)).collect();
        let set = self.db.write(move |connection| {
            let tags = Arc::clone(&tags);
            Box::pin(async move { set_tags(connection, id, &tags).await })
        });
        set.await
    }

    async fn update(&self, id: &'static str, change: Change) -> Result<(), StoreError> {
        self.db.write(move |connection| Box::pin(update(connection, id, change, 7_000))).await
    }

    async fn delete_tag(&self, id: &'static str, key: &'static str) -> Result<(), StoreError> {
        self.db.write(move |connection| Box::pin(delete_tag(connection, id, key))).await
    }
}

#[tokio::test]
async fn a_new_model_is_pending_and_holds_what_it_was_made_with() {
    let library = Library::open().await;
    let new = Arc::new(NewLoggedModel {
        id: "m-1".into(),
        experiment_id: 2,
        name: "oak".into(),
        model_type: Some("agent".into()),
        source_run_id: Some("r2".into()),
        params: vec![pair("depth", "3"), pair("a b/ü", "")],
        tags: vec![pair("owner", "alice"), pair("owner", "bob")],
        now: 5_000,
    });
    let made = library.db.write(move |connection| {
        let new = Arc::clone(&new);
        Box::pin(async move { create(connection, &new, "s3://b/2/models/m-1/artifacts").await })
    });
    made.await.unwrap();
    let LoggedModel { info, data } = library.get("m-1", Deleted::Hidden).await.unwrap();
    assert_eq!((info.name.as_str(), info.experiment_id.as_str()), ("oak", "2"));
    assert_eq!((info.status, info.model_type.as_deref()), (Some(LoggedModelStatus::Pending), Some("agent")));
    assert_eq!((info.creation_timestamp_ms, info.last_updated_timestamp_ms), (5_000, 5_000));
    assert_eq!((info.source_run_id.as_deref(), info.status_message), (Some("r2"), None));
    assert_eq!(plain(&info.tags), [("owner", "bob")]);
    assert_eq!(plain(&data.params), [("a b/ü", ""), ("depth", "3")]);
    assert_eq!(library.ids(Ask { filter: "params.depth = '3'", ..everything() }).await, "m-1 a");
}

#[tokio::test]
async fn a_finished_upload_and_a_deletion_say_when_they_were() {
    let library = Library::open().await;
    library.update("b", Change::Status(LoggedModelStatus::UploadFailed)).await.unwrap();
    let info = library.get("b", Deleted::Hidden).await.unwrap().info;
    assert_eq!((info.status, info.last_updated_timestamp_ms), (Some(LoggedModelStatus::UploadFailed), 7_000));
    library.update("b", Change::Deletion).await.unwrap();
    let gone = library.get("b", Deleted::Hidden).await.unwrap_err();
    assert_eq!(model::Error::from(gone).message, "Logged model with ID 'b' not found.");
    let shown = library.get("b", Deleted::Shown).await.unwrap();
    assert_eq!(plain(&shown.data.params), [("depth", "10")]);
    assert_eq!(library.ids(everything()).await, "a c d e");
    for change in [Change::Deletion, Change::Status(LoggedModelStatus::Ready)] {
        assert_eq!(code(library.update("nobody", change).await), ErrorCode::ResourceDoesNotExist);
    }
}

#[tokio::test]
async fn a_parameter_may_be_logged_again_but_not_changed() {
    let library = Library::open().await;
    library.log_params("a", &[("depth", "3"), ("width", "4")]).await.unwrap();
    library.log_params("a", &[("depth", "3"), ("width", "4")]).await.unwrap();
    let refused = library.log_params("a", &[("height", "5"), ("depth", "4")]).await;
    assert_eq!(code(refused), ErrorCode::InvalidParameterValue);
    // All or nothing.
    let params = library.get("a", Deleted::Hidden).await.unwrap().data.params;
    assert_eq!(plain(&params), [("a b", "x"), ("depth", "3"), ("width", "4")]);
    library.log_params("a", &[]).await.unwrap();
    assert_eq!(code(library.log_params("nobody", &[]).await), ErrorCode::ResourceDoesNotExist);
}

#[tokio::test]
async fn tags_are_set_replaced_and_removed() {
    let library = Library::open().await;
    library.set_tags("a", &[("owner", "bob"), ("new", "1"), ("new", "2")]).await.unwrap();
    let tags = library.get("a", Deleted::Hidden).await.unwrap().info.tags;
    assert_eq!(plain(&tags), [("new", "2"), ("owner", "bob")]);
    library.delete_tag("a", "owner").await.unwrap();
    assert_eq!(code(library.delete_tag("a", "owner").await), ErrorCode::ResourceDoesNotExist);
    assert_eq!(plain(&library.get("a", Deleted::Hidden).await.unwrap().info.tags), [("new", "2")]);
    assert_eq!(code(library.set_tags("nobody", &[]).await), ErrorCode::ResourceDoesNotExist);
    assert_eq!(code(library.delete_tag("nobody", "a").await), ErrorCode::ResourceDoesNotExist);
}
