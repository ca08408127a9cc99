//! Searching registered models and versions.

use crate::db::Connection;
use crate::dialect;
use crate::error::StoreError;
use crate::registry::{models, versions};
use crate::tracking::filters::{Company, check_patterns, compare, direction};
use crate::tracking::{offset, one_more, page};
use authz::Visibility;
use model::registry::IS_PROMPT_TAG;
use model::{ModelVersion, Page, RegisteredModel};
use sea_query::{Expr, ExprTrait, Func, Order, Query, SelectStatement, SimpleExpr};
use search::model_versions::{self as version_grammar, Attribute};
use search::registered_models as model_grammar;

/// What the caller may see: models and prompts have grants of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visible {
    pub models: Visibility,
    pub prompts: Visibility,
}

/// The registered models to search for.
#[derive(Debug)]
pub struct Models {
    pub filter: model_grammar::Filter,
    pub order_by: Vec<model_grammar::OrderBy>,
    /// Rows of the page.
    pub limit: u64,
    pub page_token: Option<String>,
}

/// The versions to search for.
#[derive(Debug)]
pub struct Versions {
    pub filter: version_grammar::Filter,
    pub order_by: Vec<version_grammar::OrderBy>,
    /// Rows of the page.
    pub limit: u64,
    pub page_token: Option<String>,
}

/// One page of the registered models, or prompts if the filter asks for them, that the caller may see.
///
/// # Errors
/// INVALID_PARAMETER_VALUE for a page token that is none, or a pattern that the database must not be given.
pub async fn models(
    connection: &mut Connection<'_>,
    search: &Models,
    visible: &Visible,
) -> Result<Page<RegisteredModel>, StoreError> {
    const TABLE: &str = "registered_models";
    let offset = offset(search.page_token.as_deref())?;
    let conditions = &search.filter.conditions;
    check_patterns(conditions.iter().map(|condition| (condition.comparator, &condition.value)))?;
    let mut query = models::select();
    shown(&mut query, TABLE, search.filter.prompts, visible);
    let company = Company::of(conditions);
    for condition in conditions {
        query.and_where(match &condition.field {
            model_grammar::Field::Name => compare((TABLE, "name"), condition.comparator, &condition.value),
            model_grammar::Field::Tag(key) => {
                let tags = "registered_model_tags";
                let mut rows = tagged(tags, TABLE, key);
                rows.and_where(compare((tags, "value"), condition.comparator, &condition.value));
                company.exists(rows)
            }
        });
    }
    for order in &search.order_by {
        let column = match order.field {
            model_grammar::SortField::Name => "name",
            model_grammar::SortField::LastUpdated => "last_updated_time",
        };
        query.order_by((TABLE, column), direction(order.ascending));
    }
    if !search.order_by.iter().any(|order| order.field == model_grammar::SortField::Name) {
        query.order_by((TABLE, "name"), Order::Asc);
    }
    query.limit(one_more(search.limit)).offset(offset);
    let rows = page(connection.fetch_all::<models::Row>(&query).await?, offset, search.limit);
    let items = models::with_data(connection, rows.items).await?;
    Ok(Page { items, next_page_token: rows.next_page_token })
}

/// One page of the versions, of prompts if the filter asks for them, that the caller may see. Without their aliases, as in
/// MLflow.
///
/// # Errors
/// As [`models`].
pub async fn versions(
    connection: &mut Connection<'_>,
    search: &Versions,
    visible: &Visible,
) -> Result<Page<ModelVersion>, StoreError> {
    const TABLE: &str = "model_versions";
    let offset = offset(search.page_token.as_deref())?;
    let conditions = &search.filter.conditions;
    check_patterns(conditions.iter().map(|condition| (condition.comparator, &condition.value)))?;
    let mut query = versions::select();
    shown(&mut query, TABLE, search.filter.prompts, visible);
    let company = Company::of(conditions);
    for condition in conditions {
        query.and_where(match &condition.field {
            version_grammar::Field::Attribute(attribute) => {
                compare((TABLE, version_column(*attribute)), condition.comparator, &condition.value)
            }
            version_grammar::Field::Tag(key) => {
                let tags = "model_version_tags";
                let mut rows = tagged(tags, TABLE, key);
                rows.and_where(Expr::col((tags, "version")).equals((TABLE, "version"))).and_where(compare(
                    (tags, "value"),
                    condition.comparator,
                    &condition.value,
                ));
                company.exists(rows)
            }
        });
    }
    order_versions(&mut query, &search.order_by);
    query.limit(one_more(search.limit)).offset(offset);
    let rows = page(connection.fetch_all::<versions::Row>(&query).await?, offset, search.limit);
    let items = versions::with_tags(connection, rows.items).await?;
    Ok(Page { items, next_page_token: rows.next_page_token })
}

const fn version_column(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Name => "name",
        Attribute::VersionNumber => "version",
        Attribute::RunId => "run_id",
        Attribute::SourcePath => "source",
    }
}

/// Orders versions: the latest change first, or by the given columns; then by name, then the highest number first.
fn order_versions(query: &mut SelectStatement, order_by: &[version_grammar::OrderBy]) {
    use version_grammar::SortField;
    let column = |field| match field {
        SortField::Name => ("model_versions", "name"),
        SortField::VersionNumber => ("model_versions", "version"),
        SortField::CreationTimestamp => ("model_versions", "creation_time"),
        SortField::LastUpdatedTimestamp => ("model_versions", "last_updated_time"),
    };
    if order_by.is_empty() {
        query.order_by(column(SortField::LastUpdatedTimestamp), Order::Desc);
    }
    for order in order_by {
        query.order_by(column(order.field), direction(order.ascending));
    }
    for (last, ascending) in [(SortField::Name, true), (SortField::VersionNumber, false)] {
        if !order_by.iter().any(|order| order.field == last) {
            query.order_by(column(last), direction(ascending));
        }
    }
}

/// The tags with the key that belong to the model, or to a version of the model, at hand.
fn tagged(tags: &'static str, owner: &'static str, key: &str) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(tags)
        .and_where(Expr::col((tags, "workspace")).equals((owner, "workspace")))
        .and_where(Expr::col((tags, "name")).equals((owner, "name")))
        .and_where(Expr::col((tags, "key")).eq(key))
        .to_owned()
}

/// Whether the model at hand, or the model of the version at hand, is a prompt: what the gate asks of a single one.
fn is_prompt(table: &'static str) -> SimpleExpr {
    let tags = "registered_model_tags";
    let mut mark = tagged(tags, table, IS_PROMPT_TAG);
    mark.and_where(Expr::expr(Func::lower(Expr::col((tags, "value")))).eq("true"));
    Expr::exists(mark)
}

/// Keeps the rows that the search is about and that the caller may see.
fn shown(query: &mut SelectStatement, table: &'static str, prompts: bool, visible: &Visible) {
    let column = (table, "name");
    if !prompts {
        query.and_where(is_prompt(table).not()).and_where_option(named(column, &visible.models));
        return;
    }
    if visible.models == visible.prompts {
        query.and_where_option(named(column, &visible.models));
        return;
    }
    if let (Some(models), Some(prompts)) = (only(&visible.models), only(&visible.prompts)) {
        // What both lists leave over is found by its name, before any row is asked whether it is a prompt.
        let either: Vec<&String> = models.iter().chain(prompts).collect();
        query.and_where(dialect::in_list(column, &either));
    }
    let among = |visibility| named(column, visibility).unwrap_or_else(|| Expr::val(1).eq(1));
    let prompt = is_prompt(table).and(among(&visible.prompts));
    query.and_where(prompt.or(is_prompt(table).not().and(among(&visible.models))));
}

/// The names that alone may show; `None` where all but some may.
fn only(visibility: &Visibility) -> Option<&[String]> {
    match visibility {
        Visibility::Nothing => Some(&[]),
        Visibility::Only(names) => Some(names),
        Visibility::All | Visibility::AllExcept(_) => None,
    }
}

/// What keeps the names that may show; `None` where that is all of them.
fn named(column: (&'static str, &'static str), visibility: &Visibility) -> Option<SimpleExpr> {
    match visibility {
        Visibility::All => None,
        Visibility::Nothing => Some(Expr::val(1).eq(0)),
        Visibility::Only(names) => Some(dialect::in_list(column, names)),
        Visibility::AllExcept(names) => Some(dialect::in_list(column, names).not()),
    }
}
