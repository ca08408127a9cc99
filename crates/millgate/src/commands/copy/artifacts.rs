//! Artifacts from one place to another. A file is skipped where the target has one of its name and size: artifacts are written
//! once, and a file appears in the target whole or not at all, so that the same command goes on where it was broken off.

use crate::RunError;
use crate::commands::progress::Progress;
use crate::commands::{refused, say};
use crate::config::Environment;
use artifacts::object::Patience;
use artifacts::{FileInfo, ObjectStores, Repository, SafePath};
use futures::{StreamExt, TryStreamExt};
use std::collections::HashMap;

/// Files on their way at once. Each holds a few buffers, of up to three parts of 8 MiB for an object store.
const AT_ONCE: usize = 4;

/// Copies all files below `source` to the same paths below `target`, and compares numbers and sizes in the end.
pub(super) async fn run(source: &str, target: &str, environment: &Environment) -> Result<(), RunError> {
    let stores = ObjectStores::new(environment.for_stores(), Patience::default());
    let open = |uri: &str| {
        Repository::from_uri(uri, environment.working_directory(), &stores)
            .map_err(|error| failed(uri, error))
    };
    let (from, to) = (open(source)?, open(target)?);
    refuse_overlap(&from, &to, source, target)?;

    let progress = Progress::new("bytes copied", None);
    let mut done = Done::default();
    let mut folders = vec![SafePath::root()];
    // Folder by folder: what is held are the entries of one, and the folders that wait.
    while let Some(folder) = folders.pop() {
        let entries = from.list(&folder).await.map_err(|error| failed(source, error))?;
        let mut there = sizes(&to, &folder, target).await?;
        let mut files = Vec::new();
        for entry in entries {
            let path = safe(&entry, source)?;
            if entry.is_dir {
                folders.push(path);
                continue;
            }
            let size = entry.file_size.unwrap_or_default();
            done.count(size);
            if there.remove(&entry.path) == Some(size) {
                done.skipped += 1;
            } else {
                files.push(path);
            }
        }
        let copies = files.into_iter().map(|path| one(&from, &to, path, &progress, (source, target)));
        futures::stream::iter(copies).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
    }
    progress.finish();
    compare(&from, &to, source, target).await?;
    say(&format!(
        "{source} is copied to {target}: {} files with {} bytes, of which {} were there; numbers and sizes are the same.",
        done.files, done.bytes, done.skipped
    ))?;
    Ok(())
}

/// What the source holds.
#[derive(Debug, Default)]
struct Done {
    files: u64,
    bytes: u64,
    skipped: u64,
}

impl Done {
    fn count(&mut self, size: i64) {
        self.files += 1;
        self.bytes = self.bytes.saturating_add(u64::try_from(size).unwrap_or(0));
    }
}

/// A copy into itself would never end.
fn refuse_overlap(from: &Repository, to: &Repository, source: &str, target: &str) -> Result<(), RunError> {
    let overlap = match (from, to) {
        (Repository::Local(from), Repository::Local(to)) => {
            let whole = |path: &std::path::Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
            let (from, to) = (whole(from.root()), whole(to.root()));
            from.starts_with(&to) || to.starts_with(&from)
        }
        (Repository::Object(from), Repository::Object(to)) => {
            let ((one, from), (other, to)) = (from.place(), to.place());
            one == other && (from.starts_with(to) || to.starts_with(from))
        }
        _ => false,
    };
    if overlap {
        return Err(refused(format!(
            "{source} and {target} are the same place, or one lies in the other. Name another target."
        )));
    }
    if let Repository::Local(local) = from
        && !local.root().is_dir()
    {
        return Err(refused(format!("There is no folder {source}.")));
    }
    Ok(())
}

async fn one(
    from: &Repository,
    to: &Repository,
    path: SafePath,
    progress: &Progress,
    (source, target): (&str, &str),
) -> Result<(), RunError> {
    let download = from.read(&path, None).await.map_err(|error| failed(source, error))?;
    let counted = download.stream.inspect_ok(|bytes| progress.add(bytes.len() as u64));
    to.write(&path, counted).await.map_err(|error| failed(&format!("{target} ({path})"), error))
}

/// The files of a folder with their sizes.
async fn sizes(
    repository: &Repository,
    folder: &SafePath,
    uri: &str,
) -> Result<HashMap<String, i64>, RunError> {
    let entries = repository.list(folder).await.map_err(|error| failed(uri, error))?;
    Ok(entries.into_iter().filter_map(|entry| Some((entry.path, entry.file_size?))).collect())
}

/// Looks at both sides anew: whatever the source holds must be in the target with its size.
async fn compare(from: &Repository, to: &Repository, source: &str, target: &str) -> Result<(), RunError> {
    let progress = Progress::new("files compared", None);
    let mut folders = vec![SafePath::root()];
    while let Some(folder) = folders.pop() {
        let there = sizes(to, &folder, target).await?;
        let entries = from.list(&folder).await.map_err(|error| failed(source, error))?;
        for entry in entries {
            if entry.is_dir {
                folders.push(safe(&entry, source)?);
                continue;
            }
            let size = entry.file_size.unwrap_or_default();
            match there.get(&entry.path) {
                Some(found) if *found == size => progress.add(1),
                Some(found) => {
                    return Err(refused(format!(
                        "The copy is not the source: {} has {size} bytes in {source} and {found} in {target}. It was changed \
                         while it was copied: stop the servers, and copy again.",
                        entry.path
                    )));
                }
                None => {
                    return Err(refused(format!(
                        "The copy is not the source: {} is not in {target}. It was added while the rest was copied: stop the \
                         servers, and copy again.",
                        entry.path
                    )));
                }
            }
        }
    }
    progress.finish();
    Ok(())
}

fn safe(entry: &FileInfo, source: &str) -> Result<SafePath, RunError> {
    SafePath::parse(&entry.path).map_err(|_| {
        refused(format!(
            "'{}' in {source} has a name that no client could ask for. Rename or remove it, and copy again.",
            super::super::table::harmless(&entry.path)
        ))
    })
}

fn failed(place: &str, error: artifacts::Error) -> RunError {
    let because = std::error::Error::source(&error).map(|source| format!(" ({source})")).unwrap_or_default();
    refused(format!("{place}: {error}{because}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn environment(folder: &std::path::Path) -> Environment {
        Environment::new(folder, Vec::<(String, String)>::new())
    }

    #[tokio::test]
    async fn files_arrive_below_the_target_and_those_that_are_there_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for (name, content) in [("1/a/artifacts/model.bin", "model"), ("1/b c/ü.txt", ""), ("top", "top")] {
            let path = from.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        // Of the same size: it was copied before.
        fs::create_dir_all(&to).unwrap();
        fs::write(to.join("top"), "TOP").unwrap();
        // Of another one.
        fs::create_dir_all(to.join("1/a/artifacts")).unwrap();
        fs::write(to.join("1/a/artifacts/model.bin"), "mod").unwrap();
        fs::write(to.join("other"), "stays").unwrap();

        run("from", "to", &environment(folder.path())).await.unwrap();
        let read = |name: &str| fs::read_to_string(to.join(name)).unwrap();
        assert_eq!(read("1/a/artifacts/model.bin"), "model");
        assert_eq!(
            (read("1/b c/ü.txt"), read("top"), read("other")),
            (String::new(), "TOP".into(), "stays".into())
        );
    }

    #[tokio::test]
    async fn a_place_is_not_copied_into_itself_and_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("from/below")).unwrap();
        let environment = environment(folder.path());
        for (source, target) in [("from", "from"), ("from", "from/below"), ("from/below", "from")] {
            let refused = run(source, target, &environment).await.unwrap_err().to_string();
            assert!(refused.contains("one lies in the other"), "{refused}");
        }
        let refused = run("none", "to", &environment).await.unwrap_err().to_string();
        assert!(refused.contains("no folder none"), "{refused}");
        let refused = run("ftp://host/x", "to", &environment).await.unwrap_err().to_string();
        assert!(refused.contains("'ftp' is not supported"), "{refused}");
    }

    #[tokio::test]
    async fn a_file_that_is_missing_or_of_another_size_in_the_end_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(&from).unwrap();
        fs::create_dir_all(&to).unwrap();
        fs::write(from.join("file"), "12345").unwrap();
        let stores = ObjectStores::new(std::collections::BTreeMap::new(), Patience::default());
        let open = |path: &std::path::Path| {
            Repository::from_uri(path.to_str().unwrap(), folder.path(), &stores).unwrap()
        };
        let compared = async || compare(&open(&from), &open(&to), "from", "to").await;
        assert!(compared().await.unwrap_err().to_string().contains("file is not in to"));
        fs::write(to.join("file"), "123").unwrap();
        assert!(compared().await.unwrap_err().to_string().contains("5 bytes in from and 3 in to"));
        fs::write(to.join("file"), "54321").unwrap();
        compared().await.unwrap();
    }
}
