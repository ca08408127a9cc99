//! What a caller may do: their grants, read at every request, and the decision over them.

use crate::authenticate::Principal;
use authz::{
    Action, Key, Level, Policy, Requirement, ResourceType, Sight, Visibility, satisfied, visibility, withheld,
};
use futures::FutureExt;
use model::Error;
use model::user::UserId;
use store::Db;
use store::auth::grants;

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

    /// Whether the caller meets every requirement: one query, for the grants on the keys that the requirements name.
    ///
    /// # Errors
    /// When the database fails; nothing is allowed then.
    pub async fn allow(&self, caller: &Principal, requirements: &[Requirement]) -> Result<bool, Error> {
        let Some(user) = restricted(caller) else { return Ok(true) };
        let (kinds, ids) = keys(requirements);
        let grants = grants::on(&self.db, user, &kinds, &ids).await?;
        Ok(satisfied(requirements, &grants, self.policy))
    }

    /// Whether the caller administers the workspace. No default permission makes an administrator.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_workspace_admin(&self, caller: &Principal) -> Result<bool, Error> {
        let Some(user) = restricted(caller) else { return Ok(true) };
        let grants = grants::on(&self.db, user, &[], &[]).await?;
        let manage = Requirement::new(Action::Manage, Key::any(ResourceType::Workspace));
        Ok(satisfied(&[manage], &grants, Policy::with_default(Level::NoPermissions)))
    }

    /// What a listing of `kind` may show the caller, given requirements that do not vary by row and the types that its rows
    /// mention: one query.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sight(
        &self,
        caller: &Principal,
        kind: ResourceType,
        also: &[Requirement],
        mentions: &[ResourceType],
    ) -> Result<Sight, Error> {
        let Some(user) = restricted(caller) else { return Ok(Sight::of(Visibility::All)) };
        let (mut kinds, _) = keys(also);
        kinds.push(kind);
        kinds.extend_from_slice(mentions);
        let grants = grants::all(&self.db, user, &kinds).await?;
        Ok(Sight {
            rows: visibility(kind, also, &grants, self.policy),
            withheld: withheld(mentions, &grants, self.policy),
        })
    }

    /// Gives the creator of a resource MANAGE on it, after sweeping what grants an earlier resource of the same id left.
    ///
    /// # Errors
    /// When the database fails; the creation has failed then.
    pub async fn grant_creator(
        &self,
        creator: &Principal,
        kind: ResourceType,
        id: &str,
    ) -> Result<(), Error> {
        let Principal::User { id: user, .. } = creator else { return Ok(()) };
        let (user, id) = (*user, id.to_owned());
        let granted = self.db.write(move |connection| {
            let id = id.clone();
            async move {
                grants::sweep(connection, kind, &id).await?;
                grants::grant(connection, user, kind, &id, Level::Manage).await
            }
            .boxed()
        });
        Ok(granted.await?)
    }
}

/// The user whose grants are to be asked; `None` for one whom no grant restricts.
fn restricted(caller: &Principal) -> Option<UserId> {
    match caller {
        Principal::User { id, is_admin: false, .. } => Some(*id),
        Principal::Anyone | Principal::User { is_admin: true, .. } => None,
    }
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
