//! An empty server: every request is read, and answered with bytes that were given for its method and path. What it manages is
//! what HTTP itself costs with axum.

use crate::Failure;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, Response};
use bytes::Bytes;
use futures::StreamExt as _;
use http_body_util::BodyExt as _;
use serde::Deserialize;
use std::collections::HashMap;
use std::convert::Infallible;
use std::io::{BufRead as _, Write as _};
use std::sync::Arc;

const CHUNK: usize = 64 * 1024;

/// What `bench-load serve` answers: the first line of its standard input. It prints its port and serves until the input ends.
#[derive(Debug, Deserialize)]
struct Job {
    answers: Vec<Given>,
}

#[derive(Debug, Deserialize)]
struct Given {
    method: String,
    path: String,
    body: String,
    /// Instead of the body: a stream of as many bytes.
    #[serde(default)]
    stream: Option<u64>,
}

/// An answer that is made once.
struct Made {
    body: Bytes,
    stream: Option<u64>,
}

/// By method and path; `*` is for all others of the method.
type Answers = Arc<HashMap<(String, String), Made>>;

pub(crate) fn run() -> Result<(), Failure> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let job: Job = serde_json::from_str(&line)?;
    let answers: HashMap<_, _> = job
        .answers
        .into_iter()
        .map(|given| ((given.method, given.path), Made { body: given.body.into(), stream: given.stream }))
        .collect();
    let answers: Answers = Arc::new(answers);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        writeln!(std::io::stdout(), "{}", listener.local_addr()?.port())?;
        let app = Router::new().fallback(answer).with_state(answers);
        let (end, ended) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let mut rest = String::new();
            while std::io::stdin().lock().read_line(&mut rest).is_ok_and(|read| read > 0) {}
            let _ = end.send(());
        });
        tokio::select! {
            served = axum::serve(listener, app) => served?,
            _ = ended => {}
        }
        Ok(())
    })
}

async fn answer(State(answers): State<Answers>, request: Request<Body>) -> Response<Body> {
    let (head, mut body) = request.into_parts();
    // Read, and thrown away.
    while let Some(Ok(_)) = body.frame().await {}
    let key = (head.method.to_string(), head.uri.path().to_owned());
    let made = answers.get(&key).or_else(|| answers.get(&(key.0, "*".to_owned())));
    let body = match made {
        Some(Made { stream: Some(bytes), .. }) => streamed(*bytes),
        Some(made) => Body::from(made.body.clone()),
        None => {
            let mut missing = Response::new(Body::empty());
            *missing.status_mut() = axum::http::StatusCode::NOT_FOUND;
            return missing;
        }
    };
    let mut response = Response::new(body);
    let json = axum::http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(axum::http::header::CONTENT_TYPE, json);
    response
}

fn streamed(bytes: u64) -> Body {
    let chunk = Bytes::from(vec![b'x'; CHUNK]);
    let chunks = bytes.div_ceil(CHUNK as u64);
    let stream = futures::stream::iter(0..chunks).map(move |number| {
        let left = bytes - number * CHUNK as u64;
        Ok::<_, Infallible>(chunk.slice(..left.min(CHUNK as u64) as usize))
    });
    Body::from_stream(stream)
}
