//! Which rows of a listing the caller may see, in a form that a database can apply.

use crate::decision::{Grant, Key, Policy, Requirement, fold, permission_at, satisfied};
use crate::{Action, Level, ResourceType, Scope, WILDCARD};
use std::collections::BTreeMap;

/// What a search may show. Every search of the store takes one, so that it cannot be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visibility {
    All,
    Nothing,
    /// Only the resources with these ids, in ascending order.
    Only(Vec<String>),
    /// All but the resources with these ids, in ascending order.
    AllExcept(Vec<String>),
}

/// Ids that a database looks up one by one sooner than it leafs through a table in the order of a page.
const FEW: usize = 2_000;

impl Visibility {
    /// Whether it names all that shows, and that is so little that a database should begin there.
    pub fn names_few(&self) -> bool {
        matches!(self, Self::Only(ids) if ids.len() <= FEW)
    }

    /// What both show. The ids of either may be in any order.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let sorted = |mut ids: Vec<String>| {
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        match (self, other) {
            (Self::Nothing, _) | (_, Self::Nothing) => Self::Nothing,
            (Self::All, Self::All) => Self::All,
            (Self::Only(ids), rows) | (rows, Self::Only(ids)) => {
                let ids = sorted(ids.iter().filter(|id| rows.shows(id)).cloned().collect());
                if ids.is_empty() { Self::Nothing } else { Self::Only(ids) }
            }
            (Self::AllExcept(ids), rows) | (rows, Self::AllExcept(ids)) => {
                let others = if let Self::AllExcept(others) = rows { others.as_slice() } else { &[] };
                let ids = sorted([ids.as_slice(), others].concat());
                if ids.is_empty() { Self::All } else { Self::AllExcept(ids) }
            }
        }
    }

    /// Whether it shows the resource.
    pub fn shows(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Only(ids) => ids.iter().any(|known| known == id),
            Self::AllExcept(ids) => !ids.iter().any(|known| known == id),
        }
    }
}

/// What an answer may show: of a listing which rows, by the type that their visibility speaks of; and of which types the
/// ids must be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    rows: Vec<(ResourceType, Visibility)>,
    /// Of the types that `rows` does not name.
    otherwise: Visibility,
    withheld: Vec<ResourceType>,
}

impl Sight {
    /// Everything: nothing restricts the caller.
    pub const fn all() -> Self {
        Self { rows: Vec::new(), otherwise: Visibility::All, withheld: Vec::new() }
    }

    /// No rows of any listing.
    pub const fn without_rows(withheld: Vec<ResourceType>) -> Self {
        Self { rows: Vec::new(), otherwise: Visibility::Nothing, withheld }
    }

    /// What of it credentials leave that are narrower than their user's rights.
    #[must_use]
    pub fn within(mut self, scope: &Scope, listed: &[Listed]) -> Self {
        let rows =
            listed.iter().map(|listed| (listed.kind, scope.narrow(listed.kind, self.rows(listed.kind))));
        self.rows = rows.collect();
        self.otherwise = Visibility::Nothing;
        self
    }

    /// What of it is left where of some types only these rows may show.
    #[must_use]
    pub fn narrowed(mut self, to: Vec<(ResourceType, Visibility)>) -> Self {
        if to.is_empty() {
            return self;
        }
        let rows = to.into_iter().map(|(kind, rows)| (kind, self.rows(kind).and(&rows)));
        self.rows = rows.collect();
        self.otherwise = Visibility::Nothing;
        self
    }

    /// What of it is left where the ids of a type must be left out of what the answer mentions.
    #[must_use]
    pub fn withholding(mut self, kind: ResourceType) -> Self {
        self.withheld.push(kind);
        self
    }

    /// The rows whose visibility speaks of `kind`.
    pub fn rows(&self, kind: ResourceType) -> &Visibility {
        self.rows.iter().find(|(of, _)| *of == kind).map_or(&self.otherwise, |(_, visibility)| visibility)
    }

    /// Whether the ids of a type, which the answer mentions, must be left out of it.
    pub fn withholds(&self, kind: ResourceType) -> bool {
        self.withheld.contains(&kind)
    }
}

/// Rows of a listing: the type whose ids say which of them show, and the type that they are of, where it is another one. A
/// DENY on that hides them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    pub kind: ResourceType,
    pub rows: Option<ResourceType>,
}

impl Listed {
    /// Every type that grants about the rows can be of.
    pub fn kinds(self) -> impl Iterator<Item = ResourceType> {
        std::iter::once(self.kind).chain(self.rows)
    }
}

/// What a listing of those rows may show, and must leave out of what it mentions.
///
/// `grants` must be all of the caller's on the workspace and on the types in question.
pub fn sight(listed: &[Listed], mentions: &[ResourceType], grants: &[Grant], policy: Policy) -> Sight {
    let rows = listed.iter().map(|Listed { kind, rows }| {
        let also = rows.map(|kind| Requirement::new(Action::NotDenied, Key::any(kind)));
        (*kind, visibility(*kind, also.as_slice(), grants, policy))
    });
    Sight { rows: rows.collect(), ..Sight::without_rows(withheld(mentions, grants, policy)) }
}

/// Those of the types that rows mention whose ids the caller may not see: where such a type is denied (MLflow 3.17
/// `_denied_sibling_tiers`).
///
/// `grants` must be all of the caller's on the workspace and on the types in question.
pub fn withheld(mentions: &[ResourceType], grants: &[Grant], policy: Policy) -> Vec<ResourceType> {
    let denied = |kind: &ResourceType| {
        !satisfied(&[Requirement::new(Action::NotDenied, Key::any(*kind))], grants, policy)
    };
    mentions.iter().copied().filter(denied).collect()
}

/// The rows of type `kind` that the grants let the caller read. A row without a grant falls back to the workspace grant,
/// then to the policy, as MLflow 3.17's listings do. When `also`, which does not vary by row, is not met, nothing shows.
///
/// `grants` must be all of the caller's on `kind`, on the workspace and on the types that `also` names.
pub fn visibility(kind: ResourceType, also: &[Requirement], grants: &[Grant], policy: Policy) -> Visibility {
    let workspace = Key::any(ResourceType::Workspace);
    if grants.iter().any(Grant::is_workspace_admin) {
        return Visibility::All;
    }
    if !satisfied(also, grants, policy) {
        return Visibility::Nothing;
    }
    let readable = |level: Level| level.with_floor(policy.default_permission).allows(Action::Read);

    let any = permission_at(grants, &Key::any(kind));
    let otherwise = readable(any.or_else(|| permission_at(grants, &workspace)).unwrap_or(policy.absent));

    let mut by_id: BTreeMap<&str, Level> = BTreeMap::new();
    if kind.has_ids() {
        for grant in grants.iter().filter(|grant| grant.kind == kind && grant.pattern != WILDCARD) {
            let level =
                by_id.get(grant.pattern.as_str()).map_or(grant.level, |known| fold(*known, grant.level));
            by_id.insert(&grant.pattern, level);
        }
    }
    let exceptions: Vec<String> = by_id
        .into_iter()
        .filter(|(_, level)| readable(any.map_or(*level, |any| fold(any, *level))) != otherwise)
        .map(|(id, _)| id.to_owned())
        .collect();
    match (otherwise, exceptions.is_empty()) {
        (true, true) => Visibility::All,
        (true, false) => Visibility::AllExcept(exceptions),
        (false, true) => Visibility::Nothing,
        (false, false) => Visibility::Only(exceptions),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows() -> impl Strategy<Value = Visibility> {
        let ids = || prop::collection::vec("[a-d]", 0..4);
        prop_oneof![
            Just(Visibility::All),
            Just(Visibility::Nothing),
            ids().prop_map(Visibility::Only),
            ids().prop_map(Visibility::AllExcept),
        ]
    }

    proptest! {
        #[test]
        fn both_show_what_each_of_them_shows(one in rows(), other in rows(), id in "[a-e]") {
            let both = one.and(&other);
            prop_assert_eq!(both.shows(&id), one.shows(&id) && other.shows(&id));
            prop_assert_eq!(&both, &other.and(&one));
            if let Visibility::Only(ids) | Visibility::AllExcept(ids) = both {
                prop_assert!(!ids.is_empty() && ids.is_sorted_by(|a, b| a < b));
            }
        }
    }
}
