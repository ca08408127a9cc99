use std::path::{Component, Path};

use proptest::prelude::*;

use super::*;

/// One case or more for each kind of path traversal that was reported against MLflow and reaches a server through an
/// artifact path. Those that come in artifact locations are in `location_tests.rs`. CVE-2023-6014 (creating accounts) and
/// CVE-2024-4263 (deleting with EDIT alone) are about rights, not about paths.
const ADVISORIES: &[(&str, &[&str])] = &[
    (
        "CVE-2023-1177: reading /etc/passwd as the artifact of a model version",
        &["/etc/passwd", "../../etc/passwd"],
    ),
    ("CVE-2023-2356: `..` inside a path of a source", &["a/../../b", "a/..", "./.."]),
    ("CVE-2023-2780: `..` between backslashes", &[r"\..\..\etc\passwd", r"..\x", r"a\..\..\x", r"a\b"]),
    (
        "CVE-2023-6015, CVE-2023-6018: uploading over any file of the server",
        &["../../../home/user/.ssh/id", "//home/x"],
    ),
    (
        "CVE-2023-6753: absolute paths of Windows",
        &[
            "C:/x",
            r"C:\x",
            "c:/Windows/win.ini",
            r"\\host\share\x",
            "//host/share",
            "a//etc/passwd",
            "./C:/x",
            "%43:/x",
            "C%3A/x",
        ],
    ),
    (
        "CVE-2023-6831: an encoded path to delete",
        &["%2e%2e/x", "%2E%2E%2Fx", "a/%2e./%2e%2e/x", ".%2e/x", "%2fetc"],
    ),
    ("CVE-2023-6909: `..` in a query", &["?/../../x", "..?/x", "a?/../../x", "a?../../x", "a%3f/%2e%2e/x"]),
    ("CVE-2023-6975, CVE-2023-6976: writing anywhere", &["a/%2e%2e%2f%2e%2e%2fx", "a%2f..%2f..%2fx"]),
    (
        "CVE-2023-6977: a local path that looks like a host",
        &["//proc/self/root", "file:///etc/passwd", "file:/x", "FILE:x"],
    ),
    ("CVE-2024-1483, CVE-2024-1594: `#` in place of `?`", &["a/#/../../etc", "#", "a%23b", "a%2523b"]),
    ("CVE-2024-1558: an encoded `..` in a source that is no local path", &["http://h/%2e%2e/%2e%2e/x"]),
    (
        "CVE-2024-1560: encoded twice, and more often",
        &["%252e%252e/x", "%252e%252e%252fx", "%25252e%25252e/x", "a%252f%252e%252e", "%255c..%255cx"],
    ),
    (
        "CVE-2024-1560: encoded more often than anybody decodes",
        &["%2525252525252525252525252525252525252525252e", "a/%252525252525252525252525252525252525252f"],
    ),
    (
        "CVE-2024-1593: `..` before or behind parameters",
        &["a;/../../x", "..;/x", "a/..;p/x", "x;%2e%2e/../y", "%2e%2e;"],
    ),
    ("CVE-2024-2928, CVE-2024-3848: `..` in a fragment", &["#/../../../etc/passwd", "a#..", "%23/../x"]),
    (
        "CVE-2024-3573: file URIs that do not look local",
        &["file://localhost/x", "file:x", " file:///x", "file://./x", "./file:/x"],
    ),
    (
        "CVE-2024-8859: `..` in a query, for paths that become local",
        &["dbfs:/x?/../../etc", "dbfs/..;?/x", "dbfs:..", " ..", "a/.. /x"],
    ),
    ("CVE-2025-11201: the path of a created model", &["models/../../x", "models/..", "/models/x"]),
    (
        "control characters, which C code and URL parsers drop or end at",
        &["a\0b", "a\n/../x", ".\t./x", "a%00b", "\u{7f}", "a%0d%0ab"],
    ),
];

#[test]
fn every_known_traversal_is_refused() {
    for (advisory, paths) in ADVISORIES {
        for path in *paths {
            let error = SafePath::parse(path).expect_err(&format!("{advisory}: {path:?} was accepted"));
            let error = model::Error::from(error);
            assert_eq!(
                (error.code, &*error.message),
                (model::ErrorCode::InvalidParameterValue, "Invalid path")
            );
        }
    }
}

#[test]
fn ordinary_names_are_taken_as_they_are() {
    for path in [
        "a",
        "a.txt",
        "100%.txt",
        "100%25.txt",
        "a%20b",
        "a b.txt",
        " lead",
        "trail ",
        "ü.txt",
        "日本語/模型.bin",
        "a;b",
        "a?b",
        "..a",
        "a..",
        "...",
        "a...b/c",
        "~root",
        "$HOME",
        "C:x",
        "a/C:x",
        "a:b",
        "1/abc/artifacts/model/MLmodel",
        "+",
        "a&b=c",
        "%",
        "%zz",
        "file",
        "a/file:b",
        ".hidden",
        "-rf",
        "*",
        "'\"`",
        "%ff",
        "a%C3%BCb",
    ] {
        let parsed = SafePath::parse(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        assert_eq!(parsed.as_str(), path);
    }
}

#[test]
fn a_path_is_normalized() {
    for (path, normalized) in
        [("", ""), (".", ""), ("./", ""), ("a/", "a"), ("./a", "a"), ("a/./b/.", "a/b"), ("././", "")]
    {
        assert_eq!(SafePath::parse(path).unwrap().as_str(), normalized, "{path:?}");
    }
    assert!(SafePath::parse("a/").unwrap().has_trailing_slash());
    assert_eq!(SafePath::parse("a/").unwrap(), SafePath::parse("a").unwrap());
}

#[test]
fn names_of_unfinished_uploads_are_reserved() {
    for path in [
        ".artifact.uploading.x",
        "a/.artifact.uploading.x",
        ".artifact.uploading.d/x",
        ".artifact.uploading.",
    ] {
        assert!(matches!(SafePath::parse(path), Err(Error::ReservedName { .. })), "{path}");
    }
    let message = SafePath::parse("a/.artifact.uploading.x").unwrap_err().to_string();
    assert_eq!(
        message,
        "Invalid artifact file name: '.artifact.uploading.x'. Artifact names starting with '.artifact.uploading.' are \
         reserved."
    );
}

#[test]
fn depth_is_bounded_also_for_joined_paths() {
    let deepest = SafePath::parse(&vec!["a"; MAX_DEPTH].join("/")).unwrap();
    assert!(SafePath::parse(&vec!["a"; MAX_DEPTH + 1].join("/")).is_err());
    assert!(deepest.join(&SafePath::parse("b").unwrap()).is_err());
    assert_eq!(deepest.join(&SafePath::root()).unwrap(), deepest);
}

#[test]
fn parts_of_a_path() {
    let path = SafePath::parse("1/abc/artifacts").unwrap();
    assert_eq!(path.file_name(), Some("artifacts"));
    assert_eq!(path.parent().unwrap().as_str(), "1/abc");
    assert_eq!(path.segments().collect::<Vec<_>>(), ["1", "abc", "artifacts"]);
    assert!(path.starts_with(&SafePath::parse("1").unwrap()) && path.starts_with(&path));
    assert!(path.starts_with(&SafePath::root()) && !SafePath::root().starts_with(&path));
    assert!(!SafePath::parse("10/abc").unwrap().starts_with(&SafePath::parse("1").unwrap()));
    let root = SafePath::root();
    assert!(root.file_name().is_none() && root.parent().is_none() && root.segments().next().is_none());
    assert_eq!(SafePath::parse("a").unwrap().parent(), Some(root));
    assert_eq!(path.join(&SafePath::parse("m/x").unwrap()).unwrap().as_str(), "1/abc/artifacts/m/x");
}

/// Pieces from which attacks are made, and arbitrary text.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "..", ".", "/", "\\", "%2e", "%2f", "%5c", "%25", "#", "?", ";", ":", "C", "file:", " ", "\0", "a", "ü", "%c0%ae",
            ".artifact.uploading.", "http://",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Whether `path`, joined to a directory, names something at or below it.
fn stays_inside(path: &str) -> bool {
    Path::new(path).components().all(|component| matches!(component, Component::Normal(_)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn an_accepted_path_stays_below_its_root_however_often_it_is_decoded(raw in hostile()) {
        if let Ok(path) = SafePath::parse(&raw) {
            prop_assert!(stays_inside(path.as_str()));
            let mut form = path.as_str().to_owned();
            for _ in 0..12 {
                form = percent_decode_str(&form).decode_utf8_lossy().into_owned();
                prop_assert!(!form.starts_with('/') && form.split('/').all(|segment| segment != ".."), "{form:?}");
            }
        }
    }

    #[test]
    fn accepting_is_idempotent(raw in hostile()) {
        if let Ok(path) = SafePath::parse(&raw) {
            prop_assert_eq!(&SafePath::parse(path.as_str()).unwrap(), &path);
        }
    }

    #[test]
    fn joined_paths_stay_below_the_first(above in hostile(), below in hostile()) {
        if let (Ok(above), Ok(below)) = (SafePath::parse(&above), SafePath::parse(&below))
            && let Ok(joined) = above.join(&below)
        {
            prop_assert!(joined.starts_with(&above) && stays_inside(joined.as_str()));
        }
    }
}
