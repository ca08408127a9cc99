use super::*;
use crate::receiver::{Receiver, answer};
use futures::FutureExt;
use futures::future::BoxFuture;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};

const TIMEOUT: Duration = Duration::from_secs(5);

/// Resolves every name to these addresses, and counts how often it was asked.
struct Names(Vec<IpAddr>, AtomicUsize);

impl Names {
    fn of(addresses: &[&str]) -> Arc<Self> {
        Arc::new(Self(
            addresses.iter().map(|address| address.parse().unwrap()).collect(),
            AtomicUsize::new(0),
        ))
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, _: &'a str, port: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        let addresses = self.0.iter().map(|address| SocketAddr::new(*address, port)).collect();
        async move { Ok(addresses) }.boxed()
    }
}

fn rules(allow_private_ips: bool) -> Rules {
    Rules { schemes: vec![Scheme::Http, Scheme::Https], allow_private_ips }
}

fn open() -> Client {
    Client::new(rules(true), TIMEOUT)
}

async fn post(client: &Client, url: &str, keep: usize) -> Result<Answer, SendError> {
    client.post(url, HeaderMap::new(), Bytes::from_static(b"{\"a\": 1}"), keep).await
}

#[tokio::test]
async fn a_request_carries_what_it_is_given_and_brings_back_the_beginning_of_the_answer() {
    let receiver = Receiver::start(|_| answer(201, "retry-after: 7\r\n", "0123456789")).await;
    let url = format!("http://user:word@localhost:{}/path?query=1#no", receiver.port);
    let answer = post(&open(), &url, 4).await.unwrap();
    assert_eq!(answer, Answer { status: 201, retry_after: Some("7".to_owned()), body: b"0123".to_vec() });
    let [request] = <[_; 1]>::try_from(receiver.received()).unwrap();
    assert!(request.head.starts_with("POST /path?query=1 HTTP/1.1\r\n"), "{}", request.head);
    assert_eq!(request.header("host"), Some(format!("localhost:{}", receiver.port).as_str()));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("authorization"), Some("Basic dXNlcjp3b3Jk"));
    assert_eq!((request.header("content-length"), request.body.as_slice()), (Some("8"), &b"{\"a\": 1}"[..]));
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let target = Receiver::start(|_| answer(200, "", "inside")).await;
    let location = format!("location: http://127.0.0.1:{}/\r\n", target.port);
    for status in [301, 302, 303, 307, 308] {
        let location = location.clone();
        let receiver = Receiver::start(move |_| answer(status, &location, "away")).await;
        let answer = post(&open(), &format!("http://127.0.0.1:{}/", receiver.port), 100).await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (status, &b"away"[..]));
    }
    assert!(target.received().is_empty());
}

#[tokio::test]
async fn a_name_of_this_machine_is_refused_before_anything_connects() {
    let receiver = Receiver::start(|_| answer(200, "", "inside")).await;
    let client = Client::new(rules(false), TIMEOUT);
    for host in ["localhost", "LOCALHOST", "127.0.0.1", "0x7f.1", "[::ffff:127.0.0.1]", "0"] {
        let url = format!("http://{host}:{}/", receiver.port);
        assert!(matches!(post(&client, &url, 100).await, Err(SendError::Refused(_))), "{host}");
        assert!(matches!(client.check(&url).await, Err(UrlError::NotPublic(_))), "{host}");
    }
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn one_address_that_is_not_public_spoils_the_others() {
    let mixed = Client::new(rules(false), TIMEOUT)
        .with(Names::of(&["8.8.8.8", "10.0.0.1"]), rustls::RootCertStore::empty());
    assert!(matches!(post(&mixed, "http://example.com/", 0).await, Err(SendError::Refused(_))));
    assert!(mixed.check("https://example.com/").await.is_err());
    let public = mixed.clone().with(Names::of(&["8.8.8.8", "2606:4700::1"]), rustls::RootCertStore::empty());
    assert_eq!(public.check("https://example.com/").await, Ok(()));
    let none = public.with(Names::of(&[]), rustls::RootCertStore::empty());
    assert!(none.check("https://example.com/").await.is_err());
}

#[tokio::test]
async fn what_is_refused_tells_nothing_of_addresses() {
    let client =
        Client::new(rules(false), TIMEOUT).with(Names::of(&["10.1.2.3"]), rustls::RootCertStore::empty());
    let error = post(&client, "http://internal.example/", 0).await.unwrap_err();
    assert_eq!(error.to_string(), "the URL or its address is not allowed");
    assert!(error.detail().contains("10.1.2.3"));
    let error = client.check("http://internal.example/").await.unwrap_err();
    assert!(!error.to_string().contains("10.1.2.3"), "{error}");
    // Nor does the log show what a URL may hold.
    for url in
        ["http://user:word@10.1.2.3/token", "ftp://user:word@x/token", "http://user:word@[::1%25e]/token"]
    {
        let error = post(&client, url, 0).await.unwrap_err();
        assert!(
            !format!("{error:?}").contains("word") && !format!("{error:?}").contains("token"),
            "{error:?}"
        );
    }
}

/// Between a check and the connection there is no second look-up that could give another address.
#[tokio::test]
async fn a_name_is_resolved_once_a_request() {
    let receiver = Receiver::start(|_| answer(200, "", "")).await;
    let names = Names::of(&["127.0.0.1"]);
    let client = open().with(names.clone(), rustls::RootCertStore::empty());
    post(&client, &format!("http://rebinding.example:{}/", receiver.port), 0).await.unwrap();
    assert_eq!(names.1.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn the_next_address_is_tried_where_one_does_not_answer() {
    let receiver = Receiver::start(|_| answer(200, "", "")).await;
    // Nothing listens at the port of the first one.
    let client = open().with(Names::of(&["127.0.0.2", "127.0.0.1"]), rustls::RootCertStore::empty());
    assert_eq!(
        post(&client, &format!("http://two.example:{}/", receiver.port), 0).await.unwrap().status,
        200
    );
}

#[tokio::test]
async fn a_receiver_that_is_silent_or_endless_is_given_up() {
    let client = Client::new(rules(true), Duration::from_millis(200));
    let silent = Receiver::start(|_| String::new()).await;
    let url = format!("http://127.0.0.1:{}/", silent.port);
    assert_eq!(post(&client, &url, 10).await, Err(SendError::TimedOut));
    // Announces more than it sends: what came is kept.
    let short = Receiver::start(|_| "HTTP/1.1 200 Ok\r\ncontent-length: 99\r\n\r\nshort".to_owned()).await;
    let answer = post(&client, &format!("http://127.0.0.1:{}/", short.port), 10).await.unwrap();
    assert_eq!(answer.body, b"short");
    let head = format!("HTTP/1.1 200 Ok\r\nx: {}\r\n\r\n", "y".repeat(2 * MAX_HEAD_BYTES));
    let endless = Receiver::start(move |_| head.clone()).await;
    let outcome = post(&client, &format!("http://127.0.0.1:{}/", endless.port), 10).await;
    assert!(matches!(outcome, Err(SendError::Failed(_))), "{outcome:?}");
    let none = post(&client, "http://127.0.0.1:1/", 10).await.unwrap_err();
    assert_eq!(none.to_string(), "the request failed");
}

#[tokio::test]
async fn a_certificate_has_to_be_of_the_name_and_of_a_root_that_is_trusted() {
    let made = rcgen::generate_simple_self_signed(vec!["hooks.example".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let certificate = made.cert.der().clone();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(server));
    let receiver = Receiver::with_tls(|_| answer(200, "", "secure"), Some(acceptor)).await;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).unwrap();
    let names = Names::of(&[&Ipv4Addr::LOCALHOST.to_string()]);
    let trusting = open().with(names.clone(), roots.clone());
    let url = |host: &str| format!("https://{host}:{}/", receiver.port);
    assert_eq!(post(&trusting, &url("hooks.example"), 100).await.unwrap().body, b"secure");
    assert!(post(&trusting, &url("other.example"), 100).await.is_err());
    assert!(post(&trusting, &url("127.0.0.1"), 100).await.is_err());
    let distrusting = open().with(names, rustls::RootCertStore::empty());
    assert!(post(&distrusting, &url("hooks.example"), 100).await.is_err());
    assert_eq!(receiver.received().len(), 1);
}
