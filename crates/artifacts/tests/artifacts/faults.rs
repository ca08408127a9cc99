//! An object store that does not answer, breaks off or refuses: a small server stands in for S3.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use artifacts::object::Patience;
use artifacts::object::direct::SentPart;
use artifacts::{Error, ObjectRepository, ObjectStores, SafePath};
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use model::ErrorCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const SECRET: &str = "SuperSecretKey0123456789";

const PATIENCE: Patience = Patience {
    connect: Duration::from_millis(500),
    silence: Duration::from_millis(500),
    retry: Duration::from_millis(400),
    listing: Duration::from_secs(3),
};

/// What the store does with a request.
enum Act {
    Answer(u16, &'static [(&'static str, &'static str)], &'static str),
    /// The head and the beginning of a body of that length, then silence.
    Stall(&'static str, usize),
    /// The same, then the end of the connection.
    BreakOff(&'static str, usize),
    Silence,
}

/// The requests that came, as `METHOD /target`, and a repository in the store.
struct Store {
    requests: Arc<Mutex<Vec<String>>>,
    repository: ObjectRepository,
}

impl Store {
    /// A store that does with a request, and the number of those before it, what `acts` says.
    async fn start(acts: fn(&str, usize) -> Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, Arc::clone(&seen), acts));
            }
        });
        let variables = [
            ("MLFLOW_S3_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "AKID"),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
        ];
        let variables: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let repository = ObjectStores::new(variables, PATIENCE).open("s3://bucket/p").unwrap();
        Self { requests, repository }
    }

    fn seen(&self, beginning: &str) -> usize {
        self.requests.lock().unwrap().iter().filter(|request| request.starts_with(beginning)).count()
    }

    /// Waits until a request has come that begins so.
    async fn comes(&self, beginning: &str) {
        for _ in 0..200 {
            if self.seen(beginning) > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no {beginning} among {:?}", self.requests.lock().unwrap());
    }
}

async fn serve(mut connection: TcpStream, seen: Arc<Mutex<Vec<String>>>, acts: fn(&str, usize) -> Act) {
    while let Some(request) = take_request(&mut connection).await {
        let before = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.iter().filter(|earlier| **earlier == request).count() - 1
        };
        let (status, headers, body, length) = match acts(&request, before) {
            Act::Answer(status, headers, body) => (status, headers, body, body.len()),
            Act::Stall(body, length) | Act::BreakOff(body, length) => {
                (200, &[("etag", "\"one\""), ("last-modified", DATE)][..], body, length)
            }
            Act::Silence => return std::future::pending().await,
        };
        let mut answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n");
        for (name, value) in headers {
            answer += &format!("{name}: {value}\r\n");
        }
        answer += "\r\n";
        if !request.starts_with("HEAD") {
            answer += body;
        }
        connection.write_all(answer.as_bytes()).await.unwrap();
        match acts(&request, before) {
            Act::Stall(..) => return std::future::pending().await,
            Act::BreakOff(..) => return,
            Act::Answer(..) | Act::Silence => {}
        }
    }
}

const DATE: &str = "Tue, 03 Nov 2026 10:00:00 GMT";

/// `METHOD /target` of the next request, whose body is read and left.
async fn take_request(connection: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    connection.read_exact(&mut body).await.ok()?;
    head.lines().next().unwrap().strip_suffix(" HTTP/1.1").map(str::to_owned)
}

fn safe(path: &str) -> SafePath {
    SafePath::parse(path).unwrap()
}

/// What a client hears, without anything that is not for it.
fn said(error: Error) -> (ErrorCode, String) {
    let error = model::Error::from(error);
    let message = error.message.to_string();
    for hidden in [SECRET, "AKID", "127.0.0.1", "Signature"] {
        assert!(!message.contains(hidden), "{message}");
    }
    (error.code, message)
}

fn bytes(count: usize) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    stream::iter((0..count).map(|_| Ok(Bytes::from(vec![b'x'; 1 << 20]))))
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_an_error_in_time() {
    let store = Store::start(|_, _| Act::Silence).await;
    let path = safe("f");
    let tried = async {
        [
            store.repository.list(&path).await.err(),
            store.repository.read(&path, None).await.err(),
            store.repository.write(&path, bytes(1)).await.err(),
            store.repository.write(&path, bytes(9)).await.err(),
            store.repository.delete(&path).await.err(),
        ]
    };
    let failures = tokio::time::timeout(Duration::from_secs(15), tried).await.unwrap();
    for failure in failures {
        let (code, message) = said(failure.unwrap());
        assert_eq!(code, ErrorCode::TemporarilyUnavailable, "{message}");
        assert_eq!(message, "The artifact store 's3://bucket' does not answer. Try again later.");
    }
}

#[tokio::test]
async fn a_store_that_nobody_listens_for_is_an_error_in_time() {
    let variables = [
        ("MLFLOW_S3_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
    ];
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let repository = ObjectStores::new(variables, PATIENCE).open("s3://bucket").unwrap();
    let (code, _) = said(repository.list(&SafePath::root()).await.unwrap_err());
    assert_eq!(code, ErrorCode::TemporarilyUnavailable);
}

#[tokio::test]
async fn a_download_that_stalls_or_breaks_off_is_an_error_and_not_a_short_answer() {
    let stalls: fn(&str, usize) -> Act = |_, _| Act::Stall("0123456789", 1000);
    let breaks: fn(&str, usize) -> Act = |_, _| Act::BreakOff("0123456789", 1000);
    for acts in [stalls, breaks] {
        let store = Store::start(acts).await;
        let download = store.repository.read(&safe("f"), None).await.unwrap();
        assert_eq!((download.length, download.etag.as_deref()), (1000, Some("\"one\"")));
        let whole = download.stream.try_collect::<Vec<Bytes>>();
        assert!(tokio::time::timeout(Duration::from_secs(5), whole).await.unwrap().is_err());
    }
}

#[tokio::test]
async fn an_object_that_is_replaced_half_way_is_an_error_and_not_a_mix() {
    let store = Store::start(|_, before| match before {
        0 => Act::BreakOff("0123456789", 20),
        _ => Act::Answer(
            206,
            &[("etag", "\"two\""), ("last-modified", DATE), ("content-range", "bytes 10-19/20")],
            "abcdefghij",
        ),
    })
    .await;
    let download = store.repository.read(&safe("f"), None).await.unwrap();
    assert!(download.stream.try_collect::<Vec<Bytes>>().await.is_err());
    assert!(store.seen("GET ") > 1);
}

#[tokio::test]
async fn a_passing_failure_is_tried_again() {
    let store = Store::start(|_, before| match before {
        0 => Act::Answer(503, &[], "<Error><Code>ServiceUnavailable</Code></Error>"),
        _ => Act::Answer(200, &[("etag", "\"one\""), ("last-modified", DATE)], "whole"),
    })
    .await;
    let download = store.repository.read(&safe("f"), None).await.unwrap();
    assert_eq!(download.stream.try_collect::<Vec<Bytes>>().await.unwrap().concat(), b"whole");
}

#[tokio::test]
async fn what_the_store_refuses_has_the_code_that_mlflow_gives_it() {
    let no_bucket: fn(&str, usize) -> Act =
        |_, _| Act::Answer(404, &[], "<Error><Code>NoSuchBucket</Code><Key>x</Key></Error>");
    let denied: fn(&str, usize) -> Act =
        |_, _| Act::Answer(403, &[], "<Error><Code>AccessDenied</Code></Error>");
    let unsigned: fn(&str, usize) -> Act = |_, _| {
        Act::Answer(
            403,
            &[],
            "<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>AKID</AWSAccessKeyId></Error>",
        )
    };
    let elsewhere: fn(&str, usize) -> Act =
        |_, _| Act::Answer(301, &[], "<Error><Code>PermanentRedirect</Code></Error>");
    for (acts, code, words) in [
        (no_bucket, ErrorCode::ResourceDoesNotExist, "'s3://bucket' does not exist"),
        (denied, ErrorCode::PermissionDenied, "does not permit"),
        (unsigned, ErrorCode::PermissionDenied, "does not permit"),
        (elsewhere, ErrorCode::InternalError, "another region"),
    ] {
        let store = Store::start(acts).await;
        let path = safe("f");
        for failure in [
            store.repository.read(&path, None).await.err(),
            store.repository.write(&path, bytes(1)).await.err(),
            store.repository.write(&path, bytes(9)).await.err(),
            store.repository.delete(&path).await.err(),
            store.repository.list(&path).await.err(),
        ] {
            let (answered, message) = said(failure.unwrap());
            assert_eq!(answered, code, "{message}");
            assert!(message.contains(words), "{message}");
        }
    }
}

/// A store that takes an upload in parts, except for the part that `acts` answers itself.
fn in_parts(request: &str) -> Act {
    match request {
        begun if begun.starts_with("POST /bucket/p/f?uploads") => Act::Answer(
            200,
            &[],
            "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>",
        ),
        part if part.starts_with("PUT ") => Act::Answer(200, &[("etag", "\"part\"")], ""),
        _ => Act::Answer(204, &[], ""),
    }
}

const ABORTED: &str = "DELETE /bucket/p/f?uploadId=u1";

#[tokio::test]
async fn an_upload_that_fails_is_given_up() {
    let store = Store::start(|request, _| match request {
        second if second.contains("partNumber=2") => {
            Act::Answer(400, &[], "<Error><Code>BadDigest</Code></Error>")
        }
        other => in_parts(other),
    })
    .await;
    let (code, _) = said(store.repository.write(&safe("f"), bytes(40)).await.unwrap_err());
    assert_eq!(code, ErrorCode::InternalError);
    assert_eq!(store.seen(ABORTED), 1);

    let store = Store::start(|request, _| in_parts(request)).await;
    let broken = bytes(20).map(Ok::<_, std::io::Error>).map(|piece| piece.map(Result::unwrap));
    let broken = broken.chain(stream::iter([Err(std::io::Error::other("gone"))]));
    let error = store.repository.write(&safe("f"), broken).await.unwrap_err();
    assert!(matches!(error, Error::Interrupted(_)), "{error}");
    assert_eq!((store.seen(ABORTED), store.seen("POST /bucket/p/f?uploadId")), (1, 0));
}

#[tokio::test]
async fn an_upload_that_is_dropped_is_given_up() {
    let store = Store::start(|request, _| in_parts(request)).await;
    let endless = bytes(20).chain(stream::pending());
    let path = safe("f");
    let upload = store.repository.write(&path, endless);
    assert!(tokio::time::timeout(Duration::from_secs(2), upload).await.is_err());
    store.comes(ABORTED).await;
    assert_eq!(store.seen("POST /bucket/p/f?uploadId"), 0);
}

#[tokio::test]
async fn what_an_upload_holds_is_bounded() {
    // The store takes no part: two are on their way, one waits, and no more is asked of the client.
    let store = Store::start(|request, _| match request {
        part if part.starts_with("PUT ") => Act::Silence,
        other => in_parts(other),
    })
    .await;
    let asked = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&asked);
    let counting = bytes(200).inspect(move |_| *counted.lock().unwrap() += 1);
    assert!(store.repository.write(&safe("f"), counting).await.is_err());
    assert!(*asked.lock().unwrap() <= 25, "{} MiB were taken", asked.lock().unwrap());
}

#[tokio::test]
async fn parts_are_put_together_as_they_are_numbered_or_not_at_all() {
    let sent = |numbers: &[usize]| -> Vec<SentPart> {
        numbers.iter().map(|&number| SentPart { number, etag: "\"e\"".to_owned() }).collect()
    };
    let store = Store::start(|request, _| match request {
        lost if lost.contains("uploadId=lost") => {
            Act::Answer(404, &[], "<Error><Code>NoSuchUpload</Code></Error>")
        }
        bad if bad.contains("uploadId=small") => {
            Act::Answer(400, &[], "<Error><Code>EntityTooSmall</Code></Error>")
        }
        _ => Act::Answer(
            200,
            &[],
            "<CompleteMultipartUploadResult><ETag>\"whole\"</ETag></CompleteMultipartUploadResult>",
        ),
    })
    .await;
    let complete = |id, parts| {
        let repository = store.repository.clone();
        async move { repository.complete_upload(&safe("f"), id, parts).await }
    };
    complete(Some("u1"), sent(&[2, 1, 3])).await.unwrap();
    for wrong in [&[][..], &[0], &[2], &[1, 1], &[1, 3]] {
        assert!(matches!(complete(Some("u1"), sent(wrong)).await, Err(Error::BadParts)), "{wrong:?}");
    }
    for etag in ["", "<x>", "a&b", "a\nb", &"e".repeat(300)] {
        let part = SentPart { number: 1, etag: etag.to_owned() };
        assert!(matches!(complete(Some("u1"), vec![part]).await, Err(Error::BadParts)), "{etag:?}");
    }
    assert!(matches!(complete(Some("lost"), sent(&[1])).await, Err(Error::NoUpload)));
    assert!(matches!(complete(Some("small"), sent(&[1])).await, Err(Error::BadParts)));
    assert!(matches!(complete(None, sent(&[1])).await, Err(Error::NoUpload)));
}
