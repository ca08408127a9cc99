//! Parsed filters and orders as SQL. A condition on what lies in another table is an EXISTS, so that a run stands once in
//! the result whatever its filter joins.

use crate::dialect;
use crate::error::StoreError;
use crate::tracking::{RUN_NAME_TAG, experiments as stored};
use authz::Visibility;
use model::Error;
use sea_query::{
    Alias, CaseStatement, Condition, Expr, ExprTrait, IntoColumnRef, Order, Query, SelectStatement,
    SimpleExpr,
};
use search::{Comparator, Value, experiments, runs};

/// What keeps the rows that the caller may see; `None` where that is all of them.
pub(crate) fn visible(column: impl IntoColumnRef, visibility: &Visibility) -> Option<SimpleExpr> {
    // Grants name experiments by text; what is not the spelling of an id names none.
    let numbers = |ids: &[String]| ids.iter().filter_map(|id| stored::canonical_id(id)).collect::<Vec<i64>>();
    match visibility {
        Visibility::All => None,
        Visibility::Nothing => Some(Expr::val(1).eq(0)),
        Visibility::Only(ids) => Some(dialect::in_list(column, &numbers(ids))),
        Visibility::AllExcept(ids) => Some(dialect::in_list(column, &numbers(ids)).not()),
    }
}

/// Refuses patterns that the database must not be given. How long they may be, the grammar says.
///
/// # Errors
/// INVALID_PARAMETER_VALUE.
pub(crate) fn check_patterns<'v>(
    conditions: impl Iterator<Item = (Comparator, &'v Value)>,
) -> Result<(), StoreError> {
    let mut patterns = conditions.filter_map(|(comparator, value)| match (comparator, value) {
        (Comparator::Like | Comparator::ILike, Value::Text(pattern)) => Some(pattern),
        _ => None,
    });
    let refused = patterns.find_map(|pattern| {
        if pattern.matches('%').count() > dialect::PATTERN_WILDCARDS {
            let limit = dialect::PATTERN_WILDCARDS;
            return Some(format!("Invalid filter: a pattern has more than {limit} wildcards"));
        }
        let limit = dialect::PATTERN_CHARS;
        let is_long = pattern.contains('%') && pattern.chars().nth(limit).is_some();
        is_long.then(|| format!("Invalid filter: a pattern with a wildcard has more than {limit} characters"))
    });
    match refused {
        Some(words) => Err(Error::invalid(words).into()),
        None => Ok(()),
    }
}

pub(crate) fn compare(
    column: (&'static str, &'static str),
    comparator: Comparator,
    value: &Value,
) -> SimpleExpr {
    let expr = || Expr::col(column);
    match (comparator, value) {
        (Comparator::In, Value::List(items)) => dialect::in_list(column, items),
        (Comparator::NotIn, Value::List(items)) => dialect::in_list(column, items).not(),
        (Comparator::In, Value::Integers(items)) => dialect::in_list(column, items),
        (Comparator::NotIn, Value::Integers(items)) => dialect::in_list(column, items).not(),
        (Comparator::Like, Value::Text(pattern)) => dialect::like(expr(), pattern),
        (Comparator::ILike, Value::Text(pattern)) => dialect::ilike(expr(), pattern),
        (_, Value::Text(text)) => order_compare(expr(), comparator, Expr::val(text.as_str())),
        (_, Value::Integer(number)) => order_compare(expr(), comparator, Expr::val(*number)),
        (_, Value::Number(number)) => order_compare(expr(), comparator, Expr::val(*number)),
        // The parser pairs lists with IN, and absence with the comparators that test presence, which do not come here.
        (_, Value::List(_) | Value::Integers(_) | Value::Absent) => Expr::val(1).eq(0),
    }
}

fn order_compare(left: SimpleExpr, comparator: Comparator, right: SimpleExpr) -> SimpleExpr {
    match comparator {
        Comparator::Equal => left.eq(right),
        Comparator::NotEqual => left.ne(right),
        Comparator::Greater => left.gt(right),
        Comparator::GreaterOrEqual => left.gte(right),
        Comparator::Less => left.lt(right),
        Comparator::LessOrEqual => left.lte(right),
        // Handled by `compare`; the parser gives them no other values.
        Comparator::Like
        | Comparator::ILike
        | Comparator::In
        | Comparator::NotIn
        | Comparator::IsNull
        | Comparator::IsNotNull => Expr::val(1).eq(0),
    }
}

/// The rows of a table that belong to the row of `parent` at hand, whose `id` both tables have.
pub(crate) fn belonging(table: &'static str, parent: &'static str, id: &'static str) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(table)
        .and_where(Expr::col((table, id)).equals((parent, id)))
        .to_owned()
}

/// The rows of a key-value table that belong to the run at hand and have the key.
fn of_run(table: &'static str, key: &str) -> SelectStatement {
    belonging(table, "runs", "run_uuid").and_where(Expr::col((table, "key")).eq(key)).to_owned()
}

fn key_value(
    table: &'static str,
    key: &str,
    comparator: Comparator,
    value: &Value,
    company: Company,
) -> SimpleExpr {
    holds(of_run(table, key), table, comparator, value, company)
}

/// How many conditions stand together in a filter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Company(usize);

impl Company {
    /// Conditions on other tables that a database may plan as joins. The planners of PostgreSQL and MariaDB take time by the
    /// third power of their number, and MariaDB joins no more than 61 tables.
    const JOINABLE: usize = 8;

    pub(crate) fn of<T>(conditions: &[T]) -> Self {
        Self(conditions.len())
    }

    /// Whether there are rows. Among many conditions each is looked up by itself, for each row that is left.
    pub(crate) fn exists(self, rows: SelectStatement) -> SimpleExpr {
        Expr::exists(self.apart(rows))
    }

    fn not_exists(self, rows: SelectStatement) -> SimpleExpr {
        Expr::not_exists(self.apart(rows))
    }

    fn apart(self, mut rows: SelectStatement) -> SelectStatement {
        if self.0 > Self::JOINABLE {
            // With an offset it cannot become a join.
            rows.limit(1).offset(0);
        }
        rows
    }
}

/// The condition on the value of a key, of which `rows` of `table` are all that there is.
fn holds(
    mut rows: SelectStatement,
    table: &'static str,
    comparator: Comparator,
    value: &Value,
    company: Company,
) -> SimpleExpr {
    match comparator {
        Comparator::IsNull => company.not_exists(rows),
        Comparator::IsNotNull => company.exists(rows),
        _ => company.exists(rows.and_where(compare((table, "value"), comparator, value)).to_owned()),
    }
}

/// NaN stands in the database as 0 with a mark: it differs from every number and compares with none.
fn metric(key: &str, comparator: Comparator, value: &Value, company: Company) -> SimpleExpr {
    let is_nan = Expr::col(("latest_metrics", "is_nan")).eq(true);
    let compared = compare(("latest_metrics", "value"), comparator, value);
    let holds =
        if comparator == Comparator::NotEqual { compared.or(is_nan) } else { compared.and(is_nan.not()) };
    company.exists(of_run("latest_metrics", key).and_where(holds).to_owned())
}

fn dataset(
    attribute: runs::DatasetAttribute,
    comparator: Comparator,
    value: &Value,
    company: Company,
) -> SimpleExpr {
    let mut used = Query::select()
        .expr(Expr::val(1))
        .from("inputs")
        .inner_join("datasets", Expr::col(("inputs", "source_id")).equals(("datasets", "dataset_uuid")))
        .and_where(Expr::col(("inputs", "destination_type")).eq("RUN"))
        .and_where(Expr::col(("inputs", "destination_id")).equals(("runs", "run_uuid")))
        .to_owned();
    match attribute {
        runs::DatasetAttribute::Name => used.and_where(compare(("datasets", "name"), comparator, value)),
        runs::DatasetAttribute::Digest => used.and_where(compare(("datasets", "digest"), comparator, value)),
        runs::DatasetAttribute::Context => used
            .inner_join(
                "input_tags",
                Condition::all()
                    .add(Expr::col(("input_tags", "input_uuid")).equals(("inputs", "input_uuid")))
                    .add(Expr::col(("input_tags", "name")).eq(super::inputs::CONTEXT_TAG)),
            )
            .and_where(compare(("input_tags", "value"), comparator, value)),
    };
    company.exists(used)
}

const fn run_column(attribute: runs::Attribute) -> (&'static str, &'static str) {
    use runs::Attribute as A;
    let column = match attribute {
        A::RunId => "run_uuid",
        A::RunName => "name",
        A::UserId => "user_id",
        A::Status => "status",
        A::StartTime => "start_time",
        A::EndTime => "end_time",
        A::ArtifactUri => "artifact_uri",
    };
    ("runs", column)
}

/// One condition of a search of runs.
pub(crate) fn run(condition: &runs::Condition, company: Company) -> SimpleExpr {
    let (comparator, value) = (condition.comparator, &condition.value);
    match &condition.field {
        // The column is empty for runs of MLflow before 1.30; the tag is not.
        runs::Field::Attribute(runs::Attribute::RunName) => {
            key_value("tags", RUN_NAME_TAG, comparator, value, company)
        }
        runs::Field::Attribute(attribute) => compare(run_column(*attribute), comparator, value),
        runs::Field::Metric(key) => metric(key, comparator, value, company),
        runs::Field::Param(key) => key_value("params", key, comparator, value, company),
        runs::Field::Tag(key) => key_value("tags", key, comparator, value, company),
        runs::Field::Dataset(attribute) => dataset(*attribute, comparator, value, company),
    }
}

/// Orders runs: by the given fields, those without a value last whatever the direction, NaN just before them; then the
/// latest first; then by id.
pub(crate) fn order_runs(query: &mut SelectStatement, order_by: &[runs::OrderBy]) {
    let mut by_start_time = false;
    for (index, order) in order_by.iter().enumerate() {
        let alias = format!("order_{index}");
        let (table, key) = match &order.field {
            runs::SortField::Attribute(attribute) => {
                by_start_time |= *attribute == runs::Attribute::StartTime;
                let column = run_column(*attribute);
                let last = CaseStatement::new().case(Expr::col(column).is_null(), 1).finally(0);
                query.order_by_expr(last.into(), Order::Asc).order_by(column, direction(order.ascending));
                continue;
            }
            runs::SortField::Metric(key) => ("latest_metrics", key),
            runs::SortField::Param(key) => ("params", key),
            runs::SortField::Tag(key) => ("tags", key),
        };
        let column = |name: &'static str| (Alias::new(alias.as_str()), name);
        query.join_as(
            sea_query::JoinType::LeftJoin,
            table,
            Alias::new(alias.as_str()),
            Condition::all()
                .add(Expr::col(column("run_uuid")).equals(("runs", "run_uuid")))
                .add(Expr::col(column("key")).eq(key.as_str())),
        );
        let mut last = CaseStatement::new();
        if table == "latest_metrics" {
            last = last
                .case(Expr::col(column("is_nan")).eq(true), 1)
                .case(Expr::col(column("value")).is_null(), 2);
        } else {
            last = last.case(Expr::col(column("value")).is_null(), 1);
        }
        query
            .order_by_expr(last.finally(0).into(), Order::Asc)
            .order_by(column("value"), direction(order.ascending));
    }
    if !by_start_time {
        query.order_by(("runs", "start_time"), Order::Desc);
    }
    query.order_by(("runs", "run_uuid"), Order::Asc);
}

pub(crate) const fn direction(ascending: bool) -> Order {
    if ascending { Order::Asc } else { Order::Desc }
}

const fn experiment_column(attribute: experiments::Attribute) -> (&'static str, &'static str) {
    use experiments::Attribute as A;
    let column = match attribute {
        A::Name => "name",
        A::ExperimentId => "experiment_id",
        A::CreationTime => "creation_time",
        A::LastUpdateTime => "last_update_time",
    };
    ("experiments", column)
}

/// One condition of a search of experiments.
pub(crate) fn experiment(condition: &experiments::Condition, company: Company) -> SimpleExpr {
    let (comparator, value) = (condition.comparator, &condition.value);
    match &condition.field {
        experiments::Field::Attribute(attribute) => compare(experiment_column(*attribute), comparator, value),
        experiments::Field::Tag(key) => {
            let table = "experiment_tags";
            let rows = belonging(table, "experiments", "experiment_id")
                .and_where(Expr::col((table, "key")).eq(key.as_str()))
                .to_owned();
            holds(rows, table, comparator, value, company)
        }
    }
}

/// Orders experiments: the newest first, or by the given attributes; then by id.
pub(crate) fn order_experiments(query: &mut SelectStatement, order_by: &[experiments::OrderBy]) {
    if order_by.is_empty() {
        query
            .order_by(("experiments", "creation_time"), Order::Desc)
            .order_by(("experiments", "experiment_id"), Order::Asc);
        return;
    }
    for order in order_by {
        query.order_by(experiment_column(order.attribute), direction(order.ascending));
    }
    if !order_by.iter().any(|order| order.attribute == experiments::Attribute::ExperimentId) {
        query.order_by(("experiments", "experiment_id"), Order::Desc);
    }
}
