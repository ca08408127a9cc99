//! What a measurement found.

use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Figures of one thread, or of all.
#[derive(Debug)]
pub(crate) struct Figures {
    /// Microseconds of each turn, by the name of its flow.
    turns: BTreeMap<String, Histogram<u64>>,
    pub(crate) requests: u64,
    /// By what went wrong: a status, `closed`, `timeout`.
    pub(crate) errors: BTreeMap<String, u64>,
    /// The beginning of an answer that was an error.
    pub(crate) example: Option<String>,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    /// When the last turn ended.
    pub(crate) last: Option<Instant>,
}

impl Figures {
    pub(crate) fn new() -> Self {
        Self {
            turns: BTreeMap::new(),
            requests: 0,
            errors: BTreeMap::new(),
            example: None,
            bytes_in: 0,
            bytes_out: 0,
            last: None,
        }
    }

    /// A turn that ended well.
    pub(crate) fn turn(&mut self, flow: &str, took: Duration) {
        if !self.turns.contains_key(flow) {
            // Three digits, and as long as needed.
            let Ok(histogram) = Histogram::new(3) else { return };
            self.turns.insert(flow.to_owned(), histogram);
        }
        if let Some(histogram) = self.turns.get_mut(flow) {
            // It grows as needed.
            let _ = histogram.record((took.as_micros() as u64).max(1));
        }
    }

    pub(crate) fn error(&mut self, what: &str, example: impl FnOnce() -> String) {
        *self.errors.entry(what.to_owned()).or_default() += 1;
        self.example.get_or_insert_with(example);
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (flow, histogram) in other.turns {
            match self.turns.get_mut(&flow) {
                // Both have the same precision and grow.
                Some(own) => drop(own.add(histogram)),
                None => drop(self.turns.insert(flow, histogram)),
            }
        }
        for (what, count) in other.errors {
            *self.errors.entry(what).or_default() += count;
        }
        self.example = self.example.take().or(other.example);
        self.requests += other.requests;
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.last = self.last.max(other.last);
    }

    /// As JSON: rates over the time from `begin` to the end of the last turn, and the share of one core that this process
    /// has worked.
    pub(crate) fn json(self, begin: Instant, worked: Duration) -> Value {
        let seconds = self.last.map_or(0.0, |last| last.saturating_duration_since(begin).as_secs_f64());
        let rate = |count: u64| if seconds > 0.0 { rounded(count as f64 / seconds, 100.0) } else { 0.0 };
        let mut all: Option<Histogram<u64>> = None;
        let mut flows = Map::new();
        for (name, histogram) in self.turns {
            flows.insert(name, latencies(&histogram));
            match &mut all {
                Some(all) => drop(all.add(&histogram)),
                None => all = Some(histogram),
            }
        }
        let turns = all.as_ref().map_or(0, Histogram::len);
        let mut result = json!({
            "turns": turns,
            "turns_per_second": rate(turns),
            "requests": self.requests,
            "requests_per_second": rate(self.requests),
            "seconds": rounded(seconds, 1000.0),
            "errors": self.errors,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "cpu": if seconds > 0.0 { rounded(worked.as_secs_f64() / seconds, 100.0) } else { 0.0 },
            "flows": flows,
        });
        if let Some(fields) = result.as_object_mut() {
            if let Some(Value::Object(more)) = all.as_ref().map(latencies) {
                fields.extend(more);
            }
            if let Some(example) = self.example {
                fields.insert("error_example".to_owned(), example.into());
            }
        }
        result
    }
}

fn latencies(histogram: &Histogram<u64>) -> Value {
    let ms = |quantile| rounded(histogram.value_at_quantile(quantile) as f64 / 1000.0, 1000.0);
    json!({
        "count": histogram.len(),
        "p50_ms": ms(0.5),
        "p99_ms": ms(0.99),
        "max_ms": rounded(histogram.max() as f64 / 1000.0, 1000.0),
    })
}

fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

/// How long all threads of this process together have worked, in steps of 10 ms.
pub(crate) fn worked() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, may hold spaces.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks: u64 =
        fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
