//! Users for whom somebody outside vouches: an issuer of tokens, a service that is asked, a proxy.
//!
//! A source knows whom it vouches for by a subject, which it never gives to anybody else, and by a name, which people and
//! administrators of the source may change (OpenID Connect Core 1.0, section 5.7). A subject is linked to a user once and stays
//! theirs. So nobody becomes a user of this server by being given that user's name elsewhere, unless the source is told to link
//! users who are here already.

use crate::audited::{Change, audited};
use crate::authenticate::{AuthenticatedUser, CredentialKind, Principal};
use crate::passwords::{check_username, unknown_password};
use crate::refusal::Refusal;
use futures::FutureExt;
use model::audit::Target;
use model::{Actor, Clock, Entropy, Error, ErrorCode};
use std::net::IpAddr;
use std::sync::Arc;
use store::Db;
use store::auth::external::{self, Subject};
use store::auth::roles;
use store::auth::users::{self, StoredUser};
use store::schema::DEFAULT_WORKSPACE;

/// Characters of a subject: the size of its column, and the limit of OpenID Connect Core 1.0, section 2, on `sub`.
const MAX_SUBJECT_CHARS: usize = 255;
/// Groups of one caller that are looked at. A directory that sends more sends a link to them instead.
pub(crate) const MAX_GROUPS: usize = 1_000;

/// What a source may do with users, and what the groups that it names bring.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExternalRules {
    pub new_users: NewUsers,
    pub existing_users: ExistingUsers,
    /// A role of the default workspace that new users are given for good, by name.
    pub default_role: Option<String>,
    /// Groups whose members are administrators for the request.
    pub admin_groups: Vec<String>,
    /// Roles of the default workspace, by name, that a group's members hold for the request.
    pub group_roles: Vec<(String, Vec<String>)>,
}

impl ExternalRules {
    /// Whether a group brings anything.
    pub(crate) fn knows(&self, group: &str) -> bool {
        self.admin_groups
            .iter()
            .chain(self.group_roles.iter().map(|(group, _)| group))
            .any(|known| known == group)
    }
}

/// Whether a source can bring users who are not here yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NewUsers {
    #[default]
    Refuse,
    Create,
}

/// Whether a source can vouch for users who are here already and whom it has not vouched for before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExistingUsers {
    #[default]
    Refuse,
    /// For those who are no administrators.
    Link,
    LinkAll,
}

/// For whom a source vouches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vouched {
    pub(crate) subject: String,
    pub(crate) username: String,
    pub(crate) groups: Vec<String>,
}

/// Finds and makes the users of one source.
#[derive(Clone)]
pub(crate) struct ExternalUsers {
    db: Db,
    source: String,
    rules: Arc<ExternalRules>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl ExternalUsers {
    /// `source` is what it is called in the database and the audit: at most 255 characters.
    pub(crate) fn new(
        db: Db,
        source: String,
        rules: ExternalRules,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { db, source, rules: Arc::new(rules), clock, entropy }
    }

    /// The user for whom the source vouches, with what their groups bring. One query for whom it vouched for before.
    pub(crate) async fn principal(
        &self,
        vouched: Vouched,
        address: Option<IpAddr>,
    ) -> Result<Principal, Refusal> {
        if vouched.subject.is_empty() || vouched.subject.chars().count() > MAX_SUBJECT_CHARS {
            return Err(Refusal::wrong("a subject of no or too many characters"));
        }
        let subject = Subject { source: self.source.clone(), name: vouched.subject.clone() };
        let user = match external::find(&self.db, &subject).await? {
            Some(user) => user,
            None => self.first_seen(&vouched.username, &subject, address).await?,
        };
        if user.is_disabled {
            return Err(Refusal::of(&user.username, "disabled user"));
        }
        Ok(Principal::User(self.with_groups(user, &vouched.groups)))
    }

    fn with_groups(&self, user: StoredUser, groups: &[String]) -> AuthenticatedUser {
        let is_member = |group: &String| groups.iter().take(MAX_GROUPS).any(|known| known == group);
        let brought = self.rules.group_roles.iter().filter(|(group, _)| is_member(group));
        let mut roles: Vec<String> = brought.flat_map(|(_, roles)| roles.iter().cloned()).collect();
        roles.sort_unstable();
        roles.dedup();
        AuthenticatedUser {
            id: user.id,
            username: user.username,
            is_admin: user.is_admin || self.rules.admin_groups.iter().any(is_member),
            roles,
            scope: None,
            credentials: CredentialKind::External,
        }
    }

    /// The user for a subject that is linked to none yet.
    async fn first_seen(
        &self,
        username: &str,
        subject: &Subject,
        address: Option<IpAddr>,
    ) -> Result<StoredUser, Refusal> {
        check_username(username).map_err(|_| Refusal::wrong("a name that no user can have"))?;
        // However the database compares names: who is called otherwise is somebody else.
        let known = users::find(&self.db, username).await?.filter(|user| user.username == username);
        match (&known, self.rules.existing_users, self.rules.new_users) {
            (None, _, NewUsers::Create) | (Some(_), ExistingUsers::LinkAll, _) => {}
            (Some(user), ExistingUsers::Link, _) if !user.is_admin => {}
            (None, _, NewUsers::Refuse) => return Err(Refusal::wrong("a user who is not known here")),
            (Some(user), ..) => {
                return Err(Refusal::of(&user.username, "a user whom this source may not vouch for"));
            }
        }
        let made = match known {
            Some(user) => self.link(user, subject, address).await,
            None => self.create(username, subject, address).await,
        };
        match made {
            Ok(user) => Ok(user),
            // Another request of theirs was faster, or it is somebody else's.
            Err(error) if error.code == ErrorCode::ResourceAlreadyExists => {
                external::find(&self.db, subject).await?.ok_or_else(|| {
                    Refusal::of(username, "a user who is linked to another subject of this source")
                })
            }
            Err(error) => {
                let source = &self.source;
                tracing::error!(%error, source, username, "the user could not be made or linked");
                // What is missing is missing here, such as the default role. Clients would take it for what they asked for.
                Err(match error.code {
                    ErrorCode::ResourceDoesNotExist => {
                        Error::internal("The user could not be made. The server's log says why.").into()
                    }
                    _ => error.into(),
                })
            }
        }
    }

    fn actor(&self, username: &str, address: Option<IpAddr>) -> Actor {
        Actor {
            username: Some(username.to_owned()),
            address,
            operation: "first login".into(),
            request_id: None,
            at: self.clock.now(),
        }
    }

    async fn link(
        &self,
        user: StoredUser,
        subject: &Subject,
        address: Option<IpAddr>,
    ) -> Result<StoredUser, Error> {
        let actor = self.actor(&user.username, address);
        let (subject, now) = (subject.clone(), actor.at);
        audited(&self.db, &actor, move |connection| {
            let (user, subject) = (user.clone(), subject.clone());
            async move {
                external::link(connection, &user, &subject, now).await?;
                let detail = format!("linked to '{}' of {}", subject.name, subject.source);
                let change = Change::new(Target::user(user.username.clone()), detail);
                Ok((user, vec![change]))
            }
            .boxed()
        })
        .await
    }

    async fn create(
        &self,
        username: &str,
        subject: &Subject,
        address: Option<IpAddr>,
    ) -> Result<StoredUser, Error> {
        let actor = self.actor(username, address);
        let (username, subject, now) = (username.to_owned(), subject.clone(), actor.at);
        let (hash, role) = (unknown_password(&*self.entropy), self.rules.default_role.clone());
        audited(&self.db, &actor, move |connection| {
            let (username, subject) = (username.clone(), subject.clone());
            let (hash, role) = (hash.clone(), role.clone());
            async move {
                users::create(connection, &username, &hash, false).await?;
                let user = users::get(connection, &username).await?;
                external::link(connection, &user, &subject, now).await?;
                let detail = format!("created for '{}' of {}", subject.name, subject.source);
                let mut changes = vec![Change::new(Target::user(username.clone()), detail)];
                if let Some(role) = role {
                    let role = roles::get_by_name(connection, DEFAULT_WORKSPACE, &role).await?;
                    roles::assign(connection, user.id, role.id).await?;
                    let detail = format!("role {} assigned", role.id);
                    changes.push(Change::new(Target::user(username), detail));
                }
                Ok((user, changes))
            }
            .boxed()
        })
        .await
    }
}

#[cfg(test)]
#[path = "external_tests.rs"]
mod tests;
