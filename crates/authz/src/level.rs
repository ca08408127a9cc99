//! Levels that a grant gives, and the actions that an operation asks for.

/// What a grant gives. The names are those of MLflow's REST API and of its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    Read,
    Use,
    Edit,
    Manage,
    /// An explicit refusal: within one key it wins over every other grant.
    Deny,
    /// Nothing. As a stored grant only older databases know it; as the default permission it closes what nobody granted.
    NoPermissions,
}

impl Level {
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Use, Self::Edit, Self::Manage, Self::Deny, Self::NoPermissions];

    /// The name that MLflow gives it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Use => "USE",
            Self::Edit => "EDIT",
            Self::Manage => "MANAGE",
            Self::Deny => "DENY",
            Self::NoPermissions => "NO_PERMISSIONS",
        }
    }

    /// The level of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }

    /// A level as stored. A word that this version does not know denies: what cannot be understood must not open a door.
    pub fn from_column(name: &str) -> Self {
        Self::from_name(name).unwrap_or(Self::Deny)
    }

    /// Whether the level satisfies `action`.
    pub const fn allows(self, action: Action) -> bool {
        match action {
            Action::Read => matches!(self, Self::Read | Self::Use | Self::Edit | Self::Manage),
            Action::Use | Action::Create => matches!(self, Self::Use | Self::Edit | Self::Manage),
            Action::Update => matches!(self, Self::Edit | Self::Manage),
            Action::Delete | Action::Manage => matches!(self, Self::Manage),
            Action::NotDenied => !matches!(self, Self::Deny),
        }
    }

    /// How much the level gives, for folding several grants on one key. DENY is below all, so that it never wins a
    /// maximum; the folds treat it before that.
    const fn rank(self) -> i8 {
        match self {
            Self::Deny => -1,
            Self::NoPermissions => 0,
            Self::Read => 1,
            Self::Use => 2,
            Self::Edit => 3,
            Self::Manage => 4,
        }
    }

    /// The higher of two levels.
    #[must_use]
    pub const fn max(self, other: Self) -> Self {
        if self.rank() >= other.rank() { self } else { other }
    }

    /// A positive grant never gives less than the default permission; a refusal stays one.
    #[must_use]
    pub const fn with_floor(self, default_permission: Self) -> Self {
        match self {
            Self::Deny | Self::NoPermissions => self,
            positive => positive.max(default_permission),
        }
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an operation does to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Read,
    Use,
    Update,
    Delete,
    Manage,
    /// Making a resource in a container. It gates on the container's USE, as MLflow's `can_use`.
    Create,
    /// A veto only: nothing positive is needed, but a DENY refuses.
    NotDenied,
}

impl Action {
    /// Its name in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Use => "use",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Manage => "manage",
            Self::Create => "create",
            Self::NotDenied => "not_denied",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_has_the_capabilities_of_mlflow_3_17() {
        use Action::{Create, Delete, Manage, NotDenied, Read, Update, Use};
        let table = [
            (Level::Read, vec![Read, NotDenied]),
            (Level::Use, vec![Read, Use, Create, NotDenied]),
            (Level::Edit, vec![Read, Use, Create, Update, NotDenied]),
            (Level::Manage, vec![Read, Use, Create, Update, Delete, Manage, NotDenied]),
            (Level::Deny, vec![]),
            (Level::NoPermissions, vec![NotDenied]),
        ];
        for (level, allowed) in table {
            for action in [Read, Use, Update, Delete, Manage, Create, NotDenied] {
                assert_eq!(level.allows(action), allowed.contains(&action), "{level} {action:?}");
            }
        }
    }

    #[test]
    fn a_stored_word_that_nobody_knows_denies() {
        assert_eq!(Level::from_column("OWNER"), Level::Deny);
        assert_eq!(Level::from_column("EDIT"), Level::Edit);
    }

    #[test]
    fn the_default_permission_lifts_a_positive_grant_but_never_a_refusal() {
        assert_eq!(Level::Read.with_floor(Level::Edit), Level::Edit);
        assert_eq!(Level::Manage.with_floor(Level::Read), Level::Manage);
        assert_eq!(Level::Deny.with_floor(Level::Manage), Level::Deny);
        assert_eq!(Level::NoPermissions.with_floor(Level::Manage), Level::NoPermissions);
    }
}
