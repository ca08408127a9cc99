//! What is written down about who did what to users, roles and grants, and who was turned away.

use crate::Millis;
use std::borrow::Cow;
use std::net::IpAddr;

/// Who acts, from where and through which operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user who is logged in, or whose name a refused login gave; `None` for the server and the command line.
    pub username: Option<String>,
    /// Where the request came from; `None` for the server and the command line.
    pub address: Option<IpAddr>,
    /// The name of a row of the operation table, or what the server or the command line was told to do.
    pub operation: Cow<'static, str>,
    /// The `x-request-id` of the request.
    pub request_id: Option<String>,
    /// When, in milliseconds since 1970.
    pub at: Millis,
}

impl Actor {
    /// The server itself, or somebody at its command line.
    pub fn local(operation: impl Into<Cow<'static, str>>, at: Millis) -> Self {
        Self { username: None, address: None, operation: operation.into(), request_id: None, at }
    }
}

/// What an event is about: a user, a role, an access token, or a resource that a grant speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `user`, `role`, `token`, or the type of a resource, such as `experiment`.
    pub kind: Cow<'static, str>,
    /// A name or an id.
    pub name: String,
}

impl Target {
    pub fn new(kind: impl Into<Cow<'static, str>>, name: impl Into<String>) -> Self {
        Self { kind: kind.into(), name: name.into() }
    }

    pub fn user(name: impl Into<String>) -> Self {
        Self::new("user", name)
    }

    pub fn role(id: i64) -> Self {
        Self::new("role", id.to_string())
    }

    /// An access token.
    pub fn token(id: i64) -> Self {
        Self::new("token", id.to_string())
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The change was made.
    Done,
    /// The caller may not do it.
    Refused,
    /// The credentials were not right.
    LoginFailed,
    /// Too many logins failed before, so that this one was not looked at.
    Throttled,
}

impl Outcome {
    pub const ALL: [Self; 4] = [Self::Done, Self::Refused, Self::LoginFailed, Self::Throttled];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "DONE",
            Self::Refused => "REFUSED",
            Self::LoginFailed => "LOGIN_FAILED",
            Self::Throttled => "THROTTLED",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == name)
    }
}

/// One entry of the audit. It holds no secret: who writes one must not put any into `detail`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub actor: Actor,
    pub target: Option<Target>,
    pub outcome: Outcome,
    /// What was done, in a few words, such as `user alice: EDIT`.
    pub detail: String,
    /// How many events of the kind this entry stands for, at least 1: refusals are counted, not listed.
    pub count: u64,
}

impl Event {
    /// A change that was made.
    pub fn done(actor: &Actor, target: Target, detail: impl Into<String>) -> Self {
        Self {
            actor: actor.clone(),
            target: Some(target),
            outcome: Outcome::Done,
            detail: detail.into(),
            count: 1,
        }
    }
}
