//! Time and randomness, passed in so that tests can set the one and repeat the other.

use std::sync::Arc;

/// Milliseconds since the Unix epoch, as MLflow stores time.
pub type Millis = i64;

/// A source of the current time.
pub trait Clock: Send + Sync + 'static {
    /// Wall-clock time in milliseconds since the Unix epoch.
    fn now(&self) -> Millis;
}

/// A source of unpredictable bytes.
pub trait Entropy: Send + Sync + 'static {
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Millis {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        // A clock before 1970 reads as 1970; one past the year 292,000,000 as the last millisecond that fits.
        since_epoch.map_or(0, |elapsed| Millis::try_from(elapsed.as_millis()).unwrap_or(Millis::MAX))
    }
}

/// The operating system's random number generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's randomness")]
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness no id, salt or password is safe to make. getrandom fails only on systems without a
        // generator, where going on would be worse than ending.
        if let Err(error) = getrandom::fill(bytes) {
            #[expect(clippy::panic, reason = "see above")]
            {
                panic!("the system gives no randomness: {error}");
            }
        }
    }
}

impl<T: Clock + ?Sized> Clock for Arc<T> {
    fn now(&self) -> Millis {
        (**self).now()
    }
}

impl<T: Entropy + ?Sized> Entropy for Arc<T> {
    fn fill(&self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}

/// A random version 4 UUID as 32 hexadecimal digits: the form of MLflow's run, dataset and input ids.
pub fn uuid_hex(entropy: &dyn Entropy) -> String {
    let mut bytes = [0u8; 16];
    entropy.fill(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    crate::hex(&bytes)
}

/// A random version 4 UUID with dashes: the form of MLflow's webhook ids.
pub fn uuid(entropy: &dyn Entropy) -> String {
    let mut id = uuid_hex(entropy);
    // Each behind what the ones before it moved; the digits are ASCII.
    for position in [8, 13, 18, 23] {
        id.insert(position, '-');
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_32_hex_digits_of_version_4() {
        let id = uuid_hex(&SystemEntropy);
        assert_eq!(id.len(), 32);
        assert!(id.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()));
        assert_eq!(id.as_bytes()[12], b'4');
        assert!(b"89ab".contains(&id.as_bytes()[16]));
    }

    #[test]
    fn a_uuid_with_dashes_has_them_in_their_places() {
        let lengths: Vec<usize> = uuid(&SystemEntropy).split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
    }
}
