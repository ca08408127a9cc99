//! The databases: whether they are reached, at the right revision, and can be written.

use super::files::probe_folder;
use super::report::Report;
use crate::config::{AuthConfig, Environment, ServerConfig};
use model::{Clock, Millis, SystemClock};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};
use store::schema::look::{self, Found};
use store::schema::{self, Schema};
use store::{Db, StoreError, StoreUri};

const AREA: &str = "database";
/// How long a database may take to answer all that is asked.
const PATIENCE: Duration = Duration::from_secs(30);
/// Differences of clocks, in milliseconds: what is strange, and what makes tokens and audit wrong.
const CLOCK_DIFFERS: Millis = 2_000;
const CLOCK_IS_WRONG: Millis = 60_000;

/// What a database is for.
struct Use<'a> {
    uri: &'a StoreUri,
    what: &'static str,
    schema: Schema,
    /// Whether a server only reads it.
    is_copy: bool,
}

pub(super) async fn look(
    config: &ServerConfig,
    auth: Option<&AuthConfig>,
    environment: &Environment,
    now: Millis,
    report: &mut Report,
) {
    let tracking = |uri, what, is_copy| Use { uri, what, schema: Schema::Tracking, is_copy };
    let users = |uri, what, is_copy| Use { uri, what, schema: Schema::Auth, is_copy };
    let uses = [
        config.backend.as_ref().map(|uri| tracking(uri, "tracking", false)),
        config.registry.as_ref().map(|uri| tracking(uri, "models", false)),
        config.read_replica.as_ref().map(|uri| tracking(uri, "copy of tracking", true)),
        auth.map(|auth| users(&auth.database, "users", false)),
        auth.and_then(|auth| auth.read_database.as_ref()).map(|uri| users(uri, "copy of users", true)),
    ];
    for each in uses.into_iter().flatten() {
        let subject = format!("{} {}", each.what, each.uri);
        let looked = tokio::time::timeout(PATIENCE, one(&each, &subject, environment, now, report)).await;
        if looked.is_err() {
            let said = format!("does not answer within {} s", PATIENCE.as_secs());
            report.problem(AREA, &subject, &said, OUT_OF_REACH);
        }
    }
}

const OUT_OF_REACH: &str = "See that the server runs, that its address, name and password are right, and that this machine may reach it.";

/// The file of a database; `None` where it is on a server.
fn file(uri: &StoreUri, environment: &Environment) -> Option<PathBuf> {
    uri.sqlite_path().map(|path| environment.working_directory().join(path))
}

async fn one(each: &Use<'_>, subject: &str, environment: &Environment, now: Millis, report: &mut Report) {
    if let Some(file) = file(each.uri, environment) {
        if !file.exists() {
            return to_be_made(&file, subject, report);
        }
        file_time(&file, subject, now, report);
    }
    let db = match Db::open_existing(each.uri).await {
        Ok(db) => db,
        Err(error) => {
            let advice = match each.uri.sqlite_path() {
                Some(_) => {
                    "See that it is a SQLite database, and that the server's system user can read and write it."
                }
                None => OUT_OF_REACH,
            };
            report.problem(AREA, subject, &format!("cannot be opened: {error}"), advice);
            return;
        }
    };
    if let Err(error) = questions(&db, each, subject, report).await {
        report.problem(AREA, subject, &format!("fails: {error}"), OUT_OF_REACH);
    }
    db.close().await;
}

/// A server makes the file when it starts.
fn to_be_made(file: &Path, subject: &str, report: &mut Report) {
    let folder = file.parent().unwrap_or(file);
    match probe_folder(folder) {
        Ok(()) => report.ok(AREA, subject, "is not there yet; the server makes it when it starts"),
        Err(error) => report.problem(
            AREA,
            subject,
            &format!("is not there, and cannot be made in {}: {error}", folder.display()),
            "Make the folder, and let the server's system user write in it.",
        ),
    }
}

/// A file from the future tells of a clock that went back.
fn file_time(file: &Path, subject: &str, now: Millis, report: &mut Report) {
    let changed = file.metadata().and_then(|metadata| metadata.modified()).ok();
    let changed = changed.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let changed = changed.and_then(|since| Millis::try_from(since.as_millis()).ok());
    if changed.is_some_and(|changed| changed > now.saturating_add(CLOCK_IS_WRONG)) {
        report.warning(
            "clock",
            subject,
            "was changed at a time that has not come yet",
            Some("See whether the clock of this machine, or of the one that wrote the file, is right."),
        );
    }
}

async fn questions(db: &Db, each: &Use<'_>, subject: &str, report: &mut Report) -> Result<(), StoreError> {
    let version = look::version(db).await?;
    report.ok(AREA, subject, &format!("answers; {version}"));
    match look::found(db, each.schema).await? {
        Found::Nothing if each.is_copy => {
            report.problem(AREA, subject, "is empty", "Let it follow the database that it is a copy of.");
        }
        Found::Nothing => report.ok(AREA, subject, "is empty; the server makes the tables when it starts"),
        Found::Unversioned => {
            let advice = each.schema.way_there(&each.uri.to_string(), None);
            report.problem(AREA, subject, "has tables of MLflow, and no revision", &advice);
        }
        Found::At(revisions) if revisions == [each.schema.revision()] => {
            revision_is_right(db, each, subject, report).await;
        }
        Found::At(revisions) => {
            let found = if revisions.is_empty() { "none".to_owned() } else { revisions.join(", ") };
            let said = format!("is at revision {found}; this version works with {}", each.schema.revision());
            report.problem(AREA, subject, &said, &way_there(each));
        }
    }
    clock(db, subject, report).await
}

fn way_there(each: &Use<'_>) -> String {
    match each.schema {
        Schema::Tracking => format!(
            "If it is older, make a backup and run `millgate db upgrade {}`; if it is newer, use a newer Millgate.",
            each.uri
        ),
        Schema::Auth => "If it is of MLflow 2.5 to 3.12, a server with the tracking database upgrades it when it starts; if it \
                         is newer, use a newer Millgate."
            .to_owned(),
    }
}

async fn revision_is_right(db: &Db, each: &Use<'_>, subject: &str, report: &mut Report) {
    match schema::check(db, each.schema, each.uri).await {
        Ok(()) => report.ok(AREA, subject, &format!("is at revision {}", each.schema.revision())),
        Err(error) => {
            let advice = "Use another database, or the server that made this one.";
            report.problem(AREA, subject, &error.to_string(), advice);
        }
    }
    if each.is_copy {
        return;
    }
    match look::try_to_write(db, each.schema).await {
        Ok(()) => report.ok(AREA, subject, "can be written"),
        Err(error) => {
            let advice = match each.uri.sqlite_path() {
                Some(_) => {
                    "See that the server's system user can write the file and its folder, and that no program holds its lock."
                }
                None => "Grant the user of the URI SELECT, INSERT, UPDATE and DELETE on all tables.",
            };
            report.problem(AREA, subject, &format!("cannot be written: {error}"), advice);
        }
    }
}

/// Compares the clock of a database's server with that of this machine, at the middle of the question.
async fn clock(db: &Db, subject: &str, report: &mut Report) -> Result<(), StoreError> {
    let asked = SystemClock.now();
    let Some(theirs) = look::clock(db).await? else { return Ok(()) };
    let answered = SystemClock.now();
    let ours = asked.saturating_add(answered.saturating_sub(asked) / 2);
    let differs = theirs.saturating_sub(ours);
    let said = format!("its clock differs by {:.1} s", differs as f64 / 1000.0);
    let advice = "Let both machines follow one clock, such as by NTP.";
    match differs.saturating_abs() {
        off if off >= CLOCK_IS_WRONG => report.problem("clock", subject, &said, advice),
        off if off >= CLOCK_DIFFERS => report.warning("clock", subject, &said, Some(advice)),
        _ => report.ok("clock", subject, "its clock agrees"),
    }
    Ok(())
}
