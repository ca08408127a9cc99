//! Azure Blob Storage, with the variables of Azure's client libraries and of MLflow's Azure artifact repositories.

use std::collections::BTreeMap;

use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};

use super::bucket::Bucket;
use super::client::{Client, Kind, Patience};
use super::variables::{Variables, misconfigured};
use crate::error::Result;

const CONNECTION_STRING: &str = "AZURE_STORAGE_CONNECTION_STRING";

/// The account and key of Azure's emulator, which are the same everywhere.
const EMULATOR: (&str, &str) = (
    "devstoreaccount1",
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
);

/// What a client of an account is made of.
#[derive(Default)]
struct Access {
    endpoint: Option<String>,
    account: Option<String>,
    key: Option<String>,
    sas: Option<String>,
}

/// Credentials are the first of these that is there: `AZURE_STORAGE_CONNECTION_STRING`, `AZURE_STORAGE_ACCESS_KEY`,
/// `AZURE_STORAGE_SAS_TOKEN`, a workload identity, a client's secret (`AZURE_CLIENT_ID`, `AZURE_TENANT_ID`, and
/// `AZURE_FEDERATED_TOKEN_FILE` or `AZURE_CLIENT_SECRET`), and the managed identity of the machine.
pub(super) fn client(
    bucket: &Bucket,
    account: &str,
    suffix: &str,
    variables: &Variables,
    patience: Patience,
) -> Result<Client> {
    let access = match variables.get(CONNECTION_STRING) {
        Some(string) => parse(string)?,
        None => Access {
            key: variables.get("AZURE_STORAGE_ACCESS_KEY").map(str::to_owned),
            sas: variables.get("AZURE_STORAGE_SAS_TOKEN").map(str::to_owned),
            ..Access::default()
        },
    };
    if access.account.as_deref().is_some_and(|known| known != account) {
        // MLflow would go to the account of the string, whatever the location says.
        return Err(misconfigured(format!("{CONNECTION_STRING} is for another account than '{account}'")));
    }
    let endpoint = access.endpoint.unwrap_or_else(|| format!("https://{account}.{suffix}"));
    let options = patience.options().with_allow_http(endpoint.starts_with("http://"));
    let mut builder = MicrosoftAzureBuilder::new()
        .with_account(account)
        .with_container_name(&bucket.name)
        .with_endpoint(endpoint)
        .with_client_options(options)
        .with_retry(patience.retries());
    let can_sign = access.key.is_some() || access.sas.is_none();
    if let Some(key) = access.key {
        builder = builder.with_access_key(key);
    } else if let Some(sas) = access.sas {
        builder = builder.with_config(AzureConfigKey::SasKey, sas);
    } else {
        for (name, key) in [
            ("AZURE_CLIENT_ID", AzureConfigKey::ClientId),
            ("AZURE_TENANT_ID", AzureConfigKey::AuthorityId),
            ("AZURE_CLIENT_SECRET", AzureConfigKey::ClientSecret),
            ("AZURE_FEDERATED_TOKEN_FILE", AzureConfigKey::FederatedTokenFile),
            ("AZURE_AUTHORITY_HOST", AzureConfigKey::AuthorityHost),
            ("IDENTITY_ENDPOINT", AzureConfigKey::MsiEndpoint),
        ] {
            if let Some(value) = variables.get(name) {
                builder = builder.with_config(key, value);
            }
        }
    }
    let store = builder.build().map_err(|error| misconfigured(format!("Azure Blob Storage: {error}")))?;
    Ok(Client::of(Kind::Azure, bucket, store, can_sign, patience))
}

/// Takes a connection string apart (`Name=value;…`, names in any case).
fn parse(string: &str) -> Result<Access> {
    let invalid = |reason: &str| misconfigured(format!("{CONNECTION_STRING}: {reason}"));
    let mut settings: BTreeMap<String, &str> = BTreeMap::new();
    for pair in string.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(|| invalid("a setting has no value"))?;
        settings.insert(name.trim().to_ascii_lowercase(), value.trim());
    }
    let get =
        |name: &str| settings.get(name).filter(|value| !value.is_empty()).map(|value| (*value).to_owned());
    if get("usedevelopmentstorage").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        let (account, key) = EMULATOR;
        return Ok(Access {
            endpoint: Some(format!("http://127.0.0.1:10000/{account}")),
            account: Some(account.to_owned()),
            key: Some(key.to_owned()),
            sas: None,
        });
    }
    let account = get("accountname");
    let scheme = get("defaultendpointsprotocol").unwrap_or_else(|| "https".to_owned());
    if !matches!(scheme.as_str(), "http" | "https") {
        return Err(invalid("DefaultEndpointsProtocol must be http or https"));
    }
    let by_suffix = || {
        let suffix = get("endpointsuffix").unwrap_or_else(|| "core.windows.net".to_owned());
        account.as_ref().map(|account| format!("{scheme}://{account}.blob.{suffix}"))
    };
    let endpoint = get("blobendpoint").map(|url| url.trim_end_matches('/').to_owned()).or_else(by_suffix);
    let Some(endpoint) = endpoint else {
        return Err(invalid("names neither an account nor an endpoint"));
    };
    let (key, sas) = (get("accountkey"), get("sharedaccesssignature"));
    if key.is_none() && sas.is_none() {
        return Err(invalid("holds neither a key nor a shared access signature"));
    }
    Ok(Access { account: account.or_else(|| account_of(&endpoint)), endpoint: Some(endpoint), key, sas })
}

/// The account that an endpoint such as `https://account.blob.core.windows.net` names.
fn account_of(endpoint: &str) -> Option<String> {
    let (_, host) = endpoint.split_once("://")?;
    let (account, domain) = host.split_once('.')?;
    domain.starts_with("blob.").then(|| account.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_string_says_where_and_with_what() {
        let access =
            parse("DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=a2V5==;EndpointSuffix=core.x;")
                .unwrap();
        assert_eq!(access.endpoint.as_deref(), Some("https://acc.blob.core.x"));
        assert_eq!((access.account.as_deref(), access.key.as_deref()), (Some("acc"), Some("a2V5==")));
        let emulator = parse(
            "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=x;BlobEndpoint=http://h:1/devstoreaccount1/",
        )
        .unwrap();
        assert_eq!(emulator.endpoint.as_deref(), Some("http://h:1/devstoreaccount1"));
        let signed =
            parse("BlobEndpoint=https://acc.blob.core.windows.net;SharedAccessSignature=sv=1&sig=a").unwrap();
        assert_eq!((signed.account.as_deref(), signed.sas.as_deref()), (Some("acc"), Some("sv=1&sig=a")));
        for bad in [
            "",
            "AccountName",
            "AccountName=a",
            "AccountKey=k",
            "DefaultEndpointsProtocol=ftp;AccountName=a;AccountKey=k",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
