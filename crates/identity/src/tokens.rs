//! Managing access tokens.

use crate::access_token::AccessToken;
use crate::audited::{Change, audited};
use crate::grants::{checked_kind_for_single_users, checked_pattern};
use authz::{Key, Level};
use futures::FutureExt;
use model::audit::Target;
use model::{Actor, Entropy, Error, Millis};
use std::num::NonZeroU32;
use std::sync::Arc;
use store::Db;
use store::auth::tokens::{self, NewToken, StoredToken};
use store::auth::users;

/// Characters of a token's name.
const MAX_NAME_CHARS: usize = 255;
/// Resources of one token.
const MAX_RESOURCES: usize = 100;
/// How far ahead a token may expire: ten years.
const MAX_DAYS: u32 = 3_650;
const MILLIS_PER_DAY: Millis = 24 * 3_600 * 1_000;
/// Levels that a token may have.
const LEVELS: [Level; 4] = [Level::Read, Level::Use, Level::Edit, Level::Manage];

/// The access tokens of users.
#[derive(Clone)]
pub struct Tokens {
    db: Db,
    entropy: Arc<dyn Entropy>,
    /// Days that a token may live at most.
    max_days: Option<NonZeroU32>,
}

/// What a token is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    pub name: String,
    /// As [`checked_token_level`] gives it.
    pub level: Level,
    /// As [`checked_token_resource`] gives them; without any the rights hold everywhere.
    pub resources: Vec<Key>,
    /// `None` for as long as is allowed.
    pub expires_at: Option<Millis>,
    /// When the credentials expire with which it is asked for: it does not outlive them. `None` for those that do not.
    pub not_after: Option<Millis>,
}

/// A token that was just made.
#[derive(Debug)]
pub struct IssuedToken {
    pub token: StoredToken,
    /// It must be shown now: it is not kept.
    pub secret: AccessToken,
}

impl Tokens {
    pub fn new(db: Db, entropy: Arc<dyn Entropy>, max_days: Option<NonZeroU32>) -> Self {
        Self { db, entropy, max_days }
    }

    /// Makes a token for a user.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE for a name of no or more than 255 characters or with control characters, more than 100
    /// resources, an expiry that is past or too far ahead, and when the user has 100 tokens; RESOURCE_ALREADY_EXISTS when they
    /// have one of the name; RESOURCE_DOES_NOT_EXIST when there is no such user.
    pub async fn create(
        &self,
        actor: &Actor,
        username: &str,
        request: TokenRequest,
    ) -> Result<IssuedToken, Error> {
        check_name(&request.name)?;
        if request.resources.len() > MAX_RESOURCES {
            return Err(Error::invalid(format!("An access token has at most {MAX_RESOURCES} resources.")));
        }
        let expires_at = self.expiry(request.expires_at, request.not_after, actor.at)?;
        let secret = AccessToken::generate(&*self.entropy);
        let new = Arc::new(NewToken {
            hash: secret.hash(),
            name: request.name,
            level: request.level,
            resources: request.resources,
            created_at: actor.at,
            expires_at,
        });
        let username = username.to_owned();
        let made = audited(&self.db, actor, move |connection| {
            let (username, new) = (username.clone(), Arc::clone(&new));
            async move {
                let user = users::get(connection, &username).await?;
                let id = tokens::create(connection, &user, &new).await?;
                let token = StoredToken {
                    id,
                    username: user.username,
                    name: new.name.clone(),
                    level: new.level,
                    resources: new.resources.clone(),
                    created_at: new.created_at,
                    expires_at: new.expires_at,
                    last_used_at: None,
                };
                let change = made(&token);
                Ok((token, vec![change]))
            }
            .boxed()
        });
        Ok(IssuedToken { token: made.await?, secret })
    }

    /// When a token that is made now expires.
    fn expiry(
        &self,
        asked: Option<Millis>,
        not_after: Option<Millis>,
        now: Millis,
    ) -> Result<Option<Millis>, Error> {
        let days = self.max_days.map_or(MAX_DAYS, |days| days.get().min(MAX_DAYS));
        let latest = now.saturating_add(Millis::from(days) * MILLIS_PER_DAY);
        match asked {
            None => Ok(self.max_days.map(|_| latest).into_iter().chain(not_after).min()),
            Some(at) if not_after.is_some_and(|end| at > end) => {
                Err(Error::invalid("An access token must not outlive the one with which it is made."))
            }
            Some(at) if at <= now => Err(Error::invalid("An access token must expire in the future.")),
            Some(at) if at > latest => {
                Err(Error::invalid(format!("An access token expires after {days} days at the latest.")))
            }
            Some(at) => Ok(Some(at)),
        }
    }

    /// The tokens of a user, or of all users, by id. Those that have expired are among them.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST when there is no such user.
    pub async fn list(&self, username: Option<&str>) -> Result<Vec<StoredToken>, Error> {
        let mut snapshot = self.db.snapshot().await?;
        let mut connection = snapshot.connection();
        let user = match username {
            Some(username) => Some(users::get(&mut connection, username).await?),
            None => None,
        };
        Ok(tokens::list(&mut connection, user.as_ref()).await?)
    }

    /// Revokes a token: the next request with it is refused. Gives what was known of it.
    ///
    /// # Errors
    /// RESOURCE_DOES_NOT_EXIST.
    pub async fn revoke(&self, actor: &Actor, id: i64) -> Result<StoredToken, Error> {
        audited(&self.db, actor, move |connection| {
            async move {
                let token = tokens::delete(connection, id).await?;
                let detail = format!("user {}: revoked '{}'", token.username, token.name);
                let change = Change::new(Target::token(id), detail);
                Ok((token, vec![change]))
            }
            .boxed()
        })
        .await
    }
}

fn made(token: &StoredToken) -> Change {
    let mut detail = format!("user {}: created '{}', {}", token.username, token.name, token.level);
    if let Some(at) = token.expires_at {
        detail.push_str(&format!(", until {at}"));
    }
    let resources: Vec<String> =
        token.resources.iter().map(|key| format!("{}/{}", key.kind, key.id)).collect();
    if !resources.is_empty() {
        detail.push_str(&format!(", on {}", resources.join(", ")));
    }
    Change::new(Target::token(token.id), detail)
}

fn check_name(name: &str) -> Result<(), Error> {
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
        return Err(Error::invalid(format!(
            "The name of an access token has between 1 and {MAX_NAME_CHARS} characters."
        )));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::invalid("The name of an access token must not contain control characters."));
    }
    Ok(())
}

/// The most that a token may do, by the name of a level.
///
/// # Errors
/// INVALID_PARAMETER_VALUE for anything but READ, USE, EDIT and MANAGE.
pub fn checked_token_level(name: &str) -> Result<Level, Error> {
    LEVELS.into_iter().find(|level| level.as_str() == name).ok_or_else(|| {
        Error::invalid(format!(
            "Invalid permission '{name}' for an access token. It must be READ, USE, EDIT or MANAGE."
        ))
    })
}

/// A resource to which a token is bound: of a type whose resources have ids, by id or name, or all of it by `*`. What lies in
/// a resource goes with it.
///
/// # Errors
/// INVALID_PARAMETER_VALUE.
pub fn checked_token_resource(kind: &str, pattern: &str) -> Result<Key, Error> {
    let kind = checked_kind_for_single_users(kind)?;
    if !kind.has_ids() {
        return Err(Error::invalid(format!(
            "An access token cannot be bound to resource_type='{kind}': its resources go with what they lie in."
        )));
    }
    checked_pattern(pattern, kind)?;
    Ok(Key::new(kind, pattern))
}

#[cfg(test)]
mod tests {
    use super::*;
    use authz::ResourceType;
    use model::SystemEntropy;
    use store::auth::audit::{Search, search};
    use store::schema::{Schema, prepare};
    use tempfile::TempDir;

    const NOW: Millis = 1_700_000_000_000;
    const DAY: Millis = MILLIS_PER_DAY;

    struct World {
        tokens: Tokens,
        db: Db,
        _folder: TempDir,
    }

    async fn world(max_days: u32) -> World {
        let folder = TempDir::new().unwrap();
        let uri = format!("sqlite:///{}", folder.path().join("auth.db").display()).parse().unwrap();
        let db = Db::open(&uri).await.unwrap();
        prepare(&db, Schema::Auth, &uri).await.unwrap();
        db.write(|connection| users::create(connection, "alice", "hash", false).boxed()).await.unwrap();
        let tokens = Tokens::new(db.clone(), Arc::new(SystemEntropy), NonZeroU32::new(max_days));
        World { tokens, db, _folder: folder }
    }

    fn actor() -> Actor {
        Actor::local("a test", NOW)
    }

    fn named(name: &str) -> TokenRequest {
        let (level, resources) = (Level::Read, Vec::new());
        TokenRequest { name: name.to_owned(), level, resources, expires_at: None, not_after: None }
    }

    async fn expiry(max_days: u32, asked: Option<Millis>) -> Result<Option<Millis>, String> {
        let world = world(max_days).await;
        let made =
            world.tokens.create(&actor(), "alice", TokenRequest { expires_at: asked, ..named("t") }).await;
        made.map(|made| made.token.expires_at).map_err(|error| error.message.into_owned())
    }

    #[tokio::test]
    async fn a_token_expires_in_the_future_and_not_too_late() {
        let ten_years = 3_650 * DAY;
        for (max_days, asked, expected) in [
            (0, None, Ok(None)),
            (0, Some(1), Ok(Some(NOW + 1))),
            (0, Some(0), Err("in the future")),
            (0, Some(-NOW), Err("in the future")),
            (0, Some(ten_years), Ok(Some(NOW + ten_years))),
            (0, Some(ten_years + 1), Err("after 3650 days")),
            (0, Some(Millis::MAX - NOW), Err("after 3650 days")),
            (30, None, Ok(Some(NOW + 30 * DAY))),
            (30, Some(30 * DAY), Ok(Some(NOW + 30 * DAY))),
            (30, Some(30 * DAY + 1), Err("after 30 days")),
            (100_000, None, Ok(Some(NOW + ten_years))),
        ] {
            let found = expiry(max_days, asked.map(|ahead| NOW + ahead)).await;
            match (&found, expected) {
                (Err(message), Err(words)) => assert!(message.contains(words), "{message}"),
                _ => assert_eq!(found, expected.map_err(str::to_owned), "{max_days} {asked:?}"),
            }
        }
    }

    #[tokio::test]
    async fn a_token_does_not_outlive_the_one_with_which_it_is_made() {
        let World { tokens, _folder, .. } = world(0).await;
        let until = |asked| TokenRequest { expires_at: asked, not_after: Some(NOW + 10), ..named("t") };
        let late = tokens.create(&actor(), "alice", until(Some(NOW + 11))).await.unwrap_err();
        assert!(late.message.contains("outlive"), "{late:?}");
        let made = tokens.create(&actor(), "alice", until(None)).await.unwrap();
        assert_eq!(made.token.expires_at, Some(NOW + 10));
    }

    #[tokio::test]
    async fn what_was_done_is_in_the_audit_without_the_secret() {
        let World { tokens, db, _folder } = world(0).await;
        let resources = vec![Key::new(ResourceType::Experiment, "7"), Key::any(ResourceType::Prompt)];
        let request = TokenRequest { resources, expires_at: Some(NOW + 5), ..named("ci") };
        let made = tokens.create(&actor(), "alice", request).await.unwrap();
        let id = made.token.id;
        assert_eq!(tokens.list(Some("alice")).await.unwrap(), [made.token]);
        assert_eq!(tokens.revoke(&actor(), id).await.unwrap().name, "ci");
        assert!(tokens.list(None).await.unwrap().is_empty());
        assert!(tokens.revoke(&actor(), id).await.is_err() && tokens.list(Some("bob")).await.is_err());
        let (found, _) = search(&db, &Search { limit: 10, ..Search::default() }).await.unwrap();
        let said: Vec<_> = found.iter().map(|recorded| recorded.event.detail.as_str()).collect();
        assert_eq!(
            said,
            [
                "user alice: revoked 'ci'",
                &format!("user alice: created 'ci', READ, until {}, on experiment/7, prompt/*", NOW + 5),
            ]
        );
        let targets: Vec<_> = found.into_iter().map(|recorded| recorded.event.target.unwrap()).collect();
        assert_eq!(targets, [Target::new("token", id.to_string()), Target::new("token", id.to_string())]);
        let debug = format!("{:?}", made.secret);
        assert!(!debug.contains("mgt_"), "{debug}");
    }

    #[tokio::test]
    async fn names_and_resources_have_bounds() {
        let World { tokens, .. } = world(0).await;
        let create = async |name: &str, resources| {
            let request = TokenRequest { resources, ..named(name) };
            tokens.create(&actor(), "alice", request).await.map(drop)
        };
        for name in ["", &"x".repeat(256), "a\nb", "a\0b", "\u{85}"] {
            assert!(create(name, Vec::new()).await.is_err(), "{name:?}");
        }
        for name in ["x", &"\u{fc}".repeat(255), "CI of the \u{1f525} team", " "] {
            assert_eq!(create(name, Vec::new()).await, Ok(()), "{name:?}");
        }
        let key = Key::new(ResourceType::Experiment, "7");
        assert_eq!(create("hundred", vec![key.clone(); 100]).await, Ok(()));
        assert!(create("more", vec![key; 101]).await.is_err());
    }

    #[test]
    fn levels_and_resources_are_those_that_a_token_can_be_bound_to() {
        for level in ["READ", "USE", "EDIT", "MANAGE"] {
            assert_eq!(checked_token_level(level).map(Level::as_str), Ok(level));
        }
        for level in ["", "read", "DENY", "NO_PERMISSIONS", "OWNER"] {
            assert!(checked_token_level(level).is_err(), "{level}");
        }
        for (kind, id) in
            [("experiment", "7"), ("experiment", "*"), ("registered_model", "a/b"), ("scorer", "1/x")]
        {
            let key = checked_token_resource(kind, id).unwrap();
            assert_eq!((key.kind.as_str(), key.id.as_str()), (kind, id));
        }
        for (kind, id) in [
            ("experiment", "07"),
            ("experiment", ""),
            ("Experiment", "7"),
            ("run", "*"),
            ("workspace", "*"),
            ("registered_model_version", "*"),
            ("scorer", "1"),
            ("", "*"),
        ] {
            assert!(checked_token_resource(kind, id).is_err(), "{kind} {id}");
        }
    }
}
