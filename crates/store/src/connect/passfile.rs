//! libpq's file of passwords, `~/.pgpass`. sqlx would read it, too, but for the host that the variables name, and it logs
//! lines that it does not understand.

use std::io::Read;
use std::path::Path;

/// More than any file of passwords needs, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// Whose password is looked up.
pub(super) struct Target<'a> {
    /// `localhost` for a Unix socket in its usual place.
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) database: &'a str,
    pub(super) user: &'a str,
}

/// The password of the first line that fits. A file that others than its owner may read counts for nothing, as with libpq.
pub(super) fn password(file: &Path, target: &Target<'_>) -> Option<String> {
    match read(file) {
        Ok(text) => find(&text, target),
        Err(error) => {
            tracing::warn!(file = %file.display(), %error, "the file of passwords is not used");
            None
        }
    }
}

fn read(file: &Path) -> std::io::Result<String> {
    use std::io::{Error, ErrorKind};
    let opened = std::fs::File::open(file)?;
    let metadata = opened.metadata()?;
    if !metadata.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, "it is no plain file"));
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
        return Err(Error::new(ErrorKind::PermissionDenied, "others than its owner may read it (chmod 600)"));
    }
    let mut text = String::new();
    opened.take(MAX_FILE).read_to_string(&mut text)?;
    Ok(text)
}

/// A line is `host:port:database:user:password`. A field `*` fits everything; a backslash takes the meaning from a `:` or
/// another backslash.
fn find(text: &str, target: &Target<'_>) -> Option<String> {
    let port = target.port.to_string();
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut rest = line;
        for wanted in [target.host, &port, target.database, target.user] {
            let (field, after) = next_field(rest)?;
            if field != "*" && unescaped(field) != wanted {
                return None;
            }
            rest = after;
        }
        Some(unescaped(rest)).filter(|password| !password.is_empty())
    })
}

/// The text up to the next `:` that has its meaning, and what follows it.
fn next_field(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    let end = text.find(|c| {
        let ends = c == ':' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    let (field, rest) = text.split_at_checked(end)?;
    Some((field, rest.strip_prefix(':')?))
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    plain
}

#[cfg(test)]
#[path = "passfile_tests.rs"]
mod tests;
