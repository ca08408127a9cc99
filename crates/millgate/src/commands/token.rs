//! `millgate token`.

use std::io::Write;
use std::time::Duration;

use authz::Key;
use identity::{IssuedToken, TokenRequest, checked_token_level, checked_token_resource};
use model::{Actor, Error, Millis};
use serde::Serialize;
use store::auth::tokens::StoredToken;

use super::table::{Table, harmless};
use super::{CommandError, Desk, say, say_json};
use crate::cli::TokenCommand;

pub(super) async fn run(desk: &Desk, command: TokenCommand) -> Result<(), CommandError> {
    match command {
        TokenCommand::Create { user, name, level, resources, expires_in } => {
            let actor = desk.actor("millgate token create");
            let request = TokenRequest {
                name,
                level: checked_token_level(&level)?,
                resources: resources.iter().map(|text| resource(text)).collect::<Result<_, _>>()?,
                expires_at: expires_in.map(|time| after(&actor, time)),
                not_after: None,
            };
            create(desk, &actor, &user, request).await
        }
        TokenCommand::List { user, json } => list(desk, user.as_deref(), json).await,
        TokenCommand::Revoke { id } => {
            let token = desk.tokens.revoke(&desk.actor("millgate token revoke"), id).await?;
            let (name, user) = (harmless(&token.name), harmless(&token.username));
            say(&format!("Revoked the access token '{name}' of '{user}'."))
        }
    }
}

fn after(actor: &Actor, time: Duration) -> Millis {
    actor.at.saturating_add(Millis::try_from(time.as_millis()).unwrap_or(Millis::MAX))
}

/// `TYPE/ID`; ids may hold a slash, types do not.
fn resource(text: &str) -> Result<Key, Error> {
    let (kind, id) = text
        .split_once('/')
        .ok_or_else(|| Error::invalid(format!("--resource: '{text}' is not of the form TYPE/ID")))?;
    checked_token_resource(kind, id)
}

/// A script takes the token from standard output, so nothing else goes there.
async fn create(desk: &Desk, actor: &Actor, user: &str, request: TokenRequest) -> Result<(), CommandError> {
    let IssuedToken { token, secret } = desk.tokens.create(actor, user, request).await?;
    writeln!(
        std::io::stderr(),
        "Created the access token '{}' of '{}' with the id {}, {}. It is shown this once:",
        harmless(&token.name),
        harmless(&token.username),
        token.id,
        expiry(&token),
    )?;
    say(secret.expose())
}

fn expiry(token: &StoredToken) -> String {
    token
        .expires_at
        .map_or_else(|| "which does not expire".to_owned(), |at| format!("which expires at {}", in_utc(at)))
}

/// In UTC, to the minute.
fn in_utc(at: Millis) -> String {
    match time::OffsetDateTime::from_unix_timestamp(at.div_euclid(1_000)) {
        Ok(at) => format!(
            "{:04}-{:02}-{:02} {:02}:{:02} UTC",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute()
        ),
        // Past the year 9999; only another program could write that.
        Err(_) => at.to_string(),
    }
}

#[derive(Serialize)]
struct ShownResource<'a> {
    resource_type: &'a str,
    resource_id: &'a str,
}

/// A token in the words of the REST API.
#[derive(Serialize)]
struct ShownToken<'a> {
    token_id: i64,
    username: &'a str,
    name: &'a str,
    permission: &'a str,
    resources: Vec<ShownResource<'a>>,
    creation_time: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_time: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_time: Option<Millis>,
}

impl<'a> From<&'a StoredToken> for ShownToken<'a> {
    fn from(token: &'a StoredToken) -> Self {
        let shown = |key: &'a Key| ShownResource { resource_type: key.kind.as_str(), resource_id: &key.id };
        Self {
            token_id: token.id,
            username: &token.username,
            name: &token.name,
            permission: token.level.as_str(),
            resources: token.resources.iter().map(shown).collect(),
            creation_time: token.created_at,
            expiration_time: token.expires_at,
            last_used_time: token.last_used_at,
        }
    }
}

#[derive(Serialize)]
struct TokenList<'a> {
    tokens: Vec<ShownToken<'a>>,
}

async fn list(desk: &Desk, user: Option<&str>, json: bool) -> Result<(), CommandError> {
    let tokens = desk.tokens.list(user).await?;
    if json {
        return say_json(&TokenList { tokens: tokens.iter().map(ShownToken::from).collect() });
    }
    let mut table = Table::new(["ID", "USER", "NAME", "LEVEL", "RESOURCES", "EXPIRES", "LAST USED"]);
    let or_dash = |at: Option<Millis>| at.map_or_else(|| "-".to_owned(), in_utc);
    for token in &tokens {
        let resources: Vec<String> =
            token.resources.iter().map(|key| format!("{}/{}", key.kind, key.id)).collect();
        let resources = if resources.is_empty() { "-".to_owned() } else { resources.join(", ") };
        table.row([
            &token.id.to_string(),
            &token.username,
            &token.name,
            token.level.as_str(),
            &resources,
            &or_dash(token.expires_at),
            &or_dash(token.last_used_at),
        ]);
    }
    say(&table.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_in_utc() {
        assert_eq!(in_utc(1_700_000_000_000), "2023-11-14 22:13 UTC");
        assert_eq!(in_utc(-1), "1969-12-31 23:59 UTC");
        assert_eq!(in_utc(Millis::MAX), Millis::MAX.to_string());
    }
}
