//! Who holds roles.

use crate::dialect;
use crate::schema::DEFAULT_WORKSPACE;
use model::user::UserId;
use sea_query::{Expr, ExprTrait, Query, SelectStatement};

/// A user, with the roles that are assigned to them and those that their credentials bring for one request.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'a> {
    pub user: UserId,
    /// Names of roles in the default workspace. A name that no role has brings nothing, nor does that of a role with a user's
    /// own grants.
    pub brought: &'a [String],
}

impl From<UserId> for Holder<'_> {
    fn from(user: UserId) -> Self {
        Self { user, brought: &[] }
    }
}

impl Holder<'_> {
    /// Leaves those rows of a query on `roles` that are about roles of the holder.
    pub(crate) fn restrict(self, query: &mut SelectStatement) {
        if self.brought.is_empty() {
            query
                .inner_join(
                    "user_role_assignments",
                    Expr::col(("roles", "id")).equals(("user_role_assignments", "role_id")),
                )
                .and_where(Expr::col(("user_role_assignments", "user_id")).eq(self.user.0));
            return;
        }
        let assigned = Query::select()
            .column("role_id")
            .from("user_role_assignments")
            .and_where(Expr::col("user_id").eq(self.user.0))
            .to_owned();
        let names: Vec<&str> = self
            .brought
            .iter()
            .map(String::as_str)
            .filter(|name| !super::roles::is_a_users_own(name))
            .collect();
        let brought = Expr::col(("roles", "workspace"))
            .eq(DEFAULT_WORKSPACE)
            .and(dialect::in_list(("roles", "name"), &names));
        query.and_where(Expr::col(("roles", "id")).in_subquery(assigned).or(brought));
    }
}
