use super::*;
use model::SystemClock;

const VERSIONS: Versions = Versions { millgate: "1.2.3", mlflow: "3.17.2" };

fn telemetry() -> Telemetry {
    let mut sources = Sources::default();
    let load = model::load::DatabaseLoad { max: 8, in_use: 3, turned_away: 2, ..Default::default() };
    sources.database("tracking", move || load);
    let hashing = model::load::HashingLoad { done: 4, seconds: 0.5, ..Default::default() };
    sources.hashing(move || hashing);
    Telemetry::new(VERSIONS, sources, &SystemClock)
}

fn text(telemetry: &Telemetry) -> String {
    String::from_utf8(telemetry.made().to_vec()).unwrap()
}

#[test]
fn what_is_counted_is_in_the_text() {
    let telemetry = telemetry();
    let took = Duration::from_millis(3);
    telemetry.operation("GetRun", Outcome::Ok, took);
    telemetry.operation("GetRun", Outcome::Ok, took);
    telemetry.operation("GetRun", Outcome::Denied, took);
    telemetry.request("GET", 403, took);
    telemetry.request("BREW", 405, took);
    telemetry.refused_login(RefusedLogin::Throttled);
    let text = text(&telemetry);
    for line in [
        r#"millgate_build_info{version="1.2.3",mlflow_version="3.17.2"} 1"#,
        r#"millgate_operations_total{operation="GetRun",outcome="ok"} 2"#,
        r#"millgate_operations_total{operation="GetRun",outcome="denied"} 1"#,
        r#"millgate_operation_duration_seconds_bucket{operation="GetRun",le="0.0025"} 0"#,
        r#"millgate_operation_duration_seconds_bucket{operation="GetRun",le="0.005"} 3"#,
        r#"millgate_operation_duration_seconds_count{operation="GetRun"} 3"#,
        r#"millgate_logins_refused_total{reason="throttled"} 1"#,
        r#"millgate_logins_refused_total{reason="wrong_credentials"} 0"#,
        r#"mlflow_http_request_total{method="GET",status="403"} 1"#,
        r#"mlflow_http_request_total{method="other",status="405"} 1"#,
        r#"mlflow_http_request_duration_seconds_count{method="GET",mlflow_version="3.17.2",status="403"} 1"#,
        r#"millgate_database_connections_in_use{database="tracking"} 3"#,
        r#"millgate_database_turned_away_total{database="tracking"} 2"#,
        "millgate_password_hashes_total 4",
        "millgate_password_hashing_seconds_total 0.5",
    ] {
        assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
    }
}

#[test]
fn a_family_is_described_once_and_before_its_numbers() {
    let telemetry = telemetry();
    telemetry.operation("GetRun", Outcome::Ok, Duration::ZERO);
    let text = text(&telemetry);
    let mut described = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let name = rest.split(' ').next().unwrap();
            assert!(!described.contains(&name), "{name} is described twice");
            described.push(name);
        } else if !line.starts_with('#') {
            let last = described.last().unwrap();
            assert!(line.starts_with(last), "{line} stands below {last}");
        }
    }
    assert!(described.len() > 10, "{described:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_is_told_of() {
    let text = text(&telemetry());
    for name in ["process_cpu_seconds_total ", "process_resident_memory_bytes ", "process_open_fds "] {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        assert!(line.split(' ').nth(1).unwrap().parse::<f64>().unwrap() >= 0.0, "{line}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_text_is_made_once_in_half_a_second() {
    let telemetry = telemetry();
    let first = telemetry.text();
    telemetry.refused_login(RefusedLogin::Throttled);
    assert_eq!(telemetry.text(), first);
    tokio::time::advance(GOOD_FOR).await;
    assert_ne!(telemetry.text(), first);
}

#[test]
fn statuses_have_outcomes() {
    for (status, turned_away, outcome) in [
        (200, false, Outcome::Ok),
        (304, false, Outcome::Ok),
        (302, true, Outcome::Unauthenticated),
        (401, false, Outcome::Unauthenticated),
        (403, false, Outcome::Denied),
        (403, true, Outcome::Unauthenticated),
        (404, false, Outcome::ClientError),
        (429, true, Outcome::Unauthenticated),
        (500, false, Outcome::ServerError),
        (503, true, Outcome::ServerError),
    ] {
        assert_eq!(Outcome::of(status, turned_away), outcome, "{status} {turned_away}");
    }
}
