//! TLS from PEM files: TLS 1.2 and 1.3 with rustls' default ciphers, HTTP/1.1, no client certificates.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::TlsFiles;

/// Why TLS cannot be served with the files given. Nothing of a key is ever in the message.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("the TLS file {} cannot be read: {source}", .path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("the TLS file {} is not well-formed PEM", .0.display())]
    Malformed(PathBuf),
    #[error("the TLS file {} holds no certificate", .0.display())]
    NoCertificate(PathBuf),
    #[error("the TLS file {} holds no private key", .0.display())]
    NoKey(PathBuf),
    #[error("the key in {} is protected by a password, which is not supported: store it without one", .0.display())]
    ProtectedKey(PathBuf),
    #[error("the key in {} does not belong to the certificate in {}", .key.display(), .certificate.display())]
    Mismatch { certificate: PathBuf, key: PathBuf },
    #[error("the certificate in {} and the key in {} cannot be used: {source}", .certificate.display(), .key.display())]
    Unusable { certificate: PathBuf, key: PathBuf, source: rustls::Error },
}

/// Reads certificate chain and key, and makes of them what a TLS acceptor needs. The files are read once.
///
/// # Errors
/// A file cannot be read or is not PEM, holds no certificate or key, or the two do not belong together.
pub fn server_config(files: &TlsFiles) -> Result<Arc<rustls::ServerConfig>, TlsError> {
    let chain = certificates(&files.certificate)?;
    let key = private_key(&files.key)?;
    let unusable = |source| match source {
        rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch) => {
            TlsError::Mismatch { certificate: files.certificate.clone(), key: files.key.clone() }
        }
        source => {
            TlsError::Unusable { certificate: files.certificate.clone(), key: files.key.clone(), source }
        }
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })
}

/// The certificates of a PEM file, of which there is one at the least.
///
/// # Errors
/// The file cannot be read or is not PEM, or holds none.
pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&read(path)?).collect();
    match chain {
        Ok(chain) if chain.is_empty() => Err(TlsError::NoCertificate(path.to_owned())),
        Ok(chain) => Ok(chain),
        Err(_) => Err(TlsError::Malformed(path.to_owned())),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = read(path)?;
    // PKCS #8 says it in the label, the older form in a header below it.
    let is_protected = [b"BEGIN ENCRYPTED PRIVATE KEY".as_slice(), b"Proc-Type: 4,ENCRYPTED"]
        .iter()
        .any(|mark| text.windows(mark.len()).any(|window| window == *mark));
    if is_protected {
        return Err(TlsError::ProtectedKey(path.to_owned()));
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        pem::Error::NoItemsFound => TlsError::NoKey(path.to_owned()),
        _ => TlsError::Malformed(path.to_owned()),
    })
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
