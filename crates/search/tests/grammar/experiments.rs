//! Filters and orders of experiments.

use search::experiments::{Attribute, Condition, Field, OrderBy, parse_filter, parse_order_by};
use search::{Comparator, Kind, Value};

fn attribute(attribute: Attribute, comparator: Comparator, value: Value) -> Condition {
    Condition { field: Field::Attribute(attribute), comparator, value }
}

#[test]
fn attributes_and_tags_compare_as_their_columns_do() {
    let name = |comparator, text: &str| attribute(Attribute::Name, comparator, Value::Text(text.into()));
    let tag = |key: &str, comparator, value| Condition { field: Field::Tag(key.into()), comparator, value };
    for (filter, expected) in [
        ("name = 'a'", name(Comparator::Equal, "a")),
        ("attribute.name != \"a\"", name(Comparator::NotEqual, "a")),
        ("\"name\" LIKE 'a%'", name(Comparator::Like, "a%")),
        ("attribute.`name` ilike '%a'", name(Comparator::ILike, "%a")),
        (
            "creation_time >= 1700000000000",
            attribute(Attribute::CreationTime, Comparator::GreaterOrEqual, Value::Integer(1_700_000_000_000)),
        ),
        ("last_update_time<-5", attribute(Attribute::LastUpdateTime, Comparator::Less, Value::Integer(-5))),
        ("experiment_id = ' 5 '", attribute(Attribute::ExperimentId, Comparator::Equal, Value::Integer(5))),
        (
            "experiment_id in ('5', '6')",
            attribute(Attribute::ExperimentId, Comparator::In, Value::Integers(vec![5, 6])),
        ),
        (
            "attribute.experiment_id NOT IN ('5')",
            attribute(Attribute::ExperimentId, Comparator::NotIn, Value::Integers(vec![5])),
        ),
        ("tags.mlflow.x = 'y'", tag("mlflow.x", Comparator::Equal, Value::Text("y".into()))),
        ("tag.`a b` IS NULL", tag("a b", Comparator::IsNull, Value::Absent)),
        ("tags.a is not null", tag("a", Comparator::IsNotNull, Value::Absent)),
    ] {
        assert_eq!(parse_filter(filter), Ok(vec![expected.clone()]), "{filter}");
        assert_eq!(parse_filter(&expected.to_string()), Ok(vec![expected]), "{filter}");
    }
    assert_eq!(Attribute::ALL.map(Attribute::kind), [Kind::Text, Kind::Number, Kind::Number, Kind::Number]);
}

#[test]
fn what_experiments_do_not_have_is_refused_in_mlflows_words() {
    for (filter, position, words) in [
        ("attributes.name = 'a'", 0, "Invalid entity type 'attributes'. Valid entity types are"),
        ("`attribute`.name = 'a'", 0, "Invalid entity type"),
        ("metrics.a > 5", 0, "Invalid entity type 'metrics'"),
        ("\"tags.a\" = 'x'", 0, "Invalid entity type"),
        ("lifecycle_stage = 'active'", 0, "Invalid attribute key 'lifecycle_stage' specified"),
        ("Name = 'a'", 0, "Invalid attribute key 'Name'"),
        ("name IN ('a')", 0, "Only ['experiment_id'] attributes support comparison with a list"),
        ("name > 'a'", 5, "Invalid comparator '>'"),
        ("name = 5", 7, "Expected a quoted string value for attributes"),
        ("name IS NULL", 0, "IS NULL / IS NOT NULL is only supported for tags, not for attribute 'name'"),
        ("experiment_id = 5", 16, "Expected a quoted string value for attributes. Got value 5"),
        ("experiment_id = 'x'", 16, "Invalid experiment ID 'x'. Experiment ID must be a valid integer."),
        ("experiment_id IN ('5', 'x')", 17, "Invalid experiment ID 'x'"),
        ("experiment_id LIKE '5'", 14, "Invalid comparator 'LIKE'"),
        ("experiment_id = ('5')", 14, "Invalid comparator '='"),
        ("creation_time > 5.5", 0, "Invalid value for numeric attribute 'creation_time': '5.5'"),
        ("creation_time > 'x'", 16, "Expected numeric value type for numeric attribute: creation_time"),
        ("creation_time LIKE 5", 14, "Invalid comparator 'LIKE'"),
        ("tags.a > 'x'", 7, "Invalid comparator '>'"),
        ("tags.a IN ('x')", 10, "Expected a quoted string value for tag"),
        ("name = 'a' OR name = 'b'", 11, "Invalid clause(s) in filter string: OR"),
    ] {
        let error = parse_filter(filter).expect_err(filter);
        assert!(error.message.contains(words), "{filter}: {error}");
        assert_eq!(error.position, position, "{filter}: {error}");
    }
}

#[test]
fn experiments_are_ordered_by_attributes_only() {
    let order = |attribute, ascending| OrderBy { attribute, ascending };
    assert_eq!(
        parse_order_by(&[
            "name",
            "creation_time DESC",
            "attribute.experiment_id asc",
            "`last_update_time` desc"
        ]),
        Ok(vec![
            order(Attribute::Name, true),
            order(Attribute::CreationTime, false),
            order(Attribute::ExperimentId, true),
            order(Attribute::LastUpdateTime, false),
        ])
    );
    assert_eq!(
        parse_order_by(&["name", "name DESC"]),
        Ok(vec![order(Attribute::Name, true), order(Attribute::Name, false)])
    );
    for (clause, words) in [
        ("tags.x", "Invalid order_by entity: tag"),
        ("attributes.name", "Invalid entity type 'attributes'"),
        ("lifecycle_stage", "Invalid attribute key 'lifecycle_stage'"),
        ("", "Invalid order_by clause ''. Could not be parsed"),
    ] {
        let error = parse_order_by(&[clause]).expect_err(clause);
        assert!(error.message.contains(words), "{clause}: {error}");
    }
}
