use super::super::auth::AuthConfig;
use super::*;
use identity::KeyLocation;
use tempfile::TempDir;

fn resolve(sections: &str) -> Result<AuthConfig, ConfigError> {
    let dir = TempDir::new().unwrap();
    let text = format!(
        "[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///auth.db\npassword_logins = no\n{sections}"
    );
    std::fs::write(dir.path().join("auth.ini"), text).unwrap();
    AuthConfig::resolve(&Environment::new(dir.path(), [("MLFLOW_AUTH_CONFIG_PATH", "auth.ini")]))
}

fn sources(sections: &str) -> Sources {
    resolve(sections).unwrap_or_else(|error| panic!("{sections}: {error}")).sources
}

const JWT: &str = "[jwt]\nissuer = https://issuer.example.com/realm\naudience = mlflow\n";
const FORWARD: &str = "[forward_auth]\nurl = https://auth.example.com/verify\n";
const PROXY: &str = "[trusted_proxy]\naddresses = 10.0.0.5\nsecret = sesame-sesame-sesame\n";

#[test]
fn without_sections_nobody_else_is_believed() {
    let config = resolve("").unwrap();
    assert_eq!(config.sources, Sources::default());
    assert!(!config.password_logins);
}

#[test]
fn an_issuer_needs_its_name_and_an_audience() {
    let [issuer] = sources(JWT).issuers.try_into().unwrap();
    assert_eq!(issuer.audiences, ["mlflow"]);
    assert_eq!((issuer.clock_skew, issuer.username_claim.as_str()), (60, "sub"));
    assert_eq!(issuer.rules, ExternalRules::default());
    let KeyLocation::Issuer { metadata, .. } = issuer.keys else { panic!("{:?}", issuer.keys) };
    assert_eq!(metadata.as_str(), "https://issuer.example.com/realm/.well-known/openid-configuration");
}

#[test]
fn an_issuer_is_read_whole() {
    let [issuer] = sources(
        "[jwt.github]\nissuer = https://token.example.com/\naudience = a, b\njwks = https://token.example.com/keys\n\
         algorithms = ES256, EdDSA\nclock_skew_seconds = 0\nusername_claim = actor\ngroups_claim = realm_access.roles\n\
         required_claims =\n    repository_owner = acme\n    ref = refs/heads/a=b\n\
         new_users = create\nexisting_users = link_all\ndefault_role = readers\nadmin_groups = Platform, /ops\n\
         group_roles =\n    /team/a = editors, readers\n    CN=data,OU=x = editors\n",
    )
    .issuers
    .try_into()
    .unwrap();
    assert_eq!(issuer.audiences, ["a", "b"]);
    assert_eq!(issuer.keys, KeyLocation::Url("https://token.example.com/keys".parse().unwrap()));
    assert_eq!(issuer.algorithms, ["ES256".parse().unwrap(), "EdDSA".parse().unwrap()]);
    assert_eq!(issuer.groups_claim.as_deref(), Some("realm_access.roles"));
    let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    };
    assert_eq!(issuer.required_claims, owned(&[("repository_owner", "acme"), ("ref", "refs/heads/a=b")]));
    let rules = ExternalRules {
        new_users: NewUsers::Create,
        existing_users: ExistingUsers::LinkAll,
        default_role: Some("readers".to_owned()),
        admin_groups: vec!["Platform".to_owned(), "/ops".to_owned()],
        group_roles: vec![
            ("/team/a".to_owned(), vec!["editors".to_owned(), "readers".to_owned()]),
            ("CN=data,OU=x".to_owned(), vec!["editors".to_owned()]),
        ],
    };
    assert_eq!(issuer.rules, rules);
}

#[test]
fn there_can_be_several_issuers_and_a_file_of_keys() {
    let two = format!("{JWT}[jwt.b]\nissuer = b\naudience = mlflow\njwks = keys.json\n");
    let issuers = sources(&two).issuers;
    assert_eq!(issuers.len(), 2);
    assert!(
        matches!(&issuers[1].keys, KeyLocation::File(path) if path.ends_with("keys.json") && path.is_absolute())
    );
}

#[test]
fn forward_authentication_is_read_whole() {
    let plain = sources(FORWARD).forward_auth.unwrap();
    assert_eq!(plain.request_headers, [AUTHORIZATION, COOKIE]);
    assert_eq!((plain.timeout, plain.remembered), (Duration::from_secs(5), None));
    assert_eq!(plain.username_header, "x-forwarded-user");
    assert_eq!(plain.groups_header.unwrap(), "x-forwarded-groups");
    let all = sources(&format!(
        "{FORWARD}request_headers = Cookie, X-Session\nusername_header = Remote-User\ngroups_header =\n\
         timeout_seconds = 1\ncache_seconds = 30\nnew_users = create\n"
    ));
    let all = all.forward_auth.unwrap();
    assert_eq!(all.request_headers, ["cookie", "x-session"]);
    assert_eq!((all.username_header.as_str(), all.groups_header), ("remote-user", None));
    assert_eq!((all.timeout, all.remembered), (Duration::from_secs(1), NonZeroU32::new(30)));
    assert_eq!(all.rules.new_users, NewUsers::Create);
}

#[test]
fn a_trusted_proxy_is_read_whole() {
    let proxy = sources(&format!(
        "{PROXY}secret_header = X-Key\nusername_header = X-User\ngroups_header = X-Groups\ngroup_roles =\n  a = b\n"
    ));
    let proxy = proxy.trusted_proxy.unwrap();
    assert!(proxy.addresses.contains("10.0.0.5".parse().unwrap()));
    assert!(!proxy.addresses.contains("10.0.0.6".parse().unwrap()));
    assert_eq!(proxy.secret.expose(), "sesame-sesame-sesame");
    assert_eq!((proxy.secret_header.as_str(), proxy.username_header.as_str()), ("x-key", "x-user"));
    assert!(!format!("{proxy:?}").contains("sesame"));
}

#[test]
fn what_is_wrong_is_said_with_its_section_and_key() {
    for (sections, expected) in [
        ("[jwt]\naudience = a\n", "'issuer' in the section [jwt]"),
        ("[jwt]\nissuer = https://a\n", "'audience' in the section [jwt]"),
        ("[jwt.x]\nissuer = https://a\naudience = ,\n", "'audience' in the section [jwt.x]"),
        ("[jwt]\nissuer = a\naudience = a\n", "must be a URL"),
        ("[jwt]\nissuer = http://a.example.com\naudience = a\n", "insecure_http"),
        ("[jwt]\nissuer = ftp://a.example.com\naudience = a\n", "must begin with https://"),
        ("[jwt]\nissuer = https://u:p@a.example.com\naudience = a\n", "must not hold a user"),
        (&format!("{JWT}audiance = b\n"), "unknown keys in [jwt]: audiance"),
        (&format!("{JWT}algorithms = HS256\n"), "'algorithms'"),
        (&format!("{JWT}algorithms = none\n"), "'algorithms'"),
        (&format!("{JWT}algorithms =\n"), "'algorithms'"),
        (&format!("{JWT}clock_skew_seconds = 301\n"), "between 0 and 300"),
        (&format!("{JWT}required_claims = acme\n"), "'required_claims'"),
        (&format!("{JWT}new_users = yes\n"), "'new_users'"),
        (&format!("{JWT}existing_users = all\n"), "'existing_users'"),
        (&format!("{JWT}default_role = readers\n"), "new_users = create"),
        (&format!("{JWT}new_users = create\ndefault_role = __user_1__\n"), "'default_role'"),
        (&format!("{JWT}admin_groups = a\n"), "set groups_claim"),
        (&format!("{JWT}groups_claim = g\ngroup_roles = a\n"), "'group_roles'"),
        (&format!("{JWT}groups_claim = g\ngroup_roles =\n a =\n"), "'group_roles'"),
        (&format!("{JWT}groups_claim = g\ngroup_roles =\n a = __user_1__\n"), "'group_roles'"),
        (
            &format!("{JWT}[jwt.b]\nissuer = https://issuer.example.com/realm\naudience = b\n"),
            "another section",
        ),
        ("[forward_auth]\n", "'url' in the section [forward_auth]"),
        ("[forward_auth]\nurl = http://auth.example.com/\n", "insecure_http"),
        (&format!("{FORWARD}request_headers = ,\n"), "'request_headers'"),
        (&format!("{FORWARD}request_headers = a b\n"), "'request_headers'"),
        (
            &format!("{FORWARD}request_headers = Cookie, Transfer-Encoding\n"),
            "must not name transfer-encoding",
        ),
        (&format!("{FORWARD}username_header = ä\n"), "'username_header'"),
        (&format!("{FORWARD}timeout_seconds = 0\n"), "between 1 and 60"),
        (&format!("{FORWARD}cache_seconds = 301\n"), "between 0 and 300"),
        (&format!("{FORWARD}groups_header =\nadmin_groups = a\n"), "set groups_header"),
        ("[trusted_proxy]\nsecret = sesame-sesame-sesame\n", "'addresses'"),
        ("[trusted_proxy]\naddresses = *\nsecret = sesame-sesame-sesame\n", "'addresses'"),
        ("[trusted_proxy]\naddresses = proxy.example.com\nsecret = sesame-sesame-sesame\n", "'addresses'"),
        ("[trusted_proxy]\naddresses = 10.0.0.5\n", "'secret' in the section"),
        ("[trusted_proxy]\naddresses = 10.0.0.5\nsecret = short-sesame\n", "at least 16 characters"),
        (&format!("{PROXY}username_header = X-Proxy-Secret\n"), "'username_header'"),
        (&format!("{PROXY}groups_header = X-Forwarded-User\n"), "'username_header'"),
    ] {
        let error = resolve(sections).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(expected), "{sections}: {error}");
        assert!(!error.contains("sesame"), "{error}");
    }
}

#[test]
fn a_machine_of_ones_own_and_who_insists_need_no_tls() {
    for section in [
        "[jwt]\nissuer = http://127.0.0.1:8080\naudience = a\n",
        "[jwt]\nissuer = http://keycloak:8080\naudience = a\ninsecure_http = true\n",
        "[jwt]\nissuer = https://a\naudience = a\njwks = http://localhost/keys\n",
        "[forward_auth]\nurl = http://[::1]:9091/verify\n",
        "[forward_auth]\nurl = http://authelia:9091/verify\ninsecure_http = yes\n",
    ] {
        sources(section);
    }
}

#[test]
fn sections_that_nobody_knows_are_named() {
    let text = "[jwts]\na = b\n[Forward_Auth]\nc = d\n[jwt.]\ne = f\n[my-auth]\nG = h%%\n";
    let mut config = resolve(text).unwrap();
    assert!(!format!("{config:?}").contains("h%"), "{config:?}");
    let own = config.take_section(Some("my-auth"));
    assert_eq!(own.get("g").map(Secret::expose), Some("h%"));
    let warnings: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["authentication settings: unknown sections: [Forward_Auth], [jwt.], [jwts]"]);
}

#[test]
fn every_file_of_settings_in_the_documentation_can_be_read() {
    let page = include_str!("../../../../docs/custom-authentication.md");
    let files: Vec<&str> = page
        .split("```ini\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```"))
        .map(|(file, _)| file)
        .collect();
    assert!(files.len() >= 3);
    for file in files {
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join("auth.ini"), file).unwrap();
        let environment = Environment::new(dir.path(), [("MLFLOW_AUTH_CONFIG_PATH", "auth.ini")]);
        let config = AuthConfig::resolve(&environment).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(config.warnings.is_empty(), "{file}: {:?}", config.warnings);
    }
}
