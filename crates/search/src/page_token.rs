//! MLflow's page tokens: base64 of `{"offset": N}`, as `SearchUtils.create_page_token` of MLflow 3.17 writes it, so that
//! a client can turn pages across servers of both kinds.

use crate::limits::PAGE_TOKEN_BYTES;
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD};
use model::Int64;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::fmt;

/// As lenient with the bits behind the last byte as Python's decoder.
const DECODER: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// A token that no server wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageTokenError {
    NotBase64,
    /// Not `{"offset": N}` with a positive 64-bit `N`.
    NoOffset,
}

impl fmt::Display for PageTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotBase64 => "Invalid page token, could not base64-decode",
            Self::NoOffset => "Invalid page token, it holds no positive offset",
        })
    }
}

impl std::error::Error for PageTokenError {}

impl From<PageTokenError> for model::Error {
    fn from(error: PageTokenError) -> Self {
        Self::invalid(error.to_string())
    }
}

/// The token of the page that starts behind `offset` rows.
pub fn encode(offset: i64) -> String {
    STANDARD.encode(format!("{{\"offset\": {offset}}}"))
}

/// How many rows come before the page. An empty token is the first page, 0; any other offset is positive.
///
/// What is not base64's, such as a line feed that a shell left, is skipped.
///
/// # Errors
/// A token that is longer than [`PAGE_TOKEN_BYTES`], not base64, or not an offset.
pub fn decode(token: &str) -> Result<i64, PageTokenError> {
    if token.is_empty() {
        return Ok(0);
    }
    if token.len() > PAGE_TOKEN_BYTES {
        return Err(PageTokenError::NotBase64);
    }
    let json = from_base64(token)?;
    let content: Map<String, Value> = serde_json::from_slice(&json).map_err(|_| PageTokenError::NoOffset)?;
    match content.get("offset").map(Int64::deserialize) {
        Some(Ok(Int64(offset))) if offset > 0 => Ok(offset),
        _ => Err(PageTokenError::NoOffset),
    }
}

/// The bytes of a token. As Python does, skips characters that are not base64's.
pub(crate) fn from_base64(token: &str) -> Result<Vec<u8>, PageTokenError> {
    if !token.is_ascii() {
        return Err(PageTokenError::NotBase64);
    }
    let base64: String =
        token.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')).collect();
    DECODER.decode(base64).map_err(|_| PageTokenError::NotBase64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_written_as_python_writes_them() {
        assert_eq!(encode(5), "eyJvZmZzZXQiOiA1fQ==");
        assert_eq!(encode(1000), "eyJvZmZzZXQiOiAxMDAwfQ==");
    }

    #[test]
    fn tokens_are_read_as_python_reads_them() {
        for (token, offset) in [
            ("", 0),
            ("eyJvZmZzZXQiOiA1fQ==", 5),
            ("eyJvZmZzZXQiOjV9", 5),
            ("eyJvZmZzZXQiOiAiNSJ9", 5),
            ("eyJvZmZzZXQiOiA1fQ==\n", 5),
            (" eyJvZmZzZXQiOiA1fQ==", 5),
            ("eyJvZmZzZXQiOiAxZTJ9", 100),
        ] {
            assert_eq!(decode(token), Ok(offset), "{token:?}");
        }
        for offset in [1, 50_000, i64::MAX] {
            assert_eq!(decode(&encode(offset)), Ok(offset));
        }
    }

    #[test]
    fn what_no_server_wrote_is_refused() {
        for token in ["x", "é", "eyJvZmZzZXQiOiA1fQ", &"A".repeat(PAGE_TOKEN_BYTES + 1)] {
            assert_eq!(decode(token), Err(PageTokenError::NotBase64), "{token:?}");
        }
        for json in [
            "",
            "x",
            "5",
            "[1]",
            "{}",
            r#"{"offset": 0}"#,
            r#"{"offset": -5}"#,
            r#"{"offset": 5.5}"#,
            r#"{"offset": null}"#,
            r#"{"offset": true}"#,
            r#"{"offset": [1]}"#,
            r#"{"offset": "x"}"#,
            r#"{"offset": 55555555555555555555}"#,
        ] {
            let token = format!("{}\n", STANDARD.encode(json));
            assert_eq!(decode(&token), Err(PageTokenError::NoOffset), "{json}");
        }
    }

    #[test]
    fn errors_speak_mlflows_words() {
        let error = model::Error::from(PageTokenError::NotBase64);
        assert_eq!(error.code, model::ErrorCode::InvalidParameterValue);
        assert_eq!(error.message, "Invalid page token, could not base64-decode");
    }
}
