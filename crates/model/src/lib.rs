//! What MLflow speaks of: experiments, runs, metrics, their limits, the errors about them, and what is audited. Plain data,
//! no I/O.
//!
//! The entities serialize as MLflow's REST messages do: absent fields and empty lists are left out, numbers that do not
//! fit JSON (`NaN`, infinities) are strings.

pub mod ambient;
pub mod audit;
pub mod dataset;
pub mod error;
pub mod experiment;
mod hex;
pub mod limits;
pub mod load;
pub mod logged_model;
mod networks;
pub mod page;
pub mod python_json;
pub mod registry;
pub mod run;
pub mod user;
pub mod validation;
pub mod webhook;
pub mod wire;

pub use ambient::{Clock, Entropy, Millis, SystemClock, SystemEntropy};
pub use audit::Actor;
pub use dataset::{Dataset, DatasetInput, DatasetSummary, InputTag};
pub use error::{Error, ErrorCode, Result};
pub use experiment::Experiment;
pub use hex::hex;
pub use logged_model::{LoggedModel, LoggedModelData, LoggedModelInfo, LoggedModelStatus};
pub use networks::Networks;
pub use page::Page;
pub use registry::{Alias, ModelVersion, ModelVersionStatus, RegisteredModel, Stage};
pub use run::{
    Metric, ModelInput, ModelOutput, Point, Run, RunData, RunInfo, RunInputs, RunOutputs, RunStatus,
};
pub use webhook::{Webhook, WebhookAction, WebhookEntity, WebhookEvent, WebhookStatus};
pub use wire::{Double, Int64, LifecycleStage, Tag, ViewType};
