//! Messages about the history of metrics.

use crate::io::Piecewise;
use crate::message::message;
use crate::messages::runs::names_a_run;
use model::{Double, Int64, Metric, Millis, Page, Point};
use serde::Serialize;

message! {
    GetMetricHistory {
        run_id: String ["runId"];
        run_uuid: String ["runUuid"];
        metric_key: String ["metricKey"] => required;
        page_token: String ["pageToken"];
        max_results: Int64 ["maxResults"];
    }
}

names_a_run!(GetMetricHistory);

/// Points in a piece of an answer: some 50 KB of JSON.
const PIECE: usize = 500;

/// `{"metrics": […], "next_page_token": "…"}`, each of them where there is something in it.
#[derive(Debug)]
pub struct MetricHistory {
    key: String,
    points: Vec<Point>,
    next_page_token: Option<String>,
    written: usize,
}

impl MetricHistory {
    pub fn new(key: String, page: Page<Point>) -> Self {
        Self { key, points: page.items, next_page_token: page.next_page_token, written: 0 }
    }
}

impl Piecewise for MetricHistory {
    fn write_piece(&mut self, json: &mut Vec<u8>) -> serde_json::Result<bool> {
        #[derive(Serialize)]
        struct Shown<'m> {
            key: &'m str,
            value: Double,
            timestamp: Millis,
            step: i64,
        }
        if self.written == 0 {
            json.extend_from_slice(if self.points.is_empty() { b"{" } else { b"{\"metrics\":[" });
        }
        for &Point { value, timestamp, step } in self.points.iter().skip(self.written).take(PIECE) {
            if self.written > 0 {
                json.push(b',');
            }
            serde_json::to_writer(&mut *json, &Shown { key: &self.key, value, timestamp, step })?;
            self.written += 1;
        }
        if self.written < self.points.len() {
            return Ok(true);
        }
        if !self.points.is_empty() {
            json.push(b']');
        }
        if let Some(token) = &self.next_page_token {
            if !self.points.is_empty() {
                json.push(b',');
            }
            json.extend_from_slice(b"\"next_page_token\":");
            serde_json::to_writer(&mut *json, token)?;
        }
        json.push(b'}');
        Ok(false)
    }
}

message! {
    /// Of the web interface, whose parameter for the runs is singular.
    GetMetricHistoryBulk {
        run_id: Vec<String>;
        metric_key: String;
        max_results: Int64;
    }
}

/// Unlike other answers, this one always holds the list.
#[derive(Debug, Serialize)]
pub struct BulkMetrics {
    pub metrics: Vec<Metric>,
}

message! {
    GetMetricHistoryBulkInterval {
        run_ids: Vec<String> => required;
        metric_key: String => required;
        start_step: Int64;
        end_step: Int64;
        max_results: Int64;
    }
}

#[derive(Debug, Serialize)]
pub struct IntervalMetrics {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// The answer, and in how many pieces it came.
    fn written(mut history: MetricHistory) -> (Value, usize) {
        let (mut json, mut pieces) = (Vec::new(), 1);
        while history.write_piece(&mut json).unwrap() {
            pieces += 1;
        }
        (serde_json::from_slice(&json).unwrap(), pieces)
    }

    fn history(points: u32, next_page_token: Option<&str>) -> MetricHistory {
        let point = |number: u32| Point {
            value: Double(if number == 1 { f64::NAN } else { f64::from(number) }),
            timestamp: 7,
            step: number.into(),
        };
        let items = (0..points).map(point).collect();
        let page = Page { items, next_page_token: next_page_token.map(str::to_owned) };
        MetricHistory::new("a \"key\"".to_owned(), page)
    }

    #[test]
    fn a_history_is_one_message_however_many_pieces_it_comes_in() {
        let piece = u32::try_from(PIECE).unwrap();
        for (points, pieces) in
            [(1, 1), (2, 1), (piece, 1), (piece + 1, 2), (3 * piece, 3), (3 * piece + 1, 4)]
        {
            for token in [None, Some("next")] {
                let (answer, came) = written(history(points, token));
                assert_eq!(came, pieces, "{points}");
                let metrics = answer["metrics"].as_array().unwrap();
                let steps = metrics.iter().map(|metric| metric["step"].as_u64().unwrap());
                assert!(steps.eq(0..u64::from(points)));
                assert_eq!(answer.get("next_page_token").and_then(Value::as_str), token);
            }
        }
        let (answer, _) = written(history(2, None));
        let expected = json!({"metrics": [
            {"key": "a \"key\"", "value": 0.0, "timestamp": 7, "step": 0},
            {"key": "a \"key\"", "value": "NaN", "timestamp": 7, "step": 1},
        ]});
        assert_eq!(answer, expected);
    }

    #[test]
    fn an_empty_history_has_no_list() {
        assert_eq!(written(history(0, None)), (json!({}), 1));
        assert_eq!(written(history(0, Some("next"))), (json!({"next_page_token": "next"}), 1));
    }
}
