//! What was found, for people and for programs.

use crate::commands::table::harmless;
use serde::Serialize;
use std::fmt::Write;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Ok,
    /// It works, and could be better.
    Warning,
    /// It does not work.
    Problem,
}

impl Status {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    status: Status,
    /// `configuration`, `database`, `artifacts`, `clock`, `keys` or `python`.
    area: &'static str,
    /// Which of them.
    subject: String,
    detail: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

/// The findings in the order in which they were made. They hold no secret: who adds one must not put any in.
#[derive(Debug, Default)]
pub(super) struct Report {
    findings: Vec<Finding>,
}

/// The report as one document.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    /// That of the worst finding.
    status: Status,
    findings: &'a [Finding],
}

impl Report {
    fn add(&mut self, status: Status, area: &'static str, subject: &str, detail: &str, advice: Option<&str>) {
        self.findings.push(Finding {
            status,
            area,
            subject: subject.to_owned(),
            detail: detail.to_owned(),
            advice: advice.map(str::to_owned),
        });
    }

    pub(super) fn ok(&mut self, area: &'static str, subject: &str, detail: &str) {
        self.add(Status::Ok, area, subject, detail, None);
    }

    pub(super) fn warning(&mut self, area: &'static str, subject: &str, detail: &str, advice: Option<&str>) {
        self.add(Status::Warning, area, subject, detail, advice);
    }

    pub(super) fn problem(&mut self, area: &'static str, subject: &str, detail: &str, advice: &str) {
        self.add(Status::Problem, area, subject, detail, Some(advice));
    }

    fn worst(&self) -> Status {
        self.findings.iter().map(|finding| finding.status).max().unwrap_or(Status::Ok)
    }

    pub(super) fn has_problems(&self) -> bool {
        self.worst() == Status::Problem
    }

    pub(super) fn json(&self) -> Document<'_> {
        Document { status: self.worst(), findings: &self.findings }
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            let lines = |text: &str| text.lines().map(harmless).collect::<Vec<_>>().join("\n         ");
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{:<8} {}: {}: {}",
                finding.status.word(),
                finding.area,
                harmless(&finding.subject),
                lines(&finding.detail)
            );
            if let Some(advice) = &finding.advice {
                let _ = writeln!(text, "         -> {}", lines(advice));
            }
        }
        let count = |status| self.findings.iter().filter(|finding| finding.status == status).count();
        let _ = writeln!(
            text,
            "{} problems, {} warnings, {} ok",
            count(Status::Problem),
            count(Status::Warning),
            count(Status::Ok)
        );
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_count_and_warnings_do_not() {
        let mut report = Report::default();
        report.ok("clock", "this machine", "fine");
        report.warning("keys", "TLS", "soon", Some("do it"));
        assert!(!report.has_problems());
        report.problem("database", "a\u{1b}b", "one\ntwo", "do that");
        assert!(report.has_problems());
        assert_eq!(
            report.text(),
            "ok       clock: this machine: fine\nwarning  keys: TLS: soon\n         -> do it\n\
             problem  database: a\\u{1b}b: one\n         two\n         -> do that\n1 problems, 1 warnings, 1 ok\n"
        );
        let json = serde_json::to_value(report.json()).unwrap();
        assert_eq!(json["status"], "problem");
        assert_eq!(json["findings"][1]["advice"], "do it");
    }
}
