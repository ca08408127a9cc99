//! The private folder of a server with a host: the sockets, and the Python code of the workers.

use crate::error::HostError;
use std::fs::Permissions;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
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

/// A folder that only this user can enter. It is gone with the value.
#[derive(Debug)]
pub struct Folder(TempDir);

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
        let folder = Self(made);
        folder.write_sources().map_err(HostError::Folder)?;
        Ok(folder)
    }

    fn write_sources(&self) -> std::io::Result<()> {
        let package = self.0.path().join("millgate_host");
        std::fs::create_dir(&package)?;
        for (name, text) in SOURCES {
            std::fs::write(package.join(name), text)?;
        }
        std::fs::write(self.start(), START.1)
    }

    /// The script that a worker begins with.
    pub(crate) fn start(&self) -> PathBuf {
        self.0.path().join(START.0)
    }

    /// Where the core listens.
    pub(crate) fn core(&self) -> PathBuf {
        self.0.path().join("core.sock")
    }

    /// A socket of a worker. A new process gets a new one.
    pub(crate) fn worker(&self, worker: usize, generation: u64) -> PathBuf {
        self.0.path().join(format!("worker-{worker}-{generation}.sock"))
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
    tempfile::Builder::new().prefix("millgate-").permissions(Permissions::from_mode(0o700)).tempdir_in(parent)
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
        assert_eq!(mode(folder.0.path()), 0o700);
        assert_eq!(mode(&folder.core()), 0o600);
        assert!(folder.0.path().starts_with(parent.path()));
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
        assert!(!folder.0.path().starts_with(&long));
        assert!(Folder::new(Some(Path::new("/nowhere/at/all"))).is_ok());
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
