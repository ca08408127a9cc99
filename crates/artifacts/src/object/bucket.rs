//! Which object store a location names, and where in it.

use std::fmt;

use crate::error::{Error, Result};
use crate::safe_path::SafePath;
use crate::uri::{self, Uri};

/// The part of an object store that one client of it serves: a bucket, or a container of an account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Bucket {
    pub(crate) provider: Provider,
    pub(crate) name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Provider {
    S3,
    Gcs,
    /// `suffix` is the domain of the blob service, such as `blob.core.windows.net`.
    Azure {
        account: String,
        suffix: String,
    },
}

/// One name for one bucket, however a location wrote it: `wasbs:` and `abfss:` reach the same container. Names are told apart
/// by case, as some stores do: what is named is what is opened.
impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.provider {
            Provider::S3 => write!(f, "s3://{name}"),
            Provider::Gcs => write!(f, "gs://{name}"),
            Provider::Azure { account, suffix } => write!(f, "wasbs://{name}@{account}.{suffix}"),
        }
    }
}

/// Whether the scheme is that of an object store which the server can reach.
pub fn is_object_scheme(scheme: &str) -> bool {
    matches!(scheme, "s3" | "gs" | "wasbs" | "abfss")
}

impl Bucket {
    /// The bucket of a location, and the path in it as keys have it; `None` for any other scheme.
    ///
    /// The path is taken literally, as MLflow's clients take it, but for `abfss:`, which they decode once (MLflow 3.17
    /// `_parse_abfss_uri`).
    ///
    /// # Errors
    /// [`Error::InvalidLocation`] where no bucket can have such a name.
    pub(crate) fn of(uri: &Uri) -> Result<Option<(Self, String)>> {
        let authority = uri.authority.as_str();
        let path = uri.path.strip_prefix('/').unwrap_or(&uri.path);
        let (bucket, path) = match uri.scheme.as_str() {
            "s3" => (Self { provider: Provider::S3, name: bucket_name(authority)? }, path.to_owned()),
            "gs" => (Self { provider: Provider::Gcs, name: bucket_name(authority)? }, path.to_owned()),
            "wasbs" => (azure(authority, "blob.")?, path.to_owned()),
            "abfss" => (azure(authority, "dfs.")?, uri::decode(path).trim_start_matches('/').to_owned()),
            _ => return Ok(None),
        };
        Ok(Some((bucket, path)))
    }
}

/// Where the artifacts of a location lie in its bucket.
///
/// # Errors
/// [`Error::InvalidLocation`] for a path that a [`SafePath`] cannot name as it stands: with an empty, `.` or `..` segment, it
/// would be another key here than in MLflow's clients.
pub(crate) fn prefix(location: &str, path: &str) -> Result<SafePath> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let invalid = || Error::InvalidLocation(format!("Invalid path in the artifact location '{location}'"));
    if path.is_empty() {
        return Ok(SafePath::root());
    }
    if path.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err(invalid());
    }
    SafePath::parse(path).map_err(|_| invalid())
}

/// A name that can stand in a URL as it is.
fn bucket_name(name: &str) -> Result<String> {
    let good = (3..=255).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        && !name.contains("..");
    if good {
        return Ok(name.to_owned());
    }
    Err(Error::InvalidLocation(format!("Invalid bucket name: '{name}'")))
}

/// `<container>@<account>.<service><domain>`; MLflow 3.17 `parse_wasbs_uri` and `_parse_abfss_uri`.
fn azure(authority: &str, service: &str) -> Result<Bucket> {
    let named = authority.split_once('@').and_then(|(container, host)| {
        let (account, suffix) = host.split_once('.')?;
        let domain = suffix.strip_prefix(service).or_else(|| {
            // A private link has its own name before the service's.
            suffix.strip_prefix("privatelink.").and_then(|suffix| suffix.strip_prefix(service))
        })?;
        let in_azure =
            ["core.windows.net", "core.chinacloudapi.cn", "core.usgovcloudapi.net"].contains(&domain);
        let alphanumeric = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let is_account = (3..=24).contains(&account.len()) && alphanumeric(account);
        let plain = container.trim_start_matches('$');
        let is_container = (3..=63).contains(&container.len()) && alphanumeric(&plain.replace('-', ""));
        (in_azure && is_account && is_container).then(|| Bucket {
            provider: Provider::Azure { account: account.to_owned(), suffix: format!("blob.{domain}") },
            name: container.to_owned(),
        })
    });
    named.ok_or_else(|| {
        Error::InvalidLocation(format!(
            "Not a container of Azure: '{authority}'. It must be of the form \
             <container>@<account>.{service}core.windows.net, or in core.chinacloudapi.cn or core.usgovcloudapi.net"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(location: &str) -> Result<Option<(String, String)>> {
        let found = Bucket::of(&Uri::parse(location).unwrap())?;
        Ok(found.map(|(bucket, path)| (bucket.to_string(), path)))
    }

    #[test]
    fn a_location_names_a_bucket_and_a_path_in_it() {
        for (location, bucket, path) in [
            ("s3://bucket/a/b", "s3://bucket", "a/b"),
            ("S3://Bucket", "s3://Bucket", ""),
            ("s3://bucket/a b%20c", "s3://bucket", "a b%20c"),
            ("gs://my.bucket/a", "gs://my.bucket", "a"),
            ("wasbs://c-1@acc.blob.core.windows.net/a%20b", "wasbs://c-1@acc.blob.core.windows.net", "a%20b"),
            ("abfss://c-1@acc.dfs.core.windows.net/a%20b", "wasbs://c-1@acc.blob.core.windows.net", "a b"),
            (
                "abfss://fs1@acc.privatelink.dfs.core.windows.net/%2Fa",
                "wasbs://fs1@acc.blob.core.windows.net",
                "a",
            ),
        ] {
            assert_eq!(of(location).unwrap(), Some((bucket.to_owned(), path.to_owned())), "{location}");
        }
        assert_eq!(of("hdfs://host/a").unwrap(), None);
        for location in [
            "s3:///a",
            "s3://b/a",
            "s3://bucket:9000/a",
            "s3://user@bucket/a",
            "s3://a..b/c",
            "s3://../c",
            "gs://b%2Fc/d",
            "wasbs://c@evil.example/a",
            "wasbs://c11@acc.blob.core.windows.net.evil.example/a",
            "wasbs://c11@acc.dfs.core.windows.net/a",
            "abfss://acc.dfs.core.windows.net/a",
        ] {
            assert!(of(location).is_err(), "{location}");
        }
    }

    #[test]
    fn a_path_is_the_key_that_other_clients_have_or_refused() {
        for (path, prefixed) in
            [("", ""), ("a/b", "a/b"), ("a/b/", "a/b"), ("a b/c%20d", "a b/c%20d"), ("ü", "ü")]
        {
            assert_eq!(prefix("s3://bucket", path).unwrap().as_str(), prefixed);
        }
        for path in ["a//b", "/a", "a/./b", "../a", "a/..", "a%2F..", "a\\b", "."] {
            assert!(prefix("s3://bucket", path).is_err(), "{path}");
        }
    }
}
