//! Runs Python plugins of MLflow's beside the server, in processes of their own.
//!
//! A [`Host`] keeps worker processes alive and hands them requests. The Python code of a worker (`python/millgate_host`) builds
//! the app as `mlflow server` would, but leaves what MLflow would do to the server's core, which it reaches over a socket of a
//! private [`Folder`]. What passes from one to the other and by which right is `gate`'s business.

mod authorize;
mod body;
mod error;
mod folder;
mod host;
mod interpreter;
mod output;
mod process;
mod proxy;
mod supervisor;
mod wire;

pub use error::HostError;
pub use folder::Folder;
pub use host::{Host, Settings, Task};
pub use interpreter::{EntryPoint, Load, Loaded, Python};
pub use wire::ServerFacts;
