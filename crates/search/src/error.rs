//! Where a search text is wrong, and why.

use std::fmt;

/// Longest excerpt of the client's text that a message repeats, in characters.
const EXCERPT_CHARS: usize = 80;

/// A filter or order_by that MLflow's grammar refuses.
///
/// Displays as the reason, the position and the offending text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchError {
    /// What is wrong, in MLflow's words where its clients or tests match on them.
    pub message: String,
    /// Where, in characters from the start of the text (of the clause, in an order_by). At most the text's length.
    pub position: usize,
    /// The text at `position`, shortened; empty at the end of the text.
    pub offending: String,
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at character {}", self.message, self.position + 1)?;
        if self.offending.is_empty() { f.write_str(", the end)") } else { write!(f, ": {})", self.offending) }
    }
}

impl std::error::Error for SearchError {}

impl From<SearchError> for model::Error {
    fn from(error: SearchError) -> Self {
        Self::invalid(error.to_string())
    }
}

/// A stretch of the text that is being parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    source: &'a str,
    start: usize,
    end: usize,
}

impl<'a> Place<'a> {
    /// Bytes `start..end` of `source`, both on character boundaries.
    pub(crate) fn new(source: &'a str, start: usize, end: usize) -> Self {
        Self { source, start, end }
    }

    pub(crate) fn end_of(source: &'a str) -> Self {
        Self::new(source, source.len(), source.len())
    }

    pub(crate) fn text(self) -> &'a str {
        self.source.get(self.start..self.end).unwrap_or_default()
    }

    /// From the start of `self` to the end of `last`.
    pub(crate) fn to(self, last: Self) -> Self {
        Self { end: last.end, ..self }
    }

    /// No white space, nor anything else, stands between the two.
    pub(crate) fn touches(self, next: Self) -> bool {
        self.end == next.start
    }

    pub(crate) fn error(self, message: impl Into<String>) -> SearchError {
        let before = self.source.get(..self.start).unwrap_or(self.source);
        SearchError {
            message: message.into(),
            position: before.chars().count(),
            offending: shorten(self.text()),
        }
    }
}

/// `text`, cut with an ellipsis where it is longer than a message should be.
pub(crate) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(EXCERPT_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// A syntax error before it is known whether it stands in a filter or an order_by.
#[derive(Debug)]
pub(crate) struct Fault<'a> {
    place: Place<'a>,
    detail: String,
}

impl<'a> Fault<'a> {
    pub(crate) fn new(place: Place<'a>, detail: impl Into<String>) -> Self {
        Self { place, detail: detail.into() }
    }

    pub(crate) fn in_filter(self) -> SearchError {
        self.place.error(format!("Invalid clause(s) in filter string: {}", self.detail))
    }

    pub(crate) fn in_order_by(self) -> SearchError {
        let clause = shorten(self.place.source);
        self.place.error(format!("Invalid order_by clause '{clause}'. Could not be parsed: {}", self.detail))
    }
}
