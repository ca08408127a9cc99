//! `millgate db`: a tracking database, brought to the revision of this version, and back to what MLflow made of it.

use crate::config::{self, Environment, Origin};
use crate::{RunError, about, prepare};
use model::SystemClock;
use std::io::Write;
use store::schema::tracking_upgrade::{self, Event};
use store::schema::{Prepared, Schema, drop_indexes};
use store::{Db, StoreError, StoreUri};

/// Creates the schema in an empty database, upgrades an older one, or finds that there is nothing to do. Each step is told on
/// standard output as it begins. With `dry_run` nothing is changed, and what would be done is told, as SQL.
///
/// # Errors
/// When the database cannot be opened, is at a revision that is not upgraded here, or the upgrade fails.
pub(crate) async fn upgrade(url: &str, dry_run: bool, environment: &Environment) -> Result<(), RunError> {
    let uri = config::database(url, Origin::Flag("URL"), environment)?;
    let opened = if dry_run { Db::open_existing(&uri).await } else { Db::open(&uri).await };
    let db = opened.map_err(|error| about(&uri, error))?;
    let done = if dry_run { plan(&db, &uri).await } else { change(&db, &uri).await };
    db.close().await;
    done
}

/// Drops what Millgate has added to MLflow's tables, and names it.
///
/// # Errors
/// When the database cannot be opened, or refuses.
pub(crate) async fn without_indexes(url: &str, environment: &Environment) -> Result<(), RunError> {
    let uri = config::database(url, Origin::Flag("URL"), environment)?;
    let db = Db::open_existing(&uri).await.map_err(|error| about(&uri, error))?;
    let dropped = drop_indexes(&db, &uri).await;
    db.close().await;
    let mut stdout = std::io::stdout();
    match dropped.map_err(|error| about(&uri, error))?.as_slice() {
        [] => writeln!(stdout, "{uri}: has no index of Millgate's")?,
        names => writeln!(stdout, "{uri}: dropped {}", names.join(", "))?,
    }
    Ok(())
}

async fn change(db: &Db, uri: &StoreUri) -> Result<(), RunError> {
    let revision = Schema::Tracking.revision();
    let observer = &mut |event: Event<'_>| match event {
        Event::Begins { from, steps, copy } => {
            let copied = match copy {
                Some(copy) => format!("copied it as it was to {}", copy.display()),
                None => "no copy is made of it here: use the backup of its own server".to_owned(),
            };
            say(&format!("{uri}: from revision {from} to {revision}, {steps} steps; {copied}"))
        }
        Event::Step { revision, title } => say(&format!("{revision}: {title}")),
        Event::Statement(_) => Ok(()),
    };
    let upgraded = tracking_upgrade::upgrade(db, uri, &SystemClock, observer).await;
    let done = match upgraded.map_err(|error| about(uri, error))? {
        Some(_) => "upgraded the schema to",
        None => match prepare(db, Schema::Tracking, uri).await? {
            Prepared::Created => "created the schema at",
            Prepared::UpToDate => "the schema is at",
        },
    };
    writeln!(std::io::stdout(), "{uri}: {done} revision {revision}")?;
    Ok(())
}

async fn plan(db: &Db, uri: &StoreUri) -> Result<(), RunError> {
    let revision = Schema::Tracking.revision();
    let observer = &mut |event: Event<'_>| match event {
        Event::Begins { from, steps, .. } => say(&format!(
            "-- {uri}: from revision {from} to {revision} in {steps} steps. Nothing is changed now."
        )),
        Event::Step { revision, title } => say(&format!("\n-- {revision}: {title}")),
        Event::Statement(statement) => say(statement),
    };
    let any = tracking_upgrade::plan(db, uri, observer).await.map_err(|error| about(uri, error))?;
    if !any {
        writeln!(
            std::io::stdout(),
            "-- {uri}: no steps to take. It is at revision {revision}, or empty and would be given its schema."
        )?;
    }
    Ok(())
}

/// Prints a line to standard output, for who watches. When nobody can read it any more, the upgrade ends there.
fn say(line: &str) -> Result<(), StoreError> {
    writeln!(std::io::stdout(), "{line}")
        .map_err(|error| StoreError::Schema(format!("standard output cannot be written ({error})")))
}
