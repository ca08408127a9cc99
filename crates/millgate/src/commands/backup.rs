//! `millgate backup`: copies of SQLite databases while servers run on them.

use super::{refused, say};
use crate::cli::BackupArgs;
use crate::config::{self, AuthConfig, DEFAULT_BACKEND, Environment, Origin};
use crate::{RunError, about};
use model::{Clock, SystemClock};
use std::path::{Path, PathBuf};
use store::StoreUri;

const BACKEND: &str = "MLFLOW_BACKEND_STORE_URI";

/// A database, and whether somebody named it: else it need not be there.
struct Chosen {
    uri: StoreUri,
    is_named: bool,
}

/// Backs up what the arguments say, or what a server would use.
///
/// # Errors
/// When one cannot be backed up; those before it are.
pub(crate) async fn run(args: &BackupArgs, environment: &Environment) -> Result<(), RunError> {
    let mut chosen = choose(args, environment)?;
    chosen.retain(|chosen| {
        let is_missing = !chosen.is_named && chosen.uri.sqlite_path().is_some_and(|file| !file.exists());
        if is_missing {
            tracing::warn!("there is no database {}: nothing of it is backed up", chosen.uri);
        }
        !is_missing
    });
    if chosen.is_empty() {
        return Err(refused(
            "There is no database to back up. Name one with --backend-store-uri URI.".to_owned(),
        ));
    }
    // Before the first one is made: all or none, as far as that is known.
    for chosen in &chosen {
        store::backup::check(&chosen.uri).map_err(|error| about(&chosen.uri, error))?;
    }
    let files = files(&args.target, &chosen)?;
    for (chosen, file) in chosen.iter().zip(files) {
        let done =
            store::backup::backup(&chosen.uri, &file).await.map_err(|error| about(&chosen.uri, error))?;
        say(&format!(
            "{}: {} rows of {} tables in {} ({} bytes), checked",
            chosen.uri,
            done.rows,
            done.tables,
            file.display(),
            done.bytes
        ))?;
    }
    Ok(())
}

fn choose(args: &BackupArgs, environment: &Environment) -> Result<Vec<Chosen>, RunError> {
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut add = |uri: StoreUri, is_named: bool| {
        // Several kinds of data may be in one database.
        if chosen.iter().all(|other| !other.uri.is_same(&uri)) {
            chosen.push(Chosen { uri, is_named });
        }
    };
    let flags = [
        ("--backend-store-uri", &args.backend_store_uri),
        ("--registry-store-uri", &args.registry_store_uri),
        ("--auth-database-uri", &args.auth_database_uri),
    ];
    if flags.iter().any(|(_, given)| given.is_some()) {
        for (flag, given) in flags {
            if let Some(uri) = given {
                add(config::database(uri, Origin::Flag(flag), environment)?, true);
            }
        }
        return Ok(chosen);
    }
    for variable in [BACKEND, "MLFLOW_REGISTRY_STORE_URI"] {
        if let Some(uri) = environment.get_nonempty(variable) {
            add(config::database(uri, Origin::Variable(variable.to_owned()), environment)?, true);
        }
    }
    if environment.get_nonempty(BACKEND).is_none() {
        add(config::database(DEFAULT_BACKEND, Origin::Flag("--backend-store-uri"), environment)?, false);
    }
    let is_named = environment.get_nonempty("MLFLOW_AUTH_CONFIG_PATH").is_some();
    add(AuthConfig::resolve(environment)?.database, is_named);
    Ok(chosen)
}

/// The file of each copy.
fn files(target: &Path, chosen: &[Chosen]) -> Result<Vec<PathBuf>, RunError> {
    let names_folder = target.is_dir() || target.as_os_str().to_string_lossy().ends_with('/');
    if !names_folder {
        return match chosen {
            [_] => Ok(vec![target.to_owned()]),
            _ => Err(refused(format!(
                "There are {} databases to back up and {} is no folder. Name a folder that exists, or one that does not with a \
                 '/' at the end; or choose one database with --backend-store-uri or --auth-database-uri.",
                chosen.len(),
                target.display()
            ))),
        };
    }
    make_folder(target)?;
    let time = store::backup::file_time(SystemClock.now());
    let mut files: Vec<PathBuf> = Vec::with_capacity(chosen.len());
    for chosen in chosen {
        let path = chosen.uri.sqlite_path().unwrap_or(Path::new("database"));
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let extension = path.extension().map_or("db".into(), |extension| extension.to_string_lossy());
        let mut file = target.join(format!("{stem}-{time}.{extension}"));
        // Two databases may have one name in two folders.
        let mut number = 2;
        while files.contains(&file) {
            file = target.join(format!("{stem}-{number}-{time}.{extension}"));
            number += 1;
        }
        files.push(file);
    }
    Ok(files)
}

/// For the owner alone, where there is none.
fn make_folder(folder: &Path) -> Result<(), RunError> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| refused(format!("The folder {} cannot be made: {error}.", folder.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn environment(folder: &Path, variables: &[(&str, &str)]) -> Environment {
        Environment::new(folder, variables.iter().copied())
    }

    fn args(target: &Path) -> BackupArgs {
        BackupArgs {
            target: target.to_owned(),
            backend_store_uri: None,
            registry_store_uri: None,
            auth_database_uri: None,
        }
    }

    #[test]
    fn what_a_server_would_use_is_backed_up_unless_flags_choose() {
        let folder = tempfile::tempdir().unwrap();
        let names = |args: &BackupArgs, variables: &[(&str, &str)]| -> Vec<(String, bool)> {
            let chosen = choose(args, &environment(folder.path(), variables)).unwrap();
            chosen.iter().map(|chosen| (chosen.uri.to_string(), chosen.is_named)).collect()
        };
        let database = |name: &str, is_named: bool| (format!("sqlite:///{name}"), is_named);
        let all = args(folder.path());
        assert_eq!(names(&all, &[]), [database("mlflow.db", false), database("basic_auth.db", false)]);
        let variables =
            [("MLFLOW_BACKEND_STORE_URI", "sqlite:///a.db"), ("MLFLOW_REGISTRY_STORE_URI", "sqlite:///a.db")];
        assert_eq!(names(&all, &variables), [database("a.db", true), database("basic_auth.db", false)]);
        let one = BackupArgs { auth_database_uri: Some("sqlite:///u.db".into()), ..args(folder.path()) };
        assert_eq!(names(&one, &variables), [database("u.db", true)]);
    }

    #[test]
    fn a_folder_takes_a_file_for_each_database_and_a_file_takes_one() {
        let folder = tempfile::tempdir().unwrap();
        let chosen = |names: &[&str]| -> Vec<Chosen> {
            names
                .iter()
                .map(|name| Chosen { uri: format!("sqlite:///{name}").parse().unwrap(), is_named: true })
                .collect()
        };
        let there = files(folder.path(), &chosen(&["a/x.db", "b/x.db"])).unwrap();
        assert_eq!(there.len(), 2);
        assert_ne!(there[0], there[1]);
        assert!(there.iter().all(|file| file.parent() == Some(folder.path())));
        let file = folder.path().join("one.db");
        assert_eq!(files(&file, &chosen(&["x.db"])).unwrap(), std::slice::from_ref(&file));
        let refused = files(&file, &chosen(&["x.db", "y.db"])).unwrap_err().to_string();
        assert!(refused.contains("2 databases") && refused.contains("no folder"), "{refused}");
        files(&folder.path().join("new/"), &chosen(&["x.db", "y.db"])).unwrap();
        assert!(fs::metadata(folder.path().join("new")).unwrap().is_dir());
    }
}
