//! Logging to a run: metrics, parameters and tags together, all or nothing.

use crate::db::{Connection, twin};
use crate::dialect;
use crate::error::StoreError;
use crate::tracking::metrics::NewMetric;
use crate::tracking::runs::{self, RunChange};
use crate::tracking::{RUN_NAME_TAG, metrics};
use model::{Error, Tag};
use sea_query::{Expr, ExprTrait, Query};
use std::collections::HashMap;

/// What a request logs to one run. The service has checked names and limits, and that no parameter comes twice.
#[derive(Debug, Default)]
pub struct Batch {
    pub run_id: String,
    pub metrics: Vec<NewMetric>,
    pub params: Vec<Tag>,
    pub tags: Vec<Tag>,
}

/// Logs a batch to an active run.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST without such a run; INVALID_PARAMETER_VALUE when it is deleted, or when a parameter was logged
/// before with another value.
pub async fn log(connection: &mut Connection<'_>, batch: &Batch) -> Result<(), StoreError> {
    let run = runs::active(connection, &batch.run_id).await?;
    log_params(connection, &batch.run_id, &batch.params).await?;
    metrics::log(connection, &batch.run_id, &run.experiment_id, &batch.metrics).await?;
    // The name stands in a column and in a tag, which change together. An empty one changes neither, as in MLflow.
    let named = |tag: &&Tag| tag.key == RUN_NAME_TAG && !tag.value.is_empty();
    let name = batch.tags.iter().rfind(named).map(|tag| tag.value.clone());
    if name.is_some() {
        runs::update(connection, &batch.run_id, &RunChange { name, ..RunChange::default() }).await?;
    }
    let others: Vec<Tag> = batch.tags.iter().filter(|tag| tag.key != RUN_NAME_TAG).cloned().collect();
    runs::set_tags(connection, &batch.run_id, &others).await
}

async fn log_params(connection: &mut Connection<'_>, run: &str, params: &[Tag]) -> Result<(), StoreError> {
    if params.is_empty() {
        return Ok(());
    }
    let keys: Vec<&str> = params.iter().map(|param| param.key.as_str()).collect();
    let query = Query::select()
        .columns(["key", "value"])
        .from("params")
        .and_where(Expr::col("run_uuid").eq(run))
        .and_where(dialect::in_list("key", &keys))
        .to_owned();
    let known: HashMap<String, String> =
        connection.fetch_all::<(String, String)>(&query).await?.into_iter().collect();
    let changed: Vec<(&Tag, &String)> = params
        .iter()
        .filter_map(|param| Some((param, known.get(&param.key)?)))
        .filter(|(param, old)| param.value != **old)
        .collect();
    match changed.as_slice() {
        [] => {}
        [(param, old)] if params.len() == 1 => {
            return Err(Error::invalid(format!(
                "Changing param values is not allowed. Param with key='{}' was already logged with value='{old}' \
                 for run ID='{run}'. Attempted logging new value '{}'.",
                param.key, param.value
            ))
            .into());
        }
        several => {
            let list: Vec<String> = several
                .iter()
                .map(|(param, old)| {
                    format!(
                        "{{'key': '{}', 'old_value': '{old}', 'new_value': '{}'}}",
                        param.key, param.value
                    )
                })
                .collect();
            return Err(Error::invalid(format!(
                "Changing param values is not allowed. Params were already logged='[{}]' for run ID='{run}'.",
                list.join(", ")
            ))
            .into());
        }
    }
    let mut insert = Query::insert();
    insert.into_table("params").columns(["run_uuid", "key", "value"]);
    let mut any = false;
    for param in params.iter().filter(|param| !known.contains_key(&param.key)) {
        any = true;
        insert.values_panic([run.into(), param.key.as_str().into(), param.value.as_str().into()]);
    }
    if !any {
        return Ok(());
    }
    match connection.execute(&insert).await {
        // Somebody else may have logged the very key by now, which another attempt finds; else it is another one.
        Err(error) if error.is_unique_violation() && connection.is_inexact() => {
            match connection.fetch_all::<(String, String)>(&query).await?.len() > known.len() {
                true => Err(error),
                false => Err(twin().into()),
            }
        }
        outcome => outcome.map(drop),
    }
}
