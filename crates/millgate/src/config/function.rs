//! `authorization_function` of the authentication settings: a function in Python that says who is calling (MLflow 3.17
//! `server/auth/__init__.py`, `get_auth_func`).

use super::error::ConfigError;
use super::section::Section;
use std::num::NonZeroU32;

const FUNCTION: &str = "authorization_function";
const CACHE: &str = "authorization_cache_seconds";
/// What MLflow's file of settings names: here it is done without Python.
const DEFAULT: &str = "mlflow.server.auth:authenticate_request_basic_auth";
const MAX_CACHE_SECONDS: u32 = 300;

/// The function, and for how long its word counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationFunction {
    /// `module:function`.
    pub name: String,
    /// For how many seconds the name of a user counts for requests that are the same; `None` for one request. Ours; MLflow asks
    /// each time.
    pub remember_for: Option<NonZeroU32>,
}

impl AuthorizationFunction {
    pub(super) fn read(main: &Section<'_>) -> Result<Option<Self>, ConfigError> {
        let remember_for = main.number(CACHE, 0..=MAX_CACHE_SECONDS)?.and_then(NonZeroU32::new);
        let name = main.nonempty(FUNCTION)?.filter(|name| name != DEFAULT);
        match name {
            None if remember_for.is_some() => Err(main.invalid(
                CACHE,
                "says for how long the word of an authorization_function counts, and there is none",
            )),
            None => Ok(None),
            Some(name) => match name.split_once(':') {
                Some((module, function)) if !module.is_empty() && !function.is_empty() => {
                    Ok(Some(Self { name, remember_for }))
                }
                _ => Err(main.invalid(FUNCTION, "must be module:function")),
            },
        }
    }
}
