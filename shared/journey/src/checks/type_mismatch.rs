//! `type-mismatch`: values that do not go together.

use expression::{BinaryOperator, Expr, ExprKind, functions};

use super::context::Context;
use super::types::{Type, Types, is_arithmetic};
use super::{Check, Report};

pub(super) const CHECK: Check = check!(
    "type-mismatch",
    Warning,
    "These values do not go together.",
    "A text is compared with a number, something that is no number is calculated with, or a function is given what it \
     cannot use. A comparison of unlike values never holds, and a calculation with them stops with an error. Texts are \
     joined with `&` or inside of one: \"@name is @age\".",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for (place, formula) in context.formulas() {
        formula.walk(&mut |node| {
            if let Some((message, hint)) = mismatch(node, &context.types) {
                report.add(place, message, hint);
            }
        });
    }
}

fn mismatch(node: &Expr, types: &Types<'_>) -> Option<(String, &'static str)> {
    match &node.kind {
        ExprKind::Binary { operator, left, right } => {
            let kinds = (types.of(left), types.of(right));
            if is_arithmetic(*operator) {
                calculated(*operator, left, kinds.0).or_else(|| calculated(*operator, right, kinds.1))
            } else {
                compared(*operator, (left, kinds.0), (right, kinds.1))
            }
        }
        ExprKind::Negate(inner) => calculated(BinaryOperator::Subtract, inner, types.of(inner)),
        ExprKind::Call { name, arguments } => {
            let function = functions::find(name.key())?;
            let names = function.documentation.arguments;
            arguments.iter().enumerate().find_map(|(index, argument)| {
                let (_, meaning) = names.get(index)?;
                let kind = types.of(&argument.value);
                if takes(meaning, kind) && !is_idle_test(function.name, index, &argument.value) {
                    return None;
                }
                let meaning = meaning.split(';').next().unwrap_or(meaning);
                let message = format!("`{}` takes {meaning}, and `{}` is {}.", function.name, argument.value, kind.name());
                Some((message, "Give it what it takes."))
            })
        }
        _ => None,
    }
}

fn calculated(operator: BinaryOperator, operand: &Expr, kind: Type) -> Option<(String, &'static str)> {
    let hint = match kind {
        Type::Any | Type::Number | Type::Text => return None,
        Type::Date | Type::Moment | Type::Time => "Use `datetime_add` to move dates and times.",
        Type::Words if operator == BinaryOperator::Add => "Join texts with `&`.",
        _ => "Only numbers can be calculated with.",
    };
    Some((format!("`{operand}` is {}; `{}` needs numbers.", kind.name(), operator.symbol()), hint))
}

fn compared(
    operator: BinaryOperator,
    (left, left_kind): (&Expr, Type),
    (right, right_kind): (&Expr, Type),
) -> Option<(String, &'static str)> {
    use BinaryOperator as B;
    let is_order = matches!(operator, B::Less | B::LessOrEqual | B::Greater | B::GreaterOrEqual);
    if !is_order && !matches!(operator, B::Equal | B::NotEqual) {
        return None;
    }
    let has_order = |kind: Type| !matches!(kind, Type::List | Type::Map | Type::Lambda);
    if are_alike(left_kind, right_kind) && (!is_order || (has_order(left_kind) && has_order(right_kind))) {
        return None;
    }
    let message =
        format!("`{left}` is {} and `{right}` is {}; they cannot be compared.", left_kind.name(), right_kind.name());
    Some((message, "Compare values of the same kind."))
}

/// Whether one value of each kind can be equal.
fn are_alike(left: Type, right: Type) -> bool {
    use Type as T;
    let vague = |kind| matches!(kind, T::Any | T::Text | T::Nothing);
    let scalar = |kind| !matches!(kind, T::List | T::Map | T::Lambda);
    match (left, right) {
        (T::Any | T::Nothing, _) | (_, T::Any | T::Nothing) => true,
        (T::Date, T::Moment) | (T::Moment, T::Date) => true,
        _ => left == right || ((vague(left) || vague(right)) && scalar(left) && scalar(right)),
    }
}

/// Whether an argument with this meaning, as the documentation of functions puts it, may be of this kind.
fn takes(meaning: &str, kind: Type) -> bool {
    use Type as T;
    if kind == T::Any || kind == T::Nothing {
        return true;
    }
    let meaning = meaning.split([';', ',']).next().unwrap_or(meaning);
    match meaning {
        "a text" => !matches!(kind, T::List | T::Map | T::Lambda),
        "a number" | "a whole number" => matches!(kind, T::Number | T::Text),
        "a list" => kind == T::List,
        "a date or moment" => matches!(kind, T::Date | T::Moment | T::Text),
        _ if meaning.starts_with("a lambda") => kind == T::Lambda,
        _ => true,
    }
}

/// Whether a text is looked for in a number that is written there, and so is no text somebody wrote.
fn is_idle_test(function: &str, index: usize, argument: &Expr) -> bool {
    let looks_at_texts = ["has_phrase", "has_only_phrase", "has_only_text", "has_any_word", "has_all_words", "has_text"];
    let is_constant = matches!(argument.kind, ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_));
    index == 0 && is_constant && looks_at_texts.contains(&function)
}
