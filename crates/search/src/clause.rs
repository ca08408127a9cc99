//! Tokens to clauses: `identifier comparator operand`, whatever entity they are about.

use crate::ast::{Comparator, join_names, trim_backticks};
use crate::error::{Fault, Place, SearchError, shorten};
use crate::lexer::{Quote, Token, TokenKind, lex};
use crate::limits;
use crate::operand::Operand;

/// One condition before its names are looked up.
#[derive(Debug)]
pub(crate) struct Clause<'a> {
    pub(crate) identifier: Identifier<'a>,
    pub(crate) operator: Operator<'a>,
    pub(crate) operand: Operand<'a>,
}

/// A name as the text spells it, quotes taken off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name<'a> {
    pub(crate) text: &'a str,
    pub(crate) quote: Option<Quote>,
    pub(crate) place: Place<'a>,
}

impl<'a> Name<'a> {
    fn of(token: &Token<'a>) -> Self {
        let quote = match token.kind {
            TokenKind::Quoted(quote) => Some(quote),
            _ => None,
        };
        let text = match quote {
            // As in MLflow, "`key`" is the key without its backticks.
            Some(Quote::Single | Quote::Double) => trim_backticks(token.inner()),
            _ => token.inner(),
        };
        Self { text, quote, place: token.place }
    }
}

/// `key` or `entity.key`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identifier<'a> {
    pub(crate) entity: Option<Name<'a>>,
    pub(crate) key: Name<'a>,
}

impl<'a> Identifier<'a> {
    pub(crate) fn place(&self) -> Place<'a> {
        self.entity.map_or(self.key.place, |entity| entity.place.to(self.key.place))
    }

    /// The error for a key that is none of `valid`. `kind` says of what, as in "Invalid attribute key".
    pub(crate) fn unknown_key(
        &self,
        kind: &str,
        valid: impl IntoIterator<Item = &'static str>,
    ) -> SearchError {
        self.key.place.error(format!(
            "Invalid {kind} key '{}' specified. Valid keys are '{}'",
            shorten(self.key.text),
            join_names(valid)
        ))
    }

    /// The identifier without quotes round its entity, or round entity and key together.
    fn unquoted(self) -> Self {
        if let Some(entity) = self.entity {
            return Self { entity: Some(Name { quote: None, ..entity }), ..self };
        }
        match self.key.text.split_once('.').filter(|_| self.key.quote.is_some()) {
            Some((entity, key)) => Self {
                entity: Some(Name { text: entity, quote: None, ..self.key }),
                key: Name { text: key, ..self.key },
            },
            None => self,
        }
    }
}

/// A comparator, known or not: which ones are valid, the field decides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operator<'a> {
    comparator: Option<Comparator>,
    place: Place<'a>,
}

impl Operator<'_> {
    pub(crate) fn tests_presence(&self) -> bool {
        self.comparator.is_some_and(Comparator::tests_presence)
    }

    /// The comparator, if it is one of `allowed`.
    pub(crate) fn among(&self, allowed: &[Comparator]) -> Result<Comparator, SearchError> {
        self.comparator.filter(|comparator| allowed.contains(comparator)).ok_or_else(|| {
            let names: Vec<_> = allowed.iter().map(|comparator| comparator.as_str()).collect();
            self.place.error(format!(
                "Invalid comparator '{}' not one of '{}'",
                shorten(self.place.text()),
                names.join("', '")
            ))
        })
    }
}

/// The clauses of a filter, in order.
pub(crate) fn clauses(filter: &str) -> Result<Vec<Clause<'_>>, SearchError> {
    if filter.len() > limits::FILTER_BYTES {
        let message = format!("Invalid filter: longer than {} bytes", limits::FILTER_BYTES);
        return Err(Place::end_of(filter).error(message));
    }
    let tokens = lex(filter).map_err(Fault::in_filter)?;
    let mut parser = Parser::new(filter, tokens);
    let mut clauses = Vec::new();
    loop {
        while parser.next_if(|token| token.is_keyword("AND")).is_some() {}
        let Some(token) = parser.peek() else { return Ok(clauses) };
        if token.kind == TokenKind::Semicolon && parser.has_more_than(1) {
            return Err(token.place.error(format!(
                "Search filter contained multiple expression '{}'. Provide AND-ed expression list.",
                shorten(filter)
            )));
        }
        if clauses.len() == limits::CONDITIONS {
            let message = format!("Invalid filter: more than {} conditions", limits::CONDITIONS);
            return Err(token.place.error(message));
        }
        clauses.push(parser.clause().map_err(Fault::in_filter)?);
    }
}

/// The identifier of one order_by clause, and whether the order is ascending.
///
/// Before ASC or DESC, quotes may stand round the entity, or round entity and key together (`` `metrics.a b` DESC``):
/// MLflow takes them off there, though not in a filter nor where the direction is left out.
pub(crate) fn order_clause(clause: &str) -> Result<(Identifier<'_>, bool), SearchError> {
    let tokens = lex(clause).map_err(Fault::in_order_by)?;
    if clause.trim() != clause {
        let place = Place::new(clause, 0, clause.len());
        return Err(Fault::new(place, "white space at its start or end").in_order_by());
    }
    let mut parser = Parser::new(clause, tokens);
    let identifier = parser.identifier().map_err(Fault::in_order_by)?;
    let direction = parser.next_if(|token| token.kind == TokenKind::Word);
    if let Some(rest) = parser.peek() {
        return Err(Fault::new(rest.place, "expected the end").in_order_by());
    }
    match direction {
        None => Ok((identifier, true)),
        Some(word) if word.is_keyword("ASC") => Ok((identifier.unquoted(), true)),
        Some(word) if word.is_keyword("DESC") => Ok((identifier.unquoted(), false)),
        Some(word) => {
            let detail = "Invalid ordering key in order_by clause, expected ASC or DESC";
            Err(Fault::new(word.place, detail).in_order_by())
        }
    }
}

/// The clauses of an order_by, each interpreted by `interpret`.
pub(crate) fn order_clauses<'a, T>(
    order_by: &'a [impl AsRef<str>],
    interpret: impl Fn(Identifier<'a>, bool) -> Result<T, SearchError>,
) -> Result<Vec<T>, SearchError> {
    if let Some(excess) = order_by.get(limits::ORDER_BY_CLAUSES) {
        let message = format!("Invalid order_by: more than {} clauses", limits::ORDER_BY_CLAUSES);
        return Err(Place::new(excess.as_ref(), 0, excess.as_ref().len()).error(message));
    }
    order_by
        .iter()
        .map(|clause| {
            let clause = clause.as_ref();
            if clause.len() > limits::ORDER_BY_BYTES {
                let message =
                    format!("Invalid order_by clause: longer than {} bytes", limits::ORDER_BY_BYTES);
                return Err(Place::end_of(clause).error(message));
            }
            order_clause(clause).and_then(|(identifier, ascending)| interpret(identifier, ascending))
        })
        .collect()
}

/// The orders without their places; a field that comes twice is refused, as MLflow's SQL stores do.
pub(crate) fn no_field_twice<T, F: PartialEq>(
    orders: Vec<(Place<'_>, T)>,
    field: impl Fn(&T) -> F,
) -> Result<Vec<T>, SearchError> {
    let mut seen = Vec::new();
    let mut unique = Vec::with_capacity(orders.len());
    for (place, order) in orders {
        let field = field(&order);
        if seen.contains(&field) {
            return Err(place.error("`order_by` contains duplicate fields"));
        }
        seen.push(field);
        unique.push(order);
    }
    Ok(unique)
}

struct Parser<'a> {
    source: &'a str,
    tokens: std::iter::Peekable<std::vec::IntoIter<Token<'a>>>,
}

impl<'a> Parser<'a> {
    fn new(source: &'a str, tokens: Vec<Token<'a>>) -> Self {
        Self { source, tokens: tokens.into_iter().peekable() }
    }

    fn peek(&mut self) -> Option<Token<'a>> {
        self.tokens.peek().copied()
    }

    fn has_more_than(&self, count: usize) -> bool {
        self.tokens.len() > count
    }

    fn next_if(&mut self, accept: impl Fn(&Token<'a>) -> bool) -> Option<Token<'a>> {
        self.tokens.next_if(|token| accept(token))
    }

    /// What to say at the next token, which is not what the grammar has here.
    fn unexpected(&mut self, expected: &str) -> Fault<'a> {
        match self.peek() {
            Some(token) => {
                Fault::new(token.place, format!("expected {expected}, found '{}'", shorten(token.text())))
            }
            None => Fault::new(Place::end_of(self.source), format!("expected {expected}, found the end")),
        }
    }

    fn clause(&mut self) -> Result<Clause<'a>, Fault<'a>> {
        let identifier = self.identifier()?;
        let operator = self.operator()?;
        let operand = match operator.comparator {
            Some(comparator) if comparator.tests_presence() => Operand::Absent,
            Some(comparator) if comparator.takes_list() => match self.peek() {
                Some(Token { kind: TokenKind::Open, .. }) => self.operand()?,
                _ => return Err(self.unexpected(&format!("a parenthesised list after {comparator}"))),
            },
            _ => self.operand()?,
        };
        Ok(Clause { identifier, operator, operand })
    }

    fn identifier(&mut self) -> Result<Identifier<'a>, Fault<'a>> {
        let first = match self.peek() {
            Some(token) if token.is_keyword("OR") => {
                let detail = "OR is not supported: conditions are joined by AND";
                return Err(Fault::new(token.place, detail));
            }
            Some(token) => match token.kind {
                TokenKind::Word | TokenKind::Quoted(Quote::Double | Quote::Backtick) => token,
                TokenKind::Number | TokenKind::Quoted(Quote::Single) => {
                    let found = shorten(token.text());
                    return Err(Fault::new(
                        token.place,
                        format!("Invalid comparison clause. Expected 'Identifier' found '{found}'"),
                    ));
                }
                TokenKind::Open => {
                    return Err(Fault::new(token.place, "conditions cannot stand in parentheses"));
                }
                _ => return Err(self.unexpected("a field such as metrics.loss, params.depth or status")),
            },
            None => return Err(self.unexpected("a field such as metrics.loss, params.depth or status")),
        };
        self.tokens.next();
        let Some(dot) = self.next_if(|token| token.kind == TokenKind::Dot) else {
            return Ok(Identifier { entity: None, key: Name::of(&first) });
        };
        let key = self.key(first.place, dot)?;
        Ok(Identifier { entity: Some(Name::of(&first)), key })
    }

    /// What follows the dot after an entity: one quoted name, or words joined by dots.
    fn key(&mut self, entity: Place<'a>, dot: Token<'a>) -> Result<Name<'a>, Fault<'a>> {
        const NO_SPACE: &str = "a key that follows its dot at once; quote a key that holds other characters";
        if !entity.touches(dot.place) {
            return Err(Fault::new(dot.place, "white space before a dot"));
        }
        let follows = |at: Place<'a>| move |token: &Token<'a>| at.touches(token.place);
        let mut name = match self.next_if(follows(dot.place)) {
            Some(token) if matches!(token.kind, TokenKind::Word | TokenKind::Quoted(_)) => Name::of(&token),
            Some(token) => {
                let detail = format!("expected {NO_SPACE}, found '{}'", shorten(token.text()));
                return Err(Fault::new(token.place, detail));
            }
            None => return Err(self.unexpected(NO_SPACE)),
        };
        while let Some(dot) = self.next_if(|token| token.kind == TokenKind::Dot) {
            let next = self.next_if(|token| token.kind == TokenKind::Word && dot.place.touches(token.place));
            match next {
                Some(word) if name.quote.is_none() && name.place.touches(dot.place) => {
                    let place = name.place.to(word.place);
                    name = Name { text: place.text(), quote: None, place };
                }
                _ => {
                    let detail = "a key is either quoted as a whole or words joined by dots";
                    return Err(Fault::new(dot.place, detail));
                }
            }
        }
        Ok(name)
    }

    fn operator(&mut self) -> Result<Operator<'a>, Fault<'a>> {
        const EXPECTED: &str = "a comparator after the field (a key that holds other characters is quoted)";
        if let Some(symbol) = self.next_if(|token| token.kind == TokenKind::Operator) {
            return Ok(Operator { comparator: Comparator::from_symbol(symbol.text()), place: symbol.place });
        }
        // Comparators of SQL that no field takes: the field's error then lists those that it does.
        let foreign = |token: &Token<'_>| ["RLIKE", "REGEXP"].iter().any(|keyword| token.is_keyword(keyword));
        for (keyword, comparator) in
            [("LIKE", Comparator::Like), ("ILIKE", Comparator::ILike), ("IN", Comparator::In)]
        {
            if let Some(word) = self.next_if(|token| token.is_keyword(keyword)) {
                return Ok(Operator { comparator: Some(comparator), place: word.place });
            }
        }
        if let Some(word) = self.next_if(foreign) {
            return Ok(Operator { comparator: None, place: word.place });
        }
        if let Some(not) = self.next_if(|token| token.is_keyword("NOT")) {
            if let Some(word) = self.next_if(|token| token.is_keyword("IN")) {
                return Ok(Operator { comparator: Some(Comparator::NotIn), place: not.place.to(word.place) });
            }
            let negated =
                |token: &Token<'_>| foreign(token) || token.is_keyword("LIKE") || token.is_keyword("ILIKE");
            return match self.next_if(negated) {
                Some(word) => Ok(Operator { comparator: None, place: not.place.to(word.place) }),
                None => Err(self.unexpected("IN after NOT")),
            };
        }
        if let Some(is) = self.next_if(|token| token.is_keyword("IS")) {
            let not = self.next_if(|token| token.is_keyword("NOT"));
            let comparator = if not.is_some() { Comparator::IsNotNull } else { Comparator::IsNull };
            return match self.next_if(|token| token.is_keyword("NULL")) {
                Some(null) => Ok(Operator { comparator: Some(comparator), place: is.place.to(null.place) }),
                None => Err(self.unexpected("NULL or NOT NULL after IS")),
            };
        }
        Err(self.unexpected(EXPECTED))
    }

    fn operand(&mut self) -> Result<Operand<'a>, Fault<'a>> {
        let Some(token) = self.peek() else { return Err(self.unexpected("a value")) };
        match token.kind {
            TokenKind::Number => {
                self.tokens.next();
                Ok(Operand::Number(token.place))
            }
            TokenKind::Quoted(Quote::Single | Quote::Double) => {
                if token.inner().len() > limits::STRING_BYTES {
                    let detail = format!("a string of more than {} bytes", limits::STRING_BYTES);
                    return Err(Fault::new(token.place, detail));
                }
                self.tokens.next();
                Ok(Operand::Text { text: token.inner(), place: token.place })
            }
            TokenKind::Word | TokenKind::Quoted(Quote::Backtick) => {
                Ok(Operand::Name(self.identifier()?.place()))
            }
            TokenKind::Open => self.list(),
            _ => Err(self.unexpected("a number or a quoted string")),
        }
    }

    fn list(&mut self) -> Result<Operand<'a>, Fault<'a>> {
        let Some(open) = self.tokens.next() else { return Err(self.unexpected("a list")) };
        let mut tokens = Vec::new();
        loop {
            match self.tokens.next() {
                Some(close) if close.kind == TokenKind::Close => {
                    return Ok(Operand::List { tokens, place: open.place.to(close.place) });
                }
                Some(nested) if nested.kind == TokenKind::Open => {
                    return Err(Fault::new(nested.place, "parentheses do not nest"));
                }
                Some(token) => tokens.push(token),
                None => return Err(Fault::new(open.place, "the parenthesis ( is not closed")),
            }
        }
    }
}
