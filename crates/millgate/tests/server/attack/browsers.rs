//! What a browser does for a page of another site: forged forms, other origins, rebound names, frames, files that are pages.

use crate::attack::world::{ADMIN, AJAX, ALICE, API, MALLORY, PROXY, World, field, password};
use crate::harness::{Answer, login};
use operations::{Method, ROWS};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const FORMS_OWN: [&str; 4] = [
    "Content-Type: text/plain",
    FORM,
    "Content-Type: multipart/form-data; boundary=x",
    "X-Nothing: no content type",
];

/// What the sign-up page gave to a browser.
struct Page {
    cookie: String,
    token: String,
}

impl World {
    fn page(&self) -> Page {
        let page = self.get(ADMIN, "/signup");
        assert_eq!(page.status, 200, "{page:?}");
        let (_, rest) = page.head.split_once("\r\nset-cookie: ").unwrap();
        let cookie = format!("Cookie: {}", rest.split(';').next().unwrap());
        let (_, rest) = page.body.split_once(r#"name="csrf_token" value=""#).unwrap();
        Page { cookie, token: rest.split('"').next().unwrap().to_owned() }
    }

    /// The form as the administrator's browser sends it, with what is given beside the name and the password.
    fn sign_up(&self, username: &str, token: Option<&str>, headers: &[&str]) -> Answer {
        let token = token.map(|token| format!("&csrf_token={token}")).unwrap_or_default();
        let body = format!("username={username}&password=long+enough+for+anybody{token}");
        self.ask(ADMIN, "POST", &format!("{API}/users/create-ui"), headers, body.as_bytes())
    }

    fn has_user(&self, username: &str) -> bool {
        match self.get(ADMIN, &format!("{API}/users/get?username={username}")).status {
            200 => true,
            404 => false,
            status => panic!("{status}"),
        }
    }
}

#[test]
fn the_servers_own_page_makes_a_user_who_can_log_in() {
    let world = World::closed();
    let page = world.page();
    let own = "Sec-Fetch-Site: same-origin";
    let done = world.sign_up("carol", Some(&page.token), &[FORM, &page.cookie, own]);
    assert_eq!(done.status, 200, "{done:?}");
    assert!(done.body.contains("Successfully signed up user"), "{done:?}");
    let carol = login("carol", "long enough for anybody");
    assert_eq!(world.server.get(&format!("{API}/users/current"), &[&carol]).status, 200);

    let again = world.sign_up("carol", Some(&page.token), &[FORM, &page.cookie, own]);
    assert_eq!(again.status, 400);
    assert!(again.body.contains("carol") && again.body.contains("<form"), "{again:?}");
    assert!(!again.body.contains("long enough for anybody"), "{again:?}");
}

#[test]
fn a_forged_form_makes_no_user() {
    let world = World::closed().with_people();
    let page = world.page();
    let other = world.page();
    let token = Some(page.token.as_str());
    let cookie = page.cookie.as_str();
    for (case, token, headers, status, said) in [
        ("no token", None, vec![FORM, cookie], 400, "The CSRF token is missing."),
        ("no session", token, vec![FORM], 400, "The CSRF session token is missing."),
        ("nonsense", Some("x"), vec![FORM, cookie], 400, "The CSRF token is invalid."),
        ("another session", Some(&other.token), vec![FORM, cookie], 400, "The CSRF tokens do not match."),
        ("a field twice", Some("x&csrf_token=y"), vec![FORM, cookie], 400, "more than once"),
        ("another site", token, vec![FORM, cookie, "Sec-Fetch-Site: cross-site"], 403, "Cross-origin"),
        ("a sibling site", token, vec![FORM, cookie, "Sec-Fetch-Site: same-site"], 403, "Cross-origin"),
        ("another origin", token, vec![FORM, cookie, "Origin: http://evil.example"], 403, "Cross-origin"),
        ("another port", token, vec![FORM, cookie, "Origin: http://localhost:1"], 403, "Cross-origin"),
        ("no origin", token, vec![FORM, cookie, "Origin: null"], 403, "Cross-origin"),
        ("text", token, vec!["Content-Type: text/plain", cookie], 400, "Invalid content type"),
        ("multipart", token, vec!["Content-Type: multipart/form-data", cookie], 400, "Invalid content type"),
        ("JSON", token, vec!["Content-Type: application/json", cookie], 400, "Invalid content type"),
    ] {
        let answer = world.sign_up("forged", token, &headers);
        assert_eq!(answer.status, status, "{case}: {answer:?}");
        assert!(answer.body.contains(said), "{case}: {answer:?}");
        assert!(!world.has_user("forged"), "{case}");
    }
    // In the address the token counts for nothing: addresses are logged and passed on.
    let path = format!("{API}/users/create-ui?csrf_token={}", page.token);
    let body = b"username=forged&password=long+enough+for+anybody";
    assert_eq!(world.ask(ADMIN, "POST", &path, &[FORM, cookie], body).status, 400);
    // Nobody else gets anywhere with the administrator's page.
    let path = format!("{API}/users/create-ui");
    let body = format!("username=forged&password=long+enough+for+anybody&csrf_token={}", page.token);
    assert_eq!(world.ask(MALLORY, "POST", &path, &[FORM, cookie], body.as_bytes()).status, 403);
    assert_eq!(world.server.send("POST", &path, &[FORM, cookie], body.as_bytes()).status, 401);
    assert_eq!(world.get(MALLORY, "/signup").status, 403);
    assert_eq!(world.server.get("/signup", &[]).status, 401);
    assert!(!world.has_user("forged"));
}

#[test]
fn the_page_escapes_what_it_repeats_and_is_not_kept_or_framed() {
    let world = World::closed();
    let page = world.page();
    let name = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    let body = format!("username={name}&password=short&csrf_token={}", page.token);
    let path = format!("{API}/users/create-ui");
    let refused = world.ask(ADMIN, "POST", &path, &[FORM, &page.cookie], body.as_bytes());
    assert_eq!(refused.status, 400);
    let broken = world.sign_up("x", None, &[FORM]);
    for answer in [world.get(ADMIN, "/signup"), refused, broken] {
        assert!(!answer.body.contains("<script"), "{answer:?}");
        for header in [
            "\r\ncontent-type: text/html; charset=utf-8",
            "\r\ncontent-security-policy: default-src 'none'; style-src 'sha256-",
            "frame-ancestors 'none'",
            "\r\nx-frame-options: sameorigin",
            "\r\nx-content-type-options: nosniff",
            "\r\ncache-control: no-store",
        ] {
            assert!(answer.head.contains(header), "{header}: {answer:?}");
        }
    }
}

#[test]
fn under_a_prefix_and_with_a_key_of_ones_own_the_form_goes_where_the_server_is() {
    let world = World::new("NO_PERMISSIONS", &["--static-prefix", "/ml"]);
    let page = world.get(ADMIN, "/ml/signup");
    assert!(page.body.contains(r#"action="/ml/api/2.0/mlflow/users/create-ui""#), "{page:?}");
    assert!(page.head.contains("; path=/ml; httponly; samesite=strict"), "{page:?}");
    assert_eq!(world.get(ADMIN, "/signup").status, 404);
}

#[test]
fn a_server_that_starts_again_takes_the_pages_of_before() {
    let world = World::closed();
    let page = world.page();
    let World { server } = world;
    let folder = server.into_folder();
    let ini = folder.path().join("auth.ini");
    let variables = [("MLFLOW_AUTH_CONFIG_PATH", ini.to_str().unwrap())];
    let server = crate::harness::Server::start_in(folder, &["--app-name", "basic-auth"], &variables);
    let world = World { server };
    let done = world.sign_up("carol", Some(&page.token), &[FORM, &page.cookie]);
    assert_eq!(done.status, 200, "{done:?}");
}

#[test]
fn a_page_of_another_origin_cannot_write() {
    let world = World::closed().with_people();
    let create = |headers: &[&str]| {
        world.ask(ALICE, "POST", &format!("{API}/experiments/create"), headers, br#"{"name": "csrf"}"#)
    };
    for origin in
        ["null", "http://evil.example", "http://localhost.evil.example", "http://localhost@evil.example"]
    {
        let origin = format!("Origin: {origin}");
        let answer = create(&[&origin, "Content-Type: application/json"]);
        assert_eq!(answer.status, 403, "{origin}: {answer:?}");
        let read = world.ask(ALICE, "GET", &format!("{API}/users/current"), &[&origin], b"");
        assert!(!read.head.contains("access-control-allow-origin"), "{origin}: {read:?}");
    }
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
    {
        assert_eq!(create(&[&format!("Content-Type: {content_type}")]).status, 400, "{content_type}");
    }
    assert_eq!(create(&[]).status, 400);
    assert_eq!(world.get(ALICE, &format!("{API}/experiments/get-by-name?experiment_name=csrf")).status, 404);
}

#[test]
fn no_operation_takes_a_form_that_another_sites_page_sends() {
    let world = World::closed().with_people();
    let run = world.owned().run;
    let mut asked = 0;
    for (method, path) in ROWS.iter().flat_map(|row| row.endpoints()) {
        // Browsers ask before they send another method than GET and POST.
        if method != Method::Post {
            continue;
        }
        asked += 1;
        let path = path.replace("{*path}", "x");
        let path = format!("{path}?run_uuid={run}&path=forged.txt");
        for content_type in FORMS_OWN {
            for from in ["Origin: http://evil.example", "Sec-Fetch-Site: cross-site"] {
                let answer = world.ask(ADMIN, "POST", &path, &[content_type, from], b"{}");
                // Transfers that are not to be had with this storage say so to anybody.
                let refused = (400..500).contains(&answer.status) || answer.status == 501;
                assert!(refused, "{path} {content_type} {from}: {answer:?}");
            }
        }
    }
    assert!(asked > 40, "{asked}");
    let listed = world.get(ALICE, &format!("{API}/artifacts/list?run_id={run}"));
    assert!(!listed.body.contains("forged.txt"), "{listed:?}");
    // What is refused for its origin is taken from a program.
    let upload = format!("{AJAX}/upload-artifact?run_uuid={run}&path=own.txt");
    assert_eq!(world.ask(ALICE, "POST", &upload, &[], b"x").status, 200);
}

#[test]
fn no_form_and_no_link_passes_for_another_method() {
    let world = World::closed().with_people();
    let run = world.owned().run;
    let user = format!("{API}/users/delete?username={MALLORY}");
    let file = format!("{PROXY}/0/{run}/x");
    for header in ["X-HTTP-Method-Override: DELETE", "X-HTTP-Method: DELETE", "X-Method-Override: DELETE"] {
        for (method, path) in [("POST", &user), ("GET", &user), ("HEAD", &user), ("POST", &file)] {
            let path = format!("{path}{}_method=DELETE", if path.contains('?') { '&' } else { '?' });
            let answer = world.ask(ADMIN, method, &path, &[header, FORM], b"_method=DELETE");
            assert_eq!(answer.status, 405, "{method} {path} {header}: {answer:?}");
        }
    }
    assert!(world.has_user(MALLORY));
    for (method, path) in ROWS.iter().flat_map(|row| row.endpoints()) {
        // Whatever changes something is not to be had by a link or an image.
        let is_change = ["create", "delete", "update", "set-", "log-", "restore", "grant", "revoke"]
            .iter()
            .any(|word| path.rsplit('/').next().is_some_and(|last| last.starts_with(word)));
        assert!(!(method == Method::Get && is_change), "{path}");
    }
}

#[test]
fn a_browser_that_asks_for_another_site_is_told_no() {
    let world = World::closed();
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let asked = format!("Access-Control-Request-Method: {method}");
        let headers = ["Origin: http://evil.example", &asked, "Access-Control-Request-Headers: content-type"];
        let answer = world.server.send("OPTIONS", &format!("{API}/users/delete"), &headers, b"");
        assert_eq!(answer.status, 400, "{method}: {answer:?}");
        assert!(!answer.head.contains("access-control-allow-origin"), "{method}: {answer:?}");
    }
}

#[test]
fn a_name_that_was_rebound_to_this_address_reaches_nothing() {
    let world = World::closed();
    let admin = login(ADMIN, &password(ADMIN));
    for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:5000", ""]
    {
        for (method, path) in [
            ("GET", "/signup"),
            ("GET", "/api/2.0/mlflow/users/list"),
            ("POST", "/api/2.0/mlflow/users/create-ui"),
            ("GET", "/get-artifact?run_id=x&path=y"),
            ("GET", "/nothing"),
        ] {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{admin}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            let answer = world.raw(request.as_bytes());
            assert_eq!(answer.status, 403, "{host} {path}: {answer:?}");
            assert!(answer.body.contains("DNS rebinding"), "{host} {path}: {answer:?}");
            assert!(!answer.head.contains("set-cookie"), "{host} {path}: {answer:?}");
        }
    }
}

#[test]
fn every_answer_forbids_foreign_frames_and_sniffing() {
    let world = World::closed();
    let nobody = world.server.get("/api/2.0/mlflow/users/current", &[]);
    assert_eq!(nobody.status, 401);
    let missing = world.get(ADMIN, "/nothing");
    let health = world.server.get("/health", &[]);
    for answer in [nobody, missing, health] {
        assert!(answer.head.contains("\r\nx-frame-options: sameorigin"), "{answer:?}");
        assert!(answer.head.contains("\r\nx-content-type-options: nosniff"), "{answer:?}");
    }
}

#[test]
fn a_file_is_no_page_of_the_server_whichever_way_it_is_read() {
    let world = World::closed().with_people();
    let owned = world.owned();
    let made = world.post(ALICE, "registered-models/create", r#"{"name": "pages"}"#);
    assert_eq!(made.status, 200, "{made:?}");
    let source = format!("mlflow-artifacts:/{}/{}/artifacts", owned.experiment, owned.run);
    let version = format!(r#"{{"name": "pages", "source": "{source}", "run_id": "{}"}}"#, owned.run);
    let made = world.post(ALICE, "model-versions/create", &version);
    assert_eq!(field(&made.body, "version"), "1");
    for name in ["evil.html", "evil.HTM", "evil.svg", "evil.xhtml", "evil.xml", "evil.mht", "evil.js", "evil"]
    {
        let path = format!("{}/{}/artifacts/{name}", owned.experiment, owned.run);
        let file = format!("{PROXY}/{path}");
        // What the uploader calls it is not what the reader is told.
        let uploaded =
            world.ask(ALICE, "PUT", &file, &["Content-Type: text/html"], b"<script>alert(1)</script>");
        assert_eq!(uploaded.status, 200, "{name}");
        for way in [
            file,
            format!("/get-artifact?run_id={}&path={name}", owned.run),
            format!("/model-versions/get-artifact?name=pages&version=1&path={name}"),
        ] {
            let way = format!("{way}{}content_type=text/html", if way.contains('?') { '&' } else { '?' });
            let read = world.ask(ALICE, "GET", &way, &["Accept: text/html"], b"");
            assert_eq!(read.status, 200, "{way}: {read:?}");
            assert!(read.head.contains("\r\ncontent-disposition: attachment"), "{way}: {read:?}");
            assert!(read.head.contains("\r\nx-content-type-options: nosniff"), "{way}: {read:?}");
            // Were it shown all the same, no script of it would run.
            assert!(read.head.contains("\r\ncontent-security-policy: sandbox"), "{way}: {read:?}");
            if name == "evil" {
                assert!(read.head.contains("\r\ncontent-type: application/octet-stream"), "{way}: {read:?}");
            }
        }
    }
}
