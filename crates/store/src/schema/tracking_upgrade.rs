//! Brings a tracking database that MLflow 2.22 to 3.16 made to the revision of MLflow 3.17.
//!
//! The revisions and what they are for are those of MLflow's `store/db_migrations`, and each is a step here. The tables end as
//! MLflow's own migrations leave them, whatever is in them with them.

mod catalog;
mod rebuild;
mod revisions;
mod rows;
mod script;

pub(super) use revisions::Age;

use super::{Schema, backup, check_workspaces, creation};
use crate::db::{Connection, Db};
use crate::dialect::{Sql, quoted};
use crate::error::StoreError;
use crate::uri::StoreUri;
use model::Clock;
use revisions::{Revision, Rows, Start, Work};
use script::{Kind, Statement, Thing};
use sea_query::Query;
use std::path::{Path, PathBuf};

/// What an upgrade did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgraded {
    /// The revision that was found.
    pub from: &'static str,
    /// How many steps were taken.
    pub steps: usize,
    /// The copy of the database as it was; `None` where the database is no file.
    pub backup: Option<PathBuf>,
}

/// What an upgrade is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'e> {
    /// The database at this revision was found; so many steps follow. The copy is made where it is a file.
    Begins { from: &'static str, steps: usize, copy: Option<&'e Path> },
    /// A step to this revision, and what it is for.
    Step { revision: &'static str, title: &'static str },
    /// A statement of a step, with the last `;`. What is done to rows stands for what is more than one statement.
    Statement(&'e str),
}

/// Who is told what an upgrade is about to do, and can end it there by an error: what was done is undone then, but for what MySQL
/// has committed.
pub type Observer<'o> = &'o mut (dyn FnMut(Event<'_>) -> Result<(), StoreError> + Send);

/// Upgrades a tracking database that is at a revision of MLflow 2.22 to 3.16. One that is empty, or at the revision of MLflow 3.17,
/// is left as it is, for [`prepare`](super::prepare) to create or take.
///
/// On SQLite and PostgreSQL all of it is one transaction. MySQL commits at every change of a table: there the database stands at the
/// revision of the last step that was ended, and the next upgrade goes on, wherever this one was broken off.
///
/// # Errors
/// [`StoreError::Schema`] for a database at any other revision, with what to do about it; when it holds rows of another workspace or
/// what would be lost, or when no copy of it can be made. [`StoreError::Database`], among others when it stays locked for a minute.
pub async fn upgrade(
    db: &Db,
    uri: &StoreUri,
    clock: &dyn Clock,
    observer: Observer<'_>,
) -> Result<Option<Upgraded>, StoreError> {
    if !is_to_be_upgraded(&mut db.snapshot().await?.connection(), uri).await? {
        return Ok(None);
    }
    db.write_alone(uri, async |connection| under_lock(connection, db, uri, clock, observer).await).await
}

/// Tells the observer what an upgrade would do, and changes nothing. What depends on what is there then is told with its condition.
/// Gives whether there is anything to do.
///
/// # Errors
/// As [`upgrade`], and what the observer gives.
pub async fn plan(db: &Db, uri: &StoreUri, observer: Observer<'_>) -> Result<bool, StoreError> {
    let mut snapshot = db.snapshot().await?;
    let mut connection = snapshot.connection();
    if !is_to_be_upgraded(&mut connection, uri).await? {
        return Ok(false);
    }
    let Some(start) = Start::read(&mut connection).await? else { return Ok(false) };
    check_rows(&mut connection, uri).await?;
    observer(Event::Begins { from: start.revision, steps: start.steps.len(), copy: None })?;
    for revision in start.steps {
        observer(Event::Step { revision: revision.id, title: revision.title() })?;
        for work in revision.work(connection.sql()) {
            match work {
                Work::Script(text) => tell_script(connection.sql(), text, observer)?,
                Work::Rows(rows) => observer(Event::Statement(words_for(rows)))?,
            }
        }
        observer(Event::Statement(&format!("UPDATE alembic_version SET version_num = '{}';", revision.id)))?;
    }
    Ok(true)
}

fn tell_script(sql: Sql, text: &str, observer: Observer<'_>) -> Result<(), StoreError> {
    for statement in parse(text, sql)? {
        let mut told: String =
            statement.conditions.iter().map(|condition| format!("-- {condition}\n")).collect();
        if let Some(repeated) = &statement.repeated {
            told += &format!("-- {repeated}\n");
        }
        if let Some(rebuild) = &statement.rebuilds {
            told += &format!("-- {rebuild}\n");
        }
        observer(Event::Statement(&(told + &statement.text)))?;
    }
    Ok(())
}

fn parse(text: &str, sql: Sql) -> Result<Vec<Statement>, StoreError> {
    script::parse(text, sql).map_err(StoreError::Schema)
}

/// What is done to rows, in words.
fn words_for(rows: Rows) -> &'static str {
    match rows {
        Rows::TraceAnalytics => {
            "-- names, sessions, tokens and costs of traces, models and costs of spans, and values of assessments: from the \
             rows that hold them now into the new columns; the rows are deleted"
        }
        Rows::CancelJobs => "-- jobs that are pending or running: cancelled",
    }
}

/// Whether the database is at a revision that is upgraded here.
///
/// # Errors
/// [`StoreError::Schema`] when it is at none that this version can work with.
async fn is_to_be_upgraded(connection: &mut Connection<'_>, uri: &StoreUri) -> Result<bool, StoreError> {
    if Start::read(connection).await?.is_some() {
        return Ok(true);
    }
    // What is empty, half created or up to date is not for an upgrade, and what is none of that is refused as at a start.
    let name = uri.to_string();
    if !super::is_to_be_created(connection, Schema::Tracking, &name).await? {
        super::check_revision(connection, Schema::Tracking, &name).await?;
    }
    Ok(false)
}

/// Refuses rows of other workspaces, in the tables that have workspaces already.
async fn check_rows(connection: &mut Connection<'_>, uri: &StoreUri) -> Result<(), StoreError> {
    let mut tables = Vec::new();
    for table in Schema::Tracking.workspace_tables() {
        let column = Thing { kind: Kind::Column, table: (*table).to_owned(), name: "workspace".to_owned() };
        if catalog::has(connection, &column).await? {
            tables.push(*table);
        }
    }
    check_workspaces(connection, &tables, &uri.to_string()).await
}

async fn under_lock(
    connection: &mut Connection<'_>,
    db: &Db,
    uri: &StoreUri,
    clock: &dyn Clock,
    observer: Observer<'_>,
) -> Result<Option<Upgraded>, StoreError> {
    // Another one may have been here first.
    let Some(start) = Start::read(connection).await? else { return Ok(None) };
    check_rows(connection, uri).await?;
    let backup = backup::beside(db, uri, start.revision, clock.now()).await?;
    observer(Event::Begins { from: start.revision, steps: start.steps.len(), copy: backup.as_deref() })?;
    let mut work = Steps::new(connection, clock).await?;
    for revision in start.steps {
        work.take(revision, observer).await.map_err(|error| naming(error, uri, revision, work.sql))?;
    }
    Ok(Some(Upgraded { from: start.revision, steps: start.steps.len(), backup }))
}

/// An upgrade that goes on.
struct Steps<'s, 'c> {
    connection: &'s mut Connection<'c>,
    sql: Sql,
    clock: &'s dyn Clock,
    /// What a table is made with on MySQL, so that it can refer to those that are there.
    table_options: String,
}

impl<'s, 'c> Steps<'s, 'c> {
    async fn new(connection: &'s mut Connection<'c>, clock: &'s dyn Clock) -> Result<Self, StoreError> {
        let sql = connection.sql();
        let table_options = match sql {
            Sql::Sqlite => {
                // A view or a trigger that names a table must not keep it from being made anew.
                connection.execute_script("PRAGMA legacy_alter_table = ON;\n").await?;
                String::new()
            }
            Sql::Postgresql => String::new(),
            Sql::MariaDb | Sql::Mysql => match catalog::collation(connection, "runs").await? {
                Some((set, collation)) => {
                    format!(" ENGINE=InnoDB DEFAULT CHARACTER SET {set} COLLATE {collation};")
                }
                None => " ENGINE=InnoDB;".to_owned(),
            },
        };
        Ok(Self { connection, sql, clock, table_options })
    }

    async fn take(&mut self, revision: &'static Revision, observer: Observer<'_>) -> Result<(), StoreError> {
        observer(Event::Step { revision: revision.id, title: revision.title() })?;
        for work in revision.work(self.sql) {
            match work {
                Work::Script(text) => {
                    for statement in parse(text, self.sql)? {
                        self.obey(&statement, observer).await?;
                    }
                }
                Work::Rows(rows) => self.change(revision, rows, observer).await?,
            }
        }
        let update = Query::update()
            .table(Schema::Tracking.version_table())
            .value("version_num", revision.id)
            .to_owned();
        self.connection.execute(&update).await?;
        self.forget(revision).await
    }

    async fn obey(&mut self, statement: &Statement, observer: Observer<'_>) -> Result<(), StoreError> {
        for condition in &statement.conditions {
            if catalog::has(self.connection, &condition.thing).await? != condition.is_there {
                return Ok(());
            }
        }
        let texts = match (&statement.repeated, &statement.rebuilds) {
            (Some(repeated), _) => {
                let names = catalog::names(self.connection, repeated).await?;
                let named = |name: &String| statement.text.replace("{name}", &quoted(self.sql, name));
                names.iter().map(named).collect()
            }
            (None, Some(rebuild)) => rebuild::statements(self.connection, rebuild, &statement.text).await?,
            (None, None) => vec![statement.text.clone()],
        };
        for mut text in texts {
            if !self.table_options.is_empty() && text.starts_with("CREATE TABLE ") {
                text = text.replacen(");", &format!("){}", self.table_options), 1);
            }
            observer(Event::Statement(&text))?;
            // One statement, which may hold others as that of a trigger does.
            self.connection.driver().run(&text).await?;
        }
        Ok(())
    }

    /// Does what a step does to rows. Where every change of a table is committed by itself, the rows are one transaction, with a mark
    /// that tells the next upgrade that they are done.
    async fn change(
        &mut self,
        revision: &Revision,
        rows: Rows,
        observer: Observer<'_>,
    ) -> Result<(), StoreError> {
        let marked = creation::needs_a_mark(self.sql);
        if marked && creation::is_marked(self.connection, revision.id).await? {
            return Ok(());
        }
        observer(Event::Statement(words_for(rows)))?;
        if !marked {
            return rows::change(self.connection, rows, self.clock.now()).await;
        }
        creation::create_marks(self.connection).await?;
        self.connection.execute_script("BEGIN;\n").await?;
        rows::change(self.connection, rows, self.clock.now()).await?;
        creation::mark(self.connection, revision.id).await?;
        self.connection.execute_script("COMMIT;\n").await
    }

    /// Takes the mark away again.
    async fn forget(&mut self, revision: &Revision) -> Result<(), StoreError> {
        if creation::needs_a_mark(self.sql) && creation::is_marked(self.connection, revision.id).await? {
            creation::unmark(self.connection, revision.id).await?;
        }
        Ok(())
    }
}

/// Says which database and which step an error is about, and how the database stands.
fn naming(error: StoreError, uri: &StoreUri, revision: &Revision, sql: Sql) -> StoreError {
    let state = match sql {
        Sql::Sqlite | Sql::Postgresql => "and nothing in it was changed",
        Sql::MariaDb | Sql::Mysql => {
            "and stands between two revisions, as this database commits every change of a table by itself: no server starts on \
             it until the upgrade, run again, goes on from there and ends, or your backup is put back"
        }
    };
    StoreError::Schema(format!(
        "The database {uri} is not upgraded, {state} (step {}): {}",
        revision.id,
        error.into_reason()
    ))
}
