//! From a configuration to a server that runs.

use crate::app::{self, Apps};
use crate::chosen_app::{BASIC_AUTH, ChosenApp};
use crate::config::{AuthConfig, Environment, PythonConfig, ServerConfig, Sources, workers_are_ignored};
use crate::connections::{self, Bound};
use crate::databases::Databases;
use crate::hosted::{Function, Hosted, With};
use crate::{RunError, about, metrics, prepare, tls, webhooks};
use artifacts::object::Patience;
use artifacts::{LocationRules, ObjectStores};
use futures::FutureExt;
use gate::extension::Extension;
use gate::layers::Layers;
use gate::{Access, Forms, Gate, HostSecret};
use identity::passwords::PasswordPolicy;
use identity::verified::{Verifier, VerifierConfig};
use identity::{
    Audit, Authenticator, AuthorizationFunction, BasicAuthenticator, Bootstrap, Bootstrapped, Chain,
    Directory, ForwardAuthenticator, FunctionAuthenticator, Grants, Guest, JwtAuthenticator, LastUses,
    LegacyPassword, ProxyAuthenticator, Refusals, Rights, Roles, TokenAuthenticator, Tokens, Users,
};
use model::ambient::uuid_hex;
use model::validation::LongValues;
use model::{Actor, Clock, Entropy, SystemClock, SystemEntropy};
use operations::Part;
use service::{Parts, People, Service, Webhooks};
use std::io::Write;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::schema::Schema;
use store::schema::auth_upgrade::{self, PromptNames};
use store::uri::Secret;
use store::{Db, StoreUri};
use telemetry::Telemetry;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

const NO_SERVE_ARTIFACTS: &str = "due to the server running with `--no-serve-artifacts`. To enable it, run the server with \
                                  `--serve-artifacts`";
const ARTIFACTS_ONLY: &str = "due to the server running in `--artifacts-only` mode. To enable it, run the server without \
                              `--artifacts-only`";

/// Serves until the process is told to stop.
///
/// # Errors
/// When the server cannot start.
pub(crate) async fn run(
    config: ServerConfig,
    environment: &Environment,
    apps: &Apps,
) -> Result<(), RunError> {
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let app =
        ChosenApp::find(config.app_name.as_deref(), apps, &PythonConfig::resolve(None, environment)?).await?;
    let auth = match app {
        ChosenApp::Guarded => Some(AuthConfig::resolve(environment)?),
        ChosenApp::None | ChosenApp::Python(_) => None,
    };
    let function = auth.as_ref().and_then(|auth| auth.authorization_function.clone());
    let python = match (&app, &function) {
        (ChosenApp::Python(_), _) | (_, Some(_)) => {
            let workers = config.workers.as_ref().map(|(text, origin)| (text.as_str(), origin));
            Some(PythonConfig::resolve(workers, environment)?)
        }
        (ChosenApp::None | ChosenApp::Guarded, None) => None,
    };
    let runtime = environment.get_nonempty("XDG_RUNTIME_DIR").map(Path::new);
    let with = python.as_ref().map(|python| With { config: &config, python, runtime });
    if app == ChosenApp::None {
        tracing::info!(
            "started without --app-name: everybody who reaches this server may read and change everything; \
             --app-name {BASIC_AUTH} asks for a login"
        );
    }
    if let (None, Some((_, origin))) = (&python, &config.workers) {
        tracing::warn!("{}", workers_are_ignored(origin));
    }
    let tls = config.tls.as_ref().map(tls::server_config).transpose()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let bound = Bound::bind(&config.host, config.port).await?;

    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut databases = Databases::new(config.pool, config.database_wait, Arc::clone(&entropy));
    let stores = match &config.backend {
        Some(uri) => Some(Stores::open(&mut databases, uri, &config).await?),
        None => None,
    };
    let function = match (function, with) {
        (Some(function), Some(with)) => {
            let starting = Function::start(&function.name, HostSecret::new(&*entropy), with);
            let Some(function) = unless_stopped(starting).await? else { return Ok(()) };
            Some(function)
        }
        _ => None,
    };
    let door = match auth {
        Some(auth) => {
            let app = config.app_name.as_deref().map(|name| (apps, name));
            let from = Clients { scheme, function: function.as_ref().map(Function::asked) };
            Some(Door::open(auth, app, &mut databases, stores.as_ref(), from, &clock, &entropy).await?)
        }
        None => None,
    };
    let mut door = door;
    let telemetry = config.metrics.then(|| metrics::telemetry(stores.as_ref(), door.as_ref(), &*clock));
    let upkeep = door.as_ref().map(|door| door.upkeep(&clock));
    let tasks = door.as_mut().map(|door| door.app.start());
    let databases: Vec<Db> = databases.all().cloned().collect();

    let webhooks = match &stores {
        Some(Stores { registry, registry_uri, .. }) => {
            Some(webhooks::start(&config.webhooks, registry, registry_uri, &clock, &entropy).await?)
        }
        None => None,
    };
    let what = Assembled {
        stores,
        databases: databases.clone(),
        door,
        webhooks: webhooks.clone(),
        telemetry: telemetry.clone(),
    };
    let layers = Layers {
        security: config.security.clone(),
        proxies: config.trusted_proxies.clone(),
        entropy: Arc::clone(&entropy),
        telemetry,
    };
    let (gate, service) = assemble(&config, environment, what, clock, Arc::clone(&entropy)).await?;
    let (hosted, front) = match (&app, with) {
        (ChosenApp::Python(name), Some(with)) => {
            let secret = HostSecret::new(&*entropy);
            let core = gate::core_front(gate, service, secret.clone(), entropy);
            let starting = Hosted::start(name, core, secret, with, layers);
            let Some((hosted, front)) = unless_stopped(starting).await? else { return Ok(()) };
            (Some(hosted), front)
        }
        _ => (None, gate::front(gate, service, layers)),
    };
    let listener = bound.listen()?;
    let prefix = config.static_prefix.as_deref().unwrap_or_default();
    if config.metrics {
        tracing::info!(
            "{prefix}/metrics is served to everybody who reaches this server: it asks for no login"
        );
    }
    tracing::info!("listening on {scheme}://{}{prefix}", listener.address());
    connections::serve(listener, tls, front).await?;
    if let Some(hosted) = hosted {
        hosted.stop().await;
    }
    if let Some(function) = function {
        function.stop().await;
    }
    if let Some(tasks) = tasks {
        tasks.stop().await;
    }
    if let Some(webhooks) = webhooks {
        webhooks.stop().await;
    }
    if let Some(upkeep) = upkeep {
        upkeep.stop().await;
    }
    for db in databases {
        db.close().await;
    }
    tracing::info!("stopped");
    Ok(())
}

/// What is started, unless the process is asked to stop before: Python takes seconds, and leaves nothing behind then either.
async fn unless_stopped<T>(
    starting: impl Future<Output = Result<T, RunError>>,
) -> Result<Option<T>, RunError> {
    let stop = connections::stop_signal()?;
    tokio::select! {
        started = starting => started.map(Some),
        () = stop => Ok(None),
    }
}

/// The databases of experiments and models.
pub(crate) struct Stores {
    pub(crate) tracking: Db,
    /// A copy of the tracking database that may lag behind, for reads that may.
    pub(crate) replica: Option<Db>,
    /// It may be the tracking database.
    pub(crate) registry: Db,
    registry_uri: StoreUri,
}

impl Stores {
    async fn open(
        databases: &mut Databases,
        backend: &StoreUri,
        config: &ServerConfig,
    ) -> Result<Self, RunError> {
        let tracking = databases.open_prepared(backend, Schema::Tracking).await?;
        let registry_uri = config.registry.as_ref().unwrap_or(backend).clone();
        let registry = match &config.registry {
            Some(uri) => databases.open_prepared(uri, Schema::Tracking).await?,
            None => tracking.clone(),
        };
        let replica = match &config.read_replica {
            // It follows the tracking database in its schema too.
            Some(uri) => Some(databases.open(uri).await?),
            None => None,
        };
        Ok(Self { tracking, replica, registry, registry_uri })
    }
}

/// The database of users with its schema. It may be one of the others, which then is shared.
async fn users_database(
    uri: &StoreUri,
    databases: &mut Databases,
    stores: Option<&Stores>,
    clock: &dyn Clock,
) -> Result<Db, RunError> {
    let db = databases.open_apart(uri).await?;
    // A server without a registry cannot tell prompts from models: it takes the users as they are, or not at all.
    if let Some(Stores { registry, registry_uri, .. }) = stores {
        let prompts = PromptNames::read(registry).await.map_err(|error| about(registry_uri, error))?;
        auth_upgrade::upgrade(&db, uri, &prompts, clock).await.map_err(|error| about(uri, error))?;
    }
    prepare(&db, Schema::Auth, uri).await?;
    Ok(db)
}

/// How clients reach this server, and whom to ask about them.
struct Clients {
    /// `http` or `https`, as clients reach this server.
    scheme: &'static str,
    function: Option<Arc<dyn AuthorizationFunction>>,
}

/// What stands at the door of a guarded server.
pub(crate) struct Door {
    chain: Chain,
    app: app::Parts,
    people: People,
    form_secret: Secret,
    /// The database of users, and where lists of them are read from.
    pub(crate) users: Db,
    pub(crate) lists: Db,
    pub(crate) verifier: Verifier,
    refusals: Refusals,
    uses: LastUses,
    audit_retention_days: Option<NonZeroU32>,
}

impl Door {
    async fn open(
        mut config: AuthConfig,
        app: Option<(&Apps, &str)>,
        databases: &mut Databases,
        stores: Option<&Stores>,
        from: Clients,
        clock: &Arc<dyn Clock>,
        entropy: &Arc<dyn Entropy>,
    ) -> Result<Self, RunError> {
        let settings = config.take_section(app.map(|(_, name)| name));
        let config = &config;
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        let db = users_database(&config.database, databases, stores, &**clock).await?;
        let lists = match &config.read_database {
            Some(uri) => databases.open(uri).await?,
            None => db.clone(),
        };
        let policy = PasswordPolicy { min_chars: config.min_password_length };
        bootstrap(config, &db, policy, &Actor::local("server start", clock.now()), entropy).await?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let verifying =
            VerifierConfig { failures: config.failure_limits, ..VerifierConfig::for_cores(cores) };
        let verifier = Verifier::new(verifying, Arc::clone(clock), &**entropy);
        let refusals = Refusals::new(db.clone());
        let uses = LastUses::new(db.clone());
        let mut app = match app {
            Some((apps, name)) => apps.create(name, Directory::new(db.clone()), settings)?,
            None => app::Parts::default(),
        };
        let mut links: Vec<Arc<dyn Authenticator>> = Vec::new();
        for guest in app.authenticators.drain(..) {
            links.push(Arc::new(Guest::new(guest, verifier.clone())));
        }
        if app.built_in_logins {
            links.extend(built_in_logins(config, from, &db, &verifier, &uses, clock, entropy)?);
        }
        let form_secret = match &config.form_secret {
            Some(secret) => secret.clone(),
            None => shared_form_secret(&db, &**entropy).await?,
        };
        Ok(Self {
            form_secret,
            users: db.clone(),
            lists: lists.clone(),
            verifier: verifier.clone(),
            chain: Chain::new(links),
            app,
            people: People {
                users: Users::new(db.clone(), verifier, policy, Arc::clone(entropy), refusals.clone())
                    .listing_from(lists.clone()),
                roles: Roles::new(db.clone()).listing_from(lists.clone()),
                grants: Grants::new(db.clone()),
                tokens: Tokens::new(db.clone(), Arc::clone(entropy), config.token_max_days),
                audit: Audit::new(db.clone()).listing_from(lists),
                rights: Rights::new(db.clone(), config.default_permission),
            },
            refusals,
            uses,
            audit_retention_days: config.audit_retention_days,
        })
    }

    /// Begins what goes on beside the requests.
    fn upkeep(&self, clock: &Arc<dyn Clock>) -> Upkeep {
        let mut pruning = JoinSet::new();
        if let Some(days) = self.audit_retention_days {
            pruning.spawn(self.people.audit.clone().keep_for(days, Arc::clone(clock)));
        }
        let (stop, stopped) = oneshot::channel::<()>();
        // Ready also when the sender is gone.
        let stopped = stopped.map(drop).shared();
        let (refusals, uses) = (self.refusals.clone(), self.uses.clone());
        let writing = tokio::spawn(async move {
            tokio::join!(refusals.keep_writing(stopped.clone()), uses.keep_writing(stopped));
        });
        Upkeep { _pruning: pruning, stop, writing }
    }
}

/// Who reads a request's credentials, in order. A proxy's word comes before what the client sent through it. Whoever asks a
/// service takes what nobody else reads.
fn built_in_logins(
    config: &AuthConfig,
    from: Clients,
    db: &Db,
    verifier: &Verifier,
    uses: &LastUses,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> Result<Vec<Arc<dyn Authenticator>>, RunError> {
    let (db, verifier) = (|| db.clone(), || verifier.clone());
    let (clock, entropy) = (|| Arc::clone(clock), || Arc::clone(entropy));
    let Sources { issuers, forward_auth, trusted_proxy } = config.sources.clone();
    let mut links: Vec<Arc<dyn Authenticator>> = Vec::new();
    if let Some(proxy) = trusted_proxy {
        links.push(Arc::new(ProxyAuthenticator::new(proxy, db(), verifier(), clock(), entropy())));
    }
    links.push(Arc::new(TokenAuthenticator::new(db(), verifier(), uses.clone(), clock())));
    if !issuers.is_empty() {
        links.push(Arc::new(JwtAuthenticator::new(issuers, &db(), verifier(), clock(), &entropy())?));
    }
    // A function of the operator's decides who is calling in the place of passwords, and has the last word.
    if config.password_logins && config.authorization_function.is_none() {
        links.push(Arc::new(BasicAuthenticator::new(db(), verifier())));
    }
    if let Some(service) = forward_auth {
        let forward = ForwardAuthenticator::new(service, from.scheme, db(), verifier(), clock(), entropy())?;
        links.push(Arc::new(forward));
    }
    if let (Some(asked), Some(function)) = (from.function, &config.authorization_function) {
        let (seconds, entropy) = (function.remember_for, entropy());
        let function = FunctionAuthenticator::new(asked, db(), verifier(), seconds, clock(), &*entropy);
        links.push(Arc::new(function));
    }
    Ok(links)
}

/// What goes on beside the requests: refusals are written to the audit and the last uses of tokens to theirs, and what is too
/// old is deleted from the audit.
struct Upkeep {
    /// Ends with the value: each batch is a transaction of its own.
    _pruning: JoinSet<()>,
    stop: oneshot::Sender<()>,
    writing: JoinHandle<()>,
}

impl Upkeep {
    /// Writes what is left, and ends.
    async fn stop(self) {
        drop(self.stop);
        if self.writing.await.is_err() {
            tracing::error!("the last refusals and uses of access tokens could not be written");
        }
    }
}

/// The key of forms that all servers on the database share: a page of one is sent back to another.
async fn shared_form_secret(db: &Db, entropy: &dyn Entropy) -> Result<Secret, RunError> {
    let proposed = random_secret(entropy);
    let shared = db.write(move |connection| {
        let proposed = proposed.clone();
        async move { store::own::shared_secret(connection, "forms", proposed.expose()).await }.boxed()
    });
    Ok(Secret::new(shared.await.map_err(model::Error::from)?))
}

/// 244 random bits.
fn random_secret(entropy: &dyn Entropy) -> Secret {
    Secret::new(format!("{}{}", uuid_hex(entropy), uuid_hex(entropy)))
}

async fn bootstrap(
    config: &AuthConfig,
    db: &Db,
    policy: PasswordPolicy,
    actor: &Actor,
    entropy: &Arc<dyn Entropy>,
) -> Result<(), RunError> {
    let Some(username) = config.admin_username.clone() else {
        return Err(model::Error::invalid(
            "no name is configured for the administrator: set admin_username in the [mlflow] section of the file that \
             MLFLOW_AUTH_CONFIG_PATH names, or MLFLOW_AUTH_ADMIN_USERNAME",
        )
        .into());
    };
    let password = config.admin_password.as_ref().map(|secret| secret.expose().to_owned());
    let bootstrap = Bootstrap { username, password, policy };
    match identity::bootstrap_admin(db, &bootstrap, actor, Arc::clone(entropy)).await? {
        Bootstrapped::Existing => {
            // It costs a few hashes, so it must not hold up the start. Logins with such a password are refused anyway.
            let (db, actor, entropy) = (db.clone(), actor.clone(), Arc::clone(entropy));
            tokio::spawn(async move {
                match identity::rotate_legacy_password(&db, &bootstrap, &actor, entropy).await {
                    Ok(LegacyPassword::None) => {}
                    Ok(LegacyPassword::Rotated) => tracing::warn!(
                        username = bootstrap.username,
                        "replaced a password that older versions of MLflow shipped by the configured one"
                    ),
                    Ok(LegacyPassword::StillThere) => tracing::warn!(
                        username = bootstrap.username,
                        "the administrator has a password that older versions of MLflow shipped; logins with it are \
                         refused. Set MLFLOW_AUTH_ADMIN_PASSWORD to a new one and restart"
                    ),
                    Err(error) => tracing::error!(%error, "could not look at the administrator's password"),
                }
            });
        }
        Bootstrapped::Created => {
            tracing::info!(username = bootstrap.username, "created the administrator");
        }
        Bootstrapped::Generated(password) => announce(&bootstrap.username, &password)?,
    }
    Ok(())
}

/// Shows a generated password once, to the person at the terminal and not to the log.
fn announce(username: &str, password: &str) -> std::io::Result<()> {
    writeln!(
        std::io::stderr(),
        "\n  Created the administrator '{username}' with the password\n\n      {password}\n\n  It is shown this once. \
         `millgate user password {username}` sets another one; set\n  MLFLOW_AUTH_ADMIN_PASSWORD before the first start to \
         choose your own.\n"
    )
}

/// What a server is put together from.
struct Assembled {
    stores: Option<Stores>,
    databases: Vec<Db>,
    door: Option<Door>,
    webhooks: Option<Webhooks>,
    telemetry: Option<Telemetry>,
}

async fn assemble(
    config: &ServerConfig,
    environment: &Environment,
    what: Assembled,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<(Gate, Service), RunError> {
    let Assembled { stores, databases, door, webhooks, telemetry } = what;
    let (access, people, form_secret, extension) = match door {
        // Without users there are no forms; a key of this process will do.
        None => (Access::Open, None, random_secret(&*entropy), Extension::default()),
        Some(Door { chain, people, form_secret, refusals, app, .. }) => {
            let rights = people.rights.clone();
            (Access::Guarded { chain, rights, refusals }, Some(people), form_secret, app.extension)
        }
    };
    let working_directory: PathBuf = environment.working_directory().into();
    let service = Service::new(Parts {
        registry: stores.as_ref().map(|stores| stores.registry.clone()),
        replica: stores.as_ref().and_then(|stores| stores.replica.clone()),
        tracking: stores.map(|stores| stores.tracking),
        databases,
        destination: config.artifacts_destination.clone(),
        stores: ObjectStores::new(environment.for_stores(), Patience::default()),
        stores_named: config.artifact_stores.clone(),
        default_artifact_root: config.default_artifact_root.clone(),
        location_rules: location_rules(config, environment),
        working_directory,
        download_lifetime: config.limits.download_url_lifetime,
        people,
        long_values: if config.limits.truncate_long_values {
            LongValues::Truncate
        } else {
            LongValues::Refuse
        },
        source_pattern: config.model_source_pattern.clone().map(|pattern| pattern.0),
        webhooks,
        telemetry: telemetry.clone(),
        clock: Arc::clone(&clock),
        entropy: Arc::clone(&entropy),
    })?;
    service.ensure_default_experiment().await?;

    let mut switched_off = Vec::new();
    if config.artifacts_only {
        switched_off.extend([(Part::Tracking, ARTIFACTS_ONLY), (Part::Registry, ARTIFACTS_ONLY)]);
    }
    if config.artifacts_destination.is_none() {
        switched_off.push((Part::ProxiedArtifacts, NO_SERVE_ARTIFACTS));
    }
    let static_prefix = config.static_prefix.clone().unwrap_or_default();
    let forms = Forms::new(form_secret.expose().as_bytes(), config.tls.is_some(), Arc::clone(&entropy));
    let gate = Gate { access, static_prefix, switched_off, clock, forms, extension, telemetry };
    Ok((gate, service))
}

fn location_rules(config: &ServerConfig, environment: &Environment) -> LocationRules {
    let schemes =
        environment.get_nonempty("MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES").unwrap_or_default();
    let own = [Some(config.default_artifact_root.as_str()), config.artifacts_destination.as_deref()];
    LocationRules::new(
        config.limits.artifact_location_max_length,
        schemes.split(',').filter(|scheme| !scheme.trim().is_empty()),
        own.into_iter().flatten().chain(config.artifact_stores.iter().map(String::as_str)),
    )
}
