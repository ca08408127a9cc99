//! Access tokens.

use crate::{Answer, Call, Service, given, handle};
use authz::Level;
use identity::{IssuedToken, Principal, TokenRequest, checked_token_level, checked_token_resource};
use model::{Error, Result};
use operations::messages::{CreatedToken, Done, Token, TokenList, TokenResource, TokenSecret};
use operations::{Confidential, CreateToken, Json, ListTokens, RevokeToken};
use store::auth::tokens::StoredToken;

handle!(CreateToken, create_token);
handle!(ListTokens, list_tokens);
handle!(RevokeToken, revoke_token);

fn shown(token: StoredToken) -> Token {
    let resources = token.resources.into_iter();
    Token {
        token_id: token.id,
        username: token.username,
        name: token.name,
        permission: token.level.as_str(),
        resources: resources
            .map(|key| TokenResource { resource_type: key.kind.as_str().to_owned(), resource_id: key.id })
            .collect(),
        creation_time: token.created_at,
        expiration_time: token.expires_at,
        last_used_time: token.last_used_at,
    }
}

/// Whose tokens a request is about: the caller's unless it names somebody, as the gate understood it.
fn owner(caller: &Principal, named: Option<String>) -> Result<String> {
    match named.filter(|name| !name.is_empty()) {
        Some(name) => Ok(name),
        None => caller.username().map(str::to_owned).ok_or_else(|| Error::not_found("Nobody is logged in.")),
    }
}

impl Service {
    async fn create_token(&self, call: Call<CreateToken>) -> Answer<CreateToken> {
        let actor = call.actor().clone();
        let (caller, input) = call.into_parts();
        let input = input.0;
        let username = owner(&caller, input.username)?;
        let permission = input.permission.filter(|level| !level.is_empty());
        let request = TokenRequest {
            name: given(input.name, "name")?,
            level: permission.map_or(Ok(Level::Manage), |level| checked_token_level(&level))?,
            resources: input
                .resources
                .unwrap_or_default()
                .iter()
                .map(|resource| checked_token_resource(&resource.resource_type, &resource.resource_id))
                .collect::<Result<_>>()?,
            expires_at: input.expiration_time.map(|time| time.0),
            not_after: caller.user().and_then(|user| user.credentials.expires_at()),
        };
        let IssuedToken { token, secret } = self.people()?.tokens.create(&actor, &username, request).await?;
        Ok(Confidential(CreatedToken {
            token: shown(token),
            secret: TokenSecret(secret.expose().to_owned()),
        }))
    }

    async fn list_tokens(&self, call: Call<ListTokens>) -> Answer<ListTokens> {
        let (caller, input) = call.into_parts();
        let username = owner(&caller, input.0.username)?;
        let tokens = self.people()?.tokens.list(Some(&username)).await?;
        Ok(Json(TokenList { tokens: tokens.into_iter().map(shown).collect() }))
    }

    async fn revoke_token(&self, call: Call<RevokeToken>) -> Answer<RevokeToken> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let id = given(input.0.token_id, "token_id")?;
        self.people()?.tokens.revoke(&actor, id.0).await?;
        Ok(Json(Done {}))
    }
}
