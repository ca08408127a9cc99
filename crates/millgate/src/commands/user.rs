//! `millgate user`.

use identity::passwords::check_username;
use serde::Serialize;

use super::ask::confirm;
use super::grant::{Held, held, held_table};
use super::password::NewPassword;
use super::table::{Table, harmless};
use super::{CommandError, Desk, say, say_json};
use crate::cli::{NewUserPasswordArgs, PasswordArgs, UserCommand};
use std::io::Write;
use store::auth::roles::Role;
use store::auth::users::StoredUser;

pub(super) async fn run(desk: &Desk, command: UserCommand) -> Result<(), CommandError> {
    match command {
        UserCommand::Create { name, admin, password } => create(desk, &name, admin, &password).await,
        UserCommand::List { json } => list(desk, json).await,
        UserCommand::Show { name, json } => show(desk, &name, json).await,
        UserCommand::Password { name, password } => set_password(desk, &name, &password).await,
        UserCommand::Promote { name } => {
            desk.users.set_admin(&desk.actor("millgate user promote"), &name, true).await?;
            say(&format!("'{}' is an administrator.", harmless(&name)))
        }
        UserCommand::Demote { name } => {
            desk.users.set_admin(&desk.actor("millgate user demote"), &name, false).await?;
            say(&format!("'{}' is a plain user.", harmless(&name)))
        }
        UserCommand::Disable { name } => {
            desk.users.set_disabled(&desk.actor("millgate user disable"), &name, true).await?;
            say(&format!("'{}' is disabled.", harmless(&name)))
        }
        UserCommand::Enable { name } => {
            desk.users.set_disabled(&desk.actor("millgate user enable"), &name, false).await?;
            say(&format!("'{}' is not disabled.", harmless(&name)))
        }
        UserCommand::Delete { name, yes } => {
            desk.users.get(&name).await?;
            confirm(&format!("the user '{}' with all grants", harmless(&name)), yes)?;
            desk.users.delete(&desk.actor("millgate user delete"), &name).await?;
            say(&format!("Deleted the user '{}'.", harmless(&name)))
        }
    }
}

async fn create(
    desk: &Desk,
    name: &str,
    admin: bool,
    args: &NewUserPasswordArgs,
) -> Result<(), CommandError> {
    // Nobody should think up a password for a name that cannot be.
    check_username(name).map_err(model::Error::from)?;
    let actor = desk.actor("millgate user create");
    let what = if admin { "administrator" } else { "user" };
    if args.without_password {
        desk.users.create_without_password(&actor, name, admin).await?;
        return say(&format!("Created the {what} '{}' without a password.", harmless(name)));
    }
    let password = NewPassword::take(&args.password, name, desk.policy, &*desk.entropy)?;
    desk.users.create(&actor, name, password.secret.expose(), admin).await?;
    report(&password, &format!("Created the {what} '{}'.", harmless(name)))
}

async fn set_password(desk: &Desk, name: &str, password: &PasswordArgs) -> Result<(), CommandError> {
    // Nobody should think up a password for a name that is misspelt.
    desk.users.get(name).await?;
    let password = NewPassword::take(password, name, desk.policy, &*desk.entropy)?;
    desk.users.set_password(&desk.actor("millgate user password"), name, password.secret.expose()).await?;
    report(&password, &format!("Changed the password of '{}'.", harmless(name)))
}

/// A script takes a generated password from standard output, so nothing else goes there.
fn report(password: &NewPassword, done: &str) -> Result<(), CommandError> {
    if !password.is_generated {
        return say(done);
    }
    writeln!(std::io::stderr(), "{done} The password is shown this once:")?;
    say(password.secret.expose())
}

/// A role that a user holds.
#[derive(Serialize)]
struct ShownRole<'a> {
    id: i64,
    name: &'a str,
    workspace: &'a str,
}

impl<'a> ShownRole<'a> {
    /// All but the role that holds the user's own grants.
    fn shared(roles: &'a [Role]) -> Vec<Self> {
        let shared = roles.iter().filter(|role| !role.is_a_users_own());
        shared.map(|role| Self { id: role.id, name: &role.name, workspace: &role.workspace }).collect()
    }
}

#[derive(Serialize)]
struct ShownUser<'a> {
    id: i64,
    username: &'a str,
    is_admin: bool,
    is_disabled: bool,
    roles: Vec<ShownRole<'a>>,
}

impl<'a> ShownUser<'a> {
    fn new(user: &'a StoredUser, roles: &'a [Role]) -> Self {
        Self {
            id: user.id.0,
            username: &user.username,
            is_admin: user.is_admin,
            is_disabled: user.is_disabled,
            roles: ShownRole::shared(roles),
        }
    }

    /// Roles of the workspace that is served go by their name alone.
    fn roles_in_words(&self) -> String {
        let words = self.roles.iter().map(|role| match role.workspace {
            identity::DEFAULT_WORKSPACE => role.name.to_owned(),
            workspace => format!("{} ({workspace})", role.name),
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

fn yes_or_no(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

#[derive(Serialize)]
struct UserList<'a> {
    users: Vec<ShownUser<'a>>,
}

async fn list(desk: &Desk, json: bool) -> Result<(), CommandError> {
    let listed = desk.users.list().await?;
    let users: Vec<ShownUser<'_>> = listed.iter().map(|(user, roles)| ShownUser::new(user, roles)).collect();
    if json {
        return say_json(&UserList { users });
    }
    let mut table = Table::new(["USER", "ADMIN", "ROLES"]);
    for user in &users {
        // A column of its own would say "no" for nearly all.
        let admin = match (user.is_admin, user.is_disabled) {
            (is_admin, false) => yes_or_no(is_admin),
            (true, true) => "yes, disabled",
            (false, true) => "no, disabled",
        };
        table.row([user.username, admin, &user.roles_in_words()]);
    }
    say(&table.to_string())
}

#[derive(Serialize)]
struct OneUser<'a> {
    #[serde(flatten)]
    user: ShownUser<'a>,
    permissions: Vec<Held<'a>>,
}

async fn show(desk: &Desk, name: &str, json: bool) -> Result<(), CommandError> {
    let (user, roles) = desk.users.get_with_roles(name).await?;
    let shown = OneUser { user: ShownUser::new(&user, &roles), permissions: held(&roles) };
    if json {
        return say_json(&shown);
    }
    let OneUser { user, permissions } = shown;
    say(&format!("User:   {}", harmless(user.username)))?;
    say(&format!("Admin:  {}", yes_or_no(user.is_admin)))?;
    if user.is_disabled {
        say("Disabled: nothing lets this user in.")?;
    }
    say(format!("Roles:  {}", harmless(&user.roles_in_words())).trim_end())?;
    if permissions.is_empty() {
        return Ok(());
    }
    say(&format!("\n{}", held_table(&permissions)))
}
