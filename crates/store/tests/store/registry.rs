//! Registered models and their versions.

use crate::database::{Database, NOW, assert_refused, pairs, tag, tags};
use model::{Error, ErrorCode, ModelVersion, ModelVersionStatus, RegisteredModel, Stage};
use store::registry::aliases;
use store::registry::models::{self, NewModel};
use store::registry::versions::{self, NewVersion};

pub(crate) fn new_model(name: &str) -> NewModel {
    NewModel { name: name.to_owned(), description: String::new(), tags: Vec::new(), now: NOW }
}

pub(crate) fn new_version(name: &str) -> NewVersion {
    NewVersion {
        name: name.to_owned(),
        source: "s3://b/m".to_owned(),
        storage_location: "s3://b/m".to_owned(),
        run_id: String::new(),
        run_link: String::new(),
        description: String::new(),
        tags: Vec::new(),
        now: NOW,
    }
}

impl Database {
    pub(crate) async fn create_model(&self, new: NewModel) -> Result<(), Error> {
        self.write(new, |connection, new| Box::pin(models::create(connection, new))).await
    }

    pub(crate) async fn create_version(&self, new: NewVersion) -> Result<ModelVersion, Error> {
        self.write(new, |connection, new| Box::pin(versions::create(connection, new))).await
    }

    async fn model(&self, name: &str) -> Result<RegisteredModel, Error> {
        self.read(name.to_owned(), |connection, name| Box::pin(models::get(connection, name))).await
    }

    async fn version(&self, name: &str, version: i64) -> Result<ModelVersion, Error> {
        let key = (name.to_owned(), version);
        self.read(key, |connection, (name, version)| Box::pin(versions::get(connection, name, *version)))
            .await
    }

    async fn by_alias(&self, name: &str, alias: &str) -> Result<ModelVersion, Error> {
        let key = (name.to_owned(), alias.to_owned());
        self.read(key, |connection, (name, alias)| Box::pin(versions::by_alias(connection, name, alias)))
            .await
    }

    async fn set_alias(&self, name: &str, alias: &str, version: i64) -> Result<(), Error> {
        let key = (name.to_owned(), alias.to_owned(), version);
        self.write(key, |connection, (name, alias, version)| {
            Box::pin(aliases::set(connection, name, alias, *version))
        })
        .await
    }

    async fn set_stage(&self, version: i64, stage: Stage, archive: bool) -> Result<ModelVersion, Error> {
        self.write((version, stage, archive), |connection, (version, stage, archive)| {
            Box::pin(versions::set_stage(connection, "m", *version, *stage, *archive, NOW + 9))
        })
        .await
    }

    async fn delete_version(&self, version: i64) -> Result<(), Error> {
        self.write(version, |connection, version| {
            Box::pin(versions::delete(connection, "m", *version, NOW + 9))
        })
        .await
    }

    async fn rename_model(&self, name: &str, new_name: &str) -> Result<RegisteredModel, Error> {
        self.write((name.to_owned(), new_name.to_owned()), |connection, (name, new_name)| {
            Box::pin(models::rename(connection, name, new_name, NOW + 5))
        })
        .await
    }
}

/// The model `m` with that many versions.
async fn with_versions(count: usize) -> Database {
    let database = Database::tracking().await;
    database
        .create_model(NewModel { tags: tags(&[("b", "2"), ("a", "1")]), ..new_model("m") })
        .await
        .unwrap();
    for _ in 0..count {
        database.create_version(new_version("m")).await.unwrap();
    }
    database
}

fn numbers(versions: &[ModelVersion]) -> Vec<(&str, &str)> {
    versions
        .iter()
        .map(|version| (version.current_stage.as_deref().unwrap(), version.version.as_str()))
        .collect()
}

#[tokio::test]
async fn a_model_is_read_as_it_was_made() {
    let database = with_versions(0).await;
    let model = database.model("m").await.unwrap();
    assert_eq!(pairs(&model.tags), [("a", "1"), ("b", "2")]);
    assert_eq!((model.creation_timestamp, model.last_updated_timestamp), (Some(NOW), Some(NOW)));
    assert!(model.latest_versions.is_empty() && model.aliases.is_empty());
    assert_refused(
        database.model("M").await,
        ErrorCode::ResourceDoesNotExist,
        "Registered Model with name=M not found",
    );
}

#[tokio::test]
async fn a_name_is_taken_once_by_a_model_or_a_prompt() {
    let database = with_versions(0).await;
    let prompt =
        |name: &str| NewModel { tags: tags(&[("mlflow.prompt.is_prompt", "true")]), ..new_model(name) };
    database.create_model(prompt("p")).await.unwrap();
    for (new, words) in [
        (new_model("m"), "Registered Model (name=m) already exists."),
        (prompt("p"), "Prompt (name=p) already exists."),
        (
            prompt("m"),
            "Tried to create a prompt with name 'm', but the name is already taken by a registered model",
        ),
        (new_model("p"), "Tried to create a registered model with name 'p'"),
    ] {
        assert_refused(database.create_model(new).await, ErrorCode::ResourceAlreadyExists, words);
    }
    let names = ["m", "p", "nobody"].map(str::to_owned);
    let prompts = models::prompts_among(&database.db, &names).await.unwrap();
    assert_eq!((prompts.get("m"), prompts.get("p"), prompts.len()), (Some(&false), Some(&true), 2));
}

#[tokio::test]
async fn versions_are_numbered_and_a_number_is_never_given_again() {
    let database = with_versions(2).await;
    database.delete_version(2).await.unwrap();
    let third = database.create_version(new_version("m")).await.unwrap();
    assert_eq!((third.version.as_str(), third.status), ("3", Some(ModelVersionStatus::Ready)));
    assert_eq!(third.current_stage.as_deref(), Some("None"));
    assert_refused(
        database.create_version(new_version("nobody")).await,
        ErrorCode::ResourceDoesNotExist,
        "Registered Model with name=nobody not found",
    );
}

#[tokio::test]
async fn a_deleted_versions_row_tells_nothing() {
    let database = with_versions(0).await;
    let new = NewVersion {
        run_id: "r".to_owned(),
        run_link: "l".to_owned(),
        description: "d".to_owned(),
        tags: tags(&[("k", "v")]),
        ..new_version("m")
    };
    database.create_version(new).await.unwrap();
    database.set_alias("m", "best", 1).await.unwrap();
    database.delete_version(1).await.unwrap();
    let not_found = "Model Version (name=m, version=1) not found";
    assert_refused(database.version("m", 1).await, ErrorCode::ResourceDoesNotExist, not_found);
    assert_refused(database.delete_version(1).await, ErrorCode::ResourceDoesNotExist, not_found);
    assert_refused(database.set_alias("m", "a", 1).await, ErrorCode::ResourceDoesNotExist, not_found);
    assert_refused(
        database.by_alias("m", "best").await,
        ErrorCode::InvalidParameterValue,
        "Registered model alias best not found.",
    );
    let row: Vec<(String, String, String, String, Option<String>)> = database
        .rows("SELECT current_stage, source, run_id, run_link, description FROM model_versions")
        .await;
    let redacted = ["Deleted_Internal", "REDACTED-SOURCE-PATH", "REDACTED-RUN-ID", "REDACTED-RUN-LINK"];
    let [stage, source, run, link] = redacted.map(str::to_owned);
    assert_eq!(row, [(stage, source, run, link, None)]);
    assert_eq!(database.model("m").await.unwrap().last_updated_timestamp, Some(NOW + 9));
}

#[tokio::test]
async fn the_latest_version_of_each_stage_is_known() {
    let database = with_versions(4).await;
    database.set_stage(1, Stage::Production, false).await.unwrap();
    database.set_stage(2, Stage::Production, false).await.unwrap();
    let model = database.model("m").await.unwrap();
    assert_eq!(numbers(&model.latest_versions), [("Production", "2"), ("None", "4")]);
    database.set_alias("m", "best", 2).await.unwrap();
    let latest = |stages: &'static [Stage]| {
        database.read(stages, |connection, stages| Box::pin(versions::latest(connection, "m", stages)))
    };
    let production = latest(&[Stage::Production, Stage::Staging]).await.unwrap();
    assert_eq!(numbers(&production), [("Production", "2")]);
    assert_eq!(production[0].aliases, ["best"]);
    assert_eq!(latest(&[]).await.unwrap().len(), 2);
    assert_eq!(database.by_alias("m", "Latest").await.unwrap().version, "4");
}

#[tokio::test]
async fn a_version_that_comes_in_can_archive_those_in_its_stage() {
    let database = with_versions(3).await;
    database.set_stage(1, Stage::Staging, false).await.unwrap();
    database.set_stage(2, Stage::Staging, true).await.unwrap();
    let third = database.set_stage(3, Stage::Staging, true).await.unwrap();
    assert_eq!(
        (third.current_stage.as_deref(), third.last_updated_timestamp),
        (Some("Staging"), Some(NOW + 9))
    );
    let stages: Vec<(String,)> =
        database.rows("SELECT current_stage FROM model_versions ORDER BY version").await;
    assert_eq!(
        stages.iter().map(|(stage,)| stage.as_str()).collect::<Vec<_>>(),
        ["Archived", "Archived", "Staging"]
    );
    // A version that is not there changes nothing, also not the others.
    let missing = database.set_stage(7, Stage::Staging, true).await;
    assert_refused(missing, ErrorCode::ResourceDoesNotExist, "version=7");
    assert_eq!(database.version("m", 3).await.unwrap().current_stage.as_deref(), Some("Staging"));
}

#[tokio::test]
async fn an_alias_moves_and_goes() {
    let database = with_versions(2).await;
    database.set_alias("m", "best", 1).await.unwrap();
    database.set_alias("m", "old", 1).await.unwrap();
    database.set_alias("m", "best", 2).await.unwrap();
    assert_eq!(database.by_alias("m", "best").await.unwrap().aliases, ["best"]);
    let model = database.model("m").await.unwrap();
    let known: Vec<(&str, &str)> =
        model.aliases.iter().map(|alias| (alias.alias.as_str(), alias.version.as_str())).collect();
    assert_eq!(known, [("best", "2"), ("old", "1")]);
    for _ in 0..2 {
        let deleted = database.write((), |connection, ()| Box::pin(aliases::delete(connection, "m", "best")));
        deleted.await.unwrap();
    }
    assert!(database.version("m", 2).await.unwrap().aliases.is_empty());
}

#[tokio::test]
async fn a_renamed_model_takes_all_that_belongs_to_it() {
    let database = with_versions(2).await;
    database.set_alias("m", "best", 2).await.unwrap();
    let tagged = database.write((), |connection, ()| {
        Box::pin(async {
            versions::set_tag(connection, "m", 2, &tag("k", "v")).await?;
            models::set_tag(connection, "m", &tag("c", "3")).await
        })
    });
    tagged.await.unwrap();
    let renamed = database.rename_model("m", "n").await.unwrap();
    assert_eq!(pairs(&renamed.tags), [("a", "1"), ("b", "2"), ("c", "3")]);
    let version = database.by_alias("n", "best").await.unwrap();
    assert_eq!((pairs(&version.tags), version.last_updated_timestamp), (vec![("k", "v")], Some(NOW + 5)));
    assert_refused(database.model("m").await, ErrorCode::ResourceDoesNotExist, "name=m");
    database.create_model(new_model("m")).await.unwrap();
    assert_refused(
        database.rename_model("n", "m").await,
        ErrorCode::ResourceAlreadyExists,
        "Registered Model (name=m) already exists.",
    );
    assert!(database.rename_model("n", "n").await.is_ok());
    assert_refused(database.rename_model("x", "y").await, ErrorCode::ResourceDoesNotExist, "name=x");
}

#[tokio::test]
async fn a_deleted_model_leaves_nothing_behind() {
    let database = with_versions(2).await;
    database.set_alias("m", "best", 2).await.unwrap();
    database.create_model(NewModel { tags: tags(&[("a", "1")]), ..new_model("other") }).await.unwrap();
    let delete = || database.write((), |connection, ()| Box::pin(models::delete(connection, "m")));
    delete().await.unwrap();
    assert_refused(delete().await, ErrorCode::ResourceDoesNotExist, "Registered Model with name=m not found");
    for (table, left) in [
        ("registered_models", 1),
        ("registered_model_tags", 1),
        ("registered_model_aliases", 0),
        ("model_versions", 0),
        ("model_version_tags", 0),
    ] {
        assert_eq!(database.number(&format!("SELECT count(*) FROM {table}")).await, left, "{table}");
    }
}

#[tokio::test]
async fn a_creation_is_taken_back_only_while_nobody_has_used_the_model() {
    let database = with_versions(0).await;
    let undo = |now| {
        let new = NewModel { now, ..new_model("m") };
        database.write(new, |connection, new| Box::pin(models::undo_create(connection, new)))
    };
    assert_refused(undo(NOW + 1).await, ErrorCode::InvalidState, "has been used");
    undo(NOW).await.unwrap();
    database.create_model(new_model("m")).await.unwrap();
    database.create_version(new_version("m")).await.unwrap();
    assert_refused(undo(NOW).await, ErrorCode::InvalidState, "has been used");
}

#[tokio::test]
async fn a_version_is_described_and_tagged() {
    let database = with_versions(1).await;
    let describe = |description: Option<&'static str>| {
        database.write(description, |connection, description| {
            Box::pin(versions::update(connection, "m", 1, *description, NOW + 1))
        })
    };
    assert_eq!(describe(Some("d")).await.unwrap().description.as_deref(), Some("d"));
    assert_eq!(describe(None).await.unwrap().description, None);
    let changed = database.write((), |connection, ()| {
        Box::pin(async {
            for value in ["1", "2"] {
                versions::set_tag(connection, "m", 1, &tag("k", value)).await?;
            }
            versions::set_tag(connection, "m", 1, &tag("gone", "")).await?;
            versions::delete_tag(connection, "m", 1, "gone").await?;
            versions::delete_tag(connection, "m", 1, "gone").await
        })
    });
    changed.await.unwrap();
    assert_eq!(pairs(&database.version("m", 1).await.unwrap().tags), [("k", "2")]);
    let described =
        database.write((), |connection, ()| Box::pin(models::update(connection, "m", "text", NOW + 2)));
    assert_eq!(described.await.unwrap().description.as_deref(), Some("text"));
}

#[tokio::test]
async fn a_versions_artifacts_lie_in_its_storage_or_at_its_source() {
    let database = with_versions(0).await;
    for storage_location in ["s3://b/copy", ""] {
        let new = NewVersion { storage_location: storage_location.to_owned(), ..new_version("m") };
        database.create_version(new).await.unwrap();
    }
    for (version, location) in [(1, "s3://b/copy"), (2, "s3://b/m")] {
        let found = database
            .read(version, |connection, version| Box::pin(versions::location(connection, "m", *version)));
        assert_eq!(found.await.unwrap(), location);
    }
}
