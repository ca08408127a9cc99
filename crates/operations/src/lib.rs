//! The operation table: every route of the server, its messages, and what a caller needs for it.
//!
//! [`table`] is the one place where a route is declared. A row without a handler, a handler under another row and a route
//! that nobody authorizes do not compile: see the crate `gate`, which mounts the rows.

pub mod docs;
mod io;
mod message;
pub mod messages;
mod operation;
mod table;

pub use io::{
    Body, BodyAlone, ByteRange, ByteStream, Confidential, Download, Empty, Exposition, Form, FormTicket,
    Html, InPath, Json, NewForm, Part as DownloadPart, Path, PathAndBody, Pieces, Piecewise, Query,
    QueryOrBody, Ranged, Segments, Text, Upload,
};
pub use message::{Field, Kind, Message, Shape, explain};
pub use operation::{Clause, Listing, Method, Need, Operation, Part, Prefix, Route, Row, Subject, limits};
pub use table::*;
