use std::path::Path;

use proptest::prelude::*;

use super::*;

const PARTS: &str = "'artifact_location' URL can't include fragments or params.";
const QUERY: &str = "Invalid query string";

fn refusal(rules: &LocationRules, location: &str) -> Option<String> {
    let error = model::Error::from(rules.validate("artifact_location", location).err()?);
    assert_eq!(error.code, model::ErrorCode::InvalidParameterValue, "{location}");
    Some(error.message.into_owned())
}

/// What `mlflow server` 3.17 answered to `experiments/create`.
#[test]
fn locations_are_refused_as_mlflow_refuses_them() {
    for (location, message) in [
        ("s3://b/p", None),
        ("s3://b/p?x=1", None),
        ("s3://b/p;x", None),
        ("mlflow-artifacts:/x", None),
        ("file://localhost/x", None),
        ("file:///a%20b", None),
        ("../rel", None),
        ("/abs/../x", None),
        ("/x y", None),
        (r"\x", None),
        ("runs:/x", Some("Artifact location cannot be a runs:/ URI. Given: 'runs:/x'")),
        ("runs:", Some("Artifact location cannot be a runs:/ URI. Given: 'runs:'")),
        ("p;x", Some(PARTS)),
    ] {
        assert_eq!(refusal(&LocationRules::default(), location).as_deref(), message, "{location}");
    }
}

/// The traversals that were reported against MLflow and come in artifact locations.
#[test]
fn every_known_traversal_through_a_location_is_refused() {
    for (advisory, location, message) in [
        ("CVE-2023-6909: a query", "http:///?/../../../etc/", QUERY),
        ("CVE-2024-1483: `#` in place of `?`", "http:///#/../../../etc/", PARTS),
        ("CVE-2024-1593: parameters", "http:///;..%2f..%2f..%2fetc", PARTS),
        ("CVE-2024-1594: a fragment in an experiment's location", "/x#/../../etc", PARTS),
        ("CVE-2024-2928: a fragment with a scheme", "s3://b/p#../../../etc", PARTS),
        ("CVE-2024-3848: a fragment past the check for a query", "mlflow-artifacts:/x#/../../etc", PARTS),
        ("CVE-2024-8859: `..` in a query", "dbfs:/x?a=/../../etc", QUERY),
        ("CVE-2024-8859: the same, encoded", "s3://b/p?x=%2e%2e/", QUERY),
        ("CVE-2024-8859: the same, encoded twice", "s3://b/p?x=%252e%252e", QUERY),
        ("CVE-2024-8859: on local paths", "file:///x?..", QUERY),
        (
            "CVE-2023-6831, CVE-2024-1560: `..` on the proxied path",
            "mlflow-artifacts:/a/../../x",
            "Invalid path",
        ),
        (
            "CVE-2023-6831, CVE-2024-1560: the same, encoded",
            "mlflow-artifacts:/a/%2e%2e/%252e%252e/x",
            "Invalid path",
        ),
        (
            "CVE-2024-3573: a file on a host",
            "file://remote/x",
            "file://remote/x is not a valid remote uri. For remote access on windows, please consider using a different \
             scheme such as SMB (e.g. smb://<hostname>/<path>).",
        ),
    ] {
        assert_eq!(refusal(&LocationRules::default(), location).as_deref(), Some(message), "{advisory}");
    }
    let message = refusal(&LocationRules::default(), "http://[/x").unwrap();
    assert_eq!(message, "Invalid URI: 'http://[/x'", "half a bracket (MLflow answers 500)");
}

/// CVE-2023-6974 (reaching inner hosts), GHSA-mr9f-g8qf-4w4j.
#[test]
fn locations_on_hosts_that_are_not_the_servers_are_refused() {
    let none = LocationRules::default();
    for location in [
        "http://h/p",
        "https://h/p",
        "hdfs://h/p",
        "viewfs://x",
        "ftp://h:99999/x",
        "ftp:///x",
        "sftp://h/x",
        "mlflow-artifacts://h/x",
        "r2://b@h/x",
        "b2://b@h/x",
        "abfss://fs@acc.dfs.core/x",
        r"http://own\@h/x",
    ] {
        let message = refusal(&none, location).unwrap_or_else(|| panic!("{location} was accepted"));
        assert!(
            message.starts_with("'artifact_location' cannot use the '") && message.ends_with("to allow it.")
        );
    }
    let rules = LocationRules::new(
        DEFAULT_MAX_LENGTH,
        ["SFTP"],
        ["https://own/api/2.0/mlflow-artifacts/artifacts", "hdfs://name:8020/x", "/local"],
    );
    for location in [
        "sftp://any/x",
        "https://OWN:443/x",
        "http://user@own:443/x",
        "mlflow-artifacts://own/x",
        "viewfs://name:8020/y",
        "/local/x",
        "s3://b/p",
        "https://own/api/2.0/mlflow-artifacts/artifacts/x",
    ] {
        assert_eq!(refusal(&rules, location), None, "{location}");
    }
    for location in [
        "http://own/x",
        "hdfs://name/x",
        "https://own:444/x",
        "https://own.evil/x",
        "https://own@evil/x",
        r"https://own\.evil/x",
    ] {
        assert!(refusal(&rules, location).is_some(), "{location}");
    }
}

#[test]
fn a_location_counts_in_characters_before_and_after_it_is_made_absolute() {
    let (rules, cwd) = (LocationRules::default(), Path::new("/cwd"));
    let longest = format!("s3://b/{}", "ü".repeat(DEFAULT_MAX_LENGTH - 7));
    assert_eq!(rules.resolve("artifact_location", &longest, cwd).unwrap(), longest);
    assert!(rules.resolve("artifact_location", &format!("{longest}x"), cwd).is_err());
    let relative = "x".repeat(DEFAULT_MAX_LENGTH);
    assert_eq!(refusal(&rules, &relative), None);
    assert_eq!(
        rules.resolve("artifact_location", &relative, cwd).unwrap_err().to_string(),
        "Invalid artifact path length. The length of the artifact path cannot be greater than 2048 characters. To \
         configure this limit, please set the MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH environment variable."
    );
}

/// What Python's `resolve_uri_if_local` returned in `/tmp`.
#[test]
fn local_locations_are_made_absolute_as_by_mlflow() {
    for (location, expected) in [
        ("rel", "/tmp/rel"),
        ("./rel", "/tmp/rel"),
        ("../rel", "/tmp/../rel"),
        ("a//b/./c/", "/tmp/a/b/c"),
        ("/abs", "/abs"),
        ("/abs/../x", "/abs/../x"),
        ("a%20b", "/tmp/a b"),
        ("/a%20b", "/a%20b"),
        ("file:rel", "file:///tmp/rel"),
        ("file:./rel?q=1", "file:///tmp/rel?q=1"),
        ("file:rel#f", "file:///tmp/rel#f"),
        ("file:rel;p", "file:///tmp/rel;p"),
        ("file:/abs", "file:/abs"),
        ("file:///abs", "file:///abs"),
        ("file://localhost/x", "file://localhost/x"),
        ("file:", "file:///tmp"),
        ("file://.", "file:///tmp"),
        ("FILE:rel", "file:///tmp/FILE:rel"),
        ("s3://b/p", "s3://b/p"),
        ("mlflow-artifacts:/x", "mlflow-artifacts:/x"),
        ("http://h/x", "http://h/x"),
        ("databricks", "databricks"),
        ("C:x", "C:x"),
        ("a:b", "a:b"),
        ("1:x", "/tmp/1:x"),
        ("a?b", "/tmp/a?b"),
        ("a#b", "/tmp/a#b"),
        (" lead", "/tmp/ lead"),
        (".", "/tmp"),
        ("", "/tmp"),
    ] {
        assert_eq!(resolve_if_local(location, Path::new("/tmp")).unwrap(), expected, "{location:?}");
    }
    assert!(resolve_if_local("file://remote/x", Path::new("/tmp")).is_err());
}

/// What Python's `append_to_uri_path` returned.
#[test]
fn paths_are_appended_as_by_mlflow() {
    let table: &[(&str, &[&str], &str)] = &[
        ("s3://b", &["0"], "s3://b/0"),
        ("s3://b/", &["0"], "s3://b/0"),
        ("s3://b/p", &["1", "artifacts"], "s3://b/p/1/artifacts"),
        ("s3://b/p/", &["1", "artifacts"], "s3://b/p/1/artifacts"),
        ("s3://b/p?x=1", &["r", "artifacts"], "s3://b/p/r/artifacts?x=1"),
        ("s3://b?x=1", &["r"], "s3://b/r?x=1"),
        ("s3://b/p#f", &["y"], "s3://b/p/y#f"),
        ("S3://B/p", &["y"], "s3://B/p/y"),
        ("s3:p", &["y"], "s3:p/y"),
        ("/abs", &["0"], "/abs/0"),
        ("/abs/", &["0"], "/abs/0"),
        ("/a?b=1", &["c"], "/a?b=1/c"),
        ("/a", &["/b", "c"], "/a/b/c"),
        ("/a", &["//b", "/c"], "/a/b/c"),
        ("/a", &["b", ""], "/a/b/"),
        ("rel", &["0"], "rel/0"),
        ("", &["0"], "0"),
        ("C:x", &["y"], "c:x/y"),
        ("file:rel", &["0"], "file:rel/0"),
        ("file:", &["x"], "file:x"),
        ("file:///abs", &["0"], "file:///abs/0"),
        ("file:/abs", &["0"], "file:///abs/0"),
        ("file:////a", &["b"], "file://a/b"),
        ("file://h", &["x"], "file://h/x"),
        ("mlflow-artifacts:/", &["7"], "mlflow-artifacts:/7"),
        ("mlflow-artifacts:", &["7"], "mlflow-artifacts:7"),
        ("mlflow-artifacts:/7", &["abc", "artifacts"], "mlflow-artifacts:/7/abc/artifacts"),
        ("mlflow-artifacts://h:1/7", &["abc", "artifacts"], "mlflow-artifacts://h:1/7/abc/artifacts"),
        ("http://h", &["y"], "http://h/y"),
        ("http://h/p;x", &["y"], "http://h/p/y;x"),
        ("dbfs:/x", &["y"], "dbfs:/x/y"),
        ("wasbs://c@a.blob.core.windows.net", &["0"], "wasbs://c@a.blob.core.windows.net/0"),
    ];
    for (location, segments, expected) in table {
        assert_eq!(append_path(location, segments).unwrap(), *expected, "{location:?} {segments:?}");
    }
    assert_eq!(append_path("s3://b/p?..", &["y"]).unwrap_err().to_string(), QUERY);
}

#[test]
fn a_proxied_location_lies_below_the_artifacts_destination() {
    for (location, expected) in [
        ("mlflow-artifacts:/0/abc/artifacts", Some("0/abc/artifacts")),
        ("mlflow-artifacts://host:5000/0/abc/artifacts", Some("0/abc/artifacts")),
        ("mlflow-artifacts:///0/abc", Some("0/abc")),
        ("mlflow-artifacts:0", Some("0")),
        ("mlflow-artifacts:/", Some("")),
        ("mlflow-artifacts:", Some("")),
        ("mlflow-artifacts:/a%20b/c", Some("a b/c")),
        ("mlflow-artifacts:/a//b/", Some("a/b")),
        ("mlflow-artifacts:/a?x=1", Some("a")),
        ("http://h/api/2.0/mlflow-artifacts/artifacts/0/abc", Some("0/abc")),
        ("https://h/prefix/api/2.0/mlflow-artifacts/artifacts/experiments/1", Some("experiments/1")),
        ("http://h/api/2.0/mlflow-artifacts/artifacts", Some("")),
        ("http://h/api/2.0/mlflow-artifacts/artifacts//x", Some("x")),
        ("http://h/api/2.0/mlflow-artifacts/artifactsx/y", None),
        ("http://h/elsewhere", None),
        ("s3://b/0/abc", None),
        ("/0/abc", None),
        ("file:///0/abc", None),
    ] {
        let path = proxied_path(location).unwrap();
        assert_eq!(path.as_ref().map(SafePath::as_str), expected, "{location}");
    }
    for location in [
        "mlflow-artifacts:/../x",
        "mlflow-artifacts:/%2e%2e/x",
        "mlflow-artifacts:/%2fetc",
        "mlflow-artifacts:/a%23b",
        "http://h/api/2.0/mlflow-artifacts/artifacts/../../x",
        "mlflow-artifacts://[/x",
    ] {
        assert!(proxied_path(location).is_err(), "{location}");
    }
}

proptest! {
    #[test]
    fn no_location_makes_the_rules_panic(location in any::<String>(), segment in any::<String>()) {
        let rules = LocationRules::new(100, ["ftp"], [location.as_str()]);
        let _ = rules.resolve("artifact_location", &location, Path::new("/cwd"));
        let _ = append_path(&location, &[&segment]);
        let _ = proxied_path(&location);
        let _ = proxied_path(&format!("mlflow-artifacts:/{location}"));
    }

    #[test]
    fn a_run_lies_below_its_experiment(name in "[a-z0-9 %.;?#/:]{0,20}", id in "[0-9a-f]{32}") {
        let location = format!("mlflow-artifacts:/{name}");
        if LocationRules::default().validate("artifact_location", &location).is_ok() {
            let experiment = proxied_path(&location).unwrap().unwrap();
            let run = proxied_path(&append_path(&location, &[&id, "artifacts"]).unwrap()).unwrap().unwrap();
            prop_assert!(run.starts_with(&experiment) && run != experiment, "{run:?} {experiment:?}");
        }
    }
}
