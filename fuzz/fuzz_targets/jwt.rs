//! A token in the first line, and a key set in the others.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let line = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (token, keys) = data.split_at(line);
    let keys = keys.get(1..).unwrap_or_default();
    if let Ok(token) = std::str::from_utf8(token) {
        // Nobody has the private keys of the seeds, and the times of what is signed there are past.
        assert_ne!(identity::fuzzing::jwt(token, keys), Some(true));
    }
});
