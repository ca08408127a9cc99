//! `millgate doctor`: looks at all that a server would be started with, says what is wrong and what to do about it, and changes
//! nothing. What it writes to see whether it can, it undoes or deletes.

mod artifacts;
mod databases;
mod files;
mod python;
mod report;
mod validity;

use super::say;
use crate::app::Apps;
use crate::chosen_app::ChosenApp;
use crate::cli::{DoctorArgs, ReportFormat};
use crate::config::{AuthConfig, Environment, PythonConfig, ServerConfig};
use crate::{RunError, tls};
use model::{Clock, Millis, SystemClock};
use report::Report;
use std::process::ExitCode;
use std::sync::Arc;

/// No clock that is right shows a time before: 2026-01-01.
const EARLIEST: Millis = 1_767_225_600_000;
/// 2100-01-01.
const LATEST: Millis = 4_102_444_800_000;

/// Prints what was found. Problems give status 1, warnings do not.
///
/// # Errors
/// When the findings cannot be written.
pub(crate) async fn run(
    args: &DoctorArgs,
    environment: &Environment,
    apps: &Apps,
) -> Result<ExitCode, RunError> {
    let mut report = Report::default();
    look(args, environment, apps, &mut report).await;
    match args.format.unwrap_or(ReportFormat::Text) {
        ReportFormat::Text => say(report.text().trim_end())?,
        ReportFormat::Json => super::say_json(&report.json())?,
    }
    Ok(if report.has_problems() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn look(args: &DoctorArgs, environment: &Environment, apps: &Apps, report: &mut Report) {
    let now = SystemClock.now();
    clock(now, report);
    let config = match ServerConfig::resolve(&args.server, environment) {
        Ok(config) => {
            report.ok("configuration", "flags and variables", "can be used");
            for warning in &config.warnings {
                report.warning("configuration", "flags and variables", &warning.to_string(), None);
            }
            Some(config)
        }
        Err(error) => {
            let advice = "Correct it; nothing that depends on it was looked at.";
            report.problem("configuration", "flags and variables", &error.to_string(), advice);
            None
        }
    };
    let app_name = args.server.app_name.as_deref();
    let python = PythonConfig::resolve(None, environment);
    let app = match &python {
        Ok(python) => match ChosenApp::find(app_name, apps, python).await {
            Ok(app) => Some(app),
            Err(error) => {
                let advice = "Give --app-name one of the names, or install the package that has the app.";
                report.problem("configuration", "--app-name", &error.to_string(), advice);
                None
            }
        },
        Err(error) => {
            report.problem("configuration", "Python", &error.to_string(), "Correct the variable.");
            None
        }
    };
    if app == Some(ChosenApp::None) {
        let said = "without it, everybody who reaches the server may read and change everything";
        report.warning("configuration", "--app-name", said, Some("Give --app-name basic-auth."));
    }
    let auth = match app {
        Some(ChosenApp::Guarded) => users(app_name, apps, environment, report),
        _ => None,
    };
    if let Some(config) = &config {
        databases::look(config, auth.as_ref(), environment, now, report).await;
        artifacts::look(config, environment, report).await;
        if let Some(files) = &config.tls {
            match tls::server_config(files) {
                Ok(_) => report.ok("keys", "TLS", "the certificate and the key belong together"),
                Err(error) => {
                    report.problem(
                        "keys",
                        "TLS",
                        &error.to_string(),
                        "Give --tls-cert and --tls-key others.",
                    );
                }
            }
            files::certificate(&files.certificate, now, report);
            files::private_key(&files.key, report);
        }
    }
    if let Some(auth) = &auth {
        issuers(auth, report).await;
    }
    if let Ok(python_config) = &python {
        python::look(app.as_ref(), auth.as_ref(), python_config, environment, report).await;
    }
}

/// The settings of users.
fn users(
    app_name: Option<&str>,
    apps: &Apps,
    environment: &Environment,
    report: &mut Report,
) -> Option<AuthConfig> {
    const SUBJECT: &str = "authentication settings";
    match AuthConfig::resolve(environment) {
        Ok(mut config) => {
            config.take_section(app_name.filter(|name| apps.has(name)));
            report.ok("configuration", SUBJECT, "can be used");
            for warning in &config.warnings {
                report.warning("configuration", SUBJECT, &warning.to_string(), None);
            }
            if let Some(path) = environment.get_nonempty("MLFLOW_AUTH_CONFIG_PATH") {
                files::settings(&environment.working_directory().join(path), report);
            }
            Some(config)
        }
        Err(error) => {
            let advice =
                "Correct the file that MLFLOW_AUTH_CONFIG_PATH names; its database was not looked at.";
            report.problem("configuration", SUBJECT, &error.to_string(), advice);
            None
        }
    }
}

/// A clock that is far off lets tokens in that have expired, or nobody.
fn clock(now: Millis, report: &mut Report) {
    if (EARLIEST..LATEST).contains(&now) {
        report.ok("clock", "this machine", "shows a time that can be");
    } else {
        let advice = "Set the clock, such as by NTP: tokens and certificates are judged by it.";
        report.problem("clock", "this machine", "shows a time that cannot be", advice);
    }
}

async fn issuers(auth: &AuthConfig, report: &mut Report) {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    for issuer in &auth.sources.issuers {
        let subject = format!("issuer {}", issuer.issuer);
        if let identity::KeyLocation::File(path) = &issuer.keys {
            files::public_keys(path, &subject, report);
        }
        match issuer.count_keys(Arc::clone(&clock)).await {
            Ok(count) => report.ok("keys", &subject, &format!("{count} keys can be read")),
            Err(error) => {
                let advice = "See that `jwks`, or `issuer` if there is none, names the key set, and that this machine reaches it.";
                report.problem("keys", &subject, &format!("its keys cannot be read: {error}"), advice);
            }
        }
    }
}
