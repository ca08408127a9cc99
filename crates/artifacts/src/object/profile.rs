//! The files of the AWS command line: `~/.aws/credentials` and `~/.aws/config`.
//!
//! Static keys, a region and an endpoint are taken from a profile; ways to fetch credentials that it may name (single sign-on,
//! a program, another role) are errors that say so, never passed over in silence.

use std::collections::BTreeMap;
use std::path::Path;

use super::variables::{Variables, misconfigured};
use crate::error::Result;

/// What a profile says that matters here.
#[derive(Default)]
pub(super) struct Profile {
    pub(super) key: Option<(String, String)>,
    pub(super) token: Option<String>,
    pub(super) region: Option<String>,
    pub(super) endpoint: Option<String>,
    /// A setting by which the credentials would have to be fetched in a way that is not supported.
    pub(super) unsupported: Option<&'static str>,
}

/// The largest file that is read: 1 MiB.
const MAX_FILE: u64 = 1024 * 1024;

const UNSUPPORTED: [&str; 9] = [
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "credential_process",
    "role_arn",
    "source_profile",
    "credential_source",
    "web_identity_token_file",
    "login_session",
];

impl Profile {
    /// The profile of `AWS_PROFILE`, else the one named `default`, where there is one. As in boto3, what stands in
    /// `credentials` wins over `config`.
    ///
    /// # Errors
    /// A profile that was asked for and is in neither file; a file that cannot be read; half a key.
    pub(super) fn read(variables: &Variables) -> Result<Self> {
        let asked = variables.first(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]);
        let name = asked.unwrap_or("default");
        let file = |variable: &str, usual: &str| {
            variables.get(variable).map(str::to_owned).or_else(|| variables.at_home(usual))
        };
        let in_config = if name == "default" { name.to_owned() } else { format!("profile {name}") };
        let mut settings = section(file("AWS_CONFIG_FILE", ".aws/config"), &in_config)?;
        let credentials = section(file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"), name)?;
        if asked.is_some() && settings.is_none() && credentials.is_none() {
            return Err(misconfigured(format!("AWS_PROFILE: there is no profile '{name}'")));
        }
        let mut all = settings.take().unwrap_or_default();
        all.extend(credentials.unwrap_or_default());
        let mut take = |key: &str| all.remove(key).filter(|value| !value.is_empty());
        let key = match (take("aws_access_key_id"), take("aws_secret_access_key")) {
            (Some(id), Some(secret)) => Some((id, secret)),
            (None, None) => None,
            _ => {
                return Err(misconfigured(format!(
                    "the profile '{name}' has only one of aws_access_key_id and aws_secret_access_key"
                )));
            }
        };
        Ok(Self {
            key,
            token: take("aws_session_token"),
            region: take("region"),
            endpoint: take("endpoint_url"),
            unsupported: UNSUPPORTED.into_iter().find(|setting| all.contains_key(*setting)),
        })
    }
}

/// The settings of a section; `None` where the file or the section is not there.
fn section(file: Option<String>, name: &str) -> Result<Option<BTreeMap<String, String>>> {
    let Some(file) = file else { return Ok(None) };
    let path = Path::new(&file);
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Ok(found) if found.len() > MAX_FILE => {
            return Err(misconfigured(format!("{file} is too large for a file of AWS settings")));
        }
        _ => {}
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| misconfigured(format!("{file} cannot be read: {error}")))?;
    Ok(parse(&text, name))
}

fn parse(text: &str, wanted: &str) -> Option<BTreeMap<String, String>> {
    let mut found: Option<BTreeMap<String, String>> = None;
    let mut inside = false;
    for line in text.lines() {
        // An indented line is a setting within the one above it, such as those of `s3 =`.
        if line.starts_with([' ', '\t', '#', ';']) || line.trim().is_empty() {
            continue;
        }
        if let Some(name) = line.trim_end().strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            let name: Vec<&str> = name.split_whitespace().collect();
            inside = name.join(" ").replace('"', "") == wanted;
            if inside {
                found.get_or_insert_default();
            }
        } else if let (true, Some((key, value))) = (inside, line.split_once('=')) {
            let value = value.split(" #").next().unwrap_or_default().trim();
            found.get_or_insert_default().insert(key.trim().to_ascii_lowercase(), value.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Result<Profile> {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".aws")).unwrap();
        for (name, text) in files {
            std::fs::write(home.path().join(".aws").join(name), text).unwrap();
        }
        let mut all: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        all.insert("HOME".to_owned(), home.path().to_str().unwrap().to_owned());
        Profile::read(&Variables::new(all))
    }

    const CREDENTIALS: &str = "\
[default]
aws_access_key_id = AK
aws_secret_access_key=SK=with=signs

# a comment
[team]
aws_access_key_id = TAK
aws_secret_access_key = TSK
aws_session_token = TOKEN
";
    const CONFIG: &str = "\
[default]
region = eu-west-1
s3 =
  addressing_style = path
[profile team]
region = eu-north-1 # close by
endpoint_url = http://store:9000
[profile sso]
sso_session = corp
";

    #[test]
    fn a_profile_is_put_together_from_both_files() {
        let files = [("credentials", CREDENTIALS), ("config", CONFIG)];
        let default = read(&files, &[]).unwrap();
        assert_eq!(default.key, Some(("AK".to_owned(), "SK=with=signs".to_owned())));
        assert_eq!((default.region.as_deref(), default.endpoint), (Some("eu-west-1"), None));
        let team = read(&files, &[("AWS_PROFILE", "team")]).unwrap();
        assert_eq!(team.key, Some(("TAK".to_owned(), "TSK".to_owned())));
        assert_eq!(team.token.as_deref(), Some("TOKEN"));
        assert_eq!(team.region.as_deref(), Some("eu-north-1"));
        assert_eq!(team.endpoint.as_deref(), Some("http://store:9000"));
        assert_eq!(read(&files, &[("AWS_PROFILE", "sso")]).unwrap().unsupported, Some("sso_session"));
    }

    #[test]
    fn what_is_not_there_is_an_error_only_when_it_was_asked_for() {
        assert!(read(&[], &[]).unwrap().key.is_none());
        let error = read(&[("config", CONFIG)], &[("AWS_PROFILE", "none")]).err().unwrap();
        assert!(error.to_string().contains("no profile 'none'"), "{error}");
        let half = read(&[("credentials", "[default]\naws_access_key_id = x\n")], &[]).err().unwrap();
        assert!(half.to_string().contains("only one of"), "{half}");
    }
}
