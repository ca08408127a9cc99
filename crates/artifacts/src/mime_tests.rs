use proptest::prelude::*;

use super::*;

/// What Python's `_guess_mime_type` returned without `mime.types` files.
#[test]
fn content_types_are_guessed_as_by_mlflow() {
    for (name, expected) in [
        ("a.txt", "text/plain"),
        ("a.TXT", "text/plain"),
        ("a.b.json", "text/plain"),
        ("conda.yaml", "text/plain"),
        ("x.js", "text/plain"),
        ("MLmodel", "text/plain"),
        ("x.MLmodel", "text/plain"),
        ("txt", "text/plain"),
        ("json", "text/plain"),
        ("MLproject", UNKNOWN),
        (".txt", UNKNOWN),
        ("..png", UNKNOWN),
        (".hidden", UNKNOWN),
        (".hidden.png", "image/png"),
        ("a", UNKNOWN),
        ("a.", UNKNOWN),
        ("a. ", UNKNOWN),
        ("", UNKNOWN),
        ("a.tar.gz", "application/x-tar"),
        ("a.tgz", "application/x-tar"),
        ("a.TGZ", "application/x-tar"),
        ("a.tbz2", "application/x-tar"),
        ("a.csv.gz", "text/csv"),
        ("a.py.xz", "text/x-python"),
        ("a.gz", UNKNOWN),
        ("a.Z", UNKNOWN),
        ("x.html.Z", "text/html"),
        ("x.html.z", UNKNOWN),
        ("a.png", "image/png"),
        ("a.PNG", "image/png"),
        ("a..png", "image/png"),
        ("ü.png", "image/png"),
        ("C:x.png", "image/png"),
        ("a.jpg", "image/jpeg"),
        ("a.html", "text/html"),
        ("a.pdf", "application/pdf"),
        ("a.svg", "image/svg+xml"),
        ("a.svgz", "image/svg+xml"),
        ("a.mp4", "video/mp4"),
        ("a.zip", "application/zip"),
        ("x.mjs", "application/javascript"),
        ("x.wasm", "application/wasm"),
        ("a.parquet", UNKNOWN),
        ("a.pkl", UNKNOWN),
        ("model.pt", UNKNOWN),
        ("a.webp", UNKNOWN),
    ] {
        assert_eq!(content_type(name), expected, "{name:?}");
    }
}

#[test]
fn the_table_is_sorted_for_its_search() {
    assert!(TYPES.is_sorted_by(|(a, _), (b, _)| a < b));
}

#[test]
fn a_download_is_an_attachment_under_its_own_name() {
    for (name, expected) in [
        ("a.txt", "attachment; filename=a.txt"),
        ("a b.txt", "attachment; filename=\"a b.txt\""),
        ("a\"b\\c.txt", r#"attachment; filename="a\"b\\c.txt""#),
        ("a;b", "attachment; filename=\"a;b\""),
        ("x=y", "attachment; filename=\"x=y\""),
        ("%41.txt", "attachment; filename=%41.txt"),
        ("a'b", "attachment; filename=a'b"),
        ("", "attachment; filename=\"\""),
        ("ü.txt", "attachment; filename=_.txt; filename*=UTF-8''%C3%BC.txt"),
        ("日本語", "attachment; filename=___; filename*=UTF-8''%E6%97%A5%E6%9C%AC%E8%AA%9E"),
    ] {
        assert_eq!(content_disposition(name), expected, "{name:?}");
    }
}

proptest! {
    #[test]
    fn no_name_injects_a_header(name in any::<String>()) {
        let value = content_disposition(&name);
        prop_assert!(value.chars().all(|c| matches!(c, ' '..='~')), "{value:?}");
        prop_assert!(value.starts_with("attachment; filename="));
        // Read as a client reads it, nothing but the two parameters is left.
        let rest = value.trim_start_matches("attachment; filename=");
        let rest = match rest.strip_prefix('"') {
            Some(quoted) => {
                let mut escaped = false;
                let end = quoted.find(|c| { let ends = c == '"' && !escaped; escaped = c == '\\' && !escaped; ends });
                quoted.split_at(end.unwrap() + 1).1
            }
            None => rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)),
        };
        prop_assert!(rest.is_empty() || rest.starts_with("; filename*=UTF-8''"), "{rest:?}");
        prop_assert!(!rest.trim_start_matches("; ").contains([';', ',', '"', ' ']), "{rest:?}");
    }

    #[test]
    fn no_name_makes_the_guess_panic(name in any::<String>()) {
        prop_assert!(content_type(&name).contains('/'));
    }
}
