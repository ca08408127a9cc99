//! Filters of runs and what they mean.

use search::runs::{Attribute, Condition, DatasetAttribute, Field, parse_filter};
use search::{Comparator, Kind, Value};

fn condition(field: Field, comparator: Comparator, value: Value) -> Condition {
    Condition { field, comparator, value }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|&item| item.to_owned()).collect())
}

#[test]
fn every_prefix_names_its_entity() {
    for prefix in ["metric", "metrics", "`metric`", "`metrics`"] {
        let expected = condition(Field::Metric("a".into()), Comparator::Less, Value::Number(1.0));
        assert_eq!(parse_filter(&format!("{prefix}.a < 1")), Ok(vec![expected]), "{prefix}");
    }
    for prefix in ["param", "params", "parameter", "parameters", "`params`"] {
        let expected = condition(Field::Param("a".into()), Comparator::Equal, text("x"));
        assert_eq!(parse_filter(&format!("{prefix}.a = 'x'")), Ok(vec![expected]), "{prefix}");
    }
    for prefix in ["tag", "tags", "`tag`"] {
        let expected = condition(Field::Tag("a".into()), Comparator::Equal, text("x"));
        assert_eq!(parse_filter(&format!("{prefix}.a = 'x'")), Ok(vec![expected]), "{prefix}");
    }
    for prefix in ["", "attribute.", "attributes.", "attr.", "run.", "`run`."] {
        let expected = condition(Field::Attribute(Attribute::Status), Comparator::Equal, text("RUNNING"));
        assert_eq!(parse_filter(&format!("{prefix}status = 'RUNNING'")), Ok(vec![expected]), "{prefix}");
    }
    for prefix in ["dataset", "datasets"] {
        let expected = condition(Field::Dataset(DatasetAttribute::Name), Comparator::Equal, text("x"));
        assert_eq!(parse_filter(&format!("{prefix}.name = 'x'")), Ok(vec![expected]), "{prefix}");
    }
}

#[test]
fn every_attribute_has_its_names() {
    for (name, attribute) in [
        ("run_id", Attribute::RunId),
        ("run_name", Attribute::RunName),
        ("\"run name\"", Attribute::RunName),
        ("`run name`", Attribute::RunName),
        ("attributes.\"Run name\"", Attribute::RunName),
        ("attributes.`Run Name`", Attribute::RunName),
        ("user_id", Attribute::UserId),
        ("status", Attribute::Status),
        ("artifact_uri", Attribute::ArtifactUri),
        ("attribute.'status'", Attribute::Status),
    ] {
        let expected = condition(Field::Attribute(attribute), Comparator::Like, text("x%"));
        assert_eq!(parse_filter(&format!("{name} LIKE 'x%'")), Ok(vec![expected]), "{name}");
        assert_eq!(attribute.kind(), Kind::Text);
    }
    for (name, attribute) in [
        ("start_time", Attribute::StartTime),
        ("created", Attribute::StartTime),
        ("Created", Attribute::StartTime),
        ("attr.created", Attribute::StartTime),
        ("end_time", Attribute::EndTime),
        ("\"end_time\"", Attribute::EndTime),
    ] {
        let expected = condition(Field::Attribute(attribute), Comparator::Greater, Value::Integer(5));
        assert_eq!(parse_filter(&format!("{name} > 5")), Ok(vec![expected]), "{name}");
        assert_eq!(attribute.kind(), Kind::Number);
    }
}

#[test]
fn keys_may_be_bare_dotted_or_quoted() {
    for (spelled, key) in [
        ("a", "a"),
        ("_a1", "_a1"),
        ("1a", "1a"),
        ("mlflow.source.name", "mlflow.source.name"),
        ("in", "in"),
        ("and", "and"),
        ("a.2.0", "a.2.0"),
        ("日本", "日本"),
        ("`a b`", "a b"),
        ("\"a b\"", "a b"),
        ("'a b'", "a b"),
        ("\"a.2.0\"", "a.2.0"),
        ("\"X//Y#$$@&Z\"", "X//Y#$$@&Z"),
        ("`a``b`", "a``b"),
        (r#""a\"b""#, r#"a\"b"#),
        ("`\"a\"`", "\"a\""),
        ("\"`a`\"", "a"),
        ("``", ""),
    ] {
        let expected = condition(Field::Tag(key.into()), Comparator::Equal, text("x"));
        assert_eq!(parse_filter(&format!("tags.{spelled} = 'x'")), Ok(vec![expected]), "{spelled}");
    }
}

#[test]
fn a_string_is_exactly_what_stands_between_its_quotes() {
    for (spelled, value) in [
        ("'x'", "x"),
        ("\"x\"", "x"),
        ("''", ""),
        ("\"L'Hosp\"", "L'Hosp"),
        ("'\"x\"'", "\"x\""),
        ("'it''s'", "it''s"),
        (r"'it\'s'", r"it\'s"),
        (r"'C:\'", r"C:\"),
        (r"'a\nb'", r"a\nb"),
        ("'a\nb'", "a\nb"),
        ("'-- ; OR ('", "-- ; OR ("),
    ] {
        let expected = condition(Field::Param("a".into()), Comparator::NotEqual, text(value));
        assert_eq!(parse_filter(&format!("params.a!={spelled}")), Ok(vec![expected]), "{spelled}");
    }
}

#[test]
fn metrics_compare_with_doubles_and_times_keep_integers_exact() {
    for (spelled, value) in [
        ("0.94", 0.94),
        ("-5", -5.0),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("1e5", 1e5),
        ("1.5E-3", 1.5e-3),
        ("1e+20", 1e20),
    ] {
        let expected = condition(Field::Metric("a".into()), Comparator::GreaterOrEqual, Value::Number(value));
        assert_eq!(parse_filter(&format!("metrics.a >={spelled}")), Ok(vec![expected]), "{spelled}");
    }
    for (spelled, value) in [
        ("9007199254740993", Value::Integer(9_007_199_254_740_993)),
        ("-5", Value::Integer(-5)),
        ("007", Value::Integer(7)),
        ("9223372036854775807", Value::Integer(i64::MAX)),
        ("1.5", Value::Number(1.5)),
        ("1e3", Value::Number(1000.0)),
    ] {
        let expected = condition(Field::Attribute(Attribute::EndTime), Comparator::Less, value);
        assert_eq!(parse_filter(&format!("end_time < {spelled}")), Ok(vec![expected]), "{spelled}");
    }
}

#[test]
fn keywords_are_case_insensitive_and_white_space_is_free() {
    for (spelled, comparator) in
        [("like", Comparator::Like), ("iLike", Comparator::ILike), ("\n LIKE\t", Comparator::Like)]
    {
        let expected = condition(Field::Tag("a".into()), comparator, text("x"));
        assert_eq!(parse_filter(&format!("tags.a {spelled}'x'")), Ok(vec![expected]), "{spelled}");
    }
    for (spelled, comparator) in [
        ("IS NULL", Comparator::IsNull),
        ("is null", Comparator::IsNull),
        ("IS  NOT\n NULL", Comparator::IsNotNull),
    ] {
        let expected = condition(Field::Param("a".into()), comparator, Value::Absent);
        assert_eq!(parse_filter(&format!(" params.a {spelled} ")), Ok(vec![expected]), "{spelled}");
    }
}

#[test]
fn lists_hold_python_strings() {
    for (spelled, items) in [
        ("('a')", &["a"][..]),
        ("('a', \"b\")", &["a", "b"]),
        ("('a',)", &["a"]),
        ("(\n'a'\n,'b',\n)", &["a", "b"]),
        (r"('it\'s', 'a\n\x41')", &["it's", "a\nA"]),
        (r"('a\\', 'b')", &[r"a\", "b"]),
        (r"('C:\data')", &[r"C:\data"]),
    ] {
        let expected = condition(Field::Attribute(Attribute::RunId), Comparator::In, list(items));
        assert_eq!(parse_filter(&format!("run_id IN {spelled}")), Ok(vec![expected]), "{spelled}");
        let expected = condition(Field::Dataset(DatasetAttribute::Digest), Comparator::NotIn, list(items));
        assert_eq!(
            parse_filter(&format!("datasets.digest not in{spelled}")),
            Ok(vec![expected]),
            "{spelled}"
        );
    }
}

#[test]
fn conditions_are_joined_by_and_which_may_be_left_out() {
    let both = Ok(vec![
        condition(Field::Metric("a".into()), Comparator::Greater, Value::Number(5.0)),
        condition(Field::Tag("b".into()), Comparator::Equal, text("x")),
    ]);
    for filter in [
        "metrics.a > 5 AND tags.b = 'x'",
        "metrics.a > 5\nand\ttags.b = 'x'",
        "metrics.a > 5 tags.b = 'x'",
        "AND metrics.a > 5 AND AND tags.b = 'x' AND",
        "metrics.a>5 AND tags.b='x'AND",
    ] {
        assert_eq!(parse_filter(filter), both, "{filter}");
    }
    for empty in ["", "  \n", "AND"] {
        assert_eq!(parse_filter(empty), Ok(vec![]), "{empty:?}");
    }
}

#[test]
fn a_condition_displays_as_a_filter() {
    for filter in [
        "metrics.a >= 0.94",
        "metrics.`a b` = 1e20",
        "params.\"a`b\" != 'x'",
        "tags.`mlflow.user` ILIKE '%x'",
        "tags.a = \"it's\"",
        "tags.a IS NOT NULL",
        "attributes.start_time < -5",
        "attributes.run_id NOT IN ('a', 'it\\'s')",
        "datasets.context = 'train'",
    ] {
        let shown: Result<Vec<String>, _> =
            parse_filter(filter).map(|conditions| conditions.iter().map(ToString::to_string).collect());
        assert_eq!(shown, Ok(vec![filter.to_owned()]));
    }
}
