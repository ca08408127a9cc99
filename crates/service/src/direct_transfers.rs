//! Transfers of artifacts that clients make with the storage itself: uploads in parts, and URLs that the server signs.
//!
//! A URL lets whoever has it read or write one file for a while, whatever becomes of rights meanwhile; in MLflow 3.17 it is
//! the same.

use crate::{Answer, Call, Service, handle};
use ::artifacts::location::proxied_path;
use ::artifacts::object::direct::{MAX_LIFETIME, SentPart, SignedUrl};
use ::artifacts::{Error as ArtifactError, ObjectRepository, Repository, SafePath};
use model::{Error, Int64, Result};
use operations::messages::{
    Done, MultipartUpload, PartCredential, PresignedUrl, ProxiedDownloadUrl, UploadOwner, UploadedPart,
    upload_target,
};
use operations::{
    AbortMultipartUpload, CompleteMultipartUpload, Confidential, CreateMultipartUpload,
    CreatePresignedDownloadUrl, CreatePresignedUploadUrl, GetPresignedDownloadUrl, Json,
};
use std::time::Duration;

handle!(CreateMultipartUpload, create_multipart_upload);
handle!(CompleteMultipartUpload, complete_multipart_upload);
handle!(AbortMultipartUpload, abort_multipart_upload);
handle!(GetPresignedDownloadUrl, get_presigned_download_url);
handle!(CreatePresignedDownloadUrl, create_presigned_download_url);
handle!(CreatePresignedUploadUrl, create_presigned_upload_url);

/// How long a URL for an upload is good unless the client says otherwise (MLflow 3.17 `_create_presigned_upload_url`).
const UPLOAD_LIFETIME: Duration = Duration::from_secs(900);

/// What is in a bucket, or a refusal in the words on which MLflow's clients fall back to a transfer through the server.
fn in_store<'r>(repository: &'r Repository, what: &'static str) -> Result<&'r ObjectRepository> {
    Ok(repository.object().ok_or(ArtifactError::Unsupported(what))?)
}

fn in_parts(repository: &Repository) -> Result<&ObjectRepository> {
    let object = in_store(repository, "Multipart upload")?;
    if object.takes_parts() { Ok(object) } else { Err(ArtifactError::Unsupported("Multipart upload").into()) }
}

/// The lifetime that a client asks for (MLflow 3.17 `_create_presigned_download_url`).
fn lifetime(asked: Option<Int64>, default: Duration) -> Result<Duration> {
    let Some(Int64(seconds)) = asked else { return Ok(default) };
    let longest = MAX_LIFETIME.as_secs();
    let lifetime = u64::try_from(seconds).ok().filter(|seconds| (1..=longest).contains(seconds));
    lifetime.map(Duration::from_secs).ok_or_else(|| {
        Error::invalid(format!("expiration must be between 1 and {longest} seconds (got {seconds})."))
    })
}

fn sent(parts: Vec<UploadedPart>) -> Result<Vec<SentPart>> {
    let parts = parts.into_iter().map(|part| {
        let number = usize::try_from(part.part_number.0).map_err(|_| ArtifactError::BadParts)?;
        Ok(SentPart { number, etag: part.etag.unwrap_or_default() })
    });
    Ok(parts.collect::<::artifacts::Result<Vec<SentPart>>>()?)
}

impl Service {
    async fn create_multipart_upload(
        &self,
        call: Call<CreateMultipartUpload>,
    ) -> Answer<CreateMultipartUpload> {
        let (_, input) = call.into_parts();
        let path = SafePath::parse(&upload_target(&input.path, input.message.path.as_ref()))?;
        let object = in_parts(self.proxied()?)?;
        let count = input.message.num_parts.map_or(0, |count| count.0);
        let count = usize::try_from(count).map_err(|_| ArtifactError::BadParts)?;
        let upload = object.begin_upload(&path, count).await?;
        let credential = |(index, SignedUrl { url, headers }): (usize, SignedUrl)| PartCredential {
            url,
            part_number: index + 1,
            headers,
        };
        let credentials = upload.parts.into_iter().enumerate().map(credential).collect();
        Ok(Confidential(MultipartUpload { upload_id: upload.id, credentials }))
    }

    async fn complete_multipart_upload(
        &self,
        call: Call<CompleteMultipartUpload>,
    ) -> Answer<CompleteMultipartUpload> {
        let (_, input) = call.into_parts();
        let path = SafePath::parse(&upload_target(&input.path, input.message.path.as_ref()))?;
        let object = in_parts(self.proxied()?)?;
        let parts = sent(input.message.parts.unwrap_or_default())?;
        object.complete_upload(&path, input.message.upload_id.as_deref(), parts).await?;
        Ok(Json(Done {}))
    }

    async fn abort_multipart_upload(&self, call: Call<AbortMultipartUpload>) -> Answer<AbortMultipartUpload> {
        let (_, input) = call.into_parts();
        let path = SafePath::parse(&upload_target(&input.path, input.message.path.as_ref()))?;
        in_parts(self.proxied()?)?.abort_upload(&path, input.message.upload_id.as_deref()).await?;
        Ok(Json(Done {}))
    }

    async fn get_presigned_download_url(
        &self,
        call: Call<GetPresignedDownloadUrl>,
    ) -> Answer<GetPresignedDownloadUrl> {
        let (_, input) = call.into_parts();
        let path = SafePath::parse(&input.0)?;
        let object = in_store(self.proxied()?, "Multipart download")?;
        if !object.gives_urls() {
            return Err(ArtifactError::Unsupported("Multipart download").into());
        }
        let download = object.download_url(&path, self.download_lifetime).await?;
        let SignedUrl { url, headers } = download.signed;
        Ok(Confidential(ProxiedDownloadUrl { url, headers, file_size: download.file_size }))
    }

    async fn create_presigned_download_url(
        &self,
        call: Call<CreatePresignedDownloadUrl>,
    ) -> Answer<CreatePresignedDownloadUrl> {
        let (_, input) = call.into_parts();
        let path = SafePath::parse(input.0.path.as_deref().unwrap_or_default())?;
        let lifetime = lifetime(input.0.expiration, self.download_lifetime)?;
        let uri = self.artifact_uri(input.0.run_id.as_deref().unwrap_or_default()).await?;
        let (repository, base) = self.unproxied(&uri, "Presigned download")?;
        let object = in_store(&repository, "Presigned download")?;
        let download = object.download_url(&base.join(&path)?, lifetime).await?;
        let SignedUrl { url, headers } = download.signed;
        Ok(Confidential(PresignedUrl { presigned_url: url, headers, file_size: Some(download.file_size) }))
    }

    async fn create_presigned_upload_url(
        &self,
        call: Call<CreatePresignedUploadUrl>,
    ) -> Answer<CreatePresignedUploadUrl> {
        let (_, input) = call.into_parts();
        let path = SafePath::parse(input.0.path.as_deref().unwrap_or_default())?;
        let lifetime = lifetime(input.0.expiration, UPLOAD_LIFETIME)?;
        let uri = match input.0.owner()? {
            UploadOwner::Run(id) => self.artifact_uri(id).await?,
            UploadOwner::LoggedModel(id) => self.location_of_logged_model(id).await?,
        };
        let (repository, base) = self.unproxied(&uri, "Presigned upload")?;
        let SignedUrl { url, headers } =
            in_store(&repository, "Presigned upload")?.upload_url(&base.join(&path)?, lifetime).await?;
        Ok(Confidential(PresignedUrl { presigned_url: url, headers, file_size: None }))
    }

    /// Where artifacts are kept that clients reach without this server.
    fn unproxied(&self, uri: &str, what: &str) -> Result<(Repository, SafePath)> {
        let scheme = uri.split(':').next().unwrap_or_default().to_ascii_lowercase();
        if proxied_path(uri)?.is_some() || matches!(scheme.as_str(), "http" | "https") {
            return Err(Error::invalid(format!(
                "{what} is for artifacts that clients reach in the storage itself, and these pass through a server \
                 (artifact URI scheme: {scheme})."
            )));
        }
        self.locations.open(uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_within_what_stores_allow() {
        let default = Duration::from_secs(300);
        assert_eq!(lifetime(None, default).unwrap(), default);
        assert_eq!(lifetime(Some(Int64(604_800)), default).unwrap(), MAX_LIFETIME);
        for seconds in [0, -1, 604_801, i64::MAX] {
            let refused = lifetime(Some(Int64(seconds)), default).unwrap_err();
            assert!(refused.message.contains("between 1 and 604800"), "{refused}");
        }
    }
}
