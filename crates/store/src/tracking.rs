//! Experiments, runs and what runs log. A repository function a change or read; the rules are those of MLflow 3.17's
//! `sqlalchemy_store.py`.

pub mod batch;
pub mod experiments;
pub(crate) mod filters;
pub mod garbage;
pub mod inputs;
mod key_values;
pub mod locations;
pub mod logged_models;
pub mod metrics;
pub mod runs;

/// The tag in which a run's name stands beside the column, as MLflow's clients read it.
pub const RUN_NAME_TAG: &str = "mlflow.runName";

/// Reads the offset of a page token, or the start.
pub(crate) fn offset(page_token: Option<&str>) -> Result<u64, crate::StoreError> {
    let offset = search::page_token::decode(page_token.unwrap_or_default());
    // An offset is never negative.
    offset.map(i64::unsigned_abs).map_err(|error| crate::StoreError::Refused(error.into()))
}

/// The most rows that a statement can ask for: the databases count them in 64 bits with a sign.
pub(crate) const MAX_ROWS: u64 = i64::MAX.unsigned_abs();

/// The rows to ask for, so that one tells whether there is more than `limit`.
pub(crate) fn one_more(limit: u64) -> u64 {
    limit.saturating_add(1).min(MAX_ROWS)
}

/// Cuts the row that tells that there is more, and gives the offset of the next page if there is one.
pub(crate) fn cut<T>(items: &mut Vec<T>, offset: u64, limit: u64) -> Option<u64> {
    let limit_rows = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit_rows;
    items.truncate(limit_rows);
    more.then(|| offset.saturating_add(limit))
}

/// Cuts the row that tells that there is more, and makes the token of the next page.
pub(crate) fn page<T>(mut items: Vec<T>, offset: u64, limit: u64) -> model::Page<T> {
    let next = cut(&mut items, offset, limit);
    let token = |next| search::page_token::encode(i64::try_from(next).unwrap_or(i64::MAX));
    model::Page { items, next_page_token: next.map(token) }
}
