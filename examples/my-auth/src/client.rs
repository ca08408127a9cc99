//! A client for managing tokens, for administrators.

pub use crate::tokens::Token;
use reqwest::{Method, Response};
use serde::Deserialize;
use serde_json::{Value, json};

/// Why something could not be done.
#[derive(Debug)]
pub enum ClientError {
    /// The server could not be asked.
    Request(reqwest::Error),
    /// It refused, with this status and message.
    Refused(u16, String),
}

impl std::fmt::Display for ClientError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Request(error) => error.fmt(f),
            Self::Refused(status, message) => write!(f, "{status}: {message}"),
        }
    }
}

impl std::error::Error for ClientError {}

impl From<reqwest::Error> for ClientError {
    fn from(error: reqwest::Error) -> Self {
        Self::Request(error)
    }
}

/// A token that was just made.
#[derive(Debug, Deserialize)]
pub struct NewToken {
    /// What it is revoked by.
    pub id: String,
    /// The token itself, shown this once.
    pub token: String,
}

#[derive(Deserialize)]
struct TokenList {
    tokens: Vec<Token>,
}

/// A client with the TLS library that the server has, too.
pub fn http_client() -> reqwest::Client {
    // Whoever is first in the process chooses for all; there is one choice here.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::new()
}

/// Manages tokens with an administrator's name and password.
#[derive(Debug, Clone)]
pub struct MyAuthClient {
    tracking_uri: String,
    username: String,
    password: String,
    http: reqwest::Client,
}

impl MyAuthClient {
    /// A client of the server at `tracking_uri`, such as `http://127.0.0.1:5000`.
    pub fn new(tracking_uri: &str, username: &str, password: &str) -> Self {
        Self {
            tracking_uri: tracking_uri.trim_end_matches('/').to_owned(),
            username: username.to_owned(),
            password: password.to_owned(),
            http: http_client(),
        }
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response, ClientError> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.tracking_uri))
            .basic_auth(&self.username, Some(&self.password));
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        Err(ClientError::Refused(answer.status().as_u16(), answer.text().await?))
    }

    /// Makes a token for a user.
    ///
    /// # Errors
    /// When there is no such user, or the caller is no administrator.
    pub async fn create_token(&self, username: &str) -> Result<NewToken, ClientError> {
        let body = json!({"username": username});
        Ok(self.send(Method::POST, "/my-auth/tokens", Some(&body)).await?.json().await?)
    }

    /// All tokens, without their texts.
    ///
    /// # Errors
    /// When the caller is no administrator.
    pub async fn list_tokens(&self) -> Result<Vec<Token>, ClientError> {
        let list: TokenList = self.send(Method::GET, "/my-auth/tokens", None).await?.json().await?;
        Ok(list.tokens)
    }

    /// Revokes a token: it is refused from the next request on.
    ///
    /// # Errors
    /// When there is no such token, or the caller is no administrator.
    pub async fn revoke_token(&self, id: &str) -> Result<(), ClientError> {
        self.send(Method::DELETE, &format!("/my-auth/tokens/{id}"), None).await.map(drop)
    }
}
