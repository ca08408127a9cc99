//! Runs, and what clients log to them.

use crate::{Answer, Call, Service, given, handle, names, page_rows};
use authz::ResourceType;
use futures::FutureExt;
use model::ambient::uuid_hex;
use model::validation::LongValues;
use model::{
    Error, LifecycleStage, Result, Run, RunData, RunInfo, RunInputs, RunStatus, Tag, ViewType, validation,
};
use operations::messages::{BatchMetric, BatchTag, Done, RunAnswer, RunPage, UpdatedRun};
use operations::{
    CreateRun, DeleteRun, DeleteTag, GetRun, Json, LogBatch, LogMetric, LogModel, LogParam, RestoreRun,
    SearchRuns, SetTag, UpdateRun,
};
use serde_json::{Map, Value};
use std::sync::Arc;
use store::StoreError;
use store::tracking::batch::{self, Batch};
use store::tracking::metrics::{MeasuredModel, NewMetric};
use store::tracking::runs::{self, NewRun, RunChange, Search};
use store::tracking::{RUN_NAME_TAG, experiments};

handle!(CreateRun, create_run);
handle!(GetRun, get_run);
handle!(UpdateRun, update_run);
handle!(DeleteRun, delete_run);
handle!(RestoreRun, restore_run);
handle!(SetTag, set_tag);
handle!(DeleteTag, delete_tag);
handle!(LogMetric, log_metric);
handle!(LogParam, log_param);
handle!(LogBatch, log_batch);
handle!(LogModel, log_model);
handle!(SearchRuns, search_runs);

/// Rows of a page of runs when the request does not say (MLflow's protobuf default).
const DEFAULT_PAGE_ROWS: i64 = 1000;
/// The tag that holds what older clients log as models.
const LOGGED_MODELS_TAG: &str = "mlflow.log-model.history";

impl Service {
    async fn create_run(&self, call: Call<CreateRun>) -> Answer<CreateRun> {
        let (_, input) = call.into_parts();
        let input = input.0;
        let experiment_id = input.experiment().to_owned();
        let mut tags = input.tags.unwrap_or_default();
        let name_tag = tags.iter().rev().find(|tag| tag.key == RUN_NAME_TAG).map(|tag| tag.value.clone());
        let name = match (input.run_name.filter(|name| !name.is_empty()), name_tag) {
            (Some(name), Some(tag)) if name != tag => {
                return Err(Error::invalid(format!(
                    "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values \
                     (run_name='{name}', mlflow.runName='{tag}')."
                )));
            }
            (Some(name), Some(_)) => name,
            (None, Some(tag)) if !tag.is_empty() => tag,
            (name, _) => {
                let name = name.unwrap_or_else(|| names::random(&*self.entropy));
                tags.retain(|tag| tag.key != RUN_NAME_TAG);
                tags.push(Tag { key: RUN_NAME_TAG.to_owned(), value: name.clone() });
                name
            }
        };
        let tags: Vec<Tag> = tags
            .into_iter()
            .enumerate()
            .map(|(index, tag)| validation::tag_of_new_run(tag, index, self.long_values))
            .collect::<Result<_>>()?;

        let db = self.tracking()?;
        let id = experiments::parse_id(&experiment_id)?;
        let new = Arc::new(NewRun {
            id: uuid_hex(&*self.entropy),
            name,
            experiment_id: id,
            user_id: input.user_id.unwrap_or_default(),
            start_time: input.start_time.map_or(0, |time| time.0),
            tags,
        });
        let created = Arc::clone(&new);
        let artifact_uri = db.write(move |connection| {
            let new = Arc::clone(&new);
            async move {
                let location = experiments::active_location(connection, new.experiment_id).await?;
                let artifact_uri = artifacts::location::append_path(&location, &[&new.id, "artifacts"])
                    .map_err(Error::from)?;
                runs::create(connection, &new, &artifact_uri).await?;
                Ok(artifact_uri)
            }
            .boxed()
        });
        Ok(Json(RunAnswer { run: answer_of(&created, artifact_uri.await?, experiment_id) }))
    }

    async fn get_run(&self, call: Call<GetRun>) -> Answer<GetRun> {
        let withholds_models = call.withholds(ResourceType::LoggedModel);
        let (_, input) = call.into_parts();
        let id = input.0.run()?;
        let mut run = self.tracking()?.read(id, |connection, id| runs::get(connection, id).boxed()).await?;
        if withholds_models {
            run.withhold_models();
        }
        Ok(Json(RunAnswer { run }))
    }

    async fn update_run(&self, call: Call<UpdateRun>) -> Answer<UpdateRun> {
        let (_, input) = call.into_parts();
        let id = input.0.run()?.to_owned();
        let change = Arc::new(RunChange {
            status: input.0.status,
            end_time: input.0.end_time.map(|time| time.0),
            name: input.0.run_name,
        });
        let updated = self.tracking()?.write(move |connection| {
            let (id, change) = (id.clone(), Arc::clone(&change));
            async move { runs::update(connection, &id, &change).await }.boxed()
        });
        Ok(Json(UpdatedRun { run_info: updated.await? }))
    }

    async fn delete_run(&self, call: Call<DeleteRun>) -> Answer<DeleteRun> {
        let (_, input) = call.into_parts();
        self.move_run(input.0.run()?, LifecycleStage::Deleted).await
    }

    async fn restore_run(&self, call: Call<RestoreRun>) -> Answer<RestoreRun> {
        let (_, input) = call.into_parts();
        self.move_run(input.0.run()?, LifecycleStage::Active).await
    }

    async fn move_run(&self, id: &str, to: LifecycleStage) -> Result<Json<Done>> {
        let (id, now) = (id.to_owned(), self.clock.now());
        let moved = self.tracking()?.write(move |connection| {
            let id = id.clone();
            async move { runs::delete_or_restore(connection, &id, to, now).await }.boxed()
        });
        moved.await?;
        Ok(Json(Done {}))
    }

    async fn set_tag(&self, call: Call<SetTag>) -> Answer<SetTag> {
        let (_, input) = call.into_parts();
        let run_id = input.0.run()?.to_owned();
        let tag = Tag { key: given(input.0.key, "key")?, value: input.0.value.unwrap_or_default() };
        let tag = validation::tag(tag, None, self.long_values)?;
        self.log(Batch { run_id, tags: vec![tag], ..Batch::default() }).await
    }

    async fn delete_tag(&self, call: Call<DeleteTag>) -> Answer<DeleteTag> {
        let (_, input) = call.into_parts();
        let id = given(input.0.run_id, "run_id")?;
        let key = given(input.0.key, "key")?;
        let deleted = self.tracking()?.write(move |connection| {
            let (id, key) = (id.clone(), key.clone());
            async move { runs::delete_tag(connection, &id, &key).await }.boxed()
        });
        deleted.await?;
        Ok(Json(Done {}))
    }

    async fn log_metric(&self, call: Call<LogMetric>) -> Answer<LogMetric> {
        let (_, input) = call.into_parts();
        let run_id = input.0.run()?.to_owned();
        let metric = BatchMetric {
            key: input.0.key,
            value: input.0.value,
            timestamp: input.0.timestamp,
            step: input.0.step,
            dataset_name: input.0.dataset_name,
            dataset_digest: input.0.dataset_digest,
            model_id: input.0.model_id,
        };
        let metric = new_metric(metric, None)?;
        self.log(Batch { run_id, metrics: vec![metric], ..Batch::default() }).await
    }

    async fn log_param(&self, call: Call<LogParam>) -> Answer<LogParam> {
        let (_, input) = call.into_parts();
        let run_id = input.0.run()?.to_owned();
        let param = Tag { key: given(input.0.key, "key")?, value: input.0.value.unwrap_or_default() };
        let param = validation::param(param, None, self.long_values)?;
        self.log(Batch { run_id, params: vec![param], ..Batch::default() }).await
    }

    async fn log_batch(&self, call: Call<LogBatch>) -> Answer<LogBatch> {
        let (_, input) = call.into_parts();
        let input = input.0;
        let run_id = given(input.run_id, "run_id")?;
        validation::run_id(&run_id)?;
        let metrics = input.metrics.unwrap_or_default();
        let params = input.params.unwrap_or_default();
        let tags = input.tags.unwrap_or_default();
        let size = (metrics.len(), params.len(), tags.len());
        let metrics = metrics
            .into_iter()
            .enumerate()
            .map(|(index, metric)| new_metric(metric, Some(index)))
            .collect::<Result<_>>()?;
        let params: Vec<Tag> = batch_tags("params", params, |param, index| {
            validation::param(param, Some(index), self.long_values)
        })?;
        let tags =
            batch_tags("tags", tags, |tag, index| validation::tag(tag, Some(index), self.long_values))?;
        validation::batch_size(size.0, size.1, size.2)?;
        validation::unique_params(&params)?;
        self.log(Batch { run_id, metrics, params, tags }).await
    }

    async fn log(&self, batch: Batch) -> Result<Json<Done>> {
        let batch = Arc::new(batch);
        let logged = self.tracking()?.write(move |connection| {
            let batch = Arc::clone(&batch);
            async move { batch::log(connection, &batch).await }.boxed()
        });
        logged.await?;
        Ok(Json(Done {}))
    }

    async fn log_model(&self, call: Call<LogModel>) -> Answer<LogModel> {
        let (_, input) = call.into_parts();
        let id = given(input.0.run_id, "run_id")?;
        let model = model_tag(&given(input.0.model_json, "model_json")?)?;
        let recorded = self.tracking()?.write(move |connection| {
            let (id, model) = (id.clone(), model.clone());
            async move {
                runs::hold_active(connection, &id).await?;
                let known = runs::tag(connection, &id, LOGGED_MODELS_TAG).await?;
                let tag = with_model(known.as_deref(), model)?;
                batch::log(connection, &Batch { run_id: id, tags: vec![tag], ..Batch::default() }).await
            }
            .boxed()
        });
        recorded.await?;
        Ok(Json(Done {}))
    }

    async fn search_runs(&self, call: Call<SearchRuns>) -> Answer<SearchRuns> {
        let visibility = call.visibility(ResourceType::Experiment).clone();
        let withholds_models = call.withholds(ResourceType::LoggedModel);
        let (_, input) = call.into_parts();
        let input = input.0;
        let max_results = input.max_results.map_or(DEFAULT_PAGE_ROWS, |rows| rows.0);
        if max_results > model::limits::PAGE_ROWS {
            return Err(Error::invalid(format!(
                "Invalid value {max_results} for parameter 'max_results' supplied:  Hint: Value was of type 'int'. See \
                 the API docs for more information about request parameters."
            )));
        }
        let search = Search {
            experiment_ids: input
                .experiment_ids
                .unwrap_or_default()
                .iter()
                .map(|id| experiments::parse_id(id))
                .collect::<Result<_, _>>()?,
            view: input.run_view_type.unwrap_or(ViewType::ActiveOnly),
            filter: search::runs::parse_filter(input.filter.as_deref().unwrap_or_default())?,
            order_by: search::runs::parse_order_by(&input.order_by.unwrap_or_default())?,
            limit: page_rows(max_results)?,
            page_token: input.page_token,
        };
        let mut snapshot = self.replica()?.snapshot_for_search().await?;
        let mut page = runs::search(&mut snapshot.connection(), &search, &visibility).await?;
        if withholds_models {
            page.items.iter_mut().for_each(Run::withhold_models);
        }
        Ok(Json(RunPage { runs: page.items, next_page_token: page.next_page_token }))
    }
}

/// The run as it has just been made.
fn answer_of(new: &NewRun, artifact_uri: String, experiment_id: String) -> Run {
    Run {
        info: RunInfo {
            run_id: new.id.clone(),
            run_uuid: new.id.clone(),
            run_name: Some(new.name.clone()),
            experiment_id,
            user_id: Some(new.user_id.clone()),
            status: Some(RunStatus::Running),
            start_time: Some(new.start_time),
            end_time: None,
            artifact_uri: Some(artifact_uri),
            lifecycle_stage: LifecycleStage::Active,
        },
        data: RunData { tags: new.tags.clone(), ..RunData::default() },
        inputs: RunInputs::default(),
        outputs: None,
    }
}

/// `metrics[3].key` in a batch, `key` alone.
fn path(list: &str, place: Option<usize>, field: &str) -> String {
    place.map_or_else(|| field.to_owned(), |index| format!("{list}[{index}].{field}"))
}

fn new_metric(metric: BatchMetric, place: Option<usize>) -> Result<NewMetric> {
    let missing = |field| Error::missing(&path("metrics", place, field));
    let key = metric.key.filter(|key| !key.is_empty()).ok_or_else(|| missing("key"))?;
    let value = metric.value.ok_or_else(|| missing("value"))?;
    let timestamp = metric.timestamp.ok_or_else(|| missing("timestamp"))?;
    validation::metric(&key, timestamp.0, place)?;
    let named = |name: Option<String>| name.filter(|name| !name.is_empty());
    let (dataset_name, dataset_digest) = (named(metric.dataset_name), named(metric.dataset_digest));
    if dataset_name.is_some() != dataset_digest.is_some() {
        return Err(Error::invalid(
            "Both dataset_name and dataset_digest must be provided if one is provided",
        ));
    }
    let model = named(metric.model_id).map(|id| MeasuredModel { id, dataset_name, dataset_digest });
    Ok(NewMetric::new(key, value.0, timestamp.0, metric.step.map_or(0, |step| step.0), model))
}

fn batch_tags(
    list: &str,
    tags: Vec<BatchTag>,
    check: impl Fn(Tag, usize) -> Result<Tag>,
) -> Result<Vec<Tag>> {
    tags.into_iter()
        .enumerate()
        .map(|(index, tag)| {
            let missing = || Error::missing(&path(list, Some(index), "key"));
            let key = tag.key.filter(|key| !key.is_empty()).ok_or_else(missing)?;
            check(Tag { key, value: tag.value.unwrap_or_default() }, index)
        })
        .collect()
}

/// The tag that lists the logged models, with one more. A list that has grown too long is refused: cut, nobody could read
/// it.
fn with_model(known: Option<&str>, model: Value) -> Result<Tag, StoreError> {
    let mut models: Vec<Value> = known.map_or(Ok(Vec::new()), serde_json::from_str).map_err(|_| {
        Error::invalid(format!("The run's tag {LOGGED_MODELS_TAG} does not hold a list of models."))
    })?;
    models.push(model);
    let tag = Tag { key: LOGGED_MODELS_TAG.to_owned(), value: Value::Array(models).to_string() };
    Ok(validation::tag(tag, None, LongValues::Refuse)?)
}

/// What of a model's description is kept in the run's tag, as MLflow's `Model.get_tags_dict`: where it is and its flavors
/// without their configuration.
fn model_tag(json: &str) -> Result<Value> {
    let Ok(Value::Object(mut model)) = serde_json::from_str(json) else {
        return Err(Error::invalid(format!("Malformed model info. \n {json} \n is not a valid JSON.")));
    };
    let missing: Vec<&str> = ["artifact_path", "flavors", "utc_time_created", "run_id"]
        .into_iter()
        .filter(|field| !model.contains_key(*field))
        .collect();
    if !missing.is_empty() {
        return Err(Error::invalid(format!("Model json is missing mandatory fields: {missing:?}")));
    }
    let mut tag = Map::new();
    for field in ["run_id", "utc_time_created", "artifact_path", "model_uuid"] {
        if let Some(value) = model.remove(field) {
            tag.insert(field.to_owned(), value);
        }
    }
    let mut flavors = model.remove("flavors").unwrap_or_default();
    for flavor in flavors.as_object_mut().into_iter().flat_map(Map::values_mut) {
        if let Some(flavor) = flavor.as_object_mut() {
            flavor.remove("config");
        }
    }
    tag.insert("flavors".to_owned(), flavors);
    Ok(Value::Object(tag))
}
