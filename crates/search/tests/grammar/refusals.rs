//! Filters of runs that are refused: where, and in which words. The words are those that MLflow's tests match on.

use search::limits;
use search::runs::parse_filter;

fn assert_refused(table: &[(&str, usize, &str)]) {
    for (filter, position, words) in table {
        let refused = parse_filter(filter).map_err(|error| {
            assert!(error.message.contains(words), "{filter}: {error}");
            error.position
        });
        assert_eq!(refused, Err(*position), "{filter}");
    }
}

#[test]
fn what_is_no_clause_is_named_with_its_position() {
    let invalid = "Invalid clause(s) in filter string";
    assert_refused(&[
        ("metrics.A > 0.1 OR params.B = 'LR'", 16, "OR is not supported: conditions are joined by AND"),
        ("metrics.A > 0.1 or params.B = 'LR'", 16, invalid),
        ("metrics.A > 0.1 NAND params.B = 'LR'", 21, invalid),
        ("metrics.A > 0.1 AND (params.B = 'LR')", 20, invalid),
        ("NOT metrics.A > 0.1", 4, invalid),
        ("metrics.a BETWEEN 1 AND 2", 10, invalid),
        ("metric.acc >= 0.94; metrics.rmse < 1", 18, "Search filter contained multiple expression"),
        ("metrics.a > 5;", 13, invalid),
        ("metrics.a > 5 -- note", 14, invalid),
        ("params.acc LR !=", 11, invalid),
        ("params.acc LR", 11, invalid),
        ("metric.acc !=", 13, invalid),
        ("metric.acc", 10, invalid),
        ("tags.acc = = 'LR'", 11, invalid),
        ("tags.a NOT NULL", 11, invalid),
        ("tags.a IS 5", 10, invalid),
        ("attribute.status IS 'RUNNING'", 20, invalid),
        ("metrics.a-b > 1", 9, invalid),
        ("metrics.a$b > 1", 9, invalid),
        ("metrics. > 5", 9, invalid),
        ("metrics..a > 5", 8, invalid),
        ("tags .a = 'x'", 5, invalid),
        ("tags. a = 'x'", 6, invalid),
        ("tags.a.\"b\" = 'x'", 6, invalid),
        ("tags.\"a\".b = 'x'", 8, invalid),
        ("tags.a = 'x' 'y'", 13, "Expected 'Identifier' found ''y''"),
        ("1.0 > metrics.acc", 0, "Expected 'Identifier' found '1.0'"),
        ("1==2", 0, "Expected 'Identifier' found '1'"),
        ("été = é-é", 7, invalid),
        ("metrics.é > 1 OR x", 14, "OR is not supported"),
    ]);
}

#[test]
fn unclosed_quotes_and_parentheses_are_refused_where_they_open() {
    let invalid = "Invalid clause(s) in filter string";
    assert_refused(&[
        ("`metrics.A > 0.1", 0, invalid),
        ("param`.A > 0.1", 5, invalid),
        ("params.'acc = LR", 7, invalid),
        ("params.acc = 'LR", 13, invalid),
        ("params.acc = LR'", 15, invalid),
        ("params.acc = \"LR'", 13, invalid),
        ("tags.a = '''", 11, invalid),
        (r"tags.a = 'C:\' AND tags.b = 'x'", 30, invalid),
        ("run_id IN ('a'", 10, invalid),
        ("tags.a = 'x\0y'", 11, "a NUL character"),
        ("tags.a\0 = 'x'", 6, "a NUL character"),
    ]);
}

#[test]
fn unknown_entities_and_keys_are_refused() {
    assert_refused(&[
        ("m.acc >= 0.94", 0, "Invalid entity type 'm'. Valid values are ['metric', 'parameter', 'tag'"),
        ("attri.x != 1", 0, "Invalid entity type"),
        ("Metrics.a > 1", 0, "Invalid entity type"),
        ("\"metrics\".a > 1", 0, "Invalid entity type"),
        ("`metrics.a` > 1", 0, "Invalid entity type"),
        ("acc >= 0.94", 0, "Invalid attribute key 'acc' specified"),
        ("metric > 5", 0, "Invalid attribute key"),
        ("foo is null", 0, "Invalid attribute key"),
        ("attribute.start != 1", 10, "Invalid attribute key"),
        ("attribute.experiment_id != 1", 10, "Invalid attribute key"),
        ("attribute.lifecycle_stage = 'ACTIVE'", 10, "Invalid attribute key"),
        ("attribute._status != 'RUNNING'", 10, "Invalid attribute key"),
        ("Status = 'RUNNING'", 0, "Invalid attribute key"),
        ("dataset.status = 'true'", 8, "Invalid dataset key 'status' specified"),
    ]);
}

#[test]
fn values_of_the_wrong_kind_are_refused() {
    let unquoted = "value is either not quoted or unidentified quote types";
    assert_refused(&[
        ("metric.model = '5'", 15, "Expected numeric value type for metric. Found '5'"),
        ("metrics.acc != metrics.acc", 15, "Expected numeric value type for metric. Found metrics.acc"),
        ("metrics.a > nan", 12, "Expected numeric value type for metric"),
        ("metrics.a IN (1, 2)", 13, "Expected numeric value type for metric"),
        ("metrics.a > 0x1F", 12, "Invalid clause(s) in filter string"),
        ("metrics.a > 1_000", 12, "Invalid clause(s) in filter string"),
        ("metrics.a > +5", 12, "Invalid clause(s) in filter string"),
        ("metrics.a > 1e999", 12, "Number out of range"),
        ("start_time > 9223372036854775808", 13, "Number out of range"),
        ("start_time > '5'", 13, "Expected numeric value type for numeric attribute: start_time"),
        ("params.acc = 5", 13, "Expected a quoted string value for param"),
        ("tags.acc = 5", 11, "Expected a quoted string value for tag"),
        ("tags.acc = ('x')", 11, "Expected a quoted string value for tag"),
        ("attribute.status = 1", 19, "Expected a quoted string value for attributes"),
        ("attribute.status = true", 19, "Invalid clause(s) in filter string"),
        ("dataset.name = 5", 15, "Expected a quoted string value for dataset attributes"),
        ("params.acc = LR", 13, unquoted),
        ("params.acc = `LR`", 13, unquoted),
    ]);
}

#[test]
fn each_kind_of_field_has_its_comparators() {
    let values =
        [("metrics.a", "1.0"), ("params.a", "'x'"), ("tags.a", "'x'"), ("status", "'x'"), ("end_time", "5")];
    let allowed = [
        ("metrics.a", &["=", "!=", ">", ">=", "<", "<="][..]),
        ("params.a", &["=", "!=", "LIKE", "ILIKE"]),
        ("tags.a", &["=", "!=", "LIKE", "ILIKE"]),
        ("status", &["=", "!=", "LIKE", "ILIKE"]),
        ("end_time", &["=", "!=", ">", ">=", "<", "<="]),
    ];
    let all = [
        "=",
        "!=",
        ">",
        ">=",
        "<",
        "<=",
        "LIKE",
        "ILIKE",
        "==",
        "<>",
        "~",
        "~=",
        "RLIKE",
        "NOT LIKE",
        "NOT ILIKE",
        "REGEXP",
    ];
    for ((field, value), (_, allowed)) in values.into_iter().zip(allowed) {
        for comparator in all {
            let filter = format!("{field} {comparator} {value}");
            match parse_filter(&filter) {
                Ok(_) => assert!(allowed.contains(&comparator), "{filter} was accepted"),
                Err(error) => {
                    assert!(!allowed.contains(&comparator), "{error}");
                    assert!(error.message.contains(&format!("Invalid comparator '{comparator}'")), "{error}");
                }
            }
        }
    }
    let null = "IS NULL / IS NOT NULL is only supported for tags and params";
    assert_refused(&[
        ("metrics.acc IS NULL", 0, null),
        ("attribute.status IS NOT NULL", 0, null),
        ("dataset.name IS NULL", 0, null),
    ]);
}

#[test]
fn lists_are_for_in_on_run_ids_and_datasets() {
    let ill_formed = "expected a non-empty list of string values, but got ill-formed list";
    assert_refused(&[
        (
            "status IN ('a')",
            0,
            "Only ['run_id'] attributes support comparison with a list of quoted string values.",
        ),
        ("run_id = ('a')", 7, "Invalid comparator '='"),
        ("run_id IN 'a'", 10, "expected a parenthesised list after IN"),
        ("run_id NOT IN 'a'", 14, "expected a parenthesised list after NOT IN"),
        ("run_id IN ()", 10, "expected a non-empty list of string values, but got empty list"),
        ("run_id IN (,)", 11, ill_formed),
        ("run_id IN ('a',,'b')", 15, ill_formed),
        ("run_id IN ('a' 'b')", 15, ill_formed),
        ("run_id IN ('it''s')", 15, ill_formed),
        (r"run_id IN ('\ud800')", 11, ill_formed),
        ("run_id IN ('a', 5)", 16, "got different type in list"),
        ("run_id IN ('a', `b`)", 16, "got different type in list"),
        ("run_id IN (('a'))", 11, "parentheses do not nest"),
        ("datasets.name IN (5)", 18, "got different type in list"),
    ]);
}

#[test]
fn a_filter_has_limits() {
    let conditions = |count: usize| vec!["metrics.a > 5"; count].join(" AND ");
    assert_eq!(parse_filter(&conditions(limits::CONDITIONS)).map(|all| all.len()), Ok(limits::CONDITIONS));
    let error = parse_filter(&conditions(limits::CONDITIONS + 1)).unwrap_err();
    assert!(error.message.contains("more than 500 conditions"), "{error}");

    let list = |count: usize| format!("run_id IN ({})", vec!["'a'"; count].join(","));
    assert!(parse_filter(&list(limits::LIST_ITEMS)).is_ok());
    let error = parse_filter(&list(limits::LIST_ITEMS + 1)).unwrap_err();
    assert!(error.message.contains("at most 5000 strings"), "{error}");

    let padded = |bytes: usize| format!("{}metrics.a > 5", " ".repeat(bytes - "metrics.a > 5".len()));
    assert!(parse_filter(&padded(limits::FILTER_BYTES)).is_ok());
    let error = parse_filter(&padded(limits::FILTER_BYTES + 1)).unwrap_err();
    assert!(error.message.contains("longer than 262144 bytes"), "{error}");
}

#[test]
fn an_error_reads_with_its_place_and_reaches_clients_as_an_invalid_parameter() {
    let error = parse_filter("metrics.a > 1 OR metrics.b > 1").unwrap_err();
    assert_eq!(error.offending, "OR");
    let error = model::Error::from(error);
    assert_eq!(error.code, model::ErrorCode::InvalidParameterValue);
    assert_eq!(
        error.message,
        "Invalid clause(s) in filter string: OR is not supported: conditions are joined by AND (at character 15: OR)"
    );
    let error = parse_filter("metrics.a >").unwrap_err();
    assert!(error.to_string().ends_with("found the end (at character 12, the end)"), "{error}");
}

#[test]
fn an_error_repeats_little_of_a_long_text() {
    let long = "x".repeat(100_000);
    for filter in [
        format!("{long} = 5"),
        format!("tags.a = {long}"),
        format!("tags.a = '{long}"),
        format!("{long}.a = 5"),
    ] {
        let error = parse_filter(&filter).unwrap_err();
        assert!(error.to_string().len() < 500, "{}", error.to_string().len());
    }
}
