//! The Python of plugins: whether it runs, has an MLflow that is supported, and loads what it is to run.

use super::report::Report;
use crate::chosen_app::ChosenApp;
use crate::config::{AuthConfig, Environment, PythonConfig};
use python_host::Load;

const AREA: &str = "python";
/// The oldest MLflow whose plugins are run.
const OLDEST: (u32, u32) = (2, 22);
/// The one that they are tried with.
const NEWEST: (u32, u32) = (3, 17);

/// Looks only where a server would start Python, or Python is named.
pub(super) async fn look(
    app: Option<&ChosenApp>,
    auth: Option<&AuthConfig>,
    config: &PythonConfig,
    environment: &Environment,
    report: &mut Report,
) {
    let function = auth.and_then(|auth| auth.authorization_function.as_ref());
    let what = match (app, function) {
        (Some(ChosenApp::Python(app)), _) => Load::App(app),
        (_, Some(function)) => Load::Function(&function.name),
        _ if environment.get_nonempty("MILLGATE_PYTHON").is_some() => Load::Mlflow,
        _ => return,
    };
    let subject = config.python.path().display().to_string();
    let loaded = match config.python.load(what).await {
        Ok(loaded) => loaded,
        Err(error) => {
            let advice =
                "Set MILLGATE_PYTHON to a Python in whose environment MLflow and the plugin are installed.";
            report.problem(AREA, &subject, &error.to_string(), advice);
            return;
        }
    };
    report.ok(AREA, &subject, &format!("runs; Python {}", loaded.python));
    let Some(version) = &loaded.mlflow else {
        let said = format!("MLflow cannot be imported: {}", loaded.error.as_deref().unwrap_or_default());
        report.problem(AREA, &subject, &said, "Install it there: pip install mlflow.");
        return;
    };
    match release(version) {
        Some(release) if release < OLDEST => {
            let said =
                format!("has MLflow {version}; apps are run with MLflow {}.{} and later", OLDEST.0, OLDEST.1);
            report.problem(AREA, &subject, &said, "Upgrade it there: pip install --upgrade mlflow.");
        }
        Some(release) if release > NEWEST => {
            let said = format!("has MLflow {version}, which is newer than this Millgate knows");
            report.warning(
                AREA,
                &subject,
                &said,
                Some("See that the app does what it should, or use a newer Millgate."),
            );
        }
        Some(_) => report.ok(AREA, &subject, &format!("has MLflow {version}")),
        None => report.warning(AREA, &subject, &format!("has MLflow {version}, which is no version"), None),
    }
    let name = match what {
        Load::App(app) => format!("the app '{}'", app.name),
        Load::Function(name) => format!("the function {name}"),
        Load::Mlflow => return,
    };
    match &loaded.error {
        None => report.ok(AREA, &subject, &format!("loads {name}")),
        Some(error) => {
            let advice = "Install what it needs there, and see that its name is right.";
            report.problem(AREA, &subject, &format!("{name} cannot be loaded: {error}"), advice);
        }
    }
}

/// The first two numbers of a version.
fn release(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.');
    let number = |text: Option<&str>| text?.parse::<u32>().ok();
    Some((number(numbers.next())?, number(numbers.next())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_the_first_two_numbers() {
        for (version, expected) in [
            ("3.17.2", Some((3, 17))),
            ("3.0.0rc1", Some((3, 0))),
            ("2.9", Some((2, 9))),
            ("3", None),
            ("x.y", None),
        ] {
            assert_eq!(release(version), expected, "{version}");
        }
    }
}
