//! Slows down who guesses passwords, without shutting out whose passwords they are.
//!
//! Each failed login costs a token of three buckets; all are full again after a minute without failures:
//!
//! | bucket of | tokens by default | stops |
//! | --- | ---: | --- |
//! | an account at one address | 10 | guessing one user's password |
//! | an address | 60 | trying a few passwords on many users |
//! | an account | 100 | guessing one user's password from many addresses |
//!
//! A login is refused unless all three have a token, so the question is whom an attacker could shut out by emptying them:
//!
//! * Whose password was verified before and has not changed never gets here: [`crate::verified`] knows it without hashing.
//! * The first bucket is emptied only at the address itself, so that an attacker elsewhere does not reach it.
//! * The other two do not count for an account at an address where it logged in before. Only a right password makes
//!   such a pair, and only one that had to be hashed, so that nobody can make many of them to push out others'.
//! * A login takes its token before its password is hashed and gets it back when the password was right: logins at the
//!   same time cannot all be the last one that is let through. Success gives back nothing else, or an attacker could refill
//!   an address with an account of their own.
//!
//! What remains: a user who has not logged in since the server started waits while an attacker at the same address guesses
//! that user's password or sprays, or while 100 failures a minute come for the account from everywhere.
//!
//! Names count as they were sent, whether or not there is such a user, so that refusals tell nothing. They are kept as
//! digests. An IPv6 client has a whole /64 to choose addresses from; that counts as one address.
//!
//! Memory is bounded by [`KEYS`] of each kind. The least used make room, but none that matters: a bucket without a failure in
//! the last minute is full, and failures are bounded by how many passwords are hashed in a minute, which takes about 0.1 s
//! of a core each. A refused login makes no key at all.

use hmac::{Hmac, KeyInit, Mac};
use model::{Entropy, Error, ErrorCode, Millis};
use quick_cache::unsync::Cache;
use sha2::Sha256;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keys of each kind that are kept: more than 64 cores can fail logins in a minute.
const KEYS: usize = 50_000;
const MINUTE: Millis = 60_000;
/// How often an account may fail from all addresses, in how often it may from one.
const ADDRESSES_PER_ACCOUNT: u32 = 10;

/// Failed logins that are let through in a minute, and at once after a quiet minute; 0 for any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureLimits {
    /// To one account from one address. Ten times as many from all addresses.
    pub account: u32,
    /// From one address, to whatever accounts.
    pub address: u32,
}

impl Default for FailureLimits {
    fn default() -> Self {
        Self { account: 10, address: 60 }
    }
}

/// Too many logins failed: the client should come back later (429).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many failed logins")]
pub struct Throttled {
    /// Seconds until another login is let through, at least 1.
    pub retry_after: u32,
}

impl Throttled {
    /// Waiting is never longer than the minute in which every bucket fills.
    fn after(wait: Millis) -> Self {
        let seconds = wait.clamp(1, MINUTE).unsigned_abs().div_ceil(1000);
        Self { retry_after: u32::try_from(seconds).unwrap_or(1) }
    }
}

impl From<Throttled> for Error {
    fn from(throttled: Throttled) -> Self {
        Self::new(ErrorCode::RequestLimitExceeded, "Too many failed logins. Please try again later.")
            .retry_after(throttled.retry_after)
    }
}

/// What counts as one client: an IPv4 address, or the first 64 bits of an IPv6 address. Without a connection there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Network(Option<IpAddr>);

impl Network {
    pub(crate) fn of(address: Option<IpAddr>) -> Self {
        Self(address.map(|address| match address.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
            v4 => v4,
        }))
    }
}

type Account = [u8; 32];
type Pair = (Account, Network);

/// What a failure costs, in milliseconds of the minute that a full bucket holds.
#[derive(Debug, Clone, Copy)]
struct Limit {
    cost: Millis,
}

impl Limit {
    fn per_minute(failures: u32) -> Option<Self> {
        MINUTE.checked_div(failures.into()).map(|cost| Self { cost: cost.max(1) })
    }
}

/// A bucket by what is missing in it: milliseconds until it is full.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    missing: Millis,
    at: Millis,
}

impl Bucket {
    /// A clock that was set back fills nothing, and stops nothing from being filled later.
    fn settle(&mut self, now: Millis) {
        self.missing = self.missing.saturating_sub(now.saturating_sub(self.at).max(0)).max(0);
        self.at = now;
    }
}

/// The buckets of one kind.
struct Buckets<K> {
    limit: Option<Limit>,
    by_key: Cache<K, Bucket>,
}

impl<K: Hash + Eq> Buckets<K> {
    fn new(failures: u32, keys: usize) -> Self {
        Self { limit: Limit::per_minute(failures), by_key: Cache::new(keys) }
    }

    /// Milliseconds until there is a token.
    fn wait(&mut self, key: &K, now: Millis) -> Option<Millis> {
        let limit = self.limit?;
        let mut bucket = self.by_key.get_mut(key)?;
        bucket.settle(now);
        Some(bucket.missing + limit.cost - MINUTE).filter(|wait| *wait > 0)
    }

    /// Takes a token, or what is left of one, and tells how much that was.
    fn take(&mut self, key: K, now: Millis) -> Millis {
        let Some(limit) = self.limit else { return 0 };
        if let Some(mut bucket) = self.by_key.get_mut(&key) {
            bucket.settle(now);
            let before = bucket.missing;
            bucket.missing = (before + limit.cost).min(MINUTE);
            return bucket.missing - before;
        }
        self.by_key.insert(key, Bucket { missing: limit.cost, at: now });
        limit.cost
    }

    /// Gives back what was taken and no more: whom an empty bucket does not stop would fill it for those whom it stops.
    fn give_back(&mut self, key: &K, taken: Millis, now: Millis) {
        if let Some(mut bucket) = self.by_key.get_mut(key) {
            bucket.settle(now);
            bucket.missing = (bucket.missing - taken).max(0);
        }
    }
}

struct Tables {
    pairs: Buckets<Pair>,
    addresses: Buckets<Network>,
    accounts: Buckets<Account>,
    /// Where accounts logged in.
    known: Cache<Pair, ()>,
}

/// A login that was let through and whose end is not known yet. Unless it is given back, it counts as failed.
#[derive(Debug)]
#[must_use]
pub(crate) struct Ticket {
    pair: Pair,
    /// What was taken from the buckets of the pair, the address and the account.
    taken: [Millis; 3],
}

/// See the module.
pub(crate) struct Throttle {
    /// Of the digests of names.
    digest_key: [u8; 32],
    tables: Mutex<Tables>,
}

impl Throttle {
    pub(crate) fn new(limits: FailureLimits, entropy: &dyn Entropy) -> Self {
        Self::with_keys(limits, KEYS, entropy)
    }

    fn with_keys(limits: FailureLimits, keys: usize, entropy: &dyn Entropy) -> Self {
        let mut digest_key = [0; 32];
        entropy.fill(&mut digest_key);
        let tables = Tables {
            pairs: Buckets::new(limits.account, keys),
            addresses: Buckets::new(limits.address, keys),
            accounts: Buckets::new(limits.account.saturating_mul(ADDRESSES_PER_ACCOUNT), keys),
            known: Cache::new(keys),
        };
        Self { digest_key, tables: Mutex::new(tables) }
    }

    /// Lets a login through whose password has to be hashed.
    ///
    /// # Errors
    /// [`Throttled`] when too many failed before.
    pub(crate) fn admit(&self, username: &str, network: Network, now: Millis) -> Result<Ticket, Throttled> {
        let account = self.account(username);
        let pair = (account, network);
        let mut tables = self.tables();
        let mut wait = tables.pairs.wait(&pair, now);
        if tables.known.get(&pair).is_none() {
            wait = wait.max(tables.addresses.wait(&network, now)).max(tables.accounts.wait(&account, now));
        }
        if let Some(wait) = wait {
            return Err(Throttled::after(wait));
        }
        let taken = [
            tables.pairs.take(pair, now),
            tables.addresses.take(network, now),
            tables.accounts.take(account, now),
        ];
        Ok(Ticket { pair, taken })
    }

    /// The password was right.
    pub(crate) fn succeeded(&self, ticket: &Ticket, now: Millis) {
        self.withdraw(ticket, now);
        self.tables().known.insert(ticket.pair, ());
    }

    /// Nobody looked at the password.
    pub(crate) fn withdraw(&self, Ticket { pair, taken }: &Ticket, now: Millis) {
        let (account, network) = pair;
        let [of_pair, of_address, of_account] = *taken;
        let mut tables = self.tables();
        tables.pairs.give_back(pair, of_pair, now);
        tables.addresses.give_back(network, of_address, now);
        tables.accounts.give_back(account, of_account, now);
    }

    /// Counts credentials that name no account.
    ///
    /// # Errors
    /// [`Throttled`] when too many logins failed from there before.
    pub(crate) fn unreadable(&self, network: Network, now: Millis) -> Result<(), Throttled> {
        let mut tables = self.tables();
        match tables.addresses.wait(&network, now) {
            Some(wait) => Err(Throttled::after(wait)),
            None => {
                tables.addresses.take(network, now);
                Ok(())
            }
        }
    }

    fn account(&self, username: &str) -> Account {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.digest_key).expect("a key of any length");
        mac.update(username.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // A bucket that is left half counted is a token too much or too few.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "throttle_tests.rs"]
mod tests;
