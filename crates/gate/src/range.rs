//! The `Range` header of a download (RFC 9110, section 14).

use http::HeaderMap;
use http::header::RANGE;
use operations::ByteRange;

/// The single range that is asked for. Several ranges, other units and what cannot be read count as none, which the RFC
/// allows: the whole file is sent.
pub(crate) fn asked(headers: &HeaderMap) -> Option<ByteRange> {
    let (first, last) = headers.get(RANGE)?.to_str().ok()?.strip_prefix("bytes=")?.split_once('-')?;
    match (first.trim(), last.trim()) {
        ("", "") => None,
        ("", last) => last.parse().ok().map(ByteRange::Last),
        (first, "") => first.parse().ok().map(|first| ByteRange::From(first, None)),
        (first, last) => {
            let (first, last) = (first.parse().ok()?, last.parse().ok()?);
            (first <= last).then_some(ByteRange::From(first, Some(last)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_of_bytes_is_read_and_all_else_is_left() {
        for (header, expected) in [
            ("bytes=0-9", Some(ByteRange::From(0, Some(9)))),
            ("bytes=5-", Some(ByteRange::From(5, None))),
            ("bytes=-5", Some(ByteRange::Last(5))),
            ("bytes=9-0", None),
            ("bytes=-", None),
            ("bytes=0-1,3-4", None),
            ("items=0-1", None),
            ("bytes=99999999999999999999-", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, header.parse().unwrap());
            assert_eq!(asked(&headers), expected, "{header}");
        }
    }
}
