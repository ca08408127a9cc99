use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Result<StoreUri, StoreUriError> {
    text.parse()
}

type Row = (
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
    Option<&'static str>,
    Option<u16>,
    Option<&'static str>,
    &'static [(&'static str, &'static str)],
    &'static str,
);

/// What SQLAlchemy 2.1 `make_url` gives for each URI: user, password, host, port, database, query, and `str(url)`.
const AS_SQLALCHEMY: &[Row] = &[
    ("sqlite:///relative.db", None, None, None, None, Some("relative.db"), &[], "sqlite:///relative.db"),
    ("sqlite:////absolute.db", None, None, None, None, Some("/absolute.db"), &[], "sqlite:////absolute.db"),
    ("sqlite://///five.db", None, None, None, None, Some("//five.db"), &[], "sqlite://///five.db"),
    (
        "sqlite:///my%20dir/a%2Fb.db",
        None,
        None,
        None,
        None,
        Some("my dir/a/b.db"),
        &[],
        "sqlite:///my dir/a/b.db",
    ),
    ("sqlite+pysqlite:///x.db", None, None, None, None, Some("x.db"), &[], "sqlite+pysqlite:///x.db"),
    (
        "sqlite:///x.db?timeout=30&check_same_thread=false",
        None,
        None,
        None,
        None,
        Some("x.db"),
        &[("timeout", "30"), ("check_same_thread", "false")],
        "sqlite:///x.db?check_same_thread=false&timeout=30",
    ),
    (
        "postgresql://u:p@h:5432/db",
        Some("u"),
        Some("p"),
        Some("h"),
        Some(5432),
        Some("db"),
        &[],
        "postgresql://u:***@h:5432/db",
    ),
    (
        "postgresql+psycopg2://u:p%40ss%2Fw%3Ard@h/db",
        Some("u"),
        Some("p@ss/w:rd"),
        Some("h"),
        None,
        Some("db"),
        &[],
        "postgresql+psycopg2://u:***@h/db",
    ),
    (
        "postgresql://user@h/db",
        Some("user"),
        None,
        Some("h"),
        None,
        Some("db"),
        &[],
        "postgresql://user@h/db",
    ),
    (
        "postgresql://u:pa/ss:w?rd#@h/db",
        Some("u"),
        Some("pa/ss:w?rd#"),
        Some("h"),
        None,
        Some("db"),
        &[],
        "postgresql://u:***@h/db",
    ),
    (
        "postgresql://u:p@[::1]:5433/db",
        Some("u"),
        Some("p"),
        Some("::1"),
        Some(5433),
        Some("db"),
        &[],
        "postgresql://u:***@[::1]:5433/db",
    ),
    (
        "postgresql://u:p@[fe80::1%25eth0]/db",
        Some("u"),
        Some("p"),
        Some("fe80::1%25eth0"),
        None,
        Some("db"),
        &[],
        "postgresql://u:***@[fe80::1%25eth0]/db",
    ),
    (
        "postgresql:///db?host=/var/run/postgresql",
        None,
        None,
        None,
        None,
        Some("db"),
        &[("host", "/var/run/postgresql")],
        "postgresql:///db?host=%2Fvar%2Frun%2Fpostgresql",
    ),
    (
        "postgresql://u:p@/db?host=/tmp&host=/run",
        Some("u"),
        Some("p"),
        None,
        None,
        Some("db"),
        &[("host", "/tmp"), ("host", "/run")],
        "postgresql://u:***@/db?host=%2Ftmp&host=%2Frun",
    ),
    ("postgresql://h", None, None, Some("h"), None, None, &[], "postgresql://h"),
    (
        "postgresql://u:@h/db",
        Some("u"),
        Some(""),
        Some("h"),
        None,
        Some("db"),
        &[],
        "postgresql://u:***@h/db",
    ),
    ("postgresql://:p@h/db", Some(""), Some("p"), Some("h"), None, Some("db"), &[], "postgresql://:***@h/db"),
    ("postgresql://a@b@h/db", Some("a@b"), None, Some("h"), None, Some("db"), &[], "postgresql://a%40b@h/db"),
    (
        "mysql+pymysql://u:p@h:3306/db?charset=utf8mb4&ssl_ca=%2Fetc%2Fca.pem",
        Some("u"),
        Some("p"),
        Some("h"),
        Some(3306),
        Some("db"),
        &[("charset", "utf8mb4"), ("ssl_ca", "/etc/ca.pem")],
        "mysql+pymysql://u:***@h:3306/db?charset=utf8mb4&ssl_ca=%2Fetc%2Fca.pem",
    ),
    (
        "mysql://u:a+b%20c@h/db",
        Some("u"),
        Some("a+b c"),
        Some("h"),
        None,
        Some("db"),
        &[],
        "mysql://u:***@h/db",
    ),
    (
        "postgresql://u:p@h/db?a=1&b=&c&d=x+y%26z",
        Some("u"),
        Some("p"),
        Some("h"),
        None,
        Some("db"),
        &[("a", "1"), ("d", "x y&z")],
        "postgresql://u:***@h/db?a=1&d=x+y%26z",
    ),
    (
        "postgresql://h:5432/db?x=a@b",
        Some("h"),
        Some("5432/db?x=a"),
        Some("b"),
        None,
        None,
        &[],
        "postgresql://h:***@b",
    ),
    (
        "postgresql://u:%zz%4@h/db",
        Some("u"),
        Some("%zz%4"),
        Some("h"),
        None,
        Some("db"),
        &[],
        "postgresql://u:***@h/db",
    ),
    (
        "postgresql://%C3%A9:x@h/d%C3%A9",
        Some("é"),
        Some("x"),
        Some("h"),
        None,
        Some("dé"),
        &[],
        "postgresql://%C3%A9:***@h/d%C3%A9",
    ),
];

#[test]
fn uris_are_read_and_shown_as_sqlalchemy_does() {
    for (text, username, password, host, port, database, query, shown) in AS_SQLALCHEMY {
        let uri = StoreUri::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(uri.username.as_deref(), *username, "{text}");
        assert_eq!(uri.password.as_ref().map(Secret::expose), *password, "{text}");
        assert_eq!(uri.host.as_deref(), *host, "{text}");
        assert_eq!(uri.port, *port, "{text}");
        assert_eq!(uri.database.as_deref(), *database, "{text}");
        let expected: Vec<_> = query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        assert_eq!(uri.query, expected, "{text}");
        assert_eq!(uri.to_string(), *shown, "{text}");
    }
}

#[test]
fn dialects_and_drivers_are_told_apart() {
    for (text, dialect, driver) in [
        ("sqlite:///a.db", Dialect::Sqlite, None),
        ("postgres://h/db", Dialect::Postgresql, None),
        ("postgresql+psycopg2://h/db", Dialect::Postgresql, Some("psycopg2")),
        ("postgresql+asyncpg://h/db", Dialect::Postgresql, Some("asyncpg")),
        ("mysql+mysqlconnector://u@h/db", Dialect::Mysql, Some("mysqlconnector")),
        ("mariadb://u@h/db", Dialect::Mysql, None),
        ("mariadb+pymysql://u@h/db", Dialect::Mysql, Some("pymysql")),
    ] {
        let uri = parse(text).unwrap();
        assert_eq!((uri.dialect, uri.driver.as_deref()), (dialect, driver), "{text}");
    }
}

#[test]
fn a_port_left_empty_is_no_port() {
    assert_eq!(parse("postgresql://h:/db").unwrap().port, None);
}

#[test]
fn what_a_server_cannot_open_is_refused_for_its_reason() {
    use StoreUriError as E;
    for (text, expected) in [
        ("./mlruns", E::FileStore),
        ("mlruns", E::FileStore),
        ("/var/mlruns", E::FileStore),
        ("file:mlruns", E::FileStore),
        ("file:///var/mlruns", E::FileStore),
        ("databricks", E::Databricks),
        ("databricks-uc", E::Databricks),
        ("databricks://profile", E::Databricks),
        ("http://host:5000", E::Server),
        ("https://host", E::Server),
        ("mssql+pyodbc://u:p@h/db", E::UnknownScheme("mssql".into())),
        ("oracle://u:p@h/db", E::UnknownScheme("oracle".into())),
        ("SQLITE:///x.db", E::UnknownScheme("SQLITE".into())),
        ("sqlite://", E::InMemory),
        ("sqlite:///", E::InMemory),
        ("sqlite:///:memory:", E::InMemory),
        ("sqlite:///%3Amemory%3A", E::InMemory),
        ("sqlite+pysqlcipher://:pass@/x.db", E::SqliteDriver("pysqlcipher".into())),
        ("sqlite://host/x.db", E::SqliteHost),
        ("sqlite://relative.db", E::SqliteHost),
        ("sqlite://u:p@/x.db", E::SqliteHost),
        ("sqlite:///x.db?mode=ro", E::SqliteParameters(vec!["mode".into()])),
        (
            "sqlite:///x.db?timeout=3&cache=shared&uri=true",
            E::SqliteParameters(vec!["cache".into(), "uri".into()]),
        ),
        ("sqlite:///x.db?timeout=soon", E::ParameterValue("timeout")),
        ("sqlite:///x.db?timeout=-1", E::ParameterValue("timeout")),
        ("sqlite:///x.db?timeout=NaN", E::ParameterValue("timeout")),
        ("sqlite:///x.db?timeout=1e300", E::ParameterValue("timeout")),
        (
            "postgresql://h/db?ssl=true&sslmode=require&foo=1",
            E::Parameters { dialect: Dialect::Postgresql, names: vec!["ssl".into(), "foo".into()] },
        ),
    ] {
        assert_eq!(parse(text), Err(expected), "{text}");
    }
}

#[test]
fn malformed_uris_are_errors() {
    for text in [
        "",
        "  ",
        "sqlite:mlflow.db",
        "sqlite:/mlflow.db",
        "user:password@host/db",
        "://h/db",
        "my pass@word://h/db",
        "postgresql+://h/db",
        "postgresql+a+b://h/db",
        "postgresql://h:port/db",
        "postgresql://h:0/db",
        "postgresql://h:65536/db",
        "postgresql://h:+5/db",
        "postgresql://u:p@h1:1,h2:2/db",
        "postgresql://u:p@[::1]x/db",
        "postgresql://u:p@[]/db",
        "postgresql://u:%ff@h/db",
        "postgresql://u:p@h/db\n",
        "sqlite:///a%00b.db",
        "sqlite:///dir/",
        "sqlite:///file:x.db",
    ] {
        assert!(matches!(parse(text), Err(StoreUriError::Malformed(_))), "{text:?}: {:?}", parse(text));
    }
}

#[test]
fn the_tail_of_a_password_with_a_bare_at_sign_never_becomes_a_host() {
    let error = parse("postgresql://u:first@second@h/db").unwrap_err();
    assert!(error.to_string().contains("%40") && !error.to_string().contains("second"));
}

#[test]
fn a_file_store_error_names_the_command_that_moves_it() {
    assert!(parse("./mlruns").unwrap_err().to_string().contains("mlflow migrate-filestore"));
}

#[test]
fn the_busy_timeout_is_in_seconds() {
    assert_eq!(
        parse("sqlite:///x.db?timeout=1.5").unwrap().busy_timeout(),
        Some(Duration::from_millis(1500))
    );
    assert_eq!(parse("sqlite:///x.db").unwrap().busy_timeout(), None);
    assert_eq!(parse("postgresql://h/db?connect_timeout=3").unwrap().busy_timeout(), None);
}

#[test]
fn only_sqlite_has_a_path() {
    assert_eq!(parse("sqlite:///a/b.db").unwrap().sqlite_path(), Some(Path::new("a/b.db")));
    assert_eq!(parse("postgresql://h/db").unwrap().sqlite_path(), None);
}

#[test]
fn passwords_among_the_parameters_are_masked_too() {
    let uri = StoreUri::parse("postgresql:///db?user=u&password=hunter2&sslpassword=hunter3").unwrap();
    assert_eq!(uri.to_string(), "postgresql:///db?password=***&sslpassword=***&user=u");
}

#[test]
fn one_database_may_be_written_in_several_ways() {
    let is_same = |one: &str, other: &str| parse(one).unwrap().is_same(&parse(other).unwrap());
    for (one, other) in [
        ("postgresql://u:p@h/db", "postgres://u:p@h:5432/db"),
        ("postgresql://u:p@h/db", "postgresql+psycopg2://u:p@h/db"),
        ("mysql://u@h/db?charset=utf8mb4&ssl_ca=c", "mariadb+pymysql://u@h:3306/db?ssl_ca=c&charset=utf8mb4"),
        ("sqlite:///a.db", "sqlite+pysqlite:///a.db"),
    ] {
        assert!(is_same(one, other), "{one} {other}");
    }
    for (one, other) in [
        ("postgresql://u:p@h/db", "postgresql://u:q@h/db"),
        ("postgresql://u:p@h/db", "postgresql://v:p@h/db"),
        ("postgresql://u:p@h/db", "postgresql://u:p@h:5433/db"),
        ("postgresql://u:p@h/db", "postgresql://u:p@h/db?options=-csearch_path%3Dother"),
        ("postgresql://u@h/db", "mysql://u@h/db"),
        ("sqlite:///a.db", "sqlite:///b.db"),
    ] {
        assert!(!is_same(one, other), "{one} {other}");
    }
}

#[test]
fn parameters_take_the_place_of_their_former_values() {
    let uri = parse("mysql://u@h/db?ssl_ca=old&charset=utf8").unwrap();
    let changed = uri.clone().with_parameters(&[("ssl_ca", "/new ca"), ("ssl_cert", "c")]).unwrap();
    assert_eq!(changed.to_string(), "mysql://u@h/db?charset=utf8&ssl_ca=%2Fnew+ca&ssl_cert=c");
    assert!(uri.clone().with_parameters(&[("ssl_disabled", "true")]).is_err());
    assert!(uri.with_parameters(&[("other", "x")]).is_err());
}

proptest! {
    #[test]
    fn parsing_never_panics(text in ".*") {
        let _ = parse(&text);
    }

    #[test]
    fn parsing_what_looks_like_a_uri_never_panics(
        text in "(sqlite|postgresql|mysql)(\\+[a-z]{0,3})?://[:/@?&=%\\[\\]a0é+]{0,30}",
    ) {
        if let Ok(uri) = parse(&text) {
            prop_assert_eq!(uri.sqlite_path().is_some(), uri.dialect == Dialect::Sqlite);
        }
    }

    /// The password is made of capitals and digits that occur nowhere else in the URI.
    #[test]
    fn neither_a_shown_uri_nor_an_error_holds_the_password(
        scheme in "(sqlite|postgresql|mysql|oracle)(\\+[a-z]{1,3})?",
        password in "[A-Z2-9]{3,12}",
        prefix in "[:/?#%+]{0,3}",
        tail in "[:/@?&=%\\[\\]a+]{0,20}",
    ) {
        match parse(&format!("{scheme}://user:{prefix}{password}@host{tail}")) {
            Ok(uri) => {
                let shown = format!("{uri} {uri:?}");
                prop_assert!(!shown.contains(&password));
            }
            Err(error) => {
                let shown = format!("{error} {error:?}");
                prop_assert!(!shown.contains(&password));
            }
        }
    }

    #[test]
    fn a_percent_encoded_password_comes_back_whole(password in "\\PC{0,12}") {
        let encoded = utf8_percent_encode(&password, NON_ALPHANUMERIC);
        let uri = parse(&format!("postgresql://user:{encoded}@host/db")).unwrap();
        prop_assert_eq!(uri.password.as_ref().map(Secret::expose), Some(password.as_str()));
    }
}
