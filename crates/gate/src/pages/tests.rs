use super::*;
use http::header::{CACHE_CONTROL, RETRY_AFTER};
use http_body_util::BodyExt;
use model::ErrorCode;
use operations::messages::{SignUpPage, SignUpState};

const EVIL: &str = "\"><script>alert('1')</script>&amp;";

fn page(state: SignUpState) -> Html<SignUpPage> {
    let ticket = FormTicket { token: "the-token".to_owned(), set_cookie: Some("a=b; Path=/p".to_owned()) };
    Html(SignUpPage { ticket, min_password_chars: 14, state })
}

async fn read(response: Response) -> (u16, HeaderMap, String) {
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (head.status.as_u16(), head.headers, String::from_utf8(bytes.to_vec()).unwrap())
}

fn refused(error: Error) -> Html<SignUpPage> {
    page(SignUpState::Refused { username: EVIL.to_owned(), error })
}

#[tokio::test]
async fn the_form_holds_the_token_and_goes_where_the_server_is() {
    let (status, headers, body) = read(page(SignUpState::Blank).reply("/p")).await;
    assert_eq!(status, 200);
    assert_eq!(headers[SET_COOKIE], "a=b; Path=/p");
    for expected in [
        r#"<html lang="en">"#,
        r#"name="csrf_token" value="the-token""#,
        r#"method="post" action="/p/api/2.0/mlflow/users/create-ui""#,
        r#"<label for="username">"#,
        r#"<label for="password">"#,
        r#"autocomplete="new-password""#,
        r#"minlength="14""#,
    ] {
        assert!(body.contains(expected), "{expected}: {body}");
    }
}

#[tokio::test]
async fn what_a_page_says_is_text_whoever_wrote_it() {
    let error = Error::already_exists(format!("There is {EVIL} already"));
    for response in [
        refused(error.clone()).reply(""),
        page(SignUpState::SignedUp { username: EVIL.to_owned() }).reply(""),
        Html::<SignUpPage>::refusal(&error, ""),
    ] {
        let (_, _, body) = read(response).await;
        assert!(!body.contains("<script") && !body.contains("\">&"), "{body}");
        assert!(body.contains("&quot;&gt;&lt;script&gt;alert('1')&lt;/script&gt;&amp;amp;"), "{body}");
    }
}

#[tokio::test]
async fn no_page_runs_scripts_loads_anything_or_is_kept_or_framed() {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    for response in [
        page(SignUpState::Blank).reply(""),
        page(SignUpState::ForAdministrators).reply(""),
        page(SignUpState::SignedUp { username: "alice".to_owned() }).reply(""),
        refused(Error::invalid("no")).reply(""),
        Html::<SignUpPage>::refusal(&Error::internal("no"), ""),
    ] {
        let (_, headers, body) = read(response).await;
        assert_eq!(headers[CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(
            headers[CONTENT_SECURITY_POLICY].to_str().unwrap(),
            format!(
                "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; frame-ancestors 'none'; \
                 base-uri 'none'"
            )
        );
        assert_eq!(headers[CACHE_CONTROL], "no-store");
        assert_eq!(headers[REFERRER_POLICY], "same-origin");
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
        // The hash covers what stands between the tags, to the byte.
        assert!(body.contains(&format!("<style>{STYLE}</style>")));
        for foreign in ["<script", "style=", "src=", "http:", "https:", "//"] {
            assert!(!body.contains(foreign), "{foreign}: {body}");
        }
    }
}

#[tokio::test]
async fn a_refused_form_keeps_the_name_and_never_the_password_and_says_why() {
    let refused = SignUpState::Refused {
        username: "alice".to_owned(),
        error: Error::already_exists("User 'alice' already exists."),
    };
    let (status, _, body) = read(page(refused).reply("")).await;
    assert_eq!(status, 400);
    assert!(body.contains(r#"role="alert""#) && body.contains("User 'alice' already exists."), "{body}");
    assert!(body.contains(r#"name="username" value="alice""#), "{body}");
    let password = body.split("<input").find(|input| input.contains(r#"type="password""#)).unwrap();
    assert!(!password.contains("value="), "{password}");
}

#[tokio::test]
async fn an_error_is_a_page_with_its_status_and_its_headers() {
    let (status, _, body) = read(Html::<SignUpPage>::refusal(&Error::bad_request("Bad."), "/p")).await;
    assert_eq!(status, 400);
    assert!(body.contains("Bad.") && body.contains(r#"href="/p/signup""#), "{body}");
    let busy = Error::new(ErrorCode::TemporarilyUnavailable, "Busy.");
    let (status, headers, _) = read(Html::<SignUpPage>::refusal(&busy, "")).await;
    assert_eq!((status, headers[RETRY_AFTER].as_bytes()), (503, &b"1"[..]));
}

#[tokio::test]
async fn who_may_not_send_the_form_gets_none() {
    let (status, _, body) = read(page(SignUpState::ForAdministrators).reply("")).await;
    assert_eq!(status, 200);
    assert!(!body.contains("<form") && !body.contains("the-token"), "{body}");
}
