//! `millgate copy`: the rows of a database into another one, or artifacts from one place to another.

mod artifacts;

use super::progress::Progress;
use super::{CommandError, say};
use crate::RunError;
use crate::cli::CopyArgs;
use crate::config::{self, Environment, Origin};
use std::ops::ControlFlow;
use store::copy::Observer;

/// Copies what the arguments say.
///
/// # Errors
/// When it cannot be done; what was written stays, and the same command goes on with it.
pub(crate) async fn run(args: &CopyArgs, environment: &Environment) -> Result<(), RunError> {
    if args.artifacts {
        return artifacts::run(&args.source, &args.target, environment).await;
    }
    let source = config::database(&args.source, Origin::Flag("SOURCE"), environment)?;
    let target = config::database(&args.target, Origin::Flag("TARGET"), environment)?;
    let mut shown = Shown::default();
    let copied = store::copy::copy(&source, &target, &args.artifact_root, &mut shown).await;
    shown.end();
    // The error says which of the two databases it is about.
    let copied = copied.map_err(|error| CommandError::Failed(error.to_string()))?;
    let what = match (copied.tracking, copied.auth) {
        (true, true) => "experiments, models and users",
        (true, false) => "experiments and models",
        _ => "users",
    };
    let rows: u64 = copied.tables.iter().map(|(_, rows)| rows).sum();
    for (table, rows) in copied.tables.iter().filter(|(_, rows)| *rows > 0) {
        say(&format!("{table}: {rows}"))?;
    }
    say(&format!("{source} is copied to {target}: {what}, {rows} rows, compared and the same."))?;
    Ok(())
}

/// Shows how far the copy is.
#[derive(Default)]
struct Shown {
    progress: Option<Progress>,
}

impl Shown {
    fn next(&mut self, what: &str, total: u64) -> &Progress {
        self.end();
        self.progress.insert(Progress::new(what, Some(total)))
    }

    fn end(&mut self) {
        if let Some(progress) = self.progress.take() {
            progress.finish();
        }
    }
}

impl Observer for Shown {
    fn begin(&mut self, total: u64, before: u64) {
        if before > 0 {
            tracing::info!("a copy that was broken off goes on: {before} of {total} rows are there");
        }
        self.next("rows copied", total).skip(before);
    }

    fn written(&mut self, _table: &str, rows: u64) -> ControlFlow<()> {
        if let Some(progress) = &self.progress {
            progress.add(rows);
        }
        ControlFlow::Continue(())
    }

    fn compare(&mut self, total: u64) {
        self.next("rows compared, of both", total);
    }

    fn compared(&mut self, rows: u64) {
        if let Some(progress) = &self.progress {
            progress.add(rows);
        }
    }

    fn warn(&mut self, message: &str) {
        tracing::warn!("{message}");
    }
}
