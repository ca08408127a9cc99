use tempfile::TempDir;

use super::*;

struct Files {
    dir: TempDir,
}

impl Files {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

/// A certificate and its key, both PEM.
fn pair() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

fn load(certificate: PathBuf, key: PathBuf) -> Result<Arc<rustls::ServerConfig>, TlsError> {
    server_config(&TlsFiles { certificate, key })
}

#[test]
fn a_certificate_and_its_key_serve_http_1_1() {
    let files = Files::new();
    let (certificate, key) = pair();
    let config = load(files.write("cert.pem", &certificate), files.write("key.pem", &key)).unwrap();
    assert_eq!(config.alpn_protocols, [b"http/1.1"]);
}

#[test]
fn one_file_may_hold_both() {
    let files = Files::new();
    let (certificate, key) = pair();
    let path = files.write("both.pem", &format!("{key}{certificate}"));
    assert!(load(path.clone(), path).is_ok());
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let files = Files::new();
    let (certificate, _) = pair();
    let (_, key) = pair();
    let error = load(files.write("cert.pem", &certificate), files.write("key.pem", &key)).unwrap_err();
    assert!(matches!(error, TlsError::Mismatch { .. }), "{error}");
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let files = Files::new();
    let (certificate, key) = pair();
    let cert = files.write("cert.pem", &certificate);
    let key_path = files.write("key.pem", &key);
    let missing = files.dir.path().join("missing.pem");
    let cut = files.write("cut.pem", certificate.get(..100).unwrap());
    let protected = files.write("protected.pem", &key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"));
    let junk = files.write(
        "junk.pem",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    );
    for (certificate, key, expected) in [
        (&missing, &key_path, "cannot be read"),
        (&cert, &missing, "cannot be read"),
        (&key_path, &key_path, "holds no certificate"),
        (&cert, &cert, "holds no private key"),
        (&cut, &key_path, "not well-formed PEM"),
        (&cert, &cut, "not well-formed PEM"),
        (&cert, &protected, "protected by a password"),
        (&junk, &key_path, "cannot be used"),
        (&cert, &junk, "cannot be used"),
    ] {
        let error = load(certificate.clone(), key.clone()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error} instead of {expected}");
    }
}

#[test]
fn an_error_shows_nothing_of_the_key() {
    let files = Files::new();
    let (certificate, key) = pair();
    let secret = key.lines().nth(1).unwrap().to_owned();
    let cert = files.write("cert.pem", &certificate);
    let half = files.write("half.pem", key.get(..key.len() - 40).unwrap());
    let error = load(cert, half).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(&secret));
}
