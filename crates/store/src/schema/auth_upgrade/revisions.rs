//! The revisions that MLflow's databases of users went through, in their order.

use crate::db::Connection;
use crate::dialect::Sql;
use crate::error::StoreError;
use crate::schema::{Schema, revisions, table_exists};

/// A revision, and how it is reached from the one before.
pub(super) struct Revision {
    /// Alembic's.
    pub(super) id: &'static str,
    /// What it does to tables.
    scripts: Scripts,
    /// What it does to rows.
    pub(super) rows: Rows,
    /// Tables that it adds, or gives a workspace, and whose rows must be of the one that is served.
    workspace_tables: &'static [&'static str],
}

/// What a step does to tables, for each database that is upgraded here.
struct Scripts {
    sqlite: &'static str,
    postgresql: &'static str,
}

impl Revision {
    /// What it does to tables; `None` on a database where it cannot be done.
    pub(super) const fn script(&self, sql: Sql) -> Option<&'static str> {
        match sql {
            Sql::Sqlite => Some(self.scripts.sqlite),
            Sql::Postgresql => Some(self.scripts.postgresql),
            // It commits at every change of a table, so that a step that fails would be left half done.
            Sql::MariaDb | Sql::Mysql => None,
        }
    }
}

/// What a step does to rows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rows {
    AsTheyAre,
    /// Every user's permissions become grants of a role of their own.
    PermissionsToRoles,
    /// Grants on models that are prompts become grants on prompts.
    PromptsFromModels,
}

const NO_SCRIPTS: Scripts = Scripts { sqlite: "", postgresql: "" };

macro_rules! script {
    ($id:literal) => {
        Scripts {
            sqlite: include_str!(concat!("../../../schema/sqlite/auth_upgrade/", $id, ".sql")),
            postgresql: include_str!(concat!("../../../schema/postgresql/auth_upgrade/", $id, ".sql")),
        }
    };
}

/// The first is reached from the tables of MLflow 2.5 to 3.5, which kept it elsewhere, in `alembic_version`.
static REVISIONS: [Revision; 7] = [
    Revision {
        id: "8606fa83a998",
        scripts: script!("8606fa83a998"),
        rows: Rows::AsTheyAre,
        workspace_tables: &[],
    },
    Revision {
        id: "0965eb92f5f0",
        scripts: script!("0965eb92f5f0"),
        rows: Rows::AsTheyAre,
        workspace_tables: &[],
    },
    Revision {
        id: "a1b2c3d4e5f6",
        scripts: script!("a1b2c3d4e5f6"),
        rows: Rows::AsTheyAre,
        workspace_tables: &[],
    },
    Revision {
        id: "2ed73881770d",
        scripts: script!("2ed73881770d"),
        rows: Rows::AsTheyAre,
        workspace_tables: &["registered_model_permissions", "workspace_permissions"],
    },
    Revision {
        id: "c3d4e5f6a7b8",
        scripts: script!("c3d4e5f6a7b8"),
        rows: Rows::AsTheyAre,
        workspace_tables: &[],
    },
    Revision {
        id: "e5f6a7b8c9d0",
        scripts: NO_SCRIPTS,
        rows: Rows::PermissionsToRoles,
        workspace_tables: &[],
    },
    Revision {
        id: Schema::Auth.revision(),
        scripts: NO_SCRIPTS,
        rows: Rows::PromptsFromModels,
        workspace_tables: &[],
    },
];

/// A database that is to be upgraded.
pub(super) struct Found {
    /// The revisions that it has behind it; none where it has the tables of the first without its mark.
    passed: &'static [Revision],
    ahead: &'static [Revision],
}

impl Found {
    /// `None` for a database that is empty, at the last revision, or at none of these.
    pub(super) async fn read(connection: &mut Connection<'_>) -> Result<Option<Self>, StoreError> {
        if !table_exists(connection, Schema::Auth.version_table()).await? {
            return Ok(match has_the_first_tables(connection).await? {
                true => Some(Self { passed: &[], ahead: &REVISIONS }),
                false => None,
            });
        }
        let marks = revisions(connection, Schema::Auth).await?;
        let [mark] = marks.as_slice() else { return Ok(None) };
        Ok(REVISIONS
            .iter()
            .position(|revision| revision.id == mark)
            .and_then(|position| REVISIONS.split_at_checked(position + 1))
            .filter(|(_, ahead)| !ahead.is_empty())
            .map(|(passed, ahead)| Self { passed, ahead }))
    }

    /// The revision that its tables are of.
    pub(super) fn revision(&self) -> &'static str {
        self.passed.last().map_or(REVISIONS[0].id, |revision| revision.id)
    }

    /// Those of its tables that have a workspace.
    pub(super) fn workspace_tables(&self) -> Vec<&'static str> {
        self.passed.iter().flat_map(|revision| revision.workspace_tables).copied().collect()
    }

    /// What is to be done, in this order.
    pub(super) fn steps(&self) -> impl Iterator<Item = &'static Revision> {
        self.ahead.iter()
    }
}

/// Whether the tables are those of MLflow 2.5 to 3.5, and none that came later.
async fn has_the_first_tables(connection: &mut Connection<'_>) -> Result<bool, StoreError> {
    for table in ["users", "experiment_permissions", "registered_model_permissions"] {
        if !table_exists(connection, table).await? {
            return Ok(false);
        }
    }
    for table in ["scorer_permissions", "gateway_secret_permissions", "workspace_permissions", "roles"] {
        if table_exists(connection, table).await? {
            return Ok(false);
        }
    }
    Ok(true)
}
