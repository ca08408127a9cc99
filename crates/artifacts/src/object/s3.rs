//! Amazon S3 and what speaks its protocol, with the variables of boto3 and of MLflow's S3 artifact repository.

use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::{Attribute, Attributes, Certificate, TagSet};
use serde_json::Value;

use super::bucket::Bucket;
use super::client::{Client, Kind, Patience, UploadExtras};
use super::profile::Profile;
use super::variables::{Variables, misconfigured};
use crate::error::Result;

pub(super) const EXTRA_ARGS: &str = "MLFLOW_S3_UPLOAD_EXTRA_ARGS";
const ADDRESSING: &str = "MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE";
const SIGNATURE: &str = "MLFLOW_EXPERIMENTAL_S3_SIGNATURE_VERSION";
const OWNER: &str = "x-amz-expected-bucket-owner";

pub(super) fn client(bucket: &Bucket, variables: &Variables, patience: Patience) -> Result<Client> {
    let profile = Profile::read(variables)?;
    let mut headers = HeaderMap::new();
    if let Some(owner) = variables.get("MLFLOW_S3_EXPECTED_BUCKET_OWNER") {
        let value = HeaderValue::from_str(owner)
            .map_err(|_| misconfigured("MLFLOW_S3_EXPECTED_BUCKET_OWNER must be an account id"))?;
        headers.insert(HeaderName::from_static(OWNER), value);
    }
    let mut options = patience.options().with_default_headers(headers.clone());
    if variables.boolean("MLFLOW_S3_IGNORE_TLS")? {
        options = options.with_allow_invalid_certificates(true);
    }
    if let Some(file) = variables.get("AWS_CA_BUNDLE") {
        let unreadable = |reason: String| misconfigured(format!("AWS_CA_BUNDLE: {file}: {reason}"));
        let pem = std::fs::read(file).map_err(|error| unreadable(error.to_string()))?;
        let certificates =
            Certificate::from_pem_bundle(&pem).map_err(|_| unreadable("holds no certificates".to_owned()))?;
        options = certificates.into_iter().fold(options, |options, one| options.with_root_certificate(one));
    }
    let region = variables
        .first(&["AWS_DEFAULT_REGION", "AWS_REGION"])
        .or(profile.region.as_deref())
        .unwrap_or("us-east-1");
    let mut builder = AmazonS3Builder::new().with_bucket_name(&bucket.name).with_region(region);
    let endpoint = variables
        .first(&["MLFLOW_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])
        .or(profile.endpoint.as_deref());
    let virtual_host = addressing(variables, endpoint.is_some(), &bucket.name)?;
    if let Some(endpoint) = endpoint {
        let (secure, authority, path) = parse_endpoint(endpoint)?;
        options = options.with_allow_http(!secure);
        let scheme = if secure { "https" } else { "http" };
        let host = if virtual_host { format!("{}.{authority}", bucket.name) } else { authority };
        builder = builder.with_endpoint(format!("{scheme}://{host}{path}"));
    }
    builder = builder
        .with_virtual_hosted_style_request(virtual_host)
        .with_client_options(options)
        .with_retry(patience.retries());
    builder = credentials(builder, variables, &profile)?;
    let extras;
    (builder, extras) = upload_extras(builder, variables)?;
    let store = builder.build().map_err(|error| misconfigured(error.to_string()))?;
    Ok(Client { extras, headers, ..Client::of(Kind::S3, bucket, store, true, patience) })
}

/// Whether the bucket stands in the host: as boto3 has it, `auto` means so where the bucket can be a host's name, and not with
/// an endpoint of one's own.
fn addressing(variables: &Variables, has_endpoint: bool, bucket: &str) -> Result<bool> {
    let is_host = bucket.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    match variables.get(ADDRESSING).unwrap_or("auto") {
        "auto" => Ok(!has_endpoint && is_host),
        "path" => Ok(false),
        "virtual" => Ok(true),
        _ => Err(misconfigured(format!("{ADDRESSING} must be auto, path or virtual"))),
    }
}

/// Whether the endpoint is reached with TLS, its host and port, and its path without a final slash.
fn parse_endpoint(endpoint: &str) -> Result<(bool, String, String)> {
    let invalid = || misconfigured("the endpoint URL of S3 must be of the form http(s)://host[:port]");
    let uri: Uri = endpoint.parse().map_err(|_| invalid())?;
    let secure = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(invalid()),
    };
    let authority =
        uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(invalid)?;
    if uri.query().is_some() {
        return Err(invalid());
    }
    Ok((secure, authority.to_string(), uri.path().trim_end_matches('/').to_owned()))
}

/// The first of these that is there: keys in the environment, a web identity, keys of the profile, a container's
/// credentials, and those of the machine.
fn credentials(
    mut builder: AmazonS3Builder,
    variables: &Variables,
    profile: &Profile,
) -> Result<AmazonS3Builder> {
    match variables.get(SIGNATURE).map(str::to_ascii_lowercase).as_deref() {
        None | Some("s3v4") => {}
        Some("unsigned") => return Ok(builder.with_skip_signature(true)),
        Some(_) => return Err(misconfigured(format!("{SIGNATURE} must be s3v4 or unsigned"))),
    }
    match (variables.get("AWS_ACCESS_KEY_ID"), variables.get("AWS_SECRET_ACCESS_KEY")) {
        (Some(id), Some(secret)) => {
            builder = builder.with_access_key_id(id).with_secret_access_key(secret);
            if let Some(token) = variables.first(&["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"]) {
                builder = builder.with_token(token);
            }
            return Ok(builder);
        }
        (None, None) => {}
        _ => {
            return Err(misconfigured("only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set"));
        }
    }
    let passed = |mut builder: AmazonS3Builder, names: &[&str]| {
        for name in names {
            if let (Some(value), Ok(key)) = (variables.get(name), name.to_ascii_lowercase().parse()) {
                builder = builder.with_config(key, value);
            }
        }
        builder
    };
    if variables.get("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() {
        if variables.get("AWS_ROLE_ARN").is_none() {
            return Err(misconfigured("AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not"));
        }
        let names =
            ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_ENDPOINT_URL_STS"];
        return Ok(passed(builder, &names));
    }
    if let Some((id, secret)) = &profile.key {
        builder = builder.with_access_key_id(id).with_secret_access_key(secret);
        if let Some(token) = &profile.token {
            builder = builder.with_token(token);
        }
        return Ok(builder);
    }
    if let Some(setting) = profile.unsupported {
        return Err(misconfigured(format!(
            "the AWS profile fetches its credentials through '{setting}', which is not supported: give the server keys, a web \
             identity, or a role of the machine it runs on"
        )));
    }
    let names = [
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    ];
    builder = passed(builder, &names);
    if let Some(endpoint) = variables.first(&["AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_METADATA_ENDPOINT"]) {
        builder = builder.with_metadata_endpoint(endpoint);
    }
    let from_container = names.iter().any(|name| variables.get(name).is_some());
    if !from_container && variables.boolean("AWS_EC2_METADATA_DISABLED")? {
        return Err(misconfigured("there are no credentials for S3, and AWS_EC2_METADATA_DISABLED is set"));
    }
    Ok(builder)
}

/// What `MLFLOW_S3_UPLOAD_EXTRA_ARGS` asks for, in boto3's words.
fn upload_extras(
    mut builder: AmazonS3Builder,
    variables: &Variables,
) -> Result<(AmazonS3Builder, UploadExtras)> {
    let mut extras = UploadExtras::default();
    let Some(text) = variables.get(EXTRA_ARGS) else { return Ok((builder, extras)) };
    let invalid = |reason: &str| misconfigured(format!("{EXTRA_ARGS}: {reason}"));
    let Ok(Value::Object(args)) = serde_json::from_str::<Value>(text) else {
        return Err(invalid("must be a JSON object"));
    };
    for (name, value) in &args {
        let attribute =
            |attribute, header: &'static str| (Some(attribute), Some(HeaderName::from_static(header)));
        if name == "Metadata" {
            let Value::Object(pairs) = value else { return Err(invalid("'Metadata' must be an object")) };
            for (key, value) in pairs {
                let Value::String(value) = value else { return Err(invalid("'Metadata' must hold strings")) };
                let header = HeaderName::try_from(format!("x-amz-meta-{key}"))
                    .map_err(|_| invalid("'Metadata' has a key that cannot be a header"))?;
                extras.headers.insert(header, header_value(name, value)?);
                extras.attributes.insert(Attribute::Metadata(key.clone().into()), value.clone().into());
            }
            continue;
        }
        let value = match value {
            Value::String(value) => value.clone(),
            Value::Bool(value) => value.to_string(),
            _ => return Err(invalid(&format!("'{name}' must be a string"))),
        };
        let (as_attribute, header) = match name.as_str() {
            "CacheControl" => attribute(Attribute::CacheControl, "cache-control"),
            "ContentDisposition" => attribute(Attribute::ContentDisposition, "content-disposition"),
            "ContentEncoding" => attribute(Attribute::ContentEncoding, "content-encoding"),
            "ContentLanguage" => attribute(Attribute::ContentLanguage, "content-language"),
            "ContentType" => attribute(Attribute::ContentType, "content-type"),
            "StorageClass" => attribute(Attribute::StorageClass, "x-amz-storage-class"),
            "Tagging" => {
                extras.tags =
                    tags(&value).ok_or_else(|| invalid("'Tagging' must be of the form key=value&…"))?;
                (None, Some(HeaderName::from_static("x-amz-tagging")))
            }
            "ServerSideEncryption" | "SSEKMSKeyId" | "BucketKeyEnabled" => {
                let (key, header) = match name.as_str() {
                    "ServerSideEncryption" => ("aws_server_side_encryption", "x-amz-server-side-encryption"),
                    "SSEKMSKeyId" => ("aws_sse_kms_key_id", "x-amz-server-side-encryption-aws-kms-key-id"),
                    _ => ("aws_sse_bucket_key_enabled", "x-amz-server-side-encryption-bucket-key-enabled"),
                };
                let key: AmazonS3ConfigKey =
                    key.parse().map_err(|_| invalid(&format!("'{name}' is not supported")))?;
                builder = builder.with_config(key, &value);
                (None, Some(HeaderName::from_static(header)))
            }
            _ => return Err(invalid(&format!("'{name}' is not supported"))),
        };
        if let Some(header) = header {
            extras.headers.insert(header, header_value(name, &value)?);
        }
        if let Some(as_attribute) = as_attribute {
            extras.attributes.insert(as_attribute, value.into());
        }
    }
    Ok((builder, extras))
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(value)
        .map_err(|_| misconfigured(format!("{EXTRA_ARGS}: the value of '{name}' cannot stand in a header")))
}

fn tags(text: &str) -> Option<TagSet> {
    let mut tags = TagSet::default();
    for pair in text.split('&') {
        let (key, value) = pair.split_once('=')?;
        tags.push(&crate::uri::decode(key), &crate::uri::decode(value));
    }
    Some(tags)
}

/// What an object of this name is stored with: the content type that is guessed from its name (MLflow 3.17 `_upload_file`),
/// unless the operator has said another.
pub(super) fn attributes(extras: &UploadExtras, content_type: Option<&'static str>) -> Attributes {
    let mut attributes = extras.attributes.clone();
    if let (None, Some(guessed)) = (attributes.get(&Attribute::ContentType), content_type) {
        attributes.insert(Attribute::ContentType, guessed.into());
    }
    attributes
}

#[cfg(test)]
#[path = "s3_tests.rs"]
mod tests;
