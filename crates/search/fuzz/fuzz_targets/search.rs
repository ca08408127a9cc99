//! Any text: no panic, no error outside the text, and what was accepted means the same when written out again.
//!
//! In `crates/search`: `cargo +nightly fuzz run search -- -dict=fuzz/search.dict -max_len=300`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use search::{SearchError, experiments, logged_models, model_versions, page_token, registered_models, runs};

fuzz_target!(|text: &str| {
    check(text, |text| runs::parse_filter(text), " AND ");
    check(text, |text| experiments::parse_filter(text), " AND ");
    check(text, |text| logged_models::parse_filter(text), " AND ");
    check(text, |text| registered_models::parse_filter(text).map(|filter| filter.conditions), " AND ");
    check(text, |text| model_versions::parse_filter(text).map(|filter| filter.conditions), " AND ");
    check(text, |text| registered_models::parse_order_by(&[text]), "");
    check(text, |text| model_versions::parse_order_by(&[text]), "");
    check(text, |text| runs::parse_order_by(&[text]), "");
    check(text, |text| experiments::parse_order_by(&[text]), "");
    if let Ok(offset) = page_token::decode(text)
        && offset > 0
    {
        assert_eq!(page_token::decode(&page_token::encode(offset)), Ok(offset));
    }
});

fn check<T: ToString + PartialEq + std::fmt::Debug>(
    text: &str,
    parse: impl Fn(&str) -> Result<Vec<T>, SearchError>,
    separator: &str,
) {
    match parse(text) {
        Err(error) => assert!(error.position <= text.chars().count(), "{error:?}"),
        // A string may end with a backslash only where no other string follows, so it may not come back. What is
        // written out may be longer than what was read, and so exceed the limits.
        Ok(parsed) if !text.contains('\\') && text.len() < 1000 => {
            let shown = parsed.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator);
            assert!(parsed.is_empty() || parse(&shown).as_ref() == Ok(&parsed), "{shown}");
        }
        Ok(_) => {}
    }
}
