#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use proptest::prelude::*;
use serde_json::json;

/// RFC 7515, appendix A.3.
fn p256(id: &str) -> Value {
    json!({
        "kty": "EC", "crv": "P-256", "kid": id,
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    })
}

/// RFC 8037, appendix A.2.
fn ed25519(id: &str) -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
}

/// The numbers do not matter here.
fn rsa(id: &str) -> Value {
    json!({"kty": "RSA", "kid": id, "n": "AQAB", "e": "AQAB"})
}

fn with(mut key: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("no object") };
    key.as_object_mut().unwrap().extend(more);
    key
}

fn parse(keys: &[Value]) -> Result<KeySet, KeySetError> {
    KeySet::parse(json!({"keys": keys, "more": true}).to_string().as_bytes())
}

#[test]
fn a_key_is_found_by_its_id_for_the_algorithms_of_its_kind() {
    let set = parse(&[p256("a"), ed25519("b"), rsa("c")]).unwrap();
    for (id, algorithm, found) in [
        (Some("a"), Algorithm::ES256, 1),
        (Some("a"), Algorithm::RS256, 0),
        (Some("a"), Algorithm::EdDSA, 0),
        (Some("b"), Algorithm::EdDSA, 1),
        (Some("c"), Algorithm::RS512, 1),
        (Some("c"), Algorithm::PS256, 1),
        (Some("c"), Algorithm::HS256, 0),
        (Some("d"), Algorithm::RS256, 0),
        (Some(""), Algorithm::RS256, 0),
        (None, Algorithm::RS256, 1),
        (None, Algorithm::HS256, 0),
    ] {
        assert_eq!(set.candidates(id, algorithm).len(), found, "{id:?} {algorithm:?}");
    }
}

#[test]
fn keys_that_are_not_for_this_are_left_out() {
    for other in [
        with(rsa("x"), json!({"use": "enc"})),
        with(rsa("x"), json!({"key_ops": ["encrypt"]})),
        with(rsa("x"), json!({"alg": "RSA-OAEP"})),
        with(rsa("x"), json!({"alg": "XY512"})),
        with(rsa("x"), json!({"alg": "HS256"})),
        with(rsa("x"), json!({"alg": "ES256"})),
        with(rsa("x"), json!({"n": "not base64!"})),
        with(rsa("x"), json!({"kid": 7})),
        json!({"kty": "oct", "kid": "x", "k": "c2VjcmV0"}),
        json!({"kty": "oct", "kid": "x", "k": "c2VjcmV0", "alg": "HS256"}),
        json!({"kty": "PQC", "kid": "x"}),
        json!({"kid": "x"}),
        json!({}),
        json!(null),
        json!("x"),
    ] {
        let set = parse(&[other.clone(), p256("a")]).unwrap_or_else(|error| panic!("{other}: {error}"));
        for algorithm in [Algorithm::RS256, Algorithm::HS256, Algorithm::ES384] {
            assert!(set.candidates(Some("x"), algorithm).is_empty(), "{other}");
        }
        assert_eq!(set.candidates(Some("a"), Algorithm::ES256).len(), 1, "{other}");
        assert_eq!(parse(&[other]).unwrap_err(), KeySetError::Empty);
    }
    let only =
        parse(&[with(rsa("x"), json!({"alg": "RS512", "use": "sig", "key_ops": ["verify"]}))]).unwrap();
    assert_eq!(only.candidates(Some("x"), Algorithm::RS512).len(), 1);
    assert_eq!(only.candidates(Some("x"), Algorithm::RS256).len(), 0);
}

#[test]
fn an_id_that_several_keys_have_is_nobodys() {
    let twice = parse(&[p256("a"), p256("a"), rsa("b")]).unwrap();
    assert_eq!(twice.candidates(Some("a"), Algorithm::ES256).len(), 1, "the same key");
    assert!(twice.ambiguous.is_empty());
    for other in [rsa("a"), ed25519("a"), with(p256("a"), json!({"alg": "ES256"}))] {
        let set = parse(&[p256("a"), rsa("b"), other.clone(), p256("a")]).unwrap();
        for algorithm in [Algorithm::ES256, Algorithm::RS256, Algorithm::EdDSA] {
            assert!(set.candidates(Some("a"), algorithm).is_empty(), "{other}");
        }
        assert_eq!(
            (set.ambiguous.as_slice(), set.candidates(Some("b"), Algorithm::RS256).len()),
            (&["a".to_owned()][..], 1)
        );
    }
    assert_eq!(parse(&[p256("a"), rsa("a")]).unwrap_err(), KeySetError::Empty);
    // Those without an id are only tried for tokens without one.
    let mut nameless = p256("");
    nameless.as_object_mut().unwrap().remove("kid");
    let set = parse(&[nameless.clone(), nameless]).unwrap();
    assert_eq!(set.candidates(None, Algorithm::ES256).len(), 2);
    assert!(set.candidates(Some("a"), Algorithm::ES256).is_empty());
}

#[test]
fn a_set_has_bounds() {
    let keys = |number: usize| (0..number).map(|id| rsa(&id.to_string())).collect::<Vec<_>>();
    assert_eq!(parse(&keys(MAX_KEYS)).unwrap().candidates(None, Algorithm::RS256).len(), MAX_TRIES);
    assert_eq!(parse(&keys(MAX_KEYS + 1)).unwrap_err(), KeySetError::TooMany);
    assert_eq!(parse(&[]).unwrap_err(), KeySetError::Empty);
    for text in ["", "{}", "[]", "{\"keys\": {}}", "{\"keys\": 1}", "<html>", "\u{feff}{\"keys\": []}"] {
        assert_eq!(KeySet::parse(text.as_bytes()).unwrap_err(), KeySetError::Malformed, "{text}");
    }
}

proptest! {
    #[test]
    fn no_set_makes_it_panic(text in "\\{\"keys\":\\[(\\{(\"(kty|kid|n|e|x|y|crv|alg|use|k)\":\"(RSA|EC|OKP|oct|P-256|RS256|AQAB|[ -~]{0,6})\",?){0,6}\\},?){0,3}\\]\\}") {
        drop(KeySet::parse(text.as_bytes()));
    }
}
