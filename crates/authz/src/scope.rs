//! What credentials leave of their user's rights.

use crate::{Action, Key, Level, Requirement, ResourceType, Visibility, WILDCARD};

/// Rights of a user that the credentials of a request leave: up to a level, on some resources. It never adds any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    level: Level,
    /// Where the rights hold; everywhere if there are none.
    within: Vec<Key>,
}

impl Scope {
    /// Rights up to `level`: a positive one, as any other leaves none. Without resources they hold everywhere.
    pub fn new(level: Level, within: Vec<Key>) -> Self {
        Self { level, within }
    }

    /// Whether they hold everywhere, to whatever level.
    pub fn is_everywhere(&self) -> bool {
        self.within.is_empty()
    }

    /// Whether they go as far as an operation that needs `least` somewhere.
    pub fn reaches(&self, least: Level) -> bool {
        self.level.allows(Action::Read) && self.level.max(least) == self.level
    }

    #[doc(hidden)]
    /// Whether what the user may do is left of every requirement: the level allows each action, and the nearest or a farther
    /// resource is one of those named.
    pub fn admits(&self, requirements: &[Requirement]) -> bool {
        self.level.allows(Action::Read)
            && requirements.iter().all(|requirement| {
                requirement.rungs().all(|rung| self.level.allows(rung.action))
                    && (self.is_everywhere()
                        || requirement
                            .rungs()
                            .any(|rung| is_veto(rung.action, &rung.key) || self.names(&rung.key)))
            })
    }

    fn names(&self, key: &Key) -> bool {
        self.within.iter().any(|within| within.kind == key.kind && key.kind.matches(&within.id, &key.id))
    }

    #[doc(hidden)]
    /// Of the rows of a listing, by the type that their visibility speaks of, those that are left.
    #[must_use]
    pub fn narrow(&self, kind: ResourceType, rows: &Visibility) -> Visibility {
        if !self.level.allows(Action::Read) {
            return Visibility::Nothing;
        }
        if self.is_everywhere() || self.names(&Key::any(kind)) {
            return rows.clone();
        }
        let mut ids: Vec<String> = self
            .within
            .iter()
            .filter(|within| within.kind == kind && kind.has_ids() && within.id != WILDCARD)
            .map(|within| within.id.clone())
            .filter(|id| rows.shows(id))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() { Visibility::Nothing } else { Visibility::Only(ids) }
    }
}

/// A requirement that names no resource and only lets a DENY refuse, such as that on the versions of a model beside the one
/// on the model itself.
fn is_veto(action: Action, key: &Key) -> bool {
    action == Action::NotDenied && !key.kind.has_ids()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    fn scope(level: Level, within: &[(ResourceType, &str)]) -> Scope {
        Scope::new(level, within.iter().map(|(kind, id)| Key::new(*kind, *id)).collect())
    }

    const EXPERIMENT: ResourceType = ResourceType::Experiment;

    #[test]
    fn a_level_bounds_every_action() {
        for (level, action, admitted) in [
            (Level::Read, Action::Read, true),
            (Level::Read, Action::Update, false),
            (Level::Edit, Action::Update, true),
            (Level::Edit, Action::Delete, false),
            (Level::Manage, Action::Manage, true),
            (Level::Deny, Action::Read, false),
            (Level::NoPermissions, Action::NotDenied, false),
        ] {
            let asked = rules::experiment("7", action);
            assert_eq!(scope(level, &[]).admits(&asked), admitted, "{level} {action:?}");
            assert_eq!(scope(level, &[(EXPERIMENT, "7")]).admits(&asked), admitted, "{level} {action:?}");
        }
        assert!(
            scope(Level::Edit, &[]).reaches(Level::Edit) && !scope(Level::Edit, &[]).reaches(Level::Manage)
        );
        assert!(!scope(Level::Deny, &[]).reaches(Level::Read));
    }

    #[test]
    fn a_resource_brings_what_lies_in_it() {
        let within = rules::within_experiment("7", ResourceType::Run, Action::Update);
        assert!(scope(Level::Edit, &[(EXPERIMENT, "7")]).admits(&within));
        assert!(scope(Level::Edit, &[(EXPERIMENT, "*")]).admits(&within));
        assert!(!scope(Level::Edit, &[(EXPERIMENT, "8")]).admits(&within));
        // The experiment must be readable, too.
        assert!(!scope(Level::Edit, &[(ResourceType::Run, "*")]).admits(&within));
        let create = rules::create_in_experiment("7", ResourceType::Run);
        assert!(scope(Level::Edit, &[(EXPERIMENT, "7")]).admits(&create));
    }

    #[test]
    fn making_something_new_is_in_no_single_resource() {
        let new = rules::new_experiment();
        assert!(
            scope(Level::Edit, &[]).admits(&new) && scope(Level::Edit, &[(EXPERIMENT, "*")]).admits(&new)
        );
        assert!(!scope(Level::Edit, &[(EXPERIMENT, "7")]).admits(&new));
        assert!(!scope(Level::Edit, &[(EXPERIMENT, "7")]).admits(&rules::workspace(Action::Read)));
    }

    #[test]
    fn a_listing_shows_what_is_named_and_may_be_read() {
        let only = |ids: &[&str]| Visibility::Only(ids.iter().map(|id| (*id).to_owned()).collect());
        let narrow = |scope: &Scope, rows: &Visibility| scope.narrow(EXPERIMENT, rows);
        let two = scope(Level::Read, &[(EXPERIMENT, "8"), (EXPERIMENT, "7"), (ResourceType::Prompt, "7")]);
        assert_eq!(narrow(&two, &Visibility::All), only(&["7", "8"]));
        assert_eq!(narrow(&two, &only(&["8", "9"])), only(&["8"]));
        assert_eq!(narrow(&two, &Visibility::AllExcept(vec!["8".into()])), only(&["7"]));
        assert_eq!(narrow(&two, &Visibility::Nothing), Visibility::Nothing);
        assert_eq!(two.narrow(ResourceType::RegisteredModel, &Visibility::All), Visibility::Nothing);
        let all = scope(Level::Read, &[(EXPERIMENT, "*")]);
        assert_eq!(narrow(&all, &only(&["9"])), only(&["9"]));
        assert_eq!(narrow(&scope(Level::Read, &[]), &Visibility::All), Visibility::All);
        assert_eq!(narrow(&scope(Level::Deny, &[]), &Visibility::All), Visibility::Nothing);
    }
}
