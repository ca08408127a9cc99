//! Too much of anything: bodies, values, depth, headers, connections; and what is no HTTP at all.

use crate::attack::world::{ALICE, API, MALLORY, World, encoded, password};
use crate::harness::login;
use std::io::Write;
use std::time::{Duration, Instant};

#[test]
fn a_body_is_bounded_by_its_row_however_it_is_sent() {
    let world = World::closed().with_people();
    let small = 256 * 1024;
    let run = world.run(MALLORY, &world.experiment(MALLORY, "mine"));
    let of = |bytes: usize| {
        let start = format!(r#"{{"run_id": "{run}", "key": "k", "value": "v""#);
        format!("{start}{}}}", " ".repeat(bytes - start.len() - 1))
    };
    assert_eq!(world.post(MALLORY, "runs/set-tag", &of(small)).status, 200);
    let login = login(MALLORY, &password(MALLORY));
    let head = format!(
        "POST {API}/runs/set-tag HTTP/1.1\r\nHost: localhost\r\n{login}\r\nContent-Type: application/json\r\n\
         Connection: close\r\n"
    );
    let announced = format!("{head}Content-Length: {}\r\n\r\n{}", small + 1, of(small + 1));
    assert_eq!(world.raw(announced.as_bytes()).status, 400);
    let body = of(small + 1);
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    assert_eq!(world.raw(chunked.as_bytes()).status, 400);
    let query = "x".repeat(60 * 1024);
    assert_eq!(world.get(MALLORY, &format!("{API}/runs/get?run_id={query}")).status, 403);
    let query = "x".repeat(70 * 1024);
    let long = world.raw(
        format!("GET {API}/runs/get?run_id={query} HTTP/1.1\r\nHost: localhost\r\n{login}\r\n\r\n")
            .as_bytes(),
    );
    assert!(matches!(long.status, 400 | 414 | 431), "{long:?}");
    assert!(world.is_alive());
}

/// Peak memory of the server, in KiB.
#[cfg(target_os = "linux")]
fn peak(world: &World) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", world.server.process.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn a_body_of_many_small_values_does_not_fill_the_memory() {
    let world = World::closed().with_people();
    let many = |value: &str, bytes: usize| vec![value; bytes / (value.len() + 1)].join(",");
    world.get(MALLORY, &format!("{API}/users/current"));
    let before = peak(&world);
    let megabytes = 7 << 20;
    for (operation, body) in [
        ("runs/log-batch", format!(r#"{{"run_id": "x", "metrics": [{}]}}"#, many("{}", megabytes))),
        ("runs/log-batch", format!(r#"{{"run_id": "x", "tags": [{}]}}"#, many("[]", megabytes))),
        ("runs/log-batch", format!(r#"{{"run_id": 1, "x": [{}]}}"#, many("0", megabytes))),
        ("runs/create", format!(r#"{{"experiment_id": "0", "tags": [{}]}}"#, many("{}", megabytes))),
        ("runs/search", format!(r#"{{"experiment_ids": [{}]}}"#, many("\"\"", megabytes))),
        ("runs/log-inputs", format!("[{}]", many("0", 4 * megabytes))),
        ("runs/log-inputs", format!(r#""[{}]""#, many("0", 4 * megabytes))),
    ] {
        assert_eq!(world.post(MALLORY, operation, &body).status, 400, "{operation}");
    }
    // The largest body lies in memory twice while it is gathered, and again as a text if it is one.
    let grown = (peak(&world) - before) >> 10;
    assert!(grown < 200, "the server took {grown} MiB more");
}

#[test]
fn deep_nesting_is_refused_and_does_not_overflow_the_stack() {
    let world = World::closed().with_people();
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    for body in [
        format!(r#"{{"run_id": "x", "key": {open}{close}}}"#),
        format!(r#"{{"run_id": "x", "key": "k", "unknown": {open}{close}}}"#),
        format!("{open}{close}"),
        open.clone(),
        r#"{"a":"#.repeat(40_000),
    ] {
        let answer = world.post(MALLORY, "runs/set-tag", &body);
        assert!(matches!(answer.status, 400 | 403), "{answer:?}");
    }
    let conditions = |number: usize| vec!["metrics.m > 1"; number].join(" and ");
    for (filter, status) in [
        (conditions(500), 200),
        (conditions(501), 400),
        (format!("{}tags.a = 'x'{}", "(".repeat(5000), ")".repeat(5000)), 400),
        (format!("tags.a LIKE '{}'", "%a".repeat(1000)), 200),
        (format!("tags.a LIKE '{}'", "%a".repeat(1001)), 400),
        (format!("tags.a LIKE '{}'", "%a".repeat(25_000)), 400),
        (format!("tags.a LIKE '{}'", "a".repeat(50_001)), 400),
    ] {
        let body = format!(r#"{{"experiment_ids": ["0"], "filter": "{filter}"}}"#);
        assert_eq!(world.post(MALLORY, "runs/search", &body).status, status, "{}", &filter[..60]);
    }
    let clauses: Vec<String> = (0..50).map(|number| format!("\"metrics.m{number}\"")).collect();
    let body = format!(r#"{{"experiment_ids": ["0"], "order_by": [{}]}}"#, clauses.join(","));
    assert_eq!(world.post(MALLORY, "runs/search", &body).status, 200);
    for (datasets, filter, status) in [
        (200, String::new(), 200),
        (201, String::new(), 400),
        (50_000, String::new(), 400),
        (20, conditions(10), 200),
        (20, conditions(11), 400),
    ] {
        let filter = filter.replace(".m ", ".a ");
        let datasets = vec![r#"{"dataset_name": "d", "dataset_digest": "x"}"#; datasets].join(",");
        let body = format!(r#"{{"experiment_ids": ["0"], "filter": "{filter}", "datasets": [{datasets}]}}"#);
        assert_eq!(world.post(MALLORY, "logged-models/search", &body).status, status, "{filter}");
    }
    assert!(world.is_alive());
}

#[test]
fn the_largest_numbers_are_numbers() {
    let world = World::closed().with_people();
    let run = world.run(MALLORY, &world.experiment(MALLORY, "mine"));
    let (most, least) = (i64::MAX, i64::MIN);
    let body =
        format!(r#"{{"run_id": "{run}", "key": "m", "value": 1e308, "timestamp": {most}, "step": {least}}}"#);
    assert_eq!(world.post(MALLORY, "runs/log-metric", &body).status, 200);
    for path in [
        format!("metrics/get-history?run_id={run}&metric_key=m&max_results={most}"),
        format!(
            "metrics/get-history-bulk-interval?run_ids={run}&metric_key=m&start_step={least}&end_step={most}"
        ),
    ] {
        let answer = world.get(MALLORY, &format!("{API}/{path}"));
        assert!(answer.status == 200 && answer.body.contains(&most.to_string()), "{path}: {answer:?}");
    }
    for number in ["9223372036854775808", "-9223372036854775809", "1e30", "0x10", "+", ""] {
        let path =
            format!("{API}/metrics/get-history?run_id={run}&metric_key=m&max_results={}", encoded(number));
        assert_eq!(world.get(MALLORY, &path).status, 400, "{number}");
        let body = format!(r#"{{"max_results": "{number}"}}"#);
        assert_eq!(world.post(MALLORY, "experiments/search", &body).status, 400, "{number}");
    }
}

#[test]
fn what_is_no_request_harms_nobody() {
    let world = World::closed().with_people();
    let login = login(MALLORY, &password(MALLORY));
    let post = format!(
        "POST {API}/runs/search HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{login}\r\nContent-Type: application/json\r\n"
    );
    for bytes in [
        b"\0\0\0\0\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nA\0: b\r\n\r\n".to_vec(),
        b"GET * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec(),
        format!("{post}Content-Length: 2\r\nContent-Length: 30\r\n\r\n{{}}").into_bytes(),
        format!("{post}Content-Length: -1\r\n\r\n{{}}").into_bytes(),
        format!("{post}Content-Length: 99999999999999999999999\r\n\r\n{{}}").into_bytes(),
        format!("{post}Transfer-Encoding: chunked\r\n\r\nzz\r\n").into_bytes(),
        format!("{post}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx").into_bytes(),
        format!("{post}Transfer-Encoding: gzip, chunked, identity\r\n\r\n0\r\n\r\n").into_bytes(),
        (0..200).fold(b"GET /health HTTP/1.1\r\nHost: localhost\r\n".to_vec(), |mut bytes, number| {
            bytes.extend_from_slice(format!("X-{number}: 1\r\n").as_bytes());
            bytes
        }),
    ] {
        let answer = world.raw(&bytes);
        assert_ne!(answer.status, 200, "{:?}: {answer:?}", String::from_utf8_lossy(&bytes));
        assert!(answer.status < 500, "{:?}: {answer:?}", String::from_utf8_lossy(&bytes));
    }
    // Where both say how long a body is, the chunks count, and what follows them is no second request.
    let smuggled = format!(
        "{post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n\
         GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    );
    let answer = world.raw(smuggled.as_bytes());
    assert!(!answer.body.contains("HTTP/1.1"), "{answer:?}");
    assert!(world.is_alive());
}

#[test]
fn connections_that_say_nothing_hold_nobody_up() {
    let world = World::closed().with_people();
    world.get(ALICE, &format!("{API}/users/current"));
    let login = login(MALLORY, &password(MALLORY));
    let mut held = Vec::new();
    for number in 0..150 {
        let mut stream = world.server.connect();
        let start = match number % 3 {
            0 => String::new(),
            1 => format!("GET {API}/users/current HTTP/1.1\r\nHost: localhost\r\nX-"),
            _ => format!(
                "POST {API}/runs/search HTTP/1.1\r\nHost: localhost\r\n{login}\r\nContent-Type: application/json\r\n\
                 Content-Length: 100\r\n\r\n{{"
            ),
        };
        stream.write_all(start.as_bytes()).unwrap();
        held.push(stream);
    }
    let begun = Instant::now();
    assert_eq!(world.get(ALICE, &format!("{API}/users/current")).status, 200);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    drop(held);
    assert!(world.is_alive());
}

#[test]
fn wrong_passwords_hold_up_nobody_who_is_logged_in() {
    let world = World::closed().with_people();
    let path = format!("{API}/users/current");
    assert_eq!(world.get(ALICE, &path).status, 200);
    let mut held = Vec::new();
    for number in 0..40 {
        let mut stream = world.server.connect();
        let login = login(ALICE, &format!("a wrong password {number}"));
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{login}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        held.push(stream);
    }
    let begun = Instant::now();
    assert_eq!(world.get(ALICE, &path).status, 200);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}
