use std::collections::BTreeMap;

use super::super::bucket::Provider;
use super::*;

fn made(variables: &[(&str, &str)]) -> Result<Client> {
    // Without a home there are no files of AWS to read.
    drop(rustls::crypto::ring::default_provider().install_default());
    let all: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let bucket = Bucket { provider: Provider::S3, name: "bucket".to_owned() };
    client(&bucket, &Variables::new(all), Patience::default())
}

fn refusal(variables: &[(&str, &str)]) -> String {
    made(variables).unwrap_err().to_string()
}

/// The host and path of a signed URL: where requests go.
async fn address(variables: &[(&str, &str)]) -> String {
    let mut all = vec![("AWS_ACCESS_KEY_ID", "AK"), ("AWS_SECRET_ACCESS_KEY", "SK")];
    all.extend_from_slice(variables);
    let client = made(&all).unwrap();
    let path = object_store::path::Path::parse("a b/c%20d").unwrap();
    let signer = client.signer.unwrap();
    let url = signer.signed_url(http::Method::GET, &path, std::time::Duration::from_secs(60)).await.unwrap();
    url.as_str().split('?').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_bucket_is_addressed_as_boto3_does_it() {
    const ENDPOINT: (&str, &str) = ("MLFLOW_S3_ENDPOINT_URL", "http://store:9000/");
    const VIRTUAL: (&str, &str) = ("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE", "virtual");
    for (variables, expected) in [
        (&[][..], "https://bucket.s3.us-east-1.amazonaws.com/a%20b/c%2520d"),
        (&[("AWS_DEFAULT_REGION", "eu-west-1")], "https://bucket.s3.eu-west-1.amazonaws.com/a%20b/c%2520d"),
        (
            &[("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE", "path")],
            "https://s3.us-east-1.amazonaws.com/bucket/a%20b/c%2520d",
        ),
        (&[ENDPOINT], "http://store:9000/bucket/a%20b/c%2520d"),
        (&[ENDPOINT, VIRTUAL], "http://bucket.store:9000/a%20b/c%2520d"),
        (&[("AWS_ENDPOINT_URL_S3", "https://other"), ENDPOINT], "http://store:9000/bucket/a%20b/c%2520d"),
        (&[("AWS_ENDPOINT_URL", "https://other/s3")], "https://other/s3/bucket/a%20b/c%2520d"),
    ] {
        assert_eq!(address(variables).await, expected, "{variables:?}");
    }
}

#[test]
fn what_cannot_be_honoured_is_said() {
    for (variables, reason) in [
        (&[("AWS_ACCESS_KEY_ID", "AK")][..], "only one of AWS_ACCESS_KEY_ID"),
        (&[("AWS_WEB_IDENTITY_TOKEN_FILE", "/t")], "AWS_ROLE_ARN is not"),
        (&[("AWS_EC2_METADATA_DISABLED", "true")], "no credentials"),
        (&[("MLFLOW_S3_ENDPOINT_URL", "store:9000")], "endpoint URL of S3"),
        (&[("MLFLOW_S3_ENDPOINT_URL", "http://user:secret@store")], "endpoint URL of S3"),
        (&[("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE", "host")], "auto, path or virtual"),
        (&[("MLFLOW_S3_IGNORE_TLS", "maybe")], "must be true or false"),
        (&[("MLFLOW_EXPERIMENTAL_S3_SIGNATURE_VERSION", "s3")], "s3v4 or unsigned"),
        (&[(EXTRA_ARGS, "no json")], "must be a JSON object"),
        (&[(EXTRA_ARGS, r#"{"ACL": "public-read"}"#)], "'ACL' is not supported"),
        (&[(EXTRA_ARGS, r#"{"StorageClass": 1}"#)], "'StorageClass' must be a string"),
        (&[(EXTRA_ARGS, r#"{"ServerSideEncryption": "rot13"}"#)], "rot13"),
        (&[("AWS_CA_BUNDLE", "/nowhere/ca.pem")], "AWS_CA_BUNDLE: /nowhere/ca.pem"),
    ] {
        let said = refusal(variables);
        assert!(said.contains(reason), "{variables:?}: {said}");
        assert!(!said.contains("secret@"), "{said}");
    }
}

#[test]
fn an_upload_says_what_the_operator_asks_for() {
    let text = r#"{"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "key", "StorageClass": "STANDARD_IA",
        "CacheControl": "no-store", "Metadata": {"team": "blue"}, "Tagging": "a=b%20c&d=e"}"#;
    let made = made(&[(EXTRA_ARGS, text)]).unwrap();
    let attributes = attributes(&made.extras, Some("text/plain"));
    assert_eq!(attributes.get(&Attribute::StorageClass).unwrap().as_ref(), "STANDARD_IA");
    assert_eq!(attributes.get(&Attribute::CacheControl).unwrap().as_ref(), "no-store");
    assert_eq!(attributes.get(&Attribute::ContentType).unwrap().as_ref(), "text/plain");
    assert_eq!(attributes.get(&Attribute::Metadata("team".into())).unwrap().as_ref(), "blue");
    assert_eq!(made.extras.tags.encoded(), "a=b+c&d=e");
    assert_eq!(made.extras.headers["x-amz-server-side-encryption"], "aws:kms");
}
