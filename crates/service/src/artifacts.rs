//! The artifacts of runs, and the artifact proxy.

use crate::resolve::is_run_id;
use crate::{Answer, Call, Service, handle};
use ::artifacts::{ByteRange, Error as ArtifactError, Repository, SafePath, mime};
use authz::ResourceType;
use futures::StreamExt;
use model::{Error, Result};
use operations::messages::{Done, FileInfo, ProxiedArtifacts, RunArtifacts};
use operations::{
    DeleteProxiedArtifact, Download, DownloadPart, DownloadProxiedArtifact, GetArtifact, Json, ListArtifacts,
    ListProxiedArtifacts, UploadArtifact, UploadProxiedArtifact,
};
use store::tracking::runs;

handle!(ListArtifacts, list_artifacts);
handle!(GetArtifact, get_artifact);
handle!(UploadArtifact, upload_artifact);
handle!(ListProxiedArtifacts, list_proxied_artifacts);
handle!(DownloadProxiedArtifact, download_proxied_artifact);
handle!(UploadProxiedArtifact, upload_proxied_artifact);
handle!(DeleteProxiedArtifact, delete_proxied_artifact);

impl Service {
    async fn list_artifacts(&self, call: Call<ListArtifacts>) -> Answer<ListArtifacts> {
        let (_, input) = call.into_parts();
        let root_uri = self.artifact_uri(input.0.run()?).await?;
        self.list_below(root_uri, input.0.path.as_deref()).await.map(Json)
    }

    /// Lists a directory below the root of something's artifacts.
    pub(crate) async fn list_below(&self, root_uri: String, path: Option<&str>) -> Result<RunArtifacts> {
        let below = match path {
            Some(path) => SafePath::parse(path)?,
            None => SafePath::root(),
        };
        let (repository, base) = self.locations.open(&root_uri)?;
        let listed = repository.list(&base.join(&below)?).await?;
        let prefix = if below.is_root() { String::new() } else { format!("{below}/") };
        let files = listed.into_iter().map(|file| entry(file, &prefix)).collect();
        Ok(RunArtifacts { root_uri, files })
    }

    pub(crate) async fn artifact_uri(&self, run: &str) -> Result<String> {
        let mut snapshot = self.tracking()?.snapshot().await?;
        let info = runs::info(&mut snapshot.connection(), run).await?;
        info.artifact_uri
            .ok_or_else(|| Error::not_found(format!("Run with id={run} has no artifact location")))
    }

    async fn get_artifact(&self, call: Call<GetArtifact>) -> Answer<GetArtifact> {
        let (_, input) = call.into_parts();
        let message = &input.input.0;
        let path = SafePath::parse(message.path.as_deref().unwrap_or_default())?;
        let root_uri = self.artifact_uri(message.run()?).await?;
        self.download_below(&root_uri, &path, input.range).await
    }

    /// Downloads a file below the root of something's artifacts.
    pub(crate) async fn download_below(
        &self,
        root_uri: &str,
        path: &SafePath,
        range: Option<operations::ByteRange>,
    ) -> Result<Download> {
        let (repository, base) = self.locations.open(root_uri)?;
        download(&repository, &base.join(path)?, range).await
    }

    async fn upload_artifact(&self, call: Call<UploadArtifact>) -> Answer<UploadArtifact> {
        let (_, input) = call.into_parts();
        let said = |field: &Option<String>, name: &str| {
            field.clone().filter(|value| !value.is_empty()).ok_or_else(|| {
                // MLflow's web interface looks for these words.
                Error::invalid(format!("Request must specify {name}."))
            })
        };
        let run = said(&input.input.0.run_uuid, "run_uuid")?;
        let path = SafePath::parse(&said(&input.input.0.path, "path")?)?;
        let mut body = input.body.peekable();
        if std::pin::Pin::new(&mut body).peek().await.is_none() {
            return Err(Error::invalid("Request must specify data."));
        }
        let (repository, base) = self.locations.open(&self.artifact_uri(&run).await?)?;
        repository.write(&base.join(&path)?, body).await?;
        Ok(Json(Done {}))
    }

    /// The storage behind the proxy. The gate switches its operations off where there is none.
    pub(crate) fn proxied(&self) -> Result<&Repository> {
        self.locations.destination().ok_or_else(|| Error::internal("This server serves no artifacts."))
    }

    async fn list_proxied_artifacts(&self, call: Call<ListProxiedArtifacts>) -> Answer<ListProxiedArtifacts> {
        let withholds_runs = call.withholds(ResourceType::Run);
        let (_, input) = call.into_parts();
        let path = SafePath::parse(&input.0.path.unwrap_or_default())?;
        let mut files: Vec<FileInfo> =
            self.proxied()?.list(&path).await?.into_iter().map(|file| entry(file, "")).collect();
        if withholds_runs {
            // The folders of runs are named after their ids (MLflow 3.17 `filter_list_artifacts_proxy`).
            files.retain(|file| !is_run_id(&file.path));
        }
        Ok(Json(ProxiedArtifacts { files }))
    }

    async fn download_proxied_artifact(
        &self,
        call: Call<DownloadProxiedArtifact>,
    ) -> Answer<DownloadProxiedArtifact> {
        let (_, input) = call.into_parts();
        download(self.proxied()?, &SafePath::parse(&input.input.0)?, input.range).await
    }

    async fn upload_proxied_artifact(
        &self,
        call: Call<UploadProxiedArtifact>,
    ) -> Answer<UploadProxiedArtifact> {
        let (_, input) = call.into_parts();
        self.proxied()?.write(&SafePath::parse(&input.input.0)?, input.body).await?;
        Ok(Json(Done {}))
    }

    async fn delete_proxied_artifact(
        &self,
        call: Call<DeleteProxiedArtifact>,
    ) -> Answer<DeleteProxiedArtifact> {
        let (_, input) = call.into_parts();
        self.proxied()?.delete(&SafePath::parse(&input.0)?).await?;
        Ok(Json(Done {}))
    }
}

/// An entry of a listing under its name alone, behind `prefix`.
fn entry(file: ::artifacts::FileInfo, prefix: &str) -> FileInfo {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    FileInfo {
        path: format!("{prefix}{name}"),
        is_dir: file.is_dir,
        file_size: file.file_size.and_then(|size| u64::try_from(size).ok()),
    }
}

async fn download(
    repository: &Repository,
    path: &SafePath,
    range: Option<operations::ByteRange>,
) -> Result<Download> {
    let range = range.map(|range| match range {
        operations::ByteRange::From(first, None) => ByteRange::From { first },
        operations::ByteRange::From(first, Some(last)) => ByteRange::Between { first, last },
        operations::ByteRange::Last(length) => ByteRange::Last { length },
    });
    let (file, asked) = match repository.read(path, range).await {
        // A server may ignore a range (RFC 9110, section 14.2): the client gets the whole file and sees that it did.
        Err(ArtifactError::UnsatisfiableRange { .. }) => (repository.read(path, None).await?, false),
        other => (other?, range.is_some()),
    };
    let name = path.file_name().unwrap_or_default();
    Ok(Download {
        content_type: mime::content_type(name).to_owned(),
        content_disposition: mime::content_disposition(name),
        length: file.length,
        part: asked.then_some(DownloadPart { offset: file.first, total: file.total }),
        body: file.stream.boxed(),
    })
}
