//! What a caller may do: their grants, read at every request, and the decision over them.

use crate::audited::{Change, audited};
use crate::authenticate::{AuthenticatedUser, Principal};
use authz::{
    Key, Level, Listed, Policy, Requirement, ResourceType, Sight, WILDCARD, level_at, satisfied, sight,
    withheld,
};
use futures::FutureExt;
use model::audit::Target;
use model::{Actor, Error};
use store::Db;
use store::auth::holder::Holder;
use store::auth::roles::Standing;
use store::auth::users::StoredUser;
use store::auth::{grants, roles, tokens};

/// The rights that the authentication database gives.
#[derive(Debug, Clone)]
pub struct Rights {
    db: Db,
    policy: Policy,
}

impl Rights {
    pub fn new(db: Db, default_permission: Level) -> Self {
        Self { db, policy: Policy::with_default(default_permission) }
    }

    /// What an answer may show to a caller who meets every requirement; `None` for one who does not. One query, for the
    /// grants on the keys that the requirements name and on the types that the answer mentions. Grants on those are asked
    /// for as a whole, so they must be types without ids.
    ///
    /// # Errors
    /// When the database fails; nothing is allowed then.
    pub async fn allow(
        &self,
        caller: &Principal,
        requirements: &[Requirement],
        mentions: &[ResourceType],
    ) -> Result<Option<Sight>, Error> {
        if caller.scope().is_some_and(|scope| !scope.admits(requirements)) {
            return Ok(None);
        }
        let Some(holder) = asked_for_grants(caller) else { return Ok(Some(Sight::all())) };
        if requirements.is_empty() && mentions.is_empty() {
            return Ok(Some(Sight::without_rows(Vec::new())));
        }
        let (mut kinds, ids) = keys(requirements);
        kinds.extend_from_slice(mentions);
        let grants = grants::on(&self.db, holder, &kinds, &ids).await?;
        if !satisfied(requirements, &grants, self.policy) {
            return Ok(None);
        }
        Ok(Some(Sight::without_rows(withheld(mentions, &grants, self.policy))))
    }

    /// Whether the caller administers any workspace. No default permission makes an administrator.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn administers_a_workspace(&self, caller: &Principal) -> Result<bool, Error> {
        if caller.scope().is_some() {
            return Ok(false);
        }
        Ok(self.administered(caller).await?.is_none_or(|workspaces| !workspaces.is_empty()))
    }

    /// The workspaces that the caller administers; `None` for one whom nothing restricts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn administered(&self, caller: &Principal) -> Result<Option<Vec<String>>, Error> {
        let Some(holder) = restricted(caller) else { return Ok(None) };
        Ok(Some(roles::workspaces(&self.db, holder, Standing::Administrator).await?))
    }

    /// Whether the caller belongs to all the workspaces in the given way.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stands_in(
        &self,
        caller: &Principal,
        standing: Standing,
        workspaces: &[String],
    ) -> Result<bool, Error> {
        let Some(holder) = restricted(caller) else { return Ok(true) };
        let theirs = roles::workspaces(&self.db, holder, standing).await?;
        Ok(workspaces.iter().all(|workspace| theirs.contains(workspace)))
    }

    /// Whether the caller belongs in the given way to the workspaces of all the roles. One that does not exist is in none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stands_with_roles(
        &self,
        caller: &Principal,
        standing: Standing,
        ids: &[i64],
    ) -> Result<bool, Error> {
        let Some(holder) = restricted(caller) else { return Ok(true) };
        let within = roles::within(&self.db, holder, standing, ids).await?;
        Ok(ids.iter().all(|id| within.contains(id)))
    }

    /// Whether the caller belongs in the given way to the workspaces of the roles of all the grants, by the grants' ids.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stands_with_role_permissions(
        &self,
        caller: &Principal,
        standing: Standing,
        ids: &[i64],
    ) -> Result<bool, Error> {
        let Some(holder) = restricted(caller) else { return Ok(true) };
        let within = roles::permissions_within(&self.db, holder, standing, ids).await?;
        Ok(ids.iter().all(|id| within.contains(id)))
    }

    /// Whether the caller administers a workspace in which another user holds a role.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn administers_one_of(&self, caller: &Principal, username: &str) -> Result<bool, Error> {
        let Some(holder) = restricted(caller) else { return Ok(true) };
        Ok(roles::administers_one_of(&self.db, holder, username).await?)
    }

    /// Whether all the access tokens are the caller's own. One that does not exist is nobody's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn owns_tokens(&self, caller: &Principal, ids: &[i64]) -> Result<bool, Error> {
        let Some(username) = caller.username() else { return Ok(false) };
        let owners = tokens::owners(&self.db, ids).await?;
        Ok(ids.iter().all(|id| owners.iter().any(|(known, owner)| known == id && owner == username)))
    }

    /// What a user may do with a resource, or with all of its type, as a request of theirs would be judged.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn level_of(&self, user: &StoredUser, key: &Key) -> Result<Level, Error> {
        if user.is_admin {
            return Ok(Level::Manage);
        }
        let grants = grants::on(&self.db, user.id, &[key.kind], &[&key.id]).await?;
        Ok(level_at(&grants, key, self.policy))
    }

    /// What a listing may show to a caller who meets every requirement, and must leave out of what its rows mention; `None`
    /// for one who does not. One query.
    ///
    /// # Errors
    /// When the database fails; nothing is shown then.
    pub async fn sight(
        &self,
        caller: &Principal,
        requirements: &[Requirement],
        listed: &[Listed],
        mentions: &[ResourceType],
    ) -> Result<Option<Sight>, Error> {
        let scope = caller.scope();
        if scope.is_some_and(|scope| !scope.admits(requirements)) {
            return Ok(None);
        }
        let narrowed = |sight: Sight| match scope {
            Some(scope) => sight.within(scope, listed),
            None => sight,
        };
        let Some(holder) = asked_for_grants(caller) else { return Ok(Some(narrowed(Sight::all()))) };
        let (mut kinds, _) = keys(requirements);
        kinds.extend(listed.iter().flat_map(|listed| listed.kinds()));
        kinds.extend_from_slice(mentions);
        let grants = grants::all(&self.db, holder, &kinds).await?;
        let allowed = satisfied(requirements, &grants, self.policy);
        Ok(allowed.then(|| narrowed(sight(listed, mentions, &grants, self.policy))))
    }

    /// Gives the creator of a resource MANAGE on it, after sweeping what grants an earlier resource of the same id left, under
    /// each of the types `swept`.
    ///
    /// # Errors
    /// When the database fails; the creation has failed then.
    pub async fn grant_creator(
        &self,
        actor: &Actor,
        creator: &Principal,
        kind: ResourceType,
        id: &str,
        swept: &'static [ResourceType],
    ) -> Result<(), Error> {
        if id == WILDCARD {
            // Such a grant would speak of every resource of the type.
            return Err(Error::internal("A resource cannot be named like all of its type."));
        }
        let Principal::User(creator) = creator else { return Ok(()) };
        let (user, username, id) = (creator.id, creator.username.clone(), id.to_owned());
        audited(&self.db, actor, move |connection| {
            let (username, id) = (username.clone(), id.clone());
            async move {
                for kind in swept {
                    grants::sweep(connection, *kind, &id).await?;
                }
                grants::grant(connection, user, kind, &id, Level::Manage).await?;
                let detail = format!("user {username}: MANAGE, as its creator");
                Ok(((), vec![Change::new(Target::new(kind.as_str(), id), detail)]))
            }
            .boxed()
        })
        .await
    }

    /// Removes every role's grants on a resource, under each of the types.
    ///
    /// # Errors
    /// When the database fails; all are left then.
    pub async fn sweep(&self, actor: &Actor, kinds: &'static [ResourceType], id: &str) -> Result<(), Error> {
        if id == WILDCARD {
            // Grants with this pattern are about all resources, not about one that is named so.
            return Ok(());
        }
        let id = id.to_owned();
        audited(&self.db, actor, move |connection| {
            let id = id.clone();
            async move {
                let mut changes = Vec::new();
                for kind in kinds {
                    let swept = grants::sweep(connection, *kind, &id).await?;
                    if swept > 0 {
                        let target = Target::new(kind.as_str(), id.as_str());
                        changes.push(Change::new(target, format!("grants removed: {swept}")));
                    }
                }
                Ok(((), changes))
            }
            .boxed()
        })
        .await
    }

    /// Removes all that is held on an experiment which goes for good: every role's grants on it and on its scorers, and its place
    /// in access tokens that are bound to it. A token that is bound to nothing else is revoked.
    ///
    /// # Errors
    /// When the database fails; all is left then.
    pub async fn forget_experiment(&self, actor: &Actor, id: &str) -> Result<(), Error> {
        if id == WILDCARD {
            return Err(Error::internal("No experiment has the id that stands for all."));
        }
        let key = Key::new(ResourceType::Experiment, id);
        audited(&self.db, actor, move |connection| {
            let key = key.clone();
            async move {
                let mut changes = Vec::new();
                let swept = grants::sweep_experiment(connection, &key.id).await?;
                if swept > 0 {
                    let target = Target::new(key.kind.as_str(), key.id.as_str());
                    changes.push(Change::new(target, format!("grants removed: {swept}")));
                }
                for (token, revoked) in tokens::unbind(connection, &key).await? {
                    let done = if revoked { "revoked: it was bound to" } else { "no longer bound to" };
                    let detail = format!("user {}: {done} experiment {}", token.username, key.id);
                    changes.push(Change::new(Target::token(token.id), detail));
                }
                Ok(((), changes))
            }
            .boxed()
        })
        .await
    }

    /// Carries every role's grants from one id to another, under each of the types, in place of those that were on it.
    ///
    /// # Errors
    /// When the database fails; nothing is carried then.
    pub async fn carry(
        &self,
        actor: &Actor,
        kinds: &'static [ResourceType],
        from: &str,
        to: &str,
    ) -> Result<(), Error> {
        if from == WILDCARD || to == WILDCARD || from == to {
            return Ok(());
        }
        let (from, to) = (from.to_owned(), to.to_owned());
        audited(&self.db, actor, move |connection| {
            let (from, to) = (from.clone(), to.clone());
            async move {
                let mut changes = Vec::new();
                for kind in kinds {
                    let carried = grants::carry(connection, *kind, &from, &to).await?;
                    if carried > 0 {
                        let target = Target::new(kind.as_str(), to.as_str());
                        changes.push(Change::new(target, format!("grants carried from {from}: {carried}")));
                    }
                }
                Ok(((), changes))
            }
            .boxed()
        })
        .await
    }
}

/// Whose grants are to be asked; `None` for one whom no grant restricts. What a scope leaves of an administrator's rights is
/// not said here.
fn asked_for_grants(caller: &Principal) -> Option<Holder<'_>> {
    caller.user().filter(|user| !user.is_admin).map(AuthenticatedUser::holder)
}

/// Whose standing is to be asked; `None` for one whom nothing restricts. With narrower credentials an administrator stands
/// where any user would.
fn restricted(caller: &Principal) -> Option<Holder<'_>> {
    caller.user().filter(|_| !caller.is_unrestricted()).map(AuthenticatedUser::holder)
}

fn keys(requirements: &[Requirement]) -> (Vec<ResourceType>, Vec<&str>) {
    let keys = || requirements.iter().flat_map(Requirement::rungs).map(|rung| &rung.key);
    let mut kinds: Vec<ResourceType> = keys().map(|key| key.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut ids: Vec<&str> = keys().map(|key| key.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    (kinds, ids)
}
