//! The permission page of the documentation, written from the table.

use crate::operation::{Clause, Listing, Need, Part, Row, Subject};
use authz::Action;
use std::fmt::Write;

/// The page `docs/permissions.md`. A test compares the two.
pub fn permissions_page(rows: &[Row]) -> String {
    let mut page = String::from(INTRODUCTION);
    for (part, title) in PARTS {
        let _ = write!(page, "\n## {title}\n\n| Operation | Route | Needs |\n| --- | --- | --- |\n");
        for row in rows.iter().filter(|row| row.part == *part) {
            let routes: Vec<String> = row
                .endpoints()
                .filter(|(_, path)| !path.starts_with("/ajax-api") || row_is_ajax_only(row))
                .map(|(method, path)| format!("`{} {path}`", method.as_str()))
                .collect();
            // Writing to a String cannot fail.
            let _ = writeln!(page, "| {} | {} | {} |", row.summary, routes.join("<br>"), needs(row));
        }
    }
    page
}

fn row_is_ajax_only(row: &Row) -> bool {
    row.endpoints().all(|(_, path)| path.starts_with("/ajax-api"))
}

const PARTS: &[(Part, &str)] = &[
    (Part::Server, "The server itself"),
    (Part::Metrics, "Metrics"),
    (Part::Tracking, "Tracking"),
    (Part::Registry, "Model registry"),
    (Part::ProxiedArtifacts, "Proxied artifacts"),
    (Part::Users, "Users"),
];

const INTRODUCTION: &str = "\
# Permissions

<!-- Written from the operation table by `cargo test -p operations`; set UPDATE_DOCS=1 to write it again. -->

Every route is listed here with what a caller needs for it. Administrators need nothing. Everything under `/api/` is served
under `/ajax-api/` too, with the same need.

A grant gives a level on a resource, or with the pattern `*` on all of its type:

| Level | read | use | update | delete | manage |
| --- | --- | --- | --- | --- | --- |
| `READ` | yes | | | | |
| `USE` | yes | yes | | | |
| `EDIT` | yes | yes | yes | | |
| `MANAGE` | yes | yes | yes | yes | yes |
| `DENY`, `NO_PERMISSIONS` | | | | | |

* Where nothing is granted, `default_permission` of the configuration decides; a positive grant never gives less than it.
* Among several grants on one resource `DENY` wins, else the highest level.
* What lies in an experiment (runs, logged models, artifacts) asks its own type first: a grant on the type `run` decides
  about runs, whether it gives more or less than the grant on the experiment, and without one the experiment decides. The
  experiment itself must be readable in any case.
* Registered models and prompts have grants of their own, `registered_model` and `prompt`: a registered model is a prompt
  while its tag `mlflow.prompt.is_prompt` is `true`. Their versions ask the type `registered_model_version` or
  `prompt_version` first, in the same way; reading a version only asks that those are not denied.
* An access token with a level or with resources of its own leaves what goes no farther than the level and lies in the
  resources. It takes from administrators, too, and never gives anything.
* A search shows only what the caller may read. Its pages are full all the same.
* A run or logged model that does not exist is answered like one that is forbidden.
";

fn needs(row: &Row) -> String {
    let mut text = need(row.need);
    if !row.mentions.is_empty() {
        let names: Vec<String> = row.mentions.iter().map(|kind| format!("`{kind}`")).collect();
        let _ = write!(text, "; leaves out what tells of {} where that is denied", names.join(", "));
    }
    text
}

fn need(need: Need) -> String {
    match need {
        Need::Public => "nothing, not even a login".to_owned(),
        Need::Authenticated => "a login".to_owned(),
        Need::Unbound => "a login, not with a token that is bound to resources".to_owned(),
        Need::Admin => "an administrator".to_owned(),
        Need::WorkspaceAdmin => "`MANAGE` on a workspace".to_owned(),
        Need::Filtered(listing, clauses) => {
            let shown = format!("a login; shows {}", rows(listing));
            if clauses.is_empty() { shown } else { format!("{shown}; {}", all(clauses)) }
        }
        Need::All(clauses) => all(clauses),
    }
}

const fn rows(listing: Listing) -> &'static str {
    match listing {
        Listing::Experiments => "experiments with read",
        Listing::Runs => "runs of experiments with read, unless runs are denied",
        Listing::LoggedModels => "logged models of experiments with read, unless logged models are denied",
        Listing::RegisteredModels => "registered models and prompts with read",
        Listing::ModelVersions => {
            "versions of registered models and prompts with read, unless those versions are denied"
        }
    }
}

fn all(clauses: &[Clause]) -> String {
    clauses.iter().map(clause).collect::<Vec<_>>().join("; ")
}

fn clause(clause: &Clause) -> String {
    let action = clause.action.as_str();
    match clause.subject {
        Subject::Experiment | Subject::ExperimentByName => format!("{action} on the experiment"),
        Subject::ExperimentWithContents => {
            format!("{action} on the experiment and on the types of what it contains")
        }
        Subject::NewExperiment => "no `DENY` on all experiments".to_owned(),
        Subject::ArtifactLocation => {
            format!(
                "{action} on every experiment whose artifacts the location overlaps, and on the workspace where it holds \
                 files of no experiment"
            )
        }
        Subject::LocalLocation => {
            "an administrator, for a location on the server's own disk outside its artifact storage"
                .to_owned()
        }
        Subject::RunInExperiment => "update on the experiment, and no `DENY` on runs".to_owned(),
        Subject::LoggedModelInExperiment => {
            "update on the experiment, and no `DENY` on logged models".to_owned()
        }
        Subject::Run => format!("{action} on the run"),
        Subject::AnyRun => "no `DENY` on runs, where the search selects or orders by them".to_owned(),
        Subject::ListedRun => format!("{action} on every run"),
        Subject::LoggedModel => format!("{action} on every logged model that is named"),
        Subject::RegisteredModel => format!("{action} on the registered model or prompt"),
        Subject::ModelOfBothTypes => format!(
            "for the tag `mlflow.prompt.is_prompt`, {action} on the name both as a registered model and as a prompt"
        ),
        Subject::ModelWithVersions => {
            format!("{action} on the registered model or prompt and on its versions")
        }
        Subject::NewRegisteredModel => "no `DENY` on registered models or the name".to_owned(),
        Subject::NewPrompt => "for a prompt, no `DENY` on prompts or the name".to_owned(),
        Subject::NewNameOfModel => "no `DENY` on the new name".to_owned(),
        Subject::ModelVersion if clause.action == Action::Read => {
            "read on the registered model or prompt, and no `DENY` on its versions".to_owned()
        }
        Subject::ModelVersion => {
            format!("read on the registered model or prompt, and {action} on its versions")
        }
        Subject::NewModelVersion => {
            "update on the registered model or prompt, and no `DENY` on its versions".to_owned()
        }
        Subject::AnyRegisteredModelVersion => {
            "no `DENY` on `registered_model_version`, where the tags say that it is no prompt".to_owned()
        }
        Subject::AnyPromptVersion => {
            "no `DENY` on `prompt_version`, where the tags say that it is a prompt".to_owned()
        }
        Subject::ModelAlias => {
            format!("{action} on the registered model or prompt, and read on its versions")
        }
        Subject::ModelSource => {
            format!(
                "{action} on what the source names, on whose artifacts it reaches, and on the workspace where it reaches files \
                 of no experiment"
            )
        }
        Subject::ProxiedArtifact => {
            format!("{action} on the run, logged model, trace or experiment in whose location the path lies")
        }
        Subject::ProxiedArtifactTree => {
            format!(
                "{action} on every run, logged model, trace or experiment that the path reaches, and on the workspace \
                 where it lies in none"
            )
        }
        Subject::User => "one's own user".to_owned(),
        Subject::Granted => {
            format!("{action} on the resource; for `*`, and so for all of a type, `MANAGE` on the workspace")
        }
        Subject::GrantedByName => {
            format!("{action} on the registered model or prompt; for `*`, `MANAGE` on the workspace")
        }
        Subject::PermissionOfUser => "one's own user, or `MANAGE` on the workspace".to_owned(),
        Subject::RolesOfUser => {
            "one's own user, or `MANAGE` on a workspace in which the user has a role".to_owned()
        }
        Subject::TokensOfUser => "one's own user, with all of one's rights".to_owned(),
        Subject::Token => "one's own access token, with all of one's rights".to_owned(),
        Subject::Role => standing(clause.action, "the role's workspace"),
        Subject::RolePermission => standing(clause.action, "the workspace of the grant's role"),
        Subject::Workspace => standing(clause.action, "each workspace"),
        Subject::EveryWorkspace => "an administrator, when no workspace is named".to_owned(),
    }
}

fn standing(action: authz::Action, place: &str) -> String {
    match action {
        authz::Action::Manage => format!("`MANAGE` on {place}"),
        _ => format!("a role in {place}"),
    }
}
