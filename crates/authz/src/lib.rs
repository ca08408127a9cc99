//! Who may do what: levels, grants and requirements go in, a decision comes out. Pure functions, no I/O.
//!
//! The model is MLflow 3.17's (`server/auth/permissions.py`, `requirements.py`): a grant gives a [`Level`] on a resource type
//! and pattern; an operation states [`Requirement`]s, each a ladder of rungs; the first rung on which the caller holds a
//! grant decides.

mod decision;
mod level;
mod resource;
pub mod rules;
mod scope;
mod visibility;

pub use decision::{Grant, Key, Policy, Requirement, Rung, level_at, permission_at, satisfied};
pub use level::{Action, Level};
pub use resource::{ResourceType, WILDCARD};
pub use scope::Scope;
pub use visibility::{Listed, Sight, Visibility, sight, visibility, withheld};
