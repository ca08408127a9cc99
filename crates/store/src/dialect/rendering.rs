//! Statements as text. sea-query knows the grammars; the operators that the repositories need beyond it are rendered here, when
//! it is known for which database.

use super::{Operator, Sql};
use sea_query::prepare::SqlWriter;
use sea_query::{
    BinOper, ConditionHolder, DynIden, EscapeBuilder, ExplainStatement, Expr, Func, LockClause, LockType,
    MysqlQueryBuilder, OnConflictAction, OnConflictTarget, Oper, OperLeftAssocDecider, OrderExpr,
    PostgresQueryBuilder, PrecedenceDecider, QueryBuilder, Quote, QuotedBuilder, ReturningClause, SelectInto,
    SelectStatement, SqliteQueryBuilder, SubQueryStatement, TableRefBuilder, UnOper, UnionType, Value,
};

/// Calls a method of sea-query's builder for the database.
macro_rules! stock {
    ($renderer:expr, $method:ident($($argument:expr),*)) => {
        match $renderer.sql {
            Sql::Sqlite => SqliteQueryBuilder.$method($($argument),*),
            Sql::Postgresql => PostgresQueryBuilder.$method($($argument),*),
            Sql::MariaDb | Sql::Mysql => MysqlQueryBuilder.$method($($argument),*),
        }
    };
}

/// Renders statements for a database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Renderer {
    pub(crate) sql: Sql,
    /// Whether some of its tables have a collation to which texts are equal whose bytes are not.
    pub(crate) is_inexact: bool,
}

impl Renderer {
    fn is_mysql(self) -> bool {
        matches!(self.sql, Sql::MariaDb | Sql::Mysql)
    }

    /// What `operator` means between the two.
    fn operator(self, left: &Expr, operator: Operator, right: &Expr, sql: &mut impl SqlWriter) {
        let mut put = |before: &str, expr: Option<&Expr>| {
            write(sql, before);
            if let Some(expr) = expr {
                self.prepare_expr(expr, sql);
            }
        };
        let (left, right) = (Some(left), Some(right));
        match (operator, self.sql) {
            (Operator::InTexts | Operator::InIntegers | Operator::InLongTexts, Sql::Sqlite) => {
                put("", left);
                put(" IN (SELECT value FROM json_each(", right);
                put("))", None);
            }
            // An array that is made once, and then looked up in an index as any list of constants.
            (Operator::InTexts | Operator::InLongTexts, Sql::Postgresql) => {
                put("", left);
                put(" = ANY (ARRAY(SELECT json_array_elements_text(", right);
                put("::json)))", None);
            }
            (Operator::InIntegers, Sql::Postgresql) => {
                put("", left);
                put(" = ANY (ARRAY(SELECT json_array_elements_text(", right);
                put("::json)::bigint))", None);
            }
            (Operator::InTexts | Operator::InLongTexts, Sql::MariaDb | Sql::Mysql) => {
                let length =
                    if operator == Operator::InTexts { super::SHORT_TEXT } else { super::LONGEST_TEXT };
                put("", left);
                put(" IN (SELECT listed.value FROM JSON_TABLE(", right);
                put(
                    &format!(", '$[*]' COLUMNS (value {} PATH '$')) AS listed)", self.exact_text(length)),
                    None,
                );
            }
            (Operator::InIntegers, Sql::MariaDb | Sql::Mysql) => {
                put("", left);
                put(" IN (SELECT listed.value FROM JSON_TABLE(", right);
                put(", '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed)", None);
            }
            (Operator::InPairs, Sql::Sqlite) => {
                put("", left);
                put(
                    " IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(",
                    right,
                );
                put("))", None);
            }
            (Operator::InPairs, Sql::Postgresql) => {
                put("", left);
                put(" IN (SELECT pair ->> 0, (pair ->> 1)::bigint FROM json_array_elements(", right);
                put("::json) AS pair)", None);
            }
            (Operator::InPairs, Sql::MariaDb | Sql::Mysql) => {
                put("", left);
                put(" IN (SELECT listed.a, listed.b FROM JSON_TABLE(", right);
                let text = self.exact_text(super::SHORT_TEXT);
                put(
                    &format!(", '$[*]' COLUMNS (a {text} PATH '$[0]', b BIGINT PATH '$[1]')) AS listed)"),
                    None,
                );
            }
            (Operator::Like, Sql::Sqlite) => {
                put("", left);
                put(" LIKE ", right);
            }
            // SQLite knows no escape either.
            (Operator::Like, Sql::Postgresql) => {
                put("", left);
                put(" LIKE ", right);
                put(" ESCAPE ''", None);
            }
            (Operator::Like, Sql::MariaDb | Sql::Mysql) => {
                put("", left);
                put(&format!(" COLLATE {} LIKE ", self.exact_collation()), right);
                put(" ESCAPE ''", None);
            }
            (Operator::Ilike, Sql::Sqlite) => {
                put("lower(", left);
                put(") LIKE lower(", right);
                put(")", None);
            }
            (Operator::Ilike, Sql::Postgresql) => {
                put("", left);
                put(" ILIKE ", right);
                put(" ESCAPE ''", None);
            }
            (Operator::Ilike, Sql::MariaDb | Sql::Mysql) => {
                put("lower(", left);
                put(&format!(") COLLATE {} LIKE lower(", self.exact_collation()), right);
                put(") ESCAPE ''", None);
            }
        }
    }

    /// Equality of texts where the column may be one that Python MLflow made, with a collation to which `a` and `A` are one:
    /// its index finds both, and the bytes tell them apart.
    fn exactly(self, left: &Expr, is_equal: bool, right: &Expr, sql: &mut impl SqlWriter) {
        let mut put = |before: &str, expr: &Expr| {
            write(sql, before);
            self.prepare_expr(expr, sql);
        };
        if is_equal {
            put("(", left);
            put(" = ", right);
            put(" AND CAST(", left);
            put(" AS BINARY) = CAST(", right);
            write(sql, " AS BINARY))");
        } else {
            put("(CAST(", left);
            put(" AS BINARY) <> CAST(", right);
            write(sql, " AS BINARY))");
        }
    }

    fn exact_text(self, length: u32) -> String {
        format!("VARCHAR({length}) CHARACTER SET utf8mb4 COLLATE {}", self.exact_collation())
    }

    fn exact_collation(self) -> &'static str {
        self.sql.exact_collation().unwrap_or_default()
    }

    /// What stands for a function of ours.
    fn function(self, name: &str, arguments: &[Expr], sql: &mut impl SqlWriter) -> bool {
        if let (super::JSON_TEXT, [column, Expr::Value(Value::String(Some(key)))]) = (name, arguments) {
            self.json_text(column, key, sql);
            return true;
        }
        let [argument] = arguments else { return false };
        let around = match (name, self.sql) {
            (super::PLAIN_TEXT, Sql::Sqlite | Sql::Postgresql) => ("", ""),
            (super::PLAIN_TEXT, Sql::MariaDb | Sql::Mysql) => {
                write(sql, "CONVERT(");
                self.prepare_expr(argument, sql);
                write(sql, " USING utf8mb4) COLLATE ");
                write(sql, self.exact_collation());
                return true;
            }
            (super::NOT_BY_INDEX, Sql::Sqlite) => ("+", ""),
            (super::NOT_BY_INDEX, _) => ("", ""),
            (super::JSON_LIST, Sql::Sqlite) => ("json_group_array(", ")"),
            (super::JSON_LIST, Sql::Postgresql) => ("json_agg(", ")::text"),
            // MariaDB's json_arrayagg cuts texts beyond ASCII within a character.
            (super::JSON_LIST, Sql::MariaDb | Sql::Mysql) => {
                ("concat('[', group_concat(json_quote(", ")), ']')")
            }
            (super::LATER, Sql::Sqlite | Sql::Postgresql) => ("excluded.", ""),
            (super::LATER, Sql::MariaDb | Sql::Mysql) => {
                write(
                    sql,
                    "IF((VALUES(step), VALUES(timestamp), VALUES(value)) > (step, timestamp, value), VALUES(",
                );
                self.prepare_expr(argument, sql);
                write(sql, "), ");
                self.prepare_expr(argument, sql);
                write(sql, ")");
                return true;
            }
            _ => return false,
        };
        write(sql, around.0);
        self.prepare_expr(argument, sql);
        write(sql, around.1);
        true
    }
}

impl Renderer {
    fn json_text(self, column: &Expr, key: &str, sql: &mut impl SqlWriter) {
        let mut put = |before: &str, after: &str| {
            write(sql, before);
            self.prepare_expr(column, sql);
            write(sql, after);
        };
        match self.sql {
            // Only a CASE keeps json_extract away from what is not JSON: the terms of an AND run in any order.
            Sql::Sqlite => {
                put("CASE WHEN json_valid(", ") ");
                put("THEN json_extract(", &format!(", '$.\"{key}\"') END"));
            }
            // It can't tell whether a text is JSON before version 16. The text of a key and its value is found as such: a quote
            // within a text has a backslash before it.
            Sql::Postgresql => {
                let key = key.replace('.', "[.]");
                put("substring(", &format!(" from '\"{key}\" *: *\"([^\"\\\\]*)\"')"));
            }
            Sql::MariaDb | Sql::Mysql => {
                put("CASE WHEN json_valid(", ") ");
                put("THEN json_unquote(json_extract(", &format!(", '$.\"{key}\"')) END"));
            }
        }
    }
}

/// Writing to a text does not fail.
fn write(sql: &mut impl SqlWriter, text: &str) {
    let _ = sql.write_str(text);
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(Value::String(Some(_))))
}

impl QuotedBuilder for Renderer {
    fn quote(&self) -> Quote {
        stock!(self, quote())
    }
}

impl EscapeBuilder for Renderer {}
impl TableRefBuilder for Renderer {}

impl OperLeftAssocDecider for Renderer {
    fn well_known_left_associative(&self, op: &BinOper) -> bool {
        stock!(self, well_known_left_associative(op))
    }
}

impl PrecedenceDecider for Renderer {
    fn inner_expr_well_known_greater_precedence(&self, inner: &Expr, outer: &Oper) -> bool {
        stock!(self, inner_expr_well_known_greater_precedence(inner, outer))
    }
}

/// What sea-query's three builders do differently from its common one, as far as the statements of this crate have it.
impl QueryBuilder for Renderer {
    fn placeholder(&self) -> (&'static str, bool) {
        stock!(self, placeholder())
    }

    fn prepare_expr(&self, expr: &Expr, sql: &mut impl SqlWriter) {
        match expr {
            Expr::Binary(left, BinOper::Custom(name), right)
                if let Some(operator) = Operator::named(name) =>
            {
                self.operator(left, operator, right, sql);
            }
            Expr::Binary(left, op @ (BinOper::Equal | BinOper::NotEqual), right)
                if self.is_inexact && is_text(right) =>
            {
                self.exactly(left, *op == BinOper::Equal, right, sql);
            }
            Expr::Unary(UnOper::Not, inner) if self.sql == Sql::Postgresql => match &**inner {
                // It would look at the whole array for every row; a subquery it hashes.
                Expr::Binary(left, BinOper::Custom(name), right)
                    if let Some(
                        operator @ (Operator::InTexts | Operator::InLongTexts | Operator::InIntegers),
                    ) = Operator::named(name) =>
                {
                    let cast = if operator == Operator::InIntegers { "::bigint" } else { "" };
                    write(sql, "NOT (");
                    self.prepare_expr(left, sql);
                    write(sql, " IN (SELECT (json_array_elements_text(");
                    self.prepare_expr(right, sql);
                    write(sql, &format!("::json)){cast}))"));
                }
                _ => self.prepare_expr_common(expr, sql),
            },
            Expr::FunctionCall(call) => {
                if let Func::Custom(name) = call.get_func()
                    && self.function(&name.inner(), call.get_args(), sql)
                {
                    return;
                }
                self.prepare_expr_common(expr, sql);
            }
            _ => self.prepare_expr_common(expr, sql),
        }
    }

    fn prepare_query_statement(&self, query: &SubQueryStatement, sql: &mut impl SqlWriter) {
        match query {
            SubQueryStatement::SelectStatement(statement) => self.prepare_select_statement(statement, sql),
            SubQueryStatement::InsertStatement(statement) => self.prepare_insert_statement(statement, sql),
            SubQueryStatement::UpdateStatement(statement) => self.prepare_update_statement(statement, sql),
            SubQueryStatement::DeleteStatement(statement) => self.prepare_delete_statement(statement, sql),
            SubQueryStatement::WithStatement(statement) => self.prepare_with_query(statement, sql),
        }
    }

    fn prepare_value(&self, value: Value, sql: &mut impl SqlWriter) {
        sql.push_param(value, self);
    }

    fn prepare_union_statement(
        &self,
        union_type: UnionType,
        select_statement: &SelectStatement,
        sql: &mut impl SqlWriter,
    ) {
        let kind = match union_type {
            UnionType::Intersect => " INTERSECT ",
            UnionType::Distinct => " UNION ",
            UnionType::Except => " EXCEPT ",
            // There are no others.
            _ => " UNION ALL ",
        };
        // SQLite's grammar has no parentheses there.
        let (before, after) = if self.sql == Sql::Sqlite { ("", "") } else { ("(", ")") };
        write(sql, kind);
        write(sql, before);
        self.prepare_select_statement(select_statement, sql);
        write(sql, after);
    }

    fn prepare_select_lock(&self, lock: &LockClause, sql: &mut impl SqlWriter) {
        stock!(self, prepare_select_lock(lock, sql));
    }

    fn prepare_select_into(&self, into: &SelectInto, sql: &mut impl SqlWriter) {
        stock!(self, prepare_select_into(into, sql));
    }

    fn prepare_explain_statement(&self, explain: &ExplainStatement, sql: &mut impl SqlWriter) {
        stock!(self, prepare_explain_statement(explain, sql));
    }

    fn prepare_order_expr(&self, order: &OrderExpr, sql: &mut impl SqlWriter) {
        stock!(self, prepare_order_expr(order, sql));
    }

    fn prepare_on_conflict_target(&self, target: &OnConflictTarget, sql: &mut impl SqlWriter) {
        stock!(self, prepare_on_conflict_target(target, sql));
    }

    fn prepare_on_conflict_action(&self, action: &Option<OnConflictAction>, sql: &mut impl SqlWriter) {
        match action {
            Some(OnConflictAction::Update(_)) => self.prepare_on_conflict_action_common(action, sql),
            _ => stock!(self, prepare_on_conflict_action(action, sql)),
        }
    }

    fn prepare_on_conflict_keywords(&self, sql: &mut impl SqlWriter) {
        stock!(self, prepare_on_conflict_keywords(sql));
    }

    fn prepare_on_conflict_do_update_keywords(&self, sql: &mut impl SqlWriter) {
        stock!(self, prepare_on_conflict_do_update_keywords(sql));
    }

    fn prepare_on_conflict_excluded_table(&self, column: &DynIden, sql: &mut impl SqlWriter) {
        stock!(self, prepare_on_conflict_excluded_table(column, sql));
    }

    fn prepare_on_conflict_condition(&self, condition: &ConditionHolder, sql: &mut impl SqlWriter) {
        if !self.is_mysql() {
            self.prepare_condition(condition, "WHERE", sql);
        }
    }

    fn prepare_returning(&self, returning: &Option<ReturningClause>, sql: &mut impl SqlWriter) {
        stock!(self, prepare_returning(returning, sql));
    }

    fn lock_phrase(&self, lock: LockType) -> &'static str {
        stock!(self, lock_phrase(lock))
    }
}
