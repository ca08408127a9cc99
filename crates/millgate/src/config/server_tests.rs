use clap::Parser;
use gate::layers::FrameOptions;
use tempfile::TempDir;

use super::*;
use crate::cli::{Cli, Command};

fn args(words: &[&str]) -> ServerArgs {
    let cli = Cli::try_parse_from([&["millgate", "server"], words].concat()).unwrap();
    match cli.command {
        Command::Server(args) => *args,
        other => panic!("not a server: {other:?}"),
    }
}

fn resolve(words: &[&str], variables: &[(&str, &str)]) -> Result<ServerConfig, ConfigError> {
    ServerConfig::resolve(&args(words), &Environment::new("/here", variables.iter().copied()))
}

fn ok(words: &[&str], variables: &[(&str, &str)]) -> ServerConfig {
    resolve(words, variables).unwrap_or_else(|error| panic!("{words:?} {variables:?}: {error}"))
}

fn error(words: &[&str], variables: &[(&str, &str)]) -> String {
    match resolve(words, variables) {
        Ok(config) => panic!("{words:?} {variables:?}: {config:?}"),
        Err(error) => error.to_string(),
    }
}

fn warnings(words: &[&str], variables: &[(&str, &str)]) -> Vec<String> {
    ok(words, variables).warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn metrics_are_served_where_the_flag_or_the_variable_says_anything() {
    assert!(!ok(&[], &[]).metrics);
    assert!(!ok(&["--expose-prometheus", ""], &[("MLFLOW_EXPOSE_PROMETHEUS", "")]).metrics);
    assert!(ok(&["--expose-prometheus", "a/folder"], &[]).metrics);
    assert!(ok(&[], &[("MLFLOW_EXPOSE_PROMETHEUS", "a/folder")]).metrics);
}

#[test]
fn the_defaults_are_those_of_mlflow() {
    let config = ok(&[], &[]);
    assert_eq!(config.backend.unwrap().to_string(), "sqlite:///mlflow.db");
    assert_eq!(config.default_artifact_root, "mlflow-artifacts:/");
    assert_eq!(config.artifacts_destination.as_deref(), Some("/here/mlartifacts"));
    assert!(!config.artifacts_only);
    assert_eq!((config.host.as_str(), config.port), ("127.0.0.1", 5000));
    assert_eq!((config.static_prefix, config.tls, config.app_name), (None, None, None));
    assert!(config.trusted_proxies.is_empty());
    let security = config.security;
    assert!(security.allowed_hosts.is_empty());
    assert!(security.cors_origins.is_empty());
    assert_eq!(security.frame_options, FrameOptions::SameOrigin);
    assert!(!security.disabled);
    let download_url_lifetime = Duration::from_secs(300);
    let limits =
        Limits { artifact_location_max_length: 2048, truncate_long_values: true, download_url_lifetime };
    assert_eq!(config.limits, limits);
    assert_eq!(config.warnings, []);
}

/// A setting, what it is when given, and the same by its variable.
#[test]
fn a_flag_wins_over_its_variable_and_an_empty_one_is_not_given() {
    type Show = fn(&ServerConfig) -> String;
    let rows: &[(&str, &str, &str, &str, Show)] = &[
        ("--backend-store-uri", "MLFLOW_BACKEND_STORE_URI", "sqlite:///a.db", "sqlite:///b.db", |c| {
            c.backend.as_ref().map(ToString::to_string).unwrap_or_default()
        }),
        ("--default-artifact-root", "MLFLOW_DEFAULT_ARTIFACT_ROOT", "/a", "/b", |c| {
            c.default_artifact_root.clone()
        }),
        ("--artifacts-destination", "MLFLOW_ARTIFACTS_DESTINATION", "/a", "/b", |c| {
            c.artifacts_destination.clone().unwrap()
        }),
        ("--host", "MLFLOW_HOST", "0.0.0.0", "::1", |c| c.host.clone()),
        ("--port", "MLFLOW_PORT", "1", "2", |c| c.port.to_string()),
        ("--static-prefix", "MLFLOW_STATIC_PREFIX", "/a", "/b", |c| {
            c.static_prefix.clone().unwrap_or_default()
        }),
        ("--allowed-hosts", "MLFLOW_SERVER_ALLOWED_HOSTS", "a", "b", |c| c.security.allowed_hosts.join(",")),
        ("--cors-allowed-origins", "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS", "http://a", "http://b", |c| {
            c.security.cors_origins.join(",")
        }),
        ("--x-frame-options", "MLFLOW_SERVER_X_FRAME_OPTIONS", "DENY", "SAMEORIGIN", |c| {
            match c.security.frame_options {
                FrameOptions::SameOrigin => "SAMEORIGIN",
                FrameOptions::Deny => "DENY",
                FrameOptions::None => "NONE",
            }
            .to_owned()
        }),
    ];
    for (flag, variable, first, second, show) in rows {
        assert_eq!(show(&ok(&[flag, first], &[(variable, second)])), *first, "{flag} over {variable}");
        assert_eq!(show(&ok(&[], &[(variable, second)])), *second, "{variable}");
        assert_eq!(show(&ok(&[], &[(variable, "")])), show(&ok(&[], &[])), "empty {variable}");
        if *flag != "--port" {
            assert_eq!(show(&ok(&[flag, ""], &[(variable, second)])), *second, "empty {flag}");
        }
    }
}

#[test]
fn tls_files_come_from_flags_or_variables() {
    let files =
        |certificate: &str, key: &str| Some(TlsFiles { certificate: certificate.into(), key: key.into() });
    let variables = [("MILLGATE_TLS_CERT", "c"), ("MILLGATE_TLS_KEY", "k")];
    assert_eq!(ok(&["--tls-cert", "a", "--tls-key", "b"], &variables).tls, files("a", "b"));
    assert_eq!(ok(&[], &variables).tls, files("c", "k"));
    assert_eq!(ok(&["--tls-cert", "a"], &variables).tls, files("a", "k"));
    for (words, variables) in [
        (&["--tls-cert", "a"][..], &[][..]),
        (&["--tls-key", "a"], &[]),
        (&[], &variables[..1]),
        (&[], &variables[1..]),
    ] {
        assert!(error(words, variables).contains("given together"), "{words:?} {variables:?}");
    }
}

#[test]
fn tls_files_in_option_strings_are_honoured() {
    type Row = (&'static [&'static str], &'static [(&'static str, &'static str)], &'static str, &'static str);
    let rows: &[Row] = &[
        (&["--uvicorn-opts", "--ssl-certfile=c --ssl-keyfile=k"], &[], "c", "k"),
        (&["--uvicorn-opts", "--reload --ssl-keyfile 'my k' --ssl-certfile c"], &[], "c", "my k"),
        (
            &["--uvicorn-opts", "--ssl-certfile both.pem --ssl-cert-reqs 0 --ssl-version 17"],
            &[],
            "both.pem",
            "both.pem",
        ),
        (&["--gunicorn-opts", "--certfile c --keyfile k -w 4 --cert-reqs=0"], &[], "c", "k"),
        (&["--gunicorn-opts", "--certf c --keyf=k"], &[], "c", "k"),
        (&[], &[("MLFLOW_UVICORN_OPTS", "--ssl-certfile c --ssl-keyfile k")], "c", "k"),
        (&[], &[("MLFLOW_GUNICORN_OPTS", "--certfile c --keyfile k")], "c", "k"),
        (&[], &[("UVICORN_SSL_CERTFILE", "c"), ("UVICORN_SSL_KEYFILE", "k")], "c", "k"),
        (
            &["--uvicorn-opts", "--ssl-keyfile k2"],
            &[("UVICORN_SSL_CERTFILE", "c"), ("UVICORN_SSL_KEYFILE", "k")],
            "c",
            "k2",
        ),
        (&["--gunicorn-opts", "-w 1"], &[("GUNICORN_CMD_ARGS", "--certfile=c --keyfile=k")], "c", "k"),
    ];
    for (words, variables, certificate, key) in rows {
        let tls = ok(words, variables).tls;
        let expected = TlsFiles { certificate: (*certificate).into(), key: (*key).into() };
        assert_eq!(tls, Some(expected), "{words:?} {variables:?}");
    }
}

#[test]
fn variables_of_a_program_that_would_not_run_are_not_read() {
    let uvicorn = [("UVICORN_SSL_CERTFILE", "c")];
    assert_eq!(ok(&["--gunicorn-opts", "-w 1"], &uvicorn).tls, None);
    assert_eq!(ok(&[], &[("GUNICORN_CMD_ARGS", "--certfile=c")]).tls, None);
}

#[test]
fn what_option_strings_ask_for_in_vain_is_refused_by_name() {
    for (flag, string, expected) in [
        ("--uvicorn-opts", "--ssl-ca-certs ca.pem", "--ssl-ca-certs: checking the certificates of clients"),
        ("--uvicorn-opts", "--ssl-cert-reqs 2", "--ssl-cert-reqs: checking the certificates of clients"),
        ("--uvicorn-opts", "--ssl-keyfile-password hunter2", "protected by a password"),
        ("--uvicorn-opts", "--ssl-ciphers ALL", "choosing ciphers"),
        ("--uvicorn-opts", "--ssl-version 3", "TLS version"),
        ("--uvicorn-opts", "--uds /run/s", "TCP port"),
        ("--uvicorn-opts", "--fd 3", "TCP port"),
        ("--uvicorn-opts", "--env-file .env", "variables from a file"),
        ("--uvicorn-opts", "--ssl-keyfile k", "without its certificate"),
        ("--uvicorn-opts", "--ssl-certfile", "needs a value"),
        ("--uvicorn-opts", "--ssl-certfile=", "needs a value"),
        ("--uvicorn-opts", "'open", "left open"),
        ("--uvicorn-opts", "stray", "no option"),
        ("--gunicorn-opts", "--ca-certs ca.pem", "certificates of clients"),
        ("--gunicorn-opts", "--cert-reqs=1", "certificates of clients"),
        ("--gunicorn-opts", "--ciphers ALL", "choosing ciphers"),
        ("--gunicorn-opts", "--proxy-protocol", "PROXY protocol"),
        ("--gunicorn-opts", "-c gunicorn.py", "configuration file"),
        ("--gunicorn-opts", "-cgunicorn.py", "configuration file"),
        ("--gunicorn-opts", "-Dc gunicorn.py", "configuration file"),
        ("--gunicorn-opts", "--conf x", "configuration file"),
        ("--gunicorn-opts", "--user www", "--user: it must be set before"),
        ("--gunicorn-opts", "-g www", "-g: it must be set before"),
        ("--gunicorn-opts", "-m 077", "-m: it must be set before"),
        ("--gunicorn-opts", "--chdir /srv", "--chdir: it must be set before"),
        ("--gunicorn-opts", "-e MLFLOW_AUTH_CONFIG_PATH=x", "-e: it must be set before"),
        ("--gunicorn-opts", "--c x", "more than one option"),
        ("--waitress-opts", "--unix-socket=/run/s", "TCP port"),
    ] {
        let error = error(&[flag, string], &[]);
        assert!(error.contains(expected) && !error.contains("hunter2"), "{string}: {error}");
    }
    let error = error(&[], &[("UVICORN_SSL_CA_CERTS", "ca.pem")]);
    assert!(error.contains("UVICORN_SSL_CA_CERTS"), "{error}");
}

#[test]
fn everything_else_in_option_strings_is_named_in_one_warning() {
    for (flag, string, expected) in [
        (
            "--uvicorn-opts",
            "--host 0.0.0.0 --port=1 --reload --root-path /x --reload",
            "--uvicorn-opts: ignored: --host, --port, --reload, --root-path (",
        ),
        (
            "--uvicorn-opts",
            "--timeout-keep-alive 5 --limit-concurrency 9",
            "--timeout-keep-alive, --limit-concurrency (",
        ),
        (
            "--gunicorn-opts",
            "-b 0.0.0.0:80 --limit-request-line 4094 -w 4",
            "--gunicorn-opts: ignored: -b, --limit-request-line, -w (",
        ),
        (
            "--waitress-opts",
            "--threads=8 --trusted-proxy=*",
            "--waitress-opts: ignored: --threads, --trusted-proxy (",
        ),
    ] {
        let warnings = warnings(&[flag, string], &[]);
        assert!(warnings.len() == 1 && warnings[0].contains(expected), "{warnings:?}");
    }
}

#[test]
fn a_configuration_file_of_gunicorn_is_not_passed_over() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("gunicorn.conf.py"), "certfile = 'c'").unwrap();
    let environment = Environment::new(dir.path(), [("A", "b")]);
    assert!(ServerConfig::resolve(&args(&[]), &environment).is_ok());
    let error = ServerConfig::resolve(&args(&["--gunicorn-opts", "-w 4"]), &environment).unwrap_err();
    assert!(error.to_string().contains("gunicorn.conf.py"), "{error}");
}

#[test]
fn trusted_proxies_come_from_the_options_or_the_variable() {
    let trusts = |words: &[&str], variables: &[(&str, &str)], address: &str| {
        ok(words, variables).trusted_proxies.trusts(address.parse().unwrap())
    };
    let string = "--forwarded-allow-ips=10.0.0.0/8";
    assert!(trusts(&["--uvicorn-opts", string], &[], "10.1.2.3"));
    assert!(trusts(&["--gunicorn-opts", string], &[], "10.1.2.3"));
    assert!(trusts(&[], &[("FORWARDED_ALLOW_IPS", "127.0.0.1")], "127.0.0.1"));
    assert!(trusts(&[], &[("UVICORN_FORWARDED_ALLOW_IPS", "127.0.0.1")], "127.0.0.1"));
    assert!(!trusts(&["--uvicorn-opts", string], &[("FORWARDED_ALLOW_IPS", "1.1.1.1")], "1.1.1.1"));
    assert!(!trusts(&["--uvicorn-opts", "--forwarded-allow-ips=* --no-proxy-headers"], &[], "10.1.2.3"));
    assert!(!trusts(&[], &[("UVICORN_PROXY_HEADERS", "false"), ("FORWARDED_ALLOW_IPS", "*")], "10.1.2.3"));
    assert!(warnings(&[], &[("FORWARDED_ALLOW_IPS", "*")])[0].contains("every peer"));
    assert!(warnings(&[], &[("FORWARDED_ALLOW_IPS", "proxy.local")])[0].contains("proxy.local"));
}

#[test]
fn settings_that_exclude_each_other_are_errors() {
    for (words, variables, expected) in [
        (&["--uvicorn-opts", "--reload", "--gunicorn-opts", "-w 1"][..], &[][..], "cannot be given together"),
        (&["--waitress-opts", "", "--gunicorn-opts", "-w 1"], &[], "cannot be given together"),
        (
            &[],
            &[("MLFLOW_UVICORN_OPTS", "--reload"), ("MLFLOW_GUNICORN_OPTS", "-w 1")],
            "MLFLOW_GUNICORN_OPTS",
        ),
        (&["--artifacts-only", "--no-serve-artifacts"], &[], "nothing to serve"),
        (
            &["--artifacts-only", "--backend-store-uri", "sqlite:///a.db"],
            &[],
            "--backend-store-uri cannot be given",
        ),
        (
            &["--artifacts-only"],
            &[("MLFLOW_BACKEND_STORE_URI", "sqlite:///a.db")],
            "MLFLOW_BACKEND_STORE_URI",
        ),
        (&["--tls-cert", "a", "--tls-key", "b", "--uvicorn-opts", "--ssl-certfile c"], &[], "both by"),
    ] {
        let error = error(words, variables);
        assert!(error.contains(expected), "{words:?} {variables:?}: {error}");
    }
}

#[test]
fn what_this_version_does_not_do_is_an_error_that_says_so() {
    for (words, variables, expected) in [
        (
            &["--enable-workspaces"][..],
            &[][..],
            "--enable-workspaces: workspaces are not supported by this version",
        ),
        (&[], &[("MLFLOW_ENABLE_WORKSPACES", "True")], "MLFLOW_ENABLE_WORKSPACES: workspaces"),
        (&["--workspace-store-uri", "x"], &[], "--workspace-store-uri"),
        (&[], &[("MLFLOW_WORKSPACE_STORE_URI", "x")], "MLFLOW_WORKSPACE_STORE_URI"),
        (
            &["--read-replica-backend-store-uri", "sqlite:///x.db"],
            &[],
            "--read-replica-backend-store-uri: must name a server",
        ),
        (
            &["--backend-store-uri", "postgresql://u:hunter2@h/d"],
            &[("MLFLOW_READ_REPLICA_BACKEND_STORE_URI", "mysql://u:hunter2@h/d")],
            "MLFLOW_READ_REPLICA_BACKEND_STORE_URI: must be a postgresql database",
        ),
        (&["--trace-archival-config", "x"], &[], "--trace-archival-config"),
        (&[], &[("MLFLOW_TRACE_ARCHIVAL_CONFIG", "x")], "MLFLOW_TRACE_ARCHIVAL_CONFIG"),
        (
            &["--backend-store-uri", "postgresql://u:hunter2@h/d?requirepeer=p"],
            &[],
            "postgresql parameters not supported: requirepeer",
        ),
        (&["--backend-store-uri", "mysql+pymysql://u:hunter2@h/d?ssl_cipher=x"], &[], "ssl_cipher"),
        (&["--backend-store-uri", "mssql+pyodbc://u:hunter2@h/d"], &[], "mssql databases are not supported"),
        (&["--backend-store-uri", "postgresql://u:hunter2@h:x/d"], &[], "percent-encoded"),
        (&["--backend-store-uri", "./mlruns"], &[], "mlflow migrate-filestore"),
        (&["--backend-store-uri", "file:///mlruns"], &[], "mlflow migrate-filestore"),
        (
            &[],
            &[("MLFLOW_BACKEND_STORE_URI", "/mlruns")],
            "MLFLOW_BACKEND_STORE_URI: this names a file store",
        ),
        (&["--backend-store-uri", "databricks"], &[], "Databricks"),
        (&["--backend-store-uri", "sqlite://"], &[], "in memory"),
        (&["--registry-store-uri", "./mlruns"], &[], "mlflow migrate-filestore"),
        (
            &[],
            &[("MLFLOW_REGISTRY_STORE_URI", "oracle://h/d")],
            "MLFLOW_REGISTRY_STORE_URI: oracle databases",
        ),
        (&[], &[("MLFLOW_SQLALCHEMYSTORE_POOLCLASS", "NullPool")], "NullPool"),
        (&[], &[("MILLGATE_DATABASE_WAIT_SECONDS", "5000")], "between 0 and 3600"),
        (
            &["--artifacts-destination", "hdfs://host/x"],
            &[],
            "--artifacts-destination: hdfs storage is not supported",
        ),
        (&[], &[("MLFLOW_WORKSPACE", "team")], "for clients alone"),
    ] {
        let error = error(words, variables);
        assert!(error.contains(expected) && !error.contains("hunter2"), "{words:?} {variables:?}: {error}");
    }
}

#[test]
fn values_that_cannot_be_used_are_errors_with_their_origin() {
    for (words, variables, expected) in [
        (&["--static-prefix", "mlflow"][..], &[][..], "--static-prefix: must begin with a '/'"),
        (&["--static-prefix", "/mlflow/"], &[], "must not end with a '/'"),
        (&["--static-prefix", "/"], &[], "must not end with a '/'"),
        (&["--static-prefix", "/{x}"], &[], "must not contain '{'"),
        (&["--static-prefix", "/a b"], &[], "plain path"),
        (&["--static-prefix", "/a//b"], &[], "segments"),
        (&["--static-prefix", "/a/../b"], &[], "segments"),
        (&[], &[("MLFLOW_STATIC_PREFIX", "mlflow")], "MLFLOW_STATIC_PREFIX: must begin"),
        (&[], &[("MLFLOW_PORT", "five")], "MLFLOW_PORT: must be a number"),
        (&[], &[("MLFLOW_PORT", "tcp://10.0.0.1:5000")], "enableServiceLinks"),
        (&["--x-frame-options", "DE\nNY"], &[], "--x-frame-options: X-Frame-Options is one of"),
        (&["--artifacts-destination", "file://other/x"], &[], "--artifacts-destination: is no folder"),
        (&["--default-artifact-root", "file://other/x"], &[], "--default-artifact-root"),
        (&[], &[("MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS", "604801")], "between 1 and 604800"),
        (&[], &[("MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH", "long")], "MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH"),
        (&[], &[("MLFLOW_TRUNCATE_LONG_VALUES", "yes")], "true, false, 1 or 0"),
        (&[], &[("MLFLOW_ENABLE_WORKSPACES", "on")], "true, false, 1 or 0"),
        (&[], &[("MLFLOW_SERVE_ARTIFACTS", "maybe")], "MLFLOW_SERVE_ARTIFACTS"),
        (&[], &[("MLFLOW_ARTIFACTS_ONLY", "2")], "MLFLOW_ARTIFACTS_ONLY"),
        (
            &["--disable-security-middleware"],
            &[("MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE", "maybe")],
            "MLFLOW_SERVER_DISABLE",
        ),
    ] {
        let error = error(words, variables);
        assert!(error.contains(expected), "{words:?} {variables:?}: {error}");
    }
}

#[test]
fn flags_that_click_knows_as_booleans_are_read_from_variables_as_click_does() {
    for (value, serves) in [
        ("true", true),
        ("1", true),
        ("YES", true),
        (" on ", true),
        ("0", false),
        ("False", false),
        ("n", false),
        ("", true),
    ] {
        let config = ok(&[], &[("MLFLOW_SERVE_ARTIFACTS", value)]);
        assert_eq!(config.artifacts_destination.is_some(), serves, "{value:?}");
    }
    let off = [("MLFLOW_SERVE_ARTIFACTS", "false")];
    assert!(ok(&["--serve-artifacts"], &off).artifacts_destination.is_some());
    assert!(ok(&[], &[("MLFLOW_ARTIFACTS_ONLY", "t")]).artifacts_only);
    assert!(ok(&["--disable-workspaces"], &[("MLFLOW_ENABLE_WORKSPACES", "true")]).backend.is_some());
}

#[test]
fn without_serving_artifacts_the_root_is_a_folder_here() {
    let config = ok(&["--no-serve-artifacts"], &[]);
    assert_eq!(config.default_artifact_root, "/here/mlruns");
    assert_eq!(config.artifacts_destination, None);
    let config = ok(&["--no-serve-artifacts", "--default-artifact-root", "s3://bucket/x"], &[]);
    assert_eq!(config.default_artifact_root, "s3://bucket/x");
    assert!(config.warnings.is_empty());
    let elsewhere = ["--no-serve-artifacts", "--default-artifact-root", "hdfs://host/x"];
    assert!(warnings(&elsewhere, &[])[0].contains("hdfs storage"));
    let unused = ["--no-serve-artifacts", "--artifacts-destination", "s3://bucket"];
    assert!(warnings(&unused, &[])[0].contains("--artifacts-destination: ignored"));
    let nobody = ["--no-serve-artifacts", "--default-artifact-root", "mlflow-artifacts:/"];
    assert!(warnings(&nobody, &[])[0].contains("go through a server"));
}

#[test]
fn serving_artifacts_only_needs_no_database() {
    for words in [
        &["--artifacts-only"][..],
        &["--artifacts-only", "--backend-store-uri", "sqlite:///mlflow.db"],
        &["--artifacts-only", "--backend-store-uri", "./mlruns"],
    ] {
        let config = ok(words, &[]);
        assert!(config.artifacts_only && config.backend.is_none() && config.artifacts_destination.is_some());
    }
    let warnings = warnings(&["--artifacts-only", "--registry-store-uri", "sqlite:///r.db"], &[]);
    assert!(warnings[0].contains("--registry-store-uri: ignored"));
}

#[test]
fn a_registry_may_have_a_database_of_its_own() {
    for same in ["sqlite:///mlflow.db", "sqlite:////here/mlflow.db"] {
        let config = ok(&["--registry-store-uri", same], &[]);
        assert_eq!((config.registry, config.warnings), (None, vec![]), "{same}");
    }
    let config = ok(
        &[
            "--backend-store-uri",
            "postgresql+psycopg2://u:p@h/db",
            "--registry-store-uri",
            "postgresql://u:p@h/db",
        ],
        &[],
    );
    assert_eq!((config.registry, config.warnings), (None, vec![]));
    let config = ok(
        &["--backend-store-uri", "postgresql://u:p@h/db"],
        &[("MLFLOW_REGISTRY_STORE_URI", "mysql+pymysql://u:p@h/models")],
    );
    assert_eq!(config.registry.unwrap().to_string(), "mysql+pymysql://u:***@h/models");
    assert_eq!(config.warnings, []);
}

#[test]
fn reads_may_go_to_a_copy() {
    let backend = "postgresql://u:p@h/db";
    let replica = "postgresql://u:p@replica/db";
    let config = ok(&["--backend-store-uri", backend, "--read-replica-backend-store-uri", replica], &[]);
    assert_eq!(config.read_replica.unwrap().host.as_deref(), Some("replica"));
    let variables =
        [("MLFLOW_BACKEND_STORE_URI", backend), ("MLFLOW_READ_REPLICA_BACKEND_STORE_URI", replica)];
    assert!(ok(&[], &variables).read_replica.is_some());
    let config = ok(&["--read-replica-backend-store-uri", "sqlite:///mlflow.db"], &[]);
    assert_eq!(config.read_replica, None);
    assert!(config.warnings[0].to_string().contains("ignored"), "{:?}", config.warnings);
    let config = ok(&["--artifacts-only", "--read-replica-backend-store-uri", replica], &[]);
    assert_eq!(config.read_replica, None);
    assert!(config.warnings[0].to_string().contains("--artifacts-only"), "{:?}", config.warnings);
}

#[test]
fn connections_and_patience_come_from_variables() {
    let config = ok(&[], &[]);
    assert_eq!((config.pool, config.database_wait), (PoolSettings::default(), Duration::from_secs(60)));
    let variables = [
        ("MLFLOW_BACKEND_STORE_URI", "postgresql://u@h/db"),
        ("MLFLOW_SQLALCHEMYSTORE_POOL_SIZE", "20"),
        ("MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW", "0"),
        ("MLFLOW_SQLALCHEMYSTORE_POOL_RECYCLE", "1800"),
        ("MILLGATE_DATABASE_WAIT_SECONDS", "0"),
    ];
    let config = ok(&[], &variables);
    let pool = PoolSettings { max_connections: 20, max_lifetime: Some(Duration::from_secs(1800)) };
    assert_eq!((config.pool, config.database_wait), (pool, Duration::ZERO));
    assert_eq!(config.warnings, []);
}

#[test]
fn an_existing_file_store_is_pointed_out() {
    let dir = TempDir::new().unwrap();
    let environment = Environment::new(dir.path(), [("A", "b")]);
    let warnings = || ServerConfig::resolve(&args(&[]), &environment).unwrap().warnings;
    std::fs::create_dir_all(dir.path().join("mlruns/models")).unwrap();
    assert_eq!(warnings(), []);
    std::fs::create_dir_all(dir.path().join("mlruns/0")).unwrap();
    std::fs::write(dir.path().join("mlruns/0/meta.yaml"), "").unwrap();
    assert!(warnings()[0].to_string().contains("mlflow migrate-filestore"));
}

#[test]
fn security_settings_are_lists_and_their_dangers_are_said() {
    let config = ok(&["--allowed-hosts", " a.b , *.c,", "--cors-allowed-origins", "https://x, *"], &[]);
    let security = config.security;
    assert_eq!(security.allowed_hosts, ["a.b", "*.c"]);
    assert_eq!(security.cors_origins, ["https://x", "*"]);
    assert!(config.warnings[0].to_string().contains("every origin"));
    assert!(warnings(&["--allowed-hosts", "*"], &[])[0].contains("DNS rebinding"));
    for (value, expected) in [("none", FrameOptions::None), ("deny", FrameOptions::Deny)] {
        assert_eq!(ok(&["--x-frame-options", value], &[]).security.frame_options, expected);
    }
    // A browser ignores a word that it does not know, and the protection with it.
    assert!(resolve(&["--x-frame-options", "Allow-From https://x"], &[]).is_err());
    assert!(resolve(&["--allowed-hosts", ","], &[]).is_err());
    for (words, variables) in [
        (&["--disable-security-middleware"][..], &[][..]),
        (&[], &[("MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE", "true")]),
    ] {
        let config = ok(words, variables);
        assert!(config.security.disabled);
        assert!(config.warnings[0].to_string().contains("disabled"));
    }
    assert!(!ok(&[], &[("MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE", "false")]).security.disabled);
}

#[test]
fn limits_come_from_variables() {
    let config = ok(
        &[],
        &[
            ("MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH", "100"),
            ("MLFLOW_TRUNCATE_LONG_VALUES", "False"),
            ("MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS", "60"),
        ],
    );
    let download_url_lifetime = Duration::from_secs(60);
    let limits =
        Limits { artifact_location_max_length: 100, truncate_long_values: false, download_url_lifetime };
    assert_eq!(config.limits, limits);
}

#[test]
fn what_has_no_meaning_is_accepted_with_one_line() {
    for (words, variables, expected) in [
        (&["--dev"][..], &[][..], "--dev"),
        (&["--secrets-cache-ttl", "30"], &[], "--secrets-cache-ttl"),
        (&["--secrets-cache-max-size", "30"], &[], "--secrets-cache-max-size"),
        (&[], &[("MLFLOW_BASIC_AUTH_FAIL_CLOSED", "false")], "cannot be turned off"),
        (
            &[],
            &[("MLFLOW_BASIC_AUTH_FAIL_CLOSED", "0"), ("MLFLOW_SERVER_ENABLE_GRAPHQL_AUTH", "0")],
            "MLFLOW_BASIC_AUTH_FAIL_CLOSED, MLFLOW_SERVER_ENABLE_GRAPHQL_AUTH: ignored",
        ),
        (
            &[],
            &[("MLFLOW_SQLALCHEMYSTORE_POOL_SIZE", "5"), ("MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW", "5")],
            "MLFLOW_SQLALCHEMYSTORE_POOL_SIZE, MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW: no effect on a SQLite database",
        ),
        (&[], &[("MLFLOW_SQLALCHEMYSTORE_ECHO", "true")], "statements are not logged"),
        (&[], &[("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "true")], "runs no jobs"),
        (
            &[],
            &[("MLFLOW_SERVER_ALLOWED_HOST", "x")],
            "MLFLOW_SERVER_ALLOWED_HOST: ignored: MLflow 3.17 has no",
        ),
    ] {
        let warnings = warnings(words, variables);
        assert!(warnings.len() == 1 && warnings[0].contains(expected), "{expected}: {warnings:?}");
        assert!(!warnings[0].contains('\n'));
    }
}

#[test]
fn variables_that_ask_for_what_is_so_or_belong_to_others_are_silent() {
    let variables = [
        ("MLFLOW_BASIC_AUTH_FAIL_CLOSED", "true"),
        ("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false"),
        ("MLFLOW_FLASK_SERVER_SECRET_KEY", "s"),
        ("MLFLOW_DISABLE_TELEMETRY", "true"),
        ("MLFLOW_TRACKING_URI", "http://localhost:5000"),
        ("MLFLOW_GATEWAY_URI", "http://localhost:7000"),
        ("MLFLOW_SERVER_PORT_5000_TCP", "tcp://10.0.0.1:5000"),
        ("MLFLOW_SERVER_SERVICE_HOST", "10.0.0.1"),
        ("MLFLOW_SQLALCHEMYSTORE_ECHO", "false"),
        ("MLFLOW_MYSQL_SSL_CA", "/ca.pem"),
        ("MLFLOW_ENABLE_WORKSPACES", "false"),
    ];
    assert_eq!(warnings(&[], &variables), Vec::<String>::new());
}

#[test]
fn a_variable_without_a_flag_is_read_as_strictly_as_mlflow_does() {
    assert!(error(&[], &[("MLFLOW_BASIC_AUTH_FAIL_CLOSED", "no")]).contains("true, false, 1 or 0"));
}

#[test]
fn an_unknown_app_is_told_the_known_ones_of_all_kinds() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let known = crate::config::KnownApps {
        built_in: names(&["basic-auth"]),
        compiled_in: names(&[]),
        python: Ok(names(&["my-auth", "other"])),
        interpreter: "/venv/bin/python".into(),
    };
    let error = crate::config::ConfigError::UnknownApp { name: "mine".to_owned(), known: Box::new(known) };
    assert_eq!(
        error.to_string(),
        "--app-name: there is no app 'mine'; built in: basic-auth; compiled in: none; installed for /venv/bin/python: \
         my-auth, other"
    );
}
