//! The commands that are not the server.
//!
//! `millgate user`, `millgate role`, `millgate grant` and `millgate token`: the people of a database, managed without a server and beside one
//! that runs. Whoever can write the database's file may do anything here. The rules are `identity`'s; each change stands in
//! the audit under its command.

mod ask;
pub(crate) mod backup;
pub(crate) mod copy;
pub(crate) mod db;
pub(crate) mod doctor;
mod error;
pub(crate) mod gc;
mod grant;
mod password;
mod progress;
mod role;
mod table;
mod token;
mod user;

pub(crate) use error::CommandError;

use crate::RunError;
use crate::cli::{DatabaseArgs, GrantCommand, RoleCommand, TokenCommand, UserCommand};
use crate::config::{AuthConfig, Environment};
use identity::passwords::PasswordPolicy;
use identity::verified::{Verifier, VerifierConfig};
use identity::{Grants, Refusals, Rights, Roles, Tokens, Users};
use model::{Actor, Clock, Entropy, SystemClock, SystemEntropy};
use serde::Serialize;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use store::Db;
use store::schema::{self, Schema};

/// What to do.
pub(crate) enum PeopleCommand {
    User(UserCommand),
    Role(RoleCommand),
    Grant(GrantCommand),
    Token(TokenCommand),
}

/// Opens the database of users, does what the command says, and closes it again.
///
/// # Errors
/// When there is no database, it is at another revision, or the command is refused; nothing is changed then. When the result
/// cannot be written.
pub(crate) async fn run(
    args: &DatabaseArgs,
    command: PeopleCommand,
    environment: &Environment,
) -> Result<ExitCode, RunError> {
    let desk = Desk::open(args, environment).await?;
    let done = match command {
        PeopleCommand::User(command) => user::run(&desk, command).await.map(|()| ExitCode::SUCCESS),
        PeopleCommand::Role(command) => role::run(&desk, command).await.map(|()| ExitCode::SUCCESS),
        PeopleCommand::Grant(command) => grant::run(&desk, command).await,
        PeopleCommand::Token(command) => token::run(&desk, command).await.map(|()| ExitCode::SUCCESS),
    };
    desk.db.close().await;
    Ok(done?)
}

/// What the commands work with.
struct Desk {
    users: Users,
    roles: Roles,
    grants: Grants,
    tokens: Tokens,
    rights: Rights,
    policy: PasswordPolicy,
    entropy: Arc<dyn Entropy>,
    db: Db,
}

impl Desk {
    async fn open(args: &DatabaseArgs, environment: &Environment) -> Result<Self, RunError> {
        let mut config = AuthConfig::resolve(environment)?;
        if let Some(uri) = &args.database {
            config = config.with_database(uri, environment)?;
        }
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        let uri = &config.database;
        let failed = |error| RunError::Users { uri: uri.to_string(), error };
        let db = Db::open_existing(uri).await.map_err(failed)?;
        schema::check(&db, Schema::Auth, uri).await.map_err(failed)?;

        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let policy = PasswordPolicy { min_chars: config.min_password_length };
        let verifier = Verifier::new(VerifierConfig::for_cores(1), Arc::new(SystemClock), &*entropy);
        Ok(Self {
            users: Users::new(db.clone(), verifier, policy, Arc::clone(&entropy), Refusals::new(db.clone())),
            roles: Roles::new(db.clone()),
            grants: Grants::new(db.clone()),
            tokens: Tokens::new(db.clone(), Arc::clone(&entropy), config.token_max_days),
            rights: Rights::new(db.clone(), config.default_permission),
            policy,
            entropy,
            db,
        })
    }

    /// Who acts: somebody at the command line. No name is written down, as the variables that hold one can be set to any.
    fn actor(&self, command: &'static str) -> Actor {
        Actor::local(command, SystemClock.now())
    }
}

/// Prints text and a line's end to standard output.
fn say(text: &str) -> Result<(), CommandError> {
    Ok(writeln!(std::io::stdout().lock(), "{text}")?)
}

/// Prints one JSON document to standard output.
fn say_json(document: &impl Serialize) -> Result<(), CommandError> {
    let text = serde_json::to_string_pretty(document).map_err(std::io::Error::from)?;
    say(&text)
}
