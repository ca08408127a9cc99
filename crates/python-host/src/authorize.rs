//! Asking a worker who sent a request: it runs an `authorization_function` of MLflow's.

use crate::proxy::Proxy;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use gate::ForwardedBody;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use identity::{Answer, AuthorizationFunction, ClientAddress, Verdict};
use model::Error;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Bytes of an answer of the function's, in the form in which the worker tells it.
const MAX_VERDICT: usize = 4 << 20;
/// Characters of a user's name; MLflow 3.17 has room for 255.
const MAX_USERNAME: usize = 255;

/// Asks through the proxy.
pub(crate) struct Asker {
    proxy: Arc<Proxy>,
}

/// What a worker is told of a request. Bytes that are no ASCII are one character each, as WSGI has them.
#[derive(Serialize)]
struct Question<'r> {
    method: &'r str,
    target: &'r str,
    headers: Vec<(&'r str, String)>,
    client: Option<String>,
}

/// What a worker says.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    User(String),
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        /// Base64.
        body: String,
    },
}

impl Asker {
    pub(crate) fn new(proxy: Arc<Proxy>) -> Self {
        Self { proxy }
    }

    async fn verdict(&self, request: &Parts) -> model::Result<Verdict> {
        let question = serde_json::to_vec(&question(request)).map_err(|_| failed())?;
        let body = Full::new(Bytes::from(question)).map_err(|never| match never {}).boxed_unsync();
        let asked = Request::post("/").header("content-type", "application/json").body(body);
        let answer = self.proxy.pass(asked.map_err(|_| failed())?).await?;
        let (parts, body) = answer.into_parts();
        let said = whole(body).await.ok_or_else(|| {
            tracing::error!("the answer of authorization_function broke off or is too large");
            failed()
        })?;
        if parts.status != StatusCode::OK {
            // The worker has said why, in the log.
            return Err(failed());
        }
        let said: Said = serde_json::from_slice(&said).map_err(|_| failed())?;
        read(said).ok_or_else(|| {
            tracing::error!("authorization_function gave what can be neither a user nor an answer");
            failed()
        })
    }
}

/// The body, unless it is too large or breaks off.
async fn whole(mut body: ForwardedBody) -> Option<Vec<u8>> {
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        if read.len() + data.len() > MAX_VERDICT {
            return None;
        }
        read.extend_from_slice(&data);
    }
    Some(read)
}

fn failed() -> Error {
    Error::internal("Who is calling could not be found out.")
}

fn question(request: &Parts) -> Question<'_> {
    let text = |value: &HeaderValue| value.as_bytes().iter().map(|byte| char::from(*byte)).collect();
    Question {
        method: request.method.as_str(),
        target: request.uri.path_and_query().map_or("/", |target| target.as_str()),
        headers: request.headers.iter().map(|(name, value)| (name.as_str(), text(value))).collect(),
        client: request.extensions.get::<ClientAddress>().map(|client| client.0.to_string()),
    }
}

fn read(said: Said) -> Option<Verdict> {
    match said {
        Said::User(name) if name.is_empty() || name.chars().count() > MAX_USERNAME => None,
        Said::User(name) => Some(Verdict::User(name)),
        Said::Answer { status, headers, body } => {
            let status = StatusCode::from_u16(status).ok().filter(|status| status.as_u16() >= 200)?;
            let mut fields = HeaderMap::new();
            for (name, value) in headers {
                let bytes: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
                let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
                fields.append(name, HeaderValue::from_bytes(&bytes?).ok()?);
            }
            Some(Verdict::Answer(Answer {
                status,
                headers: fields,
                body: STANDARD.decode(body).ok()?.into(),
            }))
        }
    }
}

impl AuthorizationFunction for Asker {
    fn ask<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, model::Result<Verdict>> {
        self.verdict(request).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_holds_the_method_the_target_and_the_headers() {
        let (mut parts, ()) = Request::post("/a%20b?c=d").body(()).unwrap().into_parts();
        parts.headers.append("x", HeaderValue::from_bytes(b"caf\xe9").unwrap());
        parts.headers.append("x", HeaderValue::from_static("2"));
        parts.extensions.insert(ClientAddress("192.0.2.1".parse().unwrap()));
        assert_eq!(
            serde_json::to_value(question(&parts)).unwrap(),
            serde_json::json!({
                "method": "POST",
                "target": "/a%20b?c=d",
                "headers": [["x", "caf\u{e9}"], ["x", "2"]],
                "client": "192.0.2.1",
            })
        );
    }

    fn said(json: &str) -> Option<Verdict> {
        read(serde_json::from_str(json).ok()?)
    }

    #[test]
    fn a_verdict_is_a_user_or_an_answer() {
        assert_eq!(said(r#"{"user": "alice"}"#), Some(Verdict::User("alice".to_owned())));
        let Some(Verdict::Answer(answer)) = said(
            r#"{"answer": {"status": 302, "headers": [["Location", "/login"], ["X", "\u00e9"]], "body": "aGk="}}"#,
        ) else {
            panic!("no answer")
        };
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (302, &b"hi"[..]));
        assert_eq!(answer.headers["location"], "/login");
        assert_eq!(answer.headers["x"].as_bytes(), b"\xe9");
    }

    #[test]
    fn nonsense_is_neither() {
        let long = format!(r#"{{"user": "{}"}}"#, "x".repeat(256));
        for nonsense in [
            "",
            "null",
            "{}",
            r#"{"user": ""}"#,
            r#"{"user": 1}"#,
            long.as_str(),
            r#"{"answer": {"status": 101, "headers": [], "body": ""}}"#,
            r#"{"answer": {"status": 2000, "headers": [], "body": ""}}"#,
            r#"{"answer": {"status": 200, "headers": [["a b", "c"]], "body": ""}}"#,
            r#"{"answer": {"status": 200, "headers": [["a", "b\r\nc: d"]], "body": ""}}"#,
            r#"{"answer": {"status": 200, "headers": [["a", "\u0394"]], "body": ""}}"#,
            r#"{"answer": {"status": 200, "headers": [], "body": "%%"}}"#,
        ] {
            assert_eq!(said(nonsense), None, "{nonsense}");
        }
    }
}
