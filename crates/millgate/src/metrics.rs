//! What the metrics tell of a server besides its requests: its databases and its password hashing.

use crate::server::{Door, Stores};
use model::Clock;
use service::MLFLOW_VERSION;
use store::Db;
use telemetry::{Sources, Telemetry, Versions};

/// What counts a server's requests, and asks its parts when somebody asks for the numbers.
pub(crate) fn telemetry(stores: Option<&Stores>, door: Option<&Door>, clock: &dyn Clock) -> Telemetry {
    let mut sources = Sources::default();
    for (name, db) in databases(stores, door) {
        sources.database(name, move || db.load());
    }
    if let Some(door) = door {
        let verifier = door.verifier.clone();
        sources.hashing(move || verifier.load());
    }
    let versions = Versions { millgate: env!("CARGO_PKG_VERSION"), mlflow: MLFLOW_VERSION };
    Telemetry::new(versions, sources, clock)
}

/// Each pool of connections once, by the first use of it in this order.
fn databases(stores: Option<&Stores>, door: Option<&Door>) -> Vec<(&'static str, Db)> {
    let uses = [
        ("tracking", stores.map(|stores| &stores.tracking)),
        ("registry", stores.map(|stores| &stores.registry)),
        ("users", door.map(|door| &door.users)),
        ("read_replica", stores.and_then(|stores| stores.replica.as_ref())),
        ("users_read_replica", door.map(|door| &door.lists)),
    ];
    let mut found: Vec<(&'static str, Db)> = Vec::new();
    for (name, db) in uses {
        if let Some(db) = db
            && !found.iter().any(|(_, known)| known.is(db))
        {
            found.push((name, db.clone()));
        }
    }
    found
}
