//! SQLite's one writer, which commits many writes together.

use crate::database::{Database, new_experiment};
use futures::future::join_all;
use model::{Error, ErrorCode};
use sqlx::SqliteConnection;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use store::tracking::experiments;
use store::{Connection, Db, StoreError};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::Instant;

async fn create(connection: &mut Connection<'_>, name: &str) -> Result<i64, StoreError> {
    experiments::create(connection, &new_experiment(name), &|id| format!("root/{id}")).await
}

/// A write of its own task, which makes an experiment of the name.
fn spawn_create(db: &Db, name: String) -> JoinHandle<Result<i64, StoreError>> {
    let db = db.clone();
    tokio::spawn(async move {
        db.write(move |connection| {
            let name = name.clone();
            Box::pin(async move { create(connection, &name).await })
        })
        .await
    })
}

fn refusal() -> StoreError {
    StoreError::Refused(Error::invalid("no"))
}

fn code(result: Result<i64, StoreError>) -> ErrorCode {
    Error::from(result.unwrap_err()).code
}

/// Keeps the writer in a transaction until it is let go, so that the writes which come meanwhile make up the next one, in
/// their order.
struct Held {
    gate: Arc<Semaphore>,
    holder: JoinHandle<Result<(), StoreError>>,
}

impl Held {
    async fn hold(db: &Db) -> Self {
        let (gate, begun) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let (inner_gate, inner_begun, db) = (Arc::clone(&gate), Arc::clone(&begun), db.clone());
        let holder = tokio::spawn(async move {
            db.write(move |_| {
                let (gate, begun) = (Arc::clone(&inner_gate), Arc::clone(&inner_begun));
                Box::pin(async move {
                    begun.add_permits(1);
                    gate.acquire().await.unwrap().forget();
                    // Longer than a group takes further writes in.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    Ok(())
                })
            })
            .await
        });
        begun.acquire().await.unwrap().forget();
        Self { gate, holder }
    }

    async fn let_go(self) {
        // The tasks that were spawned before have put their writes into the queue.
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.gate.add_permits(1);
        self.holder.await.unwrap().unwrap();
    }
}

/// Transactions in a database's write-ahead log (sqlite.org, `fileformat2`, "The Write-Ahead Log"): each ends with a
/// frame that says how large the database is after it.
fn commits(database: &Path) -> usize {
    // It goes away with the last connection that has used it.
    let Ok(log) = std::fs::read(database.with_extension("db-wal")) else { return 0 };
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap());
    let page = number(&log[8..12]) as usize;
    let salts = &log[16..24];
    log[32..]
        .chunks_exact(24 + page)
        .take_while(|frame| &frame[8..16] == salts)
        .filter(|frame| number(&frame[4..8]) != 0)
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writes_at_once_share_few_commits() {
    const WRITES: usize = 300;
    let database = Database::tracking_file().await;
    let before = commits(database.file());
    let writes = (0..WRITES).map(|number| spawn_create(&database.db, format!("experiment {number}")));
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap().unwrap();
    }
    let commits = commits(database.file()) - before;
    assert!((1..=WRITES / 10).contains(&commits), "{commits} commits for {WRITES} writes");
    assert_eq!(database.number("SELECT count(*) FROM experiments").await, WRITES as i64);
}

#[tokio::test]
async fn an_answer_means_that_another_program_sees_the_change() {
    let database = Database::tracking_file().await;
    let mut stranger = database.stranger().await;
    for number in 0..50 {
        let id = database.experiment(&format!("experiment {number}")).await;
        let seen: (i64,) = sqlx::query_as("SELECT max(experiment_id) FROM experiments")
            .fetch_one(&mut stranger)
            .await
            .unwrap();
        assert_eq!(seen.0, id);
    }
}

#[tokio::test]
async fn a_write_that_fails_is_undone_alone() {
    let database = Database::tracking_file().await;
    let before = commits(database.file());
    let held = Held::hold(&database.db).await;
    let writes = (0..30).map(|number| {
        let db = database.db.clone();
        tokio::spawn(async move {
            db.write(move |connection| {
                Box::pin(async move {
                    let id = create(connection, &format!("experiment {number}")).await?;
                    match number % 3 {
                        0 => Err(refusal()),
                        // Refused by the database: an experiment of this name has just been made.
                        1 => create(connection, &format!("experiment {number}")).await,
                        _ => Ok(id),
                    }
                })
            })
            .await
        })
    });
    let writes: Vec<_> = writes.collect();
    held.let_go().await;
    for (number, write) in writes.into_iter().enumerate() {
        let outcome = write.await.unwrap();
        match number % 3 {
            0 => assert_eq!(code(outcome), ErrorCode::InvalidParameterValue),
            1 => assert_eq!(code(outcome), ErrorCode::ResourceAlreadyExists),
            _ => drop(outcome.unwrap()),
        }
    }
    assert_eq!(database.number("SELECT count(*) FROM experiments").await, 10);
    // They did share transactions: fewer than the ten that succeeded, and as few as a group's time allows this machine. The empty
    // transaction of the holder leaves no trace.
    let commits = commits(database.file()) - before;
    assert!((1..10).contains(&commits), "{commits} commits for 10 writes that succeeded");
}

#[tokio::test]
async fn a_write_that_panics_fails_alone_wherever_it_panics() {
    let database = Database::tracking_file().await;
    let held = Held::hold(&database.db).await;
    let first = spawn_create(&database.db, "first".to_owned());
    let (db, other) = (database.db.clone(), database.db.clone());
    let in_future = tokio::spawn(async move {
        db.write(|connection| {
            Box::pin(async move {
                create(connection, "panicked").await?;
                panic!("a bug");
            })
        })
        .await
    });
    let in_closure = tokio::spawn(async move { other.write::<i64, _>(|_| panic!("a bug")).await });
    let last = spawn_create(&database.db, "last".to_owned());
    held.let_go().await;
    assert_eq!(code(in_future.await.unwrap()), ErrorCode::TemporarilyUnavailable);
    assert_eq!(code(in_closure.await.unwrap()), ErrorCode::TemporarilyUnavailable);
    first.await.unwrap().unwrap();
    last.await.unwrap().unwrap();
    database.experiment("later").await;
    let names: Vec<(String,)> = database.rows("SELECT name FROM experiments ORDER BY experiment_id").await;
    assert_eq!(names.iter().map(|(name,)| name.as_str()).collect::<Vec<_>>(), ["first", "last", "later"]);
}

#[tokio::test]
async fn what_was_refused_in_a_lost_group_is_asked_again() {
    let database = Database::tracking_file().await;
    let held = Held::hold(&database.db).await;
    // The first makes the name in the group that is lost, and thinks better of it when it is tried again.
    let attempts = Arc::new(AtomicUsize::new(0));
    let (db, counted) = (database.db.clone(), Arc::clone(&attempts));
    let fickle = tokio::spawn(async move {
        db.write(move |connection| {
            let attempt = counted.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                if attempt > 0 {
                    return Err(refusal());
                }
                create(connection, "tea").await
            })
        })
        .await
    });
    tokio::task::yield_now().await;
    let refused_at_first = spawn_create(&database.db, "tea".to_owned());
    tokio::task::yield_now().await;
    let db = database.db.clone();
    let bug = tokio::spawn(async move { db.write::<i64, _>(|_| Box::pin(async { panic!("a bug") })).await });
    held.let_go().await;
    assert!(bug.await.unwrap().is_err());
    assert_eq!(code(fickle.await.unwrap()), ErrorCode::InvalidParameterValue);
    assert_eq!(attempts.load(Ordering::SeqCst), 2);
    refused_at_first.await.unwrap().unwrap();
    assert_eq!(database.number("SELECT count(*) FROM experiments").await, 1);
}

#[tokio::test]
async fn a_write_that_is_given_up_before_its_turn_does_not_run() {
    let database = Database::tracking_file().await;
    let held = Held::hold(&database.db).await;
    let given_up = spawn_create(&database.db, "given up".to_owned());
    let kept = spawn_create(&database.db, "kept".to_owned());
    tokio::time::sleep(Duration::from_millis(20)).await;
    given_up.abort();
    let _ = given_up.await;
    held.let_go().await;
    kept.await.unwrap().unwrap();
    let names: Vec<(String,)> = database.rows("SELECT name FROM experiments").await;
    assert_eq!(names, [("kept".to_owned(),)]);
}

#[tokio::test]
async fn a_write_that_is_given_up_in_its_midst_is_kept_whole() {
    let database = Database::tracking_file().await;
    let begun = Arc::new(Semaphore::new(0));
    let (db, inner) = (database.db.clone(), Arc::clone(&begun));
    let writing = tokio::spawn(async move {
        db.write(move |connection| {
            let begun = Arc::clone(&inner);
            Box::pin(async move {
                create(connection, "first").await?;
                begun.add_permits(1);
                tokio::time::sleep(Duration::from_millis(30)).await;
                create(connection, "second").await
            })
        })
        .await
    });
    begun.acquire().await.unwrap().forget();
    writing.abort();
    database.experiment("later").await;
    assert_eq!(database.number("SELECT count(*) FROM experiments").await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_writes_than_the_queue_holds_come_through() {
    const WRITES: usize = 3000;
    let database = Database::tracking_file().await;
    let writes = (0..WRITES).map(|number| spawn_create(&database.db, format!("experiment {number}")));
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap().unwrap();
    }
    assert_eq!(database.number("SELECT count(*) FROM experiments").await, WRITES as i64);
}

#[tokio::test]
async fn a_lost_write_can_be_tried_again() {
    let database = Database::tracking_file().await;
    let lost =
        database.db.write::<i64, _>(|_| Box::pin(async { Err(StoreError::Lost("gone".to_owned())) })).await;
    assert_eq!(code(lost), ErrorCode::TemporarilyUnavailable);
    database.experiment("tea").await;
}

async fn lock(stranger: &mut SqliteConnection) {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *stranger).await.unwrap();
}

async fn unlock(stranger: &mut SqliteConnection) {
    sqlx::query("COMMIT").execute(&mut *stranger).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_wait_while_another_program_holds_the_lock_for_a_moment() {
    let database = Database::tracking_file().await;
    let mut stranger = database.stranger().await;
    lock(&mut stranger).await;
    let writes: Vec<_> =
        (0..20).map(|number| spawn_create(&database.db, format!("experiment {number}"))).collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    unlock(&mut stranger).await;
    for write in writes {
        write.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_fail_together_when_another_program_holds_the_lock_too_long() {
    let database = Database::impatient().await;
    let mut stranger = database.stranger().await;
    lock(&mut stranger).await;
    let began = Instant::now();
    let writes: Vec<_> =
        (0..50).map(|number| spawn_create(&database.db, format!("experiment {number}"))).collect();
    for write in join_all(writes).await {
        assert_eq!(code(write.unwrap()), ErrorCode::TemporarilyUnavailable);
    }
    // A few times the time-out, not so many times as there are writes.
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    unlock(&mut stranger).await;
    assert_eq!(database.number("SELECT count(*) FROM experiments").await, 0);
    database.experiment("later").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_program_gets_its_turn_while_writes_keep_coming() {
    let database = Database::tracking_file().await;
    let stop = Arc::new(Semaphore::new(0));
    let writers = (0..32).map(|writer| {
        let (db, stop) = (database.db.clone(), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut written = 0;
            while stop.available_permits() == 0 {
                spawn_create(&db, format!("{writer} {written}")).await.unwrap().unwrap();
                written += 1;
            }
            written
        })
    });
    let writers: Vec<_> = writers.collect();
    let mut stranger = database.stranger().await;
    let mut longest = Duration::ZERO;
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(30)).await;
        let began = Instant::now();
        lock(&mut stranger).await;
        longest = longest.max(began.elapsed());
        unlock(&mut stranger).await;
    }
    stop.add_permits(1);
    let mut written = 0;
    for writer in writers {
        written += writer.await.unwrap();
    }
    println!("the other program waited {longest:?} at most, beside {written} writes");
    assert!(longest < Duration::from_secs(5));
}

#[tokio::test]
async fn closing_keeps_what_came_before_and_refuses_what_comes_after() {
    let database = Database::tracking_file().await;
    let held = Held::hold(&database.db).await;
    let before: Vec<_> =
        (0..20).map(|number| spawn_create(&database.db, format!("experiment {number}"))).collect();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let db = database.db.clone();
    let closing = tokio::spawn(async move { db.close().await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    let after = spawn_create(&database.db, "after".to_owned());
    held.let_go().await;
    closing.await.unwrap();
    for write in before {
        write.await.unwrap().unwrap();
    }
    assert_eq!(code(after.await.unwrap()), ErrorCode::TemporarilyUnavailable);
    database.db.close().await;
    assert_eq!(database.number("SELECT count(*) FROM experiments").await, 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_ends_although_another_program_holds_the_lock() {
    let database = Database::impatient().await;
    let mut stranger = database.stranger().await;
    lock(&mut stranger).await;
    let writes: Vec<_> =
        (0..5).map(|number| spawn_create(&database.db, format!("experiment {number}"))).collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    tokio::time::timeout(Duration::from_secs(5), database.db.close()).await.unwrap();
    for write in writes {
        assert_eq!(code(write.await.unwrap()), ErrorCode::TemporarilyUnavailable);
    }
}
