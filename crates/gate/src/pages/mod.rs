//! Pages for browsers: plain HTML without scripts, which need nothing from elsewhere and can be shown in no frame. The
//! templates are Rust, so that text cannot get into a page without being escaped.

mod sign_up;

use crate::reply::{Reply, failure};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use model::Error;
use operations::{FormTicket, Html};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// The one style of all pages.
const STYLE: &str = include_str!("style.css");

/// What a page may do: look as it does, and send its forms to this server.
static CONTENT_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    #[expect(clippy::expect_used, reason = "base64 is a header value")]
    HeaderValue::try_from(policy).expect("base64 is a header value")
});

/// A page's content.
pub(crate) trait Page {
    fn status(&self) -> StatusCode;
    fn title(&self) -> &'static str;
    /// What stands below the title. Links begin with `prefix`.
    fn content(&self, prefix: &str) -> Markup;
    fn ticket(&self) -> &FormTicket;
}

impl<P: Page> Reply for Html<P> {
    fn reply(self, prefix: &str) -> Response {
        let Self(page) = self;
        let mut response = answer(page.status(), page.title(), &page.content(prefix), HeaderMap::new());
        let cookie = page.ticket().set_cookie.as_deref().map(HeaderValue::try_from);
        if let Some(Ok(cookie)) = cookie {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
        response
    }

    fn refusal(error: &Error, prefix: &str) -> Response {
        let plain = failure(error);
        let content = html! {
            p.error role="alert" { (error.message) }
            p { a href={ (prefix) "/signup" } { "Back to the form" } }
        };
        let mut headers = plain.headers().clone();
        headers.remove(CONTENT_TYPE);
        answer(plain.status(), "Not done", &content, headers)
    }
}

fn answer(status: StatusCode, title: &str, content: &Markup, headers: HeaderMap) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Millgate" }
                style { (PreEscaped(STYLE)) }
            }
            body { main { h1 { (title) } (content) } }
        }
    };
    let mut response = Response::new(page.into_string().into());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    let fixed = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        // With `no-referrer` browsers would send the forms of this page with `Origin: null`, which is refused.
        (REFERRER_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    response.headers_mut().extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, CONTENT_POLICY.clone());
    response
}

#[cfg(test)]
mod tests;
