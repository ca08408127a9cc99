//! The command `millgate`, with apps of one's own or without.

use crate::app::{App, Apps, IntoApp};
use crate::cli::Cli;
use clap::Parser;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// The whole program: its command line, the server, and the apps that are compiled in.
#[derive(Default)]
pub struct Program {
    apps: Apps,
}

impl Program {
    /// The program without apps of one's own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an app, which `server --app-name NAME` starts. The factory gives it back with what it adds, or an error, and then the
    /// server does not start. An app has the name of its own section in the file of authentication settings, so it cannot be
    /// called `mlflow`, `jwt`, `forward_auth`, `trusted_proxy` or `basic-auth`.
    #[must_use]
    pub fn app<A: IntoApp>(mut self, name: &str, factory: impl Fn(App) -> A + 'static) -> Self {
        self.apps.add(name, factory);
        self
    }

    /// Reads the command line and does what it says.
    pub fn run(self) -> ExitCode {
        let cli = Cli::parse();
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return fail(&format!("cannot start: {error}")),
        };
        match runtime.block_on(crate::run(cli, self.apps)) {
            Ok(status) => status,
            Err(error) => fail(&error.to_string()),
        }
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.apps.names()).finish()
    }
}

fn fail(message: &str) -> ExitCode {
    // With nobody left to read it there is nothing to be done about a failure to write it.
    let _ = writeln!(std::io::stderr(), "millgate: {message}");
    ExitCode::FAILURE
}
