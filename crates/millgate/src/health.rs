//! `millgate health`: asks a server whether it is ready, as an orchestrator does it that can only run a program.

use crate::cli::HealthArgs;
use crate::config::{DEFAULT_PORT, Environment};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::net::TcpStream;
use url::Url;

/// Why a server does not count as ready.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HealthError {
    #[error(
        "{0:?} is no URL that can be asked: it must be like http://127.0.0.1:5000/health/ready, without TLS"
    )]
    Url(String),
    #[error("the server at {address} cannot be reached: {error}")]
    Unreachable { address: String, error: std::io::Error },
    #[error("the server did not answer: {0}")]
    Broken(#[from] hyper::Error),
    #[error("the server did not answer within {0} s")]
    Silent(u32),
    #[error("the server is not ready: it answered {0}")]
    NotReady(http::StatusCode),
}

/// Asks, and comes back without an error when the answer is a success.
///
/// # Errors
/// When the server cannot be asked in time or says that it is not ready.
pub(crate) async fn ask(args: &HealthArgs, environment: &Environment) -> Result<(), HealthError> {
    let url = args.url.clone().unwrap_or_else(|| of_this_machine(environment));
    let url = Url::parse(&url)
        .ok()
        .filter(|parsed| parsed.scheme() == "http" && parsed.has_host())
        .ok_or(HealthError::Url(url))?;
    let patience = Duration::from_secs(args.timeout.into());
    match tokio::time::timeout(patience, status(&url)).await {
        Ok(Ok(status)) if status.is_success() => Ok(()),
        Ok(Ok(status)) => Err(HealthError::NotReady(status)),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(HealthError::Silent(args.timeout)),
    }
}

/// Where a server answers that was started with the same variables and no flags.
fn of_this_machine(environment: &Environment) -> String {
    let port =
        environment.get_nonempty("MLFLOW_PORT").map_or_else(|| DEFAULT_PORT.to_string(), str::to_owned);
    let prefix = environment.get_nonempty("MLFLOW_STATIC_PREFIX").unwrap_or_default();
    format!("http://127.0.0.1:{port}{prefix}/health/ready")
}

async fn status(url: &Url) -> Result<http::StatusCode, HealthError> {
    let host = url.host_str().unwrap_or_default();
    let address = format!("{host}:{}", url.port_or_known_default().unwrap_or(80));
    let stream = TcpStream::connect(&address)
        .await
        .map_err(|error| HealthError::Unreachable { address: address.clone(), error })?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let asking = async {
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let request = http::Request::get(path).header(http::header::HOST, &address).body(String::new());
        let request = request.map_err(|_| HealthError::Url(url.to_string()))?;
        Ok(sender.send_request(request).await?.status())
    };
    // The connection is what moves the bytes; it ends with the answer or by itself when it breaks, and then so does the asking.
    let connection = async {
        let _ = connection.await;
        std::future::pending().await
    };
    tokio::select! {
        answer = asking => answer,
        never = connection => never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_url_the_variables_of_the_server_say_where_it_is() {
        let environment = Environment::new("/", [("MLFLOW_PORT", "8080"), ("MLFLOW_STATIC_PREFIX", "/ml")]);
        assert_eq!(of_this_machine(&environment), "http://127.0.0.1:8080/ml/health/ready");
        let none: [(&str, &str); 0] = [];
        assert_eq!(of_this_machine(&Environment::new("/", none)), "http://127.0.0.1:5000/health/ready");
    }
}
