#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::external::{ExistingUsers, NewUsers};
use crate::test_world::{World, request, said};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use model::SystemClock;
use proptest::prelude::*;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::Sha256;
use std::path::PathBuf;
use tempfile::TempDir;

const ISSUER: &str = "https://issuer.example.com/realm";
const AUDIENCE: &str = "mlflow";

/// A key of the issuer's.
enum Signer {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    fn p256() -> Self {
        let (rng, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let key = EcdsaKeyPair::generate_pkcs8(kind, &rng).unwrap();
        Self::P256(EcdsaKeyPair::from_pkcs8(kind, key.as_ref(), &rng).unwrap())
    }

    fn ed25519() -> Self {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::Ed25519(Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap())
    }

    fn public(&self) -> Vec<u8> {
        match self {
            Self::P256(key) => key.public_key().as_ref().to_vec(),
            Self::Ed25519(key) => key.public_key().as_ref().to_vec(),
        }
    }

    fn jwk(&self, id: &str) -> Value {
        let public = self.public();
        match self {
            Self::P256(_) => {
                let (x, y) = (BASE64.encode(&public[1..33]), BASE64.encode(&public[33..]));
                json!({"kty": "EC", "crv": "P-256", "kid": id, "x": x, "y": y})
            }
            Self::Ed25519(_) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": BASE64.encode(public)})
            }
        }
    }

    fn sign(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
        let signature = match self {
            Self::P256(key) => key.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec(),
            Self::Ed25519(key) => key.sign(message.as_bytes()).as_ref().to_vec(),
        };
        format!("{message}.{}", BASE64.encode(signature))
    }
}

/// Seconds since 1970. The library reads the system's clock.
fn now() -> i64 {
    SystemClock.now() / 1_000
}

fn header() -> Value {
    json!({"alg": "ES256", "kid": "a", "typ": "JWT"})
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "subject of alice", "iat": now(), "exp": now() + 60,
        "preferred_username": "alice", "realm_access": {"roles": ["data", "x"]},
    })
}

fn with(mut object: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("no object") };
    for (name, value) in more {
        match value {
            Value::Null => object.as_object_mut().unwrap().remove(&name),
            value => object.as_object_mut().unwrap().insert(name, value),
        };
    }
    object
}

struct Issuing {
    world: World,
    signer: Signer,
    keys: PathBuf,
    _folder: TempDir,
    authenticator: JwtAuthenticator,
}

impl Issuing {
    async fn new() -> Self {
        Self::with(Signer::p256(), |_| {}).await
    }

    async fn with(signer: Signer, change: impl FnOnce(&mut JwtIssuer)) -> Self {
        let world = World::at(SystemClock.now()).await;
        let folder = TempDir::new().unwrap();
        let keys = folder.path().join("keys.json");
        std::fs::write(&keys, json!({"keys": [signer.jwk("a")]}).to_string()).unwrap();
        let mut config = JwtIssuer {
            issuer: ISSUER.to_owned(),
            audiences: vec!["other".to_owned(), AUDIENCE.to_owned()],
            keys: KeyLocation::File(keys.clone()),
            algorithms: vec!["ES256".parse().unwrap(), "EdDSA".parse().unwrap()],
            clock_skew: 30,
            username_claim: "preferred_username".to_owned(),
            groups_claim: Some("realm_access.roles".to_owned()),
            required_claims: Vec::new(),
            rules: ExternalRules {
                new_users: NewUsers::Create,
                existing_users: ExistingUsers::Link,
                group_roles: vec![("data".to_owned(), vec!["readers".to_owned()])],
                ..ExternalRules::default()
            },
        };
        change(&mut config);
        let (verifier, clock) = (world.verifier.clone(), world.clock());
        let authenticator =
            JwtAuthenticator::new(vec![config], &world.db, verifier, clock, &World::entropy()).unwrap();
        Self { world, signer, keys, _folder: folder, authenticator }
    }

    async fn bearer(&self, token: &str) -> String {
        let sent = format!("Bearer {token}");
        said(self.authenticator.authenticate(&request("192.0.2.1", &[("authorization", &sent)])).await)
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        self.signer.sign(&header.to_string(), &claims.to_string())
    }

    async fn ask(&self, header: &Value, claims: &Value) -> String {
        self.bearer(&self.sign(header, claims)).await
    }
}

const ALICE: &str = "alice false whole readers";

#[tokio::test]
async fn a_token_of_the_issuer_stands_for_its_user_with_what_the_groups_bring() {
    for (signer, algorithm) in [(Signer::p256(), "ES256"), (Signer::ed25519(), "EdDSA")] {
        let issuing = Issuing::with(signer, |_| {}).await;
        let header = with(header(), json!({"alg": algorithm}));
        assert_eq!(issuing.ask(&header, &claims()).await, ALICE, "{algorithm}");
        for kind in ["jwt", "at+jwt", "application/at+jwt"] {
            assert_eq!(issuing.ask(&with(header.clone(), json!({"typ": kind})), &claims()).await, ALICE);
        }
        // Without a type, without a key's id, for one of several, in fractions of seconds, from before.
        let bare = with(header.clone(), json!({"typ": null, "kid": null}));
        let more = json!({"aud": ["x", AUDIENCE], "exp": now() as f64 + 60.5, "iat": null, "nbf": now() - 5});
        assert_eq!(issuing.ask(&bare, &with(claims(), more)).await, ALICE);
        // Who has no groups has no roles from here.
        let groupless = with(claims(), json!({"realm_access": null}));
        assert_eq!(issuing.ask(&header, &groupless).await, "alice false whole");
    }
}

#[tokio::test]
async fn what_is_no_bearer_token_of_an_issuer_is_for_others() {
    let issuing = Issuing::new().await;
    for headers in [
        &[][..],
        &[("authorization", "Basic YTpi")],
        &[("authorization", "Bearer mgt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")],
        &[("x-other", "Bearer x")],
    ] {
        let said = said(issuing.authenticator.authenticate(&request("192.0.2.1", headers)).await);
        assert_eq!(said, "not mine", "{headers:?}");
    }
}

#[tokio::test]
async fn a_wrong_token_is_refused_for_what_is_wrong_with_it() {
    let unreadable = "no readable token: nobody";
    let algorithm = "a token with another algorithm: nobody";
    let signature = "a token with a wrong signature: nobody";
    let future = "a token from the future: nobody";
    let missing = "a token without a standard claim: nobody";
    let nameless = "a token that names no user: nobody";
    let audience = "a token for somebody else: nobody";
    let issuer = "a token of an unknown issuer: nobody";
    for (header_change, claims_change, expected) in [
        (json!({}), json!({"exp": now() - 31}), "an expired token: nobody"),
        (json!({}), json!({"exp": now() - 30}), "an expired token: nobody"),
        (json!({}), json!({"exp": 0}), "an expired token: nobody"),
        (json!({}), json!({"exp": null}), missing),
        (json!({}), json!({"exp": "tomorrow"}), missing),
        (json!({}), json!({"nbf": now() + 60}), future),
        (json!({}), json!({"iat": now() + 60}), future),
        (json!({}), json!({"iat": "today"}), future),
        (json!({}), json!({"aud": "another"}), audience),
        (json!({}), json!({"aud": ["another", ""]}), audience),
        (json!({}), json!({"aud": []}), audience),
        (json!({}), json!({"aud": null}), missing),
        (json!({}), json!({"iss": "https://issuer.example.com/realm/"}), issuer),
        (json!({}), json!({"iss": null}), issuer),
        (json!({}), json!({"iss": [ISSUER]}), issuer),
        (json!({}), json!({"sub": null}), missing),
        (json!({}), json!({"sub": 7}), missing),
        (json!({}), json!({"sub": ""}), "a subject of no or too many characters: nobody"),
        (json!({}), json!({"preferred_username": null}), nameless),
        (json!({}), json!({"preferred_username": ["alice"]}), nameless),
        (json!({}), json!({"preferred_username": ""}), "a name that no user can have: nobody"),
        (json!({}), json!({"preferred_username": "root"}), "a user whom this source may not vouch for: root"),
        (
            json!({}),
            json!({"realm_access": {"roles": vec!["x"; 1_001]}}),
            "a token with too many groups: nobody",
        ),
        (json!({"kid": "b"}), json!({}), "a token signed with an unknown key: nobody"),
        (json!({"alg": "ES384"}), json!({}), algorithm),
        (json!({"alg": "RS256"}), json!({}), algorithm),
        (json!({"alg": "HS256"}), json!({}), algorithm),
        (json!({"alg": "none"}), json!({}), unreadable),
        (json!({"alg": "NONE"}), json!({}), unreadable),
        (json!({"alg": null}), json!({}), unreadable),
        (json!({"alg": "EdDSA"}), json!({}), "a token signed with an unknown key: nobody"),
        (json!({"kid": 7}), json!({}), unreadable),
        (json!({"typ": "logout+jwt"}), json!({}), "a token of another type: nobody"),
        (json!({"crit": ["b64"], "b64": false}), json!({}), "a token with an unknown extension: nobody"),
        // Nobody is believed about where the keys are.
        (
            json!({"kid": "b", "jku": "https://evil.example.com/keys"}),
            json!({}),
            "a token signed with an unknown key: nobody",
        ),
    ] {
        let issuing = Issuing::new().await;
        let (header, claims) = (with(header(), header_change), with(claims(), claims_change));
        assert_eq!(issuing.ask(&header, &claims).await, expected, "{header} {claims}");
    }
    // Of somebody else with the same key id; with the key of the header itself; changed on the way.
    let issuing = Issuing::new().await;
    let other = Signer::p256();
    assert_eq!(issuing.bearer(&other.sign(&header().to_string(), &claims().to_string())).await, signature);
    let embedded = with(header(), json!({"jwk": other.jwk("a")}));
    assert_eq!(issuing.bearer(&other.sign(&embedded.to_string(), &claims().to_string())).await, signature);
    let token = issuing.sign(&header(), &claims());
    let (signed, _) = token.rsplit_once('.').unwrap();
    assert_eq!(issuing.bearer(&format!("{signed}.")).await, signature);
    let forged = with(claims(), json!({"preferred_username": "bob"}));
    let parts: Vec<&str> = token.split('.').collect();
    let changed = format!("{}.{}.{}", parts[0], BASE64.encode(forged.to_string()), parts[2]);
    assert_eq!(issuing.bearer(&changed).await, signature);
}

#[tokio::test]
async fn a_public_key_is_no_secret_to_sign_with() {
    let issuing = Issuing::with(Signer::p256(), |config| {
        // Even where a configuration that no file can say would let it pass.
        config.algorithms.push(JwtAlgorithm(Algorithm::HS256));
    })
    .await;
    let jwk = issuing.signer.jwk("a").to_string();
    for secret in [issuing.signer.public(), jwk.into_bytes(), Vec::new()] {
        let header = with(header(), json!({"alg": "HS256"}));
        let message =
            format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims().to_string()));
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
        mac.update(message.as_bytes());
        let token = format!("{message}.{}", BASE64.encode(mac.finalize().into_bytes()));
        let said = issuing.bearer(&token).await;
        assert!(
            ["a token signed with an unknown key: nobody", "throttled: None"].contains(&said.as_str()),
            "{said}"
        );
    }
}

#[tokio::test]
async fn unsigned_and_odd_tokens_are_refused() {
    let none = format!(
        "{}.{}.",
        BASE64.encode(json!({"alg": "none"}).to_string()),
        BASE64.encode(claims().to_string())
    );
    let long = format!("{}.{}.x", BASE64.encode("{}"), "x".repeat(1_000_000));
    let deep = "[".repeat(5_000);
    let issuing = Issuing::new().await;
    let good = issuing.sign(&header(), &claims());
    for (token, expected) in [
        (none.as_str(), "no readable token: nobody"),
        ("", "no readable token: nobody"),
        ("..", "no readable token: nobody"),
        ("a.b", "no readable token: nobody"),
        (&format!("{good}.{good}"), "no readable token: nobody"),
        (&format!(".{good}"), "no readable token: nobody"),
        (&good.replace('.', " "), "no readable token: nobody"),
        (&format!("{}.{}.x", BASE64.encode("{}"), BASE64.encode(&deep)), "no readable token: nobody"),
        (&long, "a token that is too long: nobody"),
    ] {
        let issuing = Issuing::new().await;
        assert_eq!(issuing.bearer(token).await, expected, "{token:.100}");
    }
}

#[tokio::test]
async fn claims_and_header_fields_that_are_given_twice_are_refused() {
    for (header, claims) in [
        (header().to_string(), claims().to_string().replacen('{', r#"{"sub": "subject of root","#, 1)),
        (header().to_string(), claims().to_string().replacen('{', r#"{"preferred_username": "bob","#, 1)),
        (
            header().to_string(),
            claims().to_string().replacen("\"roles\"", r#""roles": ["admin"], "roles""#, 1),
        ),
        (header().to_string().replacen('{', r#"{"alg": "none","#, 1), claims().to_string()),
        (header().to_string().replacen('{', r#"{"kid": "b","#, 1), claims().to_string()),
    ] {
        let issuing = Issuing::new().await;
        let token = issuing.signer.sign(&header, &claims);
        assert_eq!(issuing.bearer(&token).await, "no readable token: nobody", "{header} {claims}");
    }
}

#[tokio::test]
async fn wrong_tokens_are_throttled_by_their_address() {
    let issuing = Issuing::new().await;
    let expired = with(claims(), json!({"exp": now() - 100}));
    for _ in 0..5 {
        assert_eq!(issuing.ask(&header(), &expired).await, "an expired token: nobody");
    }
    assert_eq!(issuing.ask(&header(), &expired).await, "throttled: None");
}

#[tokio::test]
async fn keys_rotate_without_a_restart() {
    let issuing = Issuing::new().await;
    assert_eq!(issuing.ask(&header(), &claims()).await, ALICE);
    let next = Signer::p256();
    let lasting = with(claims(), json!({"exp": now() + 7 * 24 * 3_600}));
    let token = next.sign(&with(header(), json!({"kid": "b"})).to_string(), &lasting.to_string());
    std::fs::write(&issuing.keys, json!({"keys": [next.jwk("b")]}).to_string()).unwrap();
    issuing.world.wait(10_000);
    assert_eq!(issuing.bearer(&token).await, ALICE);
    assert_eq!(issuing.ask(&header(), &claims()).await, "a token signed with an unknown key: nobody");
    // A set that vanishes takes nothing away for a day, and everything then.
    std::fs::remove_file(&issuing.keys).unwrap();
    issuing.world.wait(3_600_000);
    assert_eq!(issuing.bearer(&token).await, ALICE);
    issuing.world.wait(24 * 3_600_000);
    assert_eq!(issuing.bearer(&token).await, "unavailable: the keys of the issuer are not to be had");
}

#[tokio::test]
async fn an_issuer_whom_anybody_can_ask_is_bounded_by_required_claims() {
    let issuing = Issuing::with(Signer::p256(), |config| {
        config.required_claims = vec![
            ("repository_owner".to_owned(), "acme".to_owned()),
            ("realm_access.roles".to_owned(), "data".to_owned()),
        ];
    })
    .await;
    let refused = "a token without a required claim: nobody";
    assert_eq!(issuing.ask(&header(), &claims()).await, refused);
    for (owner, expected) in [("acme", ALICE), ("acme2", refused), ("", refused)] {
        let claims = with(claims(), json!({"repository_owner": owner}));
        assert_eq!(issuing.ask(&header(), &claims).await, expected, "{owner}");
    }
}

#[tokio::test]
async fn an_address_counts_as_a_name_once_it_is_verified() {
    let issuing =
        Issuing::with(Signer::p256(), |config| "email".clone_into(&mut config.username_claim)).await;
    let email =
        |verified: Value| with(claims(), json!({"email": "ada@example.com", "email_verified": verified}));
    let unverified = "a token with an address that nobody verified: nobody";
    assert_eq!(issuing.ask(&header(), &email(json!(false))).await, unverified);
    assert_eq!(issuing.ask(&header(), &email(json!("false"))).await, unverified);
    assert_eq!(issuing.ask(&header(), &email(json!(true))).await, "ada@example.com false whole readers");
}

#[test]
fn only_algorithms_with_public_keys_can_be_configured() {
    for name in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"] {
        assert!(name.parse::<JwtAlgorithm>().is_ok(), "{name}");
    }
    for name in ["HS256", "HS384", "HS512", "none", "", "rs256", "ES512", "RSA-OAEP"] {
        assert!(name.parse::<JwtAlgorithm>().is_err(), "{name}");
    }
}

/// RFC 7515, appendix A.2: a token and its key.
#[test]
fn a_signature_of_the_standard_is_right_and_any_other_wrong() {
    signatures::install();
    let n = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR\
             T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-\
             UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethF\
             kMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    let message = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb\
                   290Ijp0cnVlfQ";
    let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbd\
                     s9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRm\
                     B_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rq\
                     Vt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    let key = DecodingKey::from_rsa_components(n, "AQAB").unwrap();
    let verify = |key: &DecodingKey, message: &str, algorithm| {
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, algorithm).unwrap_or(false)
    };
    assert!(verify(&key, message, Algorithm::RS256));
    // A zero in front of the modulus is the same number.
    let padded = [vec![0], BASE64.decode(n).unwrap()].concat();
    assert!(verify(&DecodingKey::from_rsa_raw_components(&padded, &[1, 0, 1]), message, Algorithm::RS256));
    assert!(!verify(&key, &message.replace('Q', "R"), Algorithm::RS256));
    for other in [Algorithm::RS384, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA, Algorithm::HS256] {
        assert!(!verify(&key, message, other), "{other:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_token_makes_it_panic_or_lets_anybody_in(
        token in "[ -~]{0,80}|[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}",
        header in "\\{(\"(alg|kid|typ|crit|jwk)\":(\"ES256\"|\"a\"|\"none\"|null|7|\\[\\]),?){0,4}\\}",
        body in "\\{(\"(iss|aud|sub|exp|iat)\":(\"x\"|9999999999|-1|1e99|null|\\[\\]),?){0,5}\\}",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let issuing = Issuing::new().await;
            let signed = issuing.signer.sign(&header, &body);
            for token in [token, signed] {
                let said = issuing.bearer(&token).await;
                assert!(said.ends_with("nobody") || said == "not mine", "{said}");
            }
        });
    }
}
