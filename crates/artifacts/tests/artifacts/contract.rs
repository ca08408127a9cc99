//! What holds for every repository, wherever the files are.

use std::convert::Infallible;
use std::sync::Arc;

use artifacts::object::Patience;
use artifacts::{ByteRange, Error, ObjectRepository, Repository, SafePath};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use model::ErrorCode;
use object_store::memory::InMemory;

use crate::no_stores;

/// A repository of each kind, and what must live as long as they do.
fn each() -> (Vec<(&'static str, Repository)>, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let memory = |prefix: &str| {
        let store = Arc::new(InMemory::new());
        Repository::Object(ObjectRepository::in_store(store, safe(prefix), Patience::default()))
    };
    let local = Repository::from_uri("root", directory.path(), &no_stores()).unwrap();
    (vec![("local", local), ("bucket", memory("")), ("below a prefix", memory("some/prefix"))], directory)
}

fn safe(path: &str) -> SafePath {
    SafePath::parse(path).unwrap()
}

async fn write(repository: &Repository, path: &str, content: &str) {
    let pieces = stream::iter([Ok::<_, Infallible>(Bytes::from(content.to_owned()))]);
    repository.write(&safe(path), pieces).await.unwrap();
}

async fn read(repository: &Repository, path: &str, range: Option<ByteRange>) -> artifacts::Result<String> {
    let download = repository.read(&safe(path), range).await?;
    let chunks: Vec<Bytes> = download.stream.try_collect().await.unwrap();
    assert!(chunks.iter().all(|chunk| !chunk.is_empty() && chunk.len() <= 256 * 1024));
    assert_eq!(chunks.iter().map(Bytes::len).sum::<usize>() as u64, download.length);
    Ok(String::from_utf8(chunks.concat()).unwrap())
}

async fn list(repository: &Repository, path: &str) -> Vec<(String, Option<i64>)> {
    let files = repository.list(&safe(path)).await.unwrap();
    assert!(files.iter().all(|file| file.is_dir == file.file_size.is_none()));
    files.into_iter().map(|file| (file.path, file.file_size)).collect()
}

fn entries(of: &[(&str, Option<i64>)]) -> Vec<(String, Option<i64>)> {
    of.iter().map(|(path, size)| ((*path).to_owned(), *size)).collect()
}

#[tokio::test]
async fn what_is_written_can_be_listed_read_and_deleted() {
    let (repositories, _directory) = each();
    for (kind, repository) in repositories {
        assert!(list(&repository, "").await.is_empty(), "{kind}");
        for (path, content) in [("a.txt", "one"), ("d/b.txt", "two"), ("d/e/c", ""), ("d2/x", "four")] {
            write(&repository, path, content).await;
        }
        let top = [("a.txt", Some(3)), ("d", None), ("d2", None)];
        assert_eq!(list(&repository, "").await, entries(&top), "{kind}");
        assert_eq!(list(&repository, "d").await, entries(&[("d/b.txt", Some(3)), ("d/e", None)]), "{kind}");
        assert_eq!(list(&repository, "d/e").await, entries(&[("d/e/c", Some(0))]), "{kind}");
        for nothing in ["a.txt", "none", "d/b"] {
            assert!(list(&repository, nothing).await.is_empty(), "{kind}: {nothing}");
        }
        assert_eq!(read(&repository, "d/b.txt", None).await.unwrap(), "two", "{kind}");
        assert_eq!(read(&repository, "d/e/c", None).await.unwrap(), "", "{kind}");
        write(&repository, "a.txt", "once more").await;
        assert_eq!(read(&repository, "a.txt", None).await.unwrap(), "once more", "{kind}");

        repository.delete(&safe("a.txt")).await.unwrap();
        repository.delete(&safe("d")).await.unwrap();
        repository.delete(&safe("d")).await.unwrap();
        assert_eq!(
            list(&repository, "").await,
            entries(&[("d2", None)]),
            "{kind}: a name's beginning is not the name"
        );
        assert!(matches!(repository.delete(&SafePath::root()).await, Err(Error::RootDelete)), "{kind}");
    }
}

#[tokio::test]
async fn names_are_what_they_are() {
    let (repositories, _directory) = each();
    for (kind, repository) in repositories {
        let mut names =
            ["a b.txt", "100%.txt", "a%20b", "ü", "q?x", "p+q", "~t", "{x}", "[y]", "z*", "a=b&c", "'q'"];
        names.sort_unstable();
        for name in names {
            write(&repository, &format!("n/{name}"), name).await;
        }
        let listed: Vec<String> = list(&repository, "n").await.into_iter().map(|(path, _)| path).collect();
        let expected: Vec<String> = names.iter().map(|name| format!("n/{name}")).collect();
        assert_eq!(listed, expected, "{kind}");
        for name in names {
            assert_eq!(read(&repository, &format!("n/{name}"), None).await.unwrap(), name, "{kind}");
        }
    }
}

#[tokio::test]
async fn a_part_of_a_file_is_what_the_range_says() {
    let (repositories, _directory) = each();
    for (kind, repository) in repositories {
        write(&repository, "f", "0123456789").await;
        write(&repository, "empty", "").await;
        for (range, expected) in [
            (ByteRange::From { first: 0 }, "0123456789"),
            (ByteRange::From { first: 9 }, "9"),
            (ByteRange::Between { first: 2, last: 4 }, "234"),
            (ByteRange::Between { first: 8, last: u64::MAX }, "89"),
            (ByteRange::Last { length: 3 }, "789"),
            (ByteRange::Last { length: 100 }, "0123456789"),
        ] {
            assert_eq!(read(&repository, "f", Some(range)).await.unwrap(), expected, "{kind}: {range:?}");
        }
        for (path, range) in [
            ("f", ByteRange::From { first: 10 }),
            ("f", ByteRange::Last { length: 0 }),
            ("empty", ByteRange::From { first: 0 }),
        ] {
            let refused = read(&repository, path, Some(range)).await;
            assert!(matches!(refused, Err(Error::UnsatisfiableRange { .. })), "{kind}: {range:?}");
        }
    }
}

#[tokio::test]
async fn a_large_file_comes_back_whole() {
    let (repositories, _directory) = each();
    let piece = Bytes::from((0..=255).cycle().take(1_000_003).collect::<Vec<u8>>());
    for (kind, repository) in repositories {
        // Some parts of 8 MiB, and a rest.
        let pieces = stream::iter((0..20).map(|_| Ok::<_, Infallible>(piece.clone())));
        repository.write(&safe("large"), pieces).await.unwrap();
        let download = repository.read(&safe("large"), None).await.unwrap();
        assert_eq!((download.total, download.length), (20_000_060, 20_000_060), "{kind}");
        let whole: Vec<Bytes> = download.stream.try_collect().await.unwrap();
        assert!(whole.concat() == piece.repeat(20), "{kind}");
    }
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing_behind() {
    let (repositories, _directory) = each();
    for (kind, repository) in repositories {
        for before in [0, 10, 9 << 20] {
            let start = stream::iter([Ok(Bytes::from(vec![b'x'; before]))]);
            let broken = start.chain(stream::iter([Err(std::io::Error::other("gone"))]));
            let error = repository.write(&safe("d/f"), broken).await.unwrap_err();
            assert!(matches!(error, Error::Interrupted(_)), "{kind}: {error}");
            assert!(list(&repository, "").await.is_empty(), "{kind}: {before}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused_alike() {
    let (repositories, _directory) = each();
    for (kind, repository) in repositories {
        let missing = read(&repository, "none", None).await.unwrap_err();
        assert_eq!(model::Error::from(missing).code, ErrorCode::ResourceDoesNotExist, "{kind}");
        assert!(read(&repository, "", None).await.is_err(), "{kind}");
        for path in ["", "d/"] {
            let nothing = stream::iter([Ok::<_, Infallible>(Bytes::new())]);
            let refused = repository.write(&safe(path), nothing).await;
            assert!(matches!(refused, Err(Error::NoFileName)), "{kind}: {path:?}");
        }
    }
}

#[tokio::test]
async fn an_etag_changes_with_the_file() {
    let (repositories, _directory) = each();
    for (kind, repository) in repositories {
        let mut seen = Vec::new();
        for content in ["one", "two"] {
            write(&repository, "f", content).await;
            seen.push(repository.read(&safe("f"), None).await.unwrap().etag);
        }
        assert!(seen[0] != seen[1] || seen[0].is_none(), "{kind}: {seen:?}");
    }
}
