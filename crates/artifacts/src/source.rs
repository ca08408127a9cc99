//! What may be the source of a model version (MLflow 3.17 `server/handlers.py`, `_validate_source_run` and the functions
//! around it).

use std::path::Path;

use crate::error::{Error, Result};
use crate::location::{Whereabouts, parse, refuse_remote_file, whereabouts};
use crate::uri::{self, Uri};

/// What kind of thing a source is, going by its scheme. `models:` URIs are not told apart here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// On the server's own disk.
    Local,
    /// `runs:/<id>/<path>`: an artifact of a run.
    Run { id: String },
    /// Behind the artifact proxy of this server or another one.
    Proxied,
    /// In some other storage.
    Elsewhere,
}

impl Source {
    /// # Errors
    /// [`Error::InvalidLocation`] for a malformed URI, a `file:` URI on another host, and a `runs:` URI that names no
    /// artifact of a run of this server.
    pub fn parse(source: &str) -> Result<Self> {
        let uri = parse(source)?;
        match uri.scheme.as_str() {
            "" => Ok(Self::Local),
            "file" => refuse_remote_file(source, &uri).map(|()| Self::Local),
            "runs" => run_of(&uri).map(|id| Self::Run { id }).ok_or_else(|| {
                Error::InvalidLocation(format!(
                    "Not a proper runs:/ URI: {source}. Runs URIs must be of the form \
                    'runs:/<run_id>/run-relative/path/to/artifact'"
                ))
            }),
            _ if is_proxied(&uri) => Ok(Self::Proxied),
            _ => Ok(Self::Elsewhere),
        }
    }
}

fn run_of(uri: &Uri) -> Option<String> {
    let (id, path) = uri.path.strip_prefix('/')?.split_once('/')?;
    (uri.authority.is_empty() && !id.is_empty() && !path.is_empty()).then(|| id.to_owned())
}

/// MLflow 3.17 `_is_mlflow_artifact_source`.
fn is_proxied(uri: &Uri) -> bool {
    const ROUTE: [&str; 4] = ["api", "2.0", "mlflow-artifacts", "artifacts"];
    match uri.scheme.as_str() {
        "mlflow-artifacts" => true,
        "http" | "https" => parts(&uri.path).windows(ROUTE.len()).any(|window| window == ROUTE),
        _ => false,
    }
}

/// Refuses a source, other than a local one, whose path is relative or empty, or holds `.`, `..` or a NUL, also in encoded
/// form (MLflow 3.17 `_validate_non_local_source_contains_relative_paths`).
///
/// # Errors
/// [`Error::InvalidLocation`], with MLflow's message.
pub fn check_absolute(source: &str) -> Result<()> {
    let invalid = || {
        Error::InvalidLocation(format!(
            "Invalid model version source: '{source}'. If supplying a source as an http, https, local file path, ftp, \
             objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references \
             present. Please provide an absolute path."
        ))
    };
    let plain = decoded(source).ok_or_else(invalid)?;
    let uri = Uri::parse(&plain).map_err(|_| invalid())?;
    let path = uri.path.trim_end_matches('/');
    let odd = |segment: &str| matches!(segment, "." | "..");
    // Clients may take a backslash for a slash.
    if !path.starts_with('/') || plain.contains('\0') || plain.split(['/', '\\']).any(odd) {
        return Err(invalid());
    }
    Ok(())
}

/// Decodes until nothing changes, as Python's `unquote_plus` does; `None` for what needs more than ten rounds.
fn decoded(text: &str) -> Option<String> {
    let mut form = text.to_owned();
    for _ in 0..10 {
        let again = uri::decode(&form.replace('+', " "));
        if again == form {
            return Some(form);
        }
        form = again;
    }
    None
}

/// Whether a proxied source lies at or below a location, both read as URIs: the scheme, the host and the beginning of the
/// path are the same (MLflow 3.17 `_is_uri_within_root`).
pub fn lies_within(source: &str, root: &str) -> bool {
    let (Ok(source), Ok(root)) = (parse(source), parse(root)) else { return false };
    let (below, above) = (parts(&source.path), parts(&root.path));
    source.scheme == root.scheme
        && source.authority.eq_ignore_ascii_case(&root.authority)
        && !above.is_empty()
        && below.starts_with(&above)
}

fn parts(path: &str) -> Vec<String> {
    let decoded = |part: &str| decoded(part).unwrap_or_default();
    path.split('/').filter(|part| !part.is_empty()).map(decoded).collect()
}

/// Whether a local source lies at or below a local location, as the file system has it: links are followed where the paths
/// exist, and a `..` is refused. Touches the disk.
///
/// # Errors
/// As [`whereabouts`].
pub fn lies_within_folder(source: &str, root: &str, cwd: &Path) -> Result<bool> {
    let (Whereabouts::Local(source), Whereabouts::Local(root)) =
        (whereabouts(source, cwd)?, whereabouts(root, cwd)?)
    else {
        return Ok(false);
    };
    let climbs = |path: &Path| path.components().any(|part| part == std::path::Component::ParentDir);
    if climbs(&source) || climbs(&root) {
        return Ok(false);
    }
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    Ok(real(&source).starts_with(real(&root)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_tells_the_kind() {
        let run = |id: &str| Source::Run { id: id.to_owned() };
        for (source, kind) in [
            ("/a/b", Source::Local),
            ("a/b", Source::Local),
            ("file:///a/b", Source::Local),
            ("file://localhost/a", Source::Local),
            ("runs:/r1/model", run("r1")),
            ("RUNS:/r1/a/b", run("r1")),
            ("mlflow-artifacts:/1/r/artifacts/m", Source::Proxied),
            ("mlflow-artifacts://h:1/1/r", Source::Proxied),
            ("http://h/api/2.0/mlflow-artifacts/artifacts/1", Source::Proxied),
            ("https://h/p/api/2.0/mlflow%2Dartifacts/artifacts/1", Source::Proxied),
            ("http://h/else", Source::Elsewhere),
            ("s3://b/m", Source::Elsewhere),
            ("dbfs:/m", Source::Elsewhere),
        ] {
            assert_eq!(Source::parse(source).unwrap(), kind, "{source}");
        }
        for source in
            ["file://evil/a", "runs:/", "runs:r1/m", "runs://h/r1/m", "runs:/r1", "runs:/r1/", "runs://r1/m"]
        {
            assert!(Source::parse(source).is_err(), "{source}");
        }
    }

    #[test]
    fn a_path_is_absolute_however_it_is_encoded() {
        for good in [
            "s3://b/m",
            "s3://b/a b/c.d",
            "runs:/r/m",
            "mlflow-artifacts:/1/r",
            "s3://b//x",
            "s3://b/m/",
            "http://h/api/2.0/mlflow-artifacts/artifacts/1/..a",
            "models:/m/1",
        ] {
            assert!(check_absolute(good).is_ok(), "{good}");
        }
        for bad in [
            "mlflow-artifacts://host:9000/models/../../../",
            "http://h/api/2.0/mlflow-artifacts/artifacts/../../x",
            "s3:/b/a/../../c",
            "s3://b/./m",
            "s3://b/a\\..\\c",
            "mlflow-artifacts://h/..%2f..%2fx",
            "mlflow-artifacts://h/%252E%252e%252fx",
            "mlflow-artifacts:/1/%00",
            "s3://..%2fx/m",
            "s3://b",
            "mlflow-artifacts:/",
            "s3:m",
            "runs:m/x",
            &format!("s3://b/%{}2e", "25".repeat(12)),
        ] {
            assert!(check_absolute(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_source_lies_within_a_location_of_the_same_place() {
        let root = "mlflow-artifacts:/1/r/artifacts";
        for source in [root, "mlflow-artifacts:/1/r/artifacts/m", "MLFLOW-ARTIFACTS:/1//r/%61rtifacts/m/"] {
            assert!(lies_within(source, root), "{source}");
        }
        for source in [
            "mlflow-artifacts:/1/r/artifacts2",
            "mlflow-artifacts:/1/r",
            "mlflow-artifacts:/2/r/artifacts/m",
            "mlflow-artifacts://h/1/r/artifacts/m",
            "s3:/1/r/artifacts/m",
        ] {
            assert!(!lies_within(source, root), "{source}");
        }
        assert!(!lies_within("s3://b/x", "s3://b"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_leads_a_local_source_out_of_its_folder() {
        let folder = tempfile::TempDir::new().unwrap();
        let root = folder.path().join("run");
        std::fs::create_dir_all(root.join("model")).unwrap();
        std::os::unix::fs::symlink("/etc", root.join("link")).unwrap();
        let root = root.to_str().unwrap();
        let within = |source: &str| lies_within_folder(source, root, Path::new("/")).unwrap();
        assert!(
            within(&format!("{root}/model")) && within(&format!("file://{root}/model/new")) && within(root)
        );
        for source in
            [format!("{root}/link"), format!("{root}/../run/model"), "/etc".to_owned(), format!("{root}2")]
        {
            assert!(!within(&source), "{source}");
        }
    }
}
