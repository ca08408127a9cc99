//! What runs can be ordered by.

use search::limits;
use search::runs::{Attribute, OrderBy, SortField, parse_order_by};

#[test]
fn a_clause_is_a_field_and_a_direction_that_defaults_to_ascending() {
    let metric = |key: &str| SortField::Metric(key.into());
    for (clause, field, ascending) in [
        ("metrics.a", metric("a"), true),
        ("metrics.a ASC", metric("a"), true),
        ("metric.a  desc", metric("a"), false),
        ("metrics.a\ndesc", metric("a"), false),
        ("metrics.`a b` DESC", metric("a b"), false),
        ("metrics.\"a.b\"", metric("a.b"), true),
        ("metrics.'a b' desc", metric("a b"), false),
        ("metrics.a.b desc", metric("a.b"), false),
        ("`metrics`.a", metric("a"), true),
        ("\"metrics\".a desc", metric("a"), false),
        ("`metrics.a b` desc", metric("a b"), false),
        ("\"metrics.a.b\" ASC", metric("a.b"), true),
        ("params.x", SortField::Param("x".into()), true),
        ("tags.mlflow.user desc", SortField::Tag("mlflow.user".into()), false),
        ("tags.desc desc", SortField::Tag("desc".into()), false),
        ("start_time DESC", SortField::Attribute(Attribute::StartTime), false),
        ("attributes.`start_time` asc", SortField::Attribute(Attribute::StartTime), true),
        ("Created", SortField::Attribute(Attribute::StartTime), true),
        ("run.run_id", SortField::Attribute(Attribute::RunId), true),
        ("run_name", SortField::Attribute(Attribute::RunName), true),
        ("\"status\" desc", SortField::Attribute(Attribute::Status), false),
    ] {
        let expected = OrderBy { field, ascending };
        assert_eq!(parse_order_by(&[clause]), Ok(vec![expected.clone()]), "{clause}");
        assert_eq!(parse_order_by(&[expected.to_string()]), Ok(vec![expected]), "{clause}");
    }
    assert_eq!(parse_order_by(&[] as &[&str]), Ok(vec![]));
}

#[test]
fn a_bad_clause_is_refused_in_mlflows_words() {
    for (clause, position, words) in [
        ("", 0, "Invalid order_by clause ''. Could not be parsed"),
        (" metrics.a", 0, "Invalid order_by clause ' metrics.a'"),
        ("params.my_param ", 0, "Invalid order_by clause 'params.my_param '"),
        ("metrics.a foo", 10, "Invalid ordering key in order_by clause"),
        ("metrics.a desc asc", 15, "Invalid order_by clause"),
        ("metrics.a DESC NULLS LAST", 15, "Invalid order_by clause"),
        ("metrics.a, metrics.b", 9, "Invalid order_by clause"),
        ("metrics.a != 1", 10, "Invalid order_by clause"),
        ("`metrics.A", 0, "Invalid order_by clause"),
        ("`metrics.A`", 0, "Invalid entity type"),
        ("\"metrics\".a", 0, "Invalid entity type"),
        ("5", 0, "Invalid order_by clause"),
        ("OR", 0, "Invalid order_by clause"),
        ("foo.x", 0, "Invalid entity type 'foo'"),
        ("Metrics.a", 0, "Invalid entity type 'Metrics'"),
        ("lifecycle_stage", 0, "Invalid attribute key 'lifecycle_stage' specified"),
        ("\"run name\" desc", 0, "Invalid attribute key 'run name' specified"),
        ("timestamp", 0, "Invalid attribute key 'timestamp' specified"),
        ("dataset.name", 0, "Invalid identifier type 'dataset'"),
    ] {
        let error = parse_order_by(&[clause]).expect_err(clause);
        assert!(error.message.contains(words), "{clause}: {error}");
        assert_eq!(error.position, position, "{clause}: {error}");
    }
}

#[test]
fn a_field_may_come_once_whatever_it_is_called() {
    for clauses in [
        ["metrics.a", "metric.`a` desc"],
        ["created", "attributes.start_time desc"],
        ["params.x", "params.x"],
    ] {
        let error = parse_order_by(&clauses).expect_err("a duplicate");
        assert!(error.message.contains("`order_by` contains duplicate fields"), "{error}");
    }
    assert_eq!(parse_order_by(&["params.a", "metrics.a", "tags.a"]).map(|orders| orders.len()), Ok(3));
}

#[test]
fn an_order_has_limits() {
    let clauses: Vec<String> =
        (0..=limits::ORDER_BY_CLAUSES).map(|index| format!("metrics.a{index}")).collect();
    let (_, allowed) = clauses.split_last().unwrap();
    assert_eq!(parse_order_by(allowed).map(|orders| orders.len()), Ok(limits::ORDER_BY_CLAUSES));
    assert!(parse_order_by(&clauses).unwrap_err().message.contains("more than 50 clauses"));
    let long = format!("metrics.{}", "a".repeat(limits::ORDER_BY_BYTES));
    assert!(parse_order_by(&[long]).unwrap_err().message.contains("longer than 4096 bytes"));
}
