use proptest::prelude::*;

use super::Ini;

/// Key `a` of section `[mlflow]`: `Ok(None)` where there is no such key, `Err(())` where anything is wrong.
fn a(text: &str) -> Result<Option<String>, ()> {
    Ini::parse(text).and_then(|ini| ini.get("mlflow", "a")).map_err(|_| ())
}

/// Each row is what Python 3.11's `ConfigParser().read_string(text)["mlflow"].get("a")` gives.
#[test]
fn values_are_read_as_python_reads_them() {
    for (text, expected) in [
        ("[mlflow]\na=1", Some("1")),
        ("[mlflow]\nA : 1 ", Some("1")),
        ("[mlflow]\n a\t=\t1\t", Some("1")),
        ("[mlflow]\na=b=c:d", Some("b=c:d")),
        ("[mlflow]\na:b=c", Some("b=c")),
        ("[mlflow]\na=", Some("")),
        ("[mlflow]\nb=1", None),
        ("[mlflow]\na=x # y ; z", Some("x # y ; z")),
        ("[mlflow]\n# a=2\n  ; a=3\na=1", Some("1")),
        ("[mlflow]\na=\"x\" '\\n'", Some("\"x\" '\\n'")),
        ("[mlflow]\na=1\n 2\n  3\nb=4", Some("1\n2\n3")),
        ("[mlflow]\na=1\n\n 2\n\n", Some("1\n\n2")),
        ("[mlflow]\na=1\n # no\n 2", Some("1\n2")),
        ("[mlflow]\r\na=1\r\n", Some("1")),
        ("[mlflow]\ra=1\rb=2", Some("1")),
        ("[mlflow]\na=50%%", Some("50%")),
        ("[mlflow]\na=%(b)s!\nb=x", Some("x!")),
        ("[mlflow]\na=%(B)s\nb=%(c)s\nc=%%", Some("%")),
        ("[DEFAULT]\na=1\n[mlflow]", Some("1")),
        ("[DEFAULT]\nb=1\n[mlflow]\na=%(b)s\nb=2", Some("2")),
        ("[DEFAULT]\na=%(b)s\n[mlflow]\nb=2", Some("2")),
        ("[other]\na=1\n[mlflow]\na=2", Some("2")),
        ("[mlflow] trailing\na=1", Some("1")),
        ("[MLFLOW]\na=1", None),
        ("\u{feff}", None),
    ] {
        if text == "\u{feff}" {
            assert_eq!(a(text), Err(()), "a byte order mark is text before the first section");
        } else {
            assert_eq!(a(text), Ok(expected.map(str::to_owned)), "{text:?}");
        }
    }
}

#[test]
fn what_python_refuses_is_refused() {
    for text in [
        "a=1",
        "[mlflow]\nno separator",
        "[mlflow]\n=1",
        "[mlflow]\na=1\nA=2",
        "[mlflow]\n[mlflow]",
        "[mlflow]\na=50%",
        "[mlflow]\na=%x",
        "[mlflow]\na=%(b)s",
        "[mlflow]\na=%(a)s",
        "[mlflow]\na=%(b)d\nb=1",
        "[mlflow]\na=%()s",
        "[mlflow]\na=%(b",
    ] {
        assert_eq!(a(text), Err(()), "{text:?}");
    }
}

#[test]
fn references_cannot_make_a_value_huge() {
    let mut text = String::from("[mlflow]\na=%(b0)s\n");
    for level in 0..7 {
        let references = format!("%(b{})s", level + 1).repeat(100);
        text.push_str(&format!("b{level}={references}\n"));
    }
    text.push_str("b7=x\n");
    assert_eq!(a(&text), Err(()));
}

#[test]
fn errors_name_the_line_and_never_the_value() {
    for (text, expected) in [
        ("[mlflow]\n\nadmin_password hunter2", "line 3"),
        ("[mlflow]\na=hunter2\na=hunter2", "line 3"),
        ("[mlflow]\na=hunter2%", "'a'"),
        ("[mlflow]\na=%(hunter2)s", "'a'"),
    ] {
        let error = Ini::parse(text).and_then(|ini| ini.get("mlflow", "a")).unwrap_err();
        assert!(error.contains(expected) && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn keys_come_in_the_order_of_the_file() {
    let ini = Ini::parse("[DEFAULT]\nd=0\n[mlflow]\nB=1\na=2").unwrap();
    assert_eq!(ini.keys("mlflow").collect::<Vec<_>>(), ["b", "a"]);
}

proptest! {
    #[test]
    fn parsing_never_panics(text in ".*") {
        let _ = a(&text);
    }

    #[test]
    fn parsing_what_looks_like_a_file_never_panics(text in "(\\[mlflow\\]|\\[DEFAULT\\]|a=|b:|%\\(a\\)s|%|[ \\n\\r;#x=\\[\\]é])*") {
        let _ = a(&text);
    }

    #[test]
    fn a_value_written_with_doubled_percent_signs_comes_back(value in "[!-~]{0,20}") {
        let text = format!("[mlflow]\na = {}", value.replace('%', "%%"));
        prop_assert_eq!(a(&text), Ok(Some(value)));
    }
}
