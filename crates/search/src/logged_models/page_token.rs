//! Page tokens of logged models: base64 of the search and its offset, as MLflow 3.17 `SearchLoggedModelsPaginationToken`
//! writes it, so that a client can turn pages across servers of both kinds.

use super::OrderClause;
use crate::error::shorten;
use crate::page_token::from_base64;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a search goes on, with the search that it belongs to. The datasets are not part of it, as in MLflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageToken {
    experiment_ids: Vec<String>,
    /// Never empty.
    #[serde(default)]
    filter_string: Option<String>,
    /// Never empty.
    #[serde(default)]
    order_by: Option<Vec<OrderClause>>,
    /// Rows before the page.
    #[serde(default)]
    offset: Option<u64>,
}

/// Why a token cannot go on with a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenError {
    /// No server wrote it.
    Unreadable,
    /// It belongs to another search.
    Differs { part: &'static str, expected: String, found: String },
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("Invalid page token"),
            Self::Differs { part, expected, found } => write!(
                f,
                "{part} in the page token do not match the requested ones. Expected: {expected}. Found: {found}"
            ),
        }
    }
}

impl std::error::Error for TokenError {}

impl From<TokenError> for model::Error {
    fn from(error: TokenError) -> Self {
        Self::invalid(error.to_string())
    }
}

impl PageToken {
    /// The first page of a search.
    pub fn first(experiment_ids: Vec<String>, filter: Option<String>, order_by: Vec<OrderClause>) -> Self {
        Self {
            experiment_ids,
            filter_string: filter.filter(|filter| !filter.is_empty()),
            order_by: Some(order_by).filter(|order_by| !order_by.is_empty()),
            offset: None,
        }
    }

    /// The page that `token` names of the search that `self` is a page of.
    ///
    /// # Errors
    /// A token that no server wrote, or that belongs to another search.
    pub fn turn_to(self, token: &str) -> Result<Self, TokenError> {
        let given = Self::decode(token)?;
        let differs = |part, expected: &dyn fmt::Debug, found: &dyn fmt::Debug| TokenError::Differs {
            part,
            expected: shorten(&format!("{expected:?}")),
            found: shorten(&format!("{found:?}")),
        };
        if given.experiment_ids != self.experiment_ids {
            return Err(differs("Experiment IDs", &self.experiment_ids, &given.experiment_ids));
        }
        if given.filter_string != self.filter_string {
            return Err(differs("Filter strings", &self.filter_string, &given.filter_string));
        }
        if given.order_by != self.order_by {
            return Err(differs("Order by clauses", &self.order_by, &given.order_by));
        }
        Ok(given)
    }

    fn decode(token: &str) -> Result<Self, TokenError> {
        let json = from_base64(token).map_err(|_| TokenError::Unreadable)?;
        let token: Self = serde_json::from_slice(&json).map_err(|_| TokenError::Unreadable)?;
        // Databases count rows in 64 bits with a sign.
        if token.offset.is_some_and(|offset| i64::try_from(offset).is_err()) {
            return Err(TokenError::Unreadable);
        }
        Ok(Self {
            filter_string: token.filter_string.filter(|filter| !filter.is_empty()),
            order_by: token.order_by.filter(|order_by| !order_by.is_empty()),
            ..token
        })
    }

    /// Rows before the page.
    pub fn offset(&self) -> u64 {
        self.offset.unwrap_or_default()
    }

    /// The token of the page that starts behind `offset` rows.
    pub fn encode(self, offset: u64) -> String {
        let token = Self { offset: Some(offset), ..self };
        // Strings, booleans and numbers always serialize.
        STANDARD.encode(serde_json::to_vec(&token).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search() -> PageToken {
        let order = OrderClause {
            field_name: "metrics.acc".to_owned(),
            ascending: false,
            dataset_name: Some("wine".to_owned()),
            dataset_digest: None,
        };
        PageToken::first(vec!["1".to_owned()], Some("name = 'Größe'".to_owned()), vec![order])
    }

    #[test]
    fn a_token_holds_what_python_writes() {
        let json = STANDARD.decode(search().encode(5)).unwrap();
        assert_eq!(
            String::from_utf8(json).unwrap(),
            "{\"experiment_ids\":[\"1\"],\"filter_string\":\"name = 'Größe'\",\"order_by\":[{\"field_name\":\
             \"metrics.acc\",\"ascending\":false,\"dataset_name\":\"wine\",\"dataset_digest\":null}],\"offset\":5}"
        );
    }

    #[test]
    fn a_token_that_python_wrote_is_read() {
        let json = r#"{"experiment_ids": ["1"], "filter_string": "name = 'Gr\u00f6\u00dfe'", "order_by": [{"field_name":
            "metrics.acc", "ascending": false, "dataset_name": "wine", "dataset_digest": null}], "offset": 50}"#;
        assert_eq!(search().turn_to(&STANDARD.encode(json)).map(|token| token.offset()), Ok(50));
        let plain = PageToken::first(vec!["1".to_owned()], Some(String::new()), Vec::new());
        let json = r#"{"experiment_ids": ["1"], "filter_string": null, "order_by": null, "offset": 2}"#;
        assert_eq!(plain.turn_to(&STANDARD.encode(json)).map(|token| token.offset()), Ok(2));
    }

    #[test]
    fn a_token_of_another_search_is_refused() {
        let token = search().encode(5);
        for (other, part) in [
            (PageToken { experiment_ids: vec!["2".to_owned()], ..search() }, "Experiment IDs"),
            (PageToken { filter_string: None, ..search() }, "Filter strings"),
            (PageToken { order_by: None, ..search() }, "Order by clauses"),
        ] {
            let error = other.turn_to(&token).unwrap_err().to_string();
            assert!(error.starts_with(part), "{error}");
        }
        assert_eq!(search().turn_to(&token).map(|token| token.offset()), Ok(5));
    }

    #[test]
    fn what_no_server_wrote_is_refused() {
        assert_eq!(search().turn_to("é"), Err(TokenError::Unreadable));
        for json in [
            "",
            "[]",
            "{}",
            r#"{"experiment_ids": [1]}"#,
            r#"{"experiment_ids": ["1"], "offset": -5}"#,
            r#"{"experiment_ids": ["1"], "offset": 1.5}"#,
            r#"{"experiment_ids": ["1"], "offset": 9223372036854775808}"#,
            r#"{"experiment_ids": ["1"], "order_by": "name"}"#,
        ] {
            assert_eq!(search().turn_to(&STANDARD.encode(json)), Err(TokenError::Unreadable), "{json}");
        }
    }
}
