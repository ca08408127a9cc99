//! A word of its own in every decision.

use authz::{Action, Requirement, ResourceType, Visibility};
use futures::future::BoxFuture;
use identity::Principal;
use model::Error;

/// Decides beside the grants who may do what.
///
/// It is asked about every request of a caller who is known, administrators included, also where nothing in particular is
/// needed. Routes that are open to everybody are not asked about.
pub trait Authorizer: Send + Sync + 'static {
    /// Whether its word stands in place of the grants and the default permission. Otherwise it is asked about what those
    /// allow, and can only refuse it. What takes an administrator or narrower credentials refuse is refused in either case.
    fn replaces_grants(&self) -> bool {
        false
    }

    /// Whether the caller may do this.
    ///
    /// # Errors
    /// When it cannot be found out: the client is told the error, and nothing is done.
    fn authorize<'a>(&'a self, request: AuthorizationRequest<'a>) -> BoxFuture<'a, Result<bool, Error>>;

    /// Which resources of a type a listing may show the caller, among those that the grants show. Those for which
    /// [`authorize`](Self::authorize) refuses reading belong out of it. It is asked too where an answer only mentions ids of the
    /// type, such as the runs that logged a model: unless all show, they are left out.
    ///
    /// # Errors
    /// As above.
    fn visible<'a>(
        &'a self,
        caller: &'a Principal,
        kind: ResourceType,
    ) -> BoxFuture<'a, Result<Visibility, Error>>;
}

/// What a caller wants to do.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationRequest<'a> {
    pub(crate) caller: &'a Principal,
    pub(crate) operation: &'a str,
    pub(crate) requirements: &'a [Requirement],
}

impl<'a> AuthorizationRequest<'a> {
    /// Who is calling.
    pub fn caller(&self) -> &'a Principal {
        self.caller
    }

    /// The name of the operation, such as `LogMetric`, or of an app's own route: its path.
    pub fn operation(&self) -> &'a str {
        self.operation
    }

    /// What the operation needs: for each thing the resources on which a right to the action is looked for, the nearest first. The
    /// id `*` stands for all of a type. What a run needs is looked for on runs, then on their experiment.
    pub fn needs(&self) -> impl Iterator<Item = Vec<(Action, ResourceType, &'a str)>> + 'a {
        let requirements = self.requirements;
        requirements.iter().map(|requirement| {
            let rungs = requirement.rungs();
            rungs.map(|rung| (rung.action, rung.key.kind, rung.key.id.as_str())).collect()
        })
    }
}
