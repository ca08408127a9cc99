use super::*;
use model::SystemEntropy;

const ADMIN: Caller<'static> = Caller { username: Some("admin"), now: 1_000_000_000, static_prefix: "" };

fn forms(secret: &str, https: bool) -> Forms {
    Forms::new(secret.as_bytes(), https, Arc::new(SystemEntropy))
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(HeaderName::from_static(name), value.parse().unwrap());
    }
    headers
}

/// The first half of a `Set-Cookie`: what the browser sends back.
fn cookie(ticket: &FormTicket) -> String {
    ticket.set_cookie.as_deref().unwrap().split(';').next().unwrap().to_owned()
}

/// A page that was shown to the administrator, and the headers with which its form comes back.
fn page(forms: &Forms) -> (FormTicket, HeaderMap) {
    let ticket = forms.ticket(&HeaderMap::new(), &ADMIN);
    let back = headers(&[("cookie", &format!("a=b; {}", cookie(&ticket)))]);
    (ticket, back)
}

fn refusal(forms: &Forms, headers: &HeaderMap, caller: &Caller<'_>, token: Option<&str>) -> String {
    let error = forms.check(headers, caller, token).unwrap_err();
    assert_eq!(error.code, ErrorCode::BadRequest);
    error.message.into_owned()
}

#[test]
fn the_form_of_the_callers_own_page_is_taken_for_an_hour_and_by_every_server_with_the_key() {
    let (ticket, back) = page(&forms("key", false));
    let later = |age| Caller { now: ADMIN.now + age, ..ADMIN };
    for age in [-SKEW, 0, 1, LIFETIME] {
        let again = forms("key", false).check(&back, &later(age), Some(&ticket.token)).unwrap();
        assert_eq!(again.set_cookie, None);
        assert!(forms("key", false).check(&back, &later(age), Some(&again.token)).is_ok(), "{age}");
    }
    for age in [-SKEW - 1, LIFETIME + 1, Millis::MAX - ADMIN.now, Millis::MIN] {
        let caller = Caller { now: ADMIN.now.saturating_add(age), ..ADMIN };
        let said = refusal(&forms("key", false), &back, &caller, Some(&ticket.token));
        assert_eq!(said, "The CSRF token has expired.", "{age}");
    }
}

#[test]
fn a_token_that_is_missing_forged_or_anothers_is_refused_in_the_words_of_flask_wtf() {
    let forms = forms("key", false);
    let (ticket, back) = page(&forms);
    let token = Some(ticket.token.as_str());
    for missing in [None, Some("")] {
        assert_eq!(refusal(&forms, &back, &ADMIN, missing), "The CSRF token is missing.");
    }
    for no_session in [
        HeaderMap::new(),
        headers(&[("cookie", "millgate_form=")]),
        headers(&[("cookie", "millgate_form=short; xmillgate_form=0123456789abcdef0123456789abcdef")]),
        headers(&[("cookie", "__Host-millgate_form=0123456789abcdef0123456789abcdef")]),
    ] {
        assert_eq!(refusal(&forms, &no_session, &ADMIN, token), "The CSRF session token is missing.");
    }
    for broken in ["x", "AAAA", ticket.token.get(1..).unwrap(), &format!("{}=", ticket.token), "å"] {
        assert_eq!(refusal(&forms, &back, &ADMIN, Some(broken)), "The CSRF token is invalid.", "{broken}");
    }
    let (_, of_another) = page(&forms);
    assert_eq!(refusal(&forms, &of_another, &ADMIN, token), "The CSRF tokens do not match.");
    let forger = self::forms("another key", false);
    assert_eq!(refusal(&forger, &back, &ADMIN, token), "The CSRF tokens do not match.");
    for at in [0, 20, ticket.token.len() - 2] {
        let mut bytes = ticket.token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'B' { b'C' } else { b'B' };
        let changed = String::from_utf8(bytes).unwrap();
        assert_eq!(refusal(&forms, &back, &ADMIN, Some(&changed)), "The CSRF tokens do not match.", "{at}");
    }
}

#[test]
fn a_token_counts_for_its_own_user_alone() {
    let forms = forms("key", false);
    let mallory = Caller { username: Some("mallory"), ..ADMIN };
    let planted = forms.ticket(&HeaderMap::new(), &mallory);
    let back = headers(&[("cookie", &cookie(&planted))]);
    assert!(forms.check(&back, &mallory, Some(&planted.token)).is_ok());
    assert_eq!(refusal(&forms, &back, &ADMIN, Some(&planted.token)), "The CSRF tokens do not match.");
}

#[test]
fn a_second_page_shares_the_session_and_leaves_the_first_ones_form_valid() {
    let forms = forms("key", false);
    let (first, back) = page(&forms);
    let second = forms.ticket(&back, &ADMIN);
    assert_eq!(second.set_cookie, None);
    assert!(forms.check(&back, &ADMIN, Some(&first.token)).is_ok());
    assert!(forms.check(&back, &ADMIN, Some(&second.token)).is_ok());
}

#[test]
fn a_cookie_that_somebody_planted_beside_the_real_one_changes_nothing() {
    let forms = forms("key", false);
    let (ticket, back) = page(&forms);
    let real = back["cookie"].to_str().unwrap();
    let planted = "millgate_form=0123456789abcdef0123456789abcdef";
    for cookies in [[planted, real], [real, planted]] {
        let both = headers(&[("cookie", cookies[0]), ("cookie", cookies[1])]);
        assert!(forms.check(&both, &ADMIN, Some(&ticket.token)).is_ok());
    }
}

#[test]
fn the_cookie_is_kept_from_scripts_other_sites_and_other_paths() {
    let under = |https, static_prefix| {
        let caller = Caller { static_prefix, ..ADMIN };
        let ticket = forms("key", https).ticket(&HeaderMap::new(), &caller);
        let (name, rest) = ticket.set_cookie.as_deref().unwrap().split_once('=').unwrap();
        let (session, attributes) = rest.split_once("; ").unwrap();
        assert_eq!(session.len(), 32);
        format!("{name}; {attributes}")
    };
    assert_eq!(under(false, ""), "millgate_form; Path=/; HttpOnly; SameSite=Strict");
    assert_eq!(under(false, "/a/b"), "millgate_form; Path=/a/b; HttpOnly; SameSite=Strict");
    assert_eq!(under(true, ""), "__Host-millgate_form; Path=/; HttpOnly; SameSite=Strict; Secure");
    assert_eq!(under(true, "/a"), "millgate_form; Path=/a; HttpOnly; SameSite=Strict; Secure");
}

#[test]
fn a_form_of_another_sites_page_is_refused_even_with_a_token() {
    let forms = forms("key", false);
    let (ticket, back) = page(&forms);
    for (sent, taken) in [
        (&[][..], true),
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("sec-fetch-site", "none")], true),
        (&[("sec-fetch-site", "same-origin"), ("origin", "https://name.of.the.proxy")], true),
        (&[("origin", "http://m.test:5000"), ("host", "m.test:5000")], true),
        (&[("origin", "https://M.test"), ("host", "m.test")], true),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "same-site"), ("origin", "http://m.test"), ("host", "m.test")], false),
        (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "")], false),
        (&[("origin", "http://evil.test"), ("host", "m.test")], false),
        (&[("origin", "http://m.test"), ("host", "m.test:5000")], false),
        (&[("origin", "http://m.test"), ("origin", "http://evil.test"), ("host", "m.test")], false),
        (&[("origin", "http://m.test@evil.test"), ("host", "m.test")], false),
        (&[("origin", "file://m.test"), ("host", "m.test")], false),
        (&[("origin", "null"), ("host", "null")], false),
        (&[("origin", "http://m.test")], false),
    ] {
        let mut all = back.clone();
        all.extend(headers(sent));
        match forms.check(&all, &ADMIN, Some(&ticket.token)) {
            Ok(_) => assert!(taken, "{sent:?}"),
            Err(error) => {
                assert!(!taken, "{sent:?}");
                assert_eq!(error, Error::new(ErrorCode::PermissionDenied, "Cross-origin request blocked"));
            }
        }
    }
}

#[test]
fn nothing_that_is_printed_holds_a_token() {
    let (ticket, _) = page(&forms("key", false));
    assert!(!format!("{ticket:?}").contains(&ticket.token));
}
