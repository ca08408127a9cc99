//! The gate: every request is authenticated, bound once, and decided here before a handler sees it. The only crate that
//! knows axum.
//!
//! A handler implements [`Handle`] for a row of the operation table and takes [`Authorized`] of that row, which only the
//! gate can make. What must not be possible does not compile:
//!
//! A service that lacks the handler of a single row, here of the first:
//! ```compile_fail
//! macro_rules! mount_with_all_but_the_first {
//!     ($first:ident $($row:ident)*) => {
//!         fn mount<S>(gate: gate::Gate, service: S, layers: gate::layers::Layers)
//!         where
//!             S: gate::Resolve $(+ gate::Handle<operations::$row>)*,
//!         {
//!             let _ = gate::front(gate, service, layers);
//!         }
//!     };
//! }
//! operations::for_each_operation!(mount_with_all_but_the_first);
//! ```
//!
//! A handler under another row:
//! ```compile_fail
//! use operations::{GetRun, LogMetric, Operation};
//! struct Service;
//! impl gate::Handle<LogMetric> for Service {
//!     async fn handle(&self, _: gate::Authorized<GetRun>) -> model::Result<<LogMetric as Operation>::Output> {
//!         Ok(operations::Json(operations::messages::Done {}))
//!     }
//! }
//! ```
//!
//! A forged authorization:
//! ```compile_fail
//! use operations::{GetRun, Query, messages::RunId};
//! let principal = identity::Principal::Anyone;
//! let input = Query(RunId::default());
//! let sight = authz::Sight::all();
//! let actor = model::Actor::local("forged", 0);
//! let forged = gate::Authorized::<GetRun> { principal, actor, input, sight };
//! ```
//!
//! The same without the fault compiles, so it is the fault that is refused above:
//! ```
//! use operations::{GetRun, LogMetric, Operation, Query, messages::RunId};
//!
//! macro_rules! mount_with_all {
//!     ($($row:ident)*) => {
//!         fn mount<S>(gate: gate::Gate, service: S, layers: gate::layers::Layers)
//!         where
//!             S: gate::Resolve $(+ gate::Handle<operations::$row>)*,
//!         {
//!             let _ = gate::front(gate, service, layers);
//!         }
//!     };
//! }
//! operations::for_each_operation!(mount_with_all);
//!
//! struct Service;
//! impl gate::Handle<LogMetric> for Service {
//!     async fn handle(&self, _: gate::Authorized<LogMetric>) -> model::Result<<LogMetric as Operation>::Output> {
//!         Ok(operations::Json(operations::messages::Done {}))
//!     }
//! }
//!
//! let principal = identity::Principal::Anyone;
//! let input = Query(RunId::default());
//! let sight = authz::Sight::all();
//! fn authorized_by_the_gate(call: gate::Authorized<GetRun>) -> (identity::Principal, Query<RunId>) {
//!     call.into_parts()
//! }
//! ```

mod authorized;
mod bind;
mod decide;
pub mod extension;
mod forms;
mod front;
mod hosted;
pub mod layers;
mod linger;
mod metered;
mod mount;
mod pages;
mod people;
mod range;
mod refused;
mod reply;
mod resolve;

pub use authorized::{Authorized, Handle};
pub use forms::Forms;
pub use front::{Connection, Front};
pub use hosted::{Forward, ForwardedBody, HostSecret, PREFIX as HOST_PREFIX, forwarding_front};
pub use mount::{Access, Gate, core_front, front};
pub use resolve::{Owner, Reach, Resolve, SourceOwner};
