//! Deleting for good by a server that runs, which is asked as MLflow's clients ask one.

use crate::config::{ConfigError, Environment, Origin};
use operations::messages::CollectedGarbage;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use url::Url;

const ROUTE: &str = "/api/3.0/mlflow/gc";
/// More than a server takes for a request.
const TIMEOUT: Duration = Duration::from_secs(150);
/// A step that took too long has gone some of its way: it is asked for again, so often.
const ATTEMPTS: u32 = 10;
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);
/// Bytes of an answer: a thousand things with their reasons are far below.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Why a server did not do it. It names no secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ThereError {
    #[error("the server {url} cannot be asked: {reason}")]
    NoAnswer { url: String, reason: String },
    #[error("the server {url} refuses ({status}): {message}")]
    Refused { url: String, status: u16, message: String },
    #[error(
        "the server {url} has no {ROUTE}: it is no Millgate, an older one, or one behind a Python app; give \
         --backend-store-uri to work on its database"
    )]
    NotServed { url: String },
    #[error("the answer of the server {url} cannot be read")]
    Unreadable { url: String },
}

/// An error of the REST API.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    error_code: String,
    message: String,
}

/// A server, and how to log in there.
pub(super) struct There {
    client: Client,
    url: String,
    login: Option<Login>,
}

/// What MLflow's clients log in with: a name with a password before a token (MLflow 3.17 `rest_utils.py`).
enum Login {
    Basic { username: String, password: String },
    Bearer(String),
}

impl Login {
    fn find(environment: &Environment) -> Option<Self> {
        let variable = |name: &str| environment.get_nonempty(name).map(str::to_owned);
        let named = variable("MLFLOW_TRACKING_USERNAME").zip(variable("MLFLOW_TRACKING_PASSWORD"));
        match named {
            Some((username, password)) => Some(Self::Basic { username, password }),
            None => variable("MLFLOW_TRACKING_TOKEN").map(Self::Bearer),
        }
    }
}

impl There {
    /// # Errors
    /// When the URL or a variable cannot be used.
    pub(super) fn new(url: &str, origin: Origin, environment: &Environment) -> Result<Self, ConfigError> {
        let parsed: Url = url.parse().map_err(|_| ConfigError::invalid(origin.clone(), "is no URL"))?;
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(ConfigError::invalid(
                origin,
                "must not hold a user or a password: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
            ));
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(ConfigError::invalid(origin, "must end with its path"));
        }
        // The first in the process counts.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = Client::builder().redirect(Policy::none()).timeout(TIMEOUT).user_agent("millgate");
        const INSECURE: &str = "MLFLOW_TRACKING_INSECURE_TLS";
        if environment.boolean(INSECURE)? == Some(true) {
            return Err(ConfigError::not_supported(
                Origin::Variable(INSECURE.to_owned()),
                "TLS without a check of the certificate is",
            ));
        }
        const AUTHORITY: &str = "MLFLOW_TRACKING_SERVER_CERT_PATH";
        if let Some(path) = environment.get_nonempty(AUTHORITY) {
            let unusable = || {
                ConfigError::invalid(
                    Origin::Variable(AUTHORITY.to_owned()),
                    "names no readable PEM file of certificates",
                )
            };
            let text = std::fs::read(environment.working_directory().join(path)).map_err(|_| unusable())?;
            for certificate in reqwest::Certificate::from_pem_bundle(&text).map_err(|_| unusable())? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        let client = builder.build().map_err(|_| ConfigError::invalid(origin, "cannot be asked: no TLS"))?;
        let url = parsed.as_str().trim_end_matches('/').to_owned();
        Ok(Self { client, url, login: Login::find(environment) })
    }

    /// # Errors
    /// See [`ThereError`].
    pub(super) async fn ask(&self, request: &Value) -> Result<CollectedGarbage, ThereError> {
        let mut attempt = 1;
        loop {
            let answer = self.send(request).await?;
            let is_passing =
                matches!(answer.status(), StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT);
            if !is_passing || attempt == ATTEMPTS {
                return self.read(answer).await;
            }
            attempt += 1;
            tokio::time::sleep(BETWEEN_ATTEMPTS).await;
        }
    }

    async fn send(&self, request: &Value) -> Result<Response, ThereError> {
        let mut asked = self
            .client
            .post(format!("{}{ROUTE}", self.url))
            .header(CONTENT_TYPE, "application/json")
            .body(request.to_string());
        asked = match &self.login {
            Some(Login::Basic { username, password }) => asked.basic_auth(username, Some(password)),
            Some(Login::Bearer(token)) => asked.bearer_auth(token),
            None => asked,
        };
        asked.send().await.map_err(|error| self.no_answer(&error))
    }

    async fn read(&self, mut answer: Response) -> Result<CollectedGarbage, ThereError> {
        let status = answer.status();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.no_answer(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BYTES {
                return Err(ThereError::Unreadable { url: self.url.clone() });
            }
        }
        if status == StatusCode::OK {
            return serde_json::from_slice(&body)
                .map_err(|_| ThereError::Unreadable { url: self.url.clone() });
        }
        let refusal = serde_json::from_slice::<Refusal>(&body).ok();
        let is_no_route = |refusal: &Refusal| refusal.error_code == "ENDPOINT_NOT_FOUND";
        if status == StatusCode::NOT_FOUND && refusal.as_ref().is_none_or(is_no_route) {
            return Err(ThereError::NotServed { url: self.url.clone() });
        }
        let message = refusal.map_or_else(
            || match status {
                StatusCode::UNAUTHORIZED => {
                    "log in with MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
                        .to_owned()
                }
                StatusCode::FORBIDDEN => "only an administrator may do this".to_owned(),
                _ => "it does not say why".to_owned(),
            },
            |refusal| super::harmless(&refusal.message),
        );
        Err(ThereError::Refused { url: self.url.clone(), status: status.as_u16(), message })
    }

    /// The causes, of which reqwest shows the outermost alone.
    fn no_answer(&self, error: &reqwest::Error) -> ThereError {
        let mut reason =
            if error.is_timeout() { "no answer in time".to_owned() } else { "no answer".to_owned() };
        let mut cause = std::error::Error::source(error);
        while let Some(known) = cause {
            reason = format!("{reason}: {known}");
            cause = known.source();
        }
        ThereError::NoAnswer { url: self.url.clone(), reason }
    }
}
