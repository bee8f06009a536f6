//! Hostile input ends in an error: never in a hang, a panic or an overflow of the stack.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests may")]

use expression::{Dialect, Environment, EvaluationError, Value, parse_expression, parse_template};
use indexmap::IndexMap;
use jiff::{Timestamp, tz::TimeZone};

fn environment() -> Environment {
    Environment::new(Timestamp::UNIX_EPOCH, TimeZone::UTC)
}

fn evaluate(source: &str) -> Result<Value, EvaluationError> {
    let scope = IndexMap::from([("list".to_owned(), Value::list(vec![Value::Int(1); 10]))]);
    parse_expression(source, Dialect::Code).unwrap().evaluate(&scope, &environment())
}

#[test]
fn deep_source_is_refused() {
    for dialect in [Dialect::Code, Dialect::Template] {
        for (open, middle, close) in [
            ("(", "1", ")"),
            ("[", "", "]"),
            ("-", "x", ""),
            ("not ", "x", ""),
            ("& ", "&1", ""),
            ("f(", "", ")"),
            ("", "x", ".y"),
            ("", "x", "[0]"),
            ("", "1", " + 1"),
            ("1 + (", "1", ")"),
            ("@", "x", ""),
            ("if(", "x", ", 1, 2)"),
            ("a[", "0", "]"),
            ("1 == not ", "x", ""),
            ("if x do ", "1", " end"),
        ] {
            let source = format!("{}{middle}{}", open.repeat(5_000), close.repeat(5_000));
            assert!(parse_expression(&source, dialect).is_err(), "{open}{middle}{close}");
        }
    }
    let quoted = "\"@f(".repeat(20_000);
    assert!(parse_expression(&quoted, Dialect::Code).is_err());
    assert!(parse_template(&format!("@({}", "(".repeat(100_000))).is_plain());
    assert!(parse_template(&"@(".repeat(100_000)).is_plain());
    assert!(parse_template(&"@x[".repeat(100_000)).problems().len() <= 100);
}

#[test]
fn the_deepest_source_that_parses_also_evaluates_prints_and_drops() {
    let fits = |depth: usize| format!("{}1{}", "(1 + ".repeat(depth), ")".repeat(depth));
    let deepest = (1..200).rev().find(|depth| parse_expression(&fits(*depth), Dialect::Code).is_ok()).unwrap();
    assert!(deepest >= 30, "{deepest}");
    assert_eq!(evaluate(&fits(deepest)), Ok(Value::Int(i64::try_from(deepest).unwrap() + 1)));
    let printed = parse_expression(&fits(deepest), Dialect::Code).unwrap().to_string();
    assert_eq!(
        parse_expression(&printed, Dialect::Code).unwrap(),
        parse_expression(&fits(deepest), Dialect::Code).unwrap()
    );
    let chain = format!("1{}", " + 1".repeat(190));
    assert_eq!(evaluate(&chain), Ok(Value::Int(191)));
}

#[test]
fn work_is_bounded() {
    use EvaluationError as E;
    for (source, error) in [
        ("count(map(1..1000000000, &(&1)))", E::BudgetExceeded),
        ("map(1..2000, &map(1..2000, &(&1 + 1)))", E::BudgetExceeded),
        ("9223372036854775806 in map(1..9223372036854775807, & &1)", E::BudgetExceeded),
        ("rept(\"abcdefgh\", 100000000)", E::OutputTooLarge { limit: 65_536 }),
        ("reduce(1..100, \"x\", &concatenate(&2, &2))", E::OutputTooLarge { limit: 65_536 }),
        ("substitute(rept(\"a\", 60000), \"a\", \"bbbb\")", E::OutputTooLarge { limit: 65_536 }),
        ("reduce(1..100000, [], &[&2])", E::TooDeep),
        ("reduce(1..7, [], &[[[[[[[[[[[[[[[[[[[[&2]]]]]]]]]]]]]]]]]]]])", E::TooDeep),
        ("reduce(1..60, [1], &[&2, &2])", E::BudgetExceeded),
        ("json(reduce(1..7, list, &[&2, &2, &2, &2, &2, &2, &2, &2, &2, &2]))", E::BudgetExceeded),
        ("reduce(1..7, list, &[&2, &2, &2, &2, &2, &2, &2, &2, &2, &2]) & \"\"", E::BudgetExceeded),
        ("has_all_words(rept(\"a\", 60000), rept(\"b,\", 30000))", E::BudgetExceeded),
        ("uniq(map(1..10000, & &1))", E::BudgetExceeded),
    ] {
        assert_eq!(evaluate(source).map(|value| value.kind()), Err(error), "{source}");
    }
}

#[test]
fn a_lambda_that_calls_itself_ends() {
    let body = parse_expression("&map([1], again)", Dialect::Code).unwrap();
    let lambda = body.evaluate(&IndexMap::<String, Value>::new(), &environment()).unwrap();
    let scope = IndexMap::from([("again".to_owned(), lambda)]);
    let result = parse_expression("map([1], again)", Dialect::Code).unwrap().evaluate(&scope, &environment());
    assert_eq!(result, Err(EvaluationError::TooDeep));
}

#[test]
fn all_evaluations_share_one_budget() {
    let env = environment().with_budget(10);
    let scope = IndexMap::<String, Value>::new();
    let expression = parse_expression("1 + 1", Dialect::Code).unwrap();
    let outcomes: Vec<bool> = (0..5).map(|_| expression.evaluate(&scope, &env).is_ok()).collect();
    assert_eq!(outcomes, [true, true, true, false, false]);
    assert_eq!(env.budget_left(), 0);
}
