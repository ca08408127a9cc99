//! `bench-micro PIECE TIMES` runs a piece of the server as often as that, and `bench-micro` names the pieces. `../instructions`
//! counts what they cost.

use authz::{Action, Grant, Level, Policy, ResourceType, rules, satisfied, visibility};
use model::{Double, LifecycleStage, Metric, Run, RunData, RunInfo, RunInputs, RunStatus, Tag};
use operations::messages::{LogBatch, LogMetric, RunPage, SearchRuns};
use std::hint::black_box;
use std::io::Write as _;
use std::process::ExitCode;

/// Makes what the piece works on, and gives what is repeated.
type Piece = fn() -> Box<dyn FnMut()>;

const PIECES: [(&str, Piece); 12] = [
    ("search: a short filter of runs", || filter("metrics.loss < 0.5")),
    ("search: a filter of runs with five conditions", || {
        filter(
            "metrics.m0 > 0.5 and params.p0 = '3' and tags.`t 0` LIKE 'v%' and attributes.status = 'FINISHED' \
             and attributes.run_id IN ('a', 'b', 'c')",
        )
    }),
    ("search: an order of runs", || {
        let order = ["metrics.m1 DESC", "attributes.start_time ASC", "params.`p 0`"];
        Box::new(move || drop(black_box(search::runs::parse_order_by(black_box(&order)))))
    }),
    ("search: a filter of models", || {
        Box::new(|| {
            let filter = black_box("name LIKE 'model-%' and tags.team = 'bench'");
            drop(black_box(search::registered_models::parse_filter(filter)));
        })
    }),
    ("authz: a run, one grant", || decision(1)),
    ("authz: a run, a hundred grants", || decision(100)),
    ("authz: what of all experiments is shown, a hundred grants", || {
        let grants = grants(100);
        Box::new(move || {
            let shown = visibility(ResourceType::Experiment, &[], black_box(&grants), policy());
            black_box(shown);
        })
    }),
    ("JSON: a metric read", || {
        let text = r#"{"run_id":"0123456789abcdef0123456789abcdef","key":"loss","value":0.25,"timestamp":1700000000000,"step":7}"#;
        Box::new(move || drop(black_box(serde_json::from_slice::<LogMetric>(black_box(text.as_bytes())))))
    }),
    ("JSON: a search read", || {
        let text = r#"{"experiment_ids":["1"],"filter":"metrics.m0 > 0.5","max_results":100,"order_by":["metrics.m1 DESC"]}"#;
        Box::new(move || drop(black_box(serde_json::from_slice::<SearchRuns>(black_box(text.as_bytes())))))
    }),
    ("JSON: a batch of 1,000 metrics read", || {
        let metrics: Vec<String> = (0..1000)
            .map(|n| {
                format!(r#"{{"key":"m{}","value":{n}.5,"timestamp":17000000{n:05},"step":{n}}}"#, n % 10)
            })
            .collect();
        let text = format!(r#"{{"run_id":"0123456789abcdef","metrics":[{}]}}"#, metrics.join(","));
        Box::new(move || drop(black_box(serde_json::from_slice::<LogBatch>(black_box(text.as_bytes())))))
    }),
    ("JSON: a run written", || {
        let run = run(1);
        Box::new(move || drop(black_box(serde_json::to_vec(black_box(&run)))))
    }),
    ("JSON: a page of 100 runs written", || {
        let page = RunPage { runs: (0..100).map(run).collect(), next_page_token: Some("next".to_owned()) };
        Box::new(move || drop(black_box(serde_json::to_vec(black_box(&page)))))
    }),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(name) = arguments.next() else {
        let names: Vec<_> = PIECES.iter().map(|(name, _)| *name).collect();
        // Nobody reads on where it fails.
        let _ = writeln!(std::io::stdout(), "{}", names.join("\n"));
        return ExitCode::SUCCESS;
    };
    let times: u32 = arguments.next().and_then(|times| times.parse().ok()).unwrap_or(1);
    let Some((_, piece)) = PIECES.iter().find(|(known, _)| *known == name) else {
        let _ = writeln!(std::io::stderr(), "there is no piece {name}");
        return ExitCode::FAILURE;
    };
    let mut repeated = piece();
    for _ in 0..times {
        repeated();
    }
    ExitCode::SUCCESS
}

fn filter(text: &'static str) -> Box<dyn FnMut()> {
    Box::new(move || drop(black_box(search::runs::parse_filter(black_box(text)))))
}

fn decision(count: usize) -> Box<dyn FnMut()> {
    let grants = grants(count);
    Box::new(move || {
        // As the gate does for a write to a run.
        let required = rules::within_experiment(black_box("1"), ResourceType::Run, Action::Update);
        black_box(satisfied(&required, black_box(&grants), policy()));
    })
}

fn policy() -> Policy {
    Policy::with_default(Level::NoPermissions)
}

/// Grants on so many experiments; the last is the one that is asked for.
fn grants(count: usize) -> Vec<Grant> {
    (1..=count)
        .rev()
        .map(|number| Grant {
            kind: ResourceType::Experiment,
            pattern: number.to_string(),
            level: Level::Edit,
        })
        .collect()
}

fn run(number: usize) -> Run {
    let id = format!("{number:032x}");
    let tag = |key: &str, n: usize| Tag { key: format!("{key}{n}"), value: format!("value {n}") };
    let metric = |n: usize| Metric {
        key: format!("m{n}"),
        value: Double(number as f64 / 7.0 + n as f64),
        timestamp: 1_700_000_000_000,
        step: 7,
        dataset_name: None,
        dataset_digest: None,
        model_id: None,
        run_id: None,
    };
    Run {
        info: RunInfo {
            run_uuid: id.clone(),
            run_name: Some(format!("run-{number}")),
            experiment_id: "1".to_owned(),
            user_id: Some("bench".to_owned()),
            status: Some(RunStatus::Finished),
            start_time: Some(1_700_000_000_000),
            end_time: Some(1_700_000_000_500),
            artifact_uri: Some(format!("mlflow-artifacts:/1/{id}/artifacts")),
            lifecycle_stage: LifecycleStage::Active,
            run_id: id,
        },
        data: RunData {
            metrics: (0..3).map(metric).collect(),
            params: (0..3).map(|n| tag("p", n)).collect(),
            tags: (0..3).map(|n| tag("t", n)).collect(),
        },
        inputs: RunInputs::default(),
        outputs: None,
    }
}
