//! Texts with references.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests may")]

use expression::{Dialect, Environment, EvaluationError, Value, parse_expression, parse_template};
use indexmap::IndexMap;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

fn scope() -> IndexMap<String, Value> {
    let json = json!({
        "contact": {"name": "Ana", "age": 30, "first-name": "Ana María", "empty": null, "gender": "f"},
        "list": [{"x": "first"}, {"x": "second"}],
        "numbers": [1, 2, 3],
        "score": 7.5, "key": "name", "body": {"2": {"id": 9}}, "selected": "2",
    });
    let Value::Map(map) = Value::from(json) else { unreachable!() };
    (*map).clone()
}

fn environment() -> Environment {
    Environment::new("2026-11-22T10:00:00Z".parse::<Timestamp>().unwrap(), TimeZone::UTC)
}

#[test]
fn references_are_replaced_and_the_rest_stays_as_typed() {
    for (source, expected) in [
        ("", ""),
        ("plain", "plain"),
        ("Hi @contact.name!", "Hi Ana!"),
        ("Hi @Contact.NAME.", "Hi Ana."),
        ("@contact.name@contact.age", "Ana30"),
        ("@contact.first-name", "Ana María"),
        ("@contact.age-@score", "30-7.5"),
        ("@list[0].x and @list[-1].x", "first and second"),
        ("@contact[key]", "Ana"),
        ("@body['@selected'].id", "9"),
        ("@contact.empty|", "|"),
        ("@(has_date(contact.name).date)|@(has_number(score).number)", "|7.5"),
        ("info@support.com", "info@support.com"),
        ("a@@b @ @, @5", "a@b @ @, @5"),
        ("@unknown.", "@unknown."),
        ("@contact.unknown", "@contact.unknown"),
        ("@list[7].x", "@list[7].x"),
        ("@numbers", "123"),
        ("@([1, 2, 3])", "123"),
        ("@upper(contact.name)s", "ANAs"),
        ("@name(s)", "@name(s)"),
        ("@(contact.age + 1) years", "31 years"),
        ("@(2 > 1 + 1)", "@(2 > 1 + 1)"),
        ("@(\")\" & '(')", ")("),
        ("@(unknown)", "@(unknown)"),
        ("@(1 +)", "@(1 +)"),
        ("@upper(\"a\"", "@upper(\"a\""),
        ("@contact.name[", "Ana["),
        ("@contact.name[see below]", "Ana[see below]"),
        ("@(true)@(FALSE)@(nil)", "truefalse"),
        ("@now()", "2026-11-22T10:00:00Z"),
        ("@today()", "2026-11-22"),
        ("@contact.gender/", "f/"),
        ("{\"a\": \"@contact.name\"}", "{\"a\": \"Ana\"}"),
        ("@(parse_json('{\"a\":1}'))", "{\"a\":1}"),
        ("@if(contact.age = 30, \"yes\", \"no\")", "yes"),
        ("ñ@contact.name漢@", "ñAna漢@"),
    ] {
        let template = parse_template(source);
        let result = template.render(&scope(), &environment());
        if source == "@(2 > 1 + 1)" {
            // One level of operators in a text: `(2 > 1) + 1` adds to a boolean.
            assert!(matches!(result, Err(EvaluationError::Type { .. })), "{source}");
            continue;
        }
        assert_eq!(result.as_deref(), Ok(expected), "{source}");
        assert_eq!(template.source(), source);
    }
}

#[test]
fn a_text_that_is_one_reference_keeps_the_type() {
    let value = |source: &str| parse_template(source).evaluate(&scope(), &environment()).unwrap();
    assert_eq!(value("@contact.age"), Value::Int(30));
    assert_eq!(value("@(contact.age / 4)"), Value::Float(7.5));
    assert_eq!(value("@contact.age "), Value::from("30 "));
    assert_eq!(value("@contact.unknown"), Value::Null);
    assert_eq!(value("@unknown"), Value::from("@unknown"));
    assert_eq!(value("@@"), Value::from("@"));
}

#[test]
fn what_stayed_text_is_reported_where_it_stands() {
    let problems = parse_template("Hi @contact.name, @(1 +) and @cout(list) and @left(\"a\")").problems();
    let found: Vec<(usize, &str)> = problems.iter().map(|p| (p.span.start, p.message.as_str())).collect();
    assert_eq!(
        found,
        [(23, "`)` cannot stand here"), (30, "there is no function `cout`"), (46, "`left` does not take 1"),]
    );
    assert_eq!(problems[1].hint.as_deref(), Some("did you mean `count`?"));
    assert!(parse_template("info@support.com @name").problems().is_empty());
}

#[test]
fn what_stays_text_inside_an_expression_is_reported_at_its_text() {
    let found = |source: &str| {
        let problems = parse_expression(source, Dialect::Code).unwrap().left_as_text();
        problems.into_iter().map(|problem| (problem.span.start, problem.span.end, problem.message)).collect::<Vec<_>>()
    };
    assert_eq!(found("1 & \"\\\"Total\\\": @(1 +)\""), [(4, 23, "`)` cannot stand here".to_owned())]);
    assert_eq!(
        found("[\"@contact.name @upper(1\", \"@cout(list)\"]"),
        [(1, 25, "this bracket is never closed".to_owned()), (27, 40, "there is no function `cout`".to_owned())]
    );
    assert_eq!(found("\"info@support.com @@( @contact.name @\""), []);
}

#[test]
fn references_are_listed_as_written() {
    let template = parse_template("@contact.name @(list[0].x & upper(key)) @@no @body['@selected'].id");
    assert_eq!(template.references(), ["contact.name", "list[0].x", "key", "body[\"@selected\"].id", "selected"]);
    assert!(!template.is_plain());
    assert!(parse_template("a@@b").is_plain());
}

#[test]
fn names_without_meaning_stop_operators_but_not_functions() {
    let run = |source: &str| parse_expression(source, Dialect::Code).unwrap().evaluate(&scope(), &environment());
    let missing = |name: &str| Err(EvaluationError::AttributeNotFound { name: name.to_owned() });
    for (source, name) in [("1 + x", "x"), ("x.y > 1", "x.y"), ("x == 1", "x"), ("x & \"a\"", "x"), ("-x", "x")] {
        assert_eq!(run(source), missing(name), "{source}");
    }
    assert_eq!(run("contact.unknown + 1"), missing("contact.unknown"));
    assert_eq!(missing("x").map(|_: Value| ()).unwrap_err().to_string(), "attribute is not found: `x`");
    for (source, expected) in [
        ("x", Value::Null),
        ("contact.unknown", Value::Null),
        ("contact.unknown.deeper[0]", Value::Null),
        ("contact.unknown == nil", Value::Bool(true)),
        ("contact.unknown == \"a\"", Value::Bool(false)),
        ("contact.unknown > 5", Value::Bool(false)),
        ("not x", Value::Bool(true)),
        ("x or true", Value::Bool(true)),
        ("is_nil_or_empty(x)", Value::Bool(true)),
        ("is_nil_or_empty(\"@contact.unknown\")", Value::Bool(true)),
        ("has_email(\"info@support.com\")", Value::Bool(true)),
        ("has_number_lte(\"@contact.age\", \"30\")", Value::Bool(true)),
        ("filter(list, &(&1.x == \"second\"))[0].x", Value::from("second")),
        ("[@key]", Value::list(vec![Value::from("name")])),
    ] {
        assert_eq!(run(source).map(|value| value.acting().clone()), Ok(expected), "{source}");
    }
}

#[test]
fn expressions_in_a_text_are_replaced() {
    let rewritten = |source: &str| {
        let mut rewrite = |expr: &expression::Expr| {
            let new = match expr.to_string().as_str() {
                "a" => "b.c",
                "f(a)" => "b + 1",
                _ => return None,
            };
            expression::parse_expression(new, expression::Dialect::Template).ok()
        };
        parse_template(source).rewrite(&mut rewrite)
    };
    for (source, expected) in [
        ("@a, @a. @a.", "@b.c, @b.c. @b.c."),
        ("@(a)x @(a).x @(a)[0] @(a)-x", "@(b.c)x @(b.c).x @(b.c)[0] @(b.c)-x"),
        ("@(f(a)) @( other ) @@a me@a@@", "@(b + 1) @( other ) @@a me@b.c@@"),
        ("@(broken", "@@(broken"),
    ] {
        assert_eq!(rewritten(source), expected, "{source}");
    }
}
