//! `/metrics`, as Prometheus reads it.

use crate::attack::world::{ADMIN, ALICE, API, MALLORY, World, password};
use crate::harness::{Server, login};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const EXPOSED: [&str; 2] = ["--expose-prometheus", "a folder that is not needed"];

/// A sample's name with its labels, and its value.
type Samples = BTreeMap<String, f64>;

/// Reads the text format 0.0.4 strictly: each family is described before its samples, and once; no sample comes twice.
fn parsed(text: &str) -> Samples {
    let mut samples = Samples::new();
    let mut family: Option<(String, String)> = None;
    let mut seen = Vec::new();
    assert!(text.ends_with('\n'), "the last line has no end");
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(!help.trim().is_empty() && !seen.contains(&name.to_owned()), "{line}");
            seen.push(name.to_owned());
            continue;
        }
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(seen.last().map(String::as_str), Some(name), "{line}");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            family = Some((name.to_owned(), kind.to_owned()));
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line:?}"));
        let name = sample.split('{').next().unwrap();
        let (of, kind) = family.as_ref().unwrap();
        let ends: &[&str] = if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
        assert!(ends.iter().any(|end| name == format!("{of}{end}")), "{line} stands in the family {of}");
        if let Some(labels) = sample.strip_prefix(name).filter(|labels| !labels.is_empty()) {
            let labels = labels.strip_prefix('{').and_then(|labels| labels.strip_suffix('}')).unwrap();
            for label in labels.split(',') {
                let (key, quoted) = label.split_once('=').unwrap();
                assert!(key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{line}");
                assert!(quoted.len() >= 2 && quoted.starts_with('"') && quoted.ends_with('"'), "{line}");
            }
        }
        let value: f64 = value.parse().unwrap();
        assert!(samples.insert(sample.to_owned(), value).is_none(), "{sample} comes twice");
    }
    samples
}

fn scraped(server: &Server) -> (String, Samples) {
    let answer = server.get("/metrics", &[]);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.head.contains("content-type: text/plain; version=0.0.4"), "{answer:?}");
    let samples = parsed(&answer.body);
    (answer.body, samples)
}

/// The samples, once they say so: they are up to half a second old.
fn eventually(server: &Server, says: impl Fn(&Samples) -> bool) -> Samples {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let (text, samples) = scraped(server);
        if says(&samples) {
            return samples;
        }
        assert!(Instant::now() < deadline, "it never says so:\n{text}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn of(samples: &Samples, name: &str) -> f64 {
    samples.get(name).copied().unwrap_or_default()
}

fn operations(name: &str, outcome: &str) -> String {
    format!(r#"millgate_operations_total{{operation="{name}",outcome="{outcome}"}}"#)
}

#[test]
fn requests_are_counted_by_operation_and_outcome() {
    let world = World::new("NO_PERMISSIONS", &EXPOSED).with_people();
    let experiment = world.experiment(ALICE, "hers");
    let path = format!("{API}/experiments/get?experiment_id={experiment}");
    for _ in 0..3 {
        assert_eq!(world.get(ALICE, &path).status, 200);
    }
    assert_eq!(world.get(MALLORY, &path).status, 403);
    assert_eq!(world.server.get(&path, &[]).status, 401);
    assert_eq!(world.get(ALICE, &format!("{API}/experiments/get")).status, 400);
    assert_eq!(world.get(ALICE, "/nowhere/7").status, 404);
    let samples =
        eventually(&world.server, |samples| of(samples, &operations("(none)", "client_error")) >= 1.0);
    for (outcome, count) in [("ok", 3.0), ("denied", 1.0), ("unauthenticated", 1.0), ("client_error", 1.0)] {
        assert_eq!(of(&samples, &operations("GetExperiment", outcome)), count, "{outcome}");
    }
    let seconds =
        |end: &str| format!(r#"millgate_operation_duration_seconds_{end}{{operation="GetExperiment""#);
    assert_eq!(of(&samples, &format!("{}}}", seconds("count"))), 6.0);
    assert_eq!(of(&samples, &format!(r#"{},le="+Inf"}}"#, seconds("bucket"))), 6.0);
    assert!(of(&samples, &format!("{}}}", seconds("sum"))) > 0.0);
    // What MLflow counts, under its names; probes are left out.
    assert!(of(&samples, r#"mlflow_http_request_total{method="GET",status="200"}"#) >= 3.0);
    assert_eq!(of(&samples, r#"mlflow_http_request_total{method="GET",status="403"}"#), 1.0);
    assert_eq!(
        of(
            &samples,
            r#"mlflow_http_request_duration_seconds_count{method="GET",mlflow_version="3.17.2",status="403"}"#
        ),
        1.0
    );
}

#[test]
fn refused_logins_and_the_hashing_for_them_are_counted() {
    let world = World::new("NO_PERMISSIONS", &EXPOSED).with_people();
    let path = format!("{API}/experiments/get?experiment_id=0");
    for number in 0..3 {
        let wrong = login(ALICE, &format!("wrong {number}"));
        assert_eq!(world.server.get(&path, &[&wrong]).status, 401);
    }
    assert_eq!(world.server.get(&path, &["Authorization: Basic x"]).status, 401);
    let wrong = r#"millgate_logins_refused_total{reason="wrong_credentials"}"#;
    let samples = eventually(&world.server, |samples| of(samples, wrong) >= 4.0);
    assert_eq!(of(&samples, wrong), 4.0);
    assert_eq!(of(&samples, r#"millgate_logins_refused_total{reason="throttled"}"#), 0.0);
    assert_eq!(of(&samples, &operations("GetExperiment", "unauthenticated")), 4.0);
    assert!(of(&samples, "millgate_password_hashes_total") >= 3.0);
    assert!(of(&samples, "millgate_password_hashing_seconds_total") > 0.0);
    assert!(of(&samples, "millgate_password_hashes_max") >= 1.0);
    assert_eq!(samples.get("millgate_password_hashes_waiting"), Some(&0.0));
}

#[test]
fn databases_and_the_process_are_told_of() {
    let world = World::new("NO_PERMISSIONS", &EXPOSED);
    let (_, samples) = scraped(&world.server);
    for database in ["tracking", "users"] {
        let of_database = |name: &str| format!(r#"millgate_database_{name}{{database="{database}"}}"#);
        assert_eq!(of(&samples, &of_database("connections_max")), 8.0, "{database}");
        for name in ["connections_in_use", "connections_waiting", "writes_waiting", "searches_waiting"] {
            assert_eq!(samples.get(&of_database(name)), Some(&0.0), "{name} of {database}");
        }
        assert_eq!(samples.get(&of_database("turned_away_total")), Some(&0.0), "{database}");
    }
    assert!(samples.keys().all(|name| !name.contains("registry")), "it is the tracking database");
    for name in ["process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"] {
        assert!(of(&samples, name) > 0.0, "{name}");
    }
    let build =
        format!(r#"millgate_build_info{{version="{}",mlflow_version="3.17.2"}}"#, env!("CARGO_PKG_VERSION"));
    assert_eq!(of(&samples, &build), 1.0);
}

#[test]
fn no_label_tells_of_a_user_an_id_or_a_path() {
    let world = World::new("NO_PERMISSIONS", &EXPOSED).with_people();
    let experiment = world.experiment(ALICE, "a-name-that-nobody-may-learn");
    world.get(MALLORY, &format!("{API}/experiments/get?experiment_id={experiment}"));
    world.get(ALICE, "/a-path-that-nobody-may-learn");
    world.server.send("BREW", "/a-path-that-nobody-may-learn", &[], b"");
    world.server.get("/version", &[&login("a-user-that-nobody-may-learn", "wrong")]);
    let brewed = |samples: &Samples| {
        samples.keys().any(|name| name.starts_with(r#"mlflow_http_request_total{method="other""#))
    };
    eventually(&world.server, brewed);
    let (text, _) = scraped(&world.server);
    for secret in [ALICE, MALLORY, "nobody-may-learn", "BREW", &password(ALICE)] {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
}

#[test]
fn it_is_served_where_somebody_asked_for_it_and_to_everybody() {
    let world = World::closed().with_people();
    assert_eq!(world.server.get("/metrics", &[]).status, 401);
    assert_eq!(world.get(ADMIN, "/metrics").status, 404);
    let open = Server::start(&[]);
    assert_eq!(open.get("/metrics", &[]).status, 404);

    let variables = [("MLFLOW_EXPOSE_PROMETHEUS", "prometheus")];
    let by_variable = Server::start_in(TempDir::new().unwrap(), &["--static-prefix", "/ml"], &variables);
    assert_eq!(by_variable.get("/ml/metrics", &[]).status, 200);
    assert_eq!(by_variable.get("/metrics", &[]).status, 404);
    assert_eq!(by_variable.send("POST", "/ml/metrics", &[], b"").status, 405);
    assert!(by_variable.log().contains("it asks for no login"), "{}", by_variable.log());
    assert!(!by_variable.folder.path().join("prometheus").exists(), "no folder is needed");
}
