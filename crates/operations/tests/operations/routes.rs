use crate::not_served::NOT_SERVED_YET;
use operations::{Need, ROWS, Row};
use std::collections::{BTreeMap, BTreeSet};

/// `METHOD path` of every route of MLflow 3.17.2 with the check that guards it; `<name>` of Flask becomes `{}`.
fn routes_of_mlflow() -> BTreeMap<String, String> {
    include_str!("../reference/routes.tsv")
        .lines()
        .skip(1)
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            (format!("{} {}", columns[0], without_names(columns[1], '<', '>')), columns[3].to_owned())
        })
        .collect()
}

fn without_names(path: &str, open: char, close: char) -> String {
    let mut inside = false;
    let mut out = String::new();
    for c in path.chars() {
        match c {
            _ if c == open => {
                inside = true;
                out.push_str("{}");
            }
            _ if c == close => inside = false,
            _ if inside => {}
            _ => out.push(c),
        }
    }
    out
}

fn served() -> BTreeMap<String, &'static Row> {
    ROWS.iter()
        .flat_map(|row| {
            row.endpoints().map(move |(method, path)| {
                (format!("{} {}", method.as_str(), without_names(&path, '{', '}')), row)
            })
        })
        .collect()
}

#[test]
fn every_route_of_mlflow_is_served_or_listed_as_not_served_yet() {
    let served = served();
    let listed: BTreeSet<&str> = NOT_SERVED_YET.iter().copied().collect();
    let mlflow = routes_of_mlflow();
    let forgotten: Vec<&String> = mlflow
        .keys()
        .filter(|route| !served.contains_key(*route) && !listed.contains(route.as_str()))
        .collect();
    assert!(forgotten.is_empty(), "neither served nor listed: {forgotten:#?}");
    let both: Vec<&&str> = listed.iter().filter(|route| served.contains_key(**route)).collect();
    assert!(both.is_empty(), "served and listed as not served: {both:#?}");
    let unknown: Vec<&&str> = listed.iter().filter(|route| !mlflow.contains_key(**route)).collect();
    assert!(unknown.is_empty(), "listed, but no route of MLflow: {unknown:#?}");
}

#[test]
fn what_mlflow_guards_is_guarded_here() {
    let mlflow = routes_of_mlflow();
    for (route, row) in served() {
        let Some(check) = mlflow.get(&route) else { continue };
        assert_eq!(
            row.need == Need::Public,
            check == "public",
            "{route}: {check} in MLflow, {:?} here",
            row.need
        );
        if check == "authorized in the response (see after_request)" {
            assert!(matches!(row.need, Need::Filtered(..)), "{route} must filter what it shows");
        }
    }
}

#[test]
fn no_two_rows_serve_the_same_method_and_path() {
    let mut seen = BTreeSet::new();
    for row in ROWS {
        for endpoint in row.endpoints() {
            assert!(seen.insert(format!("{endpoint:?}")), "{endpoint:?} is in two rows");
        }
    }
}

#[test]
fn only_streams_are_unlimited() {
    for row in ROWS.iter().filter(|row| row.body_limit == operations::limits::STREAM) {
        assert_eq!(row.name, "UploadProxiedArtifact");
    }
}

#[test]
fn the_permission_page_is_written_from_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/permissions.md");
    let page = operations::docs::permissions_page(ROWS);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == page,
        "docs/permissions.md is stale: run `UPDATE_DOCS=1 cargo test -p operations`"
    );
}
