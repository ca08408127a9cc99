//! From a table of permissions for each type of resource to grants of roles.

use crate::AnyRow;
use crate::Int;
use crate::auth::grants::own_role_id;
use crate::db::Connection;
use crate::dialect::ROWS_PER_INSERT;
use crate::error::StoreError;
use authz::{Level, ResourceType, WILDCARD};
use model::user::UserId;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sea_query::{OnConflict, Query};
use std::collections::{BTreeMap, BTreeSet};

/// What became of the permissions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Converted {
    /// Permissions that became grants, by the type of resource that they were on.
    pub by_type: BTreeMap<&'static str, usize>,
    /// How many of them were NO_PERMISSIONS and became DENY.
    pub no_permissions: usize,
    /// How many of them held no word that MLflow knows, and became DENY.
    pub unknown: usize,
    /// Permissions of users that do not exist. They are left out: the next user who gets the id must not have them.
    pub dangling: usize,
    /// Grants on models that became grants on prompts.
    pub prompts: u64,
}

/// The tables that name a resource by one column.
const BY_ID: [(&str, &str, ResourceType); 5] = [
    ("experiment_permissions", "experiment_id", ResourceType::Experiment),
    ("registered_model_permissions", "name", ResourceType::RegisteredModel),
    ("gateway_secret_permissions", "secret_id", ResourceType::GatewaySecret),
    ("gateway_endpoint_permissions", "endpoint_id", ResourceType::GatewayEndpoint),
    ("gateway_model_definition_permissions", "model_definition_id", ResourceType::GatewayModelDefinition),
];

/// What EDIT of a workspace gave, besides entering it. Prompts are not among it, as in MLflow 3.17.
const EDITED_WITH_A_WORKSPACE: [ResourceType; 6] = [
    ResourceType::Experiment,
    ResourceType::RegisteredModel,
    ResourceType::Scorer,
    ResourceType::GatewaySecret,
    ResourceType::GatewayEndpoint,
    ResourceType::GatewayModelDefinition,
];

/// What nobody may touch who must not enter the workspace. Without workspaces a grant on the workspace is asked only about
/// what belongs to no resource, so each type that stands by itself is refused as a whole; what such resources contain goes
/// with them.
const REFUSED_WITH_A_WORKSPACE: [ResourceType; 9] = [
    ResourceType::Workspace,
    ResourceType::Experiment,
    ResourceType::RegisteredModel,
    ResourceType::Prompt,
    ResourceType::Scorer,
    ResourceType::GatewaySecret,
    ResourceType::GatewayEndpoint,
    ResourceType::GatewayModelDefinition,
    ResourceType::McpServer,
];

/// What Python's `quote(name, safe="")` escapes.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Turns every permission into a grant of the user's own role. The tables are left as they are: MLflow keeps them for a way
/// back, and reads them no more.
///
/// # Errors
/// When a permission is on a resource named `*`, or a user's own role is somebody else's.
pub(super) async fn to_roles(
    connection: &mut Connection<'_>,
    converted: &mut Converted,
) -> Result<(), StoreError> {
    let mut conversion = Conversion { users: users(connection).await?, grants: Vec::new(), converted };
    for (table, column, kind) in BY_ID {
        for (Int(user), id, word) in rows(connection, table, [column]).await? {
            conversion.permission_on(table, kind, user, id, word)?;
        }
    }
    // Two columns name a scorer. MLflow's `_scorer_pattern` joins them so, that a `/` in a name stays apart.
    let scorers: Vec<(Int, String, String, Option<String>)> =
        rows(connection, "scorer_permissions", ["experiment_id", "scorer_name"]).await?;
    for (Int(user), experiment, name, word) in scorers {
        let id = format!("{experiment}/{}", utf8_percent_encode(&name, ESCAPED));
        conversion.permission_on("scorer_permissions", ResourceType::Scorer, user, id, word)?;
    }
    // The workspace is the default one: a database with rows of another is refused.
    for (Int(user), word) in rows(connection, "workspace_permissions", []).await? {
        conversion.permission_on_workspace(user, word);
    }
    let grants = conversion.grants;
    write(connection, grants).await
}

async fn users(connection: &mut Connection<'_>) -> Result<BTreeSet<i64>, StoreError> {
    let query = Query::select().column("id").from("users").to_owned();
    Ok(connection.fetch_all::<(Int,)>(&query).await?.into_iter().map(|(Int(id),)| id).collect())
}

/// The user, what the columns say, and the permission, of every row.
async fn rows<Row: AnyRow, const COLUMNS: usize>(
    connection: &mut Connection<'_>,
    table: &'static str,
    columns: [&'static str; COLUMNS],
) -> Result<Vec<Row>, StoreError> {
    let query =
        Query::select().column("user_id").columns(columns).column("permission").from(table).to_owned();
    connection.fetch_all(&query).await
}

struct NewGrant {
    user: i64,
    kind: ResourceType,
    pattern: String,
    level: Level,
}

struct Conversion<'c> {
    users: BTreeSet<i64>,
    grants: Vec<NewGrant>,
    converted: &'c mut Converted,
}

impl Conversion<'_> {
    fn permission_on(
        &mut self,
        table: &str,
        kind: ResourceType,
        user: i64,
        id: String,
        word: Option<String>,
    ) -> Result<(), StoreError> {
        let Some(level) = self.level(kind, user, word) else { return Ok(()) };
        if id == WILDCARD {
            return Err(StoreError::Schema(format!(
                "{table} holds a permission of the user with id {user} on a {kind} named '*'. As a grant of a role it would \
                 be on every {kind}. Delete the row first."
            )));
        }
        self.grant(user, kind, id, level);
        Ok(())
    }

    /// MLflow 3.17 knows USE and MANAGE of a workspace; what else there was is put in their words.
    fn permission_on_workspace(&mut self, user: i64, word: String) {
        let Some(level) = self.level(ResourceType::Workspace, user, Some(word)) else { return };
        match level {
            Level::Manage => self.grant_on_all(user, ResourceType::Workspace, Level::Manage),
            Level::Use | Level::Read => self.grant_on_all(user, ResourceType::Workspace, Level::Use),
            Level::Edit => {
                self.grant_on_all(user, ResourceType::Workspace, Level::Use);
                for kind in EDITED_WITH_A_WORKSPACE {
                    self.grant_on_all(user, kind, Level::Edit);
                }
            }
            Level::Deny | Level::NoPermissions => {
                for kind in REFUSED_WITH_A_WORKSPACE {
                    self.grant_on_all(user, kind, Level::Deny);
                }
            }
        }
    }

    /// The level to grant for a permission, counted; `None` when its user does not exist. What cannot be understood must not
    /// open a door, and DENY is no word of these tables.
    fn level(&mut self, kind: ResourceType, user: i64, word: Option<String>) -> Option<Level> {
        if !self.users.contains(&user) {
            self.converted.dangling += 1;
            return None;
        }
        *self.converted.by_type.entry(kind.as_str()).or_default() += 1;
        match word.as_deref().and_then(Level::from_name) {
            Some(level @ (Level::Read | Level::Use | Level::Edit | Level::Manage)) => Some(level),
            Some(Level::NoPermissions) => {
                self.converted.no_permissions += 1;
                Some(Level::Deny)
            }
            Some(Level::Deny) | None => {
                self.converted.unknown += 1;
                Some(Level::Deny)
            }
        }
    }

    fn grant_on_all(&mut self, user: i64, kind: ResourceType, level: Level) {
        self.grant(user, kind, WILDCARD.to_owned(), level);
    }

    fn grant(&mut self, user: i64, kind: ResourceType, pattern: String, level: Level) {
        self.grants.push(NewGrant { user, kind, pattern, level });
    }
}

/// Writes the grants into the users' own roles. Where such a role already has a grant on the same, it stays, as in MLflow;
/// but a refusal takes its place.
async fn write(connection: &mut Connection<'_>, grants: Vec<NewGrant>) -> Result<(), StoreError> {
    let holders: BTreeSet<i64> = grants.iter().map(|grant| grant.user).collect();
    let mut roles = BTreeMap::new();
    for user in holders {
        roles.insert(user, own_role_id(connection, UserId(user)).await?);
    }
    let (refusals, others): (Vec<_>, Vec<_>) =
        grants.into_iter().partition(|grant| grant.level == Level::Deny);
    let key = || OnConflict::columns(["role_id", "resource_type", "resource_pattern"]);
    insert(connection, &roles, &others, key().do_nothing_on(["permission"]).to_owned()).await?;
    insert(connection, &roles, &refusals, key().update_column("permission").to_owned()).await
}

async fn insert(
    connection: &mut Connection<'_>,
    roles: &BTreeMap<i64, i64>,
    grants: &[NewGrant],
    on_conflict: OnConflict,
) -> Result<(), StoreError> {
    for portion in grants.chunks(ROWS_PER_INSERT) {
        let mut insert = Query::insert();
        insert
            .into_table("role_permissions")
            .columns(["role_id", "resource_type", "resource_pattern", "permission"])
            .on_conflict(on_conflict.clone());
        for NewGrant { user, kind, pattern, level } in portion {
            // Every user who is granted something was given a role.
            let Some(role) = roles.get(user) else { continue };
            insert.values_panic([
                (*role).into(),
                kind.as_str().into(),
                pattern.as_str().into(),
                level.as_str().into(),
            ]);
        }
        connection.execute(&insert).await?;
    }
    Ok(())
}
