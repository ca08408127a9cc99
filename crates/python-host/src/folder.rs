//! The private folder of a server with a host: the sockets, and the Python code of the workers.

use crate::error::HostError;
use std::fs::{File, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::UnixListener;

/// Bytes of a socket's path that every system takes, less the longest name in here.
const MAX_PATH: usize = 100 - "worker-9999-999999999.sock".len();

/// The Python code of a worker, by file.
const SOURCES: &[(&str, &str)] = &[
    ("__init__.py", include_str!("../python/millgate_host/__init__.py")),
    ("app.py", include_str!("../python/millgate_host/app.py")),
    ("authorize.py", include_str!("../python/millgate_host/authorize.py")),
    ("bridge.py", include_str!("../python/millgate_host/bridge.py")),
    ("control.py", include_str!("../python/millgate_host/control.py")),
    ("core.py", include_str!("../python/millgate_host/core.py")),
    ("loading.py", include_str!("../python/millgate_host/loading.py")),
    ("serve.py", include_str!("../python/millgate_host/serve.py")),
    ("stores.py", include_str!("../python/millgate_host/stores.py")),
    ("worker.py", include_str!("../python/millgate_host/worker.py")),
];
/// What Python is started with.
const START: (&str, &str) = ("start.py", include_str!("../python/start.py"));

/// What the name of every such folder begins with.
const PREFIX: &str = "millgate-";
/// A folder as old as this has been locked, if anybody lives in it.
const SURELY_LOCKED: Duration = Duration::from_secs(60);

/// A folder that only this user can enter. It is gone with the value.
#[derive(Debug)]
pub struct Folder {
    folder: TempDir,
    /// Locked while this process lives, so that nobody takes the folder for a dead server's. What cleans `/tmp` by age keeps off a
    /// folder with a lock (systemd-tmpfiles).
    _lock: File,
}

impl Folder {
    /// Makes one in `runtime`, or in the folder for temporary files where that is not given, cannot be written to, or is too
    /// long for sockets.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(runtime: Option<&Path>) -> Result<Self, HostError> {
        let fits = |path: &Path| path.as_os_str().as_bytes().len() + "/millgate-123456".len() <= MAX_PATH;
        let in_runtime = runtime.filter(|path| fits(path)).and_then(|path| private_in(path).ok());
        let made = match in_runtime {
            Some(made) => made,
            None => private_in(&std::env::temp_dir()).map_err(HostError::Folder)?,
        };
        let lock = File::open(made.path()).map_err(HostError::Folder)?;
        // A file system that knows no locks costs what they are for, and nothing else.
        let _ = lock.try_lock();
        if let Some(parent) = made.path().parent() {
            remove_dead(parent);
        }
        let folder = Self { folder: made, _lock: lock };
        folder.mend().map_err(HostError::Folder)?;
        Ok(folder)
    }

    /// Writes those sources that are not there, or no longer.
    pub(crate) fn mend(&self) -> std::io::Result<()> {
        // Where all of it was removed, anybody may have made another in its place.
        let known = std::fs::symlink_metadata(self.path())?;
        if !known.is_dir() || known.uid() != rustix::process::geteuid().as_raw() {
            return Err(std::io::Error::new(ErrorKind::PermissionDenied, "it is somebody else's"));
        }
        let package = self.path().join("millgate_host");
        std::fs::create_dir_all(&package)?;
        for (name, text) in SOURCES {
            self.write(&package.join(name), text)?;
        }
        self.write(&self.start(), START.1)
    }

    fn write(&self, path: &Path, text: &str) -> std::io::Result<()> {
        if std::fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
            return Ok(());
        }
        // Another worker may be reading it.
        let mut file = tempfile::NamedTempFile::new_in(self.path())?;
        file.write_all(text.as_bytes())?;
        file.persist(path)?;
        Ok(())
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The script that a worker begins with.
    pub(crate) fn start(&self) -> PathBuf {
        self.path().join(START.0)
    }

    /// Where the core listens.
    pub(crate) fn core(&self) -> PathBuf {
        self.path().join("core.sock")
    }

    /// A socket of a worker. A new process gets a new one.
    pub(crate) fn worker(&self, worker: usize, generation: u64) -> PathBuf {
        self.path().join(format!("worker-{worker}-{generation}.sock"))
    }

    /// The core's socket, bound.
    ///
    /// # Errors
    /// When it cannot be bound.
    pub fn listen(&self) -> Result<UnixListener, HostError> {
        let listener = UnixListener::bind(self.core()).map_err(HostError::Folder)?;
        std::fs::set_permissions(self.core(), Permissions::from_mode(0o600)).map_err(HostError::Folder)?;
        Ok(listener)
    }
}

fn private_in(parent: &Path) -> std::io::Result<TempDir> {
    tempfile::Builder::new().prefix(PREFIX).permissions(Permissions::from_mode(0o700)).tempdir_in(parent)
}

/// Removes what servers left that were killed.
fn remove_dead(parent: &Path) {
    let me = rustix::process::geteuid().as_raw();
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        if !entry.file_name().as_bytes().starts_with(PREFIX.as_bytes()) {
            continue;
        }
        let path = entry.path();
        // Of the entry itself, should it be a link.
        let Ok(known) = entry.metadata() else { continue };
        let is_old = known.modified().is_ok_and(|at| at.elapsed().is_ok_and(|age| age >= SURELY_LOCKED));
        let is_a_hosts = known.is_dir() && known.uid() == me && path.join(START.0).is_file();
        if !is_old || !is_a_hosts {
            continue;
        }
        // The lock is held until the folder is gone.
        let Ok(folder) = File::open(&path) else { continue };
        if folder.try_lock().is_ok() && std::fs::remove_dir_all(&path).is_ok() {
            tracing::info!("removed {}, which a server left that was killed", path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_else_can_enter_and_nothing_is_left() {
        let parent = TempDir::new().unwrap();
        let folder = Folder::new(Some(parent.path())).unwrap();
        let listener = folder.listen().unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(mode(&folder.core()), 0o600);
        assert!(folder.path().starts_with(parent.path()));
        assert!(folder.start().is_file());
        drop((listener, folder));
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_path_too_long_for_sockets_is_not_taken() {
        let parent = TempDir::new().unwrap();
        let long = parent.path().join("x".repeat(100));
        std::fs::create_dir(&long).unwrap();
        let folder = Folder::new(Some(&long)).unwrap();
        assert!(!folder.path().starts_with(&long));
        assert!(Folder::new(Some(Path::new("/nowhere/at/all"))).is_ok());
    }

    #[test]
    fn sources_that_were_cleaned_away_are_written_again() {
        let folder = Folder::new(None).unwrap();
        std::fs::remove_dir_all(folder.path().join("millgate_host")).unwrap();
        std::fs::write(folder.start(), "something else").unwrap();
        folder.mend().unwrap();
        assert_eq!(std::fs::read_to_string(folder.start()).unwrap(), START.1);
        for (name, text) in SOURCES {
            assert_eq!(
                &std::fs::read_to_string(folder.path().join("millgate_host").join(name)).unwrap(),
                text
            );
        }
    }

    #[test]
    fn what_a_killed_server_left_is_removed_and_what_others_use_or_made_is_not() {
        let parent = TempDir::new().unwrap();
        let living = Folder::new(Some(parent.path())).unwrap();
        let dead = Folder::new(Some(parent.path())).unwrap();
        let left = dead.path().to_owned();
        let Folder { mut folder, _lock } = dead;
        folder.disable_cleanup(true);
        drop((folder, _lock));
        let somebodys = parent.path().join("millgate-backup");
        std::fs::create_dir(&somebodys).unwrap();
        let young = Folder::new(Some(parent.path())).unwrap();
        assert!(left.exists());
        for path in [living.path(), &left, &somebodys] {
            let folder = File::open(path).unwrap();
            let made = folder.metadata().unwrap().modified().unwrap();
            folder.set_modified(made - SURELY_LOCKED * 2).unwrap();
        }
        let next = Folder::new(Some(parent.path())).unwrap();
        assert!(!left.exists());
        for path in [living.path(), young.path(), next.path(), &somebodys] {
            assert!(path.exists());
        }
    }

    #[test]
    fn every_file_of_the_package_is_written() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/millgate_host");
        let names = std::fs::read_dir(sources).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.retain(|name| name.ends_with(".py"));
        names.sort();
        assert_eq!(names, SOURCES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}
