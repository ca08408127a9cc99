//! An authenticator of somebody else, within the bounds of ours.

use crate::authenticate::{Authenticator, Outcome, Rejection};
use crate::refusal::address;
use crate::verified::Verifier;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::request::Parts;
use std::sync::Arc;
use std::time::Duration;

/// How long it may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Gives an authenticator a time-out, and throttles the addresses whose credentials it finds wrong.
pub struct Guest {
    authenticator: Arc<dyn Authenticator>,
    verifier: Verifier,
}

impl Guest {
    /// Failures are counted by `verifier`, by the address alone.
    pub fn new(authenticator: Arc<dyn Authenticator>, verifier: Verifier) -> Self {
        Self { authenticator, verifier }
    }
}

impl Authenticator for Guest {
    fn authenticate<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Outcome> {
        async move {
            match tokio::time::timeout(TIMEOUT, self.authenticator.authenticate(request)).await {
                Ok(Outcome::Rejected(Rejection::WrongCredentials { username, problem })) => {
                    Outcome::Rejected(match self.verifier.count_unreadable(address(request)) {
                        Ok(()) => Rejection::WrongCredentials { username, problem },
                        Err(throttled) => Rejection::Throttled { username, throttled },
                    })
                }
                Ok(outcome) => outcome,
                Err(_) => {
                    Outcome::Rejected(Rejection::Unavailable { problem: "an authenticator took too long" })
                }
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::test_world::{World, request, said};

    /// Finds everything wrong, or never says anything.
    struct Says(bool);

    impl Authenticator for Says {
        fn authenticate<'a>(&'a self, _: &'a Parts) -> BoxFuture<'a, Outcome> {
            if self.0 {
                return std::future::pending().boxed();
            }
            let rejection = Rejection::WrongCredentials { username: None, problem: "wrong" };
            std::future::ready(Outcome::Rejected(rejection)).boxed()
        }
    }

    #[tokio::test]
    async fn what_it_finds_wrong_is_throttled_by_the_address() {
        let world = World::new().await;
        let guest = Guest::new(Arc::new(Says(false)), world.verifier.clone());
        for _ in 0..5 {
            assert_eq!(said(guest.authenticate(&request("192.0.2.1", &[])).await), "wrong: nobody");
        }
        assert_eq!(said(guest.authenticate(&request("192.0.2.1", &[])).await), "throttled: None");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_never_answers_lets_nobody_in() {
        let world = World::new().await;
        let guest = Guest::new(Arc::new(Says(true)), world.verifier.clone());
        let told = said(guest.authenticate(&request("192.0.2.1", &[])).await);
        assert_eq!(told, "unavailable: an authenticator took too long");
    }
}
