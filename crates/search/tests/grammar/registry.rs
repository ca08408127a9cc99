//! Filters and orders of registered models and of model versions.

use search::{Comparator, Value, model_versions as versions, registered_models as models};

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| (*item).to_owned()).collect())
}

#[test]
fn models_are_found_by_name_and_tags() {
    let name = |comparator, value| models::Condition { field: models::Field::Name, comparator, value };
    let tag = |key: &str, comparator, value| models::Condition {
        field: models::Field::Tag(key.to_owned()),
        comparator,
        value,
    };
    for (filter, expected) in [
        ("name = 'a'", name(Comparator::Equal, text("a"))),
        ("attribute.name != \"a\"", name(Comparator::NotEqual, text("a"))),
        ("name LIKE 'a%'", name(Comparator::Like, text("a%"))),
        ("name ilike 'a%'", name(Comparator::ILike, text("a%"))),
        ("name IN ('a', 'b')", name(Comparator::In, list(&["a", "b"]))),
        ("name not in ('a')", name(Comparator::NotIn, list(&["a"]))),
        ("tags.k = 'v'", tag("k", Comparator::Equal, text("v"))),
        ("tag.`a b` LIKE '%'", tag("a b", Comparator::Like, text("%"))),
    ] {
        assert_eq!(
            models::parse_filter(filter).unwrap().conditions,
            std::slice::from_ref(&expected),
            "{filter}"
        );
        assert_eq!(models::parse_filter(&expected.to_string()).unwrap().conditions, [expected], "{filter}");
    }
}

#[test]
fn versions_are_found_by_attributes_and_tags() {
    use versions::Attribute::{Name, RunId, SourcePath, VersionNumber};
    let of = |attribute, comparator, value| versions::Condition {
        field: versions::Field::Attribute(attribute),
        comparator,
        value,
    };
    for (filter, expected) in [
        ("name = 'a'", of(Name, Comparator::Equal, text("a"))),
        ("attribute.run_id IN ('a', 'b')", of(RunId, Comparator::In, list(&["a", "b"]))),
        ("source_path LIKE 's3:%'", of(SourcePath, Comparator::Like, text("s3:%"))),
        ("version_number >= 3", of(VersionNumber, Comparator::GreaterOrEqual, Value::Integer(3))),
        ("version_number != ' 3 '", of(VersionNumber, Comparator::NotEqual, Value::Integer(3))),
    ] {
        assert_eq!(
            versions::parse_filter(filter).unwrap().conditions,
            std::slice::from_ref(&expected),
            "{filter}"
        );
        assert_eq!(versions::parse_filter(&expected.to_string()).unwrap().conditions, [expected], "{filter}");
    }
    assert!(versions::parse_filter("name = 'a' AND run_id = 'r'").unwrap().asks_about_runs());
    assert!(!versions::parse_filter("tags.run_id = 'r'").unwrap().asks_about_runs());
}

#[test]
fn the_first_condition_on_their_mark_asks_for_prompts() {
    let mark = "tags.`mlflow.prompt.is_prompt`";
    for (filter, prompts, conditions) in [
        (String::new(), false, 0),
        ("name = 'a'".to_owned(), false, 1),
        (format!("{mark} = 'true'"), true, 1),
        (format!("{mark} = 'TRUE' AND name = 'a'"), true, 2),
        (format!("{mark} != 'false'"), true, 1),
        (format!("{mark} != 'true'"), false, 0),
        (format!("{mark} = 'false' AND name = 'a'"), false, 1),
        (format!("{mark} LIKE 'true'"), false, 0),
        (format!("{mark} = 'false' AND {mark} = 'true'"), false, 0),
    ] {
        let found = models::parse_filter(&filter).unwrap();
        assert_eq!((found.prompts, found.conditions.len()), (prompts, conditions), "{filter}");
        let found = versions::parse_filter(&filter).unwrap();
        assert_eq!((found.prompts, found.conditions.len()), (prompts, conditions), "{filter}");
    }
}

#[test]
fn what_the_registry_does_not_have_is_refused_in_mlflows_words() {
    for (filter, position, words) in [
        ("attributes.name = 'a'", 0, "Invalid entity type 'attributes'. Valid entity types are"),
        ("params.a = 'x'", 0, "Invalid entity type 'params'"),
        ("creation_timestamp > 5", 0, "Invalid attribute key 'creation_timestamp' specified"),
        ("name = 5", 7, "Expected a quoted string value or a list"),
        ("name > 'a'", 5, "Invalid comparator '>'"),
        ("name = ('a')", 5, "Invalid comparator '='"),
        ("name IS NULL", 5, "Invalid comparator 'IS NULL'"),
        ("tags.a IS NOT NULL", 7, "Invalid comparator 'IS NOT NULL'"),
        ("tags.a IN ('x')", 7, "Invalid comparator 'IN'"),
        ("tags.a = 5", 9, "Expected a quoted string value for tag"),
    ] {
        let error = models::parse_filter(filter).unwrap_err();
        assert!(error.message.contains(words), "{filter}: {error}");
        assert_eq!(error.position, position, "{filter}: {error}");
    }
    for (filter, words) in [
        ("current_stage = 'None'", "Invalid attribute key 'current_stage' specified"),
        ("name = 5", "Only the 'version_number' attribute supports comparison with numeric values"),
        ("version_number = 'x'", "Invalid value for numeric attribute 'version_number': 'x'"),
        ("version_number = 1.5", "Invalid value for numeric attribute 'version_number': '1.5'"),
        ("version_number IN ('1')", "Only ['name', 'run_id'] attributes support comparison with a list"),
        ("source_path IN ('a')", "Only ['name', 'run_id'] attributes support comparison with a list"),
        ("version_number LIKE '1'", "Invalid comparator 'LIKE'"),
        ("run_id > 'a'", "Invalid comparator '>'"),
        ("tags.a IS NULL", "Invalid comparator 'IS NULL'"),
    ] {
        let error = versions::parse_filter(filter).unwrap_err();
        assert!(error.message.contains(words), "{filter}: {error}");
    }
}

#[test]
fn orders_name_their_columns_once() {
    use models::SortField::{LastUpdated, Name};
    for (clause, field, ascending) in [
        ("name", Name, true),
        ("name DESC", Name, false),
        ("timestamp asc", LastUpdated, true),
        ("last_updated_timestamp DESC", LastUpdated, false),
    ] {
        let order = models::parse_order_by(&[clause]).unwrap();
        assert_eq!(order, [models::OrderBy { field, ascending }], "{clause}");
        assert_eq!(models::parse_order_by(&[order[0].to_string()]).unwrap(), order);
    }
    for field in versions::SortField::ALL {
        for ascending in [true, false] {
            let order = versions::OrderBy { field, ascending };
            assert_eq!(versions::parse_order_by(&[order.to_string()]), Ok(vec![order]));
        }
    }
    for (clauses, words) in [
        (vec!["creation_timestamp"], "Invalid order by key 'creation_timestamp' specified"),
        (vec!["attribute.name"], "Invalid order by key 'attribute.name' specified"),
        (vec!["timestamp", "last_updated_timestamp DESC"], "`order_by` contains duplicate fields"),
        (vec!["name UP"], "expected ASC or DESC"),
    ] {
        let error = models::parse_order_by(&clauses).unwrap_err();
        assert!(error.message.contains(words), "{clauses:?}: {error}");
    }
    for (clauses, words) in [
        (vec!["run_id"], "Invalid attribute key 'run_id' specified"),
        (vec!["tags.name"], "Invalid order_by entity: tag"),
        (vec!["name", "name DESC"], "`order_by` contains duplicate fields"),
    ] {
        let error = versions::parse_order_by(&clauses).unwrap_err();
        assert!(error.message.contains(words), "{clauses:?}: {error}");
    }
}
