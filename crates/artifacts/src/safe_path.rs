//! The paths of artifacts.

use std::fmt;

use percent_encoding::percent_decode_str;

use crate::error::{Error, Result};

/// Names that start so belong to unfinished uploads: no listing shows them and no path may contain them. It is MLflow's
/// own prefix (3.17 `local_artifact_repo.py`), so that a Python server on the same directory hides ours as well.
pub const RESERVED_PREFIX: &str = ".artifact.uploading.";

/// The most segments a path may have. MLflow has no limit; this one bounds what deleting a tree has to descend.
pub const MAX_DEPTH: usize = 128;

/// How many times MLflow 3.17 `_decode` decodes before it gives up.
const MAX_DECODINGS: usize = 10;

/// The path of an artifact below the root of its repository.
///
/// It is relative, separated by `/`, and normalized: no empty, `.` or `..` segment. The empty path is the root. Joined to
/// any directory it stays inside (links aside, which the repository refuses), and it keeps doing so when something
/// downstream decodes it again.
#[derive(Clone)]
pub struct SafePath {
    path: String,
    /// The client wrote a final `/`, so it meant a directory. Not part of the path's identity.
    trailing_slash: bool,
}

impl SafePath {
    pub fn root() -> Self {
        Self { path: String::new(), trailing_slash: false }
    }

    /// Accepts or refuses what a client sent, **after** the one percent-decoding that HTTP asks for. The name is taken as
    /// it stands then: `100%.txt`, `a b.txt`, `ü.txt` and `a?b` stay what they are.
    ///
    /// The rules are those of MLflow 3.17 `validate_path_is_safe` (`mlflow/utils/uri.py`), applied to the path and to
    /// every form that decoding it again yields (at most ten): no `..` segment, not absolute (POSIX, Windows drive, UNC),
    /// no `file:` URI, no `#`. Stricter than MLflow: a backslash and control characters are refused (MLflow on POSIX takes
    /// the first as a name and escapes the second), and so are `//`, an encoded `/`, `..` before `;` or `?` and after `:`, more than
    /// [`MAX_DEPTH`] segments, and [`RESERVED_PREFIX`] in any segment.
    ///
    /// # Errors
    /// [`Error::InvalidPath`] or [`Error::ReservedName`]; both are `INVALID_PARAMETER_VALUE`.
    pub fn parse(raw: &str) -> Result<Self> {
        if raw.contains("//") {
            // `a//etc` is `a` joined with an absolute path to some, and `a/etc` to others.
            return Err(Error::InvalidPath);
        }
        refuse_in_every_decoding(raw)?;
        let mut path = String::with_capacity(raw.len());
        let mut depth = 0;
        for segment in raw.split('/').filter(|segment| !matches!(*segment, "" | ".")) {
            if segment.starts_with(RESERVED_PREFIX) {
                return Err(Error::ReservedName { name: segment.to_owned() });
            }
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(segment);
            depth += 1;
        }
        if depth > MAX_DEPTH {
            return Err(Error::InvalidPath);
        }
        if path != raw {
            // `./C:/x` is harmless as sent, but not as what it is normalized to.
            refuse_in_every_decoding(&path)?;
        }
        Ok(Self { path, trailing_slash: raw.ends_with('/') })
    }

    /// The path below this one.
    ///
    /// # Errors
    /// [`Error::InvalidPath`] when the two together exceed [`MAX_DEPTH`].
    pub fn join(&self, below: &Self) -> Result<Self> {
        let path = match (self.is_root(), below.is_root()) {
            (true, _) => below.path.clone(),
            (_, true) => self.path.clone(),
            _ => format!("{}/{}", self.path, below.path),
        };
        // Both halves are safe, but `a` and `b` could make a form that neither has alone, such as a drive.
        let trailing_slash = below.trailing_slash;
        Ok(Self { trailing_slash, ..Self::parse(&path)? })
    }

    /// The path, without a slash at either end; empty for the root.
    pub fn as_str(&self) -> &str {
        &self.path
    }

    pub fn is_root(&self) -> bool {
        self.path.is_empty()
    }

    /// The names on the path, from the root down; none for the root.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter(|segment| !segment.is_empty())
    }

    /// The last segment; `None` for the root.
    pub fn file_name(&self) -> Option<&str> {
        self.path.rsplit('/').next().filter(|name| !name.is_empty())
    }

    /// The directory that holds this path; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let path = self.path.rsplit_once('/').map_or("", |(parent, _)| parent);
        Some(Self { path: path.to_owned(), trailing_slash: false })
    }

    /// Whether this is `ancestor` or lies below it.
    pub fn starts_with(&self, ancestor: &Self) -> bool {
        ancestor.is_root()
            || self
                .path
                .strip_prefix(&ancestor.path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether the client ended the path with `/`, which cannot name a file to upload.
    pub fn has_trailing_slash(&self) -> bool {
        self.trailing_slash
    }
}

impl PartialEq for SafePath {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for SafePath {}

impl std::hash::Hash for SafePath {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.path.hash(state);
    }
}

impl fmt::Display for SafePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl fmt::Debug for SafePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SafePath({:?})", self.path)
    }
}

/// Decoding must not turn the path into one that is refused, nor add a segment; it must also come to an end.
fn refuse_in_every_decoding(raw: &str) -> Result<()> {
    let separators = count_separators(raw);
    let mut form = raw.to_owned();
    for _ in 0..MAX_DECODINGS {
        if is_unsafe(&form) || count_separators(&form) != separators {
            return Err(Error::InvalidPath);
        }
        let decoded = percent_decode_str(&form).decode_utf8_lossy().into_owned();
        if decoded == form {
            return Ok(());
        }
        form = decoded;
    }
    Err(Error::InvalidPath)
}

fn count_separators(path: &str) -> usize {
    path.bytes().filter(|&byte| byte == b'/').count()
}

fn is_unsafe(path: &str) -> bool {
    // `urlparse`, through which MLflow sends the path, drops spaces in front; so a path may not hide behind them.
    let start = path.trim_start();
    path.chars().any(|c| c.is_control() || matches!(c, '\\' | '#'))
        || path.split('/').any(climbs)
        || start.starts_with('/')
        || is_windows_absolute(start)
        || start.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:"))
}

/// `..`, alone or with what a URL parser takes for a scheme, parameters, a query or padding.
fn climbs(segment: &str) -> bool {
    let path = segment.split([';', '?']).next().unwrap_or_default();
    path.rsplit(':').next().is_some_and(|name| name.trim() == "..")
}

/// `C:/…`; with a backslash it is refused before.
fn is_windows_absolute(path: &str) -> bool {
    let mut characters = path.chars().skip(1);
    characters.next() == Some(':') && characters.next() == Some('/')
}

#[cfg(test)]
#[path = "safe_path_tests.rs"]
mod tests;
