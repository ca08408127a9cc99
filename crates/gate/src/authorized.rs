//! The proof that a request may be served, and the handlers that ask for it.

use authz::{ResourceType, Sight, Visibility};
use identity::Principal;
use model::{Actor, Error};
use operations::Operation;

/// Proof that the gate let this request for `O` through. Its fields are private and it has no public constructor.
pub struct Authorized<O: Operation> {
    principal: Principal,
    actor: Actor,
    input: O::Input,
    sight: Sight,
}

impl<O: Operation> Authorized<O> {
    pub(crate) fn new(principal: Principal, actor: Actor, input: O::Input, sight: Sight) -> Self {
        Self { principal, actor, input, sight }
    }

    /// Who is calling.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The caller as the audit knows them.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The input, exactly as it was authorized.
    pub fn input(&self) -> &O::Input {
        &self.input
    }

    /// Which rows a search may show, by the type that its row of the table lists. For a row that is no search that is
    /// nothing.
    pub fn visibility(&self, kind: ResourceType) -> &Visibility {
        self.sight.rows(kind)
    }

    /// Whether the answer must leave out the ids of a type that it mentions.
    pub fn withholds(&self, kind: ResourceType) -> bool {
        self.sight.withholds(kind)
    }

    pub fn into_parts(self) -> (Principal, O::Input) {
        (self.principal, self.input)
    }
}

/// The handler of one row of the operation table.
pub trait Handle<O: Operation>: Send + Sync + 'static {
    /// Serves a request that the gate let through.
    ///
    /// # Errors
    /// What the client is told.
    fn handle(&self, call: Authorized<O>) -> impl Future<Output = Result<O::Output, Error>> + Send;
}
