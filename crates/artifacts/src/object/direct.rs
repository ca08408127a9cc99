//! What a client sends to an object store, or fetches there, itself: with URLs that the server signs.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use object_store::GetOptions;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer};

use super::ObjectRepository;
use super::client::Kind;
use crate::error::{Error, Result};
use crate::mime;
use crate::safe_path::SafePath;

/// The most parts that an upload may have, here as in S3.
pub const MAX_PARTS: usize = 10_000;

/// How long the URL of a part is good (MLflow 3.17: boto3's default, and the same for Google and Azure).
const PART_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The longest that a URL may be good; the limit of S3.
pub const MAX_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The longest etag of a part that is passed on.
const MAX_ETAG: usize = 256;

/// A request that a client makes itself. The URL is a secret for as long as it is good, so there is no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    pub url: String,
    /// What the client has to send along.
    pub headers: BTreeMap<String, String>,
}

/// A URL to download from, and the size of what is there, in bytes.
pub struct SignedDownload {
    pub signed: SignedUrl,
    pub file_size: u64,
}

/// An upload in parts that a client sends itself.
pub struct DirectUpload {
    /// `None` where the store gives none.
    pub id: Option<String>,
    /// From the first part on.
    pub parts: Vec<SignedUrl>,
}

/// A part that a client has sent.
#[derive(Debug, Clone)]
pub struct SentPart {
    /// From 1.
    pub number: usize,
    /// What the store answered with; Azure needs none.
    pub etag: String,
}

impl ObjectRepository {
    /// Whether clients may upload in parts themselves (MLflow 3.17 `MultipartUploadMixin`).
    pub fn takes_parts(&self) -> bool {
        self.client.signer.is_some() && self.client.multipart.is_some()
    }

    /// Whether clients may download and upload with signed URLs: in S3 alone, as in MLflow 3.17 (`MultipartDownloadMixin`,
    /// `PresignedUploadMixin`).
    pub fn gives_urls(&self) -> bool {
        self.client.kind == Kind::S3 && self.client.signer.is_some()
    }

    fn parts(&self) -> Result<(&dyn Signer, &dyn MultipartStore)> {
        match (&self.client.signer, &self.client.multipart) {
            (Some(signer), Some(multipart)) => Ok((&**signer, &**multipart)),
            _ => Err(Error::Unsupported("Multipart upload")),
        }
    }

    fn signer(&self, what: &'static str) -> Result<&dyn Signer> {
        let signer = self.client.signer.as_deref().filter(|_| self.gives_urls());
        signer.ok_or(Error::Unsupported(what))
    }

    /// Begins an upload of `count` parts, each with a URL that is good for an hour.
    ///
    /// # Errors
    /// [`Error::Unsupported`]; [`Error::NoFileName`]; [`Error::BadParts`] for no parts and more than [`MAX_PARTS`]; what the
    /// store says.
    pub async fn begin_upload(&self, path: &SafePath, count: usize) -> Result<DirectUpload> {
        let (signer, multipart) = self.parts()?;
        let key = self.file(path)?;
        if !(1..=MAX_PARTS).contains(&count) {
            return Err(Error::BadParts);
        }
        if self.client.kind == Kind::Azure {
            return self.begin_blocks(signer, &key, count).await;
        }
        let id = multipart.create_multipart(&key).await.map_err(|error| self.failure(error, path))?;
        let mut parts = Vec::with_capacity(count);
        for number in 1..=count {
            let query = [("partNumber", number.to_string()), ("uploadId", id.clone())];
            let options = self.with_headers(SignedUrlOptions::new().with_query(query), &HeaderMap::new());
            let url = signer.signed_url_opts(Method::PUT, &key, PART_LIFETIME, &options).await;
            match url {
                Ok(url) => parts.push(SignedUrl { url: url.into(), headers: shown(&self.client.headers) }),
                Err(error) => {
                    drop(multipart.abort_multipart(&key, &id).await);
                    return Err(self.failure(error, path));
                }
            }
        }
        Ok(DirectUpload { id: Some(id), parts })
    }

    /// Azure has no uploads, only blocks of a blob; a signature is for the blob, and names no block.
    async fn begin_blocks(&self, signer: &dyn Signer, key: &Path, count: usize) -> Result<DirectUpload> {
        let path = SafePath::root();
        let signed = signer.signed_url(Method::PUT, key, PART_LIFETIME).await;
        let signed = signed.map_err(|error| self.failure(error, &path))?;
        if signed.path().contains('%') {
            // The signature would have to be over the name as it is, and is over the encoded one.
            return Err(Error::Unsupported("Multipart upload"));
        }
        let url = |number: usize| {
            let mut url = signed.clone();
            url.query_pairs_mut()
                .append_pair("comp", "block")
                .append_pair("blockid", &base64(&block(number)));
            SignedUrl { url: url.into(), headers: BTreeMap::new() }
        };
        Ok(DirectUpload { id: None, parts: (1..=count).map(url).collect() })
    }

    /// Makes an object of the parts of an upload, which are put in order by their numbers.
    ///
    /// # Errors
    /// [`Error::Unsupported`]; [`Error::BadParts`] unless each part from the first on is there once; what the store says.
    pub async fn complete_upload(
        &self,
        path: &SafePath,
        id: Option<&str>,
        mut parts: Vec<SentPart>,
    ) -> Result<()> {
        let (_, multipart) = self.parts()?;
        let key = self.file(path)?;
        parts.sort_by_key(|part| part.number);
        let in_order = parts.iter().enumerate().all(|(index, part)| part.number == index + 1);
        if parts.is_empty() || parts.len() > MAX_PARTS || !in_order {
            return Err(Error::BadParts);
        }
        let is_azure = self.client.kind == Kind::Azure;
        let mut named = Vec::with_capacity(parts.len());
        for part in parts {
            let plain = part.etag.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '&'));
            if !is_azure && (part.etag.is_empty() || part.etag.len() > MAX_ETAG || !plain) {
                return Err(Error::BadParts);
            }
            named.push(PartId { content_id: if is_azure { block(part.number) } else { part.etag } });
        }
        let id = self.upload_id(id)?;
        let done = multipart.complete_multipart(&key, &id, named).await;
        done.map(|_| ()).map_err(|error| self.failure(error, path))
    }

    /// Gives an upload in parts up. What Azure has of it goes by itself after a week.
    ///
    /// # Errors
    /// [`Error::Unsupported`]; what the store says.
    pub async fn abort_upload(&self, path: &SafePath, id: Option<&str>) -> Result<()> {
        let (_, multipart) = self.parts()?;
        let key = self.file(path)?;
        if self.client.kind == Kind::Azure {
            return Ok(());
        }
        let id = self.upload_id(id)?;
        multipart.abort_multipart(&key, &id).await.map_err(|error| self.failure(error, path))
    }

    fn upload_id(&self, id: Option<&str>) -> Result<String> {
        match id.filter(|id| !id.is_empty() && id.len() <= 4096) {
            Some(id) => Ok(id.to_owned()),
            None if self.client.kind == Kind::Azure => Ok(String::new()),
            None => Err(Error::NoUpload),
        }
    }

    /// A URL to download a file from, under its own name (MLflow 3.17 `get_download_presigned_url`).
    ///
    /// # Errors
    /// [`Error::Unsupported`]; [`Error::NotFound`]; what the store says.
    pub async fn download_url(&self, path: &SafePath, lifetime: Duration) -> Result<SignedDownload> {
        let signer = self.signer("Presigned download")?;
        let key = self.key(path)?;
        if path.is_root() {
            return Err(Error::NotFound(path.clone()));
        }
        let head = GetOptions { head: true, ..GetOptions::default() };
        let found =
            self.client.store.get_opts(&key, head).await.map_err(|error| self.failure(error, path))?;
        let disposition = mime::content_disposition(path.file_name().unwrap_or_default());
        let query = [("response-content-disposition", disposition)];
        let options = self.with_headers(SignedUrlOptions::new().with_query(query), &HeaderMap::new());
        let url = signer.signed_url_opts(Method::GET, &key, lifetime.min(MAX_LIFETIME), &options).await;
        let url = url.map_err(|error| self.failure(error, path))?.into();
        Ok(SignedDownload {
            signed: SignedUrl { url, headers: shown(&self.client.headers) },
            file_size: found.meta.size,
        })
    }

    /// A URL to upload a file to (MLflow 3.17 `create_presigned_upload_url`).
    ///
    /// # Errors
    /// [`Error::Unsupported`]; [`Error::NoFileName`]; what the store says.
    pub async fn upload_url(&self, path: &SafePath, lifetime: Duration) -> Result<SignedUrl> {
        let signer = self.signer("Presigned upload")?;
        let key = self.file(path)?;
        let mut headers = HeaderMap::new();
        let content_type = mime::guess(path.file_name().unwrap_or_default()).unwrap_or(mime::UNKNOWN);
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.extend(self.client.extras.headers.clone());
        let options = self.with_headers(SignedUrlOptions::new(), &headers);
        headers.extend(self.client.headers.clone());
        let url = signer.signed_url_opts(Method::PUT, &key, lifetime.min(MAX_LIFETIME), &options).await;
        Ok(SignedUrl {
            url: url.map_err(|error| self.failure(error, path))?.into(),
            headers: shown(&headers),
        })
    }

    /// The key of a file that is to be made.
    fn file(&self, path: &SafePath) -> Result<Path> {
        if path.is_root() || path.has_trailing_slash() {
            return Err(Error::NoFileName);
        }
        self.key(path)
    }

    fn with_headers(&self, options: SignedUrlOptions, more: &HeaderMap) -> SignedUrlOptions {
        let all = self.client.headers.iter().chain(more);
        all.fold(options, |options, (name, value)| options.with_signed_header(name.clone(), value.clone()))
    }
}

/// Headers as a message has them. Those of S3 are ASCII, as the server has put them in.
fn shown(headers: &HeaderMap) -> BTreeMap<String, String> {
    let name = |name: &HeaderName| match name {
        // As MLflow writes it.
        name if name == http::header::CONTENT_TYPE => "Content-Type".to_owned(),
        name => name.as_str().to_owned(),
    };
    let value = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(header, text)| (name(header), value(text))).collect()
}

/// The name of a block. Those of one blob must have one length.
fn block(number: usize) -> String {
    format!("mlflow_block_{number:05}")
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}
