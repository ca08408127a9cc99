//! The page on which administrators make users.

use super::Page;
use http::StatusCode;
use maud::{Markup, html};
use operations::messages::{SignUpPage, SignUpState};
use operations::{FormTicket, Method, ROWS};

impl Page for SignUpPage {
    fn status(&self) -> StatusCode {
        match &self.state {
            SignUpState::Refused { error, .. } => {
                StatusCode::from_u16(error.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
            SignUpState::Blank | SignUpState::ForAdministrators | SignUpState::SignedUp { .. } => {
                StatusCode::OK
            }
        }
    }

    fn title(&self) -> &'static str {
        match &self.state {
            SignUpState::SignedUp { .. } => "User signed up",
            _ => "Sign up a user",
        }
    }

    fn content(&self, prefix: &str) -> Markup {
        match &self.state {
            SignUpState::Blank => form(self, prefix, "", None),
            SignUpState::Refused { username, error } => form(self, prefix, username, Some(&error.message)),
            SignUpState::ForAdministrators => html! {
                p { "This form is for administrators of the server." }
                p { "Administrators of a workspace sign users up with the API " code { "users/create" } "." }
            },
            SignUpState::SignedUp { username } => html! {
                p.done role="status" { "Successfully signed up user: " strong { (username) } }
                p { a href={ (prefix) "/signup" } { "Sign up another user" } }
                @if has_home() { p { a href={ (prefix) "/" } { "Home" } } }
            },
        }
    }

    fn ticket(&self) -> &FormTicket {
        &self.ticket
    }
}

/// Whether the server has pages to go home to.
fn has_home() -> bool {
    ROWS.iter().flat_map(|row| row.endpoints()).any(|endpoint| endpoint == (Method::Get, "/".to_owned()))
}

fn form(page: &SignUpPage, prefix: &str, username: &str, error: Option<&str>) -> Markup {
    html! {
        @if let Some(error) = error { p.error #error role="alert" { (error) } }
        form method="post" action={ (prefix) "/api/2.0/mlflow/users/create-ui" } accept-charset="utf-8" {
            // MLflow's clients look for the name and the value side by side.
            input type="hidden" name="csrf_token" value=(page.ticket.token);
            label for="username" { "User name" }
            input #username name="username" value=(username) required maxlength="255" autocomplete="off"
                autocapitalize="none" spellcheck="false" autofocus aria-describedby=[error.map(|_| "error")];
            label for="password" { "Password" }
            input #password name="password" type="password" required minlength=(page.min_password_chars) autocomplete="new-password"
                aria-describedby="password-hint";
            p.hint #password-hint { "At least " (page.min_password_chars) " characters." }
            button type="submit" { "Sign up" }
        }
    }
}
