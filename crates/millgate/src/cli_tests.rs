use clap::CommandFactory;

use super::*;

fn parse(words: &[&str]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from([&["millgate"], words].concat())
}

fn server(words: &[&str]) -> ServerArgs {
    match parse(&[&["server"], words].concat()).unwrap().command {
        Command::Server(args) => *args,
        _ => panic!("not a server"),
    }
}

/// The long flags of `mlflow server --help` 3.17.2.
const MLFLOW_FLAGS: [&str; 33] = [
    "backend-store-uri",
    "read-replica-backend-store-uri",
    "registry-store-uri",
    "default-artifact-root",
    "serve-artifacts",
    "no-serve-artifacts",
    "artifacts-only",
    "artifacts-destination",
    "host",
    "port",
    "workers",
    "static-prefix",
    "allowed-hosts",
    "cors-allowed-origins",
    "disable-security-middleware",
    "x-frame-options",
    "gunicorn-opts",
    "waitress-opts",
    "uvicorn-opts",
    "dev",
    "expose-prometheus",
    "app-name",
    "trace-archival-config",
    "secrets-cache-ttl",
    "secrets-cache-max-size",
    "workspace-store-uri",
    "enable-workspaces",
    "disable-workspaces",
    "help",
    // Ours.
    "tls-cert",
    "tls-key",
    "log-format",
    "log-level",
];

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn the_server_takes_every_flag_of_mlflow_and_four_of_its_own() {
    let mut command = Cli::command();
    command.build();
    let server = command.find_subcommand("server").unwrap();
    let mut known: Vec<_> = server.get_arguments().filter_map(clap::Arg::get_long).collect();
    let mut expected = MLFLOW_FLAGS.to_vec();
    known.sort_unstable();
    expected.sort_unstable();
    assert_eq!(known, expected);
}

#[test]
fn every_argument_has_help() {
    fn check(command: &clap::Command) {
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            assert!(arg.get_help().is_some(), "{}: {arg}", command.get_name());
        }
        command.get_subcommands().filter(|command| command.get_name() != "help").for_each(check);
    }
    let mut command = Cli::command();
    command.build();
    check(&command);
}

#[test]
fn short_flags_are_those_of_mlflow() {
    let args = server(&["-h", "0.0.0.0", "-p", "8080", "-w", "2"]);
    assert_eq!(args.host.as_deref(), Some("0.0.0.0"));
    assert_eq!(args.port, Some(8080));
    assert_eq!(args.workers.as_deref(), Some("2"));
}

#[test]
fn option_strings_may_begin_with_a_dash() {
    let args = server(&["--gunicorn-opts", "--timeout 60", "--uvicorn-opts=--reload"]);
    assert_eq!(args.gunicorn_opts.as_deref(), Some("--timeout 60"));
    assert_eq!(args.uvicorn_opts.as_deref(), Some("--reload"));
}

#[test]
fn the_last_of_several_counts() {
    let args = server(&["--port", "1", "--port", "2", "--serve-artifacts", "--no-serve-artifacts"]);
    assert_eq!(args.port, Some(2));
    assert_eq!((args.serve_artifacts, args.no_serve_artifacts), (false, true));
    let args =
        server(&["--no-serve-artifacts", "--serve-artifacts", "--enable-workspaces", "--disable-workspaces"]);
    assert_eq!((args.serve_artifacts, args.no_serve_artifacts), (true, false));
    assert_eq!((args.enable_workspaces, args.disable_workspaces), (false, true));
}

#[test]
fn ui_is_another_name_for_server() {
    assert!(matches!(parse(&["ui"]).unwrap().command, Command::Server(_)));
}

#[test]
fn an_upgrade_takes_a_database() {
    for (flags, expected) in [(&[][..], false), (&["--dry-run"], true)] {
        let words = [&["db", "upgrade", "sqlite:///a.db"], flags].concat();
        let Command::Db { command: DbCommand::Upgrade { url, dry_run } } = parse(&words).unwrap().command
        else {
            panic!("not an upgrade");
        };
        assert_eq!((url.as_str(), dry_run), ("sqlite:///a.db", expected));
    }
    assert!(parse(&["db", "upgrade"]).is_err());
}

#[test]
fn logging_flags_go_before_or_after_the_command() {
    for words in
        [&["--log-format", "json", "db", "upgrade", "x"], &["db", "upgrade", "x", "--log-format", "json"]]
    {
        assert_eq!(parse(words).unwrap().logging.log_format, Some(LogFormat::Json));
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let shown = parse(&["--version"]).unwrap_err();
    assert_eq!(shown.to_string(), format!("millgate {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn what_click_refuses_is_refused() {
    for words in [
        &["--port", "70000"][..],
        &["--port", "x"],
        &["--secrets-cache-ttl", "9"],
        &["--secrets-cache-ttl", "301"],
        &["--secrets-cache-max-size", "0"],
        &["--secrets-cache-max-size", "10001"],
        &["--no-such-flag"],
        &["stray"],
    ] {
        assert!(parse(&[&["server"], words].concat()).is_err(), "{words:?}");
    }
}

#[test]
fn an_env_file_is_refused_with_a_reason() {
    let error = parse(&["--env-file", ".env", "server"]).unwrap_err().to_string();
    assert!(error.contains("export the variables"), "{error}");
}

/// The commands below `millgate user`, `role`, `grant` and `token`.
fn of_people() -> Vec<clap::Command> {
    let mut command = Cli::command();
    command.build();
    ["user", "role", "grant", "token"]
        .iter()
        .flat_map(|name| {
            command.find_subcommand(name).unwrap().get_subcommands().cloned().collect::<Vec<_>>()
        })
        .filter(|command| command.get_name() != "help")
        .collect()
}

#[test]
fn no_argument_takes_a_password() {
    for command in of_people() {
        for arg in command.get_arguments() {
            let takes_a_value = arg.get_action().takes_values();
            let name = arg.get_id().as_str();
            let may = !name.contains("password") || name == "password_file" || !takes_a_value;
            assert!(may, "{}: {name}", command.get_name());
        }
    }
    for words in [
        &["user", "create", "ada", "correct horse battery"][..],
        &["user", "create", "ada", "--password", "correct horse battery"],
        &["user", "create", "ada", "--password-stdin", "--generate"],
        &["user", "password", "ada", "--password-file", "a", "--generate"],
        &["user", "create", "ada", "--without-password", "--generate"],
        &["user", "create", "ada", "--password-stdin", "--without-password"],
        &["user", "password", "ada", "--without-password"],
    ] {
        assert!(parse(words).is_err(), "{words:?}");
    }
}

#[test]
fn every_command_about_people_says_what_it_does_and_takes_a_database() {
    for command in of_people() {
        assert!(command.get_about().is_some(), "{}", command.get_name());
        assert!(command.get_arguments().any(|arg| arg.get_id() == "database"), "{}", command.get_name());
    }
    for words in [
        &["user", "--database", "sqlite:///a.db", "list"][..],
        &["user", "list", "--database", "sqlite:///a.db"],
    ] {
        let Command::User { database, .. } = parse(words).unwrap().command else { panic!("not about users") };
        assert_eq!(database.database.as_deref(), Some("sqlite:///a.db"));
    }
}

#[test]
fn a_token_is_described_by_flags() {
    let words =
        ["token", "create", "ada", "--name", "ci", "--resource", "experiment/7", "--resource", "prompt/*"];
    let Command::Token { command, .. } = parse(&words).unwrap().command else { panic!("not about tokens") };
    let TokenCommand::Create { user, name, level, resources, expires_in } = command else {
        panic!("not made")
    };
    assert_eq!((user.as_str(), name.as_str(), level.as_str(), expires_in), ("ada", "ci", "MANAGE", None));
    assert_eq!(resources, ["experiment/7", "prompt/*"]);
    for words in
        [&["token", "create", "ada"][..], &["token", "revoke", "x"], &["token", "create", "--name", "x"]]
    {
        assert!(parse(words).is_err(), "{words:?}");
    }
    let args = ["user", "create", "ci", "--without-password"];
    let Command::User { command: UserCommand::Create { password, .. }, .. } = parse(&args).unwrap().command
    else {
        panic!("not about a new user")
    };
    assert!(password.without_password);
}
