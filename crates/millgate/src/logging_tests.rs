use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;
use crate::config::Secret;

fn resolve(
    level: Option<&str>,
    default_level: &str,
    variables: &[(&str, &str)],
) -> Result<LogConfig, LogError> {
    let args = LoggingArgs { log_format: None, log_level: level.map(str::to_owned) };
    LogConfig::resolve(&args, default_level, &Environment::new("/", variables.iter().copied()))
}

#[test]
fn the_level_comes_from_flag_then_our_variable_then_mlflows_then_the_default() {
    let both = [("MILLGATE_LOG", "trace"), ("MLFLOW_LOGGING_LEVEL", "ERROR")];
    for (level, default_level, variables, expected) in [
        (None, "info", &[][..], "info"),
        (None, "debug", &[], "debug"),
        (None, "debug", &both[1..], "error"),
        (None, "info", &both, "trace"),
        (Some("warn"), "debug", &both, "warn"),
        (Some("WARNING"), "info", &[], "warn"),
        (Some(""), "info", &[], "info"),
        (Some("critical"), "info", &[], "error"),
        (Some("info,gate=debug"), "info", &[], "info,gate=debug"),
    ] {
        assert_eq!(resolve(level, default_level, variables).unwrap().directives(), expected);
    }
}

#[test]
fn a_misspelt_level_is_an_error_that_names_its_origin() {
    for level in ["infoo", "debug=loud", "2"] {
        let error = resolve(Some(level), "info", &[]).unwrap_err().to_string();
        assert!(error.starts_with("--log-level") && error.contains(level), "{error}");
    }
    let error = resolve(None, "info", &[("MLFLOW_LOGGING_LEVEL", "LOUD")]).unwrap_err().to_string();
    assert!(error.starts_with("MLFLOW_LOGGING_LEVEL"), "{error}");
}

#[test]
fn the_format_comes_from_flag_then_variable() {
    let variables = [("MILLGATE_LOG_FORMAT", "JSON")];
    assert_eq!(resolve(None, "info", &variables).unwrap().format, LogFormat::Json);
    let args = LoggingArgs { log_format: Some(LogFormat::Text), log_level: None };
    let config = LogConfig::resolve(&args, "info", &Environment::new("/", variables)).unwrap();
    assert_eq!(config.format, LogFormat::Text);
    assert!(resolve(None, "info", &[("MILLGATE_LOG_FORMAT", "xml")]).is_err());
}

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn logged(format: LogFormat) -> String {
    let buffer = Buffer::default();
    let writer = buffer.clone();
    let config = LogConfig { format, directives: "info".to_owned() };
    let subscriber = subscriber(&config, move || writer.clone(), false);
    tracing::subscriber::with_default(subscriber, || {
        tracing::info!(port = 5000, password = ?Secret::new("hunter2"), "listening");
        tracing::debug!("too fine");
    });
    String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap()
}

#[test]
fn a_line_is_text_for_people_and_an_object_for_machines() {
    let text = logged(LogFormat::Text);
    assert!(text.contains("INFO") && text.contains("listening") && text.contains("port=5000"), "{text}");
    let json = logged(LogFormat::Json);
    assert!(json.starts_with('{') && json.contains(r#""message":"listening""#), "{json}");
    assert!(json.contains(r#""port":5000"#), "{json}");
    for log in [text, json] {
        assert_eq!(log.lines().count(), 1);
        assert!(!log.contains("hunter2"));
    }
}
