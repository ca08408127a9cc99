//! The `Authorization` header, read in one way for every authenticator.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::request::Parts;

/// Bytes of an `Authorization` header that are read; more is no name and password of ours.
const MAX_HEADER_BYTES: usize = 8 * 1024;

/// What a request says about who sends it. It has no `Debug`: it holds secrets.
pub(crate) enum Credentials<'r> {
    /// Nothing, or something of another scheme.
    None,
    /// Meant as basic credentials, or one of several headers: nobody could tell how another server would read them.
    Malformed,
    Basic {
        username: String,
        password: String,
    },
    /// The text behind `Bearer` (RFC 6750), whatever it is.
    Bearer(&'r str),
}

impl<'r> Credentials<'r> {
    pub(crate) fn of(request: &'r Parts) -> Self {
        let mut headers = request.headers.get_all(AUTHORIZATION).iter();
        let (Some(header), None) = (headers.next(), headers.next()) else {
            // Two headers could be read differently by a proxy in front.
            return if request.headers.contains_key(AUTHORIZATION) { Self::Malformed } else { Self::None };
        };
        match header.to_str().ok().and_then(|text| text.split_once(' ')) {
            Some((scheme, encoded)) if scheme.eq_ignore_ascii_case("basic") => Self::basic(encoded),
            Some((scheme, text)) if scheme.eq_ignore_ascii_case("bearer") => Self::Bearer(text.trim()),
            _ => Self::None,
        }
    }

    fn basic(encoded: &str) -> Self {
        if encoded.len() > MAX_HEADER_BYTES {
            return Self::Malformed;
        }
        let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        match decoded.as_deref().and_then(|text| text.split_once(':')) {
            Some((username, password)) => {
                Self::Basic { username: username.to_owned(), password: password.to_owned() }
            }
            None => Self::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn parts(headers: &[&[u8]]) -> Parts {
        let mut parts = http::Request::new(()).into_parts().0;
        for header in headers {
            parts.headers.append(AUTHORIZATION, HeaderValue::from_bytes(header).unwrap());
        }
        parts
    }

    /// What was read, in a form to compare.
    fn read(headers: &[&[u8]]) -> String {
        match Credentials::of(&parts(headers)) {
            Credentials::None => "none".to_owned(),
            Credentials::Malformed => "malformed".to_owned(),
            Credentials::Basic { username, password } => format!("basic {username:?} {password:?}"),
            Credentials::Bearer(text) => format!("bearer {text:?}"),
        }
    }

    #[test]
    fn a_header_is_read_in_one_way() {
        let long = [b"Basic ".to_vec(), b"A".repeat(MAX_HEADER_BYTES + 1)].concat();
        let long_bearer = [b"Bearer ".to_vec(), b"A".repeat(MAX_HEADER_BYTES + 1)].concat();
        for (headers, expected) in [
            (vec![], "none"),
            (vec![&b"Basic YTpi"[..]], r#"basic "a" "b""#),
            (vec![b"bAsIc  YTpiOmM= "], r#"basic "a" "b:c""#),
            (vec![b"Basic YWJj"], "malformed"),
            (vec![b"Basic \xff"], "none"),
            (vec![b"Basic"], "none"),
            (vec![b"Basic\tYTpi"], "none"),
            (vec![&long], "malformed"),
            (vec![b"Bearer x"], r#"bearer "x""#),
            (vec![b"bearer  x y "], r#"bearer "x y""#),
            (vec![b"Bearer"], "none"),
            (vec![b"Digest x"], "none"),
            (vec![b"Basic YTpi", b"Basic YTpi"], "malformed"),
            (vec![b"Basic YTpi", b"Bearer x"], "malformed"),
            (vec![b"Bearer x", b"Bearer x"], "malformed"),
        ] {
            assert_eq!(read(&headers), expected, "{headers:?}");
        }
        assert!(read(&[&long_bearer]).starts_with("bearer"));
    }

    proptest! {
        #[test]
        fn no_header_is_too_odd(
            headers in proptest::collection::vec(
                (proptest::sample::select(vec!["", "Basic ", "Bearer ", "basic", "Bearer mgt_"]), "[ -~\u{80}-\u{ff}]{0,60}"),
                0..3,
            )
        ) {
            let headers: Vec<Vec<u8>> =
                headers.iter().map(|(scheme, rest)| format!("{scheme}{rest}").into_bytes()).collect();
            let headers: Vec<&[u8]> = headers.iter().map(Vec::as_slice).collect();
            let said = read(&headers);
            prop_assert_eq!(headers.len() > 1, headers.len() > 1 && said == "malformed");
        }

        #[test]
        fn a_name_and_password_come_back_as_they_were_sent(name in "[^:\u{0}]{0,40}", password in "\\PC{0,80}") {
            let header = format!("Basic {}", STANDARD.encode(format!("{name}:{password}")));
            prop_assert_eq!(read(&[header.as_bytes()]), format!("basic {name:?} {password:?}"));
        }
    }
}
