//! `Authorization` headers, one a line: to a name and password, an access token, or something for others.

#![no_main]

use identity::fuzzing::{Authorization, authorization, sent};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let values: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    match authorization(&values) {
        Authorization::None => assert!(sent(&values) <= 1),
        Authorization::Malformed => {}
        Authorization::Basic { username, .. } => {
            assert_eq!(sent(&values), 1);
            assert!(!username.contains(':'));
        }
        Authorization::Bearer { text, is_access_token } => {
            assert_eq!(sent(&values), 1);
            assert!(!is_access_token || (text.len() == 47 && text.starts_with("mgt_")));
        }
    }
});
