//! Messages about access tokens.

use crate::message::message;
use model::Int64;
use serde::{Deserialize, Serialize};

/// What a token is bound to: a resource by id or name, or all of a type by `*`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenResource {
    pub resource_type: String,
    pub resource_id: String,
}

message! {
    CreateToken {
        /// Whose token it is to be; the caller's if absent.
        username: String;
        name: String => required;
        /// READ, USE, EDIT or MANAGE.
        permission: String;
        resources: Vec<TokenResource>;
        /// Milliseconds since 1970.
        expiration_time: Int64;
    }
}

message! {
    ListTokens {
        /// Whose tokens; the caller's if absent.
        username: String;
    }
}

message! {
    TokenId {
        token_id: Int64 => required;
    }
}

#[derive(Debug, Serialize)]
pub struct Token {
    pub token_id: i64,
    pub username: String,
    pub name: String,
    pub permission: &'static str,
    pub resources: Vec<TokenResource>,
    /// Milliseconds since 1970, as the times below.
    pub creation_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_time: Option<i64>,
    /// To the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_time: Option<i64>,
}

/// The text of a token in an answer.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct TokenSecret(pub String);

impl std::fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[hidden]")
    }
}

/// A token that was just made, with its text, which no other answer holds.
#[derive(Debug, Serialize)]
pub struct CreatedToken {
    pub token: Token,
    pub secret: TokenSecret,
}

#[derive(Debug, Serialize)]
pub struct TokenList {
    pub tokens: Vec<Token>,
}
