//! Routers as ways to other cards.

use expression::{BinaryOperator, Expr, ExprKind, Name, Span, parse_template};

use super::actions::written;
use super::definition::{Case, Category, Node, Router};
use super::expressions::{category_of, variable_of};
use super::flow::{Reading, answer_of};
use super::left;
use crate::floip::formulas::{binary, call, from_expression, is_code, literal, number, reference, standing};
use crate::model::Formula;
use crate::statements::{Action, Assign, Experiment, Statement, Then};

/// How a flow ended in which nobody answered.
const EXPIRED: &str = "expired";
/// A test on the category of an earlier result.
pub(super) const HAS_CATEGORY: &str = "has_category";

/// Reads a router; gives the card that follows when no other does.
pub(super) fn read<'d>(
    router: &'d Router,
    node: &Node,
    statements: &mut Vec<Statement>,
    reading: &mut Reading<'d>,
) -> Option<String> {
    if router.kind == "random" {
        random(router, node, statements, reading);
        return None;
    }
    let operand = operand(router, node, statements, reading);
    if router.wait.as_ref().is_some_and(|wait| wait.kind.as_deref() == Some("dial")) {
        reading.problem(
            "not-as-it-was",
            "A call was forwarded here.".to_owned(),
            "Hand the conversation over instead.",
        );
    }
    reading.report_left("The split", &left::of(&router.rest, &["uuid", "_ui"]));
    for case in &router.cases {
        let Some(category) = category(router, &case.category_uuid) else {
            let message = format!("The case `{}` belongs to no category.", case.kind);
            reading.problem("not-as-it-was", message, "Export the flow again.");
            continue;
        };
        let guard = match test(case, &operand, router, reading) {
            Test::Holds(test) => Some(test.into()),
            Test::Always => None,
            Test::Never => continue,
        };
        let card = leads(category, router, node, reading).unwrap_or_else(|| reading.bridge("End", Vec::new(), None));
        statements.push(Action::Then(Then { card, guard }).into());
    }
    let default = router.default_category_uuid.as_deref().and_then(|default| category(router, default))?;
    leads(default, router, node, reading)
}

/// The card behind the category with an id.
pub(super) fn leads_by_id(id: &str, router: &Router, node: &Node, reading: &mut Reading<'_>) -> Option<String> {
    leads(category(router, id)?, router, node, reading)
}

/// Where a split by how a flow ended leads when nobody answered there.
pub(super) fn when_expired(router: &Router, node: &Node, reading: &mut Reading<'_>) -> Option<String> {
    if !matches!(subject(router, reading), Some(Subject::Child)) {
        let message = "When nobody answers the flow that is run, this one ends with it.".to_owned();
        reading.problem("not-as-it-was", message, "Say with `on_timeout:` where it goes on then.");
        return None;
    }
    let expired = router.cases.iter().find(|case| case.arguments.iter().any(|status| status == EXPIRED));
    let category = expired.map(|case| case.category_uuid.as_str()).or(router.default_category_uuid.as_deref())?;
    leads_by_id(category, router, node, reading)
}

fn category<'r>(router: &'r Router, id: &str) -> Option<&'r Category> {
    router.categories.iter().find(|category| category.uuid == id)
}

/// The card behind a category. One comes between when the category is looked at later.
fn leads(category: &Category, router: &Router, node: &Node, reading: &mut Reading<'_>) -> Option<String> {
    let to = reading.entry(node.behind(&category.exit_uuid));
    let result = router.result_name.as_deref().filter(|name| reading.needs_category(name));
    let Some(result) = result else { return to };
    let keeps = Assign { variable: category_of(result), value: Formula::text(&category.name) };
    Some(reading.bridge(&format!("{result} {}", category.name), vec![Action::Assign(keeps).into()], to))
}

/// What the cases look at: the answer, or a value. A result keeps it.
fn operand(router: &Router, node: &Node, statements: &mut Vec<Statement>, reading: &mut Reading<'_>) -> Expr {
    let name = router.result_name.as_deref().filter(|name| !name.is_empty());
    let waits = router.wait.is_some();
    let source = router.operand.as_deref().unwrap_or("@input.text");
    let is_answer = waits && matches!(source, "@input.text" | "@input" | "@(input.text)");
    if is_answer {
        statements.extend(name.map(written));
        return reference(&answer_of(node));
    }
    if subject(router, reading).is_some() {
        return Expr::new(ExprKind::Null, Span::default());
    }
    let value = reading.scope.read(source);
    let value = match bare(&value) {
        Some(bare) => Formula::from(bare),
        None => value,
    };
    let Some(name) = name else { return (*value).clone() };
    statements.push(Action::Assign(Assign { variable: variable_of(name), value: standing(value) }).into());
    statements.push(written(name));
    reference(&variable_of(name))
}

/// A text that is one reference, without the text around it.
fn bare(value: &Formula) -> Option<Expr> {
    let ExprKind::Interpolated(template) = &value.kind else { return None };
    let mut expressions = template.expressions();
    let only = expressions.next().filter(|_| expressions.next().is_none())?;
    let source = template.source();
    let is_all = [format!("@{only}"), format!("@({only})")].contains(&source.to_owned());
    (is_all && is_code(only)).then(|| only.clone())
}

/// What has no value of its own here.
enum Subject {
    /// How a flow ended that ran in between.
    Child,
    /// Whether a web service answered; its variable.
    Service(String),
    /// Whether the conversation was handed over.
    Ticket,
    /// How something went that was not imported.
    Missing(String),
    /// The groups of the contact.
    Groups,
}

fn subject(router: &Router, reading: &Reading<'_>) -> Option<Subject> {
    let operand = router.operand.as_deref()?;
    match operand.trim_start_matches('@').trim_matches(['(', ')']) {
        "child.status" | "child.run.status" => Some(Subject::Child),
        "contact.groups" => Some(Subject::Groups),
        path => {
            let result = path.strip_prefix("run.").unwrap_or(path).strip_prefix("results.")?;
            let asks = router.cases.iter().all(|case| case.kind == HAS_CATEGORY) && !router.cases.is_empty();
            let result = result.strip_suffix(".category").or(Some(result).filter(|_| asks))?;
            let variable = variable_of(result);
            let answers =
                |case: &Case| case.arguments.iter().any(|name| matches!(name.as_str(), "Success" | "Failure"));
            match reading.outcome(&variable)? {
                "open_ticket" => Some(Subject::Ticket),
                "call_webhook" => router.cases.iter().any(answers).then_some(Subject::Service(variable)),
                other => Some(Subject::Missing(other.to_owned())),
            }
        }
    }
}

/// The result a template is nothing but a reference to.
pub(super) fn result_of(operand: &str) -> Option<String> {
    let template = parse_template(operand);
    let reference = template.expressions().next().map(ToString::to_string)?;
    let result = reference.strip_prefix("run.").unwrap_or(&reference).strip_prefix("results.")?;
    Some(variable_of(result.split('.').next()?))
}

enum Test {
    Holds(Expr),
    Always,
    Never,
}

/// A test, with its words in all languages of the flow: an answer in any of them counts.
fn test<'d>(case: &'d Case, operand: &Expr, router: &Router, reading: &mut Reading<'d>) -> Test {
    let first = case.arguments.first().map(String::as_str).unwrap_or_default();
    match subject(router, reading) {
        Some(Subject::Child) if first == "completed" => return Test::Always,
        // The card says where it goes on then.
        Some(Subject::Child) if first == EXPIRED => return Test::Never,
        Some(Subject::Child) => {
            let message = format!("The way for a flow that ended as `{first}` is never taken.");
            reading.problem("not-as-it-was", message, "The journey goes on when the other one has ended, in any way.");
            return Test::Never;
        }
        Some(Subject::Ticket) if first == "Success" => return Test::Always,
        Some(Subject::Ticket) => return Test::Never,
        Some(Subject::Service(variable)) => {
            let ok =
                from_expression(&format!("{variable}.ok")).map_or_else(|_| reference(&variable), |ok| (*ok).clone());
            return Test::Holds(if first == "Success" { ok } else { call("not", vec![ok]) });
        }
        Some(Subject::Missing(action)) => {
            return unknown(case, &format!("`{action}` was not imported."), reading);
        }
        Some(Subject::Groups) => {
            let name = case.arguments.get(1).map(String::as_str).unwrap_or_default();
            return match reading.scope.groups.contains(first, name).filter(|_| case.kind == "has_group") {
                Some(test) => Test::Holds(test),
                None => unknown(case, "It does not say which group.", reading),
            };
        }
        None => {}
    }
    let mut all = vec![case.arguments.clone()];
    for arguments in reading.arguments(case) {
        if arguments.len() == case.arguments.len() {
            all.push(arguments);
        } else {
            let message = format!("What the case `{}` looks for in another language was left out.", case.kind);
            reading.problem("not-as-it-was", message, "It is not as much as in the language of the flow; add it.");
        }
    }
    let is_plain = |words: &String| !words.contains('@');
    if case.kind == "has_any_word" && all.len() > 1 && all.iter().flatten().all(is_plain) {
        all = vec![vec![words_of(&all)]];
    }
    let mut whole: Option<Expr> = None;
    for arguments in all {
        match test_with(case, &arguments, operand, router, reading) {
            Test::Holds(test) => {
                whole = Some(match whole {
                    Some(before) => binary(before, BinaryOperator::Or, test),
                    None => test,
                });
            }
            other if whole.is_none() => return other,
            _ => {}
        }
    }
    whole.map_or(Test::Never, Test::Holds)
}

/// The words of several lists of words, each once.
fn words_of(lists: &[Vec<String>]) -> String {
    let mut found: Vec<&str> = Vec::new();
    for word in lists.iter().flatten().flat_map(|words| words.split_whitespace()) {
        if !found.contains(&word) {
            found.push(word);
        }
    }
    found.join(" ")
}

fn test_with(case: &Case, arguments: &[String], operand: &Expr, router: &Router, reading: &mut Reading<'_>) -> Test {
    let arguments: Vec<Expr> = arguments.iter().map(|argument| value(argument, reading)).collect();
    let about = |name: &str, more: &[Expr]| call(name, [std::slice::from_ref(operand), more].concat());
    match (case.kind.as_str(), arguments.as_slice()) {
        ("has_number_between", [least, most]) => {
            let least = about("has_number_gte", std::slice::from_ref(least));
            let most = about("has_number_lte", std::slice::from_ref(most));
            Test::Holds(binary(least, BinaryOperator::And, most))
        }
        ("has_value", _) => Test::Holds(call("not", vec![about("is_nil_or_empty", &[])])),
        ("has_location", []) => Test::Holds(has(operand, "latitude")),
        ("has_media", []) => Test::Holds(has(operand, "kind")),
        ("has_image" | "has_audio" | "has_video" | "has_file", []) => {
            let kind = case.kind.trim_start_matches("has_").replace("file", "document");
            let field = Expr::new(member_of(operand, "kind"), Span::default());
            Test::Holds(binary(field, BinaryOperator::Equal, literal(&kind)))
        }
        ("has_error", _) => Test::Holds(about("is_error", &[])),
        (HAS_CATEGORY, [first, rest @ ..]) => {
            let Some(result) = router.operand.as_deref().and_then(result_of) else {
                return unknown(case, "It does not say which result.", reading);
            };
            let is = |name: &Expr| binary(reference(&category_of(&result)), BinaryOperator::Equal, name.clone());
            Test::Holds(rest.iter().fold(is(first), |all, name| binary(all, BinaryOperator::Or, is(name))))
        }
        (kind, arguments) => match expression::functions::find(kind) {
            Some(_) if kind.starts_with("has_") && kind != "has_group" => Test::Holds(about(kind, arguments)),
            _ => unknown(case, "There is no such test here.", reading),
        },
    }
}

fn member_of(operand: &Expr, field: &str) -> ExprKind {
    ExprKind::Member { base: Box::new(operand.clone()), field: Name::new(field) }
}

/// Whether an answer that is no text has a part.
fn has(operand: &Expr, field: &str) -> Expr {
    call("not", vec![call("is_nil_or_empty", vec![Expr::new(member_of(operand, field), Span::default())])])
}

fn unknown(case: &Case, why: &str, reading: &mut Reading<'_>) -> Test {
    let message = format!("The case `{}` never holds: {}", case.kind, why);
    reading.problem("not-as-it-was", message, "Write a condition that says the same.");
    Test::Never
}

/// An argument of a test: a number when it is one, a value with references, or a text.
fn value(argument: &str, reading: &mut Reading<'_>) -> Expr {
    match from_expression(argument).map(|formula| (*formula).clone()) {
        Ok(expr) if matches!(expr.kind, ExprKind::Int(_) | ExprKind::Float(_)) => expr,
        _ if argument.contains('@') => {
            let value = reading.scope.read(argument);
            bare(&value).unwrap_or_else(|| (*value).clone())
        }
        _ => literal(argument),
    }
}

/// A split by chance.
fn random(router: &Router, node: &Node, statements: &mut Vec<Statement>, reading: &mut Reading<'_>) {
    let hint = "Here the same contact always goes the same way.";
    reading.problem("not-as-it-was", "A split by chance became an experiment.".to_owned(), hint);
    let mut arms = Vec::new();
    for category in &router.categories {
        let to = reading.entry(node.behind(&category.exit_uuid));
        let name = if category.name.is_empty() { "Way" } else { &category.name };
        arms.push((reading.bridge(name, Vec::new(), to), number(1)));
    }
    let result = router.result_name.as_deref().filter(|name| !name.is_empty());
    let name = reading.experiments.unique(&result.map_or_else(|| "split".to_owned(), variable_of));
    let variable = result.map(variable_of);
    statements.push(Action::Experiment(Experiment { variable, name: Formula::text(&name), arms }).into());
}
