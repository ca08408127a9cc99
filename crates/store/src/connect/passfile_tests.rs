use super::*;
use proptest::prelude::*;

const TARGET: Target<'static> =
    Target { host: "db.example.com", port: 5432, database: "mlflow", user: "ada" };

/// PostgreSQL 17, "The Password File".
#[test]
fn the_first_line_that_fits_gives_the_password() {
    for (text, expected) in [
        ("db.example.com:5432:mlflow:ada:secret", Some("secret")),
        ("*:*:*:*:secret", Some("secret")),
        ("# db.example.com:5432:mlflow:ada:no\ndb.example.com:*:*:ada:secret\n*:*:*:*:later", Some("secret")),
        ("\n\nno line\n*:*:*:ada:secret\r\n", Some("secret")),
        (r"*:*:*:ada:a\:b\\c\d", Some(r"a:b\cd")),
        ("*:*:*:ada:a:b", Some("a:b")),
        ("*:*:*:ada: with spaces ", Some(" with spaces ")),
        ("db.example.com:5433:mlflow:ada:no", None),
        ("db.example.com:5432:mlflow:bob:no", None),
        ("db.example.com:5432:other:ada:no", None),
        ("other:5432:mlflow:ada:no", None),
        (r"\*:*:*:*:no", None),
        ("*:*:*:ada", None),
        ("*:*:*:ada:", None),
        ("", None),
    ] {
        assert_eq!(find(text, &TARGET).as_deref(), expected, "{text:?}");
    }
}

#[test]
fn names_may_hold_what_separates_fields() {
    let target = Target { host: "fe80::1", port: 5433, database: r"a\b", user: "u:v" };
    assert_eq!(find(r"fe80\:\:1:5433:a\\b:u\:v:secret", &target).as_deref(), Some("secret"));
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::TempDir::new().unwrap();
    let file = dir.path().join("pgpass");
    std::fs::write(&file, "*:*:*:*:secret\n").unwrap();
    for (mode, expected) in [(0o600, Some("secret")), (0o400, Some("secret")), (0o640, None), (0o604, None)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(password(&file, &TARGET).as_deref(), expected, "{mode:o}");
    }
    assert_eq!(password(dir.path(), &TARGET), None);
    assert_eq!(password(&dir.path().join("none"), &TARGET), None);
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in "([*:\\\\a-z0-9#\\n\\ré]|mlflow|ada|5432){0,40}") {
        let _ = find(&text, &TARGET);
    }

    #[test]
    fn what_is_escaped_comes_back(password in "[^\\n\\r\\x00]{1,12}") {
        let escaped = password.replace('\\', r"\\").replace(':', r"\:");
        let line = format!("*:*:*:*:{escaped}");
        prop_assert_eq!(find(&line, &TARGET), Some(password));
    }
}
