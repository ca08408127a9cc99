//! The benchmark's load generator, and the bare measurements beside it. A job is JSON on standard input, and the result is JSON
//! on standard output; `../README.md` of the benchmark describes both.
//!
//! * `bench-load http`: puts a load on an HTTP server.
//! * `bench-load serve`: answers requests with given bytes until its standard input ends: what HTTP itself costs.
//! * `bench-load sql`: runs the statements of a load on a database: what the database itself costs.
//! * `bench-load script`: runs the statements of a file's worth of SQL one after the other, and tells the first value of each.

mod drive;
mod http;
mod report;
mod serve;
mod sql;
mod template;

use serde::de::DeserializeOwned;
use std::error::Error;
use std::io::{Read as _, Write as _};
use std::process::ExitCode;

/// What went wrong; shown to the user.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    let mode = std::env::args().nth(1).unwrap_or_default();
    let outcome = match mode.as_str() {
        "http" => job().and_then(drive::run).and_then(print),
        "serve" => serve::run(),
        "sql" => job().and_then(sql::run).and_then(print),
        "script" => job().and_then(sql::script).and_then(print),
        _ => Err("usage: bench-load http|serve|sql|script, with the job as JSON on standard input".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "bench-load {mode}: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn job<T: DeserializeOwned>() -> Result<T, Failure> {
    let mut text = Vec::new();
    std::io::stdin().read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

fn print(result: serde_json::Value) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{result}")?)
}
