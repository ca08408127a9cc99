//! The settings of `millgate server`: a flag, else the variable that MLflow reads for it, else MLflow's default.
//!
//! The rules are those of `server` in MLflow 3.17 `mlflow/cli/__init__.py` and of `mlflow/utils/server_cli_utils.py`. A
//! variable or flag set to nothing counts as not given, as click does it for variables.

use std::path::PathBuf;
use std::time::Duration;

use gate::layers::{SecurityConfig, SecurityConfigError, TrustedProxies};
use store::PoolSettings;
use store::uri::StoreUri;

use super::database::{self, database};
use super::environment::Environment;
use super::error::{ConfigError, Origin, Warning};
use super::server_options::{Program, ServerOptions};
use super::webhooks::WebhookConfig;
use super::{locations, variables};
use crate::cli::ServerArgs;
use artifacts::object::is_object_scheme;

/// The database of experiments and models that nobody has to name.
pub(crate) const DEFAULT_BACKEND: &str = "sqlite:///mlflow.db";
const DEFAULT_PROXIED_ROOT: &str = "mlflow-artifacts:/";
const DEFAULT_LOCAL_ROOT: &str = "./mlruns";
/// Where an artifact proxy keeps what passes through it, unless it is told otherwise.
pub(crate) const DEFAULT_DESTINATION: &str = "./mlartifacts";
const DEFAULT_HOST: &str = "127.0.0.1";
pub(crate) const DEFAULT_PORT: u16 = 5000;
/// MLflow 3.17 `MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH`.
const DEFAULT_ARTIFACT_LOCATION_MAX_LENGTH: usize = 2048;
/// MLflow 3.17 `MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS`.
const DEFAULT_DOWNLOAD_URL_LIFETIME: Duration = Duration::from_secs(300);

/// Everything that `millgate server` was told, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// The tracking database; `None` with `--artifacts-only`.
    pub backend: Option<StoreUri>,
    /// The database of registered models; `None` where it is the tracking database, and with `--artifacts-only`.
    pub registry: Option<StoreUri>,
    /// A copy of the tracking database that reads may go to. It may lag behind.
    pub read_replica: Option<StoreUri>,
    /// Connections to each database that is none of SQLite.
    pub pool: PoolSettings,
    /// How long to wait at the start for a database that does not answer.
    pub database_wait: Duration,
    /// Where new experiments keep their artifacts. A local path is absolute; `mlflow-artifacts:/` means through this server.
    pub default_artifact_root: String,
    /// What is behind the artifact proxy: an absolute folder, or a URI in an object store. `None` with `--no-serve-artifacts`.
    pub artifacts_destination: Option<String>,
    /// Locations in object stores that the server may open beside its own. Unchecked.
    pub artifact_stores: Vec<String>,
    /// Whether nothing but artifacts is served. Then `artifacts_destination` is `Some`.
    pub artifacts_only: bool,
    /// A name or address without port; an IPv6 address has no brackets.
    pub host: String,
    /// 0 asks for a free port.
    pub port: u16,
    /// Starts with `/` and does not end with one.
    pub static_prefix: Option<String>,
    pub tls: Option<TlsFiles>,
    pub trusted_proxies: TrustedProxies,
    /// Whether `/metrics` is served.
    pub metrics: bool,
    /// Hosts, origins and framing that are accepted.
    pub security: SecurityConfig,
    /// Unchecked: which apps there are is not known here.
    pub app_name: Option<String>,
    /// `--workers` as it was given, and where: only Python apps have any. Unchecked.
    pub workers: Option<(String, Origin)>,
    pub limits: Limits,
    /// `MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX`.
    pub model_source_pattern: Option<SourcePattern>,
    pub webhooks: WebhookConfig,
    /// To be logged once, at the start.
    pub warnings: Vec<Warning>,
}

/// PEM files to serve TLS with. They are one file where the certificate's file holds the key, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// What every source of a model version has to match somewhere.
#[derive(Debug, Clone)]
pub struct SourcePattern(pub regex::Regex);

impl PartialEq for SourcePattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for SourcePattern {}

/// Limits that MLflow takes from variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Characters of an experiment's artifact location (`MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH`).
    pub artifact_location_max_length: usize,
    /// Whether values of params and tags that are too long are cut instead of refused (`MLFLOW_TRUNCATE_LONG_VALUES`).
    pub truncate_long_values: bool,
    /// How long a URL to download from is good (`MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS`).
    pub download_url_lifetime: Duration,
}

impl ServerConfig {
    /// Resolves the flags of `millgate server` against the environment.
    ///
    /// # Errors
    /// A value cannot be used, two settings exclude each other, or one asks for what this version does not do. Nothing that
    /// was asked for is left out in silence: it is in `warnings`, or an error.
    pub fn resolve(args: &ServerArgs, environment: &Environment) -> Result<Self, ConfigError> {
        let mut resolver = Resolver { args, environment, warnings: Vec::new() };
        resolver.refuse_unsupported()?;
        let serve_artifacts = resolver.serve_artifacts()?;
        let artifacts_only = resolver.artifacts_only(serve_artifacts)?;
        let backend = resolver.backend(artifacts_only)?;
        let registry = resolver.registry(backend.as_ref())?;
        let read_replica = resolver.read_replica(backend.as_ref())?;
        let (tls, trusted_proxies) = resolver.server_options()?;
        let static_prefix = resolver.static_prefix()?;
        let config = Self {
            default_artifact_root: resolver.default_artifact_root(serve_artifacts)?,
            artifacts_destination: resolver.artifacts_destination(serve_artifacts)?,
            artifact_stores: resolver.artifact_stores(),
            artifacts_only,
            backend,
            registry,
            read_replica,
            pool: database::pool(environment)?,
            database_wait: database::patience(environment)?,
            host: resolver.host(),
            port: resolver.port()?,
            tls,
            trusted_proxies,
            // One process needs no folder to gather the numbers of several in: none is made or looked at.
            metrics: resolver
                .given("--expose-prometheus", args.expose_prometheus.as_ref(), "MLFLOW_EXPOSE_PROMETHEUS")
                .is_some(),
            security: resolver.security(static_prefix.as_deref())?,
            static_prefix,
            app_name: args.app_name.clone(),
            workers: resolver
                .given("--workers", args.workers.as_ref(), "MLFLOW_WORKERS")
                .map(|given| (given.value.to_owned(), given.origin)),
            limits: resolver.limits()?,
            model_source_pattern: resolver.model_source_pattern()?,
            webhooks: WebhookConfig::resolve(environment)?,
            warnings: Vec::new(),
        };
        resolver.warn_of_the_meaningless();
        resolver.warnings.extend(variables::warnings(environment)?);
        resolver.warnings.extend(config.webhooks.warnings());
        Ok(Self { warnings: resolver.warnings, ..config })
    }
}

struct Resolver<'a> {
    args: &'a ServerArgs,
    environment: &'a Environment,
    warnings: Vec<Warning>,
}

/// A value and where it was written.
struct Given<'a> {
    value: &'a str,
    origin: Origin,
}

impl<'a> Resolver<'a> {
    fn given(&self, flag: &'static str, value: Option<&'a String>, variable: &str) -> Option<Given<'a>> {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            return Some(Given { value, origin: Origin::Flag(flag) });
        }
        let value = self.environment.get_nonempty(variable)?;
        Some(Given { value, origin: Origin::Variable(variable.to_owned()) })
    }

    fn warn(&mut self, text: impl Into<String>) {
        self.warnings.push(Warning(text.into()));
    }

    fn refuse_unsupported(&self) -> Result<(), ConfigError> {
        let args = self.args;
        let settings = [
            (
                "--trace-archival-config",
                &args.trace_archival_config,
                "MLFLOW_TRACE_ARCHIVAL_CONFIG",
                "archiving of traces is",
            ),
            (
                "--workspace-store-uri",
                &args.workspace_store_uri,
                "MLFLOW_WORKSPACE_STORE_URI",
                "workspaces are",
            ),
        ];
        for (flag, value, variable, feature) in settings {
            if let Some(given) = self.given(flag, value.as_ref(), variable) {
                return Err(ConfigError::not_supported(given.origin, feature));
            }
        }
        if args.enable_workspaces {
            return Err(ConfigError::not_supported(Origin::Flag("--enable-workspaces"), "workspaces are"));
        }
        const VARIABLE: &str = "MLFLOW_ENABLE_WORKSPACES";
        if !args.disable_workspaces && self.environment.boolean(VARIABLE)? == Some(true) {
            return Err(ConfigError::not_supported(Origin::Variable(VARIABLE.into()), "workspaces are"));
        }
        Ok(())
    }

    fn serve_artifacts(&self) -> Result<bool, ConfigError> {
        match (self.args.serve_artifacts, self.args.no_serve_artifacts) {
            (true, _) => Ok(true),
            (_, true) => Ok(false),
            _ => Ok(self.environment.flag("MLFLOW_SERVE_ARTIFACTS")?.unwrap_or(true)),
        }
    }

    fn artifacts_only(&self, serve_artifacts: bool) -> Result<bool, ConfigError> {
        let only =
            self.args.artifacts_only || self.environment.flag("MLFLOW_ARTIFACTS_ONLY")?.unwrap_or(false);
        if only && !serve_artifacts {
            return Err(ConfigError::Conflict(
                "--artifacts-only with --no-serve-artifacts leaves nothing to serve".to_owned(),
            ));
        }
        Ok(only)
    }

    fn backend(&mut self, artifacts_only: bool) -> Result<Option<StoreUri>, ConfigError> {
        let given = self.given(
            "--backend-store-uri",
            self.args.backend_store_uri.as_ref(),
            "MLFLOW_BACKEND_STORE_URI",
        );
        if artifacts_only {
            // MLflow 3.17 `artifacts_only_config_validation`: only its two defaults may be spelt out.
            return match given {
                Some(given) if !matches!(given.value, DEFAULT_BACKEND | DEFAULT_LOCAL_ROOT) => {
                    Err(ConfigError::Conflict(format!(
                        "{} cannot be given with --artifacts-only, which keeps no experiments",
                        given.origin
                    )))
                }
                _ => Ok(None),
            };
        }
        let given = given.unwrap_or_else(|| {
            self.warn_of_file_store();
            Given { value: DEFAULT_BACKEND, origin: Origin::Flag("--backend-store-uri") }
        });
        let backend = database(given.value, given.origin, self.environment)?;
        self.warnings.extend(database::without_effect(&backend, self.environment));
        Ok(Some(backend))
    }

    /// MLflow would open `./mlruns` where it holds experiments and no backend is given.
    fn warn_of_file_store(&mut self) {
        let folder = self.environment.working_directory().join(DEFAULT_LOCAL_ROOT);
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        let holds_experiments = entries.flatten().any(|entry| {
            let named_by_number =
                entry.file_name().to_str().is_some_and(|name| name.bytes().all(|b| b.is_ascii_digit()));
            named_by_number && entry.path().join("meta.yaml").exists()
        });
        if holds_experiments {
            self.warn(format!(
                "./mlruns holds experiments of a file store, which Millgate does not open: {DEFAULT_BACKEND} is used; \
                 `mlflow migrate-filestore` moves them"
            ));
        }
    }

    fn registry(&mut self, backend: Option<&StoreUri>) -> Result<Option<StoreUri>, ConfigError> {
        let given = self.given(
            "--registry-store-uri",
            self.args.registry_store_uri.as_ref(),
            "MLFLOW_REGISTRY_STORE_URI",
        );
        let Some(given) = given else { return Ok(None) };
        let Some(backend) = backend else {
            self.warn(format!("{}: ignored with --artifacts-only", given.origin));
            return Ok(None);
        };
        let registry = database(given.value, given.origin, self.environment)?;
        Ok((!database::is_same(&registry, backend, self.environment)).then_some(registry))
    }

    fn read_replica(&mut self, backend: Option<&StoreUri>) -> Result<Option<StoreUri>, ConfigError> {
        let given = self.given(
            "--read-replica-backend-store-uri",
            self.args.read_replica_backend_store_uri.as_ref(),
            "MLFLOW_READ_REPLICA_BACKEND_STORE_URI",
        );
        let Some(given) = given else { return Ok(None) };
        let Some(backend) = backend else {
            self.warn(format!("{}: ignored with --artifacts-only", given.origin));
            return Ok(None);
        };
        database::replica(given.value, given.origin, backend, self.environment, &mut self.warnings)
    }

    fn default_artifact_root(&mut self, serve_artifacts: bool) -> Result<String, ConfigError> {
        let given = self.given(
            "--default-artifact-root",
            self.args.default_artifact_root.as_ref(),
            "MLFLOW_DEFAULT_ARTIFACT_ROOT",
        );
        let default = if serve_artifacts { DEFAULT_PROXIED_ROOT } else { DEFAULT_LOCAL_ROOT };
        let (value, origin) = match given {
            Some(given) => (given.value, given.origin),
            None => (default, Origin::Flag("--default-artifact-root")),
        };
        match locations::scheme(value) {
            None | Some("file") => {}
            Some("mlflow-artifacts") if serve_artifacts => {}
            Some("mlflow-artifacts") => {
                self.warn(format!("{origin}: artifacts go through a server, and --no-serve-artifacts is given"));
            }
            Some(scheme) if is_object_scheme(&scheme.to_ascii_lowercase()) => {}
            Some(scheme) => self.warn(format!(
                "{origin}: clients keep artifacts in {scheme} storage themselves; this version of Millgate cannot list or \
                 show them"
            )),
        }
        locations::resolve(value, self.environment.working_directory())
            .ok_or_else(|| ConfigError::invalid(origin, "names no place that can be used"))
    }

    fn artifacts_destination(&mut self, serve_artifacts: bool) -> Result<Option<String>, ConfigError> {
        let given = self.given(
            "--artifacts-destination",
            self.args.artifacts_destination.as_ref(),
            "MLFLOW_ARTIFACTS_DESTINATION",
        );
        if !serve_artifacts {
            if let Some(given) = given {
                self.warn(format!("{}: ignored with --no-serve-artifacts", given.origin));
            }
            return Ok(None);
        }
        let (value, origin) = match given {
            Some(given) => (given.value, given.origin),
            None => (DEFAULT_DESTINATION, Origin::Flag("--artifacts-destination")),
        };
        match locations::scheme(value) {
            Some(scheme) if is_object_scheme(&scheme.to_ascii_lowercase()) => {
                return Ok(Some(value.to_owned()));
            }
            Some(scheme) if !scheme.eq_ignore_ascii_case("file") => {
                return Err(ConfigError::not_supported(origin, format!("{scheme} storage is")));
            }
            _ => {}
        }
        let path = locations::local_path(value).and_then(|path| {
            let path: PathBuf = self.environment.working_directory().join(path).components().collect();
            path.to_str().map(str::to_owned)
        });
        path.map(Some).ok_or_else(|| ConfigError::invalid(origin, "is no folder of this machine"))
    }

    /// `MILLGATE_ARTIFACT_STORES`: locations, separated by commas.
    fn artifact_stores(&self) -> Vec<String> {
        let list = self.environment.get_nonempty("MILLGATE_ARTIFACT_STORES").unwrap_or_default();
        list.split(',').map(str::trim).filter(|location| !location.is_empty()).map(str::to_owned).collect()
    }

    fn host(&self) -> String {
        let given = self.given("--host", self.args.host.as_ref(), "MLFLOW_HOST");
        given.map_or(DEFAULT_HOST, |given| given.value).to_owned()
    }

    fn port(&self) -> Result<u16, ConfigError> {
        const VARIABLE: &str = "MLFLOW_PORT";
        match (self.args.port, self.environment.get_nonempty(VARIABLE)) {
            (Some(port), _) => Ok(port),
            (None, Some(text)) => text.trim().parse().map_err(|_| {
                let of_kubernetes = if text.starts_with("tcp://") {
                    "; Kubernetes sets it for a service named mlflow: give --port, or set enableServiceLinks to false"
                } else {
                    ""
                };
                ConfigError::invalid(
                    Origin::Variable(VARIABLE.into()),
                    format!("must be a number between 0 and 65535{of_kubernetes}"),
                )
            }),
            (None, None) => Ok(DEFAULT_PORT),
        }
    }

    fn static_prefix(&self) -> Result<Option<String>, ConfigError> {
        let Some(given) =
            self.given("--static-prefix", self.args.static_prefix.as_ref(), "MLFLOW_STATIC_PREFIX")
        else {
            return Ok(None);
        };
        let problem = if !given.value.starts_with('/') {
            "must begin with a '/'"
        } else if given.value.ends_with('/') {
            "must not end with a '/'"
        } else if given.value.contains(['{', '}']) {
            "must not contain '{' or '}'"
        } else if given.value.contains(|c: char| c.is_whitespace() || c.is_control() || "?#%\\*".contains(c))
        {
            // MLflow takes these, and then serves nothing under them.
            "must be a plain path, without spaces, '?', '#', '%', '*' or '\\'"
        } else if given.value.split('/').skip(1).any(|segment| matches!(segment, "" | "." | "..")) {
            "must not contain empty, '.' or '..' segments"
        } else {
            return Ok(Some(given.value.to_owned()));
        };
        Err(ConfigError::invalid(given.origin, problem))
    }

    fn security(&mut self, static_prefix: Option<&str>) -> Result<SecurityConfig, ConfigError> {
        const DISABLE: &str = "MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE";
        // Read in any case: a value that cannot be understood must not pass because the flag is given.
        let disabled_by_variable = self.environment.flag(DISABLE)?.unwrap_or(false);
        let disabled = self.args.disable_security_middleware || disabled_by_variable;
        let hosts =
            self.given("--allowed-hosts", self.args.allowed_hosts.as_ref(), "MLFLOW_SERVER_ALLOWED_HOSTS");
        let origins = self.given(
            "--cors-allowed-origins",
            self.args.cors_allowed_origins.as_ref(),
            "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS",
        );
        let frames = self.given(
            "--x-frame-options",
            self.args.x_frame_options.as_ref(),
            "MLFLOW_SERVER_X_FRAME_OPTIONS",
        );
        let value = |given: &Option<Given<'a>>| given.as_ref().map(|given| given.value);
        let (host_list, origin_list, frame_word) = (value(&hosts), value(&origins), value(&frames));
        let security =
            SecurityConfig::from_flags(host_list, origin_list, frame_word, disabled, static_prefix).map_err(
                |error| {
                    let given = match error {
                        SecurityConfigError::FrameOptions(_) => frames,
                        SecurityConfigError::NoHosts => hosts,
                    };
                    let origin = given.map_or(Origin::Flag("--x-frame-options"), |given| given.origin);
                    ConfigError::invalid(origin, error.to_string())
                },
            )?;
        if disabled {
            self.warn(
                "the security middleware is disabled: hosts and origins are not checked, any website that a user visits \
                 can reach this server",
            );
            return Ok(security);
        }
        if security.any_host() {
            self.warn("every Host header is accepted, which leaves browsers open to DNS rebinding");
        }
        if security.any_origin() {
            self.warn("every origin is accepted: any website can call this server, without credentials");
        }
        Ok(security)
    }

    /// No store signs for longer than a week; MLflow says so at the request.
    fn download_url_lifetime(&self) -> Result<Duration, ConfigError> {
        const NAME: &str = "MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS";
        let Some(text) = self.environment.get_nonempty(NAME) else {
            return Ok(DEFAULT_DOWNLOAD_URL_LIFETIME);
        };
        let seconds = text.trim().parse().ok().filter(|seconds| (1..=604_800).contains(seconds));
        seconds.map(Duration::from_secs).ok_or_else(|| {
            ConfigError::invalid(
                Origin::Variable(NAME.into()),
                "must be a number of seconds between 1 and 604800",
            )
        })
    }

    fn limits(&self) -> Result<Limits, ConfigError> {
        const LENGTH: &str = "MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH";
        let artifact_location_max_length = match self.environment.get_nonempty(LENGTH) {
            None => DEFAULT_ARTIFACT_LOCATION_MAX_LENGTH,
            Some(text) => text
                .trim()
                .parse()
                .map_err(|_| ConfigError::invalid(Origin::Variable(LENGTH.into()), "must be a number"))?,
        };
        let truncate_long_values = self.environment.boolean("MLFLOW_TRUNCATE_LONG_VALUES")?.unwrap_or(true);
        let download_url_lifetime = self.download_url_lifetime()?;
        Ok(Limits { artifact_location_max_length, truncate_long_values, download_url_lifetime })
    }

    /// Python's expressions that look around or refer back are refused: this engine matches in linear time.
    fn model_source_pattern(&self) -> Result<Option<SourcePattern>, ConfigError> {
        const PATTERN: &str = "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX";
        let Some(pattern) = self.environment.get_nonempty(PATTERN) else { return Ok(None) };
        let compiled = regex::Regex::new(pattern).map_err(|_| {
            let reason = "must be a regular expression without look-around and back-references";
            ConfigError::invalid(Origin::Variable(PATTERN.into()), reason)
        })?;
        Ok(Some(SourcePattern(compiled)))
    }

    /// TLS files and trusted proxies: from our own flags, or from the option string of the program that MLflow would run.
    fn server_options(&mut self) -> Result<(Option<TlsFiles>, TrustedProxies), ConfigError> {
        let args = self.args;
        let strings = [
            (
                Program::Uvicorn,
                self.given("--uvicorn-opts", args.uvicorn_opts.as_ref(), "MLFLOW_UVICORN_OPTS"),
            ),
            (
                Program::Gunicorn,
                self.given("--gunicorn-opts", args.gunicorn_opts.as_ref(), "MLFLOW_GUNICORN_OPTS"),
            ),
            (
                Program::Waitress,
                args.waitress_opts
                    .as_deref()
                    .map(|value| Given { value, origin: Origin::Flag("--waitress-opts") }),
            ),
        ];
        let mut given = strings.into_iter().filter_map(|(program, string)| Some((program, string?)));
        let chosen = given.next();
        if let (Some((_, first)), Some((_, second))) = (&chosen, given.next()) {
            return Err(ConfigError::Conflict(format!(
                "{} and {} cannot be given together",
                first.origin, second.origin
            )));
        }
        let program = chosen.as_ref().map_or(Program::Uvicorn, |(program, _)| *program);
        let string = chosen.as_ref().map(|(_, string)| (string.value, &string.origin));
        let options = ServerOptions::read(program, string, self.environment, &mut self.warnings)?;
        let proxies = self.trusted_proxies(program, &options);
        Ok((self.tls(options)?, proxies))
    }

    fn tls(&self, options: ServerOptions) -> Result<Option<TlsFiles>, ConfigError> {
        let file = |flag: &Option<PathBuf>, variable: &str| {
            let flag = flag.clone().filter(|path| !path.as_os_str().is_empty());
            flag.or_else(|| self.environment.get_nonempty(variable).map(PathBuf::from))
        };
        let own =
            (file(&self.args.tls_cert, "MILLGATE_TLS_CERT"), file(&self.args.tls_key, "MILLGATE_TLS_KEY"));
        let theirs = (options.certificate, options.key);
        match (own, theirs) {
            ((None, None), (None, None)) => Ok(None),
            ((Some(certificate), Some(key)), (None, None)) => Ok(Some(TlsFiles { certificate, key })),
            ((None, None), (Some(certificate), key)) => {
                let key = key.unwrap_or_else(|| certificate.clone());
                Ok(Some(TlsFiles { certificate, key }))
            }
            ((None, None), (None, Some(_))) => {
                Err(ConfigError::Conflict("a TLS key is given without its certificate".to_owned()))
            }
            ((_, _), (None, None)) => Err(ConfigError::Conflict(
                "--tls-cert (MILLGATE_TLS_CERT) and --tls-key (MILLGATE_TLS_KEY) must be given together"
                    .to_owned(),
            )),
            ((_, _), (_, _)) => Err(ConfigError::Conflict(
                "TLS files are given both by --tls-cert and --tls-key and by options of uvicorn or gunicorn"
                    .to_owned(),
            )),
        }
    }

    fn trusted_proxies(&mut self, program: Program, options: &ServerOptions) -> TrustedProxies {
        let variable = match program {
            Program::Uvicorn | Program::Gunicorn => self.environment.get_nonempty("FORWARDED_ALLOW_IPS"),
            Program::Waitress => None,
        };
        let Some(list) = options.trusted_proxies.as_deref().or(variable) else {
            return TrustedProxies::default();
        };
        if options.proxy_headers == Some(false) {
            return TrustedProxies::default();
        }
        let (proxies, unknown) = TrustedProxies::parse(list);
        if !unknown.is_empty() {
            self.warn(format!(
                "trusted proxies: ignored, as no IP address or network: {}",
                unknown.join(", ")
            ));
        }
        if proxies.trusts_all() {
            self.warn("every peer is a trusted proxy: any client can claim another address than its own");
        }
        proxies
    }

    fn warn_of_the_meaningless(&mut self) {
        let args = self.args;
        if args.dev {
            self.warn("--dev: logs at debug level and does nothing else");
        }
        if args.secrets_cache_ttl.is_some() {
            self.warn("--secrets-cache-ttl: ignored: there is no cache of secrets");
        }
        if args.secrets_cache_max_size.is_some() {
            self.warn("--secrets-cache-max-size: ignored: there is no cache of secrets");
        }
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
