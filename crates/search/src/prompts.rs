//! Registered models and prompts share their searches: the filter says which are meant.

use crate::ast::{Comparator, Value};
use model::registry::IS_PROMPT_TAG;

/// Whether conditions on tags ask for prompts: the first one on their mark decides (MLflow 3.17 `_is_querying_prompt`).
pub(crate) fn asks_for_prompts<'c>(mut tags: impl Iterator<Item = (&'c str, Comparator, &'c Value)>) -> bool {
    match tags.find(|(key, ..)| *key == IS_PROMPT_TAG) {
        Some((_, Comparator::Equal, Value::Text(value))) => value.eq_ignore_ascii_case("true"),
        Some((_, Comparator::NotEqual, Value::Text(value))) => value.eq_ignore_ascii_case("false"),
        _ => false,
    }
}
