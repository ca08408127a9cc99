//! Where artifacts lie, in a form in which any two locations can be compared.

use artifacts::location::{Whereabouts, append_path, proxied_path, resolve_if_local, whereabouts};
use artifacts::{LocationRules, Repository, SafePath};
use model::Result;
use std::path::{Component, Path, PathBuf};

/// The locations that a server knows of by its configuration.
pub(crate) struct Locations {
    rules: LocationRules,
    working_directory: PathBuf,
    default_root: String,
    default_place: Place,
    destination: Option<Destination>,
}

/// The storage behind the artifact proxy.
struct Destination {
    repository: Repository,
    place: Place,
}

/// A location taken apart: what it lies in, and the way from there. Two locations overlap when one's way begins with the
/// other's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    within: Within,
    segments: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Within {
    /// The storage behind the artifact proxy.
    Proxy,
    /// The server's own disk.
    Disk,
    /// Somewhere else: the scheme and authority of the URI.
    Remote(String),
}

impl Place {
    /// The way from `other` to this place, if it lies there.
    pub(crate) fn below<'p>(&'p self, other: &Self) -> Option<&'p [String]> {
        if self.within != other.within {
            return None;
        }
        self.segments.strip_prefix(other.segments.as_slice())
    }

    pub(crate) fn of_path(path: &SafePath) -> Self {
        Self { within: Within::Proxy, segments: path.segments().map(str::to_owned).collect() }
    }

    pub(crate) fn is_proxied(&self) -> bool {
        self.within == Within::Proxy
    }

    /// Whether what is there is on this server.
    pub(crate) fn is_here(&self) -> bool {
        !matches!(self.within, Within::Remote(_))
    }

    pub(crate) fn segments(&self) -> &[String] {
        &self.segments
    }
}

/// The default location of an experiment, by its id.
#[derive(Debug, Clone)]
pub(crate) struct DefaultLocation {
    before: String,
    after: String,
}

impl DefaultLocation {
    pub(crate) fn of(&self, id: &str) -> String {
        format!("{}{id}{}", self.before, self.after)
    }

    /// What stands before and after the id.
    pub(crate) fn around(&self) -> (&str, &str) {
        (&self.before, &self.after)
    }
}

impl Locations {
    pub(crate) fn new(
        default_root: &str,
        destination: Option<(Repository, PathBuf)>,
        rules: LocationRules,
        working_directory: PathBuf,
    ) -> Result<Self> {
        let destination = destination.map(|(repository, path)| {
            let path = match &repository {
                // The path as it is opened: the configured one may hold escapes.
                Repository::Local(local) => local.root().to_owned(),
                _ => path,
            };
            Destination { repository, place: Place { within: Within::Disk, segments: disk_segments(&path) } }
        });
        let default_root = resolve_if_local(default_root, &working_directory)?;
        let mut locations = Self {
            rules,
            working_directory,
            default_place: Place { within: Within::Proxy, segments: Vec::new() },
            default_root,
            destination,
        };
        locations.default_place = locations.place(&locations.default_root)?;
        Ok(locations)
    }

    /// The location that an experiment's id gives it.
    pub(crate) fn default_location(&self) -> DefaultLocation {
        // The id is put where a mark stood: the root may have a query behind its path.
        const MARK: &str = "\u{1}";
        let marked = append_path(&self.default_root, &[MARK]).unwrap_or_default();
        let (before, after) = marked.split_once(MARK).unwrap_or((marked.as_str(), ""));
        DefaultLocation { before: before.to_owned(), after: after.to_owned() }
    }

    pub(crate) fn default_place(&self) -> &Place {
        &self.default_place
    }

    /// Checks a location that a client gives an experiment, and makes it absolute.
    pub(crate) fn resolve(&self, location: &str) -> Result<String> {
        Ok(self.rules.resolve("artifact_location", location, &self.working_directory)?)
    }

    /// Takes a location apart. What lies on the disk below the proxy's storage is reached through the proxy too, so it is a
    /// place of the proxy.
    pub(crate) fn place(&self, location: &str) -> Result<Place> {
        Ok(match whereabouts(location, &self.working_directory)? {
            Whereabouts::Proxied(path) => Place::of_path(&path),
            Whereabouts::Local(path) => {
                let place = Place { within: Within::Disk, segments: disk_segments(&path) };
                let below = self.destination.as_ref().and_then(|destination| place.below(&destination.place));
                match below {
                    Some(segments) => Place { within: Within::Proxy, segments: segments.to_vec() },
                    None => place,
                }
            }
            Whereabouts::Remote { service, path } => {
                Place { within: Within::Remote(service), segments: plain_segments(&path) }
            }
        })
    }

    /// Whether a location is on the server's disk, outside what the server keeps artifacts in.
    pub(crate) fn is_foreign_local(&self, location: &str) -> Result<bool> {
        let location = self.resolve(location)?;
        if let Whereabouts::Local(path) = whereabouts(&location, &self.working_directory)?
            && path.components().any(|part| part == Component::ParentDir)
        {
            // Where `..` leads depends on links of the file system: nobody can say that it stays within.
            return Ok(true);
        }
        let place = self.place(&location)?;
        Ok(place.within == Within::Disk && place.below(&self.default_place).is_none())
    }

    /// Refuses a URI in `field` that would make the server connect to a host which is not its own.
    pub(crate) fn check_host(&self, field: &str, uri: &str) -> Result<()> {
        Ok(self.rules.validate_host(field, uri)?)
    }

    pub(crate) fn working_directory(&self) -> &Path {
        &self.working_directory
    }

    /// The storage behind the artifact proxy.
    pub(crate) fn destination(&self) -> Option<&Repository> {
        self.destination.as_ref().map(|destination| &destination.repository)
    }

    /// Where the artifacts of a run with this URI are kept: a repository and the way to them.
    pub(crate) fn open(&self, artifact_uri: &str) -> Result<(Repository, SafePath)> {
        match (proxied_path(artifact_uri)?, self.destination()) {
            (Some(path), Some(destination)) => Ok((destination.clone(), path)),
            _ => Ok((Repository::from_uri(artifact_uri, &self.working_directory)?, SafePath::root())),
        }
    }
}

/// The segments of an absolute path without `.`, `..` and doubled slashes.
fn disk_segments(path: &Path) -> Vec<String> {
    plain_segments(&path.to_string_lossy())
}

fn plain_segments(path: &str) -> Vec<String> {
    let mut segments: Vec<String> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment.to_owned()),
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locations(root: &str) -> Locations {
        let storage = Path::new("/data/artifacts");
        let repository = Repository::from_uri("/data/artifacts", Path::new("/srv")).unwrap();
        Locations::new(root, Some((repository, storage.into())), LocationRules::default(), "/srv".into())
            .unwrap()
    }

    #[test]
    fn the_same_place_is_recognized_however_it_is_written() {
        let locations = locations("mlflow-artifacts:/");
        let place = |location: &str| locations.place(location).unwrap();
        let expected = place("mlflow-artifacts:/7/x");
        for same in [
            "mlflow-artifacts:/7/x/",
            "mlflow-artifacts://host:5000/7/x",
            "http://anywhere/api/2.0/mlflow-artifacts/artifacts/7/x",
            "/data/artifacts/7/x",
            "/data/artifacts/../artifacts/./7//x",
            "file:///data/artifacts/7/x",
            "../data/artifacts/7/x",
            "/data/artifacts/%37/x",
            "file:///data/artifacts/%37/x",
            "file:///data/artifacts/7/x?version=1",
            " file:///data/artifacts/7/x",
            "fi\tle:///data/artifacts/7/x",
            "FILE:/../data/artifacts/7/x",
            "mlflow-artifacts:/%37/x",
            "MLFLOW-ARTIFACTS:/7/x?/y",
        ] {
            assert_eq!(place(same), expected, "{same}");
        }
        for other in ["/data/artifacts2/7/x", "s3://bucket/7/x", "mlflow-artifacts:/7/xy", "/data"] {
            assert_ne!(place(other), expected, "{other}");
        }
    }

    #[test]
    fn a_place_knows_what_lies_below_it() {
        let locations = locations("mlflow-artifacts:/");
        let place = |location: &str| locations.place(location).unwrap();
        assert_eq!(
            place("s3://b/a/b/c").below(&place("s3://b/a")),
            Some(["b".to_owned(), "c".to_owned()].as_slice())
        );
        assert_eq!(place("s3://b/ab").below(&place("s3://b/a")), None);
        assert_eq!(place("s3://b/a").below(&place("s3://other/a")), None);
    }

    #[test]
    fn the_default_location_holds_the_id_before_any_query() {
        assert_eq!(locations("mlflow-artifacts:/").default_location().of("7"), "mlflow-artifacts:/7");
        assert_eq!(locations("s3://b/root?v=1").default_location().of("7"), "s3://b/root/7?v=1");
        assert_eq!(locations("./mlruns").default_location().of("7"), "/srv/mlruns/7");
    }

    #[test]
    fn the_disk_outside_the_artifact_storage_is_foreign() {
        let served = locations("mlflow-artifacts:/");
        for (location, foreign) in [
            ("/etc", true),
            ("file:///etc", true),
            ("/data/artifacts/team", false),
            ("/data/artifacts/../secret", true),
            ("/data/artifacts/%2e%2e/%2e%2e/secret", true),
            ("file:///data/artifacts/%2E%2E/secret", true),
            ("%252e%252e/data/artifacts/team", true),
            ("/data/artifacts/team/../other", true),
            ("FILE:///etc", true),
            ("s3://bucket/x", false),
            ("mlflow-artifacts:/team", false),
        ] {
            assert_eq!(served.is_foreign_local(location).unwrap(), foreign, "{location}");
        }
        assert!(!locations("/srv/mlruns").is_foreign_local("/srv/mlruns/x").unwrap());
    }
}
