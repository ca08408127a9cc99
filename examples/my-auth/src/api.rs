//! The routes that manage tokens. Who gets here the gate has let through.

use crate::tokens::Tokens;
use millgate::http::header::CONTENT_TYPE;
use millgate::{Bytes, Call, Directory, Error, ErrorCode, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

#[derive(Deserialize)]
struct NewToken {
    username: String,
}

fn answer(value: &impl Serialize) -> Result<Response<Bytes>, Error> {
    let failed = |error: &dyn std::fmt::Display| Error::internal(format!("no answer: {error}"));
    let text = serde_json::to_vec(value).map_err(|error| failed(&error))?;
    let response =
        Response::builder().header(CONTENT_TYPE, "application/json").header("cache-control", "no-store");
    response.body(text.into()).map_err(|error| failed(&error))
}

pub(crate) async fn create(
    tokens: Arc<Tokens>,
    users: Directory,
    call: Call,
) -> Result<Response<Bytes>, Error> {
    let new: NewToken = serde_json::from_slice(call.body())
        .map_err(|error| Error::invalid(format!("The body is not {{\"username\": …}}: {error}")))?;
    if users.find(&new.username).await?.is_none() {
        return Err(Error::new(ErrorCode::ResourceDoesNotExist, "There is no such user."));
    }
    let (token, text) = tokens.create(&new.username)?;
    answer(&json!({"id": token.id, "username": token.username, "token": text}))
}

pub(crate) async fn list(tokens: Arc<Tokens>) -> Result<Response<Bytes>, Error> {
    answer(&json!({"tokens": tokens.list()}))
}

pub(crate) async fn revoke(tokens: Arc<Tokens>, call: Call) -> Result<Response<Bytes>, Error> {
    tokens.revoke(call.segment("id").unwrap_or_default())?;
    answer(&json!({}))
}
