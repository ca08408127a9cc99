//! Limits of MLflow 3.17 (`utils/validation.py`), in characters unless said otherwise.

/// Metrics in one `log-batch`.
pub const METRICS_PER_BATCH: usize = 1000;
/// Parameters, and separately tags, in one `log-batch`.
pub const PARAMS_TAGS_PER_BATCH: usize = 100;
/// Metrics, parameters and tags together in one `log-batch`.
pub const ENTITIES_PER_BATCH: usize = 1000;
/// Bytes of one `log-batch` body.
pub const BATCH_REQUEST_BYTES: usize = 1_000_000;
pub const PARAM_VALUE: usize = 6000;
pub const TAG_VALUE: usize = 8000;
pub const EXPERIMENT_NAME: usize = 500;
pub const EXPERIMENT_TAG_KEY: usize = 250;
pub const EXPERIMENT_TAG_VALUE: usize = 20_000;
/// Keys of metrics, parameters and run tags.
pub const ENTITY_KEY: usize = 250;
/// Rows of one page of experiments or runs.
pub const PAGE_ROWS: i64 = 50_000;
pub const DATASET_NAME: usize = 500;
pub const DATASET_DIGEST: usize = 36;
pub const DATASET_SCHEMA: usize = 1_048_575;
pub const DATASET_SOURCE: usize = 65_535;
pub const DATASET_PROFILE: usize = 16_777_215;
pub const INPUT_TAG_KEY: usize = 255;
pub const INPUT_TAG_VALUE: usize = 500;
/// Names and types of logged models: the width of the columns.
pub const LOGGED_MODEL_NAME: usize = 500;
/// Keys of parameters and tags of logged models: the width of the columns.
pub const LOGGED_MODEL_KEY: usize = 255;
/// `MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH`'s default.
pub const ARTIFACT_LOCATION: usize = 2048;
/// The width of the column; MLflow leaves it to the database to refuse more.
pub const REGISTERED_MODEL_NAME: usize = 256;
pub const REGISTERED_MODEL_ALIAS: usize = 255;
pub const REGISTRY_TAG_KEY: usize = 250;
pub const REGISTRY_TAG_VALUE: usize = 100_000;
/// Rows of one page of registered models, and of one of model versions.
pub const REGISTERED_MODEL_PAGE_ROWS: i64 = 1000;
pub const MODEL_VERSION_PAGE_ROWS: i64 = 200_000;
