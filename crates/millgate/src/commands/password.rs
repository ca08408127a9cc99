//! New passwords: from the terminal, a file, standard input, or made up. Never from an argument or a variable, which other
//! programs of the machine may read.

use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use identity::passwords::{MAX_PASSWORD_BYTES, PasswordPolicy, PolicyError};
use model::Entropy;

use super::table::harmless;
use crate::cli::PasswordArgs;
use crate::config::Secret;

/// Bytes that are read at most: the longest password, a line's end, and one more that shows that there is more.
const MAX_READ: usize = MAX_PASSWORD_BYTES + "\r\n".len() + 1;

/// Why there is no new password. No message holds any of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PasswordError {
    #[error(
        "there is no terminal to ask for a password at; give it with --password-stdin or --password-file, or let \
         --generate make one up"
    )]
    NoTerminal,
    #[error(
        "--password-stdin: standard input is a terminal, which would show the password; without this option it is asked for"
    )]
    ShownAtTerminal,
    #[error("the two passwords differ")]
    Different,
    #[error("the password cannot be read from the terminal: {0}")]
    Terminal(std::io::Error),
    #[error("--password-file: {} cannot be read: {source}", .path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("--password-stdin: {0}")]
    Stdin(std::io::Error),
    #[error("the password is not UTF-8")]
    NotText,
    #[error("the password must be one line, without a NUL character")]
    NotOneLine,
    #[error("{0}")]
    Policy(#[from] PolicyError),
}

/// A password that fits the policy.
#[derive(Debug)]
pub(super) struct NewPassword {
    pub(super) secret: Secret,
    /// Nobody knows it yet: it must be shown once.
    pub(super) is_generated: bool,
}

impl NewPassword {
    /// Takes the password from where the arguments say, else asks for it at the terminal. It waits there for as long as the
    /// person takes.
    ///
    /// # Errors
    /// When there is none, or one that the policy refuses.
    pub(super) fn take(
        args: &PasswordArgs,
        username: &str,
        policy: PasswordPolicy,
        entropy: &dyn Entropy,
    ) -> Result<Self, PasswordError> {
        if args.generate {
            return Ok(Self { secret: Secret::new(policy.generate(entropy)), is_generated: true });
        }
        let secret = match &args.password_file {
            Some(path) => from_file(path)?,
            None if args.password_stdin => from_stdin()?,
            None => from_terminal(username, policy)?,
        };
        policy.check(secret.expose())?;
        Ok(Self { secret, is_generated: false })
    }
}

fn from_file(path: &Path) -> Result<Secret, PasswordError> {
    let failed = |source| PasswordError::File { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    if file.metadata().is_ok_and(|metadata| others_may_read(&metadata)) {
        tracing::warn!("--password-file: others can read {}; `chmod 600` keeps it to you", path.display());
    }
    one_line(read(&mut file).map_err(failed)?)
}

/// A pipe is read by one program, whatever its mode says.
fn others_may_read(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.is_file() && metadata.permissions().mode() & 0o044 != 0
}

fn from_stdin() -> Result<Secret, PasswordError> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(PasswordError::ShownAtTerminal);
    }
    one_line(read(&mut stdin.lock()).map_err(PasswordError::Stdin)?)
}

fn from_terminal(username: &str, policy: PasswordPolicy) -> Result<Secret, PasswordError> {
    if !std::io::stdin().is_terminal() {
        return Err(PasswordError::NoTerminal);
    }
    let ask =
        |prompt: String| rpassword::prompt_password(prompt).map(Secret::new).map_err(PasswordError::Terminal);
    let first = ask(format!("New password for {}: ", harmless(username)))?;
    policy.check(first.expose())?;
    if ask("The same again: ".to_owned())? != first {
        return Err(PasswordError::Different);
    }
    Ok(first)
}

fn read(source: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(MAX_READ);
    source.take(MAX_READ as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A text without the line's end that editors and `echo` put behind it.
fn one_line(mut bytes: Vec<u8>) -> Result<Secret, PasswordError> {
    if bytes.ends_with(b"\n") {
        bytes.pop();
        if bytes.ends_with(b"\r") {
            bytes.pop();
        }
    }
    if bytes.len() > MAX_PASSWORD_BYTES {
        return Err(PolicyError::LongPassword.into());
    }
    let text = String::from_utf8(bytes).map_err(|_| PasswordError::NotText)?;
    if text.contains(['\0', '\n', '\r']) {
        return Err(PasswordError::NotOneLine);
    }
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(mut bytes: &[u8]) -> Result<String, String> {
        let read = read(&mut bytes).unwrap();
        one_line(read).map(|secret| secret.expose().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn one_end_of_the_line_is_left_out() {
        for (bytes, password) in [
            (&b"secret"[..], "secret"),
            (b"secret\n", "secret"),
            (b"secret\r\n", "secret"),
            (b" a b ", " a b "),
            ("gr\u{fc}n\n".as_bytes(), "gr\u{fc}n"),
            (b"", ""),
            (b"\n", ""),
        ] {
            assert_eq!(taken(bytes), Ok(password.to_owned()));
        }
    }

    #[test]
    fn what_is_no_line_of_text_is_refused_and_not_shown() {
        for bytes in
            [&b"secret\n\n"[..], b"secret\nmore", b"sec\0ret", b"secret\r", b"\xffsecret", b"\nsecret"]
        {
            let error = taken(bytes).unwrap_err();
            assert!(!error.contains("sec"), "{error}");
        }
    }

    #[test]
    fn the_longest_password_has_1024_bytes() {
        let longest = "x".repeat(MAX_PASSWORD_BYTES);
        assert_eq!(taken(format!("{longest}\r\n").as_bytes()), Ok(longest.clone()));
        for tail in ["x", "x\n", "\u{fc}\r\n", &longest] {
            assert!(
                taken(format!("{longest}{tail}").as_bytes()).unwrap_err().contains("1024 bytes"),
                "{tail}"
            );
        }
    }
}
