//! The datasets and models that runs read and made.

use crate::{Answer, Call, Service, given, handle};
use futures::FutureExt;
use model::ambient::uuid_hex;
use model::{Error, validation};
use operations::messages::{DatasetSummaries, Done};
use operations::{Json, LogInputs, LogOutputs, SearchDatasets};
use std::sync::Arc;
use store::tracking::{experiments, inputs};

handle!(LogInputs, log_inputs);
handle!(LogOutputs, log_outputs);
handle!(SearchDatasets, search_datasets);

/// Experiments in one search of datasets (MLflow 3.17 `search_datasets_impl`).
const MAX_EXPERIMENTS: usize = 20;

impl Service {
    async fn log_inputs(&self, call: Call<LogInputs>) -> Answer<LogInputs> {
        let (_, input) = call.into_parts();
        let run = given(input.0.run_id, "run_id")?;
        validation::run_id(&run)?;
        let datasets = input.0.datasets.unwrap_or_default();
        validation::dataset_inputs(&datasets)?;
        let what = Arc::new((run, datasets, input.0.models.unwrap_or_default()));
        let entropy = Arc::clone(&self.entropy);
        let logged = self.tracking()?.write(move |connection| {
            let (what, entropy) = (Arc::clone(&what), Arc::clone(&entropy));
            async move {
                let (run, datasets, models) = &*what;
                inputs::log(connection, run, datasets, models, &move || uuid_hex(&*entropy)).await
            }
            .boxed()
        });
        logged.await?;
        Ok(Json(Done {}))
    }

    async fn log_outputs(&self, call: Call<LogOutputs>) -> Answer<LogOutputs> {
        let (_, input) = call.into_parts();
        let run = given(input.0.run_id, "run_id")?;
        let what = Arc::new((run, given(input.0.models, "models")?));
        let entropy = Arc::clone(&self.entropy);
        let logged = self.tracking()?.write(move |connection| {
            let (what, entropy) = (Arc::clone(&what), Arc::clone(&entropy));
            async move {
                let (run, models) = &*what;
                inputs::log_outputs(connection, run, models, &move || uuid_hex(&*entropy)).await
            }
            .boxed()
        });
        logged.await?;
        Ok(Json(Done {}))
    }

    async fn search_datasets(&self, call: Call<SearchDatasets>) -> Answer<SearchDatasets> {
        let (_, input) = call.into_parts();
        let ids = input.0.experiment_ids.unwrap_or_default();
        if ids.is_empty() {
            return Err(Error::invalid("SearchDatasets request must specify at least one experiment_id."));
        }
        if ids.len() > MAX_EXPERIMENTS {
            return Err(Error::invalid(format!(
                "SearchDatasets request cannot specify more than {MAX_EXPERIMENTS} experiment_ids. Received {} \
                 experiment_ids.",
                ids.len()
            )));
        }
        let ids: Vec<i64> = ids.iter().map(|id| experiments::parse_id(id)).collect::<Result<_, _>>()?;
        let dataset_summaries = inputs::summaries(self.replica()?, &ids).await?;
        Ok(Json(DatasetSummaries { dataset_summaries }))
    }
}
