//! The gate: every request is authenticated, bound once, and decided here before a handler sees it. The only crate that
//! knows axum.
//!
//! A handler implements [`Handle`] for a row of the operation table and takes [`Authorized`] of that row, which only the
//! gate can make. What must not be possible does not compile:
//!
//! A row without a handler:
//! ```compile_fail,E0277
//! struct Service;
//! # impl gate::Resolve for Service {}
//! // `Service` handles no row at all, so there is nothing to mount.
//! fn mount(gate: gate::Gate, service: Service) { let _ = gate::router(gate, service); }
//! ```
//!
//! A handler under another row:
//! ```compile_fail,E0053
//! use operations::{GetRun, LogMetric, Operation};
//! struct Service;
//! impl gate::Handle<LogMetric> for Service {
//!     async fn handle(
//!         &self,
//!         call: gate::Authorized<GetRun>,
//!     ) -> model::Result<<LogMetric as Operation>::Output> {
//!         unreachable!()
//!     }
//! }
//! ```
//!
//! A forged authorization:
//! ```compile_fail,E0451
//! use operations::{GetRun, Query, messages::RunId};
//! let forged = gate::Authorized::<GetRun> {
//!     principal: identity::Principal::Anyone,
//!     input: Query(RunId::default()),
//!     visibility: authz::Visibility::All,
//! };
//! ```
//!
//! The same with the right types compiles, so that it is the rule that refuses the ones above:
//! ```
//! use operations::{LogMetric, Operation};
//! struct Service;
//! impl gate::Handle<LogMetric> for Service {
//!     async fn handle(
//!         &self,
//!         call: gate::Authorized<LogMetric>,
//!     ) -> model::Result<<LogMetric as Operation>::Output> {
//!         let (_caller, _input) = call.into_parts();
//!         Ok(operations::Json(operations::messages::Done {}))
//!     }
//! }
//! ```

mod authorized;
mod bind;
mod decide;
pub mod layers;
mod mount;
mod range;
mod reply;
mod resolve;

pub use authorized::{Authorized, Handle};
pub use mount::{Access, Gate, router};
pub use resolve::{Owner, Resolve};
