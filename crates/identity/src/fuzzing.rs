//! What reads bytes that anybody can send, for the fuzz targets in `fuzz/`: as requests have it read, without a server around it.
//! No part of the server calls it.

use crate::access_token::AccessToken;
use crate::credentials::Credentials;
use crate::forwarded::{groups, single};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderName, HeaderValue};

/// What was made of the `Authorization` headers of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorization {
    None,
    Malformed,
    Basic {
        username: String,
        password: String,
    },
    /// Whether it is an access token, and not one of another issuer.
    Bearer {
        text: String,
        is_access_token: bool,
    },
}

/// A request with these values of one header; what no header can have is left out.
fn request(name: &HeaderName, values: &[&[u8]]) -> Parts {
    let mut parts = http::Request::new(()).into_parts().0;
    for value in values.iter().filter_map(|value| HeaderValue::from_bytes(value).ok()) {
        parts.headers.append(name, value);
    }
    parts
}

/// How many of the values a header can have.
pub fn sent(values: &[&[u8]]) -> usize {
    values.iter().filter(|value| HeaderValue::from_bytes(value).is_ok()).count()
}

/// Reads `Authorization` headers.
pub fn authorization(values: &[&[u8]]) -> Authorization {
    match Credentials::of(&request(&AUTHORIZATION, values)) {
        Credentials::None => Authorization::None,
        Credentials::Malformed => Authorization::Malformed,
        Credentials::Basic { username, password } => Authorization::Basic { username, password },
        Credentials::Bearer(text) => Authorization::Bearer {
            is_access_token: AccessToken::parse(text).is_some(),
            text: text.to_owned(),
        },
    }
}

/// Whether one of the keys of a set has signed a token; `None` where either cannot be read.
pub fn jwt(token: &str, keys: &[u8]) -> Option<bool> {
    crate::jwt::read_for_fuzzing(token, keys)
}

/// The user and the groups whom headers name; `None` where they are refused.
pub fn forwarded(values: &[&[u8]]) -> (Option<Option<String>>, Option<Vec<String>>) {
    let name = HeaderName::from_static("x-forwarded-user");
    let headers = request(&name, values).headers;
    (single(&headers, &name).ok(), groups(&headers, &name).ok())
}
