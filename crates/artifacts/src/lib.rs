//! Artifacts: which paths and locations are acceptable, and where the files are kept.
//!
//! * [`SafePath`] is the only way to name an artifact, and [`SafePath::parse`] the only way to make one from what a
//!   client sent. What is authorized and what is opened are therefore the same path.
//! * [`location`] holds MLflow's rules about artifact locations: what an experiment may be given, how a run's location
//!   is derived from it, and which of them the server proxies.
//! * [`source`] holds MLflow's rules about the sources of model versions.
//! * [`Repository`] keeps the files: in a local directory ([`LocalRepository`]) or in an object store
//!   ([`ObjectRepository`], opened by [`ObjectStores`]).
//! * [`mime`] says how a download is labelled.

pub mod error;
pub mod local;
pub mod location;
pub mod mime;
pub mod object;
pub mod repository;
pub mod safe_path;
pub mod source;
mod uri;

pub use error::{Error, Result};
pub use local::LocalRepository;
pub use location::LocationRules;
pub use object::{ObjectRepository, ObjectStores};
pub use repository::{ByteRange, Download, FileInfo, Repository};
pub use safe_path::SafePath;
