//! What pages for browsers say. How they look is the gate's.

use crate::io::FormTicket;
use model::Error;

/// The page on which administrators make users.
#[derive(Debug)]
pub struct SignUpPage {
    pub ticket: FormTicket,
    /// The fewest characters that a password may have.
    pub min_password_chars: usize,
    pub state: SignUpState,
}

/// How far a sign-up has come.
#[derive(Debug)]
pub enum SignUpState {
    /// Nothing was entered yet.
    Blank,
    /// The caller may see the page, but the form is not for them.
    ForAdministrators,
    /// What was entered was refused. The password is not kept.
    Refused { username: String, error: Error },
    /// There is a user of this name.
    SignedUp { username: String },
}
