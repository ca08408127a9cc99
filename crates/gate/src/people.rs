//! What is needed for roles, grants and the users who hold them: it depends on who administers what, not on grants on a
//! resource alone.

use crate::decide::Required;
use authz::{Action, Key, Requirement, ResourceType, WILDCARD};
use identity::{DEFAULT_WORKSPACE, Principal, Rights, Standing, checked_kind};
use model::Error;
use operations::Subject;

/// What one clause about people comes to. No other subject is one of theirs.
pub(crate) async fn required(
    action: Action,
    subject: Subject,
    ids: &[String],
    caller: &Principal,
    rights: &Rights,
) -> Result<Required, Error> {
    let served = || [DEFAULT_WORKSPACE.to_owned()];
    let is_caller = |name: &String| caller.username() == Some(name);
    let allowed = match subject {
        Subject::User => ids.iter().all(is_caller),
        Subject::PermissionOfUser => {
            ids.iter().all(is_caller) || rights.stand_in(caller, Standing::Administrator, &served()).await?
        }
        Subject::RolesOfUser => {
            let mut all = true;
            for name in ids {
                all = all && (is_caller(name) || rights.administers_one_of(caller, name).await?);
            }
            all
        }
        Subject::Role => {
            let Some(ids) = numbers(ids) else { return Ok(Required::Never) };
            let workspaces = rights.workspaces_of_roles(&ids).await?;
            stands_in(rights, caller, action, workspaces).await?
        }
        Subject::RolePermission => {
            let Some(ids) = numbers(ids) else { return Ok(Required::Never) };
            let workspaces = rights.workspaces_of_role_permissions(&ids).await?;
            stands_in(rights, caller, action, workspaces).await?
        }
        Subject::Workspace => stands_in(rights, caller, action, Some(ids.to_vec())).await?,
        Subject::EveryWorkspace => ids.is_empty(),
        Subject::Granted => return granted(action, ids, caller, rights).await,
        _ => false,
    };
    Ok(if allowed { Required::By(Vec::new()) } else { Required::Never })
}

/// What does not exist is forbidden, not missing, so that nobody can probe for ids.
async fn stands_in(
    rights: &Rights,
    caller: &Principal,
    action: Action,
    workspaces: Option<Vec<String>>,
) -> Result<bool, Error> {
    let Some(workspaces) = workspaces else { return Ok(false) };
    let standing = match action {
        Action::Read => Standing::Member,
        _ => Standing::Administrator,
    };
    rights.stand_in(caller, standing, &workspaces).await
}

/// Ids in decimal digits, as the table's functions write them.
fn numbers(ids: &[String]) -> Option<Vec<i64>> {
    ids.iter().map(|id| id.parse().ok()).collect()
}

async fn granted(
    action: Action,
    ids: &[String],
    caller: &Principal,
    rights: &Rights,
) -> Result<Required, Error> {
    let mut requirements = Vec::new();
    for id in ids {
        // The table's functions put the slash there.
        let (kind, pattern) = id.split_once('/').unwrap_or((id, WILDCARD));
        let kind = checked_kind(kind)?;
        if kind == ResourceType::Workspace {
            return Err(identity::not_for_single_users());
        }
        if pattern != WILDCARD {
            requirements.push(Requirement::new(action, Key::new(kind, pattern)));
        } else if !rights.stand_in(caller, Standing::Administrator, &[DEFAULT_WORKSPACE.to_owned()]).await? {
            return Ok(Required::Never);
        }
    }
    Ok(Required::By(requirements))
}
