//! What holds for any text and any condition.

use proptest::prelude::*;
use search::experiments::{self, Attribute as ExperimentAttribute};
use search::logged_models::{self, Attribute as ModelAttribute};
use search::runs::{self, Attribute, DatasetAttribute, Field, SortField};
use search::{Comparator, Kind, SearchError, Value, model_versions, page_token, registered_models};

/// Pieces that the grammar knows, so that random texts come near to being filters.
fn near_filter() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "metrics",
            "params",
            "tags",
            "tag",
            "attributes",
            "run",
            "datasets",
            "status",
            "run_id",
            "start_time",
            "name",
            "experiment_id",
            "creation_time",
            "AND",
            "OR",
            "IN",
            "NOT",
            "LIKE",
            "IS",
            "NULL",
            "DESC",
            ".",
            ".",
            ".",
            "=",
            "!=",
            ">",
            "(",
            ")",
            ",",
            ";",
            "'",
            "\"",
            "`",
            "\\",
            "-",
            "5",
            "1e5",
            "'x'",
            "\"y\"",
            "`z`",
            "\0",
            "é",
            " ",
            " ",
            "\n",
        ])
        .prop_map(str::to_owned),
        ".{0,3}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn assert_within(text: &str, error: &SearchError) {
    let length = text.chars().count();
    assert!(error.position <= length, "{error:?}");
    let rest: String = text.chars().skip(error.position).collect();
    let shown = error.offending.strip_suffix('…').unwrap_or(&error.offending);
    assert!(rest.starts_with(shown) || rest.starts_with(&error.offending), "{error:?}");
    assert!(!error.message.is_empty());
}

fn assert_sound(text: &str) {
    match runs::parse_filter(text) {
        Err(error) => assert_within(text, &error),
        // A string may end with a backslash only where no other string follows, so it may not come back.
        Ok(conditions) if !text.contains('\\') => {
            let shown = conditions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" AND ");
            assert_eq!(runs::parse_filter(&shown), Ok(conditions), "{shown}");
        }
        Ok(_) => {}
    }
    match experiments::parse_filter(text) {
        Err(error) => assert_within(text, &error),
        Ok(conditions) if !text.contains('\\') => {
            let shown = conditions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" AND ");
            assert_eq!(experiments::parse_filter(&shown), Ok(conditions), "{shown}");
        }
        Ok(_) => {}
    }
    match logged_models::parse_filter(text) {
        Err(error) => assert_within(text, &error),
        Ok(conditions) if !text.contains('\\') => {
            let shown = conditions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" AND ");
            assert_eq!(logged_models::parse_filter(&shown), Ok(conditions), "{shown}");
        }
        Ok(_) => {}
    }
    match registered_models::parse_filter(text) {
        Err(error) => assert_within(text, &error),
        Ok(filter) if !text.contains('\\') => {
            let shown = filter.conditions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" AND ");
            assert_eq!(registered_models::parse_filter(&shown), Ok(filter), "{shown}");
        }
        Ok(_) => {}
    }
    match model_versions::parse_filter(text) {
        Err(error) => assert_within(text, &error),
        Ok(filter) if !text.contains('\\') => {
            let shown = filter.conditions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" AND ");
            assert_eq!(model_versions::parse_filter(&shown), Ok(filter), "{shown}");
        }
        Ok(_) => {}
    }
    match runs::parse_order_by(&[text]) {
        Err(error) => assert_within(text, &error),
        Ok(orders) if !text.contains('\\') => {
            let shown: Vec<String> = orders.iter().map(ToString::to_string).collect();
            assert_eq!(runs::parse_order_by(&shown), Ok(orders), "{shown:?}");
        }
        Ok(_) => {}
    }
    if let Err(error) = experiments::parse_order_by(&[text]) {
        assert_within(text, &error);
    }
    if let Err(error) = registered_models::parse_order_by(&[text]) {
        assert_within(text, &error);
    }
    if let Err(error) = model_versions::parse_order_by(&[text]) {
        assert_within(text, &error);
    }
    if let Ok(offset) = page_token::decode(text) {
        assert!(offset >= 0);
    }
}

/// Texts that some quote can hold whatever follows: not both kinds of quotes, no backslash at the end.
fn quotable() -> impl Strategy<Value = String> {
    prop_oneof!["[^\0'\\\\]{0,12}", "[^\0\"\\\\]{0,12}", r"[a-z\\n]{0,8}x"]
}

/// Keys that backticks can hold, or plain words.
fn key() -> impl Strategy<Value = String> {
    prop_oneof!["[^\0`]{0,12}", "[a-z_][a-z0-9_]{0,8}", "[a-z]{1,4}`[a-z]{1,4}"]
}

fn list() -> impl Strategy<Value = Value> {
    prop::collection::vec("[^\0]{0,12}", 1..5).prop_map(Value::List)
}

fn number() -> impl Strategy<Value = Value> {
    prop::num::f64::NORMAL.prop_union(prop::num::f64::ZERO).prop_map(Value::Number)
}

fn one_of(comparators: &[Comparator]) -> impl Strategy<Value = Comparator> + use<> {
    prop::sample::select(comparators.to_vec())
}

const ORDERED: [Comparator; 6] = [
    Comparator::Equal,
    Comparator::NotEqual,
    Comparator::Greater,
    Comparator::GreaterOrEqual,
    Comparator::Less,
    Comparator::LessOrEqual,
];
const TEXT: [Comparator; 4] = [Comparator::Equal, Comparator::NotEqual, Comparator::Like, Comparator::ILike];
const LIST: [Comparator; 2] = [Comparator::In, Comparator::NotIn];
const PRESENCE: [Comparator; 2] = [Comparator::IsNull, Comparator::IsNotNull];

fn run_condition() -> impl Strategy<Value = runs::Condition> {
    let keyed = || prop_oneof![key().prop_map(Field::Param), key().prop_map(Field::Tag)];
    let attribute = |kind: Kind| {
        let attributes: Vec<_> = Attribute::ALL.into_iter().filter(|a| a.kind() == kind).collect();
        prop::sample::select(attributes).prop_map(Field::Attribute)
    };
    let dataset = || prop::sample::select(DatasetAttribute::ALL.to_vec()).prop_map(Field::Dataset);
    let text = || quotable().prop_map(Value::Text);
    prop_oneof![
        (key().prop_map(Field::Metric), one_of(&ORDERED), number()),
        (keyed(), one_of(&TEXT), text()),
        (keyed(), one_of(&PRESENCE), Just(Value::Absent)),
        (attribute(Kind::Text), one_of(&TEXT), text()),
        (
            attribute(Kind::Number),
            one_of(&ORDERED),
            prop_oneof![number(), any::<i64>().prop_map(Value::Integer)],
        ),
        (Just(Field::Attribute(Attribute::RunId)), one_of(&LIST), list()),
        (dataset(), one_of(&TEXT), text()),
        (dataset(), one_of(&LIST), list()),
    ]
    .prop_map(|(field, comparator, value)| runs::Condition { field, comparator, value })
}

fn experiment_condition() -> impl Strategy<Value = experiments::Condition> {
    use experiments::Field;
    let integers = || prop::collection::vec(any::<i64>(), 1..5).prop_map(Value::Integers);
    let times =
        prop::sample::select(vec![ExperimentAttribute::CreationTime, ExperimentAttribute::LastUpdateTime]);
    let id = || Just(Field::Attribute(ExperimentAttribute::ExperimentId));
    prop_oneof![
        (Just(Field::Attribute(ExperimentAttribute::Name)), one_of(&TEXT), quotable().prop_map(Value::Text)),
        (id(), one_of(&[Comparator::Equal, Comparator::NotEqual]), any::<i64>().prop_map(Value::Integer)),
        (id(), one_of(&LIST), integers()),
        (times.prop_map(Field::Attribute), one_of(&ORDERED), any::<i64>().prop_map(Value::Integer)),
        (key().prop_map(Field::Tag), one_of(&TEXT), quotable().prop_map(Value::Text)),
        (key().prop_map(Field::Tag), one_of(&PRESENCE), Just(Value::Absent)),
    ]
    .prop_map(|(field, comparator, value)| experiments::Condition { field, comparator, value })
}

fn model_condition() -> impl Strategy<Value = logged_models::Condition> {
    use logged_models::Field;
    let keyed = || prop_oneof![key().prop_map(Field::Param), key().prop_map(Field::Tag)];
    let text = || {
        let attributes: Vec<_> = ModelAttribute::ALL.into_iter().filter(|a| a.kind() == Kind::Text).collect();
        prop_oneof![prop::sample::select(attributes).prop_map(Field::Attribute), keyed()]
    };
    let times =
        prop::sample::select(vec![ModelAttribute::CreationTimestamp, ModelAttribute::LastUpdatedTimestamp]);
    let id = || Just(Field::Attribute(ModelAttribute::ExperimentId));
    let status = || Just(Field::Attribute(ModelAttribute::Status));
    let equality = [Comparator::Equal, Comparator::NotEqual];
    prop_oneof![
        (key().prop_map(Field::Metric), one_of(&ORDERED), number()),
        (text(), one_of(&TEXT), quotable().prop_map(Value::Text)),
        (text(), one_of(&LIST), list()),
        (id(), one_of(&equality), any::<i64>().prop_map(Value::Integer)),
        (id(), one_of(&LIST), prop::collection::vec(any::<i64>(), 1..5).prop_map(Value::Integers)),
        (status(), one_of(&equality), (0..4i64).prop_map(Value::Integer)),
        (status(), one_of(&LIST), prop::collection::vec(0..4i64, 1..5).prop_map(Value::Integers)),
        (
            times.prop_map(Field::Attribute),
            one_of(&ORDERED),
            prop_oneof![number(), any::<i64>().prop_map(Value::Integer)],
        ),
    ]
    .prop_map(|(field, comparator, value)| logged_models::Condition { field, comparator, value })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_text_panics_and_every_error_lies_within_it(text in any::<String>()) {
        assert_sound(&text);
    }

    #[test]
    fn no_near_filter_panics_and_what_it_means_comes_back(text in near_filter()) {
        assert_sound(&text);
    }

    #[test]
    fn conditions_on_runs_come_back_from_their_display(
        conditions in prop::collection::vec(run_condition(), 0..5)
    ) {
        let shown = conditions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" AND ");
        prop_assert_eq!(runs::parse_filter(&shown), Ok(conditions), "{}", shown);
    }

    #[test]
    fn conditions_on_experiments_come_back_from_their_display(
        conditions in prop::collection::vec(experiment_condition(), 0..5)
    ) {
        let shown = conditions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" AND ");
        prop_assert_eq!(experiments::parse_filter(&shown), Ok(conditions), "{}", shown);
    }

    #[test]
    fn conditions_on_logged_models_come_back_from_their_display(
        conditions in prop::collection::vec(model_condition(), 0..5)
    ) {
        let shown = conditions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" AND ");
        prop_assert_eq!(logged_models::parse_filter(&shown), Ok(conditions), "{}", shown);
    }

    #[test]
    fn orders_come_back_from_their_display(
        field in prop_oneof![
            prop::sample::select(Attribute::ALL.to_vec()).prop_map(SortField::Attribute),
            key().prop_map(SortField::Metric),
            key().prop_map(SortField::Param),
            key().prop_map(SortField::Tag),
        ],
        ascending: bool,
    ) {
        let order = runs::OrderBy { field, ascending };
        prop_assert_eq!(runs::parse_order_by(&[order.to_string()]), Ok(vec![order]));
    }

    #[test]
    fn page_tokens_come_back(offset in 1..i64::MAX) {
        prop_assert_eq!(page_token::decode(&page_token::encode(offset)), Ok(offset));
    }
}
