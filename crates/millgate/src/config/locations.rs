//! Where artifacts are: MLflow's reading of paths and `file:` URIs (`mlflow/utils/uri.py`, `mlflow/utils/file_utils.py`).

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

/// The scheme of a URI, as Python's `urlparse` finds it; `None` for a plain path.
pub(super) fn scheme(uri: &str) -> Option<&str> {
    let (scheme, _) = uri.split_once(':')?;
    let mut chars = scheme.chars();
    let starts_well = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
    let goes_well = chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    (starts_well && goes_well).then_some(scheme)
}

/// The path of a local location, percent-decoded, as MLflow also does with plain paths. `None` where the location is not on
/// this machine.
pub(super) fn local_path(uri: &str) -> Option<PathBuf> {
    let path = match scheme(uri) {
        None => uri,
        Some(name) if name.eq_ignore_ascii_case("file") => file_path(uri)?.path,
        Some(_) => return None,
    };
    percent_decode_str(path).decode_utf8().ok().map(|path| PathBuf::from(path.as_ref()))
}

/// A local location made absolute, everything else as it stands: what MLflow stores as the root of new experiments
/// (`resolve_uri_if_local`). `None` where a `file:` URI names another machine, or the path is not UTF-8.
pub(super) fn resolve(uri: &str, working_directory: &Path) -> Option<String> {
    let is_file = match scheme(uri) {
        None => false,
        Some(name) if name.eq_ignore_ascii_case("file") => true,
        Some(_) => return Some(uri.to_owned()),
    };
    let path = local_path(uri)?;
    if path.is_absolute() {
        return Some(uri.to_owned());
    }
    // Collecting the components drops `.` and doubled slashes, and keeps `..`, as Python's pathlib does.
    let absolute: PathBuf = working_directory.join(path).components().collect();
    let absolute = absolute.to_str()?;
    if is_file {
        Some(format!("file://{absolute}{}", file_path(uri)?.tail))
    } else {
        Some(absolute.to_owned())
    }
}

struct FileUri<'a> {
    path: &'a str,
    /// Query and fragment, with their marks.
    tail: &'a str,
}

fn file_path(uri: &str) -> Option<FileUri<'_>> {
    let (_, rest) = uri.split_once(':')?;
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (path, tail) = rest.split_at_checked(end)?;
    let Some(with_host) = path.strip_prefix("//") else { return Some(FileUri { path, tail }) };
    let start = with_host.find('/').unwrap_or(with_host.len());
    let (host, path) = with_host.split_at_checked(start)?;
    matches!(host, "" | "." | "localhost" | "127.0.0.1").then_some(FileUri { path, tail })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row is what MLflow 3.17.2 gives in the working directory `/here`: the resolved location, and its path.
    #[test]
    fn locations_are_resolved_as_mlflow_does() {
        for (uri, resolved, path) in [
            ("./mlruns", Some("/here/mlruns"), Some("./mlruns")),
            ("a//b/./c/", Some("/here/a/b/c"), Some("a//b/./c/")),
            ("../x", Some("/here/../x"), Some("../x")),
            ("my%20dir", Some("/here/my dir"), Some("my dir")),
            ("/abs/a%20b", Some("/abs/a%20b"), Some("/abs/a b")),
            ("/abs/x/", Some("/abs/x/"), Some("/abs/x/")),
            ("file:rel/x", Some("file:///here/rel/x"), Some("rel/x")),
            ("file:///abs/y", Some("file:///abs/y"), Some("/abs/y")),
            ("file:/abs/z", Some("file:/abs/z"), Some("/abs/z")),
            ("file://localhost/x", Some("file://localhost/x"), Some("/x")),
            ("file:rel%20x?q=1#f", Some("file:///here/rel x?q=1#f"), Some("rel x")),
            ("file://host/x", None, None),
            ("~/x", Some("/here/~/x"), Some("~/x")),
            (".", Some("/here"), Some(".")),
            ("s3://b/p", Some("s3://b/p"), None),
            ("mlflow-artifacts:/", Some("mlflow-artifacts:/"), None),
            ("a:b", Some("a:b"), None),
        ] {
            assert_eq!(resolve(uri, Path::new("/here")).as_deref(), resolved, "{uri}");
            assert_eq!(local_path(uri).as_deref(), path.map(Path::new), "{uri}");
        }
    }
}
