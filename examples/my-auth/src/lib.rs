//! Authentication of one's own: tokens, which administrators hand out, beside the logins that are built in.
//!
//! ```ini
//! [my-auth]
//! tokens = /var/lib/my-auth/tokens.json
//! ```

mod api;
mod authenticator;
pub mod client;
mod tokens;

use authenticator::TokenAuthenticator;
use millgate::{App, Error, Need, Route};
use std::sync::Arc;
use tokens::Tokens;

/// The app factory: what `server --app-name my-auth` adds to the server.
///
/// # Errors
/// When the file of tokens is not configured, or cannot be read.
pub fn create_app(mut app: App) -> Result<App, Error> {
    let path = app.required_setting("tokens")?;
    let tokens = Arc::new(Tokens::open(path.into())?);
    let (create, list, revoke) = (Arc::clone(&tokens), Arc::clone(&tokens), Arc::clone(&tokens));
    let users = app.users();
    let known = app.users();
    Ok(app
        .authenticator(TokenAuthenticator::new(tokens, users))
        .route(Route::post("/my-auth/tokens", Need::Administrator, move |call| {
            api::create(Arc::clone(&create), known.clone(), call)
        }))
        .route(Route::get("/my-auth/tokens", Need::Administrator, move |_| api::list(Arc::clone(&list))))
        .route(Route::delete("/my-auth/tokens/{id}", Need::Administrator, move |call| {
            api::revoke(Arc::clone(&revoke), call)
        })))
}
