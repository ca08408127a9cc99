//! Backups of SQLite files.

use crate::database::{Database, stranger};
use sqlx::Executor as _;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::backup::{backup, check};

fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn a_backup_holds_what_was_committed_and_is_for_its_owner_alone() {
    let database = Database::tracking_file().await;
    let experiment = database.experiment("kept").await;
    database.run(experiment).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.db");
    let done = backup(database.uri(), &file).await.unwrap();
    assert!(done.tables > 60 && done.rows >= 4, "{done:?}");
    assert_eq!(done.bytes, std::fs::metadata(&file).unwrap().len());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names(folder.path()), ["copy.db"], "nothing else is left");

    let mut copy = stranger(&file).await;
    let name: String = sqlx::query_scalar("SELECT name FROM experiments").fetch_one(&mut copy).await.unwrap();
    assert_eq!(name, "kept");
    let runs: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM runs").fetch_one(&mut copy).await.unwrap();
    assert_eq!(runs, 1);

    let refused = backup(database.uri(), &file).await.unwrap_err().to_string();
    assert!(refused.contains("there is such a file"), "{refused}");
}

#[tokio::test]
async fn a_backup_is_of_one_moment_while_others_write() {
    let database = Database::tracking_file().await;
    let experiment = database.experiment("busy").await;
    let run = database.run(experiment).await;
    let path = database.file().to_owned();
    let ended = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn({
        let ended = Arc::clone(&ended);
        async move {
            let mut writer = stranger(&path).await;
            let mut step = 0;
            while !ended.load(Ordering::Relaxed) {
                // Always as many of one as of the other.
                let both = format!(
                    "BEGIN IMMEDIATE;
                     INSERT INTO params (\"key\", value, run_uuid) VALUES ('{step}', '', '{run}');
                     INSERT INTO tags (\"key\", value, run_uuid) VALUES ('{step}', '', '{run}');
                     COMMIT"
                );
                writer.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(both))).await.unwrap();
                step += 1;
            }
            step
        }
    });
    let folder = tempfile::tempdir().unwrap();
    for number in 0..5 {
        let file = folder.path().join(number.to_string());
        backup(database.uri(), &file).await.unwrap();
        let mut copy = stranger(&file).await;
        let query = "SELECT (SELECT COUNT(*) FROM params) - (SELECT COUNT(*) FROM tags)";
        let difference: i64 = sqlx::query_scalar(query).fetch_one(&mut copy).await.unwrap();
        assert_eq!(difference, 0);
    }
    ended.store(true, Ordering::Relaxed);
    assert!(writing.await.unwrap() > 0);
}

#[tokio::test]
async fn a_damaged_database_gives_no_backup_and_leaves_nothing() {
    let database = Database::tracking_file().await;
    // An index that lacks an entry.
    database.experiment("one").await;
    let mut writer = stranger(database.file()).await;
    writer
        .execute(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_master SET sql = 'CREATE INDEX idx_experiments_workspace ON experiments (name)'
                 WHERE name = 'idx_experiments_workspace';
             PRAGMA writable_schema = OFF",
        )
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let refused = backup(database.uri(), &folder.path().join("unsound.db")).await.unwrap_err().to_string();
    assert!(refused.contains("missing from index"), "{refused}");

    let garbage = folder.path().join("garbage.db");
    std::fs::write(&garbage, "this is no database, whatever its name says: not at all").unwrap();
    let uri = format!("sqlite:///{}", garbage.display()).parse().unwrap();
    let refused = backup(&uri, &folder.path().join("copy.db")).await.unwrap_err().to_string();
    assert!(refused.contains("not a database"), "{refused}");
    assert_eq!(names(folder.path()), ["garbage.db"]);
}

#[test]
fn a_database_on_a_server_is_left_to_its_own_tool() {
    for (uri, tool) in [("postgresql://u@h/d", "pg_dump"), ("mysql://u@h/d", "mysqldump")] {
        let refused = check(&uri.parse().unwrap()).unwrap_err().to_string();
        assert!(refused.contains(tool), "{refused}");
    }
    let refused = check(&"sqlite:////nowhere/at/all.db".parse().unwrap()).unwrap_err().to_string();
    assert!(refused.contains("there is no file"), "{refused}");
}
