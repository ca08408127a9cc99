//! The command `millgate`.

use clap::Parser;
use millgate::cli::Cli;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}")),
    };
    match runtime.block_on(millgate::run(cli)) {
        Ok(status) => status,
        Err(error) => fail(&error.to_string()),
    }
}

fn fail(message: &str) -> ExitCode {
    // With nobody left to read it there is nothing to be done about a failure to write it.
    let _ = writeln!(std::io::stderr(), "millgate: {message}");
    ExitCode::FAILURE
}
