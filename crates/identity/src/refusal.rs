//! Why an authenticator turns a request away that tries no password.

use crate::authenticate::{ClientAddress, Outcome, Rejection};
use crate::verified::Verifier;
use http::request::Parts;
use model::Error;
use std::net::IpAddr;
use store::StoreError;

/// What is wrong with credentials that are no password.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It could not be found out.
    Failed(Error),
    /// Nobody could tell, because somebody outside who is asked did not answer properly.
    Unavailable(&'static str),
    Wrong {
        /// The user whom it is about, if they are known.
        username: Option<String>,
        /// For the audit alone.
        problem: &'static str,
    },
}

impl Refusal {
    pub(crate) const fn wrong(problem: &'static str) -> Self {
        Self::Wrong { username: None, problem }
    }

    pub(crate) fn of(username: &str, problem: &'static str) -> Self {
        Self::Wrong { username: Some(username.to_owned()), problem }
    }

    /// Counts what is wrong as a failure of the address, never of the account: nobody can shut a user out with it.
    pub(crate) fn into_outcome(self, request: &Parts, verifier: &Verifier) -> Outcome {
        Outcome::Rejected(match self {
            Self::Failed(error) => Rejection::Failed(error),
            Self::Unavailable(problem) => Rejection::Unavailable { problem },
            Self::Wrong { username, problem } => match verifier.count_unreadable(address(request)) {
                Ok(()) => Rejection::WrongCredentials { username, problem },
                Err(throttled) => Rejection::Throttled { username, throttled },
            },
        })
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Where a request comes from.
pub(crate) fn address(request: &Parts) -> Option<IpAddr> {
    request.extensions.get::<ClientAddress>().map(|client| client.0)
}
