//! Filters and orders of logged models.

use search::logged_models::{
    Attribute, Condition, Field, OrderBy, OrderClause, SortField, asks_about_runs, parse_filter,
    parse_order_by,
};
use search::{Comparator, Value};

fn attribute(attribute: Attribute, comparator: Comparator, value: Value) -> Condition {
    Condition { field: Field::Attribute(attribute), comparator, value }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| (*item).to_owned()).collect())
}

fn clause(field_name: &str) -> OrderClause {
    OrderClause {
        field_name: field_name.to_owned(),
        ascending: true,
        dataset_name: None,
        dataset_digest: None,
    }
}

#[test]
fn every_field_compares_as_its_column_does() {
    let metric = |key: &str, comparator, value: f64| Condition {
        field: Field::Metric(key.into()),
        comparator,
        value: Value::Number(value),
    };
    let param =
        |key: &str, comparator, value| Condition { field: Field::Param(key.into()), comparator, value };
    let tag = |key: &str, comparator, value| Condition { field: Field::Tag(key.into()), comparator, value };
    for (filter, expected) in [
        ("name = 'forest'", attribute(Attribute::Name, Comparator::Equal, text("forest"))),
        ("attributes.name LIKE 'f%'", attribute(Attribute::Name, Comparator::Like, text("f%"))),
        ("`name` ilike 'F%'", attribute(Attribute::Name, Comparator::ILike, text("F%"))),
        ("name not in ('a', 'b')", attribute(Attribute::Name, Comparator::NotIn, list(&["a", "b"]))),
        ("model_id IN ('m-1')", attribute(Attribute::ModelId, Comparator::In, list(&["m-1"]))),
        ("model_type != 'pyfunc'", attribute(Attribute::ModelType, Comparator::NotEqual, text("pyfunc"))),
        ("source_run_id = 'r'", attribute(Attribute::SourceRunId, Comparator::Equal, text("r"))),
        (
            "artifact_location LIKE 's3:%'",
            attribute(Attribute::ArtifactLocation, Comparator::Like, text("s3:%")),
        ),
        ("status_message = 'no'", attribute(Attribute::StatusMessage, Comparator::Equal, text("no"))),
        ("status = 'READY'", attribute(Attribute::Status, Comparator::Equal, Value::Integer(2))),
        ("status != 1", attribute(Attribute::Status, Comparator::NotEqual, Value::Integer(1))),
        (
            "status IN ('FAILED', '0')",
            attribute(Attribute::Status, Comparator::In, Value::Integers(vec![3, 0])),
        ),
        ("experiment_id = '7'", attribute(Attribute::ExperimentId, Comparator::Equal, Value::Integer(7))),
        (
            "creation_timestamp >= 1700000000000",
            attribute(
                Attribute::CreationTimestamp,
                Comparator::GreaterOrEqual,
                Value::Integer(1_700_000_000_000),
            ),
        ),
        ("creation_time < 5", attribute(Attribute::CreationTimestamp, Comparator::Less, Value::Integer(5))),
        (
            "attributes.last_updated_timestamp_ms != 5.5",
            attribute(Attribute::LastUpdatedTimestamp, Comparator::NotEqual, Value::Number(5.5)),
        ),
        ("metrics.accuracy > 0.5", metric("accuracy", Comparator::Greater, 0.5)),
        ("metrics.`a b.c` != -1e3", metric("a b.c", Comparator::NotEqual, -1000.0)),
        ("params.depth = '3'", param("depth", Comparator::Equal, text("3"))),
        ("params.x IN ('a',)", param("x", Comparator::In, list(&["a"]))),
        ("tags.mlflow.user ILIKE 'A%'", tag("mlflow.user", Comparator::ILike, text("A%"))),
        ("tags.x NOT IN ('a')", tag("x", Comparator::NotIn, list(&["a"]))),
    ] {
        assert_eq!(parse_filter(filter), Ok(vec![expected.clone()]), "{filter}");
        assert_eq!(parse_filter(&expected.to_string()), Ok(vec![expected]), "{filter}");
    }
}

#[test]
fn a_string_may_stand_without_quotes_as_in_mlflow() {
    for (filter, value) in [
        ("params.lr = 0.01", "0.01"),
        ("params.lr = -5", "-5"),
        ("name = forest", "forest"),
        ("tags.owner != a.b", "a.b"),
    ] {
        let conditions = parse_filter(filter).expect(filter);
        assert_eq!(conditions.first().map(|condition| &condition.value), Some(&text(value)), "{filter}");
    }
    let two = parse_filter("name = forest AND params.depth = 3 tags.a = b").map(|found| found.len());
    assert_eq!(two, Ok(3));
}

#[test]
fn what_logged_models_do_not_have_is_refused() {
    for (filter, position, words) in [
        (
            "attribute.name = 'a'",
            0,
            "Invalid entity type: 'attribute'. Expected one of ['attributes', 'metrics'",
        ),
        ("metric.a > 5", 0, "Invalid entity type: 'metric'"),
        ("`metrics`.a > 5", 0, "Invalid entity type: '`metrics`'"),
        ("datasets.name = 'a'", 0, "Invalid entity type: 'datasets'"),
        ("timestamp = 5", 0, "Invalid attribute key 'timestamp' specified"),
        ("attributes.foo = 'a'", 11, "Invalid attribute key 'foo'"),
        ("name > 'a'", 5, "Invalid comparator '>'"),
        ("name IS NULL", 5, "Invalid comparator 'IS NULL'"),
        ("params.a IS NOT NULL", 9, "Invalid comparator 'IS NOT NULL'"),
        ("metrics.a LIKE 5", 10, "Invalid comparator 'LIKE'"),
        ("metrics.a = 'x'", 12, "Expected numeric value type for metric"),
        ("metrics.a IN ('1')", 13, "Expected numeric value type for metric"),
        ("creation_timestamp = 'x'", 21, "Expected numeric value type"),
        ("status = 'ready'", 9, "Invalid model status 'ready'. Valid statuses are 'UNSPECIFIED, PENDING"),
        ("status = 4", 9, "Invalid model status '4'"),
        ("status LIKE 'READY'", 7, "Invalid comparator 'LIKE'"),
        ("experiment_id = 'x'", 16, "Invalid experiment ID 'x'"),
        ("name = ('a')", 5, "Invalid comparator '='"),
        ("name = 'a' OR name = 'b'", 11, "OR is not supported"),
        ("name =", 6, "expected a value, found the end"),
    ] {
        let error = parse_filter(filter).expect_err(filter);
        assert!(error.message.contains(words), "{filter}: {error}");
        assert_eq!(error.position, position, "{filter}: {error}");
    }
}

#[test]
fn models_are_ordered_by_attributes_and_by_metrics_on_a_dataset() {
    let on_wine = OrderClause {
        ascending: false,
        dataset_name: Some("wine".into()),
        dataset_digest: Some("d1".into()),
        ..clause("metrics.a.b c")
    };
    let metric = SortField::Metric {
        key: "a.b c".into(),
        dataset_name: Some("wine".into()),
        dataset_digest: Some("d1".into()),
    };
    let by = |attribute| OrderBy { field: SortField::Attribute(attribute), ascending: true };
    assert_eq!(
        parse_order_by(&[
            on_wine,
            clause("creation_time"),
            clause("last_updated_timestamp"),
            clause("status")
        ]),
        Ok(vec![
            OrderBy { field: metric, ascending: false },
            by(Attribute::CreationTimestamp),
            by(Attribute::LastUpdatedTimestamp),
            by(Attribute::Status),
        ])
    );
    for (field_name, words) in [
        ("", "Invalid order by field name: "),
        ("accuracy", "Invalid order by field name: accuracy"),
        ("metrics", "Invalid order by field name: metrics"),
        ("params.a", "Invalid order by field name: params.a. Only metrics are supported."),
        ("attributes.name", "Only metrics are supported."),
    ] {
        let error = parse_order_by(&[clause(field_name)]).expect_err(field_name);
        assert!(error.message.contains(words), "{field_name}: {error}");
    }
    let many = vec![clause("name"); search::limits::ORDER_BY_CLAUSES + 1];
    assert!(parse_order_by(&many).unwrap_err().message.contains("more than 50 clauses"));
    assert!(
        parse_order_by(&[clause(&"x".repeat(5000))]).unwrap_err().message.contains("longer than 4096 bytes")
    );
}

#[test]
fn a_search_by_the_source_run_asks_about_runs() {
    let asks = |filter: &str, order: &[OrderClause]| {
        asks_about_runs(&parse_filter(filter).unwrap(), &parse_order_by(order).unwrap())
    };
    assert!(asks("name = 'a' AND attributes.source_run_id != 'r'", &[]));
    assert!(asks("", &[clause("source_run_id")]));
    assert!(!asks(
        "tags.source_run_id = 'r' AND params.source_run_id = 'r'",
        &[clause("metrics.source_run_id")]
    ));
}
