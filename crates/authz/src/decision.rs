//! From grants and requirements to yes or no.

use crate::{Action, Level, ResourceType, WILDCARD};

/// Where a grant is looked up: a type and an id, or [`WILDCARD`] for the type as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The type.
    pub kind: ResourceType,
    /// An id, or [`WILDCARD`].
    pub id: String,
}

impl Key {
    /// One resource of a type.
    pub fn new(kind: ResourceType, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }

    /// All of a type.
    pub fn any(kind: ResourceType) -> Self {
        Self::new(kind, WILDCARD)
    }
}

/// One grant of the caller, from any role that they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub kind: ResourceType,
    pub pattern: String,
    pub level: Level,
}

impl Grant {
    fn matches(&self, key: &Key) -> bool {
        self.kind == key.kind && self.kind.matches(&self.pattern, &key.id)
    }

    /// MANAGE of the workspace: its holder passes everywhere in it, DENY or not.
    pub(crate) fn is_workspace_admin(&self) -> bool {
        self.kind == ResourceType::Workspace && self.pattern == WILDCARD && self.level == Level::Manage
    }
}

/// A key, and the action that a grant found there has to allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    pub key: Key,
    pub action: Action,
}

/// One thing that an operation needs: a ladder of rungs, nearest first. The first rung on which the caller holds any
/// grant decides, also when it refuses what a later one would give. With no grant on any, the absent permission has to
/// allow the action of the last rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    nearest: Rung,
    farther: Vec<Rung>,
}

impl Requirement {
    pub fn new(action: Action, key: Key) -> Self {
        Self { nearest: Rung { key, action }, farther: Vec::new() }
    }

    /// Adds a rung with the same action as the nearest one.
    #[must_use]
    pub fn or(self, key: Key) -> Self {
        let action = self.nearest.action;
        self.or_with(action, key)
    }

    /// Adds a rung with an action of its own.
    #[must_use]
    pub fn or_with(mut self, action: Action, key: Key) -> Self {
        self.farther.push(Rung { key, action });
        self
    }

    /// All rungs, nearest first.
    pub fn rungs(&self) -> impl Iterator<Item = &Rung> {
        std::iter::once(&self.nearest).chain(&self.farther)
    }
}

/// What the server's configuration says about grants that are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// `default_permission` of the ini file: the floor of every positive grant.
    pub default_permission: Level,
    /// What holds where no rung has a grant: the default permission, or nothing in a workspace that must be joined.
    pub absent: Level,
}

impl Policy {
    /// The policy without workspaces: what nobody granted has the default permission.
    pub const fn with_default(default_permission: Level) -> Self {
        Self { default_permission, absent: default_permission }
    }
}

/// The level that the grants give at `key`; `None` where they are silent. DENY among several wins, else the highest.
pub fn permission_at<'g>(grants: impl IntoIterator<Item = &'g Grant>, key: &Key) -> Option<Level> {
    grants.into_iter().filter(|grant| grant.matches(key)).map(|grant| grant.level).reduce(fold)
}

/// What the grants let a user do at `key`: the level that a request would be judged by.
pub fn level_at(grants: &[Grant], key: &Key, policy: Policy) -> Level {
    if grants.iter().any(Grant::is_workspace_admin) {
        return Level::Manage;
    }
    permission_at(grants, key).unwrap_or(policy.absent).with_floor(policy.default_permission)
}

/// Two grants on one key.
pub(crate) const fn fold(a: Level, b: Level) -> Level {
    if matches!(a, Level::Deny) || matches!(b, Level::Deny) { Level::Deny } else { a.max(b) }
}

/// Whether the grants satisfy every requirement. Administrators of the server are not asked about here: they pass.
pub fn satisfied(requirements: &[Requirement], grants: &[Grant], policy: Policy) -> bool {
    grants.iter().any(Grant::is_workspace_admin)
        || requirements.iter().all(|requirement| satisfies(requirement, grants, policy))
}

fn satisfies(requirement: &Requirement, grants: &[Grant], policy: Policy) -> bool {
    let mut action = requirement.nearest.action;
    for rung in requirement.rungs() {
        action = rung.action;
        if let Some(level) = permission_at(grants, &rung.key) {
            return level.with_floor(policy.default_permission).allows(action);
        }
    }
    policy.absent.with_floor(policy.default_permission).allows(action)
}

#[cfg(test)]
#[path = "decision_tests.rs"]
mod tests;
