//! The grammar as clients see it: tables of what MLflow 3.17 accepts and refuses, and properties of any text.

mod experiments;
mod logged_models;
mod order_by;
mod properties;
mod refusals;
mod registry;
mod runs;
