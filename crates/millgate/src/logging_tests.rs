use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;
use crate::config::Secret;

fn resolve(level: Option<&str>, dev: bool, variables: &[(&str, &str)]) -> Result<LogConfig, LogError> {
    let args = LoggingArgs { log_format: None, log_level: level.map(str::to_owned) };
    LogConfig::resolve(&args, dev, &Environment::new("/", variables.iter().copied()))
}

#[test]
fn the_level_comes_from_flag_then_our_variable_then_mlflows_then_dev() {
    let both = [("MILLGATE_LOG", "trace"), ("MLFLOW_LOGGING_LEVEL", "ERROR")];
    for (level, dev, variables, expected) in [
        (None, false, &[][..], "info"),
        (None, true, &[], "debug"),
        (None, true, &both[1..], "error"),
        (None, false, &both, "trace"),
        (Some("warn"), true, &both, "warn"),
        (Some("WARNING"), false, &[], "warn"),
        (Some(""), false, &[], "info"),
        (Some("critical"), false, &[], "error"),
        (Some("info,gate=debug"), false, &[], "info,gate=debug"),
    ] {
        assert_eq!(resolve(level, dev, variables).unwrap().directives(), expected);
    }
}

#[test]
fn a_misspelt_level_is_an_error_that_names_its_origin() {
    for level in ["infoo", "debug=loud", "2"] {
        let error = resolve(Some(level), false, &[]).unwrap_err().to_string();
        assert!(error.starts_with("--log-level") && error.contains(level), "{error}");
    }
    let error = resolve(None, false, &[("MLFLOW_LOGGING_LEVEL", "LOUD")]).unwrap_err().to_string();
    assert!(error.starts_with("MLFLOW_LOGGING_LEVEL"), "{error}");
}

#[test]
fn the_format_comes_from_flag_then_variable() {
    let variables = [("MILLGATE_LOG_FORMAT", "JSON")];
    assert_eq!(resolve(None, false, &variables).unwrap().format, LogFormat::Json);
    let args = LoggingArgs { log_format: Some(LogFormat::Text), log_level: None };
    let config = LogConfig::resolve(&args, false, &Environment::new("/", variables)).unwrap();
    assert_eq!(config.format, LogFormat::Text);
    assert!(resolve(None, false, &[("MILLGATE_LOG_FORMAT", "xml")]).is_err());
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
