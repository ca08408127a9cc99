//! What is needed for roles, grants and the users who hold them: it depends on who administers what, not on grants on a
//! resource alone.

use crate::decide::Required;
use authz::{Action, Key, Requirement, WILDCARD};
use identity::{DEFAULT_WORKSPACE, Principal, Rights, Standing, checked_kind_for_single_users};
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
    if let Some(scope) = caller.scope()
        && subject != Subject::Granted
        && (!(action == Action::Read && scope.is_everywhere())
            || matches!(subject, Subject::TokensOfUser | Subject::Token))
    {
        // Who one is and what others may do is nothing that narrower credentials could be for.
        return Ok(Required::Never);
    }
    let served = || [DEFAULT_WORKSPACE.to_owned()];
    let is_caller = |name: &String| caller.username() == Some(name);
    let allowed = match subject {
        Subject::User => ids.iter().all(is_caller),
        Subject::PermissionOfUser => {
            ids.iter().all(is_caller) || rights.stands_in(caller, Standing::Administrator, &served()).await?
        }
        Subject::RolesOfUser => {
            let mut all = true;
            for name in ids {
                all = all && (is_caller(name) || rights.administers_one_of(caller, name).await?);
            }
            all
        }
        Subject::TokensOfUser => ids.iter().all(|name| name.is_empty() || is_caller(name)),
        Subject::Token => {
            let Some(ids) = numbers(ids) else { return Ok(Required::Never) };
            rights.owns_tokens(caller, &ids).await?
        }
        Subject::Role => {
            let Some(ids) = numbers(ids) else { return Ok(Required::Never) };
            rights.stands_with_roles(caller, standing(action), &ids).await?
        }
        Subject::RolePermission => {
            let Some(ids) = numbers(ids) else { return Ok(Required::Never) };
            rights.stands_with_role_permissions(caller, standing(action), &ids).await?
        }
        Subject::Workspace => rights.stands_in(caller, standing(action), ids).await?,
        Subject::EveryWorkspace => ids.is_empty(),
        Subject::Granted => return granted(action, ids, caller, rights).await,
        _ => false,
    };
    Ok(if allowed { Required::By(Vec::new()) } else { Required::Never })
}

/// Reading is for members, changing for administrators.
fn standing(action: Action) -> Standing {
    match action {
        Action::Read => Standing::Member,
        _ => Standing::Administrator,
    }
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
        let kind = checked_kind_for_single_users(kind)?;
        if pattern != WILDCARD {
            requirements.push(Requirement::new(action, Key::new(kind, pattern)));
        } else if caller.scope().is_some()
            || !rights.stands_in(caller, Standing::Administrator, &[DEFAULT_WORKSPACE.to_owned()]).await?
        {
            return Ok(Required::Never);
        }
    }
    Ok(Required::By(requirements))
}
