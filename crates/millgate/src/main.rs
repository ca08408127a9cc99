//! The command `millgate`.

use std::process::ExitCode;

fn main() -> ExitCode {
    millgate::Program::new().run()
}
