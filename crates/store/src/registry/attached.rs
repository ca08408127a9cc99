//! What hangs on models and versions: tags and aliases, read for many at once and written one by one.

use crate::Int;
use crate::db::Connection;
use crate::dialect;
use crate::error::StoreError;
use crate::schema::DEFAULT_WORKSPACE;
use model::{Alias, Tag};
use sea_query::{Expr, ExprTrait, OnConflict, Order, Query};
use std::collections::{BTreeMap, HashMap};

/// The key of a version: the model's name and the number.
pub(crate) type VersionKey = (String, i64);

/// The tags of one owner in the order of their keys. The database is not asked for it: to save sorting it would read every
/// tag there is in that order, and look which ones belong.
fn sort(tags: &mut [Tag]) {
    tags.sort_unstable_by(|a, b| a.key.cmp(&b.key));
}

/// The tags of models, by name, in the order of their keys.
pub(crate) async fn tags_of_models(
    connection: &mut Connection<'_>,
    names: &[&str],
) -> Result<HashMap<String, Vec<Tag>>, StoreError> {
    let query = Query::select()
        .columns(["name", "key", "value"])
        .from("registered_model_tags")
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(dialect::in_list("name", names))
        .to_owned();
    let mut by_name: HashMap<String, Vec<Tag>> = HashMap::new();
    for (name, key, value) in connection.fetch_all::<(String, String, Option<String>)>(&query).await? {
        by_name.entry(name).or_default().push(Tag { key, value: value.unwrap_or_default() });
    }
    by_name.values_mut().for_each(|tags| sort(tags));
    Ok(by_name)
}

/// The tags of versions, in the order of their keys.
pub(crate) async fn tags_of_versions(
    connection: &mut Connection<'_>,
    versions: &[(&str, i64)],
) -> Result<HashMap<VersionKey, Vec<Tag>>, StoreError> {
    let query = Query::select()
        .columns(["name", "version", "key", "value"])
        .from("model_version_tags")
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(dialect::in_pairs("name", "version", versions))
        .to_owned();
    let mut by_version: HashMap<VersionKey, Vec<Tag>> = HashMap::new();
    for (name, Int(version), key, value) in
        connection.fetch_all::<(String, Int, String, Option<String>)>(&query).await?
    {
        let tag = Tag { key, value: value.unwrap_or_default() };
        by_version.entry((name, version)).or_default().push(tag);
    }
    by_version.values_mut().for_each(|tags| sort(tags));
    Ok(by_version)
}

/// The aliases of models, by name, in the order of their names.
pub(crate) async fn aliases_of_models(
    connection: &mut Connection<'_>,
    names: &[&str],
) -> Result<HashMap<String, Vec<Alias>>, StoreError> {
    let query = Query::select()
        .columns(["name", "alias", "version"])
        .from("registered_model_aliases")
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(dialect::in_list("name", names))
        .order_by("alias", Order::Asc)
        .to_owned();
    let mut by_name: HashMap<String, Vec<Alias>> = HashMap::new();
    for (name, alias, version) in connection.fetch_all::<(String, String, Int)>(&query).await? {
        by_name.entry(name).or_default().push(Alias { alias, version: version.to_string() });
    }
    Ok(by_name)
}

/// Sets tags of a model, or of a version of it, the last one of a key winning.
pub(crate) async fn set_tags(
    connection: &mut Connection<'_>,
    name: &str,
    version: Option<i64>,
    tags: &[Tag],
) -> Result<(), StoreError> {
    let last: BTreeMap<&str, &str> = tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect();
    let rows: Vec<(&str, &str)> = last.into_iter().collect();
    for rows in rows.chunks(dialect::ROWS_PER_INSERT) {
        let mut insert = Query::insert();
        match version {
            None => insert
                .into_table("registered_model_tags")
                .columns(["workspace", "name", "key", "value"])
                .on_conflict(
                    OnConflict::columns(["workspace", "key", "name"]).update_column("value").to_owned(),
                ),
            Some(_) => insert
                .into_table("model_version_tags")
                .columns(["workspace", "name", "key", "value", "version"])
                .on_conflict(
                    OnConflict::columns(["workspace", "key", "name", "version"])
                        .update_column("value")
                        .to_owned(),
                ),
        };
        for (key, value) in rows {
            let mut values: Vec<Expr> =
                vec![DEFAULT_WORKSPACE.into(), name.into(), (*key).into(), (*value).into()];
            values.extend(version.map(Expr::from));
            insert.values_panic(values);
        }
        connection.execute(&insert).await?;
        let keys: Vec<&str> = rows.iter().map(|(key, _)| *key).collect();
        let exactly = Query::select()
            .column("key")
            .from(table_of_tags(version))
            .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
            .and_where(Expr::col("name").eq(name))
            .and_where(dialect::in_list("key", &keys))
            .and_where_option(version.map(|version| Expr::col("version").eq(version)))
            .to_owned();
        connection.check_no_twin(&exactly, rows.len()).await?;
    }
    Ok(())
}

/// Where the tags of a model are, or of a version of it.
const fn table_of_tags(version: Option<i64>) -> &'static str {
    if version.is_some() { "model_version_tags" } else { "registered_model_tags" }
}

/// Removes a tag of a model, or of a version of it, if there is one.
pub(crate) async fn delete_tag(
    connection: &mut Connection<'_>,
    name: &str,
    version: Option<i64>,
    key: &str,
) -> Result<(), StoreError> {
    let delete = Query::delete()
        .from_table(table_of_tags(version))
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("name").eq(name))
        .and_where(Expr::col("key").eq(key))
        .and_where_option(version.map(|version| Expr::col("version").eq(version)))
        .to_owned();
    connection.execute(&delete).await.map(drop)
}
