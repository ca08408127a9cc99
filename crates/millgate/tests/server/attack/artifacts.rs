//! Files: paths that try to leave, links, names, ranges, uploads that break off.

use crate::attack::world::{AJAX, ALICE, API, MALLORY, PROXY, World, encoded, password};
use crate::harness::login;
use std::io::Write;

#[test]
fn no_path_leaves_the_storage() {
    let world = World::closed().with_people();
    let owned = world.owned();
    std::fs::write(world.folder().join("outside.txt"), "from outside").unwrap();
    let up = "../".repeat(6);
    for path in [
        "../outside.txt".to_owned(),
        format!("{up}etc/passwd"),
        "..%2foutside.txt".to_owned(),
        "%2e%2e/outside.txt".to_owned(),
        "%2e%2e%2foutside.txt".to_owned(),
        "%252e%252e/outside.txt".to_owned(),
        "%252e%252e%252foutside.txt".to_owned(),
        "%25252e%25252e/outside.txt".to_owned(),
        "x/../../outside.txt".to_owned(),
        "..;/outside.txt".to_owned(),
        "..%00/outside.txt".to_owned(),
        "..%5coutside.txt".to_owned(),
        "%5c..%5coutside.txt".to_owned(),
        "%2fetc%2fpasswd".to_owned(),
        "%252fetc/passwd".to_owned(),
        "file:/etc/passwd".to_owned(),
        "file:%2f%2f%2fetc%2fpasswd".to_owned(),
        "C:%2fWindows".to_owned(),
        "x%23/../../outside.txt".to_owned(),
        "x%3f/../../outside.txt".to_owned(),
        format!("{}%2f..%2f..%2foutside.txt", owned.experiment),
    ] {
        // Nobody gets there, not even who may everything.
        for user in ["admin", ALICE] {
            let below = format!("{}/{}/artifacts/{path}", owned.experiment, owned.run);
            for target in [
                format!("{PROXY}/{path}"),
                format!("{PROXY}/{below}"),
                format!("{PROXY}?path={}", path.replace('%', "%25")),
                format!("/get-artifact?run_id={}&path={path}", owned.run),
                format!("/get-artifact?run_id={}&path={}", owned.run, path.replace('%', "%25")),
                format!("{API}/artifacts/list?run_id={}&path={path}", owned.run),
            ] {
                let answer = world.get(user, &target);
                assert!(
                    !answer.body.contains("from outside") && !answer.body.contains("root:"),
                    "{target}: {answer:?}"
                );
                // A harmless name may be missing or, in a listing, empty.
                assert!(answer.status != 500, "{target}: {answer:?}");
            }
            world.ask(user, "DELETE", &format!("{PROXY}/{path}"), &[], b"");
            world.put(user, &path, "overwritten");
            let upload = format!("{AJAX}/upload-artifact?run_uuid={}&path={path}", owned.run);
            world.ask(user, "POST", &upload, &[], b"overwritten");
            let outside = std::fs::read_to_string(world.folder().join("outside.txt")).unwrap();
            assert_eq!(outside, "from outside", "{path}");
        }
    }
}

#[test]
fn a_link_does_not_lead_out_of_the_storage() {
    let world = World::closed().with_people();
    let owned = world.owned();
    let outside = tempfile::TempDir::new().unwrap();
    std::fs::write(outside.path().join("x.txt"), "from outside").unwrap();
    let folder = world.storage().join(&owned.experiment).join(&owned.run).join("artifacts");
    std::os::unix::fs::symlink(outside.path(), folder.join("link")).unwrap();
    std::os::unix::fs::symlink("../../../../outside.txt", folder.join("relative")).unwrap();
    std::fs::write(world.folder().join("outside.txt"), "from outside").unwrap();
    let base = format!("{PROXY}/{}/{}/artifacts", owned.experiment, owned.run);
    for path in ["link/x.txt", "link", "relative"] {
        let read = world.get(ALICE, &format!("{base}/{path}"));
        assert!(read.status >= 400 && !read.body.contains("from outside"), "{path}: {read:?}");
        let read = world.get(ALICE, &format!("/get-artifact?run_id={}&path={path}", owned.run));
        assert!(read.status >= 400 && !read.body.contains("from outside"), "{path}: {read:?}");
    }
    world.ask(ALICE, "PUT", &format!("{base}/link/x.txt"), &[], b"overwritten");
    world.ask(ALICE, "DELETE", &format!("{base}/link/x.txt"), &[], b"");
    world.ask(ALICE, "DELETE", &format!("{base}/link"), &[], b"");
    assert_eq!(std::fs::read_to_string(outside.path().join("x.txt")).unwrap(), "from outside");
}

#[test]
fn a_download_is_an_attachment_whatever_its_name() {
    let world = World::closed().with_people();
    let owned = world.owned();
    for name in ["a\"b.html", "a;b=c.svg", "\u{20ac}.html", "\u{202e}txt.exe", "a'b.js"] {
        let path = format!("{PROXY}/{}/{}", owned.experiment, encoded(name));
        assert_eq!(world.ask(ALICE, "PUT", &path, &[], b"<script>").status, 200, "{name}");
        let answer = world.get(ALICE, &path);
        assert_eq!((answer.status, answer.body.as_str()), (200, "<script>"), "{name}");
        assert!(answer.head.contains("\r\ncontent-disposition: attachment"), "{answer:?}");
        assert!(answer.head.contains("\r\nx-content-type-options: nosniff"), "{answer:?}");
        assert!(!answer.head.contains("\r\nset-cookie"), "{answer:?}");
    }
    for name in ["a\r\nSet-Cookie: x", "a%0d%0aSet-Cookie: x", "a\tb", "a\0b", "\u{7f}"] {
        let path = format!("{PROXY}/{}/{}", owned.experiment, encoded(name));
        assert_eq!(world.ask(ALICE, "PUT", &path, &[], b"x").status, 400, "{name:?}");
    }
}

#[test]
fn a_range_never_reads_beyond_its_file() {
    let world = World::closed().with_people();
    let owned = world.owned();
    let path = format!("{PROXY}/{}", owned.secret());
    for (range, status, body) in [
        ("bytes=0-0", 206, "h"),
        ("bytes=-3", 206, "ret"),
        ("bytes=4-", 206, "secret"),
        ("bytes=0-18446744073709551615", 206, "her secret"),
        ("bytes=-18446744073709551615", 206, "her secret"),
        ("bytes=99-", 200, "her secret"),
        ("bytes=18446744073709551616-", 200, "her secret"),
        ("bytes=0-0,2-2", 200, "her secret"),
        ("bytes=5-1", 200, "her secret"),
        ("chars=0-1", 200, "her secret"),
    ] {
        let answer = world.ask(ALICE, "GET", &path, &[&format!("Range: {range}")], b"");
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{range}");
    }
    assert_eq!(world.ask(MALLORY, "GET", &path, &["Range: bytes=0-0"], b"").status, 403);
}

#[test]
fn a_torn_or_oversized_upload_leaves_nothing_behind() {
    let world = World::closed().with_people();
    let owned = world.owned();
    let login = login(ALICE, &password(ALICE));
    let path = format!("{}/torn.bin", owned.experiment);
    let head = format!(
        "PUT {PROXY}/{path} HTTP/1.1\r\nHost: localhost\r\n{login}\r\nContent-Length: 1000000\r\n\r\n"
    );
    let mut stream = world.server.connect();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&[b'x'; 300_000]).unwrap();
    drop(stream);

    let upload = format!("{AJAX}/upload-artifact?run_uuid={}&path=big.bin", owned.run);
    let announced = format!(
        "POST {upload} HTTP/1.1\r\nHost: localhost\r\n{login}\r\nContent-Length: 10485761\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(world.raw(announced.as_bytes()).status, 400);
    let mut chunked = format!(
        "POST {upload} HTTP/1.1\r\nHost: localhost\r\n{login}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    .into_bytes();
    for _ in 0..11 {
        chunked.extend_from_slice(b"100000\r\n");
        chunked.resize(chunked.len() + (1 << 20), b'x');
        chunked.extend_from_slice(b"\r\n");
    }
    // No end: the server must not wait for it.
    let answer = world.raw(&chunked);
    assert_ne!(answer.status, 200, "{answer:?}");

    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let waiting = || {
        let staging = std::fs::read_dir(world.storage().join(".artifact.uploading.millgate"));
        staging.map_or(0, Iterator::count)
    };
    while waiting() > 0 {
        assert!(std::time::Instant::now() < deadline, "an unfinished upload was left behind");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(world.get(ALICE, &format!("{PROXY}/{path}")).status, 404);
    let listed = world.get(ALICE, &format!("{API}/artifacts/list?run_id={}", owned.run));
    assert!(listed.body.contains("secret.txt") && !listed.body.contains("big.bin"), "{listed:?}");
    for name in [".artifact.uploading.millgate/x", "x/.artifact.uploading.y"] {
        assert_eq!(world.put(ALICE, &format!("{}/{name}", owned.experiment), "x").status, 400, "{name}");
    }
}
