//! Webhooks: the variables of MLflow 3.17 `environment_variables.py`, which have no flags.

use std::time::Duration;

use webhooks::{EncryptionKey, Rules, Scheme, Settings};

use super::environment::Environment;
use super::error::{ConfigError, Origin, Warning};

const ALLOWED_SCHEMES: &str = "MLFLOW_WEBHOOK_ALLOWED_SCHEMES";
const ALLOW_PRIVATE_IPS: &str = "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS";
const ENCRYPTION_KEY: &str = "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY";
const TIMEOUT: &str = "MLFLOW_WEBHOOK_REQUEST_TIMEOUT";
const RETRIES: &str = "MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES";
const WORKERS: &str = "MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS";
/// Those above.
pub(super) const KNOWN: [&str; 6] =
    [ALLOWED_SCHEMES, ALLOW_PRIVATE_IPS, ENCRYPTION_KEY, TIMEOUT, RETRIES, WORKERS];

/// How webhooks are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookConfig {
    pub rules: Rules,
    pub settings: Settings,
    /// Of one request.
    pub timeout: Duration,
    /// What secrets are kept with; `None` for one that the servers on the database make and share.
    pub encryption_key: Option<EncryptionKey>,
}

impl WebhookConfig {
    pub(super) fn resolve(environment: &Environment) -> Result<Self, ConfigError> {
        let number = |name, default, least, most| number(environment, name, default, least, most);
        Ok(Self {
            rules: Rules {
                schemes: schemes(environment)?,
                allow_private_ips: environment.boolean(ALLOW_PRIVATE_IPS)?.unwrap_or(false),
            },
            settings: Settings {
                workers: usize::try_from(number(WORKERS, 10, 1, 100)?).unwrap_or(usize::MAX),
                retries: number(RETRIES, 3, 0, 20)?,
            },
            timeout: Duration::from_secs(number(TIMEOUT, 30, 1, 600)?.into()),
            encryption_key: match environment.get_nonempty(ENCRYPTION_KEY) {
                Some(key) => Some(
                    EncryptionKey::parse(key).map_err(|error| invalid(ENCRYPTION_KEY, error.to_string()))?,
                ),
                None => None,
            },
        })
    }

    pub(super) fn warnings(&self) -> Vec<Warning> {
        let open = self.rules.allow_private_ips.then(|| {
            Warning(format!(
                "{ALLOW_PRIVATE_IPS}: webhooks may lead to addresses inside the network, and to this machine"
            ))
        });
        open.into_iter().collect()
    }
}

fn invalid(name: &str, problem: impl Into<String>) -> ConfigError {
    ConfigError::invalid(Origin::Variable(name.to_owned()), problem)
}

fn schemes(environment: &Environment) -> Result<Vec<Scheme>, ConfigError> {
    let Some(list) = environment.get_nonempty(ALLOWED_SCHEMES) else { return Ok(vec![Scheme::Https]) };
    let named = list.split(',').map(str::trim).filter(|scheme| !scheme.is_empty());
    let schemes: Result<Vec<Scheme>, ()> = named.map(str::parse).collect();
    match schemes {
        Ok(schemes) if !schemes.is_empty() => Ok(schemes),
        _ => Err(invalid(ALLOWED_SCHEMES, "must be a list of http and https")),
    }
}

fn number(
    environment: &Environment,
    name: &str,
    default: u32,
    least: u32,
    most: u32,
) -> Result<u32, ConfigError> {
    let Some(value) = environment.get_nonempty(name) else { return Ok(default) };
    match value.trim().parse::<u32>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(invalid(name, format!("must be a whole number from {least} to {most}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(variables: &[(&str, &str)]) -> Result<WebhookConfig, String> {
        let environment = Environment::new("/here", variables.iter().copied());
        WebhookConfig::resolve(&environment).map_err(|error| error.to_string())
    }

    #[test]
    fn the_defaults_are_those_of_mlflow() {
        let config = resolve(&[(ALLOWED_SCHEMES, ""), (TIMEOUT, "")]).unwrap();
        let rules = Rules { schemes: vec![Scheme::Https], allow_private_ips: false };
        assert_eq!((config.rules.clone(), config.timeout), (rules, Duration::from_secs(30)));
        assert_eq!(config.settings, Settings { workers: 10, retries: 3 });
        assert!(config.encryption_key.is_none() && config.warnings().is_empty());
    }

    #[test]
    fn every_variable_is_heeded() {
        const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let config = resolve(&[
            (ALLOWED_SCHEMES, " http , https "),
            (ALLOW_PRIVATE_IPS, "True"),
            (ENCRYPTION_KEY, KEY),
            (TIMEOUT, "5"),
            (RETRIES, "0"),
            (WORKERS, "2"),
        ])
        .unwrap();
        assert_eq!(config.rules.schemes, [Scheme::Http, Scheme::Https]);
        assert_eq!(
            (config.timeout, config.settings),
            (Duration::from_secs(5), Settings { workers: 2, retries: 0 })
        );
        assert_eq!(config.encryption_key, EncryptionKey::parse(KEY).ok());
        assert_eq!(config.warnings().len(), 1);
        assert!(!format!("{config:?}").contains("AAECAw"));
    }

    #[test]
    fn what_cannot_be_heeded_is_an_error_that_shows_no_key() {
        let refused = resolve(&[(ENCRYPTION_KEY, "not-a-key")]).unwrap_err();
        assert!(refused.starts_with(ENCRYPTION_KEY) && !refused.contains("not-a-key"), "{refused}");
        for (name, value) in [
            (ALLOWED_SCHEMES, "http,ftp"),
            (ALLOWED_SCHEMES, ","),
            (ALLOW_PRIVATE_IPS, "perhaps"),
            (TIMEOUT, "0"),
            (TIMEOUT, "1.5"),
            (RETRIES, "-1"),
            (RETRIES, "21"),
            (WORKERS, "0"),
            (WORKERS, "101"),
        ] {
            assert!(resolve(&[(name, value)]).unwrap_err().starts_with(name), "{name}={value}");
        }
    }
}
