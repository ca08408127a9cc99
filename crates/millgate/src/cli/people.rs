//! `millgate user`, `millgate role` and `millgate grant`. No argument is a password: every user of the machine can read those.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Which database of users.
#[derive(Debug, Clone, Default, Args)]
pub struct DatabaseArgs {
    /// The database of users, which must exist [default: database_uri of the file that MLFLOW_AUTH_CONFIG_PATH names, else
    /// sqlite:///basic_auth.db].
    #[arg(long, value_name = "URI", global = true, help_heading = "Storage")]
    pub database: Option<String>,
}

/// Where a new password comes from; asked for at the terminal without any of these.
#[derive(Debug, Clone, Default, Args)]
#[group(multiple = false)]
pub struct PasswordArgs {
    /// Read the password from a file of one line.
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Read the password from standard input, one line.
    #[arg(long)]
    pub password_stdin: bool,
    /// Make up a password, and print it and nothing else to standard output.
    #[arg(long)]
    pub generate: bool,
}

/// As [`PasswordArgs`], and for users who need none.
#[derive(Debug, Clone, Default, Args)]
pub struct NewUserPasswordArgs {
    #[command(flatten)]
    pub password: PasswordArgs,
    /// Give the user no password, such as a service account that logs in with access tokens alone. One can be set later.
    #[arg(long, conflicts_with = "PasswordArgs")]
    pub without_password: bool,
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create a user. Without an option for the password it is asked for, twice.
    Create {
        /// The name to log in with.
        name: String,
        /// Make the user an administrator, whom nothing is forbidden.
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        password: NewUserPasswordArgs,
    },
    /// List the users.
    List {
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Show a user with their roles and grants.
    Show {
        /// The user's name.
        name: String,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Set a user's password. It counts at the next request; the old one need not be known.
    Password {
        /// The user's name.
        name: String,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Make a user an administrator.
    Promote {
        /// The user's name.
        name: String,
    },
    /// Make an administrator a plain user again. The last one stays.
    Demote {
        /// The administrator's name.
        name: String,
    },
    /// Let nothing let a user in any more: no password, no access token, nobody who vouches for them. It counts at the next
    /// request. The last administrator stays.
    Disable {
        /// The user's name.
        name: String,
    },
    /// Let a disabled user in again.
    Enable {
        /// The user's name.
        name: String,
    },
    /// Delete a user with all that was granted to them. What they made stays.
    Delete {
        /// The user's name.
        name: String,
        /// Don't ask.
        #[arg(long, short)]
        yes: bool,
    },
}

/// The workspace that a role is in.
#[derive(Debug, Clone, Args)]
pub struct WorkspaceArg {
    /// The workspace of the role.
    #[arg(long, value_name = "NAME", default_value = identity::DEFAULT_WORKSPACE)]
    pub workspace: String,
}

#[derive(Debug, Subcommand)]
pub enum RoleCommand {
    /// Create a role that grants nothing yet.
    Create {
        /// The role's name.
        name: String,
        /// What the role is for.
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        #[command(flatten)]
        workspace: WorkspaceArg,
    },
    /// List the roles. What is granted to single users is in `millgate grant list`.
    List {
        /// Only the roles of this workspace.
        #[arg(long, value_name = "NAME")]
        workspace: Option<String>,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Show a role: what it grants, and to whom.
    Show {
        /// The role's name.
        name: String,
        #[command(flatten)]
        workspace: WorkspaceArg,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Give a role another name.
    Rename {
        /// The role's name.
        name: String,
        /// Its new name.
        new_name: String,
        #[command(flatten)]
        workspace: WorkspaceArg,
    },
    /// Delete a role. Whoever held it loses what it granted.
    Delete {
        /// The role's name.
        name: String,
        #[command(flatten)]
        workspace: WorkspaceArg,
        /// Don't ask.
        #[arg(long, short)]
        yes: bool,
    },
    /// Let a role grant a level on a resource.
    Add {
        /// The role's name.
        name: String,
        #[command(flatten)]
        grant: GrantArgs,
        /// Change the level where the role grants one already.
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        workspace: WorkspaceArg,
    },
    /// Let a role no longer grant anything on a resource.
    Remove {
        /// The role's name.
        name: String,
        #[command(flatten)]
        resource: ResourceArgs,
        #[command(flatten)]
        workspace: WorkspaceArg,
    },
    /// Give a user a role.
    Assign {
        /// The role's name.
        name: String,
        /// The user's name.
        user: String,
        #[command(flatten)]
        workspace: WorkspaceArg,
    },
    /// Take a role from a user.
    Unassign {
        /// The role's name.
        name: String,
        /// The user's name.
        user: String,
        #[command(flatten)]
        workspace: WorkspaceArg,
    },
}

/// What a grant is on.
#[derive(Debug, Clone, Args)]
pub struct ResourceArgs {
    /// A type of resource, such as experiment or registered_model.
    #[arg(value_name = "TYPE")]
    pub kind: String,
    /// An id or name, or * for all of the type (quote it for the shell).
    #[arg(value_name = "ID")]
    pub pattern: String,
}

/// What a grant is on, and what it gives.
#[derive(Debug, Clone, Args)]
pub struct GrantArgs {
    #[command(flatten)]
    pub resource: ResourceArgs,
    /// READ, USE, EDIT, MANAGE or DENY; on the workspace, USE or MANAGE.
    #[arg(value_name = "LEVEL")]
    pub level: String,
}

/// The exit status of `millgate grant check` for a user who may do less than was asked about.
pub const LESS_THAN_ASKED: u8 = 3;

#[derive(Debug, Subcommand)]
pub enum GrantCommand {
    /// Give a user a level on a resource, in place of what was granted to them there.
    Set {
        /// The user's name.
        user: String,
        #[command(flatten)]
        grant: GrantArgs,
    },
    /// Take from a user what was granted to them on a resource. What roles grant stays.
    Revoke {
        /// The user's name.
        user: String,
        #[command(flatten)]
        resource: ResourceArgs,
    },
    /// List what is granted to a user, by themselves and through roles.
    List {
        /// The user's name.
        user: String,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Print what a user may do with a resource, with roles, default permission and all.
    Check {
        /// The user's name.
        user: String,
        #[command(flatten)]
        resource: ResourceArgs,
        /// End with status 0 if the user has at least this level, else with 3.
        #[arg(long, value_name = "LEVEL", value_parser = ["READ", "USE", "EDIT", "MANAGE"])]
        level: Option<String>,
    },
}
