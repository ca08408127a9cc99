//! Which registered models are prompts, and the grants on them. MLflow keeps both in one table and tells prompts by a tag.

use crate::db::{Connection, Db};
use crate::dialect;
use crate::error::StoreError;
use crate::schema::DEFAULT_WORKSPACE;
use authz::{ResourceType, WILDCARD};
use model::registry::{IS_PROMPT_TAG, is_prompt_value};
use sea_query::{Expr, ExprTrait, Query};

/// The names of the prompts in a registry. It may be in another database than the users are: they are read before the users'
/// database is locked, so that no two locks are ever held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PromptNames(Vec<String>);

impl PromptNames {
    /// Reads them from a tracking database at this version's revision.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read(tracking: &Db) -> Result<Self, StoreError> {
        let query = Query::select()
            .columns(["name", "value"])
            .from("registered_model_tags")
            .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
            .and_where(Expr::col("key").eq(IS_PROMPT_TAG))
            .to_owned();
        let marks: Vec<(String, Option<String>)> = tracking.fetch_all(&query).await?;
        let prompts = marks.into_iter().filter(|(_, value)| value.as_deref().is_some_and(is_prompt_value));
        Ok(Self(prompts.map(|(name, _)| name).collect()))
    }
}

/// Makes grants on models that are prompts into grants on prompts, and tells how many. A grant on all models stays one.
pub(super) async fn from_models(
    connection: &mut Connection<'_>,
    prompts: &PromptNames,
) -> Result<u64, StoreError> {
    let served = Query::select()
        .column("id")
        .from("roles")
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .to_owned();
    let update = Query::update()
        .table("role_permissions")
        .value("resource_type", ResourceType::Prompt.as_str())
        .and_where(Expr::col("resource_type").eq(ResourceType::RegisteredModel.as_str()))
        .and_where(Expr::col("resource_pattern").ne(WILDCARD))
        .and_where(dialect::in_list("resource_pattern", &prompts.0))
        .and_where(Expr::col("role_id").in_subquery(served))
        .to_owned();
    connection.execute(&update).await
}
