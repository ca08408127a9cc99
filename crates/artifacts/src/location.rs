//! MLflow's rules about artifact locations: the URIs under which the artifacts of experiments and runs lie.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::object::bucket::Bucket;
use crate::safe_path::SafePath;
use crate::uri::{self, Malformed, Uri};

/// `MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH` unless it is set, in characters.
pub const DEFAULT_MAX_LENGTH: usize = 2048;

/// What a client may give as the artifact location of an experiment (MLflow 3.17 `_validate_storage_location_uri` in
/// `server/handlers.py`, `store/artifact/host_policy.py`).
#[derive(Debug, Clone)]
pub struct LocationRules {
    max_length: usize,
    allowed_schemes: BTreeSet<String>,
    trusted: HashSet<Target>,
}

impl Default for LocationRules {
    fn default() -> Self {
        Self::new(DEFAULT_MAX_LENGTH, [], [])
    }
}

impl LocationRules {
    /// * `max_length`: `MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH`, in characters.
    /// * `allowed_schemes`: `MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES`.
    /// * `own`: the server's default artifact root and artifacts destination, whose hosts are trusted.
    pub fn new<'a>(
        max_length: usize,
        allowed_schemes: impl IntoIterator<Item = &'a str>,
        own: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let trusted = own
            .into_iter()
            .filter_map(|uri| Uri::parse(uri).ok())
            .filter_map(|uri| targets(&uri))
            .flatten()
            .filter(|target| target.family != Family::Malformed)
            .collect();
        let allowed_schemes =
            allowed_schemes.into_iter().map(|scheme| scheme.trim().to_lowercase()).collect();
        Self { max_length, allowed_schemes, trusted }
    }

    /// Checks a location that a client sent in `field`, such as `artifact_location`.
    ///
    /// Refused are fragments and parameters, a query with `..` (however often encoded), `runs:` URIs, more than the
    /// longest length, and schemes that would make the server connect to a host which is not its own. Stricter than
    /// MLflow: a proxied location whose path is no [`SafePath`], which could never be served, and a `file:` URI on another
    /// host (MLflow answers 500 to the latter).
    ///
    /// # Errors
    /// [`Error::InvalidLocation`], with MLflow's message, or what [`SafePath::parse`] says; all `INVALID_PARAMETER_VALUE`.
    pub fn validate(&self, field: &str, location: &str) -> Result<()> {
        let uri = parse(location)?;
        if !uri.fragment.is_empty() || !uri.params.is_empty() {
            return invalid(format!("'{field}' URL can't include fragments or params."));
        }
        validate_query(&uri.query)?;
        self.validate_scheme(field, &uri)?;
        if location.starts_with("runs:") {
            return invalid(format!("Artifact location cannot be a runs:/ URI. Given: '{location}'"));
        }
        self.validate_length(location)?;
        // What will be served is the location of a run below this one.
        proxied_path(&append_path(location, &["run", "artifacts"])?)?;
        refuse_remote_file(location, &uri)
    }

    /// Refuses, as [`validate`](Self::validate) does, a URI that would make the server connect to a host which is not its
    /// own.
    ///
    /// # Errors
    /// [`Error::InvalidLocation`], with MLflow's message.
    pub fn validate_host(&self, field: &str, location: &str) -> Result<()> {
        self.validate_scheme(field, &parse(location)?)
    }

    fn validate_scheme(&self, field: &str, uri: &Uri) -> Result<()> {
        if let Some(scheme) = self.untrusted_scheme(uri) {
            return invalid(format!(
                "'{field}' cannot use the '{scheme}' scheme: the '{scheme}' scheme addresses a host other than the \
                 tracking server's configured artifact storage, so the server would connect to the host named in the \
                 URI. Set the MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES environment variable on the server to \
                 allow it."
            ));
        }
        Ok(())
    }

    /// [`validate`](Self::validate)s a location and makes it absolute ([`resolve_if_local`]), as `experiments/create` does
    /// before it stores one.
    ///
    /// # Errors
    /// As `validate`; the length counts before and after.
    pub fn resolve(&self, field: &str, location: &str, cwd: &Path) -> Result<String> {
        self.validate(field, location)?;
        let resolved = resolve_if_local(location, cwd)?;
        self.validate_length(&resolved)?;
        Ok(resolved)
    }

    fn validate_length(&self, location: &str) -> Result<()> {
        if location.chars().count() <= self.max_length {
            return Ok(());
        }
        invalid(format!(
            "Invalid artifact path length. The length of the artifact path cannot be greater than {} characters. To \
             configure this limit, please set the MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH environment variable.",
            self.max_length
        ))
    }

    fn untrusted_scheme<'u>(&self, uri: &'u Uri) -> Option<&'u str> {
        let targets = targets(uri)?;
        let trusted = self.allowed_schemes.contains(&uri.scheme)
            || targets.iter().any(|target| self.trusted.contains(target));
        (!trusted).then_some(uri.scheme.as_str())
    }
}

/// The address that a location makes MLflow connect to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Target {
    family: Family,
    host: String,
    port: Option<u16>,
}

/// Schemes that reach the same service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Family {
    Ftp,
    Sftp,
    Hdfs,
    Http,
    R2,
    B2,
    Abfss,
    /// Never trusted.
    Malformed,
}

/// The addresses `uri` may stand for: several where the port depends on something else, `None` where it names no host.
fn targets(uri: &Uri) -> Option<Vec<Target>> {
    let (family, default_ports): (_, &[Option<u16>]) = match uri.scheme.as_str() {
        "ftp" => (Family::Ftp, &[Some(21)]),
        "sftp" => (Family::Sftp, &[Some(22)]),
        // The port of a portless HDFS URI stands in a configuration that cannot be read here.
        "hdfs" | "viewfs" => (Family::Hdfs, &[None]),
        "http" => (Family::Http, &[Some(80)]),
        "https" => (Family::Http, &[Some(443)]),
        // Without a host, this is the tracking server itself.
        "mlflow-artifacts" if uri.authority.is_empty() => return None,
        "mlflow-artifacts" => (Family::Http, &[Some(80), Some(443)]),
        "r2" => (Family::R2, &[Some(443)]),
        "b2" => (Family::B2, &[Some(443)]),
        "abfss" => (Family::Abfss, &[Some(443)]),
        _ => return None,
    };
    // HTTP clients end the authority at a backslash, where this parser does not.
    let misleading = uri.authority.chars().any(|c| c == '\\' || c.is_whitespace());
    Some(match uri.port() {
        Ok(port) if !misleading => {
            let ports = if port.is_some() { vec![port] } else { default_ports.to_vec() };
            ports.into_iter().map(|port| Target { family, host: uri.host(), port }).collect()
        }
        _ => vec![Target { family: Family::Malformed, host: String::new(), port: None }],
    })
}

/// A relative local path or `file:` URI made absolute below `cwd`, which must be absolute itself; everything else as it is
/// (MLflow 3.17 `resolve_uri_if_local`). As there, a relative path is percent-decoded, and an absolute one is not.
///
/// # Errors
/// [`Error::InvalidLocation`] for a `file:` URI on another host, a malformed authority, and a `cwd` that is not UTF-8.
pub fn resolve_if_local(location: &str, cwd: &Path) -> Result<String> {
    let uri = parse(location)?;
    refuse_remote_file(location, &uri)?;
    if location == "databricks" || !matches!(uri.scheme.as_str(), "" | "file") {
        return Ok(location.to_owned());
    }
    let local = local_path(location, &uri);
    if local.starts_with('/') {
        return Ok(location.to_owned());
    }
    let cwd = cwd
        .to_str()
        .ok_or_else(|| Error::InvalidLocation("The working directory is not UTF-8".to_owned()))?;
    let absolute = join_as_pathlib(cwd, &local);
    if uri.scheme.is_empty() {
        return Ok(absolute);
    }
    let resolved = Uri { path: absolute, authority: String::new(), params: String::new(), ..uri };
    Ok(resolved.to_string())
}

/// `segments` appended to the path of `location`, whose query and the like stay (MLflow 3.17 `append_to_uri_path`). A
/// leading `/` of a segment does not make it absolute.
///
/// # Errors
/// [`Error::InvalidLocation`] when the query holds `..`, which would come to stand in the path, or on a malformed authority.
pub fn append_path(location: &str, segments: &[&str]) -> Result<String> {
    let below = segments.iter().fold(String::new(), |path, segment| join_posix(&path, segment));
    let uri = parse(location)?;
    validate_query(&uri.query)?;
    if uri.scheme.is_empty() {
        return Ok(join_posix(location, &below));
    }
    let path = join_posix(&uri.path, &below);
    if uri.path.starts_with('/') {
        return Ok(Uri { path, ..uri }.to_string());
    }
    // Python would make a relative path absolute for some schemes; MLflow keeps it by leaving the scheme out.
    let scheme = uri.scheme.clone();
    Ok(format!("{scheme}:{}", Uri { scheme: String::new(), path, ..uri }))
}

/// Where a location that the server proxies lies below its artifacts destination: the path of a `mlflow-artifacts:` URI,
/// or what follows `/api/2.0/mlflow-artifacts/artifacts` in an `http(s):` one. `None` for a location that is not proxied.
///
/// The path is decoded once, as it is when a client reaches it over HTTP. (MLflow 3.17
/// `_get_proxied_run_artifact_destination_path` does not decode, so that its own listing misses what its clients wrote.)
///
/// # Errors
/// What [`SafePath::parse`] says, and [`Error::InvalidLocation`] on a malformed authority.
pub fn proxied_path(location: &str) -> Result<Option<SafePath>> {
    const ROUTE: &str = "/api/2.0/mlflow-artifacts/artifacts";
    let uri = parse(location)?;
    let path = match uri.scheme.as_str() {
        "mlflow-artifacts" => uri.path.as_str(),
        "http" | "https" => match uri.path.split_once(ROUTE) {
            Some((_, below)) if below.is_empty() || below.starts_with('/') => below,
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    // What follows the slashes is decoded afterwards, so that an encoded slash cannot pass for one of them.
    // Databases hold locations that somebody wrote with a doubled slash; in a client's path one is refused.
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    SafePath::parse(&uri::decode(&segments.join("/"))).map(Some)
}

/// Where the artifacts of a location come to lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whereabouts {
    /// In the storage behind the artifact proxy.
    Proxied(SafePath),
    /// On the server's own disk: an absolute path as it is opened, in which `..` may stand.
    Local(PathBuf),
    /// Somewhere else: the scheme and authority, in lower case, and the path, not decoded. In an object store, the bucket has
    /// one name whichever scheme it was reached by, and the path is that of the keys.
    Remote { service: String, path: String },
}

/// Where the artifacts of runs below `location` come to lie. It is asked of a run's URI, by the functions that open one:
/// only they say what a query, an escape or an odd spelling of the scheme comes to. `cwd` must be absolute.
///
/// # Errors
/// As [`append_path`] and [`proxied_path`].
pub fn whereabouts(location: &str, cwd: &Path) -> Result<Whereabouts> {
    let run = append_path(location, &["run"])?;
    if let Some(path) = proxied_path(&run)? {
        return Ok(Whereabouts::Proxied(path.parent().unwrap_or_else(SafePath::root)));
    }
    let uri = parse(&run)?;
    if matches!(uri.scheme.as_str(), "" | "file") {
        let path = cwd.join(local_path(&run, &uri));
        return Ok(Whereabouts::Local(path.parent().unwrap_or(&path).to_owned()));
    }
    let (service, path) = match Bucket::of(&uri) {
        Ok(Some((bucket, path))) => (bucket.to_string(), path),
        _ => (format!("{}://{}", uri.scheme, uri.authority.to_ascii_lowercase()), uri.path.clone()),
    };
    let path = path.rsplit_once('/').map_or("", |(path, _)| path).to_owned();
    Ok(Whereabouts::Remote { service, path })
}

/// The path in the local file system that a location without scheme or with `file:` means (MLflow 3.17
/// `local_file_uri_to_path`): percent-decoded, also where it is no URI.
pub(crate) fn local_path(location: &str, uri: &Uri) -> String {
    uri::decode(if location.starts_with("file:") { &uri.path } else { location })
}

pub(crate) fn parse(location: &str) -> Result<Uri> {
    Uri::parse(location).map_err(|Malformed| Error::InvalidLocation(format!("Invalid URI: '{location}'")))
}

pub(crate) fn refuse_remote_file(location: &str, uri: &Uri) -> Result<()> {
    let host = uri.host();
    let is_here =
        host.is_empty() || host == "." || host.starts_with("localhost") || host.starts_with("127.0.0.1");
    if uri.scheme != "file" || is_here {
        return Ok(());
    }
    invalid(format!(
        "{location} is not a valid remote uri. For remote access on windows, please consider using a different scheme \
         such as SMB (e.g. smb://<hostname>/<path>)."
    ))
}

/// MLflow 3.17 `validate_query_string`.
fn validate_query(query: &str) -> Result<()> {
    match uri::decode_fully(query) {
        Some(query) if !query.contains("..") => Ok(()),
        _ => invalid("Invalid query string".to_owned()),
    }
}

/// `posixpath.join`, except that an absolute `below` is appended.
fn join_posix(above: &str, below: &str) -> String {
    if above.is_empty() {
        return below.to_owned();
    }
    let separator = if above.ends_with('/') { "" } else { "/" };
    format!("{above}{separator}{}", below.trim_start_matches('/'))
}

/// `Path(above).joinpath(below).as_posix()`: `.` and empty segments go, `..` stays.
fn join_as_pathlib(above: &str, below: &str) -> String {
    let segments = above.split('/').chain(below.split('/')).filter(|segment| !matches!(*segment, "" | "."));
    let path = segments.fold(String::new(), |path, segment| path + "/" + segment);
    if path.is_empty() { "/".to_owned() } else { path }
}

fn invalid<T>(message: String) -> Result<T> {
    Err(Error::InvalidLocation(message))
}

#[cfg(test)]
#[path = "location_tests.rs"]
mod tests;
