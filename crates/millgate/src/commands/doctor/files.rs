//! Files and folders: who can read them, what they hold, and whether one can write.

use super::report::Report;
use super::validity::validity;
use crate::tls;
use model::{Entropy, Millis, SystemEntropy};
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const AREA: &str = "keys";
/// When the end of a certificate is worth a warning.
const SOON: Millis = 30 * 24 * 3_600 * 1_000;
const MILLIS_PER_DAY: Millis = 24 * 3_600 * 1_000;

/// A name that nobody else has.
pub(super) fn probe_name() -> String {
    format!(".millgate-doctor-{}", model::ambient::uuid_hex(&SystemEntropy as &dyn Entropy))
}

/// Writes a file in a folder, reads it and deletes it.
///
/// # Errors
/// Why one of these cannot be done; nothing is left then either, unless it is the deletion.
pub(super) fn probe_folder(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(probe_name());
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
    let written = file.write_all(b"probe").and_then(|()| file.sync_all());
    let read = written.and_then(|()| {
        let mut back = Vec::new();
        std::fs::File::open(&path)?.read_to_end(&mut back)?;
        if back == b"probe" {
            Ok(())
        } else {
            Err(std::io::Error::other("what was written is not what is read"))
        }
    });
    let deleted = std::fs::remove_file(&path);
    read.and(deleted)
}

/// The bits of a file's mode.
fn mode(path: &Path) -> Option<u32> {
    path.metadata().ok().filter(|metadata| metadata.is_file()).map(|metadata| metadata.permissions().mode())
}

/// A private key that others can read is theirs, too.
pub(super) fn private_key(path: &Path, report: &mut Report) {
    let subject = path.display().to_string();
    match mode(path) {
        Some(mode) if mode & 0o044 != 0 => report.warning(
            AREA,
            &subject,
            "other users of this machine can read the private key",
            Some("chmod 600 it, and make the server's system user its owner."),
        ),
        Some(_) => report.ok(AREA, &subject, "the private key is readable by its owner alone"),
        // That it cannot be read is said elsewhere.
        None => {}
    }
}

/// Keys that anybody can write are anybody's.
pub(super) fn public_keys(path: &Path, subject: &str, report: &mut Report) {
    if mode(path).is_some_and(|mode| mode & 0o022 != 0) {
        report.warning(
            AREA,
            subject,
            &format!("other users of this machine can write {}", path.display()),
            Some("chmod 644 it: who writes it lets in whom they like."),
        );
    }
}

/// The file of settings may hold passwords.
pub(super) fn settings(path: &Path, report: &mut Report) {
    if mode(path).is_some_and(|mode| mode & 0o004 != 0) {
        report.warning(
            "configuration",
            &path.display().to_string(),
            "every user of this machine can read it, with what passwords it holds",
            Some("chmod 600 it, and make the server's system user its owner."),
        );
    }
}

/// How long the certificates of a chain are good.
pub(super) fn certificate(path: &Path, now: Millis, report: &mut Report) {
    let subject = path.display().to_string();
    // That they cannot be read is said elsewhere.
    let Ok(chain) = tls::certificates(path) else { return };
    let mut end = Millis::MAX;
    for each in &chain {
        let Some((from, until)) = validity(each) else {
            report.warning(AREA, &subject, "holds a certificate whose dates cannot be read", None);
            return;
        };
        if now < from {
            let said =
                format!("a certificate counts only in {} days", from.saturating_sub(now) / MILLIS_PER_DAY);
            report.problem(AREA, &subject, &said, "See that the clock is right, or wait.");
            return;
        }
        end = end.min(until);
    }
    let left = end.saturating_sub(now);
    let advice = "Renew it, and restart the server.";
    if left <= 0 {
        report.problem(AREA, &subject, "a certificate has expired", advice);
    } else if left < SOON {
        let said = format!("a certificate expires in {} days", left / MILLIS_PER_DAY);
        report.warning(AREA, &subject, &said, Some(advice));
    } else {
        report.ok(AREA, &subject, &format!("the certificates are good for {} days", left / MILLIS_PER_DAY));
    }
}
