//! What the tests of authenticators have in common.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use crate::authenticate::{AuthenticatedUser, ClientAddress, Outcome, PeerAddress, Principal, Rejection};
use crate::throttle::FailureLimits;
use crate::verified::{Verifier, VerifierConfig};
use futures::FutureExt;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use model::{Clock, Entropy, Millis, SystemEntropy};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use store::Db;
use store::auth::audit::{self, Search};
use store::auth::users;
use store::schema::{Schema, prepare};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub(crate) const NOW: Millis = 1_700_000_000_000;

/// A clock that goes when it is told to.
pub(crate) struct Watch(AtomicI64);

impl Clock for Watch {
    fn now(&self) -> Millis {
        self.0.load(Ordering::Relaxed)
    }
}

/// A database with the administrator `root`, and the users `alice` and `bob`.
pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) watch: Arc<Watch>,
    pub(crate) verifier: Verifier,
    _folder: TempDir,
}

impl World {
    /// Five failures from an address are let through.
    pub(crate) async fn new() -> Self {
        Self::at(NOW).await
    }

    pub(crate) async fn at(now: Millis) -> Self {
        let folder = TempDir::new().unwrap();
        let uri = format!("sqlite:///{}", folder.path().join("auth.db").display()).parse().unwrap();
        let db = Db::open(&uri).await.unwrap();
        prepare(&db, Schema::Auth, &uri).await.unwrap();
        for (name, is_admin) in [("root", true), ("alice", false), ("bob", false)] {
            db.write(move |connection| users::create(connection, name, "hash", is_admin).boxed())
                .await
                .unwrap();
        }
        let watch = Arc::new(Watch(AtomicI64::new(now)));
        let clock: Arc<dyn Clock> = Arc::<Watch>::clone(&watch);
        let failures = FailureLimits { account: 10, address: 5 };
        let config = VerifierConfig { failures, ..VerifierConfig::for_cores(1) };
        let verifier = Verifier::new(config, clock, &SystemEntropy);
        Self { db, watch, verifier, _folder: folder }
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::<Watch>::clone(&self.watch)
    }

    pub(crate) fn entropy() -> Arc<dyn Entropy> {
        Arc::new(SystemEntropy)
    }

    pub(crate) fn wait(&self, time: Millis) {
        self.watch.0.fetch_add(time, Ordering::Relaxed);
    }

    pub(crate) async fn disable(&self, username: &'static str, is_disabled: bool) {
        let done = self
            .db
            .write(move |connection| users::set_disabled(connection, username, is_disabled, NOW).boxed());
        done.await.unwrap();
    }

    /// What the audit has, the latest first: target and detail.
    pub(crate) async fn audited(&self) -> Vec<String> {
        let search = Search { limit: 100, ..Search::default() };
        let (found, _) = audit::search(&self.db, &search).await.unwrap();
        let told = found.into_iter().map(|recorded| {
            let event = recorded.event;
            let target = event.target.unwrap();
            format!("{} {}: {}", target.kind, target.name, event.detail)
        });
        told.collect()
    }
}

/// A request from 192.0.2.1 with some headers, through a peer.
pub(crate) fn request(peer: &str, headers: &[(&str, &str)]) -> Parts {
    let mut parts = http::Request::builder().uri("/api/2.0/x?y=z").body(()).unwrap().into_parts().0;
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        parts.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    parts.extensions.insert(ClientAddress("192.0.2.1".parse().unwrap()));
    parts.extensions.insert(PeerAddress(peer.parse().unwrap()));
    parts
}

/// The user with what the credentials bring and leave, or why they were turned away.
pub(crate) fn said(outcome: Outcome) -> String {
    match outcome {
        Outcome::Authenticated(Principal::User(user)) => {
            let AuthenticatedUser { username, is_admin, roles, scope, .. } = user;
            let scope = if scope.is_some() { "scoped" } else { "whole" };
            format!("{username} {is_admin} {scope} {}", roles.join(",")).trim_end().to_owned()
        }
        Outcome::Authenticated(Principal::Anyone) => "anyone".to_owned(),
        Outcome::NotMine => "not mine".to_owned(),
        Outcome::Rejected(Rejection::WrongCredentials { username, problem }) => {
            format!("{problem}: {}", username.as_deref().unwrap_or("nobody"))
        }
        Outcome::Rejected(Rejection::Throttled { username, .. }) => format!("throttled: {username:?}"),
        Outcome::Rejected(Rejection::Unavailable { problem }) => format!("unavailable: {problem}"),
        Outcome::Rejected(rejection) => format!("{rejection:?}"),
    }
}

/// A server on this machine that answers every request with what it is told, and closes the connection.
pub(crate) struct Service {
    pub(crate) url: String,
    answer: Arc<Mutex<Vec<u8>>>,
    heads: Arc<Mutex<Vec<String>>>,
    asked: Arc<AtomicUsize>,
    _serving: JoinSet<()>,
}

impl Service {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (answer, heads) = (Arc::<Mutex<Vec<u8>>>::default(), Arc::<Mutex<Vec<String>>>::default());
        let asked = Arc::<AtomicUsize>::default();
        let mut serving = JoinSet::new();
        let (told, noted, counted) = (Arc::clone(&answer), Arc::clone(&heads), Arc::clone(&asked));
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let (told, noted, counted) = (Arc::clone(&told), Arc::clone(&noted), Arc::clone(&counted));
                connections.spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        let mut byte = [0];
                        if socket.read(&mut byte).await.unwrap_or(0) == 0 {
                            return;
                        }
                        head.extend_from_slice(&byte);
                    }
                    noted.lock().unwrap().push(String::from_utf8(head).unwrap());
                    counted.fetch_add(1, Ordering::Relaxed);
                    let answer = told.lock().unwrap().clone();
                    if answer.is_empty() {
                        // It hangs.
                        std::future::pending::<()>().await;
                    }
                    // The client may have had enough.
                    socket.write_all(&answer).await.ok();
                });
            }
        });
        Self { url, answer, heads, asked, _serving: serving }
    }

    /// Bytes to answer with from now on; none to say nothing.
    pub(crate) fn answer(&self, bytes: impl Into<Vec<u8>>) {
        *self.answer.lock().unwrap() = bytes.into();
    }

    pub(crate) fn answer_with(&self, status: &str, headers: &[(&str, &str)], body: &str) {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        self.answer(format!(
            "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ));
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    pub(crate) fn last_head(&self) -> String {
        self.heads.lock().unwrap().last().unwrap().to_lowercase()
    }
}
