//! Headers in which somebody else says who is calling.

use crate::external::MAX_GROUPS;
use crate::refusal::Refusal;
use http::{HeaderMap, HeaderName};

/// A header was given more than once, or as a list: what a client sent, and what was added on the way.
pub(crate) struct Several;

/// The one value of a header; `None` where there is none or an empty one.
pub(crate) fn single(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, Several> {
    let mut values = headers.get_all(name).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => value,
        (Some(_), Some(_)) => return Err(Several),
    };
    // On the way two headers may have become one with a comma (RFC 9110, section 5.3).
    let text = std::str::from_utf8(value.as_bytes()).map_err(|_| Several)?;
    match trimmed(text) {
        "" => Ok(None),
        text if text.contains(',') => Err(Several),
        text => Ok(Some(text.to_owned())),
    }
}

/// The groups of a header that lists them, separated by commas.
pub(crate) fn groups(headers: &HeaderMap, name: &HeaderName) -> Result<Vec<String>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Ok(Vec::new()),
        (Some(value), None) => value,
        (Some(_), Some(_)) => return Err(Refusal::wrong("groups that were given twice")),
    };
    let text =
        std::str::from_utf8(value.as_bytes()).map_err(|_| Refusal::wrong("groups that are no text"))?;
    let groups: Vec<String> =
        text.split(',').map(trimmed).filter(|group| !group.is_empty()).map(str::to_owned).collect();
    match groups.len() {
        0..=MAX_GROUPS => Ok(groups),
        _ => Err(Refusal::wrong("too many groups")),
    }
}

/// Without the spaces that HTTP lets stand around a value (RFC 9110, section 5.6.3). Any other belongs to the name: who is called
/// as somebody else but for a space that cannot be seen is not them.
fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    const NAME: HeaderName = HeaderName::from_static("x-forwarded-user");

    fn headers(values: &[&[u8]]) -> HeaderMap {
        values.iter().map(|value| (NAME, HeaderValue::from_bytes(value).unwrap())).collect()
    }

    #[test]
    fn one_name_is_one_value_of_one_header() {
        let read = |values: &[&[u8]]| single(&headers(values), &NAME).map_err(|_| ());
        assert_eq!(read(&[b"alice"]), Ok(Some("alice".to_owned())));
        assert_eq!(read(&[" jörg müller\t".as_bytes()]), Ok(Some("jörg müller".to_owned())));
        for other in ["alice\u{a0}", "\u{3000}alice", "alice\u{2003}"] {
            assert_eq!(read(&[other.as_bytes()]), Ok(Some(other.to_owned())));
        }
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[b""]), Ok(None));
        for several in [
            &[&b"alice"[..], b"bob"][..],
            &[b"alice", b"alice"],
            &[b"alice, bob"],
            &[b"", b"bob"],
            &[b"\xff"],
        ] {
            assert_eq!(read(several), Err(()), "{several:?}");
        }
    }

    #[test]
    fn groups_are_a_list_in_one_header() {
        let read = |values: &[&[u8]]| groups(&headers(values), &NAME).ok();
        let some = |groups: &[&str]| Some(groups.iter().map(|group| (*group).to_owned()).collect::<Vec<_>>());
        assert_eq!(read(&[b"a, b c ,,d"]), some(&["a", "b c", "d"]));
        assert_eq!(read(&[]), some(&[]));
        assert_eq!(read(&[b""]), some(&[]));
        assert_eq!(read(&["admins\u{a0}, \u{2003}b".as_bytes()]), some(&["admins\u{a0}", "\u{2003}b"]));
        assert_eq!(read(&[b"a", b"admins"]), None);
        assert_eq!(read(&[b"\xff"]), None);
        assert_eq!(read(&["x,".repeat(MAX_GROUPS).as_bytes()]).map(|groups| groups.len()), Some(MAX_GROUPS));
        assert_eq!(read(&["x,".repeat(MAX_GROUPS + 1).as_bytes()]), None);
    }

    proptest! {
        #[test]
        fn no_value_makes_it_panic(values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..3)) {
            let values = values.iter().filter_map(|value| HeaderValue::from_bytes(value).ok());
            let headers: HeaderMap = values.map(|value| (NAME, value)).collect();
            drop((single(&headers, &NAME).ok(), groups(&headers, &NAME).ok()));
        }
    }
}
