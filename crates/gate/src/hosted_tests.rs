use super::*;
use crate::layers::{SecurityConfig, TrustedProxies};
use futures::FutureExt;
use http_body_util::Full;
use hyper::service::Service;
use model::{Error, SystemEntropy};
use std::net::Ipv4Addr;
use std::sync::Mutex;

/// Answers with what headers it was given, and keeps them.
#[derive(Default)]
struct Host {
    seen: Mutex<Vec<HeaderMap>>,
    fails: bool,
}

impl Forward for Host {
    fn forward(
        &self,
        request: http::Request<ForwardedBody>,
    ) -> BoxFuture<'_, model::Result<http::Response<ForwardedBody>>> {
        self.seen.lock().unwrap().push(request.headers().clone());
        let body = Full::new(Bytes::from_static(b"from the app")).map_err(Into::into).boxed_unsync();
        let mut answer = http::Response::new(body);
        answer.headers_mut().insert(SECRET, HeaderValue::from_static("leaked"));
        answer.headers_mut().insert("x-app", HeaderValue::from_static("kept"));
        let answer = if self.fails { Err(Error::unavailable("down")) } else { Ok(answer) };
        std::future::ready(answer).boxed()
    }
}

async fn ask(host: &Arc<Host>, headers: &[(&str, &str)]) -> (u16, HeaderMap, String) {
    let layers = Layers {
        security: SecurityConfig::default(),
        proxies: TrustedProxies::default(),
        entropy: Arc::new(SystemEntropy),
        telemetry: None,
    };
    let forward: Arc<dyn Forward> = Arc::clone(host) as _;
    let mut request = http::Request::get("/any/path").header("host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let service = forwarding_front(forward, layers, true).service(Ipv4Addr::LOCALHOST.into());
    let answer = service.call(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn the_host_hears_from_the_front_and_not_from_a_client() {
    let host = Arc::new(Host::default());
    let forged = [
        ("x-millgate-host-secret", "guess"),
        ("x-millgate-host-user", "admin"),
        ("X_Millgate_Host_User", "admin"),
        ("x-millgate_host-client", "10.0.0.1"),
        ("x-millgate-host-anything", "at all"),
        ("x-millgate-host-scheme", "gopher"),
        ("x-request-id", "mine"),
        ("authorization", "Bearer kept"),
    ];
    let (status, headers, body) = ask(&host, &forged).await;
    assert_eq!((status, body.as_str()), (200, "from the app"));
    assert_eq!(headers["x-app"], "kept");
    assert!(!headers.contains_key(SECRET), "what an app gives away goes no farther");
    let seen = host.seen.lock().unwrap().remove(0);
    let mut ours: Vec<_> = seen
        .iter()
        .filter(|(name, _)| name.as_str().replace('_', "-").starts_with(PREFIX))
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    ours.sort_unstable();
    assert_eq!(ours, [("x-millgate-host-client", "127.0.0.1"), ("x-millgate-host-scheme", "https")]);
    assert_eq!(
        (&seen["x-request-id"], &seen["authorization"]),
        (&"mine".parse().unwrap(), &"Bearer kept".parse().unwrap())
    );
}

#[tokio::test]
async fn a_host_that_fails_is_an_error_of_mlflows() {
    let host = Arc::new(Host { fails: true, ..Host::default() });
    let (status, headers, body) = ask(&host, &[]).await;
    assert_eq!(status, 503);
    assert!(headers.contains_key("retry-after"));
    assert_eq!(body, r#"{"error_code":"TEMPORARILY_UNAVAILABLE","message":"down"}"#);
}

#[tokio::test]
async fn a_foreign_host_header_never_reaches_the_host() {
    let host = Arc::new(Host::default());
    let layers = Layers {
        security: SecurityConfig::default(),
        proxies: TrustedProxies::default(),
        entropy: Arc::new(SystemEntropy),
        telemetry: None,
    };
    let forward: Arc<dyn Forward> = Arc::clone(&host) as _;
    let request = http::Request::get("/").header("host", "evil.example").body(Body::empty()).unwrap();
    let service = forwarding_front(forward, layers, false).service(Ipv4Addr::LOCALHOST.into());
    assert_eq!(service.call(request).await.unwrap().status(), 403);
    assert!(host.seen.lock().unwrap().is_empty());
}

#[test]
fn a_users_name_is_one_line_of_text_of_a_sane_length() {
    let of = |text: &str| username(&HeaderValue::from_str(text).unwrap());
    assert_eq!(of("alice").as_deref(), Some("alice"));
    assert_eq!(of("J%C3%BCrgen%20M.").as_deref(), Some("Jürgen M."));
    for none in ["", "%FF", "a%0Ab", "a%00"] {
        assert_eq!(of(none), None, "{none:?}");
    }
    assert_eq!(of(&"x".repeat(256)), None);
}

#[test]
fn a_secret_is_new_each_time_and_shows_nothing_of_itself() {
    let (one, other) = (HostSecret::new(&SystemEntropy), HostSecret::new(&SystemEntropy));
    assert_ne!(one.expose(), other.expose());
    assert_eq!(one.expose().len(), 64);
    assert!(!format!("{one:?}").contains(one.expose()));
}
