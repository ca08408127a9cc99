//! A name for each request, to find it in the logs of the server and of what stands before it.

use http::{HeaderMap, HeaderName, HeaderValue};
use model::Entropy;

pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Characters of an id from outside.
const MAX_CHARS: usize = 64;

/// 1 to 64 of `A-Z a-z 0-9 - _ .`: safe in a header, a log line and a file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id that the client or a proxy sent, if it sent exactly one and that is a sane one; else a new one.
    pub fn accept_or_make(headers: &HeaderMap, entropy: &dyn Entropy) -> Self {
        let mut sent = headers.get_all(HEADER).iter();
        match (sent.next(), sent.next()) {
            (Some(id), None) if is_sane(id.as_bytes()) => Self(id.clone()),
            _ => Self::make(entropy),
        }
    }

    fn make(entropy: &dyn Entropy) -> Self {
        let id = model::ambient::uuid_hex(entropy);
        #[expect(clippy::expect_used, reason = "hexadecimal digits are a header value")]
        Self(HeaderValue::try_from(id).expect("hexadecimal digits are a header value"))
    }

    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }

    pub fn as_str(&self) -> &str {
        // Sane ids are ASCII, so the other arm is never taken.
        self.0.to_str().unwrap_or_default()
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

fn is_sane(id: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    (1..=MAX_CHARS).contains(&id.len()) && id.iter().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::SystemEntropy;

    fn of(sent: &[&str]) -> RequestId {
        let mut headers = HeaderMap::new();
        for id in sent {
            headers.append(HEADER, HeaderValue::from_bytes(id.as_bytes()).unwrap());
        }
        RequestId::accept_or_make(&headers, &SystemEntropy)
    }

    #[test]
    fn a_sane_id_is_kept() {
        for id in ["a", "7f3c-AB_c.9", &"x".repeat(64)] {
            assert_eq!(of(&[id]).as_str(), id);
        }
    }

    #[test]
    fn any_other_gives_way_to_a_new_one() {
        for sent in [&[][..], &[""], &["a b"], &["a\"b"], &["ä"], &["a/b"], &["a", "b"], &[&"x".repeat(65)]]
        {
            let id = of(sent);
            assert!(
                id.as_str().len() == 32 && id.as_str().bytes().all(|b| b.is_ascii_hexdigit()),
                "{sent:?}"
            );
            assert_ne!(id, of(sent));
        }
    }
}
