//! From when to when a certificate counts (RFC 5280, section 4.1): the two dates of its DER, and nothing else of it. Whether it is
//! sound, who serves with it sees.

use model::Millis;
use time::{Date, Month, Time};

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// `[0]`, explicit: the version, which old certificates leave out.
const VERSION: u8 = 0xa0;

/// The first and the last moment, in milliseconds since 1970; `None` where it cannot be read.
pub(super) fn validity(der: &[u8]) -> Option<(Millis, Millis)> {
    let (certificate, _) = element(der, SEQUENCE)?;
    let (rest, _) = element(certificate, SEQUENCE)?;
    let rest = element(rest, VERSION).map_or(rest, |(_, behind)| behind);
    let (_serial, rest) = element(rest, INTEGER)?;
    let (_algorithm, rest) = element(rest, SEQUENCE)?;
    let (_issuer, rest) = element(rest, SEQUENCE)?;
    let (dates, _) = element(rest, SEQUENCE)?;
    let (from, rest) = moment(dates)?;
    let (until, _) = moment(rest)?;
    Some((from, until))
}

/// The content of an element with this tag, and what stands behind it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        // More than 4 bytes would be no certificate.
        long @ 0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            (digits.iter().fold(0_usize, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    (*found == tag).then(|| rest.split_at_checked(length)).flatten()
}

fn moment(der: &[u8]) -> Option<(Millis, &[u8])> {
    let (text, rest, digits_of_year) = match der.first() {
        Some(&UTC_TIME) => element(der, UTC_TIME).map(|(text, rest)| (text, rest, 2))?,
        _ => element(der, GENERALIZED_TIME).map(|(text, rest)| (text, rest, 4))?,
    };
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    if text.len() != digits_of_year + 10 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest_of_it) = text.split_at_checked(digits_of_year)?;
    let year: i32 = year.parse().ok()?;
    let year = match (digits_of_year, year) {
        (2, 50..) => 1900 + year,
        (2, _) => 2000 + year,
        _ => year,
    };
    let part = |at: usize| rest_of_it.get(at..at + 2)?.parse::<u8>().ok();
    let date = Date::from_calendar_date(year, Month::try_from(part(0)?).ok()?, part(2)?).ok()?;
    let time = Time::from_hms(part(4)?, part(6)?, part(8)?).ok()?;
    let seconds = date.with_time(time).assume_utc().unix_timestamp();
    Some((seconds.saturating_mul(1_000), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    fn certificate(from: i32, until: i32) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(from, 1, 2);
        params.not_after = date_time_ymd(until, 3, 4);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn both_forms_of_dates_are_read() {
        assert_eq!(validity(&certificate(2020, 2049)), Some((1_577_923_200_000, 2_498_428_800_000)));
        assert_eq!(validity(&certificate(1970, 2090)), Some((86_400_000, 3_792_268_800_000)));
    }

    #[test]
    fn what_is_cut_short_or_changed_is_no_reason_to_panic() {
        let whole = certificate(2020, 2090);
        for length in 0..whole.len() {
            let _ = validity(&whole[..length]);
        }
        for at in 0..200 {
            for byte in [0, 0x30, 0x7f, 0x80, 0x84, 0xff] {
                let mut changed = whole.clone();
                changed[at] = byte;
                let _ = validity(&changed);
            }
        }
        assert_eq!(validity(&[]), None);
    }
}
