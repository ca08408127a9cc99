//! The revisions that MLflow's tracking databases went through, in their order.

use super::script;
use crate::db::Connection;
use crate::dialect::Sql;
use crate::error::StoreError;
use crate::schema::{Schema, revisions, table_exists};

/// A revision, and how it is reached from the one before.
#[derive(Debug)]
pub(super) struct Revision {
    /// Alembic's.
    pub(super) id: &'static str,
    /// What is done, in this order.
    parts: &'static [Part],
}

/// A part of a step.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// On every database.
    Script(&'static str),
    /// What each database does in its own way.
    Scripts {
        sqlite: &'static str,
        postgresql: &'static str,
        mysql: &'static str,
    },
    Rows(Rows),
}

/// What a step does to rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// What is searched and summed of traces gets columns of its own.
    TraceAnalytics,
    /// Jobs that have not ended are cancelled: the executors of before know nothing of those to come.
    CancelJobs,
}

/// A part of a step, on the database at hand.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    Script(&'static str),
    Rows(Rows),
}

impl Revision {
    pub(super) fn work(&self, sql: Sql) -> impl Iterator<Item = Work> {
        self.parts.iter().map(move |part| match (*part, sql) {
            (Part::Script(script), _)
            | (Part::Scripts { sqlite: script, .. }, Sql::Sqlite)
            | (Part::Scripts { postgresql: script, .. }, Sql::Postgresql)
            | (Part::Scripts { mysql: script, .. }, Sql::MariaDb | Sql::Mysql) => Work::Script(script),
            (Part::Rows(rows), _) => Work::Rows(rows),
        })
    }

    /// What it is for, in a few words.
    pub(super) fn title(&self) -> &'static str {
        match self.parts.first() {
            Some(Part::Script(script) | Part::Scripts { sqlite: script, .. }) => script::title(script),
            Some(Part::Rows(_)) | None => "",
        }
    }
}

macro_rules! part {
    ((all $file:literal)) => {
        Part::Script(include_str!(concat!("../../../schema/tracking_upgrade/", $file, ".sql")))
    };
    ((each $file:literal)) => {
        Part::Scripts {
            sqlite: include_str!(concat!("../../../schema/sqlite/tracking_upgrade/", $file, ".sql")),
            postgresql: include_str!(concat!("../../../schema/postgresql/tracking_upgrade/", $file, ".sql")),
            mysql: include_str!(concat!("../../../schema/mysql/tracking_upgrade/", $file, ".sql")),
        }
    };
    ((rows $rows:ident)) => {
        Part::Rows(Rows::$rows)
    };
}

/// A revision by its id and its parts: `all` for a script of every database, `each` for one of each.
macro_rules! revisions {
    ($($id:literal: $($part:tt),+;)+) => {
        &[$(Revision { id: $id, parts: &[$(part!($part)),+] }),+]
    };
}

/// The revision of MLflow 2.22, from which the first step leads on.
pub(super) const FIRST: &str = "0584bdc529eb";

static REVISIONS: &[Revision] = revisions! {
    "400f98739977": (all "400f98739977");
    "6953534de441": (all "6953534de441");
    "bda7b8c39065": (each "bda7b8c39065");
    "cbc13b556ace": (all "cbc13b556ace");
    "770bee3ae1dd": (all "770bee3ae1dd");
    "a1b2c3d4e5f6": (all "a1b2c3d4e5f6");
    "de4033877273": (all "de4033877273");
    "1a0cddfcaa16": (all "1a0cddfcaa16");
    "534353b11cbc": (all "534353b11cbc");
    "71994744cf8e": (all "71994744cf8e");
    "3da73c924c2f": (all "3da73c924c2f");
    "bf29a5ff90ea": (all "bf29a5ff90ea");
    "1bd49d398cd23": (all "1bd49d398cd23"), (each "1bd49d398cd23");
    "b7c8d9e0f1a2": (all "b7c8d9e0f1a2");
    "5d2d30f0abce": (each "5d2d30f0abce");
    "c9d4e5f6a7b8": (all "c9d4e5f6a7b8"), (each "c9d4e5f6a7b8");
    "2c33131f4dae": (all "2c33131f4dae");
    "d3e4f5a6b7c8": (all "d3e4f5a6b7c8");
    "d0e1f2a3b4c5": (all "d0e1f2a3b4c5"), (each "d0e1f2a3b4c5");
    "c8d9e0f1a2b3": (all "c8d9e0f1a2b3");
    "1b5f0d9ad7c1": (each "1b5f0d9ad7c1"), (all "1b5f0d9ad7c1");
    "e1f2a3b4c5d6": (all "e1f2a3b4c5d6");
    "76601a5f987d": (all "76601a5f987d");
    "c3d6457b6d8a": (all "c3d6457b6d8a");
    "a5b4c3d2e1f0": (all "a5b4c3d2e1f0");
    "ae8bbe7743c9": (all "ae8bbe7743c9");
    "7d34483879f0": (all "7d34483879f0");
    "da6fb0208061": (all "da6fb0208061");
    "89d3d66ed43f": (all "89d3d66ed43f");
    "b7e4c1a90f23": (all "b7e4c1a90f23");
    "a8b9c0d1e2f3": (all "a8b9c0d1e2f3");
    "c1d2e3f4a5b6": (all "c1d2e3f4a5b6"), (each "c1d2e3f4a5b6");
    "c3d9e7f1a2b4": (all "c3d9e7f1a2b4");
    "6f8d9c3b2a1e": (each "6f8d9c3b2a1e");
    "1971f2d9a75b": (all "1971f2d9a75b");
    "17e22815139b": (each "17e22815139b");
    "b7e2c1a4d9f3": (all "b7e2c1a4d9f3");
    "75868b020152": (all "75868b020152"), (rows TraceAnalytics), (all "75868b020152.after"), (each "75868b020152");
    "dc11669786a5": (all "dc11669786a5"), (rows CancelJobs);
};

/// The revisions before that of MLflow 2.22, from MLflow 0.9 on.
static OLDER: [&str; 27] = [
    "451aebb31d03",
    "90e64c465722",
    "181f10493468",
    "df50e92ffc5e",
    "7ac759974ad8",
    "89d4b8295536",
    "2b4d017a5e9b",
    "cfd24bdc0731",
    "0a8213491aaa",
    "728d730b5ebd",
    "27a6a02d2cf1",
    "84291f40a231",
    "a8c4a736bde6",
    "39d1c3be5f05",
    "c48cb773bb87",
    "bd07f7e963c5",
    "0c779009ac13",
    "cc1f77228345",
    "97727af70f4d",
    "3500859a5d39",
    "7f2a7d5fae7d",
    "2d6e25af4d3e",
    "acf3f17fdcc7",
    "867495a8f9d4",
    "5b0e9adcef9c",
    "4465047574b1",
    "f5a4f2784254",
];

/// What can be done about a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::schema) enum Age {
    /// The one of MLflow 3.17.
    Current,
    /// One that is upgraded here.
    Upgradable,
    /// One of MLflow before 2.22.
    TooOld,
    Unknown,
}

impl Age {
    pub(in crate::schema) fn of(revision: &str) -> Self {
        if revision == Schema::Tracking.revision() {
            Self::Current
        } else if Start::named(revision).is_some() {
            Self::Upgradable
        } else if OLDER.contains(&revision) {
            Self::TooOld
        } else {
            Self::Unknown
        }
    }
}

/// A revision from which steps lead on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub(super) revision: &'static str,
    pub(super) steps: &'static [Revision],
}

impl Start {
    fn named(revision: &str) -> Option<Self> {
        if revision == FIRST {
            return Some(Self { revision: FIRST, steps: REVISIONS });
        }
        let (position, found) = REVISIONS.iter().enumerate().find(|(_, known)| known.id == revision)?;
        let steps = REVISIONS.get(position + 1..).filter(|steps| !steps.is_empty())?;
        Some(Self { revision: found.id, steps })
    }

    /// Where the database stands; `None` when that is no revision that is upgraded here.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn read(connection: &mut Connection<'_>) -> Result<Option<Self>, StoreError> {
        if !table_exists(connection, Schema::Tracking.version_table()).await? {
            return Ok(None);
        }
        Ok(match revisions(connection, Schema::Tracking).await?.as_slice() {
            [revision] => Self::named(revision),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_can_be_read_and_says_where_it_leads() {
        for sql in [Sql::Sqlite, Sql::Postgresql, Sql::MariaDb, Sql::Mysql] {
            for revision in REVISIONS {
                assert!(!revision.title().is_empty());
                for work in revision.work(sql) {
                    let Work::Script(text) = work else { continue };
                    assert!(text.starts_with(&format!("-- To {}: ", revision.id)), "{text}");
                    let statements = script::parse(text, sql).unwrap();
                    for statement in &statements {
                        let unknown = statement.text.replace("{name}", "");
                        assert!(!unknown.contains('{') && unknown.ends_with(';'), "{unknown}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_last_step_leads_to_the_revision_of_this_version() {
        assert_eq!(REVISIONS.last().unwrap().id, Schema::Tracking.revision());
        assert_eq!(Age::of(Schema::Tracking.revision()), Age::Current);
        assert_eq!(Age::of(FIRST), Age::Upgradable);
        assert_eq!(Age::of("75868b020152"), Age::Upgradable);
        assert_eq!(Age::of("f5a4f2784254"), Age::TooOld);
        assert_eq!(Age::of("abcdefabcdef"), Age::Unknown);
    }
}
