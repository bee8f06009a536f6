//! What kind of value an expression gives, as far as that is certain.

use std::collections::HashMap;

use expression::{BinaryOperator, Expr, ExprKind, TemplatePiece, functions};

use super::context::Node;
use super::reads::field;
use super::{FieldKind, Surroundings};
use crate::statements::Action;

/// A kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// Not known, or one of several.
    Any,
    Nothing,
    Bool,
    Number,
    /// A text that spells nothing else: no number, date or boolean.
    Words,
    /// A computed text, which may spell something else.
    Text,
    Date,
    Time,
    Moment,
    List,
    Map,
    Lambda,
}

impl Type {
    /// With its article, for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Nothing => "nothing",
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Words | Self::Text => "a text",
            Self::Date => "a date",
            Self::Time => "a time of day",
            Self::Moment => "a date and time",
            Self::List => "a list",
            Self::Map => "a map",
            Self::Lambda => "a lambda",
        }
    }

    /// What either of two values is.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (same, other) if same == other => same,
            (Self::Words | Self::Text, Self::Words | Self::Text) => Self::Text,
            _ => Self::Any,
        }
    }

    /// The kind a function's documentation names as its result.
    fn of_result(result: &str) -> Self {
        let kinds = [
            ("boolean", Self::Bool),
            ("number", Self::Number),
            ("text", Self::Text),
            ("date and time", Self::Moment),
            ("date", Self::Date),
            ("time", Self::Time),
            ("list", Self::List),
            ("map or list", Self::Any),
            ("map", Self::Map),
        ];
        let is_named =
            |kind: &str| result.strip_prefix(kind).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
        kinds.iter().find(|(kind, _)| is_named(kind)).map_or(Self::Any, |(_, kind)| *kind)
    }

    fn of_text(text: &str) -> Self {
        let is_word = text.chars().any(char::is_alphabetic) && !text.bytes().any(|byte| byte.is_ascii_digit());
        let is_boolean = ["true", "false"].iter().any(|word| text.trim().eq_ignore_ascii_case(word));
        if is_word && !is_boolean { Self::Words } else { Self::Text }
    }
}

/// The kinds of fields and variables.
#[derive(Debug)]
pub(super) struct Types<'a> {
    surroundings: &'a Surroundings<'a>,
    variables: HashMap<String, Type>,
}

impl<'a> Types<'a> {
    pub(super) fn new(cards: &[Node<'a>], surroundings: &'a Surroundings<'a>) -> Self {
        let mut types = Self { surroundings, variables: HashMap::new() };
        let mut found: HashMap<String, Type> = HashMap::new();
        for site in cards.iter().flat_map(|node| &node.sites) {
            let Some(variable) = site.parts.sets else { continue };
            let kind = match site.action {
                // Other variables are not known yet, so what is computed from them is not either.
                Action::Assign(assign) => types.of(&assign.value),
                _ => Type::Any,
            };
            found.entry(variable.to_lowercase()).and_modify(|known| *known = known.or(kind)).or_insert(kind);
        }
        types.variables = found;
        types
    }

    /// The kind of value an expression gives.
    pub(super) fn of(&self, expr: &Expr) -> Type {
        match &expr.kind {
            ExprKind::Null => Type::Nothing,
            ExprKind::Bool(_) => Type::Bool,
            ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Negate(_) => Type::Number,
            ExprKind::Text(text) => Type::of_text(text),
            ExprKind::Interpolated(template) => {
                // A reference alone in a text gives what it refers to.
                let mut pieces = template.pieces();
                if let (Some(TemplatePiece::Expression(only)), None) = (pieces.next(), pieces.next()) {
                    return self.of(only);
                }
                let is_said = |piece| matches!(piece, TemplatePiece::Text(text) if Type::of_text(text) == Type::Words);
                if template.pieces().any(is_said) { Type::Words } else { Type::Text }
            }
            ExprKind::Date(_) => Type::Date,
            ExprKind::Time(_) => Type::Time,
            ExprKind::DateTime(_) => Type::Moment,
            ExprKind::List(_) => Type::List,
            ExprKind::Lambda(_) => Type::Lambda,
            ExprKind::Not(_) => Type::Bool,
            ExprKind::Binary { operator, left, right } => match operator {
                BinaryOperator::Concatenate => Type::Text,
                // `contact.nickname or ""`: one of the two values.
                BinaryOperator::Or => self.of(left).or(self.of(right)),
                operator if is_arithmetic(*operator) => Type::Number,
                _ => Type::Bool,
            },
            ExprKind::Call { name, arguments } => match (name.key(), arguments.as_slice()) {
                ("if", [_, yes, no]) => self.of(&yes.value).or(self.of(&no.value)),
                ("if", _) => Type::Any,
                _ => functions::find(name.key())
                    .map_or(Type::Any, |function| Type::of_result(function.documentation.result)),
            },
            ExprKind::Name(name) => self.variables.get(name.key()).copied().unwrap_or(Type::Any),
            ExprKind::Member { .. } => match field(expr) {
                Some(("contact", key, _)) => self.of_field(key),
                _ => Type::Any,
            },
            _ => Type::Any,
        }
    }

    fn of_field(&self, key: &str) -> Type {
        // Every contact has these, and nobody is called 3.
        if matches!(key, "name" | "surname" | "whatsapp_profile_name") {
            return Type::Words;
        }
        match self.surroundings.field(key).map(|field| field.kind) {
            Some(FieldKind::Number) => Type::Number,
            Some(FieldKind::Boolean) => Type::Bool,
            Some(FieldKind::Date) => Type::Date,
            Some(FieldKind::DateTime) => Type::Moment,
            Some(FieldKind::Location) => Type::Map,
            Some(FieldKind::Text | FieldKind::Choice) | None => Type::Any,
        }
    }
}

/// Whether an operator calculates with numbers.
pub(super) fn is_arithmetic(operator: BinaryOperator) -> bool {
    use BinaryOperator as B;
    matches!(operator, B::Add | B::Subtract | B::Multiply | B::Divide | B::Power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_says_what_it_gives() {
        let vague = ["the value", "the item", "the last value", "a date, a moment", "any value", "map or list"];
        for function in functions::all() {
            let result = function.documentation.result;
            let is_vague = vague.iter().any(|vague| result.starts_with(vague));
            assert_eq!(Type::of_result(result) == Type::Any, is_vague, "{}: {result}", function.name);
        }
    }

    #[test]
    fn texts_that_may_spell_something_else_are_not_certain() {
        for (text, kind) in [("adult", Type::Words), ("5", Type::Text), ("True", Type::Text), ("", Type::Text)] {
            assert_eq!(Type::of_text(text), kind, "{text}");
        }
        assert_eq!(Type::of_text("2026-11-25"), Type::Text);
    }
}
