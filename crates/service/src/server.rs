//! What the server says of itself.

use crate::{Answer, Call, Service, handle};
use ::artifacts::{ObjectRepository, Repository};
use model::Error;
use operations::messages::{Features, ServerInfo};
use operations::{Exposition, GetServerInfo, GetServerMetrics, Health, Json, Ready, Text, Version};
use store::Db;

handle!(Health, health);
handle!(Ready, ready);
handle!(GetServerMetrics, get_server_metrics);
handle!(Version, version);
handle!(GetServerInfo, get_server_info);

/// The version of MLflow whose API is served.
pub const MLFLOW_VERSION: &str = "3.17.2";

impl Service {
    async fn health(&self, _: Call<Health>) -> Answer<Health> {
        Ok(Text("OK"))
    }

    /// Asks every database at once, so that it takes as long as the slowest.
    async fn ready(&self, _: Call<Ready>) -> Answer<Ready> {
        let asked = self.databases.iter().map(Db::is_there);
        match futures::future::join_all(asked).await.into_iter().all(|is_there| is_there) {
            true => Ok(Text("OK")),
            false => Err(Error::unavailable("A database cannot be reached.")),
        }
    }

    /// The gate mounts it only where there is something that counts.
    async fn get_server_metrics(&self, _: Call<GetServerMetrics>) -> Answer<GetServerMetrics> {
        let counted = self.telemetry.as_ref().map(telemetry::Telemetry::text);
        counted.map(Exposition).ok_or_else(|| Error::internal("This server counts nothing."))
    }

    async fn version(&self, _: Call<Version>) -> Answer<Version> {
        Ok(Text(MLFLOW_VERSION))
    }

    async fn get_server_info(&self, _: Call<GetServerInfo>) -> Answer<GetServerInfo> {
        let object = self.locations.destination().and_then(Repository::object);
        let serves_tracking = self.tracking.is_some();
        Ok(Json(ServerInfo {
            store_type: self.tracking.as_ref().map(|_| "SqlStore"),
            workspaces_enabled: false,
            trace_archival_enabled: false,
            multipart_uploads_enabled: object.is_some_and(ObjectRepository::takes_parts),
            multipart_downloads_enabled: object.is_some_and(ObjectRepository::gives_urls),
            presigned_upload_run_id_supported: serves_tracking,
            presigned_upload_model_id_supported: serves_tracking,
            features_enabled: Features { gateway: false },
        }))
    }
}
