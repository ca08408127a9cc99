//! The middleware around a router.

use axum::Router;
use axum::routing::{get, post};
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, VARY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http_body_util::BodyExt;
use model::SystemEntropy;
use tower::ServiceExt;

use super::*;

const SEARCH: &str = "/api/2.0/mlflow/experiments/search";

fn server(security: SecurityConfig) -> Router {
    let entropy = Arc::new(SystemEntropy);
    let layers = Arc::new(Layers { security, proxies: TrustedProxies::default(), entropy, telemetry: None });
    Router::new()
        .route("/health", get(|| async { "OK" }))
        .route("/id", get(|request: Request| async move { request.extensions().get::<RequestId>().unwrap().to_string() }))
        .route("/varying", get(|| async { ([(VARY, "Accept, Origin")], "") }))
        .route("/framed", get(|| async { ([(X_FRAME_OPTIONS, "ALLOWALL")], "") }))
        .route("/static-files/lib/notebook-trace-renderer/index.html", get(|| async { "" }))
        .route(SEARCH, post(|| async { "found" }))
        .layer(axum::middleware::from_fn_with_state(layers, apply))
}

/// `METHOD path`, and headers beside a local `Host`.
async fn ask(server: &Router, line: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap, String) {
    let (method, path) = line.split_once(' ').unwrap();
    let mut request = http::Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "localhost:5000");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = server.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (head.status.as_u16(), head.headers, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn every_answer_is_marked_whoever_gave_it() {
    let server = server(SecurityConfig::default());
    let evil = [("origin", "http://evil.com")];
    let preflight = [("origin", "http://localhost"), ("access-control-request-method", "POST")];
    for (line, headers, status) in [
        ("GET /health", &[][..], 200),
        ("GET /nope", &[], 404),
        ("DELETE /health", &[], 405),
        ("GET /id", &[("host", "evil.com")], 403),
        (&format!("POST {SEARCH}"), &evil, 403),
        (&format!("OPTIONS {SEARCH}"), &preflight, 200),
        ("GET /framed", &[], 200),
    ] {
        let (answered, headers, _) = ask(&server, line, headers).await;
        assert_eq!(answered, status, "{line}");
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff", "{line}");
        assert_eq!(headers[X_FRAME_OPTIONS], "SAMEORIGIN", "{line}");
        assert_eq!(headers[request_id::HEADER].len(), 32, "{line}");
    }
}

#[tokio::test]
async fn a_refusal_says_why_in_mlflows_words_and_reaches_no_handler() {
    let server = server(SecurityConfig::default());
    let (status, headers, body) =
        ask(&server, "GET /id", &[("host", "evil.com"), ("origin", "http://localhost")]).await;
    assert_eq!(
        (status, body.as_str()),
        (403, "Invalid Host header - possible DNS rebinding attack detected")
    );
    assert_eq!(headers[CONTENT_TYPE], "text/plain; charset=utf-8");
    assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));

    let line = format!("POST {SEARCH}");
    let (status, headers, body) = ask(&server, &line, &[("origin", "http://evil.com")]).await;
    assert_eq!((status, body.as_str()), (403, "Cross-origin request blocked"));
    assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));

    let (status, _, body) = ask(&server, &line, &[("origin", "http://localhost:3000")]).await;
    assert_eq!((status, body.as_str()), (200, "found"));
}

/// As Starlette's answers in `mlflow server` 3.17.2.
#[tokio::test]
async fn an_answer_says_who_may_read_it() {
    let default = SecurityConfig::default();
    let any = SecurityConfig { cors_origins: vec!["*".to_owned()], ..default.clone() };
    for (config, origins, allowed, credentials, exposed) in [
        (&default, &[][..], None, None, None),
        (&default, &["http://localhost:1"], Some("http://localhost:1"), Some("true"), Some("*")),
        (&default, &["http://evil.com"], None, Some("true"), Some("*")),
        (&default, &["http://localhost:1", "http://evil.com"], None, None, None),
        (&any, &["http://evil.com"], Some("*"), None, Some("*")),
    ] {
        let sent: Vec<_> = origins.iter().map(|origin| ("origin", *origin)).collect();
        let (_, headers, _) = ask(&server(config.clone()), "GET /health", &sent).await;
        let header = |name: http::HeaderName| headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!(header(ACCESS_CONTROL_ALLOW_ORIGIN), allowed, "{origins:?}");
        assert_eq!(header(ACCESS_CONTROL_ALLOW_CREDENTIALS), credentials, "{origins:?}");
        assert_eq!(header(ACCESS_CONTROL_EXPOSE_HEADERS), exposed, "{origins:?}");
        assert_eq!(header(VARY), Some("Origin"), "{origins:?}");
    }
}

#[tokio::test]
async fn what_an_answer_varies_by_is_said_once() {
    let (_, headers, _) = ask(&server(SecurityConfig::default()), "GET /varying", &[]).await;
    assert_eq!(headers.get_all(VARY).iter().collect::<Vec<_>>(), ["Accept, Origin"]);
}

#[tokio::test]
async fn a_preflight_keeps_what_it_varies_by() {
    let asked = [("origin", "http://localhost"), ("access-control-request-method", "POST")];
    let (status, headers, body) =
        ask(&server(SecurityConfig::default()), &format!("OPTIONS {SEARCH}"), &asked).await;
    assert_eq!((status, body.as_str()), (200, "OK"));
    assert_eq!(headers.get_all(VARY).iter().count(), 1);
    assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "http://localhost");
    assert!(!headers.contains_key(ACCESS_CONTROL_EXPOSE_HEADERS));
}

#[tokio::test]
async fn frames_are_as_configured_and_open_for_the_notebook_renderer() {
    let renderer = "GET /static-files/lib/notebook-trace-renderer/index.html";
    for (frame_options, expected) in [
        (FrameOptions::SameOrigin, Some("SAMEORIGIN")),
        (FrameOptions::Deny, Some("DENY")),
        (FrameOptions::None, None),
    ] {
        let server = server(SecurityConfig { frame_options, ..SecurityConfig::default() });
        let (_, headers, _) = ask(&server, "GET /health", &[]).await;
        assert_eq!(headers.get(X_FRAME_OPTIONS).map(|value| value.to_str().unwrap()), expected);
        let (status, headers, _) = ask(&server, renderer, &[]).await;
        assert_eq!((status, headers.get(X_FRAME_OPTIONS)), (200, None));
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
}

#[tokio::test]
async fn disabled_means_that_everything_passes_and_only_the_id_is_added() {
    let server = server(SecurityConfig { disabled: true, ..SecurityConfig::default() });
    let sent = [("host", "evil.com"), ("origin", "http://evil.com")];
    let (status, headers, body) = ask(&server, &format!("POST {SEARCH}"), &sent).await;
    assert_eq!((status, body.as_str()), (200, "found"));
    let added = [X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS, VARY, ACCESS_CONTROL_EXPOSE_HEADERS];
    assert!(added.iter().all(|name| !headers.contains_key(name)));
    assert!(headers.contains_key(request_id::HEADER));
}

#[tokio::test]
async fn the_handler_and_the_client_see_the_same_request_id() {
    let server = server(SecurityConfig::default());
    let (_, headers, body) = ask(&server, "GET /id", &[("x-request-id", "from-the-proxy_1.2")]).await;
    assert_eq!(
        (headers[request_id::HEADER].as_bytes(), body.as_str()),
        (&b"from-the-proxy_1.2"[..], "from-the-proxy_1.2")
    );
    let (_, headers, body) = ask(&server, "GET /id", &[("x-request-id", "no good")]).await;
    assert_eq!(headers[request_id::HEADER].as_bytes(), body.as_bytes());
    assert_eq!(body.len(), 32);
}
