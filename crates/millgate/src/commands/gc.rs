//! `millgate gc`: deletes for good what is deleted, in the databases themselves or by a server that is told to. The rules are
//! `service`'s, for both.

mod here;
mod there;

use super::progress::Progress;
use super::table::harmless;
use super::{CommandError, say};
use crate::RunError;
use crate::cli::GcArgs;
use crate::config::{ConfigError, Environment, Origin};
use here::Here;
use operations::messages::{CollectedGarbage, GarbageItem};
use serde_json::{Value, json};
use std::io::Write;
use std::process::ExitCode;
use there::There;
pub(crate) use there::ThereError;

/// Ids of a type in a request: as many as the operation takes.
const IDS_AT_A_TIME: usize = 1_000;
/// Things in a listing, and in a deletion: by little steps the progress is seen.
const LISTED_AT_A_TIME: u32 = 1_000;
const DELETED_AT_A_TIME: u32 = 100;

/// Deletes what the arguments say, and tells of each. Something that could not be deleted is no error, but a status.
///
/// # Errors
/// When the databases or the server cannot be reached or refuse; when something that is named is not deleted: nothing has been
/// deleted for good then.
pub(crate) async fn run(args: &GcArgs, environment: &Environment) -> Result<ExitCode, RunError> {
    refuse_unsupported(args, environment)?;
    let place = Place::find(args, environment).await?;
    let done = collect(&place, args).await;
    place.close().await;
    done
}

async fn collect(place: &Place, args: &GcArgs) -> Result<ExitCode, RunError> {
    let requests = requests(args);
    // All of it is looked at before any of it is deleted: what is named must be deleted, and a bar has an end.
    let show = |page: &CollectedGarbage| {
        if args.dry_run { tell(page, "Would delete", "would stay") } else { Ok(()) }
    };
    let (listed, would_stay) = ask_all(place, &requests, true, show).await?;
    if args.dry_run {
        return conclude(
            &format!("{listed} would be deleted for good, {would_stay} would stay."),
            would_stay,
        );
    }
    let progress = Progress::new("deleted for good", Some(listed));
    let (gone, kept) = ask_all(place, &requests, false, |page| {
        progress.add(count(&page.deleted));
        tell(page, "Deleted", "stays")
    })
    .await?;
    progress.finish();
    conclude(&format!("{gone} deleted for good, {kept} kept."), kept)
}

/// Asks for all of it, step by step, and shows each answer. How much has gone, or would go with `dry_run`, and how much is kept.
async fn ask_all(
    place: &Place,
    requests: &[Request],
    dry_run: bool,
    mut show: impl FnMut(&CollectedGarbage) -> Result<(), CommandError>,
) -> Result<(u64, u64), RunError> {
    let at_a_time = if dry_run { LISTED_AT_A_TIME } else { DELETED_AT_A_TIME };
    let (mut gone, mut kept) = (0_u64, 0_u64);
    for request in requests {
        let mut token = None;
        loop {
            let page = place.ask(step(request, dry_run, at_a_time, token.as_deref())).await?;
            gone = gone.saturating_add(count(&page.deleted));
            kept = kept.saturating_add(count(&page.kept));
            show(&page)?;
            token = page.next_page_token;
            if token.is_none() {
                break;
            }
        }
    }
    Ok((gone, kept))
}

fn count(items: &[GarbageItem]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

/// Standard output has what has gone, a line each; standard error what has not.
fn tell(page: &CollectedGarbage, deleted: &str, stays: &str) -> Result<(), CommandError> {
    for item in &page.deleted {
        say(&format!("{deleted} {}", what(item)))?;
    }
    let mut stderr = std::io::stderr().lock();
    for item in &page.kept {
        writeln!(stderr, "millgate: {} {stays}: {}", what(item), reason(item))?;
    }
    for item in &page.left_artifacts {
        writeln!(stderr, "millgate: {} leaves artifacts behind: {}", what(item), reason(item))?;
    }
    Ok(())
}

fn what(item: &GarbageItem) -> String {
    format!("{} {}", harmless(&item.kind.replace('_', " ")), harmless(&item.id))
}

fn reason(item: &GarbageItem) -> String {
    harmless(item.reason.as_deref().unwrap_or_default())
}

fn conclude(summary: &str, kept: u64) -> Result<ExitCode, RunError> {
    writeln!(std::io::stderr(), "{summary}")?;
    Ok(if kept == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The body of a request.
type Request = serde_json::Map<String, Value>;

/// What is asked for, without what changes from step to step. Many ids are several requests: experiments come last, as they take
/// along what may be named by itself.
fn requests(args: &GcArgs) -> Vec<Request> {
    let base = || {
        let mut request = Request::new();
        set(&mut request, "leave_artifacts", json!(args.leave_artifacts));
        if let Some(age) = args.older_than {
            let milliseconds = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
            set(&mut request, "older_than_ms", json!(milliseconds));
        }
        request
    };
    let named: Vec<(&str, Vec<&str>)> = [
        ("run_ids", &args.run_ids),
        ("logged_model_ids", &args.logged_model_ids),
        ("experiment_ids", &args.experiment_ids),
    ]
    .into_iter()
    .map(|(field, list)| {
        let list = list.as_deref().unwrap_or_default();
        (field, list.split(',').map(str::trim).filter(|id| !id.is_empty()).collect())
    })
    .collect();
    if named.iter().all(|(_, ids): &(&str, Vec<&str>)| ids.len() <= IDS_AT_A_TIME) {
        let mut request = base();
        for (field, ids) in named.into_iter().filter(|(_, ids)| !ids.is_empty()) {
            set(&mut request, field, json!(ids));
        }
        return vec![request];
    }
    let mut requests = Vec::new();
    for (field, ids) in named {
        for chunk in ids.chunks(IDS_AT_A_TIME) {
            let mut request = base();
            set(&mut request, field, json!(chunk));
            requests.push(request);
        }
    }
    requests
}

fn step(request: &Request, dry_run: bool, max_results: u32, token: Option<&str>) -> Value {
    let mut step = request.clone();
    set(&mut step, "dry_run", json!(dry_run));
    set(&mut step, "max_results", json!(max_results));
    if let Some(token) = token {
        set(&mut step, "page_token", json!(token));
    }
    Value::Object(step)
}

fn set(request: &mut Request, field: &str, value: Value) {
    request.insert(field.to_owned(), value);
}

fn refuse_unsupported(args: &GcArgs, environment: &Environment) -> Result<(), ConfigError> {
    if args.jobs {
        return Err(ConfigError::not_supported(Origin::Flag("--jobs"), "deleting jobs is"));
    }
    if args.job_ids.is_some() {
        return Err(ConfigError::not_supported(Origin::Flag("--job-ids"), "deleting jobs is"));
    }
    if args.all_workspaces {
        return Err(ConfigError::not_supported(Origin::Flag("--all-workspaces"), "workspaces are"));
    }
    let workspace = match args.workspace.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => Some((name, Origin::Flag("--workspace"))),
        None => environment
            .get_nonempty("MLFLOW_WORKSPACE")
            .map(|name| (name, Origin::Variable("MLFLOW_WORKSPACE".to_owned()))),
    };
    if let Some((name, origin)) = workspace
        && name != identity::DEFAULT_WORKSPACE
    {
        return Err(ConfigError::not_supported(origin, "a workspace other than 'default' is"));
    }
    for (flag, list) in [
        ("--run-ids", &args.run_ids),
        ("--experiment-ids", &args.experiment_ids),
        ("--logged-model-ids", &args.logged_model_ids),
    ] {
        // A list that a script has made and that came out empty must not mean all that there is.
        if list.as_deref().is_some_and(|list| list.split(',').all(|id| id.trim().is_empty())) {
            return Err(ConfigError::invalid(Origin::Flag(flag), "names no id"));
        }
    }
    Ok(())
}

/// Where it is done.
enum Place {
    Here(Box<Here>),
    There(There),
}

impl Place {
    /// A flag comes before a variable, and a database before a server.
    async fn find(args: &GcArgs, environment: &Environment) -> Result<Self, RunError> {
        let flag = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        let variable = |name: &str| environment.get_nonempty(name).map(str::to_owned);
        let is_server = |uri: &String| {
            let uri = uri.to_ascii_lowercase();
            uri.starts_with("http://") || uri.starts_with("https://")
        };
        let (database, server) = (flag(&args.backend_store_uri), flag(&args.tracking_uri));
        let (known_database, known_server) =
            (variable("MLFLOW_BACKEND_STORE_URI"), variable("MLFLOW_TRACKING_URI"));
        let (uri, origin) = if let Some(uri) = database {
            if server.or(known_server).is_some_and(|uri| is_server(&uri)) {
                tracing::warn!(
                    "the database that --backend-store-uri names is worked on, and no server is asked: artifacts are deleted \
                     from --artifacts-destination"
                );
            }
            (Some(uri), Origin::Flag("--backend-store-uri"))
        } else if let Some(uri) = server {
            (Some(uri), Origin::Flag("--tracking-uri"))
        } else if let Some(uri) = known_database {
            (Some(uri), Origin::Variable("MLFLOW_BACKEND_STORE_URI".to_owned()))
        } else {
            (known_server, Origin::Variable("MLFLOW_TRACKING_URI".to_owned()))
        };
        match uri {
            Some(uri) if is_server(&uri) => {
                refuse_what_is_of_databases(args)?;
                Ok(Self::There(There::new(&uri, origin, environment)?))
            }
            uri => Ok(Self::Here(Box::new(Here::open(args, uri, environment).await?))),
        }
    }

    async fn ask(&self, request: Value) -> Result<CollectedGarbage, RunError> {
        match self {
            Self::Here(here) => here.ask(request).await,
            Self::There(there) => Ok(there.ask(&request).await?),
        }
    }

    async fn close(self) {
        match self {
            Self::Here(here) => here.close().await,
            Self::There(_) => {}
        }
    }
}

/// A server knows itself where its artifacts and users are.
fn refuse_what_is_of_databases(args: &GcArgs) -> Result<(), ConfigError> {
    for (flag, value) in [
        ("--artifacts-destination", &args.artifacts_destination),
        ("--default-artifact-root", &args.default_artifact_root),
        ("--auth-database", &args.auth_database),
    ] {
        if value.is_some() {
            return Err(ConfigError::Conflict(format!(
                "{flag} is for work on a database, which --backend-store-uri names; a server knows its own"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_ids_are_one_request_and_many_are_several_with_the_experiments_last() {
        let few = GcArgs { run_ids: Some("a, b,".to_owned()), ..GcArgs::default() };
        let [request] = requests(&few).try_into().unwrap();
        assert_eq!(request["run_ids"], json!(["a", "b"]));
        // An empty list is refused.
        assert_eq!(request.get("experiment_ids"), None);
        let many: Vec<String> = (0..2_500).map(|id| id.to_string()).collect();
        let many = GcArgs {
            run_ids: Some(many.join(",")),
            experiment_ids: Some("7".to_owned()),
            older_than: Some(std::time::Duration::from_secs(60)),
            ..GcArgs::default()
        };
        let requests = requests(&many);
        let counts: Vec<usize> = requests
            .iter()
            .map(|request| request.get("run_ids").map_or(0, |ids| ids.as_array().unwrap().len()))
            .collect();
        assert_eq!(counts, [1_000, 1_000, 500, 0]);
        assert_eq!(requests[3]["experiment_ids"], json!(["7"]));
        assert!(requests.iter().all(|request| request["older_than_ms"] == json!(60_000)));
    }

    #[test]
    fn without_ids_all_is_asked_for_once() {
        assert_eq!(requests(&GcArgs::default()).len(), 1);
    }
}
