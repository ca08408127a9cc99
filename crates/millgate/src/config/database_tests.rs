use super::*;

fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment::new("/here", variables.iter().copied())
}

fn database_with(text: &str, variables: &[(&str, &str)]) -> Result<StoreUri, ConfigError> {
    database(text, Origin::Flag("--backend-store-uri"), &environment(variables))
}

#[test]
fn databases_of_every_supported_kind_are_accepted() {
    for text in [
        "sqlite:///a.db",
        "postgresql://u:p@h/db",
        "postgres://u:p@h/db?sslmode=require",
        "postgresql+psycopg2://u:p@h:5433/db",
        "mysql+pymysql://u:p@h/db?charset=utf8mb4",
        "mariadb://u:p@h/db",
    ] {
        assert!(database_with(text, &[]).is_ok(), "{text}");
    }
    for (text, expected) in [
        ("mssql+pyodbc://u:hunter2@h/db", "mssql databases are not supported"),
        ("oracle://u:hunter2@h/db", "which opens sqlite, postgresql and mysql"),
        (
            "postgresql://u:hunter2@h/db?sslmod=require",
            "--backend-store-uri: postgresql parameters not supported: sslmod",
        ),
        ("mysql://u:hunter2@h/", "must name a database"),
    ] {
        let error = database_with(text, &[]).unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains("hunter2"), "{text}: {error}");
    }
}

#[test]
fn mlflows_files_for_mysql_win_over_the_uri() {
    const CA: (&str, &str) = ("MLFLOW_MYSQL_SSL_CA", "/ca.pem");
    const CERT: (&str, &str) = ("MLFLOW_MYSQL_SSL_CERT", "/c.pem");
    const KEY: (&str, &str) = ("MLFLOW_MYSQL_SSL_KEY", "/k.pem");
    for (text, variables, expected) in [
        ("mysql://u@h/db", &[][..], "mysql://u@h/db"),
        ("mysql://u@h/db", &[("MLFLOW_MYSQL_SSL_CA", "")], "mysql://u@h/db"),
        // MLflow checks the authority, and not the name.
        ("mysql://u@h/db", &[CA], "mysql://u@h/db?ssl_ca=%2Fca.pem&ssl_mode=VERIFY_CA"),
        ("mysql://u@h/db?ssl_ca=old", &[CA], "mysql://u@h/db?ssl_ca=%2Fca.pem"),
        (
            "mysql://u@h/db?ssl_verify_identity=true",
            &[CA],
            "mysql://u@h/db?ssl_ca=%2Fca.pem&ssl_verify_identity=true",
        ),
        ("mysql://u@h/db", &[CERT, KEY], "mysql://u@h/db?ssl_cert=%2Fc.pem&ssl_key=%2Fk.pem"),
        ("postgresql://u@h/db", &[CA, CERT, KEY], "postgresql://u@h/db"),
        ("sqlite:///a.db", &[CA], "sqlite:///a.db"),
    ] {
        assert_eq!(database_with(text, variables).unwrap().to_string(), expected, "{text} {variables:?}");
    }
    for (text, variables, expected) in [
        ("mysql://u@h/db", &[KEY][..], "MLFLOW_MYSQL_SSL_KEY: the parameter ssl_key needs ssl_cert"),
        ("mysql://u@h/db?ssl_disabled=true", &[CA], "MLFLOW_MYSQL_SSL_CA: the parameter ssl_disabled"),
    ] {
        let error = database_with(text, variables).unwrap_err().to_string();
        assert!(error.contains(expected), "{text} {variables:?}: {error}");
    }
}

#[test]
fn a_file_is_the_same_by_its_relative_and_its_absolute_path() {
    let uri = |text: &str| text.parse::<StoreUri>().unwrap();
    let is_same = |one: &str, other: &str| is_same(&uri(one), &uri(other), &environment(&[]));
    assert!(is_same("sqlite:///a.db", "sqlite:////here/a.db?timeout=3"));
    assert!(!is_same("sqlite:///a.db", "sqlite:////there/a.db"));
    assert!(is_same("postgresql://u@h/db", "postgresql+psycopg2://u@h:5432/db"));
    assert!(!is_same("postgresql://u@h/db", "sqlite:///a.db"));
}

#[test]
fn a_copy_is_of_the_same_kind_and_elsewhere() {
    let replica = |text: &str, primary: &str| {
        let mut warnings = Vec::new();
        let (origin, primary) = (Origin::Key("read_database_uri"), primary.parse().unwrap());
        replica(text, origin, &primary, &environment(&[]), &mut warnings)
            .map(|replica| (replica.map(|uri| uri.to_string()), warnings.len()))
    };
    let primary = "postgresql://u:p@h/db";
    let other = Some("postgresql://u:***@replica/db".to_owned());
    assert_eq!(replica("postgresql://u:p@replica/db", primary).unwrap(), (other, 0));
    assert_eq!(replica("postgresql+psycopg2://u:p@h:5432/db", primary).unwrap(), (None, 1));
    assert_eq!(replica("sqlite:///a.db", "sqlite:///a.db").unwrap(), (None, 1));
    for (text, primary, expected) in [
        ("mysql://u@h/db", primary, "must be a postgresql database"),
        ("sqlite:///b.db", "sqlite:///a.db", "has no copies"),
        ("sqlite:///b.db", primary, "has no copies"),
        ("./replica", primary, "file store"),
    ] {
        let error = replica(text, primary).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("read_database_uri"), "{text}: {error}");
    }
}

#[test]
fn the_pool_is_as_large_as_sqlalchemys_would_become() {
    let pool = |variables: &[(&str, &str)]| pool(&environment(variables)).unwrap();
    for (variables, connections) in [
        (&[][..], 10),
        (&[(POOL_SIZE, "20")], 30),
        (&[(MAX_OVERFLOW, "20")], 25),
        (&[(POOL_SIZE, "20"), (MAX_OVERFLOW, "5")], 25),
        (&[(POOL_SIZE, " 1 "), (MAX_OVERFLOW, "0")], 1),
        (&[(POOL_SIZE, "0")], 10),
        (&[(POOL_SIZE, ""), (MAX_OVERFLOW, "")], 10),
        (&[(POOLCLASS, "QueuePool")], 10),
    ] {
        let expected = PoolSettings { max_connections: connections, max_lifetime: None };
        assert_eq!(pool(variables), expected, "{variables:?}");
    }
    for (seconds, lifetime) in
        [("3600", Some(Duration::from_secs(3600))), ("0", None), ("-1", None), ("", None)]
    {
        assert_eq!(pool(&[(POOL_RECYCLE, seconds)]).max_lifetime, lifetime, "{seconds}");
    }
}

#[test]
fn pools_that_cannot_be_had_are_errors() {
    for (variable, value, expected) in [
        (POOL_SIZE, "-1", "between 0 and 1000"),
        (POOL_SIZE, "many", "between 0 and 1000"),
        (POOL_SIZE, "1001", "between 0 and 1000"),
        (MAX_OVERFLOW, "-1", "there is always a limit"),
        (POOL_RECYCLE, "an hour", "number of seconds"),
        (POOL_RECYCLE, "99999999999", "number of seconds"),
        (POOLCLASS, "NullPool", "NullPool instead of a pool with a limit (QueuePool) is not supported"),
        (POOLCLASS, "StaticPool", "not supported"),
        (POOLCLASS, "queuepool", "no class of SQLAlchemy"),
    ] {
        let error = pool(&environment(&[(variable, value)])).unwrap_err().to_string();
        assert!(error.contains(expected) && error.starts_with(variable), "{variable}={value}: {error}");
    }
}

#[test]
fn a_start_waits_a_minute_unless_told_otherwise() {
    let wait = |value: &str| patience(&environment(&[(WAIT, value)]));
    for (value, seconds) in [("", 60), ("0", 0), ("5", 5), ("3600", 3600)] {
        assert_eq!(wait(value).unwrap(), Duration::from_secs(seconds), "{value:?}");
    }
    for value in ["3601", "-1", "1.5", "for ever"] {
        assert!(wait(value).unwrap_err().to_string().contains(WAIT), "{value}");
    }
}
