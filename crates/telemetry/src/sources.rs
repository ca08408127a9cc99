//! Numbers that other crates keep, asked for when the text is made.

use model::load::{DatabaseLoad, HashingLoad};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt::Error;

type Ask<T> = Box<dyn Fn() -> T + Send + Sync>;

/// Where the numbers come from.
#[derive(Default)]
pub struct Sources {
    databases: Vec<(&'static str, Ask<DatabaseLoad>)>,
    hashing: Option<Ask<HashingLoad>>,
}

impl Sources {
    /// A database, by what the server uses it for. A name comes once.
    pub fn database(&mut self, name: &'static str, ask: impl Fn() -> DatabaseLoad + Send + Sync + 'static) {
        self.databases.push((name, Box::new(ask)));
    }

    /// What hashes passwords.
    pub fn hashing(&mut self, ask: impl Fn() -> HashingLoad + Send + Sync + 'static) {
        self.hashing = Some(Box::new(ask));
    }
}

impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sources")
    }
}

/// A number of a database: the name, what it is, and how it is read from its load.
type OfDatabase = (&'static str, &'static str, fn(&DatabaseLoad) -> u64);

const GAUGES: [OfDatabase; 6] = [
    ("millgate_database_connections_max", "Connections that may be open at once", |load| load.max),
    ("millgate_database_connections_in_use", "Connections that work for a request", |load| load.in_use),
    ("millgate_database_connections_idle", "Open connections that have nothing to do", |load| load.idle),
    ("millgate_database_connections_waiting", "Requests that wait for a connection", |load| load.waiting),
    ("millgate_database_writes_waiting", "Writes that wait for their turn", |load| load.writes_waiting),
    ("millgate_database_searches_waiting", "Searches that wait for others to end", |load| {
        load.searches_waiting
    }),
];

const COUNTERS: [OfDatabase; 1] = [(
    "millgate_database_turned_away",
    "Requests that got no connection: too many waited, or none became free in time",
    |load| load.turned_away,
)];

impl Collector for Sources {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let loads: Vec<_> = self.databases.iter().map(|(name, ask)| (*name, ask())).collect();
        if !loads.is_empty() {
            for (name, help, read) in GAUGES {
                of_databases(&mut encoder, name, help, MetricType::Gauge, &loads, |load| {
                    ConstGauge::new(read(load))
                })?;
            }
            for (name, help, read) in COUNTERS {
                of_databases(&mut encoder, name, help, MetricType::Counter, &loads, |load| {
                    ConstCounter::new(read(load))
                })?;
            }
        }
        let Some(ask) = &self.hashing else { return Ok(()) };
        let HashingLoad { running, max, waiting, done, seconds } = ask();
        gauge(
            &mut encoder,
            "millgate_password_hashes_running",
            "Password hashes that are computed",
            running,
        )?;
        gauge(
            &mut encoder,
            "millgate_password_hashes_max",
            "Password hashes that may be computed at once",
            max,
        )?;
        let help = "Password hashes that wait for their turn";
        gauge(&mut encoder, "millgate_password_hashes_waiting", help, waiting)?;
        counter(&mut encoder, "millgate_password_hashes", "Password hashes that were computed", done)?;
        let help = "Time that password hashes took, the wait for their turn left out";
        counter(&mut encoder, "millgate_password_hashing_seconds", help, seconds)
    }
}

fn of_databases<M: EncodeMetric>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    kind: MetricType,
    loads: &[(&'static str, DatabaseLoad)],
    number: impl Fn(&DatabaseLoad) -> M,
) -> Result<(), Error> {
    let mut family = encoder.encode_descriptor(name, help, None, kind)?;
    for (database, load) in loads {
        number(load).encode(family.encode_family(&[("database", *database)])?)?;
    }
    Ok(())
}

pub(crate) fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: impl EncodeGaugeValue,
) -> Result<(), Error> {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    metric.encode_gauge(&value)
}

pub(crate) fn counter(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: impl EncodeCounterValue,
) -> Result<(), Error> {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    metric.encode_counter::<prometheus_client::encoding::NoLabelSet, _, u64>(&value, None)
}
