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
use identity::{Audit, Grants, Refusals, Rights, Roles, Tokens, Users};
use model::{Actor, Clock, Entropy, SystemClock, SystemEntropy};
use serde::Serialize;
use service::People;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use store::schema::{self, Schema};
use store::{Db, StoreUri};

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
        let db = users_database(&config.database, None).await?;
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let People { users, roles, grants, tokens, rights, audit: _ } = people(&config, &db, &entropy);
        Ok(Self { users, roles, grants, tokens, rights, policy: policy(&config), entropy, db })
    }

    /// Who acts: somebody at the command line. No name is written down, as the variables that hold one can be set to any.
    fn actor(&self, command: &'static str) -> Actor {
        Actor::local(command, SystemClock.now())
    }
}

/// The database of users, which must be there and at the right revision; `opened`, where it is that one.
async fn users_database(uri: &StoreUri, opened: Option<&Db>) -> Result<Db, RunError> {
    let failed = |error| RunError::Users { uri: uri.to_string(), error };
    let db = match opened {
        Some(db) => db.clone(),
        None => Db::open_existing(uri).await.map_err(failed)?,
    };
    schema::check(&db, Schema::Auth, uri).await.map_err(failed)?;
    Ok(db)
}

/// Who and what is in it, for one command at a time.
fn people(config: &AuthConfig, db: &Db, entropy: &Arc<dyn Entropy>) -> People {
    let verifier = Verifier::new(VerifierConfig::for_cores(1), Arc::new(SystemClock), &**entropy);
    let refusals = Refusals::new(db.clone());
    People {
        users: Users::new(db.clone(), verifier, policy(config), Arc::clone(entropy), refusals),
        roles: Roles::new(db.clone()),
        grants: Grants::new(db.clone()),
        tokens: Tokens::new(db.clone(), Arc::clone(entropy), config.token_max_days),
        audit: Audit::new(db.clone()),
        rights: Rights::new(db.clone(), config.default_permission),
    }
}

fn policy(config: &AuthConfig) -> PasswordPolicy {
    PasswordPolicy { min_chars: config.min_password_length }
}

/// Something that cannot be done, and what to do about it.
fn refused(message: String) -> RunError {
    RunError::Command(CommandError::Failed(message))
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
