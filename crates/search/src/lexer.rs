//! Text to tokens. Nothing here knows which names or comparators exist.

use crate::error::{Fault, Place};
use crate::limits;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quote {
    Single,
    Double,
    Backtick,
}

impl Quote {
    pub(crate) const fn mark(self) -> char {
        match self {
            Self::Single => '\'',
            Self::Double => '"',
            Self::Backtick => '`',
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// Letters, digits and underscores of any script.
    Word,
    Quoted(Quote),
    /// Decimal, with an optional `-`, fraction and exponent. Never after a dot that follows a name.
    Number,
    /// A run of `< > = ~ !`.
    Operator,
    Dot,
    Comma,
    Open,
    Close,
    Semicolon,
    /// A character, or a malformed number, that starts no clause.
    Other,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'a> {
    pub(crate) kind: TokenKind,
    pub(crate) place: Place<'a>,
}

impl<'a> Token<'a> {
    pub(crate) fn text(&self) -> &'a str {
        self.place.text()
    }

    /// What stands between the quotes; the whole text of any other token.
    pub(crate) fn inner(&self) -> &'a str {
        let text = self.text();
        match self.kind {
            TokenKind::Quoted(quote) => text
                .strip_prefix(quote.mark())
                .and_then(|rest| rest.strip_suffix(quote.mark()))
                .unwrap_or(text),
            _ => text,
        }
    }

    pub(crate) fn is_keyword(&self, keyword: &str) -> bool {
        self.kind == TokenKind::Word && self.text().eq_ignore_ascii_case(keyword)
    }
}

/// How a quoted string ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Outside lists: neither a doubled quote nor (in `'` and `"`) a quote after a backslash ends it.
    Sql,
    /// In a list: a backslash takes the next character with it.
    Python,
}

/// The tokens of `source`, in order and without white space.
pub(crate) fn lex(source: &str) -> Result<Vec<Token<'_>>, Fault<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut ending = Ending::Sql;
    let mut list_items = 0;
    let mut start = 0;
    while let Some(rest) = source.get(start..)
        && let Some(first) = rest.chars().next()
    {
        if first.is_whitespace() {
            start += first.len_utf8();
            continue;
        }
        let previous =
            tokens.last().filter(|t| t.place.touches(Place::new(source, start, start))).map(|t| t.kind);
        let after_name = matches!(previous, Some(TokenKind::Word | TokenKind::Quoted(_)));
        let after_dot = previous == Some(TokenKind::Dot);
        let (kind, length) = match first {
            '\0' => return Err(nul_at(source, start)),
            '\'' => quoted(source, start, Quote::Single, ending)?,
            '"' => quoted(source, start, Quote::Double, ending)?,
            '`' => quoted(source, start, Quote::Backtick, ending)?,
            '.' if after_name => (TokenKind::Dot, 1),
            '.' | '-' | '0'..='9' if !after_dot => number(rest).unwrap_or(match first {
                '.' => (TokenKind::Dot, 1),
                _ => (TokenKind::Other, 1),
            }),
            '.' => (TokenKind::Dot, 1),
            ',' => (TokenKind::Comma, 1),
            ';' => (TokenKind::Semicolon, 1),
            '(' => {
                ending = Ending::Python;
                (TokenKind::Open, 1)
            }
            ')' => {
                ending = Ending::Sql;
                (TokenKind::Close, 1)
            }
            c if is_word(c) => (TokenKind::Word, run(rest, is_word)),
            c if is_operator(c) => (TokenKind::Operator, run(rest, is_operator)),
            c => (TokenKind::Other, c.len_utf8()),
        };
        let place = Place::new(source, start, start + length);
        if matches!(kind, TokenKind::Quoted(_)) && ending == Ending::Python {
            list_items += 1;
            if list_items > limits::LIST_ITEMS {
                return Err(Fault::new(
                    place,
                    format!("lists may hold at most {} strings", limits::LIST_ITEMS),
                ));
            }
        }
        tokens.push(Token { kind, place });
        start += length;
    }
    Ok(tokens)
}

/// The quoted string that starts at `start`.
fn quoted(source: &str, start: usize, quote: Quote, ending: Ending) -> Result<(TokenKind, usize), Fault<'_>> {
    let rest = source.get(start..).unwrap_or_default();
    let Some(length) = quoted_length(rest, quote, ending) else {
        let place = Place::new(source, start, source.len());
        return Err(Fault::new(place, format!("the quote {} is not closed", quote.mark())));
    };
    match rest.get(..length).and_then(|text| text.find('\0')) {
        Some(nul) => Err(nul_at(source, start + nul)),
        None => Ok((TokenKind::Quoted(quote), length)),
    }
}

/// PostgreSQL keeps no NUL in text, so no text that holds one can be found.
fn nul_at(source: &str, index: usize) -> Fault<'_> {
    Fault::new(Place::new(source, index, index + 1), "a NUL character")
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_operator(c: char) -> bool {
    matches!(c, '<' | '>' | '=' | '~' | '!')
}

/// Bytes at the start of `text` whose characters all satisfy `belongs`.
fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn digits(text: &str) -> usize {
    run(text, |c| c.is_ascii_digit())
}

/// The number that `text` starts with, or what looks like one but goes on as a word (`5and`, `1_000`, `0x1F`).
fn number(text: &str) -> Option<(TokenKind, usize)> {
    let at = |index: usize| text.get(index..).unwrap_or_default();
    let mut end = usize::from(text.starts_with('-'));
    let whole = digits(at(end));
    end += whole;
    let mut fraction = 0;
    if at(end).starts_with('.') {
        fraction = digits(at(end + 1));
        if whole + fraction > 0 {
            end += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return None;
    }
    if at(end).starts_with(['e', 'E']) {
        let sign = usize::from(at(end + 1).starts_with(['+', '-']));
        let exponent = digits(at(end + 1 + sign));
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    match run(at(end), |c| is_word(c) || c == '.') {
        0 => Some((TokenKind::Number, end)),
        more => Some((TokenKind::Other, end + more)),
    }
}

/// Bytes of the quoted string that `text` starts with, quotes included.
///
/// Where SQL's rule finds no end, the last quote that was taken as part of the string ends it after all, so that
/// `'C:\'` is a string, as in MLflow.
fn quoted_length(text: &str, quote: Quote, ending: Ending) -> Option<usize> {
    let mut last_resort = None;
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((index, c)) = chars.next() {
        let next_is_quote = chars.peek().is_some_and(|(_, next)| *next == quote.mark());
        if c == '\\' && quote != Quote::Backtick {
            if ending == Ending::Python {
                chars.next();
            } else if next_is_quote {
                chars.next();
                last_resort = Some(index + 2);
            }
        } else if c == quote.mark() {
            if ending == Ending::Python || !next_is_quote {
                return Some(index + 1);
            }
            chars.next();
            last_resort = Some(index + 1);
        }
    }
    last_resort.filter(|_| ending == Ending::Sql)
}

/// `text` in the first of `quotes` that brings it back unchanged, whatever follows.
pub(crate) fn quote_with(text: &str, quotes: &[Quote]) -> Option<String> {
    quotes.iter().find_map(|quote| {
        let mark = quote.mark();
        let quoted = format!("{mark}{text}{mark}");
        // A closing quote of the other kind behind it takes the last resort away.
        let followed = format!("{quoted} {mark}{mark}");
        (quoted_length(&followed, *quote, Ending::Sql) == Some(quoted.len())).then_some(quoted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<(TokenKind, &str)> {
        lex(source).unwrap().iter().map(|t| (t.kind, t.text())).collect()
    }

    #[test]
    fn a_dot_after_a_name_is_a_dot_and_elsewhere_starts_a_number() {
        use TokenKind::*;
        assert_eq!(
            texts("a.5>.5-.5"),
            [(Word, "a"), (Dot, "."), (Word, "5"), (Operator, ">"), (Number, ".5"), (Number, "-.5"),]
        );
    }

    #[test]
    fn numbers_are_decimal_with_fraction_and_exponent() {
        for number in ["0", "-5", "5.", ".5", "-.5", "1e5", "1E-5", "1.5e+20", "5.e3", "007"] {
            assert_eq!(texts(number), [(TokenKind::Number, number)], "{number}");
        }
        for other in ["5and", "1_000", "0x1F", "1.2.3", "1e5x", "5.e"] {
            assert_eq!(texts(other), [(TokenKind::Other, other)], "{other}");
        }
        assert_eq!(texts("+5").first().unwrap().0, TokenKind::Other);
    }

    #[test]
    fn quotes_inside_a_string_do_not_end_it() {
        for (source, inner) in [
            ("'it''s'", "it''s"),
            (r"'it\'s'", r"it\'s"),
            (r#""a""b""#, r#"a""b"#),
            (r#""a\"b""#, r#"a\"b"#),
            ("`a``b`", "a``b"),
            (r"`a\`", r"a\"),
            ("''", ""),
            (r"'C:\'", r"C:\"),
            (r"'\\'", r"\\"),
        ] {
            let tokens = lex(source).unwrap();
            assert_eq!(tokens.len(), 1, "{source}");
            assert_eq!(tokens[0].inner(), inner, "{source}");
        }
    }

    #[test]
    fn in_a_list_a_backslash_takes_the_next_character() {
        let tokens = lex(r"('a\\', 'b')").unwrap();
        let inner: Vec<_> = tokens.iter().map(Token::inner).collect();
        assert_eq!(inner, ["(", r"a\\", ",", "b", ")"]);
    }

    #[test]
    fn a_quote_that_cannot_be_read_back_is_not_used() {
        let all = [Quote::Backtick, Quote::Double, Quote::Single];
        assert_eq!(quote_with("a`b", &all).as_deref(), Some("\"a`b\""));
        assert_eq!(quote_with("a`\"b", &all).as_deref(), Some("'a`\"b'"));
        assert_eq!(quote_with("a`\"'b", &all), None);
        assert_eq!(quote_with(r"C:\", &[Quote::Double, Quote::Single]), None);
    }
}
