//! Tables of keys and values: the tags and parameters of what is tracked.

use crate::AnyRow;
use crate::db::Connection;
use crate::dialect;
use crate::error::StoreError;
use model::Tag;
use sea_query::{Expr, ExprTrait, OnConflict, Order, Query};
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// A table that holds one value for each key of an owner, and its columns.
#[derive(Debug)]
pub(crate) struct KeyValues {
    table: &'static str,
    owner: &'static str,
    key: &'static str,
    value: &'static str,
}

pub(crate) const EXPERIMENT_TAGS: KeyValues =
    KeyValues { table: "experiment_tags", owner: "experiment_id", key: "key", value: "value" };
pub(crate) const RUN_TAGS: KeyValues =
    KeyValues { table: "tags", owner: "run_uuid", key: "key", value: "value" };
pub(crate) const INPUT_TAGS: KeyValues =
    KeyValues { table: "input_tags", owner: "input_uuid", key: "name", value: "value" };
pub(crate) const LOGGED_MODEL_TAGS: KeyValues =
    KeyValues { table: "logged_model_tags", owner: "model_id", key: "tag_key", value: "tag_value" };
pub(crate) const LOGGED_MODEL_PARAMS: KeyValues =
    KeyValues { table: "logged_model_params", owner: "model_id", key: "param_key", value: "param_value" };

impl KeyValues {
    /// What the owners have, by owner, in the order of the keys; one that has nothing has no entry.
    pub(crate) async fn of<Id>(
        &self,
        connection: &mut Connection<'_>,
        owners: &[impl dialect::Listed],
    ) -> Result<HashMap<Id, Vec<Tag>>, StoreError>
    where
        Id: Eq + Hash,
        (Id, String, Option<String>): AnyRow,
    {
        let query = Query::select()
            .columns([self.owner, self.key, self.value])
            .from(self.table)
            .and_where(dialect::in_list(self.owner, owners))
            .order_by(self.key, Order::Asc)
            .to_owned();
        let mut by_owner: HashMap<Id, Vec<Tag>> = HashMap::new();
        for (owner, key, value) in connection.fetch_all::<(Id, String, Option<String>)>(&query).await? {
            by_owner.entry(owner).or_default().push(Tag { key, value: value.unwrap_or_default() });
        }
        Ok(by_owner)
    }

    /// Sets values of an owner, the last one of a key winning.
    pub(crate) async fn set(
        &self,
        connection: &mut Connection<'_>,
        owner: impl Into<Expr> + Clone,
        pairs: impl Iterator<Item = (&str, &str)>,
    ) -> Result<(), StoreError> {
        self.set_in(connection, owner, None, pairs).await
    }

    /// As [`set`](Self::set), where the table names the owner's experiment, too.
    pub(crate) async fn set_in(
        &self,
        connection: &mut Connection<'_>,
        owner: impl Into<Expr> + Clone,
        experiment_id: Option<i64>,
        pairs: impl Iterator<Item = (&str, &str)>,
    ) -> Result<(), StoreError> {
        // In one order, so that no two writes hold what the other needs.
        let last: BTreeMap<&str, &str> = pairs.collect();
        let rows: Vec<(&str, &str)> = last.into_iter().collect();
        for rows in rows.chunks(dialect::ROWS_PER_INSERT) {
            let mut insert = Query::insert();
            let columns = [self.owner, self.key, self.value];
            insert
                .into_table(self.table)
                .columns(columns.into_iter().chain(experiment_id.map(|_| "experiment_id")));
            for (key, value) in rows {
                let row = [owner.clone().into(), (*key).into(), (*value).into()];
                insert.values_panic(row.into_iter().chain(experiment_id.map(Expr::from)));
            }
            insert.on_conflict(
                OnConflict::columns([self.key, self.owner]).update_column(self.value).to_owned(),
            );
            connection.execute(&insert).await?;
            let keys: Vec<&str> = rows.iter().map(|(key, _)| *key).collect();
            let exactly = Query::select()
                .column(self.key)
                .from(self.table)
                .and_where(Expr::col(self.owner).eq(owner.clone()))
                .and_where(dialect::in_list(self.key, &keys))
                .to_owned();
            connection.check_no_twin(&exactly, rows.len()).await?;
        }
        Ok(())
    }

    /// Removes the value of a key, and tells whether there was one.
    pub(crate) async fn remove(
        &self,
        connection: &mut Connection<'_>,
        owner: impl Into<Expr>,
        key: &str,
    ) -> Result<bool, StoreError> {
        let delete = Query::delete()
            .from_table(self.table)
            .and_where(Expr::col(self.owner).eq(owner))
            .and_where(Expr::col(self.key).eq(key))
            .to_owned();
        Ok(connection.execute(&delete).await? > 0)
    }
}

/// The pairs of tags, as [`KeyValues::set`] takes them.
pub(crate) fn pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()))
}
