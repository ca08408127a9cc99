//! Where artifacts lie, in a form in which any two locations can be compared.

use artifacts::location::{Whereabouts, append_path, proxied_path, resolve_if_local, whereabouts};
use artifacts::object::is_object_scheme;
use artifacts::{LocationRules, ObjectStores, Repository, SafePath};
use model::{Error, ErrorCode, Result};
use std::path::{Component, Path, PathBuf};

/// The locations that a server knows of by its configuration.
pub(crate) struct Locations {
    rules: LocationRules,
    working_directory: PathBuf,
    default_root: String,
    default_place: Place,
    destination: Option<Destination>,
    stores: ObjectStores,
    /// What in object stores the operator has named, and nothing else of them, is opened with the server's credentials.
    named: Vec<Named>,
}

/// A part of an object store that the operator has named.
struct Named {
    repository: Repository,
    place: Place,
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
    /// `stores_named`: what `MILLGATE_ARTIFACT_STORES` names beside the root and the destination.
    pub(crate) fn new(
        default_root: &str,
        destination: Option<&str>,
        stores_named: &[String],
        stores: ObjectStores,
        rules: LocationRules,
        working_directory: PathBuf,
    ) -> Result<Self> {
        let destination = match destination {
            Some(uri) => {
                let repository = Repository::from_uri(uri, &working_directory, &stores)?;
                let place = place_of(&repository);
                Some(Destination { repository, place })
            }
            None => None,
        };
        let default_root = resolve_if_local(default_root, &working_directory)?;
        let mut locations = Self {
            rules,
            working_directory,
            default_place: Place { within: Within::Proxy, segments: Vec::new() },
            default_root,
            destination,
            stores,
            named: Vec::new(),
        };
        locations.default_place = locations.place(&locations.default_root)?;
        let root = [&locations.default_root];
        for location in root.into_iter().filter(|root| is_in_store(root)).chain(stores_named) {
            if !is_in_store(location) {
                return Err(Error::invalid(format!("'{location}' is in no object store that can be opened")));
            }
            let opened = Repository::from_uri(location, &locations.working_directory, &locations.stores)?;
            locations.named.push(Named { place: place_of(&opened), repository: opened });
        }
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

    /// Whether the folders of all experiments lie below, or all that the proxy keeps.
    pub(crate) fn is_above_all(&self, place: &Place) -> bool {
        let kept = self.destination.iter().map(|destination| &destination.place);
        kept.chain([&self.default_place]).any(|all| all.below(place).is_some())
    }

    pub(crate) fn default_place(&self) -> &Place {
        &self.default_place
    }

    /// Checks a location that a client gives an experiment, and makes it absolute.
    pub(crate) fn resolve(&self, location: &str) -> Result<String> {
        Ok(self.rules.resolve("artifact_location", location, &self.working_directory)?)
    }

    /// Takes a location apart. What lies below the proxy's storage, be it on the disk or in an object store, is reached through
    /// the proxy too, so it is a place of the proxy.
    pub(crate) fn place(&self, location: &str) -> Result<Place> {
        let place = match whereabouts(location, &self.working_directory)? {
            Whereabouts::Proxied(path) => return Ok(Place::of_path(&path)),
            Whereabouts::Local(path) => Place { within: Within::Disk, segments: disk_segments(&path) },
            Whereabouts::Remote { service, path } => {
                Place { within: Within::Remote(service), segments: plain_segments(&path) }
            }
        };
        Ok(self.below_destination(place))
    }

    /// A place as one of the proxy, where it is reached through it.
    fn below_destination(&self, place: Place) -> Place {
        let below = self.destination.as_ref().and_then(|destination| place.below(&destination.place));
        match below {
            Some(segments) => Place { within: Within::Proxy, segments: segments.to_vec() },
            None => place,
        }
    }

    /// Whether this server opens what is there. In an object store it opens only what its operator has named: it may hold the
    /// keys to more than those who can make an experiment may see.
    pub(crate) fn opens(&self, place: &Place) -> bool {
        match place.within {
            Within::Proxy | Within::Disk => true,
            Within::Remote(_) => self.named.iter().any(|named| place.below(&named.place).is_some()),
        }
    }

    /// The artifacts of one run, logged model or trace, so that they can be deleted: a repository, and a way in it that is never
    /// its root. A place is the owner's own where its path has the folders of `owner`, the last of which is its id, one in the
    /// other. `others` are the places of experiments that chose their own.
    ///
    /// # Errors
    /// PERMISSION_DENIED, with the reason, for what lies elsewhere than below the proxy's storage, the default root and what the
    /// operator has named, and for what others may share.
    pub(crate) fn to_delete<'p>(
        &self,
        location: &str,
        owner: &[&str],
        mut others: impl Iterator<Item = &'p Place>,
    ) -> Result<(Repository, SafePath)> {
        if self.leads_up(location)? {
            return Err(not_deleted(location, "its path leads upwards"));
        }
        let place = self.place(location)?;
        if !place.segments.windows(owner.len()).any(|folders| folders == owner) {
            return Err(not_deleted(location, "it is no folder of its own"));
        }
        if others.any(|other| other.below(&place).is_some()) {
            return Err(not_deleted(location, "an experiment keeps its artifacts in it"));
        }
        self.open_to_delete(&place).ok_or_else(|| {
            not_deleted(
                location,
                "it is not below --artifacts-destination, --default-artifact-root or MILLGATE_ARTIFACT_STORES",
            )
        })
    }

    /// The folder that an experiment's id gave it, if that is where it keeps its artifacts; where the id comes back, so does the
    /// folder. `others` are the places of other experiments: where one lies in it, or around it, the folder is not its own.
    pub(crate) fn own_folder(
        &self,
        id: &str,
        location: &str,
        others: &[Place],
    ) -> Result<Option<(Repository, SafePath)>> {
        if self.leads_up(location)? {
            return Ok(None);
        }
        let place = self.place(location)?;
        let roots = [self.default_place.clone(), Place::of_path(&SafePath::root())];
        let is_default =
            roots.iter().any(|root| place.below(root).is_some_and(|rest| rest == [id.to_owned()]));
        let is_shared = self.is_above_all(&place)
            || others.iter().any(|other| other.below(&place).is_some() || place.below(other).is_some());
        Ok(if is_default && !is_shared { self.open_to_delete(&place) } else { None })
    }

    /// A place in a repository that holds more than it. `None` for what may not be deleted.
    fn open_to_delete(&self, place: &Place) -> Option<(Repository, SafePath)> {
        let within = |repository: &Repository, root: &Place| {
            let rest = place.below(root)?;
            let path = SafePath::parse(&rest.join("/")).ok()?;
            (!path.is_root()).then(|| (repository.clone(), path))
        };
        match &place.within {
            Within::Proxy => within(self.destination()?, &Place::of_path(&SafePath::root())),
            Within::Disk => {
                let root = &self.default_place;
                if root.within != Within::Disk {
                    return None;
                }
                let opened =
                    Repository::from_uri(&self.default_root, &self.working_directory, &self.stores).ok()?;
                within(&opened, root)
            }
            Within::Remote(_) => self.named.iter().find_map(|named| within(&named.repository, &named.place)),
        }
    }

    /// Whether a location on the disk holds `..`, which links of the file system can lead anywhere.
    fn leads_up(&self, location: &str) -> Result<bool> {
        Ok(match whereabouts(location, &self.working_directory)? {
            Whereabouts::Local(path) => path.components().any(|part| part == Component::ParentDir),
            Whereabouts::Proxied(_) | Whereabouts::Remote { .. } => false,
        })
    }

    /// Whether a location is on the server's disk, outside what the server keeps artifacts in.
    pub(crate) fn is_foreign_local(&self, location: &str) -> Result<bool> {
        let location = self.resolve(location)?;
        if self.leads_up(&location)? {
            // Nobody can say that it stays within.
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
    ///
    /// # Errors
    /// PERMISSION_DENIED for what lies in an object store and is not [opened](Self::opens).
    pub(crate) fn open(&self, artifact_uri: &str) -> Result<(Repository, SafePath)> {
        if let (Some(path), Some(destination)) = (proxied_path(artifact_uri)?, self.destination()) {
            return Ok((destination.clone(), path));
        }
        // Asked before there is a client of the bucket: whoever makes experiments could have any number of those made.
        if is_in_store(artifact_uri) {
            self.check_opened(&self.place(artifact_uri)?)?;
        }
        let repository = Repository::from_uri(artifact_uri, &self.working_directory, &self.stores)?;
        if let Repository::Object(_) = &repository {
            self.check_opened(&self.below_destination(place_of(&repository)))?;
        }
        Ok((repository, SafePath::root()))
    }

    fn check_opened(&self, place: &Place) -> Result<()> {
        match &place.within {
            Within::Remote(bucket) if !self.opens(place) => Err(Error::new(
                ErrorCode::PermissionDenied,
                format!(
                    "This server does not open these artifacts in '{bucket}': its operator has not named the location in \
                     MILLGATE_ARTIFACT_STORES."
                ),
            )),
            _ => Ok(()),
        }
    }
}

fn not_deleted(location: &str, reason: &str) -> Error {
    Error::new(ErrorCode::PermissionDenied, format!("The artifacts in {location} are not deleted: {reason}."))
}

/// Where a repository is, by what it opens: a location may have been written with escapes.
fn place_of(repository: &Repository) -> Place {
    match repository {
        Repository::Local(local) => Place { within: Within::Disk, segments: disk_segments(local.root()) },
        Repository::Object(object) => {
            let (bucket, path) = object.place();
            let segments = path.segments().map(str::to_owned).collect();
            Place { within: Within::Remote(bucket.to_owned()), segments }
        }
    }
}

/// Whether a location is in an object store that this server can reach.
fn is_in_store(location: &str) -> bool {
    location
        .trim_start()
        .split_once(':')
        .is_some_and(|(scheme, _)| is_object_scheme(&scheme.to_ascii_lowercase()))
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
    use artifacts::object::Patience;
    use std::collections::BTreeMap;

    fn locations(root: &str) -> Locations {
        with(root, "/data/artifacts", &[])
    }

    fn with(root: &str, destination: &str, named: &[&str]) -> Locations {
        let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        let mut variables: BTreeMap<String, String> =
            keys.into_iter().map(|name| (name.to_owned(), "x".to_owned())).collect();
        variables.insert("AZURE_STORAGE_ACCESS_KEY".to_owned(), "a2V5".to_owned());
        let stores = ObjectStores::new(variables, Patience::default());
        let named: Vec<String> = named.iter().map(|location| (*location).to_owned()).collect();
        Locations::new(root, Some(destination), &named, stores, LocationRules::default(), "/srv".into())
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
        assert_eq!(locations("s3://bucket/root?v=1").default_location().of("7"), "s3://bucket/root/7?v=1");
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

    #[test]
    fn what_the_proxy_keeps_in_an_object_store_is_the_same_place_by_every_way() {
        let served = with("mlflow-artifacts:/", "s3://bucket/kept", &[]);
        let place = |location: &str| served.place(location).unwrap();
        for same in [
            "s3://bucket/kept/7/x",
            "S3://bucket/kept/7/x/",
            "s3://bucket//kept/./7/x",
            "s3://bucket/kept/7/x?v=1",
        ] {
            assert_eq!(place(same), place("mlflow-artifacts:/7/x"), "{same}");
        }
        for other in ["s3://bucket/kept2/7/x", "s3://other/kept/7/x", "gs://bucket/kept/7/x", "/kept/7/x"] {
            assert_ne!(place(other), place("mlflow-artifacts:/7/x"), "{other}");
        }
        assert!(place("mlflow-artifacts:/7/x").below(&place("s3://bucket/kept/7")).is_some());
        let azure = with("mlflow-artifacts:/", "wasbs://con@acc.blob.core.windows.net/kept", &[]);
        assert_eq!(
            azure.place("abfss://con@acc.dfs.core.windows.net/kept/%37/x").unwrap(),
            azure.place("mlflow-artifacts:/7/x").unwrap()
        );
    }

    #[test]
    fn what_lies_above_everything_is_known() {
        let served = with("mlflow-artifacts:/", "s3://bucket/a/kept", &["s3://bucket"]);
        for (location, above) in [
            ("s3://bucket", true),
            ("s3://bucket/a", true),
            ("s3://bucket/a/kept", true),
            ("mlflow-artifacts:/", true),
            ("s3://bucket/a/kept/7", false),
            ("s3://bucket/b", false),
            ("s3://other", false),
        ] {
            assert_eq!(served.is_above_all(&served.place(location).unwrap()), above, "{location}");
        }
    }

    #[test]
    fn only_what_is_ones_own_and_kept_here_is_deleted() {
        let served = with("/srv/root", "/data/artifacts", &["s3://team/kept"]);
        for (location, owner, path) in [
            ("mlflow-artifacts:/7/run/artifacts", "run", "7/run/artifacts"),
            ("/data/artifacts/7/run/artifacts", "run", "7/run/artifacts"),
            ("file:///srv/root/7/run/artifacts", "run", "7/run/artifacts"),
            ("s3://team/kept/7/models/m-1/artifacts", "m-1", "7/models/m-1/artifacts"),
        ] {
            let (_, found) = served.to_delete(location, &[owner], [].iter()).unwrap();
            assert_eq!(found.as_str(), path, "{location}");
        }
        for (location, owner, reason) in [
            ("mlflow-artifacts:/", "run", "no folder of its own"),
            ("mlflow-artifacts:/7", "run", "no folder of its own"),
            ("mlflow-artifacts:/7/other/artifacts", "run", "no folder of its own"),
            ("/data/artifacts/run/../7", "run", "leads upwards"),
            ("/etc/run/artifacts", "run", "not below"),
            ("/srv/roots/7/run/artifacts", "run", "not below"),
            ("s3://team/run/artifacts", "run", "not below"),
            ("s3://other/kept/run", "run", "not below"),
            ("hdfs://host/run/artifacts", "run", "not below"),
        ] {
            let refused = served.to_delete(location, &[owner], [].iter()).unwrap_err();
            assert!(refused.message.contains(reason), "{location}: {refused}");
        }
    }

    #[test]
    fn what_is_of_others_is_not_deleted_under_an_id_that_somebody_chose() {
        let served = with("/srv/root", "/data/artifacts", &[]);
        let trace = |location: &str, id: &str, others: &[&str]| {
            let others: Vec<Place> = others.iter().map(|other| served.place(other).unwrap()).collect();
            served.to_delete(location, &["traces", id], others.iter())
        };
        let (_, found) = trace("mlflow-artifacts:/7/traces/tr-1/artifacts", "tr-1", &[]).unwrap();
        assert_eq!(found.as_str(), "7/traces/tr-1/artifacts");
        for (location, id, others, reason) in [
            ("mlflow-artifacts:/1/run/artifacts", "run", &[][..], "no folder of its own"),
            ("mlflow-artifacts:/1", "1", &[], "no folder of its own"),
            ("mlflow-artifacts:/traces/x/1/artifacts", "1", &[], "no folder of its own"),
            (
                "mlflow-artifacts:/traces/1",
                "1",
                &["mlflow-artifacts:/traces/1/team"],
                "keeps its artifacts in it",
            ),
        ] {
            let refused = trace(location, id, others).unwrap_err();
            assert!(refused.message.contains(reason), "{location}: {refused}");
        }
        // What lies in the place of an experiment is not in the way of that.
        let inside = &["mlflow-artifacts:/team"];
        assert!(trace("mlflow-artifacts:/team/traces/tr-1/artifacts", "tr-1", inside).is_ok());
    }

    #[test]
    fn the_root_of_all_experiments_is_the_folder_of_none() {
        let served = locations("mlflow-artifacts:/7");
        assert!(served.own_folder("7", "mlflow-artifacts:/7/7", &[]).unwrap().is_some());
        assert!(served.own_folder("7", "mlflow-artifacts:/7", &[]).unwrap().is_none());
    }

    #[test]
    fn the_folder_of_an_experiment_is_its_own_only_where_no_other_lies_in_it() {
        let served = locations("mlflow-artifacts:/");
        let folder = |id: &str, location: &str, others: &[&str]| {
            let others: Vec<Place> = others.iter().map(|other| served.place(other).unwrap()).collect();
            served.own_folder(id, location, &others).unwrap().map(|(_, path)| path.as_str().to_owned())
        };
        assert_eq!(folder("7", "mlflow-artifacts:/7", &["s3://bucket/x"]), Some("7".to_owned()));
        assert_eq!(folder("7", "/data/artifacts/7", &["mlflow-artifacts:/77"]), Some("7".to_owned()));
        for (location, others) in [
            ("mlflow-artifacts:/7", &["mlflow-artifacts:/7/team"][..]),
            ("mlflow-artifacts:/7", &["/data/artifacts"]),
            ("mlflow-artifacts:/7", &["mlflow-artifacts:/7"]),
            ("mlflow-artifacts:/8", &[]),
            ("mlflow-artifacts:/", &[]),
            ("mlflow-artifacts:/team/7", &[]),
            ("/data/artifacts/8/../7", &[]),
            ("/elsewhere/7", &[]),
        ] {
            assert_eq!(folder("7", location, others), None, "{location} {others:?}");
        }
    }

    #[test]
    fn nothing_in_an_object_store_is_opened_but_what_the_operator_names() {
        let served = with("s3://bucket/root", "s3://bucket/kept", &["s3://team", "gs://team/models"]);
        for named in ["s3://bucket/root/7/r/artifacts", "s3://bucket/kept/7", "s3://team/x", "s3://team"] {
            assert!(served.open(named).is_ok(), "{named}");
            assert!(served.opens(&served.place(named).unwrap()), "{named}");
        }
        for other in [
            "s3://bucket/root2",
            "s3://bucket",
            "s3://other/x",
            "s3://teams/x",
            "abfss://con@acc.dfs.core.windows.net/x",
        ] {
            let refused = served.open(other).unwrap_err();
            assert_eq!(refused.code, ErrorCode::PermissionDenied, "{other}");
            assert!(!served.opens(&served.place(other).unwrap()), "{other}");
        }
        // Nor does anybody hear how the server would reach what it does not open.
        let variables = [("AZURE_STORAGE_CONNECTION_STRING".to_owned(), "nonsense".to_owned())];
        let stores = ObjectStores::new(variables.into(), Patience::default());
        let rules = LocationRules::default();
        let broken = Locations::new("mlflow-artifacts:/", Some("/data"), &[], stores, rules, "/srv".into());
        let refused = broken.unwrap().open("abfss://con@acc.dfs.core.windows.net/x").unwrap_err();
        assert_eq!(refused.code, ErrorCode::PermissionDenied);
        // A key of another client could be meant: neither opened nor walked out of.
        for odd in ["s3://team/../bucket/x", "s3://bucket/root/../secret", "s3://bucket/root//x"] {
            assert!(served.open(odd).is_err(), "{odd}");
        }
    }
}
