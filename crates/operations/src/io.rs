//! Where an input comes from and what an answer is made of.

use bytes::Bytes;
use futures::stream::BoxStream;
use serde::Serialize;

/// Bytes as they arrive or leave, never gathered.
pub type ByteStream = BoxStream<'static, std::io::Result<Bytes>>;

/// A message in the query string. A body is not looked at.
#[derive(Debug)]
pub struct Query<T>(pub T);

/// A message in a JSON body. The query string is not looked at.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// A message in a JSON body. A query string is refused: it is for what may not do more than was meant because it was said where
/// nobody looks.
#[derive(Debug)]
pub struct BodyAlone<T>(pub T);

/// A message in the query string of a GET, or of a DELETE without a body, else in a JSON body.
#[derive(Debug)]
pub struct QueryOrBody<T>(pub T);

/// A message in an `application/x-www-form-urlencoded` body, as a browser sends it from a page of this server. The gate
/// takes none without the CSRF token that it gave to that page, so no row can have a form that other sites could send.
#[derive(Debug)]
pub struct Form<T> {
    pub message: T,
    /// For the page that answers, which may show the form again.
    pub ticket: FormTicket,
}

/// No input but what a page needs that shows a form.
#[derive(Debug)]
pub struct NewForm(pub FormTicket);

/// What a page with a form carries, so that the gate takes the form back. One that the gate did not make is refused.
#[derive(Clone, PartialEq, Eq)]
pub struct FormTicket {
    /// For the form's hidden field `csrf_token`: valid for one hour, for one user in one browser.
    pub token: String,
    /// `Set-Cookie` for the session that the token belongs to, where the browser has none yet.
    pub set_cookie: Option<String>,
}

/// Both halves are secrets of one browser.
impl std::fmt::Debug for FormTicket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FormTicket([hidden])")
    }
}

/// No input at all.
#[derive(Debug)]
pub struct Empty;

/// The rest of the path (`{*path}`), percent-decoded once.
#[derive(Debug)]
pub struct Path(pub String);

/// An input together with what the `{name}` segments of its route stand for.
#[derive(Debug)]
pub struct InPath<S, I> {
    pub segments: S,
    pub input: I,
}

/// What the `{name}` segments of a route stand for, each percent-decoded once. Made by `segments!`, so that a
/// name which a row misspells does not compile.
pub trait Segments: Sized + Send + 'static {
    /// # Errors
    /// The first that `value` has for a name.
    fn take<E>(value: impl FnMut(&'static str) -> Result<String, E>) -> Result<Self, E>;
}

/// Defines the segments of a route.
macro_rules! segments {
    ($(#[$meta:meta])* $name:ident { $($field:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name {
            $(pub $field: String,)+
        }

        impl $crate::io::Segments for $name {
            fn take<E>(mut value: impl FnMut(&'static str) -> Result<String, E>) -> Result<Self, E> {
                Ok(Self { $($field: value(stringify!($field))?,)+ })
            }
        }
    };
}
pub(crate) use segments;

/// The rest of the path, as [`Path`] has it, and a message in a JSON body.
#[derive(Debug)]
pub struct PathAndBody<T> {
    pub path: String,
    pub message: T,
}

/// An input together with the request's `Range`, if it asks for a single one.
#[derive(Debug)]
pub struct Ranged<I> {
    pub input: I,
    pub range: Option<ByteRange>,
}

/// An input together with the body as a stream.
pub struct Upload<I> {
    pub input: I,
    /// What `Content-Length` announced.
    pub length: Option<u64>,
    pub body: ByteStream,
}

/// A single range of RFC 9110, section 14.1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// From the first offset up to and including the second, or to the end.
    From(u64, Option<u64>),
    /// The last so many bytes.
    Last(u64),
}

/// An answer in JSON.
#[derive(Debug)]
pub struct Json<T: Serialize>(pub T);

/// An answer in JSON that is long, and is written as the client takes it: then it is never in memory as a whole.
#[derive(Debug)]
pub struct Pieces<T: Piecewise>(pub T);

/// What writes its JSON in pieces.
pub trait Piecewise: Send + 'static {
    /// Appends the next piece. Whether there are more.
    ///
    /// # Errors
    /// When something cannot be written as JSON.
    fn write_piece(&mut self, json: &mut Vec<u8>) -> serde_json::Result<bool>;
}

/// An answer in JSON that holds a secret: no cache may keep it.
#[derive(Debug)]
pub struct Confidential<T: Serialize>(pub T);

/// An answer in plain text.
#[derive(Debug)]
pub struct Text(pub &'static str);

/// Numbers for Prometheus, in its text format 0.0.4.
#[derive(Debug)]
pub struct Exposition(pub Bytes);

/// A page for a browser. The gate writes the HTML and the headers that keep it safe.
#[derive(Debug)]
pub struct Html<P>(pub P);

/// A file as an attachment: never shown by a browser in the server's own origin.
pub struct Download {
    pub content_type: String,
    pub content_disposition: String,
    /// Bytes that will be sent.
    pub length: u64,
    /// Bytes of the whole file, and the offset of the first one sent, if the answer is a part of it.
    pub part: Option<Part>,
    pub body: ByteStream,
}

/// Which part of a file an answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub offset: u64,
    pub total: u64,
}
