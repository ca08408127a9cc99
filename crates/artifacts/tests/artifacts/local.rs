//! The local repository against a real file system. Where MLflow is named, `mlflow server` 3.17 was asked.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::no_stores;
use artifacts::{ByteRange, Error, FileInfo, Repository, SafePath};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use model::ErrorCode;
use tempfile::TempDir;

/// A repository in `root`, next to a directory `outside` that holds a file `secret`.
struct Fixture {
    directory: TempDir,
    repository: Repository,
}

impl Fixture {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for name in ["root", "outside"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        fs::write(directory.path().join("outside/secret"), "secret").unwrap();
        let repository = Repository::from_uri("root", directory.path(), &no_stores()).unwrap();
        Self { directory, repository }
    }

    fn on_disk(&self, path: &str) -> PathBuf {
        self.directory.path().join("root").join(path)
    }

    fn secret(&self) -> String {
        fs::read_to_string(self.directory.path().join("outside/secret")).unwrap()
    }

    fn put(&self, path: &str, content: impl AsRef<[u8]>) {
        fs::create_dir_all(self.on_disk(path).parent().unwrap()).unwrap();
        fs::write(self.on_disk(path), content).unwrap();
    }

    fn link(&self, target: &str, name: &str) {
        symlink(target, self.on_disk(name)).unwrap();
    }

    async fn write(&self, path: &str, content: &str) -> artifacts::Result<()> {
        self.repository.write(&safe(path), whole(content)).await
    }

    async fn read(&self, path: &str) -> artifacts::Result<String> {
        let bytes = self.read_range(path, None).await?;
        Ok(String::from_utf8(bytes).unwrap())
    }

    async fn read_range(&self, path: &str, range: Option<ByteRange>) -> artifacts::Result<Vec<u8>> {
        let download = self.repository.read(&safe(path), range).await?;
        let chunks: Vec<Bytes> = download.stream.try_collect().await.unwrap();
        assert!(chunks.iter().all(|chunk| !chunk.is_empty() && chunk.len() <= 256 * 1024));
        let bytes = chunks.concat();
        assert_eq!(bytes.len() as u64, download.length);
        Ok(bytes)
    }

    async fn list(&self, path: &str) -> artifacts::Result<Vec<String>> {
        Ok(self.repository.list(&safe(path)).await?.into_iter().map(|file| file.path).collect())
    }

    async fn delete(&self, path: &str) -> artifacts::Result<()> {
        self.repository.delete(&safe(path)).await
    }

    /// Files below the root, hidden ones included, that are not directories.
    fn files(&self) -> Vec<PathBuf> {
        fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.is_symlink() { collect(&path, files) } else { files.push(path) }
            }
        }
        let mut files = Vec::new();
        collect(&self.on_disk(""), &mut files);
        files
    }

    /// Waits until what a dropped future leaves to a blocking thread is done.
    async fn settle(&self, expected: usize) {
        for _ in 0..500 {
            if self.files().len() == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("left behind: {:?}", self.files());
    }
}

fn safe(path: &str) -> SafePath {
    SafePath::parse(path).unwrap()
}

fn whole(content: &str) -> impl futures::Stream<Item = Result<Bytes, Infallible>> {
    stream::iter([Ok(Bytes::copy_from_slice(content.as_bytes()))])
}

/// The error as a client sees it.
fn refusal<T>(result: artifacts::Result<T>) -> (ErrorCode, String) {
    let error = model::Error::from(result.err().expect("an error"));
    (error.code, error.message.into_owned())
}

const OUTSIDE: &str = "Invalid path: resolved path is outside the artifact directory";

#[tokio::test]
async fn what_is_written_can_be_listed_read_and_deleted() {
    let f = Fixture::new();
    for path in [
        "a.txt",
        "1/abc/artifacts/model/MLmodel",
        "ü/日本語.txt",
        "100%.txt",
        "a b.txt",
        "a%20b.txt",
        "a?b;c",
    ] {
        f.write(path, path).await.unwrap();
        assert_eq!(f.read(path).await.unwrap(), path);
        assert_eq!(
            fs::read_to_string(f.on_disk(path)).unwrap(),
            path,
            "the name on disk is the name asked for"
        );
    }
    assert_eq!(f.list("").await.unwrap(), ["1", "100%.txt", "a b.txt", "a%20b.txt", "a.txt", "a?b;c", "ü"]);
    assert_eq!(f.list("1/abc").await.unwrap(), ["1/abc/artifacts"]);
    f.delete("a.txt").await.unwrap();
    f.delete("1").await.unwrap();
    assert_eq!(f.list("").await.unwrap(), ["100%.txt", "a b.txt", "a%20b.txt", "a?b;c", "ü"]);
    assert!(!f.on_disk("1").exists());
}

#[tokio::test]
async fn a_root_that_does_not_exist_is_empty_until_the_first_write() {
    let directory = tempfile::tempdir().unwrap();
    let repository = Repository::from_uri("not/yet", directory.path(), &no_stores()).unwrap();
    assert_eq!(repository.list(&SafePath::root()).await.unwrap(), []);
    assert!(matches!(repository.read(&safe("a"), None).await, Err(Error::NotFound(_))));
    repository.delete(&safe("a")).await.unwrap();
    assert!(!directory.path().join("not").exists());
    repository.write(&safe("a"), whole("x")).await.unwrap();
    assert_eq!(fs::read(directory.path().join("not/yet/a")).unwrap(), b"x");
}

/// MLflow: sorted by path, hidden files shown, unfinished uploads not, `{}` for files and for what does not exist.
#[tokio::test]
async fn a_listing_is_that_of_mlflow() {
    let f = Fixture::new();
    for name in
        ["dir/b", "dir/B", "dir/a/x", "dir/ü", "dir/.hidden", "dir/.artifact.uploading.python", "dir/a-b"]
    {
        f.put(name, "12");
    }
    f.put(".artifact.uploading.d/x", "");
    let files = f.repository.list(&safe("dir")).await.unwrap();
    assert_eq!(
        serde_json::to_value(&files).unwrap(),
        serde_json::json!([
            {"path": "dir/.hidden", "is_dir": false, "file_size": 2},
            {"path": "dir/B", "is_dir": false, "file_size": 2},
            {"path": "dir/a", "is_dir": true},
            {"path": "dir/a-b", "is_dir": false, "file_size": 2},
            {"path": "dir/b", "is_dir": false, "file_size": 2},
            {"path": "dir/ü", "is_dir": false, "file_size": 2},
        ])
    );
    assert_eq!(f.list("dir/").await.unwrap().len(), 6);
    assert_eq!(f.list("").await.unwrap(), ["dir"]);
    for nothing in ["missing", "missing/x", "dir/b", "dir/b/x", &"x".repeat(300)] {
        assert!(f.list(nothing).await.unwrap().is_empty(), "{nothing}");
    }
}

#[tokio::test]
async fn a_thousand_files_are_listed_in_order() {
    let f = Fixture::new();
    for i in 0..1000 {
        f.put(&format!("many/{i}"), "");
    }
    let listed = f.list("many").await.unwrap();
    assert_eq!(listed.len(), 1000);
    assert!(listed.is_sorted());
}

/// MLflow: RESOURCE_DOES_NOT_EXIST with the path, 400 for a directory.
#[tokio::test]
async fn what_is_no_file_cannot_be_read() {
    let f = Fixture::new();
    f.put("dir/a.txt", "x");
    for path in ["missing", "dir/missing", "dir/a.txt/x"] {
        assert_eq!(
            refusal(f.read(path).await),
            (ErrorCode::ResourceDoesNotExist, format!("No such artifact: '{path}'"))
        );
    }
    assert_eq!(refusal(f.read(&"x".repeat(300)).await).0, ErrorCode::ResourceDoesNotExist);
    for path in ["dir", ""] {
        assert_eq!(
            refusal(f.read(path).await),
            (
                ErrorCode::InvalidParameterValue,
                format!("Artifact path refers to a directory, not a file: '{path}'")
            )
        );
    }
    assert_eq!(f.read("dir/a.txt/").await.unwrap(), "x", "as MLflow");
}

#[tokio::test]
async fn pipes_and_sockets_are_refused_without_waiting_for_anybody() {
    let f = Fixture::new();
    let _socket = std::os::unix::net::UnixListener::bind(f.on_disk("socket")).unwrap();
    assert!(matches!(f.read("socket").await, Err(Error::NotAFile(_))));
    let made = std::process::Command::new("mkfifo").arg(f.on_disk("pipe")).status().unwrap();
    assert!(made.success());
    let read =
        tokio::time::timeout(Duration::from_secs(5), f.read("pipe")).await.expect("it waits for a writer");
    assert!(matches!(read, Err(Error::NotAFile(_))));
}

#[tokio::test]
async fn a_file_comes_in_chunks_with_what_http_wants_to_know() {
    let f = Fixture::new();
    let content: Vec<u8> = (0..700_000_u32).map(|i| (i % 251) as u8).collect();
    f.put("big", &content);
    assert_eq!(f.read_range("big", None).await.unwrap(), content);
    let download = f.repository.read(&safe("big"), None).await.unwrap();
    assert_eq!((download.first, download.length, download.total), (0, 700_000, 700_000));
    assert!(download.modified.is_some());
    let etag = download.etag.unwrap();
    assert!(etag.starts_with('"') && etag.ends_with('"'));
    assert_eq!(f.repository.read(&safe("big"), None).await.unwrap().etag, Some(etag.clone()));
    f.repository
        .write(&safe("big"), stream::iter([Ok::<_, Infallible>(content.clone().into())]))
        .await
        .unwrap();
    assert_ne!(
        f.repository.read(&safe("big"), None).await.unwrap().etag,
        Some(etag),
        "the same bytes, another file"
    );

    f.put("empty", "");
    assert_eq!(f.read("empty").await.unwrap(), "");
}

#[tokio::test]
async fn a_part_of_a_file_is_what_the_range_says() {
    let f = Fixture::new();
    let content: Vec<u8> = (0..600_000_u32).map(|i| (i % 251) as u8).collect();
    f.put("file", &content);
    for (range, expected) in [
        (ByteRange::From { first: 599_990 }, 599_990..600_000),
        (ByteRange::Between { first: 0, last: 0 }, 0..1),
        (ByteRange::Between { first: 10, last: 300_000 }, 10..300_001),
        (ByteRange::Between { first: 10, last: u64::MAX }, 10..600_000),
        (ByteRange::Last { length: 5 }, 599_995..600_000),
        (ByteRange::Last { length: u64::MAX }, 0..600_000),
    ] {
        let download = f.repository.read(&safe("file"), Some(range)).await.unwrap();
        assert_eq!((download.first, download.total), (expected.start as u64, 600_000));
        assert_eq!(f.read_range("file", Some(range)).await.unwrap(), content[expected], "{range:?}");
    }
    for range in [
        ByteRange::From { first: 600_000 },
        ByteRange::Between { first: 600_000, last: 600_001 },
        ByteRange::Between { first: 5, last: 4 },
        ByteRange::Last { length: 0 },
    ] {
        let error = f.read_range("file", Some(range)).await.unwrap_err();
        assert!(matches!(error, Error::UnsatisfiableRange { total: 600_000 }), "{range:?}");
    }
    f.put("empty", "");
    assert!(f.read_range("empty", Some(ByteRange::Last { length: 1 })).await.is_err());
}

#[tokio::test]
async fn a_file_that_shrinks_while_it_is_read_is_an_error_and_not_a_short_answer() {
    let f = Fixture::new();
    f.put("file", vec![7; 600_000]);
    let mut download = f.repository.read(&safe("file"), None).await.unwrap();
    fs::OpenOptions::new().write(true).open(f.on_disk("file")).unwrap().set_len(300_000).unwrap();
    assert_eq!(download.stream.next().await.unwrap().unwrap().len(), 256 * 1024);
    let error = download.stream.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
}

#[tokio::test]
async fn a_reader_keeps_the_file_that_it_opened() {
    let f = Fixture::new();
    f.put("file", vec![1; 600_000]);
    let download = f.repository.read(&safe("file"), None).await.unwrap();
    f.write("file", "new").await.unwrap();
    let old: Vec<Bytes> = download.stream.try_collect().await.unwrap();
    assert_eq!(old.concat(), vec![1; 600_000]);
    f.delete("file").await.unwrap();
}

#[tokio::test]
async fn an_upload_of_many_small_and_some_large_pieces_arrives_whole() {
    let f = Fixture::new();
    let content: Vec<u8> = (0..1_500_000_u32).map(|i| (i % 253) as u8).collect();
    for piece in [977, 256 * 1024, 1_000_000] {
        let pieces: Vec<_> =
            content.chunks(piece).map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece))).collect();
        f.repository.write(&safe("deep/er/file"), stream::iter(pieces)).await.unwrap();
        assert_eq!(fs::read(f.on_disk("deep/er/file")).unwrap(), content);
    }
    f.repository.write(&safe("empty"), stream::empty::<Result<Bytes, Infallible>>()).await.unwrap();
    assert_eq!(fs::read(f.on_disk("empty")).unwrap(), b"");
    assert_eq!(f.files().len(), 2, "no unfinished upload is left");
    let mode = |path: &str| fs::metadata(f.on_disk(path)).unwrap().permissions().mode();
    f.put("plain", "");
    assert_eq!(mode("empty"), mode("plain"), "others may read it as far as the umask lets them");
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing_behind() {
    let f = Fixture::new();
    f.write("old", "old").await.unwrap();
    for path in ["old", "new", "dir/new"] {
        let torn = stream::iter([
            Ok(Bytes::from(vec![0; 600_000])),
            Err(io::Error::from(io::ErrorKind::ConnectionReset)),
        ]);
        let result = f.repository.write(&safe(path), torn).await;
        assert_eq!(
            refusal(result),
            (ErrorCode::BadRequest, "The upload broke off before its end".to_owned())
        );
    }
    assert_eq!(f.files(), [f.on_disk("old")]);
    assert_eq!(f.read("old").await.unwrap(), "old");
    assert!(!f.on_disk("dir").exists());
}

#[tokio::test]
async fn the_reason_of_the_stream_reaches_the_client() {
    let f = Fixture::new();
    let reason = model::Error::invalid("Artifact size is too large. Max size is 10MB.");
    let result = f.repository.write(&safe("x"), stream::iter([Err::<Bytes, _>(reason.clone())])).await;
    assert_eq!(model::Error::from(result.unwrap_err()), reason);
}

#[tokio::test]
async fn a_cancelled_upload_leaves_nothing_behind() {
    let f = Fixture::new();
    f.write("old", "old").await.unwrap();
    // Cancelled at another point every time: before it starts, while the file is made, while it is written.
    for micros in [0, 20, 50, 100, 200, 500, 1_000, 5_000, 20_000] {
        let endless = stream::iter((0..).map(|_| Ok::<_, Infallible>(Bytes::from_static(&[0; 8192])))).then(
            |piece| async {
                tokio::task::yield_now().await;
                piece
            },
        );
        let path = safe("dir/new");
        let upload = f.repository.write(&path, endless);
        assert!(tokio::time::timeout(Duration::from_micros(micros), upload).await.is_err());
    }
    f.settle(1).await;
    assert_eq!(f.read("old").await.unwrap(), "old");
}

#[test]
fn an_upload_that_a_runtime_takes_down_with_it_leaves_nothing_behind() {
    let f = Fixture::new();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let repository = f.repository.clone();
    runtime.spawn(async move {
        let stalled =
            stream::iter([Ok::<_, Infallible>(Bytes::from(vec![0; 600_000]))]).chain(stream::pending());
        repository.write(&safe("x"), stalled).await.unwrap();
    });
    while f.files().is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(runtime);
    assert!(f.files().is_empty(), "{:?}", f.files());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_writers_one_wins_whole() {
    let f = Fixture::new();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16_u8 {
        let repository = f.repository.clone();
        writers.spawn(async move {
            let pieces =
                stream::iter((0..40).map(move |_| Ok::<_, Infallible>(Bytes::from(vec![writer; 20_000]))))
                    .then(|piece| async {
                        tokio::task::yield_now().await;
                        piece
                    });
            repository.write(&safe("shared/file"), pieces).await
        });
        if let Ok(content) = f.read_range("shared/file", None).await {
            assert!(content.len() == 800_000 && content.iter().all(|byte| *byte == content[0]));
        }
    }
    while let Some(written) = writers.join_next().await {
        written.unwrap().unwrap();
        let content = fs::read(f.on_disk("shared/file")).unwrap();
        assert!(content.len() == 800_000 && content.iter().all(|byte| *byte == content[0]));
    }
    assert_eq!(f.files().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_survive_that_their_directory_is_deleted_under_them() {
    let f = Fixture::new();
    let repository = f.repository.clone();
    let deleting = tokio::spawn(async move {
        for _ in 0..100 {
            // A directory that is filled while it is deleted may refuse; that is no concern of the uploads.
            let _ = repository.delete(&safe("run")).await;
        }
    });
    for i in 0..50 {
        f.write(&format!("run/a/{i}"), "x").await.unwrap();
    }
    deleting.await.unwrap();
    f.write("run/last", "x").await.unwrap();
    assert_eq!(f.read("run/last").await.unwrap(), "x");
}

/// MLflow answers 500 to these (and 400 to the final slash).
#[tokio::test]
async fn files_and_directories_do_not_replace_each_other() {
    let f = Fixture::new();
    f.put("dir/file", "x");
    assert_eq!(
        refusal(f.write("dir", "y").await),
        (
            ErrorCode::InvalidParameterValue,
            "Artifact path refers to a directory, not a file: 'dir'".to_owned()
        )
    );
    for path in ["dir/file/below", "dir/file/far/below"] {
        assert_eq!(
            refusal(f.write(path, "y").await),
            (
                ErrorCode::InvalidParameterValue,
                format!("Artifact path goes through a file as if it were a directory: '{path}'")
            )
        );
    }
    for path in ["", "dir/", "new/"] {
        let (code, message) = refusal(f.write(path, "y").await);
        assert_eq!(code, ErrorCode::InvalidParameterValue);
        assert_eq!(message, "Artifact path must include a filename (cannot end with '/').");
    }
    let long = "x".repeat(300);
    assert_eq!(refusal(f.write(&long, "y").await).0, ErrorCode::InvalidParameterValue);
    assert_eq!(refusal(f.write(&format!("{long}/x"), "y").await).0, ErrorCode::InvalidParameterValue);
    assert_eq!(f.files(), [f.on_disk("dir/file")]);
}

/// A directory that appears while the upload is under way.
#[tokio::test]
async fn a_conflict_that_appears_during_an_upload_is_an_error_too() {
    let f = Fixture::new();
    let target = f.on_disk("x");
    let pieces = stream::once(async move {
        fs::create_dir(target).unwrap();
        Ok::<_, Infallible>(Bytes::from_static(b"y"))
    });
    assert!(matches!(f.repository.write(&safe("x"), pieces).await, Err(Error::IsDirectory(_))));
    let parent = f.on_disk("p");
    let pieces = stream::once(async move {
        fs::write(parent, "").unwrap();
        Ok::<_, Infallible>(Bytes::from_static(b"y"))
    });
    assert!(matches!(f.repository.write(&safe("p/q/r"), pieces).await, Err(Error::NotADirectory(_))));
    assert_eq!(f.files(), [f.on_disk("p")]);
}

/// MLflow: 200 for what does not exist.
#[tokio::test]
async fn deleting_what_does_not_exist_succeeds() {
    let f = Fixture::new();
    f.put("dir/file", "x");
    for path in ["missing", "missing/x", "dir/missing", "dir/file/x", &"x".repeat(300)] {
        f.delete(path).await.unwrap();
    }
    assert_eq!(f.read("dir/file").await.unwrap(), "x");
    f.delete("dir/").await.unwrap();
    assert!(!f.on_disk("dir").exists());
}

#[tokio::test]
async fn the_root_cannot_be_deleted() {
    let f = Fixture::new();
    f.put("file", "x");
    for root in ["", ".", "./"] {
        assert_eq!(refusal(f.delete(root).await).0, ErrorCode::InvalidParameterValue);
    }
    assert_eq!(f.read("file").await.unwrap(), "x");
}

/// MLflow answers with the same words, except that it deletes through `linkdir`.
#[tokio::test]
async fn links_do_not_lead_out_of_the_repository() {
    let f = Fixture::new();
    fs::create_dir(f.on_disk("dir")).unwrap();
    let outside = f.directory.path().join("outside");
    f.link("../outside/secret", "link");
    f.link("../outside", "linkdir");
    f.link("../../outside", "dir/linkdir");
    f.link(outside.to_str().unwrap(), "absolute");
    f.link("linkdir", "twice");
    f.link("../outside/new", "dangling");
    for path in ["link", "linkdir/secret", "dir/linkdir/secret", "absolute/secret", "twice/secret"] {
        let escape = (ErrorCode::InvalidParameterValue, OUTSIDE.to_owned());
        assert_eq!(refusal(f.read(path).await), escape, "{path}");
        assert_eq!(refusal(f.write(path, "x").await), escape, "{path}");
        if path != "link" {
            assert_eq!(refusal(f.delete(path).await), escape, "{path}");
        }
        let parent = safe(path).parent().unwrap();
        if !parent.is_root() {
            assert_eq!(refusal(f.list(parent.as_str()).await), escape, "{path}");
        }
    }
    assert!(f.write("linkdir/new", "x").await.is_err() && f.write("dangling", "x").await.is_err());
    assert_eq!(f.list("").await.unwrap(), ["dir"], "what cannot be read is not listed");
    for link in ["link", "linkdir", "absolute", "dangling", "dir"] {
        f.delete(link).await.unwrap();
        assert!(!f.on_disk(link).is_symlink() && !f.on_disk(link).exists());
    }
    assert_eq!(f.secret(), "secret");
    assert_eq!(fs::read_dir(outside).unwrap().count(), 1);
}

#[tokio::test]
async fn links_that_stay_inside_are_followed() {
    let f = Fixture::new();
    f.put("dir/file", "x");
    f.put("other", "other");
    f.link("dir", "inlink");
    f.link("../other", "dir/up");
    assert_eq!(f.read("inlink/file").await.unwrap(), "x");
    assert_eq!(f.read("dir/up").await.unwrap(), "other");
    f.write("inlink/new", "new").await.unwrap();
    assert_eq!(f.read("dir/new").await.unwrap(), "new");
    let listed = f.repository.list(&SafePath::root()).await.unwrap();
    assert_eq!(listed[1], FileInfo { path: "inlink".to_owned(), is_dir: true, file_size: None });
    let listed = f.repository.list(&safe("inlink")).await.unwrap();
    assert_eq!(listed[2], FileInfo { path: "inlink/up".to_owned(), is_dir: false, file_size: Some(5) });

    f.write("dir/up", "replaced").await.unwrap();
    assert_eq!(f.read("other").await.unwrap(), "other", "the link is replaced, not what it leads to");
    f.delete("inlink").await.unwrap();
    assert_eq!(f.read("dir/file").await.unwrap(), "x", "the link is deleted, not what it leads to");
}

#[tokio::test]
async fn links_to_nowhere_are_as_if_they_were_not_there() {
    let f = Fixture::new();
    f.link("nowhere", "dangling");
    f.link("loop", "loop");
    f.link("b", "a");
    f.link("a", "b");
    assert!(f.list("").await.unwrap().is_empty());
    for path in ["dangling", "loop", "a", "loop/x", "dangling/x"] {
        assert!(matches!(f.read(path).await, Err(Error::NotFound(_))), "{path}");
        assert!(f.list(path).await.unwrap().is_empty(), "{path}");
    }
    f.write("loop", "x").await.unwrap();
    f.write("dangling", "x").await.unwrap();
    assert_eq!(f.list("").await.unwrap(), ["dangling", "loop"]);
    f.delete("a").await.unwrap();
}

/// Somebody with access to the directory swaps it for a link, again and again, while it is used.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_is_put_in_place_meanwhile_does_not_lead_out() {
    let f = Fixture::new();
    f.put("dir/secret", "harmless");
    let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (root, stop) = (f.on_disk(""), std::sync::Arc::clone(&done));
    let attacker = std::thread::spawn(move || {
        symlink("../outside", root.join("evil")).unwrap();
        while !stop.load(std::sync::atomic::Ordering::Relaxed) {
            for (from, to) in [("dir", "away"), ("evil", "dir"), ("dir", "evil"), ("away", "dir")] {
                // An upload may have made a new `dir` meanwhile.
                let _ = fs::rename(root.join(from), root.join(to));
            }
        }
    });
    for i in 0..300 {
        if let Ok(content) = f.read("dir/secret").await {
            assert_ne!(content, "secret");
        }
        let _ = f.write("dir/secret", "harmless").await;
        let _ = f.write(&format!("dir/new{i}/x"), "harmless").await;
        let _ = f.delete("dir/secret").await;
    }
    done.store(true, std::sync::atomic::Ordering::Relaxed);
    attacker.join().unwrap();
    assert_eq!(f.secret(), "secret");
    assert_eq!(fs::read_dir(f.directory.path().join("outside")).unwrap().count(), 1);
}

#[tokio::test]
async fn the_root_itself_may_be_a_link() {
    let f = Fixture::new();
    symlink("root", f.directory.path().join("alias")).unwrap();
    let repository = Repository::from_uri("alias", f.directory.path(), &no_stores()).unwrap();
    repository.write(&safe("x"), whole("y")).await.unwrap();
    assert_eq!(f.read("x").await.unwrap(), "y");
}

#[tokio::test]
async fn what_a_killed_process_left_is_removed_when_it_is_a_day_old() {
    let f = Fixture::new();
    f.put(".artifact.uploading.millgate/1-0", "left behind");
    f.put(".artifact.uploading.millgate/1-1", "under way elsewhere");
    f.put("dir/.artifact.uploading.python", "of MLflow");
    let now = fs::metadata(f.on_disk("dir")).unwrap().modified().unwrap();
    let yesterday = now - Duration::from_secs(25 * 60 * 60);
    for left in [".artifact.uploading.millgate/1-0", "dir/.artifact.uploading.python"] {
        fs::File::options().write(true).open(f.on_disk(left)).unwrap().set_modified(yesterday).unwrap();
    }
    f.write("x", "y").await.unwrap();
    let mut files = f.files();
    files.sort();
    assert_eq!(
        files,
        [".artifact.uploading.millgate/1-1", "dir/.artifact.uploading.python", "x"]
            .map(|path| f.on_disk(path))
    );
}

/// A file system of 64 KiB, where the machine lets the test mount one.
#[tokio::test]
async fn a_full_disk_is_a_clear_error_and_leaves_nothing_half_visible() {
    let f = Fixture::new();
    let root = f.on_disk("");
    let mount = |arguments: &[&str]| std::process::Command::new("mount").args(arguments).arg(&root).output();
    if !mount(&["-t", "tmpfs", "-o", "size=64k", "millgate-test"]).is_ok_and(|output| output.status.success())
    {
        eprintln!("skipped: mounting is not permitted here");
        return;
    }
    let first = f.write("old", "old").await;
    let result = f
        .repository
        .write(&safe("old"), stream::iter([Ok::<_, Infallible>(Bytes::from(vec![0; 600_000]))]))
        .await;
    let files = f.files();
    let old = f.read("old").await;
    std::process::Command::new("umount").arg(&root).status().unwrap();
    first.unwrap();
    assert_eq!(
        refusal(result),
        (ErrorCode::InternalError, "The artifact store has no space left".to_owned())
    );
    assert_eq!(files, [f.on_disk("old")]);
    assert_eq!(old.unwrap(), "old");
}

#[test]
fn a_repository_is_opened_by_path_or_file_uri() {
    for (uri, root) in [
        ("file:///abs/x", "/abs/x"),
        ("file:/abs", "/abs"),
        ("file://localhost/abs", "/abs"),
        ("/abs", "/abs"),
        ("./rel", "/cwd/./rel"),
        ("rel/x", "/cwd/rel/x"),
        ("file:rel", "/cwd/rel"),
        ("/a%20b", "/a b"),
    ] {
        let Repository::Local(local) = Repository::from_uri(uri, Path::new("/cwd"), &no_stores()).unwrap()
        else {
            panic!("{uri}")
        };
        assert_eq!(local.root(), Path::new(root), "{uri}");
    }
    for (uri, scheme) in [
        ("hdfs://host/x", "hdfs"),
        ("http://h/x", "http"),
        ("mlflow-artifacts:/x", "mlflow-artifacts"),
        ("dbfs:/x", "dbfs"),
    ] {
        let error = Repository::from_uri(uri, Path::new("/cwd"), &no_stores()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "The artifact store scheme '{scheme}' is not supported. \
                 Supported are s3, gs, wasbs, abfss, and a local directory, as a path or as a file:///path URI."
            )
        );
    }
    assert!(Repository::from_uri("file://host/x", Path::new("/cwd"), &no_stores()).is_err());
}
