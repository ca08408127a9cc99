use super::*;
use operations::messages as m;
use std::io;
use std::sync::{Arc, LazyLock};

/// A body that must not be touched.
fn untouchable() -> HttpBody {
    let touched: io::Result<Bytes> = Err(io::Error::other("the body was read"));
    HttpBody::from_stream(futures::stream::iter([touched]))
}

fn parts(method: &str, uri: &str, content_type: Option<&str>) -> Parts {
    let mut request = http::Request::builder().method(method).uri(uri);
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    request.body(()).unwrap().into_parts().0
}

static FORMS: LazyLock<Forms> =
    LazyLock::new(|| Forms::new(b"secret", false, Arc::new(model::SystemEntropy)));
const CALLER: forms::Caller<'static> =
    forms::Caller { username: Some("admin"), now: 1_000_000, static_prefix: "" };

fn request(parts: &Parts, body: HttpBody, limit: usize) -> Request<'_> {
    Request { parts, rest: "", route: "", body, limit, forms: &FORMS, caller: CALLER }
}

async fn from_uri<I: Bind>(method: &str, uri: &str) -> Result<I, Error> {
    let parts = parts(method, uri, None);
    I::bind(request(&parts, untouchable(), 0)).await
}

async fn posted<M: Message>(body: impl Into<HttpBody>, limit: usize) -> Result<M, Error> {
    let parts = parts("POST", "/?run_id=of-the-query", Some("application/json"));
    let bound = Body::<M>::bind(request(&parts, body.into(), limit)).await;
    bound.map(|body| body.0)
}

async fn tag(body: &'static str) -> Result<m::SetTag, Error> {
    posted(body, 1000).await
}

async fn refusal(body: &'static str) -> String {
    tag(body).await.unwrap_err().message.into_owned()
}

#[tokio::test]
async fn a_query_is_read_and_the_body_of_a_get_is_not() {
    let Query(message) = from_uri::<Query<m::RunId>>("GET", "/?run_id=a%2Bb+c&other=1").await.unwrap();
    assert_eq!((message.run_id.as_deref(), message.run_uuid), (Some("a+b c"), None));
    for method in ["GET", "HEAD"] {
        let bound = from_uri::<QueryOrBody<m::SearchExperiments>>(method, "/?max_results=7").await;
        assert_eq!(bound.unwrap().0.max_results, Some(model::Int64(7)), "{method}");
    }
    assert!(from_uri::<Empty>("GET", "/?run_id=a").await.is_ok());
}

#[tokio::test]
async fn a_body_is_read_and_the_query_of_a_post_is_not() {
    assert_eq!(tag(r#"{"run_id": "of-the-body", "key": "k"}"#).await.unwrap().run().unwrap(), "of-the-body");
    assert!(tag(r#"{"key": "k"}"#).await.unwrap().run().is_err());
}

#[tokio::test]
async fn a_delete_has_its_message_in_one_place() {
    let json = r#"{"username": "of-the-body"}"#;
    for (content_type, body, expected) in [
        (None, untouchable(), "of-the-query"),
        (Some("application/json"), HttpBody::from(json), "of-the-body"),
        (Some("text/plain"), HttpBody::from(json), "of-the-body"),
    ] {
        let parts = parts("DELETE", "/?username=of-the-query", content_type);
        let request = request(&parts, body, 1000);
        let QueryOrBody(message) = QueryOrBody::<m::Username>::bind(request).await.unwrap();
        assert_eq!(message.username.as_deref(), Some(expected), "{content_type:?}");
    }
}

#[tokio::test]
async fn a_parameter_that_is_given_twice_is_refused() {
    for query in ["run_id=a&run_id=b", "run_id=a&run_id=a", "run_id=a&run%5Fid=b"] {
        let error = from_uri::<Query<m::RunId>>("GET", &format!("/?{query}")).await.unwrap_err();
        assert_eq!(error.message, "Parameter 'run_id' is given more than once.", "{query}");
    }
    // A list is what its parameters together say.
    let bound = from_uri::<Query<m::GetMetricHistoryBulk>>("GET", "/?run_id=a&run_id=b&metric_key=m").await;
    assert_eq!(bound.unwrap().0.run_id, Some(vec!["a".to_owned(), "b".to_owned()]));
    // Only the body knows camelCase, as in MLflow.
    assert_eq!(from_uri::<Query<m::RunId>>("GET", "/?runId=a").await.unwrap().0.run_id, None);
}

#[tokio::test]
async fn a_key_that_is_given_twice_is_refused_in_every_spelling() {
    for body in [
        r#"{"run_id": "a", "run_id": "b", "key": "k"}"#,
        r#"{"run_id": "a", "run_id": "a", "key": "k"}"#,
        r#"{"run_id": "a", "r\u0075n_id": "b", "key": "k"}"#,
        r#"{"run_id": "a", "runId": "b", "key": "k"}"#,
        r#"{"runId": "b", "run_id": "a", "key": "k"}"#,
        r#"{"runUuid": "b", "run_uuid": "a", "key": "k"}"#,
        r#""{\"run_id\": \"a\", \"runId\": \"b\", \"key\": \"k\"}""#,
    ] {
        let said = refusal(body).await;
        assert!(
            said.contains("duplicate field") || said.contains("provide only one of them"),
            "{body}: {said}"
        );
    }
}

#[tokio::test]
async fn two_names_of_a_run_must_not_disagree() {
    let message = tag(r#"{"run_id": "a", "runUuid": "b", "key": "k"}"#).await.unwrap();
    assert!(message.run().is_err());
    let message = tag(r#"{"run_id": "a", "run_uuid": "a", "key": "k"}"#).await.unwrap();
    assert_eq!(message.run().unwrap(), "a");
    let Query(message) = from_uri::<Query<m::RunId>>("GET", "/?run_id=a&run_uuid=b").await.unwrap();
    assert!(message.run().is_err());
}

#[tokio::test]
async fn a_body_may_have_its_rows_bytes_and_not_one_more() {
    let json = r#"{"run_id": "a", "key": "k"}"#;
    assert!(posted::<m::SetTag>(json, json.len()).await.is_ok());
    let expected = format!("The request body is too large. At most {} bytes are accepted.", json.len() - 1);
    assert_eq!(posted::<m::SetTag>(json, json.len() - 1).await.unwrap_err().message, expected);
    // However it comes.
    let pieces = json.as_bytes().chunks(3).map(|piece| io::Result::Ok(Bytes::copy_from_slice(piece)));
    let stream = HttpBody::from_stream(futures::stream::iter(pieces.collect::<Vec<_>>()));
    assert_eq!(posted::<m::SetTag>(stream, json.len() - 1).await.unwrap_err().message, expected);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_message() {
    let pieces = [Ok(Bytes::from_static(br#"{"run_id": "a", "key": "k"}"#)), Err(io::Error::other("gone"))];
    let error = posted::<m::SetTag>(HttpBody::from_stream(futures::stream::iter(pieces)), 1000).await;
    assert_eq!(error.unwrap_err().message, "The request body broke off.");
}

#[tokio::test]
async fn a_message_is_an_object_that_may_be_encoded_twice() {
    let twice = r#" "{\"run_id\": \"a\", \"key\": \"k\"}" "#;
    assert_eq!(tag(twice).await.unwrap().run_id.as_deref(), Some("a"));
    for body in [r#"["a", null, "k", "v"]"#, r#""[\"a\", null, \"k\"]""#, "[]", "7", "true"] {
        assert!(refusal(body).await.starts_with("The request must be a JSON object"), "{body}");
    }
    for body in [r#""""#, r#""x""#, "{", r#"{"run_id": "a"}{}"#, "nul", "\u{feff}{}"] {
        assert!(refusal(body).await.starts_with("The request body is not valid JSON"), "{body}");
    }
    for body in ["", " \n", "null", "{}", r#""null""#] {
        let said = refusal(body).await;
        assert!(
            said.starts_with("Missing value") || said.starts_with("The request must be"),
            "{body}: {said}"
        );
    }
}

#[tokio::test]
async fn only_a_body_that_says_that_it_is_json_is_read() {
    for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        let parts = parts("POST", "/", content_type);
        let request = request(&parts, untouchable(), 1000);
        assert!(Body::<m::RunId>::bind(request).await.is_err(), "{content_type:?}");
    }
}

#[tokio::test]
async fn a_secret_is_not_said_again() {
    for body in [
        r#"{"username": "u", "password": ["s3cret"]}"#,
        r#"{"username": "u", "password": {"s3cret": 1}}"#,
        r#"{"username": "u", "password": "s3cret", "password": "s3cret"}"#,
        r#"["u", "s3cret"]"#,
        r#""s3cret""#,
        r#""{\"password\": [\"s3cret\"]}""#,
    ] {
        let error = posted::<m::CreateUser>(body, 1000).await.unwrap_err();
        assert!(!error.message.contains("s3cret"), "{body}: {error:?}");
    }
}

#[tokio::test]
async fn a_large_body_may_hold_only_so_many_values() {
    let of = |number: usize| format!(r#"{{"run_id": "a", "metrics": [{}]}}"#, vec!["{}"; number].join(","));
    let (fits, does_not) = (of(MAX_VALUES / 2 - 10), of(MAX_VALUES / 2 + 10));
    assert!(posted::<m::LogBatch>(fits, usize::MAX).await.is_ok());
    let error = posted::<m::LogBatch>(does_not.clone(), usize::MAX).await.unwrap_err();
    assert_eq!(error.message, "The request body holds too many values. At most 250000 are accepted.");
    let twice = serde_json::to_string(&does_not).unwrap();
    assert_eq!(posted::<m::LogBatch>(twice, usize::MAX).await.unwrap_err(), error);
}

#[test]
fn what_stands_in_a_string_is_one_value() {
    for (json, expected) in [
        ("1", 1),
        ("[1,2]", 3),
        (r#"{"a":1,"b":[]}"#, 4),
        (r#"{"a":"[1,2,{3,4"}"#, 2),
        (r#"{"a":"\",[\\","b":1}"#, 3),
        (r#""\\",1"#, 2),
        (r#""a,"#, 1),
    ] {
        assert_eq!(values(json.as_bytes()), expected, "{json}");
    }
}

#[tokio::test]
async fn a_path_is_decoded_exactly_once() {
    let bind = async |rest: &str| {
        let parts = parts("GET", "/", None);
        Path::bind(Request { rest, ..request(&parts, untouchable(), 0) }).await.map(|path| path.0)
    };
    assert_eq!(bind("a%20b/%2541+c").await.unwrap(), "a b/%41+c");
    assert_eq!(bind("%2e%2e%2fx").await.unwrap(), "../x");
    assert!(bind("%ff").await.is_err());
}

#[tokio::test]
async fn an_upload_ends_at_its_limit() {
    let announced = http::Request::builder().method("PUT").uri("/").header("content-length", "11");
    let announced = announced.body(()).unwrap().into_parts().0;
    let bind = async |parts: &Parts, body: HttpBody| {
        Upload::<Path>::bind(Request { rest: "x", ..request(parts, body, 10) }).await
    };
    assert!(bind(&announced, untouchable()).await.is_err());
    let silent = parts("PUT", "/", None);
    let upload = bind(&silent, HttpBody::from("0123456789+")).await.unwrap();
    assert_eq!(upload.length, None);
    assert!(upload.body.collect::<Vec<_>>().await.iter().any(Result::is_err));
    let upload = bind(&silent, HttpBody::from("0123456789")).await.unwrap();
    let bytes: Vec<Bytes> = upload.body.try_collect().await.unwrap();
    assert_eq!(bytes.concat(), b"0123456789");
}

#[tokio::test]
async fn the_segments_of_a_route_are_decoded_once_and_go_with_the_input() {
    let bind = async |path: &str| {
        let parts = parts("DELETE", path, None);
        let route = "/prefix/logged-models/{model_id}/tags/{tag_key}";
        let request = Request { route, ..request(&parts, untouchable(), 0) };
        InPath::<m::LoggedModelTagInPath, Empty>::bind(request).await.map(|bound| bound.segments)
    };
    let segments = bind("/prefix/logged-models/m-1/tags/a%2Fb%2525%20%C3%A9?tag_key=x").await.unwrap();
    assert_eq!((segments.model_id.as_str(), segments.tag_key.as_str()), ("m-1", "a/b%25 é"));
    let error = bind("/prefix/logged-models/m-1/tags/%FF").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidParameterValue);
    // A row whose route lacks the segment serves nobody.
    let error = bind("/prefix/logged-models").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InternalError);
}
