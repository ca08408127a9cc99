//! Where artifacts are kept: whether a probe can be written, read and deleted.

use super::files::{probe_folder, probe_name};
use super::report::Report;
use crate::config::{Environment, ServerConfig};
use artifacts::object::{Patience, is_object_scheme};
use artifacts::{ObjectStores, Repository, SafePath};
use bytes::Bytes;
use futures::{TryStreamExt, stream};
use std::path::Path;
use std::time::Duration;

const AREA: &str = "artifacts";
/// How long a store may take for all three.
const PATIENCE: Duration = Duration::from_secs(60);
const PROBE: &[u8] = b"probe";

pub(super) async fn look(config: &ServerConfig, environment: &Environment, report: &mut Report) {
    let stores = ObjectStores::new(environment.for_stores(), Patience::default());
    let root = &config.default_artifact_root;
    let is_kept_here = match root.split_once(':') {
        Some((scheme, _)) => {
            is_object_scheme(&scheme.to_ascii_lowercase()) || scheme.eq_ignore_ascii_case("file")
        }
        None => true,
    };
    let places = config
        .artifacts_destination
        .iter()
        .map(|uri| ("--artifacts-destination", uri))
        .chain(is_kept_here.then_some(("--default-artifact-root", root)))
        .chain(config.artifact_stores.iter().map(|uri| ("MILLGATE_ARTIFACT_STORES", uri)));
    for (what, uri) in places {
        let subject = format!("{what} {uri}");
        match Repository::from_uri(uri, environment.working_directory(), &stores) {
            Ok(Repository::Local(local)) => folder(local.root(), &subject, report),
            Ok(repository) => store(&repository, &subject, report).await,
            Err(error) => {
                let advice = "See the credentials and addresses of the object store in the environment.";
                report.problem(AREA, &subject, &error.to_string(), advice);
            }
        }
    }
}

/// A folder that is not there is made by the first upload; what it will be made in is tried then.
fn folder(path: &Path, subject: &str, report: &mut Report) {
    const ADVICE: &str = "Let the server's system user read and write the folder.";
    if path.is_dir() {
        match probe_folder(path) {
            Ok(()) => report.ok(AREA, subject, "a probe was written, read and deleted"),
            Err(error) => {
                report.problem(
                    AREA,
                    subject,
                    &format!("a probe cannot be written, read and deleted: {error}"),
                    ADVICE,
                );
            }
        }
        return;
    }
    let above = path.ancestors().skip(1).find(|above| above.exists()).unwrap_or(path);
    match probe_folder(above) {
        Ok(()) if !path.exists() => {
            report.ok(AREA, subject, "is not there yet; the first upload makes it");
        }
        Ok(()) => report.problem(AREA, subject, "is no folder", "Name a folder."),
        Err(error) => {
            let said = format!("is not there, and cannot be made in {}: {error}", above.display());
            report.problem(AREA, subject, &said, ADVICE);
        }
    }
}

async fn store(repository: &Repository, subject: &str, report: &mut Report) {
    let tried = tokio::time::timeout(PATIENCE, probe(repository)).await;
    let advice = "See that the bucket is there, that the credentials in the environment may read, write and delete in it, and that \
                  this machine reaches it.";
    match tried {
        Ok(Ok(())) => report.ok(AREA, subject, "a probe was written, read and deleted"),
        Ok(Err((step, error))) => {
            report.problem(AREA, subject, &format!("a probe cannot be {step}: {error}"), advice);
        }
        Err(_) => {
            let said = format!("does not answer within {} s", PATIENCE.as_secs());
            report.problem(AREA, subject, &said, advice);
        }
    }
}

/// # Errors
/// Which step failed and why; what was written is deleted all the same where that can be done.
async fn probe(repository: &Repository) -> Result<(), (&'static str, artifacts::Error)> {
    let path = SafePath::parse(&probe_name()).map_err(|error| ("named", error))?;
    let content = stream::iter([Ok::<_, artifacts::Error>(Bytes::from_static(PROBE))]);
    repository.write(&path, content).await.map_err(|error| ("written", error))?;
    let read = read(repository, &path).await.map_err(|error| ("read", error));
    let deleted = repository.delete(&path).await.map_err(|error| ("deleted", error));
    read.and(deleted)
}

async fn read(repository: &Repository, path: &SafePath) -> Result<(), artifacts::Error> {
    let download = repository.read(path, None).await?;
    let chunks: Vec<Bytes> = download.stream.try_collect().await.map_err(artifacts::Error::Io)?;
    if chunks.concat() == PROBE {
        return Ok(());
    }
    Err(artifacts::Error::Io(std::io::Error::other("what was written is not what is read")))
}
