//! What checks the signatures of JSON Web Tokens: ring, which is in the program for TLS already.
//!
//! HMAC is left out on purpose. A token signed with it proves nothing to who only has public keys, and a public key that is taken
//! for an HMAC secret lets everybody sign.

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{self, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::UnsupportedAlgorithm.into()),
    verifier_factory: |algorithm, key| Ok(Box::new(Signature::new(*algorithm, key)?)),
    // Only needed to make keys or thumbprints.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Has `jsonwebtoken` use ring in this process. Who comes second finds it done.
pub(super) fn install() {
    // Who comes second gets the first one back, which is the same.
    PROVIDER.install_default().unwrap_or_default();
}

/// The algorithms whose signatures can be checked.
pub(super) const ALL: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

enum Check {
    /// RSA with 2048 to 8192 bits, without zeros in front.
    Rsa(&'static RsaParameters, RsaPublicKeyComponents<Vec<u8>>),
    Other(&'static dyn VerificationAlgorithm, Vec<u8>),
}

/// Signatures of one key with one algorithm.
struct Signature {
    algorithm: Algorithm,
    check: Check,
}

impl Signature {
    /// # Errors
    /// When the algorithm is not one of those below, or the key is none for it.
    fn new(algorithm: Algorithm, key: &DecodingKey) -> Result<Self> {
        let rsa = |parameters| -> Result<Check> {
            match key.kind() {
                DecodingKeyKind::RsaModulusExponent { n, e } => {
                    let bare = |number: &[u8]| {
                        number.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>()
                    };
                    Ok(Check::Rsa(parameters, RsaPublicKeyComponents { n: bare(n), e: bare(e) }))
                }
                DecodingKeyKind::SecretOrDer(_) => Err(ErrorKind::InvalidKeyFormat.into()),
            }
        };
        let other = |family, verification| -> Result<Check> {
            match key.family() == family {
                true => Ok(Check::Other(verification, key.try_get_as_bytes()?.to_vec())),
                false => Err(ErrorKind::InvalidKeyFormat.into()),
            }
        };
        let check = match algorithm {
            Algorithm::RS256 => rsa(&RSA_PKCS1_2048_8192_SHA256),
            Algorithm::RS384 => rsa(&RSA_PKCS1_2048_8192_SHA384),
            Algorithm::RS512 => rsa(&RSA_PKCS1_2048_8192_SHA512),
            Algorithm::PS256 => rsa(&RSA_PSS_2048_8192_SHA256),
            Algorithm::PS384 => rsa(&RSA_PSS_2048_8192_SHA384),
            Algorithm::PS512 => rsa(&RSA_PSS_2048_8192_SHA512),
            Algorithm::ES256 => other(AlgorithmFamily::Ec, &ECDSA_P256_SHA256_FIXED),
            Algorithm::ES384 => other(AlgorithmFamily::Ec, &ECDSA_P384_SHA384_FIXED),
            Algorithm::EdDSA => other(AlgorithmFamily::Ed, &ED25519),
            _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
        };
        Ok(Self { algorithm, check: check? })
    }
}

impl Verifier<Vec<u8>> for Signature {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), signature::Error> {
        let checked = match &self.check {
            Check::Rsa(parameters, key) => key.verify(parameters, message, signature),
            Check::Other(algorithm, key) => {
                UnparsedPublicKey::new(*algorithm, key).verify(message, signature)
            }
        };
        checked.map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Signature {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
