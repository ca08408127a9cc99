//! Real faults: a disk that is full, and a process that is killed. Each happens in a process of its own, which is this
//! test binary, started again with the name of one of the tests below that are ignored otherwise.

use crate::database::{metric, new_experiment, stranger, tags};
use futures::future::join_all;
use model::{Error, ErrorCode};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use store::schema::{self, Schema};
use store::tracking::batch::{self, Batch};
use store::tracking::experiments;
use store::tracking::runs::{self, NewRun};
use store::{Db, StoreError, StoreUri};

/// The variable that names the directory in which a child finds its database.
const DIRECTORY: &str = "STORE_TEST_DIRECTORY";
const RUN: &str = "0123456789abcdef0123456789abcdef";

/// The directory of a child; `None` when somebody runs all ignored tests.
fn directory_of_child() -> Option<PathBuf> {
    std::env::var_os(DIRECTORY).map(PathBuf::from)
}

/// Starts a test of this module in a process of its own. `shell` is what stands before it on a command line.
fn start(test: &str, shell: &[&str], directory: &Path) -> Child {
    let binary = std::env::current_exe().unwrap();
    let mut words = shell.iter().map(std::ffi::OsStr::new).chain([
        binary.as_os_str(),
        "--exact".as_ref(),
        "--ignored".as_ref(),
        "--nocapture".as_ref(),
    ]);
    Command::new(words.next().unwrap())
        .args(words)
        .arg(format!("on_sqlite::faults::{test}"))
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

async fn open(directory: &Path) -> Db {
    let uri: StoreUri = format!("sqlite:///{}", directory.join("test.db").display()).parse().unwrap();
    let db = Db::open(&uri).await.unwrap();
    schema::prepare(&db, Schema::Tracking, &uri).await.unwrap();
    db
}

/// A database with one run.
async fn make(directory: &Path) -> Db {
    let db = open(directory).await;
    let made = db.write(|connection| {
        Box::pin(async move {
            let new = new_experiment("tea");
            let experiment_id = experiments::create(connection, &new, &|id| format!("root/{id}")).await?;
            let run = NewRun {
                id: RUN.to_owned(),
                name: "run".to_owned(),
                experiment_id,
                user_id: String::new(),
                start_time: 1,
                tags: Vec::new(),
            };
            runs::create(connection, &run, "root").await
        })
    });
    made.await.unwrap();
    db
}

/// Logs a batch of rows in four tables under a name; of `bytes` in all, roughly.
async fn log(db: &Db, name: &str, bytes: usize) -> Result<(), StoreError> {
    let (first, second) = (format!("{name}-1"), format!("{name}-2"));
    let value = "x".repeat(bytes / 2);
    let batch = Batch {
        run_id: RUN.to_owned(),
        metrics: vec![metric(name, 1.0, 1, 1), metric(name, 2.0, 2, 2)],
        params: tags(&[(&first, &value), (&second, &value)]),
        tags: tags(&[(name, "")]),
    };
    let batch = std::sync::Arc::new(batch);
    db.write(move |connection| {
        let batch = std::sync::Arc::clone(&batch);
        Box::pin(async move { batch::log(connection, &batch).await })
    })
    .await
}

/// The names of the batches that are in the database, each of which must be there whole; and the database must be sound.
async fn whole_batches(directory: &Path) -> HashSet<String> {
    let mut connection = stranger(&directory.join("test.db")).await;
    let check: (String,) = sqlx::query_as("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    assert_eq!(check.0, "ok");
    let names: Vec<(String, i64)> = sqlx::query_as(
        "SELECT name, count(*) FROM (
             SELECT key AS name FROM metrics UNION ALL SELECT key FROM latest_metrics
             UNION ALL SELECT substr(key, 1, length(key) - 2) FROM params UNION ALL SELECT key FROM tags
         ) GROUP BY name",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    names
        .into_iter()
        .map(|(name, rows)| {
            assert_eq!(rows, 6, "the batch {name} is not whole");
            name
        })
        .collect()
}

#[tokio::test]
async fn what_was_acknowledged_outlives_a_kill_and_nothing_is_there_by_half() {
    for round in 1..=3 {
        let directory = tempfile::tempdir().unwrap();
        make(directory.path()).await.close().await;
        let mut child = start("child_that_writes_until_it_is_killed", &[], directory.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut acknowledged: HashSet<String> = HashSet::new();
        let named = |line: String| line.strip_prefix("acknowledged ").map(str::to_owned);
        while acknowledged.len() < 100 * round {
            acknowledged.extend(named(lines.next().expect("the child ended too early")));
        }
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        // The last line may be torn.
        acknowledged.extend(lines.filter_map(named).filter(|name| name.ends_with('.')));
        acknowledged.retain(|name| name.ends_with('.'));

        open(directory.path()).await.close().await;
        let kept = whole_batches(directory.path()).await;
        let lost: Vec<_> = acknowledged.difference(&kept).collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of a test above"]
async fn child_that_writes_until_it_is_killed() {
    let Some(directory) = directory_of_child() else { return };
    let db = open(&directory).await;
    let writers = (0..8).map(|writer| {
        let db = db.clone();
        tokio::spawn(async move {
            for number in 0.. {
                let name = format!("{writer}/{number}.");
                log(&db, &name, 100).await.unwrap();
                let mut out = std::io::stdout().lock();
                writeln!(out, "\nacknowledged {name}").unwrap();
                out.flush().unwrap();
            }
        })
    });
    join_all(writers).await;
}

/// Runs a child to its end, which must be a good one.
#[track_caller]
fn run_to_end(mut child: Child) {
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut said).unwrap();
    let status = child.wait().unwrap();
    assert!(status.success() && said.contains("1 passed"), "{status}:\n{said}");
}

/// Writes, in groups, until some fail; then `free`s the space and goes on.
async fn fill_and_free(directory: &Path, db: &Db, free: impl FnOnce()) {
    let (mut kept, mut lost) = (HashSet::new(), HashSet::new());
    for group in 0.. {
        assert!(group < 1000, "the disk did not get full");
        let names: Vec<String> = (0..10).map(|number| format!("{group}/{number}.")).collect();
        let outcomes = join_all(names.iter().map(|name| log(db, name, 10_000))).await;
        for (name, outcome) in names.into_iter().zip(outcomes) {
            match outcome {
                Ok(()) => drop(kept.insert(name)),
                Err(error) => {
                    assert_eq!(Error::from(error).code, ErrorCode::TemporarilyUnavailable);
                    lost.insert(name);
                }
            }
        }
        if lost.len() >= 20 {
            break;
        }
    }
    assert!(kept.len() >= 10, "there was no room for anything");
    // Reading goes on.
    assert!(experiments::id_of_name(db, "tea").await.unwrap().is_some());
    assert_eq!(whole_batches(directory).await, kept);

    free();
    for name in ["later/1.", "later/2."] {
        log(db, name, 100_000).await.unwrap();
        kept.insert(name.to_owned());
    }
    for name in lost {
        log(db, &name, 10_000).await.unwrap();
        kept.insert(name);
    }
    db.close().await;
    assert_eq!(whole_batches(directory).await, kept);
}

#[test]
fn writes_that_find_the_disk_full_fail_and_later_ones_come_through() {
    let directory = tempfile::tempdir().unwrap();
    let mount = r#"mount -t tmpfs -o size=8m tmpfs "$0" && exec "$@""#;
    let place = directory.path().to_str().unwrap();
    let shell = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, place];
    let permitted = Command::new(shell[0]).args(&shell[1..]).arg("true").output();
    if !permitted.as_ref().is_ok_and(|tried| tried.status.success()) {
        println!("skipped: a file system of its own cannot be mounted here: {permitted:?}");
        return;
    }
    run_to_end(start("child_on_a_small_disk", &shell, directory.path()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of a test above"]
async fn child_on_a_small_disk() {
    let Some(directory) = directory_of_child() else { return };
    let db = make(&directory).await;
    let ballast = directory.join("ballast");
    std::fs::write(&ballast, vec![0; 4_000_000]).unwrap();
    fill_and_free(&directory, &db, || std::fs::remove_file(ballast).unwrap()).await;
}

#[test]
fn writes_that_the_system_refuses_fail_and_later_ones_come_through() {
    let directory = tempfile::tempdir().unwrap();
    // A process that writes beyond its limit is told by a signal, unless it ignores it.
    let shell = ["sh", "-c", r#"trap "" XFSZ; exec "$0" "$@""#];
    run_to_end(start("child_with_a_limit_on_files", &shell, directory.path()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of a test above"]
async fn child_with_a_limit_on_files() {
    let Some(directory) = directory_of_child() else { return };
    let db = make(&directory).await;
    let before = getrlimit(Resource::Fsize);
    setrlimit(Resource::Fsize, Rlimit { current: Some(1_500_000), ..before }).unwrap();
    fill_and_free(&directory, &db, || setrlimit(Resource::Fsize, before).unwrap()).await;
}
