//! The database that a test works on, with short words for what most tests need first.

use crate::servers::{Home, Stranger};
use futures::future::BoxFuture;
use model::{Error, ErrorCode, Millis, Run, Tag};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::schema::{self, Schema};
use store::tracking::batch::{self, Batch};
use store::tracking::experiments::{self, NewExperiment};
use store::tracking::metrics::NewMetric;
use store::tracking::runs::{self, NewRun};
use store::uri::Dialect;
use store::{AnyRow, Connection, Db, StoreError, StoreUri};

/// The time at which tests happen, unless they say otherwise.
pub(crate) const NOW: Millis = 1_700_000_000_000;

/// Where [`Database::create_run`] has a run keep its artifacts.
pub(crate) fn artifact_uri(run: &NewRun) -> String {
    format!("root/{}/{}/artifacts", run.experiment_id, run.id)
}

/// A fresh database with its schema, gone with the value.
pub(crate) struct Database {
    pub(crate) db: Db,
    uri: StoreUri,
    home: Home,
    ids: AtomicU64,
}

impl Database {
    /// A tracking database, without any experiment.
    pub(crate) async fn tracking() -> Self {
        Self::fresh(Schema::Tracking, Home::chosen().await, "").await
    }

    /// A database of users, without any.
    pub(crate) async fn users() -> Self {
        Self::fresh(Schema::Auth, Home::chosen().await, "").await
    }

    /// A tracking database in a SQLite file, whatever database the suite runs on.
    pub(crate) async fn tracking_file() -> Self {
        Self::fresh(Schema::Tracking, Home::file(), "").await
    }

    /// A database of users in a SQLite file, whatever database the suite runs on.
    pub(crate) async fn users_file() -> Self {
        Self::fresh(Schema::Auth, Home::file(), "").await
    }

    /// A tracking database in a SQLite file whose connections wait 0.1 seconds for another program's lock.
    pub(crate) async fn impatient() -> Self {
        Self::fresh(Schema::Tracking, Home::file(), "?timeout=0.1").await
    }

    /// A database on a MySQL server with tables made by a script; `None` where the suite runs on another kind.
    pub(crate) async fn made_by_a_script(schema: Schema, script: &str) -> Option<Self> {
        let home = Home::chosen().await;
        let uri: StoreUri = home.uri().parse().unwrap();
        if uri.dialect != Dialect::Mysql {
            return None;
        }
        let mut stranger = Stranger::connect(&home).await;
        stranger.run(&script.replace("`", "\"")).await;
        stranger.close().await;
        Some(Self::fresh(schema, home, "").await)
    }

    async fn fresh(schema: Schema, home: Home, query: &str) -> Self {
        let uri: StoreUri = format!("{}{query}", home.uri()).parse().unwrap();
        let db = Db::open(&uri).await.unwrap();
        schema::prepare(&db, schema, &uri).await.unwrap();
        Self { db, uri, home, ids: AtomicU64::new(0) }
    }

    /// The SQLite file.
    pub(crate) fn file(&self) -> &Path {
        self.uri.sqlite_path().expect("a test that asks for the file has one")
    }

    pub(crate) fn uri(&self) -> &StoreUri {
        &self.uri
    }

    /// Whether the database is a file.
    pub(crate) fn is_file(&self) -> bool {
        self.uri.dialect == Dialect::Sqlite
    }

    /// The database as another server has it.
    pub(crate) async fn another(&self) -> Db {
        Db::open(&self.uri).await.unwrap()
    }

    /// A connection of another program to the server.
    pub(crate) async fn stranger_on_the_server(&self) -> Stranger {
        Stranger::connect(&self.home).await
    }

    /// Has the server end every other connection to the database.
    pub(crate) async fn end_connections(&self) {
        let mut stranger = Stranger::connect(&self.home).await;
        stranger.end_others().await;
        stranger.close().await;
    }

    /// A connection of another program to the SQLite file.
    pub(crate) async fn stranger(&self) -> SqliteConnection {
        stranger(self.file()).await
    }

    /// Runs statements as another program.
    pub(crate) async fn sql(&self, statements: &str) {
        let mut stranger = Stranger::connect(&self.home).await;
        stranger.run(statements).await;
        stranger.close().await;
    }

    /// Runs statements as another program that does not check references.
    pub(crate) async fn sql_unchecked(&self, statements: &str) {
        let mut stranger = Stranger::connect(&self.home).await;
        stranger.run(self.home.without_references()).await;
        stranger.run(statements).await;
        stranger.close().await;
    }

    /// Lets the database give the ids again that nobody has any more: SQLite does so by itself, the servers at times.
    pub(crate) async fn give_ids_again(&self, table: &str) {
        match self.uri.dialect {
            Dialect::Sqlite => {}
            Dialect::Postgresql => {
                let next = format!("SELECT coalesce(max(id), 0) + 1 FROM {table}");
                self.sql(&format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), ({next}), false)"))
                    .await;
            }
            Dialect::Mysql => self.sql(&format!("ALTER TABLE {table} AUTO_INCREMENT = 1")).await,
        }
    }

    /// Whether a text can hold a NUL character.
    pub(crate) fn takes_nul(&self) -> bool {
        self.uri.dialect != Dialect::Postgresql
    }

    /// Whether what has no value stands before all values.
    pub(crate) fn puts_nothing_first(&self) -> bool {
        self.uri.dialect != Dialect::Postgresql
    }

    /// Has the database count a table's rows.
    pub(crate) async fn analyze(&self, table: &str) {
        match self.uri.dialect {
            Dialect::Sqlite | Dialect::Postgresql => self.sql(&format!("ANALYZE {table}")).await,
            Dialect::Mysql => self.sql(&format!("ANALYZE TABLE {table}")).await,
        }
    }

    /// The rows of a query that another program makes.
    pub(crate) async fn rows<T: AnyRow>(&self, query: &str) -> Vec<T> {
        let mut stranger = Stranger::connect(&self.home).await;
        let rows = stranger.rows(query).await;
        stranger.close().await;
        rows
    }

    /// The one number that a query gives.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        self.rows::<(i64,)>(query).await[0].0
    }

    /// Runs a repository function in a transaction of its own.
    pub(crate) async fn write<A, T, W>(&self, argument: A, work: W) -> Result<T, Error>
    where
        A: Send + Sync + 'static,
        T: Send + 'static,
        W: for<'a, 'c> Fn(&'a mut Connection<'c>, &'a A) -> BoxFuture<'a, Result<T, StoreError>>
            + Send
            + Sync
            + 'static,
    {
        let shared = Arc::new((argument, work));
        let written = self.db.write(move |connection| {
            let shared = Arc::clone(&shared);
            Box::pin(async move { (shared.1)(connection, &shared.0).await })
        });
        written.await.map_err(Error::from)
    }

    /// Runs a repository function on a snapshot.
    pub(crate) async fn read<A, T, W>(&self, argument: A, work: W) -> Result<T, Error>
    where
        W: for<'a, 'c> Fn(&'a mut Connection<'c>, &'a A) -> BoxFuture<'a, Result<T, StoreError>>,
    {
        let mut snapshot = self.db.snapshot().await?;
        let mut connection = snapshot.connection();
        work(&mut connection, &argument).await.map_err(Error::from)
    }

    /// Makes an experiment.
    pub(crate) async fn experiment(&self, name: &str) -> i64 {
        self.create_experiment(new_experiment(name)).await.unwrap()
    }

    pub(crate) async fn create_experiment(&self, new: NewExperiment) -> Result<i64, Error> {
        self.write(new, |connection, new| {
            Box::pin(experiments::create(connection, new, &|id| format!("root/{id}")))
        })
        .await
    }

    /// Starts a run without tags.
    pub(crate) async fn run(&self, experiment_id: i64) -> String {
        let new = self.new_run(experiment_id);
        let id = new.id.clone();
        self.create_run(new).await.unwrap();
        id
    }

    /// What a run is made of, with an id of its own.
    pub(crate) fn new_run(&self, experiment_id: i64) -> NewRun {
        let id = format!("{:032x}", self.ids.fetch_add(1, Ordering::Relaxed));
        NewRun {
            name: format!("run {id}"),
            experiment_id,
            user_id: "ada".to_owned(),
            start_time: NOW,
            tags: Vec::new(),
            id,
        }
    }

    pub(crate) async fn create_run(&self, new: NewRun) -> Result<(), Error> {
        self.write(new, |connection, new| {
            Box::pin(async move { runs::create(connection, new, &artifact_uri(new)).await })
        })
        .await
    }

    pub(crate) async fn log(&self, batch: Batch) -> Result<(), Error> {
        self.write(batch, |connection, batch| Box::pin(batch::log(connection, batch))).await
    }

    pub(crate) async fn log_metrics(&self, run: &str, metrics: Vec<NewMetric>) -> Result<(), Error> {
        self.log(Batch { run_id: run.to_owned(), metrics, ..Batch::default() }).await
    }

    pub(crate) async fn log_params(&self, run: &str, params: &[(&str, &str)]) -> Result<(), Error> {
        self.log(Batch { run_id: run.to_owned(), params: tags(params), ..Batch::default() }).await
    }

    pub(crate) async fn log_tags(&self, run: &str, new: &[(&str, &str)]) -> Result<(), Error> {
        self.log(Batch { run_id: run.to_owned(), tags: tags(new), ..Batch::default() }).await
    }

    pub(crate) async fn get_run(&self, id: &str) -> Run {
        let id = id.to_owned();
        self.read(id, |connection, id| Box::pin(runs::get(connection, id))).await.unwrap()
    }
}

/// A connection to a file as another program has it: it waits up to 5 seconds for a lock.
pub(crate) async fn stranger(file: &Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.unwrap()
}

pub(crate) fn new_experiment(name: &str) -> NewExperiment {
    NewExperiment { name: name.to_owned(), artifact_location: None, tags: Vec::new(), now: NOW }
}

pub(crate) fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}

pub(crate) fn tags(pairs: &[(&str, &str)]) -> Vec<Tag> {
    pairs.iter().map(|(key, value)| tag(key, value)).collect()
}

pub(crate) fn pairs(tags: &[Tag]) -> Vec<(&str, &str)> {
    tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect()
}

/// A metric without a model.
pub(crate) fn metric(key: &str, value: f64, timestamp: Millis, step: i64) -> NewMetric {
    NewMetric::new(key.to_owned(), value, timestamp, step, None)
}

/// The code and the words of a refusal.
#[track_caller]
pub(crate) fn assert_refused<T: std::fmt::Debug>(result: Result<T, Error>, code: ErrorCode, words: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.code, code, "{error}");
    assert!(error.message.contains(words), "{error} does not say: {words}");
}
