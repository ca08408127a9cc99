use super::*;
use bytes::Bytes;
use http_body::Frame;
use http_body_util::{Empty, Full, StreamBody};
use std::path::Path;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::sync::mpsc;

/// A worker that says what it is told to, whatever it hears.
struct Worker {
    proxy: Proxy,
    heard: mpsc::UnboundedReceiver<String>,
    _folder: TempDir,
}

/// What the worker does with a connection that has brought it a request.
#[derive(Clone, Copy)]
enum Does {
    Says(&'static str),
    SaysAndCloses(&'static str),
    Nothing,
}

const OK: &str =
    "HTTP/1.1 200 -\r\ncontent-length: 2\r\nconnection: x-gone\r\nx-gone: 1\r\nx-kept: 1\r\n\r\nok";

impl Worker {
    fn new(timeout: Duration, does: Does) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("worker.sock");
        let heard = serve(&path, does);
        let proxy = Proxy::new(1, timeout, HostSecret::new(&SystemEntropy));
        proxy.connect(0, Line::new(path));
        Self { proxy, heard, _folder: folder }
    }

    async fn ask(&self, body: ForwardedBody) -> model::Result<Response<ForwardedBody>> {
        let request = Request::post("http://client.example/a%2Fb?c=d")
            .header("host", "client.example")
            .header("connection", "close, x-hop, x-millgate-host-client")
            .header("x-hop", "1")
            .header("te", "trailers")
            .header("upgrade", "websocket")
            .header("x-millgate-host-client", "10.0.0.1");
        self.proxy.pass(request.body(body).unwrap()).await
    }

    async fn text(&self) -> Result<String, (ErrorCode, String)> {
        let answer = self.ask(empty()).await.map_err(|error| (error.code, error.message.to_string()))?;
        let body = answer
            .into_body()
            .collect()
            .await
            .map_err(|error| (ErrorCode::InternalError, error.to_string()))?;
        Ok(String::from_utf8(body.to_bytes().to_vec()).unwrap())
    }
}

/// Sends what is heard, a request at a time, with the number of its connection before it.
fn serve(path: &Path, does: Does) -> mpsc::UnboundedReceiver<String> {
    let listener = UnixListener::bind(path).unwrap();
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for number in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let sender = sender.clone();
            tokio::spawn(async move {
                let mut buffer = vec![0; 64 * 1024];
                loop {
                    let read = stream.read(&mut buffer).await.unwrap_or(0);
                    if read == 0 {
                        break;
                    }
                    let _ = sender.send(format!("{number} {}", String::from_utf8_lossy(&buffer[..read])));
                    match does {
                        Does::Says(text) => stream.write_all(text.as_bytes()).await.unwrap(),
                        Does::SaysAndCloses(text) => {
                            stream.write_all(text.as_bytes()).await.unwrap();
                            break;
                        }
                        Does::Nothing => {}
                    }
                }
            });
        }
    });
    receiver
}

fn empty() -> ForwardedBody {
    Empty::<Bytes>::new().map_err(Into::into).boxed_unsync()
}

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_worker_hears_the_request_with_the_secret_and_without_what_concerns_the_connection() {
    let mut worker = Worker::new(LONG, Does::Says(OK));
    let body = Full::new(Bytes::from_static(b"body")).map_err(Into::into).boxed_unsync();
    let answer = worker.ask(body).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers().contains_key("x-kept") && !answer.headers().contains_key("x-gone"));
    assert!(!answer.headers().contains_key("connection"));
    let heard = worker.heard.recv().await.unwrap();
    assert!(heard.starts_with("0 POST /a%2Fb?c=d HTTP/1.1\r\n"), "{heard}");
    let secret = format!("x-millgate-host-secret: {}\r\n", worker.proxy.secret.expose());
    assert!(heard.contains(&secret), "{heard}");
    assert!(heard.contains("host: client.example\r\n") && heard.ends_with("body"), "{heard}");
    assert!(heard.contains("x-millgate-host-client: 10.0.0.1\r\n"), "{heard}");
    for gone in ["x-hop", "te:", "upgrade:", "connection:"] {
        assert!(!heard.contains(gone), "{gone}: {heard}");
    }
}

#[tokio::test]
async fn a_connection_is_used_again_after_a_whole_answer_and_replaced_when_it_is_closed() {
    let mut worker = Worker::new(LONG, Does::Says(OK));
    for _ in 0..3 {
        assert_eq!(worker.text().await.unwrap(), "ok");
        assert!(worker.heard.recv().await.unwrap().starts_with("0 "));
    }
    drop(worker.ask(empty()).await.unwrap());
    assert_eq!(worker.text().await.unwrap(), "ok");

    let mut worker = Worker::new(LONG, Does::SaysAndCloses(OK));
    for number in 0..3 {
        assert_eq!(worker.text().await.unwrap(), "ok");
        let heard = worker.heard.recv().await.unwrap();
        assert!(heard.starts_with(&format!("{number} ")), "{heard}");
    }
    assert_eq!(worker.proxy.choose().unwrap().busy.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn what_is_no_answer_is_an_error() {
    for (says, code) in [
        ("complete nonsense\r\n\r\n", ErrorCode::InternalError),
        ("HTTP/1.1 2000 -\r\n\r\n", ErrorCode::InternalError),
        ("HTTP/1.1 200 -\r\nbad header\r\n\r\n", ErrorCode::InternalError),
        ("HTTP/1.1 200 -\r\ncontent-length: many\r\n\r\n", ErrorCode::InternalError),
        ("", ErrorCode::TemporarilyUnavailable),
        ("HTTP/1.1 200 -\r\ncontent-le", ErrorCode::TemporarilyUnavailable),
    ] {
        let worker = Worker::new(LONG, Does::SaysAndCloses(says));
        assert_eq!(worker.text().await.unwrap_err().0, code, "{says}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_whole_answer() {
    let says = "HTTP/1.1 200 -\r\ncontent-length: 10\r\n\r\nshort";
    let worker = Worker::new(LONG, Does::SaysAndCloses(says));
    let answer = worker.ask(empty()).await.unwrap();
    assert!(answer.into_body().collect().await.is_err());
    assert_eq!(worker.proxy.choose().unwrap().busy.load(Ordering::Relaxed), 0);
    assert!(worker.proxy.choose().unwrap().idle.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_head_without_end_is_given_up() {
    let endless: &'static str =
        Box::leak(format!("HTTP/1.1 200 -\r\nx: {}", "y".repeat(300_000)).into_boxed_str());
    let worker = Worker::new(LONG, Does::SaysAndCloses(endless));
    assert_eq!(worker.text().await.unwrap_err().0, ErrorCode::InternalError);
}

#[tokio::test]
async fn a_worker_that_says_nothing_is_given_up_in_time() {
    let worker = Worker::new(Duration::from_millis(100), Does::Nothing);
    assert_eq!(worker.text().await.unwrap_err().0, ErrorCode::DeadlineExceeded);
    let worker =
        Worker::new(Duration::from_millis(100), Does::Says("HTTP/1.1 200 -\r\ncontent-length: 9\r\n\r\nx"));
    let (_, error) = worker.text().await.unwrap_err();
    assert!(error.contains("nothing more"), "{error}");
}

#[tokio::test]
async fn without_a_worker_the_server_is_unavailable() {
    let worker = Worker::new(LONG, Does::Says(OK));
    worker.proxy.disconnect(0);
    assert_eq!(worker.text().await.unwrap_err().0, ErrorCode::TemporarilyUnavailable);
    worker.proxy.connect(0, Line::new("/nowhere/at/all.sock".into()));
    assert_eq!(worker.text().await.unwrap_err().0, ErrorCode::TemporarilyUnavailable);
}

#[tokio::test]
async fn requests_beyond_the_room_are_turned_away() {
    let worker = Worker::new(LONG, Does::Says(OK));
    let answers: Vec<_> = futures::future::join_all((0..PER_WORKER).map(|_| worker.ask(empty()))).await;
    assert!(answers.iter().all(Result::is_ok));
    tokio::time::pause();
    let (code, message) = worker.text().await.unwrap_err();
    assert_eq!(code, ErrorCode::TemporarilyUnavailable);
    assert!(message.contains("too much"), "{message}");
    tokio::time::resume();
    drop(answers);
    assert_eq!(worker.text().await.unwrap(), "ok");
}

/// A body of which this much comes, and then nothing more until the sender is dropped.
fn stalled(bytes: usize) -> (futures::channel::mpsc::UnboundedSender<Sent>, ForwardedBody) {
    let (sender, receiver) = futures::channel::mpsc::unbounded();
    sender.unbounded_send(Ok(Frame::data(Bytes::from(vec![b'x'; bytes])))).unwrap();
    (sender, StreamBody::new(receiver).boxed_unsync())
}

type Sent = Result<Frame<Bytes>, Box<dyn std::error::Error + Send + Sync>>;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn an_answer_before_the_end_of_its_requests_body_holds_nobody_up() {
    let worker = Worker::new(LONG, Does::Says(OK));
    let mut clients = Vec::new();
    for _ in 0..3 {
        let (client, body) = stalled(100 * 1024);
        let answer = timeout(SECOND, worker.ask(body)).await.unwrap().unwrap();
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "ok");
        clients.push(client);
        assert_eq!(timeout(SECOND, worker.text()).await.unwrap().unwrap(), "ok");
    }
}

#[tokio::test]
async fn bodies_that_have_not_begun_take_no_room() {
    let worker = Worker::new(LONG, Does::Says(OK));
    let (clients, bodies): (Vec<_>, Vec<_>) = (0..2 * PER_WORKER).map(|_| stalled(1)).unzip();
    let waiting = futures::future::join_all(bodies.into_iter().map(|body| worker.ask(body)));
    let mut waiting = std::pin::pin!(waiting);
    assert!(timeout(SECOND / 10, &mut waiting).await.is_err());
    assert_eq!(timeout(SECOND, worker.text()).await.unwrap().unwrap(), "ok");
    drop(clients);
    // One after the other, as there is room.
    assert!(waiting.await.iter().filter(|answer| answer.is_ok()).count() >= PER_WORKER);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_the_clients_fault_and_not_the_workers() {
    let worker = Worker::new(LONG, Does::Nothing);
    for bytes in [1, 1024 * 1024] {
        let (client, body) = stalled(bytes);
        let breaks = async {
            tokio::time::sleep(SECOND / 10).await;
            client.unbounded_send(Err("gone".into())).unwrap();
        };
        let (answer, ()) = futures::future::join(worker.ask(body), breaks).await;
        assert_eq!(answer.err().map(|error| error.code), Some(ErrorCode::BadRequest), "{bytes}");
    }
}

#[test]
fn the_name_of_the_core_cannot_be_guessed() {
    let secret = HostSecret::new(&SystemEntropy);
    let (one, other) = (Proxy::new(1, LONG, secret.clone()), Proxy::new(1, LONG, secret));
    assert_ne!(one.core_host(), other.core_host());
    assert!(one.core_host().ends_with(".millgate.invalid"));
}
