//! A closed-loop HTTP load: connections that stay open, each with its next request when its answer is there.

use crate::Failure;
use crate::http::{Answer, Connection, Fill};
use crate::report::{Figures, worked};
use crate::template::{Lists, Part, Turn, Turns};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What `bench-load http` does.
#[derive(Debug, Deserialize)]
pub(crate) struct Job {
    /// Host and port.
    address: String,
    connections: usize,
    #[serde(default = "one")]
    threads: usize,
    seconds: f64,
    /// Seconds before that do not count.
    warm_up: f64,
    /// Turns end early after as many.
    #[serde(default)]
    turns: Option<u64>,
    /// Seconds after which a request is given up.
    #[serde(default = "a_minute")]
    timeout: f64,
    /// The number of the first turn.
    #[serde(default)]
    first: u64,
    #[serde(default)]
    lists: Lists,
    flows: Vec<Flow>,
    /// Whether the last answers are told: what `serve` then answers.
    #[serde(default)]
    show_answers: bool,
}

/// Requests that follow each other on one connection, counted as one turn.
#[derive(Debug, Deserialize)]
struct Flow {
    name: String,
    #[serde(default = "weight")]
    weight: u64,
    steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
struct Step {
    method: String,
    path: Vec<Part>,
    /// Whole lines.
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    body: Vec<Part>,
    #[serde(default)]
    fill: Option<Fill>,
    #[serde(default = "ok")]
    expect: Vec<u16>,
    /// What later steps need of the answer: a name, and where it stands in the JSON.
    #[serde(default)]
    take: BTreeMap<String, String>,
}

fn one() -> usize {
    1
}
fn weight() -> u64 {
    1
}
fn a_minute() -> f64 {
    60.0
}
fn ok() -> Vec<u16> {
    vec![200]
}

struct Load {
    job: Job,
    turns: Turns,
    weights: u64,
    begin: Instant,
    end: Instant,
}

pub(crate) fn run(job: Job) -> Result<serde_json::Value, Failure> {
    let begin = Instant::now() + Duration::try_from_secs_f64(job.warm_up)?;
    let load = Arc::new(Load {
        turns: Turns::from(job.first),
        weights: job.flows.iter().map(|flow| flow.weight).sum(),
        begin,
        end: begin + Duration::try_from_secs_f64(job.seconds)?,
        job,
    });
    if load.weights == 0 {
        return Err("a load needs a flow with a weight".into());
    }
    let threads = load.job.threads.clamp(1, load.job.connections.max(1));
    let started: Vec<_> = (0..threads)
        .map(|thread| {
            let load = Arc::clone(&load);
            let connections = (thread..load.job.connections).step_by(threads).count();
            std::thread::spawn(move || a_thread(load, connections))
        })
        .collect();
    std::thread::sleep(begin.saturating_duration_since(Instant::now()));
    let before = worked();
    let mut figures = Figures::new();
    let mut answers = Vec::new();
    for thread in started {
        let (more, seen) = thread.join().map_err(|_| "a thread of the load panicked")??;
        figures.add(more);
        answers = seen;
    }
    let mut result = figures.json(begin, worked().saturating_sub(before));
    if let (true, Some(fields)) = (load.job.show_answers, result.as_object_mut()) {
        fields.insert("answers".to_owned(), answers.into());
    }
    Ok(result)
}

type Outcome = (Figures, Vec<serde_json::Value>);

fn a_thread(load: Arc<Load>, connections: usize) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let tasks: Vec<_> = (0..connections).map(|_| tokio::spawn(a_connection(Arc::clone(&load)))).collect();
        let mut all = Figures::new();
        let mut answers = Vec::new();
        for task in tasks {
            let (figures, seen) = task.await?;
            all.add(figures);
            answers = seen;
        }
        Ok((all, answers))
    })
}

async fn a_connection(load: Arc<Load>) -> Outcome {
    let mut figures = Figures::new();
    let mut answers = Vec::new();
    let mut connection = None;
    let mut done = 0;
    while Instant::now() < load.end && load.job.turns.is_none_or(|turns| done < turns) {
        let mut turn = load.turns.next(&load.job.lists);
        let mut choice = turn.choice(load.weights);
        let Some(flow) = load.job.flows.iter().find(|flow| {
            let is_it = choice < flow.weight;
            choice = choice.wrapping_sub(flow.weight);
            is_it
        }) else {
            continue;
        };
        done += 1;
        let mut counted = Figures::new();
        let started = Instant::now();
        let outcome = a_turn(&load, flow, &mut turn, &mut connection, &mut counted, &mut answers).await;
        let ended = Instant::now();
        if ended < load.begin {
            if load.job.turns.is_none() {
                continue;
            }
        }
        figures.add(counted);
        figures.last = Some(ended);
        if outcome {
            figures.turn(&flow.name, ended - started);
        } else if connection.is_none() {
            // A server that refuses connections is not asked without a pause.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    (figures, answers)
}

/// Whether all its steps went well.
async fn a_turn(
    load: &Load,
    flow: &Flow,
    turn: &mut Turn<'_>,
    connection: &mut Option<Connection>,
    figures: &mut Figures,
    answers: &mut Vec<serde_json::Value>,
) -> bool {
    for step in &flow.steps {
        let request = request(load, step, turn);
        figures.requests += 1;
        figures.bytes_out += request.len() as u64 + step.fill.map_or(0, |fill| fill.bytes);
        let exchange = exchange(connection, &load.job.address, &request, step.fill);
        let limit = Duration::try_from_secs_f64(load.job.timeout).unwrap_or(Duration::MAX);
        let answer = match tokio::time::timeout(limit, exchange).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                *connection = None;
                figures.error("closed", || format!("{} {}: {error}", step.method, turn.text(&step.path)));
                return false;
            }
            Err(_) => {
                *connection = None;
                figures.error("timeout", || format!("{} {}", step.method, turn.text(&step.path)));
                return false;
            }
        };
        if answer.is_last {
            *connection = None;
        }
        figures.bytes_in += answer.bytes;
        if load.job.show_answers {
            answers.push(shown(step, turn, &answer));
        }
        if !step.expect.contains(&answer.status) {
            figures.error(&answer.status.to_string(), || beginning(&answer.body));
            return false;
        }
        if !step.take.is_empty() {
            let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            for (name, place) in &step.take {
                match json.pointer(place) {
                    Some(serde_json::Value::String(value)) => turn.keep(name, value.clone()),
                    Some(value) => turn.keep(name, value.to_string()),
                    None => {
                        figures.error("unexpected", || beginning(&answer.body));
                        return false;
                    }
                }
            }
        }
    }
    true
}

async fn exchange(
    slot: &mut Option<Connection>,
    address: &str,
    request: &[u8],
    fill: Option<Fill>,
) -> io::Result<Answer> {
    let connection = match slot {
        Some(connection) => connection,
        None => slot.insert(Connection::open(address).await?),
    };
    connection.send(request, fill).await?;
    connection.receive().await
}

fn request(load: &Load, step: &Step, turn: &mut Turn<'_>) -> Vec<u8> {
    let path = turn.text(&step.path);
    let body = turn.text(&step.body);
    let mut head = format!("{} {path} HTTP/1.1\r\nHost: {}\r\n", step.method, load.job.address);
    for header in &step.headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    let length = body.len() as u64 + step.fill.map_or(0, |fill| fill.bytes);
    if length > 0 || step.method != "GET" {
        head.push_str(&format!("Content-Length: {length}\r\n"));
    }
    head.push_str("\r\n");
    head.push_str(&body);
    head.into_bytes()
}

fn shown(step: &Step, turn: &mut Turn<'_>, answer: &Answer) -> serde_json::Value {
    let path = turn.text(&step.path);
    serde_json::json!({
        "method": step.method,
        "path": path.split('?').next(),
        "status": answer.status,
        "body": String::from_utf8_lossy(&answer.body),
        // What of the answer is no head; chunk sizes count.
        "bytes": answer.bytes,
    })
}

fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(300).collect()
}
