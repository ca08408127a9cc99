//! From a request to a row's input: parsed once, so that the check and the handler cannot see two different ids.

use crate::forms::{self, Forms};
use crate::layers::{form_content_type, json_content_type};
use crate::range;
use axum::body::Body as HttpBody;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use http::Method;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http_body_util::{BodyExt, Limited};
use model::{Error, ErrorCode};
use operations::{
    Body, BodyAlone, ByteStream, Empty, Field, Form, InPath, Kind, Message, NewForm, Path, PathAndBody,
    Query, QueryOrBody, Ranged, Segments, Upload, explain,
};
use percent_encoding::{percent_decode, percent_decode_str};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::time::Duration;

/// How long a JSON body may take to arrive in full.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a stream may be silent.
const STREAM_IDLE: Duration = Duration::from_secs(60);

/// Values in a JSON body. One of three bytes can take 50 times the room in memory once it is read, so that a body of
/// nothing else would take gigabytes. A full log-batch has 10,000.
const MAX_VALUES: usize = 250_000;
/// Bytes of a body that is too small for that to matter.
const FEW_BYTES: usize = 256 * 1024;

/// A request at the gate.
pub(crate) struct Request<'r> {
    pub(crate) parts: &'r Parts,
    /// What the route's `{*path}` stands for, still encoded.
    pub(crate) rest: &'r str,
    /// The route with its `{name}`s.
    pub(crate) route: &'r str,
    pub(crate) body: HttpBody,
    /// Bytes that the row lets a body have.
    pub(crate) limit: usize,
    pub(crate) forms: &'r Forms,
    pub(crate) caller: forms::Caller<'r>,
}

/// An input that can be made of a request.
pub(crate) trait Bind: Sized + Send {
    fn bind(request: Request<'_>) -> impl Future<Output = Result<Self, Error>> + Send;
}

impl Bind for Empty {
    async fn bind(_: Request<'_>) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl Bind for Path {
    async fn bind(request: Request<'_>) -> Result<Self, Error> {
        decoded(request.rest).map(Self)
    }
}

/// A piece of a path, percent-decoded once.
pub(crate) fn decoded(piece: &str) -> Result<String, Error> {
    let decoded = percent_decode_str(piece).decode_utf8();
    decoded.map(Cow::into_owned).map_err(|_| Error::invalid("Invalid path: it is not UTF-8."))
}

impl<M: Message> Bind for PathAndBody<M> {
    async fn bind(request: Request<'_>) -> Result<Self, Error> {
        let path = decoded(request.rest)?;
        Ok(Self { path, message: from_body(request).await? })
    }
}

impl<S: Segments, I: Bind> Bind for InPath<S, I> {
    async fn bind(request: Request<'_>) -> Result<Self, Error> {
        let segments = S::take(|name| {
            let encoded = segment(request.parts.uri.path(), request.route, name);
            decoded(encoded.ok_or_else(|| Error::internal("The route lacks a segment."))?)
        })?;
        Ok(Self { segments, input: I::bind(request).await? })
    }
}

/// What stands in a path where its route has `{name}`, still percent-encoded.
pub(crate) fn segment<'p>(path: &'p str, route: &str, name: &str) -> Option<&'p str> {
    let mut pairs = route.split('/').zip(path.split('/'));
    pairs.find_map(|(template, segment)| {
        let known = template.strip_prefix('{')?.strip_suffix('}')?;
        (known == name).then_some(segment)
    })
}

impl<M: Message> Bind for Query<M> {
    async fn bind(request: Request<'_>) -> Result<Self, Error> {
        from_query(request.parts).map(Self)
    }
}

impl<M: Message> Bind for Body<M> {
    async fn bind(request: Request<'_>) -> Result<Self, Error> {
        from_body(request).await.map(Self)
    }
}

impl<M: Message> Bind for BodyAlone<M> {
    async fn bind(request: Request<'_>) -> Result<Self, Error> {
        if request.parts.uri.query().is_some_and(|query| !query.is_empty()) {
            return Err(Error::invalid(
                "This operation takes its parameters in the body alone, not in the query string.",
            ));
        }
        from_body(request).await.map(Self)
    }
}

impl<M: Message> Bind for QueryOrBody<M> {
    async fn bind(request: Request<'_>) -> Result<Self, Error> {
        let in_query = match request.parts.method {
            Method::GET | Method::HEAD => true,
            // MLflow's clients send a DELETE's message in the body, others in the query. Never is one taken for the other.
            Method::DELETE => !request.parts.headers.contains_key(http::header::CONTENT_TYPE),
            _ => false,
        };
        if in_query { from_query(request.parts).map(Self) } else { from_body(request).await.map(Self) }
    }
}

impl Bind for NewForm {
    async fn bind(request: Request<'_>) -> Result<Self, Error> {
        Ok(Self(request.forms.ticket(&request.parts.headers, &request.caller)))
    }
}

/// The hidden field of a form that holds its token.
const CSRF_TOKEN: &str = "csrf_token";

impl<M: Message> Bind for Form<M> {
    async fn bind(request: Request<'_>) -> Result<Self, Error> {
        let (parts, forms, caller) = (request.parts, request.forms, request.caller);
        form_content_type(&parts.headers)?;
        let body = read(request).await?;
        let token = once(&body, CSRF_TOKEN)?;
        let ticket = forms.check(&parts.headers, &caller, token.as_deref())?;
        if percent_decode(&body).decode_utf8().is_err() {
            return Err(Error::invalid("The form is not UTF-8."));
        }
        Ok(Self { message: from_pairs(&body)?, ticket })
    }
}

/// The value of a field that may be given once.
fn once(form: &[u8], name: &str) -> Result<Option<String>, Error> {
    let mut values = form_urlencoded::parse(form).filter(|(known, _)| known == name);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(given_twice(name)),
        (value, None) => Ok(value.map(|(_, value)| value.into_owned())),
    }
}

impl<I: Bind> Bind for Ranged<I> {
    async fn bind(request: Request<'_>) -> Result<Self, Error> {
        let range = range::asked(&request.parts.headers);
        Ok(Self { input: I::bind(request).await?, range })
    }
}

impl<I: Bind> Bind for Upload<I> {
    async fn bind(request: Request<'_>) -> Result<Self, Error> {
        let Request { parts, rest, route, body, limit, forms, caller } = request;
        forms::refuse_foreign_form(parts)?;
        let length = content_length(parts);
        if length.is_some_and(|length| usize::try_from(length).is_ok_and(|length| length > limit)) {
            return Err(too_large(limit));
        }
        let input =
            I::bind(Request { parts, rest, route, body: HttpBody::empty(), limit: 0, forms, caller }).await?;
        Ok(Self { input, length, body: stream(body, limit) })
    }
}

/// A body as a stream that ends with an error when it is silent for too long or grows too large.
fn stream(body: HttpBody, limit: usize) -> ByteStream {
    let data = Limited::new(body, limit).into_data_stream().map_err(std::io::Error::other).boxed();
    futures::stream::unfold(Some(data), |data| async {
        let mut data = data?;
        match tokio::time::timeout(STREAM_IDLE, data.next()).await {
            Ok(Some(Ok(bytes))) => Some((Ok(bytes), Some(data))),
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(None) => None,
            Err(_) => Some((Err(std::io::ErrorKind::TimedOut.into()), None)),
        }
    })
    .boxed()
}

fn content_length(parts: &Parts) -> Option<u64> {
    parts.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large(limit: usize) -> Error {
    Error::invalid(format!("The request body is too large. At most {limit} bytes are accepted."))
}

async fn from_body<M: Message>(request: Request<'_>) -> Result<M, Error> {
    if matches!(request.parts.method, Method::POST | Method::PUT) {
        json_content_type(&request.parts.headers)?;
    }
    let bytes = read(request).await?;
    parse::<M>(&bytes)?.complete()
}

async fn read(request: Request<'_>) -> Result<Bytes, Error> {
    read_body(request.body, request.limit).await
}

/// All of a body, within a limit in bytes and in time.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, BAD_REQUEST when it breaks off, DEADLINE_EXCEEDED.
pub(crate) async fn read_body(body: HttpBody, limit: usize) -> Result<Bytes, Error> {
    let collected = tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, limit).collect());
    match collected.await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_large(limit)),
        Ok(Err(_)) => Err(Error::bad_request("The request body broke off.")),
        Err(_) => {
            Err(Error::new(ErrorCode::DeadlineExceeded, "The request body did not arrive within 60 seconds."))
        }
    }
}

fn parse<M: Message>(bytes: &[u8]) -> Result<M, Error> {
    match bytes.trim_ascii() {
        // No body is an empty message.
        b"" | b"null" => read_object(Map::new()),
        // Clients before MLflow 1.0 encode the message twice.
        encoded @ [b'"', ..] => {
            let inner: String = serde_json::from_slice(encoded).map_err(|error| not_json(&error))?;
            parse_object(inner.trim().as_bytes())
        }
        object => parse_object(object),
    }
}

fn parse_object<M: Message>(bytes: &[u8]) -> Result<M, Error> {
    if bytes.len() > FEW_BYTES && values(bytes) > MAX_VALUES {
        return Err(Error::invalid(format!(
            "The request body holds too many values. At most {MAX_VALUES} are accepted."
        )));
    }
    let reason = match bytes {
        [b'{', ..] => match serde_json::from_slice::<M>(bytes) {
            Ok(message) => return Ok(message),
            Err(error) => error.to_string(),
        },
        // A list would be read as the fields in their order.
        _ => "it is not an object".to_owned(),
    };
    let value: Value = serde_json::from_slice(bytes).map_err(|error| not_json(&error))?;
    Err(explain::<M>(&value, &reason))
}

fn not_json(error: &serde_json::Error) -> Error {
    Error::bad_request(format!("The request body is not valid JSON: {error}"))
}

/// How many values a JSON text holds, or a few more: what stands between its commas and brackets outside of strings.
fn values(json: &[u8]) -> usize {
    let (mut values, mut in_string, mut escaped) = (1, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b',' | b'[' | b'{' if !in_string => values += 1,
            _ => {}
        }
    }
    values
}

fn read_object<M: Message>(object: Map<String, Value>) -> Result<M, Error> {
    let value = Value::Object(object);
    serde_json::from_value(value.clone()).map_err(|error| explain::<M>(&value, &error.to_string()))
}

fn from_query<M: Message>(parts: &Parts) -> Result<M, Error> {
    from_pairs(parts.uri.query().unwrap_or_default().as_bytes())
}

fn from_pairs<M: Message>(pairs: &[u8]) -> Result<M, Error> {
    let mut object = Map::new();
    for (name, value) in form_urlencoded::parse(pairs) {
        // As in MLflow, unknown parameters are ignored, and only the protobuf names are known in a query.
        let Some(field) = M::FIELDS.iter().find(|field| field.name == name) else { continue };
        add(&mut object, field, value.into_owned())?;
    }
    read_object::<M>(object)?.complete()
}

fn add(object: &mut Map<String, Value>, field: &Field, value: String) -> Result<(), Error> {
    if field.kind == Kind::List {
        match object.entry(field.name).or_insert_with(|| Value::Array(Vec::new())) {
            Value::Array(items) => items.push(Value::String(value)),
            // A list is only ever put there as one.
            _ => return Err(Error::internal("A query parameter could not be read.")),
        }
        return Ok(());
    }
    let value = match field.kind {
        Kind::Bool => match value.to_ascii_lowercase().as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => {
                return Err(Error::invalid(format!(
                    "Invalid boolean value: {value}, must be 'true' or 'false'."
                )));
            }
        },
        _ => Value::String(value),
    };
    match object.insert(field.name.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(given_twice(field.name)),
    }
}

fn given_twice(name: &str) -> Error {
    Error::invalid(format!("Parameter '{name}' is given more than once."))
}

#[cfg(test)]
#[path = "bind_tests.rs"]
mod tests;
