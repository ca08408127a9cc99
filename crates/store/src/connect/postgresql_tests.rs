use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

fn nothing() -> Surroundings {
    Surroundings::nothing()
}

fn variables(variables: &[(&str, &str)]) -> Surroundings {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Surroundings { variables, ..nothing() }
}

fn with(text: &str, around: &Surroundings) -> Result<PgConnectOptions, StoreUriError> {
    options(&text.parse()?, around)
}

fn ok(text: &str) -> PgConnectOptions {
    with(text, &nothing()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// What sqlx does not tell by itself.
fn shown(options: &PgConnectOptions, field: &str) -> String {
    let debug = format!("{options:?}");
    let (_, value) = debug.split_once(&format!(" {field}: ")).unwrap();
    value.split(", ").next().unwrap().to_owned()
}

fn target(options: &PgConnectOptions) -> (String, u16, String, String) {
    (
        options.get_host().to_owned(),
        options.get_port(),
        options.get_username().to_owned(),
        options.get_database().unwrap().to_owned(),
    )
}

#[test]
fn targets_are_those_of_sqlalchemys_psycopg2() {
    for (text, host, port, user, database) in [
        ("postgresql://u:p@h:5433/db", "h", 5433, "u", "db"),
        ("postgres://u:p@h/db", "h", 5432, "u", "db"),
        ("postgresql+psycopg2://u@h/db", "h", 5432, "u", "db"),
        ("postgresql+asyncpg://u@h", "h", 5432, "u", "u"),
        ("postgresql://us%40er@[::1]:5433/d%2Fb", "::1", 5433, "us@er", "d/b"),
        ("postgresql://u@/db?host=/run/pg&port=5433", "/run/pg", 5433, "u", "db"),
        ("postgresql:///db?host=h&user=u", "h", 5432, "u", "db"),
        ("postgresql:///?host=h:5433&user=u&dbname=db", "h", 5433, "u", "db"),
        ("postgresql:///db?host=::1&user=u", "::1", 5432, "u", "db"),
        // What a parameter says wins over what stands before it.
        ("postgresql://u:p@h:1/db?host=other&port=2&user=v&dbname=e", "other", 2, "v", "e"),
    ] {
        let expected = (host.to_owned(), port, user.to_owned(), database.to_owned());
        assert_eq!(target(&ok(text)), expected, "{text}");
    }
    assert_eq!(shown(&ok("postgresql://u:p%2Fq@h/db"), "password"), r#"Some("p/q")"#);
    assert_eq!(shown(&ok("postgresql://u:p@h/db?password=q"), "password"), r#"Some("q")"#);
    assert_eq!(shown(&ok("postgresql://u:@h/db"), "password"), "None");
}

#[test]
fn without_a_host_it_is_this_machine() {
    let options = ok("postgresql://u@:5999/db");
    // No test has a server there.
    assert_eq!((options.get_host(), options.get_port()), ("localhost", 5999));
}

#[test]
fn what_is_set_for_every_connection() {
    let options = ok("postgresql://u@h/db");
    assert_eq!(options.get_application_name(), Some("millgate"));
    assert_eq!(shown(&options, "statement_cache_capacity"), "256");
    assert_eq!(shown(&options, "extra_float_digits"), "None");
    let debug = format!("{options:?}");
    assert!(
        debug.contains("statements_level: Off") && debug.contains("slow_statements_level: Off"),
        "{debug}"
    );
    let named = ok("postgresql://u@h/db?application_name=my+app&fallback_application_name=x");
    assert_eq!(named.get_application_name(), Some("my app"));
    let named = ok("postgresql://u@h/db?fallback_application_name=x");
    assert_eq!(named.get_application_name(), Some("x"));
}

#[test]
fn settings_of_the_session_are_sent() {
    for (options, expected) in [
        ("-c%20statement_timeout%3D5s", "-c statement_timeout=5s"),
        ("-csearch_path%3Dmlflow,public", "-c search_path=mlflow,public"),
        ("--lock-timeout%3D1s", "-c lock_timeout=1s"),
        ("-c+geqo%3Doff+-c+a.b%3Dc%5C+d", r"-c geqo=off -c a.b=c\ d"),
        ("-c%20x%3D", "-c x="),
        ("%20", ""),
    ] {
        let options = ok(&format!("postgresql://u@h/db?options={options}"));
        assert_eq!(options.get_options().unwrap_or_default(), expected);
    }
    for options in [
        "statement_timeout%3D5s",
        "-c",
        "-c%20x",
        "-W",
        "-c%20%3Dx",
        "-c%20a%20b%3Dx",
        "-c%20a;b%3Dx",
        "-c%20client_encoding%3DLATIN1",
        "-c%20Standard_Conforming_Strings%3Doff",
        "-c%20a%3Db%5C%0A",
    ] {
        let error = format!("postgresql://u@h/db?options={options}").parse::<StoreUri>().unwrap_err();
        assert!(error.to_string().contains("the parameter options must be"), "{options}: {error}");
    }
}

/// The mode of the URI and its authorities, and what is done.
#[test]
fn tls_is_never_weaker_than_asked() {
    for (query, mode, root) in [
        ("", "Prefer", "None"),
        ("sslmode=disable", "Disable", "None"),
        ("sslmode=disable&sslrootcert=ca", "Disable", "None"),
        // Not plain, where that can be had.
        ("sslmode=allow", "Prefer", "None"),
        ("sslmode=prefer", "Prefer", "None"),
        ("sslmode=prefer&sslrootcert=ca", "Prefer", "ca"),
        ("sslmode=require", "Require", "None"),
        // As libpq: an authority is there to be asked. The system's would do for any name, so the name is checked.
        ("sslmode=require&sslrootcert=ca", "VerifyFull", "ca"),
        ("sslmode=verify-ca&sslrootcert=ca", "VerifyFull", "ca"),
        ("sslmode=verify-full&sslrootcert=ca", "VerifyFull", "ca"),
        ("sslmode=verify-full&sslrootcert=system", "VerifyFull", "None"),
        ("sslmode=verify-full", "VerifyFull", "None"),
        ("sslrootcert=system", "VerifyFull", "None"),
    ] {
        let options = ok(&format!("postgresql://u@h/db?{query}"));
        assert_eq!(shown(&options, "ssl_mode"), mode, "{query}");
        let expected = match root {
            // No certificates, whatever a variable says; without TLS nothing is set.
            "None" if mode == "Disable" => "None".to_owned(),
            "None" => "Some(Inline([]))".to_owned(),
            file => format!("Some(File({file:?}))"),
        };
        assert_eq!(shown(&options, "ssl_root_cert"), expected, "{query}");
    }
    for (query, expected) in [
        ("sslmode=verify-ca", "needs sslrootcert"),
        ("sslmode=require&sslrootcert=system", "sslmode=verify-full alone"),
        ("sslmode=disable&sslrootcert=system", "sslmode=verify-full alone"),
        ("sslmode=verify-ca&sslrootcert=system", "sslmode=verify-full alone"),
        ("sslcert=c", "sslcert needs sslkey"),
        ("sslkey=k", "sslkey needs sslcert"),
    ] {
        let error = with(&format!("postgresql://u@h/db?{query}"), &nothing()).unwrap_err().to_string();
        assert!(error.contains(expected), "{query}: {error}");
    }
}

#[test]
fn one_authority_alone_is_asked_whatever_the_name() {
    let uri = "postgresql://u@h/db?sslmode=verify-ca&sslrootcert=/etc/ca.pem";
    for (around, mode) in [
        (&[("SSL_CERT_FILE", "/etc/ca.pem")][..], "VerifyCa"),
        (&[("SSL_CERT_FILE", "/etc/other.pem")], "VerifyFull"),
        (&[("SSL_CERT_FILE", "/etc/ca.pem"), ("SSL_CERT_DIR", "/etc/ssl/certs")], "VerifyFull"),
        (&[], "VerifyFull"),
    ] {
        assert_eq!(shown(&with(uri, &variables(around)).unwrap(), "ssl_mode"), mode, "{around:?}");
    }
}

#[test]
fn nothing_is_encrypted_to_a_unix_socket() {
    let options = ok("postgresql://u@/db?host=/run/pg&sslmode=verify-full");
    assert_eq!(shown(&options, "ssl_mode"), "Disable");
}

#[test]
fn the_clients_certificate_comes_with_its_key() {
    let options = ok("postgresql://u@h/db?sslcert=/c.pem&sslkey=/k.pem");
    assert_eq!(shown(&options, "ssl_client_cert"), r#"Some(File("/c.pem"))"#);
    assert_eq!(shown(&options, "ssl_client_key"), r#"Some(File("/k.pem"))"#);
}

#[test]
fn a_file_that_cannot_be_read_is_named_where_it_matters() {
    let around = Surroundings { can_read: |_| false, ..nothing() };
    for (query, expected) in [
        (
            "sslmode=verify-full&sslrootcert=/no/ca.pem",
            "sslrootcert (/no/ca.pem) names a file that cannot be read",
        ),
        ("sslcert=/no/c.pem&sslkey=/no/k.pem", "sslcert (/no/c.pem)"),
    ] {
        let error = with(&format!("postgresql://u@h/db?{query}"), &around).unwrap_err().to_string();
        assert!(error.contains(expected), "{query}: {error}");
    }
    assert!(with("postgresql://u@h/db?sslmode=prefer&sslrootcert=/no/ca.pem", &around).is_ok());
}

#[test]
fn what_the_uri_leaves_out_comes_from_libpqs_variables() {
    let around = variables(&[
        ("PGHOST", "h"),
        ("PGPORT", "5433"),
        ("PGUSER", "u"),
        ("PGPASSWORD", "p"),
        ("PGDATABASE", "db"),
        ("PGAPPNAME", "app"),
        ("PGSSLMODE", "verify-full"),
        ("PGSSLROOTCERT", "ca"),
        ("PGSSLCERT", "c"),
        ("PGSSLKEY", "k"),
        ("PGTARGETSESSIONATTRS", "read-write"),
        ("PGCONNECT_TIMEOUT", "7"),
    ]);
    let uri = "postgresql://";
    let options = with(uri, &around).unwrap();
    assert_eq!(target(&options), ("h".into(), 5433, "u".into(), "db".into()));
    assert_eq!(shown(&options, "password"), r#"Some("p")"#);
    assert_eq!(options.get_application_name(), Some("app"));
    assert_eq!(shown(&options, "ssl_mode"), "VerifyFull");
    assert_eq!(shown(&options, "ssl_root_cert"), r#"Some(File("ca"))"#);
    assert_eq!(shown(&options, "ssl_client_cert"), r#"Some(File("c"))"#);
    assert_eq!(connect_timeout(&uri.parse().unwrap(), &around).unwrap(), Some(Duration::from_secs(7)));

    let options = with("postgresql:///?host=i:1&user=v&dbname=e", &around).unwrap();
    assert_eq!(target(&options), ("i".into(), 1, "v".into(), "e".into()));
    let uri = "postgresql://v:q@i:1/e?sslmode=require&sslrootcert=x&sslcert=y&sslkey=z&application_name=a";
    let options = with(uri, &around).unwrap();
    assert_eq!(target(&options), ("i".into(), 1, "v".into(), "e".into()));
    let debug = format!("{options:?}");
    for expected in [r#"Some("q")"#, r#"File("x")"#, r#"File("y")"#, r#"File("z")"#, r#"Some("a")"#] {
        assert!(debug.contains(expected), "{expected}: {debug}");
    }
}

#[test]
fn variables_that_ask_for_what_is_not_done_are_errors_that_name_them() {
    for (variable, value, expected) in [
        ("PGHOSTADDR", "10.0.0.1", "hostaddr (the variable PGHOSTADDR)"),
        ("PGSERVICE", "prod", "service (the variable PGSERVICE)"),
        ("PGREQUIREAUTH", "scram-sha-256", "require_auth (the variable PGREQUIREAUTH)"),
        ("PGCHANNELBINDING", "require", "channel_binding (the variable PGCHANNELBINDING)"),
        ("PGGSSENCMODE", "require", "gssencmode (the variable PGGSSENCMODE)"),
        ("PGREQUIRESSL", "1", "requiressl (the variable PGREQUIRESSL)"),
        ("PGSSLCRL", "crl", "sslcrl (the variable PGSSLCRL)"),
        ("PGSSLMINPROTOCOLVERSION", "TLSv1.3", "ssl_min_protocol_version (the variable"),
        ("PGSSLMODE", "verify", "sslmode (the variable PGSSLMODE) must be"),
        ("PGPORT", "tcp://10.0.0.1:5432", "port (the variable PGPORT) is no number"),
        ("PGHOST", "a,b", "host (the variable PGHOST) names several hosts"),
        ("PGSSLCERT", "", "unset both"),
    ] {
        let uri = match variable {
            "PGPORT" | "PGHOST" => "postgresql://u@/db",
            _ => "postgresql://u@h/db",
        };
        let error = with(uri, &variables(&[(variable, value)])).unwrap_err().to_string();
        assert!(error.contains(expected), "{variable}: {error}");
    }
    let silent =
        [("PGCHANNELBINDING", "prefer"), ("PGSSLMODE", ""), ("PGHOST", "elsewhere"), ("PGSSLSNI", "1")];
    assert_eq!(with("postgresql://u@h/db", &variables(&silent)).unwrap().get_host(), "h");
}

#[test]
fn files_at_home_are_used_as_libpq_uses_them() {
    let dir = TempDir::new().unwrap();
    let home = Surroundings { home: Some(dir.path().into()), ..nothing() };
    let file = |name: &str| dir.path().join(name);
    std::fs::create_dir(file(".postgresql")).unwrap();
    std::fs::write(file(ROOT_AT_HOME), "").unwrap();
    let mode =
        |query: &str| with(&format!("postgresql://u@h/db?{query}"), &home).map(|o| shown(&o, "ssl_mode"));
    assert_eq!(mode("").unwrap(), "Prefer");
    assert_eq!(mode("sslmode=require").unwrap(), "VerifyFull");
    assert_eq!(mode("sslmode=verify-ca").unwrap(), "VerifyFull");

    std::fs::write(file(CERTIFICATE_AT_HOME), "").unwrap();
    assert!(mode("").unwrap_err().to_string().contains("sslcert needs sslkey"));
    std::fs::write(file(KEY_AT_HOME), "").unwrap();
    let options = with("postgresql://u@h/db?sslcert=mine", &home).unwrap();
    assert_eq!(shown(&options, "ssl_client_cert"), r#"Some(File("mine"))"#);
    assert!(shown(&options, "ssl_client_key").contains(KEY_AT_HOME));

    std::fs::write(file(REVOKED_AT_HOME), "").unwrap();
    assert_eq!(mode("").unwrap(), "Prefer");
    assert!(mode("sslmode=verify-full").unwrap_err().to_string().contains("root.crl"));
}

#[cfg(unix)]
#[test]
fn a_password_that_nobody_gave_is_looked_up() {
    use std::os::unix::fs::PermissionsExt;
    let dir = TempDir::new().unwrap();
    let write = |name: &str, text: &str| {
        let file = dir.path().join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        file
    };
    write(PASSWORDS_AT_HOME, "localhost:*:*:*:of the socket\nh:5432:db:u:of h\n/run/pg:*:*:*:elsewhere\n");
    let other = write("other", "*:*:*:*:of the other file\n");
    let mut around = Surroundings { home: Some(dir.path().into()), ..nothing() };
    let password = |uri: &str, around: &Surroundings| shown(&with(uri, around).unwrap(), "password");
    assert_eq!(password("postgresql://u@h/db", &around), r#"Some("of h")"#);
    assert_eq!(password("postgresql://u:given@h/db", &around), r#"Some("given")"#);
    assert_eq!(password("postgresql://u:@h/db", &around), r#"Some("of h")"#);
    assert_eq!(password("postgresql://u@i/db", &around), "None");
    assert_eq!(password("postgresql://u@/db?host=/tmp", &around), r#"Some("of the socket")"#);
    assert_eq!(password("postgresql://u@/db?host=/run/pg", &around), r#"Some("elsewhere")"#);
    let parameter = format!("postgresql://u@h/db?passfile={}", other.display());
    assert_eq!(password(&parameter, &around), r#"Some("of the other file")"#);
    around.variables.insert("PGPASSFILE".into(), other.to_str().unwrap().into());
    assert_eq!(password("postgresql://u@h/db", &around), r#"Some("of the other file")"#);
    around.variables.insert("PGPASSWORD".into(), "of the variable".into());
    assert_eq!(password("postgresql://u@h/db", &around), r#"Some("of the variable")"#);
}

#[test]
fn parameters_that_are_not_honoured_are_refused_when_the_uri_is_parsed() {
    for query in [
        "hostaddr=10.0.0.1",
        "service=prod",
        "require_auth=md5",
        "requirepeer=postgres",
        "channel_binding=require",
        "gssencmode=require",
        "sslnegotiation=direct",
        "sslcrl=x",
        "sslcrldir=x",
        "sslpassword=hunter2",
        "sslsni=0",
        "sslcertmode=require",
        "ssl_min_protocol_version=TLSv1.3",
        "ssl_max_protocol_version=TLSv1.2",
        "client_encoding=latin1",
        "replication=database",
        "target_session_attrs=hunter2",
        "sslmode=hunter2",
        "sslmode=REQUIRE",
        "ssl=true",
        "prepared_statement_cache_size=0",
        "connect_timeout=hunter2",
        "port=hunter2",
        "port=0",
        "host=a,b",
        "host=a&host=b",
        "host=a:b",
        "host=a:1&port=2",
        "port=1&port=2",
        "user=a%00b",
    ] {
        let error = format!("postgresql:///db?{query}").parse::<StoreUri>().unwrap_err().to_string();
        let name = query.split('=').next().unwrap();
        assert!(error.contains(name) && !error.contains("hunter2"), "{query}: {error}");
    }
    let error = "postgresql:///db?ssl=true".parse::<StoreUri>().unwrap_err().to_string();
    assert!(error.contains("sslmode") && error.contains("application_name"), "{error}");
    for text in ["postgresql+psycopg3://h/db", "postgresql+pymysql://h/db", "postgresql+pg8001://h/db"] {
        let error = text.parse::<StoreUri>().unwrap_err();
        assert!(matches!(error, StoreUriError::Driver { .. }), "{text}: {error}");
    }
}

#[test]
fn parameters_that_make_no_difference_are_accepted() {
    let all = "client_encoding=utf8&channel_binding=prefer&gssencmode=disable&sslnegotiation=postgres&sslsni=1\
               &sslcertmode=allow&ssl_min_protocol_version=TLSv1.2&target_session_attrs=read-write\
               &load_balance_hosts=disable&keepalives=1&keepalives_idle=30&keepalives_interval=10\
               &keepalives_count=5&tcp_user_timeout=1000&sslcompression=0&krbsrvname=postgres&connect_timeout=10";
    let plain = format!("{:?}", ok("postgresql://u@h/db"));
    assert_eq!(format!("{:?}", ok(&format!("postgresql://u@h/db?{all}"))), plain);
}

#[test]
fn a_connection_may_take_as_long_as_is_said() {
    let timeout = |query: &str| {
        connect_timeout(&format!("postgresql://h/db{query}").parse().unwrap(), &nothing()).unwrap()
    };
    assert_eq!(timeout(""), None);
    assert_eq!(timeout("?connect_timeout=10"), Some(Duration::from_secs(10)));
    assert_eq!(timeout("?connect_timeout=0"), None);
    assert_eq!(timeout("?connect_timeout=-1"), None);
}

/// Run by the test below, in a process that has the variables. What sqlx reads by itself must not show.
#[test]
fn in_a_process_with_variables() {
    if std::env::var_os("MILLGATE_TEST_VARIABLES").is_none() {
        return;
    }
    let complete = "postgresql://u:p@h:1/db?sslmode=verify-full&sslrootcert=system&sslcert=c&sslkey=k\
                    &application_name=a";
    let around = Surroundings { can_read: |_| true, ..Surroundings::of_process().unwrap() };
    let with = |uri: &str| options(&uri.parse().unwrap(), &around).unwrap();
    let options = with(complete);
    let debug = format!("{options:?}");
    assert!(!debug.contains("evil") && !debug.contains("5999"), "{debug}");
    // What libpq does with these, where the URI is silent, and sqlx as well.
    let options = with("postgresql://");
    assert_eq!(target(&options), ("evil".into(), 5999, "evil".into(), "evil".into()));
}

#[test]
fn no_variable_changes_what_the_uri_says() {
    let evil = [
        "PGHOST",
        "PGUSER",
        "PGPASSWORD",
        "PGDATABASE",
        "PGAPPNAME",
        "PGSSLROOTCERT",
        "PGSSLCERT",
        "PGSSLKEY",
    ];
    let this = std::env::current_exe().unwrap();
    let output = std::process::Command::new(this)
        .args(["--exact", "connect::postgresql::tests::in_a_process_with_variables"])
        .env("MILLGATE_TEST_VARIABLES", "1")
        .envs(evil.map(|name| (name, "evil")))
        .env("PGPORT", "5999")
        .env("PGSSLMODE", "disable")
        .output()
        .unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

proptest! {
    #[test]
    fn options_of_the_server_are_read_without_a_panic(text in "(-c|--|[a-z_.=\\\\ é-]){0,30}") {
        let _ = server_options(&text);
    }

    #[test]
    fn any_query_is_read_without_a_panic_and_no_error_shows_a_value(
        name in "host|port|sslmode|sslrootcert|options|connect_timeout|channel_binding|passfile|other",
        value in "[A-Z]{8,12}[:,/=%0-9-]{0,4}",
    ) {
        if let Err(error) = with(&format!("postgresql://u@h/db?{name}={value}"), &nothing()) {
            let shown = format!("{error} {error:?}");
            prop_assert!(!shown.contains(value.get(..8).unwrap()), "{}", shown);
        }
    }
}
