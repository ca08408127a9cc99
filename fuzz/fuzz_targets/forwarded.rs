//! Headers that name a user, or groups, one a line.

#![no_main]

use identity::fuzzing::{forwarded, sent};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let values: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    let (user, groups) = forwarded(&values);
    if let Some(Some(user)) = user {
        assert_eq!(sent(&values), 1);
        assert!(!user.is_empty() && !user.contains(','));
        assert!(!user.starts_with([' ', '\t']) && !user.ends_with([' ', '\t']));
    }
    if let Some(groups) = groups {
        assert!(groups.is_empty() || sent(&values) == 1);
        assert!(
            groups.len() <= 1_000 && groups.iter().all(|group| !group.is_empty() && !group.contains(','))
        );
    }
});
