//! The right side of a clause, and what each kind of field makes of it.

use crate::ast::Value;
use crate::error::{Place, SearchError, shorten};
use crate::lexer::Token;
use crate::list;

#[derive(Debug)]
pub(crate) enum Operand<'a> {
    Number(Place<'a>),
    Text {
        text: &'a str,
        place: Place<'a>,
    },
    /// A word, or anything else that a field could be named by.
    Name(Place<'a>),
    /// What stands between parentheses, unread.
    List {
        tokens: Vec<Token<'a>>,
        place: Place<'a>,
    },
    /// After IS NULL and IS NOT NULL.
    Absent,
}

impl<'a> Operand<'a> {
    /// Where the operand stands, or the field where it is absent.
    pub(crate) fn place(&self, field: Place<'a>) -> Place<'a> {
        match self {
            Self::Number(place) | Self::Text { place, .. } | Self::Name(place) | Self::List { place, .. } => {
                *place
            }
            Self::Absent => field,
        }
    }

    /// An error about the operand, `message` followed by its text.
    fn refuse(&self, field: Place<'a>, message: &str) -> SearchError {
        let place = self.place(field);
        place.error(format!("{message} {}", shorten(place.text())))
    }

    /// A finite double. `what` names the kind of field in errors, as in "Expected numeric value type for metric".
    pub(crate) fn number(&self, field: Place<'a>, what: &str) -> Result<f64, SearchError> {
        let Self::Number(place) = self else {
            return Err(self.refuse(field, &format!("Expected numeric value type for {what}. Found")));
        };
        match place.text().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(self.refuse(field, "Number out of range:")),
        }
    }

    /// An integer as it stands, or a double where the number has a fraction or an exponent.
    pub(crate) fn integer_or_number(&self, field: Place<'a>, what: &str) -> Result<Value, SearchError> {
        let number = self.number(field, what)?;
        let digits = |place: &Place<'_>| place.text().bytes().all(|b| b.is_ascii_digit() || b == b'-');
        match self {
            Self::Number(place) if digits(place) => match place.text().parse() {
                Ok(integer) => Ok(Value::Integer(integer)),
                Err(_) => Err(self.refuse(field, "Number out of range:")),
            },
            _ => Ok(Value::Number(number)),
        }
    }

    /// A quoted string. `expected` begins the error where there is none, as in "Expected a quoted string value for tag".
    pub(crate) fn text(&self, field: Place<'a>, expected: &str) -> Result<&'a str, SearchError> {
        match self {
            Self::Text { text, .. } => Ok(text),
            Self::Name(place) => Err(place.error(format!(
                "Invalid clause(s) in filter string: Parameter value is either not quoted or unidentified quote \
                 types used for string value {}. Use either single or double quotes.",
                shorten(place.text())
            ))),
            _ => Err(self.refuse(field, &format!("{expected}. Got value"))),
        }
    }

    /// A string, quoted or as a number or a word that stands for itself.
    pub(crate) fn bare_text(&self, field: Place<'a>) -> Result<&'a str, SearchError> {
        match self {
            Self::Text { text, .. } => Ok(text),
            Self::Number(place) | Self::Name(place) => Ok(place.text()),
            Self::List { .. } | Self::Absent => Err(self.refuse(field, "Expected a string. Got value")),
        }
    }

    /// The strings of a list, or none where the operand is not a list.
    pub(crate) fn list(&self) -> Option<Result<Vec<String>, SearchError>> {
        match self {
            Self::List { tokens, place } => Some(list::strings(tokens, *place)),
            _ => None,
        }
    }
}
