use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const MINIMAL: &str = "[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///auth.db\n";

fn resolve(text: &str, variables: &[(&str, &str)]) -> Result<AuthConfig, ConfigError> {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("auth.ini"), text).unwrap();
    let variables = variables.iter().copied().chain([(FILE_VARIABLE, "auth.ini")]);
    AuthConfig::resolve(&Environment::new(dir.path(), variables))
}

fn with(lines: &str) -> Result<AuthConfig, ConfigError> {
    resolve(&format!("{MINIMAL}{lines}"), &[])
}

#[test]
fn without_a_file_mlflows_defaults_hold() {
    for variables in [&[][..], &[(FILE_VARIABLE, "")]] {
        let config = AuthConfig::resolve(&Environment::new("/", variables.iter().copied())).unwrap();
        assert_eq!(config.default_permission, Level::Read);
        assert_eq!(config.database.to_string(), "sqlite:///basic_auth.db");
        assert_eq!((config.read_database, config.pool), (None, PoolSettings::default()));
        assert_eq!(config.admin_username.as_deref(), Some("admin"));
        assert_eq!(config.admin_password, None);
        assert!(!config.grant_default_workspace_access);
        assert_eq!(config.min_password_length, 12);
        assert_eq!(config.failure_limits, FailureLimits { account: 10, address: 60 });
        assert_eq!(config.audit_retention_days.map(NonZeroU32::get), Some(90));
        assert!(config.warnings.is_empty());
    }
}

#[test]
fn a_file_is_read_whole() {
    let config = resolve(
        "[mlflow]\nDefault_Permission = NO_PERMISSIONS\ndatabase_uri = sqlite:////srv/%%41.db\nadmin_username = root\n\
         admin_password = p%%w # \"x\"\nauthorization_function = mlflow.server.auth:authenticate_request_basic_auth\n\
         grant_default_workspace_access = On\nmin_password_length = 20\n\
         login_failures_per_minute_account = 5\nlogin_failures_per_minute_address = 0\naudit_retention_days = 0\n",
        &[],
    )
    .unwrap();
    assert_eq!(config.default_permission, Level::NoPermissions);
    assert_eq!(config.database.sqlite_path(), Some(Path::new("/srv/A.db")));
    assert_eq!(config.admin_username.as_deref(), Some("root"));
    assert_eq!(config.admin_password.as_ref().map(Secret::expose), Some("p%w # \"x\""));
    assert!(config.grant_default_workspace_access);
    assert_eq!(config.min_password_length, 20);
    assert_eq!(config.failure_limits, FailureLimits { account: 5, address: 0 });
    assert_eq!(config.audit_retention_days, None);
    let week = with("audit_retention_days = 7\n").unwrap();
    assert_eq!(week.audit_retention_days.map(NonZeroU32::get), Some(7));
    for (line, days) in [("", None), ("token_max_days = 0\n", None), ("token_max_days = 30\n", Some(30))] {
        assert_eq!(with(line).unwrap().token_max_days.map(NonZeroU32::get), days, "{line}");
    }
    assert!(config.warnings.is_empty());
}

#[test]
fn users_may_be_on_a_server_and_on_a_copy_of_it() {
    let text = "[mlflow]\ndefault_permission = READ\ndatabase_uri = postgresql://u:p%%40@h/users\n\
                read_database_uri = postgresql://u:p%%40@replica/users\n";
    let config = resolve(text, &[("MLFLOW_SQLALCHEMYSTORE_POOL_SIZE", "3")]).unwrap();
    assert_eq!(config.database.password.as_ref().map(Secret::expose), Some("p@"));
    assert_eq!(config.read_database.as_ref().unwrap().host.as_deref(), Some("replica"));
    assert_eq!(config.pool.max_connections, 13);
    assert!(config.warnings.is_empty());

    let environment = Environment::new("/", [("A", "b")]);
    let other = config.with_database("mysql://u@h/other", &environment).unwrap();
    assert_eq!((other.database.to_string(), other.read_database), ("mysql://u@h/other".into(), None));

    let config = with("read_database_uri = sqlite:///auth.db\n").unwrap();
    assert_eq!(config.read_database, None);
    assert!(config.warnings[0].to_string().contains("read_database_uri"), "{:?}", config.warnings);
    assert_eq!(with("read_database_uri =\n").unwrap().warnings, []);
}

#[test]
fn a_variable_wins_over_the_file_even_when_it_is_empty() {
    let file = format!("{MINIMAL}admin_username = root\nadmin_password = from the file\n");
    let from = |variables: &[(&str, &str)]| {
        let config = resolve(&file, variables).unwrap();
        (config.admin_username, config.admin_password.map(|password| password.expose().to_owned()))
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(from(&[]), (some("root"), some("from the file")));
    assert_eq!(from(&[("MLFLOW_AUTH_ADMIN_USERNAME", "boss")]), (some("boss"), some("from the file")));
    assert_eq!(from(&[("MLFLOW_AUTH_ADMIN_PASSWORD", "secret")]), (some("root"), some("secret")));
    assert_eq!(from(&[("MLFLOW_AUTH_ADMIN_USERNAME", ""), ("MLFLOW_AUTH_ADMIN_PASSWORD", "")]), (None, None));
}

#[test]
fn names_that_are_empty_in_the_file_are_none() {
    let config = with("admin_username =\nadmin_password =\n").unwrap();
    assert_eq!((config.admin_username, config.admin_password), (None, None));
    // Unlike without a file, there is no default name: MLflow has it in the file that it ships.
    assert_eq!(with("").unwrap().admin_username, None);
}

#[test]
fn unknown_and_meaningless_keys_are_named_once() {
    let config =
        with("colour = red\nauth_cache_ttl_seconds = 60\nWORKSPACE_CACHE_MAX_SIZE = 1\nadmin_pasword = x\n")
            .unwrap();
    let warnings: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 2);
    assert!(warnings[0].contains("auth_cache_ttl_seconds, workspace_cache_max_size"), "{warnings:?}");
    assert!(warnings[1].contains("colour, admin_pasword"), "{warnings:?}");
}

#[test]
fn what_is_wrong_is_said_with_its_key() {
    for (text, expected) in [
        ("[mlflow]\ndatabase_uri = sqlite:///a.db", "default_permission"),
        ("[mlflow]\ndefault_permission = READ", "database_uri"),
        ("[other]\na = 1", "no [mlflow] section"),
        ("", "no [mlflow] section"),
        ("a = 1", "line 1"),
        ("[mlflow]\ndefault_permission = read\ndatabase_uri = sqlite:///a.db", "NO_PERMISSIONS"),
        ("[mlflow]\ndefault_permission = DENY\ndatabase_uri = sqlite:///a.db", "NO_PERMISSIONS"),
        ("[mlflow]\ndefault_permission = READ\ndatabase_uri = mssql://u:p@h/db", "opens sqlite"),
        ("[mlflow]\ndefault_permission = READ\ndatabase_uri = postgresql://u:p@h/db?x=y", "not supported: x"),
        ("[mlflow]\ndefault_permission = READ\ndatabase_uri = ./mlruns", "migrate-filestore"),
        ("[mlflow]\ndefault_permission = READ\ndatabase_uri =", "empty"),
        ("[mlflow]\ndefault_permission = REA%D\ndatabase_uri = sqlite:///a.db", "'%%'"),
    ] {
        let error = resolve(text, &[]).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    for (lines, expected) in [
        (
            "read_database_uri = sqlite:///replica.db",
            "'read_database_uri' of the authentication settings: must name",
        ),
        ("authorization_function = my.module", "module:function"),
        ("authorization_cache_seconds = 5", "there is none"),
        ("authorization_cache_seconds = 301", "authorization_cache_seconds"),
        ("grant_default_workspace_access = maybe", "grant_default_workspace_access"),
        ("grant_default_workspace_access =", "grant_default_workspace_access"),
        ("min_password_length = 0", "min_password_length"),
        ("min_password_length = many", "min_password_length"),
        ("audit_retention_days = for ever", "audit_retention_days"),
        ("token_max_days = a month", "token_max_days"),
        ("login_failures_per_minute_account = -1", "login_failures_per_minute_account"),
        ("login_failures_per_minute_address = 100001", "login_failures_per_minute_address"),
        ("login_failures_per_minute_address =", "login_failures_per_minute_address"),
    ] {
        let error = with(lines).unwrap_err().to_string();
        assert!(error.contains(expected), "{lines}: {error}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_with_its_path() {
    let environment = Environment::new("/nowhere", [(FILE_VARIABLE, "auth.ini")]);
    let error = AuthConfig::resolve(&environment).unwrap_err().to_string();
    assert!(error.contains("/nowhere/auth.ini"), "{error}");

    let dir = TempDir::new().unwrap();
    for bytes in [&b"[mlflow]\na = \xff"[..], &vec![b'#'; 1024 * 1024 + 1]] {
        std::fs::write(dir.path().join("auth.ini"), bytes).unwrap();
        let environment = Environment::new(dir.path(), [(FILE_VARIABLE, "auth.ini")]);
        assert!(matches!(AuthConfig::resolve(&environment), Err(ConfigError::AuthFile { .. })));
    }
}

proptest! {
    #[test]
    fn neither_the_settings_nor_an_error_show_the_password(
        password in "[A-Z]{8,16}",
        around in "[%=:;#\\[\\]() ]{0,3}",
        line in "(default_permission = X|min_password_length = x|)",
    ) {
        let shown = match with(&format!("admin_password = {around}{password}{around}\n{line}\n")) {
            Ok(config) => format!("{config:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        prop_assert!(!shown.contains(&password), "{}", shown);
    }
}

#[test]
fn a_function_may_say_who_is_calling_and_its_word_counts_once_unless_it_is_told_for_how_long() {
    let of = |lines: &str| with(lines).unwrap().authorization_function;
    assert_eq!(of(""), None);
    assert_eq!(of("authorization_function = mlflow.server.auth:authenticate_request_basic_auth"), None);
    let function = of("authorization_function = my.module:function").unwrap();
    assert_eq!((function.name.as_str(), function.remember_for), ("my.module:function", None));
    let function = of("authorization_function = a:b\nauthorization_cache_seconds = 5").unwrap();
    assert_eq!(function.remember_for, NonZeroU32::new(5));
    assert_eq!(
        of("authorization_function = a:b\nauthorization_cache_seconds = 0").unwrap().remember_for,
        None
    );
}
