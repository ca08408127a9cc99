//! The bare database: the statements of a load, prepared, on as many connections as the server that is measured would use.
//!
//! Writes on SQLite go through one connection and share a transaction with all that wait, as there is one writer at a time
//! anyway: each with a transaction of its own would be slower than what is compared with it.

use crate::Failure;
use crate::report::{Figures, worked};
use crate::template::{Lists, Part, Turn, Turns};
use serde::Deserialize;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Arguments as _, AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, ValueRef as _};
use std::collections::HashMap;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Writes that share a transaction on SQLite, at the most.
const GROUP: usize = 128;

/// What `bench-load sql` does.
#[derive(Debug, Deserialize)]
pub(crate) struct Job {
    /// SQLite paths or PostgreSQL URLs, by the names that pieces use.
    databases: HashMap<String, String>,
    connections: usize,
    /// Connections of each database's pool, as the server has.
    pool: u32,
    /// Whether a commit waits for the disk, on SQLite.
    #[serde(default = "yes")]
    durable: bool,
    seconds: f64,
    warm_up: f64,
    #[serde(default)]
    first: u64,
    #[serde(default)]
    lists: Lists,
    flows: Vec<Flow>,
}

fn yes() -> bool {
    true
}
fn weight() -> u64 {
    1
}

/// The SQL of one request, or of several.
#[derive(Debug, Deserialize)]
struct Flow {
    name: String,
    #[serde(default = "weight")]
    weight: u64,
    pieces: Vec<Piece>,
}

/// Statements on one connection.
#[derive(Debug, Deserialize)]
struct Piece {
    database: String,
    /// Whether they are a transaction that writes.
    #[serde(default)]
    write: bool,
    /// What begins a transaction that only reads.
    #[serde(default)]
    begin: Option<String>,
    statements: Vec<Statement>,
}

#[derive(Debug, Deserialize)]
struct Statement {
    /// Made once: the same for every turn.
    sql: Vec<Part>,
    #[serde(default)]
    values: Vec<ValueOf>,
    /// The name under which later statements find the first value.
    #[serde(default)]
    take: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ValueOf {
    Text(Vec<Part>),
    Int(Vec<Part>),
    Real(Vec<Part>),
    Bool(bool),
    /// A missing text.
    Null,
    /// A missing number.
    NullInt,
    Repeat {
        repeat: u64,
        of: Vec<ValueOf>,
    },
}

#[derive(Debug, Clone)]
enum Value {
    Text(String),
    Int(i64),
    Real(f64),
    Bool(bool),
    Null,
    NullInt,
}

/// A statement of a turn: its text, its values, and the name of what it gives.
type Bound = (Arc<str>, Vec<Value>, Option<String>);

fn bind(values: &[ValueOf], turn: &mut Turn<'_>, i: u64, into: &mut Vec<Value>) -> Result<(), Failure> {
    for value in values {
        into.push(match value {
            ValueOf::Text(parts) => Value::Text(turn.text_at(parts, i)),
            ValueOf::Int(parts) => Value::Int(turn.text_at(parts, i).parse()?),
            ValueOf::Real(parts) => Value::Real(turn.text_at(parts, i).parse()?),
            ValueOf::Bool(value) => Value::Bool(*value),
            ValueOf::Null => Value::Null,
            ValueOf::NullInt => Value::NullInt,
            ValueOf::Repeat { repeat, of } => {
                for i in 0..*repeat {
                    bind(of, turn, i, into)?;
                }
                continue;
            }
        });
    }
    Ok(())
}

enum Database {
    Sqlite { readers: SqlitePool, writer: mpsc::Sender<Write> },
    Postgresql(PgPool),
}

/// What waits for the writer of a SQLite file.
struct Write {
    statements: Vec<Bound>,
    done: oneshot::Sender<Result<(), String>>,
}

struct Load {
    job: Job,
    /// The texts of the statements, by flow, piece and statement.
    texts: Vec<Vec<Vec<Arc<str>>>>,
    databases: HashMap<String, Database>,
    turns: Turns,
    begin: Instant,
    end: Instant,
}

pub(crate) fn run(job: Job) -> Result<serde_json::Value, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let mut databases = HashMap::new();
        for (name, place) in &job.databases {
            databases.insert(name.clone(), open(place, &job).await?);
        }
        let lists = Lists::new();
        let mut turn = Turns::default().next(&lists);
        let mut texts = Vec::new();
        for flow in &job.flows {
            let mut of_flow = Vec::new();
            for piece in &flow.pieces {
                of_flow.push(piece.statements.iter().map(|one| Arc::from(turn.text(&one.sql))).collect());
            }
            texts.push(of_flow);
        }
        let begin = Instant::now() + Duration::try_from_secs_f64(job.warm_up)?;
        let end = begin + Duration::try_from_secs_f64(job.seconds)?;
        let load = Arc::new(Load { texts, databases, turns: Turns::from(job.first), begin, end, job });
        let tasks: Vec<_> =
            (0..load.job.connections).map(|_| tokio::spawn(a_connection(Arc::clone(&load)))).collect();
        tokio::time::sleep(begin.saturating_duration_since(Instant::now())).await;
        let before = worked();
        let mut figures = Figures::new();
        for task in tasks {
            figures.add(task.await?);
        }
        Ok(figures.json(begin, worked().saturating_sub(before)))
    })
}

async fn open(place: &str, job: &Job) -> Result<Database, Failure> {
    if place.starts_with("postgresql://") {
        let options = PgConnectOptions::from_str(place)?.disable_statement_logging();
        return Ok(Database::Postgresql(
            PgPoolOptions::new()
                .max_connections(job.pool)
                .test_before_acquire(false)
                .connect_with(options)
                .await?,
        ));
    }
    let options = sqlite(place, job.durable);
    let mut first = options.clone().create_if_missing(false).connect().await?;
    sqlx::query("PRAGMA journal_mode = WAL").execute(&mut first).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(job.pool)
        .test_before_acquire(false)
        .connect_with(options.pragma("query_only", "true"))
        .await?;
    let (writer, queue) = mpsc::channel(1024);
    tokio::spawn(write_all(first, queue));
    Ok(Database::Sqlite { readers, writer })
}

/// As the server opens its files.
fn sqlite(place: &str, durable: bool) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(place)
        .foreign_keys(true)
        .synchronous(if durable { SqliteSynchronous::Full } else { SqliteSynchronous::Off })
        .busy_timeout(Duration::from_secs(30))
        .pragma("case_sensitive_like", "true")
        .statement_cache_capacity(256)
        .disable_statement_logging()
}

async fn write_all(mut connection: sqlx::SqliteConnection, mut queue: mpsc::Receiver<Write>) {
    while let Some(first) = queue.recv().await {
        let mut waiting = vec![first];
        while waiting.len() < GROUP {
            match queue.try_recv() {
                Ok(more) => waiting.push(more),
                Err(_) => break,
            }
        }
        let outcome = write_group(&mut connection, &waiting).await.map_err(|error| error.to_string());
        if outcome.is_err() {
            let _ = sqlx::query("ROLLBACK").execute(&mut connection).await;
        }
        for write in waiting {
            // Whoever asked may have gone.
            let _ = write.done.send(outcome.clone());
        }
    }
}

async fn write_group(connection: &mut sqlx::SqliteConnection, group: &[Write]) -> Result<(), Failure> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    for write in group {
        for (sql, values, _) in &write.statements {
            on_sqlite(connection, sql, values).await?;
        }
    }
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    Ok(())
}

async fn a_connection(load: Arc<Load>) -> Figures {
    let mut figures = Figures::new();
    let weights = load.job.flows.iter().map(|flow| flow.weight).sum();
    while Instant::now() < load.end {
        let mut turn = load.turns.next(&load.job.lists);
        let mut choice = turn.choice(weights);
        let found = load.job.flows.iter().zip(&load.texts).find(|(flow, _)| {
            let is_it = choice < flow.weight;
            choice = choice.wrapping_sub(flow.weight);
            is_it
        });
        let Some((flow, texts)) = found else { break };
        let started = Instant::now();
        let outcome = a_turn(&load, flow, texts, &mut turn).await;
        let ended = Instant::now();
        if ended < load.begin {
            continue;
        }
        figures.requests += 1;
        figures.last = Some(ended);
        match outcome {
            Ok(()) => figures.turn(&flow.name, ended - started),
            Err(failure) => figures.error("database", || failure.to_string()),
        }
    }
    figures
}

async fn a_turn(
    load: &Load,
    flow: &Flow,
    texts: &[Vec<Arc<str>>],
    turn: &mut Turn<'_>,
) -> Result<(), Failure> {
    for (piece, texts) in flow.pieces.iter().zip(texts) {
        let database = load.databases.get(&piece.database).ok_or("a piece names no database of the job")?;
        match database {
            Database::Sqlite { writer, .. } if piece.write => {
                let mut statements = Vec::new();
                for (statement, text) in piece.statements.iter().zip(texts) {
                    statements.push(bound(statement, text, turn)?);
                }
                let (done, outcome) = oneshot::channel();
                writer.send(Write { statements, done }).await.map_err(|_| "the writer has ended")?;
                outcome.await??;
            }
            Database::Sqlite { readers, .. } => {
                let mut lease = readers.acquire().await?;
                let mut begun = None;
                if let Some(begin) = &piece.begin {
                    begun = Some(sqlx::query(AssertSqlSafe(begin.as_str())).execute(&mut *lease).await?);
                }
                for (statement, text) in piece.statements.iter().zip(texts) {
                    let (sql, values, take) = bound(statement, text, turn)?;
                    let value = on_sqlite(&mut lease, &sql, &values).await?;
                    keep(turn, take, value);
                }
                if begun.is_some() {
                    sqlx::query("COMMIT").execute(&mut *lease).await?;
                }
            }
            Database::Postgresql(pool) => {
                let mut lease = pool.acquire().await?;
                let begin = if piece.write { Some("BEGIN") } else { piece.begin.as_deref() };
                if let Some(begin) = begin {
                    sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut *lease).await?;
                }
                for (statement, text) in piece.statements.iter().zip(texts) {
                    let (sql, values, take) = bound(statement, text, turn)?;
                    match on_postgresql(&mut lease, &sql, &values).await {
                        Ok(value) => keep(turn, take, value),
                        Err(failure) => {
                            sqlx::raw_sql("ROLLBACK").execute(&mut *lease).await?;
                            return Err(failure);
                        }
                    }
                }
                if begin.is_some() {
                    sqlx::raw_sql("COMMIT").execute(&mut *lease).await?;
                }
            }
        }
    }
    Ok(())
}

fn bound(statement: &Statement, text: &Arc<str>, turn: &mut Turn<'_>) -> Result<Bound, Failure> {
    let mut values = Vec::with_capacity(statement.values.len());
    bind(&statement.values, turn, 0, &mut values)?;
    Ok((Arc::clone(text), values, statement.take.clone()))
}

fn keep(turn: &mut Turn<'_>, name: Option<String>, value: Option<String>) {
    if let (Some(name), Some(value)) = (name, value) {
        turn.keep(&name, value);
    }
}

/// The first value, if there is one that is a text or an integer.
async fn on_sqlite(
    connection: &mut sqlx::SqliteConnection,
    sql: &Arc<str>,
    values: &[Value],
) -> Result<Option<String>, Failure> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value.clone() {
            Value::Text(value) => arguments.add(value),
            Value::Int(value) => arguments.add(value),
            Value::Real(value) => arguments.add(value),
            Value::Bool(value) => arguments.add(value),
            Value::Null => arguments.add(None::<String>),
            Value::NullInt => arguments.add(None::<i64>),
        }?;
    }
    let query = sqlx::query_with(AssertSqlSafe(Arc::clone(sql)), arguments);
    let rows = query.fetch_all(connection).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    if row.is_empty() || row.try_get_raw(0)?.is_null() {
        return Ok(None);
    }
    Ok(row.try_get::<i64, _>(0).map(|value| value.to_string()).or_else(|_| row.try_get::<String, _>(0)).ok())
}

async fn on_postgresql(
    connection: &mut sqlx::PgConnection,
    sql: &Arc<str>,
    values: &[Value],
) -> Result<Option<String>, Failure> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Text(value) => arguments.add(value.as_str()),
            Value::Int(value) => arguments.add(*value),
            Value::Real(value) => arguments.add(*value),
            Value::Bool(value) => arguments.add(*value),
            Value::Null => arguments.add(None::<String>),
            Value::NullInt => arguments.add(None::<i64>),
        }?;
    }
    let query = sqlx::query_with(AssertSqlSafe(Arc::clone(sql)), arguments);
    let rows = query.fetch_all(connection).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    if row.is_empty() || row.try_get_raw(0)?.is_null() {
        return Ok(None);
    }
    let integer = row.try_get::<i64, _>(0).or_else(|_| row.try_get::<i32, _>(0).map(i64::from));
    Ok(integer.map(|value| value.to_string()).or_else(|_| row.try_get::<String, _>(0)).ok())
}

/// What `bench-load script` does.
#[derive(Debug, Deserialize)]
pub(crate) struct Script {
    /// A PostgreSQL URL.
    database: String,
    statements: Vec<String>,
}

/// The first value of each statement, as a text; `null` where there is none.
pub(crate) fn script(job: Script) -> Result<serde_json::Value, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let mut connection = PgConnectOptions::from_str(&job.database)?.connect().await?;
        let mut results = Vec::new();
        for statement in job.statements {
            results.push(on_postgresql(&mut connection, &Arc::from(statement), &[]).await?);
        }
        connection.close().await?;
        Ok(serde_json::Value::from(results))
    })
}
