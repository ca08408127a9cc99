use super::*;

fn nothing() -> Surroundings {
    Surroundings::nothing()
}

fn trusting(file: &str) -> Surroundings {
    Surroundings { variables: [("SSL_CERT_FILE".to_owned(), file.to_owned())].into(), ..nothing() }
}

fn with(text: &str, around: &Surroundings) -> Result<MySqlConnectOptions, StoreUriError> {
    options(&text.parse()?, around)
}

fn ok(text: &str) -> MySqlConnectOptions {
    with(text, &nothing()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn targets_are_those_of_sqlalchemys_pymysql() {
    for (text, host, port, user, database) in [
        ("mysql://u:p@h:3307/db", "h", 3307, "u", "db"),
        ("mysql+pymysql://u@h/db", "h", 3306, "u", "db"),
        ("mysql+mysqldb://u@h/db", "h", 3306, "u", "db"),
        ("mysql+mysqlconnector://u@h/db", "h", 3306, "u", "db"),
        ("mariadb+mariadbconnector://u@h/db", "h", 3306, "u", "db"),
        ("mysql://us%40er:p@[::1]/d%2Fb", "::1", 3306, "us@er", "d/b"),
        ("mysql://u@/db", "localhost", 3306, "u", "db"),
        ("mysql://u:p@h:1/db?host=other&port=2&user=v&database=e", "other", 2, "v", "e"),
        ("mysql://u@h?db=e", "h", 3306, "u", "e"),
    ] {
        let options = ok(text);
        assert_eq!((options.get_host(), options.get_port()), (host, port), "{text}");
        assert_eq!((options.get_username(), options.get_database()), (user, Some(database)), "{text}");
        assert_eq!(options.get_socket(), None);
    }
    let socket = ok("mysql+pymysql://u@localhost/db?unix_socket=/run/mysqld/mysqld.sock");
    assert_eq!(socket.get_socket(), Some(&"/run/mysqld/mysqld.sock".into()));
    for (text, expected) in [
        ("mysql://u:p%2Fq@h/db", r#"password: Some("p/q")"#),
        ("mysql://u:p@h/db?password=q", r#"password: Some("q")"#),
        ("mysql://u:p@h/db?passwd=q", r#"password: Some("q")"#),
        ("mysql://u:@h/db", "password: None"),
    ] {
        let debug = format!("{:?}", ok(text));
        assert!(debug.contains(expected), "{debug}");
    }
}

#[test]
fn what_is_set_for_every_connection() {
    for text in ["mysql://u@h/db", "mysql://u@h/db?charset=utf8&collation=utf8mb4_general_ci"] {
        let options = ok(text);
        assert_eq!((options.get_charset(), options.get_collation()), ("utf8mb4", None));
        let debug = format!("{options:?}");
        for expected in [
            "statement_cache_capacity: 256",
            "statements_level: Off",
            "pipes_as_concat: true",
            "enable_cleartext_plugin: false",
            r#"timezone: Some("+00:00")"#,
        ] {
            assert!(debug.contains(expected), "{expected}: {debug}");
        }
    }
}

/// What the URI says of TLS, and what is done: with the system's authorities, and with SSL_CERT_FILE naming the same file.
#[test]
fn tls_is_never_weaker_than_asked() {
    for (query, mode, alone) in [
        ("", "Preferred", "Preferred"),
        ("ssl_disabled=false", "Preferred", "Preferred"),
        ("ssl_mode=PREFERRED", "Preferred", "Preferred"),
        ("ssl_disabled=true", "Disabled", "Disabled"),
        ("ssl_mode=disabled", "Disabled", "Disabled"),
        ("ssl_mode=DISABLED&ssl_disabled=1", "Disabled", "Disabled"),
        ("ssl_mode=required", "Required", "Required"),
        ("ssl_cert=c&ssl_key=k", "Required", "Required"),
        ("ssl_verify_cert=false", "Required", "Required"),
        ("ssl_check_hostname=false", "Required", "Required"),
        ("ssl_ca=ca&ssl_verify_cert=false", "Required", "Required"),
        ("ssl_ca=ca", "VerifyIdentity", "VerifyIdentity"),
        ("ssl_ca=ca&ssl_mode=PREFERRED", "VerifyIdentity", "VerifyIdentity"),
        ("ssl_ca=ca&ssl_mode=REQUIRED", "VerifyIdentity", "VerifyIdentity"),
        ("ssl_verify_cert=true", "VerifyIdentity", "VerifyIdentity"),
        ("ssl_verify_identity=true", "VerifyIdentity", "VerifyIdentity"),
        ("ssl_check_hostname=yes", "VerifyIdentity", "VerifyIdentity"),
        ("ssl_mode=VERIFY_IDENTITY", "VerifyIdentity", "VerifyIdentity"),
        ("ssl_mode=VERIFY_CA", "VerifyIdentity", "VerifyIdentity"),
        ("ssl_mode=VERIFY_CA&ssl_ca=ca", "VerifyIdentity", "VerifyCa"),
        ("ssl_mode=VERIFY_CA&ssl_ca=ca&ssl_verify_identity=true", "VerifyIdentity", "VerifyIdentity"),
        ("ssl_mode=VERIFY_IDENTITY&ssl_ca=ca&ssl_check_hostname=false", "VerifyIdentity", "VerifyIdentity"),
        ("ssl_ca=ca&ssl_check_hostname=false", "only be false while SSL_CERT_FILE", "VerifyCa"),
        ("ssl_ca=ca&ssl_verify_identity=false", "only be false while SSL_CERT_FILE", "VerifyCa"),
        (
            "ssl_mode=VERIFY_CA&ssl_ca=ca&ssl_check_hostname=0",
            "only be false while SSL_CERT_FILE",
            "VerifyCa",
        ),
        ("ssl_verify_cert=true&ssl_verify_identity=false", "only be false", "only be false"),
    ] {
        for (around, expected) in [(nothing(), mode), (trusting("ca"), alone)] {
            let text = format!("mysql://u@h/db?{query}");
            match with(&text, &around) {
                Ok(options) => assert_eq!(format!("{:?}", options.get_ssl_mode()), expected, "{query}"),
                Err(error) => assert!(error.to_string().contains(expected), "{query}: {error}"),
            }
        }
    }
    for (query, expected) in [
        ("ssl_disabled=true&ssl_ca=ca", "ssl_disabled is true, and other parameters ask for TLS"),
        ("ssl_disabled=true&ssl_verify_identity=true", "ssl_disabled is true"),
        ("ssl_disabled=true&ssl_mode=REQUIRED", "ssl_disabled is true, and ssl_mode asks for TLS"),
        ("ssl_mode=DISABLED&ssl_ca=ca", "ssl_mode is DISABLED"),
        ("ssl_mode=hunter2", "ssl_mode must be"),
        ("ssl_verify_cert=hunter2", "ssl_verify_cert must be true or false"),
        ("ssl_key=k", "ssl_key needs ssl_cert"),
    ] {
        let error = format!("mysql://u@h/db?{query}").parse::<StoreUri>().unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains("hunter2"), "{query}: {error}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let around = Surroundings { can_read: |_| false, ..nothing() };
    for (query, expected) in [
        ("ssl_ca=/no/ca.pem", "ssl_ca (/no/ca.pem) names a file that cannot be read"),
        ("ssl_cert=/no/c.pem", "ssl_cert (/no/c.pem)"),
    ] {
        let error = with(&format!("mysql://u@h/db?{query}"), &around).unwrap_err().to_string();
        assert!(error.contains(expected), "{query}: {error}");
    }
}

#[test]
fn files_of_tls_are_handed_on() {
    let debug = format!("{:?}", ok("mysql://u@h/db?ssl_ca=/ca.pem&ssl_cert=/c.pem&ssl_key=/k.pem"));
    for expected in [
        r#"ssl_ca: Some(File("/ca.pem"))"#,
        r#"ssl_client_cert: Some(File("/c.pem"))"#,
        r#"ssl_client_key: Some(File("/k.pem"))"#,
    ] {
        assert!(debug.contains(expected), "{expected}: {debug}");
    }
    let debug = format!("{:?}", ok("mysql://u@h/db?ssl_cert=/both.pem"));
    assert!(debug.contains(r#"ssl_client_key: Some(File("/both.pem"))"#), "{debug}");
}

#[test]
fn parameters_that_are_not_honoured_are_refused_when_the_uri_is_parsed() {
    for query in [
        "init_command=hunter2",
        "sql_mode=ANSI",
        "read_default_file=/etc/my.cnf",
        "read_default_group=client",
        "ssl_capath=/etc/ssl",
        "ssl_cipher=x",
        "ssl_key_password=hunter2",
        "tls_versions=TLSv1.3",
        "ssl=true",
        "bind_address=10.0.0.1",
        "client_flag=2",
        "auth_plugin=mysql_clear_password",
        "charset=latin1",
        "connect_timeout=hunter2",
        "connect_timeout=0",
        "port=hunter2",
        "host=a,b",
        "host=a&host=b",
        "db=a&database=b",
        "user=a%00b",
    ] {
        let error = format!("mysql://u@h/db?{query}").parse::<StoreUri>().unwrap_err().to_string();
        let name = query.split('=').next().unwrap();
        let name = if name == "db" { "database" } else { name };
        assert!(error.contains(name) && !error.contains("hunter2"), "{query}: {error}");
    }
    for (text, expected) in [
        ("mysql://h/db", "must name a user"),
        ("mysql://:p@h/db", "must name a user"),
        ("mysql://u@h", "must name a database"),
        ("mysql://u@h/", "must name a database"),
        ("mysql+pyodbc://u@h/db", "driver 'pyodbc' is not supported"),
        ("mariadb+psycopg2://u@h/db", "driver 'psycopg2' is not supported"),
    ] {
        let error = text.parse::<StoreUri>().unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn parameters_that_make_no_difference_are_accepted() {
    let all = "charset=utf8mb4&collation=utf8mb4_general_ci&use_unicode=1&binary_prefix=true&read_timeout=30\
               &write_timeout=30&local_infile=1&allow_local_infile=true&autocommit=true&compress=true&use_pure=true\
               &connection_timeout=10&raise_on_warnings=true&pool_size=5";
    let plain = format!("{:?}", ok("mysql://u@h/db"));
    assert_eq!(format!("{:?}", ok(&format!("mysql://u@h/db?{all}"))), plain);
}

#[test]
fn a_connection_may_take_as_long_as_is_said() {
    let timeout = |query: &str| connect_timeout(&format!("mysql://u@h/db{query}").parse().unwrap()).unwrap();
    assert_eq!(timeout(""), None);
    assert_eq!(timeout("?connect_timeout=10"), Some(Duration::from_secs(10)));
    assert_eq!(timeout("?connection_timeout=10"), Some(Duration::from_secs(10)));
}
