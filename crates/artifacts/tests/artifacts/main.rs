//! The repositories against what keeps their files.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do; clippy exempts only the test functions"
)]

mod contract;
mod faults;
mod local;

use std::collections::BTreeMap;

use artifacts::ObjectStores;
use artifacts::object::Patience;

/// No store that could be reached.
fn no_stores() -> ObjectStores {
    ObjectStores::new(BTreeMap::new(), Patience::default())
}
