//! What an app adds to a server: routes behind the gate, a word of its own in every decision, and layers around it all.

pub(crate) mod authorizer;
pub(crate) mod body;
pub(crate) mod layer;
pub(crate) mod route;

pub use authorizer::{AuthorizationRequest, Authorizer};
pub use body::{Body, BodyError};
pub use layer::{Layer, Next};
pub use route::{Call, Handler, Need, Route, Routes};
use std::sync::Arc;

/// Everything that an app adds at the gate.
#[derive(Default)]
pub struct Extension {
    pub authorizer: Option<Arc<dyn Authorizer>>,
    pub routes: Routes,
    /// The first is the outermost. What every request passes, as [`crate::layers`] says, stands before them.
    pub layers: Vec<Arc<dyn Layer>>,
}
