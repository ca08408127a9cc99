//! Lists of strings, which MLflow reads as Python literals.

use crate::error::{Place, SearchError};
use crate::lexer::{Quote, Token, TokenKind};

const PREFIX: &str = "While parsing a list in the query, expected";

/// The strings between the parentheses at `place`. At least one; a comma may follow the last.
pub(crate) fn strings(tokens: &[Token<'_>], place: Place<'_>) -> Result<Vec<String>, SearchError> {
    if tokens.is_empty() {
        let message = format!("{PREFIX} a non-empty list of string values, but got empty list");
        return Err(place.error(message));
    }
    tokens
        .chunks(2)
        .map(|pair| {
            let [item, separator @ ..] = pair else { return Err(ill_formed(place, "empty")) };
            let text = match item.kind {
                TokenKind::Quoted(Quote::Single | Quote::Double) => {
                    unescape(item.inner()).map_err(|reason| ill_formed(item.place, reason))?
                }
                TokenKind::Comma => return Err(ill_formed(item.place, "expected a string before the comma")),
                _ => {
                    return Err(item.place.error(format!(
                        "{PREFIX} string value, punctuation, or whitespace, but got different type in list"
                    )));
                }
            };
            match separator.first() {
                Some(token) if token.kind != TokenKind::Comma => {
                    Err(ill_formed(token.place, "expected a comma"))
                }
                _ => Ok(text),
            }
        })
        .collect()
}

fn ill_formed(place: Place<'_>, reason: &str) -> SearchError {
    place.error(format!("{PREFIX} a non-empty list of string values, but got ill-formed list: {reason}"))
}

/// The text that a Python string literal stands for; escapes that Python doesn't know stay as they are.
fn unescape(literal: &str) -> Result<String, &'static str> {
    let mut text = String::with_capacity(literal.len());
    let mut rest = literal.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match rest.next() {
            Some('\n') => {}
            Some(c @ ('\\' | '\'' | '"')) => text.push(c),
            Some('a') => text.push('\u{7}'),
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('v') => text.push('\u{b}'),
            Some(first @ '0'..='7') => {
                let more = rest.clone().take(2).take_while(|c| c.is_digit(8)).count();
                let octal: String = std::iter::once(first).chain(rest.by_ref().take(more)).collect();
                text.push(character(&octal, 8)?);
            }
            Some('x') => text.push(hexadecimal(&mut rest, 2)?),
            Some('u') => text.push(hexadecimal(&mut rest, 4)?),
            Some('U') => text.push(hexadecimal(&mut rest, 8)?),
            Some('N') => return Err(r"\N{name} is not supported"),
            Some(c) => text.extend(['\\', c]),
            None => text.push('\\'),
        }
    }
    Ok(text)
}

fn hexadecimal(rest: &mut std::str::Chars<'_>, digits: usize) -> Result<char, &'static str> {
    let code: String = rest.by_ref().take(digits).take_while(char::is_ascii_hexdigit).collect();
    if code.len() == digits { character(&code, 16) } else { Err("an escape is cut short") }
}

fn character(digits: &str, radix: u32) -> Result<char, &'static str> {
    match u32::from_str_radix(digits, radix).ok().and_then(char::from_u32) {
        Some('\0') => Err("a NUL character"),
        Some(c) => Ok(c),
        None => Err("an escape is no character"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_escapes_are_resolved_and_unknown_ones_stay() {
        for (literal, text) in [
            (r"it\'s", "it's"),
            (r"a\nb\tc\\d", "a\nb\tc\\d"),
            (r"\x41\u00e9\U0001F600", "Aé😀"),
            (r"\101\60x\1234", "A0xS4"),
            (r"C:\data", r"C:\data"),
            ("a\\\nb", "ab"),
            (r"\", r"\"),
        ] {
            assert_eq!(unescape(literal).as_deref(), Ok(text), "{literal}");
        }
    }

    #[test]
    fn escapes_that_are_no_character_are_refused() {
        for literal in [r"\x4", r"\xgg", r"\ud800", r"\U00110000", r"\0", r"\x00", r"\N{BULLET}"] {
            assert!(unescape(literal).is_err(), "{literal}");
        }
    }
}
