//! The databases that we create are those that MLflow 3.17.2 creates.
//!
//! The references were read off databases made by Python MLflow through SQLAlchemy's introspection. Here is a module for each
//! kind of database that describes one in the same form. What the references do not tell has tests of its own beside them.

mod comparing;
mod mysql;
mod postgresql;
mod servers;
mod sqlite;

pub(crate) use mysql::tracking_differences as tracking_differences_on_mysql;
pub(crate) use postgresql::tracking_differences as tracking_differences_on_postgresql;
pub(crate) use sqlite::{Database, differences};
