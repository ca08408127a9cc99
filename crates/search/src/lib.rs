//! The filter and order_by grammar of MLflow's searches, and its page tokens. Pure: text in, AST out.
//!
//! Source of the rules: MLflow 3.17 `utils/search_utils.py` and what `sqlalchemy_store.py` refuses on top of it. A
//! filter that MLflow accepts with a plain meaning means the same here. What differs:
//!
//! * Wider: keywords are case-insensitive everywhere and may stand apart by any white space; a filter of white space
//!   alone is empty; `1e+20` and `5.e3` are numbers; a key without quotes may be any word or dotted words (`tags.from`,
//!   `metrics.acc.2`).
//! * Narrower, where MLflow answers by accident or fails in the database: a key of quoted and unquoted parts
//!   (`tags.a."b"`), white space beside the dot, an empty unquoted key, strings without a comma between them in a list
//!   or with a Python prefix (`r'a'`), a list after another comparator than IN, nested parentheses, a NUL, a number that its column cannot hold.
//! * Before ASC or DESC, MLflow takes backslashes and doubled quotes out of a quoted key, as a shell would. Here a key is
//!   what stands between its quotes, as it is in a filter.
//! * Limits: see [`limits`].
//!
//! As in MLflow, conditions are joined by AND, which may be left out, doubled, or stand at either end. There is no OR
//! and no nesting. A string holds exactly what stands between its quotes; a doubled quote or `\'` inside does not end
//! it, and stays as written. Strings in a list are Python's instead: `\'` is a quote, `\n` a line feed.
//!
//! One module per searchable entity, all over the same lexer and clauses: [`runs`], [`experiments`],
//! [`logged_models`], [`registered_models`], [`model_versions`].

mod ast;
mod clause;
mod error;
pub mod experiments;
mod lexer;
pub mod limits;
mod list;
pub mod logged_models;
pub mod model_versions;
mod named;
mod operand;
pub mod page_token;
mod prompts;
pub mod registered_models;
pub mod runs;

pub use ast::{Comparator, Kind, Value};
pub use error::SearchError;
