//! The server with the app in it: `my-auth-server server --app-name my-auth`.

use std::process::ExitCode;

fn main() -> ExitCode {
    millgate::Program::new().app("my-auth", my_auth::create_app).run()
}
