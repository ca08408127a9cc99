//! TLS, by our flags and by those that uvicorn and gunicorn take.

use crate::harness::{Answer, Server, request};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::Write;
use std::sync::Arc;
use tempfile::TempDir;

#[test]
fn tls_is_served_whoever_asks_for_it() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    for flags in [
        &["--tls-cert", "cert.pem", "--tls-key", "key.pem"][..],
        &["--uvicorn-opts", "--ssl-certfile cert.pem --ssl-keyfile key.pem"],
        &["--gunicorn-opts", "--certfile=cert.pem --keyfile=key.pem"],
    ] {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("cert.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        let server = Server::start_in(folder, flags, &[]);
        assert!(server.log().contains("listening on https://"), "{}", server.log());

        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = StreamOwned::new(client, server.connect());
        stream.write_all(&request("GET", "/health", &[], b"")).unwrap();
        let answer = Answer::read(&mut stream);
        assert_eq!(answer.status, 200, "{flags:?}");
        assert!(answer.head.contains("x-content-type-options: nosniff"), "{flags:?}: {}", answer.head);

        // Without TLS there is no answer in the clear.
        assert_eq!(server.get("/health", &[]).status, 0, "{flags:?}");
    }
}
